"""Figures that the page computes while the reader's hand moves.

`live` runs the author's function once on symbols (see `traced`), and its JavaScript then answers
every move in Jupyter and on a page alike. What stands still is drawn by matplotlib, and so is the
look of what moves.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from string import Formatter
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from pagefigures.controls import Control, as_control, fieldset, specs, written
from pagefigures.drawn import check_legible, check_options, check_sentence, set_apart
from pagefigures.svg import CAPS, Renderer, attributes, clipped, colour, drawing
from pagefigures.traced import Series, select, trace
from pagefigures.widget import Figure, form, in_print, name_of, png

TARGET = 24  # pixels: the least that a finger finds, on a phone
PHONE = 350


@dataclass(frozen=True)
class Handle(Control):
    """What is dragged in the picture: made by `point`, `turn` or `tape`."""

    ax: Any = None
    draw: Callable[[str, Any], str] = field(default=lambda name, axes: "")
    rows: str = ""

    @property
    def in_a_row(self) -> bool:
        """Whether something of it stands under the picture."""
        return bool(self.rows)

    def row(self, name: str) -> str:
        """Return what stands under the picture."""
        return self.rows.replace("{name}", name)


def point(
    ax: Axes,
    start: Sequence[float],
    label: str = "start",
    *,
    names: Sequence[str] = ("θ₁", "θ₂"),
    room: Sequence[float] | None = None,
    then: str | None = None,
    click: bool = False,
) -> Handle:
    """Let the reader drag a point over the axes; `compute` is given an array (x, y).

    Parameters
    ----------
    ax : Axes
    start : (x, y)
        Where it is first.
    label : str
        What it is called for those who listen, and `names` its two coordinates.
    room : (left, right, bottom, top), optional
        Where it may go; else the whole axes.
    then : str, optional
        A control made by `steps` that plays when the point is let go.
    click : bool
        Whether it also comes to where the reader clicks.
    """
    left, right, bottom, top = map(float, room or (*ax.get_xlim(), *ax.get_ylim()))
    if not (left <= start[0] <= right and bottom <= start[1] <= top):
        raise ValueError(
            f"point(): start = {tuple(start)} is not within {left, right, bottom, top}"
        )
    setting = {
        "names": list(names),
        "room": [left, right, bottom, top],
        "start": [float(x) for x in start],
    }
    if then:
        setting["then"] = then
    if click:
        setting["click"] = True

    def draw(name: str, axes: Any) -> str:
        at = " ".join(map(str, _places(axes, *start)))
        said = ", ".join(f"{one} {written(x, '.2f')}" for one, x in zip(names, start, strict=True))
        return (
            f'<g data-control="{name}" role="slider" tabindex="0" aria-label="{escape(label)}"'
            f' aria-valuemin="{left:g}" aria-valuemax="{right:g}" aria-valuenow="{start[0]:.2f}"'
            f' aria-valuetext="{said}" transform="translate({at})"><circle r="220"'
            ' fill="transparent"/><circle class="pf-ring" r="65"/></g>'
        )

    return Handle("point", label=label, setting=setting, ax=ax, draw=draw)


def turn(
    ax: Axes,
    start: float,
    label: str = "angle",
    *,
    radius: float,
    centre: Sequence[float] = (0.0, 0.0),
    low: float = -np.pi,
    high: float = np.pi,
    step: float = 0.0,
) -> Handle:
    """Let the reader turn something: a handle that runs on a circle around `centre`.

    `compute` is given the angle in radians, from low to high, a multiple of `step` if that is not
    0. `radius` and `centre` are in the axes' own units.
    """
    if not low <= start <= high:
        raise ValueError(f"turn(): start = {start} is not within {low} to {high}")
    if not radius > 0 or not step >= 0:
        raise ValueError(f"turn(): radius = {radius} must be positive, step = {step} at least 0")
    setting = {
        "centre": list(centre), "radius": radius, "low": low, "high": high, "step": step,
        "start": start,
    }  # fmt: skip

    def draw(name: str, axes: Any) -> str:
        at = _places(axes, centre[0] + radius * np.cos(start), centre[1] + radius * np.sin(start))
        low_, high_, now = (round(np.degrees(x)) for x in (low, high, start))
        return (
            f'<g data-control="{name}" role="slider" tabindex="0" aria-label="{escape(label)}"'
            f' aria-valuemin="{low_}" aria-valuemax="{high_}" aria-valuenow="{now}"'
            f' aria-valuetext="{written(now, "d")}°" transform="translate({at[0]} {at[1]})">'
            '<circle r="220" fill="transparent"/><circle class="pf-ring" r="65"/></g>'
        )

    return Handle("turn", label=label, setting=setting, ax=ax, draw=draw)


def tape(
    ax: Axes,
    heights: Iterable[float],
    label: str = "gradient",
    *,
    low: float,
    high: float,
    step: float = 1.0,
    width: float = 0.8,
    first: int = 1,
    presets: Mapping[str, Sequence[float]] | None = None,
) -> Handle:
    """Let the reader draw a sequence: bars at first, first + 1, ... that are pulled up and down.

    `compute` is given the sequence of heights, from low to high, multiples of `step`. A hand that
    sweeps over the bars draws them all. The bars themselves are what `compute` makes of it: give
    the heights on to a bar container of the axes. `presets`, from a name to heights, can be
    chosen under the picture, where the heights can also be typed.
    """
    heights = [float(x) for x in heights]
    if not all(low <= x <= high for x in heights) or not heights:
        raise ValueError(f"tape() needs heights within {low} to {high}, got {heights}")
    if not step > 0 or not 0 < width <= 1:
        raise ValueError(f"tape(): step = {step} must be positive, width = {width} at most 1")
    left = [first + k - width / 2 for k in range(len(heights))]
    setting = {
        "left": left, "width": [width] * len(heights), "low": low, "high": high, "step": step,
        "start": heights,
    }  # fmt: skip
    for preset, values in (presets or {}).items():
        if len(values) != len(heights) or not all(low <= x <= high for x in values):
            raise ValueError(
                f"the preset {preset!r} must have {len(heights)} heights within {low} to {high}"
            )
    rows = _typed(label, heights, presets) if presets else ""

    def draw(name: str, axes: Any) -> str:
        x, y = axes["x"], axes["y"]
        slot = abs(x[1])
        pixels = slot * PHONE / axes["page"]
        if pixels < TARGET - 0.5:
            most = int(len(heights) * pixels / TARGET)
            raise ValueError(
                f"the {len(heights)} bars of {label!r} are too narrow for a finger: on a phone"
                f" there is room for {most}"
            )
        ends = sorted(round(_place(y, end)) for end in (low, high))
        bars = []
        for k, height in enumerate(heights):
            middle = round(_place(x, first + k))
            bars.append(
                f'<g role="slider" tabindex="0" aria-label="{escape(label)} {first + k}"'
                f' aria-valuemin="{low:g}" aria-valuemax="{high:g}" aria-valuenow="{height:g}"'
                f' aria-valuetext="{written(height, ".4g")}" aria-orientation="vertical"><rect'
                f' x="{round(middle - slot / 2)}" y="{ends[0] - 100}" width="{round(slot)}"'
                f' height="{ends[1] - ends[0] + 200}" fill="transparent"/><path class="pf-grip"'
                f' d="M{round(middle - slot * width / 2)} 0h{round(slot * width)}"'
                f' transform="translate(0 {round(_place(y, height))})"/></g>'
            )
        body = "".join(bars)
        return f'<g data-control="{name}" role="group" aria-label="{escape(label)}">{body}</g>'

    return Handle("tape", label=label, setting=setting, ax=ax, draw=draw, rows=rows)


def _typed(label: str, heights: Sequence[float], presets: Mapping[str, Sequence[float]]) -> str:
    """Return a list of presets and a field for heights, as HTML; {name} stands for the tape's."""
    said = escape(label)
    options = "".join(
        f'<option value="{" ".join(f"{float(x):g}" for x in values)}"'
        f"{' selected' * (list(map(float, values)) == list(heights))}>{escape(preset)}</option>"
        for preset, values in presets.items()
    )
    return (
        f'<div class="pf-row pf-tape"><select aria-label="{said}: a tape" data-preset="{{name}}"'
        f' autocomplete="off">{options}<option value="">your own</option></select><input'
        f' class="pf-field" type="text" aria-label="{said}, typed" data-typed="{{name}}"'
        f' value="{", ".join(written(x, ".4g") for x in heights)}" autocomplete="off"'
        ' spellcheck="false"><span class="pf-wrong" role="alert"></span></div>'
    )


def live(
    fig: MatplotlibFigure,
    compute: Callable[..., Mapping[str, Any]],
    sentence: str,
    moving: Mapping[str, Any],
    *,
    record: Sequence[str] = (),
    tabs: Mapping[str, Sequence[str]] | None = None,
    name: str | None = None,
    **controls: Any,
) -> Figure:
    """Show a figure that computes what it shows while the reader moves something.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        What stands still is drawn once. Make it 4.8 in wide, to be read on a phone.
    compute : callable
        ``compute(**choices)`` returns a dict of what is shown. It is run once on symbols: it may
        use arithmetic, numpy's elementary functions, `where`, `select`, `scan` and `once`.
    sentence : str
        What is seen, with fields such as ``{loss:.2g}`` that name results of `compute` or
        controls. A text of the figure may have such fields too.
    moving : mapping from str to artist
        What changes: `compute` returns under its name (xs, ys) for a line, heights for bars,
        (x, y) for a text, or a condition: whether the artist, of any kind, is seen.
    record : sequence of str
        Results of which the greatest so far is kept, as ``{best_score}`` of a ``score``.
    tabs : mapping from str to sequence of str, optional
        Which controls share one place under the picture, and the word at which each group is
        found there. It is for figures with more controls than a screen holds.
    name : str, optional
        What the page's address calls the figure; else the name of `compute`.
    **controls : sequence, or `slider`, `number`, `choice`, `switch`, `steps`, `point`, `turn`,
        `tape`. One for each parameter of `compute`.

    Raises
    ------
    TypeError, ValueError, TraceError
        If something is missing, does not fit or can't be traced; the message says what.
    """
    check_options(compute, "live", moving=moving, record=record, name=name)
    check_sentence(sentence, "live() needs")
    known = name_of(name, compute)
    chosen = {name: as_control(name, spec) for name, spec in controls.items()}
    tabs = tabs or {}
    _check(fig, compute, moving, chosen, tabs)

    def everything(**values: Any) -> dict[str, Any]:
        out = compute(**values)
        if not isinstance(out, Mapping):
            raise TypeError(f"compute() must return a dict, and returned {type(out).__name__}")
        said = {name: _said(control, values[name]) for name, control in chosen.items()}
        return {name: x for name, x in said.items() if x is not None} | dict(out)

    def at(values: Mapping[str, Any]) -> dict[str, Any]:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = everything(**{name: _meant(chosen[name], x) for name, x in values.items()})
        return out | {f"best_{name}": out[name] for name in record if name in out}

    start = {name: control.first for name, control in chosen.items()}
    out = at(start)
    texts = [text for text in fig.findobj(Text) if _fields(text.get_text())]
    _check_results(out, moving, texts, sentence, record)
    kinds = {name: _kind(artist, out[name]) for name, artist in moving.items()}
    shapes = {name: _shape(control) for name, control in chosen.items()}
    program = trace(everything, shapes)
    templates = [text.get_text() for text in texts]
    first = _filled(sentence, out)
    for text, template in zip(texts, templates, strict=True):
        text.set_text(_filled(template, out))
    for name, artist in moving.items():
        _set(artist, kinds[name], out[name])

    named = [part for artist in moving.values() for part in _parts(artist)]
    with drawing(fig) as renderer, set_apart([*named, *texts]):
        still = renderer.draw(fig)
        words = {id(text): _marked(renderer, text, k) for k, text in enumerate(texts)}
        drawn, bindings = [], []
        order = sorted(moving, key=lambda name: max(p.get_zorder() for p in _parts(moving[name])))
        for name in order:
            artist, kind = moving[name], kinds[name]
            ax = _parts(artist)[0].axes
            axes = _axes(renderer, ax) if ax is not None else {}
            body = _drawn(renderer, artist, kind, axes, out[name], words)
            drawn.append(_grouped(renderer, name, kind, ax, body, out[name], axes))
            bindings.append({"name": name, "kind": kind, **_binding(artist, kind, axes)})
        unplaced = [words[id(text)] for text in texts if text not in moving.values()]
        handles = []
        for name, control in chosen.items():
            if isinstance(control, Handle):
                axes = _axes(renderer, control.ax) | {"page": 10 * renderer.width}
                control.setting.update(x=axes["x"], y=axes["y"])
                handles.append(control.draw(name, axes))
        check_legible(renderer)
    paper = png(fig)
    plt.close(fig)
    said = in_print(first)
    svg = renderer.wrap(
        f'{still}<g class="pf-moving">{"".join(drawn)}{"".join(unplaced)}</g>{"".join(handles)}',
        role="group" if handles else "img",
        aria_label=said,
    )
    html = form(
        "live", known, svg, said, _longest(sentence, chosen, start, at),
        fieldset(chosen, tabs),
        specs(chosen),
    )  # fmt: skip
    data = {
        "program": program,
        "moving": bindings,
        "texts": [[k, _cut(template)] for k, template in enumerate(templates)],
        "sentence": _cut(sentence),
        "record": list(record),
    }
    return Figure(html, data, sentence=said, png=paper, name=known)


# What goes in and what comes out.


def _shape(control: Control) -> Any:
    return {"point": 2, "tape": "series"}.get(control.kind)


def _numeric(control: Control) -> bool:
    return all(isinstance(value, int | float) for value in control.values)


def _meant(control: Control, value: Any) -> Any:
    """Return what `compute` is given: a number for its value, else its place in the list.

    They are numpy's numbers, which divide by 0 and negate a condition as the page does.
    """
    if control.values and not _numeric(control):
        value = control.values.index(value)
    numbers = np.asarray(value, float)
    return list(numbers) if control.kind == "tape" else numbers[()]


def _said(control: Control, value: Any) -> Any:
    """Return what a field of the sentence says of a control, or None for what has no words."""
    if control.values and not _numeric(control):
        return select(value, control.words)
    return None if control.kind in ("point", "tape") else value


def _fields(template: str) -> list[str]:
    try:
        parsed = list(Formatter().parse(template))
        if any(conversion for *_, conversion in parsed):
            raise ValueError("it asks for a conversion, such as !r")
        return [name for _, name, _, _ in parsed if name is not None]
    except ValueError as error:
        raise ValueError(f"{template!r} is no sentence with fields: {error}") from None


def _cut(template: str) -> list[Any]:
    """Cut a sentence with fields into words and [name, format]."""
    parts: list[Any] = []
    for text, name, spec, _ in Formatter().parse(template):
        if text:
            parts.append(in_print(text))
        if name is not None:
            written(0.0, spec or "")  # a format that the script does not know is an error now
            parts.append([name, spec or ""])
    return parts


def _filled(template: str, out: Mapping[str, Any]) -> str:
    return "".join(
        part if isinstance(part, str) else written(out[part[0]], part[1]) for part in _cut(template)
    )


def _longest(
    sentence: str,
    controls: Mapping[str, Control],
    start: Mapping[str, Any],
    at: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> str:
    """Return the longest sentence of some states: the first, and each control at its ends."""
    found = [_filled(sentence, at(start))]
    for name, control in controls.items():
        ends = control.values[:: max(len(control.values) - 1, 1)] if control.values else ()
        if control.kind == "number":
            ends = (control.setting["low"], control.setting["high"])
        found += [_filled(sentence, at({**start, name: end})) for end in ends]
    return max(found, key=len)


# What moves, and how it is drawn.


def _parts(artist: Any) -> list[Any]:
    return list(artist) if isinstance(artist, BarContainer) else [artist]


def _is_number(x: Any) -> bool:
    return not isinstance(x, str | Series | tuple | list) and np.ndim(x) == 0


def _kind(artist: Any, result: Any) -> str:
    if _is_number(result):
        return "shown"
    if isinstance(artist, Line2D):
        return "line"
    if isinstance(artist, BarContainer):
        return "bars"
    if isinstance(artist, Text):
        return "text"
    return "none"


def _set(artist: Any, kind: str, result: Any) -> None:
    """Bring the matplotlib artist itself into the first state, for paper."""
    if kind == "line":
        artist.set_data(*np.asarray(result, float))
    elif kind == "bars":
        for bar, height in zip(artist, result, strict=True):
            bar.set_height(height)
    elif kind == "text":
        artist.set_position(result)
    else:
        for part in _parts(artist):
            part.set_visible(bool(result))


def _axes(renderer: Renderer, ax: Axes) -> dict[str, Any]:
    """Return how data become places in the picture: [origin, scale, is it logarithmic]."""
    corners = (ax.transAxes + renderer.flip).transform([(0, 0), (1, 1)]) * 10
    out = {}
    for k, axis in enumerate((ax.xaxis, ax.yaxis)):
        if axis.get_scale() not in ("linear", "log"):
            raise ValueError(f"a {axis.get_scale()} axis can't be live: linear or log")
        log = axis.get_scale() == "log"
        low, high = np.log10(axis.get_view_interval()) if log else axis.get_view_interval()
        scale = (corners[1][k] - corners[0][k]) / (high - low)
        out["xy"[k]] = [round(corners[0][k] - scale * low, 3), round(scale, 6), log]
    return out


def _place(axis: Sequence[Any], value: Any) -> float:
    at, scale, log = axis
    with np.errstate(all="ignore"):
        return float(at + scale * (np.log10(value) if log else value))


def _places(axes: Mapping[str, Any], x: Any, y: Any) -> tuple[int, int]:
    return round(_place(axes["x"], x)), round(_place(axes["y"], y))


def _drawn(
    renderer: Renderer,
    artist: Any,
    kind: str,
    axes: Mapping[str, Any],
    result: Any,
    words: Mapping[int, str],
) -> str:
    if kind == "line":
        return _line(artist, axes, *result)
    if kind == "bars":
        bar = artist[0]
        floor = _place(axes["y"], 0)
        way = ""
        for one, height in zip(artist, result, strict=True):
            start, top = _places(axes, one.get_x(), height)
            end = round(_place(axes["x"], one.get_x() + one.get_width()))
            way += f"M{start} {floor:.0f}V{top}H{end}V{floor:.0f}z"
        alpha = bar.get_alpha()
        style = attributes(fill=colour(bar.get_facecolor()[:3]), opacity=alpha)
        return f'<path{style} d="{way}"/>'
    if kind == "text":
        x, y = _places(axes, *artist.get_position())
        return re.sub(
            r' x="(-?\d+)" y="(-?\d+)"',
            lambda found: f' x="{int(found[1]) - x}" y="{int(found[2]) - y}"',
            words.get(id(artist)) or renderer.draw(artist),
        )
    visible = [part.get_visible() for part in _parts(artist)]
    plt.setp(_parts(artist), visible=True)
    body = words.get(id(artist)) or renderer.draw(*_parts(artist))
    for part, seen in zip(_parts(artist), visible, strict=True):
        part.set_visible(seen)
    return body


def _line(line: Line2D, axes: Mapping[str, Any], xs: Any, ys: Any) -> str:
    way, dots, pen = "", "", "M"
    for x, y in zip(xs, ys, strict=True):
        one, two = _place(axes["x"], x), _place(axes["y"], y)
        if not np.isfinite([one, two]).all():
            pen = "M"
            continue
        here = f"{round(max(min(one, 1e5), -1e5))} {round(max(min(two, 1e5), -1e5))}"
        way, dots, pen = f"{way}{pen}{here}", f"{dots}M{here}h0", "L"
    ink = colour(to_rgb(line.get_color()))
    body = ""
    if line.get_linestyle() not in ("None", "none", " ", ""):
        _, dashes = line._dash_pattern  # type: ignore[attr-defined]  # scaled with the width, as it is drawn
        body += "<path{} d=\"{}\"/>".format(
            attributes(
                _class="pf-line", stroke=ink, stroke_width=round(10 * line.get_linewidth()),
                stroke_dasharray=dashes and " ".join(f"{10 * dash:g}" for dash in dashes),
                stroke_linecap=CAPS[line.get_solid_capstyle()],
            ),
            way,
        )  # fmt: skip
    if line.get_marker() not in ("None", "none", " ", "", None):
        size = 10 * line.get_markersize()
        edge = colour(to_rgb(line.get_markerfacecolor()))
        body += '<path{} d="{}"/>'.format(
            attributes(
                _class="pf-dots", stroke=edge, stroke_width=round(size), stroke_linecap="round"
            ),
            dots,
        )
    return body


def _grouped(
    renderer: Renderer,
    name: str,
    kind: str,
    ax: Axes | None,
    body: str,
    result: Any,
    axes: Mapping[str, Any],
) -> str:
    more = ""
    if kind == "shown":
        more = f' visibility="{"visible" if result else "hidden"}"'
    elif kind == "text":
        x, y = _places(axes, *result)
        more = f' transform="translate({x} {y})"'
    group = f'<g data-moving="{name}"{more}>{body}</g>'
    if ax is None or kind not in ("line", "bars"):
        return group
    box = renderer.flip.transform_bbox(ax.bbox).extents
    left, bottom, right, top = (round(10 * side) for side in box)
    return clipped((left, bottom, right, top), group)


def _binding(artist: Any, kind: str, axes: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "shown":
        return {}
    places = {"x": axes["x"], "y": axes["y"]}
    if kind == "bars":
        left, width = [bar.get_x() for bar in artist], [bar.get_width() for bar in artist]
        return {**places, "left": left, "width": width}
    return places


def _marked(renderer: Renderer, text: Text, number: int) -> str:
    if "\n" in text.get_text():
        raise ValueError(f"{text.get_text()!r}: a text with fields must be of one line")
    return renderer.draw(text).replace("<text", f'<text data-text="{number}"', 1)


# What may come in.


def _check(
    fig: MatplotlibFigure,
    compute: Callable[..., Any],
    moving: Any,
    controls: Mapping[str, Control],
    tabs: Mapping[str, Sequence[str]],
) -> None:
    if not controls:
        raise ValueError("live() needs a control: number(...), point(...), switch(...), ...")
    place = {name: word for word, names in tabs.items() for name in names}
    if len(place) < sum(map(len, tabs.values())):
        raise ValueError(f"tabs = {tabs}: a control is in two of them")
    for name in place:
        if name not in controls or not controls[name].in_a_row:
            raise ValueError(f"tabs names {name!r}, which is no control under the picture")
    labels = [(control.label or name, place.get(name)) for name, control in controls.items()]
    if len(set(labels)) < len(labels):
        raise ValueError(f"two controls have the same label: {[label for label, _ in labels]}")
    try:
        inspect.signature(compute).bind(**controls)
    except TypeError as error:
        raise TypeError(f"compute() does not fit the controls {list(controls)}: {error}") from None
    if not isinstance(moving, Mapping) or not moving:
        raise TypeError(f"moving = {moving!r}: it must be a dict from a name to an artist")
    inside = {*fig.get_children(), *(child for ax in fig.axes for child in ax.get_children())}
    for name, artist in moving.items():
        parts = _parts(artist)
        if not all(isinstance(part, Artist) for part in parts):
            raise TypeError(
                f"moving[{name!r}] = {artist!r} is no artist: give a line, bars or a text of the"
                " figure, or what is to be shown and hidden"
            )
        if not all(part in inside for part in parts):
            raise ValueError(f"moving[{name!r}] = {artist} is not in the figure")
    for name, control in controls.items():
        if isinstance(control, Handle) and control.ax not in fig.axes:
            raise ValueError(f"the axes of the control {name!r} are not in the figure")
        then = control.setting.get("then")
        if then is not None and (then not in controls or not controls[then].interval):
            raise ValueError(f"{name}: then={then!r} names no control that is made by steps()")


def _check_results(
    out: Mapping[str, Any],
    moving: Mapping[str, Any],
    texts: Sequence[Text],
    sentence: str,
    record: Sequence[str],
) -> None:
    for name, artist in moving.items():
        if name not in out:
            raise ValueError(
                f"compute() returns nothing for moving[{name!r}]; it returns {sorted(out)}"
            )
        if _kind(artist, out[name]) == "none":
            raise TypeError(
                f"moving[{name!r}] is a {type(artist).__name__}, of which compute() can only say"
                " whether it is seen"
            )
        seen = _is_number(out[name])
        if isinstance(artist, BarContainer) and not seen and len(out[name]) != len(artist):
            raise ValueError(
                f"compute() returns {len(out[name])} heights for the {len(artist)} bars of"
                f" moving[{name!r}]"
            )
        if isinstance(artist, Line2D) and not seen:
            leaves = [np.size(part) for part in out[name]]
            if len(leaves) != 2 or leaves[0] != leaves[1]:
                raise ValueError(
                    f"compute() must return (xs, ys), of one length, for moving[{name!r}]; the"
                    f" lengths are {leaves}"
                )
    for template in [sentence, *(text.get_text() for text in texts)]:
        for name in _fields(template):
            if name not in out:
                raise ValueError(
                    f"{template!r} has a field {name!r}, which is neither a control nor a result"
                    f" of compute(): {sorted(out)}"
                )
            if not (_is_number(out[name]) or isinstance(out[name], str)):
                raise ValueError(f"{template!r}: {name} is no single number")
    for name in record:
        if name not in out:
            raise ValueError(f"record names {name!r}, which is no result of compute()")
