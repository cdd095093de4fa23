"""Pages that wait for nothing: which rules stay, which scripts go, and what folds."""

import re
from pathlib import Path

import pytest

from book.extension import fold
from book.lean import MEASURED, NOTHING, lean

PAGE = """<!DOCTYPE html>
<html data-theme="auto"><head>
<script>document.documentElement.dataset.theme = "auto";</script>
<link rel="stylesheet" href="{up}_static/theme/a.css?v=1" />
<link href="{up}_static/b.css" rel="stylesheet" />
<link rel="preload" as="script" href="{up}_static/bootstrap.js" />
<script src="{up}_static/doctools.js"></script>
<script src="{up}_static/searchtools.js"></script>
<script>let toggleHintShow = 'Click to show';</script>
<script>DOCUMENTATION_OPTIONS.pagename = 'a';</script>
</head><body><p class="told here" id="place">Words <b>é &amp; π</b></p></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static/theme").mkdir(parents=True)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "search.html").write_text(PAGE.format(up=""), "utf8")
    (tmp_path / "chapters/one.html").write_text(PAGE.format(up="../"), "utf8")
    (tmp_path / "redirect.html").write_text("<meta http-equiv=refresh>", "utf8")
    (tmp_path / "_static/theme/a.css").write_text(
        '@charset "utf-8";\n@import "../base.css";\n'
        ".told { color: red; /* a note */ } .never, .told .here>b { margin: 0 }\n"
        "@media (min-width: 600px) { .never {x: y} #place::after {content: 'a  b'} }\n"
        "@media print { .never {x: y} }\n"
        "@font-face {font-family: F; src: url(f.woff2) format('woff2'), url('g h.woff')}\n"
        ".told:not(.gone) {background: url(data:image/png;base64,AA==)}"
    )
    (tmp_path / "_static/base.css").write_text("html {font: 1em F} .by-script {top: 0}")
    (tmp_path / "_static/b.css").write_text(".outer.told { .inner & {left: 0} }\n.told {x: 1}")
    (tmp_path / "_static/doctools.js").write_text("box.classList.add('by-script')")
    (tmp_path / "_static/searchtools.js").write_text("'nothing'")
    lean(tmp_path)
    return tmp_path


def test_rules_that_can_match_stay_in_their_order_and_the_others_go(site):
    page = (site / "chapters/one.html").read_text("utf8")
    style = page.split('">', 2)[2].split("</style>")[0]
    assert "<link" not in page
    assert style.index("font: 1em F") < style.index("color: red") < style.index("x: 1")
    assert ".by-script{top: 0}" in style
    assert ".told .here>b{margin: 0}" in style
    assert '#place::after{content: "a  b"}' in style
    assert ".told:not(.gone){" in style
    assert not {"never", "@charset", "@import", "a note", "@media print", "outer"} & set(
        style.replace("{", " ").replace(".", " ").split()
    )
    assert "never" not in style


def test_addresses_in_rules_lead_to_the_same_files(site):
    for name, up in ("chapters/one.html", "../"), ("search.html", ""):
        page = (site / name).read_text("utf8")
        assert f"url({up}_static/theme/f.woff2)" in page
        assert f"{up}_static/theme/g h.woff" in page
        assert "url(data:image/png;base64,AA==)" in page
        assert "site:" not in page


def test_scripts_wait_or_go(site):
    page, search = (
        (site / name).read_text("utf8") for name in ("chapters/one.html", "search.html")
    )
    assert '<script defer src="../_static/doctools.js">' in page
    assert "searchtools" not in page
    assert '<script defer src="_static/searchtools.js">' in search
    assert "toggleHint" not in page
    assert 'rel="preload"' not in page
    assert '<script type="module">DOCUMENTATION_OPTIONS' in page
    assert page.count("matchMedia") == 1
    assert page.count("dataset.arriving") == 1


def test_the_themes_script_measures_nothing_and_a_new_one_is_noticed(site):
    script = site / "_static/scripts/pydata-sphinx-theme.js"
    script.parent.mkdir()
    script.write_text(f"all({MEASURED}).forEach(slowly)")
    for _ in range(2):
        lean(site)
        assert script.read_text() == f"all({NOTHING}).forEach(slowly)"
    script.write_text('all(["pre", "table"].join()).forEach(slowly)')
    with pytest.raises(ValueError, match="no longer says"):
        lean(site)


def test_what_is_lean_stays_as_it_is(site):
    paths = sorted(site.rglob("*.html"))
    before = [path.read_bytes() for path in paths]
    lean(site)
    assert [path.read_bytes() for path in paths] == before
    assert "<b>é &amp; π</b>" in (site / "search.html").read_text("utf8")
    assert (site / "redirect.html").read_text("utf8") == "<meta http-equiv=refresh>"


def test_a_page_that_is_written_again_joins_the_others(site):
    page = PAGE.format(up="../").replace('class="told', 'class="never told')
    (site / "chapters/one.html").write_text(page, "utf8")
    lean(site)
    for path in site / "search.html", site / "chapters/one.html":
        assert ".never{x: y}" in path.read_text("utf8")


def test_a_style_sheet_that_cannot_be_read_is_named(site):
    (site / "_static/b.css").write_text(".told {color: red} }")
    (site / "chapters/one.html").write_text(PAGE.format(up="../"), "utf8")
    with pytest.raises(ValueError, match=r"b\.css, line 1"):
        lean(site)


def test_dropdowns_become_details_whatever_stands_in_them():
    inner = '<div class="math"><div>a</div></div><div class="admonition note"><p>x</p></div>'
    box = '<div class="{}" id="n"><p class="admonition-title">T <em>t</em></p>{}</div>after'
    folded = fold("<div>" + box.format("admonition dropdown", inner) + "</div>")
    assert folded == (
        '<div><details class="admonition dropdown" id="n">'
        f'<summary class="admonition-title"><span>T <em>t</em></span></summary>{inner}</details>'
        "after</div>"
    )
    solution = fold(
        box.format("solution dropdown admonition", box.format("dropdown admonition", ""))
    )
    assert solution.count("<details") == solution.count("</details>") == 2
    linked = fold(
        box.format("dropdown admonition", "").replace("T <em>", '<a href="#x">T</a> <em>')
    )
    title = '<span><span data-of="#x">T</span> <em>t</em></span>'
    assert f'<summary class="admonition-title">{title}</summary>' in linked
    plain = box.format("admonition note", inner)
    assert fold(plain) == plain


CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
BEFORE_A_BLOCK = re.compile(r"([^{}]*)\{")


def classes(style):
    """Return the classes that a style sheet has rules for."""
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return {name for before in BEFORE_A_BLOCK.findall(style) for name in CLASS.findall(before)}


def test_no_rule_of_our_own_is_lost_to_a_class_that_only_a_script_makes():
    sheets = [*Path("book/static").glob("*.css"), *Path("pagefigures/static").glob("*.css")]
    ours = set().union(*(classes(one.read_text("utf8")) for one in sheets))
    styles = [
        style
        for page in Path("_build/html").rglob("*.html")
        for style in re.findall(r"<style[^>]*>(.*?)</style>", page.read_text("utf8"), re.DOTALL)
    ]
    shown = set().union(*map(classes, styles))
    assert ours - shown == {"pf-run"}  # what no figure of this book does: a ball that runs
