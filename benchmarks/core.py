"""Measure the package and print a table: python benchmarks/core.py.

One thread, best of several repeats, everything in one run and side by side: read the ratios.
PyTorch and optax are measured where they are installed, and left out where they are not.
"""

# ruff: noqa: E402 - the number of threads must be set before numpy is loaded
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import platform
from importlib.metadata import version
from importlib.util import find_spec
from timeit import Timer

import numpy as np

from adamcore import SGD, Adam, Momentum, RMSProp, descend, problems


def best(*functions, repeat=5):
    """Return the best time of one call of each function, measured in turns."""
    timers = [Timer(f) for f in functions]
    for timer in timers:
        timer.timeit(1)  # what is compiled or allocated once
    calls = [timer.autorange()[0] for timer in timers]
    rounds = [
        [timer.timeit(n) / n for timer, n in zip(timers, calls, strict=True)] for _ in range(repeat)
    ]
    return np.min(rounds, axis=0)


def adamcore_step(method, theta):
    """Return a function that takes one step of the method."""
    g = np.ones_like(theta)
    state = method.step(method.init(theta), g)
    return lambda: method.step(state, g)


def bare_step(method, theta):
    """Return the same step without the checks around it."""
    g = np.ones_like(theta)
    state = method.step(method.init(theta), g)
    return lambda: method.rule(state, g)


def torch_step(theta, **arguments):
    """Return a function that takes one step of torch.optim.Adam."""
    import torch

    torch.set_num_threads(1)
    parameter = torch.tensor(theta, requires_grad=True)
    parameter.grad = torch.ones_like(parameter)
    return torch.optim.Adam([parameter], **arguments).step


def optax_step(theta):
    """Return a function that takes one compiled step of optax.adam."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    adam = optax.adam(1e-3)
    theta = jax.numpy.asarray(theta)
    g = jax.numpy.ones_like(theta)
    state = adam.init(theta)

    @jax.jit
    def step(theta, state, g):
        update, state = adam.update(g, state)
        return optax.apply_updates(theta, update), state

    return lambda: jax.block_until_ready(step(theta, state, g))


def small_steps():
    """Compare one step on two parameters."""
    theta = np.array([1.0, 2.0])
    rows = {"adamcore Adam": adamcore_step(Adam(), theta)}
    for method in (SGD(0.1), Momentum(0.1), RMSProp(0.1)):
        rows[f"adamcore {type(method).__name__}"] = adamcore_step(method, theta)
    rows["adamcore Adam, its bare lines"] = bare_step(Adam(), theta)
    if find_spec("torch"):
        rows["torch Adam (default)"] = torch_step(theta)
        rows["torch Adam (foreach)"] = torch_step(theta, foreach=True)
        rows["torch Adam (fused)"] = torch_step(theta, fused=True)
    if find_spec("optax"):
        rows["optax adam (jit)"] = optax_step(theta)
    times = best(*rows.values())
    print("\n| one step on 2 parameters, float64 | µs | against adamcore Adam |\n|---|---|---|")
    for name, time in zip(rows, times, strict=True):
        print(f"| {name} | {time * 1e6:.1f} | {time / times[0]:.2f} |")


def many_settings():
    """Compare 1000 settings in one batch with one after the other."""
    problem, n = problems.rosenbrock(), 1000
    alpha = np.geomspace(1e-4, 1e-1, n)[:, None]
    beta1 = np.linspace(0, 0.99, n)[:, None]
    beta2 = np.linspace(0.9, 0.9999, n)[:, None]
    rows = {
        "1000 alphas at once": lambda: descend(Adam(alpha), problem.grad, problem.start, n),
        "1000 alphas, beta1s and beta2s at once": lambda: descend(
            Adam(alpha, beta1, beta2), problem.grad, problem.start, n
        ),
        "one setting": lambda: descend(Adam(), problem.grad, problem.start, n),
    }
    times = best(*rows.values())
    print(
        "\n| Rosenbrock, 1000 steps, whole history | ms | ns per setting and step |\n|---|---|---|"
    )
    for (name, time), settings in zip(zip(rows, times, strict=True), (n, n, 1), strict=True):
        print(f"| {name} | {time * 1e3:.0f} | {time / settings / n * 1e9:.0f} |")
    print(f"| 1000 settings one by one (1000 times the row above) | {times[2] * 1e6:.0f} | |")


def large_arrays():
    """Compare a step on large arrays with the memory traffic that no Adam can avoid."""
    print("\n| one step on n parameters | n | ms | against seven copies |\n|---|---|---|---|")
    for dtype, n in ((np.float32, 10**6), (np.float64, 10**6), (np.float32, 10**7)):
        theta = np.zeros(n, dtype)
        a, b = np.ones(n, dtype), np.empty(n, dtype)
        rows = {"copying an array, times 7 / 2": lambda a=a, b=b: np.copyto(b, a)}
        rows["adamcore Adam"] = adamcore_step(Adam(), theta)
        rows["its bare lines"] = bare_step(Adam(), theta)
        if find_spec("torch"):
            rows["torch Adam (default)"] = torch_step(theta)
            rows["torch Adam (fused)"] = torch_step(theta, fused=True)
        times = best(*rows.values())
        times[0] *= 7 / 2  # a step reads theta, g, m, v and writes theta, m, v; a copy is 1 + 1
        for name, time in zip(rows, times, strict=True):
            row = f"| {name} | {n:.0e} {np.dtype(dtype)} | {time * 1e3:.2f} |"
            print(f"{row} {time / times[0]:.1f} |")


if __name__ == "__main__":
    versions = [
        f"{name} {version(name)}" for name in ("numpy", "torch", "optax") if find_spec(name)
    ]
    print(f"python {platform.python_version()}", *versions, sep=", ")
    small_steps()
    many_settings()
    large_arrays()
