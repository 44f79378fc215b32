"""The list of diseases. Each is a function: Measurements -> findings, silent on a healthy program."""

from collections.abc import Callable, Iterator

from . import _density_checks as densities
from . import _path_checks as paths
from . import _value_checks as values
from ._measurements import Measurements
from ._report import Finding

CHECKS: tuple[Callable[[Measurements], Iterator[Finding]], ...] = (
    paths.refused,
    values.broken_values,
    paths.exact_cancellation,
    densities.score_without_stop,
    densities.score_twice,
    densities.zero_mean_term,
    densities.dropped_term,
    densities.own_baseline,
    densities.nonlinear_mean,
    densities.heavy_weights,
    densities.averaged_event,
    densities.crossed_shapes,
    paths.no_path,
    paths.cut_by_stop_gradient,
    paths.stop_by_passed,
    paths.dropped,
    paths.discontinuous,
    paths.rejection_loop,
    paths.relaxed,
    paths.straight_through,
    paths.moving_support,
    paths.reused_key,
    values.saturated,
    values.cancelled,
    values.exploding,
    values.lost_in_noise,
    values.too_few_draws,
)
