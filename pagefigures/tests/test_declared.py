"""What an author declares as moving is what moves: anything else is refused by name."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pagefigures import explore, slider, switch

X = np.linspace(0, 6, 40)


class Scene:
    """A figure with two lines, an image with its colour bar, a legend and a twin axis."""

    def __init__(self):
        self.fig, (self.ax, self.other) = plt.subplots(1, 2, figsize=(4.8, 2.5))
        self.ax.set(xlim=(0, 6), ylim=(-2, 2), title="left")
        (self.line,) = self.ax.plot(X, np.sin(X), label="sin")
        (self.still,) = self.ax.plot(X, np.cos(X), label="cos")
        self.image = self.other.imshow(np.arange(16.0).reshape(4, 4))
        self.bar = self.fig.colorbar(self.image)
        self.legend = self.ax.legend()
        self.words = self.fig.text(0.1, 0.02, "figure")
        self.twin = self.ax.twinx()
        plt.close(self.fig)

    def explore(self, change, moving=None, **controls):
        """Explore with an update that moves the line and does something more."""

        def update(k):
            self.line.set_ydata(np.sin(k * X))
            change(self, k)
            return f"k is {k}."

        return explore(self.fig, moving or self.line, update, **(controls or {"k": [1, 2, 3]}))


UNDECLARED = {
    "limits": (lambda s, k: s.ax.set_ylim(-k, k), r"the y axis .its limits or ticks. .*'left'"),
    "scale": (lambda s, k: k > 1 and s.ax.set_xscale("symlog"), "the x axis"),
    "ticks": (lambda s, k: s.ax.set_xticks(range(k)), "the x axis"),
    "title": (lambda s, k: s.ax.set_title(f"k = {k}"), "the text 'k = .'"),
    "label": (lambda s, k: s.ax.set_xlabel(f"k = {k}"), "the x axis"),
    "another line": (lambda s, k: s.still.set_ydata(np.cos(k * X)), r"Line2D\(cos\)"),
    "its colour": (lambda s, k: s.still.set_color(f"C{k}"), r"Line2D\(cos\)"),
    "a hidden line": (lambda s, k: s.still.set_visible(k > 1), r"Line2D\(cos\)"),
    "colour bar": (lambda s, k: s.image.set_clim(0, k), "AxesImage|y axis"),
    "legend": (lambda s, k: s.legend.get_texts()[0].set_text(str(k)), "Legend"),
    "figure text": (lambda s, k: s.words.set_text(str(k)), "the text '.'"),
    "twin limits": (lambda s, k: s.twin.set_ylim(0, k), "the y axis"),
    "new artist": (lambda s, k: s.ax.plot([k], [0], "o"), r"Line2D\(_child"),
    "removed": (lambda s, k: s.still in s.ax.lines and k > 1 and s.still.remove(), r"Line2D\(cos"),
    "hidden axes": (lambda s, k: s.other.set_axis_off() if k > 1 else None, "Axes"),
}


@pytest.mark.parametrize(("change", "words"), UNDECLARED.values(), ids=UNDECLARED)
def test_what_changes_without_being_declared_is_named_with_its_state(change, words):
    with pytest.raises(ValueError, match=rf"(?s)update\(k=\d\) changes .*({words}).*not in"):
        Scene().explore(change)


def test_a_moving_artist_that_is_thrown_away_is_named():
    def change(s, k):
        if k > 1:
            s.line.remove()

    with pytest.raises(ValueError, match=r"update\(k=2\) takes Line2D\(sin\) out of the figure"):
        Scene().explore(change)
    with pytest.raises(ValueError, match="out of the figure"):
        Scene().explore(lambda s, k: s.ax.clear())


def test_what_is_declared_may_change():
    scene = Scene()
    scene.explore(lambda s, k: s.ax.set_ylim(-k, k), [scene.ax, scene.twin])
    scene.explore(lambda s, k: s.words.set_text(str(k)), [scene.line, scene.words])
    scene.explore(lambda s, k: s.legend.get_texts()[0].set_text(str(k)), [scene.line, scene.legend])


@pytest.mark.parametrize("control", ["j", "k"])
def test_each_control_is_compared(control):
    scene = Scene()

    def update(**choices):
        scene.ax.set_title(f"{choices[control]}")
        return f"It is {choices[control]}."

    controls = {"j": slider([1, 2, 3], start=2), "k": switch()}
    with pytest.raises(ValueError, match="changes the text"):
        explore(scene.fig, scene.line, update, **controls)


def test_an_artist_set_animated_is_drawn_all_the_same():
    scene = Scene()
    scene.still.set_animated(True)
    animated = scene.explore(lambda s, k: None).html
    assert scene.still.get_animated()
    assert animated == Scene().explore(lambda s, k: None).html


def test_coloured_ground_that_moves_does_not_count_as_a_change_of_what_stands_still():
    fig, ax = plt.subplots(figsize=(4.8, 2.5))
    ax.axhline(0.5, color="black")
    (bar,) = ax.bar([0], [1], color="#d55e00")
    plt.close(fig)

    def update(height):
        bar.set_height(height)
        return f"The bar is {height} high."

    explore(fig, bar, update, height=[1, 0.5, 0.2])


def test_an_artist_of_an_inset_may_move():
    fig, ax = plt.subplots(figsize=(4.8, 2.5))
    inset = ax.inset_axes((0.5, 0.5, 0.4, 0.4), xticks=[], yticks=[])
    inset.set(xlim=(0, 1), ylim=(0, 2))
    (line,) = inset.plot([0, 1], [1, 1], color="#d55e00")
    plt.close(fig)

    def update(k):
        line.set_ydata([k, k])
        return f"k is {k}."

    html = explore(fig, line, update, k=[1, 2]).html
    assert html.count("#d55e00") == 1
