"""The course in JupyterLab: `python -m book.lab` lays the notebooks down and opens the first.

They are the learner's own: made anew, they never take the place of what somebody has written. What
was laid down last is on record, so a notebook whose cells differ from it is one that was changed;
it stays, and the new one is laid beside it.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import nbformat

from book.execution import ROOT, NotBuiltError
from book.stamp import STAMP, fingerprint

HTML = ROOT / "_build/html"
MADE = HTML / "_sources/chapters"
FOLDER = ROOT / "my-notebooks"
RECORD = ".laid-down.json"
FIRST = "index"
QUIET = (  # JupyterLab asks nobody for news of itself, and no reader whether it may
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    f"--LabApp.app_settings_dir={ROOT / 'book/jupyterlab'}",
    "--log-level=WARN",
)
PORT = 8888
PORTS = 50


def digest(text: str) -> str:
    """Return a number for what a reader can write in a notebook: the kinds and sources of cells.

    Outputs, counts and what editors note for themselves are not in it. Raises ValueError for a
    text that is no notebook.
    """
    try:
        cells = nbformat.reads(text, as_version=4).cells
        found = [(cell.cell_type, cell.source) for cell in cells]
    except Exception as error:  # nbformat raises many kinds
        raise ValueError("not a notebook") from error
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def on_disk(path: Path) -> str:
    """Return the digest of a notebook, "" where nothing is, and "broken" where no notebook is."""
    if not os.path.lexists(path):
        return ""
    try:
        return digest(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return "broken"


def candidates(folder: Path, stem: str) -> Iterator[Path]:
    """Yield where a notebook may be laid down, the place of its own first."""
    yield folder / f"{stem}.ipynb"
    for n in count(1):
        yield folder / f"{stem}-new{'' if n == 1 else f'-{n}'}.ipynb"


def lay_down(made: Path, folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Put the course's notebooks into the learner's folder, and lose nothing that is there.

    Returns
    -------
    places : dict from str to Path
        Where each page now is: the one the learner works in, or the newest beside it.
    told : list of str
        One sentence for each notebook that did not go where it belongs.
    """
    record = _record(folder)
    places, told = {}, []
    for source in sorted(made.glob("*.ipynb")):
        text = source.read_text(encoding="utf8")
        new = digest(text)
        why = ""
        for path in candidates(folder, source.stem):
            there = on_disk(path)
            if there == new:
                record[path.name] = new
            elif there == "broken":
                why = why or f"{path.name} is no notebook that can be read, and stays as it is"
                continue
            elif there and there != record.get(path.name):
                if record.get(path.name) != new:
                    why = why or f"{path.name} has your work in it, and stays as it is"
                    continue
            else:
                _write(path, text)
                record[path.name] = new
                if why:
                    told.append(f"{why}; the course's present page is {path.name} beside it.")
            places[source.stem] = path
            break
    if record != _record(folder):
        _write(folder / RECORD, json.dumps(record, indent=1) + "\n")
    return places, told


def _record(folder: Path) -> dict[str, str]:
    """Return the digests of what was laid down; nothing where the record is lost or broken."""
    try:
        found: Any = json.loads((folder / RECORD).read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(one) for name, one in found.items()} if isinstance(found, dict) else {}


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf8")
        part.replace(path)
    except OSError as error:
        raise NotBuiltError(
            f"{path} cannot be written: {error.strerror}. Name a folder that can:"
            " make lab FOLDER=~/adam"
        ) from error


def free_port(first: int = PORT) -> int:
    """Return a port that nobody listens on: `first`, or the next one that is free."""
    if not 0 < first < 65536:
        raise NotBuiltError(f"There is no port {first}: name one from 1024 to 65535.")
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NotBuiltError(
        f"From port {first} on all are taken: name one that is free: make lab PORT=9000"
    )


def up_to_date() -> bool:
    """Return whether the site was built from the sources as they are."""
    stamp = HTML / STAMP
    return stamp.exists() and stamp.read_text(encoding="utf8").strip() == fingerprint()


def command(first: Path, port: int) -> list[str]:
    """Return the command that opens a notebook in JupyterLab."""
    lab = [sys.executable, "-m", "jupyterlab", str(first), f"--port={port}", *QUIET]
    return [*lab, "--ServerApp.port_retries=0", *["--allow-root"] * is_root()]


def is_root() -> bool:
    """Return whether this is root's process, as in a container; JupyterLab wants to be told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def become(words: list[str]) -> None:
    """Go on as another program, so that Ctrl-C and whatever else is meant for it reach it."""
    if os.name != "nt":
        os.execv(words[0], words)
    with subprocess.Popen(words) as process:  # there the shell would not wait for it
        while process.poll() is None:
            with suppress(KeyboardInterrupt):
                process.wait()
    sys.exit(process.returncode)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m book.lab", description="Open the course in JupyterLab."
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the notebooks are kept")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--only-lay-down", action="store_true", help="do not start JupyterLab")
    chosen, more = parser.parse_known_args()
    folder = chosen.folder.expanduser().resolve()
    try:
        if not up_to_date():
            print("The notebooks are made with the site: some minutes, when the course is new.")
            made = subprocess.run([sys.executable, "-m", "book.build"], check=False)
            if made.returncode:
                sys.exit(made.returncode)
        places, told = lay_down(MADE, folder)
        print(*told, f"Your notebooks: {folder}", sep="\n", flush=True)
        if chosen.only_lay_down:
            return
        port = free_port(chosen.port)
        if port != chosen.port:
            print(f"Port {chosen.port} is taken by another program: JupyterLab uses {port}.")
        if is_root():
            print("You are root, as in a container: JupyterLab is told that this is meant.")
        print("Ctrl-C ends it.", flush=True)
        become([*command(places[FIRST], port), *more])
    except NotBuiltError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
