"""Problems have the gradients and minima they claim; streams are what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamcore import SGD, descend, problems, streams

PROBLEMS = [
    problems.bowl(3.0),
    problems.bowl(0.5, start=(1.0, 2.0, 3.0)),
    problems.valley(),
    problems.valley(kappa=1000, angle=0.6, start=(1.0, 1.0)),
    problems.rosenbrock(),
    problems.double_well(),
    problems.double_well(tilt=0.2),
    problems.double_well(tilt=-0.3, n=2),
    problems.saddle(),
    problems.saddle(start=(0.5, -0.01)),
    problems.line_fit(30, np.random.default_rng(0)),
]
each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)


@each_problem
@given(data=st.data())
def test_gradients_are_the_slopes_of_the_values(problem, data):
    n = len(problem.start)
    theta = data.draw(hnp.arrays(float, n, elements=st.floats(-3, 3)))
    h = 1e-5
    ends = theta + h * np.stack([np.eye(n), -np.eye(n)])
    slopes = (problem.value(ends[0]) - problem.value(ends[1])) / (2 * h)
    scale = 1 + np.abs(problem.value(theta)) + np.abs(slopes).max()
    assert problem.grad(theta) == pytest.approx(slopes, abs=1e-6 * scale)


@each_problem
def test_the_minimum_is_flat_and_lowest(problem):
    assert problem.grad(problem.minimum) == pytest.approx(0, abs=1e-12)
    around = np.random.default_rng(0).uniform(-3, 3, (5000, len(problem.start)))
    assert problem.value(problem.minimum) <= problem.value(around).min()
    assert problem.value(problem.start) > problem.value(problem.minimum) or (
        problem.name == "double well, tilt 0"
    )


@each_problem
def test_leading_axes_broadcast(problem):
    grid = np.random.default_rng(0).standard_normal((4, 3, len(problem.start)))
    values, gradients = problem.value(grid), problem.grad(grid)
    assert (values.shape, gradients.shape) == ((4, 3), grid.shape)
    assert values[2, 1] == pytest.approx(problem.value(grid[2, 1]), rel=1e-13)
    assert gradients[2, 1] == pytest.approx(problem.grad(grid[2, 1]), rel=1e-12)
    assert np.shape(problem.value(list(problem.start))) == ()


@each_problem
def test_whole_numbers_are_good_coordinates(problem):
    theta = [2] * len(problem.start)
    assert np.array_equal(problem.grad(theta), problem.grad(np.array(theta, float)))
    assert problem.value(theta) == problem.value(np.array(theta, float))


def test_turning_a_valley_turns_its_start_and_keeps_its_values():
    straight, turned = problems.valley(25), problems.valley(25, np.pi / 2)
    assert turned.start == pytest.approx([-1, -4])
    assert turned.value(turned.start) == pytest.approx(straight.value(straight.start))
    assert np.linalg.norm(turned.grad(turned.start)) == pytest.approx(np.hypot(4, 25))
    assert "90°" in turned.name


def test_a_tilt_lowers_one_well_and_too_much_leaves_only_one():
    for tilt in (0.2, -0.2):
        problem = problems.double_well(tilt)
        assert problem.value(problem.minimum) < problem.value(-problem.minimum)
        assert np.sign(problem.minimum[0]) == -np.sign(tilt) == -np.sign(problem.start[0])
    with pytest.raises(ValueError, match=r"tilt = 0.4 .* 0.385"):
        problems.double_well(0.4)


def test_a_saddle_is_flat_and_falls_to_both_sides_and_its_gradient_leads_there_first():
    problem = problems.saddle()
    assert problem.grad([0.0, 0.0]).tolist() == [0, 0]
    for y in (-1e-3, 1e-3):
        assert problem.value([0.0, y]) < problem.value([0.0, 0.0]) < problem.value([abs(y), 0.0])
    along, across = np.abs(problem.grad(problem.start))
    assert along > 100 * across > 0
    for start in (problem.start, problem.start * [1, -1]):
        ending = descend(SGD(0.1), problem.grad, start, 300).theta[-1]
        assert ending == pytest.approx(problems.saddle(start).minimum, abs=1e-6)


def test_noise_has_the_size_it_is_given_and_comes_from_the_generator():
    problem = problems.bowl()
    theta = np.full((20_000, 1), 2.0)
    noise = problems.noisy(problem, 3.0, np.random.default_rng(0)).grad(theta) - 2
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(3, rel=0.02)
    again = problems.noisy(problem, 3.0, np.random.default_rng(0)).grad(theta) - 2
    assert np.array_equal(noise, again)


def test_a_batch_of_all_points_is_the_full_gradient():
    problem = PROBLEMS[-1]
    theta = np.array([0.3, -0.7])
    assert problem.batch_grad(theta, range(30)) == pytest.approx(problem.grad(theta))
    many = problem.batch_grad(theta, np.arange(30).reshape(6, 5))
    assert many.shape == (6, 2)
    assert many.mean(axis=0) == pytest.approx(problem.grad(theta))


def test_reddis_rounds_add_up_to_a_loss_that_is_least_at_minus_1():
    problem = problems.reddi(C=4)
    t = np.arange(1, 4)
    assert problem.grad(t).tolist() == [4, -1, -1]
    x = np.linspace(-1, 1, 5)
    total = problem.value(x[:, None], t).sum(axis=1)
    assert x[total.argmin()] == problem.minimum
    assert problem.project(np.array([-3.0, 0.5])).tolist() == [-1, 0.5]
    synthetic = problems.reddi(C=1010, small=10, period=101)
    assert synthetic.grad(range(1, 102)).sum() == 10
    with pytest.raises(ValueError, match=r"C = 2 .* C > 2"):
        problems.reddi(C=2)


@pytest.mark.parametrize("t", [0, -1, 1.5, True])
def test_the_longest_step_is_that_of_a_step(t):
    with pytest.raises((TypeError, ValueError), match=f"t = {t} is not allowed: it must be"):
        streams.step_bound(t=t)


def test_a_spike_must_lie_inside_its_stream():
    with pytest.raises(ValueError, match="at = 9"):
        streams.spike(100, at=9, n=5)


def test_noisy_streams_are_as_many_as_their_means():
    g = streams.noisy(np.array([0.0, 10.0]), 1.0, 4000, np.random.default_rng(0))
    assert g.shape == (4000, 2)
    assert g.mean(axis=0) == pytest.approx([0, 10], abs=0.06)
    assert streams.noisy(0.0, 1.0, 5, np.random.default_rng(0)).shape == (5,)


def test_the_worst_case_without_first_memory_is_a_single_gradient():
    assert streams.worst_case(4, beta1=0.0).tolist() == [0, 0, 0, 1]
    assert streams.step_bound(0.0, 0.999, 7) == pytest.approx(np.sqrt((1 - 0.999**7) / 0.001))
