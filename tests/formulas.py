"""List every displayed formula of the pages, and every piece of code that they show.

What is approved is `tests/approved/formulas.txt`: a person has held each line to the method that it
tells of, so a sign that changes on a page is a line that changes there.
"""

import re
from collections.abc import Iterator

import nbformat

from tests.notebooks import paths

FORMULA = re.compile(r"^\$\$\n(.*?)\n\$\$(?: \((\S+)\))?$", re.S | re.M)
CODE = re.compile(r"^```\{literalinclude\} (\S+)\n(.*?)```$", re.S | re.M)


def listed() -> list[str]:
    """Return a line for each formula and each piece of code, page by page."""
    return [line for path in paths() for line in (f"# {path.stem}", *_of(path))]


def _of(path) -> Iterator[str]:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        found = [*FORMULA.finditer(cell.source), *CODE.finditer(cell.source)]
        for one in sorted(found, key=lambda match: match.start()):
            if one.re is FORMULA:
                yield f"{one[2] or '(no number)'}  {' '.join(one[1].split())}"
            else:
                yield f"code {one[1]}  {' '.join(one[2].split())}"
