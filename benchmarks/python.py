"""Measure Edit and run on the built site: what comes over the wire, and how long a reader waits.

    python benchmarks/python.py

In Chromium and Firefox: from the first press of Run to the first result (cold), the same on a
page opened afterwards, with the files in the browser's cache (warm), and each run after it.
"""

import functools
import os
import statistics
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pagefigures.tests.browser import CHROMIUM, FIREFOX, FLAGS

SITE = Path(__file__).parent.parent / "_build/html"
PAGE = "chapters/04-bias-correction.html"
CELL = '[data-cell="chapters/04-bias-correction#adam-write"]'


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not compress."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def run(page: Page) -> float:
    """Return the seconds from the press of Run to the result."""
    began = time.perf_counter()
    page.locator(f"{CELL} .py-run").click()
    page.locator(f"{CELL} .py-run:not(:disabled)").wait_for(timeout=120_000)
    if not page.locator(f"{CELL} .py-output").text_content():
        raise RuntimeError(page.locator(f"{CELL} .py-status").text_content())
    return time.perf_counter() - began


def waits(browser: object, site: str) -> list[float]:
    """Return the seconds of a cold start, a warm one, and the median of ten runs after it."""
    context = browser.new_context()  # type: ignore[attr-defined]
    found = []
    for _ in range(2):
        page = context.new_page()
        page.goto(site + PAGE)
        page.locator(f"{CELL} .py-open").click()
        found.append(run(page))
        later = [run(page) for _ in range(10)]
        page.close()
    context.close()
    return [*found, statistics.median(later)]


def main() -> None:
    """Print the tables."""
    files = sorted((SITE / "_static/vendor/pyodide").glob("*.gz"))
    print("| file | bytes |\n|---|---|")
    for file in files:
        print(f"| {file.name} | {file.stat().st_size} |")
    print(f"| all | {sum(file.stat().st_size for file in files)} |\n")
    handler = functools.partial(Quiet, directory=str(SITE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}/"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; seconds, best of three\n")
    print("| browser | cold | warm | each run after |\n|---|---|---|---|")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        firefox = driver.firefox.launch(executable_path=FIREFOX, channel="moz-firefox")
        for name, browser in ("Chromium", chromium), ("Firefox", firefox):
            best = map(min, zip(*(waits(browser, site) for _ in range(3)), strict=True))
            print(f"| {name} | {' | '.join(f'{x:.2f}' for x in best)} |")
            browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
