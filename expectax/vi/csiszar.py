"""Csiszár functions: the convex f of an f-divergence D_f[p, q] = E_q[f(p/q)], written as functions of log u, u = p/q.

Elementwise on arrays. `self_normalized=True` adds a multiple of u - 1 (for `jensen_shannon` and `arithmetic_geometric` of
u + 1) so that f'(1) = 0: for normalised densities that changes the divergence by a constant at most, and for unnormalised
ones f is least at u = 1.

Source: Ali, Silvey, JRSS B 28 (1966); Csiszár, Studia Sci. Math. Hungar. 2 (1967); Liese, Vajda, IEEE Trans. IT 52 (2006).
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array

_LOG_2 = math.log(2.0)


def kl_reverse(log_u: Array, *, self_normalized: bool = False) -> Array:
    """-log u (+ u - 1): KL(q ‖ p), minus the ELBO."""
    return jnp.expm1(log_u) - log_u if self_normalized else -log_u


def kl_forward(log_u: Array, *, self_normalized: bool = False) -> Array:
    """The product u log u (- (u - 1)): KL(p ‖ q)."""
    plain = jnp.exp(log_u) * log_u
    return plain - jnp.expm1(log_u) if self_normalized else plain


def amari_alpha(log_u: Array, alpha: float, *, self_normalized: bool = False) -> Array:
    """(u^a - 1 (- a (u - 1))) / (a (a - 1)); a = 0 is `kl_reverse`, a = 1 `kl_forward`.

    Source: Cichocki, Amari, Entropy 12 (2010).
    """
    if alpha == 0:
        return kl_reverse(log_u, self_normalized=self_normalized)
    if alpha == 1:
        return kl_forward(log_u, self_normalized=self_normalized)
    plain = jnp.expm1(alpha * log_u) / (alpha * (alpha - 1))
    return plain - jnp.expm1(log_u) / (alpha - 1) if self_normalized else plain


def jensen_shannon(log_u: Array, *, self_normalized: bool = False) -> Array:
    """The sum u log u - (1 + u) log(1 + u) (+ (1 + u) log 2): twice the Jensen-Shannon divergence, up to 2 log 2."""
    u = jnp.exp(log_u)
    plain = -u * jax.nn.softplus(-log_u) - jax.nn.softplus(log_u)
    return plain + (1 + u) * _LOG_2 if self_normalized else plain


def arithmetic_geometric(log_u: Array, *, self_normalized: bool = False) -> Array:
    """(1 + u) log((1 + u) / sqrt u) (- (1 + u) log 2): of p + q from the geometric mean."""
    log_ratio = jnp.logaddexp(0.5 * log_u, -0.5 * log_u)
    return (1 + jnp.exp(log_u)) * (log_ratio - _LOG_2 if self_normalized else log_ratio)


def total_variation(log_u: Array) -> Array:
    """|u - 1| / 2."""
    return 0.5 * abs(jnp.expm1(log_u))


def pearson(log_u: Array) -> Array:
    """(u - 1)²."""
    return jnp.square(jnp.expm1(log_u))


def chi_square(log_u: Array) -> Array:
    """The square u² - 1: as `pearson` for normalised densities."""
    return jnp.expm1(2 * log_u)


def squared_hellinger(log_u: Array) -> Array:
    """(sqrt u - 1)²."""
    return jnp.square(jnp.expm1(0.5 * log_u))


def triangular(log_u: Array) -> Array:
    """(u - 1)² / (1 + u), of Vincze and Le Cam."""
    return jnp.expm1(log_u) * jnp.tanh(0.5 * log_u)


def t_power(log_u: Array, t: float, *, self_normalized: bool = False) -> Array:
    """The power s (u^t - 1 (- t (u - 1))), s = -1 for 0 < t < 1, else 1."""
    sign = -1.0 if 0 < t < 1 else 1.0
    plain = sign * jnp.expm1(t * log_u)
    return plain - sign * t * jnp.expm1(log_u) if self_normalized else plain


def log1p_abs(log_u: Array) -> Array:
    """The larger of u and 1/u, less 1: u^sign(u - 1) - 1 = exp|log u| - 1."""
    return jnp.expm1(abs(log_u))


def jeffreys(log_u: Array) -> Array:
    """(u - 1) log u / 2: the mean of both KL divergences."""
    return 0.5 * jnp.expm1(log_u) * log_u


def modified_gan(log_u: Array, *, self_normalized: bool = False) -> Array:
    """log(1 + u) - log u (+ (u - 1) / 2), the generator's loss in a modified GAN.

    Source: Nowozin, Cseke, Tomioka, "f-GAN", NeurIPS 2016.
    """
    plain = jax.nn.softplus(-log_u)
    return plain + 0.5 * jnp.expm1(log_u) if self_normalized else plain


def dual(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """f*(u) = u f(1/u), the function of the divergence with p and q exchanged: D_f*[p, q] = D_f[q, p].

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> dual = ex.vi.csiszar.dual(ex.vi.csiszar.kl_reverse)  # of KL(q ‖ p): KL(p ‖ q)
        >>> bool(jnp.allclose(dual(jnp.array(0.5)), ex.vi.csiszar.kl_forward(jnp.array(0.5))))
        True
    """
    return lambda log_u: jnp.exp(log_u) * function(-log_u)


def symmetrized(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """(f(u) + u f(1/u)) / 2: the mean of a divergence and its dual.

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> both = ex.vi.csiszar.symmetrized(ex.vi.csiszar.kl_reverse)
        >>> bool(jnp.allclose(both(jnp.array(0.5)), ex.vi.csiszar.jeffreys(jnp.array(0.5))))
        True
    """
    return lambda log_u: 0.5 * (function(log_u) + dual(function)(log_u))


__all__ = [
    "amari_alpha",
    "arithmetic_geometric",
    "chi_square",
    "dual",
    "jeffreys",
    "jensen_shannon",
    "kl_forward",
    "kl_reverse",
    "log1p_abs",
    "modified_gan",
    "pearson",
    "squared_hellinger",
    "symmetrized",
    "t_power",
    "total_variation",
    "triangular",
]
