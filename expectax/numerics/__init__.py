"""Array to array: helpers and special functions that keep their digits, with every derivative; they know no classes."""

from ._binomial import (
    log_beta_binomial_mass,
    log_binomial_mass,
    log_binomial_mass_of_probs,
    log_negative_binomial_mass,
    log_negative_binomial_mass_of_probs,
)
from ._binomial_entropy import binomial_entropy
from ._binomial_sampling import random_binomial
from ._binomial_tails import log_beta_binomial_cdf, log_betainc_or_first_term
from ._counts import normal_guess, smallest_count
from ._digamma import digamma_cross_gap, digamma_gap
from ._forward import by_forward_mode
from ._gamma import (
    EULER_GAMMA,
    HALF_LOG_2PI,
    deviance,
    digamma_error,
    log_beta,
    log_gamma1p,
    log_gamma1p_any,
    log_gamma_kernel,
    log_gamma_kernel_of_product,
    log_gamma_kernel_of_quotient,
)
from ._incomplete_beta import log_beta_kernel, log_betainc
from ._incomplete_beta_inverse import betainc_inverse
from ._incomplete_gamma import log_gamma_slope, log_gammainc, log_gammaincc
from ._incomplete_gamma_inverse import gammainc_inverse, gammaincc_inverse
from ._log import (
    artanh,
    divide,
    expm1_rest,
    floored_exp,
    log1mexp,
    log1msquare,
    log1p,
    log1p_over,
    log1pexp,
    log_cosh,
    log_ratio,
    log_sigmoid,
    logsubexp,
    softplus_inverse,
    sum_minus_one,
    xlog1py,
    xlogy,
)
from ._normal import (
    erfcx,
    hazard,
    hazard_excess,
    log_ndtr,
    ndtr,
    ndtri,
    ndtri_exp,
    normal_density,
    square_exp,
)
from ._normal_interval import log_ndtr_difference, normal_piece
from ._poisson import poisson_entropy, poisson_quantile
from ._polygamma import polygamma
from ._power import exp_gap, power_gap, power_ratio
from ._sampling import random_fine_uniform, random_gamma, random_poisson, random_tails
from ._standardise import normal_cdf, normal_log_cdf, standardised
from ._stirling import stirling_error, stirling_slope
from ._student_t import student_t_log_cdf, student_t_log_density, student_t_log_prob
from ._student_t_inverse import student_t_inverse
from ._truncated_normal import (
    truncated_normal_log_cdf,
    truncated_normal_log_prob,
    truncated_normal_log_sf,
    truncated_normal_quantile,
)

__all__ = [
    "log1msquare",
    "artanh",
    "log_cosh",
    "log_ndtr_difference",
    "normal_piece",
    "truncated_normal_log_cdf",
    "truncated_normal_log_prob",
    "truncated_normal_log_sf",
    "truncated_normal_quantile",
    "student_t_log_prob",
    "log_beta_binomial_mass",
    "binomial_entropy",
    "digamma_cross_gap",
    "digamma_gap",
    "log_beta_binomial_cdf",
    "log_betainc_or_first_term",
    "log_negative_binomial_mass_of_probs",
    "random_binomial",
    "log_binomial_mass",
    "log_binomial_mass_of_probs",
    "log_negative_binomial_mass",
    "normal_guess",
    "smallest_count",
    "gammaincc_inverse",
    "log_gamma_kernel_of_quotient",
    "exp_gap",
    "power_gap",
    "power_ratio",
    "log_gamma1p_any",
    "polygamma",
    "EULER_GAMMA",
    "divide",
    "normal_cdf",
    "normal_log_cdf",
    "standardised",
    "log1pexp",
    "logsubexp",
    "softplus_inverse",
    "random_tails",
    "normal_density",
    "ndtri_exp",
    "ndtri",
    "ndtr",
    "log_ndtr",
    "hazard_excess",
    "hazard",
    "square_exp",
    "erfcx",
    "HALF_LOG_2PI",
    "betainc_inverse",
    "by_forward_mode",
    "deviance",
    "digamma_error",
    "expm1_rest",
    "floored_exp",
    "gammainc_inverse",
    "log1mexp",
    "log1p",
    "log1p_over",
    "log_beta",
    "log_beta_kernel",
    "log_betainc",
    "log_gamma1p",
    "log_gamma_kernel",
    "log_gamma_kernel_of_product",
    "log_gamma_slope",
    "log_gammainc",
    "log_gammaincc",
    "log_ratio",
    "log_sigmoid",
    "poisson_entropy",
    "poisson_quantile",
    "random_fine_uniform",
    "random_gamma",
    "random_poisson",
    "stirling_error",
    "stirling_slope",
    "student_t_inverse",
    "student_t_log_cdf",
    "student_t_log_density",
    "sum_minus_one",
    "xlog1py",
    "xlogy",
]
