"""Tune and race every entry of `book.races`: python benchmarks/races.py.

Each entry's step size is bracketed with the tuning seeds and then raced with fresh ones. The result
goes to book/data/races.json, where chapters 6 and 8 read it. What the table has already is kept;
delete the file to measure anew (about 4000 trainings: seven minutes on one quiet core).
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded

import json

from book import races

FIRST = {
    "SGD": 0,
    "SGD, inputs × 16": -12,
    "momentum, inputs × 16": -7,
    "Adam, inputs × 16": -13,
    **{f"SGD, inputs ÷ {n}": 0 for n in (10, 32, 100)},
    **{f"Adam, inputs ÷ {n}": -5 for n in (10, 32, 100)},
    "RMSProp": -11,
    "Adam, uncorrected": -11,
    "β₁ 0": -10,
    "β₁ 0, uncorrected": -14,
    "logistic: Nesterov": 8,
}


def rounded(numbers):
    """Return a list that is short to write."""
    return [float(f"{x:.4g}") for x in numbers]


def measure(name, entry):
    """Return the table's row for one entry."""
    errors = {}

    def scores(k):
        losses, error = races.run(entry, k)
        errors[k] = rounded(error)
        return rounded(races.score(losses))

    first = 3 if "momentum" in name or "Nesterov" in name else -8
    tuning = races.bracket(scores, FIRST.get(name, first))
    best = min(tuning, key=lambda k: races.typical(tuning[k]))
    losses, fresh_errors = races.run(entry, best, races.FRESH)
    return {
        "tuning": tuning,
        "errors": dict(sorted(errors.items())),
        "fresh": rounded(races.score(losses)),
        "fresh_errors": rounded(fresh_errors),
    }


if __name__ == "__main__":
    table = json.loads(races.TABLE.read_text("utf8")) if races.TABLE.exists() else {}
    for name, entry in races.ENTRIES.items():
        if name not in table:
            table[name] = measure(name, entry)
            lines = ",\n".join(
                f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(row)}"
                for key, row in table.items()
            )
            races.TABLE.write_text(f"{{\n{lines}\n}}\n", "utf8")
        fresh = races.typical(table[name]["fresh"])
        print(f"{name:22} {races.step_size(races.results()[name].best):8.2g} {fresh:.4f}")
