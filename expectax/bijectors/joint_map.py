"""One bijector for each leaf of a pytree.

    y_i = g_i(x_i),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|

Accuracy   that of the parts.
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from .. import _errors
from .._typing import Array, PyTree
from ._bijector import AbstractBijector
from ._of_trees import AbstractTreeBijector


@final
class JointMap(AbstractTreeBijector):
    """Events that are pytrees: named or sequential parts, as a joint distribution draws them.

    Args:
        bijectors: a pytree whose leaves are bijectors; x and y have its structure.

    Shapes: each leaf (*lanes, *event of its bijector); lanes of all leaves broadcast in the log-determinant. A bijector of
        numbers reads all axes as lanes: `Block` makes events of them.

    Raises:
        ParameterError: no leaves, or other leaves than bijectors.
        ValueError: x has another structure.

    Example:
        >>> import expectax as ex
        >>> joint = ex.bijectors.JointMap({"a": ex.bijectors.Exp(), "b": ex.bijectors.Scale(2.0)})
        >>> y, log_det = joint.forward_and_log_det({"a": 0.0, "b": 3.0})
        >>> float(y["a"]), float(y["b"])
        (1.0, 6.0)
    """

    bijectors: PyTree

    def __post_init__(self):
        parts, _ = self._parts
        if not parts or not all(isinstance(part, AbstractBijector) for part in parts):
            shown = repr(self.bijectors)[:80]
            raise _errors.bad_parameter(type(self).__name__, "bijectors", shown, "a pytree of bijectors, not empty")

    @property
    def _parts(self) -> tuple[list[AbstractBijector], Any]:
        return jax.tree.flatten(self.bijectors, is_leaf=lambda part: isinstance(part, AbstractBijector))

    def forward_and_log_det(self, x: PyTree) -> tuple[Any, Array]:
        """(y, log |det ∂y/∂x|)."""
        return self._each(lambda part, leaf: part.forward_and_log_det(leaf), x)

    def inverse_and_log_det(self, y: PyTree) -> tuple[Any, Array]:
        """(x, log |det ∂x/∂y|)."""
        return self._each(lambda part, leaf: part.inverse_and_log_det(leaf), y)

    def _each(self, move: Callable, tree: PyTree) -> tuple[Any, Array]:
        parts, structure = self._parts
        moved = [move(part, leaf) for part, leaf in zip(parts, structure.flatten_up_to(tree), strict=True)]
        log_dets = [log_det for _, log_det in moved]
        lanes = np.broadcast_shapes(*(log_det.shape for log_det in log_dets))
        dtype = jnp.result_type(*log_dets)
        total = sum(jnp.broadcast_to(log_det, lanes).astype(dtype) for log_det in log_dets)
        return structure.unflatten([value for value, _ in moved]), jnp.asarray(total)
