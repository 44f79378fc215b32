"""Modules: frozen, structural values that pass through JAX, pickle and copy unchanged."""

import copy
import dataclasses
import pickle
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax._errors import ParameterError
from expectax._module import Module, static

pytestmark = pytest.mark.leaks


class Pair(Module):
    first: object
    second: object
    label: str = static(default="plain")


def _normals():
    return [
        ex.Normal(0.0, 1.0),
        ex.Normal(0, np.float32(2.0)),
        ex.Normal(jnp.zeros(3), jnp.ones((2, 1))),
        ex.Normal(jnp.zeros((0,)), 1.0),
    ]


# --- Pytrees ---


@pytest.mark.parametrize("dist", _normals(), ids=repr)
def test_flatten_and_unflatten_give_the_same_value(dist):
    leaves, structure = jax.tree.flatten(dist)
    assert structure.unflatten(leaves) == dist
    assert jax.tree.structure(structure.unflatten(leaves)) == structure
    assert all(a is b for a, b in zip(leaves, (dist.loc, dist.scale), strict=True))


def test_paths_name_the_fields():
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(ex.Normal(0.0, 1.0))[0]]
    assert paths == [".loc", ".scale"]


def test_static_fields_are_structure():
    assert jax.tree.leaves(Pair(1.0, 2.0, label="x")) == [1.0, 2.0]
    assert jax.tree.structure(Pair(1.0, 2.0, label="x")) != jax.tree.structure(Pair(1.0, 2.0, label="y"))


def test_modules_nest():
    outer = Pair(ex.Normal(0.0, 1.0), {"a": jnp.ones(2)})
    assert len(jax.tree.leaves(outer)) == 3
    assert jax.tree.map(lambda x: x, outer) == outer


def test_unflatten_does_not_validate():
    negative = jax.tree.map(lambda x: -x, ex.Normal(1.0, 2.0))
    assert (negative.loc, negative.scale) == (-1.0, -2.0)
    assert jax.tree.map(lambda _: object(), negative).scale is not None
    assert jax.tree.map(lambda _: None, negative).scale is None


def test_gradients_are_modules_of_any_sign():
    gradient = jax.grad(lambda dist: dist.log_prob(0.5))(ex.Normal(0.0, 1.0))
    assert isinstance(gradient, ex.Normal)
    np.testing.assert_allclose((gradient.loc, gradient.scale), (0.5, -0.75), rtol=1e-6)


def test_modules_pass_through_jit_vmap_and_scan():
    batch = ex.Normal(jnp.arange(3.0), jnp.ones(3))
    doubled = jax.jit(lambda d: jax.tree.map(lambda x: 2 * x, d))(batch)
    assert isinstance(doubled, ex.Normal)
    np.testing.assert_array_equal(jax.vmap(lambda d: d.mean())(doubled), [0.0, 2.0, 4.0])
    last, _ = jax.lax.scan(lambda d, step: (d.replace(loc=d.loc + step), None), ex.Normal(0.0, 1.0), jnp.ones(4))
    assert float(last.loc) == 4.0


def test_different_numbers_compile_once():
    traces = []

    @jax.jit
    def density(dist):
        traces.append(None)
        return dist.log_prob(0.0)

    for loc in np.linspace(-1.0, 1.0, 20):
        density(ex.Normal(float(loc), 1.0))
    assert len(traces) == 1


# --- Values ---


def test_fields_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ex.Normal(0.0, 1.0).loc = 1.0  # pyright: ignore


def test_equality_is_structural():
    assert ex.Normal(0.0, 1.0) == ex.Normal(0.0, 1.0)
    assert ex.Normal(jnp.zeros(2), 1.0) == ex.Normal(jnp.zeros(2), 1.0)
    assert ex.Normal(0.0, 1.0) != ex.Normal(0.0, 2.0)
    assert ex.Normal(jnp.zeros(2), 1.0) != ex.Normal(jnp.zeros(3), 1.0)
    assert ex.Normal(jnp.zeros(2), 1.0) != ex.Normal(jnp.zeros(2, jnp.bfloat16), 1.0)
    assert Pair(1.0, 2.0, label="x") != Pair(1.0, 2.0, label="y")
    assert ex.Normal(0.0, 1.0) != (0.0, 1.0)


def test_equal_values_hash_alike():
    for one, other in zip(_normals(), _normals(), strict=True):
        assert one == other
        assert hash(one) == hash(other)


def test_tracers_are_equal_only_to_themselves():
    seen = []

    @jax.jit
    def compare(x):
        seen.extend([ex.Normal(x, 1.0) == ex.Normal(x, 1.0), ex.Normal(x, 1.0) == ex.Normal(x + 1, 1.0)])
        return x

    compare(0.0)
    assert seen == [True, False]


def test_replace_validates():
    assert ex.Normal(0.0, 1.0).replace(scale=2.0) == ex.Normal(0.0, 2.0)
    with pytest.raises(ParameterError, match=r"Normal\.scale"):
        ex.Normal(0.0, 1.0).replace(scale=-2.0)


def test_repr_shows_numbers_and_shapes():
    assert repr(ex.Normal(0.0, 1.5)) == "Normal(loc=0.0, scale=1.5)"
    assert repr(ex.Normal(jnp.zeros((2, 3)), jnp.float32(2.0))) == "Normal(loc=float32[2,3], scale=2)"
    assert repr(Pair(None, "x")) == "Pair(second='x', label='plain')"


def test_repr_under_jit():
    shown = []
    jax.jit(lambda x: shown.append(repr(ex.Normal(x, 1.0))))(jnp.zeros(3))
    assert shown == ["Normal(loc=float32[3], scale=1.0)"]


# --- Copies ---


@pytest.mark.parametrize("dist", _normals(), ids=repr)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal_also_after_use(dist, duplicate, key):
    assert duplicate(dist) == dist
    draw, again = dist.sample(key), duplicate(dist).sample(jax.random.clone(key))
    np.testing.assert_array_equal(draw, again)
    assert duplicate(dist) == dist
    assert hash(duplicate(dist)) == hash(dist)


def test_pickles_load_in_another_process():
    dist = ex.Normal(jnp.arange(3.0), 2.0)
    code = "import pickle, sys; print(float(pickle.load(sys.stdin.buffer).log_prob(1.0).sum()))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(dist), capture_output=True, check=True)
    np.testing.assert_allclose(float(done.stdout), float(dist.log_prob(1.0).sum()), rtol=1e-6)
