"""Nonlinear functions of averages, importance weights, axes."""

import jax
import jax.numpy as jnp

import expectax as ex

TARGET = jnp.array([0.5, -0.2, 1.0, 0.1])


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


def sick_narrow_proposal(loc, key):
    q = ex.Normal(loc, 0.3)
    x = q.sample(key)
    log_weight = ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x)
    return jnp.exp(log_weight) * x**2  # <- importance weights


def well_wide_proposal(loc, key):
    q = ex.StudentT(3.0, loc, 1.5)
    x = q.sample(key)
    log_weight = ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x)
    return jnp.exp(log_weight) * x**2


def sick_mean_over_pixels(params, key):
    prior = ex.Normal(0.0, 1.0)
    z = ex.Normal(params["loc"] * jnp.ones((8, 2)), 0.5).sample(key)
    pixels = ex.Normal(z @ jnp.ones((2, 4)) * params["scale"], 1.0).log_prob(TARGET)  # <- log_prob averaged
    return -(pixels.mean() + prior.log_prob(z).sum(-1).mean())


def well_sum_over_pixels(params, key):
    prior = ex.Normal(0.0, 1.0)
    z = ex.Normal(params["loc"] * jnp.ones((8, 2)), 0.5).sample(key)
    pixels = ex.Normal(z @ jnp.ones((2, 4)) * params["scale"], 1.0).log_prob(TARGET)
    return -(pixels.sum(-1).mean() + prior.log_prob(z).sum(-1).mean())


def sick_column_against_row(params, key):
    x = jnp.linspace(0.0, 1.0, 5)[:, None]
    w = ex.Normal(jnp.full(1, params["loc"]), params["scale"]).sample(key)
    prediction = x @ w[:, None]
    return jnp.mean((prediction - jnp.sin(x[:, 0])) ** 2)  # <- crossed shapes


def well_row_against_row(params, key):
    x = jnp.linspace(0.0, 1.0, 5)[:, None]
    w = ex.Normal(jnp.full(1, params["loc"]), params["scale"]).sample(key)
    prediction = (x @ w[:, None])[:, 0]
    return jnp.mean((prediction - jnp.sin(x[:, 0])) ** 2)


def sick_likelihood_of_a_column(params, key):
    x = jnp.linspace(0.0, 1.0, 5)[:, None]
    w = ex.Normal(jnp.full(1, params["loc"]), params["scale"]).sample(key)
    prediction = x @ w[:, None]
    return -ex.Normal(prediction, 0.5).log_prob(jnp.sin(x[:, 0])).sum()  # <- crossed shapes


def well_all_pairs_on_purpose(scale, key):
    x = ex.Normal(0.0, scale).sample(key, (5,))
    return jnp.exp(-((x[:, None] - x[None, :]) ** 2)).sum()


PAIR = {"loc": 0.3, "scale": 1.2}
ARGUMENTS = {
    "sick_narrow_proposal": 0.0,
    "well_wide_proposal": 0.0,
    "sick_mean_over_pixels": PAIR,
    "well_sum_over_pixels": PAIR,
    "sick_column_against_row": PAIR,
    "well_row_against_row": PAIR,
    "sick_likelihood_of_a_column": PAIR,
}
