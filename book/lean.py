"""What stands between a reader and the page's first line, taken away after the build.

The theme links a dozen style sheets and as many scripts in the head of every page, each of which
the browser fetches before it paints. Here the rules that some page of the site can use are put
into the page itself, in their order, and the scripts wait until it is there. Nothing is written
anew: tinycss2 reads the rules, and a rule stays unless it names a class or an id that occurs
neither in a page nor in a script of the site.
"""

import json
import os
import re
from collections.abc import Iterable
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tinycss2

# Of the theme and of Sphinx, and asked for by nothing that is on a page.
UNUSED = (
    *("fontawesome.js", "all.min.js"),  # 540 kB of icons: style.css has a font of those in use
    *("design-tabs.js", "togglebutton.js", "togglebutton.css"),
)
SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")  # search.html alone needs them
# The theme's script asks all of these how wide they are, each after it has changed the one before:
# 0.4 s on a slow processor when a page is there, and once more when a figure has been moved.
# reading.js asks those that have been laid out anyway.
MEASURED = (
    '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
    '".pst-scrollable-table-container"].join(", ")'
)
NOTHING = '":not(*)"'
NESTING = ("media", "supports", "layer", "container")
THEME = (  # decided before the first line is painted, as the theme's script does afterwards
    'if (document.documentElement.dataset.theme === "auto") document.documentElement.dataset.theme'
    ' = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";'
)
# Who comes to the top of a page sees its beginning before the rest has been laid out; reading.js
# ends that. Who comes back, or to a place on it, is to find that place.
ARRIVING = (
    'if (!location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate")'
    ' document.documentElement.dataset.arriving = "";'
)
# The faces of the first lines are asked for before the page has been laid out, so that they are
# there when it is painted; from a file, browsers refuse that.
FACES = tuple(
    f"_static/vendor/fonts/source-{face}.woff2"
    for face in (
        "serif-4-latin-wght-normal",
        "serif-4-latin-wght-italic",
        "sans-3-latin-wght-normal",
    )
)
FETCH = """<script data-faces>
if (location.protocol !== "file:") for (const href of FACES) document.head.append(
  Object.assign(document.createElement("link"),
    {rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href}));
</script>
"""
FETCHES = re.compile(r"<script data-faces>.*?</script>\s*", re.DOTALL)
WORD = re.compile(r"[A-Za-z_][\w-]*")
SHEET = re.compile(r'<link\b[^>]*rel="stylesheet"[^>]*>\s*')
STYLE = re.compile(r'<style data-sheets="([^"]*)">.*?</style>\s*', re.DOTALL)
AHEAD = re.compile(r'<link\b[^>]*rel="preload"[^>]*>\s*')
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>\s*", re.DOTALL)
SOURCE = re.compile(r'(?:src|href)="([^"]*)"')
NAMED = re.compile(r'\b(?:class|id)="([^"]*)"')


def lean(site: Path) -> None:
    """Rewrite the pages of a built site; those that are as they should be stay as they are."""
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path: path.read_text("utf8") for path in paths}
    new = {
        path: _orderly(text, path.name == "search.html")
        for path, text in pages.items()
        if SHEET.search(text) or STYLE.search(text)
    }
    _calm(site / "_static/scripts/pydata-sphinx-theme.js")
    known = _names(site, new.values())
    rules: dict[tuple[str, ...], str] = {}
    for path, text in new.items():
        sheets = _sheets(text, path, site)
        if sheets not in rules:
            rules[sheets] = "".join(_rules(site, Path(sheet), known) for sheet in sheets)
        up = os.path.relpath(site, path.parent)
        root = "" if up == "." else f"{up}/"
        here = rules[sheets].replace("site:", root)
        fetch = FETCH.replace("FACES", json.dumps([root + face for face in FACES]))
        style = f'{fetch}<style data-sheets="{escape(json.dumps(sheets))}">{here}</style>\n'
        text = FETCHES.sub("", text)
        first = (SHEET.search(text) or STYLE.search(text)).start()  # type: ignore[union-attr]
        rest = SHEET.sub("", STYLE.sub("", text[first:]))
        text = text[:first] + style + rest
        if text != pages[path]:
            path.write_text(text, "utf8")


def _calm(script: Path) -> None:
    """Let the theme's script measure nothing."""
    if script.exists() and NOTHING not in (text := script.read_text("utf8")):
        if text.count(MEASURED) != 1:
            raise ValueError(f"{script.name} no longer says {MEASURED}: is its loop still slow?")
        script.write_text(text.replace(MEASURED, NOTHING), "utf8")


def _orderly(text: str, search: bool) -> str:
    """Let scripts wait, and leave out those that have nothing to do."""

    def mend(found: re.Match[str]) -> str:
        attributes, code = found.groups()
        told = SOURCE.search(attributes)
        name = Path(urlsplit(told[1]).path).name if told else ""
        if name in UNUSED or (name in SEARCH and not search) or re.match("(let|var) toggle", code):
            return ""
        if name and not re.search("defer|async", attributes):
            return found[0].replace("<script", "<script defer", 1)
        if "dataset.theme" in code and "matchMedia" not in code:
            return found[0].replace("</script>", f"  {THEME}\n  {ARRIVING}\n  </script>")
        if not attributes and code.startswith("DOCUMENTATION_OPTIONS."):
            return found[0].replace("<script", '<script type="module"', 1)
        return found[0]

    return SCRIPT.sub(mend, AHEAD.sub("", text))


def _sheets(text: str, path: Path, site: Path) -> tuple[str, ...]:
    """Return a page's style sheets, by their paths in the site."""
    told = STYLE.search(text)
    if told:
        return tuple(json.loads(unescape(told[1])))
    links = [urlsplit(unescape(SOURCE.search(link)[1])).path for link in SHEET.findall(text)]  # type: ignore[index]
    found = [os.path.relpath(path.parent / link, site) for link in links]
    return tuple(name for name in found if Path(name).name not in UNUSED)


def _names(site: Path, pages: Iterable[str]) -> set[str]:
    """Return every class and id of the pages, and every word of their scripts."""
    known: set[str] = set()
    scripts: set[str] = set()
    for text in pages:
        for names in set(NAMED.findall(text)):
            known.update(names.split())
        for attributes, code in SCRIPT.findall(text):
            told = SOURCE.search(attributes)
            if told:
                scripts.add(Path(urlsplit(told[1]).path).name)
            elif "json" not in attributes:
                known.update(WORD.findall(code))
    for script in (site / "_static").rglob("*.js"):
        if script.name in scripts:
            known.update(WORD.findall(script.read_text("utf8")))
    return known


def _rules(site: Path, sheet: Path, known: set[str]) -> str:
    text = (site / sheet).read_text("utf8")
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return _kept(rules, known, site, sheet)


def _kept(rules: list[Any], known: set[str], site: Path, sheet: Path) -> str:
    kept = []
    for rule in rules:
        if rule.type == "error":
            raise ValueError(f"{sheet}, line {rule.source_line}: {rule.message}")
        if rule.type == "qualified-rule":
            selectors = [one for one in _parted(rule.prelude) if _can_match(one, known)]
            if selectors:
                heads = ",".join(_text(one, sheet) for one in selectors)
                kept.append(f"{heads}{{{_text(rule.content, sheet)}}}")
        elif rule.at_keyword == "import":
            (name,) = [one.value for one in rule.prelude if one.type in ("string", "url")]
            kept.append(_rules(site, Path(os.path.normpath(sheet.parent / name)), known))
        elif rule.at_keyword in NESTING and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if text := _kept(inner, known, site, sheet):
                kept.append(f"@{rule.at_keyword} {_text(rule.prelude, sheet)}{{{text}}}")
        elif rule.at_keyword != "charset":
            body = ";" if rule.content is None else f"{{{_text(rule.content, sheet)}}}"
            kept.append(f"@{rule.at_keyword} {_text(rule.prelude, sheet)}{body}")
    return "".join(kept)


def _parted(prelude: list[Any]) -> list[list[Any]]:
    """Return the selectors of a list of them."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _can_match(selector: list[Any], known: set[str]) -> bool:
    """Tell whether all that a selector names occurs; what stands in brackets is not asked."""
    after_dot = False
    for token in selector:
        if token.type == "ident" and after_dot and token.value not in known:
            return False
        if token.type == "hash" and token.value not in known:
            return False
        after_dot = token == "."
    return True


def _text(tokens: list[Any], sheet: Path) -> str:
    """Write tokens without comments and needless space, with addresses from the site's root."""
    for token in tokens:
        if token.type == "whitespace":
            token.value = " "
        if token.type == "url" or (token.type == "function" and token.lower_name == "url"):
            _turn(token, sheet)
        for inner in (getattr(token, "arguments", None), getattr(token, "content", None)):
            if isinstance(inner, list):
                _text(inner, sheet)
    return str(tinycss2.serialize([one for one in tokens if one.type != "comment"])).strip()


def _turn(token: Any, sheet: Path) -> None:
    """Let an address begin at the site's root, as `site:...`."""
    target = token if token.type == "url" else token.arguments[0]
    if not target.value.startswith(("data:", "site:", "#")):
        target.value = "site:" + os.path.normpath(sheet.parent / target.value)
        target.representation = (
            f'"{target.value}"' if target is not token else f"url({target.value})"
        )
