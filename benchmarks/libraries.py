"""Ask the libraries themselves: python benchmarks/libraries.py.

Runs every call of `adamcore.dialects` on twelve gradients and writes what it returned, the defaults
of its signature and the versions to book/data/libraries.json, which the page of the dialects and
its tests read. The course itself needs none of these libraries: make an environment of its own,

    python3.11 -m venv /tmp/libs
    /tmp/libs/bin/pip install torch==2.13.0 optax==0.2.8 jax==0.10.2 keras==3.15.1 "mlx[cpu]==0.32.4" tensorflow-cpu==2.21.0
    PYTHONPATH=. /tmp/libs/bin/python benchmarks/libraries.py

Keras runs on its torch backend here, and again on TensorFlow's to compare.
"""  # noqa: E501

# ruff: noqa: E402 - Keras's backend must be chosen before it is loaded
import os
import sys

OTHER = "--on-tensorflow" in sys.argv
os.environ["KERAS_BACKEND"] = "tensorflow" if OTHER else "torch"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import importlib
import inspect
import json
import platform
import subprocess
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

NEEDS = ("torch", "keras", "optax", "jax", "tensorflow", "mlx")
if missing := [name for name in NEEDS if not find_spec(name)]:
    print(f"{', '.join(missing)}: not installed here. {__doc__}")
    sys.exit()

import jax
import numpy as np

from adamcore.dialects import (
    CHAIN,
    DIALECTS,
    HERE,
    JAX,
    KERAS,
    MLX,
    OPTAX,
    START,
    TF,
    TORCH,
    convert,
    test_stream,
)

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
warnings.filterwarnings("ignore")
TABLE = Path(__file__).parent.parent / "book" / "data" / "libraries.json"
PACKAGES = ("torch", "keras", "optax", "jax", "tensorflow-cpu", "mlx", "numpy")
STREAM = test_stream()
#: What a call is given that has no default, and what each is given in its second run.
NEEDED = {"alpha": 2.0**-6, "beta": 0.9, "weight_decay": 0.125}
CHOSEN = {
    **{"alpha": 2.0**-5, "beta": 0.75, "beta1": 0.75, "beta2": 0.875, "eps": 2.0**-10},
    **{"start": 0.25, "dampening": 0.5, "weight_decay": 0.125, "psi": 0.5},
}


def settings(dialect, values):
    """Return hyper-parameters under the names of a call."""
    given = {}
    for symbol, name in dialect.names.items():
        if symbol in values:
            name, pair, _ = name.partition("[")
            given[name] = (*given.get(name, ()), values[symbol]) if pair else values[symbol]
    return given | dict(dialect.sets)


def found(call):
    """Return what a dotted name stands for."""
    if call.startswith("optimizers."):
        call = f"jax.example_libraries.{call}"
    place, _, name = call.rpartition(".")
    try:
        return getattr(importlib.import_module(place), name)
    except ModuleNotFoundError:  # tf.compat.v1 is an attribute
        import tensorflow

        thing = tensorflow
        for part in call.split(".")[1:]:
            thing = getattr(thing, part)
        return thing


# One run in each library: where theta is after each gradient


def in_torch(call, given, stream, dtype="float64", rates=None, start=START):
    """Run a class of torch.optim."""
    import torch

    theta = torch.tensor(start, dtype=getattr(torch, dtype), requires_grad=True)
    optimizer = found(call)([theta], **given)
    path = []
    for t, g in enumerate(stream):
        theta.grad = torch.tensor(g, dtype=theta.dtype)
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[t]
        optimizer.step()
        path.append(theta.detach().double().numpy().copy())
    return np.array(path), optimizer.state[theta]


def in_keras(call, given, stream, dtype="float64", rates=None, start=START):
    """Run a class of keras.optimizers."""
    import keras

    theta = keras.Variable(np.array(start), dtype=dtype)
    optimizer = found(call)(**given)
    optimizer.build([theta])
    path = []
    for t, g in enumerate(stream):
        if rates is not None:
            optimizer.learning_rate = rates[t]
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype=dtype)], [theta])
        path.append(np.array(keras.ops.convert_to_numpy(keras.ops.cast(theta, "float64"))))
    return np.array(path), optimizer


def in_optax(call, given, stream, dtype="float64", rates=None, start=START):
    """Run a gradient transformation of optax."""
    import jax.numpy as jnp
    import optax

    if rates is not None:
        given = given | {"learning_rate": lambda count: jnp.array(rates)[count]}
    if call == CHAIN:
        given = dict(given)
        decay = optax.add_decayed_weights(given.pop("weight_decay"))
        method = optax.chain(decay, optax.adam(**given))
    else:
        method = found(call)(**given)
    theta = jnp.array(start, dtype=dtype)
    state = method.init(theta)
    path = []
    for g in stream:
        update, state = method.update(jnp.array(g, dtype=dtype), state, theta)
        theta = optax.apply_updates(theta, update)
        path.append(np.array(theta, dtype="float64"))
    return np.array(path), state


def in_tensorflow(call, given, stream, dtype="float64", rates=None, start=START):
    """Run a class of tf.compat.v1.train."""
    import tensorflow as tf

    theta = tf.Variable(np.array(start), dtype=dtype)
    now = [0.0]
    if rates is not None:
        given = given | {"learning_rate": lambda: now[0]}
    optimizer = found(call)(**given)
    path = []
    for t, g in enumerate(stream):
        now[0] = rates[t] if rates is not None else 0.0
        optimizer.apply_gradients([(tf.constant(g, dtype=dtype), theta)])
        path.append(tf.cast(theta, "float64").numpy().copy())
    return np.array(path), optimizer


def in_jax(call, given, stream, dtype="float64", rates=None, start=START):
    """Run a triple of jax.example_libraries.optimizers, with i = 0 at the first step."""
    import jax.numpy as jnp

    if rates is not None:
        given = given | {"step_size": lambda i: jnp.array(rates)[i]}
    init, update, params = found(call)(**given)
    state = init(jnp.array(start, dtype=dtype))
    path = []
    for i, g in enumerate(stream):
        state = update(i, jnp.array(g, dtype=dtype), state)
        path.append(np.array(params(state), dtype="float64"))
    return np.array(path), state


def in_mlx(call, given, stream, dtype="float32", rates=None, start=START):
    """Run a class of mlx.optimizers."""
    import mlx.core as mx

    mx.set_default_device(mx.cpu)
    given = {k: list(x) if isinstance(x, tuple) else x for k, x in given.items()}
    if rates is not None:
        given = given | {"learning_rate": lambda step: mx.array(rates)[step]}
    optimizer = found(call)(**given)
    theta = {"theta": mx.array(np.array(start)).astype(getattr(mx, dtype))}
    path = []
    for g in stream:
        grads = {"theta": mx.array(np.array(g, "float32")).astype(theta["theta"].dtype)}
        theta = optimizer.apply_gradients(grads, theta)
        path.append(np.array(theta["theta"].astype(mx.float32)).astype("float64"))
    return np.array(path), optimizer


IN = {
    TORCH: in_torch,
    KERAS: in_keras,
    OPTAX: in_optax,
    TF: in_tensorflow,
    JAX: in_jax,
    MLX: in_mlx,
}


def runs():
    """Yield every call twice: with what it must be given alone, and with all of it chosen."""
    for dialect in DIALECTS:
        if dialect.library == HERE or (OTHER and dialect.library != KERAS):
            continue
        needed = {k: x for k, x in NEEDED.items() if k == "alpha" or k not in dialect.defaults}
        for values in needed, CHOSEN:
            given = settings(dialect, values)
            path, _ = IN[dialect.library](dialect.call, given, STREAM)
            yield {
                "library": dialect.library,
                "method": dialect.method,
                "call": dialect.call,
                "settings": given,
                "theta": path.tolist(),
            }


def conversions(rows):
    """Yield, for every two libraries, how far converted settings get from the source's own run.

    Both are run: `apart` is the greatest distance in each coordinate, as a share of the way.
    """
    for row in rows[1::2]:  # those with chosen settings
        here = np.vstack([START, row["theta"]])
        way = np.abs(here - START).max(axis=0)
        for target in IN:
            if row["library"] == target or not any(
                (one.library, one.method) == (target, row["method"]) for one in DIALECTS
            ):
                continue
            found = convert(row["library"], row["method"], target, **row["settings"])
            call = next(
                one
                for one in DIALECTS
                if (one.library, one.method) == (target, row["method"])
                and all(found.settings.get(k) == x for k, x in one.sets.items())
            )
            path, _ = IN[target](call.call, found.settings, STREAM)
            apart = np.abs(np.vstack([START, path]) - here).max(axis=0) / np.where(way > 0, way, 1)
            yield {
                "source": row["library"],
                "method": row["method"],
                "target": target,
                "settings": row["settings"],
                "apart": apart.tolist(),
            }


def defaults():
    """Return the defaults in the signature of each call; what must be given is "required"."""
    rows = {}
    for call in dict.fromkeys(one.call for one in DIALECTS if one.library != HERE):
        if call == CHAIN:
            continue
        thing = found(call)
        row = {}
        for name, one in inspect.signature(thing).parameters.items():
            if name in ("params", "self", "name", "kwargs", "use_locking"):
                continue
            plain = one.default is None or isinstance(
                one.default, bool | int | float | list | tuple
            )
            if one.default is one.empty:
                row[name] = "required"
            elif plain:
                row[name] = one.default
        rows[call] = row
    return rows


# What has no row of its own

MOMENTUM = {one.library: one for one in DIALECTS if one.method == "momentum"}
ADAM = {one.library: one for one in reversed(DIALECTS) if one.method == "Adam"}
FALLING = [2.0**-5] * 6 + [2.0**-8] * 6


def momentum_with_a_falling_rate():
    """Lower the step size to an eighth after six steps of momentum."""
    values = {"alpha": FALLING[0], "beta": 0.75}
    return {
        library: IN[library](one.call, settings(one, values), STREAM, rates=FALLING)[0].tolist()
        for library, one in MOMENTUM.items()
        if library != HERE
    }


def counts():
    """Return the counts that a schedule is called with at the first three steps."""
    ones, fall = np.ones((3, 4)), 2.0 ** -np.arange(3.0, 40.0)
    found_counts = {}
    for library in OPTAX, MLX, JAX:
        one = next(x for x in DIALECTS if (x.library, x.method) == (library, "SGD"))
        path, _ = IN[library](one.call, settings(one, {"alpha": 1.0}), ones, rates=fall)
        found_counts[library] = path
    import torch

    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: fall[epoch])
    path = []
    for g in ones:
        theta.grad = torch.tensor(g)
        optimizer.step()
        scheduler.step()
        path.append(theta.detach().numpy().copy())
    found_counts[TORCH] = np.array(path)
    import keras

    class Fall(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return keras.ops.power(2.0, -(keras.ops.cast(step, "float32") + 3.0))

    found_counts[KERAS], _ = in_keras("keras.optimizers.SGD", {"learning_rate": Fall()}, ones)
    steps = {k: -np.diff(np.vstack([START, path])[:, 0]) for k, path in found_counts.items()}
    return {k: np.round(-np.log2(x) - 3).astype(int).tolist() for k, x in steps.items()}


def second_moment(library, state):
    """Return v as the library keeps it."""
    if library == TORCH:
        return state["exp_avg_sq"]
    if library == KERAS:
        return state._velocities[0]
    if library == OPTAX:
        return state[0].nu
    return jax.tree.leaves(state)[-1] if library == JAX else state.state["theta"]["v"]


def state_dtypes():
    """Return the dtype of Adam's v by theta's, and where g = 1e-4 leads in 1 and 100 steps."""
    g = np.full((100, 4), 1e-4)
    rows = {}
    for library, one in ADAM.items():
        if library in (HERE, TF):
            continue
        for dtype in "float16", "bfloat16", "float32":
            given = settings(one, {"alpha": 2.0**-6})
            path, state = IN[library](one.call, given, g, dtype=dtype, start=[0.0] * 4)
            rows.setdefault(library, {})[dtype] = [
                str(second_moment(library, state).dtype).split(".")[-1],
                *(float(x) if np.isfinite(x) else str(x) for x in path[[0, -1], 0]),
            ]
    return rows


def decays():
    """Return momentum and Adam with the weight_decay of each library's own call."""
    rows = []
    for library, call, values in (
        (TORCH, "torch.optim.SGD", {"lr": 2.0**-5, "momentum": 0.75}),
        (KERAS, "keras.optimizers.SGD", {"learning_rate": 2.0**-5, "momentum": 0.75}),
        (MLX, "mlx.optimizers.SGD", {"learning_rate": 2.0**-5, "momentum": 0.75}),
        (TORCH, "torch.optim.Adam", {"lr": 2.0**-5}),
        (KERAS, "keras.optimizers.Adam", {"learning_rate": 2.0**-5}),
    ):
        given = values | {"weight_decay": 0.125}
        path, _ = IN[library](call, given, STREAM)
        rows.append({"library": library, "call": call, "settings": given, "theta": path.tolist()})
    return rows


def keras_on_tensorflow(ours):
    """Say how far apart two backends of Keras are, by 1 + |theta|, and if tf.keras is Keras."""
    import keras
    import tensorflow as tf

    command = [sys.executable, __file__, "--on-tensorflow"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    theirs = json.loads(out.splitlines()[-1])
    ours = [one for one in ours if one["library"] == KERAS]
    apart = [
        float(np.max(np.abs(np.array(a["theta"]) - b["theta"]) / (1 + np.abs(a["theta"]))))
        for a, b in zip(ours, theirs, strict=True)
    ]
    same = tf.keras.optimizers.Adam is keras.optimizers.Adam
    return {"apart": max(apart), "runs": len(apart), "tf.keras is keras": same}


def main():
    """Write the table, one line for each run."""
    rows = list(runs())
    head = {
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "stream": STREAM.tolist(),
        "defaults": defaults(),
        "falling": {"rates": FALLING, "beta": 0.75, "theta": momentum_with_a_falling_rate()},
        "counts": counts(),
        "state": state_dtypes(),
        "keras": keras_on_tensorflow(rows),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    parts = {"decays": decays(), "conversions": list(conversions(rows)), "runs": rows}
    for key, some in parts.items():
        lines.append(f'"{key}": [\n' + ",\n".join(map(json.dumps, some)) + "\n]")
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf8")


if __name__ == "__main__":
    if OTHER:
        print(json.dumps(list(runs())))
    else:
        main()
