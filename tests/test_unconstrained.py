"""Parameters as free reals and back."""

import dataclasses

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


# --- Parameters that depend on each other ---

PAIRS = {
    "Uniform": lambda: ex.Uniform(array(-1.0, 2.0), 3.0),
    "Bates": lambda: ex.Bates(2, -1.0, array(0.5, 2.0)),
    "Triangular": lambda: ex.Triangular(-1.0, 2.0, array(0.0, 1.5)),
    "PERT": lambda: ex.PERT(0.0, array(1.0, 3.0), 4.0),
    "LogUniform": lambda: ex.LogUniform(array(0.5, 1.0), array(1.0, 4.0)),
    "TruncatedNormal": lambda: ex.TruncatedNormal(0.0, 1.0, array(-1.0, 0.5), 2.0),
    "TruncatedCauchy": lambda: ex.TruncatedCauchy(0.0, 1.0, -1.0, 2.0),
    "Truncated": lambda: ex.Truncated(ex.Gumbel(0.0, 1.0), -1.0, 2.0),
    "IntervalCensored": lambda: ex.IntervalCensored(ex.Normal(0.0, 1.0), -1.0, 2.0),
    "Quantized": lambda: ex.Quantized(ex.Normal(0.0, 1.0), -1.0, 2.0),
    "NormalInverseGaussian": lambda: ex.NormalInverseGaussian(0.0, 1.0, array(2.0, 3.0), array(-1.5, 1.0)),
    "Wishart": lambda: ex.Wishart(array(2.5, 7.0), scale_tril=np.eye(3, dtype=np.float32)),
    "InverseWishart": lambda: ex.InverseWishart(2.5, scale_tril=np.eye(3, dtype=np.float32)),
    "CAR": lambda: ex.CAR(array(0.0, 0.0, 1.0), 0.5, 1.0, array([0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0])),
    "Sigmoid": lambda: ex.Transformed(ex.Normal(0.0, 1.0), ex.bijectors.Sigmoid(-1.0, 2.0)),
    "SoftClip": lambda: ex.Transformed(ex.Normal(0.0, 1.0), ex.bijectors.SoftClip(-1.0, 2.0)),
    "Independent": lambda: ex.Independent(ex.Uniform(array(-1.0, 2.0), array(3.0, 4.0)), 1),
    "Mixture": lambda: ex.MixtureSameFamily(
        ex.Categorical(probs=array(0.5, 0.5)), ex.Triangular(array(-1.0, 2.0), array(3.0, 4.0), array(0.0, 3.0))
    ),
}


def rebuilt(dist):
    """Through every constructor: they raise at invalid numbers."""
    if not isinstance(dist, ex.AbstractDistribution | ex.bijectors.AbstractBijector):
        return dist
    parts = {f.name: rebuilt(getattr(dist, f.name)) for f in dataclasses.fields(dist)}
    return type(dist)(**parts)


def moved(free, key, size):
    leaves, structure = jax.tree.flatten(free)
    keys = jax.random.split(key, len(leaves))
    steps = [
        jnp.asarray(size, v.dtype) * jax.random.normal(k, jnp.shape(v), v.dtype)
        for k, v in zip(keys, leaves, strict=True)
    ]
    return structure.unflatten([v + s for v, s in zip(leaves, steps, strict=True)])


@pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("size", [1.0, 30.0, 3e4])
def test_pairs_stay_valid(make, size, key):
    for k in jax.random.split(key, 8):
        dist = ex.constrain(moved(ex.unconstrain(make()), k, size))
        assert all(jnp.isfinite(v).all() for v in jax.tree.leaves(dist))
        rebuilt(dist)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", ["Uniform", "PERT", "LogUniform", "NormalInverseGaussian", "Wishart"])
def test_pairs_in_every_type(name, dtype, key, x64):
    dist = jax.tree.map(lambda v: jnp.asarray(v, dtype), PAIRS[name]())
    free = ex.unconstrain(dist)
    rtol = 8 * float(jnp.finfo(dtype).eps)
    for a, b in zip(jax.tree.leaves(ex.constrain(free)), jax.tree.leaves(dist), strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a.astype(float), b.astype(float), rtol=rtol, atol=rtol)
    for k, size in zip(jax.random.split(key), (1.0, 100.0), strict=True):
        rebuilt(ex.constrain(moved(free, k, size)))


def test_pairs_under_transformations():
    free = ex.unconstrain(PAIRS["PERT"]())
    rows = jax.tree.map(lambda v: jnp.broadcast_to(v, (3, *v.shape)) + jnp.ones(()), free)
    each = [ex.constrain(jax.tree.map(lambda v, i=i: v[i], rows)) for i in range(3)]
    batched = jax.vmap(ex.constrain)(rows)
    jax.tree.map(np.testing.assert_array_equal, batched, jax.tree.map(lambda *v: jnp.stack(v), *each))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), jax.jit(ex.constrain)(free), ex.constrain(free)
    )


def test_ends_of_unlike_batches():
    dist = ex.Uniform(array(0.0, 1.0), array([2.0, 3.0], [4.0, 5.0]))
    free = ex.unconstrain(dist)
    assert free.high.shape == (2, 2)
    np.testing.assert_allclose(ex.constrain(free).high, dist.high, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda d: d.cdf(1.5))(dist), [[0.75, 0.25], [0.375, 0.125]], rtol=1e-6)


def test_the_lower_end_moves_the_upper_one_along():
    free = ex.unconstrain(ex.Uniform(1.0, 3.0))
    slopes = jax.grad(lambda f: ex.constrain(f).high)(free)
    assert slopes.low == pytest.approx(1.0)
    assert slopes.high == pytest.approx(1 - np.exp(-2), rel=1e-6)  # of softplus where it is 2


def test_an_infinite_end_leaves_the_other_free():
    free = ex.unconstrain(ex.TruncatedNormal(0.0, 1.0, -np.inf, 2.0))
    assert free.high == 2.0
    below = ex.constrain(free.replace(high=-7.0))
    assert (below.low, below.high) == (-np.inf, -7.0)
    above = ex.unconstrain(ex.TruncatedNormal(0.0, 1.0, 2.0, np.inf))
    assert ex.constrain(above).high == np.inf


def test_counts_and_left_out_ends_stay():
    assert ex.unconstrain(ex.DiscreteUniform(2, 5)).high == 5
    clip = ex.Transformed(ex.Normal(0.0, 1.0), ex.bijectors.SoftClip(high=2.0))
    assert ex.constrain(ex.unconstrain(clip)).bijector.high == 2.0
