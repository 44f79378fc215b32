"""Each support: its own points are inside, others and NaN are not, and the maps onto it land inside."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import supports
from expectax.supports import AbstractSupport

READY_MADE = {n: s for n in supports.__all__ if isinstance(s := getattr(supports, n), AbstractSupport)}
SUPPORTS = READY_MADE | {
    "counts from 2": supports.IntegersFrom(2),
    "range": supports.IntegerRange(-2, 5),
    "interval": supports.Interval(-1.0, 3.0),
    "zero sum": supports.ZeroSum(),
    "zero sums": supports.ZeroSum(2),
    "padded": supports.Padded(((1, 0), (0, 1)), -2.0),
    "parts": supports.Parts((supports.simplex, supports.positive_vector), (2, 1)),
}
CONTINUOUS = {n: s for n, s in SUPPORTS.items() if not s.discrete}
EVENT = {0: (), 1: (3,), 2: (3, 3)}

each = pytest.mark.parametrize("support", SUPPORTS.values(), ids=SUPPORTS.keys())
each_continuous = pytest.mark.parametrize("support", CONTINUOUS.values(), ids=CONTINUOUS.keys())
each_dtype = pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32], ids=lambda t: t.__name__)

# support -> (points inside, points outside); edges and near misses
POINTS = {
    "real": ([0.0, -1e30, np.inf], [np.nan]),
    "positive": ([1e-30, 1.0], [0.0, -1.0, np.nan]),
    "nonnegative": ([0.0, 1.0], [-1e-30, np.nan]),
    "unit_interval": ([0.0, 0.5, 1.0], [-1e-7, 1.0000002, np.nan]),
    "open_unit_interval": ([1e-30, 0.5], [0.0, 1.0, np.nan]),
    "boolean": ([0.0, 1.0], [0.5, 2.0, -1.0, np.nan]),
    "counts": ([0.0, 1.0, 1e6], [-1.0, 0.5, np.nan]),
    "integers": ([-3.0, 0.0, 1e6], [0.5, np.nan]),
    "real_vector": ([[0.0, -5.0]], [[0.0, np.nan]]),
    "real_matrix": ([[[0.0, -5.0], [1.0, 2.0]]], [[[0.0, np.nan], [0.0, 0.0]]]),
    "positive_vector": ([[1e-30, 5.0]], [[0.0, 1.0], [1.0, np.nan]]),
    "simplex": ([[0.25, 0.75], [0.0, 1.0]], [[0.5, 0.6], [1.5, -0.5], [0.5, np.nan]]),
    "one_hot": ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 0.0], [0.5, 0.5], [1.0, np.nan]]),
    "sphere": ([[0.6, 0.8], [0.0, -1.0]], [[0.5, 0.5], [0.6, 0.81], [1.0, np.nan]]),
    "increasing_vector": ([[0.0, 1.0], [-5.0, 1e30]], [[1.0, 1.0], [2.0, 1.0], [0.0, np.nan]]),
    "permutation": (
        [[1.0, 0.0, 2.0], [2.0, 1.0, 0.0]],
        [[0.0, 0.0, 1.0], [1.0, 2.0, 3.0], [0.5, 1.0, 2.0], [0.0, 1.0, np.nan]],
    ),
    "log_simplex": (
        [[np.log(0.25), np.log(0.75)], [-np.inf, 0.0]],
        [[0.0, 0.0], [np.log(0.25), -0.3], [0.0, np.nan]],
    ),
    "lower_cholesky": (
        [[[1.0, 0.0], [-3.0, 2.0]]],
        [[[1.0, 0.1], [0.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [np.nan, 1.0]]],
    ),
    "graph": (
        [[[0.0, 2.0], [2.0, 0.0]]],
        [[[0.0, 2.0], [1.0, 0.0]], [[1.0, 2.0], [2.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], [[0.0, -1.0], [-1.0, 0.0]]],
    ),
    "lower_triangular": (
        [[[1.0, 0.0], [-3.0, 2.0]], [[0.0, 0.0], [0.0, -1.0]]],
        [[[1.0, 0.1], [0.0, 1.0]], [[1.0, 0.0], [np.nan, 1.0]]],
    ),
    "positive_definite": (
        [[[2.0, 1.0], [1.0, 2.0]]],
        [[[1.0, 2.0], [2.0, 1.0]], [[2.0, 1.0], [0.5, 2.0]], [[np.nan, 0.0], [0.0, 1.0]]],
    ),
    "correlation": (
        [[[1.0, -0.5], [-0.5, 1.0]]],
        [[[1.0, 2.0], [2.0, 1.0]], [[2.0, 1.0], [1.0, 2.0]], [[1.0, 0.5], [0.2, 1.0]], [[1.0, np.nan], [0.0, 1.0]]],
    ),
    "correlation_cholesky": (
        [[[1.0, 0.0], [-0.6, 0.8]]],
        [[[1.0, 0.0], [0.6, 0.6]], [[1.0, 0.1], [0.6, 0.8]], [[1.0, 0.0], [0.6, -0.8]], [[1.0, 0.0], [np.nan, 1.0]]],
    ),
}


def _lanes(support):
    return (4, 3) + EVENT[support.event_rank]


def test_every_ready_made_support_has_points():
    assert POINTS.keys() == READY_MADE.keys()


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("array", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_contains(name, array):
    inside, outside = POINTS[name]
    support = READY_MADE[name]
    assert np.all(support.contains(array(np.array(inside, np.float32))))
    assert not np.any(support.contains(array(np.array(outside, np.float32))))


@pytest.mark.thin(2)
@each
@each_dtype
def test_random_points_are_inside(support, dtype, key):
    points = support.random_point(key, _lanes(support), dtype)
    assert points.shape == _lanes(support)
    inside = support.contains(points)
    assert inside.shape == (4, 3)
    assert inside.all()


@each
def test_random_points_in_double_precision(support, key, x64):
    points = support.random_point(key, _lanes(support), jnp.float64)
    assert points.dtype == jnp.float64
    assert support.contains(points).all()


@each
def test_nan_is_never_inside(support):
    value = np.full(_lanes(support), np.nan, np.float32)
    assert not np.any(support.contains(value))
    assert not support.contains(jnp.asarray(value)).any()


@each
@each_dtype
def test_interior_is_inside_and_keeps_the_type(support, dtype, key):
    value = support.random_point(key, _lanes(support), dtype)
    inner = support.interior(value)
    assert (inner.shape, inner.dtype) == (value.shape, value.dtype)
    assert support.contains(inner).all()
    assert np.all(support.contains(np.asarray(inner)))


@each_continuous
def test_constrain_lands_inside(support, key):
    image = support.constrain(jax.random.normal(key, _lanes(support)))
    assert image.shape == _lanes(support)
    assert support.contains(image).all()


@each
@each_dtype
def test_constrain_keeps_the_type(support, dtype, key):
    unconstrained = jax.random.normal(key, _lanes(support), dtype)
    assert support.constrain(unconstrained).dtype == dtype


@each_continuous
def test_constrain_has_finite_derivatives(support, key):
    gradient = jax.grad(lambda x: support.constrain(x).sum())(jax.random.normal(key, _lanes(support)))
    assert jnp.isfinite(gradient).all()


@each
def test_contains_under_jit_and_vmap(support, key):
    points = support.random_point(key, _lanes(support))
    assert jax.jit(support.contains)(points).all()
    assert jax.vmap(support.contains)(points).all()


def test_ends_of_an_interval_may_be_arrays(key):
    between = supports.Interval(jnp.zeros((1, 3)), jnp.array([[1.0, 2.0, 3.0]]))
    points = between.random_point(key, (50, 3))
    assert between.contains(points).all()
    assert (points.max(axis=0) > jnp.array([0.5, 1.0, 1.5])).all()
    np.testing.assert_array_equal(between.contains(jnp.full((1, 3), 1.5)), [[False, True, True]])
    np.testing.assert_array_equal(between.interior(points)[0], [0.5, 1.0, 1.5])


@each
def test_supports_describe_themselves(support):
    assert support.description.split()[0] in ("a", "an")


def test_margins_of_a_batch_of_padded_arrays():
    padded = supports.Padded(((0, 1),), np.array([1.0, 2.0]))
    value = np.array([[[5.0, 1.0], [5.0, 2.0]], [[5.0, 2.0], [5.0, 1.0]]])
    assert np.asarray(padded.contains(value)).tolist() == [[True, True], [False, False]]


def test_supports_are_values():
    assert supports.Interval(0.0, 1.0) == supports.unit_interval
    assert hash(supports.Interval(0.0, 1.0)) == hash(supports.unit_interval)
    assert supports.open_unit_interval != supports.unit_interval
    assert jax.tree.leaves(supports.positive) == []
    assert ex.supports is supports


@each_continuous
def test_unconstrain_is_the_inverse(support, key, x64):
    points = support.random_point(key, _lanes(support), jnp.float64)
    np.testing.assert_allclose(support.constrain(support.unconstrain(points)), points, rtol=1e-9, atol=1e-12)


@each_continuous
@each_dtype
def test_unconstrain_keeps_the_type(support, dtype, key):
    assert support.unconstrain(support.random_point(key, _lanes(support), dtype)).dtype == dtype


def test_unconstrain_on_half_lines(x64):
    ends = supports.Interval(np.array([-np.inf, 1.0, -np.inf]), np.array([np.inf, np.inf, 2.0]))
    x = np.array([0.5, 1.5, 0.5])
    np.testing.assert_allclose(ends.constrain(ends.unconstrain(x)), x)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_arrays_with_zero_sums(array):
    vector, matrix = supports.ZeroSum(), supports.ZeroSum(2)
    assert vector.contains(array(np.array([[1.0, -3.0, 2.0], [0.0, 0.0, 0.0]], np.float32))).all()
    assert not vector.contains(array(np.array([[1.0, -3.0, 2.001], [1.0, -1.0, np.nan]], np.float32))).any()
    rows_only = np.array([[1.0, -1.0], [2.0, -2.0]], np.float32)
    assert vector.contains(array(rows_only)).all()
    assert not matrix.contains(array(rows_only))
    assert matrix.contains(array(np.array([[1.0, -1.0], [-1.0, 1.0]], np.float32)))
