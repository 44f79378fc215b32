"""Comparing estimators: all valid ones, their variances, and the plan."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex


def loss(theta, key):
    one, two = jax.random.split(key)
    bits = ex.Bernoulli(logits=theta).sample(one, name="bits").astype(float)
    noise = ex.Normal(theta.sum(), 1.0).sample(two)
    return (bits.sum() - 1.2) ** 2 + jnp.sin(noise) * bits[0]


THETA = np.array([0.2, -0.5, 0.8], np.float32)


def test_all_valid_estimators_are_measured(key):
    found = ex.compare_estimators(loss, num_samples=4, repeats=200)(THETA, key)
    by_site = {n: {t.estimator: t for t in found.trials if t.site == n} for n in (1, 2)}
    reruns = {"enumerate", "local-expectation", "measure-valued", "smoothed-perturbation", "arm", "disarm"}
    assert set(by_site[1]) == {"score", *reruns}
    assert set(by_site[2]) == {"pathwise", "score", "measure-valued"}
    assert not any(t.reason for t in found.trials)
    variance = {n: t.variance for n, t in by_site[1].items()}
    assert variance["enumerate"] < variance["disarm"] < variance["arm"]
    assert by_site[2]["pathwise"].variance < by_site[2]["score"].variance
    assert set(found.plan) == {1, 2}
    text = str(found)
    assert "site 1: bits at" in text
    assert text.count("<- plan") == 2


def test_variances_are_those_of_closed_forms(key):
    """Of E[x]: along the path every run gives 1. Of E[b] by the score function, one run with a draw of p = 1/2: b (b - p), whose
    variance is 1/16; by enumeration p (1 - p) in every run.
    """
    path = ex.compare_estimators(lambda m, k: ex.Normal(m, 1.0).sample(k), num_samples=4, repeats=50)(0.3, key)
    assert {t.estimator: t.variance for t in path.trials}["pathwise"] == pytest.approx(0.0, abs=1e-10)
    assert path.plan == {1: min(path.trials, key=lambda t: t.cost).estimator}
    flip = lambda logit, k: ex.Bernoulli(logits=logit).sample(k).astype(float)  # noqa: E731
    found = ex.compare_estimators(flip, num_samples=1, repeats=4000)(0.0, jax.random.clone(key))
    variance = {t.estimator: t.variance for t in found.trials}
    assert variance["score"] == pytest.approx(1 / 16, rel=1e-2)
    assert variance["enumerate"] == pytest.approx(0.0, abs=1e-10)


def test_where_there_is_nothing_to_measure(key):
    with pytest.raises(ex.ArgumentError, match="repeats >= 2"):
        ex.compare_estimators(loss, repeats=1)
    found = ex.compare_estimators(lambda m, k: m**2 + ex.Normal(0.0, 1.0).sample(k))(0.3, key)
    assert not found.plan
    assert "no site has a choice" in str(found)


def test_the_plan_is_a_plan(key):
    found = ex.compare_estimators(loss, num_samples=2, repeats=20)(THETA, key)
    value, slope = ex.value_and_grad(loss, 4, plan=found.plan)(THETA, jax.random.clone(key))
    assert np.isfinite(value)
    assert slope.shape == THETA.shape


def test_what_cannot_be_used_says_why(key):
    def in_loop(rate, key):
        keys = jax.random.split(key, 3)
        return jax.lax.scan(lambda c, k: (c + ex.Poisson(rate).sample(k), None), 0.0, keys)[0]

    found = ex.compare_estimators(in_loop, num_samples=2, repeats=5)(1.5, key)
    reasons = {t.estimator: t.reason for t in found.trials}
    assert reasons["score"] == ""
    assert "inside a loop" in reasons["measure-valued"]
    assert found.plan == {1: "score"}


def test_plans_by_number(key):
    with pytest.raises(ex.EstimatorError, match="site"):
        ex.value_and_grad(loss, 2, plan={3: "score"})(THETA, key)
    plan = {1: "enumerate", 2: "score"}
    _, slope = ex.value_and_grad(loss, 2, plan=plan)(THETA, jax.random.clone(key))
    assert np.isfinite(slope).all()
