"""Nonlinear functions of averages."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_log_of_mean(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (16,))
    return jnp.log(jnp.mean(jnp.exp(-(x**2))))  # <- log of a Monte Carlo mean


def well_mean_of_log(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (16,))
    return jnp.mean(jnp.log1p(jnp.exp(-(x**2))))


def sick_logsumexp_of_draws(loc, key):
    z = ex.Normal(loc, 1.0).sample(key, (16,))
    likelihood = ex.Normal(z, 0.5).log_prob(0.7)
    return jax.nn.logsumexp(likelihood) - jnp.log(16.0)  # <- log of a Monte Carlo mean


def well_softmax_over_classes(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jax.nn.log_softmax(x * jnp.array([0.5, -1.0, 0.2]))[0]


def sick_squared_mean(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (16,))
    return (jnp.mean(x**2) - 2.0) ** 2  # <- square of a Monte Carlo mean


def well_mean_of_squares(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (16,))
    return jnp.mean((x**2 - 2.0) ** 2)


def well_squared_sum(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (16,))
    return (jnp.sum(x) - 2.0) ** 2


def sick_sum_over_iterations(loc, key):
    def add(total, key):
        return total + jnp.sin(ex.Normal(loc, 1.0).sample(key)), None

    total, _ = lax.scan(add, 0.0, jax.random.split(key, 20))
    return (total / 20 - 0.3) ** 2  # <- square of a Monte Carlo mean


def well_time_average_of_a_walk(loc, key):
    def step(state, key):
        x, total = state
        x = 0.9 * x + ex.Normal(loc, 1.0).sample(key)
        return (x, total + x), None

    (_, total), _ = lax.scan(step, (0.0, 0.0), jax.random.split(key, 20))
    return (total / 20 - 0.3) ** 2


def sick_counted_loop(loc, key):
    def add(i, total):
        return total + jnp.exp(-(ex.Normal(loc, 1.0).sample(jax.random.fold_in(key, i)) ** 2))

    return jnp.log(lax.fori_loop(0, 10, add, 0.0) / 10)  # <- log of a Monte Carlo mean


def sick_written_out(loc, key):
    total = 0.0
    for subkey in jax.random.split(key, 4):
        total = total + jnp.exp(-(ex.Normal(loc, 1.0).sample(subkey) ** 2))
    return jnp.log(total / 4)  # <- log of a Monte Carlo mean


def sick_stacked(loc, key):
    values = jnp.stack([jnp.sin(ex.Normal(loc, 1.0).sample(k)) for k in jax.random.split(key, 5)])
    return (values.mean() - 0.3) ** 2  # <- square of a Monte Carlo mean


def well_half_of_two_laws(loc, key):
    first, second = jax.random.split(key)
    x, y = ex.Normal(loc, 1.0).sample(first), ex.Gamma(2.0, 1.0).sample(second)
    return ((jnp.sin(x) + y) / 2) ** 2


def sick_product_of_means(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (32,))
    return jnp.mean(jnp.sin(x)) * jnp.mean(jnp.cos(x))  # <- square of a Monte Carlo mean


def well_product_of_independent_means(loc, key):
    first, second = jax.random.split(key)
    x = ex.Normal(loc, 1.0).sample(first, (32,))
    y = ex.Normal(loc, 1.0).sample(second, (32,))
    return jnp.mean(jnp.sin(x)) * jnp.mean(jnp.cos(y))


def sick_square_of_one_draw(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (1,))
    return (jnp.mean(jnp.exp(x)) - 2.0) ** 2  # <- square of a Monte Carlo mean


def well_one_feature(loc, key):
    """A sum over one draw is no average of one."""
    x = ex.Normal(loc, 1.0).sample(key, (8, 1))
    return jnp.mean(jnp.sum(x, -1) ** 2)


def well_mean_of_agents(loc, key):
    """Each has a law of its own, so that their mean stands for no expectation."""
    x = ex.Normal(loc * jnp.arange(5.0), 1.0).sample(key)
    return (jnp.mean(x) - 1.0) ** 2


def sick_log_of_mean_over_vmapped_draws(loc, key):
    draw = jax.vmap(lambda k: ex.Normal(loc * jnp.arange(3.0), 1.0).sample(k))
    x = draw(jax.random.split(key, 16))
    return jnp.log(jnp.mean(jnp.exp(-(x**2)), 0)).sum()  # <- log of a Monte Carlo mean


def well_pooled_features(loc, key):
    hidden = jnp.tanh(ex.Normal(loc * jnp.arange(12.0).reshape(3, 4), 1.0).sample(key))
    return jnp.sum(hidden.mean(-1) ** 2)


def well_sum_over_unlike_rows(loc, key):
    def add(total, row):
        shift, key = row
        return total + jnp.sin(ex.Normal(loc + shift, 1.0).sample(key)), None

    total, _ = lax.scan(add, 0.0, (jnp.arange(20.0), jax.random.split(key, 20)))
    return (total / 20 - 0.3) ** 2


ARGUMENTS = {}
