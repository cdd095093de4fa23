"""One method in the dialects of several libraries, and how to translate its settings.

A `Dialect` says what a library's call does: its rule, written out as the methods of `optimizers`
and `variants` are, and what the call names each hyper-parameter. `convert` takes the settings of
one call and gives those of another, with the warnings that belong to them. What is said here of a
library was compared with it: `benchmarks/libraries.py` runs them, and the tests hold every rule to
what they returned.

>>> found = convert("PyTorch", "momentum", "this course", lr=0.1, momentum=0.9)
>>> print(found.call, found.exact)
adamcore.Momentum(alpha=1.0, beta1=0.9) True
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from reprlib import repr as shorten
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np

from adamcore.arguments import Array, Decay, NonNegative, numbers, refuse
from adamcore.descent import descend
from adamcore.method import Method, State, ranges
from adamcore.optimizers import SGD, Adam, Momentum, RMSProp
from adamcore.variants import (
    AdaGrad,
    AdamSection2,
    AdamW,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    HeavyBall,
    Nesterov,
    UncorrectedAdam,
)

Numbers = dict[str, Any]


# What no other module writes out


@dataclass(frozen=True)
class DampedBall(Method):
    """PyTorch's momentum: all of the first gradient, and a dampened part of each later one."""

    carries = ("m",)

    alpha: NonNegative
    beta: Decay = 0.9
    dampening: Decay = 0.0

    def rule(self, state: State, g: Any) -> State:
        """Walk against the velocity, which the first gradient enters undamped."""
        alpha, beta, dampening = self.alpha, self.beta, self.dampening
        theta, t, _, m, *_ = state
        m = beta * m + (1 - dampening * (t > 0)) * g
        theta = theta - alpha * m
        return State(theta, t + 1, g, m)


@dataclass(frozen=True)
class DampedFromZero(DampedBall):
    """MLX's momentum with dampening: the same part of every gradient, the first one too."""

    def rule(self, state: State, g: Any) -> State:
        """Walk against the velocity, a moving average where dampening is beta."""
        alpha, beta, dampening = self.alpha, self.beta, self.dampening
        theta, t, _, m, *_ = state
        m = beta * m + (1 - dampening) * g
        theta = theta - alpha * m
        return State(theta, t + 1, g, m)


@dataclass(frozen=True)
class BallInside(HeavyBall):
    """Keras's momentum: m holds steps, not gradients. It differs once alpha changes on the way."""

    def rule(self, state: State, g: Any) -> State:
        """Walk along the last step and against the gradient."""
        alpha, beta = self.alpha, self.beta
        theta, t, _, m, *_ = state
        m = beta * m - alpha * g
        return State(theta + m, t + 1, g, m)


@dataclass(frozen=True)
class RMSPropInside(Method):
    """RMSProp with eps inside the root. v begins at `start`: 0, and 1 in tf.compat.v1.

    Here v is what the gradients have put in; what is left of the start is added where it is used.
    """

    carries = ("v",)

    alpha: NonNegative
    beta2: Decay = 0.9
    eps: NonNegative = 1e-8
    start: NonNegative = 0.0

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient in units of its own size."""
        alpha, beta2, eps, start = self.alpha, self.beta2, self.eps, self.start
        theta, t, _, _, v, *_ = state
        t = t + 1
        v = beta2 * v + (1 - beta2) * g**2
        theta = theta - alpha * g / np.sqrt(v + beta2**t * start + eps)
        return State(theta, t, g, v=v)


@dataclass(frozen=True)
class AdaGradInside(Method):
    """AdaGrad with eps inside the root and a sum that begins at `start`: 0.1 in most libraries."""

    carries = ("v",)

    alpha: NonNegative
    eps: NonNegative = 1e-7
    start: NonNegative = 0.1

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient in units of all gradients so far."""
        alpha, eps, start = self.alpha, self.eps, self.start
        theta, t, _, _, v, *_ = state
        v = v + g**2
        theta = theta - alpha * g / np.sqrt(v + start + eps)
        return State(theta, t + 1, g, v=v)


@dataclass(frozen=True)
class AdaGradOutside(AdaGradInside):
    """PyTorch's AdaGrad: eps beside the root, and a sum that begins at `start`."""

    eps: NonNegative = 1e-10
    start: NonNegative = 0.0

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient in units of all gradients so far."""
        alpha, eps, start = self.alpha, self.eps, self.start
        theta, t, _, _, v, *_ = state
        v = v + g**2
        theta = theta - alpha * g / (np.sqrt(v + start) + eps)
        return State(theta, t + 1, g, v=v)


@dataclass(frozen=True)
class AdaGradMomentum(Method):
    """AdaGrad of JAX's examples: an average of AdaGrad's steps, and no eps."""

    carries = ("m", "v")

    alpha: NonNegative
    beta: Decay = 0.9

    def rule(self, state: State, g: Any) -> State:
        """Walk along the average of AdaGrad's steps."""
        alpha, beta = self.alpha, self.beta
        theta, t, _, m, v, *_ = state
        v = v + g**2
        m = beta * m + (1 - beta) * g / np.sqrt(v + (v == 0))
        theta = theta - alpha * m
        return State(theta, t + 1, g, m, v)


@dataclass(frozen=True)
class AdamL2(Adam):
    """PyTorch's `Adam(weight_decay=...)`: the penalty enters the gradient, and both averages."""

    weight_decay: NonNegative = 0.0

    def rule(self, state: State, g: Any) -> State:
        """Take Adam's step with the penalty's gradient added."""
        new = super().rule(state, g + self.weight_decay * state.theta)
        return new._replace(g=g)


@dataclass(frozen=True)
class AdamWSection2(AdamW):
    """Keras's AdamW: decay beside the gradient, eps beside the uncorrected root."""

    shows = ()

    def rule(self, state: State, g: Any) -> State:
        """Shrink theta, then take Adam's step in the order of section 2."""
        shrunk = state.theta * (1 - self.alpha * self.weight_decay)
        return AdamSection2.rule(self, state._replace(theta=shrunk), g)  # type: ignore[arg-type]


@dataclass(frozen=True)
class UncorrectedAdamW(AdamWSection2):
    """MLX's AdamW as it comes: no bias correction."""

    def rule(self, state: State, g: Any) -> State:
        """Shrink theta, then take Adam's step without corrections."""
        shrunk = state.theta * (1 - self.alpha * self.weight_decay)
        return UncorrectedAdam.rule(self, state._replace(theta=shrunk), g)  # type: ignore[arg-type]


@dataclass(frozen=True)
class AMSGradKeras(AMSGrad):
    """Keras's AMSGrad: the largest uncorrected v, corrected with m in the order of section 2."""

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient in units of its largest size so far."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_, v_max = state
        t = t + 1
        alpha_t = alpha * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = np.maximum(v_max, v)
        theta = theta - alpha_t * m / (np.sqrt(v_max) + eps)
        return State(theta, t, g, m, v, v_max=v_max)


@dataclass(frozen=True)
class NAdam(Adam):
    """Adam with Nesterov's look ahead, after Dozat (2016): the weight of m warms up.

    It is mu_t = beta1 (1 - 0.96**(psi t) / 2). PyTorch's psi is 0.004 unless told, Keras's is 1,
    and optax has no warm-up at all: psi is infinite. t is a number here, for the product of mu.
    """

    psi: NonNegative = 0.004

    def rule(self, state: State, g: Any) -> State:
        """Walk against an average that looks a step ahead."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mu = beta1 * (1 - 0.5 * 0.96 ** (self.psi * np.arange(1, t + 2)))
        so_far, ahead = np.prod(mu[:t]), np.prod(mu)
        m_hat = float(mu[t] / (1 - ahead)) * m + float((1 - mu[t - 1]) / (1 - so_far)) * g
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
        return State(theta, t, g, m, v, m_hat, v_hat)


# The dialects


class Dialect(NamedTuple):
    """What one call of a library does.

    `names` has the library's name for each hyper-parameter of the rule; "betas[0]" is the first of
    a pair. `defaults` has those that need not be given; `sets` are the other settings which make
    the call this one, and `unsaid` those of them that are so by default. `wrap` is what is
    written around a chain of calls.
    """

    library: str
    method: str
    call: str
    rule: type[Method]
    names: Mapping[str, str]
    defaults: Mapping[str, float] = {}
    sets: Mapping[str, Any] = {}
    unsaid: tuple[str, ...] = ()
    fixed: Mapping[str, float] = {}
    first: str = ""

    def written(self, settings: Mapping[str, Any]) -> str:
        """Return the call as code, from settings in the library's names."""
        words = [self.first] if self.first else []
        said = {k: x for k, x in settings.items() if k not in self.unsaid}
        if self.call == CHAIN:
            decay = f"optax.add_decayed_weights({said.pop('weight_decay')!r})"
            inner = ", ".join(f"{k}={x!r}" for k, x in said.items())
            return f"optax.chain({decay}, optax.adam({inner}))"
        return f"{self.call}({', '.join(words + [f'{k}={x!r}' for k, x in said.items()])})"


CHAIN = "optax.chain"
TORCH, KERAS, OPTAX, TF, JAX, MLX, HERE = LIBRARIES = (
    "PyTorch",
    "Keras",
    "optax",
    "tf.compat.v1",
    "JAX examples",
    "MLX",
    "this course",
)
_LR = {"alpha": "lr"}
_LONG = {"alpha": "learning_rate"}
_STEP = {"alpha": "step_size"}
_PAIR = {"beta1": "betas[0]", "beta2": "betas[1]"}
_BETAS = {"beta1": 0.9, "beta2": 0.999}
_ADAM = {**_BETAS, "eps": 1e-8}


def _torch(
    method: str, name: str, rule: type[Method], names: Any, defaults: Any, **sets: Any
) -> Dialect:
    return Dialect(
        TORCH, method, f"torch.optim.{name}", rule, _LR | names, defaults, sets, first="params"
    )


def _keras(
    method: str, name: str, rule: type[Method], names: Any, defaults: Any, **sets: Any
) -> Dialect:
    return Dialect(KERAS, method, f"keras.optimizers.{name}", rule, _LONG | names, defaults, sets)


def _optax(
    method: str, name: str, rule: type[Method], names: Any, defaults: Any, **sets: Any
) -> Dialect:
    return Dialect(OPTAX, method, f"optax.{name}", rule, _LONG | names, defaults, sets)


def _mlx(
    method: str, name: str, rule: type[Method], names: Any, defaults: Any, **sets: Any
) -> Dialect:
    return Dialect(MLX, method, f"mlx.optimizers.{name}", rule, _LONG | names, defaults, sets)


def _tf(
    method: str, name: str, rule: type[Method], names: Any, defaults: Any, **sets: Any
) -> Dialect:
    return Dialect(TF, method, f"tf.compat.v1.train.{name}", rule, _LONG | names, defaults, sets)


def _jax(method: str, name: str, rule: type[Method], names: Any, defaults: Any) -> Dialect:
    return Dialect(JAX, method, f"optimizers.{name}", rule, _STEP | names, defaults)


def _here(method: str, rule: type[Method]) -> Dialect:
    own = {field.name: field for field in fields(rule)}
    defaults = {name: one.default for name, one in own.items() if isinstance(one.default, float)}
    return Dialect(HERE, method, f"adamcore.{rule.__name__}", rule, {k: k for k in own}, defaults)


_KB = {"beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon"}
_OB = {"beta1": "b1", "beta2": "b2", "eps": "eps"}
_TB = {"beta1": "beta1", "beta2": "beta2", "eps": "epsilon"}
_PB = {**_PAIR, "eps": "eps"}
_KADAM = {"alpha": 0.001, **_BETAS, "eps": 1e-7}
_TADAM = {"alpha": 0.001, **_ADAM}
_MASS = {"beta": "mass"}
_BALL = {"beta": "momentum"}
_DAMP = {"beta": "momentum", "dampening": "dampening"}
_SUM = {"eps": "eps", "start": "initial_accumulator_value"}
_DECAY = {"weight_decay": "weight_decay"}

#: Every call. Of two calls of a library for one method, the first is how it comes.
DIALECTS = (
    _torch("SGD", "SGD", SGD, {}, {"alpha": 0.001}),
    _keras("SGD", "SGD", SGD, {}, {"alpha": 0.01}),
    _optax("SGD", "sgd", SGD, {}, {}),
    _tf("SGD", "GradientDescentOptimizer", SGD, {}, {}),
    _jax("SGD", "sgd", SGD, {}, {}),
    _mlx("SGD", "SGD", SGD, {}, {}),
    _here("SGD", SGD),
    _torch("momentum", "SGD", DampedBall, _DAMP, {"alpha": 0.001, "dampening": 0.0}),
    _keras("momentum", "SGD", BallInside, _BALL, {"alpha": 0.01}),
    _optax("momentum", "sgd", HeavyBall, _BALL, {}),
    _tf("momentum", "MomentumOptimizer", HeavyBall, _BALL, {}),
    _jax("momentum", "momentum", HeavyBall, _MASS, {}),
    _mlx("momentum", "SGD", DampedFromZero, _DAMP, {"dampening": 0.0}),
    _here("momentum", Momentum),
    _torch("Nesterov", "SGD", Nesterov, _BALL, {"alpha": 0.001}, nesterov=True),
    _keras("Nesterov", "SGD", Nesterov, _BALL, {"alpha": 0.01}, nesterov=True),
    _optax("Nesterov", "sgd", Nesterov, _BALL, {}, nesterov=True),
    _tf("Nesterov", "MomentumOptimizer", Nesterov, _BALL, {}, use_nesterov=True),
    _jax("Nesterov", "nesterov", Nesterov, _MASS, {}),
    _mlx("Nesterov", "SGD", Nesterov, _BALL, {}, nesterov=True),
    _here("Nesterov", Nesterov),
    _torch("AdaGrad", "Adagrad", AdaGradOutside, _SUM, {"alpha": 0.01, "eps": 1e-10, "start": 0.0}),
    _keras("AdaGrad", "Adagrad", AdaGradInside, _SUM | {"eps": "epsilon"},
           {"alpha": 0.001, "eps": 1e-7, "start": 0.1}),
    _optax("AdaGrad", "adagrad", AdaGradInside, _SUM, {"eps": 1e-7, "start": 0.1}),
    _tf("AdaGrad", "AdagradOptimizer", AdaGradInside, {"start": _SUM["start"]}, {"start": 0.1})
    ._replace(fixed={"eps": 0.0}),
    _jax("AdaGrad", "adagrad", AdaGradMomentum, _BALL, {"beta": 0.9}),
    _mlx("AdaGrad", "Adagrad", AdaGrad, {"eps": "eps"}, {"eps": 1e-8}),
    _here("AdaGrad", AdaGrad),
    _torch("RMSProp", "RMSprop", RMSProp, {"beta2": "alpha", "eps": "eps"},
           {"alpha": 0.01, "beta2": 0.99, "eps": 1e-8}),
    _keras("RMSProp", "RMSprop", RMSPropInside, {"beta2": "rho", "eps": "epsilon"},
           {"alpha": 0.001, "beta2": 0.9, "eps": 1e-7}),
    _optax("RMSProp", "rmsprop", RMSPropInside,
           {"beta2": "decay", "eps": "eps", "start": "initial_scale"},
           {"beta2": 0.9, "eps": 1e-8, "start": 0.0}, eps_in_sqrt=True)
    ._replace(unsaid=("eps_in_sqrt",)),
    _optax("RMSProp", "rmsprop", RMSProp, {"beta2": "decay", "eps": "eps"},
           {"beta2": 0.9, "eps": 1e-8}, eps_in_sqrt=False),
    _tf("RMSProp", "RMSPropOptimizer", RMSPropInside, {"beta2": "decay", "eps": "epsilon"},
        {"beta2": 0.9, "eps": 1e-10})._replace(fixed={"start": 1.0}),
    _jax("RMSProp", "rmsprop", RMSPropInside, {"beta2": "gamma", "eps": "eps"},
         {"beta2": 0.9, "eps": 1e-8}),
    _mlx("RMSProp", "RMSprop", RMSProp, {"beta2": "alpha", "eps": "eps"},
         {"beta2": 0.99, "eps": 1e-8}),
    _here("RMSProp", RMSProp),
    _torch("Adam", "Adam", Adam, _PB, _TADAM),
    _keras("Adam", "Adam", AdamSection2, _KB, _KADAM),
    _optax("Adam", "adam", Adam, _OB, _ADAM),
    _tf("Adam", "AdamOptimizer", AdamSection2, _TB, _TADAM),
    _jax("Adam", "adam", Adam, _OB, _ADAM),
    _mlx("Adam", "Adam", UncorrectedAdam, _PB, _ADAM, bias_correction=False)
    ._replace(unsaid=("bias_correction",)),
    _mlx("Adam", "Adam", Adam, _PB, _ADAM, bias_correction=True),
    _here("Adam", Adam),
    _torch("AdamW", "AdamW", AdamW, _PB | _DECAY, _TADAM | {"weight_decay": 0.01}),
    _keras("AdamW", "AdamW", AdamWSection2, _KB | _DECAY, _KADAM | {"weight_decay": 0.004}),
    _optax("AdamW", "adamw", AdamW, _OB | _DECAY, _ADAM | {"weight_decay": 0.0001}),
    _mlx("AdamW", "AdamW", UncorrectedAdamW, _PB | _DECAY, _ADAM | {"weight_decay": 0.01},
         bias_correction=False)._replace(unsaid=("bias_correction",)),
    _mlx("AdamW", "AdamW", AdamW, _PB | _DECAY, _ADAM | {"weight_decay": 0.01},
         bias_correction=True),
    _here("AdamW", AdamW),
    _torch("Adam with L2", "Adam", AdamL2, _PB | _DECAY, _TADAM),
    _optax("Adam with L2", "chain", AdamL2, _OB | _DECAY, _ADAM),
    _torch("AMSGrad", "Adam", AMSGradTorch, _PB, _TADAM, amsgrad=True),
    _keras("AMSGrad", "Adam", AMSGradKeras, _KB, _KADAM, amsgrad=True),
    _optax("AMSGrad", "amsgrad", AMSGradOptax, _OB, _ADAM, bias_correction_mu=True,
           bias_correction_nu=True)._replace(unsaid=("bias_correction_mu", "bias_correction_nu")),
    _optax("AMSGrad", "amsgrad", AMSGrad, _OB, _ADAM, bias_correction_mu=False,
           bias_correction_nu=False),
    _here("AMSGrad", AMSGrad),
    _torch("NAdam", "NAdam", NAdam, _PB | {"psi": "momentum_decay"},
           {"alpha": 0.002, **_ADAM, "psi": 0.004}),
    _keras("NAdam", "Nadam", NAdam, _KB, _KADAM)._replace(fixed={"psi": 1.0}),
    _optax("NAdam", "nadam", NAdam, _OB, _ADAM)._replace(fixed={"psi": 1e5}),
)  # fmt: skip
METHODS = tuple(dict.fromkeys(one.method for one in DIALECTS))


def dialects(library: str, method: str) -> list[Dialect]:
    """Return the calls of a library for a method, how it comes first.

    Raises ValueError when there is none; the message names what there is.
    """
    _known("library", library, LIBRARIES)
    _known("method", method, METHODS)
    found = [one for one in DIALECTS if (one.library, one.method) == (library, method)]
    if not found:
        have = dict.fromkeys(one.library for one in DIALECTS if one.method == method)
        raise ValueError(f"{library} has no {method} of its own: it is in {', '.join(have)}")
    return found


def _known(what: str, name: Any, among: tuple[str, ...]) -> None:
    if name not in among:
        raise ValueError(f"{what} = {shorten(name)} is unknown: it must be {_any_of(among)}")


def _any_of(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1]


# How to get from one to another

WARNINGS = {
    "average": "In the averaging form each gradient enters by its share 1 − β: its step size is "
    "1/(1 − β) times that of the sum.",
    "dampening": "PyTorch's first velocity is the whole first gradient, whatever the dampening. "
    "Nobody else starts so: the first gradient's part differs, and fades with βᵗ.",
    "share": "MLX dampens the first gradient too, PyTorch does not: here the dampening is in the "
    "step size.",
    "schedule": "Keras keeps lr inside its velocity, the others outside: the same while lr is "
    "constant. Lower lr on the way, and Keras still walks off what the higher one built up.",
    "eps-root": "One adds ε to v, under the root, the other to √v. ε under the root acts like √ε "
    "beside it. Written is the ε that agrees where v is 0 or large; near √v = ε they differ.",
    "eps-order": "Keras and TensorFlow add ε to the uncorrected √v (section 2 of the paper): at "
    "first it weighs 1/√(1 − β₂ᵗ) times as much as in Algorithm 1. In the long run both agree.",
    "uncorrected": "MLX corrects no bias unless told bias_correction=True. Without it the first "
    "step is (1 − β₁)/√(1 − β₂) times as long, as in no other call for this method.",
    "corrected": "bias_correction=True must be written: MLX leaves the correction out by default.",
    "v-start": "Here v starts at another number, which fades with β₂ᵗ: at first the steps differ.",
    "sum-start": "The sum of squares starts at another number, and never forgets it.",
    "sum-folded": "Under the root ε only adds to where the sum starts, so here it is part of that.",
    "mass": "JAX's AdaGrad averages its steps; without that average they are AdaGrad's.",
    "no-mass": "JAX's AdaGrad averages its steps (momentum 0.9) unless told momentum=0.",
    "no-average": "Nobody else averages AdaGrad's steps: that is lost.",
    "decay": "A step shrinks θ by lr · weight_decay here as there: this product is the paper's λ. "
    "The defaults differ: write it.",
    "l2": "This is the penalty in the gradient, not AdamW. Keras's Adam(weight_decay=…) is AdamW.",
    "amsgrad": "One takes the largest v, another the largest corrected v, the paper corrects "
    "nothing: these are different algorithms under one name.",
    "look-ahead": "The look ahead is warmed up differently: 0.96^(0.004 t) in PyTorch, 0.96ᵗ in "
    "Keras, not at all in optax.",
    "warm-up": "momentum_decay is what makes PyTorch's NAdam this one: 1 is Keras's, a large "
    "number optax's.",
    "guard": "No ε at all would be 0/0 where there was no gradient yet (MLX refuses it): 10⁻³⁰ "
    "beside the root, or 10⁻³⁷ under it, is as good.",
    "eps-default": "Left out, ε would be {eps:g} there: write it.",
}


#: The warnings that have no object where the steps are the same.
ONLY_INEXACT = {
    *("dampening", "eps-root", "eps-order", "uncorrected", "v-start", "sum-start", "no-average"),
    *("amsgrad", "look-ahead"),
}


class Recipe(NamedTuple):
    """How to get from one call to another.

    `numbers` makes the target rule's hyper-parameters from the source's, on numbers or symbols.
    The result is the same method where all of `zero` are 0; never, where that is None.
    """

    numbers: Callable[[Numbers], Numbers]
    zero: tuple[str, ...] | None = ()
    warnings: tuple[str, ...] = ()


def recipe(source: Dialect, target: Dialect) -> Recipe:
    """Return how to get from a call to another one for the same method."""
    if source == target:
        return Recipe(dict)
    way = _WAYS.get(source.method, _way_of_adam)(source, target)
    more = []
    if source.method in ("momentum", "Nesterov") and KERAS in (source.library, target.library):
        more.append("schedule")
    if source.method in ("AdamW", "Adam with L2"):
        more.append("decay" if source.method == "AdamW" else "l2")
    before, after = source.defaults.get("eps"), target.defaults.get("eps")
    if before != after and after is not None and "eps-root" not in way.warnings:
        more.append("eps-default")
    return way._replace(warnings=(*way.warnings, *more))


def _way_of_momentum(source: Dialect, target: Dialect) -> Recipe:
    average = target.rule is Momentum

    def numbers(x: Numbers) -> Numbers:
        beta = x["beta1"] if source.rule is Momentum else x["beta"]
        share = 1 - beta if source.rule is Momentum else 1 - x.get("dampening", 0.0)
        alpha = x["alpha"] * share
        if average:
            return {"alpha": alpha / (1 - beta), "beta1": beta}
        undamped = {"dampening": 0.0} if "dampening" in target.names else {}
        return {"alpha": alpha, "beta": beta} | undamped

    warnings: tuple[str, ...] = ("average",) if Momentum in (source.rule, target.rule) else ()
    if source.rule is DampedBall:
        return Recipe(numbers, ("dampening",), (*warnings, "dampening"))
    return Recipe(numbers, (), warnings + (("share",) if source.rule is DampedFromZero else ()))


def _way_of_adagrad(source: Dialect, target: Dialect) -> Recipe:
    outside = (AdaGrad, AdaGradOutside)
    if target.rule is AdaGradMomentum:
        both = ("start", "eps")
        return Recipe(lambda x: {"alpha": x["alpha"], "beta": 0.0}, both, ("no-mass", "sum-start"))
    if source.rule is AdaGradMomentum:

        def bare(x: Numbers) -> Numbers:
            guard = {"eps": 1e-30, "start": 0.0} if target.rule in outside else _LEAST
            return _fitting(target, {"alpha": x["alpha"], **guard})

        return Recipe(bare, ("beta",), ("mass", "no-average", "guard"))

    def folded(x: Numbers) -> Numbers:
        start, eps = x.get("start", 0.0), x.get("eps", 0.0)
        if source.rule in outside and target.rule in outside:
            return _fitting(target, x | {"start": start, "eps": eps})
        if source.rule in outside:
            under = start if "eps" in target.names else start + eps**2
            return _fitting(target, x | {"start": under, "eps": eps**2})
        if target.rule is AdaGrad:
            return _fitting(target, x | {"eps": np.sqrt(start + eps)})
        if target.rule is AdaGradOutside or "eps" not in target.names:
            return _fitting(target, x | {"start": start + eps, "eps": 0.0})
        return _fitting(target, x | {"start": start, "eps": eps})

    if source.rule in outside and target.rule in outside:
        lost = target.rule is AdaGrad and source.rule is AdaGradOutside
        return Recipe(folded, ("start",) if lost else (), ("sum-start",) * lost + _above(target))
    if source.rule in outside:
        return Recipe(folded, ("eps",), ("eps-root",))
    if target.rule is AdaGrad:
        return Recipe(folded, ("start", "eps"), ("eps-root", "sum-start", *_above(target)))
    same = source.names.keys() == target.names.keys() and target.rule is source.rule
    return Recipe(folded, (), () if same else ("sum-folded",))


_LEAST = {"eps": 0.0, "start": 1e-37}  # what float32 still keeps apart from 0


def _above(target: Dialect) -> tuple[str, ...]:
    return ("guard",) if target.library == MLX else ()


def _fitting(target: Dialect, x: Numbers) -> Numbers:
    """Return the numbers that the target has names for."""
    if target.library == MLX and target.method == "AdaGrad":
        x = x | {"eps": np.maximum(x["eps"], 1e-30)}
    return {symbol: x[symbol] for symbol in target.names if symbol in x} | dict(target.fixed)


def _way_of_rmsprop(source: Dialect, target: Dialect) -> Recipe:
    def numbers(x: Numbers) -> Numbers:
        eps = x["eps"]
        if source.rule is not target.rule:
            eps = np.sqrt(eps) if target.rule is RMSProp else eps**2
        return _fitting(target, {"start": 0.0} | x | {"eps": eps})

    warnings, zero = [], []
    if source.rule is not target.rule:
        warnings.append("eps-root")
        zero.append("eps")
    if target.fixed.get("start"):
        return Recipe(numbers, None, (*warnings, "v-start"))
    if "start" not in target.names and ("start" in source.names or source.fixed.get("start")):
        warnings.append("v-start")
        zero.append("start")
    return Recipe(numbers, tuple(zero), tuple(warnings))


_SECTION2 = (AdamSection2, AdamWSection2, AMSGradKeras)
_ALGORITHM1 = (Adam, AdamW, AMSGradTorch)
_BARE = (UncorrectedAdam, UncorrectedAdamW)


def _way_of_adam(source: Dialect, target: Dialect) -> Recipe:
    def numbers(x: Numbers) -> Numbers:
        return _fitting(target, x)

    rules = source.rule, target.rule
    corrected = ("corrected",) if target.sets.get("bias_correction") else ()
    if source.rule is target.rule:
        return Recipe(numbers, (), corrected)
    if any(rule in _BARE for rule in rules):
        return Recipe(numbers, None, ("uncorrected",))
    if all(rule in _SECTION2 + _ALGORITHM1 for rule in rules):
        return Recipe(numbers, ("eps",), ("eps-order", *corrected))
    return Recipe(numbers, None, ("amsgrad",))


def _way_of_nadam(source: Dialect, target: Dialect) -> Recipe:
    def numbers(x: Numbers) -> Numbers:
        return _fitting(target, x)

    if "psi" in target.names:
        return Recipe(numbers, (), ("warm-up",))
    return Recipe(numbers, None, ("look-ahead",))


_WAYS: dict[str, Callable[[Dialect, Dialect], Recipe]] = {
    "SGD": lambda source, target: Recipe(dict),
    "Nesterov": lambda source, target: Recipe(dict),
    "momentum": _way_of_momentum,
    "AdaGrad": _way_of_adagrad,
    "RMSProp": _way_of_rmsprop,
    "NAdam": _way_of_nadam,
}


# From settings to settings


class Conversion(NamedTuple):
    """A call of the library that was asked for.

    Where it is not the same method with these settings, `exact` is False and `drift` says how far
    apart both get on `test_stream`, for each of `KINDS` as a share of the way. `source` and
    `target` are the rules.
    """

    call: str
    settings: dict[str, Any]
    warnings: dict[str, str]
    exact: bool
    drift: dict[str, float]
    source: Method
    target: Method

    def __str__(self) -> str:
        said = ", ".join(f"{x:.2g} ({kind})" for kind, x in self.drift.items())
        same = "the same steps" if self.exact else f"not the same steps; apart, of the way: {said}"
        notes = [same, *self.warnings.values()]
        return "\n".join(
            [_wrapped(self.call, "    "), *(_wrapped(f"# {one}", "#   ") for one in notes)]
        )


def _wrapped(words: str, indent: str) -> str:
    return fill(words, 66, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def convert(source: str, method: str, target: str, **settings: Any) -> Conversion:
    """Translate the settings of a library's method into another library's.

    Parameters
    ----------
    source, target : str
        Two of `LIBRARIES`.
    method : str
        One of `METHODS`.
    **settings
        The settings, by the names that the source library has for them. What is left out has its
        default there.

    Raises
    ------
    ValueError, TypeError
        When a library, a method or a setting is unknown, missing or not allowed.
    """
    before, x = _read(source, method, settings)
    found = [_converted(before, after, x) for after in dialects(target, method)]
    return min(found, key=lambda one: (not one.exact, one.drift["usual"]))


def _read(library: str, method: str, settings: Mapping[str, Any]) -> tuple[Dialect, Numbers]:
    """Return the call that is meant, and its rule's hyper-parameters."""
    calls = dialects(library, method)
    known = {name.split("[")[0] for one in calls for name in (*one.names.values(), *one.sets)}
    if unknown := sorted(set(settings) - known):
        what = _any_of(tuple(sorted(known))) if len(known) > 1 else next(iter(known))
        raise ValueError(f"{calls[0].call} has no {unknown[0]} here: it must be {what}")
    for name in {name for one in calls for name in one.sets} & set(settings):
        allowed = [one.sets[name] for one in calls]
        if settings[name] not in allowed or not isinstance(settings[name], bool):
            said = " or ".join(map(str, allowed))
            raise ValueError(f"{name} = {shorten(settings[name])}: for {method} it must be {said}")
    (call,) = (
        one
        for one in calls
        if all(settings.get(name, calls[0].sets[name]) == x for name, x in one.sets.items())
    )
    if extra := sorted(
        set(settings) - {*(n.split("[")[0] for n in call.names.values()), *call.sets}
    ):
        sets = ", ".join(f"{k}={x}" for k, x in call.sets.items())
        raise ValueError(f"{extra[0]} is not translated together with {sets}: leave it out")
    x = {symbol: _number(call, symbol, settings) for symbol in call.names}
    if method == "Nesterov" and x["beta"] == 0:
        raise ValueError(f"{call.names['beta']} = 0 is not allowed: without it the method is SGD")
    if call.library == MLX and method == "AdaGrad" and x["eps"] == 0:
        raise ValueError("eps = 0 is not allowed: MLX's AdaGrad refuses it")
    return call, x | dict(call.fixed)


def _number(call: Dialect, symbol: str, settings: Mapping[str, Any]) -> float:
    """Return one setting as a number, or say what is wrong with it."""
    name, _, place = call.names[symbol].partition("[")
    if name not in settings:
        if symbol not in call.defaults:
            raise ValueError(f"{name} is missing: {call.call} has no default for it")
        return call.defaults[symbol]
    value = settings[name]
    if place:
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise TypeError(f"{name} = {shorten(value)} is not allowed: it must be two numbers")
        value = value[int(place[0])]
    number = numbers(call.names[symbol], value)
    if number.ndim:
        raise TypeError(f"{name} = {shorten(value)} is not allowed: it must be one number")
    start, end, allowed = ranges(call.rule)[symbol]
    bad = ~((number >= start) & (number < end))
    refuse(call.names[symbol], number, bad, f"is not allowed: it must be {allowed}")
    return float(number)


def _converted(before: Dialect, after: Dialect, x: Numbers) -> Conversion:
    way = recipe(before, after)
    y = {symbol: float(f"{float(value):.14g}") for symbol, value in way.numbers(x).items()}
    source, target = before.rule(**x), after.rule(**y)
    same = before.rule is after.rule and x == y
    exact = same or (way.zero is not None and not any(x.get(name, 0.0) for name in way.zero))
    settings: dict[str, Any] = {}
    for symbol, name in after.names.items():
        name, pair, _ = name.partition("[")
        settings[name] = (*settings.get(name, ()), y[symbol]) if pair else y[symbol]
    settings |= after.sets
    keys = [key for key in way.warnings if not (exact and key in ONLY_INEXACT)]
    if "guard" in keys and x.get("eps", 0.0) > 0:
        keys.remove("guard")
    return Conversion(
        after.written(settings),
        settings,
        {key: WARNINGS[key].format(eps=after.defaults.get("eps")) for key in keys},
        exact,
        dict.fromkeys(KINDS, 0.0) if exact else drift(source, target),
        source,
        target,
    )


#: Where the runs of the test stream start.
START = (1.0, -2.0, 0.5, 3.0)
#: What their gradients are like in each coordinate.
KINDS = ("usual", "tiny", "large", "rare")


def test_stream() -> Array:
    """Return twelve gradients in four coordinates: usual ones, tiny ones, large ones, rare ones.

    The second are about 1e-9, the third 1e4 with zeros between them, the fourth zero until step 7.
    """
    rng = np.random.default_rng(16)
    g = rng.standard_normal((12, 4)) * [1.0, 1e-9, 1e4, 0.1] + [0.5, 0, 0, 0]
    g[::3, 2] = 0
    g[:6, 3] = 0
    return g


test_stream.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test


def walk(method: Method, stream: Any = None, start: Any = START) -> Array:
    """Return where a method goes on a stream of gradients, the test stream if none is given."""
    gradients = iter(test_stream() if stream is None else np.asarray(stream))
    steps = 12 if stream is None else len(stream)
    return descend(method, lambda theta: next(gradients), start, steps).theta


def drift(one: Method, other: Method) -> dict[str, float]:
    """Return how far apart two methods get on the test stream, as a share of the first one's way.

    It has an entry for each of `KINDS`, at the step at which they are farthest apart.
    """
    here, there = walk(one), walk(other)
    way = np.abs(here - here[0]).max(axis=0)
    apart = np.abs(here - there).max(axis=0) / np.where(way > 0, way, 1)
    return dict(zip(KINDS, apart.tolist(), strict=True))
