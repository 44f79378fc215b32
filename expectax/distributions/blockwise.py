"""Blockwise distribution: independent distributions side by side in one vector.

    p(x) = Π_i p_i(x_i),   x = (x_1, ..., x_n), each x_i an event of part i, read out into a vector

Everything is the parts', summed (log-density, entropy) or put one after the other (draws, moments).
"""

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import block_diag

from .. import _errors, supports
from .._parameter import validate
from .._typing import Array, Key, Shape
from ._distribution import AbstractDistribution
from ._parts import covariance_of
from ._wrapper import CUMULATIVE


@final
class Blockwise(AbstractDistribution):
    """Several independent variables of unlike families as one vector.

    Args:
        parts: distributions, all discrete or all continuous.

    Shapes: the parts' batches broadcast to the batch; event (n,), n the number of entries of all parts' events.

    Raises:
        ParameterError: there is no part, one is no distribution, or discrete and continuous ones are mixed.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.Blockwise([ex.Normal(1.0, 1.0), ex.Dirichlet(np.ones(2))]).mean()
        Array([1. , 0.5, 0.5], dtype=float32)
    """

    parts: tuple[AbstractDistribution, ...]

    def __init__(self, parts: Sequence[AbstractDistribution]):
        object.__setattr__(self, "parts", tuple(parts))
        kinds = {p.support.discrete for p in self.parts if isinstance(p, AbstractDistribution)}
        if len(kinds) != 1 or not all(isinstance(p, AbstractDistribution) for p in self.parts):
            raise _errors.bad_parameter(
                "Blockwise", "parts", self.parts, "distributions, all discrete or all continuous"
            )
        validate(self)

    # --- What the parts decide ---
    @property
    def _label(self) -> str:
        return f"Blockwise({', '.join(p._label for p in self.parts)})"

    @property
    def support(self):
        return supports.Blocks(tuple(p.support for p in self.parts), tuple(p.event_shape for p in self.parts))

    @property
    def pathwise(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return all(p.pathwise for p in self.parts)

    @property
    def finite(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return all(p.finite for p in self.parts)

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return any(p.mixed for p in self.parts)

    @property
    def draw_dtype(self) -> Any:
        integers = all(jnp.issubdtype(p.draw_dtype, jnp.integer) for p in self.parts)
        return jnp.int32 if integers else self.dtype

    @property
    def event_shape(self) -> Shape:
        return (sum(math.prod(p.event_shape) for p in self.parts),)

    def _has(self, method: str) -> bool:
        if method == "_covariance":
            return all(p._has("_covariance" if p.event_shape else "_variance") for p in self.parts)
        return method not in CUMULATIVE and all(p._has(method) for p in self.parts)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        keys = jax.random.split(key, len(self.parts))
        return self._joined([p._sample(k, shape) for p, k in zip(self.parts, keys, strict=True)], shape)

    def _joined(self, blocks: list[Array], lanes: Shape = ()) -> Array:
        """Events of the parts, one after the other, in the type of draws."""
        dtype = jnp.result_type(*(b.dtype for b in blocks)) if len({b.dtype for b in blocks}) == 1 else self.dtype
        wide = [jnp.broadcast_to(b, lanes + p.event_shape) for b, p in zip(blocks, self.parts, strict=True)]
        return jnp.concatenate([b.reshape(*lanes, math.prod(b.shape[len(lanes) :])).astype(dtype) for b in wide], -1)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        blocks = zip(self.parts, self.support.split(x), strict=True)
        return functools.reduce(jnp.add, [p._batched_log_prob(block) for p, block in blocks])

    # --- Moments. Not here: cdf and quantile, which a vector does not have ---
    def _mean(self) -> Array:
        return self._joined([p._batched("_mean") for p in self.parts])

    def _variance(self) -> Array:
        return self._joined([p._batched("_variance") for p in self.parts])

    def _mode(self) -> Array:
        return self._joined([p._batched("_mode") for p in self.parts])

    def _covariance(self) -> Array:
        """Zero between parts."""
        return block_diag(*(covariance_of(p) for p in self.parts))

    def _entropy(self) -> Array:
        return functools.reduce(jnp.add, [p._batched("_entropy") for p in self.parts])

    def _support_values(self) -> Array:
        """Every combination of the parts' values, the last part changing fastest."""
        values = [p._support_values() for p in self.parts]
        choices = np.array(list(itertools.product(*(range(len(v)) for v in values))), np.int32)
        chosen = [v[choices[:, i]] for i, v in enumerate(values)]
        return self._joined(chosen, (len(choices),)).astype(self.draw_dtype)
