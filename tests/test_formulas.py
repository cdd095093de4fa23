"""The formulas and the code that the pages show are those that a person has approved."""

from tests.formulas import listed
from tests.pictures import APPROVED


def test_the_formulas_are_the_approved_ones():
    approved = (APPROVED / "formulas.txt").read_text("utf8").splitlines()
    assert listed() == approved, "python -m tests.pictures --approve formulas"
