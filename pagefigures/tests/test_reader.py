"""What a reader gets, by mouse, touch and keys, in Chromium and in Firefox."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import matplotlib.pyplot as plt
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pagefigures import (
    choice,
    explore,
    live,
    number,
    picture,
    point,
    predict,
    scan,
    slider,
    steps,
    switch,
    tape,
    turn,
    where,
)
from pagefigures.sphinx import STATIC
from pagefigures.tests.browser import InParts, Visit
from pagefigures.tests.page import page as write_page
from pagefigures.tests.test_explore import make_scene

PHONE, DESK = 390, 1366
LEAST = 24  # pixels of a finger's target
BARS = 8


def make_hero():
    """Return a figure with a point to drag, and a control of every kind."""
    fig, ax = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
    ax.set(xlim=(-5, 5), ylim=(-2, 2), title="Drag the start")
    (path,) = ax.plot([], [], "o-", color="#d55e00", ms=3)
    ax.text(-4.8, -1.8, "loss {loss:.2g}")
    left = ax.text(0, -1.8, "It leaves the picture.")

    def compute(alpha, t, start, method, noise):
        def step(theta, _):
            x, y = theta
            y = y - alpha * where(method > 0, 2, 1) * 3 * y
            return (x - alpha * x, y), (x - alpha * x, y)

        (x, y), way = scan(step, (start[0], start[1]), t, first=(start[0], start[1]))
        return {
            "path": way, "left": abs(y) > 2, "x0": start[0], "y0": start[1],
            "loss": (x * x + 3 * y * y) / 2, "noisy": where(noise > 0, "noise", "no noise"),
        }  # fmt: skip

    return live(
        fig, compute,
        "From {x0:.2f}, {y0:.2f} {method} with α = {alpha:.3g}, {noisy}, {loss:.2g} at {t:d}.",
        {"path": path, "left": left}, name="hero",
        alpha=number(0.001, 1, 0.1, "step size α", log=True), t=steps(20, start=20, interval=20),
        start=point(ax, (-4, 1), "start", then="t"),
        method=choice(["once", "twice"], "method"), noise=switch("noise"),
    )  # fmt: skip


def make_turned():
    """Return a figure with a handle that turns."""
    fig, ax = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
    ax.set(xlim=(-2.4, 2.4), ylim=(-1.4, 1.4), aspect="equal")
    (arm,) = ax.plot([], [], color="#0072b2")

    def compute(angle):
        return {
            "arm": ([0 * angle, np.cos(angle)], [0 * angle, np.sin(angle)]),
            "degrees": angle * 180 / np.pi,
        }

    handle = turn(ax, 0.0, "angle", radius=1, low=-np.pi / 2, high=np.pi / 2, step=np.pi / 36)
    return live(fig, compute, "Turned by {degrees:d}°.", {"arm": arm}, name="turned", angle=handle)


def make_tape():
    """Return a figure with bars to draw, and a best score."""
    fig, ax = plt.subplots(figsize=(4.8, 2.4), layout="constrained")
    ax.set(xlim=(0.4, BARS + 0.6), ylim=(-10, 10))
    bars = ax.bar(range(1, BARS + 1), [0] * BARS, color="0.6")

    def compute(g):
        total, _ = scan(lambda s, x: (s + x, None), 0.0, g)
        most, _ = scan(lambda s, x: (np.maximum(s, x), None), -10.0, g)
        return {"bars": scan(lambda s, x: (s, x), 0.0, g)[1], "total": total, "most": most}

    return live(
        fig, compute, "The sum is {total:d}, the most {most:d}, at best {best_total:d}.",
        {"bars": bars}, record=["total"], name="drawn-tape",
        g=tape(ax, [0] * BARS, "gradient", low=-10, high=10),
    )  # fmt: skip


def make_all():
    """Return one figure of each kind."""
    fig, line, update = make_scene()
    alphas = slider([0.5, 1, 1.5], label="step size α")
    drawn = explore(fig, line, update, run=line, name="drawn", alpha=alphas, t=[5, 10])
    timed = explore(
        fig, line, lambda t, corrected, method: update(1, t, method, corrected), name="timed",
        t=steps(12, interval=20), corrected=switch("correction"),
        method=choice({f"method {n}": n for n in range(6)}),
    )  # fmt: skip
    revealed = explore(fig, line, update, name="revealed", alpha=[0.5, 1])
    replies = {"yes": "Too far.", "no": "Indeed."}
    asked = predict("Does it stay?", ["yes", "no"], "no", replies, revealed)
    still = picture(fig, "A line falls.")
    return [make_hero(), drawn, timed, asked, make_turned(), make_tape(), still]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the address of a page with all figures."""
    return write_page(tmp_path_factory.mktemp("page") / "figures.html", *make_all())


@pytest.fixture(params=["browser", "firefox"])
def either(request):
    """Return Chromium, then Firefox."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def reader(address):
    """Return a function that opens the page; at the end nothing may have gone to the console."""
    visits = []

    def open_(browser, query="", **context):
        visits.append(Visit(browser, address + query, **context))
        page = visits[-1].page
        page.wait_for_selector("form.pf-on")
        return page

    yield open_
    for visit in visits:
        visit.context.close()
        assert visit.errors == []


def svg(page, name):
    return page.locator(f"#{name} > svg")


def said(page, name):
    return svg(page, name).get_attribute("aria-label")


def says(page, name, *words):
    """Wait until the figure says these words, as its name and under it."""
    pattern = re.compile(".*".join(map(re.escape, words)))
    expect(svg(page, name)).to_have_attribute("aria-label", pattern)
    expect(page.locator(f"#{name} .pf-says")).to_have_text(pattern)


def starts_near(page, x, y):
    """Wait until the hero says that it starts at a point, give or take a pixel of the screen."""
    expect(svg(page, "hero")).not_to_have_attribute("aria-label", re.compile("From −4.00, 1.00"))
    found = re.match(r"From (\S+), (\S+) ", said(page, "hero").replace("−", "-")).groups()
    assert [float(number) for number in found] == pytest.approx([x, y], abs=0.05)


def slider_of(page, name, label):
    return page.locator(f"#{name}").get_by_role("slider", name=label, exact=True)


def middle(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def in_axes(page, name, x, y, axes):
    """Return where on the screen a point of the axes is: the script's own places, turned round."""
    return page.evaluate(
        """([name, control, x, y]) => {
            const form = document.getElementById(name), svg = form.querySelector("svg");
            const spec = JSON.parse(form.dataset.controls).find((one) => one.name === control);
            const at = new DOMPoint(spec.x[0] + spec.x[1] * x, spec.y[0] + spec.y[1] * y);
            const there = at.matrixTransform(svg.getScreenCTM());
            return [there.x, there.y];
        }""",
        [name, axes, x, y],
    )


def drag(page, way):
    """Drag with the mouse along points of the screen."""
    page.mouse.move(*way[0])
    page.mouse.down()
    for at in way[1:]:
        page.mouse.move(*at, steps=4)
    page.mouse.up()


class Finger:
    """A finger on a phone, by Chromium's own protocol."""

    def __init__(self, page):
        self.page, self.session = page, page.context.new_cdp_session(page)

    def send(self, kind, *at):
        """Touch, move or let go."""
        points = [{"x": at[0], "y": at[1]}] if at else []
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, start, end, n=8):
        """Touch at the start, and let go at the end."""
        self.send("touchStart", *start)
        for k in range(1, n + 1):
            at = [a + (b - a) * k / n for a, b in zip(start, end, strict=True)]
            self.send("touchMove", *at)
            self.page.wait_for_timeout(16)
        self.send("touchEnd")
        self.page.wait_for_timeout(50)


each_width = pytest.mark.parametrize("width", [PHONE, DESK])


# By mouse.


@each_width
def test_every_control_answers_the_mouse(reader, either, width):
    page = reader(either, width=width)
    bar = slider_of(page, "drawn", "step size α")
    says(page, "drawn", "α = 0.5, t = 5, SGD")
    bar.click(position={"x": bar.bounding_box()["width"] - 3, "y": 10})
    says(page, "drawn", "α = 1.5, t = 5, SGD")
    page.get_by_role("switch", name="correction").click()
    says(page, "timed", "α = 1, t = 0, 0, True.")
    page.locator("#timed").get_by_label("method").select_option(index=5)
    says(page, "timed", "α = 1, t = 0, 5, True.")
    page.locator("#hero").get_by_role("radio", name="twice").check()
    says(page, "hero", "From −4.00, 1.00 twice with α = 0.1, no noise")
    page.get_by_role("switch", name="noise").click()
    says(page, "hero", "twice", "0.1, noise")
    bar = slider_of(page, "hero", "step size α")
    bar.click(position={"x": 2, "y": 10})
    says(page, "hero", "α = 0.001")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@each_width
def test_play_runs_to_the_end_and_steps_are_single(reader, either, width):
    page = reader(either, width=width)
    form = page.locator("#timed")
    play = form.get_by_role("button", name="play t")
    play.click()
    says(page, "timed", "t = 12,")
    expect(play).to_have_attribute("aria-pressed", "false")
    form.get_by_role("button", name="t: one back").click()
    says(page, "timed", "t = 11,")
    for _ in range(3):
        form.get_by_role("button", name="t: one on").click()
    says(page, "timed", "t = 12,")
    form.get_by_role("button", name="back to the first state").click()
    says(page, "timed", "t = 0,")


@each_width
def test_a_point_follows_the_mouse_and_is_followed_by_the_path(reader, either, width):
    page = reader(either, width=width)
    handle = slider_of(page, "hero", "start")
    drag(page, [middle(handle), in_axes(page, "hero", 3, -1, "start")])
    starts_near(page, 3, -1)
    x, y = middle(handle)
    there = in_axes(page, "hero", 3, -1, "start")
    assert abs(x - there[0]) < 4
    assert abs(y - there[1]) < 4
    first = page.locator("#hero .pf-line").get_attribute("d").split("L")[0]
    assert handle.get_attribute("transform") == f"translate({first[1:]})"


def test_letting_a_point_go_plays_the_run(reader, either):
    page = reader(either)
    drag(page, [middle(slider_of(page, "hero", "start")), in_axes(page, "hero", 3, -1, "start")])
    expect(page.locator("#hero .pf-play")).to_have_attribute("aria-pressed", "true")
    says(page, "hero", "From ", " at 20.")
    starts_near(page, 3, -1)


def test_a_point_does_not_leave_its_room(reader, either):
    page = reader(either)
    x, y = middle(slider_of(page, "hero", "start"))
    drag(page, [(x, y), (2, 2)])
    says(page, "hero", "From −5.00, 2.00")  # the corner of the axes; the picture goes on


@each_width
def test_a_handle_turns_in_steps(reader, either, width):
    page = reader(either, width=width)
    drag(page, [middle(slider_of(page, "turned", "angle")), in_axes(page, "turned", 1, 1, "angle")])
    says(page, "turned", "Turned by 45°.")
    drag(
        page, [middle(slider_of(page, "turned", "angle")), in_axes(page, "turned", 0.1, 1, "angle")]
    )
    says(page, "turned", "Turned by 85°.")
    drag(
        page, [middle(slider_of(page, "turned", "angle")), in_axes(page, "turned", -1, -1, "angle")]
    )
    says(page, "turned", "Turned by")
    assert abs(float(re.search(r"[−\d]+", said(page, "turned"))[0].replace("−", "-"))) <= 90


@each_width
def test_a_sweep_over_the_tape_draws_every_bar(reader, either, width):
    page = reader(either, width=width)
    page.locator("#drawn-tape").scroll_into_view_if_needed()
    at = [in_axes(page, "drawn-tape", k, 8 - k, "g") for k in (1, BARS)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])  # at once: a fast hand is seen at two places only
    page.mouse.up()
    heights = [int(float(bar.get_attribute("aria-valuenow"))) for bar in bars(page)]
    assert heights == [7, 6, 5, 4, 3, 2, 1, 0]
    says(page, "drawn-tape", "The sum is 28, the most 7, at best 28.")
    slider_of(page, "drawn-tape", "gradient 1").press("Delete")
    says(page, "drawn-tape", "The sum is 21, the most 6, at best 28.")


def bars(page):
    return page.locator("#drawn-tape [role=slider]").all()


def test_a_double_click_and_the_button_bring_back_the_first_state(reader, either):
    page = reader(either)
    first = said(page, "hero")
    handle, back = slider_of(page, "hero", "start"), page.locator("#hero .pf-back")
    expect(back).to_be_hidden()
    handle.press("ArrowRight")
    says(page, "hero", "From −3.90")
    expect(back).to_be_visible()
    if either.browser_type.name == "firefox":  # whose driver has no double clicks, only clicks
        handle.dispatch_event("dblclick")
    else:
        handle.dblclick()
    says(page, "hero", first)
    expect(back).to_be_hidden()
    slider_of(page, "hero", "step size α").press("End")
    says(page, "hero", "α = 1,")
    back.click()
    says(page, "hero", first)
    says(page, "drawn", "α = 0.5")


# By keys.


@each_width
def test_every_control_answers_the_keys(reader, either, width):
    page = reader(either, width=width)
    slider_of(page, "drawn", "step size α").press("ArrowRight")
    says(page, "drawn", "α = 1, t = 5")
    slider_of(page, "drawn", "t").press("End")
    says(page, "drawn", "α = 1, t = 10")
    page.get_by_role("switch", name="correction").press("Space")
    says(page, "timed", "True.")
    page.locator("#timed").get_by_label("method").press("ArrowDown")
    says(page, "timed", "α = 1, t = 0, 1, True.")
    page.locator("#hero").get_by_role("radio", name="once").press("ArrowRight")
    says(page, "hero", "twice")
    page.get_by_role("button", name="play t").nth(1).press("Enter")
    says(page, "timed", "t = 12,")
    handle = slider_of(page, "hero", "start")
    for key, words in [
        ("ArrowRight", "From −3.90, 1.00"), ("ArrowUp", "From −3.90, 1.04"),
        ("Shift+ArrowLeft", "From −4.90, 1.04"), ("Shift+ArrowDown", "From −4.90, 0.64"),
    ]:  # fmt: skip
        handle.press(key)
        says(page, "hero", words)
    assert handle.get_attribute("aria-valuetext") == "θ₁ −4.90, θ₂ 0.64"
    handle = slider_of(page, "turned", "angle")
    for key, words in [("ArrowUp", "by 5°"), ("End", "by 90°"), ("Home", "by −90°")]:
        handle.press(key)
        says(page, "turned", words)
    page.locator("#drawn-tape [role=slider]").first.press("ArrowUp")
    for key, words in [
        ("ArrowRight", "sum is 1,"), ("End", "sum is 11, the most 10"), ("Home", "sum is −9"),
        ("Delete", "sum is 1, the most 1, at best 11."),
    ]:  # fmt: skip
        page.keyboard.press(key)
        says(page, "drawn-tape", words)
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "gradient 2"


def test_what_has_the_focus_is_seen(reader, either):
    page = reader(either)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const one = document.activeElement, form = one.closest("form");
                    if (!form) return null;
                    const style = (one) => { const s = getComputedStyle(one);
                        return [s.outlineStyle, s.outlineWidth, s.strokeWidth, s.fill].join(); };
                    const parts = [one, one.parentElement, ...one.querySelectorAll("*")];
                    const now = parts.map(style).join("|");
                    one.blur();
                    const then = parts.map(style).join("|");
                    one.focus();
                    return [one.getAttribute("aria-label") || one.name || one.type, now !== then];
                }"""
            )
        )
        if page.evaluate("document.activeElement === document.body"):
            break  # all have had it
    inside = [one for one in seen if one]
    assert len(inside) >= 20
    assert [name for name, changes in inside if not changes] == []


def test_keys_stay_with_the_control_that_has_the_focus(reader, either):
    page = reader(either)
    page.evaluate(
        "addEventListener('keydown', ({key}) => (window.heard = (window.heard ?? '') + key))"
    )
    slider_of(page, "drawn", "step size α").press("b")
    page.get_by_role("button", name="yes").press("b")
    assert page.evaluate("window.heard ?? ''") == ""
    slider_of(page, "drawn", "step size α").press("Escape")
    assert page.evaluate("window.heard") == "Escape"


# By touch.


@pytest.fixture
def phone(reader, browser):
    """Return the page on a phone, and a finger."""
    page = reader(browser, width=PHONE, has_touch=True, is_mobile=True)
    return page, Finger(page)


def test_a_finger_drags_what_can_be_dragged_and_the_page_stays(phone):
    page, finger = phone
    for name, label, control, to, words in [
        ("hero", "start", "start", (3, -1), "From 3.0"),
        ("turned", "angle", "angle", (0.1, 1), "Turned by 85°."),
        ("drawn-tape", "gradient 3", "g", (3, 9), "the most 9"),
    ]:
        page.locator(f"#{name}").scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        start = middle(slider_of(page, name, label))
        finger.drag(start, in_axes(page, name, *to, control))
        says(page, name, words)
        assert page.evaluate("scrollY") == before


def test_a_finger_sweeps_over_the_tape(phone):
    page, finger = phone
    page.locator("#drawn-tape").scroll_into_view_if_needed()
    at = [in_axes(page, "drawn-tape", k, 5, "g") for k in (1, BARS)]
    finger.drag(*at, n=3)
    says(page, "drawn-tape", f"The sum is {5 * BARS}, the most 5")


@pytest.mark.parametrize("name", ["hero", "drawn", "turned"])
def test_a_swipe_beside_what_can_be_dragged_scrolls_the_page(phone, name):
    page, finger = phone
    page.locator(f"#{name}").scroll_into_view_if_needed()
    before, words = page.evaluate("scrollY"), said(page, name)
    box = svg(page, name).bounding_box()
    x, y = box["x"] + 0.7 * box["width"], box["y"] + 0.75 * box["height"]
    finger.drag((x, y), (x, y - 200))
    assert page.evaluate("scrollY") > before + 100
    assert said(page, name) == words


def test_controls_answer_a_tap(phone):
    page, _ = phone
    page.get_by_role("switch", name="correction").tap()
    says(page, "timed", "True.")
    page.locator("#timed .pf-by").last.tap()
    says(page, "timed", "t = 1,")
    page.locator("#hero label", has_text="twice").tap()
    says(page, "hero", "twice")
    box = slider_of(page, "drawn", "step size α").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    says(page, "drawn", "α = 1.5")


def test_a_finger_finds_every_target(phone):
    page, _ = phone
    page.locator("#hero .pf-back").evaluate("back => (back.hidden = false)")
    small = page.evaluate(
        """least => [...document.querySelectorAll(
            "form :is(button, select, input:not([type=radio], [type=checkbox])),"
            + ".pf-choices label, .pf-switch, [role=slider]")]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.getAttribute("aria-label") || one.className || one.textContent,
                one.getBoundingClientRect()])
            .filter(([, {width, height}]) => width < least || height < least)
            .map(([name, {width, height}]) => `${name}: ${width} x ${height}`)""",
        LEAST,
    )
    assert small == []


# Typed.


@each_width
def test_a_value_is_typed_as_well_as_set(reader, either, width):
    page = reader(either, width=width)
    field = page.get_by_label("step size α, as a number")
    assert field.input_value() == "0.1"
    for typed in ("0.25", "0,25", "2.5e-1", " 0.25 ", "2.5·10^-1", "2.5*10^-1"):
        field.fill("0.5")
        field.press("Enter")
        says(page, "hero", "α = 0.5,")
        field.fill(typed)
        field.press("Enter")
        says(page, "hero", "α = 0.25")
    bar = slider_of(page, "hero", "step size α")
    assert bar.get_attribute("aria-valuetext") == "0.25"
    assert int(bar.input_value()) == round(400 * (np.log10(0.25) + 3) / 3)
    bar.press("Home")
    expect(field).to_have_value("0.001")
    field.fill("0.0123456")  # finer than the bar
    field.press("Enter")
    says(page, "hero", "α = 0.0123")
    assert "ALPHA" not in page.url


@each_width
def test_a_value_out_of_range_is_refused_in_words_and_nothing_is_lost(reader, either, width):
    page = reader(either, width=width)
    field, wrong = page.get_by_label("step size α, as a number"), page.locator("#hero .pf-wrong")
    before = said(page, "hero")
    for typed, words in [("2", "2 is out of range: 0.001 to 1"), ("-1", "-1 is out of range"),
                         ("1e999", "1e999 is out of range: 0.001 to 1"), ("", "nothing is not a"),
                         ("much", "much is not a number: 0.001 to 1")]:  # fmt: skip
        field.fill(typed)
        field.press("Enter")
        expect(wrong).to_contain_text(words)
        expect(wrong).to_be_visible()
        assert field.get_attribute("aria-invalid") is not None
        assert field.input_value() == typed
        assert said(page, "hero") == before
    field.fill("0.2")
    field.press("Enter")
    expect(wrong).to_be_hidden()
    says(page, "hero", "α = 0.2")


def retyped(field, words):
    """Type by hand, key by key, and go on to the next control."""
    field.press("Control+a")
    field.press_sequentially(words)
    field.press("Tab")


@each_width
def test_what_was_refused_stays_with_its_reason_until_it_is_mended(reader, either, width):
    page = reader(either, width=width)
    field, wrong = page.get_by_label("step size α, as a number"), page.locator("#hero .pf-wrong")
    for mend in (
        lambda: slider_of(page, "hero", "step size α").press("Home"),
        lambda: page.locator("#hero .pf-back").click(),
        lambda: retyped(field, "0.3"),
    ):
        slider_of(page, "hero", "start").press("ArrowRight")
        retyped(field, "7")  # the hand goes on, and the words stay beside the field
        slider_of(page, "hero", "start").press("ArrowUp")
        says(page, "hero", "From −3.")
        expect(wrong).to_have_text("7 is out of range: 0.001 to 1")
        expect(field).to_have_value("7")
        mend()
        expect(wrong).to_be_hidden()
        expect(field).not_to_have_value("7")
        assert field.get_attribute("aria-invalid") is None


def test_the_ends_of_a_range_can_be_typed_as_they_are_written(browser, firefox, tmp_path):
    fig, ax = plt.subplots(figsize=(4.8, 2))
    (line,) = ax.plot([], [])
    shown = live(
        fig, lambda third: {"line": ([0, third], [0, 1])}, "It is {third:.6f}.", {"line": line},
        name="thirds", third=number(1 / 3, 2 / 3, 0.5, "third"),
    )  # fmt: skip
    address = write_page(tmp_path / "thirds.html", shown)
    for engine in (browser, firefox):
        with Visit(engine, address) as visit:
            field = visit.page.get_by_label("third, as a number")
            for typed, words in ("0.333", "It is 0.333333."), ("0.667", "It is 0.666667."):
                field.fill(typed)
                field.press("Enter")
                says(visit.page, "thirds", words)
            field.fill("0.332")
            field.press("Enter")
            expect(visit.page.locator(".pf-wrong")).to_have_text(
                "0.332 is out of range: 0.333 to 0.667"
            )


# What stays.


def test_the_address_keeps_the_state_by_the_figures_name(reader, either):
    page = reader(either)
    slider_of(page, "drawn", "step size α").press("End")
    page.wait_for_url("**?drawn=2_0")
    slider_of(page, "hero", "start").press("ArrowRight")
    page.wait_for_url(lambda url: "drawn=2_0" in url and "hero=0.1_20_-3.9*1_0_0" in url)
    shared = page.url.partition("?")[2]
    slider_of(page, "drawn", "step size α").press("Home")
    page.wait_for_url(lambda url: "drawn" not in url.partition("?")[2])
    again = reader(either, "?" + shared)
    says(again, "drawn", "α = 1.5, t = 5")
    says(again, "hero", "From −3.90, 1.00")
    expect(again.locator("#hero .pf-back")).to_be_visible()


@pytest.mark.parametrize(
    "query",
    ["?drawn=99_-4", "?drawn=x", "?drawn=", "?hero=1_2_3_4_5_6_7", "?hero=9e9_-1_1e99*-1e99",
     "?hero=1_1_7", "?drawn-tape=1*2*3", "?drawn-tape=5", "?turned=NaN", "?timed=1.5_7_2",
     "?nothing=1", "?hero=%22%3E"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_breaks_nothing(reader, browser, query):
    page = reader(browser, query)
    page.wait_for_timeout(100)
    slider_of(page, "drawn", "step size α").press("Home")
    says(page, "drawn", "α = 0.5")
    slider_of(page, "hero", "start").press("ArrowRight")
    assert "no number" not in said(page, "hero")
    slider_of(page, "drawn-tape", "gradient 1").press("Home")
    says(page, "drawn-tape", "The sum is")


def test_the_sentence_is_read_out_once_the_reader_has_stopped(reader, either):
    page = reader(either)
    status = page.locator("#drawn [role=status]")
    page.wait_for_timeout(900)
    assert status.text_content() == ""
    slider_of(page, "drawn", "step size α").press("ArrowRight")
    assert status.text_content() == ""
    says(page, "drawn", "α = 1,")
    expect(status).to_have_text(said(page, "drawn"))
    at = middle(slider_of(page, "hero", "start"))
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 30, at[1])
    page.wait_for_timeout(1000)  # longer than it takes, but the hand holds on
    assert page.locator("#hero [role=status]").text_content() == ""
    page.mouse.up()
    expect(page.locator("#hero [role=status]")).to_contain_text("at 20.")


@pytest.mark.parametrize("width", [320, 390, 800])
def test_nothing_jumps(reader, browser, width):
    page = reader(browser, width=width)
    heights = "[...document.querySelectorAll('form, main')].map(one => one.offsetHeight).join()"
    before = page.evaluate(heights)
    for name, label in [("drawn", "step size α"), ("hero", "step size α"), ("hero", "start"),
                        ("turned", "angle"), ("drawn-tape", "gradient 1")]:  # fmt: skip
        for key in ("ArrowRight", "End", "Home", "ArrowUp"):
            slider_of(page, name, label).press(key)
            page.wait_for_timeout(40)
            assert page.evaluate(heights) == before, (name, label, key)


def test_what_is_asked_of_a_figure_waits_for_the_last_of_its_data(either, address):
    """The page stops in the midst of the data for a while, and the address sets the figure."""
    text = Path(unquote(urlsplit(address).path)).read_text("utf8")
    script = (STATIC / "pagefigures.js").read_text("utf8")
    text = re.sub("<link[^>]*>", "<link rel=icon href=data:,>", text)
    text = re.sub("<script async[^>]*>", lambda _: f"<script>{script}", text)
    head, data = text.split('id="hero-data"')
    parts = [f'{head}id="hero-data"{data[:400]}'.encode(), data[400:].encode()]
    with InParts(*parts) as slow, Visit(either, slow + "?hero=0.25") as visit:
        says(visit.page, "hero", "α = 0.25")
        assert visit.errors == []


def test_figures_do_not_disturb_each_other(reader, either):
    page = reader(either)
    others = "[...document.querySelectorAll('form:not(#drawn)')].map(one => one.outerHTML).join()"
    before = page.evaluate(others)
    slider_of(page, "drawn", "step size α").press("End")
    says(page, "drawn", "α = 1.5")
    assert page.evaluate(others) == before
    assert page.evaluate("document.querySelectorAll('form svg [id]').length") == 0


def test_the_same_figure_stands_twice_on_a_page(browser, tmp_path):
    fig, line, update = make_scene()
    shown = explore(fig, line, update, name="way", alpha=[0.5, 1])
    asked = predict("Does it?", ["yes", "no"], "no", "It cannot.", shown)
    hero = make_hero()
    with Visit(
        browser, write_page(tmp_path / "twice.html", shown, shown, asked, hero, hero)
    ) as visit:
        page = visit.page
        page.get_by_role("button", name="yes").click()
        for name, others in [("way", ("way-2", "way-3")), ("way-3", ("way-2",))]:
            slider_of(page, name, "alpha").press("End")
            says(page, name, "α = 1,")
            for other in others:
                assert "α = 0.5" in said(page, other)
        slider_of(page, "hero-2", "start").press("ArrowRight")
        says(page, "hero-2", "From −3.90")
        says(page, "hero", "From −4.00")
        assert visit.errors == []


# Questions.


def test_a_question_shows_nothing_before_the_answer_and_the_reason_after(reader, either):
    page = reader(either)
    asked = page.locator(".predict")
    expect(svg(page, "revealed")).to_be_hidden()
    expect(asked.locator("summary")).to_be_hidden()
    yes, no = asked.get_by_role("button", name="yes"), asked.get_by_role("button", name="no")
    yes.click()
    expect(asked.locator(".pf-reply:visible")).to_have_text(
        "✗ You said “yes”. What happens: “no”. Too far."
    )
    assert (yes.get_attribute("aria-pressed"), no.get_attribute("aria-pressed")) == (
        "true",
        "false",
    )
    expect(asked.locator(".pf-asks [role=status]")).to_contain_text("Too far.")
    no.press("Enter")
    expect(asked.locator(".pf-reply:visible")).to_have_text(
        "✓ You said “no”, and so it is. Indeed."
    )
    asked.get_by_role("slider").press("ArrowRight")
    says(page, "revealed", "α = 1,")


# What is seen.


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(reader, browser, theme):
    page = reader(browser, width=PHONE, theme=theme)
    page.get_by_role("button", name="yes").click()
    page.get_by_label("step size α, as a number").fill("7")
    page.keyboard.press("Enter")
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [
        (rule["id"], [node["target"] for node in rule["nodes"]][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ] == []


def test_the_picture_takes_the_colours_of_the_page(reader, browser):
    inks = set()
    for theme in ("light", "dark"):
        page = reader(browser, theme=theme)
        text = svg(page, "drawn").locator("text").first
        inks.add(text.evaluate("text => getComputedStyle(text).fill"))
    assert inks == {"rgb(34, 34, 34)", "rgb(238, 238, 238)"}


def test_no_text_is_below_ten_pixels_on_a_phone(reader, either):
    page = reader(either, width=PHONE)
    sizes = page.evaluate(
        """[...document.querySelectorAll("svg text")].filter((text) => text.checkVisibility())
            .map((text) => [parseFloat(getComputedStyle(text).fontSize), text.getScreenCTM()])
            .map(([size, {a, b}]) => size * Math.hypot(a, b))"""
    )
    assert len(sizes) > 20
    assert min(sizes) >= 10


def test_the_ball_runs_unless_motion_is_unwelcome(reader, browser):
    for motion, name in [("no-preference", "pf-run"), ("reduce", "none")]:
        page = reader(browser, reduced_motion=motion)
        slider_of(page, "drawn", "step size α").press("ArrowRight")
        ball = page.locator("#drawn .pf-run")
        assert ball.evaluate("ball => getComputedStyle(ball).animationName") == name
        assert ball.evaluate("ball => ball.getBoundingClientRect().width") > 5


def test_no_run_is_played_when_motion_is_unwelcome(reader, browser):
    page = reader(browser, reduced_motion="reduce")
    drag(page, [middle(slider_of(page, "hero", "start")), in_axes(page, "hero", 3, -1, "start")])
    assert page.locator("#hero .pf-play").get_attribute("aria-pressed") == "false"
    says(page, "hero", "From ", "at 20.")
    starts_near(page, 3, -1)


def test_without_scripts_pictures_and_sentences_stand_and_answers_unfold(browser, address):
    with Visit(browser, address, width=PHONE, java_script_enabled=False) as visit:
        page = visit.page
        for name in ("hero", "drawn", "timed", "turned", "drawn-tape"):
            expect(svg(page, name)).to_be_visible()
            expect(page.locator(f"#{name} .pf-says")).to_be_visible()
            expect(page.locator(f"#{name} input, #{name} button")).to_have_count(
                page.locator(f"#{name} input, #{name} button").count()
            )
            for control in page.locator(f"#{name} :is(input, button, select)").all():
                expect(control).to_be_hidden()
        page.locator(".predict summary").click()
        expect(page.locator(".predict .pf-reply:visible")).to_have_text(
            "✓ You said “no”, and so it is. Indeed."
        )
        assert visit.errors == []


def test_print_shows_the_chosen_state_without_what_only_a_hand_can_use(reader, browser):
    page = reader(browser)
    slider_of(page, "drawn", "step size α").press("End")
    says(page, "drawn", "α = 1.5")
    page.emulate_media(media="print")
    expect(svg(page, "drawn")).to_be_visible()
    expect(page.locator("#drawn .pf-says")).to_be_visible()
    for hidden in page.locator("#hero, #drawn").locator("button, input[type=range]").all():
        expect(hidden).to_be_hidden()
    expect(page.locator("#hero .pf-field")).to_be_visible()


def test_names_and_values_are_spoken(reader, either):
    page = reader(either)
    bar = slider_of(page, "drawn", "step size α")
    assert bar.get_attribute("aria-valuetext") == "0.5"
    bar.press("ArrowRight")
    expect(bar).to_have_attribute("aria-valuetext", "1")
    assert svg(page, "drawn").get_attribute("role") == "img"
    assert svg(page, "hero").get_attribute("role") == "group"
    group = page.locator("#hero").get_by_role("radiogroup", name="method")
    assert group.get_by_role("radio", checked=True).count() == 1
    assert page.locator("#drawn-tape").get_by_role("group", name="gradient").count() == 1
