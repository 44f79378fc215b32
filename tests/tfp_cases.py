"""Distributions in TFP's idiom: built by TFP for tests/reference/tfp.json, and by expectax.compat.tfp in its tests.

Each case is (class, builder, values): the builder takes the namespace `tfd` and a function that makes arrays of the float
type under test; the values are where densities and tails are evaluated.
"""

import sys

import jax.numpy as jnp

POSITIVE = (0.3, 1.0, 2.5, 7.0)
REAL = (-2.5, -0.3, 0.4, 1.7)
UNIT = (0.05, 0.3, 0.6, 0.95)
COUNTS = (0.0, 1.0, 2.0, 5.0)
EYE = ((1.0, 0.0), (0.0, 1.0))
TRIL = ((1.5, 0.0), (-0.4, 0.7))
VECTORS = ((0.1, -0.6), (1.4, 2.0))
SIMPLEX = ((0.2, 0.3, 0.5), (0.7, 0.1, 0.2))
ONE_HOT = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
CORRELATION = (((1.0, 0.0), (0.6, 0.8)), ((1.0, 0.0), (-0.28, 0.96)))
MATRICES = (((1.0, 0.6), (0.6, 1.0)), ((1.0, -0.28), (-0.28, 1.0)))


def maps(tfd):
    """The namespace of bijectors beside one of distributions."""
    return sys.modules[tfd.__name__.rpartition(".")[0]].bijectors


OF_DISTRIBUTIONS = (
    (
        "Blockwise",
        lambda tfd, a: tfd.Blockwise(
            [tfd.Normal(a(0.5), a(2.0)), tfd.MultivariateNormalDiag(a([0.1, 0.2]), a([1.5, 0.5]))]
        ),
        ((0.4, 1.0, -2.0),),
    ),
    ("ExpInverseGamma", lambda tfd, a: tfd.ExpInverseGamma(a(2.5), a(1.5)), REAL),
    (
        "HiddenMarkovModel",
        lambda tfd, a: tfd.HiddenMarkovModel(
            tfd.Categorical(probs=a([0.8, 0.2])),
            tfd.Categorical(probs=a([[0.7, 0.3], [0.2, 0.8]])),
            tfd.Normal(a([0.0, 1.5]), a([0.5, 1.0])),
            num_steps=4,
        ),
        ((0.3, 1.5, -0.2, 2.0),),
    ),
    ("Inflated", lambda tfd, a: tfd.Inflated(tfd.Poisson(a(1.7)), inflated_loc_probs=a(0.3)), COUNTS),
    (
        "Inflated",
        lambda tfd, a: tfd.Inflated(tfd.Poisson(a(1.7)), inflated_loc_probs=a(0.3), inflated_loc=a(2.0)),
        COUNTS,
    ),
    ("LambertWNormal", lambda tfd, a: tfd.LambertWNormal(a(0.3), a(1.2), a(0.1)), REAL),
    ("LinearGaussianStateSpaceModel", lambda tfd, a: state_space(tfd, a), (((0.3,), (1.5,), (-0.2,)),)),
    (
        "LinearGaussianStateSpaceModel",
        lambda tfd, a: state_space(tfd, a, lambda t: Dense(a([[1.0, 0.5], [0.0, 1.0]]) * (1.0 + 0.1 * t))),
        (((0.3,), (1.5,), (-0.2,)),),
    ),
    (
        "MarkovChain",
        lambda tfd, a: tfd.MarkovChain(tfd.Normal(a([0.0, 1.0]), a(1.0)), lambda _, x: tfd.Normal(0.5 * x, a(2.0)), 3),
        (((0.3, 1.5, -0.2), (0.1, 0.2, 0.5)),),
    ),
    ("Masked", lambda tfd, a: tfd.Masked(tfd.Normal(a([0.0, 1.0]), a(2.0)), [True, False]), (0.4,)),
    (
        "Mixture",
        lambda tfd, a: tfd.Mixture(
            tfd.Categorical(probs=a([0.3, 0.7])), [tfd.Normal(a(-1.0), a(0.5)), tfd.Laplace(a(1.0), a(0.8))]
        ),
        REAL,
    ),
    (
        "QuantizedDistribution",
        lambda tfd, a: tfd.QuantizedDistribution(tfd.Normal(a(2.5), a(1.5)), low=a(0.0), high=a(5.0)),
        COUNTS,
    ),
    ("QuantizedDistribution", lambda tfd, a: tfd.QuantizedDistribution(tfd.Logistic(a(2.5), a(1.5))), COUNTS),
    ("SigmoidBeta", lambda tfd, a: tfd.SigmoidBeta(a(2.5), a(1.5)), REAL),
    ("TransformedDistribution", lambda tfd, a: maps(tfd).Exp()(tfd.Normal(a([0.3]), a(0.7))), POSITIVE),
    (
        "TransformedDistribution",
        lambda tfd, a: tfd.TransformedDistribution(
            tfd.Logistic(a(0.3), a(0.7)), maps(tfd).Shift(a([1.0, 2.0])[:, None])(maps(tfd).Scale(a(-2.0)))
        ),
        REAL,
    ),
    (
        "TransformedDistribution",
        lambda tfd, a: maps(tfd).SoftmaxCentered()(tfd.Sample(tfd.Normal(a(0.3), a(0.7)), 2)),
        SIMPLEX,
    ),
    (
        "TransformedDistribution",
        lambda tfd, a: maps(tfd).Shift(a([0.5, -1.0]))(maps(tfd).ScaleMatvecTriL(a(TRIL)))(
            tfd.Sample(tfd.Laplace(a(0.3), a(0.7)), 2)
        ),
        VECTORS,
    ),
    ("TransformedDistribution", lambda tfd, a: maps(tfd).AbsoluteValue()(tfd.Normal(a(0.3), a(0.7))), POSITIVE),
    (
        "TransformedDistribution",
        lambda tfd, a: maps(tfd).Tanh()(tfd.Independent(tfd.Normal(a([0.3, 0.1]), a(0.7)), 1)),
        ((0.4, -0.3),),
    ),
    ("TransformedDistribution", lambda tfd, a: maps(tfd).Shift(a(1.0))(tfd.Poisson(a(1.7))), (1.0, 3.0)),
    (
        "TransformedDistribution",
        lambda tfd, a: maps(tfd).RealNVP(1, shift_and_log_scale_fn=lambda x, n: (2.0 * x, 0.3 * x))(
            tfd.MultivariateNormalDiag(a([0.1, 0.2]), a([1.5, 0.5]))
        ),
        VECTORS,
    ),
    ("WishartLinearOperator", lambda tfd, a: tfd.WishartLinearOperator(a(4.0), Dense(a(TRIL))), MATRICES),
    (
        "ZeroInflatedNegativeBinomial",
        lambda tfd, a: tfd.ZeroInflatedNegativeBinomial(inflated_loc_probs=a(0.3), total_count=a(3.0), probs=a(0.4)),
        COUNTS,
    ),
)


def state_space(tfd, a, transition=None):
    """A point with a velocity, of which the place is seen with noise."""
    return tfd.LinearGaussianStateSpaceModel(
        3,
        Dense(a([[1.0, 0.5], [0.0, 1.0]])) if transition is None else transition,
        tfd.MultivariateNormalDiag(a([0.1, 0.0]), a([0.3, 0.2])),
        Dense(a([[1.0, 0.2]])),
        tfd.MultivariateNormalDiag(a([0.1]), a([0.5])),
        tfd.MultivariateNormalDiag(a([0.0, 1.0]), a([1.0, 0.7])),
    )


CASES = (
    # --- the line ---
    ("Cauchy", lambda tfd, a: tfd.Cauchy(a([0.0, 1.0])[:, None], a(2.0)), REAL),
    ("ExpGamma", lambda tfd, a: tfd.ExpGamma(a(2.5), log_rate=a(0.3)), REAL),
    ("ExponentiallyModifiedGaussian", lambda tfd, a: tfd.ExponentiallyModifiedGaussian(a(0.2), a(1.3), a(0.7)), REAL),
    ("GeneralizedExtremeValue", lambda tfd, a: tfd.GeneralizedExtremeValue(a(0.1), a(1.5), a(0.2)), REAL),
    ("GeneralizedNormal", lambda tfd, a: tfd.GeneralizedNormal(a(0.5), a(1.5), a(1.2)), REAL),
    ("Gumbel", lambda tfd, a: tfd.Gumbel(a(0.5), a(1.5)), REAL),
    ("Horseshoe", lambda tfd, a: tfd.Horseshoe(a(1.5)), REAL),
    ("JohnsonSU", lambda tfd, a: tfd.JohnsonSU(a(0.5), a(1.5), a(0.1), a(2.0)), REAL),
    ("Laplace", lambda tfd, a: tfd.Laplace(a(0.5), a(1.5)), REAL),
    ("Logistic", lambda tfd, a: tfd.Logistic(a(0.5), a(1.5)), REAL),
    ("Moyal", lambda tfd, a: tfd.Moyal(a(0.5), a(1.5)), REAL),
    ("Normal", lambda tfd, a: tfd.Normal(a([0.0, 1.0])[:, None], scale=a(2.0)), REAL),
    ("NormalInverseGaussian", lambda tfd, a: tfd.NormalInverseGaussian(a(0.1), a(1.2), a(1.5), a(0.4)), REAL),
    ("SinhArcsinh", lambda tfd, a: tfd.SinhArcsinh(a(0.1), a(1.2), skewness=a(0.3), tailweight=a(0.8)), REAL),
    ("StudentT", lambda tfd, a: tfd.StudentT(df=a(5.0), loc=a(0.3), scale=a(1.5)), REAL),
    ("VonMises", lambda tfd, a: tfd.VonMises(a(0.3), a(2.0)), REAL),
    # --- half lines ---
    ("Chi", lambda tfd, a: tfd.Chi(a(3.0)), POSITIVE),
    ("Chi2", lambda tfd, a: tfd.Chi2(a(3.0)), POSITIVE),
    ("Exponential", lambda tfd, a: tfd.Exponential(rate=a(0.7)), POSITIVE),
    ("Gamma", lambda tfd, a: tfd.Gamma(concentration=a([2.5, 0.8])[:, None], rate=a(1.3)), POSITIVE),
    ("Gamma", lambda tfd, a: tfd.Gamma(a(2.5), log_rate=a(0.3)), POSITIVE),
    ("GeneralizedPareto", lambda tfd, a: tfd.GeneralizedPareto(a(0.1), a(1.5), a(0.2)), POSITIVE),
    ("HalfCauchy", lambda tfd, a: tfd.HalfCauchy(a(0.1), a(1.5)), POSITIVE),
    ("HalfNormal", lambda tfd, a: tfd.HalfNormal(a(1.5)), POSITIVE),
    ("HalfStudentT", lambda tfd, a: tfd.HalfStudentT(a(5.0), a(0.1), a(1.5)), POSITIVE),
    ("InverseGamma", lambda tfd, a: tfd.InverseGamma(a(3.5), scale=a(1.5)), POSITIVE),
    ("InverseGaussian", lambda tfd, a: tfd.InverseGaussian(a(1.5), a(2.0)), POSITIVE),
    ("LogLogistic", lambda tfd, a: tfd.LogLogistic(a(0.3), a(0.4)), POSITIVE),
    ("LogNormal", lambda tfd, a: tfd.LogNormal(a(0.3), a(0.4)), POSITIVE),
    ("NoncentralChi2", lambda tfd, a: tfd.NoncentralChi2(a(3.0), a(1.5)), POSITIVE),
    ("Pareto", lambda tfd, a: tfd.Pareto(a(3.5), a(0.2)), POSITIVE),
    ("Weibull", lambda tfd, a: tfd.Weibull(a(1.5), a(2.0)), POSITIVE),
    # --- intervals ---
    ("Bates", lambda tfd, a: tfd.Bates(a(3.0), a(-1.0), a(2.0)), UNIT),
    ("Beta", lambda tfd, a: tfd.Beta(a(2.5), a(1.5)), UNIT),
    ("ContinuousBernoulli", lambda tfd, a: tfd.ContinuousBernoulli(probs=a(0.3)), UNIT),
    ("Kumaraswamy", lambda tfd, a: tfd.Kumaraswamy(a(2.5), a(1.5)), UNIT),
    ("LogitNormal", lambda tfd, a: tfd.LogitNormal(a(0.3), a(0.8)), UNIT),
    ("PERT", lambda tfd, a: tfd.PERT(a(-0.5), a(0.4), a(1.5), a(3.0)), UNIT),
    ("RelaxedBernoulli", lambda tfd, a: tfd.RelaxedBernoulli(a(0.7), logits=a(0.3)), UNIT),
    ("Triangular", lambda tfd, a: tfd.Triangular(a(-0.5), a(1.5), a(0.4)), UNIT),
    ("TruncatedCauchy", lambda tfd, a: tfd.TruncatedCauchy(a(0.3), a(0.8), a(-1.0), a(2.0)), UNIT),
    ("TruncatedNormal", lambda tfd, a: tfd.TruncatedNormal(a(0.3), a(0.8), a(-1.0), a(2.0)), UNIT),
    ("Uniform", lambda tfd, a: tfd.Uniform(a(-1.0), a([1.0, 3.0])[:, None]), UNIT),
    # --- counts ---
    ("Bernoulli", lambda tfd, a: tfd.Bernoulli(a([0.3, -1.0])[:, None]), (0, 1)),
    ("Bernoulli", lambda tfd, a: tfd.Bernoulli(probs=a(0.3)), (0, 1)),
    ("BetaBinomial", lambda tfd, a: tfd.BetaBinomial(a(6.0), a(2.5), a(1.5)), COUNTS),
    ("Binomial", lambda tfd, a: tfd.Binomial(a(6.0), a(0.4)), COUNTS),
    ("Binomial", lambda tfd, a: tfd.Binomial(a(6.0), probs=a(0.3)), COUNTS),
    ("Categorical", lambda tfd, a: tfd.Categorical(a([0.3, -0.5, 1.0])), (0, 1, 2)),
    ("Categorical", lambda tfd, a: tfd.Categorical(probs=a([0.2, 0.3, 0.5])), (0, 1, 2)),
    (
        "FiniteDiscrete",
        lambda tfd, a: tfd.FiniteDiscrete(a([0.5, 1.0, 2.5]), probs=a([0.2, 0.3, 0.5])),
        (0.5, 1.0, 2.5),
    ),
    ("Geometric", lambda tfd, a: tfd.Geometric(a(-0.4)), COUNTS),
    ("NegativeBinomial", lambda tfd, a: tfd.NegativeBinomial(a(3.0), a(-0.4)), COUNTS),
    ("NegativeBinomial", lambda tfd, a: tfd.NegativeBinomial(a(3.0), probs=a(0.3)), COUNTS),
    ("OneHotCategorical", lambda tfd, a: tfd.OneHotCategorical(a([0.3, -0.5, 1.0])), ONE_HOT),
    ("OrderedLogistic", lambda tfd, a: tfd.OrderedLogistic(a([-1.0, 0.5]), a(0.2)), (0, 1, 2)),
    ("Poisson", lambda tfd, a: tfd.Poisson(a(1.7)), COUNTS),
    ("Poisson", lambda tfd, a: tfd.Poisson(log_rate=a(0.7)), COUNTS),
    (
        "PoissonLogNormalQuadratureCompound",
        lambda tfd, a: tfd.PoissonLogNormalQuadratureCompound(a(0.3), a(0.5)),
        COUNTS,
    ),
    ("ProbitBernoulli", lambda tfd, a: tfd.ProbitBernoulli(a(0.4)), (0, 1)),
    ("Skellam", lambda tfd, a: tfd.Skellam(a(1.7), a(0.8)), (-2.0, 0.0, 3.0)),
    ("Zipf", lambda tfd, a: tfd.Zipf(a(4.5)), (1, 2, 5)),
    # --- vectors and matrices ---
    ("CholeskyLKJ", lambda tfd, a: tfd.CholeskyLKJ(2, a(1.5)), CORRELATION),
    ("Dirichlet", lambda tfd, a: tfd.Dirichlet(a([1.5, 2.5, 1.2])), SIMPLEX),
    (
        "DirichletMultinomial",
        lambda tfd, a: tfd.DirichletMultinomial(a(4.0), a([1.5, 2.5, 1.2])),
        ((1.0, 2.0, 1.0), (0.0, 4.0, 0.0)),
    ),
    (
        "ExpRelaxedOneHotCategorical",
        lambda tfd, a: tfd.ExpRelaxedOneHotCategorical(a(0.7), logits=a([0.3, -0.5, 1.0])),
        ((-1.6094379124341003, -1.2039728043259361, -0.6931471805599453),),
    ),
    ("LKJ", lambda tfd, a: tfd.LKJ(2, a(1.5)), MATRICES),
    (
        "MatrixNormalLinearOperator",
        lambda tfd, a: tfd.MatrixNormalLinearOperator(a(VECTORS), Dense(a(TRIL)), Dense(a(EYE))),
        (EYE,),
    ),
    ("Multinomial", lambda tfd, a: tfd.Multinomial(a(4.0), a([0.3, -0.5, 1.0])), ((1.0, 2.0, 1.0), (0.0, 4.0, 0.0))),
    ("MultivariateNormalDiag", lambda tfd, a: tfd.MultivariateNormalDiag(a([0.1, 0.2]), a([1.5, 0.5])), VECTORS),
    ("MultivariateNormalDiag", lambda tfd, a: tfd.MultivariateNormalDiag(scale_diag=a([1.5, 0.5])), VECTORS),
    (
        "MultivariateNormalDiagPlusLowRank",
        lambda tfd, a: tfd.MultivariateNormalDiagPlusLowRank(a([0.1, 0.2]), a([1.5, 0.5]), a([[0.4], [-0.8]])),
        VECTORS,
    ),
    (
        "MultivariateNormalDiagPlusLowRankCovariance",
        lambda tfd, a: tfd.MultivariateNormalDiagPlusLowRankCovariance(
            a([0.1, 0.2]), a([1.5, 0.5]), a([[0.4], [-0.8]])
        ),
        VECTORS,
    ),
    (
        "MultivariateNormalFullCovariance",
        lambda tfd, a: tfd.MultivariateNormalFullCovariance(a([0.1, 0.2]), a([[1.5, 0.3], [0.3, 0.7]])),
        VECTORS,
    ),
    ("MultivariateNormalTriL", lambda tfd, a: tfd.MultivariateNormalTriL(a([0.1, 0.2]), a(TRIL)), VECTORS),
    (
        "MultivariateNormalTriL",
        lambda tfd, a: tfd.MultivariateNormalTriL(a([[0.1, 0.2], [0.3, 0.4]]), scale_tril=a([EYE, TRIL])),
        VECTORS,
    ),
    (
        "MultivariateStudentTLinearOperator",
        lambda tfd, a: tfd.MultivariateStudentTLinearOperator(a(5.0), a([0.1, 0.2]), Dense(a(TRIL))),
        VECTORS,
    ),
    ("PlackettLuce", lambda tfd, a: tfd.PlackettLuce(a([0.5, 1.5, 1.0])), ((0, 1, 2), (2, 0, 1))),
    ("PowerSpherical", lambda tfd, a: tfd.PowerSpherical(a([0.6, 0.8]), a(2.0)), ((1.0, 0.0), (-0.6, 0.8))),
    (
        "RelaxedOneHotCategorical",
        lambda tfd, a: tfd.RelaxedOneHotCategorical(a(0.7), logits=a([0.3, -0.5, 1.0])),
        SIMPLEX,
    ),
    (
        "VonMisesFisher",
        lambda tfd, a: tfd.VonMisesFisher(a([0.6, 0.8, 0.0]), a(2.0)),
        ((1.0, 0.0, 0.0), (0.0, -0.6, 0.8)),
    ),
    ("WishartTriL", lambda tfd, a: tfd.WishartTriL(a(4.0), a(TRIL)), MATRICES),
    # --- wrappers and atoms ---
    ("BatchBroadcast", lambda tfd, a: tfd.BatchBroadcast(tfd.Normal(a([0.0, 1.0]), a(2.0)), [3, 1]), (0.4,)),
    ("BatchReshape", lambda tfd, a: tfd.BatchReshape(tfd.Normal(a([0.0, 1.0]), a(2.0)), [2, -1]), (0.4,)),
    ("Deterministic", lambda tfd, a: tfd.Deterministic(a([0.5, 1.0])), (0.5,)),
    ("Empirical", lambda tfd, a: tfd.Empirical(a([0.5, 1.0, 1.0, 2.0])), (0.5, 1.0)),
    ("Independent", lambda tfd, a: tfd.Independent(tfd.Normal(a([0.0, 1.0]), a(2.0)), 1), VECTORS),
    ("Independent", lambda tfd, a: tfd.Independent(tfd.Gamma(a([[2.0, 1.0], [3.0, 4.0]]), a(2.0))), ((0.4, 2.0),)),
    (
        "MixtureSameFamily",
        lambda tfd, a: tfd.MixtureSameFamily(
            mixture_distribution=tfd.Categorical(probs=a([0.3, 0.7])),
            components_distribution=tfd.Normal(loc=a([-1.0, 1.0]), scale=a([0.5, 0.8])),
        ),
        REAL,
    ),
    (
        "MixtureSameFamily",
        lambda tfd, a: tfd.MixtureSameFamily(
            tfd.Categorical(logits=a([0.3, 0.7])),
            tfd.MultivariateNormalDiag(a([[-1.0, 0.0], [1.0, 0.5]]), a([[0.5, 0.5], [0.8, 1.0]])),
        ),
        VECTORS,
    ),
    ("Sample", lambda tfd, a: tfd.Sample(tfd.Normal(a([0.0, 1.0]), a(2.0)), 3), ((0.4, 1.0, 2.0),)),
    *OF_DISTRIBUTIONS,
    ("VectorDeterministic", lambda tfd, a: tfd.VectorDeterministic(a([0.5, 1.0])), ((0.5, 1.0),)),
)

KL_PAIRS = (
    (lambda tfd, a: tfd.Bernoulli(probs=a(0.3)), lambda tfd, a: tfd.Bernoulli(logits=a(0.3))),
    (lambda tfd, a: tfd.Beta(a(2.0), a(3.0)), lambda tfd, a: tfd.Beta(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.Categorical(a([0.2, 0.7])), lambda tfd, a: tfd.Categorical(probs=a([0.2, 0.8]))),
    (lambda tfd, a: tfd.Dirichlet(a([2.0, 3.0])), lambda tfd, a: tfd.Dirichlet(a([1.5, 0.7]))),
    (lambda tfd, a: tfd.Exponential(a(2.0)), lambda tfd, a: tfd.Exponential(a(0.7))),
    (lambda tfd, a: tfd.Gamma(a(2.0), a(3.0)), lambda tfd, a: tfd.Gamma(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.Gumbel(a(2.0), a(3.0)), lambda tfd, a: tfd.Gumbel(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.HalfNormal(a(2.0)), lambda tfd, a: tfd.HalfNormal(a(0.7))),
    (lambda tfd, a: tfd.Laplace(a(2.0), a(3.0)), lambda tfd, a: tfd.Laplace(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.LogNormal(a(2.0), a(3.0)), lambda tfd, a: tfd.LogNormal(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.Normal(a([2.0, 1.0]), a(3.0)), lambda tfd, a: tfd.Normal(a(1.5), a(0.7))),
    (lambda tfd, a: tfd.Poisson(a(2.0)), lambda tfd, a: tfd.Poisson(a(0.7))),
    (
        lambda tfd, a: tfd.MultivariateNormalTriL(a([0.1, 0.2]), a(TRIL)),
        lambda tfd, a: tfd.MultivariateNormalDiag(a([0.3, 0.2]), a([2.0, 0.7])),
    ),
    (
        lambda tfd, a: tfd.Independent(tfd.Normal(a([0.1, 0.2]), a(1.0)), 1),
        lambda tfd, a: tfd.Independent(tfd.Normal(a([0.3, 0.2]), a([2.0, 0.7])), 1),
    ),
)

AT_VALUES = ("log_prob", "prob", "cdf", "log_cdf", "survival_function", "log_survival_function")
MOMENTS = ("mean", "variance", "stddev", "mode", "entropy", "covariance")
PROBABILITIES = (0.1, 0.5, 0.9)


class Dense:
    """A matrix where a linear operator is asked for; TFP's own one, if it is TFP that asks."""

    def __init__(self, matrix):
        self.matrix = matrix

    def to_dense(self):
        return self.matrix


LINE = (-1.5, -0.3, 0.4, 2.0)
HALF = (0.2, 0.9, 1.7)
SHARES = (0.1, 0.45, 0.9)
PAIRS = ((0.3, -0.8), (1.5, 0.2))
TRIPLES = ((0.3, -0.8, 1.1), (1.5, 0.2, -0.4))
SIXES = (0.3, -0.8, 1.1, 0.5, -0.2, 0.7)
LOWER = ((1.5, 0.0, 0.0), (0.3, 0.7, 0.0), (-0.4, 0.2, 1.1))

BIJECTORS = (
    ("AbsoluteValue", lambda tfb, a: tfb.AbsoluteValue(), LINE),
    ("Ascending", lambda tfb, a: tfb.Ascending(), TRIPLES),
    ("Blockwise", lambda tfb, a: tfb.Blockwise([tfb.Exp(), tfb.Scale(a(2.0))], [1, 2]), TRIPLES),
    ("Blockwise", lambda tfb, a: tfb.Blockwise([tfb.Exp(), tfb.Softplus()]), PAIRS),
    ("Blockwise", lambda tfb, a: tfb.Blockwise([tfb.SoftmaxCentered(), tfb.Shift(a(1.0))], [2, 1]), TRIPLES),
    ("Chain", lambda tfb, a: tfb.Chain([tfb.Shift(a([1.0, 2.0, 3.0])), tfb.Scale(a(-2.0)), tfb.Tanh()]), TRIPLES),
    ("Chain", lambda tfb, a: tfb.Chain([tfb.Exp(), tfb.SoftmaxCentered(), tfb.Scale(a(0.5))]), TRIPLES),
    ("Chain", lambda tfb, a: tfb.Chain([tfb.CholeskyOuterProduct(), tfb.FillScaleTriL(tfb.Exp(), a(1e-3))]), SIXES),
    ("Chain", lambda tfb, a: tfb.Chain([]), LINE),
    ("CholeskyOuterProduct", lambda tfb, a: tfb.CholeskyOuterProduct(), LOWER),
    ("CholeskyToInvCholesky", lambda tfb, a: tfb.CholeskyToInvCholesky(), LOWER),
    ("CorrelationCholesky", lambda tfb, a: tfb.CorrelationCholesky(), SIXES),
    ("Cumsum", lambda tfb, a: tfb.Cumsum(), TRIPLES),
    ("Cumsum", lambda tfb, a: tfb.Cumsum(axis=-2), TRIPLES),
    ("Exp", lambda tfb, a: tfb.Exp(), LINE),
    ("Expm1", lambda tfb, a: tfb.Expm1(), LINE),
    ("FillScaleTriL", lambda tfb, a: tfb.FillScaleTriL(diag_shift=a(1e-5)), SIXES),
    ("FillScaleTriL", lambda tfb, a: tfb.FillScaleTriL(diag_bijector=tfb.Exp(), diag_shift=None), SIXES),
    ("FillTriangular", lambda tfb, a: tfb.FillTriangular(), SIXES),
    ("FillTriangular", lambda tfb, a: tfb.FillTriangular(upper=True), SIXES),
    ("FrechetCDF", lambda tfb, a: tfb.FrechetCDF(a(-0.5), a(1.3), a(2.0)), HALF),
    ("GeneralizedExtremeValueCDF", lambda tfb, a: tfb.GeneralizedExtremeValueCDF(a(0.3), a(1.3), a(0.2)), LINE),
    ("GeneralizedExtremeValueCDF", lambda tfb, a: tfb.GeneralizedExtremeValueCDF(a(0.3), a(1.3)), LINE),
    ("GeneralizedPareto", lambda tfb, a: tfb.GeneralizedPareto(a(0.3), a(1.3), a([0.2, -0.4])[:, None]), LINE),
    ("GompertzCDF", lambda tfb, a: tfb.GompertzCDF(a(0.7), a(1.2)), HALF),
    ("GumbelCDF", lambda tfb, a: tfb.GumbelCDF(a(0.3), a(1.3)), LINE),
    ("Householder", lambda tfb, a: tfb.Householder(a([0.6, 0.0, 0.8])), TRIPLES),
    ("Identity", lambda tfb, a: tfb.Identity(), LINE),
    ("Invert", lambda tfb, a: tfb.Invert(tfb.Softplus(a(0.7))), HALF),
    ("Invert", lambda tfb, a: tfb.Invert(tfb.FillTriangular()), LOWER),
    ("IteratedSigmoidCentered", lambda tfb, a: tfb.IteratedSigmoidCentered(), TRIPLES),
    ("KumaraswamyCDF", lambda tfb, a: tfb.KumaraswamyCDF(a(1.5), a(0.8)), SHARES),
    ("LambertWTail", lambda tfb, a: tfb.LambertWTail(a(0.3), a(1.3), a(0.2)), LINE),
    ("Log", lambda tfb, a: tfb.Log(), HALF),
    ("Log1p", lambda tfb, a: tfb.Log1p(), HALF),
    ("MatrixInverseTriL", lambda tfb, a: tfb.MatrixInverseTriL(), LOWER),
    ("MoyalCDF", lambda tfb, a: tfb.MoyalCDF(a(0.3), a(1.3)), LINE),
    ("NormalCDF", lambda tfb, a: tfb.NormalCDF(), LINE),
    ("Pad", lambda tfb, a: tfb.Pad([(1, 2)], constant_values=a(0.5)), TRIPLES),
    ("Pad", lambda tfb, a: tfb.Pad([(1, 0)], constant_values=a(0.0), axis=-2), TRIPLES),
    ("Permute", lambda tfb, a: tfb.Permute([2, 0, 1]), TRIPLES),
    ("Power", lambda tfb, a: tfb.Power(a(1.7)), HALF),
    ("Power", lambda tfb, a: tfb.Power(a(3.0)), LINE),
    ("PowerTransform", lambda tfb, a: tfb.PowerTransform(a(0.3)), LINE),
    ("PowerTransform", lambda tfb, a: tfb.PowerTransform(a(0.0)), LINE),
    (
        "RationalQuadraticSpline",
        lambda tfb, a: tfb.RationalQuadraticSpline(a([1.0, 1.5, 0.5]), a([0.5, 1.5, 1.0]), a([0.7, 1.3]), a(-1.0)),
        LINE,
    ),
    ("RayleighCDF", lambda tfb, a: tfb.RayleighCDF(a(1.3)), HALF),
    ("Reciprocal", lambda tfb, a: tfb.Reciprocal(), LINE),
    ("Reshape", lambda tfb, a: tfb.Reshape([3, 2]), SIXES),
    ("Reshape", lambda tfb, a: tfb.Reshape([-1], [2, 3]), TRIPLES),
    ("Scale", lambda tfb, a: tfb.Scale(a(-2.0)), LINE),
    ("Scale", lambda tfb, a: tfb.Scale(log_scale=a(0.7)), LINE),
    ("ScaleMatvecDiag", lambda tfb, a: tfb.ScaleMatvecDiag(a([1.5, -0.5, 2.0])), TRIPLES),
    ("ScaleMatvecLU", lambda tfb, a: tfb.ScaleMatvecLU(a(LOWER) + 0.3, [1, 2, 0]), TRIPLES),
    ("MatvecLU", lambda tfb, a: tfb.MatvecLU(a(LOWER) + 0.3, [1, 2, 0]), TRIPLES),
    ("ScaleMatvecTriL", lambda tfb, a: tfb.ScaleMatvecTriL(a(LOWER)), TRIPLES),
    ("ScaleMatvecTriL", lambda tfb, a: tfb.ScaleMatvecTriL(-a(LOWER) + 0.3, adjoint=True), TRIPLES),
    ("Shift", lambda tfb, a: tfb.Shift(a([1.0, 2.0, 3.0])), TRIPLES),
    ("Sigmoid", lambda tfb, a: tfb.Sigmoid(), LINE),
    ("Sigmoid", lambda tfb, a: tfb.Sigmoid(a(-1.0), a([2.0, 3.0])[:, None]), LINE),
    ("Sinh", lambda tfb, a: tfb.Sinh(), LINE),
    ("SinhArcsinh", lambda tfb, a: tfb.SinhArcsinh(a(0.3), a(1.3)), LINE),
    ("SinhArcsinh", lambda tfb, a: tfb.SinhArcsinh(tailweight=a(0.6), skewness=a(0.0)), LINE),
    ("SoftClip", lambda tfb, a: tfb.SoftClip(a(-1.0), a(1.5), a(0.4)), LINE),
    ("SoftClip", lambda tfb, a: tfb.SoftClip(low=a(-1.0), hinge_softness=a(1.0)), LINE),
    ("Softfloor", lambda tfb, a: tfb.Softfloor(a(0.3)), LINE),
    ("SoftmaxCentered", lambda tfb, a: tfb.SoftmaxCentered(), TRIPLES),
    ("Softplus", lambda tfb, a: tfb.Softplus(), LINE),
    ("Softplus", lambda tfb, a: tfb.Softplus(a(0.7), low=a(-0.5)), LINE),
    ("Softsign", lambda tfb, a: tfb.Softsign(), LINE),
    ("Square", lambda tfb, a: tfb.Square(), HALF),
    ("Tanh", lambda tfb, a: tfb.Tanh(), LINE),
    ("TransformDiagonal", lambda tfb, a: tfb.TransformDiagonal(tfb.Exp()), LOWER),
    ("TransformDiagonal", lambda tfb, a: tfb.TransformDiagonal(tfb.Chain([tfb.Shift(a(1.0)), tfb.Exp()])), LOWER),
    ("Transpose", lambda tfb, a: tfb.Transpose(rightmost_transposed_ndims=2), LOWER),
    ("Transpose", lambda tfb, a: tfb.Transpose(perm=[0, 1]), LOWER),
    ("UnitVector", lambda tfb, a: tfb.UnitVector(), TRIPLES),
    ("WeibullCDF", lambda tfb, a: tfb.WeibullCDF(a(1.3), a(0.8)), HALF),
    (
        "RealNVP",
        lambda tfb, a: tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=lambda x, n: (2.0 * x, 0.3 * x)),
        TRIPLES,
    ),
    (
        "RealNVP",
        lambda tfb, a: tfb.RealNVP(fraction_masked=-0.4, bijector_fn=lambda x, n, **_: tfb.Scale(1.0 + x * x)),
        TRIPLES,
    ),
    (
        "MaskedAutoregressiveFlow",
        lambda tfb, a: tfb.MaskedAutoregressiveFlow(lambda x: _before(x, 0.5), name="flow"),
        TRIPLES,
    ),
    (
        "Inline",
        lambda tfb, a: tfb.Inline(
            forward_fn=lambda x: x**3 + 0.0,
            inverse_fn=jnp.cbrt,
            inverse_log_det_jacobian_fn=lambda y: -1.0986122886681098 - jnp.log(y * y) / 3,
            forward_min_event_ndims=0,
        ),
        LINE,
    ),
)
"""(class, bijector of a namespace and a float type, values of x)."""


def _before(x, size):
    """Shift and log-scale of each entry by those before it."""
    before = jnp.cumsum(x, -1) - x
    return size * before, -0.2 * before


def written(tfd, a, root=lambda dist: dist):
    """A model as a generator function."""

    def model():
        rate = yield root(tfd.Gamma(a(2.0), a(1.0), name="rate"))
        centre = yield root(tfd.Normal(a([0.0, 1.0]), a(1.0)))
        yield tfd.Normal(centre, rate[..., None], name="seen")

    return model


def in_order(tfd, a):
    """The same parts as a list."""
    return [
        tfd.Gamma(a(2.0), a(1.0)),
        tfd.Sample(tfd.Normal(a(0.0), a(1.0)), 2),
        lambda centre, rate: tfd.MultivariateNormalDiag(centre, jnp.stack([rate, 2.0 * rate], -1)),
    ]


def by_name(tfd, a):
    """The same parts as a dict."""
    first, second, third = in_order(tfd, a)
    return {"seen": lambda rate, centre: third(centre, rate), "centre": second, "rate": first}


THREE = (0.7, (0.3, -0.4), (1.0, 2.0))
TWICE = ((0.7, 1.2), ((0.3, -0.4), (0.1, 0.2)), ((1.0, 2.0), (0.5, -1.0)))
NAMED = {"rate": THREE[0], "centre": THREE[1], "seen": THREE[2]}

JOINTS = (
    ("JointDistributionSequential", lambda tfd, a: tfd.JointDistributionSequential(in_order(tfd, a)), THREE),
    ("JointDistributionSequential", lambda tfd, a: tfd.JointDistributionSequential(in_order(tfd, a)), TWICE),
    (
        "JointDistributionSequential",
        lambda tfd, a: tfd.JointDistributionSequential(tuple(in_order(tfd, a)), batch_ndims=0),
        THREE,
    ),
    (
        "JointDistributionSequentialAutoBatched",
        lambda tfd, a: tfd.JointDistributionSequentialAutoBatched(in_order(tfd, a)),
        TWICE,
    ),
    ("JointDistributionNamed", lambda tfd, a: tfd.JointDistributionNamed(by_name(tfd, a)), NAMED),
    ("JointDistributionNamedAutoBatched", lambda tfd, a: tfd.JointDistributionNamedAutoBatched(by_name(tfd, a)), NAMED),
    (
        "JointDistributionCoroutine",
        lambda tfd, a: tfd.JointDistributionCoroutine(written(tfd, a, tfd.JointDistributionCoroutine.Root)),
        THREE,
    ),
    (
        "JointDistributionCoroutineAutoBatched",
        lambda tfd, a: tfd.JointDistributionCoroutineAutoBatched(written(tfd, a)),
        TWICE,
    ),
)
"""(class, joint distribution of a namespace and a float type, a value of its structure)."""
