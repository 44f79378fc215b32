"""What is subtracted from the cost that flows back into a weight: leave-one-out over runs or over separate lanes."""

import logging
from collections.abc import Callable
from typing import Any

from ._boxes import at_zero, centred_over, centred_over_runs
from ._coupling import meeting_axes
from ._program import Program
from ._trace import Site
from ._typing import Array

_log = logging.getLogger("expectax")


def leave_one_out(program: Program, count: int) -> Callable[[Site, Array, tuple], Array]:
    """What makes a weight of a log-density, centred over the runs, or for a single run over lanes whose costs keep apart."""
    lane_axes = {} if count > 1 else separable_lanes(program)
    estimators = program.plan.estimators

    def centre(site: Site, log_prob: Array, candidates: tuple) -> Array:
        estimator: Any = estimators[site.id]
        if estimator.baseline is None or not log_prob.size:
            return at_zero(log_prob)
        if count > 1:
            return centred_over_runs(log_prob, candidates)
        axis = lane_axes.get(site.id)
        return at_zero(log_prob if axis is None else centred_over(axis, log_prob))

    if count == 1:
        for site in program.sampled:
            if lane_axes.get(site.id) is None:
                _log.warning(
                    "score at %s: leave-one-out is unavailable with one sample a step, and its lanes are not independent "
                    "costs; the gradient is unbiased but noisy. num_samples >= 2 gives a baseline.",
                    site.title,
                )
    return centre


def separable_lanes(program: Program) -> dict[int, int]:
    """For each weighted site outside of loops, a lane axis along which no cost depends on two lanes, if there is one."""
    met = meeting_axes(program.trace, program.plan.estimators)
    apart = {
        s.id: [a for a, n in enumerate(s.lanes) if n > 1 and a not in met[s.id]]
        for s in program.sampled
        if s.depth == 0
    }
    return {site: axes[0] for site, axes in apart.items() if axes}
