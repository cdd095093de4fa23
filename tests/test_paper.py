"""The course on paper: `make pdf`."""

import re
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from book import paper
from book.execution import ROOT, NotBuiltError
from pagefigures.tests.browser import CHROMIUM, missing
from tests.conftest import SITE
from tests.test_exercises import exercises

pytestmark = pytest.mark.xdist_group("paper")  # printed once
PRINTED = ROOT / "_build" / paper.NAME
FOOT = 55  # points: below stands the number of the page
DARK = "(one) => Math.max(...getComputedStyle(one).color.match(/[\\d.]+/g).slice(0, 3)) < 128"


@pytest.fixture(scope="module")
def printed():
    """Print the course, and return what is read from it."""
    if CHROMIUM is None:
        missing("no Chromium here: install it (Debian: `apt-get install chromium`) or Chrome")
    if not SITE.is_dir():
        missing("the site is not built: `make book` first")
    # in a process of its own: a thread bears one Playwright
    told = subprocess.run(
        [sys.executable, "-m", "book.paper"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return PdfReader(PRINTED)


def bare(text):
    """Return what of a text does not depend on how it is set."""
    return re.sub(r"[^A-Za-z0-9]", "", text)


@pytest.fixture(scope="module")
def sheets(printed):
    """Return, for each page, its text and how far above the lower edge it stands, in points."""
    found = []
    for page in printed.pages:
        heights = []

        def hear(text, cm, tm, *font, heights=heights):
            if text.strip():
                heights.append(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])

        text = page.extract_text(visitor_text=hear)
        found.append((text, sorted(height for height in heights if height > FOOT)))
    return found


@pytest.fixture(scope="module")
def texts(sheets):
    return [text for text, _ in sheets]


@pytest.fixture(scope="module")
def course(texts):
    return bare("".join(texts))


@cache
def built():
    names = paper.Course().names()
    return [
        BeautifulSoup((SITE / f"{name}.html").read_text("utf8"), "html.parser") for name in names
    ]


def beginning(printed, title):
    return next(
        printed.get_destination_page_number(one)
        for one in headings(printed.outline)
        if " ".join(one.title.split()) == title
    )


def headings(outline):
    for one in outline:
        yield from headings(one) if isinstance(one, list) else (one,)


def test_as_many_pages_as_such_a_course_has(printed):
    assert 130 <= len(printed.pages) <= 240


def test_the_contents_names_the_page_on_which_each_chapter_begins(printed, texts):
    lines = " ".join(" ".join(texts[1 : beginning(printed, "Understanding Adam")]).split())
    titles = [
        " ".join(page.select_one("article h1").get_text().strip("#").split()) for page in built()
    ]
    for title in [*titles, "Solutions", "Links"]:
        number = int(re.search(re.escape(title) + r" (\d+)", lines)[1])
        assert bare(title) in bare(texts[number - 1]), title
        assert number == beginning(printed, title) + 1


def test_every_place_of_the_document_has_an_id_of_its_own_and_is_found_in_the_print(printed):
    document = BeautifulSoup(paper.Course().document(), "html.parser")
    ids = Counter(one["id"] for one in document.select("[id]"))
    assert [name for name, times in ids.items() if times > 1] == []
    asked = {one["href"].removeprefix("#") for one in document.select("a.page")}
    assert len(asked) > 100
    assert asked <= paper.begins(PRINTED.read_bytes()).keys()


def test_no_page_is_blank_or_half_empty(printed, sheets):
    half = float(printed.pages[0].mediabox.height) / 2
    assert all(heights for _, heights in sheets)
    first = beginning(printed, "Understanding Adam")  # the contents before it ends where it ends
    short = [k for k, (_, heights) in enumerate(sheets[:-1], 1) if heights[0] > half]
    assert [k for k in short if k == 1 or k > first] == []


def test_no_heading_is_stranded(printed, sheets):
    outline = [*headings(printed.outline)]
    for one, following in zip(outline, [*outline[1:], None], strict=True):
        at = printed.get_destination_page_number(one)
        _, heights = sheets[at]
        below = float(one.top) - heights[0]
        if below <= 40:  # then all of it must be there: a line, and nothing on the next page
            assert below > 25, one.title
            assert following, one.title
            assert printed.get_destination_page_number(following) == at + 1, one.title
            assert float(following.top) >= max(sheets[at + 1][1]), one.title


def test_every_figure_is_there_with_its_sentence(course):
    pages = built()
    pictures = [one["aria-label"] for page in pages for one in page.select(".picture > svg")]
    says = [one.get_text() for page in pages for one in page.select("form .pf-says")]
    assert len(pictures) > 15
    assert len(says) > 15
    assert [words for words in pictures + says if bare(words) not in course] == []


def test_no_word_of_a_control_is_printed(texts):
    printed = "\n".join(texts)
    for words in (
        "show the code",
        "as a number",
        "one back",
        "back to the first",
        "↺",
        "‹",
        "You said",
    ):
        assert words not in printed
    assert "Not done yet" not in printed.replace("says Not done yet", "")


def test_every_equation_keeps_its_number(texts):
    numbers = [one.get_text().strip("#") for page in built() for one in page.select(".eqno")]
    assert len(numbers) > 30
    printed = "".join("".join(texts).split())
    assert [number for number in numbers if number not in printed] == []


def test_solutions_are_at_the_end_and_not_before(printed, texts):
    at = beginning(printed, "Solutions")
    before, after = bare("".join(texts[:at])), bare("".join(texts[at:]))
    assert bare("Hint 1") not in before + after  # who looks there for a hint would see the solution
    for case in exercises():
        solution = bare(case.values[2])
        assert solution in after, case.id
        assert solution not in before, case.id
    for page in built():
        for exercise in page.select(".exercise .caption-number"):
            assert bare(exercise.get_text()) in before
            assert bare(exercise.get_text()) in after
        for title in page.select(".result .admonition-title"):
            assert bare(title.get_text()) in after
            assert bare(title.get_text()) not in before
        for reply in page.select(".pf-reply"):
            reply.b.extract()
            assert bare(reply.get_text()) in after
            assert bare(reply.get_text()) not in before or len(bare(reply.get_text())) < 30


def test_no_address_of_a_link_is_lost(course):
    links = [one["href"] for page in built() for one in page.select("article a[href]")]
    outside = {link for link in links if "://" in link}
    assert len(outside) > 20
    lost = [link for link in outside if bare(link.replace("https://doi.org/", "")) not in course]
    assert lost == []


@pytest.fixture(scope="module")
def document(printed, browser):
    """Return the printed document, as wide as the paper, opened by a reader in the dark."""
    context = browser.new_context(viewport={"width": 605, "height": 900}, color_scheme="dark")
    page = context.new_page()  # 605 pixels are 160 mm
    page.goto((ROOT / "_build/paper/course.html").as_uri(), wait_until="load", timeout=120_000)
    page.emulate_media(media="print")
    yield page
    context.close()


def test_nothing_is_cut_at_the_side(document):
    wide = document.evaluate(
        """[...document.querySelectorAll("pre, table, .picture > svg, p, li, .katex-html")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth
                || one.getBoundingClientRect().right > document.body.clientWidth + 1)
            .map((one) => one.textContent.slice(0, 60))"""
    )
    assert wide == []


def test_paper_is_white_and_ink_is_dark_for_a_reader_in_the_dark(document):
    seen = document.evaluate(
        f"""[getComputedStyle(document.body.parentElement).backgroundColor,
            [...document.querySelectorAll("p, h1, h2, li, td, pre span")].every({DARK})]"""
    )
    assert seen == ["rgb(255, 255, 255)", True]


def test_a_page_printed_from_the_dark_site_is_ink_on_paper(visit):
    with visit("chapters/01-sgd.html", theme="dark") as opened:
        opened.page.emulate_media(media="print")
        dark = (
            f"[...document.querySelectorAll('.bd-article :is(p, td, pre, pre span)')].every({DARK})"
        )
        assert opened.page.evaluate(dark)


def test_without_a_browser_one_sentence_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as told:
        paper.main()
    assert "Chromium or Chrome prints the course, and none is here" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_course_that_is_not_built_is_not_printed(tmp_path):
    for name in ("_config.yml", "_toc.yml"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf8"), "utf8")
    with pytest.raises(NotBuiltError, match="build the site first"):
        paper.print_course(tmp_path)


def test_a_link_to_nowhere_is_named():
    with pytest.raises(NotBuiltError, match="'nowhere'"):
        paper.fill('<a class="page" href="#nowhere"></a>', {"somewhere": 3})
