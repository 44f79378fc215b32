"""Each family against SciPy, its draws against its CDF, its derivatives along the draw, and its edges."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from case import slow_if
from cases import BATCHED, CASES
from scipy import special, stats

import expectax as ex
from expectax import numerics, supports

UNIVARIATE = [c for c in CASES if c.scipy is not None and hasattr(c.scipy, "ppf")]
VECTORS = [c for c in CASES if c.scipy is not None and not hasattr(c.scipy, "ppf")]
CONTINUOUS = [c for c in UNIVARIATE if not c.make().support.discrete]
# A standard score of 6 is passed by chance once in 5 · 10⁸ tests; a Kolmogorov-Smirnov p-value below 1e-9 as rarely.
Z_LIMIT, P_LIMIT = 6.0, 1e-9


def ids(case):
    return case.name


def in_double(case):
    """The case with parameters in double precision."""
    return jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), case.make())


def grid(case):
    """Points over the support, far tails included."""
    p = np.array([1e-12, 1e-6, 1e-3, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999, 1 - 1e-6])
    return np.unique(case.scipy.ppf(p)).astype(np.float64)


# --- Against SciPy in double precision ---


@pytest.mark.parametrize(("method", "reference"), [("cdf", "cdf"), ("log_cdf", "logcdf"), ("log_sf", "logsf")])
@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_cumulative(case, method, reference, x64):
    x = grid(case)
    far = {"cdf": [0.0, 1.0, np.nan], "log_cdf": [-np.inf, 0.0, np.nan], "log_sf": [0.0, -np.inf, np.nan]}[method]
    got = np.asarray(getattr(in_double(case), method)(np.append(x, [-np.inf, np.inf, np.nan])))
    np.testing.assert_allclose(got[-3:], far, atol=4e-16)
    # SciPy's own errors in the far tails are up to 1e-9; XLA before JAX 0.11 loses digits next to the circle's end
    old_circle = case.name.startswith("VonMises") and jax.__version_info__ < (0, 11)
    expected = getattr(case.scipy, reference)(x)
    np.testing.assert_allclose(got[:-3], expected, rtol=1e-7 if old_circle else 1e-9, atol=1e-15)


@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_log_prob(case, x64):
    dist, x = in_double(case), grid(case)
    expected = case.scipy.logpmf(x) if dist.support.discrete else case.scipy.logpdf(x)
    np.testing.assert_allclose(dist.log_prob(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", VECTORS, ids=ids)
def test_log_prob_of_vectors(case, key, x64):
    dist = in_double(case)
    x = np.asarray(dist.sample(key, (20,)))
    rows = x / x.sum(-1, keepdims=True) if isinstance(dist, ex.Dirichlet) else x
    expected = np.array([case.scipy.logpdf(row) for row in rows])
    np.testing.assert_allclose(dist.log_prob(rows), expected, rtol=1e-6)  # parameters were rounded to single
    np.testing.assert_allclose(dist.entropy(), case.scipy.entropy(), rtol=1e-6)


@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_moments(case, x64):
    dist = in_double(case)
    np.testing.assert_allclose(dist.mean(), case.scipy.mean(), rtol=1e-12)
    np.testing.assert_allclose(dist.variance(), case.scipy.var(), rtol=1e-12)
    if not case.name.startswith("Poisson") and dist._has("_entropy"):  # SciPy's Poisson is an approximation
        np.testing.assert_allclose(dist.entropy(), case.scipy.entropy(), rtol=1e-9)


@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_quantile(case, x64):
    dist = in_double(case)
    p = np.array([0.0, 1e-9, 1e-3, 0.1, 0.45, 0.55, 0.9, 0.999, 1.0])
    k = max(0.0, float(dist.support.low)) + np.arange(2.0) if dist.support.discrete else np.zeros(0)
    own = np.asarray(dist.cdf(k))
    got, outside, back = np.split(np.asarray(dist.quantile(np.concatenate([p, [-0.1, 1.1, np.nan], own]))), [9, 12])
    inner = slice(1, -1) if dist.support.discrete else slice(None)  # at p = 0, SciPy steps below the support
    np.testing.assert_allclose(got[inner], case.scipy.ppf(p)[inner], rtol=1e-9)
    assert np.isnan(outside).all()
    np.testing.assert_array_equal(back, np.where(own == 1, got[-1], k))


@pytest.mark.parametrize(
    "case", slow_if([c for c in CONTINUOUS if not c.name.endswith("Peaked")], "Beta", "Gamma", "StudentT")
)
def test_quantile_derivative(case, x64):
    dist, p, step = in_double(case), 0.3, 1e-6
    by_parameter, slope = jax.grad(lambda d, p: d.quantile(p), (0, 1))(dist, p)
    np.testing.assert_allclose(slope, (dist.quantile(p + step) - dist.quantile(p - step)) / (2 * step), rtol=1e-7)
    for i, value in enumerate(jax.tree.leaves(dist)):
        shift = 1e-6 * max(1.0, abs(float(value)))
        high, low = (_moved(dist, i, s).quantile(p) for s in (shift, -shift))
        np.testing.assert_allclose(jax.tree.leaves(by_parameter)[i], (high - low) / (2 * shift), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rate", [0.01, 1.0, 30.0, 63.9, 64.1, 5000.0, 2e6])
def test_poisson_entropy(rate, x64):
    k = np.arange(0, 400) if rate < 100 else np.arange(int(rate - 40 * rate**0.5), int(rate + 40 * rate**0.5))
    p = stats.poisson(rate).pmf(k)
    log_p = stats.poisson(rate).logpmf(k)
    np.testing.assert_allclose(ex.Poisson(rate).entropy(), -(p * np.where(p > 0, log_p, 0)).sum(), rtol=1e-8)


# --- Draws ---


@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_draws_follow_the_cdf(case, key):
    draws = np.asarray(case.make().sample(key, (200_000,)), np.float64)
    mean, std = case.scipy.mean(), case.scipy.std()
    if np.isfinite(std):
        assert abs(draws.mean() - mean) < Z_LIMIT * std / len(draws) ** 0.5
    if not case.make().support.discrete:
        assert stats.kstest(draws, case.scipy.cdf).pvalue > P_LIMIT
        return
    values, counts = np.unique(draws, return_counts=True)
    expected = len(draws) * case.scipy.pmf(values)
    z = (counts - expected) / np.sqrt(expected * (1 - expected / len(draws)))
    assert (np.abs(z[expected > 20]) < Z_LIMIT).all()


@pytest.mark.parametrize("rate", [0.3, 9.9, 10.1, 35.0, 1e4, 1e9, 1e12])
def test_poisson_draws_at_any_rate(rate, key):
    draws = np.asarray(ex.Poisson(rate).sample(key, (100_000,)), np.float64)
    assert abs(draws.mean() - rate) < Z_LIMIT * (rate / len(draws)) ** 0.5 + rate * 1e-7
    if rate < 1e5:
        assert abs(draws.var() / rate - 1) < Z_LIMIT * ((2 + 1 / rate) / len(draws)) ** 0.5


def test_covariances_of_draws(key):
    names = ("MultivariateNormalPrecision", "LowRankMultivariateNormal", "MultivariateNormalCovariance")
    for name, own_key in zip(names, jax.random.split(key, 3), strict=True):
        case = next(c for c in CASES if c.name == name)
        draws = np.asarray(case.make().sample(own_key, (100_000,)), np.float64)
        np.testing.assert_allclose(np.cov(draws.T), case.scipy.cov, atol=6 * np.abs(case.scipy.cov).max() / 200)


@pytest.mark.slow
@pytest.mark.parametrize("concentration", [1e-3, 1e-2, 0.1])
def test_small_concentrations_neither_underflow_nor_lose_their_derivative(concentration, key):
    a, data = np.full(3, concentration, np.float32), jax.random.key_data(key)
    for make in (ex.Gamma, lambda a: ex.Beta(a, a), ex.Dirichlet):

        def log_prob_of_draw(a, make=make):
            dist = make(a)
            draw = dist.sample(jax.random.wrap_key_data(data), (1000,))
            return dist.log_prob(draw).sum(), draw

        grad, draw = jax.grad(log_prob_of_draw, has_aux=True)(a)
        assert (np.asarray(draw) > 0).all()
        assert np.isfinite(grad).all()


# --- Derivatives along the draw ---


def _moved(dist, i, shift):
    leaves, structure = jax.tree.flatten(dist)
    return structure.unflatten([v + shift if j == i else v for j, v in enumerate(leaves)])


# draws of several noise variables
SEVERAL = ("AffineBeta", "Beta", "ExponentiallyModifiedGaussian", "Levy", "PERT", "SkewNormal", "StudentT")


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", [c for c in CONTINUOUS if type(c.make()).__name__ not in SEVERAL], ids=ids)
def test_pathwise_derivative_is_the_implicit_one(case, key, x64):
    """dx/dθ = -(∂F/∂θ)/p(x): one noise variable a draw leaves no choice."""
    dist = in_double(case)
    data = jax.random.key_data(key)

    def sample(d):
        return d.sample(jax.random.wrap_key_data(data), (12,))

    x = sample(dist)
    for i, value in enumerate(jax.tree.leaves(dist)):
        direction = _moved(jax.tree.map(jnp.zeros_like, dist), i, 1.0)
        slope = jax.jvp(sample, (dist,), (direction,))[1]
        shift = 1e-6 * max(1.0, abs(float(value)))
        change = (_moved(dist, i, shift).cdf(x) - _moved(dist, i, -shift).cdf(x)) / (2 * shift)
        np.testing.assert_allclose(slope, -change / dist.prob(x), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("make", "parameters", "of_draw", "truth"),
    [
        (ex.Beta, (2.0, 3.0), lambda x: x, lambda a, b: a / (a + b)),
        (ex.Beta, (0.2, 0.3), lambda x: x, lambda a, b: a / (a + b)),
        (ex.StudentT, (7.0,), lambda x: x**2, lambda v: v / (v - 2)),
        (
            lambda a, b: ex.Dirichlet(jnp.stack([a, b, b])),
            (0.5, 2.0),
            lambda x: x[..., 0],
            lambda a, b: a / (a + 2 * b),
        ),
    ],
    ids=["Beta", "BetaPeaked", "StudentT", "Dirichlet"],
)
def test_pathwise_derivative_of_a_mean(make, parameters, of_draw, truth, key):
    parameters = tuple(map(jnp.float32, parameters))
    data = jax.random.key_data(key)
    expected = jax.grad(truth, argnums=tuple(range(len(parameters))))(*parameters)
    for i, target in enumerate(expected):
        direction = tuple(jnp.float32(i == j) for j in range(len(parameters)))

        def draw(*p):
            return of_draw(make(*p).sample(jax.random.wrap_key_data(data), (200_000,)))

        slopes = np.asarray(jax.jvp(draw, parameters, direction)[1], np.float64)
        assert abs(slopes.mean() - float(target)) < Z_LIMIT * slopes.std() / len(slopes) ** 0.5


@pytest.mark.slow
def test_second_derivative_along_a_gamma_draw(x64):
    key_data = jax.random.key_data(jax.random.key(3))

    def draw(a):
        return ex.Gamma(a, 1.0).sample(jax.random.wrap_key_data(key_data))

    a, step = 2.5, 1e-4
    second = jax.grad(jax.grad(draw))(a)
    x = float(draw(a))
    quantile = ex.Gamma(a, 1.0)
    p = quantile.cdf(x)
    around = [float(ex.Gamma(a + s, 1.0).quantile(p)) for s in (-step, 0.0, step)]
    np.testing.assert_allclose(second, (around[0] - 2 * around[1] + around[2]) / step**2, rtol=1e-4)


# --- Shapes and types ---


def _moments(dist):
    """Those of mean, variance and entropy that the family has."""
    return [getattr(dist, name)() for name in ("mean", "variance", "entropy") if dist._has(f"_{name}")]


@pytest.mark.thin(3)
@pytest.mark.parametrize("case", BATCHED, ids=ids)
def test_lanes_of_a_batch_are_single_distributions(case, key):
    dist = case.make()
    x = dist.sample(key, (2,))
    whole = np.asarray(dist.log_prob(x))
    wide = jax.tree.unflatten(
        jax.tree.structure(dist),
        [
            np.broadcast_to(v, dist.batch_shape + np.shape(v)[max(np.ndim(v) - p.rank, 0) :])
            for v, p in zip(jax.tree.leaves(dist), dist._parameters(), strict=True)
        ],
    )
    for lane in list(np.ndindex(dist.batch_shape))[:: math.prod(dist.batch_shape) - 1]:  # the first and the last
        one = jax.tree.map(lambda v, lane=lane: v[lane], wide)
        assert one.batch_shape == ()
        np.testing.assert_allclose(
            one.log_prob(x[(slice(None), *lane)]), whole[(slice(None), *lane)], rtol=2e-5, atol=1e-6
        )
        for moment, moments in zip(_moments(one), _moments(dist), strict=True):
            np.testing.assert_allclose(moment, np.asarray(moments)[lane], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("case", [c for c in CASES if c.make().finite], ids=ids)
def test_support_values_are_the_whole_support(case):
    dist = case.make()
    values = jax.jit(lambda d: d._support_values())(dist)
    assert values.dtype == dist.draw_dtype
    assert values.shape[1:] == dist.event_shape
    np.testing.assert_allclose(dist.prob(values).sum(), 1.0, rtol=1e-6)


# --- Edges ---


@pytest.mark.parametrize(
    ("dist", "inside", "outside"),
    [
        (ex.Uniform(1.0, 3.0), [1.0, 3.0], [0.9, 3.1, np.inf, -np.inf]),
        (ex.Exponential(2.0), [0.0], [-1.0, np.inf]),
        (ex.Gamma(1.0, 2.0), [0.0, 1.0], [-1.0, np.inf]),
        (ex.Gamma(3.0, 2.0), [1.0], [-1.0, np.inf]),
        (ex.Beta(1.0, 1.0), [0.0, 1.0], [-0.1, 1.1]),
        (ex.LogNormal(0.0, 1.0), [1.0], [0.0, -1.0, np.inf]),
        (ex.Poisson(2.0), [0.0, 3.0], [-1.0, 1.5, np.inf]),
        (ex.Geometric(probs=0.5), [0.0], [-1.0, 0.5, np.inf]),
        (ex.Bernoulli(probs=0.5), [0, 1, True], [2, -1, 0.5]),
        (ex.Categorical(probs=np.array([0.5, 0.5], np.float32)), [0, 1.0], [2, -1, 0.5]),
        (ex.StudentT(3.0), [0.0, 1e30], [np.inf, -np.inf]),
        (ex.Laplace(0.0, 1.0), [0.0], [np.inf, -np.inf]),
        (ex.TanhNormal(0.25, 0.5), [0.0, 0.999999], [-1.0, 1.0, 2.0]),
    ],
    ids=lambda v: v._label if isinstance(v, ex.AbstractDistribution) else "",
)
def test_edges_of_the_support(dist, inside, outside):
    for x in inside:
        assert np.isfinite(dist.log_prob(x)), x
    for x in outside:
        assert dist.log_prob(x) == -np.inf, x
        if np.isfinite(x):
            grads = jax.grad(lambda d, x=x: d.log_prob(x))(dist)
            assert all(g == 0 for leaf in jax.tree.leaves(grads) for g in np.ravel(leaf)), x
    assert np.isnan(dist.log_prob(np.nan))


@pytest.mark.parametrize("case", [c for c in CASES if c.make().support.event_rank], ids=ids)
def test_a_density_of_vectors_vanishes_at_infinity(case, key):
    """Whichever entry is infinite; with no derivative, and NaN beside it shows."""
    dist = case.make()
    x = np.asarray(dist.sample(key), np.float32)
    for place in ((0,) * x.ndim, (-1,) * x.ndim):
        for far in (-np.inf, np.inf):
            at = x.copy()
            at[place] = far
            assert dist.log_prob(at) == -np.inf, at
            slopes = jax.grad(lambda d, x: d.log_prob(x), (0, 1))(dist, at)
            assert all(np.all(g == 0) for g in jax.tree.leaves(slopes)), at
            at[(-1 - place[0],) * x.ndim] = np.nan
            assert np.isnan(dist.log_prob(at))


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_cumulative_outside_the_support_and_at_nan(case):
    dist = case.make()
    far = np.array([-np.inf, np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(dist.cdf(far), [0.0, 1.0, np.nan])
    np.testing.assert_array_equal(dist.log_cdf(far), [-np.inf, 0.0, np.nan])
    np.testing.assert_array_equal(dist.log_sf(far), [0.0, -np.inf, np.nan])


@pytest.mark.parametrize(
    ("make", "x", "value", "slope"),
    [
        (lambda p: ex.Bernoulli(probs=p), (0.0, 0), 0.0, -1.0),
        (lambda p: ex.Bernoulli(probs=p), (1.0, 1), 0.0, 1.0),
        (lambda p: ex.Bernoulli(logits=p), (np.inf, 1), 0.0, 0.0),
        (lambda p: ex.Bernoulli(logits=p), (-200.0, 1), -200.0, 1.0),
        (lambda p: ex.Geometric(probs=p), (1.0, 0.0), 0.0, 1.0),
        (lambda p: ex.Geometric(logits=p), (-200.0, 5.0), -200.0, 1.0),
        (lambda p: ex.Poisson(p), (0.0, 0.0), 0.0, -1.0),
        (lambda p: ex.Gamma(1.0, p), (2.0, 0.0), np.log(2), 0.5),
        (lambda p: ex.Beta(p, 1.0), (2.0, 1.0), np.log(2), 0.5),
        (lambda p: ex.StudentT(jnp.inf, 0.0, p), (1.0, 0.0), -0.5 * np.log(2 * np.pi), -1.0),
        (lambda p: ex.Kumaraswamy(p, 1.0), (2.0, 1.0), np.log(2), 0.5),
        (lambda p: ex.Kumaraswamy(1.0, p), (2.0, 0.0), np.log(2), 0.5),
    ],
)
def test_degenerate_parameters(make, x, value, slope):
    parameter, x = x
    got, grad = jax.value_and_grad(lambda p: make(p).log_prob(x))(jnp.float32(parameter))
    np.testing.assert_allclose([got, grad], [value, slope], rtol=1e-6)


def test_saturated_draws_stay_inside(key):
    dist = ex.TanhNormal(np.array([-100.0, 100.0], np.float32), 1.0)
    x = dist.sample(key, (8,))
    assert (np.abs(x) < 1).all()
    assert np.isfinite(dist.log_prob(x)).all()


@pytest.mark.parametrize(
    ("first", "value", "slope"),
    [(1.0, np.log(60 * 0.25 * 0.75**2), 0.0), (0.5, np.inf, -np.inf), (2.0, -np.inf, np.inf)],
)
def test_dirichlet_on_the_boundary(first, value, slope):
    a, x = jnp.array([first, 2.0, 3.0]), jnp.array([0.0, 0.25, 0.75])
    got, (by_a, by_x) = jax.value_and_grad(lambda a, x: ex.Dirichlet(a).log_prob(x), (0, 1))(a, x)
    np.testing.assert_allclose(got, value, rtol=1e-6)
    np.testing.assert_allclose(by_x, [slope, 1 / 0.25, 2 / 0.75], rtol=1e-6)
    by_rest = np.log(x[1:]) - special.digamma(a[1:]) + special.digamma(first + 5)
    np.testing.assert_allclose(by_a, [0, *by_rest], rtol=1e-5)


@pytest.mark.parametrize(
    ("scale", "x"), [(1.0, 1e30), (1.0, 3e38), (1e-30, 1e10), (1e-36, 0.0), (1e38, 0.0), (1e38, 1e38), (1e38, 3e38), (5.0, 7.0)]
)  # fmt: skip
def test_cauchy_where_a_part_of_its_density_overflows(scale, x):
    z = x / scale
    truth = -np.log(np.pi) - np.log(scale) - np.log1p(z * z)
    np.testing.assert_allclose(ex.Cauchy(0.0, scale).log_prob(x), truth, rtol=1e-6)
    assert np.isfinite(ex.Cauchy(-3e38, 1.0).log_prob(3e38))


def test_masked_logits():
    dist = ex.Categorical(logits=np.array([0.0, -np.inf, 0.0], np.float32))
    assert dist.log_prob(1) == -np.inf
    np.testing.assert_allclose(dist.entropy(), np.log(2), rtol=1e-6)
    assert np.isfinite(jax.grad(lambda d: d.entropy() + d.log_prob(0))(dist).logits).all()


def test_moments_of_a_half_line_have_derivatives():
    def moments(loc, scale):
        dist = ex.TruncatedNormal(loc, scale, 0.0, jnp.inf)
        return jnp.stack([dist.mean(), dist.variance(), dist.entropy()])

    by_loc, by_scale = jax.jacrev(moments, (0, 1))(jnp.float32(0.0), jnp.float32(2.0))
    np.testing.assert_allclose(by_loc[0], 1 - 2 / math.pi, rtol=1e-5)
    np.testing.assert_allclose(by_scale, [(2 / math.pi) ** 0.5, 4 * (1 - 2 / math.pi), 0.5], rtol=1e-5)
    assert np.isfinite(by_loc).all()


def test_undefined_moments():
    df = np.array([0.5, 1.0, 1.5, 2.0, 3.0], np.float32)
    np.testing.assert_array_equal(np.isnan(ex.StudentT(df).mean()), [True, True, False, False, False])
    np.testing.assert_allclose(ex.StudentT(df).variance(), [np.nan, np.nan, np.inf, np.inf, 3.0])


@pytest.mark.thin(3)
@pytest.mark.parametrize("case", UNIVARIATE, ids=ids)
def test_bad_parameters_under_jit_give_nan(case, key):
    dist = case.make()
    if all(p.support.whole_space for p in dist._parameters()):
        pytest.skip("every value is a parameter")
    bad = jax.tree.unflatten(
        jax.tree.structure(dist),
        [
            v if p.support.whole_space else -1.0 - abs(v)
            for v, p in zip(jax.tree.leaves(dist), dist._parameters(), strict=True)
        ],
    )
    # not the mean: a location family's does not depend on the bad scale
    for result in (bad.log_prob(1.0), bad.cdf(0.5), *_moments(bad)[1:], bad.quantile(0.5)):
        assert np.isnan(result)
    draw = bad.sample(key)
    assert draw == np.iinfo(np.int32).min if jnp.issubdtype(draw.dtype, jnp.integer) else np.isnan(draw)


@pytest.mark.parametrize("case", [c for c in CASES if c.make().nan_by_itself], ids=ids)
def test_formulas_that_see_to_bad_parameters_themselves(case):
    dist = case.make()
    points = np.array([-3.0, -0.5, 0.0, 0.7, 1.0, 4.0], np.float32)
    points = points[np.asarray(dist.support.contains(points))]
    for method in dist.nan_by_itself:
        for i, parameter in enumerate(dist._parameters()):
            for bad in (-1.0, -1e-30, 0.0, np.nan):
                if parameter.support.contains(np.float32(bad)):
                    continue
                leaves = [np.float32(bad) if j == i else v for j, v in enumerate(jax.tree.leaves(dist))]
                found = jax.tree.structure(dist).unflatten(leaves)
                assert np.isnan(jax.jit(getattr(type(dist), method))(found, points)).all(), (method, bad)


@pytest.mark.parametrize("case", [c for c in CASES if c.make().whole_line], ids=ids)
def test_formulas_that_hold_on_the_whole_line(case):
    dist = case.make()
    bad = jax.tree.map(lambda v: -1.0 - abs(v), dist)
    beyond = {"log_prob": (-np.inf, -np.inf), "cdf": (0, 1), "log_sf": (0, -np.inf), "quantile": (np.nan, np.nan)}
    for method in dist.whole_line:
        fn = getattr(type(dist), method)
        below, above = beyond[method]
        np.testing.assert_array_equal(fn(dist, np.array([-1e30, -50.0, -np.inf, np.nan])), [below] * 3 + [np.nan])
        np.testing.assert_array_equal(fn(dist, np.array([np.inf])), [above])
        x = 0.5 if method == "quantile" else -50.0
        assert np.isnan(jax.jit(fn)(bad, np.array([x, np.nan]))).all()
        if method != "quantile":
            assert all(np.all(g == 0) for g in jax.tree.leaves(jax.grad(fn)(dist, -50.0)))
            assert jax.grad(fn, 1)(dist, -50.0) == 0


def test_an_empty_interval_is_an_error():
    for low, high in ((1.0, 1.0), (np.array([0.0, 2.0]), 1.0)):
        with pytest.raises(ValueError, match="a number > low"):
            ex.Uniform(low, high)
    assert np.isnan(jax.jit(lambda h: ex.Uniform(0.0, h).log_prob(5.0))(-1.0))


def test_matrices_are_checked():
    zero = np.zeros(2, np.float32)
    with pytest.raises(ValueError, match="exactly one"):
        ex.MultivariateNormal(zero)
    with pytest.raises(ValueError, match="covariance: expected a symmetric"):
        ex.MultivariateNormal(zero, covariance=np.array([[1.0, 2.0], [2.0, 1.0]], np.float32))
    with pytest.raises(ValueError, match="event axes"):
        ex.MultivariateNormal(np.zeros(3, np.float32), scale_tril=np.eye(2, dtype=np.float32))
    with pytest.raises(ValueError, match="event axes"):
        ex.LowRankMultivariateNormal(zero, np.ones((3, 1), np.float32), np.ones(2, np.float32))


def test_low_rank_density_keeps_its_digits_as_the_diagonal_vanishes():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(6, 2)).astype(np.float32)
    x = (factor @ np.array([1.0, -2.0]) + 1e-3 * rng.normal(size=6)).astype(np.float32)
    diagonal = np.full(6, 1e-6, np.float32)
    covariance = factor.astype(float) @ factor.T.astype(float) + np.diag(diagonal.astype(float))
    expected = stats.multivariate_normal(np.zeros(6), covariance).logpdf(x.astype(float))
    got = ex.LowRankMultivariateNormal(np.zeros(6, np.float32), factor, diagonal).log_prob(x)
    np.testing.assert_allclose(got, expected, rtol=1e-3)


def test_independent_shows_its_base():
    dist = ex.Independent(ex.Uniform(np.zeros((2, 3), np.float32), 1.0), 1)
    assert dist._label == "Independent(Uniform)"
    assert dist.pathwise
    assert not dist.finite
    assert dist.support.contains(np.zeros((2, 3), np.float32)).shape == (2,)
    assert isinstance(dist.support, supports.Product)
    with pytest.raises(ValueError, match="event_ranks"):
        ex.Independent(ex.Normal(0.0, 1.0), 1)
    with pytest.raises(NotImplementedError, match=r"Independent\(Uniform\).cdf"):
        dist.cdf(np.zeros(3, np.float32))
    assert numerics.sum_minus_one(jnp.array([0.5, 0.5])) == 0
