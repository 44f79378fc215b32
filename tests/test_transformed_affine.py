"""Laws under chains of affine maps: batches, densities and moments are those of the normal laws that they are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import bijectors

SHIFT, FACTOR = np.array([1.0, -2.0], np.float32), np.array([[2.0, 0.0], [1.0, 1.5]], np.float32)
STANDARD = ex.MultivariateNormal(jnp.zeros(2), scale_tril=jnp.eye(2))
AFFINE = {
    "a shift of numbers over a vector": bijectors.Chain([bijectors.Shift(SHIFT), bijectors.TriangularLinear(FACTOR)]),
    "a block of shifts": bijectors.Chain(
        [bijectors.Block(bijectors.Shift(SHIFT), 1), bijectors.TriangularLinear(FACTOR)]
    ),
    "in the other order": bijectors.Compose([bijectors.TriangularLinear(FACTOR), bijectors.Shift(SHIFT)]),
    "an inverse": bijectors.Invert(
        bijectors.Chain([bijectors.Invert(bijectors.TriangularLinear(FACTOR)), bijectors.Shift(-SHIFT)])
    ),
}


@pytest.mark.parametrize("name", AFFINE)
def test_vectors(name, key):
    law, truth = ex.Transformed(STANDARD, AFFINE[name]), ex.MultivariateNormal(SHIFT, scale_tril=FACTOR)
    assert (law.batch_shape, law.event_shape) == ((), (2,))
    assert law.sample(key, (3,)).shape == (3, 2)
    x = np.array([[0.3, 0.2], [-1.0, 4.0]], np.float32)
    np.testing.assert_allclose(law.log_prob(x), truth.log_prob(x), rtol=1e-5)
    for method in ("mean", "mode", "variance", "covariance", "entropy"):
        np.testing.assert_allclose(getattr(law, method)(), getattr(truth, method)(), rtol=1e-5, err_msg=method)


def test_a_batch_in_front_of_the_event(key):
    shifts = np.stack([SHIFT, 2 * SHIFT, -SHIFT])
    chain = bijectors.Chain([bijectors.Shift(shifts), bijectors.TriangularLinear(FACTOR)])
    law, truth = ex.Transformed(STANDARD, chain), ex.MultivariateNormal(shifts, scale_tril=FACTOR)
    assert (law.batch_shape, law.event_shape) == ((3,), (2,))
    x = jax.random.normal(key, (4, 3, 2))
    np.testing.assert_allclose(law.log_prob(x), truth.log_prob(x), rtol=1e-5)


def test_numbers():
    chain = bijectors.Chain([bijectors.Shift(np.array([1.0, -2.0], np.float32)), bijectors.Scale(-3.0)])
    law, truth = ex.Transformed(ex.Normal(0.5, 2.0), chain), ex.Normal(np.array([-0.5, -3.5], np.float32), 6.0)
    for method in ("mean", "mode", "variance", "entropy"):
        np.testing.assert_allclose(getattr(law, method)(), getattr(truth, method)(), rtol=1e-6, err_msg=method)
