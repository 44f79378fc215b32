"""Masses of the binomial kind with all large terms cancelled by hand: binomial, negative binomial, beta-binomial.

Everything is made of one function, for real k, r > 0 and p + q = 1 (Loader, "Fast and accurate computation of binomial
probabilities", 2000, sections 3 and 4.3),

    Γ(k + r + 1)/(Γ(k + 1) Γ(r + 1)) p^k q^r = exp(η(n) - η(k) - η(r) - D(k, n p) - D(r, n q)),   n = k + r,

where D is the deviance and η(x) = log Γ(x + 1) - x log x + x is a slow function (δ(x) + ½ log 2πx). Both deviances are
made from d = k q - r p, which each family knows without cancellation. Slopes are differences of digamma functions.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._digamma import digamma_cross_gap, digamma_gap
from ._gamma import log_gamma1p
from ._log import log1m, log1p, log_sigmoid
from ._poisson import deviation
from ._stirling import stirling_error_from_1

_TWO_PI = 2 * math.pi


class _Chance(NamedTuple):
    """A probability p and q = 1 - p with what stands in for their logarithms where p or q is too small for n p or n q."""

    p: Array
    q: Array
    log_p: Array
    log_q: Array


def _of_logits(logits: Array) -> _Chance:
    e = jnp.exp(-jnp.abs(logits))
    larger = 1 / (1 + e)
    smaller, positive = e * larger, logits > 0
    # log σ(ℓ) = ℓ to all digits where it matters
    return _Chance(jnp.where(positive, larger, smaller), jnp.where(positive, smaller, larger), logits, -logits)


def _of_probs(p: Array) -> _Chance:
    return _Chance(p, 1 - p, jnp.log(p), log1m(p))


def _surplus(k: Array, r: Array, logits: Array) -> Array:
    """k q - r p, without the rounding of p near ½: its error is relative to n |logits| p q there."""
    positive, root = logits > 0, jnp.exp(-0.5 * jnp.abs(logits))
    larger = 1 / (1 + root * root)
    rarer, other = jnp.where(positive, k, r), jnp.where(positive, r, k)
    far = other * larger - rarer * root * larger * root  # the rarer probability by its root: it may underflow, n p not
    middle = 0.5 * ((k - r) - (k + r) * jnp.tanh(0.5 * logits))
    return jnp.where(jnp.abs(logits) < 1, middle, jnp.where(positive, -far, far))


# --- the common function ---


class _Factors(NamedTuple):
    """exp(e) √w: quotients of the w may be formed before their logarithm."""

    e: Array
    w: Array

    def over(self, *others: "_Factors") -> "_Factors":
        e, w = self
        for other in others:
            e, w = e - other.e, w / other.w
        return _Factors(e, w)

    def log(self) -> Array:
        return self.e + 0.5 * jnp.log(self.w)


Eta = Callable[[Array], _Factors]


def _eta_of_whole(x: Array) -> _Factors:
    """η(x) for x >= 1, as the logarithm of factors."""
    return _Factors(stirling_error_from_1(x), _TWO_PI * x)


def _eta(x: Array) -> _Factors:
    """η(x) for x > 0."""
    tiny = x < 1
    low, high = jnp.where(tiny, x, 0.5), jnp.where(tiny, 1.0, x)
    by_series = log_gamma1p(low) + low - low * jnp.log(jnp.where(low > 0, low, 1.0))
    above = _eta_of_whole(high)
    return _Factors(jnp.where(tiny, by_series, above.e), jnp.where(tiny, 1.0, above.w))


def _common(k: Array, r: Array, d: Array, chance: _Chance, eta: Eta) -> _Factors:
    """The common function for whole k and the r that `eta` takes."""
    n = k + r
    none = n == 0
    top = eta(jnp.where(none, 1.0, n))
    top = _Factors(jnp.where(none, 0.0, top.e), jnp.where(none, 1.0, top.w))
    own = _part(k, n, d, chance.p, chance.log_p, _eta_of_whole)
    return top.over(own, _part(r, n, -d, chance.q, chance.log_q, eta))


def _part(x: Array, n: Array, d: Array, p: Array, log_p: Array, eta: Eta) -> _Factors:
    """η(x) + D(x, n p) for d = x - n p; n p at x = 0."""
    none, m = x == 0, n * p
    x1 = jnp.where(none, 1.0, x)
    whole = m * (1e290 if x.dtype == jnp.float64 else 1e30) > x1
    log_ratio = jnp.log(x1 / jnp.where(whole, m, n)) - jnp.where(whole, 0.0, log_p)
    e, w = eta(x1)
    return _Factors(jnp.where(none, m, e + deviation(x1, m, d, log_ratio)), jnp.where(none, 1.0, w))


def _finite(slope: Array) -> Array:
    """An infinite slope as the largest number: 0 times it is 0, where a derivative is not asked for."""
    largest = jnp.finfo(slope.dtype).max
    return jnp.where(jnp.abs(slope) == jnp.inf, jnp.sign(slope) * largest, slope)


def _slopes_by_counts(k: Array, r: Array, logs: Callable) -> tuple[Callable, Callable]:
    """Slopes of the common function in k and r: ψ(n + 1) - ψ(k + 1) + log p, ψ(n + 1) - ψ(r + 1) + log q."""
    return (lambda: _finite(digamma_gap(k + 1, r) + logs()[0])), (lambda: _finite(digamma_gap(r + 1, k) + logs()[1]))


def _change(slopes: tuple[Callable[[], Array], ...], tangents: tuple) -> Array:
    """Σ slope · tangent over those arguments that move."""
    terms = [slope() * t for slope, t in zip(slopes, tangents, strict=True) if not isinstance(t, SymbolicZero)]
    return functools.reduce(jnp.add, terms)


def _logs(logits: Array) -> Callable:
    return lambda: (log_sigmoid(logits), log_sigmoid(-logits))


def _logs_of_probs(p: Array) -> Callable:
    return lambda: (jnp.log(p), log1m(p))


# --- binomial: k successes and r failures; negative binomial ---


@jax.custom_jvp
def log_binomial_mass(k: Array, r: Array, logits: Array) -> Array:
    """log of Γ(k + r + 1)/(Γ(k + 1) Γ(r + 1)) p^k (1-p)^r, p = σ(logits), for k, r >= 0, integers or not.

    The slope in the logits is k - n p, without cancellation.
    """
    return _common(k, r, _surplus(k, r, logits), _of_logits(logits), _eta_of_whole).log()


def _log_binomial_mass_jvp(primals, tangents):
    k, r, logits = primals
    slopes = (*_slopes_by_counts(k, r, _logs(logits)), lambda: _surplus(k, r, logits))
    return log_binomial_mass(*primals), _change(slopes, tangents)


log_binomial_mass.defjvp(_log_binomial_mass_jvp, symbolic_zeros=True)


@jax.custom_jvp
def log_binomial_mass_of_probs(k: Array, r: Array, p: Array) -> Array:
    """As `log_binomial_mass`, of p in [0, 1], ends included."""
    return _common(k, r, k * (1 - p) - r * p, _of_probs(p), _eta_of_whole).log()


def _log_binomial_mass_of_probs_jvp(primals, tangents):
    k, r, p = primals
    slopes = (*_slopes_by_counts(k, r, _logs_of_probs(p)), lambda: _slope_by_probs(k, r, p))
    return log_binomial_mass_of_probs(*primals), _change(slopes, tangents)


log_binomial_mass_of_probs.defjvp(_log_binomial_mass_of_probs_jvp, symbolic_zeros=True)


def _slope_by_probs(k: Array, r: Array, p: Array) -> Array:
    return _finite(_share(k, p) - _share(r, 1 - p))


def _share(k: Array, p: Array) -> Array:
    """k/p, 0 at k = 0."""
    return jnp.where(k == 0, 0.0, k / jnp.where(k == 0, 1.0, p))


@jax.custom_jvp
def log_negative_binomial_mass(k: Array, r: Array, logits: Array) -> Array:
    """log of Γ(k + r)/(k! Γ(r)) p^k (1-p)^r, p = σ(logits), for k >= 0 and r > 0: r/(k + r) times the common function."""
    return _common(k, r, _surplus(k, r, logits), _of_logits(logits), _eta).log() - log1p(k / r)


def _log_negative_binomial_mass_jvp(primals, tangents):
    k, r, logits = primals
    slopes = (*_slopes_of_negative_binomial(k, r, _logs(logits)), lambda: _surplus(k, r, logits))
    return log_negative_binomial_mass(*primals), _change(slopes, tangents)


log_negative_binomial_mass.defjvp(_log_negative_binomial_mass_jvp, symbolic_zeros=True)


@jax.custom_jvp
def log_negative_binomial_mass_of_probs(k: Array, r: Array, p: Array) -> Array:
    """As `log_negative_binomial_mass`, of p in [0, 1], ends included."""
    return _common(k, r, k * (1 - p) - r * p, _of_probs(p), _eta).log() - log1p(k / r)


def _log_negative_binomial_mass_of_probs_jvp(primals, tangents):
    k, r, p = primals
    slopes = (*_slopes_of_negative_binomial(k, r, _logs_of_probs(p)), lambda: _slope_by_probs(k, r, p))
    return log_negative_binomial_mass_of_probs(*primals), _change(slopes, tangents)


log_negative_binomial_mass_of_probs.defjvp(_log_negative_binomial_mass_of_probs_jvp, symbolic_zeros=True)


def _slopes_of_negative_binomial(k: Array, r: Array, logs: Callable) -> tuple[Callable, Callable]:
    """ψ(k + r) - ψ(k + 1) + log p and ψ(k + r) - ψ(r) + log q: the first by way of ψ(k + r + 1), for small r."""
    return (
        lambda: _finite(digamma_gap(k + 1, r) - 1 / (k + r) + logs()[0]),
        lambda: _finite(digamma_gap(r, k) + logs()[1]),
    )


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
    joint = _common(n, s, jnp.zeros_like(n), chance, _eta)
    both = _common(k, a, d, chance, _eta).over(joint)
    other = _common(m, b, -d, chance, _eta)
    # log of (a/(a + k)) (b/(b + m)) ((s + n)/s): the last with one of the others is 1 - d/b or 1 + d/a
    low = d < 0
    shares = log1p(jnp.where(low, k / a, m / b)) + log1p(jnp.where(low, -d / b, d / a))
    return _Factors(both.e + other.e, both.w * other.w).log() - shares


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
