"""Measure figures: how soon they answer a reader's hand, how much they weigh, how they arrive.

    python benchmarks/figures.py            figures of its own
    python benchmarks/figures.py site       the pages of the built site too
    python benchmarks/figures.py site URL   and another page beside them, for comparison

Prints what it finds, beside what was asked for and with how busy the machine was. Two machines
rarely agree; no test reads this.
"""

import functools
import gzip
import os
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from pagefigures import explore, live, number, point, scan, slider, steps
from pagefigures.sphinx import STATIC
from pagefigures.tests.browser import CHROMIUM, FLAGS
from pagefigures.tests.page import page as write_page

SITE = Path(__file__).parent.parent / "_build/html"
METHODS, STEPS = 4, 60
# What is measured in the page. A move's time runs from the event to the DOM's last change, layout
# forced, and to the callback of the second frame after it: then the first has been shown.
WATCH = """
window.seen = {dom: [], frame: [], tasks: []};
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({type: "longtask"});
const figure = document.querySelector("form"), picture = figure.querySelector("svg");
let began;
const start = () => (began ??= performance.now());
for (const kind of ["input", "pointermove", "keydown"]) addEventListener(kind, start, true);
const asked = requestAnimationFrame; // the figure draws in a frame of its own: time it there
let script = 0;
window.requestAnimationFrame = (draw) => asked((time) => {
    const from = performance.now();
    draw(time);
    if (began === undefined) return;
    picture.getBoundingClientRect();
    seen.dom.push(performance.now() - from);
    const since = began;
    began = undefined;
    asked(() => asked(() => seen.frame.push(performance.now() - since)));
});
"""
VITALS = """
window.vitals = {shift: 0, paint: 0, largest: 0, task: 0};
new PerformanceObserver((list) => (vitals.largest = list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => list.getEntries()
    .forEach((one) => (vitals.task = Math.max(vitals.task, one.duration))))
    .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries()
    .forEach((one) => one.hadRecentInput || (vitals.shift += one.value)))
    .observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => (vitals.paint = list.getEntriesByName("first-contentful-paint")[0]
    ?.startTime ?? vitals.paint)).observe({type: "paint", buffered: true});
const look = () => {
    const forms = [...document.querySelectorAll("form.explore, form.live")];
    if (forms[0]?.matches(".pf-on")) vitals.first ??= performance.now();
    const here = document.readyState !== "loading";
    if (here && forms.every((form) => form.matches(".pf-on"))) vitals.all = performance.now();
    else requestAnimationFrame(look);
};
look();
"""


def valley():
    """Return a figure with paths in a narrow valley."""
    fig, ax = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
    x, y = np.meshgrid(np.linspace(-5, 5, 90), np.linspace(-2, 2, 60))
    ax.contour(x, y, x**2 + 25 * y**2, levels=np.geomspace(0.1, 150, 14), colors="0.7")
    ax.set(xlim=(-5, 5), ylim=(-2, 2), xlabel="θ₁", ylabel="θ₂")
    lines = [ax.plot([], [], "o-", ms=3)[0] for _ in range(METHODS)]
    return fig, lines


def walks(alpha, beta, start, t):
    """Return the heavy ball's path for several friction values: works on numbers and symbols."""
    paths = []
    for k in range(METHODS):

        def step(carry, _, share=k / METHODS):
            x, y, u, v = carry
            u, v = beta * share * u + x, beta * share * v + 25 * y
            x, y = x - alpha * u, y - alpha * v
            return (x, y, u, v), (x, y)

        carry = (start[0], start[1], 0.0, 0.0)
        paths.append(scan(step, carry, t, first=(start[0], start[1]))[1])
    return paths


def make_drawn(n=10):
    """Return a drawn figure of n x n states and the seconds it took: by the clock and at work."""
    fig, lines = valley()

    def update(alpha, beta):
        for line, path in zip(lines, walks(alpha, beta, (-4.0, 1.0), STEPS), strict=True):
            line.set_data(*np.clip(path, -1e3, 1e3))
        return f"With α = {alpha:.3g} and β = {beta:.2g} the paths end in the valley."

    began = time.perf_counter(), time.process_time()
    alpha = slider(np.geomspace(0.001, 0.07, n), label="step size α", format=".4f")
    made = explore(fig, lines, update, name="drawn", alpha=alpha, beta=np.linspace(0, 0.9, n))
    return made, (time.perf_counter() - began[0], time.process_time() - began[1])


def make_live():
    """Return a live figure of four methods, and the seconds it took."""
    fig, lines = valley()

    def compute(alpha, start, t):
        paths = walks(alpha, 0.9, start, t)
        return {f"path{k}": path for k, path in enumerate(paths)} | {"end": paths[0][0][-1]}

    began = time.perf_counter(), time.process_time()
    made = live(
        fig, compute, "With α = {alpha:.3g} the first path ends at {end:.3g} after {t:d} steps.",
        {f"path{k}": line for k, line in enumerate(lines)}, name="live",
        alpha=number(0.001, 0.07, 0.02, "step size α", log=True),
        start=point(lines[0].axes, (-4, 1)), t=steps(STEPS, start=STEPS),
    )  # fmt: skip
    return made, (time.perf_counter() - began[0], time.process_time() - began[1])


def packed(*paths):
    """Return the compressed size of files, in kB."""
    return sum(len(gzip.compress(Path(path).read_bytes(), 9)) for path in paths) / 1000


def slow(page, times):
    """Slow the processor down, as the browser's own tools do."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})


def spread(values):
    """Write median, 95 % and the largest."""
    middle, late = np.quantile(values, [0.5, 0.95])
    return f"{middle:5.1f} / {late:5.1f} / {max(values):5.1f}"


def load():
    """Return how many processes wanted to run in the last minute."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def moves(browser, address, drags):
    """Move a control about 80 times, plainly and slowed; print what it took."""
    for times, asked in [(1, "< 4"), (4, "< 16")]:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(address)
        page.wait_for_selector("form.pf-on")
        page.evaluate(WATCH)
        slow(page, times)
        form = page.locator("form").first
        if drags:
            box = form.locator("[role=slider]").bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            for k in range(80):
                page.mouse.move(x + 3 * k, y + 20 * np.sin(k / 9))
                page.wait_for_timeout(35)
            page.mouse.up()
        else:
            bar = form.locator("input[type=range]").first
            bar.focus()
            for key in (["ArrowRight"] * 9 + ["ArrowLeft"] * 9) * 5:
                page.keyboard.press(key)
                page.wait_for_timeout(35)
        page.wait_for_timeout(200)
        seen = page.evaluate("seen")
        print(
            f"  {'slowed 4 x' if times > 1 else 'plain':10} {len(seen['dom'])} moves: to the DOM"
            f" {spread(seen['dom'])} ms ({asked}), to the second frame {spread(seen['frame'])} ms,"
            f" long tasks {[round(task) for task in seen['tasks']]}"
        )
        page.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


# How a visit is made: on what processor, by what line (slow 4G as Chromium's own tools have it).
WAYS = {"plain": (1, False), "slowed 4 x": (4, False), "slowed 4 x, slow 4G": (4, True)}
SLOW_4G = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}


def arrivals(browser, address, name):
    """Open a page three times for the first time, in each way; print how it arrives."""
    for way, (times, far) in WAYS.items():
        found = []
        for _ in range(3):
            context = browser.new_context(viewport={"width": 1366, "height": 768})
            page = context.new_page()
            page.add_init_script(VITALS)
            slow(page, times)
            if far:
                session = page.context.new_cdp_session(page)
                session.send("Network.enable")
                session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_4G})
            page.goto(address)
            page.wait_for_function("vitals.all && vitals.paint", timeout=90_000)
            page.wait_for_timeout(800)
            names = ["paint", "largest", "first", "all", "task", "shift"]
            found.append(page.evaluate("names => names.map((one) => vitals[one] ?? 0)", names))
            context.close()
        paint, largest, first, whole, task, shift = np.median(found, axis=0)
        print(
            f"  {name:30} {way:19} first paint {paint:5.0f} ms (< 1000), largest {largest:5.0f}"
            f" (< 1300), the first figure answers after {first:5.0f}"
            f" (< {500 if times == 1 else 1500}), all after {whole:5.0f}, longest task {task:4.0f}"
            f" (< 200), layout shift {shift:.3f} (< 0.02)"
        )


class _Packing(_Quiet):
    """Serve files compressed, as servers do."""

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".js", ".css", ".svg", ".json") or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)


def main():
    """Measure and print."""
    print(f"matplotlib {matplotlib.__version__}, {load()}")
    files = sorted(STATIC.glob("*.*"))
    sizes = ", ".join(f"{file.name} {packed(file):.1f}" for file in files)
    print(f"scripts and styles, compressed: {packed(*files):.1f} kB (< 30): {sizes}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        make_drawn(1)  # fonts and modules are loaded once
        for what, (made, (seconds, busy)) in [
            ("drawn, 100 states", make_drawn(10)),
            ("drawn, 400 states", make_drawn(20)),
            (f"live, {METHODS} paths of {STEPS} steps", make_live()),
        ]:
            file = Path(folder) / "page.html"
            address = write_page(file, made)
            print(
                f"{what}: {seconds:.1f} s to make ({busy:.1f} s at work), page"
                f" {packed(file):.0f} kB compressed; median / 95 % / most; {load()}"
            )
            moves(browser, address, drags="live" in what)
        if sys.argv[1:2] == ["site"]:
            for other in sys.argv[2:]:
                arrivals(browser, other, other[-30:])
            handler = functools.partial(_Packing, directory=str(SITE))
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"the site, served from here, first visits; {load()}")
            for path in sorted(SITE.glob("chapters/*.html")):
                name = path.relative_to(SITE).as_posix()
                arrivals(browser, f"http://127.0.0.1:{server.server_port}/{name}", name)
            server.shutdown()
        browser.close()


if __name__ == "__main__":
    main()
