"""The museum of bugs: its labels, its hall in Python, in V8 and in a browser, and what it says."""

import json
import re
from functools import cache

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect
from py_mini_racer import MiniRacer

from adamcore import Adam, respond
from adamcore.museum import (
    EXHIBITS,
    PLAIN,
    SIBLINGS,
    TAPES,
    adam_with,
    deviation,
    deviations,
    exhibit,
    steps,
    telling_tape,
    unknown,
    wrong_lines,
)
from book.live import SAME, side_by_side
from tests.notebooks import CHAPTERS

CELLS = nbformat.read(CHAPTERS / "bugs.ipynb", as_version=4).cells
WORDS = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
FIRST, HALL = (
    next(cell.source for cell in CELLS if mark in cell.source) for mark in ("def fit(", "def hall(")
)
LABEL = re.compile(r":::\{admonition\} Box (\d+)\n:class: dropdown\n\n(.*?)\n:::", re.S)
NAMES = [fault.name for fault in EXHIBITS]


@cache
def names():
    """Return what the first cell and that of the hall define, the fits left out."""
    found = {}
    imports, rest = FIRST.split("\nrng = ")
    exec(imports.replace("from myst_nb import glue\n", ""), found)
    exec("rng = " + rest.split("left = ")[0], found)
    exec(HALL.replace("\nlive(", "\nfigure_ = live("), found)
    return found


# The labels


def test_each_box_has_a_label_with_its_lines_and_its_source():
    labels = dict(LABEL.findall(WORDS))
    assert [*map(int, labels)] == [*range(1, 19)]
    for fault, label in zip(EXHIBITS, labels.values(), strict=True):
        assert fault.says[1:] in label
        code = re.search(r"```python\n(.*?)\n```", label, re.S)[1]
        assert tuple(code.split("\n")) == wrong_lines(adam_with(fault))
        source = label.split("Source: ")[1]
        assert "{cite" in source or source.startswith("No published instance")
        assert f"{{glue:text}}`tape-{fault.name}`" in label


def test_a_fault_without_a_source_says_so():
    unknown_to_us = [
        fault.name
        for fault, label in zip(EXHIBITS, dict(LABEL.findall(WORDS)).values(), strict=True)
        if "known to us" in label
    ]
    assert unknown_to_us == ["exchanged", "shared", "square", "factor"]
    assert "Most of the faults were published" in WORDS


def test_the_order_of_the_diagnoses_does_not_give_the_boxes_away():
    diagnoses = names()["diagnoses"]
    assert sorted(diagnoses) == [*range(18)]
    assert np.mean(np.abs(np.diff(diagnoses)) == 1) < 0.2
    assert "for k in diagnoses" in "\n".join(cell.source for cell in CELLS)


# The hall

SETTINGS = [
    (gradient, times, rounds, share, theta)
    for gradient in ("constant", "one", "alternation", "zeros", "spike", "nothing")
    for times, rounds, share, theta in (
        (1, 1, 0.1, 0),
        (1, 10, 1.0, 0),
        (1e-9, 1, 1.0, 0),
        (1, 1, 0.0, 1),
    )
]
HEIGHTS = {
    "constant": [30.0] * 12,
    "one": [30.0] + [0.0] * 11,
    "alternation": [30.0, -30.0] * 6,
    "zeros": [0.0] * 6 + [30.0] * 6,
    "spike": [30.0] + [1.0] * 11,
    "nothing": [0.0] * 12,
}


def hall(box, setting, diagnosis):
    gradient, times, rounds, share, theta = setting
    with np.errstate(all="ignore"):
        return names()["hall"](box, HEIGHTS[gradient], times, rounds, share, theta, diagnosis)


@pytest.mark.parametrize("box", range(18), ids=NAMES)
def test_each_box_can_be_named_in_the_hall_and_told_from_all_others(box):
    diagnoses = names()["diagnoses"]
    right = diagnoses.index(box) + 1
    seen = [one for one in SETTINGS if hall(box, one, right)["named"]]
    assert seen
    for other in set(range(1, 19)) - {right}:
        answers = [hall(box, one, other) for one in seen]
        assert not any(one["named"] for one in answers)
        assert any("Not that" in one["verdict"] for one in answers), NAMES[diagnoses[other - 1]]


def test_where_nothing_is_seen_no_diagnosis_is_judged():
    decay = NAMES.index("decay")
    right = names()["diagnoses"].index(decay) + 1
    shown = hall(decay, ("nothing", 1, 1, 1.0, 0), right)
    assert shown["parts"].endswith("choose another tape.")
    assert (shown["verdict"], shown["named"]) == ("", False)
    assert hall(decay, ("nothing", 1, 1, 1.0, 1), right)["named"]
    assert hall(decay, ("nothing", 1, 1, 1.0, 1), right)["shown"] == "g = g + 0.01 * theta"


def test_no_two_boxes_that_are_seen_do_the_same_on_a_preset():
    methods = [Adam, *map(adam_with, EXHIBITS)]
    for gradient, times, rounds, share, theta in SETTINGS[::3]:
        tape = [times * g for g in HEIGHTS[gradient]]
        both = tape, [share * g for g in tape]
        with np.errstate(all="ignore"):
            found = side_by_side(range(19), methods, both, float(theta), 0.001, rounds)
        off = [np.nan_to_num(x, nan=9.9) for x in map(np.array, found.steps)]
        seen = [x for x in off[1:] if not np.allclose(x, off[0], rtol=0, atol=SAME)]
        for k, one in enumerate(seen):
            assert not any(np.allclose(one, other, rtol=0, atol=SAME) for other in seen[:k])


def test_the_hall_is_adamcores_own_run():
    for box, fault in enumerate(EXHIBITS):
        shown = hall(box, ("spike", 1, 1, 0.1, 0), 0)
        tape = np.array(HEIGHTS["spike"])
        own = respond(adam_with(fault)(), np.stack([tape, 0.1 * tape], 1)).steps / 0.001
        for k, name in enumerate(("box_one", "box_two")):
            wanted = np.nan_to_num(np.clip(own[:, k], -2.1, 2.1))
            assert np.allclose(shown[name], wanted, rtol=0, atol=1e-8), (fault.name, name)


def test_the_page_computes_the_hall_as_python_does():
    program = json.loads(names()["figure_"].data)["program"]
    engine = MiniRacer()
    engine.eval(f"const run = {program}")
    for box, fault in enumerate(EXHIBITS):
        for setting in SETTINGS[::5]:
            gradient, times, rounds, share, theta = setting
            values = {"box": box, "diagnosis": 3, "gradient": HEIGHTS[gradient], "times": times,
                      "rounds": rounds, "share": share, "theta": theta}  # fmt: skip
            theirs = json.loads(engine.eval(f"JSON.stringify(run({json.dumps(values)}))"))
            ours = hall(box, setting, 3)
            for name in ("box_one", "box_two", "right_one"):
                assert np.allclose(ours[name], theirs[name], atol=1e-9), (fault.name, setting)
            assert bool(ours["named"]) is theirs["named"]
            assert ours["parts"] == theirs["parts"]


@pytest.mark.parametrize("width", [390, 1366])
def test_a_box_that_is_named_is_marked_and_found_again(visit, width):
    with visit("chapters/bugs.html", width=width) as shown:
        page = shown.page
        form = page.locator("form#hall")
        says, boxes = form.locator(".pf-says"), form.locator("[data-control=box]")
        boxes.select_option(index=2)
        form.locator("[data-preset]").select_option(label="no gradient")
        form.locator(".pf-tabs").get_by_text("two parameters").click()
        diagnosis = form.locator("[data-control=diagnosis]")
        diagnosis.select_option(label=exhibit("decay").says)
        expect(says).to_contain_text("another tape")
        assert "0 of 18 are named" in says.inner_text()
        form.locator("[data-control=theta]").get_by_text("1", exact=True).click()
        expect(says).to_contain_text("Right")
        assert "1 of 18 are named" in says.inner_text()
        assert boxes.locator("option").nth(2).inner_text() == "Box 3 ✓"
        assert page.evaluate("kept.ids('passed')") == ["chapters/bugs#hall-2"]
        page.reload()
        page.wait_for_function("document.querySelector('#hall.pf-on')")
        expect(form.locator("[data-control=box] option").nth(2)).to_have_text("Box 3 ✓")
        form.locator("[data-control=box]").select_option(index=0)
        expect(says).to_contain_text("1 of 18")


# What the page says


def test_most_of_the_faulty_ones_learn():
    fit = names()["fit"]
    left = np.array([fit(adam_with(fault)(alpha=0.01)) for fault in EXHIBITS])
    assert np.isnan(left).sum() == 1
    assert (left > 0.09).sum() == 4
    assert "four stand far to the right" in FIRST.replace('"\n    "', "")
    assert (left < 0.01).sum() == 13
    assert fit(Adam(alpha=0.01)) == pytest.approx(0.001, rel=0.1)


def test_on_a_constant_tape_exchanged_betas_change_nothing():
    assert deviation(adam_with(exhibit("exchanged")), TAPES[1]) == 0


def test_a_counter_that_stays_explains_the_factor_that_was_reported():
    assert "2.2 times too high" in WORDS
    box = adam_with(exhibit("powers"))(alpha=1.0, beta2=0.95)
    assert -respond(box, np.ones(500)).steps[-1] == pytest.approx(2.236, abs=1e-3)


def test_what_is_said_of_the_table_is_in_it():
    letters = "ABCDEFGHIJK"
    assert len(TAPES) == len(letters)
    marks = {
        fault.name: "".join("#" if x >= PLAIN else "+" if x else "." for x in deviations(fault))
        for fault in EXHIBITS
    }
    assert "`shared` and `tensors` show on H and nowhere else, `maximum` on G" in WORDS
    for name, letter in ("shared", "H"), ("tensors", "H"), ("maximum", "G"):
        assert [x for x, mark in zip(letters, marks[name], strict=True) if mark != "."] == [letter]
    assert "less than a\nten-thousandth of α: only J makes it plain" in WORDS
    for name in "inside", "early":
        others = [
            x for x, tape in zip(deviations(exhibit(name)), letters, strict=True) if tape != "J"
        ]
        assert max(others) < 1e-4 < PLAIN <= deviations(exhibit(name))[letters.index("J")]
        assert sum(x > 0 for x in others) > 5
    assert "Eleven tapes expose all eighteen boxes, and no single one does" in WORDS
    assert all("#" in row for row in marks.values())
    assert all(any(row[k] != "#" for row in marks.values()) for k in range(11))
    printed = next(cell for cell in CELLS if '"ABCDEFGHIJK"' in cell.source).outputs[0].text
    for name, row in marks.items():
        assert re.search(rf"^{name} +{re.escape(' '.join(row))}$", printed, re.M)


def test_the_checklist_knows_the_right_adam():
    played = {tape.name: -steps(Adam(), tape) for tape in TAPES}
    for name in "one gradient", "constant", "1000 times as large", "long and constant":
        assert np.allclose(played[name], 1, atol=1e-7), name
    assert np.allclose(played["the other sign"], -1, atol=1e-7)
    assert np.allclose(played["tiny"], 0.5)
    assert np.all(played["no gradient, θ = 1"] == 0)
    spiked = played["a spike, then ones"][:, 0]
    assert np.all(np.diff(spiked) < 0)
    zeros = played["zeros, then ones"][20:, 0]
    assert zeros.argmax() > 0
    assert zeros.max() > zeros[0]


def test_every_other_suspect_of_the_checklist_shows_on_its_tape():
    kinds = {unknown(seed).fault.says: unknown(seed) for seed in range(150)}

    def off(says, place):
        return deviation(next(kind for name, kind in kinds.items() if says in name), TAPES[place])

    assert off("the length of g is clipped", 2) > PLAIN or off("g is clipped", 2) >= 0
    assert off("m has only the sign of g", 2) > PLAIN
    assert deviation(adam_with(SIBLINGS["shared"][2]), TAPES[7]) > PLAIN


def test_the_exercises_name_as_many_others_as_there_are():
    assert "and eight other wrong corrections" in WORDS
    assert len(SIBLINGS["powers"]) == 8
    assert "and five other ways" in WORDS
    assert len(SIBLINGS["shared"]) == 5


def test_the_unknown_of_the_exercise_is_what_its_solution_says():
    mystery = unknown(18)
    assert "v is centred: (g - the old m)" in mystery.fault.says
    assert mystery.wrong == (5,)
    forward = -steps(mystery(), TAPES[1])[:, 0]
    assert forward[0] == pytest.approx(1, abs=1e-6)
    assert np.all(np.diff(forward) > 0)


def test_each_fault_is_plain_on_the_tape_that_its_label_names():
    for fault in EXHIBITS:
        assert deviation(adam_with(fault), telling_tape(fault)) >= PLAIN
