"""Planted faults: gradient estimators that look right and are not must fail, again and again; the right ones must pass.

The program, at θ = (a, m):   b ~ Bernoulli(sigmoid(a)),  z ~ Normal(m, 1),  cost = (z - 2b)²
The expectation               E[cost] = 1 + m² - 4 m p + 4 p,   p = sigmoid(a)
Its gradient                  ∂a = 4 (1 - m) p (1 - p),   ∂m = 2 m - 4 p
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from expectax.testing import check_estimator

LOGIT, MEAN = 0.4, 0.5
RUNS = 8
KEYS = 200
THETA = {"logit": np.float32(LOGIT), "mean": np.float32(MEAN)}


def _exact():
    p = 1 / (1 + np.exp(-np.float64(THETA["logit"])))
    m = np.float64(THETA["mean"])
    return {"logit": 4 * (1 - m) * p * (1 - p), "mean": 2 * m - 4 * p}


def _draw(theta, key):
    """(b as data, its log-mass, z with its path) of RUNS runs."""
    key_b, key_z = jax.random.split(key)
    b = jax.random.bernoulli(key_b, jax.nn.sigmoid(theta["logit"]), (RUNS,)).astype(jnp.float32)
    log_mass = b * jax.nn.log_sigmoid(theta["logit"]) + (1 - b) * jax.nn.log_sigmoid(-theta["logit"])
    return b, log_mass, theta["mean"] + jax.random.normal(key_z, (RUNS,))


def _cost(b, z):
    return (z - 2 * b) ** 2


def _stop(x):
    return jax.lax.stop_gradient(x)


# --- Right ---


def score(theta, key):
    """Path of z plus score of b."""
    b, log_mass, z = _draw(theta, key)
    cost = _cost(b, z)
    return (cost + _stop(cost) * log_mass).mean()


def leave_one_out(theta, key):
    """The score weighed by the cost less the mean cost of the *other* runs."""
    b, log_mass, z = _draw(theta, key)
    cost = _cost(b, z)
    others = (cost.sum() - cost) / (RUNS - 1)
    return (cost + _stop(cost - others) * log_mass).mean()


def enumerated(theta, key):
    """The sum over both values of b, weighed by their probability."""
    _, _, z = _draw(theta, key)
    p = jax.nn.sigmoid(theta["logit"])
    return (p * _cost(1.0, z) + (1 - p) * _cost(0.0, z)).mean()


# --- Wrong ---


def forgotten_score(theta, key):
    """Plain jax.grad of a run: what comes through b is 0."""
    b, _, z = _draw(theta, key)
    return _cost(b, z).mean()


def straight_through(theta, key):
    """The value of b with the derivative of its probability."""
    b, _, z = _draw(theta, key)
    p = jax.nn.sigmoid(theta["logit"])
    return _cost(b + p - _stop(p), z).mean()


def detached_weight(theta, key):
    """Enumeration that takes the weight of each branch as data."""
    _, _, z = _draw(theta, key)
    p = _stop(jax.nn.sigmoid(theta["logit"]))
    return (p * _cost(1.0, z) + (1 - p) * _cost(0.0, z)).mean()


def own_sample_baseline(theta, key):
    """A baseline that counts each run's own cost: the score shrinks by 1 / RUNS, here 4% of the gradient's norm."""
    b, log_mass, z = _draw(theta, key)
    cost = _cost(b, z)
    return (cost + _stop(cost - cost.mean()) * log_mass).mean()


RIGHT = (score, leave_one_out, enumerated)
WRONG = (forgotten_score, straight_through, detached_weight, own_sample_baseline)


def _draws(surrogate):
    """Gradient estimates, one a key. A surrogate's derivative is the estimate."""
    return jax.jit(jax.vmap(jax.grad(surrogate), in_axes=(None, 0)))


def _verdict(draws, key):
    return check_estimator(lambda keys: draws(THETA, keys), _exact(), key, alpha=1e-6)


@pytest.mark.parametrize("surrogate", RIGHT, ids=lambda f: f.__name__)
def test_a_right_estimator_passes(surrogate, key):
    _verdict(_draws(surrogate), key).raise_if_failed(surrogate.__name__)


@pytest.mark.parametrize("surrogate", WRONG, ids=lambda f: f.__name__)
def test_a_planted_fault_fails(surrogate, key):
    verdict = _verdict(_draws(surrogate), key)
    assert verdict.status == "fail"
    with pytest.raises(AssertionError, match=f"{surrogate.__name__}: fail"):
        verdict.raise_if_failed(surrogate.__name__)


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", WRONG, ids=lambda f: f.__name__)
def test_a_planted_fault_fails_whatever_the_key(surrogate, key):
    draws = _draws(surrogate)
    statuses = [_verdict(draws, k).status for k in _keys(key)]
    assert statuses.count("fail") >= 0.99 * KEYS


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", RIGHT, ids=lambda f: f.__name__)
def test_a_right_estimator_passes_whatever_the_key(surrogate, key):
    draws = _draws(surrogate)
    assert [_verdict(draws, k).status for k in _keys(key)] == ["pass"] * KEYS


def _keys(key):
    return [jax.random.clone(k) for k in jax.random.split(key, KEYS)]
