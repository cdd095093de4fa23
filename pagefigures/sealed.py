"""Code that keeps its answer to itself, for notebooks whose source a reader sees.

>>> text = seal("3 * 7")
>>> "7" in text
False
>>> sealed(text, {})
21
"""

import ast
import zlib
from base64 import b64decode, b64encode
from textwrap import fill
from typing import Any

from pagefigures.widget import Figure


def seal(code: str) -> str:
    """Return code as letters that say nothing to a reader, in lines; `sealed` runs it."""
    return fill(b64encode(zlib.compress(code.encode("utf8"), 9)).decode("ascii"), 96)


def sealed(text: str, names: dict[str, Any]) -> Any:
    """Run sealed code among `names`, a notebook's `globals()`, and return its last value.

    A question then says nothing of its answer in its text output either, which Jupyter shows where
    it has no widgets, and keeps in the file.
    """
    try:
        code = zlib.decompress(b64decode("".join(text.split()), validate=True)).decode("utf8")
    except (ValueError, zlib.error):
        raise ValueError("the sealed text is not whole: take it from the notebook anew") from None
    tree = ast.parse(code)
    *body, last = tree.body
    if not isinstance(last, ast.Expr):
        raise ValueError("sealed code must end with a value")
    tree.body = body
    exec(compile(tree, "<sealed>", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "<sealed>", "eval"), names)
    if isinstance(value, Figure) and value.asks:
        value.sentence = value.asks
    return value
