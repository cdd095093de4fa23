"""What people write instead of Adam, and what `check` says of it: the right name, or none.

Each learner is a few lines that replace those of a right one. What is named is named whether or
not m_hat and v_hat are returned.
"""

import re
from dataclasses import fields

import numpy as np
import pytest

import adamcore
from adamcore import SGD, Adam, Momentum, RMSProp, check

LINES = {
    Adam: {
        "first": "",
        "t": "t = state.t + 1",
        "m": "m = beta1 * state.m + (1 - beta1) * g",
        "v": "v = beta2 * state.v + (1 - beta2) * g**2",
        "m_hat": "m_hat = m / (1 - beta1**t)",
        "v_hat": "v_hat = v / (1 - beta2**t)",
        "theta": "theta = state.theta - alpha * m_hat / (np.sqrt(v_hat) + eps)",
        "end": "return State(theta, t, g, m, v, m_hat, v_hat)",
    },
    RMSProp: {
        "first": "",
        "t": "t = state.t + 1",
        "v": "v = beta2 * state.v + (1 - beta2) * g**2",
        "theta": "theta = state.theta - alpha * g / (np.sqrt(v) + eps)",
        "end": "return State(theta, t, g, v=v)",
    },
    Momentum: {
        "first": "",
        "t": "t = state.t + 1",
        "m": "m = beta1 * state.m + (1 - beta1) * g",
        "theta": "theta = state.theta - alpha * m",
        "end": "return State(theta, t, g, m)",
    },
    SGD: {
        "first": "",
        "t": "t = state.t + 1",
        "theta": "theta = state.theta - alpha * g",
        "end": "return State(theta, t, g)",
    },
}
REFERENCES = {Adam: Adam(), RMSProp: RMSProp(0.1), Momentum: Momentum(0.1), SGD: SGD(0.1)}
NO_HATS = "return State(theta, t, g, m, v)"


def written(method, before="", **lines):
    """Return the step that a learner has written: a right one, with some lines of his own."""
    arguments = ", ".join(field.name for field in fields(method))
    body = {**LINES[method], **lines}.values()
    text = f"{before}\ndef my_step(state, g, {arguments}):\n"
    text += "\n".join(f"    {line}" for lines in body for line in lines.split("\n"))
    names = {**vars(adamcore), "np": np}
    exec(compile(text, "<cell>", "exec"), names)
    return names["my_step"]


NAMED = [
    # the old ones, and twice corrected
    *[
        (says, Adam, {"theta": LINES[Adam]["theta"].replace(old, new)})
        for says, old, new in [
            ("the old m is corrected", "m_hat", "state.m / (1 - beta1**t)"),
            ("the old v is corrected", "v_hat", "state.v / (1 - beta2**t)"),
            ("m is corrected twice", "m_hat", "m_hat / (1 - beta1**t)"),
        ]
    ],
    # t
    ("t has not been raised by 1", Adam, {"t": "t = state.t"}),
    ("t is raised by 2", Adam, {"t": "t = state.t + 2"}),
    ("t is raised twice", Adam, {"end": "return State(theta, t + 1, g, m, v)"}),
    ("the old t is returned", Adam, {"end": "return State(theta, state.t, g, m, v)"}),
    (
        "t counts from 0 where it is a power",
        Adam,
        {"t": "t = state.t", "end": "return State(theta, t + 1, g, m, v, m_hat, v_hat)"},
    ),
    (
        "t is raised once too often",
        Adam,
        {"m_hat": "m_hat = m / (1 - beta1**(t + 1))", "v_hat": "v_hat = v / (1 - beta2**(t + 1))"},
    ),
    (
        "does not count every step",
        Adam,
        {
            "m_hat": "n = t // 10 + 1\nm_hat = m / (1 - beta1**n)",
            "v_hat": "v_hat = v / (1 - beta2**n)",
        },
    ),
    (
        "does not count every step",
        Adam,
        {
            "m_hat": "n = state.t // 100 + 1\nm_hat = m / (1 - beta1**n)",
            "v_hat": "v_hat = v/(1-beta2**n)",
        },
    ),
    # m
    (r"(1 - beta1) is missing before g", Adam, {"m": "m = beta1 * state.m + g"}),
    ("m is not multiplied by beta1", Adam, {"m": "m = state.m + (1 - beta1) * g"}),
    ("m is a sum and no average", Adam, {"m": "m = state.m + g"}),
    ("beta1 and 1 - beta1 are swapped", Adam, {"m": "m = beta1 * g + (1 - beta1) * state.m"}),
    ("m has beta2 where beta1 belongs", Adam, {"m": "m = beta2 * state.m + (1 - beta2) * g"}),
    ("1 - beta2 stands before g", Adam, {"m": "m = beta1 * state.m + (1 - beta2) * g"}),
    ("g is subtracted from m", Adam, {"m": "m = beta1 * state.m - (1 - beta1) * g"}),
    ("the old m is missing", Adam, {"m": "m = (1 - beta1) * g"}),
    ("m is g itself", Adam, {"m": "m = g"}),
    ("1 - beta1 needs brackets", Adam, {"m": "m = beta1 * state.m + 1 - beta1 * g"}),
    ("a bracket is wrong", Adam, {"m": "m = beta1 * (state.m + (1 - beta1) * g)"}),
    ("g is squared in m", Adam, {"m": "m = beta1 * state.m + (1 - beta1) * g**2"}),
    ("m starts at the first g", Adam, {"m": "m = g if t == 1 else beta1*state.m + (1-beta1)*g"}),
    ("m_hat is carried on", Adam, {"m": "m = beta1 * state.m_hat + (1 - beta1) * g"}),
    ("only the sign of g", Adam, {"m": "m = beta1 * state.m + (1 - beta1) * np.sign(g)"}),
    # v
    ("(1 - beta2) is missing before the square", Adam, {"v": "v = beta2 * state.v + g**2"}),
    ("v is not multiplied by beta2", Adam, {"v": "v = state.v + (1 - beta2) * g**2"}),
    ("v is a sum and no average", Adam, {"v": "v = state.v + g * g"}),
    ("beta2 and 1 - beta2 are swapped", Adam, {"v": "v = (1 - beta2)*state.v + beta2 * g**2"}),
    ("v has beta1 where beta2 belongs", Adam, {"v": "v = beta1 * state.v + (1 - beta1) * g**2"}),
    ("g is not squared", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * g"}),
    ("the absolute value of g", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * abs(g)"}),
    ("g is doubled", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * (g + g)"}),
    ("squared together with g", Adam, {"v": "v = beta2 * state.v + ((1 - beta2) * g)**2"}),
    ("the whole average is squared", Adam, {"v": "v = (beta2*state.v + (1 - beta2) * g)**2"}),
    ("m is squared where g belongs", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * m**2"}),
    ("v is centred", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * (g - m)**2"}),
    ("v is centred", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * (g - state.m)**2"}),
    ("np.maximum", Adam, {"v": "v = np.maximum(state.v, beta2*state.v + (1 - beta2) * g**2)"}),
    ("AdaMax", Adam, {"v": "v = np.maximum(beta2 * state.v, abs(g))"}),
    ("the largest recent square", Adam, {"v": "v = np.maximum(beta2 * state.v, g**2)"}),
    ("root is taken in v already", Adam, {"v": "v = (beta2*state.v + (1 - beta2)*g**2)**0.5"}),
    ("summed over all coordinates", Adam, {"v": "v = beta2*state.v + (1 - beta2) * np.dot(g, g)"}),
    ("averaged over all coord", Adam, {"v": "v = beta2*state.v + (1 - beta2) * (g**2).mean()"}),
    (
        "beta1 and beta2 are exchanged in m and v",
        Adam,
        {
            "m": "m = beta2 * state.m + (1 - beta2) * g",
            "v": "v = beta1 * state.v + (1 - beta1) * g**2",
        },
    ),
    # the corrections
    (
        "neither m nor v is corrected",
        Adam,
        {"theta": "theta = state.theta - alpha * m / (np.sqrt(v) + eps)", "end": NO_HATS},
    ),
    ("neither m nor v is corrected", Adam, {"m_hat": "m_hat = m", "v_hat": "v_hat = v"}),
    ("m is not corrected", Adam, {"m_hat": "m_hat = m"}),
    ("v is not corrected", Adam, {"v_hat": "v_hat = v"}),
    (
        "the power t of beta1 and of beta2 is missing",
        Adam,
        {"m_hat": "m_hat = m / (1 - beta1)", "v_hat": "v_hat = v / (1 - beta2)"},
    ),
    ("the power t of beta1 is missing", Adam, {"m_hat": "m_hat = m / (1 - beta1)"}),
    ("the power t of beta2 is missing", Adam, {"v_hat": "v_hat = v / (1 - beta2)"}),
    ("1 - beta2 has the power t", Adam, {"v_hat": "v_hat = v / (1 - beta2)**t"}),
    (
        "1 - beta1 and 1 - beta2 have the power t",
        Adam,
        {"m_hat": "m_hat = m / (1 - beta1)**t", "v_hat": "v_hat = v / (1 - beta2)**t"},
    ),
    ("m is multiplied where", Adam, {"m_hat": "m_hat = m * (1 - beta1**t)"}),
    (
        "m and v are multiplied where",
        Adam,
        {"m_hat": "m_hat = m * (1 - beta1**t)", "v_hat": "v_hat = v * (1 - beta2**t)"},
    ),
    ("1 - beta1**t needs brackets", Adam, {"m_hat": "m_hat = m / 1 - beta1**t"}),
    ("m is divided by beta1**t", Adam, {"m_hat": "m_hat = m / beta1**t"}),
    ("v_hat has beta1 where beta2", Adam, {"v_hat": "v_hat = v / (1 - beta1**t)"}),
    (
        "exchanged in the corrections",
        Adam,
        {"m_hat": "m_hat = m / (1 - beta2**t)", "v_hat": "v_hat = v / (1 - beta1**t)"},
    ),
    ("a root is taken of v's correction", Adam, {"v_hat": "v_hat = v / np.sqrt(1 - beta2**t)"}),
    ("m is corrected twice", Adam, {"m_hat": "m_hat = m / (1 - beta1**t) / (1 - beta1**t)"}),
    ("the old m is corrected", Adam, {"m_hat": "m_hat = state.m / (1 - beta1**t)"}),
    (
        "g is corrected where m belongs",
        Adam,
        {"m_hat": "m_hat = g / (1 - beta1**t)", "end": NO_HATS},
    ),
    # carried on
    ("m_hat is carried on", Adam, {"end": "return State(theta, t, g, m_hat, v, m_hat, v_hat)"}),
    (
        "m_hat and v_hat are carried on",
        Adam,
        {
            "m_hat": "m = m / (1 - beta1**t)",
            "v_hat": "v = v / (1 - beta2**t)",
            "theta": "theta = state.theta - alpha * m / (np.sqrt(v) + eps)",
            "end": NO_HATS,
        },
    ),
    ("m and v are exchanged in the State", Adam, {"end": "return State(theta, t, g, v, m)"}),
    ("the old m and v are returned", Adam, {"end": "return State(theta, t, g, state.m, state.v)"}),
    ("theta is returned as it came", Adam, {"end": "return State(state.theta, t, g, m, v)"}),
    # the step
    ("the sign is wrong", Adam, {"theta": "theta = state.theta + alpha*m_hat/(v_hat**0.5 + eps)"}),
    ("not the theta it starts", Adam, {"theta": "theta = -alpha * m_hat/(np.sqrt(v_hat) + eps)"}),
    ("alpha is missing", Adam, {"theta": "theta = state.theta - m_hat/(np.sqrt(v_hat) + eps)"}),
    ("eps is missing", Adam, {"theta": "theta = state.theta - alpha * m_hat / np.sqrt(v_hat)"}),
    ("eps is inside", Adam, {"theta": "theta = state.theta - alpha*m_hat / np.sqrt(v_hat + eps)"}),
    (
        "eps is added to theta",
        Adam,
        {"theta": "theta = state.theta - alpha * m_hat / np.sqrt(v_hat) + eps"},
    ),
    (
        "eps comes off theta",
        Adam,
        {"theta": "theta = state.theta - (alpha * m_hat / np.sqrt(v_hat) + eps)"},
    ),
    ("the root is missing", Adam, {"theta": "theta = state.theta - alpha*m_hat / (v_hat + eps)"}),
    ("the root is missing", Adam, {"theta": "theta = state.theta - alpha*m_hat/(abs(v_hat)+eps)"}),
    ("a cube root", Adam, {"theta": "theta = state.theta - alpha*m_hat/(v_hat**(1 / 3) + eps)"}),
    ("root is taken twice", Adam, {"theta": "theta = state.theta-alpha*m_hat/(v_hat**0.25+eps)"}),
    ("the division by", Adam, {"theta": "theta = state.theta - alpha * m_hat"}),
    (
        "the root of v_hat is multiplied",
        Adam,
        {"theta": "theta = state.theta - alpha * m_hat * (np.sqrt(v_hat) + eps)"},
    ),
    ("upside down", Adam, {"theta": "theta = state.theta - alpha*(np.sqrt(v_hat)+eps)/m_hat"}),
    (
        "m is used where m_hat belongs",
        Adam,
        {"theta": "theta = state.theta - alpha * m / (np.sqrt(v_hat) + eps)"},
    ),
    ("v is used where v_hat", Adam, {"theta": "theta=state.theta-alpha*m_hat/(np.sqrt(v)+eps)"}),
    (
        "g is used where m_hat belongs",
        Adam,
        {"theta": "theta = state.theta - alpha * g / (np.sqrt(v_hat) + eps)"},
    ),
    (
        "m_hat is missing in the step",
        Adam,
        {"theta": "theta = state.theta - alpha / (np.sqrt(v_hat) + eps)"},
    ),
    (
        "only the sign of m_hat",
        Adam,
        {"theta": "theta = state.theta - alpha * np.sign(m_hat) / (np.sqrt(v_hat) + eps)"},
    ),
    (
        "alpha is divided by the root of t",
        Adam,
        {"theta": "theta = state.theta - alpha / t**0.5 * m_hat / (np.sqrt(v_hat) + eps)"},
    ),
    (
        "alpha is divided by t",
        Adam,
        {"theta": "theta = state.theta - alpha / t * m_hat / (np.sqrt(v_hat) + eps)"},
    ),
    (
        "the root is taken before the correction",
        Adam,
        {
            "v_hat": "v_hat = np.sqrt(v) / (1 - beta2**t)",
            "end": NO_HATS,
            "theta": "theta = state.theta - alpha * m_hat / (v_hat + eps)",
        },
    ),
    (
        "section 2 of the paper",
        Adam,
        {
            "m_hat": "rate = alpha * np.sqrt(1 - beta2**t) / (1 - beta1**t)",
            "v_hat": "",
            "theta": "theta = state.theta - rate * m / (np.sqrt(v) + eps)",
            "end": NO_HATS,
        },
    ),
    (
        "alpha is corrected as well as m and v",
        Adam,
        {
            "theta": "rate = alpha * (1 - beta2**t)**0.5 / (1 - beta1**t)\n"
            "theta = state.theta - rate * m_hat / (np.sqrt(v_hat) + eps)"
        },
    ),
    (
        "NAdam",
        Adam,
        {
            "theta": "ahead = beta1 * m_hat + (1 - beta1) * g / (1 - beta1**t)\n"
            "theta = state.theta - alpha * ahead / (np.sqrt(v_hat) + eps)"
        },
    ),
    (
        "v_hat is centred",
        Adam,
        {"theta": "theta = state.theta - alpha*m_hat/(np.sqrt(v_hat - m_hat**2)+eps)"},
    ),
    (
        "the root is of the sum",
        Adam,
        {"theta": "theta = state.theta - alpha*m_hat/(np.sqrt(v_hat.sum())+eps)"},
    ),
    # relatives
    ("AMSGrad", Adam, {"v_hat": "v_hat = np.fmax(state.v_hat, v)"}),
    ("AMSGrad", Adam, {"v_hat": "v_hat = np.maximum(state.v_hat, v / (1 - beta2**t))"}),
    (
        "AMSGrad",
        Adam,
        {
            "v_hat": "v_max = v if state.v_max is None else np.maximum(v, state.v_max)\n"
            "v_hat = v_max / (1 - beta2**t)",
            "end": "return State(theta, t, g, m, v, v_max=v_max)",
        },
    ),
    ("a weight decay of 0.01 comes in", Adam, {"first": "g = g + 0.01 * state.theta"}),
    (
        "a weight decay of 0.1 comes in",
        Adam,
        {
            "m": "d = g + 0.1 * state.theta\nm = beta1 * state.m + (1 - beta1) * d",
            "v": "v = beta2 * state.v + (1 - beta2) * d**2",
        },
    ),
    (
        "theta shrinks by a weight decay of 0.01",
        Adam,
        {"theta": "theta = state.theta * (1 - alpha*0.01) - alpha*m_hat/(np.sqrt(v_hat)+eps)"},
    ),
    ("g is clipped to 1", Adam, {"first": "g = np.clip(g, -1, 1)"}),
    (
        "the length of g is clipped to 1",
        Adam,
        {"first": "size = np.linalg.norm(g)\nif size > 1:\n    g = g / size"},
    ),
    # numbers of one's own
    (
        "Right for beta1 = 0.9, but not for 0.83",
        Adam,
        {"m": "m = 0.9 * state.m + 0.1 * g", "m_hat": "m_hat = m / (1 - 0.9**t)"},
    ),
    ("Right for alpha = 0.001 and eps = 1e-08", Adam, {"first": "eps = 1e-8; alpha = 0.001"}),
    ("alpha is 0.01 whatever", Adam, {"first": "alpha = 0.01"}),
    ("eps is 1e-07 whatever", Adam, {"first": "eps = 1e-7"}),
    # two at once
    (
        "(1 - beta1) is missing before g, and (1 - beta2) is missing before the square",
        Adam,
        {"m": "m = beta1 * state.m + g", "v": "v = beta2 * state.v + g**2"},
    ),
    (
        "m is not multiplied by beta1, so it forgets nothing, and eps is missing",
        Adam,
        {
            "m": "m = state.m + (1 - beta1) * g",
            "theta": "theta = state.theta - alpha * m_hat / np.sqrt(v_hat)",
        },
    ),
    (
        "eps is inside the root",
        Adam,
        {
            "m_hat": "m_hat = m / (1 - beta1)",
            "theta": "theta = state.theta - alpha * m_hat / np.sqrt(v_hat + eps)",
        },
    ),
    (
        "the sign is wrong",
        Adam,
        {"theta": "theta = state.theta + alpha * m_hat / np.sqrt(v_hat + eps)"},
    ),
    (
        "g is not squared",
        Adam,
        {"v": "v = beta2 * state.v + (1 - beta2) * g", "m": "m = beta1 * state.m + g"},
    ),
    # RMSProp
    ("(1 - beta2) is missing", RMSProp, {"v": "v = beta2 * state.v + g**2"}),
    ("v is a sum and no average", RMSProp, {"v": "v = state.v + g**2"}),
    ("beta2 and 1 - beta2 are swapped", RMSProp, {"v": "v = (1-beta2)*state.v + beta2*g**2"}),
    ("g is not squared", RMSProp, {"v": "v = beta2 * state.v + (1 - beta2) * abs(g)*np.sign(g)"}),
    ("eps is inside the root", RMSProp, {"theta": "theta = state.theta - alpha*g/np.sqrt(v+eps)"}),
    ("eps is missing", RMSProp, {"theta": "theta = state.theta - alpha * g / np.sqrt(v)"}),
    ("the root is missing", RMSProp, {"theta": "theta = state.theta - alpha * g / (v + eps)"}),
    ("added to theta", RMSProp, {"theta": "theta = state.theta - alpha*g / np.sqrt(v) + eps"}),
    (
        "which belongs to Adam",
        RMSProp,
        {"theta": "theta = state.theta - alpha * g / (np.sqrt(v / (1 - beta2**t)) + eps)"},
    ),
    ("the old v is used", RMSProp, {"theta": "theta = state.theta-alpha*g/(np.sqrt(state.v)+eps)"}),
    ("the sign is wrong", RMSProp, {"theta": "theta = state.theta + alpha*g/(np.sqrt(v) + eps)"}),
    ("t has not been raised by 1", RMSProp, {"end": "return State(theta, state.t, g, v=v)"}),
    (
        "v starts at the first",
        RMSProp,
        {"v": "v = g**2 if t == 1 else beta2*state.v + (1-beta2)*g**2"},
    ),
    # Momentum
    ("(1 - beta1) is missing before g", Momentum, {"m": "m = beta1 * state.m + g"}),
    ("beta1 and 1 - beta1 are swapped", Momentum, {"m": "m = (1 - beta1)*state.m + beta1 * g"}),
    ("m starts at the first g", Momentum, {"m": "m = g if t==1 else beta1*state.m+(1-beta1)*g"}),
    ("g is used where m belongs", Momentum, {"theta": "theta = state.theta - alpha * g"}),
    ("the old m is used", Momentum, {"theta": "theta = state.theta - alpha * state.m"}),
    ("the sign is wrong", Momentum, {"theta": "theta = state.theta + alpha * m"}),
    ("alpha is missing", Momentum, {"theta": "theta = state.theta - m"}),
    ("Nesterov", Momentum, {"theta": "theta = state.theta - alpha*(beta1*m + (1 - beta1)*g)"}),
    ("which belongs to Adam", Momentum, {"theta": "theta = state.theta - alpha*m/(1 - beta1**t)"}),
    (
        "m is the step itself",
        Momentum,
        {"m": "m = beta1 * state.m - alpha * g", "theta": "theta = state.theta + m"},
    ),
    (
        "alpha is already in m",
        Momentum,
        {"m": "m = beta1*state.m + (1 - beta1)*alpha*g", "theta": "theta = state.theta - m"},
    ),
    # SGD
    ("the sign is wrong", SGD, {"theta": "theta = state.theta + alpha * g"}),
    ("alpha is missing", SGD, {"theta": "theta = state.theta - g"}),
    ("not the theta it starts from", SGD, {"theta": "theta = -alpha * g"}),
    ("not the theta it starts from", SGD, {"theta": "theta = alpha * g"}),
    ("a bracket is wrong", SGD, {"theta": "theta = (state.theta - alpha) * g"}),
    ("g is missing in the step", SGD, {"theta": "theta = state.theta - alpha"}),
    ("the step is divided by g", SGD, {"theta": "theta = state.theta - alpha / g"}),
    ("only the sign of g", SGD, {"theta": "theta = state.theta - alpha * np.sign(g)"}),
    ("alpha is divided by the root of t", SGD, {"theta": "theta=state.theta-alpha/t**0.5*g"}),
    ("g is divided by its length", SGD, {"theta": "theta = state.theta-alpha*g/np.linalg.norm(g)"}),
    ("t has not been raised by 1", SGD, {"end": "return State(theta, state.t, g)"}),
]


def _id(row):
    return "-".join([row[1].__name__, *row[2].values()]).replace("\n", "; ")


@pytest.mark.parametrize(("says", "method", "lines"), NAMED, ids=map(_id, NAMED))
def test_what_is_wrong_is_called_by_its_name(says, method, lines):
    verdict = check(written(method, **lines), REFERENCES[method])
    assert not verdict
    assert says in verdict.message, verdict
    assert bool(verdict.shows) is not verdict.message.startswith("Right for")  # where is it seen?


# Where m_hat and v_hat are not returned, these are the same.
EQUAL = [
    {"m is not corrected", "m is used where m_hat belongs"},
    {"v is not corrected", "v is used where v_hat belongs"},
    {"the old m is corrected, and not the new one"},
]
WITHOUT_HATS = [row for row in NAMED if row[1] is Adam and "end" not in row[2]]


@pytest.mark.parametrize(("says", "method", "lines"), WITHOUT_HATS, ids=map(_id, WITHOUT_HATS))
def test_a_slip_has_the_same_name_where_the_hats_are_not_returned(says, method, lines):
    verdict = check(written(method, **lines, end=NO_HATS), REFERENCES[method])
    assert not verdict
    if "state.m_hat" in str(lines) or "state.v_hat" in str(lines):
        assert "None" in verdict.message
    else:
        names = next((x for x in EQUAL if says in x), {says})
        assert any(name in verdict.message for name in names), verdict


UNNAMED = [
    (
        "theta",
        Adam,
        {"theta": "theta = state.theta - alpha * np.tanh(m_hat / (np.sqrt(v_hat)+eps))"},
    ),
    ("theta", Adam, {"theta": "theta = state.theta - alpha * m_hat / np.sqrt(v_hat + eps + 3)"}),
    ("m", Adam, {"m": "m = beta1**2 * state.m + (1 - beta1**2) * g"}),
    ("v", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * np.abs(g)**1.5"}),
    ("v", Adam, {"v": "v = beta2 * state.v + (1 - beta2) * g**2 + 1e-3"}),
    ("m_hat", Adam, {"m_hat": "m_hat = m / (1 - beta1**t / 2)"}),
    ("theta", Adam, {"theta": "theta = state.theta * np.nan"}),
    ("m", Adam, {"m": "m = state.m * np.nan"}),
    ("v_hat", Adam, {"v_hat": "v_hat = np.inf * v"}),
    ("theta", Adam, {"theta": "theta = state.theta - alpha * m_hat / (np.sqrt(-v_hat) + eps)"}),
    (
        "theta",
        Adam,
        {"theta": "theta = np.round(state.theta - alpha*m_hat/(np.sqrt(v_hat)+eps), 3)"},
    ),
    ("theta", Adam, {"theta": "theta = 7 * state.theta"}),
    ("t", Adam, {"end": "return State(theta, 2 * t, g, m, v)"}),
    ("t", Adam, {"end": "return State(theta, float('nan'), g, m, v)"}),
    ("g", Adam, {"end": "return State(theta, t, 2 * g, m, v)"}),
    ("g", Adam, {"end": "return State(theta, t, m, m, v)"}),
    ("v_hat", Adam, {"v_hat": "v_hat = v / (1 - beta2**t) + (t > 40)"}),
    (
        "theta",
        Adam,
        {"theta": "theta = (state.theta - alpha*m_hat/(np.sqrt(v_hat)+eps)).astype(int)"},
    ),
    # a rectified step, as RAdam's
    (
        "theta",
        Adam,
        {
            "theta": "end = 2 / (1 - beta2) - 1\n"
            "rho = end - 2 * t * beta2**t / (1 - beta2**t)\n"
            "step = m_hat\n"
            "if rho > 4:\n"
            "    step = step / (np.sqrt(v_hat) + eps) * np.sqrt((rho - 4) * (rho - 2) * end /"
            " ((end - 4) * (end - 2) * rho))\n"
            "theta = state.theta - alpha * step",
        },
    ),
    ("m", Momentum, {"m": "m = np.sqrt(beta1) * state.m + (1 - beta1) * g"}),
    ("v", RMSProp, {"v": "v = beta2 * state.v + (1 - beta2) * g**4"}),
    ("theta", SGD, {"theta": "theta = state.theta - alpha * g - 1"}),
    ("theta", SGD, {"theta": "theta = state.theta - alpha * np.sinh(g)"}),
]


@pytest.mark.parametrize(("symbol", "method", "lines"), UNNAMED, ids=map(_id, UNNAMED))
def test_what_fits_nothing_gets_the_numbers_and_no_name(symbol, method, lines):
    verdict = check(written(method, **lines), REFERENCES[method])
    assert not verdict
    yours = re.match(rf"{symbol} differs at t = \d+: (.*) where (.*) is right", verdict.message)
    assert yours, verdict
    assert yours[1] != yours[2]
    assert "looks as if" not in verdict.message


@pytest.mark.parametrize(
    ("factor", "method", "lines"),
    [
        ("each step is 0.1 times the right one", Adam, {"first": "alpha = alpha / 10"}),
        (
            "each step is 0.17 times the right one, and 1 - beta1 is 0.17",
            Momentum,
            {"theta": "theta = state.theta - (1 - beta1) * alpha * m"},
        ),
        (
            "all of m is 5.882 times the right one, and 1 / (1 - beta1) is 5.882",
            Adam,
            {
                "end": "return State(theta, t, g, m / (1 - beta1), v)",
                "m": LINES[Adam]["m"].replace("state.m", "state.m * (1 - beta1)"),
            },
        ),
        (
            "all of m is 5.882 times the right one, and 1 / (1 - beta1) is 5.882",
            Adam,
            {
                "m": "m = beta1 * state.m + g",
                "v": "v = beta2 * state.v + g**2",
                "theta": "theta = state.theta - m_hat / (np.sqrt(v_hat) + eps)",
            },
        ),
        ("each step is 2 times the right one", SGD, {"first": "alpha = 2 * alpha"}),
        ("all of v_hat is 3 times", Adam, {"v_hat": "v_hat = 3 * v / (1 - beta2**t)"}),
    ],
)
def test_a_factor_is_told(factor, method, lines):
    assert factor in check(written(method, **lines), REFERENCES[method]).message


RIGHT = [
    {"m": "m = state.m + (1 - beta1) * (g - state.m)"},
    {"v": "v = state.v - (1 - beta2) * (state.v - g * g)"},
    {"m": "m = (1 - beta1) * g; m += beta1 * state.m"},
    {"theta": "theta = state.theta - alpha * m_hat / (v_hat**0.5 + eps)"},
    {"theta": "theta = state.theta + (-alpha) * (m_hat / (eps + np.sqrt(v_hat)))"},
    {"m_hat": "m_hat = m / (1 - np.power(beta1, t))"},
    {"m_hat": "m_hat = m / -np.expm1(t * np.log(beta1))"},
    {"v_hat": "v_hat = v / (1 - np.exp(t * np.log(beta2)))"},
    {"v_hat": "v_hat = v * (1 / (1 - beta2**t))"},
    {"t": "t = np.int64(state.t + 1)"},
    {"t": "t = state.t + 1.0"},
    {"t": "t = np.array(state.t) + 1"},
    {"end": NO_HATS},
    {"end": "return State(theta=theta, t=t, g=g, m=m, v=v)"},
    {"end": "return State(theta, t, g, m, v, v_max=v)"},
    {"end": "return state._replace(theta=theta, t=t, g=g, m=m, v=v, m_hat=m_hat, v_hat=v_hat)"},
    {"end": "return State(list(theta), t, list(g), list(m), list(v))"},
    {"first": "assert not np.isnan(state.theta).any()\nprint(state.t)"},
    # section 2, with the eps that belongs to it
    {
        "m_hat": "root = np.sqrt(1 - beta2**t)",
        "v_hat": "rate = alpha * root / (1 - beta1**t)",
        "theta": "theta = state.theta - rate * m / (np.sqrt(v) + eps * root)",
        "end": NO_HATS,
    },
    # as PyTorch writes it
    {
        "m_hat": "size = alpha / (1 - beta1**t)",
        "v_hat": "scale = np.sqrt(v) / np.sqrt(1 - beta2**t) + eps",
        "theta": "theta = state.theta - size * (m / scale)",
        "end": NO_HATS,
    },
    # one coordinate after the other
    {
        "m": "m = np.empty_like(g)\nfor i in range(len(g)):\n"
        "    m[i] = beta1 * state.m[i] + (1 - beta1) * g[i]",
    },
    {"v": "v = np.array([beta2 * a + (1 - beta2) * b**2 for a, b in zip(state.v, g)])"},
    # a product that is kept where there is room for it
    {
        "m_hat": "power = beta1 if state.v_max is None else beta1 * state.v_max\n"
        "m_hat = m / (1 - power)",
        "end": "return State(theta, t, g, m, v, v_max=power)",
    },
]


@pytest.mark.parametrize("lines", RIGHT, ids=lambda lines: "; ".join(lines.values()))
def test_whatever_is_right_passes(lines, capsys):
    assert repr(check(written(Adam, **lines), Adam())) == "Right: every symbol agrees with Adam's."


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ({"m": "m = 0.9 * state.m + 0.1 * g"}, "beta1 = 0.9, but"),
        ({"m_hat": "m_hat = m / (1 - 0.9**t)"}, "beta1 = 0.9, but"),
        ({"v": "v = beta2 * state.v + 0.001 * g**2"}, "beta2 = 0.999, but"),
        (
            {"m": "m = 0.9 * state.m + 0.1 * g", "v_hat": "v_hat = v / (1 - 0.999**t)"},
            "beta1 = 0.9 and beta2 = 0.999, but",
        ),
    ],
)
def test_a_number_that_stands_in_one_of_several_places_is_found(lines, says):
    verdict = check(written(Adam, **lines), Adam())
    assert verdict.message.startswith(f"Right for {says}")
    assert "of your own" in verdict.message
    assert verdict.shows == ""  # with the usual numbers it shows nowhere


def test_a_slip_beside_a_number_of_ones_own_is_not_taken_for_one():
    lines = {"m": "m = 0.9 * state.m + 0.1 * g", "v_hat": "v_hat = v / (1 - beta2)"}
    message = check(written(Adam, **lines), Adam()).message
    assert message.startswith("v_hat differs at t = 2: ")
    assert "Right for" not in message
    assert "looks as if" not in message
