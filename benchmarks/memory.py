"""Measure Adam at the memory wall: python benchmarks/memory.py [--write].

One thread, the best of several rounds in which the rows take turns. The unit is the copy floor: a
step reads theta, g, m and v and writes theta, m and v, which is seven passes over an array;
np.copyto makes two. With --write the table goes to book/data/memory.json, where chapter 6
reads it. PyTorch is measured where it is installed.
"""

# ruff: noqa: E402 - the number of threads must be set before numpy is loaded
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import json
import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from core import bare_step, best, torch_step

from adamcore import Adam
from book import fast

SIZES = [(np.float32, 10**6), (np.float32, 10**7), (np.float64, 10**6), (np.float64, 10**7)]


BLOCK = fast.BLOCK


def in_place_step(theta, block):
    """Return a function that takes steps in place, in blocks of so many bytes."""
    theta, g = theta.copy(), np.ones_like(theta)
    m, v, adam = np.zeros_like(theta), np.zeros_like(theta), Adam()

    def step():
        fast.BLOCK = block
        fast.step_in_place(adam, 1, theta, g, m, v)

    return step


def measure(dtype, n):
    """Return milliseconds by row, for one step on n parameters."""
    theta = np.zeros(n, dtype)
    a, b = np.ones(n, dtype), np.empty(n, dtype)
    rows = {
        "copy floor": lambda: np.copyto(b, a),
        "the six lines": bare_step(Adam(), theta),
        "in place": in_place_step(theta, theta.nbytes),
        "in place, blocked": in_place_step(theta, BLOCK),
    }
    if find_spec("torch"):
        rows["PyTorch"] = torch_step(theta)
        rows["PyTorch, fused"] = torch_step(theta, fused=True)
    times = best(*rows.values(), repeat=9) * 1e3
    times[0] *= 7 / 2
    return {row: round(float(time), 3) for row, time in zip(rows, times, strict=True)}


def processor():
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    packages = [f"{name} {version(name)}" for name in ("numpy", "torch") if find_spec(name)]
    machine = ", ".join([processor(), f"Python {platform.python_version()}", *packages])
    columns = {f"{np.dtype(dtype)}, {n:.0e}": measure(dtype, n) for dtype, n in SIZES}
    print(machine, "\n\n| ms for one step, against seven passes of copying |", *columns, sep=" | ")
    print("|---" * (len(columns) + 1) + "|")
    for row in next(iter(columns.values())):
        cells = [f"{c[row]:.2f} ({c[row] / c['copy floor']:.1f}x)" for c in columns.values()]
        print(f"| {row} |", " | ".join(cells), "|")
    if "--write" in sys.argv:
        fast.TABLE.write_text(json.dumps({"machine": machine, "ms": columns}, indent=1) + "\n")
