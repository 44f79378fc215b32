"""Continuous flow: points carried by a field for a unit of time.

    dx/dt = f(t, x),   y = x(1),   log |det ∂y/∂x| = ∫ tr ∂f/∂x (t, x(t)) dt over t in [0, 1]

The trace is that of the Jacobian, n passes of f; or with probes e the mean of e·(∂f/∂x)e (Hutchinson), unbiased if E[e eᵀ]
is the identity, one pass each. The probes are part of the map, so that forward and inverse agree.

Accuracy   that of the solver, Tsitouras' method of order 5: relative and absolute errors of a step at most `tolerance`.
Source     Chen et al., "Neural ordinary differential equations" (2018), theorem 1; Grathwohl et al., "FFJORD" (2019).
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import supports
from .._extras import package
from .._module import static
from .._parameter import parameter, weights
from .._typing import Array, ParameterArray, Shape
from ._bijector import AbstractBijector, check_event


@final
class ContinuousFlow(AbstractBijector):
    """Vectors onto vectors. Needs diffrax: `pip install 'expectax[diffrax]'`.

    Args:
        weights: the field's parameters: any pytree of arrays of reals.
        field: f, a function (weights, t, x) -> dx/dt, smooth in x. The same object for the same function, as it is structure.
        probes: e, for the trace; none: the exact trace.
        tolerance: of a step's error; by default ε^(3/4), ε the rounding error of x.

    Shapes: probes (m, n); event (n,).

    Raises:
        ParameterError: the weights are not arrays of reals.
        ImportError: diffrax is not installed; when the map is applied.

    Example:
        >>> import expectax as ex, numpy as np
        >>> flow = ex.bijectors.ContinuousFlow(np.float32(2), lambda weights, t, x: weights * x)
        >>> float(flow.forward_log_det(np.ones(3)))  # doctest: +SKIP
        6.0
    """

    weights: Any = weights()
    field: Callable[[Any, Array, Array], Array] = static()
    probes: ParameterArray = parameter(supports.real_matrix, optional=True)
    tolerance: float | None = static(default=None)

    domain = supports.real_vector
    codomain = supports.real_vector

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self._carry(x, 0.0, 1.0)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return self._carry(y, 1.0, 0.0)

    def _carry(self, x: Array, start: float, end: float) -> tuple[Array, Array]:
        diffrax = package("diffrax", "ContinuousFlow", "diffrax")
        tolerance = float(jnp.finfo(x.dtype).eps) ** 0.75 if self.tolerance is None else self.tolerance
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, state, flow: flow._rates(t, state[0])),
            diffrax.Tsit5(),
            *(jnp.asarray(t, x.dtype) for t in (start, end)),
            None,
            (x, jnp.zeros((), x.dtype)),
            args=self,
            stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
            adjoint=diffrax.DirectAdjoint(),
        )
        y, log_det = solution.ys
        return y[-1], log_det[-1]

    def _rates(self, t: Array, x: Array) -> tuple[Array, Array]:
        """dx/dt and the trace."""

        def field(x: Array) -> Array:
            return self.field(self.weights.tree, t, x)

        if self.probes is None:
            return field(x), jnp.trace(jax.jacfwd(field)(x))
        value, push = jax.linearize(field, x)
        return value, jax.vmap(lambda e: (e * push(e)).sum())(self.probes).mean()

    def _forward_shape(self, shape: Shape) -> Shape:
        fits = len(shape) == 1 if self.probes is None else shape == jnp.shape(self.probes)[-1:]
        check_event(self, shape, fits, "one axis, as long as the probes' last")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
