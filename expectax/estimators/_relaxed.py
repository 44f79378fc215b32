"""Draws of one-hot vectors that are given a path of their own: biased, and only where a site asks for them.

With log-probabilities ℓ, one-hot draw d, standard Gumbels g conditioned on argmax(ℓ + g) being that of d, and temperature T:

    straight-through          value d,                     derivative of softmax(ℓ)
    gumbel-softmax            value softmax((ℓ + g)/T),    its own derivative: the whole program is relaxed
    straight-through-gumbel   value d,                     derivative of softmax((ℓ + g)/T)
    reinmax                   value d,                     derivative of 2 π₁ - ½ π₀,  π₀ = softmax(ℓ),
                                                           π₁ = softmax(log ½(d + softmax(ℓ/T)) held + ℓ - held ℓ)

Straight-through and reinmax at T = 1 are exact for costs linear, and reinmax for costs quadratic, in d. What follows the draw
has to be differentiable off the corners: a jump there is refused, as the made-up path would miss it.

Sources: Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic neurons" (2013); Jang, Gu, Poole,
"Categorical reparameterization with Gumbel-softmax" (2017); Maddison, Mnih, Teh, "The concrete distribution" (2017); Liu, Dong, Liu,
Yu, Gao, "Bridging discrete and backpropagation" (2023), algorithm 2; Tucker et al., "REBAR" (2017), appendix, for g given d.
"""

import abc
import dataclasses
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import lax

from .. import _errors
from .._typing import Array, Key, Shape
from ..supports import OneHot
from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class AbstractRelaxed(AbstractEstimator):
    """A draw whose derivative, or value too, is made up."""

    keeps_path: ClassVar[bool] = True
    follows: ClassVar[bool] = True
    relaxes: ClassVar[bool] = True

    def unfit(self, dist: Any) -> str | None:
        return not_one_hot(dist)

    def draw(self, dist: Any, key: Key, shape: Shape) -> Array:
        hard = lax.stop_gradient(super().draw(dist, key, shape))
        log_p = jnp.broadcast_to(dist._batched("_log_p"), hard.shape).astype(hard.dtype)
        return self._relaxed(finite(log_p), hard, jax.random.fold_in(jax.random.clone(key), 1))

    @abc.abstractmethod
    def _relaxed(self, log_p: Array, hard: Array, key: Key) -> Array:
        """The draw with its derivative."""


@dataclasses.dataclass(frozen=True)
class StraightThrough(AbstractRelaxed):
    """The draw, with the derivative of its probabilities."""

    name: ClassVar[str] = "straight-through"

    def _relaxed(self, log_p: Array, hard: Array, key: Key) -> Array:
        return with_path_of(hard, jnp.exp(log_p))


@dataclasses.dataclass(frozen=True)
class _Tempered(AbstractRelaxed):
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_temperature(self.name, self.temperature)


@dataclasses.dataclass(frozen=True)
class GumbelSoftmax(_Tempered):
    """A vector of the concrete law instead of the draw: for costs that take points between the corners."""

    name: ClassVar[str] = "gumbel-softmax"

    def _relaxed(self, log_p: Array, hard: Array, key: Key) -> Array:
        free, _ = perturbed(log_p, hard, key)
        return jax.nn.softmax(free / self.temperature)


@dataclasses.dataclass(frozen=True)
class StraightThroughGumbel(_Tempered):
    """The draw, with the derivative of a concrete vector that has its largest entry in the same place."""

    name: ClassVar[str] = "straight-through-gumbel"

    def _relaxed(self, log_p: Array, hard: Array, key: Key) -> Array:
        free, _ = perturbed(log_p, hard, key)
        return with_path_of(hard, jax.nn.softmax(free / self.temperature))


@dataclasses.dataclass(frozen=True)
class ReinMax(_Tempered):
    """The draw, with a derivative that is right to second order (Heun's method)."""

    name: ClassVar[str] = "reinmax"

    def _relaxed(self, log_p: Array, hard: Array, key: Key) -> Array:
        middle = 0.5 * (hard + jax.nn.softmax(log_p / self.temperature))
        middle = jax.nn.softmax(lax.stop_gradient(jnp.log(middle) - log_p) + log_p)
        return with_path_of(hard, 2 * middle - 0.5 * jnp.exp(log_p))


def finite(log_p: Array) -> Array:
    """The log-probability of forbidden outcomes as a low number, with which one may compute."""
    return jnp.maximum(log_p, jnp.finfo(log_p.dtype).min / 4)


def with_path_of(value: Array, path: Array) -> Array:
    """`value` with the derivative of `path`."""
    return value + (path - lax.stop_gradient(path))


def perturbed(log_p: Array, hard: Array, key: Key) -> tuple[Array, Array]:
    """ℓ + g with argmax at the draw, twice: the same numbers, differentiated at fixed g, and at fixed noise given the draw.

    With exponential E_i and k the draw: z_k = -log E_k, and z_i = -log(E_k + E_i/p_i) elsewhere (Tucker et al., appendix C).
    """
    log_e = jnp.log(jax.random.exponential(key, log_p.shape, log_p.dtype))
    chosen = hard == 1
    log_e_chosen = jnp.where(chosen, log_e, 0.0).sum(-1, keepdims=True)
    tied = jnp.where(chosen, -log_e, -jnp.logaddexp(log_e_chosen, log_e - log_p))
    return with_path_of(lax.stop_gradient(tied), log_p), tied


def not_one_hot(dist: Any) -> str | None:
    """Why a law's draws cannot be relaxed."""
    if isinstance(dist.support, OneHot):
        return None
    return "its draws are not one-hot vectors, whose entries can move; OneHotCategorical is the family whose draws are"


def check_temperature(name: str, temperature: float) -> None:
    if not is_number(temperature) or not temperature > 0:
        raise _errors.bad_setting(name, "temperature", "a positive number", temperature)


def is_number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)
