"""Figures that answer on a page and in Jupyter: no server behind them.

`explore` draws a matplotlib figure in every state that its controls can have, `live` computes
what it shows while the reader's hand moves, `picture` shows a still figure, and `predict` asks
before it shows. In a Jupyter Book, add ``pagefigures.sphinx`` to the extensions.
"""

from pagefigures.computed import live, point, tape, turn
from pagefigures.controls import choice, number, slider, steps, switch
from pagefigures.drawn import explore, picture, predict
from pagefigures.sealed import seal, sealed
from pagefigures.traced import TraceError, choose, once, scan, select, tile, trace, where

__all__ = [
    "TraceError",
    "choice",
    "choose",
    "explore",
    "live",
    "number",
    "once",
    "picture",
    "point",
    "predict",
    "scan",
    "seal",
    "sealed",
    "select",
    "slider",
    "steps",
    "switch",
    "tape",
    "tile",
    "trace",
    "turn",
    "where",
]
