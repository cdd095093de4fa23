"""Bad input is refused in a sentence that names it; unusual input works."""

from dataclasses import dataclass

import numpy as np
import pytest

from adamcore import (
    SGD,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    HeavyBall,
    Momentum,
    RMSProp,
    State,
    UncorrectedAdam,
    respond,
)

START = [1.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"alpha": -1}, ValueError, r"alpha = -1.0 .* alpha must be finite and >= 0"),
        ({"alpha": np.nan}, ValueError, "alpha = nan"),
        ({"alpha": np.inf}, ValueError, "alpha = inf"),
        ({"alpha": "fast"}, TypeError, "alpha = 'fast'"),
        ({"alpha": None}, TypeError, "alpha = None"),
        ({"alpha": True}, TypeError, "alpha = True"),
        ({"alpha": 1j}, TypeError, "alpha = 1j"),
        ({"alpha": [[1.0], [1.0, 2.0]]}, ValueError, "alpha is not an array of numbers"),
        ({"beta1": 1.0}, ValueError, r"beta1 = 1.0 .* beta1 must be in \[0, 1\)"),
        ({"beta2": -0.1}, ValueError, "beta2 = -0.1"),
        ({"beta2": [0.9, 1.5]}, ValueError, r"beta2\[1\] = 1.5"),
        ({"eps": -1e-8}, ValueError, "eps = -1e-08"),
        ({"beta1": (0.9, 0.999)}, TypeError, r"is a pair: write beta1=0.9, beta2=0.999"),
        ({"alpha": np.array([0.1], object)}, TypeError, "alpha = .* of dtype object"),
    ],
)
def test_a_bad_hyper_parameter_is_named(arguments, error, says):
    with pytest.raises(error, match=says):
        Adam(**arguments)


def test_the_other_hyper_parameters_are_checked_too():
    with pytest.raises(ValueError, match="beta = 1"):
        HeavyBall(0.1, beta=1)
    with pytest.raises(ValueError, match="weight_decay = -1"):
        AdamW(weight_decay=-1)


@pytest.mark.parametrize(
    ("theta", "error", "says"),
    [
        ([1, 2], TypeError, "theta is int64: it must be float32 or float64"),
        ([True], TypeError, "theta = .*must be real numbers"),
        (np.float16([1]), TypeError, r"theta is float16: .* \(convert it with astype\)"),
        (np.array([1.0], object), TypeError, "theta = .* of dtype object is not allowed"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "theta is masked in places"),
        ("here", TypeError, "theta = 'here'"),
        (None, TypeError, "theta = None"),
        ([1j], TypeError, "theta"),
        ([1.0, np.nan], ValueError, r"theta\[1\] = nan"),
        ([[1.0], [1.0, 2.0]], ValueError, "theta is not an array of numbers"),
    ],
)
def test_a_bad_start_is_named(theta, error, says):
    with pytest.raises(error, match=says):
        Adam().init(theta)


def test_arrays_that_do_not_fit_theta_are_named():
    with pytest.raises(ValueError, match=r"beta1 has shape \(3,\): .* theta's \(2,\)"):
        Adam(beta1=[0.1, 0.2, 0.3]).init(START)


@pytest.mark.parametrize(
    ("g", "error", "says"),
    [
        ([1.0, np.nan], ValueError, r"g\[1\] = nan at step 1 .* finite"),
        ([-np.inf, 1.0], ValueError, r"g\[0\] = -inf at step 1"),
        ([1.0], ValueError, r"g has shape \(1,\) at step 1: .* \(2,\)"),
        (1.0, ValueError, r"g has shape \(\)"),
        ([True, False], TypeError, "g = "),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "g is masked in places"),
        (np.array([1.0, 2.0], object), TypeError, "g = .* of dtype object is not allowed"),
        ("down", TypeError, "g = 'down'"),
        (["down"] * 1000, TypeError, r"g = \['down', .*\.\.\.\] is not"),
        (None, TypeError, "g = None"),
        ([None, 1.0], TypeError, "g = "),
        ([1j, 0], TypeError, "g = "),
        ([1e200, 1.0], ValueError, r"g\[0\] = 1e\+200 at step 1 is too large: .* beyond 1.3e\+154"),
    ],
)
def test_a_bad_gradient_is_named_and_nothing_has_changed(g, error, says):
    method = Adam()
    state = method.init(START)
    with pytest.raises(error, match=says):
        method.step(state, g)
    assert state.theta.tolist() == START
    assert (state.t, state.v.tolist()) == (0, [0.0, 0.0])


def test_the_state_must_be_one():
    with pytest.raises(TypeError, match="make it with init or step"):
        Adam().step(np.zeros(2), START)
    with pytest.raises(
        TypeError, match="state has no m: it is another method's, and must come from Adam"
    ):
        Adam().step(SGD(0.1).init(START), START)


def test_a_state_belongs_to_the_methods_that_carry_the_same():
    adams = Adam().init(START)
    for method, has in (
        (Momentum(0.1), "v, which Momentum has not"),
        (AMSGrad(0.1), "no v_max"),
        (RMSProp(0.1), "m, which RMSProp has not"),
    ):
        name = type(method).__name__
        says = f"state has {has}: it is another method's, and must come from {name}"
        with pytest.raises(TypeError, match=says):
            method.step(adams, START)
    assert UncorrectedAdam().step(adams, START).t == 1


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        (
            {"theta": [1.0, 2.0]},
            TypeError,
            r"state.theta = \[1.0, 2.0\] is not allowed: it must be",
        ),
        ({"theta": np.array([1, 2])}, TypeError, "state.theta = .* of int64 is not allowed"),
        ({"t": -1}, ValueError, "state.t = -1 is not allowed: it must be 0 or more"),
        ({"t": True}, TypeError, "state.t = True"),
        ({"t": 1.0}, TypeError, "state.t = 1.0"),
        ({"t": None}, TypeError, "state.t = None"),
        ({"m": [0.0, 0.0]}, TypeError, r"state.m is list of shape \(2,\): it must be like theta"),
        ({"m": np.zeros(3)}, TypeError, r"state.m is float64 of shape \(3,\)"),
        ({"v": np.zeros(2, np.float32)}, TypeError, "state.v is float32 .* like theta, float64"),
        ({"m": np.array([0, np.nan])}, ValueError, r"state.m\[1\] = nan is not .* must be finite"),
        ({"v": np.array([np.inf, 0])}, ValueError, r"state.v\[0\] = inf is not .* must be finite"),
        ({"v": np.array([-1.0, 0])}, ValueError, r"state.v\[0\] = -1.0 is not .* must be >= 0"),
        ({"theta": np.array([0, np.nan])}, ValueError, r"state.theta\[1\] = nan is not allowed"),
    ],
)
def test_a_spoilt_state_is_named(changes, error, says):
    with pytest.raises(error, match=says):
        Adam().step(Adam().init(START)._replace(**changes), START)


def test_a_row_of_a_history_is_a_state():
    history = respond(Adam(), np.float32([1.0, 2.0, 3.0]))
    row = State(*(None if x is None else x[2] for x in history))
    for ours, theirs in zip(Adam().step(row, 3.0)[:7], history[:7], strict=True):
        assert ours == theirs[3]
    with pytest.raises(TypeError, match=r"state.t = .* must be a whole number"):
        Adam().step(history, np.zeros(4))


def test_settings_must_fit_the_state_they_step_from():
    state = Adam().init(START)
    for alpha in ([0.1] * 3, [[0.1], [0.2]]):
        with pytest.raises(ValueError, match=r"alpha has shape .*: it must broadcast to theta's"):
            Adam(alpha).step(state, START)


def test_a_type_error_of_a_rule_is_its_own():
    class Broken(SGD):
        def rule(self, state, g):
            return len(state.t)

    with pytest.raises(TypeError, match=r"object of type 'int' has no len\(\)"):
        Broken(0.1).step(Broken(0.1).init(START), START)


def test_a_hyper_parameter_without_a_range_may_be_any_finite_number():
    @dataclass(frozen=True)
    class Shifted(SGD):
        shift: float = 0.0

    assert Shifted(0.1, -3).shift == -3.0
    with pytest.raises(ValueError, match="shift = inf is not allowed: shift must be finite"):
        Shifted(0.1, np.inf)


def test_what_is_0_or_infinite_in_float32_is_named():
    theta = np.float32(START)
    with pytest.raises(ValueError, match=r"eps = 1e-50 is 0 in float32, .* 0, or 1.4e-45 and more"):
        Adam(eps=1e-50).init(theta)
    with pytest.raises(ValueError, match=r"alpha = 1e\+39 is too large for float32"):
        SGD(1e39).init(theta)
    # A schedule or another setting may bring them in later.
    with pytest.raises(ValueError, match="eps = 1e-50 is 0 in float32"):
        Adam(eps=1e-50).step(Adam().init(theta), np.float32([0, 1]))
    with pytest.raises(ValueError, match=r"alpha = 1e\+39 is too large for float32"):
        SGD(1e39).step(SGD(1.0).init(theta), [1.0, 1.0])
    with pytest.raises(ValueError, match=r"theta\[0\] = -inf at step 1: .* float32, alpha is too"):
        SGD([1e30]).step(SGD([1e30]).init(theta), [1e30, 1.0])


def test_a_gradient_that_is_lost_in_theta_s_dtype_is_named_where_it_is_divided_by():
    theta = np.float32(START)
    for method in (RMSProp(0.1, eps=0), AdaMax(0.1)):
        with pytest.raises(ValueError, match=r"g\[1\] = 1e-60 at step 1 is 0 in float32"):
            method.step(method.init(theta), [1.0, 1e-60])
    for method in (SGD(0.1), Adam()):
        assert method.step(method.init(theta), [1.0, 1e-60]).theta[1] == 2


def test_large_gradients_are_fine_where_nothing_squares_them():
    for method in (SGD(0.1), Momentum(0.1), AdaMax(0.1)):
        assert np.isfinite(method.step(method.init(START), [1e200, -1e300]).theta).all()
    # The sum of these squares overflows, no square does.
    state = Adam().step(Adam().init(START), [1.3e154, 1.3e154])
    assert state.theta == pytest.approx([0.999, 1.999])


def test_an_overflow_is_an_error_and_not_a_silent_freeze():
    adagrad = AdaGrad(0.1)
    state = adagrad.step(adagrad.init(0.0), 1.3e154)  # whose square fits, but not twice
    says = (
        r"v = inf at step 2 has left the range of float64, with g = 1.3e\+154 and v = 1.6.*e\+308 b"
    )
    with pytest.raises(ValueError, match=says):
        adagrad.step(state, 1.3e154)
    ball = HeavyBall(0.0, 0.9)
    with pytest.raises(ValueError, match=r"m = inf at step 2 .* with g = 1e\+308 and m = 1e\+308"):
        ball.step(ball.step(ball.init(0.0), 1e308), 1e308)
    with pytest.raises(ValueError, match=r"g\[0\] = 3e\+19 at step 1 is too large"):
        Adam().step(Adam().init(np.float32([0, 0])), np.float32([3e19, 0]))
    with pytest.raises(ValueError, match=r"g\[0\] = 1e\+300 at step 1 .* float32, theta's"):
        Adam().step(Adam().init(np.float32([0, 0])), [1e300, 0])
    with pytest.raises(ValueError, match=r"theta\[1\] = -inf at step 1: .* alpha is too large"):
        SGD(1e10).step(SGD(1e10).init(START), [0, 1e300])


@pytest.mark.parametrize("method", [RMSProp(0.1, eps=0), Adam(eps=0), AdaGrad(0.1, eps=0)])
def test_a_gradient_too_small_to_square_is_an_error_without_eps(method):
    with pytest.raises(
        ValueError, match=r"g\[0\] = 1e-170 at step 1 is too small: in float64 its v"
    ):
        method.step(method.init(START), [1e-170, 1e-100])
    with pytest.raises(
        ValueError, match=r"g\[1\] = 1e-2\d at step 1 is too small: in float32 its v"
    ):
        method.step(method.init(np.float32(START)), np.float32([1e-10, 1e-24]))
    assert np.isfinite(type(method)(0.1).step(method.init(START), [1e-170, 1e-100]).theta).all()


@pytest.mark.parametrize(
    ("dtype", "least", "most"), [(np.float32, 8e-22, 1.84e19), (np.float64, 5e-161, 1.34e154)]
)
def test_the_range_of_gradients_that_v_can_hold(dtype, least, most):
    adam = Adam(eps=0)
    start = adam.init(dtype(0))
    with pytest.raises(ValueError, match="too small"):
        adam.step(start, dtype(least * 0.8))
    assert adam.step(start, dtype(least * 1.2)).v > 0
    assert adam.step(start, dtype(most * 0.99)).v > 0
    with pytest.raises(ValueError, match="too large"):
        adam.step(start, dtype(most * 1.01))


def test_integers_are_good_gradients():
    assert Adam().step(Adam().init(START), [3, -4]).theta == pytest.approx([0.999, 2.001])


@pytest.mark.parametrize("alpha", [0.1, np.float64(0.1), [0.1, 0.2], np.array([[0.1], [0.2]])])
@pytest.mark.parametrize("method", [SGD, Momentum, RMSProp, Adam, AdaMax])
def test_float32_stays_float32_beside_any_hyper_parameter(method, alpha):
    history = respond(method(alpha), np.ones((3, 2), np.float32))
    fields = [x for symbol, x in history._asdict().items() if x is not None and symbol != "t"]
    assert {x.dtype for x in fields} == {np.dtype(np.float32)}


def test_hyper_parameters_are_kept_as_floats_or_arrays_nobody_can_change():
    assert repr(Adam(alpha=np.float32(0.5), beta1=0)) == (
        "Adam(alpha=0.5, beta1=0.0, beta2=0.999, eps=1e-08)"
    )
    alpha = np.array([0.1, 0.2])
    method = SGD(alpha)
    alpha[:] = 9
    assert method.alpha.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        method.alpha[0] = 9


def test_empty_scalar_and_strided_arrays_work():
    assert Adam().step(Adam().init(np.zeros((0, 3))), np.zeros((0, 3))).theta.shape == (0, 3)
    assert Adam().step(Adam().init(1.0), -2.0).theta == pytest.approx(1.001)
    columns = np.arange(12.0).reshape(3, 4).T[::2]
    assert SGD(1.0).step(SGD(1.0).init(columns), columns).theta.tolist() == [[0] * 3] * 2


def test_a_state_shares_no_memory_with_what_made_it():
    theta, g = np.array(START), np.array(START)
    state = SGD(1.0).init(theta)
    after = SGD(1.0).step(state, g)
    theta[:], g[:] = 7, 7
    assert state.theta.tolist() == after.g.tolist() == START
