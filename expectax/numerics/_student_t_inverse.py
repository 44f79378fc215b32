"""The inverse of Student's distribution function, in w = asinh(t/√ν), whose density is log-concave."""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._inverse import halley, implicit_tangent
from ._log import log1p
from ._normal import ndtri, ndtri_exp
from ._student_t import student_t_log_cdf
from ._student_t_density import student_t_log_density


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
        # density of w: p(t) √ν cosh w, in proportion to cosh^(-ν) w
        slope = -jnp.exp(student_t_log_density(nu, t) + jnp.log(root) + jnp.log(jnp.cosh(w)) - value)
        return value, slope, -nu * jnp.tanh(w) - slope

    reach = 0.5 * math.log(jnp.finfo(nu.dtype).max)  # of whose sinh the square is finite
    start = jnp.minimum(jnp.where(nu < 16, 1.0 / nu, 0.0) - ndtri_exp(target) / root, reach)
    t = root * jnp.sinh(jnp.maximum(halley(log_tail, target, start), 0.0))
    t = jnp.where(q < 0.5, -t, t)
    t = jnp.where(normal, ndtri(q), t)
    return jnp.where(inside, t, jnp.where(p == 0, -jnp.inf, jnp.where(p == 1, jnp.inf, jnp.nan)))


def _student_t_inverse_jvp(primals, tangents):
    df, p = primals
    t = student_t_inverse(df, p)

    def log_tail(t, df):
        return student_t_log_cdf(df, jnp.where(p < 0.5, t, -t))

    return t, implicit_tangent(log_tail, t, (df,), p, tangents)


student_t_inverse.defjvp(_student_t_inverse_jvp, symbolic_zeros=True)
