"""Chapter 7: what its sentences say of runs, tried on other seeds, grids and later stops."""

import math
from functools import cache

import nbformat
import numpy as np
import pytest

from adamcore import (
    SGD,
    Adam,
    AdamW,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    Momentum,
    descend,
    respond,
)
from adamcore.problems import reddi
from adamcore.streams import alternating
from tests.notebooks import CHAPTERS


@cache
def page():
    """Return the functions that the page defines: its cells up to the floor, without figures."""
    wanted = "settled_average", "way_of_a_period", "towards", "valleys", "fewest", "late_loss"
    found = {"np": np, "Adam": Adam}
    for cell in nbformat.read(CHAPTERS / "07-where-adam-fails.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            for part in ("\n" + cell.source).split("\ndef ")[1:]:
                name = part.partition("(")[0]
                if name in wanted:
                    body = part.split("\n\n\n")[0]
                    exec("def " + body, found)
    assert set(wanted) <= set(found)
    return found


# The wrong way


def online(method, n_rounds, problem=None):
    problem = problem or reddi(C=4)
    tape = problem.grad(np.arange(1, n_rounds + 1))
    return respond(method, tape, schedule=lambda t: 0.5 / t**0.5, project=problem.project)


def regret(run):
    rounds = np.arange(1, len(run.theta))
    problem = reddi(C=4)
    return np.mean(problem.value(run.theta[:-1], rounds) - problem.value(-1, rounds))


@pytest.mark.parametrize("n_rounds", [1000, 10_000])
def test_adam_goes_to_the_wrong_end_and_its_regret_stays(n_rounds):
    run = online(Adam(1.0, 0.0, 1 / 17), n_rounds)
    assert run.theta[-300:].mean() > 0.97
    assert regret(run) == pytest.approx(4 / 3, abs=0.01)


@pytest.mark.parametrize("method", [SGD(1.0), AMSGrad(1.0, 0.0, 1 / 17), Adam(1.0)])
def test_sgd_amsgrad_and_adams_defaults_go_to_the_right_end(method):
    runs = [online(method, n) for n in (1000, 10_000)]
    assert all(run.theta[-300:].mean() < -0.97 for run in runs)
    assert regret(runs[1]) < regret(runs[0]) / 2 < 0.05


def way(beta1, beta2, period=3, outweighs=2.0):
    """Return how far x goes in a period once both averages have settled, by running them."""
    tape = np.full(period, -1.0)
    tape[0] = outweighs * (period - 1)
    n = math.ceil(20 / (1 - max(beta1, beta2)) / period) + 2
    return respond(Adam(1.0, beta1, beta2), np.tile(tape, n)).steps[-period:].sum()


def test_the_border_of_the_figure():
    assert way(0.0, 0.316) > 0 > way(0.0, 0.318)


@pytest.mark.parametrize(("beta2", "end"), [(0.30, 1), (0.33, -1)])
def test_a_run_on_either_side_of_the_border_goes_to_its_own_end(beta2, end):
    run = online(Adam(1.0, 0.0, beta2), 20_000)
    assert run.theta[-300:].mean() * end > 0.9


def test_some_beta1_leaves_no_wrong_way_with_a_period_of_three():
    memories = np.linspace(0, 0.999, 60)
    assert all(way(0.3, beta2) < 0 for beta2 in memories)
    assert way(0.15, 0.0) > 0


@pytest.mark.parametrize(("outweighs", "period"), [(1.1, 394), (1.5, 1542), (2.0, 2528)])
def test_the_shortest_periods_on_which_the_defaults_fail(outweighs, period):
    assert way(0.9, 0.999, period, outweighs) > 0 > way(0.9, 0.999, period - 1, outweighs)
    by_formula = page()["way_of_a_period"]
    assert by_formula(period, outweighs) == pytest.approx(
        way(0.9, 0.999, period, outweighs), rel=1e-3, abs=1e-4
    )


@pytest.mark.parametrize(("outweighs", "period", "by"), [(1.1, 394, 1), (1.5, 1542, 25)])
def test_no_shorter_period_fails(outweighs, period, by):
    by_formula = page()["way_of_a_period"]
    assert all(by_formula(shorter, outweighs) < 0 for shorter in range(3, period, by))


def test_beta1_is_of_no_help_with_long_periods():
    assert way(0.0, 0.999, 400, 1.1) > 0
    assert way(0.9, 0.999, 400, 1.1) > 0


def test_the_proofs_quantity_shrinks_for_adam_and_not_for_amsgrad():
    alpha = 0.5 / np.sqrt(np.arange(1, 301))
    adam, ams = online(Adam(1.0, 0.0, 1 / 17), 300), online(AMSGrad(1.0, 0.0, 1 / 17), 300)
    growth = np.diff(np.sqrt(adam.v_hat[1:]) / alpha)
    assert (growth < 0).mean() == pytest.approx(2 / 3, abs=0.02)
    assert (np.diff(np.sqrt(ams.v_max[1:]) / alpha) > 0).all()


def test_three_algorithms_are_called_amsgrad():
    tape = np.r_[100.0, np.ones(19_999)]
    runs = [respond(method(1.0), tape) for method in (AMSGrad, AMSGradTorch, AMSGradOptax)]
    steps = np.array([-run.steps for run in runs])
    assert steps[:, 0] == pytest.approx([3.162, 1, 1], abs=1e-3)
    assert steps[:, -1] == pytest.approx([10**-0.5, 10**-0.5, 0.01], rel=1e-3)
    used = np.sqrt(runs[1].v_hat[1:])
    assert (used[0], used[-1]) == pytest.approx((100, 3.16), abs=5e-3)
    assert -respond(Adam(1.0), tape).steps[9999] == pytest.approx(1, abs=3e-3)


# The axes


def steps_needed(method, kappa, part, seed, n_steps, n=10, tries=28):
    turned, start = page()["valleys"](n, 20, seed)
    curvature = np.geomspace(1, kappa, n)
    grid = page()["fewest"](
        method,
        np.geomspace(1e-3, 10, tries),
        turned(part),
        curvature,
        start / curvature**0.5,
        n_steps,
    )
    best = grid.argmin(axis=1)
    assert 0 < best.min()
    assert best.max() < tries - 1
    return grid.min(axis=1)


def cost(method, kappa, seed, n_steps, **more):
    needed = [steps_needed(method, kappa, part, seed, n_steps, **more) for part in (1, 0)]
    ratio = np.log(needed[0] / needed[1])
    return np.exp(ratio.mean()), np.exp(ratio.mean() - 2.093 * ratio.std(ddof=1) / 20**0.5)


def test_turning_is_a_turn_and_part_of_it_is_on_the_way():
    turned, _ = page()["valleys"](10, 5, 3)
    whole, half = turned(1), turned(0.5)
    assert whole @ whole.transpose(0, 2, 1) == pytest.approx(np.tile(np.eye(10), (5, 1, 1)))
    assert half @ half == pytest.approx(whole)
    assert turned(0) == pytest.approx(np.tile(np.eye(10), (5, 1, 1)))


@pytest.mark.parametrize("make", [lambda a: SGD(a / 10), Momentum])
def test_sgd_and_momentum_cannot_tell_turned_problems(make):
    one, other = (steps_needed(make, 100, part, 4, 500) for part in (0, 1))
    assert (one == other).all()


@pytest.mark.parametrize(("seed", "tries"), [(5, 28), (0, 55)])
def test_at_kappa_1000_turning_costs_adam_its_lead_over_momentum(seed, tries):
    ratio, low = cost(Adam, 1000, seed, 1000, tries=tries)
    assert 1.8 < ratio < 4
    assert low > 1.5
    momentum = np.median(steps_needed(Momentum, 1000, 1, seed, 1000, tries=tries))
    own, turned = (np.median(steps_needed(Adam, 1000, k, seed, 1000, tries=tries)) for k in (0, 1))
    assert own < 0.9 * momentum
    assert turned > 1.4 * momentum
    short, _ = cost(lambda a: Adam(a, beta2=0.9), 1000, seed, 600, tries=tries)
    assert 1.15 < short < 1.5


@pytest.mark.parametrize("seed", [5, 6])
def test_turning_hardly_matters_up_to_kappa_100(seed):
    assert cost(Adam, 100, seed, 500)[0] < 1.1
    assert cost(Adam, 10, seed, 150)[0] < 1.1


# The floor


def late_rms(method, sigma, h=1.0, at=0.0, n_steps=12_000, skip=6000, seed=3):
    rng = np.random.default_rng(seed)
    state, squares = method.init(np.full(40, at + 0.3)), 0.0
    for t in range(n_steps):
        state = method.step(state, h * (state.theta - at) + sigma * rng.standard_normal(40))
        if t >= skip:
            squares += ((state.theta - at) ** 2).mean() / (n_steps - skip)
    return math.sqrt(squares)


@pytest.mark.parametrize(
    ("alpha", "sigma", "h"),
    [(0.1, 1.0, 1.0), (0.01, 1.0, 1.0), (0.01, 0.1, 1.0), (0.01, 10.0, 10.0)],
)
def test_the_floor_goes_with_the_root_of_alpha_and_sigma(alpha, sigma, h):
    assert late_rms(Adam(alpha), sigma, h) == pytest.approx(
        math.sqrt(alpha * sigma / (2 * h)), rel=0.05
    )


def test_a_hundredth_of_the_noise_is_a_tenth_of_the_floor_and_a_hundredth_for_sgd():
    adam = late_rms(Adam(0.01), 1.0) / late_rms(Adam(0.01), 0.01)
    assert adam == pytest.approx(10, rel=0.12)
    sgd = late_rms(SGD(0.01), 1.0) / late_rms(SGD(0.01), 0.01)
    assert sgd == pytest.approx(100, rel=0.02)


@pytest.mark.parametrize("beta2", [0.99, 0.999])
@pytest.mark.parametrize("at", [0.0, 1.0])
@pytest.mark.parametrize("sigma", [1e-10, 1e-6])
def test_without_noise_worth_the_name_a_floor_of_alpha_38_is_left_wherever_the_minimum_is(
    beta2, at, sigma
):
    skip = 8000 if beta2 == 0.99 else 30_000
    rms = late_rms(Adam(0.01, beta2=beta2), sigma, at=at, n_steps=skip + 10_000, skip=skip)
    assert rms == pytest.approx(0.01 / 38, rel=0.15)


def test_with_no_noise_at_all_a_minimum_at_1_ends_in_an_accident_of_rounding():
    run = descend(Adam(0.01, beta2=0.99), lambda x: x - 1, [2.0], 20_000)
    assert (run.g[-10_000:] == 0).all()


@pytest.mark.parametrize("part", [0.4, 0.7])
@pytest.mark.parametrize(("alpha", "h"), [(0.01, 1.0), (0.1, 1.0), (0.01, 10.0)])
def test_eps_takes_its_share_of_the_floor(part, alpha, h):
    brake = alpha * h / 38
    rms = late_rms(Adam(alpha, beta2=0.99, eps=part * brake), 1e-7, h)
    assert rms == pytest.approx((brake - part * brake) / h, rel=0.15)


@pytest.mark.parametrize(("alpha", "h"), [(0.01, 1.0), (0.1, 1.0), (0.01, 10.0)])
def test_eps_above_the_brake_ends_the_bursts(alpha, h):
    brake = alpha * h / 38
    assert late_rms(Adam(alpha, beta2=0.99, eps=1.25 * brake), 1e-7, h) < 0.01 * brake / h
    assert late_rms(Adam(alpha, beta2=0.99, eps=0.8 * brake), 1e-7, h) > 0.1 * brake / h


def test_near_the_edge_the_rate_is_momentums_limit_of_stability():
    bound = 2 * (1 + 0.9) / (1 - 0.9)
    assert bound == pytest.approx(38)
    for alpha, grows in (0.99 * bound, False), (1.01 * bound, True):
        way = abs(descend(Momentum(alpha), lambda x: x, [1.0], 3000).theta[:, 0])
        assert (way[-100:].max() > way[:100].max()) == grows


@pytest.mark.parametrize(("n_steps", "n_runs"), [(300, 1000), (1000, 500), (3000, 300)])
def test_a_schedule_brings_the_loss_to_about_a_half(n_steps, n_runs):
    tried, late = np.geomspace(0.001, 0.3, 19), []
    for schedule in (lambda x: 1.0, lambda x: 1 - x):
        tuned = page()["late_loss"](tried, schedule, 8, n_steps, n_runs).mean(axis=1)
        assert 0 < tuned.argmin() < len(tried) - 1
        best = tried[[tuned.argmin()]]
        late.append(page()["late_loss"](best, schedule, 9, n_steps, 2000).mean())
    assert 0.33 < late[1] / late[0] < 0.67


# L2 and weight decay


def left_over(method, size, coupled=0.0):
    tape = iter(alternating(size, -size, 1000))
    return descend(method, lambda x: [next(tape) + coupled * x[0]], [1.0], 1000).theta[:, 0]


def test_for_sgd_the_two_are_one():
    decayed = 1.0 * np.cumprod(np.full(100, 1 - 0.1 * 0.5))
    coupled = descend(SGD(0.1), lambda x: 0.5 * x, [1.0], 100).theta[1:, 0]
    assert coupled == pytest.approx(decayed)


@pytest.mark.parametrize(("size", "decay"), [(10.0, 1.0), (100.0, 1.0), (10.0, 0.1)])
def test_the_pull_of_l2_is_divided_by_the_size_of_the_gradients(size, decay):
    theta = left_over(Adam(0.001), size, decay)
    pull = -np.log(theta[1000] / theta[100]) / 900
    assert pull == pytest.approx(0.001 * decay / size, rel=0.05)


@pytest.mark.parametrize("decay", [1.0, 10.0, 100.0])
def test_where_gradients_are_small_the_size_of_the_penalty_is_gone(decay):
    theta = left_over(Adam(0.001), 0.01, decay)
    assert theta[[100, 1000]] == pytest.approx([0.902, 0.258], abs=0.005)


@pytest.mark.parametrize("size", [0.1, 10.0])
def test_adamw_shrinks_all_weights_alike_by_alpha_times_decay(size):
    theta = left_over(AdamW(0.001, weight_decay=1.0), size)
    assert theta[-1] == pytest.approx((1 - 0.001) ** 1000, rel=5e-3)


def test_the_two_runs_of_the_exercise():
    ends = [left_over(Adam(0.001), size, 2.0)[-1] for size in (10, 0.1)]
    assert ends == pytest.approx([0.820, 0.259], abs=1e-3)
    for size in 10, 0.1:
        assert left_over(AdamW(0.001, weight_decay=0.5), size)[-1] == pytest.approx(0.605, abs=2e-3)
