"""The predictions: the right answer is computed, and so is every number in the replies.

A number in a reply is the question's or an option's own, or one that is worked out here.
"""

import ast
import math
import re

import nbformat
import numpy as np
import pytest

from adamcore import (
    SGD,
    AdaGrad,
    Adam,
    AdaMax,
    AdamCorrectingM,
    AdamCorrectingV,
    Momentum,
    Muon,
    RMSProp,
    Shampoo,
    UncorrectedAdam,
    descend,
    dialects,
    problems,
    respond,
)
from adamcore import race as contest
from adamcore.contest import RIVALS, rival
from adamcore.streams import step_bound, zeros_then
from book import races, valleys, words
from tests import test_sayings as on_trial
from tests.notebooks import paths

NUMBER = re.compile(r"[\d.]*\d")


def texts(node):
    """Return the strings below a node of a syntax tree, without what is computed in them."""
    if isinstance(node, ast.FormattedValue):
        return []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [text for below in ast.iter_child_nodes(node) for text in texts(below)]


def predictions():
    """Yield the question, the options, the answer and the replies of each prediction."""
    for path in paths():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "predict(" not in cell.source:
                continue
            for call in ast.walk(ast.parse(cell.source)):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "predict":
                    named = {one.arg: " ".join(texts(one.value)) for one in call.keywords}
                    question, options = map(texts, call.args)
                    yield "".join(question), options, named["answer"], named["why"]


ASKED = {question: rest for question, *rest in predictions()}


def forward(method, gradients):
    return -respond(method, gradients).steps


def sgd_limit():
    start, valley = [1.0, 1.0], problems.valley(25)

    def far(alpha):
        return abs(descend(SGD(alpha), valley.grad, start, 400).theta[-1])

    assert far(0.0799).max() < 1 < far(0.0801).max()
    assert descend(SGD(0.04), valley.grad, start, 1).theta[-1][1] == 0
    assert descend(SGD(1.0), valley.grad, start, 1).theta[-1][0] == 0
    assert 2 / 25 == 0.08
    return "0.08", [2, 25, 0.08, 1]


def batch():
    rng = np.random.default_rng(0)
    spread = [rng.normal(size=(20_000, size)).mean(axis=1).std() for size in (16, 64)]
    assert spread[0] / spread[1] == pytest.approx(math.sqrt(4), rel=0.03)
    return "it falls to a half", [4, 2]


def alternating():
    m = respond(Momentum(1.0, 0.9), [1.0, -1.0] * 200).m
    assert abs(m[-1]) == pytest.approx(1 / 19)
    assert m[1] == pytest.approx(0.1)
    return f"about {abs(m[-1]).item():.2f}", [1, 19, 0.1]


def particles():
    assert 9 / (9 + 1) == 900 / (900 + 100) == 0.9
    return "both have the same", [9, 1, 900, 100, 0.9]


def swinging():
    def later(alpha, beta):
        """Return how much of the swing is left after 200 steps."""
        eta = alpha * (1 - beta)
        return abs(descend(Momentum(eta / (1 - beta), beta), lambda x: x, [1.0], 220).theta[-20:])

    assert later(1.0, 0.9).max() < 0.01 < min(later(1.0, 0.99).max(), later(0.3, 0.99).max())
    return "a smaller β", [0.99]


def majority():
    steps = -np.sign([0.1] * 9 + [-0.9])
    assert steps.sum() == -8
    assert sum([0.1] * 9 + [-0.9]) == pytest.approx(0)
    return "down by 8α", [9, 0.9]


def adagrad():
    ways = [respond(AdaGrad(1.0, eps=0), np.full(1000, g)).theta[-1] for g in (1000, 0.001)]
    assert ways[0] == pytest.approx(ways[1])
    return "no further", []


def settled():
    hill = problems.valley(100)
    end = abs(descend(RMSProp(0.1, 0.9), hill.grad, hill.start, 3000).theta[-2:])
    assert end == pytest.approx(0.1 / 2, rel=0.01)
    return f"both ±{end.max():.2f}", [2]


def turned():
    return None, [45]  # its step counts are computed in the cell; at 45° both gradients are alike


def first_step():
    q = forward(UncorrectedAdam(alpha=1.0), [30.0])[0]
    m, v = 0.1 * 30, 0.001 * 30**2
    assert 30 / m == pytest.approx(10)
    assert 30 / math.sqrt(v) == pytest.approx(31.6, abs=0.05)
    return f"{q:.2f} α", [10, 31.6]


def only_v():
    (q,) = forward(AdamCorrectingV(alpha=1.0), [30.0])
    (other,) = forward(AdamCorrectingM(alpha=1.0), [30.0])
    assert other == pytest.approx(1 / math.sqrt(0.001), rel=1e-6)
    assert math.sqrt(900) == 30
    assert 0.1 * 30 == pytest.approx(3)
    assert 0.001 * 30**2 == pytest.approx(0.9)
    return f"{q:.1f} α", [900, 30, 3, 0.9]


def third():
    q = abs(forward(Adam(alpha=1.0, beta1=0.5), [30.0, -30.0] * 2000)[-1])
    assert q == pytest.approx(0.5 / 1.5) == pytest.approx(1 / 3)
    return "α/3", [1, 3, 0.5, 1.5, 0.9, 19, 2, 30]


def large_and_small():
    q = [forward(Adam(alpha=1.0), np.full(50, g)) for g in (30, 0.2)]
    assert q[0] == pytest.approx(1)
    assert q[1] == pytest.approx(1)
    assert 30 / 0.2 == pytest.approx(150)
    return "α for both", [150, 30, 0.2]


def flatter():
    q = forward(Adam(alpha=1.0), np.r_[np.ones(8000), np.full(20_000, 0.01)])[8000:]
    assert q[0] < 1
    assert q[10] < 0.4
    assert q[3000] < 0.5
    assert q[-1] > 0.99
    return "they shrink first", []


def balance():
    q = [forward(Adam(alpha=1.0), [a, b] * 3000)[-2:].mean() for a, b in ((5, -4), (0.05, -0.04))]
    assert q == pytest.approx([0.11, 0.11], abs=0.005)
    assert np.mean([5, -4]) == 0.5
    assert np.std([5, -4]) == 4.5
    return "both the same", [0.11, 0.5, 4.5]


def spike():
    run = respond(Adam(alpha=1.0), np.r_[np.ones(8000), 30.0])
    m, v = run.m_hat[-1], math.sqrt(run.v_hat[-1])
    assert (round(float(m), 1), round(v, 2), round(float(m / v), 2)) == (3.9, 1.38, 2.83)
    return f"about {m / v:.0f} α", [3.9, 1.38, 2.83, 1]


def noise():
    g = np.random.default_rng(1).standard_normal((3000, 300))
    long = [abs(forward(Adam(1.0, beta1), g)[1500:]).mean() for beta1 in (0.9, 0.0)]
    assert long == pytest.approx([0.18, 0.8], abs=0.006)
    return f"about {long[0]:.1f} α", [0.18, 0.8, 0.9, 1, 0]


def race():
    table = races.results()
    _, low, high = races.compare(table["momentum"].fresh, table["Adam"].fresh)
    assert low < 1 < high
    for name in "SGD", "RMSProp":
        assert races.compare(table[name].fresh, table["Adam"].fresh)[1] > 1
        assert races.compare(table[name].fresh, table["momentum"].fresh)[1] > 1
    return "too close to call", []


def summed():
    table = races.results()
    best = [f"{races.step_size(table[name].best):.2g}" for name in ("momentum", "Adam")]
    assert best == ["3.2", "0.046"]
    return "64 times smaller for momentum only", [64]


def wrong_way():
    problem = problems.reddi(C=4)
    tape = problem.grad(np.arange(1, 1001))
    ends = [
        respond(method, tape, schedule=lambda t: 0.5 / t**0.5, project=problem.project).theta[-300:]
        for method in (Adam(1.0), Adam(1.0, 0.0, 1 / 17))
    ]
    assert ends[0].max() < -0.95
    assert ends[1].mean() > 0.95
    return "near −1", []


def weaker_noise():
    rng = np.random.default_rng(2)

    def off(method, sigma):
        hill = problems.noisy(problems.bowl(), sigma, rng)
        return np.sqrt((descend(method, hill.grad, np.zeros(100), 3000).theta[1000:] ** 2).mean())

    assert off(Adam(0.01), 1.0) / off(Adam(0.01), 0.01) == pytest.approx(10, rel=0.15)
    assert off(SGD(0.01), 1.0) / off(SGD(0.01), 0.01) == pytest.approx(100, rel=0.05)
    return "ten times", []


def shielded():
    def left(size):
        signs = iter([size, -size] * 500)
        return descend(Adam(0.001), lambda x: [next(signs) + x[0]], [1.0], 1000).theta[-1, 0]

    assert left(1.0) < 0.5 < 0.9 < left(10.0)
    return "the one with ±1", []


def valley_won():
    scored = {type(method).__name__: rival(method)[0].score for method in RIVALS}
    best = ((math.sqrt(25) - 1) / (math.sqrt(25) + 1)) ** 2
    assert contest(Momentum(0.1, best)).yours[0].score < 1e-9 * scored["SGD"]  # "tuned memory"
    assert scored["RMSProp"] > 10 * max(scored["SGD"], scored["Momentum"])
    assert scored["SGD"] < scored["Momentum"]
    assert scored["SGD"] < scored["Adam"] < scored["RMSProp"]
    return min(scored, key=scored.get), [0.9, round(best, 2), 2]  # chapter 2


def words_together():
    """Work out how far common and rare words come down, of 2 that they all have to go."""
    problem = words.load_text().bigram
    tuned = words.tune(words.MAKES["Adam"], problem, words.BEGIN["Adam"], (50,))[50]
    common, rare = tuned.excess[:10].mean(), tuned.excess[90:].mean()
    assert 1 < common / rare < 5
    assert common < 0.002
    followers = (problem.follows > 0).sum(axis=-1)
    assert followers[:10].mean() > 5 * followers[90:].mean()
    return "none: all come down together", [5]  # chapter 5


def unit():
    assert 32**2 == 1024
    return "about 1000 times", [32, 1024]


def exchanged():
    tape = np.full(300, 30.0)
    assert np.allclose(forward(Adam(1.0, 0.999, 0.9), tape), forward(Adam(1.0), tape))
    return "just the same", [0.999, 0.9]


def turned_matrix():
    ends = {}
    for degrees in (0, 90):
        axes = valleys.turned_by(degrees, 8, np.random.default_rng(0))
        valley, w = valleys.matrix_valley(axes), valleys.starts(range(2), axes)
        for make in Momentum, Adam, Muon, Shampoo:
            alpha = 30.0 if make is Momentum else 0.5
            ends[make, degrees] = valleys.losses(make, alpha, valley, w, 60)[-1].mean()
    worse = {make for make, _ in ends if ends[make, 90] > 1.5 * ends[make, 0]}
    assert worse == {Adam}
    return "Adam's alone", [3]  # chapter 3


def dampened():
    found = dialects.convert("PyTorch", "momentum", "PyTorch", lr=1, momentum=0.9, dampening=0.9)
    first = forward(found.source, [1.0])[0]
    mlx = dialects.convert("MLX", "momentum", "MLX", learning_rate=1, momentum=0.9, dampening=0.9)
    assert forward(mlx.source, [1.0])[0] == pytest.approx(0.1)
    later = forward(found.source, [1.0] * 200)[-1]
    assert later == pytest.approx(1.0)
    return f"{first:g}", [0.9]


def rooted():
    inside, outside = (
        forward(dialects.convert(library, "RMSProp", library, **{rate: 1.0}).source, [1e-5] * 5000)
        for library, rate in (("optax", "learning_rate"), ("PyTorch", "lr"))
    )
    assert outside[-1] == pytest.approx(1, rel=0.002)
    assert inside[-1] == pytest.approx(0.1, rel=0.01)
    assert math.sqrt(1e-10 + 1e-8) == pytest.approx(10 * 1e-5, rel=0.01)
    # 1e-8 outweighs 1e-10 by a hundred, is a thousandth of 1e-5, and its root is 1e-4
    return "lr in PyTorch, a tenth of it in optax", [1, 8, 10, 5, 4]


def equality():
    slope = -respond(Adam(1.0, beta2=0.99, eps=0.0), zeros_then(1, 2000, 2060)).steps
    limit = step_bound(beta2=0.99)
    assert limit > slope.max() > 2
    return "more than 2", [round(limit, 2), round(slope.max(), 2), 1]


def adamax():
    shrinking = -respond(AdaMax(1.0), 0.999 ** np.arange(900.0)).steps
    constant = -respond(AdaMax(1.0), np.ones(90)).steps
    growing = -respond(AdaMax(1.0), 1.1 ** np.arange(90.0)).steps
    assert shrinking.max() > 1.005
    assert max(constant.max(), growing.max()) <= 1 + 1e-12
    return "false", []


WORKED_OUT = {
    "Who ends lowest": valley_won,
    "25 times as curved across as along, you raise the step size": sgd_limit,
    "64 examples a batch instead of 16": batch,
    "The gradient alternates: +1, −1": alternating,
    "One particle has mass 9": particles,
    "With β = 0.99 your run swings": swinging,
    "Nine mini-batches give a parameter": majority,
    "One parameter has the gradient 1000": adagrad,
    "The curvature along θ₂ is 100 times": settled,
    "RMSProp (β₂ = 0.99, α = 0.05)": turned,
    "the first gradient is 30": first_step,
    "Now correct only v": only_v,
    "Adam with β₁ = 0.5 reads 30": third,
    "“Large steady gradients mean steep ground": large_and_small,
    "“Small steady gradients mean flat ground": flatter,
    "“+5, −4, +5, −4 has a direction": balance,
    "Adam has read ones for a long time": spike,
    "Nothing but noise": noise,
    "Each method may now use its best step size": race,
    "Momentum works best at α = 3.2": summed,
    "The same losses and the same falling step size": wrong_way,
    "the gradient's noise becomes a hundred times weaker": weaker_noise,
    "with an L2 penalty in the gradient": shielded,
    "Which words will wait?": words_together,
    "How much more slowly does the first layer": unit,
    "Whose end is worse than before?": turned_matrix,
    "and dampening = 0.9 reads the gradient 1": dampened,
    "optax.rmsprop and PyTorch’s RMSprop both": rooted,
    "β₁ and β₂ are exchanged everywhere in an Adam": exchanged,
    "When 1 − β₁ = √(1 − β₂)": equality,
    "With AdaMax": adamax,
}


def tried(right, test, *settings):
    """Return what tries a saying on both sides of its conditions, and then says the verdict."""

    def verdict():
        test(*settings)
        return right, []

    return verdict


WORKED_OUT |= {
    "The momentum coefficient is": tried("false", on_trial.test_many_masses_share_one_coefficient),
    "Momentum carries you over local minima": tried(
        "it depends",
        on_trial.test_momentum_gets_over_a_hill_with_speed_enough_and_back_as_well,
        300,
    ),
    "Large gradients slow Adam down.": tried(
        "it depends", on_trial.test_large_gradients_slow_adam_down_only_when_they_are_past
    ),
    "A step of Adam is never longer": tried(
        "false", on_trial.test_steps_are_longer_than_alpha_but_never_with_equal_memories, 1
    ),
    "Multiply all gradients of a": tried(
        "true", on_trial.test_a_factor_common_to_all_gradients_cancels, 1
    ),
    "only there to prevent a division": tried(
        "it depends",
        on_trial.test_epsilon_does_nothing_beside_large_gradients_and_much_beside_small_ones,
    ),
    "v estimates the variance": tried(
        "it depends", on_trial.test_v_is_the_variance_only_where_the_mean_is_small, 1
    ),
    "Bias correction makes the first": tried(
        "it depends",
        on_trial.test_correction_shortens_or_lengthens_the_first_step_by_the_decay_rates,
    ),
    "It is when β₂ is close": tried(
        "true", on_trial.test_the_nearer_beta2_to_one_the_longer_the_correction_is_needed, 0.9
    ),
    "When gradients are nothing but": tried(
        "false", on_trial.test_noise_alone_keeps_the_steps_at_a_length, 1
    ),
    "so lowering α in the end": tried(
        "false", on_trial.test_a_falling_step_size_gets_below_the_floor, 1, 2000
    ),
    "so its α need not be tuned": tried("false", on_trial.test_alpha_is_a_length_and_wants_tuning),
    "On convex losses with bounded": tried(
        "false", on_trial.test_the_theorem_fails_with_a_short_memory_and_not_with_the_defaults, 1000
    ),
    "In AdaGrad with a constant α, the rate": tried(
        "true", on_trial.test_adagrads_rate_falls_and_its_steps_may_grow, 1
    ),
    "each appearance of a rare feature": tried(
        "true", on_trial.test_a_rare_parameter_moves_further_each_time_and_less_in_all, 10
    ),
    "L2 regularisation and weight": tried(
        "it depends", on_trial.test_l2_is_weight_decay_for_sgd_and_not_for_adam
    ),
    "Adam generalises worse": tried(
        "it depends",
        on_trial.test_adam_generalises_worse_on_one_problem_and_not_on_another,
        1,
        0.01,
    ),
    "Adam stores two more": tried(
        "true", on_trial.test_adam_carries_two_numbers_a_parameter, np.float32
    ),
}


def test_every_prediction_is_worked_out():
    for question in ASKED:
        assert sum(part in question for part in WORKED_OUT) == 1, question
    assert len(ASKED) == len(WORKED_OUT)


@pytest.mark.parametrize("part", WORKED_OUT)
def test_right_answer_and_the_numbers_of_the_replies_are_computed(part):
    (question,) = (each for each in ASKED if part in each)
    options, answer, replies = ASKED[question]
    right, computed = WORKED_OUT[part]()
    if right is not None:
        assert right == answer
    known = {float(one) for text in (question, *options) for one in NUMBER.findall(text)}
    told = {float(one) for one in NUMBER.findall(replies)}
    assert told - known - set(computed) == set()
