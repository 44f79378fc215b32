"""Cases of the property tests: laws on the positive half line."""

import numpy as np
from case import Case, array
from scipy import special, stats

import expectax as ex


class _Gompertz(type(stats.gompertz)):
    """SciPy's with moments of twelve digits: its own, by a general quadrature, have ten."""

    def _stats(self, c):
        nodes, weights = np.polynomial.legendre.leggauss(120)
        half = 0.5 * np.log1p(80 / c)
        t = half * (1 + nodes)
        mean = special.exp1(c) * np.exp(c)
        return mean, 2 * half * (weights * t * np.exp(-c * np.expm1(t))).sum() - mean**2, None, None


class _Levy(type(stats.levy)):
    """SciPy's with a variance that does not exist, as the mean is infinite, and the entropy in closed form."""

    def _stats(self):
        return np.inf, np.nan, None, None

    def _entropy(self):
        return 0.5 + 1.5 * np.euler_gamma + 0.5 * np.log(16 * np.pi)


levy = _Levy(a=0.0, name="levy")
gompertz = _Gompertz(a=0.0, name="gompertz")

CASES: list[Case] = [
    Case("Chi", lambda: ex.Chi(2.5), stats.chi(2.5)),
    Case("ChiPeaked", lambda: ex.Chi(0.5), stats.chi(0.5)),
    Case("Chi2", lambda: ex.Chi2(2.5), stats.chi2(2.5)),
    Case("ExpGamma", lambda: ex.ExpGamma(2.5, 0.5), stats.loggamma(2.5, loc=0.6931471805599453)),
    Case("ExpGammaPeaked", lambda: ex.ExpGamma(0.25), stats.loggamma(0.25)),
    Case("Frechet", lambda: ex.Frechet(4.5, 0.5, 2.0), stats.invweibull(4.5, 0.5, 2)),
    Case(
        "GeneralizedExtremeValue", lambda: ex.GeneralizedExtremeValue(0.5, 2.0, 0.125), stats.genextreme(-0.125, 0.5, 2)
    ),
    Case(
        "GeneralizedExtremeValueBounded",
        lambda: ex.GeneralizedExtremeValue(0.5, 2.0, -0.25),
        stats.genextreme(0.25, 0.5, 2),
    ),
    Case("GeneralizedPareto", lambda: ex.GeneralizedPareto(0.5, 2.0, 0.125), stats.genpareto(0.125, 0.5, 2)),
    Case("GeneralizedParetoBounded", lambda: ex.GeneralizedPareto(0.5, 2.0, -0.25), stats.genpareto(-0.25, 0.5, 2)),
    Case("Gompertz", lambda: ex.Gompertz(0.5, 2.0), gompertz(0.5, scale=0.5)),
    Case("InverseGaussian", lambda: ex.InverseGaussian(2.0, 3.0), stats.invgauss(2 / 3, scale=3)),
    Case("InverseGaussianPeaked", lambda: ex.InverseGaussian(2.0, 0.25)),
    Case("Levy", lambda: ex.Levy(0.5, 2.0), levy(0.5, 2)),
    Case("NoncentralChi2", lambda: ex.NoncentralChi2(2.5, 3.0), stats.ncx2(2.5, 3)),
    Case("Rayleigh", lambda: ex.Rayleigh(2.0), stats.rayleigh(scale=2)),
]

BATCHED: list[Case] = [
    Case("Chi", lambda: ex.Chi(array(0.5, 20.0))),
    Case("Chi2", lambda: ex.Chi2(array(0.5, 20.0))),
    Case("ExpGamma", lambda: ex.ExpGamma(array([0.5], [20.0]), array(0.5, 1.0, 2.0))),
    Case("Frechet", lambda: ex.Frechet(array(2.5, 6.0), array([0.5], [-1.0]), 2.0)),
    Case(
        "GeneralizedExtremeValue",
        lambda: ex.GeneralizedExtremeValue(array([0.5], [-1.0]), 2.0, array(-0.25, 0.0, 0.25)),
    ),
    Case("GeneralizedPareto", lambda: ex.GeneralizedPareto(array([0.5], [-1.0]), 2.0, array(-0.25, 0.0, 0.25))),
    Case("Gompertz", lambda: ex.Gompertz(array([0.125], [2.0]), array(0.5, 1.0))),
    Case("InverseGaussian", lambda: ex.InverseGaussian(array([0.5], [2.0]), array(0.5, 3.0))),
    Case("Levy", lambda: ex.Levy(array(0.5, -1.0), 2.0)),
    Case("NoncentralChi2", lambda: ex.NoncentralChi2(array([0.5], [20.0]), array(0.0, 2.0, 30.0))),
    Case("Rayleigh", lambda: ex.Rayleigh(array(0.5, 2.0))),
]
