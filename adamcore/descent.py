"""Run a method: down a problem, or along a fixed sequence of gradients.

Both functions return the whole history, so that a figure or a question needs no second run.
"""

from collections.abc import Callable
from dataclasses import replace
from reprlib import repr as shorten
from typing import Any

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array, count, function, numbers, refuse
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
        The step size as a function of t = 1, 2, ..., instead of the optimizer's alpha. What it
        gives must be allowed as alpha: a schedule that ends at 0 may round to less, and needs a
        max(0, ...) of its own.
    project
        Called on a copy of theta after each step; what it returns is the new theta: a way to stay
        in a set.

    Raises
    ------
    StoppedError
        When the run cannot go on: theta or what one of the functions gives is not finite, has
        another shape or is no number, or the function raises an error. The message names the
        step and the index, the error's `history` holds the steps before it, and its `__cause__`
        is the error behind it. A run that diverges slowly enough to stay finite is no error.

    Examples
    --------
    >>> from adamcore import SGD
    >>> descend(SGD(alpha=0.5), lambda theta: theta, [8.0], 3).theta.tolist()
    [[8.0], [4.0], [2.0], [1.0]]
    """
    state = _method(optimizer).init(theta)
    function("grad", grad, "theta")

    def gradient(state: State) -> npt.ArrayLike:
        return grad(state.theta.copy())  # a grad that works in place does no harm

    return _run(optimizer, state, gradient, count("n_steps", n_steps), schedule, project)


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
    state = _method(optimizer).init(np.zeros(g.shape[1:], dtype))

    rows = iter(g)  # and not by state.t: a method of somebody's own may count otherwise

    def gradient(state: State) -> Array:
        return np.broadcast_to(next(rows), state.theta.shape)

    return _run(optimizer, state, gradient, len(g), schedule, project)


def _method(optimizer: Any) -> Method:
    if not isinstance(optimizer, Method):
        what = shorten(optimizer)
        raise TypeError(f"optimizer = {what} is not allowed: it must be a method, such as Adam()")
    return optimizer


def _run(
    optimizer: Method,
    state: State,
    gradient: Callable[[State], npt.ArrayLike],
    n_steps: int,
    schedule: Callable[[int], Any] | None,
    project: Callable[[Array], Array] | None,
) -> History:
    for name, f, of in (("schedule", schedule, "t"), ("project", project, "theta")):
        if f is not None:
            function(name, f, of)
    stacks: list[Any] = [
        None if x is None else np.empty((n_steps + 1, *np.shape(x)), np.asarray(x).dtype)
        for x in state
    ]
    _write(stacks, 0, state)
    for t in range(1, n_steps + 1):
        source = ""  # whose error it is, where the error itself does not say so
        try:
            if schedule is not None:
                source = f"schedule({t}): "
                optimizer = replace(optimizer, alpha=schedule(t))
            source = f"grad at step {t}: "
            g = gradient(state)
            source = ""
            state = optimizer.step(state, g)
            if project is not None:
                source = f"project at step {t}: "
                state = state._replace(theta=_projected(project, state.theta))
        except Exception as error:
            done: list[Any] = [None if rows is None else rows[:t] for rows in stacks]
            kind = "" if isinstance(error, TypeError | ValueError) else f"{type(error).__name__}: "
            kept = f"(the {t - 1} steps before it are this error's .history)"
            raise StoppedError(f"{source}{kind}{error} {kept}", History(*done)) from error
        _write(stacks, t, state)
    return History(*stacks)


def _projected(project: Callable[[Array], Any], theta: Array) -> Array:
    """Return what project makes of theta, which must be like it."""
    x = project(np.array(theta))
    if x is None:
        raise TypeError("it returned None: it must return the new theta, even one that it changed")
    x = numbers("theta", x)
    if x.shape != theta.shape:
        raise ValueError(f"it returned shape {x.shape}: it must keep theta's, {theta.shape}")
    with np.errstate(over="ignore"):
        x = x.astype(theta.dtype)
    refuse("theta", x, ~np.isfinite(x), "is not allowed: it must return finite numbers")
    return x


def _write(stacks: list[Any], t: int, state: State) -> None:
    for rows, x in zip(stacks, state, strict=True):
        if rows is not None:
            rows[t] = x
