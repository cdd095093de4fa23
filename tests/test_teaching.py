"""What the page for teachers says of the other pages, and its exam by other ways."""

import ast
import math
import re
from functools import cache

import nbformat
import numpy as np
import pytest

from adamcore import Adam, respond
from tests.live import assert_same, live_figure
from tests.notebooks import CHAPTERS

TABLE = re.compile(r"^\| (?:(\d), [^|]*)?\| “(.+?)” \|", re.MULTILINE)


@cache
def cells(name):
    return nbformat.read(CHAPTERS / name, as_version=4).cells


def chapter(number):
    (path,) = CHAPTERS.glob(f"0{number}-*.ipynb")
    return cells(path.name)


def page():
    return "\n".join(cell.source for cell in cells("teaching.ipynb"))


def wrong_options(number):
    """Yield the answers that a chapter's questions call wrong."""
    for cell in chapter(number):
        calls = ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ()
        for call in calls:
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "predict":
                right = next(one.value for one in call.keywords if one.arg == "answer")
                for option in call.args[1].elts:
                    if isinstance(option, ast.Constant) and ast.dump(option) != ast.dump(right):
                        yield option.value


def test_every_wrong_answer_is_an_option_of_its_chapter():
    number, rows = None, TABLE.findall(page())
    assert len(rows) > 15
    for told, answer in rows:
        number = told or number
        assert answer in set(wrong_options(number)), (number, answer)


@pytest.mark.parametrize("number", range(1, 9))
def test_times_are_those_that_the_chapters_state(number):
    (row,) = re.findall(rf"^\| \[{number}\]\(.*$", page(), re.MULTILINE)
    time = row.split("|")[3].strip()
    assert f"About {time}" in chapter(number)[0].source
    left_out = row.split("|")[4].strip().split(", Nesterov")[0]
    headings = re.findall(r"^##+ (.*)$", "\n".join(c.source for c in chapter(number)), re.M)
    assert left_out in headings


@cache
def results():
    found = {}
    for cell in cells("teaching.ipynb"):
        if cell.cell_type == "code" and "results = {}" in cell.source:
            exec(cell.source, found)
    return found["results"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("best", 2 / 81),
        ("factor", 79 / 81),
        ("needed", math.ceil(math.log(1e-3) / math.log(79 / 81))),
        ("dance", (0.1 * 0.25 / (2 * (2 - 0.2))) ** 0.5),
        ("dance-half", (0.05 * 0.25 / (2 * (2 - 0.1))) ** 0.5),
        ("half", 13.5),
        ("rms-first", 10),
        ("rms-later", 1 / (1 - 0.99**100) ** 0.5),
        ("m_hat2", 0.17 / 0.19),
        ("v_hat2", (0.999 * 0.009 + 0.001) / (1 - 0.999**2)),
        ("theta2", 0.9 - 0.1 * (0.17 / 0.19) / ((0.999 * 0.009 + 0.001) / 0.001999) ** 0.5),
        ("bare", 1 - 0.1 * 0.1 / 0.001**0.5),
        ("ratio", 0.1 / 0.05**0.5),
        ("crosses", 9),
        ("drift", 1 / 10**0.5),
        ("swing", 3 / 10**0.5 / 19),
        ("swing0", 3 / 10**0.5),
        ("limit", 0.1 / (0.01 * (1 - 0.81 / 0.99)) ** 0.5),
        ("spike-long", 3.9 / (1 + 0.001 * 899) ** 0.5),
        ("spike-short", 3.9 / (1 + 0.1 * 899) ** 0.5),
    ],
)
def test_result_of_the_exam_by_its_formula(name, expected):
    assert float(results()[name]) == pytest.approx(expected, rel=2e-3)


def test_every_result_is_shown_and_every_shown_number_is_a_result():
    shown = set(re.findall(r"\{glue:text\}`([^`]+)`", page()))
    assert shown == {name for name in results() if name}


def test_the_figure_says_what_a_long_run_does():
    compute, in_browser = live_figure("teaching.ipynb", "turns")
    for one, other, beta1 in (4.0, -2.0, 0.9), (9.0, 9.0, 0.5), (1.0, -9.0, 0.0):
        found = in_browser(one=one, other=other, beta1=beta1)
        for name, value in compute(one=one, other=other, beta1=beta1).items():
            assert_same(value, found[name])
        tape = np.where(np.arange(30_000) % 2 == 0, one, other)
        late = -respond(Adam(1.0, beta1), tape).steps[-2:]
        assert found["mean"] == pytest.approx(late.mean(), abs=1e-3)
        assert found["swing"] == pytest.approx(abs(late[1] - late[0]) / 2, abs=1e-3)
        assert found["moves"] == pytest.approx(-respond(Adam(1.0, beta1), tape[:24]).steps)
