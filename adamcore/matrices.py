"""Methods for which a parameter is a matrix: Muon and Shampoo.

All other methods step in each coordinate by itself, so that what they do depends on the axes. These
two look at the gradient as a matrix G = U S V^T: turn the axes of its rows or columns, and the step
turns with them.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array, Decay, NonNegative, numbers
from adamcore.method import Method, State


def orthogonalized(g: npt.ArrayLike, n_rounds: int = 5) -> Array:
    """Bring all singular values of g near 1 and keep its directions, by products alone.

    Each round applies 3.4445 s - 4.775 s**3 + 2.0315 s**5 to every singular value s (a
    Newton-Schulz iteration; the numbers are those of Jordan et al., 2024). They do not go to 1 but
    into a band about it, quickly: after five rounds those that began above 1/600 of the norm of g
    lie between 0.68 and 1.21.

    g has shape (..., n, k); ValueError for anything else. A g of zeros stays as it is.

    >>> np.linalg.svd(orthogonalized([[30.0, 0.0], [0.0, 0.2]]))[1].round(2)
    array([0.91, 0.7 ])
    """
    x = numbers("g", g)
    if x.ndim < 2:
        raise ValueError(f"g has shape {x.shape}: it must be a matrix, or a stack of them")
    size = np.sqrt(np.square(x).sum(axis=(-2, -1), keepdims=True))
    x = x / np.where(size > 0, size, 1)
    for _ in range(n_rounds):
        gram = x @ x.swapaxes(-1, -2)
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x


@dataclass(frozen=True)
class Muon(Method):
    """Momentum whose step is made orthogonal (Jordan et al., 2024); theta has shape (..., n, k).

    In Nesterov's form and, where n > k, longer by the root of n / k, as in PyTorch
    (`torch.optim.Muon(weight_decay=0)`), which iterates in bfloat16. It is meant for the matrices
    inside a network; its first and last layer and all vectors are left to AdamW.
    """

    carries = ("m",)

    alpha: NonNegative
    beta: Decay = 0.95

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient with all its singular values near 1."""
        alpha, beta = self.alpha, self.beta
        theta, t, _, m, *_ = state
        t = t + 1
        m = beta * m + (1 - beta) * g
        step = orthogonalized(beta * m + (1 - beta) * g)
        n, k = np.shape(theta)[-2:]
        theta = theta - alpha * max(1, n / k) ** 0.5 * step
        return State(theta, t, g, m)


class ShampooState(NamedTuple):
    """theta and g of shape (..., n, k), left of shape (..., n, n), right of shape (..., k, k)."""

    theta: Array
    t: int
    g: Array
    left: Array
    right: Array


@dataclass(frozen=True)
class Shampoo:
    """AdaGrad for matrices (Gupta, Koren & Singer, 2018, Algorithm 1).

    It sums G G^T and G^T G where AdaGrad sums squares, and divides by the fourth root of both, one
    on each side. On a matrix of one number it is AdaGrad. eps is what both sums start with, times
    the identity.
    """

    alpha: float
    eps: float = 1e-12

    def init(self, theta: npt.ArrayLike) -> ShampooState:
        """Return the state at t = 0. ValueError for a theta that is not a matrix."""
        theta = numbers("theta", theta)
        if theta.ndim < 2:
            raise ValueError(f"theta has shape {theta.shape}: it must be a matrix, or a stack")
        *stack, n, k = theta.shape
        left = np.broadcast_to(self.eps * np.eye(n), (*stack, n, n))
        right = np.broadcast_to(self.eps * np.eye(k), (*stack, k, k))
        return ShampooState(theta.copy(), 0, np.full_like(theta, np.nan), left, right)

    def step(self, state: ShampooState, g: npt.ArrayLike) -> ShampooState:
        """Return the state one step later. ValueError for a g that has not theta's shape."""
        g = numbers("g", g)
        theta, t, _, left, right = state
        if g.shape != theta.shape:
            raise ValueError(f"g has shape {g.shape}: it must have theta's, {theta.shape}")
        t = t + 1
        left = left + g @ g.swapaxes(-1, -2)
        right = right + g.swapaxes(-1, -2) @ g
        theta = theta - self.alpha * _fourth_root(left) @ g @ _fourth_root(right)
        return ShampooState(theta, t, g, left, right)


def _fourth_root(x: Array) -> Array:
    """Return x**(-1/4) of a symmetric positive matrix."""
    sizes, axes = np.linalg.eigh(x)
    sizes = np.maximum(sizes, np.finfo(x.dtype).tiny)
    root: Array = (axes * sizes[..., None, :] ** -0.25) @ axes.swapaxes(-1, -2)
    return root
