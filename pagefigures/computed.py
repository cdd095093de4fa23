"""Figures that the page computes while the reader's hand moves.

`live` runs the author's function once on symbols (see `traced`), and its JavaScript then answers
every move in Jupyter and on a page alike. What stands still is drawn by matplotlib, and so is the
look of what moves.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from string import Formatter
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.text import Text

from pagefigures.controls import Control, as_control, fieldset, specs, written
from pagefigures.drawn import (
    changed,
    check_legible,
    check_options,
    check_sentence,
    inside_of,
    looks,
)
from pagefigures.moving import (
    axes_places,
    check_axes,
    check_moving,
    check_words,
    drawn,
    is_number,
    kind_of,
    leaving_room,
    parts_of,
    place,
    put,
    written_anew,
)
from pagefigures.svg import drawing
from pagefigures.traced import select, trace
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
        at = " ".join(map(str, _rounded(axes, *start)))
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
        at = _rounded(axes, centre[0] + radius * np.cos(start), centre[1] + radius * np.sin(start))
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
        ends = sorted(round(place(y, end)) for end in (low, high))
        bars = []
        for k, height in enumerate(heights):
            middle = round(place(x, first + k))
            bars.append(
                f'<g role="slider" tabindex="0" aria-label="{escape(label)} {first + k}"'
                f' aria-valuemin="{low:g}" aria-valuemax="{high:g}" aria-valuenow="{height:g}"'
                f' aria-valuetext="{written(height, ".4g")}" aria-orientation="vertical"><rect'
                f' x="{round(middle - slot / 2)}" y="{ends[0] - 100}" width="{round(slot)}"'
                f' height="{ends[1] - ends[0] + 200}" fill="transparent"/><path class="pf-grip"'
                f' d="M{round(middle - slot * width / 2)} 0h{round(slot * width)}"'
                f' transform="translate(0 {round(place(y, height))})"/></g>'
            )
        body = "".join(bars)
        return f'<g data-control="{name}" role="group" aria-label="{escape(label)}">{body}</g>'

    return Handle("tape", label=label, setting=setting, ax=ax, draw=draw, rows=rows)


def _rounded(axes: Mapping[str, Any], x: Any, y: Any) -> tuple[int, int]:
    return round(place(axes["x"], x)), round(place(axes["y"], y))


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
    finds: tuple[str, str] | None = None,
    tabs: Mapping[str, Sequence[str]] | None = None,
    also: Sequence[Mapping[str, Any]] = (),
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
        What changes: `compute` returns under its name (xs, ys) for a line or a scatter, heights
        for bars, (x, y) for a text, or a condition: whether the artist, of any kind, is seen. It
        looks as matplotlib draws it, above and below what stands still by its zorder; what the
        page could not draw so is refused by name. Each result must be used: here, in `record`,
        or in a field.
    record : sequence of str
        Results of which the greatest so far is kept, as ``{best_score}`` of a ``score``.
    finds : (control, result), optional
        A choice of riddles, and the result that holds when the chosen one is solved. Those that
        have been solved are marked in the list, and ``{found}`` is how many they are.
    tabs : mapping from str to sequence of str, optional
        Which controls share one place under the picture, and the word at which each group is
        found there. It is for figures with more controls than a screen holds.
    also : sequence of mapping from str to value
        States in which the figure is looked at too, beside those with one control at its end: the
        values of some controls there, such as where the sentence is longest and needs its room.
    name : str, optional
        What the page's address calls the figure; else the name of `compute`.
    **controls : sequence, or `slider`, `number`, `choice`, `switch`, `steps`, `point`, `turn`,
        `tape`. One for each parameter of `compute`.

    Raises
    ------
    TypeError, ValueError, TraceError
        If something is missing, does not fit or can't be traced; the message says what.
    """
    check_options(compute, "live", moving=moving, record=record, name=name, finds=finds)
    check_sentence(sentence, "live() needs")
    known = name_of(name, compute)
    chosen = {name: as_control(name, spec) for name, spec in controls.items()}
    tabs = tabs or {}
    _check(fig, compute, moving, chosen, tabs)
    if finds:
        _check_finds(finds, chosen)

    def everything(**values: Any) -> dict[str, Any]:
        out = compute(**values)
        if not isinstance(out, Mapping):
            raise TypeError(f"compute() must return a dict, and returned {type(out).__name__}")
        said = {name: _said(control, values[name]) for name, control in chosen.items()}
        said = {name: x for name, x in said.items() if x is not None}
        for name in set(said) & set(out) - set(moving):
            raise ValueError(f"compute() returns {name!r}, which is a control: call it otherwise")
        return said | dict(out)

    def at(values: Mapping[str, Any]) -> dict[str, Any]:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = everything(**{name: _meant(chosen[name], x) for name, x in values.items()})
        return (
            out
            | {f"best_{name}": out[name] for name in record if name in out}
            | ({"found": 0} if finds else {})
        )

    start = {name: control.first for name, control in chosen.items()}
    out = at(start)
    texts = [text for text in fig.findobj(Text) if _fields(text.get_text())]
    templates = [text.get_text() for text in texts]
    _check_results(out, moving, [sentence, *templates], record)
    if finds and finds[1] not in out:
        raise ValueError(f"finds names {finds[1]!r}, which is no result of compute()")
    _check_use(out, moving, [sentence, *templates], [*record, *(finds or ())], chosen)
    kinds = {name: kind_of(artist, out[name]) for name, artist in moving.items()}
    for name, artist in moving.items():
        check_moving(name, artist, kinds[name])
    ticks = {label for tick in fig.findobj(Tick) for label in (tick.label1, tick.label2)}
    for text in texts:
        if text in ticks:
            raise ValueError(f"{text.get_text()!r}: a tick label has no fields, as it is made anew")
        check_words(text, text in moving.values())
    program = trace(everything, {name: _shape(control) for name, control in chosen.items()})
    first = longest = _filled(sentence, out)
    for name, artist in moving.items():
        put(artist, kinds[name], out[name])

    marks = {name: f"<!--moving {k}-->" for k, name in enumerate(moving)}
    room: dict[Any, str] = {text: f"<!--text {k}-->" for k, text in enumerate(texts)}
    for name, artist in moving.items():
        room |= dict.fromkeys(parts_of(artist), "") | {parts_of(artist)[0]: marks[name]}
    bindings, handles, bodies = [], [], {}
    with _filled_in(texts, out), drawing(fig) as renderer, leaving_room(room) as on_colour:
        still = renderer.draw(fig)
        before = looks(fig, renderer)
        for state in (*_states(chosen, start), *({**start, **one} for one in also)):
            result = at(state)
            _check_results(result, moving, [sentence, *templates], record)
            longest = max(longest, _filled(sentence, result), key=len)
        if renderer.draw(fig) != still:
            raise ValueError(
                f"compute() changes {changed(before, looks(fig, renderer))}, which stands still on"
                " the page: it may only return what is in `moving`, and words"
            )

        def words(text: Text) -> str:
            if text not in texts:
                return renderer.draw(text)
            return written_anew(renderer, text, texts.index(text))

        for name, artist in moving.items():
            literal = on_colour.get(parts_of(artist)[0], False)
            try:
                bodies[marks[name]], binding = drawn(
                    renderer, name, artist, kinds[name], out[name], literal, words
                )
            except ValueError as error:
                raise ValueError(f"moving[{name!r}]: {error}") from None
            bindings.append({"name": name, "kind": kinds[name], **binding})
        bodies |= {room[text]: words(text) for text in texts if room[text] not in bodies}
        svg = _placed(still, bodies, {mark: f"moving[{name!r}]" for name, mark in marks.items()})
        for name, control in chosen.items():
            if isinstance(control, Handle):
                axes = axes_places(renderer, control.ax) | {"page": 10 * renderer.width}
                control.setting.update(x=axes["x"], y=axes["y"])
                handles.append(control.draw(name, axes))
        check_legible(renderer)
    paper = png(fig)
    plt.close(fig)
    said = in_print(first)
    svg = renderer.wrap(svg + "".join(handles), role="group" if handles else "img", aria_label=said)
    html = form("live", known, svg, said, longest, fieldset(chosen, tabs), specs(chosen))
    data = {
        "program": program,
        "moving": bindings,
        "texts": [[k, _cut(template)] for k, template in enumerate(templates)],
        "sentence": _cut(sentence),
        "record": list(record),
    }
    if finds:
        data["finds"] = list(finds)
        html = html.replace(" autocomplete=", f' data-finds="{finds[0]}" autocomplete=', 1)
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


def _states(controls: Mapping[str, Control], start: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return states in which a figure is looked at: each control at its ends."""
    for name, control in controls.items():
        ends = control.values[:: max(len(control.values) - 1, 1)] if control.values else ()
        if control.kind in ("number", "turn"):
            ends = (control.setting["low"], control.setting["high"])
        yield from ({**start, name: end} for end in ends)


@contextmanager
def _filled_in(texts: Sequence[Text], out: Mapping[str, Any]) -> Iterator[None]:
    """Fill the fields of texts, for paper too; an error leaves them as they were."""
    templates = [text.get_text() for text in texts]
    try:
        for text, template in zip(texts, templates, strict=True):
            text.set_text(_filled(template, out))
        yield
    except BaseException:
        for text, template in zip(texts, templates, strict=True):
            text.set_text(template)
        raise


def _placed(svg: str, bodies: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Put what moves into the room that was left for it, which may be within another."""
    left = dict(bodies)
    while found := [mark for mark in left if mark in svg]:
        for mark in found:
            svg = svg.replace(mark, left.pop(mark), 1)
    for mark, body in left.items():
        name = names.get(mark) or f"the text {re.sub('<[^>]*>', '', body)!r}"
        raise ValueError(
            f"{name} is never drawn: what it stands in is invisible. Show it, or take it out"
        )
    return svg


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
    inside = inside_of(fig)
    taken: set[Artist] = set()
    for name, artist in moving.items():
        parts = parts_of(artist)
        if not all(isinstance(part, Artist) for part in parts):
            raise TypeError(
                f"moving[{name!r}] = {artist!r} is no artist: give a line, bars or a text of the"
                " figure, or what is to be shown and hidden"
            )
        if not all(part in inside for part in parts):
            raise ValueError(f"moving[{name!r}] = {artist} is not in the figure")
        if not isinstance(name, str):
            raise TypeError(f"moving has the name {name!r}: names are words, as of results")
        if taken & set(parts):
            raise ValueError(f"moving[{name!r}] = {artist} has another name too: give it one")
        taken |= set(parts)
    for name, control in controls.items():
        if isinstance(control, Handle) and control.ax not in fig.axes:
            raise ValueError(f"the axes of the control {name!r} are not in the figure")
        if isinstance(control, Handle):
            check_axes(control.ax)
        then = control.setting.get("then")
        if then is not None and (then not in controls or not controls[then].interval):
            raise ValueError(f"{name}: then={then!r} names no control that is made by steps()")


def _check_finds(finds: Any, controls: Mapping[str, Control]) -> None:
    if not (isinstance(finds, tuple) and len(finds) == 2):
        raise TypeError(f"finds = {finds!r}: it must be (control, result), two names")
    control = controls.get(finds[0])
    if control is None or control.kind != "choice":
        raise ValueError(f"finds names {finds[0]!r}, which is no choice(...)")


def _check_results(
    out: Mapping[str, Any],
    moving: Mapping[str, Any],
    templates: Sequence[str],
    record: Sequence[str],
) -> None:
    for name, artist in moving.items():
        if name not in out:
            raise ValueError(
                f"compute() returns nothing for moving[{name!r}]; it returns {sorted(out)}"
            )
        _check_result(name, artist, kind_of(artist, out[name]), out[name])
    for template in templates:
        for name in _fields(template):
            if name not in out:
                raise ValueError(
                    f"{template!r} has a field {name!r}, which is neither a control nor a result"
                    f" of compute(): {sorted(out)}"
                )
            if not (is_number(out[name]) or isinstance(out[name], str)):
                raise ValueError(f"{template!r}: {name} is no single number")
    for name in record:
        if name not in out:
            raise ValueError(f"record names {name!r}, which is no result of compute()")
        if not is_number(out[name]):
            raise ValueError(f"record names {name!r}, which is no single number")


def _check_result(name: str, artist: Any, kind: str, result: Any) -> None:
    if kind == "none":
        raise TypeError(
            f"moving[{name!r}] is a {type(artist).__name__}, of which compute() can only say"
            " whether it is seen"
        )
    if kind == "bars" and len(result) != len(artist):
        raise ValueError(
            f"compute() returns {len(result)} heights for the {len(artist)} bars of"
            f" moving[{name!r}]"
        )
    if kind == "line":
        leaves = [np.size(part) for part in result]
        if len(leaves) != 2 or leaves[0] != leaves[1]:
            raise ValueError(
                f"compute() must return (xs, ys), of one length, for moving[{name!r}]; the"
                f" lengths are {leaves}"
            )
    if kind == "text" and (isinstance(result, str) or [np.ndim(x) for x in result] != [0, 0]):
        raise ValueError(
            f"compute() must return (x, y), its place, for the text moving[{name!r}], and returned"
            f" {result!r}; its words are fields of the text itself"
        )


def _check_use(
    out: Mapping[str, Any],
    moving: Mapping[str, Any],
    templates: Sequence[str],
    record: Sequence[str],
    controls: Mapping[str, Control],
) -> None:
    """Refuse a result that nothing shows: its name is likely a slip."""
    shown = {*moving, *record, *(name for one in templates for name in _fields(one))}
    idle = sorted(set(out) - shown - set(controls) - {f"best_{name}" for name in record})
    if idle:
        raise ValueError(
            f"compute() returns {', '.join(map(repr, idle))}, which nothing shows: neither `moving`"
            " nor `record` nor a field of the sentence or of a text names it"
        )
