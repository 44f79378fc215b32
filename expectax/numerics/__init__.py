"""Array to array: helpers and special functions that keep their digits, with every derivative; they know no classes."""

from ._gamma import (
    HALF_LOG_2PI,
    deviance,
    digamma_error,
    log_beta,
    log_gamma1p,
    log_gamma_kernel,
    stirling_error,
    stirling_slope,
)
from ._incomplete import (
    betainc_inverse,
    gammainc_inverse,
    poisson_entropy,
    poisson_quantile,
    student_t_inverse,
)
from ._incomplete_beta import log_beta_kernel, log_betainc, student_t_log_cdf
from ._incomplete_gamma import log_gammainc, log_gammaincc
from ._log import expm1_rest, floored_exp, log1mexp, log1p, log1p_over, log_ratio, log_sigmoid, sum_minus_one, xlog1py, xlogy
from ._sampling import log_gamma_slope, random_fine_uniform, random_log_gamma, random_poisson

__all__ = [
    "HALF_LOG_2PI",
    "betainc_inverse",
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
    "log_gamma_slope",
    "log_gammainc",
    "log_gammaincc",
    "log_ratio",
    "log_sigmoid",
    "poisson_entropy",
    "poisson_quantile",
    "random_fine_uniform",
    "random_log_gamma",
    "random_poisson",
    "stirling_error",
    "stirling_slope",
    "student_t_inverse",
    "student_t_log_cdf",
    "sum_minus_one",
    "xlog1py",
    "xlogy",
]
