"""A monotone function of one number as a bijector.

    y = f(x),   log |dy/dx| = log |f'(x)|

The slope by automatic differentiation; without an inverse of its own, x by a root finder in a bracket, with the implicit
function's derivative.

Accuracy   that of f. The root is found to the rounding of f, or of the real number that the domain's map from the reals
           takes to x, 1 being its scale.
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import _errors, supports
from .._module import static
from .._parameter import weights
from .._typing import Array
from ..supports import AbstractSupport
from ._bijector import AbstractBijector
from ._monotone import invert_monotone


@final
class Lambda(AbstractBijector):
    """What a strictly monotone, differentiable function does.

    Args:
        function: f, elementwise and of one array x; of (weights, x) if there are weights. The same object for the same
            function, as it is structure.
        weights: parameters of f: any pytree of arrays of reals, none of them a batch.
        inverse_function: x of y, or of (weights, y), if it is known.
        increases: whether f rises; else it falls.
        domain: set of numbers on which f is defined.
        codomain: set of numbers onto which f maps it.

    Shapes: event ().

    Raises:
        ParameterError: the weights are not arrays of reals, or a set is not one of continuous numbers.

    Example:
        >>> import expectax as ex, jax.numpy as jnp
        >>> cubic = ex.bijectors.Lambda(lambda x: x + x**3)
        >>> float(cubic.inverse(jnp.float32(10)))
        2.0
    """

    function: Callable = static()
    weights: Any = weights(None)
    inverse_function: Callable | None = static(default=None, kw_only=True)
    increases: bool = static(default=True, kw_only=True)
    domain: AbstractSupport = static(default=supports.real, kw_only=True)  # pyright: ignore[reportIncompatibleVariableOverride]
    codomain: AbstractSupport = static(default=supports.real, kw_only=True)  # pyright: ignore[reportIncompatibleVariableOverride]

    def __post_init__(self):
        for name in ("domain", "codomain"):
            found = getattr(self, name)
            if not isinstance(found, AbstractSupport) or found.event_rank or found.discrete:
                raise _errors.bad_parameter(self._label, name, repr(found)[:80], "a set of numbers, not discrete")
        super().__post_init__()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        y, slope = jax.jvp(self._of(self.function), (x,), (jnp.ones_like(x),))
        return y, jnp.log(jnp.abs(slope))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        if self.inverse_function is None:
            x = invert_monotone(self._of(self.function), y, self.increases, self.domain)
        else:
            x = self._of(self.inverse_function)(y)
        return x, -self._forward_and_log_det(x)[1]

    def _of(self, function: Callable) -> Callable[[Array], Array]:
        tree = self.weights.tree
        return function if tree is None else lambda x: function(tree, x)

    def _increases(self) -> bool:
        return self.increases
