"""Filtering and smoothing of linear Gaussian chains in O(log T) depth, by parallel scans.

    z_1 ~ Normal(m, P),   z_{t+1} = F_t z_t + u_t + Normal(0, Q_t),   x_t = H_t z_t + v_t + Normal(0, R_t)

A step of the filter, as a function of the state before it, is p(z_t | x_t, z_{t-1}) = Normal(A z_{t-1} + b, C) with the
likelihood p(x_t | z_{t-1}) ∝ exp(η·z_{t-1} - z_{t-1}·J z_{t-1}/2); two steps in a row are again of that form. So is a step
of the smoother, p(z_t | z_{t+1}, x_1 ... x_t) = Normal(E z_{t+1} + g, L).

Source: Särkkä, García-Fernández, "Temporal parallelization of Bayesian smoothers", IEEE Trans. Automat. Contr. 66 (2021),
lemmas 7 to 10.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve, solve_triangular

from .._typing import Array
from ..numerics import HALF_LOG_2PI


class Chain(NamedTuple):
    """One chain; matrices of T - 1 links and of T observations on their first axes."""

    mean: Array
    covariance: Array
    transition: Array
    shift: Array
    noise: Array
    observation: Array
    offset: Array
    error: Array


class Filtered(NamedTuple):
    """Law of each state given the observations up to it."""

    mean: Array
    covariance: Array


def filtered(chain: Chain, x: Array) -> Filtered:
    """Means (T, n) and covariances (T, n, n) of p(z_t | x_1 ... x_t)."""
    first, links = _first_step(chain, x[0]), _filter_steps(chain, x[1:])
    steps = tuple(jnp.concatenate([a[None], b]) for a, b in zip(first, links, strict=True))
    _, mean, covariance, *_ = lax.associative_scan(_two_steps, steps)
    return Filtered(mean, covariance)


def log_likelihood(chain: Chain, x: Array, weights: Array) -> Array:
    """log p(x), of T terms log p(x_t | x_1 ... x_{t-1}); an entry of weight 0 was not observed."""
    residual, factor = innovations(chain, x, filtered(chain, x))
    z = solve_triangular(factor, residual[..., None], lower=True)[..., 0]
    return -0.5 * (z * z).sum() - _half_log_det(factor) - HALF_LOG_2PI * weights.sum()


def innovations(chain: Chain, x: Array, law: Filtered) -> tuple[Array, Array]:
    """x_t less its prediction from the past, (T, d), and the Cholesky factor of its covariance, (T, d, d)."""
    mean = jnp.concatenate([chain.mean[None], applied(chain.transition, law.mean[:-1]) + chain.shift])
    ahead = _conjugate(chain.transition, law.covariance[:-1]) + chain.noise
    covariance = jnp.concatenate([chain.covariance[None], ahead])
    spread = _conjugate(chain.observation, covariance) + chain.error
    return x - applied(chain.observation, mean) - chain.offset, jnp.linalg.cholesky(_symmetric(spread))


def entropy(chain: Chain) -> Array:
    """That of x: the covariances of the innovations do not depend on it."""
    count, size = chain.offset.shape
    nowhere = jnp.zeros_like(chain.offset)
    _, factor = innovations(chain, nowhere, filtered(chain, nowhere))
    return count * size * (0.5 + HALF_LOG_2PI) + _half_log_det(factor)


def smoothed(chain: Chain, x: Array) -> Filtered:
    """Means (T, n) and covariances (T, n, n) of p(z_t | x_1 ... x_T)."""
    law = filtered(chain, x)
    mean, covariance = law.mean[:-1], law.covariance[:-1]
    ahead = _conjugate(chain.transition, covariance) + chain.noise
    gain = _mt(jnp.linalg.solve(ahead, _mm(chain.transition, covariance)))
    shift = mean - applied(gain, applied(chain.transition, mean) + chain.shift)
    left = _symmetric(covariance - _mm(gain, _mm(chain.transition, covariance)))
    steps = (
        jnp.concatenate([gain, jnp.zeros_like(law.covariance[-1:])]),
        jnp.concatenate([shift, law.mean[-1:]]),
        jnp.concatenate([left, law.covariance[-1:]]),
    )
    _, mean, covariance = lax.associative_scan(lambda later, earlier: _after(earlier, later), steps, reverse=True)
    return Filtered(mean, covariance)


def marginals(chain: Chain) -> Filtered:
    """Means and covariances of the states without observations."""
    steps = (
        jnp.concatenate([jnp.zeros_like(chain.covariance)[None], chain.transition]),
        jnp.concatenate([chain.mean[None], chain.shift]),
        jnp.concatenate([chain.covariance[None], chain.noise]),
    )
    _, mean, covariance = lax.associative_scan(lambda earlier, later: _after(later, earlier), steps)
    return Filtered(mean, covariance)


def marginal_variance(chain: Chain) -> Array:
    """Those of the observations, (T, d)."""
    covariance = _conjugate(chain.observation, marginals(chain).covariance) + chain.error
    return jnp.diagonal(covariance, axis1=-2, axis2=-1)


def running(matrices: Array, steps: Array) -> Array:
    """z_t = F_{t-1} z_{t-1} + s_t for matrices (T - 1, ..., n, n) and steps (T, ..., n)."""
    first = jnp.zeros((1, *matrices.shape[1:]), matrices.dtype)

    def after(earlier, later):
        return _mm(later[0], earlier[0]), applied(later[0], earlier[1]) + later[1]

    return lax.associative_scan(after, (jnp.concatenate([first, matrices]), steps))[1]


# --- Steps, one a time on the first axis ---


def _first_step(chain: Chain, x: Array) -> tuple:
    """The law of z_1 given x_1: nothing comes before it."""
    observation, covariance = chain.observation[0], chain.covariance
    spread = _conjugate(observation, covariance) + chain.error[0]
    gain = _gain(spread, _mm(observation, covariance))
    mean = chain.mean + applied(gain, x - applied(observation, chain.mean) - chain.offset[0])
    kept = _symmetric(covariance - _mm(gain, _mm(observation, covariance)))
    return jnp.zeros_like(kept), mean, kept, jnp.zeros_like(mean), jnp.zeros_like(kept)


def _filter_steps(chain: Chain, x: Array) -> tuple:
    """(A, b, C, η, J) of each later step."""
    observation, noise = chain.observation[1:], chain.noise
    spread = _conjugate(observation, noise) + chain.error[1:]
    gain = _gain(spread, _mm(observation, noise))
    seen = _mm(observation, chain.transition)
    residual = x - applied(observation, chain.shift) - chain.offset[1:]
    weighed = _mt(_gain(spread, seen))  # S⁻¹ H F
    return (
        chain.transition - _mm(gain, seen),
        chain.shift + applied(gain, residual),
        _symmetric(noise - _mm(gain, _mm(observation, noise))),
        applied(_mt(weighed), residual),
        _symmetric(_mm(_mt(seen), weighed)),
    )


def _two_steps(earlier: Any, later: Any) -> tuple:
    """Lemma 8."""
    a, b, c, eta, j = earlier
    a2, b2, c2, eta2, j2 = later
    eye = jnp.broadcast_to(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape)
    onward = _mt(jnp.linalg.solve(eye + _mm(j2, c), _mt(a2)))  # A₂ (I + C J₂)⁻¹
    back = _mt(jnp.linalg.solve(eye + _mm(c, j2), a))  # A' (I + J₂ C)⁻¹
    return (
        _mm(onward, a),
        applied(onward, b + applied(c, eta2)) + b2,
        _symmetric(_mm(_mm(onward, c), _mt(a2))) + c2,
        applied(back, eta2 - applied(j2, b)) + eta,
        _symmetric(_mm(_mm(back, j2), a)) + j,
    )


def _after(outer: Any, inner: Any) -> tuple:
    """z → E (E' z + g' + noise') + g + noise, as a map of its own."""
    (e, g, c), (e2, g2, c2) = outer, inner
    return _mm(e, e2), applied(e, g2) + g, _symmetric(_conjugate(e, c2)) + c


# --- Matrices on the last two axes ---


def _mm(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _mt(a: Array) -> Array:
    return jnp.swapaxes(a, -1, -2)


def applied(a: Array, x: Array) -> Array:
    """A x."""
    return _mm(a, x[..., None])[..., 0]


def _conjugate(a: Array, c: Array) -> Array:
    return _mm(_mm(a, c), _mt(a))


def _symmetric(c: Array) -> Array:
    return 0.5 * (c + _mt(c))


def _gain(spread: Array, crossed: Array) -> Array:
    """Bᵀ S⁻¹ for a positive definite S."""
    return _mt(cho_solve((jnp.linalg.cholesky(_symmetric(spread)), True), crossed))


def _half_log_det(factor: Array) -> Array:
    return jnp.log(jnp.diagonal(factor, axis1=-2, axis2=-1)).sum()
