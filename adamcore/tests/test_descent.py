"""Runs: what they return, how they stop, how they are steered."""

import numpy as np
import pytest

from adamcore import (
    SGD,
    Adam,
    AMSGradTorch,
    Momentum,
    State,
    StoppedError,
    descend,
    problems,
    respond,
)


def test_a_history_is_the_states_stacked():
    method, problem = Adam(0.1), problems.rosenbrock()
    history = descend(method, problem.grad, problem.start, 5)
    assert isinstance(history, State)
    state = method.init(problem.start)
    for t in range(6):
        for stacked, single in zip(history[:7], state[:7], strict=True):
            assert np.array_equal(stacked[t], single, equal_nan=True)
        state = method.step(state, problem.grad(state.theta))
    assert np.array_equal(history.steps, np.diff(history.theta, axis=0))
    assert history.t.tolist() == [0, 1, 2, 3, 4, 5]


def test_row_0_is_the_start_and_has_no_gradient_yet():
    history = respond(AMSGradTorch(), [[30.0], [-30.0]])
    assert np.isnan([history.g[0], history.m_hat[0], history.v_hat[0]]).all()
    assert history.theta[0] == history.m[0] == history.v[0] == history.v_max[0] == 0
    assert np.isfinite(np.concatenate([x[1:].ravel() for x in history])).all()


def test_what_a_method_does_not_have_is_none():
    history = respond(Momentum(0.1), [1.0])
    assert history.v is history.m_hat is history.v_hat is history.v_max is None


def test_no_steps_leave_the_start():
    assert descend(SGD(0.1), np.negative, [3.0], 0).theta.tolist() == [[3.0]]
    assert respond(Adam(), []).theta.tolist() == [0.0]


def test_respond_broadcasts_one_stream_to_all_settings():
    history = respond(Adam(alpha=1.0, beta1=[[0.0], [0.9]], beta2=[0.9, 0.99, 0.999]), [1.0, 2.0])
    assert history.theta.shape == history.g.shape == (3, 2, 3)


def test_respond_needs_a_time_axis_and_numbers():
    with pytest.raises(ValueError, match="gradients has no axis"):
        respond(Adam(), 3.0)
    with pytest.raises(TypeError, match="gradients = 'up and down'"):
        respond(Adam(), "up and down")


def test_a_huge_theta_is_no_error():
    theta = descend(SGD(2.1), lambda x: x, [1.0], 5000).theta
    assert theta[-1] == pytest.approx(1.1**5000)
    assert theta[-1] > 1e200


def test_a_run_that_overflows_says_when_and_keeps_what_it_had():
    with pytest.raises(StoppedError, match=r"theta\[0\] = inf at step 512.* 511 steps") as caught:
        descend(SGD(5.0), lambda x: x, [1.0], 2000)
    history = caught.value.history
    assert history.theta.shape == (512, 1)
    assert history.theta[-1] == -(4.0**511)


def test_a_gradient_that_is_not_finite_says_where_and_keeps_what_was_before():
    with pytest.raises(StoppedError, match=r"g\[1\] = nan at step 3 .* 2 steps") as caught:
        respond(Adam(), [[1.0, 1.0], [1.0, 1.0], [1.0, np.nan], [1.0, 1.0]])
    assert caught.value.history.theta.shape == (3, 2)


def after_two(good, bad):
    """Return a function that is good twice, and then gives what is bad, or raises it."""
    calls = []

    def f(x):
        calls.append(x)
        if len(calls) < 3:
            return good(x)
        if isinstance(bad, Exception):
            raise bad
        return bad

    return f


@pytest.mark.parametrize(
    ("name", "bad", "says"),
    [
        ("grad", KeyError("no data"), r"grad at step 3: KeyError: 'no data'"),
        ("grad", ValueError("no data"), r"grad at step 3: no data"),
        ("grad", None, "g = None is not allowed"),
        ("grad", [1.0, 2.0, 3.0], r"g has shape \(3,\) at step 3"),
        ("grad", [np.nan, 1.0], r"g\[0\] = nan at step 3"),
        ("schedule", ZeroDivisionError("by zero"), r"schedule\(3\): ZeroDivisionError: by zero"),
        ("schedule", -1e-17, r"schedule\(3\): alpha = -1e-17 is not allowed: .* >= 0"),
        ("schedule", None, r"schedule\(3\): alpha = None"),
        (
            "schedule",
            [0.1, 0.1, 0.1],
            r"alpha has shape \(3,\): it must broadcast to theta's \(2,\)",
        ),
        ("schedule", [[0.1], [0.1]], r"alpha has shape \(2, 1\)"),
        ("project", RuntimeError("outside"), "project at step 3: RuntimeError: outside"),
        ("project", None, "project at step 3: it returned None: .* even one that it changed"),
        ("project", [1.0], r"project at step 3: it returned shape \(1,\)"),
        ("project", [np.inf, 1.0], r"project at step 3: theta\[0\] = inf"),
        ("project", "inside", "project at step 3: theta = 'inside'"),
    ],
)
def test_a_function_that_fails_stops_the_run_which_keeps_what_it_had(name, bad, says):
    good = {"grad": np.copy, "schedule": lambda t: 0.1, "project": np.copy}
    functions = {"grad": np.copy, name: after_two(good[name], bad)}
    with pytest.raises(StoppedError, match=says + r".* \(the 2 steps before it") as caught:
        descend(Adam(0.1), theta=[1.0, 2.0], n_steps=5, **functions)
    right = descend(Adam(0.1), np.copy, [1.0, 2.0], 2)
    assert np.array_equal(caught.value.history.theta, right.theta)
    if isinstance(bad, Exception):
        assert caught.value.__cause__ is bad


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"optimizer": Adam}, TypeError, "optimizer = .*Adam.* it must be a method, such as"),
        ({"grad": 3.0}, TypeError, "grad = 3.0 .* it must be a function of theta"),
        ({"schedule": 0.1}, TypeError, "schedule = 0.1 .* it must be a function of t"),
        ({"project": 1}, TypeError, "project = 1 .* it must be a function of theta"),
        ({"n_steps": 2.0}, TypeError, "n_steps = 2.0 .* it must be a whole number"),
        ({"n_steps": True}, TypeError, "n_steps = True"),
        ({"n_steps": None}, TypeError, "n_steps = None"),
        ({"n_steps": -1}, ValueError, "n_steps = -1 .* it must be 0 or more"),
    ],
)
def test_what_descend_cannot_use_is_named_before_a_step_is_taken(arguments, error, says):
    good = {"optimizer": SGD(0.1), "grad": np.copy, "theta": [1.0], "n_steps": np.int64(3)}
    assert descend(**good).theta.shape == (4, 1)
    with pytest.raises(error, match=says):
        descend(**good | arguments)


def test_a_projection_that_works_in_place_and_returns_its_theta_is_fine():
    def project(theta):
        return np.clip(theta, -1, 1, out=theta)

    assert respond(SGD(1.0), np.ones(3), project=project).theta.tolist() == [0, -1, -1, -1]


def test_a_gradient_function_that_writes_into_theta_does_no_harm():
    def grad(theta):
        theta *= 2
        return theta

    assert descend(SGD(0.25), grad, [8.0], 3).theta[:, 0].tolist() == [8, 4, 2, 1]


def test_a_schedule_sets_the_step_size_of_each_step():
    history = respond(SGD(9.0), np.ones(4), schedule=lambda t: 1 / t)
    assert history.steps == pytest.approx(-1 / np.arange(1, 5))


def test_a_projection_keeps_theta_in_its_set():
    history = respond(SGD(1.0), np.ones(4), project=lambda theta: np.clip(theta, -2.5, 1))
    assert history.theta.tolist() == [0, -1, -2, -2.5, -2.5]
