"""Run a reader's cell inside the page: what a notebook would show, said bit by bit.

This module goes into the site and is imported there by Pyodide (`static/worker.js`); it needs
nothing of the book. `say(kind, text)` hands over what is to be seen: "out" and "err" for what was
printed, "value" for the last value, "trace" for an error, "data" for a figure of the page, and
"passed" after an exercise whose every verdict was right.
"""

import ast
import builtins
import contextlib
import functools
import io
import json
import linecache
import pprint
import re
import symtable
import sys
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import numpy as np

import adamcore
from adamcore import museum

Say = Callable[[str, str], Any]

NAME, EARLIER = "<your code>", "<earlier cells>"
LINES, LETTERS = 200, 20_000  # that a run may print
FIGURE = "application/vnd.pagefigures+json"
# What to add to an error: its kind, what its text says, and the sentence.
HINTS: list[tuple[str, str, str]] = [
    (
        "ModuleNotFoundError",
        r"named '(\w+)",
        "In the page there are numpy, adamcore and Python's own library; {0} is not among them.",
    ),
    ("EOFError", "", "Nobody answers input() in the page: write the value into the code."),
    ("MemoryError", "", "Python in the page has 1 GB of memory at most."),
    ("ValueError", "Maximum allowed dimension", "Python in the page has 1 GB of memory at most."),
    ("URLError|HTTPError|JsException|NetworkError", "", "Python in the page has no network."),
    (
        "NameError",
        "",
        "Of other cells, only what they define as they stand in the page is there.",
    ),
]


class Screen(io.TextIOBase):
    """Say what is printed line by line, and so much of it that a page can bear it."""

    def __init__(self, say: Callable[[str], Any], room: list[int]) -> None:
        self.say, self.room, self.begun = say, room, ""

    def write(self, text: str) -> int:
        """Take text; what does not end a line waits for more."""
        *lines, self.begun = (self.begun + text).split("\n")
        for line in lines:
            self._pass(line + "\n")
        if len(self.begun) > LETTERS:
            self.close_line()
        return len(text)

    def close_line(self) -> None:
        """Say also what no line's end follows."""
        if self.begun:
            self._pass(self.begun)
            self.begun = ""

    def _pass(self, line: str) -> None:
        if self.room[0] > 0 and self.room[1] > 0:
            self.say(line[: self.room[1]])
            self.room[0] -= 1
            self.room[1] -= len(line)
            if self.room[0] <= 0 or self.room[1] <= 0:
                self.say("\n(Much was printed: what comes after this is not shown.)\n")


def loaded(code: str) -> set[str]:
    """Return the names that code reads from its module, also inside its functions."""
    names, waiting = set(), [symtable.symtable(code, NAME, "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        names |= {
            one.get_name()
            for one in table.get_symbols()
            if one.is_referenced() and (table.get_type() == "module" or one.is_global())
        }
    return names


def given(code: str, sources: list[str], needs: dict[str, list[int]]) -> str:
    """Return the statements of earlier cells that code needs, in their order.

    `needs` says for each name which of `sources` make it.
    """
    numbers = {number for name in loaded(code) & {*needs} for number in needs[name]}
    return "\n".join(sources[number] for number in sorted(numbers))


def run(code: str, setting: str, say: Say) -> None:
    """Run a cell in a new module in which the definitions of earlier cells are there.

    `setting` is JSON: {"sources": [...], "needs": {name: [number, ...]}}. Nothing is raised.
    """
    verdicts: list[Any] = []
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)
    room = [LINES, LETTERS]
    out, err = (Screen(functools.partial(say, kind), room) for kind in ("out", "err"))
    module: dict[str, Any] = {"__name__": "__main__"}
    try:
        with _as_in_a_notebook(out, err, verdicts):
            tree = ast.parse(code, NAME)
            with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
                earlier = given(code, **json.loads(setting))
                exec(compile(earlier, EARLIER, "exec"), module)
            verdicts.clear()
            value = _value(tree, code, module)
            out.close_line()
            err.close_line()
            _show(value, say)
    except BaseException as error:
        out.close_line()
        err.close_line()
        say("trace", _told(error))
    else:
        if verdicts and all(verdicts):
            say("passed", "")


@contextlib.contextmanager
def _as_in_a_notebook(out: Screen, err: Screen, verdicts: list[Any]) -> Iterator[None]:
    """Let print, input and the checks answer to the page; leave nothing of it behind."""
    asks, tracing = builtins.input, sys.gettrace()
    builtins.input = _refuse_to_ask
    undo = [_noting(module, name, verdicts) for module, name in JUDGES]
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            np.printoptions(),
            np.errstate(),
        ):
            yield
    finally:
        sys.settrace(tracing)
        builtins.input = asks
        for back in undo:
            back()


# `adamcore.check` is the function: the module of that name is behind it
MODULES = adamcore, sys.modules["adamcore.check"]
JUDGES = [
    *((module, name) for module in MODULES for name in ("check", "check_value")),
    *((museum, name) for name in ("grade", "review")),
]


def _refuse_to_ask(*_: object) -> str:
    raise EOFError("input() was called")


def _noting(module: Any, name: str, verdicts: list[Any]) -> Callable[[], None]:
    """Keep what a check answers; return what brings the plain one back."""
    judge = getattr(module, name)

    @functools.wraps(judge)
    def noted(*args: Any, **kwargs: Any) -> Any:
        verdicts.append(judge(*args, **kwargs))
        return verdicts[-1]

    setattr(module, name, noted)
    return lambda: setattr(module, name, judge)


def _value(tree: ast.Module, code: str, module: dict[str, Any]) -> Any:
    """Run statements, and return the value of the last one if it is an expression."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, NAME, "exec"), module)
        return None
    del tree.body[-1]
    exec(compile(tree, NAME, "exec"), module)
    value = eval(compile(ast.Expression(last.value), NAME, "eval"), module)
    return None if code.rstrip().endswith(";") else value


def _show(value: Any, say: Say) -> None:
    if value is None:
        return
    bundle: Any = {}
    if hasattr(value, "_repr_mimebundle_") and not isinstance(value, type):
        bundle = value._repr_mimebundle_()
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    text = bundle.get("text/plain") if bundle else None
    if text is None:
        plain = type(value) in (list, tuple, dict, set)
        text = pprint.pformat(value, width=79, sort_dicts=False) if plain else repr(value)
    if len(text) > LETTERS:
        text = f"{text[:LETTERS]}\n(It is long: what comes after this is not shown.)"
    say("value", f"{text}\n")
    if FIGURE in bundle:
        say("data", json.dumps(bundle[FIGURE], allow_nan=False))


def _told(error: BaseException) -> str:
    """Return a traceback that begins in the reader's own lines, and what to do about it."""
    told = traceback.TracebackException(type(error), error, _own(error.__traceback__), compact=True)
    one: traceback.TracebackException | None = told
    while one is not None:
        frames = [frame for frame in one.stack if frame.filename != __file__]
        kept = [frame for frame in frames[:-1] if frame.filename == NAME] + frames[-1:]
        one.stack = traceback.StackSummary.from_list(kept)
        before = one.__cause__ or one.__context__
        if before and all(frame.filename != NAME for frame in before.stack):
            one.__cause__ = one.__context__ = before = None  # what a library tried first
        one = before
    text = "".join(told.format())
    if len(text) > LETTERS // 4:
        text = f"{text[: LETTERS // 8]}\n...\n{text[-LETTERS // 8 :]}"
    return text + _hint(error)


def _own(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename != NAME:
        trace = trace.tb_next
    return trace


def _hint(error: BaseException) -> str:
    kinds = {one.__name__ for one in type(error).__mro__}
    for kind, says, hint in HINTS:
        found = re.search(says, str(error))
        if found and kinds & {*kind.split("|")}:
            return hint.format(*found.groups()) + "\n"
    return ""
