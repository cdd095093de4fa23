"""Describe the pictures of the built site in words that a person can review.

`python -m tests.pictures` compares every page with tests/approved/; with `--approve` it writes
the descriptions anew and says what has changed. A description has one line for each element:
its kind, its colour by the course's names, and where it is, in per cent of the picture. So it
tells a wrong colour, a lost line or a slider that moves its neighbour, and not a new release of
matplotlib. Of a figure with controls it has the first state and some others.
"""

import itertools
import json
import math
import re
import sys
from collections.abc import Iterator
from operator import eq
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from py_mini_racer import MiniRacer

from pagefigures.widget import SCRIPT
from tests.formulas import listed

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html/chapters"
APPROVED = Path(__file__).parent / "approved"
# As readers see them; written once more than in book/look.py, so that a change there is noticed.
NAMES = {
    "#000000": "SGD",
    "#0072b2": "momentum",
    "#cc79a7": "RMSProp",
    "#d55e00": "Adam",
    "#3b7a57": "m",
    "#8a6fb0": "v",
    "#6b6b6b": "grey",
}
NEAR = 2.5  # per cent of the picture: what is closer is the same place
WIDE = 16  # for a band: it reaches to the worst start, which can hang on how a processor rounds
STYLE = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight",
         "text-anchor", "visibility", "opacity", "stroke-opacity", "fill-opacity")  # fmt: skip


def describe(html: str) -> list[str]:
    """Return the lines that describe all figures of a page."""
    article = BeautifulSoup(html, "html.parser")
    lines: list[str] = []
    for number, one in enumerate(article.select(".picture, form.explore, form.live, .predict"), 1):
        kind = next(k for k in ("picture", "explore", "live", "predict") if k in one["class"])
        lines.append(f"# {number} {kind} {one.get('id', '')}".rstrip())
        if kind == "predict":
            lines += [f"asks {_words(one.select_one('legend'))}"]
            for option, reply in zip(
                one.select(".pf-option"), one.select(".pf-reply"), strict=True
            ):
                right = "right" if "pf-right" in option["class"] else "wrong"
                lines.append(f"{right} {_words(option)} -> {_words(reply)}")
            continue
        svg = one.find("svg")
        lines.append(f"says {svg['aria-label']}")
        lines += _controls(one)
        lines += list(_elements(svg, svg))
        if kind != "picture":
            data = json.loads(article.find(id=f"{one['id']}-data").string)
            lines += list((_frames if "frames" in data else _computed)(one, svg, data))
    return lines


def same(one: str, other: str) -> bool:
    """Compare two lines: words to the letter, places nearly."""
    if one == other:
        return True
    places = re.compile(r"(?<=[ |])-?\d+(?:\.\d+)?(?=$| )")
    if places.sub("#", _tail(one)) != places.sub("#", _tail(other)) or _head(one) != _head(other):
        return False
    pairs = zip(places.findall(_tail(one)), places.findall(_tail(other)), strict=True)
    near = WIDE if re.match(r"fill .* opacity", _head(one)) else NEAR
    return all(abs(float(a) - float(b)) <= max(near, 0.06 * abs(float(a))) for a, b in pairs)


def differences(found: list[str], approved: list[str], alike=same) -> list[str]:
    """Return what differs, as lines that begin with - (approved) and + (found)."""
    from difflib import SequenceMatcher

    # lines that are nearly the same get the same key, so that only true differences are left
    found = [
        next((a for a in (approved[k] if k < len(approved) else "",) if alike(a, line)), line)
        for k, line in enumerate(found)
    ]
    out = []
    for tag, a, b, c, d in SequenceMatcher(None, approved, found, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left, right = approved[a:b], found[c:d]
        if len(left) == len(right) and all(map(alike, left, right)):
            continue
        out += [f"- {line}" for line in left] + [f"+ {line}" for line in right]
    return out


def _head(line: str) -> str:
    return line.partition(" |")[0]


def _tail(line: str) -> str:
    return line.partition(" |")[2]


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def _controls(form: Tag) -> Iterator[str]:
    for control in form.select("[data-control]"):
        if control.get("role") == "group":  # a tape
            bars = control.select("[role=slider]")
            heights = " ".join(bar["aria-valuetext"] for bar in bars)
            yield f"control tape “{control['aria-label']}” = {heights}"
        elif control.name == "select":
            options = " / ".join(_words(option) for option in control.select("option"))
            yield f"control list “{_words(control.parent.span)}” of {options}"
        elif control.get("role") == "radiogroup":
            options = " / ".join(_words(option) for option in control.select("label"))
            yield f"control choice “{control['aria-label']}” of {options}"
        elif control.get("role") == "switch":
            state = "on" if control.has_attr("checked") else "off"
            yield f"control switch “{_words(control.parent)}” = {state}"
        else:
            kind = "handle" if control.name == "g" else "slider"
            yield f"control {kind} “{control['aria-label']}” = {control['aria-valuetext']}"


def _elements(tag: Tag, svg: Tag, style: dict[str, str] | None = None, at=(0.0, 0.0)):
    """Describe what is drawn inside a tag, in its order."""
    for child in tag.find_all(recursive=False):
        if child.get("role") == "slider":
            continue
        own = {**(style or {}), **{k: child[k] for k in STYLE if child.has_attr(k)}}
        here = at
        if child.name in ("g", "path") and (moved := child.get("transform", "")):
            x, y = map(float, re.findall(r"-?[\d.]+", moved)[:2])
            here = (at[0] + x, at[1] + y)
        if child.name == "text":
            yield _text(child, svg, own, here)
        elif child.name == "path":
            if line := _path(child.get("d", ""), svg, own, here):
                yield line
        elif child.name in ("circle", "image", "rect"):
            yield f"{child.name} {_colour(own.get('fill', 'none'))}"
        else:
            yield from _elements(child, svg, own, here)


def _size(svg: Tag) -> tuple[float, float]:
    return tuple(map(float, svg["viewbox"].split()[2:]))


def _text(tag: Tag, svg: Tag, style: dict[str, str], at: tuple[float, float]) -> str:
    wide, high = _size(svg)
    x, y = float(tag.get("x", 0)) + at[0], float(tag.get("y", 0)) + at[1]
    bold = " bold" if style.get("font-weight") not in (None, "400") else ""
    size = float(style.get("font-size", 100)) / 10
    hidden = " hidden" if style.get("visibility") == "hidden" else ""
    return (
        f"text “{tag.get_text()}” {_colour(style.get('fill', 'none'))}{bold}{hidden} {size:g} pt"
        f" | at {100 * x / wide:.0f} {100 * y / high:.0f}"
    )


def _path(d: str, svg: Tag, style: dict[str, str], at: tuple[float, float]) -> str:
    parts = [[(x + at[0], y + at[1]) for x, y in part] for part in _points(d)]
    wide, high = _size(svg)
    points = [
        (min(max(x, -0.1 * wide), 1.1 * wide), min(max(y, -0.1 * high), 1.1 * high))
        for part in parts
        for x, y in part
    ]
    if not points:
        return ""
    xs, ys = zip(*points, strict=True)
    length = sum(math.dist(a, b) for part in parts for a, b in itertools.pairwise(part))
    words = []
    if (fill := style.get("fill", "none")) != "none":
        words.append(f"fill {_colour(fill)}")
    if (stroke := style.get("stroke", "none")) != "none":
        words.append(f"line {_colour(stroke)} {float(style.get('stroke-width', 10)) / 10:g}")
    for name in "stroke-dasharray", "opacity", "stroke-opacity", "fill-opacity":
        if name in style:
            words.append(f"{name.rpartition('-')[2]} {style[name]}")
    if style.get("visibility") == "hidden":
        words.append("hidden")
    box = (min(xs) / wide, min(ys) / high, max(xs) / wide, max(ys) / high)
    places = " ".join(f"{100 * side:.0f}" for side in box)
    return (
        f"{' '.join(words) or 'nothing'} | box {places} length {min(100 * length / wide, 9e4):.0f}"
        f" parts {len(parts)}"
    )


def _points(d: str) -> list[list[tuple[float, float]]]:
    """Return the corners of a path's parts; of curves only their ends."""
    out: list[list[tuple[float, float]]] = []
    x = y = 0.0
    for command, body in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", d):
        n = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", body)]
        low, relative = command.lower(), command.islower()
        if low == "z":
            if out and out[-1]:
                x, y = out[-1][0]
                out[-1].append((x, y))
            continue
        size = {"h": 1, "v": 1, "c": 6, "q": 4, "a": 7}.get(low, 2)
        for k in range(0, len(n) - size + 1, size):
            one = n[k : k + size]
            if low == "h":
                x = x + one[0] if relative else one[0]
            elif low == "v":
                y = y + one[0] if relative else one[0]
            else:
                dx, dy = one[-2:]
                x, y = (x + dx, y + dy) if relative else (dx, dy)
            if low == "m" and k == 0:
                out.append([])
            out[-1].append((x, y))
    return out


def _colour(colour: str) -> str:
    if colour == "currentColor":
        return "ink"
    if colour == "var(--paper)":
        return "paper"
    if mixed := re.search(r"currentColor (\d+)%", colour):
        return f"grey-{mixed[1]}"
    return NAMES.get(colour, colour)


def _frames(form: Tag, svg: Tag, data: dict) -> Iterator[str]:
    """Describe what moves in the middle and the last state, and the sentences there."""
    n = len(data["frames"])
    for state in sorted({n // 2, n - 1} - {0}):
        yield f"state {state} of {n}: {data['sentences'][state]}"
        body = "".join(data["pieces"][piece] for piece in data["frames"][state])
        moved = BeautifulSoup(f"<svg viewbox='{svg['viewbox']}'>{body}</svg>", "html.parser").svg
        yield from _elements(moved, svg, {"fill": "none", "stroke-width": "10"})


def _computed(form: Tag, svg: Tag, data: dict) -> Iterator[str]:
    """Describe what the page computes when each control alone stands elsewhere."""
    controls = json.loads(form["data-controls"])
    start = {one["name"]: _meant(one, one["start"]) for one in controls}
    for one in controls:
        values = start | {one["name"]: _elsewhere(one)}
        code = (
            f"(() => {{const out = ({data['program']})({json.dumps(values)});"
            f"for (const name of {json.dumps(data['record'])}) out['best_' + name] = out[name];"
            f"return JSON.stringify([out, pagefigures.fill({json.dumps(data['sentence'])}, out),"
            f"{json.dumps(data['texts'])}.map(([, parts]) => pagefigures.fill(parts, out))])}})()"
        )
        with MiniRacer() as engine:
            engine.eval(SCRIPT)
            out, sentence, texts = json.loads(engine.eval(code))
        yield f"with another {one['name']}: {sentence}"
        yield from (f"text “{words}”" for words in texts)
        for mover in data["moving"]:
            yield f"{mover['name']} {_moved(mover, out[mover['name']], svg)}"


def _meant(control: dict, value):
    return control["values"][value] if "values" in control else value


def _elsewhere(control: dict):
    kind, start = control["kind"], control["start"]
    if "words" in control:
        last = len(control["words"]) - 1
        return _meant(control, last if start != last else 0)
    if kind == "number":
        low, high = control["low"], control["high"]
        middle = (low * high) ** 0.5 if control["log"] else (low + high) / 2
        end = high if start <= middle else low
        return (start * end) ** 0.5 if control["log"] else (start + end) / 2
    if kind == "point":
        left, right, bottom, top = control["room"]
        return [(start[0] + left + right) / 3, (start[1] + bottom + top) / 3]
    if kind == "turn":
        return (start + control["high"]) / 2 if start != control["high"] else control["low"]
    return [max(control["low"], min(control["high"], one / (k + 1))) for k, one in enumerate(start)]


def _moved(mover: dict, result, svg: Tag) -> str:
    wide, high = _size(svg)

    def place(axis: str, value: float | None, size: float) -> float:
        at, scale, log, *bottom = mover[axis]
        if value is None:
            return math.nan
        if log and value <= 0:  # as matplotlib: far down, or left out
            value, log = math.nan if bottom[0] is None else bottom[0], False
        return min(max(100 * (at + scale * (math.log10(value) if log else value)) / size, -10), 110)

    if mover["kind"] == "shown":
        return "shown" if result else "hidden"
    if mover["kind"] == "text":
        return f"| at {place('x', result[0], wide):.0f} {place('y', result[1], high):.0f}"
    if mover["kind"] == "bars":
        tops = [place("y", one, high) for one in result]
        return "| tops " + " ".join(f"{top:.0f}" for top in tops if top == top)
    points = [(place("x", x, wide), place("y", y, high)) for x, y in zip(*result, strict=True)]
    points = [point for point in points if point[0] == point[0] and point[1] == point[1]]
    some = points[:: max(1, len(points) // 6)] + points[-1:]
    return "| through " + " ".join(f"{x:.0f} {y:.0f}" for x, y in some)


def pages() -> list[str]:
    """Return the names of the pages that are compared."""
    return sorted(path.stem for path in SITE.glob("*.html"))


def found(name: str) -> list[str]:
    """Return what is to be compared with the approved lines of that name."""
    if name == "formulas":
        return listed()
    return describe((SITE / f"{name}.html").read_text("utf8"))


def main(arguments: list[str]) -> int:
    """Compare, or approve, the pages named or all of them."""
    approve = "--approve" in arguments
    chosen = [name for name in arguments if not name.startswith("-")] or [*pages(), "formulas"]
    wrong = 0
    APPROVED.mkdir(exist_ok=True)
    for name in chosen:
        lines = found(name)
        file = APPROVED / f"{name}.txt"
        before = file.read_text("utf8").splitlines() if file.exists() else []
        changed = differences(lines, before, eq if name == "formulas" else same)
        wrong += bool(changed)
        if changed:
            print(f"{name}: {len(changed)} lines differ", *changed[:40], sep="\n  ")
        if approve and (changed or not file.exists()):
            file.write_text("".join(f"{line}\n" for line in lines), "utf8")
    return 0 if approve else min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
