"""The rows: every operation of a family, ours beside all peers that have it."""

import dataclasses
from collections.abc import Callable

import families
import jax
import libraries
import numpy as np
import timing


@dataclasses.dataclass(frozen=True)
class Lacking:
    """An operation that a peer does not have, and how it says so."""

    row: str
    operation: str
    peer: str
    reason: str


def compare(
    row: families.Row, lanes: int, repeats: int = timing.REPEATS, peers: tuple[str, ...] = ()
) -> tuple[list[timing.Cell], list[Lacking]]:
    data = libraries.make_data(row, lanes)
    cells, lacking = [], []
    for operation in libraries.OPERATIONS:
        ours = libraries.ours(row, operation, data)
        if ours is None:
            continue
        result = ours()
        calls, exact = {"expectax": ours}, {}
        for peer in peers:
            try:
                found = libraries.call(peer, row, operation, data)
                theirs = found() if found else None
            except Exception as error:  # a peer's way to say that it lacks this is its own
                lacking.append(Lacking(row.name, operation, peer, f"{type(error).__name__}: {error}"[:200]))
                continue
            if found:
                calls[peer] = found
                exact[peer] = check(row.name, operation, peer, result, theirs)
        times = timing.interleaved(calls, repeats)
        cells += [
            timing.cell(row.name, operation, peer, times["expectax"], times[peer], exact=right)
            for peer, right in exact.items()
        ]
    return cells, lacking


def check(row: str, operation: str, peer: str, ours, theirs) -> bool:
    """Whether the peer computed the same thing; another density is a fault of the harness and raises."""
    if operation == "log_prob":
        a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
        if a.shape != b.shape or not np.median(abs(a - b)) <= 1e-3 * (1 + np.median(abs(a))):
            raise ValueError(f"{row}: {peer} has another density than ours; their parameters are spelt wrongly")
    if operation not in libraries.GRADIENTS:
        return True
    pairs = zip(_gradients(operation, ours), _gradients(operation, theirs), strict=True)
    return not any(np.any(a) and not np.any(b) for a, b in pairs)


def _gradients(operation: str, result) -> list[np.ndarray]:
    return [np.asarray(g) for g in jax.tree.leaves(result if operation == "gradient of mean(sample)" else result[1])]


def all_rows(modules: dict, lanes: int, repeats: int, chosen: Callable[[str], bool], show: Callable[[str], None]):
    """(cells, what peers lack) of each of the chosen rows."""
    peers = (*(name for name in modules if name != "expectax"), "numpy", "scipy")
    for row in families.rows(modules):
        if chosen(row.name):
            new, lacks = compare(row, lanes, repeats, peers)
            for c in new:
                mark = "" if c.exact else "  (drops a parameter)"
                show(f"{c.row:22} {c.operation:26} {c.peer:8} {c.ratio:8.2f} (>= {c.lower:.2f}){mark}")
            yield new, lacks
