"""The verbs as users call them: arguments in every position, statistics, batches, transformations, refusals."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from exact import COMPILE, close

import expectax as ex


@pytest.fixture(autouse=True)
def _no_check_of_key_reuse():
    """These tests give one key to several verbs on purpose, to compare them."""
    with jax.debug_key_reuse(False):
        yield


def coin(p, key, gradient="score"):
    """Weighed: the sum over its two values, which auto would take, has no spread."""
    return ex.Bernoulli(probs=p).sample(key, gradient=gradient).astype(jnp.float32)


def mixed(params, data, key):
    """E = p + (m - c)² + s²; score for p, path for m."""
    k1, k2 = jax.random.split(key)
    return coin(params["p"], k1) + (ex.Normal(params["m"], 0.5).sample(k2) - data["c"]) ** 2


PARAMS = {"p": 0.3, "m": 1.0}
DATA = {"c": 0.25, "names": ["a", None], "n": 3}
EXACT = {"p": 1.0, "m": 1.5}


def is_close_to_exact(gradient, stats=None, error=0.05):
    for name, expected in EXACT.items():
        close(gradient[name], expected, error / 6 if stats is None else stats.standard_error[name])


# --- Positions ---


@pytest.mark.parametrize(
    ("argnums", "key_argnum", "order"),
    [
        (0, -1, "abk"),
        (0, 2, "abk"),
        (1, -1, "bak"),
        (-2, -1, "bak"),
        (1, 0, "kab"),
        (2, 0, "kba"),
        (-1, 1, "bka"),
        (0, 1, "akb"),
        ((0,), -1, "abk"),
        ((1,), 0, "kab"),
    ],
)
def test_arguments_in_every_position(argnums, key_argnum, order, key):
    values = {"a": PARAMS, "b": DATA, "k": key}

    def loss(*args):
        return mixed(*(dict(zip(order, args, strict=True))[name] for name in "abk"))

    args = [values[name] for name in order]
    options = {"argnums": argnums, "key_argnum": key_argnum}
    value, gradient = ex.value_and_grad(loss, 8192, **options)(*args)
    single = gradient if isinstance(argnums, int) else gradient[0]
    is_close_to_exact(single, error=0.2)
    close(value, 0.3 + 0.75**2 + 0.25, 0.02)
    alone = ex.grad(loss, 8192, **options)(*args)
    jax.tree.map(np.testing.assert_array_equal, alone, gradient)
    assert jnp.shape(ex.surrogate(loss, **options)(*args)) == ()


def test_several_argnums_come_back_in_their_order(key):
    def loss(a, b, key):
        return a * coin(b, key)

    both = ex.grad(loss, 4096, argnums=(1, 0))(2.0, 0.3, key)
    close(both[0], 2.0, 0.05)
    close(both[1], 0.3, 0.01)
    plain = jax.jit(jax.vmap(jax.grad(ex.surrogate(loss, argnums=(0, 1)), argnums=(1, 0)), (None, None, 0)))
    b, a = plain(2.0, 0.3, jax.random.split(key, 4096))
    close(b.mean(), 2.0, 0.05)
    close(a.mean(), 0.3, 0.01)


def test_expect_takes_the_key_anywhere(key):
    def f(key, p, scale):
        return {"x": coin(p, key) * scale, "n": ex.Bernoulli(probs=p).sample(key)}

    estimate = ex.expect(f, 4096, key_argnum=0)(key, 0.3, 2.0)
    close(estimate.mean["x"], 0.6, estimate.standard_error["x"])
    close(estimate.mean["n"], 0.3, estimate.standard_error["n"])
    close(estimate.standard_error["x"], 2 * math.sqrt(0.21 / 4096), 0.001 / 6)
    assert estimate.num_samples == 4096


# --- What arguments may hold ---


def test_other_arguments_may_hold_anything(key):
    """Integers, strings, None, functions and arrays: only arrays are traced, the rest is part of the program."""

    def loss(params, config, key):
        x = config["activation"](coin(params, key) * config["table"][config["row"]])
        return x.sum() if config["reduce"] == "sum" and config["nothing"] is None else x.mean()

    config = {"activation": jnp.tanh, "table": np.eye(2, dtype=np.float32), "row": 1, "reduce": "sum", "nothing": None}
    close(ex.grad(loss, 4096)(0.3, config, key), math.tanh(1.0), 0.02)
    surrogate = ex.surrogate(loss)
    assert jnp.isfinite(jax.grad(surrogate)(0.3, config, key))


def test_parameters_may_be_any_pytree_of_floats(key):
    params = ({"w": jnp.ones((2, 2))}, [np.float32(0.3), jnp.zeros(3)], None)

    def loss(params, key):
        (weights, (p, shift), _) = params
        return (coin(jnp.full(2, p), key) @ weights["w"]).sum() + shift.sum()

    gradient = ex.grad(loss, 4096)(params, key)
    assert jax.tree.structure(gradient) == jax.tree.structure(params)
    assert jax.tree.map(jnp.shape, gradient) == jax.tree.map(jnp.shape, params)
    close(gradient[0]["w"], 0.3 * np.ones((2, 2)), 0.01)
    close(gradient[1][0], 4.0, 0.02)
    close(gradient[1][1], np.ones(3), 0.0)


def test_distributions_are_parameters_too(key):
    def loss(dist, key):
        return (dist.sample(key) ** 2).sum()

    gradient = ex.grad(loss, 8192)(ex.Normal(jnp.array([1.0, 2.0]), jnp.array([0.5, 1.0])), key)
    assert isinstance(gradient, ex.Normal)
    close(gradient.loc, [2.0, 4.0], 0.05)
    close(gradient.scale, [1.0, 2.0], 0.05)


def test_closed_over_arrays_of_a_callers_jit(key):
    """Data that a surrounding jit traces is closed over, as in any training step."""

    @jax.jit
    def step(p, data, key):
        return ex.value_and_grad(lambda p, key: (coin(p, key) * data).sum(), 4096)(p, key)

    value, gradient = step(0.3, jnp.arange(3.0), key)
    close(value, 0.9, 0.03)
    close(gradient, 3.0, 0.03)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_parameters_in_half_precision(dtype, key):
    def loss(p, key):
        k1, k2 = jax.random.split(key)
        return (ex.Normal(p, jnp.ones_like(p)).sample(k1) + ex.Poisson(p).sample(k2).astype(p.dtype)) ** 2

    value, gradient, stats = ex.value_and_grad(loss, 20_000, return_stats=True)(jnp.asarray(0.5, dtype), key)
    assert gradient.dtype == dtype
    close(value, 2.5, 0.05)  # (2 p)² + 1 + p
    close(gradient, 5.0, stats.standard_error + 0.01)


# --- Auxiliary outputs, batches, statistics ---


def _with_aux(p, key):
    b = coin(p, key)
    return b * 2, {"b": b, "pair": (b, jnp.stack([b, 1 - b]))}


@pytest.mark.parametrize("batch_size", [None, 16, 7])
def test_aux_comes_back_stacked_over_samples(batch_size, key):
    (value, aux), gradient = ex.value_and_grad(_with_aux, 32, has_aux=True, batch_size=batch_size)(0.3, key)
    assert aux["b"].shape == (32,)
    assert aux["pair"][1].shape == (32, 2)
    np.testing.assert_allclose(value, 2 * aux["b"].mean(), rtol=1e-6)
    same, again = ex.grad(_with_aux, 32, has_aux=True, batch_size=batch_size)(0.3, key)
    np.testing.assert_array_equal(same, gradient)
    np.testing.assert_array_equal(again["b"], aux["b"])


def test_aux_of_a_surrogate(key):
    gradient, aux = jax.grad(ex.surrogate(_with_aux, has_aux=True), has_aux=True)(0.3, key)
    assert jnp.isfinite(gradient)
    assert aux["pair"][1].shape == (2,)


@pytest.mark.parametrize("batch_size", [1, 3, 8, 64, 100])
def test_batches_draw_the_same_samples(batch_size, key):
    """The same value, remainders included; the baseline is taken in each batch, so the score part differs."""
    whole, exact = (ex.value_and_grad(mixed, 64, **o)(PARAMS, DATA, key) for o in ({}, {"batch_size": batch_size}))
    np.testing.assert_allclose(whole[0], exact[0], rtol=1e-5)
    np.testing.assert_allclose(whole[1]["m"], exact[1]["m"], rtol=1e-5)


@pytest.mark.parametrize("batch_size", [5, 16])
def test_batches_are_unbiased(batch_size, key):
    f = jax.jit(jax.vmap(ex.grad(mixed, 37, batch_size=batch_size), (None, None, 0)), compiler_options=COMPILE)
    data = {"c": 0.25}
    got = f(PARAMS, data, jax.random.split(key, 2048))
    for name, expected in EXACT.items():
        close(got[name].mean(), expected, np.std(got[name]) / math.sqrt(2048))


def test_standard_errors_are_the_spread_of_repeated_estimates(key):
    f = jax.jit(jax.vmap(ex.value_and_grad(mixed, 64, return_stats=True), (None, None, 0)), compiler_options=COMPILE)
    values, gradients, stats = f(PARAMS, {"c": 0.25}, jax.random.split(key, 4096))
    assert abs(np.mean(stats.value_standard_error) / np.std(values) - 1) < 0.08
    for name in EXACT:
        assert abs(np.sqrt(np.mean(stats.standard_error[name] ** 2)) / np.std(gradients[name]) - 1) < 0.08
    assert (stats.num_samples, stats.mode, stats.passes) == (64, "reverse", 1)


def test_statistics_do_not_change_the_estimate(key):
    plain = ex.value_and_grad(mixed, 64)(PARAMS, DATA, key)
    *with_stats, _ = ex.value_and_grad(mixed, 64, return_stats=True)(PARAMS, DATA, key)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4), plain, tuple(with_stats))


def test_a_single_sample_has_no_standard_error(key):
    value, gradient, stats = ex.value_and_grad(mixed, 1, return_stats=True)(PARAMS, DATA, key)
    assert np.isfinite([value, *gradient.values()]).all()
    assert np.isnan([stats.value_standard_error, *stats.standard_error.values()]).all()
    assert np.isnan(ex.expect(lambda p, key: coin(p, key), 1)(0.3, key).standard_error)


def test_expect_in_batches(key):
    whole, batched = (ex.expect(mixed, 50, batch_size=b)(PARAMS, DATA, key) for b in (None, 8))
    np.testing.assert_allclose(whole.mean, batched.mean, rtol=1e-5)
    np.testing.assert_allclose(whole.standard_error, batched.standard_error, rtol=1e-5)


def test_plans_name_sites(key):
    def loss(m, key):
        return ex.Normal(m, 1.0).sample(key, name="x") ** 2

    path, score = (
        ex.value_and_grad(loss, 4096, plan=plan, return_stats=True)(0.7, key) for plan in (None, {"x": "score"})
    )
    for _, gradient, stats in (path, score):
        close(gradient, 1.4, stats.standard_error)
    assert score[2].standard_error > path[2].standard_error
    with pytest.raises(ex.EstimatorError, match="no site of that name"):
        ex.grad(loss, 4, plan={"y": "score"})(0.7, key)


# --- Transformations ---


def test_jit_changes_nothing(key):
    for verb in (ex.value_and_grad(mixed, 64), ex.expect(mixed, 64), jax.value_and_grad(ex.surrogate(mixed))):
        data = {"c": 0.25}
        eager, compiled = verb(PARAMS, data, key), jax.jit(verb)(PARAMS, data, key)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4), eager, compiled)


def test_vmap_over_parameters_and_keys(key):
    """The samples of one lane do not enter another's baseline."""
    verb = ex.value_and_grad(lambda p, key: coin(p, key) * 5 + 1, 64)
    ps, keys = jnp.array([0.2, 0.5, 0.9]), jax.random.split(key, 3)
    for in_axes, call in [((0, 0), lambda i: (ps[i], keys[i])), ((0, None), lambda i: (ps[i], key))]:
        args = (ps, keys if in_axes[1] == 0 else key)
        values, gradients = jax.vmap(verb, in_axes)(*args)
        for i in range(3):
            value, gradient = verb(*call(i))
            np.testing.assert_allclose(values[i], value, rtol=1e-5)
            np.testing.assert_allclose(gradients[i], gradient, rtol=1e-4)


def test_verbs_inside_scan(key):
    def step(p, k):
        return p - 0.01 * ex.grad(lambda p, key: (coin(p, key) - 1) ** 2, 32)(p, k), p

    p, path = jax.lax.scan(step, 0.3, jax.random.split(key, 20))
    close(p, 0.5, 0.02)  # E = 1 - p falls with slope 1
    assert path.shape == (20,)


def test_an_optimiser_loop(key):
    """E[(z - 3b)²] over a normal and a coin that depends on it, down to its minimum."""

    def loss(params, key):
        k1, k2 = jax.random.split(key)
        z = ex.Normal(params["mu"], 0.5).sample(k1)
        return (z - 3.0 * coin(jax.nn.sigmoid(params["w"] * z), k2)) ** 2

    optimiser = optax.adam(0.05)

    @jax.jit
    def step(state, k):
        params, opt = state
        value, gradient = ex.value_and_grad(loss, num_samples=64)(params, k)
        updates, opt = optimiser.update(gradient, opt)
        return (optax.apply_updates(params, updates), opt), value

    params = {"mu": jnp.float32(1.0), "w": jnp.float32(0.0)}
    with jax.numpy_dtype_promotion("standard"):  # optax is not written for the strict one
        _, values = jax.lax.scan(step, (params, optimiser.init(params)), jax.random.split(key, 300))
    assert values[:20].mean() > 2.2
    assert values[-50:].mean() < 0.75 * values[:20].mean()


# --- Order ---


def test_the_order_is_guarded(key):
    surrogate = ex.surrogate(lambda p, key: coin(p, key) * p)
    assert jnp.isfinite(jax.grad(surrogate)(0.3, key))
    with pytest.raises(ex.OrderError, match="order=2"):
        jax.hessian(surrogate)(0.3, key)
    with pytest.raises(ex.OrderError):
        jax.jit(jax.grad(jax.grad(surrogate)))(0.3, key)


@pytest.mark.parametrize(
    "derivative", [jax.hessian, lambda f: jax.jacrev(jax.jacrev(f)), lambda f: jax.jacfwd(jax.jacfwd(f))]
)
def test_second_order_by_any_mode(derivative, key):
    """E = p², through a score site."""
    surrogate = ex.surrogate(lambda p, key: coin(p, key) * p, order=2)
    each = jax.jit(jax.vmap(derivative(surrogate), (None, 0)))(0.3, jax.random.split(key, 1 << 15))
    close(each.mean(), 2.0, np.std(each) / math.sqrt(1 << 15))
    with pytest.raises(ex.OrderError, match="order=3"):
        jax.grad(derivative(surrogate))(0.3, key)


def test_third_order(key):
    surrogate = ex.surrogate(lambda p, key: coin(p, key) * p**2, order=3)
    third = jax.grad(jax.grad(jax.grad(surrogate)))
    each = jax.jit(jax.vmap(third, (None, 0)))(0.3, jax.random.split(key, 1 << 15))
    close(each.mean(), 6.0, np.std(each) / math.sqrt(1 << 15))


def test_results_are_not_differentiated_again(key):
    """The derivative of the value would be 0, and that of the gradient half of a Hessian."""
    f = ex.value_and_grad(lambda p, key: coin(p, key) * p, 4)
    for which in (0, 1):
        with pytest.raises(ex.OrderError, match="yourself"):
            jax.grad(lambda p, which=which: f(p, key)[which])(0.3)


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_no_draws_at_all(shape, key):
    value, gradient = ex.value_and_grad(lambda p, key: coin(p, key).sum() + 1.0, 4)(jnp.full(shape, 0.3), key)
    assert value == 1.0
    assert gradient.shape == shape


# --- Derivatives that nobody announced ---


def test_derivatives_outside_argnums_are_refused(key):
    def loss(a, b, key):
        return coin(b, key) * a

    with pytest.raises(ex.UnsoundGradientError, match=r"b is differentiated, but argnums"):
        jax.grad(ex.surrogate(loss), argnums=1)(2.0, 0.3, key)
    with pytest.raises(ex.UnsoundGradientError, match=r"argnums"):
        jax.grad(lambda b: ex.value_and_grad(loss, 4)(2.0, b, key)[0])(0.3)


def test_derivatives_of_closed_over_arrays_are_refused(key):
    def outer(b, **options):
        return ex.surrogate(lambda a, key: coin(b, key) * a, **options)(2.0, key)

    with pytest.raises(ex.UnsoundGradientError, match="closes over") as caught:
        jax.grad(outer)(0.3)
    assert __file__ in str(caught.value)
    with pytest.raises(ex.UnsoundGradientError, match="closes over"):
        jax.jit(jax.grad(outer))(0.3)


@pytest.mark.parametrize("around", [lambda f: f, jax.jit, jax.checkpoint], ids=["plain", "jit", "checkpoint"])
def test_a_stopped_array_may_be_closed_over(around, key):
    def inner(p, factor):
        return ex.surrogate(lambda q, k: coin(q, k) * factor)(p, key)

    def outer(p):
        return around(inner)(p, jax.lax.stop_gradient(2 * p))

    drawn = float(coin(0.7, key))  # at a 1 the score is 1 / p
    assert float(jax.grad(outer)(0.7)) == pytest.approx(drawn * 1.4 / 0.7)
    assert float(jax.jit(jax.grad(outer))(0.7)) == pytest.approx(drawn * 1.4 / 0.7)


# --- Bad arguments ---


def bad(error, words, call):
    with pytest.raises(error, match=words) as caught:
        call()
    assert __file__ in str(caught.value), "the message names the user's line"


KEY = jax.random.key(0)


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ex.ArgumentError, "num_samples", lambda: ex.value_and_grad(mixed, 0)),
        (ex.ArgumentError, "num_samples", lambda: ex.value_and_grad(mixed, 2.5)),
        (ex.ArgumentError, "num_samples", lambda: ex.grad(mixed, True)),
        (ex.ArgumentError, "num_samples", lambda: ex.expect(mixed, -1)),
        (ex.ArgumentError, "batch_size", lambda: ex.grad(mixed, 8, batch_size=0)),
        (ex.ArgumentError, "batch_size", lambda: ex.expect(mixed, 8, batch_size="4")),
        (ex.ArgumentError, "order", lambda: ex.surrogate(mixed, order=0)),
        (ex.ArgumentError, "order", lambda: ex.surrogate(mixed, order=True)),
        (ex.ArgumentError, "argnums", lambda: ex.grad(mixed, 4, argnums=5)(PARAMS, DATA, KEY)),
        (ex.ArgumentError, "key_argnum", lambda: ex.grad(mixed, 4, key_argnum=3)(PARAMS, DATA, KEY)),
        (ex.ArgumentError, "argnums", lambda: ex.grad(mixed, 4, argnums="a")(PARAMS, DATA, KEY)),
        (ex.ArgumentError, "key", lambda: ex.grad(mixed, 4, argnums=2)(PARAMS, DATA, KEY)),
        (ex.ArgumentError, "scalar", lambda: ex.grad(lambda p, key: p * jnp.ones(2), 4)(0.3, KEY)),
        (ex.ArgumentError, "scalar", lambda: ex.grad(lambda p, key: ex.Bernoulli(probs=p).sample(key), 4)(0.3, KEY)),
        (ex.ArgumentError, "has_aux", lambda: ex.grad(lambda p, key: (p, p), 4)(0.3, KEY)),
        (ex.ArgumentError, "has_aux", lambda: ex.grad(lambda p, key: p, 4, has_aux=True)(0.3, KEY)),
        (ex.ArgumentError, "dtype int", lambda: ex.grad(lambda p, key: p[0] * 1.0, 4)((0.3, 2), KEY)),
        (ex.ArgumentError, "float", lambda: ex.grad(lambda p, key: 1.0 * coin(0.3, key), 4)(2, KEY)),
        (ex.RandomKeyError, "one random key", lambda: ex.grad(lambda p, key: p, 4)(0.3, 0)),
        (ex.RandomKeyError, "one random key", lambda: ex.grad(lambda p, key: p, 4)(0.3, jax.random.split(KEY, 2))),
        (ex.RandomKeyError, "one random key", lambda: ex.expect(lambda p, key: p, 4)(0.3, None)),
        (ex.RandomKeyError, "one random key", lambda: ex.surrogate(mixed)(PARAMS, KEY, DATA)),
        (ex.UnsoundGradientError, "does not use the key", lambda: ex.grad(lambda p, key: coin(p, KEY), 4)(0.3, KEY)),
    ],
)
def test_bad_arguments_are_named_with_the_users_line(error, words, call):
    bad(error, words, call)


def test_too_many_parameters_for_forward_mode(key):
    def loss(p, key):
        def body(state):
            n, key = state
            key, subkey = jax.random.split(key)
            return n + coin(p[0], subkey), key

        return jax.lax.while_loop(lambda state: state[0] < 70, body, (p.sum(), key))[0]

    with pytest.raises(ex.UnsupportedProgramError, match="limit is 128"):
        ex.grad(loss, 2)(jnp.full(200, 0.3), key)
