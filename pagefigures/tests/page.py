"""A page with figures in it, as `pagefigures.sphinx` makes one, without Sphinx."""

from pagefigures.sphinx import STATIC, placed

FILLER = "<p>What stands between figures, and is scrolled past.</p>" * 12


def page(path, *figures, head="", scripts=True):
    """Write a page that shows these figures, and return its address."""
    names = set()
    shown = [placed(figure.html, figure.data, names) for figure in figures]
    cells = "".join(f'<div class="cell_output">{html}</div>' for html, _ in shown)
    data = "".join(script for _, script in shown)
    style, script = ((STATIC / f"pagefigures.{kind}").as_uri() for kind in ("css", "js"))
    colours = {"light": ("#fff", "#222"), "dark": ("#121212", "#eee")}
    themes = "".join(
        f"html[data-theme={theme}]{{--pst-color-background:{paper};--pst-color-text-base:{ink};"
        f"--pst-color-text-muted:{ink};--pf-accent:{accent};background:{paper};color:{ink}}}"
        for (theme, (paper, ink)), accent in zip(
            colours.items(), ("#a84300", "#ff9d5c"), strict=True
        )
    )
    path.write_text(
        f'<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        '<title>Figures</title><meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{style}"><style>{themes}</style>{head}'
        "<script>document.documentElement.dataset.theme ="
        ' matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>'
        + (f'<script async src="{script}"></script>' if scripts else "")
        + f'<body style="margin:0 14px"><main><h1>Figures</h1>{cells}{FILLER}</main>{data}</html>',
        encoding="utf8",
    )
    return path.as_uri()
