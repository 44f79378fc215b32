"""Array to array: helpers and special functions that keep their digits, with every derivative; they know no classes."""

from ._bessel_i import iv_ratio, log_iv
from ._bessel_i0 import i0_deficit, log_i0e
from ._bessel_k import log_kv
from ._forward import by_forward_mode
from ._gamma import (
    HALF_LOG_2PI,
    deviance,
    digamma_error,
    log_beta,
    log_gamma1p,
    log_gamma_kernel,
    log_gamma_kernel_of_product,
    stirling_error,
    stirling_slope,
)
from ._incomplete_beta import log_beta_kernel, log_betainc
from ._incomplete_beta_inverse import betainc_inverse
from ._incomplete_gamma import log_gammainc, log_gammaincc
from ._incomplete_gamma_inverse import gammainc_inverse
from ._log import (
    expm1_rest,
    floored_exp,
    log1mexp,
    log1p,
    log1p_over,
    log_ratio,
    log_sigmoid,
    sum_minus_one,
    xlog1py,
    xlogy,
)
from ._marcum_q import log_marcum_p, log_marcum_q
from ._poisson import poisson_entropy, poisson_quantile
from ._sampling import log_gamma_slope, random_fine_uniform, random_gamma, random_poisson
from ._skellam import log_skellam_kernel
from ._skellam_cdf import skellam_entropy, skellam_log_tails, skellam_quantile
from ._student_t import student_t_log_cdf, student_t_log_density
from ._student_t_inverse import student_t_inverse
from ._von_mises import (
    von_mises_entropy,
    von_mises_log_cdf,
    von_mises_log_density,
    von_mises_quantile,
    von_mises_slope,
    von_mises_variance,
)
from ._von_mises_sampling import random_von_mises

__all__ = [
    "HALF_LOG_2PI",
    "betainc_inverse",
    "by_forward_mode",
    "deviance",
    "digamma_error",
    "expm1_rest",
    "floored_exp",
    "gammainc_inverse",
    "i0_deficit",
    "iv_ratio",
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
    "log_i0e",
    "log_iv",
    "log_kv",
    "log_marcum_p",
    "log_marcum_q",
    "log_ratio",
    "log_sigmoid",
    "log_skellam_kernel",
    "poisson_entropy",
    "poisson_quantile",
    "random_fine_uniform",
    "random_gamma",
    "random_poisson",
    "random_von_mises",
    "skellam_entropy",
    "skellam_log_tails",
    "skellam_quantile",
    "stirling_error",
    "stirling_slope",
    "student_t_inverse",
    "student_t_log_cdf",
    "student_t_log_density",
    "sum_minus_one",
    "von_mises_entropy",
    "von_mises_log_cdf",
    "von_mises_log_density",
    "von_mises_quantile",
    "von_mises_slope",
    "von_mises_variance",
    "xlog1py",
    "xlogy",
]
