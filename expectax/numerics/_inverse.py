"""Inverses of the incomplete gamma and beta functions, of Student's t and of the Poisson CDF.

The density of log X (gamma), of the log-odds (beta) and of asinh(t/√ν) (Student) is log-concave, hence so are both
tails in that variable: Newton's method on the logarithm of a tail, started on its steep side, does not overshoot.
Derivatives are those of the implicit function, dx = (dp - F_θ dθ)/f.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .._typing import Array
from ._gamma import log_beta, log_gamma_kernel
from ._incomplete_beta import log_beta_kernel, log_betainc
from ._incomplete_gamma import log_gammainc, log_gammaincc, log_smaller_tail
from ._log import log1mexp, log1p
from ._student_t import student_t_log_cdf, student_t_log_density


def newton(log_tail, target: Array, start: Array) -> Array:
    """u with log_tail(u) = target, elementwise.

    Args:
        log_tail: u -> (value, slope), concave and monotone.
        target: logarithm of the probability.
        start: on the steep side of the root, or close to it.
    """
    eps = jnp.finfo(start.dtype).eps

    def unfinished(state):
        count, u, step = state
        return (count < 60) & (jnp.abs(step) > 8 * eps * jnp.maximum(1.0, jnp.abs(u))).any()

    def iterate(state):
        count, u, _ = state
        value, slope = log_tail(u)
        step = (target - value) / slope
        step = jnp.where(jnp.isfinite(step), step, 0.0)
        return count + 1, u + step, step

    return lax.while_loop(unfinished, iterate, (0, start, jnp.full_like(start, jnp.inf)))[1]


@jax.custom_jvp
def gammainc_inverse(a: Array, p: Array) -> Array:
    """x with P(a, x) = p, for a > 0 and p in [0, 1]: a few ulp times the condition number p/(x f)."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5

    def log_tail(u):
        x = jnp.exp(u)
        tail, is_upper = log_smaller_tail(a, x, u)
        wanted = is_upper != lower
        value = jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))
        tiny = jnp.finfo(x.dtype).tiny
        kernel = jnp.where(x < tiny, a * u - lax.lgamma(a), log_gamma_kernel(a, jnp.maximum(x, tiny)))
        slope = jnp.exp(kernel - value)
        return value, jnp.where(lower, slope, -slope)

    target = jnp.where(lower, jnp.log(q), log1p(-q))
    u = newton(log_tail, target, _gamma_start(a, q, target))
    return jnp.where(inside, jnp.exp(u), jnp.where(p == 0, 0.0, jnp.where(p == 1, jnp.inf, jnp.nan)))


def _gamma_start(a: Array, p: Array, log_tail: Array) -> Array:
    """log x by Wilson & Hilferty (1931) from a = 1 on; else a bound: P <= x^a/Γ(a + 1) or Chernoff's."""
    z = special.ndtri(p)
    root = jnp.sqrt(a)
    cube = 1 - 1 / (9 * a) + z / (3 * root)
    by_normal = jnp.log(a) + 3 * jnp.log(jnp.maximum(cube, 0.05))
    by_power = (log_tail + lax.lgamma(a + 1)) / a
    by_chernoff = jnp.log(a + jnp.sqrt(-2 * a * log_tail) - log_tail)
    small = jnp.where(p < 0.5, by_power, by_chernoff)
    return jnp.where((a < 1) | (cube < 0.05), small, by_normal)


@gammainc_inverse.defjvp
def _gammainc_inverse_jvp(primals, tangents):
    a, p = primals
    x = gammainc_inverse(a, p)
    return x, _implicit(
        lambda x, a: log_gammainc(a, x), lambda x, a: log_gammaincc(a, x), x, (a,), p, tangents[:1], tangents[1]
    )


def _implicit(log_cdf, log_sf, x: Array, parameters: tuple, p: Array, tangents: tuple, dp: Array) -> Array:
    """(dp - F_θ dθ)/f, from the logarithm of the smaller tail."""
    lower = p < 0.5

    def log_tail(x, *theta):
        return jnp.where(lower, log_cdf(x, *theta), log_sf(x, *theta))

    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, x, 0.5)
    zeros = [jnp.zeros_like(t) for t in parameters]
    tail, slope = jax.jvp(log_tail, (safe, *parameters), (jnp.ones_like(x), *zeros))
    change = jnp.where(lower, dp, -dp) * jnp.exp(-tail)
    for i, tangent in enumerate(tangents):
        direction = [jnp.ones_like(t) if j == i else jnp.zeros_like(t) for j, t in enumerate(parameters)]
        partial = jax.jvp(log_tail, (safe, *parameters), (jnp.zeros_like(x), *direction))[1]
        change = change - partial * tangent
    return jnp.where(inside, change / slope, 0.0)


@jax.custom_jvp
def betainc_inverse(a: Array, b: Array, p: Array) -> Array:
    """x with I_x(a, b) = p, for a, b > 0 and p in [0, 1]: relative accuracy near both 0 and (in 1 - x) 1."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5
    own, other = jnp.where(lower, a, b), jnp.where(lower, b, a)
    target = jnp.where(lower, jnp.log(q), log1p(-q))

    def log_tail(t):
        x, y = jax.nn.sigmoid(t), jax.nn.sigmoid(-t)
        value = log_betainc(own, other, x, y)
        return value, jnp.exp(log_beta_kernel(own, other, x, y) - value)

    by_power = (target + jnp.log(own) + log_beta(own, other)) / own  # I_x <= e^(a t)/(a B)
    by_normal = jnp.log(own / other) + special.ndtri(jnp.exp(target)) * jnp.sqrt(1 / own + 1 / other)
    start = jnp.where(jnp.minimum(a, b) < 8, by_power, jnp.maximum(by_power, by_normal))
    t = newton(log_tail, target, start)
    return jnp.where(
        inside, jax.nn.sigmoid(jnp.where(lower, t, -t)), jnp.where(p == 0, 0.0, jnp.where(p == 1, 1.0, jnp.nan))
    )


@betainc_inverse.defjvp
def _betainc_inverse_jvp(primals, tangents):
    a, b, p = primals
    x = betainc_inverse(a, b, p)
    log_cdf = lambda x, a, b: log_betainc(a, b, x, 1 - x)  # noqa: E731
    log_sf = lambda x, a, b: log_betainc(b, a, 1 - x, x)  # noqa: E731
    return x, _implicit(log_cdf, log_sf, x, (a, b), p, tangents[:2], tangents[2])


@jax.custom_jvp
def student_t_inverse(df: Array, p: Array) -> Array:
    """t with P(T <= t) = p for ν = df > 0, inf included."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    normal = df == jnp.inf
    nu = jnp.where(normal, 1.0, df)
    target = jnp.where(q < 0.5, jnp.log(q), log1p(-q))  # of the tail beyond |t|
    root = jnp.sqrt(nu)

    def log_tail(w):
        w = jnp.maximum(w, 0.0)
        t = root * jnp.sinh(w)
        value = student_t_log_cdf(nu, -t)
        # density of w: p(t) √ν cosh w
        return value, -jnp.exp(student_t_log_density(nu, t) + jnp.log(root) + jnp.log(jnp.cosh(w)) - value)

    start = jnp.where(nu < 16, 1.0 / nu, 0.0) - special.ndtri(jnp.exp(target)) / root
    t = root * jnp.sinh(jnp.maximum(newton(log_tail, target, start), 0.0))
    t = jnp.where(q < 0.5, -t, t)
    t = jnp.where(normal, special.ndtri(q), t)
    return jnp.where(inside, t, jnp.where(p == 0, -jnp.inf, jnp.where(p == 1, jnp.inf, jnp.nan)))


@student_t_inverse.defjvp
def _student_t_inverse_jvp(primals, tangents):
    df, p = primals
    t = student_t_inverse(df, p)
    log_cdf = lambda t, df: student_t_log_cdf(df, t)  # noqa: E731
    log_sf = lambda t, df: student_t_log_cdf(df, -t)  # noqa: E731
    return t, _implicit(log_cdf, log_sf, t, (df,), p, tangents[:1], tangents[1])
