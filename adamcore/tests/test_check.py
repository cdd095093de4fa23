"""The check passes what is right, names what is wrong, and survives whatever a learner writes."""

import re
import warnings

import numpy as np
import pytest

from adamcore import SGD, Adam, Momentum, RMSProp, State, check, check_value
from adamcore.check import SLIPS, wrong_steps

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


@pytest.mark.parametrize("method", COURSE, ids=lambda m: type(m).__name__)
def test_every_slip_is_called_by_its_name(method):
    for wrong_step, slip in wrong_steps(method):

        def learner(state, g, wrong_step=wrong_step, **hyper):
            return wrong_step(type(method)(**hyper), state, g)

        verdict = check(learner, method)
        assert not verdict
        assert verdict.message.endswith(f"it looks as if {slip}."), (slip, verdict)


def test_every_slip_belongs_to_some_method():
    assert {slip for method in COURSE for _, slip in wrong_steps(method)} == {s for *_, s in SLIPS}


def test_a_slip_in_v_is_located():
    def forgets_a_factor(state, g, alpha, beta2, eps):
        v = beta2 * state.v + g**2
        return State(state.theta - alpha * g / (np.sqrt(v) + eps), state.t + 1, g, v=v)

    message = "v differs at t = 1: it looks as if (1 - beta2) is missing before the square."
    assert check(forgets_a_factor, RMSProp(0.1)).message == message


def test_two_slips_are_named_one_after_the_other():
    def two(state, g, alpha, beta1, beta2, eps):
        wrong = right_adam(state, g, alpha, beta1, beta2, eps)
        return wrong._replace(m=beta1 * state.m + g, v=state.v + g**2, v_hat="later")

    assert "m differs at t = 1: it looks as if (1 - beta1) is missing" in check(two, Adam()).message


def test_an_unknown_slip_is_shown_with_what_is_right():
    def odd(state, g, alpha):
        return State(state.theta - alpha * g - 1, state.t + 1, g)

    assert check(odd, SGD(0.1)).message.startswith("theta differs at t = 1: [")
    assert "is right" in check(odd, SGD(0.1)).message


def test_numbers_of_the_learners_own_are_found():
    def stubborn(state, g, alpha, beta1):
        m = 0.9 * state.m + (1 - 0.9) * g
        return State(state.theta - alpha * m, state.t + 1, g, m)

    message = "Right for beta1 = 0.9, but not for 0.81: use the argument beta1"
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
        (lambda s, g, **h: s, "t differs at t = 1: it looks as if t has not been raised"),
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
    exec("def rule(self, state, g): return state._replace(t=state.t + 1)", namespace)
    still = type("Still", (SGD,), {"rule": namespace["rule"]})(0.1)
    assert check(lambda s, g, alpha: namespace["rule"](still, s, g), still)
    message = check(lambda s, g, alpha: s, still).message
    assert message == "t differs at t = 1: 0.0 where 1 is right."


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
