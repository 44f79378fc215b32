"""Whether costs look at one draw at a time, where the draws of a site are not independent along an axis."""

from typing import Any

import jax

from ._interpret import Context, Tracked, run, surrogate
from ._lanes import Deps, Lanes
from ._trace import Site, Trace
from .estimators import Score


def coupled_that_meet(trace: Trace) -> list[Site]:
    """Sites of whose coupled draws several meet in one term of the cost.

    A dry run weighs these sites alone and notes every boxing, which is where a term stops to be linear in what comes before.
    """
    coupled = {s.id: s for s in trace.sites if s.spec.estimator.couples}
    met: set[int] = set()

    def note(deps: Deps) -> None:
        for (_, site), alignment in deps.items():
            if alignment[len(alignment) - coupled[site].spec.lanes_rank] is None:
                met.add(site)

    plan: dict[int, Any] = {s.id: Score(baseline=None) if s.id in coupled else None for s in trace.sites}
    ctx = Context(plan, Lanes(frozenset(coupled)), on_box=note)

    def cost(*args: Any) -> Any:
        weights: dict = {}
        return surrogate(ctx, run(ctx, trace.block, [Tracked(v) for v in args], weights)[0], weights)

    if coupled:
        with jax.disable_jit(False):
            jax.eval_shape(cost, *(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in trace.in_avals))
    return [coupled[site] for site in sorted(met)]
