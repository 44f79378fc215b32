"""Every family keeps the contract, and the contract catches families that do not."""

import doctest
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from case import slow_unless
from cases import CASES
from jax.scipy import special
from jax.typing import ArrayLike
from scipy import stats

from expectax import AbstractDistribution, parameter, supports
from expectax.distributions import _shapes
from expectax.testing import CHECKS, ContractError, check_distribution
from expectax.testing._distribution import property_name
from expectax.testing._quadrature import integral, total

PROPERTIES = {property_name(check) for check in CHECKS}

QUICK = ("Bernoulli", "Exponential", "Normal", "Uniform")


@pytest.mark.parametrize("case", slow_unless(CASES, *QUICK, mark=pytest.mark.contract))
def test_family_keeps_the_contract(case, key):
    report = check_distribution(case.make(), key)
    assert len(report.passed) >= 8, report


# --- Families of a user, right and wrong ---


class RightLogNormal(AbstractDistribution):
    """exp(loc + scale · noise), written as a user would; each wrong family below changes one thing."""

    loc: ArrayLike = parameter(supports.real)
    scale: ArrayLike = parameter(supports.positive)
    support = supports.positive
    pathwise = True

    def _z(self, x):
        return (jnp.log(x) - self.loc) / self.scale

    def _sample(self, key, shape):
        return jnp.exp(self.loc + self.scale * jax.random.normal(key, shape, self.dtype))

    def _log_prob(self, x):
        return -0.5 * self._z(x) ** 2 - jnp.log(x) - jnp.log(self.scale) - 0.5 * math.log(2 * math.pi)

    def _cdf(self, x):
        return special.ndtr(self._z(x))

    def _quantile(self, p):
        return jnp.exp(self.loc + self.scale * special.ndtri(p))

    def _mean(self):
        return jnp.exp(self.loc + 0.5 * self.scale**2)

    def _variance(self):
        return jnp.expm1(self.scale**2) * self._mean() ** 2

    def _entropy(self):
        return self.loc + jnp.log(self.scale) + 0.5 * math.log(2 * math.pi * math.e)


class WrongNormaliser(RightLogNormal):
    def _log_prob(self, x):
        return RightLogNormal._log_prob(self, x) + 0.02


class DensityAtNaN(RightLogNormal):
    def _log_prob(self, x):
        return jnp.nan_to_num(RightLogNormal._log_prob(self, x), nan=-1.0)


class MissingMask(RightLogNormal):
    def _batched_log_prob(self, value):
        return _shapes.lift(self, lambda d, x: d._log_prob(jnp.abs(x)), "log_prob", (value, 0))


class DrawsOutside(RightLogNormal):
    def _sample(self, key, shape):
        draws = RightLogNormal._sample(self, key, shape)
        return jnp.where(draws < 0.5, -draws, draws)


class WrongScaleOfDraws(RightLogNormal):
    def _sample(self, key, shape):
        return jnp.exp(self.loc + 1.1 * self.scale * jax.random.normal(key, shape, self.dtype))


class WrongCdf(RightLogNormal):
    def _cdf(self, x):
        return special.ndtr(self._z(x) / 1.1)


class FallingCdf(RightLogNormal):
    def _cdf(self, x):
        return special.ndtr(self._z(x)) + 1e-3 * jnp.sin(30 * x)


class WrongQuantile(RightLogNormal):
    def _quantile(self, p):
        return 1.001 * RightLogNormal._quantile(self, p)


class WrongUpperTail(RightLogNormal):
    def _log_sf(self, x):
        return special.log_ndtr(-self._z(x) + 1e-3)


class WrongMean(RightLogNormal):
    def _mean(self):
        return jnp.exp(self.loc)

    def _variance(self):
        return jnp.expm1(self.scale**2) * jnp.exp(2 * self.loc + self.scale**2)


class WrongVariance(RightLogNormal):
    def _variance(self):
        return jnp.expm1(self.scale**2) * jnp.exp(2 * self.loc)


class WrongEntropy(RightLogNormal):
    def _entropy(self):
        return RightLogNormal._entropy(self) + 0.1


class DrawsInAnotherType(RightLogNormal):
    def _batched_sample(self, key, shape):
        return RightLogNormal._batched_sample(self, key, shape).astype(jnp.float32)


class OneDrawForTheBatch(RightLogNormal):
    def _batched_sample(self, key, shape):
        return RightLogNormal._batched_sample(self, key, shape)[..., :1] if self.batch_shape else (
            RightLogNormal._batched_sample(self, key, shape)
        )  # fmt: skip


class DetachedPath(RightLogNormal):
    def _sample(self, key, shape):
        return jax.lax.stop_gradient(RightLogNormal._sample(self, key, shape))


class HalfDetachedPath(RightLogNormal):
    def _sample(self, key, shape):
        noise = jax.random.normal(key, shape, self.dtype)
        return jnp.exp(self.loc + jax.lax.stop_gradient(self.scale) * noise)


class DetachedDensity(RightLogNormal):
    def _log_prob(self, x):
        z = (jnp.log(x) - self.loc) / jax.lax.stop_gradient(self.scale)
        return -0.5 * z**2 - jnp.log(x) - jnp.log(self.scale) - 0.5 * math.log(2 * math.pi)


WRONG = (
    (WrongNormaliser, {"normalised", "cdf_is_integral"}),
    (DensityAtNaN, {"nan"}),
    (MissingMask, {"outside"}),
    (DrawsOutside, {"support"}),
    (WrongScaleOfDraws, {"cdf_of_draws", "variance"}),
    (WrongCdf, {"cdf_of_draws", "cdf_is_integral"}),
    (FallingCdf, {"cdf_shape"}),
    (WrongQuantile, {"quantile"}),
    (WrongUpperTail, {"tails"}),
    (WrongMean, {"mean"}),
    (WrongVariance, {"variance"}),
    (WrongEntropy, {"entropy"}),
    (DrawsInAnotherType, {"dtypes"}),
    (OneDrawForTheBatch, {"shapes"}),
    (DetachedPath, {"pathwise"}),
    (HalfDetachedPath, {"pathwise"}),
    (DetachedDensity, {"score_has_zero_mean"}),
)


def test_a_right_family_of_a_user_passes(key):
    report = check_distribution(RightLogNormal(0.3, 0.4), key)
    assert not report.underpowered
    assert not report.skipped
    assert len(report.passed) == len(CHECKS)


@pytest.mark.parametrize(("family", "properties"), WRONG, ids=[family.__name__ for family, _ in WRONG])
def test_a_planted_fault_fails_its_check(family, properties, key):
    with pytest.raises(ContractError, match=family.__name__) as caught:
        check_distribution(family(0.3, 0.4), key, skip=PROPERTIES - properties)
    assert set(caught.value.report.failed) == properties


class WrongMass(AbstractDistribution):
    """A geometric law whose mass function begins at 1 and whose draws begin at 0."""

    probs: ArrayLike = parameter(supports.unit_interval)
    support = supports.counts

    def _sample(self, key, shape):
        return jnp.floor(jax.random.exponential(key, shape, self.dtype) / -jnp.log1p(-self.probs))

    def _log_prob(self, x):
        return (x - 1) * jnp.log1p(-self.probs) + jnp.log(self.probs)


class DetachedVector(AbstractDistribution):
    """Independent normals of unit variance whose draws forgot where the mean came from."""

    loc: ArrayLike = parameter(supports.real_vector)
    support = supports.real_vector
    pathwise = True

    @property
    def event_shape(self):
        return jnp.shape(self.loc)[-1:]

    def _sample(self, key, shape):
        return jax.lax.stop_gradient(self.loc) + jax.random.normal(key, shape + self.event_shape, self.dtype)

    def _log_prob(self, x):
        return (-0.5 * (x - self.loc) ** 2 - 0.5 * math.log(2 * math.pi)).sum()


class WrongVectorDensity(DetachedVector):
    """The same with its path, and a normaliser for one dimension only."""

    def _sample(self, key, shape):
        return self.loc + jax.random.normal(key, shape + self.event_shape, self.dtype)

    def _log_prob(self, x):
        return (-0.5 * (x - self.loc) ** 2).sum() - 0.5 * math.log(2 * math.pi)


@pytest.mark.parametrize(
    ("wrong", "properties"),
    [
        (WrongMass(0.3), {"normalised", "score_has_zero_mean"}),
        (DetachedVector(np.array([1.0, -1.0], np.float32)), {"pathwise"}),
        (WrongVectorDensity(np.array([1.0, -1.0], np.float32)), {"normalised"}),
    ],
    ids=["mass", "path", "density"],
)
def test_a_planted_fault_of_another_kind_fails_its_check(wrong, properties, key):
    with pytest.raises(ContractError) as caught:
        check_distribution(wrong, key)
    assert set(caught.value.report.failed) == properties


# --- The report ---


class Minimal(AbstractDistribution):
    """What a user must write and no more."""

    loc: ArrayLike = parameter(supports.real)
    support = supports.real
    pathwise = True

    def _sample(self, key, shape):
        return self.loc + jax.random.gumbel(key, shape, self.dtype)

    def _log_prob(self, x):
        return -(x - self.loc) - jnp.exp(-(x - self.loc))


def test_what_is_missing_is_skipped_and_said(key):
    report = check_distribution(Minimal(0.5), key, skip=("dtypes",))
    assert {"cdf_of_draws", "quantile", "mean", "entropy"} <= report.skipped.keys()
    assert report.skipped["dtypes"] == "by request"
    assert {"normalised", "score_has_zero_mean", "pathwise"} <= report.passed.keys()
    assert "quantile: Minimal.quantile is not implemented" in str(report)
    with pytest.raises(ValueError, match="no such properties"):
        check_distribution(Minimal(0.5), key, skip=("dtype",))


def test_the_report_is_a_function_of_the_key(key):
    reports = [str(check_distribution(RightLogNormal(0.3, 0.4), jax.random.clone(key)).passed) for _ in range(2)]
    assert reports[0] == reports[1]


def test_a_batch_is_judged_by_its_first_lane(key):
    check_distribution(RightLogNormal(np.zeros((2, 1), np.float32), np.full(3, 0.5, np.float32)), key)


def test_double_precision(key, x64):
    report = check_distribution(RightLogNormal(0.3, 0.4), key)
    assert not report.skipped


# --- Quadrature ---


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (stats.norm(3, 2), -np.inf, np.inf),
        (stats.cauchy(), -np.inf, np.inf),
        (stats.gamma(0.3), 0, np.inf),
        (stats.pareto(0.7), 1, np.inf),
        (stats.beta(0.4, 0.6), 0, 1),
        (stats.uniform(-1, 3), -1, 2),
        (stats.laplace(), -np.inf, np.inf),
    ],
    ids=lambda v: v.dist.name if isinstance(v, stats.distributions.rv_frozen) else None,
)
def test_integral_of_known_densities(law, low, high):
    draws = law.rvs(20_000, random_state=np.random.default_rng(0))
    assert integral(law.pdf, draws, low, high, np.finfo(np.float64).eps) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [(stats.poisson(4), 0, np.inf), (stats.zipf(1.8), 1, np.inf), (stats.binom(7, 0.2), 0, 7)],
    ids=lambda v: v.dist.name if isinstance(v, stats.distributions.rv_frozen) else None,
)
def test_sum_of_known_masses(law, low, high):
    draws = law.rvs(2_000, random_state=np.random.default_rng(0)).astype(float)
    assert total(law.pmf, draws, low, high) == pytest.approx(1, abs=3e-4)


def test_examples():
    from expectax.testing import _distribution

    assert doctest.testmod(_distribution).failed == 0
