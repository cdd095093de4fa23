"""What a paper claims, line by line: `{claim}` with its mark, and `{marks}` to choose by mark.

A claim stands at a place of the paper ("2.1") and is lettered there. It names what holds its
verdict: code by its dotted name, tests as ``path::name``.
"""

from collections import Counter
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

#: Every mark, and what is said of it; a page lists them in this order.
MARKS = {
    "holds": "as it is written",
    "holds if": "under a condition that the sentence does not state",
    "not as stated": "there is a counterexample, or the reason does not carry it",
    "misprint": "a slip of the pen: what is meant is right",
    "not tried": "nothing here bears it out or against it",
}


def mark(argument: str) -> str:
    """Return a mark, or say which there are."""
    return directives.choice(argument, tuple(MARKS))  # type: ignore[no-any-return]


def css(one: str) -> str:
    """Return the class of a mark.

    >>> css("not as stated")
    'not-as-stated'
    """
    return one.replace(" ", "-")


class Counts(nodes.General, nodes.Element):  # type: ignore[misc]
    """Where the marks are counted and chosen from."""


class Claim(SphinxDirective):
    """A claim: what it says, its mark, and what bears the mark out."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "at": directives.unchanged_required,
        "mark": mark,
        "code": directives.unchanged,
        "held": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the claim."""
        if missing := {"at", "mark"} - set(self.options):
            raise self.error(f"a claim needs :{':, :'.join(sorted(missing))}:")
        at, marked = self.options["at"], self.options["mark"]
        count = self.env.temp_data.setdefault("claims", Counter())
        count[at] += 1
        name = f"{at}{chr(96 + count[at])}"
        said, _ = self.state.inline_text(self.arguments[0], self.lineno)
        place = nodes.inline("", name, classes=["claim-at"])
        badge = nodes.strong("", marked, classes=["claim-mark"])
        space = [nodes.Text(" "), nodes.Text(" ")]
        head = nodes.paragraph("", "", place, space[0], *said, space[1], badge)
        head["classes"] = ["claim-says"]
        block = nodes.container("", head, classes=["claim", css(marked)], mark=marked)
        block["ids"] = [f"claim-{nodes.make_id(name.replace('.', '-'))}"]
        self.state.nested_parse(self.content, self.content_offset, block)
        if held := self._held():
            block += held
        return [block]

    def _held(self) -> nodes.paragraph | None:
        parts: list[nodes.Node] = []
        for words, names in (
            ("Code: ", self.options.get("code", "")),
            ("Held by: ", self.options.get("held", "")),
        ):
            for k, one in enumerate(name.strip() for name in names.split(",") if name.strip()):
                before = ", " if k else (" · " if parts else "") + words
                parts += [nodes.Text(before), nodes.literal("", one.rpartition("::")[2])]
        return nodes.paragraph("", "", *parts, classes=["claim-held"]) if parts else None


class Marks(SphinxDirective):
    """Say how many claims have which mark."""

    def run(self) -> list[nodes.Node]:
        """Return where it will be said."""
        return [Counts("")]


def count(app: Sphinx, doctree: nodes.document) -> None:
    """Put the counts where they are to stand."""
    for place in list(doctree.findall(Counts)):
        found = Counter(
            block["mark"] for block in doctree.findall(nodes.container) if "mark" in block
        )
        items = [
            nodes.list_item(
                "",
                nodes.paragraph(
                    "", "", nodes.strong("", f"{one}: {found[one]}"), nodes.Text(f", {said}")
                ),
            )
            for one, said in MARKS.items()
        ]
        place.replace_self(nodes.container("", nodes.bullet_list("", *items), classes=["marks"]))


def choose(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a button before each mark's count, with which the page shows only such claims."""
    if app.builder.format != "html":
        return
    for marks in doctree.findall(nodes.container):
        if "marks" not in marks["classes"]:
            continue
        buttons = "".join(
            f'<label><input type="radio" name="marks" value="{css(one)}"{chosen}> {one}</label>'
            for one, chosen in [("all", " checked"), *((one, "") for one in MARKS)]
        )
        html = f'<fieldset class="choose-marks"><legend>Show</legend>{buttons}</fieldset>'
        marks.append(nodes.raw("", html, format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(Counts)
    app.add_directive("claim", Claim)
    app.add_directive("marks", Marks)
    app.connect("doctree-read", count)
    app.connect("doctree-resolved", choose, priority=950)  # after the learner's notebook is made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
