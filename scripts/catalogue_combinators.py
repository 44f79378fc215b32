"""Three settings of everything that is made of other laws, for the catalogue."""

import numpy as np
from catalogue_settings import _array

import expectax as ex

_PAIR = _array(0.0, 0.0)
_WEIGHTS = (_array(0.25, 0.5, 0.25), _array(0.1, 0.2, 0.7), _array(0.6, 0.2, 0.2))
_UNIT = ex.MultivariateNormal(_array(0.0), scale_diag=_array(1.0))
_STANDARD = ex.Normal(0.0, 1.0)
_SKEWED = ex.Gamma(2.0, 1.0)

COMBINATORS = {
    "BatchBroadcast": [ex.BatchBroadcast(ex.Normal(0.0, s), ()) for s in (0.5, 1.0, 2.0)],
    "Blockwise": [ex.Blockwise([ex.Normal(0.0, s), ex.Exponential(1.0)]) for s in (0.5, 1.0, 2.0)],
    "Folded": [ex.Folded(ex.Normal(m, 1.0)) for m in (0.0, 1.0, 3.0)],
    "Hurdle": [ex.Hurdle(ex.Poisson(3.0), gate=g) for g in (0.05, 0.25, 0.75)],
    "IntervalCensored": [ex.IntervalCensored(ex.Normal(m, 1.0), -1.0, 1.0) for m in (-1.0, 0.0, 2.0)],
    "Joint": [
        ex.Joint({"mean": ex.Normal(0.0, s), "data": lambda v: ex.Normal(v["mean"], 1.0)}) for s in (0.5, 1.0, 2.0)
    ],
    "LeftCensored": [ex.LeftCensored(_STANDARD, low) for low in (-1.0, 0.0, 1.0)],
    "MarkovChain": [ex.MarkovChain(_STANDARD, lambda step, x, a=a: ex.Normal(a * x, 1.0), 3) for a in (0.0, 0.5, 1.0)],
    "Masked": [ex.Masked(ex.Normal(0.0, s), True) for s in (0.5, 1.0, 2.0)],
    "Quantized": [ex.Quantized(ex.Normal(0.0, s), low=-3.0, high=4.0) for s in (0.5, 1.0, 3.0)],
    "RightCensored": [ex.RightCensored(ex.Exponential(r), 1.5) for r in (0.5, 1.0, 2.0)],
    "Rounded": [ex.Rounded(ex.Normal(0.25, s)) for s in (0.5, 1.0, 3.0)],
    "Sample": [ex.Sample(ex.Gamma(c, 1.0), (2,)) for c in (0.75, 2.0, 8.0)],
    "Transformed": [ex.Transformed(ex.Normal(m, 0.5), ex.bijectors.Softplus()) for m in (-1.0, 0.0, 2.0)],
    "Truncated": [ex.Truncated(_SKEWED, low, high) for low, high in ((0.5, 2.0), (1.0, 4.0), (2.0, np.inf))],
    "ZeroInflated": [ex.ZeroInflated(ex.Poisson(3.0), gate=g) for g in (0.05, 0.25, 0.75)],
    "HiddenMarkovModel": [
        ex.HiddenMarkovModel(
            ex.Categorical(probs=_array(0.5, 0.5)),
            ex.Categorical(probs=_array([stay, 1 - stay], [1 - stay, stay])),
            ex.Normal(_array(-1.0, 1.0), 0.25),
            2,
        )
        for stay in (0.5, 0.75, 0.125)
    ],
    "Independent": [ex.Independent(ex.Normal(_PAIR, _array(a, b)), 1) for a, b in ((1, 1), (2, 0.5), (0.5, 1.5))],
    "LinearGaussianStateSpace": [
        ex.LinearGaussianStateSpace(_UNIT, _array([slope]), _UNIT, _array([1.0]), _UNIT, num_steps=2)
        for slope in (0.0, 1.0, -2.0)
    ],
    "Mixture": [
        ex.Mixture(ex.Categorical(probs=p), (ex.Normal(-3.0, 0.5), ex.Laplace(0.0, 1.0), ex.Logistic(2.0, 0.5)))
        for p in _WEIGHTS
    ],
    "MixtureSameFamily": [
        ex.MixtureSameFamily(ex.Categorical(probs=p), ex.Normal(_array(-3.0, 0.0, 2.0), _array(0.5, 1.0, 0.75)))
        for p in _WEIGHTS
    ],
}
