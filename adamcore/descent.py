"""Run a method: down a problem, or along a fixed sequence of gradients.

Both functions return the whole history, so that a figure or a question needs no second run.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array, numbers
from adamcore.method import Method, State


class History(State):
    """The States of a run, stacked: the first axis of every array is t, and row 0 is the start.

    Row 0 of g, m_hat and v_hat is NaN, for the first step defines them. What the method does not
    have is None.
    """

    __slots__ = ()

    @property
    def steps(self) -> Array:
        """The steps theta[t] - theta[t - 1], one row for each t from 1."""
        return np.diff(self.theta, axis=0)


class StoppedError(ValueError):
    """A run that could not go on; what it had done until then is in `history`."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def descend(
    optimizer: Method,
    grad: Callable[[Array], npt.ArrayLike],
    theta: npt.ArrayLike,
    n_steps: int,
    *,
    schedule: Callable[[int], Any] | None = None,
    project: Callable[[Array], Array] | None = None,
) -> History:
    """Take n_steps steps from theta and return all of them.

    Parameters
    ----------
    optimizer
        A method. Where its hyper-parameters are arrays that broadcast against theta, every
        setting runs at once: alpha of shape (1000, 1) and theta of shape (2,) make 1000 runs.
    grad
        The gradient as a function of theta; both have the shape of theta.
    theta
        Where to start, float32 or float64; it is not changed.
    n_steps
        How many steps, 0 or more.
    schedule
        The step size as a function of t = 1, 2, ..., instead of the optimizer's alpha.
    project
        Called on theta after each step, and its result is the new theta: a way to stay in a set.

    Raises
    ------
    StoppedError
        When a gradient or theta is no longer finite. A run that diverges slowly enough to stay
        finite is no error. The message names the step and the index; the error's `history` holds
        the steps before it.

    Examples
    --------
    >>> from adamcore import SGD
    >>> descend(SGD(alpha=0.5), lambda theta: theta, [8.0], 3).theta.tolist()
    [[8.0], [4.0], [2.0], [1.0]]
    """
    state = optimizer.init(theta)

    def gradient(state: State) -> npt.ArrayLike:
        return grad(state.theta.copy())  # a grad that works in place does no harm

    return _run(optimizer, state, gradient, n_steps, schedule, project)


def respond(
    optimizer: Method,
    gradients: npt.ArrayLike,
    *,
    schedule: Callable[[int], Any] | None = None,
    project: Callable[[Array], Array] | None = None,
) -> History:
    """Feed the method a fixed sequence of gradients and return what it makes of them.

    theta starts at 0. The first axis of `gradients` is time; the shape of the rest, together with
    the hyper-parameters' shapes, is theta's. `schedule` and `project` are those of `descend`,
    and so is `StoppedError`.

    Examples
    --------
    >>> from adamcore import Adam
    >>> respond(Adam(alpha=1.0), [30.0, -30.0, 30.0]).steps.round(3).tolist()
    [-1.0, 0.053, -0.336]
    """
    g = numbers("gradients", gradients)
    if g.ndim == 0:
        raise ValueError("gradients has no axis: its first axis must be time")
    dtype = np.float32 if g.dtype == np.float32 else np.float64
    state = optimizer.init(np.zeros(g.shape[1:], dtype))

    def gradient(state: State) -> Array:
        return np.broadcast_to(g[state.t], state.theta.shape)

    return _run(optimizer, state, gradient, len(g), schedule, project)


def _run(
    optimizer: Method,
    state: State,
    gradient: Callable[[State], npt.ArrayLike],
    n_steps: int,
    schedule: Callable[[int], Any] | None,
    project: Callable[[Array], Array] | None,
) -> History:
    if n_steps < 0:
        raise ValueError(f"n_steps = {n_steps} is not allowed: it must be 0 or more")
    stacks: list[Any] = [
        None if x is None else np.empty((n_steps + 1, *np.shape(x)), np.asarray(x).dtype)
        for x in state
    ]
    _write(stacks, 0, state)
    for t in range(1, n_steps + 1):
        if schedule is not None:
            optimizer = replace(optimizer, alpha=schedule(t))
        g = gradient(state)
        try:
            state = optimizer.step(state, g)
        except ValueError as error:
            done: list[Any] = [None if rows is None else rows[:t] for rows in stacks]
            message = f"{error} (the {t - 1} steps before it are this error's .history)"
            raise StoppedError(message, History(*done)) from error
        if project is not None:
            state = state._replace(theta=np.asarray(project(state.theta), state.theta.dtype))
        _write(stacks, t, state)
    return History(*stacks)


def _write(stacks: list[Any], t: int, state: State) -> None:
    for rows, x in zip(stacks, state, strict=True):
        if rows is not None:
            rows[t] = x
