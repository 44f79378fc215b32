"""Cases of the property tests: laws on the positive half line."""

from case import Case, array
from scipy import stats

import expectax as ex

CASES: list[Case] = [
    Case("Chi", lambda: ex.Chi(2.5), stats.chi(2.5)),
    Case("ChiPeaked", lambda: ex.Chi(0.5), stats.chi(0.5)),
    Case("Chi2", lambda: ex.Chi2(2.5), stats.chi2(2.5)),
    Case("ExpGamma", lambda: ex.ExpGamma(2.5, 0.5), stats.loggamma(2.5, loc=0.6931471805599453)),
    Case("ExpGammaPeaked", lambda: ex.ExpGamma(0.25), stats.loggamma(0.25)),
]

BATCHED: list[Case] = [
    Case("Chi", lambda: ex.Chi(array(0.5, 20.0))),
    Case("Chi2", lambda: ex.Chi2(array(0.5, 20.0))),
    Case("ExpGamma", lambda: ex.ExpGamma(array([0.5], [20.0]), array(0.5, 1.0, 2.0))),
]
