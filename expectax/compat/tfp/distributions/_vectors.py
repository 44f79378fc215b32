"""Families of vectors and matrices, in TFP's arguments."""

import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Matrix, Static, Vector
from .._shape import as_shape
from ._base import Distribution, family
from ._choices import Choice, choice
from ._normals import lower


@family()
def Dirichlet(
    concentration: Vector,
    validate_args=False,
    allow_nan_stats=True,
    force_probs_to_zero_outside_support=False,
    name="Dirichlet",
):
    """What is believed of the probabilities of several outcomes."""
    return ex.Dirichlet(concentration)


@family()
def FlatDirichlet(
    concentration_shape: Static,
    dtype=jnp.float32,
    validate_args=False,
    allow_nan_stats=True,
    force_probs_to_zero_outside_support=False,
    name="FlatDirichlet",
):
    """All probabilities of several outcomes alike; the last number of the shape is how many there are."""
    return ex.Dirichlet(jnp.ones(as_shape(concentration_shape), dtype))


@family()
def DirichletMultinomial(
    total_count, concentration: Vector, validate_args=False, allow_nan_stats=True, name="DirichletMultinomial"
):
    """Counts of outcomes whose probabilities are a Dirichlet variable."""
    return ex.DirichletMultinomial(total_count, concentration)


@family(Choice)
def ExpRelaxedOneHotCategorical(
    temperature,
    logits: Vector = None,
    probs: Vector = None,
    validate_args=False,
    allow_nan_stats=True,
    name="ExpRelaxedOneHotCategorical",
):
    """The logarithm of a choice made continuous."""
    return ex.ExpRelaxedOneHotCategorical(temperature, **choice(logits, probs))


@family(Choice)
def Multinomial(
    total_count,
    logits: Vector = None,
    probs: Vector = None,
    validate_args=False,
    allow_nan_stats=True,
    name="Multinomial",
):
    """Counts of outcomes in independent trials."""
    return ex.Multinomial(total_count, **choice(logits, probs))


class Scores(Distribution):
    """A family with scores."""

    def scores_parameter(self) -> Array:
        """The scores."""
        return self._arguments["scores"]


@family(Scores)
def PlackettLuce(scores: Vector, dtype=jnp.int32, validate_args=False, allow_nan_stats=True, name="PlackettLuce"):
    """Orders in which things are drawn without replacement."""
    return ex.PlackettLuce(scores)


@family()
def PowerSpherical(
    mean_direction: Vector, concentration, validate_args=False, allow_nan_stats=True, name="PowerSpherical"
):
    """Directions around one, with a simple sampler."""
    return ex.PowerSpherical(mean_direction, concentration)


@family(Choice)
def RelaxedOneHotCategorical(
    temperature,
    logits: Vector = None,
    probs: Vector = None,
    validate_args=False,
    allow_nan_stats=True,
    name="RelaxedOneHotCategorical",
):
    """A choice made continuous."""
    return ex.RelaxedOneHotCategorical(temperature, **choice(logits, probs))


@family()
def SphericalUniform(
    dimension: Static,
    batch_shape: Static = (),
    dtype=jnp.float32,
    validate_args=False,
    allow_nan_stats=True,
    name="SphericalUniform",
):
    """Any direction alike; without a batch."""
    if batch_shape != ():
        raise NotImplementedError("SphericalUniform.batch_shape: only (); give the shape to `sample`")
    return ex.SphericalUniform(dimension)


@family()
def VonMisesFisher(
    mean_direction: Vector, concentration, validate_args=False, allow_nan_stats=True, name="VonMisesFisher"
):
    """Directions around one."""
    return ex.VonMisesFisher(mean_direction, concentration)


# --- Correlation and covariance matrices ---


@family()
def CholeskyLKJ(dimension: Static, concentration, validate_args=False, allow_nan_stats=True, name="CholeskyLKJ"):
    """Cholesky factors of correlation matrices."""
    return ex.LKJCholesky(dimension, concentration)


@family()
def LKJ(
    dimension: Static,
    concentration,
    input_output_cholesky: Static = False,
    validate_args=False,
    allow_nan_stats=True,
    name="LKJ",
):
    """Correlation matrices."""
    _matrices_only("LKJ", input_output_cholesky, "CholeskyLKJ")
    return ex.LKJ(dimension, concentration)


@family()
def WishartLinearOperator(
    df,
    scale: Matrix,
    input_output_cholesky: Static = False,
    validate_args=False,
    allow_nan_stats=True,
    name="WishartLinearOperator",
):
    """Sums of outer products of normal vectors, by any factor of their covariance."""
    _matrices_only("WishartLinearOperator", input_output_cholesky, "jnp.linalg.cholesky of the draws")
    return ex.Wishart(df, scale_tril=lower(scale))


@family()
def WishartTriL(
    df,
    scale_tril: Matrix = None,
    input_output_cholesky: Static = False,
    validate_args=False,
    allow_nan_stats=True,
    name="WishartTriL",
):
    """Sums of outer products of normal vectors."""
    _matrices_only("WishartTriL", input_output_cholesky, "jnp.linalg.cholesky of the draws")
    return ex.Wishart(df, scale_tril=scale_tril)


def _matrices_only(family: str, cholesky: bool, instead: str) -> None:
    if cholesky:
        raise NotImplementedError(f"{family}.input_output_cholesky: only False; use {instead}")
