"""The notebooks as they are committed; nbval compares what they print (see pyproject.toml)."""

import nbformat
import pytest

from book.execution import NotBuiltError
from tests.notebooks import execute, in_form, paths


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_committed_notebook_is_executed_in_order_with_text_outputs_only(path):
    text = path.read_text(encoding="utf8")
    notebook = nbformat.reads(text, as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    assert text == nbformat.writes(in_form(notebook)) + "\n", "run `make notebooks`"


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_no_cell_escapes_comparison_without_saying_so(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        assert not cell.metadata.get("tags", []) or "nbval-skip" not in cell.metadata.tags
        assert "NBVAL_IGNORE_OUTPUT" not in cell.source
        assert "NBVAL_SKIP" not in cell.source


def put_attachment(notebook):
    notebook.cells[0].attachments = {"hand-drawn.png": {"image/png": "iVBORw0KGgo="}}


def put_metadata(notebook):
    notebook.cells[1].metadata["slideshow"] = {"slide_type": "skip"}


def put_licence(notebook):
    notebook.metadata["license"] = "CC0"


@pytest.mark.parametrize(
    ("put", "named"),
    [
        (put_attachment, "the attachments of cell 1: hand-drawn.png"),
        (put_metadata, "'slideshow' of cell 2"),
        (put_licence, "its own 'license'"),
    ],
)
def test_what_the_form_cannot_keep_is_named_and_the_notebook_left_alone(tmp_path, put, named):
    markdown, code = nbformat.v4.new_markdown_cell("words"), nbformat.v4.new_code_cell("1")
    notebook = nbformat.v4.new_notebook(cells=[markdown, code])
    put(notebook)
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    with pytest.raises(NotBuiltError) as told:
        execute(path)
    assert named in str(told.value)
    assert path.read_bytes() == before
