"""A page of the book as markdown that any Jupyter renders: no directive, no role, no extension.

`Markdown` goes through the nodes of a resolved page, in which Sphinx has already filled in
numbers, listings, references and citations. A kind of node that it does not know is an error, so
that nothing of a page is lost in silence.
"""

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import singledispatchmethod
from html import escape
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx_exercise.nodes import exercise_enumerable_node

MARK = "  # ◀"
PRESET = re.compile(r'<a href="\?(?P<figure>[\w-]+)=(?P<at>[^"&#]+)[^"]*">')


class Markdown:
    """Markdown of one page, and what was found on the way.

    `cited` has the ids of the works that the page cites, and `presets` the links that set a figure
    of the page, which no notebook can follow: the figure, its setting, and the words of the link.
    """

    def __init__(self, env: BuildEnvironment, docname: str, site: str = "") -> None:
        self.env, self.docname, self.site = env, docname, site
        self.cited: list[str] = []
        self.presets: list[tuple[str, str, str]] = []
        self._in_table = False

    def blocks(self, children: Iterable[nodes.Node]) -> str:
        """Return blocks of text, with a blank line between them."""
        written = (self.of(child).strip("\n") for child in children)
        return "\n\n".join(block for block in written if block)

    def inline(self, node: nodes.Element) -> str:
        """Return what stands in a line."""
        return "".join(map(self.of, node.children))

    @singledispatchmethod
    def of(self, node: nodes.Node) -> str:
        """Return a node as markdown."""
        raise ExtensionError(
            f"{self.docname}: the learner's notebook has no markdown for"
            f" {type(node).__name__} ({node.astext()[:60]!r}): write it in book/markdown.py"
        )

    @of.register
    def _(self, node: nodes.Text) -> str:
        return re.sub(r"([\\`*_<$])", r"\\\1", re.sub(r"\s*\n\s*", " ", node.astext()))

    @of.register(nodes.target)
    @of.register(nodes.comment)
    @of.register(nodes.substitution_definition)
    @of.register(addnodes.index)
    @of.register(addnodes.toctree)
    def _(self, node: nodes.Element) -> str:
        return ""

    @of.register(nodes.title)
    @of.register(nodes.inline)
    @of.register(nodes.term)
    def _(self, node: nodes.Element) -> str:
        return self.inline(node)

    @of.register
    def _(self, node: nodes.paragraph) -> str:
        line = self.inline(node).strip()
        return re.sub(
            r"^(?:([-+#>])|(\d+)([.)]))(?=\s|$)", r"\2\\\1\3", line
        )  # no list, no heading

    @of.register
    def _(self, node: nodes.emphasis) -> str:
        return f"*{self.inline(node)}*"

    @of.register
    def _(self, node: nodes.strong) -> str:
        return f"**{self.inline(node)}**"

    @of.register
    def _(self, node: nodes.literal) -> str:
        code = node.astext()
        return f"`` {code} ``" if "`" in code else f"`{code}`"

    @of.register
    def _(self, node: nodes.math) -> str:
        formula = " ".join(node.astext().split())
        if self._in_table:
            formula = formula.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return f"${formula}$"

    @of.register
    def _(self, node: nodes.math_block) -> str:
        tag = f" \\tag{{{self.number(node, 'displaymath')}}}" if node.get("number") else ""
        return f"$$\n{node.astext().strip()}{tag}\n$$"

    @of.register
    def _(self, node: nodes.reference) -> str:
        uri, words = node.get("refuri", ""), self.inline(node).strip()
        if not node.get("internal") and ":" in uri:
            return f"<{uri}>" if uri == node.astext() else f"[{words}]({uri})"
        page, _, anchor = uri.partition("#")
        anchor = node.get("refid", anchor)
        docname = posixpath.normpath(
            posixpath.join(posixpath.dirname(self.docname), re.sub(r"\.html$", "", page))
        )
        docname = docname if page else self.docname
        if isinstance(node.parent, nodes.inline) and "bibtex-citation" in node.parent["classes"]:
            self.cited.append(anchor)
            return words
        place = self._place(docname, anchor)
        return f"[{words}]({place})" if place else words

    def _place(self, docname: str, anchor: str) -> str:
        """Return where a link leads: to a notebook, to a heading in it, to the site, or nowhere."""
        if docname not in self.env.found_docs:
            raise ExtensionError(f"{self.docname}: no page {docname!r} for a link to {anchor!r}")
        if not self.env.doc2path(docname).endswith(".ipynb"):
            fragment = f"#{anchor}" if anchor else ""
            return f"{self.site}/{docname}.html{fragment}" if self.site else ""
        heading = self._heading(docname, anchor) if anchor else ""
        if docname == self.docname:  # equations and exercises have no place that a link can name
            return heading
        return notebook(docname) + heading

    def _heading(self, docname: str, anchor: str) -> str:
        for section in self.env.get_doctree(docname).findall(nodes.section):
            if anchor in section["ids"]:
                return "#" + quote(section[0].astext().replace(" ", "-"))
        return ""

    @of.register
    def _(self, node: nodes.raw) -> str:
        html: str = node.astext()
        if found := PRESET.fullmatch(html):
            words = node.next_node(nodes.Text, descend=False, siblings=True)
            self.presets.append((found["figure"], found["at"], words.astext()))
            return "**"
        if html == "</a>":
            return "**"
        if html.startswith('<script type="application/json"'):  # what the page's figures need
            return ""
        if re.fullmatch(r"<br ?/?>", html):
            return html
        raise ExtensionError(f"{self.docname}: the learner's notebook has no place for {html!r}")

    @of.register
    def _(self, node: nodes.literal_block) -> str:
        marked = set(node.get("highlight_args", {}).get("hl_lines", ()))
        lines = node.astext().splitlines()
        code = "\n".join(line + MARK * (n in marked) for n, line in enumerate(lines, 1))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        language = node.get("language", "")
        return f"{fence}{'' if language in ('default', 'none') else language}\n{code}\n{fence}"

    @of.register
    def _(self, node: nodes.bullet_list) -> str:
        return self._items(node, ["-"] * len(node.children))

    @of.register
    def _(self, node: nodes.enumerated_list) -> str:
        first = node.get("start", 1)
        return self._items(node, [f"{first + k}." for k in range(len(node.children))])

    def _items(self, node: nodes.Element, marks: Sequence[str]) -> str:
        items = [
            f"{mark} " + self.blocks(item.children).replace("\n", "\n" + " " * (len(mark) + 1))
            for mark, item in zip(marks, node.children, strict=True)
        ]
        return "\n".join(re.sub(r" +(?=\n)", "", item) for item in items)

    @of.register
    def _(self, node: nodes.definition_list) -> str:
        return "\n\n".join(
            f"**{self.inline(term)}**: {self.blocks(rest)}"
            for term, *rest in (item.children for item in node.children)
        )

    @of.register
    def _(self, node: nodes.block_quote) -> str:
        return quoted(self.blocks(node.children))

    @of.register
    def _(self, node: nodes.transition) -> str:
        return "---"

    @of.register
    def _(self, node: nodes.table) -> str:
        self._in_table = True
        rows = [
            [" ".join(map(self.of, cell.children)).replace("|", r"\|") for cell in row.children]
            for row in node.findall(nodes.row)
        ]
        self._in_table = False
        lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    @of.register(nodes.Admonition)
    def _(self, node: Any) -> str:
        titled = bool(node.children) and isinstance(node[0], nodes.title)
        body = self.blocks(node.children[titled:])
        if "dropdown" in node["classes"]:
            title = " ".join(node[0].astext().split())
            return folded(escape(title, quote=False), body)
        title = self.inline(node[0]) if titled else node.tagname.capitalize()
        return quoted(f"**{title}**\n\n{body}")

    @of.register(exercise_enumerable_node)
    def _(self, node: Any) -> str:
        title, *rest = node.children
        number = str(title["title"] % self.number(node, "exercise"))
        return f"**{number}{self.inline(title).rstrip()}**\n\n{self.blocks(rest)}"

    @of.register
    def _(self, node: nodes.citation) -> str:
        label, *rest = node.children
        return f"**[{label.astext()}]** {self.blocks(rest)}"

    @of.register(nodes.definition)
    @of.register(nodes.section)
    @of.register(nodes.container)
    @of.register(nodes.compound)
    def _(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    def number(self, node: nodes.Element, kind: str) -> str:
        """Return the number that a formula or an exercise has on the site, such as 2.1."""
        found = self.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        of_this = found.get(node["ids"][0])
        return ".".join(map(str, of_this)) if of_this else str(node.get("number", ""))


def quoted(text: str) -> str:
    """Return text with a bar beside it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def folded(title: str, body: str) -> str:
    """Return what a reader unfolds; VS Code needs the blank lines for formulas inside."""
    return f"<details>\n<summary><b>{title}</b></summary>\n\n{body}\n\n</details>"


def notebook(docname: str) -> str:
    """Return the file of a page's notebook; all lie in one folder."""
    return f"{posixpath.basename(docname)}.ipynb"
