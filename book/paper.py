"""Print the course: `python -m book.paper` makes one PDF of the site that `make book` built.

All pages are put into one document, without what only a hand can use and with every solution at
the end. A browser prints it, and prints it again, since only a print says on which page a chapter
begins.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import yaml
from bs4 import BeautifulSoup, Tag

from book.execution import ROOT, NotBuiltError
from book.stamp import STAMP

NAME = "understanding-adam.pdf"
BROWSERS = "chromium", "google-chrome", "chromium-browser"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
STYLES = "pygments.css", "pagefigures.css", "vendor/katex/katex.min.css", "style.css"
#: Folded code, what leads elsewhere on a screen, what answers to a hand, and hints: on paper the
#: solutions are at the end.
ON_SCREENS = (
    "details.hide, .headerlink, .toctree-wrapper, script, .katex-mathml, [role=status],"
    " details.hint, form.kept-numbers, .kept-work, .score, nav.way, .cards svg"
)
MOST_PRINTS = 5


class Course:
    """The pages of the site as one document, and what has been taken out of them on the way."""

    def __init__(self, root: Path = ROOT):
        self.root, self.site = root, root / "_build/html"
        self.config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf8"))
        self.contents: list[tuple[int, str, str]] = []  # level, id, title
        self.answers: list[tuple[str, str]] = []  # of one page: heading and body
        self.solutions: list[str] = []
        self.links: dict[str, int] = {}  # address, and the number that it is printed with

    def names(self) -> list[str]:
        """Return the pages in the order of _toc.yml."""
        toc = yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf8"))
        return [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]

    def document(self) -> str:
        """Return the HTML of the whole course; what it does not know yet is an empty `.page`."""
        pages = [self._page(name) for name in self.names()]
        pages += [self._end("solutions", "Solutions", self._solutions())]
        pages += [self._end("links", "Links", self._links())]
        here = "../html/_static/"
        styles = "".join(f'<link rel="stylesheet" href="{here}{name}">' for name in STYLES)
        paper = (Path(__file__).parent / "paper.css").read_text(encoding="utf8")
        return (
            '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
            f"<title>{self.config['title']}</title>{styles}<style>{paper}</style>"
            f"<body>{self._cover()}{self._contents()}{''.join(pages)}</body></html>"
        )

    def _cover(self) -> str:
        logo = (self.site / "_static/logo.svg").read_text(encoding="utf8")
        built = (self.site / STAMP).read_text(encoding="utf8")[:12]
        return (
            f'<section class="cover">{logo}<p class="title">{self.config["title"]}</p>'
            '<p class="about">An open course on one paper, Kingma &amp; Ba’s <em>Adam: A Method'
            " for Stochastic Optimization</em> (ICLR 2015)</p>"
            f"<footer><p>{self.config['author']}</p><p>Text and figures CC BY 4.0, code MIT. The"
            " figures stand in their first state: on the website they answer to your hand. The code"
            " that draws them is in the notebooks. Solutions, and the answers to the questions"
            " before the figures, are at the end.</p>"
            f"<p>Made from the sources {built}.</p></footer></section>"
        )

    def _contents(self) -> str:
        lines = "".join(
            f'<li class="level-{level}"><a href="#{name}">{title}</a>{_page_of(name)}</li>'
            for level, name, title in self.contents
        )
        return f'<nav class="contents"><h1>Contents</h1><ol>{lines}</ol></nav>'

    def _page(self, name: str) -> str:
        file = self.site / f"{name}.html"
        if not file.exists():
            raise NotBuiltError(f"{file} is not there: build the site first (make book).")
        stem = Path(name).name
        article = _one(BeautifulSoup(file.read_text(encoding="utf8"), "html.parser"), "article")
        for tag in article.select(ON_SCREENS):
            tag.decompose()
        for label in article.select(".pf-number"):
            label.replace_with(_tag(f"<b>{label.get_text()}</b>"))
        for link in article.select("[data-of]"):  # what a summary holds no link to
            link.name, link["href"] = "a", link["data-of"]
        self._name_anew(article, name)
        self.answers = []
        for picture in article.select(".picture"):
            its_number = picture.select_one(".pf-caption b")
            for caption in picture.select(".pf-caption"):
                caption.extract()
            _caption(picture, its_number, str(_one(picture, "svg")["aria-label"]))
        for form in article.select("form:not(.pf-asks)"):
            _still(form)
        for note in article.select("details.dropdown"):
            note.name, _one(note, "summary").name = "div", "p"
        for block in article.select(".four"):
            self._ask_four(block, stem)
        for number, one in enumerate(article.select(".predict"), 1):
            self._ask(one, f"{_number(article)}{number}", f"{stem}--question-{number}")
        self._solve(article)
        _lead(article)
        _open(article)
        for heading in article.select("h1, h2"):
            section = heading.find_parent("section")
            assert section is not None
            self.contents.append(
                (int(heading.name[1]), str(section["id"]), heading.decode_contents())
            )
        if self.answers:
            title = _one(article, "h1").decode_contents()
            bodies = "".join(f"<h3>{head}</h3>{body}" for head, body in self.answers)
            self.solutions.append(f"<h2>{title}</h2>{bodies}")
        return f'<article class="bd-article" id="{stem}">{article.decode_contents()}</article>'

    def _name_anew(self, article: Tag, name: str) -> None:
        """Give every id its page's name, let links lead within the document, number the others."""
        stem = Path(name).name
        seen = set()
        for tag in article.select("[id]"):
            tag["id"] = f"{stem}--{tag['id']}"
            if tag["id"] in seen:  # of an exercise's content, say
                del tag["id"]
            else:
                seen.add(tag["id"])
        for link in article.select("a[href]"):
            address = urljoin(f"{name}.html", str(link["href"]))
            page, fragment = urldefrag(address)
            if ":" in page or "?" in page:
                self._number(link, address)
                continue
            target = Path(page).stem + (f"--{fragment}" if fragment else "")
            link["href"] = f"#{target}"
            if link.find_parent(["svg", "a"]) or link.find_parent(class_="bibtex-citation"):
                continue
            if "equation-" not in fragment:
                link.insert_after(_tag(f'<span class="at"> (p.{_page_of(target)})</span>'))

    def _number(self, link: Tag, address: str) -> None:
        """Give a link that leads out of the document its number, unless it is written out."""
        if link.get_text() in (address, address.replace("https://doi.org/", "doi:")):
            return
        of_the_site = ":" not in address.partition("?")[0]
        shown = f"the website, {address}" if of_the_site else address
        number = self.links.setdefault(shown, len(self.links) + 1)
        link.insert_after(_tag(f'<a class="to-link" href="#links--{number}">{number}</a>'))
        if of_the_site:
            link.unwrap()

    def _ask(self, predict: Tag, number: str, name: str) -> None:
        """Print a question with its options, and keep the answer for the end."""
        options = [one.get_text() for one in predict.select(".pf-option")]
        right = _one(predict, ".pf-right").get_text()
        replies = []
        for option, reply in zip(options, predict.select(".pf-reply"), strict=True):
            _one(reply, "b").decompose()
            mark = "✓ " if option == right else ""
            replies.append(f"<dt>{mark}{option}</dt><dd>{reply.decode_contents()}</dd>")
        shown = "".join(str(picture) for picture in predict.select("details .picture"))
        self.answers.append(
            (f"Question {number} {_page_in_brackets(name)}", f"<dl>{''.join(replies)}</dl>{shown}")
        )
        items = "".join(f"<li>{option}</li>" for option in options)
        asked = _one(predict, "legend").decode_contents()
        question = f"<p><b>Question {number}.</b> {asked}</p><ol>{items}</ol>"
        predict.replace_with(_tag(f'<div class="question" id="{name}">{question}</div>'))

    def _ask_four(self, block: Tag, stem: str) -> None:
        """Print the four sayings with their options, and keep their verdicts for the end."""
        options = ", ".join(one.get_text() for one in _one(block, ".four-options").select("button"))
        sayings = [_one(one, "legend").get_text() for one in block.select("fieldset")]
        verdicts = [
            f"<dt>{saying}</dt><dd>{why.decode_contents()}</dd>"
            for saying, why in zip(sayings, block.select("details p"), strict=False)
        ]
        name = f"{stem}--four-sayings"
        if verdicts:
            head = f"Four sayings {_page_in_brackets(name)}"
            self.answers.append((head, f"<dl>{''.join(verdicts)}</dl>"))
        items = "".join(f"<li>{saying}</li>" for saying in sayings)
        asked = f"<p>For each: {options}?</p><ol>{items}</ol>"
        block.replace_with(_tag(f'<div class="question" id="{name}">{asked}</div>'))

    def _solve(self, article: Tag) -> None:
        """Move the solutions to the end; an exercise's cell keeps its code only."""
        for output in article.select(".cell_output"):
            if "Not done yet." in output.get_text():
                output.decompose()
        for solution in article.select(".solution"):
            title = _one(solution, ".admonition-title")
            exercise = _one(title, "a")
            name = str(exercise["href"]).removeprefix("#")
            head = f'<a href="#{name}">{exercise.get_text()}</a> {_page_in_brackets(name)}'
            title.decompose()
            self.answers.append((head, solution.decode_contents()))
            solution.decompose()
        for result in article.select(".result"):
            title = _one(result, ".admonition-title").extract()
            self.answers.append((title.get_text(), result.decode_contents()))
            result.decompose()

    def _solutions(self) -> str:
        return "".join(self.solutions)

    def _links(self) -> str:
        return "<ol>" + "".join(
            f'<li id="links--{number}">{address}</li>' for address, number in self.links.items()
        ) + "</ol>"  # fmt: skip

    def _end(self, name: str, title: str, body: str) -> str:
        self.contents.append((1, name, title))
        opening = f'<div class="opening"><h1>{title}</h1></div>'
        return f'<article class="bd-article" id="{name}">{opening}{body}</article>'


def _one(tag: Tag, selector: str) -> Tag:
    found = tag.select_one(selector)
    if found is None:
        raise NotBuiltError(f"The built page has no {selector!r} where one is looked for.")
    return found


def _tag(html: str) -> Tag:
    return _one(BeautifulSoup(html, "html.parser"), "*")


def _page_of(name: str) -> str:
    return f'<a class="page" href="#{name}"></a>'


def _page_in_brackets(name: str) -> str:
    return f'<span class="at">(p.{_page_of(name)})</span>'


def _number(article: Tag) -> str:
    found = article.select_one("h1 .section-number")
    return found.get_text().strip() if found else ""


def _lead(article: Tag) -> None:
    """Mark words that lead over to what follows, and what is too long for one piece."""
    for words in article.select("p"):
        if words.get_text().rstrip().endswith(":"):
            words["class"] = "leads"
    for code in article.select("pre"):
        if code.get_text().count("\n") > 16:
            code["class"] = "long"
    for table in article.select("table:has(tr:nth-child(9))"):
        table["class"] = "long"


def _open(article: Tag) -> None:
    """Keep a chapter's title and its first words together."""
    title = _one(article, "h1")
    words = [one for one in title.find_next_siblings(limit=2) if one.name == "p"]
    opening = title.wrap(_tag('<div class="opening"></div>'))
    for one in words:
        opening.append(one)


def _caption(figure: Tag, number: Tag | None, sentence: str, settings: str = "") -> None:
    numbered = f"{number} " if number is not None else ""
    quiet = f'<span class="settings"> {settings}</span>' if settings else ""
    figure.append(_tag(f'<p class="caption">{numbered}{sentence}{quiet}</p>'))


def _still(form: Tag) -> None:
    """Leave of a figure its picture, its sentence and how its controls stand."""
    sentence = _one(form, ".pf-says").get_text()
    svg = _one(form, "svg").extract()
    points = svg.select("g[data-control][role=slider]")
    settings = [f"{one['aria-label']} {one['aria-valuetext']}" for one in points]
    settings += _settings(form)
    for handle in svg.select("[role=slider]"):
        handle.decompose()
    figure = _tag('<div class="picture"></div>')
    figure.append(svg)
    here = f"Here: {'; '.join(settings)}." if settings else ""
    _caption(figure, form.select_one(".pf-caption b"), sentence, here)
    form.replace_with(figure)


def _settings(form: Tag) -> Iterator[str]:
    tabs = iter([label.get_text() for label in form.select(".pf-tabs label")])
    panel = None
    for row in form.select(".pf-row:not(.pf-tape)"):
        if (now := row.find_parent(class_="pf-panel")) is not panel:
            panel, tab = now, f"{next(tabs, '')}: "
        else:
            tab = ""
        if control := row.select_one("[type=range]"):
            yield f"{tab}{control['aria-label']} {control['aria-valuetext']}"
        elif control := row.select_one("[role=switch]"):
            yield f"{tab}{row.get_text()} {'on' if control.has_attr('checked') else 'off'}"
        elif control := row.select_one("label:has([checked]), option[selected]"):
            yield f"{tab}{_one(row, 'span').get_text()} {control.get_text()}"


def browser() -> str:
    """Return the program that prints."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise NotBuiltError(
            "Chromium or Chrome prints the course, and none is here"
            " (Debian: apt-get install chromium)."
        )
    return found


def print_course(root: Path = ROOT) -> Path:
    """Print the built site into `_build`, and return the file."""
    from playwright.sync_api import Error, sync_playwright

    course, program = Course(root), browser()
    document, to = course.document(), root / "_build" / NAME
    try:
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=program, args=FLAGS)
            pdf = _settled(chromium.new_page(), document, root / "_build/paper")
            chromium.close()
        to.write_bytes(described(pdf, course.config))
    except OSError as error:
        raise NotBuiltError(f"{error.filename} cannot be written: {error.strerror}.") from error
    except Error as error:
        raise NotBuiltError(f"{program} did not print: {error.message.splitlines()[0]}") from error
    return to


def _settled(page: Any, document: str, folder: Path) -> bytes:
    """Print until the numbers in the document are those of its pages."""
    folder.mkdir(exist_ok=True)
    file, numbers = folder / "course.html", dict[str, int]()
    for _ in range(MOST_PRINTS):
        file.write_text(fill(document, numbers), encoding="utf8")
        page.goto(file.as_uri())
        page.evaluate("document.fonts.ready.then(() => true)")
        pdf: bytes = page.pdf(
            prefer_css_page_size=True, print_background=True, tagged=True, outline=True
        )
        found = begins(pdf)
        if found == numbers:
            return pdf
        numbers = found
    raise NotBuiltError(f"The page numbers did not settle in {MOST_PRINTS} prints.")


def fill(document: str, numbers: dict[str, int]) -> str:
    """Write the numbers of pages where the document asks for them."""

    def number(asked: re.Match[str]) -> str:
        if numbers and asked[1] not in numbers:
            raise NotBuiltError(f"A link leads to {asked[1]!r}, which is not in the course.")
        return f"{asked[0]}{numbers.get(asked[1], 88)}"

    return re.sub(r'<a class="page" href="#([^"]*)">', number, document)


def begins(pdf: bytes) -> dict[str, int]:
    """Return on which page each place begins that some link of the PDF leads to."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(pdf))
    places = reader.named_destinations.items()
    pages = {name.removeprefix("/"): reader.get_destination_page_number(at) for name, at in places}
    return {name: page + 1 for name, page in pages.items() if page is not None}


def described(pdf: bytes, config: dict[str, str]) -> bytes:
    """Return the PDF with a title and an author."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def main() -> None:
    """Run the command."""
    try:
        print(f"Printed: {print_course().relative_to(ROOT)}")
    except NotBuiltError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
