"""Block neural autoregressive map: a network of which output i rises with input i and else depends on inputs before it.

    h_0 = x,   z_l = W_l h_(l-1) + b_l,   h_l = σ(z_l),   y = z_L,   σ(z) = tanh z + z/10
    W_l lower triangular in n x n blocks, those on its diagonal exp(D_l)
    log ∂y_i/∂x_i   the product over l of blocks exp(D_l) and slopes σ', in logarithms

σ has the reals for its image, so that every y has an x; it is found entry by entry by a root finder, and its derivative by
the implicit function.

Accuracy   forward: rounding of the sums. The inverse is found to the rounding of forward; the error of x grows with 1/slope.
Source     De Cao et al., "Block neural autoregressive flow" (2019), equations 6-11, without weight normalisation.
"""

from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp

from .. import supports
from .._parameter import weights
from .._typing import Array, Shape
from ..numerics import log_cosh
from ._bijector import AbstractBijector, check_event
from ._monotone import invert_triangular

_LINE = 0.1


@final
class BlockNeuralAutoregressive(AbstractBijector):
    """Vectors onto vectors: forward in one pass, back by root finding in each entry.

    Args:
        layers: at least one triple (D, below, bias) of arrays of shapes (n, a, b), (n, a, n, b) and (n, a): the logarithms
            of the blocks on the diagonal, the blocks below it (what stands elsewhere is not used), and what is added.
            b is 1 in the first, and a in the last; `ex.flows.block_neural_autoregressive` makes such layers.

    Shapes: no batch, unless `vmap` gives the layers one; event (n,).

    Raises:
        ParameterError: the layers are not arrays of reals.

    Example:
        >>> import expectax as ex, numpy as np
        >>> layer = (np.full((2, 1, 1), np.log(2.0)), np.ones((2, 1, 2, 1)), np.zeros((2, 1)))
        >>> ex.bijectors.BlockNeuralAutoregressive([layer]).forward(np.ones(2)).tolist()
        [2.0, 3.0]
    """

    layers: Any = weights()

    domain = supports.real_vector
    codomain = supports.real_vector

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        hidden, log_slopes = x[:, None], jnp.zeros_like(x)[:, None]
        for number, (diagonal, below, bias) in enumerate(self.layers.tree):
            if number:
                log_slopes = log_slopes + _log_slope(hidden)
                hidden = jnp.tanh(hidden) + _LINE * hidden
            n = below.shape[0]
            lower = jnp.where(np.tri(n, k=-1, dtype=bool)[:, None, :, None], below, 0)
            log_slopes = logsumexp(diagonal + log_slopes[:, None, :], axis=-1)
            hidden = (jnp.exp(diagonal) * hidden[:, None, :]).sum(-1) + jnp.tensordot(lower, hidden, 2) + bias
        return hidden[:, 0], log_slopes.sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = invert_triangular(lambda x: self._forward_and_log_det(x)[0], y)
        return x, -self._forward_and_log_det(x)[1]

    def _forward_shape(self, shape: Shape) -> Shape:
        n = self.layers.tree[0][2].shape[-2]
        check_event(self, shape, shape == (n,), f"{n} entries")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def _log_slope(z: Array) -> Array:
    """log (1/cosh² z + 1/10)."""
    return jnp.logaddexp(-2 * log_cosh(z), jnp.log(jnp.asarray(_LINE, z.dtype)))
