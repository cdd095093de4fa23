"""Cells of the built site are edited and run where they stand, by the page's own Python."""

import base64
import gzip
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from book.running import HIDDEN, runnable
from pagefigures.tests.browser import Visit, missing
from tests.conftest import SITE
from tests.notebooks import paths
from tests.test_exercises import exercises, solved

CHAPTERS = [path.stem for path in paths() if path.stem[:1] == "0" or path.stem == "race"]
PATIENCE = 120_000  # ms, for a machine that has much else to do
SOLUTIONS = {  # by chapter: the exercise's label, its cell, its solution
    stem: [
        (one.id.removeprefix(f"{stem}-"), *one.values[1:])
        for one in exercises()
        if one.id.startswith(f"{stem}-")
    ]
    for stem in CHAPTERS
}
KEPT = """globalThis.kept = {
    all: {}, get(kind, id) { return this.all[`${kind} ${id}`]; },
    set(kind, id, value) { this.all[`${kind} ${id}`] = value; },
};"""

pytestmark = pytest.mark.skipif(
    SITE.is_dir() and not (SITE / "_static/vendor/pyodide/pyodide.js.gz").exists(),
    reason="the site was built without Python: `python -m book.pyodide` fetches it",
)


class Cell:
    """A cell of an open page."""

    def __init__(self, page, name):
        self.page, self.block = page, page.locator(f'[data-cell="{name}"]')

    def at(self, kind):
        return self.block.locator(f".py-{kind}")

    def open(self):
        if not self.at("code").count():
            self.at("open").click()
        return self

    def run(self, code=None):
        """Run the cell, and return what it shows."""
        self.open()
        if code is not None:
            self.at("code").fill(code)
        self.at("run").click()
        return self.shown()

    def shown(self):
        """Return what the cell shows when it has run."""
        self.block.locator(".py-run:not(:disabled)").wait_for(timeout=PATIENCE)
        return self.at("output").text_content()

    def says(self):
        return self.at("status").text_content()


def first(page, stem="04-bias-correction", cell="adam-write"):
    return Cell(page, f"chapters/{stem}#{cell}")


@pytest.fixture(scope="module")
def python(browser, site):
    """Return a page whose Python has started, as wide as a phone."""
    with Visit(browser, f"{site}chapters/04-bias-correction.html", width=390) as visit:
        assert first(visit.page).run() == "Not done yet.\n"
        yield visit


def notebook(stem):
    return nbformat.read(Path("chapters", f"{stem}.ipynb"), as_version=4)


def stored(cell):
    """Return what a committed notebook shows under a cell."""
    return "".join(
        text if text.endswith("\n") else f"{text}\n"
        for output in cell.outputs
        for text in [output.get("text") or output["data"]["text/plain"]]
    )


NUMBER = re.compile(r"\d+\.\d+e[+-]\d+")


def same(shown, wanted, rel):
    """Tell whether two texts say the same, but for `rel` of each number written as 1.2e-03.

    On the race's courses a last bit, which machines round differently, becomes a last digit.
    """
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (shown, wanted)]
    words = [NUMBER.sub("", text) for text in (shown, wanted)]
    return words[0] == words[1] and numbers[0] == pytest.approx(numbers[1], rel=rel, abs=0)


@pytest.mark.parametrize("stem", CHAPTERS)
def test_cells_print_what_the_notebook_has_and_every_solution_passes(browser, site, stem):
    cells = {cell.id: cell for cell in notebook(stem).cells if cell.cell_type == "code"}
    named = re.findall(r'data-cell="([^"#]+)#([^"]+)" data-exercise="([^"]+)"', _html(stem))
    of_exercise = {label: cell for _, cell, label in named}
    with Visit(browser, f"{site}chapters/{stem}.html") as visit:
        visit.page.evaluate(KEPT)
        for name in runnable(Path("chapters", f"{stem}.ipynb")):
            cell = Cell(visit.page, f"chapters/{stem}#{name}")
            assert same(cell.run(), stored(cells[name]), 0.1 if stem == "race" else 0), name
            assert cell.at("code").input_value() == cells[name].source
        for label, stub, solution in SOLUTIONS[stem]:
            cell = Cell(visit.page, f"chapters/{stem}#{of_exercise[label]}")
            wanted = cells[of_exercise[label]].source
            assert wanted == stub
            shown = cell.run(solved(stub, solution))
            assert "Right" in shown, (label, shown)
            assert "Not" not in shown, (label, shown)
        passed = visit.page.evaluate("Object.keys(kept.all).filter((one) => /^passed/.test(one))")
        assert {*passed} == {f"passed chapters/{stem}#{one}" for one in of_exercise.values()}
        assert len(passed) == len(SOLUTIONS[stem])
        assert visit.errors == []
        assert [url for url in visit.requests if not url.startswith((site, "data:", "blob:"))] == []


def _html(stem):
    if not SITE.is_dir():
        missing("the site is not built: `make book` first")
    return (SITE / f"chapters/{stem}.html").read_text("utf8")


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_a_shown_cell_has_its_name_and_a_button_if_it_can_run(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    shown = [one.id for one in cells if not HIDDEN & {*one.metadata.get("tags", [])}]
    page = _html(path.stem)
    assert re.findall(rf'data-cell="chapters/{path.stem}#([^"]+)"', page) == shown
    blocks = page.split("data-cell=")[1:]
    buttons = [name for name, block in zip(shown, blocks, strict=True) if "py-open" in block]
    assert buttons == [*runnable(path)]
    assert ('id="python-data"' in page) == bool(buttons)


def test_only_cells_that_need_figures_or_long_sweeps_have_no_button():
    without = {
        f"{path.stem}#{cell.id}"
        for path in paths()
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and not HIDDEN & {*cell.metadata.get("tags", [])}
        if cell.id not in runnable(path)
    }
    figures = {f"figures#cell-{number}" for number in (2, 4, 6, 8, 9)}
    of_the_book = {"06-adam-at-work#cell-26", "08-where-adam-wins#cell-9"}
    assert without == {"03-rms-scaling#cell-34", *of_the_book, *figures}


def test_a_page_weighs_little_more_and_asks_for_nothing_of_python_before_the_first_run(
    browser, site
):
    with Visit(browser, f"{site}chapters/04-bias-correction.html") as visit:
        cell = first(visit.page).open()
        assert not [url for url in visit.requests if "pyodide" in url or "worker" in url]
        files = json.loads(visit.page.locator("#python-data").text_content())["files"]
        there = {name: _sent(f"{name}.gz") for name in files}
        assert there == {name: size for name, (size, _) in files.items()}
        assert f": {sum(there.values()) / 1e6:.1f} MB." in cell.says()
        scripts = [_html("04-bias-correction").partition('id="python-data"')[2].encode()]
        scripts.append((SITE / "_static/python.js").read_bytes())
        assert sum(len(gzip.compress(one)) for one in scripts) < 10_000


def _sent(name):
    return (SITE / "_static/vendor/pyodide" / name).stat().st_size


WRONG = """def my_adam(state, g, alpha, beta1, beta2, eps):
    t = state.t + 1
    m = beta1 * state.m + g
    v = beta2 * state.v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = state.theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
    return State(theta, t, g, m, v, m_hat, v_hat)

check(my_adam, Adam())"""


def test_a_wrong_adam_is_named(python):
    shown = first(python.page).run(WRONG)
    assert shown.startswith("m differs at t = 1: it looks as if (1 - beta1) is missing before g.")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1\ny = (", 'File "<your code>", line 2'),
        ("import torch", "numpy, adamcore and Python's own library; torch is not"),
        ("input()", "Nobody answers input() in the page"),
        ("np.zeros(10**10)", "1 GB of memory at most"),
        ("rows = [np.empty(10**7) for _ in range(100)]", "1 GB of memory at most"),
        ("import urllib.request as r\nr.urlopen('http://127.0.0.1:1')", "has no network"),
        ("np.array([np.nan, np.inf]) / 0", "array([nan, inf])"),
        ("for k in range(10**5): print(k)", "(Much was printed:"),
        ("print('<img src=x onerror=alert(1)>')", "<img src=x onerror=alert(1)>"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_whatever_is_written_gets_a_short_answer(python, code, says):
    cell = first(python.page)
    shown = cell.run(code)
    assert says in shown
    assert len(shown) < 3000
    assert cell.at("output").locator("img").count() == 0
    assert cell.run("1 + 1") == "2\n"
    assert python.errors == []


ESCAPES = """from pyodide.code import run_js
async def tried():
    return await run_js('''(async () => {
        const url = "ADDRESS", found = {};
        const tries = {
            fetch: () => WorkerGlobalScope.prototype.fetch.call(self, url),
            own: () => self.fetch(url),
            XMLHttpRequest: () => { const x = new XMLHttpRequest(); x.open("GET", url, false); x.send(); },
            importScripts: () => importScripts(url + "/a.js"),
            import: () => import(url + "/b.js"),
            WebSocket: () => new Promise((go, no) => { const s = new WebSocket(url.replace("http", "ws")); s.onopen = go; s.onerror = no; }),
            EventSource: () => new Promise((go, no) => { const s = new EventSource(url); s.onopen = go; s.onerror = no; }),
            Worker: () => new Promise((go, no) => { const code = `fetch("${url}").then(() => postMessage(1), () => postMessage(0))`;
                const w = new Worker(URL.createObjectURL(new Blob([code]))); w.onmessage = ({data}) => data ? go() : no(); w.onerror = no; }),
            indexedDB: () => new Promise((go, no) => { const r = indexedDB.open("x"); r.onsuccess = go; r.onerror = no; }),
            caches: () => caches.open("x"),
            storage: () => navigator.storage.getDirectory(),
            localStorage: () => localStorage.length,
        };
        for (const [name, attempt] of Object.entries(tries)) {
            try { await attempt(); found[name] = "OPEN"; } catch (error) { found[name] = "closed"; }
        }
        return JSON.stringify(found);
    })()''')
import asyncio
task = asyncio.ensure_future(tried())
task.add_done_callback(lambda done: run_js("globalThis").said.postMessage(done.result()))"""  # noqa: E501


def escapes(cell, page):
    """Return what code in the page's Python finds open of all that leads out of it."""

    class Counted(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *args):
            pass

    hits = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    code = ESCAPES.replace("ADDRESS", address).replace(
        'lambda done: run_js("globalThis").said.postMessage(done.result())', "answers.append"
    )
    code = code.replace("import asyncio\n", "import asyncio, builtins\nbuiltins.answers = []\n")
    cell.run(code.replace("answers.append", "builtins.answers.append"))
    for _ in range(100):
        shown = cell.run("import builtins\n[one.result() for one in builtins.answers]")
        if shown != "[]\n":
            break
        page.wait_for_timeout(100)
    server.shutdown()
    server.server_close()
    return json.loads(eval(shown)[0]), hits


def test_code_in_the_page_finds_no_way_out(python):
    found, hits = escapes(first(python.page), python.page)
    assert len(found) == 12
    assert {name for name, state in found.items() if state == "OPEN"} == set()
    assert hits == []
    python.errors.clear()  # the browser reports what it refused


def test_an_endless_loop_is_stopped_and_the_page_lives_on(python):
    page, cell = python.page, first(python.page)
    page.evaluate("document.documentElement.dataset.pythonLimit = 700")
    assert cell.run("print('begun')\nwhile True: pass") == "begun\n"
    assert cell.says() == "Stopped after 0.7 s: does a loop never end?"
    page.evaluate("document.documentElement.dataset.pythonLimit = 20000")
    cell.at("code").fill("while True: pass")
    cell.at("run").click()
    other = first(page, cell="adam-first").open()
    other.at("run").click()
    assert "Another cell of this page is running" in other.says()
    cell.at("status").filter(has_text="Running").wait_for(timeout=PATIENCE)
    figure = page.locator("form:has(input[type=range])").first
    bar = figure.locator("input[type=range]").first
    before = figure.locator("svg").first.inner_html()
    bar.press("Home")
    bar.press("End")
    assert figure.locator("svg").first.inner_html() != before
    cell.at("stop").click()
    assert cell.says() == "Stopped."
    assert other.run() == "Not done yet.\n"
    assert page.locator("iframe").count() == 1
    assert python.errors == []


def test_reset_brings_back_the_cell_and_what_the_notebook_showed(python):
    cell = first(python.page, cell="adam-first")
    code = cell.open().at("code").input_value()
    assert cell.run("'mine'") == "'mine'\n"
    assert not cell.block.locator(".cell_output").is_visible()
    cell.at("reset").click()
    assert cell.at("code").input_value() == code
    assert cell.block.locator(".cell_output").is_visible()
    assert not cell.at("output").is_visible()


def test_the_editor_answers_to_keys_and_lets_go(python):
    page, cell = python.page, first(python.page, cell="adam-vanish").open()
    area = cell.at("code")
    area.fill("")
    area.focus()
    page.keyboard.type("for k in 1, 2:")
    page.keyboard.press("Enter")
    page.keyboard.type("print(k)")
    assert area.input_value() == "for k in 1, 2:\n    print(k)"
    page.keyboard.press("Control+a")
    page.keyboard.press("Tab")
    assert area.input_value() == "    for k in 1, 2:\n        print(k)"
    page.keyboard.press("Shift+Tab")
    assert area.input_value() == "for k in 1, 2:\n    print(k)"
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.type("7")
    assert area.input_value() == "for k in 1, 2:\n    print(k)\n7"
    page.keyboard.press("Control+Enter")
    assert cell.shown() == "1\n2\n7\n"
    assert area.evaluate("one => one.rows") == 3
    area.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert cell.at("run").evaluate("one => one === document.activeElement")
    assert area.input_value() == "for k in 1, 2:\n    print(k)\n7"


def test_a_figure_that_code_returns_is_handed_to_the_page(python):
    python.page.evaluate(
        "document.addEventListener('pagefigures', ({detail}) => { globalThis.handed = detail; })"
    )
    code = """class Figure:
    def _repr_mimebundle_(self):
        figure = {"curve": [1, 0.5, None]}
        return {"text/plain": "a curve", "application/vnd.pagefigures+json": figure}
Figure()"""
    assert first(python.page).run(code) == "a curve\n"
    assert python.page.evaluate("handed") == {"curve": [1, 0.5, None]}


def link(code, cell="adam-write"):
    packed = base64.urlsafe_b64encode(code.encode()).decode().rstrip("=")
    return f"chapters/04-bias-correction.html#code={packed}&cell={cell}"


def test_a_link_brings_code_that_does_not_run_by_itself(browser, site):
    code = "'β₁ from a link'\n1 / 0 # ??>>"
    with Visit(browser, site + link(code), permissions=["clipboard-write", "clipboard-read"]) as v:
        cell = first(v.page)
        assert cell.at("code").input_value() == code
        assert "has not run" in cell.says()
        v.page.wait_for_timeout(300)
        assert v.page.locator("iframe").count() == 0
        assert not [url for url in v.requests if "pyodide" in url]
        cell.at("link").click()
        assert "The link is copied" in cell.says()
        assert v.page.evaluate("navigator.clipboard.readText()") == site + link(code)
        assert v.errors == []


def test_what_a_reader_wrote_is_kept_when_a_link_brings_other_code(browser, site):
    with Visit(browser, f"{site}chapters/04-bias-correction.html") as visit:
        cell = first(visit.page)
        visit.page.evaluate(KEPT)
        cell.open().at("code").fill("mine")
        kept = "kept.all['code chapters/04-bias-correction#adam-write']"
        assert visit.page.evaluate(kept) == "mine"
        visit.page.evaluate("url => { location.hash = url.split('#')[1]; }", link("theirs"))
        visit.page.wait_for_function("document.querySelector('.py-code').value === 'theirs'")
        assert "What you wrote here before is kept" in cell.says()
        assert visit.page.evaluate(kept) == "mine"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("code=%ZZ&cell=adam-write", "cannot be read"),
        ("code=_w&cell=adam-write", "cannot be read"),
        ("code=MQ&cell=cell-2", "names a cell that is not on this page"),
        ("code=MQ", "names a cell that is not on this page"),
    ],
)
def test_a_broken_link_says_so(browser, site, where, says):
    with Visit(browser, f"{site}chapters/04-bias-correction.html#{where}") as visit:
        assert says in visit.page.locator(".bd-article > .py-status").text_content()
        assert visit.errors == []


def test_files_that_do_not_come_are_told_and_asked_for_again(browser, site):
    with Visit(browser, f"{site}chapters/04-bias-correction.html") as visit:
        asked = []
        visit.page.route(
            "**/numpy.zip.gz*", lambda route: (asked.append(route.request.url), route.abort())
        )
        cell = first(visit.page).open()
        for turn in 1, 2:
            cell.at("run").click()
            cell.block.locator(".py-run:not(:disabled)").wait_for(timeout=PATIENCE)
            assert cell.says().startswith("Python could not be started here: ")
            assert len(asked) == turn


def test_from_a_file_the_button_says_how_to_serve_the_folder(browser):
    with Visit(browser, (SITE / "chapters/04-bias-correction.html").as_uri()) as visit:
        cell = first(visit.page)
        cell.at("open").click()
        assert "`make serve`" in cell.says()
        assert visit.errors == []


SMALL = """[...document.querySelectorAll(".py button, .py textarea")]
    .map((one) => [one.textContent, one.getBoundingClientRect()])
    .filter(([, {width, height}]) => width < 43.95 || height < 43.95).map(([name]) => name)"""


def test_an_open_editor_is_for_everyone(python):
    page, cell = python.page, first(python.page)
    cell.run("'" + "x" * 300 + "'\n1 / 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    output = cell.at("output")
    assert output.evaluate("one => one.scrollWidth <= one.clientWidth")  # words wrap
    assert page.evaluate(SMALL) == []
    for theme in "light", "dark":
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]})
        grave = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:3])
            for rule in found.response["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert grave == []
