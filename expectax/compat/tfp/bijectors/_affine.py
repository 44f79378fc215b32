"""Affine maps, in TFP's arguments."""

import jax.numpy as jnp

from .... import bijectors as ex
from .._arguments import Matrix, Static, Vector
from ._ours import Unnamed, bijection


@bijection()
def Householder(reflection_axis: Vector, validate_args=False, name="householder"):
    """The reflection of vectors along an axis."""
    return ex.Householder(reflection_axis)


@bijection(Unnamed)
def MatvecLU(lower_upper: Matrix, permutation: Static, validate_args=False, name=None):
    """The old name of ScaleMatvecLU."""
    return ex.ScaleMatvecLU(lower_upper, permutation)


@bijection()
def Scale(scale=None, log_scale=None, validate_args=False, name="scale"):
    """y = scale x, by the factor or the logarithm of a positive one."""
    if scale is None and log_scale is not None:
        return ex.Scale(jnp.exp(log_scale))
    if scale is None or log_scale is not None:
        raise ValueError("Exactly one of `scale` and `log_scale` must be specified.")
    return ex.Scale(scale)


@bijection()
def ScaleMatvecDiag(
    scale_diag: Vector, adjoint: Static = False, validate_args=False, name="scale_matvec_diag", dtype=None
):
    """y = diag(d) x."""
    return ex.DiagLinear(scale_diag)


@bijection(Unnamed)
def ScaleMatvecLU(lower_upper: Matrix, permutation: Static, validate_args=False, name=None):
    """y = P L U x; the permutation is structure, and no tracer."""
    return ex.ScaleMatvecLU(lower_upper, permutation)


@bijection()
def ScaleMatvecTriL(
    scale_tril: Matrix, adjoint: Static = False, validate_args=False, name="scale_matvec_tril", dtype=None
):
    """y = L x, or Lᵀ x as the adjoint; what stands above the diagonal is not read."""
    lower = jnp.tril(scale_tril)
    if adjoint:
        flipped = jnp.swapaxes(lower, -1, -2)[..., ::-1, ::-1]  # lower triangular, in reverse coordinates
        return ex.Chain([ex.Flip(), ex.TriangularLinear(flipped), ex.Flip()])
    return ex.TriangularLinear(lower)


@bijection()
def Shift(shift, validate_args=False, name="shift"):
    """y = x + shift."""
    return ex.Shift(shift)
