"""Figures that the page computes: what an author may do, and what he is told."""

import json
import re
from html import unescape
from io import BytesIO

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from PIL import Image
from py_mini_racer import MiniRacer

from pagefigures import (
    TraceError,
    choice,
    live,
    number,
    picture,
    point,
    predict,
    scan,
    slider,
    steps,
    switch,
    tape,
    turn,
    where,
)
from pagefigures.tests.browser import Visit
from pagefigures.tests.page import page as write_page

SENTENCE = "With α = {alpha:.2g} the loss is {loss:.2g}."


class Scene:
    """A figure with a line, bars and a text, and a function that moves them."""

    def __init__(self):
        self.fig, (self.ax, self.low) = plt.subplots(
            2, figsize=(4.8, 4), layout="constrained", height_ratios=[3, 1]
        )
        plt.close(self.fig)
        self.ax.set(xlim=(-5, 5), ylim=(-2, 2))
        (self.line,) = self.ax.plot([], [], "o-", color="#d55e00")
        self.text = self.ax.text(0, 0, "loss {loss:.2g}")
        self.bars = self.low.bar(range(1, 5), [0, 0, 0, 0])
        self.low.set(ylim=(-1, 1), xlim=(0.5, 4.5))
        self.moving = {"path": self.line, "bars": self.bars}

    def compute(self, alpha, t=5, start=(-4.0, 1.0)):
        """Walk down a bowl of two curvatures."""

        def step(theta, _):
            theta = [x - alpha * k * x for x, k in zip(theta, (1, 3), strict=True)]
            return theta, tuple(theta)

        (x, y), path = scan(step, list(start), t, first=tuple(start))
        return {
            "path": path,
            "loss": (x * x + 3 * y * y) / 2,
            "bars": [x / 5, y, x * alpha / 5, alpha / 2],
        }

    def live(self, sentence=SENTENCE, moving=None, compute=None, **given):
        """Make it live, with a control of alpha if none is given."""
        given = given or {"alpha": number(0.01, 1, 0.1)}
        moving = self.moving if moving is None else moving
        return live(self.fig, compute or self.compute, sentence, moving, **given)


@pytest.fixture
def scene():
    """Return a scene that this test may change."""
    return Scene()


def specs(figure):
    found = re.search(r'data-controls="([^"]*)"', figure.html)
    return json.loads(unescape(found[1]))


# What an author may do.


def test_the_first_state_is_in_the_html_and_in_the_picture_on_paper(scene):
    shown = scene.live(alpha=number(0.01, 1, 0.1, "step size α"), t=steps(9, start=3), name="way")
    said = scene.compute(0.1, 3)
    assert shown.sentence == f"With α = 0.1 the loss is {said['loss']:.2g}."
    assert f'aria-label="{shown.sentence}"' in shown.html
    assert f">loss {said['loss']:.2g}</text>" in shown.html
    assert np.allclose(scene.line.get_data(), said["path"])
    assert [bar.get_height() for bar in scene.bars] == pytest.approx(said["bars"])
    assert scene.text.get_text() == f"loss {said['loss']:.2g}"
    assert shown.png
    assert (shown.name, specs(shown)[0]["name"]) == ("way", "alpha")


def test_the_program_of_the_page_gives_what_python_gives(scene):
    shown = scene.live(
        alpha=number(0.01, 1, 0.1), t=steps(9), start=point(scene.ax, (-4, 1), "start")
    )
    program = json.loads(shown.data)["program"]
    for alpha, t, start in [(0.1, 0, (1.0, 2.0)), (0.37, 4, (-3.3, 0.1)), (1.0, 9, (0.0, 1e-9))]:
        values = json.dumps({"alpha": alpha, "t": t, "start": start})
        got = json.loads(MiniRacer().eval(f"JSON.stringify(({program})({values}))"))
        own = scene.compute(alpha, t, start)
        assert got["loss"] == own["loss"]
        assert got["bars"] == list(own["bars"])
        assert got["path"] == [list(xs) for xs in own["path"]]
        assert (got["alpha"], got["t"]) == (alpha, t)


def test_words_of_a_choice_and_of_a_condition_stand_in_the_sentence(scene):
    def compute(alpha, method, corrected):
        return {"path": ([0, 1], [0, alpha]), "which": where(corrected > 0, "with", "without")}

    scene.text.set_text("")
    shown = scene.live(
        "{method} {which} correction, α = {alpha:.1f}.",
        {"path": scene.line},
        compute,
        alpha=slider([0.5, 1.0]),
        method=choice(["SGD", "Adam"], start="Adam"),
        corrected=switch("correction", start=True),
    )
    assert shown.sentence == "Adam with correction, α = 0.5."
    program = json.loads(shown.data)["program"]
    got = json.loads(
        MiniRacer().eval(f"JSON.stringify(({program})({{alpha: 1, method: 0, corrected: 0}}))")
    )
    assert (got["method"], got["which"], got["alpha"]) == ("SGD", "without", 1)


def test_an_artist_of_any_kind_can_be_shown_and_hidden(scene):
    def compute(alpha):
        return {"path": alpha > 0.5, "bars": alpha < 0.5, "loss": alpha}

    shown = scene.live(compute=compute, alpha=number(0, 1, 0.9))
    assert re.search(r'data-moving="path" visibility="visible"', shown.html)
    assert re.search(r'data-moving="bars" visibility="hidden"', shown.html)


def test_the_best_so_far_is_kept(scene):
    def compute(alpha):
        return {"path": ([0, alpha], [0, 1]), "loss": alpha * (1 - alpha)}

    shown = scene.live("{loss:.2f}, at best {best_loss:.2f}.", {"path": scene.line}, compute,
                       record=["loss"], alpha=number(0, 1, 0.1))  # fmt: skip
    assert shown.sentence == "0.09, at best 0.09."
    assert json.loads(shown.data)["record"] == ["loss"]


def test_riddles_that_are_solved_are_counted(scene):
    def compute(box, alpha):
        return {"path": ([0, alpha], [0, 1]), "loss": alpha, "solved": alpha > 0.5 + 0 * box}

    shown = scene.live("{found} of 2", {"path": scene.line}, compute, finds=("box", "solved"),
                       box=choice(["one", "two"]), alpha=number(0, 1, 0.1))  # fmt: skip
    assert shown.sentence == "0 of 2"
    assert json.loads(shown.data)["finds"] == ["box", "solved"]
    assert ' data-finds="box" ' in shown.html


@pytest.mark.parametrize(
    ("finds", "error", "says"),
    [
        ("box", TypeError, r"it must be \(control, result\), two names"),
        (("alpha", "solved"), ValueError, r"finds names 'alpha', which is no choice"),
        (("box", "gone"), ValueError, "finds names 'gone', which is no result"),
    ],
)
def test_riddles_without_a_list_or_a_result_are_refused(scene, finds, error, says):
    def compute(box, alpha):
        return {"path": ([0, alpha], [0, 1]), "loss": alpha, "solved": alpha > 0.5 + 0 * box}

    with pytest.raises(error, match=says):
        scene.live("{found}", {"path": scene.line}, compute, finds=finds,
                   box=choice(["one", "two"]), alpha=number(0, 1, 0.1))  # fmt: skip


def test_the_same_compute_works_under_interact(scene):
    free = widgets.interactive(
        scene.compute, alpha=(0.0, 1.0), t=widgets.fixed(1), start=widgets.fixed((1, 1))
    )
    free.update()
    assert free.result["loss"] == scene.compute(0.5, 1, (1, 1))["loss"]


def test_a_live_figure_can_be_what_a_question_reveals(scene):
    shown = scene.live()
    asked = predict("Does it?", ["yes", "no"], "no", "It cannot.", shown)
    assert shown.html in asked.html
    assert (asked.data, asked.name) == (shown.data, shown.name)


def test_a_division_by_zero_is_shown_as_the_page_shows_it(scene):
    def compute(alpha):
        return {"path": ([0, 1], [0, 1 / alpha]), "loss": 1 / alpha}

    shown = scene.live(moving={"path": scene.line}, compute=compute, alpha=number(0, 1, 0))
    assert shown.sentence == "With α = 0 the loss is ∞."


# What the page draws after a move is what matplotlib draws there.

MOVED = 0.75
XS, YS = [0.7, 1.5, 2.5, 2.7, 3.6, 4.4], [1.0, 3.5, 1.2, 1.4, 4.2, 2.0]
HEIGHTS = [1.0, 3.5, -1.2, 0.0, 4.2]


def a_line(*style, **more):
    return lambda ax: ax.plot([], [], *style, **{"color": "#0072b2", **more})[0]


def big(marker, **more):
    """Return a line of large markers that overlap, with an edge of another colour."""
    look = {"ms": 22, "lw": 3, "mfc": "#d55e00", "mec": "#000000", "mew": 3}
    return a_line(marker=marker, **{**look, **more})


def dots(**style):
    return lambda ax: ax.scatter([], [], **style)


def a_text(words="word", **style):
    return lambda ax: ax.text(np.nan, 0, words, **style)


def bars(**style):
    return lambda ax: ax.bar(range(1, 6), np.zeros(5), **style)


def on_log_axes(make, **how):
    def made(ax):
        artist = make(ax)
        ax.set_xscale("log")
        ax.set_yscale("log", **how)
        ax.set(xlim=(0.5, 5), ylim=(0.5, 5))
        return artist

    return made


def under(make, what):
    """Put something still over an artist, by its zorder."""

    def made(ax):
        what(ax)
        return make(ax)

    return made


ARROW = Path([(-1, -1), (1, 0), (-1, 1), (-0.5, 0), (-1, -1)])
SHAPES = [*"os^v<>DdphH*+xX8PP|_.,1234", 4, 11, (5, 1, 20), (6, 2, 10), ARROW, "$♥$"]
CASES = {
    **{f"marker {shape!r:.20}": big(shape) for shape in SHAPES},
    **{f"plain marker {shape}": a_line(marker=shape, ms=14) for shape in "os^Dd*+x.|,"},
    "face alone": big("o", mec="none"),
    "edge alone": big("s", mfc="none"),
    "no edge": big("D", mew=0),
    "markers alone": big("o", ls="none"),
    "edges joined round": big("^", mew=6),
    "faint markers": a_line("-o", ms=22, alpha=0.5),
    "faint squares": big("s", alpha=0.4),
    "faint faces": big("o", mfc=(1, 0, 0, 0.3)),
    "faint edges": big("o", mec=(0, 0, 0, 0.3), mew=6),
    "half filled": big("o", fillstyle="left", markerfacecoloralt="#3b7a57"),
    "filled above": big("s", fillstyle="top"),
    "not filled": big("o", fillstyle="none"),
    "black": a_line("-o", color="black", ms=9),
    "grey": a_line("-s", color="0.5", ms=9),
    "white": big("o", mfc="white"),
    "faint line": a_line(alpha=0.4, lw=12),
    "dashed": a_line("--", lw=3),
    "dotted": a_line(":", lw=5),
    "dash-dotted": a_line("-.", lw=4, dash_capstyle="round"),
    "own dashes": a_line(ls=(3, (6, 2, 1, 2)), lw=4),
    "gaps of a colour": a_line("--", lw=6, gapcolor="#e69f00"),
    "faint dashes": a_line("--", lw=8, alpha=0.5),
    "butt ends, mitred": a_line(lw=12, solid_capstyle="butt", solid_joinstyle="miter"),
    "round ends, bevelled": a_line(lw=12, solid_capstyle="round", solid_joinstyle="bevel"),
    "hair": a_line(lw=0.3),
    "not clipped": big("o", clip_on=False),
    "clipped by a box": under(
        lambda ax: ((line := big("o")(ax)) and line.set_clip_box(ax.bbox.shrunk(0.7, 0.6))) or line,
        lambda ax: None,
    ),
    "log": on_log_axes(big("o")),
    "log, 0 left out": on_log_axes(big("o"), nonpositive="mask"),
    "log of 2": on_log_axes(big("o"), base=2),
    "turned round": under(big("o"), lambda ax: (ax.invert_yaxis(), ax.invert_xaxis())),
    "under a line": under(big("o"), lambda ax: ax.plot([0, 5], [0, 5], lw=20, zorder=7)),
    "under a box": under(
        a_line(lw=9), lambda ax: ax.text(2, 2, "still", bbox={"fc": "white", "ec": "k"})
    ),
    "on black": under(a_line("-o", color="white", ms=12), lambda ax: ax.set_facecolor("black")),
    "scatter": dots(s=300, c="#d55e00"),
    "scatter with edges": dots(s=300, c="#d55e00", edgecolors="black", linewidths=3),
    "scatter of crosses": dots(s=200, c="#d55e00", marker="x", linewidths=4),
    "faint scatter": dots(s=900, c="#d55e00", alpha=0.4, marker="s"),
    "hollow scatter": dots(s=300, facecolors="none", edgecolors="#0072b2"),
    "scatter, not clipped": dots(s=900, c="#d55e00", clip_on=False, marker="^"),
    "bars": bars(),
    "bars with edges": bars(edgecolor="black", linewidth=4, color="#d55e00"),
    "bars with dashed edges": bars(edgecolor="black", linewidth=4, linestyle="--", fill=False),
    "bars of colours": bars(color=["C0", "C1", "black", "C3", "0.5"]),
    "bars of widths": bars(width=[0.2, 0.4, 0.6, 0.8, 1]),
    "bars that stand on something": bars(bottom=[1, -1, 1, 2, 0.5]),
    "faint bars": bars(alpha=0.5, width=1.6),
    "log bars": on_log_axes(bars(bottom=0.7)),
    "log bars on 0": on_log_axes(bars()),
    "text": a_text(),
    "text in a box": a_text(bbox={"fc": "#e69f00", "ec": "black"}),
    "turned text": a_text("turned", rotation=40),
    "lines of text": a_text("one\nand another", ha="right", va="top"),
    "text, clipped": a_text("a long word " * 3, clip_on=True, ha="center"),
    "text with fields": a_text("α {alpha:.2f}", ha="center"),
    "text that is empty first": a_text("{empty}", ha="center"),
}  # fmt: skip


def state(artist, alpha):
    """Return what compute() says of an artist: its last points are far away."""
    if isinstance(artist, plt.Text):
        return 1 + 3 * alpha, 4 - 2 * alpha
    if isinstance(artist, plt.matplotlib.container.BarContainer):
        return [height * (1 - alpha) + alpha for height in HEIGHTS]
    xs = [*(x + alpha / 2 for x in XS), np.nan, 1, 60, 3e5 * alpha, 2.5, 0 * alpha]
    return xs, [*(y * (1 - alpha / 2) for y in YS), 1, 1, 40, -2e7, 3.3, -1]


def stage(make):
    fig, ax = plt.subplots(figsize=(4.8, 2.4))
    plt.close(fig)
    ax.set(xlim=(0, 5.5), ylim=(-1.5, 5), xticks=[], yticks=[])
    return fig, make(ax)


def moved_live(make, name):
    fig, artist = stage(make)

    def compute(alpha):
        return {"it": state(artist, alpha), "empty": where(alpha > 0.5, "filled", "")}

    words = "α is {alpha:.2f}{empty}."
    return live(fig, compute, words, {"it": artist}, name=name, alpha=number(0, 1, 0))


def set_to(artist, alpha):
    """Move an artist by matplotlib's own means."""
    there = state(artist, alpha)
    if isinstance(artist, plt.Text):
        artist.set_position(there)
        artist.set_text(artist.get_text().format(alpha=alpha, empty="filled" * (alpha > 0.5)))
    elif isinstance(artist, plt.Line2D):
        artist.set_data(*there)
    elif hasattr(artist, "set_offsets"):
        artist.set_offsets(np.transpose(there))
    else:
        for bar, height in zip(artist, there, strict=True):
            bar.set_height(height)


def by_matplotlib(make):
    fig, artist = stage(make)
    set_to(artist, MOVED)
    return picture(fig, "There.")


@pytest.fixture(scope="module")
def seen(browser, tmp_path_factory):
    """Return a function: the pixels of a case, of live() when moved and of matplotlib's states."""
    figures, names = [], {name: f"case{k}" for k, name in enumerate(CASES)}
    monkeypatch = pytest.MonkeyPatch()
    for module in ("computed", "drawn"):  # paper is not looked at here
        monkeypatch.setattr(f"pagefigures.{module}.png", lambda fig: "")
    for name, make in CASES.items():
        figures += [moved_live(make, names[name]), by_matplotlib(make)]
    monkeypatch.undo()
    # at whole pixels, or the browser would smooth the same picture in two ways
    grid = "<style>.cell_output {height: 400px}</style>"
    path = tmp_path_factory.mktemp("cases") / "cases.html"
    query = "?" + "&".join(f"{name}={MOVED}" for name in names.values())
    with Visit(
        browser, write_page(path, *figures, head=grid) + query, width=500, device_scale_factor=2
    ) as visit:
        visit.page.wait_for_timeout(200)
        pictures = visit.page.locator(":is(.live, .picture) > svg").all()

        def pixels(name):
            first = 2 * list(CASES).index(name)
            return [
                np.asarray(Image.open(BytesIO(one.screenshot())).convert("RGB"), int)
                for one in pictures[first : first + 2]
            ]

        yield pixels
        assert visit.errors == []


def test_points_however_far_are_cut_where_the_line_leaves_the_picture(browser, tmp_path):
    fig, ax = plt.subplots(figsize=(4.8, 2))
    ax.set(xlim=(0, 5), ylim=(0, 5))
    line = ax.plot([], [], "-o")[0]
    plt.close(fig)

    def compute(far):
        ys = [1, far, 3, -far, far * far, 2, -far / 7, far * far * far, 1, 2, far]
        return {"line": ([1, 1.5, 2, far, -far, 3, far / 3, 4, 4.1, far * far, 4.5], ys)}

    shown = live(fig, compute, "{far:.2g}", {"line": line}, name="far",
                 far=number(1, 1e150, 1, log=True))  # fmt: skip
    address = write_page(tmp_path / "far.html", shown)
    for far in (1e3, 1e9, 1e20, 1e38, 1e60, 1e150):
        with Visit(browser, f"{address}?far={far}".replace("+", "")) as visit:
            way = visit.page.locator(".pf-line")
            visit.page.wait_for_function("document.querySelector('.pf-says').textContent != '1'")
            numbers = re.findall(r"[^ MLh]+", way.get_attribute("d"))
            assert len(numbers) > 10
            assert all(re.fullmatch(r"-?\d{1,4}", one) for one in numbers), way.get_attribute("d")
            assert visit.errors == []


def unlike(one, other):
    """Return how many pixels differ clearly, in a thousand."""
    return 1000 * (abs(one - other).max(-1) > 60).mean()


@pytest.mark.parametrize("name", CASES)
def test_what_has_moved_is_drawn_as_matplotlib_draws_it(seen, name):
    moved, there = seen(name)
    assert unlike(moved, there) < 0.6  # a turned text lies a tenth of a point beside


def test_the_comparison_sees_a_look_that_is_lost(seen):
    at = {name: seen(name)[1] for name in ("marker 'o'", "marker 'h'", "plain marker o", "dashed",
                                           "faint line", "no edge", "marker 'D'")}  # fmt: skip
    for one, other in [("marker 'o'", "marker 'h'"), ("marker 'o'", "plain marker o"),
                       ("no edge", "marker 'D'")]:  # fmt: skip
        assert unlike(at[one], at[other]) > 3


# What an author is told.


def named(**given):
    return lambda scene: scene.live(**given)


def with_compute(compute, **given):
    return lambda scene: scene.live(compute=compute, **given)


def two(alpha, beta):
    return {"path": ([0, alpha], [0, beta]), "bars": [0, 0, 0, 0], "loss": alpha}


@pytest.mark.parametrize(
    ("use", "error", "words"),
    [
        (named(sentence=None), TypeError, r"live\(\) needs a sentence that says what is seen"),
        (named(sentence=" "), TypeError, r"live\(\) needs a sentence"),
        (
            named(sentence="{nothing:.2g}"),
            ValueError,
            "field 'nothing', which is neither a control",
        ),
        (named(sentence="{loss:.2e}"), ValueError, r"format '.2e' is not allowed: give d"),
        (named(sentence="{loss"), ValueError, "is no sentence with fields"),
        (named(sentence="{path}"), ValueError, "path is no single number"),
        (named(sentence="{}"), ValueError, "has a field '', which is neither"),
        (named(sentence="{loss.real}"), ValueError, "field 'loss.real', which is neither"),
        (named(sentence="{loss!r}"), ValueError, "is no sentence with fields: it asks for .*!r"),
        (named(moving={}), TypeError, "moving = {}: it must be a dict from a name to an artist"),
        (named(moving=["path"]), TypeError, "it must be a dict from a name to an artist"),
        (named(moving={"path": "line"}), TypeError, r"moving\['path'\] = 'line' is no artist"),
        (named(moving={"path": plt.Line2D([], [])}), ValueError, "is not in the figure"),
        (lambda s: s.live(moving={"way": s.line}), ValueError, r"nothing for moving\['way'\]; it"),
        (named(record=["gain"], alpha=[1]), ValueError, "record names 'gain', which is no result"),
        (named(alpha=0.1), TypeError, "alpha=0.1 is no control"),
        (named(beta=[1]), TypeError, r"compute\(\) does not fit the controls \['beta'\]"),
        (
            with_compute(two, alpha=slider([1], "x"), beta=slider([1], "x")),
            ValueError,
            r"two controls have the same label: \['x', 'x'\]",
        ),
        (
            with_compute(two, alpha=slider([1], "beta"), beta=slider([1])),
            ValueError,
            "two controls have the same label",
        ),
        (
            with_compute(lambda alpha, record: {}, alpha=[1], record=slider([1])),
            ValueError,
            r"'record' is an option of live\(\) and can't name a control too",
        ),
        (
            with_compute(lambda alpha, name: {}, alpha=[1], name=slider([1])),
            ValueError,
            r"'name' is an option of live\(\)",
        ),
        (
            with_compute(lambda alpha: alpha),
            TypeError,
            r"compute\(\) must return a dict, and returned float",
        ),
        (
            with_compute(lambda alpha: two(alpha, 1) | {"bars": [1, 2]}),
            ValueError,
            r"returns 2 heights for the 4 bars of moving\['bars'\]",
        ),
        (
            with_compute(lambda alpha: two(alpha, 1) | {"path": ([1, 2], [1])}),
            ValueError,
            r"must return \(xs, ys\), of one length, for .*'path'\]; the lengths are \[2, 1\]",
        ),
        (
            with_compute(lambda alpha: two(alpha, 1) | {"path": [1, 2, 3]}),
            ValueError,
            r"must return \(xs, ys\)",
        ),
        (
            with_compute(lambda alpha: two(alpha, 1) | {"path": "left"}),
            ValueError,
            r"must return \(xs, ys\)",
        ),
        (
            lambda s: s.live(
                moving={"path": s.ax.spines["left"]},
                compute=lambda alpha: {"path": ([1], [1]), "loss": alpha},
            ),
            TypeError,
            r"moving\['path'\] is a Spine, of which compute\(\) can only say whether it is seen",
        ),
        (
            lambda s: s.live(alpha=[0.1], start=point(plt.figure().gca(), (0, 0))),
            ValueError,
            "the axes of the control 'start' are not in the figure",
        ),
        (
            lambda s: s.live(alpha=[0.1], start=point(s.ax, (0, 0), then="alpha")),
            ValueError,
            r"start: then='alpha' names no control that is made by steps\(\)",
        ),
        (
            lambda s: s.low.set_xscale("symlog") or s.live(),
            ValueError,
            "a symlog axis can't be live: linear or log",
        ),
        (
            lambda s: s.text.set_text("loss\n{loss:.2g}") or s.live(),
            ValueError,
            "a text with fields must be of one line",
        ),
        (named(name="two words", alpha=[1]), ValueError, "a figure's name has letters, digits"),
        (
            lambda s: s.fig.set_size_inches(9, 4) or s.live(),
            ValueError,
            "px high on a phone",
        ),
    ],
)
def test_wrong_use_is_told(scene, use, error, words):
    with pytest.raises(error, match=words):
        use(scene)


def with_artist(make, result=lambda alpha: ([0, alpha], [0, 1])):
    """Make an artist live that a scene's figure gets from `make`."""

    def use(scene):
        artist = make(scene)
        scene.live(
            moving={"it": artist}, compute=lambda alpha: {"it": result(alpha), "loss": alpha}
        )

    return use


def styled(**style):
    return with_artist(lambda s: s.ax.plot([], [], **style)[0])


def barred(heights=lambda alpha: [alpha, 1, 2], make="bar", **style):
    return with_artist(lambda s: getattr(s.ax, make)([1, 2, 3], [0, 0, 0], **style), heights)


def said(words="word", place=lambda alpha: (alpha, 0), **style):
    """Make a text live; or let one with fields be written anew, if it has no place."""
    if place:
        return with_artist(lambda s: s.ax.text(0, 0, words, **style), place)
    return lambda s: s.ax.text(0, 0, "{loss:.1f}" + words, **style) and s.live()


def turned_bar(scene):
    bars = scene.ax.bar([1, 2, 3], [0, 0, 0])
    bars[1].set_angle(20)
    return bars


def bars_at_two_heights(scene):
    bars = scene.ax.bar([1, 2, 3], [0, 0, 0])
    bars[1].set_zorder(5)
    return bars


def clipped_by_a_circle(scene):
    (line,) = scene.ax.plot([], [])
    line.set_clip_path(plt.Circle((0, 0), 1, transform=scene.ax.transData))
    return line


def hidden_axes(scene):
    scene.ax.set_visible(False)
    return scene.line


def tick_with_fields(scene):
    scene.ax.set_xticks([0], ["{loss:.1f}"])
    scene.live()


REFUSED = {
    "markevery": (styled(marker="o", markevery=2), r"moving\['it'\].*markevery=2: every point has"),
    "steps": (styled(drawstyle="steps-post"), "drawstyle='steps-post': .* corners of the steps"),
    "xkcd": (styled(sketch_params=(1, 2, 3)), "sketched .xkcd.: draw it plain"),
    "path effects": (styled(path_effects=[withStroke()]), "path effects, which the script does"),
    "agg_filter": (styled(agg_filter=lambda image, dpi: (image, 0, 0)), "agg_filter works on"),
    "url": (styled(url="https://example.org"), "has a url, and nothing in a picture is a link"),
    "invisible": (styled(visible=False), "it is invisible: leave it visible, or let compute"),
    "axhline": (with_artist(lambda s: s.ax.axhline(0)), "transform of its own; .* transData"),
    "axvline": (with_artist(lambda s: s.ax.axvline(0)), "transform of its own"),
    "axline": (with_artist(lambda s: s.ax.axline((0, 0), slope=1)), "transform of its own"),
    "line in transAxes": (
        with_artist(lambda s: s.ax.plot([], [], transform=s.ax.transAxes)[0]),
        "transform of its own",
    ),
    "line of the figure": (
        with_artist(lambda s: s.fig.add_artist(plt.Line2D([], []))), "in no Axes"),
    "polar": (
        with_artist(lambda s: s.fig.add_subplot(projection="polar").plot([], [])[0]),
        r"polar axes can't be live: plain ones \(rectilinear\) can",
    ),
    "polar, a point": (
        lambda s: s.live(alpha=[0.1], start=point(s.fig.add_subplot(projection="polar"), (0, 0.5))),
        "polar axes can't be live",
    ),
    "clipped by a circle": (with_artist(clipped_by_a_circle), "clipped by a shape; only rect"),
    "scatter of sizes": (
        with_artist(lambda s: s.ax.scatter([1, 2], [1, 2], s=[10, 200])),
        r"moving\['it'\]: it has several colours, sizes, .*: give it one of each",
    ),
    "scatter of colours": (
        with_artist(lambda s: s.ax.scatter([1, 2], [1, 2], c=["r", "b"])), "several colours"),
    "hatched scatter": (
        with_artist(lambda s: s.ax.scatter([1, 2], [1, 2], hatch="/")), "hatch='/' is not drawn"),
    "scatter in transAxes": (
        with_artist(lambda s: s.ax.scatter([1], [1], transform=s.ax.transAxes)),
        "transform of its own",
    ),
    "scatter with urls": (
        with_artist(lambda s: s.ax.scatter([1], [1], urls=["a"])), "has a url"),
    "hatched bars": (barred(hatch="x"), "hatch='x' is not drawn: give it a colour or an edge"),
    "horizontal bars": (barred(make="barh"), r"they are horizontal, and .*make them with bar\("),
    "error bars": (barred(yerr=1), "their error bars would stand still"),
    "turned bars": (with_artist(turned_bar, lambda alpha: [1, 2, 3]), "they are turned"),
    "bars above others": (
        with_artist(bars_at_two_heights, lambda alpha: [1, 2, 3]), "they differ in zorder"),
    "sketched bars": (barred(sketch_params=(1, 2, 3)), "sketched"),
    "bars with path effects": (barred(path_effects=[withStroke()]), "path effects"),
    "text in transAxes": (
        with_artist(lambda s: s.ax.text(0, 0, "x", transform=s.ax.transAxes), lambda a: (a, 0)),
        "transform of its own",
    ),
    "text of the figure": (
        with_artist(lambda s: s.fig.text(0, 0, "x"), lambda a: (a, 0)), "in no Axes"),
    "a moving annotation": (
        with_artist(lambda s: s.ax.annotate("x", (0, 0)), lambda a: (a, 0)),
        r"an annotation can't move, only be shown: give ax.text",
    ),
    "words for a text": (said(place=lambda alpha: "high"), r"must return \(x, y\), its place, for"),
    "three places for a text": (said(place=lambda alpha: (alpha, 0, 1)), "must return .x, y."),
    "turned fields": (said(place=None, rotation=30), "turned only with rotation_mode='anchor'"),
    "boxed fields": (said(place=None, bbox={"fc": "w"}), "has no box: it would not grow"),
    "wrapped fields": (said(place=None, wrap=True), "is not wrapped"),
    "fields with path effects": (said(place=None, path_effects=[withStroke()]), "path effects"),
    "moving fields in a box": (said("{loss:.1f}", bbox={"fc": "w"}), "has no box"),
    "fields with an arrow": (
        lambda s: s.ax.annotate("{loss:.1f}", (0, 0), (1, 1), arrowprops={}) and s.live(),
        "an annotation with an arrow has no fields",
    ),
    "fields in a tick label": (tick_with_fields, "a tick label has no fields"),
    "invisible fields": (said(place=None, visible=False), "with fields is invisible: show it"),
    "hidden axes": (with_artist(hidden_axes), r"moving\['it'\] is never drawn"),
    "unused": (
        with_compute(lambda alpha: two(alpha, 1) | {"slip": 1, "more": 2}),
        "compute.. returns 'more', 'slip', which nothing shows: neither `moving` nor `record` nor",
    ),
    "a result like a control": (
        with_compute(lambda alpha: two(alpha, 1) | {"alpha": 1}),
        "compute.. returns 'alpha', which is a control: call it otherwise",
    ),
    "one artist twice": (
        lambda s: s.live(moving={"path": s.line, "bars": s.bars, "again": s.line}),
        r"moving\['again'\] = .* has another name too",
    ),
    "a record of many": (
        lambda s: s.live(record=["path"], alpha=[1]), "'path', which is no single number"),
    "lengths that differ later": (
        lambda s: s.live(
            moving={"path": s.line}, t=steps(9, start=9), alpha=[1],
            compute=lambda t, alpha: {
                "path": (list(range(10)), scan(lambda x, _: (x, x), 0.0, t, first=0.0)[1]),
                "loss": alpha,
            },
        ),
        r"of one length, for moving\['path'\]; the lengths are \[10, 1\]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("use", "words"), REFUSED.values(), ids=REFUSED)
def test_what_the_page_would_draw_otherwise_is_refused_in_words(scene, use, words):
    with pytest.raises(ValueError, match=f"(?s){words}"):
        use(scene)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s, k: s.ax.set_ylim(-k, k), "the y axis"),
        (lambda s, k: s.ax.set_title(f"k = {k}"), "the text 'k ="),
        (lambda s, k: s.ax.lines[1].set_color(f"C{k}"), "Line2D"),
    ],
)
def test_what_compute_changes_by_itself_is_named(scene, change, words):
    scene.ax.plot([0, 1], [0, 1])

    def compute(k):
        if isinstance(k, float):  # as numbers, and not as symbols
            change(scene, round(k))
        return {"path": ([0, k], [0, 1]), "loss": k}

    with pytest.raises(ValueError, match=rf"compute\(\) changes .*{words}.* stands still"):
        scene.live("The loss is {loss:d}.", {"path": scene.line}, compute, k=slider([1, 2, 3]))


def test_still_artists_stay_above_or_below_what_moves_by_their_zorder(scene):
    scene.text.set_text("")
    scene.ax.plot([-5, 5], [0, 0], color="#123456", zorder=1)
    scene.ax.plot([-5, 5], [1, 1], color="#654321", zorder=9)
    shown = scene.live()
    order = [shown.html.index(one) for one in ("#123456", 'data-moving="path"', "#654321")]
    assert order == sorted(order)


def test_a_name_of_any_letters_reaches_its_artist(browser, tmp_path):
    fig, ax = plt.subplots(figsize=(4.8, 2))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    names = ['"quoted" & <odd>', "double well", "θ₁'\\"]
    moving = {name: ax.plot([], [])[0] for name in names}

    def compute(alpha):
        return {name: ([0, alpha], [0, alpha]) for name in names}

    shown = live(fig, compute, "α {alpha:.1f}", moving, name="odd", alpha=number(0, 1, 0))
    with Visit(browser, write_page(tmp_path / "odd.html", shown) + "?odd=1") as visit:
        visit.page.wait_for_function(
            "[...document.querySelectorAll('.pf-line')]"
            ".every((line) => line.getAttribute('d').length > 9)"
        )
        assert visit.errors == []


def test_a_branch_in_compute_is_told_with_its_line(scene):
    def compute(alpha):
        return {"path": ([0, 1], [0, 1 if alpha > 0.5 else 0]), "loss": alpha}

    with pytest.raises(TraceError, match=r"line \d+ of compute, .*a branch on a value"):
        scene.live(moving={"path": scene.line}, compute=compute)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda ax: point(ax, (9, 0)), r"point\(\): start = \(9, 0\) is not within"),
        (lambda ax: point(ax, (0, 0), room=(1, 2, -1, 1)), "is not within"),
        (lambda ax: point(ax, (float("nan"), 0)), "is not within"),
        (lambda ax: point(ax, (0, 0), room=(1, 0, -1, 1)), "is not within|room"),
        (lambda ax: turn(ax, 4, radius=1), r"turn\(\): start = 4 is not within"),
        (lambda ax: turn(ax, 0, radius=0), r"turn\(\): radius"),
        (lambda ax: tape(ax, [], low=-1, high=1), r"tape\(\) needs heights"),
        (lambda ax: tape(ax, [2], low=-1, high=1), r"tape\(\) needs heights within -1 to 1"),
        (lambda ax: tape(ax, [0], low=-1, high=1, step=0), r"tape\(\): step"),
        (lambda ax: tape(ax, [0], low=-1, high=1, step=-1), r"tape\(\): step"),
    ],
)
def test_a_handle_out_of_its_room_is_told(scene, make, words):
    with pytest.raises(ValueError, match=words):
        make(scene.ax)


def test_bars_too_narrow_for_a_finger_are_told_with_how_many_fit(scene):
    def shown(n):
        scene = Scene()
        scene.low.set_xlim(0.5, n + 0.5)
        return scene.live(
            moving={"path": scene.line},
            compute=with_tape,
            g=tape(scene.low, [0] * n, low=-1, high=1),
        )

    def with_tape(g):
        return {"path": ([0, g[0]], [0, g[1]]), "alpha": g[0], "loss": g[1]}

    with pytest.raises(
        ValueError, match="99 bars of 'gradient' are too narrow for a finger"
    ) as told:
        shown(99)
    fits = int(re.search(r"there is room for (\d+)", str(told.value))[1])
    assert fits >= 10
    assert shown(fits).html.count('role="slider"') == fits
    with pytest.raises(ValueError, match=f"room for {fits}"):
        shown(fits + 1)


def test_an_error_leaves_the_figure_usable(scene):
    with pytest.raises(ValueError, match="neither a control"):
        scene.live("{nothing}")
    assert scene.fig.patch.get_visible()
    assert not scene.line.get_animated()
    assert "{loss" in scene.text.get_text()
    scene.live()
