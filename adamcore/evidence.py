"""What `check` knows of a learner's step: what it returned in some trials, and what agrees with it.

A trial is a method, a start and gradients. The step is run from state to state, as a descent would
run it, and from states that are right, so that each slip shows by itself.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from adamcore import learner
from adamcore.arguments import Array
from adamcore.method import Method, State
from adamcore.slips import Step
from adamcore.streams import telling

SYMBOLS = ("t", "m", "v", "m_hat", "v_hat", "v_max", "theta", "g")  # in the order of comparison
OPTIONAL = ("m_hat", "v_hat", "v_max", "g")

# None of them, nor what is made of two of them, equals another: none can stand for another.
UNLIKE = {
    "alpha": 0.037,
    "beta1": 0.83,
    "beta2": 0.957,
    "beta": 0.79,
    "eps": 0.0113,
    "weight_decay": 0.21,
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer to an exercise: true when it is passed, and shown as its message.

    Where a step is wrong, `shows` says on which gradients one sees it.
    """

    passed: bool
    message: str
    shows: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.message, self.shows)))


NOT_DONE = Verdict(False, "Not done yet.")


class Answered(Exception):  # noqa: N818
    """Raised where nothing more of a learner's step has to be looked at."""

    def __init__(self, answer: str | Verdict) -> None:
        self.verdict = answer if isinstance(answer, Verdict) else Verdict(False, answer)


@dataclass(frozen=True)
class Trial:
    """A method, where it starts and the gradients it gets, of shape (n, d).

    `before` holds the right state before each step where a step is given those; otherwise it is
    given what it made itself.
    """

    method: Method
    start: State
    gradients: Array
    before: tuple[State, ...] = ()

    @property
    def hyper(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return {field.name: getattr(self.method, field.name) for field in fields(self.method)}

    @functools.cached_property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that the method has."""
        return tuple(x for x in State._fields if getattr(self.start, x) is not None)

    def states(self, step: Step) -> Iterator[State]:
        """Yield the State after each step of a method or a suspect."""
        state = self.start
        for k, g in enumerate(self.gradients):
            state = step(self.method, self.given(k, state), g)
            yield state

    def given(self, k: int, made: State) -> State:
        """Return what the step number k is given, after the one before has made its State.

        What the method does not have is the step's own affair.
        """
        if not self.before:
            return made
        own = {x: getattr(made, x) for x in State._fields if x not in self.symbols}
        return self.before[k]._replace(**own)

    def guided(self) -> "Trial":
        """Return the trial in which each step is given the right state."""
        return replace(self, before=(self.start, *self.states(right))[:-1])


def right(method: Method, state: State, g: Any) -> State:
    """Return the State after the method's own step."""
    return method.step(state, g)


def trials(reference: Method) -> tuple[Trial, ...]:
    """Return what a step is run on.

    First comes a short trial with the reference's own numbers, then a guided one that tells most.
    """
    usual = Trial(reference, reference.init([1.0, -2.0, 0.5]), np.empty(0))
    small = usual.hyper.get("eps") or 1e-8  # beside which eps weighs something
    gradients = np.outer([1.0, -0.3, 2.5, 0.7, -1.9], [1.0, -20.0, 3 * small])
    unlike = {name: UNLIKE.get(name, 0.7 * x) for name, x in usual.hyper.items()}
    method = replace(reference, **unlike)
    free = Trial(method, method.init([1.0, -2.0, 0.5, 3.0]), telling())
    carried = {symbol: np.array([0.2, 0.5, 0.1, 3.0]) for symbol in method.carries}
    shown = {symbol: np.array([0.3, 0.7, 0.2, 2.0]) for symbol in method.shows}
    late = replace(free, start=free.start._replace(t=199, **carried, **shown), gradients=telling(3))
    return replace(usual, gradients=gradients), free.guided(), free, late.guided()


@dataclass(frozen=True)
class Evidence:
    """What a learner's step returned in a trial: symbols, with time as their first axis."""

    trial: Trial
    values: dict[str, Array]
    kept: frozenset[str] = frozenset()  # symbols that came out as the very arrays that went in
    dtype: Any = np.float64  # the narrowest of what came out
    extra: bool = False  # whether there is something in the State that the method does not have

    @functools.cached_property
    def sizes(self) -> dict[str, Array]:
        """Return what rounding is small beside: the number, and a little of what it is made of."""
        finite = {x: np.where(np.isfinite(y), np.abs(y), 0) for x, y in self.values.items()}
        return {x: y + 1e-3 * y.max(axis=0) for x, y in finite.items()}

    def of(self, *symbols: str) -> "Evidence":
        """Return what is known of some symbols."""
        return replace(self, values={x: self.values[x] for x in symbols})


def evidence(step: Callable[..., Any], trial: Trial) -> Evidence:
    """Run a learner's step in a trial; raise Answered where it returns no State."""
    state = trial.start
    returned, kept = [], []
    dtypes: list[Any] = [np.dtype(np.float64)]
    for k, g in enumerate(trial.gradients):
        state, handed_on = returned_by(step, trial, trial.given(k, state), g)
        kept.append(handed_on)
        new = state._asdict()
        returned.append({x: None if x in handed_on and x in OPTIONAL else new[x] for x in new})
        dtypes += [x.dtype for x in state if isinstance(x, np.ndarray)]
    values: dict[str, Array] = {}
    for symbol in filter(trial.symbols.__contains__, SYMBOLS):
        series = [new[symbol] for new in returned]
        if all(x is not None for x in series):
            values[symbol] = np.array(series, np.float64)
    extra = any(getattr(state, x) is not None for x in State._fields if x not in trial.symbols)
    return Evidence(trial, values, frozenset.intersection(*kept), min(dtypes), extra)


def returned_by(
    step: Callable[..., Any], trial: Trial, state: State, g: Array
) -> tuple[State, frozenset[str]]:
    """Return what a learner's step makes of a state, and which arrays it has handed through."""
    given, given_g = State(*map(_copy, state)), g.copy()
    result, error = learner.call(step, given, given_g, trial.hyper)
    if error is not None:
        there = tuple(x for x in trial.symbols if getattr(state, x) is not None)
        what = learner.say(error, step, trial.hyper, there)
        # What is computed with the blanks of a stub stops with a word on their type.
        blank = not isinstance(error, NameError) and re.search(r"(type |')ellipsis\b", what)
        raise Answered(NOT_DONE if blank or isinstance(error, NotImplementedError) else what)
    if not isinstance(result, State):
        raise Answered(instead(result, step, trial.symbols))
    if any(x is ... for x in result):
        raise Answered(NOT_DONE)
    for symbol, before, now in zip(State._fields, state, given, strict=True):
        if symbol == "g":
            before, now = g, given_g
        if not same(before, now):
            raise Answered(
                f"Your step writes into the {symbol} that it was given (with += or *=, or by"
                f" index): make a new array instead, {symbol} = ..."
            )
    parts = {x: _part(x, getattr(result, x), state, trial) for x in State._fields}
    if result is given:
        raise Answered(f"t differs at t = {state.t + 1}: your step returns the state as it came.")
    kept = [x for x in State._fields if x != "t" and getattr(result, x) is getattr(given, x)]
    return State(**parts), frozenset(kept)


def _copy(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def same(x: Any, y: Any) -> bool:
    """Say whether two parts of a State are equal, NaN and all; what is no array is let pass."""
    both = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
    return not both or (x.shape == y.shape and x.tobytes() == y.tobytes())


def instead(result: Any, step: Any, symbols: tuple[str, ...]) -> str | Verdict:
    """Say what a step returned that is no State."""
    write = f"return State({', '.join(symbols)})"
    if result is ... or (result is None and learner.is_stub(step)):
        return NOT_DONE
    if result is None:
        return f"Your step returns nothing: it must end with {write}."
    if inspect.iscoroutine(result):
        result.close()
    if inspect.isclass(step):
        return "That is a class: give check a function, or a method of an object."
    return f"Your step must return a State; it returned {type(result).__name__}: write {write}."


def _part(symbol: str, x: Any, state: State, trial: Trial) -> Any:
    """Return a symbol of a learner's State as numbers, or say what it is instead."""
    where = f"{symbol} differs at t = {state.t + 1}"
    shape = () if symbol == "t" else trial.start.theta.shape
    if symbol not in trial.symbols:
        return x
    if x is None:
        if symbol in OPTIONAL:
            return None
        raise Answered(f"{symbol} is missing in the State that your step returns.")
    has = x.shape if isinstance(x, np.ndarray) else _length(x)
    if has is not None and has[: len(shape) or 1] != shape:
        raise Answered(f"{where}: its shape is {has} and must be {shape}.")
    try:
        array = np.asarray(x)
        if array.dtype.kind not in "fiubO":
            raise TypeError
        array = array if array.dtype.kind == "f" else array.astype(np.float64)
    except Exception:
        raise Answered(f"{where}: it must be numbers.") from None
    if array.shape != shape:
        raise Answered(f"{where}: its shape is {array.shape} and must be {shape}.")
    if symbol != "t":
        return array
    return int(array) if abs(array) < 2**53 and array == np.round(array) else float(array)


def _length(x: Any) -> tuple[int] | None:
    """Return the length of a list or a range, which need not be made an array to know it."""
    try:
        return None if isinstance(x, str | bytes | dict) else (len(x),)
    except Exception:
        return None


class Difference(NamedTuple):
    """Where a run first differs from what a learner's step returned."""

    trial: Trial
    t: int
    symbol: str
    yours: Array
    right: Array


def difference(step: Step, run: Evidence, rtol: float = 1e-9) -> Difference | None:
    """Return where a step first differs from what a learner's step returned, None for nowhere.

    What is not finite in both is no difference; nor is it evidence, see `evident`.
    """
    with np.errstate(all="ignore"):
        sizes = run.sizes
        for k, state in enumerate(run.trial.states(step)):
            for symbol, series in run.values.items():
                wanted, yours = getattr(state, symbol), series[k]
                if wanted is None:
                    continue
                close = np.abs(yours - wanted) <= rtol * sizes[symbol][k]
                if not (close | ~(np.isfinite(yours) | np.isfinite(wanted))).all():
                    t = run.trial.before[k].t if run.trial.before else run.trial.start.t + k
                    return Difference(run.trial, t + 1, symbol, yours, np.asarray(wanted))
    return None


def first_difference(step: Step, runs: Iterable[Evidence], rtol: float = 1e-9) -> Difference | None:
    """Return the first difference in all runs."""
    return next(filter(None, (difference(step, run, rtol) for run in runs)), None)


def fits(step: Step, runs: Iterable[Evidence], rtol: float = 1e-9) -> bool:
    """Say whether a suspect computes all that the learner's step did."""
    try:
        return first_difference(step, runs, rtol) is None
    except Exception:  # a slip may make a method that cannot be run
        return False


def evident(runs: list[Evidence]) -> set[str]:
    """Return the symbols that are finite often enough to tell one slip from another."""
    return {
        x
        for x in SYMBOLS
        if any(np.isfinite(run.values[x]).mean() > 0.5 for run in runs if x in run.values)
    }
