"""The page of the race says what its race shows."""

from pathlib import Path

import nbformat
import numpy as np

from adamcore import Adam, State, race
from adamcore.contest import ALPHAS, RIVALS, courses, rival

PAGE = nbformat.read(Path(__file__).parent.parent / "chapters" / "race.ipynb", 4)
WORDS = "\n".join(cell.source for cell in PAGE.cells if cell.cell_type == "markdown")


def test_no_method_is_near_its_best_on_all_courses_with_one_step_size():
    assert "no method here is near its best on all six" in WORDS
    sweeps = np.array([[result.sweep for result in rival(method)] for method in RIVALS])
    near = sweeps <= 10 * sweeps.min(axis=2, keepdims=True)
    assert near.sum(axis=1).max() < len(courses()) == 6
    assert sweeps.shape[-1] == len(ALPHAS)


def test_who_writes_adam_is_even_with_it():
    assert "ahead from 0 of {glue:text}`starts` starts everywhere" in WORDS

    def my_step(state, g, alpha):
        return Adam(alpha).rule(State(*state), g)

    assert race(my_step).ahead() == [0] * len(courses())


def test_each_change_pays_somewhere_and_costs_elsewhere():
    assert "Each change pays somewhere and costs elsewhere" in WORDS
    adams = np.array([result.score for result in rival(Adam())])

    def changed(look):
        def step(state, g, alpha):
            t, beta2 = state.t + 1, 0.999 if look else 0.9
            m, v = 0.9 * state.m + 0.1 * g, beta2 * state.v + (1 - beta2) * g**2
            along = 0.9 * m + 0.1 * g if look else m
            scale = np.sqrt(v / (1 - beta2**t)) + 1e-8
            return State(state.theta - alpha * along / (1 - 0.9**t) / scale, t, g, m, v)

        return np.array([result.score for result in race(step).yours])

    for scores in changed(look=True), changed(look=False):
        assert (scores < 0.8 * adams).any()
        assert (scores > 1.2 * adams).any()
