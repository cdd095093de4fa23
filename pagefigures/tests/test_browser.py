"""What a visit listens to, and what it does not."""

from pagefigures.tests import browser as real
from pagefigures.tests.browser import InParts, Visit

firefox = real.firefox  # a fixture

HALF, REST = b"<p>a line</p>" * 500 + b"<math><msub><mi>x</mi>", b"<mn>1</mn></msub></math>"


def sent(end):
    """Return a page that stops in the midst of a formula for a while."""
    return InParts(b"<!doctype html><title>A page</title><link rel=icon href=data:,>" + HALF, end)


def test_half_a_formula_is_no_error_in_firefox_and_a_broken_script_is(firefox):
    with sent(REST) as slow, Visit(firefox, slow) as sound:
        assert sound.errors == []
    with sent(REST + b"<script>never()</script>") as slow, Visit(firefox, slow) as broken:
        assert broken.errors == ["never is not defined"]
