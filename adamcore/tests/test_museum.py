"""The faults are visible and none is another; tapes expose them; the grader is just."""

import re
import sys

import numpy as np
import pytest

from adamcore import Adam, respond
from adamcore.museum import (
    EXHIBITS,
    PLAIN,
    RIGHT,
    SIBLINGS,
    TAPES,
    Fault,
    Tape,
    adam_with,
    deviation,
    deviations,
    exhibit,
    grade,
    in_turn,
    numbered,
    review,
    steps,
    telling_tape,
    ticks,
    unknown,
    wrong_lines,
)

NAMES = [fault.name for fault in EXHIBITS]
BY_NAME = {tape.name: tape for tape in TAPES}


def off(name, tape):
    return deviations(exhibit(name))[[*BY_NAME].index(tape)]


def test_there_are_eighteen_exhibits_with_names_of_their_own():
    assert len(EXHIBITS) == len({*NAMES}) == len({fault.says for fault in EXHIBITS}) == 18


@pytest.mark.parametrize("fault", EXHIBITS, ids=NAMES)
def test_each_exhibit_is_plain_on_some_tape_and_that_is_its_telling_one(fault):
    assert deviation(adam_with(fault), telling_tape(fault)) >= PLAIN
    assert wrong_lines(adam_with(fault))


@pytest.fixture(scope="module")
def played():
    """Return the steps of each exhibit on all tapes but the longest."""
    return [[steps(adam_with(fault)(), tape) for tape in TAPES[:-1]] for fault in EXHIBITS]


def test_each_exhibit_differs_from_every_other_on_some_tape(played):
    for k, one in enumerate(played):
        for other in played[:k]:
            pairs = zip(one, other, strict=True)
            assert not all(np.allclose(x, y, rtol=0, atol=0.01, equal_nan=True) for x, y in pairs)


def test_no_tape_shows_every_exhibit():
    for k in range(len(TAPES)):
        assert any(deviations(fault)[k] < PLAIN for fault in EXHIBITS)


def test_the_right_adam_is_off_nowhere():
    assert all(deviation(Adam, tape) == 0 for tape in TAPES)


@pytest.mark.parametrize(
    ("name", "tape"),
    [
        ("exchanged", "long and constant"),
        ("powers", "one gradient"),
        ("shared", "a spike, then ones"),
        ("tensors", "constant"),
        ("maximum", "constant"),
        ("decay", "one gradient"),
        ("square", "constant"),
    ],
)
def test_a_fault_is_invisible_where_its_line_has_no_influence(name, tape):
    assert off(name, tape) == 0


def test_without_powers_and_with_a_counter_that_stays_are_one_behaviour():
    frozen = Fault(
        "frozen", "", (("t = t + 1", "t = t"), ("beta1**t", "beta1**(t + 1)"),
                       ("beta2**t", "beta2**(t + 1)"))
    )  # fmt: skip
    for tape in TAPES:
        assert deviation(adam_with(frozen), tape, adam_with(exhibit("powers"))) == 0


@pytest.mark.parametrize("beta2", [0.999, 0.95])
def test_without_powers_the_steps_end_at_a_factor_of_the_betas(beta2):
    box = adam_with(exhibit("powers"))(alpha=1.0, beta2=beta2)
    last = -respond(box, np.ones(20_000)).steps[-1]
    assert last == pytest.approx((1 - beta2) ** 0.5 / 0.1, rel=1e-4)


def test_what_the_labels_say_of_single_boxes():
    def forward(name, tape):
        return -steps(adam_with(exhibit(name))(), BY_NAME[tape])[:, 0]

    long = "long and constant"
    assert forward("minus", long)[-1] < 0.3  # dies out
    assert np.all(np.diff(forward("minus", long)) < 0)
    assert forward("carried", "constant")[-1] < 0.01
    assert forward("forgotten", long)[-1] == pytest.approx(0.1 / 0.001**0.5, rel=0.03)
    assert forward("factor", long)[-1] == pytest.approx(3000**-0.5)
    assert np.allclose(forward("decay", "no gradient, θ = 1"), 1, atol=2e-3)
    large, small = forward("square", "1000 times as large")[0], forward("square", "constant")[0]
    assert large / small == pytest.approx(1000**0.5)
    assert np.isnan(forward("square", "the other sign")).all()
    assert np.isnan(forward("bracket", "no gradient, θ = 1")).all()
    spiked = forward("maximum", "a spike, then ones"), -steps(Adam(), TAPES[6])[:, 0]
    assert np.all(spiked[0][1:] < spiked[1][1:])


def test_epsilon_inside_the_root_acts_like_its_root_outside():
    inside = adam_with(exhibit("inside"))(alpha=1.0)
    assert -respond(inside, [1e-4]).steps[0] == pytest.approx(2**-0.5)
    early = adam_with(exhibit("early"))(alpha=1.0, eps=1e-4)
    assert -respond(early, [1e-4]).steps[0] == pytest.approx(1 / (1 + 0.001**-0.5))


def test_shared_averages_are_updated_in_turn_and_a_shared_counter_counts_parameters():
    x = np.zeros((2, 2))
    once = in_turn(x, 0.9, np.ones((2, 2)))
    assert once.shape == x.shape
    assert np.allclose(once.ravel(), 1 - 0.9 ** np.arange(1, 5))
    assert in_turn(once, 0.9, np.ones((2, 2)))[0, 0] == pytest.approx(1 - 0.9**5)
    assert ticks(3, np.ones(())) == 3
    assert ticks(2, np.ones((2, 2))).tolist() == [[5, 6], [7, 8]]


def test_a_method_that_counts_otherwise_reads_the_whole_tape():
    run = respond(adam_with(exhibit("twice"))(), [1.0, 2.0, 3.0])
    assert run.g[1:].tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_faulty_adam_keeps_the_dtype(dtype):
    for fault in EXHIBITS:
        method = adam_with(fault)()
        state = method.step(method.init(np.ones(3, dtype)), [1.0, 2.0, 3.0])
        assert state.theta.dtype == state.m.dtype == dtype, fault.name


def test_an_exhibit_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no exhibit is called 'sign'; there are 'powers', "):
        grade(lambda adam: None, "sign")
    with pytest.raises(ValueError, match="'mine' have no place in Adam's lines"):
        adam_with(Fault("mine", "", (("nothing", "something"),)))


# The grader


def idle(adam):
    start = np.array([1.0, -2.0])
    state = adam.init(start)
    for _ in range(3):
        state = adam.step(state, np.zeros(2))
    assert (state.theta == start).all()


def slope(adam):
    steps = respond(adam, np.full(30, 100.0)).steps
    assert abs(steps / adam.alpha + 1).max() < 1e-4


def alone(adam):
    tapes = np.array([[1.0, 30.0], [-2.0, 0.01], [3.0, 5.0]])
    both = respond(adam, tapes).theta
    for k in range(2):
        one = respond(adam, tapes[:, k]).theta
        assert np.allclose(both[:, k], one, rtol=0, atol=1e-4 * adam.alpha)


@pytest.mark.parametrize(("test", "name"), [(idle, "decay"), (slope, "powers"), (alone, "shared")])
def test_a_good_test_passes_the_right_and_catches_the_kind(test, name):
    verdict = grade(test, name)
    assert verdict.passed, verdict
    assert f"{len(SIBLINGS[name])} others" in verdict.message


def from_zero(adam):
    theta = respond(adam, np.zeros(5)).theta
    assert abs(theta).max() < 1e-12


def first_only(adam):
    step = respond(adam, [30.0]).steps[0]
    assert abs(step / adam.alpha + 1) < 1e-5


def roughly(adam):
    steps = respond(adam, np.full(10, 100.0)).steps
    assert abs(steps[9] / adam.alpha + 1) < 0.5


def second_parameter_alone(adam):
    both = respond(adam, np.array([[1.0, 30.0], [2.0, 0.01]])).m[-1]
    one = respond(adam, np.array([30.0, 0.01])).m[-1]
    assert abs(both[1] - one) < 1e-4


def own_numbers(adam):
    steps = respond(adam, [30.0]).steps
    assert abs(steps[0] + 0.001) < 1e-8


def exact(adam):
    theta = respond(adam, [30.0, 30.0]).theta[-1]
    assert abs(theta / adam.alpha + 2) < 1e-8


def divides(adam):
    return 1 / 0


def only_on_the_bug(adam):
    theta = respond(adam, np.zeros(3)).theta
    if np.isnan(theta).any():
        raise RuntimeError("nan")


def says_so(adam):
    return respond(adam, [1.0]).steps[0] < 0


def no_arguments():
    assert True


def endless(adam):
    while True:
        pass


def asks(adam):
    input()


@pytest.mark.parametrize(
    ("test", "name", "says"),
    [
        (from_zero, "decay", "The bug slips through: your test passes where a weight decay"),
        (from_zero, "bracket", "Right: your test passes the right Adam and catches the bug."),
        (first_only, "powers", "The bug slips through"),
        (roughly, "powers", "Of its kind there slips through: "),
        (second_parameter_alone, "shared", "slips through: one v for all, and many m; "),
        (own_numbers, "half", "fails in line 3 on the right Adam(alpha=0.5"),
        (exact, "half", "on the right Adam in float32, by rounding"),
        (divides, "half", "in line 2 on the right Adam, and did not fail: ZeroDivisionError"),
        (only_on_the_bug, "bracket", "on the faulty Adam, and did not fail: RuntimeError: nan"),
        (says_so, "half", "it returned True: a test says nothing back"),
        (no_arguments, "half", "could not be called: TypeError"),
        (no_arguments, "half", "It must begin with def test(adam):"),
        (endless, "half", "after a million instructions: does a loop never end?"),
        (asks, "half", "nobody answers input() here"),
        (3, "half", "test is int, and no function. It must begin with def test(adam):"),
        (None, "half", "Not done yet."),
        (lambda adam: ..., "half", "Not done yet."),
    ],
)
def test_what_is_wrong_with_a_test_is_said(test, name, says):
    before = sys.gettrace()
    verdict = grade(test, name)
    said, wanted = (re.sub(r"in line \d+", "in line N", text) for text in (verdict.message, says))
    assert wanted in said
    assert verdict.passed is says.startswith("Right")
    assert sys.gettrace() is before


def test_a_long_run_within_a_test_is_no_endless_loop():
    def patient(adam):
        steps = respond(adam, np.full(1500, 100.0)).steps
        assert abs(steps / adam.alpha + 1).max() < 2e-3

    assert grade(patient, "powers").passed


def test_the_right_adams_differ_in_every_hyper_parameter_and_in_dtype():
    for name in "alpha", "beta1", "beta2", "eps":
        assert len({getattr(adam, name) for adam in RIGHT}) > 1
    assert {adam.init([1.0]).theta.dtype.itemsize for adam in RIGHT} == {4, 8}


def test_each_sibling_is_off_and_is_not_the_exhibit():
    for name, kind in SIBLINGS.items():
        for other in kind:
            assert max(deviation(adam_with(other), tape) for tape in TAPES[:-1]) > 1e-6, other.says
            own = adam_with(exhibit(name))
            assert any(deviation(adam_with(other), tape, own) > 0 for tape in TAPES[:-1])


# Unknown Adams


@pytest.mark.parametrize("seed", range(40))
def test_an_unknown_adam_runs_is_off_and_comes_again(seed):
    kind = unknown(seed)
    assert max(deviation(kind, tape) for tape in TAPES[:-1]) > 1e-3
    unknown.cache_clear()
    assert unknown(seed).source == kind.source
    found = {}
    exec(kind.source, {"np": np, "State": None}, found)  # it is code as it stands
    assert set(found) == {"step"}
    lines = kind.source.split("\n")
    assert kind.wrong
    assert all(1 < number <= len(lines) for number in kind.wrong)


def test_unknown_adams_are_of_many_kinds_and_some_have_other_letters():
    kinds = [unknown(seed) for seed in range(40)]
    assert len({kind.fault.says for kind in kinds}) > 25
    assert len({kind.source.split("\n")[0] for kind in kinds}) == 3


def test_a_wrong_line_is_one_that_adam_does_not_have():
    kind = unknown(18)
    assert [kind.source.split("\n")[number - 1].strip() for number in kind.wrong] == [
        "exp_avg_sq = beta2 * exp_avg_sq + (1 - beta2) * (grad - state.m)**2"
    ]
    assert numbered(kind).startswith(" 1  def step(")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (None, "Which line is to blame?"),
        (4, "line 4 is as it should be"),
        ("5", "line = '5' is no line of it: give a number from 1 to 9"),
        (True, "line = True is no line of it"),
        (10, "line = 10 is no line of it"),
        (5, "Right: in line 5, v is centred"),
    ],
)
def test_a_review_needs_the_line_too(line, says):
    verdict = review(slope, line, unknown(18))
    assert says in verdict.message
    assert verdict.passed is says.startswith("Right")


def test_a_review_without_a_test_that_catches_is_none():
    assert "slips through: your test passes on the unknown Adam" in str(
        review(first_only, 5, unknown(18))
    )


@pytest.mark.parametrize(("seed", "error"), [("1", TypeError), (True, TypeError), (-1, ValueError)])
def test_a_bad_seed_is_refused(seed, error):
    with pytest.raises(error, match="is not allowed: it must be"):
        unknown(seed)


def test_a_tape_of_ones_own_is_played_as_well():
    mine = Tape("mine", np.array([[3.0], [1.0]]))
    assert deviation(adam_with(exhibit("half")), mine) > 1


@pytest.mark.parametrize("what", [3, None, Adam, adam_with(EXHIBITS[0])()])
def test_what_is_to_be_caught_is_a_name_or_a_class_of_unknown(what):
    with pytest.raises(TypeError, match="the name of an exhibit in quotes"):
        grade(lambda adam: None, what)


def test_a_test_without_an_assert_hears_so():
    def test(adam):
        abs(respond(adam, [1.0]).steps[0]) < adam.alpha * 2  # noqa: B015

    assert "no assert of its own" in grade(test, "powers").message

    def other(adam):
        assert abs(respond(adam, [1.0]).steps[0]) < adam.alpha * 2

    assert "no assert" not in grade(other, "powers").message
