"""The bibliography and the pages agree."""

import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"


def entries():
    """Return the keys of the bibliography, in its order."""
    return re.findall(r"^@\w+\{([^,]+),", (CHAPTERS / "references.bib").read_text("utf-8"), re.M)


def cited():
    """Return the keys that the pages cite."""
    pages = (nbformat.read(page, as_version=4) for page in CHAPTERS.glob("*.ipynb"))
    text = "\n".join(cell.source for page in pages for cell in page.cells)
    roles = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    return {key.strip() for role in roles for key in role.split(",")}


def test_every_entry_is_cited_and_every_citation_has_an_entry():
    assert set(entries()) == cited()


def test_entries_stand_in_the_order_of_their_keys():
    assert entries() == sorted(set(entries()))


def bodies():
    """Return key and body of each entry."""
    text = (CHAPTERS / "references.bib").read_text("utf-8")
    return re.findall(r"^@\w+\{([^,]+),(.*?)^\}", text, re.M | re.S)


@pytest.mark.parametrize(("key", "body"), bodies())
def test_every_entry_has_a_link_and_a_sentence_on_what_to_read_it_for(key, body):
    assert re.search(r"^  (doi|url) = \{\S+\},$", body, re.M)
    note = re.search(r"^  note = \{(.+)\},$", body, re.M)
    assert note
    assert note[1].endswith(".")
