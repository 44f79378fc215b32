"""The truncated normal's quantile and the derivatives of its draws against mpmath, from ordinary intervals to far, narrow ones."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from accuracy import DRAW_GOALS, FUNCTION_GOALS, QUANTILE_GOALS

import expectax as ex
from expectax.numerics import truncated_normal_quantile
from expectax.numerics._truncated_normal_slopes import Draw, LogTails, truncated_normal_slopes

pytestmark = pytest.mark.slow
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
COUNT = 40


def intervals(kind, rng):
    """(a, b) in units of the normal."""
    uniform, powers = (lambda *ends: rng.uniform(*ends, COUNT)), (lambda *ends: 10 ** rng.uniform(*ends, COUNT))
    if kind == "across 0":
        a, b = -powers(-3, 0.8), powers(-3, 0.8)
    elif kind == "narrow":
        a = uniform(-5, 5)
        b = a + powers(-4, 0)
    elif kind == "far":
        a = powers(0.3, 5)
        b = a + powers(-3, 1.5) / np.maximum(1, a / 10)
    elif kind == "half open":
        a, b = uniform(-6, 6), np.full(COUNT, np.inf)
    else:
        a = uniform(-4, 1)
        b = a + uniform(0.5, 6)
    flip = rng.random(COUNT) < 0.5
    return np.where(flip, -b, a), np.where(flip, -a, b)


KINDS = pytest.mark.parametrize("kind", ["ordinary", "across 0", "narrow", "far", "half open"])


def parameters(kind, dtype, rng):
    """(loc, scale, low, high), in every other lane with the end nearer to μ at 0, where x has more digits than μ."""
    a, b = intervals(kind, rng)
    scale, loc = 10 ** rng.uniform(-2, 2, COUNT), rng.uniform(-1, 1, COUNT) * 10 ** rng.uniform(-2, 2, COUNT)
    near, at_0 = np.where(np.abs(a) < np.abs(b), a, b), np.arange(COUNT) % 2 == 0
    loc = np.where(at_0, -near * scale, loc)
    low, high = np.where(at_0 & (near == a), 0.0, loc + scale * a), np.where(at_0 & (near == b), 0.0, loc + scale * b)
    values = [v.astype(dtype) for v in (loc, scale, low, high)]
    return [v[values[2] < values[3]] for v in values]


def points_inside(loc, scale, low, high, rng):
    """(x, the parameters of lanes where x is inside): anywhere within reach of the mass, and close to an end."""
    n = len(loc)
    bottom = np.where(np.isinf(low), np.minimum(loc, high) - 4 * scale, low)
    top = np.where(np.isinf(high), np.maximum(loc, low) + 4 * scale, high)
    away = np.maximum(np.minimum(np.abs(bottom - loc), np.abs(top - loc)) / scale, 1)
    reach = np.minimum(top - bottom, np.where((low > loc) | (high < loc), 8 * scale / away, top - bottom))
    step = reach * np.where(rng.random(n) < 0.5, rng.random(n), 10 ** rng.uniform(-5, 0, n))
    x = np.where(np.abs(bottom - loc) < np.abs(top - loc), bottom + step, top - step).astype(loc.dtype)
    inside = (low < x) & (x < high)
    return x[inside], [v[inside] for v in (loc, scale, low, high)]


def exact(v):
    return mp.mpf(float(v))


def mass(a, b):
    if a + b < 0:
        a, b = -b, -a
    tail = lambda z: mp.erfc(z / mp.sqrt(2)) / 2  # noqa: E731
    return tail(a) - tail(b) if a > 0 else 1 - tail(-a) - tail(b)


def truth(x, loc, scale, low, high):
    """(F, 1 - F, slopes in loc, scale, low, high, dx/dF, the sizes of the terms of the slope in the scale) at exact numbers."""
    a, b, z = (low - loc) / scale, (high - loc) / scale, (x - loc) / scale
    whole, density = mass(a, b), mp.npdf(z)
    p, q = mass(a, z) / whole, mass(z, b) / whole
    by_low, by_high = q * mp.npdf(a) / density, p * mp.npdf(b) / density
    far_a, far_b = (a * by_low if by_low else 0), (b * by_high if by_high else 0)
    slopes = (1 - by_low - by_high, z - far_a - far_b, by_low, by_high)
    return p, q, slopes, scale * whole / density, abs(z) + abs(far_a) + abs(far_b)


@DTYPES
@KINDS
def test_quantile(kind, dtype, x64):
    """F(x) is p but for what moves x by 20 (100) ulp of itself or of what rounding the arguments does."""
    rng = np.random.default_rng(0)
    args = parameters(kind, dtype, rng)
    n = len(args[0])
    small = np.where(rng.random(n) < 0.5, rng.uniform(0, 0.5, n), 10 ** rng.uniform(-9, -0.4, n)).astype(dtype)
    upper = rng.random(n) < 0.5
    x = np.asarray(jax.jit(truncated_normal_quantile)(np.where(upper, -small, small), *args))
    with mp.workdps(120):
        for i in range(n):
            own = [exact(v[i]) for v in args]
            if not args[2][i] < x[i] < args[3][i]:  # rounded to an end: no mass is left between
                assert min(abs(x[i] - args[2][i]), abs(x[i] - args[3][i])) == 0
                continue
            p, q, slopes, spread, _ = truth(exact(x[i]), *own)
            target = exact(small[i])
            error = abs((q - target if upper[i] else p - target) * spread)
            moved = sum(abs(s * v) for s, v in zip(slopes, own, strict=True) if mp.isfinite(v)) + target * spread
            unit = np.spacing(dtype(float(max(abs(exact(x[i])), moved))))
            assert error <= QUANTILE_GOALS[dtype == np.float64] * unit, (x[i], own)


@DTYPES
@KINDS
def test_distribution_function_and_its_complement(kind, dtype, x64):
    """To 50 (500) ulp of themselves, however small, or of what rounding the arguments does."""
    rng = np.random.default_rng(2)
    x, args = points_inside(*parameters(kind, dtype, rng), rng)
    dist = ex.TruncatedNormal(*args)
    lower, upper = (np.asarray(jax.jit(lambda d, x, name=name: getattr(d, name)(x))(dist, x)) for name in ("cdf", "sf"))
    with mp.workdps(120):
        for i in range(len(x)):
            own = [exact(v[i]) for v in args]
            p, q, slopes, spread, _ = truth(exact(x[i]), *own)
            moved = sum(abs(s * v) for s, v in zip(slopes, own, strict=True) if mp.isfinite(v)) + abs(exact(x[i]))
            for got, value in ((lower[i], p), (upper[i], q)):
                if value > float(np.finfo(dtype).tiny):
                    unit = np.spacing(dtype(float(max(value, moved / spread))))
                    assert abs(exact(got) - value) <= FUNCTION_GOALS[dtype == np.float64] * unit, (x[i], own)


@DTYPES
@KINDS
def test_slopes_of_a_draw(kind, dtype, x64):
    """To 100 (1000) ulp: of each itself, but for that in the scale where it changes its sign, by both forms of the tails."""
    rng = np.random.default_rng(1)
    x, (loc, scale, low, high) = points_inside(*parameters(kind, dtype, rng), rng)
    args = [x, loc, scale, low, high]
    away = np.maximum(np.minimum(np.abs(low - loc), np.abs(high - loc)) / scale, 1)
    with mp.workdps(120):
        truths = [truth(*map(exact, lane)) for lane in zip(*args, strict=True)]
        tail = np.array([float(p if p < q else -q) for p, q, *_ in truths], dtype)
        logs = LogTails(*(np.array([float(mp.log(t[k])) for t in truths], dtype) for k in (0, 1)))
    by_draw = jax.jit(truncated_normal_slopes)(Draw(tail, *args))
    by_logs = jax.jit(truncated_normal_slopes)(Draw(logs, *args))
    eps, goal = float(np.finfo(dtype).eps), DRAW_GOALS[dtype == np.float64]
    for i, (_, _, slopes, _, terms) in enumerate(truths):
        across = low[i] < loc[i] < high[i]
        for k, slope in enumerate(slopes):
            size = max(abs(float(slope)), float(terms) / 50 if k == 1 and across else 0.0, 1e-30)
            lost = 4 * abs(float(logs[k % 2][i]))  # rounding a logarithm's own size
            assert abs(float(by_draw[k][i]) - float(slope)) <= goal * eps * size, (k, i, tail[i])
            assert abs(float(by_logs[k][i]) - float(slope)) <= (goal + lost * away[i]) * eps * size, (k, i, tail[i])


def test_tails_that_underflow_keep_the_derivatives_of_their_logarithm():
    """log F = -250: F is 0 in single precision, and ∂ log F/∂h = -φ(b)/(Φ(b) - Φ(a)) is about -20 all the same."""
    by_high = jax.grad(lambda high: ex.TruncatedNormal(0.0, 1.0, -40.0, high).log_cdf(-30.0))(-20.0)
    np.testing.assert_allclose(by_high, -20.0497, rtol=1e-5)
    by_low = jax.grad(lambda low: ex.TruncatedNormal(0.0, 1.0, low, 40.0).log_sf(30.0))(20.0)
    np.testing.assert_allclose(by_low, 20.0497, rtol=1e-5)


def test_ends_and_what_is_missing():
    inf, nan = jnp.inf, jnp.nan
    ends = jnp.array([0.0, 1.0])
    np.testing.assert_array_equal(ex.TruncatedNormal(0.0, 1.0, -1.0, 2.0).quantile(ends), [-1, 2])
    np.testing.assert_array_equal(ex.TruncatedNormal(0.0, 1.0, -inf, inf).quantile(ends), [-inf, inf])
    for i in range(4):
        args = [nan if i == j else v for j, v in enumerate((0.0, 1.0, -1.0, 2.0))]
        assert jnp.isnan(jax.jit(truncated_normal_quantile)(jnp.array([-0.3, 0.0, 0.3]), *args)).all()
    assert jnp.isnan(truncated_normal_quantile(0.3, 0.0, 1.0, 1.0, -1.0))


def test_slopes_at_the_ends_are_finite():
    """At p = 0 the draw is the lower end, and moves with it; an infinite end goes with loc."""
    slopes = jax.grad(truncated_normal_quantile, (1, 2, 3, 4))(0.0, 0.0, 1.0, -40.0, -20.0)
    np.testing.assert_array_equal(slopes, [0, 0, 1, 0])
    assert jax.grad(truncated_normal_quantile, 1)(0.0, 0.0, 1.0, -jnp.inf, 2.0) == 1


def test_second_derivatives(x64):
    """Of a draw and of the density, far out and on a narrow interval too, as differences of the first."""
    points = np.array([(0.3, 0.1, 1.2, -1.0, 2.0), (-0.2, 0.1, 0.9, 5.0, 7.0), (0.1, 0.1, 1.0, 0.2, 0.3)])
    step = 1e-6 * np.eye(5)[1:]
    for fn, at in ((truncated_normal_quantile, points[:, :1]), (_log_prob, points[:, 3:4] + 0.05)):
        slopes = jax.jit(jax.vmap(jax.grad(lambda v, fn=fn: fn(*v))))
        second = jax.jit(jax.vmap(jax.hessian(lambda v, fn=fn: fn(*v))))
        where = np.concatenate([at, points[:, 1:]], 1)
        moved = np.stack([(slopes(where + d) - slopes(where - d)) / (2 * d.max()) for d in step], -1)
        np.testing.assert_allclose(second(where)[..., 1:], moved, rtol=1e-5, atol=1e-6)


def _log_prob(x, *parameters):
    return ex.TruncatedNormal(*parameters).log_prob(x)


def test_derivatives_in_a_shard_map(key):
    """Far out, where a loop runs: also of parameters of which only some differ between devices."""
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:2]), ("i",))
    spec = jax.sharding.PartitionSpec("i")
    loc, tail = np.linspace(-1, 1, 8, dtype=np.float32), jax.random.uniform(key, (8,), minval=-0.5, maxval=0.5)

    def slopes(loc, tail):
        return jax.grad(lambda loc: jnp.sum(truncated_normal_quantile(tail, loc, *_far(loc))))(loc), jax.grad(
            lambda loc: ex.TruncatedNormal(loc, 1.0, 5.0, 7.0).log_cdf(6.0).sum()
        )(loc)

    sharded = jax.jit(jax.shard_map(slopes, mesh=mesh, in_specs=(spec, spec), out_specs=(spec, spec)))(loc, tail)
    for got, expected in zip(sharded, slopes(loc, tail), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def _far(loc):
    return jnp.ones_like(loc), jnp.full_like(loc, 5.0), jnp.full_like(loc, 7.0)
