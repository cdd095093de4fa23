"""A figure as Jupyter, a page, a text output and paper show it."""

import json
import re
from base64 import b64encode
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure as MatplotlibFigure

STATIC = Path(__file__).parent / "static"
SCRIPT = (STATIC / "pagefigures.js").read_text("utf8")
STYLE = (STATIC / "pagefigures.css").read_text("utf8")


class Figure(anywidget.AnyWidget):
    """A figure or a question: HTML that shows its first state, and what the others need.

    It is ipywidgets' protocol that carries it to Jupyter; on a page `pagefigures.sphinx` puts the
    HTML in the page itself. Its text output is its sentence, and paper gets a picture.
    """

    _esm = SCRIPT + "\nexport default pagefigures;\n"
    _css = STYLE
    html = traitlets.Unicode(help="the first state").tag(sync=True)
    data = traitlets.Unicode(help="what the other states need, as JSON").tag(sync=True)
    state = traitlets.Unicode(help="another state to begin with").tag(sync=True)

    def __init__(
        self,
        html: str,
        data: Any = None,
        *,
        sentence: str,
        png: str = "",
        name: str = "",
        asks: str = "",
    ) -> None:
        written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=float)
        super().__init__(html=html, data=written if data else "")
        self.sentence, self.png, self.name, self.asks = sentence, png, name, asks

    def __repr__(self) -> str:
        return self.sentence

    def at(self, state: str) -> "Figure":
        """Return the figure in another state, written as in the address of its page."""
        shown = Figure(self.html, sentence=f"The figure {self.name!r} at {state}", name=self.name)
        shown.data, shown.state = self.data, state
        return shown

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data = data | {"text/plain": self.sentence}
        return data | ({"image/png": self.png} if self.png else {}), metadata


def png(fig: MatplotlibFigure) -> str:
    """Draw the figure as it is now, for paper."""
    file = BytesIO()
    fig.savefig(file, format="png", dpi=150, facecolor=fig.get_facecolor())
    return b64encode(file.getvalue()).decode()


def in_print(sentence: str) -> str:
    """Return a sentence with true minus signs, and no line broken before a unit."""
    sentence = re.sub(r"(?<![\w)\]-])-(?=[\d.])", "−", sentence)
    return re.sub(r"(?<=\d) ?(?=%)|(?<=\d) (?=α)", "\u00a0", sentence)


def form(
    kind: str, name: str, svg: str, first: str, longest: str, controls: str, specs: str
) -> str:
    """Return a figure as HTML: the picture, its controls, and the sentence that says what is seen.

    The longest sentence keeps its room, so that nothing moves when another one is shown.
    """
    room = longest + "…" * (len(longest) // 12)
    return (
        f'<form class="{kind}" id="{name}" autocomplete="off" data-controls="{specs}">{svg}'
        f'{controls}<div class="pf-caption"><p><span class="pf-says" aria-hidden="true">'
        f'{escape(first)}</span></p><p class="pf-room" aria-hidden="true">{escape(room)}</p>'
        '<button type="button" hidden class="pf-back" aria-label="back to the first state">↺'
        "</button></div>"
        '<p role="status"></p></form>'
    )


def name_of(name: str | None, function: Any) -> str:
    """Return a figure's name: the one it was given, or that of the function that moves it."""
    found = name or getattr(function, "__name__", "figure").strip("_").replace("_", "-")
    if not re.fullmatch(r"[A-Za-z][\w-]*", found):
        if name is None:
            return "figure"
        raise ValueError(f"name={name!r}: a figure's name has letters, digits, - and _ only")
    return found
