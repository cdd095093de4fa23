"""nbval on what the build has executed: `pytest -p tests.replay --nbval chapters`.

The build executes every notebook and keeps what each cell gave, under a name for all that it
was executed with. This plugin hands it to nbval in place of a second execution; nbval compares it
as ever. A notebook that the build has not executed as it stands is executed, as without the plugin.
"""

from itertools import count
from queue import Empty

import nbformat
from jupyter_cache import get_cache
from nbval.plugin import IPyNbFile

from book.execution import cache_folder


class Recorded:
    """Stands in for nbval's kernel: it says again what the cells of a notebook said."""

    language = "python"

    def __init__(self, notebook: nbformat.NotebookNode):
        self.cells = iter([cell for cell in notebook.cells if cell.cell_type == "code"])
        self.ids, self.messages = count(), iter(())

    def execute_cell_input(self, source, allow_stdin=None):
        """Take up the next cell."""
        cell = next(self.cells)
        assert cell.source == source
        told = {"msg_id": next(self.ids)}
        contents = [(output.output_type, output) for output in cell.outputs]
        contents.append(("status", {"execution_state": "idle"}))
        self.messages = iter(
            {"msg_type": kind, "content": content, "parent_header": told}
            for kind, content in contents
        )
        return told["msg_id"]

    def get_message(self, stream, timeout=None):
        """Return the next thing that the cell said."""
        try:
            return next(self.messages)
        except StopIteration:
            raise Empty from None

    def is_alive(self):
        """Return that it can go on."""
        return True

    def await_reply(self, msg_id, timeout=None):
        """Return at once: the cell has been executed."""

    await_idle = await_reply

    def stop(self):
        """Have nothing to end."""


def recorded(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Return what the build has made of a notebook, or None if it has not executed it."""
    folder = cache_folder()
    if not folder.is_dir():
        return None
    cache = get_cache(folder)
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    return cache.get_cache_bundle(record.pk).nb


def pytest_configure(config):
    """Let nbval ask the record first."""
    with_a_kernel = IPyNbFile.setup

    def setup(file):
        executed = recorded(file.nb)
        if executed is None:
            with_a_kernel(file)
        else:
            file.kernel = Recorded(executed)
            file.setup_sanitize_files()

    IPyNbFile.setup = setup
    config.add_cleanup(lambda: setattr(IPyNbFile, "setup", with_a_kernel))
