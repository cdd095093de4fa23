"""What the front page says of its race holds on other grids, from other starts and later."""

import numpy as np
import pytest

from adamcore import SGD, Adam, Momentum, RMSProp, descend
from adamcore.optimizers import Method
from adamcore.problems import valley
from book.live import walk

VALLEY = valley(kappa=50)
METHODS: dict[str, type[Method]] = {
    "SGD": SGD,
    "momentum": Momentum,
    "RMSProp": RMSProp,
    "Adam": Adam,
}


def soonest(start, goal, n_alphas, n_steps=400):
    """Return from which step each method, best tuned, stays below a share of the first loss."""
    grid = np.geomspace(0.001, 10, n_alphas)[:, None]
    found = {}
    for name, method in METHODS.items():
        theta = descend(
            method(grid), lambda x: np.clip(VALLEY.grad(x), -1e6, 1e6), start, n_steps
        ).theta
        loss = VALLEY.value(theta)
        above = loss > goal * loss[0]
        found[name] = (len(loss) - above[::-1].argmax(axis=0)).min()
    return found


@pytest.mark.parametrize("n_alphas", [121, 401, 1201])
@pytest.mark.parametrize("n_steps", [200, 800])
def test_adam_arrives_first_and_rmsprop_last_whatever_the_grid_and_the_stop(n_alphas, n_steps):
    found = soonest(VALLEY.start, 1e-3, n_alphas, n_steps)
    assert sorted(found, key=found.get) == ["Adam", "momentum", "SGD", "RMSProp"]


def losses(start, share, n_steps):
    """Return the loss of each method at a share of the best step size that the page finds."""
    grid = np.geomspace(0.001, 10, 401)
    found = {}
    for name, method in METHODS.items():
        theta = descend(
            method(grid[:, None]), lambda x: np.clip(VALLEY.grad(x), -1e6, 1e6), VALLEY.start, 400
        ).theta
        loss = VALLEY.value(theta)
        above = loss > 1e-3 * loss[0, 0]
        alpha = grid[(len(loss) - above[::-1].argmax(axis=0)).argmin()]
        way = walk(method, VALLEY.grad, start, n_steps, alpha=share * alpha)
        found[name] = float(VALLEY.value(way.last))
    return found


def test_what_the_page_promises_of_its_first_figure():
    first = losses(VALLEY.start, 1, 40)
    assert min(first, key=first.get) == "Adam"
    moved = losses([-1.0, 1.0], 1, 40)
    assert min(moved, key=moved.get) == "RMSProp"
    assert losses(VALLEY.start, 2, 40)["SGD"] > 1e6


@pytest.mark.parametrize("n_alphas", [121, 401])
def test_it_is_no_ranking(n_alphas):
    other = soonest([-1.0, 1.0], 1e-3, n_alphas)
    assert min(other, key=other.get) == "SGD"
    tenth = soonest(VALLEY.start, 0.1, n_alphas)
    assert min(tenth, key=tenth.get) == "RMSProp"


def test_at_a_fixed_step_size_rmsprop_never_rests():
    for alpha in 0.01, 0.1:
        theta = descend(RMSProp(alpha), VALLEY.grad, VALLEY.start, 3000).theta[-200:]
        np.testing.assert_allclose(np.abs(theta[:, 1]), alpha / 2, rtol=0.05)
