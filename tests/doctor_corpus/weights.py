"""Importance weights: in one piece, in loops, accumulated."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_narrow_proposal(loc, key):
    q = ex.Normal(loc, 0.3)
    x = q.sample(key)
    log_weight = ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x)
    return jnp.exp(log_weight) * x**2  # <- importance weights


def well_wide_proposal(loc, key):
    q = ex.StudentT(3.0, loc, 1.5)
    x = q.sample(key)
    log_weight = ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x)
    return jnp.exp(log_weight) * (x - loc) ** 2


def sick_weights_in_a_loop(loc, key):
    def add(total, key):
        q = ex.Normal(loc, 0.3)
        x = q.sample(key)
        weight = jnp.exp(ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x))  # <- importance weights
        return total + weight * x**2, None

    return lax.scan(add, 0.0, jax.random.split(key, 20))[0] / 20


def well_weights_in_a_loop(loc, key):
    def add(total, key):
        q = ex.Normal(loc, 1.5)
        x = q.sample(key)
        weight = jnp.exp(ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x))
        return total + weight * (x - loc) ** 2, None

    return lax.scan(add, 0.0, jax.random.split(key, 20))[0] / 20


def sick_weight_of_a_path(loc, key):
    def step(log_weight, key):
        q = ex.Normal(loc, 0.4)
        x = q.sample(key)
        return log_weight + ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x), x

    log_weight, path = lax.scan(step, 0.0, jax.random.split(key, 5))
    return jnp.exp(log_weight) * path.sum() ** 2  # <- importance weights


def sick_quotient_of_densities(loc, key):
    q = ex.Normal(loc, 0.3)
    x = q.sample(key)
    return ex.Normal(0.0, 1.0).prob(x) / q.prob(x) * x**2  # <- importance weights


def well_quotient_of_densities(loc, key):
    q = ex.Normal(loc, 1.5)
    x = q.sample(key)
    return ex.Normal(0.0, 1.0).prob(x) / q.prob(x) * (x - loc) ** 2


def well_quotient_across_a_loop(loc, key):
    """The denominator is computed once, the numerators in the loop."""
    q = ex.Normal(loc, 1.5)
    x = q.sample(key, (3,))
    below = q.prob(x)

    def add(total, shift):
        return total + ex.Normal(shift, 1.0).prob(x) / below, None

    return lax.scan(add, jnp.zeros(3), jnp.linspace(-0.5, 0.5, 4))[0] @ (x - loc) ** 2


def well_quotient_of_a_while_loop(loc, key):
    q = ex.Normal(0.0, 1.5)
    x = q.sample(key)
    halve = lambda state: (state[0] + 1, jnp.exp(ex.Normal(0.0, 1.0).log_prob(x)))  # noqa: E731
    _, above = lax.while_loop(lambda state: state[0] < 3, halve, (0, 0.0))
    return above / jnp.exp(q.log_prob(x)) * (x - loc) ** 2


def sick_normalised_weights(loc, key):
    q = ex.Normal(loc, 0.3)
    x = q.sample(key, (64,))
    weights = jax.nn.softmax(ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x))  # <- importance weights
    return jnp.sum(weights * x**2)


ARGUMENTS = dict.fromkeys(
    (
        "sick_narrow_proposal",
        "well_wide_proposal",
        "sick_weights_in_a_loop",
        "sick_quotient_of_densities",
        "well_quotient_of_densities",
    ),
    0.1,
)
