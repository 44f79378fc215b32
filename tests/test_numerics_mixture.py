"""Log-sums of weighted densities where some or all of them vanish: values and derivatives in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from expectax.numerics import log_mixture, log_mixture_of_logits, log_sum_exp

INF = np.inf
LAST = pytest.mark.parametrize("count", [3, 40])  # folded column by column, and reduced


def padded(values, count):
    """`values` among terms that vanish."""
    return jnp.asarray(np.r_[values, np.full(count - len(values), -INF)], jnp.float32)


@LAST
@pytest.mark.parametrize(
    ("terms", "total", "slopes"),
    [
        ((-INF, -INF, -INF), -INF, (0, 0, 0)),
        ((INF, 1.0, -INF), INF, (np.nan, 0, 0)),
        ((np.nan, 1.0, -INF), np.nan, (np.nan, np.nan, np.nan)),
        ((-1e4, -1e4, -INF), -1e4 + np.log(2), (0.5, 0.5, 0)),
        ((3e38, 0.0, -INF), 3e38, (1, 0, 0)),
    ],
)
def test_log_sum_exp_at_the_ends(terms, total, slopes, count):
    got, gradient = jax.value_and_grad(log_sum_exp)(padded(terms, count))
    np.testing.assert_allclose(got, np.float32(total), rtol=1e-6)
    np.testing.assert_allclose(gradient[:3], slopes, rtol=1e-3)


@LAST
def test_weights_of_zero_have_the_derivative_of_their_density(count):
    """∂/∂w_k log Σ w e^ℓ = e^(ℓ_k - total), whether w_k is 0 or not; ∂/∂ℓ_k is the share."""
    weights = jnp.zeros(count).at[:2].set(jnp.array([0.25, 0.75]))
    densities = padded([-800.0, -801.0, -799.0], count)
    total, (by_weight, by_density) = jax.value_and_grad(log_mixture, (0, 1))(weights, densities)
    sum_ = 0.25 + 0.75 * np.exp(-1)
    np.testing.assert_allclose(total, -800 + np.log(sum_), rtol=1e-6)
    np.testing.assert_allclose(by_weight[:3], np.exp([0.0, -1.0, 1.0]) / sum_, rtol=1e-4)
    np.testing.assert_allclose(by_density[:3], np.array([0.25, 0.75 * np.exp(-1), 0]) / sum_, rtol=1e-4)
    assert np.isfinite(by_weight).all()


@LAST
def test_outside_every_support_nothing_has_a_derivative(count):
    weights, nowhere = jnp.full(count, 1 / count), jnp.full(count, -INF)
    total, gradients = jax.value_and_grad(log_mixture, (0, 1))(weights, nowhere)
    assert total == -INF
    assert all((g == 0).all() for g in gradients)
    total, gradients = jax.value_and_grad(log_mixture_of_logits, (0, 1))(jnp.zeros(count), nowhere)
    assert total == -INF
    assert all((g == 0).all() for g in gradients)


@LAST
def test_logits_need_not_be_normalised(count):
    logits, densities = padded([1.0, 2.0, -INF], count), padded([-5.0, -6.0, 0.0], count)
    total, (by_logit, by_density) = jax.value_and_grad(log_mixture_of_logits, (0, 1))(logits, densities)
    prior, joint = np.exp([1.0, 2.0]), np.exp([-4.0, -4.0])
    np.testing.assert_allclose(total, np.log(joint.sum() / prior.sum()), rtol=1e-6)
    np.testing.assert_allclose(by_logit[:3], [*(joint / joint.sum() - prior / prior.sum()), 0], atol=1e-6)
    np.testing.assert_allclose(by_density[:3], [0.5, 0.5, 0], atol=1e-6)
    shifted = log_mixture_of_logits(logits + 7.0, densities)
    np.testing.assert_allclose(shifted, total, rtol=1e-5)
