"""Calls timed in turns, and what the times say: ratios of medians with bounds."""

import dataclasses
import time
from collections.abc import Callable

import numpy as np

REPEATS = 9
SLICE = 0.02
"""Seconds that one measurement lasts at least: long against the clock and the dispatch of short calls."""
MOST_CALLS = 100


@dataclasses.dataclass(frozen=True)
class Cell:
    """One operation of one row, beside one peer; times are seconds a call, ratios are peer / ours."""

    row: str
    operation: str
    peer: str
    ratio: float
    """Of processor times."""
    lower: float
    """Lower end of the bootstrap's 95 % interval of `ratio`."""
    wall_ratio: float
    wall_lower: float
    ours: float
    """Processor time."""
    ours_wall: float
    exact: bool = True
    """False where the peer's derivative silently leaves out a parameter that ours has."""


def measure(call: Callable[[], object], calls: int) -> tuple[float, float]:
    """Processor and wall time of one call."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        call()
    return (time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls


def interleaved(calls: dict[str, Callable], repeats: int = REPEATS) -> dict[str, np.ndarray]:
    """name -> (repeats, (processor, wall)): all in turns, in an order drawn for each turn."""
    counts = {name: int(np.clip(SLICE / max(measure(call, 1)), 1, MOST_CALLS)) for name, call in calls.items()}
    order = np.random.default_rng(0)
    turns = []
    for _ in range(repeats):
        turn = {}
        for name in order.permutation(list(calls)):
            if counts[name] > 1:  # else it is long beside what a cold cache, or a thread of whoever came before, costs
                calls[name]()
            turn[name] = measure(calls[name], counts[name])
        turns.append(turn)
    return {name: np.array([turn[name] for turn in turns]) for name in calls}


def lower_bound(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Lower end of the 95 % bootstrap interval of median(theirs) / median(ours); a turn is drawn whole."""
    chosen = np.random.default_rng(0).integers(len(ours), size=(2000, len(ours)))
    return float(np.quantile(np.median(theirs[chosen], 1) / np.median(ours[chosen], 1), 0.025))


def cell(row: str, operation: str, peer: str, ours: np.ndarray, theirs: np.ndarray, *, exact: bool = True) -> Cell:
    own, other = np.median(ours, 0), np.median(theirs, 0)
    ratio, wall_ratio = (float(r) for r in other / own)
    lower, wall_lower = (lower_bound(ours[:, i], theirs[:, i]) for i in (0, 1))
    return Cell(row, operation, peer, ratio, lower, wall_ratio, wall_lower, float(own[0]), float(own[1]), exact)
