"""What helps reading: numbers and links of figures, names of letters, cards, the pages beside."""

import re

import pytest
from bs4 import BeautifulSoup

from book.cards import PICTURES
from book.extension import render
from book.symbols import EVERYWHERE, HERE, named
from pagefigures.tests.browser import Visit
from tests.conftest import SITE, pages

every_page = pytest.mark.parametrize("path", pages())


def soup(path):
    return BeautifulSoup((SITE / path).read_text("utf8"), "html.parser")


def figures(page):
    return page.select("article :is(form.explore, form.live, .picture)")


# Figures.


@every_page
def test_figures_are_numbered_in_order_and_have_names(path):
    page = soup(path)
    chapter = page.select_one("h1 .section-number")
    chapter = chapter.get_text().strip() if chapter else ""
    found = figures(page)
    numbers = [one.select_one(".pf-number").get_text() for one in found]
    assert numbers == [f"Figure {chapter}{n}" for n in range(1, len(found) + 1)]
    names = [one["id"] for one in found]
    assert [one.select_one(".pf-number")["href"] for one in found] == [f"#{one}" for one in names]
    ids = [one["id"] for one in page.select("[id]")]
    assert [one for one in names if ids.count(one) > 1] == []


@pytest.mark.parametrize("engine", ["browser", "firefox"])
def test_a_figures_link_leads_to_it_with_what_the_reader_has_set(request, engine, site):
    with Visit(request.getfixturevalue(engine), site + "chapters/01-sgd.html") as opened:
        page = opened.page
        figure = page.locator("form.explore, form.live").nth(1)
        bar = figure.locator("input[type=range]").first
        bar.press("Home")
        page.wait_for_function("location.search !== ''")
        figure.locator(".pf-number").click()
        name = figure.get_attribute("id")
        assert page.url.endswith(f"#{name}")
        assert "?" in page.url
        copied, now = page.url, bar.get_attribute("aria-valuetext")
        page.goto("about:blank")
        page.goto(copied)
        page.wait_for_function("scrollY > 0")
        figure = page.locator(f"#{name}")
        assert 0 <= figure.bounding_box()["y"] < page.viewport_size["height"]
        told = figure.locator("input[type=range]").first
        page.wait_for_function(
            "([name, now]) => document.getElementById(name).querySelector('[type=range]')"
            ".ariaValueText === now",
            arg=[name, now],
        )
        assert told.get_attribute("aria-valuetext") == now
        assert opened.errors == []


def test_the_link_is_copied_with_what_is_set(browser, site):
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with Visit(browser, site + "chapters/01-sgd.html", **allowed) as opened:
        number = opened.page.locator(".pf-number").nth(1)
        number.click()
        opened.page.locator(".pf-number[data-copied]").wait_for()
        assert opened.page.evaluate("navigator.clipboard.readText()") == opened.page.url
        assert opened.page.url.endswith(number.get_attribute("href"))


T = "document.querySelector('form.live [data-control=t]').value"


def test_the_first_figure_plays_once_when_it_is_seen(browser, site):
    with Visit(browser, site + "chapters/index.html", reduced_motion="no-preference") as opened:
        page = opened.page
        page.wait_for_function(f"0 < {T} && {T} < 30")
        page.wait_for_function(f"{T} === '40'")
        page.wait_for_timeout(300)
        assert page.evaluate(T) == "40"
        assert opened.page.locator("form.live [role=status]").first.text_content() == ""
        assert "?" not in page.url
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(200)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
        assert page.evaluate(T) == "40"
        assert opened.errors == []


@pytest.mark.parametrize("what", ["reduced motion", "out of sight", "a setting in the address"])
def test_the_first_figure_does_not_play(browser, site, what):
    motion = "reduce" if what == "reduced motion" else "no-preference"
    share = "?race=-1*1_1_40" if what == "a setting in the address" else ""
    height = {"width": 390, "height": 300} if what == "out of sight" else None
    with Visit(browser, f"{site}chapters/index.html{share}", reduced_motion=motion) as opened:
        page = opened.page
        if height:
            page.set_viewport_size(height)
            page.reload()
        seen = {page.evaluate(T) for _ in range(8) if page.wait_for_timeout(100) is None}
        assert seen == {"40"}


# Letters in formulas.


def test_every_letter_says_what_it_is():
    formula = r"\theta_t = \theta_{t-1} - \alpha\,\frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}"
    html = named(render(formula, True), "chapters/04-bias-correction")
    said = re.findall(r'data-says="(.*?):', html)
    assert sorted(said) == sorted(["θ", "θ", "α", "m̂", "v̂", "ε"])  # below the bar comes first


def test_an_index_tells_the_betas_apart():
    html = named(render(r"\beta_1^t m + \beta_2 v + \beta", False), "chapters/04-bias-correction")
    assert re.findall(r'data-says="(.*?):', html) == ["β₁", "m", "β₂", "v"]


@pytest.mark.parametrize(
    ("page", "meaning"),
    [("02-momentum", "friction"), ("05-signal-and-noise", "mean"), ("03-rms-scaling", None)],
)
def test_a_letter_with_several_meanings_has_that_of_its_page(page, meaning):
    html = named(render(r"\mu", False), f"chapters/{page}")
    assert (meaning in html) if meaning else ("data-says" not in html)


@pytest.mark.parametrize("formula", [r"\hat m_t/\sqrt{\hat v_t}", r"\frac{\beta_1^t}{h\kappa}"])
@pytest.mark.parametrize("display", [True, False])
def test_names_change_nothing_of_a_formulas_look(formula, display):
    html = render(formula, display)
    assert re.sub(' data-says="[^"]*"', "", named(html, "chapters/02-momentum")) == html


def test_every_named_letter_is_in_the_list_on_the_front_page():
    table = soup("chapters/index.html").select_one("details table").get_text()
    letters = {name.partition(":")[0] for name in EVERYWHERE.values()}
    letters |= {name.partition(":")[0] for names in HERE.values() for name in names.values()}
    plain = str.maketrans("₁₂", "  ", "\u0302")
    assert [one for one in letters if one.translate(plain).strip() not in table] == []


@pytest.mark.parametrize("touch", [False, True])
def test_a_letter_tells_its_name_to_a_hand(browser, site, touch):
    path = "chapters/04-bias-correction.html"
    with Visit(browser, site + path, width=390, has_touch=touch) as opened:
        page = opened.page
        letter = page.locator('.bd-article .katex-display [data-says^="v̂"]').first
        letter.scroll_into_view_if_needed()
        (letter.tap if touch else letter.hover)()
        peek = page.locator(".peek:visible")
        peek.wait_for()
        assert "bias-corrected" in peek.inner_text()
        box = peek.bounding_box()
        assert 0 <= box["x"]
        assert box["x"] + box["width"] <= 390
        assert opened.errors == []


def test_a_link_to_the_list_of_letters_opens_it(visit):
    with visit("chapters/04-bias-correction.html", width=390) as opened:
        opened.page.locator("a[href$='#symbols']").first.click()
        opened.page.wait_for_url("**/index.html#symbols")
        assert opened.page.locator("#symbols details table").is_visible()


@every_page
def test_an_address_that_ends_in_nonsense_breaks_nothing(browser, site, path):
    with Visit(browser, f"{site}{path}#%ZZ") as opened:
        assert opened.errors == []


# The way through the course.


@every_page
def test_the_pages_beside_are_linked_at_the_top(path):
    page = soup(path)
    below = {one["class"][0]: one["href"] for one in page.select(".prev-next-area a")}
    way = {one["rel"][0]: one["href"] for one in page.select("nav.way a")}
    assert way == (
        {} if "left-prev" not in below else {
            rel: below[name] for rel, name in (("prev", "left-prev"), ("next", "right-next"))
            if name in below
        }
    )  # fmt: skip


def test_each_chapter_is_a_card_with_a_picture_and_a_place_on_the_map():
    page = soup("chapters/index.html")
    chapters = [
        one["href"]
        for one in page.select(".bd-links a.reference.internal")
        if re.match(r"\d", one["href"])
    ]
    cards = page.select(".cards ol > li")
    assert [one.a["href"] for one in cards] == chapters
    assert [one["href"] for one in page.select("#map svg a")] == chapters
    assert all(one.svg for one in page.select(".cards li"))
    assert {one.a["href"] for one in page.select(".cards li")} == {f"{p}.html" for p in PICTURES}


def test_all_of_a_card_leads_to_its_page(visit):
    with visit("chapters/index.html", width=390) as opened:
        card = opened.page.locator(".cards li").nth(1)
        card.locator("> svg").click(force=True)
        opened.page.wait_for_url("**/02-momentum.html")


# Large text, and paper.


CLIPPED = """[...document.querySelectorAll(
    ".bd-article :is(p, li, h1, h2, h3, button, label, summary, legend, td, th, output, select),"
    + " .pf-says, .way a")]
    .filter((one) => one.checkVisibility({visibilityProperty: true})
        && !one.closest(".katex, .pf-room, svg, pre, .way, .pst-scrollable-table-container")
        && /hidden|clip/.test(getComputedStyle(one).overflow + getComputedStyle(one).overflowX)
        && one.getAttribute("role") !== "status"
        && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2))
    .map((one) => one.outerHTML.slice(0, 120))"""
COLLAPSED = """[...document.querySelectorAll(".pf-row input[type=range]")]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => one.getBoundingClientRect().width < 60)
    .map((one) => one.ariaLabel)"""
BESIDE = """[...document.querySelectorAll(".pf-row, .pf-choices, .pf-option, .kept-row, .cards li")]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => one.scrollWidth > one.clientWidth + 2)
    .map((one) => one.textContent.slice(0, 60))"""


@every_page
def test_text_of_twice_the_size_is_not_clipped(browser, site, path):
    with Visit(browser, site + path, width=1280) as opened:
        page = opened.page
        page.add_style_tag(content="html {font-size: 200% !important; --pst-font-size-base: 34px}")
        page.wait_for_timeout(100)
        assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 30
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate(COLLAPSED) == []
        assert page.evaluate(BESIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


INK = """[...document.querySelectorAll(
    "article :is(p, li, h1, h2, pre span, summary, td, svg text), article")]
    .filter((one) => one.checkVisibility())
    .map((one) => [one, getComputedStyle(one)])
    .map(([one, style]) => [one.outerHTML.slice(0, 80),
        one instanceof SVGElement ? style.fill : style.color])
    .filter(([, colour]) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
        const part = /color\\(srgb/.test(colour) ? 255 : 1;
        return 0.2126 * r * part + 0.7152 * g * part + 0.0722 * b * part > 150;
    }).slice(0, 5)"""


@every_page
def test_paper_gets_dark_ink_on_a_light_ground_from_the_dark_theme_too(browser, site, path):
    with Visit(browser, site + path, theme="dark") as opened:
        page = opened.page
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(INK) == []
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert min(map(float, re.findall(r"[\d.]+", ground)[:3])) > 240
