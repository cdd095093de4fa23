"""Tune each method on twenty tables of words: python benchmarks/tables.py.

Each method has its own best step size on each table, so that no method pays for a step size that
was chosen elsewhere. The scores go to book/data/tables.json, where chapter 8 reads them (about
seven minutes on two quiet cores).
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded

import json
from concurrent.futures import ProcessPoolExecutor

from book import words

LONG = 2000


def measure(job):
    """Return the scores of one job, by the number of steps."""
    seed, s, name, turned, stops = job
    problem = words.table(seed, s, turned=turned)
    tuned = words.tune(words.MAKES[name], problem, words.BEGIN[name], stops)
    return {stop: float(f"{row.score:.4g}") for stop, row in tuned.items()}


if __name__ == "__main__":
    jobs = [
        *(
            (seed, s, name, False, words.STOPS)
            for s in (0, 1)
            for name in words.MAKES
            for seed in range(20)
        ),
        *((seed, 1, "Adam", True, words.STOPS) for seed in range(20)),
        *((0, 1, name, False, (LONG,)) for name in words.MAKES if name not in ("Adam", "sign")),
    ]
    scores: dict[str, list[float]] = {}
    with ProcessPoolExecutor(2) as pool:
        for (_, s, name, turned, _), found in zip(jobs, pool.map(measure, jobs), strict=True):
            for stop, score in found.items():
                key = f"s {s}, {stop} steps: {name}{', turned' * turned}"
                scores.setdefault(key, []).append(score)
    lines = ",\n".join(
        f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(row)}" for key, row in scores.items()
    )
    words.TABLES.write_text(f"{{\n{lines}\n}}\n", "utf8")
