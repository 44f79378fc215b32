"""Where draws meet: along which axes of a site's draws two of them stand in one term of the cost."""

from typing import Any

import jax

from ._histories import places
from ._interpret import Context, Tracked, run, surrogate
from ._lanes import Deps, Lanes
from ._trace import Site, Trace
from .estimators import AbstractEstimator, Score


def meeting_axes(trace: Trace, plan: dict[int, AbstractEstimator | None]) -> dict[int, frozenset[int]]:
    """For each weighed site the axes of its draws, loops around it first and then lanes, along which they meet.

    A dry run notes every boxing, which is where a term stops to be linear in what comes before. A term that depends on earlier
    iterations of a loop meets them.
    """
    weighed = {s.id: s for s in trace.sites if (e := plan[s.id]) is not None and e.weighs}
    stands, met = places(trace.block), {site: set() for site in weighed}

    def note(deps: Deps) -> None:
        for (scope, site), alignment in deps.items():
            loops = [uid for uid, _ in stands[site].loops]
            before = len(loops) + len(weighed[site].lanes) - len(alignment)
            met[site].update(
                before + axis for axis, lane in enumerate(alignment) if lane is None or lane.history is not None
            )
            if scope in loops:
                met[site].add(loops.index(scope))

    ctx = Context({**plan, **dict.fromkeys(weighed, Score(baseline=None))}, Lanes(frozenset(weighed)), on_box=note)

    def cost(*args: Any) -> Any:
        weights: dict = {}
        return surrogate(ctx, run(ctx, trace.block, [Tracked(v) for v in args], weights)[0], weights)

    if weighed:
        with jax.disable_jit(False):
            jax.eval_shape(cost, *(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in trace.in_avals))
    return {site: frozenset(axes) for site, axes in met.items()}


def coupled_that_meet(trace: Trace) -> list[Site]:
    """Sites of whose coupled draws, which are not independent along an axis, several meet in one term of the cost."""
    coupled = [s for s in trace.sites if s.spec.estimator.couples]
    if not coupled:
        return []  # as in most programs: nothing is walked
    plan: dict[int, Any] = {**dict.fromkeys(s.id for s in trace.sites), **{s.id: Score() for s in coupled}}
    met = meeting_axes(trace, plan)
    loops = {site: len(place.loops) for site, place in places(trace.block).items()}
    return [s for s in coupled if loops[s.id] + len(s.lanes) - s.spec.lanes_rank in met[s.id]]
