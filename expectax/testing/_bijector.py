"""The contract of a bijector: round trip, log-determinants, derivatives, supports, types, transformations."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array, Key, Shape
from ..bijectors import AbstractBijector
from ..distributions._shapes import check_key
from ._charts import chart

LANES = 7


def check_bijector(
    bijector: AbstractBijector,
    key: Key,
    event_shape: Shape = (),
    *,
    points: Array | None = None,
    tolerance: float = 200.0,
) -> None:
    """Check the library's contract on a bijector, at random points of its domain.

    Args:
        bijector: any bijector; its batch of parameters may have axes.
        key: one random key.
        event_shape: of x.
        points: x to check at, of shape (n,) + batch + event; default: random ones.
        tolerance: of numbers, in units of the rounding error ε of the widest float type that is enabled, times the condition
            of the map at the point.

    Raises:
        AssertionError: a property fails.

    Example:
        >>> import jax
        >>> import expectax as ex
        >>> ex.testing.check_bijector(ex.bijectors.Exp(), jax.random.key(0))
    """
    dtype = jnp.result_type(float)
    if points is None:
        shape = (LANES, *bijector.batch_shape, *event_shape)
        points = bijector.domain.random_point(check_key(key), shape, dtype)
    x = jnp.asarray(points, dtype)
    flat = _lanes_of(bijector, x, len(event_shape))
    for one, event in flat:
        _check_point(one, event, tolerance * float(jnp.finfo(dtype).eps))
    _check_forms(bijector, x, len(event_shape))


def _lanes_of(bijector: AbstractBijector, x: Array, rank: int) -> list[tuple[AbstractBijector, Array]]:
    """Single bijectors with single events."""
    structure = jax.tree.structure(bijector)
    batch = bijector.batch_shape
    wide = [
        np.broadcast_to(p.value, batch + np.shape(p.value)[max(np.ndim(p.value) - p.rank, 0) :])
        for p in bijector._parameters()
    ]
    lanes = list(np.ndindex(x.shape[: x.ndim - rank]))
    return [(structure.unflatten([v[i[1:]] for v in wide]), x[i]) for i in lanes]


def _close(name: str, found: Any, expected: Any, bound: Any) -> None:
    error = np.abs(np.asarray(found, float) - np.asarray(expected, float))
    assert np.all(error <= bound), f"{name}: {found} for {expected}; the error may be {bound}"


def _check_point(bijector: AbstractBijector, x: Array, eps: float) -> None:
    y, log_det = bijector.forward_and_log_det(x)
    back, inverse_log_det = bijector.inverse_and_log_det(y)
    assert np.all(bijector.codomain.contains(y)), f"forward({x}) = {y} is not in the codomain"
    into, out_of = chart(bijector.domain, x.shape), chart(bijector.codomain, y.shape)
    start, end = into.free(x), out_of.free(y)

    def forward(free: Array) -> Array:
        return out_of.free(bijector.forward(into.event(free)))

    def inverse(free: Array) -> Array:
        return into.free(bijector.inverse(out_of.event(free)))

    jacobian, inverse_jacobian = np.asarray(_dense(forward)(start)), np.asarray(_dense(inverse)(end))
    assert jacobian.shape[0] == jacobian.shape[1], f"the map of {jacobian.shape[1]} numbers onto {jacobian.shape[0]}"
    gain, loss = np.linalg.norm(jacobian, 2), np.linalg.norm(inverse_jacobian, 2)
    size_x, size_y = 1 + np.abs(start).max(initial=0.0), 1 + np.abs(end).max(initial=0.0)
    condition = 1 + gain * loss
    _close("round trip", back, x, eps * (size_x * condition + size_y * loss))
    _close(
        "inverse log-determinant",
        inverse_log_det,
        -log_det,
        eps * _freedom(bijector.inverse_log_det, y, size_y, log_det),
    )
    _close("Jacobian of the inverse", inverse_jacobian @ jacobian, np.eye(len(jacobian)), eps * condition * condition)
    _close("log-determinant", log_det, _slogdet(jacobian), eps * len(jacobian) * condition)
    for name, fn, dense, at in (
        ("gradient of the log-determinant", bijector.forward_log_det, forward, (x, start, into)),
        ("gradient of the inverse log-determinant", bijector.inverse_log_det, inverse, (y, end, out_of)),
    ):
        point, free, around = at
        found = jax.grad(lambda f, fn=fn, around=around: fn(around.event(f)))(free)
        expected = jax.grad(lambda f, dense=dense: _slogdet_of(_dense(dense)(f)))(free)
        assert np.all(np.isfinite(jax.grad(fn)(point))), f"{name} is not finite at {point}"
        _close(name, found, expected, 1e3 * eps * (1 + np.abs(expected).max(initial=0.0)) * condition)
    slopes = jax.grad(lambda b: b.forward(x).sum() + b.forward_log_det(x), allow_int=True)(bijector)
    for parameter, slope in zip(bijector._parameters(), jax.tree.leaves(slopes), strict=True):
        assert slope.dtype == jax.dtypes.float0 or np.all(np.isfinite(slope)), f"gradient in {parameter.name}: {slope}"


def _freedom(log_det: Callable, y: Array, size: float, value: Any) -> float:
    """How far a log-determinant may move as y moves by its rounding error."""
    return 1 + abs(float(value)) + size * float(np.abs(jax.grad(log_det)(y)).sum())


def _dense(fn: Callable) -> Callable:
    return jax.jacfwd(lambda free: jnp.atleast_1d(fn(jnp.reshape(free, free.shape))))


def _slogdet(jacobian: np.ndarray) -> float:
    return float(np.linalg.slogdet(jacobian)[1])


def _slogdet_of(jacobian: Array) -> Array:
    return jnp.linalg.slogdet(jacobian)[1]


def _check_forms(bijector: AbstractBijector, x: Array, rank: int) -> None:
    y, log_det = bijector.forward_and_log_det(x)
    lanes = np.broadcast_shapes(x.shape[: x.ndim - rank], bijector.batch_shape)
    assert log_det.shape == lanes, f"log-determinant of shape {log_det.shape} for lanes {lanes}"
    assert y.shape == lanes + bijector.forward_event_shape(x.shape[x.ndim - rank :]), f"forward has shape {y.shape}"
    assert bijector.inverse_event_shape(y.shape[len(lanes) :]) == x.shape[x.ndim - rank :]
    for fn, value in ((type(bijector).forward_and_log_det, x), (type(bijector).inverse_and_log_det, y)):
        eager, compiled = fn(bijector, value), jax.jit(fn)(bijector, value)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), eager, compiled)
        mapped = jax.vmap(lambda v, fn=fn: fn(bijector, v))(value)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), eager, mapped)
        for small in (jnp.float16, jnp.bfloat16):
            half = jax.tree.map(lambda v, small=small: jnp.asarray(v, small), bijector)
            assert all(v.dtype == small for v in fn(half, value.astype(small))), f"{small} is not kept"
        assert all(v.shape[0] == 0 for v in fn(bijector, value[:0])), "a batch of size 0"
    assert pickle.loads(pickle.dumps(bijector)) == bijector
    assert copy.deepcopy(bijector) == bijector
    increases = bijector._increases()
    if increases is not None:
        slope = jax.grad(lambda v: bijector.forward(v).sum())(x)
        assert np.all((np.asarray(slope) > 0) == np.asarray(increases)), "_increases"
