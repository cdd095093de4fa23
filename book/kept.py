"""Exercises that answer on the page, and what the reader's browser keeps of his work.

A part of the Sphinx build. Above the code of an exercise that asks for numbers stands a field for
each, answered by `static/kept.js` with what its cell would say (`book.exercises`); that is worked
out here, and stands on the page in letters that say nothing to a reader. The directive
`{your-work}` shows how far the reader is, of how much.
"""

import ast
import hashlib
import json
import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from book.execution import ROOT, cache_folder
from book.exercises import Exercise, Table, asked, calls, exercises, right, table
from book.learner import asks, published
from book.markdown import Markdown
from book.stamp import fingerprint


class work(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """Where a page shows the reader's work."""


class YourWork(Directive):  # type: ignore[misc]
    """Show the reader's work here."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        return [work()]


def tables(exercise: Exercise, folder: Path) -> dict[str, Table]:
    """Return what an exercise's cell says to every number, from `folder` if it is known there."""
    code = [*map(ast.unparse, exercise.imports), exercise.cell.source, exercise.solution]
    code.append(Path(__file__).with_name("exercises.py").read_text(encoding="utf8"))
    key = hashlib.sha256(repr(code).encode()).hexdigest()[:16]
    file = folder / f"answers/{key}.json"
    if file.exists():
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf8"))
        return {name: Table(*parts) for name, parts in found.items()}
    near = right(exercise)
    made = {name: table(call, near[name]) for name, call in calls(exercise).items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made), encoding="utf8")
    return made


def form(exercise: Exercise, key: str, answers: dict[str, Table]) -> str:
    """Return the fields of an exercise, and what they answer."""
    rows, says = [], '<p class="kept-says" role="status"></p>'
    for name, label in asked(exercise).items():
        known = b64encode(json.dumps(answers[name], separators=(",", ":")).encode()).decode()
        field = f"{exercise.label}--{name}"
        rows.append(
            f'<label for="{field}">{escape(label)}</label>'
            f'<input id="{field}" name="{name}" type="text" data-answers="{known}"'
            ' autocapitalize="off" spellcheck="false" enterkeyhint="done">'
        )
    button = '<button type="submit">Check</button>'
    rows = [rows[0] + button + says] if len(rows) == 1 else [*(row + says for row in rows), button]
    rows = [f'<div class="kept-row">{row}</div>' for row in rows]
    return (
        f'<form class="kept-numbers" data-exercise="{exercise.label}" data-kept="{key}"'
        f' autocomplete="off"><fieldset disabled>{"".join(rows)}</fieldset></form>'
    )


def parts(env: BuildEnvironment, docname: str) -> dict[str, list[str]]:
    """Return the ids of a page's questions and exercises."""
    path = Path(env.doc2path(docname))
    if path.suffix != ".ipynb":
        return {"predictions": [], "exercises": []}
    cells = nbformat.read(path, as_version=4).cells
    return {
        "predictions": [
            f"{docname}#{cell.id}"
            for cell in cells
            if cell.cell_type == "code" and asks(cell.source)
        ],
        "exercises": [f"{docname}#{one.cell.id}" for one in exercises(path)],
    }


WORK = """\
<section class="kept-work" aria-label="Your work" data-chapters="{chapters}">
<div class="kept-some" hidden>
<h3>How far you are</h3>
<ul></ul>
<p class="kept-buttons"><button type="button" data-do="export">Save it as a file</button>
<button type="button" data-do="erase">Erase it</button>
<span hidden>All of it? <button type="button" data-do="really">Yes, erase it</button>
<button type="button" data-do="stay">No, keep it</button></span></p>
</div>
<p class="kept-note">What you predict, type and pass stays in this browser, and only there: nothing
is sent. <label>Bring in a file that you have saved:
<input type="file" accept=".json,application/json"></label></p>
<p class="kept-says" role="status"></p>
</section>"""


def overview(app: Sphinx, here: str) -> str:
    """Return the HTML that `{your-work}` stands for on a page."""
    chapters = []
    for docname in app.env.toctree_includes.get(app.config.root_doc, []):
        found = parts(app.env, docname)
        if any(found.values()):
            title = app.env.titles[docname].astext()
            page = app.builder.get_relative_uri(here, docname)
            chapters.append({"page": page, "title": title} | found)
    return WORK.format(chapters=escape(json.dumps(chapters, separators=(",", ":"))))


def place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put fields above the cells of exercises, names on questions, and the reader's work."""
    if app.builder.format != "html":
        return
    for one in list(doctree.findall(work)):
        html = overview(app, docname)
        one.replace_self(nodes.raw("", html, format="html"))
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    cells = nbformat.read(path, as_version=4).cells
    at = {one.place: one for one in exercises(path) if asked(one)}
    folder = cache_folder(Path(app.srcdir))
    for code in list(doctree.findall(nodes.container)):
        if code.get("nb_element") != "cell_code":
            continue
        k = code["cell_index"]
        key = f"{docname}#{cells[k].id}"
        if k in at:
            html = form(at[k], key, tables(at[k], folder))
            code.parent.insert(code.parent.index(code), nodes.raw("", html, format="html"))
        for raw in code.findall(nodes.raw):
            if raw.astext().startswith('<div class="predict">'):
                named = raw.astext().replace(">", f' data-kept="{key}">', 1)
                raw.children = [nodes.Text(named)]
            elif found := re.search(r'<form class="live" id="([\w-]+)" data-finds=', raw.astext()):
                name = f' data-kept="{docname}#{found[1]}" data-finds='
                named = raw.astext().replace(" data-finds=", name, 1)
                raw.children = [nodes.Text(named)]


def version() -> str:
    """Return what a file of kept work says of the course it belongs to."""
    return f"{published(ROOT, 'version')} ({fingerprint()[:12]})"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("your-work", YourWork)
    app.add_node(work)
    Markdown.of.register(work, lambda *_: "")  # type: ignore[attr-defined]
    app.connect("doctree-resolved", place, priority=950)  # after the learner's notebook is made
    app.add_css_file("kept.css")
    told: Any = {"data-version": version()}
    app.add_js_file("kept.js", loading_method="defer", **told)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
