"""Log-weights of value 0, the boxes that are made of them, and the centring of what flows back into them.

    box = exp(w),   w = 0,   dw = d log p:   d box = box dw,   d² box = box (dw dw + d²w),   ...

(Foerster et al., "DiCE: the infinitely differentiable Monte Carlo estimator", ICML 2018, equation 5.) The 0 is a
`custom_jvp`: log p - stop(log p) would be NaN at log p = -inf.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jax.custom_derivatives import SymbolicZero

from ._typing import Array


@jax.jit  # many alike in a program are taken apart once
def at_zero(weight: Array) -> Array:
    """Zeros shaped like `weight`, with its derivative."""
    return _at_zero(weight)


@jax.custom_jvp
def _at_zero(weight: Array) -> Array:
    zeros = lax.full_like(weight, 0)
    return lax.select(lax.eq(weight, weight), zeros, zeros)  # kept batched under vmap, as its derivative is


@_at_zero.defjvp
def _at_zero_jvp(primals, tangents):
    return _at_zero(primals[0]), tangents[0]


@jax.custom_jvp
def sloped(value: Array, weight: Array) -> Array:
    """`value`, whose derivative has that of `weight` added."""
    return lax.select(lax.eq(weight, weight), value, value)  # kept batched under vmap, as its derivative is


@sloped.defjvp
def _sloped_jvp(primals, tangents):
    return sloped(*primals), tangents[0] + tangents[1]


# A derivative that no plan foresaw would be silently wrong: it is stopped by name.


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def held(error: Callable[[], Exception], x: Array) -> Array:
    """`x`; raises `error()` when it is really being differentiated."""
    return x


def _held_jvp(error: Callable[[], Exception], primals: tuple, tangents: tuple) -> tuple:
    if not isinstance(tangents[0], SymbolicZero):
        raise error()
    return held(error, primals[0]), tangents[0]


held.defjvp(_held_jvp, symbolic_zeros=True)


# The cotangent of a site's weight is R, the cost that depends on each of its lanes (its reward-to-go). Subtracting a
# baseline from R on its way back is all that leave-one-out takes: no second pass, no hand-written surrogate.


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def less_baseline(learned: bool, weight: Array, baseline: Array) -> Array:
    """`weight`, of value 0; its cotangent R becomes R - b box, which has the same mean at every order.

    The cotangent of a learned b is b - R, the derivative of ½(b - R)²; else it is 0.
    """
    return weight


def _subtract_baseline(learned: bool, saved: tuple[Array, Array], cost: Array) -> tuple[Array, Array]:
    weight, baseline = saved
    slope = baseline - cost if learned else jnp.zeros_like(baseline)
    return cost - baseline * jnp.exp(weight), slope


less_baseline.defvjp(lambda learned, weight, baseline: (weight, (weight, baseline)), _subtract_baseline)


@jax.custom_vjp
def less_control(weight: Array, packed: Array) -> Array:
    """`weight`, whose cost loses a control that depends on the draw; what that adds to the mean comes back along the control's path.

    `packed` holds, lane by lane, the control c, its slope u in the K log-probabilities ℓ, ℓ itself and the score s = ∂log p/∂ℓ.
    With R for the cotangent, the derivative in ℓ becomes g = (R - c) s + u, and c and u get that of |g|² (Grathwohl et al. 2018,
    equations 7 and 8): once only, as it is not right to second order.
    """
    return weight


def _subtract_control(saved: tuple[Array], cost: Array) -> tuple[Array, Array]:
    (packed,) = saved
    level, slope, score = _unpacked(packed)
    left = cost - level
    gradient = left[..., None] * score + slope
    own = jnp.concatenate([-2 * (gradient * score).sum(-1, keepdims=True), 2 * gradient, slope, 0 * score], -1)
    return left, own


def _unpacked(packed: Array) -> tuple[Array, Array, Array]:
    slope, _, score = jnp.split(packed[..., 1:], 3, -1)
    return packed[..., 0], slope, score


less_control.defvjp(lambda weight, packed: (weight, (packed,)), _subtract_control)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def centred_over(axis: int, weight: Array) -> Array:
    """`weight`; its cotangent R loses the mean of the others along `axis`.

    R_n - mean_{m != n} R_m = count / (count - 1) (R_n - mean_m R_m)

    Unbiased only where no R_m depends on the draw n: over independent runs, or over lanes whose costs keep apart.
    """
    return weight


def _subtract_mean_of_others(axis: int, _: None, cost: Array) -> tuple[Array]:
    count = cost.shape[axis]
    return ((cost - cost.mean(axis, keepdims=True)) * (count / (count - 1)),)


centred_over.defvjp(lambda axis, weight: (weight, None), _subtract_mean_of_others)


@jax.jit
def centred_over_runs(weight: Array, candidates: tuple) -> Array:
    """Zeros with the derivative of `weight`, as `at_zero`; once it is vmapped over runs of the program, centred over them.

    `candidates` has one number for each enumerated site around. A vmap over one of those is not over runs: its lanes
    share their noise, so that no lane's cost is a baseline for another.
    """
    return _at_zero(_centred_over_runs(weight, candidates))


@custom_vmap
def _centred_over_runs(weight: Array, candidates: tuple) -> Array:
    return weight


@_centred_over_runs.def_vmap
def _(axis_size: int, in_batched: list, weight: Array, candidates: tuple) -> tuple[Array, bool]:
    batched, enumerated = in_batched
    if any(enumerated):
        others = tuple(c for c, own in zip(candidates, enumerated, strict=True) if not own)
        return _centred_over_runs(weight, others), batched
    return (centred_over(0, weight), True) if batched else (weight, False)
