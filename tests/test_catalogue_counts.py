"""Discrete families against mpmath, enumeration and closed forms: what the common tests do not see."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from case import array
from scipy import stats
from test_numerics import DTYPES

import expectax as ex

# --- Ordered categories ---

CUTS = [-30.0, -1.0, -0.999, 0.5, 6.0, 90.0]


def _logistic(z):
    return 1 / (1 + mpmath.exp(-z))


@DTYPES
@pytest.mark.parametrize(
    ("family", "cdf"), [(ex.OrderedLogistic, _logistic), (ex.OrderedProbit, mpmath.ncdf)], ids=["logistic", "probit"]
)
def test_ordered_masses_keep_their_digits(family, cdf, dtype, x64):
    cuts = np.array(CUTS, np.float32).astype(dtype)
    loc = np.array([-20.0, -1.0, 0.0, 0.25, 7.0, 20.0], np.float32).astype(dtype)
    k = np.arange(len(cuts) + 1)
    dist = family(cuts, loc)
    got = np.asarray(dist.log_prob(k[:, None]))
    slope = np.asarray(dist.score(k[:, None]).loc)
    ends = [-mpmath.inf, *map(mpmath.mpf, map(float, cuts)), mpmath.inf]
    with mpmath.workdps(900):
        for i, j in itertools.product(range(len(k)), range(len(loc))):
            low, high = (e - mpmath.mpf(float(loc[j])) for e in ends[i : i + 2])
            density = mpmath.npdf if cdf is mpmath.ncdf else (lambda z: 0 if mpmath.isinf(z) else cdf(z) * cdf(-z))
            mass = cdf(-low) - cdf(-high) if low > 0 else cdf(high) - cdf(low)
            by_loc = (density(low) - density(high)) / mass
            ends_slopes = sum(density(e) / mass * abs(e) for e in (low, high) if abs(e) < mpmath.inf)
            condition = float(max(1, abs(mpmath.log(mass)), ends_slopes))
            assert abs(got[i, j] - mpmath.log(mass)) < 6 * np.finfo(dtype).eps * condition
            assert abs(slope[i, j] - by_loc) < 20 * np.finfo(dtype).eps * max(1.0, condition)


def test_ordered_categories_sum_to_one_and_follow_their_cdf():
    for family in (ex.OrderedLogistic, ex.OrderedProbit):
        dist = family(array([-1.0, 0.5, 3.0]), array([-2.0], [0.5]))
        p = np.asarray(dist.prob(np.arange(4)[:, None, None]))
        np.testing.assert_allclose(np.cumsum(p, 0), dist.cdf(np.arange(4.0)[:, None, None]), rtol=1e-6)
        k = np.arange(4.0)[:, None, None]
        np.testing.assert_allclose(dist.mean(), (k * p).sum(0), rtol=1e-6)
        np.testing.assert_allclose(dist.entropy(), -(p * np.log(p)).sum(0), rtol=1e-6)
        np.testing.assert_array_equal(dist.mode(), p.argmax(0))
    with pytest.raises(ValueError, match="increasing"):
        ex.OrderedLogistic(array(1.0, 0.0), 0.0)
    assert np.isnan(jax.jit(lambda c: ex.OrderedLogistic(c, 0.0).log_prob(1))(array(1.0, 0.0)))


# --- Zipf ---

POWERS = np.array([1.000001, 1.01, 1.5, 1.72, 1.9, 3.0, 8.0, 31.0, 90.0, 1e3], np.float32)


@DTYPES
def test_zipf_against_zeta(dtype, x64):
    s, eps = POWERS.astype(dtype), np.finfo(dtype).eps
    k = np.array([1.0, 2.0, 5.0, 10.0, 11.0, 1000.0, 1e7], dtype)[:, None]
    dist = ex.Zipf(s)
    got = [np.asarray(v) for v in (dist.log_prob(k), dist.log_cdf(k), dist.log_sf(k))]
    score = np.asarray(dist.score(k).power)
    with mpmath.workdps(60):
        for j, power in enumerate(map(mpmath.mpf, map(float, s))):
            total = mpmath.zeta(power)
            slope = mpmath.zeta(power, 1, 1) / total if power < 100 else 0
            for i, n in enumerate(map(int, k[:, 0])):
                log_prob = -power * mpmath.log(n) - mpmath.log(total)
                by_power = -mpmath.log(n) - slope
                condition = float(max(1, abs(log_prob), abs(power * by_power)))
                assert abs(got[0][i, j] - log_prob) < 2 * eps * condition
                assert abs(score[i, j] - by_power) < 4 * eps * float(
                    max(mpmath.log(n), abs(slope) * (1 + power)) + 1e-30
                )
                if power > 20 or n > 1e4:
                    continue
                tail = mpmath.zeta(power, n + 1) / total
                condition = float(max(1, power * (mpmath.log(n + 1) + abs(slope))))
                for value, expected in ((got[1], mpmath.log(1 - tail)), (got[2], mpmath.log(tail))):
                    assert abs(value[i, j] - expected) < 4 * eps * max(condition, float(abs(expected)))


def test_zipf_moments_are_infinite_where_their_sums_are():
    dist = ex.Zipf(array(1.5, 2.0, 2.5, 3.0, 3.5, 40.0))
    np.testing.assert_array_equal(np.isinf(dist.mean()), [True, True, False, False, False, False])
    np.testing.assert_array_equal(np.isnan(dist.variance()), [True, True, False, False, False, False])
    np.testing.assert_allclose(dist.variance()[4:], [stats.zipf(3.5).var(), 2.0**-40], rtol=1e-5)
    np.testing.assert_allclose(dist.entropy()[3:5], [0.90734567, 0.61846195], rtol=1)


def test_zipf_draws_have_no_upper_end(key):
    """At s = 1.05, P(X > 10⁶) is 0.49."""
    dist = ex.Zipf(1.05)
    draws = np.asarray(dist.sample(key, (100_000,)))
    for k in (1.0, 1e3, 1e6, 1e30):
        p = float(dist.sf(k))
        assert abs((draws > k).mean() - p) < 6 * (p * (1 - p) / len(draws)) ** 0.5


# --- Atoms ---


def test_atoms_between_whole_numbers():
    x = array(-2.0, -1.5, 0.0, 0.1, 6.9, 7.0, np.nan, np.inf)
    dist = ex.FiniteDiscrete([-1.5, 0.1, 7.0], probs=array(0.25, 0.5, 0.25))
    np.testing.assert_allclose(dist.cdf(x), [0, 0.25, 0.25, 0.75, 0.75, 1, np.nan, 1])
    np.testing.assert_allclose(dist.prob(x), [0, 0.25, 0, 0.5, 0, 0.25, np.nan, 0])
    again = ex.Empirical(array(0.1, -1.5, 7.0, 0.1))
    np.testing.assert_allclose(again.cdf(x), dist.cdf(x))
    np.testing.assert_allclose(again.prob(x), dist.prob(x))
    p = np.array([0.0, 0.25, 0.2500001, 0.75, 0.8, 1.0], np.float32)
    np.testing.assert_allclose(again.quantile(p), dist.quantile(p))
    assert again.mode() == dist.mode() == np.float32(0.1)
    np.testing.assert_allclose(again.entropy(), dist.entropy(), rtol=1e-6)
    np.testing.assert_array_equal(ex.Deterministic(0.5).cdf(array(0.0, 0.5, np.nan)), [0, 1, np.nan])


def test_outcomes_are_structure():
    for bad in ([1.0, 1.0], [1.0], [[1.0, 2.0]], [2.0, 1.0]):
        with pytest.raises(ValueError, match="outcomes: expected 2 increasing"):
            ex.FiniteDiscrete(bad, probs=array(0.5, 0.5))
    with pytest.raises(ValueError, match="outcomes"):
        jax.jit(lambda v: ex.FiniteDiscrete(v, probs=array(0.5, 0.5)).mean())(array(1.0, 2.0))
    half = ex.FiniteDiscrete([0.1, 0.2], probs=jnp.asarray([0.5, 0.5], jnp.float16))
    np.testing.assert_allclose(
        half.log_prob(jnp.asarray([0.1, 0.2, 0.3], jnp.float16)), [-0.693, -0.693, -np.inf], 1e-3
    )


def test_finite_draws_are_enumerated(key):
    def cost(logits, key):
        first, second = jax.random.split(key)
        x = ex.FiniteDiscrete([0.5, 2.0], logits=logits).sample(first, gradient="enumerate")
        k = ex.OrderedLogistic(array(-1.0, 1.0), logits[0]).sample(second, gradient="enumerate")
        return x**2 + k.astype(jnp.float32)

    def exact(logits):
        p = jax.nn.softmax(logits)
        return 0.25 * p[0] + 4 * p[1] + jax.nn.sigmoid(logits[0] - array(-1.0, 1.0)).sum()

    logits = array(0.5, -0.5)
    value, gradient = ex.value_and_grad(cost, num_samples=1)(logits, key)
    np.testing.assert_allclose(value, exact(logits), rtol=1e-6)
    np.testing.assert_allclose(gradient, jax.grad(exact)(logits), rtol=1e-5)


def test_points_pass_their_derivative(key):
    first, second, third = jax.random.split(key, 3)
    weights = array(1.0, 2.0, 3.0)
    assert jax.grad(lambda v: ex.Deterministic(v).sample(first) ** 2)(1.5) == 3.0
    assert jax.grad(lambda v: ex.Delta(v, 0.5).sample(second) ** 2)(1.5) == 3.0
    slope = jax.grad(lambda s: ex.Empirical(s).sample(third, (1000,)).sum())(weights)
    assert slope.sum() == 1000
    np.testing.assert_allclose(jax.grad(lambda w: ex.Delta(1.0, w).log_prob(1.0))(0.5), 1.0)
    rows = ex.Empirical(array([[1.0, 4.0], [0.0, 2.0], [1.0, 4.0]]), 1)
    np.testing.assert_allclose(rows.prob(array([1.0, 4.0])), [2 / 3], rtol=1e-6)
    np.testing.assert_allclose(rows.covariance()[0], np.cov(array([1, 4], [0, 2], [1, 4]).T, bias=True), rtol=1e-6)
    with pytest.raises(NotImplementedError, match="cdf"):
        rows.cdf(array([1.0, 4.0]))


# --- Vectors of counts, rankings ---


@pytest.mark.slow
@DTYPES
def test_dirichlet_multinomial_against_gammas(dtype, x64):
    total, rows = 7, np.array([[0, 0, 7], [1, 4, 2], [7, 0, 0]], dtype)
    for a in ([0.5, 2.0, 1.25], [1e-6, 1e3, 3.0], [1e6, 2e6, 1e-3]):
        a = np.array(a, np.float32).astype(dtype)
        dist = ex.DirichletMultinomial(dtype(total), a)
        got, score = np.asarray(dist.log_prob(rows)), np.asarray(dist.score(rows).concentration)
        for x, value, slope in zip(rows, got, score, strict=True):
            b = [mpmath.mpf(float(v)) for v in a]
            terms = [
                mpmath.loggamma(v + int(k)) - mpmath.loggamma(v) - mpmath.log(mpmath.factorial(int(k)))
                for v, k in zip(b, x, strict=True)
            ]
            whole = sum(b)
            expected = (
                mpmath.log(mpmath.factorial(total))
                + mpmath.loggamma(whole)
                - mpmath.loggamma(whole + total)
                + sum(terms)
            )
            by_a = [
                mpmath.psi(0, v + int(k)) - mpmath.psi(0, v) - mpmath.psi(0, whole + total) + mpmath.psi(0, whole)
                for v, k in zip(b, x, strict=True)
            ]
            condition = float(max(1, abs(expected), *(abs(v * d) for v, d in zip(b, by_a, strict=True))))
            assert abs(value - expected) < 16 * np.finfo(dtype).eps * condition
            for d, e, v in zip(slope, by_a, b, strict=True):
                assert abs(d - e) < 64 * np.finfo(dtype).eps * max(
                    float(abs(e)), float(total / whole), float(total / (v + total))
                )


def test_dirichlet_multinomial_reduces_and_sums_to_one():
    beta = ex.BetaBinomial(9.0, 2.5, 0.75)
    k = np.arange(10.0, dtype=np.float32)
    two = ex.DirichletMultinomial(9.0, array(2.5, 0.75))
    np.testing.assert_allclose(two.log_prob(np.stack([k, 9 - k], -1)), beta.log_prob(k), rtol=1e-5)
    np.testing.assert_allclose(two.covariance(), beta.variance() * array([1, -1], [-1, 1]), rtol=1e-5)
    x = np.array([v for v in itertools.product(range(6), repeat=3) if sum(v) == 5], np.float32)
    three = ex.DirichletMultinomial(5.0, array(0.5, 2.0, 1.25))
    p = np.asarray(three.prob(x), np.float64)
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(three.mean(), p @ x, rtol=1e-5)
    np.testing.assert_allclose(three.covariance(), np.cov(x.T, aweights=p, ddof=0), rtol=1e-4)
    assert three.log_prob(array(5.0, 1.0, 0.0)) == -np.inf
    assert ex.DirichletMultinomial(0.0, array(0.5, 2.0)).log_prob(array(0.0, 0.0)) == 0


def test_plackett_luce_is_its_product():
    scores = np.array([0.5, 2.0, 1e-20, 1e15], np.float64)
    dist = ex.PlackettLuce(scores.astype(np.float32))
    values = np.asarray(dist._support_values())
    assert len(np.unique(values, axis=0)) == 24
    s = scores.astype(np.float32).astype(np.float64)[values]
    expected = (np.log(s) - np.log(np.cumsum(s[:, ::-1], 1)[:, ::-1])).sum(1)
    np.testing.assert_allclose(dist.log_prob(values), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(dist.mode(), [3, 1, 0, 2])
    np.testing.assert_array_equal(dist.log_prob(np.array([[0, 1, 2, 2], [0, 1, 2, 4]])), -np.inf)
    assert not ex.PlackettLuce(np.ones(9, np.float32)).finite


def test_plackett_luce_draws(key):
    dist = ex.PlackettLuce(array(0.5, 2.0, 1.25))
    draws, values = np.asarray(dist.sample(key, (100_000,))), np.asarray(dist._support_values())
    counts = (draws[:, None] == values[None]).all(-1).sum(0)
    p = np.asarray(dist.prob(values), np.float64)
    assert (np.abs(counts - 1e5 * p) < 6 * np.sqrt(1e5 * p * (1 - p))).all()


# --- Moments ---


def test_quadrature_tends_to_the_log_normal_mixture():
    dist = ex.PoissonLogNormalQuadrature(0.5, 0.75, 30)
    mean = math.exp(0.5 + 0.75**2 / 2)
    np.testing.assert_allclose(dist.mean(), mean, rtol=1e-5)
    np.testing.assert_allclose(dist.variance(), mean + mean**2 * math.expm1(0.75**2), rtol=1e-5)
    one = ex.PoissonLogNormalQuadrature(0.5, 0.75, 1)
    np.testing.assert_allclose(
        one.log_prob(array(0.0, 3.0)), ex.Poisson(jnp.exp(0.5)).log_prob(array(0.0, 3.0)), rtol=1e-6
    )


def test_negative_binomial_by_its_mean():
    by_r, by_dispersion = (
        ex.NegativeBinomial.from_mean(array(0.5, 40.0), **v) for v in ({"concentration": 4}, {"dispersion": 0.25})
    )
    np.testing.assert_allclose(by_r.mean(), [0.5, 40.0], rtol=1e-6)
    np.testing.assert_allclose(by_dispersion.variance(), [0.5 + 0.25 / 4, 40 + 1600 / 4], rtol=1e-6)
    with pytest.raises(ValueError, match="exactly one"):
        ex.NegativeBinomial.from_mean(1.0)
    with pytest.raises(ValueError, match="mean"):
        ex.NegativeBinomial.from_mean(-1.0, dispersion=1.0)
    assert ex.NegativeBinomial.from_mean(0.0, dispersion=1.0).log_prob(0.0) == 0


def test_mode_of_skellam():
    rates = array([0.0, 0.0], [0.9, 0.05], [3.5, 3.5], [40.3, 2.2], [0.2, 17.9], [7.0, 0.0])
    dist, k = ex.Skellam(rates[:, 0], rates[:, 1]), np.arange(-60.0, 80.0, dtype=np.float32)
    assert (dist.log_prob(dist.mode()) >= np.max(dist.log_prob(k[:, None]), 0) - 1e-6).all()


def test_mode_and_covariance_of_a_multinomial():
    p = array([0.5, 0.25, 0.25], [0.05, 0.9, 0.05], [0.3, 0.3, 0.4])
    x = np.array([v for v in itertools.product(range(8), repeat=3) if sum(v) == 7], np.float32)
    dist = ex.Multinomial(7.0, probs=p)
    np.testing.assert_allclose(dist.log_prob(dist.mode()), dist.log_prob(x[:, None]).max(0), rtol=1e-6)
    np.testing.assert_allclose(
        dist.covariance()[0], np.cov(x.T, aweights=np.asarray(dist.prob(x[:, None]))[:, 0], ddof=0), rtol=1e-4
    )
    np.testing.assert_array_equal(ex.Multinomial(1e7, probs=p[0]).mode(), [5e6, 2.5e6, 2.5e6])


def test_entropy_of_a_beta_binomial(x64):
    for n, a, b in ((0, 1.0, 2.0), (12, 2.5, 1.25), (200, 0.5, 0.25), (1000, 30.0, 80.0)):
        np.testing.assert_allclose(
            ex.BetaBinomial(n, a, b).entropy(), stats.betabinom(n, a, b).entropy(), rtol=1e-9, atol=1e-12
        )
