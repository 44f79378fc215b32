"""Is a value continuous where a comparison inside it flips? A numeric test of a static suspicion.

`where(x > 0, x, 0.1 * x)` looks like a jump and is none; `where(x > 0, 1, 0)` is one. The sub-program between a value
and its leaves is evaluated along random lines through the leaves that carry a derivative. Wherever a watched
comparison flips, the flip is located to the last bit and the value on its two sides compared with its own slope
beside it. It counts as continuous only if every watched comparison was seen to flip where it matters (the value would
differ if the comparison had not flipped) and none made the value jump. Where that is possible, all of it in float64.

Elementwise sub-programs are tested on scalars, whatever the shapes; with `wide`, all of a small program is tested.
"""

from typing import Any

import jax
import numpy as np

from . import _compat
from ._axes import is_elementwise
from ._probe import POINTS, ROUNDS, Line, SubProgram
from ._values import Definition, Numbers

_SLOPE_STEP = 3e-3
_NEAR, _FAR = 1e-3, (1e-4, 1e-3, 1e-2, 1e-1)
"""Distances from a flip, in units of a line: to see how much the value varies, and what the comparison does to it."""
_FLIPS = 8
_SEARCHES = 8
"""Each narrows a flip 31-fold: from a grid step to below the resolution of float64 times."""
_SINGLE = frozenset("bitcast_convert_type nextafter reduce_precision scan while".split())
"""What cannot be evaluated in another float type than its own."""
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
        moving = [n for n in leaves if self.flows[n].paths and _compat.is_float_type(self.numbers.definitions[n].aval)]
        if not covered or not moving:
            return "unknown", covered
        # besides the suspects, whatever is locally constant because of them must be seen to change
        watched = tuple(n for n in order if n in suspects or self._is_step(n, covered))
        lines = [Line(self, leaves, moving, wide, r) for r in range(ROUNDS)]
        names = {d.eqn.primitive.name for n in order if (d := self.numbers.definitions[n]).eqn != "chosen"}
        may_be_nan = any(self.flows[n].partial for n in leaves)

        def judge(double: bool) -> str:
            with jax.ensure_compile_time_eval(), jax.numpy_dtype_promotion("standard"), jax.enable_x64(double):
                compiled = SubProgram(self.numbers, order, leaves, root, watched, wide, double)
                return _judge(compiled, lines, self.order, may_be_nan)

        try:
            verdict = judge(not names & _SINGLE)
        except TypeError:  # some step insists on its own float type
            verdict = judge(False)
        if any(self.flows[n].jumps for n in leaves) and verdict == "jump":
            verdict = "unknown"  # a leaf that itself steps was held still
        return verdict, covered

    def _is_step(self, number: int, suspects: frozenset[int]) -> bool:
        flow = self.flows.get(number)
        return flow is not None and not flow.paths and any(j.number in suspects for j in flow.jumps)


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


# --- Judging -----------------------------------------------------------------------------------------------------


def _judge(program: SubProgram, lines: list[Line], order: int, may_be_nan: bool) -> str:
    numbers = program.numbers
    flipped: set[int] = set()
    grid = np.linspace(-1.0, 1.0, POINTS)
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


def _at_flips(program: SubProgram, line: Line, which: int, places: np.ndarray, order: int) -> str:
    """Locate each flip to the last bit by many-point search, then compare the value on its two sides."""
    grid = np.linspace(-1.0, 1.0, POINTS)
    low, high = np.resize(grid[places], _FLIPS), np.resize(grid[places + 1], _FLIPS)
    fan = np.linspace(0.0, 1.0, POINTS // _FLIPS)
    for _ in range(_SEARCHES):
        times = low[:, None] + (high - low)[:, None] * fan
        signs = program(line.at(_padded(times)))[1][which][: times.size].reshape(*times.shape, -1)
        first = (signs[:, 1:] != signs[:, :1]).any(-1).argmax(1)
        low, high = (
            np.take_along_axis(times, first[:, None], 1)[:, 0],
            np.take_along_axis(times, first[:, None] + 1, 1)[:, 0],
        )
    sharp = _compare(_beside(program, line, low, high, 4e-6))  # a few float32 steps of the leaves beside the flip
    if sharp == "continuous" and not _matters(program, line, which, low, high):
        return "unknown"
    if sharp != "continuous" or order == 1:
        return sharp
    return _compare_slopes(_beside(program, line, low, high, _SLOPE_STEP / line.scale))


def _beside(program: SubProgram, line: Line, low: np.ndarray, high: np.ndarray, step: float) -> np.ndarray:
    """Values at four points on each side of every flip, the outer ones a little off."""
    steps = np.maximum(high - low, step)
    sides = np.stack(
        [low - 2 * steps, low - steps, low, high, high + steps, high + 2 * steps, low - _NEAR, high + _NEAR]
    )
    return program(line.at(_padded(sides)))[0][: sides.size].reshape(*sides.shape, -1)


def _matters(program: SubProgram, line: Line, which: int, low: np.ndarray, high: np.ndarray) -> bool:
    """Whether the value beside some flip would be another one if the watched step had not flipped there."""
    sides = np.stack([low, high, *(low - d for d in _FAR), *(high + d for d in _FAR)])
    here = np.arange(sides.size).reshape(sides.shape)
    rows = here.copy()
    rows[2 : 2 + len(_FAR)], rows[2 + len(_FAR) :] = here[1], here[0]
    leaves = line.at(_padded(sides))
    plain = program(leaves)[0][: sides.size]
    forced = program(leaves, which, np.concatenate([rows.ravel(), np.arange(sides.size, POINTS)]))[0][: sides.size]
    with np.errstate(all="ignore"):
        same = (np.abs(forced - plain) <= 1e-9 * np.abs(plain)) | (forced == plain) | np.isnan(plain)
    return not same.all()


def _padded(times: np.ndarray) -> np.ndarray:
    return np.resize(times.ravel(), POINTS)


def _compare(outs: np.ndarray) -> str:
    """Compare the change across each flip with the changes beside it."""
    with np.errstate(all="ignore"):
        gap = np.abs(outs[3] - outs[2])
        beside = sum(np.abs(outs[i + 1] - outs[i]) for i in (0, 1, 3, 4))
        size = np.maximum(np.abs(outs[2]), np.abs(outs[3]))
        spread = np.where(np.isnan(outs), 0.0, np.abs(outs - outs[2])).max(0)
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
