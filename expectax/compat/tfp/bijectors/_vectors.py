"""Maps of vectors and arrays, in TFP's arguments."""

import math

import jax.numpy as jnp

from .... import bijectors as ex
from .... import supports
from ...._typing import Array
from ....bijectors import AbstractBijector
from .._arguments import Static
from .._shape import as_shape
from ._ours import bijection


@bijection()
def Ascending(validate_args=False, name="ascending"):
    """Vectors onto increasing vectors."""
    return ex.Ordered()


@bijection()
def Cumsum(axis: Static = -1, validate_args=False, name="cumsum"):
    """Running sums along an axis."""
    if axis >= 0:
        raise ValueError("`axis` must be a negative integer.")
    return ex.Cumsum(axis)


@bijection()
def IteratedSigmoidCentered(validate_args=False, name="iterated_sigmoid"):
    """n - 1 reals onto n probabilities, by breaking a stick."""
    return ex.StickBreaking()


class OnSurface(AbstractBijector):
    """The identity of the simplex: from the volume of its first n - 1 entries, which ours count, to its surface's."""

    domain = supports.simplex
    codomain = supports.simplex

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return x, jnp.asarray(0.5 * math.log(x.shape[0]), x.dtype)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return y, jnp.asarray(-0.5 * math.log(y.shape[0]), y.dtype)


@bijection()
def SoftmaxCentered(validate_args=False, name="softmax_centered"):
    """y = softmax of x with a 0 appended: n - 1 reals onto n probabilities."""
    return ex.Chain([OnSurface(), ex.SoftmaxCentered()])


@bijection()
def UnitVector(validate_args=False, name="unit_vector"):
    """n - 1 reals onto the sphere."""
    return ex.UnitVector()


@bijection()
def Pad(
    paddings: Static = ((0, 1),),
    mode: Static = "CONSTANT",
    constant_values=0,
    axis: Static = None,
    validate_args=False,
    name=None,
):
    """Arrays with margins of a constant."""
    if mode.upper() != "CONSTANT":
        raise NotImplementedError(f"Pad.mode: only CONSTANT, got {mode}")
    axes = as_shape(tuple(range(-len(paddings), 0)) if axis is None else axis)
    if len(set(axes)) != len(paddings) or max(axes) >= 0:
        raise ValueError("`axis` must be as many different negative integers as there are `paddings`.")
    widths = dict(zip(axes, (as_shape(pair) for pair in paddings), strict=True))
    paddings = tuple(widths.get(n, (0, 0)) for n in range(min(axes), 0))
    return ex.Pad(paddings, constant_values)


@bijection()
def Permute(permutation: Static, axis: Static = -1, validate_args=False, name=None):
    """Entries in another order, which is structure, and no tracer."""
    return ex.Permute(permutation, axis)


@bijection()
def Reshape(event_shape_out: Static, event_shape_in: Static = (-1,), validate_args=False, name=None):
    """Another shape of the event."""
    return ex.Reshape(as_shape(event_shape_out), as_shape(event_shape_in))


@bijection()
def Transpose(perm: Static = None, rightmost_transposed_ndims: Static = None, validate_args=False, name="transpose"):
    """Axes in another order: in reverse if only their number is given."""
    if (perm is None) == (rightmost_transposed_ndims is None):
        raise ValueError("Must specify exactly one of `rightmost_transposed_ndims` and `perm`.")
    perm = tuple(range(rightmost_transposed_ndims))[::-1] if perm is None else perm
    return ex.Transpose(perm)
