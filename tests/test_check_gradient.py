"""`check_gradient`: right gradients agree, planted faults are called biased, by either oracle; and the command."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import cli

PARAMS = {"m": np.float32(0.5), "q": np.array([0.3, -0.4], np.float32)}


def loss(params, key):
    """A discrete and a continuous draw."""
    one, two = jax.random.split(key)
    bits = ex.Bernoulli(logits=params["q"]).sample(one).astype(float)
    return (2.0 * bits.sum() + ex.Normal(params["m"], 1.0).sample(two) * (1.0 + bits[0])) ** 2


def dropped(params, key):
    """What a draw without a derivative gives elsewhere: the part of the bits is missing."""
    return jax.grad(ex.surrogate(lambda p, k: loss({**p, "q": jax.lax.stop_gradient(p["q"])}, k)))(params, key)


def smooth(x, key):
    """Plain JAX, of a parameter with more entries than differences are taken in one by one."""
    return jnp.sin(x + 0.5 * jax.random.normal(key, x.shape)).sum() ** 2


def threshold(x, key):
    return jnp.where(x + jax.random.normal(key) > 0, 1.0, 0.0)


@pytest.mark.parametrize("oracle", ["estimator", "differences"])
def test_right_gradients_agree(oracle, key):
    found = ex.check_gradient(loss, ex.grad(loss, 8), oracle=oracle, detectable=0.2)(PARAMS, key)
    assert found.status == "agrees", found
    assert found.oracle == oracle
    assert [e.name for e in found.entries] == ["argument 0['m']", "argument 0['q'][0]", "argument 0['q'][1]"]
    assert found.raise_if_biased() is found


@pytest.mark.parametrize("oracle", ["auto", "differences"])
def test_planted_faults_are_found(oracle, key):
    shrunk = lambda p, k: jax.tree.map(lambda v: 0.85 * v, ex.grad(loss, 8)(p, k))  # noqa: E731
    for gradient in (dropped, shrunk):
        found = ex.check_gradient(loss, gradient, oracle=oracle)(PARAMS, jax.random.clone(key))
        assert found.status == "biased", found
        with pytest.raises(AssertionError, match="BIASED"):
            found.raise_if_biased()


def test_jax_grad_of_a_jump_is_biased_and_of_a_smooth_cost_is_not(key):
    """Neither program has a site: the oracle of the first are differences, as the verbs refuse it."""
    found = ex.check_gradient(threshold)(0.3, jax.random.clone(key))
    assert (found.status, found.oracle) == ("biased", "differences")
    np.testing.assert_allclose(found.entries[0].oracle, 0.3814, atol=6 * found.entries[0].standard_error + 1e-3)
    x = np.linspace(-1.0, 1.0, 40, dtype=np.float32)
    found = ex.check_gradient(smooth, oracle="differences")(x, key)
    assert found.status == "agrees"
    assert len(found.entries) == 16


def test_differences_are_of_fourth_order(key):
    """Of a fifth power they miss 4 h⁴ in 5, which is granted to them; of a fourth power nothing."""
    found = ex.check_gradient(lambda x, k: x**5, oracle="differences", step=0.1)(1.0, key)
    assert found.status == "agrees"
    np.testing.assert_allclose(found.entries[0].oracle, 5.0 - 4 * 0.1**4, atol=2e-5)
    found = ex.check_gradient(lambda x, k: x**4, oracle="differences", step=0.1)(1.0, jax.random.clone(key))
    np.testing.assert_allclose(found.entries[0].oracle, 4.0, atol=2e-5)
    off = lambda x, k: 5.05 * x**4  # noqa: E731
    assert ex.check_gradient(lambda x, k: x**5, off, oracle="differences", step=0.1)(1.0, key).status == "biased"


def test_a_noisy_gradient_is_undecided_not_passed(key):
    noisy = lambda x, k: 2.0 * x + 1e4 * jax.random.normal(k)  # noqa: E731
    found = ex.check_gradient(lambda x, k: x**2, noisy, max_draws=5000)(1.0, key)
    assert found.status == "undecided"
    assert found.verdict.detectable > 0.05


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_stated(key):
    """At alpha 0.05 at most 5 % of right gradients are called biased: of 200, more than 22 are 4 deviations too many."""
    check = ex.check_gradient(
        lambda x, k: (x + jax.random.normal(k)) ** 2,
        lambda x, k: 2.0 * (x + 3.0 * jax.random.normal(jax.random.fold_in(k, 1))),
        alpha=0.05,
        detectable=0.02,
        max_draws=2**16,
    )
    statuses = [check(1.0, k).status for k in jax.random.split(key, 200)]
    assert statuses.count("biased") <= 22


def test_many_parameters_are_checked_along_directions_within_memory(key):
    """A network's gradient for 4096 keys at once would take gigabytes."""
    weights = np.random.default_rng(0).normal(size=(120, 120)).astype(np.float32) / 12

    def network(w, key):
        return jnp.tanh(w @ jax.random.normal(key, (120,))).sum() ** 2 / 120

    right = ex.check_gradient(network, detectable=0.3, max_draws=4096)(weights, key)
    assert right.status == "agrees", right
    assert len(right.entries) == 16
    wrong = ex.check_gradient(network, lambda w, k: jax.grad(network)(w, k) * 1.5, max_draws=4096)
    assert wrong(weights, jax.random.clone(key)).status == "biased"


def test_several_arguments_and_old_keys(key):
    def two(a, key, b):
        return a * (b + jax.random.normal(key)) ** 2

    old = jax.random.key_data(key)
    found = ex.check_gradient(two, argnums=(2, 0), key_argnum=1)(0.5, old, np.float32(1.5))
    assert found.status == "agrees", found
    assert [e.name for e in found.entries] == ["argument 2", "argument 0"]
    json.dumps(found.to_dict())


def test_auxiliary_output_is_set_aside(key):
    """The loss returns (cost, aux); its gradients, by hand or by a verb, return (gradient, aux)."""

    def watched(params, key):
        cost = loss(params, key)
        return cost, {"cost": cost, "step": 3}

    right = ex.grad(watched, 8, has_aux=True)
    wrong = lambda p, k: (jax.tree.map(lambda v: 0.8 * v, right(p, k)[0]), None)  # noqa: E731
    for oracle in ("estimator", "differences"):
        check = lambda g: ex.check_gradient(watched, g, oracle=oracle, detectable=0.2, has_aux=True)(PARAMS, key)  # noqa: B023, E731
        assert check(right).status == "agrees"
        assert check(wrong).status == "biased"
    plain = ex.check_gradient(lambda x, k: (smooth(x, k), x), has_aux=True)(np.float32(0.4), jax.random.clone(key))
    assert plain.status == "agrees", plain  # jax.grad, by default
    with pytest.raises(ex.ArgumentError, match="the function returned a"):
        ex.check_gradient(smooth, has_aux=True)(np.float32(0.4), jax.random.clone(key))
    with pytest.raises(ex.ArgumentError, match="the gradient function returned a dict, expected a pair"):
        ex.check_gradient(watched, ex.grad(loss, 8), has_aux=True)(PARAMS, key)


def test_what_cannot_be_checked_is_told(key):
    with pytest.raises(ex.ArgumentError, match="oracle: expected one of"):
        ex.check_gradient(loss, oracle="guess")
    with pytest.raises(ex.ArgumentError, match="returns \\(value, gradient\\)"):
        ex.check_gradient(loss, ex.value_and_grad(loss, 2))(PARAMS, key)
    with pytest.raises(ex.UnsoundGradientError):
        ex.check_gradient(threshold, oracle="estimator")(0.3, key)
    with pytest.raises(ex.NoPathwiseDerivativeError):
        ex.check_gradient(loss)(PARAMS, key)  # jax.grad cannot pass the bits


def square(m, key):
    return (ex.Normal(m, 1.0).sample(key) - 2.0) ** 2


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
@pytest.mark.parametrize("oracle", ["estimator", "differences"])
def test_half_precision_is_no_bias(dtype, oracle, key):
    """Differences are taken in single precision: half would round their steps, by 2 % of the gradient."""
    m = jnp.asarray(0.5, dtype)
    assert ex.check_gradient(square, oracle=oracle)(m, key).status == "agrees"
    off = lambda m, k: (1.2 * jax.grad(square)(m, k)).astype(dtype)  # noqa: E731
    assert ex.check_gradient(square, off, oracle=oracle)(m, jax.random.clone(key)).status == "biased"


def test_a_gradient_that_is_not_finite_is_told(key):
    rarely = lambda m, k: jnp.where(jax.random.uniform(k) < 0.01, jnp.nan, jax.grad(square)(m, k))  # noqa: E731
    with jax.debug_key_reuse(False):
        found = ex.check_gradient(square, rarely)(0.5, key)
    assert found.status == "biased"
    assert 10 < found.non_finite < 100
    assert f"NOT FINITE on {found.non_finite} of 4096 keys" in str(found)
    assert "NaN" not in found.to_json()


def test_one_draw_proves_nothing(key):
    assert ex.check_gradient(square, max_draws=1)(0.5, key).status == "undecided"


@pytest.mark.parametrize(
    ("argument", "gradient", "message"),
    [
        ({"m": 0.5, "n": 3}, None, r"argument 0\['n'\] is differentiated but has dtype int32"),
        ({}, None, "holds no number to differentiate"),
        (0.5, lambda m, k: jnp.ones(3), r"the gradient with respect to argument 0 has the shape \(3,\)"),
    ],
)
def test_what_is_no_gradient_is_told(argument, gradient, message, key):
    def program(p, key):
        return sum(map(jnp.sum, jax.tree.leaves(p)), 0.0) * ex.Normal(0.0, 1.0).sample(key)

    with pytest.raises(ex.ArgumentError, match=message):
        ex.check_gradient(program, gradient)(argument, key)


def by_hand(factor, *, stop=True, own_mean=False):
    """REINFORCE for `square` as people write it: right, or with one of its usual faults."""

    def gradient(m, key):
        def objective(m):
            x = ex.Normal(m, 1.0).sample(key, (8,), gradient="stop" if stop else "auto")
            reward = jax.lax.stop_gradient((x - 2.0) ** 2)
            reward = reward - reward.mean() if own_mean else reward
            return factor * (reward * ex.Normal(m, 1.0).log_prob(x)).mean()

        return jax.grad(objective)(m)

    return gradient


@pytest.mark.parametrize(
    ("gradient", "status"),
    [
        (by_hand(1.0), "agrees"),
        (by_hand(0.93), "biased"),
        (by_hand(1.0, stop=False), "biased"),
        (by_hand(1.0, own_mean=True), "biased"),
    ],
    ids=["right", "7 % off", "no stop", "baseline of its own draw"],
)
def test_faults_of_reinforce(gradient, status, key):
    found = ex.check_gradient(square, gradient, detectable=0.03)(0.5, key)
    assert found.status == status, found


def test_straight_through_is_biased(key):
    def bit(logit, key):
        return (ex.Bernoulli(logits=logit).sample(key).astype(float) - 0.45) ** 2

    def straight_through(logit, key):
        def cost(logit):
            p = jax.nn.sigmoid(logit)
            hard = (jax.random.uniform(key) < p).astype(float)
            return (p + jax.lax.stop_gradient(hard - p) - 0.45) ** 2

        return jax.grad(cost)(logit)

    assert ex.check_gradient(bit, straight_through)(0.3, key).status == "biased"


def test_a_gradient_in_a_users_tests(key):
    good = ex.testing.assert_gradient_ok(lambda m, k: ex.Normal(m, 1.0).sample(k) ** 2, 0.5, key)
    assert good.status == "agrees"
    with pytest.raises(AssertionError, match="BIASED"):
        ex.testing.assert_gradient_ok(threshold, 0.3, key)


PROGRAM = """
import jax
import jax.numpy as jnp
import expectax as ex

def loss(p, key):
    return 3.0 * ex.Bernoulli(probs=p).sample(key).astype(float)

def right(p, key):
    return ex.grad(loss, 4)(p, key)

def wrong(p, key):
    return 0.5 * right(p, key)

arguments = (0.3, jax.random.key(0))
"""


def test_the_commands(tmp_path, capsys):
    (tmp_path / "program.py").write_text(PROGRAM)
    target = f"{tmp_path}/program.py:loss"
    assert cli.main(["check", target, "--gradient", "right"]) == 0
    assert "agrees with the oracle" in capsys.readouterr().out
    assert cli.main(["check", target, "--gradient", "wrong", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "biased"
    assert cli.main(["check", target, "--gradient", "lost"]) == 2
    assert "has no name 'lost'" in capsys.readouterr().err
    assert cli.main(["compare", target, "--samples", "4"]) == 0
    assert "<- plan" in capsys.readouterr().out
    assert cli.main(["explain", target, "--samples", "50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["num_samples"] == 50
