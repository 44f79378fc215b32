"""Axes that are averaged and should be summed, and shapes that cross."""

import jax
import jax.numpy as jnp

import expectax as ex

TARGET = jnp.array([0.5, -0.2, 1.0, 0.1])


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


def _encoded(params):
    return ex.Normal(params["loc"] * jnp.arange(16.0).reshape(8, 2) / 8, params["scale"])


def sick_mean_against_kl(params, key):
    q = _encoded(params)
    pixels = ex.Normal(q.sample(key) @ jnp.ones((2, 4)), 1.0).log_prob(TARGET)  # <- log_prob averaged
    return ex.kl(q, ex.Normal(0.0, 1.0)).sum(-1).mean() - pixels.mean()


def sick_mean_against_a_formula(params, key):
    loc = params["loc"] * jnp.arange(16.0).reshape(8, 2) / 8
    z = loc + params["scale"] * jax.random.normal(key, (8, 2))
    pixels = ex.Normal(z @ jnp.ones((2, 4)), 1.0).log_prob(TARGET)  # <- log_prob averaged
    log_variance = 2 * jnp.log(params["scale"])
    return -0.5 * jnp.sum(1 + log_variance - loc**2 - jnp.exp(log_variance), -1).mean() - pixels.mean()


def well_sum_against_kl(params, key):
    q = _encoded(params)
    pixels = ex.Normal(q.sample(key) @ jnp.ones((2, 4)), 1.0).log_prob(TARGET)
    return (ex.kl(q, ex.Normal(0.0, 1.0)).sum(-1) - pixels.sum(-1)).mean()


def well_weighted_kl(params, key):
    """A KL that counts 4 times, where an image has 4 pixels."""
    q = _encoded(params)
    pixels = ex.Normal(q.sample(key) @ jnp.ones((2, 4)), 1.0).log_prob(TARGET)
    return (4.0 * ex.kl(q, ex.Normal(0.0, 1.0)).sum(-1) - pixels.sum(-1)).mean()


def well_penalty_of_parameters(params, key):
    q = _encoded(params)
    pixels = ex.Normal(q.sample(key) @ jnp.ones((2, 4)), 1.0).log_prob(TARGET)
    return 1e-3 * (q.loc**2).sum(-1).mean() - pixels.mean()


def sick_prior_over_the_batch(params, key):
    z = _encoded(params).sample(key)
    pixels = ex.Normal(z @ jnp.ones((2, 4)), 1.0).log_prob(TARGET).sum()
    prior = ex.Normal(0.0, 1.0).log_prob(z).sum(-1)  # <- log_prob averaged
    return -(pixels + prior.mean())


PAIR = {"loc": 0.3, "scale": 1.2}
ARGUMENTS = {
    "sick_mean_over_pixels": PAIR,
    "well_sum_over_pixels": PAIR,
    "sick_column_against_row": PAIR,
    "well_row_against_row": PAIR,
    "sick_likelihood_of_a_column": PAIR,
    "sick_mean_against_kl": PAIR,
    "sick_mean_against_a_formula": PAIR,
    "well_sum_against_kl": PAIR,
    "well_penalty_of_parameters": PAIR,
    "well_weighted_kl": PAIR,
    "sick_prior_over_the_batch": PAIR,
}
