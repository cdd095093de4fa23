"""Each exercise says "Not done yet." as it stands, and is passed by the solution on its page."""

import ast
import re

import nbformat
import pytest

from adamcore import check, museum
from adamcore.check import check_value
from tests.notebooks import paths

EXERCISE = re.compile(r":::+\{exercise\}.*?\n:label: (\S+)", re.S)
SOLUTION = re.compile(r":::+\{solution\} (\S+)\n.*?```python\n(.*?)```", re.S)


def exercises():
    """Yield for each exercise of the book: page, label, the imports, its cell, its solution."""
    for path in paths():
        cells = nbformat.read(path, as_version=4).cells
        imports, label, stub = [], None, None
        for cell in cells:
            if cell.cell_type == "code":
                nodes = ast.parse(cell.source).body
                imports += [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
                stub = cell.source if label and stub is None else stub
                continue
            solutions = dict(SOLUTION.findall(cell.source))
            if label in solutions:
                yield pytest.param(imports, stub, solutions[label], id=f"{path.stem}-{label}")
                label = None
            if found := EXERCISE.findall(cell.source):
                assert label is None, f"{path.name}: {label} has no solution with code"
                label, stub = found[-1], None
        assert label is None, f"{path.name}: {label} has no solution with code"


def _names(node):
    """Return what a statement defines."""
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    }


def solved(cell, solution):
    """Return an exercise's cell with what the solution defines in its place."""
    defined = set().union(*map(_names, ast.parse(solution).body))
    own = [node for node in ast.parse(cell).body if not _names(node) & defined]
    return "\n\n".join([solution, *map(ast.unparse, own)])


def _verdicts(imports, cell, solution=""):
    """Run an exercise's cell, with what the solution defines in its place; return its verdicts."""
    verdicts = []

    def noting(judge):
        return lambda *args, **kwargs: verdicts.append(judge(*args, **kwargs)) or verdicts[-1]

    real = check, check_value, museum.grade, museum.review
    judges = {judge.__name__: noting(judge) for judge in real}
    names = {}
    for nodes in imports, ast.parse(solved(cell, solution)).body:
        exec(compile(ast.Module(nodes, []), "<exercise>", "exec"), names)
        names |= judges
    return verdicts


@pytest.mark.parametrize(("imports", "cell", "solution"), list(exercises()))
def test_exercise_waits_for_the_learner_and_its_solution_passes(imports, cell, solution):
    waiting = _verdicts(imports, cell)
    assert waiting
    assert all(repr(verdict) == "Not done yet." for verdict in waiting)
    solved = _verdicts(imports, cell, solution)
    assert len(solved) == len(waiting)
    assert all(solved), solved
