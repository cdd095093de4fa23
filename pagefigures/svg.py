"""Draw matplotlib figures as the small SVG that a web page needs.

`Renderer` is a matplotlib backend: it is handed paths, markers, images and texts,
and writes them down with nothing around them. No ids, no style sheet and no font
names, so two pictures on one page cannot disturb each other, and text takes the
page's own font. Lengths are tenths of a point, so every number is a whole number.

Where the page lies beneath, black means ink and white means paper: they become the colours of the
page's text and background, light or dark, and grey becomes diluted ink. Other colours stay as they
are, and so does all that lies on them: black on an orange bar is black on every page. A figure or
Axes with a ground of its own, as under the style ``dark_background``, keeps all its colours.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, weight_dict
from matplotlib.legend import Legend
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, BboxBase, Transform
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

Box = tuple[int, int, int, int]
Polygons = Sequence[NDArray[Any]]

PAPER = "--paper:var(--pst-color-background,var(--jp-layout-color0,#fff))"
CAPS = {"projecting": "square", "butt": None, "round": "round"}
ANCHORS = {"left": (0, None), "center": (0.5, "middle"), "right": (1, "end")}
RAISED = str.maketrans("0123456789-−+.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺·")
GROUND = "pf-ground"  # marks the patch of a figure or Axes that has a ground of its own
BROAD = 6  # points: a line this wide is ground for what lies on it
EDGE = 20  # points: so far outside a line is cut, and nothing drawn is as wide as this
SMALL = 10  # points: a marker smaller than this is ground for nothing


class Renderer(RendererBase):
    """Write what a figure's artists draw as SVG.

    Attributes
    ----------
    smallest : tuple of (float, str)
        Size in points, and words, of the smallest text drawn so far.
    ground : array of bool
        Where the topmost surface is coloured, point by point; elsewhere the page is seen.
    """

    def __init__(self, fig: Figure) -> None:
        super().__init__()
        self.fig = fig
        self.items: list[tuple[Box | None, str, str]] = []
        self.smallest: tuple[float, str] = (np.inf, "")
        self.width, self.height = map(float, fig.get_size_inches() * 72)
        self.flip = Affine2D().scale(1, -1).translate(0, self.height)
        self.ground = np.zeros((round(self.height), round(self.width)), bool)
        self.coloured = False  # whether any of the ground may be
        self.solid = False  # whether this is the ground of a whole figure or Axes

    def draw(self, *artists: Artist) -> str:
        """Return the SVG elements of these artists, to be put inside `wrap`."""
        self.items = []
        if self.fig in artists:  # it begins on the bare page
            self.ground, self.coloured = np.zeros_like(self.ground), False
        for artist in artists:
            type(artist).draw(artist, self)  # its own, even where it leaves room for itself
        return "".join(
            clipped(clip, "".join(_styled(*run) for run in groupby(run, lambda item: item[1])))
            for clip, run in groupby(self.items, lambda item: item[0])
        )

    def wrap(self, body: str, **given: Any) -> str:
        """Return a whole `<svg>` that is as wide as its place on the page, within reason."""
        size = _whole(self.width, self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"'
            f'{attributes(**given)} preserveAspectRatio="xMinYMid" fill="none"'
            ' stroke-width="10" stroke-linejoin="round" font-size="100"'
            f' style="{PAPER};--pf-high:{round(10 * self.height)}">{body}</svg>'
        )

    # What matplotlib asks of a backend.

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the figure's size in points."""
        return self.width, self.height

    def get_image_magnification(self) -> float:
        """Images get two pixels a point."""
        return 2

    def option_image_nocomposite(self) -> bool:
        """Keep images apart, each at its place in the order of drawing."""
        return True

    def option_scale_image(self) -> bool:
        """Pixels that are not interpolated are stretched by the browser."""
        return True

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Take note of a patch that is the ground of a figure or Axes."""
        self.solid = gid == GROUND

    def close_group(self, s: str) -> None:
        """End what `open_group` began."""
        self.solid = False

    def start_filter(self) -> None:
        """Refuse filters, which work on pixels."""
        raise ValueError("agg_filter works on pixels, and SVG has none: draw the artist without it")

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Measure a text as it will be written, tick labels of log axes included."""
        return super().get_text_width_height_descent(_plain(s, ismath), prop, False)

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Draw a line or a filled shape."""
        if data := self._way(path, transform, rgbFace is not None):
            literal = self._on_colour(gc, self._polygons(path, transform), rgbFace)
            self._add(gc, self._style(gc, rgbFace, literal), f'<path d="M{data[1:]}"/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Draw the same shape at each point of a path."""
        if len(marker_path) < 3:  # the dash of a tick has no inside
            rgbFace = None  # noqa: N806
        shape = _data(marker_path, marker_trans + Affine2D().scale(1, -1))
        outline = self._polygons(marker_path, marker_trans + Affine2D().translate(0, self.height))
        corners = np.vstack(outline) if outline else np.zeros((1, 2))
        small = float(np.ptp(corners, axis=0).max()) < SMALL
        written: dict[bool, list[str]] = {}
        for point in self._places(path, trans):
            literal = (
                self.solid
                if small and not self.coloured
                else self._on_colour(gc, [one + point for one in outline], rgbFace, cover=not small)
            )
            written.setdefault(literal, []).append(f"M{_whole(*point)}{shape}")
        for literal, data in written.items():
            style = self._style(gc, rgbFace, literal)
            if _of_one_piece(style):
                data = ["".join(data)]
            self._add(gc, style, *(f'<path d="{one}"/>' for one in data))

    def draw_image(
        self, gc: GraphicsContextBase, x: float, y: float, im: Any, transform: Any = None
    ) -> None:
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
        alpha = gc.get_alpha()
        if (1 if alpha is None else alpha) * im[..., 3].mean() > 127:
            corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
            self._cover(self._mask(gc, [place.transform(corners) / 10], True), True)
        self._add(
            gc,
            attributes(opacity=_alpha(alpha)),
            f'<image width="{width}" height="{height}" style="image-rendering:pixelated"'
            f' preserveAspectRatio="none" transform="matrix({matrix})"'
            f' href="data:image/png;base64,{b64encode(file.getvalue()).decode()}"/>',
        )

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Write one line of text, hung up where matplotlib hung it."""
        s = _plain(s, ismath)
        if not s.strip():
            return
        size = prop.get_size_in_points()
        self.smallest = min(self.smallest, (size, s))
        wide, high, deep = self.get_text_width_height_descent(s, prop, False)
        turned = Affine2D().rotate_deg(-angle).translate(x, y)
        box = [(0, deep), (wide, deep), (wide, deep - high), (0, deep - high)]
        literal = self._on_colour(gc, [turned.transform(box)], None, area=True)
        share, anchor = ANCHORS[self._alignment(s, x, y, angle, mtext)]
        if share:  # the page's font runs wider or narrower than matplotlib's: keep the anchor
            x, y = turned.transform((share * wide, 0))
        place = attributes(
            x=_whole(x), y=_whole(y), transform=angle and f"rotate({-angle:g} {_whole(x, y)})"
        )
        weight: Any = prop.get_weight()
        weight = weight_dict.get(weight, weight)
        red, green, blue, alpha = to_rgba(gc.get_rgb())
        style = attributes(
            fill=_hue((red, green, blue), literal),
            font_size=size != 10 and _whole(size),
            font_weight=weight != 400 and weight,
            font_style=prop.get_style() != "normal" and prop.get_style(),
            font_family="monospace" in prop.get_family() and "monospace",
            text_anchor=anchor,
            opacity=_alpha(gc.get_alpha() if gc.get_forced_alpha() else alpha),
            style=literal and "stroke:none",  # no halo of the page's colour
        )
        element = f"<text{place}>{escape(s, quote=False)}</text>"
        if url := gc.get_url():
            element = f"<a{attributes(href=url)}>{element}</a>"
        self._add(gc, style, element)

    def draw_gouraud_triangles(self, *args: Any, **kwargs: Any) -> None:
        """Refuse shaded triangles."""
        raise ValueError('shading="gouraud" has no counterpart in SVG: use flat shading')

    def leave_room(self, mark: str) -> None:
        """Write a mark, in the place of what is to be put there."""
        self.items.append((None, "", mark))

    def covered(self, box: Any) -> bool:
        """Whether most of a box, in points from the lower left, is coloured by now."""
        (left, top), (right, bottom) = np.rint(
            np.sort(self.flip.transform(box.get_points()), axis=0).clip(0)
        ).astype(int)
        part = self.ground[top:bottom, left:right]
        return bool(part.size and part.mean() > 0.7)

    # How it is done.

    def _way(self, path: Path, transform: Transform, area: bool) -> str:
        room = (-EDGE, -EDGE, self.width + EDGE, self.height + EDGE)
        return _data(path, transform + self.flip, None if area else room)

    def _places(self, path: Path, transform: Transform) -> NDArray[Any]:
        """Return the points of a path that are not far outside, in points from the top left."""
        with np.errstate(invalid="ignore"):
            points = (transform + self.flip).transform(path.vertices)
            inside = (abs(points) < 2 * max(self.width, self.height)).all(1)
        return np.asarray(points[inside])

    def _polygons(self, path: Path, transform: Transform) -> Polygons:
        """Return the outlines of a path, curves as short lines, in points from the top left."""
        with np.errstate(invalid="ignore", over="ignore"):
            found = path.to_polygons(transform + self.flip, closed_only=False)
        return [np.nan_to_num(np.clip(one, -1e4, 1e4)) for one in found]

    def _mask(
        self, gc: GraphicsContextBase, polygons: Polygons, area: bool, width: float = 1
    ) -> tuple[tuple[slice, slice], NDArray[np.bool_]] | None:
        """Return which points of a part of the picture a shape covers, or None if none."""
        if not polygons:
            return None
        corners = np.vstack(polygons)
        low, high = corners.min(0) - width / 2, corners.max(0) + width / 2
        if (box := gc.get_clip_rectangle()) is not None:
            window = self.flip.transform_bbox(box)
            low, high = np.maximum(low, window.min), np.minimum(high, window.max)
        left, top = np.maximum(np.floor(low), 0).astype(int)
        right, bottom = np.minimum(np.ceil(high), self.ground.shape[::-1]).astype(int)
        if left >= right or top >= bottom:
            return None
        size = (int(right - left), int(bottom - top))
        image = Image.new("1", size)
        for polygon in polygons:
            one = Image.new("1", size)
            points = [(float(x - left), float(y - top)) for x, y in polygon]
            if area and len(points) > 2:
                ImageDraw.Draw(one).polygon(points, fill=1)
            else:
                ImageDraw.Draw(one).line(points, fill=1, width=max(round(width), 1))
            image = ImageChops.logical_xor(image, one)  # what lies within an outline is a hole
        return (slice(top, bottom), slice(left, right)), np.asarray(image)

    def _cover(
        self, mask: tuple[tuple[slice, slice], NDArray[np.bool_]] | None, coloured: bool
    ) -> None:
        if mask:
            part, covered = mask
            self.ground[part][covered] = coloured
            self.coloured = self.coloured or coloured

    def _on_colour(
        self,
        gc: GraphicsContextBase,
        polygons: Polygons,
        face: Any,
        area: bool = False,
        cover: bool = True,
    ) -> bool:
        """Say whether a shape lies on coloured ground, and note the ground that it gives itself.

        A shape without a face is a line, or a text if it has an `area`. One that does not
        `cover` is too small to be ground for others.
        """
        beneath = self.solid
        if not beneath and self.coloured:
            # five points wide, so that a line along the edge of a ground does not lie on it
            mask = self._mask(gc, polygons, area or face is not None, 5)
            if mask is not None and mask[1].any():
                beneath = bool(self.ground[mask[0]][mask[1]].mean() > 0.7)
        forced = gc.get_alpha() if gc.get_forced_alpha() else None
        width = gc.get_linewidth() if not area else 0
        for seen, filled, rgba in (
            (face is not None, True, face), (width >= BROAD, False, gc.get_rgb()),
        ):  # fmt: skip
            if seen and (to_rgba(rgba)[3] if forced is None else forced) > 0.5:
                coloured = beneath or not _of_the_page(rgba)
                if cover and (coloured or self.coloured):
                    self._cover(self._mask(gc, polygons, filled, 1 if filled else width), coloured)
        return beneath

    def _add(self, gc: GraphicsContextBase, style: str, *elements: str) -> None:
        box, (shape, _) = gc.get_clip_rectangle(), gc.get_clip_path()
        if shape is not None:
            raise ValueError(
                "an artist is clipped by a shape, as polar axes clip theirs: only rectangles can"
                " clip here"
            )
        clip = None if box is None else self._window(box)
        if elements and (style or not elements[0].startswith("<path")):  # else nothing is seen
            self.items += [(clip, style, element) for element in elements]

    def _window(self, box: Any) -> Box:
        left, bottom, right, top = (round(10 * x) for x in self.flip.transform_bbox(box).extents)
        return left, bottom, right, top

    def _style(self, gc: GraphicsContextBase, face: Any, literal: bool) -> str:
        """Return the attributes of a shape, without what the root says already."""
        if gc.get_sketch_params() is not None:
            raise ValueError("sketched lines (xkcd) are not drawn: use plain ones")
        if gc.get_hatch():
            raise ValueError(f"hatching ({gc.get_hatch()!r}) is not drawn: use a colour or an edge")
        width: float = gc.get_linewidth()
        offset: float
        dashes: Any
        offset, dashes = gc.get_dashes()
        red, green, blue, alpha = to_rgba(gc.get_rgb())
        style: dict[str, Any] = {}
        if face is not None and (len(face) < 4 or face[3] or gc.get_forced_alpha()):
            style |= {"fill": _hue(face[:3], literal)}
            if len(face) == 4 and not gc.get_forced_alpha():
                style |= {"fill_opacity": _alpha(face[3])}
        if width and alpha:
            style |= {
                "stroke": _hue((red, green, blue), literal),
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

    def _alignment(self, line: str, x: float, y: float, angle: float, artist: Text | None) -> str:
        """Which end of the line keeps its place; matplotlib does not say it of one line of many."""
        if artist is None:
            here = x, self.height - y
            texts: list[Any] = self.fig.findobj(Text)
            for text in texts:
                mine = line in text.get_text().split("\n")
                if mine and text.get_window_extent(self).padded(1).contains(*here):
                    artist = text
        if artist is None or (angle and artist.get_rotation_mode() != "anchor"):
            return "center"
        return artist.get_horizontalalignment()


@dataclass
class Mark:
    """A line, a filled shape, or a shape that is repeated at some places.

    Attributes
    ----------
    style : str
        Its attributes.
    way : str
        The `d` of a line or a filled shape.
    shape : str or None
        What is repeated, relative to each of the places.
    places : list of str
    apart : bool
        Whether each is an element of its own, because they would be seen to overlap.
    """

    style: str
    way: str = ""
    shape: str | None = None
    places: list[str] = field(default_factory=list)
    apart: bool = False

    def svg(self) -> str:
        """Return it as SVG, whole."""
        if self.shape is None:
            return f'<path class="pf-line"{self.style} d="{self.way}"/>'
        parts = [f"M{place}{self.shape}" for place in self.places]
        if not self.apart:
            return f'<path class="pf-dots"{self.style} d="{"".join(parts)}"/>'
        body = "".join(f'<path d="{part}"/>' for part in parts)
        return f'<g class="pf-dots"{self.style}>{body}</g>'


class Stencil(Renderer):
    """Take down what a line, a rectangle or a scatter looks like, for a script to draw it.

    Attributes
    ----------
    marks : list of Mark
    """

    def __init__(self, fig: Figure, literal: bool) -> None:
        super().__init__(fig)
        self.literal = literal
        self.marks: list[Mark] = []

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Take down a line or a filled shape."""
        style = self._style(gc, rgbFace, self.literal)
        way = self._way(path, transform, rgbFace is not None)
        self.marks.append(Mark(style, f"M{way[1:]}" if way else ""))

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Take down a shape and its places. A dot of one colour is a line without length."""
        face = None if len(marker_path) < 3 else rgbFace
        style = self._style(gc, face, self.literal)
        flipped = marker_trans + Affine2D().scale(1, -1)
        shape, apart = _data(marker_path, flipped), not _of_one_piece(style)
        if not apart and 'fill="' in style and _is_circle(marker_path, flipped):
            wide, high = abs(np.diag(flipped.get_matrix())[:2]) * np.ptp(marker_path.vertices, 0)
            if abs(wide - high) < 0.01:
                edge = gc.get_linewidth() if "stroke=" in style else 0
                style = attributes(
                    stroke=_hue(rgbFace[:3], self.literal),
                    stroke_width=_whole(wide + edge),
                    stroke_linecap="round",
                )
                shape = "h0"
        places = [_whole(*point) for point in self._places(path, trans)]
        self.marks.append(Mark(style, shape=shape, places=places, apart=apart))

    def draw_path_collection(
        self,
        gc: GraphicsContextBase,
        master_transform: Transform,
        paths: Any,
        all_transforms: Any,
        offsets: Any,
        offset_trans: Transform,
        facecolors: Any,
        edgecolors: Any,
        linewidths: Any,
        linestyles: Any,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Take down what is the same at each place, and refuse what is not."""
        if not len(paths):  # matplotlib asks which arguments are known
            return
        looks = paths, all_transforms, facecolors, edgecolors, linewidths, linestyles
        if any(len(one) > 1 for one in looks):
            raise ValueError(
                "it has several colours, sizes, shapes, widths or dashes: give it one of each"
            )
        gc.set_linewidth(linewidths[0] if len(edgecolors) else 0)
        gc.set_foreground(tuple(edgecolors[0]) if len(edgecolors) else (0, 0, 0, 0), isRGBA=True)
        gc.set_dashes(*linestyles[0])
        sized = Affine2D(all_transforms[0]) if len(all_transforms) else Affine2D()
        face = tuple(facecolors[0]) if len(facecolors) else None
        shape = sized + master_transform
        self.draw_markers(gc, paths[0], shape, Path(offsets), offset_trans, face)


@contextmanager
def drawing(fig: Figure) -> Iterator[Renderer]:
    """Lend a figure to a new `Renderer`: 72 dots an inch, nothing animated, the page as paper."""
    animated = [artist for artist in fig.findobj() if artist.get_animated()]
    best: list[Any] = fig.findobj(lambda one: isinstance(one, Legend) and one._loc == 0)  # type: ignore[attr-defined]
    dpi, engine = fig.get_dpi(), fig.get_layout_engine()
    changed: list[tuple[Artist, dict[str, Any]]] = []
    if any(text.get_usetex() for text in fig.findobj(Text)):
        raise ValueError("a text of this figure uses TeX: set usetex=False and write Unicode")
    try:
        for artist in animated:  # matplotlib would leave them out
            artist.set_animated(False)
        fig.set_dpi(72)
        fig.draw_without_rendering()  # lays the figure out
        fig.set_layout_engine("none")
        for legend in best:  # else it would jump from state to state
            box, room = legend.get_window_extent(), legend.get_bbox_to_anchor()
            legend.set_loc(tuple((box.p0 - room.p0) / room.size))
        for patch, hidden in _grounds(fig):
            changed.append((patch, {"visible": patch.get_visible(), "gid": patch.get_gid()}))
            patch.set(visible=not hidden, gid=GROUND)
        yield Renderer(fig)
    finally:
        fig.set_layout_engine(engine or "none")
        fig.set_dpi(dpi)
        for patch, before in changed:
            patch.set(**before)
        for legend in best:
            legend.set_loc("best")
        for artist in animated:
            artist.set_animated(True)


def _grounds(fig: Figure) -> Iterator[tuple[Any, bool]]:
    """Find the patches under figure and Axes: to be hidden, or a ground of their own colour.

    White is the page itself, except where an Axes lies on another, as an inset does: there it
    covers.
    """
    shown: list[Any] = sorted(filter(Axes.get_visible, fig.axes), key=Artist.get_zorder)
    everywhere: list[Any] = fig.findobj(Axes)
    inner = [ax for ax in everywhere if ax not in fig.axes]  # these lie on their Axes
    for place in [fig, *shown, *inner]:
        patch = place.patch
        red, green, blue, alpha = to_rgba(patch.get_facecolor())
        if not patch.get_visible():
            continue
        if to_hex((red, green, blue)) != "#ffffff":
            if alpha:
                yield patch, False
        elif place is fig or (
            place in shown
            and not any(_overlap(place.bbox, other.bbox) for other in shown[: shown.index(place)])
        ):
            yield patch, True


def _overlap(one: BboxBase, other: BboxBase) -> bool:
    both = BboxBase.intersection(one, other)
    return both is not None and min(both.width, both.height) > 1


def _plain(s: str, ismath: Any) -> str:
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


def _data(
    path: Path, transform: Transform, room: tuple[float, float, float, float] | None = None
) -> str:
    """Write the `d` of a path: whole tenths of a point, each step relative to the one before."""
    if _is_circle(path, transform):
        vertices = np.asarray(path.vertices)
        corners = transform.transform([vertices.min(0), vertices.max(0)])
        (x, y), (wide, high) = corners.mean(0), abs(corners[1] - corners[0])
        # Were an axis of the ellipse not just twice its half, the arcs would bulge.
        across, half = round(10 * wide), f"{round(10 * wide) / 2:g} {round(10 * high) / 2:g}"
        arc = f"a{half} 0 1 0 "
        return f"m{10 * x - across / 2:.6g} {_whole(y)}{arc}{across} 0{arc}{-across} 0z"
    path = path.cleaned(transform, remove_nans=True, clip=room, simplify=None, curves=True)
    points = np.rint(np.clip(10 * np.asarray(path.vertices), -1e5, 1e5)).astype(int)
    out: list[str] = []
    first, start, here = 0, np.zeros(2, int), np.zeros(2, int)
    for code, run in groupby(np.asarray(path.codes).tolist()):
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


def _of_one_piece(style: str) -> bool:
    """Whether equal shapes that overlap look as one: nothing shines through, and no edge is seen.

    So it is where shapes have no edge, nothing but an edge, or an edge of the inside's colour.
    """
    colours = re.findall(r'(?:fill|stroke)="([^"]*)"', style)
    return "opacity" not in style and len(set(colours)) < 2


def _is_circle(path: Path, transform: Transform) -> bool:
    """Whether the curves are matplotlib's circle, perhaps stretched but not turned."""
    circle, matrix = Path.unit_circle(), transform.get_matrix()
    same = path.codes is not None and np.array_equal(path.codes, np.asarray(circle.codes))
    return same and bool(abs(matrix[[0, 1], [1, 0]]).max() < 1e-9 * abs(matrix).max())


def _styled(style: str, run: Iterable[tuple[Box | None, str, str]]) -> str:
    """Join the elements that share a style, saying it once."""
    elements = [element for *_, element in run]
    if len(elements) > 1 and (own := re.search(r' opacity="[^"]*"', style)):
        # of a group it would be that of all together: what overlaps would not show
        style = style.replace(own[0], "")
        elements = [re.sub(r"^<\w+", rf"\g<0>{own[0]}", element) for element in elements]
    elif "fill" not in style and "opacity" not in style:  # lines alone: one path does for all
        elements = ["".join(elements).replace('"/><path d="', "")]
    if len(elements) > 1 and style:
        return f"<g{style}>{''.join(elements)}</g>"
    return "".join(re.sub(r"^<\w+", rf"\g<0>{style}", element) for element in elements)


def clipped(clip: Box | None, body: str) -> str:
    """Show the body through a window: an inner `<svg>` clips without an id."""
    if not clip:
        return body
    left, bottom, right, top = clip
    x, y, width, height = left, min(bottom, top), right - left, abs(top - bottom)
    return (
        f'<svg x="{x}" y="{y}" width="{width}" height="{height}"'
        f' viewBox="{x} {y} {width} {height}">{body}</svg>'
    )


def _of_the_page(rgb: Any) -> bool:
    """Whether a colour is black, white or grey, and follows the page where that lies beneath."""
    return bool(max(rgb[:3]) - min(rgb[:3]) < 1e-3)


def _hue(rgb: Any, literal: bool) -> str:
    return to_hex(rgb) if literal else colour(rgb)


def colour(rgb: Any) -> str:
    """Ink, paper, diluted ink, or the colour itself."""
    if to_hex(rgb) == "#000000":
        return "currentColor"
    if to_hex(rgb) == "#ffffff":
        return "var(--paper)"
    if _of_the_page(rgb):
        return f"color-mix(in srgb,currentColor {100 * (1 - rgb[0]):.0f}%,var(--paper))"
    return to_hex(rgb)


def _alpha(alpha: float | None) -> str:
    return f"{alpha:.2g}" if alpha is not None and alpha < 1 else ""


def attributes(**values: Any) -> str:
    """Write attributes; what is None, False or nothing is left out."""
    return "".join(
        f' {name.lstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, False, "") and value is not np.False_
    )


def _whole(*lengths: float) -> str:
    return " ".join(str(round(10 * length)) for length in lengths)


def numbers(points: NDArray[np.int_]) -> str:
    """Write whole numbers one after the other, without a space where a minus parts them."""
    return " ".join(map(str, points.ravel().tolist())).replace(" -", "-")
