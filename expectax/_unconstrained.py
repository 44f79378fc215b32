"""Parameters as free reals and back: what any optimiser can move, whatever constraints the families declare."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ._batching import float_dtype
from ._parameter import Parameter, leaf_parameters
from ._typing import Array
from .distributions import AbstractDistribution
from .supports import AbstractSupport


def unconstrain(tree: Any) -> Any:
    """Every parameter of every distribution in a pytree as free reals, by the inverse of its support's `constrain`.

    The result has the structure of the argument, so that an optimiser updates it leaf by leaf; its distributions hold
    free reals where parameters stood and are good for nothing but `constrain`. Other leaves, and parameters that are
    counts, stay as they are. A parameter on its constraint's edge becomes infinite. What depends on another parameter, as an
    upper end on the lower one, becomes free by itself: its distance is what is kept, one for each lane of both.

    Args:
        tree: any pytree with distributions in it.

    Example:
        >>> import jax, expectax as ex
        >>> free = ex.unconstrain({"guide": ex.Normal(0.0, 1.0)})
        >>> moved = jax.tree.map(lambda v: v - 5.0, free)
        >>> print(f"{ex.constrain(moved)['guide'].scale:.4f}")
        0.0115
    """
    return _map_distributions(tree, _free)


def constrain(tree: Any) -> Any:
    """The inverse of `unconstrain`: distributions with free reals for parameters to distributions.

    Differentiable, so a loss is optimised as `lambda free, key: loss(ex.constrain(free), key)`. Any finite reals give valid
    parameters: what rounding would put on the edge of its constraint stops short of it, where its derivative is 0.

    Args:
        tree: a pytree made by `unconstrain`, its leaves moved at will.

    Example:
        >>> import expectax as ex
        >>> print(f"{ex.constrain(ex.unconstrain(ex.Beta(2.0, 3.0))).mean():.4f}")
        0.4000
    """
    return _map_distributions(tree, _valid)


def _map_distributions(tree: Any, move: Callable[[list[Array], list[Parameter]], list]) -> Any:
    def one(node: Any) -> Any:
        if not isinstance(node, AbstractDistribution):
            return node
        parameters = leaf_parameters(node)
        values = [
            v if p.support.discrete else _as_float(v) for v, p in zip(jax.tree.leaves(node), parameters, strict=True)
        ]
        return jax.tree.structure(node).unflatten(move(values, parameters))

    return jax.tree.map(one, tree, is_leaf=lambda node: isinstance(node, AbstractDistribution))


def _free(values: list[Array], parameters: list[Parameter]) -> list:
    def free(at: int) -> Any:
        p = parameters[at]
        if p.support.discrete:
            return values[at]
        support, value = _place(p, values[at], [values[at + s] for s in p.siblings])
        return support.unconstrain(value)

    return [free(at) for at in range(len(values))]


def _valid(values: list[Array], parameters: list[Parameter]) -> list:
    found: dict[int, Any] = {}

    def valid(at: int) -> Any:
        if at not in found:  # those that it depends on come before it, wherever they are declared
            found[at] = constrained(parameters[at], values[at], at)
        return found[at]

    def constrained(p: Parameter, value: Any, at: int) -> Any:
        if p.support.discrete:
            return value
        support, value = _place(p, value, [valid(at + s) for s in p.siblings])
        return support.inside(support.constrain(value))

    return [valid(at) for at in range(len(values))]


def _place(p: Parameter, value: Array, others: list[Array]) -> tuple[AbstractSupport, Array]:
    """Where the parameter may lie, given those that it depends on, in the type of its value; and the value beside it."""
    return (p.support, value) if p.within is None else p.left(value, [other.astype(value.dtype) for other in others])


def _as_float(value: Any) -> Array:
    return jnp.asarray(value).astype(float_dtype([value]))
