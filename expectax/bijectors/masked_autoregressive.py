"""Autoregressive map: each entry is moved as those before it decide.

    y_i = g(x_i; θ_i(x_1, ..., x_(i-1))),   log |det ∂y/∂x| = Σ_i log |∂y_i/∂x_i|

The inverse finds one entry after another, which takes n passes.

Accuracy   that of g; the inverse's error grows along the entries as the conditioner's slopes make it.
Source     Papamakarios et al., "Masked autoregressive flow for density estimation" (2017), equations 3-5 (there of the
           inverse); Kingma et al., "Improving variational inference with inverse autoregressive flow" (2016).
"""

import functools
from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _errors, supports
from .._module import static
from .._parameter import weights
from .._typing import Array, Shape
from ._bijector import AbstractBijector, check_event


@final
class MaskedAutoregressive(AbstractBijector):
    """Vectors onto vectors: forward in one pass, back in n.

    As the map of a law it draws fast: it is the inverse autoregressive flow. `Invert` of it has fast densities: it is the
    masked autoregressive flow.

    Args:
        weights: the conditioner's parameters: any pytree of arrays of reals.
        conditioner: θ, a function (weights, x) -> n equal rows of numbers, as one array of any shape in this order; row i
            depends on the entries before i only. The same object for the same function, as it is structure.
        transform: a function of these numbers to g, a bijector of single numbers with n lanes, such as
            `ex.flows.Affine()` or `ex.flows.Spline()`.

    Shapes: no batch, unless `vmap` gives the weights one; event (n,).

    Raises:
        ParameterError: the weights are not arrays of reals; when the map is applied, the conditioner is not
            autoregressive, which is seen from its derivative for weights and x at random.

    Example:
        >>> import expectax as ex, numpy as np
        >>> def ones_before(weights, x):
        ...     return weights * np.tri(2, k=-1, dtype=np.float32) @ x + 1
        >>> ex.bijectors.MaskedAutoregressive(np.float32(2), ones_before, ex.bijectors.Scale).forward(np.ones(2)).tolist()
        [1.0, 3.0]
    """

    weights: Any = weights()
    conditioner: Callable[[Any, Array], Array] = static()
    transform: Callable[[Array], AbstractBijector] = static()

    domain = supports.real_vector
    codomain = supports.real_vector

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        self._check(x.shape[0])
        y, log_det = self._inner(x).forward_and_log_det(x)
        check_event(self, y.shape, y.shape == x.shape, f"{x.shape} from the transform, as it was given")
        return y, log_det.sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        n = y.shape[0]
        self._check(n)

        def find(x: Array, i: Array) -> tuple[Array, None]:
            # only the entry that is right now: what the others would be meanwhile may overflow
            return jnp.where(jnp.arange(n) == i, self._inner(x).inverse(y), x), None

        before, _ = lax.scan(find, jnp.zeros_like(y), jnp.arange(max(n - 1, 0)))
        x, log_det = self._inner(before).inverse_and_log_det(y)
        return x, log_det.sum()

    def _inner(self, x: Array) -> AbstractBijector:
        return self.transform(self.conditioner(self.weights.tree, x))

    def _check(self, n: int) -> None:
        leaves, structure = jax.tree.flatten(self.weights.tree)
        if not _is_autoregressive(self.conditioner, structure, tuple(jnp.shape(leaf) for leaf in leaves), n):
            raise _errors.not_autoregressive(self._label, self.conditioner, n)

    def _forward_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, len(shape) == 1, "one axis")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


@functools.lru_cache(maxsize=1024)
def _is_autoregressive(conditioner: Callable, structure: Any, shapes: tuple[Shape, ...], n: int) -> bool:
    """Whether row i does not move with the entries from i on, at weights and a point that are as good as any."""
    if n == 0:
        return True
    numbers = np.random.default_rng(0)
    with jax.ensure_compile_time_eval():
        tree = structure.unflatten([jnp.asarray(numbers.standard_normal(s), float) for s in shapes])

        def rows(x: Array) -> Array:
            return jnp.reshape(conditioner(tree, x), (n, -1))

        slopes = np.asarray(jax.jacfwd(rows)(jnp.asarray(numbers.standard_normal(n), float)))
    return not np.triu(np.abs(slopes).sum(1)).any()
