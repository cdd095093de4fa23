"""What moves in a live figure: which artists can, how they look, and what the script must know.

The look of an artist is taken down as `svg` draws it; the script only puts it elsewhere. What it
could not put there as matplotlib does is refused.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from html import escape
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text

from pagefigures.svg import Mark, Renderer, Stencil, clipped
from pagefigures.traced import Series

Result = Any  # what compute() returns for an artist


def parts_of(artist: Any) -> list[Any]:
    """Return the artists that a moving one consists of."""
    return list(artist) if isinstance(artist, BarContainer) else [artist]


def is_number(x: Any) -> bool:
    """Whether a result is a single number or condition, traced or not."""
    return not isinstance(x, str | Series | tuple | list) and np.ndim(x) == 0


def kind_of(artist: Any, result: Result) -> str:
    """Return in which way an artist moves; "none" if it can't move so."""
    if is_number(result):
        return "shown"
    kinds = {Line2D: "line", PathCollection: "line", BarContainer: "bars", Text: "text"}
    return next((kind for one, kind in kinds.items() if isinstance(artist, one)), "none")


def put(artist: Any, kind: str, result: Result) -> None:
    """Bring the matplotlib artist itself into a state."""
    if kind == "line" and isinstance(artist, Line2D):
        artist.set_data(*np.asarray(result, float))
    elif kind == "line":
        artist.set_offsets(np.transpose(np.asarray(result, float)))
    elif kind == "bars":
        for bar, height in zip(artist, result, strict=True):
            bar.set_height(height)
    elif kind == "text":
        artist.set_position(result)
    else:
        for part in parts_of(artist):
            part.set_visible(bool(result) and result == result)


# Places.


def check_axes(ax: Axes) -> None:
    """Refuse axes in which data are not placed by x and y."""
    if ax.name != "rectilinear":
        raise ValueError(f"{ax.name} axes can't be live: plain ones (rectilinear) can")


def axes_places(renderer: Renderer, ax: Axes) -> dict[str, Any]:
    """Return how data become places in the picture.

    For x and y: [origin, scale, whether it is logarithmic, what the logarithm of 0 is taken for].
    """
    corners = (ax.transAxes + renderer.flip).transform([(0, 0), (1, 1)]) * 10
    out = {}
    for k, axis in enumerate((ax.xaxis, ax.yaxis)):
        if axis.get_scale() not in ("linear", "log"):
            raise ValueError(f"a {axis.get_scale()} axis can't be live: linear or log")
        log = axis.get_scale() == "log"
        low, high = np.log10(axis.get_view_interval()) if log else axis.get_view_interval()
        scale = (corners[1][k] - corners[0][k]) / (high - low)
        places = [round(corners[0][k] - scale * low, 3), round(scale, 6), log]
        if log:  # matplotlib puts 0 far down, or leaves it out
            transform: Any = axis.get_transform()
            places.append(-1000 * np.log10(transform.base) if transform._clip else None)
        out["xy"[k]] = places
    return out


def place(axis: Sequence[Any], value: Any) -> float:
    """Return where a value is along an axis, in tenths of a point."""
    at, scale, log, *bottom = axis
    if log and value <= 0:
        value, log = bottom[0] if bottom[0] is not None else np.nan, False
    with np.errstate(all="ignore"):
        return float(at + scale * (np.log10(value) if log else value))


# What may move.


def check_moving(name: str, artist: Any, kind: str) -> None:
    """Refuse an artist that the script could not draw as matplotlib does."""
    if kind == "shown":
        return
    for part in parts_of(artist):
        for wrong, words in _refusals(part):
            if wrong:
                raise ValueError(f"moving[{name!r}], {part}: {words}")
    if kind == "bars":
        for wrong, words in _refusals_of_bars(artist):
            if wrong:
                raise ValueError(f"the bars moving[{name!r}]: {words}")


def _refusals(part: Any) -> Iterator[tuple[bool, str]]:
    """Return what could be wrong with an artist: whether it is, and in words."""
    yield part.axes is None, "it is in no Axes, and data have no place there"
    check_axes(part.axes)
    if isinstance(part, PathCollection):
        transform = part.get_offset_transform()
    else:  # a patch has one of its own shape, too
        transform = getattr(part, "get_data_transform", part.get_transform)()
    yield isinstance(part, Annotation), "an annotation can't move, only be shown: give ax.text(...)"
    yield (
        transform != part.axes.transData,
        "it has a transform of its own; what moves is placed in data coordinates, transData (so"
        " not axhline, axvline, axline, transAxes or transFigure)",
    )
    yield (
        not part.get_visible(),
        "it is invisible: leave it visible, or let compute() return whether it is seen",
    )
    yield from _refusals_of_looks(part)
    yield (
        part.get_clip_on() and part.get_clip_path() is not None,
        "it is clipped by a shape; only rectangles, such as the Axes, can clip",
    )
    if isinstance(part, Line2D):
        yield (
            part.get_markevery() is not None,
            f"markevery={part.get_markevery()!r}: every point has its marker; give a line of their"
            " own to markers of some points",
        )
        yield (
            part.get_drawstyle() != "default",
            f"drawstyle={part.get_drawstyle()!r}: let compute() return the corners of the steps",
        )


def _refusals_of_looks(part: Any) -> Iterator[tuple[bool, str]]:
    yield bool(part.get_path_effects()), "it has path effects, which the script does not draw"
    yield part.get_sketch_params() is not None, "it is sketched (xkcd): draw it plain"
    yield part.get_agg_filter() is not None, "its agg_filter works on pixels, and SVG has none"
    urls = part.get_urls() if hasattr(part, "get_urls") else [part.get_url()]
    yield any(url is not None for url in urls), "it has a url, and nothing in a picture is a link"
    hatch = getattr(part, "get_hatch", lambda: None)()
    yield bool(hatch), f"hatch='{hatch}' is not drawn: give it a colour or an edge"


def _refusals_of_bars(bars: BarContainer) -> Iterator[tuple[bool, str]]:
    yield (
        bars.orientation == "horizontal",
        "they are horizontal, and compute() returns heights: make them with bar(...)",
    )
    yield bars.errorbar is not None, "their error bars would stand still: draw them without"
    yield any(bar.get_angle() for bar in bars), "they are turned: give them no angle"
    same = {(bar.get_zorder(), bar.get_clip_on(), bar.axes) for bar in bars}
    yield len(same) > 1, "they differ in zorder, clip_on or Axes: give them the same"


def check_words(text: Text, moves: bool) -> None:
    """Refuse a text with fields that could not be written anew."""
    turned = text.get_rotation() % 360 and text.get_rotation_mode() != "anchor"
    arrow = isinstance(text, Annotation) and text.arrow_patch is not None
    refusals = [
        ("\n" in text.get_text(), "a text with fields must be of one line"),
        (turned, "a text with fields is turned only with rotation_mode='anchor'"),
        (text.get_bbox_patch(), "a text with fields has no box: it would not grow with the words"),
        (arrow, "an annotation with an arrow has no fields: it would not follow the words"),
        (not (moves or text.get_visible()), "a text with fields is invisible: show it"),
        (text.get_wrap(), "a text with fields is not wrapped: it must be of one line"),
        *_refusals_of_looks(text),
    ]
    for wrong, words in refusals:
        if wrong:
            raise ValueError(f"the text {text.get_text()!r}: {words}")


# How it looks.


@contextmanager
def leaving_room(marks: Mapping[Any, str]) -> Iterator[dict[Any, bool]]:
    """Let artists leave room for what will be put there: each writes its mark and nothing else.

    Yields a dict which then says, of each that was drawn, whether it lies on coloured ground.
    """
    literal: dict[Any, bool] = {}

    def leave(artist: Any, mark: str) -> Callable[[Renderer], None]:
        def draw(renderer: Renderer) -> None:
            literal[artist] = renderer.covered((artist.axes or artist.get_figure()).bbox)
            if mark:
                renderer.leave_room(mark)

        return draw

    try:
        for artist, mark in marks.items():
            artist.draw = leave(artist, mark)
        yield literal
    finally:
        for artist in marks:
            with suppress(AttributeError):
                del artist.draw


def drawn(
    renderer: Renderer,
    name: str,
    artist: Any,
    kind: str,
    result: Result,
    literal: bool,
    words: Callable[[Text], str],
) -> tuple[str, dict[str, Any]]:
    """Return an artist's first state as SVG, and what the script must know of it."""
    said = escape(name)
    if kind == "shown":
        seen = "visible" if result and result == result else "hidden"
        body = "".join(_uncovered(renderer, part, words) for part in parts_of(artist))
        return f'<g data-moving="{said}" visibility="{seen}">{body}</g>', {}
    parts = parts_of(artist)
    places = axes_places(renderer, parts[0].axes)
    binding: dict[str, Any] = {"x": places["x"], "y": places["y"]}
    more = ""
    if kind == "line":
        marks = _looks(renderer, artist, result, literal)
        dots = [[mark.shape, mark.apart] for mark in marks if mark.shape is not None]
        binding |= {"dots": dots} if dots else {}
        body = "".join(mark.svg() for mark in marks)
    elif kind == "bars":
        stencil = Stencil(renderer.fig, literal)
        for bar in parts:
            type(bar).draw(bar, stencil)
        body = "".join(f'<path{mark.style} d="{mark.way}"/>' for mark in stencil.marks)
        for key in "x", "y", "width":
            binding[{"x": "left", "y": "bottom"}.get(key, key)] = [
                getattr(bar, f"get_{key}")() for bar in parts
            ]
    else:
        body, middle = _text_in_the_middle(renderer, artist, words)
        binding["at"] = at = [round(place(places[k], x)) for k, x in zip("xy", middle, strict=True)]
        to = [place(places[k], x) for k, x in zip("xy", result, strict=True)]
        if np.isfinite(to).all():
            moved = [round(max(min(x, 1e5), -1e5)) - x0 for x, x0 in zip(to, at, strict=True)]
            more = f' visibility="visible" transform="translate({moved[0]} {moved[1]})"'
        else:
            more = ' visibility="hidden"'
    return clipped(
        _window(renderer, parts[0]), f'<g data-moving="{said}"{more}>{body}</g>'
    ), binding


def _window(renderer: Renderer, artist: Any) -> tuple[int, int, int, int] | None:
    """Return through which window of the picture an artist is seen, if not everywhere."""
    box = artist.get_clip_box()
    if not artist.get_clip_on() or box is None:
        return None
    left, bottom, right, top = renderer.flip.transform_bbox(box).extents
    return round(10 * left), round(10 * bottom), round(10 * right), round(10 * top)


def _uncovered(renderer: Renderer, part: Any, words: Callable[[Text], str]) -> str:
    """Draw an artist as it is when it is seen."""
    visible = part.get_visible()
    part.set_visible(True)
    try:
        return words(part) if isinstance(part, Text) else renderer.draw(part)
    finally:
        part.set_visible(visible)


def _middle(ax: Axes) -> tuple[float, float]:
    x, y = ax.transData.inverted().transform(ax.transAxes.transform((0.5, 0.5)))
    return float(x), float(y)


def _looks(renderer: Renderer, artist: Any, result: Result, literal: bool) -> list[Mark]:
    """Return all that is drawn of a line or a scatter, at the places of its first state.

    How it looks is seen from one that has points in the picture, as the first state may not.
    """
    x, y = _middle(artist.axes)
    looks, here = Stencil(renderer.fig, literal), Stencil(renderer.fig, literal)
    put(artist, "line", ([x, x], [y, y]))
    type(artist).draw(artist, looks)
    put(artist, "line", result)
    type(artist).draw(artist, here)
    marks = []
    for look, now in zip_longest(looks.marks, here.marks):
        look.way, look.places = (now.way, now.places) if now else ("", [])
        if look.style:
            marks.append(look)
    return marks


def _text_in_the_middle(
    renderer: Renderer, text: Text, words: Callable[[Text], str]
) -> tuple[str, tuple[float, float]]:
    """Draw a text in the middle of its Axes, whole, from where the script moves it."""
    before, clips, middle = text.get_position(), text.get_clip_on(), _middle(text.axes)  # type: ignore[arg-type]
    text.set(position=middle, clip_on=False)
    try:
        return words(text), middle
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text.set(position=before, clip_on=clips)


def written_anew(renderer: Renderer, text: Text, number: int) -> str:
    """Draw a text with fields, even one that is empty now, so that the script finds its words."""
    said = text.get_text()
    try:
        text.set_text(said if said.strip() else "x")
        body = renderer.draw(text)
    finally:
        text.set_text(said)
    if not said.strip():
        body = body.replace(">x</text>", "></text>")
    return body.replace("<text", f'<text data-text="{number}"', 1)
