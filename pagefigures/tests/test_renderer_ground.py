"""Colours by what lies beneath: ink and paper on the page, the author's own on colour."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pagefigures.svg import drawing


def drawn(draw, style="default"):
    """Return the SVG of what is drawn on bare axes."""
    with plt.style.context(style):
        fig, ax = plt.subplots(figsize=(4.8, 2.5))
        ax.axis("off")
        ax.set(xlim=(0, 1), ylim=(0, 1))
        draw(ax)
        plt.close(fig)
        with drawing(fig) as renderer:
            return renderer.draw(fig)


def fill_of(word, svg):
    """Return the colour in which a word is written."""
    return re.findall(rf'fill="([^"]*)"[^<>]*>{word}<', svg)[0]


@pytest.mark.parametrize("ground", ["#d55e00", "viridis", "marker", "line"])
def test_words_on_a_coloured_ground_keep_their_colours(ground):
    def draw(ax):
        if ground == "viridis":
            ax.imshow(np.eye(2), extent=(0.2, 0.8, 0.2, 0.8), aspect="auto")
        elif ground == "marker":
            ax.plot(0.5, 0.5, "o", color="#d55e00", ms=100)
        elif ground == "line":
            ax.plot([0.2, 0.8], [0.5, 0.5], color="#d55e00", lw=30)
        else:
            ax.bar(0.5, 1, color=ground, width=0.6)
        ax.text(0.5, 0.5, "black", ha="center", va="center")
        ax.text(0.5, 0.5, "white", color="white", ha="center", va="center")
        ax.text(0.02, 0.9, "page")

    svg = drawn(draw)
    assert fill_of("black", svg) == "#000000"
    assert fill_of("white", svg) == "#ffffff"
    assert fill_of("page", svg) == "currentColor"
    assert svg.count("stroke:none") == 2  # no halo of the page's colour


def test_ink_on_ink_and_paper_stays_the_pages():
    def draw(ax):
        ax.bar(0.5, 1, color="black", width=0.6)
        ax.text(0.5, 0.5, "white", color="white", ha="center")

    assert fill_of("white", drawn(draw)) == "var(--paper)"


def test_paper_put_on_colour_is_white_and_what_lies_on_it_literal():
    def draw(ax):
        ax.bar(0.5, 1, color="#d55e00", width=0.8)
        ax.text(0.5, 0.5, "boxed", ha="center", bbox={"fc": "white", "ec": "none"})

    svg = drawn(draw)
    assert fill_of("boxed", svg) == "#000000"
    assert "#ffffff" in svg


def test_a_faint_ground_is_none():
    def draw(ax):
        ax.axvspan(0, 1, color="#d55e00", alpha=0.2)
        ax.text(0.5, 0.5, "ink", ha="center")

    assert fill_of("ink", drawn(draw)) == "currentColor"


def test_lines_along_the_edge_of_a_ground_are_ink_and_lines_on_it_are_black():
    def draw(ax):
        ax.add_patch(plt.Rectangle((0.2, 0.2), 0.6, 0.6, fc="#d55e00", ec="none"))
        ax.plot([0.2, 0.8], [0.2, 0.2], color="black", lw=1)
        ax.plot([0.3, 0.7], [0.5, 0.5], color="black", lw=2)

    assert re.findall(' stroke="([^"]*)"', drawn(draw)) == ["currentColor", "#000000"]


@pytest.mark.parametrize("style", ["dark_background", {"figure.facecolor": "#fdf6e3"}])
def test_a_figure_on_a_ground_of_its_own_keeps_all_its_colours(style):
    svg = drawn(lambda ax: ax.text(0.5, 0.5, "word"), style)
    assert "currentColor" not in svg
    assert "--paper" not in svg
    assert re.search(r'<path fill="#(000000|fdf6e3)"', svg)


def test_an_axes_on_a_ground_of_its_own_keeps_the_colours_that_lie_on_it():
    def draw(ax):
        ax.axis("on")
        ax.set(facecolor="black", title="outside")
        ax.text(0.5, 0.5, "inside", color="white")

    svg = drawn(draw)
    assert fill_of("inside", svg) == "#ffffff"
    assert fill_of("outside", svg) == "currentColor"


@pytest.mark.parametrize("how", ["add_axes", "inset_axes"])
def test_a_white_inset_covers_what_lies_beneath(how):
    def draw(ax):
        ax.plot([0, 1], [0, 1], color="#d55e00")
        inset = getattr(ax.figure if how == "add_axes" else ax, how)((0.4, 0.4, 0.2, 0.2))
        inset.axis("on")

    svg = drawn(draw)
    assert svg.index("#d55e00") < svg.index('fill="var(--paper)"')
    assert 'fill="var(--paper)"' not in drawn(lambda ax: ax.axis("on"))


def test_a_twin_axis_covers_nothing():
    assert 'fill="var(--paper)"' not in drawn(lambda ax: ax.twinx())


def test_lines_of_many_keep_the_end_of_their_own_text():
    def draw(ax):
        ax.text(0.1, 0.5, "left\nsame", ha="left")
        ax.text(0.9, 0.5, "right\nsame", ha="right")

    svg = drawn(draw)
    assert len(re.findall(r'text-anchor="end"', svg)) == 1
    assert svg.index(">left<") < svg.index('text-anchor="end"') < svg.index(">right<")


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda ax: ax.plot([0, 1], [0, 1])[0].set_sketch_params(1), "xkcd"),
        (lambda ax: ax.plot([0, 1])[0].set_agg_filter(lambda image, dpi: (image, 0, 0)), "pixels"),
        (lambda ax: ax.figure.add_subplot(projection="polar").plot([0, 1]), "polar"),
        (lambda ax: ax.text(0, 0, "x", usetex=True), "TeX"),
    ],
)
def test_what_a_page_cannot_draw_is_refused_in_words(draw, words):
    with pytest.raises(ValueError, match=words):
        drawn(draw)


def test_the_figure_is_handed_back_with_its_grounds_its_legend_and_its_animation():
    fig, ax = plt.subplots(facecolor="black")
    ax.plot([0, 1], label="one")
    legend = ax.legend(loc="best")
    ax.lines[0].set_animated(True)
    ax.patch.set_gid("mine")
    plt.close(fig)
    with drawing(fig) as renderer:
        renderer.draw(fig)
    assert (ax.patch.get_gid(), ax.patch.get_visible(), fig.patch.get_gid()) == ("mine", True, None)
    assert ax.lines[0].get_animated()
    assert legend._loc == 0
