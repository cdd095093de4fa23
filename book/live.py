"""The methods in figures that compute: `rule` on numbers or on symbols, step after step.

What `descend` and `respond` do with arrays, `walk` and `answer` do with anything that `rule` can
calculate with. So the lines that the page shows are the lines that its figures run.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from adamcore import State
from adamcore.method import Method
from pagefigures import once, scan, where


class Walk(NamedTuple):
    """What a method has done: the symbols that were kept, step by step, and where it is.

    `rows[symbol]` has one sequence for each coordinate; those of theta begin with the start, all
    others with the first step. `last` is the array of the last parameters.
    """

    rows: dict[str, list[Any]]
    last: Any

    @property
    def path(self) -> tuple[Any, Any]:
        """The way through two parameters, (xs, ys)."""
        xs, ys = self.rows["theta"]
        return xs, ys


def walk(
    method: type[Method],
    grad: Callable[[Any], Any],
    start: Sequence[Any],
    n_steps: Any,
    **hyper: Any,
) -> Walk:
    """Return the way of a method from `start`: `descend` on numbers or symbols.

    Parameters
    ----------
    method : type
        A class of adamcore's methods, such as `Adam`.
    grad : callable
        The gradient at an array of parameters.
    start : sequence of numbers or symbols
    n_steps : int or symbol
    **hyper
        The method's hyper-parameters; what is left out has the method's default.

    >>> from adamcore import SGD
    >>> np.array(walk(SGD, lambda theta: theta, [8.0], 3, alpha=0.5).rows["theta"])
    array([[8., 4., 2., 1.]])
    """
    values = _values(method, hyper)
    rule = _rule(method)

    def step(states: list[State], _: Any) -> tuple[list[State], list[Any]]:
        g = grad(np.array([state.theta for state in states]))
        states = [_carried(method, rule(values, one, g[k])) for k, one in enumerate(states)]
        return states, [state.theta for state in states]

    states = [_first(method, theta) for theta in start]
    states, thetas = scan(step, states, n_steps, first=list(start))
    return Walk({"theta": thetas}, np.array([state.theta for state in states]))


def answer(
    method: type[Method],
    gradients: Any,
    keep: Sequence[str] = ("theta",),
    zeros: Any = 0,
    **hyper: Any,
) -> dict[str, Any]:
    """Return what a method makes of a sequence of gradients: `respond` on numbers or symbols.

    So many `zeros` have come before: they leave every average at 0 and only count as steps. The
    result has, for each symbol of `keep`, its values after each step, and under "step" the
    steps theta[t] - theta[t - 1] themselves.

    >>> from adamcore import Adam
    >>> np.round(answer(Adam, [30.0, -30.0, 30.0], alpha=1.0)["step"], 3)
    array([-1.   ,  0.053, -0.336])
    """
    values = _values(method, hyper)
    rule = _rule(method)

    def step(state: State, g: Any) -> tuple[State, dict[str, Any]]:
        new = rule(values, state, g)
        kept = {name: getattr(new, name) for name in keep}
        return _carried(method, new), {**kept, "step": new.theta - state.theta}

    rows: dict[str, Any] = scan(step, _first(method, 0.0)._replace(t=zeros), gradients)[1]
    return rows


_NOTHING: Any = None


def _values(method: type[Method], hyper: dict[str, Any]) -> tuple[Any, ...]:
    names = [field.name for field in fields(method)]
    if unknown := set(hyper) - set(names):
        raise TypeError(f"{method.__name__} has no {sorted(unknown)}; it has {names}")
    return tuple(hyper.get(field.name, field.default) for field in fields(method))


@cache
def _rule(method: type[Method]) -> Callable[..., State]:
    """Return the bare rule as a function of hyper-parameters, state and gradient."""

    def rule(values: tuple[Any, ...], state: State, g: Any) -> State:
        bare = object.__new__(method)  # symbols are no numbers that could be checked
        for field, value in zip(fields(method), values, strict=True):
            object.__setattr__(bare, field.name, value)
        return bare.rule(state, g)

    return once(rule)


def _first(method: type[Method], theta: Any) -> State:
    return State(theta, 0, _NOTHING, **dict.fromkeys(method.carries, 0.0))


def _carried(method: type[Method], state: State) -> State:
    """Return the state without what the next step does not need."""
    return State(state.theta, state.t, _NOTHING, **{n: getattr(state, n) for n in method.carries})


def seen(way: tuple[Any, Any], ax: Axes, n_steps: Any) -> tuple[tuple[Any, Any], Any]:
    """Return a way as far as it is near the picture, and the first step at which it is outside.

    A run that explodes would fill the picture with strokes between places far outside: it is cut
    when it is three widths or heights away. If it is never outside, the step is `n_steps` + 1.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> ax.set(xlim=(-2, 2), ylim=(-2, 2))  # doctest: +ELLIPSIS
    [...]
    >>> (xs, ys), left = seen(([1.0, -4.0, 16.0, -64.0], [0.0, 0.0, 0.0, 0.0]), ax, 3)
    >>> np.array(xs), left
    (array([ 1., -4., 16., nan]), 1)
    """
    middle = np.mean([ax.get_xlim(), ax.get_ylim()], axis=1)
    half = np.ptp([ax.get_xlim(), ax.get_ylim()], axis=1) / 2

    def look(carry: tuple[Any, ...], theta: tuple[Any, Any]) -> tuple[Any, Any]:
        t, left, lost = carry
        off = [abs(x - m) / h for x, m, h in zip(theta, middle, half, strict=True)]
        off = np.maximum(*off)
        kept = where(t > lost, np.nan, 1.0)
        left = where((off > 1) & (t < left), t, left)
        lost = where((off > 7) & (t < lost), t, lost)
        return (t + 1, left, lost), (theta[0] * kept, theta[1] * kept)

    (_, left, _), way = scan(look, (0, n_steps + 1, n_steps + 1), way)
    return way, left


def wording(*cases: tuple[Any, str], otherwise: str) -> Any:
    """Return the words of the first case that holds.

    >>> wording((1 > 2, "more"), (1 < 2, "less"), otherwise="as much")
    'less'
    """
    for condition, said in reversed(cases):
        otherwise = where(condition, said, otherwise)
    return otherwise
