"""Is a value continuous where a comparison inside it flips? A numeric test of a static suspicion.

`where(x > 0, x, 0.1 * x)` looks like a jump and is none; `where(x > 0, 1, 0)` is one. The sub-program between a value
and its leaves is evaluated along random lines through the leaves that carry a derivative. Wherever a watched
comparison flips, the flip is located to the last bit and the value on its two sides compared with its own slope
beside it. It counts as continuous only if every watched comparison was seen to flip where it matters (the value would
differ if the comparison had not flipped) and none made the value jump. Where that is possible, all of it in float64.

Elementwise sub-programs are tested on scalars, whatever the shapes; with `wide`, all of a small program is tested.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import _compat
from ._axes import is_elementwise
from ._values import Definition, Numbers

_SCALES = (1.0, 10.0, 0.1, 100.0, 3.0, 1000.0)
_ROUNDS = 21
_LOG_ROUNDS = 3
"""The last rounds: lines that pass all scales from 1e-4 to 1e5."""
_POINTS = 256
_SLOPE_STEP = 3e-3
_NEAR, _FAR = 1e-3, (1e-4, 1e-3, 1e-2, 1e-1)
"""Distances from a flip, in units of a line: to see how much the value varies, and what the comparison does to it."""
_FLIPS = 8
_SEARCHES = 8
"""Each narrows a flip 31-fold: from a grid step to below the resolution of float64 times."""
_SINGLE = frozenset("bitcast_convert_type nextafter reduce_precision scan while".split())
"""What cannot be evaluated in another float type than its own."""
KINKS = frozenset("max min abs clamp reduce_max reduce_min cummax cummin sort reduce_window_max".split())
"""Continuous, with a derivative that jumps."""
BRANCH_CUTS = frozenset("log log1p sqrt rsqrt cbrt pow acos asin atan acosh asinh atanh lgamma".split())
"""Discontinuous for complex arguments."""
_MAX_NODES = 600
_MAX_ELEMENTS = 20_000


class Prober:
    """Probes values of one analysis; remembers its verdicts."""

    def __init__(self, numbers: Numbers, flows: dict[int, Any], order: int):
        self.numbers, self.flows, self.order = numbers, flows, order
        self._memory: dict[Any, tuple[str, frozenset[int]]] = {}

    def probe(self, root: int, suspects: frozenset[int], wide: bool) -> tuple[str, frozenset[int]]:
        """("continuous" | "jump" | "unknown", the suspects that lie in the sub-program)."""
        name = (root, suspects, wide)
        if name not in self._memory:
            self._memory[name] = self._probe(root, suspects, wide)
        return self._memory[name]

    def _probe(self, root: int, suspects: frozenset[int], wide: bool) -> tuple[str, frozenset[int]]:
        program = _collect(self.numbers, root, wide)
        if program is None:
            return "unknown", frozenset()
        order, leaves = program
        covered = frozenset(n for n in order if n in suspects)
        moving = [n for n in leaves if self.flows[n].paths and _is_float(self.numbers.definitions[n].aval)]
        if not covered or not moving:
            return "unknown", covered
        # besides the suspects, whatever is locally constant because of them must be seen to change
        watched = tuple(n for n in order if n in suspects or self._is_step(n, covered))
        lines = [_Line(self, leaves, moving, wide, r) for r in range(_ROUNDS)]
        names = {d.eqn.primitive.name for n in order if (d := self.numbers.definitions[n]).eqn != "chosen"}
        double = not names & _SINGLE
        with jax.ensure_compile_time_eval(), jax.numpy_dtype_promotion("standard"), jax.enable_x64(double):
            compiled = _Program(self.numbers, order, leaves, root, watched, wide, double)
            may_be_nan = any(self.flows[n].partial for n in leaves)
            verdict = _judge(compiled, lines, self.order, may_be_nan)
        if any(self.flows[n].jumps for n in leaves) and verdict == "jump":
            verdict = "unknown"  # a leaf that itself steps was held still
        return verdict, covered

    def _is_step(self, number: int, suspects: frozenset[int]) -> bool:
        flow = self.flows.get(number)
        return flow is not None and not flow.paths and any(j.number in suspects for j in flow.jumps)


def _is_float(aval: Any) -> bool:
    return aval is not None and not _compat.is_key(aval) and jnp.issubdtype(aval.dtype, jnp.floating)


# --- The sub-program ---------------------------------------------------------------------------------------------


def _collect(numbers: Numbers, root: int, wide: bool) -> tuple[list[int], list[int]] | None:
    """Nodes in order of evaluation and leaves of the sub-program behind a value; None if it is too large."""
    order: list[int] = []
    leaves: list[int] = []
    seen: set[int] = set()
    todo: list[tuple[int, bool]] = [(root, False)]
    while todo:
        number, ready = todo.pop()
        if ready:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            definition = numbers.definitions[number]
            if definition.eqn is None or not _can_enter(definition, numbers, wide):
                leaves.append(number)
                continue
            todo.append((number, True))
            todo += [(n, False) for n in definition.operands]
    if any(_compat.is_key(numbers.definitions[n].aval) for n in leaves):
        return None
    if len(order) > _MAX_NODES or (wide and not _is_small(numbers, [*order, *leaves])):
        return None
    return order, leaves


def _is_small(numbers: Numbers, nodes: list[int]) -> bool:
    avals = [numbers.definitions[n].aval for n in nodes]
    if any(a is None for a in avals):
        return False
    return sum(int(np.prod(np.shape(a))) for a in avals) <= _MAX_ELEMENTS


def _can_enter(definition: Definition, numbers: Numbers, wide: bool) -> bool:
    if definition.eqn == "chosen":
        return True
    name = definition.eqn.primitive.name
    if wide:
        holds_code = any(True for _ in _compat.sub_jaxprs(definition.eqn))
        return (not holds_code or name == "scan") and not name.startswith("random_")
    shapes = [np.shape(numbers.definitions[n].aval) for n in definition.operands]
    if name == "broadcast_in_dim":
        return shapes[0] == ()
    return is_elementwise(definition.eqn) and all(s in ((), np.shape(definition.aval)) for s in shapes)


# --- One random line ---------------------------------------------------------------------------------------------


class _Program:
    """The sub-program, compiled once for all its lines: leaves at `_POINTS` points -> value and watched signs."""

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
        rows = np.arange(_POINTS) if rows is None else rows
        value, signs = self._compiled([self._wide(leaves[n]) for n in self.leaves], forced, rows)
        return np.asarray(value, dtype=float).reshape(_POINTS, -1), [np.asarray(s) for s in signs]

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
        eqn = definition.eqn if definition.eqn == "chosen" or not self.double else _in_double(definition.eqn)
        if eqn == "chosen":
            return _choose(*values)
        if not values:  # an iota
            out = _compat.bind(eqn, [])[definition.result]
            return jnp.broadcast_to(out, (_POINTS, *out.shape))
        if self.wide:
            return jax.vmap(lambda *xs: _compat.bind(eqn, list(xs))[definition.result])(*values)
        if eqn.primitive.name == "broadcast_in_dim":
            return values[0]
        return _compat.bind(eqn, values)[definition.result]


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
    if name in ("rem", "atan2", "max", "min"):
        a, b = (jnp.reshape(v, v.shape + (1,) * (value.ndim - v.ndim)) for v in (env[n] for n in definition.operands))
        value = {"rem": lambda: jnp.round((a - value) / b), "atan2": lambda: (b >= 0) | (a >= 0)}.get(name, lambda: a > b)()
    elif name == "abs":
        value = env[definition.operands[0]] > 0
    elif name in ("qr", "geqrf", "eigh", "svd", "eig", "schur", "hessenberg"):
        value = jnp.signbit(jnp.real(value))
    elif name in BRANCH_CUTS and jnp.issubdtype(env[definition.operands[0]].dtype, jnp.complexfloating):
        base = env[definition.operands[0]]
        value = 2 * (base.imag >= 0) + (base.real >= 0)
    elif name == "sort" or name.startswith("select_and_"):
        ordered = env[definition.operands[0 if name == "sort" else 1]]
        value = jnp.argsort(jnp.reshape(ordered, (_POINTS, -1)), -1)
    elif name == "clamp":
        value = jnp.sign(env[definition.operands[1]] - value)
    elif name in KINKS:
        first = env[definition.operands[0]]
        value = jnp.argsort(jnp.reshape(first, (_POINTS, -1)), -1)  # any change of order among the elements
    return jnp.reshape(value, (_POINTS, -1))


class _Line:
    """One random line t -> leaves(t): leaves that carry a derivative move, the others keep a random value."""

    def __init__(self, prober: Prober, leaves: list, moving: list, wide: bool, round_: int):
        self.scale = _SCALES[round_ % len(_SCALES)]
        self.log = round_ >= _ROUNDS - _LOG_ROUNDS
        random = np.random.default_rng(1000 + round_)
        self.picks: dict[tuple[int, ...], int] = {}
        integers = [
            int(np.asarray(c)) for n in leaves
            if (c := prober.numbers.definitions[n].constant) is not None and np.shape(c) == ()
            and jnp.issubdtype(jnp.result_type(c), jnp.integer)
        ]
        self.integers = sorted({0, 1, 2, 3, *(c + d for c in integers for d in (-1, 0, 1))})
        self.leaves = {n: self._leaf(prober, n, n in moving, wide, random) for n in leaves}

    def _leaf(self, prober: Prober, number: int, moves: bool, wide: bool, random: Any) -> Callable:
        definition, bounds = prober.numbers.definitions[number], prober.flows[number].bounds
        constant = definition.constant
        if constant is not None and (wide or np.shape(constant) == ()):
            return lambda times: _repeat(constant)
        if constant is not None and np.size(constant):  # one element of it, the same for all constants of that shape
            pick = self.picks.setdefault(np.shape(constant), int(random.integers(np.size(constant))))
            element = np.asarray(constant).ravel()[pick]
            return lambda times: _repeat(element)
        shape, dtype = np.shape(definition.aval) if wide else (), definition.aval.dtype
        if not _is_float(definition.aval):
            value = random.choice([0, 1] if dtype == bool else self.integers, shape)
            value = np.asarray(np.maximum(value, 0) if np.dtype(dtype).kind == "u" else value).astype(dtype)
            return lambda times: _repeat(value)
        start, direction = random.normal(size=shape), random.normal(size=shape) * moves

        def line(times: np.ndarray) -> np.ndarray:
            times = times.reshape((-1,) + (1,) * len(shape))
            if self.log and bounds.low == -np.inf and bounds.high == np.inf:
                return np.asarray(1e-3 * (start + np.sign(direction) * np.sinh(20 * times)), dtype=dtype)
            return np.asarray(_within(bounds, start, direction * times, self.scale), dtype=dtype)

        return line

    def at(self, times: np.ndarray) -> dict[int, np.ndarray]:
        return {n: leaf(times) for n, leaf in self.leaves.items()}


def _repeat(value: Any) -> np.ndarray:
    value = np.asarray(value)
    return np.broadcast_to(value, (_POINTS, *value.shape))


def _within(bounds: Any, start: Any, move: Any, scale: float) -> Any:
    """A point that respects what is known of a leaf's range."""
    if bounds.low > -np.inf and bounds.high < np.inf:
        return bounds.low + (bounds.high - bounds.low) / (1 + np.exp(-np.clip(start + 4 * move, -30, 30)))
    if bounds.low > -np.inf:
        return bounds.low + scale * np.exp(np.clip(start + 4 * move, -30, 30))
    if bounds.high < np.inf:
        return bounds.high - scale * np.exp(np.clip(start + 4 * move, -30, 30))
    return scale * (start + 3 * move)


# --- Judging -----------------------------------------------------------------------------------------------------


def _judge(program: _Program, lines: list[_Line], order: int, may_be_nan: bool) -> str:
    numbers = program.numbers
    flipped: set[int] = set()
    grid = np.linspace(-1.0, 1.0, _POINTS)
    for line in lines:
        _, signs = program(line.at(grid))
        for which, number in enumerate(program.watched):
            places = np.flatnonzero((signs[which][1:] != signs[which][:-1]).any(1))[:_FLIPS]
            if not len(places):
                continue
            verdict = _at_flips(program, line, which, places, order)
            if verdict == "jump":
                return "jump"
            if verdict == "continuous":
                flipped.add(number)
    return "continuous" if _all_accounted(numbers, program.watched, flipped, may_be_nan) else "unknown"


def _all_accounted(numbers: Numbers, watched: tuple[int, ...], flipped: set[int], may_be_nan: bool) -> bool:
    """Whether each watched value was seen to flip, or need not: equality of continuous values has measure zero.

    So has being NaN or infinite, unless a leaf may be NaN on a whole region.
    """
    still: set[int] = set()
    for number in watched:  # in order of evaluation
        definition = numbers.definitions[number]
        operands = [n for n in definition.operands if n in watched]
        null = definition.eqn != "chosen" and definition.eqn.primitive.name in ("eq", "ne", "is_finite")
        guard = null and len(set(definition.operands)) == 1
        null &= not (guard and may_be_nan)
        if number not in flipped:
            if not null and not (operands and all(n in still for n in operands)):
                return False
            still.add(number)
    return True


def _at_flips(program: _Program, line: _Line, which: int, places: np.ndarray, order: int) -> str:
    """Locate each flip to the last bit by many-point search, then compare the value on its two sides."""
    grid = np.linspace(-1.0, 1.0, _POINTS)
    low, high = np.resize(grid[places], _FLIPS), np.resize(grid[places + 1], _FLIPS)
    fan = np.linspace(0.0, 1.0, _POINTS // _FLIPS)
    for _ in range(_SEARCHES):
        times = low[:, None] + (high - low)[:, None] * fan
        signs = program(line.at(_padded(times)))[1][which][: times.size].reshape(*times.shape, -1)
        first = (signs[:, 1:] != signs[:, :1]).any(-1).argmax(1)
        low, high = np.take_along_axis(times, first[:, None], 1)[:, 0], np.take_along_axis(
            times, first[:, None] + 1, 1
        )[:, 0]
    sharp = _compare(_beside(program, line, low, high, 4e-6))  # a few float32 steps of the leaves beside the flip
    if sharp == "continuous" and not _matters(program, line, which, low, high):
        return "unknown"
    if sharp != "continuous" or order == 1:
        return sharp
    return _compare_slopes(_beside(program, line, low, high, _SLOPE_STEP / line.scale))


def _beside(program: _Program, line: _Line, low: np.ndarray, high: np.ndarray, step: float) -> np.ndarray:
    """Values at four points on each side of every flip, the outer ones a little off."""
    steps = np.maximum(high - low, step)
    sides = np.stack([low - 2 * steps, low - steps, low, high, high + steps, high + 2 * steps, low - _NEAR, high + _NEAR])
    return program(line.at(_padded(sides)))[0][: sides.size].reshape(*sides.shape, -1)


def _matters(program: _Program, line: _Line, which: int, low: np.ndarray, high: np.ndarray) -> bool:
    """Whether the value beside some flip would be another one if the watched step had not flipped there."""
    sides = np.stack([low, high, *(low - d for d in _FAR), *(high + d for d in _FAR)])
    here = np.arange(sides.size).reshape(sides.shape)
    rows = here.copy()
    rows[2 : 2 + len(_FAR)], rows[2 + len(_FAR) :] = here[1], here[0]
    leaves = line.at(_padded(sides))
    plain = program(leaves)[0][: sides.size]
    forced = program(leaves, which, np.concatenate([rows.ravel(), np.arange(sides.size, _POINTS)]))[0][: sides.size]
    with np.errstate(all="ignore"):
        same = (np.abs(forced - plain) <= 1e-9 * np.abs(plain)) | (forced == plain) | np.isnan(plain)
    return not same.all()


def _padded(times: np.ndarray) -> np.ndarray:
    return np.resize(times.ravel(), _POINTS)


def _compare(outs: np.ndarray) -> str:
    """Compare the change across each flip with the changes beside it."""
    with np.errstate(all="ignore"):
        gap = np.abs(outs[3] - outs[2])
        beside = sum(np.abs(outs[i + 1] - outs[i]) for i in (0, 1, 3, 4))
        size = np.maximum(np.abs(outs[2]), np.abs(outs[3]))
        spread = np.nanmax(np.abs(outs - outs[2]), 0)
        noise = 2.5e-7 * size + 2e-5 * np.where(np.isfinite(spread), spread, 0.0)
        jumps = gap > 2 * beside + noise
        # a comparison with equality may take a third value at the flip itself: compare beyond it too
        across, outer = np.abs(outs[4] - outs[1]), np.maximum(np.abs(outs[1] - outs[0]), np.abs(outs[5] - outs[4]))
        jumps |= (across > 9 * outer + noise) & (across > 0.5 * gap)
    known = ~np.isnan(gap)
    if (jumps & known).any():
        return "jump"
    return "continuous" if known.all() else "unknown"


def _compare_slopes(outs: np.ndarray) -> str:
    """Compare the one-sided slopes at each flip, extrapolated from three points a side."""
    with np.errstate(all="ignore"):
        left = (3 * outs[2] - 4 * outs[1] + outs[0]) / 2
        right = (-3 * outs[3] + 4 * outs[4] - outs[5]) / 2
        size = np.maximum(np.abs(left), np.abs(right))
        noise = 1e-5 * np.abs(outs).max(0)
        kinks = np.abs(right - left) > 0.05 * size + noise
    known = ~np.isnan(left + right)
    if (kinks & known).any():
        return "jump"
    return "continuous" if known.all() else "unknown"
