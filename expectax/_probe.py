"""The sub-program behind a value, compiled once, and random lines through its leaves: the tools of `_continuity.py`."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import _compat
from ._jumps import BRANCH_CUTS, KINKS
from ._values import Definition, Numbers

_SCALES = (1.0, 10.0, 0.1, 100.0, 3.0, 1000.0)
ROUNDS = 21
_LOG_ROUNDS = 3
"""The last rounds: lines that pass all scales from 1e-4 to 1e5."""
POINTS = 256


class SubProgram:
    """The sub-program, compiled once for all its lines: leaves at `POINTS` points -> value and watched signs."""

    def __init__(
        self, numbers: Numbers, order: list, leaves: list, root: int, watched: tuple, wide: bool, double: bool
    ):
        self.numbers, self.order, self.leaves, self.wide = numbers, order, leaves, wide
        self.root, self.watched, self.double = root, watched, double
        self._compiled = jax.jit(self._run)

    def __call__(
        self, leaves: dict[int, np.ndarray], forced: int = -1, rows: np.ndarray | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """The value, and the watched signs. `forced`: a watched step that takes at each point its result at `rows`."""
        rows = np.arange(POINTS) if rows is None else rows
        value, signs = self._compiled([self._wide(leaves[n]) for n in self.leaves], forced, rows)
        return np.asarray(value, dtype=float).reshape(POINTS, -1), [np.asarray(s) for s in signs]

    @property
    def primitives(self) -> set[str]:
        """Names of what makes the watched values."""
        definitions = [self.numbers.definitions[n] for n in self.watched]
        return {d.eqn.primitive.name for d in definitions if d.eqn != "chosen"}

    def movement(self, before: dict, at: dict, after: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By how much the value changes from one place to another, by how much its derivative says so, and its size."""
        first, leaves, last = ([self._wide(side[n]) for n in self.leaves] for side in (before, at, after))
        floats = [i for i, v in enumerate(leaves) if jnp.issubdtype(v.dtype, jnp.floating)]

        def value(*moved: Any) -> Any:
            everything = [*leaves]
            for i, v in zip(floats, moved, strict=True):
                everything[i] = v
            return self._run(everything, -1, np.arange(POINTS))[0]

        start = [leaves[i] for i in floats]
        change = [np.asarray(_difference(last[i], first[i]), leaves[i].dtype) for i in floats]
        middle, told = jax.jit(lambda x, d: jax.jvp(value, x, d))(start, change)
        moved = self(after)[0] - self(before)[0]
        told, middle = (np.asarray(v, dtype=float).reshape(POINTS, -1) for v in (told, middle))
        return moved, told, np.abs(middle)

    def _run(self, values: list, forced: Any, rows: Any) -> tuple[Any, list]:
        env: dict[int, Any] = dict(zip(self.leaves, values, strict=True))
        for n in self.order:
            env[n] = self._wide(self._evaluate(self.numbers.definitions[n], env))
            if n in self.watched:
                env[n] = jnp.where(forced == self.watched.index(n), jnp.take(env[n], rows, axis=0), env[n])
        return env[self.root], [_watch(self.numbers.definitions[n], n, env) for n in self.watched]

    def _wide(self, x: Any) -> Any:
        return x.astype(np.float64) if self.double and jnp.issubdtype(x.dtype, jnp.floating) else x

    def _evaluate(self, definition: Definition, env: dict[int, Any]) -> Any:
        values = [env[n] for n in definition.operands]
        if definition.eqn != "chosen" and definition.eqn.primitive.name == "stop_gradient":
            return values[0]  # the user's own cut is not a derivative that was lost
        eqn = definition.eqn if definition.eqn == "chosen" or not self.double else _in_double(definition.eqn)
        if eqn == "chosen":
            return _choose(*values)
        values = [_as_declared(v, var.aval) for v, var in zip(values, eqn.invars, strict=True)]
        if not values:  # an iota
            out = _compat.bind(eqn, [])[definition.result]
            return jnp.broadcast_to(out, (POINTS, *out.shape))
        if self.wide:
            return jax.vmap(lambda *xs: _compat.bind(eqn, list(xs))[definition.result])(*values)
        if eqn.primitive.name == "broadcast_in_dim":
            return values[0]
        return _compat.bind(eqn, values)[definition.result]


def _difference(a: Any, b: Any) -> Any:
    same = a == b  # infinities too
    return np.where(same, 0, a) - np.where(same, 0, b)


def _as_declared(value: Any, aval: Any) -> Any:
    """A Python integer or the like in the type that the equation has it in; floats stay as wide as they are."""
    return value if _compat.is_float_type(aval) or value.dtype == aval.dtype else value.astype(aval.dtype)


def _in_double(eqn: Any) -> Any:
    """The equation without the parameters that ask for a narrower float."""
    params = dict(eqn.params)
    if eqn.primitive.name == "convert_element_type" and jnp.issubdtype(params["new_dtype"], jnp.floating):
        params["new_dtype"] = np.dtype(np.float64)
    if params.get("preferred_element_type") is not None:
        params["preferred_element_type"] = None
    return eqn.replace(params=params)


def _choose(index: Any, *options: Any) -> Any:
    index = jnp.clip(index.astype(jnp.int32), 0, len(options) - 1)
    return jax.vmap(lambda i, *xs: jax.lax.select_n(i, *xs))(index, *options)


def _watch(definition: Definition, number: int, env: dict[int, Any]) -> Any:
    """What changes where a discontinuous step is discontinuous, as rows over the points of a line."""
    value = env[number]
    name = "" if definition.eqn == "chosen" else definition.eqn.primitive.name
    if not jnp.issubdtype(value.dtype, jnp.floating) and name in ("rem", "max", "min", "clamp", "abs"):
        pass  # an integer: any change
    elif name in ("rem", "atan2", "max", "min"):
        a, b = (jnp.reshape(v, v.shape + (1,) * (value.ndim - v.ndim)) for v in (env[n] for n in definition.operands))
        value = {"rem": lambda: jnp.round((a - value) / b), "atan2": lambda: (b >= 0) | (a >= 0)}.get(
            name, lambda: a > b
        )()
    elif name == "abs":
        value = env[definition.operands[0]] > 0
    elif name in ("qr", "geqrf", "eigh", "svd", "eig", "schur", "hessenberg"):
        value = jnp.signbit(jnp.real(value))
    elif name in BRANCH_CUTS and jnp.issubdtype(env[definition.operands[0]].dtype, jnp.complexfloating):
        base = env[definition.operands[0]]
        value = 2 * (base.imag >= 0) + (base.real >= 0)
    elif name == "sort" or name.startswith("select_and_"):
        ordered = env[definition.operands[0 if name == "sort" else 1]]
        value = jnp.argsort(jnp.reshape(ordered, (POINTS, -1)), -1)
    elif name == "clamp":
        value = jnp.sign(env[definition.operands[1]] - value)
    elif name in KINKS:
        first = env[definition.operands[0]]
        value = jnp.argsort(jnp.reshape(first, (POINTS, -1)), -1)  # any change of order among the elements
    return jnp.reshape(value, (POINTS, -1))


class Line:
    """One random line t -> leaves(t): leaves that carry a derivative move, the others keep a random value."""

    def __init__(self, prober: Any, leaves: list, moving: list, wide: bool, round_: int, *, touches: bool):
        """`touches`: whether leaves stay for a while at the ends of their ranges."""
        self.scale = _SCALES[round_ % len(_SCALES)]
        self.log = round_ >= ROUNDS - _LOG_ROUNDS
        self.dwells = touches and round_ % 3 == 1
        random = np.random.default_rng(1000 + round_)
        self.picks: dict[tuple[int, ...], int] = {}
        integers = [
            int(np.asarray(c))
            for n in leaves
            if (c := prober.numbers.definitions[n].constant) is not None
            and np.shape(c) == ()
            and jnp.issubdtype(jnp.result_type(c), jnp.integer)
        ]
        self.integers = sorted({0, 1, 2, 3, *(c + d for c in integers for d in (-1, 0, 1))})
        self.leaves = {n: self._leaf(prober, n, n in moving, wide, random) for n in leaves}

    def _leaf(self, prober: Any, number: int, moves: bool, wide: bool, random: Any) -> Callable:
        definition, bounds = prober.numbers.definitions[number], prober.flows[number].bounds
        constant = definition.constant
        if constant is not None and (wide or np.shape(constant) == ()):
            return lambda times: _repeat(constant)
        if constant is not None and np.size(constant):  # one element of it, the same for all constants of that shape
            pick = self.picks.setdefault(np.shape(constant), int(random.integers(np.size(constant))))
            element = np.asarray(constant).ravel()[pick]
            return lambda times: _repeat(element)
        shape, dtype = np.shape(definition.aval) if wide else (), definition.aval.dtype
        if not _compat.is_float_type(definition.aval):
            value = random.choice([0, 1] if np.dtype(dtype).kind == "b" else self.integers, shape)
            value = np.asarray(np.maximum(value, 0) if np.dtype(dtype).kind == "u" else value).astype(dtype)
            return lambda times: _repeat(value)
        start, direction = random.normal(size=shape), random.normal(size=shape) * moves

        def line(times: np.ndarray) -> np.ndarray:
            times = times.reshape((-1,) + (1,) * len(shape))
            if self.log and bounds.low == -np.inf and bounds.high == np.inf:
                return np.asarray(1e-3 * (start + np.sign(direction) * np.sinh(20 * times)), dtype=dtype)
            if self.dwells and (prober.flows[number].atoms or np.isfinite(bounds.low) != np.isfinite(bounds.high)):
                return np.asarray(_dwelling(bounds, start + 3 * direction * times, self.scale), dtype=dtype)
            return np.asarray(_within(bounds, start, direction * times, self.scale), dtype=dtype)

        return line

    def at(self, times: np.ndarray) -> dict[int, np.ndarray]:
        return {n: leaf(times) for n, leaf in self.leaves.items()}


def _repeat(value: Any) -> np.ndarray:
    value = np.asarray(value)
    return np.broadcast_to(value, (POINTS, *value.shape))


def _dwelling(bounds: Any, place: Any, scale: float) -> Any:
    """A point that stays for a while at 0, and at the ends of a leaf's range, where there may be mass."""
    return np.clip(scale * np.sign(place) * np.maximum(np.abs(place) - 1, 0), bounds.low, bounds.high)


def _within(bounds: Any, start: Any, move: Any, scale: float) -> Any:
    """A point that respects what is known of a leaf's range."""
    if bounds.low > -np.inf and bounds.high < np.inf:
        return bounds.low + (bounds.high - bounds.low) / (1 + np.exp(-np.clip(start + 4 * move, -30, 30)))
    if bounds.low > -np.inf:
        return bounds.low + scale * np.exp(np.clip(start + 4 * move, -30, 30))
    if bounds.high < np.inf:
        return bounds.high - scale * np.exp(np.clip(start + 4 * move, -30, 30))
    return scale * (start + 3 * move)
