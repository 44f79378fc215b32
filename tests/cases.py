"""One list of distributions for all property tests: typical parameters, and the same families in batches."""

import cases_bounded
import cases_combinators
import cases_counts
import cases_positive
import cases_real
import cases_sequences
import cases_vectors
import numpy as np
from case import Case, array
from scipy import special, stats

import expectax as ex


class _Circular(stats.rv_continuous):
    """The von Mises law by Gauss-Legendre quadrature: SciPy's own is that of the normal from κ = 50 on."""

    def _pdf(self, x, k):
        return np.exp(-2 * k * np.sin(x / 2) ** 2) / (2 * np.pi * special.i0e(k))

    def _integral(self, fn, end, k):
        nodes, weights = np.polynomial.legendre.leggauss(12)
        width = (end + np.pi + 1.2246467991473532e-16)[..., None] / 24
        total = 0.0
        for panel in range(24):
            t = width * (panel + 0.5 + 0.5 * nodes) - np.pi
            total = total + 0.5 * (width * fn(t) * self._pdf(t, np.expand_dims(k, -1)) * weights).sum(-1)
        return total

    def _cdf(self, x, k):
        return self._integral(np.ones_like, x, k)

    def _stats(self, k):
        return 0.0, self._integral(np.square, np.pi + 0 * k, k), None, None


circular = _Circular(a=-np.pi, b=np.pi, name="circular", shapes="k", xtol=1e-15)
TRIL = array([2.0, 0.0], [1.0, 1.5])
FACTOR = array([1.0], [2.0], [-1.0])
COVARIANCE = TRIL @ TRIL.T
PLACES = array([-1.0, 0.5], [0.0, 1.0], [2.0, -1.0])

WEIGHTS = ex.Categorical(probs=array(0.25, 0.625, 0.125))
LOGITS = ex.Categorical(logits=array(0.5, -1.0, 2.0))

CASES = [
    Case("Bernoulli", lambda: ex.Bernoulli(probs=0.25), stats.bernoulli(0.25)),
    Case("BernoulliLogits", lambda: ex.Bernoulli(logits=-0.5), stats.bernoulli(1 / (1 + np.exp(0.5)))),
    Case("Beta", lambda: ex.Beta(2.5, 1.25), stats.beta(2.5, 1.25)),
    Case("BetaWide", lambda: ex.Beta(20.0, 45.0), stats.beta(20, 45)),
    Case("BetaBinomial", lambda: ex.BetaBinomial(12.0, 2.5, 1.25), stats.betabinom(12, 2.5, 1.25)),
    Case("BetaBinomialPeaked", lambda: ex.BetaBinomial(20.0, 0.5, 0.25), stats.betabinom(20, 0.5, 0.25)),
    Case("BinomialLogits", lambda: ex.Binomial(12.0, logits=-0.5), stats.binom(12, 1 / (1 + np.exp(0.5)))),
    Case("BinomialWide", lambda: ex.Binomial(90.0, probs=0.25), stats.binom(90, 0.25)),
    Case("Categorical", lambda: ex.Categorical(probs=array(0.25, 0.5, 0.125, 0.125))),
    Case("CategoricalLogits", lambda: ex.Categorical(logits=array(0.5, -1.0, 2.0))),
    Case("Dirichlet", lambda: ex.Dirichlet(array(2.5, 1.0, 4.0)), stats.dirichlet([2.5, 1.0, 4.0])),
    Case("Exponential", lambda: ex.Exponential(2.5), stats.expon(scale=0.4)),
    Case("Gamma", lambda: ex.Gamma(2.5, 0.5), stats.gamma(2.5, scale=2)),
    Case("GammaPeaked", lambda: ex.Gamma(0.5, 2.0), stats.gamma(0.5, scale=0.5)),
    Case("GammaWide", lambda: ex.Gamma(40.0, 0.25), stats.gamma(40, scale=4)),
    Case("Geometric", lambda: ex.Geometric(probs=0.25), stats.geom(0.25, loc=-1)),
    Case("GeometricLogits", lambda: ex.Geometric(logits=0.5), stats.geom(1 / (1 + np.exp(-0.5)), loc=-1)),
    Case("Independent", lambda: ex.Independent(ex.Normal(array(0.0, 1.0, -1.0), 0.5), 1)),
    Case("IndependentBernoulli", lambda: ex.Independent(ex.Bernoulli(probs=array(0.25, 0.5)), 1)),
    Case("Laplace", lambda: ex.Laplace(0.5, 2.0), stats.laplace(0.5, 2)),
    Case("LKJ", lambda: ex.LKJ(3, 2.5)),
    Case("LKJCholesky", lambda: ex.LKJCholesky(4, 1.5)),
    Case("LogNormal", lambda: ex.LogNormal(0.25, 0.5), stats.lognorm(0.5, scale=np.exp(0.25))),
    Case(
        "LowRankMultivariateNormal",
        lambda: ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), FACTOR, array(0.5, 1.0, 2.0)),
        stats.multivariate_normal([1.0, 0.0, -2.0], FACTOR @ FACTOR.T + np.diag([0.5, 1.0, 2.0])),
    ),
    Case("Mixture", lambda: ex.MixtureSameFamily(WEIGHTS, ex.Normal(array(-1.0, 0.0, 3.0), array(0.5, 2.0, 1.0)))),
    Case("MixtureWeibull", lambda: ex.MixtureSameFamily(LOGITS, ex.Weibull(array(0.75, 2.0, 9.0), 1.5))),
    Case(
        "MixtureUniform", lambda: ex.MixtureSameFamily(WEIGHTS, ex.Uniform(array(-1.0, 0.0, 1.0), array(1.0, 4.0, 2.0)))
    ),
    Case("MixturePoisson", lambda: ex.MixtureSameFamily(LOGITS, ex.Poisson(array(0.5, 9.0, 30.0)))),
    Case("MixtureBernoulli", lambda: ex.MixtureSameFamily(WEIGHTS, ex.Bernoulli(probs=array(0.25, 0.5, 0.75)))),
    Case("MixtureVector", lambda: ex.MixtureSameFamily(WEIGHTS, ex.Independent(ex.Normal(PLACES, array(0.5, 1.0)), 1))),
    Case(
        "MixtureMultivariateNormal",
        lambda: ex.MixtureSameFamily(LOGITS, ex.MultivariateNormal(PLACES, scale_tril=TRIL)),
    ),
    Case("Multinomial", lambda: ex.Multinomial(9.0, probs=array(0.25, 0.5, 0.25))),
    Case("MultinomialLogits", lambda: ex.Multinomial(40.0, logits=array(0.5, -1.0, 2.0))),
    Case(
        "MultivariateNormal",
        lambda: ex.MultivariateNormal(array(1.0, -1.0), scale_tril=TRIL),
        stats.multivariate_normal([1.0, -1.0], COVARIANCE),
    ),
    Case(
        "MultivariateNormalCovariance",
        lambda: ex.MultivariateNormal(array(1.0, -1.0), covariance=COVARIANCE),
        stats.multivariate_normal([1.0, -1.0], COVARIANCE),
    ),
    Case(
        "MultivariateNormalPrecision",
        lambda: ex.MultivariateNormal(array(1.0, -1.0), precision=COVARIANCE),
        stats.multivariate_normal([1.0, -1.0], np.linalg.inv(COVARIANCE.astype(np.float64))),
    ),
    Case("NegativeBinomial", lambda: ex.NegativeBinomial(2.5, probs=0.25), stats.nbinom(2.5, 0.75)),
    Case(
        "NegativeBinomialLogits",
        lambda: ex.NegativeBinomial(20.0, logits=0.5),
        stats.nbinom(20, 1 / (1 + np.exp(0.5))),
    ),
    Case("Normal", lambda: ex.Normal(1.0, 2.0), stats.norm(1, 2)),
    Case("OneHotCategorical", lambda: ex.OneHotCategorical(probs=array(0.25, 0.5, 0.25))),
    Case("OneHotCategoricalLogits", lambda: ex.OneHotCategorical(logits=array(0.5, -1.0, 2.0))),
    Case("Poisson", lambda: ex.Poisson(3.5), stats.poisson(3.5)),
    Case("PoissonWide", lambda: ex.Poisson(250.0), stats.poisson(250)),
    Case("Skellam", lambda: ex.Skellam(3.5, 2.0), stats.skellam(3.5, 2)),
    Case("SkellamWide", lambda: ex.Skellam(40.0, 90.0), stats.skellam(40, 90)),
    Case("StudentT", lambda: ex.StudentT(5.0, 1.0, 2.0), stats.t(5, 1, 2)),
    Case("StudentTWide", lambda: ex.StudentT(40.0), stats.t(40)),
    Case("Uniform", lambda: ex.Uniform(-1.0, 3.0), stats.uniform(-1, 4)),
    Case("VonMises", lambda: ex.VonMises(0.5, 2.5), circular(2.5, loc=0.5)),
    Case("VonMisesPeaked", lambda: ex.VonMises(-2.0, 50.0), circular(50, loc=-2)),
    Case("Cauchy", lambda: ex.Cauchy(0.5, 2.0), stats.cauchy(0.5, 2)),
    Case("GeneralizedNormal", lambda: ex.GeneralizedNormal(0.5, 2.0, 3.0), stats.gennorm(3, 0.5, 2)),
    Case("Gumbel", lambda: ex.Gumbel(0.5, 2.0), stats.gumbel_r(0.5, 2)),
    Case("HalfNormal", lambda: ex.HalfNormal(2.0), stats.chi(1, scale=2)),
    Case("InverseGamma", lambda: ex.InverseGamma(3.5, 2.0), stats.invgamma(3.5, scale=2)),
    Case("Kumaraswamy", lambda: ex.Kumaraswamy(2.0, 3.5)),
    Case("Logistic", lambda: ex.Logistic(0.5, 2.0), stats.logistic(0.5, 2)),
    Case("Pareto", lambda: ex.Pareto(4.5, 2.0), stats.pareto(4.5, scale=2)),
    Case("TanhNormal", lambda: ex.TanhNormal(0.25, 0.5)),
    Case("TruncatedNormal", lambda: ex.TruncatedNormal(1.0, 2.0, -1.0, 4.0)),
    Case("TruncatedNormalTail", lambda: ex.TruncatedNormal(0.0, 1.0, 3.0, 8.0)),
    Case("Weibull", lambda: ex.Weibull(1.5, 2.0), stats.weibull_min(1.5, scale=2)),
    Case("Wishart", lambda: ex.Wishart(5.5, scale_tril=TRIL)),
    Case("WishartScale", lambda: ex.Wishart(7.0, scale=COVARIANCE)),
]

BATCHED = [
    Case("Bernoulli", lambda: ex.Bernoulli(probs=array(0.25, 0.5, 0.75))),
    Case("Beta", lambda: ex.Beta(array([0.5], [2.0]), array(1.0, 2.0, 20.0))),
    Case("BetaBinomial", lambda: ex.BetaBinomial(array([4.0], [30.0]), array(0.5, 2.0, 20.0), 1.5)),
    Case("Binomial", lambda: ex.Binomial(array([4.0], [60.0]), logits=array(-1.0, 0.0, 2.0))),
    Case("Categorical", lambda: ex.Categorical(logits=array([0.5, -1.0, 2.0], [0.0, 0.0, 0.0]))),
    Case("Dirichlet", lambda: ex.Dirichlet(array([2.5, 1.0, 4.0], [0.5, 0.5, 0.5]))),
    Case("Exponential", lambda: ex.Exponential(array(0.5, 2.0))),
    Case("Gamma", lambda: ex.Gamma(array([0.5], [20.0]), array(0.5, 1.0, 2.0))),
    Case("Geometric", lambda: ex.Geometric(logits=array(-1.0, 0.5))),
    Case("Independent", lambda: ex.Independent(ex.Gamma(array([0.5, 1.0, 2.0], [3.0, 4.0, 5.0]), 0.5), 1)),
    Case("IndependentMatrix", lambda: ex.Independent(ex.MultivariateNormal(np.zeros((2, 3, 2)), scale_tril=TRIL), 1)),
    Case("Laplace", lambda: ex.Laplace(array(0.5, -0.5), 2.0)),
    Case("LKJ", lambda: ex.LKJ(3, array([1.0], [4.0]))),
    Case("LKJCholesky", lambda: ex.LKJCholesky(3, array(0.75, 4.0))),
    Case("LogNormal", lambda: ex.LogNormal(0.25, array(0.5, 1.0))),
    Case(
        "LowRankMultivariateNormal",
        lambda: ex.LowRankMultivariateNormal(
            np.zeros((2, 1, 3)), np.stack([FACTOR, -2 * FACTOR]), array(0.5, 1.0, 2.0)
        ),
    ),
    Case(
        "Mixture", lambda: ex.MixtureSameFamily(LOGITS, ex.Normal(np.zeros((2, 3), np.float32), array(1.0, 2.0, 3.0)))
    ),
    Case(
        "MixtureMultivariateNormal",
        lambda: ex.MixtureSameFamily(
            ex.Categorical(probs=array([0.5, 0.25, 0.25], [0.25, 0.75, 0.0])),
            ex.MultivariateNormal(PLACES, scale_tril=TRIL),
        ),
    ),
    Case("Multinomial", lambda: ex.Multinomial(array([4.0], [60.0]), logits=array([0.5, -1.0, 2.0], [0.0, 0.0, -9.0]))),
    Case("MultivariateNormal", lambda: ex.MultivariateNormal(np.zeros((3, 2)), scale_tril=TRIL)),
    Case("NegativeBinomial", lambda: ex.NegativeBinomial(array([0.5], [20.0]), logits=array(-1.0, 0.0, 2.0))),
    Case("Normal", lambda: ex.Normal(array([0.0], [1.0]), array(1.0, 2.0, 3.0))),
    Case("OneHotCategorical", lambda: ex.OneHotCategorical(logits=array([0.5, -1.0, 2.0], [0.0, 0.0, 0.0]))),
    Case("Poisson", lambda: ex.Poisson(array(0.5, 9.0, 12.0, 400.0))),
    Case("Skellam", lambda: ex.Skellam(array([0.5], [20.0]), array(1.0, 9.0, 30.0))),
    Case("StudentT", lambda: ex.StudentT(array(2.5, 30.0), array([0.0], [1.0]))),
    Case("Uniform", lambda: ex.Uniform(array(-1.0, 0.0), array([1.0], [2.0]))),
    Case("VonMises", lambda: ex.VonMises(array([0.5], [-1.0]), array(0.5, 2.0, 100.0))),
    Case("Cauchy", lambda: ex.Cauchy(array(0.5, -0.5), 2.0)),
    Case("GeneralizedNormal", lambda: ex.GeneralizedNormal(0.5, 2.0, array(1.5, 3.0))),
    Case("Gumbel", lambda: ex.Gumbel(array(0.5, -0.5), 2.0)),
    Case("HalfNormal", lambda: ex.HalfNormal(array(0.5, 2.0))),
    Case("InverseGamma", lambda: ex.InverseGamma(array([2.5], [20.0]), array(0.5, 1.0, 2.0))),
    Case("Kumaraswamy", lambda: ex.Kumaraswamy(array(0.5, 2.0), 3.5)),
    Case("Logistic", lambda: ex.Logistic(array(0.5, -0.5), 2.0)),
    Case("Pareto", lambda: ex.Pareto(array(3.5, 6.0), array([0.5], [2.0]))),
    Case("TanhNormal", lambda: ex.TanhNormal(array(0.25, -0.5), 0.5)),
    Case("TruncatedNormal", lambda: ex.TruncatedNormal(array(0.0, 1.0), 2.0, array([-1.0], [0.5]), 4.0)),
    Case("Weibull", lambda: ex.Weibull(array(1.5, 0.5), 2.0)),
    Case("Wishart", lambda: ex.Wishart(array([4.0], [9.0]), scale_tril=np.stack([TRIL, 2 * TRIL]))),
]

GROUPS = (cases_real, cases_positive, cases_bounded, cases_counts, cases_vectors, cases_combinators, cases_sequences)
for group in GROUPS:
    CASES += group.CASES
    BATCHED += group.BATCHED
