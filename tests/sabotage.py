"""Damage a copy of the course in one way after another, and see that a test notices each time.

`python -m tests.sabotage` runs the whole list, `python -m tests.sabotage WORD` those whose name has
the word. The originals are never touched: every command runs in the copy, with the copy's packages.
Whoever adds a kind of test adds a sabotage that it catches; whoever finds a damage that nothing
catches adds it here first. Some need only a test; those of a page's figures draw the page anew,
without Sphinx, after the undamaged one has been approved; those of the site build one small page.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPTIMIZERS = "adamcore/optimizers.py"
INDEX, CHAPTER_1, CHAPTER_4 = (
    f"chapters/{name}.ipynb" for name in ("index", "01-sgd", "04-bias-correction")
)
LIBRARIES = (
    "adamcore/tests/test_reference.py::test_every_method_agrees_with_the_library_that_has_it"
)
COLOURS = "tests/test_pictures.py::test_the_colours_have_the_names_that_readers_see"
FORMULAS = "tests/test_formulas.py::test_the_formulas_are_the_approved_ones"
PICTURES = "tests/test_pictures.py::test_the_pictures_are_the_approved_ones"
SENTENCES = "tests/test_pictures.py::test_each_figure_says_what_is_seen_and_has_a_name_of_its_own"
READER = "pagefigures/tests/test_reader.py"
DRAWING, BUILDING = "drawing the page", "building the site"  # what can fail before a test does


@dataclass(frozen=True)
class Sabotage:
    """One damage: in a file, an old text that is there once becomes a new one."""

    name: str
    file: str
    old: str  # if empty, the new text is added at the end
    new: str
    caught_by: str  # a test, or DRAWING or BUILDING
    says: str = ""  # what DRAWING or BUILDING says then
    draws: str = ""  # the page whose figures are drawn anew
    builds: bool = False  # whether the references, a page without code, are built anew

    def damaged(self, root: Path = ROOT) -> bytes:
        """Return the file as this makes it."""
        data = (root / self.file).read_bytes()
        if not self.old:
            return data + self.new.encode()
        old, new = self.old, self.new
        if self.file.endswith(".ipynb"):
            old, new = (json.dumps(text, ensure_ascii=False)[1:-1] for text in (old, new))
        if data.count(old.encode()) != 1:
            times = data.count(old.encode())
            raise ValueError(f"{self.name}: {self.file} has {times} times {old!r}, not once")
        return data.replace(old.encode(), new.encode())


def _page(page: str, name: str, old: str, new: str, says: str = "") -> Sabotage:
    """Return a damage that shows in the figures of a page, or is refused in words."""
    caught_by = DRAWING if says else f"{PICTURES}[{page}]"
    return Sabotage(name, f"chapters/{page}.ipynb", old, new, caught_by, says, draws=page)


SABOTAGES = [
    # the methods
    Sabotage("SGD: a sign", OPTIMIZERS, "theta - alpha * g\n", "theta + alpha * g\n", LIBRARIES),
    Sabotage(
        "momentum: a sign",
        OPTIMIZERS,
        "theta - alpha * m\n",
        "theta + alpha * m\n",
        "adamcore/tests/test_relations.py::test_momentum_without_memory_is_sgd",
    ),
    Sabotage(
        "RMSProp: a sign", OPTIMIZERS, "theta - alpha * g /", "theta + alpha * g /", LIBRARIES
    ),
    Sabotage(
        "Adam: a sign", OPTIMIZERS, "theta - alpha * m_hat", "theta + alpha * m_hat", LIBRARIES
    ),
    Sabotage("a power lost in the correction", OPTIMIZERS, "1 - beta2**t", "1 - beta2", LIBRARIES),
    # the checker
    Sabotage(
        "check: v never falls",
        "adamcore/streams.py",
        "30 * 0.8**k",
        "30 * 1.3**k",
        "adamcore/tests/test_check.py::test_the_telling_stream_has_all_that_tells_methods_apart",
    ),
    Sabotage(
        "check: g is not looked at",
        "adamcore/evidence.py",
        '"v_max", "theta", "g")',
        '"v_max", "theta")',
        "adamcore/tests/test_slips.py::test_what_fits_nothing_gets_the_numbers_and_no_name",
    ),
    Sabotage(
        "check: NaN agrees with anything",
        "adamcore/evidence.py",
        "~(np.isfinite(yours) | np.isfinite(wanted))",
        "~(np.isfinite(yours) & np.isfinite(wanted))",
        "adamcore/tests/test_slips.py::test_what_fits_nothing_gets_the_numbers_and_no_name",
    ),
    Sabotage(
        "eps inside the root",
        OPTIMIZERS,
        "(np.sqrt(v_hat) + eps)",
        "np.sqrt(v_hat + eps)",
        LIBRARIES,
    ),
    # the words and formulas of the pages
    Sabotage(
        "a formula's sign",
        CHAPTER_1,
        r"\theta_t = \theta_{t-1} - \alpha\, g_t",
        r"\theta_t = \theta_{t-1} + \alpha\, g_t",
        FORMULAS,
    ),
    Sabotage(
        "a page shows another method's code",
        CHAPTER_1,
        "pyobject: SGD.",
        "pyobject: Adam.",
        FORMULAS,
    ),
    Sabotage(
        "a number typed wrong",
        "README.md",
        "np.float64(0.053)",
        "np.float64(0.035)",
        "tests/test_package.py::test_what_the_readme_shows_is_true",
    ),
    Sabotage(
        "a solution that does not pass",
        CHAPTER_4,
        "answer = 1 - (1 - 0.8) ** 2",
        "answer = 1 - (1 - 0.8) ** 3",
        "tests/test_exercises.py::test_exercise_waits_for_the_learner_and_its_solution_passes"
        "[04-bias-correction-adam-vanish]",
    ),
    # the look
    Sabotage(
        "the colours of two methods exchanged",
        "book/look.py",
        '''"#0072b2", "linestyle": "-", "marker": "s"},
    "RMSProp": {"color": "#cc79a7"''',
        '''"#cc79a7", "linestyle": "-", "marker": "s"},
    "RMSProp": {"color": "#0072b2"''',
        COLOURS,
    ),
    Sabotage("Adam in bright green", "book/look.py", "#d55e00", "#00ff00", COLOURS),
    Sabotage(
        "no contour lines",
        "book/look.py",
        "    ax.contour(\n",
        "    (lambda *args, **style: None)(\n",
        f"{PICTURES}[index]",
        draws="index",
    ),
    # the figures of a page
    _page(
        "index",
        "a curve in another method's colour",
        '"color": COLOURS[name], "weight"',
        '"color": COLOURS["SGD"], "weight"',
    ),
    _page(
        "index",
        "a tape wired to its neighbour",
        "for g in (above, below)",
        "for g in (above, above)",
    ),
    _page(
        "index",
        "the heights of two groups of bars exchanged",
        '"steady": above,',
        '"steady": below,',
    ),
    _page("index", "a control without a label", '"times best step size"', '" "'),
    _page(
        "index", "a word too small to read", "ha=side, size=10)", "ha=side, size=6)", "on a phone"
    ),
    _page(
        "01-sgd",
        "a log axis made linear",
        "log_ticks(below, y=[0.001, 1, 1000])",
        "below.set_yticks([0.001, 1, 1000])",
    ),
    _page("01-sgd", "another answer is called right", 'answer="0.08"', 'answer="0.04"'),
    _page(
        "01-sgd",
        "a reply is missing",
        '"2": "2 is the limit of the floor',
        '"1": "2 is the limit of the floor',
        "why has replies to",
    ),
    _page(
        "01-sgd",
        "a slider wired to its neighbour",
        "start, n_steps, alpha=alpha)\n",
        "start, n_steps, alpha=0.003 * kappa)\n",  # the same at first
    ),
    Sabotage(
        "a picture without its words",
        "pagefigures/drawn.py",
        "role=role, aria_label=sentence",
        'role=role, aria_label=""',
        f"{SENTENCES}[index]",
        draws="index",
    ),
    # the figure machine
    Sabotage(
        "the sentence of another state",
        "pagefigures/drawn.py",
        "sentences.append(in_print(sentence))",
        "sentences.insert(0, in_print(sentence))",
        "pagefigures/tests/test_explore.py::test_each_state_is_drawn_with_its_own_values",
    ),
    Sabotage(
        "a constant wrong in what the page computes",
        "pagefigures/traced.py",
        "        return repr(x)\n",
        '        return f"{x:.6g}"\n',
        "pagefigures/tests/test_traced.py::test_constants_and_names_survive",
    ),
    Sabotage(
        "a handle that answers no key",
        "pagefigures/static/pagefigures.js",
        "if (arrow) move(",
        "if (false) move(",
        f"{READER}::test_every_control_answers_the_keys[browser-390]",
    ),
    Sabotage(
        "an error in the script",
        "pagefigures/static/pagefigures.js",
        "  const ARROWS = {",
        "  notThere();\n  const ARROWS = {",
        f"{READER}::test_a_question_shows_nothing_before_the_answer_and_the_reason_after[browser]",
    ),
    # the site
    Sabotage(
        "a stale site",
        CHAPTER_4,
        "## Put it together yourself",
        "## Put it together",
        "tests/test_stamp.py::test_the_site_was_built_from_what_is_here",
    ),
    Sabotage(
        "a foreign request",
        "chapters/references.md",
        "",
        '\n<img src="https://example.org/one.png" alt="">\n',
        "tests/test_site.py::test_page_opens_without_an_error_or_a_foreign_request"
        "[chapters/references.html]",
        builds=True,
    ),
    Sabotage(
        "a reference to no equation",
        "chapters/references.md",
        "",
        "\nSee {eq}`eq:nowhere`.\n",
        BUILDING,
        "equation not found: eq:nowhere",
        builds=True,
    ),
    # exercises
    Sabotage(
        "a decimal comma is not read",
        "book/static/kept.js",
        '.replace(/,(?=\\d)/g, ".")',
        "",
        "tests/test_asked.py::test_a_number_is_read_as_people_write_it",
    ),
    Sabotage(
        "the page's border lies beside the cell's",
        "book/exercises.py",
        "return high if say(round_one) == say(low) else round_one",
        "return low",
        "tests/test_asked.py::test_borders_are_exact_where_the_number_itself_is_compared",
    ),
    Sabotage(
        "a hint tells the answer",
        CHAPTER_1,
        "The second step does the same",
        "That is 0.5625. The second step does the same",
        "tests/test_asked.py::test_hints_keep_the_answer",
    ),
    Sabotage(
        "every answer is taken for right in a class",
        "book/collect.py",
        "[verdict.message for verdict in verdicts if not verdict]",
        "[]",
        "tests/test_collect.py::test_what_was_saved_from_the_site_is_judged_by_running_the_cells",
    ),
    # what is not ours
    Sabotage(
        "the digits damaged",
        "book/data/digits.csv.gz",
        "",
        "x",
        "book/digits.py::book.digits.load_digits",
    ),
    Sabotage(
        "a vendored file changed",
        "book/static/vendor/katex/katex.min.css",
        "",
        " ",
        "tests/test_house.py::test_vendored_file_is_the_one_that_was_released"
        "[./katex/katex.min.css]",
    ),
]


class Copy:
    """A copy of the course, and commands that run in it with its own packages."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        shutil.rmtree(folder / "tests/approved", ignore_errors=True)
        self.html = folder / "_build/html"
        (self.html / "chapters").mkdir(parents=True)
        (folder / "_toc.yml").write_text("format: jb-book\nroot: chapters/references\n")
        # no .pyc: one that is as old and as long as the damaged file would be taken for it
        self.environment = os.environ | {
            "PYTHONPATH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        proof = "import adamcore, book, pagefigures as p; print(adamcore, book, p, sep='\\n')"
        for line in self.run("-c", proof).stdout.splitlines():
            file = line.split("'")[-2]
            assert Path(file).is_relative_to(folder), f"{file} would be tested, not the copy"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *arguments: str) -> None:
        """Run Python in the undamaged copy, where it has to work."""
        done = self.run(*arguments)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} fails undamaged:\n{done.stdout}{done.stderr}")

    def draw(self, page: str) -> tuple[str, ...]:
        """Return the command that draws a page's figures."""
        return "-m", "tests.sabotage", "--draw", page

    def build(self) -> tuple[str, ...]:
        """Return the command that builds the one small page."""
        call = "from jupyter_book.cli.main import main; main()"
        return "-c", call, "build", ".", "--all", "-W", "-n", "--keep-going", "--quiet"

    def test(self, *tests: str) -> tuple[str, ...]:
        """Return the command that runs tests."""
        return "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", *tests

    def stamp(self) -> tuple[str, ...]:
        """Return the command that says of the site that it is fresh."""
        return "-c", f"from book.stamp import *; stamp(Path({str(self.html)!r}))"

    @contextmanager
    def damaged(self, sabotage: Sabotage) -> Iterator[None]:
        """Damage a file for a while, and put back all that follows from it."""
        file = self.root / sabotage.file
        before = file.read_bytes()
        after = sabotage.damaged(self.root)
        assert after != before
        pages = {page: page.read_bytes() for page in self.html.rglob("*.html")}
        file.write_bytes(after)
        try:
            yield
        finally:
            file.write_bytes(before)
            for page, text in pages.items():
                page.write_bytes(text)

    def slips_through(self, sabotage: Sabotage) -> str:
        """Return what was not noticed, or nothing."""
        with self.damaged(sabotage):
            for needed, what, command in (
                (sabotage.draws, DRAWING, self.draw(sabotage.draws)),
                (sabotage.builds, BUILDING, self.build()),
            ):
                if needed:
                    done = self.run(*command)
                    said = done.stdout + done.stderr
                    if sabotage.caught_by == what:
                        right = done.returncode and sabotage.says in said
                        return "" if right else f"{what} does not say {sabotage.says!r}"
                    if done.returncode:
                        return f"{what} fails: {said.strip()[-200:]}"
            code = self.run(*self.test(sabotage.caught_by)).returncode
        return "" if code == 1 else f"pytest ends with {code}"  # 1: a test has failed


def draw(page: str) -> None:
    """Write the figures that a notebook of this copy makes as a page of its site."""
    import nbformat

    import pagefigures
    from pagefigures.tests.page import page as write

    figures = []
    for kind in "picture", "explore", "live", "predict":
        make = getattr(pagefigures, kind)

        def keep(*args, make=make, **options):
            figures.append(make(*args, **options))
            return figures[-1]

        setattr(pagefigures, kind, keep)
    names = {"__name__": "__main__"}
    for cell in nbformat.read(ROOT / "chapters" / f"{page}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    write(ROOT / "_build/html/chapters" / f"{page}.html", *figures)


def main(words: list[str]) -> int:
    """Run the list, or a part of it, and print what caught what."""
    if words[:1] == ["--draw"]:
        draw(words[1])
        return 0
    chosen = [one for one in SABOTAGES if all(word in one.name for word in words)]
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder).resolve())
        drawn = sorted({one.draws for one in chosen} - {""})
        if any(one.builds for one in chosen):
            copy.must(*copy.build())
        for page in drawn:
            copy.must(*copy.draw(page))
        copy.must("-m", "tests.pictures", "--approve", *drawn, "formulas")
        copy.must(*copy.stamp())
        tests = sorted({one.caught_by for one in chosen} - {DRAWING, BUILDING})
        if tests:
            copy.must(*copy.test(*tests))  # a test that fails anyway catches nothing
        for one in chosen:
            began = time.monotonic()
            wrong = copy.slips_through(one)
            lost += bool(wrong)
            caught = f"SLIPS THROUGH ({wrong}): {one.caught_by}" if wrong else one.caught_by
            print(f"{one.name:46} {time.monotonic() - began:4.0f} s  {caught}", flush=True)
    print(f"{len(chosen) - lost} of {len(chosen)} caught")
    return min(lost, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
