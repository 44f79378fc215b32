"""The distributions as functions of a family's name, its parameters and a value: what accuracy harnesses call.

Each function takes `(name, params, x)` with params a dict of arrays that broadcast against x, and returns one number a
lane. `sample_grad` is the derivative of a draw with respect to one parameter at fixed base randomness, read off the
quantile's implicit derivative: dx/dθ = -F_θ(x)/p(x).
"""

import jax
import jax.numpy as jnp

import expectax as ex

IS_JAX = True


def distribution(name, params):
    """The distribution of a reference file; some files name a parametrisation besides the family."""
    params = dict(params)
    if name.startswith("Binomial"):
        return ex.Binomial(params.pop("total_count"), **params)
    if name == "MultivariateNormalTriL":
        return ex.MultivariateNormal(params["loc"], scale_tril=params["scale_tril"])
    if name.startswith("TanhNormal"):
        name = "TanhNormal"
    return getattr(ex, name)(**params)


def log_prob(name, params, x):
    dist = distribution(name, params)
    if name == "TanhNormal_u":
        return dist.log_prob_of_preimage(x)
    if name == "Categorical":
        x = x.astype(jnp.int32)
    return dist.log_prob(x)


def cdf(name, params, x):
    return distribution(name, params).cdf(x)


def survival(name, params, x):
    return distribution(name, params).sf(x)


def log_cdf(name, params, x):
    return distribution(name, params).log_cdf(x)


def log_survival(name, params, x):
    return distribution(name, params).log_sf(x)


def quantile(name, params, x):
    return distribution(name, params).quantile(x)


def sample_grad(name, params, x, wrt):
    """By the smaller tail: -F_θ/p = -(∂ log F/∂θ)/(∂ log F/∂x). Dirichlet's by its components' beta marginals."""
    if name == "Dirichlet":
        return _dirichlet_sample_grad(params["concentration"], x)

    def log_tail(theta, x, lower):
        dist = distribution(name, {**params, wrt: theta})
        return jnp.where(lower, dist.log_cdf(x), dist.log_sf(x))

    @jax.jit
    def slope(theta, x):
        dist = distribution(name, params)
        log_cdf = dist.log_cdf(x)
        lower = (log_cdf < dist.log_sf(x)) & (log_cdf > -jnp.inf)
        by_theta = jax.jvp(lambda t: log_tail(t, x, lower), (theta,), (jnp.ones_like(theta),))[1]
        by_x = jax.jvp(lambda x: log_tail(theta, x, lower), (x,), (jnp.ones_like(x),))[1]
        return -by_theta / by_x

    return slope(params[wrt], x)


def _dirichlet_sample_grad(concentration, x):
    """∂x_j/∂α_j of x_j ~ Beta(α_j, Σα - α_j); what is lost there is shared out in proportion."""
    rest = concentration.sum(-1, keepdims=True) - concentration
    own = sample_grad("Beta", {"concentration1": concentration, "concentration0": rest}, x, "concentration1")
    shares = -x[:, :, None] / (1 - x[:, None, :]) * own[:, None, :]
    return jnp.where(jnp.eye(x.shape[-1], dtype=bool), own[:, :, None], shares)
