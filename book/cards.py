"""The chapters as cards: a list of links in which each has a small picture of what it is about.

A part of the Sphinx build. The directive `{cards}` holds a list; each item begins with a link to
a page, and gets the picture of that page, drawn from a run of the methods. Elsewhere (in Jupyter,
on paper) it is the list.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from matplotlib.axes import Axes
from sphinx.application import Sphinx
from sphinx.util import logging

from adamcore import (
    SGD,
    Adam,
    AdaMax,
    AdamSection2,
    AMSGrad,
    Momentum,
    RMSProp,
    UncorrectedAdam,
    descend,
    respond,
)
from adamcore.problems import bowl, reddi, rosenbrock, valley
from adamcore.streams import alternating
from book.look import COLOURS, GREY, INK, METHODS, MOMENTS, landscape, mark_minimum, path, zero_line
from pagefigures.svg import drawing

SIZE = 3.0, 1.15  # inches
FOUR = {"SGD": SGD, "momentum": Momentum, "RMSProp": RMSProp, "Adam": Adam}

logger = logging.getLogger(__name__)


def _in_a_valley(ax: Axes, **methods: Any) -> None:
    narrow = valley(kappa=25)
    landscape(ax, narrow.value, (-4.6, 3.0), (-1.5, 1.5), points=120)
    ax.set(xlabel="", ylabel="", aspect="equal")
    for name, method in methods.items():
        theta = descend(method, narrow.grad, (-4.0, 1.0), 30).theta
        path(ax, name, theta, markersize=4, linewidth=1.4)
    mark_minimum(ax)


def _sgd(ax: Axes) -> None:
    _in_a_valley(ax, SGD=SGD(alpha=0.07))


def _momentum(ax: Axes) -> None:
    _in_a_valley(ax, momentum=Momentum(alpha=0.4))


def _rms_scaling(ax: Axes) -> None:
    _in_a_valley(ax, RMSProp=RMSProp(alpha=0.15))


def _correction(ax: Axes) -> None:
    run = respond(Adam(alpha=1.0), np.ones(40))
    t = np.arange(1, 41)
    ax.plot(t, run.m_hat[1:], color=MOMENTS["m"], lw=2.5)
    ax.plot(t, run.m[1:], ":", color=MOMENTS["m"], lw=2.5)
    ax.plot(t, np.sqrt(run.v[1:]), ":", color=MOMENTS["v"], lw=2.5)
    zero_line(ax)
    ax.set(ylim=(-0.05, 1.15))


def _signal(ax: Axes) -> None:
    tape = alternating(30, -30, 14)
    steps = respond(Adam(alpha=1.0), tape).steps
    t = np.arange(14)
    ax.bar(t, tape / 30, color=GREY, alpha=0.55, width=0.7)
    ax.bar(t + 16, steps, color=COLOURS["Adam"], width=0.7)
    zero_line(ax)


def _at_work(ax: Axes) -> None:
    alphas, problem = np.geomspace(3e-3, 3, 90), valley(kappa=25)
    for name, method in FOUR.items():
        theta = descend(
            method(alpha=alphas[:, None]), lambda x: problem.grad(x).clip(-99, 99), (-4.0, 1.0), 60
        ).theta
        loss = problem.value(theta[-20:]).mean(axis=0)
        ax.loglog(alphas, np.where(loss < 30, loss, np.nan), color=COLOURS[name], lw=2.2)


def _fails(ax: Axes) -> None:
    problem, t = reddi(), np.arange(1, 121)
    for method, colour in (AMSGrad, GREY), (Adam, COLOURS["Adam"]):
        rule = method(alpha=0.15, beta1=0, beta2=1 / 17)
        run = respond(rule, problem.grad(t), project=problem.project)
        ax.plot(run.theta, color=colour, lw=1.8)
    ax.axhline(-1, color=INK, lw=1, ls=(0, (4, 3)))
    ax.set(ylim=(-1.25, 1.25))


def _wins(ax: Axes) -> None:
    words = 1 / np.arange(1, 25)
    for name, method in {"SGD": SGD(alpha=1.0), "Adam": Adam(alpha=0.2)}.items():
        theta = descend(method, lambda x: words * x, np.ones(24), 7).theta
        ax.plot(np.arange(24), np.abs(theta[-1]), color=COLOURS[name], lw=2.2)
    ax.bar(np.arange(24), words, color=GREY, alpha=0.45, width=0.7)
    zero_line(ax)


def _laboratory(ax: Axes) -> None:
    problem = rosenbrock()
    landscape(ax, problem.value, (-2.2, 2.2), (-0.6, 1.6), points=120)
    ax.set(xlabel="", ylabel="", aspect="auto")
    for name, method in {"momentum": Momentum(alpha=0.004), "Adam": Adam(alpha=0.1)}.items():
        theta = descend(method, problem.grad, problem.start, 160).theta
        path(ax, name, theta[::4], markersize=3.5)
    mark_minimum(ax, problem.minimum)


def _race(ax: Axes) -> None:
    curve = bowl()
    for row, (name, method) in enumerate(FOUR.items()):
        theta = descend(method(alpha=0.06), curve.grad, (1.0,), 24).theta
        way = 1 - np.minimum(np.abs(theta[::3, 0]), 1)
        ax.plot(way, 0 * way - row, **(METHODS[name] | {"linestyle": "", "markersize": 6}))
    ax.axvline(1, color=INK, lw=1, ls=(0, (4, 3)))
    ax.set(ylim=(-3.6, 0.6))


def _paper(ax: Axes) -> None:
    taken = -respond(AdaMax(alpha=1.0, beta2=0.95), 0.95 ** np.arange(60.0)).steps
    ax.axhline(1, color=INK, lw=1, ls=(0, (4, 3)))
    ax.plot(taken, color=COLOURS["Adam"], lw=2.5)
    ax.set(ylim=(0.4, 2))


def _sayings(ax: Axes) -> None:
    long_run = np.r_[np.ones(400), 30.0, np.ones(80)]
    taken = -respond(Adam(alpha=1.0), long_run).steps[385:]
    ax.bar(np.arange(len(taken)), taken, color=COLOURS["Adam"], width=0.75)
    zero_line(ax)


def _bugs(ax: Axes) -> None:
    for method, look in (UncorrectedAdam, ":"), (Adam, "-"):
        taken = -respond(method(alpha=1.0), np.ones(60)).steps
        ax.plot(taken, look, color=COLOURS["Adam"], lw=2.5)
    zero_line(ax)


def _rosetta(ax: Axes) -> None:
    tape = np.full(60, 1e-7)
    for method, look in (AdamSection2, ":"), (Adam, "-"):
        ax.plot(-respond(method(alpha=1.0), tape).steps, look, color=COLOURS["Adam"], lw=2.5)
    zero_line(ax)


PICTURES: dict[str, Callable[[Axes], None]] = {
    "01-sgd": _sgd,
    "02-momentum": _momentum,
    "03-rms-scaling": _rms_scaling,
    "04-bias-correction": _correction,
    "05-signal-and-noise": _signal,
    "06-adam-at-work": _at_work,
    "07-where-adam-fails": _fails,
    "08-where-adam-wins": _wins,
    "laboratory": _laboratory,
    "race": _race,
    "line-by-line": _paper,
    "sayings": _sayings,
    "bugs": _bugs,
    "rosetta": _rosetta,
}


@cache
def drawn(page: str) -> str:
    """Return the picture of a page as SVG, without words: what it says stands beside it."""
    fig, ax = plt.subplots(figsize=SIZE, layout="constrained")
    PICTURES[page](ax)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    ax.minorticks_off()
    ax.spines[:].set_visible(False)
    with drawing(fig) as renderer:
        svg = renderer.wrap(renderer.draw(fig), aria_hidden="true")
    plt.close(fig)
    return svg


class Cards(Directive):  # type: ignore[misc]
    """Show a list of links as cards."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        cards = nodes.container(classes=["cards"])
        self.state.nested_parse(self.content, self.content_offset, cards)
        return [cards]


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the pictures into the cards of a page."""
    if app.builder.format != "html":
        return
    for cards in doctree.findall(nodes.container):
        if "cards" not in cards["classes"]:
            continue
        for item in cards.findall(nodes.list_item):
            link = next(iter(item.findall(nodes.reference)))
            page = link["refuri"].rpartition("/")[2].removesuffix(".html")
            if page not in PICTURES:
                logger.warning("no picture of %r for its card: book/cards.py draws them", page)
                continue
            item.insert(0, nodes.raw("", drawn(page), format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("cards", Cards)
    app.connect("doctree-resolved", draw, priority=950)  # after the learner's notebook is made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
