"""The check passes what is right, names what is wrong, and survives whatever a learner writes."""

import functools
import itertools
import re
import sys
import sysconfig
import warnings
from dataclasses import fields

import numpy as np
import pytest

from adamcore import SGD, Adam, HeavyBall, Momentum, RMSProp, State, check, check_value
from adamcore.evidence import UNLIKE, Trial, right, trials
from adamcore.slips import SLIPS, suspect, suspects
from adamcore.streams import telling
from adamcore.tests.test_relations import METHODS

COURSE = [SGD(0.1), Momentum(0.1), RMSProp(0.1), Adam()]


def right_adam(state, g, alpha, beta1, beta2, eps):
    t = state.t + 1
    m = state.m + (1 - beta1) * (g - state.m)
    v = beta2 * state.v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return State(state.theta - alpha * m_hat / (v_hat**0.5 + eps), t, g, m, v)


@pytest.mark.parametrize("method", COURSE, ids=lambda m: type(m).__name__)
def test_the_methods_themselves_pass(method):
    def learner(state, g, **hyper):
        return type(method)(**hyper).step(state, g)

    verdict = check(learner, method)
    assert verdict
    assert repr(verdict) == f"Right: every symbol agrees with {type(method).__name__}'s."


def test_other_orders_of_the_same_arithmetic_pass():
    assert check(right_adam, Adam())


def test_an_unknown_slip_is_shown_with_what_is_right():
    def odd(state, g, alpha):
        return State(state.theta - alpha * g - 1, state.t + 1, g)

    assert check(odd, SGD(0.1)).message.startswith("theta differs at t = 1: [")
    assert "is right" in check(odd, SGD(0.1)).message


def test_numbers_of_the_learners_own_are_found():
    def stubborn(state, g, alpha, beta1):
        m = 0.9 * state.m + (1 - 0.9) * g
        return State(state.theta - alpha * m, state.t + 1, g, m)

    message = "Right for beta1 = 0.9, but not for 0.83: use the argument beta1"
    assert check(stubborn, Momentum(0.1)).message.startswith(message)


def stub(state, g, **hyper):
    return None


def stub_with_dots(state, g, **hyper):
    return ...


def stub_not_implemented(state, g, **hyper):
    raise NotImplementedError


def stub_with_blanks(state, g, **hyper):
    m = ...
    return State(state.theta, state.t + 1, g, m)


def stub_that_computes_with_blanks(state, g, alpha, **hyper):
    m = ...
    return State(state.theta - alpha * m, state.t + 1, g, m)


def test_a_name_with_ellipsis_in_it_is_not_a_blank():
    def misspells(state, g, **hyper):
        return ellipsis_m  # noqa: F821

    message = check(misspells, Momentum(0.1)).message
    assert re.search("NameError: name 'ellipsis_m' is not defined", message)


@pytest.mark.parametrize(
    "learner",
    [stub, stub_with_dots, stub_not_implemented, stub_with_blanks, stub_that_computes_with_blanks],
)
def test_a_stub_is_not_done_yet(learner):
    verdict = check(learner, Momentum(0.1))
    assert (bool(verdict), str(verdict)) == (False, "Not done yet.")


class UnspeakableError(Exception):
    def __str__(self):
        raise ValueError


class Unconvertible:
    def __array__(self, *args, **kwargs):
        raise RuntimeError


def breaks(state, g, **hyper):
    return 1 / 0


def leaves(state, g, **hyper):
    raise SystemExit


def mumbles(state, g, **hyper):
    raise UnspeakableError


def warns(state, g, **hyper):
    warnings.warn("careful", stacklevel=1)
    return np.zeros(1) / 0


@pytest.mark.parametrize(
    ("learner", "says"),
    [
        (breaks, r"Your step stopped in line \d+: ZeroDivisionError: division by zero"),
        (leaves, "SystemExit"),
        (mumbles, "Unspeakable"),
        (warns, "must return a State; it returned ndarray"),
        (lambda state, g: state, r"could not be called with \(state, g, alpha=0.1, beta1=0.9\)"),
        (3, "could not be called"),
        (None, "could not be called"),
        (lambda s, g, **h: "theta", "it returned str"),
        (lambda s, g, **h: s._replace(t=1, m=None), "m is missing in the State"),
        (lambda s, g, **h: s, "t differs at t = 1: your step returns the state as it came"),
        (lambda s, g, **h: s._replace(t="1st"), "t differs at t = 1: it must be numbers"),
        (lambda s, g, **h: s._replace(t=1, m="m"), "m differs at t = 1: it must be numbers"),
        (lambda s, g, **h: s._replace(t=1, m=Unconvertible()), "it must be numbers"),
        (lambda s, g, **h: s._replace(t=1, m=g, v=0.0, m_hat=g), "m differs at t = 1"),
        (lambda s, g, **h: s._replace(t=1, m=0.0), r"its shape is \(\) and must be \(3,\)"),
    ],
)
def test_whatever_a_learner_writes_is_answered(learner, says):
    verdict = check(learner, Momentum(0.1))
    assert not verdict
    assert re.search(says, verdict.message), verdict.message


@pytest.mark.parametrize("symbol", ["theta", "m", "g"])
def test_writing_into_what_was_given_is_found(symbol):
    def writes(state, g, alpha, beta1):
        after = Momentum(alpha, beta1).step(state, g)
        array = g if symbol == "g" else getattr(state, symbol)
        array += 1
        return after

    message = f"Your step writes into the {symbol} that it was given"
    assert check(writes, Momentum(0.1)).message.startswith(message)


def test_a_method_without_source_is_checked_without_guesses():
    namespace = {}
    exec("def rule(self, state, g): return state._replace(t=state.t + 1, g=g)", namespace)
    still = type("Still", (SGD,), {"rule": namespace["rule"]})(0.1)
    assert check(lambda s, g, alpha: namespace["rule"](still, s, g), still)
    message = check(lambda s, g, alpha: s._replace(t=3, g=g), still).message
    assert message == "t differs at t = 1: 3 where 1 is right."


def test_a_prediction_is_judged_without_telling_the_answer():
    for answer, passed, says in (
        (None, False, "Not done yet."),
        (..., False, "Not done yet."),
        (0.3157, True, "Right."),
        ("0.316", True, "Right."),
        (0.4, False, "Not yet: your number is too large."),
        (0.2, False, "Not yet: your number is too small."),
        (-0.316, False, "Not yet: the sign is the other one."),
        ("a third", False, "The answer must be a number."),
        (float("nan"), False, "The answer must be a finite number."),
    ):
        verdict = check_value(answer, 0.316)
        assert (bool(verdict), str(verdict)) == (passed, says)


def test_what_a_number_gives_is_compared_where_that_is_asked():
    def size(spike):
        if spike == 13:
            raise ValueError("spike = 13 is not allowed")
        return 1 / spike if spike else {}["no"]

    for answer, passed, says in (
        (None, False, "Not done yet."),
        (2, True, "Right."),
        (0.5, False, "Not yet: what your number gives is too large."),
        (9, False, "Not yet: what your number gives is too small."),
        (-2, False, "Not yet: what your number gives has the other sign."),
        (13, False, "Not yet: spike = 13 is not allowed."),
        (0, False, "Not yet: 'no'."),
        ("two", False, "The answer must be a number."),
        (float("inf"), False, "The answer must be a finite number."),
    ):
        verdict = check_value(answer, 0.5, gives=size)
        assert (bool(verdict), str(verdict)) == (passed, says)


@pytest.mark.parametrize("gives", [lambda x: x**1e9, lambda x: x / 0, lambda x: np.float64(x) / 0])
def test_what_a_number_gives_may_have_no_end(gives):
    assert str(check_value(2.0, 0.5, gives=gives)) == (
        "Not yet: what your number gives is not finite."
    )


# What the trials tell apart


def test_no_two_hyper_parameters_can_stand_for_each_other():
    values = {name: x for name, x in UNLIKE.items() if name != "beta"}  # never beside beta1
    made = dict(values)
    for name, x in values.items():
        made |= {f"1 - {name}": 1 - x, f"{name}**2": x**2, f"root of {name}": x**0.5}
    made |= {
        f"{a} * {b}": x * y
        for (a, x), (b, y) in itertools.combinations(list(made.items()), 2)
        if a.split()[-1] != b.split()[-1]
    }
    made |= {f"1 / {name}": 1 / x for name, x in made.items()}
    for (a, x), (b, y) in itertools.pairwise(sorted(made.items(), key=lambda item: item[1])):
        assert y / x > 1 + 1e-6, (a, b)


def test_the_telling_stream_has_all_that_tells_methods_apart():
    g = telling()
    state, v = Adam(**{x: UNLIKE[x] for x in ("alpha", "beta1", "beta2", "eps")}).init(g[0]), []
    for each in g:
        state = Adam().step(state, each)
        v.append(state.v_hat)
    assert (np.diff(v, axis=0) < 0).any(axis=0).all()
    assert (g == 0).all(axis=1).any()
    assert (np.sign(g).min(axis=0) < 0).all()
    assert (np.sign(g).max(axis=0) > 0).all()
    assert (np.abs(g) < 2 * UNLIKE["eps"]).any()
    assert len(g) > 40


def test_every_method_of_the_package_parts_from_every_other():
    ways = {}
    for method in METHODS:
        own = type(method)(**{x.name: UNLIKE[x.name] for x in fields(method)})
        state = own.init([1.0, -2.0, 0.5, 3.0])
        theta = [(state := own.step(state, g)).theta for g in telling()]
        ways[type(method).__name__] = np.array(theta)
    for (a, x), (b, y) in itertools.combinations(ways.items(), 2):
        assert (np.abs(x - y) > 1e-5).any(axis=0).all(), (a, b)


def numbers(step, *some):
    """Return what a step makes of each symbol in some trials, or None where it cannot be run."""
    try:
        made = [list(trial.states(step)) for trial in some]
        return {
            symbol: np.concatenate(
                [np.ravel([getattr(x, symbol) for x in run]) for run in made]
            ).astype(np.float64)
            for symbol in some[0].symbols
            if symbol != "g"
        }
    except Exception:
        return None


def equal(x, y, symbols, rtol):
    return all(
        (np.isclose(x[s], y[s], rtol, 1e-3 * rtol) | ~(np.isfinite(x[s]) | np.isfinite(y[s]))).all()
        for s in symbols
    )


def elsewhere(method):
    """Return a trial that `check` does not make: other numbers, gradients and start."""
    rng = np.random.default_rng(5)
    other = type(method)(**{x.name: rng.uniform(0.2, 0.8) for x in fields(method)})
    g = rng.standard_normal((60, 3)) * (rng.random((60, 3)) < 0.8) * [1, 5, 0.2]
    return Trial(other, other.init(rng.standard_normal(3)), g)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("method", COURSE, ids=lambda m: type(m).__name__)
def test_slips_and_pairs_of_slips_that_agree_in_the_trials_are_the_same(method):
    """All slips are compared with all others, and so are pairs of slips: of Adam's, every ninth."""
    _, guided, free, late = trials(method)
    short = Trial(guided.method, guided.start, guided.gradients[:4], guided.before[:4])
    alone = list(suspects(method))
    some = [x for x, _ in alone if not x.alone]
    pairs = list(itertools.combinations(some, 2))[:: 9 if isinstance(method, Adam) else 1]
    steps = {(): right} | {(x,): one.step for x, one in alone}
    steps |= {pair: two.step for pair in pairs if (two := suspect(method, *pair))}
    made = {slips: numbers(step, short) for slips, step in steps.items()}
    made = {x: y for x, y in made.items() if y and np.isfinite(y["theta"]).mean() > 0.5}
    assert len(made) > 0.7 * len(steps)  # the others get no name from `check`
    everything = functools.cache(lambda slips: numbers(steps[slips], guided, free, late))
    other = functools.cache(lambda slips: numbers(steps[slips], elsewhere(method)))
    for symbols in {(*made[()],), tuple(x for x in made[()] if not x.endswith("_hat"))}:
        groups = {}
        for slips, x in made.items():
            key = tuple(f"{z:.6g}" for symbol in symbols for z in x[symbol])
            groups.setdefault(key, []).append(slips)
        assert len(groups) > len(some)
        for group in groups.values():
            for a, b in itertools.combinations(group, 2):
                if equal(everything(a), everything(b), symbols, 1e-9):
                    assert equal(other(a), other(b), symbols, 1e-6), (a, b)


def test_every_slip_has_a_place_in_some_method():
    placed = {slip for method in METHODS for slip, _ in suspects(method)}
    assert {x.says for x in SLIPS} == {x.says for x in placed if x in SLIPS}


# What a learner may do besides


class Keeper:
    """Adam that keeps its averages to itself."""

    def __init__(self, reset=False):
        self.m = self.v = self.t = 0
        self.reset = reset

    def step(self, state, g, alpha, beta1, beta2, eps):
        if self.reset and state.t == 0:
            self.m = self.v = self.t = 0
        self.t += 1
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        scale = np.sqrt(self.v / (1 - beta2**self.t)) + eps
        theta = state.theta - alpha * self.m / (1 - beta1**self.t) / scale
        return State(theta, self.t, g, self.m, self.v)

    __call__ = step


class Pure(Keeper):
    def step(self, state, g, alpha, beta1, beta2, eps):
        return right_adam(state, g, alpha, beta1, beta2, eps)


@pytest.mark.parametrize("learner", [Keeper().step, Keeper(reset=True).step, Keeper()])
def test_a_step_that_keeps_something_hears_so(learner):
    message = check(learner, Adam()).message
    assert "keeps something from call to call" in message
    assert "The first run was right. Take state.theta, state.t, state.m and state.v" in message


def test_a_step_may_be_a_method_of_an_object():
    assert check(Pure().step, Adam())


def test_a_step_that_draws_at_random_hears_so():
    rng = np.random.default_rng(0)
    learner = lambda s, g, alpha: State(s.theta - alpha * g * rng.random(), s.t + 1, g)  # noqa: E731
    assert "draws at random" in check(learner, SGD(0.1)).message


def test_a_class_is_no_step():
    class MyAdam:
        def __init__(self, state, g, **hyper):
            pass

    assert "That is a class" in check(MyAdam, Adam()).message


def float32(state, g, alpha, beta1, beta2, eps):
    state = State(*(x.astype(np.float32) if isinstance(x, np.ndarray) else x for x in state))
    return right_adam(state, g.astype(np.float32), alpha, beta1, beta2, eps)


def test_float32_is_called_by_its_name():
    message = check(float32, Adam()).message
    assert "by rounding alone: it looks as if you compute in float32" in message


def test_a_slip_in_float32_is_called_by_its_name():
    def forgets(state, g, alpha, beta1, beta2, eps):
        return float32(state, g, alpha, beta1, beta2, 0)

    message = check(forgets, Adam()).message
    assert message.endswith("it looks as if eps is missing. (And you compute in float32.)")


def test_numbers_that_look_equal_are_shown_with_more_digits():
    def rounds(state, g, alpha, **hyper):
        return State((state.theta - alpha * g) * (1 + 1e-7), state.t + 1, g)

    message = check(rounds, SGD(0.1)).message
    assert "in its last digits only" in message
    yours, wanted = re.search(r"(\[.*\]) where (\[.*\]) is right", message).groups()
    assert yours != wanted


@pytest.mark.parametrize(
    ("keeps", "says"),
    [
        (("m_hat", "v_hat"), "m_hat and v_hat of the step before are still in your State"),
        (("g",), "g of the step before is still in your State"),
    ],
)
def test_what_replace_has_left_in_the_state_is_named(keeps, says):
    def replaces(state, g, alpha, beta1, beta2, eps):
        after = Adam(alpha, beta1, beta2, eps).step(state, g)
        return state._replace(**{x: getattr(after, x) for x in after._fields if x not in keeps})

    message = check(replaces, Adam()).message
    assert message.startswith(says)
    assert "the rest is right" in message


def test_a_missing_g_is_told():
    assert (
        "g is missing"
        in check(
            lambda s, g, alpha: s._replace(theta=s.theta - alpha * g, t=s.t + 1, g=None), SGD(0.1)
        ).message
    )


SAID = {
    "m = beta1 * m + (1 - beta1) * g": "The one before the step is state.m",
    "m = beta1 * mm": "Nothing has this name here; your step is given state, g, alpha, beta1.",
    "m = beta1^state.t": "^ is no power in Python: write **",
    "v = g^2": "^ is no power in Python: write **",
    "import math; m = math.sqrt(g)": "for an array write np.sqrt",
    "m = g.sqrt()": "Write np.sqrt(v), not v.sqrt()",
    "m = sqrt(g)": "Write np.sqrt.",
    "m = g if g > 0 else -g": "write np.where or np.maximum",
    "m = max(g, state.m)": "write np.where or np.maximum",
    "m = state.v * beta1": "None cannot be computed with; the state has theta, t, g, m.",
    "m = state['m']": "write state.m, not state['m']",
    "state.m = g": "A State cannot be changed: make a new one, State(theta, t, g, m).",
    "state[3] = g": "A State cannot be changed: make a new one",
    "m = state.momentum": "A State has theta, t, g, m.",
    "m = g.theta": "the arguments come in this order: state, g, alpha, beta1.",
    "return State(g)": "A State is made with State(theta, t, g, m).",
    "return State(1, 2, 3, 4, 5, 6, 7, 8, 9)": "A State is made with",
    "return State(theta=1, t=1, g=1, mhat=1)": "A State is made with",
    "import torch_of_nobody": "torch_of_nobody is not needed: numpy is enough.",
    "m = g * np.ones(7)": "Every array must have the shape of g.",
    "theta, t, g, m = state": "A State has 8 parts",
    "m = 1.0 / (1 - beta1**state.t)": "Note that 1 - beta1**t is 0 where t is 0.",
    "my_step(state, g, alpha, beta1)": "Your step calls itself",
    "m = np.zeros(10**15)": "Every array must have the shape of g.",
    "input()": "nobody answers input() here",
    "while True: pass": "in line 2, after a million instructions: does a loop never end?",
    "while True:\n        t = state.t": "after a million instructions",
    "raise KeyError(3)": "Your step stopped in line 2: KeyError: 3.",
    "exit()": "SystemExit. It must return a State",
    "raise GeneratorExit": "GeneratorExit",
    "m = undefined": "Your step stopped in line 2: NameError",
    "m = beta1 * g": "Your step returns nothing: it must end with return State(theta, t, g, m).",
    "print(state)": "Your step returns nothing",
    "return (state.theta, 1, g, g)": "it returned tuple: write return State(theta, t, g, m).",
    "return dict(theta=g)": "it returned dict",
    "return [g]": "it returned list",
    "return state.theta - alpha * g": "it returned ndarray",
    "return 3": "it returned int",
    "yield state": "it returned generator",
    "return State(g, 1, g, range(10**12))": "its shape is (1000000000000,) and must be (3,)",
    "return State(g, 1, g, np.broadcast_to(0.0, (10**6, 10**6)))": "and must be (3,)",
    "return State(g, 1, g, g[None])": "its shape is (1, 3) and must be (3,)",
    "return State(g, 1, g, [[1], [2, 3], [4]])": "m differs at t = 1: it must be numbers.",
    "return State(g, 1, g, g + 1j)": "m differs at t = 1: it must be numbers.",
    "return State(g, 1, g, ['1', '2', '3'])": "m differs at t = 1: it must be numbers.",
    "return State(g, 1, g, {1: 2})": "m differs at t = 1: it must be numbers.",
    "return State(g, g, g, g)": "t differs at t = 1: its shape is (3,) and must be ().",
    "return State(g, None, g, g)": "t is missing in the State",
    "return State(g, 1e300, g, g)": "t differs at t = 1: 1e+300 where 1 is right",
    "return State(g * np.inf, 1, g, 0.1 * g)": "inf comes of a division by 0",
    "return State((0 * g).astype(int), 1, g, 0.1 * g)": "All of your numbers are whole",
}


@pytest.mark.parametrize("line", SAID)
def test_whatever_stops_a_step_is_answered_with_what_to_write(line):
    names = {"np": np, "State": State}
    exec(compile(f"def my_step(state, g, alpha, beta1):\n    {line}", "<cell>", "exec"), names)
    verdict = check(names["my_step"], Momentum(0.1))
    assert not verdict
    assert SAID[line] in verdict.message, verdict


@pytest.mark.parametrize("bare", [True, False])
def test_a_loop_is_stopped_wherever_its_file_lies(bare):
    """A test of this package lies among the libraries once it is installed, and hung there."""
    lines = "def my_step(state, g, alpha, again=True):\n    while again:\n        pass"
    names = {}
    exec(compile(lines, f"{sysconfig.get_path('purelib')}/theirs.py", "exec"), names)
    step = names["my_step"] if bare else functools.partial(names["my_step"], again=1)
    assert "after a million instructions" in check(step, SGD(0.1)).message


def test_a_coroutine_is_no_step():
    async def waits(state, g, alpha):
        return state

    assert "it returned coroutine" in check(waits, SGD(0.1)).message


def test_a_wrong_signature_is_answered_with_the_right_one():
    def my_step(state, grad, lr):
        return state

    message = check(my_step, SGD(0.1)).message
    assert message.endswith("It must begin with def my_step(state, g, alpha):")


def test_who_interrupts_is_heard():
    def interrupted(state, g, alpha):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(interrupted, SGD(0.1))


def test_a_step_that_prints_is_heard_for_a_while(capsys):
    def prints(state, g, alpha):
        print("theta is", state.theta)
        return SGD(alpha).step(state, g)

    assert repr(check(prints, SGD(0.1))) == "Right: every symbol agrees with SGD's."
    assert capsys.readouterr().out.count("theta is") == 5

    def floods(state, g, alpha):
        print(10_000 * "much\n")
        return SGD(alpha).step(state, g)

    verdict = check(floods, SGD(0.1))
    assert verdict
    assert "the first 20 lines are shown" in verdict.shows
    out = capsys.readouterr().out
    assert out.count("\n") <= 21
    print("after")
    assert capsys.readouterr().out == "after\n"


def test_a_tracer_comes_back():
    before = sys.gettrace()
    check(right_adam, Adam())
    assert sys.gettrace() is before


def test_a_tracer_that_measures_sees_all_frames_leave_that_it_saw_enter():
    inside, lost, before = [], [], sys.gettrace()

    def measure(frame, event, _):
        if event == "call":
            inside.append(frame)
        elif event == "return" and (not inside or inside.pop() is not frame):
            lost.append(frame.f_code.co_name)
        return measure

    sys.settrace(measure)
    try:
        check(right_adam, Adam())
    finally:
        sys.settrace(before)
    assert lost == []
    assert inside == []


@pytest.mark.parametrize("reference", [Adam, None, "Adam", right_adam])
def test_what_is_no_method_is_refused(reference):
    with pytest.raises(TypeError, match="must be a method with its hyper-parameters"):
        check(right_adam, reference)


def test_a_method_with_arrays_is_refused():
    with pytest.raises(TypeError, match="beta1 of the reference is an array"):
        check(right_adam, Adam(beta1=[0.8, 0.9]))


def test_other_methods_can_be_checked_as_well():
    def averages(state, g, alpha, beta):
        m = beta * state.m + (1 - beta) * g
        return State(state.theta - alpha * m, state.t + 1, g, m)

    message = check(averages, HeavyBall(0.1)).message
    assert message.startswith(
        "m differs at t = 1: all of m is 0.21 times the right one, and 1 - beta is 0.21"
    )


# Where it shows


def shown(method, says):
    slip = next(slip for slip, _ in suspects(method) if slip.says == says)
    wrong = suspect(method, slip)
    return check(lambda s, g, **h: wrong.step(type(method)(**h), s, g), method).shows


def test_a_missing_correction_shows_at_once():
    assert shown(Adam(), "neither m nor v is corrected") == (
        "It shows at once: with the gradients 1, 1, 1, ... your steps are -0.00316, -0.00425,"
        " -0.00495 where -0.001, -0.001, -0.001 are right."
    )


def test_a_missing_eps_shows_beside_small_gradients_only():
    says = shown(Adam(), "eps is missing")
    assert "With 1, 1, 1, ... it does not." in says
    assert "0, 0, 0, 1" in says  # where 0/0 is not 0


def test_a_small_slip_may_never_show():
    says = shown(Adam(), "theta shrinks by a weight decay of 1e-05 beside the step")
    assert says.startswith("You might never see it")


def test_what_is_only_returned_shows_nowhere():
    def old(state, g, alpha):
        return State(state.theta - alpha * g, state.t + 2, g)

    says = check(old, SGD(0.1)).shows
    assert says == "The steps are right: only what is returned beside theta is not."
