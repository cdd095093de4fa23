"""What "The paper, line by line" says of the paper's claims."""

import ast
import importlib
import math
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest

from adamcore import (
    AdaGrad,
    Adam,
    AdaMax,
    Momentum,
    UncorrectedAdam,
    descend,
    respond,
)
from adamcore.problems import bowl, noisy, valley
from adamcore.streams import alternating, constant, paper_bound, step_bound, zeros_then
from adamcore.streams import noisy as noisy_tape
from book.claims import MARKS
from tests.live import assert_same, live_figure
from tests.notebooks import CHAPTERS

PAGE = "line-by-line.ipynb"
HOUSE = Path(__file__).parents[1]


def steps(method, gradients, **more):
    return -respond(method, gradients, **more).steps


def bare(**hyper):
    return Adam(alpha=1.0, eps=0.0, **hyper)


# The page.


def claims():
    """Return the claims of the page as (words, options)."""
    text = "\n".join(cell.source for cell in nbformat.read(CHAPTERS / PAGE, 4).cells)
    for found in re.finditer(r"^:::\{claim\} (.+)\n((?::\w+: .+\n)+)", text, re.M):
        options = dict(re.findall(r"^:(\w+): (.+)$", found[2], re.M))
        yield found[1], options | {"at": options["at"].strip('"')}


def test_the_page_goes_through_the_paper_in_its_order():
    sections = ["Alg. 1", "1", "2", "2.1", "3", "4", "5", "6", "6.1", "6.2", "6.3", "6.4"]
    sections += ["7.1", "7.2", "8", "10"]
    assert list(dict.fromkeys(options["at"] for _, options in claims())) == sections


def test_every_mark_is_given_and_no_other():
    assert {options["mark"] for _, options in claims()} == set(MARKS)


@pytest.mark.parametrize(("words", "options"), list(claims()))
def test_what_a_claim_names_is_there(words, options):
    for name in filter(None, options.get("code", "").split(", ")):
        parts = name.split(".")
        found = importlib.import_module(".".join(parts[:2]))
        for part in parts[2:]:
            found = getattr(found, part)
    for name in filter(None, options.get("held", "").split(", ")):
        path, _, test = name.partition("::")
        tree = ast.parse((HOUSE / path).read_text("utf-8"))
        assert test in {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize(("words", "options"), list(claims()))
def test_a_verdict_against_the_paper_is_held_by_a_test(words, options):
    if options["mark"] == "not as stated" and "regret bound" not in words:
        assert options.get("held")


# Algorithm 1, sections 1 and 2.


def test_the_gradient_of_step_t_is_taken_before_it():
    problem = valley(kappa=10)
    run = descend(Adam(0.1), problem.grad, problem.start, 9)
    assert np.array_equal(run.g[1:], problem.grad(run.theta[:-1]))
    assert list(run.t) == list(range(10))


def test_v_is_the_sum_of_equation_1():
    g = np.random.default_rng(0).normal(size=40)
    run = respond(bare(beta2=0.97), g)
    for t in (1, 2, 17, 40):
        weights = (1 - 0.97) * 0.97 ** (t - np.arange(1, t + 1))
        assert run.v[t] == pytest.approx(weights @ g[:t] ** 2, rel=1e-12)


def test_adam_keeps_two_numbers_for_each_parameter():
    assert Adam.carries == ("m", "v")


def test_a_rescaled_parameter_takes_another_path():
    curve = bowl()
    plain = descend(bare(), curve.grad, [5.0], 3).theta
    scaled = 10 * descend(bare(), lambda phi: 10 * curve.grad(10 * phi), [0.5], 3).theta
    assert plain[1] == pytest.approx(4.0)
    assert scaled[1] == pytest.approx(-5.0)


# Section 2.1.


def test_the_first_case_is_neared_by_one_gradient_and_passed_by_a_slope():
    last = [steps(bare(), zeros_then(1, n - 1, n))[-1] for n in (100, 1000, 6000, 12_000)]
    assert all(one < other < paper_bound() for one, other in pairwise(last))
    assert last[-1] == pytest.approx(paper_bound(), rel=1e-3)
    slope = steps(bare(), zeros_then(1, 4000, 4040))[4000:]
    assert slope.max() > 2 * paper_bound()
    assert slope.argmax() == 11


def test_the_equality_case_is_no_border():
    beta1, beta2 = 0.9, 0.99
    assert 1 - beta1 == pytest.approx(math.sqrt(1 - beta2))
    assert steps(bare(beta2=beta2), constant(7, 50)) == pytest.approx(np.ones(50))
    assert steps(bare(beta2=beta2), zeros_then(1, 2000, 2060)).max() > 2
    assert step_bound(beta2=beta2) > steps(bare(beta2=beta2), zeros_then(1, 2000, 2060)).max()


def test_the_ratio_of_gradients_that_do_not_agree_is_small():
    assert abs(steps(bare(), alternating(30, -30, 3000))[-1]) == pytest.approx(1 / 19, rel=1e-9)


def test_in_n_steps_no_parameter_gets_further_than_n_longest_steps():
    rng = np.random.default_rng(1)
    for tape in (rng.normal(size=300), zeros_then(1, 200, 300), 1.1 ** np.arange(300.0)):
        way = np.abs(np.cumsum(steps(bare(), tape)))
        assert (way <= np.arange(1, 301) * step_bound()).all()


@pytest.mark.parametrize("ratio", [0.1, 0.5, 2.0])
def test_the_mean_ratio_is_signal_over_root_mean_square(ratio):
    tape = noisy_tape(ratio, np.ones(400), 1500, np.random.default_rng(2))
    mean = steps(bare(), tape)[500:].mean()
    assert mean == pytest.approx(ratio / math.hypot(1, ratio), abs=0.01)


def test_in_pure_noise_the_mean_length_stays():
    tape = noisy_tape(0, np.ones(400), 1500, np.random.default_rng(3))
    taken = steps(bare(), tape)[500:]
    assert taken.mean() == pytest.approx(0, abs=0.01)
    assert np.abs(taken).mean() == pytest.approx(0.18, abs=0.005)


# Section 3.


@pytest.mark.parametrize("beta2", [0.9, 0.99])
@pytest.mark.parametrize("growth", [1.0, 1.02, 0.97])
def test_expected_v_is_what_equations_2_to_4_say(beta2, growth):
    n, rng = 60, np.random.default_rng(4)
    moments = growth ** np.arange(1.0, n + 1)
    tape = rng.normal(size=(n, 20_000)) * np.sqrt(moments)[:, None]
    v = respond(bare(beta2=beta2), tape).v[1:].mean(axis=1)
    t = np.arange(1, n + 1)
    stationary = moments * (1 - beta2**t)
    exact = [(1 - beta2) * beta2 ** (k - t[:k]) @ moments[:k] for k in t]
    assert v == pytest.approx(np.array(exact), rel=0.05)
    zeta = np.array(exact) - stationary
    assert (np.abs(zeta).max() < 1e-12) == (growth == 1.0)


def test_the_remainder_of_the_figure_is_that_of_the_sum():
    compute, in_browser = live_figure(PAGE, "remainder")
    shown = compute(growth=1.03, beta2=0.95)
    t = np.arange(1, 121)
    weights = 0.05 * 0.95 ** (120 - t)
    expected = weights @ 1.03**t / 1.03**120 / (1 - 0.95**120)
    assert shown["last"] == pytest.approx(expected, rel=1e-9)
    assert compute(growth=1.0, beta2=0.95)["ratio"][1] == pytest.approx(np.ones(120))
    assert_same(in_browser(growth=1.03, beta2=0.95)["last"], shown["last"])


def test_beta1_has_no_part_in_v():
    g = np.random.default_rng(5).normal(size=30)
    assert np.array_equal(respond(bare(beta1=0.0), g).v, respond(bare(beta1=0.99), g).v)


def test_a_long_memory_makes_v_of_sparse_gradients_more_reliable():
    sparse = (np.random.default_rng(6).random((6000, 300)) < 0.05).astype(float)
    spread = {
        beta2: (v := respond(bare(beta2=beta2), sparse).v_hat[-1]).std() / v.mean()
        for beta2 in (0.9, 0.99, 0.999)
    }
    assert spread[0.9] > 2 * spread[0.99] > 4 * spread[0.999]


@pytest.mark.parametrize(
    ("beta2", "first"), [(0.999, math.sqrt(10)), (0.99, 1), (0.98, 0.707), (0.95, 0.447)]
)
def test_without_correction_the_first_step_is_longer_only_above_a_border(beta2, first):
    assert steps(UncorrectedAdam(1.0, beta2=beta2), [30.0])[0] == pytest.approx(first, rel=1e-3)


# Section 4.


def test_gamma_below_one_does_not_bound_the_step():
    assert 0.9**2 / math.sqrt(0.7) < 1
    limits = [step_bound(beta2=0.7, t=t) for t in (50, 100, 200, 400)]
    assert all(2 * one < other for one, other in pairwise(limits))
    assert step_bound(beta2=0.7) == math.inf


def third_term(lam, alpha=0.001, beta1=0.9, beta2=0.999):
    return math.sqrt(1 - beta2) / (2 * alpha * (1 - beta1) * (1 - lam) ** 2)


def test_with_the_papers_lambda_the_bound_says_nothing_for_10_to_the_18_steps():
    assert third_term(1 - 1e-8) > 1e18  # a run that learns nothing loses at most 1 a step
    compute, in_browser = live_figure(PAGE, "promise")
    shown = compute(gap=1e-8)
    assert shown["last"] == pytest.approx(third_term(1 - 1e-8), rel=1e-6)
    gamma = 0.9**2 / math.sqrt(0.999)
    root = 1 / (2 * 0.001 * 0.1) + 0.001 * 1.9 / (0.1 * math.sqrt(0.001) * (1 - gamma) ** 2)
    meets = shown["meets"]
    assert shown["last"] + root * math.sqrt(meets) == pytest.approx(meets)
    assert_same(in_browser(gap=0.01)["meets"], compute(gap=0.01)["meets"])


# Section 5.


@pytest.mark.parametrize("batch", [1, 4, 25])
def test_v_of_batches_is_smaller_by_the_size_of_the_batch(batch):
    single = np.random.default_rng(7).normal(size=(20_000, 25))  # at a minimum: the mean is 0
    means = single[:, :batch].mean(axis=1)
    v = respond(bare(), means).v_hat[10_000:].mean()
    assert v == pytest.approx((single**2).mean() / batch, rel=0.05)


def test_momentum_on_rescaled_gradients_is_adams_while_v_stands_still():
    def other_order(tape, beta1=0.9, beta2=0.99):
        v = respond(UncorrectedAdam(1.0, beta1, beta2), tape).v[1:]
        return steps(Momentum(1.0, beta1), tape / np.sqrt(v))

    still = np.r_[np.ones(4000), -np.ones(3), np.ones(5)]  # v is 1 for good by then
    spike = np.r_[np.ones(4000), 30.0, np.ones(7)]
    adam = UncorrectedAdam(1.0, 0.9, 0.99, eps=0.0)
    assert other_order(still)[-8:] == pytest.approx(steps(adam, still)[-8:], rel=1e-6)
    assert np.abs(other_order(spike)[-8:] - steps(adam, spike)[-8:]).max() > 0.2


@pytest.mark.parametrize("seed", range(3))
def test_adam_without_first_memory_tends_to_adagrad(seed):
    tape = np.random.default_rng(seed).normal(1, 1, 50)
    ada = steps(AdaGrad(1.0, eps=0.0), tape)

    def apart(beta2):
        adam = steps(bare(beta1=0.0, beta2=beta2), tape, schedule=lambda t: 1 / np.sqrt(t))
        return np.abs(adam - ada).max()

    gaps = [1e-2, 1e-4, 1e-6]
    errors = [apart(1 - gap) for gap in gaps]
    assert errors[0] > 50 * errors[1] > 2500 * errors[2]


def test_the_slider_towards_adagrad_runs_adam():
    compute, in_browser = live_figure(PAGE, "limit")
    shown = compute(gap=0.02, corrected=1)
    tape = np.abs(np.random.default_rng(4).normal(1, 1, 24)).round(2)
    tape[6], tape[15] = 5, 0.1
    adam = steps(bare(beta1=0.0, beta2=0.98), tape, schedule=lambda t: 1 / np.sqrt(t))
    assert np.array(shown["ours"][1]) == pytest.approx(adam, rel=1e-9)
    raw = UncorrectedAdam(1.0, 0.0, 0.98, eps=0.0)
    adam = steps(raw, tape, schedule=lambda t: 1 / np.sqrt(t))
    assert np.array(compute(gap=0.02, corrected=0)["ours"][1]) == pytest.approx(adam, rel=1e-9)
    assert_same(in_browser(gap=0.02, corrected=1)["most"], shown["most"])


def test_without_correction_the_limit_is_infinite():
    first = [
        steps(UncorrectedAdam(1.0, 0.0, 1 - gap, eps=0.0), [3.0])[0] for gap in (1e-2, 1e-4, 1e-6)
    ]
    assert first == pytest.approx([10, 100, 1000])


# Sections 6 and 7.


def test_below_eps_adam_is_momentum():
    tape = np.random.default_rng(8).normal(size=60) * 1e-14
    adam = respond(Adam(alpha=0.01, eps=1e-8), tape)
    m_hat = respond(Momentum(1.0), tape).m[1:] / (1 - 0.9 ** np.arange(1, 61))
    assert -adam.steps == pytest.approx(0.01 / 1e-8 * m_hat, rel=1e-5)


def test_u_is_the_limit_of_the_p_norms():
    g = np.abs(np.random.default_rng(9).normal(size=30))
    u = respond(AdaMax(1.0, beta2=0.9), g).v[1:]

    def norm(p):
        t = np.arange(1, 31)
        return np.array([((1 - 0.9**p) * 0.9 ** (p * (k - t[:k])) @ g[:k] ** p) for k in t]) ** (
            1 / p
        )

    assert norm(2) == pytest.approx(np.sqrt(respond(bare(beta2=0.9**2), g).v[1:]))
    errors = [np.abs(norm(p) - u).max() for p in (2, 10, 100)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.02


def test_a_large_power_leaves_the_range():
    assert 0.001**107 > 0
    assert 0.001**108 == 0


def test_the_first_u_is_the_first_gradients_size():
    assert respond(AdaMax(1.0), [-0.3, 0.1]).v[1] == 0.3


def test_a_parameter_without_a_gradient_stays_where_it_is():
    assert respond(AdaMax(1.0), [[0.0, 1.0]] * 3).theta[:, 0] == pytest.approx(np.zeros(4))


@pytest.mark.parametrize(("beta2", "longest"), [(0.999, 1.009), (0.99, 1.1), (0.95, 1.9)])
def test_adamax_steps_further_than_alpha(beta2, longest):
    taken = steps(AdaMax(1.0, beta2=beta2), beta2 ** np.arange(1200.0))
    assert taken.max() == pytest.approx(longest, abs=1e-3)
    assert taken.max() == pytest.approx(0.1 / (1 - 0.9 / beta2), rel=1e-3)


def test_with_a_shorter_memory_of_u_than_of_m_adamax_has_no_limit():
    taken = steps(AdaMax(1.0, beta2=0.8), 0.8 ** np.arange(200.0))
    assert taken[50] > 20
    assert taken[100] > 300 * taken[50] / 2


@pytest.mark.parametrize("seed", range(5))
def test_adamax_never_steps_further_than_its_own_limit(seed):
    rng = np.random.default_rng(seed)
    for beta2 in (0.999, 0.95):
        tape = np.exp(np.cumsum(rng.normal(0, 0.1, (800, 50)), axis=0))
        taken = np.abs(steps(AdaMax(1.0, beta2=beta2), tape))
        assert taken.max() <= 0.1 / (1 - 0.9 / beta2) + 1e-12


def test_the_adamax_of_the_figure_is_the_packages():
    compute, in_browser = live_figure(PAGE, "adamax")
    shown = compute(shrink=0.97, beta1=0.9, beta2=0.95)
    taken = steps(AdaMax(1.0, 0.9, 0.95), 0.97 ** np.arange(150.0))
    assert np.array(shown["lengths"][1]) == pytest.approx(taken)
    assert_same(in_browser(shrink=0.97, beta1=0.9, beta2=0.95)["longest"], shown["longest"])


def averaged(theta, beta):
    """Return the corrected average of section 7.2 after each step."""
    mean, means = np.zeros_like(theta[0]), []
    for t, one in enumerate(theta[1:], 1):
        mean = beta * mean + (1 - beta) * one
        means.append(mean / (1 - beta**t))
    return np.array(means)


def test_the_corrected_average_of_theta_is_a_weighted_mean():
    assert averaged(np.full((9, 1), 4.0), 0.99) == pytest.approx(np.full((8, 1), 4.0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("alpha", [0.003, 0.01, 0.03])
def test_averaged_parameters_lie_closer_to_the_minimum(seed, alpha):
    curve = noisy(bowl(), sigma=1.0, rng=np.random.default_rng(seed))
    theta = descend(Adam(alpha), curve.grad, np.ones((200, 1)), 4000).theta
    last, mean = theta[-1], averaged(theta, 0.999)[-1]
    assert (mean**2).mean() < 0.8 * (last**2).mean()


# Section 10.


def lemma_10_3(g):
    """Return the left and the right side, for each T."""
    t = np.arange(1, len(g) + 1)
    left = np.cumsum(np.abs(g) / np.sqrt(t))
    return left, 2 * np.maximum.accumulate(np.abs(g)) * np.sqrt(np.cumsum(g**2))


def test_lemma_10_3_fails_on_one_over_root_t():
    left, right = lemma_10_3(1 / np.sqrt(np.arange(1.0, 100)))
    assert (left > right).argmax() + 1 == 31
    left, right = lemma_10_3(np.array([0.49]))
    assert left > right


@pytest.mark.parametrize("seed", range(5))
def test_lemma_10_3_holds_where_every_gradient_is_at_least_1(seed):
    g = 1 + np.random.default_rng(seed).exponential(size=500)
    left, right = lemma_10_3(g)
    assert (left <= right).all()


@pytest.mark.parametrize(("beta2", "fails"), [(0.0, 31), (0.5, 3091)])
def test_lemma_10_4_fails_on_one_over_root_t(beta2, fails):
    t = np.arange(1.0, 4001)
    run = respond(bare(beta1=0.0, beta2=beta2), 1 / np.sqrt(t))
    left = np.cumsum(run.m_hat[1:] ** 2 / np.sqrt(t * run.v_hat[1:]))
    right = 2 / math.sqrt(1 - beta2) * np.sqrt(np.cumsum(1 / t))
    assert (left > right).argmax() + 1 == fails


def test_the_last_term_of_the_bound_is_too_small():
    v_hat = respond(bare(), constant(5, 30)).v_hat[1:]
    assert np.sqrt(v_hat) == pytest.approx(np.full(30, 5.0))
    assert 1 / math.sqrt(1 - 0.999) == pytest.approx(32, abs=0.5)


@pytest.mark.parametrize("seed", range(3))
def test_two_steps_of_the_proof_that_hold(seed):
    g = np.random.default_rng(seed).normal(size=200)
    assert (np.sqrt(respond(bare(), g).v_hat[1:]) <= np.sqrt(np.cumsum(g**2)) + 1e-12).all()
    for lam in (0.5, 0.9, 0.99):
        t = np.arange(1, 5000)
        assert (lam ** (t - 1.0) * np.sqrt(t)).sum() <= 1 / (1 - lam) ** 2
