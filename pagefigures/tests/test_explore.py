"""Figures drawn in advance, stills and questions: what an author may do and what becomes of it."""

import json
import re
from html import unescape

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from pagefigures import choice, explore, number, picture, predict, slider, steps, switch
from pagefigures.sphinx import NOTEBOOK, placed
from pagefigures.svg import drawing

VIEW = "application/vnd.jupyter.widget-view+json"
LONG = (
    "It leaves the picture, and each bounce between the walls is longer than the one before. " * 2
)


def make_scene():
    """Return a figure with a line in it, and an update that moves the line."""
    fig, ax = plt.subplots(figsize=(4.8, 2.5), layout="constrained")
    ax.set(xlim=(0, 10), ylim=(-2, 2), xlabel="steps t", title="A line")
    (line,) = ax.plot([], [], "o-", color="#d55e00")

    def update(alpha, t=10, method="SGD", corrected=False):
        line.set_data(np.arange(t + 1), alpha * np.cos(np.arange(t + 1)))
        return f"α = {alpha:g}, t = {t}, {method}, {corrected}." + LONG * (alpha > 1)

    plt.close(fig)
    return fig, line, update


@pytest.fixture
def scene():
    """Return a scene that this test may change."""
    return make_scene()


# What an author may do.


def specs(explorer):
    """Return what the script is told of the controls."""
    found = re.search(r'data-controls="([^"]*)"', explorer.html)
    return json.loads(unescape(found[1]))


def test_sequences_and_specifications_become_controls(scene):
    fig, line, update = scene
    explorer = explore(
        fig,
        line,
        update,
        alpha=slider(np.geomspace(0.1, 1, 3), label="step size α", start=1, format=".2f"),
        t=steps(2),
        method=["SGD", "Adam"],
    )
    alpha, t, method = specs(explorer)
    assert (alpha["name"], alpha["words"], alpha["start"]) == ("alpha", ["0.10", "0.32", "1.00"], 2)
    assert 'aria-label="step size α" aria-valuetext="1.00"' in explorer.html
    assert (t["words"], t["interval"]) == (["0", "1", "2"], 100)
    assert explorer.html.count('class="pf-play" data-of="t"') == 1
    assert method["words"] == ["SGD", "Adam"]
    assert explorer.sentence == "α = 1, t = 0, SGD, False."


def test_choices_are_buttons_if_few_and_short_and_a_list_otherwise():
    assert choice(["SGD", "Adam"]).row("m").count('type="radio"') == 2
    assert choice(range(9)).row("m").count("<option") == 9
    assert choice(["x" * 20, "y" * 20]).row("m").count("<option") == 2
    assert choice({"a": 1, "b": 2}, start=2).start == 1
    on = switch("correction", start=True)
    assert (on.values, on.first) == ((False, True), True)
    assert 'role="switch"' in on.row("corrected")
    assert " checked>" in on.row("corrected")


def test_each_state_is_drawn_with_its_own_values(scene):
    fig, line, update = scene
    seen = []
    explorer = explore(
        fig,
        line,
        lambda **state: seen.append(state) or update(**state),
        alpha=[0.5, 1],
        t=[3, 4, 5],
    )
    states = [{"alpha": alpha, "t": t} for alpha in (0.5, 1) for t in (3, 4, 5)]
    assert seen[1:-1] == states
    data = json.loads(explorer.data)
    shown = ["".join(data["pieces"][k] for k in frame) for frame in data["frames"]]
    assert len(set(shown)) == 6
    for state, frame, sentence in zip(states, shown, data["sentences"], strict=True):
        assert f"α = {state['alpha']:g}, t = {state['t']}," in sentence
        line.set_data(np.arange(state["t"] + 1), state["alpha"] * np.cos(np.arange(state["t"] + 1)))
        assert frame == drawn_alone(fig, line)
    assert shown[0] in explorer.html


def drawn_alone(fig, artist):
    with drawing(fig) as renderer:
        return renderer.draw(artist)


def test_equal_pieces_are_written_once(scene):
    fig, line, _ = scene
    text = fig.axes[0].text(1, 1, "")

    def moves(alpha, t):
        line.set_data([0, 1], [0, alpha])
        text.set_text(f"t = {t}")
        return f"{alpha}, {t}."

    data = json.loads(explore(fig, [line, text], moves, alpha=[0.5, 1], t=[1, 2, 3]).data)
    assert len(data["frames"]) == 6
    assert len(data["pieces"]) == 2 + 3


def test_the_outputs_are_a_view_a_picture_and_the_same_sentence_each_time(scene):
    fig, line, update = scene
    bundle, _ = explore(fig, line, update, alpha=[0.5, 1])._repr_mimebundle_()
    assert set(bundle) == {VIEW, "image/png", "text/plain"}
    assert bundle["text/plain"] == "α = 0.5, t = 10, SGD, False."
    still = picture(fig, "A line falls.")
    assert set(still._repr_mimebundle_()[0]) == {VIEW, "image/png", "text/plain"}
    assert repr(still) == "A line falls."
    asked = predict("Does it?", ["yes", "no"], "no", "It cannot.", still)
    assert repr(asked) == "Does it? (yes / no) Answer: no. It cannot."
    assert set(asked._repr_mimebundle_()[0]) == {VIEW, "text/plain"}


def test_the_figure_stays_usable_and_shows_the_start(scene):
    fig, line, update = scene
    dpi, engine = fig.get_dpi(), fig.get_layout_engine()
    explore(fig, line, update, alpha=slider([0.5, 1], start=1))
    assert (fig.get_dpi(), fig.get_layout_engine()) == (dpi, engine)
    assert not line.get_animated()
    assert line.get_ydata()[0] == 1
    explore(fig, line, update, alpha=[0.5, 1])


def test_the_same_update_works_under_interact(scene):
    *_, line, update = scene
    free = widgets.interactive(update, alpha=(0.0, 1.0), t=widgets.fixed(3))
    free.update()
    assert free.result == "α = 0.5, t = 3, SGD, False."
    assert len(line.get_xdata()) == 4


def test_containers_and_whole_axes_may_move():
    fig, ax = plt.subplots(figsize=(4.8, 3))
    bars = ax.bar([1, 2], [1, 1])

    def update(height):
        bars[0].set_height(height)
        ax.set_ylim(0, 2 * height)
        return f"The bar is {height} high."

    with pytest.raises(ValueError, match="changes the y axis"):
        explore(fig, bars, update, height=[1, 2])
    explore(fig, ax, update, height=[1, 2])
    ax.set_ylim(0, 2)
    explore(fig, bars, lambda k: bars[0].set_height(k) or f"The bar is {k} high.", k=[1, 2])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"controls": {}}, ValueError, "one to three controls, got 0"),
        ({"controls": {name: [1] for name in "abcd"}}, ValueError, "got 4"),
        ({"controls": {"alpha": []}}, ValueError, "alpha.* no values"),
        ({"controls": {"alpha": "0.1"}}, TypeError, "is no control"),
        ({"controls": {"alpha": 0.1}}, TypeError, "is no control"),
        ({"controls": {"beta": [1]}}, TypeError, "does not fit the controls"),
        (
            {"controls": {"alpha": slider([1], "x"), "t": slider([1], "x")}},
            ValueError,
            "same label",
        ),
        ({"controls": {"alpha": range(1001)}}, ValueError, "1001 states are too many: about 7 s"),
        ({"moving": []}, ValueError, "nothing moves"),
        ({"moving": [plt.Line2D([], [])]}, ValueError, "not in the figure"),
        (
            {"controls": {"alpha": number(0, 1, 0.5)}},
            TypeError,
            "alpha: .* number\\(\\) is for live",
        ),
        ({"update": lambda alpha: None}, TypeError, r"update\(alpha=0.5\) must return a sentence"),
        ({"update": lambda alpha: " "}, TypeError, "must return a sentence"),
    ],
)
def test_wrong_use_is_told_and_leaves_the_figure_alone(scene, change, error, words):
    fig, line, update = scene
    right = {"moving": line, "update": update, "controls": {"alpha": [0.5, 1]}}
    given = right | change
    with pytest.raises(error, match=words):
        explore(fig, given["moving"], given["update"], **given["controls"])
    assert fig.axes[0].patch.get_visible()
    explore(fig, line, update, alpha=[0.5, 1])


def test_an_error_half_way_leaves_the_figure_as_it_was(scene):
    fig, line, update = scene

    def fails(alpha):
        return update(alpha) if alpha < 1 else 1 / 0

    with pytest.raises(ZeroDivisionError):
        explore(fig, line, fails, alpha=[0.5, 1])
    assert not line.get_animated()
    assert fig.patch.get_visible()
    assert fig.get_layout_engine() is not None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: slider([1, 2], start=3), "start=3 is not among"),
        (lambda: slider([0.11, 0.12], format=".1f"), "both shown as '0.1'"),
        (lambda: choice([]), "no values"),
        (lambda: predict("Q?", ["a"], "a", "w"), "at least two"),
        (lambda: predict("Q?", ["a", "b"], "c", "w"), "not among the options"),
        (lambda: predict("Q?", ["a", "b"], "a", {"a": "w"}), "why has replies to"),
    ],
)
def test_wrong_values_are_told(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_text_too_small_for_a_phone_is_refused(scene):
    fig, line, update = scene
    fig.set_size_inches(7, 3)
    with pytest.raises(ValueError, match=r"'.*' would be 6.9 px high on a phone.* at least 14 pt"):
        explore(fig, line, update, alpha=[1])
    with pytest.raises(ValueError, match="on a phone"):
        picture(fig, "Too wide.")


def test_progress_is_shown_to_a_person_and_to_no_one_else(scene, monkeypatch, capsys):
    fig, line, update = scene
    shown = []
    monkeypatch.setattr("pagefigures.drawn.display", lambda *data, **_: shown.append(data))
    monkeypatch.setattr("time.monotonic", iter(range(0, 10**6, 2)).__next__)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    explore(fig, line, update, alpha=[0.5, 1])
    assert not shown
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("option", "update"),
    [
        ("run", lambda alpha, run=1: "It moves."),
        ("seconds", lambda alpha, seconds=1: "It moves."),
        ("name", lambda alpha, name=1: "It moves."),
    ],
)
def test_a_control_with_the_name_of_an_option_is_refused_and_not_swallowed(scene, option, update):
    fig, line, _ = scene
    for control in (slider([1, 2]), [1, 2]):
        with pytest.raises(ValueError, match=f"'{option}' is an option of explore"):
            explore(fig, line, update, alpha=[1, 2], **{option: control})
    with pytest.raises(TypeError, match=f"{option} is an option of explore.*, not a control"):
        explore(fig, line, lambda **_: "It moves.", alpha=[1, 2], **{option: slider([1, 2])})


def test_options_are_taken_by_an_update_without_parameters_of_their_names(scene):
    fig, line, update = scene
    shown = explore(fig, line, update, run=line, seconds=2, name="way", alpha=[0.5, 1])
    assert shown.name == "way"
    assert "animation-duration:2s" in json.loads(shown.data)["pieces"][1]
    with pytest.raises(ValueError, match="a figure's name has letters"):
        explore(fig, line, update, name="the way", alpha=[0.5, 1])


def test_a_figure_shown_twice_has_two_names(scene):
    fig, line, update = scene
    shown = explore(fig, line, update, name="way", alpha=[0.5, 1])
    asked = predict("Does it?", ["yes", "no"], "no", "It cannot.", shown)
    other = explore(fig, line, update, name="way-2", alpha=[0.5, 1])
    names = set()
    pages = [placed(one.html, one.data, names) for one in (shown, asked, other, shown)]
    assert names == {"way", "way-2", "way-2-2", "way-3"}
    for html, data in pages:
        (name,) = re.findall(r'<form class="explore" id="([^"]*)"', html)
        assert data.startswith(f'<script type="application/json" id="{name}-data">')


def test_nothing_in_the_data_ends_the_script_that_holds_them(scene):
    fig, line, _ = scene
    shown = explore(fig, line, lambda alpha: f"</script> {alpha}", alpha=[0.5, 1])
    _, data = placed(shown.html, shown.data, set())
    assert data.count("</") == 1
    assert json.loads(data[data.index(">") + 1 : -9])["sentences"][0] == "</script> 0.5"
    assert "</script>" not in shown.html


def test_what_an_author_writes_is_text_and_no_markup(scene):
    fig, line, _ = scene
    shown = explore(
        fig, line, lambda alpha: 'a < b & "c"', alpha=slider([1], '"x" <y>', format=lambda _: "<1>")
    )
    asked = predict("1 < 2?", ["<yes>", "no & no"], "<yes>", "<b>", shown)
    assert re.findall(r"<(?:y|1|yes|b) ?>(?!✓|✗)", asked.html) == []
    assert specs(shown)[0]["words"] == ["<1>"]


def test_a_figure_gets_its_number_as_a_link_to_itself(scene):
    fig, line, update = scene
    shown = explore(fig, line, update, name="way", alpha=[0.5, 1])
    html, _ = placed(shown.html, shown.data, {"way"}, "3.2")
    assert '<a class="pf-number" href="#way-2">Figure 3.2</a>' in html
    assert html.count("Figure 3.2") == 2  # the longest sentence keeps room for it
    assert "Figure" not in placed(shown.html, shown.data, set())[0]


def test_a_still_figure_is_named_by_its_author_or_its_number():
    named = [picture(plt.figure(), "Nothing.", name) for name in ("nothing", None)]
    found = [placed(one.html, one.data, set(), "3.2")[0] for one in named]
    assert [re.findall(r'class="picture" id="([^"]*)"', one) for one in found] == [
        ["nothing"],
        ["figure-3-2"],
    ]
    assert all('href="#' in one and "Figure 3.2" in one for one in found)


def test_a_text_with_an_address_is_a_link_and_the_picture_no_image():
    fig, ax = plt.subplots(figsize=(4.8, 2))
    ax.text(0, 0, "there", color="#d55e00", size=12, url="there.ipynb#part")
    ax.text(0, 1, "here")
    html = picture(fig, "Two words.").html
    (link,) = re.findall(r"<a [^>]*>", html)
    assert 'href="there.ipynb#part"' in link
    assert 'role="group"' in html
    assert NOTEBOOK.search(html).groups()[1:] == ("there", "#part")
    assert 'role="img"' in picture(plt.figure(), "Nothing.").html
