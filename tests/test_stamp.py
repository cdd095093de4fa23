"""The site that the other tests open is built from the sources that are here."""

from book.stamp import STAMP, fingerprint
from pagefigures.tests.browser import missing
from tests.conftest import SITE


def test_the_site_was_built_from_what_is_here():
    if not SITE.is_dir():
        missing("the site is not built: `make book` first")
    built_from = (SITE / STAMP).read_text().strip() if (SITE / STAMP).exists() else "nobody knows"
    assert built_from == fingerprint(), "the site is stale: `make book`"


def test_whatever_a_reader_can_see_changes_the_fingerprint(tmp_path):
    found = set()
    for name in ("_toc.yml", "chapters/a.ipynb", "adamcore/a.py", "book/static/a/b.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        for words in "one", "two":
            (tmp_path / name).write_text(words)
            found.add(fingerprint(tmp_path))
    assert len(found) == 8
    (tmp_path / "README.md").write_text("no part of the site")
    assert fingerprint(tmp_path) in found
