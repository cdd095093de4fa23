"""Figures that answer on a page and in Jupyter: sliders, questions and stills without a server.

`explore` draws a matplotlib figure in every state that its controls can have; `picture` shows a
still one; `predict` asks before it shows. In a Jupyter Book, add ``pagefigures.sphinx`` to the
extensions.
"""

from pagefigures.drawn import choice, explore, picture, predict, slider, steps, switch

__all__ = ["choice", "explore", "picture", "predict", "slider", "steps", "switch"]
