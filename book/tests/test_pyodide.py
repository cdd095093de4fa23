"""Pyodide's files are the right ones, wherever they come from."""

import gzip
import hashlib
import io
import zipfile

import pytest

from book import pyodide
from book.execution import NotBuiltError

RIGHT = {"a.js": b"one", "b.zip": b"two"}


@pytest.fixture
def sources(monkeypatch):
    """Let two small files stand for Pyodide's; return what each source gives, and who was asked."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in RIGHT.items()}
    monkeypatch.setattr(pyodide, "FILES", sums)
    gives, asked = {"channel": dict(RIGHT), "mirror": dict(RIGHT)}, []

    def source(which):
        def give(folder, names):
            asked.append((which, sorted(names)))
            if not gives[which]:
                raise OSError(f"no {which}")
            for name in names:
                pyodide._keep(folder, name, gives[which][name])

        return give

    monkeypatch.setattr(pyodide, "_from_channel", source("channel"))
    monkeypatch.setattr(pyodide, "_from_mirror", source("mirror"))
    return gives, asked


def contents(cache):
    return {file.name: file.read_bytes() for file in (cache / pyodide.VERSION).iterdir()}


def test_files_are_fetched_once(tmp_path, sources):
    pyodide.fetch(tmp_path)
    pyodide.fetch(tmp_path)
    assert contents(tmp_path) == RIGHT
    assert sources[1] == [("channel", ["a.js", "b.zip"])]


def test_a_damaged_file_is_refused_and_fetched_anew(tmp_path, sources):
    pyodide.fetch(tmp_path)
    (tmp_path / pyodide.VERSION / "b.zip").write_bytes(b"twO")
    pyodide.fetch(tmp_path)
    assert contents(tmp_path) == RIGHT
    assert sources[1][1:] == [("channel", ["b.zip"])]


def test_what_the_channel_has_not_or_has_wrong_comes_from_the_registry(tmp_path, sources):
    gives, asked = sources
    gives["channel"]["a.js"] = b"another"
    pyodide.fetch(tmp_path)
    assert contents(tmp_path) == RIGHT
    assert asked[1:] == [("mirror", ["a.js"])]


def test_files_that_cannot_be_had_or_are_wrong_everywhere_are_refused(tmp_path, sources):
    gives, _ = sources
    gives["channel"], gives["mirror"] = {}, {}
    with pytest.raises(NotBuiltError, match=r"could not be fetched.*\(no channel; no mirror\)\."):
        pyodide.fetch(tmp_path)
    gives["mirror"] = dict.fromkeys(RIGHT, b"another")
    with pytest.raises(NotBuiltError, match="no channel"):
        pyodide.fetch(tmp_path)
    assert contents(tmp_path) == {}


def test_the_same_files_are_packed_the_same(tmp_path, monkeypatch):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in (
            "numpy/a.py",
            "numpy/a.pyi",
            "numpy/tests/b.py",
            "numpy-2.dist-info/LICENSE.txt",
        ):
            wheel.writestr(name, name)
    folder = tmp_path / pyodide.VERSION
    folder.mkdir()
    for name in pyodide.FILES:
        (folder / name).write_bytes(archive.getvalue() if "." in name[-4:] else b"code")
    monkeypatch.setattr(pyodide, "CACHE", tmp_path)
    first = pyodide.pack(cache=tmp_path)
    assert pyodide.pack(cache=tmp_path) == first
    place = tmp_path / "site" / pyodide.PACKED
    assert {name: (place / f"{name}.gz").stat().st_size for name in first} == {
        name: size for name, (size, _) in first.items()
    }
    numpy = zipfile.ZipFile(io.BytesIO(gzip.decompress((place / "numpy.zip.gz").read_bytes())))
    assert numpy.namelist() == ["numpy-2.dist-info/LICENSE.txt", "numpy/a.py"]
    course = zipfile.ZipFile(io.BytesIO(gzip.decompress((place / "course.zip.gz").read_bytes())))
    assert {"adamcore/check.py", "book/digits.py", "onpage.py"} <= {*course.namelist()}
    assert not [name for name in course.namelist() if "tests" in name]
