"""Walks and answers of `live` figures: in the page's JavaScript as in Python, as in adamcore."""

import json

import numpy as np
import pytest

from adamcore import (
    SGD,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    HeavyBall,
    Momentum,
    Nesterov,
    RMSProp,
    State,
    UncorrectedAdam,
    descend,
    respond,
)
from adamcore.problems import valley
from book.live import Chosen, answer, normal, one_step, walk
from pagefigures import trace

METHODS = [
    SGD, Momentum, HeavyBall, Nesterov, RMSProp, AdaGrad, Adam, AdaMax, AdamW, AMSGrad,
    UncorrectedAdam,
]  # fmt: skip
NARROW = valley(kappa=25, angle=0.3)
START = [-2.0, 0.8]
N = 100  # later RMSProp shakes about the minimum, and magnifies the last bit
each = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def script():
    """Return what runs a traced function in V8."""
    racer = pytest.importorskip("py_mini_racer").MiniRacer()

    def run(function, **values):
        program = trace(function, dict.fromkeys(values))
        return json.loads(racer.eval(f"JSON.stringify(({program})({json.dumps(values)}))"))

    return run


def hyper(method, beta1=0.8):
    """Return hyper-parameters that are not the defaults, as far as the method has them."""
    names = method.__dataclass_fields__
    given = {"beta1": beta1, "beta": beta1, "beta2": 0.95}
    return {name: x for name, x in given.items() if name in names}


@each
def test_a_walk_is_descend(method, script):
    right = descend(method(0.05, **hyper(method)), NARROW.grad, START, N).theta

    def way(alpha, x, y):
        return {"way": walk(method, NARROW.grad, [x, y], N, alpha=alpha, **hyper(method)).path}

    np.testing.assert_allclose(way(0.05, *START)["way"], right.T, rtol=1e-12, atol=1e-14)
    there = script(way, alpha=0.05, x=START[0], y=START[1])["way"]
    np.testing.assert_allclose(there, right.T, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("index", range(len(METHODS)))
def test_a_chosen_method_walks_as_it_does_alone(index, script):
    method = METHODS[index]
    right = walk(method, NARROW.grad, START, 50, alpha=0.05, **hyper(method)).path

    def way(index, alpha, beta1, beta2):
        given = {"alpha": alpha, "beta1": beta1, "beta2": beta2}
        return {"way": walk(Chosen(index, METHODS), NARROW.grad, START, 50, **given).path}

    values = {"index": index, "alpha": 0.05, "beta1": 0.8, "beta2": 0.95}
    assert way(**values)["way"] == right
    np.testing.assert_allclose(script(way, **values)["way"], right, rtol=1e-11, atol=1e-14)


@each
def test_an_answer_is_respond(method):
    tape = [30.0, -30.0, 1.0, 0.5]
    right = respond(method(0.1, **hyper(method)), tape)
    np.testing.assert_allclose(
        answer(method, tape, alpha=0.1, **hyper(method))["step"], np.ravel(right.steps), rtol=1e-12
    )


@each
def test_one_step_is_the_methods_own(method):
    rule = method(0.1)
    state = rule.step(rule.init(1.0), -2.0)
    right = rule.step(state, 0.5)
    alone = State(*(x if x is None else float(x) for x in state))._replace(t=1)
    for ours, theirs in zip(one_step(method, alone, 0.5, alpha=0.1), right, strict=True):
        assert (ours is None) is (theirs is None)
        assert ours is None or ours == pytest.approx(float(theirs), rel=1e-15)


def test_noise_is_added_to_the_gradients(script):
    bumps = [[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]

    def way(alpha):
        return {"way": walk(SGD, lambda theta: 0 * theta, [0.0, 0.0], 3, bumps, alpha=alpha).path}

    right = [[0, *-np.cumsum(row)] for row in bumps]
    assert way(1.0)["way"] == tuple(right)
    assert script(way, alpha=1.0)["way"] == right


def test_a_page_draws_the_normal_numbers_that_python_draws(script):
    here = normal(12345, 300, 2.0)
    there = script(lambda seed: {"noise": normal(seed, 300, 2.0)}, seed=12345)["noise"]
    np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", [1, 12345, 2**31 - 2])
def test_normal_numbers_are_normal(seed):
    one, two = map(np.array, normal(seed, 20_000, 1.0))
    for x in one, two:
        assert abs(x.mean()) < 4 / np.sqrt(len(x))
        assert abs(x.var() - 1) < 4 * np.sqrt(2 / len(x))
        assert abs((x**4).mean() - 3) < 4 * np.sqrt(96 / len(x))
        assert abs((x[1:] * x[:-1]).mean()) < 4 / np.sqrt(len(x))
    assert abs((one * two).mean()) < 4 / np.sqrt(len(one))
