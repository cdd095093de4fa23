"""Cells that a reader can edit and run where they stand: what the build has to do with it.

A part of the Sphinx build. A shown cell gets its name, `data-cell`, and one that can run in the
page (`book.slices`) a button, for which the page carries the statements of earlier cells. All
else is done in the page: `static/python.js`. Without Pyodide's files (`book.pyodide`) the site has
no buttons, and the build says so.
"""

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node

from book import pyodide
from book.execution import ROOT
from book.slices import Page

BUTTON = '<div class="py"><button type="button" class="py-open">Edit and run</button></div>'
HIDDEN = {"hide-input", "remove-input", "remove-cell", "hide-cell"}
TOO_LONG = {"03-rms-scaling#cell-34"}  # sweeps that could come near the limit of 20 s
EXERCISES = exercise_node | exercise_enumerable_node

logger = logging.getLogger(__name__)


class NamedCell(nodes.container):  # type: ignore[misc]
    """A cell of a notebook that the page knows by name."""


def visit_cell(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a cell as any container, with its names."""
    names = {name: value for name, value in node.attributes.items() if name.startswith("data-")}
    translator.body.append(translator.starttag(node, "div", CLASS="docutils container", **names))


def depart_cell(translator: HTML5Translator, node: nodes.Element) -> None:
    """End it."""
    translator.body.append("</div>\n")


class Notebook(NamedTuple):
    """What is to be known of a notebook.

    `shown` has the id of each shown code cell by its place among all cells; `cells` those that
    can run in a page, by their ids, with the numbers of the statements that make each name.
    """

    shown: dict[int, str]
    page: Page
    cells: dict[str, dict[str, list[int]]]


def read(path: Path) -> Notebook:
    """Return what is to be known of a notebook."""
    return _read(path, path.stat().st_mtime)


@lru_cache(maxsize=32)
def _read(path: Path, changed: float) -> Notebook:
    every = nbformat.read(path, as_version=4).cells
    codes = [place for place, one in enumerate(every) if one.cell_type == "code"]
    page = Page(every[place].source for place in codes)
    shown = {
        place: every[place].id
        for place in codes
        if not HIDDEN & {*every[place].metadata.get("tags", [])}
    }
    cells = {
        shown[place]: page.given(number)
        for number, place in enumerate(codes)
        if place in shown and page.runs(number) and f"{path.stem}#{shown[place]}" not in TOO_LONG
    }
    return Notebook(shown, page, cells)


def runnable(path: Path) -> list[str]:
    """Return the shown cells of a notebook that can run in a page, by their ids."""
    return [*read(path).cells]


def settings(path: Path, docname: str) -> dict[str, Any]:
    """Return what the page of a notebook needs in order to run its cells."""
    _, page, cells = read(path)
    used = sorted({number for names in cells.values() for one in names.values() for number in one})
    place = {number: k for k, number in enumerate(used)}
    return {
        "sources": [page.statements[number].source for number in used],
        "cells": {
            f"{docname}#{cell}": {name: [place[k] for k in made] for name, made in names.items()}
            for cell, names in cells.items()
        },
    }


def name_cells(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give the shown cells their names, and a button to those that can run."""
    path = Path(app.env.doc2path(docname))
    if app.builder.format != "html" or path.suffix != ".ipynb":
        return
    shown, _, cells = read(path)
    exercise = None
    for node in list(doctree.findall(lambda one: isinstance(one, EXERCISES | nodes.container))):
        if isinstance(node, EXERCISES):
            exercise = node.get("label")
        elif node.get("nb_element") == "cell_code":
            if name := shown.get(node["cell_index"]):
                cell = NamedCell("", *node.children, **node.attributes)
                cell["data-cell"] = f"{docname}#{name}"
                if exercise:
                    cell["data-exercise"] = exercise
                if name in cells and has_python(app):
                    cell.insert(1, nodes.raw("", BUTTON, format="html"))
                node.replace_self(cell)
            exercise = None


def has_python(app: Sphinx) -> bool:
    """Tell whether Pyodide's files are there to be served."""
    return bool(app.config.python_files)


def prepare(app: Sphinx, config: Config) -> None:
    """Pack Python for the site, if its files are there."""
    if pyodide.missing(pyodide.CACHE / pyodide.VERSION):
        cause = "Python in the pages is left out: `python -m book.pyodide` fetches its files."
        if os.environ.get("CI") == "true":
            raise SphinxError(cause)
        logger.info(cause)
        return
    config.python_files = pyodide.pack()
    config.html_static_path.append(str(pyodide.CACHE / "site"))


def equip(app: Sphinx, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Write into a page what its cells need."""
    if not has_python(app) or pagename not in app.env.found_docs:
        return
    path = Path(app.env.doc2path(pagename))
    if path.suffix != ".ipynb" or not (setting := settings(path, pagename))["cells"]:
        return
    worker = hashlib.sha256((ROOT / "book/static/worker.js").read_bytes()).hexdigest()[:8]
    whole = {"files": app.config.python_files, "worker": worker, **setting}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    context["body"] += f'<script type="application/json" id="python-data">{text}</script>'
    app.add_css_file("python.css")
    app.add_js_file("python.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("python_files", {}, "html", [dict])
    app.add_node(NamedCell, html=(visit_cell, depart_cell))
    app.connect("config-inited", prepare)
    app.connect("doctree-resolved", name_cells, priority=950)  # after the learner's notebook
    app.connect("html-page-context", equip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
