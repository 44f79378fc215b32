"""RELAX: unbiased with any control, which is trained to take the variance away; refused where it would be wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from test_reruns import assert_mean

import expectax as ex
from expectax.estimators import Relax, Score

LOGITS = np.array([0.2, -0.5, 0.4], np.float32)
COSTS = jnp.array([1.0, 4.0, -2.0])


def gradients(loss, params, key, runs, samples=1):
    step = ex.grad(loss, samples)
    return jax.tree.map(
        lambda v: np.asarray(v, float), jax.jit(jax.vmap(step, (None, 0)))(params, jax.random.split(key, runs))
    )


def network(phi, z):
    """A control with weights for any shape of z."""
    flat = jnp.ravel(z)
    hidden = jnp.tanh(jnp.outer(phi["in"], flat) + phi["shift"][:, None])
    lanes = 1.0 + jnp.arange(flat.size, dtype=flat.dtype)[None]
    return (phi["out"][:, None] * hidden * lanes).sum() + phi["level"]


def weights(key):
    a, b, c = jax.random.normal(key, (3, 4))
    return {"in": a, "shift": b, "out": c, "level": jnp.float32(0.8)}


def coin(logits, key, control):
    return ex.Bernoulli(logits=logits[0]).sample(key, gradient=Score(None), baseline=control) * 2


def index(logits, key, control):
    return ex.Categorical(logits=logits).sample(key, gradient=Score(None), baseline=control)


def corner(logits, key, control):
    one_hot = ex.OneHotCategorical(logits=logits).sample(key, gradient=Score(None), baseline=control)
    return jnp.argmax(one_hot)  # a jump: the cost is only evaluated


def outcome(logits, key, control):
    law = ex.FiniteDiscrete((0.0, 1.0, 2.0), logits=logits)
    return law.sample(key, gradient=Score(None), baseline=control).astype(int)


def probabilities(draw, logits):
    p = jax.nn.sigmoid(logits[0])
    return jnp.stack([1 - p, 0 * p, p]) if draw is coin else jax.nn.softmax(logits)


@pytest.mark.parametrize("draw", [coin, index, corner, outcome])
def test_any_control_leaves_the_mean(draw, key):
    """A million draws: a control that is not added back shifts the mean by hundreds of errors."""

    def loss(params, key):
        return COSTS[draw(params["logits"], key, Relax(lambda z: network(params["phi"], z)))]

    one, two = jax.random.split(key)
    found = gradients(loss, {"logits": LOGITS, "phi": weights(one)}, two, 1_000_000)["logits"]
    assert_mean(found, jax.grad(lambda t: probabilities(draw, t) @ COSTS)(LOGITS))


def _joint_loss(params, key):
    """A cost of three bits together, whose logits are made from two parameters, one control for all."""
    control = Relax(lambda z: network(params["phi"], z))
    logits = params["theta"][0] * jnp.array([1.0, -0.5, 2.0]) + params["theta"][1]
    bits = ex.Bernoulli(logits=logits).sample(key, gradient=Score(None), baseline=control)
    return (bits * jnp.array([1, 2, 4])).sum().astype(float) ** 2 * 0.05 + params["theta"][1] ** 2


def _joint_mean(theta):
    p = jax.nn.sigmoid(theta[0] * jnp.array([1.0, -0.5, 2.0]) + theta[1])
    rows = jnp.array([[n & 1, n >> 1 & 1, n >> 2] for n in range(8)])
    masses = jnp.where(rows == 1, p, 1 - p).prod(1)
    return masses @ (jnp.arange(8.0) ** 2 * 0.05) + theta[1] ** 2


@pytest.mark.parametrize("samples", [1, 4])
def test_of_several_lanes_with_and_without_leave_one_out(samples, key):
    theta = jnp.array([0.6, -0.3])
    one, two = jax.random.split(key)
    found = gradients(_joint_loss, {"theta": theta, "phi": weights(one)}, two, 20_000, samples)["theta"]
    assert_mean(found, jax.grad(_joint_mean)(theta))


def test_what_the_control_is_made_of_gets_the_derivative_of_the_variance(key):
    """By central differences on the same keys, of the squared derivative in the log-probabilities."""
    one, two, three = jax.random.split(key, 3)
    phi, bent = weights(one), weights(two)

    def loss(params, key):
        control = Relax(lambda z: network(params["phi"], z))
        return COSTS[ex.Categorical(logits=params["logits"]).sample(key, gradient=Score(None), baseline=control)]

    def all_of(phi):
        with jax.debug_key_reuse(False):
            return gradients(loss, {"logits": LOGITS, "phi": phi}, three, 20_000)

    def square(h):
        moved = jax.tree.map(lambda a, b: a + h * b, phi, bent)
        return (all_of(moved)["logits"] ** 2).sum(1).mean()

    along = sum((all_of(phi)["phi"][n] * np.asarray(bent[n])).sum() / 20_000 for n in phi)
    assert along == pytest.approx((square(0.01) - square(-0.01)) / 0.02, rel=5e-3)


def _toy(params, key, control):
    bit = ex.Bernoulli(logits=params["logit"]).sample(key, gradient=Score(None), baseline=control)
    return (bit.astype(float) - 0.499) ** 2


def _trained(key):
    """A control of four hidden units, descended for 600 steps of 64 runs at a fixed logit."""

    def loss(params, key):
        return _toy(params, key, Relax(lambda z: network(params["phi"], z)))

    start = {"logit": jnp.float32(0.0), "phi": jax.tree.map(lambda v: 0.3 * v, weights(jax.random.fold_in(key, 0)))}

    @jax.jit
    def fit(params, keys):
        def step(params, key):
            slope = ex.grad(loss, 64)(params, key)["phi"]
            return params | {"phi": jax.tree.map(lambda v, g: v - 0.2 * g, params["phi"], slope)}, None

        return lax.scan(step, params, keys)[0]

    return loss, fit(start, jax.random.split(jax.random.fold_in(key, 1), 600))


def test_on_the_toy_of_the_paper_training_leaves_less_variance_than_the_score_and_rebar(key):
    loss, params = _trained(jax.random.fold_in(key, 0))

    def rebar(temperature, scale):
        def loss(params, key):
            logits = jnp.stack([0 * params["logit"], params["logit"]])
            one_hot = ex.OneHotCategorical(logits=logits).sample(key, gradient=ex.estimators.Rebar(temperature, scale))
            return (one_hot[1] - 0.499) ** 2

        return loss

    losses = (loss, lambda p, k: _toy(p, k, None), *(rebar(t, s) for t in (0.1, 0.5, 2.0) for s in (0.3, 1.0)))
    keys = jax.random.split(jax.random.fold_in(key, 1), len(losses))
    found = [gradients(f, params, k, 50_000)["logit"] for f, k in zip(losses, keys, strict=True)]
    for estimate in found:
        assert_mean(estimate, 0.25 * (1 - 2 * 0.499))
    relax, *others = (v.var() for v in found)
    assert relax < 0.25 * min(others)


def _walk(params, key):
    """Four steps, each with the control of its state."""

    def step(carry, _):
        state, key = carry
        key, own = jax.random.split(key)
        control = Relax(lambda z: params["phi"][0] * jax.nn.sigmoid(z + lax.stop_gradient(state)) + params["phi"][1])
        up = ex.Bernoulli(logits=params["policy"] * jnp.tanh(state) + 0.2).sample(own, baseline=control)
        state = state + 2.0 * up.astype(float) - 1.0
        return (state, key), state**2

    return lax.scan(step, (0.5, key), length=4)[1].sum()


def _exact_walk(policy):
    def walk(policy, bits):
        state, mass, cost = 0.5, 1.0, 0.0
        for bit in bits:
            p = jax.nn.sigmoid(policy * jnp.tanh(state) + 0.2)
            mass = mass * jnp.where(bit > 0, p, 1 - p)
            state = state + 2.0 * bit - 1.0
            cost = cost + state**2
        return mass * cost

    bits = jnp.array([[(n >> i) & 1 for i in range(4)] for n in range(16)], jnp.float32)
    return jax.grad(lambda p: jax.vmap(walk, (None, 0))(p, bits).sum())(policy)


def test_in_a_loop(key):
    found = gradients(_walk, {"policy": 0.7, "phi": jnp.array([5.0, -2.0])}, key, 50_000)
    assert_mean(found["policy"], _exact_walk(0.7))
    assert np.all(found["phi"].std(0) > 0)


def test_under_vmap_each_lane_has_a_control_of_its_own(key):
    """The variance of a sum of separate costs is then the sum of theirs: no lane sees the others' controls."""
    logits = jnp.array([0.3, -1.0, 0.8, 0.0])
    scale = jnp.array([1.0, -3.0, 2.0, 0.5])

    def lane(logit, a, key):
        control = Relax(lambda z: a * jax.nn.sigmoid(2 * z))
        return a * ex.Bernoulli(logits=logit).sample(key, gradient=Score(None), baseline=control).astype(float)

    def loss(logits, key):
        return jax.vmap(lane)(logits, scale, jax.random.split(key, 4)).sum()

    one, two = jax.random.split(key)
    found = gradients(loss, logits, one, 50_000)
    assert_mean(found, scale * jax.nn.sigmoid(logits) * jax.nn.sigmoid(-logits))
    alone = gradients(lambda t, k: lane(t, scale[3], k), logits[3], two, 50_000)
    assert found[:, 3].var() == pytest.approx(alone.var(), rel=0.1)


@pytest.mark.parametrize("logits", [np.array([0.3, -np.inf, 1.0], np.float32), LOGITS.astype(np.float16)])
def test_forbidden_outcomes_and_half_precision(logits, key):
    def loss(params, key):
        control = Relax(lambda z: params["a"] * jax.nn.softmax(z)[0])
        return ex.OneHotCategorical(logits=params["t"]).sample(key, baseline=control)[0]

    step = jax.jit(jax.vmap(jax.grad(ex.surrogate(loss)), (None, 0)))
    found = step({"t": jnp.asarray(logits), "a": logits.dtype.type(0.5)}, jax.random.split(key, 200))
    assert all(np.isfinite(v).all() for v in found.values())


def test_the_draw_is_the_familys_and_plain_differentiation_does_not_see_it(key):
    def draw(t, key, **options):
        return ex.Bernoulli(logits=t).sample(key, (20,), **options)

    with jax.debug_key_reuse(False):
        for run in (draw, jax.jit(draw, static_argnames="baseline")):
            np.testing.assert_array_equal(run(0.3, key, baseline=Relax(jnp.sum)), draw(0.3, key))


def test_explain_has_nothing_to_say_against_it(key):
    def loss(params, key):
        control = Relax(lambda z: params["a"] * jax.nn.sigmoid(z))
        bit = ex.Bernoulli(logits=params["t"]).sample(key, baseline=control)
        return (bit.astype(float) - 0.3) ** 2

    report = ex.explain(loss, num_samples=200)({"t": 0.2, "a": 0.5}, key)
    assert not [f for f in report.findings if f.serious]
    assert "no path" not in {f.name for f in report.findings}


# --- Refusals ---


def _with(control, cost=lambda x: x.astype(float)):
    def loss(params, key):
        return cost(ex.Bernoulli(logits=params["t"]).sample(key, baseline=Relax(lambda z: control(params, z))))

    return loss


PARAMS = {"t": 0.3, "a": 0.7}


@pytest.mark.parametrize(
    "control",
    [
        lambda p, z: jnp.where(z > p["a"], 1.0, 0.0),
        lambda p, z: p["a"] * jnp.round(z),
        lambda p, z: p["a"] * (z > 0).astype(float) * z**2 + jnp.sign(z),
    ],
)
def test_a_control_that_jumps_is_refused(control, key):
    with pytest.raises(ex.UnsoundGradientError, match="continuous in the relaxed draw"):
        ex.grad(_with(control), 2)(PARAMS, key)


@pytest.mark.parametrize(
    "control", [lambda p, z: p["a"] * jax.nn.relu(z - 0.5), lambda p, z: p["a"] * jnp.maximum(jnp.abs(z), 0.2)]
)
def test_one_that_only_kinks_is_not(control, key):
    found = gradients(_with(control), PARAMS, key, 20_000)
    p = 1 / (1 + np.exp(-0.3))
    assert_mean(found["t"], p * (1 - p))


def test_what_shares_parameters_with_the_loss_is_refused(key):
    with pytest.raises(ex.UnsoundGradientError, match=r"share params\['t'\]"):
        ex.grad(_with(lambda p, z: p["t"] * z), 2)(PARAMS, key)


def test_second_order_and_forward_mode_are_refused(key):
    loss = _with(lambda p, z: p["a"] * z)
    with pytest.raises(ex.OrderError, match="relax"):
        ex.surrogate(loss, order=2)(PARAMS, jax.random.clone(key))

    def unending(params, key):
        def body(state):
            n, key, _ = state
            key, own = jax.random.split(key)
            return n + 1, key, _with(lambda p, z: p["a"] * z)(params, own)

        return lax.while_loop(lambda s: s[2] == 0, body, (0, key, jnp.float32(0)))[0].astype(jnp.float32)

    with pytest.raises(ex.UnsupportedProgramError, match="reverse mode"):
        ex.grad(unending, 4)(PARAMS, key)


def test_what_does_not_fit_is_told_why(key):
    with pytest.raises(ex.EstimatorError, match="known finite set"):
        ex.Normal(0.0, 1.0).sample(jax.random.clone(key), baseline=Relax(jnp.sum))
    with pytest.raises(ex.EstimatorError, match="does not weigh"):
        ex.Bernoulli(probs=0.3).sample(jax.random.clone(key), gradient="enumerate", baseline=Relax(jnp.sum))
    for control in (lambda p, z: jnp.stack([z, z]), lambda p, z: 3):
        with pytest.raises(ex.EstimatorError, match="returns one float"):
            ex.grad(_with(control), 2)(PARAMS, jax.random.clone(key))
