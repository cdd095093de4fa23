"""Sequences of gradients, to be fed to a method with `respond`; and how far a step can go.

Every stream is an array whose first axis is time.
"""

import math

import numpy as np

from adamcore.arguments import Array, count


def constant(c: float, n: int) -> Array:
    """Return c, c, c, ...: n gradients that agree.

    >>> constant(30, 3)
    array([30., 30., 30.])
    """
    return np.full(n, float(c))


def alternating(a: float, b: float, n: int) -> Array:
    """Return a, b, a, b, ...: n gradients that disagree.

    >>> alternating(5, -4, 5)
    array([ 5., -4.,  5., -4.,  5.])
    """
    return np.where(np.arange(n) % 2 == 0, float(a), float(b))


def noisy(mu: float | Array, sigma: float | Array, n: int, rng: np.random.Generator) -> Array:
    """Return n normal gradients of mean mu and standard deviation sigma.

    Arrays give as many independent streams: mu of shape (k,) makes the result (n, k).
    """
    shape = np.broadcast_shapes(np.shape(mu), np.shape(sigma))
    return mu + sigma * rng.standard_normal((n, *shape))


def spike(size: float, at: int, n: int, base: float = 1.0) -> Array:
    """Return n times `base`, but `size` at step `at` (steps count from 1).

    >>> spike(100, at=3, n=5)
    array([  1.,   1., 100.,   1.,   1.])
    """
    if not 1 <= at <= n:
        raise ValueError(f"at = {at} is not allowed: it must be a step, 1 to {n}")
    g = constant(base, n)
    g[at - 1] = size
    return g


def shift(before: float, after: float, at: int, n: int) -> Array:
    """Return n gradients: `before`, and `after` from step `at` on (steps count from 1).

    >>> shift(1, 100, at=3, n=4)
    array([  1.,   1., 100., 100.])
    """
    return np.where(np.arange(1, n + 1) < at, float(before), float(after))


def zeros_then(c: float, zeros: int, n: int) -> Array:
    """Return n gradients: so many zeros, and then c.

    >>> zeros_then(1, zeros=2, n=4)
    array([0., 0., 1., 1.])
    """
    return shift(0, c, zeros + 1, n)


def telling(n: int = 45) -> Array:
    """Return gradients of shape (n, 4) on which the methods, and what is mistaken for them, part.

    One coordinate shrinks, so that v falls; one changes its sign; one grows from a thousandth;
    one is often zero. At step 9 all are.

    >>> print(telling(3).round(3))
    [[ 4.1338e+01  1.1070e+00  2.0000e-03  0.0000e+00]
     [ 1.8678e+01 -1.7970e+00 -3.0000e-03 -1.9710e+00]
     [-2.0650e+00  1.3090e+00 -4.0000e-03 -2.3950e+00]]
    """
    k = np.arange(n)[:, None]
    wave = np.cos(k * [0.9, 2.1, 1.7, 0.6] + np.array([0.3, 1.1, 0.4, 2.0]))
    size = np.hstack([30 * 0.8**k + 0.5, 2 + 0 * k, 0.003 * 1.07**k, 3 + 0 * k])
    g: Array = size * (wave + np.array([0.4, 0.1, -0.3, 0.2]))
    g[::3, 3] = 0
    g[8:9] = 0
    return g


def worst_case(n: int, beta1: float = 0.9, beta2: float = 0.999) -> Array:
    """Return n gradients after which Adam's step is the longest possible, `step_bound`.

    They grow by the factor beta2 / beta1 and end at 1. What is below 1e-150 is 0, because a
    square that float64 cannot hold would spoil v.

    >>> worst_case(4).round(3)
    array([0.731, 0.812, 0.901, 1.   ])
    """
    g = (beta1 / beta2) ** np.arange(n - 1, -1, -1.0)
    return np.where(g < 1e-150, 0.0, g)


def step_bound(beta1: float = 0.9, beta2: float = 0.999, t: int | None = None) -> float:
    """Return the longest step that Adam (eps = 0) can take at step t, in units of alpha.

    By the inequality of Cauchy and Schwarz, (sum a_i g_i)^2 <= (sum a_i^2 / b_i) (sum b_i g_i^2)
    with a_i, b_i the weights of g_i in m_hat and v_hat; `worst_case` makes both sides equal.
    Without t it is the limit for large t, which is finite only for beta1^2 < beta2. For what the
    paper states see `paper_bound`.

    >>> round(step_bound(), 4), round(step_bound(t=10), 3)
    (7.2703, 1.043)
    """
    r = beta1**2 / beta2
    if t is None:
        return (1 - beta1) / math.sqrt((1 - beta2) * (1 - r)) if r < 1 else math.inf
    t = count("t", t, least=1)
    total = float((r ** np.arange(t)).sum())
    return math.sqrt(total * (1 - beta2**t) / (1 - beta2)) * (1 - beta1) / (1 - beta1**t)


def paper_bound(beta1: float = 0.9, beta2: float = 0.999) -> float:
    """Return the bound on the step that Kingma & Ba state in section 2.1, in units of alpha.

    It is right for a gradient that was zero at all steps but the last; other streams exceed it.

    >>> round(paper_bound(), 4)
    3.1623
    """
    return max(1.0, (1 - beta1) / math.sqrt(1 - beta2))
