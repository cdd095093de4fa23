"""The package as a whole."""

import doctest
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import adamcore
from pagefigures.tests.browser import missing

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OLDEST = "numpy==2.0.*" if sys.version_info < (3, 13) else "numpy==2.1.*"  # with wheels for it


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


def test_the_package_passes_its_tests_alone_with_the_oldest_numpy(tmp_path):
    """In an empty environment, built from its own source distribution, away from the course."""
    alone = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_", "PYTEST"))}

    def run(*command, cwd=tmp_path):
        return subprocess.run(
            list(map(str, command)), cwd=cwd, env=alone, capture_output=True, text=True,
            check=False, timeout=1200,  # a test that hangs there would be seen by nobody
        )  # fmt: skip

    venv.create(tmp_path / "alone", with_pip=True)
    python = tmp_path / "alone" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"
    if (needs := run(*pip, OLDEST, "hypothesis", "pytest", "flit_core>=3.11")).returncode:
        missing(f"numpy, hypothesis, pytest and flit_core cannot be installed: {needs.stderr}")
    code = f"from flit_core.buildapi import build_sdist; print(build_sdist({str(tmp_path)!r}))"
    packed = run(python, "-c", code, cwd=ROOT)
    assert packed.returncode == 0, packed.stderr
    sdist = tmp_path / packed.stdout.strip()
    built = run(*pip, "--no-deps", "--no-build-isolation", sdist)
    assert built.returncode == 0, built.stderr

    tests = python, "-m", "pytest", "-q", "-p", "no:cacheprovider"
    passed = run(*tests, "--pyargs", "adamcore", "--doctest-modules")
    assert passed.returncode == 0, passed.stdout
    count = passed.stdout.split(" passed")[0].split()[-1]
    assert int(count) > 250
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    collected = run(*tests, "--collect-only", "--doctest-modules", cwd=unpacked)
    assert collected.returncode == 0, collected.stdout
    assert " error" not in collected.stdout.splitlines()[-1]
