"""Chapter 6's races: the table is what the script makes, and bears out the page's sentences."""

from itertools import islice

import numpy as np
import pytest

from adamcore import Adam, Momentum
from book import races
from book.digits import Network, train
from tests.notebooks import CHAPTERS

TABLE = races.results()
PAGE = (CHAPTERS / "06-adam-at-work.ipynb").read_text("utf8")


def ratio(name, against="Adam"):
    return races.compare(TABLE[name].fresh, TABLE[against].fresh)


def clear(interval):
    """Return whether an interval leaves no doubt which of the two is lower."""
    _, low, high = interval
    return not low <= 1 <= high


def test_the_table_has_every_entry_and_no_other():
    assert set(TABLE) == set(races.ENTRIES)


@pytest.mark.parametrize("name", TABLE)
def test_every_minimum_is_bracketed_in_a_fine_grid(name):
    tuning, best = TABLE[name].tuning, TABLE[name].best
    assert {best + i for i in range(-2, 3)} <= set(tuning)
    assert {len(scores) for scores in tuning.values()} == {len(races.TUNING)}
    assert len(TABLE[name].fresh) == len(races.FRESH)


def test_step_sizes_differ_by_less_than_a_factor_of_one_and_a_half():
    assert races.step_size(1) / races.step_size(0) < 1.5


def test_no_step_size_was_chosen_on_the_seeds_that_race():
    assert not set(races.TUNING) & set(races.FRESH)


def test_schedules_rise_over_a_tenth_and_fall_to_almost_nothing():
    both = races.ENTRIES["Adam, both"].schedule
    assert [races.warm_up(t) for t in (3, 30, 300)] == pytest.approx([0.1, 1, 1])
    assert [races.to_zero(t) for t in (1, 151, 300)] == pytest.approx([1, 0.5, 1 / 300])
    assert max(map(both, range(1, 301))) == both(30) == pytest.approx(1, abs=0.01)
    assert races.corrected(1) == pytest.approx(10)


@pytest.mark.parametrize("name", races.ENTRIES)
def test_every_entry_can_take_a_step(name):
    entry = races.ENTRIES[name]
    method = entry.make(0.1)
    assert entry.schedule(1) > 0
    assert method.step(method.init([1.0]), [1.0]).theta < 1


@pytest.mark.parametrize("name", ["logistic: Adam", "logistic: Nesterov"])
def test_the_table_can_be_made_again(name):
    losses, _ = races.run(races.ENTRIES[name], TABLE[name].best, races.FRESH)
    assert races.score(losses) == pytest.approx(TABLE[name].fresh, rel=0.02)


@pytest.mark.parametrize("name", ["Adam", "momentum"])
def test_a_run_of_the_network_can_be_made_again(name):
    """At a tenth of the best step size, where rounding stays rounding."""
    k = min(TABLE[name].tuning)
    losses, _ = races.run(races.ENTRIES[name], k)
    again, then = races.score(losses), TABLE[name].tuning[k]
    assert races.typical(again) == pytest.approx(races.typical(then), rel=0.1)


def test_bracket_goes_on_until_the_best_has_two_worse_ones_on_both_sides():
    found = races.bracket(lambda k: [2.0 ** abs(k - 7)], 0)
    assert min(found, key=lambda k: found[k]) == 7
    assert {5, 6, 7, 8, 9} <= set(found)


def test_the_interval_covers_the_true_ratio_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(2000, 20))  # what both share does not widen the interval
    ours = np.exp(start + 0.5 + 0.3 * rng.normal(size=(2000, 20)))
    inside = [low < np.exp(0.5) < high for _, low, high in map(races.compare, ours, np.exp(start))]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


# The sentences


def test_momentum_and_adam_are_level_and_sgd_and_rmsprop_behind():
    assert not clear(ratio("momentum"))
    assert ratio("SGD")[1] > 1.5
    assert ratio("RMSProp")[1] > 1.5


def test_adam_does_not_mind_how_it_starts_but_momentum_and_nesterov_do():
    assert not clear(ratio("Adam, m uncorrected"))
    assert not clear(ratio("Adam, warm-up"))
    assert not clear(ratio("momentum, warm-up"))
    assert ratio("momentum, corrected")[1] > 1.2
    assert ratio("Nesterov, corrected")[1] > 1.2
    assert ratio("Nesterov")[2] < 0.7
    assert ratio("Nesterov, warm-up")[2] < 0.7


def test_adam_is_ahead_of_adagrad_even_with_warm_up():
    assert ratio("AdaGrad")[1] > 2
    assert ratio("AdaGrad, warm-up")[1] > 1


def test_without_correction_adam_ends_higher_without_momentum_and_lower_with_it():
    assert ratio("β₁ 0, uncorrected", "β₁ 0")[1] > 1.3
    assert ratio("Adam, uncorrected")[2] < 0.8
    assert ratio("β₂ 0.9999, uncorrected", "β₂ 0.9999")[2] < 0.8


@pytest.mark.parametrize("name", ["Adam", "β₂ 0.9999"])
def test_a_step_size_that_needs_the_correction_ends_twenty_times_higher_without(name):
    with_, without = TABLE[name], TABLE[f"{name}, uncorrected"]
    k = with_.best
    assert races.typical(without.tuning[k]) > 20 * races.typical(with_.tuning[k])


def test_warm_up_and_a_falling_step_together_are_the_largest_gain():
    knobs = [name for name in TABLE if name.startswith(("β₂", "ε", "decay"))]
    both = ratio("Adam, both")
    assert both[2] < 0.4
    assert all(ratio(name)[0] > both[0] for name in [*knobs, "Adam, warm-up", "Adam, down to 0"])
    larger = races.step_size(TABLE["Adam, both"].best) / races.step_size(TABLE["Adam"].best)
    assert larger == pytest.approx(3, abs=0.3)
    assert "permit\\na step size three times as large" in PAGE.replace('",\n    "', "")


def test_another_stop_changes_the_ranking_as_the_page_says():
    assert ratio("momentum, 100 steps", "Adam, 100 steps")[1] > 1
    assert ratio("Nesterov, 100 steps", "Adam, 100 steps")[2] < 1
    assert not clear(ratio("momentum, 900 steps", "Adam, 900 steps"))
    assert ratio("Nesterov, 900 steps", "Adam, 900 steps")[2] < 1


def test_on_logistic_regression_nesterov_and_adam_are_level_and_adagrad_behind():
    f_min = 0.2670764  # what the page computes
    adam, nesterov, adagrad = (
        np.array(TABLE[f"logistic: {name}"].fresh) - f_min
        for name in ("Adam", "Nesterov", "AdaGrad")
    )
    assert not clear(races.compare(nesterov, adam))
    assert races.compare(adagrad, adam)[1] > 1.1


def unseen(name):
    """Return by how many images of 517 an entry errs more than Adam, and half the interval."""
    more = 517 * (np.array(TABLE[name].fresh_errors) - TABLE["Adam"].fresh_errors)
    return more.mean(), 2.093 * more.std(ddof=1) / len(more) ** 0.5


def test_unseen_errors_differ_within_chance_but_with_a_decay_of_one():
    for name in "SGD", "momentum", "RMSProp", "decay 0.1":
        more, half = unseen(name)
        assert abs(more) < half
    more, half = unseen("decay 1")
    assert more > half


def test_beta2_and_eps_make_no_difference_beyond_chance():
    names = ["β₂ 0.9", "β₂ 0.99", "β₂ 0.9999", "ε 1e-3", "ε 1e-2"]
    assert not any(clear(ratio(name)) for name in names)


def scaled_run(method, factor):
    """Train for 40 steps with the loss multiplied by a factor."""

    class Scaled(Network):
        def loss_and_grad(self, theta, x, y):
            loss, g = super().loss_and_grad(theta, x, y)
            return loss, g * np.float32(factor)

    learn, _ = races.data()
    network = Scaled((64, 32, 10))
    start = network.init(np.random.default_rng(0))[None].astype(np.float32)
    states = train(method, network, start, learn, 2, [np.random.default_rng(1)], batch=64)
    return next(islice(states, 2, None)).theta


def test_a_power_of_two_in_the_loss_is_exact_without_eps_and_only_then():
    exact = Adam(0.05, eps=0)
    plain = scaled_run(exact, 1)
    assert np.array_equal(scaled_run(exact, 64), plain)
    assert not np.array_equal(scaled_run(exact, 100), plain)
    assert not np.array_equal(scaled_run(Adam(0.05), 64), scaled_run(Adam(0.05), 1))


def test_for_momentum_a_factor_in_the_loss_is_a_factor_in_alpha():
    assert np.array_equal(scaled_run(Momentum(3.2 / 64), 64), scaled_run(Momentum(3.2), 1))


def test_nearly_every_row_makes_fewer_errors_on_unseen_digits_than_the_default():
    others = [
        np.mean(row.fresh_errors)
        for name, row in TABLE.items()
        if name != "Adam" and not any(part in name for part in ("steps", "logistic", "inputs"))
    ]
    fewer = np.mean(np.array(others) < np.mean(TABLE["Adam"].fresh_errors))
    assert 0.9 < fewer < 1
