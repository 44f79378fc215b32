"""Reverse mode equation by equation against `jax.vjp` of the same runs under `jax.vmap`."""

import functools
import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from programs import PROGRAMS, THETA

import expectax as ex
from expectax._baselines import leave_one_out
from expectax._program import Signature, context, inspect, run_once

tape = importlib.import_module("expectax.explain._tape")  # `expectax.explain` is the function
RUNS = 7


def both(fn, at, keys):
    """(derivatives of each output, what else there is) by the tape and by JAX."""
    ours = tape.Tape(fn, at, keys)
    copies = jax.tree.map(lambda x: jnp.broadcast_to(x, (len(keys), *jnp.shape(x))), at)
    sums, pull, aux = jax.vjp(lambda a: _sums(jax.vmap(fn)(a, keys)), copies, has_aux=True)
    units = [[jnp.asarray(i == j, s.dtype) for j, s in enumerate(sums)] for i in range(len(sums))]
    return ([ours.derivative(i) for i in range(ours.outputs)], ours.aux), ([pull(u)[0] for u in units], aux)


def _sums(found):
    outputs, aux = found
    return [x.sum() for x in outputs], aux


def assert_alike(fn, at, key, **tolerance):
    with jax.debug_key_reuse(False):
        ours, theirs = both(fn, at, jax.random.split(key, RUNS))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, **({"rtol": 1e-5, "atol": 1e-6} | tolerance)), ours, theirs
    )


def reverse_programs():
    """All but those with loops that reverse mode cannot pass."""
    return [name for name in PROGRAMS if not any(word in name for word in ("while", "trials", "until", "drawn_length"))]


@pytest.mark.thin(4)
@pytest.mark.parametrize("name", reverse_programs())
def test_surrogates(name, key):
    with jax.debug_key_reuse(False):
        program = inspect(PROGRAMS[name].loss, (jnp.asarray(THETA), key), Signature(0, -1, False))
        ctx = context(program, leave_one_out(program, RUNS))

    def fn(live, key):
        run = run_once(program, ctx, live, key)
        return [run.surrogate, run.plain], run.cost

    assert_alike(fn, program.live, key)


@jax.custom_jvp
def steeper(x):
    return jnp.sin(x)


steeper.defjvp(lambda p, t: (steeper(p[0]), 3 * t[0]))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def doubled(scale, x):
    return scale * x


doubled.defvjp(lambda scale, x: (scale * x, None), lambda scale, _, g: (2 * scale * g,))


@jax.custom_batching.custom_vmap
def less_mean(x):
    return x


@less_mean.def_vmap
def _(axis_size, in_batched, x):
    return x - x.mean(0, keepdims=True), True


def on_the_host(x):
    return jax.pure_callback(np.abs, jax.ShapeDtypeStruct((), x.dtype), x, vmap_method="expand_dims")


LOSSES = {
    "own rules": lambda t, k: ([steeper(t) * doubled(2.0, t)], less_mean(t)),
    "cut": lambda t, k: ([jnp.sqrt(jax.lax.stop_gradient(t) * 0) + t], jnp.sign(t)),
    "constant output": lambda t, k: ([jnp.float32(2.0), t], 3),
    "output that is an input": lambda t, k: ([t], t),
    "used twice": lambda t, k: ([t * t + jnp.add(t, t)], ()),
    "whole numbers": lambda t, k: ([jnp.float32(jnp.int32(t * 10)) * t], jnp.int32(t)),
    "complex": lambda t, k: ([jnp.abs(jnp.exp(1j * t.astype(jnp.complex64)) + t.astype(jnp.complex64)) ** 2], ()),
    "half precision": lambda t, k: ([(t.astype(jnp.bfloat16) ** 2).astype(jnp.float32)], ()),
    "empty": lambda t, k: ([t + (jnp.zeros((0, 3)) * t).sum()], jnp.zeros((0,))),
    "host": lambda t, k: ([t * on_the_host(jax.random.normal(k))], ()),
    "printed": lambda t, k: ([t + 0 * (jax.debug.callback(lambda x: None, t) or 0)], ()),
    "many parts": lambda t, k: ([sum(x * i for i, x in enumerate(t * jax.random.normal(k, (100,))))], ()),
    "checkpoint": lambda t, k: ([jax.checkpoint(lambda x: jnp.sin(jnp.exp(x)))(t)], ()),
    "several results": lambda t, k: ([jnp.linalg.qr(t * jax.random.normal(k, (3, 3)))[1].sum()], ()),
}


@pytest.mark.parametrize("name", LOSSES)
def test_operations(name, key):
    tolerance = {"rtol": 2e-3, "atol": 2e-3} if name == "several results" else {}
    assert_alike(LOSSES[name], jnp.float32(0.7), key, **tolerance)


def test_keys_may_be_bare_words(key):
    with jax.debug_key_reuse(False):
        words = jax.random.key_data(jax.random.split(key, RUNS))
        ours, theirs = both(lambda t, k: ([ex.Normal(t, 1.0).sample(k) ** 2], ()), jnp.float32(1.0), words)
    np.testing.assert_allclose(ours[0][0], theirs[0][0], rtol=1e-6)


def test_what_jax_cuts_is_not_followed(key):
    """Behind a cut nothing is differentiated, in other pieces of the program either."""

    def fn(t, key):
        return [jnp.sin(jax.checkpoint(jnp.exp)(jax.lax.stop_gradient(t)))], ()

    made = tape.Tape(fn, jnp.float32(1.0), jax.random.split(key, RUNS))
    assert made._entries == []
    np.testing.assert_array_equal(made.derivative(0), np.zeros(RUNS))


def test_alike_equations_are_compiled_once(key, caplog):
    """Twice as many sites take no more compilations."""

    def loss(sites):
        def fn(t, key):
            return [sum(ex.Poisson(t * (i + 1)).log_prob(2) * t for i in range(sites))], ()

        return fn

    def compiled(sites):
        caplog.clear()
        with jax.log_compiles():
            made = tape.Tape(loss(sites), jnp.float32(1.0), keys)
            made.derivative(0)
        return len([r for r in caplog.records if "Finished XLA compilation" in r.getMessage()])

    keys = jax.random.split(key, RUNS)
    first = compiled(3)
    assert first > 0
    assert compiled(40) == 0
