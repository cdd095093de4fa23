"""Figures as SVG: the same picture as matplotlib's own, and nothing a page would trip over."""

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image, ImageFilter

from pagefigures.svg import drawing

X = np.linspace(0, 6, 200)
KINDS = {}


def kind(draw):
    """Keep what draws one kind of artist on an Axes."""
    KINDS[draw.__name__] = draw
    return draw


@kind
def lines(ax):
    ax.plot(X, np.sin(X), lw=2)
    ax.plot(X, np.cos(X), "--", color="#d55e00")
    ax.plot(X, 10 * np.sin(2 * X), ":", color="black")
    ax.axhline(0.5, color="0.6", lw=0.5)
    ax.grid()
    ax.set_ylim(-1.2, 1.2)


@kind
def markers(ax):
    for row, marker in enumerate("osD^v+x*.p"):
        ax.plot(range(6), np.full(6, row), marker, ms=8)
    ax.plot(range(6), np.full(6, 10), "o-", mfc="white", mec="black", color="C3", ms=12)


@kind
def bars(ax):
    ax.bar(range(5), [1, -0.5, 2, 0.1, -1], color=["C0", "0.8", "black", "white", "C1"], ec="black")
    ax.barh(range(3), [1, 2, 3], alpha=0.4)


@kind
def contours(ax):
    x, y = np.meshgrid(np.linspace(-5, 5, 80), np.linspace(-2, 2, 60))
    ax.contourf(x, y, np.sin(x) * y, levels=5, cmap="viridis", alpha=0.3)
    ax.contour(x, y, x**2 + 25 * y**2, levels=np.geomspace(0.1, 100, 10), colors="0.6")


@kind
def fills(ax):
    ax.fill_between(X, np.sin(X) - 0.3, np.sin(X) + 0.3, alpha=0.3, color="C2")
    ax.axvspan(1, 2, color="0.9")
    ax.fill([3, 4, 5], [0, 1, 0], fc="C4", ec="black")
    ax.add_patch(plt.Circle((2, 0), 0.5, fc="none", ec="C3"))
    ax.step(range(7), np.arange(7) % 3 - 1, where="post")


@kind
def annotations(ax):
    ax.annotate(
        "",
        (0.5, 0.5),
        (0.2, 0.2),
        arrowprops={"arrowstyle": "->", "connectionstyle": "arc3,rad=.3"},
    )
    ax.annotate("", (0.9, 0.9), (0.6, 0.6), arrowprops={"color": "C1", "width": 2})
    ax.text(0.8, 0.2, "two\nlines", bbox={"fc": "white", "ec": "black", "boxstyle": "round"})


@kind
def images(ax):
    ax.imshow(np.arange(64).reshape(8, 8) % 7, cmap="gray")


@kind
def stretched_images(ax):
    pixels = np.arange(64).reshape(8, 8) % 7
    ax.imshow(pixels, cmap="gray", interpolation="none", origin="lower", extent=(0, 4, 0, 2))


@kind
def meshes(ax):
    ax.pcolormesh(np.arange(48).reshape(6, 8) % 5, cmap="viridis")


@kind
def log_axes(ax):
    ax.loglog(np.geomspace(1e-8, 1, 50), np.geomspace(1, 300, 50), "o-", ms=3)
    ax.grid(which="both", lw=0.3)


@kind
def twin_axes(ax):
    ax.plot(X, X, label="left")
    ax.legend()
    ax.twinx().semilogy(X, np.exp(X), "C1")


@kind
def collections(ax):
    x = np.arange(30)
    ax.scatter(x % 7, x % 11, c=x, s=5 * x, alpha=0.6, edgecolors="black")
    ax.hlines([2, 4], 0, 6, colors=["C0", "C1"])
    ax.vlines(3, 0, 9, linestyles="dashed")
    ax.quiver([1, 2], [1, 3], [1, 1], [0, 1])
    ax.errorbar([2, 6], [5, 6], yerr=1, capsize=4)


@kind
def paths_that_leave_the_figure(ax):
    ax.plot([0, 1, 2, 3, np.nan, 4, 5], [0, 1e30, -1e30, 1, 0, np.inf, 2], "o-")
    ax.set(xlim=(0, 5), ylim=(-2, 2))


def figure(draw):
    fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
    draw(ax)
    plt.close(fig)
    return fig


def svg(fig, **attributes):
    with drawing(fig) as renderer:
        return renderer.wrap(renderer.draw(fig), **attributes)


def pixels(png):
    image = Image.open(io.BytesIO(png)).convert("RGB").filter(ImageFilter.GaussianBlur(2))
    return np.asarray(image, float)


@pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)
def test_the_browser_shows_what_matplotlib_draws(browser, draw):
    fig = figure(draw)
    fig.set_dpi(72)
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    for text in fig.findobj(Text):
        text.set_color("none")  # the page has a font of its own
    expected = io.BytesIO()
    with plt.rc_context({"path.snap": False}):  # SVG does not move lines to whole pixels
        fig.savefig(expected, dpi=144, facecolor="white")
    with browser.new_context(device_scale_factor=2) as context:
        page = context.new_page()
        width, height = (fig.get_size_inches() * 72).round().astype(int).tolist()
        page.set_content(f"<body style='margin:0;width:{width}px'>{svg(fig)}")
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        shown = pixels(page.screenshot(clip=clip))
    drawn = pixels(expected.getvalue())[: shown.shape[0], : shown.shape[1]]
    difference = abs(shown[: drawn.shape[0], : drawn.shape[1]] - drawn)
    assert difference.mean() < 1.2
    assert np.quantile(difference, 0.999) < 60


@pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)
def test_the_svg_is_small_and_leaves_the_page_alone(draw):
    drawn = svg(figure(draw), role="img", aria_label="a & b")
    tags = {element.tag.partition("}")[2] for element in ElementTree.fromstring(drawn).iter()}
    assert tags <= {"svg", "g", "path", "text", "image"}
    assert not re.search(r"\bid=|font-family|#000000|#ffffff|nan|inf", drawn.partition("base64")[0])
    assert drawn == svg(figure(draw), role="img", aria_label="a & b")


def test_black_is_ink_white_is_paper_and_grey_diluted_ink():
    def draw(ax):
        ax.axis("off")
        ax.fill([0, 1, 1], [0, 0, 1], color="black")
        ax.fill([0, 1, 1], [0, 0, 1], color="white")
        ax.fill([0, 1, 1], [0, 0, 1], color="0.75")
        ax.fill([0, 1, 1], [0, 0, 1], color="#d55e00")

    assert re.findall(' fill="([^"]*)"', svg(figure(draw)))[1:] == [
        "currentColor",
        "var(--paper)",
        "color-mix(in srgb,currentColor 25%,var(--paper))",
        "#d55e00",
    ]


def test_text_stays_text_at_its_anchor():
    def draw(ax):
        ax.axis("off")
        ax.text(0.5, 0.5, "m̂ < β₁", ha="center", weight="bold")
        ax.text(0.5, 0.9, "two\nlines", ha="right", color="#d55e00")

    drawn = svg(figure(draw))
    assert re.search(r'<text[^>]* font-weight="700" text-anchor="middle"[^>]*>m̂ &lt; β₁<', drawn)
    assert len(re.findall(r'text-anchor="end"', drawn)) == 1  # said once for both lines
    assert ">two</text>" in drawn
    assert ">lines</text>" in drawn


def test_log_axes_have_their_powers_in_unicode():
    drawn = svg(figure(log_axes))
    assert ">10⁻⁸</text>" in drawn
    assert "mathdefault" not in drawn


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda ax: ax.set_title(r"$\beta_1$"), "Unicode"),
        (lambda ax: ax.bar(1, 1, hatch="/"), "hatching"),
        (lambda ax: ax.plot(X, X)[0].set_clip_path(plt.Circle((0, 0), 1)), "clipped"),
        (
            lambda ax: ax.pcolormesh(np.zeros((3, 3)), shading="gouraud"),
            "flat",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_plain_words(draw, words):
    fig, ax = plt.subplots()
    plt.close(fig)
    draw(ax)
    with pytest.raises(ValueError, match=words):
        svg(fig)
    assert fig.patch.get_visible()


def test_the_figure_is_handed_back_as_it_was():
    fig = figure(lines)
    before = fig.get_dpi(), fig.get_layout_engine(), fig.axes[0].patch.get_visible()
    svg(fig)
    assert before == (fig.get_dpi(), fig.get_layout_engine(), fig.axes[0].patch.get_visible())
