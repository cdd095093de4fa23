"""Chapter 3: what its sentences say of runs, tried on other starts, grids and stops."""

import numpy as np
import pytest

from adamcore import SGD, AdaGrad, Adam, Momentum, RMSProp, descend, respond
from adamcore.problems import valley

HILL = valley(kappa=100)


def lengths(method, gradients):
    return abs(respond(method, gradients).steps)


def test_adagrads_rate_never_rises_but_a_step_can():
    g = np.r_[np.ones(99), 1000.0, 1.0]
    run = respond(AdaGrad(1.0, eps=0), g)
    assert (np.diff(run.v) >= 0).all()
    assert abs(run.steps[-3:]) == pytest.approx([0.100504, 0.99995, 0.001], rel=1e-4)


def test_the_rare_batch_is_not_the_only_one_divided_by_a_large_number():
    run = respond(RMSProp(1.0, 0.9), np.tile([0.1] * 9 + [-0.9], 200))
    size = np.sqrt(run.v[-10:])
    assert size[-1] == pytest.approx(0.364, abs=5e-4)
    assert size[:9] == pytest.approx(np.geomspace(0.347, 0.240, 9), abs=0.003)


def test_the_ten_batches_take_steps_of_a_third_of_alpha_and_of_three():
    late = lengths(RMSProp(1.0, 0.99), np.tile([0.1] * 9 + [-0.9], 210))[-10:]
    assert (late.min(), late.max()) == pytest.approx((0.33, 2.94), abs=0.005)


@pytest.mark.parametrize("n", [10, 100, 1000])
def test_a_mean_size_trusts_a_rare_gradient_more_than_a_root_mean_square(n):
    g = np.zeros(n)
    g[0] = 5.0
    assert 5 / abs(g).mean() == pytest.approx(n)
    assert 5 / np.sqrt((g**2).mean()) == pytest.approx(np.sqrt(n))


@pytest.mark.parametrize("beta2", [0.9, 0.99])
def test_with_a_shorter_memory_the_rates_settle_on_their_limits(beta2):
    run = descend(RMSProp(0.1, beta2), HILL.grad, HILL.start, 10_000)
    assert 0.1 / np.sqrt(run.v[-1]) == pytest.approx([2, 0.02], rel=1e-5)
    assert abs(run.theta[-1]) == pytest.approx(0.05, rel=1e-5)


def test_with_a_long_memory_a_rate_can_be_many_times_its_limit():
    run = descend(RMSProp(0.1, 0.999), HILL.grad, HILL.start, 20_000)
    over = 0.1 / np.sqrt(run.v[[10_000, 20_000], 0]) / 2
    assert over[0] == pytest.approx(57, abs=0.5)
    assert over[1] > 1000


@pytest.mark.parametrize(("alpha", "crosses"), [(0.01, False), (0.05, False), (0.1, True)])
def test_at_099_the_rates_cross_their_limits_within_200_steps_only_with_a_larger_alpha(
    alpha, crosses
):
    run = descend(RMSProp(alpha, 0.99), HILL.grad, HILL.start, 200)
    share = alpha / np.sqrt(run.v[1:]) * [1 / 2, 100 / 2]
    assert (share > 1).any() == crosses


def stays_below(make, low, high, angle, start, n_steps, tries):
    """Return the fewest steps after which the loss stays below 0.001."""
    problem = valley(100, np.radians(angle), start)
    alpha = np.geomspace(low, high, tries)[:, None]
    starts = np.tile(problem.start, (tries, 1))
    run = descend(
        make(alpha), problem.grad, starts, n_steps, project=lambda x: np.clip(x, -1e6, 1e6)
    )
    large = problem.value(run.theta) >= 1e-3
    return (n_steps + 1 - large[::-1].argmax(axis=0)).min()


@pytest.mark.parametrize("start", [(-4, 1), (-3, 0.7), (-2, -1.5)])
@pytest.mark.parametrize(("n_steps", "tries"), [(1500, 121), (3000, 61)])
def test_turning_the_valley_costs_scaling_most_of_its_gain_unless_momentum_helps(
    start, n_steps, tries
):
    def turned_over_straight(make, low, high):
        return np.divide(*(stays_below(make, low, high, a, start, n_steps, tries) for a in (45, 0)))

    assert turned_over_straight(SGD, 1e-3, 1) == 1
    assert turned_over_straight(lambda a: Momentum(a, 0.67), 1e-3, 1) == 1
    assert turned_over_straight(lambda a: Adam(a, beta1=0.0), 0.01, 3) > 6
    assert turned_over_straight(Adam, 0.01, 3) < 1.5
    assert turned_over_straight(lambda a: Adam(a, beta1=0.67), 0.01, 3) > 4


def test_the_spike_of_the_exercise_makes_the_next_step_a_tenth():
    step = lengths(RMSProp(1.0), np.r_[np.ones(500), 33.2, 1.0])[-1]
    assert step == pytest.approx(0.1, abs=5e-4)
