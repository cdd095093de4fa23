"""Four sayings that are asked twice, before chapter 1 and after chapter 5, and a score of all.

A part of the Sphinx build. `{four-sayings} before` asks and tells nothing; `{four-sayings} after`
asks again, says what changed, and gives verdicts; `{sayings-score}` counts what a page's questions
were answered first. What is answered stays in the reader's browser (`static/sayings.js`, by
`static/kept.js`). The role `{see}` leads to a figure of any page with what is to be set there.
"""

import posixpath
from html import escape
from typing import Any, NamedTuple

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from book.markdown import Markdown, folded

OPTIONS = "true", "false", "it depends"
BEFORE, AFTER = "chapters/index", "chapters/05-signal-and-noise"


class Saying(NamedTuple):
    """A sentence that is said, the option that is right, why, and the figure that decides."""

    key: str
    words: str
    right: str
    why: str
    figure: str  # page?figure=setting, as `{see}` takes it


FOUR = (
    Saying(
        "mass",
        "The momentum coefficient is the mass.",
        "false",
        "It is the share of the velocity that survives a step, a ratio of mass and friction: a"
        " heavy particle with much friction and a light one with little have the same.",
        "02-momentum?particle=_9_1_1_60",
    ),
    Saying(
        "bound",
        "A step of Adam is never longer than α.",
        "false",
        "With the usual decay rates a steady slope after many zeros makes steps several times as"
        " long. It is true where β₁ = β₂.",
        f"05-signal-and-noise?break-the-bound-2={'*'.join(['30'] * 12)}_10000",
    ),
    Saying(
        "large",
        "Large gradients slow Adam down.",
        "it depends",
        "Gradients that are always large do not: their size cancels. A large one among small ones"
        " does, once it is past, for as long as v remembers it.",
        "05-signal-and-noise?one-spike=6_2",
    ),
    Saying(
        "correction",
        "Bias correction makes the first steps larger.",
        "it depends",
        "It depends on the decay rates. With the usual ones it makes them smaller; with a smaller"
        " β₂, 0.95 say, it makes the first few larger.",
        "04-bias-correction?four-ways=2_1_0",
    ),
)


class four(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """Where the four sayings stand; its `round` is "before" or "after"."""


class score(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """Where the score of a page's questions stands."""


class see(nodes.reference):  # type: ignore[misc]  # noqa: N801
    """A link to a figure that sets it; its `page` is a document."""


class FourSayings(Directive):  # type: ignore[misc]
    """Ask the four sayings here."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [four(round=directives.choice(self.arguments[0], ("before", "after")))]


class Score(Directive):  # type: ignore[misc]
    """Show the score here."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [score()]


def address(figure: str, here: str) -> tuple[str, str]:
    """Return the document of a figure, and its address seen from a page beside it.

    >>> address("02-momentum?particle=_9", "chapters/index")
    ('chapters/02-momentum', '02-momentum.html?particle=_9#particle')
    """
    page, _, setting = figure.partition("?")
    name = setting.partition("=")[0]
    page = page or posixpath.basename(here)
    return posixpath.join(posixpath.dirname(here), page), f"{page}.html?{setting}#{name}"


class See(SphinxRole):
    """A link to a figure: {see}`words <page?figure=setting>`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        words, _, figure = self.text.rstrip(">").rpartition("<")
        page, uri = address(figure, self.env.docname)
        if page not in self.env.found_docs:
            raise ValueError(f"{self.env.docname}: no page {page!r} for {self.text!r}")
        return [see("", words.strip(), refuri=uri, internal=True, page=page, classes=["see"])], []


def ask(one: Saying, which: str) -> str:
    """Return the HTML of one of the four; it is of use without scripts too."""
    docname = BEFORE if which == "before" else AFTER
    buttons = "".join(
        f'<button type="button" aria-pressed="false">{option}</button>' for option in OPTIONS
    )
    verdict = ""
    if which == "after":
        verdict = (
            '<p class="four-said" role="status"></p><details class="four-why">'
            f"<summary>Verdict</summary><p><b>{one.right.capitalize()}.</b> {escape(one.why)}"
            f' <a href="{escape(address(one.figure, docname)[1])}">The figure that decides</a></p>'
            "</details>"
        )
    before = f' data-before="{BEFORE}#saying-{one.key}"' if which == "after" else ""
    right = f' data-right="{one.right}"' if which == "after" else ""
    return (
        f'<fieldset data-kept="{docname}#saying-{one.key}"{before}{right}>'
        f'<legend>“{one.words}”</legend><span class="four-options">{buttons}</span>{verdict}'
        "</fieldset>"
    )


def form(which: str) -> str:
    """Return the HTML of all four."""
    asked = "".join(ask(one, which) for one in FOUR)
    label = "Four sayings" if which == "before" else "Four sayings, once more"
    return (
        f'<section class="four" data-round="{which}" aria-label="{label}">{asked}'
        '<p class="four-says" role="status"></p></section>'
    )


def in_a_notebook(which: str) -> str:
    """Return the four as markdown: before, to be noted; after, with folded verdicts."""
    if which == "before":
        asked = "\n".join(f"- “{one.words}”" for one in FOUR)
        return f"{asked}\n\nNote for each: {', '.join(OPTIONS[:2])}, or {OPTIONS[2]}."
    parts = []
    for one in FOUR:
        page = one.figure.partition("?")[0]
        why = f"**{one.right.capitalize()}.** {one.why} See [the figure]({page}.ipynb)."
        parts.append(folded(f"“{one.words}”", why))
    return "\n\n".join(parts)


def place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the HTML in its places."""
    if app.builder.format != "html":
        return
    for one in list(doctree.findall(four)):
        one.replace_self(nodes.raw("", form(one["round"]), format="html"))
    for one in list(doctree.findall(score)):
        html = '<section class="score" aria-label="Your score"><p role="status"></p></section>'
        one.replace_self(nodes.raw("", html, format="html"))


def scripts(app: Sphinx, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Send the script with the pages that need it, after `kept.js`."""
    if 'class="four"' in context.get("body", "") or 'class="score"' in context.get("body", ""):
        app.add_js_file("sayings.js", loading_method="defer", priority=600)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("four-sayings", FourSayings)
    app.add_directive("sayings-score", Score)
    app.add_role("see", See())
    app.add_node(four)
    app.add_node(score)
    app.add_node(
        see,
        html=(
            lambda writer, node: writer.visit_reference(node),
            lambda writer, node: writer.depart_reference(node),
        ),
    )
    register: Any = Markdown.of.register  # type: ignore[attr-defined]
    register(four, lambda _, node: in_a_notebook(node["round"]))
    register(score, lambda *_: "")
    register(
        see,
        lambda markdown, node: (
            f"[{markdown.inline(node)}]({posixpath.basename(node['page'])}.ipynb)"
            if node["page"] != markdown.docname
            else markdown.inline(node)
        ),
    )
    app.connect("doctree-resolved", place, priority=950)  # after the learner's notebook is made
    app.connect("html-page-context", scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
