"""What a cell says when it is run in a page, here by the Python that runs the tests."""

import json

import pytest

from book import onpage

SETTING = json.dumps(
    {
        "sources": [
            "import numpy as np",
            "from adamcore import check_value",
            "print('earlier')",
            "a = np.arange(3)",
        ],
        "needs": {"np": [0], "check_value": [1], "a": [0, 2, 3]},
    }
)


def said(code):
    """Return what a cell says: the kinds in order, and the text of each."""
    heard = []
    onpage.run(code, SETTING, lambda kind, text: heard.append((kind, text)))
    texts = {kind: "".join(text for one, text in heard if one == kind) for kind, _ in heard}
    return list(texts), texts


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("1 + 1", "value", "2\n"),
        ("print('a', end='')", "out", "a"),
        ("import sys\nprint('a', file=sys.stderr)", "err", "a\n"),
        ("a.sum()", "value", "np.int64(3)\n"),
        ("def f():\n    return np.pi\nround(f(), 2)", "value", "3.14\n"),
        ("list(range(40))", "value", "[" + ",\n ".join(map(str, range(40))) + "]\n"),
        ("'x' * 30_000", "value",
         "'" + "x" * 19_999 + "\n(It is long: what comes after this is not shown.)\n"),
    ],
)  # fmt: skip
def test_a_cell_shows_what_a_notebook_would(code, kind, text):
    assert said(code) == ([kind], {kind: text})


@pytest.mark.parametrize("code", ["", "# nothing", "x = 1", "None", "1 + 1;"])
def test_a_cell_without_a_value_shows_nothing(code):
    assert said(code) == ([], {})


@pytest.mark.parametrize(
    ("code", "begins", "says"),
    [
        ("x = 1\ny = (", '  File "<your code>", line 2\n', "SyntaxError: '(' was never closed"),
        ("x = 1\n  y = 2", '  File "<your code>", line 2\n', "IndentationError"),
        ("def f():\n    return 1 / 0\nf()",
         'Traceback (most recent call last):\n  File "<your code>", line 3',
         "line 2, in f\n    return 1 / 0"),
        ("import torch", "Traceback", "and Python's own library; torch is not"),
        ("input('?')", "Traceback", "EOFError: input() was called\nNobody answers input()"),
        ("np.zeros(10**14)", "Traceback", "1 GB of memory at most"),
        ("undefined", "Traceback", "Of other cells, only what they define"),
        ("def f(): return f()\nf()", "Traceback", "RecursionError"),
        ("raise SystemExit(3)", "Traceback", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "Traceback", "KeyboardInterrupt"),
        ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1')",
         "Traceback", "has no network"),
        ("raise ValueError('x' * 100_000)", "Traceback", "xxx"),
        ("'\\ud800'.encode()", "Traceback", "UnicodeEncodeError"),
        ("class C:\n    def __repr__(self): 1 / 0\nC()", "Traceback", "line 2, in __repr__"),
    ],
)  # fmt: skip
def test_an_error_begins_in_the_readers_own_lines(code, begins, says):
    kinds, texts = said(code)
    assert kinds == ["trace"]
    assert texts["trace"].startswith(begins)
    assert says in texts["trace"]
    assert len(texts["trace"]) < 10_000
    assert "onpage" not in texts["trace"]


def test_prints_by_the_thousand_are_cut():
    kinds, texts = said("for k in range(10_000):\n    print(k)")
    assert kinds == ["out"]
    lines = texts["out"].splitlines()
    assert lines[:200] == list(map(str, range(200)))
    assert lines[-1] == "(Much was printed: what comes after this is not shown.)"
    assert len(said("print('x' * 10**7)")[1]["out"]) < 21_000
    assert len(said("while len(print('x' * 10**6, end='') or 'x') and 0: pass")[1]["out"]) < 21_000


def test_nothing_of_a_cell_is_left_for_the_next():
    said("np.set_printoptions(precision=1)\nnp.seterr(all='raise')\nkept = 1")
    assert said("np.array([0.123])")[1] == {"value": "array([0.123])\n"}
    assert "NameError" in said("kept")[1]["trace"]


def test_an_exercise_is_passed_when_every_verdict_is_right():
    assert said("check_value(1, 1)") == (["value", "passed"], {"value": "Right.\n", "passed": ""})
    assert "passed" not in said("print(check_value(1, 1))\ncheck_value(2, 1)")[0]
    assert "passed" not in said("check_value(1, 1)\n1 / 0")[0]
    assert "passed" not in said("1 + 1")[0]


FIGURE = """
class Figure:
    def _repr_mimebundle_(self):
        return {{"text/plain": "a figure", "application/vnd.pagefigures+json": {}}}
Figure()"""


def test_a_figure_is_handed_over_beside_its_text():
    kinds, texts = said(FIGURE.format('{"x": [1, 2]}'))
    assert kinds == ["value", "data"]
    assert texts == {"value": "a figure\n", "data": '{"x": [1, 2]}'}


def test_a_figure_with_what_is_no_number_is_refused():
    assert "JSON compliant" in said(FIGURE.format('{"x": float("nan")}'))[1]["trace"]
