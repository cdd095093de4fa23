"""What this book adds to Sphinx: formulas set at build time, a cache that knows its sources.

- Formulas are rendered by KaTeX while the site is built, so that pages load no maths
  script and show their formulas even where scripts do not run (`book.symbols` names their letters).
- Notes that fold are `details`, and nothing in a page's head delays it (`book.lean`).
- Notebooks are executed before they are read, in an environment of their own and two at a time
  (`book.execution`), so that no page shows what another `adamcore` or another machine drew.
"""

import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from book.execution import ROOT, NotBuiltError, cache_folder, enclose, execute, prove
from book.lean import lean
from book.stamp import stamp
from book.symbols import named

KATEX = ROOT / "book/static/vendor/katex/katex.min.js"

DROPDOWN = re.compile(
    r'<div((?: id="[^"]*")? class="(?=[^"]*\bdropdown\b)[^"]*\badmonition\b[^"]*"[^>]*)>\s*'
    r'<p class="admonition-title">(.*?)</p>',
    re.DOTALL,
)

HIDDEN = re.compile(
    r'(<div class="cell tag_hide-input[^"]*">\s*)'
    r'(<details class="admonition hide above-input">.*?</details>)',
    re.DOTALL,
)

logger = logging.getLogger(__name__)


@cache
def _katex() -> MiniRacer:
    engine = MiniRacer()
    engine.eval(KATEX.read_text("utf8"))
    return engine


@cache
def render(formula: str, display: bool) -> str:
    """Return the HTML and MathML of a LaTeX formula."""
    options = {"displayMode": display, "strict": "error"}
    call = f"katex.renderToString({json.dumps(formula)}, {json.dumps(options)})"
    return str(_katex().eval(call))


def _rendered(translator: HTML5Translator, node: nodes.Element, display: bool) -> str:
    try:
        return named(render(node.astext(), display), translator.builder.current_docname)
    except JSEvalException as error:
        reason = str(error).partition("ParseError: ")[2].partition("\n")[0] or str(error)
        logger.warning("formula %r: %s", node.astext(), reason, location=node)
        return f"<code>{escape(node.astext())}</code>"


def visit_math(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula in a line of text."""
    translator.body.append(f'<span class="math">{_rendered(translator, node, False)}</span>')
    raise nodes.SkipNode


def visit_displaymath(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula on a line of its own, with its number."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(_rendered(translator, node, True) + "</div>\n")
    raise nodes.SkipNode


class StopError(SphinxError):
    """Ends the build with its cause."""

    category = "Not built"


def name_cache(app: Sphinx, config: Config) -> None:
    """Tell myst-nb where the executed notebooks are."""
    config.nb_execution_cache_path = str(cache_folder(Path(app.srcdir)))


def execute_notebooks(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the notebooks that are about to be read, the last and longest chapters first."""
    paths = [Path(env.doc2path(name)) for name in sorted(docnames, reverse=True)]
    paths = [path for path in paths if path.suffix == ".ipynb"]
    try:
        for folder in {path.parent for path in paths}:
            prove(folder, Path(app.srcdir).resolve())
        folder, timeout = app.config.nb_execution_cache_path, app.config.nb_execution_timeout
        for path in execute(paths, Path(folder), timeout):
            logger.info("executed %s", path.name)
    except NotBuiltError as cause:
        raise StopError(str(cause)) from None


def mend_body(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Fold what is marked as a dropdown without a script, and take back a role that is none.

    docutils gives citations the role of a list, and their items are no list items.
    """
    if "body" in context:
        body = context["body"].replace('role="list" class="citation-list"', 'class="citation-list"')
        context["body"] = way(context) + code_last(fold(body))


def way(context: dict[str, Any]) -> str:
    """Return links to the pages before and after, for the top of every page but the first."""
    if not context.get("prev"):
        return ""
    links = [
        f'<a rel="{rel}" href="{escape(one["link"])}"><span>{one["title"]}</span></a>'
        for rel in ("prev", "next")
        if (one := context.get(rel))
    ]
    return f'<nav class="way" aria-label="pages beside">{"".join(links)}</nav>'


def _end_of(body: str, start: int) -> int:
    """Return where the closing tag of the `div` at a place begins."""
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", body[start:]):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return start + tag.start()
    raise ValueError("a div without an end")


def code_last(body: str) -> str:
    """Put the folded code of a cell under its picture."""
    for found in reversed(list(HIDDEN.finditer(body))):
        end = _end_of(body, found.start())
        cell, code = found.groups()
        body = f"{body[: found.start()]}{cell}{body[found.end() : end]}{code}\n{body[end:]}"
    return body


def fold(body: str) -> str:
    """Turn admonitions of the class `dropdown` into details with their title as summary."""
    for found in reversed(list(DROPDOWN.finditer(body))):
        start, (attributes, title) = found.start(), found.groups()
        end = _end_of(body, start)
        inner = body[found.end() : end]
        # the whole summary is what is pressed: it holds no link of its own
        words = re.sub(r'<a\b[^>]*href="([^"]*)"[^>]*>', r'<span data-of="\1">', title)
        words = words.replace("</a>", "</span>")
        summary = f'<summary class="admonition-title"><span>{words}</span></summary>'
        body = f"{body[:start]}<details{attributes}>{summary}{inner}</details>{body[end + 6 :]}"
    return body


def finish_site(app: Sphinx, exception: Exception | None) -> None:
    """Take away what delays the pages, and let the site say what it was built from."""
    if exception is None and app.builder.format == "html":
        lean(Path(app.outdir))
        stamp(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_html_math_renderer(
        "katex", inline_renderers=(visit_math, None), block_renderers=(visit_displaymath, None)
    )
    try:
        enclose(Path(app.srcdir))
    except NotBuiltError as cause:
        raise StopError(str(cause)) from None
    app.connect("config-inited", name_cache, priority=100)
    app.connect("env-before-read-docs", execute_notebooks)
    app.connect("html-page-context", mend_body)
    app.connect("build-finished", finish_site, priority=901)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
