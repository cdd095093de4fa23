"""The slips that `check` knows by name.

A slip is an edit of the method's own lines, so that the wrong method can be run: what computes all
that a learner computed is what he wrote. Two slips are one edit after the other.
"""

import ast
import functools
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import fields
from types import CodeType
from typing import Any, NamedTuple

from adamcore.method import Method, State

Edit = tuple[str, str]
Step = Callable[[Method, State, Any], State]


class Slip(NamedTuple):
    """What a learner may have written instead of what the method says, and how to tell him."""

    says: str
    edits: tuple[Edit, ...]
    alone: bool = False  # one of so many that it is not tried in pairs


class Suspect(NamedTuple):
    """A method with slips in it, and their names."""

    says: tuple[str, ...]
    text: str
    step: Step


# The two averages: {x} is m or v, {b} its beta and {o} the other one, {g} what is averaged.
AVERAGE = "{b} * {x} + (1 - {b}) * {g}"
IN_AVERAGES = [
    ("{b} * {x} + {g}", "(1 - {b}) is missing before {what}"),
    ("{x} + (1 - {b}) * {g}", "{x} is not multiplied by {b}, so it forgets nothing"),
    ("{x} + {g}", "{x} is a sum and no average: {b} and 1 - {b} are missing"),
    ("(1 - {b}) * {x} + {b} * {g}", "{b} and 1 - {b} are swapped"),
    ("{o} * {x} + (1 - {o}) * {g}", "{x} has {o} where {b} belongs"),
    ("{o} * {x} + (1 - {b}) * {g}", "the old {x} is multiplied by {o} where {b} belongs"),
    ("{b} * {x} + (1 - {o}) * {g}", "1 - {o} stands before {what} where 1 - {b} belongs"),
    ("{b} * {x} - (1 - {b}) * {g}", "{what} is subtracted from {x} where it must be added"),
    ("{b} * {x} + {b} * {g}", "{b} stands before {what} where 1 - {b} belongs"),
    ("(1 - {b}) * {x} + (1 - {b}) * {g}", "1 - {b} stands before {x} where {b} belongs"),
    ("(1 - {b}) * {x} + {g}", "1 - {b} stands before {x}, and not before {what}"),
    ("{b} * ({x} + (1 - {b}) * {g})", "a bracket is wrong: {b} multiplies {what} as well"),
    ("{b} * {x} + 1 - {b} * {g}", "1 - {b} needs brackets"),
    ("{b}**t * {x} + (1 - {b}**t) * {g}", "{b} has a power t in the average"),
    ("{b} * {x}", "{what} is missing in {x}"),
    ("(1 - {b}) * {g}", "the old {x} is missing: nothing is remembered"),
    ("{g}", "{x} is {what} itself: nothing is averaged"),
    ("{x}", "{x} is left as it was"),
    ("({g} if t == 1 else " + AVERAGE + ")", "{x} starts at the first {what}, and not at 0"),
    ("{b} * state.{x}_hat + (1 - {b}) * {g}", "{x}_hat is carried on in {x}'s place"),
    (AVERAGE.replace("{g}", "np.mean({g})"), "{what} is averaged over all coordinates"),
    (AVERAGE.replace("{g}", "np.sum({g})"), "{what} is summed over all coordinates"),
]
IN_M = [
    ("(1 - beta1) * g", "(1 - beta1) * g**2", "g is squared in m"),
    ("(1 - beta1) * g", "(1 - beta1) * np.abs(g)", "m has lost the sign of g"),
    ("(1 - beta1) * g", "(1 - beta1) * np.sign(g)", "m has only the sign of g"),
    ("(1 - beta1) * g", "(1 - beta1) * theta", "theta stands in m where g belongs"),
]
IN_V = [
    ("g**2", "g", "g is not squared"),
    ("g**2", "np.abs(g)", "the absolute value of g stands where its square belongs"),
    ("g**2", "2 * g", "g is doubled where it must be squared"),
    ("g**2", "g**3", "g has the power 3 where its square belongs"),
    ("(1 - beta2) * g**2", "((1 - beta2) * g)**2", "(1 - beta2) is squared together with g"),
    ("g**2", "m**2", "m is squared where g belongs"),
    ("g**2", "state.m**2", "the old m is squared where g belongs"),
    ("g**2", "(g - m)**2", "v is centred: (g - m) is squared where g belongs"),
    ("g**2", "(g - state.m)**2", "v is centred: (g - the old m) is squared where g belongs"),
    ("g**2", "np.linalg.norm(g)", "the length of all of g stands where its square belongs"),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "(beta2 * v + (1 - beta2) * g)**2",
        "the whole average is squared, and not g",
    ),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "np.maximum(v, beta2 * v + (1 - beta2) * g**2)",
        "v is not allowed to fall (np.maximum), which is AMSGrad",
    ),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "np.maximum(beta2 * v, np.abs(g))",
        "v is the largest recent size of g, which is AdaMax",
    ),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "np.maximum(beta2 * v, g**2)",
        "v is the largest recent square, and no average",
    ),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "np.sqrt(beta2 * v + (1 - beta2) * g**2)",
        "the root is taken in v already",
    ),
    (
        "beta2 * v + (1 - beta2) * g**2",
        "np.sqrt(beta2 * v**2 + (1 - beta2) * g**2)",
        "v is carried on as its root",
    ),
]

# The two corrections, for m, for v, and for both.
CORRECTION = "{x} / (1 - {b}**t)"
EPOCHS = [
    "{x} / (1 - {b}**(" + power.format(n) + "))"
    for n in (2, 5, 10, 50, 100)
    for power in ("(t - 1) // {0} + 1", "t // {0} + 1", "t * {0}")
]
IN_CORRECTIONS = [
    ("{x}", "{x} is not corrected"),
    ("{x} / (1 - {b})", "the power t of {b} is missing"),
    ("{x} / (1 - {b}**(t - 1))", "{b}'s power counts from 0 and must count from 1"),
    ("{x} / (1 - {b}**(t + 1))", "{b} has the power t + 1 where t belongs"),
    ("{x} / (1 - {b})**t", "1 - {b} has the power t, which belongs to {b} alone"),
    ("{x} / (1 - {b} * t)", "{b} is multiplied by t where t is its power"),
    ("{x} / (1 - t**{b})", "t has the power {b} where {b} must have the power t"),
    ("{x} * (1 - {b}**t)", "{x} is multiplied where it must be divided"),
    ("{x} / 1 - {b}**t", "1 - {b}**t needs brackets"),
    ("{x} / {b}**t", "{x} is divided by {b}**t where 1 - {b}**t belongs"),
    ("{x} / (1 + {b}**t)", "{x} is divided by 1 + {b}**t where 1 - {b}**t belongs"),
    ("{x} / ({b}**t - 1)", "the sign of 1 - {b}**t is wrong"),
    ("{x} / (1 - {o}**t)", "{x}_hat has {o} where {b} belongs"),
    ("{x} / (1 - {o})", "{x}_hat has {o} where {b} belongs, without its power t"),
    ("{x} / np.sqrt(1 - {b}**t)", "a root is taken of {x}'s correction"),
    ("{x} / (1 - {b}**t)**2", "{x} is corrected twice"),
    ("{x} / t", "{x} is divided by t where 1 - {b}**t belongs"),
    ("state.{x} / (1 - {b}**t)", "the old {x} is corrected, and not the new one"),
    *((wrong, "{b}'s power does not count every step") for wrong in EPOCHS),
]
BOTH = {
    "{x}": "neither m nor v is corrected",
    "{x} / (1 - {b})": "the power t of beta1 and of beta2 is missing",
    "{x} / (1 - {b}**(t - 1))": "t counts from 0 where it is a power, and must count from 1",
    "{x} / (1 - {b}**(t + 1))": "t is raised once too often where it is a power",
    "{x} / (1 - {b})**t": "1 - beta1 and 1 - beta2 have the power t, which belongs to the betas",
    "{x} / (1 - {b} * t)": "the betas are multiplied by t where t is their power",
    "{x} / (1 - t**{b})": "t has the betas as powers where the betas must have the power t",
    "{x} * (1 - {b}**t)": "m and v are multiplied where they must be divided",
    "{x} / 1 - {b}**t": "1 - beta1**t and 1 - beta2**t need brackets",
    "{x} / (1 - {o}**t)": "beta1 and beta2 are exchanged in the corrections",
    "{x} / (1 - {o})": "beta1 and beta2 are exchanged in the corrections, without their power t",
    "{x} / (1 - {b}**t)**2": "m and v are corrected twice",
    "state.{x} / (1 - {b}**t)": "the old m and v are corrected, and not the new ones",
    **dict.fromkeys(EPOCHS, "the power t does not count every step once"),
}

# The step: {m} is what it goes along, {v} what it is divided by.
IN_STEPS = [
    ("theta - alpha", "theta + alpha", "the sign is wrong: the step goes up the gradient"),
    ("theta - alpha", "-alpha", "the step is there, but not the theta it starts from"),
    ("theta - alpha", "alpha", "the step is there, but not the theta it starts from"),
    ("theta - alpha", "(1 - alpha) * theta - alpha", "theta is multiplied by 1 - alpha"),
    ("theta - alpha * ", "(theta - alpha) * ", "a bracket is wrong: theta is multiplied as well"),
    ("theta - alpha * ", "theta - ", "alpha is missing"),
    ("alpha * {m}", "alpha / t * {m}", "alpha is divided by t"),
    ("alpha * {m}", "alpha / np.sqrt(t) * {m}", "alpha is divided by the root of t"),
    ("alpha * {m}", "alpha**2 * {m}", "alpha is squared"),
    ("alpha * {m}", "alpha", "{m} is missing in the step"),
    ("alpha * {m}", "alpha / {m}", "the step is divided by {m} where it is multiplied"),
    ("alpha * {m}", "alpha * np.sign({m})", "only the sign of {m} is used"),
    ("alpha * {m}", "alpha * np.abs({m})", "the step has lost the sign of {m}"),
    ("alpha * {m}", "alpha * {m}**2", "{m} is squared in the step"),
    ("alpha * m_hat", "alpha * m", "m is used where m_hat belongs"),
    ("alpha * m_hat", "alpha * g", "g is used where m_hat belongs"),
    ("alpha * m_hat", "alpha * g / (1 - beta1**t)", "g is corrected where m belongs"),
    ("alpha * m_hat", "alpha * v_hat", "v_hat is used where m_hat belongs"),
    ("alpha * m_hat", "alpha * state.m", "the old m is used where m_hat belongs"),
    ("alpha * m_hat", "alpha * state.m_hat", "the old m_hat is used where the new one belongs"),
    (
        "alpha * m_hat",
        "alpha * state.m / (1 - beta1**t)",
        "the old m is corrected, and not the new one",
    ),
    ("alpha * m_hat", "alpha * m_hat / (1 - beta1**t)", "m is corrected twice"),
    ("alpha * m", "alpha * g", "g is used where m belongs"),
    ("alpha * m", "alpha * state.m", "the old m is used where the new one belongs"),
    ("alpha * m", "alpha * m / (1 - beta1**t)", "m is corrected, which belongs to Adam"),
    ("alpha * m", "alpha * (beta1 * m + (1 - beta1) * g)", "m looks ahead, as Nesterov's does"),
    (
        "alpha * m",
        "alpha * (g + beta1 * m)",
        "m looks ahead, as Nesterov's does, without 1 - beta1",
    ),
    (
        "alpha * m_hat",
        "alpha * (beta1 * m_hat + (1 - beta1) * g / (1 - beta1**t))",
        "m_hat looks ahead, as Nesterov's does (NAdam)",
    ),
    (
        "alpha * m_hat",
        "alpha * (beta1 * m / (1 - beta1**(t + 1)) + (1 - beta1) * g / (1 - beta1**t))",
        "m_hat looks ahead, as Nesterov's does (NAdam)",
    ),
    (
        "alpha * m_hat",
        "alpha * (beta1 * m_hat + (1 - beta1) * g)",
        "m_hat looks ahead, as Nesterov's does, with a g that is not corrected",
    ),
    (
        "alpha * m_hat",
        "alpha * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m_hat",
        "alpha is corrected as well as m and v",
    ),
]
D = "(np.sqrt({v}) + eps)"
IN_SCALES = [
    (D, "np.sqrt({v} + eps)", "eps is inside the root"),
    (D, "np.sqrt({v} + eps**2)", "eps is inside the root, squared"),
    (D, "(np.sqrt({v} + eps) + eps)", "eps is inside the root, and again outside"),
    (D, "(np.sqrt({v}) + np.sqrt(eps))", "a root is taken of eps"),
    (D, "(np.sqrt({v}) + eps**2)", "eps is squared"),
    (D, "(np.sqrt({v}) - eps)", "eps is subtracted where it must be added"),
    (D, "(np.sqrt({v}) * eps)", "the root is multiplied by eps where eps must be added"),
    (D, "np.maximum(np.sqrt({v}), eps)", "eps is a least value, where it must be added"),
    (D, "np.sqrt({v})", "eps is missing"),
    ("/ " + D, "/ np.sqrt({v}) + eps", "the root and eps need brackets: eps is added to theta"),
    ("/ " + D, "/ np.sqrt({v}) - eps", "the root and eps need brackets: eps comes off theta"),
    ("np.sqrt({v})", "{v}", "the root is missing"),
    ("np.sqrt({v})", "{v}**2", "{v} is squared where its root belongs"),
    ("np.sqrt({v})", "np.cbrt({v})", "a cube root is taken where a square root belongs"),
    ("np.sqrt({v})", "np.sqrt(np.sqrt({v}))", "the root is taken twice"),
    ("np.sqrt({v})", "np.sqrt(np.mean({v}))", "the root is of the mean over all coordinates"),
    ("np.sqrt({v})", "np.sqrt(np.sum({v}))", "the root is of the sum over all coordinates"),
    (D, "eps", "the root of {v} is missing: only eps is left to divide by"),
    (" / " + D, "", "the division by the root of {v} is missing"),
    (" / " + D, " * " + D, "the root of {v} is multiplied where it must divide"),
    ("{m} / " + D, D + " / {m}", "the fraction is upside down"),
    ("np.sqrt(v)", "np.sqrt(state.v)", "the old v is used where the new one belongs"),
    ("np.sqrt(v)", "np.sqrt(v / (1 - beta2**t))", "v is corrected, which belongs to Adam"),
    ("np.sqrt(v)", "np.sqrt(v - m**2)", "v is centred: m**2 is subtracted"),
    ("np.sqrt(v_hat)", "np.sqrt(v)", "v is used where v_hat belongs"),
    ("np.sqrt(v_hat)", "np.sqrt(state.v)", "the old v is used where v_hat belongs"),
    ("np.sqrt(v_hat)", "np.sqrt(state.v_hat)", "the old v_hat is used where the new one belongs"),
    (
        "np.sqrt(v_hat)",
        "np.sqrt(state.v / (1 - beta2**t))",
        "the old v is corrected, and not the new one",
    ),
    ("np.sqrt(v_hat)", "np.abs(m_hat)", "m_hat stands under the root, where v_hat belongs"),
    ("np.sqrt(v_hat)", "np.sqrt(v_hat - m_hat**2)", "v_hat is centred: m_hat**2 is subtracted"),
    ("np.sqrt(v_hat)", "np.sqrt(v) / (1 - beta2**t)", "the root is taken before the correction"),
    (
        "np.sqrt(v_hat) + eps",
        "(np.sqrt(v) + eps) / np.sqrt(1 - beta2**t)",
        "eps is added before the correction, where it weighs more (section 2 of the paper)",
    ),
    (
        "np.sqrt(v_hat) + eps",
        "np.sqrt((v + eps) / (1 - beta2**t))",
        "eps is added to v, before root and correction",
    ),
]

# What goes into the State, and several lines at once.
ELSEWHERE = [
    Slip("t has not been raised by 1", (("t = t + 1", "t = t"),)),
    Slip("t is raised by 2", (("t = t + 1", "t = t + 2"),)),
    Slip("the old t is returned", (("State(theta, t, ", "State(theta, state.t, "),)),
    Slip(
        "t is raised twice, the second time as it is returned",
        (("State(theta, t, ", "State(theta, t + 1, "),),
    ),
    Slip("theta is returned as it came", (("State(theta, ", "State(state.theta, "),)),
    Slip("the old m is returned", (("g, m", "g, state.m"),)),
    Slip("the old v is returned", (("g, m, v", "g, m, state.v"),)),
    Slip("the old v is returned", (("v=v", "v=state.v"),)),
    Slip("the old m and v are returned", (("g, m, v", "g, state.m, state.v"),)),
    Slip("m_hat is carried on in m's place", (("g, m, v", "g, m_hat, v"),)),
    Slip("v_hat is carried on in v's place", (("g, m, v", "g, m, v_hat"),)),
    Slip(
        "m_hat and v_hat are carried on in the place of m and v", (("g, m, v", "g, m_hat, v_hat"),)
    ),
    Slip("m and v are exchanged in the State", (("g, m, v", "g, v, m"),)),
    Slip("m_hat and v_hat are exchanged in the State", (("m_hat, v_hat)", "v_hat, m_hat)"),)),
    Slip("g is left out of the State, and m is in its place", (("g, m, v, m_hat", "m, v, m_hat"),)),
    Slip("g**2 is returned where g belongs", (("t, g", "t, g**2"),)),
    Slip(
        "alpha is already in m",
        (("(1 - beta1) * g", "(1 - beta1) * alpha * g"), ("alpha * m", "m")),
    ),
    Slip(
        "m is the step itself, with alpha in it and without 1 - beta1",
        (("(1 - beta1) * g", "alpha * g"), ("alpha * m", "m")),
    ),
    Slip(
        "m is the step itself, with alpha and its sign in it and without 1 - beta1",
        (("+ (1 - beta1) * g", "- alpha * g"), ("- alpha * m", "+ m")),
    ),
    Slip(
        "beta1 and beta2 are exchanged in m and v",
        (
            ("beta1 * m + (1 - beta1)", "beta2 * m + (1 - beta2)"),
            ("beta2 * v + (1 - beta2)", "beta1 * v + (1 - beta1)"),
        ),
    ),
    Slip(
        "beta1 and beta2 are exchanged throughout",
        (("t = t + 1", "t = t + 1\nbeta1, beta2 = beta2, beta1"),),
    ),
    *[
        Slip(
            "v_hat is the largest so far, which is AMSGrad",
            (("v_hat = v / (1 - beta2**t)", f"v_hat = np.{largest}(state.v_hat, {v})"),),
        )
        for largest in ("maximum", "fmax")
        for v in ("v", "v / (1 - beta2**t)")
    ],
    *[
        Slip(
            "the largest v so far is used, which is AMSGrad",
            (
                (
                    "v_hat = v / (1 - beta2**t)",
                    f"v_hat = v / (1 - beta2**t)\nv_max = {v}\n"
                    "v_max = v_max if state.v_max is None else np.maximum(state.v_max, v_max)",
                ),
                ("np.sqrt(v_hat)", f"np.sqrt({used})"),
                ("v_hat)", "v_hat, v_max)"),
            ),
        )
        for v, used in (("v", "v_max"), ("v", "v_max / (1 - beta2**t)"), ("v_hat", "v_max"))
    ],
]

# Things done to g before all else; what is returned as g may be the old one or the new.
TO_G = [
    *[
        (f"g + {c} * theta", f"a weight decay of {c} comes in through the gradient")
        for c in ("0.1", "0.01", "0.001", "0.0001", "0.0005", "1e-05")
    ],
    *[(f"np.clip(g, -{c}, {c})", f"g is clipped to {c}") for c in (0.1, 0.5, 1, 5, 10)],
    *[
        (f"g * np.minimum(1, {c} / np.linalg.norm(g))", f"the length of g is clipped to {c}")
        for c in (0.1, 0.5, 1, 5, 10)
    ],
    ("g / np.linalg.norm(g)", "g is divided by its length"),
    ("-g", "g has the wrong sign"),
    ("np.sign(g)", "only the sign of g is used"),
]
BESIDE_G = [
    (f"(1 - {factor}) * theta - alpha", f"theta shrinks by a weight decay of {c} beside the step")
    for c in ("0.1", "0.01", "0.001", "0.0001", "0.0005", "1e-05")
    for factor in (f"alpha * {c}", c)
]

# Numbers that learners write where an argument belongs.
USUAL = {
    "alpha": (0.1, 0.01, 0.001),
    "beta1": (0.9, 0.99, 0.95, 0.5),
    "beta2": (0.999, 0.9, 0.99, 0.95),
    "eps": (1e-8, 1e-7, 1e-6, 1e-5, 1e-10),
}


def _slips() -> Iterator[Slip]:
    """Yield all slips, those first that are named first where two are the same."""
    words = [
        {"x": "m", "b": "beta1", "o": "beta2", "g": "g", "what": "g"},
        {"x": "v", "b": "beta2", "o": "beta1", "g": "g**2", "what": "the square"},
    ]
    yield from ELSEWHERE[:4]
    for wrong, says in BOTH.items():
        both = tuple((CORRECTION.format(**w), wrong.format(**w)) for w in words)
        yield Slip(says, both, alone=wrong in EPOCHS)
    for m, v in itertools.product(("g", "m", "m_hat"), ("v", "v_hat", "v_max")):
        for old, new, says in IN_STEPS + IN_SCALES:
            old, new, says = (text.format(m=m, v=v) for text in (old, new, says))
            yield Slip(says, ((old, new),))
    for right, table in (AVERAGE, IN_AVERAGES), (CORRECTION, IN_CORRECTIONS):
        for (wrong, says), w in itertools.product(table, words):
            edit = right.format(**w), wrong.format(**w)
            yield Slip(says.format(**w), (edit,), alone=wrong in EPOCHS)
    for old, new, says in IN_M + IN_V:
        yield Slip(says, ((old, new),))
    for new, says in TO_G:
        inserted = ("t = t + 1", f"t = t + 1\ngiven = g\ng = {new}")
        yield Slip(says, (inserted, ("t, g", "t, given")), alone=True)
        yield Slip(says, (inserted,), alone=True)
    for new, says in BESIDE_G:
        yield Slip(says, (("theta - alpha", new),), alone=True)
    yield from ELSEWHERE[4:]


SLIPS: tuple[Slip, ...] = tuple(dict.fromkeys(_slips()))


def own_number(values: dict[str, float], alone: bool = False) -> Slip:
    """Return the slip of writing numbers where the arguments belong."""
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    says = " and ".join(f"{name} is {value:g}" for name, value in values.items())
    edit = "t = t + 1", "\n".join([*lines, "t = t + 1"])
    return Slip(f"{says} whatever is asked for", (edit,), alone)


def _own_numbers(method: Method) -> Iterator[Slip]:
    """Yield the slips of writing one's own or a usual number where an argument belongs."""
    for field in fields(method):
        own = getattr(method, field.name)
        yield own_number({field.name: own})
        for value in USUAL.get(field.name, ()):
            if value != own:
                yield own_number({field.name: value}, alone=True)


@functools.cache
def lines_of(kind: type[Method]) -> str:
    """Return the statements of a method's rule, one a line; nothing where there are none to edit.

    What the rule returns is assigned to `result`.
    """
    try:
        source = textwrap.dedent(inspect.getsource(kind.rule))
        body = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    except (OSError, TypeError, SyntaxError):  # a method without source cannot be misspelt
        return ""
    lines = []
    for node in body:
        text = " ".join((ast.get_source_segment(source, node) or "").split())
        if isinstance(node, ast.Return):
            lines.append(text.replace("return", "result =", 1))
        elif isinstance(node, ast.Assign):
            lines.append(text)
        elif not isinstance(node, ast.Expr):
            return ""
    return "\n".join(lines)


def with_slip(text: str, slip: Slip) -> str:
    """Return a method's lines with a slip in them; nothing where it has no place there."""
    for old, new in slip.edits:
        text, places = _pattern(old).subn(new, text)  # no backslash in any edit
        if not places:
            return ""
    return text


def suspect(method: Method, *slips: Slip) -> Suspect | None:
    """Return the method with these slips in it, or None where they have no place in it."""
    right = text = lines_of(type(method))
    for slip in slips:
        text = with_slip(text, slip)
    if not text or text == right:
        return None
    try:
        step = _step(type(method), text)
    except SyntaxError:
        return None
    return Suspect(tuple(slip.says for slip in slips), text, step)


def suspects(method: Method) -> Iterator[tuple[Slip, Suspect]]:
    """Yield every slip that the method's lines can have, and the method with it."""
    seen = set()
    for slip in itertools.chain(SLIPS, _own_numbers(method)):
        wrong = suspect(method, slip)
        if wrong and wrong.text not in seen:
            seen.add(wrong.text)
            yield slip, wrong


def _step(kind: type[Method], text: str) -> Step:
    codes = [_code(line) for line in text.split("\n")]

    def step(method: Method, state: State, g: Any) -> State:
        names: dict[str, Any] = {"self": method, "state": state, "g": g}
        for code in codes:
            exec(code, kind.rule.__globals__, names)
        result: State = names["result"]
        return result

    return step


@functools.cache
def _pattern(old: str) -> re.Pattern[str]:
    """Return the pattern of whole words that an edit looks for."""
    before = r"(?<![\w.])" if re.match(r"\w", old) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", old) else ""
    return re.compile(before + re.escape(old) + after)


@functools.cache
def _code(line: str) -> CodeType:
    return compile(line, "<a method with a slip>", "exec")
