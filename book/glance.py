"""Take the course's map from its built front page into README's picture.

Run after `make book`: `python -m book.glance`.
"""

import re
from pathlib import Path

from book.execution import ROOT

PICTURE = Path(__file__).parent / "glance.svg"


def glance() -> str:
    """Return the map as an SVG file that stands by itself, on a background of its own."""
    page = (ROOT / "_build/html/chapters/index.html").read_text(encoding="utf8")
    begins = re.search(r'<svg [^>]*viewBox="0 0 (\d+) (\d+)"[^>]*"A map of the course', page)
    if begins is None:
        raise SystemExit("The front page shows no map of the course.")
    width, height = begins.groups()
    depth = 0
    for tag in re.finditer(r"<(/?)svg\b", page[begins.start() :]):  # there are some inside
        depth += -1 if tag[1] else 1
        if depth == 0:
            break
    drawn = page[begins.start() : begins.start() + tag.end()] + ">"
    style = f'width="{int(width) // 6}" font-family="system-ui, sans-serif" color="#222"'
    paper = f'<rect width="{width}" height="{height}" fill="#fff" stroke="none"/>'
    head, rest = drawn.replace("var(--paper)", "#fff").split(">", 1)
    return f"{head} {style}>{paper}{rest}\n"


if __name__ == "__main__":
    PICTURE.write_text(glance(), encoding="utf8")
