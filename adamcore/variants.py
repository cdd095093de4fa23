"""Relatives of the four methods: other forms of momentum, other scalings, other corrections.

Written like the methods in `optimizers.py`, each to be read beside the one it differs from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from adamcore.arguments import Decay, NonNegative
from adamcore.method import Method, State
from adamcore.optimizers import Adam


@dataclass(frozen=True)
class HeavyBall(Method):
    """Momentum as a velocity (Polyak, 1964): what PyTorch and optax call momentum.

    Here m is the velocity, a sum of gradients that forgets. `Momentum(alpha, beta1)` is
    `HeavyBall(alpha * (1 - beta1), beta1)`.
    """

    carries = ("m",)

    alpha: NonNegative
    beta: Decay = 0.9

    def rule(self, state: State, g: Any) -> State:
        """Walk against the velocity."""
        alpha, beta = self.alpha, self.beta
        theta, t, _, m, *_ = state
        t = t + 1
        m = beta * m + g
        theta = theta - alpha * m
        return State(theta, t, g, m)


@dataclass(frozen=True)
class Nesterov(HeavyBall):
    """Heavy ball that looks one step ahead (Nesterov, 1983; in PyTorch's form).

    The gradient is taken at the stored theta, which is already the point looked ahead to: with
    phi_t = theta_t + alpha * beta * m_t one gets Sutskever et al. (2013), whose gradient is taken
    at phi - alpha * beta * m.
    """

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient and the velocity that it has just changed."""
        alpha, beta = self.alpha, self.beta
        theta, t, _, m, *_ = state
        t = t + 1
        m = beta * m + g
        theta = theta - alpha * (g + beta * m)
        return State(theta, t, g, m)


@dataclass(frozen=True)
class AdaGrad(Method):
    """RMS scaling that never forgets (Duchi, Hazan & Singer, 2011); v is a sum.

    PyTorch: the same, with eps = 1e-10. optax starts v at 0.1 and puts eps inside the root.
    """

    carries = ("v",)

    alpha: NonNegative
    eps: NonNegative = 1e-8

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient in units of all gradients so far."""
        alpha, eps = self.alpha, self.eps
        theta, t, _, _, v, *_ = state
        t = t + 1
        v = v + g**2
        theta = theta - alpha * g / (np.sqrt(v) + eps)
        return State(theta, t, g, v=v)


@dataclass(frozen=True)
class AdaMax(Method):
    """Adam with the largest recent gradient as its scale (Kingma & Ba, 2015, Algorithm 2).

    Here v is the paper's u. The paper has no eps and leaves 0/0 open for a coordinate that has
    had no gradient yet: its step is 0. PyTorch and optax add eps to each |g|.
    """

    carries = ("m", "v")
    shows = ("m_hat",)

    alpha: NonNegative = 0.002
    beta1: Decay = 0.9
    beta2: Decay = 0.999

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient in units of the largest recent one."""
        alpha, beta1, beta2 = self.alpha, self.beta1, self.beta2
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = np.maximum(beta2 * v, np.abs(g))
        m_hat = m / (1 - beta1**t)
        theta = theta - alpha * m_hat / v
        return State(theta, t, g, m, v, m_hat)


@dataclass(frozen=True)
class AMSGrad(Adam):
    """Adam whose scale never shrinks, as in the paper (Reddi, Kale & Kumar, 2018, Algorithm 2).

    v_max is the paper's v_hat: the largest v so far. No average is bias-corrected and the paper
    has no eps. PyTorch and optax call two other algorithms by this name: `AMSGradTorch`,
    `AMSGradOptax`.
    """

    carries = ("m", "v", "v_max")
    shows = ()

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient in units of its largest size so far."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_, v_max = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = np.maximum(v_max, v)
        theta = theta - alpha * m / (np.sqrt(v_max) + eps)
        return State(theta, t, g, m, v, v_max=v_max)


@dataclass(frozen=True)
class AMSGradTorch(Adam):
    """PyTorch's `Adam(amsgrad=True)`: the largest v, corrected when it is used.

    v_max is the largest uncorrected v so far. The correction divides it by 1 - beta2**t, which
    grows: v_hat, the scale that is used, may still shrink.
    """

    carries = ("m", "v", "v_max")

    def rule(self, state: State, g: Any) -> State:
        """Walk against the corrected average gradient in units of the corrected largest size."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_, v_max = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_max = np.maximum(v_max, v)
        v_hat = v_max / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
        return State(theta, t, g, m, v, m_hat, v_hat, v_max)


@dataclass(frozen=True)
class AMSGradOptax(AMSGradTorch):
    """optax's `amsgrad`: the largest of the corrected v."""

    def rule(self, state: State, g: Any) -> State:
        """Walk against the corrected average gradient in units of the largest corrected size."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_, v_max = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        v_max = np.maximum(v_max, v_hat)
        theta = theta - alpha * m_hat / (np.sqrt(v_max) + eps)
        return State(theta, t, g, m, v, m_hat, v_hat, v_max)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay beside the gradient, not in it (Loshchilov & Hutter, 2019).

    As in PyTorch, the decay per step is alpha * weight_decay; the paper's lambda is that product.
    """

    weight_decay: NonNegative = 0.01

    def rule(self, state: State, g: Any) -> State:
        """Shrink theta, then take Adam's step."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        weight_decay = self.weight_decay
        theta, t, _, m, v, *_ = state
        t = t + 1
        theta = theta * (1 - alpha * weight_decay)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
        return State(theta, t, g, m, v, m_hat, v_hat)


@dataclass(frozen=True)
class AdamSection2(Adam):
    """Adam in the cheaper order at the end of the paper's section 2.

    The two corrections become one number, alpha_t. eps stands beside the uncorrected root, where
    it weighs 1 / sqrt(1 - beta2**t) times as much as in Algorithm 1: 31.6 times at t = 1.
    """

    shows = ()

    def rule(self, state: State, g: Any) -> State:
        """Take Adam's step without correcting whole arrays."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        alpha_t = alpha * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        theta = theta - alpha_t * m / (np.sqrt(v) + eps)
        return State(theta, t, g, m, v)


@dataclass(frozen=True)
class UncorrectedAdam(AdamSection2):
    """Adam without bias correction. With beta1 = 0 it is `RMSProp`."""

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient in units of the uncorrected average size."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        theta = theta - alpha * m / (np.sqrt(v) + eps)
        return State(theta, t, g, m, v)


@dataclass(frozen=True)
class AdamCorrectingM(Adam):
    """Adam that corrects its first moment only: huge first steps."""

    shows = ("m_hat",)

    def rule(self, state: State, g: Any) -> State:
        """Walk against m_hat in units of the uncorrected root of v."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        theta = theta - alpha * m_hat / (np.sqrt(v) + eps)
        return State(theta, t, g, m, v, m_hat)


@dataclass(frozen=True)
class AdamCorrectingV(Adam):
    """Adam that corrects its second moment only: small first steps."""

    shows = ("v_hat",)

    def rule(self, state: State, g: Any) -> State:
        """Walk against the uncorrected m in units of the root of v_hat."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m / (np.sqrt(v_hat) + eps)
        return State(theta, t, g, m, v, v_hat=v_hat)


@dataclass(frozen=True)
class Lion(Method):
    """A sign step along two averages of different length (Chen et al., 2023, Algorithm 2).

    The paper found it by a search over programs. Its beta1 mixes the newest gradient into the step
    alone; what is carried on forgets with beta2. There is no v: every coordinate moves by alpha.
    """

    carries = ("m",)

    alpha: NonNegative = 1e-4
    beta1: Decay = 0.9
    beta2: Decay = 0.99

    def rule(self, state: State, g: Any) -> State:
        """Walk by alpha in each coordinate, against the sign of the average gradient."""
        alpha, beta1, beta2 = self.alpha, self.beta1, self.beta2
        theta, t, _, m, *_ = state
        t = t + 1
        theta = theta - alpha * np.sign(beta1 * m + (1 - beta1) * g)
        m = beta2 * m + (1 - beta2) * g
        return State(theta, t, g, m)
