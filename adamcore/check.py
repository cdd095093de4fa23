"""Tell a learner where his own step first differs from the method, and which slip it looks like.

A slip is an edit of the method's own lines, so each suspect can be run: the one that computes
what the learner computed is named.
"""

import copy
import inspect
import math
import re
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from adamcore.arguments import Array
from adamcore.method import Method, State


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer to an exercise: true when it is passed, and shown as its message."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return self.message


NOT_DONE = Verdict(False, "Not done yet.")

# What the method says, what a learner may have written instead, and how to tell him.
SLIPS = [
    ("t = t + 1", "t = t", "t has not been raised by 1"),
    ("beta1 * m + (1 - beta1) * g", "beta1 * m + g", "(1 - beta1) is missing before g"),
    ("beta2 * v + (1 - beta2) * g", "beta2 * v + g", "(1 - beta2) is missing before the square"),
    ("beta1 * m + ", "m + ", "m is not multiplied by beta1, so it forgets nothing"),
    ("beta2 * v + ", "v + ", "v is not multiplied by beta2, so it forgets nothing"),
    ("beta1 * m + (1 - beta1)", "(1 - beta1) * m + beta1", "beta1 and 1 - beta1 are swapped"),
    ("beta2 * v + (1 - beta2)", "(1 - beta2) * v + beta2", "beta2 and 1 - beta2 are swapped"),
    ("beta2 * v + (1 - beta2)", "beta1 * v + (1 - beta1)", "v has beta1 where beta2 belongs"),
    ("beta1 * m + (1 - beta1)", "beta2 * m + (1 - beta2)", "m has beta2 where beta1 belongs"),
    ("g**2", "g", "g is not squared"),
    ("(1 - beta2) * g**2", "((1 - beta2) * g)**2", "(1 - beta2) is squared together with g"),
    ("g, m, v, m_hat, v_hat)", "g, m_hat, v, m_hat, v_hat)", "m_hat is carried on in m's place"),
    ("g, m, v, m_hat, v_hat)", "g, m, v_hat, m_hat, v_hat)", "v_hat is carried on in v's place"),
    ("**t)", "**(t - 1))", "t counts from 0 where it is a power, and must count from 1"),
    ("beta1**t", "beta1", "the power t of beta1 is missing"),
    ("beta2**t", "beta2", "the power t of beta2 is missing"),
    ("m / (1 - beta1**t)", "m * (1 - beta1**t)", "m is multiplied where it must be divided"),
    ("v / (1 - beta2**t)", "v * (1 - beta2**t)", "v is multiplied where it must be divided"),
    ("1 - beta2**t", "1 - beta1**t", "v_hat has beta1 where beta2 belongs"),
    ("theta - alpha", "theta + alpha", "the sign is wrong: the step goes up the gradient"),
    ("theta - alpha", "-alpha", "the step is there, but not the theta it starts from"),
    ("theta - alpha * ", "theta - ", "alpha is missing"),
    ("alpha * m_hat", "alpha * m", "m is used where m_hat belongs"),
    ("alpha * m_hat", "alpha * g", "g is used where m_hat belongs"),
    ("alpha * m\n", "alpha * g\n", "g is used where m belongs"),
    ("(np.sqrt(v_hat) + eps)", "(np.sqrt(v) + eps)", "v is used where v_hat belongs"),
    ("np.sqrt(v_hat) + eps", "np.sqrt(v_hat + eps)", "eps is inside the root"),
    ("np.sqrt(v) + eps", "np.sqrt(v + eps)", "eps is inside the root"),
    ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat)", "eps is missing"),
    ("(np.sqrt(v) + eps)", "np.sqrt(v)", "eps is missing"),
    ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat) + eps", "the root and eps need brackets"),
    ("(np.sqrt(v) + eps)", "np.sqrt(v) + eps", "the root and eps need brackets"),
    ("np.sqrt(v_hat)", "v_hat", "the root is missing"),
    ("np.sqrt(v)", "v", "the root is missing"),
    (" / (np.sqrt(v_hat) + eps)", "", "the division by the root of v_hat is missing"),
    (" / (np.sqrt(v) + eps)", "", "the division by the root of v is missing"),
]


def check(learner_step: Callable[..., Any], reference: Method) -> Verdict:
    """Compare a learner's step with a method's, symbol by symbol, for a few steps.

    Parameters
    ----------
    learner_step
        A function of the State before the step, the gradient there, and the method's
        hyper-parameters by name; it returns the State after the step. m_hat and v_hat may be
        left out of it. Nothing that it does makes `check` raise.
    reference
        The method it should agree with, its hyper-parameters single numbers.

    Examples
    --------
    >>> from adamcore import Momentum, State
    >>> def my_step(state, g, alpha, beta1):
    ...     t = state.t + 1
    ...     m = beta1 * state.m + g
    ...     theta = state.theta - alpha * m
    ...     return State(theta, t, g, m)
    >>> check(my_step, Momentum(alpha=0.1))
    m differs at t = 1: it looks as if (1 - beta1) is missing before g.
    """
    verdict = _compare(learner_step, reference)
    if not verdict:
        return verdict
    for field in fields(reference):
        x = getattr(reference, field.name)
        other = x**2 if field.name.startswith("beta") else 10 * x
        if not _compare(learner_step, replace(reference, **{field.name: other})):
            return Verdict(
                False,
                f"Right for {field.name} = {x:g}, but not for {other:g}: use the argument"
                f" {field.name}, not a number of your own.",
            )
    return verdict


def check_value(answer: Any, expected: float, rtol: float = 0.01) -> Verdict:
    """Compare a predicted number with the right one, which the message does not give away.

    >>> check_value(None, 0.5), check_value(5, 0.5), check_value(0.501, 0.5)
    (Not done yet., Not yet: your number is too large., Right.)
    """
    if answer is None or answer is ...:
        return NOT_DONE
    try:
        x = float(answer)
    except Exception:
        return Verdict(False, "The answer must be a number.")
    if math.isclose(x, expected, rel_tol=rtol):
        return Verdict(True, "Right.")
    if not math.isfinite(x):
        return Verdict(False, "The answer must be a finite number.")
    if x * expected < 0:
        return Verdict(False, "Not yet: the sign is the other one.")
    size = "large" if abs(x) > abs(expected) else "small"
    return Verdict(False, f"Not yet: your number is too {size}.")


def _compare(learner_step: Callable[..., Any], reference: Method) -> Verdict:
    hyper = {field.name: getattr(reference, field.name) for field in fields(reference)}
    # Ordinary gradients, and small ones beside which eps weighs something.
    small = hyper.get("eps") or 1e-8
    gradients = np.outer([1.0, -0.3, 2.5, 0.7, -1.9], [1.0, -20.0, 3 * small])
    state = reference.init([1.0, -2.0, 0.5])
    for g in gradients:
        given, given_g = State(*map(copy.copy, state)), g.copy()
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = learner_step(given, given_g, **hyper)
        except NotImplementedError:
            return NOT_DONE
        except (Exception, SystemExit) as error:
            what = _what_stopped(error, learner_step, hyper)
            # What is computed with the blanks of a stub stops with a word on their type.
            blank = not isinstance(error, NameError) and re.search(r"(type |')ellipsis\b", what)
            return NOT_DONE if blank else Verdict(False, what)
        parts = result if isinstance(result, State) else (result,)
        if result is None or any(x is ... for x in parts):
            return NOT_DONE
        for symbol, before, now in zip(State._fields, state, given, strict=True):
            if symbol == "g":
                before, now = g, given_g
            if before is not None and not _agree(before, now):
                return Verdict(
                    False,
                    f"Your step writes into the {symbol} that it was given (with += or *=, or by"
                    f" index): make a new array instead, {symbol} = ...",
                )
        after = reference.step(state, g)
        problem = _difference(result, state, after, reference)
        if problem:
            return Verdict(False, problem)
        state = after
    return Verdict(True, f"Right: every symbol agrees with {type(reference).__name__}'s.")


def _difference(result: Any, state: State, after: State, reference: Method) -> str:
    """Say which symbol of the learner's result differs first; nothing if none does."""
    if not isinstance(result, State):
        return f"Your step must return a State; it returned {type(result).__name__}."
    for symbol in ("t", "m", "v", "m_hat", "v_hat", "theta"):
        yours, right = getattr(result, symbol), getattr(after, symbol)
        if right is None or (yours is None and symbol.endswith("_hat")):
            continue
        if yours is None:
            return f"{symbol} is missing in the State that your step returns."
        where = f"{symbol} differs at t = {after.t}"
        yours = _floats(yours)
        if yours is None:
            return f"{where}: it must be numbers."
        if yours.shape != np.shape(right):
            return f"{where}: its shape is {yours.shape} and must be {np.shape(right)}."
        if not _agree(yours, right):
            slip = _likely_slip(result, symbol, state, after, reference)
            return f"{where}: " + (slip or f"{yours} where {right} is right.")
    return ""


def _likely_slip(result: State, symbol: str, state: State, after: State, reference: Method) -> str:
    """Name the slip that gives the learner's symbol, first one that gives all his symbols."""
    looks_like = ""
    for wrong_step, slip in wrong_steps(reference):
        with np.errstate(all="ignore"):
            suspect = wrong_step(reference, state, after.g)
        if all(_agree(x, y) for x, y in zip(result, suspect, strict=True) if x is not None):
            return f"it looks as if {slip}."
        if _agree(getattr(result, symbol), getattr(suspect, symbol)) and not looks_like:
            looks_like = f"it looks as if {slip}."
    return looks_like


def wrong_steps(method: Method) -> Iterator[tuple[Callable[..., State], str]]:
    """Yield the method's rule with one slip at a time, and what the slip is."""
    rule = type(method).rule
    try:
        lines = textwrap.dedent(inspect.getsource(rule))
    except OSError:  # a method without source cannot be misspelt
        return
    for right, wrong, slip in SLIPS:
        names = re.findall(r"\bbeta\d", wrong)
        if right in lines and all(name in lines for name in names):
            namespace: dict[str, Any] = {}
            exec(lines.replace(right, wrong), rule.__globals__, namespace)
            yield namespace["rule"], slip


def _floats(x: Any) -> Array | None:
    """Return x as an array, or None where it is no numbers: a learner may return anything."""
    try:
        return np.asarray(x, float)
    except Exception:
        return None


def _agree(x: Any, y: Any) -> bool:
    x, y = _floats(x), _floats(y)
    same_shape = x is not None and y is not None and x.shape == y.shape
    return same_shape and np.allclose(x, y, rtol=1e-9, atol=0, equal_nan=True)


def _what_stopped(error: BaseException, learner_step: Any, hyper: dict[str, Any]) -> str:
    """Describe an error in the learner's step, with its line where that is known."""
    what = traceback.format_exception_only(error)[-1].strip()
    code = getattr(learner_step, "__code__", None)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename
    ]
    if lines:
        return f"Your step stopped in line {lines[-1]}: {what}"
    arguments = ", ".join(["state", "g", *(f"{name}={x:g}" for name, x in hyper.items())])
    return f"Your step could not be called with ({arguments}): {what}"
