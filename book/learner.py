"""The learner's form of each page: a notebook that looks right in any Jupyter, without extensions.

A part of the Sphinx build, so that numbers, listings and references are those of the site. The
download button of a page hands it out, and `book.lab` lays it down for `make lab`. The committed
notebooks stay the source: markdown is written anew from the resolved page (`book.markdown`), code
is taken from the notebook's cells (`book.plain`). Code that only draws is folded, and a question's
code is sealed, for it holds the answer. A cell with the tag `learner` stands in no page: it is the
reader's own experiment.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx_exercise.nodes import exercise_enumerable_node

from book.markdown import Markdown, notebook
from book.plain import without_glue
from pagefigures import seal

FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
HOW = (
    "> *This page is a notebook, and yours. Shift+Enter runs a cell and goes on to the next:"
    " figures and questions appear as you do. Code that only draws is folded.*"
)
EXPERIMENT = (
    "## Your own experiment\n\nThe cell below starts from this chapter's figure, and is yours:"
    " change any line of it and run it again. Where it has sliders, you can type any value in the"
    " fields beside them."
)
PACKAGES = {"adamcore": "", "pagefigures": "pagefigures", "understanding-adam": "book"}
MISSING = (
    "The packages of this course are not installed here: open its notebooks from a copy of its"
    " repository with `make lab`, or there `pip install . ./pagefigures ./book`."
)
PROVIDED = """\
# @title {title}
from importlib.util import find_spec

if not (find_spec("adamcore") and find_spec("pagefigures") and find_spec("book")):
    {otherwise}"""


def setting_up(repository: str) -> str:
    """Return a notebook's first cell, which installs the packages where they are missing.

    `repository` is its address, or "" if it is published nowhere yet.
    """
    if not repository:
        title = "What this course needs"
        return PROVIDED.format(title=title, otherwise=f"raise ModuleNotFoundError({MISSING!r})")
    places = (
        f'"{name} @ git+{repository}{f"#subdirectory={folder}" if folder else ""}"'
        for name, folder in PACKAGES.items()
    )
    title = "What this course needs (in Colab and Kaggle it is installed)"
    return PROVIDED.format(title=title, otherwise=f"%pip install --quiet {' '.join(places)}")


def headline(words: str) -> list[str]:
    """Return words as comments; folded, a cell shows the first line, and Colab its title."""
    first, *rest = wrap(words, 92) or ["Code"]
    return [f"# @title {first}", *(f"# {line}" for line in rest)]


def drawn(cell: Any, source: str) -> str:
    """Return what a folded cell draws, in words that give away nothing that moving it would show.

    For a figure with controls that is what its function says of itself, for a still one the first
    sentence of its caption.
    """
    tree = ast.parse(source)
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    for one in reversed(list(ast.walk(tree))):
        match one:
            case ast.Call(func=ast.Name(id="live" | "explore"), args=args):
                for name in (x.id for x in args if isinstance(x, ast.Name)):
                    if name in functions and (words := ast.get_docstring(functions[name])):
                        return words.partition("\n\n")[0]
            case ast.Call(func=ast.Name(id="picture")):
                return re.split(r"[.:](?= |$)", said(cell))[0]
    if any(output.output_type == "stream" for output in cell.outputs):
        return "A table of numbers"
    return "What the next cells need"


def said(cell: Any) -> str:
    """Return the text of a cell's last result, such as a figure's sentence, or ""."""
    for output in reversed(cell.outputs):
        if "text/plain" in output.get("data", {}):
            return " ".join(output["data"]["text/plain"].split())
    return ""


def asks(source: str) -> bool:
    """Return whether a cell puts a question that has an answer."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "predict"
        for one in ast.walk(ast.parse(source))
    )


def code_cell(cell: Any, source: str) -> Any:
    """Return a code cell in the learner's form."""
    made = nbformat.v4.new_code_cell(source, id=cell.id)
    tags = cell.metadata.get("tags", [])
    if asks(source):
        question = said(cell).partition(" Answer: ")[0] or "A question"
        lines = [*headline(question), "from pagefigures import sealed", ""]
        made.source = "\n".join([*lines, f'sealed("""\n{seal(source)}\n""", globals())'])
    elif "hide-input" in tags or ("remove-cell" in tags and "learner" not in tags):
        made.source = "\n".join([*headline(drawn(cell, source)), source])
    else:
        return made
    made.metadata = nbformat.from_dict(FOLDED)
    return made


class Learner:
    """The notebook of one page on its way."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.app, self.env, self.docname = app, app.env, docname
        self.markdown = Markdown(self.env, docname, published(Path(app.srcdir), "url"))
        self.sources = nbformat.read(self.env.doc2path(docname), as_version=4).cells
        codes = [k for k, cell in enumerate(self.sources) if cell.cell_type == "code"]
        tags = {k: self.sources[k].metadata.get("tags", []) for k in codes}
        hidden = ["remove-cell" in tags[k] and "learner" not in tags[k] for k in codes]
        plain = without_glue([self.sources[k].source for k in codes], hidden)
        self.code = dict(zip(codes, plain, strict=True))
        self.own = [k for k in codes if "learner" in tags[k]]
        setup = setting_up(published(Path(app.srcdir), "repository-code"))
        self.cells = [
            nbformat.v4.new_markdown_cell(HOW, id="how"),
            nbformat.v4.new_code_cell(setup, id="install", metadata=FOLDED),
        ]
        self.text: list[str] = []

    def notebook(self, doctree: nodes.document) -> Any:
        """Return the whole notebook."""
        self._walk(doctree, 0)
        self._codes(max(self.code, default=-1))
        self._flush()
        self._write(*self._references(), self._ways())
        self._flush()
        return nbformat.v4.new_notebook(cells=self.cells, metadata=KERNEL)

    def _walk(self, node: nodes.Element, depth: int) -> None:
        for child in node.children:
            if isinstance(child, nodes.container) and child.get("nb_element") == "cell_code":
                self._codes(child["cell_index"])
            elif isinstance(child, nodes.section):
                self._walk(child, depth + 1)
            elif isinstance(child, nodes.title):
                self._flush()
                self._write(f"{'#' * depth} {self.markdown.of(child)}")
            else:
                if isinstance(child, exercise_enumerable_node):
                    self._flush()
                self._write(self.markdown.of(child).strip("\n"))
                self._presets()

    def _write(self, *blocks: str) -> None:
        self.text += filter(None, blocks)

    def _add(self, kind: str, cell: Any) -> None:
        cell.id = f"{kind}-{len(self.cells)}"
        self.cells.append(cell)

    def _flush(self) -> None:
        if self.text:
            self._add("text", nbformat.v4.new_markdown_cell("\n\n".join(self.text)))
            self.text = []

    def _codes(self, last: int) -> None:
        """Write the code cells up to this one that are not written yet."""
        for k in [k for k in self.code if k <= last]:
            source = self.code.pop(k)
            if k in self.own:
                self._flush()
                self._write(EXPERIMENT)
            if source:
                self._flush()
                self.cells.append(code_cell(self.sources[k], source))

    def _presets(self) -> None:
        """Write for each link that sets a figure a cell that shows the figure so set."""
        for figure, at, words in self.markdown.presets:
            self._flush()
            source = f'# {words}\n{self._variable(figure)}.at("{at}")'
            self._add("preset", nbformat.v4.new_code_cell(source))
        self.markdown.presets.clear()

    def _variable(self, figure: str) -> str:
        """Return the variable that holds the figure which this function moves."""
        for cell in self.sources:
            for one in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
                match one:
                    case ast.Assign(
                        targets=[ast.Name(id=variable)],
                        value=ast.Call(func=ast.Name(id="live" | "explore"), args=args),
                    ) if any(isinstance(x, ast.Name) and x.id == figure for x in args):
                        return variable
        raise ExtensionError(f"{self.docname}: a link sets {figure!r}, which no variable holds")

    def _references(self) -> Iterator[str]:
        """Yield the works that the page cites, if any, in the order of their labels."""
        if self.markdown.cited:
            works = _works(self.app)
            yield "## References"
            yield from sorted({works[one] for one in self.markdown.cited})

    def _ways(self) -> str:
        """Return where to go from here."""
        _, before, after = self.env.collect_relations().get(self.docname, [None] * 3)
        ways = [
            form.format(f"[{self.env.titles[docname].astext()}]({notebook(docname)})")
            for form, docname in (
                ("← {}", before),
                ("{}", self.env.config.root_doc),
                ("{} →", after),
            )
            if docname
            and docname not in (self.docname, before if form == "{}" else None)
            and self.env.doc2path(docname).endswith(".ipynb")
        ]
        return "---\n\n" + " · ".join(ways) if ways else ""


def published(root: Path, key: str) -> str:
    """Return an address of the course as CITATION.cff has it, or "" if it has none."""
    file = root / "CITATION.cff"
    found = (
        re.search(rf"^{key}: *[\"']?([^\s\"']+)", file.read_text("utf8"), re.M)
        if file.exists()
        else None
    )
    if not found:
        return ""
    return found[1].rstrip("/") + ("/" if key == "url" else "")


def _works(app: Sphinx) -> dict[str, str]:
    """Return each work of the bibliography as markdown, by its id in the page that lists it."""
    if not hasattr(app, "learner_works"):
        domain: Any = app.env.get_domain("cite")
        pages = {citation.bibliography_key.docname for citation in domain.citations}
        works: dict[str, str] = {}
        for page in pages:
            resolved = app.env.get_and_resolve_doctree(page, app.builder)
            for citation in resolved.findall(nodes.citation):
                works[citation["ids"][0]] = Markdown(app.env, page).of(citation)
                citation.children = []  # it is filled again when its own page is written
        app.learner_works = works  # type: ignore[attr-defined]
    return app.learner_works  # type: ignore[attr-defined,no-any-return]


def make(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write a page's notebook where its download button finds it."""
    if app.builder.format != "html" or not app.env.doc2path(docname).endswith(".ipynb"):
        return
    file = Path(app.outdir, "_sources", f"{docname}.ipynb")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(nbformat.writes(Learner(app, docname).notebook(doctree)) + "\n", "utf8")


def hand_out(app: Sphinx, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Let the download button give the learner's notebook, and no other source."""
    sourcename = context.get("sourcename", "")
    context["sourcename"] = ""  # so that Sphinx copies no source
    if sourcename and not sourcename.endswith(".ipynb"):
        for group in context.get("header_buttons", []):
            group["buttons"] = [
                button
                for button in group.get("buttons", [])
                if button.get("label") != "download-source-button"
            ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("doctree-resolved", make, priority=900)
    app.connect("html-page-context", hand_out, priority=900)  # after the theme's buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
