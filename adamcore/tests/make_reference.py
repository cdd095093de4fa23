"""Write reference.json: what PyTorch and optax make of three problems.

Run it with `python -m adamcore.tests.make_reference` where torch, optax and jax are installed. The
tests compare `adamcore` with the stored numbers everywhere, and with the live ones where torch is.
"""

import json
import platform
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("reference.json")
N_STEPS = 50
STARTS = {"stream": [0.5] * 6, "quadratic": [1.0, 1.0], "rosenbrock": [-1.2, 1.0]}


def gradient_stream():
    """Magnitudes from 1e-12 to 1e12, drawn anew at each step, with zeros.

    One coordinate is silent until step 20, one is always 0, and the last keeps its size.
    """
    rng = np.random.default_rng(0)
    g = rng.standard_normal((N_STEPS, 6)) * 10.0 ** rng.uniform(-12, 12, (N_STEPS, 6))
    g[rng.random(g.shape) < 0.2] = 0
    g[:20, 3] = 0
    g[:, 4] = 0
    g[:, 5] = rng.standard_normal(N_STEPS)
    return g


def matrix_stream():
    """Twelve gradients of shape (4, 3), of sizes from 0.001 to 1000."""
    rng = np.random.default_rng(1)
    sizes = 10.0 ** rng.uniform(-3, 3, (12, 1, 1))
    return rng.standard_normal((12, 4, 3)) * sizes


def torch_methods():
    """Name each run: the method in adamcore, its hyper-parameters, and how torch spells it."""
    from torch import optim

    adam = {"alpha": 0.02, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    quick = {"alpha": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-6}

    def adam_arguments(hyper):
        return {
            "lr": hyper["alpha"],
            "betas": (hyper["beta1"], hyper["beta2"]),
            "eps": hyper["eps"],
        }

    for name, hyper in (("Adam", adam), ("Adam", quick), ("AMSGradTorch", quick)):
        arguments = {**adam_arguments(hyper), "amsgrad": name == "AMSGradTorch"}
        yield name, hyper, optim.Adam, arguments
    yield (
        "AdamW",
        {**adam, "weight_decay": 0.1},
        optim.AdamW,
        {
            **adam_arguments(adam),
            "weight_decay": 0.1,
        },
    )
    # An eps that vanishes beside every |g| but keeps torch from 0/0, where the paper is silent.
    yield (
        "AdaMax",
        {"alpha": 0.02, "beta1": 0.9, "beta2": 0.999},
        optim.Adamax,
        {
            "lr": 0.02,
            "eps": 1e-300,
        },
    )
    yield "SGD", {"alpha": 1e-3}, optim.SGD, {"lr": 1e-3}
    heavy = {"alpha": 1e-4, "beta": 0.9}
    yield "HeavyBall", heavy, optim.SGD, {"lr": 1e-4, "momentum": 0.9}
    yield "Nesterov", heavy, optim.SGD, {"lr": 1e-4, "momentum": 0.9, "nesterov": True}
    # Not the same algorithm as adamcore's: its first velocity is g, not (1 - beta1) g.
    dampened = {"lr": 1e-3, "momentum": 0.9, "dampening": 0.9}
    yield "Momentum", {"alpha": 1e-3, "beta1": 0.9}, optim.SGD, dampened
    yield "RMSProp", {"alpha": 0.01, "beta2": 0.99, "eps": 1e-8}, optim.RMSprop, {"lr": 0.01}
    yield "AdaGrad", {"alpha": 0.1, "eps": 1e-10}, optim.Adagrad, {"lr": 0.1}


def torch_runs():
    """Run each method on each problem, gradients by autograd, in float64."""
    import torch

    def loss(problem, theta):
        x, y = theta
        if problem == "quadratic":
            return (x**2 + 100 * y**2) / 2
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    stream = torch.tensor(gradient_stream())
    for name, hyper, optimizer_class, arguments in torch_methods():
        run = {"library": "torch", "method": name, "hyper": hyper, "theta": {}}
        for problem, start in STARTS.items():
            theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
            optimizer = optimizer_class([theta], foreach=False, **arguments)
            path = [theta.tolist()]
            for t in range(N_STEPS):
                optimizer.zero_grad()
                if problem == "stream":
                    theta.grad = stream[t].clone()
                else:
                    loss(problem, theta).backward()
                optimizer.step()
                path.append(theta.tolist())
            run["theta"][problem] = path
        yield run


def optax_runs():
    """Run optax's amsgrad and lion on the stream."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    def path(method, start, gradients):
        theta = jax.numpy.array(start, dtype="float64")
        state, path = method.init(theta), [theta.tolist()]
        for g in gradients:
            update, state = method.update(jax.numpy.array(g), state, theta)
            theta = optax.apply_updates(theta, update)
            path.append(theta.tolist())
        return path

    quick = {"alpha": 0.01, "beta1": 0.8, "beta2": 0.9}
    for name, hyper, method in (
        ("AMSGradOptax", {**quick, "eps": 1e-6}, optax.amsgrad(0.01, b1=0.8, b2=0.9, eps=1e-6)),
        ("Lion", quick, optax.lion(0.01, b1=0.8, b2=0.9, weight_decay=0)),
    ):
        theta = {"stream": path(method, STARTS["stream"], gradient_stream())}
        yield {"library": "optax", "method": name, "hyper": hyper, "theta": theta}


def muon_runs():
    """Run torch's Muon on matrices. It iterates in bfloat16; here it keeps float64."""
    import torch

    narrow = torch.Tensor.bfloat16
    torch.Tensor.bfloat16 = torch.Tensor.clone
    try:
        stream = torch.tensor(matrix_stream())
        theta = torch.zeros(stream.shape[1:], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Muon([theta], lr=0.1, momentum=0.9, weight_decay=0, eps=1e-300)
        path = [theta.tolist()]
        for g in stream:
            theta.grad = g.clone()
            optimizer.step()
            path.append(theta.tolist())
    finally:
        torch.Tensor.bfloat16 = narrow
    hyper = {"alpha": 0.1, "beta": 0.9}
    yield {"library": "torch", "method": "Muon", "hyper": hyper, "theta": {"matrices": path}}


def main():
    """Write the file, one line for each run."""
    import jax
    import optax
    import torch

    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "optax": optax.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
    head = json.dumps(versions)
    stream = json.dumps(gradient_stream().tolist())
    runs = ",\n".join(json.dumps(run) for run in [*torch_runs(), *optax_runs(), *muon_runs()])
    PATH.write_text(f'{{"versions": {head},\n"stream": {stream},\n"runs": [\n{runs}\n]}}\n')


if __name__ == "__main__":
    main()
