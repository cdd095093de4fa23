"""Chapter 5: what its sentences say of runs, tried on other starts, stops and seeds."""

import numpy as np
import pytest

from adamcore import Adam, Momentum, descend, respond


def forward(gradients, **beta):
    return -respond(Adam(alpha=1.0, **beta), gradients).steps


def test_a_positive_gradient_makes_a_negative_step():
    assert respond(Adam(alpha=1.0), [30.0]).steps[0] < 0


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
def test_with_one_memory_v_is_m_squared_and_a_running_variance(beta):
    g = np.random.default_rng(0).normal(1, 2, 60)
    run = respond(Adam(1.0, beta, beta), g)
    s = 0.0
    for t in range(1, 61):
        s = beta * (s + (1 - beta) * (g[t - 1] - run.m[t - 1]) ** 2)
        assert run.v[t] == pytest.approx(run.m[t] ** 2 + s, rel=1e-12)


def test_a_single_gradient_moves_a_weight_six_alpha_and_a_long_run_coasts_nine():
    assert forward(np.r_[1.0, np.zeros(300)]).sum() == pytest.approx(6, abs=0.05)
    coast = forward(np.r_[np.ones(10_000), np.zeros(300)])[10_000:]
    assert coast.sum() == pytest.approx(9, abs=0.1)


def test_flatter_ground_slows_adam_down_for_thousands_of_steps():
    q = forward(np.r_[np.ones(8000), np.full(3000, 0.01)])[8000:]
    assert q[0] < 1
    assert q.min() < 0.05
    assert q[:2000].max() < 1
    assert q[2000] < 0.1


def distance(make, starts, n_steps, seed, runs=100):
    """Return the least late mean squared distance over the step sizes, and where it lies."""
    coin = np.random.default_rng(seed)

    def grad(theta):
        sides = coin.choice([-4.5, 4.5], size=runs)
        return theta + np.stack([0 * sides, sides], axis=-1)

    alphas = np.geomspace(0.002, 0.5, 32)
    start = np.tile(np.asarray(starts, float), (len(alphas), runs, 1))
    late = descend(make(alphas[:, None, None]), grad, start, n_steps).theta[-100:]
    error = (late**2).sum(axis=-1).mean(axis=(0, 2))
    assert 0 < error.argmin() < len(alphas) - 1
    return error.min()


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("n_steps", [300, 500, 1000])
def test_the_short_step_on_scattered_gradients_pays_while_others_have_far_to_go(n_steps, seed):
    ratio = distance(Momentum, (4, 0.5), n_steps, seed) / distance(Adam, (4, 0.5), n_steps, seed)
    assert ratio > 1.3


def test_where_the_scattered_parameter_has_the_long_way_momentum_does_as_well():
    ratio = distance(Momentum, (0.5, 4), 500, 0) / distance(Adam, (0.5, 4), 500, 0)
    assert ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("n_steps", [300, 1000])
def test_the_further_the_steady_parameter_has_to_go_the_better_for_momentum(n_steps, seed):
    near, far = (
        distance(Momentum, (start, 0.5), n_steps, seed)
        / distance(Adam, (start, 0.5), n_steps, seed)
        for start in (4, 10)
    )
    assert far < 1 < near


@pytest.mark.parametrize(("n_ones", "longer"), [(10, False), (50, False), (5000, True)])
def test_a_spike_lengthens_its_own_step_only_after_a_long_run_of_ones(n_ones, longer):
    assert (forward([1.0] * n_ones + [30.0])[-1] > 1) == longer
