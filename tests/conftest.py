"""The built site, served to a real browser; and one fixed profile for the property tests."""

import functools
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run, however slow.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30, database=None)
settings.load_profile("fixed")

SITE = Path(__file__).parent.parent / "_build/html"
CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "google-chrome", "chromium-browser"])), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pages() -> list[str]:
    """Return the pages of the built site, by their paths."""
    return [path.relative_to(SITE).as_posix() for path in sorted(SITE.glob("chapters/*.html"))]


def _missing(what: str) -> None:
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@pytest.fixture(scope="package")
def browser():
    """Return a headless Chromium."""
    if CHROMIUM is None:
        _missing("no Chromium here: install it (Debian: `apt-get install chromium`) or Chrome")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="package")
def site():
    """Return the address of the built site, served from this machine."""
    if not SITE.is_dir():
        _missing("the site is not built: `make book` first")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class Visit:
    """A page opened in a browser, and what it said and asked for meanwhile."""

    def __init__(self, browser, url, *, width=1400, theme="light", **context):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, **context
        )
        self.page = self.context.new_page()
        self.errors, self.requests = [], []
        self.page.on("console", lambda told: told.type == "error" and self.errors.append(told.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on(
            "response",
            lambda got: got.status >= 400 and self.errors.append(f"{got.status} {got.url}"),
        )
        self.page.goto(url)
        self.page.wait_for_load_state("networkidle")

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.context.close()


@pytest.fixture
def visit(browser, site):
    """Return a function that opens a page of the site: `with visit("chapters/index.html") as v`."""
    return lambda path, **context: Visit(browser, site + path, **context)
