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
    log_betainc,
    poisson_entropy,
    poisson_quantile,
    student_t_inverse,
    student_t_log_cdf,
)
from ._incomplete_gamma import log_gammainc, log_gammaincc
from ._log import floored_exp, log1mexp, log1p_over, log_ratio, log_sigmoid, sum_minus_one, xlog1py, xlogy
from ._sampling import log_gamma_slope, random_fine_uniform, random_log_gamma, random_poisson

__all__ = [
    "HALF_LOG_2PI",
    "betainc_inverse",
    "deviance",
    "digamma_error",
    "floored_exp",
    "gammainc_inverse",
    "log1mexp",
    "log1p_over",
    "log_beta",
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
