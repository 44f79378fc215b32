"""RELAX: the score less a control of your own, a function of the relaxed draw whose mean is added back along its path.

With one-hot draw d of log-probabilities ℓ, z = ℓ + g its Gumbel relaxation and z̃ the same numbers given d, a control c of
parameters φ, and R the cost behind the draw:

    (R - c(z̃)) ∂log p(d)/∂θ + ∂c(z)/∂θ - ∂c(z̃)/∂θ

Unbiased for every c that is continuous in z, as z̃ given d has the law of z given d; the cost is asked for its value only, so that
it may be a black box. What c is computed from gets the derivative of |g|², g being that expression for θ = the draw's
log-probabilities: of a single run it is unbiased for the derivative of the variance of g, whose mean no control moves. As in REBAR, z
and z̃ are one number with two derivatives. Where the control has kinks (relu), their part of the derivative in φ is missed: φ is
trained a little otherwise, and the gradient in θ is unbiased all the same.

Source: Grathwohl, Choi, Wu, Roeder, Duvenaud, "Backpropagation through the void: optimizing control variates for black-box
gradient estimation" (2018), equations 7 and 8 (the variance) and 10 (the estimator).
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .. import _errors
from .._typing import Array, Key
from ._estimator import is_binary
from ._relaxed import finite, perturbed, with_path_of


@dataclasses.dataclass(frozen=True)
class Relax:
    """A control for `sample(key, baseline=Relax(control))`: a number for each relaxed draw, trained along.

    The gradient with respect to what `control` closes over is that of the variance of the site's gradient in its
    log-probabilities: descend it beside the loss. These parameters must reach nothing else of the loss. For draws of a family with
    finitely many values that the score serves, at first order, in reverse mode; inside loops and branches too.

    Args:
        control: a function of z, continuous in it, to one number in units of the loss. With K the number of values, z is of shape
            (*lanes, K), and its largest entries stand where the draw is; of values 0 and 1 it is the difference of both, (*lanes,),
            positive where the draw is 1. Lanes that have a control of their own are drawn under `jax.vmap`.

    Raises (when sampled):
        EstimatorError: the family's values are no known finite set, or the control does not return one float.

    Source: Grathwohl et al., "Backpropagation through the void" (2018), section 3.

    Example:
        >>> import jax, jax.numpy as jnp, expectax as ex
        >>> from expectax.estimators import Relax
        >>> def loss(params, key):
        ...     control = Relax(lambda z: params["scale"] * jax.nn.sigmoid(2.0 * z))
        ...     bit = ex.Bernoulli(logits=params["logit"]).sample(key, baseline=control)
        ...     return (bit.astype(float) - 0.499) ** 2
        >>> params = {"logit": 0.0, "scale": 0.5}
        >>> _, grad = ex.value_and_grad(loss, num_samples=20_000)(params, jax.random.key(0))
        >>> abs(float(grad["logit"]) - 0.0005) < 0.002   # p (1 - p) (1 - 2 · 0.499)
        True
    """

    control: Callable[[Array], Any]

    def terms(self, dist: Any, draw: Array, key: Key) -> tuple[Array, ...]:
        """Lane by lane c(z̃), its slope ∂(c(z) - c(z̃))/∂ℓ, ℓ, the score ∂log p/∂ℓ; and c(z) with its path.

        The first two carry the derivatives in φ alone, ℓ and the last those in θ.
        """
        hard, log_p = _one_hot(dist, draw)
        own = jax.random.fold_in(jax.random.clone(key), 1)
        held = lax.stop_gradient(log_p)

        def along(logits: Array) -> tuple[Array, tuple[Array, Array]]:
            free, tied = perturbed(jax.nn.log_softmax(logits), hard, own)
            level = self._at(dist, tied)
            return self._at(dist, free) - level, (level, tied)

        slope, (level, z) = jax.grad(along, has_aux=True)(held)
        path = self._at(dist, with_path_of(z, log_p))  # what is searched for jumps: those of the control alone
        level = jnp.broadcast_to(level, hard.shape[:-1]).astype(hard.dtype)
        return level, slope, log_p, hard - jnp.exp(held), path

    def _at(self, dist: Any, z: Array) -> Array:
        value = jnp.asarray(self.control(z[..., 1] - z[..., 0] if is_binary(dist) else z))
        if value.shape or not jnp.issubdtype(value.dtype, jnp.floating):
            raise _errors.bad_control(value.shape, value.dtype)
        return value


def _one_hot(dist: Any, draw: Array) -> tuple[Array, Array]:
    """Which value each lane drew, as data, and the log-probabilities of all: (*lanes, K)."""
    values = jnp.asarray(dist._support_values()).astype(draw.dtype)
    lanes = draw.shape[: draw.ndim - dist.event_rank]
    wide = jnp.reshape(values, (len(values),) + (1,) * len(lanes) + values.shape[1:])
    wide = jnp.broadcast_to(wide, (len(values), *draw.shape))
    log_p = jnp.moveaxis(dist._batched_log_prob(wide), 0, -1)
    chosen = (wide == lax.stop_gradient(draw)[None]).all(tuple(range(1 + len(lanes), wide.ndim)))
    return jnp.moveaxis(chosen, 0, -1).astype(log_p.dtype), finite(log_p)
