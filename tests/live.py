"""The live figures of the notebooks as functions: what Python computes, and what the page does."""

import json
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
from py_mini_racer import MiniRacer

import pagefigures
from tests.notebooks import CHAPTERS


def live_figure(notebook: str, name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Run a notebook up to the cell that makes a live figure, and return its function twice.

    Once as it is in Python, on arrays for points and numbers for all else; once as its program,
    run by the engine of a browser. Both return a dict.
    """
    made = {}

    def live(fig: Any, compute: Callable[..., Any], *rest: Any, **options: Any) -> Any:
        made[compute.__name__] = compute, pagefigures.live(fig, compute, *rest, **options)
        return made[compute.__name__][1]

    names = {"__name__": "__main__"}
    for cell in nbformat.read(CHAPTERS / notebook, 4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
            names.update(live=live) if "live" in names else None
        if name in made:
            break
    compute, figure = made[name]
    engine = MiniRacer()
    engine.eval(f"const compute = {json.loads(figure.data)['program']};")

    def in_browser(**values: Any) -> dict[str, Any]:
        given = json.dumps({key: np.asarray(x).tolist() for key, x in values.items()})
        found: dict[str, Any] = json.loads(engine.eval(f"JSON.stringify(compute({given}))"))
        return found

    return compute, in_browser


def assert_same(one: Any, other: Any) -> None:
    """Compare results; what is no number is null in JSON, and what is infinite too."""
    if isinstance(one, str):
        assert one == other
        return
    there = np.array(one, dtype=float)
    here = np.array(other, dtype=float)
    there[~np.isfinite(there)] = np.nan
    np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-12)
