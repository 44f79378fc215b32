"""Mixtures: densities and tails against sums in double precision, derivatives along the draw against quadrature."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

import expectax as ex
from expectax import supports

Z_LIMIT = 6.0
LOGITS = np.array([0.5, -1.0, 2.0])
LOC, SCALE = np.array([-1.0, 0.0, 3.0]), np.array([0.5, 2.0, 1.0])


def normals(logits=LOGITS, loc=LOC, scale=SCALE, dtype=np.float32):
    return ex.MixtureSameFamily(
        ex.Categorical(logits=logits.astype(dtype)), ex.Normal(loc.astype(dtype), scale.astype(dtype))
    )


def test_density_tails_and_moments(x64):
    dist, x = normals(dtype=np.float64), np.linspace(-40.0, 40.0, 81)
    log_w = LOGITS - special.logsumexp(LOGITS)
    for method, of_component in (("log_prob", "logpdf"), ("log_cdf", "logcdf"), ("log_sf", "logsf")):
        terms = getattr(stats.norm(LOC, SCALE), of_component)(x[:, None]) + log_w
        np.testing.assert_allclose(getattr(dist, method)(x), special.logsumexp(terms, axis=1), rtol=1e-12, atol=1e-15)
    w = np.exp(log_w)
    np.testing.assert_allclose(dist.mean(), w @ LOC)
    np.testing.assert_allclose(dist.variance(), w @ (SCALE**2 + LOC**2) - (w @ LOC) ** 2)
    p = np.array([1e-300, 1e-12, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-12])
    np.testing.assert_allclose(dist.cdf(dist.quantile(p)), p, rtol=1e-10)
    np.testing.assert_array_equal(dist.quantile(np.array([0.0, 1.0])), [-np.inf, np.inf])


def test_quantile_derivatives(x64):
    dist, p, step = normals(dtype=np.float64), 0.3, 1e-6
    np.testing.assert_allclose(
        jax.grad(dist.quantile)(p), (dist.quantile(p + step) - dist.quantile(p - step)) / (2 * step), rtol=1e-7
    )
    gradient = jax.grad(lambda d: d.quantile(p))(dist)
    for i, leaf in enumerate(jax.tree.leaves(dist)):
        for k in range(3):
            ends = []
            for shift in (step, -step):
                leaves = jax.tree.leaves(dist)
                leaves[i] = leaf + shift * np.eye(3)[k]
                ends.append(jax.tree.unflatten(jax.tree.structure(dist), leaves).quantile(p))
            slope = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(jax.tree.leaves(gradient)[i][k], slope, rtol=1e-6, atol=1e-8)


FAMILIES = {
    "Normal": lambda: normals(),
    "Probs": lambda: ex.MixtureSameFamily(
        ex.Categorical(probs=np.array([0.5, 0.5, 0.0], np.float32)), ex.Normal(LOC.astype(np.float32), 1.0)
    ),
    "Gamma": lambda: ex.MixtureSameFamily(
        ex.Categorical(logits=LOGITS.astype(np.float32)), ex.Gamma(np.array([0.75, 2.0, 9.0], np.float32), 1.5)
    ),
    "Beta": lambda: ex.MixtureSameFamily(
        ex.Categorical(logits=LOGITS.astype(np.float32)), ex.Beta(np.array([0.75, 2.0, 9.0], np.float32), 1.5)
    ),
    "StudentT": lambda: ex.MixtureSameFamily(
        ex.Categorical(logits=LOGITS.astype(np.float32)), ex.StudentT(5.0, LOC.astype(np.float32), 1.0)
    ),
    "TruncatedNormal": lambda: ex.MixtureSameFamily(
        ex.Categorical(logits=LOGITS.astype(np.float32)), ex.TruncatedNormal(LOC.astype(np.float32), 1.0, -2.0, 4.0)
    ),
    "Mixture": lambda: ex.MixtureSameFamily(
        ex.Categorical(probs=np.array([0.25, 0.75], np.float32)),
        normals(np.array([LOGITS, -LOGITS]), np.array([LOC, LOC + 1]), np.array([SCALE, SCALE])),
    ),
}


LONG = ("StudentT", "Beta")  # to compile


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LONG)) for n in FAMILIES])
def test_derivative_along_the_draw_is_that_of_the_cdf(name, key, x64):
    """Of every draw, in every parameter: dx/dθ = -F_θ/p, F differentiated by JAX; weights but for a constant."""
    dist = jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), FAMILIES[name]())
    data = jax.random.key_data(key)

    def draw(d):
        return d.sample(jax.random.wrap_key_data(data), (16,))

    x = draw(dist)
    path, slope = jax.jit(lambda d: (jax.jacobian(draw)(d), jax.jacobian(lambda d: d.cdf(x))(d)))(dist)
    for p, came, by_cdf in zip(dist._parameters(), jax.tree.leaves(path), jax.tree.leaves(slope), strict=True):
        density = np.asarray(dist.prob(x)).reshape((16,) + (1,) * (by_cdf.ndim - 1))
        expected = -np.asarray(by_cdf) / density
        if p.name == "mixing.probs":
            came, expected = (v - v.mean(-1, keepdims=True) for v in (came, expected))
        np.testing.assert_allclose(came, expected, rtol=1e-8, atol=1e-10)


def test_derivative_in_the_far_tails():
    """Single precision where 1 - F is below its roundoff, against double precision."""
    from expectax.distributions._mixture_path import path_tangent

    x = np.array([-7.0, -5.0, 9.0, 12.0])

    def slopes(dtype):
        dist = normals(dtype=dtype)

        def along(direction):
            return path_tangent(jax.tree.map(lambda v: jnp.asarray(v)[None], dist), jnp.asarray(x, dtype), direction)

        zero = jax.tree.map(lambda v: jnp.zeros((1, 3), dtype), dist)
        eye = jnp.eye(3, dtype=dtype)[:, None]
        logits = jax.vmap(lambda e: along(zero.replace(mixing=ex.Categorical(logits=e))))(eye)
        loc = jax.vmap(
            lambda e: along(jax.tree.unflatten(jax.tree.structure(zero), [zero.mixing.logits, e, eye[0] * 0]))
        )(eye)
        return np.asarray(logits), np.asarray(loc)

    single = slopes(np.float32)
    with jax.enable_x64(True):
        double = slopes(np.float64)
    for came, expected in zip(single, double, strict=True):
        np.testing.assert_allclose(came, expected, rtol=3e-4, atol=1e-20)


def test_derivative_along_a_vector_draw(key):
    """Coordinates of a mixture depend on each other: the mean of the derivative against quadrature over the plane."""
    place, scale = (
        np.array([[-1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], np.float32),
        np.array([[0.5], [1.0], [2.0]], np.float32),
    )
    logits = np.array([0.5, -0.5, 0.0], np.float32)

    def make(logits, place, scale):
        return ex.MixtureSameFamily(ex.Categorical(logits=logits), ex.Independent(ex.Normal(place, scale), 1))

    def g(x):
        return jnp.tanh(x[..., 0] * x[..., 1] + x[..., 0] + 2 * x[..., 1])

    line = np.linspace(-11, 11, 701).astype(np.float32)
    plane = np.stack(np.meshgrid(line, line, indexing="ij"), -1)
    step = float(line[1] - line[0])
    truth = jax.grad(lambda p: (make(*p).prob(plane) * g(plane)).sum() * step**2)((logits, place, scale))
    count = 100_000
    wide = tuple(np.broadcast_to(v, (count, *v.shape)) for v in (logits, place, scale))
    slopes = jax.grad(lambda p: g(make(*p).sample(key)).sum())(wide)
    for came, expected in zip(slopes, truth, strict=True):
        came = np.asarray(came, np.float64)
        assert (np.abs(came.mean(0) - expected) < Z_LIMIT * came.std(0) / count**0.5 + 1e-4).all()


def test_where_there_is_no_path():
    uniform = ex.MixtureSameFamily(
        normals().mixing, ex.Uniform(np.zeros(3, np.float32), np.arange(1.0, 4, dtype=np.float32))
    )
    assert not uniform.pathwise  # the supports differ: a gap may open, over which draws jump
    assert isinstance(uniform.support, supports.Union)
    np.testing.assert_array_equal(uniform.support.contains(np.array([-0.5, 0.5, 2.5, 3.5])), [False, True, True, False])
    assert ex.MixtureSameFamily(normals().mixing, ex.TruncatedNormal(LOC.astype(np.float32), 1.0, -1.0, 2.0)).pathwise
    assert not ex.MixtureSameFamily(normals().mixing, ex.Poisson(np.ones(3, np.float32))).pathwise
    angles = ex.MixtureSameFamily(normals().mixing, ex.VonMises(LOC.astype(np.float32), 1.0))
    assert not angles.pathwise
    with pytest.raises(NotImplementedError, match="cdf"):
        angles.cdf(0.0)


def test_a_gradient_without_a_path_is_the_score(key):
    def loss(rates, key):
        mixing = ex.Categorical(probs=np.array([0.25, 0.75], np.float32))
        return ex.MixtureSameFamily(mixing, ex.Poisson(rates)).sample(key)

    rates = np.array([2.0, 5.0], np.float32)
    value, gradient = ex.value_and_grad(loss, num_samples=20_000)(rates, key)
    assert abs(value - 4.25) < 0.2
    np.testing.assert_allclose(gradient, [0.25, 0.75], atol=0.2)


def test_lanes_and_nan(key):
    count = 2000
    loc = np.broadcast_to(LOC.astype(np.float32), (count, 3)).copy()
    dist = ex.MixtureSameFamily(normals().mixing, ex.Normal(loc, SCALE.astype(np.float32)))
    draw = jax.jit(lambda loc, k: dist.replace(components=ex.Normal(loc, SCALE.astype(np.float32))).sample(k))
    with jax.debug_key_reuse(False):
        before = np.asarray(draw(loc, key))
        loc[::3] += 1
        loc[1, 1] = np.nan
        after = np.asarray(draw(loc, key))
    others = np.arange(count) % 3 != 0
    others[1] = False
    np.testing.assert_array_equal(before[others], after[others])
    assert np.isnan(after[1])
    assert np.isfinite(np.delete(after, 1)).all()


def test_weights_of_zero(key):
    dist = ex.MixtureSameFamily(
        ex.Categorical(probs=np.array([0.0, 1.0], np.float32)), ex.Normal(np.array([50.0, 0.0], np.float32), 1.0)
    )
    assert np.abs(dist.sample(key, (10_000,))).max() < 10
    np.testing.assert_allclose(dist.log_prob(1.0), stats.norm.logpdf(1.0), rtol=1e-6)
    gradient = jax.grad(lambda d: d.log_prob(49.0))(dist)
    np.testing.assert_allclose(gradient.mixing.probs[1], 1.0, rtol=1e-6)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.grad(lambda d: d.log_prob(1.0))(dist)))
    forbidden = normals(np.array([0.0, -np.inf, 0.0]))
    assert np.isfinite(forbidden.log_prob(1.0))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.grad(lambda d: d.log_prob(1.0))(forbidden)))


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="a Categorical for mixing, got Normal"):
        ex.MixtureSameFamily(ex.Normal(0.0, 1.0), ex.Normal(np.zeros(3, np.float32), 1.0))
    with pytest.raises(ValueError, match="3 components on the last batch axis"):
        ex.MixtureSameFamily(normals().mixing, ex.Normal(np.zeros(2, np.float32), 1.0))
    with pytest.raises(ValueError, match="do not broadcast"):
        normals(np.zeros((4, 3)), np.zeros((5, 3)))
