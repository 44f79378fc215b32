"""Maps onto and between matrices, in TFP's arguments and in TFP's order of entries."""

import jax.numpy as jnp
import numpy as np

from .... import bijectors as ex
from .... import supports
from ...._module import static
from ...._typing import Array
from ....bijectors._volume_preserving import AbstractVolumePreserving
from .._arguments import Parts, Static
from ._ours import bijection


class SpiralToRows(AbstractVolumePreserving):
    """The entries of a triangular matrix from the order in which TFP fills it to row by row, which is ours.

    TFP writes the vector and parts of its reverse into the square, and keeps the triangle.
    """

    upper: bool = static(default=False)

    domain = supports.real_vector
    codomain = supports.real_vector

    def _order(self, count: int) -> np.ndarray:
        n = round((np.sqrt(8 * count + 1) - 1) / 2)
        places = np.arange(count)
        square = np.concatenate([places, places[n:][::-1]] if self.upper else [places[n:], places[::-1]])
        square = square[: n * n].reshape(n, n)
        return (square.T if self.upper else square)[np.tril_indices(n)]

    def _moved(self, x: Array) -> Array:
        return x[self._order(x.shape[0])]

    def _moved_back(self, y: Array) -> Array:
        return y[np.argsort(self._order(y.shape[0]))]


@bijection()
def CholeskyOuterProduct(cholesky_fn: Static = jnp.linalg.cholesky, validate_args=False, name="cholesky_outer_product"):
    """Y = L Lᵀ; of the factors, `jnp.linalg.cholesky` alone is taken."""
    if cholesky_fn is not jnp.linalg.cholesky:
        raise NotImplementedError("CholeskyOuterProduct.cholesky_fn: only jnp.linalg.cholesky")
    return ex.CholeskyOuterProduct()


@bijection()
def CholeskyToInvCholesky(validate_args=False, name="cholesky_to_inv_cholesky"):
    """From the Cholesky factor of a matrix to that of its inverse."""
    return ex.CholeskyToInvCholesky()


@bijection()
def CorrelationCholesky(validate_args=False, name="correlation_cholesky"):
    """Vectors onto Cholesky factors of correlation matrices."""
    return ex.Chain([ex.CorrelationCholesky(), SpiralToRows()])


@bijection()
def FillScaleTriL(diag_bijector: Parts = None, diag_shift=1e-5, validate_args=False, name="fill_scale_tril"):
    """Vectors onto Cholesky factors, with a diagonal of softplus or what is given, and a shift."""
    diagonal = ex.Softplus() if diag_bijector is None else diag_bijector.expectax_bijector
    if diag_shift is not None:
        diagonal = ex.Chain([ex.Shift(diag_shift), diagonal])
    return ex.Chain([ex.FillScaleTriL(diagonal), SpiralToRows()])


@bijection()
def FillTriangular(upper: Static = False, validate_args=False, name="fill_triangular"):
    """A vector as a triangular matrix, in TFP's order."""
    if upper:
        return ex.Chain([ex.Transpose(), ex.FillTriangular(), SpiralToRows(upper=True)])
    return ex.Chain([ex.FillTriangular(), SpiralToRows()])


@bijection()
def MatrixInverseTriL(validate_args=False, name="matrix_inverse_tril"):
    """The inverse of a lower triangular matrix."""
    return ex.MatrixInverseTriL()


@bijection()
def TransformDiagonal(diag_bijector: Parts, validate_args=False, name="transform_diagonal"):
    """A map of the diagonal of a matrix."""
    return ex.TransformDiagonal(diag_bijector.expectax_bijector)
