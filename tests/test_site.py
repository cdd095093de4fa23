"""The built site, as its readers meet it: in a real browser, on a phone and on a desk."""

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import SITE, Visit, pages

every_page = pytest.mark.parametrize("path", pages())


def test_the_site_has_been_built(site):
    assert pages()
    assert (SITE / "index.html").exists()


@every_page
@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1400, "light")])
def test_page_opens_without_an_error_or_a_foreign_request(visit, site, path, width, theme):
    with visit(path, width=width, theme=theme) as opened:
        assert opened.errors == []
        foreign = [url for url in opened.requests if not url.startswith((site, "data:", "blob:"))]
        assert foreign == []
        assert opened.page.evaluate("document.documentElement.dataset.theme") == theme
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, "the page scrolls sideways"


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, path, theme):
    with visit(path, width=390, theme=theme) as opened:
        found = Axe().run(opened.page).response["violations"]
        serious = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:3])
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []


@every_page
def test_page_opens_from_a_file(browser, path):
    with Visit(browser, (SITE / path).as_uri()) as opened:
        assert opened.errors == []


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.ids |= {named.get("id"), named.get("name")} - {None}
        self.targets += [named[key] for key in ("href", "src") if named.get(key)]


def _links(path):
    parser = _Links()
    parser.feed((SITE / path).read_text(encoding="utf8"))
    return parser


@every_page
def test_every_internal_link_leads_somewhere(path):
    for target in _links(path).targets:
        url, fragment = urldefrag(urljoin(path, target))
        if "://" in url or url.startswith(("mailto:", "data:", "#")):
            continue
        file = SITE / unquote(url.partition("?")[0] or path)
        assert file.exists(), target
        if fragment and file.suffix == ".html":
            ids = _links(file.relative_to(SITE)).ids
            assert unquote(fragment) in ids or not fragment, target
