"""Draw matplotlib figures as the small SVG that a web page needs.

`Renderer` is a matplotlib backend: it is handed paths, markers, images and texts,
and writes them down with nothing around them. No ids, no style sheet and no font
names, so two pictures on one page cannot disturb each other, and text takes the
page's own font. Lengths are tenths of a point, so every number is a whole number.

Black means ink and white means paper: they become the colours of the page's text and
background, light or dark, and grey becomes diluted ink. Other colours stay as they are.
"""

import re
from base64 import b64encode
from contextlib import contextmanager
from html import escape
from io import BytesIO
from itertools import groupby

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import weight_dict
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

PAPER = "--paper:var(--pst-color-background,var(--jp-layout-color0,#fff))"
CAPS = {"projecting": "square", "butt": None, "round": "round"}
ANCHORS = {"left": (0, None), "center": (0.5, "middle"), "right": (1, "end")}
RAISED = str.maketrans("0123456789-−+.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺·")


class Renderer(RendererBase):
    """Write what a figure's artists draw as SVG.

    Attributes
    ----------
    smallest : tuple of (float, str)
        Size in points, and words, of the smallest text drawn so far.
    """

    def __init__(self, fig):
        super().__init__()
        self.fig, self.items, self.smallest = fig, [], (np.inf, "")
        self.width, self.height = fig.get_size_inches() * 72
        self.flip = Affine2D().scale(1, -1).translate(0, self.height)

    def draw(self, *artists):
        """Return the SVG elements of these artists, to be put inside `wrap`."""
        self.items = []
        for artist in artists:
            artist.draw(self)
        return "".join(
            clipped(clip, "".join(_styled(*run) for run in groupby(run, lambda item: item[1])))
            for clip, run in groupby(self.items, lambda item: item[0])
        )

    def wrap(self, body, **given):
        """Return a whole `<svg>` that is as wide as its place on the page, within reason."""
        size = _whole(self.width, self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"'
            f'{attributes(**given)} preserveAspectRatio="xMinYMid" fill="none"'
            ' stroke-width="10" stroke-linejoin="round" font-size="100"'
            f' style="{PAPER}">{body}</svg>'
        )

    # What matplotlib asks of a backend.

    def get_canvas_width_height(self):
        """Return the figure's size in points."""
        return self.width, self.height

    def get_image_magnification(self):
        """Images get two pixels a point."""
        return 2

    def option_image_nocomposite(self):
        """Keep images apart, each at its place in the order of drawing."""
        return True

    def option_scale_image(self):
        """Pixels that are not interpolated are stretched by the browser."""
        return True

    def get_text_width_height_descent(self, s, prop, ismath):
        """Measure a text as it will be written, tick labels of log axes included."""
        return super().get_text_width_height_descent(_plain(s, ismath), prop, False)

    def draw_path(self, gc, path, transform, rgbFace=None):  # noqa: N803
        """Draw a line or a filled shape."""
        edge = 20  # a line is cut where it leaves the figure, and nothing drawn is as wide as this
        room = (-edge, -edge, self.width + edge, self.height + edge) if rgbFace is None else None
        if data := _data(path, transform + self.flip, room):
            self._add(gc, self._style(gc, rgbFace), f'<path d="M{data[1:]}"/>')

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):  # noqa: N803
        """Draw the same shape at each point of a path."""
        if len(marker_path) < 3:  # the dash of a tick has no inside
            rgbFace = None  # noqa: N806
        shape = _data(marker_path, marker_trans + Affine2D().scale(1, -1))
        with np.errstate(invalid="ignore"):
            points = (trans + self.flip).transform(path.vertices)
            inside = (abs(points) < 2 * max(self.width, self.height)).all(1)
        style = self._style(gc, rgbFace)
        data = [f"M{_whole(*point)}{shape}" for point in points[inside]]
        if rgbFace is not None and colour(rgbFace[:3]) == colour(gc.get_rgb()[:3]):
            data = ["".join(data)] if "opacity" not in style else data  # no edge to be seen
        self._add(gc, style, *(f'<path d="{one}"/>' for one in data if one))

    def draw_image(self, gc, x, y, im, transform=None):
        """Draw a picture of pixels, embedded as PNG."""
        file = BytesIO()
        Image.fromarray(im).save(file, "png", optimize=True)
        height, width = im.shape[:2]
        if transform is None:
            transform = Affine2D().scale(1 / self.get_image_magnification())
        else:
            transform = Affine2D().scale(1 / width, 1 / height) + transform
        place = transform + Affine2D().translate(x, y) + self.flip + Affine2D().scale(10)
        matrix = " ".join(f"{number:.5g}" for number in place.get_matrix()[:2].ravel("F"))
        self._add(
            gc,
            attributes(opacity=_alpha(gc.get_alpha())),
            f'<image width="{width}" height="{height}" style="image-rendering:pixelated"'
            f' preserveAspectRatio="none" transform="matrix({matrix})"'
            f' href="data:image/png;base64,{b64encode(file.getvalue()).decode()}"/>',
        )

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """Write one line of text, hung up where matplotlib hung it."""
        s = _plain(s, ismath)
        if not s.strip():
            return
        size = prop.get_size_in_points()
        self.smallest = min(self.smallest, (size, s))
        share, anchor = ANCHORS[self._alignment(s, angle, mtext)]
        if share:  # the page's font runs wider or narrower than matplotlib's: keep the anchor
            turn = np.deg2rad(angle)
            along = share * self.get_text_width_height_descent(s, prop, False)[0]
            x, y = x + along * np.cos(turn), y - along * np.sin(turn)
        place = attributes(
            x=_whole(x), y=_whole(y), transform=angle and f"rotate({-angle:g} {_whole(x, y)})"
        )
        weight = weight_dict.get(prop.get_weight(), prop.get_weight())
        red, green, blue, alpha = gc.get_rgb()
        style = attributes(
            fill=colour((red, green, blue)),
            font_size=size != 10 and _whole(size),
            font_weight=weight != 400 and weight,
            font_style=prop.get_style() != "normal" and prop.get_style(),
            font_family="monospace" in prop.get_family() and "monospace",
            text_anchor=anchor,
            opacity=_alpha(gc.get_alpha() if gc.get_forced_alpha() else alpha),
        )
        self._add(gc, style, f"<text{place}>{escape(s, quote=False)}</text>")

    def draw_tex(self, *args, **kwargs):
        """Refuse TeX, which a page cannot show."""
        raise ValueError("a text of this figure uses TeX: set usetex=False and write Unicode")

    def draw_gouraud_triangles(self, *args, **kwargs):
        """Refuse shaded triangles."""
        raise ValueError('shading="gouraud" has no counterpart in SVG: use flat shading')

    # How it is done.

    def _add(self, gc, style, *elements):
        box, (shape, _) = gc.get_clip_rectangle(), gc.get_clip_path()
        if shape is not None:
            raise ValueError("an artist is clipped by a shape: only rectangles can clip here")
        clip = box and tuple(round(10 * side) for side in self.flip.transform_bbox(box).extents)
        if elements and (style or not elements[0].startswith("<path")):  # else nothing is seen
            self.items += [(clip, style, element) for element in elements]

    def _style(self, gc, face):
        """Return the attributes of a shape, without what the root says already."""
        if gc.get_hatch():
            raise ValueError(f"hatching ({gc.get_hatch()!r}) is not drawn: use a colour or an edge")
        width, (offset, dashes) = gc.get_linewidth(), gc.get_dashes()
        red, green, blue, alpha = gc.get_rgb()
        style = {}
        if face is not None:
            style |= {"fill": colour(face[:3])}
            if len(face) == 4 and not gc.get_forced_alpha():
                style |= {"fill_opacity": _alpha(face[3])}
        if width and alpha:
            style |= {
                "stroke": colour((red, green, blue)),
                "stroke_width": width != 1 and _whole(width),
                "stroke_linecap": CAPS[gc.get_capstyle()],
                "stroke_linejoin": gc.get_joinstyle() != "round" and gc.get_joinstyle(),
                "stroke_dasharray": dashes and " ".join(f"{10 * dash:g}" for dash in dashes),
                "stroke_dashoffset": dashes and offset and f"{10 * offset:g}",
                "stroke_opacity": not gc.get_forced_alpha() and _alpha(alpha),
            }
        if style and gc.get_forced_alpha():
            style |= {"opacity": _alpha(gc.get_alpha())}
        return attributes(**style)

    def _alignment(self, line, angle, artist):
        """Which end of the line keeps its place; matplotlib does not say it of one line of many."""
        if artist is None:
            texts = self.fig.findobj(Text)
            artist = next((text for text in texts if line in text.get_text().split("\n")), None)
        if artist is None or (angle and artist.get_rotation_mode() != "anchor"):
            return "center"
        return artist.get_horizontalalignment()


@contextmanager
def drawing(fig):
    """Lend a figure to a new `Renderer`: 72 dots an inch, and no paper behind it."""
    paper = [fig.patch, *(ax.patch for ax in fig.axes if to_hex(ax.get_facecolor()) == "#ffffff")]
    paper = [patch for patch in paper if patch.get_visible()]
    dpi, engine = fig.get_dpi(), fig.get_layout_engine()
    try:
        fig.set_dpi(72)
        for patch in paper:
            patch.set_visible(False)
        fig.draw_without_rendering()  # lays the figure out
        fig.set_layout_engine("none")
        yield Renderer(fig)
    finally:
        fig.set_layout_engine(engine or "none")
        fig.set_dpi(dpi)
        for patch in paper:
            patch.set_visible(True)


def _plain(s, ismath):
    r"""Return the text, matplotlib's own tick labels ($\mathdefault{10^{-3}}$) in Unicode."""
    if not ismath:
        return s
    tick = re.sub(r"\\mathdefault\{((?:[^{}]|\{[^}]*\})*)\}|\$", r"\1", s).replace(r"\times", "×")
    tick = re.sub(r"\^\{([^}]*)\}", lambda power: power[1].translate(RAISED), tick)
    if r"\mathdefault" not in s or re.search(r"[\\^_{}]", tick):
        raise ValueError(
            f"{s!r}: formulas in $...$ would not be text on the page;"
            " write Unicode such as β₁, θ, m̂, 10⁻³ instead"
        )
    return tick


def _data(path, transform, room=None):
    """Write the `d` of a path: whole tenths of a point, each step relative to the one before."""
    if _is_circle(path, transform):
        corners = transform.transform([path.vertices.min(0), path.vertices.max(0)])
        (x, y), (wide, high) = corners.mean(0), abs(corners[1] - corners[0])
        arc = f"a{_whole(wide / 2, high / 2)} 0 1 0 "
        return f"m{_whole(x - wide / 2, y)}{arc}{_whole(wide)} 0{arc}{_whole(-wide)} 0z"
    path = path.cleaned(transform, remove_nans=True, clip=room, simplify=None, curves=True)
    points = np.rint(np.clip(10 * path.vertices, -1e5, 1e5)).astype(int)
    out, first, start, here = [], 0, np.zeros(2, int), np.zeros(2, int)
    for code, run in groupby(path.codes.tolist()):
        last = first + len(list(run))
        part, first = points[first:last], last
        if code == Path.MOVETO:
            out.append(f"m{numbers(part[-1] - here)}")
            start = here = part[-1]
        elif code == Path.LINETO:
            steps = np.diff(part, axis=0, prepend=[here])
            moved = steps.any(1)
            out.append(f"l{numbers(steps[moved] if moved.any() else steps[:1])}")
            here = part[-1]
        elif code in (Path.CURVE3, Path.CURVE4):
            part = part.reshape(-1, code - 1, 2)
            ends = np.vstack([[here], part[:-1, -1]])
            out.append(f"{'qc'[code - 3]}{numbers(part - ends[:, None])}")
            here = part[-1, -1]
        elif code == Path.CLOSEPOLY:
            out.append("z")
            here = start
    return "".join(out) if len(out) > 1 else ""


def _is_circle(path, transform):
    """Whether the curves are matplotlib's circle, perhaps stretched but not turned."""
    circle, matrix = Path.unit_circle(), transform.get_matrix()
    same = path.codes is not None and np.array_equal(path.codes, circle.codes)
    return same and abs(matrix[[0, 1], [1, 0]]).max() < 1e-9 * abs(matrix).max()


def _styled(style, run):
    """Join the elements that share a style, saying it once."""
    elements = [element for *_, element in run]
    if "fill" not in style and "opacity" not in style:  # lines alone: one path does for all
        elements = ["".join(elements).replace('"/><path d="', "")]
    if len(elements) > 1 and style:
        return f"<g{style}>{''.join(elements)}</g>"
    return "".join(re.sub(r"^<\w+", rf"\g<0>{style}", element) for element in elements)


def clipped(clip, body):
    """Show the body through a window: an inner `<svg>` clips without an id."""
    if not clip:
        return body
    left, bottom, right, top = clip
    x, y, width, height = left, min(bottom, top), right - left, abs(top - bottom)
    return (
        f'<svg x="{x}" y="{y}" width="{width}" height="{height}"'
        f' viewBox="{x} {y} {width} {height}">{body}</svg>'
    )


def colour(rgb):
    """Ink, paper, diluted ink, or the colour itself."""
    if to_hex(rgb) == "#000000":
        return "currentColor"
    if to_hex(rgb) == "#ffffff":
        return "var(--paper)"
    if max(rgb) - min(rgb) < 1e-3:
        return f"color-mix(in srgb,currentColor {100 * (1 - rgb[0]):.0f}%,var(--paper))"
    return to_hex(rgb)


def _alpha(alpha):
    return alpha is not None and alpha < 1 and f"{alpha:.2g}"


def attributes(**values):
    """Write attributes; what is None, False or nothing is left out."""
    return "".join(
        f' {name.lstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, False, "") and value is not np.False_
    )


def _whole(*lengths):
    return " ".join(str(round(10 * length)) for length in lengths)


def numbers(points):
    """Write whole numbers one after the other, without a space where a minus parts them."""
    return " ".join(map(str, points.ravel().tolist())).replace(" -", "-")
