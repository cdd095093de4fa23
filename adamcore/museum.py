"""The museum of bugs: Adams with one fault each, tapes that expose them, tests put to the test.

A fault is an edit of Adam's own lines, as in `slips`; here the result is a method like any other,
so that `respond` and `descend` take it. Where a faulty line gives no number, so does the method:
nothing is refused. Each entry of theta plays a parameter of its own.
"""

import functools
import re
from dataclasses import fields
from dis import get_instructions
from typing import Any, ClassVar, NamedTuple

import numpy as np

from adamcore import learner
from adamcore.arguments import Array
from adamcore.evidence import NOT_DONE, Verdict
from adamcore.method import State
from adamcore.optimizers import Adam
from adamcore.slips import SLIPS, Edit, Slip, lines_of, with_slip
from adamcore.streams import alternating, constant, spike, zeros_then

# What some faulty lines need: a counter and averages that all parameters share.


def ticks(t: Any, g: Any) -> Any:
    """Return the counter that each parameter sees, where every one of them raises it.

    >>> ticks(1, np.ones(3)), ticks(2, np.ones(3))
    (array([1, 2, 3]), array([4, 5, 6]))
    """
    n = np.size(g)
    return (t - 1) * n + 1 + np.arange(n).reshape(np.shape(g))


def in_turn(x: Any, beta: Any, new: Any) -> Any:
    """Return one average that all parameters share, as each finds it: they update it in turn.

    >>> in_turn(np.zeros(2), 0.5, np.array([8.0, 0.0]))
    array([4., 2.])
    """
    values = np.asarray(new)
    found, one = [], np.ravel(x)[-1]
    for value in np.ravel(values):
        one = beta * one + (1 - beta) * value
        found.append(one)
    return np.array(found, values.dtype).reshape(values.shape)


# The faults


class Fault(NamedTuple):
    """A fault: the word for it, what it is, and the edits of Adam's lines that make it."""

    name: str
    says: str
    edits: tuple[Edit, ...]
    carries: tuple[str, ...] = ("m", "v")


def _both(m: str, v: str = "") -> tuple[Edit, Edit]:
    """Return the edits of both corrections; {x} and {b} are the average and its beta."""
    return (
        ("m / (1 - beta1**t)", m.format(x="m", b="beta1")),
        ("v / (1 - beta2**t)", (v or m).format(x="v", b="beta2")),
    )


AVERAGE_M, AVERAGE_V = "beta1 * m + (1 - beta1) * g", "beta2 * v + (1 - beta2) * g**2"
DENOMINATOR = "(np.sqrt(v_hat) + eps)"
RESULT = "m_hat, v_hat)"

#: The boxes of the museum, in their order there.
EXHIBITS = (
    Fault(
        "powers",
        "the corrections have no power t that grows",
        _both("{x} / (1 - {b})"),
    ),
    Fault(
        "exchanged",
        "β₁ and β₂ are exchanged",
        (("t = t + 1", "t = t + 1\nbeta1, beta2 = beta2, beta1"),),
    ),
    Fault(
        "decay",
        "a weight decay comes in through the gradient",
        (("t = t + 1", "t = t + 1\ng = g + 0.01 * theta"),),
    ),
    Fault(
        "shared",
        "one m and one v serve all parameters",
        (
            (AVERAGE_M, "in_turn(m, beta1, g)"),
            (AVERAGE_V, "in_turn(v, beta2, g**2)"),
        ),
    ),
    Fault(
        "inside",
        "ε stands inside the root",
        ((DENOMINATOR, "np.sqrt(v_hat + eps)"),),
    ),
    Fault(
        "epochs",
        "t counts epochs (of ten steps)",
        _both("{x} / (1 - {b}**(np.floor((t - 1) / 10) + 1))"),
    ),
    Fault("uncorrected", "neither average is corrected", _both("{x}")),
    Fault("square", "the square is missing in v", (("g**2", "g"),)),
    Fault(
        "carried",
        "m̂ and v̂ are carried on in the place of m and v",
        (("g, m, v", "g, m_hat, v_hat"),),
    ),
    Fault(
        "bracket",
        "a bracket is missing: ε is added to θ",
        (("/ " + DENOMINATOR, "/ np.sqrt(v_hat) + eps"),),
    ),
    Fault(
        "tensors",
        "every parameter raises the one t",
        (("t = t + 1", "t = t + 1\ntick = ticks(t, g)"), *_both("{x} / (1 - {b}**tick)")),
    ),
    Fault(
        "maximum",
        "v̂ may not fall: it is AMSGrad",
        (
            (
                "v_hat = v / (1 - beta2**t)",
                "v_hat = v / (1 - beta2**t)\nv_max = np.maximum(state.v_max, v_hat)",
            ),
            ("np.sqrt(v_hat)", "np.sqrt(v_max)"),
            (RESULT, "m_hat, v_hat, v_max)"),
        ),
        carries=("m", "v", "v_max"),
    ),
    Fault("half", "only m is corrected, v is not", _both("{x} / (1 - {b}**t)", "{x}")),
    Fault("twice", "t grows by two a step", (("t = t + 1", "t = t + 2"),)),
    Fault(
        "forgotten",
        "m and v are never stored: each step finds zeros",
        (("g, m, v", "g, state.m, state.v"),),
    ),
    Fault(
        "minus",
        "1 − is taken twice in v's correction",
        (("v / (1 - beta2**t)", "v / (1 - (1 - beta2**t))"),),
    ),
    Fault(
        "early",
        "ε is added before v is corrected",
        ((DENOMINATOR, "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),),
    ),
    Fault(
        "factor",
        "a factor is hidden in the step size: 1/√t",
        (("alpha * m_hat", "alpha / np.sqrt(t) * m_hat"),),
    ),
)

#: Others of the kind of some exhibits: a test that is worth something catches them as well.
SIBLINGS = {
    "decay": (
        Fault("small", "a decay of 0.0001", (("t = t + 1", "t = t + 1\ng = g + 0.0001 * theta"),)),
        Fault(
            "beside",
            "a decay beside the step",
            (("theta - alpha", "(1 - 0.01 * alpha) * theta - alpha"),),
        ),
        Fault(
            "bracket",
            "ε added to θ",
            (("/ " + DENOMINATOR, "/ np.sqrt(v_hat) + eps"),),
        ),
        Fault(
            "drift",
            "a decay without α beside the step",
            (("theta - alpha", "(1 - 0.01) * theta - alpha"),),
        ),
    ),
    "powers": (
        Fault("only m", "the power missing for β₁ alone", (("beta1**t", "beta1"),)),
        Fault("only v", "the power missing for β₂ alone", (("beta2**t", "beta2"),)),
        Fault("later", "t + 1 as the power", _both("{x} / (1 - {b}**(t + 1))")),
        Fault("sooner", "t − 1 as the power", _both("{x} / (1 - {b}**(t - 1))")),
        Fault("none", "no correction at all", _both("{x}")),
        Fault("half", "v left uncorrected", _both("{x} / (1 - {b}**t)", "{x}")),
        Fault(
            "epochs", "t counted in epochs", _both("{x} / (1 - {b}**(np.floor((t - 1) / 10) + 1))")
        ),
        Fault("times", "a correction that multiplies", _both("{x} * (1 - {b}**t)")),
    ),
    "shared": (
        Fault("only m", "one m for all, and many v", ((AVERAGE_M, "in_turn(m, beta1, g)"),)),
        Fault("only v", "one v for all, and many m", ((AVERAGE_V, "in_turn(v, beta2, g**2)"),)),
        Fault(
            "mean",
            "v averaged over the parameters",
            ((AVERAGE_V, "beta2 * v + (1 - beta2) * np.mean(g**2)"),),
        ),
        Fault(
            "counter",
            "one t that each parameter raises",
            (("t = t + 1", "t = t + 1\ntick = ticks(t, g)"), *_both("{x} / (1 - {b}**tick)")),
        ),
        Fault(
            "length",
            "g divided by the length of all of it",
            (("t = t + 1", "t = t + 1\ng = g / (np.linalg.norm(g) + eps)"),),
        ),
    ),
}


class Faulty(Adam):
    """An Adam with a fault: its lines as they are, and nothing refused that they give."""

    fault: ClassVar[Fault]
    lines: ClassVar[tuple[str, ...]]
    source: ClassVar[str]
    wrong: ClassVar[tuple[int, ...]]

    def step(self, state: State, g: Any) -> State:
        """Return the State after the faulty lines, in theta's dtype."""
        dtype = state.theta.dtype
        with np.errstate(all="ignore"):
            new = self.rule(state, np.array(g, dtype))
        parts: list[Any] = [x if x is None or type(x) is int else np.asarray(x, dtype) for x in new]
        return State(*parts)


@functools.cache
def adam_with(fault: Fault) -> type[Faulty]:
    """Return Adam with a fault: a class like Adam, with the lines of its rule as `lines`.

    >>> from adamcore import respond
    >>> bracket = adam_with(exhibit("bracket"))
    >>> respond(bracket(alpha=1.0), [30.0, 30.0]).steps
    array([-0.99999999, -0.99999999])
    >>> respond(bracket(alpha=1.0), [0.0, 0.0]).theta
    array([ 0., nan, nan])
    """
    text = with_slip(lines_of(Adam), Slip(fault.says, fault.edits))
    if not text:
        raise ValueError(f"the edits of {fault.name!r} have no place in Adam's lines")
    return _method(fault, text, _PAPER)


_PAPER: dict[str, str] = {}
_NAMES: tuple[dict[str, str], ...] = (
    _PAPER,
    {"theta": "p", "g": "grad", "m": "exp_avg", "v": "exp_avg_sq", "m_hat": "avg",
     "v_hat": "sq", "alpha": "lr", "t": "step"},
    {"theta": "w", "g": "dw", "m": "mom", "v": "vel", "m_hat": "mom_c", "v_hat": "vel_c",
     "alpha": "lr", "beta1": "b1", "beta2": "b2", "t": "it"},
)  # fmt: skip


def _method(fault: Fault, text: str, names: dict[str, str]) -> type[Faulty]:
    """Return the class whose rule is a text, with the names of its own that it is printed with."""
    kept = text.split("\n")[1:]  # without the line that unpacks self
    first = "state, g, alpha, beta1, beta2, eps"
    body = [*kept[:-1], kept[-1].replace("result =", "return", 1)]
    source = _renamed("\n".join([f"def step({first}):", *(f"    {line}" for line in body)]), names)
    found: dict[str, Any] = {"np": np, "State": State, "ticks": ticks, "in_turn": in_turn}
    exec(compile(source, "<a method with a fault>", "exec"), found)
    step, hyper = found["step"], [field.name for field in fields(Adam)]

    def rule(self: Adam, state: State, g: Any) -> State:
        result: State = step(state, g, *(getattr(self, name) for name in hyper))
        return result

    right = _renamed(lines_of(Adam).replace("result =", "return"), names).split("\n")
    lines = source.split("\n")
    wrong = tuple(
        number
        for number, line in enumerate(lines, 1)
        if number > 1 and line.strip() not in map(str.strip, right)
    )
    return type(
        "Adam",
        (Faulty,),
        {
            "__doc__": f"Adam, but: {fault.says}.",
            "rule": rule,
            "fault": fault,
            "carries": fault.carries,
            "lines": tuple(line.strip() for line in lines[1:]),
            "source": source,
            "wrong": wrong,
        },
    )


def _renamed(text: str, names: dict[str, str]) -> str:
    """Give the letters of the paper other names; what stands behind a dot keeps its own."""
    if not names:
        return text
    pattern = re.compile(rf"(?<![\w.])({'|'.join(names)})(?!\w)")
    return pattern.sub(lambda found: names[found[1]], text)


def exhibit(name: str) -> Fault:
    """Return the exhibit of a name; ValueError names those that there are."""
    for fault in EXHIBITS:
        if fault.name == name:
            return fault
    known = ", ".join(repr(fault.name) for fault in EXHIBITS)
    raise ValueError(f"no exhibit is called {name!r}; there are {known}")


def wrong_lines(kind: type[Faulty]) -> tuple[str, ...]:
    """Return the lines that stand where Adam has others.

    >>> wrong_lines(adam_with(exhibit("inside")))
    ('theta = theta - alpha * m_hat / np.sqrt(v_hat + eps)',)
    """
    return tuple(kind.lines[number - 2] for number in kind.wrong)


# The tapes


class Tape(NamedTuple):
    """Gradients of shape (n, d), and the theta that all parameters start from."""

    name: str
    gradients: Array
    theta: float = 0.0


def _one(g: Array) -> Array:
    return np.asarray(g, float)[:, None]


#: What a review plays, each to isolate something.
TAPES = (
    Tape("one gradient", _one(constant(1, 1))),
    Tape("constant", _one(constant(1, 12))),
    Tape("1000 times as large", _one(constant(1000, 12))),
    Tape("the other sign", _one(constant(-1, 12))),
    Tape("alternation", _one(alternating(1, -1, 12))),
    Tape("zeros, then ones", _one(zeros_then(1, 20, 40))),
    Tape("a spike, then ones", _one(spike(100, 1, 40))),
    Tape("two sizes", np.tile([1.0, 0.01], (12, 1))),
    Tape("no gradient, θ = 1", _one(constant(0, 12)), theta=1.0),
    Tape("tiny", _one(constant(1e-8, 12))),
    Tape("long and constant", _one(constant(1, 3000))),
)


def steps(method: Adam, tape: Tape) -> Array:
    """Return the steps that a method takes on a tape, in units of its alpha, shape (n, d)."""
    state = method.init(np.full(tape.gradients.shape[1:], tape.theta))
    thetas = [state.theta]
    for g in tape.gradients:
        state = method.step(state, g)
        thetas.append(state.theta)
    found: Array = np.diff(np.array(thetas), axis=0) / method.alpha
    return found


#: What differs by less than this share of alpha is rounding.
ROUNDING = 1e-9


def deviation(kind: type[Adam], tape: Tape, other: type[Adam] = Adam) -> float:
    """Return the largest difference between two methods' steps on a tape, in units of alpha.

    It is infinite where a step is no number, and 0 where there is nothing but rounding.

    >>> by_name = {tape.name: tape for tape in TAPES}
    >>> powers = adam_with(exhibit("powers"))
    >>> deviation(powers, by_name["one gradient"])
    0.0
    >>> round(deviation(powers, by_name["constant"]), 3)
    1.077
    """
    place = next((k for k, one in enumerate(TAPES) if one is tape), None)
    one = steps(kind(), tape)
    two = _right_steps(place) if other is Adam and place is not None else steps(other(), tape)
    both = np.isnan(one) & np.isnan(two)
    with np.errstate(invalid="ignore"):
        off = np.where(both, 0.0, np.nan_to_num(np.abs(one - two), nan=np.inf))
    most = float(off.max())
    return most if most > ROUNDING else 0.0


@functools.cache
def _right_steps(place: int) -> Array:
    return steps(Adam(), TAPES[place])


#: From this share of alpha on a difference is seen at a glance.
PLAIN = 0.1


@functools.cache
def deviations(fault: Fault) -> tuple[float, ...]:
    """Return how far an Adam with a fault is off on each of `TAPES`, as by `deviation`."""
    return tuple(deviation(adam_with(fault), tape) for tape in TAPES)


def telling_tape(fault: Fault) -> Tape:
    """Return the tape that says most of an exhibit: it is plain there, and few others are.

    >>> telling_tape(exhibit("decay")).name
    'no gradient, θ = 1'
    """
    plain = np.array([deviations(one) for one in EXHIBITS]) >= PLAIN
    own = np.array(deviations(fault)) >= PLAIN
    return TAPES[int(np.where(own, plain.sum(axis=0), len(EXHIBITS) + 1).argmin())]


# Tests put to the test


class _Single(Adam):
    """The right Adam in float32, whatever it is asked for."""

    def init(self, theta: Any) -> State:
        return super().init(np.asarray(theta, np.float32))


_OTHER = {"alpha": 0.02, "beta1": 0.8, "beta2": 0.99, "eps": 1e-7}
RIGHT = (Adam(), Adam(alpha=0.5), Adam(**_OTHER), _Single(), _Single(**_OTHER))

Probe = Any  # whatever a learner has written, most often a function
_FIRST = "It must begin with def test(adam):"


def grade(test: Probe, what: str | type[Faulty]) -> Verdict:
    """Say whether a test passes the right Adam and fails a faulty one, and all of its kind.

    Parameters
    ----------
    test
        ``test(adam)`` asserts something of a method. `adam` has Adam's hyper-parameters, as
        ``adam.alpha``, and `respond`, `descend`, ``adam.init`` and ``adam.step`` take it. It is
        run on the right Adam with other hyper-parameters and in float32 as well.
    what
        The name of an exhibit with siblings, of any other exhibit, or a class of `unknown`.

    Nothing that the test does makes `grade` raise; a loop that never ends is stopped. ValueError
    for an exhibit that there is not, TypeError for what is neither a name nor a class.

    >>> from adamcore import respond
    >>> def test(adam):
    ...     steps = respond(adam, [1.0]).steps
    ...     assert abs(steps[0] / adam.alpha + 1) < 1e-5
    >>> grade(test, "powers")
    The bug slips through: your test passes where the corrections have no power t that grows.
    """
    if not isinstance(what, str) and not (isinstance(what, type) and issubclass(what, Faulty)):
        raise TypeError(
            f"{str(what)[:40]} is not allowed: give the name of an exhibit in quotes, or a class of"
            " unknown(), without brackets behind it"
        )
    fault = exhibit(what) if isinstance(what, str) else what.fault
    bug = adam_with(fault) if isinstance(what, str) else what
    if test is None or test is ... or _is_stub(test):
        return NOT_DONE
    if not callable(test):
        return Verdict(False, f"test is {type(test).__name__}, and no function. {_FIRST}")
    with learner.quiet():
        return _graded(test, fault, bug, isinstance(what, str))


def _is_stub(test: Probe) -> bool:
    """Say whether there is nothing in a test yet, or a blank (`...`) where something must be."""
    code = getattr(test, "__code__", None)
    return code is not None and (... in code.co_consts or code.co_code == _empty.__code__.co_code)


def _asserts(test: Probe) -> bool:
    """Say whether a test has an assert in its own lines, or lines that cannot be read."""
    if not hasattr(test, "__code__"):
        return True
    return any(
        "ASSERTION" in f"{one.opname} {one.argrepr}".upper() for one in get_instructions(test)
    )


def _empty(adam: Adam) -> None:
    pass


def _graded(test: Probe, fault: Fault, bug: type[Faulty], named: bool) -> Verdict:
    for adam in RIGHT:
        error = _error(test, adam)
        if isinstance(error, AssertionError):
            return Verdict(False, _too_strict(adam, error, test))
        if error is not None:
            return Verdict(False, _stopped(error, test, "the right Adam"))
    error = _error(test, bug())
    where = f"where {fault.says}" if named else "on the unknown Adam"
    if error is None:
        hint = "" if _asserts(test) else " It has no assert of its own."
        return Verdict(False, f"The bug slips through: your test passes {where}.{hint}")
    if not isinstance(error, AssertionError):
        return Verdict(False, _stopped(error, test, "the faulty Adam"))
    loose = []
    kind = SIBLINGS.get(fault.name, ()) if named else ()
    for other in kind:
        error = _error(test, adam_with(other)())
        if error is None:
            loose.append(other.says)
        elif not isinstance(error, AssertionError):
            return Verdict(False, _stopped(error, test, f"an Adam with {other.says}"))
    if loose:
        return Verdict(
            False,
            f"Your test catches the bug. Of its kind there slips through: {'; '.join(loose)}.",
        )
    others = f", and {len(kind)} others of its kind" if kind else ""
    return Verdict(True, f"Right: your test passes the right Adam and catches the bug{others}.")


def _error(test: Probe, adam: Adam) -> BaseException | None:
    value, error = learner.attempt(test, adam)
    if error is None and value is not None:
        return TypeError(
            f"it returned {str(value)[:40]}: a test says nothing back, it has a line with assert"
        )
    return error


def _too_strict(adam: Adam, error: BaseException, test: Probe) -> str:
    line = _line(error, test)
    if not isinstance(adam, _Single):
        usual = "" if adam == Adam() else " Use adam.alpha, adam.beta1, adam.beta2 and adam.eps."
        return f"Your test fails{line} on the right {adam!r}: it asks for what is not so.{usual}"
    return (
        f"Your test fails{line} on the right Adam in float32, by rounding: allow a difference of"
        " about 1e-5 of a step."
    )


def _line(error: BaseException, test: Probe) -> str:
    lines = learner.own_lines(error, test)
    return f" in line {lines[-1]}" if lines else ""


def _stopped(error: BaseException, test: Probe, on: str) -> str:
    """Say what stopped a test that should have passed or failed."""
    where = _line(error, test)
    if isinstance(error, learner.EndlessError):
        return f"Your test was stopped{where}, after a million instructions: does a loop never end?"
    if isinstance(error, learner.AskedError):
        return f"Your test stopped{where}: nobody answers input() here."
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300].rstrip(".")
    if isinstance(error, TypeError) and not where and "returned" not in what:
        return f"Your test could not be called: {what}. {_FIRST}"
    return f"Your test stopped{where} on {on}, and did not fail: {what}. Only an assert fails."


# Unknown Adams


@functools.cache
def unknown(seed: int) -> type[Faulty]:
    """Return an Adam with a fault that is none of the exhibits; its code is in `source`.

    The same seed gives the same Adam. Its letters may have other names, as in other people's code.
    TypeError for a seed that is no whole number, ValueError for a negative one.

    >>> print(unknown(2026).source.split(chr(10))[0])
    def step(state, grad, lr, beta1, beta2, eps):
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed = {seed!r} is not allowed: it must be a whole number")
    if seed < 0:
        raise ValueError(f"seed = {seed} is not allowed: it must be 0 or more")
    rng = np.random.default_rng(seed)
    known = {adam_with(fault).lines for fault in EXHIBITS}
    says = sorted({slip.says for slip in SLIPS})
    while True:
        said = says[int(rng.integers(len(says)))]
        some = [slip for slip in SLIPS if slip.says == said]
        slip = some[int(rng.integers(len(some)))]
        names = _NAMES[int(rng.integers(len(_NAMES)))]
        text = with_slip(lines_of(Adam), slip)
        if not text or text == lines_of(Adam) or "v_max" in text:
            continue
        fault = Fault(f"unknown {seed}", slip.says, slip.edits)
        try:
            kind = _method(fault, text, names)
            seen = any(deviation(kind, tape) > 1e-3 for tape in TAPES[:-1])
        except (SyntaxError, TypeError, ValueError):  # runs with a State of its own only
            continue
        if seen and _method(fault, text, _PAPER).lines not in known:
            return kind


def numbered(kind: type[Faulty]) -> str:
    """Return the code of an Adam with the numbers of its lines."""
    lines = kind.source.split("\n")
    return "\n".join(f"{number:2}  {line}" for number, line in enumerate(lines, 1))


def review(test: Probe, line: Any, kind: type[Faulty]) -> Verdict:
    """Say whether a test catches an unknown Adam, and whether a line is the one to blame.

    >>> review(None, None, unknown(1))
    Not done yet.
    """
    verdict = grade(test, kind)
    if not verdict.passed:
        return verdict
    last = kind.source.count("\n") + 1
    if line is None or line is ...:
        return Verdict(False, "Your test catches it. Which line is to blame? Give its number.")
    if isinstance(line, bool) or not isinstance(line, int | np.integer) or not 1 <= line <= last:
        return Verdict(False, f"line = {line!r} is no line of it: give a number from 1 to {last}.")
    if line not in kind.wrong:
        return Verdict(False, f"Your test catches it, but line {line} is as it should be.")
    return Verdict(True, f"Right: in line {line}, {kind.fault.says}.")
