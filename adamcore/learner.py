"""Run a learner's step, whatever it does, and say in a sentence what stopped it.

What cannot be stopped from within Python is left to whoever runs it: one call that never comes back
(`time.sleep`, a gigantic power), and a loop that catches every exception.
"""

import builtins
import contextlib
import functools
import io
import re
import sys
import sysconfig
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adamcore.method import State

Tracer = Callable[[types.FrameType, str, Any], Any]

INSTRUCTIONS = 1_000_000  # of Python's in one step; Adam's takes a hundred
SHOWN = 20  # lines that a step may print before the rest is kept away from the screen


class EndlessError(BaseException):
    """Raised in a learner's loop that does not end; it is no Exception, so that few catch it."""


class AskedError(Exception):
    """Raised where a learner's step waits for somebody to type."""


class Printed(io.TextIOBase):
    """The screen for so many lines, and nothing for all that comes after them."""

    def __init__(self, screen: Any) -> None:
        self.screen, self.room, self.muted, self.cut = screen, SHOWN, False, False

    def write(self, text: str) -> int:
        """Pass on what there is room for."""
        if not self.muted:
            lines = text.splitlines(keepends=True)[: max(0, self.room)]
            shown = "".join(line[:400] for line in lines)
            self.room -= text.count("\n") + len(text) // 400
            self.cut |= len(shown) < len(text)
            self.screen.write(shown)
        return len(text)

    def mute(self) -> None:
        """Pass on nothing more."""
        self.muted = True


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


def bound(function: Any, libraries: tuple[str, ...] = ()) -> Tracer:
    """Return a tracer that stops a loop after so many instructions.

    Those of libraries are not counted, those in the function's own file are, wherever it lies.
    """
    left, own = INSTRUCTIONS, getattr(_code(function), "co_filename", "")

    def count(frame: types.FrameType, event: str, _: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessError
        return count

    def enter(frame: types.FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if file != own and file.startswith((*_LIBRARIES, *libraries)):
            return None
        frame.f_trace_opcodes = True  # `while True: pass` never comes to another line
        return count

    return enter


_PATHS = sysconfig.get_paths()
_LIBRARIES = ("<frozen", __file__, *(_PATHS[name] for name in ("stdlib", "purelib", "platlib")))
_OWN = ("<a method", *map(str, Path(__file__).parent.glob("*.py")))


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
        "The one before the step is state.{0}; the new one must be assigned before it is used.",
    ),
    (NameError, "name 'np'", "Import numpy first: import numpy as np."),
    (NameError, "name 'State'", "Import it first: from adamcore import State."),
    (NameError, "name '(sqrt|math)'", "Write np.sqrt."),
    (NameError, r"'(\w+)'", "Nothing has this name here; your step is given state, {arguments}."),
    (
        TypeError,
        r"for \^|bitwise_xor",
        "^ is no power in Python: write **, as in beta1**t or g**2.",
    ),
    (
        TypeError,
        "only .* arrays can be converted|must be real number, not",
        "The functions of math take one number: for an array write np.sqrt(v).",
    ),
    (ValueError, "truth value", "An array is not true or false: write np.where or np.maximum."),
    (TypeError, "NoneType", "None cannot be computed with; the state has {symbols}."),
    (TypeError, "tuple indices", "What is in a State has a name: write state.m, not state['m']."),
    (TypeError, "item assignment", "A State cannot be changed: make a new one, {state}."),
    (TypeError, r"__new__\(\)|'State'", "A State is made with {state}."),
    (AttributeError, "can't set|cannot set", "A State cannot be changed: make a new one, {state}."),
    (AttributeError, "'State' object has no", "A State has {symbols}."),
    (
        AttributeError,
        "has no attribute '(theta|t|m|v|m_hat|v_hat)'",
        "That is not the state: the arguments come in this order: state, {arguments}.",
    ),
    (AttributeError, "has no attribute 'sqrt'", "Write np.sqrt(v), not v.sqrt()."),
    (ImportError, r"No module named '(\w+)'", "{0} is not needed: numpy is enough."),
    (ValueError, "could not be broadcast", "Every array must have the shape of g."),
    (ValueError, "values to unpack", "A State has 8 parts, None where a method has nothing."),
    (ZeroDivisionError, "float", "Note that 1 - beta1**t is 0 where t is 0."),
    (RecursionError, "", "Your step calls itself, and never ends."),
    (MemoryError, "", "Every array must have the shape of g."),
]


def say(error: BaseException, step: Any, hyper: dict[str, Any], symbols: tuple[str, ...]) -> str:
    """Say what stopped a learner's step, in which line where that is known, and what to write."""
    lines = own_lines(error, step)
    where = f" in line {lines[-1]}" if lines else ""
    if isinstance(error, EndlessError):
        return f"Your step was stopped{where}, after a million instructions: does a loop never end?"
    if isinstance(error, AskedError):
        return f"Your step stopped{where}: nobody answers input() here; use what the step is given."
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
            return " " + hint.format(*found.groups(), **words)
    return ""


def own_lines(error: BaseException, step: Any) -> list[int | None]:
    """Return the lines of the learner's own code that an error went through."""
    code = _code(step)
    return [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename
    ]


def _code(function: Any) -> Any:
    """Return the code of a function, a method or what else can be called, or None."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    own = getattr(function, "__code__", None)
    return own or getattr(type(function).__call__, "__code__", None)


def call(
    step: Callable[..., Any], state: State, g: Any, hyper: Mapping[str, Any]
) -> tuple[Any, BaseException | None]:
    """Return what a learner's step returns, or the error that it ends with.

    Only a KeyboardInterrupt, with which somebody stops it, goes on.
    """
    return _bounded(bound(step), step, state, g, **hyper)


def attempt(function: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    """Return what a learner's function returns, or the error that it ends with.

    What this package does for it, such as a long run, is not counted.
    """
    return _bounded(bound(function, _OWN), function, *arguments)


def _bounded(
    own: Tracer, function: Any, *arguments: Any, **named: Any
) -> tuple[Any, BaseException | None]:
    before = sys.gettrace()
    sys.settrace(own)  # and back in this very frame: a tracer that measures counts the frames
    try:
        return function(*arguments, **named), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, error
    finally:
        sys.settrace(before)
