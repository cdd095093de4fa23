"""The same figures in JupyterLab, with a kernel behind them, and the learner's notebooks there."""

import os
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import expect

from book.lab import MADE, command, lay_down
from pagefigures.tests.browser import missing

pytest.importorskip("jupyterlab")

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.xdist_group("JupyterLab")
DRAWN = """
import matplotlib.pyplot as plt
from pagefigures import explore, live, point, slider
fig, ax = plt.subplots(figsize=(4.8, 2.5), layout="constrained")
bar, = ax.bar(["step"], [1])
def update(alpha, beta):
    bar.set_height(alpha)
    return f"The step is {alpha} long, with {beta}."
explore(fig, [bar], update, alpha=slider([0.1, 0.3, 1], label="step size α"), beta=[0, 0.9])
"""
LIVE = """
fig, ax = plt.subplots(figsize=(4.8, 2.5), layout="constrained")
ax.set(xlim=(-1, 1), ylim=(-1, 1))
line, = ax.plot([], [])
def ray(end):
    return {"line": ([0 * end[0], end[0]], [0 * end[1], end[1]]), "x": end[0], "y": end[1]}
said = "It ends at {x:.2f}, {y:.2f}."
figure = live(fig, ray, said, {"line": line}, end=point(ax, (0, 0.5), "end"))
figure
"""
ANOTHER = 'figure.at("0.25*-0.5")'


@contextmanager
def jupyterlab(notebook, home):
    """Yield the address of a notebook in a JupyterLab of its own, as `make lab` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {f"JUPYTER_{name}": str(home / name) for name in ("CONFIG_DIR", "RUNTIME_DIR")}
    homes |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [*command(notebook, port), "--IdentityProvider.token=", "--no-browser", "--allow-root"],
        env=os.environ | homes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/lab/tree/{notebook.name}?reset"
    try:
        for _ in range(120):
            try:
                urlopen(address, timeout=5).close()
                break
            except (URLError, OSError):
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def lab(tmp_path):
    """Return the address of a notebook with two figures."""
    cells = [nbformat.v4.new_code_cell(source) for source in (DRAWN, LIVE, ANOTHER)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    (tmp_path / "notebooks").mkdir()
    notebook = tmp_path / "notebooks" / "figure.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), notebook)
    with jupyterlab(notebook, tmp_path) as address:
        yield address


@pytest.fixture
def course(tmp_path):
    """Return the address of the learner's first page, all others beside it."""
    if not MADE.is_dir():
        missing("the site is not built: `make book` first")
    places, _ = lay_down(MADE, tmp_path / "notebooks")
    with jupyterlab(places["index"], tmp_path) as address:
        yield address


def says(page, kind, words):
    picture = page.locator(f"form.{kind} > svg")
    expect(picture).to_have_attribute("aria-label", words, timeout=60_000)


def wait_for_kernel(page):
    """Wait: what is run before the kernel is there is not run later."""
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)


def test_drawn_and_live_figures_answer_in_jupyterlab(browser, lab):
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        page = context.new_page()
        ours = []  # what goes to the console and has to do with us; JupyterLab has words of its own

        def hear(told):
            if told.type in ("error", "warning") and re.search("anywidget|pagefigures", told.text):
                ours.append(told.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: ours.append(str(error)))
        page.goto(lab)
        page.locator(".jp-CodeCell .cm-content").first.click(timeout=60_000)
        wait_for_kernel(page)
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")

        says(page, "explore", "The step is 0.1 long, with 0.")
        drawn = page.locator("form.explore")
        alpha, beta = drawn.get_by_role("slider").all()
        alpha.press("End")
        says(page, "explore", "The step is 1 long, with 0.")
        box = beta.bounding_box()
        page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
        says(page, "explore", "The step is 1 long, with 0.9.")
        assert 300 < drawn.locator("> svg").bounding_box()["width"] < 700
        expect(drawn.locator(".pf-says")).to_have_text("The step is 1 long, with 0.9.")

        says(page, "live", "It ends at 0.00, 0.50.")
        end = page.locator("form.live").first.get_by_role("slider", name="end")
        end.press("ArrowRight")
        says(page, "live", "It ends at 0.02, 0.50.")
        end.scroll_into_view_if_needed()
        box = end.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 20, steps=3)
        page.mouse.up()
        says(page, "live", re.compile(r"It ends at 0\.[1-9]\d, 0\.[0-4]\d\."))

        page.locator(".jp-CodeCell .cm-content").last.click()
        page.keyboard.press("Control+Enter")
        other = page.locator("form.live > svg").nth(1)
        expect(other).to_have_attribute("aria-label", "It ends at 0.25, −0.50.", timeout=60_000)

        cells = page.locator(".jp-Cell").count()
        for control in (alpha, end):
            for key in "abxm":  # cells are inserted, cut and turned into text by these
                control.press(key)
        assert page.locator(".jp-Cell").count() == cells
        assert ours == []
        if keep := os.environ.get("EXPLORE_SCREENSHOT"):
            page.screenshot(path=keep)


STEP = """def my_step(state, g, alpha):
    theta = state.theta {sign} alpha * g
    return State(theta, state.t + 1, g)


check(my_step, SGD(alpha=0.1))"""


def test_the_course_is_read_and_worked_through_in_a_stock_jupyterlab(browser, course):
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        page = context.new_page()
        told = []  # JupyterLab's own impatience, "took 6000 ms", is a warning

        def hear(words):
            if words.type == "error" or re.search("anywidget|pagefigures", words.text):
                told.append(words.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(course)

        def shown():  # the notebook in front
            return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

        def go_on(times):
            for _ in range(times):
                page.keyboard.press("Shift+Enter")

        def reach(place):
            """Scroll there: a cell that is far from the screen is not in the page."""
            for way in [0] * 100 + [900] * 60 + [-900] * 120 + [900] * 120:
                if place.count():
                    break
                page.mouse.wheel(0, way)
                page.wait_for_timeout(100)
            place.scroll_into_view_if_needed()
            expect(place).to_be_visible()

        expect(shown().get_by_role("heading", name="Understanding Adam")).to_be_visible(
            timeout=60_000
        )
        source = shown().locator(".jp-CodeCell .jp-Collapser, .jp-CodeCell .jp-Placeholder")
        expect(source.first).to_be_visible()
        assert shown().locator(".jp-CodeCell .cm-content:visible").count() == 0  # all folded
        expect(page.get_by_text("Jupyter news")).to_have_count(0)

        wait_for_kernel(page)
        shown().locator(".jp-MarkdownCell").first.click()
        go_on(4)
        says(
            page,
            "live",
            re.compile("After 40 steps the loss is lowest with Adam."),
        )
        start = shown().locator("form.live").first.get_by_role("slider", name="start")
        start.press("Shift+ArrowRight")
        expect(start).to_have_attribute("aria-valuetext", re.compile(r"^θ₁ −3\."))

        shown().get_by_role("link", name="chapter 1").first.click()
        expect(shown().get_by_role("heading", name="Stochastic gradient descent")).to_be_visible(
            timeout=60_000
        )
        wait_for_kernel(page)
        shown().locator(".jp-MarkdownCell").first.click()
        go_on(8)
        question = shown().locator(".predict")
        reach(question.locator("legend"))
        expect(question.get_by_text("It is 2/25.")).not_to_be_visible()
        question.get_by_role("button", name="1", exact=True).click()
        expect(question.locator(".pf-reply:visible")).to_contain_text("✗ You said “1”")

        exercise = shown().locator(".jp-CodeCell", has_text="def my_step")
        heading = shown().get_by_role("heading", name="Exercises")
        reach(heading)
        solution = shown().locator("details", has_text="Solution to Exercise 1.1")
        expect(solution.locator("code").first).not_to_be_visible()
        for sign, verdict in ("+", "theta"), ("-", "Right"):
            exercise.locator(".cm-content").click()
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(STEP.format(sign=sign))
            page.keyboard.press("Control+Enter")
            expect(exercise.locator(".jp-OutputArea")).to_contain_text(verdict, timeout=60_000)
        solution.locator("summary").click()
        expect(solution.locator("code").first).to_be_visible()
        assert told == []
        if keep := os.environ.get("EXPLORE_SCREENSHOT"):
            page.screenshot(path=keep)
