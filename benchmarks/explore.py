"""Measure interactive figures: the time to make them, their size, and how fast they answer.

    python benchmarks/explore.py

Prints what it finds, beside what was asked for. Two machines rarely agree; no test reads this.
"""

import gzip
import sys
import tempfile
import time
from pathlib import Path

import ipywidgets
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.test_explore import page

from pagefigures import choice, explore, slider, steps
from tests.conftest import CHROMIUM, FLAGS

ASSETS = Path(__file__).parent.parent / "pagefigures/static"
WATCH = """
window.seen = {blank: 0, heights: new Set(), frames: 0, waits: []};
const figure = document.querySelector(".explore");
const look = () => {
  seen.frames += 1;
  const picture = figure.querySelector("[role=img]");
  if (!picture || !picture.getBoundingClientRect().height) seen.blank += 1;
  seen.heights.add(document.documentElement.scrollHeight);
  requestAnimationFrame(look);
};
look();
let began;
addEventListener("keydown", () => (began = performance.now()), true);
new MutationObserver((changes) => {
  if (began === undefined || !figure.querySelector("[role=img]")) return;
  if (!changes.some(({addedNodes}) => addedNodes.length)) return;
  const start = began;
  began = undefined;
  const painted = new MessageChannel();
  painted.port1.onmessage = () => seen.waits.push(performance.now() - start);
  requestAnimationFrame(() => painted.port2.postMessage(0));
}).observe(figure, {subtree: true, childList: true});
"""


def valley():
    """Return a figure of a path in a narrow valley, with what moves and how."""
    fig, ax = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
    x, y = np.meshgrid(np.linspace(-5, 5, 90), np.linspace(-2, 2, 60))
    ax.contour(x, y, x**2 + 25 * y**2, levels=np.geomspace(0.1, 150, 14), colors="0.7")
    (line,) = ax.plot([], [], "o-", color="#d55e00", ms=4)
    ax.set(xlim=(-5, 5), ylim=(-2, 2), xlabel="θ₁", ylabel="θ₂", title=" ")

    def update(alpha=0.03, beta=0.5, t=60):
        theta, velocity, path = np.array([-4.0, 1.0]), np.zeros(2), []
        for _ in range(t + 1):
            path.append(theta)
            velocity = beta * velocity + theta * (1, 25)
            theta = np.clip(theta - alpha * velocity, -1e3, 1e3)
        line.set_data(*np.transpose(path))
        ax.title.set_text(f"α = {alpha:.3g}, β = {beta:.2g}")
        return f"With α = {alpha:.3g} and β = {beta:.2g}, θ₁ is {theta[0]:.3g} after {t} steps."

    return fig, [line, ax.title], update, line


def two_sliders(n, run):
    """Return a figure with n x n states, and how long it took to make: by the clock and at work."""
    fig, moving, update, line = valley()
    began = time.perf_counter(), time.process_time()
    alpha = slider(np.geomspace(0.001, 0.07, n), label="step size α", format=".4f")
    made = explore(
        fig, moving, update, run=line if run else (), alpha=alpha, beta=np.linspace(0, 0.9, n)
    )
    return made, (time.perf_counter() - began[0], time.process_time() - began[1])


def packed(*paths):
    """Return the compressed size of files, in KB."""
    return sum(len(gzip.compress(Path(path).read_bytes())) for path in paths) / 1000


def main():
    """Measure and print."""
    print(f"matplotlib {matplotlib.__version__}, ipywidgets {ipywidgets.__version__}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        explore(*valley()[:3], alpha=[0.01])  # fonts and modules are loaded once
        for n, asked in [(10, "< 1 s, < 150 KB"), (20, "< 3 s, < 400 KB")]:
            for run in (False, True):
                made, (seconds, busy) = two_sliders(n, run)
                page(file, made)
                ball = ", with a ball" if run else ""
                size = f"{file.stat().st_size / 1e6:.2f} MB, {packed(file):.0f} KB compressed"
                print(
                    f"{n * n} states{ball}: {seconds:.2f} s to make ({busy:.2f} s of it"
                    f" at work), page {size} ({asked})"
                )

        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width in (390, 1400):
            tab = browser.new_page(viewport={"width": width, "height": 900})
            tab.goto(page(file, two_sliders(20, True)[0]))
            tab.wait_for_selector(".explore [role=img]")
            tab.evaluate(WATCH)
            handles = tab.locator(".explore .noUi-handle").all()
            for key in ["ArrowRight"] * 19 + ["ArrowLeft"] * 19:
                for handle in handles:
                    handle.press(key)
                    tab.wait_for_timeout(30)
            seen = tab.evaluate("({...seen, heights: seen.heights.size})")
            median, late = np.quantile(seen["waits"], [0.5, 0.95])
            print(
                f"slider to picture at {width} px, {len(seen['waits'])} moves:"
                f" median {median:.0f} ms (< 50), 95 % below {late:.0f} ms (< 100),"
                f" {seen['blank']} of {seen['frames']} frames blank,"
                f" {seen['heights'] - 1} jumps in height"
            )
            tab.close()

        fig, moving, update, line = valley()
        figures = [two_sliders(10, True)[0], two_sliders(10, False)[0]]
        kinds = choice({"slow": 0.01, "fast": 0.07})
        figures.append(explore(fig, moving, update, run=line, t=steps(40), alpha=kinds))
        address = page(file, *figures)
        loads = []
        for _ in range(7):
            tab = browser.new_page()
            tab.goto(address)
            tab.wait_for_function(
                "document.querySelectorAll('.explore [role=img]').length === 3"
                " && document.querySelectorAll('.noUi-handle[aria-label]').length === 5"
            )
            loads.append(tab.evaluate("performance.now()"))
            tab.close()
        scripts = packed(ASSETS / "widgets/embed.js", ASSETS / "pagefigures.js")
        print(
            f"three figures: all live after {np.median(loads):.0f} ms (< 2000);"
            f" page {packed(file):.0f} KB, scripts {scripts:.0f} KB compressed"
        )
        browser.close()


if __name__ == "__main__":
    main()
