"""Execute notebooks for the site where nothing of the machine can reach the page.

The build runs in an environment of its own (`enclosed`), with the package of this checkout and no
other (`prove`), and executes each notebook once, two at a time (`execute`). What was executed is
kept under a name made of all that it was executed with (`cache_folder`).
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# What a process needs in order to start; all else that a shell may have set is left outside.
KEPT = {
    *("PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "WINDIR", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"),
    *("CI", "SOURCE_DATE_EPOCH"),
}
FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "NO_COLOR": "1",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    # the number of cores changes the order of sums, and two notebooks run at a time
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
# What a cell can read, and what of it comes after the cells.
SOURCES = (
    "adamcore/*.py",
    "pagefigures/*.py",
    "pagefigures/static/*.*",
    "book/*.py",
    "book/data/*",
)
OF_THE_SITE = (
    "pagefigures/sphinx.py",
    *(f"book/{name}.py" for name in ("extension", "lean", "build", "glance", "collect", "paper")),
    *(f"book/{name}.py" for name in ("learner", "markdown", "plain", "lab", "exercises", "kept")),
    *(f"book/{name}.py" for name in ("pyodide", "onpage", "slices", "running")),
)
# Importing pyplot here also builds matplotlib's list of fonts, of which a cell would be told.
WHERE = """
import json, adamcore, book, pagefigures, matplotlib.pyplot
print(json.dumps({m.__name__: m.__file__ for m in (adamcore, pagefigures, book)}))
"""


class NotBuiltError(Exception):
    """The build cannot go on; the message is the cause."""


def enclosed(outside: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return the environment that the build runs in, with a home of its own under `_build`."""
    home = root / "_build/home"
    folders = {
        **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), home),
        **{
            f"XDG_{kind}_HOME": home / kind.lower() for kind in ("CONFIG", "CACHE", "DATA", "STATE")
        },
        **{f"JUPYTER_{kind}_DIR": home / f"jupyter-{kind.lower()}" for kind in ("CONFIG", "DATA")},
        "JUPYTER_RUNTIME_DIR": home / "jupyter-runtime",
        "IPYTHONDIR": home / "ipython",
        "MPLCONFIGDIR": home / "matplotlib",
    }
    try:
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotBuiltError(f"{root / '_build'} cannot be written: {error.strerror}.") from error
    fixed = FIXED | {"PYTHONPATH": str(root)}  # the packages of this checkout come first
    kept = {name: value for name, value in outside.items() if name.upper() in KEPT}
    return kept | fixed | {name: str(folder) for name, folder in folders.items()}


def enclose(root: Path = ROOT) -> None:
    """Put this process, and all that it starts, into the environment of the build."""
    inside = enclosed(os.environ, root)
    os.environ.clear()
    os.environ.update(inside)


def prove(folder: Path, root: Path = ROOT) -> None:
    """Raise if Python, started in `folder`, would import a package that is not of this checkout."""
    told = subprocess.run(
        [sys.executable, "-c", WHERE], cwd=folder, capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise NotBuiltError(
            f"The packages cannot be imported: {told.stderr.strip().splitlines()[-1]}"
        )
    for name, file in json.loads(told.stdout).items():
        if root not in Path(file).resolve().parents:
            raise NotBuiltError(
                f"{name} would come from {Path(file).parent}, not from {root}: see what this "
                ".venv has installed, or delete it and set it up anew, as README.md says."
            )


def cache_folder(root: Path = ROOT) -> Path:
    """Return where executed notebooks are kept: a name for all that they are executed with."""
    key = hashlib.sha256(repr((sys.version, *map(version, ("numpy", "matplotlib")))).encode())
    for pattern in SOURCES:
        for file in sorted(set(root.glob(pattern)) - {root / name for name in OF_THE_SITE}):
            key.update(f"{file.relative_to(root)}".encode() + file.read_bytes())
    key.update((root / "requirements.txt").read_bytes())
    return root / "_build/.jupyter_cache" / key.hexdigest()[:16]


def _read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)


def run(path: Path, timeout: int | None = None) -> Any:
    """Return a notebook, executed; raise NotBuiltError with its first cell that fails."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    notebook = _read(path)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,  # the cache would not know the cells again
        resources={"metadata": {"path": str(path.parent)}},
    )
    begun = 0

    def begin(cell: Any, cell_index: int) -> None:
        nonlocal begun
        begun = cell_index + 1

    client.on_cell_start = begin
    try:
        client.execute()
    except CellExecutionError as error:
        cause = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        cause = f"not done after {timeout} seconds"
    except DeadKernelError:
        cause = "its kernel died (out of memory, or killed)"
    except RuntimeError as error:
        cause = f"no kernel: {error}"
    else:
        for begun, cell in enumerate(notebook.cells, 1):  # noqa: B007 - the cause says which
            for output in cell.get("outputs", []):
                if output.get("name") == "stderr":
                    cause = f"it wrote to stderr: {output.text.strip().splitlines()[-1]}"
                    break
            else:
                continue
            break
        else:
            return notebook
    raise NotBuiltError(f"{path.parent.name}/{path.name}, cell {begun}: {cause}")


def execute(paths: Iterable[Path], folder: Path, timeout: int | None = None) -> Iterator[Path]:
    """Execute those notebooks that `folder` does not hold yet, and yield each that is done.

    All are tried; then NotBuiltError is raised with every cause.
    """
    from jupyter_cache import get_cache  # type: ignore[import-untyped]
    from jupyter_cache.base import CacheBundleIn  # type: ignore[import-untyped]

    cache = get_cache(folder)

    def missing(path: Path) -> bool:
        try:
            cache.match_cache_notebook(_read(path))
        except KeyError:
            return True
        return False

    def timed(path: Path) -> CacheBundleIn:
        began = time.perf_counter()
        notebook = run(path, timeout)
        seconds = time.perf_counter() - began
        return CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})

    causes = []
    with ThreadPoolExecutor(2) as pool:
        waiting = {pool.submit(timed, path): path for path in paths if missing(path)}
        for done in as_completed(waiting):
            try:
                cache.cache_notebook_bundle(done.result(), check_validity=False, overwrite=True)
            except NotBuiltError as error:
                causes.append(str(error))
            else:
                yield waiting[done]
    if causes:
        raise NotBuiltError("\n".join(causes))
