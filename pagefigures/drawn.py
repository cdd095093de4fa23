"""Figures whose every state is drawn in advance, stills, and questions.

Python draws the pictures, as SVG; in a browser a small script chooses the one to show. So the
controls work in Jupyter and on a page of a built book, where nothing computes. `explore` makes a
figure with controls, `picture` a still one, `predict` a question that the reader answers before
the figure is revealed.

>>> import matplotlib.pyplot as plt
>>> fig, ax = plt.subplots(figsize=(4.8, 3))
>>> bar, = ax.bar(["step"], [1])
>>> def update(alpha):
...     bar.set_height(alpha)
...     return f"With a step size of {alpha} the step is {alpha} long."
>>> explore(fig, [bar], update, alpha=slider([0.1, 0.3, 1.0], label="step size α"))
With a step size of 0.1 the step is 0.1 long.
"""

import inspect
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from itertools import product
from math import prod
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.text import Text

from pagefigures.controls import Control, as_control, fieldset, slider, specs  # noqa: F401
from pagefigures.svg import Renderer, drawing, numbers
from pagefigures.widget import Figure, form, in_print, name_of, png

MOST = 1000  # states of one figure
PHONE = 350  # the width in pixels of a figure on a phone, where no text may be below
LEGIBLE = 10  # this many pixels
BALL = 50  # its radius in tenths of a point


def picture(fig: MatplotlibFigure, sentence: str, name: str | None = None) -> Figure:
    """Show a still figure, sharp at any size and in the page's colours.

    A text with an address (matplotlib's `set_url`) is a link; to a notebook beside this one, it
    leads to that one's page.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Drawn and closed; see `pagefigures.svg` for what becomes of black, white and grey.
    sentence : str
        What is seen, for those who cannot see it.
    name : str, optional
        Its name in the page's address; else its number there.
    """
    check_sentence(sentence, "picture() needs")
    with drawing(fig) as renderer:
        body = renderer.draw(fig)
        role = "group" if "<a " in body else "img"  # an image would hide its links
        svg = renderer.wrap(body, role=role, aria_label=sentence)
        check_legible(renderer)
    known = f' id="{name_of(name, None)}"' if name else ""
    html = f'<div class="picture"{known}>{svg}</div>'
    shown = Figure(html, sentence=sentence, png=png(fig), name=name or "")
    plt.close(fig)
    return shown


def explore(
    fig: MatplotlibFigure,
    moving: Any,
    update: Callable[..., str],
    *,
    run: Any = (),
    seconds: float = 3,
    name: str | None = None,
    **controls: Any,
) -> Figure:
    """Show a figure with one to three controls that works without a kernel.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        What stands still is drawn once. Make it 4.8 in wide, to be read on a phone.
    moving : artist or sequence of artists
        What changes; drawn for each state, over what stands still.
    update : callable
        ``update(**choices)`` moves them and returns one sentence that says what is seen:
        the picture's caption and text alternative.
    run : line or sequence of lines, optional
        A ball runs along each, from point to point in equal times.
    seconds : float, optional
        How long it runs.
    name : str, optional
        What the page's address calls the figure; else the name of `update`.
    **controls : sequence, or `slider`, `choice`, `switch`, `steps`
        One for each parameter of `update`; a bare sequence is a slider.

    Raises
    ------
    TypeError, ValueError
        If something is missing or does not fit, or if `update` changes what is not in `moving`:
        what stands still is drawn again at some states, and compared. The figure's settings are
        then as they were.
    """
    check_options(update, "explore", run=run, seconds=seconds, name=name)
    moving, run = _listed(moving), _listed(run)
    controls = {name: as_control(name, spec) for name, spec in controls.items()}
    _check(fig, moving, run, update, controls)
    start = {name: control.first for name, control in controls.items()}
    first = _say(update, start)
    pieces: dict[str, int] = {}
    frames, sentences = [], []
    with drawing(fig) as renderer, set_apart(moving), _progress(controls) as tick:
        still = renderer.draw(fig)
        ground, before = renderer.ground, looks(fig, renderer)

        def draw(choices: Mapping[str, Any]) -> tuple[str, list[str]]:
            sentence = _say(update, choices)
            for artist in moving:
                if artist.get_figure() is None:
                    raise ValueError(
                        f"update({_written(choices)}) takes {artist} out of the figure: change it"
                        " instead, with set_data(...), set_visible(False) or the like"
                    )
            renderer.ground = ground.copy()
            return sentence, [renderer.draw(one) for one in moving]

        for at in product(*(range(len(control.values)) for control in controls.values())):
            choices = {
                name: control.values[k]
                for k, (name, control) in zip(at, controls.items(), strict=True)
            }
            sentence, parts = draw(choices)
            if _to_be_checked(at, controls) and renderer.draw(fig) != still:
                raise ValueError(_undeclared(choices, before, looks(fig, renderer)))
            sentences.append(in_print(sentence))
            parts += [_ball(renderer, line, seconds) for line in run]
            frames.append([pieces.setdefault(part, len(pieces)) for part in parts if part])
            tick()
        shown = "".join(draw(start)[1])
        check_legible(renderer)
    paper = png(fig)
    plt.close(fig)
    first_said = in_print(first)
    svg = renderer.wrap(
        f'{still}<g class="pf-moving">{shown}</g>', role="img", aria_label=first_said
    )
    known = name_of(name, update)
    longest = max(sentences, key=len)
    html = form("explore", known, svg, first_said, longest, fieldset(controls), specs(controls))
    data = {"pieces": list(pieces), "frames": frames, "sentences": sentences}
    return Figure(html, data, sentence=first, png=paper, name=known)


def predict(
    question: str,
    options: Iterable[str],
    answer: str,
    why: str | Mapping[str, str],
    reveal: Figure | None = None,
) -> Figure:
    """Ask before showing: the reader commits to an option, then sees which is borne out.

    Parameters
    ----------
    question : str
    options : sequence of str
    answer : str
        The option that is right.
    why : str or mapping from option to str
        What is said then: one reply to all, or one to each option.
    reveal : Figure, optional
        The figure that is shown with the reply, made by `explore`, `picture` or `live`.
    """
    options = tuple(options)
    if len(options) < 2 or len(set(options)) < len(options):
        raise ValueError(f"predict() needs at least two different options, got {options}")
    if answer not in options:
        raise ValueError(f"the answer {answer!r} is not among the options {options}")
    replies = why if isinstance(why, Mapping) else dict.fromkeys(options, why)
    if set(replies) != set(options):
        raise ValueError(f"why has replies to {sorted(replies)}, the options are {sorted(options)}")
    check_sentence(question, "predict() needs a question:")

    def button(option: str) -> str:
        right = " pf-right" if option == answer else ""
        return (
            f'<button type="button" class="pf-option{right}" aria-pressed="false" disabled>'
            f"{escape(option)}</button>"
        )

    def reply(option: str) -> str:
        verdict = (
            f"✓ You said “{escape(option)}”, and so it is."
            if option == answer
            else f"✗ You said “{escape(option)}”. What happens: “{escape(answer)}”."
        )
        hidden = "" if option == answer else " hidden"
        return (
            f'<p class="pf-reply"{hidden}><b>{verdict}</b> {escape(in_print(replies[option]))}</p>'
        )

    asked = escape(in_print(question))
    html = (
        '<div class="predict"><form class="pf-asks" autocomplete="off"><fieldset>'
        f"<legend>{asked}</legend>{''.join(map(button, options))}</fieldset>"
        '<p role="status"></p></form><details><summary>Answer</summary>'
        f"{''.join(map(reply, options))}{reveal.html if reveal else ''}</details></div>"
    )
    asks = f"{question} ({' / '.join(options)})"
    sentence = f"{asks} Answer: {answer}. {replies[answer]}"
    shown = Figure(html, sentence=sentence, name=reveal.name if reveal else "", asks=asks)
    if reveal:
        shown.data = reveal.data
    return shown


def _ball(renderer: Renderer, line: Any, seconds: float) -> str:
    """Send a ball along a line: the browser moves it, in equal times from point to point."""
    corner, size = np.rint(10 * np.array([line.axes.bbox.p0, line.axes.bbox.size])).astype(int)
    corner[1] = 10 * renderer.height - corner[1] - size[1]
    points = (line.get_transform() + renderer.flip).transform(line.get_xydata())
    points = points[np.isfinite(points).all(1)].clip(-1e4, 1e4)
    if len(points) < 2:
        return ""
    way = np.r_[0, np.hypot(*np.diff(points, axis=0).T).cumsum()]
    times = ",".join(f"{part:.3f}".strip("0") or "0" for part in way / (way[-1] or 1))
    points = np.rint(10 * points).astype(int)
    path = f"m{numbers(points[0] - corner)}l{numbers(np.diff(points, axis=0))}"
    window = f'x="{corner[0]}" y="{corner[1]}" width="{size[0]}" height="{size[1]}"'
    return (
        f'<svg {window} viewBox="0 0 {numbers(size)}"><circle class="pf-run" r="{BALL}"'
        f' fill="{to_hex(line.get_color())}" stroke="currentColor" style="'
        f"offset-path:path('{path}');animation-duration:{seconds}s;"
        f'animation-timing-function:linear({times})"/></svg>'
    )


@contextmanager
def set_apart(moving: Iterable[Artist]) -> Iterator[None]:
    """Keep the moving artists out of the still picture."""
    before = [artist.get_animated() for artist in moving]
    try:
        plt.setp(moving, animated=True)
        yield
    finally:
        for artist, animated in zip(moving, before, strict=True):
            artist.set_animated(animated)


@contextmanager
def _progress(controls: Mapping[str, Control]) -> Iterator[Callable[[], None]]:
    """Show a bar after a second if a person watches: then Jupyter's server names a session."""
    total, began, bar = _count(controls), time.monotonic(), None
    done = 0

    def tick() -> None:
        nonlocal done, bar
        done += 1
        if "JPY_SESSION_NAME" not in os.environ or time.monotonic() < began + 1:
            return
        shown = {"text/html": f'<progress max="{total}" value="{done}"></progress>'}
        if bar is None:
            bar = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        elif done % 10 == 0:
            bar.update(shown, raw=True)

    try:
        yield tick
    finally:
        if bar:
            bar.update({"text/plain": ""}, raw=True)


def _listed(artists: Any) -> list[Any]:
    """Take the artists out of containers such as that of `bar`, in the order of drawing."""
    if isinstance(artists, Artist):
        return [artists]
    return sorted((one for some in artists for one in _listed(some)), key=Artist.get_zorder)


def _count(controls: Mapping[str, Control]) -> int:
    return prod(len(control.values) for control in controls.values())


def check_options(function: Callable[..., Any], who: str, **options: Any) -> None:
    """Refuse a control that has the name of an option, which would be swallowed in silence."""
    for name in set(options) & set(inspect.signature(function).parameters):
        raise ValueError(
            f"{name!r} is an option of {who}() and can't name a control too:"
            f" call the parameter of {function.__name__}() something else"
        )
    for name, value in options.items():
        if isinstance(value, Control):
            raise TypeError(f"{name} is an option of {who}(), not a control: give it another name")


def _check(
    fig: MatplotlibFigure,
    moving: list[Any],
    run: list[Any],
    update: Callable[..., str],
    controls: Mapping[str, Control],
) -> None:
    """Say what is wrong before anything is drawn."""
    if not 1 <= len(controls) <= 3:
        raise ValueError(f"explore() needs one to three controls, got {len(controls)}")
    for control_name, control in controls.items():
        if not control.words:
            raise TypeError(
                f"{control_name}: explore() draws listed values; number() is for live()"
            )
    labels = [control.label or name for name, control in controls.items()]
    if len(set(labels)) < len(labels):
        raise ValueError(f"two controls have the same label: {labels}")
    try:
        inspect.signature(update).bind(**controls)
    except TypeError as error:
        raise TypeError(f"update() does not fit the controls {list(controls)}: {error}") from None
    if not moving:
        raise ValueError("nothing moves: name the artists that update() changes")
    inside = inside_of(fig)
    for artist in [*moving, *run]:
        if artist not in inside:
            raise ValueError(
                f"{artist} is not in the figure, or only a part of something in it:"
                " then name the whole legend or axis"
            )
    if (states := _count(controls)) > MOST:
        raise ValueError(
            f"{states} states are too many: about {states * 7e-3:.0f} s to draw and"
            f" {states / 1000:.1f} MB to load. Give the controls fewer values, for at most {MOST}"
        )


def inside_of(fig: MatplotlibFigure) -> set[Artist]:
    """Return the artists that can be drawn apart: those of the figure and of its Axes."""
    places: list[Any] = [fig, *fig.subfigs, *fig.findobj(Axes)]
    return {child for place in places for child in place.get_children()}


def _to_be_checked(at: tuple[int, ...], controls: Mapping[str, Control]) -> bool:
    """Whether what stands still is drawn again: at the ends of each control, and half way."""
    first = [control.start for control in controls.values()]
    last = [len(control.values) - 1 for control in controls.values()]
    moved = [k for k, one in enumerate(at) if one != first[k]]
    return (
        list(at) == last
        or list(at) == [end // 2 for end in last]
        or (len(moved) <= 1 and all(at[k] in (0, last[k]) for k in moved))
    )


def looks(fig: MatplotlibFigure, renderer: Renderer) -> dict[Any, str]:
    """Draw each artist that stands still alone: what changes others first, whole Axes last."""

    def order(artist: Artist) -> tuple[bool, bool, str]:
        return isinstance(artist, Axes), not isinstance(artist, Axis), str(artist)

    found: dict[Any, str] = {}
    for artist in sorted(inside_of(fig), key=order):
        if not (artist.get_animated() or (artist.axes and artist.axes.get_animated())):
            renderer.ground = np.zeros_like(renderer.ground)
            found[artist] = renderer.draw(artist)
    return found


def _undeclared(
    state: Mapping[str, Any], before: Mapping[Any, str], after: Mapping[Any, str]
) -> str:
    """Say which artist `update` changes without a word."""
    return (
        f"update({_written(state)}) changes {changed(before, after)}, which is not in `moving`, so"
        " the page would show it as it is in the first state. Name it there, or leave it as it is"
        " (an axis moves with its whole Axes)"
    )


def changed(before: Mapping[Any, str], after: Mapping[Any, str]) -> str:
    """Name the first artist that looks otherwise than before."""
    found = [one for one in {**before, **after} if before.get(one) != after.get(one)]
    found.sort(key=lambda one: isinstance(one, Axes))
    return _called(found[0]) if found else "the figure"


def _called(artist: Any) -> str:
    """Name an artist in words."""
    if isinstance(artist, Axis):
        words = f"the {getattr(artist, 'axis_name', '')} axis (its limits or ticks)"
    elif isinstance(artist, Text):
        words = f"the text {artist.get_text()!r}"
    else:
        words = str(artist)
    title = artist.axes.get_title() or artist.axes.get_label() if artist.axes else ""
    return f"{words} of the Axes {title!r}" if title else words


def check_sentence(sentence: Any, who: str) -> None:
    """Refuse what is no sentence."""
    if not isinstance(sentence, str) or not sentence.strip():
        raise TypeError(f"{who} a sentence that says what is seen, got {sentence!r}")


def _say(update: Callable[..., str], choices: Mapping[str, Any]) -> str:
    sentence = update(**choices)
    check_sentence(sentence, f"update({_written(choices)}) must return")
    return sentence


def _written(choices: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in choices.items())


def check_legible(renderer: Renderer) -> None:
    """Refuse a text that could not be read on a phone."""
    size, text = renderer.smallest
    if (pixels := size * PHONE / renderer.width) < LEGIBLE - 0.05:
        raise ValueError(
            f"{text!r} would be {pixels:.1f} px high on a phone: make the figure narrower"
            f" (4.8 in holds 10 pt) or the text at least {LEGIBLE * renderer.width / PHONE:.0f} pt"
        )
