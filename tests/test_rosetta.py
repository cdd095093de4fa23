"""What the page of the dialects says of seven libraries is what they returned."""

import json
import math
import re
from dataclasses import fields
from itertools import product

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adamcore import Adam, HeavyBall, Momentum, Nesterov, UncorrectedAdam, respond
from adamcore.dialects import (
    DIALECTS,
    HERE,
    JAX,
    KERAS,
    KINDS,
    LIBRARIES,
    METHODS,
    MLX,
    ONLY_INEXACT,
    OPTAX,
    START,
    TF,
    TORCH,
    WARNINGS,
    AdamL2,
    AdamW,
    BallInside,
    convert,
    dialects,
    drift,
    recipe,
    test_stream,
    walk,
)
from adamcore.dialects import _read as read
from book.rosetta import COLUMNS, RAN, SHOWN, Calls, cells, literal, pieces, stored
from tests.live import assert_same, live_figure
from tests.notebooks import CHAPTERS

TABLE = stored()
RUNS = TABLE["runs"]
PAGE = nbformat.read(CHAPTERS / "rosetta.ipynb", 4)
WORDS = "\n".join(cell.source for cell in PAGE.cells if cell.cell_type == "markdown")
#: How near a rule must come, against 1 + |theta|: MLX keeps float32, TensorFlow its settings.
NEAR = {MLX: 1e-6, TF: 5e-7}
#: Two more places where a library rounds to float32 on the way.
ROUNDS = {(KERAS, "AdamW"): 3e-6, (TORCH, "NAdam"): 1e-8}


def near(row):
    return ROUNDS.get((row["library"], row["method"]), NEAR.get(row["library"], 1e-12))


def miss(method, row):
    """Return how far a rule is from what a library returned."""
    theirs = np.array(row["theta"])
    return np.max(np.abs(walk(method)[1:] - theirs) / (1 + np.abs(theirs)))


def name(row):
    return f"{row['library']}-{row['method']}-{len(row['settings'])}-{row['call']}"


# The stored runs


def test_every_call_was_run_and_the_versions_are_told():
    ran = {(row["library"], row["method"], row["call"]) for row in RUNS}
    assert ran == {(one.library, one.method, one.call) for one in DIALECTS if one.library != HERE}
    assert len(RUNS) == 2 * sum(one.library != HERE for one in DIALECTS)
    packages = {"torch", "keras", "optax", "jax", "tensorflow-cpu", "mlx", "numpy", "python"}
    assert set(TABLE["versions"]) == packages
    np.testing.assert_allclose(TABLE["stream"], test_stream(), rtol=1e-13)


@pytest.mark.parametrize("row", RUNS, ids=name)
def test_the_rule_of_a_call_takes_the_steps_that_the_library_took(row):
    call, x = read(row["library"], row["method"], row["settings"])
    assert miss(call.rule(**x), row) <= near(row)


#: What a rule is given that the right one does not have: numbers with which it would be another.
STRANGE = {"dampening": 0.5, "start": 0.25, "psi": 0.5}
TWINS = {HeavyBall, BallInside}  # which only a schedule tells apart


def with_its_own_numbers(rule, x):
    """Return another rule with the same numbers, under its own names."""
    x = {**x, "beta": x.get("beta", x.get("beta1")), "beta1": x.get("beta1", x.get("beta"))}
    x = STRANGE | {symbol: value for symbol, value in x.items() if value is not None}
    return rule(**{one.name: x[one.name] for one in fields(rule) if one.name in x})


@pytest.mark.parametrize("row", RUNS[1::2], ids=name)
def test_every_other_rule_for_the_method_misses_them(row):
    call, x = read(row["library"], row["method"], row["settings"])
    others = {one.rule for one in DIALECTS if one.method == row["method"]} - {call.rule}
    for rule in others:
        other = with_its_own_numbers(rule, x)
        if {rule, call.rule} == TWINS or (call.fixed.get("eps") == 0 and "Adag" in row["call"]):
            continue
        assert miss(other, row) > 20 * near(row), rule


@pytest.mark.parametrize("row", [row for row in RUNS[1::2] if "eps" in str(row)], ids=name)
def test_an_eps_of_another_size_would_be_seen(row):
    call, x = read(row["library"], row["method"], row["settings"])
    for eps in 0.5 * x["eps"], x["eps"] ** 2, math.sqrt(x["eps"]):
        assert miss(call.rule(**x | {"eps": eps}), row) > 20 * near(row)


def test_keras_returns_the_same_on_tensorflow_and_is_tf_keras():
    assert TABLE["keras"]["apart"] < 1e-6
    assert TABLE["keras"]["tf.keras is keras"] is True
    assert TABLE["keras"]["runs"] == sum(row["library"] == KERAS for row in RUNS)


def test_defaults_are_those_of_the_signatures():
    for one in DIALECTS:
        signature = TABLE["defaults"].get(one.call)
        if signature is None:
            continue
        for symbol, name in one.names.items():
            name, _, place = name.partition("[")
            theirs = signature[name]
            theirs = theirs[int(place[0])] if place else theirs
            if symbol in one.defaults:
                assert theirs == one.defaults[symbol], (one.call, name)
            else:  # must be given: there is none, or one with which the method is another
                assert theirs in ("required", None, 0), (one.call, name)
        for name in one.unsaid:
            assert signature[name] == one.sets[name]
        assert set(one.sets) <= set(signature)


# What has no row of its own


def test_keras_alone_keeps_the_step_size_inside_its_velocity():
    rates, beta = TABLE["falling"]["rates"], TABLE["falling"]["beta"]
    paths = {}
    for rule in HeavyBall, BallInside:
        state = rule(1.0, beta).init(START)
        rows = []
        for rate, g in zip(rates, test_stream(), strict=True):
            state = rule(rate, beta).step(state, g)
            rows.append(state.theta)
        paths[rule] = np.array(rows)
    assert set(TABLE["falling"]["theta"]) == {TORCH, KERAS, OPTAX, TF, JAX, MLX}
    for library, theirs in TABLE["falling"]["theta"].items():
        right, wrong = HeavyBall, BallInside
        if library == KERAS:
            right, wrong = wrong, right
        scale = 1 + np.abs(theirs)
        assert np.max(np.abs(paths[right] - theirs) / scale) <= NEAR.get(library, 1e-12)
        assert np.max(np.abs(paths[wrong] - theirs) / scale) > 1e-3


def test_weight_decay_is_one_word_for_two_things():
    def momentum(coupled, alpha, beta, decay):
        theta, m, rows = np.array(START), np.zeros(4), []
        for g in test_stream():
            m = beta * m + g + coupled * decay * theta
            theta = theta * (1 - (1 - coupled) * alpha * decay) - alpha * m
            rows.append(theta)
        return np.array(rows)

    for row in TABLE["decays"]:
        decay = row["settings"]["weight_decay"]
        alpha = row["settings"].get("lr", row["settings"].get("learning_rate"))
        if row["call"].endswith("SGD"):
            beta = row["settings"]["momentum"]
            both = [momentum(coupled, alpha, beta, decay) for coupled in (1, 0)]
        else:
            eps = {"eps": 1e-8}
            both = [walk(rule(alpha, weight_decay=decay, **eps))[1:] for rule in (AdamL2, AdamW)]
            if row["library"] == KERAS:
                keras = dialects(KERAS, "AdamW")[0].rule
                both[1] = walk(keras(alpha, weight_decay=decay, eps=1e-7))[1:]
        right, wrong = both if row["library"] != KERAS else both[::-1]
        scale, close = 1 + np.abs(row["theta"]), 3e-6
        assert np.max(np.abs(right - row["theta"]) / scale) <= close, row["call"]
        assert np.max(np.abs(wrong - row["theta"]) / scale) > 1e-4, row["call"]


def test_schedules_count_from_zero():
    assert TABLE["counts"].keys() == {TORCH, KERAS, OPTAX, MLX, JAX}
    assert all(counts == [0, 1, 2] for counts in TABLE["counts"].values())


def test_the_state_has_the_dtype_of_theta_and_half_precision_does_what_the_page_says():
    lr = 2.0**-6
    assert TABLE["state"].keys() == {TORCH, KERAS, OPTAX, JAX, MLX}
    for library, rows in TABLE["state"].items():
        for dtype, (kept, *_) in rows.items():
            assert kept == dtype
        ways = {dtype: [float(x) / lr for x in rest] for dtype, (_, *rest) in rows.items()}
        if library == KERAS:
            assert math.isfinite(ways["float16"][0])
            assert ways["float16"][0] < -10
        else:
            assert ways["float16"] == [-math.inf, -math.inf]
        assert (ways["bfloat16"] == [0, 0]) is (library in (KERAS, JAX))
        assert ways["float32"][1] == pytest.approx(-465 if library == MLX else -100, rel=0.01)
    half = np.float16
    assert half(0.001) * half(1e-4) ** 2 == half(1e-8) == 0 < half(1e-7)
    assert (1 - np.float32(0.999)) < 2.0**-9  # half of bfloat16's step below 1


# The converter against the libraries


@pytest.mark.parametrize("row", TABLE["conversions"], ids=lambda r: "-".join(list(r.values())[:3]))
def test_converted_settings_run_in_the_other_library_do_what_is_said(row):
    found = convert(row["source"], row["method"], row["target"], **row["settings"])
    apart = dict(zip(KINDS, row["apart"], strict=True))
    rounded = {MLX, TF} & {row["source"], row["target"]}
    if MLX in rounded:
        del apart["tiny"]  # a way below the digits of float32
    for kind, share in apart.items():
        close = 2e-4 if rounded else 2e-5 if kind == "tiny" else 1e-7
        assert share == pytest.approx(found.drift[kind], rel=1e-3, abs=close), kind


def test_all_pairs_of_libraries_were_tried():
    have = {method: {one.library for one in DIALECTS if one.method == method} for method in METHODS}
    asked = {
        (source, method, target)
        for method, own in have.items()
        for source, target in product(own - {HERE}, repeat=2)
        if source != target
    }
    assert {(r["source"], r["method"], r["target"]) for r in TABLE["conversions"]} == asked


SETTINGS = {
    "alpha": st.floats(1e-4, 1.0),
    "beta": st.floats(0.01, 0.99),
    "beta1": st.floats(0, 0.99),
    "beta2": st.floats(0.5, 0.999),
    "eps": st.one_of(st.just(0.0), st.floats(1e-9, 1.0)),
    "start": st.one_of(st.just(0.0), st.floats(1e-3, 1.0)),
    "dampening": st.one_of(st.just(0.0), st.floats(0.01, 0.99)),
    "weight_decay": st.floats(0, 1),
    "psi": st.sampled_from([0.004, 1.0, 0.3]),
}


@st.composite
def conversions(draw):
    """Draw a call with settings, and where to."""
    source = draw(st.sampled_from(DIALECTS))
    names = {one.library for one in DIALECTS if one.method == source.method}
    target = draw(st.sampled_from([one for one in LIBRARIES if one in names]))
    x = {symbol: draw(SETTINGS[symbol]) for symbol in source.names}
    if source.library == MLX and source.method == "AdaGrad":
        x["eps"] = max(x["eps"], 1e-9)
    own = dict(source.sets)
    for symbol, name in source.names.items():
        name, pair, _ = name.partition("[")
        own[name] = (*own.get(name, ()), x[symbol]) if pair else x[symbol]
    return source, target, own


@settings(max_examples=400, deadline=None)
@given(conversions())
def test_a_conversion_takes_the_same_steps_or_says_why_not(drawn):
    source, target, own = drawn
    found = convert(source.library, source.method, target, **own)
    told = ONLY_INEXACT & set(found.warnings)
    if found.exact:
        assert not told
        assert set(found.drift.values()) == {0.0}
        here, there = walk(found.source), walk(found.target)
        way = np.abs(here - here[0]).max(axis=0)
        np.testing.assert_allclose(there, here, rtol=1e-11, atol=1e-9 * way.max())
    else:
        assert told, found
        assert found.drift == drift(found.source, found.target)
    again = convert(target, source.method, target, **found.settings)
    assert again.exact  # the target understands what it is given
    assert again.settings == found.settings


def test_there_and_back_is_the_same_where_both_ways_are_exact():
    for method, source, target in product(METHODS, LIBRARIES, LIBRARIES):
        try:
            calls = dialects(source, method), dialects(target, method)
        except ValueError:
            continue
        given = {"alpha": 0.25, "beta": 0.5, "weight_decay": 0.125}
        call = calls[0][0]
        own = {call.names[k]: x for k, x in given.items() if k in call.names}
        there = convert(source, method, target, **own)
        back = convert(target, method, source, **there.settings)
        if there.exact and back.exact:
            np.testing.assert_allclose(walk(back.target), walk(there.source), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "settings", "key"),
    [
        ((HERE, "momentum", TORCH), {"alpha": 1.0}, "average"),
        ((TORCH, "momentum", OPTAX), {"momentum": 0.9, "dampening": 0.9}, "dampening"),
        ((MLX, "momentum", TORCH), {"learning_rate": 1.0, "momentum": 0.9}, "share"),
        ((TORCH, "momentum", KERAS), {"momentum": 0.9}, "schedule"),
        ((OPTAX, "RMSProp", TORCH), {"learning_rate": 0.1}, "eps-root"),
        ((TORCH, "Adam", KERAS), {}, "eps-order"),
        ((MLX, "Adam", TORCH), {"learning_rate": 0.1}, "uncorrected"),
        ((TORCH, "Adam", MLX), {}, "corrected"),
        ((TF, "RMSProp", OPTAX), {"learning_rate": 0.1}, "eps-default"),
        ((TF, "RMSProp", TORCH), {"learning_rate": 0.1}, "v-start"),
        ((OPTAX, "AdaGrad", MLX), {"learning_rate": 0.1}, "sum-start"),
        ((OPTAX, "AdaGrad", TORCH), {"learning_rate": 0.1}, "sum-folded"),
        ((JAX, "AdaGrad", OPTAX), {"step_size": 0.1, "momentum": 0.0}, "mass"),
        ((TORCH, "AdaGrad", JAX), {}, "no-mass"),
        ((JAX, "AdaGrad", TORCH), {"step_size": 0.1}, "no-average"),
        ((TORCH, "AdaGrad", MLX), {"eps": 0.0}, "guard"),
        ((TORCH, "AdamW", OPTAX), {}, "decay"),
        ((TORCH, "Adam with L2", OPTAX), {"weight_decay": 0.1}, "l2"),
        ((TORCH, "AMSGrad", OPTAX), {}, "amsgrad"),
        ((TORCH, "NAdam", KERAS), {}, "look-ahead"),
        ((KERAS, "NAdam", TORCH), {}, "warm-up"),
    ],
)
def test_each_warning_comes_where_it_belongs(call, settings, key):
    assert key in convert(*call, **settings).warnings


def test_no_warning_is_never_given():
    tried = test_each_warning_comes_where_it_belongs.pytestmark[0].args[1]
    assert {key for *_, key in tried} == set(WARNINGS)


@pytest.mark.parametrize(
    ("call", "settings", "error", "said"),
    [
        (
            ("Torch", "Adam", MLX),
            {},
            ValueError,
            "library = 'Torch' is unknown: it must be PyTorch",
        ),
        ((TORCH, "adam", MLX), {}, ValueError, "method = 'adam' is unknown: it must be SGD"),
        (
            (MLX, "AMSGrad", TORCH),
            {},
            ValueError,
            "MLX has no AMSGrad of its own: it is in PyTorch",
        ),
        (
            (TORCH, "AMSGrad", MLX),
            {},
            ValueError,
            "MLX has no AMSGrad of its own: it is in PyTorch",
        ),
        (
            (TORCH, "Adam", MLX),
            {"beta1": 0.9},
            ValueError,
            "no beta1 here: it must be betas, eps or",
        ),
        (
            (OPTAX, "Adam", MLX),
            {},
            ValueError,
            "learning_rate is missing: optax.adam has no default",
        ),
        ((TORCH, "Adam", MLX), {"lr": -1}, ValueError, "lr = -1 is not allowed: it must be finite"),
        ((TORCH, "Adam", MLX), {"lr": math.nan}, ValueError, "lr = nan is not allowed"),
        ((TORCH, "Adam", MLX), {"lr": "1"}, TypeError, "lr = '1' is not allowed"),
        ((TORCH, "Adam", MLX), {"lr": [1, 2]}, TypeError, "it must be one number"),
        (
            (TORCH, "Adam", MLX),
            {"betas": 0.9},
            TypeError,
            "betas = 0.9 is not allowed: it must be two",
        ),
        ((TORCH, "Adam", MLX), {"betas": (0.9, 1)}, ValueError, "betas[1] = 1 is not allowed"),
        ((OPTAX, "RMSProp", TORCH), {"eps_in_sqrt": 3}, ValueError, "it must be True or False"),
        (
            (OPTAX, "RMSProp", TORCH),
            {"learning_rate": 1, "eps_in_sqrt": False, "initial_scale": 0.1},
            ValueError,
            "initial_scale is not translated together with eps_in_sqrt=False",
        ),
        ((TORCH, "Nesterov", KERAS), {"momentum": 0}, ValueError, "momentum = 0 is not allowed"),
        ((MLX, "AdaGrad", KERAS), {"learning_rate": 1, "eps": 0}, ValueError, "eps = 0 is not"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(call, settings, error, said):
    with pytest.raises(error, match=re.escape(said)):
        convert(*call, **settings)


# The figure


@pytest.fixture(scope="module")
def figure():
    return live_figure("rosetta.ipynb", "translate")


FIRST = {
    **{"size": 1.0, "alpha": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 1e-6},
    **{"start": 0.0, "dampening": 0.0, "decay": 0.1},
}
HAVE = {(one.method, one.library) for one in DIALECTS}
CASES = list(product(range(len(SHOWN)), range(len(LIBRARIES)), range(len(LIBRARIES))))


def code_of(out, prefix):
    """Return the call that a result of the figure writes."""
    words = ""
    for k in range(7):
        x = out[f"{prefix}{k}b"]
        said = x if isinstance(x, str) else f"{x:.6g}"
        words += f"{out[f'{prefix}{k}a']}{said}{out[f'{prefix}{k}c']}"
    return words + out[f"{prefix}z"]


def parsed(call):
    """Return a call's name and settings."""
    head, _, body = call.partition("(")
    return head, eval(f"dict({body.removeprefix('params, ')}".rstrip() or "dict()")


@pytest.mark.parametrize("case", CASES)
def test_the_figure_writes_the_call_that_convert_writes(figure, case):
    method, source, target = case
    values = FIRST | {"method": method, "source": source, "target": target}
    here, there = figure[0](**values), figure[1](**values)
    for key, x in here.items():
        if key not in ("theirs", "ours", "typed"):
            assert_same(x, there[key])
    names = SHOWN[method], LIBRARIES[source], LIBRARIES[target]
    try:
        call = dialects(names[1], names[0])[0]
        dialects(names[2], names[0])
    except ValueError:
        lacks = [one for one in names[1:] if (names[0], one) not in HAVE]
        assert there["missing"] == f"{lacks[0]} has no {names[0]}: choose another"
        assert code_of(there, "y") == ""
        assert np.isnan(np.array(here["theirs"][1][1:], float)).all()
        return
    numbers = FIRST | {"beta": FIRST["beta1"], "weight_decay": FIRST["decay"]}
    own = {}
    for symbol, name in call.names.items():
        name, pair, _ = name.partition("[")
        own[name] = (*own.get(name, ()), numbers[symbol]) if pair else numbers[symbol]
    found = convert(names[1], names[0], names[2], **own)
    (head, shown), (right_head, right) = parsed(code_of(there, "y")), parsed(found.call)
    assert head == right_head
    assert shown.keys() == right.keys()
    for key, x in right.items():
        assert shown[key] == pytest.approx(x, rel=1e-5), key
    assert (there["off"] == "") is found.exact
    assert all(text in there["warning"] for text in list(found.warnings.values())) or found.exact
    assert there["missing"] == ""
    g = [[x] for x in tape()]
    ways = [walk(one, g, (1.0,))[:, 0] for one in (found.source, found.target)]
    whole = np.abs(ways[0] - 1).max()
    for key, way in zip(("theirs", "ours"), ways, strict=True):
        drawn = np.array(there[key][1], float)
        seen = ~np.isnan(drawn)
        np.testing.assert_allclose(drawn[seen], ((way - 1) / whole)[seen], rtol=1e-6, atol=1e-7)
    if not found.exact:
        assert there["off"] == pytest.approx(np.abs(ways[0] - ways[1]).max() / whole, rel=1e-6)


def test_the_longest_sentence_has_its_room(figure):
    def length(method, source, target):
        out = figure[1](**FIRST | {"method": method, "source": source, "target": target})
        return len(code_of(out, "y")) + len(out["missing"]) + len(out["warning"])

    longest = max(CASES, key=lambda case: length(*case))
    names = SHOWN[longest[0]], LIBRARIES[longest[1]], LIBRARIES[longest[2]]
    (source,) = (cell.source for cell in PAGE.cells if "also=[" in cell.source)
    tried = re.search(r'also=\[\{"method": "(.*?)", "source": "(.*?)", "target": "(.*?)"', source)
    assert tried.groups() == names


def tape():
    (source,) = (cell.source for cell in PAGE.cells if "tape = np.array" in cell.source)
    return json.loads(re.search(r"tape = np.array\((\[.*?\])\)", source)[1])


@pytest.mark.parametrize("x", [0.0, 1e-4, 0.00012, 1.0, 1e-5, 9.99e-5, 1e-8, 2.5e-13, 1e-24, 1e-37])
def test_a_number_is_written_as_code_would_have_it(x):
    mantissa, power = literal(x)
    assert float(f"{mantissa:.6g}{power}") == pytest.approx(x, rel=1e-6)
    assert bool(power) is (0 < x < 1e-4)


def test_the_pieces_of_a_call_are_the_call():
    for one in Calls().calls:
        assert one.call in pieces(one)[0]
        assert "<" not in "".join(pieces(one))


# What the page says


def test_every_cell_of_a_table_with_a_tick_was_run():
    shown = cells()
    ran = {(row["library"], row["method"]) for row in RUNS}
    for one in DIALECTS:
        if "does" in COLUMNS.get(one.method, ()):
            cell = shown[f"{one.method}-{one.library}-does"]
            assert (RAN in cell) is ((one.library, one.method) in ran) is (one.library != HERE)
    glued = re.findall(r"\{glue:text\}`([^`]+)`", WORDS)
    asked = {key for key in glued if key.split("-")[0] in METHODS}
    assert asked <= set(shown)
    for method, columns in COLUMNS.items():
        for column in columns:
            have = [key for key in asked if key.startswith(f"{method}-") and key.endswith(column)]
            assert len(have) >= 2, (method, column)


def test_the_numbers_of_the_page_are_right():
    first = [-respond(one(1.0), [1.0]).steps[0] for one in (UncorrectedAdam, Adam)]
    assert first[0] / first[1] == pytest.approx(0.1 / math.sqrt(0.001), rel=1e-6)
    assert convert(TORCH, "Adam", KERAS).warnings.keys() >= {"eps-order", "eps-default"}
    v = 1e-6
    longest = max((math.sqrt(x) + 1e-3) / math.sqrt(x + 1e-6) for x in np.geomspace(1e-12, 1, 2401))
    assert longest == pytest.approx(math.sqrt(2), rel=1e-6)
    assert (math.sqrt(v) + 1e-3) / math.sqrt(v + 1e-6) == pytest.approx(math.sqrt(2))


def test_adagrads_eps_under_the_root_is_part_of_where_its_sum_starts():
    found = convert(OPTAX, "AdaGrad", TORCH, learning_rate=0.1)
    assert found.exact
    assert found.settings["eps"] == 0
    assert found.settings["initial_accumulator_value"] == pytest.approx(0.1 + 1e-7)


def test_nadam_of_pytorch_speaks_all_three():
    keras, optax = (convert(*call) for call in ((KERAS, "NAdam", TORCH), (TORCH, "NAdam", OPTAX)))
    assert keras.exact
    assert keras.settings["momentum_decay"] == 1
    assert not optax.exact
    assert convert(OPTAX, "NAdam", TORCH, learning_rate=1.0).settings["momentum_decay"] == 1e5
    assert convert(TORCH, "NAdam", OPTAX, momentum_decay=1e5).exact
    assert 0.96**1e5 == 0


def test_optax_without_corrections_is_the_papers_amsgrad():
    found = convert(HERE, "AMSGrad", OPTAX)
    assert found.exact
    assert "bias_correction_mu=False, bias_correction_nu=False" in found.call
    assert "bias_correction_mu=False, bias_correction_nu=False" in WORDS


def test_nesterov_is_the_same_in_all_six():
    assert {one.rule for one in DIALECTS if one.method == "Nesterov"} == {Nesterov}


def test_the_average_is_as_long_as_the_sum_times_its_share():
    found = convert(TORCH, "momentum", HERE, lr=0.01, momentum=0.9)
    assert found.settings["alpha"] == pytest.approx(0.1)
    assert isinstance(found.target, Momentum)


def test_every_recipe_says_only_what_there_is():
    for one, other in product(DIALECTS, DIALECTS):
        if one.method == other.method:
            assert set(recipe(one, other).warnings) <= set(WARNINGS)
