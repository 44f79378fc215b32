"""The catalogue of distributions, one family a file."""

from ._distribution import AbstractDistribution, parameter
from .bernoulli import Bernoulli
from .beta import Beta
from .beta_binomial import BetaBinomial
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .chi import Chi
from .chi2 import Chi2
from .delta import Delta
from .deterministic import Deterministic
from .dirichlet import Dirichlet
from .dirichlet_multinomial import DirichletMultinomial
from .discrete_uniform import DiscreteUniform
from .empirical import Empirical
from .exp_gamma import ExpGamma
from .exponential import Exponential
from .finite_discrete import FiniteDiscrete
from .gamma import Gamma
from .generalized_normal import GeneralizedNormal
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .inverse_gamma import InverseGamma
from .kumaraswamy import Kumaraswamy
from .laplace import Laplace
from .lkj import LKJ
from .lkj_cholesky import LKJCholesky
from .logistic import Logistic
from .lognormal import LogNormal
from .low_rank_multivariate_normal import LowRankMultivariateNormal
from .mixture_same_family import MixtureSameFamily
from .multinomial import Multinomial
from .multivariate_normal import MultivariateNormal
from .negative_binomial import NegativeBinomial
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .ordered_logistic import OrderedLogistic
from .ordered_probit import OrderedProbit
from .pareto import Pareto
from .plackett_luce import PlackettLuce
from .poisson import Poisson
from .poisson_log_normal_quadrature import PoissonLogNormalQuadrature
from .skellam import Skellam
from .student_t import StudentT
from .tanh_normal import TanhNormal
from .truncated_normal import TruncatedNormal
from .uniform import Uniform
from .von_mises import VonMises
from .weibull import Weibull
from .wishart import Wishart
from .zipf import Zipf

__all__ = [
    "AbstractDistribution",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi",
    "Chi2",
    "Delta",
    "Deterministic",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteUniform",
    "Empirical",
    "ExpGamma",
    "Exponential",
    "FiniteDiscrete",
    "Gamma",
    "GeneralizedNormal",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Kumaraswamy",
    "LKJ",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "Logistic",
    "LowRankMultivariateNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OrderedLogistic",
    "OrderedProbit",
    "Pareto",
    "PlackettLuce",
    "Poisson",
    "PoissonLogNormalQuadrature",
    "Skellam",
    "StudentT",
    "TanhNormal",
    "TruncatedNormal",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "Zipf",
    "parameter",
]
