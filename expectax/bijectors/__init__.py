"""Bijectors: smooth invertible maps with their log-determinants."""

from ._bijector import AbstractBijector
from .exp import Exp
from .invert import Invert
from .scale import Scale
from .triangular_affine import TriangularAffine

__all__ = [
    "AbstractBijector",
    "Exp",
    "Invert",
    "Scale",
    "TriangularAffine",
]
