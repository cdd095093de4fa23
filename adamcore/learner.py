"""Run a learner's step, whatever it does, and say in a sentence what stopped it.

What cannot be stopped from within Python is left to whoever runs it: one call that never comes back
(`time.sleep`, a gigantic power), and a loop that catches every exception.
"""

import builtins
import contextlib
import io
import re
import sys
import sysconfig
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adamcore.method import State

LINES = 100_000  # in one step; the longest in this course has seven
SHOWN = 20  # lines that a step may print before the rest is kept away from the screen


class EndlessError(BaseException):
    """Raised in a learner's loop that does not end; it is no Exception, so that few catch it."""


class AskedError(Exception):
    """Raised where a learner's step waits for somebody to type."""


class Printed(io.TextIOBase):
    """The screen for so many lines, and nothing for all that comes after them."""

    def __init__(self, screen: Any) -> None:
        self.screen, self.lines, self.cut = screen, 0, False

    def write(self, text: str) -> int:
        """Pass on what there is room for."""
        room = text.splitlines(keepends=True)[: max(0, SHOWN - self.lines)]
        shown = "".join(line[:400] for line in room)
        self.lines += text.count("\n") or len(text) // 400
        self.cut |= len(shown) < len(text)
        self.screen.write(shown)
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[Printed]:
    """Keep warnings, questions and the thousandth line away from the reader."""
    printed, asks = Printed(sys.stdout), builtins.input
    builtins.input = _refuse_to_ask
    try:
        with (
            contextlib.redirect_stdout(printed),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield printed
    finally:
        builtins.input = asks


def _refuse_to_ask(*_: object) -> str:
    raise AskedError


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Stop a loop in the code of nobody's library after so many lines."""
    before, left = sys.gettrace(), LINES

    def count(frame: types.FrameType, event: str, _: Any) -> Any:
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise EndlessError
        return count

    def enter(frame: types.FrameType, event: str, _: Any) -> Any:
        return None if frame.f_code.co_filename.startswith(_LIBRARIES) else count

    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)


_PATHS = sysconfig.get_paths()
_LIBRARIES = ("<frozen", __file__, *(_PATHS[name] for name in ("stdlib", "purelib", "platlib")))


def is_stub(step: Callable[..., Any]) -> bool:
    """Say whether a function has nothing in it yet, or blanks (`...`) where something must be."""
    code = getattr(step, "__code__", None)
    if code is None:
        return False
    arguments = code.co_argcount + code.co_kwonlyargcount + bin(code.co_flags & 12).count("1")
    return ... in code.co_consts or not (code.co_names or code.co_nlocals > arguments)


# What a message of Python's means here: the kind of error, what its text says, and what to write.
HINTS: list[tuple[type[BaseException], str, str]] = [
    (
        NameError,
        r"(?:local variable|name) '(t|m|v|theta|m_hat|v_hat)'",
        "the one before the step is state.{0}, the new one must be assigned before it is used",
    ),
    (NameError, "name 'np'", "numpy must be imported first: import numpy as np"),
    (NameError, "name 'State'", "it must be imported first: from adamcore import State"),
    (NameError, "name 'sqrt'", "write np.sqrt"),
    (NameError, "name 'math'", "write np.sqrt, which takes whole arrays"),
    (
        NameError,
        r"'(\w+)'",
        "{0} has no value here: your step knows state.theta, state.t and so on, and {arguments}",
    ),
    (TypeError, r"for \^|bitwise_xor", "^ is no power in Python: write **, as in beta1**t or g**2"),
    (
        TypeError,
        r"only .*(length-1|size-1|0-dimensional) arrays can be converted|must be real number, not",
        "that takes one number and no array: write np.sqrt, np.exp ... instead of math's",
    ),
    (ValueError, "truth value", "an array is not true or false: write np.where or np.maximum"),
    (TypeError, "NoneType", "something is None: {state} has no more than {symbols}"),
    (TypeError, "tuple indices must be", "a State's parts have names: write state.m, not state['m']"),
    (TypeError, "does not support item assignment", "a State cannot be changed: return a new one"),
    (TypeError, r"(State\.)?__new__\(\)|'State'.*(argument|missing)", "a State is made by {state}"),
    (TypeError, "not callable", "a name that is called like a function is none"),
    (AttributeError, "can't set|cannot set", "a State cannot be changed: return a new one, {state}"),
    (AttributeError, r"'State' object has no", "a State has {symbols}"),
    (
        AttributeError,
        r"object has no attribute '(theta|t|m|v|m_hat|v_hat)'",
        "that is not the state: the arguments come in the order (state, {arguments})",
    ),
    (
        AttributeError,
        r"'(?:numpy\.)?(?:ndarray|float64|float|int)' object has no attribute 'sqrt'",
        "write np.sqrt(x), not x.sqrt()",
    ),
    (ImportError, r"No module named '(\w+)'", "{0} is not here, and numpy is enough: import numpy as np"),
    (ValueError, "could not be broadcast", "every array must have the shape of g"),
    (ValueError, r"not enough values to unpack|too many values to unpack", "a State has 8 parts"),
    (ZeroDivisionError, "", "1 - beta1**t is 0 where t is 0: is t raised before it is used?"),
    (RecursionError, "", "your step calls itself, and never ends"),
    (MemoryError, "", "that needs more memory than there is: every array must have the shape of g"),
]


def say(error: BaseException, step: Any, hyper: dict[str, Any], symbols: tuple[str, ...]) -> str:
    """Say what stopped a learner's step, in which line where that is known, and what to write."""
    lines = _own_lines(error, step)
    where = f" in line {lines[-1]}" if lines else ""
    if isinstance(error, EndlessError):
        return f"Your step did not end: stopped{where} after {LINES} lines. A loop without an end?"
    if isinstance(error, AskedError):
        return f"Your step stopped{where}: input() cannot be answered here, and nothing else is needed."
    if isinstance(error, SystemExit):
        return f"Your step stopped{where}: SystemExit. It must return a State, not leave Python."
    what = traceback.format_exception_only(error)[-1].strip()[:300]
    names = ", ".join(hyper)
    if not lines and isinstance(error, TypeError):
        arguments = ", ".join(["state", "g", *(f"{name}={x:g}" for name, x in hyper.items())])
        return (
            f"Your step could not be called with ({arguments}): {what}."
            f" It must begin with def {getattr(step, '__name__', 'step')}(state, g, {names}):"
        ).replace("<lambda>", "my_step")
    words = {
        "arguments": f"g, {names}",
        "symbols": ", ".join(symbols),
        "state": f"State({', '.join(symbols)})",
    }
    hint = _hint(error, what, words)
    return f"Your step stopped{where}: {what.rstrip('.')}.{hint}"


def _hint(error: BaseException, what: str, words: dict[str, str]) -> str:
    for kind, says, hint in HINTS:
        found = re.search(says, what)
        if isinstance(error, kind) and found:
            hint = hint.format(*found.groups(), **words)
            return f" {hint[0].upper() if hint[1] == ' ' else hint[0]}{hint[1:]}."
    return ""


def _own_lines(error: BaseException, step: Any) -> list[int | None]:
    """Return the lines of the learner's own code that an error went through."""
    step = getattr(step, "__func__", step)
    code = getattr(step, "__code__", None) or getattr(type(step).__call__, "__code__", None)
    return [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename
    ]


def call(
    step: Callable[..., Any], state: State, g: Any, hyper: dict[str, float]
) -> tuple[Any, BaseException | None]:
    """Return what a learner's step returns, or the error that it ends with.

    Only a KeyboardInterrupt, with which somebody stops it, goes on.
    """
    try:
        with bounded():
            return step(state, g, **hyper), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, error
