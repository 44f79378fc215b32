"""Flows as chains of layers, with a fixed permutation between two of them."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import bijectors
from .._typing import Array, Key
from ..bijectors import AbstractBijector
from ._networks import made, mlp
from ._transforms import Affine, Spline

_TRANSFORMS = {"affine": Affine, "spline": Spline}


def coupling(
    key: Key,
    dim: int,
    *,
    layers: int = 6,
    hidden: Sequence[int] = (64, 64),
    transform: Any = "spline",
    network: Callable[[int, int], Any] | None = None,
) -> AbstractBijector:
    """Coupling layers: one pass draws, one pass gives the density.

    Args:
        key: a random key, for the weights.
        dim: size of the vectors that are mapped, at least 2.
        layers: how many; half of the entries move in each.
        hidden: sizes of the hidden layers of the default network.
        transform: "spline", "affine", or an object like `Spline()`: a hashable function of a network's numbers with `size`.
        network: (inputs, outputs) -> (init, apply), see `Network`; the default is `mlp`.

    Returns:
        A bijector of vectors, of which arrays of floats are trained; the identity at first for the default network.

    Example:
        >>> import expectax as ex, jax
        >>> flow = ex.flows.coupling(jax.random.key(0), 2)
        >>> flow.forward(jax.numpy.ones((5, 2))).shape
        (5, 2)
    """
    _check("coupling", dim, 2, layers)
    transform, kept = _transform(transform), dim // 2
    init, apply = (network or functools.partial(mlp, hidden=hidden))(kept, (dim - kept) * transform.size)
    return _chain([bijectors.Coupling(init(k), apply, transform, kept) for k in jax.random.split(key, layers)], dim)


def masked_autoregressive(
    key: Key,
    dim: int,
    *,
    layers: int = 4,
    hidden: Sequence[int] = (64, 64),
    transform: Any = "affine",
    inverse: bool = False,
    network: Callable[[int, int], Any] | None = None,
) -> AbstractBijector:
    """Autoregressive layers: one pass gives the density and `dim` passes draw; with `inverse` the other way round.

    Args:
        key: a random key, for the weights.
        dim: size of the vectors that are mapped.
        layers: how many.
        hidden: sizes of the hidden layers of the default network.
        transform: as of `coupling`.
        inverse: whether forward is the fast direction (inverse autoregressive flow) instead of backward (masked one).
        network: (dim, outputs) -> (init, apply) with the autoregressive property; the default is `made`.
    """
    _check("masked_autoregressive", dim, 1, layers)
    transform = _transform(transform)
    init, apply = (network or functools.partial(made, hidden=hidden))(dim, dim * transform.size)
    maps = [bijectors.MaskedAutoregressive(init(k), apply, transform) for k in jax.random.split(key, layers)]
    return _chain(maps if inverse else [bijectors.Invert(m) for m in maps], dim)


def planar(key: Key, dim: int, *, layers: int = 16) -> AbstractBijector:
    """Planar layers: one pass draws, root finding in one number a layer gives the density of any vector."""
    _check("planar", dim, 1, layers)
    keys = jax.random.split(key, 3)
    w, u = (jax.random.normal(k, (layers, dim)) / math.sqrt(dim) for k in keys[:2])
    b = jax.random.normal(keys[2], (layers,))
    return bijectors.Chain([bijectors.Planar(w[i], 0.1 * u[i], b[i]) for i in range(layers)])


def block_neural_autoregressive(
    key: Key, dim: int, *, layers: int = 1, hidden: Sequence[int] = (8, 8)
) -> AbstractBijector:
    """Block neural autoregressive layers: one pass back gives the density; drawing is root finding, entry by entry.

    Args:
        key: a random key, for the weights.
        dim: size of the vectors that are mapped.
        layers: how many.
        hidden: how many hidden units an entry.
    """
    _check("block_neural_autoregressive", dim, 1, layers)
    return _chain([bijectors.Invert(_block_layer(k, dim, hidden)) for k in jax.random.split(key, layers)], dim)


def _block_layer(key: Key, dim: int, hidden: Sequence[int]) -> AbstractBijector:
    sizes = (1, *hidden, 1)
    parts = []
    for k, ins, outs in zip(jax.random.split(key, len(sizes) - 1), sizes[:-1], sizes[1:], strict=True):
        for_diagonal, for_below, for_bias = jax.random.split(k, 3)
        diagonal = 0.5 * jax.random.normal(for_diagonal, (dim, outs, ins)) - math.log(ins)
        below = jax.random.normal(for_below, (dim, outs, dim, ins)) / math.sqrt(dim * ins)
        parts.append((diagonal, below, jax.random.normal(for_bias, (dim, outs))))
    return bijectors.BlockNeuralAutoregressive(parts)


def continuous(key: Key, dim: int, *, hidden: Sequence[int] = (64, 64), probes: int = 0) -> AbstractBijector:
    """One continuous flow with an `mlp` of position and time for its field; needs diffrax.

    Args:
        key: a random key, for the weights and the probes.
        dim: size of the vectors that are mapped.
        hidden: sizes of the hidden layers.
        probes: how many random vectors of signs the trace is estimated with; 0: the exact trace.
    """
    _check("continuous", dim, 1, 1)
    for_weights, for_probes = jax.random.split(key)
    weights = mlp(dim + 1, dim, hidden).init(for_weights)
    signs = jax.random.rademacher(for_probes, (probes, dim), jnp.result_type(float)) if probes else None
    return bijectors.ContinuousFlow(weights, _field, probes=signs)


def _field(weights: Any, t: Array, x: Array) -> Array:
    return mlp(0, 0).apply(weights, jnp.append(x, t))


def _chain(maps: Sequence[AbstractBijector], dim: int) -> AbstractBijector:
    parts = [maps[0]]
    for number, part in enumerate(maps[1:]):
        parts += [bijectors.Permute(_order(number, dim)), part]
    return bijectors.Chain(parts)


def _order(number: int, dim: int) -> tuple[int, ...]:
    """The reverse order; after every second layer of more than two entries an arbitrary one."""
    arbitrary = number % 2 and dim > 2
    order = np.random.default_rng(number).permutation(dim) if arbitrary else np.arange(dim)[::-1]
    return tuple(order.tolist())


def _transform(transform: Any) -> Any:
    if not isinstance(transform, str):
        return transform
    if transform not in _TRANSFORMS:
        raise ValueError(
            f"transform: expected one of {sorted(_TRANSFORMS)} or a function with a size, got {transform!r}"
        )
    return _TRANSFORMS[transform]()


def _check(builder: str, dim: int, least: int, layers: int) -> None:
    if dim < least or layers < 1:
        raise ValueError(f"{builder}: expected dim >= {least} and layers >= 1, got dim={dim} and layers={layers}")
