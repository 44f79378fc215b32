"""Coordinates of a support: as many free numbers as it has dimensions, of which its densities are densities.

simplex            all entries but the last         correlation matrix   the entries below the diagonal
positive definite  the lower triangle               its Cholesky factor  likewise; a row's last makes its norm 1
zero-sum vector    all entries but the last         any other set        all entries
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape


class Chart(NamedTuple):
    """An event to its free numbers, and back."""

    free: Callable[[Array], Array]
    event: Callable[[Array], Array]


def chart(support: supports.AbstractSupport, shape: Shape) -> Chart:
    """The chart of a support, for events of one shape."""
    for kind, make in _CHARTS.items():
        if isinstance(support, kind):
            return make(shape)
    return Chart(jnp.ravel, lambda free: jnp.reshape(free, shape))


def _without_last(rest: Callable[[Array], Array]) -> Callable[[Shape], Chart]:
    return lambda shape: Chart(lambda y: y[:-1], lambda free: jnp.append(free, rest(free)))


def _triangle(offset: int, complete: Callable[[Array], Array]) -> Callable[[Shape], Chart]:
    def make(shape: Shape) -> Chart:
        rows, columns = np.tril_indices(shape[-1], offset)

        def event(free: Array) -> Array:
            return complete(jnp.zeros(shape, free.dtype).at[rows, columns].set(free))

        return Chart(lambda y: y[rows, columns], event)

    return make


def _symmetric(lower: Array) -> Array:
    return lower + jnp.tril(lower, -1).T


_CHARTS = {
    supports.Simplex: _without_last(lambda free: 1 - free.sum()),
    supports.ZeroSum: _without_last(lambda free: -free.sum()),
    supports.Correlation: _triangle(-1, lambda lower: lower + lower.T + jnp.eye(len(lower), dtype=lower.dtype)),
    supports.CorrelationCholesky: _triangle(-1, lambda lower: lower + jnp.diag(jnp.sqrt(1 - (lower * lower).sum(-1)))),
    supports.LowerCholesky: _triangle(0, lambda lower: lower),
    supports.PositiveDefinite: _triangle(0, _symmetric),
}
