"""Our distributions as sites of a NumPyro model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax.compat.numpyro import to_numpyro

numpyro = pytest.importorskip("numpyro")


@pytest.fixture(autouse=True)
def _as_a_user():
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"), jax.debug_key_reuse(False):
        yield


@pytest.mark.slow
def test_a_model_runs_through_nuts(key):
    counts = jnp.array([2.0, 3.0, 1.0, 4.0, 2.0, 0.0])

    def model(counts):
        rate = numpyro.sample("rate", to_numpyro(ex.Gamma(3.0, 2.0)))
        numpyro.sample("shares", to_numpyro(ex.Dirichlet(jnp.array([1.0, 2.0, 3.0]))))
        with numpyro.plate("hours", counts.shape[0]):
            numpyro.sample("counts", to_numpyro(ex.Poisson(rate)), obs=counts)

    mcmc = numpyro.infer.MCMC(numpyro.infer.NUTS(model), num_warmup=300, num_samples=2000, progress_bar=False)
    mcmc.run(key, counts)
    draws = mcmc.get_samples()
    # the posterior is Gamma(15, 8), of standard deviation 0.48: 6 standard errors of 500 independent draws
    np.testing.assert_allclose(draws["rate"].mean(), 15 / 8, atol=6 * 0.48 / 500**0.5)
    np.testing.assert_allclose(draws["shares"].mean(0), np.array([1, 2, 3]) / 6, atol=6 * 0.19 / 500**0.5)


@pytest.mark.parametrize(
    ("ours", "support"),
    [
        (lambda: ex.Normal(jnp.zeros(3), 1.0), "Real"),
        (lambda: ex.Gamma(2.0, 1.0), "Nonnegative"),
        (lambda: ex.LogNormal(2.0, 1.0), "Positive"),
        (lambda: ex.Uniform(0.0, 2.0), "Interval"),
        (lambda: ex.Pareto(2.0, 1.0), "GreaterThan"),
        (lambda: ex.VonMises(2.0, 1.0), "Interval"),
        (lambda: ex.Dirichlet(jnp.ones(3)), "Simplex"),
        (lambda: ex.MultivariateNormal(jnp.zeros(2), scale_tril=jnp.eye(2)), "RealVector"),
        (lambda: ex.LKJCholesky(3, 1.0), "CorrCholesky"),
        (lambda: ex.Wishart(3.0, scale_tril=jnp.eye(2)), "PositiveDefinite"),
        (lambda: ex.Poisson(3.0), "IntegerGreaterThan"),
        (lambda: ex.Binomial(3.0, probs=0.5), "IntegerInterval"),
        (lambda: ex.Multinomial(3.0, probs=jnp.array([0.5, 0.5])), "Multinomial"),
        (lambda: ex.Independent(ex.Gamma(jnp.ones(3), 1.0), 1), "IndependentConstraint"),
    ],
)
def test_sites(ours, support, key):
    d = ours()
    site = to_numpyro(d)
    assert isinstance(site, numpyro.distributions.Distribution)
    assert type(site.support).__name__ == "_" + support
    assert (site.batch_shape, site.event_shape) == (d.batch_shape, d.event_shape)
    draws = site.sample(key, (4,))
    assert np.all(site.support(draws))
    np.testing.assert_array_equal(site.log_prob(draws), d.log_prob(draws))
    assert site.has_rsample == d.pathwise
    assert set(site.arg_constraints) <= set(site.get_args())
    site.validate_args(strict=False)
    assert site.expand((2, *d.batch_shape)).sample(key).shape == (2, *d.batch_shape, *d.event_shape)
    assert jax.jit(lambda s: s.log_prob(draws))(site).shape == (4, *d.batch_shape)


def test_a_support_without_a_constraint():
    with pytest.raises(NotImplementedError, match="one-hot"):
        to_numpyro(ex.OneHotCategorical(probs=jnp.array([0.5, 0.5])))
