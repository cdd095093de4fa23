"""Tell a learner where his own step first differs from the method, and which slip it looks like.

A slip is named only when the method with that slip computes all that the learner's step returned,
everywhere: see `slips` and `evidence`. Otherwise he gets the symbol and its numbers.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

from adamcore import learner
from adamcore.arguments import Array
from adamcore.evidence import (
    NOT_DONE,
    SYMBOLS,
    Answered,
    Difference,
    Evidence,
    Trial,
    Verdict,
    difference,
    evidence,
    evident,
    first_difference,
    fits,
    returned_by,
    right,
    same,
    trials,
)
from adamcore.method import Method
from adamcore.slips import Slip, Suspect, own_number, suspect, suspects
from adamcore.streams import alternating, constant, spike, zeros_then

__all__ = ["NOT_DONE", "Verdict", "check", "check_value"]


def check(learner_step: Callable[..., Any], reference: Method) -> Verdict:
    """Compare a learner's step with a method's, symbol by symbol, and name what is wrong.

    Parameters
    ----------
    learner_step
        A function of the State before the step, the gradient there, and the method's
        hyper-parameters by name; it returns the State after the step. m_hat and v_hat may be
        left out of it. Nothing that it does makes `check` raise; loops that never end are
        stopped, but a single call that never comes back (`time.sleep`) is waited for.
    reference
        The method it should agree with, its hyper-parameters single numbers. TypeError for
        anything else.

    Examples
    --------
    >>> from adamcore import Momentum, State
    >>> def my_step(state, g, alpha, beta1):
    ...     t = state.t + 1
    ...     m = beta1 * state.m + g
    ...     theta = state.theta - alpha * m
    ...     return State(theta, t, g, m)
    >>> check(my_step, Momentum(alpha=0.1))  # doctest: +NORMALIZE_WHITESPACE
    m differs at t = 1: it looks as if (1 - beta1) is missing before g.
    It shows at once: with the gradients 1, 1, 1, ... your steps are -0.1, -0.19, -0.271
    where -0.01, -0.019, -0.0271 are right.
    """
    _check_reference(reference)
    with learner.quiet() as printed:
        try:
            verdict = _judged(learner_step, reference, printed)
        except Answered as answered:
            verdict = answered.verdict
    if printed.cut:
        note = f"(Your step prints a lot: the first {learner.SHOWN} lines are shown.)"
        verdict = replace(verdict, shows=f"{verdict.shows} {note}".strip())
    return verdict


def check_value(
    answer: Any,
    expected: float,
    rtol: float = 0.01,
    gives: Callable[[float], float] | None = None,
) -> Verdict:
    """Compare a predicted number with the right one, which the message does not give away.

    Where an exercise asks for the number with which something comes out as `expected`, `gives`
    computes that something from the learner's number, and it is that which is compared.

    >>> check_value(None, 0.5), check_value(5, 0.5), check_value(0.501, 0.5)
    (Not done yet., Not yet: your number is too large., Right.)
    >>> check_value(3, 0.5, gives=lambda x: 1 / x), check_value(2, 0.5, gives=lambda x: 1 / x)
    (Not yet: what your number gives is too small., Right.)
    """
    if answer is None or answer is ...:
        return NOT_DONE
    try:
        x = float(answer)
    except OverflowError:
        x = math.inf
    except Exception:
        return Verdict(False, "The answer must be a number.")
    if math.isclose(x, expected, rel_tol=rtol) and gives is None:
        return Verdict(True, "Right.")
    if not math.isfinite(x):
        return Verdict(False, "The answer must be a finite number.")
    what = "your number"
    if gives is not None:
        what = "what your number gives"
        try:
            with np.errstate(all="ignore"):
                x = float(gives(x))
        except ArithmeticError:
            x = math.nan
        except Exception as error:
            return Verdict(False, f"Not yet: {error}.")
        if not math.isfinite(x):
            return Verdict(False, f"Not yet: {what} is not finite.")
        if math.isclose(x, expected, rel_tol=rtol):
            return Verdict(True, "Right.")
    if x * expected < 0:
        sign = "the sign is the other one" if gives is None else f"{what} has the other sign"
        return Verdict(False, f"Not yet: {sign}.")
    size = "large" if abs(x) > abs(expected) else "small"
    return Verdict(False, f"Not yet: {what} is too {size}.")


def _check_reference(reference: Any) -> None:
    if not isinstance(reference, Method):
        raise TypeError(
            f"reference = {reference!r} is not allowed: it must be a method with its"
            " hyper-parameters, as in check(my_step, Adam())"
        )
    for field in fields(reference):
        if np.ndim(getattr(reference, field.name)):
            raise TypeError(
                f"{field.name} of the reference is an array: to check a step it must be one number"
            )


def _judged(step: Callable[..., Any], reference: Method, printed: learner.Printed) -> Verdict:
    usual, *others, late = trials(reference)
    runs = [evidence(step, usual)]
    printed.mute()  # it has been seen
    _refuse_memory(step, runs[0])
    runs += [evidence(step, trial) for trial in others]
    if not runs[0].extra:  # nobody knows what it would be by then
        runs.append(evidence(step, late))
    wrong = first_difference(right, runs)
    if wrong is None:
        return _passed(runs, reference)
    message = _own_numbers(runs, reference) or _named(step, runs, reference, wrong)
    return Verdict(False, message, _where_it_shows(step, reference))


def _passed(runs: list[Evidence], reference: Method) -> Verdict:
    """Pass a step that is right, unless it has left g, m_hat or v_hat as they were."""
    old = [x for x in ("m_hat", "v_hat", "g") if x in runs[0].kept & {*runs[0].trial.symbols}]
    if old:
        return Verdict(
            False,
            f"{_and(old)} of the step before {'are' if old[1:] else 'is'} still in your State, the"
            " rest is right: state._replace keeps what it is not told. Make a new one:"
            f" return State({', '.join(runs[0].trial.symbols)}).",
        )
    if "g" not in runs[0].values:
        return Verdict(
            False, "g is missing in the State that your step returns, the rest is right."
        )
    return Verdict(True, f"Right: every symbol agrees with {type(reference).__name__}'s.")


def _refuse_memory(step: Callable[..., Any], run: Evidence) -> None:
    """Refuse a step that answers the same question in two ways: it keeps something to itself."""
    state, trial = run.trial.start, run.trial
    for g in trial.gradients:
        once, twice = (returned_by(step, trial, state, g)[0] for _ in range(2))
        if str(once.t) != str(twice.t) or not all(map(same, once, twice)):
            was = "wrong" if difference(right, run) else "right"
            parts = [f"state.{symbol}" for symbol in ("theta", "t", *trial.method.carries)]
            raise Answered(
                "Your step keeps something from call to call (in self, a global, a list) or draws"
                " at random: called twice with the same state and g, it gives two answers. The"
                f" first run was {was}. Take {_and(parts)} instead, and return the new ones."
            )
        state = once


# What is said of a wrong one


def _own_numbers(runs: list[Evidence], reference: Method) -> str:
    """Say which arguments are not used by a step that is right for the reference's own numbers."""
    if difference(right, runs[0]):
        return ""
    hyper, other = runs[0].trial.hyper, runs[1].trial.hyper
    for some in _subsets(hyper):
        wrong = suspect(reference, own_number({name: hyper[name] for name in some}))
        if wrong and fits(wrong.step, runs):
            own, many = (f"{name} = {hyper[name]:g}" for name in some), len(some) > 1
            return (
                f"Right for {_and(own)}, but not for {_and(f'{other[name]:g}' for name in some)}:"
                f" use the argument{'s' * many} {_and(some)}, not"
                f" {'numbers' if many else 'a number'} of your own."
            )
    return ""


def _subsets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    names = list(names)
    return itertools.chain.from_iterable(
        itertools.combinations(names, n + 1) for n in range(len(names))
    )


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _some_number(step: Callable[..., Any], runs: list[Evidence], reference: Method) -> str:
    """Say which arguments are not used everywhere, by a step that is right for its own numbers."""
    own = replace(runs[2].trial, method=reference)
    if difference(right, runs[0]) or difference(right, evidence(step, own)):
        return ""
    changed = {
        name: f"{name} = {x:g}"
        for name, x in own.hyper.items()
        for other in [replace(reference, **{name: runs[2].trial.hyper[name]})]
        if difference(right, evidence(step, replace(own, method=other)))
    }
    if not changed:
        return ""
    return (
        f"Right for {_and(changed.values())}, but not for every other number: somewhere a number"
        f" of your own stands where {_and(changed)} belong{'s' * (len(changed) == 1)}."
    )


def _named(
    step: Callable[..., Any], runs: list[Evidence], reference: Method, wrong: Difference
) -> str:
    """Name the slips, if there are such; otherwise say what differs, with its numbers."""
    where = f"{wrong.symbol} differs at t = {wrong.t}"
    dtype = min(run.dtype for run in runs)
    rough = 100 * float(np.finfo(dtype).eps) if dtype != np.float64 else 0.0
    if rough and fits(right, runs, rough):
        return (
            f"{where}, by rounding alone: it looks as if you compute in {dtype}. What your step is"
            " given is float64: leave it so (no astype, no dtype=)."
        )
    if wrong.symbol in evident(runs):
        found = _culprit(runs, reference, rough or 1e-9)
        if found:
            too = f" (And you compute in {dtype}.)" if rough else ""
            return f"{where}: it looks as if {', and '.join(found.says)}.{too}"
        if fits(right, runs, 1e-5):
            return f"{where}, but in its last digits only, as in float32: {_numbers(wrong)}."
        number = _some_number(step, runs, reference)
        if number:
            return number
    return f"{where}: {_factor(runs[1:3], wrong.symbol) or _numbers(wrong)}.{_remark(runs, wrong)}"


def _culprit(runs: list[Evidence], reference: Method, rtol: float) -> Suspect | None:
    """Return the method with one slip, or with two, that computes all that the learner's did."""
    runs = [*runs[1:], runs[0]]  # the one that tells most comes first
    alone = list(suspects(reference))
    for _, one in alone:
        if fits(one.step, runs, rtol):
            return one
    if not evident(runs) >= {*runs[0].values}:  # a second slip could hide in what is not finite
        return None
    for first, second in _pairs(alone, runs[0], rtol):
        two = suspect(reference, first, second) or suspect(reference, second, first)
        if two and fits(two.step, runs, rtol):
            return two
    return None


def _pairs(
    alone: list[tuple[Slip, Suspect]], run: Evidence, rtol: float
) -> Iterator[tuple[Slip, Slip]]:
    """Yield the pairs of slips that can explain the first symbol that a learner has wrong.

    Neither changes what he has right before it. One of them alone makes it what it is, or both
    change it.
    """
    order = [x for x in SYMBOLS if x in run.values]
    wrong = next((x for x in order if difference(right, run.of(x), rtol)), None)
    if wrong is None:
        return
    before, this = run.of(*order[: order.index(wrong)]), run.of(wrong)
    wanted = [getattr(x, wrong) for x in run.trial.states(right)]
    unchanged = Evidence(run.trial, {wrong: np.array(wanted, np.float64)})
    some = [x for x, one in alone if not x.alone and fits(one.step, [before], rtol)]
    steps = dict(alone)
    explains = [x for x in some if fits(steps[x].step, [this], rtol)]
    changes = [x for x in some if not fits(steps[x].step, [unchanged], rtol)]
    yield from ((x, y) for x in explains for y in some if x is not y)
    yield from itertools.combinations(changes, 2)


def _numbers(wrong: Difference) -> str:
    """Say what is there and what should be, with as many digits as it takes to differ."""
    for digits in range(4, 18):
        yours, wanted = (_in_digits(x, digits) for x in (wrong.yours, wrong.right))
        if yours != wanted:
            break
    return f"{yours} where {wanted} is right"


def _in_digits(x: Array, digits: int) -> str:
    return np.array2string(x, formatter={"float_kind": lambda x: f"{x:.{digits}g}"})


def _factor(runs: list[Evidence], symbol: str) -> str:
    """Say by which factor all that a learner has of a symbol is wrong, if there is one."""
    for run in runs if symbol not in ("t", "g") else []:
        trial, yours = run.trial, run.values.get(symbol)
        wanted = np.array([getattr(x, symbol) for x in trial.states(right)])
        if yours is None:
            continue
        if symbol == "theta":
            start = np.array([x.theta for x in trial.before or [trial.start]])
            yours, wanted = (
                x - (start if trial.before else np.vstack([start, x[:-1]])) for x in (yours, wanted)
            )
        some = np.abs(wanted) > 1e-6 * np.abs(wanted).max()
        with np.errstate(all="ignore"):
            ratio = yours[some] / wanted[some]
        if np.isfinite(ratio).all() and ratio[0] and np.ptp(ratio) <= 1e-6 * abs(ratio[0]):
            what = "each step" if symbol == "theta" else f"all of {symbol}"
            return f"{what} is {ratio[0]:.4g} times the right one{_known(ratio[0], trial.hyper)}"
    return ""


def _known(factor: float, hyper: dict[str, float]) -> str:
    """Say which hyper-parameter a factor is, or 1 minus which, or 1 over that."""
    known = hyper | {f"1 - {name}": 1 - x for name, x in hyper.items() if name.startswith("beta")}
    known |= {f"1 / ({name})" if " " in name else f"1 / {name}": 1 / x for name, x in known.items()}
    same = [name for name, x in known.items() if math.isclose(factor, x, rel_tol=1e-6)]
    return f", and {same[0]} is {factor:.4g}" if same else ""


def _remark(runs: list[Evidence], wrong: Difference) -> str:
    """Say what can be seen in wrong numbers as such."""
    if not np.isfinite(wrong.yours).all():
        return " (inf comes of a division by 0, nan of 0/0 or the root of a negative number.)"
    values = [run.values[wrong.symbol] for run in runs if wrong.symbol in run.values]
    if wrong.symbol != "t" and all((x == np.round(x)).all() for x in values):
        return " (All of your numbers are whole: something makes ints of them.)"
    return ""


# Where it shows


def _where_it_shows(step: Callable[..., Any], reference: Method) -> str:
    """Say on which gradients a wrong step is seen to be wrong, and how soon."""
    nothing: Array = np.empty(0)
    soonest, most = ("", STEPS, nothing, nothing), 0.0
    for name, g in _ordinary(reference).items():
        try:
            mine, wanted = _steps(step, reference, g)
        except Answered:
            return ""
        size = np.maximum(np.abs(wanted), 0.01 * np.abs(wanted).max())
        part = np.nan_to_num(np.abs(mine - wanted) / size, nan=math.inf)
        k = int(np.argmax(part > 0.01)) if (part > 0.01).any() else STEPS
        if k < soonest[1]:
            soonest = name, k, mine, wanted
        if k == 0:
            break
        most = max(most, part.max())
    name, k, mine, wanted = soonest
    if not name and most < 1e-12:
        if not difference(right, evidence(step, trials(reference)[0])):
            return ""  # nothing is wrong with the reference's own numbers
        return "The steps are right: only what is returned beside theta is not."
    if not name:
        return (
            "You might never see it: on all gradients tried here the steps are off by"
            f" {100 * most:.1g} % at most."
        )
    when = f"from step {k + 1} on" if k else "at once"
    ones = next(iter(_ordinary(reference)))
    elsewhere = f" With {ones} it does not." if name != ones else ""
    return (
        f"It shows {when}: with the gradients {name} your steps are {_list(mine[k : k + 3])} where"
        f" {_list(wanted[k : k + 3])} are right.{elsewhere}"
    )


STEPS = 25  # in which it shows, or not


def _ordinary(reference: Method) -> dict[str, Array]:
    """Return gradients that one can think of, the most ordinary first."""
    eps = getattr(reference, "eps", 0.0)
    streams = {
        "1, 1, 1, ...": constant(1, STEPS),
        "1, -1, 1, -1, ...": alternating(1, -1, STEPS),
        "0, 0, 0, 1, 1, 1, ...": zeros_then(1, 3, STEPS),
        "100, 1, 1, 1, ...": spike(100, 1, STEPS),
        "1, 1, 1, ... beside another coordinate's 10, 10, 10, ...": np.tile(
            [1.0, 10.0], (STEPS, 1)
        ),
    }
    if eps:
        streams[f"{eps:g}, {eps:g}, {eps:g}, ..., as small as eps"] = constant(eps, STEPS)
    return streams


def _steps(step: Callable[..., Any], reference: Method, g: Array) -> tuple[Array, Array]:
    """Return how far the first coordinate moves with a learner's step, and how far it should."""
    g = g.reshape(STEPS, -1)
    trial = Trial(reference, reference.init(np.ones(g.shape[1])), g)
    state, thetas = trial.start, [trial.start.theta]
    for each in g:
        state, _ = returned_by(step, trial, state, each)
        thetas.append(state.theta)
    wanted = [trial.start.theta, *(x.theta for x in trial.states(right))]
    return np.diff(np.array(thetas), axis=0)[:, 0], np.diff(np.array(wanted), axis=0)[:, 0]


def _list(x: Array) -> str:
    return ", ".join(f"{each:.3g}" for each in x)
