"""Measure what it takes to set up, build and test the course, from a bare clone.

    python benchmarks/house.py

Clones the repository into a temporary folder and runs the README's commands there.
"""

import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seconds(*command: str, folder: Path) -> float:
    """Return how long a command takes; raise if it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def edit(notebook: Path) -> None:
    """Change the first code cell of a notebook."""
    text = notebook.read_text(encoding="utf8")
    notebook.write_text(text.replace("import numpy as np", "import numpy as np  # edited", 1))


def main() -> None:
    """Print the table."""
    before = os.getloadavg()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "course")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        found = {
            "set-up from nothing": seconds("make", ".venv/ready", folder=folder),
            "make check": seconds("make", "check", folder=folder),
            "cold build": seconds("make", "book", folder=folder),
            "build, nothing changed": seconds("make", "book", folder=folder),
        }
        edit(folder / "chapters/01-sgd.ipynb")
        found["build, one cell edited"] = seconds("make", "book", folder=folder)
        subprocess.run(["git", "checkout", "--quiet", "."], cwd=folder, check=True)
        found["all tests"] = seconds("make", "test", folder=folder)
    load = ", ".join(f"{x:.1f}" for x in (*before, *os.getloadavg()))
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"Load in the last 1, 5 and 15 minutes, before and after: {load}\n")
    print("| what | seconds |\n|---|---|")
    for what, took in found.items():
        print(f"| {what} | {took:.0f} |")


if __name__ == "__main__":
    main()
