"""Adam for large arrays: the lines of its `rule`, in place and in blocks that fit the cache.

Every operation and its order are those of that `rule`, so that the results agree bit for bit; only
the way through the memory is another. There theta, g, m and v pass through it once for each line,
here once for each step.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from adamcore.arguments import Array
from adamcore.optimizers import Adam

TABLE = Path(__file__).parent / "data" / "memory.json"
BLOCK = 1 << 19  # bytes of each array at a time: what the six pieces share is the cache


def step_in_place(adam: Adam, t: int, theta: Array, g: Array, m: Array, v: Array) -> None:
    """Take step number t = 1, 2, ...: write the new theta, m and v over the old ones.

    The arrays are contiguous and of one shape and dtype, adam's hyper-parameters single numbers.
    None of them is checked.

    >>> adam, theta, m, v = Adam(alpha=0.001), np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    >>> step_in_place(adam, 1, theta, np.array([0.2, -3e4]), m, v)
    >>> print(theta)
    [ 0.999 -1.999]
    """
    alpha, beta1, beta2, eps = adam.alpha, adam.beta1, adam.beta2, adam.eps
    size = BLOCK // theta.itemsize
    rows = [x.reshape(-1) for x in (theta, g, m, v)]
    a_whole, b_whole = np.empty((2, min(size, theta.size)), theta.dtype)
    for start in range(0, theta.size, size):
        theta, g, m, v = (row[start : start + size] for row in rows)
        a, b = a_whole[: len(g)], b_whole[: len(g)]
        # m = beta1 * m + (1 - beta1) * g
        m *= beta1
        m += np.multiply(1 - beta1, g, out=a)
        # v = beta2 * v + (1 - beta2) * g**2
        np.multiply(g, g, out=a)
        a *= 1 - beta2
        v *= beta2
        v += a
        # theta = theta - alpha * m_hat / (np.sqrt(v_hat) + eps)
        np.divide(m, 1 - beta1**t, out=a)
        a *= alpha
        np.divide(v, 1 - beta2**t, out=b)
        np.sqrt(b, out=b)
        b += eps
        a /= b
        theta -= a


def measured() -> Any:
    """Return what `benchmarks/memory.py` found, as that script wrote it down."""
    return json.loads(TABLE.read_text("utf8"))
