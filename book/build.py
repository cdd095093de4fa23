"""Build the site: `python -m book.build`, and `python -m book.build --serve` to look at it.

The same as `jupyter-book build .` with warnings as errors, and a cause in a line or two when it
does not succeed.
"""

import argparse
import errno
import functools
import os
import re
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from book import pyodide
from book.execution import ROOT, NotBuiltError, enclose

START = "from jupyter_book.cli.main import main; main()"
STRICT = ["--all", "-W", "-n", "--keep-going", "--quiet"]


def causes(log: str) -> list[str]:
    """Return the lines of a build's log that say why it failed."""
    plain = re.sub(r"\x1b\[[\d;]*m|^=+$", "", log, flags=re.MULTILINE)
    lines = [line for line in plain.splitlines() if "[IPKernelApp]" not in line]
    found = [line for line in lines if re.search(r"\b(WARNING|ERROR|CRITICAL):", line)]
    for number, line in enumerate(lines):
        if line == "Not built:" or re.fullmatch(r"\w+ error:", line):
            block = lines[number + 1 :]
            found += block[: next((k for k, text in enumerate(block) if not text.strip()), None)]
        elif line == "Exception occurred:":
            block = lines[number + 1 :]
            saved = (k for k, text in enumerate(block) if text.startswith("The full traceback"))
            found += block[: next(saved, None)][-1:]
    return found or [line for line in lines if line.strip()][-1:]


def fetch_python() -> None:
    """Have Pyodide's files; where they cannot be had, the site does without (not under CI)."""
    try:
        pyodide.fetch()
    except NotBuiltError as cause:
        if os.environ.get("CI") == "true":
            raise
        print(f"{cause} The pages are made without Edit and run.", flush=True)


def build(root: Path = ROOT) -> None:
    """Build the site into `_build/html`."""
    fetch_python()  # with the machine's own settings for the network
    enclose(root)
    log = root / "_build/log"
    command = [sys.executable, "-c", START, "build", ".", *STRICT]
    try:
        with log.open("w", encoding="utf8") as file:
            done = subprocess.run(
                command, cwd=root, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False
            )
    except OSError as error:
        raise NotBuiltError(f"{error.filename} cannot be written: {error.strerror}.") from error
    if done.returncode:
        why = "\n".join(causes(log.read_text(encoding="utf8", errors="replace")))
        raise NotBuiltError(f"{why}\nThe site was not built (all that was said: {log}).")


def serve(port: int, root: Path = ROOT) -> None:
    """Serve the built site on this machine until Ctrl-C."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(root / "_build/html"))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "is taken by another program"
        else:
            why = f"cannot be used: {error.strerror}"
        raise NotBuiltError(f"Port {port} {why}. Name a free one: make serve PORT=8001") from error
    print(f"http://localhost:{port}/ (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m book.build", description="Build the site.")
    parser.add_argument("--serve", type=int, const=8000, nargs="?", metavar="PORT")
    port = parser.parse_args().serve
    try:
        print("Building the site; notebooks that changed, or whose package did, are executed.")
        build()
        print("Built: open _build/html/index.html", flush=True)
        if port is not None:
            serve(port)
    except NotBuiltError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
