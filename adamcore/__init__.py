"""Adam and the methods it is made of, line for line as the papers write them.

Read the modules in this order, each needs only those above it:

- `method`: State, and the step that all methods share
- `optimizers`: SGD, Momentum, RMSProp, Adam
- `variants`: heavy ball, Nesterov, AdaGrad, AdaMax, AMSGrad, AdamW, Adam without its corrections,
  Lion; `matrices`: Muon and Shampoo, which look at a matrix as a whole
- `dialects`: what libraries make of these methods, and how to translate their settings
- `problems`: what is minimised; `streams`: sequences of gradients
- `descent`: run a method and keep its whole history
- `check`: hear where your own step first differs; `slips` are what it knows by name, `evidence`
  is what it looks at, `learner` runs a step whatever it does
- `museum`: Adams with one fault each, tapes that expose them, and tests put to the test
- `contest`: let your own step race against the methods of the course

`arguments` holds what the others ask of whatever a caller hands in.
"""

from adamcore.check import Verdict, check, check_value
from adamcore.contest import Standings, race
from adamcore.descent import History, StoppedError, descend, respond
from adamcore.matrices import Muon, Shampoo, orthogonalized
from adamcore.method import Method, State
from adamcore.optimizers import SGD, Adam, Momentum, RMSProp
from adamcore.variants import (
    AdaGrad,
    AdaMax,
    AdamCorrectingM,
    AdamCorrectingV,
    AdamSection2,
    AdamW,
    AMSGrad,
    AMSGradOptax,
    AMSGradTorch,
    HeavyBall,
    Lion,
    Nesterov,
    UncorrectedAdam,
)

__all__ = [
    "SGD",
    "AMSGrad",
    "AMSGradOptax",
    "AMSGradTorch",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamCorrectingM",
    "AdamCorrectingV",
    "AdamSection2",
    "AdamW",
    "HeavyBall",
    "History",
    "Lion",
    "Method",
    "Momentum",
    "Muon",
    "Nesterov",
    "RMSProp",
    "Shampoo",
    "Standings",
    "State",
    "StoppedError",
    "UncorrectedAdam",
    "Verdict",
    "check",
    "check_value",
    "descend",
    "orthogonalized",
    "race",
    "respond",
]
