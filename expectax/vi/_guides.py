"""Guides over free reals, laid out from the supports and shapes of a pytree of distributions."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array, Key
from ..bijectors import AbstractBijector
from ..distributions import AbstractDistribution, LowRankMultivariateNormal, MultivariateNormal, Transformed
from . import _errors
from ._log_det import log_det
from ._pushforward import Pushforward, Slot


def mean_field_normal(like: Any, *, scale: float = 0.1) -> Pushforward:
    """A guide whose free reals are independent normals.

    Args:
        like: a pytree of distributions, such as the priors: of each the support and the shape of a draw are used.
        scale: standard deviation of every free real at the start; the means start at 0.

    Raises:
        UnsupportedProgramError: a support is discrete, or no bijection of R^n reaches it.

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> guide = ex.vi.mean_field_normal({"w": ex.Normal(jnp.zeros(3), 1.0), "rate": ex.Exponential(1.0)})
        >>> guide.base.event_shape
        (4,)
    """
    slots, structure, size = _layout(like)
    return Pushforward(MultivariateNormal(jnp.zeros(size), scale_diag=_scales(size, scale)), slots, structure)


def full_rank_normal(like: Any, *, scale: float = 0.1) -> Pushforward:
    """A guide whose free reals are jointly normal with any covariance; see `mean_field_normal`.

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> ex.vi.full_rank_normal(ex.Normal(jnp.zeros(3), 1.0)).base.scale_tril.shape
        (3, 3)
    """
    slots, structure, size = _layout(like)
    return Pushforward(MultivariateNormal(jnp.zeros(size), scale_tril=scale * jnp.eye(size)), slots, structure)


def low_rank_normal(like: Any, rank: int, key: Key, *, scale: float = 0.1) -> Pushforward:
    """A guide whose free reals share `rank` normal factors beside noise of their own; see `mean_field_normal`.

    Args:
        like: a pytree of distributions.
        rank: number of common factors.
        key: for their loadings at the start; loadings of 0 would stay there, for symmetry.
        scale: standard deviation of the own noise; loadings start with a tenth of it.

    Source: Ong, Nott, Smith, "Gaussian variational approximation with a factor covariance structure", JCGS 27 (2018).

    Example:
        >>> import jax, jax.numpy as jnp, expectax as ex
        >>> ex.vi.low_rank_normal(ex.Normal(jnp.zeros(9), 1.0), 2, jax.random.key(0)).base.factor.shape
        (9, 2)
    """
    slots, structure, size = _layout(like)
    factor = 0.1 * scale * jax.random.normal(key, (size, rank))
    base = LowRankMultivariateNormal(jnp.zeros(size), factor, _scales(size, scale) ** 2)
    return Pushforward(base, slots, structure)


def flow_guide(like: Any, make: Callable[[int], AbstractBijector], *, scale: float = 0.1) -> Pushforward:
    """A guide whose free reals are independent normals pushed through a flow; see `mean_field_normal`.

    Args:
        like: a pytree of distributions.
        make: makes a flow of the vectors of free reals, given their size; its arrays are trained, and so is the base. Layers of
            coupling go both ways in one pass; of autoregressive ones take `inverse=True`, which draws in one.
        scale: standard deviation of the base at the start.

    Source: Rezende, Mohamed, "Variational inference with normalizing flows", ICML 2015.

    Example:
        >>> import functools, jax, expectax as ex
        >>> flow = functools.partial(ex.flows.coupling, jax.random.key(0), layers=2)
        >>> guide = ex.vi.flow_guide({"a": ex.Normal(0.0, 1.0), "b": ex.Exponential(1.0)}, flow)
        >>> bool(guide.sample(jax.random.key(1))["b"] > 0)
        True
    """
    slots, structure, size = _layout(like)
    base = MultivariateNormal(jnp.zeros(size), scale_diag=_scales(size, scale))
    return Pushforward(Transformed(base, make(size)), slots, structure)


def _layout(like: Any) -> tuple[tuple[Slot, ...], Any, int]:
    parts, structure = jax.tree.flatten(like, is_leaf=lambda node: isinstance(node, AbstractDistribution))
    for part in parts:
        if not isinstance(part, AbstractDistribution):
            raise _errors.bad_likeness(part)
    slots = tuple(Slot(p.support, (*p.batch_shape, *p.event_shape)) for p in parts)
    for slot in slots:
        jax.eval_shape(lambda free, s=slot: log_det(s.support, free), jnp.zeros(slot.shape))
    return slots, structure, sum(slot.size for slot in slots)


def _scales(size: int, scale: float) -> Array:
    return jnp.full(size, scale)
