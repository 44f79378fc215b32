"""Coupling: some entries pass unchanged and decide how the others are moved.

    y_kept = x_kept,   y_moved = g(x_moved; θ(x_kept)),   log |det ∂y/∂x| = log |det ∂y_moved/∂x_moved|

Accuracy   that of g.
Source     Dinh et al., "Density estimation using real NVP" (2017), equations 4-8; with a spline for g, Durkan et al. (2019).
"""

from collections.abc import Callable, Sequence
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from .. import _errors, supports
from .._module import static
from .._parameter import weights
from .._typing import Array, Shape
from ._bijector import AbstractBijector, check_event


@final
class Coupling(AbstractBijector):
    """Vectors onto vectors, in one pass either way.

    Args:
        weights: the conditioner's parameters: any pytree of arrays of reals.
        conditioner: θ, a function (weights, x_kept) -> numbers; the same object for the same function, as it is structure.
        transform: a function of these numbers to g, a bijector for x_moved: of single numbers with one lane an entry, or
            of a vector. `ex.flows.Affine()` and `ex.flows.Spline()` are such functions.
        mask: how many of the first entries are kept, or one boolean an entry, true where it is kept.

    Shapes: no batch, unless `vmap` gives the weights one; event (n,).

    Raises:
        ParameterError: the weights are not arrays of reals, or the mask is neither.
        ShapeError: the event does not fit the mask, or g not x_moved.

    Example:
        >>> import expectax as ex, numpy as np
        >>> coupling = ex.bijectors.Coupling(np.float32(2), lambda w, kept: w * kept, ex.bijectors.Scale, 1)
        >>> coupling.forward(np.array([3.0, 5.0])).tolist()
        [3.0, 30.0]
    """

    weights: Any = weights()
    conditioner: Callable[[Any, Array], Array] = static()
    transform: Callable[[Array], AbstractBijector] = static()
    mask: int | Sequence[bool] = static()

    domain = supports.real_vector
    codomain = supports.real_vector

    def __post_init__(self):
        mask = np.asarray(self.mask)
        count = mask.ndim == 0 and mask.dtype.kind == "i" and mask >= 0
        if not count and (mask.ndim != 1 or mask.dtype.kind != "b"):
            wanted = "an integer >= 0 or a sequence of booleans"
            raise _errors.bad_parameter(self._label, "mask", repr(self.mask)[:80], wanted)
        object.__setattr__(self, "mask", int(mask) if count else tuple(mask.tolist()))
        super().__post_init__()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        kept, moved = self._split(x)
        y, log_det = self._inner(kept).forward_and_log_det(moved)
        return self._joined(kept, moved, y), log_det.sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        kept, moved = self._split(y)
        x, log_det = self._inner(kept).inverse_and_log_det(moved)
        return self._joined(kept, moved, x), log_det.sum()

    def _inner(self, kept: Array) -> AbstractBijector:
        return self.transform(self.conditioner(self.weights.tree, kept))

    def _places(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the kept entries stand, and where the others."""
        keep = np.arange(size) < self.mask if isinstance(self.mask, int) else np.array(self.mask, bool)
        return np.flatnonzero(keep), np.flatnonzero(~keep)

    def _split(self, x: Array) -> tuple[Array, Array]:
        if isinstance(self.mask, int):
            return x[: self.mask], x[self.mask :]
        kept, moved = self._places(x.shape[0])
        return x[kept], x[moved]

    def _joined(self, kept: Array, moved: Array, new: Array) -> Array:
        check_event(self, new.shape, new.shape == moved.shape, f"{moved.shape} from the transform, as it was given")
        both = jnp.concatenate([kept, new])
        if isinstance(self.mask, int):
            return both
        return both[np.argsort(np.concatenate(self._places(both.shape[0])))]

    def _forward_shape(self, shape: Shape) -> Shape:
        if isinstance(self.mask, int):
            check_event(self, shape, shape >= (self.mask,), f"at least {self.mask} entries")
        else:
            check_event(self, shape, shape == (len(self.mask),), f"{len(self.mask)} entries")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
