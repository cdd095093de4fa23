"""The laboratory runs adamcore's methods on adamcore's problems, and keeps its promises."""

import html
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from adamcore import SGD, Adam, Momentum, descend
from adamcore.problems import double_well, saddle, valley

PAGE = nbformat.read(Path(__file__).parent.parent / "chapters" / "laboratory.ipynb", 4)
WORDS = "\n".join(cell.source for cell in PAGE.cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def page():
    """Return what the page's code has made."""
    names = {}
    for cell in PAGE.cells:
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", []):
            exec(compile(cell.source, "laboratory", "exec"), names)
    return names


class Shown:
    """A figure's program in V8, with its controls."""

    def __init__(self, figure):
        found = re.search(r'data-controls="([^"]*)"', figure.html)
        self.specs = json.loads(html.unescape(found[1]))
        self.racer = pytest.importorskip("py_mini_racer").MiniRacer()
        self.racer.eval(f"const run = {json.loads(figure.data)['program']}")

    def values(self, address=None, **changes):
        """Return what the controls say: at first, at an address, with changes."""
        parts = address.split("_") if address else [None] * len(self.specs)
        values = {}
        for spec, part in zip(self.specs, parts, strict=True):
            x = spec["start"]
            if part is not None:
                x = [float(one) for one in part.split("*")] if "*" in part else float(part)
            values[spec["name"]] = spec["values"][int(x)] if "values" in spec else x
        return values | changes

    def __call__(self, address=None, **changes):
        """Return what the figure computes there."""
        values = json.dumps(self.values(address, **changes))
        return json.loads(self.racer.eval(f"JSON.stringify(run({values}))"))


@pytest.fixture(scope="module")
def race(page):
    return Shown(page["raced"])


@pytest.fixture(scope="module")
def one(page):
    return Shown(page["stepped"])


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("who", range(10))
def test_the_race_is_descend(page, race, place, who):
    method = list(page["methods"].values())[who]
    problem = list(page["landscapes"].values())[place](30.0, np.radians(35))
    alpha, start = 0.0005 if place == 2 else 0.02, [-1.0, 0.7]
    given = {"beta1": 0.8, "beta": 0.8, "beta2": 0.95}
    rule = method(alpha, **{k: x for k, x in given.items() if k in method.__dataclass_fields__})
    right = descend(rule, problem.grad, start, 120).theta
    shown = race(
        place=place, kappa=30, degrees=35, start=start, t=120,
        who_A=who, alpha_A=alpha, beta1_A=0.8, beta2_A=0.95,
    )  # fmt: skip
    np.testing.assert_allclose(shown["path_A"], right.T, rtol=1e-8, atol=1e-11)
    above = problem.value(right) - problem.value(problem.minimum)
    np.testing.assert_allclose(shown["loss_A"][1], above, rtol=1e-6, atol=1e-12)
    assert shown["at_A"] == shown["loss_A"][1][-1]


def test_every_point_of_a_ring_has_the_loss_of_the_ring(race):
    xs, ys = (np.array(part, float) for part in race(kappa=30, degrees=35)["rings"])
    loss = valley(30.0, np.radians(35)).value(np.stack([xs, ys], axis=-1))
    rings = np.split(loss, np.flatnonzero(np.isnan(loss)))
    levels = [ring[~np.isnan(ring)] for ring in rings if not np.isnan(ring).all()]
    assert len(levels) == 6
    for level in levels:
        np.testing.assert_allclose(level, level[0], rtol=1e-9)


@pytest.mark.parametrize("place", range(5))
def test_rings_are_drawn_round_bowl_and_valley_only(race, place):
    drawn = np.isfinite(np.array(race(place=place)["rings"], float)).any()
    assert drawn == (place < 2)


def test_all_lanes_meet_the_same_noise_and_another_draw_is_another(race):
    same = {"who_A": 0, "who_B": 0, "alpha_A": 0.02, "alpha_B": 0.02, "sigma": 1.0}
    first, other = race(**same, draw=1), race(**same, draw=2)
    assert first["path_A"] == first["path_B"] != other["path_A"]
    assert race(**same | {"sigma": 0}, draw=1)["path_A"] == race(**same | {"sigma": 0})["path_A"]


def test_the_lowest_is_named_and_a_run_that_leaves_is_too(race):
    shown = race()
    losses = {lane: shown[f"at_{lane}"] for lane in "ABC"}
    assert shown["first"][0] == min(losses, key=losses.get)
    assert race(who_A=0, alpha_A=10, t=3)["fate_A"] == " A diverges."
    assert race(who_A=6, alpha_A=10, t=1)["fate_A"] == " A has left the picture."
    nobody = dict.fromkeys(("who_A", "who_B", "who_C"), 10)
    assert race(**nobody)["first"].startswith("none")


def test_the_lines_of_one_step_are_those_of_adam(one):
    beta1, beta2, alpha = 0.8, 0.95, 0.3
    run = descend(Adam(alpha, beta1, beta2), valley(25).grad, [-4.0, 1.0], 20)
    for k in 0, 1:
        shown = one(which=k, t=20, alpha=alpha, beta1=beta1, beta2=beta2)
        for symbol in "theta", "g", "m", "v", "m_hat", "v_hat":
            right = getattr(run, symbol)[20][k]
            assert shown[symbol] == pytest.approx(right, rel=1e-9), symbol
        for symbol in "theta", "m", "v":
            right = getattr(run, symbol)[19][k]
            assert shown[f"{symbol}_before"] == pytest.approx(right, rel=1e-9)
        s = shown
        assert s["m"] == pytest.approx(beta1 * s["m_before"] + s["rest1"] * s["g"])
        assert s["v"] == pytest.approx(beta2 * s["v_before"] + s["rest2"] * s["g2"])
        assert s["m_hat"] == pytest.approx(s["m"] / s["kept1"])
        assert s["v_hat"] == pytest.approx(s["v"] / s["kept2"])
        assert s["theta"] == pytest.approx(s["theta_before"] - alpha * s["m_hat"] / s["below"])


# What the page promises


def promised(word):
    """Return the address of the link that begins with this word."""
    return re.search(rf'href="\?race=([^"#]*)#race">{word}', WORDS)[1]


def test_momentum_bears_nineteen_times_the_step_size_of_sgd(race):
    address = promised("SGD alone")
    assert race.values(address)["who_A"] == 0
    for who, limit in (0, 2 / 25), (1, 1.9 / 0.1 * 2 / 25):
        below, above = (race(address, who_A=who, alpha_A=x * limit) for x in (0.98, 1.02))
        assert below["at_A"] < below["loss_A"][1][0] < above["at_A"]


def test_adam_leaves_the_ridge_first_and_with_noise_all_do(race):
    address = promised("Three methods")
    assert race.values(address)["start"] == [-2, 0.01]
    shown = race(address, t=200)
    leave = [int((abs(np.array(shown[f"path_{lane}"][1])) > 0.5).argmax()) for lane in "ABC"]
    rules = Adam(0.1), Momentum(0.05), SGD(0.05)
    away = [descend(rule, saddle().grad, [-2, 0.01], 200).theta[:, 1] for rule in rules]
    assert leave == [int((abs(y) > 0.5).argmax()) for y in away]
    assert leave[0] * 10 < leave[2] < leave[1]
    sides = set()
    for draw in range(1, 11):
        noisy = race(address, t=200, sigma=0.1, draw=draw)
        ends = [noisy[f"path_{lane}"][1][-1] for lane in "ABC"]
        assert min(map(abs, ends)) > 0.5
        sides |= set(np.sign(ends))
    assert sides == {-1, 1}


@pytest.mark.parametrize(("alpha", "well"), [(0.05, 1), (0.1, -1), (1, 1), (2, -1)])
def test_where_momentum_ends_swings_with_the_step_size(race, alpha, well):
    shown = race(promised("Momentum starts"), alpha_A=alpha)
    wells = double_well(tilt=0.1, n=2)
    right = descend(Momentum(alpha), wells.grad, [2.0, 0.8], 200).theta[-1]
    assert np.sign(shown["path_A"][0][-1]) == np.sign(right[0]) == well
    assert abs(shown["path_A"][0][-1] - well) < 0.1
    assert wells.value([-1.0, 0.0]) < wells.value([1.0, 0.0])


def test_the_first_step_is_alpha_and_without_beta1_one_is_five(one):
    for k, g in (0, -4), (1, 25):
        shown = one(which=k, t=1)
        assert shown["g"] == g
        assert shown["share"] == pytest.approx(1, rel=1e-8)
    shares = [one(which=1, t=t, beta1=0)["share"] for t in range(1, 101)]
    assert max(shares) > 5
    rest, longest = (one(which=1, t=t, beta1=0) for t in (50, 1 + int(np.argmax(shares))))
    assert abs(rest["g"]) < 0.05
    assert 0.5 / rest["below"] > 2 / 25
    assert abs(longest["g"]) > 5 * longest["below"]
    assert max(one(which=0, t=t, beta1=0)["share"] for t in range(1, 101)) < 1.001


def test_sgd_is_in_the_list_at_the_place_that_the_tests_take_it_from(page):
    assert list(page["methods"].values())[:2] == [SGD, Momentum]
    assert list(page["methods"])[6] == "Adam"
    assert list(page["landscapes"])[2] == "Rosenbrock"
