"""What a teacher is told of a class: `python -m book.collect`."""

import csv
import io
import json
import subprocess
import sys

import nbformat
import pytest

from book import collect
from book.execution import ROOT
from tests.notebooks import CHAPTERS
from tests.test_exercises import exercises

CASES = {case.id.partition("-sgd-")[2]: case.values for case in exercises() if "01-sgd" in case.id}
SGD = CHAPTERS / "01-sgd.ipynb"
pytestmark = pytest.mark.xdist_group("collect")  # a class is marked once


def handed_in(path, changes, extra=()):
    """Write chapter 1 as a learner leaves it, with other lines in some cells."""
    notebook = nbformat.read(SGD, as_version=4)
    for old, new in changes:
        (cell,) = [cell for cell in notebook.cells if old in cell.source]
        cell.source = cell.source.replace(old, new)
    for source in extra:
        notebook.cells.insert(1, nbformat.v4.new_code_cell(source))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


WRITE, WRITTEN = "    theta = ...\n", "    theta = state.theta - alpha * g\n"
BOUNCE = "answer = None  # your number here"
DESIGN = "answer = None  # your step size here"


def test_every_exercise_of_the_course_is_known_by_its_cell():
    known = [
        one.label for path in sorted(CHAPTERS.glob("*.ipynb")) for one in collect.exercises(path)
    ]
    assert len(known) == len(set(known)) == len(list(exercises()))


KEPT = {
    "number": {
        "chapters/01-sgd#sgd-bounce": {"answer": {"typed": "0,5625", "value": 0.5625}},
        "chapters/01-sgd#sgd-design": {"answer": {"typed": "much", "value": None}},
        "chapters/02-momentum#momentum-build": {
            "mass": {"typed": "99", "value": 99},
            "friction": {"typed": "2", "value": 2},
        },
        "chapters/06-adam-at-work#work-first": {"answer": 7},
        "chapters/nowhere#x": {"answer": {"typed": "1", "value": 1}},
    },
    "code": {
        "chapters/01-sgd#sgd-write": "def my_step(state, g, alpha):\n"
        "    return State(state.theta + alpha * g, state.t + 1, g)\n\n\n"
        "check(my_step, SGD(alpha=0.1))",
        "chapters/01-sgd#sgd-bounce": "answer = None\n\n"
        "run = descend(SGD(alpha=0.07), valley(25).grad, [0.0, 1.0], 2)\n"
        "check_value(answer, run.theta[2, 1])",
    },
    "passed": {"chapters/01-sgd#sgd-write": True},
}


def saved(path, **more):
    """Write what the site's front page saves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"course": "Understanding Adam", "kept": KEPT} | more))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    done = [(WRITE, WRITTEN), (BOUNCE, "answer = 0.5625"), (DESIGN, "answer = 0.02 / 1.01")]
    handed_in(folder / "one/course/01-sgd.ipynb", done)
    handed_in(folder / "one/course/.ipynb_checkpoints/01-sgd-checkpoint.ipynb", [])
    handed_in(
        folder / "two/01-sgd.ipynb", [(WRITE, WRITTEN.replace("-", "+")), (BOUNCE, "answer =")]
    )
    helper = "def half(x):\n    open('left-behind', 'w')\n    return x / 2"
    handed_in(folder / "three-01-sgd (1).ipynb", [(BOUNCE, "answer = half(1.125)")], [helper])
    handed_in(folder / "four/01-sgd.ipynb", [(BOUNCE, "import os; os._exit(3)")])
    handed_in(folder / "five/01-sgd.ipynb", [("check_value(answer, run.theta[2, 1])", "answer")])
    (folder / "six").mkdir()
    (folder / "six/01-sgd.ipynb").write_text("no notebook")
    handed_in(folder / "six/essay.ipynb", [])
    saved(folder / "seven/understanding-adam-2026-11-27.json")
    saved(folder / "understanding-adam-2026-11-27 (1)-eight.json")
    saved(folder / "one/more.json")
    for name, more in {"a": "{", "b": "[1]", "c": '{"kept": {"number": 3, "code": {}}}'}.items():
        (folder / f"seven/{name}.json").write_text(more)
    told = subprocess.run(
        [sys.executable, "-m", "book.collect", folder],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not list(ROOT.glob("left-behind")) + list(folder.rglob("left-behind"))
    rows = {row["learner"]: row for row in csv.DictReader(io.StringIO(told.stdout))}
    return rows, told.stderr


def test_who_passed_is_told_by_exercise(table):
    rows, _ = table
    assert list(rows) == sorted(["one", "two", "three", "four", "five", "six", "seven", "eight"])
    one = rows["one"]
    assert [one[f"sgd-{name}"] for name in ("write", "bounce", "design")] == ["passed"] * 3
    assert one["adam-write"] == ""


def test_what_is_wrong_is_told_in_the_words_of_the_check(table):
    two = table[0]["two"]
    assert "the sign is wrong" in two["sgd-write"]
    assert two["sgd-bounce"].startswith("SyntaxError")
    assert two["sgd-design"] == "Not done yet."


def test_an_answer_may_build_on_a_cell_above(table):
    assert table[0]["three"]["sgd-bounce"] == "passed"


def test_what_ends_or_breaks_costs_only_its_own_row(table):
    rows, left_out = table
    assert rows["four"]["sgd-bounce"].startswith("could not be run")
    assert rows["five"]["sgd-bounce"] == "no such cell"
    assert rows["five"]["sgd-write"] == "Not done yet."
    assert rows["six"]["sgd-write"].startswith("could not be run")
    assert "essay.ipynb" in left_out


def test_what_was_saved_from_the_site_is_judged_by_running_the_cells(table):
    rows, left_out = table
    seven = rows["seven"]
    assert seven["sgd-bounce"] == "passed"
    assert seven["sgd-design"] == "The answer must be a number."
    assert "the sign is wrong" in seven["sgd-write"]  # whatever the file says of it
    assert seven["momentum-build"] == "Not yet: your number is too large."
    assert seven["rms-first"] == ""
    assert seven["work-first"] == "Not done yet."
    assert rows["eight"] == seven | {"learner": "eight"}
    assert rows["one"]["sgd-write"] == "passed"  # in the notebook, though not in the saved file
    assert [f"seven/{name}.json" in left_out for name in "abc"] == [True] * 3


def test_an_endless_cell_is_ended(tmp_path, monkeypatch):
    handed_in(tmp_path / "01-sgd.ipynb", [(BOUNCE, "while True: pass")])
    monkeypatch.setattr(collect, "SECONDS", 3)
    said = collect.judge_apart(tmp_path / "01-sgd.ipynb", SGD)
    assert set(said.values()) == {"took longer than 3 s"}


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere", "is no folder"), ("empty", "has no notebook")]
)
def test_a_folder_without_notebooks_is_named(tmp_path, monkeypatch, name, words):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(sys, "argv", ["collect", str(tmp_path / name)])
    with pytest.raises(SystemExit, match=words):
        collect.main()
