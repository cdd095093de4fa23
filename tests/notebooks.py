"""Bring the notebooks into the form in which they are committed.

Executed from first cell to last, with text outputs only: pictures and widgets are made again
whenever the site is built, so storing them would only swell the history. `make notebooks`
executes and rewrites every notebook of chapters/, and refuses one in which somebody has put what
this form cannot hold; `test_notebooks.py` holds them to the form.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from book.execution import NotBuiltError, enclose, prove, run
from book.exercises import LABEL
from book.learner import asks

CHAPTERS = Path(__file__).parent.parent / "chapters"
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What editors note for themselves: nobody misses it.
OF_EDITORS = {
    *("collapsed", "scrolled", "trusted", "execution", "ExecuteTime", "vscode", "pycharm", "colab"),
    *("jp-MarkdownHeadingCollapsed", "outputId", "toc", "widgets", "kernelspec", "language_info"),
}


def paths() -> list[Path]:
    """Return the notebooks of the book, in order."""
    return sorted(CHAPTERS.glob("*.ipynb"))


def in_form(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return an executed notebook with all removed that is not to be committed."""
    cells, names = [], _names(notebook.cells)
    for number, cell in enumerate(notebook.cells, 1):
        kept = {
            "id": names.get(number, f"cell-{number}"),
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


def _names(cells: list[nbformat.NotebookNode]) -> dict[int, str]:
    """Return the ids of exercises and questions, by the numbers of their cells.

    A reader's browser keeps his work under them, so they stay when a cell is put in before them.
    """
    names, label, questions = {}, None, 0
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "markdown":
            label = (LABEL.findall(cell.source) or [label])[-1]
        elif label:
            names[number], label = label, None
        elif asks(cell.source):
            questions += 1
            names[number] = f"question-{questions}"
    return names


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


def lost(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what the form would drop, where somebody may have meant it."""
    found = [f"its own {key!r}" for key in sorted(set(notebook.metadata) - OF_EDITORS)]
    for number, cell in enumerate(notebook.cells, 1):
        if cell.get("attachments"):
            found.append(f"the attachments of cell {number}: {', '.join(sorted(cell.attachments))}")
        for key in sorted(set(cell.metadata) - OF_EDITORS - {"tags"}):
            found.append(f"{key!r} of cell {number}")
    return found


def execute(path: Path) -> None:
    """Execute a notebook and rewrite it in form; on an error, leave it alone and raise."""
    dropped = lost(nbformat.read(path, as_version=4))
    if dropped:
        raise NotBuiltError(
            f"{path.name} was left alone, for its form cannot keep {'; '.join(dropped)}. "
            "Take it out, or put it in a file beside the notebook."
        )
    text = nbformat.writes(in_form(run(path))) + "\n"
    path.write_text(text, encoding="utf8")


def main() -> None:
    """Bring the named notebooks, or all, into form."""
    chosen = [Path(name) for name in sys.argv[1:]] or paths()
    enclose()
    try:
        prove(CHAPTERS)
        with ThreadPoolExecutor(2) as pool:
            for path, _ in zip(chosen, pool.map(execute, chosen), strict=True):
                print(path.name)
    except NotBuiltError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
