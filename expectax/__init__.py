"""Gradients through random sampling, right by construction, on JAX."""

from . import estimators, supports
from .distributions import AbstractDistribution, Normal, parameter

__all__ = ["AbstractDistribution", "Normal", "estimators", "parameter", "supports"]
