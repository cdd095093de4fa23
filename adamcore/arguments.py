"""What may come in: hyper-parameters, parameters and gradients, all checked here.

The methods stay bare. `checked` wraps their steps, so that a bad argument is answered by a
sentence that names it, its value and what is allowed.
"""

import copy
import functools
import math
from collections.abc import Callable
from dataclasses import fields
from reprlib import repr as shorten
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Hyper = float | Array  # a hyper-parameter: one number, or an array that broadcasts against theta
M = TypeVar("M")  # a method and
S = TypeVar("S")  # its State, both from optimizers.py


def numbers(name: str, x: Any) -> Array:
    """Return a new array of the real numbers in x, or raise an error that says `name`."""
    try:
        array = np.array(x)
    except ValueError as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} = {shorten(x)} is not allowed: {name} must be real numbers")
    return array


def check_hyperparameters(method: Any) -> None:
    """Turn each field of a method into a float or a read-only float64 array, in its range."""
    for field in fields(method):
        name, x = field.name, getattr(method, field.name)
        is_beta = name.startswith("beta")
        limit = 1.0 if is_beta else math.inf
        if type(x) is float and 0 <= x < limit:
            continue
        x = numbers(name, x).astype(np.float64)
        allowed = "in [0, 1)" if is_beta else "finite and >= 0"
        _refuse(name, x, ~((x >= 0) & (x < limit)), f"is not allowed: {name} must be {allowed}")
        x.flags.writeable = False
        object.__setattr__(method, name, x if x.ndim else float(x))


def first_theta(method: Any, theta: npt.ArrayLike) -> Array:
    """Return a copy of theta, broadcast to the shape it has together with the method's arrays."""
    x = numbers("theta", theta)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"theta is {x.dtype}: it must be float32 or float64 (1.0 instead of 1)")
    _refuse("theta", x, ~np.isfinite(x), "is not allowed: theta must be finite")
    shape = x.shape
    for field in fields(method):
        other = np.shape(getattr(method, field.name))
        try:
            shape = np.broadcast_shapes(shape, other)
        except ValueError:
            message = f"{field.name} has shape {other}: it must broadcast against theta's {shape}"
            raise ValueError(message) from None
    return np.broadcast_to(x, shape).copy()


def checked(step: Callable[[M, S, Array], S]) -> Callable[[M, S, npt.ArrayLike], S]:
    """Wrap a method's step: look at the gradient before it and at what came out after it.

    What the bare lines leave open is settled here. A coordinate whose v is 0 while eps is 0
    (0/0) stays where it is; a v or a theta that overflows is an error, because the first would
    freeze its coordinate without a word; float32 stays float32 beside float64 hyper-parameters.
    """

    @functools.wraps(step)
    def checked_step(self: M, state: Any, g: npt.ArrayLike) -> Any:
        if not hasattr(state, "theta"):
            raise TypeError(f"state = {shorten(state)} is not allowed: make it with init or step")
        theta = state.theta
        g = _gradient(g, theta, state.t + 1)
        with np.errstate(all="ignore"):  # what overflows is named below
            try:
                new: Any = step(self, state, g)
            except TypeError:  # a symbol that this method needs is None
                name = type(self).__name__
                raise TypeError(f"state is another method's: it must come from {name}") from None
            scale = g if new.v is None else new.v if new.v_hat is None else new.v_hat
            # A sum of products is the cheapest test that all of its factors are finite.
            if not math.isfinite(np.vdot(new.theta, scale)):
                new = _settled(step, self, state, g, new, scale)
        if new.theta.dtype != theta.dtype:
            new = type(new)(*(x.astype(theta.dtype) if hasattr(x, "dtype") else x for x in new))
        return new

    return checked_step


def _gradient(g: npt.ArrayLike, theta: Array, t: int) -> Array:
    x = numbers("g", g)  # a copy: a State shares no memory with the caller
    if x.dtype != theta.dtype:
        with np.errstate(over="ignore"):
            x = x.astype(theta.dtype)
    if x.shape != theta.shape:
        raise ValueError(f"g has shape {x.shape} at step {t}: it must have theta's, {theta.shape}")
    if not math.isfinite(np.vdot(x, x)):
        _refuse("g", x, ~np.isfinite(x), f"at step {t} is not allowed: g must be finite")
    return x


def _settled(step: Any, self: Any, state: Any, g: Array, new: Any, scale: Array) -> Any:
    """Return the new state without its 0/0, or say what has overflowed."""
    at_step = f"at step {new.t}"
    dtype = state.theta.dtype
    limit = f"its square overflows, which it does beyond {np.finfo(dtype).max ** 0.5:.2g}"
    _refuse("g", g, ~np.isfinite(scale), f"{at_step} is too large: in v {limit}")
    eps = getattr(self, "eps", math.inf)
    if not np.all(eps):
        still = copy.copy(self)  # m / (0 + infinity) is the step of 0 that 0/0 stands for
        object.__setattr__(still, "eps", np.where((scale == 0) & (eps == 0), math.inf, eps))
        new = step(still, state, g)
    what = f"{at_step}: the step left the range of {dtype}, alpha is too large"
    _refuse("theta", new.theta, ~np.isfinite(new.theta), what)
    return new


def _refuse(name: str, x: Array, bad: Any, why: str) -> None:
    """Raise a ValueError that shows the first bad entry of x, if there is one."""
    if np.any(bad):
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        where = f"[{', '.join(map(str, index))}]" if index else ""
        raise ValueError(f"{name}{where} = {x[index]} {why}")
