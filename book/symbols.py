"""A symbol in a formula tells its name: KaTeX's HTML with a name at each letter that has one.

The front page lists the same letters. A letter that stands for different things on different
pages has its name only where it is given here.
"""

import re
from html import escape

#: What each letter is, as its formula's HTML writes it; a hat is written behind its letter.
EVERYWHERE = {
    "θ": "θ: the parameters",
    "α": "α: the step size (learning rate)",
    "g": "g: the gradient that is measured",
    "m": "m: the first moment, a moving average of g",
    "v": "v: the second raw moment, a moving average of g²",
    "m^": "m̂: the first moment, bias-corrected",
    "v^": "v̂: the second raw moment, bias-corrected",
    "β1": "β₁: the share of m that a step keeps",
    "β2": "β₂: the share of v that a step keeps",
    "ε": "ε: added to the root, so that nothing is divided by 0",
}
LANDSCAPE = {
    "h": "h: the curvature",
    "L": "L: the largest curvature",
    "κ": "κ: the largest curvature over the smallest",
    "σ": "σ: the noise of the gradient in use, its standard deviation",
}
HERE = {
    "01-sgd": LANDSCAPE
    | {"B": "B: the batch size", "s": "s: the noise of a single example's gradient"},
    "02-momentum": LANDSCAPE
    | {
        "β": "β: the share of the last step that is kept, β₁ of the moving average",
        "η": "η: the step size where a velocity is kept, α(1 − β₁)",
        "M": "M: the mass",
        "μ": "μ: the friction",
        "d": "d: the last step",
        "u": "u: the velocity that PyTorch stores",
    },
    "03-rms-scaling": {"h": LANDSCAPE["h"], "κ": LANDSCAPE["κ"]},
    "05-signal-and-noise": {
        "μ": "μ: the mean of the gradient",
        "σ": "σ: the standard deviation of the gradient",
    },
    "07-where-adam-fails": {one: LANDSCAPE[one] for one in ("h", "κ", "σ")},
}
LETTER = '<span class="mord mathnormal"'
WITH_HAT = re.compile(
    rf'<span class="mord accent"(?P<between>>(?:(?!class="mord).)*?){LETTER}(?P<rest>[^>]*>'
    r'(?P<letter>\w)</span>(?:(?!class="mord).)*<span class="accent-body"[^>]*><span'
    r' class="mord">\^)'
)
BARE = re.compile(
    rf'{LETTER}(?P<rest>[^>]*>(?P<letter>\w)</span>(?P<below>(?=<span class="msupsub">'
    r'(?:(?!class="mord).)*<span class="mord mtight">(?P<index>\w)</span>))?)'
)


def named(html: str, page: str) -> str:
    """Return a formula whose letters say what they are on this page."""
    names = EVERYWHERE | HERE.get(page.rpartition("/")[2], {})

    def with_hat(found: re.Match[str]) -> str:
        name = names.get(f"{found['letter']}^")
        said = f' data-says="{escape(name)}"' if name else ""
        rest = found["rest"].replace(">", " data-in>", 1)  # it is no letter by itself
        return f'<span class="mord accent"{said}{found["between"]}{LETTER}{rest}'

    def bare(found: re.Match[str]) -> str:
        letter, index = found["letter"], found["index"] or ""
        name = names.get(letter + index) or names.get(letter)
        if name is None or "data-in" in found["rest"]:
            return found[0].replace(" data-in", "")
        return f'{LETTER} data-says="{escape(name)}"{found["rest"]}'

    return BARE.sub(bare, WITH_HAT.sub(with_hat, html))
