"""Distributions in TFP's idiom: built by TFP for tests/reference/tfp.json, and by expectax.compat.tfp in its tests.

Each case is (class, builder, values): the builder takes the namespace `tfd` and a function that makes arrays of the float
type under test; the values are where densities and tails are evaluated.
"""

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
