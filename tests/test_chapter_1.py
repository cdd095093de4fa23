"""What chapter 1 says in words, held to runs that the page does not show."""

import numpy as np
import pytest

from adamcore import SGD, descend
from adamcore.problems import double_well, line_fit, valley
from tests.live import assert_same, live_figure

FIT = line_fit(256, np.random.default_rng(1))
EVERY = np.arange(256)[:, None]
START = np.array([0.2, 0.8])  # of the page's figure


def for_good(far, goal=0.01):
    return np.flatnonzero(far > goal)[-1] + 1


def test_half_the_step_size_can_arrive_sooner():
    full, half = (
        descend(SGD(alpha), valley(25).grad, [-4.0, 1.0], 400).theta for alpha in (0.079, 0.0395)
    )
    assert for_good(abs(half[:, 1])) < 5 < 100 < for_good(abs(full[:, 1]))
    assert for_good(np.linalg.norm(half, axis=1)) < for_good(np.linalg.norm(full, axis=1))
    assert for_good(abs(half[:, 0])) > 2 * for_good(abs(full[:, 0]))


def test_one_example_scatters_more_than_the_gradient_at_the_start_is_long():
    scatter = FIT.batch_grad(START, EVERY).std(axis=0)
    assert np.linalg.norm(scatter) > np.linalg.norm(FIT.grad(START))
    at_rest = FIT.batch_grad(FIT.minimum, EVERY).std(axis=0)
    assert np.linalg.norm(at_rest) < 0.6 * np.linalg.norm(scatter)


@pytest.mark.parametrize("s", [0.5, 1.0, 3.0])
def test_noise_that_grows_with_distance_is_stable_up_to_two_over_one_plus_s_squared(s):
    def mean_square(alpha):
        return (1 - alpha) ** 2 + alpha**2 * s**2

    limit = 2 / (1 + s**2)
    assert mean_square(0.999 * limit) < 1 < mean_square(1.001 * limit)


@pytest.mark.parametrize(("alpha", "grows"), [(1.3, False), (1.6, True)])
def test_the_line_fit_with_single_examples_is_unstable_before_two(alpha, grows):
    rng = np.random.default_rng(0)
    # Noise that vanishes at the minimum, so that only its growth with the distance counts.
    away = np.tile([1.0, 1.0], (40_000, 1))
    rest = FIT.batch_grad(FIT.minimum, EVERY)
    sizes = []
    for _ in range(12):
        batch = rng.integers(256, size=(len(away), 1))
        away = away - alpha * (FIT.batch_grad(FIT.minimum + away, batch) - rest[batch[:, 0]])
        sizes.append(np.mean(away**2))
    assert (sizes[-1] > sizes[3]) == grows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_vanishing_noise_holds_at_a_small_step_size_and_throws_out_at_a_large_one(seed):
    wells = double_well(tilt=0.15)
    ridge = np.sort(np.roots([1, 0, -1, 0.15]).real)[1]
    ends = {}
    for alpha, s in (0.1, 2.0), (0.5, 3.0):
        rng = np.random.default_rng(seed)
        x = np.tile(wells.start, (4000, 1))
        for _ in range(500):
            g = wells.grad(x)
            x = np.clip(x - alpha * (g + s * abs(g) * rng.standard_normal(x.shape)), -1e3, 1e3)
        ends[alpha] = x
    assert np.mean(ends[0.1] < ridge) < 0.005
    assert np.mean(abs(ends[0.5]) > 10) > 0.99


STATES = [
    ([-4.0, 1.0], 0.075, 25.0),
    ([-4.0, 1.0], 0.08, 25.0),
    ([2.0, 0.0], 0.5, 1.0),
    ([1.5, -1.2], 0.0123, 77.0),
    ([-4.0, 1.0], 0.085, 25.0),
    ([-4.0, 1.0], 2.1, 100.0),
]


@pytest.fixture(scope="module")
def race():
    return live_figure("01-sgd.ipynb", "valley_race")


@pytest.mark.parametrize(("start", "alpha", "kappa"), STATES)
def test_the_live_valley_shows_the_run_of_the_package(race, start, alpha, kappa):
    shown = race[0](start=np.array(start), alpha=alpha, kappa=kappa)
    theta = descend(SGD(alpha), valley(kappa).grad, start, 100).theta
    far = np.hypot(*theta.T)
    drawn = np.transpose(shown["trail"])
    kept = ~np.isnan(drawn[:, 0])
    np.testing.assert_allclose(drawn[kept], theta[kept], atol=1e-12)
    assert kept[far < 9].all()
    outside = (abs(theta) > [4.5, 1.6]).any(axis=1)
    n = shown["n"]
    assert shown["left"] == pytest.approx(far[n] / far[0])
    assert ("leaves" in shown["when"]) == outside.any()
    if outside.any():
        assert n == outside.argmax()
    else:
        assert n == min(for_good(far, 1e-3 * far[0]), 100)


@pytest.mark.parametrize(("start", "alpha", "kappa"), STATES)
def test_the_page_computes_the_live_valley_as_python_does(race, start, alpha, kappa):
    compute, in_browser = race
    values = {"start": np.array(start), "alpha": alpha, "kappa": kappa}
    here, there = compute(**values), in_browser(**values)
    for name in here:
        assert_same(here[name], there[name])


@pytest.mark.parametrize("kappa", [1.0, 25.0, 100.0])
def test_the_drawn_ellipses_are_lines_of_equal_loss(race, kappa):
    shown = race[0](start=np.array([-4.0, 1.0]), alpha=0.01, kappa=kappa)
    for k in range(9):
        loss = valley(kappa).value(np.transpose(shown[f"wall{k}"]))
        np.testing.assert_allclose(loss, loss[0])
