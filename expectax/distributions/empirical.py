"""Empirical distribution: one of given samples, each with the same chance.

    P(x) = #{i : s_i = x} / n

Sampling   x = s_i,  i uniform: pathwise in the samples, since the one drawn is moved. The support moves with them, so the
           score function is not valid.
Accuracy   exact counts; moments to a few ulp of the largest sample.
Source     van der Vaart, "Asymptotic statistics" (1998), chapter 19.
"""

import dataclasses
from typing import final

import jax.numpy as jnp
from jax import lax

from .. import _errors, random, supports
from .._module import static
from .._parameter import Parameter
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter


@final
class Empirical(AbstractDistribution):
    """Draws again from samples that were drawn: numbers, or vectors and matrices as whole events.

    Args:
        samples: s, n samples along one axis. Real.
        event_ranks: how many axes a sample has, which stand behind that axis.

    Shapes: samples (*batch, n, *event); event: the last `event_ranks` axes.

    Raises:
        ParameterError: samples without the axes named, or none of them; event_ranks is no count (eager only).
        UndefinedMethodError: cdf, log_cdf, log_sf or quantile of samples that are not numbers.

    Example:
        >>> import expectax as ex, numpy as np
        >>> float(ex.Empirical(np.array([1.0, 4.0, 4.0, 7.0])).prob(4.0))
        0.5
    """

    samples: ParameterArray = parameter(supports.real_vector, moves_support=True)
    event_ranks: int = static(default=0)

    pathwise = True
    atomic = True

    def __post_init__(self):
        super().__post_init__()
        rank, shape = self.event_ranks, jnp.shape(self.samples)
        if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank < len(shape):
            raise _errors.bad_parameter(
                self._label, "event_ranks", repr(rank), f"0 ... {len(shape) - 1}, of shape {shape}"
            )
        if shape[-rank - 1] == 0:
            raise _errors.bad_parameter(self._label, "samples", f"shape {shape}", "at least one sample")

    def _parameters(self) -> list[Parameter]:
        return [dataclasses.replace(p, rank=1 + self.event_ranks) for p in super()._parameters()]

    @property
    def support(self):
        return supports.Atoms(self.samples, self.event_ranks)

    @property
    def event_shape(self) -> Shape:
        shape = jnp.shape(self.samples)
        return shape[len(shape) - self.event_ranks :]

    def _known(self, result: Array) -> Array:
        """The result, NaN where a sample is."""
        return jnp.where(jnp.isnan(self.samples).any(), jnp.nan, result)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        event, rank = self.event_shape, self.event_ranks
        known = ~jnp.isnan(self.samples).any(tuple(range(-rank - 1, 0)), keepdims=True)
        samples = jnp.where(known, self.samples, jnp.nan)
        count = samples.shape[-rank - 1]
        index = random.integers(key, jnp.asarray(count, self.dtype), shape).astype(jnp.int32)
        batch = samples.shape[: samples.ndim - rank - 1]
        lanes = [lax.broadcasted_iota(jnp.int32, shape, i) if n > 1 else 0 for i, n in enumerate(batch)]
        return samples[(*lanes, index)].reshape(shape + event)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        same = (self.samples == x[None]).all(tuple(range(1, 1 + x.ndim)))
        return self._known(jnp.log(self._share(same)))

    def _share(self, chosen: Array) -> Array:
        return chosen.mean(dtype=self.dtype)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._known(self._share(self._numbers("cdf") <= x))

    def _log_cdf(self, x: Array) -> Array:
        return self._known(jnp.log(self._share(self._numbers("log_cdf") <= x)))

    def _log_sf(self, x: Array) -> Array:
        return self._known(jnp.log(self._share(self._numbers("log_sf") > x)))

    def _numbers(self, method: str) -> Array:
        """The samples, if they are what the method needs."""
        if self.event_ranks:
            raise self._missing(method)
        return self.samples

    def _quantile(self, p: Array) -> Array:
        ordered = jnp.sort(self._numbers("quantile"))
        count = ordered.shape[0]
        number = jnp.ceil(p * count)
        # rounding of the product may be off by one: the definition decides
        number = jnp.where((number - 1) / count >= p, number - 1, number)
        number = jnp.where(number / count < p, number + 1, number)
        return self._known(ordered[jnp.clip(number.astype(jnp.int32) - 1, 0, count - 1)])

    # --- Moments: with n, not n - 1, in the denominator ---
    def _mean(self) -> Array:
        return self.samples.mean(0)

    def _variance(self) -> Array:
        return ((self.samples - self.samples.mean(0, keepdims=True)) ** 2).mean(0)

    def _covariance(self) -> Array:
        if not self.event_ranks:
            raise self._missing("covariance")
        rows = (self.samples - self.samples.mean(0, keepdims=True)).reshape(self.samples.shape[0], -1)
        product = jnp.matmul(rows.T, rows, precision=lax.Precision.HIGHEST) / rows.shape[0]
        return product.reshape(self.event_shape * 2)

    def _mode(self) -> Array:
        """The first of the samples that come most often."""
        return self._known(self.samples[jnp.argmax(self._shares())])

    def _entropy(self) -> Array:
        return self._known(-jnp.log(self._shares()).mean())

    def _shares(self) -> Array:
        """P(s_i) of every sample."""
        if self.event_ranks:
            return jnp.exp(lax.map(self._log_prob, self.samples))
        ordered = jnp.sort(self.samples)
        after, before = (jnp.searchsorted(ordered, self.samples, side=side) for side in ("right", "left"))
        return (after - before).astype(self.dtype) / self.samples.shape[0]
