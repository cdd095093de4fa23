"""What the page of the dialects shows: the stored answers of the libraries, and calls on symbols.

`stored` reads what `benchmarks/libraries.py` wrote. `Calls` is `adamcore.dialects.convert` for a
figure: the same recipes and the same calls, chosen by numbers that are not known yet.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from adamcore.dialects import (
    DIALECTS,
    LIBRARIES,
    METHODS,
    ONLY_INEXACT,
    WARNINGS,
    Dialect,
    Numbers,
    convert,
    dialects,
    recipe,
)
from book.live import Chosen
from pagefigures import choose, select, trace, where
from pagefigures.controls import written

TABLE = Path(__file__).parent / "data" / "libraries.json"
#: The hyper-parameters of all methods that a figure knows, in the order in which calls name them.
SYMBOLS = ("alpha", "beta1", "beta2", "eps", "start", "dampening", "weight_decay")
#: The methods that a figure can run: NAdam's product over all steps is no arithmetic of one step.
SHOWN = tuple(one for one in METHODS if one not in ("SGD", "Adam with L2", "NAdam"))


def stored() -> dict[str, Any]:
    """Return what the libraries returned, as `benchmarks/libraries.py` wrote it down."""
    found: dict[str, Any] = json.loads(TABLE.read_text("utf8"))
    return found


#: How each rule divides its step, or what it does with momentum, in a table's cell.
PLACES = {
    "Adam": "√v̂ + ε",
    "AdamSection2": "√v + ε, α corrected",
    "UncorrectedAdam": "√v + ε, no correction",
    "RMSProp": "√v + ε",
    "RMSPropInside": "√(v + ε)",
    "AdaGrad": "√v + ε",
    "AdaGradOutside": "√v + ε",
    "AdaGradInside": "√(v + ε)",
    "AdaGradMomentum": "√v, then averaged",
    "DampedBall": "βm + (1 − d)g, at first g",
    "DampedFromZero": "βm + (1 − d)g, at first too",
    "HeavyBall": "βm + g",
    "BallInside": "βm − αg: a step",
    "Momentum": "βm + (1 − β)g",
    "AMSGradTorch": "largest v, then corrected",
    "AMSGradKeras": "largest v, α corrected",
    "AMSGradOptax": "largest v̂",
    "AMSGrad": "largest v, no correction",
}
RAN = "✓"
#: The columns of the tables, by method.
COLUMNS = {
    "Adam": ("names", "does", "eps", "alpha"),
    "RMSProp": ("does", "eps", "beta2"),
    "AdaGrad": ("does", "start", "eps"),
    "momentum": ("does",),
    "AdamW": ("weight_decay",),
    "AMSGrad": ("does",),
    "NAdam": ("psi", "alpha"),
}


def cells() -> dict[str, str]:
    """Return the cells of the page's tables, by "METHOD-LIBRARY-COLUMN".

    Defaults are those of the signatures, as stored; a cell that a stored run holds has a `RAN`.
    """
    table, out = stored(), {}
    ran = {(row["library"], row["method"]) for row in table["runs"]}
    for one in reversed(DIALECTS):  # how a call comes is written last
        given = table["defaults"].get(one.call, {})
        for column in COLUMNS.get(one.method, ()):
            name, _, place = one.names.get(column, "").partition("[")
            value = given.get(name, one.defaults.get(column))
            value = value[int(place[0])] if place and isinstance(value, list) else value
            if not name:  # no setting of this call: it is so
                value = one.fixed.get(column) or {"start": 0.0}.get(column)
            words = written_default(value)
            if column == "names":
                words = ", ".join(dict.fromkeys(x.partition("[")[0] for x in one.names.values()))
            if column == "does":
                words = "√v" if one.fixed.get("eps") == 0 else PLACES[one.rule.__name__]
                words += f" {RAN}" * ((one.library, one.method) in ran)
            out[f"{one.method}-{one.library}-{column}"] = words
    return out


def written_default(value: Any) -> str:
    """Write a default as it stands in a table.

    >>> written_default(1e-8), written_default(0.001), written_default("required")
    ('10⁻⁸', '0.001', 'none')
    """
    return "none" if value is None or isinstance(value, str) else written(value, ".6g")


def pieces(call: Dialect) -> list[str]:
    """Return a call as code, cut where its numbers stand, in the order of `SYMBOLS`.

    A hyper-parameter that the call does not have is an empty piece.

    >>> pieces(dialects("PyTorch", "momentum")[0])[:3]
    ['torch.optim.SGD(params, lr=', ', momentum=', '']
    """
    marks = {symbol: _Mark(symbol) for symbol in call.names}
    settings: dict[str, Any] = {}
    for symbol, name in call.names.items():
        name, pair, _ = name.partition("[")
        settings[name] = (*settings.get(name, ()), marks[symbol]) if pair else marks[symbol]
    words = call.written(settings | dict(call.sets))
    found, rest = [], words
    for symbol in SYMBOLS:
        own = "beta" if symbol == "beta1" and "beta" in call.names else symbol
        before, mark, after = rest.partition(repr(marks.get(own)))
        found.append(before if mark else "")
        rest = after if mark else rest
    return [*found, rest]


class _Mark:
    def __init__(self, symbol: str) -> None:
        self.symbol = symbol

    def __repr__(self) -> str:
        return f"<{self.symbol}>"


def literal(x: Any) -> tuple[Any, Any]:
    """Return a number as code would have it, in two parts: 2.5e-07 is (2.5, "e-7").

    >>> "{:g}{}".format(*literal(0.25)), "{:g}{}".format(*literal(1e-8))
    ('0.25', '1e-8')
    """
    small = (x > 0) & (x < 1e-4)
    power = np.floor(np.log10(where(small, x, 1.0)) + 1e-9)
    place = np.minimum(-power, LEAST)
    words = [""] + [f"e-{k}" for k in range(1, LEAST + 1)]
    return where(small, x / 10.0 ** (-place), x), select(place, words)


LEAST = 80
#: What must be 0 for the same steps: None is never, for a figure's eps is not 0.
CONDITIONS = (None, (), ("beta",), ("start",), ("dampening",))


def met(condition: Any, x: Numbers) -> Any:
    """Return whether a condition, given by its place, is met."""
    zeros = [x["beta1"] == 0, x["start"] == 0, x["dampening"] == 0]
    return select(condition, [False, True, *zeros])


def _place(rows: list[Any], one: Any) -> int:
    """Return where something stands in a list, to which it is added if it is new."""
    if one not in rows:
        rows.append(one)
    return rows.index(one)


Way = Callable[..., list[Any]]


class Calls:
    """All calls of `SHOWN`, and how to get from each to each."""

    def __init__(self) -> None:
        self.calls = [one for one in DIALECTS if one.method in SHOWN]
        self.rules = list(dict.fromkeys(one.rule for one in self.calls))
        self.parts = [pieces(one) for one in self.calls]
        self.ways: list[Way] = []
        self.words: list[str] = []
        self._codes: list[str] = []
        #: For each method, source and target: what `chosen` returns.
        self.rows = [
            self._row(method, source, target)
            for method in SHOWN
            for source in LIBRARIES
            for target in LIBRARIES
        ]

    def _row(self, method: str, source: str, target: str) -> tuple[int, ...]:
        try:
            before, typed = dialects(source, method)[0], dialects(target, method)[0]
        except ValueError:
            return (0,) * 10
        given = {"alpha": 0.01, "beta": 0.9}
        needed = {before.names[k]: x for k, x in given.items() if k in before.names}
        found = convert(source, method, target, **needed)
        after = next(
            one
            for one in dialects(target, method)
            if all(found.settings.get(k) == x for k, x in one.sets.items())
        )
        made = recipe(before, after)
        keys = [one for one in made.warnings if one != "guard" or "eps" not in before.names]
        zero = made.zero and tuple(one for one in made.zero if before.fixed.get(one) != 0)
        said = [
            " ".join(WARNINGS[key].format(eps=after.defaults.get("eps")) for key in some)
            for some in (keys, [key for key in keys if key not in ONLY_INEXACT])
        ]
        return (
            1,
            *map(self.calls.index, (before, after, typed)),
            self._number(_converted(before, before, dict)),
            self._number(_converted(before, after, made.numbers)),
            self._number(_typed(before, typed)),
            CONDITIONS.index(zero if zero in CONDITIONS else None),
            *(_place(self.words, one) for one in said),
        )

    def _number(self, way: Way) -> int:
        """Return the number of a way; those that calculate the same have the same one."""
        code = trace(lambda **x: {"x": way(*x.values())}, SYMBOLS)
        at = _place(self._codes, code)
        self.ways += [way] * (at == len(self.ways))
        return at

    def chosen(self, method: Any, source: Any, target: Any) -> list[Any]:
        """Return what belongs to a method and two libraries, given by their places in the lists.

        It is whether both have the method; the call in the one and in the other, and that into
        which the same numbers are typed; the ways to the numbers of each of these; which of
        `CONDITIONS` makes the steps the same; and what is said if they are not, and if they are.
        """
        n = len(LIBRARIES)
        at = (method * n + source) * n + target
        return [select(at, column) for column in zip(*self.rows, strict=True)]

    def said(self, words: Any) -> Any:
        """Return what is said, by its number."""
        return select(words, self.words)

    def missing(self, method: Any, source: Any, target: Any) -> Any:
        """Return which of two libraries has no such method."""
        have = {(one.method, one.library) for one in self.calls}
        n = len(LIBRARIES)
        pairs = [(one, library) for one in SHOWN for library in LIBRARIES]
        has = select(method * n + source, [pair in have for pair in pairs])
        words = [f"{library} has no {one}: choose another" for one, library in pairs]
        return select(method * n + where(has, target, source), words)

    def rule(self, call: Any) -> Chosen:
        """Return the rule of a call, given by its number."""
        return Chosen(select(call, [self.rules.index(one.rule) for one in self.calls]), self.rules)

    def way(self, number: Any, x: Numbers) -> Numbers:
        """Return the hyper-parameters that a way leads to."""
        found = choose(number, self.ways, *x.values())
        return dict(zip(SYMBOLS, found, strict=True))

    def code(self, call: Any, x: Numbers, prefix: str) -> dict[str, Any]:
        """Return the fields that write a call: see `template`."""
        fields, parts = {}, self.parts
        for k, symbol in enumerate(SYMBOLS):
            mantissa, power = literal(x[symbol])
            has = select(call, [part[k] != "" for part in parts])
            fields[f"{prefix}{k}a"] = select(call, [part[k] for part in parts])
            fields[f"{prefix}{k}b"] = where(has, mantissa, "")
            fields[f"{prefix}{k}c"] = where(has, power, "")
        return fields | {f"{prefix}z": select(call, [part[-1] for part in parts])}


def template(prefix: str) -> str:
    """Return the fields of `Calls.code` as they stand in a sentence."""
    parts = [f"{{{prefix}{k}a}}{{{prefix}{k}b:.6g}}{{{prefix}{k}c}}" for k in range(len(SYMBOLS))]
    return "".join(parts) + f"{{{prefix}z}}"


def _own(call: Dialect, x: tuple[Any, ...]) -> Numbers:
    """Return, of numbers for all `SYMBOLS`, those that a call has, under its rule's names."""
    given = dict(zip(SYMBOLS, x, strict=True))
    given["beta"] = given["beta1"]
    return {name: given[name] for name in call.names} | dict(call.fixed)


def _all(x: Numbers) -> list[Any]:
    x = {"beta1": x.get("beta", 0.0)} | x
    return [x.get(symbol, 0.0) for symbol in SYMBOLS]


def _converted(source: Dialect, target: Dialect, numbers: Callable[[Numbers], Numbers]) -> Way:
    def way(*x: Any) -> list[Any]:
        return _all(dict(target.fixed) | numbers(_own(source, x)))

    return way


def _typed(source: Dialect, target: Dialect) -> Way:
    """Type the same numbers into the other call; what it has beyond them has its default."""

    def way(*x: Any) -> list[Any]:
        own = {"beta" if k == "beta1" else k: v for k, v in _own(source, x).items()}
        found = {}
        for name in target.names:
            key = "beta" if name == "beta1" else name
            found[name] = own.get(key, target.defaults.get(name, 0.0))
        return _all(found | dict(target.fixed))

    return way
