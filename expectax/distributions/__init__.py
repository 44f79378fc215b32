"""The catalogue of distributions, one family a file."""

from ._distribution import AbstractDistribution, parameter
from .affine_beta import AffineBeta
from .asymmetric_laplace import AsymmetricLaplace
from .asymmetric_laplace_quantile import AsymmetricLaplaceQuantile
from .batch_broadcast import BatchBroadcast
from .bates import Bates
from .bernoulli import Bernoulli
from .beta import Beta
from .beta_binomial import BetaBinomial
from .binomial import Binomial
from .blockwise import Blockwise
from .car import CAR
from .categorical import Categorical
from .cauchy import Cauchy
from .chi import Chi
from .chi2 import Chi2
from .continuous_bernoulli import ContinuousBernoulli
from .delta import Delta
from .deterministic import Deterministic
from .dirichlet import Dirichlet
from .dirichlet_multinomial import DirichletMultinomial
from .discrete_uniform import DiscreteUniform
from .empirical import Empirical
from .exp_gamma import ExpGamma
from .exp_relaxed_one_hot_categorical import ExpRelaxedOneHotCategorical
from .exponential import Exponential
from .exponentially_modified_gaussian import ExponentiallyModifiedGaussian
from .finite_discrete import FiniteDiscrete
from .folded import Folded
from .frechet import Frechet
from .gamma import Gamma
from .gaussian_copula import GaussianCopula
from .gaussian_process import GaussianProcess
from .gaussian_random_walk import GaussianRandomWalk
from .generalized_extreme_value import GeneralizedExtremeValue
from .generalized_normal import GeneralizedNormal
from .generalized_pareto import GeneralizedPareto
from .geometric import Geometric
from .gompertz import Gompertz
from .gumbel import Gumbel
from .half_cauchy import HalfCauchy
from .half_normal import HalfNormal
from .half_student_t import HalfStudentT
from .hidden_markov_model import HiddenMarkovModel
from .horseshoe import Horseshoe
from .hurdle import Hurdle
from .independent import Independent
from .interval_censored import IntervalCensored
from .inverse_gamma import InverseGamma
from .inverse_gaussian import InverseGaussian
from .inverse_wishart import InverseWishart
from .johnson_su import JohnsonSU
from .joint import Joint
from .kumaraswamy import Kumaraswamy
from .laplace import Laplace
from .left_censored import LeftCensored
from .levy import Levy
from .linear_gaussian_state_space import LinearGaussianStateSpace
from .lkj import LKJ
from .lkj_cholesky import LKJCholesky
from .log_logistic import LogLogistic
from .log_uniform import LogUniform
from .logistic import Logistic
from .logit_normal import LogitNormal
from .lognormal import LogNormal
from .low_rank_multivariate_normal import LowRankMultivariateNormal
from .markov_chain import MarkovChain
from .masked import Masked
from .matrix_normal import MatrixNormal
from .mixture import Mixture
from .mixture_same_family import MixtureSameFamily
from .moyal import Moyal
from .multinomial import Multinomial
from .multivariate_laplace import MultivariateLaplace
from .multivariate_normal import MultivariateNormal
from .multivariate_student_t import MultivariateStudentT
from .negative_binomial import NegativeBinomial
from .noncentral_chi2 import NoncentralChi2
from .normal import Normal
from .normal_inverse_gaussian import NormalInverseGaussian
from .one_hot_categorical import OneHotCategorical
from .ordered_logistic import OrderedLogistic
from .ordered_probit import OrderedProbit
from .pareto import Pareto
from .pert import PERT
from .plackett_luce import PlackettLuce
from .poisson import Poisson
from .poisson_log_normal_quadrature import PoissonLogNormalQuadrature
from .power_spherical import PowerSpherical
from .projected_normal import ProjectedNormal
from .quantized import Quantized
from .rayleigh import Rayleigh
from .relaxed_bernoulli import RelaxedBernoulli
from .relaxed_one_hot_categorical import RelaxedOneHotCategorical
from .right_censored import RightCensored
from .rounded import Rounded
from .sample import Sample
from .sinh_arcsinh import SinhArcsinh
from .skellam import Skellam
from .skew_normal import SkewNormal
from .spherical_uniform import SphericalUniform
from .student_t import StudentT
from .tanh_normal import TanhNormal
from .transformed import Transformed
from .triangular import Triangular
from .truncated import Truncated
from .truncated_cauchy import TruncatedCauchy
from .truncated_normal import TruncatedNormal
from .uniform import Uniform
from .von_mises import VonMises
from .von_mises_fisher import VonMisesFisher
from .weibull import Weibull
from .wishart import Wishart
from .zero_inflated import ZeroInflated
from .zero_sum_normal import ZeroSumNormal
from .zipf import Zipf

__all__ = [
    "CAR",
    "LKJ",
    "PERT",
    "AbstractDistribution",
    "AffineBeta",
    "AsymmetricLaplace",
    "AsymmetricLaplaceQuantile",
    "BatchBroadcast",
    "Bates",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "Binomial",
    "Blockwise",
    "Categorical",
    "Cauchy",
    "Chi",
    "Chi2",
    "ContinuousBernoulli",
    "Delta",
    "Deterministic",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteUniform",
    "Empirical",
    "ExpGamma",
    "ExpRelaxedOneHotCategorical",
    "Exponential",
    "ExponentiallyModifiedGaussian",
    "FiniteDiscrete",
    "Folded",
    "Frechet",
    "Gamma",
    "GaussianCopula",
    "GaussianProcess",
    "GaussianRandomWalk",
    "GeneralizedExtremeValue",
    "GeneralizedNormal",
    "GeneralizedPareto",
    "Geometric",
    "Gompertz",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "HiddenMarkovModel",
    "Horseshoe",
    "Hurdle",
    "Independent",
    "IntervalCensored",
    "InverseGamma",
    "InverseGaussian",
    "InverseWishart",
    "JohnsonSU",
    "Joint",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LeftCensored",
    "Levy",
    "LinearGaussianStateSpace",
    "LogLogistic",
    "LogNormal",
    "LogUniform",
    "Logistic",
    "LogitNormal",
    "LowRankMultivariateNormal",
    "MarkovChain",
    "Masked",
    "MatrixNormal",
    "Mixture",
    "MixtureSameFamily",
    "Moyal",
    "Multinomial",
    "MultivariateLaplace",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "NoncentralChi2",
    "Normal",
    "NormalInverseGaussian",
    "OneHotCategorical",
    "OrderedLogistic",
    "OrderedProbit",
    "Pareto",
    "PlackettLuce",
    "Poisson",
    "PoissonLogNormalQuadrature",
    "PowerSpherical",
    "ProjectedNormal",
    "Quantized",
    "Rayleigh",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "RightCensored",
    "Rounded",
    "Sample",
    "SinhArcsinh",
    "Skellam",
    "SkewNormal",
    "SphericalUniform",
    "StudentT",
    "TanhNormal",
    "Transformed",
    "Triangular",
    "Truncated",
    "TruncatedCauchy",
    "TruncatedNormal",
    "Uniform",
    "VonMises",
    "VonMisesFisher",
    "Weibull",
    "Wishart",
    "ZeroInflated",
    "ZeroSumNormal",
    "Zipf",
    "parameter",
]
