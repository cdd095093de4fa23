"""SGD, momentum, RMSProp and Adam: each one is the one before it with a line or two changed.

Every method has the same shape: a frozen set of hyper-parameters, the averages that it carries
from step to step, and its `rule`, the lines of the paper that take a State and the gradient there
and give the next State. `Method.step`, the same for all, does the checking around them.

Symbols, after Kingma & Ba (2015), Algorithm 1:

======== ============================= ==================== ====================
here     paper                         PyTorch              optax
======== ============================= ==================== ====================
theta    θ, parameters                 params               params
t        t, steps done                 state["step"]        count
g        g, gradient at the old theta  p.grad               updates
m        m, first moment               exp_avg              mu
v        v, second raw moment          exp_avg_sq           nu
m_hat    m̂, bias-corrected             (not stored)         mu_hat
v_hat    v̂, bias-corrected             (not stored)         nu_hat
alpha    α, step size                  lr                   learning_rate
beta1    β₁, decay rate of m           betas[0]             b1
beta2    β₂, decay rate of v           betas[1]             b2
eps      ε, added to the root of v̂     eps                  eps
v_max    v̂ of AMSGrad, the largest v   max_exp_avg_sq       nu_max
======== ============================= ==================== ====================

Hyper-parameters may be arrays that broadcast against theta: `Adam(alpha=[[0.1], [0.2]])` runs two
step sizes side by side. Arithmetic is done in theta's dtype, float32 or float64.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamcore.arguments import Decay, NonNegative
from adamcore.method import Method, State, Symbols


@dataclass(frozen=True)
class SGD(Method):
    """Gradient descent with one step size for everything (Robbins & Monro, 1951).

    >>> method = SGD(alpha=0.1)
    >>> state = method.step(method.init([1.0, -2.0]), [10.0, 0.0])
    >>> print(state.theta, state.t)
    [ 0. -2.] 1
    """

    alpha: NonNegative

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient."""
        alpha = self.alpha
        theta, t, *_ = state
        t = t + 1
        theta = theta - alpha * g
        return State(theta, t, g)


@dataclass(frozen=True)
class Momentum(Method):
    """SGD along m, a moving average of the gradients; `HeavyBall` is its other form.

    With beta1 = 0 it is SGD. For the idea see Rumelhart, Hinton & Williams (1986). PyTorch's
    dampening = beta1 differs in one thing: its first velocity is g, not (1 - beta1) g.
    """

    carries = ("m",)

    alpha: NonNegative
    beta1: Decay = 0.9

    def rule(self, state: State, g: Any) -> State:
        """Walk against the average gradient."""
        alpha, beta1 = self.alpha, self.beta1
        theta, t, _, m, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        theta = theta - alpha * m
        return State(theta, t, g, m)


@dataclass(frozen=True)
class RMSProp(Method):
    """SGD with each gradient divided by its own recent size (Tieleman & Hinton, 2012).

    As in PyTorch, v starts at 0 uncorrected and eps stands outside the root; optax puts it inside
    unless told `eps_in_sqrt=False`. The lecture's beta2 is 0.9, PyTorch's default 0.99.
    """

    carries = ("v",)

    alpha: NonNegative
    beta2: Decay = 0.9
    eps: NonNegative = 1e-8

    def rule(self, state: State, g: Any) -> State:
        """Walk against the gradient in units of its own size."""
        alpha, beta2, eps = self.alpha, self.beta2, self.eps
        theta, t, _, _, v, *_ = state
        t = t + 1
        v = beta2 * v + (1 - beta2) * g**2
        theta = theta - alpha * g / (np.sqrt(v) + eps)
        return State(theta, t, g, v=v)


@dataclass(frozen=True)
class Adam(Method):
    """Momentum and RMS scaling, both averages corrected (Kingma & Ba, 2015, Algorithm 1).

    >>> method = Adam(alpha=0.001)
    >>> state = method.step(method.init([1.0, -2.0]), [0.2, -3e4])
    >>> print(state.theta)  # the first step has length alpha, whatever the gradient's size
    [ 0.999 -1.999]
    """

    carries: ClassVar[Symbols] = ("m", "v")
    shows: ClassVar[Symbols] = ("m_hat", "v_hat")

    alpha: NonNegative = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NonNegative = 1e-8

    def rule(self, state: State, g: Any) -> State:
        """Walk against the corrected average gradient in units of its own size."""
        alpha, beta1, beta2, eps = self.alpha, self.beta1, self.beta2, self.eps
        theta, t, _, m, v, *_ = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
        return State(theta, t, g, m, v, m_hat, v_hat)
