"""Parameters as free reals and back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from case import array
from cases import CASES

import expectax as ex


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_round_trip(case):
    dist = case.make()
    free = ex.unconstrain(dist)
    assert jax.tree.structure(free) == jax.tree.structure(dist)
    assert all(jnp.isfinite(v).all() for v in jax.tree.leaves(free))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6), ex.constrain(free), dist)


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_any_reals_give_valid_parameters(case, key):
    free = ex.unconstrain(case.make())
    leaves, structure = jax.tree.flatten(free)
    keys = jax.random.split(key, len(leaves))
    moved = structure.unflatten([v + jax.random.normal(k, jnp.shape(v)) for v, k in zip(leaves, keys, strict=True)])
    dist = ex.constrain(moved)
    for p in dist._parameters():
        if not p.support.discrete:
            assert jnp.all(p.support.contains(p.value)), p


def test_a_pytree_with_other_things():
    tree = {"q": [ex.Gamma(2.0, 0.5)], "w": jnp.ones(3), "name": None, "n": ex.Binomial(7, probs=0.25)}
    free = ex.unconstrain(tree)
    assert free["w"] is tree["w"]
    assert free["n"].total_count == 7
    np.testing.assert_allclose(free["n"].probs, np.log(1 / 3), rtol=1e-6)
    back = ex.constrain(free)
    assert back["q"][0].rate == pytest.approx(0.5)


def test_an_optimiser_finds_the_maximum_likelihood(key):
    data = ex.Gamma(3.0, 2.0).sample(key, (2_000,))

    def loss(free):
        return -ex.constrain(free).log_prob(data).mean()

    def step(free, _):
        return jax.tree.map(lambda v, g: v - 0.5 * g, free, jax.grad(loss)(free)), None

    fitted = ex.constrain(jax.lax.scan(step, ex.unconstrain(ex.Gamma(1.0, 1.0)), None, 300)[0])
    np.testing.assert_allclose(fitted.mean(), data.mean(), rtol=1e-3)
    np.testing.assert_allclose(fitted.concentration, 3.0, rtol=0.15)


def test_types_are_kept(x64):
    free = ex.unconstrain(ex.Beta(jnp.float16(2.0), jnp.float16(3.0)))
    assert free.concentration1.dtype == jnp.float16
    assert ex.unconstrain(ex.Normal(0.0, 1.0)).scale.dtype == jnp.float64
    assert ex.unconstrain(ex.Normal(0, 1)).scale == pytest.approx(np.log(np.e - 1))
    assert ex.unconstrain(ex.Categorical(probs=array(0.25, 0.75))).probs.shape == (2,)
