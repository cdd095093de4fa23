"""The environment that the site is built in, on notebooks of a few cells."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from book import build
from book.execution import NotBuiltError, cache_folder, enclosed, execute, prove, run

ROOT = Path(__file__).parent.parent
ASK = """
import json, os, sys, IPython, matplotlib, adamcore, book, pagefigures
print(json.dumps({
    "files": [module.__file__ for module in (adamcore, book, pagefigures)],
    "line": matplotlib.rcParams["lines.linewidth"],
    "startup": globals().get("startup", "none"),
    "home": os.path.expanduser("~"),
    "mpl": matplotlib.get_configdir(),
}))
"""


def write(path, *sources):
    """Write a notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


@pytest.fixture
def machine(tmp_path):
    """Return the environment of a machine that is full of settings of its user."""
    home = tmp_path / "home"
    for file, text in {
        ".config/matplotlib/matplotlibrc": "lines.linewidth: 9",
        "rc/matplotlibrc": "lines.linewidth: 8",
        ".ipython/profile_default/startup/00.py": "startup = 'mine'",
        "path/adamcore/__init__.py": "raise ImportError('a foreign adamcore')",
        "path/sitecustomize.py": "import sys; sys.stderr.write('a foreign sitecustomize')",
        "startup.py": "startup = 'python'",
        ".local/share/jupyter/kernels/python3/kernel.json": json.dumps(
            {"argv": ["false"], "display_name": "Mine", "language": "python"}
        ),
    }.items():
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(text)
    unwritable = home / "file"
    unwritable.write_text("not a folder")
    return os.environ | {
        "HOME": str(home),
        "MATPLOTLIBRC": str(home / "rc"),
        "MPLCONFIGDIR": str(unwritable / "matplotlib"),
        "MPLBACKEND": "pdf",
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_DATA_DIR": str(home / ".local/share/jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "PYTHONPATH": str(home / "path"),
        "PYTHONSTARTUP": str(home / "startup.py"),
        "PYTHONWARNINGS": "error",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(unwritable),
    }


def test_nothing_of_the_machine_reaches_a_cell(machine, tmp_path):
    notebook = write(tmp_path / "asks.ipynb", ASK)
    inside = enclosed(machine, ROOT)
    code = (
        "from pathlib import Path; from book.execution import run; "
        f"print(run(Path({str(notebook)!r})).cells[0].outputs[0].text)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inside,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert all(ROOT in Path(file).parents for file in found["files"])
    assert found["line"] == 1.5
    assert found["startup"] == "none"
    assert ROOT / "_build" in Path(found["home"]).parents
    assert ROOT / "_build" in Path(found["mpl"]).parents


def test_without_the_environment_the_same_machine_would_be_seen(machine, tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env=machine,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode
    assert "a foreign" in told.stderr


def test_a_package_of_another_folder_is_not_taken_for_this_one(tmp_path):
    with pytest.raises(NotBuiltError, match="adamcore would come from"):
        prove(tmp_path, root=tmp_path)
    prove(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "_build").write_text("a file")
    with pytest.raises(NotBuiltError, match="_build cannot be written"):
        enclosed(os.environ, tmp_path)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "cell 2: ZeroDivisionError: division by zero"),
        ("import sys; print('careful', file=sys.stderr)", "cell 2: it wrote to stderr: careful"),
        ("import warnings; warnings.warn('odd')", "cell 2: it wrote to stderr: "),
        ("import os; os._exit(1)", "cell 2: its kernel died"),
        ("import time; time.sleep(30)", "cell 2: not done after 4 seconds"),
    ],
)
def test_a_notebook_that_fails_says_in_which_cell_and_why(tmp_path, source, cause):
    path = write(tmp_path / "fails.ipynb", "import time", source)
    with pytest.raises(NotBuiltError) as told:
        run(path, timeout=4)
    assert cause in str(told.value)
    assert "fails.ipynb" in str(told.value)


def test_each_notebook_is_executed_once_and_all_causes_are_told(tmp_path):
    good, bad = write(tmp_path / "good.ipynb", "1"), write(tmp_path / "bad.ipynb", "x", "y")
    also = write(tmp_path / "also.ipynb", "z")
    with pytest.raises(NotBuiltError) as told:
        list(execute([bad, good, also], tmp_path / "cache"))
    assert "bad.ipynb, cell 1: NameError" in str(told.value)
    assert "also.ipynb, cell 1: NameError" in str(told.value)
    assert list(execute([good], tmp_path / "cache")) == []


def test_the_cache_knows_the_package_its_scripts_and_its_data(tmp_path):
    for name in ("adamcore/a.py", "pagefigures/static/a.js", "book/data/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "requirements.txt").write_text("")
    names = {cache_folder(tmp_path)}
    for name in ("adamcore/a.py", "pagefigures/static/a.js", "book/data/a.csv", "requirements.txt"):
        (tmp_path / name).write_text("2")
        names.add(cache_folder(tmp_path))
    assert len(names) == 5


@pytest.mark.parametrize(
    ("log", "causes"),
    [
        ("a\nx.md:3: WARNING: no such label\nb", ["x.md:3: WARNING: no such label"]),
        (
            "a\nNot built:\nx.ipynb, cell 2: Err\ny.ipynb, cell 1: Err\n\nb",
            ["x.ipynb, cell 2: Err", "y.ipynb, cell 1: Err"],
        ),
        ("Extension error:\nno such module", ["no such module"]),
        ("Exception occurred:\n  File x\nKeyError: 3\nThe full traceback has", ["KeyError: 3"]),
        ("[IPKernelApp] WARNING: none\n\x1b[91mKilled\x1b[0m\n===\n", ["Killed"]),
    ],
)
def test_the_cause_is_found_in_a_log(log, causes):
    assert build.causes(log) == causes


def test_a_copied_project_is_built_with_its_own_package(tmp_path):
    for name in ("adamcore", "pagefigures", "book"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.egg-info"))
    notebook = write(tmp_path / "asks.ipynb", ASK)
    code = (
        "from pathlib import Path; from book.execution import enclose, prove, run; enclose(); "
        f"prove(Path()); print(run(Path({str(notebook)!r})).cells[0].outputs[0].text)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert all(tmp_path in Path(file).parents for file in json.loads(told.stdout)["files"])


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("moved", [True, False])
def test_an_environment_that_came_with_a_copied_folder_is_set_up_anew(tmp_path, moved):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/ready").write_text(f"{ROOT if moved else tmp_path.resolve()}\n")
    told = subprocess.run(
        ["make", "-n", "clean"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (f".venv belongs to {ROOT}" in told.stdout) == moved
    assert (tmp_path / ".venv").exists() != moved


def test_a_taken_port_is_told(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NotBuiltError, match="is taken by another program"):
            build.serve(taken.getsockname()[1], tmp_path)
