"""What is traced runs in V8 as it runs in Python; what can't be is refused, line by line."""

import json
import math
import operator

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from pagefigures import TraceError, once, scan, select, trace, where
from pagefigures.traced import ALLOWED

engine = MiniRacer()


def in_v8(function, shapes, values):
    """Trace a function, and run it in V8 with these values."""
    program = trace(function, shapes)
    return json.loads(engine.eval(f"JSON.stringify(({program})({json.dumps(values)}))"))


def numbers(n, seed=0):
    return np.random.default_rng(seed).normal(size=n).tolist()


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y,
        lambda x, y: 2 - x, lambda x, y: 2 / x, lambda x, y: 1 - -x,
        lambda x, y: x**2, lambda x, y: -(x**2), lambda x, y: (-x) ** 2, lambda x, y: +x,
        lambda x, y: abs(x), lambda x, y: np.abs(x), lambda x, y: np.sqrt(abs(x)),
        lambda x, y: np.square(x), lambda x, y: np.sign(x), lambda x, y: np.floor(x),
        lambda x, y: np.maximum(x, y), lambda x, y: np.minimum(x, 0.25),
        lambda x, y: np.float64(2) * x - np.float64(-1.5), lambda x, y: x - 1e-300 + 1e21 * y,
    ],
)  # fmt: skip
def test_arithmetic_is_the_same_to_the_last_bit(f):
    for x, y in zip(numbers(200), numbers(200, 1), strict=True):
        got = in_v8(lambda x, y: {"out": f(x, y)}, ["x", "y"], {"x": x, "y": y})
        assert float(got["out"]) == f(x, y)


@pytest.mark.parametrize(
    "f",
    [
        np.exp, np.sin, np.cos, np.tanh, lambda x: np.log(abs(x)), lambda x: np.log10(abs(x)),
        lambda x: abs(x) ** 0.3, lambda x: 2.0**x, lambda x: x**3, lambda x: np.hypot(x, 2),
    ],
)  # fmt: skip
def test_powers_and_other_functions_are_the_same_to_1e_13(f):
    xs = numbers(200)
    program = trace(lambda x: {"out": f(x)}, ["x"])
    got = json.loads(
        engine.eval(f"JSON.stringify({json.dumps(xs)}.map((x) => ({program})({{x}})))")
    )
    assert [one["out"] for one in got] == pytest.approx([float(f(x)) for x in xs], rel=1e-13)


def everything(x, n, tape, at):
    """Use all that may be used."""
    bounded = once(lambda x, limit: where(abs(x) > limit, where(x > 0, limit, -limit), x))
    sign = where((x > 0) & (at[0] <= at[1]) | ~(n >= 3), "up", "down")
    first, second = select(where(n > 2, 1, 0), [(x, at[0]), (2 * x, at[1])])

    def step(carry, g):
        m, v = carry
        m, v = 0.5 * m + bounded(g, 1.5), {"largest": np.maximum(v["largest"], abs(g))}
        return (m, v), {"m": m, "ratio": [m / (v["largest"] + 1), bounded(m, 0.5)]}

    (m, v), rows = scan(step, (x, {"largest": 0.0}), tape, first={"m": x, "ratio": [0.0, 1.0]})
    total, doubled = scan(lambda s, k: (s + at * k, s), at * 0, n)
    pairs, _ = scan(lambda s, row: (s + row[0] * row[1], None), 0.0, (tape, tape))
    table, sums = scan(lambda s, row: (s + row, row.sum()), at, [[1.0, 2.0], [3.0, 4.0]])
    return {
        "sign": sign, "first": first, "second": second, "m": m, "v": v["largest"],
        "ms": rows["m"], "ratios": rows["ratio"], "total": total, "doubled": doubled,
        "pairs": pairs, "table": table, "sums": sums, "last": tape[-1], "second of": tape[1],
        "tail": tape[2:],
    }  # fmt: skip


def plain(x):
    """Return numbers in lists, whatever they were in."""
    return [plain(one) for one in x] if np.ndim(x) or isinstance(x, list | np.ndarray) else x


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_where_select_scan_and_once_do_the_same_in_both(n):
    for seed in range(10):
        x, one, two = numbers(3, seed)
        tape = (2 * np.random.default_rng(seed).normal(size=8)).tolist()
        values = {"x": x, "n": n, "tape": tape, "at": [one, two]}
        got = in_v8(everything, {"x": None, "n": None, "tape": "series", "at": 2}, values)
        own = everything(np.float64(x), np.float64(n), tape, np.array([one, two]))
        assert list(got) == list(own)
        if n == 0:  # nothing was put out, and Python can't know of how many numbers
            assert got.pop("doubled") == [[], []]
            own.pop("doubled")
        for name, theirs in own.items():
            if isinstance(theirs, str):
                assert got[name] == theirs
            else:
                assert np.array_equal(got[name], np.array(plain(theirs), float)), name


def test_a_step_of_scan_sees_what_was_carried_and_not_what_it_carries_itself():
    def swap(x, y):
        return {"out": scan(lambda c, _: ((c[1], c[0]), c[0]), (x, y), 5)}

    got = in_v8(swap, ["x", "y"], {"x": 1, "y": 2})["out"]
    assert got == [[2, 1], [1, 2, 1, 2, 1]]


def test_scans_within_scans_and_functions_within_functions():
    half = once(lambda x: x / 2)
    quarter = once(lambda x: half(half(x)))

    def f(x, n):
        def outer(s, k):
            inner, _ = scan(lambda c, j: (c + quarter(x) * j, None), s, k)
            return inner, inner

        return {"out": scan(outer, x, n)[1]}

    assert in_v8(f, ["x", "n"], {"x": 0.3, "n": 6})["out"] == f(0.3, 6)["out"]


def test_what_is_written_once_is_written_once():
    step = once(lambda x: x * x + 1)

    def f(x):
        for _ in range(5):
            x = step(x)
        return {"x": x}

    assert trace(f, ["x"]).count("* ") == 1
    assert trace(lambda x: {"a": x * x, "b": x * x + 1}, ["x"]).count(" * ") == 1


def test_constants_and_names_survive():
    out = {
        "third": 1 / 3,  # to its last digit
        "inf": np.inf,
        "none": -np.inf,
        "yes": True,
        "word": '"</script>\\',
        "β₁": np.float32(0.5),
    }
    program = trace(lambda x: {**out, "x": x}, ["x"])
    got = engine.eval(
        "((out) => [3 * out.third === 1, out.inf === Infinity, out.none === -Infinity, out.yes,"
        f" out.word, out['β₁'] + out.x].join('|'))(({program})({{x: 1}}))"
    )
    assert got == 'true|true|true|true|"</script>\\|1.5'


# What can't be written down. The line that is named is the author's, and so are the words.


def branches(x, tape):
    return {"y": 1 if x > 0 else 2}


def joins(x, tape):
    return {"y": where(x > 0 and x < 1, 1, 0)}


def chains(x, tape):
    return {"y": where(0 < x < 1, 1, 0)}


def loops(x, tape):
    return {"y": sum(g for g in tape)}


def adds_a_series(x, tape):
    return {"y": tape + 1}


def roots(x, tape):
    return {"y": math.sqrt(x)}


def rounds(x, tape):
    return {"y": round(x)}


def whole(x, tape):
    return {"y": int(x)}


def counts(x, tape):
    return {"y": scan(lambda s, k: (s, None), 0, range(x))}


def turns(x, tape):
    return {"y": np.arctan(x)}


def sums(x, tape):
    return {"y": np.add.reduce([x, x], axis=0, keepdims=True) + np.add.accumulate(np.array(x))}


def lengths(x, tape):
    return {"y": len(tape)}


def modulo(x, tape):
    return {"y": x % 2}


def floors(x, tape):
    return {"y": x // 2}


def words_in_a_result(x, tape):
    return {"y": f"{x:.2f}"}


def grows(x, tape):
    return {"y": scan(lambda s, k: ((s, s), None), x, 3)[0]}


def indexes(x, tape):
    return {"y": [1, 2, 3][x]}


def steps_back(x, tape):
    return {"y": tape[::2]}


def no_number(x, tape):
    return {"y": {"z": x}}


def no_attribute(x, tape):
    return {"y": x.shape}


def unequal(x, tape):
    return {"y": select(x, [(1, 2), (1, 2, 3)])}


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (branches, "a branch on a value .* where"),
        (joins, "a branch on a value"),
        (chains, "a branch on a value"),
        (loops, "a Python loop over a series: use scan"),
        (adds_a_series, "arithmetic on a whole series"),
        (roots, "used as a Python number"),
        (rounds, "round"),
        (whole, "used as a Python number"),
        (counts, "used as a Python number"),
        (turns, "np.arctan is unknown"),
        (sums, "np.add.accumulate|np.add.reduce"),
        (lengths, "len"),
        (modulo, "%"),
        (floors, "//"),
        (words_in_a_result, "result 'y': a value .* is written into a text: .* as {name:.2f}"),
        (grows, "returns 2 numbers to carry, and was given 1"),
        (indexes, "used as a Python number"),
        (steps_back, "a slice with a step"),
        (no_number, "dict .* is no number"),
        (no_attribute, "shape"),
        (unequal, "the options of select.* have 2, 3 numbers"),
    ],
)
def test_what_cannot_be_traced_is_refused_with_its_line_and_what_is_allowed(function, words):
    with pytest.raises(TraceError, match=words) as told:
        trace(function, {"x": None, "tape": "series"})
    message, line = str(told.value), function.__code__.co_firstlineno + 1
    assert ALLOWED in message
    if function in (no_number, words_in_a_result):  # which only the caller of the function sees
        assert message.startswith(f"{function.__name__} can't be traced: the result 'y': ")
    else:
        assert message.startswith(f"line {line} of {function.__name__}, `return ")


def test_a_result_that_is_no_dict_is_refused():
    with pytest.raises(TraceError, match="must return a dict, and returns Symbol"):
        trace(lambda x: x, ["x"])


def test_nothing_is_left_behind_by_an_error():
    for function in (branches, grows, rounds):
        with pytest.raises(TraceError):
            trace(function, {"x": None, "tape": "series"})
    assert scan(lambda s, k: (s + k, s), 0, 3) == (3, [0, 0, 1])
    assert in_v8(lambda x: {"y": x + 1}, ["x"], {"x": 1}) == {"y": 2}


def test_outside_a_figure_all_of_it_is_plain_python():
    assert where(1 < 2, "a", "b") == "a"
    assert where(np.array([True, False]), 1, 2).tolist() == [1, 2]
    assert select(1.0, ["a", "b"]) == "b"
    assert once(operator.add)(1, 2) == 3
