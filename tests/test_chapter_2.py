"""What chapter 2 says in words, held to runs that the page does not show."""

import numpy as np
import pytest

from adamcore import SGD, HeavyBall, Momentum, descend
from adamcore.problems import bowl, valley
from tests.live import assert_same, live_figure

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


@pytest.fixture(scope="module")
def particle():
    return live_figure("02-momentum.ipynb", "particle")


@pytest.fixture(scope="module")
def damping():
    return live_figure("02-momentum.ipynb", "damping")


PARTICLES = [
    ([-4.0, 1.0], 4.0, 2.5, 0.5, 60),
    ([-4.0, 1.0], 1.0, 2.5, 0.5, 60),
    ([2.0, -1.3], 0.0, 20.0, 0.3, 17),
    ([-4.0, 1.0], 0.0, 1.0, 0.5, 60),
    ([3.1, 0.4], 16.0, 1.0, 0.1, 0),
]


@pytest.mark.parametrize(("place", "mass", "mu", "dt", "t"), PARTICLES)
def test_the_ball_obeys_newton_and_is_the_methods_run(particle, place, mass, mu, dt, t):
    values = {"place": np.array(place), "mass": mass, "mu": mu, "dt": dt, "t": t}
    shown, there = particle[0](**values), particle[1](**values)
    for name in shown:
        assert_same(shown[name], there[name])
    theta = np.array([place, place])
    for _ in range(t):  # M a + mu v = -grad, in differences
        step = mass * (theta[-1] - theta[-2]) - dt**2 * VALLEY.grad(theta[-1])
        theta = np.vstack([theta, theta[-1] + step / (mass + mu * dt)])
    theta = theta[1:]
    beta1 = shown["beta1"]
    run = descend(Momentum(shown["alpha"], beta1), VALLEY.grad, place, t).theta
    drawn = np.transpose(shown["ball"])
    kept = ~np.isnan(drawn[:, 0])
    np.testing.assert_allclose(drawn[kept], theta[kept], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(drawn[kept], run[kept], rtol=1e-6, atol=1e-9)
    assert shown["far"] == pytest.approx(np.hypot(*theta[-1]), rel=1e-6)
    outside = (abs(theta - [-0.5, 0.0]) > [4, 1.5]).any(axis=1)
    assert ("out of" in shown["after"]) == outside.any() or "best" in shown["after"]


@pytest.mark.parametrize("mu", [1.25, 2.5, 3.3, 5.0])
def test_more_than_one_particle_is_the_best_pair(particle, mu):
    dt = 0.2 * mu
    values = {"place": np.array([-4.0, 1.0]), "mass": 0.8 * mu * dt, "mu": mu, "dt": dt, "t": 60}
    assert "best" in particle[0](**values)["after"]


@pytest.mark.parametrize(
    ("beta", "pull", "says"),
    [
        (0.9, 0.03, "Under-damped"),
        (0.81, 0.01, "Critical"),
        (0.5, 0.01, "Over-damped"),
        (0.0, 1.0, "Arrives"),
        (0.5, 2.95, "wall to wall"),
        (0.5, 3.0, "for ever"),
        (0.1, 3.0, "Diverges"),
    ],
)
def test_the_named_regime_is_what_the_run_does(damping, beta, pull, says):
    shown, there = damping[0](beta=beta, pull=pull), damping[1](beta=beta, pull=pull)
    for name in shown:
        assert_same(shown[name], there[name])
    assert says in shown["regime"]
    found = np.roots([1, -(1 + beta - pull), beta])
    assert shown["rate"] == pytest.approx(abs(found).max(), abs=1e-6)
    theta = descend(HeavyBall(pull, beta), bowl().grad, [1.0], 60).theta[:, 0]
    _, drawn = np.array(shown["swing"], float)
    kept = ~np.isnan(drawn)
    np.testing.assert_allclose(drawn[kept], theta[kept], atol=1e-12)
    assert kept[abs(theta) < 2.2].all() or says == "Diverges"
    if says in ("Over-damped", "Critical"):
        assert (theta > 0).all()
    if says == "Under-damped":
        assert (theta < 0).any()
        assert abs(found.imag).min() > 0
    x, needs = np.array(shown["needed"], float)
    k = 120
    rate = abs(np.roots([1, -(1 + beta - x[k]), beta])).max()
    assert needs[k] == pytest.approx(np.log(10) / -np.log(rate))
