"""Controls that share a place, points that come to a click, and one function of several."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from py_mini_racer import MiniRacer

from pagefigures import TraceError, choose, live, number, point, trace
from pagefigures.tests.browser import Visit
from pagefigures.tests.page import page


def figure(click=True, tabs=None, **more):
    fig, ax = plt.subplots(figsize=(4.8, 2.4))
    ax.set(xlim=(-2, 2), ylim=(-1, 1))
    (line,) = ax.plot([], [])

    def compute(start, one, two):
        return {"line": ([0.0, start[0]], [0.0, start[1] * one * two]), "x": start[0]}

    return live(
        fig, compute, "x is {x:.2f}.", {"line": line}, name="two",
        tabs={"A": ["one"], "B": ["two"]} if tabs is None else tabs,
        start=point(ax, (1, 0.5), click=click),
        one=number(0, 1, 1, "α"), two=number(0, 1, 1, "α"), **more,
    )  # fmt: skip


@pytest.fixture
def visit(browser, tmp_path):
    """Return a visit to a page with that figure."""
    with Visit(browser, page(tmp_path / "page.html", figure())) as visit:
        yield visit
        assert visit.errors == []


def test_one_group_is_seen_at_a_time_and_nothing_else_moves(visit):
    first, second = visit.page.locator(".pf-panel").all()
    height = visit.page.locator("form").bounding_box()["height"]
    assert first.is_visible()
    assert not second.is_visible()
    visit.page.get_by_role("radio", name="B").check()
    assert second.is_visible()
    assert not first.is_visible()
    assert visit.page.locator("form").bounding_box()["height"] == height
    assert visit.page.get_by_role("group", name="B").get_by_role("slider", name="α").count() == 1


def test_the_point_comes_to_a_click_within_its_room_and_only_if_it_may(visit, browser, tmp_path):
    with Visit(browser, page(tmp_path / "still.html", figure(click=False))) as still:
        for one, said in (visit, "x is 0.00."), (still, "x is 1.00."):
            box = one.page.locator("form > svg").bounding_box()
            axes = 0.125 + (0.9 - 0.125) / 2  # matplotlib's own place for them
            one.page.mouse.click(box["x"] + axes * box["width"], box["y"] + box["height"] / 2)
            one.page.mouse.click(box["x"] + 2, box["y"] + 2)
            one.page.wait_for_timeout(100)
            assert one.page.locator(".pf-says").inner_text() == said


def test_labels_may_be_equal_in_different_places_only():
    with pytest.raises(ValueError, match="same label"):
        figure(tabs={"A": ["one", "two"]})


@pytest.mark.parametrize("tabs", [{"A": ["three"]}, {"A": ["start"]}, {"A": ["one"], "B": ["one"]}])
def test_tabs_name_each_control_under_the_picture_once(tabs):
    with pytest.raises(ValueError, match="tabs"):
        figure(tabs=tabs)


def test_only_the_chosen_function_is_called_and_each_is_written_once():
    functions = [lambda x: x + 1, lambda x: x * x, lambda x: np.sqrt(x)]

    def both(k, x):
        return {"out": choose(k, functions, choose(k, functions, x))}

    program = trace(both, ["k", "x"])
    assert program.count("Math.sqrt") == 1
    for k in range(3):
        there = MiniRacer().eval(f"JSON.stringify(({program})({{k: {k}, x: 5}}))")
        assert json.loads(there) == both(k, 5)


def test_functions_to_choose_from_return_as_much():
    with pytest.raises(TraceError, match="as many"):
        trace(lambda k: {"out": choose(k, [lambda x: x, lambda x: (x, x)], k)}, ["k"])
