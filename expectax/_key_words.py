"""Keys as their words in numpy, and what programs do to them: splitting a key this way costs no compilation.

What has no rule here is done by JAX itself, one operation at a time.
"""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import _compat

_THREEFRY = "threefry2x32"


@dataclasses.dataclass(frozen=True)
class Keys:
    """An array of keys."""

    kind: Any
    """Of the generator, as `jax.random.key_impl` tells it."""
    rows: np.ndarray
    """Each entry the words of a key in one piece."""

    @classmethod
    def of_words(cls, kind: Any, words: Any) -> "Keys":
        words = np.asarray(words, dtype=np.uint32, order="C")
        return cls(kind, words.view(f"V{4 * words.shape[-1]}")[..., 0])

    def __getitem__(self, row: Any) -> "Keys":
        return Keys(self.kind, np.asarray(self.rows[row]))

    @property
    def words(self) -> np.ndarray:
        return np.asarray(self.rows, order="C")[..., None].view(np.uint32)


@functools.cache
def kind_of(dtype: Any) -> Any:
    """Which generator keys of a type are for."""
    found: list = []
    jax.eval_shape(lambda k: found.append(jax.random.key_impl(k)), jax.ShapeDtypeStruct((), dtype))
    return found[0]


def from_jax(x: Any) -> Any:
    """Keys or whole numbers, off the device; a Python number stays what it is."""
    if isinstance(x, int):
        return x
    return Keys.of_words(kind_of(x.dtype), jax.random.key_data(x)) if _compat.is_key(x) else np.asarray(x)


def evaluate(eqn: Any, ins: list) -> list:
    """The results of an equation between keys and whole numbers."""
    rule = _RULES.get(eqn.primitive.name)
    outs = None if rule is None else rule(ins, eqn)
    if outs is None:
        outs = [from_jax(x) for x in _compat.bind(eqn, [_to_jax(x) for x in ins])]
    return outs if isinstance(outs, list) else [outs]


def _to_jax(x: Any) -> Any:
    if isinstance(x, Keys):
        return jax.random.wrap_key_data(jnp.asarray(x.words), impl=x.kind)
    return jnp.asarray(x) if isinstance(x, np.ndarray) else x  # a Python number has the type that JAX gives it


# --- Rules: None where JAX shall do it -------------------------------------------------------------------------------


def _split(ins: list, eqn: Any) -> Keys | None:
    (keys,), shape = ins, eqn.params["shape"]
    if keys.kind != _THREEFRY:
        return None
    count = math.prod(shape)
    if jax.config.jax_threefry_partitionable:  # pyright: ignore[reportAttributeAccessIssue]
        children = _threefry(keys, np.zeros(count, np.uint32), np.arange(count, dtype=np.uint32))
    else:
        halves = np.moveaxis(_threefry(keys, *np.arange(2 * count, dtype=np.uint32).reshape(2, count)), -1, -2)
        children = halves.reshape(*keys.rows.shape, count, 2)
    return Keys.of_words(keys.kind, children.reshape(*keys.rows.shape, *shape, 2))


def _fold_in(ins: list, eqn: Any) -> Keys | None:
    keys, number = ins
    if keys.kind != _THREEFRY or np.shape(number) not in ((), keys.rows.shape):
        return None
    number = np.broadcast_to(np.asarray(number).astype(np.uint32), keys.rows.shape)[..., None]
    return Keys.of_words(keys.kind, _threefry(keys, np.zeros_like(number), number)[..., 0, :])


def _threefry(keys: Keys, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Threefry-2x32 of 20 rounds (Salmon et al. 2011, section 3.3) of counters along a new last axis but one."""
    words = keys.words
    schedule = [words[..., 0, None], words[..., 1, None], (words[..., 0] ^ words[..., 1] ^ _PARITY)[..., None]]
    x, y = first + schedule[0], second + schedule[1]
    for number in range(5):
        for turn in _ROTATIONS[number % 2]:
            x = x + y
            y = ((y << turn) | (y >> np.uint32(32 - turn))) ^ x
        x = x + schedule[(number + 1) % 3]
        y = y + schedule[(number + 2) % 3] + np.uint32(number + 1)
    return np.stack([x, y], -1)


_PARITY = np.uint32(0x1BD11BDA)
_ROTATIONS = np.array([[13, 15, 26, 6], [17, 29, 16, 24]], np.uint32)


def _moved(move: Callable[[list[np.ndarray], dict], Any]) -> Callable:
    """The rule of an operation that only moves entries, of keys or of numbers."""

    def rule(ins: list, eqn: Any) -> list:
        kind = ins[0].kind if isinstance(ins[0], Keys) else None
        outs = move([x.rows if isinstance(x, Keys) else np.asarray(x) for x in ins], eqn.params)
        outs = outs if isinstance(outs, list) else [outs]
        return outs if kind is None else [Keys(kind, x) for x in outs]

    return rule


def _slice(ins: list, params: dict) -> np.ndarray:
    steps = params["strides"] or [1] * ins[0].ndim
    return ins[0][tuple(map(slice, params["start_indices"], params["limit_indices"], steps))]


def _reshape(ins: list, params: dict) -> np.ndarray:
    return ins[0].reshape(params["new_sizes"])


def _broadcast(ins: list, params: dict) -> np.ndarray:
    shape = [1] * len(params["shape"])
    for axis, size in zip(params["broadcast_dimensions"], ins[0].shape, strict=True):
        shape[axis] = size
    return np.broadcast_to(ins[0].reshape(shape), params["shape"])


def _unstack(ins: list, params: dict) -> list:
    return [np.asarray(x) for x in np.moveaxis(ins[0], params["axis"], 0)]


def _dynamic_slice(ins: list, params: dict) -> np.ndarray:
    x, *starts = ins
    sizes = params["slice_sizes"]
    starts = [int(np.clip(s, 0, n - size)) for s, n, size in zip(starts, x.shape, sizes, strict=True)]
    return x[tuple(slice(s, s + size) for s, size in zip(starts, sizes, strict=True))]


def _counted(do: Callable) -> Callable:
    """The rule of arithmetic of whole numbers, which wraps."""

    def rule(ins: list, eqn: Any) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.asarray(do(*map(np.asarray, ins))).astype(eqn.outvars[0].aval.dtype)

    return rule


_RULES: dict[str, Callable] = {
    "random_split": _split,
    "random_fold_in": _fold_in,
    "random_wrap": lambda ins, eqn: Keys.of_words(kind_of(eqn.outvars[0].aval.dtype), ins[0]),
    "random_unwrap": lambda ins, eqn: ins[0].words,
    "random_clone": lambda ins, eqn: ins[0],
    "slice": _moved(_slice),
    "squeeze": _moved(lambda ins, params: np.squeeze(ins[0], params["dimensions"])),
    "reshape": _moved(_reshape),
    "broadcast_in_dim": _moved(_broadcast),
    "unstack": _moved(_unstack),
    "stack": _moved(lambda ins, params: np.stack(ins, params["axis"])),
    "concatenate": _moved(lambda ins, params: np.concatenate(ins, params["dimension"])),
    "dynamic_slice": _moved(_dynamic_slice),
    "add": _counted(operator.add),
    "sub": _counted(operator.sub),
    "lt": _counted(operator.lt),
    "ge": _counted(operator.ge),
    "convert_element_type": _counted(lambda x: x),
}
