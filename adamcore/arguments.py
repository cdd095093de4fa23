"""What a caller may hand in: numbers, in their range, or an error that names the argument."""

import math
import operator
from collections.abc import Callable
from reprlib import repr as shorten
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


class Range(NamedTuple):
    """The numbers from `start` to below `end`, and how to say so."""

    start: float
    end: float
    allowed: str


# A hyper-parameter is one number, or an array that broadcasts against theta. Its range stands in
# its type, where the method declares it.
Hyper = float | Array
NonNegative = Annotated[Hyper, Range(0.0, math.inf, "finite and >= 0")]
Decay = Annotated[Hyper, Range(0.0, 1.0, "in [0, 1)")]


def numbers(name: str, x: Any) -> Array:
    """Return a new array of the real numbers in x, or raise an error that says `name`."""
    if np.ma.is_masked(x):
        raise TypeError(f"{name} is masked in places: {name} must be real numbers everywhere")
    try:
        array = np.array(x)
    except ValueError as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "iuf":
        kind = f" of dtype {array.dtype}" if isinstance(x, np.ndarray) else ""
        raise TypeError(f"{name} = {shorten(x)}{kind} is not allowed: {name} must be real numbers")
    return array


def count(name: str, n: Any, least: int = 0) -> int:
    """Return n as an int of at least `least`, or raise an error that says `name`."""
    try:
        if isinstance(n, bool | np.bool_):
            raise TypeError
        whole = operator.index(n)
    except TypeError:
        message = f"{name} = {shorten(n)} is not allowed: it must be a whole number"
        raise TypeError(message) from None
    if whole < least:
        raise ValueError(f"{name} = {whole} is not allowed: it must be {least} or more")
    return whole


def function(name: str, f: Any, of: str) -> Callable[..., Any]:
    """Return f, or raise an error that says `name` where it cannot be called."""
    if not callable(f):
        raise TypeError(f"{name} = {shorten(f)} is not allowed: it must be a function of {of}")
    return f  # type: ignore[no-any-return]


def refuse(name: str, x: Any, bad: Any, why: str) -> None:
    """Raise a ValueError that shows the first bad entry of x, if there is one."""
    if np.any(bad):
        at = first(bad)
        raise ValueError(f"{entry(name, x, at)} {why}")


def first(bad: Any) -> tuple[int, ...]:
    """Return the index of the first entry that is true."""
    return tuple(int(i) for i in np.argwhere(bad)[0])


def entry(name: str, x: Any, at: tuple[int, ...]) -> str:
    """Say what x holds at an index: g[0, 2] = 3.0."""
    where = f"[{', '.join(map(str, at))}]" if at else ""
    return f"{name}{where} = {np.asarray(x)[at]!s}"
