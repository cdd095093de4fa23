"""What the page answers to a number is what the exercise's cell says, and hints keep the answer."""

import ast
import gzip
import json
import math
import re
from base64 import b64decode
from functools import cache

import nbformat
import numpy as np
import pytest
from py_mini_racer import MiniRacer

from adamcore.check import NOT_DONE, check_value
from book.execution import ROOT, cache_folder
from book.exercises import Call, asked, calls, exercises, right, table
from book.kept import form, tables
from tests.notebooks import paths

SCRIPT = (ROOT / "book/static/kept.js").read_text(encoding="utf8")
ALONE = """
globalThis.document = {currentScript: {src: "", dataset: {}}, querySelectorAll: () => []};
globalThis.URL = class {};
globalThis.addEventListener = () => {};
"""
ALL = [one for path in paths() for one in exercises(path)]
NUMBERS = [one for one in ALL if asked(one)]
each = pytest.mark.parametrize("exercise", ALL, ids=lambda one: one.label)
each_number = pytest.mark.parametrize("exercise", NUMBERS, ids=lambda one: one.label)


@cache
def engine():
    engine = MiniRacer()
    engine.eval(ALONE + SCRIPT)
    return engine


def page_says(known, typed):
    return engine().eval(f"kept.verdict({json.dumps(known)}, {json.dumps(typed)})")


def cell_says(exercise, name, answer):
    """Run an exercise's cell with an answer in place of None; return what is said of that."""
    said = []

    def noting(given, *args, **more):
        verdict = check_value(given, *args, **more)
        if given is answer:
            said.append(str(verdict))
        return verdict

    names = {}
    for one in exercise.imports:
        exec(ast.unparse(one), names)
    names |= dict.fromkeys(asked(exercise), ...) | {name: answer, "check_value": noting}
    _, *rest = ast.parse(exercise.cell.source).body
    exec(compile(ast.Module(rest, []), "<cell>", "exec"), names)
    (only,) = said
    return only


def typings(near):
    """Return numbers around the right one and far from it."""
    shares = 0.001, 0.3, 0.9, 0.97, 0.983, 0.995, 1, 1.005, 1.017, 1.03, 1.2, 3
    return [*(near * k for k in shares), -near, -3 * near, 0.0, 1.0, 2.0]


def alike(said):
    """Return a sentence with its numbers read: 2.0 and 2 are the same."""
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", lambda x: repr(float(x[0])), said)


def test_twelve_exercises_ask_for_no_number_and_all_others_do():
    assert {one.label for one in ALL} - {one.label for one in NUMBERS} == {
        *("sgd-write", "momentum-write", "rms-write", "adam-write", "tape-bound", "work-schedule"),
        *("fails-adamw", "wins-lion", "bugs-idle", "bugs-slope", "bugs-alone", "bugs-review"),
    }
    assert sum(len(asked(one)) for one in NUMBERS) == 21


@each_number
def test_the_page_says_what_the_cell_says(exercise):
    near, known = right(exercise), tables(exercise, cache_folder())
    for name in asked(exercise):
        for x in typings(near[name]):
            said = cell_says(exercise, name, x)
            assert alike(page_says(known[name], repr(x))) == alike(said), x
        assert page_says(known[name], repr(near[name])) == "Right."
        for typed, answer in [("", None), ("a third", "a third"), ("∞", math.inf)]:
            assert page_says(known[name], typed) == cell_says(exercise, name, answer)


@each_number
def test_borders_are_exact_where_the_number_itself_is_compared(exercise):
    for name, call in calls(exercise).items():
        if call.gives:
            continue
        known = table(call, call.expected)
        borders = [edge for cut in known.cuts for edge in (cut, math.nextafter(cut, -math.inf))]
        rng = np.random.default_rng(0)
        near = call.expected * (1 + 0.02 * rng.standard_normal(200))
        for x in [*borders, *near.tolist(), *(-near).tolist(), 1e308, -1e308]:
            assert page_says(known, repr(x)) == str(call(x)), (name, x)


def test_what_a_number_gives_may_be_right_on_both_sides_of_what_is_not():
    known = table(Call(4.0, 0.01, lambda x: x**2), 2.0)
    assert [page_says(known, x) for x in ("-2", "2", "0.1", "-9")] == [
        "Right.",
        "Right.",
        "Not yet: what your number gives is too small.",
        "Not yet: what your number gives is too large.",
    ]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *[("0.5", 0.5), (" .5 ", 0.5), ("5.", 5), ("0,5", 0.5), ("−3", -3), ("–3", -3), ("+3", 3)],
        *[("1e-3", 0.001), ("1E3", 1000), ("10⁻³", 0.001), ("2·10⁻³", 0.002), ("3²", 9)],
        *[("1 - 0.9", 1 - 0.9), ("0.1/1.9", 0.1 / 1.9), ("2**0.5", 2**0.5), ("2^0,5", 2**0.5)],
        *[("-2**2", -4), ("2**-1", 0.5), ("2**3**2", 512), ("(1 − 0,07*25)^2", 0.5625)],
        *[("8/2/2", 2), ("7-2-1", 4), ("-(1+2)", -3), ("--2", 2), ("0.99/0.01", 99)],
        *[("sqrt(2)", 2**0.5), ("√2", 2**0.5), ("np.sqrt(2)", 2**0.5), ("1/√(3)", 1 / 3**0.5)],
        *[("log(1000)", math.log(1000)), ("np.log(1000)", math.log(1000)), ("exp(0)", 1)],
        *[("2π", None), ("2*π", 2 * math.pi), ("1_000", 1000), ("1 000", None)],
        *[("words", None), ("", None), ("1,2,3", None), ("1 2", None), ("(1", None), ("1)", None)],
        *[("1/", None), ("*2", None), ("sqrt", None), ("10e", None), ("answer", None)],
        *[("(-8)**0.5", None), ("0x10", None), ("alert(1)", None), ("constructor", None)],
        *[("__proto__", None), ("(" * 100_000, None), ("1;2", None), ("`1`", None)],
        *[("inf", math.inf), ("-∞", -math.inf), ("1e999", math.inf), ("1/0", math.inf)],
        *[("nan", math.nan), ("9**9**9**9", math.inf)],
    ],
)
def test_a_number_is_read_as_people_write_it(typed, value):
    words = engine().eval(f"String(kept.numbered({json.dumps(typed)}))")
    if value is None:
        assert words == "null"
    elif math.isfinite(value):
        assert float(words) == pytest.approx(value, rel=1e-15)
    else:
        assert words.replace("Infinity", "inf").lower() == str(value)


@each_number
def test_the_answer_stands_on_the_page_only_in_letters_that_say_nothing(exercise):
    known = tables(exercise, cache_folder())
    html = form(exercise, "chapters/page#cell", known)
    shown = re.sub(r'data-answers="[^"]*"', "", html)
    assert not set(re.findall(r"\d*\.\d+|Right|Not yet", shown))
    for sealed in re.findall(r'data-answers="([^"]*)"', html):
        assert json.loads(b64decode(sealed))[2] == NOT_DONE.message


def test_what_the_build_has_found_is_kept_for_the_next_one(tmp_path, monkeypatch):
    (bounce,) = (one for one in ALL if one.label == "sgd-bounce")
    first = tables(bounce, tmp_path)
    monkeypatch.setattr("book.kept.calls", None)
    assert tables(bounce, tmp_path) == first
    changed = bounce._replace(solution=bounce.solution + "\n")
    with pytest.raises(TypeError):
        tables(changed, tmp_path)


def test_a_cell_that_does_not_hand_its_number_on_as_it_is_asks_for_none():
    cell = nbformat.v4.new_code_cell("answer = None\ncheck_value(answer and 1 / answer, 2)")
    assert asked(ALL[1]._replace(cell=cell)) == {}


def test_all_of_it_is_small():
    files = [gzip.compress((ROOT / f"book/static/kept.{x}").read_bytes(), 9) for x in ("js", "css")]
    assert sum(map(len, files)) < 6000


# Hints

HINTED = re.compile(r"((?::::\{admonition\} Hint \d\n.*?\n:::\n+)+):::\{solution\} (\S+)\n", re.S)
HINT = re.compile(r":::\{admonition\} Hint (\d)\n:class: dropdown hint\n\n(.*?)\n:::\n", re.S)


@cache
def hints():
    """Return the hints of each exercise, in their order."""
    texts = "\n".join(
        cell.source
        for path in paths()
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    )
    found = {label: HINT.findall(block) for block, label in HINTED.findall(texts)}
    assert sum(map(len, found.values())) == texts.count("{admonition} Hint ")
    return found


@each
def test_an_exercise_has_hints_in_their_order_before_its_solution(exercise):
    own = hints()[exercise.label]
    assert 1 <= len(own) <= 3
    assert [int(number) for number, _ in own] == list(range(1, len(own) + 1))


@each
def test_hints_keep_the_answer(exercise):
    texts = [text for _, text in hints()[exercise.label]]
    told = {float(x) for text in texts for x in re.findall(r"\d+\.\d+|\d+", text)}
    code = [line.split("=", 1)[-1].strip() for line in exercise.solution.splitlines()]
    assert not [line for line in code for text in texts if len(line) > 6 and line in text]
    if asked(exercise):
        asks = "\n".join(c.source for p in paths() for c in nbformat.read(p, as_version=4).cells)
        question = asks.partition(f":label: {exercise.label}\n")[2].partition(":::")[0]
        known = {float(x) for x in re.findall(r"\d+\.\d+|\d+", question)}
        for answer in right(exercise).values():
            assert not [x for x in told - known if math.isclose(x, answer, rel_tol=0.02)]
            assert f"{answer:.3g}" not in " ".join(texts) or answer in known
    assert "=" not in re.sub(r"\$t = \d\$", "", texts[0])  # a nudge is no formula
