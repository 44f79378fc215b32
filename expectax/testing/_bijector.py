"""The contract of a bijector: round trip, log-determinants, derivatives, supports, types, transformations."""

import copy
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array, Key, Shape
from ..bijectors import AbstractBijector
from ..distributions._shapes import check_key
from ._charts import Chart, chart

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
        with jax.numpy_rank_promotion("allow"):  # ends of an interval may have the batch's axes alone
            points = bijector.domain.random_point(check_key(key), shape, dtype)
    x = jnp.asarray(points, dtype)
    measured = jax.jit(_measured)
    for one, event in _lanes_of(bijector, x, len(event_shape)):
        numbers = jax.tree.map(np.asarray, measured(one, event))
        _check_point(one, event, numbers, tolerance * float(jnp.finfo(dtype).eps))
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


class _Numbers(NamedTuple):
    """What is measured at one point, in free numbers of both sets where not said otherwise."""

    y: Array
    log_det: Array
    back: Array
    inverse_log_det: Array
    start: Array
    end: Array
    jacobian: Array
    inverse_jacobian: Array
    stretch: Array
    """The log-determinant of the dense Jacobian, by the sets' volumes."""
    slopes: tuple[tuple[Array, Array, Array], ...]
    """Of both log-determinants: as found, by the dense Jacobian, and at the event itself."""
    parameter_slopes: list[Array]


def _measured(bijector: AbstractBijector, x: Array) -> _Numbers:
    y, log_det = bijector.forward_and_log_det(x)
    back, inverse_log_det = bijector.inverse_and_log_det(y)
    into, out_of = chart(bijector.domain, x.shape), chart(bijector.codomain, y.shape)
    start, end = into.free(x), out_of.free(y)

    def forward(free: Array) -> Array:
        return out_of.free(bijector.forward(into.event(free)))

    def inverse(free: Array) -> Array:
        return into.free(bijector.inverse(out_of.event(free)))

    def slopes(log_det: Callable, dense: Callable, at: tuple[Array, Array], charts: tuple[Chart, Chart]):
        around, other = charts
        found = jax.grad(lambda free: log_det(around.event(free)))(at[1])
        return found, jax.grad(lambda free: _stretch(dense, free, around, other))(at[1]), jax.grad(log_det)(at[0])

    both = (
        slopes(bijector.forward_log_det, forward, (x, start), (into, out_of)),
        slopes(bijector.inverse_log_det, inverse, (y, end), (out_of, into)),
    )
    jacobian, inverse_jacobian = _dense(forward)(start), _dense(inverse)(end)
    if jacobian.shape[0] != jacobian.shape[1]:
        raise AssertionError(f"the map of {jacobian.shape[1]} numbers onto {jacobian.shape[0]}")
    stretch = _stretch(forward, start, into, out_of)
    moved = jax.grad(lambda b: b.forward(x).sum() + b.forward_log_det(x), allow_int=True)(bijector)
    found = (y, log_det, back, inverse_log_det, start, end, jacobian, inverse_jacobian, stretch, both)
    return _Numbers(*found, jax.tree.leaves(moved))


def _stretch(dense: Callable, free: Array, around: Chart, other: Chart) -> Array:
    return jnp.linalg.slogdet(_dense(dense)(free))[1] + other.log_volume(dense(free)) - around.log_volume(free)


def _check_point(bijector: AbstractBijector, x: Array, n: _Numbers, eps: float) -> None:
    assert np.all(bijector.codomain.contains(n.y)), f"forward({x}) = {n.y} is not in the codomain"
    gain, loss = np.linalg.norm(n.jacobian, 2), np.linalg.norm(n.inverse_jacobian, 2)
    size_x, size_y = 1 + np.abs(n.start).max(initial=0.0), 1 + np.abs(n.end).max(initial=0.0)
    condition = 1 + gain * loss
    _close("round trip", n.back, x, eps * (size_x * condition + size_y * loss))
    # how far the log-determinant may move as y moves by its rounding error
    freedom = 1 + abs(float(n.log_det)) + size_y * float(np.abs(n.slopes[1][2]).sum())
    _close("inverse log-determinant", n.inverse_log_det, -n.log_det, eps * freedom)
    eye = np.eye(len(n.jacobian))
    _close("Jacobian of the inverse", n.inverse_jacobian @ n.jacobian, eye, eps * condition * (condition + freedom))
    _close("log-determinant", n.log_det, n.stretch, eps * (len(n.jacobian) * condition + abs(float(n.log_det))))
    names = ("gradient of the log-determinant", "gradient of the inverse log-determinant")
    for name, (found, expected, at_event) in zip(names, n.slopes, strict=True):
        assert np.all(np.isfinite(at_event)), f"{name} is not finite at {x}"
        _close(name, found, expected, 1e3 * eps * (1 + np.abs(expected).max(initial=0.0)) * condition)
    for parameter, slope in zip(bijector._parameters(), n.parameter_slopes, strict=True):
        assert slope.dtype == jax.dtypes.float0 or np.all(np.isfinite(slope)), f"gradient in {parameter.name}: {slope}"


def _dense(fn: Callable) -> Callable:
    return jax.jacfwd(lambda free: jnp.atleast_1d(fn(jnp.reshape(free, free.shape))))


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
