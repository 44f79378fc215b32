"""Draws without a derivative along their path: data to a gradient, as in TFP, but not silently."""

import functools
import warnings
from typing import Any

import jax
from jax.core import Tracer
from jax.custom_derivatives import SymbolicZero

from ...._errors import user_line
from ...._typing import Array, Key, Shape


class StoppedGradientWarning(UserWarning):
    """A gradient met a draw that has no derivative along its path, and took it for data."""


class ReparameterizationType:
    """Whether draws are differentiable functions of the parameters."""

    def __init__(self, rep_type: str):
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameterization Type: {self._rep_type}>"


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")

_WARNED: set[tuple[str, str]] = set()


def draw(dist: Any, key: Key, shape: Shape) -> Array:
    """Draws of one of our distributions, data where there is no path; a gradient that meets one warns, once a line."""
    if dist.pathwise:
        return dist.sample(key, shape)
    value, leaves = dist.sample(key, shape, gradient="stop"), jax.tree.leaves(dist)
    traced = [v for v in leaves if isinstance(v, Tracer)]
    return _as_data(dist._label, user_line(), value, *traced) if traced else value


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _as_data(family: str, line: str, value: Array, *parameters: Array) -> Array:
    return value


def _as_data_jvp(family: str, line: str, primals: Any, tangents: Any) -> Any:
    met = any(not isinstance(t, SymbolicZero) for t in tangents[1:])
    if met and (family, line) not in _WARNED:
        _WARNED.add((family, line))
        file, number = line.rsplit(":", 1) if ":" in line else (line, "0")
        message = (
            f"a gradient met a draw from {family} at {line}, which has no derivative along its path: the draw counts as "
            f"data, so the gradient of an expectation over it lacks a term\n"
            f"Cure: ex.value_and_grad over draws of our own families, which finds an estimator; or, if data is meant, "
            f"jax.lax.stop_gradient around the parameters."
        )
        warnings.warn_explicit(message, StoppedGradientWarning, file, int(number))
    return primals[0], tangents[0]


_as_data.defjvp(_as_data_jvp, symbolic_zeros=True)
