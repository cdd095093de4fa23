"""Predict the next word from the one before it: the bigram model, and step sizes for it.

The table theta of shape (n, n) has a row of scores for each word; softmax of row k is what the
model expects after word k. The loss is the sum over the words of how often a word comes, times the
cross-entropy of what follows it: row k meets no other row.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from adamcore.arguments import Array
from adamcore.method import Method
from adamcore.optimizers import SGD, Adam, Momentum, RMSProp
from book.races import bracket, step_size

TEXT = Path(__file__).parent / "data" / "words.json"
TABLES = Path(__file__).parent / "data" / "tables.json"
N_WORDS = 100
STOPS = 50, 200
#: How each method is made from its step size; momentum in the averaging form.
MAKES: dict[str, Callable[[float], Method]] = {
    "SGD": SGD,
    "momentum": Momentum,
    "momentum, β 0.95": lambda alpha: Momentum(alpha, 0.95),
    "RMSProp": RMSProp,
    "Adam": Adam,
    "sign": lambda alpha: RMSProp(alpha, beta2=0.0),
}
#: Where the search for each step size begins.
BEGIN = {"SGD": 12, "momentum": 18, "momentum, β 0.95": 19, "RMSProp": -5, "Adam": -3, "sign": -6}


@dataclass(frozen=True)
class Bigram:
    """How often each word comes, shape (n,), and what follows it, a row of probabilities each.

    With `rows` and `columns`, two orthogonal matrices, the parameters are turned: theta holds
    rows @ table @ columns.T.
    """

    often: Array
    follows: Array
    rows: Array | None = None
    columns: Array | None = None
    entropy: Array = field(init=False)

    def __post_init__(self) -> None:
        logs = np.log(self.follows, out=np.zeros_like(self.follows), where=self.follows > 0)
        object.__setattr__(self, "entropy", -(self.follows * logs).sum(axis=-1))

    def excess_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Return each word's cross-entropy above the least possible, and the loss's gradient.

        theta has shape (..., n, n), the first result (..., n).
        """
        if self.rows is not None:
            theta = self.rows.T @ theta
        if self.columns is not None:
            theta = theta @ self.columns
        scores = theta - theta.max(axis=-1, keepdims=True)  # or exp overflows
        p = np.exp(scores)
        total = p.sum(axis=-1, keepdims=True)
        excess = np.log(total[..., 0]) - (self.follows * scores).sum(axis=-1) - self.entropy
        p /= total
        p -= self.follows
        p *= self.often[:, None]
        if self.rows is not None:
            p = self.rows @ p
        if self.columns is not None:
            p = p @ self.columns.T
        return excess, p


def zipf(n: int, s: float) -> Array:
    """Return the frequencies of n words, the k-th in proportion to 1 / k**s.

    >>> zipf(3, 1.0).round(3).tolist()
    [0.545, 0.273, 0.182]
    """
    often = 1 / np.arange(1.0, n + 1) ** s
    return np.asarray(often / often.sum())


def table(seed: int, s: float, *, turned: bool = False) -> Bigram:
    """Return the table of a seed, with frequencies by Zipf's law; turned at random, if asked."""
    rng = np.random.default_rng(seed)
    follows = followers(N_WORDS, rng)
    turns = (turn(N_WORDS, rng), turn(N_WORDS, rng)) if turned else (None, None)
    return Bigram(zipf(N_WORDS, s), follows, *turns)


def followers(n: int, rng: np.random.Generator) -> Array:
    """Draw what follows each of n words: softmax of normal numbers with standard deviation 2."""
    p = np.exp(2 * rng.standard_normal((n, n)))
    p /= p.sum(axis=-1, keepdims=True)
    return p


def turn(n: int, rng: np.random.Generator) -> Array:
    """Draw an orthogonal matrix, all equally likely."""
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    q *= np.sign(np.diag(r))
    return q


class Text(NamedTuple):
    """The commonest words of a text, and how often each (row) is followed by each (column)."""

    words: list[str]
    counts: Array

    @property
    def bigram(self) -> Bigram:
        """The words as a problem to learn."""
        totals = self.counts.sum(axis=-1)
        return Bigram(totals / totals.sum(), self.counts / totals[:, None])


def load_text(path: Path = TEXT) -> Text:
    """Return the counts that come with the course; book/data/README.md says of which text.

    >>> text = load_text()
    >>> text.words[:3], text.counts.shape
    (['the', 'and', 'of'], (100, 100))
    """
    stored = json.loads(path.read_text("utf8"))
    counts = np.zeros((len(stored["words"]),) * 2)
    for row, pairs in zip(counts, stored["followed_by"], strict=True):
        for column, count in pairs:
            row[column] = count
    return Text(stored["words"], counts)


def run(method: Method, problem: Bigram, n_steps: int) -> Array:
    """Return each word's excess before the first of n_steps and after each, from theta = 0.

    Many problems run side by side where `problem.follows` has shape (problems, n, n).
    """
    state = method.init(np.zeros(problem.follows.shape))
    rows = []
    for t in range(n_steps + 1):
        excess, g = problem.excess_and_grad(state.theta)
        rows.append(excess)
        if t < n_steps:
            state = method.step(state, g)
    return np.array(rows)


def late(excess: Array, stop: int) -> Array:
    """Return the mean over the last tenth of the steps to a stop."""
    return np.asarray(excess[stop - stop // 10 + 1 : stop + 1].mean(axis=0))


class Tuned(NamedTuple):
    """A method at its best step size for one stop."""

    k: int  # of `step_size`
    score: float
    excess: Array  # of each word, averaged likewise
    sweep: dict[int, float]

    @property
    def alpha(self) -> float:
        """The best step size."""
        return step_size(self.k)


def tune(
    make: Callable[[float], Method], problem: Bigram, k: int, stops: tuple[int, ...] = STOPS
) -> dict[int, Tuned]:
    """Find the best step size for each stop, a number of `book.races.step_size`.

    First every third of those from k - 9 to k + 9, a factor of a thousand in all, then all around
    the best, until it has two worse ones on both sides. A run's score is the loss above its
    minimum, averaged over the last tenth of the steps, so that no single instant decides.
    """
    runs: dict[int, Array] = {}

    def scores(j: int, stop: int) -> list[float]:
        if j not in runs:
            runs[j] = run(make(step_size(j)), problem, max(stops))
        return [float(late(runs[j], stop) @ problem.often)]

    tuned = {}
    for stop in stops:
        wide = {j: scores(j, stop) for j in range(k - 9, k + 10, 3)}
        middle = min(wide, key=lambda j: wide[j])
        sweep = wide | bracket(partial(scores, stop=stop), middle)
        best = min(sweep, key=lambda j: sweep[j])
        lines = {j: value for j, (value,) in sorted(sweep.items())}
        tuned[stop] = Tuned(best, lines[best], late(runs[best], stop), lines)
    return tuned


def results(path: Path = TABLES) -> dict[str, list[float]]:
    """Return the scores that `benchmarks/tables.py` found, one for each of twenty tables.

    The keys are like "s 1, 50 steps: Adam".
    """
    found: dict[str, list[float]] = json.loads(path.read_text("utf8"))
    return found
