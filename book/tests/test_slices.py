"""What of the earlier cells a cell gets."""

import pytest

from book.slices import Page


def made(name, *cells):
    """Return the statements of the cells that make a name after them, or None."""
    page = Page([*cells, ""])
    numbers = page.made_by(name, len(cells))
    return numbers if numbers is None else [page.statements[number].source for number in numbers]


@pytest.mark.parametrize(
    ("name", "cells", "statements"),
    [
        ("a", ["a = 1\nb = 2"], ["a = 1"]),
        ("b", ["a = 1\nb = a + 1"], ["a = 1", "b = a + 1"]),
        ("a", ["a = 1", "a = 2"], ["a = 2"]),
        ("a", ["a = 1", "a = a + 1"], ["a = 1", "a = a + 1"]),
        ("a", ["a = 1", "a += 1"], ["a = 1", "a += 1"]),
        ("a", ["a = []\na.append(1)\nprint(a)"], ["a = []", "a.append(1)"]),
        ("a", ["a = {}\na['x'] = 1\nb = 3"], ["a = {}", "a['x'] = 1"]),
        ("a", ["a = {}\nb = a\nb['x'] = 1"], ["a = {}", "b = a", "b['x'] = 1"]),
        ("a", ["a = [0]\nb = [a]\nb[0].append(1)"], ["a = [0]", "b = [a]", "b[0].append(1)"]),
        ("a", ["a = [0]\nb = [a]\nb.append(1)"], ["a = [0]"]),
        ("a", ["a = [0]\nfor x in a, 1:\n    x[0] = 2"],
         ["a = [0]", "for x in (a, 1):\n    x[0] = 2"]),
        ("f", ["x = 1\ndef f():\n    return x\nx = 2"], ["def f():\n    return x", "x = 2"]),
        ("f", ["def f(n):\n    return n and f(n - 1)"], ["def f(n):\n    return n and f(n - 1)"]),
        ("a", ["a = []\ndef f():\n    a.append(1)\nf()"],
         ["a = []", "def f():\n    a.append(1)", "f()"]),
        ("a", ["a = []\ndef f(x):\n    x.append(1)\nf(a)"],
         ["a = []", "def f(x):\n    x.append(1)", "f(a)"]),
        ("a", ["a = [0]\ndef f(x):\n    return x[0]\nf(a)"], ["a = [0]"]),
        ("np", ["import numpy as np\nfrom math import pi"], ["import numpy as np"]),
        ("os", ["import os.path"], ["import os.path"]),
    ],
)  # fmt: skip
def test_a_name_comes_with_all_that_makes_it(name, cells, statements):
    assert made(name, *cells) == statements


def test_a_generator_comes_in_the_state_in_which_it_was():
    start = "import numpy as np\nrng = np.random.default_rng(0)"
    assert made("rng", f"{start}\nx = rng.normal()\ny = 1") == [
        *start.split("\n"),
        "x = rng.normal()",
    ]
    held = "from adamcore.problems import bowl, noisy\nshaky = noisy(bowl(), 1.0, rng)"
    drawn = made("shaky", f"{start}\n{held}\nshaky.grad(0)\nrng.normal()")
    assert drawn[-2:] == ["shaky.grad(0)", "rng.normal()"]


@pytest.mark.parametrize(
    "cells",
    [
        ["from matplotlib import pyplot as plt\na = plt.figure()"],
        ["from book.look import figure\na = figure()"],
        ["import subprocess\na = subprocess.run('ls')"],
        ["from myst_nb import glue\na = []\nfor k in range(3):\n    a.append(k)\n    glue('k', k)"],
        ["b = 1"],
        [],
    ],
)
def test_what_needs_more_than_the_page_has_is_not_there(cells):
    assert made("a", *cells) is None


def test_a_cell_runs_if_all_that_it_reads_before_making_it_can_be_there():
    drawn = "from book.look import figure\nfig = figure()\nn = 3"
    page = Page([drawn, "n + 1", "fig", "fig = 1\nfig", "import torch", "from book import fast"])
    assert [page.runs(k) for k in range(6)] == [False, True, False, True, False, False]
    assert page.given(1) == {"n": [2]}
