"""A marked site behaves like ordinary JAX code under every transformation, and a derivative it cannot give raises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.sharding import Mesh, PartitionSpec

import expectax as ex

NO_PATH = ex.NoPathwiseDerivativeError


def normal(p, key, **options):
    return ex.Normal(p, 1.0).sample(key, **options)


def poisson(p, key, **options):
    return ex.Poisson(p).sample(key, **options)


def bernoulli(p, key, **options):
    return ex.Bernoulli(probs=p).sample(key, **options)


def same(got, want):
    """Equal, but for the last bits: compiled code may fuse."""
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def again(key):
    return jax.random.clone(key)


DRAWS = {"normal": normal, "poisson": poisson, "bernoulli": bernoulli}
each_draw = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
P = np.float32(0.4)
PS = np.asarray([0.2, 0.4, 0.8], np.float32)

# --- Draws do not change under transformations -----------------------------------------------------------------------


@pytest.mark.leaks
@each_draw
def test_jit(draw, key):
    same(jax.jit(draw)(P, key), draw(P, again(key)))


@pytest.mark.leaks
@each_draw
def test_old_keys_draw_the_same(draw, key):
    old = jax.random.key_data(key)
    assert old.dtype == jnp.uint32
    for call in (draw, jax.jit(draw)):
        same(call(P, old), draw(P, again(key)))


@pytest.mark.leaks
@each_draw
@pytest.mark.parametrize("compiled", [True, False], ids=["jit", "eager"])
def test_vmap_over_keys(draw, compiled, key):
    keys = jax.random.split(key, 3)
    mapped = jax.vmap(draw, (None, 0))
    got = (jax.jit(mapped) if compiled else mapped)(P, keys)
    want = np.stack([draw(P, jax.random.clone(k)) for k in keys])
    same(got, want)


@pytest.mark.leaks
@each_draw
def test_vmap_over_both(draw, key):
    keys = jax.random.split(key, 3)
    want = np.stack([draw(p, jax.random.clone(k)) for p, k in zip(PS, keys, strict=True)])
    same(jax.vmap(draw)(PS, jax.random.clone(keys)), want)


@pytest.mark.leaks
@each_draw
def test_vmap_over_parameters_shares_the_noise(draw, key):
    got = jax.vmap(draw, (0, None))(PS, key)
    want = np.stack([draw(p, again(key)) for p in PS])
    if draw is not poisson:  # JAX's own sampler of this one depends on the batch
        same(got, want)
    assert got.shape == (3,)


@pytest.mark.leaks
def test_nested_vmap_and_its_axes(key):
    keys = jax.random.split(key, (2, 3))
    loc = np.arange(12, dtype=np.float32).reshape(3, 4)

    def one(row, k):
        return ex.Normal(row, 1e-6).sample(k)

    inner = jax.vmap(one, in_axes=(0, 0), out_axes=1)
    got = jax.vmap(inner, in_axes=(None, 0), out_axes=2)(loc, keys)
    assert got.shape == (4, 3, 2)
    np.testing.assert_allclose(got, np.broadcast_to(loc.T[:, :, None], (4, 3, 2)), atol=1e-4)


@pytest.mark.leaks
def test_vmap_with_axis_size_and_no_batched_input(key):
    got = jax.vmap(lambda: normal(P, again(key)), axis_size=5)()
    same(got, np.full(5, normal(P, again(key))))


@pytest.mark.leaks
def test_vmap_over_the_distribution_itself(key):
    dist = ex.Normal(np.arange(3, dtype=np.float32), np.full(3, 1e-6, np.float32))
    keys = jax.random.split(key, 3)
    got = jax.vmap(lambda d, k: d.sample(k, (2,)))(dist, keys)
    np.testing.assert_allclose(got, np.repeat(np.arange(3.0)[:, None], 2, 1), atol=1e-4)


@pytest.mark.leaks
def test_an_axis_of_an_event(key):
    keys = jax.random.split(key, 3)
    logits = np.zeros((4, 3), np.float32)
    got = jax.vmap(lambda row, k: ex.OneHotCategorical(logits=row).sample(k), in_axes=(1, 0), out_axes=1)(logits, keys)
    assert got.shape == (4, 3)
    np.testing.assert_array_equal(got.sum(0), np.ones(3))


@pytest.mark.leaks
@each_draw
def test_scan(draw, key):
    keys = jax.random.split(key, 3)
    _, got = lax.scan(lambda c, x: (c, draw(*x)), None, (PS, keys))
    want = np.stack([draw(p, jax.random.clone(k)) for p, k in zip(PS, keys, strict=True)])
    same(got, want)


@pytest.mark.leaks
@each_draw
def test_while_cond_switch_checkpoint(draw, key):
    want = draw(P, key)

    def looped(p, k):
        state = lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, draw(p, k)), (0, jnp.zeros_like(want)))
        return state[1]

    variants = [
        looped,
        lambda p, k: lax.cond(p > 0, lambda: draw(p, k), lambda: jnp.zeros_like(want)),
        lambda p, k: lax.switch(1, [lambda: jnp.zeros_like(want), lambda: draw(p, k)]),
        lambda p, k: jax.checkpoint(draw)(p, k),
        lambda p, k: lax.map(lambda _: draw(p, k), jnp.arange(2))[1],
    ]
    with jax.debug_key_reuse(False):
        for variant in variants:
            same(variant(P, again(key)), want)
            same(jax.jit(variant)(P, again(key)), want)


@pytest.mark.leaks
@each_draw
def test_shard_map(draw, key):
    mesh = Mesh(np.asarray(jax.devices()[:2]), "d")
    keys, values = jax.random.split(key, 4), np.asarray([0.2, 0.4, 0.6, 0.8], np.float32)
    spec = PartitionSpec("d")
    split = jax.shard_map(jax.vmap(draw), mesh=mesh, in_specs=(spec, spec), out_specs=spec)
    want = jax.vmap(draw)(values, jax.random.clone(keys))
    same(jax.jit(split)(values, keys), want)


@pytest.mark.leaks
def test_without_jit(key):
    with jax.disable_jit():
        got = jax.vmap(normal, (0, None))(PS, key)
        gradient = jax.grad(normal)(P, again(key))
    np.testing.assert_allclose(got, PS + (normal(P, again(key)) - P), rtol=1e-6)
    assert gradient == 1


# --- Derivatives along the path --------------------------------------------------------------------------------------


def cube(p, key):
    return ex.Normal(0.5, p).sample(key) ** 3


@pytest.mark.leaks
def test_derivatives_along_the_path(key):
    z = np.asarray(normal(np.float32(0), again(key)), np.float64)
    x = 0.5 + P * z
    first, second = 3 * x**2 * z, 6 * x * z**2
    with jax.debug_key_reuse(False):
        for wrap in (lambda f: f, jax.jit, jax.checkpoint):
            f = wrap(cube)
            np.testing.assert_allclose(jax.grad(f)(P, key), first, rtol=2e-4)
            np.testing.assert_allclose(jax.jvp(lambda p, f=f: f(p, key), (P,), (np.float32(1),))[1], first, rtol=2e-4)
            np.testing.assert_allclose(jax.linearize(lambda p, f=f: f(p, key), P)[1](np.float32(1)), first, rtol=2e-4)
            np.testing.assert_allclose(jax.hessian(f)(P, key), second, rtol=2e-4)
        np.testing.assert_allclose(jax.vmap(jax.grad(cube), (0, None))(np.stack([P, P]), key), [first] * 2, rtol=2e-4)
        scanned = jax.grad(lambda p: lax.scan(lambda c, _: (c + cube(p, key), None), 0.0, None, 2)[0])(P)
        np.testing.assert_allclose(scanned, 2 * first, rtol=2e-4)


# --- Derivatives that do not exist -----------------------------------------------------------------------------------


def square(draw):
    return lambda p, key, **options: draw(p, key, **options).astype(jnp.float32) ** 2


UNDER = {
    "plain": lambda f: jax.grad(f),
    "jit_outside": lambda f: jax.jit(jax.grad(f)),
    "jit_inside": lambda f: jax.grad(jax.jit(f)),
    "vmap_inside": lambda f: jax.grad(lambda p, k: jax.vmap(f, (None, 0))(p, jax.random.split(k, 2)).sum()),
    "vmap_outside": lambda f: lambda p, k: jax.vmap(jax.grad(f), (None, 0))(p, jax.random.split(k, 2)),
    "vmap_of_parameters": lambda f: jax.grad(lambda p, k: jax.vmap(f, (0, None))(jnp.stack([p, p]), k).sum()),
    "scan": lambda f: jax.grad(lambda p, k: lax.scan(lambda c, q: (c + f(p, q), None), 0.0, jax.random.split(k, 2))[0]),
    "checkpoint": lambda f: jax.grad(jax.checkpoint(f)),
    "cond": lambda f: jax.grad(lambda p, k: lax.cond(p > 0, f, lambda p, k: p, p, k)),
    "forward": lambda f: lambda p, k: jax.jvp(lambda q: f(q, k), (p,), (jnp.ones_like(p),)),
    "linearize": lambda f: lambda p, k: jax.linearize(lambda q: f(q, k), p),
    "hessian": lambda f: jax.hessian(f),
    "in_a_loop_forward": lambda f: jax.jacfwd(
        lambda p, k: lax.while_loop(lambda c: c[0] < 2, lambda c: (c[0] + 1, f(p, k)), (0, p))[1]
    ),
    "no_jit": lambda f: lambda p, k: _without_jit(jax.grad(f), p, k),
}


def _without_jit(f, *args):
    with jax.disable_jit():
        return f(*args)


@pytest.mark.parametrize("under", UNDER.values(), ids=UNDER)
@pytest.mark.parametrize("draw", [poisson, bernoulli])
def test_a_derivative_that_does_not_exist_raises(draw, under, key):
    with jax.debug_key_reuse(False), pytest.raises(NO_PATH):
        under(square(draw))(P, key)


def test_the_message_names_everything(key):
    def loss(p, k):
        return ex.Categorical(logits=jnp.stack([p, -p])).sample(k).astype(jnp.float32)  # the line

    here = loss.__code__.co_firstlineno + 1
    for call in (jax.grad(loss), jax.jit(jax.grad(loss)), jax.grad(jax.jit(loss))):
        with pytest.raises(NO_PATH) as caught:
            call(P, again(key))
        text = str(caught.value)
        for said in ("Categorical", "logits", f"{__file__}:{here}", 'gradient="stop"', "ex.value_and_grad"):
            assert said in text


def test_the_message_names_the_parameter_that_is_differentiated(key):
    def loss(p, k):
        return ex.Normal(p[0], p[1]).sample(k, gradient="score")

    for i, name in enumerate(["loc", "scale"]):
        with pytest.raises(NO_PATH, match=f"through its parameter {name}, "):
            jax.grad(lambda x, i=i: loss([x, 1.0] if i == 0 else [0.0, x], again(key)))(1.0)


@pytest.mark.parametrize("loss", [
    lambda p, k: p * poisson(3.0, k),
    lambda p, k: p * poisson(lax.stop_gradient(p), k),
    lambda p, k: p * poisson(p, k, gradient="stop"),
    lambda p, k: p * poisson(jnp.floor(p) * 0 + 3.0, k, gradient="stop"),
    lambda p, k: p + 0 * normal(3.0, k, gradient="score"),
    lambda p, k: p * bernoulli(0.5, k).astype(jnp.float32),
], ids=["constant", "stopped_parameter", "stopped_draw", "stopped_both", "score_of_constant", "integers"])  # fmt: skip
def test_no_derivative_no_complaint(loss, key):
    with jax.debug_key_reuse(False):
        for wrap in (lambda f: f, jax.jit, jax.checkpoint):
            assert np.isfinite(jax.grad(wrap(loss))(P, key))


@pytest.mark.leaks
def test_symbolic_zeros_do_not_raise(key):
    def loss(p, q, k):
        return p * poisson(q, k)

    with jax.debug_key_reuse(False):
        assert jax.grad(loss)(P, P, key) == poisson(P, key)
        assert jax.grad(jax.jit(loss))(P, P, key) == poisson(P, key)
        with pytest.raises(NO_PATH):
            jax.grad(loss, argnums=1)(P, P, key)


@pytest.mark.leaks
@each_draw
def test_forward_values_are_fine(draw, key):
    with jax.debug_key_reuse(False):
        value, aux = jax.jit(lambda p, k: (draw(p, k), draw(p, k)))(P, key)
    same(value, aux)


# --- A distribution as a value ---------------------------------------------------------------------------------------


@pytest.mark.leaks
def test_a_distribution_returned_from_vmap_scan_and_jit(key):
    def make(p):
        return ex.MultivariateNormal(jnp.stack([p, -p]), scale_tril=jnp.eye(2))

    made = {
        "vmap": jax.vmap(make)(PS),
        "scan": lax.scan(lambda c, p: (c, make(p)), None, PS)[1],
        "jit": jax.jit(jax.vmap(make))(PS),
    }
    for name, dist in made.items():
        draw = dist.sample(again(key), (4,))
        assert (dist.batch_shape, dist.event_shape) == ((3,), (2,)), name
        assert draw.shape == (4, 3, 2), name
        assert dist.log_prob(draw).shape == (4, 3), name
    nested = jax.vmap(jax.vmap(lambda p: ex.Independent(ex.Normal(jnp.stack([p, p]), jnp.ones(2)), 1)))(
        np.stack([PS, PS])
    )
    assert (nested.batch_shape, nested.event_shape) == ((2, 3), (2,))
    assert nested.sample(again(key)).shape == (2, 3, 2)
    categorical = jax.vmap(lambda p: ex.Categorical(logits=jnp.stack([p, p, p])))(PS)
    assert categorical.sample(again(key), (4,)).shape == (4, 3)


@pytest.mark.leaks
def test_twenty_float_parameters_compile_once(key):
    compiled = []

    def listen(event, *_, **__):
        if event == "/jax/core/compile/backend_compile_duration":
            compiled.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    keys = list(jax.random.split(key, 21))
    ex.Beta(0.5, 2.5).log_prob(ex.Beta(0.5, 2.5).sample(keys[0]))
    compiled.clear()
    for i, k in enumerate(keys[1:]):
        dist = ex.Beta(0.5 + 0.1 * i, 1.5)
        dist.log_prob(dist.sample(k))
    assert len(compiled) <= 1  # slicing of keys apart, nothing


@pytest.mark.leaks
def test_the_log_density_of_a_draw_is_that_of_its_own_lane(key):
    def loss(p, k):
        draw, log_prob = ex.Bernoulli(probs=p).sample_and_log_prob(k)
        return draw, log_prob

    keys = jax.random.split(key, 3)
    draws, log_probs = jax.vmap(loss)(PS, keys)
    np.testing.assert_allclose(log_probs, np.log(np.where(draws == 1, PS, 1 - PS)), rtol=1e-5)
