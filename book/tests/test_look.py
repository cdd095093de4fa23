"""The look: what every figure of the course has in common."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from adamcore.problems import valley
from book.look import (
    COLOURS,
    INK,
    METHODS,
    WIDTH,
    apart,
    figure,
    landscape,
    log_ticks,
    mark_minimum,
    name,
    path,
    plain,
    round_numbers,
    tie,
    zero_line,
)


@pytest.fixture(autouse=True)
def _style_and_figures_are_left_as_they_were():
    with plt.rc_context():
        yield
    plt.close("all")


def test_every_figure_is_a_phones_column_wide():
    fig, axes = figure(2, 1, height=3.4)
    assert tuple(fig.get_size_inches()) == (WIDTH, 3.4)
    assert len(axes) == 2
    assert not axes[0].spines.top.get_visible()
    assert axes[0].title.get_fontsize() == 11


@pytest.mark.parametrize(("words", "turned"), [("v̂", 0), ("θ₂", 0), ("loss", 90)])
def test_a_letter_at_an_axis_stands_upright(words, turned):
    _, (one, two) = figure(2, 1)
    one.set_ylabel(words)
    two.set(ylabel=words)
    assert [ax.yaxis.label.get_rotation() for ax in (one, two)] == [turned, turned]


def test_no_two_methods_share_colour_or_marker():
    assert len(set(COLOURS.values())) == len({m["marker"] for m in METHODS.values()}) == 4


def test_contours_are_evenly_spaced_in_log_loss():
    _, ax = figure()
    landscape(ax, valley(25).value, (-4, 2), (-1, 1))
    (contours,) = ax.collections
    ratios = np.divide(contours.levels[1:], contours.levels[:-1])
    np.testing.assert_allclose(ratios, ratios[0])
    assert len(contours.levels) == 9
    assert ax.get_xlim() == (-4, 2)
    assert ax.get_ylabel() == "θ₂"


def test_contours_can_be_chosen():
    _, ax = figure()
    landscape(ax, valley(25).value, (-4, 2), (-1, 1), levels=[1, 2, 3])
    assert list(ax.collections[0].levels) == [1, 2, 3]


def test_a_path_wears_its_methods_colour():
    _, ax = figure()
    line = path(ax, "Adam", [[0, 1], [2, 3]], lw=3)
    assert line.get_color() == COLOURS["Adam"]
    assert line.get_marker() == "D"
    assert line.get_linewidth() == 3
    np.testing.assert_array_equal(line.get_xydata(), [[0, 1], [2, 3]])
    assert len(path(ax, "SGD").get_xydata()) == 0


def test_a_name_wears_its_methods_colour():
    _, ax = figure()
    text = name(ax, "momentum", 1, 2, ha="right")
    assert (text.get_text(), text.get_color()) == ("momentum", COLOURS["momentum"])
    assert text.get_position() == (1, 2)
    assert text.get_ha() == "right"


def test_the_minimum_is_a_cross_above_the_paths():
    _, ax = figure()
    cross, line = mark_minimum(ax, valley(25).minimum), path(ax, "SGD", [[0, 0]])
    assert cross.get_marker() == "+"
    assert cross.get_zorder() > line.get_zorder()
    np.testing.assert_array_equal(cross.get_xydata(), [[0, 0]])


def test_bars_stand_on_an_ink_line_at_zero():
    _, ax = figure()
    line = zero_line(ax)
    assert line.get_color() == INK
    assert list(line.get_ydata()) == [0, 0]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (1, "1"),
        (0.0001, "0.0001"),
        (0.7, "0.7"),
        (1000, "1000"),
        (10_000, "10 000"),
        (-2.5, "−2.5"),
        (1e-8, "1e−8"),
        (2.5e-12, "2.5e−12"),
        (1e6, "1e6"),
    ],
)
def test_a_number_is_written_plainly(number, words):
    assert plain(number) == words


@pytest.mark.parametrize("side", ["x", "y"])
def test_log_ticks_are_these_and_no_others(side):
    fig, ax = figure()
    axis = getattr(ax, f"{side}axis")
    log_ticks(ax, **{side: [0.01, 1, 100]})
    fig.canvas.draw()
    assert axis.get_scale() == "log"
    assert [label.get_text() for label in axis.get_ticklabels()] == ["0.01", "1", "100"]
    assert len(axis.get_minorticklocs()) == 0
    other = ax.yaxis if side == "x" else ax.xaxis
    assert other.get_scale() == "linear"


def test_a_log_axis_has_no_zero():
    _, ax = figure()
    with pytest.raises(ValueError, match="above 0, got"):
        log_ticks(ax, x=[0, 1])


def test_round_numbers_are_exactly_those_a_person_would_type():
    assert round_numbers(0.01, 10) == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    assert round_numbers(0.03, 1, (1, 1.5, 3)) == [0.03, 0.1, 0.15, 0.3, 1]
    with pytest.raises(ValueError, match="at most high"):
        round_numbers(1, 0.1)
    with pytest.raises(ValueError, match="above 0"):
        round_numbers(0, 1)


def test_labels_that_are_apart_stay():
    np.testing.assert_array_equal(apart([3, 0, 1.5], 1), [3, 0, 1.5])
    assert apart([], 1).shape == (0,)


def test_labels_that_touch_make_room_for_each_other():
    np.testing.assert_allclose(apart([0, 0.5], 1), [-0.25, 0.75])
    np.testing.assert_allclose(apart([0.5, 0], 1), [0.75, -0.25])
    np.testing.assert_allclose(apart([1, 1, 1], 1), [0, 1, 2])


def test_labels_keep_gap_and_order_and_move_least():
    rng = np.random.default_rng(0)
    for _ in range(200):
        places = rng.normal(size=6)
        moved = apart(places, 0.5)
        order = np.argsort(places)
        assert np.diff(moved[order]).min() > 0.5 - 1e-12
        # No other legal arrangement is nearer: the objective is convex, so trying small steps
        # towards random legal ones is enough.
        other = moved[order] + np.sort(rng.normal(size=6)) * 1e-3
        assert np.sum((moved - places) ** 2) <= np.sum((other - places[order]) ** 2) + 1e-12


def test_on_a_log_axis_the_gap_counts_decades():
    moved = apart([1, 2, 1000], 1, log=True)
    np.testing.assert_allclose(moved[1] / moved[0], 10)
    np.testing.assert_allclose(moved[:2].prod(), 2)
    np.testing.assert_allclose(moved[2], 1000)


def test_no_line_break_parts_a_number_from_its_sign_or_unit():
    assert tie("a = 1") == "a\xa0=\xa01"
    assert tie("5 % of 3 α") == "5\xa0% of 3\xa0α"
