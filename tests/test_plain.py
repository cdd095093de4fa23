"""What is taken out of a page's code for its learner, and what is not."""

import pytest
from sphinx.errors import ExtensionError

from book.plain import without_glue


def plain(*cells, hidden=()):
    return without_glue(cells, [n in hidden for n in range(len(cells))])


def test_glue_and_its_import_go():
    assert plain("import numpy as np\nfrom myst_nb import glue\n\nx = 1", 'glue("x", x)\nx') == [
        "import numpy as np\n\nx = 1",
        "x",
    ]


def test_what_only_made_numbers_for_the_text_goes_with_them():
    code = """
def share(n):
    return n / 3

for n in 1, 2:
    some = share(n)
    glue(f"share{n}", f"{some:.2f}", display=False)
for word in "a", "b":
    length = len(word)
    for key in "c", "d":
        glue(word + key, length)
print("kept")
"""
    assert plain(code) == ['print("kept")']


def test_what_a_later_cell_reads_stays():
    made = "def share(n):\n    return n / 3\n\n\nlength = share(3)"
    assert plain(f'{made}\nglue("length", length)', "print(length)")[0] == made
    assert plain(f'{made}\nglue("length", length)', "def late():\n    return length")[0] == made


def test_what_a_later_cell_binds_anew_before_it_reads_goes():
    assert plain('x = 1\nglue("x", x)', "x = 2\nprint(x)")[0] == ""
    assert plain('x = 1\nglue("x", x)', "for x in 1, 2:\n    print(x)")[0] == ""
    assert plain('x = 1\nglue("x", x)', "x = x + 1\nprint(x)")[0] == "x = 1"


def test_a_hidden_cell_vanishes_unless_a_later_one_needs_it():
    assert plain("x = 1\ny = []\ny.append(x)", "print(3)", hidden=[0]) == ["", "print(3)"]
    assert plain("x = 1\ny = []\ny.append(x)", "print(y)", hidden=[0])[0] != ""


def test_code_of_the_author_that_nothing_reads_stays():
    own = "answer = None  # your number here\n\n\ndef unused():\n    return 1"
    assert plain(own, "x[0] = 1") == [own, "x[0] = 1"]


def test_glue_that_cannot_be_taken_out_is_an_error():
    with pytest.raises(ExtensionError, match="glue"):
        plain('x = [glue("x", n) for n in (1, 2)]')
