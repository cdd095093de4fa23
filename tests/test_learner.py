"""The learner's notebooks: made from a page with every kind of markup, and those of the site."""

import ast
import re
from io import StringIO
from urllib.parse import unquote

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from book.learner import KERNEL, setting_up
from pagefigures.tests.browser import missing
from tests.conftest import SITE
from tests.notebooks import paths

MADE = SITE / "_sources/chapters"
EXTENSIONS = ["myst_nb", "sphinxcontrib.bibtex", "sphinx_exercise", "book.learner"]
LISTED = "def rule(g):\n    step = 2 * g\n    return step\n"
WORK = "@article{some1999, author={Some, One}, title={A Work}, journal={Journal}, year={1999}}"
GLUED = nbformat.v4.new_output(
    "display_data",
    {"application/papermill.record/text/plain": "'0.9'"},
    metadata={"scrapbook": {"name": "share", "mime_prefix": "application/papermill.record/"}},
)

TEXT = r"""
# A page

*Words* and **more**, `code`, $a|b$ and 3 \$, a \*star\*, <b_c>; line
after line. See [the other](other.ipynb), {ref}`further`, [outside](https://example.org/a_b) and
<https://example.org>. {cite}`some1999` and {cite:t}`some1999`: {glue:text}`share` of it.

1\. is no list, {eq}`eq:one` says

$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned}
$$ (eq:one)

and, without a number,

$$
x < 2
$$

(further)=
## Further on: a list

- one
- two with

  - an inner one

3. three
4. four

   and a paragraph

| size $\lVert v\rVert$ | what $\|v\|$ |
|---|---|
| a \| b | *c* |

> quoted

Term
: what it means

---

```{literalinclude} listed.py
:language: python
:pyobject: rule
:emphasize-lines: 2
```

```
plain
```
"""
BOXES = r"""
:::{note}
Watch *out*.
:::

:::{admonition} Own title
In the open.
:::

:::{admonition} Folded & shut
:class: dropdown
With $x^2$.

```python
x = 1
```
:::

:::{exercise} Try it
:label: page-try

Find {eq}`eq:one`.
:::
"""
SOLVED = r"""
:::{solution} page-try
:class: dropdown

```python
answer = 7
```
:::

<a href="?mine=1_2#mine">Look at this</a> once.
"""
WRITTEN = r"""
# A page

*Words* and **more**, `code`, $a|b$ and 3 \$, a \*star\*, \<b\_c>; line after line. See [the other](other.ipynb), [Further on: a list](#Further-on%3A-a-list), [outside](https://example.org/a_b) and <https://example.org>. [Som99] and Some [Som99]: 0.9 of it.

1\. is no list, (1.1) says

$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned} \tag{1.1}
$$

and, without a number,

$$
x < 2
$$

## Further on: a list

- one
- two with

  - an inner one

3. three
4. four

   and a paragraph

| size $\lVert v\rVert$ | what $\vert v\vert $ |
| --- | --- |
| a \| b | *c* |

> quoted

**Term**: what it means

---

```python
def rule(g):
    step = 2 * g  # ◀
    return step
```

```
plain
```

> **Note**
>
> Watch *out*.

> **Own title**
>
> In the open.

<details>
<summary><b>Folded &amp; shut</b></summary>

With $x^2$.

```python
x = 1
```

</details>

**Exercise 1.1 (Try it)**

Find (1.1).

<details>
<summary><b>Solution to Exercise 1.1 (Try it)</b></summary>

```python
answer = 7
```

</details>

**Look at this** once.

## Your own experiment
"""  # noqa: E501
QUESTION = """
kept = 3
predict("How many?", ["one", "two"], answer="two", why={"one": "No, not so.", "two": "Even so."})
"""


def code(source, *tags, outputs=(), said=None):
    made = [nbformat.v4.new_output("execute_result", {"text/plain": said})] if said else []
    cell = nbformat.v4.new_code_cell(source.strip("\n"), outputs=[*outputs, *made])
    cell.metadata["tags"] = list(tags)
    return cell


def page(*cells):
    """Return a page's notebook; text becomes cells of text."""
    cells = [nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in cells]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)


def build(folder, notebook):
    """Build a small site with this page; return the learner's form of it, and the site's folder."""
    source, out = folder / "source", folder / "out"
    source.mkdir()
    (source / "references.md").write_text("# References\n\n```{bibliography}\n```\n")
    (source / "works.bib").write_text(WORK)
    (source / "listed.py").write_text(LISTED)
    nbformat.write(page("# The other\n"), source / "other.ipynb")
    nbformat.write(notebook, source / "page.ipynb")
    pages = "```{toctree}\n:numbered:\npage\nother\n```\n```{toctree}\nreferences\n```\n"
    (source / "index.md").write_text(f"# Home\n\n{pages}")
    said = StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            source,
            None,
            out,
            folder / "trees",
            "html",
            {
                "extensions": EXTENSIONS,
                "bibtex_bibfiles": ["works.bib"],
                "nb_execution_mode": "off",
                "myst_enable_extensions": ["amsmath", "colon_fence", "deflist", "dollarmath"],
                "numfig": True,
                "html_theme": "basic",
            },
            status=None,
            warning=said,
        )
        app.build()
    assert said.getvalue() == ""
    return nbformat.read(out / "_sources/page.ipynb", 4), out


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the learner's form of a page with every kind of markup, as a dict, and its site."""
    notebook = page(
        code(
            "from myst_nb import glue\n\nfrom pagefigures import live\n\nglue('share', 0.9)",
            "hide-input",
            outputs=[GLUED],
        ),
        TEXT,
        code("aside = 1\nglue('aside', aside)", "remove-cell"),
        code("needed = 2", "remove-cell"),
        code(QUESTION, "hide-input", said="How many? (one / two) Answer: two. Even so."),
        BOXES,
        code("answer = None\nprint(needed)"),
        SOLVED,
        code(
            'def mine(x):\n    """Draw mine."""\n\n\nshown = live(None, mine)',
            "hide-input",
            said="The answer is 7. And more.",
        ),
        code('picture(fig, "A still one: of what.")', "hide-input", said="A still one: of what."),
        code("print(3)", "remove-cell", "learner"),
    )
    notebook, out = build(tmp_path_factory.mktemp("learner"), notebook)
    nbformat.validate(notebook)
    return notebook, out


def test_every_kind_of_markup_becomes_plain_markdown(made):
    notebook, _ = made
    written = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    text = "\n\n".join(written)
    how, _, text = text.partition("\n\n")
    assert "Shift+Enter" in how
    body, _, after = text.partition("The cell below starts from")
    assert body.strip() == WRITTEN.strip()
    assert after.split("\n\n")[1:] == [
        "## References",
        "**[Som99]** One Some. A work. *Journal*, 1999.",
        "---",
        "[The other](other.ipynb) →",
    ]
    assert [cell.split("\n")[0] for cell in written if cell.startswith("#")] == [
        "# A page",
        "## Further on: a list",
        "## Your own experiment",
        "## References",
    ]


def test_code_is_kept_folded_sealed_or_gone(made):
    notebook, _ = made
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    assert list(cells) == [
        *("install", "cell-0", "cell-3", "cell-4", "cell-6"),
        *(key for key in cells if key.startswith("preset")),
        *("cell-8", "cell-9", "cell-10"),
    ]
    assert cells["cell-6"].source == "answer = None\nprint(needed)"
    assert cells["cell-10"].source == "print(3)"
    assert cells["cell-3"].source == "# @title What the next cells need\nneeded = 2"
    assert cells["cell-0"].source.endswith("\nfrom pagefigures import live")
    assert cells["cell-8"].source.startswith("# @title Draw mine.\ndef mine")
    assert cells["cell-9"].source.startswith("# @title A still one\n")
    preset = next(cell for key, cell in cells.items() if key.startswith("preset"))
    assert preset.source == '# Look at this\nshown.at("1_2")'
    folded = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    for key, cell in cells.items():
        assert cell.metadata == ({} if key in ("cell-6", "cell-10", preset.id) else folded)
        assert cell.outputs == []


def test_a_question_is_sealed_and_asks_the_same(made):
    notebook, _ = made
    source = next(cell.source for cell in notebook.cells if cell.id == "cell-4")
    first, *_ = source.split("\n")
    assert first == "# @title How many? (one / two)"
    assert "Even so" not in source
    assert "answer" not in source
    names = {"__name__": "__main__"}
    exec("from pagefigures import predict", names)
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    question = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    assert names["kept"] == 3
    assert "Even so." in question.html
    said, _ = question._repr_mimebundle_()
    assert said["text/plain"] == "How many? (one / two)"
    assert repr(question) == "How many? (one / two)"


def test_only_notebooks_of_this_form_are_handed_out(made):
    _, out = made
    found = sorted(path.name for path in (out / "_sources").rglob("*") if path.is_file())
    assert found == ["other.ipynb", "page.ipynb"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("![alt](listed.py)", "image"),
        ("<b>raw</b>", "<b>"),
        ('<a href="?nobody=1">set</a>', "nobody"),
        ("A note[^1].\n\n[^1]: at the foot", "footnote"),
    ],
)
def test_what_has_no_markdown_stops_the_build_by_name(tmp_path, text, named):
    with pytest.raises(Exception, match=named) as told:
        build(tmp_path, page(f"# A page\n\n{text}\n"))
    assert "page" in str(told.value)


def test_the_first_cell_installs_from_the_address_that_citation_cff_names():
    source = setting_up("https://example.org/adam")
    assert source.count("\n") == 4
    assert "adamcore @ git+https://example.org/adam" in source.splitlines()[-1]
    assert "pagefigures @ git+https://example.org/adam#subdirectory=pagefigures" in source
    assert "understanding-adam @ git+https://example.org/adam#subdirectory=book" in source
    ast.parse(TransformerManager().transform_cell(source))


def test_without_an_address_the_first_cell_says_what_is_missing(monkeypatch):
    source = setting_up("")
    exec(source, {})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="make lab"):
        exec(source, {})


NAMES = [path.stem for path in paths()]


@pytest.fixture(scope="module")
def learner():
    """Return the notebooks of the built site, by their names."""
    if not MADE.is_dir():
        missing("the site is not built: `make book` first")
    return {name: nbformat.read(MADE / f"{name}.ipynb", 4) for name in NAMES}


def committed(name):
    """Return the cells of a page as it is committed, by their ids."""
    (path,) = (path for path in paths() if path.stem == name)
    return {cell.id: cell for cell in nbformat.read(path, 4).cells}


def texts(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_no_markup_of_the_book_is_left(learner, name):
    text = re.sub(r"```.*?```", "", "\n".join(texts(learner[name])), flags=re.DOTALL)
    assert len(re.findall("^# ", text, re.MULTILINE)) == 1
    for markup in r":::", r"\{[\w:]+\}`", r"^\(\S+\)=", r"\$\$ \(", r"^:\w+:", r"```\{", "<a ":
        assert re.findall(markup, text, re.MULTILINE) == []
    line = re.sub(r"\$\$.*?\$\$|\\\$", "", text, flags=re.DOTALL)
    for formula, after in re.findall(r"\$([^$]*)\$(.|\n)", line):  # else none in VS Code
        assert formula == formula.strip() != ""
        assert not after.isdigit()
    assert "$" not in re.sub(r"\$[^$]*\$", "", line)
    assert re.findall(r"</summary>\n(?!\n)", text) == []


@pytest.mark.parametrize("name", NAMES)
def test_code_needs_nothing_of_the_book_and_compiles(learner, name):
    for cell in codes(learner[name]):
        ast.parse(TransformerManager().transform_cell(cell.source))
        assert "myst_nb" not in cell.source
        assert cell.outputs == []


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_and_no_solution_is_seen_before_it_is_opened(learner, name):
    asked, source = 0, "\n".join(cell.source for cell in learner[name].cells)
    for cell in committed(name).values():
        for call in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "predict":
                asked += 1
                why = next(word.value for word in call.keywords if word.arg == "why")
                replies = [
                    part for reply in getattr(why, "values", [why]) for part in ast.walk(reply)
                ]
                said = [one.value for one in replies if isinstance(one, ast.Constant)]
                assert [words for words in said if len(str(words)) > 30 and words in source] == []
    assert source.count("sealed(") == asked
    assert not re.search(r"answer=|\bAnswer:", source)
    folded = re.sub(r"<details>.*?</details>", "", source, flags=re.DOTALL)
    assert "Solution to" not in folded
    assert "<details" not in folded


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_a_notebook_and_a_heading_in_it(learner, name):
    for text in texts(learner[name]):
        for target, heading in re.findall(r"\]\(([\w-]*)(?:\.ipynb)?(?:#([^)]*))?\)", text):
            assert (target or name) in learner
            headings = re.findall(r"^#+ (.*)", "\n".join(texts(learner[target or name])), re.M)
            anchors = [one.replace(" ", "-") for one in headings]
            assert not heading or unquote(heading) in anchors
        assert ".html" not in re.sub(r"https?://\S+", "", text)


@pytest.mark.parametrize("name", [name for name in NAMES if name[0] == "0"])
def test_each_chapter_ends_with_an_experiment_and_its_references(learner, name):
    *_, heading, experiment, references = learner[name].cells
    assert heading.source.startswith("## Your own experiment")
    assert experiment.cell_type == "code"
    assert experiment.source == list(committed(name).values())[-1].source
    assert references.source.startswith("## References")
    cited = set(re.findall(r"(?<!\*)\[(\w+\+?\d\d)\]", "\n".join(texts(learner[name])[:-1])))
    assert cited == set(re.findall(r"^\*\*\[(\S+)\]\*\*", references.source, re.M))
    assert cited


def test_the_download_button_hands_out_this_form_alone():
    for html in sorted((SITE / "chapters").glob("*.html")):
        links = re.findall(r'href="([^"]*_sources[^"]*)"', html.read_text(encoding="utf8"))
        notebook = html.stem in NAMES
        assert links == [f"../_sources/chapters/{html.stem}.ipynb"] * notebook


# The others take minutes. What these say is what nbval holds the chapters to.
LIGHT = ["02-momentum", "index", "laboratory"]


@pytest.mark.parametrize("name", LIGHT)
def test_executed_a_learners_notebook_says_what_its_page_says(learner, name, tmp_path):
    from book.execution import run

    path = tmp_path / "elsewhere.ipynb"
    nbformat.write(learner[name], path)
    page = committed(name)
    for cell in codes(run(path)):
        if cell.id in page:
            assert said(cell) == said(page[cell.id]).partition(" Answer: ")[0]


def said(cell):
    """Return what a cell says in plain text, but not what it only hands to the page's text."""
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    )


def test_the_experiments_stand_in_no_page_of_the_site():
    for html in (SITE / "chapters").glob("0*.html"):
        page = html.read_text(encoding="utf8")
        assert 'id="mine"' not in page
        assert '"_esm"' not in page  # nor their state
