"""Small networks for conditioners: a multilayer perceptron, and one with the masks of MADE.

The last layer begins at zero, so that a flow begins as the identity.

Source   Germain et al., "MADE: masked autoencoder for distribution estimation" (2015), equations 8-13.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array, Key, PyTree


class Network(NamedTuple):
    """What builders take for a network: any pair of functions."""

    init: Callable[[Key], PyTree]
    """A random key to weights."""
    apply: Callable[[Any, Array], Array]
    """(weights, vector of inputs) to vector of outputs. Better a function of a module than one made on each call: flows
    with the same function are compiled once."""


def mlp(inputs: int, outputs: int, hidden: Sequence[int] = (64, 64)) -> Network:
    """A perceptron with SiLU between its layers.

    Example:
        >>> import jax
        >>> import expectax as ex
        >>> network = ex.flows.mlp(3, 2)
        >>> network.apply(network.init(jax.random.key(0)), jax.numpy.ones(3)).shape
        (2,)
    """
    sizes = (inputs, *hidden, outputs)
    return Network(_Init(sizes), _perceptron)


def made(inputs: int, outputs: int, hidden: Sequence[int] = (64, 64)) -> Network:
    """A perceptron with one equal row of outputs an input, each of which depends on the inputs before its own only.

    Args:
        inputs: n.
        outputs: how many in all; a multiple of n.
        hidden: sizes of the hidden layers.
    """
    if inputs < 1 or outputs % inputs:
        raise ValueError(
            f"made: expected outputs in a multiple of the inputs, got {inputs} inputs and {outputs} outputs"
        )
    network = MaskedNetwork(inputs, tuple(hidden), outputs // inputs)
    return Network(_Init((inputs, *hidden, outputs)), network)


def made_masks(inputs: int, hidden: Sequence[int], rows: int) -> list[np.ndarray]:
    """For each layer's matrix (ins, outs) where it may differ from zero, for `rows` outputs an input.

    Unit k of a hidden layer may see the first 1 + k mod (n - 1) inputs, and outputs of input i the first i - 1.

    Example:
        >>> import expectax as ex
        >>> [mask.astype(int).tolist() for mask in ex.flows.made_masks(2, [1], 1)]
        [[[1], [0]], [[0, 1]]]
    """
    degrees = [np.arange(inputs), *(np.arange(size) % max(inputs - 1, 1) for size in hidden)]
    inner = [before[:, None] <= after for before, after in itertools.pairwise(degrees)]
    return [*inner, degrees[-1][:, None] < np.repeat(np.arange(inputs), rows)]


@dataclasses.dataclass(frozen=True)
class MaskedNetwork:
    """The function of MADE: weights as of `mlp`, of which masked ones are not used."""

    inputs: int
    hidden: tuple[int, ...]
    rows: int

    def __call__(self, weights: list, x: Array) -> Array:
        masks = made_masks(self.inputs, self.hidden, self.rows)
        return _perceptron([(jnp.where(mask, w, 0), b) for mask, (w, b) in zip(masks, weights, strict=True)], x)


@dataclasses.dataclass(frozen=True)
class _Init:
    sizes: tuple[int, ...]

    def __call__(self, key: Key) -> list[tuple[Array, Array]]:
        layers = list(itertools.pairwise(self.sizes))
        keys = jax.random.split(key, max(len(layers) - 1, 1))
        inner = [
            (jax.random.normal(k, shape) / math.sqrt(max(shape[0], 1)), jnp.zeros(shape[1]))
            for k, shape in zip(keys, layers[:-1], strict=False)
        ]
        return [*inner, (jnp.zeros(layers[-1]), jnp.zeros(layers[-1][1]))]


def _perceptron(weights: list, x: Array) -> Array:
    for number, (w, b) in enumerate(weights):
        x = (jax.nn.silu(x) if number else x) @ w + b
    return x
