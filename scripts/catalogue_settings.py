"""Three settings of every family that is not made of others, for the pictures of the catalogue."""

from collections.abc import Callable

import numpy as np

import expectax as ex


def _array(*values):
    return np.array(values, np.float32)


def _each(make: Callable, *settings: tuple) -> list:
    return [make(*values) for values in settings]


def _by(make: Callable, name: str, *values) -> list:
    return [make(**{name: value}) for value in values]


_PAIR = _array(0.0, 0.0)
_ROUND, _TILTED, _LONG = _array([1, 0], [0, 1]), _array([1, 0], [0.8, 0.6]), _array([2, 0], [-1, 0.5])
_FACTORS = (_ROUND, _TILTED, _LONG)
_WEIGHTS = (_array(0.25, 0.5, 0.25), _array(0.1, 0.2, 0.7), _array(0.6, 0.2, 0.2))
_NORTH, _EAST = _array(0.0, 1.0), _array(1.0, 0.0)
_RING = _array([0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0])

SETTINGS = {
    "AffineBeta": _each(ex.AffineBeta, (2.0, 2.0, -1.0, 2.0), (0.75, 0.75, 0.0, 3.0), (5.0, 2.0, 1.0, 4.0)),
    "AsymmetricLaplace": _each(ex.AsymmetricLaplace, (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, 0.5)),
    "AsymmetricLaplaceQuantile": _each(ex.AsymmetricLaplaceQuantile, (0.0, 1.0, 0.5), (0.0, 1.0, 0.9), (0.0, 1.0, 0.2)),
    "Bates": _each(ex.Bates, (1, 0.0, 1.0), (2, 0.0, 1.0), (8, 0.0, 1.0)),
    "Bernoulli": _by(ex.Bernoulli, "probs", 0.25, 0.5, 0.9),
    "Beta": _each(ex.Beta, (0.5, 0.5), (2.0, 5.0), (8.0, 4.0)),
    "BetaBinomial": _each(ex.BetaBinomial, (12.0, 0.5, 0.5), (12.0, 2.0, 5.0), (12.0, 20.0, 10.0)),
    "Binomial": [ex.Binomial(12.0, probs=p) for p in (0.1, 0.5, 0.8)],
    "CAR": [ex.CAR(np.zeros(4, np.float32), c, 1.0, _RING) for c in (0.0, 0.5, 0.95)],
    "Categorical": _by(ex.Categorical, "probs", *_WEIGHTS),
    "Cauchy": _each(ex.Cauchy, (0.0, 0.5), (0.0, 1.0), (2.0, 1.0)),
    "Chi": _each(ex.Chi, (1.0,), (2.0,), (5.0,)),
    "Chi2": _each(ex.Chi2, (1.5,), (3.0,), (6.0,)),
    "ContinuousBernoulli": _by(ex.ContinuousBernoulli, "probs", 0.2, 0.5, 0.95),
    "Delta": _each(ex.Delta, (-1.0,), (0.0,), (2.0,)),
    "Deterministic": _each(ex.Deterministic, (-1.0,), (0.0,), (2.0,)),
    "Dirichlet": _each(ex.Dirichlet, (_array(1, 1, 1),), (_array(8, 4, 2),), (_array(0.5, 0.5, 0.5),)),
    "DirichletMultinomial": [
        ex.DirichletMultinomial(20.0, _array(*a)) for a in ((1, 1, 1), (8, 4, 2), (0.5, 0.5, 0.5))
    ],
    "DiscreteUniform": _each(ex.DiscreteUniform, (0, 3), (2, 7), (-4, 5)),
    "Empirical": _each(ex.Empirical, (_array(0, 1, 1, 3),), (_array(-2, 0.5),), (_array(1, 2, 3, 4, 5),)),
    "ExpGamma": _each(ex.ExpGamma, (0.5, 1.0), (2.0, 1.0), (8.0, 2.0)),
    "ExpRelaxedOneHotCategorical": [ex.ExpRelaxedOneHotCategorical(t, probs=_WEIGHTS[0]) for t in (0.25, 0.75, 2.0)],
    "Exponential": _each(ex.Exponential, (0.5,), (1.0,), (2.0,)),
    "ExponentiallyModifiedGaussian": _each(ex.ExponentiallyModifiedGaussian, (0, 1, 2), (0, 1, 0.5), (0, 0.5, 1)),
    "FiniteDiscrete": [ex.FiniteDiscrete((0.5, 1.0, 4.0), probs=p) for p in _WEIGHTS],
    "Frechet": _each(ex.Frechet, (1.0,), (2.0,), (5.0,)),
    "Gamma": _each(ex.Gamma, (0.75, 1.0), (2.0, 1.0), (8.0, 2.0)),
    "GaussianCopula": [ex.GaussianCopula(ex.Gamma(_array(2.0, 3.0), 1.0), correlation_cholesky=_TILTED)]
    + [ex.GaussianCopula(ex.Beta(_array(a, a), 2.0), correlation_cholesky=_TILTED) for a in (0.5, 4.0)],
    "GaussianProcess": [ex.GaussianProcess(_PAIR, f @ f.T) for f in _FACTORS],
    "GaussianRandomWalk": _each(ex.GaussianRandomWalk, (0.5, 2), (1.0, 2), (2.0, 2)),
    "GeneralizedExtremeValue": _each(ex.GeneralizedExtremeValue, (0, 1, -0.5), (0, 1, 0), (0, 1, 0.5)),
    "GeneralizedNormal": _each(ex.GeneralizedNormal, (0.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.0, 1.0, 8.0)),
    "GeneralizedPareto": _each(ex.GeneralizedPareto, (0, 1, -0.5), (0, 1, 0), (0, 1, 0.5)),
    "Geometric": _by(ex.Geometric, "probs", 0.2, 0.5, 0.8),
    "Gompertz": _each(ex.Gompertz, (0.25, 1.0), (1.0, 1.0), (3.0, 1.0)),
    "Gumbel": _each(ex.Gumbel, (0.0, 0.5), (0.0, 1.0), (2.0, 2.0)),
    "HalfCauchy": _each(ex.HalfCauchy, (0.0, 0.5), (0.0, 1.0), (0.0, 2.0)),
    "HalfNormal": _each(ex.HalfNormal, (0.5,), (1.0,), (2.0,)),
    "HalfStudentT": _each(ex.HalfStudentT, (1.0,), (3.0,), (30.0,)),
    "Horseshoe": _each(ex.Horseshoe, (0.5,), (1.0,), (2.0,)),
    "InverseGamma": _each(ex.InverseGamma, (1.0, 1.0), (3.0, 1.0), (3.0, 3.0)),
    "InverseGaussian": _each(ex.InverseGaussian, (1.0, 0.25), (1.0, 1.0), (1.0, 8.0)),
    "InverseWishart": [ex.InverseWishart(df, scale_tril=_TILTED) for df in (3.0, 6.0, 20.0)],
    "JohnsonSU": _each(ex.JohnsonSU, (0.0, 1.0, 0.0, 1.0), (-1.0, 1.5, 0.0, 1.0), (2.0, 2.0, 0.0, 1.0)),
    "Kumaraswamy": _each(ex.Kumaraswamy, (0.5, 0.5), (2.0, 5.0), (5.0, 2.0)),
    "LKJ": _each(ex.LKJ, (3, 0.75), (3, 1.0), (3, 8.0)),
    "LKJCholesky": _each(ex.LKJCholesky, (3, 0.75), (3, 1.0), (3, 8.0)),
    "Laplace": _each(ex.Laplace, (0.0, 0.5), (0.0, 1.0), (2.0, 2.0)),
    "Levy": _each(ex.Levy, (0.0, 0.5), (0.0, 1.0), (0.0, 2.0)),
    "LogLogistic": _each(ex.LogLogistic, (0.0, 0.25), (0.0, 0.5), (0.5, 0.75)),
    "LogNormal": _each(ex.LogNormal, (0.0, 0.25), (0.0, 0.5), (0.5, 1.0)),
    "LogUniform": _each(ex.LogUniform, (0.5, 2.0), (1.0, 4.0), (0.25, 5.0)),
    "Logistic": _each(ex.Logistic, (0.0, 0.5), (0.0, 1.0), (2.0, 2.0)),
    "LogitNormal": _each(ex.LogitNormal, (0.0, 0.5), (0.0, 2.0), (1.0, 1.0)),
    "LowRankMultivariateNormal": [
        ex.LowRankMultivariateNormal(_PAIR, _array([a], [b]), _array(0.25, 0.25)) for a, b in ((1, 1), (1, -1), (0, 2))
    ],
    "MatrixNormal": [ex.MatrixNormal(np.zeros((2, 2), np.float32), f, _ROUND) for f in _FACTORS],
    "Moyal": _each(ex.Moyal, (0.0, 0.5), (0.0, 1.0), (2.0, 1.0)),
    "Multinomial": [ex.Multinomial(20.0, probs=p) for p in _WEIGHTS],
    "MultivariateLaplace": [ex.MultivariateLaplace(_PAIR, f) for f in _FACTORS],
    "MultivariateNormal": [ex.MultivariateNormal(_PAIR, scale_tril=f) for f in _FACTORS],
    "MultivariateStudentT": [ex.MultivariateStudentT(4.0, _PAIR, f) for f in _FACTORS],
    "NegativeBinomial": [ex.NegativeBinomial(n, probs=p) for n, p in ((1.0, 0.5), (5.0, 0.5), (20.0, 0.25))],
    "NoncentralChi2": _each(ex.NoncentralChi2, (2.0, 1.0), (4.0, 4.0), (2.0, 10.0)),
    "Normal": _each(ex.Normal, (0.0, 0.5), (0.0, 1.0), (2.0, 2.0)),
    "NormalInverseGaussian": _each(ex.NormalInverseGaussian, (0, 1, 1, 0), (0, 1, 2, 1), (0, 1, 3, -2.5)),
    "OneHotCategorical": _by(ex.OneHotCategorical, "probs", *_WEIGHTS),
    "OrderedLogistic": [ex.OrderedLogistic(_array(-1.0, 0.0, 2.0), loc) for loc in (-2.0, 0.0, 3.0)],
    "OrderedProbit": [ex.OrderedProbit(_array(-1.0, 0.0, 2.0), loc) for loc in (-1.0, 0.0, 2.0)],
    "PERT": _each(ex.PERT, (0.0, 1.0, 4.0), (0.0, 2.0, 4.0), (0.0, 3.5, 4.0)),
    "Pareto": _each(ex.Pareto, (1.0, 1.0), (3.0, 1.0), (3.0, 2.0)),
    "PlackettLuce": _each(ex.PlackettLuce, (_array(1, 1, 1),), (_array(8, 2, 1),), (_array(1, 4, 16),)),
    "Poisson": _each(ex.Poisson, (0.75,), (4.0,), (10.0,)),
    "PoissonLogNormalQuadrature": _each(ex.PoissonLogNormalQuadrature, (0.0, 0.5), (1.0, 0.5), (1.0, 1.5)),
    "PowerSpherical": _each(ex.PowerSpherical, (_NORTH, 1.0), (_NORTH, 10.0), (_EAST, 50.0)),
    "ProjectedNormal": _each(ex.ProjectedNormal, (0 * _NORTH,), (_NORTH,), (4 * _EAST,)),
    "Rayleigh": _each(ex.Rayleigh, (0.5,), (1.0,), (2.0,)),
    "RelaxedBernoulli": [ex.RelaxedBernoulli(t, probs=0.5) for t in (0.25, 0.75, 2.0)],
    "RelaxedOneHotCategorical": [ex.RelaxedOneHotCategorical(t, probs=_WEIGHTS[0]) for t in (0.25, 0.75, 2.0)],
    "SinhArcsinh": _each(ex.SinhArcsinh, (0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 0.5, 1.0), (0.0, 1.0, 0.0, 2.0)),
    "Skellam": _each(ex.Skellam, (1.0, 1.0), (4.0, 1.0), (2.0, 8.0)),
    "SkewNormal": _each(ex.SkewNormal, (0.0, 1.0, 0.0), (0.0, 1.0, 4.0), (0.0, 1.0, -10.0)),
    "SphericalUniform": _each(ex.SphericalUniform, (2,), (3,), (8,)),
    "StudentT": _each(ex.StudentT, (1.0,), (3.0,), (30.0,)),
    "TanhNormal": _each(ex.TanhNormal, (0.0, 0.5), (0.0, 2.0), (1.0, 1.0)),
    "Triangular": _each(ex.Triangular, (0.0, 1.0, 0.5), (0.0, 1.0, 0.0), (-1.0, 2.0, 1.5)),
    "TruncatedCauchy": _each(ex.TruncatedCauchy, (0, 1, -2, 2), (0, 1, 0, 5), (2, 0.5, 0, 3)),
    "TruncatedNormal": _each(ex.TruncatedNormal, (0, 1, -1, 1), (0, 1, 0, 3), (3, 1, 0, 2)),
    "Uniform": _each(ex.Uniform, (0.0, 1.0), (-1.0, 1.0), (0.5, 3.0)),
    "VonMises": _each(ex.VonMises, (0.0, 0.5), (0.0, 2.0), (1.0, 10.0)),
    "VonMisesFisher": _each(ex.VonMisesFisher, (_NORTH, 1.0), (_NORTH, 10.0), (_EAST, 50.0)),
    "Weibull": _each(ex.Weibull, (0.75, 1.0), (1.5, 1.0), (5.0, 1.0)),
    "Wishart": [ex.Wishart(df, scale_tril=_TILTED) for df in (3.0, 6.0, 20.0)],
    "ZeroSumNormal": _each(ex.ZeroSumNormal, (0.5, (3,)), (1.0, (3,)), (2.0, (3,))),
    "Zipf": _each(ex.Zipf, (1.5,), (2.0,), (4.0,)),
}
