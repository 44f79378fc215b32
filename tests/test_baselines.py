"""Baselines given at the site: unbiased whatever they are, quieter if they are good, trained along if asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import expectax as ex
from expectax.estimators import LearnedBaseline, Score

RUNS = 20_000
PROBS = np.array([0.2, 0.5, 0.3])
COSTS = jnp.array([1.0, 4.0, -2.0])


def gradients(loss, params, key, runs=RUNS):
    one = ex.value_and_grad(loss, 1)
    with jax.debug_key_reuse(False):  # two baselines are compared on one noise
        return jax.jit(jax.vmap(one, (None, 0)))(params, jax.random.split(key, runs))[1]


def coin(key, *shape, **options):
    probs = {n: options.pop(n) for n in ("probs", "logits") if n in options}
    return ex.Bernoulli(**probs).sample(key, *shape, **options).astype(jnp.float32)


def within(estimates, exact, errors=5.0):
    estimates = np.asarray(estimates, float)
    error = estimates.std(0) / np.sqrt(len(estimates))
    return np.all(np.abs(estimates.mean(0) - exact) < errors * error + 1e-6)


@pytest.mark.parametrize("value", [0.0, 1.5, -40.0])
@pytest.mark.parametrize("estimator", [Score(), Score(baseline=None)])
def test_any_baseline_leaves_the_mean(key, value, estimator):
    def loss(logits, key):
        return COSTS[ex.Categorical(logits=logits).sample(key, gradient=estimator, baseline=value)]

    exact = PROBS * (np.asarray(COSTS) - PROBS @ np.asarray(COSTS))
    assert within(gradients(loss, jnp.log(PROBS), key), exact)


def test_the_mean_cost_takes_the_noise_away(key):
    def loss(baseline):
        def run(logits, key):
            return (COSTS + 100.0)[ex.Categorical(logits=logits).sample(key, gradient="score", baseline=baseline)]

        return run

    quiet, loud = (gradients(loss(b), jnp.log(PROBS), key).var(0).sum() for b in (100.0 + PROBS @ COSTS, None))
    assert quiet < 1e-2 * loud


def test_with_several_runs_it_comes_on_top_of_leave_one_out(key):
    def loss(logits, key):
        return COSTS[ex.Categorical(logits=logits).sample(key, gradient="score", baseline=-3.0)]

    step = jax.jit(jax.vmap(ex.grad(loss, 4), (None, 0)))
    exact = PROBS * (np.asarray(COSTS) - PROBS @ np.asarray(COSTS))
    assert within(step(jnp.log(PROBS), jax.random.split(key, 5000)), exact)


def _rollout(params, key, baseline):
    """Five steps of a walk whose chance of going up depends on where it is."""

    def step(carry, _):
        state, key = carry
        key, subkey = jax.random.split(key)
        logit = params["policy"] * jnp.tanh(state) + 0.2
        up = coin(subkey, gradient="score", baseline=baseline(params, state), logits=logit)
        state = state + 2.0 * up - 1.0
        return (state, key), state**2

    return lax.scan(step, (0.5, key), length=5)[1].sum()


def _exact_rollout(policy):
    """By enumeration of all 32 walks."""

    def walk(policy, bits):
        state, log_p, cost = 0.5, 0.0, 0.0
        for bit in bits:
            logit = policy * jnp.tanh(state) + 0.2
            log_p = log_p + jnp.where(bit > 0, jax.nn.log_sigmoid(logit), jax.nn.log_sigmoid(-logit))
            state = state + 2.0 * bit - 1.0
            cost = cost + state**2
        return jnp.exp(log_p) * cost

    bits = jnp.array([[(n >> i) & 1 for i in range(5)] for n in range(32)], jnp.float32)
    return float(jax.grad(lambda p: jax.vmap(walk, (None, 0))(p, bits).sum())(policy))


def test_in_a_rollout_a_value_function_is_unbiased_and_trains_along(key):
    def value(params, state):
        a, b, c = params["value"]
        return LearnedBaseline(a + b * state + c * state**2)

    def loss(params, key):
        return _rollout(params, key, value)

    def plain(params, key):
        return _rollout(params, key, lambda params, state: None)

    exact = _exact_rollout(0.7)
    params = {"policy": 0.7, "value": jnp.zeros(3)}
    assert within(gradients(loss, params, key)["policy"], exact)
    step = jax.jit(ex.grad(loss, 64))
    for k in jax.random.split(jax.random.fold_in(key, 1), 400):
        slope = step(params, k)["value"] * jnp.array([1.0, 0.1, 0.02])
        params = params | {"value": params["value"] - 0.05 * slope}
    trained = gradients(loss, params, jax.random.fold_in(key, 2))["policy"]
    assert within(trained, exact)
    assert trained.var() < 0.5 * gradients(plain, {"policy": 0.7}, jax.random.fold_in(key, 2))["policy"].var()


def test_the_gradient_of_a_learned_baseline_is_that_of_its_squared_error(key):
    def loss(params, key):
        x = coin(key, gradient="score", baseline=LearnedBaseline(params["b"]), probs=0.3)
        return 5.0 * x + 0.0 * params["p"]

    def live(params, key):
        x = coin(key, gradient="score", baseline=LearnedBaseline(params["b"]), probs=params["p"])
        return 5.0 * x

    found = gradients(live, {"p": 0.3, "b": 0.7}, key)
    assert within(found["b"], 0.7 - 1.5)
    assert within(found["p"], 5.0)
    assert not np.any(gradients(loss, {"p": 0.3, "b": 0.7}, key, 10)["b"])  # nothing is weighed: nothing to learn


def test_one_number_descended_at_a_fixed_rate_is_a_moving_average(key):
    def loss(params, key):
        x = ex.Poisson(params["rate"]).sample(key, gradient="score", baseline=LearnedBaseline(params["b"]))
        return x**2

    step = jax.jit(ex.value_and_grad(loss, 1))
    b = average = 0.0
    for k in jax.random.split(key, 50):
        cost, slope = step({"rate": 3.0, "b": b}, k)
        b, average = b - 0.1 * float(slope["b"]), 0.9 * average + 0.1 * float(cost)
    assert b == pytest.approx(average, rel=1e-5)


def test_lanes_have_baselines_of_their_own(key):
    probs = jnp.array([0.2, 0.5, 0.9])
    costs = jnp.array([10.0, -20.0, 30.0])

    def loss(probs, key, baseline):
        def lane(p, k, b):
            return coin(k, gradient=Score(baseline=None), baseline=b, probs=p)

        draws = jax.vmap(lane)(probs, jax.random.split(key, 3), baseline)
        return (costs * draws).sum()

    batch = jax.vmap(jax.grad(ex.surrogate(loss, key_argnum=1)), (None, 0, None))
    keys = jax.random.split(key, 4000)
    with jax.debug_key_reuse(False):
        good, bad = (batch(probs, keys, b) for b in (costs * (1 - probs), costs * probs))
    np.testing.assert_allclose(good, np.broadcast_to(costs, good.shape), rtol=1e-4)  # (c - b) / p = b / (1 - p)
    assert within(bad, np.asarray(costs))
    assert np.all(bad.var(0)[::2] > 1)


def test_second_derivatives_stay_unbiased(key):
    def loss(p, key):
        return 4.0 * coin(key, (2,), gradient=Score(baseline=None), baseline=3.0, probs=p).prod()

    hessian = jax.grad(jax.grad(ex.surrogate(loss, order=2)))
    found = jax.jit(jax.vmap(hessian, (None, 0)))(0.4, jax.random.split(key, RUNS))
    assert within(found, 8.0)  # of 4 p²


def test_plain_differentiation_does_not_see_it(key):
    def loss(loc, key):
        x = ex.Normal(loc, 1.0).sample(key, baseline=7.0 * loc)
        return x**2

    x, slope = jax.value_and_grad(loss)(0.5, key)
    assert slope == pytest.approx(2 * np.sqrt(x), rel=1e-5)


def test_explain_and_compare_take_it(key):
    def loss(params, key):
        x = coin(key, gradient="score", baseline=LearnedBaseline(params["b"]), logits=params["logit"])
        return 3.0 * x

    with jax.debug_key_reuse(False):
        report = ex.explain(loss, num_samples=500)({"logit": 0.3, "b": 1.0}, key)
    assert "no path" not in {f.name for f in report.findings}


def _shared(params, key):
    x = coin(key, gradient="score", baseline=LearnedBaseline(params["p"] * 2), probs=params["p"])
    return 3.0 * x


def _unending(params, key):
    def body(state):
        n, key, _ = state
        key, subkey = jax.random.split(key)
        return n + 1, key, coin(subkey, baseline=LearnedBaseline(params["b"]), probs=params["p"])

    return lax.while_loop(lambda s: s[2] == 0, body, (0, key, jnp.float32(0)))[0].astype(jnp.float32)


def test_what_a_baseline_must_not_be_is_refused(key):
    with jax.debug_key_reuse(False):
        _refusals(key)


def _refusals(key):
    with pytest.raises(ex.UnsoundGradientError, match=r"share params\['p'\]"):
        ex.grad(_shared, 4)({"p": 0.3}, key)
    with pytest.raises(ex.UnsupportedProgramError, match="reverse mode"):
        ex.grad(_unending, 4)({"p": 0.3, "b": 1.0}, key)
    with pytest.raises(ex.EstimatorError, match="does not weigh"):
        coin(key, gradient="enumerate", baseline=1.0, probs=0.3)
    with pytest.raises(ex.ShapeError, match="broadcasts"):
        coin(key, baseline=jnp.ones(2), probs=jnp.full(3, 0.3))
