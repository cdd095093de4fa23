"""What is minimised: functions with their gradient, a start and a minimum.

The last axis of theta holds the coordinates and all others broadcast, so that one call serves a
point, a grid for contour lines or a thousand runs. `value` and `grad` are plain arithmetic: they
also run on object arrays of whatever can be added and multiplied, and so do the parameters of a
problem (`kappa`, `tilt`, ...), of which only numbers are checked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array


@dataclass(frozen=True, eq=False)
class Problem:
    """A function to minimise.

    Attributes
    ----------
    name : str
        What to write beside a figure.
    value, grad : callable
        The function and its gradient at theta of shape (..., n); their shapes are (...) and
        (..., n).
    start, minimum : array of shape (n,)
        Where a run may begin, and the global minimum.
    """

    name: str
    value: Callable[[npt.ArrayLike], Any]
    grad: Callable[[npt.ArrayLike], Any]
    start: Array
    minimum: Array


def bowl(h: float = 1.0, start: Any = (1.0,)) -> Problem:
    """Return h/2 |theta|^2: curvature h in every direction, as many as `start` has.

    >>> problem = bowl(h=4.0)
    >>> problem.value([3.0]), problem.grad([3.0])
    (np.float64(18.0), array([12.]))
    """

    def value(theta: npt.ArrayLike) -> Any:
        return h / 2 * np.square(theta).sum(axis=-1)

    def grad(theta: npt.ArrayLike) -> Any:
        return h * np.asarray(theta)

    start = np.array(start, float)
    return Problem(f"bowl, h = {_shown(h)}", value, grad, start, np.zeros_like(start))


def valley(kappa: float = 25.0, angle: float = 0.0, start: Any = (-4.0, 1.0)) -> Problem:
    """Return a quadratic valley, kappa times as steep across as along, turned by `angle` radians.

    Unturned it is (theta_1^2 + kappa theta_2^2) / 2. `start` is given in the unturned valley and
    turns with it, so that the angle is all that changes.

    >>> valley(kappa=25).grad([-4.0, 1.0])
    array([-4., 25.])
    """
    cos, sin = np.cos(angle), np.sin(angle)
    along_across = np.array([[cos, -sin], [sin, cos]])  # columns: along the valley, across it
    curvature = np.array([1.0, kappa])

    def value(theta: npt.ArrayLike) -> Any:
        u = np.asarray(theta) @ along_across
        return (curvature * u**2).sum(axis=-1) / 2

    def grad(theta: npt.ArrayLike) -> Any:
        u = np.asarray(theta) @ along_across
        return curvature * u @ along_across.T

    turned = ""
    if not _is_number(angle):
        turned = f", turned by {angle}"
    elif angle:
        turned = f", turned by {np.degrees(angle):.0f}°"
    start = along_across @ np.array(start, float)
    return Problem(f"valley, κ = {_shown(kappa)}{turned}", value, grad, start, np.zeros(2))


def rosenbrock(start: Any = (-1.2, 1.0)) -> Problem:
    """Return (1 - x)^2 + 100 (y - x^2)^2: a curved valley with a flat floor (Rosenbrock, 1960).

    >>> rosenbrock().value([1.0, 1.0])
    np.float64(0.0)
    """

    def value(theta: npt.ArrayLike) -> Any:
        x, y = np.moveaxis(np.asarray(theta), -1, 0)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def grad(theta: Any) -> Any:
        theta = _coordinates(theta)
        x, y = theta[..., 0], theta[..., 1]
        above_floor = y - x**2
        return np.stack([-2 * (1 - x) - 400 * x * above_floor, 200 * above_floor], axis=-1)

    return Problem("Rosenbrock", value, grad, np.array(start, float), np.ones(2))


def double_well(tilt: float = 0.0, n: int = 1) -> Problem:
    """Return (x^2 - 1)^2 / 4 + tilt x: two wells near x = -1 and x = 1, the left one lower.

    The more tilt, the lower; a negative tilt lowers the right well. Beyond |tilt| = 0.385 only
    one well is left. With n = 2 a second coordinate adds y^2 / 2. The start lies in the higher
    well, beside its floor.
    """
    most = 2 / 3**1.5  # where the higher well vanishes
    if _is_number(tilt) and not abs(tilt) < most:
        raise ValueError(f"tilt = {tilt} is not allowed: two wells need |tilt| < {most:.3f}")

    def value(theta: npt.ArrayLike) -> Any:
        theta = np.asarray(theta)
        x = theta[..., 0]
        return (x**2 - 1) ** 2 / 4 + tilt * x + (theta[..., 1:] ** 2).sum(axis=-1) / 2

    def grad(theta: Any) -> Any:
        theta = _coordinates(theta)
        x = theta[..., :1]  # without a power of 3, which processors round differently
        return np.concatenate([x * (x**2 - 1) + tilt, theta[..., 1:]], axis=-1)

    at = tilt if _is_number(tilt) else 0.0  # where a symbol's start and minimum are shown
    lower = -1.0 if at >= 0 else 1.0
    start, minimum = np.zeros(n), np.zeros(n)
    start[0] = -lower
    minimum[0] = lower * 2 / 3**0.5 * np.cos(np.arccos(abs(at) / most) / 3)
    return Problem(f"double well, tilt {_shown(tilt)}", value, grad, start, minimum)


def saddle(start: Any = (1.0, 1e-3)) -> Problem:
    """Return (x^2 - y^2) / 2 + y^4 / 4: a saddle at 0 between minima at y = -1 and y = 1.

    Along x it is a bowl, along y a hill with a well on either side. The start lies near the
    ridge, where the gradient points to the saddle; `minimum` is the one on the start's side.

    >>> saddle().grad([1.0, 0.5])
    array([ 1.   , -0.375])
    """

    def value(theta: npt.ArrayLike) -> Any:
        x, y = np.moveaxis(np.asarray(theta), -1, 0)
        return (x**2 - y**2) / 2 + (y**2) ** 2 / 4

    def grad(theta: Any) -> Any:
        theta = _coordinates(theta)
        x, y = theta[..., 0], theta[..., 1]
        return np.stack([x, y * (y**2 - 1)], axis=-1)

    start = np.array(start, float)
    minimum = np.array([0.0, 1.0 if start[1] >= 0 else -1.0])
    return Problem("saddle", value, grad, start, minimum)


def _coordinates(theta: npt.ArrayLike) -> Any:
    """Return theta as an array of floats, or of symbols as it is."""
    x = np.asarray(theta)
    return x if x.dtype == object else x.astype(float)


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float | np.integer | np.floating)


def _shown(x: Any) -> str:
    return f"{x:g}" if _is_number(x) else str(x)


def noisy(problem: Problem, sigma: float | Array, rng: np.random.Generator) -> Problem:
    """Return the problem with normal noise of standard deviation sigma on every gradient."""

    def grad(theta: npt.ArrayLike) -> Any:
        g = problem.grad(theta)
        return g + sigma * rng.standard_normal(g.shape)

    return replace(problem, name=f"{problem.name}, noisy gradient", grad=grad)


@dataclass(frozen=True, eq=False)
class LineFit(Problem):
    """Least squares: half the mean squared error of the line theta_1 + theta_2 x.

    Attributes
    ----------
    x, y : arrays of shape (n,)
        The data.
    """

    x: Array
    y: Array

    def batch_grad(self, theta: npt.ArrayLike, index: npt.ArrayLike) -> Array:
        """Return the gradient as a mini-batch sees it.

        The batch is x[index], y[index]. `index` has shape (..., batch) and the result (..., 2):
        many batches are estimated at once.
        """
        return _line_gradient(theta, self.x[np.asarray(index)], self.y[np.asarray(index)])


def line_fit(n: int, rng: np.random.Generator) -> LineFit:
    """Draw n points around the line 1 + 2 x and return the problem of finding it again.

    >>> problem = line_fit(100, np.random.default_rng(0))
    >>> batch = np.arange(8)
    >>> problem.batch_grad([0.0, 0.0], batch).shape
    (2,)
    """
    x = rng.uniform(-1, 1, n)
    y = 1 + 2 * x + 0.5 * rng.standard_normal(n)

    def value(theta: npt.ArrayLike) -> Any:
        return (_line_residual(theta, x, y) ** 2).mean(axis=-1) / 2

    def grad(theta: npt.ArrayLike) -> Any:
        return _line_gradient(theta, x, y)

    minimum = np.linalg.lstsq(np.stack([np.ones(n), x], axis=-1), y, rcond=None)[0]
    return LineFit(f"line through {n} points", value, grad, np.array([-1.0, -1.0]), minimum, x, y)


def _line_residual(theta: npt.ArrayLike, x: Array, y: Array) -> Any:
    theta = np.asarray(theta)
    return theta[..., :1] + theta[..., 1:] * x - y


def _line_gradient(theta: npt.ArrayLike, x: Array, y: Array) -> Array:
    residual = _line_residual(theta, x, y)
    return np.stack([residual.mean(axis=-1), (residual * x).mean(axis=-1)], axis=-1)


@dataclass(frozen=True)
class Reddi:
    """The online problem on which Adam goes the wrong way (Reddi, Kale & Kumar, 2018).

    In round t the loss is `large` x when t mod period = 1 and -`small` x otherwise, for x in
    [-1, 1]. A whole period sums to a positive multiple of x, so x = -1 is best. The gradient does
    not depend on x: feed `grad(range(1, n + 1))` to `respond`, with `project`.

    >>> reddi(C=4).grad([1, 2, 3, 4])
    array([ 4., -1., -1.,  4.])
    """

    large: float
    small: float
    period: int
    start: float = 0.0
    minimum: float = -1.0

    def grad(self, t: npt.ArrayLike) -> Array:
        """Return the gradient of round t = 1, 2, ..., for each entry of t."""
        return np.where(np.asarray(t) % self.period == 1, self.large, -self.small)

    def value(self, theta: npt.ArrayLike, t: npt.ArrayLike) -> Array:
        """Return the loss of theta in round t."""
        return np.multiply(self.grad(t), theta)

    def project(self, theta: Array) -> Array:
        """Return the point of [-1, 1] nearest to theta."""
        return theta.clip(-1, 1)


def reddi(C: float = 4.0, small: float = 1.0, period: int = 3) -> Reddi:  # noqa: N803
    """Return Reddi's problem; C = 1010, small = 10, period = 101 is the paper's synthetic one."""
    if small * (period - 1) >= C:
        raise ValueError(f"C = {C} is not allowed: x = -1 is best for C > {small * (period - 1)}")
    return Reddi(float(C), float(small), period)
