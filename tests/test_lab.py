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

pytest.importorskip("jupyterlab")

ROOT = Path(__file__).parent.parent
CELL = """
import matplotlib.pyplot as plt
from pagefigures import explore, slider
fig, ax = plt.subplots(figsize=(4.8, 2.5), layout="constrained")
bar, = ax.bar(["step"], [1])
def update(alpha, beta):
    bar.set_height(alpha)
    return f"The step is {alpha} long, with {beta}."
explore(fig, [bar], update, alpha=slider([0.1, 0.3, 1], label="step size α"), beta=[0, 0.9])
"""


@pytest.fixture
def lab(tmp_path):
    """Return the address of a notebook in a JupyterLab of its own."""
    cell = nbformat.v4.new_code_cell(CELL)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=kernel)
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


def test_the_figure_answers_in_jupyterlab(browser, lab):
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        page = context.new_page()
        page.goto(lab)
        page.locator(".jp-CodeCell .cm-content").click(timeout=60_000)
        page.keyboard.press("Shift+Enter")
        picture = page.locator(".explore [role=img]")
        picture.wait_for(timeout=60_000)
        assert picture.get_attribute("aria-label") == "The step is 0.1 long, with 0."
        alpha, beta = page.locator(".explore .noUi-handle").all()
        alpha.press("End")
        page.wait_for_function("document.querySelector('.explore').innerHTML.includes('is 1 long')")
        beta.press("End")
        page.wait_for_function("document.querySelector('.explore').innerHTML.includes('with 0.9')")
        box = picture.bounding_box()
        assert 300 < box["width"] < 700
        assert re.search("1 long, with 0.9", page.locator(".explore").inner_text())
        if keep := os.environ.get("EXPLORE_SCREENSHOT"):
            page.screenshot(path=keep)
