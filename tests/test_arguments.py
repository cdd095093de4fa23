"""Bad input is refused in a sentence that names it; unusual input works."""

import numpy as np
import pytest

from adamcore import SGD, AdaGrad, Adam, AdaMax, AdamW, HeavyBall, Momentum, RMSProp, respond

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
        (np.float16([1]), TypeError, "theta is float16"),
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
