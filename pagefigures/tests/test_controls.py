"""What the reader sets: numbers in words, the same from Python and from the script."""

import json
import re

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from pagefigures import number, slider
from pagefigures.computed import _cut, _filled
from pagefigures.controls import written
from pagefigures.widget import SCRIPT

FORMATS = [
    *("", "d", "+d", "f", "g", "%", "+.1%"),
    *(f".{n}{kind}" for n in range(7) for kind in "fg%"),
    *("+.0f", "+.2f", "+.3g"),
]


@pytest.fixture(scope="module")
def script():
    """Return V8 with the script that the page runs."""
    engine = MiniRacer()
    engine.eval(SCRIPT)
    return engine


def some_numbers():
    """Return a thousand numbers of all sizes, and those at which a format could trip."""
    rng = np.random.default_rng(0)
    sizes = 10 ** rng.uniform(-12, 12, 500) * rng.choice([-1, 1], 500)
    plain = np.round(rng.uniform(-100, 100, 300), rng.integers(0, 5))
    ties = (rng.integers(-2000, 2000, 200) + 0.5) / 2.0 ** rng.integers(0, 12, 200)
    edges = [0.0, -0.0, 0.5, 1.5, 2.5, -0.5, 0.05, 0.25, 1e21, 1e-7, 9.995, 99.95, 999.5, 9999.5]
    edges += [
        99999.5,
        999999.5,
        9999995,
        1e6,
        1e7,
        1e-4,
        1e-5,
        9.9995e-5,
        0.1,
        1 / 3,
        1e-300,
        1e300,
        9.999e14,
        1e15,
    ]
    return [*sizes, *plain, *ties, *edges, np.nan, np.inf, -np.inf]


def as_json(xs):
    return (
        "["
        + ",".join(repr(float(x)) for x in xs).replace("inf", "Infinity").replace("nan", "NaN")
        + "]"
    )


@pytest.mark.parametrize("spec", FORMATS)
def test_script_and_python_write_every_number_alike(script, spec):
    xs = some_numbers()
    theirs = json.loads(
        script.eval(
            f"JSON.stringify({as_json(xs)}.map((x) => pagefigures.written(x, {json.dumps(spec)})))"
        )
    )
    differ = [(x, w, written(x, spec)) for x, w in zip(xs, theirs, strict=True)]
    assert [one for one in differ if one[1] != one[2]] == []


@pytest.mark.parametrize("spec", FORMATS)
def test_what_is_written_is_the_number_to_its_digits_and_never_ascii(spec):
    """Independent of both: read the words as a number again, and compare with Python's own."""
    digits = re.search(r"\.(\d)", spec)
    n = int(digits[1]) if digits else 6
    for x in some_numbers():
        words = written(x, spec)
        if not np.isfinite(x):
            assert words in ("no number", "∞", "−∞")
            continue
        assert words.startswith("+") <= (spec.startswith("+") and x > 0)
        kind = "g" if spec[-1:] not in ("d", "f", "%") or abs(x) >= 1e15 else spec[-1]
        digits = 3 if abs(x) >= 1e15 and spec[-1:] in ("d", "f", "%") else max(n, 1)
        unit = {"d": 1.0, "f": 10.0**-n, "%": 10.0 ** -(n + 2)}.get(kind)
        if unit is None:
            unit = 10.0 ** (np.floor(np.log10(abs(x))) + 1 - digits) if x else 0
        assert abs(read(words) - x) <= 0.5000001 * unit + 1e-14 * abs(x), (x, words)


def read(words):
    """Read a number as a person does."""
    found = re.fullmatch(
        r"([+−]?)([\d.]*)(?:\u00a0·\u00a0)?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(\u00a0%)?", words
    )
    sign, part, power, percent = found.groups()
    power = (power or "0").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return (-1 if sign == "−" else 1) * float(f"{part or 1}e{int(power) - 2 * bool(percent)}")


def test_sentences_are_filled_alike(script):
    rng = np.random.default_rng(1)
    template = (
        "At {t} the loss of {name} is {loss:.2g}, {up:+.1%} more than -{loss:.3f}; x = {x:d}. {{}}"
    )
    for _ in range(50):
        out = {
            "t": int(rng.integers(100)),
            "name": "SGD",
            "loss": float(10 ** rng.uniform(-9, 9)),
            "up": float(rng.normal()),
            "x": float(rng.normal(0, 9)),
        }
        theirs = script.eval(f"pagefigures.fill({json.dumps(_cut(template))}, {json.dumps(out)})")
        assert theirs == _filled(template, out)


@pytest.mark.parametrize("spec", [".2e", "s", "5.1f", ",", ".2", "x", "{", "10d"])
def test_a_format_that_the_script_does_not_know_is_refused(spec):
    if spec == ".2":
        assert written(1 / 3, spec) == written(1 / 3, ".2g")
        return
    with pytest.raises(ValueError, match=r"format .* is not allowed: give d, or digits and f, g"):
        written(1.0, spec)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: number(1, 0, 0.5), r"low <= start <= high, got 1, 0.5, 0"),
        (lambda: number(0, 1, 2), r"low <= start <= high, got 0, 2, 1"),
        (lambda: number(1, 1, 1), r"low <= start <= high"),
        (lambda: number(0, float("inf"), 1), r"low <= start <= high"),
        (lambda: number(float("nan"), 1, 1), r"low <= start <= high"),
        (lambda: number(0, 1, 0.5, log=True), r"logarithmic number\(\) must be positive"),
        (lambda: slider([]), "no values"),
    ],
)
def test_a_range_that_is_none_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(("log", "middle"), [(False, 50), (True, 10)])
def test_the_bar_of_a_number_stands_where_its_value_is(log, middle):
    row = number(1 if log else 0, 100, middle, "x", log=log).row("x")
    assert 'min="0" max="400" step="1" value="200"' in row
    assert f'value="{middle}" autocomplete' in row
