"""Samplers: their laws against exact distribution functions, both tails, and which lane depends on what."""

import fractions
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex
from expectax import random
from expectax.random import _rejection
from expectax.random._bernoulli import threshold
from expectax.random._normal import normal_of
from expectax.random._threefry import threefry
from expectax.random._words import seed_of, words_of, words_of_all


@pytest.fixture(autouse=True)
def _same_key_again():
    """These tests compare draws of one key."""
    with jax.debug_key_reuse(False):
        yield


ALARMS = 1e-6
"""Chance that any of the statistical tests here fails by bad luck."""


def gammas(key, lanes):
    return random.gamma(key, lanes, lanes.shape)[0]


def logs_of_gammas(key, lanes):
    return random.gamma(key, lanes, lanes.shape)[1]


def poissons(key, lanes):
    return random.poisson(key, lanes, lanes.shape)


def binomials(key, lanes):
    return random.binomial(key, jnp.ceil(20 * lanes), -jnp.ones_like(lanes), lanes.shape)


def geometrics(key, lanes):
    return random.geometric(key, -1 / (1 + lanes), lanes.shape)


def negative_binomials(key, lanes):
    return ex.NegativeBinomial(lanes, logits=jnp.zeros_like(lanes)).sample(key)


def bernoullis(key, lanes):
    return ex.Bernoulli(probs=lanes / (1 + lanes)).sample(key)


def categoricals(key, lanes):
    p = lanes / (1 + lanes)
    return random.categorical(key, jnp.stack([0.25 * p, 1 - p, 0.75 * p], -1), lanes.shape)


def wide_categoricals(key, lanes):
    logits = jnp.tanh(jnp.asarray(lanes))[..., None] * jnp.linspace(0, 5, 50, dtype=lanes.dtype).reshape(
        (1,) * lanes.ndim + (50,)
    )
    return random.categorical(key, jax.nn.softmax(logits), lanes.shape)


def von_mises(key, lanes):
    return random.von_mises(key, lanes, lanes.shape)


def truncated_normals(key, lanes):
    return ex.TruncatedNormal(0.0, lanes, -1.0, 2.0).sample(key)


def zipfs(key, lanes):
    return random.zipf(key, 1.1 + lanes, lanes.shape)


def integers(key, lanes):
    return random.integers(key, jnp.ceil(1000 * lanes), lanes.shape)


def noncentral_gammas(key, lanes):
    return random.noncentral_gamma(key, lanes, 0.5 * lanes, lanes.shape)


def inverse_gaussians(key, lanes):
    return random.inverse_gaussian(key, lanes, jnp.ones_like(lanes), lanes.shape)


def polar_angles(key, lanes):
    return random.polar_angle(key, lanes, 4, lanes.shape)


# that of another program: other shapes are compiled otherwise; an angle near π is the arc cosine of nearly -1
ROUNDING = {"rtol": 1e-5, "atol": 1e-6}
INDICES = [bernoullis, categoricals, wide_categoricals]
COUNTS = [poissons, binomials, pytest.param(negative_binomials, marks=pytest.mark.slow), geometrics]
COUNTS += [zipfs, integers]
COMPOSED = pytest.param(noncentral_gammas, marks=pytest.mark.slow)
REALS = [gammas, logs_of_gammas, COMPOSED, inverse_gaussians, von_mises, polar_angles, truncated_normals]
SAMPLERS = pytest.mark.parametrize("draw", [*REALS, *COUNTS, *INDICES])


def spread(lanes, dtype=np.float32):
    """Parameters of every size, those that need many proposals among them."""
    return np.exp(np.linspace(-4, 6, lanes)).astype(dtype)[np.argsort(np.arange(lanes) * 7919 % 10007, kind="stable")]


@SAMPLERS
def test_a_lane_is_a_function_of_its_number_and_parameters(draw, key):
    """Whether few lanes are drawn, or so many that rejected ones are packed; changing one leaves the others as they are."""
    parameters = spread(9000)
    many = jax.jit(draw)(key, parameters)
    for lanes in (6000, 37):
        np.testing.assert_allclose(jax.jit(draw)(key, parameters[:lanes]), many[:lanes], **ROUNDING)
    changed = parameters.copy()
    changed[::3] = 0.9 * changed[::3] + 0.1
    again = np.asarray(jax.jit(draw)(key, changed))
    others = np.arange(9000) % 3 != 0
    np.testing.assert_array_equal(again[others], np.asarray(many)[others])
    assert (again != many).any()


@SAMPLERS
def test_layouts_and_transformations(draw, key):
    parameters = spread(24)
    same = functools.partial(np.testing.assert_allclose, **ROUNDING)
    flat = draw(key, parameters)
    same(draw(key, parameters.reshape(2, 3, 4)).ravel(), flat)
    same(jax.jit(draw)(key, parameters), flat)
    keys = jax.random.split(key, 3)
    one_by_one = [draw(k, parameters) for k in keys]
    same(jax.vmap(draw, (0, None))(keys, parameters), one_by_one)
    same(jax.lax.scan(lambda c, k: (c, draw(k, parameters)), 0, keys)[1], one_by_one)
    assert draw(key, np.zeros((0, 2), np.float32)).shape == (0, 2)


@SAMPLERS
def test_types_and_nan(draw, x64, key):
    for dtype in (np.float32, np.float64):
        parameters = spread(16, dtype)
        parameters[3] = np.nan
        drawn = np.asarray(jax.jit(draw)(key, parameters))
        assert drawn.dtype == (np.int32 if draw in INDICES else dtype)
        missing = drawn == np.iinfo(np.int32).min if draw in INDICES else np.isnan(drawn)
        np.testing.assert_array_equal(missing, np.arange(16) == 3)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg"])
@pytest.mark.parametrize(
    "dist",
    [
        ex.Gamma(2.5, 1.0),
        ex.InverseGaussian(1.0, 2.0),
        ex.NoncentralChi2(1.5, 3.0),
        ex.Zipf(2.5),
        ex.DiscreteUniform(1, 6),
    ],
    ids=lambda d: d._label,
)
def test_key_types(impl, dist):
    """Massart's bound of the distance between distribution functions, discrete ones too."""
    drawn = np.asarray(dist.sample(jax.random.key(3, impl=impl), (20_000,)), np.float32)
    values, counts = np.unique(drawn, return_counts=True)
    distance = np.abs(counts.cumsum() / len(drawn) - np.asarray(dist.cdf(values))).max()
    assert distance < np.sqrt(np.log(2 * 15 / ALARMS) / (2 * len(drawn)))


@pytest.mark.parametrize("together", [64, 4096, 30_000])
def test_how_many_lanes_are_served_together_changes_nothing(together, key, monkeypatch):
    """Nor does a lane that takes many rounds, or has no parameter."""
    threshold = jnp.tile(jnp.array([0.2, 0.9, np.nan, 0.01], np.float32), 5000)

    def propose(words, threshold):
        u = words[0].astype(jnp.float32) * 2.0**-32
        return u, u < threshold

    monkeypatch.setattr(_rejection, "_TOGETHER", together)
    draws = np.asarray(_rejection.accepted(seed_of(key), propose, (threshold,), words=1))
    few = _rejection.accepted(seed_of(key), propose, (threshold[:40],), words=1)
    np.testing.assert_array_equal(draws[:40], few)
    np.testing.assert_array_equal(np.isnan(draws), np.isnan(threshold))
    for t in (0.01, 0.2, 0.9):
        assert stats.kstest(draws[threshold == np.float32(t)], stats.uniform(0, t).cdf).pvalue > ALARMS


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_words_are_fair_and_unlike(impl, dtype, x64):
    """Each bit of each word is 1 half of the time, and so is its exclusive or with any other of the same bits."""
    key = jax.random.key(5, impl=impl)
    lanes, bits = 40_000, jnp.finfo(dtype).bits
    words = np.asarray(jnp.stack(words_of_all(key, 3, lanes, dtype)))
    assert words.dtype == f"uint{bits}"
    again = np.asarray(jnp.stack(words_of_all(key, 3, lanes - 1, dtype)))
    np.testing.assert_array_equal(again, words[:, :-1])
    one = words[..., None] >> np.arange(bits, dtype=words.dtype) & 1
    pairs = [
        one[0],
        one[1],
        one[2],
        one[0] ^ one[1],
        one[1] ^ one[2],
        one[0, 1:] ^ one[2, :-1],
        one[0, 1:] ^ one[0, :-1],
    ]
    for bit in pairs:
        assert np.abs(bit.mean(0) - 0.5).max() < 5.5 * 0.5 / np.sqrt(lanes)


def test_threefry_is_that_of_jax_and_of_its_authors():
    ones = np.uint32(0xFFFFFFFF)
    answers = {(0, 0): (0x6B200159, 0x99BA4EFE), (ones, ones): (0x1CB996FC, 0xBB002BE7)}
    for word, answer in answers.items():
        pair = tuple(map(jnp.uint32, word))
        assert tuple(map(int, threefry(pair, pair))) == answer
    key = jax.random.key(7)
    numbers = jnp.arange(5, dtype=jnp.uint32) * 1_000_003
    folded = jax.vmap(lambda n: jax.random.key_data(jax.random.fold_in(key, n)))(numbers)
    words = threefry(tuple(jax.random.key_data(key)), (jnp.zeros_like(numbers), numbers))
    np.testing.assert_array_equal(jnp.stack(words, -1), folded)


def test_words_are_none_of_those_that_jax_makes_of_the_key(key):
    """A draw and the children of its key are independent, though both are hashes under the same 64 bits."""
    ours = np.stack(words_of_all(key, 2, 3000, "float32"), -1)
    children = jax.random.key_data(jax.random.split(key, 3000))
    folded = jax.random.key_data(jax.vmap(lambda n: jax.random.fold_in(key, n))(np.arange(3000)))
    bits = jax.random.bits(key, (3000, 2))
    for theirs in (children, folded, bits):
        assert len(np.intersect1d(ours, theirs)) < 5  # of 2³², by chance .02 of them
        for word in (0, 1):
            assert abs(np.corrcoef(ours[:, word], theirs[:, word])[0, 1]) < 5 / 3000**0.5


def test_a_draw_uses_up_its_key(key):
    with jax.debug_key_reuse(True), pytest.raises(jax.errors.KeyReuseError):
        random.normal(key, (), "float32") + random.uniforms(key, (), "float32")(0)


def test_sides_are_fine(key):
    side, upper = random.sides(key, (100_000,), "float32")
    assert side.min() > 0
    assert side.max() <= 0.5
    assert len(np.unique(side)) > 99_000  # the grid of jax.random.uniform would repeat some 600
    u = jnp.where(upper, 1 - side, side)
    assert abs(u.mean() - 0.5) < 6 / (12 * len(u)) ** 0.5


def test_normal_tails():
    """The least words are as far out as their probability says: beyond 24 bits too."""
    rest = np.array([0, 1, 2**7, 2**20, 2**31 - 1], np.uint32)
    low = stats.norm.ppf((rest + 0.5) / 2**32)
    np.testing.assert_allclose(normal_of(jnp.asarray(rest), jnp.float32), low, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(normal_of(jnp.asarray(rest + np.uint32(2**31)), jnp.float32), -low, rtol=1e-6, atol=1e-7)


def test_words_of_lanes_rounds_and_keys_differ(key):
    lanes = jnp.arange(3000, dtype=jnp.uint32)
    seeds = [seed_of(k) for k in jax.random.split(key, 3)]
    words = np.concatenate([w for s in seeds for n in range(3) for w in words_of(s, 3, lanes, jnp.float32, number=n)])
    repeats = len(words) - len(np.unique(words))
    assert repeats < 30, "of 81 000 words of 32 bits, 0.8 are expected to repeat"


def test_thresholds_are_exact(x64):
    for dtype in (np.float32, np.float64):
        p = np.array([0, 2.0**-64, 1e-15, 3e-8, 0.1, 0.5, 1 - 2.0**-24], dtype)
        high, low = (np.asarray(v).astype(object) for v in threshold(p))
        assert list(high * 2**32 + low) == [int(fractions.Fraction(float(v)) * 2**64) for v in p]


def test_what_is_impossible_or_certain(key):
    tables = np.zeros((2, 40), np.float32)
    tables[0, 7], tables[1, [3, 39]] = 1, 0.5
    for table, possible in ((tables[0], {7}), (tables[1], {3, 39})):
        for size in (40, 8) if table[7] else (40,):
            drawn = ex.Categorical(probs=table[:size]).sample(key, (5000,))
            assert set(np.unique(drawn)) == possible
    logits = np.array([-np.inf, 0.0, -np.inf], np.float32)
    assert set(np.unique(ex.Categorical(logits=logits).sample(key, (1000,)))) == {1}
    np.testing.assert_array_equal(random.bernoulli(key, jnp.array([0.0, 1.0, np.nan]), (3,)), [False, True, False])
    np.testing.assert_array_equal(random.geometric(key, jnp.array([-np.inf, 0.0]), (2,)), [0.0, np.inf])
    np.testing.assert_array_equal(random.poisson(key, jnp.array([0.0, np.inf]), (2,)), [0.0, np.inf])


LAWS = {
    "cauchy": (lambda k, n: ex.Cauchy(0.0, 1.0).sample(k, (n,)), lambda x: ex.Cauchy(0.0, 1.0), None),
    "exponential": (lambda k, n: ex.Exponential(1.0).sample(k, (n,)), lambda x: ex.Exponential(1.0), None),
    "gumbel": (lambda k, n: ex.Gumbel(0.0, 1.0).sample(k, (n,)), lambda x: ex.Gumbel(0.0, 1.0), None),
    "laplace": (lambda k, n: ex.Laplace(0.0, 1.0).sample(k, (n,)), lambda x: ex.Laplace(0.0, 1.0), None),
    "uniform": (lambda k, n: ex.Uniform(-1.0, 1.0).sample(k, (n,)), lambda x: ex.Uniform(-1.0, 1.0), None),
    "normal": (lambda k, n: random.normal(k, (n,), jnp.float32), lambda x: ex.Normal(0.0, 1.0), None),
    "gamma_0.01": (lambda k, n: random.gamma(k, jnp.float32(0.01), (n,))[1], lambda x: ex.Gamma(0.01, 1.0), np.exp),
    "gamma_0.5": (lambda k, n: random.gamma(k, jnp.float32(0.5), (n,))[0], lambda x: ex.Gamma(0.5, 1.0), None),
    "gamma_1": (lambda k, n: random.gamma(k, jnp.float32(1.0), (n,))[0], lambda x: ex.Gamma(1.0, 1.0), None),
    "gamma_7": (lambda k, n: random.gamma(k, jnp.float32(7.0), (n,))[0], lambda x: ex.Gamma(7.0, 1.0), None),
    "gamma_1e5": (lambda k, n: random.gamma(k, jnp.float32(1e5), (n,))[0], lambda x: ex.Gamma(1e5, 1.0), None),
    "truncated_normal": (
        lambda k, n: ex.TruncatedNormal(0.0, 1.0, -1.0, np.inf).sample(k, (n,)),
        lambda x: ex.TruncatedNormal(0.0, 1.0, -1.0, np.inf),
        None,
    ),
    "truncated_normal_far": (
        lambda k, n: ex.TruncatedNormal(0.0, 1.0, -7.0, -5.0).sample(k, (n,)),
        lambda x: ex.TruncatedNormal(0.0, 1.0, -7.0, -5.0),
        None,
    ),
    "von_mises_0.3": (lambda k, n: random.von_mises(k, jnp.float32(0.3), (n,)), lambda x: ex.VonMises(0.0, 0.3), None),
    "von_mises_50": (lambda k, n: random.von_mises(k, jnp.float32(50.0), (n,)), lambda x: ex.VonMises(0.0, 50.0), None),
}
TABLE = np.array([0.0, 0.5, 1e-6, 0.25, 1e-4, 0.2499, 0.0], np.float32)
DISCRETE = {
    "poisson_0.3": lambda f: ex.Poisson(f(0.3)),
    "poisson_9.9": lambda f: ex.Poisson(f(9.9)),
    "poisson_10": lambda f: ex.Poisson(f(10.0)),
    "poisson_14": lambda f: ex.Poisson(f(14.0)),
    "poisson_1e4": lambda f: ex.Poisson(f(1e4)),
    "binomial_few": lambda f: ex.Binomial(f(12.0), probs=f(0.7)),
    "binomial_even": lambda f: ex.Binomial(f(23.0), probs=f(0.5)),
    "binomial_rare": lambda f: ex.Binomial(f(1e5), probs=f(3e-5)),
    "binomial_1e3": lambda f: ex.Binomial(f(1e3), probs=f(0.9)),
    "binomial_1e6": lambda f: ex.Binomial(f(1e6), logits=f(-0.5)),
    "negative_binomial_0.3": lambda f: ex.NegativeBinomial(f(0.3), probs=f(0.9)),
    "negative_binomial_50": lambda f: ex.NegativeBinomial(f(50.0), logits=f(0.5)),
    "geometric_0.5": lambda f: ex.Geometric(probs=f(0.5)),
    "geometric_1e-4": lambda f: ex.Geometric(logits=f(-9.0)),
    "zipf_4": lambda f: ex.Zipf(f(4.0)),
    "integers": lambda f: ex.DiscreteUniform(f(0.0), f(6.0)),
    "bernoulli": lambda f: ex.Bernoulli(probs=f(0.3)),
    "categorical": lambda f: ex.Categorical(probs=f(TABLE)),
    "categorical_wide": lambda f: ex.Categorical(logits=f(np.linspace(0, -20, 60))),
}
DRAWS = 10**7
CHECKS = 3 * len(LAWS) + 4 * len(DISCRETE) + 3


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_law_and_tails(name, key, x64):
    """Kolmogorov's distance at 10⁷ draws, and the counts beyond the quantiles of 10⁻⁵ on both sides."""
    sampler, law, back = LAWS[name]
    drawn = np.sort(np.asarray(jax.jit(functools.partial(sampler, n=DRAWS))(key)).astype(np.float64))
    dist, (values, first, counts) = law(None), np.unique(drawn, return_index=True, return_counts=True)
    at = values if back is None else back(values)
    at_most, below = np.asarray(dist.cdf(at)), (first / DRAWS, (first + counts) / DRAWS)
    assert max(np.abs(b - at_most).max() for b in below) < KOLMOGOROV
    for tail in (at_most, np.asarray(dist.sf(at))):
        inside = tail < 1e-5
        check_count(counts[inside].sum(), DRAWS * (tail[inside].max() if inside.any() else 0.0))


KOLMOGOROV = np.sqrt(np.log(2 * CHECKS / ALARMS) / (2 * DRAWS))
"""Massart, "The tight constant in the DKW inequality"."""


def check_count(found, expected):
    """On both sides; what is impossible must not be found."""
    assert stats.poisson.cdf(found, max(expected, 1e-300)) > ALARMS / CHECKS / 2
    assert stats.poisson.sf(found - 1, expected + 1e-300) > ALARMS / CHECKS / 2 or expected == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_law_and_tails(name, key, x64):
    """Kolmogorov's distance and χ² at 10⁷ draws in single precision, and the counts beyond the quantiles of 10⁻⁵.

    χ² sees a mass of 1 % that is off by 0.7 % of itself, the counts a tail of 10⁻⁵ that is off by 60 %.
    """
    drawn = np.asarray(jax.jit(lambda k: DISCRETE[name](np.float32).sample(k, (DRAWS,)))(key)).astype(np.int64)
    dist = DISCRETE[name](lambda v: np.float64(np.float32(v)))
    ends = np.asarray(dist.quantile(np.array([1e-12, 1 - 1e-12]))).astype(np.int64)
    low, high = min(ends[0], drawn.min()), max(ends[1], drawn.max())
    grid = np.arange(low, high + 1)
    found = np.bincount(drawn - low, minlength=len(grid))
    mass, at_most, beyond = (np.asarray(fn(grid.astype(np.float64))) for fn in (dist.prob, dist.cdf, dist.sf))
    assert np.abs(found.cumsum() / DRAWS - at_most).max() < KOLMOGOROV
    assert found[mass == 0].sum() == 0
    for tail, side in ((at_most, found), ((beyond + mass)[::-1], found[::-1])):
        outer = tail < 1e-5
        check_count(side[outer].sum(), DRAWS * tail[outer].max(initial=0.0))
    bins = np.unique((at_most * DRAWS / 200).astype(np.int64), return_index=True)[1]
    expected, seen = (np.add.reduceat(v, bins) for v in (DRAWS * mass, found))
    enough = expected > 50
    assert stats.chi2.sf(((seen - expected)[enough] ** 2 / expected[enough]).sum(), enough.sum()) > ALARMS / CHECKS


@pytest.mark.slow
@pytest.mark.parametrize("width", [0, 3, 40])
def test_a_chance_below_the_grid_of_single_precision_has_its_rate(width, key):
    """3 · 10⁻⁸ at 10⁹ draws: multiples of 2⁻²⁴ would give twice as many, or none behind a larger one."""
    rare = 3e-8
    if width:
        table = np.zeros(width, np.float32)
        table[[0, 1, -1]] = 0.6, rare, 0.4
        dist, value = ex.Categorical(probs=table), 1
    else:
        dist, value = ex.Bernoulli(probs=np.float32(rare)), 1
    found = jax.lax.map(lambda k: (dist.sample(k, (DRAWS,)) == value).sum(), jax.random.split(key, 100)).sum()
    check_count(int(found), 100 * DRAWS * rare)


# --- Where two outcomes are equally likely ---


@pytest.mark.parametrize(
    "law",
    [
        lambda e: ex.Bernoulli(logits=e),
        lambda e: ex.Binomial(12.0, logits=e),
        lambda e: ex.Binomial(500.0, logits=e),
        lambda e: ex.Categorical(logits=jnp.array([0.0, e, -1.0])),
        lambda e: ex.Categorical(logits=jnp.zeros(40).at[7].set(e)),
    ],
    ids=["bernoulli", "few trials", "many trials", "three outcomes", "forty outcomes"],
)
def test_draws_do_not_turn_over(law, key):
    """A parameter that is rounded to the other side of a tie, as when a draw is computed again, leaves the draw as it is."""
    here, there = (law(jnp.float32(e)).sample(jax.random.clone(key), (4000,)) for e in (1e-7, -1e-7))
    assert np.mean(np.asarray(here) != np.asarray(there)) < 1e-3
