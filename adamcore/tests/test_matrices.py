"""Muon and Shampoo: what they are on a single number, at the first step, and in turned axes."""

import numpy as np
import pytest

from adamcore import AdaGrad, Adam, Muon, Shampoo, orthogonalized, respond


def gradients(shape=(6, 4, 3)):
    return np.random.default_rng(0).standard_normal(shape)


def orthogonal(n):
    return np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))[0]


def shampooed(g, method=None):
    method = method or Shampoo(0.3)
    state = method.init(np.zeros(g.shape[1:]))
    path = [state.theta]
    for each in g:
        state = method.step(state, each)
        path.append(state.theta)
    return np.array(path)


def polar(g):
    """Return g with all its singular values made 1."""
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    return u @ vt


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (5, 5), (2, 4, 3), (1, 1)])
def test_orthogonalized_keeps_directions_and_brings_singular_values_near_1(shape):
    g = 100 * gradients(shape)
    found, sizes = orthogonalized(g), np.linalg.svd(g)[1]
    assert (sizes > np.sqrt(np.square(g).sum((-2, -1)))[..., None] / 600).all()
    _, scaled, _ = np.linalg.svd(found)
    assert ((scaled > 0.68) & (scaled < 1.21)).all()
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    inside = u.swapaxes(-1, -2) @ found @ vt.swapaxes(-1, -2)
    assert np.abs(inside - inside * np.eye(inside.shape[-1])).max() < 1e-12


def test_orthogonalized_of_nothing_is_nothing_and_a_vector_is_refused():
    assert not orthogonalized(np.zeros((2, 3))).any()
    with pytest.raises(ValueError, match=r"g has shape \(3,\): it must be a matrix"):
        orthogonalized([1.0, 2.0, 3.0])


def test_muon_does_not_feel_the_size_of_the_gradient():
    g = gradients()
    assert respond(Muon(0.1), 64 * g).theta == pytest.approx(respond(Muon(0.1), g).theta)


def test_shampoo_on_a_single_number_is_adagrad():
    g = gradients((20, 1, 1))
    adagrad = respond(AdaGrad(0.3, eps=0), g).theta
    assert shampooed(g) == pytest.approx(adagrad, rel=1e-9)


def test_the_first_step_of_shampoo_makes_every_singular_value_one():
    g = gradients((1, 4, 4))
    assert shampooed(g)[1] == pytest.approx(-0.3 * polar(g[0]), rel=1e-6)


def test_turned_axes_turn_the_steps_of_muon_and_shampoo_but_not_of_adam():
    g, left, right = gradients(), orthogonal(4), orthogonal(3)
    turned = left @ g @ right.T
    for paths in shampooed, lambda g: respond(Muon(0.1), g).theta:
        assert paths(turned) == pytest.approx(left @ paths(g) @ right.T, abs=1e-7)
    paths = [respond(Adam(0.1), each).theta for each in (turned, g)]
    assert np.abs(paths[0] - left @ paths[1] @ right.T).max() > 0.05


def test_a_stack_of_matrices_is_each_by_itself():
    g = gradients((6, 2, 4, 3))
    assert shampooed(g)[:, 1] == pytest.approx(shampooed(g[:, 1]))
    both = respond(Muon(0.1), g).theta
    assert both[:, 1] == pytest.approx(respond(Muon(0.1), g[:, 1]).theta)


def test_shampoo_says_what_is_wrong():
    with pytest.raises(ValueError, match="must be a matrix, or a stack"):
        Shampoo(0.1).init([1.0, 2.0])
    state = Shampoo(0.1).init(np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"g has shape \(2, 3\): it must have theta's, \(2, 2\)"):
        Shampoo(0.1).step(state, np.zeros((2, 3)))
