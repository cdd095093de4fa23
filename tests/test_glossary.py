"""The glossary: what it explains is linked where a page first uses it."""

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from book.glossary import BARE, found
from book.symbols import EVERYWHERE, HERE
from pagefigures.tests.browser import Visit
from tests.conftest import SITE, pages

linked_pages = [path for path in pages() if path.removesuffix(".html") not in BARE]


@cache
def soup(path):
    return BeautifulSoup((SITE / path).read_text("utf8"), "html.parser")


def sentences(page):
    """Return the paragraphs of text, in their order."""
    apart = "form p, .predict p, .claim-says, .picture p, .explore-instead p, details.hide p"
    return page.select(f"article p:not({apart}, .admonition-title)")


def own_words(paragraph):
    """Return what a paragraph says outside of links, formulas and what is set in another type."""
    return " ¦ ".join(paragraph.find_all(string=True, recursive=False))


def entries():
    """Return the terms of the glossary, each with its names, its sentence and its place."""
    names = []
    for one in soup("chapters/glossary.html").select("dl.glossary > *"):
        if one.name == "dt":
            names.append(one)
            continue
        ids = [name["id"] for name in names]
        words = [re.sub(r"#$", "", name.get_text().strip()) for name in names]
        yield ids, words, one.get_text().strip(), [link["href"] for link in one.select("a")]
        names = []


def test_every_term_has_one_sentence_and_its_place():
    for _, words, sentence, places in entries():
        said = sentence.rpartition(".")[0]
        assert said, words
        assert len(places) == 1, words
        assert sentence.count(". ") <= 1, words


@pytest.mark.parametrize("path", linked_pages)
def test_a_term_is_linked_once_on_a_page_and_where_it_stands_first(path):
    page = soup(path)
    known = {ids[0]: words for ids, words, *_ in entries()}
    seen = []
    for link in page.select("article a.term"):
        where, _, name = link["href"].partition("#")
        assert where == "glossary.html"
        assert found(known[name]).fullmatch(link.get_text())
        assert link["title"].startswith(known[name][0])
        seen.append(name)
        earlier = {id(one) for one in link.find_all_previous("p")[1:]}
        before = [own_words(one) for one in sentences(page) if id(one) in earlier]
        assert [words for words in before if found(known[name]).search(words)] == [], name
    assert len(seen) == len(set(seen))


def test_chapters_link_many_terms():
    for path in linked_pages:
        if re.match(r"chapters/0[2-8]", path):
            assert len(soup(path).select("article a.term")) >= 5, path


def test_a_page_does_not_link_what_it_explains():
    for ids, _, _, places in entries():
        for place in places:
            page = soup(f"chapters/{place.partition('#')[0]}")
            assert page.select(f"a.term[href$='#{ids[0]}']") == []


def test_every_letter_is_in_the_list():
    listed = soup("chapters/glossary.html").select_one("#symbols-1, #symbols").get_text()
    for names in (EVERYWHERE, *HERE.values()):
        for said in names.values():
            assert said.replace("'", "’") in listed


@pytest.mark.parametrize("engine", ["browser", "firefox"])
def test_a_term_says_its_sentence_to_the_hand_and_to_the_key(request, engine, site):
    with Visit(
        request.getfixturevalue(engine), f"{site}chapters/07-where-adam-fails.html"
    ) as opened:
        page = opened.page
        term = page.locator("a.term").first
        says = term.get_attribute("title")
        term.hover()
        page.wait_for_function("!document.getElementById('peek')?.hidden")
        assert page.locator("#peek").text_content() == says
        page.keyboard.press("Escape")
        assert page.locator("#peek").is_hidden()
        term.focus()
        assert page.locator("#peek").text_content() == says
        term.click()
        page.wait_for_url("**/glossary.html#term-*")
