"""Keys evaluated in numpy are those that JAX makes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import _key_words


def ways(key):
    """Keys made in every way that has a rule, and in some that have none."""
    one, other = jax.random.split(key)
    three = jax.random.split(one, 3)
    folded = jax.random.fold_in(other, 7)
    deep = jax.random.split(folded, (2, 3))[1, 2]
    return (
        *three,
        folded,
        deep,
        three[1:],
        three[::2],
        three[None],
        three.T,
        three[jnp.array([2, 0])],
        jnp.stack([folded, deep]),
        jnp.concatenate([three, three]),
        jnp.broadcast_to(folded, (2, 3)),
        three.reshape(3, 1),
        jax.lax.dynamic_index_in_dim(three, 5),
        jax.random.clone(folded),
        jax.random.key(5),
        jax.vmap(jax.random.fold_in)(three, jnp.arange(3)),
        jax.vmap(lambda i: jax.random.fold_in(folded, i - 2))(jnp.arange(3)),
        jax.vmap(lambda k: jax.random.split(k, 4))(three),
        jax.random.wrap_key_data(jax.random.key_data(folded), impl=jax.random.key_impl(folded)),
    )


def in_numpy(fn, *args):
    closed = jax.make_jaxpr(fn)(*args)
    env = {v: _key_words.from_jax(x) for v, x in zip(closed.jaxpr.constvars, closed.consts, strict=True)}
    env |= {v: _key_words.from_jax(x) for v, x in zip(closed.jaxpr.invars, args, strict=True)}

    def read(v):
        return _key_words.from_jax(v.val) if hasattr(v, "val") else env[v]

    for eqn in closed.jaxpr.eqns:
        env.update(zip(eqn.outvars, _key_words.evaluate(eqn, [read(v) for v in eqn.invars]), strict=True))
    return [read(v) for v in closed.jaxpr.outvars]


@pytest.mark.parametrize("partitionable", [True, False])
@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_words_are_those_of_jax(impl, partitionable):
    with jax.threefry_partitionable(partitionable), jax.debug_key_reuse(False):
        key = jax.random.key(3, impl=impl)
        for ours, theirs in zip(in_numpy(ways, key), ways(key), strict=True):
            np.testing.assert_array_equal(ours.words, np.asarray(jax.random.key_data(theirs)))


def test_whole_numbers_wrap():
    def counts(i):
        return i + jnp.uint32(2), i - jnp.uint32(1), i < jnp.uint32(3), (i + jnp.uint32(2)).astype(jnp.int32)

    start = jnp.uint32(2**32 - 1)
    for ours, theirs in zip(in_numpy(counts, start), counts(start), strict=True):
        assert ours == theirs
        assert ours.dtype == theirs.dtype


def test_following_keys_compiles_nothing(key, caplog):
    def loss(t, key):
        return sum(ex.Normal(t, 1.0).sample(k) for k in jax.random.split(key, 5))

    gradient = jax.jit(ex.grad(loss, 7))
    with jax.log_compiles():
        gradient.trace(np.float32(1.0), key)
    assert not [r for r in caplog.records if "XLA" in r.getMessage()]
