"""Laws on the real line and half lines: 50-digit values, special cases, edges, quantiles and modes that are solved for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

import expectax as ex
from expectax import numerics, random

# (parameters, x, log p, log P(X <= x), log P(X > x)) by mpmath: closed forms, or quadrature of the density
REFERENCE = {
    "SkewNormal": [
        ((0.5, 2.0, 3.0), -8.0, -94.701967967711882, -97.769155218515786, -3.4625446967132127e-43),
        ((0.5, 2.0, 3.0), 0.5, -1.6120857137646181, -2.2787085952902987, -0.10804899566097343),
        ((0.5, 2.0, 3.0), 1.0, -1.207182800043038, -1.4731343080177992, -0.26033406963440607),
        ((0.5, 2.0, 3.0), 12.0, -17.450188533204673, -8.92434494762519e-9, -18.53448291166051),
        ((0.0, 1.0, -50.0), -3.0, -4.7257913526447274, -5.9145790409504042, -0.0027034470854759632),
        ((0.0, 1.0, -50.0), -0.0625, -0.22863389836120182, -0.05112407043419473, -2.9989529816489388),
        ((0.0, 1.0, -50.0), 0.25, -81.833009223388611, -4.5593333156038729e-39, -88.283642216648595),
    ],
    "ExponentiallyModifiedGaussian": [
        ((0.5, 2.0, 0.75), -12.0, -22.801570795194868, -23.983741625783249, -3.8370137591445467e-11),
        ((0.5, 2.0, 0.75), 0.5, -1.8686264732756707, -1.2234297590968896, -0.348450759760508),
        ((0.5, 2.0, 0.75), 1.25, -1.7631399469543115, -0.87348087223872185, -0.54041882763798974),
        ((0.5, 2.0, 0.75), 30.0, -21.287682072451781, -7.5825604307866679e-10, -21.0),
        ((0.0, 1.0, 2.0**-20), -4.0, -24.223045312881915, -25.712005394973868, -6.8142480458300149e-12),
        ((0.0, 1.0, 2.0**-20), 0.125, -14.461257486011341, -14.629619631161112, -4.4303396046655255e-7),
        ((0.0, 1.0, 2.0**-20), 1000.0, -13.863897285514858, -6.9556651319559698, -0.00095367431595150265),
        ((0.0, 1.0, 64.0), -9.0, -41.550702455508789, -43.761395847133209, -9.877960000396931e-20),
        ((0.0, 1.0, 64.0), 1.0, -1.4034419703660199, -0.17732815513544012, -1.8171074800554685),
        ((0.0, 1.0, 64.0), 4.0, -8.8546775972074668, -3.3901701183271665e-5, -10.292062313242273),
    ],
    "Horseshoe": [
        ((2.0,), -1000000.0, -28.308395173870731, -14.492884615901123, -5.0794921647875465e-7),
        ((2.0,), -3.0, -3.3544069390663951, -1.9594028019196456, -0.15191949825845551),
        ((2.0,), 1e-10, 1.1050487882090997, -0.6931471799306735, -0.69314718118921712),
        ((2.0,), 0.5, -1.6541437146275364, -0.42050315545901741, -1.0691980782706903),
        ((2.0,), 2.5, -3.110777460574129, -0.17515781362689831, -1.8283688086091985),
        ((2.0,), 40.0, -8.0600959970144319, -0.012758735905376514, -4.3679116581890225),
    ],
    "HalfStudentT": [
        ((3.0, 0.5, 2.0), 0.50390625, -1.0008913927534032, -6.5460671418129648, -0.0014367827929653908),
        ((3.0, 0.5, 2.0), 1.0, -1.0421274240289811, -1.7077633569420051, -0.20000186954084395),
        ((3.0, 0.5, 2.0), 9.0, -4.8986526885124513, -0.024160653967482083, -3.7350858428100927),
        ((3.0, 0.5, 2.0), 10000.0, -32.872237272976061, -1.7645168755852521e-11, -24.760559094908435),
        ((0.25, 0.0, 1.0), 0.0009765625, -0.84466182805090919, -7.7761320441965536, -0.00041972022843351822),
        ((0.25, 0.0, 1.0), 3.0, -3.1014831392723059, -0.79421824711393214, -0.60136028730373083),
        ((3000.0, 0.0, 1.0), 0.0009765625, -0.2258751629726214, -7.1573466505746618, -0.000779422759242621),
        ((3000.0, 0.0, 1.0), 8.0, -31.899873982934397, -1.7603665036110317e-15, -33.973254366851622),
    ],
    "TruncatedCauchy": [
        ((0.0, 1.0, 1024.0, 1025.0), 1024.125, 0.00073195955068139293, -2.0785875193830204, -0.13365345537068989),
        ((0.0, 1.0, 1024.0, 1025.0), 1024.75, -0.00048822113159348611, -0.28743814049602005, -1.3870265142073017),
        ((0.5, 2.0, -1000000.0, 1.0), -100000.0, -22.929225016571624, -11.521655567019599, -9.9131280812865518e-6),
        ((0.5, 2.0, -1000000.0, 1.0), 0.75, -1.3051626339120267, -0.068740434676446838, -2.7115910238779237),
    ],
    "SinhArcsinh": [
        ((0.5, 2.0, -0.5, 0.25), -3.0, -2.0544735402014956, -1.6177511298491503, -0.22107600062636597),
        ((0.5, 2.0, -0.5, 0.25), 1.0, -1.9727026664953153, -0.26130027632909266, -1.4698918942872371),
        ((0.0, 1.0, 2.0, 4.0), -0.5, -60.19384103584237, -64.316319670967146, -1.1688997629874849e-28),
        ((0.0, 1.0, 2.0, 4.0), 10000.0, -13.25400261022074, -0.010592759363392515, -4.5528762946071668),
    ],
    "NormalInverseGaussian": [
        ((0.5, 2.0, 1.5, 0.5), -12.0, -26.22141508077674, -26.96184429317043, -1.952629298884559e-12),
        ((0.5, 2.0, 1.5, 0.5), 1.0, -1.016463497724682, -0.7731126161933176, -0.6191054463362425),
    ],
}
INF = float("inf")


def _slow_if(values, *names):
    """XLA compiles the incomplete beta function and quadratures of Bessel functions long."""
    of = lambda v: v[0] if isinstance(v, tuple) else v  # noqa: E731
    return [
        pytest.param(
            *(v if isinstance(v, tuple) else (v,)),
            id=of(v)._label,
            marks=[pytest.mark.slow] if of(v)._label in names else [],
        )
        for v in values
    ]


@jax.jit
def _logs(dist, x):
    return jnp.stack([dist.log_prob(x), dist.log_cdf(x), dist.log_sf(x)])


@pytest.mark.parametrize("name", REFERENCE)
def test_against_mpmath(name, x64):
    parameters = np.array([row[0] for row in REFERENCE[name]])
    x, truth = np.array([row[1] for row in REFERENCE[name]]), np.array([row[2:] for row in REFERENCE[name]]).T
    for dtype, tolerance in ((np.float64, 2e-13), (np.float32, 4e-5)):
        got = np.asarray(_logs(getattr(ex, name)(*parameters.T.astype(dtype)), x.astype(dtype)))
        assert got.dtype == dtype
        # x and parameters are exact; z is rounded, which a steep tail multiplies
        size = np.maximum(np.abs(truth), np.where(truth < -1, np.abs(x), 0.0))
        size[0] = np.maximum(size[0], 1)
        assert (np.abs(got - truth) <= tolerance * size + np.finfo(dtype).tiny).all(), (dtype, got, truth)


@pytest.mark.parametrize(
    ("own", "other", "x"),
    [
        (ex.SkewNormal(0.5, 2.0, 0.0), ex.Normal(0.5, 2.0), [-20.0, -1.0, 0.5, 3.0]),
        (ex.SinhArcsinh(0.5, 2.0), ex.Normal(0.5, 2.0), [-20.0, -1.0, 0.5, 3.0]),
        (ex.AsymmetricLaplace(0.5, 2.0, 1.0), ex.Laplace(0.5, 2.0), [-20.0, -1.0, 0.5, 3.0]),
        (ex.AsymmetricLaplaceQuantile(0.5, 1.0, 0.5), ex.Laplace(0.5, 2.0), [-20.0, -1.0, 0.5, 3.0]),
        (ex.TruncatedCauchy(0.5, 2.0, -INF, INF), ex.Cauchy(0.5, 2.0), [-2e3, -1.0, 0.5, 3e9]),
        (ex.TruncatedCauchy(0.5, 2.0, 0.5, INF), ex.HalfCauchy(0.5, 2.0), [0.5, 0.6, 3e9]),
        (ex.HalfStudentT(1.0, 0.5, 2.0), ex.HalfCauchy(0.5, 2.0), [0.5, 0.6, 3e9]),
        (ex.HalfStudentT(INF, 0.0, 2.0), ex.HalfNormal(2.0), [0.0, 1e-3, 0.6, 20.0]),
    ],
    ids=lambda v: v._label if isinstance(v, ex.AbstractDistribution) else "",
)
def test_special_cases(own, other, x, x64):
    own, other = (jax.tree.map(jnp.float64, d) for d in (own, other))
    x, p = np.array(x), np.array([0.0, 1e-9, 0.2, 0.5, 0.8, 1.0])
    np.testing.assert_allclose(_logs(own, x), _logs(other, x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(own.quantile(p), other.quantile(p), rtol=1e-12)
    if own._has("_entropy"):
        np.testing.assert_allclose(own.entropy(), other.entropy(), rtol=1e-13)


EXTREME = [
    ex.SkewNormal(0.0, 1.0, np.float64([-1e6, -30.0, 1e-9, 5.0])),
    ex.ExponentiallyModifiedGaussian(0.0, 1.0, np.float64([1e-9, 0.1, 4.0, 1e7])),
    ex.NormalInverseGaussian(0.0, 1.0, np.float64([1e-6, 0.5, 50.0, 1e6]), np.float64([0.0, -0.49, 45.0, 0.0])),
    ex.HalfStudentT(np.float64([0.5, 3.0, 1e4, np.inf])),
    ex.Horseshoe(np.float64([1e-9, 1.0, 1e9])),
    ex.TruncatedCauchy(0.0, 1.0, np.float64([-1e9, 5.0, -1.0, 1e4]), np.float64([1e-3, 5.0001, 1e9, np.inf])),
    ex.JohnsonSU(np.float64([-3.0, 0.0, 40.0]), np.float64([0.3, 1.0, 30.0]), 0.0, 1.0),
]


@pytest.mark.parametrize("dist", _slow_if(EXTREME, "HalfStudentT"))
def test_quantiles_invert_both_tails(dist, x64):
    dist = jax.tree.map(jnp.float64, dist)
    for p in (1e-12, 1e-3, 0.4, 0.6, 1 - 1e-9):
        x = dist.quantile(p)
        log_prob, log_cdf, log_sf = np.asarray(_logs(dist, x))
        tail, truth = (log_cdf, np.log(p)) if p < 0.5 else (log_sf, np.log1p(-p))
        # what one ulp of x is in the tail
        ulp = 4 * np.spacing(np.abs(x)) * np.exp(log_prob - truth)
        close = np.abs(tail - truth) <= 4e-13 * max(1, abs(truth)) + ulp
        assert (close | (ulp > 1)).all(), (p, tail - truth)


@pytest.mark.parametrize("dist", _slow_if(EXTREME[:4], "HalfStudentT", "NormalInverseGaussian"))
def test_derivatives_of_quantiles(dist, x64):
    dist = jax.tree.map(lambda v: jnp.float64(v)[..., 1] if np.ndim(v) else jnp.float64(v), dist)
    by_parameter = jax.grad(lambda d: d.quantile(0.3))(dist)
    leaves, structure = jax.tree.flatten(dist)
    for i, slope in enumerate(jax.tree.leaves(by_parameter)):
        shift = 1e-5 * max(1.0, abs(float(leaves[i])))
        moved = [structure.unflatten([v + s * (j == i) for j, v in enumerate(leaves)]) for s in (shift, -shift)]
        central = (moved[0].quantile(0.3) - moved[1].quantile(0.3)) / (2 * shift)
        np.testing.assert_allclose(slope, central, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "dist",
    [
        ex.SkewNormal(0.5, 2.0, np.float32([-40.0, 3.0])),
        ex.ExponentiallyModifiedGaussian(0.5, 2.0, np.float32([0.01, 0.5, 9.0])),
        ex.NormalInverseGaussian(0.5, 2.0, 1.5, np.float32([-1.4, 0.5])),
        ex.JohnsonSU(np.float32([-0.5, 3.0]), 2.0, 0.5, 2.0),
        ex.SinhArcsinh(0.5, 2.0, np.float32([-0.5, 0.5]), np.float32([[0.5], [2.0]])),
        ex.LogLogistic(0.5, np.float32([0.25, 0.9])),
    ],
    ids=lambda d: d._label,
)
def test_modes(dist):
    mode = np.asarray(dist.mode())
    low, top, high = np.asarray(dist.log_prob(mode + np.array([-0.02, 0.0, 0.02]).reshape(3, *[1] * mode.ndim)))
    assert (top > low).all()
    assert (top > high).all()
    slope = np.asarray(jax.grad(lambda x: dist.log_prob(x).sum())(mode))
    assert np.abs(slope).max() < 1e-3 * max(1.0, np.abs(low + high - 2 * top).max() / 4e-4)


EDGES = [
    (ex.LogitNormal(0.5, 2.0), [0.0, 1.0, -1.0, 2.0, np.inf]),
    (ex.AsymmetricLaplace(0.5, 2.0, 3.0), [0.5, np.inf, -np.inf]),
    (ex.Moyal(0.5, 2.0), [1e4, np.inf]),
    (ex.JohnsonSU(0.5, 2.0, 0.0, 1.0), [0.0, 1e30, np.inf, -np.inf]),
    (ex.SinhArcsinh(0.5, 2.0, 0.0, 0.1), [0.5, 1e30, np.inf, -np.inf]),
    (ex.LogLogistic(0.5, 2.0), [0.0, -1.0, np.inf]),
    (ex.HalfCauchy(0.5, 2.0), [0.5, 0.0, np.inf]),
    (ex.HalfStudentT(3.0, 0.5, 2.0), [0.5, 0.0, np.inf]),
    (ex.TruncatedCauchy(0.5, 2.0, 0.0, 3.0), [0.0, 3.0, -1.0, 4.0, np.inf]),
    (ex.SkewNormal(0.0, 2.0, 0.0), [0.0, 1e18, np.inf, -np.inf]),
    (ex.ExponentiallyModifiedGaussian(0.0, 2.0, 3.0), [0.0, 1e18, np.inf, -np.inf]),
    (ex.NormalInverseGaussian(0.0, 2.0, 3.0, 1.0), [0.0, 1e15, np.inf, -np.inf]),
    (ex.Horseshoe(2.0), [0.0, 1e30, np.inf, -np.inf]),
]


@pytest.mark.parametrize(("dist", "points"), _slow_if(EDGES, "HalfStudentT", "NormalInverseGaussian"))
def test_edges(dist, points):
    x = np.array([*points, np.nan], np.float32)

    def methods(dist, x):
        return jnp.stack([dist.cdf(x), dist.log_cdf(x), dist.log_sf(x), dist.log_prob(x)])

    values = np.asarray(methods(dist, x))
    assert np.isnan(values[:, -1]).all()
    assert not np.isnan(values[:, :-1]).any()
    assert (values[3, np.isinf(x)] == -np.inf).all()
    slopes = jax.jit(jax.vmap(jax.jacrev(methods), (None, 0)))(dist, x[np.isfinite(x)])
    assert not any(np.isnan(leaf).any() for leaf in jax.tree.leaves(slopes)), slopes


def test_moments_by_other_ways(x64):
    s, t = 0.25, 1.25
    unit = 2 / np.sinh(t * np.arcsinh(2))
    order = [np.exp(0.25) / np.sqrt(8 * np.pi) * (special.kv((q + 1) / 2, 0.25) + special.kv((q - 1) / 2, 0.25))
             for q in (t, 2 * t)]  # fmt: skip
    mean = unit * np.sinh(s * t) * order[0]
    dist = ex.SinhArcsinh(np.float64(0.0), 1.0, s, t)
    np.testing.assert_allclose(dist.mean(), mean, rtol=1e-13)
    square = unit**2 * (np.cosh(2 * s * t) * order[1] - 1) / 2
    np.testing.assert_allclose(dist.variance(), square - mean**2, rtol=1e-12)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    low, high = np.array([[-1.0, 5.0, 100.0, -3.0], [6.0, 5.5, 101.0, -2.0]])
    dist = ex.TruncatedCauchy(np.float64(0.5), 2.0, low, high)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    mass = half * weights[:, None] * np.asarray(dist.prob(middle + half * nodes[:, None]))
    first = (mass * half * nodes[:, None]).sum(0)
    np.testing.assert_allclose(dist.mean(), middle + first, rtol=1e-13)
    np.testing.assert_allclose(dist.variance(), (mass * (half * nodes[:, None] - first) ** 2).sum(0), rtol=1e-11)
    assert ex.TruncatedCauchy(0.0, 1.0, 0.0, INF).mean() == INF
    assert np.isnan(ex.TruncatedCauchy(0.0, 1.0, -INF, INF).mean())
    assert np.isnan(ex.Horseshoe(1.0).mean())
    assert ex.HalfCauchy(0.0, 1.0).mean() == INF
    assert ex.HalfStudentT(1.0).mean() == INF
    assert ex.HalfStudentT(2.0).variance() == INF
    assert ex.LogLogistic(0.0, 1.0).mean() == INF


def test_entropy_of_the_skew_normal(x64):
    skewness = np.array([0.0, 1e-3, 1.0, 30.0, -1e5])
    # by the trapezoidal rule in log|z|
    truth = [stats.norm.entropy(), 1.4189382148950, 1.22579135264473, 0.74979860598301, 0.7257985591164]
    np.testing.assert_allclose(ex.SkewNormal(0.0, 1.0, skewness).entropy(), truth, rtol=4e-12)


def test_saturated_proportions_keep_their_density(key):
    dist = ex.LogitNormal(100.0, 1.0)
    draw, log_prob = dist.sample_and_log_prob(key, (1000,))
    assert (draw < 1).all()
    np.testing.assert_allclose(log_prob.mean(), 100 - 1.4189, atol=0.5)
    assert np.isfinite(dist.log_prob(draw)).all()


def test_skewness_is_checked():
    with pytest.raises(ValueError, match="skewness"):
        ex.NormalInverseGaussian(0.0, 1.0, 1.0, np.array([0.0, -1.0]))
    bad = jax.jit(lambda b: ex.NormalInverseGaussian(0.0, 1.0, 1.0, b).log_prob(0.5))(1.0)
    assert np.isnan(bad)


@pytest.mark.parametrize("drift", [1e-3, 0.5, 40.0])
def test_inverse_gaussian_draws(drift, key, x64):
    data = jax.random.key_data(key)
    draw = lambda g: random.inverse_gaussian(jax.random.wrap_key_data(data), 1 / g, 1.0, (50_000,))  # noqa: E731
    v, slope = jax.jvp(draw, (jnp.float64(drift),), (jnp.float64(1.0),))
    law = stats.invgauss(1 / drift)
    assert stats.kstest(np.asarray(v), law.cdf).pvalue > 1e-9
    step, some = 1e-4 * drift, np.asarray(v[:50])
    change = (stats.invgauss(1 / (drift + step)).cdf(some) - stats.invgauss(1 / (drift - step)).cdf(some)) / (2 * step)
    np.testing.assert_allclose(slope[:50], -change / law.pdf(some), rtol=1e-5, atol=1e-9)


def test_draws_of_a_vanishing_drift(key):
    """The mean is out of reach: Lévy's law, and Cauchy's of the normal inverse Gaussian."""
    levy = random.inverse_gaussian(key, jnp.float32(1e25), jnp.float32(1.0), (20_000,))
    assert stats.kstest(np.asarray(levy), stats.levy().cdf).pvalue > 1e-9
    data = jax.random.key_data(key)
    draw = lambda a: ex.NormalInverseGaussian(0.0, 1.0, a, 0.0).sample(jax.random.wrap_key_data(data), (20_000,))  # noqa: E731
    x, slope = jax.jvp(draw, (jnp.float32(1e-25),), (jnp.float32(1.0),))
    assert stats.kstest(np.asarray(x), "cauchy").pvalue > 1e-9
    assert np.isfinite(slope).all()


def test_log_k1e(x64):
    x = np.concatenate([np.geomspace(1e-12, 1e12, 200), [2.0, np.nextafter(2.0, 0)]])
    np.testing.assert_allclose(numerics.log_k1e(x), np.log(special.k1e(x)), rtol=2e-15, atol=4e-15)
    ratio = special.k0e(x) / special.k1e(x)
    slope = jax.vmap(jax.grad(numerics.log_k1e))(x)
    near = x < 1e3
    np.testing.assert_allclose(slope[near], (1 - ratio - 1 / x)[near], rtol=1e-11, atol=4e-15)
    bend = jax.vmap(jax.grad(jax.grad(numerics.log_k1e)))(x[near])
    np.testing.assert_allclose(bend, (1 - ratio**2 - ratio / x + 1 / x**2)[near], rtol=1e-8, atol=1e-9)


def test_roots_of_awkward_functions(x64):
    def start(a):
        return 0 * a, jnp.ones_like(a), jnp.ones_like(a)

    a = np.array([-1e6, -3.0, 1e-3, 7.0, np.nan])
    kinked = numerics.root_of(lambda u, a: jnp.where(u < a, 1e-3, 1e3) * (u - a), start)
    np.testing.assert_allclose(kinked(a), a, rtol=1e-14, atol=1e-15)
    flat = numerics.root_of(lambda u, a: jnp.arctan(u - a), start)  # Newton's method alone diverges
    np.testing.assert_allclose(flat(a), a, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(jax.vmap(jax.grad(flat))(a[:4]), 1.0, rtol=1e-12)


def test_upper_tail_of_gumbel_where_its_exponential_underflows():
    upper = ex.Gumbel(0.0, 1.0).log_sf(np.float32([200.0, 1e30]))
    np.testing.assert_array_equal(upper, np.float32([-200.0, -1e30]))
    assert jax.grad(lambda x: ex.Gumbel(0.0, 1.0).log_sf(x))(200.0) == -1
