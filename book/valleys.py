"""A valley whose point is a matrix, turned or not, and races down it for methods of both kinds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamcore.arguments import Array
from adamcore.matrices import Shampoo
from adamcore.method import Method
from book.races import bracket, step_size, typical


@dataclass(frozen=True)
class MatrixValley:
    """The loss 1/2 trace(W^T A W B); A and B are symmetric and positive.

    Its gradient is A W B, and its curvatures are the products of one curvature of A and one of B.
    """

    a: Array
    b: Array

    def loss_and_grad(self, w: Array) -> tuple[Array, Array]:
        """Return the loss at w of shape (..., n, k), shape (...), and its gradient."""
        g = self.a @ w @ self.b
        return (w * g).sum(axis=(-2, -1)) / 2, g


def turned_by(degrees: float, n: int, rng: np.random.Generator) -> Array:
    """Turn n axes in planes drawn at random, the plane that turns most by this angle.

    >>> abs(turned_by(90, 2, np.random.default_rng(0)).round(3)).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    skew = rng.standard_normal((n, n))
    angles, planes = np.linalg.eigh(1j * (skew - skew.T))
    turns = np.exp(-1j * np.deg2rad(degrees) * angles / angles.max())
    return np.asarray(((planes * turns) @ planes.conj().T).real)


def matrix_valley(turned: Array, kappa: float = 100.0) -> MatrixValley:
    """Return the valley with curvatures from 1 to 1/kappa along the turned axes, on both sides."""
    curvatures = np.geomspace(1, 1 / kappa, len(turned))
    a = turned.T * curvatures @ turned
    return MatrixValley(a, a)


def starts(seeds: range, turned: Array) -> Array:
    """Draw a start for each seed, the same point of the valley however it is turned."""
    n = len(turned)
    drawn = [np.random.default_rng(seed).standard_normal((n, n)) for seed in seeds]
    return np.asarray(turned.T @ np.array(drawn) @ turned)


def losses(
    make: Callable[[float], Method | Shampoo],
    alpha: float,
    valley: MatrixValley,
    w: Array,
    n_steps: int,
) -> Array:
    """Return the losses of n_steps from each start, the step size falling linearly to 0."""
    state: Any = make(alpha).init(w)
    rows = []
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(n_steps):
            loss, g = valley.loss_and_grad(state.theta)
            rows.append(loss)
            method: Any = make(alpha * (1 - t / n_steps))
            state = method.step(state, g)
        rows.append(valley.loss_and_grad(state.theta)[0])
        return np.asarray(np.nan_to_num(rows, nan=np.inf))


def best(
    makes: list[Callable[[float], Method | Shampoo]],
    valley: MatrixValley,
    w: Array,
    n_steps: int,
    k: int,
) -> tuple[Callable[[float], Method | Shampoo], int]:
    """Return which of these makes ends lowest from the starts w, and its best step size.

    Every step size has two worse ones on both sides. The start of the search is k.
    """
    found: dict[tuple[int, int], float] = {}
    for i, make in enumerate(makes):
        sweep = bracket(
            lambda j, make=make: losses(make, step_size(j), valley, w, n_steps)[-1],  # type: ignore[misc]
            k,
        )
        found |= {(i, j): float(typical(scores)) for j, scores in sweep.items()}
    i, j = min(found, key=lambda each: found[each])
    return makes[i], j
