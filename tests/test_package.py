"""The package as a whole."""

import doctest
import subprocess
import sys
from pathlib import Path

import adamcore

README = Path(__file__).parent.parent / "README.md"


def test_importing_adamcore_loads_no_figures():
    code = "import sys, adamcore; print({'matplotlib', 'ipywidgets', 'IPython'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_every_public_name_is_there_and_says_what_it_is():
    for name in adamcore.__all__:
        assert getattr(adamcore, name).__doc__


def test_what_the_readme_shows_is_true():
    assert doctest.testfile(str(README), module_relative=False).failed == 0
