"""Gradients through loops, branches, vmap and the rest, each against an exact sum over every outcome.

`programs.py` holds the programs. Compared at 6 standard errors: over some 500 comparisons a false alarm has
probability 1e-6; keys are fixed by the tests' names, so a test that passes goes on passing.
"""

import os
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from exact import COMPILE, close, mean_and_gradient, sigmoid
from jax import lax
from jax.sharding import PartitionSpec
from programs import PROGRAMS, THETA, chain, coin, mesh

import expectax as ex
from expectax._program import Signature, inspect
from expectax.estimators import Enumerate

QUICK, SLOW = 1 << 15, 20 << 15
LARGEST_ERROR = 0.04
"""Standard error of the gradient that a test may have, relative to the gradient's norm: more could hide a bias."""


@pytest.fixture(autouse=True)
def _no_check_of_key_reuse():
    """JAX's own takes vmapped scans and conds for a second use, in plain JAX too; and here some keys are reused."""
    with jax.debug_key_reuse(False):
        yield


def agrees(loss, exact, key, num_samples, plan=None):
    value, gradient = mean_and_gradient(exact, THETA)
    batch_size = min(num_samples, 4 * QUICK)
    verb = ex.value_and_grad(loss, num_samples, return_stats=True, batch_size=batch_size, plan=plan)
    f = jax.jit(verb, compiler_options=COMPILE)
    got_value, got_gradient, stats = f(THETA, key)
    close(got_value, value, stats.value_standard_error)
    close(got_gradient, gradient, stats.standard_error)
    assert np.linalg.norm(stats.standard_error) <= LARGEST_ERROR * np.linalg.norm(gradient), "too noisy to show a bias"


# --- The tests ---

WITH_WHILE = """number_of_trials reward_until_it_stops constant_after_a_while_loop fori_loop_of_a_drawn_length
vmapped_while while_inside_scan scan_inside_while""".split()
ONE_RUN = (
    "reversed_scan nested_scans branches_with_sites cond_inside_scan vmap_over_scan lanes_that_feed_other_lanes".split()
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_is_exact(name, key):
    case = PROGRAMS[name]
    agrees(case.loss, case.exact, key, QUICK)


@pytest.mark.parametrize("name", [n for n in PROGRAMS if "shard_map" in n])
def test_single_runs_are_exact_under_shard_map(name, key):
    """Without a vmap over runs JAX follows over which devices each value varies."""
    value, gradient = mean_and_gradient(PROGRAMS[name].exact, THETA)
    verb = ex.value_and_grad(PROGRAMS[name].loss, 1)
    each = jax.jit(lambda keys: lax.map(lambda k: verb(THETA, k), keys), compiler_options=COMPILE)
    values, gradients = map(np.asarray, each(jax.random.split(key, 1 << 14)))
    close(values.mean(), value, values.std() / len(values) ** 0.5)
    close(gradients.mean(0), gradient, gradients.std(0) / len(values) ** 0.5)


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_is_exact_to_a_percent(name, key):
    case = PROGRAMS[name]
    agrees(case.loss, case.exact, key, SLOW)


@pytest.mark.thin(2)
@pytest.mark.parametrize("name", [n for n in PROGRAMS if n != "mixed_precision"])  # its masses are rounded to a percent
def test_sum_over_all_joint_values_is_exact(name, key):
    """The same weights with other values, in loops, branches and lanes: next to nothing is left to chance."""
    case = PROGRAMS[name]
    sites = inspect(case.loss, (THETA, key), Signature(0, -1, False)).trace.sites
    plan = {
        n: Enumerate(budget=1 << 12)
        for n, s in enumerate(sites, 1)
        if Enumerate().unfit(s.spec.one_like()) is None and s.spec.estimator.name != "stop"
    }
    refusals = inspect(case.loss, (THETA, key), Signature(0, -1, False), plan).plan.refusals
    if refusals:
        assert re.search("how often it draws|over the budget", str(refusals[0]))
    else:
        agrees(case.loss, case.exact, key, QUICK, plan)


def surrogate_agrees(case, key, num_samples):
    """Runs that know nothing of each other: no baseline, parameters not batched."""
    gradient = jax.jit(jax.vmap(jax.value_and_grad(ex.surrogate(case.loss)), (None, 0)), compiler_options=COMPILE)
    values, gradients = (np.asarray(v, np.float64) for v in gradient(THETA, jax.random.split(key, num_samples)))
    expected = mean_and_gradient(case.exact, THETA)
    for got, exact in zip((values, gradients), expected, strict=True):
        close(got.mean(0), exact, got.std(0) / np.sqrt(num_samples))


@pytest.mark.parametrize("name", ONE_RUN)
def test_surrogate_is_exact(name, key):
    surrogate_agrees(PROGRAMS[name], key, 1 << 17)


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in WITH_WHILE])
def test_every_surrogate_is_exact(name, key):
    surrogate_agrees(PROGRAMS[name], key, 1 << 19)


@pytest.mark.parametrize("name", WITH_WHILE)
def test_reverse_mode_through_while_is_refused(name, key):
    with pytest.raises(ex.UnsupportedProgramError, match=r"while_loop at .*programs.py:\d+"):
        ex.surrogate(PROGRAMS[name].loss)(THETA, key)


# --- The same number on another way: no statistics ---


@pytest.mark.parametrize("name", ["branches_with_sites", "nested_scans", "checkpointed_sites", "jit_in_vmap_in_jit"])
def test_disable_jit_changes_nothing(name, key):
    surrogate = jax.value_and_grad(ex.surrogate(PROGRAMS[name].loss))
    value, gradient = jax.jit(surrogate)(THETA, key)
    with jax.disable_jit():
        eager_value, eager_gradient = surrogate(THETA, key)
    np.testing.assert_allclose(eager_value, value, rtol=1e-5)
    np.testing.assert_allclose(eager_gradient, gradient, rtol=1e-4, atol=1e-5)


def test_checkpoint_changes_nothing(key):
    def run(wrap):
        verb = ex.value_and_grad(lambda t, key: chain(t, key, wrap), 64)
        return jax.jit(verb, compiler_options=COMPILE)(THETA, key)

    for wrap in (jax.checkpoint, lambda f: jax.checkpoint(f, policy=jax.checkpoint_policies.everything_saveable)):
        for got, expected in zip(run(wrap), run(lambda f: f), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["walk_with_a_running_cost", "jit_in_vmap_in_jit", "number_of_trials"])
def test_old_uint32_keys(name, key):
    case = PROGRAMS[name]
    agrees(case.loss, case.exact, jax.random.key_data(key), QUICK)


# --- Enumeration: exact without draws ---


def _three_coins(t, key, **options):
    k1, k2, k3 = jax.random.split(key, 3)
    a = coin(t[0], k1, **options)
    b = coin(t[1] * (1 + a) + jnp.array([0.0, 0.5]), k2, **options)
    c = coin(a - b.sum() * t[0], k3, **options)
    return jnp.tanh(a + 2 * b[0] * c + t[1] * b.sum()) + lax.cond(c > 0, lambda: a, lambda: 2.0 * t[0])


def _three_coins_exact(t, draw):
    a = draw.flip(sigmoid(t[0]))
    b = np.array([draw.flip(sigmoid(t[1] * (1 + a) + s)) for s in (0.0, 0.5)])
    c = draw.flip(sigmoid(a - b.sum() * t[0]))
    return np.tanh(a + 2 * b[0] * c + t[1] * b.sum()) + (a if c else 2.0 * t[0])


def test_enumerated_sites_give_the_exact_gradient(key):
    def loss(t, key):
        return _three_coins(t, key, gradient="enumerate")

    value, gradient = mean_and_gradient(_three_coins_exact, THETA)
    for verb in (ex.value_and_grad(loss, 1), ex.value_and_grad(loss, 3), jax.value_and_grad(ex.surrogate(loss))):
        got_value, got_gradient = jax.jit(verb, compiler_options=COMPILE)(THETA, key)
        np.testing.assert_allclose(got_value, value, rtol=1e-5)
        np.testing.assert_allclose(got_gradient, gradient, rtol=1e-5)


@pytest.mark.parametrize("enumerated", range(1, 7))
def test_enumeration_mixes_with_score(enumerated, key):
    """Score behind an enumerated site: its draws share their noise over the values tried, and are no baselines."""

    def loss(t, key):
        how = ["enumerate" if enumerated >> i & 1 else "score" for i in range(3)]
        k1, k2, k3 = jax.random.split(key, 3)
        a = coin(t[0], k1, gradient=how[0])
        b = coin(t[1] * (1 + a) + jnp.array([0.0, 0.5]), k2, gradient=how[1])
        c = coin(a - b.sum() * t[0], k3, gradient=how[2])
        return jnp.tanh(a + 2 * b[0] * c + t[1] * b.sum()) + lax.cond(c > 0, lambda: a, lambda: 2.0 * t[0])

    agrees(loss, _three_coins_exact, key, QUICK)


def test_enumeration_in_front_of_a_loop(key):
    """The rest of the program, loop and path included, runs once for every value."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        a = coin(t[0], k1, gradient="enumerate")

        def step(x, k):
            k, j = jax.random.split(k)
            return x * t[1] + ex.Normal(a, 0.5).sample(k) * coin(t[0] + a, j), x

        x, stacked = lax.scan(step, t[1], jax.random.split(k2, 3))
        return x**2 + stacked.sum()

    def exact(t, draw):
        a, x, total = draw.flip(sigmoid(t[0])), t[1], 0
        for _ in range(3):
            total = total + x
            x = x * t[1] + (a + 0.5 * draw.normal()) * draw.flip(sigmoid(t[0] + a))
        return x**2 + total

    agrees(loss, exact, key, QUICK)


# --- Refusals ---


def refused(loss, error, words):
    with pytest.raises(error, match=words) as caught:
        ex.value_and_grad(loss, 4)(THETA, jax.random.key(0))
    assert os.path.dirname(__file__) in str(caught.value), "the message names the user's line"


def _shared_by_vmap(t, key):
    return jax.vmap(lambda s: coin(t[0] + s, key))(jnp.arange(3.0)).sum() ** 2


def _shared_by_a_vmapped_cond(t, key):
    """The batching of cond broadcasts the key: every lane has one, all the same."""
    return jax.vmap(lambda s: lax.cond(s > 0, lambda k: coin(t[0] * s, k), lambda k: 0.0, key))(jnp.arange(3.0)).sum()


def _shared_by_a_vmapped_while(t, key):
    def one(s):
        def body(state):
            x, n, k = state
            k, sub = jax.random.split(k)
            return x + coin(t[0] * s, sub), n + 1, k

        return lax.while_loop(lambda state: state[1] < s, body, (0.0, 0.0, key))[0]

    return jax.vmap(one)(jnp.arange(3.0)).sum() ** 2


def _constant_key_in_scan(t, key):
    return lax.scan(lambda x, _: (x + coin(t[0] + x, key), None), 0.0, None, length=3)[0]


def _carried_key_that_never_changes(t, key):
    def step(carry, _):
        k, x = carry
        return (k, x + coin(t[0] + x, k)), None

    return lax.scan(step, (key, 0.0), None, length=3)[0][1]


def _constant_key_in_an_inner_loop(t, key):
    def outer(x, k):
        return lax.scan(lambda x, _: (x + coin(t[0] + x, k), None), x, None, length=2)[0], None

    return lax.scan(outer, 0.0, jax.random.split(key, 3))[0]


def _one_key_for_two_sites(t, key):
    return coin(t[0], key) * coin(t[1], key)


@pytest.mark.parametrize(
    "loss",
    [
        _shared_by_vmap,
        _shared_by_a_vmapped_cond,
        _shared_by_a_vmapped_while,
        _constant_key_in_scan,
        _carried_key_that_never_changes,
        _constant_key_in_an_inner_loop,
        _one_key_for_two_sites,
    ],
)
def test_draws_that_share_a_key_are_refused(loss):
    refused(loss, ex.UnsoundGradientError, "needs a key of its own")


@pytest.mark.parametrize("axes", [0, 1])
def test_keys_made_by_fold_in_are_not_shared(axes, key):
    """The outer product of keys and numbers broadcasts both, and yet no two are equal."""

    def loss(t, key):
        def draw(k, i):
            return coin(t[0] + 0.1 * i.astype(jnp.float32), jax.random.fold_in(k, i))

        def over_numbers(k):
            return jax.vmap(lambda i: draw(k, i))(jnp.arange(3))

        def over_keys(i):
            return jax.vmap(lambda k: draw(k, i))(jax.random.split(key, 2))

        x = (
            jax.vmap(over_numbers)(jax.random.split(key, 2))
            if axes == 0
            else jax.vmap(over_keys, out_axes=1)(jnp.arange(3))
        )
        return x.sum() ** 2

    def exact(t, draw):
        return sum(draw.flip(sigmoid(t[0] + 0.1 * i)) for i in range(3) for _ in range(2)) ** 2 + 0 * t[1]

    agrees(loss, exact, key, QUICK)


def _unchecked_shard_map(t, key):
    spec = PartitionSpec("d")

    def inner(t, keys):
        return lax.psum(coin(t[0], keys[0]), "d")

    mapped = jax.shard_map(
        inner, mesh=mesh(), in_specs=(PartitionSpec(), spec), out_specs=PartitionSpec(), check_vma=False
    )
    return mapped(t, jax.random.split(key, 2)) ** 2


def _mutable_array(t, key):
    box = jax.new_ref(jnp.zeros(()))
    box[...] = coin(t[0], key)
    return box[...] ** 2


def _site_in_a_custom_derivative(t, key):
    @jax.custom_jvp
    def f(t):
        return coin(t[0], key)

    f.defjvp(lambda primals, tangents: (f(primals[0]), tangents[0][0]))
    return f(t)


def _site_differentiated_inside(t, key):
    return jax.grad(lambda m: ex.Normal(m, 1.0).sample(key) ** 2)(t[0])


def _site_in_the_test_of_a_while(t, key):
    return lax.while_loop(lambda n: coin(t[0], jax.random.fold_in(key, n)) > 0, lambda n: n + 1, 0).astype(jnp.float32)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (_unchecked_shard_map, "check_vma"),
        (_mutable_array, "mutable array"),
        (_site_in_a_custom_derivative, "stands inside custom_jvp"),
        (_site_differentiated_inside, "differentiated inside"),
        (_site_in_the_test_of_a_while, "condition of while_loop"),
    ],
)
def test_programs_that_cannot_be_followed_are_refused(loss, words):
    refused(loss, ex.UnsupportedProgramError, words)
