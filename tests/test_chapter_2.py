"""What chapter 2 says in words, held to runs that the page does not show."""

import numpy as np
import pytest

from adamcore import SGD, HeavyBall, Momentum, descend
from adamcore.problems import bowl, valley

VALLEY = valley(25)


def soonest(method, n_alphas, goal, start):
    """Return from which step the best of many step sizes stays within a share of the way."""
    grid = np.geomspace(0.01, 1, n_alphas)[:, None]
    theta = descend(method(grid), lambda x: np.clip(VALLEY.grad(x), -1e6, 1e6), start, 300).theta
    above = np.linalg.norm(theta, axis=-1) > goal * np.linalg.norm(start)
    return (len(theta) - above[::-1].argmax(axis=0)).min()


@pytest.mark.parametrize("n_alphas", [41, 401, 2001])
@pytest.mark.parametrize("goal", [0.1, 0.01, 0.001])
def test_momentum_is_there_about_three_times_as_fast(n_alphas, goal):
    plain = soonest(SGD, n_alphas, goal, VALLEY.start)
    assert 2.4 < plain / soonest(lambda a: Momentum(a, 0.7), n_alphas, goal, VALLEY.start) < 4


@pytest.mark.parametrize("n_alphas", [41, 401, 2001])
def test_in_so_short_a_valley_the_usual_memory_is_too_long(n_alphas):
    there = {
        b: soonest(lambda a, b=b: Momentum(a, b), n_alphas, 0.01, VALLEY.start)
        for b in (0.5, 0.7, 0.9)
    }
    assert there[0.5] < there[0.7] < soonest(SGD, n_alphas, 0.01, VALLEY.start) < there[0.9]


@pytest.mark.parametrize("beta1", [0.5, 0.7, 0.9])
def test_the_averaging_form_bears_more_the_longer_it_remembers(beta1):
    limit = 2 * (1 + beta1) / (1 - beta1)
    ends = [
        abs(descend(Momentum(share * limit, beta1), bowl().grad, [1.0], 4000).theta[-1, 0])
        for share in (0.99, 1.01)
    ]
    assert ends[0] < 1 < ends[1]


def test_an_average_that_keeps_everything_never_moves():
    with pytest.raises(ValueError, match="beta1"):
        Momentum(0.1, 1.0)
    nearly = descend(Momentum(0.1, 1 - 1e-12), bowl().grad, [1.0], 100).theta
    np.testing.assert_allclose(nearly, 1, atol=1e-9)


def test_the_heavy_ball_can_run_for_ever_round_three_points_of_a_convex_function():
    def grad(x):
        return np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))

    theta = descend(HeavyBall(1 / 9, 4 / 9), grad, [3.2], 3000).theta[-300:, 0]
    np.testing.assert_allclose(theta[3:], theta[:-3], atol=1e-9)
    assert len(np.unique(theta.round(6))) == 3


@pytest.mark.parametrize("kappa", [100, 1000])
def test_at_its_best_momentum_first_moves_away(kappa):
    fast = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    best = HeavyBall((1 - fast) ** 2, fast**2)
    theta = descend(best, valley(kappa).grad, [1.0, 1.0], 40 * int(kappa**0.5)).theta
    far = np.linalg.norm(theta, axis=1) / 2**0.5
    assert far.max() > 2
    # t r^t: later each step leaves nearly r.
    assert far[-1] / far[-2] == pytest.approx(fast, rel=0.02)


def test_the_worked_roots_have_length_nine_tenths():
    found = np.roots([1, -1.62, 0.81])
    np.testing.assert_allclose(abs(found), 0.9)
    np.testing.assert_allclose(abs(found.imag), 0.39, atol=0.005)
