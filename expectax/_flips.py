"""Does a value jump where a watched comparison flips? Flips are searched along random lines, located, and compared.

The tools behind the verdicts of `_continuity.py`.
"""

from typing import Any, NamedTuple

import numpy as np

from . import _compat
from ._axes import axis_map
from ._jumps import ROUNDED
from ._probe import POINTS, Line, SubProgram
from ._values import Definition

_SLOPE_STEP = 3e-3
_NEAR, _FAR = 1e-3, (1e-4, 1e-3, 1e-2, 1e-1)
"""Distances from a flip, in units of a line: to see how much the value varies, and what the comparison does to it."""
_FLIPS = 8
_LOOKS = 4
"""On so many lines what follows from the suspects is looked at, if it shows nothing new; the suspects on all."""
_SLOPES, _SHORT = 7, 1e-4
"""How many lines are looked at for a lost derivative, and over which distance."""
_SEARCHES = 8
"""Each narrows a flip 31-fold: from a grid step to below the resolution of float64 times."""
_GRID = np.linspace(-1.0, 1.0, POINTS)


class Case(NamedTuple):
    """What a verdict rests on beside the program itself."""

    order: int
    may_be_nan: bool
    may_have_atoms: bool
    flows: dict[int, Any]
    suspects: frozenset[int]


def judge(program: SubProgram, lines: list[Line], case: Case) -> str:
    """`continuous` if every watched value was seen to flip without a jump of the result, `jump` if one was seen."""
    flipped: dict[int, set] = {n: set() for n in program.watched}
    """For each watched value: the changes (from, to) at which the result was seen to be continuous."""
    looks = dict.fromkeys(program.watched, 0)
    for line in lines:
        _, signs = program(line.at(_GRID))
        for which, number in enumerate(program.watched):
            places, news = _places(signs[which], flipped[number])
            if not len(places) or not (news or number in case.suspects or looks[number] < _LOOKS):
                continue
            looks[number] += 1
            verdict, changes = _at_flips(program, line, which, places, case.order)
            if verdict == "jump":
                return "jump"
            if verdict == "continuous":
                flipped[number] |= changes
    if not _all_accounted(program, flipped, case):
        return "unknown"
    return "jump" if _derivative_is_lost(program, lines) else "continuous"


def _derivative_is_lost(program: SubProgram, lines: list[Line]) -> bool:
    """Whether a value that was put together from rounded parts moves otherwise than its derivative says.

    Steps below what can be told from roundoff look continuous, and so do bits that are read as a number again.
    """
    if program.primitives.isdisjoint(ROUNDED):
        return False
    right = wrong = 0
    for line in [line for line in lines if not line.log][:_SLOPES]:
        before, at, after = (line.at(_GRID + step) for step in (-_SHORT / line.scale, 0.0, _SHORT / line.scale))
        moved, told, size = program.movement(before, at, after)
        with np.errstate(all="ignore"):
            large = np.maximum(np.abs(moved), np.abs(told))
            seen = np.isfinite(large) & (large > 4e-6 * size)
            same = np.abs(moved - told) <= 0.1 * large
        right, wrong = right + (seen & same).sum(), wrong + (seen & ~same).sum()
    return bool(wrong > 0.1 * right)


def _places(signs: np.ndarray, known: set) -> tuple[np.ndarray, bool]:
    """Where on the grid a watched value changes, changes not yet known first; whether there are such."""
    places = np.flatnonzero((signs[1:] != signs[:-1]).any(1))
    new = np.asarray([not (_changes(signs[i : i + 1], signs[i + 1 : i + 2]) <= known) for i in places], bool)
    return np.concatenate([places[new], places[~new]])[:_FLIPS], bool(new.any())


def _changes(before: np.ndarray, after: np.ndarray) -> set:
    """The pairs of values between which some element changes."""
    differs = before != after
    pairs = np.sort(np.stack([before[differs], after[differs]]).astype(float), axis=0)
    return set(map(tuple, pairs.T.tolist()))


def _all_accounted(program: SubProgram, flipped: dict[int, set], case: Case) -> bool:
    """Whether each watched value was seen to flip, or need not: equality of continuous values without atoms has measure zero.

    So has being NaN or infinite, unless a leaf may be NaN on a whole region. What depends on an index alone, each of
    whose steps was seen, was seen with it.
    """
    definitions, watched = program.numbers.definitions, program.watched
    indices: set[int] = set()
    for number in watched:
        whole = not _compat.is_float_type(definitions[number].aval)
        if whole and _was_exhausted(case.flows[number].bounds, flipped[number]):
            indices |= set() if _follows_an_index(definitions, number, indices) else {number}
    still: set[int] = set()
    for number in watched:  # in order of evaluation
        definition = definitions[number]
        operands = [n for n in definition.operands if n in watched]
        name = "" if definition.eqn == "chosen" else definition.eqn.primitive.name
        null = name in ("eq", "ne", "is_finite")
        guard = null and len(set(definition.operands)) == 1
        null &= not (case.may_be_nan if guard else case.may_have_atoms and name != "is_finite")
        if not flipped[number] and not _follows_an_index(definitions, number, indices):
            if not null and not (operands and all(n in still for n in operands)):
                return False
            still.add(number)
    return True


def _was_exhausted(bounds: Any, changes: set) -> bool:
    """Whether a bounded integer was seen to take every step of its range."""
    if not changes or not bounds.high - bounds.low <= POINTS:
        return False
    return all((float(v), v + 1.0) in changes for v in range(int(bounds.low), int(bounds.high)))


def _follows_an_index(definitions: list[Definition], number: int, indices: set[int]) -> bool:
    """Whether a value is, element by element, a function of one of the indices and of constants."""
    found, todo = set(), [number]
    while todo:
        current = todo.pop()
        definition = definitions[current]
        if current in indices:
            found.add(current)
        elif definition.constant is None:
            if definition.eqn in (None, "chosen"):
                return False
            for position, operand in enumerate(definition.operands):
                to = axis_map(definition.eqn, position, definition.result)
                shape = () if definitions[operand].constant is not None else np.shape(definitions[operand].aval)
                if any(n != 1 and to(axis) is None for axis, n in enumerate(shape)):
                    return False
            todo += definition.operands
    return len(found) == 1


def _at_flips(
    program: SubProgram, line: Line, which: int, places: np.ndarray, order: int
) -> tuple[str, set[tuple[float, float]]]:
    """Locate each flip to the last bit by many-point search, then compare the value on its two sides."""
    low, high = np.resize(_GRID[places], _FLIPS), np.resize(_GRID[places + 1], _FLIPS)
    fan = np.linspace(0.0, 1.0, POINTS // _FLIPS)
    for _ in range(_SEARCHES):
        times = low[:, None] + (high - low)[:, None] * fan
        signs = program(line.at(_padded(times)))[1][which][: times.size].reshape(*times.shape, -1)
        first = (signs[:, 1:] != signs[:, :1]).any(-1).argmax(1)[:, None]
        low, high = (np.take_along_axis(times, first + side, 1)[:, 0] for side in (0, 1))
    changes = _changes(*(np.take_along_axis(signs, first[:, :, None] + side, 1)[:, 0] for side in (0, 1)))
    sharp = _compare(_beside(program, line, low, high, 4e-6))  # a few float32 steps of the leaves beside the flip
    if sharp == "continuous" and not _matters(program, line, which, low, high):
        return "unknown", changes
    if sharp != "continuous" or order == 1:
        return sharp, changes
    return _compare_slopes(_beside(program, line, low, high, _SLOPE_STEP / line.scale)), changes


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
