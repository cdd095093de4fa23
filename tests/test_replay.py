"""What the build has executed is compared by nbval as a fresh execution would be."""

import os
import subprocess
import sys

import nbformat
import pytest

from book.execution import execute
from tests.test_execution import ROOT, write

SOURCES = ["print(1)\nprint(2)", "3 + 4", "from IPython.display import display\ndisplay('a', 'b')"]
PLUGIN = """
from pathlib import Path
import tests.replay
tests.replay.cache_folder = lambda: Path({folder!r})
from tests.replay import *
"""


@pytest.fixture
def nbval(tmp_path):
    """Return a function that changes a notebook as committed and runs nbval on it."""
    path = write(tmp_path / "page.ipynb", *SOURCES)
    assert list(execute([path], tmp_path / "cache")) == [path]
    (tmp_path / "plugin.py").write_text(PLUGIN.format(folder=str(tmp_path / "cache")))

    def run(change, *, executed=False):
        committed = nbformat.read(path, as_version=4)
        for cell, text in zip(committed.cells, ["1\n2\n", "7", "'a'"], strict=True):
            cell.execution_count = 1
            kind = {"name": "stdout", "text": text} if text[-1] == "\n" else {}
            made = nbformat.v4.new_output("stream" if kind else "execute_result", **kind)
            if not kind:
                made.data = {"text/plain": text}
                made.execution_count = 1
            cell.outputs = [made]
        shown = [{"text/plain": "'a'"}, {"text/plain": "'b'"}]
        committed.cells[2].outputs = [nbformat.v4.new_output("display_data", d) for d in shown]
        change(committed.cells)
        nbformat.write(committed, path)
        command = [sys.executable, "-m", "pytest", "-p", "plugin", "--nbval", "-q", path.name]
        return subprocess.run(
            [*command, "-c", os.devnull, "--rootdir=."],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    return run


def test_outputs_as_committed_pass(nbval):
    assert "3 passed" in nbval(lambda cells: None)


@pytest.mark.parametrize("cell", [0, 1, 2])
def test_any_other_output_fails(nbval, cell):
    def change(cells):
        output = cells[cell].outputs[0]
        if "text" in output:
            output.text = "1\n3\n"
        else:
            output.data["text/plain"] = "8"

    assert "1 failed, 2 passed" in nbval(change)


def test_an_output_too_few_fails(nbval):
    assert "1 failed, 2 passed" in nbval(lambda cells: cells[2].outputs.pop())


def test_a_cell_that_the_build_did_not_execute_is_executed(nbval):
    def change(cells):
        cells[1].source = "3 + 5"

    assert "1 failed, 2 passed" in nbval(change)
