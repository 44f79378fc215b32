"""What is subtracted from the cost that flows back into a weight: leave-one-out over runs or over separate lanes."""

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import jax

from ._boxes import centred_over, centred_over_runs
from ._lanes import Deps
from ._program import Program, context, key_of, run_once
from ._trace import Site
from ._typing import Array

_log = logging.getLogger("expectax")


def leave_one_out(program: Program, count: int) -> Callable[[Site, Array, tuple], Array]:
    """What centres each weight: over the runs, or for a single run over lanes whose costs keep apart."""
    lane_axes = {} if count > 1 else separable_lanes(program)
    estimators = program.plan.estimators

    def centre(site: Site, weight: Array, candidates: tuple) -> Array:
        estimator: Any = estimators[site.id]
        if estimator.baseline is None or not weight.size:
            return weight
        if count > 1:
            return centred_over_runs(weight, candidates)
        axis = lane_axes.get(site.id)
        return weight if axis is None else centred_over(axis, weight)

    if count == 1:
        for site in program.weighted:
            if lane_axes.get(site.id) is None:
                _log.warning(
                    "score at %s: leave-one-out is unavailable with one sample a step, and its lanes are not independent "
                    "costs; the gradient is unbiased but noisy. num_samples >= 2 gives a baseline.",
                    site.title,
                )
    return centre


def separable_lanes(program: Program) -> dict[int, int]:
    """For each weighted site, a lane axis along which no cost depends on two lanes, if there is one.

    A dry run notes every boxing: an axis that stays apart in all of them is separable.
    """
    apart = {s.id: {a for a, n in enumerate(s.lanes) if n > 1} for s in program.weighted if s.depth == 0}

    def note(deps: Deps) -> None:
        for (_, site), alignment in deps.items():
            if site in apart:
                apart[site] &= {a for a, lane in enumerate(alignment) if lane is not None}

    ctx = dataclasses.replace(context(program), on_box=note)
    jax.eval_shape(lambda live, key: run_once(program, ctx, live, key).surrogate, program.live, key_of(program))
    return {site: min(axes) for site, axes in apart.items() if axes}
