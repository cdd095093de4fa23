"""A fair race: a step of one's own and the methods of the course, under the same conditions.

Every method gets the same step sizes, starts and noise on every course. With one half of the
starts it chooses its step size; from the other half it then races. What it has beside alpha stays
as it is. A *score* is the loss above the minimum, averaged over the last tenth of a run, so that no
single instant decides; of several starts the median counts.
"""

import functools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamcore import learner
from adamcore.arguments import Array
from adamcore.evidence import NOT_DONE, Verdict, instead
from adamcore.method import Method, State
from adamcore.optimizers import SGD, Adam, Momentum, RMSProp
from adamcore.problems import Problem, bowl, rosenbrock, valley

Step = Callable[[State, Any, Any], Any]

ALPHAS = 10 ** (np.arange(-22, 9) / 4)  # the step sizes: neighbours differ by a factor of 1.78
STARTS = 8  # to choose a step size with, and as many others to race from
RIVALS: tuple[Method, ...] = (SGD(0.1), Momentum(0.1), RMSProp(0.1), Adam())


@dataclass(frozen=True, eq=False)
class Course:
    """What is run: a problem, starts of shape (starts, n), how many steps, and their gradients.

    `grad(theta, t)` is what step t = 0, 1, ... sees at theta of shape (..., starts, n): its noise
    is drawn in advance, for each start its own, and the same for every method.
    """

    problem: Problem
    starts: Array
    n_steps: int
    grad: Callable[[Array, int], Array]

    @property
    def name(self) -> str:
        """What to write beside its scores."""
        return self.problem.name


def courses(fresh: bool = False) -> tuple[Course, ...]:
    """Return the courses, with the starts to choose a step size with or with the fresh ones."""
    return tuple(make(np.random.default_rng([k, fresh])) for k, make in enumerate(_COURSES))


def _plain(problem: Problem, starts: Array, n_steps: int) -> Course:
    return Course(problem, starts, n_steps, lambda theta, t: problem.grad(theta))


def _narrow(rng: np.random.Generator) -> Course:
    """Return chapter 1's valley, with exact gradients."""
    starts = rng.uniform([-5.0, -1.5], [5.0, 1.5], (STARTS, 2))
    return _plain(replace(valley(25), name="valley"), starts, 100)


def _turned(rng: np.random.Generator) -> Course:
    """Return the valley turned by 45 degrees, where no axis is better than another."""
    starts = rng.uniform(-4, 4, (STARTS, 2))
    return _plain(replace(valley(25, np.pi / 4), name="turned valley"), starts, 100)


def _noisy(rng: np.random.Generator) -> Course:
    """Return a bowl of ten coordinates under noise that drowns the slope near its floor."""
    problem = replace(bowl(1.0, np.zeros(10)), name="noisy bowl")
    starts, n_steps = 3 * rng.standard_normal((STARTS, 10)), 300
    noise = rng.standard_normal((n_steps, STARTS, 10))
    return Course(problem, starts, n_steps, lambda theta, t: problem.grad(theta) + noise[t])


def _curved(rng: np.random.Generator) -> Course:
    """Return Rosenbrock's curved valley."""
    starts = rng.uniform([-2.0, -1.0], [2.0, 3.0], (STARTS, 2))
    return _plain(replace(rosenbrock(), name="Rosenbrock"), starts, 500)


def _scales(rng: np.random.Generator) -> Course:
    """Return six parameters in units of their own: curvatures from 0.001 to 100."""
    h = 10.0 ** np.arange(-3, 3)
    problem = Problem(
        "six scales",
        lambda theta: (h * np.square(theta)).sum(-1) / 2,
        lambda theta: h * np.asarray(theta),
        np.ones(6),
        np.zeros(6),
    )
    return _plain(problem, rng.standard_normal((STARTS, 6)), 200)


def _rare(rng: np.random.Generator) -> Course:
    """Return logistic regression on 20 features: the k-th is there in one example out of k."""
    n, n_features, n_steps = 400, 20, 400
    x = (rng.random((n, n_features)) < 1 / np.arange(1, n_features + 1)).astype(float)
    y = (rng.random(n) < _sigmoid(x @ rng.normal(0, 2, n_features))).astype(float)

    def value(theta: Any) -> Any:
        z = np.asarray(theta) @ x.T
        return (np.logaddexp(0, z) - y * z).mean(-1) + 0.005 * np.square(theta).sum(-1)

    def grad(theta: Any) -> Any:
        return (_sigmoid(np.asarray(theta) @ x.T) - y) @ x / n + 0.01 * np.asarray(theta)

    best = np.zeros(n_features)
    for _ in range(20):  # Newton's method
        p = _sigmoid(x @ best)
        best -= np.linalg.solve(
            (x.T * (p * (1 - p))) @ x / n + 0.01 * np.eye(n_features), grad(best)
        )
    drawn = rng.integers(n, size=(n_steps, STARTS, 4))

    def batch_grad(theta: Array, t: int) -> Array:
        batch, labels = x[drawn[t]], y[drawn[t]]  # (starts, 4, n_features), (starts, 4)
        z = np.einsum("...sf,sbf->...sb", theta, batch)
        g: Array = np.einsum("...sb,sbf->...sf", _sigmoid(z) - labels, batch) / 4 + 0.01 * theta
        return g

    problem = Problem("rare features", value, grad, np.zeros(n_features), best)
    return Course(problem, np.zeros((STARTS, n_features)), n_steps, batch_grad)


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


_COURSES = (_narrow, _turned, _scales, _curved, _noisy, _rare)


def scores(step: Step, course: Course, alphas: Array) -> Array:
    """Return the score of each step size from each start, infinite where a run left all range.

    Parameters
    ----------
    step
        Returns the State after a step: it is given the State before it, the gradient and alpha.
        All runs go at once: theta has shape (step sizes, starts, n), alpha (step sizes, 1, 1).
    """
    shape = (len(alphas), *course.starts.shape)
    state = _start(np.broadcast_to(course.starts, shape))
    alpha, last = np.reshape(alphas, (-1, 1, 1)), course.n_steps - course.n_steps // 10
    least = course.problem.value(course.problem.minimum)
    total = np.zeros(shape[:2])
    with np.errstate(all="ignore"):
        for t in range(course.n_steps):
            state = step(state, course.grad(state.theta, t), alpha)
            if t >= last:
                total += course.problem.value(state.theta) - least
    mean: Array = np.maximum(total, 0) / (course.n_steps // 10)
    mean[~np.isfinite(mean)] = np.inf
    return mean


def _start(theta: Array) -> State:
    """Return the State before the first step, in which all but theta is 0."""
    zeros = [np.zeros(theta.shape) for _ in range(6)]
    return State(theta.copy(), 0, *zeros)


def _bare(method: Method) -> Step:
    """Return a method's step as a function of alpha, by its bare rule."""
    return lambda state, g, alpha: replace(method, alpha=alpha).rule(state, g)


@dataclass(frozen=True, eq=False)
class Result:
    """What one method did on one course: its sweep, the step size chosen, its scores with it."""

    sweep: Array  # the median score of each of ALPHAS, from the starts to choose with
    chosen: int  # the place of the best in ALPHAS
    fresh: Array  # the score from each fresh start

    @property
    def score(self) -> float:
        """The median of the fresh scores."""
        return float(np.median(self.fresh))

    @property
    def at_the_end(self) -> bool:
        """Whether the best is the first or the last of ALPHAS: a better one may lie beyond."""
        return self.chosen in (0, len(ALPHAS) - 1)


def _entered(make: Callable[[], Step]) -> tuple[Result, ...]:
    results = []
    for tuning, fresh in zip(courses(), courses(fresh=True), strict=True):
        sweep = np.median(scores(make(), tuning, ALPHAS), axis=1)
        k = int(np.argmin(sweep))
        results.append(Result(sweep, k, scores(make(), fresh, ALPHAS[k : k + 1])[0]))
    return tuple(results)


@functools.cache
def rival(method: Method) -> tuple[Result, ...]:
    """Return what a method of the course does on each course."""
    return _entered(lambda: _bare(method))


@dataclass(frozen=True, eq=False)
class Standings:
    """What a step did in the race, on each course, beside what the methods of the course did.

    It is shown as a table; `yours` and `rivals` hold the results, one for each course.
    """

    yours: tuple[Result, ...]
    rivals: dict[str, tuple[Result, ...]]

    def ahead(self, rival: str = "Adam") -> list[int]:
        """Return from how many of the fresh starts the step scores better, on each course."""
        pairs = zip(self.yours, self.rivals[rival], strict=True)
        return [int((one.fresh < other.fresh).sum()) for one, other in pairs]

    def __repr__(self) -> str:
        names = ["yours", *self.rivals]
        lines = [f"{'':14}{'alpha':>8}" + "".join(f"{name:>9}" for name in names) + "  beats Adam"]
        all_results = [self.yours, *self.rivals.values()]
        for k, course in enumerate(courses()):
            mine, ahead = self.yours[k], self.ahead()[k]
            lines.append(
                f"{course.name:14}{ALPHAS[mine.chosen]:>8.2g}"
                + "".join(f"{_short(results[k].score):>9}" for results in all_results)
                + f"{ahead:>7} of {STARTS}"
            )
        ends = [c.name for c, mine in zip(courses(), self.yours, strict=True) if mine.at_the_end]
        if ends:
            lines.append(f"Your best alpha is an end of the sweep: {', '.join(ends)}.")
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the table; where it is run on a page, also what the page's figure shows of it."""
        table = {"text/plain": repr(self)}
        if sys.platform != "emscripten":
            return table
        drawn = {f"sweep{k}": [[*ALPHAS], [*mine.sweep]] for k, mine in enumerate(self.yours)}
        values = {**drawn, "ahead": sum(2 * n > STARTS for n in self.ahead())}
        return table | {"application/vnd.pagefigures+json": {"figure": "race", "values": values}}


def _short(score: float) -> str:
    return "diverged" if math.isinf(score) else f"{score:.0e}"  # of 8 starts no more is known


def race(step: Any) -> Standings | Verdict:
    """Let a step of your own run the race, and return how it stands.

    Parameters
    ----------
    step
        A function ``step(state, g, alpha)`` that returns the next State; or a class whose objects
        have such a method, for a step that keeps things of its own: there is one object for each
        run; or a method with its hyper-parameters, such as ``AdaGrad(0.1)``.

        Before the first step all of State but theta is 0. Many runs go at once: the coordinates
        are on the last axis, so that a length is ``np.linalg.norm(g, axis=-1, keepdims=True)``.

    Returns a `Verdict` with a sentence where the step does not run, or treats runs that go at once
    differently from the same runs one by one.
    """
    if isinstance(step, Method):
        return Standings(_entered(lambda: _bare(step)), _rivals())
    if not callable(step):
        raise TypeError(f"step = {step!r} is not allowed: it must be a function (state, g, alpha)")
    with learner.quiet():
        wrong = _wrong(step)
        if wrong is not None:
            return wrong
        try:
            return Standings(_entered(lambda: _made(step)), _rivals())
        except Exception as error:
            return Verdict(False, learner.say(error, step, {"alpha": 0.1}, State._fields))


def _rivals() -> dict[str, tuple[Result, ...]]:
    return {type(method).__name__: rival(method) for method in RIVALS}


def _made(step: Any) -> Step:
    """Return a step that starts anew: an object of its own, if it is a class."""
    if not isinstance(step, type):
        one: Step = step
    else:
        made = step()
        one = getattr(made, "step", made)
    return one


def _wrong(step: Any) -> Verdict | None:
    """Say what keeps a step from the race, None where nothing does."""
    alphas, starts = np.array([0.01, 0.1]), courses()[1].starts[:3]
    together = _tried(step, np.broadcast_to(starts, (2, *starts.shape)), alphas.reshape(2, 1, 1))
    if isinstance(together, Verdict):
        return together
    for (k, alpha), (n, theta) in ((a, s) for a in enumerate(alphas) for s in enumerate(starts)):
        alone = _tried(step, theta[None, None], np.reshape(alpha, (1, 1, 1)))
        if isinstance(alone, Verdict):
            return alone
        if not np.allclose(alone[0, 0], together[k, n], rtol=1e-6, atol=1e-12, equal_nan=True):
            return Verdict(
                False,
                "Many runs go at once here, and with your step they are not what they are one by"
                " one. If it looks at all coordinates together (a sum, a mean, a length), it must"
                " do so on the last axis: np.linalg.norm(g, axis=-1, keepdims=True). If it keeps"
                " something from call to call, take it from the state, or hand in a class.",
            )
    return None


def _tried(step: Any, theta: Array, alpha: Array) -> Array | Verdict:
    """Return where a step is after five steps down a valley, or what is wrong with it."""
    grad, state = valley(25, np.pi / 4).grad, _start(theta)
    try:
        one = _made(step)
    except Exception as why:
        return Verdict(False, f"{step.__name__}() cannot be made: {type(why).__name__}: {why}.")
    if not callable(one):
        return Verdict(False, f"{step.__name__} needs a method step(self, state, g, alpha).")
    for _ in range(5):
        new, error = learner.call(one, state, grad(state.theta), {"alpha": alpha})
        if error is not None:
            what = learner.say(error, one, {"alpha": 0.1}, State._fields)
            return NOT_DONE if "ellipsis" in what else Verdict(False, what)
        if not isinstance(new, State):
            answer = instead(new, one, ("theta", "t", "g", "m", "v"))
            return answer if isinstance(answer, Verdict) else Verdict(False, answer)
        if any(x is ... for x in new):
            return NOT_DONE
        if np.shape(new.theta) != theta.shape:
            return Verdict(
                False, f"theta has shape {np.shape(new.theta)}, and must have {theta.shape}."
            )
        state = new
    return np.asarray(state.theta, float)
