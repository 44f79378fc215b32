"""The derivative along a draw of a mixture.

Coordinate i of a draw x has, given the coordinates before it, the distribution function and the density

    F_i(x) = Σ_k r_ki F_ki(x_i),   p_i(x) = Σ_k r_ki p_ki(x_i),   r_ki ∝ w_k Π_{j<i} p_kj(x_j),

and F_i stays as it is while the parameters move:

    dx_i = -Σ_k r_ki (dF_ki + λ_ki (F_ki - F_i)) / p_i,   λ_ki = dw_k/w_k + Σ_{j<i} d log p_kj(x_j),

where λ counts how the earlier coordinates move. Distribution functions enter by the smaller of their tails: the
difference of two that are nearly 1 loses no digits. Source: Graves, "Stochastic backpropagation through mixture density
distributions" (2016); Figurnov, Mohamed, Mnih, "Implicit reparameterization gradients", NeurIPS 2018, section 3.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Shape
from ..numerics import log_sum_exp, shares
from .independent import Independent


def univariate(components: Any) -> Any:
    """The components without the `Independent` around them."""
    if isinstance(components, tuple):
        return tuple(map(univariate, components))
    return univariate(components.base) if isinstance(components, Independent) else components


def path_tangent(mixture: Any, x: Array, tangent: Any) -> Array:
    """dx for draws x (*lanes, *event) and the tangents of the mixture's parameters (*lanes, components, *own)."""
    event = mixture.event_shape
    lanes = x.shape[: x.ndim - len(event)]
    rows = jnp.moveaxis(x.reshape(*lanes, math.prod(event)), -1, 0)
    base, dbase = jax.jvp(lambda c: _in_rows(c, event, len(lanes)), (mixture.components,), (tangent.components,))
    weights = _log_weights(mixture.mixing, tangent.mixing)
    log_weights, slopes = (jnp.broadcast_to(v, (*lanes, v.shape[-1])) for v in weights)
    return jnp.moveaxis(_tangent_of_rows(base, dbase, log_weights, slopes, rows), 0, -1).reshape(x.shape)


def _in_rows(components: Any, event: Shape, lanes_rank: int) -> Any:
    """The scalar components with parameters (coordinates, *lanes, components, *own); unlike ones stand alone there."""
    if isinstance(components, tuple):
        alone = jax.tree.map(lambda leaf: jnp.expand_dims(leaf, lanes_rank), components)
        return tuple(_in_rows(c, event, lanes_rank) for c in alone)
    first, last = lanes_rank + 1, lanes_rank + 1 + len(event)

    def moved(leaf: Array) -> Array:
        if math.prod(leaf.shape[first:last]) != 1:
            leaf = jnp.broadcast_to(leaf, leaf.shape[:first] + event + leaf.shape[last:])
        return jnp.moveaxis(leaf.reshape(*leaf.shape[:first], -1, *leaf.shape[last:]), first, 0)

    return jax.tree.map(moved, univariate(components))


def _log_weights(mixing: Any, tangent: Any) -> tuple[Array, Array]:
    """log w up to a constant, and its tangent: that of a probability of 0 is counted at a tiny one."""
    if mixing.probs is None:
        return mixing.logits, tangent.logits
    info = jnp.finfo(mixing.probs.dtype)
    weights = jnp.maximum(mixing.probs, info.tiny / info.eps)
    return jnp.log(weights), tangent.probs / weights


def _tangent_of_rows(base: Any, dbase: Any, log_weights: Array, slopes: Array, x: Array) -> Array:
    """dx for x (coordinates, *lanes); log-weights and their tangents `slopes` are (*lanes, components)."""
    value = x[..., None]
    (tail, upper), (dtail, _) = jax.jvp(lambda b: _tails(b, value), (base,), (dbase,))
    log_p = _log_prob(base, value)
    joint = log_weights[None]
    if len(x) > 1:
        joint = joint + jnp.cumsum(jnp.concatenate([jnp.zeros_like(log_p[:1]), log_p[:-1]]), 0)
    total = log_sum_exp(joint)
    r = shares(joint, total) * jnp.exp(total - log_sum_exp(joint + log_p))[..., None]  # over the density
    own = -(r * dtail).sum(-1)
    by_weight = -r * _centred(shares(joint, total), tail, upper)
    if len(x) == 1:
        return own + (by_weight * slopes[None]).sum(-1)
    by_parameters = jax.jvp(lambda b: _log_prob(b, value), (base,), (dbase,))[1]
    by_x = jax.jvp(lambda v: _log_prob(base, v), (value,), (jnp.ones_like(value),))[1]
    return _along_coordinates(own, by_weight, by_parameters, by_x, slopes)


def _log_prob(base: Any, x: Array) -> Array:
    """log p_k(x), the components on the last axis."""
    if isinstance(base, tuple):
        return jnp.concatenate([b._batched_log_prob(x) for b in base], -1)
    return base._batched_log_prob(x)


def _tails(base: Any, x: Array) -> tuple[Array, Array]:
    """`_tail` of every component, on the last axis."""
    if not isinstance(base, tuple):
        return _tail(base, x)
    tails, uppers = zip(*(_tail(b, x) for b in base), strict=True)
    return jnp.concatenate(tails, -1), jnp.concatenate(uppers, -1)


def _tail(base: Any, x: Array) -> tuple[Array, Array]:
    """(F where F <= ½, else F - 1; whether the latter), for every component."""
    if base.symmetric:
        upper = x > base.loc
        smaller = base._cdf(jnp.where(upper, 2 * base.loc - x, x))
        return jnp.where(upper, -smaller, smaller), upper
    below, above = (base._batched(f"_masked_{tail}", x) for tail in ("cdf", "sf"))
    upper = below > above
    return jnp.where(upper, -above, below), upper


def _centred(r: Array, tail: Array, upper: Array) -> Array:
    """F_k - Σ_j r_j F_j, exact where all F are nearly 1."""
    low, high, mean = (v.sum(-1, keepdims=True) for v in (jnp.where(upper, 0.0, r), jnp.where(upper, r, 0.0), r * tail))
    return tail - mean + jnp.where(upper, low, -high)


def _along_coordinates(own: Array, by_weight: Array, by_parameters: Array, by_x: Array, slopes: Array) -> Array:
    """dx_i = own_i + Σ_k by_weight_ki λ_ki, one coordinate after the other."""

    def step(slopes, at):
        own, by_weight, by_parameters, by_x = at
        dx = own + (by_weight * slopes).sum(-1)
        return slopes + by_parameters + by_x * dx[..., None], dx

    return lax.scan(step, slopes, (own, by_weight, by_parameters, by_x))[1]
