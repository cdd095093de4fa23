"""The exercises of a chapter, as its notebook has them, and what a cell says to any number.

An exercise asks for numbers when its cell begins with names that are None and hands each of them
to `check_value` as it is::

    answer = None  # your step size here
    ...
    check_value(answer, 0.1, gives=settled)

`table` finds what such a cell says to every number there is: it changes only at a few borders.
"""

import ast
import itertools
import re
import struct
import tokenize
from collections.abc import Callable, Iterator
from copy import copy
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from adamcore.check import Verdict, check_value
from book.plain import loaded

LABEL = re.compile(r"^:::+\{exercise\}.*?\n:label: (\S+)", re.S | re.M)
SOLUTION = re.compile(r"^:::+\{solution\} (\S+)\n.*?^```python\n(.*?)^```", re.S | re.M)
SYMBOLS = {"alpha": "α", "beta1": "β₁", "beta2": "β₂"}
#: Where `table` looks first, as multiples of the right number.
MULTIPLES = [4.0**k for k in range(-2, 3)]


class Exercise(NamedTuple):
    """A cell that a learner is to change, with what makes it run and what passes it."""

    label: str
    place: int  # of its cell among all cells of the notebook
    cell: Any
    imports: list[ast.Import | ast.ImportFrom]
    solution: str


def exercises(chapter: Path) -> Iterator[Exercise]:
    """Yield the exercises of a chapter: the first code cell after each is its cell."""
    cells = nbformat.read(chapter, as_version=4).cells
    texts = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    solutions = dict(SOLUTION.findall(texts))
    label, imports = None, list[ast.Import | ast.ImportFrom]()
    for index, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            label = (LABEL.findall(cell.source) or [label])[-1]
        elif cell.cell_type == "code":
            nodes = ast.parse(cell.source).body
            imports += [one for one in nodes if isinstance(one, ast.Import | ast.ImportFrom)]
            if label:
                yield Exercise(label, index, cell, list(imports), solutions.get(label, ""))
                label = None


def asked(exercise: Exercise) -> dict[str, str]:
    """Return the numbers that an exercise asks for, by their names, with what a field says."""
    tree = ast.parse(exercise.cell.source)
    first = tree.body[0]
    match first:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None)):
            names = [name]
        case ast.Assign(targets=[ast.Tuple(elts=elements)], value=ast.Tuple(elts=values)) if all(
            isinstance(one, ast.Constant) and one.value is None for one in values
        ):
            names = [one.id for one in elements if isinstance(one, ast.Name)]
        case _:
            return {}
    judged = {
        call.args[0].id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "check_value"
        and isinstance(call.args[0], ast.Name)
    }
    if not judged >= {*names}:  # a list, say
        return {}
    words = _comment(exercise.cell.source)
    if len(names) > 1:
        return {name: f"Your {name}" for name in names}
    for name, symbol in SYMBOLS.items():
        words = re.sub(rf"\b{name}\b", symbol, words)
    return {names[0]: words[:1].upper() + words[1:]}


def _comment(source: str) -> str:
    """Return the first comment of a cell without its `here`."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            return token.string.strip("# ").removesuffix(" here")
    return "your number"


class Call(NamedTuple):
    """What a cell compares an answer with: the arguments of `check_value` after the first."""

    expected: float
    rtol: float
    gives: Callable[[float], float] | None

    def __call__(self, answer: Any) -> Verdict:
        """Return the cell's verdict on an answer."""
        return check_value(answer, *self)


def calls(exercise: Exercise) -> dict[str, Call]:
    """Run an exercise's cell, and return how it judges each of its numbers."""
    names = asked(exercise)
    marks = {name: object() for name in names}
    found = dict[str, Call]()

    def noting(answer: Any, expected: float, rtol: float = 0.01, gives: Any = None) -> Verdict:
        for name, mark in marks.items():
            if answer is mark:
                found[name] = Call(float(expected), rtol, gives)
        return check_value(None, expected)

    _, *rest = ast.parse(exercise.cell.source).body
    given = _names(exercise) | marks | {"check_value": noting, "print": lambda *_: None}
    exec(compile(ast.Module(rest, []), f"<{exercise.label}>", "exec"), given)
    if missing := names.keys() - found.keys():
        raise ValueError(f"{exercise.label}: its cell does not judge {', '.join(missing)}")
    return found


def right(exercise: Exercise) -> dict[str, float]:
    """Return the numbers that the solution of an exercise works out."""
    given = _names(exercise)
    exec(compile(exercise.solution, f"<solution of {exercise.label}>", "exec"), given)
    return {name: float(given[name]) for name in asked(exercise)}


def _names(exercise: Exercise) -> dict[str, Any]:
    """Return what the cell and its solution need of what the chapter imports."""
    needed = loaded(exercise.cell.source) | loaded(exercise.solution)
    names: dict[str, Any] = {}
    for one in exercise.imports:
        for alias in one.names:
            if (alias.asname or alias.name) in needed:
                given = copy(one)
                given.names = [alias]
                exec(compile(ast.Module([given], []), f"<{exercise.label}>", "exec"), names)
    return names


class Table(NamedTuple):
    """What a cell says to every number, and to what is none.

    `says` has one sentence more than `cuts`: the k-th is said below the k-th cut, the last one
    from the last cut on. Where a sentence repeats the number, it has {} in its place.
    """

    cuts: list[float]
    says: list[str]
    nothing: str
    words: str
    endless: str


def table(call: Call, near: float) -> Table:
    """Find what is said to every number, from those around the right one.

    Borders are exact where the number itself is compared. Where it is what a number gives, each
    try may take a tenth of a second: then they are off by at most a hundred-thousandth of the
    right number, and not at all if they are round.
    """
    said = dict[float, str]()

    def say(x: float) -> str:
        if x not in said:
            said[x] = str(call(x)).replace(repr(x), "{}")
        return said[x]

    rough = 1e-5 if call.gives else 0.0
    most = {-1e6, -1e3, -1.0, 1.0, 1e3, 1e6} if call.gives else {-1e300, 1e300}
    points = sorted({0.0, *most, *(sign * near * k for sign in (-1, 1) for k in MULTIPLES)})
    cuts, says = list[float](), [say(points[0])]
    for low, high in itertools.pairwise(points):
        while say(low) != say(high):
            cut = _border(say, low, high, rough * abs(near))
            cuts.append(cut)
            says.append(say(cut))
            low = cut
    general = (str(call(x)) for x in (None, "words", float("inf")))
    return Table(cuts, says, *general)


def _border(say: Callable[[float], str], low: float, high: float, rough: float) -> float:
    """Return the first number, by bisection, at which no longer what is said at `low` is said."""
    while high - low > rough:
        x = (low + high) / 2 if rough else _ranked((_rank(low) + _rank(high)) // 2)
        if x in (low, high):
            break
        low, high = (x, high) if say(x) == say(low) else (low, x)
    round_one = next((x for k in range(1, 17) if low < (x := float(f"{high:.{k}g}")) <= high), high)
    return high if say(round_one) == say(low) else round_one


def _rank(x: float) -> int:
    """Return the place of a number among all numbers that a computer has."""
    (n,) = struct.unpack("<q", struct.pack("<d", x))
    return int(n) if n >= 0 else -int(n & (2**63 - 1))


def _ranked(n: int) -> float:
    (x,) = struct.unpack("<d", struct.pack("<q", abs(n)))
    return float(x) if n >= 0 else -float(x)
