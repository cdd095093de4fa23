"""What the course's figures share: arrays and an Axes in, an Axes or a Line out.

Each method has one colour, dash and marker throughout the course, and its name is written at its
line. A figure is as wide as a phone's column, so that one point is about one pixel there; black is
ink and turns light on a dark page.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import normalize_kwargs
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike, NDArray

#: How each method is drawn.
METHODS: dict[str, dict[str, Any]] = {
    "SGD": {"color": "#000000", "linestyle": "-", "marker": "o"},
    "momentum": {"color": "#0072b2", "linestyle": "-", "marker": "s"},
    "RMSProp": {"color": "#cc79a7", "linestyle": "-", "marker": "^"},
    "Adam": {"color": "#d55e00", "linestyle": "-", "marker": "D"},
}
#: The first and second moment have tints of their own.
MOMENTS = {"m": "#3b7a57", "v": "#8a6fb0"}
#: The colour of each method alone.
COLOURS: dict[str, str] = {method: style["color"] for method, style in METHODS.items()}
INK = "#000000"
GREY = "#6b6b6b"
SHORT = 3  # characters of a label that stands upright at a y axis
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
    for ax in fig.axes:
        _stand_upright(ax.yaxis.label)
    return fig, axes


def _stand_upright(label: Text) -> None:
    """Let the label of a y axis stand upright when it is but a letter: v̂ on its side is a >."""
    lie = label.set_text

    def set_text(words: Any) -> None:
        lie(words)
        if 0 < len(str(words)) <= SHORT:
            label.set(rotation=0, horizontalalignment="right", verticalalignment="center")

    label.set_text = set_text  # type: ignore[assignment,method-assign]


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


def mark_minimum(ax: Axes, at: ArrayLike = (0, 0)) -> Line2D:
    """Mark the minimum of a landscape, or the best place of a plane, with a cross."""
    x, y = np.asarray(at, float)
    (cross,) = ax.plot(x, y, "+", color=INK, markersize=10, markeredgewidth=1.5, zorder=6)
    return cross


def zero_line(ax: Axes) -> Line2D:
    """Draw the line that bars stand on."""
    return ax.axhline(0, color=INK, linewidth=0.7)


def plain(number: float) -> str:
    """Write a number as a reader would: 0.001, 1000, 10 000, 1e−8.

    >>> plain(0.03), plain(10_000), plain(1e-8)
    ('0.03', '10 000', '1e−8')
    """
    if number and not 1e-4 <= abs(number) < 1e6:
        return f"{Decimal(repr(float(number))).normalize():e}".replace("e+", "e").replace("-", "−")
    grouped = "," if abs(number) >= 10_000 else ""
    return f"{number:{grouped}.12g}".replace(",", " ").replace("-", "−")


def log_ticks(
    ax: Axes, *, x: Sequence[float] | None = None, y: Sequence[float] | None = None
) -> None:
    """Make axes logarithmic, with these ticks, in plain numbers, and no others.

    Parameters
    ----------
    ax : Axes
        Set its limits after this.
    x, y : sequence of float, optional
        Ticks above 0; an axis without stays as it is.
    """
    for axis, scale, ticks in (ax.xaxis, ax.set_xscale, x), (ax.yaxis, ax.set_yscale, y):
        if ticks is None:
            continue
        if min(ticks) <= 0:
            raise ValueError(f"ticks of a logarithmic axis must be above 0, got {list(ticks)}")
        scale("log")
        axis.set_ticks(ticks, labels=[plain(tick) for tick in ticks])
        axis.set_minor_locator(NullLocator())


def round_numbers(low: float, high: float, digits: Sequence[float] = (1, 2, 5)) -> list[float]:
    """Return the numbers from low to high that begin with one of these digits: 0.1, 0.2, 0.5, 1.

    They are what a slider on a logarithmic scale should stop at.

    >>> round_numbers(0.02, 1)
    [0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    """
    if not 0 < low <= high:
        raise ValueError(f"low must be above 0 and at most high, got {low} and {high}")
    decades = range(int(np.floor(np.log10(low))), int(np.floor(np.log10(high))) + 1)
    numbers = sorted(float(f"{digit}e{decade}") for decade in decades for digit in digits)
    return [number for number in numbers if low <= number <= high]


def apart(places: ArrayLike, gap: float, *, log: bool = False) -> NDArray[np.float64]:
    """Move places as little as possible until neighbours are a gap apart.

    For labels that would overlap: their order stays, and the sum of the squared moves is least.

    Parameters
    ----------
    places : array_like, shape (n,)
        Where the labels would stand, in any order.
    gap : float
        The least distance; on a logarithmic axis in decades.
    log : bool
        Whether the axis is logarithmic.

    Returns
    -------
    ndarray, shape (n,)
    """
    wanted = np.asarray(places, float)
    if log:
        return 10.0 ** apart(np.log10(wanted), gap)
    order = np.argsort(wanted, kind="stable")
    ladder = gap * np.arange(len(wanted))
    # Less the ladder, the labels need only ascend; whoever would descend shares a mean (isotonic
    # regression: pool adjacent violators).
    pools: list[tuple[float, int]] = []
    for place in wanted[order] - ladder:
        mean, size = float(place), 1
        while pools and pools[-1][0] >= mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    moved = np.empty_like(wanted)
    moved[order] = np.repeat([mean for mean, _ in pools], [size for _, size in pools]) + ladder
    return moved


def tie(words: str) -> str:
    r"""Let no line break fall around an equals sign, or between a number and its unit.

    >>> tie("β₁ = 0.9 leaves 5 %").split(" ")
    ['β₁\xa0=\xa00.9', 'leaves', '5\xa0%']
    """
    for loose, tied in (" = ", "\xa0=\xa0"), (" %", "\xa0%"), (" α", "\xa0α"):
        words = words.replace(loose, tied)
    return words
