"""The Sphinx part: each page shows its figures before any script has run."""

import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

STATIC = Path(__file__).parent / "static"
WIDGET = "application/vnd.jupyter.widget-view+json"


class Pictures(SphinxPostTransform):
    """Show each picture before any script has run, and where none runs.

    What needs no script, a widget that is HTML alone, goes into the page as it is; before a widget
    with controls stands what it shows first, until it answers (explore.css then hides it). Both
    come out of the widgets' state.
    """

    default_priority = 3  # before myst-nb chooses among the kinds of an output (4)
    formats = ("html",)

    def run(self, **kwargs):
        """Rewrite the outputs of one page."""
        scripts = NbMetadataCollector.get_js_files(self.env, self.env.docname)
        if "ipywidgets_state" not in scripts:
            return
        uri, attributes = scripts["ipywidgets_state"]
        state = json.loads(attributes["body"])
        models = state["state"]
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            kinds = {kind["mime_type"]: kind for kind in bundle.children}
            if WIDGET not in kinds:
                continue
            view = next(kinds[WIDGET].findall(nodes.raw))
            name = re.search(r'"model_id": "(\w+)"', view.astext())[1]
            shown = models[name]["state"]
            if models[name]["model_name"] == "HTMLModel":
                view.children = [nodes.Text(f'<div class="picture">{shown["value"]}</div>')]
                view.rawsource = ""
                del models[name]
            elif instead := shown.pop("instead", ""):
                text = f'<div class="explore-instead">{instead}</div>'
                kinds[WIDGET].insert(0, nodes.raw("", text, format="html"))
            bundle.children = [kinds[WIDGET]]
        body = json.dumps(state, separators=(",", ":")).replace("</", "<\\/")
        scripts["ipywidgets_state"] = (uri, attributes | {"body": body})


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_post_transform(Pictures)
    app.connect("config-inited", lambda app, config: config.html_static_path.append(str(STATIC)))
    app.add_css_file("pagefigures.css")
    app.add_js_file("pagefigures.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
