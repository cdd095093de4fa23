"""The code of a page as a learner gets it: without what only hands numbers to the book's text."""

import ast
import re
import symtable
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from sphinx.errors import ExtensionError

BOOK_ONLY = "myst_nb"
BLOCKS = ast.For | ast.If | ast.With


def without_glue(sources: Sequence[str], hidden: Sequence[bool]) -> list[str]:
    """Return the cells of a page without `glue`, and without what was only there for it.

    Parameters
    ----------
    sources : sequence of str
        The code cells, in order.
    hidden : sequence of bool
        Which of them the page does not show: they vanish unless a later one needs them.
    """
    cells, fed = list(sources), set[str]()
    gluers = _gluers(cells)
    for n, source in enumerate(cells):
        cells[n], names = _cut(source, lambda one: _glues(one, gluers))
        fed |= names
    before = None
    while cells != before:  # what fed only the glue, and what fed only that
        before = list(cells)
        for n in reversed(range(len(cells))):
            cells[n], names = _cut(cells[n], _spare(cells, n, fed))
            fed |= names
    for n in reversed(range(len(cells))):
        if hidden[n] and not wanted(bound(cells[n]), cells[n + 1 :]):
            cells[n] = ""
    for source in cells:
        if found := re.search(rf"\b(?:{BOOK_ONLY}|glue)\b", source):
            raise ExtensionError(
                f"the learner's notebook cannot do without {found[0]!r} here:\n{source[:300]}"
            )
    return [source.strip("\n") for source in cells]


def _gluers(sources: Iterable[str]) -> set[str]:
    """Return `glue` and the functions that only wrap it."""
    names = {"glue"}
    functions = [
        one
        for source in sources
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.FunctionDef)
    ]
    while found := {one.name for one in functions if _calls(one, names)} - names:
        names |= found
    return names


def _calls(node: ast.AST, names: set[str]) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in names
        for one in ast.walk(node)
    )


def _glues(one: ast.stmt, gluers: set[str]) -> bool:
    """Return whether a statement does nothing but hand numbers to the text."""
    match one:
        case ast.ImportFrom(module=module):
            return module == BOOK_ONLY
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in gluers
        case ast.FunctionDef(name=name):
            return name in gluers
        case ast.For() | ast.If() | ast.With():
            return all(_glues(inner, gluers) for inner in _inside(one))
    return False


def _inside(one: ast.stmt) -> list[ast.stmt]:
    return [*getattr(one, "body", ()), *getattr(one, "orelse", ())]


def _spare(cells: Sequence[str], n: int, fed: set[str]) -> Callable[[ast.stmt], bool]:
    """Return what tells whether a statement of cell n only made what nobody needs any more."""
    body = ast.parse(cells[n]).body
    deferred = set[str]().union(*(loaded(cell, only_later=True) for cell in cells))
    anywhere = set[str]().union(*map(loaded, cells))

    def needed(one: ast.stmt) -> set[str]:
        names = bound(ast.unparse(one))
        if names & deferred or not names <= fed:
            return names
        after = [ast.unparse(other) for other in body if other.lineno > one.lineno]
        if all(other.lineno != one.lineno for other in body):  # in a loop, where before is after
            return names & anywhere
        return wanted(names, [*after, *cells[n + 1 :]])

    return lambda one: _only_binds(one) and not needed(one)


def _only_binds(one: ast.stmt) -> bool:
    """Return whether a statement does nothing but give names to values."""
    match one:
        case ast.Assign():
            stores = (x for target in one.targets for x in ast.walk(target))
            return not any(isinstance(x, ast.Subscript | ast.Attribute) for x in stores)
        case ast.FunctionDef() | ast.Import() | ast.ImportFrom():
            return True
        case ast.For() | ast.If() | ast.With():
            return all(map(_only_binds, _inside(one)))
    return False


def wanted(names: set[str], sources: Iterable[str]) -> set[str]:
    """Return which of these names are read by the code that follows before it binds them anew."""
    waiting, wanted = set(names), set[str]()
    for source in sources:
        for one in _in_order(ast.parse(source).body):
            code = ast.unparse(one)
            wanted |= waiting & loaded(code)
            waiting -= wanted | bound(code)
    return wanted


def _in_order(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements as they run, with blocks taken apart; of a choice, only what it reads."""
    for one in body:
        match one:
            case ast.For():
                yield ast.Assign([one.target], one.iter, lineno=one.lineno)
                yield from _in_order(_inside(one))
            case ast.With():
                yield from (ast.Expr(item.context_expr) for item in one.items)
                yield from _in_order(one.body)
            case ast.If():
                yield ast.Expr(ast.Tuple([ast.Name(x) for x in loaded(ast.unparse(one))]))
            case _:
                yield one


def _cut(source: str, unwanted: Callable[[ast.stmt], bool]) -> tuple[str, set[str]]:
    """Return the source without the unwanted statements, and the names that those used."""
    lines: list[str | None] = list(source.splitlines())
    names = set[str]()

    def gone(one: ast.stmt) -> bool:
        return unwanted(one) or (isinstance(one, BLOCKS) and all(map(gone, _inside(one))))

    def go(body: Iterable[ast.stmt]) -> None:
        for one in body:
            if gone(one):
                decorators = getattr(one, "decorator_list", ())
                first = min([one.lineno, *(mark.lineno for mark in decorators)])
                last = one.end_lineno or first
                lines[first - 1 : last] = [None] * (last - first + 1)
                names.update(x.id for x in ast.walk(one) if isinstance(x, ast.Name))
            elif isinstance(one, BLOCKS):
                go(_inside(one))

    go(ast.parse(source).body)
    kept = "\n".join(line for line in lines if line is not None)
    return re.sub(r"\n{4,}", "\n\n\n", kept), names


def _tables(source: str) -> Iterator[symtable.SymbolTable]:
    waiting = [symtable.symtable(source, "<cell>", "exec")]
    while waiting:
        table = waiting.pop(0)
        yield table
        waiting += table.get_children()


@cache
def loaded(source: str, only_later: bool = False) -> set[str]:
    """Return the names of the notebook that a cell reads; if `only_later`, in its functions."""
    return {
        symbol.get_name()
        for table in _tables(source)
        for symbol in table.get_symbols()
        if symbol.is_referenced()
        and (symbol.is_global() if table.get_type() != "module" else not only_later)
    }


@cache
def bound(source: str) -> set[str]:
    """Return the names that a cell gives to the notebook."""
    return {
        symbol.get_name()
        for symbol in next(_tables(source)).get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }
