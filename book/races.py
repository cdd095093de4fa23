"""Races on the digits: every step size with every seed, and what may be said of the result.

A step size is a whole number k, and stands for 10**(k / 6): neighbours differ by a factor of 1.47.
A run's *score* is the mean of its training loss after each of its last five epochs, so that no
single instant decides. The runs are in float32.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adamcore.arguments import Array
from adamcore.method import Method
from adamcore.optimizers import SGD, Adam, Momentum, RMSProp
from adamcore.variants import AdaGrad, AdamCorrectingV, AdamW, Nesterov, UncorrectedAdam
from book.digits import Digits, Network, load_digits, split, train

TABLE = Path(__file__).parent / "data" / "races.json"
EPOCHS, BATCH, STEPS = 15, 64, 300
LAST = 5  # epochs that count
TUNING, FRESH = range(20), range(20, 40)  # seeds: to choose a step size with, and to race with
NETWORK = Network((64, 32, 10))
LOGISTIC = Network((64, 10), l2=0.001)


@dataclass(frozen=True)
class Rescaled(Network):
    """A network whose inputs come in another unit: `factor` times as large.

    It starts with first weights that are as many times smaller, so it is the same function.
    """

    factor: float = 1.0

    def init(self, rng: np.random.Generator) -> Array:
        """Draw where the network would start, in the new unit."""
        theta = super().init(rng)
        weights, _ = self.layers(theta)[0]
        weights /= self.factor
        return theta

    def forward(self, theta: Array, x: Array) -> list[Array]:
        """Return the input of each layer, the first in the new unit, and the scores."""
        return super().forward(theta, x * x.dtype.type(self.factor))


UNITS = {"× 16": 16.0, "÷ 10": 1 / 10, "÷ 32": 1 / 32, "÷ 100": 1 / 100}  # for chapter 8


class Entry(NamedTuple):
    """A method that enters a race: made from its step size, which a schedule multiplies."""

    make: Callable[[float], Method]
    schedule: Callable[[int], float] = lambda t: 1.0
    epochs: int = EPOCHS
    network: Network = NETWORK


def corrected(t: int) -> float:
    """Return what turns m into m_hat for beta1 = 0.9; as a factor of alpha it does the same."""
    return 1 / (1 - 0.9**t)


def warm_up(t: int) -> float:
    """Rise over the first tenth of the steps."""
    return min(1, 10 * t / STEPS)


def root(t: int) -> float:
    """Fall as the paper's analysis asks."""
    return float(t**-0.5)


def to_zero(t: int) -> float:
    """Fall to almost 0."""
    return 1 - (t - 1) / STEPS


def nesterov(alpha: float) -> Nesterov:
    """Return Nesterov's method with the step size of the averaging form, as `Momentum` has it."""
    return Nesterov(alpha * 0.1, 0.9)


ENTRIES = {
    "SGD": Entry(SGD),
    "momentum": Entry(Momentum),
    "momentum, corrected": Entry(Momentum, corrected),
    "momentum, warm-up": Entry(Momentum, warm_up),
    "Nesterov": Entry(nesterov),
    "Nesterov, corrected": Entry(nesterov, corrected),
    "Nesterov, warm-up": Entry(nesterov, warm_up),
    "AdaGrad": Entry(AdaGrad),
    "AdaGrad, warm-up": Entry(AdaGrad, warm_up),
    "RMSProp": Entry(RMSProp),
    "Adam": Entry(Adam),
    "Adam, m uncorrected": Entry(AdamCorrectingV),
    "Adam, warm-up": Entry(Adam, warm_up),
    "Adam, uncorrected": Entry(UncorrectedAdam),
    "Adam, down to 0": Entry(Adam, to_zero),
    "Adam, both": Entry(Adam, lambda t: min(warm_up(t), to_zero(t) / 0.9)),
    "β₂ 0.9": Entry(lambda alpha: Adam(alpha, beta2=0.9)),
    "β₂ 0.99": Entry(lambda alpha: Adam(alpha, beta2=0.99)),
    "β₂ 0.9999": Entry(lambda alpha: Adam(alpha, beta2=0.9999)),
    "ε 1e-3": Entry(lambda alpha: Adam(alpha, eps=1e-3)),
    "ε 1e-2": Entry(lambda alpha: Adam(alpha, eps=1e-2)),
    "decay 0.1": Entry(lambda alpha: AdamW(alpha, weight_decay=0.1)),
    "decay 1": Entry(lambda alpha: AdamW(alpha, weight_decay=1.0)),
    "β₁ 0": Entry(lambda alpha: Adam(alpha, beta1=0)),
    "β₁ 0, uncorrected": Entry(lambda alpha: UncorrectedAdam(alpha, beta1=0)),
    "β₂ 0.9999, uncorrected": Entry(lambda alpha: UncorrectedAdam(alpha, beta2=0.9999)),
    "Adam, 100 steps": Entry(Adam, epochs=5),
    "momentum, 100 steps": Entry(Momentum, epochs=5),
    "Nesterov, 100 steps": Entry(nesterov, epochs=5),
    "Adam, 900 steps": Entry(Adam, epochs=45),
    "momentum, 900 steps": Entry(Momentum, epochs=45),
    "Nesterov, 900 steps": Entry(nesterov, epochs=45),
    "logistic: Nesterov": Entry(nesterov, root, network=LOGISTIC),
    "logistic: Adam": Entry(Adam, root, network=LOGISTIC),
    "logistic: AdaGrad": Entry(AdaGrad, network=LOGISTIC),
    "logistic: AdaGrad/√t": Entry(AdaGrad, root, network=LOGISTIC),
} | {
    f"{name}, inputs {unit}": Entry(make, network=Rescaled(NETWORK.widths, factor=factor))
    for unit, factor in UNITS.items()
    for name, make in {"SGD": SGD, "momentum": Momentum, "Adam": Adam}.items()
}


def data() -> tuple[Digits, Digits]:
    """Return 1280 digits to learn from and 517 that no run sees, in float32."""
    learn, unseen = split(load_digits(), 1280, np.random.default_rng(0))
    return (
        Digits(learn.x.astype(np.float32), learn.y),
        Digits(unseen.x.astype(np.float32), unseen.y),
    )


def step_size(k: int) -> float:
    """Return the step size number k."""
    return float(10 ** (k / 6))


def run(
    entry: Entry,
    k: int,
    seeds: Iterable[int] = TUNING,
    *,
    at: Iterable[int] = (),
) -> tuple[Array, Any]:
    """Train once with every seed.

    A seed draws the start, and with 1000 added the order of the images: all methods get the same.

    Returns
    -------
    losses : ndarray, shape (epochs + 1, seeds)
        The training loss after each epoch that counts for the score and those of `at`; else NaN.
    errors : ndarray, shape (seeds,)
        The share of the unseen digits that are taken for others at the end.
    """
    learn, unseen = data()
    network = entry.network
    seeds, at = list(seeds), set(at)
    starts = np.stack([network.init(np.random.default_rng(s)) for s in seeds]).astype(np.float32)
    orders = [np.random.default_rng(1000 + s) for s in seeds]
    method = entry.make(step_size(k))
    states = train(
        method,
        network,
        starts,
        learn,
        entry.epochs,
        orders,
        batch=BATCH,
        schedule=lambda t: method.alpha * entry.schedule(t),
    )
    losses = np.full((entry.epochs + 1, len(seeds)), np.nan)
    for epoch, state in enumerate(states):
        if epoch in at or epoch > entry.epochs - LAST:
            losses[epoch] = network.loss(state.theta, *learn)
    return losses, network.error(state.theta, *unseen)


def score(losses: npt.ArrayLike) -> Any:
    """Return the mean loss over the last epochs, shape (..., seeds) from (..., epochs, seeds)."""
    return np.asarray(losses)[..., -LAST:, :].mean(axis=-2)


def typical(scores: npt.ArrayLike) -> Any:
    """Return the geometric mean over the seeds: losses differ by factors."""
    return np.exp(np.log(scores).mean(axis=-1))


def bracket(measure: Callable[[int], Any], k: int) -> dict[int, Any]:
    """Measure step sizes around k until the best has two worse ones on both sides.

    `measure` returns the scores of a step size; what it says of each is returned.
    """
    found: dict[int, Any] = {}
    todo = list(range(k - 2, k + 3))
    while todo := [j for j in todo if j not in found]:
        found |= {j: measure(j) for j in todo}
        best = min(found, key=lambda j: typical(found[j]))
        todo = list(range(best - 2, best + 3))
    return dict(sorted(found.items()))


def compare(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> tuple[float, float, float]:
    """Return how many times as high our scores are as theirs, and the ends of a 95 % interval.

    The seeds are paired: the interval is Student's, for the mean of the logarithms' differences.

    >>> compare([2.0, 2.0], [1.0, 1.0])
    (2.0, 2.0, 2.0)
    """
    difference = np.log(ours) - np.log(theirs)
    n = len(difference)
    t = {2: 12.706, 20: 2.093}[n]  # the 97.5 % point of Student's t with n - 1 degrees of freedom
    half = t * difference.std(ddof=1) / n**0.5
    ratio, low, high = np.exp(difference.mean() + np.array([0, -half, half]))
    return float(ratio), float(low), float(high)


class Result(NamedTuple):
    """What `benchmarks/races.py` found for one entry; lists have one number for each seed."""

    tuning: dict[int, Sequence[float]]  # scores by k, with the tuning seeds
    errors: dict[int, Sequence[float]]  # unseen errors, likewise
    fresh: Sequence[float]  # scores at the best k, with the fresh seeds
    fresh_errors: Sequence[float]

    @property
    def best(self) -> int:
        """The step size with the lowest typical score, chosen with the tuning seeds alone."""
        return min(self.tuning, key=lambda k: typical(self.tuning[k]))


def results(path: Path = TABLE) -> dict[str, Result]:
    """Return what `benchmarks/races.py` found, as that script wrote it down."""
    return {
        name: Result(
            {int(k): scores for k, scores in row["tuning"].items()},
            {int(k): errors for k, errors in row["errors"].items()},
            row["fresh"],
            row["fresh_errors"],
        )
        for name, row in json.loads(path.read_text("utf8")).items()
    }
