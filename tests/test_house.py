"""The repository itself: what is vendored, and what is at the top."""

import hashlib
import re
import subprocess
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pagefigures.tests.browser import missing

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "book/static/vendor"
SUMS = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())


@pytest.mark.parametrize("name", SUMS)
def test_vendored_file_is_the_one_that_was_released(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == SUMS[name]


def test_every_vendored_file_has_a_checksum():
    files = {f"./{path.relative_to(VENDOR)}" for path in VENDOR.rglob("*") if path.is_file()}
    assert files - {"./README.md", "./SHA256SUMS"} == set(SUMS)


def test_a_checkout_with_windows_line_ends_keeps_the_checksums(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    checkout = tmp_path / "course"
    windows = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run([*windows, "clone", "--quiet", ROOT, checkout], check=True)
    assert b"\r\n" in (checkout / "README.md").read_bytes()
    vendor = checkout / VENDOR.relative_to(ROOT)
    changed = [
        name
        for name, told in SUMS.items()
        if hashlib.sha256((vendor / name).read_bytes()).hexdigest() != told
    ]
    assert changed == []
    texts = [*(checkout / "book/data").glob("*.[jm]*"), *(checkout / "chapters").glob("*.ipynb")]
    assert texts
    assert [file for file in texts if b"\r\n" in file.read_bytes()] == []


def test_readmes_map_is_the_front_pages():
    from book.glance import PICTURE, glance

    if not (ROOT / "_build/html").is_dir():
        missing("the site is not built: `make book` first")
    words = re.compile(r">([^<>]*\w[^<>]*)<")
    committed = words.findall(PICTURE.read_text(encoding="utf8"))
    assert "1 SGD" in " ".join(committed).replace("\xa0", " ").replace("  ", " ")
    assert committed == words.findall(glance()), "run `python -m book.glance`"


def test_every_action_of_the_workflow_is_pinned_by_its_commit():
    workflow = (ROOT / ".github/workflows/course.yml").read_text()
    used = re.findall(r"uses: \S+@(\S+)", workflow)
    assert used
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in used)


def test_the_lock_has_hashes_and_names_no_host():
    lock = (ROOT / "requirements.txt").read_text()
    names = re.findall(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", lock, re.MULTILINE)
    assert {"jupyter-book", "numpy", "matplotlib", "ipywidgets", "anywidget", "nbval"} <= set(names)
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\w\S*==)", lock)[1:])
    assert "://" not in lock


def _requirements(package):
    try:
        return requires(package) or ()
    except PackageNotFoundError:  # for another Python or another system
        return ()


def test_the_lock_names_every_extra_that_a_package_asks_for():
    # pip of Python 3.11 takes the newest release for `coverage[toml]` if only `coverage` is pinned
    locked, asked = {}, set()
    for line in re.findall(r"^\w\S*==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE):
        one = Requirement(line)
        locked.setdefault(canonicalize_name(one.name), set()).update(one.extras)
    for package in locked:
        for line in _requirements(package):
            one = Requirement(line)
            if one.extras and (one.marker is None or one.marker.evaluate({"extra": ""})):
                asked |= {(canonicalize_name(one.name), extra) for extra in one.extras}
    assert ("coverage", "toml") in asked
    assert {(name, extra) for name, extra in asked if extra not in locked[name]} == set()


def test_the_top_level_holds_what_the_course_needs_and_nothing_else():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in listed.stdout.split("\n") if name}
    assert {name for name in top if not name.startswith(".")} <= {
        "LICENSE",
        "Makefile",
        "README.md",
        "_config.yml",
        "_toc.yml",
        "adamcore",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "book",
        "pagefigures",
        "benchmarks",
        "chapters",
        "pyproject.toml",
        "requirements.txt",
        "tests",
    }


def test_binder_gets_the_locked_requirements_and_the_packages_of_the_course():
    folder = ROOT / ".binder"
    line = (folder / "requirements.txt").read_text().strip()
    assert (folder / line.removeprefix("-r ")).samefile(ROOT / "requirements.txt")
    assert not re.search(r"^-e|^\.", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    after = (folder / "postBuild").read_text()
    assert all(f"-e {package}" in after for package in (".", "pagefigures", "book"))
    assert (folder / "postBuild").stat().st_mode & 0o100
    assert (folder / "runtime.txt").read_text().strip() in ("python-3.12", "python-3.13")
