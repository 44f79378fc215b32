"""Functions of means: without bias where a function of a sample mean has one, its gradient too, at the cost that is stated."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex

SMALL = 2
"""Draws of the smallest mean: few, so that what is to be made up for is large."""


def weight(params, key):
    """log E = log(1 + c) with E exp(N(l, s²)) = exp(l + s²/2)."""
    return params["c"] + jnp.exp(ex.Normal(params["loc"], params["scale"]).sample(key))


def coin(params, key):
    return 0.5 + ex.Bernoulli(probs=params["p"]).sample(key, gradient="score").astype(float)


def pair(params, key):
    x = ex.Normal(params["loc"], params["scale"]).sample(key)
    return {"first": x, "square": x * x}


def mixed(params, key):
    """A path and a score in each draw."""
    one, two = jax.random.split(key)
    b = ex.Bernoulli(probs=params["p"]).sample(one).astype(float)
    return 4.0 + b * ex.Normal(params["loc"], 0.5).sample(two)


NORMAL = {"c": 1.0, "loc": 0.2, "scale": 0.8}
CASES = {
    "log": (jnp.log, weight, NORMAL, lambda t: jnp.log(t["c"] + jnp.exp(t["loc"] + t["scale"] ** 2 / 2))),
    "reciprocal": (lambda m: 1 / m, coin, {"p": 0.3}, lambda t: 1 / (0.5 + t["p"])),
    "square": (lambda m: m**2, coin, {"p": 0.3}, lambda t: (0.5 + t["p"]) ** 2),
    "variance": (
        lambda m: m["square"] - m["first"] ** 2,
        pair,
        {"loc": 0.4, "scale": 1.3},
        lambda t: t["scale"] ** 2 + 0 * t["loc"],
    ),
    "root": (jnp.sqrt, mixed, {"p": 0.6, "loc": -0.7}, lambda t: jnp.sqrt(4 + t["p"] * t["loc"])),
}


def measured(loss, params, key, runs, batch_size=None):
    """(estimate, standard error) of the value and of each leaf of the gradient."""
    step = jax.jit(ex.value_and_grad(loss, runs, return_stats=True, batch_size=batch_size))
    value, gradient, stats = step(params, key)
    pairs = {n: (float(gradient[n]), float(stats.standard_error[n])) for n in params}
    return (float(value), float(stats.value_standard_error)), pairs


def errors(found, exact):
    """How many standard errors it is off."""
    return abs(found[0] - exact) / (found[1] + 1e-5 * (1 + abs(exact)))


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient_are_those_of_the_function_of_the_mean(name, key):
    """Of 500,000 runs, each within 5 errors; the plug-in of the same few draws is off by 10 or more in the same test."""
    f, fn, params, exact = CASES[name]
    one, two = jax.random.split(key)
    slopes = jax.grad(exact)(params)
    with jax.debug_key_reuse(False):  # JAX takes the keys of a scan whose body branches as used
        value, gradient = measured(ex.debiased(f, fn, SMALL, max_level=9), params, one, 500_000, 1)
    assert errors(value, float(exact(params))) < 5
    assert all(errors(gradient[n], float(slopes[n])) < 5 for n in params), (gradient, slopes)

    def plug_in(params, key):
        draws = jax.vmap(fn, (None, 0))(params, jax.random.split(key, SMALL))
        return f(jax.tree.map(lambda v: v.mean(0), draws))

    value, gradient = measured(plug_in, params, two, 500_000)
    assert errors(value, float(exact(params))) > 10
    assert max(errors(gradient[n], float(slopes[n])) for n in params) > 10


def test_what_is_left_is_the_bias_of_the_largest_mean(key):
    """E[S²] = E² + Var/n exactly: at level 1 at most, means of 4 m draws."""
    loss = ex.debiased(lambda m: m**2, lambda p, k: ex.Normal(p, 3.0).sample(k), SMALL, max_level=1)
    estimate = ex.expect(loss, 50_000)(1.0, key)
    assert abs(estimate.mean - (1 + 9 / (4 * SMALL))) < 5 * estimate.standard_error < 0.3


def test_each_draw_has_the_credit_of_its_own_part(key):
    """A level of n draws weighed whole would have a variance n times as large: over 64 levels' draws it shows."""
    few, many = (
        measured(ex.debiased(lambda m: 1 / m, coin, m, max_level=2), {"p": 0.3}, k, 4000)[1]["p"][1]
        for m, k in zip((4, 64), jax.random.split(key), strict=True)
    )
    assert many < 0.4 * few  # as one over the root of the draws


def test_draws_from_outside_weigh_the_whole(key):
    """E_y[1/(1 + y + E[x])] with y of 0 or 1 by its score, whose probability is that of x too."""

    def loss(p, key):
        one, two = jax.random.split(key)
        y = ex.Bernoulli(probs=p).sample(one).astype(float)

        def inner(key):
            return 1.0 + y + ex.Bernoulli(probs=p * (1 + y) / 2).sample(key).astype(float)

        return ex.debiased(lambda m: 1 / m, inner, SMALL, max_level=4)(two)

    def exact(p):
        return (1 - p) / (1 + p / 2) + p / (2 + p)

    value, gradient, stats = jax.jit(ex.value_and_grad(loss, 20_000, return_stats=True))(0.4, key)
    assert abs(value - exact(0.4)) < 5 * stats.value_standard_error < 0.02
    assert abs(gradient - jax.grad(exact)(0.4)) < 5 * stats.standard_error < 0.1


def test_under_vmap_and_in_a_scan(key):
    one = ex.debiased(lambda m: 1 / m, coin, 8, max_level=4)  # means of 256 draws

    def lanes(params, key):
        keys = jax.random.split(key, 2)
        return jax.vmap(lambda p, k: one({"p": p}, k))(params["p"] * jnp.array([1.0, 2.0]), keys).sum()

    def turns(params, key):
        def turn(total, k):
            return total + one(params, k), None

        return jax.lax.scan(turn, 0.0, jax.random.split(key, 2))[0]

    sums = (lambda p: 1 / (0.5 + p) + 1 / (0.5 + 2 * p), lambda p: 2 / (0.5 + p))
    for loss, exact, k in zip((lanes, turns), sums, jax.random.split(key), strict=True):
        with jax.debug_key_reuse(False):
            value, gradient = measured(loss, {"p": 0.3}, k, 2_000)
        assert errors(value, exact(0.3)) < 5
        assert errors(gradient["p"], float(jax.grad(exact)(0.3))) < 5


def test_one_run_after_the_other_takes_the_draws_that_are_stated(key):
    """4.4 m in the mean, to be seen within a tenth; a batch takes every level."""
    taken = []

    def fn(p, key):
        x = ex.Normal(p, 1.0).sample(key)
        jax.debug.callback(lambda _: taken.append(1), x)
        return 5.0 + x

    chances = 2.0 ** (-1.5 * np.arange(4))
    mean = (chances / chances.sum()) @ (SMALL * 2.0 ** np.arange(1, 5))
    loss = ex.debiased(jnp.log, fn, SMALL, max_level=3)
    with jax.debug_key_reuse(False):
        for verb in (ex.expect(loss, 1000, batch_size=1), ex.value_and_grad(loss, 1000, batch_size=1)):
            taken.clear()
            jax.block_until_ready(jax.jit(verb)(0.0, key))
            jax.effects_barrier()
            assert len(taken) / 1000 == pytest.approx(mean, rel=0.1)


@pytest.mark.parametrize("fn", [coin, lambda p, k: ex.Normal(p["p"], 1.0).sample(k)], ids=["score", "path"])
def test_a_function_that_jumps_is_refused_and_one_with_a_kink_is_not(fn, key):
    params = {"p": 0.3}
    for f in (
        lambda m: jnp.where(m > 0.7, 1.0, 0.0),
        lambda m: jnp.round(m) * m,
        lambda m: (m > 0.7).astype(float) * jnp.exp(m),
    ):
        with pytest.raises(ex.UnsoundGradientError, match="has to be continuous"):
            ex.grad(ex.debiased(f, fn, 2, max_level=1), 2)(params, jax.random.clone(key))
    for f in (jax.nn.relu, lambda m: jnp.maximum(m, 0.7) ** 2):
        ex.grad(ex.debiased(f, fn, 2, max_level=1), 2)(params, jax.random.clone(key))


def test_the_refusal_of_a_nonlinear_mean_names_it(key):
    def nonlinear(p, key):
        return jnp.log(ex.expect(lambda p, k: jnp.exp(ex.Normal(p, 1.0).sample(k)), 4)(p, key).mean)

    with pytest.raises(ex.UnsoundGradientError, match=r"ex\.debiased"):
        ex.grad(nonlinear, 2)(0.3, key)


def test_explain_has_nothing_to_say_against_it(key):
    with jax.debug_key_reuse(False):
        report = ex.explain(ex.debiased(jnp.log, weight, 2, max_level=1), num_samples=200)(NORMAL, key)
    assert not [f for f in report.findings if f.serious]
    assert f"test_debiased.py:{inspect.getsourcelines(weight)[1] + 2}" in str(report)


def test_bad_arguments(key):
    for options in ({"num_samples": 0}, {"num_samples": 4, "max_level": 0}):
        with pytest.raises(ex.ArgumentError, match=list(options)[-1]):
            ex.debiased(jnp.log, weight, **options)
    with pytest.raises(ex.RandomKeyError, match="one random key"):
        ex.debiased(jnp.log, weight, 2)(NORMAL, 3.0)
    with pytest.raises(ex.ArgumentError, match="return floats"):
        ex.debiased(jnp.log, lambda k: ex.Bernoulli(probs=0.3).sample(k), 2)(key)


def test_draws_that_are_summed_over_weigh_the_whole(key):
    """Their weights are no longer 1, so that f may not be taken of weighed draws; what is left to chance is the level."""

    def draw(p, key):
        return 0.5 + ex.Bernoulli(probs=p).sample(key, gradient="enumerate").astype(float)

    def mean_at_the_last_level(p):
        """E (1/2 + B/4)³ for B ~ Binomial(4, p), by its factorial moments."""
        square, cube = p**2 + p * (1 - p) / 4, (24 * p**3 + 36 * p**2 + 4 * p) / 64
        return 0.125 + 0.75 * p + 1.5 * square + cube

    loss = ex.debiased(lambda mean: mean**3, draw, num_samples=1, max_level=1)
    with jax.debug_key_reuse(False):  # it takes a vmapped branch for a second use
        value, gradient, stats = jax.jit(ex.value_and_grad(loss, 4_000, return_stats=True))(0.3, key)
    exact, slope = jax.value_and_grad(mean_at_the_last_level)(0.3)
    assert abs(value - exact) < 5 * stats.value_standard_error
    assert abs(gradient - slope) < 5 * stats.standard_error
    assert 100 * stats.standard_error < slope
