"""The same figures in JupyterLab, with a kernel behind them."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import expect

pytest.importorskip("jupyterlab")

ROOT = Path(__file__).parent.parent
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
live(fig, ray, "It ends at {x:.2f}, {y:.2f}.", {"line": line}, end=point(ax, (0, 0.5), "end"))
"""


@pytest.fixture
def lab(tmp_path):
    """Return the address of a notebook in a JupyterLab of its own."""
    cells = [nbformat.v4.new_code_cell(source) for source in (DRAWN, LIVE)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, tmp_path / "figure.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {f"JUPYTER_{name}": str(tmp_path / name) for name in ("CONFIG_DIR", "RUNTIME_DIR")}
    homes |= {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    options = [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    options += ["--no-browser", "--allow-root", f"--notebook-dir={tmp_path}"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=os.environ | homes | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/lab/tree/figure.ipynb?reset"
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


def says(page, kind, words):
    picture = page.locator(f"form.{kind} > svg")
    expect(picture).to_have_attribute("aria-label", words, timeout=60_000)


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
        end = page.locator("form.live").get_by_role("slider", name="end")
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

        cells = page.locator(".jp-Cell").count()
        for control in (alpha, end):
            for key in "abxm":  # cells are inserted, cut and turned into text by these
                control.press(key)
        assert page.locator(".jp-Cell").count() == cells
        assert ours == []
        if keep := os.environ.get("EXPLORE_SCREENSHOT"):
            page.screenshot(path=keep)
