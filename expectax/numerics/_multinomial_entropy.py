"""Entropies of the multinomial and the Dirichlet-multinomial distribution: one sum over the counts of each outcome.

The masses are those of independent counts y_i, given their sum:

    P(x) = Π P(y_i = x_i)/P(Σ y_i = n),   H = log P(Σ y_i = n) - Σ_i E log P(y_i = x_i),

of Poisson or negative binomial variates with the means of x_i. No term is larger than what the result consists of.
"""

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._binomial import log_beta_binomial_mass, log_negative_binomial_mass
from ._forward import by_forward_mode
from ._poisson import log_poisson_mass, poisson_factors

_BLOCK = 32


def multinomial_entropy(n: Array, p: Array) -> Array:
    """-Σ P log P of n trials with the probabilities p on the last axis: a few ulp of max(1, Σ |terms|), for every n."""
    total = jnp.where(n > 0, n, 1.0)
    parts = _surprise_of_binomial(*jnp.broadcast_arrays(total[..., None], p))
    return jnp.where(n == 0, 0.0, parts.sum(-1) + log_poisson_mass(total, total)) + 0 * n


def _surprise_of_binomial(n: Array, p: Array) -> Array:
    """-E log P(Y = x), x ~ Binomial(n, p), Y ~ Poisson(n p), n > 0.

    By the rarer outcome's count: where its mean is below 64 over all up to 160, else by the trapezoidal rule in steps of
    σ/8, as in `poisson_entropy`; its distance from the mean is known by itself.
    """
    mostly = p > 0.5
    rare, common = jnp.where(mostly, 1 - p, p), jnp.where(mostly, p, 1 - p)
    mean = n * rare
    low = mean < 64
    step = jnp.where(low, 1.0, 0.125 * jnp.sqrt(jnp.where(low, 64.0, mean) * common))

    def add(j, total):
        j = lax.convert_element_type(j, p.dtype)
        d = jnp.where(low, j - mean, (j - 80) * step)
        k = jnp.where(low, j, mean + d)
        possible = (k >= 0) & (k <= n) & ((mean > 0) | (k == 0))
        k, d = jnp.where(possible, k, 0.0), jnp.where(possible, d, -mean)
        one, other = _log_poisson(k, mean, d), _log_poisson(n - k, n * common, -d)
        mass = jnp.exp(one + other - _log_poisson(n, n, 0 * n))
        return total - jnp.where(possible | jnp.isnan(mass), mass * jnp.where(mostly, other, one), 0.0)

    return step * lax.fori_loop(0, 161, add, jnp.zeros_like(mean))


def _log_poisson(k: Array, m: Array, d: Array) -> Array:
    """log of the Poisson mass of mean m at k, d = k - m."""
    e, w = poisson_factors(k, m, d)
    return e - 0.5 * jnp.log(w)


def dirichlet_multinomial_entropy(n: Array, a: Array) -> Array:
    """-Σ P log P of n trials with the concentrations a on the last axis: likewise, in n/32 steps."""
    total = a.sum(-1)
    some = jnp.where(n > 0, n, 1.0)
    rest = total[..., None] - a
    parts = _surprise_of_beta_binomial(*jnp.broadcast_arrays(some[..., None], a, rest))
    whole = log_negative_binomial_mass(some, total, jnp.log(some) - jnp.log(total))
    return jnp.where(n == 0, 0.0, parts.sum(-1) + whole) + 0 * n


@by_forward_mode
def _surprise_of_beta_binomial(n: Array, a: Array, b: Array) -> Array:
    """-E log P(Y = x), x ~ BetaBinomial(n, a, b), Y negative binomial of total count a with the mean n a/(a + b)."""
    logits = jnp.log(n) - jnp.log(a + b)

    def block(state):
        start, total = state

        def add(j, total):
            k = start + lax.convert_element_type(j, n.dtype)
            inside = k <= n
            k = jnp.where(inside, k, 0.0)
            mass = jnp.exp(log_beta_binomial_mass(k, n - k, a, b))
            return total - jnp.where(inside, mass * log_negative_binomial_mass(k, a, logits), 0.0)

        return start + _BLOCK, total + lax.fori_loop(0, _BLOCK, add, jnp.zeros_like(total))

    zero = 0 * (n + a + b)
    return lax.while_loop(lambda state: (state[0] <= n).any(), block, (zero, zero))[1]
