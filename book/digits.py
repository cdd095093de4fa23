"""Real data and real models: 1797 handwritten digits, and networks that learn to read them.

A module of its own, because here are things that the other problems do not have: a file, examples
that come in mini-batches, and layers. The manner is that of `problems`: all parameters lie in the
last axis of theta, and all other axes broadcast, so that one call trains a whole sweep.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array
from adamcore.method import Method, State

FILE = Path(__file__).parent / "data" / "digits.csv.gz"
SHA256 = "02633070f0eba52475fb2cfaedcf256826aa2b6c462429e2e6d0826619fc55c9"
LOST = 1e6  # a loss above this counts as lost


class Digits(NamedTuple):
    """Images and what they show.

    x has shape (n, 64), a row of pixels from 0 (paper) to 1 (ink) for each image of 8 by 8; y has
    shape (n,) and holds the digits 0 to 9.
    """

    x: Array
    y: npt.NDArray[np.intp]


def load_digits(path: Path = FILE) -> Digits:
    """Return the handwritten digits that come with the course (Alpaydin & Kaynak, 1998).

    Raises FileNotFoundError when the file is missing and ValueError when it is not the one that
    the course was written with; book/data/README.md says where it comes from.

    >>> digits = load_digits()
    >>> digits.x.shape, digits.y[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    """
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        message = f"{path} is missing: it comes with the course, see book/data/README.md"
        raise FileNotFoundError(message) from None
    if (found := hashlib.sha256(packed).hexdigest()) != SHA256:
        raise ValueError(f"{path} is damaged: its SHA-256 is {found}, and must be {SHA256}")
    table = np.loadtxt(gzip.decompress(packed).decode().splitlines(), int, delimiter=",")
    return Digits(table[:, :64] / 16, table[:, 64])


def split(digits: Digits, n_train: int, rng: np.random.Generator) -> tuple[Digits, Digits]:
    """Shuffle the digits; return n_train of them to learn from, and the others to be tested on."""
    order = rng.permutation(len(digits.y))
    first, rest = order[:n_train], order[n_train:]
    return Digits(digits.x[first], digits.y[first]), Digits(digits.x[rest], digits.y[rest])


@dataclass(frozen=True)
class Network:
    """Layers of units with ReLUs between them, and softmax at the end.

    `widths` goes from the pixels to the classes. With two of them there is no hidden layer, and
    the network is softmax regression. The loss includes l2 / 2 |theta|^2.

    >>> Network((64, 10)).n_parameters, Network((64, 32, 10)).n_parameters
    (650, 2410)
    """

    widths: tuple[int, ...]
    l2: float = 0.0

    @property
    def n_parameters(self) -> int:
        """How many weights and biases theta holds."""
        return sum((n + 1) * k for n, k in pairwise(self.widths))

    def layers(self, theta: Array) -> list[tuple[Array, Array]]:
        """Return each layer's weights (..., n, k) and biases (..., 1, k), as views of theta."""
        found, start = [], 0
        for n, k in pairwise(self.widths):
            end = start + n * k
            w = theta[..., start:end].reshape(*theta.shape[:-1], n, k)
            found.append((w, theta[..., None, end : end + k]))
            start = end + k
        return found

    def init(self, rng: np.random.Generator) -> Array:
        """Draw where to start: biases 0, weights of variance 2 / inputs (He et al., 2015)."""
        theta = np.zeros(self.n_parameters)
        for w, _ in self.layers(theta):
            w[...] = rng.standard_normal(w.shape) * np.sqrt(2 / len(w))
        return theta

    def forward(self, theta: Array, x: Array) -> list[Array]:
        """Return the input of each layer, and after them the scores of the classes."""
        a = [x]
        *hidden, (w, b) = self.layers(theta)
        for w_below, b_below in hidden:
            z = a[-1] @ w_below
            z += b_below
            a.append(np.maximum(z, 0, out=z))
        a.append(a[-1] @ w + b)
        return a

    def loss(self, theta: Array, x: Array, y: Any) -> Any:
        """Return the mean of -log p over the examples; p is given to the right class."""
        loss = cross_entropy(self.forward(theta, x)[-1], y)[0]
        return loss + self.l2 / 2 * np.square(theta).sum(axis=-1)

    def error(self, theta: Array, x: Array, y: Any) -> Any:
        """Return the share of the examples that are taken for another digit."""
        return (self.forward(theta, x)[-1].argmax(axis=-1) != y).mean(axis=-1)

    def loss_and_grad(self, theta: Array, x: Array, y: Any) -> tuple[Any, Array]:
        """Return the loss of a mini-batch x of shape (..., batch, 64), and its gradient."""
        a = self.forward(theta, x)
        loss, delta = cross_entropy(a[-1], y)
        grad = np.empty_like(theta)
        for i in reversed(range(len(self.widths) - 1)):
            (w, _), (grad_w, grad_b) = self.layers(theta)[i], self.layers(grad)[i]
            grad_w[...] = a[i].swapaxes(-1, -2) @ delta
            grad_b[...] = delta.sum(axis=-2, keepdims=True)
            if i > 0:  # nothing lies below the pixels
                delta = delta @ w.swapaxes(-1, -2)
                delta *= a[i] > 0
        if self.l2:
            loss = loss + self.l2 / 2 * np.square(theta).sum(axis=-1)
            grad += self.l2 * theta
        return loss, grad


def cross_entropy(scores: Array, y: Any) -> tuple[Any, Array]:
    """Return the mean of -log softmax(scores)[y], and its gradient by the scores.

    scores has shape (..., batch, classes), y (..., batch).
    """
    scores = scores - scores.max(axis=-1, keepdims=True)  # or exp overflows
    p = np.exp(scores)
    total = p @ np.ones((p.shape[-1], 1), p.dtype)  # as p.sum(axis=-1, keepdims=True), but faster
    p /= total
    right = np.arange(scores.shape[-1]) == np.asarray(y)[..., None]
    loss = (np.log(total[..., 0]) - (scores * right).sum(axis=-1)).mean(axis=-1)
    p -= right
    p /= scores.shape[-2]
    return loss, p


def train(
    method: Method,
    network: Network,
    theta: npt.ArrayLike,
    digits: Digits,
    n_epochs: int,
    rngs: Sequence[np.random.Generator],
    *,
    batch: int = 128,
    schedule: Callable[[int], Any] | None = None,
) -> Iterator[State]:
    """Train, and yield the State before the first epoch and after each of n_epochs.

    Parameters
    ----------
    method, network, theta
        Start from theta of shape (seeds, n). Where the method's hyper-parameters have shape
        (settings, 1, 1), all settings are trained at once, each with every seed.
    digits, n_epochs, batch
        Each epoch shows all digits once, in mini-batches, in a new order; what is left over by
        the last whole batch waits for the next epoch's order.
    rngs
        One for each seed: it draws the order.
    schedule
        As for `adamcore.descend`.

    A run whose loss exceeds `LOST` is lost: from there on its gradient is set to 0, so that it
    does not stop the others of the sweep.
    """
    if not 1 <= batch <= len(digits.y):
        raise ValueError(f"batch = {batch} is not allowed: there are {len(digits.y)} digits")
    state = method.init(theta)
    yield state
    for _ in range(n_epochs):
        orders = np.stack([rng.permutation(len(digits.y)) for rng in rngs])
        for start in range(0, orders.shape[1] - batch + 1, batch):
            index = orders[:, start : start + batch]
            if schedule is not None:
                method = replace(method, alpha=schedule(state.t + 1))
            loss, g = network.loss_and_grad(state.theta, digits.x[index], digits.y[index])
            g[~(loss < LOST)] = 0
            state = method.step(state, g)
        yield state
