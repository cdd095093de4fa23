"""Figures that answer without a kernel: what an author may do, and what a reader gets."""

import json
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from ipywidgets.embed import dependency_state, embed_data

from pagefigures.drawn import Control, choice, explore, picture, predict, slider, steps, switch
from pagefigures.tests.browser import Visit

ASSETS = Path(__file__).parent.parent / "static"
VIEW = "application/vnd.jupyter.widget-view+json"
LONG = (
    "It leaves the picture, and each bounce between the walls is longer than the one before. " * 2
)


def make_scene():
    """Return a figure with a line in it, and an update that moves the line."""
    fig, ax = plt.subplots(figsize=(4.8, 2.5), layout="constrained")
    ax.set(xlim=(0, 10), ylim=(-2, 2), xlabel="steps t", title="A line")
    (line,) = ax.plot([], [], "o-", color="#d55e00")

    def update(alpha, t=10, method="SGD", corrected=False):
        line.set_data(np.arange(t + 1), alpha * np.cos(np.arange(t + 1)))
        return f"α = {alpha:g}, t = {t}, {method}, {corrected}." + LONG * (alpha > 1)

    plt.close(fig)
    return fig, line, update


@pytest.fixture
def scene():
    """Return a scene that this test may change."""
    return make_scene()


# What an author may do.


def test_sequences_and_specifications_become_controls(scene):
    fig, line, update = scene
    explorer = explore(
        fig,
        line,
        update,
        alpha=slider(np.geomspace(0.1, 1, 3), label="step size α", start=1, format=".2f"),
        t=steps(2),
        method=["SGD", "Adam"],
    )
    _, alpha, time, method = explorer.children
    play, t = time.children
    assert alpha.description == "step size α"
    assert alpha.options == ("0.10", "0.32", "1.00")
    assert alpha.index == 2
    assert t.options == ("0", "1", "2")
    assert play.max == 2
    assert method.options == ("SGD", "Adam")
    assert explorer.sentence == "α = 1, t = 0, SGD, False."


def test_choices_are_buttons_if_few_and_short_and_a_list_otherwise():
    assert isinstance(choice(["SGD", "Adam"]).widget("m")[0], widgets.ToggleButtons)
    assert isinstance(choice(range(9)).widget("m")[0], widgets.Dropdown)
    assert isinstance(choice(["x" * 20, "y" * 20]).widget("m")[0], widgets.Dropdown)
    assert choice({"a": 1, "b": 2}, start=2).start == 1
    assert switch("correction", start=True) == Control(
        "choice", (False, True), ("off", "on"), "correction", 1
    )


def test_each_state_is_drawn_with_its_own_values(scene):
    fig, line, update = scene
    seen = []
    explorer = explore(
        fig,
        line,
        lambda **state: seen.append(state) or update(**state),
        alpha=[0.5, 1],
        t=[3, 4, 5],
    )
    states = [{"alpha": alpha, "t": t} for alpha in (0.5, 1) for t in (3, 4, 5)]
    assert seen[1:-1] == states
    outer = explorer.children[0].children[1]
    shown = [frame.value for stack in outer.children for frame in stack.children]
    assert len(set(shown)) == 6
    assert all(f"t = {state['t']}" in frame for state, frame in zip(states, shown, strict=True))


def test_the_outputs_are_a_view_a_picture_and_the_same_sentence_each_time(scene):
    fig, line, update = scene
    bundle = explore(fig, line, update, alpha=[0.5, 1])._repr_mimebundle_()
    assert set(bundle) == {VIEW, "image/png", "text/plain"}
    assert bundle["text/plain"] == "α = 0.5, t = 10, SGD, False."
    still = picture(fig, "A line falls.")
    assert set(still._repr_mimebundle_()) == {VIEW, "image/png", "text/plain"}
    assert repr(still) == "A line falls."
    asked = predict("Does it?", ["yes", "no"], "no", "It cannot.", still)
    assert repr(asked) == "Does it? (yes / no) Answer: no. It cannot."
    assert set(asked._repr_mimebundle_()) == {VIEW, "text/plain"}


def test_the_figure_stays_usable_and_shows_the_start(scene):
    fig, line, update = scene
    dpi, engine = fig.get_dpi(), fig.get_layout_engine()
    explore(fig, line, update, alpha=slider([0.5, 1], start=1))
    assert (fig.get_dpi(), fig.get_layout_engine()) == (dpi, engine)
    assert not line.get_animated()
    assert line.get_ydata()[0] == 1
    explore(fig, line, update, alpha=[0.5, 1])


def test_the_same_update_works_under_interact(scene):
    *_, line, update = scene
    free = widgets.interactive(update, alpha=(0.0, 1.0), t=widgets.fixed(3))
    free.update()
    assert free.result == "α = 0.5, t = 3, SGD, False."
    assert len(line.get_xdata()) == 4


def test_containers_and_whole_axes_may_move():
    fig, ax = plt.subplots(figsize=(4.8, 3))
    bars = ax.bar([1, 2], [1, 1])

    def update(height):
        bars[0].set_height(height)
        ax.set_ylim(0, 2 * height)
        return f"The bar is {height} high."

    explore(fig, bars, update, height=[1, 2])
    explore(fig, ax, update, height=[1, 2])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"controls": {}}, ValueError, "one to three controls, got 0"),
        ({"controls": {name: [1] for name in "abcd"}}, ValueError, "got 4"),
        ({"controls": {"alpha": []}}, ValueError, "alpha.* no values"),
        ({"controls": {"alpha": "0.1"}}, TypeError, "is no control"),
        ({"controls": {"alpha": 0.1}}, TypeError, "is no control"),
        ({"controls": {"beta": [1]}}, TypeError, "does not fit the controls"),
        (
            {"controls": {"alpha": slider([1], "x"), "t": slider([1], "x")}},
            ValueError,
            "same label",
        ),
        ({"controls": {"alpha": range(1001)}}, ValueError, "1001 states are too many: about 7 s"),
        ({"moving": []}, ValueError, "nothing moves"),
        ({"moving": [plt.Line2D([], [])]}, ValueError, "not in the figure"),
        ({"update": lambda alpha: None}, TypeError, r"update\(alpha=0.5\) must return a sentence"),
        ({"update": lambda alpha: " "}, TypeError, "must return a sentence"),
    ],
)
def test_wrong_use_is_told_and_leaves_the_figure_alone(scene, change, error, words):
    fig, line, update = scene
    right = {"moving": line, "update": update, "controls": {"alpha": [0.5, 1]}}
    given = right | change
    with pytest.raises(error, match=words):
        explore(fig, given["moving"], given["update"], **given["controls"])
    assert fig.axes[0].patch.get_visible()
    explore(fig, line, update, alpha=[0.5, 1])


def test_an_error_half_way_leaves_the_figure_as_it_was(scene):
    fig, line, update = scene

    def fails(alpha):
        return update(alpha) if alpha < 1 else 1 / 0

    with pytest.raises(ZeroDivisionError):
        explore(fig, line, fails, alpha=[0.5, 1])
    assert not line.get_animated()
    assert fig.patch.get_visible()
    assert fig.get_layout_engine() is not None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: slider([1, 2], start=3), "start=3 is not among"),
        (lambda: slider([0.11, 0.12], format=".1f"), "both shown as '0.1'"),
        (lambda: choice([]), "no values"),
        (lambda: predict("Q?", ["a"], "a", "w"), "at least two"),
        (lambda: predict("Q?", ["a", "b"], "c", "w"), "not among the options"),
        (lambda: predict("Q?", ["a", "b"], "a", {"a": "w"}), "why has replies to"),
    ],
)
def test_wrong_values_are_told(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_text_too_small_for_a_phone_is_refused(scene):
    fig, line, update = scene
    fig.set_size_inches(7, 3)
    with pytest.raises(ValueError, match=r"'.*' would be 6.9 px high on a phone.* at least 14 pt"):
        explore(fig, line, update, alpha=[1])
    with pytest.raises(ValueError, match="on a phone"):
        picture(fig, "Too wide.")


def test_progress_is_shown_to_a_person_and_to_no_one_else(scene, monkeypatch, capsys):
    fig, line, update = scene
    shown = []
    monkeypatch.setattr("pagefigures.drawn.display", lambda *data, **_: shown.append(data))
    monkeypatch.setattr("time.monotonic", iter(range(0, 10**6, 2)).__next__)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    explore(fig, line, update, alpha=[0.5, 1])
    assert not shown
    assert capsys.readouterr() == ("", "")


# What a reader gets.


def page(path, *shown):
    """Write a page as the book has it: the views, the state of all widgets, the scripts."""
    data = embed_data(shown, state=dependency_state(shown, drop_defaults=False))
    views = "".join(
        f'<div class="cell_output"><script type="{VIEW}">{json.dumps(view)}</script></div>'
        for view in data["view_specs"]
    )
    state = json.dumps(data["manager_state"]).replace("</", r"<\/")
    links = "".join(
        f'<link rel="stylesheet" href="{(ASSETS / name).as_uri()}">'
        for name in ("pagefigures.css",)
    ) + "".join(
        f'<script defer src="{(ASSETS / name).as_uri()}"></script>'
        for name in ("pagefigures.js", "widgets/embed.js")
    )
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title>'
        f'<meta name="viewport" content="width=device-width">{links}'
        "<script>document.documentElement.dataset.theme ="
        ' matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>'
        f'<body style="margin:0 20px"><main class="bd-content bd-article"><h1>Figures</h1>{views}'
        f'</main><script type="application/vnd.jupyter.widget-state+json">{state}</script></html>',
        encoding="utf8",
    )
    return path.as_uri()


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return the address of a page with every control and a question."""
    fig, line, update = make_scene()
    first = explore(
        fig, line, update, run=line, alpha=slider([0.5, 1, 1.5], label="step size α"), t=[5, 10]
    )
    second = explore(
        fig,
        line,
        lambda t, corrected, method: update(1, t, method, corrected),
        t=steps(12, interval=20),
        corrected=switch("correction"),
        method=choice({f"method {n}": n for n in range(6)}),
    )
    revealed = explore(fig, line, update, alpha=[0.5, 1])
    replies = {"yes": "Too far.", "no": "Indeed."}
    asked = predict("Does it stay?", ["yes", "no"], "no", replies, revealed)
    return page(tmp_path_factory.mktemp("page") / "figures.html", first, second, asked)


@pytest.fixture
def reader(browser, figures):
    """Return a function that opens the page and waits until its figures answer."""

    def open_(query="", **context):
        visit = Visit(browser, figures + query, **context)
        visit.page.wait_for_selector(".predict button")
        return visit

    return open_


def says(page, nth=0):
    return page.locator(".explore").nth(nth).locator("[role=img]").get_attribute("aria-label")


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (390, "light"), (1400, "light")])
def test_every_control_answers(reader, width, theme):
    with reader(width=width, theme=theme, reduced_motion="reduce") as visit:
        page = visit.page
        alpha, t = page.locator(".explore >> nth=0 >> .noUi-handle").all()
        assert says(page) == "α = 0.5, t = 5, SGD, False."
        alpha.press("ArrowRight")
        assert says(page) == "α = 1, t = 5, SGD, False."
        t.press("End")
        assert says(page) == "α = 1, t = 10, SGD, False."
        box = page.locator(".explore >> nth=0 >> .noUi-base >> nth=0").bounding_box()
        page.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2)
        assert says(page) == "α = 0.5, t = 10, SGD, False."
        page.get_by_role("button", name="on", exact=True).click()
        page.get_by_label("method").select_option(index=5)
        assert says(page, 1) == "α = 1, t = 0, 5, True."
        page.get_by_role("button", name="play t").click()
        page.wait_for_function(
            "document.querySelectorAll('.explore')[1].outerHTML.includes('t = 12,')"
        )
        page.get_by_role("button", name="back to the first t").click()
        assert says(page, 1) == "α = 1, t = 0, 5, True."
        assert visit.errors == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_values_and_states_are_spoken(reader):
    with reader() as visit:
        slider_ = visit.page.get_by_role("slider", name="step size α")
        assert slider_.get_attribute("aria-valuetext") == "0.5"
        slider_.press("ArrowRight")
        assert slider_.get_attribute("aria-valuetext") == "1"
        group = visit.page.get_by_role("group", name="correction")
        group.get_by_text("on").click()
        assert group.get_by_role("button", pressed=True).inner_text() == "on"
        found = Axe().run(visit.page).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_the_sentence_is_read_out_once_the_reader_has_stopped(reader):
    with reader() as visit:
        live = visit.page.locator("[aria-live=polite]")
        visit.page.wait_for_timeout(900)
        assert live.inner_text() == ""
        slider_ = visit.page.get_by_role("slider", name="step size α")
        slider_.hover()
        visit.page.mouse.down()
        visit.page.mouse.move(900, 300)
        visit.page.wait_for_timeout(900)
        assert live.inner_text() == ""
        visit.page.mouse.up()
        visit.page.wait_for_function("document.querySelector('.explore-live').innerText")
        assert live.inner_text() == says(visit.page).strip()


def test_nothing_jumps(reader):
    height = "document.documentElement.scrollHeight"
    for width in (320, 390, 800):
        with reader(width=width) as visit:
            before = visit.page.evaluate(height)
            for _ in range(3):
                visit.page.get_by_role("slider", name="step size α").press("ArrowRight")
                assert visit.page.evaluate(height) == before


def test_figures_do_not_disturb_each_other(reader):
    with reader() as visit:
        other = visit.page.locator(".explore").nth(1).screenshot()
        visit.page.get_by_role("slider", name="step size α").press("End")
        assert visit.page.locator(".explore").nth(1).screenshot() == other
        assert visit.page.evaluate("document.querySelectorAll('.explore svg [id]').length") == 0


def test_the_address_keeps_the_chosen_values(reader):
    with reader() as visit:
        visit.page.get_by_role("slider", name="step size α").press("End")
        visit.page.wait_for_url("**?figure1=2-0")
        visit.page.get_by_role("slider", name="step size α").press("Home")
        visit.page.wait_for_url(
            lambda url: "figure" not in url.rpartition("/")[2].partition("?")[2]
        )
    with reader("?figure1=1-1&figure2=4-1-2") as visit:
        visit.page.wait_for_timeout(200)
        assert says(visit.page) == "α = 1, t = 10, SGD, False."
        assert says(visit.page, 1) == "α = 1, t = 4, 2, True."


def test_a_question_shows_nothing_before_the_answer_and_the_reason_after(reader):
    with reader() as visit:
        asked = visit.page.locator(".predict")
        assert asked.locator("svg").count() == 0
        asked.get_by_role("button", name="yes").click()
        assert "✗ You said “yes”. What happens: “no”. Too far." in asked.inner_text()
        asked.get_by_role("button", name="no").click()
        assert "✓ You said “no”, and so it is. Indeed." in asked.inner_text()
        asked.get_by_role("slider").press("ArrowRight")
        assert asked.locator("[role=img]").get_attribute("aria-label").startswith("α = 1")


def test_the_picture_takes_the_colours_of_the_page(reader):
    inks = set()
    for theme in ("light", "dark"):
        with reader(theme=theme) as visit:
            text = visit.page.locator(".explore svg text").first
            inks.add(text.evaluate("text => getComputedStyle(text).fill"))
    assert len(inks) == 2


def test_no_text_is_below_ten_pixels_on_a_phone(reader):
    with reader(width=390) as visit:
        sizes = visit.page.evaluate(
            """[...document.querySelectorAll(".explore svg text")].map(text =>
                parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"""
        )
        assert min(sizes) >= 10


def test_the_ball_runs_unless_motion_is_unwelcome(reader):
    for motion, name in [("no-preference", "explore-run"), ("reduce", "none")]:
        with reader(reduced_motion=motion) as visit:
            ball = visit.page.locator(".explore-run").first
            assert ball.evaluate("ball => getComputedStyle(ball).animationName") == name
            assert ball.evaluate("ball => ball.getBoundingClientRect().width") > 5
