"""The sabotages still fit today's files; that each is caught, `make sabotage` shows."""

import re

import pytest

from tests.sabotage import BUILDING, DRAWING, ROOT, SABOTAGES


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_a_sabotage_changes_its_file_and_names_a_test_that_exists(sabotage):
    assert sabotage.damaged() != (ROOT / sabotage.file).read_bytes()
    if sabotage.caught_by not in (DRAWING, BUILDING):
        file, name = re.match(r"([^:]+)::(?:\w+\.)*(\w+)", sabotage.caught_by).groups()
        assert f"def {name}(" in (ROOT / file).read_text("utf8")


def test_no_sabotage_is_listed_twice():
    assert len({one.name for one in SABOTAGES}) == len(SABOTAGES) >= 22
