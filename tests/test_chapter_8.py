"""Where Adam wins: the tables are what the scripts make, and bear out the page's sentences."""

import itertools
import json
from functools import cache, partial

import numpy as np
import pytest

from adamcore import SGD, Adam, Momentum, Muon, RMSProp, Shampoo
from book import races, valleys, words
from book.digits import train
from tests.notebooks import CHAPTERS

FOUND = words.results()
TABLE = races.results()
PAGE = (CHAPTERS / "08-where-adam-wins.ipynb").read_text("utf8")


def ratio(s, stop, name, against="Adam"):
    key = f"s {s}, {stop} steps: "
    return races.compare(FOUND[key + name], FOUND[key + against])


def clear(interval):
    """Return whether an interval leaves no doubt which of the two is lower."""
    _, low, high = interval
    return not low <= 1 <= high


# The tables


def test_every_method_has_twenty_tables():
    short = {
        f"s {s}, {stop} steps: {name}"
        for s in (0, 1)
        for stop in words.STOPS
        for name in words.MAKES
    }
    short |= {f"s 1, {stop} steps: Adam, turned" for stop in words.STOPS}
    assert short == {key for key, scores in FOUND.items() if len(scores) == 20}
    assert all("2000 steps" in key for key in set(FOUND) - short)


@pytest.mark.parametrize("name", ["SGD", "Adam", "momentum, β 0.95"])
def test_the_scores_can_be_found_again(name):
    tuned = words.tune(words.MAKES[name], words.table(3, 1), words.BEGIN[name])
    for stop, row in tuned.items():
        assert row.score == pytest.approx(FOUND[f"s 1, {stop} steps: {name}"][3], rel=0.02)


def test_a_turned_score_can_be_found_again():
    tuned = words.tune(Adam, words.table(3, 1, turned=True), words.BEGIN["Adam"], (50,))
    assert tuned[50].score == pytest.approx(FOUND["s 1, 50 steps: Adam, turned"][3], rel=0.02)


def test_the_best_step_size_has_two_worse_ones_close_by_on_both_sides():
    for row in words.tune(Momentum, words.table(0, 1), 18).values():
        near = [row.sweep[row.k + i] for i in (-2, -1, 1, 2)]
        assert min(near) > row.score
        assert len(row.sweep) >= 9


def test_the_words_are_those_of_the_course_and_their_rows_add_up():
    text = words.load_text()
    stored = json.loads(words.TEXT.read_text("utf8"))
    assert {"gradient", "momentum", "adam"} < set(text.words)
    assert text.counts.sum() == sum(count for row in stored["followed_by"] for _, count in row)
    totals = text.counts.sum(axis=-1)
    assert (np.diff(totals) <= 0).all()
    assert totals.min() > 0
    assert stored["counted_on"] > "2026"
    problem = text.bigram
    assert problem.follows.sum(axis=-1) == pytest.approx(1)
    assert problem.often.sum() == pytest.approx(1)


# The model


def test_the_gradient_is_that_of_the_loss_turned_or_not():
    rng = np.random.default_rng(0)
    often, follows = words.zipf(5, 1), words.followers(5, rng)
    for turns in ((None, None), (words.turn(5, rng), words.turn(5, rng))):
        problem = words.Bigram(often, follows, *turns)
        theta = rng.standard_normal((5, 5))
        _, g = problem.excess_and_grad(theta)
        for i, j in (0, 0), (1, 3), (4, 2):
            step = np.zeros((5, 5))
            step[i, j] = 1e-6
            up, down = (problem.excess_and_grad(theta + d)[0] @ often for d in (step, -step))
            assert (up - down) / 2e-6 == pytest.approx(g[i, j], abs=1e-8)


def test_the_least_loss_is_zero_and_reached_where_the_model_is_right():
    problem = words.table(0, 1)
    excess, g = problem.excess_and_grad(np.log(problem.follows))
    assert abs(excess).max() < 1e-12
    assert abs(g).max() < 1e-15


def test_turned_axes_change_nothing_for_sgd_and_momentum():
    straight, turned = (words.table(5, 1, turned=turned) for turned in (False, True))
    for method in SGD(50), Momentum(300):
        paths = [words.run(method, problem, 30) for problem in (straight, turned)]
        assert paths[0] == pytest.approx(paths[1], abs=1e-9)


def test_zipf_changes_nothing_for_adam_without_eps():
    paths = [words.run(Adam(0.2, eps=0), words.table(0, s), 50) for s in (0, 2)]
    assert paths[0] == pytest.approx(paths[1], abs=1e-9)


def test_sgd_walks_a_row_as_with_a_smaller_step_size():
    problem = words.table(0, 1)
    alike = words.table(0, 0)
    k, alpha = 24, 20.0
    row = words.run(SGD(alpha), problem, 40)[:, k]
    same = words.run(SGD(alpha * problem.often[k] / alike.often[k]), alike, 40)[:, k]
    assert row == pytest.approx(same, abs=1e-12)


# The sentences about words


def test_the_law_is_a_large_part_of_the_lead_and_not_all_of_it():
    for stop in words.STOPS:
        leads = {
            s: min(ratio(s, stop, name) for name in ("momentum", "momentum, β 0.95"))
            for s in (0, 1)
        }
        assert leads[0][1] > 1
        assert leads[1][0] > 4 * leads[0][0]


def test_rmsprop_and_the_sign_lead_and_are_ahead_of_adam_at_first_and_behind_later():
    for name in "RMSProp", "sign":
        assert ratio(1, 50, name)[2] < 1
        assert ratio(1, 200, name)[1] > 1
        assert ratio(1, 50, name, "momentum")[2] < 1
        assert ratio(1, 200, name, "momentum, β 0.95")[2] < 1


def test_turned_adam_is_level_with_momentum_after_50_steps_and_behind_after_200():
    assert not clear(ratio(1, 50, "Adam, turned", "momentum"))
    assert ratio(1, 200, "Adam, turned", "momentum, β 0.95")[1] > 1


def test_two_thousand_steps_of_sgd_are_about_fifty_of_adam():
    (long,) = FOUND["s 1, 2000 steps: SGD"]
    assert long == pytest.approx(FOUND["s 1, 50 steps: Adam"][0], rel=0.3)
    (momentum,) = FOUND["s 1, 2000 steps: momentum, β 0.95"]
    assert momentum < FOUND["s 1, 2000 steps: momentum"][0]
    assert momentum > 5 * FOUND["s 1, 200 steps: Adam"][0]


def test_with_followers_nearly_alike_sgd_beats_adam_and_momentum_keeps_up_under_the_law():
    for seed in range(3):
        p = np.exp(0.3 * np.random.default_rng(seed).standard_normal((100, 100)))
        p /= p.sum(axis=-1, keepdims=True)
        score = {}
        for s in (0, 1):
            for name in "SGD", "momentum", "Adam":
                problem = words.Bigram(words.zipf(100, s), p)
                tuned = words.tune(words.MAKES[name], problem, words.BEGIN[name], (50,))
                score[name, s] = tuned[50].score
        assert score["SGD", 0] < 1e-6 < 1e-5 < score["Adam", 0]
        assert score["Adam", 1] < score["momentum", 1] < 2 * score["Adam", 1]
        assert score["SGD", 1] > 10 * score["Adam", 1]


@cache
def tuned_at(s, name):
    return words.tune(words.MAKES[name], words.table(0, s), words.BEGIN[name])


@pytest.mark.parametrize("name", ["Adam", "RMSProp"])
def test_the_groups_of_rmsprop_and_adam_stay_about_where_they_were(name):
    for stop in words.STOPS:
        straight = tuned_at(0.0, name)[stop].excess
        for s in (1.0, 2.0):
            bent = tuned_at(s, name)[stop].excess
            for part in (slice(0, 3), slice(3, 10), slice(10, 30), slice(30, 100)):
                assert 1 / 2.5 < bent[part].mean() / straight[part].mean() < 2.5


def test_the_law_tilts_sgd_and_momentum_but_not_adam():
    def tilt(name, s, stop):
        excess = tuned_at(s, name)[stop].excess
        return excess[30:].mean() / excess[:3].mean()

    for stop in words.STOPS:
        for name in "SGD", "momentum":
            assert tilt(name, 1.0, stop) > 3
            assert tilt(name, 2.0, stop) > 20
        for s in (0.0, 1.0, 2.0):
            assert 0.4 < tilt("Adam", s, stop) < 2.5


def test_on_the_text_the_lead_is_larger_than_with_all_words_alike():
    text = words.load_text().bigram
    flat = words.Bigram(np.full(100, 0.01), text.follows)
    scores = {}
    for name in "SGD", "momentum", "Adam":
        for key, problem in (("real", text), ("flat", flat)):
            tuned = words.tune(words.MAKES[name], problem, words.BEGIN[name], (50,))
            scores[name, key] = tuned[50]
    for name in "SGD", "momentum":
        real, even = (
            scores[name, key].score / scores["Adam", key].score for key in ("real", "flat")
        )
        assert real > 1.5 * even > 1.5
    sgd = scores["SGD", "real"].excess
    assert sgd[90:].mean() > 3 * sgd[:10].mean()
    adam = scores["Adam", "real"].excess
    assert adam[90:].mean() < 1.5 * adam[:10].mean()


def gaussian(seed, method, n_steps=100):
    """Softmax regression on Gaussian inputs, with classes as unequal as words: late excess."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2000, 10))
    w = 2 / np.sqrt(10) * rng.standard_normal((10, 100))
    p = np.exp(x @ w - np.log(np.arange(1, 101)))
    p /= p.sum(axis=-1, keepdims=True)
    share = p.mean(axis=0)
    assert share.max() / share.min() > 50
    x = np.c_[x, np.ones(2000)]
    state, late = method.init(np.zeros((11, 100))), []
    for t in range(n_steps + 1):
        scores = x @ state.theta
        q = np.exp(scores)
        q /= q.sum(axis=-1, keepdims=True)
        if t > 0.9 * n_steps:
            late.append((p * np.log(p / q)).sum(axis=-1).mean())
        state = method.step(state, x.T @ (q - p) / 2000)
    return [np.mean(late)]


def test_unequal_classes_that_share_their_inputs_leave_momentum_within_a_factor_of_one_and_a_half():
    def best(seed, make, k):
        sweep = races.bracket(lambda j: gaussian(seed, make(races.step_size(j))), k)
        return min(sweep.values())[0]

    for seed in range(3):
        assert 1 < best(seed, Momentum, 11) / best(seed, Adam, -5) < 1.5


# The sentences about units


def test_a_first_layer_with_its_own_step_size_makes_the_run_of_before():
    learn, _ = races.data()
    digits = type(learn)(learn.x.astype(float), learn.y)
    rescaled = races.Rescaled(races.NETWORK.widths, factor=1 / 32)
    own = np.full(rescaled.n_parameters, 0.5)
    own[: 64 * 32] *= 32**2
    runs = []
    for network, alpha in ((races.NETWORK, 0.5), (rescaled, own)):
        start = network.init(np.random.default_rng(0))[None]
        *_, last = train(
            SGD(alpha), network, start, digits, 1, [np.random.default_rng(1)], batch=64
        )
        runs.append(network.loss(last.theta, *digits))
    assert runs[0] == pytest.approx(runs[1], rel=1e-9)


def test_a_rescaled_network_is_the_same_function():
    learn, _ = races.data()
    rescaled = races.Rescaled(races.NETWORK.widths, factor=1 / 32)
    losses = [
        network.loss(network.init(np.random.default_rng(0)), *learn)
        for network in (races.NETWORK, rescaled)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def costs(unit):
    return {
        name: races.compare(TABLE[f"{name}, inputs {unit}"].fresh, TABLE[name].fresh)
        for name in ("SGD", "momentum", "Adam")
    }


@pytest.mark.parametrize("unit", ["÷ 10", "÷ 32", "÷ 100"])
def test_divided_pixels_cost_adam_least(unit):
    cost = costs(unit)
    assert cost["Adam"][2] < min(cost["SGD"][1], cost["momentum"][1])


def test_multiplied_pixels_cost_all_three_about_the_same():
    ratios = [each[0] for each in costs("× 16").values()]
    assert max(ratios) < 2 * min(ratios)


# The sentences about turned axes


def adams(memories):
    return [partial(Adam, beta1=b, beta2=c) for b in (0, 0.5, 0.8) for c in memories]


@cache
def race(name, degrees, seed=0, nudge=0):
    """Return the losses of twenty fresh starts, at the best setting of ten others.

    The starts of the numbered `nudge` differ in their last digits, as if rounded otherwise.
    """
    families = {
        "SGD": ([SGD], 3),
        "momentum": ([partial(Momentum, beta1=b) for b in (0.5, 0.8, 0.9, 0.95)], 8),
        "Adam": (adams((0.7, 0.8, 0.9, 0.999)), -1),
        "Adam, default": (adams((0.999,)), -1),
        "Muon": ([partial(Muon, beta=b) for b in (0.0, 0.5, 0.8, 0.9, 0.95)], -2),
        "Shampoo": ([Shampoo], 8),
    }
    axes = valleys.turned_by(degrees, 8, np.random.default_rng(seed))
    valley = valleys.matrix_valley(axes)
    makes, k = families[name]
    make, k = valleys.best(makes, valley, valleys.starts(range(10), axes), 100, k)
    w = valleys.starts(range(20, 40), axes)
    w = w * (1 + 2e-16 * nudge * np.random.default_rng(nudge).choice([-1, 1], w.shape))
    return valleys.losses(make, races.step_size(k), valley, w, 100)[-1]


def test_axes_that_are_turned_are_orthogonal_and_turned_by_that_much():
    for degrees in (0, 30, 90):
        axes = valleys.turned_by(degrees, 8, np.random.default_rng(0))
        assert axes @ axes.T == pytest.approx(np.eye(8), abs=1e-12)
        angles = np.abs(np.angle(np.linalg.eigvals(axes)))
        assert np.rad2deg(angles.max()) == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize("name", ["SGD", "momentum", "Muon", "Shampoo"])
def test_all_but_adam_end_where_they_did(name):
    """Muon's up to rounding, which its bounces magnify."""
    typical = [races.typical(race(name, degrees)) for degrees in (0, 90)]
    assert typical[1] == pytest.approx(typical[0], rel=0.5 if name == "Muon" else 1e-3)


def test_what_is_told_of_muon_is_not_decided_by_rounding():
    for degrees, nudge in itertools.product((0, 90), range(6)):
        muon = race("Muon", degrees, nudge=nudge)
        assert round(np.log10(races.typical(muon))) == -6
        if degrees:  # the least of twelve turns is told, as a power of ten
            assert 30 < races.compare(race("Adam", 90), muon)[0] < 1000


def test_adam_has_no_rival_in_axes_of_its_own_and_each_of_them_in_turned_ones():
    others = "momentum", "Muon", "Shampoo"
    assert race("Adam", 0).max() < 1e-20 < min(race(name, 0).min() for name in others)
    for name in "Muon", "Shampoo":
        assert races.compare(race("Adam", 90), race(name, 90))[1] > 1
    assert races.compare(race("SGD", 90), race("Adam", 90))[1] > 1


@pytest.mark.parametrize("seed", [0, 12, 13, 14])
def test_turned_adam_is_far_behind_muon_and_with_a_long_memory_behind_momentum(seed):
    adam, default = (race(name, 90, seed) for name in ("Adam", "Adam, default"))
    assert 15 < races.compare(adam, race("Muon", 90))[0] < 600
    assert races.compare(adam, race("Shampoo", 90))[0] > 1000
    assert races.compare(adam, race("momentum", 90))[0] < 1
    assert races.compare(default, race("momentum", 90))[1] > 1


def test_the_gradient_of_the_valley_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    valley = valleys.matrix_valley(valleys.turned_by(50, 4, rng))
    w = rng.standard_normal((4, 4))
    _, g = valley.loss_and_grad(w)
    step = 1e-6 * rng.standard_normal((4, 4))
    up, down = (valley.loss_and_grad(w + sign * step)[0] for sign in (1, -1))
    assert up - down == pytest.approx(2 * (g * step).sum(), rel=1e-6)


def test_the_sign_step_is_rmsprop_without_memory():
    g = np.array([3.0, -0.2])
    method = RMSProp(0.1, beta2=0.0)
    assert method.step(method.init([0.0, 0.0]), g).theta == pytest.approx(-0.1 * np.sign(g))


def test_adams_first_step_has_at_most_five_directions_in_this_turn_and_seven_in_others():
    ranks = []
    for seed in range(8):
        axes = valleys.turned_by(90, 8, np.random.default_rng(seed))
        _, g = valleys.matrix_valley(axes).loss_and_grad(valleys.starts(range(20, 40), axes))
        ranks.append(np.linalg.matrix_rank(np.sign(g)).max())
    assert ranks[0] == 5
    assert max(ranks) == 7
