"""What `ex.explain` costs: its derivatives share a pass forward and stay what they are; times against `value_and_grad`."""

import importlib
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax._baselines import leave_one_out
from expectax._program import Signature, context, inspect

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import overhead

derivatives = importlib.import_module("expectax.explain._derivatives")  # `expectax.explain` is the function


def mixed(count):
    """Draws that keep their paths and draws that are weighed, unrolled."""

    def loss(params, key):
        total = 0.0
        for i, k in enumerate(jax.random.split(key, count)):
            if i % 2:
                total += ex.Normal(params["loc"] * i / count, 1.0).sample(k) ** 2
            elif i % 4:
                total += 0.1 * ex.Poisson(params["rate"]).sample(k)
            else:
                total += ex.Bernoulli(logits=params["loc"]).sample(k).astype(float)
        return total / count

    return loss


PARAMS = {"loc": np.float32(0.3), "rate": np.float32(2.0)}


def crossed(params, key):
    """A weighed draw in a branch and in a loop, next to draws that keep their paths; a draw of no parameter."""
    first, second, third = jax.random.split(key, 3)
    x = ex.Normal(params["loc"], 1.0).sample(first)

    def step(y, k):
        return y * 0.5 + ex.Poisson(params["rate"]).sample(k) * x, None

    y = jax.lax.scan(step, 0.0, jax.random.split(second, 3))[0]
    mask = ex.Bernoulli(probs=0.5).sample(third)
    return jax.lax.cond(mask == 1, lambda v: v**2, lambda v: 3.0 * v, y + x)


def prepared(loss, key, params=PARAMS):
    program = inspect(loss, (params, key), Signature(0, -1, False))
    ctx = context(program, leave_one_out(program, 50))
    steps = [s for s in program.trace.block.every_step() if s.kind in ("site", "density")]
    return derivatives.Runs(program, derivatives.probes_at(steps), jax.random.split(key, 50)), ctx


@pytest.mark.parametrize("loss", [mixed(12), crossed])
def test_one_pass_gives_both_derivatives(loss, key):
    """Of each run, and of its surrogate: what two passes give."""
    with jax.debug_key_reuse(False):
        runs, ctx = prepared(loss, key)
        assert derivatives.joint_context(runs.program, ctx) is not None
        found = runs.plain_and_expected(ctx)
        apart = runs.derivative(derivatives.naive_context(runs.program)), runs.derivative(ctx)
    for one, other in zip(found, apart, strict=True):
        assert one.probes.keys() == other.probes.keys()
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), one, other)
    assert any(np.any(a != b) for a, b in zip(found[0].live, found[1].live, strict=True))


def test_a_plan_that_cuts_a_path_takes_two_passes(key):
    def jumps(params, key):
        return jnp.where(ex.Normal(params["loc"], 1.0).sample(key) > 0, params["rate"], 1.0)

    with jax.debug_key_reuse(False):
        runs, ctx = prepared(jumps, key)
        assert derivatives.joint_context(runs.program, ctx) is None
        plain, expected = runs.plain_and_expected(ctx)
    assert not plain.live[0].any()
    assert expected.live[0].any()


def test_one_derivative_that_is_not_finite_does_not_spoil_the_other(key):
    """The derivative of the root is infinite at 0 and only the draw's weight passes it: 0 times that is NaN."""

    def loss(params, key):
        return ex.Bernoulli(probs=jnp.sqrt(params["loc"])).sample(key).astype(float) + 3.0 * params["loc"]

    with jax.debug_key_reuse(False), np.errstate(all="ignore"):
        runs, ctx = prepared(loss, key, {**PARAMS, "loc": np.float32(0.0)})
        plain, expected = runs.plain_and_expected(ctx)
    np.testing.assert_array_equal(plain.live[0], 3.0)
    assert not np.isfinite(expected.live[0]).all()


@pytest.mark.timing
@pytest.mark.parametrize("count", [1, 2, 5])
def test_it_takes_at_most_so_many_gradients(count, key):
    """Of 10,000 runs, at most 3 + sites calls of `value_and_grad`: processor time of the calls as a user makes them."""
    loss = mixed(count)
    gradient, report = ex.value_and_grad(loss, 10_000), ex.explain(loss, num_samples=10_000)
    with jax.debug_key_reuse(False):
        pair = (lambda: report(PARAMS, key)), (lambda: jax.block_until_ready(gradient(PARAMS, key)))
        ratios = overhead.attempts(lambda: overhead.ratio(overhead.interleaved(*pair, repeats=5)), 3 + count)
    assert min(ratios) <= 3 + count, ratios


@pytest.mark.timing
def test_a_thousand_sites_half_of_them_weighed_take_seconds(key):
    """By the clock, compilation included: 6 to 9 s on a machine with nothing else to do."""
    with jax.debug_key_reuse(False):  # which would look at each of the operations
        began = time.perf_counter()
        report = ex.explain(mixed(1000))(PARAMS, key)
        took = time.perf_counter() - began
    assert took < 10
    assert sorted(site.title.rpartition(" (")[2] for site in report.sites) == ["250 sites)", "250 sites)", "500 sites)"]
