"""The Sphinx part: figures stand in the page itself, and one small script makes them answer.

In a Jupyter Book::

    sphinx:
      extra_extensions: [pagefigures.sphinx]
      config:
        pagefigures_style: {accent: "#a84300", width: 660px}

Each figure is HTML from the start: its picture, its sentence and native controls. What its other
states need stands at the end of the page, and is read when it is first touched.
"""

import json
import posixpath
import re
from html import escape, unescape
from itertools import count
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

STATIC = Path(__file__).parent / "static"
FIGURE = re.compile(r'<(form class="(?:explore|live)"|div class="picture")(?: id="([\w-]+)")?')
STILL = "</svg></div>"
ROOM = '<p class="pf-room" aria-hidden="true">'
NOTEBOOK = re.compile(r'(<a [^>]*href=")([^":]+)\.ipynb(#[^"]*)?"')
WIDGET = "application/vnd.jupyter.widget-view+json"

logger = logging.getLogger(__name__)


class Figures(SphinxPostTransform):
    """Put each figure of a notebook into its page, and take it out of the widgets' state."""

    default_priority = 3  # before myst-nb chooses among the kinds of an output (4)
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Rewrite the outputs of one page."""
        scripts = NbMetadataCollector.get_js_files(self.env, self.env.docname)
        if "ipywidgets_state" not in scripts:
            return
        uri, attributes = scripts["ipywidgets_state"]
        state = json.loads(attributes["body"])
        models = state["state"]
        mine = {  # also those that no output shows
            model
            for model, one in models.items()
            if "html" in one["state"] and "pagefigures" in one["state"].get("_esm", "")
        }
        data: list[str] = []
        names = {name for node in self.document.findall(nodes.Element) for name in node["ids"]}
        chapter = self.env.toc_secnumbers.get(self.env.docname, {}).get("") or ()
        numbers = (".".join(map(str, (*chapter, n))) for n in count(1))
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            kinds = {kind["mime_type"]: kind for kind in bundle.children if "mime_type" in kind}
            if WIDGET not in kinds:
                continue
            view = next(iter(kinds[WIDGET].findall(nodes.raw)))
            found = re.search(r'"model_id": ?"(\w+)"', view.astext())
            if not found or found[1] not in mine:
                continue
            shown = models[found[1]]["state"]
            number = next(numbers) if FIGURE.search(shown["html"]) else ""
            html, its_data = placed(shown["html"], shown["data"], names, number)
            html = NOTEBOOK.sub(self._page_of, html)
            data.append(its_data)
            view.children = [nodes.Text(html)]
            view.rawsource = ""
            bundle.children = [kinds[WIDGET]]
        if not mine:
            return
        if any(data):
            self.document += nodes.raw("", "".join(data), format="html")
        for model in mine:  # with the layout that belongs to it
            layout = models.pop(model)["state"].get("layout", "").removeprefix("IPY_MODEL_")
            models.pop(layout, None)
        if models:
            body = json.dumps(state, separators=(",", ":")).replace("</", "<\\/")
            scripts["ipywidgets_state"] = (uri, attributes | {"body": body})
        else:
            scripts.clear()

    def _page_of(self, link: re.Match[str]) -> str:
        """Lead a link in a figure from a notebook beside this one to its page."""
        here = self.env.docname
        there = posixpath.normpath(posixpath.join(posixpath.dirname(here), unescape(link[2])))
        if there not in self.env.found_docs:
            logger.warning("a figure links to %s.ipynb, which is not in the book", there)
            return link[0]
        uri = self.app.builder.get_relative_uri(here, there) + (link[3] or "")
        return f'{link[1]}{escape(uri)}"'


def placed(html: str, data: str, names: set[str], number: str = "") -> tuple[str, str]:
    """Return a figure as it stands in a page, and its data as they stand at the page's end.

    It gets a name that nothing else there has (`names` holds those), and its number as a link.
    """
    head = FIGURE.search(html)
    if head is None:
        return html, ""
    asked = head[2] or "figure-" + number.replace(".", "-")
    name = next(one for n in count(1) if (one := asked if n == 1 else f"{asked}-{n}") not in names)
    names.add(name)
    before, figure = html[: head.start()], f'<{head[1]} id="{name}"{html[head.end() :]}'
    link = f'<a class="pf-number" href="#{name}">Figure {number}</a> ' if number else ""
    if head[1].startswith("div"):
        figure = figure.replace(
            STILL, f'</svg><div class="pf-caption"><p>{link}</p></div></div>', 1
        )
        return before + figure, ""
    figure = figure.replace('<span class="pf-says"', f'{link}<span class="pf-says"', 1)
    figure = figure.replace(ROOM, f"{ROOM}Figure {number} " if number else ROOM, 1)
    text = data.replace("</", "<\\/")
    return before + figure, f'<script type="application/json" id="{name}-data">{text}</script>'


def set_style(app: Sphinx, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Write the book's own colours and widths into each page."""
    if app.config.pagefigures_style:
        rules = ";".join(
            f"--pf-{name}:{value}" for name, value in app.config.pagefigures_style.items()
        )
        context["metatags"] = context.get("metatags", "") + f"<style>:root{{{rules}}}</style>"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("pagefigures_style", {}, "html", [dict])
    app.add_post_transform(Figures)
    app.connect("config-inited", lambda app, config: config.html_static_path.append(str(STATIC)))
    app.connect("html-page-context", set_style)
    app.add_css_file("pagefigures.css")
    app.add_js_file("pagefigures.js", loading_method="async", fetchpriority="high")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
