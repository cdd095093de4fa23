"""The built site, as its readers meet it: in a real browser, on a phone and on a desk."""

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe

from pagefigures.tests.browser import Visit
from tests.conftest import SITE, pages

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


SEEN = """figure => [...figure.querySelectorAll("[role=img], .predict-reply")]
    .map(seen => seen.outerHTML).join()"""


def _changes(figure, act):
    """Return whether an act of the reader changes what the figure shows, within a second."""
    before = figure.evaluate(SEEN)
    act()
    for _ in range(50):
        if figure.evaluate(SEEN) != before:
            return True
        figure.page.wait_for_timeout(20)
    return False


def _by_hand_and_key(control):
    """Return what a reader does to a control: once with the mouse, once with the keyboard."""
    keyboard = control.page.keyboard
    if control.locator(".noUi-handle").count():
        handle, bar = control.locator(".noUi-handle"), control.locator(".noUi-base")

        def at_start():
            return handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemin")

        def hand():
            far = bar.bounding_box()["width"] * (0.98 if at_start() else 0.02)
            bar.click(position={"x": far, "y": 2}, force=True)

        return hand, lambda: (handle.focus(), keyboard.press("End" if at_start() else "Home"))
    if control.locator("select").count():
        choose = control.locator("select")
        last = choose.locator("option").count() - 1
        return (
            lambda: choose.select_option(index=last),
            lambda: (choose.focus(), keyboard.press("Home")),
        )
    other = control.locator("button:not(.mod-active)").first
    return other.click, lambda: (other.focus(), keyboard.press("Space"))


@every_page
def test_every_control_answers_to_hand_and_key(visit, path):
    with visit(path, width=390) as opened:
        for figure in opened.page.locator(".explore, .predict").all():
            controls = figure.locator(".widget-slider, .widget-dropdown, .widget-toggle-buttons")
            assert controls.count() >= 1
            for control in controls.all():
                label = control.locator(".widget-label").text_content()
                hand, key = _by_hand_and_key(control)
                assert _changes(figure, hand), f"nothing follows the mouse: {label}"
                assert _changes(figure, key), f"nothing follows the keyboard: {label}"
            for play in figure.locator(".widget-play").all():
                assert _changes(figure, play.locator("button").first.click), "play does nothing"
        assert opened.errors == []


@every_page
def test_each_figure_shows_its_first_picture_without_scripts(visit, path):
    with visit(path) as opened:
        figures = opened.page.locator(".explore, .predict").count()
    with visit(path, java_script_enabled=False) as opened:
        instead = opened.page.locator(".explore-instead").all()
        assert len(instead) == figures
        assert all(one.is_visible() for one in instead)
