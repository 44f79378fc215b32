"""Array to array: helpers and special functions that keep their digits, with every derivative; they know no classes."""

from ._arsinh import arsinh, sinh_normal_log_density
from ._asymmetric_laplace import asymmetric_laplace_log_cdf, asymmetric_laplace_log_prob, asymmetric_laplace_quantile
from ._bessel_i import iv_deficit, iv_ratio, log_iv
from ._bessel_i0 import i0_deficit, log_i0e
from ._bessel_k import log_kv
from ._bessel_k1 import log_k1e
from ._binomial import (
    log_beta_binomial_mass,
    log_binomial_mass,
    log_binomial_mass_of_probs,
    log_negative_binomial_mass,
    log_negative_binomial_mass_of_probs,
)
from ._binomial_entropy import binomial_entropy
from ._binomial_tails import beta_binomial_entropy, log_beta_binomial_cdf, log_betainc_or_first_term
from ._cauchy import cauchy_cdf, cauchy_log_prob, cot_pi, tan_pi
from ._cauchy_interval import (
    cauchy_angle,
    truncated_cauchy_entropy,
    truncated_cauchy_moments,
    truncated_cauchy_quantile,
)
from ._choice import log_choice
from ._counts import normal_guess
from ._digamma import digamma_cross_gap, digamma_gap
from ._entries import are_few, diagonal, entries, every, with_diagonal
from ._expint import expint_variance, scaled_expint
from ._expm1 import expm1
from ._exponentially_modified import (
    exponentially_modified_entropy,
    exponentially_modified_log_cdf,
    exponentially_modified_log_prob,
    exponentially_modified_log_sf,
    exponentially_modified_mode,
    exponentially_modified_quantile,
)
from ._extreme import exponential_cdf_exp, gumbel_cdf, moyal_cdf
from ._forward import by_forward_mode
from ._gamma import (
    EULER_GAMMA,
    HALF_LOG_2PI,
    deviance,
    log_beta,
    log_gamma1p,
    log_gamma1p_any,
    log_gamma_difference,
    log_gamma_kernel,
)
from ._gamma_density import (
    beta_log_density,
    dirichlet_log_density,
    exp_gamma_log_density,
    gamma_log_density,
    inverse_gamma_log_density,
)
from ._gamma_draw import gamma_draw_slope
from ._half_line import exponential_log_prob, half_line_scale, uniform_log_prob
from ._half_normal import half_normal_log_cdf, half_normal_log_sf, half_normal_quantile
from ._half_student_t import half_student_t_cdf, half_student_t_log_cdf, half_student_t_log_sf, half_student_t_quantile
from ._horseshoe import horseshoe_log_density, horseshoe_log_mass, horseshoe_log_size, horseshoe_log_tail
from ._hyperbolic import cosh_rest, log_sinhc, sinh_ratio, sinhc_slopes, tanh
from ._incomplete_beta import betainc, log_beta_kernel, log_betainc
from ._incomplete_beta_inverse import betainc_inverse
from ._incomplete_beta_start import beta_start
from ._incomplete_gamma import log_gamma_slope, log_gammainc, log_gammainc_exp, log_gammaincc, log_gammaincc_exp
from ._incomplete_gamma_inverse import gammainc_inverse, gammaincc_inverse, log_gammainc_inverse
from ._inverse_gaussian import (
    inverse_gaussian_inverse,
    inverse_gaussian_log_density,
    inverse_gaussian_log_tails,
    inverse_gaussian_shares,
)
from ._irwin_hall import irwin_hall_inverse, irwin_hall_log_cdf, irwin_hall_log_density
from ._irwin_hall_entropy import irwin_hall_entropy
from ._kumaraswamy import kumaraswamy_log_density
from ._lambert_w import lambert_w, lambert_w_exp
from ._location_scale import location_scale
from ._log import (
    artanh,
    divide,
    expm1_over,
    expm1_rest,
    floored_exp,
    log1m,
    log1mexp,
    log1mexp_exp,
    log1msquare,
    log1p,
    log1p_over,
    log1pexp,
    log_cosh,
    log_quotient,
    log_ratio,
    log_sigmoid,
    logsubexp,
    softplus_inverse,
    sum_minus_one,
    xlog1py,
    xlogy,
)
from ._log_cosh_mean import arsinh_normal_log_cosh_mean, normal_log_cosh_mean
from ._logistic_mean import relaxed_bernoulli_entropy, relaxed_bernoulli_moments
from ._logit import log_logistic_density, logit
from ._logit_normal import logit_normal_moments
from ._marcum_q import log_marcum_p, log_marcum_q, log_noncentral_gamma, noncentral_gamma_log_density
from ._mixture import fold, log_mixture, log_mixture_of_logits, log_sum_exp, shares, sum_of
from ._multinomial import log_multinomial_mass, log_multinomial_mass_of_logits
from ._multinomial_entropy import dirichlet_multinomial_entropy, multinomial_entropy
from ._negative_binomial_entropy import negative_binomial_entropy
from ._noncentral_gamma import noncentral_gamma_inverse, noncentral_gamma_tangent
from ._normal import (
    erfcx,
    hazard,
    hazard_excess,
    log_ndtr,
    ndtr,
    ndtri,
    ndtri_centre,
    ndtri_exp,
    normal_density,
    square_exp,
)
from ._normal_interval import (
    interval_moments,
    interval_variance,
    log_ndtr_difference,
    log_normal_mass_from,
    normal_interval,
)
from ._normal_inverse_gaussian import (
    normal_inverse_gaussian_entropy,
    normal_inverse_gaussian_log_cdf,
    normal_inverse_gaussian_log_prob,
    normal_inverse_gaussian_mode,
    normal_inverse_gaussian_quantile,
)
from ._normal_vector import normal_vector_log_density
from ._one_and import length_and_one, log1p_square
from ._owens_t import owens_t
from ._poisson import log_poisson_mass, poisson_entropy, poisson_factors
from ._polygamma import polygamma
from ._polynomial import horner
from ._power import exp_gap, power_gap, power_ratio
from ._projected_normal import log_projected_normal, projected_normal_moments
from ._root import root_of, solve_rising, tail_inverse
from ._skellam import log_skellam_kernel
from ._skellam_cdf import skellam_entropy, skellam_log_tails, skellam_quantile
from ._skew_normal import skew_normal_entropy_loss, skew_normal_log_cdf, skew_normal_mode, skew_normal_quantile
from ._standardise import normal_cdf, normal_log_cdf, standardised
from ._steps import from_steps
from ._stirling import digamma_error, stirling_error, stirling_slope
from ._student_t import student_t_log_cdf
from ._student_t_density import student_t_log_density, student_t_log_prob
from ._student_t_inverse import student_t_inverse
from ._tail_end import below_end, density_at_end, tail_end
from ._tail_index import expm1_scaled, gamma_gap, gamma_ratio_gap, log1p_scaled
from ._trials import log_bernoulli, log_geometric, log_geometric_of_logits
from ._truncated_normal import (
    standardised_interval,
    truncated_normal_cdf,
    truncated_normal_log_cdf,
    truncated_normal_log_prob,
    truncated_normal_log_sf,
)
from ._truncated_normal_quantile import truncated_normal_quantile
from ._von_mises import (
    von_mises_entropy,
    von_mises_log_cdf,
    von_mises_log_density,
    von_mises_quantile,
    von_mises_slope,
    von_mises_variance,
)
from ._von_mises_fisher import mean_deficit, polar_angle_slope, von_mises_fisher_log_peak
from ._zeta import log_zeta, zipf_entropy, zipf_log_tails, zipf_moments

__all__ = [
    "EULER_GAMMA",
    "HALF_LOG_2PI",
    "are_few",
    "arsinh",
    "arsinh_normal_log_cosh_mean",
    "artanh",
    "asymmetric_laplace_log_cdf",
    "asymmetric_laplace_log_prob",
    "asymmetric_laplace_quantile",
    "below_end",
    "beta_binomial_entropy",
    "beta_log_density",
    "beta_start",
    "betainc",
    "betainc_inverse",
    "binomial_entropy",
    "by_forward_mode",
    "cauchy_angle",
    "cauchy_cdf",
    "cauchy_log_prob",
    "cosh_rest",
    "cot_pi",
    "density_at_end",
    "deviance",
    "diagonal",
    "digamma_cross_gap",
    "digamma_error",
    "digamma_gap",
    "dirichlet_log_density",
    "dirichlet_multinomial_entropy",
    "divide",
    "entries",
    "erfcx",
    "every",
    "exp_gamma_log_density",
    "exp_gap",
    "expint_variance",
    "expm1",
    "expm1_over",
    "expm1_rest",
    "expm1_scaled",
    "exponential_cdf_exp",
    "exponential_log_prob",
    "exponentially_modified_entropy",
    "exponentially_modified_log_cdf",
    "exponentially_modified_log_prob",
    "exponentially_modified_log_sf",
    "exponentially_modified_mode",
    "exponentially_modified_quantile",
    "floored_exp",
    "fold",
    "from_steps",
    "gamma_draw_slope",
    "gamma_gap",
    "gamma_log_density",
    "gamma_ratio_gap",
    "gammainc_inverse",
    "gammaincc_inverse",
    "gumbel_cdf",
    "half_line_scale",
    "half_normal_log_cdf",
    "half_normal_log_sf",
    "half_normal_quantile",
    "half_student_t_cdf",
    "half_student_t_log_cdf",
    "half_student_t_log_sf",
    "half_student_t_quantile",
    "hazard",
    "hazard_excess",
    "horner",
    "horseshoe_log_density",
    "horseshoe_log_mass",
    "horseshoe_log_size",
    "horseshoe_log_tail",
    "i0_deficit",
    "interval_moments",
    "interval_variance",
    "inverse_gamma_log_density",
    "inverse_gaussian_inverse",
    "inverse_gaussian_log_density",
    "inverse_gaussian_log_tails",
    "inverse_gaussian_shares",
    "irwin_hall_entropy",
    "irwin_hall_inverse",
    "irwin_hall_log_cdf",
    "irwin_hall_log_density",
    "iv_deficit",
    "iv_ratio",
    "kumaraswamy_log_density",
    "lambert_w",
    "lambert_w_exp",
    "length_and_one",
    "location_scale",
    "log1m",
    "log1mexp",
    "log1mexp_exp",
    "log1msquare",
    "log1p",
    "log1p_over",
    "log1p_scaled",
    "log1p_square",
    "log1pexp",
    "log_bernoulli",
    "log_beta",
    "log_beta_binomial_cdf",
    "log_beta_binomial_mass",
    "log_beta_kernel",
    "log_betainc",
    "log_betainc_or_first_term",
    "log_binomial_mass",
    "log_binomial_mass_of_probs",
    "log_choice",
    "log_cosh",
    "log_gamma1p",
    "log_gamma1p_any",
    "log_gamma_difference",
    "log_gamma_kernel",
    "log_gamma_slope",
    "log_gammainc",
    "log_gammainc_exp",
    "log_gammainc_inverse",
    "log_gammaincc",
    "log_gammaincc_exp",
    "log_geometric",
    "log_geometric_of_logits",
    "log_i0e",
    "log_iv",
    "log_k1e",
    "log_kv",
    "log_logistic_density",
    "log_marcum_p",
    "log_marcum_q",
    "log_mixture",
    "log_mixture_of_logits",
    "log_multinomial_mass",
    "log_multinomial_mass_of_logits",
    "log_ndtr",
    "log_ndtr_difference",
    "log_negative_binomial_mass",
    "log_negative_binomial_mass_of_probs",
    "log_noncentral_gamma",
    "log_normal_mass_from",
    "log_poisson_mass",
    "log_projected_normal",
    "log_quotient",
    "log_ratio",
    "log_sigmoid",
    "log_sinhc",
    "log_skellam_kernel",
    "log_sum_exp",
    "log_zeta",
    "logit",
    "logit_normal_moments",
    "logsubexp",
    "mean_deficit",
    "moyal_cdf",
    "multinomial_entropy",
    "ndtr",
    "ndtri",
    "ndtri_centre",
    "ndtri_exp",
    "negative_binomial_entropy",
    "noncentral_gamma_inverse",
    "noncentral_gamma_log_density",
    "noncentral_gamma_tangent",
    "normal_cdf",
    "normal_density",
    "normal_guess",
    "normal_interval",
    "normal_inverse_gaussian_entropy",
    "normal_inverse_gaussian_log_cdf",
    "normal_inverse_gaussian_log_prob",
    "normal_inverse_gaussian_mode",
    "normal_inverse_gaussian_quantile",
    "normal_log_cdf",
    "normal_log_cosh_mean",
    "normal_vector_log_density",
    "owens_t",
    "poisson_entropy",
    "poisson_factors",
    "polar_angle_slope",
    "polygamma",
    "power_gap",
    "power_ratio",
    "projected_normal_moments",
    "relaxed_bernoulli_entropy",
    "relaxed_bernoulli_moments",
    "root_of",
    "scaled_expint",
    "shares",
    "sinh_normal_log_density",
    "sinh_ratio",
    "sinhc_slopes",
    "skellam_entropy",
    "skellam_log_tails",
    "skellam_quantile",
    "skew_normal_entropy_loss",
    "skew_normal_log_cdf",
    "skew_normal_mode",
    "skew_normal_quantile",
    "softplus_inverse",
    "solve_rising",
    "square_exp",
    "standardised",
    "standardised_interval",
    "stirling_error",
    "stirling_slope",
    "student_t_inverse",
    "student_t_log_cdf",
    "student_t_log_density",
    "student_t_log_prob",
    "sum_minus_one",
    "sum_of",
    "tail_end",
    "tail_inverse",
    "tan_pi",
    "truncated_cauchy_entropy",
    "truncated_cauchy_moments",
    "truncated_cauchy_quantile",
    "truncated_normal_cdf",
    "truncated_normal_log_cdf",
    "truncated_normal_log_prob",
    "truncated_normal_log_sf",
    "truncated_normal_quantile",
    "uniform_log_prob",
    "von_mises_entropy",
    "von_mises_fisher_log_peak",
    "von_mises_log_cdf",
    "von_mises_log_density",
    "von_mises_quantile",
    "von_mises_slope",
    "von_mises_variance",
    "with_diagonal",
    "tanh",
    "xlog1py",
    "xlogy",
    "zipf_entropy",
    "zipf_log_tails",
    "zipf_moments",
]
