"""Which statements of a notebook's earlier cells a later one needs, found without running them.

A name is made by the last statement that binds it, by all that change the value afterwards
(`rows.append(1)`, `d["a"] = 1`, a draw from a generator, a function of the notebook that does
such things, the same through another name for the value), and by what these need in turn. What
comes from a library is taken not to change its arguments, random generators apart: a test runs
every cell that gets a button, and compares.
"""

import ast
import builtins
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from book.plain import bound, loaded, wanted

LIBRARIES = {"numpy", "adamcore", *sys.stdlib_module_names} - {"subprocess", "tkinter", "ssl"}
OWN = {"book.digits"}  # of the book, what needs nothing else
HOLDING = {"noisy"}  # functions whose result draws from the generator that they are given
CHANGING = {
    *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update"),
    *("setdefault", "popitem", "add", "discard", "fill", "put", "resize", "shuffle", "send"),
}
BUILTINS = {*dir(builtins), "__name__"}


@dataclass
class Statement:
    """A statement of a notebook and what it does to names."""

    node: ast.stmt
    source: str = field(init=False)

    def __post_init__(self) -> None:
        self.source = ast.unparse(self.node)

    @cached_property
    def reads_now(self) -> set[str]:
        """Return the names that it reads when it runs."""
        if isinstance(self.node, ast.FunctionDef):
            head = ast.parse(self.source).body[0]
            assert isinstance(head, ast.FunctionDef)
            head.body = [ast.Pass()]
            return loaded(ast.unparse(head)) - BUILTINS
        reads = loaded(self.source) - BUILTINS
        return reads - self.binds | wanted(self.binds & reads, [self.source])

    @cached_property
    def reads_later(self) -> set[str]:
        """Return the names that its functions read."""
        return loaded(self.source, only_later=True) - BUILTINS

    @cached_property
    def binds(self) -> set[str]:
        """Return the names that it may give a value."""
        return bound(self.source)

    @cached_property
    def settles(self) -> set[str]:
        """Return the names whose former value does not matter after it."""
        whole = ast.Assign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        return self.binds if isinstance(self.node, whole) else set()

    @cached_property
    def allowed(self) -> bool:
        """Tell whether the page has what it imports."""
        return all(
            module in OWN or module.split(".")[0] in LIBRARIES for module in imported(self.node)
        )


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the modules that code imports."""
    for one in ast.walk(node):
        if isinstance(one, ast.Import):
            yield from (alias.name for alias in one.names)
        elif isinstance(one, ast.ImportFrom):
            yield one.module or "."


class Page:
    """The statements of a notebook's cells, in order."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.cells = [*cells]
        parsed = [[Statement(node) for node in ast.parse(cell).body] for cell in self.cells]
        self.begins = [0, *itertools.accumulate(map(len, parsed))]
        self.statements = every = [one for cell in parsed for one in cell]
        self.functions = {
            one.node.name: one for one in every if isinstance(one.node, ast.FunctionDef)
        }
        named = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        values = (one.binds for one in every if not isinstance(one.node, named))
        self.values = set[str]().union(*values)  # modules, functions and classes do not change
        self.drawn = set[str]()
        for one in every:  # also what is made with one, as a noisy problem is
            if isinstance(one.node, ast.Assign) and self._holds_generator(one.node.value):
                self.drawn |= one.binds
        self.alike, self.parts = self._bonds()
        self.changing = [self._changes(one) for one in every]

    def _changes(self, one: Statement) -> set[str]:
        """Return the names whose values a statement may change without binding them."""
        if isinstance(one.node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            return set()  # nothing happens before it is called
        return _closure(self._changed_by(one.node, set()) & self.values, self.alike)

    def _changed_by(self, node: ast.AST, seen: set[str]) -> set[str]:
        changed = set()
        for one in ast.walk(node):
            match one:
                case (
                    ast.Attribute(ctx=ast.Store() | ast.Del())
                    | ast.Subscript(ctx=ast.Store() | ast.Del())
                ):
                    changed |= self._reached_through(one.value)
                case ast.AugAssign(target=ast.Name(id=name)):
                    changed.add(name)
                case ast.Call(func=ast.Attribute(attr=method) as called) if method in CHANGING:
                    changed |= self._reached_through(called.value)
                case ast.Name(id=name) if name in self.drawn:
                    changed.add(name)
                case ast.keyword(arg="out", value=value):
                    changed |= _roots(value)
            match one:
                case ast.Name(id=name) if name in self.functions and name not in seen:
                    inside = self._changed_by(self.functions[name].node, seen | {name})
                    changed |= inside & loaded(self.functions[name].source)  # of the notebook
                case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if (
                    name in self.functions and self._changes_arguments(self.functions[name].node)
                ):
                    for argument in (*args, *(keyword.value for keyword in keywords)):
                        changed |= _roots(argument)
        return changed

    def _reached_through(self, value: ast.expr) -> set[str]:
        """Return what a change in `value` changes: with `rows[0]` also what lies in `rows`."""
        roots = _roots(value)
        return roots if isinstance(value, ast.Name) else _closure(roots, self.parts)

    def _bonds(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return which names change with a name, and which lie in its value."""
        alike: dict[str, set[str]] = {}
        parts: dict[str, set[str]] = {}
        for statement in self.statements:
            for one in ast.walk(statement.node):
                for target, value in _together(one):
                    whole = _roots(target) & self.values
                    inside = _roots(value) & self.values
                    for name in whole:
                        parts.setdefault(name, set()).update(inside)
                        if not isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Set):
                            alike.setdefault(name, set()).update(inside)
                    for name in inside:
                        alike.setdefault(name, set()).update(whole)
        return alike, parts

    def _holds_generator(self, value: ast.expr) -> bool:
        match value:
            case ast.Call(func=ast.Name(id=name), args=args) if name in HOLDING:
                return any(map(self._holds_generator, args))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                return name == "default_rng"
        return bool(_roots(value) & self.drawn)

    def _changes_arguments(self, function: ast.stmt) -> bool:
        arguments = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
        name = getattr(function, "name", "")
        return bool(arguments & self._changed_by(function, {name}))

    def made_by(self, name: str, cell: int) -> list[int] | None:
        """Return the numbers of the statements before a cell that make a name there.

        None if it is not made there, or not by what the page has.
        """
        before = self.statements[: self.begins[cell]]
        if not any(name in one.binds for one in before):
            return None
        later: dict[str, set[str]] = {}  # what functions read when they are called
        for one in before:
            for other in one.binds:
                later.setdefault(other, set()).update(one.reads_later)
        needed, found = _closure({name}, later), []
        for number, one in reversed([*enumerate(before)]):
            if needed & (one.binds | self.changing[number]):
                if not one.allowed:
                    return None
                found.append(number)
                needed = (needed - one.settles) | _closure(one.reads_now, later)
        return None if needed else found[::-1]

    def given(self, cell: int) -> dict[str, list[int]]:
        """Return each name that can be made before a cell, with the statements that make it."""
        names = set[str]().union(*(one.binds for one in self.statements[: self.begins[cell]]))
        made = ((name, self.made_by(name, cell)) for name in sorted(names))
        return {name: numbers for name, numbers in made if numbers is not None}

    def runs(self, cell: int) -> bool:
        """Tell whether all that a cell imports and reads can be there."""
        own = self.statements[self.begins[cell] : self.begins[cell + 1]]
        names = set[str]().union(*(one.binds for one in self.statements[: self.begins[cell]]))
        return all(one.allowed for one in own) and wanted(names, [self.cells[cell]]) <= {
            *self.given(cell)
        }


def _closure(names: set[str], leads: dict[str, set[str]]) -> set[str]:
    """Return names with all that they lead to."""
    names, new = set(names), set(names)
    while new:
        new = set[str]().union(*(leads.get(name, set()) for name in new)) - names
        names |= new
    return names


def _roots(node: ast.AST) -> set[str]:
    """Return the names that stand for an expression's value, or for what holds it."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            return _roots(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return set().union(*map(_roots, parts))
        case ast.Dict(values=parts):
            return set().union(*map(_roots, parts))
        case ast.IfExp(body=one, orelse=other):
            return _roots(one) | _roots(other)
        case ast.Call(args=args):  # zip(a, b), or a view of an array
            return set().union(*map(_roots, args))
    return set()


def _together(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is given a value in a statement, with what the value comes from."""
    match node:
        case ast.Assign(targets=targets, value=value) if not isinstance(value, ast.Call):
            for target in targets:
                yield from _pairs(target, value)
        case ast.Assign(targets=targets, value=ast.Call(func=ast.Name(id=name), args=args)) if (
            name in HOLDING
        ):
            for target in targets:
                yield from ((target, argument) for argument in args)
        case ast.For(target=target, iter=ast.Tuple(elts=parts) | ast.List(elts=parts)):
            for part in parts:
                yield from _pairs(target, part)
        case ast.For(
            target=ast.Tuple(elts=[_, target]),
            iter=ast.Call(func=ast.Name(id="enumerate"), args=[value, *_]),
        ):
            yield from _pairs(target, value)
        case ast.For(
            target=ast.Tuple() as target, iter=ast.Call(func=ast.Name(id="zip"), args=args)
        ):
            yield from _pairs(target, ast.Tuple(args))
        case ast.For(target=target, iter=value):
            yield target, value


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=parts) if len(targets) == len(parts):
            for one, other in zip(targets, parts, strict=True):
                yield from _pairs(one, other)
        case _:
            yield target, value
