"""The built site in Firefox, as far as its engine can make a difference."""

import pytest

from pagefigures.tests.browser import Visit
from tests.conftest import SITE, pages


@pytest.mark.parametrize("path", pages())
def test_page_opens_in_firefox_from_a_server_without_an_error(firefox, site, path):
    with Visit(firefox, site + path, width=390) as opened:
        assert opened.errors == []
        assert {url for url in opened.requests if not url.startswith((site, "data:"))} == set()


def test_page_opens_in_firefox_from_a_file_and_its_first_figure_answers_to_keys(firefox):
    with Visit(firefox, (SITE / "chapters/01-sgd.html").as_uri()) as opened:
        assert opened.errors == []
        control = opened.page.locator(".explore input, .explore [role=slider]").first
        read = "e => e.ariaValueNow ?? e.value"
        before = control.evaluate(read)
        control.focus()
        opened.page.keyboard.press("ArrowRight")
        assert control.evaluate(read) != before


def test_an_error_in_firefox_is_seen(firefox):
    page = "data:text/html,<script>console.error('said'); throw Error('thrown')</script>"
    with Visit(firefox, page) as opened:
        assert len(opened.errors) == 2
