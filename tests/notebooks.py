"""Bring the notebooks into the form in which they are committed.

Executed from first cell to last, with text outputs only: pictures and widgets are made again
whenever the site is built, so storing them would only swell the history. `make notebooks`
executes and rewrites every notebook of chapters/; `test_notebooks.py` holds them to the form.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CHAPTERS = Path(__file__).parent.parent / "chapters"
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def paths() -> list[Path]:
    """Return the notebooks of the book, in order."""
    return sorted(CHAPTERS.glob("*.ipynb"))


def in_form(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return an executed notebook with all removed that is not to be committed."""
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        kept = {
            "id": f"cell-{number}",
            "cell_type": cell.cell_type,
            "metadata": {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {},
            "source": cell.source.strip("\n"),
        }
        if cell.cell_type == "code":
            kept["execution_count"] = cell.execution_count
            kept["outputs"] = _text_only(cell.outputs)
        cells.append(kept)
    return nbformat.from_dict(
        {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    )


def _text_only(outputs: list[dict]) -> list[dict]:
    kept = []
    for output in map(dict, outputs):
        if "data" in output:
            data = output["data"].items()
            output["data"] = {kind: text for kind, text in data if kind.endswith("text/plain")}
            output["metadata"] = {}
        if output.get("name") and kept and kept[-1].get("name") == output["name"]:
            kept[-1]["text"] += output["text"]  # a stream comes in pieces, by chance
        else:
            kept.append(output)
    return kept


def execute(path: Path) -> None:
    """Execute a notebook and rewrite it in form; on an error, leave it alone and raise."""
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    path.write_text(nbformat.writes(in_form(notebook)) + "\n", encoding="utf8")


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]] or paths()
    with ThreadPoolExecutor(2) as pool:
        for path, _ in zip(chosen, pool.map(execute, chosen), strict=True):
            print(path.name)
