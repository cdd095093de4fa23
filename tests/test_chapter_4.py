"""Chapter 4: what its sentences say of the counter, of resuming and of alpha_t."""

import itertools
from functools import partial

import numpy as np
import pytest

from adamcore import (
    SGD,
    Adam,
    AdamCorrectingM,
    AdamCorrectingV,
    Momentum,
    RMSProp,
    UncorrectedAdam,
    descend,
    respond,
)
from adamcore.problems import noisy, valley
from tests.live import assert_same, live_figure


def steps(t_of, beta1_of=lambda k: 0.9, n=3000):
    """Return Adam's steps / alpha on ones when it is told t and beta1."""
    m = v = 0.0
    lengths = []
    for k in range(1, n + 1):
        beta1, t = beta1_of(k), t_of(k)
        m, v = beta1 * m + (1 - beta1), 0.999 * v + 0.001
        lengths.append(m / (1 - beta1**t) / (v / (1 - 0.999**t)) ** 0.5)
    return np.array(lengths)


def test_the_right_counter_gives_steps_of_alpha():
    assert steps(lambda k: k) == pytest.approx(1)


def test_counting_epochs_makes_steady_steps_of_twice_alpha():
    assert steps(lambda k: (k + 9) // 10).max() == pytest.approx(2.06, abs=5e-3)


def test_a_counter_shared_by_ten_arrays_starts_short_and_then_goes_too_far():
    q = steps(lambda k: 10 * k)
    assert q[0] == pytest.approx(0.48, abs=5e-3)
    assert q.max() == pytest.approx(2.86, abs=5e-3)


def test_after_a_change_of_beta1_m_hat_is_no_mean():
    q = steps(lambda k: k, lambda k: 0.9 if k < 4 else 0.5)
    assert q[3] == pytest.approx(0.678, abs=5e-4)
    assert q[3] == pytest.approx((1 - 0.5 * 0.9**3) / (1 - 0.5**4))


def test_resuming_without_the_state_costs_every_weight_a_full_alpha():
    g = np.random.default_rng(1).standard_normal((3000, 300))
    settled = respond(Adam(alpha=1.0), g).steps[-500:]
    fresh = respond(Adam(alpha=1.0), g[-1:]).steps
    assert abs(fresh) == pytest.approx(1, rel=1e-3)
    assert abs(settled).mean() == pytest.approx(0.18, abs=0.01)


def test_alpha_t_falls_for_twelve_steps_and_then_rises_to_alpha():
    t = np.arange(1, 8001)
    alpha_t = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    assert alpha_t[0] == pytest.approx(0.316, abs=5e-4)
    assert alpha_t.argmin() == 11
    assert alpha_t.min() == pytest.approx(0.152, abs=5e-4)
    assert (np.diff(alpha_t[11:]) > 0).all()
    assert alpha_t[-1] > 0.999


@pytest.fixture(scope="module")
def assembled():
    return live_figure("04-bias-correction.ipynb", "assembled")


def test_the_switches_run_adamcores_methods_on_the_page(assembled):
    compute, in_browser = assembled
    hill = valley(25)
    made = {
        (0, 0, 1, 1): ("SGD", SGD(0.07)),
        (1, 0, 0, 1): ("momentum", Momentum(0.07)),
        (0, 1, 1, 0): ("RMSProp", RMSProp(0.07, 0.999)),
        (0, 1, 0, 1): ("RMSProp with v̂", Adam(0.07, beta1=0.0)),
        (1, 1, 0, 0): ("half-built Adam", UncorrectedAdam(0.07)),
        (1, 1, 1, 0): ("Adam with m̂ only", AdamCorrectingM(0.07)),
        (1, 1, 0, 1): ("Adam with v̂ only", AdamCorrectingV(0.07)),
        (1, 1, 1, 1): ("Adam", Adam(0.07)),
    }
    for flags, (title, method) in made.items():
        keys = ["momentum", "scaling", "corrects_m", "corrects_v"]
        state = dict(zip(keys, flags, strict=True), start=np.array([-3.0, 1.2]), alpha=0.07)
        here = compute(**state)
        run = descend(method, hill.grad, [-3.0, 1.2], 40)
        lengths = abs(run.steps) / 0.07
        assert here["title"] == title
        assert [here["first1"], here["first2"]] == pytest.approx(lengths[0])
        assert here["longest"] == pytest.approx(lengths.max())
        assert here["loss"] == pytest.approx(hill.value(run.theta[-1]))
        there = in_browser(**state)
        for key, result in here.items():
            assert_same(there[key], result)


def test_momentum_with_m_hat_is_momentum_with_a_corrected_step_size(assembled):
    compute, _ = assembled
    here = compute(np.array([-4.0, 1.0]), 1, 0, 1, 0, 0.05)
    run = descend(
        Momentum(0.05), valley(25).grad, [-4.0, 1.0], 40, schedule=lambda t: 0.05 / (1 - 0.9**t)
    )
    np.testing.assert_allclose(np.transpose(here["momentum"]), run.theta, atol=1e-9)


def test_two_of_the_assembled_methods_begin_with_alpha(assembled):
    compute, _ = assembled
    found = set()
    for flags in itertools.product((0, 1), repeat=4):
        here = compute(np.array([-4.0, 1.0]), *flags, 0.07)
        if [here["first1"], here["first2"]] == pytest.approx([1, 1]):
            found.add(here["title"])
            assert here["says"] == "α is the length of a step"
    assert found == {"Adam", "RMSProp with v̂"}


@pytest.mark.parametrize("seed", [3, 8])
@pytest.mark.parametrize("tries", [30, 61])
def test_the_stop_decides_whether_adam_leads_momentum_and_rmsprop(tries, seed):
    hill = valley(kappa=25)
    alpha = np.geomspace(0.003, 0.4, tries)

    def best(stop, method, **hyper):
        run = descend(
            method(alpha=alpha[:, None, None], **hyper),
            noisy(hill, sigma=1.0, rng=np.random.default_rng(seed)).grad,
            np.tile(hill.start, (tries, 500, 1)),
            stop,
            project=lambda theta: np.clip(theta, -1e3, 1e3),
        )
        loss = hill.value(run.theta[-1]).mean(axis=1)
        assert 0 < loss.argmin() < tries - 1
        return loss.min()

    adam, momentum, rmsprop = (
        np.array([best(stop, *method) for stop in (50, 100, 300)])
        for method in [(Adam,), (Momentum,), (partial(RMSProp, beta2=0.999),)]
    )
    assert max(momentum[0], rmsprop[0]) < 0.85 * adam[0]
    assert adam[1] < 0.9 * min(momentum[1], rmsprop[1])
    assert rmsprop[2] < 1.03 * adam[2]
