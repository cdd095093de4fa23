"""What the course's figures share: arrays and an Axes in, an Axes or a Line out.

Each method has one colour, dash and marker throughout the course, and its name is written at its
line. A figure is as wide as a phone's column, so that one point is about one pixel there; black is
ink and turns light on a dark page.
"""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import normalize_kwargs
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import ArrayLike

#: How each method is drawn.
METHODS: dict[str, dict[str, Any]] = {
    "SGD": {"color": "#000000", "linestyle": "-", "marker": "o"},
    "momentum": {"color": "#0072b2", "linestyle": "-", "marker": "s"},
    "RMSProp": {"color": "#cc79a7", "linestyle": "-", "marker": "^"},
    "Adam": {"color": "#d55e00", "linestyle": "-", "marker": "D"},
}
#: The first and second moment have tints of their own.
MOMENTS = {"m": "#3b7a57", "v": "#8a6fb0"}
GREY = "#6b6b6b"
WIDTH = 4.8  # inches: 346 points, the column of a phone in pixels

_STYLE: dict[Any, Any] = {
    "figure.dpi": 72,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "legend.frameon": False,
}


def figure(
    rows: int = 1, columns: int = 1, *, height: float = 2.8, **settings: Any
) -> tuple[Figure, Any]:
    """Return a new figure in the course's style, as wide as a phone's column.

    The style stays in force in this session, for titles and ticks are made later.

    Parameters
    ----------
    rows, columns : int
        How many axes.
    height : float
        In inches; the width is `WIDTH`.
    **settings
        Passed on to `matplotlib.pyplot.subplots`.

    Returns
    -------
    Figure, and Axes or array of Axes
    """
    plt.rcParams.update(_STYLE)
    fig, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, height), layout="constrained", **settings
    )
    fig.get_layout_engine().set(w_pad=6 / 72)  # the page's letters may be wider than matplotlib's
    return fig, axes


def landscape(
    ax: Axes,
    value: Callable[[Any], Any],
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    levels: ArrayLike | None = None,
    points: int = 80,
) -> Axes:
    """Draw the contours of a function of two parameters: thin, grey, evenly spaced in log loss.

    Parameters
    ----------
    ax : Axes
    value : callable
        From an array of shape (..., 2) to its values, shape (...).
    x, y : (float, float)
        The range of each parameter.
    levels : array_like, optional
        Losses at which to draw; by default nine, from a thousandth of the largest up.
    points : int
        Of the grid, along x.
    """
    grid = np.stack(
        np.meshgrid(np.linspace(*x, points), np.linspace(*y, max(points // 2, 40))), axis=-1
    )
    loss = value(grid)
    if levels is None:
        levels = np.geomspace(loss.max() / 1000, loss.max(), 10)[:-1]
    ax.contour(
        *np.moveaxis(grid, -1, 0), loss, levels=levels, colors=GREY, linewidths=0.6, alpha=0.7
    )
    ax.set(xlim=x, ylim=y, xlabel="θ₁", ylabel="θ₂")
    return ax


def path(ax: Axes, method: str, thetas: ArrayLike | None = None, **changes: Any) -> Line2D:
    """Return the line of a method, in its colour, with a mark at every step.

    Parameters
    ----------
    ax : Axes
    method : str
        A key of `METHODS`.
    thetas : array_like, shape (n_steps + 1, 2), optional
        The path; empty when it is to be set later.
    **changes
        Of the line's style.
    """
    xy = np.empty((0, 2)) if thetas is None else np.asarray(thetas)
    changes = normalize_kwargs(changes, Line2D)
    (line,) = ax.plot(*xy.T, **(METHODS[method] | {"linewidth": 1.2, "markersize": 3.5} | changes))
    return line


def name(ax: Axes, method: str, x: float, y: float, **changes: Any) -> Text:
    """Write a method's name in its colour at a place of the axes, in data coordinates."""
    return ax.text(
        x, y, method, **({"color": METHODS[method]["color"], "weight": "bold"} | changes)
    )
