"""What every support knows: who is in it, the rank of one event, an inner point, a random point, the map from the reals."""

import abc
import math
from typing import Any, ClassVar

import jax.numpy as jnp

from .._module import Module
from .._typing import Array, Key, Shape


class AbstractSupport(Module):
    """The set in which a parameter or a draw lives.

    A subclass gives `contains` for one event or a batch of them (it must work on NumPy and JAX arrays alike),
    `constrain` (a smooth map of R^n onto the set's interior), `interior` (a scalar inner value that is safe to
    differentiate at), and the class attributes.
    """

    event_rank = 0
    discrete = False
    description = "an element of the support"
    whole_space = False
    """Whether every value of the right shape belongs to it: no edge to cross."""
    bounds: ClassVar[Any] = (-math.inf, math.inf)
    """(low, high) between which each element lies; a value that keeps between them does not leave the set."""
    tolerant = False
    """Whether membership is judged up to the rounding of the value's own type, which is then not widened before."""
    cheap = True
    """Whether `contains` costs little enough to run on parameters inside every traced computation."""

    @abc.abstractmethod
    def contains(self, value: Any) -> Any:
        """Whether each event of `value` is in the set; NaN never is. Batched over leading axes."""

    @abc.abstractmethod
    def constrain(self, unconstrained: Array) -> Array:
        """A smooth map from unconstrained reals onto the interior (for a discrete set: onto its relaxation)."""

    def unconstrain(self, value: Array) -> Array:
        """Reals that `constrain` maps to `value`: its inverse, ±inf at an edge."""
        raise NotImplementedError(f"{type(self).__name__} has no inverse of its map from the reals")

    def inside(self, value: Array) -> Array:
        """A value of `constrain`, moved off an edge that does not belong to the set if rounding put it there."""
        return value

    @abc.abstractmethod
    def interior(self, value: Array) -> Array:
        """Inner points of the set, shaped like `value`: where a masked density can be evaluated safely."""

    @abc.abstractmethod
    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        """A random inner point of shape `shape` (event axes last), away from the edges: for tests."""
