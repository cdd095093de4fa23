"""The formulas of the pages are those a person has approved, and the site is not an older one."""

from book.stamp import STAMP, fingerprint
from pagefigures.tests.browser import missing
from tests.conftest import SITE
from tests.formulas import listed
from tests.pictures import APPROVED


def test_the_formulas_are_the_approved_ones():
    approved = (APPROVED / "formulas.txt").read_text("utf8").splitlines()
    assert listed() == approved, "python -m tests.pictures --approve formulas"


def test_the_site_was_built_from_what_is_here():
    if not SITE.is_dir():
        missing("the site is not built: `make book` first")
    assert (SITE / STAMP).read_text().strip() == fingerprint(), "stale: `make book`"
