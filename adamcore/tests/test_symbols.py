"""Rules, values and gradients are plain arithmetic: they run on things that are not arrays."""

import operator
from dataclasses import fields

import numpy as np
import pytest

from adamcore import State, problems
from adamcore.tests.test_relations import METHODS, each_method


def _with(operation):
    """Return an operator of Symbol, and its reflection."""

    def forward(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented  # numpy takes it entry by entry
        return Symbol(operation(self.x, getattr(other, "x", other)))

    def reflected(self, other):
        return Symbol(operation(getattr(other, "x", other), self.x))

    return forward, reflected


def _of(function):
    return lambda self: Symbol(function(self.x))


class Symbol:
    """A number that nothing but arithmetic can be done with."""

    def __init__(self, x):
        self.x = float(x)

    __add__, __radd__ = _with(operator.add)
    __sub__, __rsub__ = _with(operator.sub)
    __mul__, __rmul__ = _with(operator.mul)
    __truediv__, __rtruediv__ = _with(operator.truediv)
    __pow__, __rpow__ = _with(operator.pow)

    def __neg__(self):
        return Symbol(-self.x)

    def __array_ufunc__(self, ufunc, how, *inputs):
        if any(isinstance(x, np.ndarray) for x in inputs):
            boxed = [np.asarray(x, object) for x in inputs]
            return getattr(ufunc, how)(*boxed)
        return Symbol(ufunc(*(getattr(x, "x", x) for x in inputs)))

    # numpy calls these for arrays of symbols
    sqrt, cos, sin = (_of(function) for function in (np.sqrt, np.cos, np.sin))


def symbols(xs):
    """Return an object array of symbols."""
    return np.array([Symbol(x) for x in xs] + [None], object)[:-1]


def number(x):
    return x.x if isinstance(x, Symbol) else x


def numbers(xs):
    return np.array([number(x) for x in np.ravel(xs)], float)


@each_method
def test_every_rule_runs_on_symbols(method):
    state = method.step(method.init(0.5), 2.0)
    right = method.step(state, -3.0)
    symbolic = object.__new__(type(method))
    for field in fields(method):
        object.__setattr__(symbolic, field.name, Symbol(getattr(method, field.name)))
    made = symbolic.rule(State(*(None if x is None else Symbol(x) for x in state)), Symbol(-3.0))
    for symbol, ours, theirs in zip(State._fields, made, right, strict=True):
        assert (ours is None) is (theirs is None), symbol
        assert ours is None or isinstance(ours, Symbol)
        assert ours is None or ours.x == pytest.approx(float(theirs), rel=1e-15)


@pytest.mark.parametrize(
    ("make", "parameters", "theta"),
    [
        (problems.bowl, [3.0], [0.5]),
        (problems.valley, [25.0, 0.6], [0.5, -2.0]),
        (problems.rosenbrock, [], [0.5, -2.0]),
        (problems.double_well, [0.2], [0.5]),
        (lambda tilt: problems.double_well(tilt, n=2), [0.2], [0.5, -2.0]),
        (problems.saddle, [], [0.5, -2.0]),
        (lambda: problems.line_fit(9, np.random.default_rng(0)), [], [0.5, -2.0]),
    ],
)
def test_every_problem_runs_on_symbols_of_its_point_and_of_its_parameters(make, parameters, theta):
    right = make(*parameters)
    for made in (make(*parameters), make(*map(Symbol, parameters))):
        value, grad = made.value(symbols(theta)), made.grad(symbols(theta))
        assert isinstance(value, Symbol)
        assert all(isinstance(x, Symbol) for x in grad)
        assert value.x == pytest.approx(right.value(theta), rel=1e-14)
        assert numbers(grad) == pytest.approx(right.grad(theta), rel=1e-14)


def test_all_methods_are_in_the_list():
    assert len({type(method) for method in METHODS}) == len(METHODS) == 17
