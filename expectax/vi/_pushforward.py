"""A distribution over R^n pushed through the supports of a pytree of latents.

x = constrain(u),   u ~ base,   log q(x) = log base(u) - log |d constrain / d u|
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._module import Module, static
from .._typing import Array, Key, Shape
from ..distributions import AbstractDistribution
from ..supports import AbstractSupport
from ._log_det import log_det


@dataclasses.dataclass(frozen=True)
class Slot:
    """Where one latent lies and how many free reals it takes."""

    support: AbstractSupport
    shape: Shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Pushforward(Module):
    """The law of a pytree of latents whose free reals, laid in a row, follow `base`.

    It is a pytree: `ex.unconstrain` makes its base's parameters free reals, which `ex.vi.fit` moves, and `ex.constrain`
    brings them back. Made by `ex.vi.mean_field_normal`, `full_rank_normal`, `low_rank_normal` and `flow_guide`.

    Example:
        >>> import jax, expectax as ex
        >>> guide = ex.vi.mean_field_normal({"scale": ex.HalfNormal(1.0)})
        >>> bool(guide.sample(jax.random.key(0))["scale"] > 0)
        True
    """

    base: AbstractDistribution
    slots: tuple[Slot, ...] = static()
    structure: Any = static()

    def sample(self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None) -> Any:
        """Draws of the latents, a pytree; each leaf has `shape` in front."""
        return self.push(self.base.sample(key, shape, gradient=gradient, name=name))

    def log_prob(self, latents: Any) -> Array:
        """Log-density at a pytree of latents, one of each."""
        return self.log_prob_at(self.pull(latents))

    def push(self, free: Array) -> Any:
        """The latents of rows of free reals."""
        return _by_rows(self._push_row, free)

    def pull(self, latents: Any) -> Array:
        """The row of free reals of latents, one of each."""
        values = self.structure.flatten_up_to(latents)
        free = [slot.support.unconstrain(jnp.asarray(x)) for slot, x in zip(self.slots, values, strict=True)]
        return jnp.concatenate([u.reshape(-1) for u in free])

    def log_prob_at(self, free: Array) -> Array:
        """Log-density of the latents that rows of free reals give: no inverse is needed."""
        return self.base.log_prob(free) - _by_rows(self._log_det_of_row, free)

    def _push_row(self, row: Array) -> Any:
        return self.structure.unflatten([slot.support.constrain(u) for slot, u in self._pieces(row)])

    def _log_det_of_row(self, row: Array) -> Array:
        return jnp.stack([log_det(slot.support, u).sum() for slot, u in self._pieces(row)]).sum()

    def _pieces(self, row: Array) -> list[tuple[Slot, Array]]:
        """Each slot with its part of the row, in the latent's shape."""
        ends = np.cumsum([slot.size for slot in self.slots])
        return [(s, row[end - s.size : end].reshape(s.shape)) for s, end in zip(self.slots, ends.tolist(), strict=True)]


def _by_rows(function: Callable, free: Array) -> Any:
    """Of each row, whatever axes stand in front."""
    return function(free) if free.ndim == 1 else jax.vmap(lambda rows: _by_rows(function, rows))(free)
