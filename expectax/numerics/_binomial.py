"""Masses of the binomial kind with all large terms cancelled by hand: binomial, negative binomial, beta-binomial.

Everything is made of one function, for real k, r > 0 and p + q = 1 (Loader, "Fast and accurate computation of binomial
probabilities", 2000, sections 3 and 4.3),

    Γ(k + r + 1)/(Γ(k + 1) Γ(r + 1)) p^k q^r = exp(η(n) - η(k) - η(r) - D(k, n p) - D(r, n q)),   n = k + r,

where D is the deviance and η(x) = log Γ(x + 1) - x log x + x is a slow function (δ(x) + ½ log 2πx). Both deviances are
made from d = k q - r p, which each family knows without cancellation. Slopes are differences of digamma functions.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._digamma import digamma_cross_gap, digamma_gap
from ._gamma import log_gamma1p
from ._log import log1p, log1pexp, log_ratio
from ._stirling import stirling_error

_TWO_PI = 6.283185307179586


class _Chance(NamedTuple):
    """A probability p and q = 1 - p, both with their logarithms, each to full relative precision."""

    p: Array
    q: Array
    log_p: Array
    log_q: Array


def _of_logits(logits: Array) -> _Chance:
    return _Chance(jax.nn.sigmoid(logits), jax.nn.sigmoid(-logits), -log1pexp(-logits), -log1pexp(logits))


def _of_probs(p: Array) -> _Chance:
    return _Chance(p, 1 - p, jnp.log(p), log1p(-p))


def _surplus(k: Array, r: Array, logits: Array) -> Array:
    """k q - r p, without the rounding of p near ½: its error is relative to n |logits| p q there."""
    near = jnp.abs(logits) < 1
    odd = jnp.tanh(0.5 * jnp.where(near, logits, 0.0))
    middle = 0.5 * ((k - r) - (k + r) * odd)
    return jnp.where(near, middle, _times_sigmoid(k, -logits) - _times_sigmoid(r, logits))


def _times_sigmoid(n: Array, logits: Array) -> Array:
    """n σ(logits), also where σ alone underflows."""
    low = (logits < -60) & (n > 0)
    by_log = jnp.exp(jnp.where(low, logits + jnp.log(jnp.where(low, n, 1.0)), 0.0))
    return jnp.where(low, by_log, n * jax.nn.sigmoid(logits))


# --- the common function ---


def _etas(*arguments: Array) -> tuple[list[Array], list[Array]]:
    """(e, w), an entry an argument, with η(x) = e + ½ log w: quotients of the w may be formed before their logarithm."""
    e, w = zip(*map(_eta, arguments), strict=True)
    return list(e), list(w)


def _eta(x: Array) -> tuple[Array, Array]:
    tiny = x < 1
    low, high = jnp.where(tiny, x, 0.5), jnp.where(tiny, 1.0, x)
    by_series = log_gamma1p(low) + low - low * jnp.log(jnp.where(low > 0, low, 1.0))
    return jnp.where(tiny, by_series, stirling_error(high)), jnp.where(tiny, 1.0, _TWO_PI * high)


def _deviances(k: Array, r: Array, d: Array, chance: _Chance) -> Array:
    """D(k, n p) + D(r, n q), n = k + r, for d = k q - r p = k - n p."""
    n = k + r
    return _deviance(k, n, d, chance.p, chance.log_p) + _deviance(r, n, -d, chance.q, chance.log_q)


def _deviance(x: Array, n: Array, d: Array, p: Array, log_p: Array) -> Array:
    """D(x, m) = x log(x/m) + m - x for m = n p = x - d, x > 0; by log p where m underflows.

    Near x = m, with v = d/(x + m): d v + 2x (v³/3 + v⁵/5 + ...), Loader's equation 10.
    """
    m = n * p
    v = d / (x + m)
    near = jnp.abs(v) < 0.3
    v, v2 = jnp.where(near, v, 0.0), jnp.where(near, v * v, 0.0)
    series = jnp.zeros_like(v2)
    for j in range(15 if v2.dtype == jnp.float64 else 7, 0, -1):
        series = v2 * (1.0 / (2 * j + 1) + series)
    whole = m > jnp.finfo(m.dtype).tiny * 1e4
    far = jnp.where(whole, log_ratio(x, jnp.where(whole, m, 1.0)), jnp.log(x / n) - log_p)
    return jnp.where(near, d * v + 2 * x * v * series, x * far - d)


def _times(n: Array, log_p: Array) -> Array:
    """n log p, 0 at n = 0."""
    return jnp.where(n == 0, 0.0, n * jnp.where(n == 0, 0.0, log_p))


def _log_mass(k: Array, r: Array, d: Array, chance: _Chance) -> Array:
    inner = (k > 0) & (r > 0)
    k1, r1 = jnp.where(inner, k, 1.0), jnp.where(inner, r, 1.0)
    e, w = _etas(k1 + r1, k1, r1)
    inside = (e[0] - e[1] - e[2]) + 0.5 * jnp.log(w[0] / w[2] / w[1]) - _deviances(k1, r1, d, chance)
    return jnp.where(inner, inside, _times(k, chance.log_p) + _times(r, chance.log_q))


def _finite(slope: Array) -> Array:
    """An infinite slope as the largest number: 0 times it is 0, where a derivative is not asked for."""
    largest = jnp.finfo(slope.dtype).max
    return jnp.where(jnp.abs(slope) == jnp.inf, jnp.sign(slope) * largest, slope)


def _slopes_by_counts(k: Array, r: Array, chance: _Chance) -> tuple[Array, Array]:
    """Slopes of the common function in k and r: ψ(n + 1) - ψ(k + 1) + log p, ψ(n + 1) - ψ(r + 1) + log q."""
    return _finite(digamma_gap(k + 1, r) + chance.log_p), _finite(digamma_gap(r + 1, k) + chance.log_q)


# --- binomial: k successes and r failures; negative binomial ---


@jax.custom_jvp
def log_binomial_mass(k: Array, r: Array, logits: Array) -> Array:
    """log of Γ(k + r + 1)/(Γ(k + 1) Γ(r + 1)) p^k (1-p)^r, p = σ(logits), for k, r >= 0, integers or not.

    The slope in the logits is k - n p, without cancellation.
    """
    return _log_mass(k, r, _surplus(k, r, logits), _of_logits(logits))


@log_binomial_mass.defjvp
def _log_binomial_mass_jvp(primals, tangents):
    k, r, logits = primals
    by_k, by_r = _slopes_by_counts(k, r, _of_logits(logits))
    change = by_k * tangents[0] + by_r * tangents[1] + _surplus(k, r, logits) * tangents[2]
    return log_binomial_mass(k, r, logits), change


@jax.custom_jvp
def log_binomial_mass_of_probs(k: Array, r: Array, p: Array) -> Array:
    """As `log_binomial_mass`, of p in [0, 1], ends included."""
    return _log_mass(k, r, k * (1 - p) - r * p, _of_probs(p))


@log_binomial_mass_of_probs.defjvp
def _log_binomial_mass_of_probs_jvp(primals, tangents):
    k, r, p = primals
    by_k, by_r = _slopes_by_counts(k, r, _of_probs(p))
    change = by_k * tangents[0] + by_r * tangents[1] + _finite(_share(k, p) - _share(r, 1 - p)) * tangents[2]
    return log_binomial_mass_of_probs(k, r, p), change


def _share(k: Array, p: Array) -> Array:
    """k/p, 0 at k = 0."""
    return jnp.where(k == 0, 0.0, k / jnp.where(k == 0, 1.0, p))


@jax.custom_jvp
def log_negative_binomial_mass(k: Array, r: Array, logits: Array) -> Array:
    """log of Γ(k + r)/(k! Γ(r)) p^k (1-p)^r, p = σ(logits), for k >= 0 and r > 0: r/(k + r) times the common function."""
    return log_binomial_mass(k, r, logits) - log1p(k / r)


@log_negative_binomial_mass.defjvp
def _log_negative_binomial_mass_jvp(primals, tangents):
    k, r, logits = primals
    by_k, by_r = _slopes_of_negative_binomial(k, r, _of_logits(logits))
    change = by_k * tangents[0] + by_r * tangents[1] + _surplus(k, r, logits) * tangents[2]
    return log_negative_binomial_mass(k, r, logits), change


@jax.custom_jvp
def log_negative_binomial_mass_of_probs(k: Array, r: Array, p: Array) -> Array:
    """As `log_negative_binomial_mass`, of p in [0, 1], ends included."""
    return log_binomial_mass_of_probs(k, r, p) - log1p(k / r)


@log_negative_binomial_mass_of_probs.defjvp
def _log_negative_binomial_mass_of_probs_jvp(primals, tangents):
    k, r, p = primals
    by_k, by_r = _slopes_of_negative_binomial(k, r, _of_probs(p))
    change = by_k * tangents[0] + by_r * tangents[1] + _finite(_share(k, p) - _share(r, 1 - p)) * tangents[2]
    return log_negative_binomial_mass_of_probs(k, r, p), change


def _slopes_of_negative_binomial(k: Array, r: Array, chance: _Chance) -> tuple[Array, Array]:
    """ψ(k + r) - ψ(k + 1) + log p and ψ(k + r) - ψ(r) + log q: the first by way of ψ(k + r + 1), for small r."""
    by_k = digamma_gap(k + 1, r) - 1 / (k + r) + chance.log_p
    return _finite(by_k), _finite(digamma_gap(r, k) + chance.log_q)


# --- beta-binomial: k successes and m failures ---


@jax.custom_jvp
def log_beta_binomial_mass(k: Array, m: Array, a: Array, b: Array) -> Array:
    """log of C(k + m, k) B(a + k, b + m)/B(a, b) for k, m >= 0 and a, b > 0.

    For any p it is the quotient of three negative binomial masses, those of (k, a) and (m, b) over that of their sums
    (n, s); with p = n/(n + s) the last has no deviances and the others d = (k b - m a)/(n + s).
    """
    n, s = k + m, a + b
    total = n + s
    q = s / total
    log_q = -log1p(n / s)
    chance = _Chance(n / total, q, jnp.log(jnp.where(n > 0, n / total, 1.0)), log_q)
    d = k * (b / total) - m * (a / total)
    k1, m1, n1 = (jnp.where(v > 0, v, 1.0) for v in (k, m, n))
    e, w = _etas(k1 + a, k1, a, m1 + b, m1, b, n1 + s, n1, s)
    e_a, w_a = _unless_0(k, a, e[0] - e[1] - e[2] - _deviances(k1, a, d, chance), w[0] / w[2] / w[1], log_q)
    e_b, w_b = _unless_0(m, b, e[3] - e[4] - e[5] - _deviances(m1, b, -d, chance), w[3] / w[5] / w[4], log_q)
    e_s, w_s = _unless_0(n, s, e[6] - e[7] - e[8], w[6] / w[8] / w[7], log_q)
    # log of (a/(a + k)) (b/(b + m)) ((s + n)/s): the last with one of the others is 1 - d/b or 1 + d/a
    low = d < 0
    shares = log1p(jnp.where(low, k / a, m / b)) + log1p(jnp.where(low, -d / b, d / a))
    return (e_a + e_b - e_s) + 0.5 * jnp.log(w_a / w_s * w_b) - shares


def _unless_0(k: Array, r: Array, e: Array, w: Array, log_q: Array) -> tuple[Array, Array]:
    """(e, w) with log of the common function = e + ½ log w, which is r log q at k = 0."""
    return jnp.where(k > 0, e, r * log_q), jnp.where(k > 0, w, 1.0)


@log_beta_binomial_mass.defjvp
def _log_beta_binomial_mass_jvp(primals, tangents):
    k, m, a, b = primals
    n, s = k + m, a + b
    # ψ(a + k) - ψ(a) - ψ(s + n) + ψ(s), and with a, b and k, m exchanged
    by_a = digamma_cross_gap(a, k, b) - digamma_gap(s + k, m)
    by_b = digamma_cross_gap(b, m, a) - digamma_gap(s + m, k)
    joint = digamma_gap(n + 1, s) - 1 / (n + s)  # ψ(n + s) - ψ(n + 1)
    by_k = digamma_gap(k + 1, a) - 1 / (k + a) - joint
    by_m = digamma_gap(m + 1, b) - 1 / (m + b) - joint
    change = by_k * tangents[0] + by_m * tangents[1] + by_a * tangents[2] + by_b * tangents[3]
    return log_beta_binomial_mass(k, m, a, b), change
