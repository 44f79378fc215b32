"""Multivariate normal and Student laws, in TFP's arguments; `loc=None` is zero."""

from typing import Any

import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Matrix, Vector
from ._base import family


@family()
def MultivariateNormalDiag(
    loc: Vector = None,
    scale_diag: Vector = None,
    validate_args=False,
    allow_nan_stats=True,
    experimental_use_kahan_sum=False,
    name="MultivariateNormalDiag",
):
    """Independent normal variables as one vector."""
    scale_diag = jnp.ones_like(loc) if scale_diag is None else scale_diag
    return ex.MultivariateNormal(_centre(loc, scale_diag), scale_diag=scale_diag)


@family()
def MultivariateNormalDiagPlusLowRank(
    loc: Vector = None,
    scale_diag: Vector = None,
    scale_perturb_factor: Matrix = None,
    scale_perturb_diag: Vector = None,
    validate_args=False,
    allow_nan_stats=True,
    name="MultivariateNormalDiagPlusLowRank",
):
    """A normal vector whose scale (not its covariance) is diagonal plus U diag(m) Uᵀ."""
    if scale_perturb_factor is None:
        scale_diag = jnp.ones_like(loc) if scale_diag is None else scale_diag
        return ex.MultivariateNormal(_centre(loc, scale_diag), scale_diag=scale_diag)
    factor = scale_perturb_factor
    size = factor.shape[-2]
    diagonal = jnp.ones(size, factor.dtype) if scale_diag is None else scale_diag
    weighted = factor if scale_perturb_diag is None else factor * scale_perturb_diag[..., None, :]
    scale = diagonal[..., None] * jnp.eye(size, dtype=factor.dtype) + weighted @ jnp.swapaxes(factor, -1, -2)
    return ex.MultivariateNormal(_centre(loc, scale[..., 0]), scale_tril=lower(scale))


@family()
def MultivariateNormalDiagPlusLowRankCovariance(
    loc: Vector = None,
    cov_diag_factor: Vector = None,
    cov_perturb_factor: Matrix = None,
    validate_args=False,
    allow_nan_stats=True,
    name="MultivariateNormalDiagPlusLowRankCovariance",
):
    """A normal vector whose covariance is diagonal plus U Uᵀ."""
    return ex.LowRankMultivariateNormal(_centre(loc, cov_diag_factor), cov_perturb_factor, cov_diag_factor)


@family()
def MultivariateNormalFullCovariance(
    loc: Vector = None,
    covariance_matrix: Matrix = None,
    validate_args=False,
    allow_nan_stats=True,
    name="MultivariateNormalFullCovariance",
):
    """A normal vector, by its covariance."""
    if covariance_matrix is None:
        return ex.MultivariateNormal(loc, scale_diag=jnp.ones_like(loc))
    return ex.MultivariateNormal(_centre(loc, covariance_matrix[..., 0]), covariance=covariance_matrix)


@family()
def MultivariateNormalLinearOperator(
    loc: Vector = None,
    scale: Matrix = None,
    validate_args=False,
    allow_nan_stats=True,
    experimental_use_kahan_sum=False,
    name="MultivariateNormalLinearOperator",
):
    """A normal vector, by any factor S of its covariance S Sᵀ."""
    return ex.MultivariateNormal(_centre(loc, scale[..., 0]), scale_tril=lower(scale))


@family()
def MultivariateNormalTriL(
    loc: Vector = None,
    scale_tril: Matrix = None,
    validate_args=False,
    allow_nan_stats=True,
    experimental_use_kahan_sum=False,
    name="MultivariateNormalTriL",
):
    """A normal vector, by a lower triangular factor of its covariance; what stands above the diagonal is not read."""
    if scale_tril is None:
        return ex.MultivariateNormal(loc, scale_diag=jnp.ones_like(loc))
    return ex.MultivariateNormal(_centre(loc, scale_tril[..., 0]), scale_tril=jnp.tril(scale_tril))


@family()
def MultivariateStudentTLinearOperator(
    df,
    loc: Vector,
    scale: Matrix,
    validate_args=False,
    allow_nan_stats=True,
    name="MultivariateStudentTLinearOperator",
):
    """A Student t vector, by any factor of its scale matrix."""
    return ex.MultivariateStudentT(df, loc, lower(scale))


@family()
def MatrixNormalLinearOperator(
    loc: Matrix,
    scale_row: Matrix,
    scale_column: Matrix,
    validate_args=False,
    allow_nan_stats=True,
    name="MatrixNormalLinearOperator",
):
    """A normal matrix, by factors of the covariances of its rows and its columns."""
    return ex.MatrixNormal(loc, lower(scale_row), lower(scale_column))


def lower(scale: Any) -> Array:
    """The lower triangular L with L Lᵀ = S Sᵀ: the law is the same."""
    return jnp.linalg.cholesky(scale @ jnp.swapaxes(scale, -1, -2))


def _centre(loc: Any, like: Any) -> Array:
    return jnp.zeros_like(like) if loc is None else loc
