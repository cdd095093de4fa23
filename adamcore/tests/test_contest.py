"""The race is fair, and whatever a learner enters is answered."""

from dataclasses import replace

import numpy as np
import pytest

from adamcore import SGD, AdaGrad, Adam, Method, Standings, State, race
from adamcore.contest import ALPHAS, RIVALS, STARTS, courses, rival, scores
from adamcore.tests.test_relations import METHODS


def sgd(state, g, alpha):
    return State(state.theta - alpha * g, state.t + 1, g)


def adam(state, g, alpha):
    t = state.t + 1
    m = 0.9 * state.m + 0.1 * g
    v = 0.999 * state.v + 0.001 * g**2
    theta = state.theta - alpha * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return State(theta, t, g, m, v)


class Keeper:
    """Momentum that keeps its m to itself."""

    def __init__(self):
        self.m = 0.0

    def step(self, state, g, alpha):
        self.m = 0.9 * self.m + 0.1 * g
        return state._replace(theta=state.theta - alpha * self.m)


@pytest.mark.parametrize(("step", "name"), [(sgd, "SGD"), (adam, "Adam"), (Keeper, "Momentum")])
def test_who_writes_a_method_of_the_course_does_what_it_does(step, name):
    standings = race(step)
    for mine, its in zip(standings.yours, standings.rivals[name], strict=True):
        np.testing.assert_allclose(mine.fresh, its.fresh, rtol=1e-3)
        assert mine.chosen == its.chosen


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_any_method_can_be_entered(method):
    assert isinstance(race(method), Standings)


def test_no_method_of_the_course_has_its_best_step_size_at_an_end_of_the_sweep():
    for method in RIVALS:
        assert not any(result.at_the_end for result in rival(method))


def test_the_sweep_is_bracketed_on_both_sides_by_what_is_worse():
    for method in RIVALS:
        for result in rival(method):
            assert result.sweep[0] > 1.5 * result.sweep[result.chosen]
            assert result.sweep[-1] > 1.5 * result.sweep[result.chosen]


def test_all_get_the_same_starts_and_the_same_noise_and_fresh_ones_to_race():
    for one, again, fresh in zip(courses(), courses(), courses(fresh=True), strict=True):
        theta = one.starts + 0.3
        assert (one.starts == again.starts).all()
        assert (one.grad(theta, 7) == again.grad(theta, 7)).all()
        assert one.starts.shape == fresh.starts.shape == (STARTS, len(one.problem.start))
        assert (one.starts != fresh.starts).any() or (
            one.grad(theta, 7) != fresh.grad(theta, 7)
        ).any()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_gradients_are_those_of_the_loss_and_the_minimum_is_one(fresh):
    rng = np.random.default_rng(0)
    for course in courses(fresh):
        problem, theta = course.problem, rng.standard_normal(len(course.problem.start))
        numbers = [
            (problem.value(theta + d) - problem.value(theta - d)) / 2e-6
            for d in 1e-6 * np.eye(len(theta))
        ]
        np.testing.assert_allclose(problem.grad(theta), numbers, rtol=1e-5, atol=1e-4)
        np.testing.assert_allclose(problem.grad(problem.minimum), 0, atol=1e-12)
        seen = [course.grad(np.tile(theta, (STARTS, 1)), t) for t in range(course.n_steps)]
        error = np.std(seen, axis=(0, 1)) / np.sqrt(STARTS * course.n_steps)
        off = np.abs(np.mean(seen, axis=(0, 1)) - problem.grad(theta))
        assert (off <= 4 * error + 1e-9).all()  # noise of mean 0


def test_runs_that_go_at_once_are_what_they_are_one_by_one():
    course = courses()[4]
    together = scores(adam, course, ALPHAS[8:11])
    alone = replace(
        course, starts=course.starts[:1], grad=lambda theta, t: course.grad(theta, t)[:, :1]
    )
    np.testing.assert_allclose(scores(adam, alone, ALPHAS[9:10])[0, 0], together[1, 0], rtol=1e-12)


def test_a_run_that_leaves_all_range_scores_infinity():
    assert np.isinf(scores(sgd, courses()[0], np.array([100.0]))).all()
    assert np.isinf(
        race(lambda state, g, alpha: state._replace(theta=state.theta * np.nan)).yours[0].score
    )


def test_the_score_looks_at_the_last_tenth_of_a_run():
    course = courses()[0]
    theta, seen = course.starts, []
    for _ in range(course.n_steps):
        theta = theta - 0.03 * course.problem.grad(theta)
        seen.append(course.problem.value(theta))
    np.testing.assert_allclose(
        scores(sgd, course, np.array([0.03]))[0], np.mean(seen[-10:], axis=0), rtol=1e-12
    )


def test_the_table_says_what_the_results_are():
    standings = race(AdaGrad(0.1))
    head, *rows = repr(standings).splitlines()
    assert head.split() == ["alpha", "yours", "SGD", "Momentum", "RMSProp", "Adam", "beats", "Adam"]
    for k, course in enumerate(courses()):
        row, result = rows[k], standings.yours[k]
        assert row.startswith(course.name)
        assert f"{result.score:.0e}" in row
        assert row.endswith(f"{standings.ahead()[k]} of {STARTS}")
    assert rows[len(courses())].startswith("Your best alpha is an end of the sweep: valley")


def _length(state, g, alpha):
    return state._replace(theta=state.theta - alpha * g / np.linalg.norm(g))


_kept = []


def _keeps(state, g, alpha):
    _kept.append(g)
    return state._replace(theta=state.theta - alpha * len(_kept) * g)


class _Nothing:
    pass


class _Broken:
    def __init__(self, size):
        pass


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (lambda state, g, alpha: None, "Not done yet."),
        (lambda state, g, alpha: 3 * g, "must return a State; it returned ndarray"),
        (lambda state, g, alpha: print(end=""), "returns nothing: it must end with return State("),
        (lambda state, g, alpha: state._replace(theta=...), "Not done yet."),
        (lambda state, g, alpha: state._replace(theta=state.theta - alpha * ...), "Not done yet."),
        (lambda state, g: state, "could not be called with (state, g, alpha=0.1)"),
        (lambda state, g, alpha: state._replace(theta=g.sum()), "theta has shape ()"),
        (lambda state, g, alpha: nobody_has_this_name, "Nothing has this name here"),  # noqa: F821
        (lambda state, g, alpha: input(), "nobody answers input()"),
        (_length, "np.linalg.norm(g, axis=-1, keepdims=True)"),
        (_keeps, "keeps something from call to call"),
        (_Nothing, "_Nothing needs a method step(self, state, g, alpha)."),
        (_Broken, "_Broken() cannot be made: TypeError"),
    ],
)  # fmt: skip
def test_whatever_is_entered_is_answered_in_a_sentence(step, says):
    verdict = race(step)
    assert not isinstance(verdict, Standings)
    assert says in verdict.message


def test_a_loop_without_end_is_stopped():
    names = {}  # a learner's code is in no library, and these tests may be in one
    exec(compile("def endless(state, g, alpha):\n    while True: pass", "<cell>", "exec"), names)
    assert "does a loop never end?" in race(names["endless"]).message


def test_what_breaks_later_is_answered_too():
    def late(state, g, alpha):
        if state.t == 90:
            raise RuntimeError("late")
        return sgd(state, g, alpha)

    assert "RuntimeError: late" in race(late).message


@pytest.mark.parametrize("what", [3, None, "Adam", SGD])
def test_what_is_no_step_is_refused(what):
    if what is SGD:  # a method without its numbers
        assert "SGD() cannot be made" in race(what).message
    else:
        with pytest.raises(TypeError, match="it must be a function"):
            race(what)


def test_a_page_gets_what_its_figure_shows(monkeypatch):
    standings = race(Adam())
    assert list(standings._repr_mimebundle_()) == ["text/plain"]
    monkeypatch.setattr("sys.platform", "emscripten")
    data = standings._repr_mimebundle_()["application/vnd.pagefigures+json"]
    assert data["figure"] == "race"
    assert data["values"]["ahead"] == 0  # nobody is before himself
    assert data["values"]["sweep2"] == [[*ALPHAS], [*standings.yours[2].sweep]]


def test_a_method_is_made_of_its_own_class():
    assert all(isinstance(method, Method) for method in RIVALS)
