"""Cases of the property tests: laws on the real line and on parts of it that their location begins."""

import numpy as np
from case import Case, array
from scipy import stats

import expectax as ex


class _HalfCauchy(type(stats.halfcauchy)):
    """SciPy's, but with no variance around an infinite mean."""

    def _stats(self):
        return np.inf, np.nan, None, None


half_cauchy = _HalfCauchy(a=0.0, name="halfcauchy")

CASES = [
    Case("LogitNormal", lambda: ex.LogitNormal(0.25, 0.5)),
    Case(
        "AsymmetricLaplace",
        lambda: ex.AsymmetricLaplace(0.5, 2.0, 0.75),
        stats.laplace_asymmetric(0.75, 0.5, 2),
    ),
    Case("AsymmetricLaplaceQuantile", lambda: ex.AsymmetricLaplaceQuantile(0.5, 2.0, 0.75)),
    Case("Moyal", lambda: ex.Moyal(0.5, 2.0), stats.moyal(0.5, 2)),
    Case("JohnsonSU", lambda: ex.JohnsonSU(-0.5, 2.0, 0.5, 2.0), stats.johnsonsu(-0.5, 2, 0.5, 2)),
    Case("SinhArcsinh", lambda: ex.SinhArcsinh(0.5, 2.0, 0.25, 1.25)),
    Case("LogLogistic", lambda: ex.LogLogistic(0.5, 0.25), stats.fisk(4, scale=np.exp(0.5))),
    Case("HalfCauchy", lambda: ex.HalfCauchy(0.5, 2.0), half_cauchy(0.5, 2)),
    Case("TruncatedCauchy", lambda: ex.TruncatedCauchy(0.5, 2.0, -1.0, 6.0)),
    Case("SkewNormal", lambda: ex.SkewNormal(0.5, 2.0, 0.75), stats.skewnorm(0.75, 0.5, 2)),
    Case(
        "ExponentiallyModifiedGaussian",
        lambda: ex.ExponentiallyModifiedGaussian(0.5, 2.0, 0.75),
        stats.exponnorm(1 / 1.5, 0.5, 2),
    ),
    # SciPy's distribution function of it errs by 1e-11
    Case("NormalInverseGaussian", lambda: ex.NormalInverseGaussian(0.5, 2.0, 1.5, 0.5)),
    Case("Horseshoe", lambda: ex.Horseshoe(2.0)),
    Case("HalfStudentT", lambda: ex.HalfStudentT(4.5, 0.5, 2.0)),
]

BATCHED = [
    Case("LogitNormal", lambda: ex.LogitNormal(array(0.25, -0.5), 0.5)),
    Case("AsymmetricLaplace", lambda: ex.AsymmetricLaplace(array(0.5, -0.5), 2.0, array([0.5], [3.0]))),
    Case("AsymmetricLaplaceQuantile", lambda: ex.AsymmetricLaplaceQuantile(0.5, array(0.5, 2.0), 0.25)),
    Case("Moyal", lambda: ex.Moyal(array(0.5, -0.5), 2.0)),
    Case("JohnsonSU", lambda: ex.JohnsonSU(array(0.5, -0.5), array([1.5], [3.0]), 0.0, 2.0)),
    Case("SinhArcsinh", lambda: ex.SinhArcsinh(0.0, 2.0, array(0.5, -0.5), array([0.5], [1.5]))),
    Case("LogLogistic", lambda: ex.LogLogistic(array(0.5, -0.5), 0.25)),
    Case("HalfCauchy", lambda: ex.HalfCauchy(array(0.5, -0.5), 2.0)),
    Case("TruncatedCauchy", lambda: ex.TruncatedCauchy(array(0.0, 1.0), 2.0, array([-1.0], [0.5]), 4.0)),
    Case("SkewNormal", lambda: ex.SkewNormal(array(0.5, -0.5), 2.0, array([-1.0], [3.0]))),
    Case("ExponentiallyModifiedGaussian", lambda: ex.ExponentiallyModifiedGaussian(array(0.5, -0.5), 2.0, 0.25)),
    Case("NormalInverseGaussian", lambda: ex.NormalInverseGaussian(0.0, array(0.5, 2.0), 1.5, array([-0.5], [1.0]))),
    Case("Horseshoe", lambda: ex.Horseshoe(array(0.5, 2.0))),
    Case("HalfStudentT", lambda: ex.HalfStudentT(array(2.5, 30.0), array([0.0], [1.0]))),
]
