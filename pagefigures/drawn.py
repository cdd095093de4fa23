"""Interactive figures that answer without a kernel.

Python draws every picture in advance, as SVG, and the front-end links of ipywidgets
choose the one to show. So the controls work in Jupyter and on a page of a built book,
where nothing computes. `explore` makes a figure with controls, `picture` a still one,
`predict` a question that the reader answers before the figure is revealed.

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
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import BytesIO
from itertools import product
from math import isclose, prod

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.colors import to_hex

from pagefigures.svg import drawing, numbers

MOST = 1000  # states of one figure
PHONE = 350  # the width in pixels of a figure on a phone, where no text may be below
LEGIBLE = 10  # this many pixels
BALL = 50  # its radius in tenths of a point
STYLE = """<style>
.explore-says{margin:.3em 0 0;line-height:1.4}
@keyframes explore-run{from{offset-distance:0%}}
.explore-run{animation:explore-run;offset-distance:100%;offset-rotate:0deg}
svg:active .explore-run{animation:none}
@media (prefers-reduced-motion:reduce){.explore-run{animation:none}}
.predict .widget-toggle-button{width:auto;height:auto;white-space:normal}
</style>"""  # press the picture to run again


@dataclass(frozen=True)
class Control:
    """What the reader sets: made by `slider`, `choice`, `switch` or `steps`."""

    kind: str
    values: tuple
    words: tuple
    label: str | None = None
    start: int = 0
    interval: int = 0

    def widget(self, name):
        """Return the ipywidget, and the play button that belongs to it or None."""
        options = dict(
            options=self.words, index=self.start, description=self.label or name, tooltip=""
        )
        if self.kind == "choice":
            short = len(self.words) <= 5 and sum(map(len, self.words)) <= 32
            if short:
                return widgets.ToggleButtons(**options, style={"button_width": "auto"}), None
            return widgets.Dropdown(**options), None
        bar = widgets.SelectionSlider(
            **options, layout={"width": "auto"}, style={"description_width": "auto"}
        )
        if not self.interval:
            return bar, None
        play = widgets.Play(
            max=len(self.words) - 1, value=self.start, interval=self.interval, show_repeat=False
        )
        widgets.jslink((play, "value"), (bar, "index"))
        return bar, play

    def setting(self, name):
        """Return what stands in for the widget where there are no scripts, as HTML."""
        return f"<p>{escape(self.label or name)} <b>{escape(self.words[self.start])}</b></p>"


def slider(values, label=None, start=None, format=None):
    """Let the reader slide along listed values, evenly spaced whatever they are.

    Parameters
    ----------
    values : sequence
        The values in their order, for example ``np.geomspace(1e-4, 1, 9)``.
    label : str, optional
        What the reader sees; else the name of `update`'s parameter.
    start : object, optional
        The value shown first; else the first of them.
    format : callable or str, optional
        How a value is written: a function, or a format such as ``".2f"``.
    """
    return _control("slider", values, label, start, format=format)


def choice(options, label=None, start=None):
    """Let the reader choose by name: buttons if they are few and short, else a list.

    `options` is a sequence of values, or a mapping from what is shown to the value.
    """
    words = tuple(map(str, options)) if isinstance(options, Mapping) else None
    values = options.values() if isinstance(options, Mapping) else options
    return _control("choice", values, label, start, words=words)


def switch(label=None, start=False):
    """Let the reader turn something off (False) and on (True)."""
    return choice({"off": False, "on": True}, label, start)


def steps(values, label="t", start=None, interval=100):
    """Let the reader slide through time, or press play: a step each `interval` milliseconds.

    `values` is the number of steps n, for t = 0, 1, ..., n, or the values themselves.
    """
    values = range(values + 1) if np.ndim(values) == 0 else values
    return _control("steps", values, label, start, interval=interval)


class _Told:
    """What has a sentence for a text output, and a picture for paper."""

    png = ""
    sentence = ""

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs) | {"text/plain": self.sentence}
        return data | ({"image/png": self.png} if self.png else {})


class Picture(_Told, widgets.HTML):
    """A still figure; its sentence is its text alternative and its text output."""


class Explorer(_Told, widgets.VBox):
    """A figure with controls; what it shows first stands in where there are no scripts."""

    instead = traitlets.Unicode(help="the first picture, as HTML").tag(sync=True)


class Predict(Explorer):
    """A question whose figure is revealed by the answer."""


def picture(fig, sentence):
    """Show a still figure, sharp at any size and in the page's colours.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Drawn and closed; see `pagefigures.svg` for what becomes of black, white and grey.
    sentence : str
        What is seen, for those who cannot see it.

    Returns
    -------
    Picture
    """
    _check_sentence(sentence, "picture() needs")
    with drawing(fig) as renderer:
        svg = renderer.wrap(renderer.draw(fig), role="img", aria_label=sentence)
        _check_legible(renderer)
    shown = Picture(svg)
    shown.sentence, shown.png = sentence, _png(fig)
    plt.close(fig)
    return shown


def explore(fig, moving, update, *, run=(), seconds=3, **controls):
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
    **controls : sequence, or `slider`, `choice`, `switch`, `steps`
        One for each parameter of `update`; a bare sequence is a slider.

    Returns
    -------
    Explorer

    Raises
    ------
    TypeError, ValueError
        If something is missing or does not fit; the figure is then as it was.
    """
    moving, run = _listed(moving), _listed(run)
    controls = {name: _as_control(name, spec) for name, spec in controls.items()}
    _check(fig, moving, run, update, controls)
    start = {name: control.values[control.start] for name, control in controls.items()}
    first = _say(update, start)
    png = _png(fig)
    with drawing(fig) as renderer, _set_apart(moving), _progress(controls) as tick:
        still = renderer.draw(fig)
        bodies, sentences = [], []
        for values in product(*(control.values for control in controls.values())):
            sentences.append(_say(update, dict(zip(controls, values, strict=True))))
            balls = "".join(_ball(renderer, line, seconds) for line in run)
            bodies.append(renderer.draw(*moving) + balls)
            tick()
        _say(update, start)
        shown = renderer.draw(*moving)
        _check_legible(renderer)
    plt.close(fig)

    here = {"layout": widgets.Layout(grid_area="1/1", width="100%", margin="0")}
    shared = {"layout": widgets.Layout(width="100%", margin="0"), "style": widgets.HTML().style}
    frames = [
        widgets.HTML(
            renderer.wrap(body, role="img", aria_label=sentence) + _caption(sentence), **shared
        )
        for body, sentence in zip(bodies, sentences, strict=True)
    ]
    rows = []
    for name, control in reversed(controls.items()):
        bar, play = control.widget(name)
        size = len(control.values)
        stacks = [
            widgets.Stack(frames[at : at + size], selected_index=control.start, **here)
            for at in range(0, len(frames), size)
        ]
        for stack in stacks:
            widgets.jsdlink((bar, "index"), (stack, "selected_index"))
        rows.insert(0, widgets.HBox([play, bar]) if play else bar)
        frames = stacks
    longest = max(sentences, key=len)  # keeps room for every sentence, and some to spare
    longest = _caption(longest + "…" * (len(longest) // 20), "visibility:hidden")
    under = widgets.HTML(STYLE + renderer.wrap(still, aria_hidden="true") + longest, **here)
    room = {"max_width": f"{renderer.width * 1.9:.0f}px"}
    explorer = Explorer([widgets.GridBox([under, *frames]), *rows], layout=room)
    explorer.add_class("explore")
    picture = renderer.wrap(still + shown, role="img", aria_label=first)
    settings = "".join(control.setting(name) for name, control in controls.items())
    explorer.instead = f"{picture}<div>{_caption(first)}{longest}</div>{settings}"
    explorer.sentence, explorer.png = first, png
    return explorer


def predict(question, options, answer, why, reveal=None):
    """Ask before showing: the reader commits to an option, then sees which is borne out.

    Parameters
    ----------
    question : str
    options : sequence of str
    answer : str
        The option that is right.
    why : str or mapping from option to str
        What is said then: one reply to all, or one to each option.
    reveal : Explorer or Picture, optional
        The figure that is shown with the reply.

    Returns
    -------
    Predict
    """
    options = tuple(options)
    if len(options) < 2 or len(set(options)) < len(options):
        raise ValueError(f"predict() needs at least two different options, got {options}")
    if answer not in options:
        raise ValueError(f"the answer {answer!r} is not among the options {options}")
    replies = why if isinstance(why, Mapping) else dict.fromkeys(options, why)
    if set(replies) != set(options):
        raise ValueError(f"why has replies to {sorted(replies)}, the options are {sorted(options)}")
    _check_sentence(question, "predict() needs a question:")

    def reply(option):
        verdict = (
            f"✓ You said “{escape(option)}”, and so it is."
            if option == answer
            else f"✗ You said “{escape(option)}”. What happens: “{escape(answer)}”."
        )
        kind = "right" if option == answer else "wrong"
        says = f'<p class="predict-reply {kind}"><b>{verdict}</b> {_set(replies[option])}</p>'
        return widgets.VBox([widgets.HTML(says), *([reveal] if reveal else [])], **shared)

    shared = {"layout": widgets.Layout(width="100%", margin="0")}
    asked = f'<p class="predict-asks">{_set(question)}</p>'
    buttons = widgets.ToggleButtons(options=options, index=None, style={"button_width": "auto"})
    stack = widgets.Stack([reply(option) for option in options], selected_index=None)
    widgets.jsdlink((buttons, "index"), (stack, "selected_index"))
    shown = Predict([widgets.HTML(STYLE + asked), buttons, stack])
    shown.add_class("predict")
    shown.sentence = f"{question} ({' / '.join(options)}) Answer: {answer}. {replies[answer]}"
    figure = getattr(reveal, "instead", "") or getattr(reveal, "value", "")
    shown.instead = (
        f"{asked}<ul>{''.join(f'<li>{escape(option)}</li>' for option in options)}</ul>"
        f"<details><summary>Answer</summary><p><b>{escape(answer)}.</b>"
        f" {_set(replies[answer])}</p>{figure}</details>"
    )
    return shown


def _png(fig):
    """Draw the figure as it is now, for paper."""
    file = BytesIO()
    fig.savefig(file, format="png", dpi=150, facecolor="white")
    return b64encode(file.getvalue()).decode()


def _set(sentence):
    """Return a sentence as HTML: true minus signs, and no line broken before a unit."""
    sentence = re.sub(r"(?<![\w)\]-])-(?=[\d.])", "−", sentence)
    return escape(re.sub(r"(?<=\d) (?=[%α])", "\u00a0", sentence))


def _caption(sentence, style=""):
    style = f' style="{style}"' if style else ""
    return f'<p class="explore-says" aria-hidden="true"{style}>{_set(sentence)}</p>'


def _ball(renderer, line, seconds):
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
        f'<svg {window} viewBox="0 0 {numbers(size)}"><circle class="explore-run" r="{BALL}"'
        f' fill="{to_hex(line.get_color())}" stroke="currentColor" style="'
        f"offset-path:path('{path}');animation-duration:{seconds}s;"
        f'animation-timing-function:linear({times})"/></svg>'
    )


@contextmanager
def _set_apart(moving):
    """Keep the moving artists out of the still picture."""
    before = [artist.get_animated() for artist in moving]
    try:
        plt.setp(moving, animated=True)
        yield
    finally:
        for artist, animated in zip(moving, before, strict=True):
            artist.set_animated(animated)


@contextmanager
def _progress(controls):
    """Show a bar after a second if a person watches: then Jupyter's server names a session."""
    total, began, bar = _count(controls), time.monotonic(), None
    done = 0

    def tick():
        nonlocal done, bar
        done += 1
        if "JPY_SESSION_NAME" not in os.environ or time.monotonic() < began + 1:
            return
        shown = {"text/html": f'<progress max="{total}" value="{done}"></progress>'}
        if bar is None:
            bar = display(shown, raw=True, display_id=True)
        elif done % 10 == 0:
            bar.update(shown, raw=True)

    try:
        yield tick
    finally:
        if bar:
            bar.update({"text/plain": ""}, raw=True)


def _listed(artists):
    """Take the artists out of containers such as that of `bar`, in the order of drawing."""
    if isinstance(artists, Artist):
        return [artists]
    return sorted((one for some in artists for one in _listed(some)), key=Artist.get_zorder)


def _control(kind, values, label, start, words=None, format=None, interval=0):
    values = tuple(values.tolist() if isinstance(values, np.ndarray) else values)
    if not values:
        raise ValueError(f"the {kind} {label or ''} has no values")
    words = words or tuple(_word(value, format) for value in values)
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"two values of the {kind} {label or ''} are both shown as {word!r}")
    at = 0
    if start is not None:
        at = next((at for at, value in enumerate(values) if _same(value, start)), None)
        if at is None:
            raise ValueError(f"start={start!r} is not among the values {values}")
    return Control(kind, values, words, label, at, interval)


def _same(value, other):
    """Compare values, floats but for the rounding of a `geomspace`."""
    both = isinstance(value, float) and isinstance(other, float | int)
    return isclose(value, other) if both else value == other


def _word(value, format):
    if callable(format):
        return format(value)
    if format is None:
        return f"{value:g}" if isinstance(value, float) else str(value)
    return f"{value:{format}}"


def _as_control(name, spec):
    if isinstance(spec, Control):
        return spec
    if isinstance(spec, str | Mapping) or not np.iterable(spec):
        raise TypeError(f"{name}={spec!r} is no control: give a sequence of values, or choice(...)")
    return slider(spec, label=name)


def _count(controls):
    return prod(len(control.values) for control in controls.values())


def _check(fig, moving, run, update, controls):
    """Say what is wrong before anything is drawn."""
    if not 1 <= len(controls) <= 3:
        raise ValueError(f"explore() needs one to three controls, got {len(controls)}")
    labels = [control.label or name for name, control in controls.items()]
    if len(set(labels)) < len(labels):
        raise ValueError(f"two controls have the same label: {labels}")
    try:
        inspect.signature(update).bind(**controls)
    except TypeError as error:
        raise TypeError(f"update() does not fit the controls {list(controls)}: {error}") from None
    if not moving:
        raise ValueError("nothing moves: name the artists that update() changes")
    inside = {*fig.get_children(), *(child for ax in fig.axes for child in ax.get_children())}
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


def _check_sentence(sentence, who):
    if not isinstance(sentence, str) or not sentence.strip():
        raise TypeError(f"{who} a sentence that says what is seen, got {sentence!r}")


def _say(update, choices):
    sentence = update(**choices)
    _check_sentence(sentence, f"update({_written(choices)}) must return")
    return sentence


def _written(choices):
    return ", ".join(f"{name}={value!r}" for name, value in choices.items())


def _check_legible(renderer):
    size, text = renderer.smallest
    if (pixels := size * PHONE / renderer.width) < LEGIBLE - 0.05:
        raise ValueError(
            f"{text!r} would be {pixels:.1f} px high on a phone: make the figure narrower"
            f" (4.8 in holds 10 pt) or the text at least {LEGIBLE * renderer.width / PHONE:.0f} pt"
        )
