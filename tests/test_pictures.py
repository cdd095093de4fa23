"""The pictures of the built site are those that a person has approved, and say what they show."""

import re

import pytest
from bs4 import BeautifulSoup

from book.look import COLOURS, GREY, MOMENTS
from tests.pictures import APPROVED, NAMES, SITE, describe, differences, pages, same

every_page = pytest.mark.parametrize("page", pages())


def read(page):
    return (SITE / f"{page}.html").read_text("utf8")


@every_page
def test_the_pictures_are_the_approved_ones(page):
    approved = (APPROVED / f"{page}.txt").read_text("utf8").splitlines()
    changed = differences(describe(read(page)), approved)
    assert not changed, (
        "look at the page, and if it is right: python -m tests.pictures --approve\n"
        + "\n".join(changed[:60])
    )


@pytest.mark.parametrize("page", [page for page in pages() if page != "laboratory"])
def test_a_methods_name_has_the_methods_colour(page):
    for line in describe(read(page)):
        found = re.match(r"text “(SGD|momentum|RMSProp|Adam)\b[^”]*” (\S+)", line)
        if found and found[2] in NAMES.values():
            assert found[2] in (found[1], "ink" if found[1] == "SGD" else found[1]), line


@every_page
def test_each_figure_says_what_is_seen_and_has_a_name_of_its_own(page):
    article = BeautifulSoup(read(page), "html.parser")
    figures = article.select("form.explore, form.live")
    names = [form["id"] for form in figures]
    assert len(set(names)) == len(names)
    for svg in article.select(".picture > svg, form.explore > svg, form.live > svg"):
        assert len(svg["aria-label"]) > 20, svg["aria-label"]
    for form in figures:
        assert form.select_one(".pf-says").get_text() == form.find("svg")["aria-label"]
        for control in form.select("input, select, [role=slider]"):
            label = control.get("aria-label") or control.find_parent("label")
            assert label, control


def test_every_page_is_approved_and_nothing_else_is():
    assert sorted(path.stem for path in APPROVED.glob("*.txt")) == sorted([*pages(), "formulas"])


def test_the_colours_have_the_names_that_readers_see():
    named = {**COLOURS, **MOMENTS, "grey": GREY}
    assert {colour: name for name, colour in named.items()} == NAMES


def test_what_counts_as_the_same():
    line = "line Adam 1.2 | box 10 20 30 40 length 100 parts 1"
    assert same(line, "line Adam 1.2 | box 11 20 29 42 length 102 parts 1")
    assert not same(line, "line Adam 1.2 | box 10 20 36 40 length 100 parts 1")
    assert not same(line, "line momentum 1.2 | box 10 20 30 40 length 100 parts 1")
    assert differences([line], [line]) == []
    assert differences([line], []) == [f"+ {line}"]
