"""Parameters as free reals and back: what any optimiser can move, whatever constraints the families declare."""

from typing import Any

import jax
import jax.numpy as jnp

from ._batching import float_dtype
from ._parameter import leaf_parameters
from ._typing import Array
from .distributions import AbstractDistribution


def unconstrain(tree: Any) -> Any:
    """Every parameter of every distribution in a pytree as free reals, by the inverse of its support's `constrain`.

    The result has the structure of the argument, so that an optimiser updates it leaf by leaf; its distributions hold
    free reals where parameters stood and are good for nothing but `constrain`. Other leaves, and parameters that are
    counts, stay as they are. A parameter on its constraint's edge becomes infinite.

    Args:
        tree: any pytree with distributions in it.

    Example:
        >>> import jax, expectax as ex
        >>> free = ex.unconstrain({"guide": ex.Normal(0.0, 1.0)})
        >>> moved = jax.tree.map(lambda v: v - 5.0, free)
        >>> print(f"{ex.constrain(moved)['guide'].scale:.4f}")
        0.0115
    """
    return _map_parameters(tree, lambda support, value: support.unconstrain(value))


def constrain(tree: Any) -> Any:
    """The inverse of `unconstrain`: distributions with free reals for parameters to distributions.

    Differentiable, so a loss is optimised as `lambda free, key: loss(ex.constrain(free), key)`.

    Args:
        tree: a pytree made by `unconstrain`, its leaves moved at will.

    Example:
        >>> import expectax as ex
        >>> print(f"{ex.constrain(ex.unconstrain(ex.Beta(2.0, 3.0))).mean():.4f}")
        0.4000
    """
    return _map_parameters(tree, lambda support, value: support.constrain(value))


def _map_parameters(tree: Any, move: Any) -> Any:
    def one(node: Any) -> Any:
        if not isinstance(node, AbstractDistribution):
            return node
        values = [v if p.support.discrete else move(p.support, _as_float(v)) for v, p in _leaves(node)]
        return jax.tree.structure(node).unflatten(values)

    return jax.tree.map(one, tree, is_leaf=lambda node: isinstance(node, AbstractDistribution))


def _leaves(dist: AbstractDistribution) -> list:
    return list(zip(jax.tree.leaves(dist), leaf_parameters(dist), strict=True))


def _as_float(value: Any) -> Array:
    return jnp.asarray(value).astype(float_dtype([value]))
