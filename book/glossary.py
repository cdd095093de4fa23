"""The glossary: terms are linked where a page first uses them, and `{symbols}` lists the letters.

A term is not linked on the page that explains it. What the link says of itself is the term's
sentence, without its place.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from book.symbols import EVERYWHERE, HERE

PAGE = "chapters/glossary"
#: Pages of links and lists, in which every word would be one.
BARE = {PAGE, "chapters/references", "chapters/index", "chapters/figures", "chapters/teaching"}


class Term(NamedTuple):
    """A term: its place in the glossary, what it is called, its sentence, where it is explained."""

    id: str
    names: list[str]
    says: str
    explained: set[str]


def terms(env: BuildEnvironment) -> Iterator[Term]:
    """Yield the terms of the glossary, in its order."""
    for item in env.get_doctree(PAGE).findall(nodes.definition_list_item):
        names = [child for child in item if isinstance(child, nodes.term)]
        sentence = next(iter(item.findall(nodes.definition)))[0]
        links = list(sentence.findall(addnodes.pending_xref))
        said = "".join(one.astext() for one in sentence if one not in links)
        explained = {link["reftarget"].partition("#")[0] for link in links}
        yield Term(
            names[0]["ids"][0],
            [name.astext() for name in names],
            " ".join(said.split()),
            {one.rpartition("/")[2].removesuffix(".ipynb") for one in explained},
        )


def found(names: list[str]) -> re.Pattern[str]:
    """Return what finds a term in a text, in the plural too.

    >>> found(["mini-batch", "batch"]).search("Two batches are drawn.")[0]
    'batches'
    """
    longest_first = sorted(names, key=len, reverse=True)
    words = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    return re.compile(rf"\b(?:{words})(?:e?s)?\b", re.IGNORECASE)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link each term where a page first uses it in a sentence."""
    if app.builder.format != "html" or docname in BARE or PAGE not in app.env.found_docs:
        return
    own = docname.rpartition("/")[2]
    open_terms = [(term, found(term.names)) for term in terms(app.env) if own not in term.explained]
    where = app.builder.get_relative_uri(docname, PAGE)
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if "claim-says" in paragraph["classes"]:
            continue
        pieces, still_open = joined(paragraph.children), len(open_terms)
        linked = within_links(pieces)
        for term, pattern in list(open_terms):
            for k, piece in enumerate(pieces):
                text = isinstance(piece, nodes.Text) and not any(piece is one for one in linked)
                hit = pattern.search(piece) if text else None
                if hit is None:
                    continue
                said = nodes.reference("", hit[0], refuri=f"{where}#{term.id}", internal=True)
                said["classes"] = ["term"]
                said["reftitle"] = f"{term.names[0]}: {term.says}"
                before, after = piece[: hit.start()], piece[hit.end() :]
                around = nodes.Text(before), said, nodes.Text(after)
                pieces[k : k + 1] = [one for one in around if one is said or one]
                open_terms.remove((term, pattern))
                break
        if len(open_terms) < still_open:
            paragraph.children = []
            paragraph += pieces


def joined(children: list[nodes.Node]) -> list[nodes.Node]:
    """Return nodes with neighbouring texts, which the parser ends at each line, in one.

    >>> joined([nodes.Text("step"), nodes.Text(" "), nodes.Text("size")])
    [<#text: 'step size'>]
    """
    whole: list[nodes.Node] = []
    for child in children:
        if isinstance(child, nodes.Text) and whole and isinstance(whole[-1], nodes.Text):
            whole[-1] = nodes.Text(whole[-1] + child)
        else:
            whole.append(child)
    return whole


def within_links(children: list[nodes.Node]) -> list[nodes.Node]:
    """Return the nodes between a link's tags that are written as HTML.

    >>> link = nodes.raw("", '<a href="?k=3">'), nodes.Text("SGD"), nodes.raw("", "</a>")
    >>> within_links([nodes.Text("Try "), *link, nodes.Text(" now")])
    [<#text: 'SGD'>]
    """
    within, found_there = False, []
    for child in children:
        if isinstance(child, nodes.raw):
            tags = re.findall(r"<(/?)a\b", child.astext())
            within = tags[-1] == "" if tags else within
        elif within:
            found_there.append(child)
    return found_there


def rewritten(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages to be written anew: all, when the glossary has been read anew."""
    return sorted(env.found_docs) if PAGE in read else []


def noted(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Note which pages are read."""
    read.update(docnames)


read: set[str] = set()


class Symbols(SphinxDirective):
    """List every letter that formulas explain, with the pages on which it means that."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        meanings: dict[str, list[str]] = {said: [] for said in EVERYWHERE.values()}
        for page, names in HERE.items():
            for said in names.values():
                meanings.setdefault(said, []).append(page)
        items = []
        for said, pages in meanings.items():
            letter, _, meaning = said.partition(": ")
            line = nodes.paragraph("", "", nodes.strong("", letter), nodes.Text(f": {meaning}"))
            for k, page in enumerate(pages):
                target = addnodes.pending_xref(
                    "",
                    nodes.inline("", f"chapter {int(page[:2])}"),
                    refdomain="std",
                    reftype="doc",
                    refexplicit=True,
                    reftarget=f"/chapters/{page}",
                    refdoc=self.env.docname,
                    refwarn=True,
                )
                line += [nodes.Text(", " if k else " ("), target]
            line += nodes.Text(")" if pages else "")
            items.append(nodes.list_item("", line))
        return [nodes.bullet_list("", *items)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("symbols", Symbols)
    app.connect("env-before-read-docs", noted)
    app.connect("env-updated", rewritten)
    app.connect("doctree-resolved", link, priority=960)  # after the learner's notebook is made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
