"""Run Python arithmetic once on symbols, and it writes itself down as JavaScript.

A function whose arguments are symbols computes with them as with numbers, and every operation
becomes a line of a program. What depends on a value can't be a Python branch or loop, for there is
no value yet: `where` and `select` choose, `scan` repeats. All of these also work on plain numbers,
so that the same function runs in Python.

>>> print(trace(lambda alpha, g: {"step": -alpha * g / np.sqrt(g**2)}, ["alpha", "g"]))
(v) => {
const a1 = v["alpha"];
const a2 = v["g"];
const a3 = -a1;
const a4 = a3 * a2;
const a5 = a2 * a2;
const a6 = Math.sqrt(a5);
const a7 = a4 / a6;
return {"step": a7};
}
"""

import json
import linecache
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

ALLOWED = (
    "+ - * / **, comparisons, & | ~, abs, np.sqrt, np.exp, np.log, np.log10, np.sin, np.cos,"
    " np.tanh, np.abs, np.sign, np.square, np.maximum, np.minimum, np.hypot, and pagefigures'"
    " where, select, choose and scan"
)
UFUNCS = {
    "sqrt": "Math.sqrt", "exp": "Math.exp", "log": "Math.log", "log10": "Math.log10",
    "sin": "Math.sin", "cos": "Math.cos", "tanh": "Math.tanh", "absolute": "Math.abs",
    "sign": "Math.sign", "maximum": "Math.max", "minimum": "Math.min", "hypot": "Math.hypot",
    "floor": "Math.floor", "arctan2": "Math.atan2",
}  # fmt: skip
SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=",
    "greater": ">", "greater_equal": ">=", "bitwise_and": "&&", "bitwise_or": "||",
    "logical_and": "&&", "logical_or": "||", "equal": "===", "not_equal": "!==",
}  # fmt: skip


UNKNOWN = "\ufffc"  # marks a symbol in a text: such a text can be made, and can't be a result


class TraceError(TypeError):
    """What was asked of a symbol can't be written down; the message says where and what can."""


class _Program:
    """The lines written so far; blocks within blocks, and what each has computed already."""

    def __init__(self) -> None:
        self.blocks: list[tuple[list[str], dict[str, Symbol]]] = [([], {})]
        self.functions: dict[Any, tuple[str, Any]] = {}
        self.heads: list[str] = []
        self.names = 0

    def name(self) -> str:
        self.names += 1
        return f"a{self.names}"

    def put(self, code: str) -> "Symbol":
        """Compute an expression once, and return the symbol of its value."""
        for _, known in self.blocks:
            if code in known:
                return known[code]
        lines, known = self.blocks[-1]
        known[code] = Symbol(self.name())
        lines.append(f"const {known[code].code} = {code};")
        return known[code]

    def write(self, line: str) -> None:
        self.blocks[-1][0].append(line)


_programs: list[_Program] = []  # the one being written; empty when nothing is traced


class Symbol:
    """A number that is not known yet, and writes down what is done to it."""

    __slots__ = ("code",)
    __array_priority__ = 1000

    def __init__(self, code: str) -> None:
        self.code = code

    def __repr__(self) -> str:
        return f"{UNKNOWN}{self.code}"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise TraceError(f"np.{ufunc.__name__}.{method} with {options or 'no options'}")
        return _apply(ufunc.__name__, *inputs)

    def __add__(self, other: Any) -> Any:
        return _apply("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return _apply("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return _apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _apply("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return _apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _apply("divide", other, self)

    def __pow__(self, other: Any) -> Any:
        return _apply("power", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _apply("power", other, self)

    def __neg__(self) -> Any:
        return _apply("negative", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return _apply("absolute", self)

    def __lt__(self, other: Any) -> Any:
        return _apply("less", self, other)

    def __le__(self, other: Any) -> Any:
        return _apply("less_equal", self, other)

    def __gt__(self, other: Any) -> Any:
        return _apply("greater", self, other)

    def __ge__(self, other: Any) -> Any:
        return _apply("greater_equal", self, other)

    def __eq__(self, other: Any) -> Any:
        return _apply("equal", self, other)

    def __ne__(self, other: Any) -> Any:
        return _apply("not_equal", self, other)

    __hash__ = object.__hash__

    def __and__(self, other: Any) -> Any:
        return _apply("bitwise_and", self, other)

    def __rand__(self, other: Any) -> Any:
        return _apply("bitwise_and", other, self)

    def __or__(self, other: Any) -> Any:
        return _apply("bitwise_or", self, other)

    def __ror__(self, other: Any) -> Any:
        return _apply("bitwise_or", other, self)

    def __invert__(self) -> Any:
        return _apply("invert", self)

    def __bool__(self) -> bool:
        raise TraceError("a branch on a value that is not known yet: choose with where(...)")

    def _unknown(self) -> Any:
        raise TraceError("a value that is not known yet is used as a Python number")

    __float__ = __int__ = __index__ = __complex__ = _unknown

    def _no_sequence(self, *_: Any) -> Any:
        raise TraceError("a number is used as a sequence")


def _method(name: str) -> Callable[[Symbol], Any]:
    return lambda self: _apply(name, self)


for _name in ("sqrt", "exp", "log", "log10", "sin", "cos", "tanh", "sign", "floor", "square"):
    setattr(Symbol, _name, _method(_name))  # numpy calls these for arrays of symbols


class Series:
    """A sequence of numbers that are not known yet: a path, a tape of bars."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            start, stop = (index.start or 0), index.stop
            if index.step is not None:
                raise TraceError("a slice with a step")
            return Series(
                f"{self.code}.slice({_code(start)}{'' if stop is None else ', ' + _code(stop)})"
            )
        if isinstance(index, int) and index < 0:
            return _programs[-1].put(f"{self.code}[{self.code}.length - {-index}]")
        return _programs[-1].put(f"{self.code}[{_code(index)}]")

    def __iter__(self) -> Any:
        raise TraceError("a Python loop over a series: use scan(...)")

    def _refuse(self, *_: Any) -> Any:
        raise TraceError("arithmetic on a whole series: do it on each number, within scan(...)")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __array_ufunc__ = __neg__ = __abs__ = _refuse


def _code(x: Any) -> str:
    if isinstance(x, Symbol | Series):
        return x.code
    if isinstance(x, str):
        if UNKNOWN in x:
            raise TraceError(
                "a value that is not known yet is written into a text: return the value, and name"
                " it in the sentence, as {name:.2f}"
            )
        return json.dumps(x, ensure_ascii=False)
    if isinstance(x, bool | np.bool_):
        return "true" if x else "false"
    if isinstance(x, int | np.integer):
        return str(int(x))
    if isinstance(x, float | np.floating):
        x = float(x)
        if x != x or x in (float("inf"), float("-inf")):
            return "NaN" if x != x else f"{'-' * (x < 0)}Infinity"
        return repr(x)
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return _code(x.item())
    if isinstance(x, Sequence | np.ndarray):
        return f"[{', '.join(map(_code, x))}]"
    raise TraceError(f"{type(x).__name__} {x!r} is no number")


def _result(name: Any, x: Any) -> str:
    try:
        return _code(x)
    except TraceError as error:
        raise TraceError(f"the result {name!r}: {error}") from None


def _operand(x: Any) -> str:
    code = _code(x)
    return f"({code})" if code.startswith("-") else code


def _apply(name: str, *inputs: Any) -> Any:
    """Write down one operation, on arrays for each of their elements."""
    if any(isinstance(x, np.ndarray) and x.ndim for x in inputs):
        arrays = np.broadcast_arrays(*(np.asarray(x, object) for x in inputs))
        out = np.empty(arrays[0].shape, object)
        for index in np.ndindex(out.shape):
            out[index] = _apply(name, *(array[index] for array in arrays))
        return out
    if any(isinstance(x, Series) for x in inputs):
        raise TraceError("arithmetic on a whole series: do it on each number, within scan(...)")
    put = _programs[-1].put
    if name in SIGNS:
        return put(f"{_operand(inputs[0])} {SIGNS[name]} {_operand(inputs[1])}")
    if name in UFUNCS:
        return put(f"{UFUNCS[name]}({', '.join(map(_code, inputs))})")
    if name == "negative":
        return put(f"-{_operand(inputs[0])}")
    if name in ("invert", "logical_not"):
        return put(f"!{_operand(inputs[0])}")
    if name == "square" or (name in ("power", "float_power") and _is(inputs[1], 2)):
        return put(f"{_operand(inputs[0])} * {_operand(inputs[0])}")
    if name in ("power", "float_power"):
        return put(f"Math.pow({', '.join(map(_code, inputs))})")
    raise TraceError(f"np.{name} is unknown here")


def _is(x: Any, number: int) -> bool:
    return not isinstance(x, Symbol) and x == number


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Return `yes` where the condition holds and `no` elsewhere: numbers, words or symbols.

    >>> where(1 < 2, "smaller", "not smaller")
    'smaller'
    """
    if isinstance(condition, Symbol):
        return _programs[-1].put(f"{condition.code} ? {_code(yes)} : {_code(no)}")
    if np.ndim(condition):
        return np.where(condition, yes, no)
    return yes if condition else no


def select(index: Any, options: Sequence[Any]) -> Any:
    """Return the option number `index`, 0 for the first: options are numbers, words or symbols.

    Options that are tuples, lists or arrays are chosen element by element; all are computed.

    >>> select(1, ["SGD", "Adam"])
    'Adam'
    """
    if not isinstance(index, Symbol):
        return options[int(index)]
    flat = [flatten(option)[0] for option in options]
    if len(set(map(len, flat))) > 1:
        raise TraceError(
            f"the options of select() have {', '.join(str(len(one)) for one in flat)} numbers: it"
            " must be as many in each"
        )
    chosen = [
        part[0]
        if all(one is part[0] for one in part)
        else _programs[-1].put(f"[{', '.join(map(_code, part))}][{index.code}]")
        for part in zip(*flat, strict=True)
    ]
    return flatten(options[0])[1](chosen)


def tile(sequence: Any, n: int) -> Any:
    """Return a sequence n times over.

    >>> tile([1, 2], 2)
    [1, 2, 1, 2]
    """
    if isinstance(sequence, Series):
        return Series(_programs[-1].put(f"Array({n}).fill({sequence.code}).flat()").code)
    return list(sequence) * n


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, over: Any, first: Any = None
) -> tuple[Any, Any]:
    """Repeat a step, and return what is carried at the end and all that was put out on the way.

    Parameters
    ----------
    step : callable
        ``step(carry, x)`` returns the next carry, of the same structure, and what is put out.
        Carry and output are numbers, or tuples, lists, dicts, arrays or None of them.
    carry
        What the first step is given.
    over : int or sequence
        The x of each step: 0, 1, ... for a number of them, or the elements of a sequence. A tuple
        of such gives a tuple, and ends with the shortest, which must come first.
    first, optional
        An output that is put before all others, such as where a path starts.

    Returns
    -------
    carry, outputs
        The outputs have the structure of one, with a sequence in place of each number.

    >>> scan(lambda total, x: (total + x, total + x), 0, [1, 2, 3])
    (6, [1, 3, 6])
    """
    if not _programs:
        outputs = [] if first is None else [first]
        for x in _items(over):
            carry, out = step(carry, x)
            outputs.append(out)
        flat = [flatten(out)[0] for out in outputs]
        if not flat:
            return carry, []
        return carry, flatten(outputs[0])[1]([list(column) for column in zip(*flat, strict=True)])
    program = _programs[-1]
    leaves, build = flatten(carry)
    state = [Symbol(program.name()) for _ in leaves]
    length, item = _counted(program, over)
    at = Symbol(program.name())
    program.blocks.append(([], {}))
    try:
        carried, out = step(build(state), item(at))
        after, puts = flatten(carried)[0], flatten(out)
        if len(after) != len(state):
            raise TraceError(
                f"the step of scan() returns {len(after)} numbers to carry, and was given"
                f" {len(state)}"
            )
        following = [program.name() for _ in state]
        for name, leaf in zip(following, after, strict=True):  # all at once, as in Python
            program.write(f"const {name} = {_code(leaf)};")
    finally:
        lines, _ = program.blocks.pop()
    collected = [Series(program.name()) for _ in puts[0]]
    begin = [None] * len(collected) if first is None else flatten(first)[0]
    for symbol, leaf in zip(state, leaves, strict=True):
        program.write(f"let {symbol.code} = {_code(leaf)};")
    for series, leaf in zip(collected, begin, strict=True):
        program.write(f"const {series.code} = [{'' if leaf is None else _code(leaf)}];")
    program.write(f"for (let {at.code} = 0; {at.code} < {length}; {at.code}++) {{")
    for line in lines:
        program.write(line)
    for series, leaf in zip(collected, puts[0], strict=True):
        program.write(f"{series.code}.push({_code(leaf)});")
    for symbol, new in zip(state, following, strict=True):
        program.write(f"{symbol.code} = {new};")
    program.write("}")
    return build([program.put(symbol.code) for symbol in state]), puts[1](collected)


def _items(over: Any) -> Iterable[Any]:
    if isinstance(over, tuple):
        return zip(*map(_items, over), strict=False)
    if np.ndim(over) == 0:
        return range(int(over))
    return over if np.ndim(over) == 1 else np.asarray(over)


def _counted(program: _Program, over: Any) -> tuple[str, Callable[[Symbol], Any]]:
    """Return how many steps there are, as code, and what the step number `at` is given."""
    if isinstance(over, tuple):
        parts = [_counted(program, part) for part in over]
        return parts[0][0], lambda at: tuple(item(at) for _, item in parts)
    if isinstance(over, int | np.integer | Symbol):
        return _code(over), lambda at: at
    if isinstance(over, Series):
        return f"{over.code}.length", lambda at: program.put(f"{over.code}[{at.code}]")
    rows = np.asarray(over, object)
    data = program.put(_code(rows.tolist())).code
    if rows.ndim == 1:
        return str(len(rows)), lambda at: program.put(f"{data}[{at.code}]")
    return str(len(rows)), lambda at: np.array(
        [program.put(f"{data}[{at.code}][{k}]") for k in range(rows.shape[1])], object
    )


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Write a function down once, however often a program calls it.

    Its arguments are numbers, or tuples, lists, dicts, arrays or None of them.
    """

    @wraps(function)
    def call(*arguments: Any) -> Any:
        if not _programs:
            return function(*arguments)
        name, made = _written_once(_programs[-1], function, arguments)
        return _called(name, arguments, *made)

    return call


def choose(index: Any, functions: Sequence[Callable[..., Any]], *arguments: Any) -> Any:
    """Call the function number `index` with the arguments, and none of the others.

    Where `select` computes all options, this is for functions that take long. Each is written
    down once, as by `once`, and all must return the same structure.

    >>> choose(1, [lambda x: x + 1, lambda x: x * x], 3)
    9
    """
    if not isinstance(index, Symbol):
        return functions[int(index)](*arguments)
    program = _programs[-1]
    names, made = zip(
        *(_written_once(program, function, arguments) for function in functions), strict=True
    )
    sizes = [size for size, _ in made]
    if len(set(sizes)) > 1:
        raise TraceError(f"the functions of choose() return {sizes} numbers: it must be as many")
    if names not in program.functions:
        program.functions[names] = program.name(), made[0]
        program.heads.append(f"const {program.functions[names][0]} = [{', '.join(names)}];")
    return _called(f"{program.functions[names][0]}[{index.code}]", arguments, *made[0])


def _written_once(program: _Program, function: Any, arguments: Any) -> tuple[str, Any]:
    """Write a function down if it is not yet; return its name, and what its results look like."""
    leaves, build = flatten(arguments)
    key = (function, _outline(arguments))
    if key not in program.functions:
        outer, program.blocks = program.blocks, [([], {})]
        try:
            given = [Symbol(program.name()) for _ in leaves]
            results, rebuild = flatten(function(*build(given)))
            lines, name = program.blocks[-1][0], program.name()
        finally:
            program.blocks = outer
        parameters = ", ".join(one.code for one in given)
        body = "\n".join([*lines, f"return [{', '.join(map(_code, results))}];"])
        program.heads.append(f"const {name} = ({parameters}) => {{\n{body}\n}};")
        program.functions[key] = name, (len(results), rebuild)
    return program.functions[key]


def _called(name: str, arguments: Any, size: int, rebuild: Callable[[Sequence[Any]], Any]) -> Any:
    put = _programs[-1].put
    got = put(f"{name}({', '.join(map(_code, flatten(arguments)[0]))})").code
    return rebuild([put(f"{got}[{k}]") for k in range(size)])


def flatten(tree: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """Return the leaves of nested tuples, lists, dicts and arrays, and how to build it again."""
    if tree is None:
        return [], lambda leaves: None
    if isinstance(tree, np.ndarray) and tree.ndim:
        shape = tree.shape

        def array(leaves: Sequence[Any]) -> Any:
            out = np.empty(len(leaves), object)
            out[:] = leaves
            return out.reshape(shape)

        return list(tree.ravel()), array
    if isinstance(tree, dict):
        values, build_values = flatten(tuple(tree.values()))
        names = list(tree)
        return values, lambda leaves: dict(zip(names, build_values(leaves), strict=True))
    if isinstance(tree, tuple | list):
        parts = [flatten(part) for part in tree]
        ends = np.cumsum([0, *(len(leaves) for leaves, _ in parts)]).tolist()
        kind = type(tree)

        def build(leaves: Sequence[Any]) -> Any:
            made = [
                one(leaves[start:end])
                for (_, one), start, end in zip(parts, ends[:-1], ends[1:], strict=True)
            ]
            return kind(*made) if hasattr(kind, "_fields") else kind(made)

        return [leaf for leaves, _ in parts for leaf in leaves], build
    return [tree], lambda leaves: leaves[0]


def _outline(tree: Any) -> Any:
    """Return the structure of a tree, to be compared."""
    if isinstance(tree, np.ndarray) and tree.ndim:
        return tree.shape
    if isinstance(tree, dict):
        return tuple((name, _outline(part)) for name, part in tree.items())
    if isinstance(tree, tuple | list):
        return type(tree), tuple(map(_outline, tree))
    return None if tree is None else "number"


def trace(function: Callable[..., Any], arguments: Any) -> str:
    """Run a function on symbols, and return what it did as a JavaScript function.

    Parameters
    ----------
    function : callable
        Called with its arguments by name; it returns a dict of numbers, words, sequences or
        tuples of them.
    arguments : sequence of str, or mapping from str to None, int or "series"
        The names of its arguments. In a mapping, None stands for a number, k for an array of k
        numbers and "series" for a sequence of any length.

    Returns
    -------
    str
        ``(v) => {...}``: a function of one object with these names, that returns an object.

    Raises
    ------
    TraceError
        If the function does what can't be written down; the message says in which line.
    """
    shapes = arguments if isinstance(arguments, dict) else dict.fromkeys(arguments)
    program = _Program()
    _programs.append(program)
    try:
        given: dict[str, Any] = {}
        for name, shape in shapes.items():
            value = program.put(f"v[{json.dumps(name, ensure_ascii=False)}]").code
            if shape == "series":
                given[name] = Series(value)
            elif shape is None:
                given[name] = Symbol(value)
            else:
                given[name] = np.array([program.put(f"{value}[{k}]") for k in range(shape)], object)
        out = function(**given)
        if not isinstance(out, dict):
            raise TraceError(f"it must return a dict, and returns {type(out).__name__}")
        result = ", ".join(
            f"{json.dumps(name, ensure_ascii=False)}: {_result(name, part)}"
            for name, part in out.items()
        )
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise TraceError(
            f"{_where(error, function)}{error}. A figure can compute with {ALLOWED}."
        ) from error
    finally:
        _programs.pop()
    lines = [*program.heads, *program.blocks[0][0], f"return {{{result}}};"]
    return "(v) => {\n" + "\n".join(lines) + "\n}"


def _where(error: BaseException, function: Callable[..., Any]) -> str:
    """Say in which line of the author's code an error arose."""
    own = {__file__, str(Path(__file__).with_name("computed.py"))}
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in own and "/numpy/" not in frame.filename.replace("\\", "/")
    ]
    if not frames:
        return f"{getattr(function, '__name__', 'the function')} can't be traced: "
    last = frames[-1]
    source = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"line {last.lineno} of {last.name}, `{source}`: "
