"""The catalogue of distributions, one family a file."""

from ._distribution import AbstractDistribution, parameter
from .normal import Normal

__all__ = ["AbstractDistribution", "Normal", "parameter"]
