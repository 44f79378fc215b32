"""Masses of the binomial kind with the large terms cancelled by hand: Loader (2000), with log p and log(1 - p) given."""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI, deviance
from ._log import log1p, log_ratio
from ._stirling import stirling_error, stirling_slope


@jax.custom_jvp
def log_binomial_mass(n: Array, k: Array, logits: Array) -> Array:
    """log of n!/(k! (n-k)!) p^k (1-p)^(n-k), p = σ(logits), for 0 <= k <= n: to 20 ulp of max(1, |result|, |k - np|).

    The derivative in the logits is k - n p, without cancellation at either end.
    """
    log_p, log_q = -jax.nn.softplus(-logits), -jax.nn.softplus(logits)
    return _log_mass(k, n - k, (jax.nn.sigmoid(logits), log_p), (jax.nn.sigmoid(-logits), log_q))


@log_binomial_mass.defjvp
def _log_binomial_mass_jvp(primals, tangents):
    # counts are not differentiated
    n, k, logits = primals
    near = jnp.abs(logits) < 1
    # near p = ½ the exact 2k - n stands apart; else k q - (n - k) p, of which one part is 0 at k = 0 and k = n
    middle = 0.5 * ((2 * k - n) - n * jnp.tanh(0.5 * jnp.where(near, logits, 0.0)))
    outer = _scaled_sigmoid(k, -logits) - _scaled_sigmoid(n - k, logits)
    slope = jnp.where(near, middle, outer)
    return log_binomial_mass(n, k, logits), slope * tangents[2]


def _scaled_sigmoid(n: Array, logits: Array) -> Array:
    """n σ(logits), also where σ alone underflows."""
    p, log_p = jax.nn.sigmoid(logits), -jax.nn.softplus(-logits)
    small = (p < 1e-30) & (n > 0)
    by_log = jnp.exp(jnp.where(small, jnp.log(jnp.where(small, n, 1.0)) + log_p, 0.0))
    return jnp.where(small, by_log, n * p)


@jax.custom_jvp
def log_binomial_mass_of_probs(n: Array, k: Array, probs: Array) -> Array:
    """As `log_binomial_mass`, p = probs in [0, 1], ends included."""
    inner = (probs > 0) & (probs < 1)
    p = jnp.where(inner, probs, 0.5)
    inside = _log_mass(k, n - k, (p, jnp.log(p)), (1 - p, log1p(-p)))
    certain = jnp.where(probs == 0, k == 0, k == n)
    return jnp.where(inner, inside, jnp.where(certain, 0.0, -jnp.inf))


@log_binomial_mass_of_probs.defjvp
def _log_binomial_mass_of_probs_jvp(primals, tangents):
    n, k, p = primals
    q = 1 - p
    successes = jnp.where(k == 0, 0.0, k / jnp.where(k == 0, 1.0, p))
    failures = jnp.where(k == n, 0.0, (n - k) / jnp.where(k == n, 1.0, q))
    # near the mean both parts are large; k - n p keeps the digits that k and p have
    both = (k > 0) & (k < n)
    slope = jnp.where(both, (k * q - (n - k) * p) / jnp.where(both, p * q, 1.0), successes - failures)
    return log_binomial_mass_of_probs(n, k, p), slope * tangents[2]


def _log_mass(k: Array, rest: Array, success: tuple[Array, Array], failure: tuple[Array, Array]) -> Array:
    """log of n!/(k! rest!) p^k q^rest, n = k + rest; success, failure: a probability and its logarithm."""
    (p, log_p), (q, log_q) = success, failure
    inner = (k > 0) & (rest > 0)
    some, others = jnp.where(inner, k, 1.0), jnp.where(inner, rest, 1.0)
    size = some + others
    corrections = stirling_error(size) - stirling_error(some) - stirling_error(others)
    entropy = _deviance(some, size, p, log_p) + _deviance(others, size, q, log_q)
    roots = 0.5 * (jnp.log(size) - jnp.log(some) - jnp.log(others)) - HALF_LOG_2PI
    at_ends = jnp.where(rest == 0, _times(k, log_p), _times(rest, log_q))
    return jnp.where(inner, corrections - entropy + roots, at_ends)


def _times(n: Array, log_p: Array) -> Array:
    """n log p, 0 at n = 0."""
    return jnp.where(n == 0, 0.0, n * jnp.where(n == 0, 0.0, log_p))


def _deviance(x: Array, n: Array, p: Array, log_p: Array) -> Array:
    """x log(x/(n p)) + n p - x, also where n p underflows or p has lost digits that log p has."""
    m = n * p
    whole = m > 1e-6 * x
    near = deviance(x, jnp.where(whole, m, 1.0))
    return jnp.where(whole, near, x * (log_ratio(x, n) - log_p) + m - x)


# --- negative binomial: k successes before r failures ---


@jax.custom_jvp
def log_negative_binomial_mass(r: Array, k: Array, logits: Array) -> Array:
    """log of Γ(k + r)/(k! Γ(r)) p^k (1-p)^r, p = σ(logits), for k >= 0 and r > 0: as `log_binomial_mass`.

    It is r/(k + r) times the binomial mass of k of k + r, with real k + r (Loader 2000, section 4.3).
    """
    log_p, log_q = -jax.nn.softplus(-logits), -jax.nn.softplus(logits)
    some = jnp.where(k > 0, k, 1.0)
    inside = _log_mass(some, r, (jax.nn.sigmoid(logits), log_p), (jax.nn.sigmoid(-logits), log_q))
    return jnp.where(k > 0, inside - log1p(some / r), r * log_q)


@log_negative_binomial_mass.defjvp
def _log_negative_binomial_mass_jvp(primals, tangents):
    r, k, logits = primals
    n = r + k
    p, q = jax.nn.sigmoid(logits), jax.nn.sigmoid(-logits)
    # ψ(k + r) - ψ(r) + log q = log(n q/r) + what ψ - log differs by; n q/r = 1 + (k q - r p)/r
    gap = (k * q - r * p) / r
    near = jnp.abs(gap) < 0.5
    log_mean = jnp.where(near, log1p(jnp.where(near, gap, 0.0)), log1p(k / r) - jax.nn.softplus(logits))
    by_r = log_mean + (0.5 * k / r / n + (stirling_slope(n) - stirling_slope(r)))
    return log_negative_binomial_mass(r, k, logits), by_r * tangents[0] + (k * q - r * p) * tangents[2]


# --- beta-binomial ---


@jax.custom_jvp
def log_beta_binomial_mass(n: Array, k: Array, a: Array, b: Array) -> Array:
    """log of C(n, k) B(k + a, n - k + b)/B(a, b) for 0 <= k <= n and a, b > 0: to 20 ulp of max(1, |result|, condition).

    With Stirling's formula in every gamma function, the large terms are four deviances: of k, n - k from n P, n (1 - P)
    and of a, b from A P, A (1 - P), where A = a + b and P = (k + a)/(n + A).
    """
    j, total = n - k, a + b
    share, rest = (k + a) / (n + total), (j + b) / (n + total)
    counts = _deviance_from_0(k, n * share) + _deviance_from_0(j, n * rest)
    prior = deviance(a, total * share) + deviance(b, total * rest)
    grown = stirling_error(k + a) + stirling_error(j + b) - stirling_error(n + total)
    own = stirling_error(a) + stirling_error(b) - stirling_error(total)
    roots = 0.5 * (log_ratio(a, k + a) + log_ratio(b, j + b) - log_ratio(total, n + total))
    return grown - own + roots - counts - prior + _choose_rest(n, k, j)


def _deviance_from_0(x: Array, m: Array) -> Array:
    zero = x == 0
    return jnp.where(zero, m, deviance(jnp.where(zero, 1.0, x), jnp.where(zero, 1.0, m)))


def _choose_rest(n: Array, k: Array, j: Array) -> Array:
    """What C(n, k) has beside n log n - k log k - j log j."""
    inner = (k > 0) & (j > 0)
    n, k, j = jnp.where(inner, n, 2.0), jnp.where(inner, k, 1.0), jnp.where(inner, j, 1.0)
    corrections = stirling_error(n) - stirling_error(k) - stirling_error(j)
    return jnp.where(inner, corrections + 0.5 * (jnp.log(n) - jnp.log(k) - jnp.log(j)) - HALF_LOG_2PI, 0.0)


@log_beta_binomial_mass.defjvp
def _log_beta_binomial_mass_jvp(primals, tangents):
    n, k, a, b = primals
    total = a + b
    # ψ(k + a) - ψ(a) - ψ(n + A) + ψ(A); (k + a) A/(a (n + A)) = 1 + (k b - j a)/(a (n + A))
    excess = k * b - (n - k) * a

    def slope(own, count, other, rest, side):
        gap = side * excess / own / (n + total)
        near = jnp.abs(gap) < 0.5
        logs = jnp.where(near, log1p(jnp.where(near, gap, 0.0)), log1p(count / own) - log1p(n / total))
        # ψ - log = -1/(2x) + δ'(x) at own + count, own, n + A, A: the four as two differences, paired so that these are small
        grown, joint = own + count, n + total
        by_count = count / own / grown, n / total / joint
        by_other = other / own / total, (rest + other) / grown / joint
        counts_first = by_count[0] < by_other[0]
        quotients = jnp.where(counts_first, by_count[0] - by_count[1], by_other[0] - by_other[1])
        s_grown, s_joint, s_own, s_total = (stirling_slope(v) for v in (grown, joint, own, total))
        slopes = jnp.where(
            counts_first, (s_grown - s_own) - (s_joint - s_total), (s_grown - s_joint) - (s_own - s_total)
        )
        return logs + 0.5 * quotients + slopes

    change = slope(a, k, b, n - k, 1.0) * tangents[2] + slope(b, n - k, a, k, -1.0) * tangents[3]
    return log_beta_binomial_mass(n, k, a, b), change


@by_forward_mode
def log_beta_binomial_run(n: Array, k: Array, a: Array, b: Array) -> Array:
    """log Σ_{i<=k} P(i)/P(k), by the ratios of neighbouring masses downwards from k: at most k steps, a few σ if peaked."""
    eps = jnp.finfo(a.dtype).eps

    def unfinished(state):
        i, term, total = state
        return ((i > 0) & (term > 0.25 * eps * total)).any()

    def step(state):
        i, term, total = state
        safe = jnp.where(i > 0, i, 1.0)
        ratio = safe / (n - safe + 1) * ((n - safe + b) / (safe - 1 + a))
        term = jnp.where(i > 0, term * ratio, 0.0)
        return i - 1, term, total + term

    return jnp.log(lax.while_loop(unfinished, step, (k, jnp.ones_like(k), jnp.ones_like(k)))[2])
