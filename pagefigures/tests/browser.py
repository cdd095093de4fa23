"""Real browsers for the tests, and a page opened in them.

Both are the machine's own: Chromium, and Firefox over WebDriver BiDi, the protocol that it
speaks by itself. Playwright 1.65 asks Firefox for a command that Firefox 153 does not know yet.
"""

import atexit
import os
import shutil
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "google-chrome", "chromium-browser"])), None
)
FIREFOX = next(filter(None, map(shutil.which, ["firefox-esr", "firefox"])), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Firefox says so of a formula when it lays out a page of which only a part has arrived.
HALF_A_FORMULA = "Incorrect number of children for <"


def missing(what: str) -> None:
    """Skip the test, or fail it in continuous integration."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@cache
def _playwright():
    from playwright.sync_api import sync_playwright

    driver = sync_playwright().start()  # a thread bears only one
    atexit.register(driver.stop)
    return driver


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium."""
    if CHROMIUM is None:
        missing("no Chromium here: install it (Debian: `apt-get install chromium`) or Chrome")
    chromium = _playwright().chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def firefox():
    """Return a headless Firefox; it is driven like the other: `Visit(firefox, url)`."""
    if FIREFOX is None:
        missing("no Firefox here: install it (Debian: `apt-get install firefox-esr`)")
    headless = _playwright().firefox.launch(executable_path=FIREFOX, channel="moz-firefox")
    yield headless
    headless.close()


class Visit:
    """A page opened in a browser, and what it said and asked for meanwhile."""

    def __init__(self, browser, url, *, width=1400, theme="light", **context):
        firefox = browser.browser_type.name == "firefox"
        if not firefox:  # whose theme cannot be chosen from outside: it is light
            context["color_scheme"] = theme
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **context)
        self.page = self.context.new_page()
        self.errors, self.requests = [], []

        def hear(text):
            if not (firefox and text.startswith(HALF_A_FORMULA)):
                self.errors.append(text)

        self.page.on("console", lambda told: told.type == "error" and hear(told.text))
        self.page.on("pageerror", lambda error: hear(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on(
            "response",
            lambda got: got.status >= 400 and self.errors.append(f"{got.status} {got.url}"),
        )
        self.page.goto(url)
        # Firefox reports no end of what it loads ahead
        self.page.wait_for_load_state("load" if firefox else "networkidle")
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.context.close()


class InParts:
    """Serve a page of which the rest comes a second after the first part.

    >>> from urllib.request import urlopen
    >>> with InParts(b"<p>first", b"</p>") as address:
    ...     urlopen(address).read()
    b'<p>first</p>'
    """

    def __init__(self, *parts: bytes):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                for k, part in enumerate(parts):
                    time.sleep(k and 1)
                    self.wfile.write(part)
                    self.wfile.flush()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
