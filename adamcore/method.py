"""What all methods share: the State, its start, and one step around each method's own rule.

A step is `Method.step`: what comes in is checked, the rule of the method is applied, and what
comes out is settled. The rules are in `optimizers` and `variants`; whatever is not a rule is here,
out of the way of the formulas.
"""

import copy
import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from reprlib import repr as shorten
from typing import Any, ClassVar, NamedTuple, get_type_hints

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array, NonNegative, Range, count, entry, first, numbers, refuse

Symbols = tuple[str, ...]


class State(NamedTuple):
    """Every symbol of Algorithm 1 after step t, and the largest v of AMSGrad.

    The arrays have theta's shape and dtype. What a method does not have is None; what is not
    defined before the first step (g, m_hat and v_hat at t = 0) is NaN.
    """

    theta: Array
    t: int
    g: Array
    m: Any = None
    v: Any = None
    m_hat: Any = None
    v_hat: Any = None
    v_max: Any = None


@dataclass(frozen=True)
class Method(ABC):
    """A frozen set of hyper-parameters, and one step with them.

    A method of your own is a subclass: it declares its hyper-parameters and what it carries, and
    writes its `rule`.

    Attributes
    ----------
    carries
        The symbols that go from step to step, out of m, v and v_max. They start at 0.
    shows
        Those that each step makes anew for all to see, out of m_hat and v_hat. They start as NaN.
    """

    carries: ClassVar[Symbols] = ()
    shows: ClassVar[Symbols] = ()
    _has_arrays: ClassVar[bool] = False  # as most have not, which a step may know at once

    alpha: NonNegative

    def __post_init__(self) -> None:
        _check_hyperparameters(self)

    def init(self, theta: npt.ArrayLike) -> State:
        """Return the State at t = 0.

        Raises TypeError for a theta that is not float32 or float64, and ValueError for one that
        is not finite or does not broadcast against the hyper-parameters.
        """
        theta = _first_theta(self, theta)
        not_yet = np.full_like(theta, np.nan)
        carried = {symbol: np.zeros_like(theta) for symbol in self.carries}
        shown = {symbol: not_yet.copy() for symbol in self.shows}
        return State(theta, 0, not_yet, **carried, **shown)

    def step(self, state: State, g: npt.ArrayLike) -> State:
        """Return the State one step after `state`, where the gradient is g.

        Raises TypeError or ValueError, and changes nothing, when the state is not one of this
        method, when g has not theta's shape or is not finite, and when the step leaves the range
        of theta's dtype. The message names the argument, the index, the step and what is allowed.
        A coordinate that has had no gradient yet, 0/0 without eps, stays where it is.
        """
        state, g = _checked(self, state, g)
        with np.errstate(all="ignore"):  # what overflows is named by _settled
            return _settled(self, state, g, self.rule(state, g))

    @abstractmethod
    def rule(self, state: State, g: Any) -> State:
        """Return the State after `state` by the bare lines of the paper, nothing checked.

        They are plain arithmetic, and run on whatever can be added and multiplied.
        """


# Hyper-parameters and theta


@functools.cache
def ranges(method: type[Method]) -> dict[str, Range]:
    """Return the range that each hyper-parameter declares; without one any finite number goes."""
    hints = get_type_hints(method, include_extras=True)
    anything = Range(np.finfo(float).min, math.inf, "finite")
    return {
        field.name: next(
            (x for x in getattr(hints[field.name], "__metadata__", ()) if isinstance(x, Range)),
            anything,
        )
        for field in fields(method)
    }


def _check_hyperparameters(method: Method) -> None:
    """Turn each field of a method into a float or a read-only float64 array, in its range."""
    declared = ranges(type(method))
    for name, (start, end, allowed) in declared.items():
        x = getattr(method, name)
        if type(x) is float and start <= x < end:
            continue
        if name == "beta1" and "beta2" in declared and isinstance(x, tuple) and len(x) == 2:
            raise TypeError(
                f"beta1 = {shorten(x)} is a pair: write beta1={x[0]}, beta2={x[1]}"
                " (an array or a list runs several beta1 side by side)"
            )
        x = numbers(name, x).astype(np.float64)
        refuse(name, x, ~((x >= start) & (x < end)), f"is not allowed: {name} must be {allowed}")
        x.flags.writeable = False
        object.__setattr__(method, name, x if x.ndim else float(x))
        if x.ndim:
            object.__setattr__(method, "_has_arrays", True)


def _check_fit(method: Method, dtype: np.dtype[Any]) -> None:
    """Refuse a single number that theta's dtype takes for 0 or for infinity.

    Arrays are left alone: beside them the arithmetic is done in float64.
    """
    least, most = np.finfo(dtype).smallest_subnormal, float(np.finfo(dtype).max)
    for name, range_ in ranges(type(method)).items():
        x = getattr(method, name)
        if type(x) is float and range_.end == math.inf:
            if abs(x) > most:
                raise ValueError(
                    f"{name} = {x} is too large for {dtype}, theta's dtype: the end is {most:.2g}"
                )
            if x and not dtype.type(x):
                raise ValueError(
                    f"{name} = {x} is 0 in {dtype}, theta's dtype: it must be 0, or {least:.2g}"
                    " and more"
                )


def _check_shapes(method: Method, shape: tuple[int, ...]) -> None:
    """Refuse hyper-parameters with a shape that is not part of theta's."""
    for field in fields(method):
        other = np.shape(getattr(method, field.name))
        try:
            fits = np.broadcast_shapes(other, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            message = f"{field.name} has shape {other}: it must broadcast to theta's {shape}"
            raise ValueError(message)


def _first_theta(method: Method, theta: npt.ArrayLike) -> Array:
    """Return a copy of theta, broadcast to the shape it has together with the method's arrays."""
    x = numbers("theta", theta)
    if x.dtype not in (np.float32, np.float64):
        hint = "convert it with astype" if x.dtype.kind == "f" else "1.0 instead of 1"
        raise TypeError(f"theta is {x.dtype}: it must be float32 or float64 ({hint})")
    refuse("theta", x, ~np.isfinite(x), "is not allowed: theta must be finite")
    _check_fit(method, x.dtype)
    shape = x.shape
    for field in fields(method):
        other = np.shape(getattr(method, field.name))
        try:
            shape = np.broadcast_shapes(shape, other)
        except ValueError:
            message = f"{field.name} has shape {other}: it must broadcast against theta's {shape}"
            raise ValueError(message) from None
    return np.broadcast_to(x, shape).copy()


# What comes into a step


def _checked(method: Method, state: State, g: Any) -> tuple[State, Array]:
    """Return the state and the gradient as the rule may have them, or say what is wrong."""
    if not isinstance(state, State):
        raise TypeError(f"state = {shorten(state)} is not allowed: make it with init or step")
    (theta, t, _, m, v, _, _, v_max), carries = state, method.carries
    if not isinstance(theta, _ARRAYS) or theta.dtype not in _DTYPES:
        of = f" of {theta.dtype}" if isinstance(theta, _ARRAYS) else ""
        raise TypeError(
            f"state.theta = {shorten(theta)}{of} is not allowed: it must be an array of float32 or"
            " float64; make the state with init or step"
        )
    dtype, shape = theta.dtype, theta.shape
    if type(t) is not int or t < 0:  # a row of a History has a t of numpy's
        state = state._replace(t=count("state.t", t))
    for symbol, x in (("m", m), ("v", v), ("v_max", v_max)):
        if (x is not None) is not (symbol in carries):
            name = type(method).__name__
            has = f"no {symbol}" if x is None else f"{symbol}, which {name} has not"
            raise TypeError(f"state has {has}: it is another method's, and must come from {name}")
        if x is not None and (not isinstance(x, _ARRAYS) or x.dtype != dtype or x.shape != shape):
            what = f"{getattr(x, 'dtype', type(x).__name__)} of shape {np.shape(x)}"
            raise TypeError(f"state.{symbol} is {what}: it must be like theta, {dtype} of {shape}")
    if method._has_arrays:
        _check_shapes(method, shape)

    if type(g) is np.ndarray and g.dtype == dtype:
        x = g.copy()  # a State shares no memory with the caller
    else:
        x = _cast_gradient(method, numbers("g", g), dtype, t + 1)
    if x.shape != shape:
        raise ValueError(f"g has shape {x.shape} at step {t + 1}: it must have theta's, {shape}")
    return state, x


_ARRAYS = (np.ndarray, np.generic)
_DTYPES = (np.dtype(np.float64), np.dtype(np.float32))


def _cast_gradient(method: Method, g: Array, dtype: Any, t: int) -> Array:
    """Return g in theta's dtype; refuse what is lost on the way, where it matters."""
    with np.errstate(all="ignore"):
        x = g.astype(dtype)
    end = (
        f"at step {t} is too large for {dtype}, theta's dtype: the end is {np.finfo(dtype).max:.2g}"
    )
    refuse("g", g, np.isinf(x) & np.isfinite(g), end)
    if "v" in method.carries:  # which is divided by
        gone = (x == 0) & (g != 0) & (np.asarray(getattr(method, "eps", 0.0)) == 0)
        least = np.finfo(dtype).smallest_subnormal
        refuse(
            "g", g, gone, f"at step {t} is 0 in {dtype}, theta's dtype: the least is {least:.2g}"
        )
    return x


# What comes out of it


def _settled(method: Method, state: State, g: Array, new: State) -> State:
    """Return the new state in theta's dtype and without its 0/0, or say what has overflowed."""
    if new.theta.dtype != state.theta.dtype:
        new = _cast(new, state.theta.dtype)
    scale = _scale(new)
    # A sum of products is the cheapest test that all of its factors are finite.
    if math.isfinite(np.vdot(new.theta, g)) and (
        scale is None or math.isfinite(np.vdot(new.theta, scale))
    ):
        return new
    refuse("g", g, ~np.isfinite(g), f"at step {new.t} is not allowed: g must be finite")
    _blame_state(method, state)
    _check_fit(method, state.theta.dtype)
    _blame_averages(state, new)
    if scale is not None:
        no_eps = np.asarray(getattr(method, "eps", 0.0)) == 0
        empty = (scale == 0) & no_eps & ~np.isfinite(new.theta)
        if np.any(empty):
            new = _without_0_by_0(method, state, new, empty)
    _blame_alpha(method, state, new)
    return new


def _cast(new: Any, dtype: Any) -> State:
    return State(*(x.astype(dtype) if hasattr(x, "dtype") else x for x in new))


def _scale(new: State) -> Any:
    """Return what the step was divided by, up to a root; None where it was not divided."""
    if new.v_max is not None:
        return new.v_max
    return new.v if new.v_hat is None else new.v_hat


def _blame_state(method: Method, state: State) -> None:
    """Refuse a state that somebody has spoilt between two steps."""
    for symbol in ("theta", *method.carries):
        x = getattr(state, symbol)
        bad = ~np.isfinite(x)
        refuse(f"state.{symbol}", x, bad, "is not allowed: a state must be finite")
        if symbol.startswith("v"):
            refuse(f"state.{symbol}", x, x < 0, "is not allowed: v must be >= 0")


def _blame_averages(state: State, new: State) -> None:
    """Say which of the symbols before theta has left its dtype, and with which gradient."""
    g, dtype = new.g, state.theta.dtype
    for symbol in ("v", "v_max", "m", "v_hat", "m_hat"):
        x, before = getattr(new, symbol), getattr(state, symbol)
        if x is None or np.isfinite(x).all():
            continue
        at = first(~np.isfinite(x))
        if symbol == "v" and np.isinf(g[at] ** 2):
            raise ValueError(
                f"{entry('g', g, at)} at step {new.t} is too large: in v its square overflows,"
                f" which it does beyond {np.finfo(dtype).max ** 0.5:.2g}"
            )
        was = "" if symbol.endswith("hat") else f" and {entry(symbol, before, at)} before"
        raise ValueError(
            f"{entry(symbol, x, at)} at step {new.t} has left the range of {dtype},"
            f" with {entry('g', g, at)}{was}"
        )


def _without_0_by_0(method: Method, state: State, new: State, empty: Any) -> State:
    """Return the new state with a step of 0 where g, v and eps are 0.

    A gradient that is not 0, but too small for a v of its dtype, is an error: it would never move
    its coordinate.
    """
    refuse(
        "g",
        new.g,
        empty & (new.g != 0),
        f"at step {new.t} is too small: in {new.g.dtype} its v is 0, and so is eps",
    )
    if not hasattr(method, "eps"):
        return new._replace(theta=np.where(empty, state.theta, new.theta)[()])
    still = copy.copy(method)  # m / (0 + infinity) is the step of 0 that 0/0 stands for
    object.__setattr__(still, "eps", np.where(empty, math.inf, method.eps))
    return _cast(still.rule(state, new.g), state.theta.dtype)


def _blame_alpha(method: Method, state: State, new: State) -> None:
    """Say that theta has left its dtype, and with which numbers: all before it was in range."""
    if not np.isfinite(new.theta).all():
        at = first(~np.isfinite(new.theta))
        alpha = np.broadcast_to(method.alpha, state.theta.shape)[at]
        raise ValueError(
            f"{entry('theta', new.theta, at)} at step {new.t}: the step left the range of"
            f" {state.theta.dtype}, alpha is too large: {alpha} for {entry('g', new.g, at)} and"
            f" {entry('theta', state.theta, at)} before"
        )
