"""Cases of the property tests: laws on an interval."""

from case import Case, array
from scipy import stats

import expectax as ex

CASES: list[Case] = [
    Case("AffineBeta", lambda: ex.AffineBeta(2.5, 1.25, -1.0, 4.0), stats.beta(2.5, 1.25, -1, 4)),
    Case("Bates", lambda: ex.Bates(3, -1.0, 2.0)),
    Case("BatesMany", lambda: ex.Bates(60, -1.0, 2.0)),
    Case("ContinuousBernoulli", lambda: ex.ContinuousBernoulli(probs=0.75)),
    Case("ContinuousBernoulliLogits", lambda: ex.ContinuousBernoulli(logits=-3.0), stats.truncexpon(3, scale=1 / 3)),
    Case("LogUniform", lambda: ex.LogUniform(0.5, 20.0), stats.loguniform(0.5, 20)),
    Case("PERT", lambda: ex.PERT(-1.0, 0.0, 4.0), stats.beta(1.8, 4.2, -1, 5)),
    Case("Triangular", lambda: ex.Triangular(-1.0, 4.0, 0.25), stats.triang(0.25, -1, 5)),
]

BATCHED: list[Case] = [
    Case("AffineBeta", lambda: ex.AffineBeta(array([0.75], [2.0]), array(1.0, 2.0, 20.0), -1.0, 2.0)),
    Case("Bates", lambda: ex.Bates(4, array(-1.0, 0.0), array([1.0], [2.0]))),
    Case("ContinuousBernoulli", lambda: ex.ContinuousBernoulli(logits=array(-2.0, 0.0, 0.5))),
    Case("LogUniform", lambda: ex.LogUniform(array(0.5, 1.0), array([2.0], [50.0]))),
    Case("PERT", lambda: ex.PERT(array(-1.0, 0.0), 0.5, array([1.0], [2.0]))),
    Case("Triangular", lambda: ex.Triangular(array(-1.0, 0.0), array([1.0], [2.0]), 0.5)),
]
