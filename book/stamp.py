"""A built site carries the fingerprint of what it was built from, so that a stale one is known."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "sources.txt"
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "adamcore/*.py",
    "book/*.py",
    "book/data/*",
    "book/static/**/*",
    "chapters/*",
    "pagefigures/*.py",
    "pagefigures/static/*",
)


def fingerprint(root: Path = ROOT) -> str:
    """Return one number for all that a reader of the site can see of its sources."""
    found = hashlib.sha256()
    for file in sorted({file for pattern in SOURCES for file in root.glob(pattern)}):
        if file.is_file():
            found.update(f"{file.relative_to(root).as_posix()}\n".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def stamp(html: Path) -> None:
    """Write the fingerprint of the sources beside a site."""
    (html / STAMP).write_text(f"{fingerprint()}\n")
