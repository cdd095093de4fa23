"""Say who passed which exercise: `python -m book.collect FOLDER > class.csv`.

FOLDER has a folder for each learner, or files like `NAME-01-sgd.ipynb`: notebooks, and files that
the front page of the site has saved (`NAME.json`). Of each notebook the cells with exercises are
run, as they were left, in a process, a folder and a home that are thrown away after it; what was
saved from the site is put into notebooks first. That is no wall: it runs what learners wrote, so
run it where nothing can be lost.
"""

import argparse
import ast
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from adamcore.check import NOT_DONE, Verdict, check, check_value
from book.execution import ROOT, enclosed
from book.exercises import asked
from book.exercises import exercises as of_chapter

SECONDS = 180  # for one notebook, also on a busy machine
PASSED, MISSING = "passed", "no such cell"
SAVED = re.compile(r"understanding-adam(-\d{4}-\d\d-\d\d)?")


class Exercise(NamedTuple):
    """What makes its cell known, `asks`, and the imports of its chapter."""

    label: str
    asks: tuple[str, ...]
    imports: str


def exercises(chapter: Path) -> Iterator[Exercise]:
    """Yield the exercises of a chapter as it is in the course."""
    for one in of_chapter(chapter):
        asks = [_bare(ast.unparse(x)) for x in ast.walk(ast.parse(one.cell.source)) if _asks(x)]
        yield Exercise(one.label, tuple(asks), "\n".join(map(ast.unparse, one.imports)))


def _cells(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def _asks(node: ast.AST) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return named and node.func.id in ("check", "check_value")  # type: ignore[attr-defined]


def _bare(code: str) -> str:
    return re.sub(r"""[\s"'(),]""", "", code)


def judge(notebook: Path, chapter: Path) -> dict[str, str]:
    """Run the exercises of a learner's notebook here, and return what is said of each."""
    sources = [cell.source for cell in _cells(notebook) if cell.cell_type == "code"]
    said = {}
    for exercise in exercises(chapter):
        own = [k for k, one in enumerate(sources) if all(a in _bare(one) for a in exercise.asks)]
        said[exercise.label] = _said(exercise, sources, own[-1]) if own else MISSING
    return said


def _said(exercise: Exercise, sources: list[str], at: int) -> str:
    verdicts: list[Verdict] = []

    def noting(ask: Callable[..., Verdict]) -> Callable[..., Verdict]:
        def noted(*args: Any, **more: Any) -> Verdict:
            verdicts.append(ask(*args, **more))
            return verdicts[-1]

        return noted

    names: dict[str, Any] = {"__name__": "__main__"}
    exec(exercise.imports, names)
    noted = {"check": noting(check), "check_value": noting(check_value)}
    error = _run(sources[at], names | noted)
    if isinstance(error, NameError):  # it may build on cells above
        for source in sources[:at]:
            _run(source, names)
        verdicts.clear()
        error = _run(sources[at], names | noted)
    if error is not None:
        return f"{type(error).__name__}: {error}"
    wrong = [verdict.message for verdict in verdicts if not verdict]
    if not verdicts:
        return "its check was not called"
    return wrong[0] if wrong else PASSED


def _run(source: str, names: dict[str, Any]) -> BaseException | None:
    try:
        exec(compile(source, "<cell>", "exec"), names)
    except (Exception, SystemExit) as error:
        return error
    return None


def judge_apart(notebook: Path, chapter: Path) -> dict[str, str]:
    """Return what `judge` says in a process of its own, which may do what it likes."""
    labels = [exercise.label for exercise in exercises(chapter)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        (away := Path(place, "work")).mkdir()
        result = Path(place, "result.json")
        told = [str(path.resolve()) for path in (notebook, chapter)]
        environment = enclosed(os.environ, Path(place)) | {"PYTHONPATH": str(ROOT)}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "book.collect", "--judge", *told, str(result)],
                cwd=away, env=environment, timeout=SECONDS, check=False, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            said: dict[str, str] = json.loads(result.read_text(encoding="utf8"))
        except subprocess.TimeoutExpired:
            said = dict.fromkeys(labels, f"took longer than {SECONDS} s")
        except (OSError, ValueError):
            last = (done.stderr.strip().splitlines() or ["it ended"])[-1]
            said = dict.fromkeys(labels, f"could not be run: {last}")
    return said


def find(folder: Path, chapters: dict[str, Path]) -> Iterator[tuple[str, Path, Path]]:
    """Yield learner, notebook and chapter of every notebook below a folder."""
    for notebook, inside in _files(folder, "*.ipynb"):
        stem = next((stem for stem in chapters if stem in notebook.stem), None)
        if stem is None:
            print(f"left out, it has no chapter's name: {inside}", file=sys.stderr)
            continue
        yield _learner(inside, re.escape(stem)), notebook, chapters[stem]


def _files(folder: Path, pattern: str) -> Iterator[tuple[Path, Path]]:
    """Yield files below a folder, and where in it they are."""
    for file in sorted(folder.rglob(pattern)):
        inside = file.relative_to(folder)
        if not any(part.startswith(".") for part in inside.parts):
            yield file, inside


def _learner(inside: Path, ours: str) -> str:
    """Return whose a file is, by its folder or by what its name has beside ours."""
    alone = re.sub(rf"{ours}|\(\d+\)", "", inside.stem).strip("-_ ") or "?"
    return inside.parts[0] if len(inside.parts) > 1 else alone


def saved(folder: Path, chapters: Iterable[Path], place: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield the same of every file saved from the site, put into notebooks in `place`."""
    for file, inside in _files(folder, "*.json"):
        try:
            data = json.loads(file.read_text(encoding="utf8"))
            kept = {kind: dict(data["kept"][kind]) for kind in ("number", "code")}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            print(f"left out, the site's front page has not saved it: {inside}", file=sys.stderr)
            continue
        for chapter in chapters:
            for kind, fill in (("number", with_numbers), ("code", with_code)):
                notebook = fill(chapter, kept[kind])
                if notebook is not None:
                    path = place / f"{len(list(place.iterdir()))}-{kind}.ipynb"
                    nbformat.write(notebook, path)
                    yield _learner(inside, SAVED.pattern), path, chapter


def with_numbers(chapter: Path, kept: dict[str, Any]) -> Any:
    """Return a chapter in which the numbers stand that a learner has typed, or None if none do."""
    notebook, some = nbformat.read(chapter, as_version=4), False
    for exercise in of_chapter(chapter):
        typed = kept.get(_key(chapter, exercise.cell))
        names = asked(exercise)
        if not names or not isinstance(typed, dict):
            continue
        first, *_ = ast.parse(exercise.cell.source).body
        lines = exercise.cell.source.splitlines()
        given = [f"{name} = {_value(typed.get(name))!r}" for name in names]
        source = "\n".join([*given, *lines[first.end_lineno :]])
        notebook.cells[exercise.place].source = source
        some = True
    return notebook if some else None


def _value(one: Any) -> Any:
    """Return the number that was typed, or what was typed where it is none."""
    value, typed = (one.get(key) if isinstance(one, dict) else None for key in ("value", "typed"))
    if isinstance(value, int | float):
        return value
    return typed if isinstance(typed, str) and typed.strip() else None


def with_code(chapter: Path, kept: dict[str, Any]) -> Any:
    """Return a chapter with the code that a learner has left in its cells, or None if none is."""
    notebook, some = nbformat.read(chapter, as_version=4), False
    for cell in notebook.cells:
        code = kept.get(_key(chapter, cell))
        if cell.cell_type == "code" and isinstance(code, str):
            cell.source, some = code, True
    return notebook if some else None


def _key(chapter: Path, cell: Any) -> str:
    return f"{chapter.relative_to(ROOT).with_suffix('').as_posix()}#{cell.id}"


def collect(folder: Path) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Return the labels of all exercises, and for each learner what is said of each."""
    paths = sorted((ROOT / "chapters").glob("*.ipynb"))
    with_exercises = {path: [one.label for one in exercises(path)] for path in paths}
    chapters = {path.stem: path for path, labels in with_exercises.items() if labels}
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count()) as pool:
        work = [*find(folder, chapters), *saved(folder, chapters.values(), Path(place))]
        for (learner, *_), said in zip(
            work, pool.map(lambda one: judge_apart(*one[1:]), work), strict=True
        ):
            row = found.setdefault(learner, {})
            for label, words in said.items():
                if row.get(label) != PASSED and not (label in row and words == NOT_DONE.message):
                    row[label] = words
    return [label for labels in with_exercises.values() for label in labels], found


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m book.collect", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--judge", type=Path, nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.judge:
        notebook, chapter, result = given.judge
        said = judge(notebook, chapter)
        result.write_text(json.dumps(said), encoding="utf8")
        return
    if given.folder is None or not given.folder.is_dir():
        sys.exit(f"{given.folder or 'Nothing'} is no folder: name the one with what was handed in.")
    labels, found = collect(given.folder)
    if not found:
        sys.exit(
            f"{given.folder} has no notebook with a chapter's name, such as 01-sgd.ipynb, and no"
            " file that the site's front page has saved."
        )
    table = csv.writer(sys.stdout)
    table.writerow(["learner", *labels])
    for learner, said in sorted(found.items()):
        table.writerow([learner, *(said.get(label, "") for label in labels)])


if __name__ == "__main__":
    main()
