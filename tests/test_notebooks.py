"""The notebooks as they are committed; nbval compares what they print (see pyproject.toml)."""

import nbformat
import pytest

from tests.notebooks import in_form, paths


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
