"""Do draws that lie along an axis have one law? Only then is their mean a Monte Carlo average of an expectation."""

import numpy as np

from .. import _compat
from .._axes import is_elementwise
from .._trace import Constant, Ref, Step
from ._graph import Graph

_DEEPEST = 32


def alike_along(graph: Graph, site: Step, lane: int) -> bool:
    """Whether every parameter of a site is one and the same along an axis of its draws."""
    assert site.site is not None
    lanes, mapped = site.site.lanes, len(site.site.lanes) - site.site.spec.lanes_rank
    structure = site.site.spec.structure
    parameters = structure.unflatten([1.0] * structure.num_leaves)._parameters()
    for ref, parameter in zip(site.reads[1:], parameters, strict=True):
        shape = graph.shape(ref)
        axis = _axis_of_lane(shape[: len(shape) - parameter.rank], lanes, mapped, lane)
        if axis is not None and not _is_constant(graph, ref, axis, _DEEPEST):
            return False
    return True


def _axis_of_lane(batch: tuple[int, ...], lanes: tuple[int, ...], mapped: int, lane: int) -> int | None:
    """Where an axis of the draws lies in a parameter; the axes of vmap come first in both. None: it is not there."""
    axis = lane - (len(lanes) - len(batch))
    if mapped and batch[:mapped] == lanes[:mapped]:
        return lane if lane < mapped else axis if axis >= mapped else None
    return axis if axis >= 0 and lane >= mapped else None


def _is_constant(graph: Graph, ref: Ref, axis: int, depth: int) -> bool:
    """Whether a value is known to be the same along an axis."""
    shape = graph.shape(ref)
    if axis >= len(shape) or shape[axis] == 1:
        return True
    if isinstance(ref, Constant):
        return not _compat.is_traced(ref.value) and not np.ptp(np.asarray(ref.value, float), axis=axis).any()
    step = graph.makers.get(ref)
    if step is None:
        sources = graph.backward.get(ref, ()) if depth else ()
        same = [s for s in sources if graph.shape(s) == shape]
        return bool(same) and len(same) == len(sources) and all(_is_constant(graph, s, axis, depth - 1) for s in same)
    if step.primitive == "broadcast_in_dim":
        kept = tuple(step.eqn.params["broadcast_dimensions"])
        return axis not in kept or _is_constant(graph, step.reads[0], kept.index(axis), depth)
    if not depth or not is_elementwise(step.eqn):
        return False
    return all(graph.shape(r) == () or _is_constant(graph, r, axis, depth - 1) for r in step.reads)
