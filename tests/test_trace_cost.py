"""Tracing a verb, from empty caches, beside tracing the same estimator of the same distributions written by hand."""

import time

import jax
import jax.numpy as jnp
import pytest

import expectax as ex

N = 64


def pathwise(sites):
    def loss(t, key):
        return sum((ex.Normal(t[i], 1.0).sample(k) - 0.5) ** 2 for i, k in enumerate(jax.random.split(key, sites)))

    def by_hand(t, key):
        keys = jax.random.split(key, N)
        return jax.value_and_grad(lambda t: jax.vmap(loss, (None, 0))(t, keys).mean())(t)

    return loss, by_hand


def scored(sites):
    def loss(t, key):
        return sum((ex.Poisson(t[i]).sample(k) - 0.5) ** 2 for i, k in enumerate(jax.random.split(key, sites)))

    def run(t, key):
        laws = [ex.Poisson(t[i]) for i in range(sites)]
        draws = [law.sample(k, gradient="stop") for law, k in zip(laws, jax.random.split(key, sites), strict=True)]
        weights = [law.log_prob(x) for law, x in zip(laws, draws, strict=True)]
        return jnp.stack([(x - 0.5) ** 2 for x in draws]), jnp.stack(weights)

    def surrogate(t, keys):
        """Each draw weighs the cost behind it, less the mean of that of the other runs."""
        costs, weights = jax.vmap(run, (None, 0))(t, keys)
        others = (costs.sum(0, keepdims=True) - costs) / (N - 1)
        scores = (jax.lax.stop_gradient(costs - others) * weights).sum(1)
        return (costs.sum(1) + scores - jax.lax.stop_gradient(scores)).mean()

    return loss, lambda t, key: jax.value_and_grad(surrogate)(t, jax.random.split(key, N))


def seconds(fn, *args):
    """Processor time of one trace; the best of three."""
    found = []
    for _ in range(3):
        jax.clear_caches()
        began = time.process_time()
        jax.jit(fn).trace(*args)
        found.append(time.process_time() - began)
    return min(found)


@pytest.mark.timing
@pytest.mark.parametrize("sites", [1, 10, 100])
@pytest.mark.parametrize("kind", [pathwise, scored])
def test_tracing_takes_at_most_twice_as_long_as_by_hand(kind, sites, key):
    loss, by_hand = kind(sites)
    t = jnp.full(sites, 2.0)
    ratios = []
    with jax.debug_key_reuse(False):
        while len(ratios) < 4 and min(ratios, default=3.0) > 2:
            ratios.append(seconds(ex.value_and_grad(loss, N), t, key) / seconds(by_hand, t, key))
    assert min(ratios) <= 2, ratios
