"""What a page computes is what Python computes: every method on every problem, in V8."""

import inspect
import json
import re
from dataclasses import fields

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from adamcore import descend, problems, respond, streams
from adamcore.tests.test_relations import each_method
from book.live import answer, walk
from pagefigures import trace

PROBLEMS = {
    "bowl": problems.bowl(3.0, (1.0, -2.0)),
    "valley": problems.valley(7.3),
    "turned valley": problems.valley(25.0, 0.6),
    "Rosenbrock": problems.rosenbrock(),
    "double well": problems.double_well(0.2, n=2),
    "saddle": problems.saddle(),
    "line": problems.line_fit(9, np.random.default_rng(0)),
}
N = 200
ROUNDED_ALIKE = {"sqrt", "abs", "max", "min", "sign", "floor"}  # as IEEE 754 says, to the last bit


def run(program, values):
    """Run a traced program in V8."""
    return json.loads(engine.eval(f"JSON.stringify(({program})({json.dumps(values)}))"))


engine = MiniRacer()


def is_exact(program):
    """Return whether only + - * / and roots occur, which all machines round alike."""
    return set(re.findall(r"Math\.(\w+)", program)) <= ROUNDED_ALIKE


def assert_same(program, ours, theirs):
    """Assert equality: to the last bit where that can be, else to 1e-13 of the largest."""
    ours, theirs = np.array(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape
    assert np.isfinite(theirs).all()
    if is_exact(program):
        assert (ours == theirs).all()
    else:
        assert abs(ours - theirs).max() <= 1e-13 * abs(theirs).max()


def hyper_of(method):
    return {field.name: getattr(method, field.name) for field in fields(method)}


def in_written_order(problem):
    """Return the gradient, with its sums from left to right where it has any.

    numpy adds them up in blocks. The difference is one of rounding, which RMSProp's bounces make
    large in 200 steps.
    """
    if problem not in (PROBLEMS["turned valley"], PROBLEMS["line"]):
        return problem.grad
    return lambda theta: problem.grad(theta.astype(object)).astype(float)


def smaller(method, alpha):
    return type(method)(**{**hyper_of(method), "alpha": alpha})


@each_method
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_path_is_that_of_descend(method, problem):
    method = smaller(method, 1e-3 if problem is PROBLEMS["Rosenbrock"] else 0.02)
    start = problem.start + 0.25  # off the axes, on which a gradient can be 0 for ever

    def compute(start, **hyper):
        walked = walk(type(method), problem.grad, list(start), N, **hyper)
        return {"path": walked.path, "loss": problem.value(walked.last)}

    hyper = hyper_of(method)
    program = trace(compute, {"start": 2, **dict.fromkeys(hyper)})
    got = run(program, {"start": start.tolist(), **hyper})
    theirs = descend(method, in_written_order(problem), start, N)
    assert abs(theirs.theta[-1] - start).max() > 1e-3
    assert_same(program, got["path"], theirs.theta.T)
    assert got["loss"] == pytest.approx(problem.value(theirs.theta[-1]), rel=1e-12, abs=1e-15)


@each_method
@pytest.mark.parametrize("stream", ["steady", "alternating", "random", "with silence"])
def test_every_answer_to_a_tape_is_that_of_respond(method, stream):
    g = {
        "steady": np.full(N, 30.0),
        "alternating": streams.alternating(30.0, -30.0, N),
        "random": np.random.default_rng(0).normal(size=N),
        "with silence": np.r_[1.0, np.zeros(9), np.arange(-5.0, 5), np.zeros(N - 20)],
    }[stream]
    keep = ("theta", *type(method).carries)

    def compute(tape, **hyper):
        return answer(type(method), tape, keep=keep, **hyper)

    hyper = hyper_of(method)
    program = trace(compute, {"tape": "series", **dict.fromkeys(hyper)})
    got = run(program, {"tape": g.tolist(), **hyper})
    theirs = respond(method, g)
    for symbol in keep:
        assert_same(program, got[symbol], getattr(theirs, symbol)[1:])
    assert_same(program, got["step"], np.diff(theirs.theta))


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda h: problems.bowl(h, (1.0, 1.0)), {"h": 3.0}),
        (problems.valley, {"kappa": 7.3, "angle": 0.0}),
        (problems.valley, {"kappa": 100.0, "angle": 1.1}),
        (lambda tilt: problems.double_well(tilt, n=2), {"tilt": 0.2}),
        (problems.rosenbrock, {}),
        (problems.saddle, {}),
        (lambda: PROBLEMS["line"], {}),
    ],
)
def test_value_and_gradient_follow_the_parameters_of_every_problem(make, parameters):
    def compute(at, **parameters):
        problem = make(**parameters)
        return {"value": problem.value(at), "grad": problem.grad(at)}

    program = trace(compute, {"at": 2, **dict.fromkeys(parameters)})
    problem = make(**parameters)
    for at in np.random.default_rng(0).normal(size=(200, 2)):
        got = run(program, {"at": at.tolist(), **parameters})
        assert got["grad"] == pytest.approx(problem.grad(at), rel=1e-13, abs=1e-13)
        assert got["value"] == pytest.approx(problem.value(at), rel=1e-13, abs=1e-15)


@each_method
def test_a_method_is_exact_unless_it_has_a_power_in_it(method):
    """The bounds above would say little if every program counted as rounded."""

    def compute(tape, **hyper):
        return answer(type(method), tape, **hyper)

    program = trace(compute, {"tape": "series", **dict.fromkeys(hyper_of(method))})
    assert is_exact(program) == ("**t" not in inspect.getsource(type(method).rule))
