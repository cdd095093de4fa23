"""adamcore against PyTorch and optax: stored trajectories, and live ones where torch is."""

import json

import numpy as np
import pytest

import adamcore
from adamcore import (
    AdaMax,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    Momentum,
    descend,
    problems,
    respond,
)
from adamcore.tests.make_reference import (
    PATH,
    STARTS,
    gradient_stream,
    matrix_stream,
    muon_runs,
    torch_runs,
)

REFERENCE = json.loads(PATH.read_text())
STREAM = np.array(REFERENCE["stream"])
GRADIENTS = {
    "quadratic": problems.valley(kappa=100).grad,
    "rosenbrock": problems.rosenbrock().grad,
}


def run_on_stream(method, start=STARTS["stream"], stream=STREAM):
    gradients = iter(stream)
    return descend(method, lambda theta: next(gradients), start, len(stream)).theta


def worst_disagreement(run):
    """Return max |ours - theirs| / (1 + |theirs|) over all problems."""
    method = getattr(adamcore, run["method"])(**run["hyper"])
    worst = 0.0
    for problem, theirs in run["theta"].items():
        if problem == "stream":
            ours = run_on_stream(method)
        elif problem == "matrices":
            ours = respond(method, matrix_stream()).theta
        else:
            ours = descend(method, GRADIENTS[problem], STARTS[problem], len(theirs) - 1).theta
        worst = max(worst, np.max(np.abs(ours - theirs) / (1 + np.abs(theirs))))
    return worst


@pytest.mark.parametrize(
    "run",
    [run for run in REFERENCE["runs"] if run["method"] != "Momentum"],
    ids=lambda run: f"{run['method']}-{run['hyper']['alpha']}",
)
def test_every_method_agrees_with_the_library_that_has_it(run):
    assert worst_disagreement(run) <= 1e-12


def test_live_torch_agrees_as_well():
    pytest.importorskip("torch", reason="torch is not installed; the stored runs were compared")
    for run in [*torch_runs(), *muon_runs()]:
        if run["method"] != "Momentum":
            assert worst_disagreement(run) <= 1e-12, run["method"]


def test_the_stored_stream_is_the_one_the_script_draws():
    np.testing.assert_allclose(STREAM, gradient_stream(), rtol=1e-13)  # powers differ by computer
    sizes = np.abs(STREAM[STREAM != 0])
    assert sizes.min() < 1e-11
    assert sizes.max() > 1e11


def test_the_stored_data_say_what_made_them_and_stay_small():
    assert REFERENCE["versions"].keys() == {"python", "torch", "optax", "jax", "numpy"}
    assert PATH.stat().st_size < 300_000


def test_torch_with_dampening_starts_with_the_whole_first_gradient():
    """Its velocity is the moving average m_t plus beta1^t g_1: ten times as large at t = 1."""
    (run,) = [run for run in REFERENCE["runs"] if run["method"] == "Momentum"]
    alpha, beta1 = run["hyper"].values()
    ours = run_on_stream(Momentum(alpha, beta1))
    surplus = np.cumsum(beta1 ** np.arange(1, len(STREAM) + 1))[:, None] * STREAM[0]
    theirs = np.array(run["theta"]["stream"])
    np.testing.assert_allclose(theirs[1:], ours[1:] - alpha * surplus, rtol=1e-12, atol=1e-12)


def test_the_eps_of_torchs_adamax_matters_where_gradients_are_as_small():
    """|g| + eps against the paper's |g|: half the step for a gradient of eps, nothing else."""
    eps, alpha = 1e-8, 1.0
    for g, shorter in ((1.0, 1.0), (1e-8, 0.5)):
        paper = adamcore.respond(AdaMax(alpha), [g]).steps[0]
        assert paper == pytest.approx(-1.0, rel=1e-15)
        assert g / (g + eps) == pytest.approx(shorter, rel=1e-7)


def test_the_three_algorithms_called_amsgrad_are_three():
    hyper = {"alpha": 0.1, "beta1": 0.9, "beta2": 0.99}
    paths = [run_on_stream(method(**hyper)) for method in (AMSGrad, AMSGradTorch, AMSGradOptax)]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(paths[i] - paths[j]).max() > 0.01
