"""The learner's folder: nothing that somebody has written is ever lost."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from book import lab
from book.execution import NotBuiltError
from book.lab import command, digest, free_port, lay_down
from pagefigures.tests.browser import missing

ROOT = Path(__file__).parent.parent


def notebook(*sources):
    """Return a notebook's text, with another id for each cell each time."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def sources(path):
    return [cell.source for cell in nbformat.read(path, 4).cells]


@pytest.fixture
def course(tmp_path):
    """Return a function that makes the course's notebooks anew, and the learner's folder."""
    made = tmp_path / "made"
    made.mkdir()

    def make(**pages):
        for stem, page in pages.items():
            (made / f"{stem}.ipynb").write_text(notebook(*page), encoding="utf8")
        return lay_down(made, folder)

    folder = tmp_path / "mine"
    return make, folder


def files(folder):
    return {path.name: sources(path) for path in folder.glob("*.ipynb")}


def test_the_first_time_every_notebook_is_laid_down(course):
    make, folder = course
    places, told = make(index=["1"], one=["2"])
    assert files(folder) == {"index.ipynb": ["1"], "one.ipynb": ["2"]}
    assert places == {"index": folder / "index.ipynb", "one": folder / "one.ipynb"}
    assert told == []


def test_a_notebook_that_was_only_run_gives_way_to_its_new_form(course):
    make, folder = course
    make(one=["1"])
    ran = nbformat.read(folder / "one.ipynb", 4)
    ran.cells[0].outputs = [nbformat.v4.new_output("stream", text="said")]
    ran.cells[0].execution_count = 7
    ran.metadata["language_info"] = {"name": "python", "version": "3.99"}
    nbformat.write(ran, folder / "one.ipynb")
    assert make(one=["2"])[1] == []
    assert files(folder) == {"one.ipynb": ["2"]}


def test_a_notebook_that_was_only_run_keeps_its_outputs_while_the_course_stays(course):
    make, folder = course
    make(one=["1"])
    ran = nbformat.read(folder / "one.ipynb", 4)
    ran.cells[0].execution_count = 7
    nbformat.write(ran, folder / "one.ipynb")
    before = (folder / "one.ipynb").read_bytes()
    make(one=["1"])
    assert (folder / "one.ipynb").read_bytes() == before


def test_what_the_learner_wrote_stays_and_nothing_is_said_while_the_course_stays(course):
    make, folder = course
    make(one=["1"])
    (folder / "one.ipynb").write_text(notebook("1", "mine"))
    places, told = make(one=["1"])
    assert files(folder) == {"one.ipynb": ["1", "mine"]}
    assert places["one"] == folder / "one.ipynb"
    assert told == []


def test_when_both_changed_the_new_page_is_laid_beside_with_a_sentence(course):
    make, folder = course
    make(one=["1"])
    (folder / "one.ipynb").write_text(notebook("mine"))
    places, told = make(one=["2"])
    assert files(folder) == {"one.ipynb": ["mine"], "one-new.ipynb": ["2"]}
    assert places["one"] == folder / "one-new.ipynb"
    assert told == [
        "one.ipynb has your work in it, and stays as it is; the course's present page is "
        "one-new.ipynb beside it."
    ]
    assert make(one=["2"])[1] == []
    assert make(one=["3"])[1] != []
    assert files(folder) == {"one.ipynb": ["mine"], "one-new.ipynb": ["3"]}


def test_work_in_the_page_laid_beside_stays_too(course):
    make, folder = course
    make(one=["1"])
    (folder / "one.ipynb").write_text(notebook("mine"))
    make(one=["2"])
    (folder / "one-new.ipynb").write_text(notebook("mine too"))
    make(one=["2"])
    assert files(folder) == {"one.ipynb": ["mine"], "one-new.ipynb": ["mine too"]}
    make(one=["3"])
    assert files(folder) == {
        "one.ipynb": ["mine"],
        "one-new.ipynb": ["mine too"],
        "one-new-2.ipynb": ["3"],
    }


def test_an_older_copy_of_the_work_without_a_record_stays(course):
    make, folder = course
    folder.mkdir()
    (folder / "one.ipynb").write_text(notebook("from last year"))
    _, told = make(one=["1"])
    assert files(folder) == {"one.ipynb": ["from last year"], "one-new.ipynb": ["1"]}
    assert len(told) == 1


@pytest.mark.parametrize("record", ["", "{", "[]", '{"one.ipynb": 3}', None])
def test_a_broken_record_loses_nothing(course, record):
    make, folder = course
    make(one=["1"])
    (folder / "one.ipynb").write_text(notebook("mine"))
    if record is None:
        (folder / lab.RECORD).unlink()
    else:
        (folder / lab.RECORD).write_text(record)
    make(one=["2"])
    assert files(folder) == {"one.ipynb": ["mine"], "one-new.ipynb": ["2"]}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nbformat": 4}', "<<<<<<< HEAD\n", "\x00\xff"])
def test_a_broken_notebook_in_the_way_stays_and_is_named(course, text):
    make, folder = course
    folder.mkdir()
    (folder / "one.ipynb").write_bytes(text.encode("latin1"))
    for expected in 1, 0:
        places, told = make(one=["1"])
        assert (folder / "one.ipynb").read_bytes() == text.encode("latin1")
        assert sources(folder / "one-new.ipynb") == ["1"]
        assert places["one"] == folder / "one-new.ipynb"
        assert len(told) == expected
    assert not told or told[0].startswith("one.ipynb is no notebook that can be read")


def test_a_folder_in_the_way_of_a_notebook_stays(course):
    make, folder = course
    (folder / "one.ipynb").mkdir(parents=True)
    _, (told,) = make(one=["1"])
    assert "one.ipynb is no notebook" in told
    assert sources(folder / "one-new.ipynb") == ["1"]


def test_a_deleted_notebook_comes_back_fresh(course):
    make, folder = course
    make(one=["1"])
    (folder / "one.ipynb").unlink()
    make(one=["1"])
    assert files(folder) == {"one.ipynb": ["1"]}


def test_a_disk_that_is_full_leaves_the_old_notebook(course, monkeypatch):
    make, folder = course
    make(one=["1"])

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(NotBuiltError, match="No space left on device"):
            lay_down(folder.parent / "made", folder / "elsewhere")
    assert files(folder) == {"one.ipynb": ["1"]}
    assert json.loads((folder / lab.RECORD).read_text()) == {"one.ipynb": digest(notebook("1"))}


def test_a_port_that_is_taken_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + lab.PORTS


def test_no_free_port_is_one_sentence(monkeypatch):
    monkeypatch.setattr(lab, "PORTS", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NotBuiltError, match="make lab PORT=9000"):
            free_port(taken.getsockname()[1])


@pytest.mark.parametrize("port", [0, 65536, 99999, -1])
def test_a_port_that_cannot_be_is_one_sentence(port):
    with pytest.raises(NotBuiltError, match="65535"):
        free_port(port)


def test_root_is_allowed_and_nobody_else_needs_it(monkeypatch):
    monkeypatch.setattr(lab, "is_root", lambda: True)
    assert "--allow-root" in command(Path("one.ipynb"), 8888)
    monkeypatch.setattr(lab, "is_root", lambda: False)
    assert "--allow-root" not in command(Path("one.ipynb"), 8888)


def make_lab(*options):
    if not lab.up_to_date():
        missing("the site is not built: `make book` first")
    return subprocess.run(
        [sys.executable, "-m", "book.lab", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_lays_down_the_course(tmp_path):
    done = make_lab("--only-lay-down", "--folder", str(tmp_path / "mine"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Your notebooks: {tmp_path / 'mine'}\n"
    names = {path.name for path in (tmp_path / "mine").glob("*.ipynb")}
    assert names == {path.name for path in (ROOT / "chapters").glob("*.ipynb")}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    readonly = Path("/proc/adam") if os.path.isdir("/proc/self") else tmp_path / "file"
    (tmp_path / "file").write_text("in the way")
    for folder in readonly, tmp_path / "file", tmp_path / "file" / "below":
        done = make_lab("--only-lay-down", "--folder", str(folder))
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert f"{folder}" in done.stderr
        assert "make lab FOLDER=" in done.stderr
    assert (tmp_path / "file").read_text() == "in the way"
