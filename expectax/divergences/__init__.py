"""The catalogue of divergences: which pairs of families have a formula, and the verb that finds it."""

from . import (  # noqa: F401  imported for the rules they register
    _beta,
    _choices,
    _directions,
    _gamma,
    _gaussian,
    _independent,
    _intervals,
    _location_scale,
    _logistic,
    _matrices,
    _moments,
    _wrappers,
)
from ._kl import kl, kl_method, register_kl

__all__ = ["kl", "kl_method", "register_kl"]
