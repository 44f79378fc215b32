"""Coordinates of a support: as many free numbers as it has dimensions.

simplex            all entries but the last         correlation matrix   the entries below the diagonal
positive definite  the lower triangle               its Cholesky factor  likewise; a row's last makes its norm 1
log simplex        differences from the last entry  triangular matrix    the lower triangle
zero-sum array     all entries but the last         sphere               the stereographic projection from its first pole
arrays of lanes    those of the lanes               padded array         the entries inside
any other set      all entries

Densities on most sets are densities of these numbers. On the sphere and on zero-sum arrays they are densities by the set's
own volume: `log_volume` is the logarithm of that a unit of the free numbers stands for.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape


class Chart(NamedTuple):
    """An event to its free numbers, back, and the volume that they measure."""

    free: Callable[[Array], Array]
    event: Callable[[Array], Array]
    log_volume: Callable[[Array], Any] = lambda free: 0.0


def chart(support: supports.AbstractSupport, shape: Shape) -> Chart:
    """The chart of a support, for events of one shape."""
    for kind, make in _CHARTS.items():
        if isinstance(support, kind):
            return make(support, shape)
    return Chart(jnp.ravel, lambda free: jnp.reshape(free, shape))


def _simplex(support: Any, shape: Shape) -> Chart:
    return Chart(lambda y: y[:-1], lambda free: jnp.append(free, 1 - free.sum()))


def _log_simplex(support: Any, shape: Shape) -> Chart:
    def event(free: Array) -> Array:
        return jax.nn.log_softmax(jnp.append(free, jnp.zeros(1, free.dtype)))

    return Chart(lambda y: y[:-1] - y[-1], event)


def _zero_sum(support: Any, shape: Shape) -> Chart:
    inner = tuple(n - 1 for n in shape)
    size = math.prod(inner)
    volume = 0.5 * sum(size // max(n - 1, 1) * math.log(n) for n in shape)

    def event(free: Array) -> Array:
        y = free.reshape(inner)
        for axis in range(len(inner)):
            y = jnp.concatenate([y, -y.sum(axis, keepdims=True)], axis)
        return y

    return Chart(lambda y: y[(slice(None, -1),) * len(shape)].ravel(), event, lambda free: volume)


def _sphere(support: Any, shape: Shape) -> Chart:
    def event(free: Array) -> Array:
        square = free @ free
        return jnp.concatenate([(square - 1)[None], 2 * free]) / (square + 1)

    def log_volume(free: Array) -> Array:
        return (shape[0] - 1) * (math.log(2) - jnp.log1p(free @ free))

    return Chart(lambda y: y[1:] / (1 - y[0]), event, log_volume)


def _triangle(offset: int, complete: Callable[[Array], Array]) -> Callable[[Any, Shape], Chart]:
    def make(support: Any, shape: Shape) -> Chart:
        rows, columns = np.tril_indices(shape[-1], offset)

        def event(free: Array) -> Array:
            return complete(jnp.zeros(shape, free.dtype).at[rows, columns].set(free))

        return Chart(lambda y: y[rows, columns], event)

    return make


def _symmetric(lower: Array) -> Array:
    return lower + jnp.tril(lower, -1).T


def _padded(support: Any, shape: Shape) -> Chart:
    places = np.nonzero(support.inside(shape))

    def event(free: Array) -> Array:
        return support.interior(jnp.zeros(shape, free.dtype)).at[places].set(free)

    return Chart(lambda y: y[places], event)


def _product(support: Any, shape: Shape) -> Chart:
    lanes, event = shape[: support.ranks], shape[support.ranks :]
    return _side_by_side(
        support.base,
        [event] * math.prod(lanes),
        lambda y: list(y.reshape(math.prod(lanes), *event)),
        lambda parts: jnp.stack(parts).reshape(shape) if parts else jnp.zeros(shape),
    )


def _parts(support: Any, shape: Shape) -> Chart:
    shapes = [(size, *shape[1:]) for size in support.sizes]
    return _side_by_side(support.bases, shapes, support.split, jnp.concatenate)


def _side_by_side(bases: Any, shapes: list[Shape], split: Callable, join: Callable) -> Chart:
    each = bases if isinstance(bases, tuple) else [bases] * len(shapes)
    charts = [chart(base, shape) for base, shape in zip(each, shapes, strict=True)]
    dtype = jnp.result_type(float)
    sizes = [jax.eval_shape(c.free, jax.ShapeDtypeStruct(s, dtype)).size for c, s in zip(charts, shapes, strict=True)]
    ends = list(itertools.accumulate(sizes))[:-1]

    def free(y: Array) -> Array:
        return jnp.concatenate([c.free(part) for c, part in zip(charts, split(y), strict=True)] or [y.ravel()])

    def event(numbers: Array) -> Array:
        return join([c.event(part) for c, part in zip(charts, jnp.split(numbers, ends), strict=True)])

    def log_volume(numbers: Array) -> Any:
        return sum(c.log_volume(part) for c, part in zip(charts, jnp.split(numbers, ends), strict=True))

    return Chart(free, event, log_volume)


_CHARTS = {
    supports.Simplex: _simplex,
    supports.LogSimplex: _log_simplex,
    supports.ZeroSum: _zero_sum,
    supports.Sphere: _sphere,
    supports.Correlation: _triangle(-1, lambda lower: lower + lower.T + jnp.eye(len(lower), dtype=lower.dtype)),
    supports.CorrelationCholesky: _triangle(-1, lambda lower: lower + jnp.diag(jnp.sqrt(1 - (lower * lower).sum(-1)))),
    supports.LowerCholesky: _triangle(0, lambda lower: lower),
    supports.LowerTriangular: _triangle(0, lambda lower: lower),
    supports.PositiveDefinite: _triangle(0, _symmetric),
    supports.Padded: _padded,
    supports.Product: _product,
    supports.Parts: _parts,
}
