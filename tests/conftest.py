"""The built site, served to a real browser."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pagefigures.tests import browser as real
from pagefigures.tests.browser import Visit, missing

browser, firefox = real.browser, real.firefox  # fixtures

SITE = Path(__file__).parent.parent / "_build/html"


def pages() -> list[str]:
    """Return the pages of the built site, by their paths."""
    return [path.relative_to(SITE).as_posix() for path in sorted(SITE.glob("chapters/*.html"))]


def pytest_collection_modifyitems(config, items):
    """Keep the tests of one page in one browser together under `-n 2 --dist loadgroup`."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        for fixture, value in getattr(getattr(item, "callspec", None), "params", {}).items():
            if item.path.name == "test_site.py" and value in pages():
                item.add_marker(pytest.mark.xdist_group(f"{fixture} {value}"))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="package")
def site():
    """Return the address of the built site, served from this machine."""
    if not SITE.is_dir():
        missing("the site is not built: `make book` first")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, site):
    """Return a function that opens a page of the site: `with visit("chapters/index.html") as v`."""
    return lambda path, **context: Visit(browser, site + path, **context)
