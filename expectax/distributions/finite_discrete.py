"""Finite discrete distribution: given numbers with given probabilities.

    P(v_k) = p_k = exp(ℓ_k) / Σ_j exp(ℓ_j),   v_1 < v_2 < ... < v_n

Sampling   x = v_k with k as Categorical draws it: no derivative along the draw.
Accuracy   as Categorical; a value is compared with the outcomes rounded to its own type.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 1.2.
"""

from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .. import _errors, random, supports
from .._module import static
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import log_choice
from ._distribution import AbstractDistribution, parameter
from ._logits import entropy, log_mass, probabilities


@final
class FiniteDiscrete(AbstractDistribution):
    """One of n given numbers, as a float.

    The outcomes are structure, as shapes are, so that a draw can be enumerated. Where they are to be learned, index
    them: `outcomes[ex.Categorical(...).sample(key)]`.

    Args:
        outcomes: v, the numbers, increasing; one list for the whole batch. Not traced.
        probs: p, their probabilities; they sum to 1.
        logits: ℓ, unnormalised log-probabilities; -inf forbids an outcome. Give them instead of `probs`.

    Shapes: outcomes (n,); the parameter (*batch, n); event ().

    Raises:
        ParameterError: not exactly one of probs and logits, probs that do not sum to 1, or outcomes that are traced, do
            not increase or are not as many as the probabilities (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> float(ex.FiniteDiscrete([0.5, 2.0], probs=np.array([0.25, 0.75])).mean())
        1.625
    """

    outcomes: Any = static()
    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    finite = True
    atomic = True
    alternatives = ("probs", "logits")

    def __init__(self, outcomes: Any, *, probs: ArrayLike | None = None, logits: ArrayLike | None = None):
        object.__setattr__(self, "outcomes", _as_tuple(self._label, outcomes))
        object.__setattr__(self, "probs", probs)
        object.__setattr__(self, "logits", logits)
        self.__post_init__()

    def __post_init__(self):
        super().__post_init__()
        count = jnp.shape(self.logits if self.probs is None else self.probs)[-1]
        if np.ndim(self.outcomes) != 1 or len(self.outcomes) != count or not np.all(np.diff(self.outcomes) > 0):
            described = f"{count} increasing numbers, as many as there are probabilities"
            raise _errors.bad_parameter(self._label, "outcomes", np.array2string(np.asarray(self.outcomes)), described)

    @property
    def support(self):
        return supports.Outcomes(self.outcomes)

    def _values(self) -> Array:
        return jnp.asarray(self.outcomes, self.dtype)

    def _p(self) -> Array:
        return probabilities(self.probs, self.logits)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        index = random.categorical(key, self._p(), shape)
        return jnp.where(index < 0, jnp.nan, self._values()[jnp.clip(index, 0)])

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        index = jnp.argmin(jnp.abs(self._values() - x))  # in half precision the value was rounded
        return jnp.log(self.probs[index]) if self.logits is None else log_choice(self.logits, index)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.where(self._below(x), self._p(), 0 * self._p()).sum()

    def _log_cdf(self, x: Array) -> Array:
        return log_mass(self._below(x), self.probs, self.logits)

    def _log_sf(self, x: Array) -> Array:
        return log_mass(~self._below(x), self.probs, self.logits)

    def _below(self, x: Array) -> Array:
        return self._values() <= x

    def _quantile(self, p: Array) -> Array:
        below = jnp.cumsum(self._p())
        index = jnp.minimum((below < p).sum(), len(self.outcomes) - 1)
        return jnp.where(jnp.isnan(below[-1]), jnp.nan, self._values()[index])

    # --- Moments ---
    def _mean(self) -> Array:
        return (self._p() * self._values()).sum()

    def _variance(self) -> Array:
        return (self._p() * (self._values() - self._mean()) ** 2).sum()

    def _mode(self) -> Array:
        p = self._p()
        return jnp.where(jnp.isnan(p.sum()), jnp.nan, self._values()[jnp.argmax(p)])

    def _entropy(self) -> Array:
        return entropy(self.probs, self.logits)

    def _support_values(self) -> Array:
        return self._values()


def _as_tuple(family: str, outcomes: Any) -> tuple:
    leaves = jax.tree.leaves(outcomes)
    if not leaves or any(isinstance(v, Tracer) for v in leaves):
        raise _errors.bad_parameter_type(family, "outcomes", outcomes)
    values = np.asarray(outcomes)
    return tuple(values.tolist()) if values.ndim == 1 else (values.shape,)
