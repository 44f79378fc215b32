"""Mixtures of unlike families: sums in double precision, derivatives in the weights against quadrature and enumeration."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special, stats

import expectax as ex
from expectax import supports

Z_LIMIT = 6.0
LOGITS = np.array([0.5, -1.0, 1.0])
PARTS = (stats.norm(-1.0, 0.5), stats.laplace(1.0, 2.0), stats.logistic(3.0, 0.5))


def unlike(logits=LOGITS, dtype=np.float32):
    logits = jnp.asarray(logits, dtype)
    one = [dtype(v) for v in (-1.0, 0.5, 1.0, 2.0, 3.0)]
    parts = (ex.Normal(one[0], one[1]), ex.Laplace(one[2], one[3]), ex.Logistic(one[4], one[1]))
    return ex.Mixture(ex.Categorical(logits=logits), parts)


def test_density_tails_and_moments(x64):
    dist, x = unlike(dtype=np.float64), np.linspace(-40.0, 40.0, 81)
    log_w = LOGITS - special.logsumexp(LOGITS)
    for method, of_component in (("log_prob", "logpdf"), ("log_cdf", "logcdf"), ("log_sf", "logsf")):
        terms = np.stack([getattr(part, of_component)(x) for part in PARTS], -1) + log_w
        np.testing.assert_allclose(getattr(dist, method)(x), special.logsumexp(terms, axis=1), rtol=1e-12, atol=1e-15)
    w, means, variances = np.exp(log_w), *(np.array([getattr(p, m)() for p in PARTS]) for m in ("mean", "var"))
    np.testing.assert_allclose(dist.mean(), w @ means)
    np.testing.assert_allclose(dist.variance(), w @ (variances + means**2) - (w @ means) ** 2)
    p = np.array([1e-12, 0.01, 0.3, 0.7, 0.99, 1 - 1e-12])
    np.testing.assert_allclose(dist.cdf(dist.quantile(p)), p, rtol=1e-10)


def test_derivative_along_the_draw_is_that_of_the_cdf(key, x64):
    """Of every draw, in every parameter: dx/dθ = -F_θ/p, F differentiated by JAX."""
    dist = jax.tree.map(jnp.asarray, unlike(dtype=np.float64))
    data = jax.random.key_data(key)

    def draw(d):
        return d.sample(jax.random.wrap_key_data(data), (16,))

    x = draw(dist)
    path, slope = jax.jacobian(draw)(dist), jax.jacobian(lambda d: d.cdf(x))(dist)
    for came, by_cdf in zip(jax.tree.leaves(path), jax.tree.leaves(slope), strict=True):
        density = np.asarray(dist.prob(x)).reshape((16,) + (1,) * (by_cdf.ndim - 1))
        np.testing.assert_allclose(came, -np.asarray(by_cdf) / density, rtol=1e-8, atol=1e-10)


def mean_of_slopes(make, parameter, count, key):
    """The gradient of E[tanh x] by `ex.value_and_grad`, and its standard error."""

    def loss(p, key):
        return jnp.tanh(make(p).sample(key)).astype(jnp.float32)

    keys = jax.random.split(key, 16)
    slopes = [ex.value_and_grad(loss, num_samples=count // 16)(parameter, k)[1] for k in keys]
    slopes = np.array(slopes, np.float64)
    return slopes.mean(0), slopes.std(0, ddof=1) / 4


KINDS = {
    "path": (ex.Normal(-1.0, 0.5), ex.Laplace(1.0, 2.0)),
    "supports": (ex.Uniform(-2.0, 1.0), ex.Gamma(2.5, 1.0)),
    "counts": (ex.Poisson(2.5), ex.Geometric(probs=0.25)),
}
TRUTHS = {
    "path": [stats.norm(-1.0, 0.5), stats.laplace(1.0, 2.0)],
    "supports": [stats.uniform(-2.0, 3.0), stats.gamma(2.5)],
    "counts": [stats.poisson(2.5), stats.geom(0.25, loc=-1)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_in_the_weights(kind, key):
    """d/dλ Σ_k w_k E_k[g] = w_k (E_k[g] - E[g]), E_k by quadrature or summation; by default, whatever the families."""
    logits = np.array([0.25, -0.5], np.float32)
    weights = special.softmax(logits.astype(np.float64))
    if kind == "counts":
        k = np.arange(400)
        means = np.array([(part.pmf(k) * np.tanh(k)).sum() for part in TRUTHS[kind]])
    else:
        ends = [part.ppf([1e-15, 0.5, 1 - 1e-15]) for part in TRUTHS[kind]]
        means = np.array(
            [
                sum(integrate.quad(lambda x, p=p: p.pdf(x) * np.tanh(x), *e[i : i + 2])[0] for i in (0, 1))
                for p, e in zip(TRUTHS[kind], ends, strict=True)
            ]
        )
    truth = weights * (means - weights @ means)
    dist = ex.Mixture(ex.Categorical(logits=logits), KINDS[kind])
    assert dist.pathwise == (kind == "path")
    came, error = mean_of_slopes(lambda p: dist.replace(mixing=ex.Categorical(logits=p)), logits, 16 * 2048, key)
    # 16 batches: |t| of 15 degrees of freedom exceeds 12 once in 10⁹ tests; a fault of a tenth of the gradient shows
    assert (np.abs(came - truth) < 12 * error).all(), (came, truth, error)
    assert (12 * error < 0.5 * np.abs(truth).max()).all()


def test_derivative_along_a_vector_draw(key):
    """Coordinates of a mixture depend on each other: the mean of the derivative against quadrature over the plane."""
    place, spread = np.array([-1.0, 0.5], np.float32), np.array([0.5, 1.0], np.float32)
    logits = np.array([0.5, -0.5], np.float32)

    def make(logits, place, spread):
        parts = (ex.Independent(ex.Normal(place, 0.75), 1), ex.Independent(ex.Logistic(0.5, spread), 1))
        return ex.Mixture(ex.Categorical(logits=logits), parts)

    def g(x):
        return jnp.tanh(x[..., 0] * x[..., 1] + x[..., 0] + 2 * x[..., 1])

    line = np.linspace(-18, 18, 601).astype(np.float32)
    plane = np.stack(np.meshgrid(line, line, indexing="ij"), -1)
    step = float(line[1] - line[0])
    truth = jax.grad(lambda p: (make(*p).prob(plane) * g(plane)).sum() * step**2)((logits, place, spread))
    count = 50_000
    wide = tuple(np.broadcast_to(v, (count, *v.shape)) for v in (logits, place, spread))
    assert make(*wide).pathwise
    slopes = jax.grad(lambda p: g(make(*p).sample(key)).sum())(wide)
    for came, expected in zip(slopes, truth, strict=True):
        came = np.asarray(came, np.float64)
        assert (np.abs(came.mean(0) - expected) < Z_LIMIT * came.std(0) / count**0.5 + 1e-4).all()


def test_moments_of_vectors(x64):
    parts = (
        ex.MultivariateNormal(np.array([1.0, -1.0]), scale_tril=np.array([[2.0, 0.0], [1.0, 1.5]])),
        ex.Independent(ex.Laplace(np.array([0.0, 2.0]), 0.5), 1),
    )
    dist = ex.Mixture(ex.Categorical(probs=np.array([0.25, 0.75])), parts)
    w, means = np.array([0.25, 0.75]), np.array([[1.0, -1.0], [0.0, 2.0]])
    second = [np.asarray(p.covariance()) + np.outer(m, m) for p, m in zip(parts, means, strict=True)]
    expected = np.tensordot(w, second, 1) - np.outer(w @ means, w @ means)
    np.testing.assert_allclose(dist.covariance(), expected, rtol=1e-12)
    np.testing.assert_allclose(dist.variance(), np.diag(expected), rtol=1e-12)


def test_supports_and_what_depends_on_them():
    weights = ex.Categorical(probs=np.array([0.5, 0.5], np.float32))
    apart = ex.Mixture(weights, KINDS["supports"])
    assert isinstance(apart.support, supports.AnyOf)
    np.testing.assert_array_equal(apart.support.contains(np.array([-3.0, -1.0, 5.0])), [False, True, True])
    np.testing.assert_array_equal(np.isfinite(apart.log_prob(np.array([-3.0, -1.0, 5.0]))), [False, True, True])
    assert apart.support.bounds == (-2.0, np.inf)
    same = ex.Mixture(weights, (ex.Gamma(2.5, 1.0), ex.LogNormal(1.0, 0.5)))
    assert same.pathwise  # closed or open at 0: of no measure
    nested = ex.Mixture(weights, (same, ex.Weibull(1.5, 2.0)))
    assert nested.pathwise
    assert not ex.Mixture(weights, (ex.Normal(0.0, 1.0), ex.Gamma(2.5, 1.0))).pathwise
    finite = ex.Mixture(
        weights, (ex.Bernoulli(probs=0.25), ex.Categorical(probs=np.array([0.25, 0.25, 0.5], np.float32)))
    )
    assert finite.finite
    np.testing.assert_array_equal(finite._support_values(), [0, 1, 2])
    assert not ex.Mixture(weights, KINDS["counts"]).finite
    with pytest.raises(NotImplementedError, match="cdf"):
        ex.Mixture(weights, (ex.VonMises(0.0, 1.0), ex.Normal(0.0, 1.0))).cdf(0.0)


def test_lanes_and_nan(key):
    count = 1000
    loc = np.zeros(count, np.float32)
    draw = jax.jit(
        lambda loc, k: unlike().replace(components=(ex.Normal(loc, 0.5), *unlike().components[1:])).sample(k)
    )
    with jax.debug_key_reuse(False):
        before = np.asarray(draw(loc, key))
        loc[::3], loc[1] = 1, np.nan
        after = np.asarray(draw(loc, key))
    others = np.arange(count) % 3 != 0
    others[1] = False
    np.testing.assert_array_equal(before[others], after[others])
    assert np.isnan(after[1])
    assert np.isfinite(np.delete(after, 1)).all()


def test_what_does_not_fit():
    weights = ex.Categorical(probs=np.array([0.5, 0.5], np.float32))
    normal = ex.Normal(0.0, 1.0)
    with pytest.raises(ValueError, match="a Categorical for mixing, got Normal"):
        ex.Mixture(normal, (normal, normal))
    with pytest.raises(ValueError, match="2 components, one a category of mixing, got 1"):
        ex.Mixture(weights, (normal,))
    with pytest.raises(ValueError, match="distributions for components, got float"):
        ex.Mixture(weights, (normal, 1.0))
    for other in (ex.Poisson(1.0), ex.Independent(ex.Normal(np.zeros(2, np.float32), 1.0), 1)):
        with pytest.raises(ValueError, match="one event shape, all discrete or none"):
            ex.Mixture(weights, (normal, other))
    with pytest.raises(ValueError, match="do not broadcast"):
        ex.Mixture(weights, (ex.Normal(np.zeros(2, np.float32), 1.0), ex.Normal(np.zeros(3, np.float32), 1.0)))
