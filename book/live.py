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
from pagefigures import choose, once, scan, where


class Chosen(NamedTuple):
    """The method number `index` of some, of which the reader chooses one.

    Each takes those of the given hyper-parameters that it has, the heavy ball beta1 as its beta.
    """

    index: Any
    methods: Sequence[type[Method]]


class Walk(NamedTuple):
    """What a method has done: the symbols that were kept, step by step, and where it is.

    `rows[symbol]` has one sequence for each coordinate; those of theta begin with the start, all
    others with the first step. `last` is the array of the last parameters, and `states` has the
    last State of each coordinate, with what the next step needs.
    """

    rows: dict[str, list[Any]]
    last: Any
    states: list[State]

    @property
    def path(self) -> tuple[Any, Any]:
        """The way through two parameters, (xs, ys)."""
        xs, ys = self.rows["theta"]
        return xs, ys


def walk(
    method: type[Method] | Chosen,
    grad: Callable[[Any], Any],
    start: Sequence[Any],
    n_steps: Any,
    noise: Sequence[Any] | None = None,
    **hyper: Any,
) -> Walk:
    """Return the way of a method from `start`: `descend` on numbers or symbols.

    Parameters
    ----------
    method : type or Chosen
        A class of adamcore's methods, such as `Adam`.
    grad : callable
        The gradient at an array of parameters.
    start : sequence of numbers or symbols
    n_steps : int or symbol
    noise : sequence of sequences, optional
        What is added to the gradient: for each coordinate its n_steps numbers.
    **hyper
        The method's hyper-parameters; what is left out has the method's default.

    >>> from adamcore import SGD
    >>> np.array(walk(SGD, lambda theta: theta, [8.0], 3, alpha=0.5).rows["theta"])
    array([[8., 4., 2., 1.]])
    """
    take, carries = _steps_of(method, hyper)

    def step(states: list[State], added: Any) -> tuple[list[State], list[Any]]:
        g = grad(np.array([state.theta for state in states]))
        if noise is not None:
            g = g + np.array(added[1:])
        states = [_carried(carries, take(one, g[k])) for k, one in enumerate(states)]
        return states, [state.theta for state in states]

    steps = n_steps if noise is None else (n_steps, *noise)
    states = [_first(carries, theta) for theta in start]
    states, thetas = scan(step, states, steps, first=list(start))
    return Walk({"theta": thetas}, np.array([state.theta for state in states]), states)


def one_step(method: type[Method], state: State, g: Any, **hyper: Any) -> State:
    """Return the next State of one coordinate, with every symbol of it.

    >>> from adamcore import Momentum
    >>> one_step(Momentum, State(1.0, 0, None, m=0.0), 2.0, alpha=1.0)[:4]
    (0.8, 1, 2.0, 0.19999999999999996)
    """
    return _steps_of(method, hyper)[0](state, g)


def normal(seed: Any, n: Any, scale: Any = 1.0) -> tuple[Any, Any]:
    """Return two sequences of n normal numbers with standard deviation `scale`.

    A page has no generator of numpy's, so this is one that can be written down: Park and Miller's
    (1988), made normal as by Box and Muller (1958). `seed` is from 1 to 2**31 - 2.
    """
    modulus = 2.0**31 - 1

    def uniform(x: Any) -> Any:
        x = 16807.0 * x  # below 2**46: exact
        return x - np.floor(x / modulus) * modulus

    def step(x: Any, _: Any) -> tuple[Any, tuple[Any, Any]]:
        one = uniform(x)
        two = uniform(one)
        length = scale * np.sqrt(-2.0 * np.log(one / modulus))
        angle = 2 * np.pi / modulus * two
        return two, (length * np.cos(angle), length * np.sin(angle))

    pair: tuple[Any, Any] = scan(step, seed, n)[1] or ([], [])
    return pair


def answer(
    method: type[Method] | Chosen,
    gradients: Any,
    keep: Sequence[str] = ("theta",),
    zeros: Any = 0,
    at: Any = 0.0,
    **hyper: Any,
) -> dict[str, Any]:
    """Return what a method makes of a sequence of gradients: `respond` on numbers or symbols.

    theta begins `at` a place. So many `zeros` have come before: they leave every average at 0 and
    only count as steps. The
    result has, for each symbol of `keep`, its values after each step, and under "step" the
    steps theta[t] - theta[t - 1] themselves.

    >>> from adamcore import Adam
    >>> np.round(answer(Adam, [30.0, -30.0, 30.0], alpha=1.0)["step"], 3)
    array([-1.   ,  0.053, -0.336])
    """
    take, carries = _steps_of(method, hyper)

    def step(state: State, g: Any) -> tuple[State, dict[str, Any]]:
        new = take(state, g)
        kept = {name: getattr(new, name) for name in keep}
        return _carried(carries, new), {**kept, "step": new.theta - state.theta}

    rows: dict[str, Any] = scan(step, _first(carries, at)._replace(t=zeros), gradients)[1]
    return rows


class Compared(NamedTuple):
    """What several Adams did with one tape, beside the first of them.

    `steps[k]` has the steps of both parameters in the last round, in units of alpha; `apart[k]` is
    the largest difference to the first one's steps in the whole run, infinite where one of the two
    has no number, and `since[k]` the step at which they part, 0 if they do not.
    """

    steps: list[tuple[Any, Any]]
    apart: list[Any]
    since: list[Any]


def side_by_side(
    indices: Sequence[Any],
    methods: Sequence[type[Method]],
    gradients: tuple[Any, Any],
    theta: Any,
    alpha: Any,
    rounds: Any = 1,
) -> Compared:
    """Compare some of many Adams, chosen by their numbers, on two parameters with a tape each.

    A faulty Adam of the museum may mix the two up. Both start at `theta`, the tapes are played so
    many `rounds`, and all other hyper-parameters have Adam's defaults.

    >>> from adamcore import Adam
    >>> found = side_by_side([0, 0], [Adam], ([1.0, 1.0], [5.0, -4.0]), 0.0, 0.001)
    >>> np.array(found.steps[1]).round(2), found.since
    (array([[-1.  , -1.  ],
           [-1.  , -0.06]]), [0, 0])
    """
    rules = [_paired(one) for one in methods]
    nothing = (0.0, 0.0)

    def step(carry: Any, g: Any) -> tuple[Any, Any]:
        t, states, apart, since = carry
        new = [
            choose(index, rules, alpha, state, (g[0], g[1]))
            for index, state in zip(indices, states, strict=True)
        ]
        moves = [
            tuple((x - old) / alpha for x, old in zip(one[1], before[1], strict=True))
            for one, before in zip(new, states, strict=True)
        ]
        off = [np.maximum(*map(_apart, moves[0], one)) for one in moves]
        since = [
            where((was == 0) & (d > SAME), t + 1, was) for was, d in zip(since, off, strict=True)
        ]
        apart = [np.maximum(was, d) for was, d in zip(apart, off, strict=True)]
        return (t + 1, new, apart, since), moves

    n = len(indices)
    start = (0, [(0, (theta, theta), nothing, nothing, nothing)] * n, [0.0] * n, [0] * n)
    middle, _ = scan(lambda one, _: (scan(step, one, gradients)[0], None), start, rounds - 1)
    (_, _, apart, since), steps = scan(step, middle, gradients)
    return Compared(steps, apart, since)


SAME = 1e-9  # of alpha: what differs by no more is rounding


def _apart(one: Any, other: Any) -> Any:
    """Return how far two steps are apart: not at all where neither is a number."""
    lacks, either = where(one == one, 0.0, np.inf), where(other == other, 0.0, np.inf)
    return where(
        (one == one) & (other == other), abs(one - other), where(lacks == either, 0.0, np.inf)
    )


@cache
def _paired(method: type[Method]) -> Callable[..., Any]:
    """Return the rule for two parameters: each by itself, but where the lines look at both."""
    values = _values(method, {})[1:]
    mixes = any(word in getattr(method, "source", "") for word in ("in_turn(", "ticks("))

    def rule(alpha: Any, carry: tuple[Any, ...], g: tuple[Any, Any]) -> tuple[Any, ...]:
        t, *pairs = carry

        def moved(theta: Any, m: Any, v: Any, v_max: Any, g: Any) -> State:
            bare = object.__new__(method)
            for field, value in zip(fields(method), (alpha, *values), strict=True):
                object.__setattr__(bare, field.name, value)
            return bare.rule(State(theta, t, _NOTHING, m, v, v_max=v_max), g)

        if mixes:
            new = moved(*[np.array(x) for x in (*pairs, g)])
            parts = [new.theta, new.m, new.v]
            return new.t, *map(tuple, parts), pairs[3]
        one, two = (moved(*of) for of in zip(*pairs, g, strict=True))
        v_max = pairs[3] if one.v_max is None else (one.v_max, two.v_max)
        return one.t, (one.theta, two.theta), (one.m, two.m), (one.v, two.v), v_max

    return rule


_NOTHING: Any = None
_ALL = ("m", "v", "v_max")


def _steps_of(
    method: type[Method] | Chosen, hyper: dict[str, Any]
) -> tuple[Callable[[State, Any], State], Sequence[str]]:
    """Return what takes a step from a state with a gradient, and which symbols it carries."""
    if isinstance(method, Chosen):
        rules = [_alike(one, tuple(hyper)) for one in method.methods]
        given = tuple(hyper.values())
        return lambda state, g: choose(method.index, rules, given, state, g), _ALL
    values, rule = _values(method, hyper), _rule(method)
    return lambda state, g: rule(values, state, g), method.carries


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


@cache
def _alike(method: type[Method], names: tuple[str, ...]) -> Callable[..., State]:
    """Return the rule as a function that is called like those of all other methods.

    It is given hyper-parameters of these names, and a state with all that any method carries.
    """
    own = [field.name for field in fields(method)]

    def rule(given: tuple[Any, ...], state: State, g: Any) -> State:
        hyper = dict(zip(names, given, strict=True))
        if "beta1" in hyper:
            hyper["beta"] = hyper["beta1"]
        values = _values(method, {name: x for name, x in hyper.items() if name in own})
        new = _rule(method)(values, _carried(method.carries, state), g)
        return state._replace(
            theta=new.theta, t=new.t, **{name: getattr(new, name) for name in method.carries}
        )

    return rule


def _first(carries: Sequence[str], theta: Any) -> State:
    return State(theta, 0, _NOTHING, **dict.fromkeys(carries, 0.0))


def _carried(carries: Sequence[str], state: State) -> State:
    """Return the state without what the next step does not need."""
    return State(state.theta, state.t, _NOTHING, **{name: getattr(state, name) for name in carries})


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
