"""The digits are the ones that were published; networks have the gradients that they claim."""

import gzip
import math

import numpy as np
import pytest

from adamcore import SGD, Adam, Momentum
from book import digits, fast
from book.digits import Digits, Network, cross_entropy, load_digits, split, train

DATA = load_digits()
NETWORKS = [
    Network((64, 10)),
    Network((64, 10), l2=0.1),
    Network((64, 32, 10)),
    Network((64, 7, 5, 10), l2=0.1),
]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=str)


# The data


def test_the_digits_are_those_of_the_repository():
    assert (DATA.x.shape, DATA.x.min(), DATA.x.max()) == ((1797, 64), 0, 1)
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as scikit-learn documents them
    assert np.bincount(DATA.y).tolist() == counts


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"lost\.csv\.gz is missing: .*data/README\.md"):
        load_digits(tmp_path / "lost.csv.gz")


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "digits.csv.gz"
    text = gzip.decompress(digits.FILE.read_bytes())
    for damaged in (digits.FILE.read_bytes()[:-100], gzip.compress(text.replace(b"16", b"15"))):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"digits\.csv\.gz is damaged: its SHA-256 is"):
            load_digits(path)


def test_splitting_loses_no_digit_and_shows_none_twice():
    first, rest = split(DATA, 1280, np.random.default_rng(0))
    assert (len(first.y), len(rest.y)) == (1280, 517)
    rows = np.column_stack([np.vstack([first.x, rest.x]), np.append(first.y, rest.y)])
    assert sorted(map(tuple, rows)) == sorted(map(tuple, np.column_stack([*DATA])))
    assert np.array_equal(first.x, split(DATA, 1280, np.random.default_rng(0))[0].x)


# The networks


@each_network
def test_gradients_are_the_slopes_of_the_loss(network):
    rng = np.random.default_rng(0)
    theta, x, y = network.init(rng), DATA.x[:30], DATA.y[:30]
    theta += 0.1 * rng.standard_normal(theta.shape)  # biases too
    loss, g = network.loss_and_grad(theta, x, y)
    assert loss == network.loss(theta, x, y)
    h = 1e-6
    for i in rng.choice(network.n_parameters, 100, replace=False):
        step = h * (np.arange(network.n_parameters) == i)
        slope = (network.loss(theta + step, x, y) - network.loss(theta - step, x, y)) / (2 * h)
        assert g[i] == pytest.approx(slope, abs=1e-8)


@each_network
def test_gradients_are_those_of_autograd(network):
    torch = pytest.importorskip("torch")
    theta = network.init(np.random.default_rng(0))
    x, y = DATA.x[:30], DATA.y[:30]
    leaf = torch.tensor(theta, requires_grad=True)
    a, layers, at = torch.tensor(x), list(zip(network.widths, network.widths[1:], strict=False)), 0
    for i, (n, k) in enumerate(layers):
        a = a @ leaf[at : at + n * k].reshape(n, k) + leaf[at + n * k : at + n * k + k]
        a, at = (a if i + 1 == len(layers) else a.relu()), at + n * k + k
    loss = torch.nn.functional.cross_entropy(a, torch.tensor(y)) + network.l2 / 2 * leaf.dot(leaf)
    loss.backward()
    ours, g = network.loss_and_grad(theta, x, y)
    assert ours == pytest.approx(loss.item(), rel=1e-13)
    assert g == pytest.approx(leaf.grad.numpy(), abs=1e-14)


@each_network
def test_many_networks_at_once_are_each_of_them(network):
    rng = np.random.default_rng(0)
    thetas = np.stack([[network.init(rng) for _ in range(3)] for _ in range(2)])
    batches = rng.integers(len(DATA.y), size=(3, 16))  # a batch for each seed
    losses, g = network.loss_and_grad(thetas, DATA.x[batches], DATA.y[batches])
    assert (losses.shape, g.shape) == ((2, 3), thetas.shape)
    for setting, seed in np.ndindex(2, 3):
        batch = DATA.x[batches[seed]], DATA.y[batches[seed]]
        one, one_g = network.loss_and_grad(thetas[setting, seed], *batch)
        assert losses[setting, seed] == pytest.approx(one, rel=1e-13)
        assert g[setting, seed] == pytest.approx(one_g, abs=1e-14)
    assert network.error(thetas, *DATA).shape == (2, 3)


def test_equal_scores_cost_the_log_of_the_number_of_classes():
    loss, _ = cross_entropy(np.zeros((4, 1000)), [0, 1, 2, 3])
    assert loss == pytest.approx(math.log(1000))


def test_scores_too_large_for_exp_are_no_matter():
    loss, g = cross_entropy(np.array([[1e4, 0.0]]), [1])
    assert loss == 1e4
    assert g.tolist() == [[1, -1]]


# Training


def trained(method, network=NETWORKS[2], n_epochs=3, data=DATA, **how):
    theta = np.stack([network.init(np.random.default_rng(s)) for s in range(2)])
    rngs = [np.random.default_rng(10 + s) for s in range(2)]
    return [*train(method, network, theta, data, n_epochs, rngs, **how)]


def test_an_epoch_is_every_whole_batch_of_the_digits():
    states = trained(SGD(0.1), n_epochs=2)
    assert [state.t for state in states] == [0, 14, 28]  # 1797 // 128
    assert [state.t for state in trained(SGD(0.1), n_epochs=1, batch=500)] == [0, 3]


@pytest.mark.parametrize("batch", [0, -1, len(DATA.y) + 1])
def test_a_batch_that_the_digits_cannot_fill_is_refused(batch):
    with pytest.raises(ValueError, match=f"batch = {batch} is not allowed: there are 1797 digits"):
        trained(SGD(0.1), n_epochs=1, batch=batch)


def test_a_sweep_is_its_settings_one_by_one():
    alphas = np.array([0.001, 0.01])
    sweep = trained(Adam(alphas[:, None, None]))[-1].theta
    for i, alpha in enumerate(alphas):
        assert sweep[i] == pytest.approx(trained(Adam(alpha))[-1].theta, abs=1e-9)


def test_training_learns_to_read():
    learn, unseen = split(DATA, 1280, np.random.default_rng(0))
    state = trained(Adam(0.03), n_epochs=10, data=learn)[-1]
    assert NETWORKS[2].error(state.theta, *unseen).max() < 0.06


def test_a_schedule_replaces_alpha():
    halved = trained(SGD(1.0), schedule=lambda t: 0.05)[-1].theta
    assert np.array_equal(halved, trained(SGD(0.05))[-1].theta)


@pytest.mark.parametrize("method", [SGD, Momentum])
def test_a_lost_run_does_not_stop_the_others(method):
    steep = Digits(1e3 * DATA.x, DATA.y)
    alpha = np.array([1e-9, 1e9])[:, None, None]
    theta = trained(method(alpha), data=steep)[-1].theta
    assert np.isfinite(theta).all()
    losses = NETWORKS[2].loss(theta, *steep)
    assert (losses[1] > digits.LOST).all()
    assert np.array_equal(theta[0], trained(method(1e-9), data=steep)[-1].theta)


def test_a_factor_in_the_loss_is_a_factor_in_the_step_size_of_sgd_and_nothing_to_adam():
    class Scaled(Network):
        def loss_and_grad(self, theta, x, y):
            loss, g = super().loss_and_grad(theta, x, y)
            return loss, 128 * g

    summed = Scaled((64, 32, 10))
    for method, scaled in [
        (SGD(0.128), SGD(0.001)),
        (Momentum(0.128), Momentum(0.001)),
        (Adam(0.01, eps=0), Adam(0.01, eps=0)),
    ]:
        mean = trained(method)[-1].theta
        assert trained(scaled, summed)[-1].theta == pytest.approx(mean, abs=1e-10)


# The fast step


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 1000, 300_001])  # less than a block; several and a rest
def test_the_fast_step_is_adams_bit_for_bit(dtype, n):
    rng = np.random.default_rng(0)
    adam = Adam(alpha=0.01, beta2=0.99)
    theta = rng.standard_normal(n).astype(dtype)
    state = adam.init(theta)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t in range(1, 6):
        g = rng.standard_normal(n).astype(dtype)
        state = adam.step(state, g)
        fast.step_in_place(adam, t, theta, g, m, v)
        for ours, clear in zip((theta, m, v), (state.theta, state.m, state.v), strict=True):
            assert np.array_equal(ours, clear)


def test_the_fast_step_writes_into_arrays_of_any_shape():
    theta, m, v = np.ones((3, 2)), np.zeros((3, 2)), np.zeros((3, 2))
    fast.step_in_place(Adam(0.5), 1, theta, np.ones((3, 2)), m, v)
    assert theta == pytest.approx(0.5)
