"""What a visit listens to, and what it does not."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pagefigures.tests import browser as real
from pagefigures.tests.browser import Visit

firefox = real.firefox  # a fixture

HALF, REST = b"<p>a line</p>" * 500 + b"<math><msub><mi>x</mi>", b"<mn>1</mn></msub></math>"


class _InTwoParts(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page</title><link rel=icon href=data:,>" + HALF)
        self.wfile.flush()
        time.sleep(1)
        self.wfile.write(REST + b"<script>never()</script>" * self.path.endswith("broken"))

    def log_message(self, *args):
        pass


@pytest.fixture
def slow():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _InTwoParts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_half_a_formula_is_no_error_in_firefox_and_a_broken_script_is(firefox, slow):
    with Visit(firefox, slow + "sound") as sound:
        assert sound.errors == []
    with Visit(firefox, slow + "broken") as broken:
        assert broken.errors == ["never is not defined"]
