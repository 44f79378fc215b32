"""Mixtures of unlike distributions, and what adds mass at a point, in TFP's arguments."""

import inspect
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .... import distributions as ex
from ....distributions.zero_inflated import counts_from_zero
from .._arguments import Parts, Static
from ._base import Distribution, family
from ._counts import NegativeBinomial


class Components(Distribution):
    """What Mixture adds."""

    @property
    def num_components(self) -> int:
        """How many components there are."""
        return len(self._arguments["components"])


@family(Components)
def Mixture(cat: Parts, components: Parts, validate_args=False, allow_nan_stats=True, name="Mixture"):
    """One of several distributions, of families of their own."""
    return ex.Mixture(cat.expectax_distribution, tuple(c.expectax_distribution for c in components))


@family()
def Inflated(
    distribution: Parts,
    inflated_loc_logits=None,
    inflated_loc_probs=None,
    inflated_loc=0.0,
    inflated_loc_atol: Static = None,
    inflated_loc_rtol: Static = None,
    validate_args=False,
    allow_nan_stats=True,
    name="Inflated",
):
    """A count of which some have one value for another reason than the others; compared exactly."""
    base = distribution.expectax_distribution
    if not counts_from_zero(base) or not _is_zero(inflated_loc):
        cat = ex.Categorical(**_pair(inflated_loc_logits, inflated_loc_probs))
        return ex.Mixture(cat, (ex.Deterministic(inflated_loc), base))
    return ex.ZeroInflated(distribution.expectax_distribution, gate=inflated_loc_probs, gate_logits=inflated_loc_logits)


def _is_zero(value: Any) -> bool:
    """Whether it is known to be 0."""
    return not isinstance(value, Tracer) and bool(np.all(np.asarray(value) == 0))


def _pair(logits: Any, probs: Any) -> dict[str, Any]:
    """A choice of two outcomes by the chance of the first."""
    if logits is not None:
        logits = jnp.stack([logits, jnp.zeros_like(logits)], -1)
    return {"logits": logits, "probs": None if probs is None else jnp.stack([probs, 1 - probs], -1)}


def ZeroInflatedNegativeBinomial(
    inflated_loc_logits: Any = None,
    inflated_loc_probs: Any = None,
    name: str = "ZeroInflatedNegativeBinomial",
    **kwargs: Any,
) -> Distribution:
    """A negative binomial count, by the arguments of NegativeBinomial, with an extra chance of 0."""
    shared = {n: v for n, v in kwargs.items() if n in ("validate_args", "allow_nan_stats")}
    unknown = kwargs.keys() - inspect.signature(NegativeBinomial).parameters.keys()
    if unknown:
        raise TypeError(f"ZeroInflatedNegativeBinomial: unknown arguments {sorted(unknown)}")
    return Inflated(NegativeBinomial(**kwargs), inflated_loc_logits, inflated_loc_probs, name=name, **shared)
