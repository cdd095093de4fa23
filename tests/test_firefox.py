"""The built site in Firefox, as far as its engine can make a difference."""

import pytest

from pagefigures.tests.browser import Visit
from tests.conftest import SITE, pages
from tests.test_exercises import solved
from tests.test_python import SOLUTIONS as ALL
from tests.test_python import WRONG, escapes, first

SOLUTIONS = ALL["04-bias-correction"]


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


def test_python_in_firefox_runs_stops_and_finds_no_way_out(firefox, site):
    with Visit(firefox, f"{site}chapters/04-bias-correction.html", width=390) as opened:
        opened.page.evaluate("document.documentElement.dataset.pythonLimit = 1000")
        cell = first(opened.page)
        assert cell.run("while True: pass") == ""
        assert cell.says() == "Stopped after 1 s: does a loop never end?"
        opened.page.evaluate("document.documentElement.dataset.pythonLimit = 20000")
        ((_, stub, solution),) = [one for one in SOLUTIONS if one[0] == "adam-write"]
        assert cell.run(solved(stub, solution)) == "Right: every symbol agrees with Adam's.\n"
        assert "it looks as if (1 - beta1) is missing" in cell.run(WRONG)
        assert 'File "<your code>", line 1' in cell.run("1 / 0")
        assert opened.errors == []
        found, hits = escapes(cell, opened.page)
        assert {name for name, state in found.items() if state == "OPEN"} == set()
        assert hits == []
        assert [
            url for url in opened.requests if not url.startswith((site, "data:", "blob:"))
        ] == []
