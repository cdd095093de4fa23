"""The package alone: its wheel, and a book of somebody else that is built with it."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pagefigures.tests.browser import Visit

ROOT = Path(__file__).parent.parent

NOTEBOOK = [
    """\
import ipywidgets as widgets
import matplotlib.pyplot as plt
import pagefigures
from pagefigures import explore, live, number, predict

fig, ax = plt.subplots(figsize=(4.8, 2.5))
(line,) = ax.plot([0, 1], [0, 1], color="#d55e00")

def slope(k):
    line.set_ydata([0, k])
    return f"The slope is {k}."

assert "/site/" in pagefigures.__file__.replace("\\\\", "/")  # the wheel, not the checkout
shown = explore(fig, line, slope, k=[1, 2, 3])
shown""",
    "predict('Does it rise?', ['yes', 'no'], 'yes', 'It does.', shown)",
    """\
fig, ax = plt.subplots(figsize=(4.8, 2.5))
(line,) = ax.plot([0, 1], [0, 1], color="#d55e00")

def double(a):
    return {"line": ([0, 1], [0, 2 * a]), "twice": 2 * a}

live(fig, double, "Twice {a:.2g} is {twice:.2g}.", {"line": line}, a=number(0, 1, 0.5))""",
    "widgets.IntSlider(value=7, description='ordinary')",
]


def run(*command, **options):
    """Run a command, and fail with all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_machine_imports_nothing_of_this_course():
    for file in ROOT.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf8"))):
            names = (
                [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else []
            )
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert not {name.partition(".")[0] for name in names} & {"adamcore", "book"}, file


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder in which the wheel of a copy of the sources is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    kept = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    copy = shutil.copytree(ROOT, folder / "pagefigures", ignore=kept)  # built by nobody else now
    run(*pip, "wheel", "--no-deps", "--quiet", "-w", folder, copy)
    (wheel,) = folder.glob("*.whl")
    run(*pip, "install", "--no-deps", "--quiet", "--target", folder / "site", wheel)
    return folder


def test_the_wheel_has_script_style_types_readme_and_licence(installed):
    with zipfile.ZipFile(next(installed.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(n for n in names if n.endswith("METADATA"))).decode()
    static = {"pagefigures/static/pagefigures.js", "pagefigures/static/pagefigures.css"}
    assert {*static, "pagefigures/py.typed", "pagefigures/__init__.py"} <= set(names)
    assert not [name for name in names if "tests" in name]
    assert "License-Expression: MIT" in metadata
    assert "In a Jupyter Book 1" in metadata


@pytest.fixture(scope="module")
def book(installed):
    """Return the page of a notebook in a book that knows only the installed wheel."""
    folder = installed / "book"
    folder.mkdir()
    (folder / "_config.yml").write_text(
        "title: Foreign\nsphinx:\n  extra_extensions: [pagefigures.sphinx]\n"
        "  config:\n    pagefigures_style: {width: 400px}\n"
    )
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: page\n")
    (folder / "index.md").write_text("# Foreign\n")
    cells = [new_markdown_cell("# A page"), *map(new_code_cell, NOTEBOOK)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "page.ipynb")
    paths = os.environ | {"PYTHONPATH": str(installed / "site")}
    run(
        *(Path(sys.executable).with_name("jupyter-book"), "build", folder, "-W", "-n"),
        cwd=folder,
        env=paths,
    )
    return folder / "_build/html/page.html"


def test_figures_answer_in_a_foreign_book(book, browser):
    with Visit(browser, book.as_uri()) as visit:
        page = visit.page
        assert page.locator("form.explore").count() == 2  # shown, and shown again when revealed
        says = page.locator("form.explore svg[role=img]")
        page.locator("form.explore input[type=range]").first.press("End")
        page.wait_for_function("document.querySelector('.pf-says').textContent.includes('is 3')")
        assert says.nth(1).get_attribute("aria-label") == "The slope is 1."
        page.get_by_role("button", name="yes").click()
        second = page.locator("form.explore").nth(1)
        second.locator("input[type=range]").press("ArrowRight")
        page.wait_for_function(
            "document.querySelectorAll('form.explore .pf-says')[1].textContent.includes('is 2')"
        )
        page.locator("form.live input[type=range]").press("End")
        page.wait_for_function(
            "document.querySelector('form.live .pf-says').textContent === 'Twice 1 is 2.'"
        )
        ids = page.evaluate("[...document.querySelectorAll('form')].map(one => one.id)")
        assert len(set(filter(None, ids))) == 3
        width = "document.querySelector('form.explore').getBoundingClientRect().width"
        assert page.evaluate(width) == 400


def test_an_ordinary_widget_keeps_its_state(book):
    text = book.read_text("utf8")
    assert '"description":"ordinary"' in text.replace(": ", ":")
    assert "pagefigures = (()" not in text  # the script of our own is in no page's state
