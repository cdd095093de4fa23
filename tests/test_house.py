"""The repository itself: what is vendored, and what is at the top."""

import hashlib
import subprocess
from pathlib import Path

import pytest

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
    for kept in (*(ROOT / "book/data").iterdir(), *(ROOT / "chapters").glob("*.ipynb")):
        assert (
            b"\r\n" not in (checkout / kept.relative_to(ROOT)).read_bytes() or kept.suffix == ".gz"
        )


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
