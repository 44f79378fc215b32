"""Log-densities of the gamma kind with their derivatives in closed form.

Value and derivatives are written with the same few logarithms and quotients, which a compiler then computes once; on a CPU
each costs more than all the arithmetic around it. With D and log(a/m) of `discrepancy`, at m = λx or s/x:

    log p = a log a - a - log Γ(a) - D(a, m) - log x,    ∂ log p/∂a = -log(a/m) + log a - ψ(a)
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import digamma_error, discrepancy_from_product, discrepancy_from_quotient, log_gamma_peak
from ._incomplete_beta import beta_kernel_slopes
from ._log import divide, expm1_rest, log_power_of_zero, log_quotient, sum_minus_one
from ._stirling import log_gamma_peak_over, log_gamma_peak_rest


@jax.custom_jvp
def gamma_log_density(a: Array, rate: Array, x: Array) -> Array:
    """log of λ^a x^(a-1) e^(-λx)/Γ(a) for x >= 0, to a few ulp of max(1, its largest derivative times argument)."""
    edge = x == 0
    over_x = log_gamma_peak_over(a, jnp.where(edge, 1.0, x), jnp.where(edge, rate, 1.0))
    inside = over_x - discrepancy_from_product(a, rate, x).deviance
    return jnp.where(edge, over_x + 1 + log_power_of_zero(a - 1), inside)  # log λ at a = 1, where the peak is -1


@gamma_log_density.defjvp
def _gamma_log_density_jvp(primals, tangents):
    a, rate, x = primals
    edge = x == 0
    inner = jnp.where(edge, 1.0, x)
    by_a = jnp.where(edge, -jnp.inf, -discrepancy_from_product(a, rate, inner).log_ratio - digamma_error(a))
    by_x = divide(a - 1, jnp.where(edge & (a == 1), 1.0, x)) - rate
    change = by_a * tangents[0] + (divide(a, rate) - x) * tangents[1] + by_x * tangents[2]
    return gamma_log_density(a, rate, x), change


@jax.custom_jvp
def inverse_gamma_log_density(a: Array, scale: Array, x: Array) -> Array:
    """log of s^a x^(-a-1) e^(-s/x)/Γ(a) for x > 0 and -inf at 0, as `gamma_log_density`."""
    edge = x == 0
    inner = jnp.where(edge, 1.0, x)
    inside = log_gamma_peak_over(a, inner, jnp.ones_like(inner)) - discrepancy_from_quotient(a, scale, inner).deviance
    return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124  NaN: a bad parameter


@inverse_gamma_log_density.defjvp
def _inverse_gamma_log_density_jvp(primals, tangents):
    a, scale, x = primals
    edge = x == 0
    inner = jnp.where(edge, 1.0, x)
    by_a = -discrepancy_from_quotient(a, scale, inner).log_ratio - digamma_error(a)
    by_scale = divide(a, scale) - divide(jnp.ones_like(x), inner)
    by_x = divide(divide(scale, inner) - a - 1, inner)
    change = by_a * tangents[0] + by_scale * tangents[1] + by_x * tangents[2]
    return inverse_gamma_log_density(a, scale, x), jnp.where(edge, 0.0, change)


@jax.custom_jvp
def exp_gamma_log_density(a: Array, v: Array) -> Array:
    """log of m^a e^(-m)/Γ(a) at m = eᵛ, which may under- or overflow: the log-density of log X at v for X ~ Gamma(a, 1).

    With u = v - log a, D(a, m) = a (eᵘ - 1 - u). A few ulp of max(1, |v ∂/∂v|, |log a| |∂/∂v|, |result|).
    """
    return log_gamma_peak(a) - a * expm1_rest(v - jnp.log(a))


@exp_gamma_log_density.defjvp
def _exp_gamma_log_density_jvp(primals, tangents):
    a, v = primals
    u = v - jnp.log(a)
    return exp_gamma_log_density(a, v), (u - digamma_error(a)) * tangents[0] - a * expm1(u) * tangents[1]


@jax.custom_jvp
def beta_log_density(a: Array, b: Array, x: Array) -> Array:
    """log of x^(a-1) (1-x)^(b-1)/B(a, b) for x in [0, 1], as `gamma_log_density`."""
    low, high = x == 0, x == 1
    edge = low | high
    x1 = jnp.where(edge, 0.5, x)
    x0 = 1 - x1
    own, other = jnp.where(low, a, b), jnp.where(low, b, a)  # which exponent meets log 0
    n = a + b
    # 1/(x y B(a, b)): what may be large, below 1 a b/(n x y) and above √(a b/n), in one logarithm each
    shapes = [(jnp.where(v < 1, v, 1.0), jnp.where(v < 1, 1.0, v)) for v in (a, b, n)]
    below, above = (jnp.minimum(p, q) * (jnp.maximum(p, q) / total) for p, q, total in zip(*shapes, strict=True))
    over = log_quotient(jnp.where(edge, other, below), jnp.where(edge, 1.0, x1 * x0))
    rest = log_gamma_peak_rest(a) + log_gamma_peak_rest(b) - log_gamma_peak_rest(n) + 0.5 * jnp.log(above)
    shares = discrepancy_from_product(a, n, x1).deviance + discrepancy_from_product(b, n, x0).deviance
    return jnp.where(edge, over + log_power_of_zero(own - 1), over + (rest - shares))


@beta_log_density.defjvp
def _beta_log_density_jvp(primals, tangents):
    a, b, x = primals
    y = 1 - x
    by_a, by_b = beta_kernel_slopes(a, b, x, y)
    left, right = jnp.where((x == 0) & (a == 1), 1.0, x), jnp.where((x == 1) & (b == 1), 1.0, y)
    by_x = divide(a - 1, left) - divide(b - 1, right)
    return beta_log_density(a, b, x), by_a * tangents[0] + by_b * tangents[1] + by_x * tangents[2]


@jax.custom_jvp
def dirichlet_log_density(a: Array, x: Array) -> Array:
    """log of Γ(Σ αᵢ) Π xᵢ^(αᵢ-1)/Γ(αᵢ) for vectors, as `gamma_log_density`."""
    total = a.sum()
    edge = x == 0
    inner = jnp.where(edge, 0.5, x)
    terms = log_gamma_peak(a) - discrepancy_from_product(a, total, inner).deviance - jnp.log(inner)
    # x → 0 of the kernel: a factor x^(a-1)/Γ(a); n^a and e^(-nx) belong to the normaliser
    at_zero = jnp.log(total) + log_power_of_zero(a - 1)
    excess = total * sum_minus_one(x)  # a sum off by one ulp would cost Σα ulp
    return jnp.where(edge, at_zero, terms).sum() - log_gamma_peak(total) + excess


@dirichlet_log_density.defjvp
def _dirichlet_log_density_jvp(primals, tangents):
    # the parts of size Σα that stand in the value cancel: (α - 1)/x and log x - ψ(α) + ψ(Σα)
    (a, x), (da, dx) = primals, tangents
    total = a.sum()
    edge = x == 0
    inner = jnp.where(edge, 0.5, x)
    by_x = jnp.where(edge & (a == 1), 0.0, (a - 1) / x)
    by_a = digamma_error(total) - discrepancy_from_product(a, total, inner).log_ratio - digamma_error(a)
    return dirichlet_log_density(a, x), (by_x * dx).sum() + (jnp.where(edge, 0.0, by_a) * da).sum()
