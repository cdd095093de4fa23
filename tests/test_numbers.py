"""What is true of these methods, in numbers: each test is one sentence of the course."""

import math

import numpy as np
import pytest

from adamcore import (
    SGD,
    AdaGrad,
    Adam,
    AdamCorrectingM,
    AdamCorrectingV,
    AdamSection2,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    HeavyBall,
    Momentum,
    Nesterov,
    RMSProp,
    UncorrectedAdam,
    descend,
    problems,
    respond,
    streams,
)

ADAM = Adam(alpha=1.0)  # with alpha = 1 a step is its own length in units of alpha


def moves(method, gradients):
    """Return the steps, positive where they go against a positive gradient."""
    return -respond(method, gradients).steps


def rms(x):
    return math.sqrt(np.mean(np.square(x)))


# Constant gradients


@pytest.mark.parametrize("g", [0.2, 30.0, 3e4])
def test_a_constant_gradient_of_any_size_gives_steps_of_alpha(g):
    q = moves(ADAM, streams.constant(g, 100))
    assert q == pytest.approx(g / (g + 1e-8), rel=1e-13)
    assert moves(SGD(1.0), [g])[0] == g


@pytest.mark.parametrize(
    ("g", "q"), [(1e-5, 0.9990), (1e-6, 0.990), (1e-7, 0.909), (1e-8, 0.500), (1e-10, 0.0099)]
)
def test_eps_shortens_the_steps_of_gradients_as_small_as_itself(g, q):
    assert moves(ADAM, streams.constant(g, 50)) == pytest.approx(q, rel=2e-3)


def test_eps_weighs_more_in_the_order_of_section_2():
    q = moves(AdamSection2(alpha=1.0), streams.constant(1e-6, 1000))
    assert q[[0, 9, 999]] == pytest.approx([0.760, 0.909, 0.988], abs=5e-4)
    assert moves(AdamSection2(alpha=1.0), [1e-8])[0] == pytest.approx(0.031, abs=5e-4)


def test_adagrad_slows_down_as_one_over_root_t_whatever_the_gradient():
    for g in (0.2, 30.0):
        q = moves(AdaGrad(alpha=1.0, eps=0), streams.constant(g, 1000))
        assert q == pytest.approx(np.arange(1, 1001) ** -0.5, rel=1e-12)


# Gradients that disagree


def test_alternating_gradients_leave_a_fraction_that_only_beta1_sets():
    beta1 = np.array([0, 0.5, 0.9, 0.99])
    q = moves(Adam(1.0, beta1), streams.alternating(30, -30, 12_000))
    amplitude = (1 - beta1) / (1 + beta1)
    assert amplitude == pytest.approx([1, 0.3333, 0.052632, 0.005025], rel=2e-4)
    assert np.abs(q[-1]) == pytest.approx(amplitude, rel=1e-5)


def test_alternating_gradients_do_not_give_small_steps_at_first():
    q = moves(ADAM, streams.alternating(30, -30, 5))
    assert q == pytest.approx([1, -0.0526, 0.336, -0.0526, 0.204], abs=5e-4)


def test_plus_5_minus_4_drifts_alike_for_every_beta1():
    beta1 = np.array([0, 0.5, 0.9, 0.99])
    q = moves(Adam(1.0, beta1), streams.alternating(5, -4, 12_000))[-2000:]
    mean, root_mean_square = 0.5, math.sqrt((25 + 16) / 2)
    assert mean / root_mean_square == pytest.approx(0.1104, abs=5e-5)
    assert q.mean(axis=0) == pytest.approx(mean / root_mean_square, rel=5e-4)
    wobble = (q.max(axis=0) - q.min(axis=0)) / 2
    assert wobble == pytest.approx([0.9939, 0.3313, 0.05230, 0.00499], rel=5e-4)


def test_plus_5_minus_4_travels_24_alpha_in_200_steps():
    q = moves(ADAM, streams.alternating(5, -4, 200))
    assert q[:5] == pytest.approx([1, 0.058, 0.429, 0.058, 0.307], abs=6e-4)
    assert q.sum() == pytest.approx(23.7, abs=0.05)


def test_noise_leaves_a_jitter_that_the_signal_to_noise_ratio_does_not_tell():
    """The mean step is mu/rms; the mean length is a folded normal's, never below .183 alpha."""
    ratio = np.array([0, 0.1, 1, 5])
    mu = np.repeat(ratio[:, None], 300, axis=1)
    q = moves(ADAM, streams.noisy(mu, 1.0, 6000, np.random.default_rng(0)))[4000:]
    size = np.hypot(ratio, 1)
    assert q.mean(axis=(0, 2)) == pytest.approx(ratio / size, abs=0.004)

    s = math.sqrt((1 - 0.9) / (1 + 0.9))
    inside = np.array([math.erf(x / (s * math.sqrt(2))) for x in ratio])
    folded = s * math.sqrt(2 / math.pi) * np.exp(-(ratio**2) / (2 * s**2)) + ratio * inside
    assert folded / size == pytest.approx([0.183, 0.1992, 0.7071, 0.9806], abs=6e-5)
    assert np.abs(q).mean(axis=(0, 2)) == pytest.approx(folded / size, rel=0.01)


# Bias correction


def test_without_correction_the_first_steps_are_too_long_with_the_defaults():
    q = moves(UncorrectedAdam(alpha=1.0, eps=0), streams.constant(1.0, 5000))
    t = np.arange(1, 5001)
    assert q == pytest.approx((1 - 0.9**t) / np.sqrt(1 - 0.999**t), rel=1e-9)
    assert q[[0, 1, 99, 999]] == pytest.approx([3.162, 4.250, 3.241, 1.258], abs=5e-4)
    assert q.max() == pytest.approx(6.5685, abs=5e-5)
    assert t[q.argmax()] == 12
    assert t[q > 1.01].max() == 3924
    assert (q > 1).all()
    assert q[:100].sum() == pytest.approx(466, abs=0.5)
    assert q[:2000].sum() == pytest.approx(3141, abs=0.5)


@pytest.mark.parametrize(
    ("beta1", "beta2", "first", "largest", "at"),
    [
        (0.9, 0.95, 0.447, 1.097, 20),
        (0.9, 0.98, 0.707, 1.554, 14),
        (0.9, 0.99, 1.000, 2.131, 13),
        (0.99, 0.999, 0.316, 2.089, 136),
        (0.0, 0.999, 31.62, 31.62, 1),
    ],
)
def test_whether_correction_shortens_or_lengthens_depends_on_both_betas(
    beta1, beta2, first, largest, at
):
    q = moves(UncorrectedAdam(1.0, beta1, beta2, eps=0), streams.constant(1.0, 3000))
    assert q[0] == pytest.approx(first, abs=6e-4 * max(1, first))
    assert q.max() == pytest.approx(largest, rel=5e-4)
    assert q.argmax() + 1 == at
    assert (q[0] < 1 - 1e-9) == (beta2 < 1 - (1 - beta1) ** 2 - 1e-9)


def test_correcting_m_lengthens_and_correcting_v_shortens():
    g = streams.constant(1.0, 1000)
    only_v = moves(AdamCorrectingV(1.0, eps=0), g)
    assert only_v[[0, 1, 4, 9, 19]] == pytest.approx([0.1, 0.19, 0.410, 0.651, 0.878], abs=6e-4)
    only_m = moves(AdamCorrectingM(1.0, eps=0), g)
    assert only_m[[0, 1, 4, 9, 99, 999]] == pytest.approx(
        [31.62, 22.37, 14.16, 10.02, 3.241, 1.258], rel=1e-3
    )


# Spikes and changes of level


def test_a_spike_lengthens_its_own_step_and_shortens_those_that_follow():
    size = np.array([2, 10, 30, 100, 1000])
    spikes = [streams.spike(s, at=5001, n=6001) for s in size]
    q = moves(ADAM, np.stack(spikes, axis=1))[5000:]
    in_the_limit = (0.9 + 0.1 * size) / np.sqrt(0.999 + 0.001 * size**2)
    assert q[0] == pytest.approx(in_the_limit, rel=4e-3)
    assert q[0] == pytest.approx([1.098, 1.812, 2.826, 3.277, 3.178], abs=1e-3)
    assert q.min(axis=0) == pytest.approx([0.9986, 0.957, 0.738, 0.312, 0.033], abs=6e-4)
    assert q.argmin(axis=0).tolist() == [85, 73, 68, 73, 94]


@pytest.mark.parametrize(("ones", "peak"), [(3000, 6.405), (5000, 6.546), (10_000, 6.567)])
def test_gradients_that_grow_for_good_speed_adam_up_first(ones, peak):
    q = moves(ADAM, streams.shift(1, 100, at=ones + 1, n=ones + 1001))[ones:]
    assert q[0] > 3.2
    assert q.max() == pytest.approx(peak, abs=6e-4)
    assert q.argmax() == 11
    assert q[1000] == pytest.approx(1.25, abs=0.01)


# How long a step can be


def test_zeros_and_then_a_constant_exceed_the_papers_bound_twice():
    q = moves(Adam(alpha=1.0, eps=0), streams.zeros_then(1.0, zeros=4000, n=4100))[4000:]
    assert q[:3] == pytest.approx([3.13, 4.21, 4.91], abs=6e-3)
    assert q.max() == pytest.approx(6.51, abs=5e-3)
    assert q.argmax() == 11
    assert q.max() > 2 * streams.paper_bound()


@pytest.mark.parametrize(("t", "length"), [(100, 0.976), (1000, 2.515), (6000, 3.158)])
def test_a_single_gradient_after_zeros_stays_below_the_papers_bound(t, length):
    q = moves(Adam(alpha=1.0, eps=0), streams.spike(1.0, at=t, n=t, base=0.0))[-1]
    assert q == pytest.approx(length, abs=6e-4)
    assert q < streams.paper_bound()


@pytest.mark.parametrize(
    ("t", "bound"), [(1, 1), (2, 1.0014), (10, 1.043), (100, 2.243), (1000, 5.781), (10_000, 7.270)]
)
def test_the_worst_stream_attains_the_bound_of_cauchy_and_schwarz(t, bound):
    q = moves(Adam(alpha=1.0, eps=0), streams.worst_case(t))[-1]
    assert streams.step_bound(t=t) == pytest.approx(bound, abs=5e-4)
    assert q == pytest.approx(streams.step_bound(t=t), rel=1e-9)


@pytest.mark.parametrize(
    ("beta1", "beta2", "paper", "supremum"),
    [
        (0.9, 0.999, 3.162, 7.2703),
        (0.9, 0.99, 1, 2.345),
        (0.9, 0.95, 1, 1.165),
        (0.9, 0.9, 1, 1.000),
        (0.5, 0.999, 15.81, 18.26),
        (0.0, 0.999, 31.62, 31.62),
        (0.99, 0.999, 1, 2.299),
        (0.9, 0.9999, 10, 22.95),
    ],
)
def test_the_supremum_of_the_step_is_above_the_papers_bound(beta1, beta2, paper, supremum):
    assert streams.paper_bound(beta1, beta2) == pytest.approx(paper, rel=4e-4)
    assert streams.step_bound(beta1, beta2) == pytest.approx(supremum, rel=3e-4)
    assert streams.step_bound(beta1, beta2, 100_000) == pytest.approx(supremum, rel=3e-4)


def test_steps_are_unbounded_where_beta1_squared_reaches_beta2():
    bounds = [streams.step_bound(0.9, 0.8, t) for t in (10, 50, 100)]
    assert bounds == pytest.approx([1.06, 1.87, 3.14], abs=5e-3)
    assert streams.step_bound(0.9, 0.8) == math.inf


# Axes


def steps_to(problem, method, level=1e-3, n_steps=1000):
    values = problem.value(descend(method, problem.grad, problem.start, n_steps).theta)
    return int(np.argmax(values < level))


@pytest.mark.parametrize(
    ("method", "aligned", "turned"),
    [
        (Adam(0.05), 24, 577),
        (AdaGrad(0.5), 10, 462),
        (RMSProp(0.01, 0.99), 119, 672),
        (SGD(0.01), 310, 310),
        (HeavyBall(0.01, 0.9), 71, 71),
    ],
    ids=lambda x: type(x).__name__ if not isinstance(x, int) else str(x),
)
def test_turning_the_valley_costs_the_adaptive_methods_and_no_other(method, aligned, turned):
    start = (1.0, 1.0)
    straight = steps_to(problems.valley(100, 0, start), method)
    turned_by_45 = steps_to(problems.valley(100, np.pi / 4, start), method)
    assert (straight, turned_by_45) == (aligned, turned)


# Reddi's problem


def regret_and_end(method, problem, n, alpha):
    losses = problem.grad(range(1, n + 1))
    history = respond(method, losses, schedule=alpha, project=problem.project)
    rounds = np.arange(n - 2, n + 1)  # a period at the end
    lost = problem.value(history.theta[rounds - 1], rounds) - problem.value(-1, rounds)
    return lost.mean(), history.theta


def test_adam_walks_the_wrong_way_on_reddis_problem_and_amsgrad_does_not():
    problem = problems.reddi(C=4)

    def alpha(t):
        return 0.5 / math.sqrt(t)

    quick = {"beta1": 0, "beta2": 1 / 17}
    for adam in (Adam(**quick), UncorrectedAdam(**quick)):
        regret, x = regret_and_end(adam, problem, 1000, alpha)
        assert x[100] > 0.94
        assert x[1000] == pytest.approx(0.984, abs=2e-3)
        assert regret == pytest.approx(1.33, abs=0.02)
    regret, x = regret_and_end(AMSGrad(**quick), problem, 1000, alpha)
    assert x[100] == pytest.approx(-1, abs=0.03)
    assert abs(regret) < 0.05
    _, x = regret_and_end(Adam(), problem, 1000, alpha)
    assert x[1000] < -0.9  # with the default betas v remembers the rare large gradient


def test_the_papers_own_synthetic_problem_fools_adam_as_well():
    problem = problems.reddi(C=1010, small=10, period=101)
    slow = {"beta1": 0.9, "beta2": 0.99}

    def alpha(t):
        return 1 / math.sqrt(t)

    _, x = regret_and_end(Adam(**slow), problem, 3000, alpha)
    assert x[3000] == pytest.approx(0.968, abs=5e-3)
    ends = {AMSGrad: -0.442, AMSGradTorch: -0.642, AMSGradOptax: -0.950}  # all on their way to -1
    for method, end in ends.items():
        _, x = regret_and_end(method(**slow), problem, 1000, alpha)
        assert x[1000] == pytest.approx(end, abs=5e-3)
        assert x[1000] < x[500] < x[100]


def test_a_constant_step_size_fools_adam_on_reddis_problem_too():
    problem = problems.reddi(C=3)
    for method, end in ((Adam, 0.99), (AMSGrad, -1.0)):
        method = method(0.01, beta1=0, beta2=0.1)
        x = respond(method, problem.grad(range(1, 2001)), project=problem.project).theta
        assert x[-1] == pytest.approx(end, abs=0.02)


# Noise


@pytest.mark.parametrize(("h", "alpha"), [(1.0, 0.1), (1.0, 1.0), (1.0, 1.9), (10.0, 0.01)])
def test_noise_holds_sgd_at_a_known_distance_from_the_minimum(h, alpha):
    problem = problems.noisy(problems.bowl(h), 1.0, np.random.default_rng(0))
    tail = descend(SGD(alpha), problem.grad, np.zeros((2000, 1)), 500).theta[100:]
    assert tail.var() == pytest.approx(alpha / (h * (2 - alpha * h)), rel=0.02)


@pytest.mark.parametrize(("alpha", "beta"), [(0.1, 0.9), (3.0, 0.9), (0.1, 0.5)])
def test_momentum_is_no_noise_filter(alpha, beta):
    problem = problems.noisy(problems.bowl(), 1.0, np.random.default_rng(0))
    tail = descend(HeavyBall(alpha, beta), problem.grad, np.zeros((2000, 1)), 700).theta[200:]
    assert tail.var() == pytest.approx(
        alpha * (1 + beta) / ((1 - beta) * (2 * (1 + beta) - alpha)), rel=0.03
    )


@pytest.mark.parametrize(("alpha", "distance"), [(0.1, 0.2207), (0.01, 0.0698)])
def test_noise_holds_adam_at_the_root_of_alpha(alpha, distance):
    problem = problems.noisy(problems.bowl(), 1.0, np.random.default_rng(0))
    tail = descend(Adam(alpha), problem.grad, np.zeros((500, 1)), 6000).theta[4000:]
    assert rms(tail) == pytest.approx(distance, rel=0.03)
    assert rms(tail) == pytest.approx(math.sqrt(alpha / 2), rel=0.03)


def test_a_batch_estimates_the_gradient_with_an_error_of_one_over_its_root():
    rng = np.random.default_rng(0)
    problem = problems.line_fit(1000, rng)
    exact = problem.grad(problem.start)
    errors = []
    for size in (4, 16, 64):
        estimates = problem.batch_grad(problem.start, rng.integers(1000, size=(4000, size)))
        assert estimates.mean(axis=0) == pytest.approx(exact, abs=0.05)
        errors.append(rms(estimates - exact))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.04)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.04)


# Stability


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_momentum_widens_and_nesterov_narrows_the_stable_steps(beta):
    edges = np.array([2 * (1 + beta), 2 * (1 + beta) / (1 + 2 * beta)])
    for method, edge in zip((HeavyBall, Nesterov), edges, strict=True):
        for alpha, grows in ((edge * 0.99, False), (edge * 1.01, True)):
            path = descend(method(alpha, beta), lambda x: x, [1.0], 4000).theta
            assert (abs(path[-100:]).max() > 1) == grows


@pytest.mark.parametrize(
    ("kappa", "alpha", "beta", "rate"),
    [
        (10, 0.230886, 0.269874, 0.519494),
        (100, 0.033058, 0.669421, 0.818182),
        (1000, 0.003759, 0.881145, 0.938693),
    ],
)
def test_the_best_heavy_ball_shrinks_like_the_root_of_the_condition_number(
    kappa, alpha, beta, rate
):
    root = math.sqrt(kappa)
    best = ((2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2)
    assert best == pytest.approx((alpha, beta), abs=6e-7)

    def spectral_radius(alpha, beta):
        maps = [[[1 + beta - alpha * h, -beta], [1, 0]] for h in (1, kappa)]
        return np.abs(np.linalg.eigvals(np.array(maps))).max()

    assert spectral_radius(*best) == pytest.approx(rate, abs=1e-5)
    for d_alpha, d_beta in np.random.default_rng(0).uniform(0.9, 1.1, (50, 2)):
        assert spectral_radius(best[0] * d_alpha, best[1] * d_beta) > rate


def test_rmsprop_ends_in_a_two_cycle_of_half_alpha():
    tail = descend(RMSProp(0.01, 0.9, 0), lambda x: x, [1.0], 2000).theta[-100:]
    assert np.abs(tail) == pytest.approx(0.005, rel=1e-6)


def test_adam_bounces_in_bursts_and_not_at_the_size_of_alpha():
    tail = descend(Adam(0.01), lambda x: x, [1.0], 40_000).theta[20_000:]
    assert rms(tail) / 0.01 == pytest.approx(0.0284, rel=0.15)
    assert 0.1 < np.abs(tail).max() / 0.01 < 0.4


# Momentum as a particle


def test_the_particle_and_the_heavy_ball_are_the_same_recursion():
    """From m x'' + mu x' = -grad: beta = m/(m + mu dt), alpha = dt^2/(m + mu dt)."""
    mass, mu, dt = 2.0, 3.0, 0.02
    x = [1.0, 1.0]
    for _ in range(200):
        before, now = x[-2:]
        x.append(now + (mass * (now - before) / dt - dt * now) / (mass / dt + mu))
    ball = HeavyBall(alpha=dt**2 / (mass + mu * dt), beta=mass / (mass + mu * dt))
    path = descend(ball, lambda theta: theta, [1.0], 200).theta[:, 0]
    assert path == pytest.approx(np.array(x[1:]), abs=1e-12)


def test_the_memory_of_momentum_halves_in_six_and_a_half_steps():
    m = respond(Momentum(1.0, 0.9), streams.spike(1.0, at=1, n=30, base=0.0)).m[1:]
    half_life = math.log(0.5) / math.log(0.9)
    assert half_life == pytest.approx(6.58, abs=5e-3)
    assert m[7] < m[0] / 2 < m[6]
