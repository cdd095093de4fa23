"""Count the words of the course's own pages: python benchmarks/words.py.

The hundred commonest words of the text of chapters 1 to 6, and how often one follows the other
within a sentence. The result goes to book/data/words.json, where chapter 8 reads it. It is dated
and stays as it is when a sentence is edited, so that the page's numbers stay too; run this to
count anew.
"""

import datetime
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import nbformat

from book.words import TEXT

CHAPTERS = Path(__file__).parent.parent / "chapters"
N_WORDS = 100
NO_PROSE = [
    r"```.*?```",  # code and listings
    r"\$\$.*?\$\$",
    r"\$[^$]*\$",
    r"\{[\w:]+\}`[^`]*`",  # roles: citations, numbers from the code
    r"`[^`]*`",
    r"\]\([^)]*\)",  # where a link goes
    r"^:.*?$",  # directives and their options
]


def sentences(path):
    """Yield the words of each sentence of a page."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            text = cell.source
            for pattern in NO_PROSE:
                text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
            for sentence in re.split(r"[.!?:;]\s", text.lower()):
                yield re.findall(r"[a-z]+(?:'[a-z]+)?", sentence)


if __name__ == "__main__":
    paths = sorted(CHAPTERS.glob("0[1-6]-*.ipynb"))
    found = [sentence for path in paths for sentence in sentences(path)]
    commonest = {w for w, _ in Counter(w for s in found for w in s).most_common(N_WORDS)}
    pairs = Counter(
        (a, b) for s in found for a, b in pairwise(s) if a in commonest and b in commonest
    )
    totals = Counter()
    for (a, _), count in pairs.items():
        totals[a] += count
    words = sorted(commonest, key=lambda w: (-totals[w], w))
    rows = [[[i, pairs[a, b]] for i, b in enumerate(words) if (a, b) in pairs] for a in words]
    head = {
        "text": "Understanding Adam, the prose of chapters 1 to 6",
        "counted_on": datetime.date.today().isoformat(),
        "licence": "CC BY 4.0",
        "words_in_the_text": sum(map(len, found)),
        "words": words,
    }
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    TEXT.write_text(f'{json.dumps(head)[:-1]},\n"followed_by": [\n{lines}\n]}}\n', "utf8")
    print(f"{len(found)} sentences, {sum(pairs.values())} pairs of {len(words)} words")
