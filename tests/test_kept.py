"""What a reader does on the pages: answered at once, kept in his browser, and only there."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from pagefigures.tests.browser import Visit
from tests.conftest import SITE
from tests.test_site import SHIFT, foreign

PAGE, FRONT = "chapters/01-sgd.html", "chapters/index.html"
BOUNCE, DESIGN = 'form[data-exercise="sgd-bounce"]', 'form[data-exercise="sgd-design"]'
BUILD = 'form[data-exercise="momentum-build"]'
TOO_LARGE = "Not yet: your number is too large."


def answer(page, form, typed, says=None):
    """Type into the only field of an exercise, press Enter, and look at what is said."""
    page.locator(f"{form} input").fill(typed)
    page.locator(f"{form} input").press("Enter")
    if says:
        assert said(page, form) == says
    return said(page, form)


def said(page, form):
    return page.locator(f"{form} .kept-says").first.inner_text()


def go(visit, site, path):
    visit.page.goto(site + path)
    visit.page.wait_for_load_state("load")


@pytest.fixture
def phone(visit):
    """Return chapter 1 on a phone that nobody has read on before."""
    with visit(PAGE, width=390, has_touch=True) as shown:
        yield shown


def serious(page, *ours):
    """Return what axe finds in what is ours; the pages as they arrive are looked at elsewhere."""
    context = {"include": [[one] for one in ours if page.locator(one).count()]}
    options = {"preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")]


def all_that_is_kept(page):
    return json.loads(page.evaluate("JSON.stringify(kept.export().kept)"))


def test_a_number_is_answered_at_once_and_found_again(phone, site):
    page = phone.page
    assert page.locator(f"{BOUNCE} .kept-says").get_attribute("role") == "status"
    answer(page, BOUNCE, "7", TOO_LARGE)
    assert page.evaluate("kept.ids('passed')") == []
    answer(page, BOUNCE, "(1 − 0,07*25)^2", "Right. (That is 0.5625.)")
    page.locator(f"{DESIGN} input").fill("0.5")
    page.locator(f"{DESIGN} button").tap()
    assert said(page, DESIGN) == "Not yet: what your number gives is too large."
    page.reload()
    assert page.locator(f"{BOUNCE} input").input_value() == "(1 − 0,07*25)^2"
    assert said(page, BOUNCE) == "Right. (That is 0.5625.)"
    assert page.locator(f"{BOUNCE} .kept-says").get_attribute("role") is None  # not said again
    page.locator(f"{BOUNCE} input").focus()
    assert page.locator(f"{BOUNCE} .kept-says").get_attribute("role") == "status"
    answer(page, BOUNCE, "", "Not done yet.")
    page.reload()
    assert page.locator(f"{BOUNCE} input").input_value() == ""
    assert page.evaluate("kept.ids('passed')") == ["chapters/01-sgd#sgd-bounce"]
    assert phone.errors == []
    assert foreign(phone, site) == []


def test_each_of_two_numbers_gets_its_own_answer(visit):
    with visit("chapters/02-momentum.html", width=390) as shown:
        page = shown.page
        mass, friction = (page.get_by_label(f"Your {name}") for name in ("mass", "friction"))
        lines = page.locator(f"{BUILD} .kept-says")
        mass.fill("99")
        mass.press("Enter")
        assert lines.all_inner_texts() == ["mass: Right.", "friction: Not done yet."]
        friction.fill("one")
        page.locator(f"{BUILD} button").click()
        assert lines.last.inner_text() == "friction: The answer must be a number."
        assert page.evaluate("kept.ids('passed')") == []
        friction.fill("1")
        friction.press("Enter")
        assert page.evaluate("kept.ids('passed')") == ["chapters/02-momentum#momentum-build"]


def test_a_prediction_is_shown_as_chosen_and_its_reply_when_it_is_pressed(phone):
    page, first = phone.page, phone.page.locator(".predict").first
    first.locator(".pf-option").nth(2).click()
    page.reload()
    chosen = first.locator('.pf-option[aria-pressed="true"]')
    assert chosen.inner_text() == first.locator(".pf-option").nth(2).inner_text()
    assert not first.locator("details").evaluate("one => one.open")
    chosen.click()
    assert first.locator(".pf-reply").nth(2).is_visible()
    first.locator(".pf-option").nth(1).click()
    page.reload()
    assert first.locator(".pf-option").nth(1).get_attribute("aria-pressed") == "true"
    assert chosen.count() == 1


def test_the_second_hint_comes_after_the_first(phone):
    hints = phone.page.locator(f"{BOUNCE} ~ details.hint")
    assert [hints.nth(k).is_visible() for k in range(2)] == [True, False]
    assert hints.first.locator("summary").inner_text() == "Hint 1"
    hints.first.locator("summary").press("Enter")
    assert hints.nth(1).is_visible()
    assert not hints.nth(1).evaluate("one => one.open")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_answered_fields_and_hints_are_accessible_and_fit_a_phone(visit, theme):
    with visit("chapters/02-momentum.html", width=390, theme=theme) as shown:
        page = shown.page
        page.locator(".pf-option").first.click()
        page.locator(f"{BUILD} input").first.fill("99")
        page.locator(f"{BUILD} input").first.press("Enter")
        for summary in page.locator("details.hint summary").all():
            if summary.is_visible():
                summary.click()
        assert serious(page, ".kept-numbers", "details.hint", ".predict fieldset") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(page.url.replace("02-momentum", "index"))
        page.locator("[data-do=erase]").click()
        assert serious(page, ".kept-work") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = page.evaluate(
            """[...document.querySelectorAll(".kept-work :is(button, input)")]
                .filter((one) => one.checkVisibility() && one.offsetHeight < 43.9).length"""
        )
        assert small == 0


def test_the_front_page_shows_how_far_he_is_and_nothing_where_nothing_is(phone, site):
    page = phone.page
    go(phone, site, FRONT)
    assert not page.locator(".kept-some").is_visible()
    assert "nothing is sent" in page.locator(".kept-work").inner_text().replace("\n", " ")
    go(phone, site, PAGE)
    answer(page, BOUNCE, "0.5625")
    page.locator(".predict .pf-option").first.click()
    go(phone, site, FRONT)
    assert page.evaluate(SHIFT) < 0.1
    lines = page.locator(".kept-some li").all_inner_texts()
    expected = "Stochastic gradient descent: 1 of 2 predictions made, 1 of 3 exercises passed"
    assert lines[0] == expected
    assert all("0 of" in line for line in lines[1:])
    page.locator(".kept-some li a").first.click()
    assert page.url.endswith("01-sgd.html")


def test_it_is_saved_erased_and_brought_in_again(phone, site, tmp_path):
    page = phone.page
    answer(page, BOUNCE, "0,5")
    page.evaluate("kept.set('code', 'chapters/01-sgd#sgd-write', 'print(1)')")
    before = all_that_is_kept(page)
    go(phone, site, FRONT)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save it as a file").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    saved = json.loads(file.read_text(encoding="utf8"))
    assert saved["course"] == "Understanding Adam"
    assert saved["version"].startswith("0.")
    assert saved["date"][:10] in file.name
    assert saved["kept"] == before
    assert saved["kept"]["number"] == {
        "chapters/01-sgd#sgd-bounce": {"answer": {"typed": "0,5", "value": 0.5}}
    }

    page.get_by_role("button", name="Erase it").click()
    assert all_that_is_kept(page) == before
    page.get_by_role("button", name="No, keep it").click()
    assert all_that_is_kept(page) == before
    page.get_by_role("button", name="Erase it").click()
    page.get_by_role("button", name="Yes, erase it").click()
    assert page.evaluate("localStorage.length") == len(
        page.evaluate("Object.keys(localStorage).filter((key) => !key.startsWith('kept'))")
    )
    assert not page.locator(".kept-some").is_visible()

    def bring(text):
        (tmp_path / "some.json").write_text(text, encoding="utf8")
        page.locator(".kept-work input").set_input_files(tmp_path / "some.json")
        page.wait_for_function("!document.querySelector('.kept-work input').value")
        return page.locator(".kept-work > .kept-says").inner_text()

    assert bring(json.dumps(saved)) == "2 things were brought in."
    assert all_that_is_kept(page) == before
    assert bring(json.dumps(saved)) == "Nothing in it is new."
    for bad in ("no JSON", "", "null", "[]", "{}", '{"course": "Understanding Adam"}'):
        assert bring(bad).startswith("This file was not saved by this course")
    saved["kept"]["code"]["chapters/01-sgd#sgd-write"] = "print(2)"
    saved["kept"]["number"] = {"a": 3, "b": {"answer": 3}, "c": None}
    saved["kept"]["passed"] = {"chapters/01-sgd#sgd-write": True, "x": "yes"}
    saved["kept"]["other"] = {"a": "b"}
    words = "1 thing was brought in. 1 differs from what is here, and what is here stayed."
    assert bring(json.dumps(saved)) == words
    passed = {"passed": {"chapters/01-sgd#sgd-write": True}}
    assert all_that_is_kept(page) == before | passed


def test_what_is_done_in_another_tab_is_seen(phone, site):
    go(phone, site, FRONT)
    other = phone.context.new_page()
    other.goto(site + PAGE)
    answer(other, BOUNCE, "0.5625")
    phone.page.locator(".kept-some li").first.wait_for()
    assert "1 of 3 exercises passed" in phone.page.locator(".kept-some li").first.inner_text()


REFUSES = {
    "none at all": "Object.defineProperty(window, 'localStorage', {get() { throw new Error(); }});",
    "full": "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceeded') };",
    "garbage": "localStorage.setItem('kept /', 'garbage {');",
}


@pytest.mark.parametrize("how", REFUSES)
def test_a_browser_that_keeps_nothing_says_so_and_answers_all_the_same(visit, site, how):
    with visit(FRONT, width=390) as shown:
        shown.page.add_init_script(REFUSES[how])
        go(shown, site, PAGE)
        words = answer(shown.page, BOUNCE, "0.5625")
        assert words.startswith("Right.")
        assert ("keeps nothing" in words) == (how != "garbage")
        assert shown.page.evaluate("kept.get('passed', 'chapters/01-sgd#sgd-bounce')") is True


def test_a_learners_notebook_has_the_hints_folded_before_the_solution(site):
    notebook = nbformat.read(SITE / "_sources/chapters/01-sgd.ipynb", as_version=4)
    (text,) = (x.source for x in notebook.cells if "Solution to Exercise 1.2" in x.source)
    places = [text.index(f"<summary><b>{x}") for x in ("Hint 1", "Hint 2", "Solution to")]
    assert places == sorted(places)
    assert not [cell for cell in notebook.cells if "kept-" in cell.source]


def test_without_scripts_no_field_is_shown_that_does_nothing(visit):
    with visit(PAGE, java_script_enabled=False) as shown:
        assert not shown.page.locator(BOUNCE).is_visible()
        assert shown.page.locator("details.hint").first.is_visible()


def test_from_a_file_it_works_as_well(browser):
    with Visit(browser, (SITE / PAGE).as_uri(), width=390) as shown:
        answer(shown.page, BOUNCE, "0.5625", "Right.")
        shown.page.reload()
        assert said(shown.page, BOUNCE) == "Right."
        assert shown.errors == []


@pytest.mark.parametrize("how", ["served", "file"])
def test_in_firefox_it_works_as_well(firefox, site, how):
    start = site if how == "served" else SITE.as_uri() + "/"
    with Visit(firefox, start + PAGE, width=390) as shown:
        page = shown.page
        answer(page, BOUNCE, "1 - 0,4375", "Right. (That is 0.5625.)")
        page.locator(".pf-option").first.click()
        page.goto(start + PAGE)
        assert said(page, BOUNCE) == "Right. (That is 0.5625.)"
        assert page.locator('.pf-option[aria-pressed="true"]').count() == 1
        page.goto(start + FRONT)
        assert "1 of 3 exercises passed" in page.locator(".kept-some li").first.inner_text()
        assert shown.errors == []
