"""What the reader sets, and how it is written: as HTML with native controls, and in words."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from html import escape
from math import isclose, isfinite, log10
from typing import Any

import numpy as np

SHORT = 32  # letters: a choice with no more of them is shown as buttons, else as a list
HUGE = 1e15  # from here on a float has no digits behind the point that mean something
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Control:
    """What the reader sets: made by `slider`, `choice`, `switch`, `steps` or `number`.

    Controls with a list of values (all but `number`) have `words` for each of them.
    """

    kind: str
    values: tuple[Any, ...] = ()
    words: tuple[str, ...] = ()
    label: str | None = None
    start: int = 0
    interval: int = 0
    setting: dict[str, Any] = field(default_factory=dict)

    @property
    def first(self) -> Any:
        """The value shown first."""
        return self.values[self.start] if self.values else self.setting["start"]

    @property
    def in_a_row(self) -> bool:
        """Whether it stands under the picture and not in it."""
        return bool(self.words) or self.kind == "number"

    def spec(self, name: str) -> dict[str, Any]:
        """Return what the script needs to know of it."""
        if not self.values:
            return {"name": name, "kind": self.kind, **self.setting}
        spec = {"name": name, "kind": self.kind, "words": self.words, "start": self.start}
        if self.interval:
            spec |= {"interval": self.interval, **self.setting}
        if all(isinstance(value, int | float) for value in self.values):
            spec["values"] = [float(value) for value in self.values]
        return spec

    def row(self, name: str) -> str:
        """Return it as HTML: a label, a native control and what it says."""
        label, marks = escape(self.label or name), f'data-control="{name}" autocomplete="off"'
        if self.kind == "number":
            first = self.setting["start"]
            scale = log10 if self.setting["log"] else float
            low, high, at = (scale(self.setting[name]) for name in ("low", "high", "start"))
            part = (at - low) / (high - low)
            words = written(first, f".{self.setting['digits']}g")
            return (
                f'<div class="pf-row"><span aria-hidden="true">{label}</span>'
                f'<input type="range" min="0" max="400" step="1" value="{400 * part:.0f}"'
                f' aria-label="{label}" aria-valuetext="{words}" {marks}>'
                f'<input class="pf-field" type="text" inputmode="decimal" aria-label="{label}, as a'
                f' number" value="{words}" autocomplete="off" spellcheck="false">'
                '<span class="pf-wrong" role="alert"></span></div>'
            )
        now = escape(self.words[self.start])
        if self.kind == "switch":
            on = " checked" if self.start else ""
            return (
                f'<label class="pf-row pf-switch"><input type="checkbox" role="switch" {marks}{on}>'
                f"<span>{label}</span></label>"
            )
        if self.kind == "choice" and sum(map(len, self.words)) <= SHORT and len(self.words) <= 5:
            body = "".join(
                f'<label><input type="radio" name="{name}" autocomplete="off"'
                f"{' checked' * (at == self.start)}>{escape(word)}</label>"
                for at, word in enumerate(self.words)
            )
            return (
                f'<div class="pf-row"><span aria-hidden="true">{label}</span>'
                f'<div class="pf-choices" role="radiogroup" aria-label="{label}"'
                f' data-control="{name}">{body}</div></div>'
            )
        if self.kind == "choice":
            body = "".join(
                f"<option{' selected' * (at == self.start)}>{escape(word)}</option>"
                for at, word in enumerate(self.words)
            )
            return (
                f'<label class="pf-row"><span>{label}</span><select {marks}>{body}</select></label>'
            )
        bar = (
            f'<input type="range" min="0" max="{len(self.words) - 1}" value="{self.start}"'
            f' aria-label="{label}" aria-valuetext="{now}" {marks}>'
        )
        if not self.interval:
            label = f'<span aria-hidden="true">{label}</span>'
            return (
                f'<div class="pf-row">{label}{bar}<output aria-hidden="true">{now}</output></div>'
            )

        def button(kind: str, what: str, sign: str, more: str = "") -> str:
            return (
                f'<button type="button" class="{kind}" data-of="{name}" {more}'
                f' aria-label="{what}">{sign}</button>'
            )

        return (
            '<div class="pf-row pf-time"><span class="pf-buttons">'
            + button("pf-play", f"play {label}", "", 'aria-pressed="false"')
            + button("pf-by", f"{label}: one back", "‹", 'data-by="-1"')
            + button("pf-by", f"{label}: one on", "›", 'data-by="1"')
            + f'</span><span aria-hidden="true">{label}</span>{bar}'
            f'<output aria-hidden="true">{now}</output></div>'
        )


def slider(
    values: Iterable[Any],
    label: str | None = None,
    start: Any = None,
    format: Callable[[Any], str] | str | None = None,
) -> Control:
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
    return _listed("slider", values, label, start, format=format)


def choice(
    options: Mapping[str, Any] | Iterable[Any], label: str | None = None, start: Any = None
) -> Control:
    """Let the reader choose by name: buttons if they are few and short, else a list.

    `options` is a sequence of values, or a mapping from what is shown to the value.
    """
    words = tuple(map(str, options)) if isinstance(options, Mapping) else None
    values = options.values() if isinstance(options, Mapping) else options
    return _listed("choice", values, label, start, words=words)


def switch(label: str | None = None, start: bool = False) -> Control:
    """Let the reader turn something off (False) and on (True)."""
    return _listed("switch", (False, True), label, start, words=("off", "on"))


def steps(
    values: Any,
    label: str | None = "t",
    start: Any = None,
    interval: int = 100,
    *,
    when_seen: bool = False,
) -> Control:
    """Let the reader slide through time, step by step, or press play.

    `values` is the number of steps n, for t = 0, 1, ..., n, or the values themselves; playing
    takes `interval` milliseconds for each. With `when_seen` a figure plays once by itself, from
    its first value to `start`, when all of its picture is first seen (not where motion is to be
    reduced).
    """
    values = range(values + 1) if np.ndim(values) == 0 else values
    control = _listed("steps", values, label, start, interval=interval)
    return replace(control, setting={"seen": True}) if when_seen else control


def number(
    low: float,
    high: float,
    start: float,
    label: str | None = None,
    *,
    log: bool = False,
    digits: int = 3,
) -> Control:
    """Let the reader slide continuously from low to high, or type a value (for `live`).

    Parameters
    ----------
    low, high, start : float
        The ends of the range, and the value shown first.
    label : str, optional
        What the reader sees; else the name of `compute`'s parameter.
    log : bool
        Whether equal ways of the hand multiply the value by equal factors.
    digits : int
        To how many significant digits the slider rounds; a typed value is taken as it is.
    """
    if not all(map(isfinite, (low, high, start))) or not low <= start <= high or low == high:
        raise ValueError(f"number() needs low <= start <= high, got {low}, {start}, {high}")
    if log and low <= 0:
        raise ValueError(f"a logarithmic number() must be positive, and low = {low} is not")
    setting = {"low": low, "high": high, "log": log, "digits": digits, "start": start}
    return Control("number", label=label, setting=setting)


def as_control(name: str, spec: Any) -> Control:
    """Return the control; a bare sequence is a slider."""
    if isinstance(spec, Control):
        return spec
    if isinstance(spec, str | Mapping) or not np.iterable(spec):
        raise TypeError(f"{name}={spec!r} is no control: give a sequence of values, or choice(...)")
    return slider(spec, label=name)


def fieldset(controls: Mapping[str, Control], tabs: Mapping[str, Sequence[str]] = {}) -> str:
    """Return the controls that stand under the picture as HTML; a script enables them.

    Those that `tabs` names share one place, and the reader chooses which of them he sees.
    """
    rows = {name: control.row(name) for name, control in controls.items() if control.in_a_row}
    panels = [(word, "".join(rows.pop(name) for name in names)) for word, names in tabs.items()]
    html = "".join(rows.values())
    if panels:
        heads = "".join(
            f'<label><input type="radio" name="pf-tab" autocomplete="off"{" checked" * (k == 0)}>'
            f"{escape(word)}</label>"
            for k, (word, _) in enumerate(panels)
        )
        bodies = "".join(
            f'<div class="pf-panel" role="group" aria-label="{escape(word)}"{" hidden" * (k > 0)}>'
            f"{body}</div>"
            for k, (word, body) in enumerate(panels)
        )
        html += (
            '<div class="pf-choices pf-tabs" role="radiogroup" aria-label="settings of">'
            f'{heads}</div><div class="pf-panels">{bodies}</div>'
        )
    return f"<fieldset disabled>{html}</fieldset>"


def specs(controls: Mapping[str, Control]) -> str:
    """Return what the script needs to know of the controls, as an attribute's value."""
    made = [control.spec(name) for name, control in controls.items()]
    return escape(json.dumps(made, ensure_ascii=False, default=float, separators=(",", ":")))


def written(value: Any, spec: str = "") -> str:
    r"""Write a number in words, as the script does: true minus signs, powers of ten, no nan.

    `spec` is a format: ``d``, or a number of digits with ``f``, ``g`` or ``%``, perhaps with a
    plus in front. Ties are rounded away from zero; from 10¹⁵ on all are written like ``.3g``.

    >>> written(-0.25, ".1f"), written(2.5e-7, ".2g"), written(0.5, ".0%")
    ('−0.3', '2.5\xa0·\xa010⁻⁷', '50\xa0%')
    """
    if isinstance(value, str):
        return value
    found = re.fullmatch(r"(\+?)(?:\.(\d+))?([dfg%]?)", spec)
    if not found:
        raise ValueError(f"the format {spec!r} is not allowed: give d, or digits and f, g or %")
    value = float(value)
    if not isfinite(value):
        return "no number" if value != value else "−∞" if value < 0 else "∞"
    plus, n, kind = found[1], int(found[2] or 6), found[3]
    size = abs(value)
    if kind not in ("", "g") and size >= HUGE:
        scaled = written(100 * value if kind == "%" else value, f"{plus}.3g")
        return f"{scaled}\u00a0%" if kind == "%" else scaled
    if kind == "d":
        words = _fixed(size, 0)
    elif kind == "f":
        words = _fixed(size, n)
    elif kind == "%":
        words = _fixed(100 * size, n) + "\u00a0%"
    elif size == 0:
        words = "0"
    else:
        n = max(n, 1)
        part, power = _significant(size, n)
        if power < -4 or power > 6:
            power_of_ten = f"10{str(power).translate(RAISED)}"
            words = power_of_ten if part == "1" else f"{part}\u00a0·\u00a0{power_of_ten}"
        else:
            words = _trimmed(_fixed(float(f"{part}e{power}"), max(n - 1 - power, 0)))
    zero = not re.search(r"[1-9]|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", words)
    return ("−" if value < 0 and not zero else "+" if plus and not zero else "") + words


def _fixed(size: float, n: int) -> str:
    return str(Decimal(size).quantize(Decimal(1).scaleb(-n), ROUND_HALF_UP))


def _significant(size: float, n: int) -> tuple[str, int]:
    rounded = Context(prec=n, rounding=ROUND_HALF_UP).plus(Decimal(size))
    power = rounded.adjusted()
    return _trimmed(f"{rounded.scaleb(-power):f}"), power


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _listed(
    kind: str,
    values: Iterable[Any],
    label: str | None,
    start: Any,
    words: tuple[str, ...] | None = None,
    format: Callable[[Any], str] | str | None = None,
    interval: int = 0,
) -> Control:
    values = tuple(values.tolist() if isinstance(values, np.ndarray) else values)
    if not values:
        raise ValueError(f"the {kind} {label or ''} has no values")
    words = words or tuple(_word(value, format) for value in values)
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"two values of the {kind} {label or ''} are both shown as {word!r}")
    at = 0
    if start is not None:
        found = (at for at, value in enumerate(values) if _same(value, start))
        if (at := next(found, -1)) < 0:
            raise ValueError(f"start={start!r} is not among the values {values}")
    return Control(kind, values, words, label, at, interval)


def _same(value: Any, other: Any) -> bool:
    """Compare values, floats but for the rounding of a `geomspace`."""
    both = isinstance(value, float) and isinstance(other, float | int)
    return isclose(value, other) if both else bool(value == other)


def _word(value: Any, format: Callable[[Any], str] | str | None) -> str:
    if callable(format):
        return format(value)
    if format is None:
        return f"{value:g}" if isinstance(value, float) else str(value)
    return f"{value:{format}}"
