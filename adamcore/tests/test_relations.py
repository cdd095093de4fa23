"""How the methods are related: one is the other, exactly or up to a known factor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamcore import (
    SGD,
    AdaGrad,
    Adam,
    AdaMax,
    AdamCorrectingM,
    AdamCorrectingV,
    AdamSection2,
    AdamW,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    HeavyBall,
    Lion,
    Momentum,
    Nesterov,
    RMSProp,
    UncorrectedAdam,
    descend,
    problems,
    respond,
    streams,
)

METHODS = [
    SGD(0.1),
    Momentum(0.1),
    RMSProp(0.1),
    Adam(0.1),
    HeavyBall(0.1),
    Nesterov(0.1),
    AdaGrad(0.1),
    AdaMax(0.1),
    AMSGrad(0.1),
    AMSGradTorch(0.1),
    AMSGradOptax(0.1),
    AdamW(0.1),
    AdamSection2(0.1),
    UncorrectedAdam(0.1),
    AdamCorrectingM(0.1),
    AdamCorrectingV(0.1),
    Lion(0.1),
]
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)

# Nothing a square of which leaves the range of float32 or float64.
ordinary = {
    np.float64: st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-100),
    np.float32: st.floats(-(2.0**40), 2.0**40, width=32).filter(lambda x: x == 0 or abs(x) > 1e-12),
}
dtypes = st.sampled_from([np.float32, np.float64])
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def gradient_sequences(draw, dtype=None):
    dtype = dtype or draw(dtypes)
    shape = (draw(st.integers(1, 6)), *draw(shapes))
    return draw(hnp.arrays(dtype, shape, elements=ordinary[dtype]))


# One is the other, bit for bit


@given(gradient_sequences())
def test_momentum_without_memory_is_sgd(g):
    assert np.array_equal(respond(Momentum(0.3, beta1=0), g).theta, respond(SGD(0.3), g).theta)


@given(gradient_sequences(), st.floats(0, 0.999), st.sampled_from([0, 1e-8, 0.1]))
def test_uncorrected_adam_without_memory_is_rmsprop(g, beta2, eps):
    adam = respond(UncorrectedAdam(0.3, 0, beta2, eps), g)
    rmsprop = respond(RMSProp(0.3, beta2, eps), g)
    assert np.array_equal(adam.theta, rmsprop.theta)
    assert np.array_equal(adam.v, rmsprop.v)


@given(gradient_sequences())
def test_adamw_without_decay_is_adam(g):
    for ours, adams in zip(
        respond(AdamW(weight_decay=0), g)[:7], respond(Adam(), g)[:7], strict=True
    ):
        assert np.array_equal(ours, adams, equal_nan=True)


@given(gradient_sequences(np.float64), st.integers(-300, 300))
def test_adam_without_eps_cannot_tell_gradients_from_their_doubles(g, k):
    g = np.where(np.abs(g) < 1e-20, 0, g.clip(-1e20, 1e20))
    adam = Adam(eps=0)
    assert np.array_equal(respond(adam, g).theta, respond(adam, g * 2.0**k).theta)


def test_amsgrad_is_uncorrected_adam_while_v_grows_and_keeps_the_largest_v_after():
    g = streams.shift(3.0, 0.1, at=31, n=300)
    amsgrad, adam = respond(AMSGrad(), g), respond(UncorrectedAdam(), g)
    assert np.array_equal(amsgrad.theta[:31], adam.theta[:31])
    assert (np.diff(adam.v[30:]) < 0).all()
    assert (amsgrad.v_max[30:] == adam.v[30]).all()
    assert np.array_equal(amsgrad.v, adam.v)


# One is the other up to a factor, or to rounding


@given(gradient_sequences(np.float64), st.floats(0, 0.99))
def test_heavy_ball_is_momentum_with_a_longer_step(g, beta):
    average = respond(Momentum(0.3, beta), g)
    velocity = respond(HeavyBall(0.3 * (1 - beta), beta), g)
    size = np.abs(g).max(initial=0)
    np.testing.assert_allclose(average.theta, velocity.theta, rtol=1e-12, atol=1e-12 * size)


@pytest.mark.parametrize("factor", [10.0, 1e6, 1e-6, 1e12, 1 / 3])
def test_adam_without_eps_keeps_its_steps_to_rounding_under_any_scaling(factor):
    g = streams.noisy(0.3, 1.0, 200, np.random.default_rng(0))
    ours, scaled = respond(Adam(eps=0), g), respond(Adam(eps=0), factor * g)
    np.testing.assert_allclose(ours.theta, scaled.theta, atol=5e-17, rtol=0)


def test_section_2_is_algorithm_1_for_an_eps_that_follows_the_correction():
    g = streams.noisy(0.0, 1e-6, 100, np.random.default_rng(0))
    one, two = Adam(eps=1e-8), AdamSection2(eps=1e-8)
    state_one = state_two = one.init(0.0)
    for t in range(1, 101):
        two = AdamSection2(eps=1e-8 * np.sqrt(1 - 0.999**t))
        state_one, state_two = one.step(state_one, g[t - 1]), two.step(state_two, g[t - 1])
        assert state_one.theta == pytest.approx(state_two.theta, rel=1e-12)


def test_nesterov_is_a_gradient_taken_one_step_ahead():
    """Sutskever et al. (2013): v = beta v - alpha grad(x + beta v), x = x + v."""
    grad = problems.rosenbrock().grad
    alpha, beta = 1e-4, 0.9
    x, v = np.array([-1.2, 1.0]), np.zeros(2)
    path = descend(Nesterov(alpha, beta), grad, x, 50)
    for t in range(51):
        np.testing.assert_allclose(path.theta[t] + alpha * beta * path.m[t], x, rtol=1e-12)
        v = beta * v - alpha * grad(x + beta * v)
        x = x + v


def test_polyaks_two_point_form_is_the_heavy_ball():
    x = [2.0, 2.0]
    for _ in range(50):
        x.append(x[-1] - 0.1 * x[-1] + 0.9 * (x[-1] - x[-2]))
    path = descend(HeavyBall(0.1, 0.9), lambda theta: theta, [2.0], 50).theta[:, 0]
    np.testing.assert_allclose(path, x[1:], atol=1e-14)


def test_each_correction_alone_times_the_other_gives_adam():
    g = streams.noisy(0.5, 1.0, 100, np.random.default_rng(1))
    adam, neither, only_m, only_v = (
        respond(method(eps=0), g).steps
        for method in (Adam, UncorrectedAdam, AdamCorrectingM, AdamCorrectingV)
    )
    np.testing.assert_allclose(only_m * only_v, adam * neither, rtol=1e-12)


def test_adamw_shrinks_theta_by_alpha_times_weight_decay_and_nothing_else():
    still = descend(AdamW(0.1, weight_decay=0.5), np.zeros_like, [8.0], 3).theta[:, 0]
    assert still == pytest.approx(8 * 0.95 ** np.arange(4))


def test_rotations_commute_with_momentum_and_not_with_adam():
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    problem = problems.valley(100)

    def grad_turned(theta):
        return turn @ problem.grad(turn.T @ theta)

    def mismatch(method):
        straight = descend(method, problem.grad, [1.0, 1.0], 200).theta
        turned = descend(method, grad_turned, turn @ [1.0, 1.0], 200).theta
        return np.abs(turned - straight @ turn.T).max()

    for method in (SGD(0.01), Momentum(0.01), HeavyBall(0.01), Nesterov(0.005)):
        assert mismatch(method) < 1e-12
    for method in (RMSProp(0.05), Adam(0.05), AdaGrad(0.5), AdaMax(0.05)):
        assert mismatch(method) > 0.1


# What holds for all


@given(gradient_sequences(np.float64))
def test_the_first_adam_step_has_length_alpha(g):
    steps = respond(Adam(0.25, eps=0), g).steps[0]
    np.testing.assert_allclose(steps, -0.25 * np.sign(g[0]), rtol=1e-14)


@given(gradient_sequences(np.float64), st.floats(0, 0.99), st.floats(0.01, 0.999))
def test_no_stream_makes_adam_step_further_than_the_bound(g, beta1, beta2):
    steps = respond(Adam(1.0, beta1, beta2, eps=0), g).steps
    for t, step in enumerate(steps, start=1):
        bound = streams.step_bound(beta1, beta2, t)
        assert np.all(np.abs(step) <= bound * (1 + 1e-9) + 1e-12 * np.abs(steps).sum())


@each_method
@given(data=st.data())
def test_shape_and_dtype_stay_nothing_is_written_and_nothing_is_nan(method, data):
    dtype, shape = data.draw(dtypes), data.draw(shapes)
    theta = data.draw(hnp.arrays(dtype, shape, elements=st.floats(-8, 8, width=32)))
    theta_before = theta.copy()
    theta.flags.writeable = False
    state = first = method.init(theta)
    for _ in range(3):
        g = data.draw(hnp.arrays(dtype, shape, elements=ordinary[dtype]))
        g.flags.writeable = False
        before = [np.array(x) for x in state]
        g_before = g.copy()
        old, state = state, method.step(state, g)
        assert np.array_equal(g, g_before)
        for x, y in zip(old, before, strict=True):
            assert x is None or np.array_equal(x, y, equal_nan=True)
        for symbol, x in state._asdict().items():
            if symbol != "t" and x is not None:
                assert (x.shape, x.dtype) == (shape, dtype)
                assert np.isfinite(x).all()
                assert not np.shares_memory(x, g)
    assert np.array_equal(theta, theta_before)
    assert [x is None for x in first] == [x is None for x in state]
    assert state.t == 3


@each_method
def test_rows_of_a_batch_are_the_runs_alone(method):
    problem = problems.rosenbrock()
    alpha = np.geomspace(1e-5, 1e-3, 7)
    rows = descend(type(method)(alpha[:, None]), problem.grad, problem.start, 100)
    for k in range(7):
        alone = descend(type(method)(alpha[k]), problem.grad, problem.start, 100)
        np.testing.assert_allclose(rows.theta[:, k], alone.theta, rtol=1e-13, atol=1e-13)


def test_every_hyper_parameter_of_adam_may_be_an_array():
    g = streams.noisy(0.2, 1.0, 60, np.random.default_rng(2))
    settings = np.array([(0.1, 0.9, 0.999, 1e-8), (0.2, 0.0, 0.9, 0.0), (0.3, 0.5, 0.0, 1e-3)])
    rows = respond(Adam(*settings.T), g)
    for k, setting in enumerate(settings):
        np.testing.assert_allclose(
            rows.theta[:, k], respond(Adam(*setting), g).theta, rtol=1e-13, atol=1e-13
        )


@each_method
def test_a_zero_gradient_without_eps_is_a_zero_step(method):
    if hasattr(method, "eps"):
        method = type(method)(0.1, eps=0)
    for theta in (np.array([1.0, -2.0]), np.array([1.0, -2.0], np.float32)):
        state = method.step(method.init(theta), [0.0, 1.0])
        decay = 1 - 0.1 * getattr(method, "weight_decay", 0)
        assert state.theta[0] == theta.dtype.type(1.0) * decay
        assert np.isfinite(state.theta).all()
        assert state.theta[1] != theta[1] * decay
