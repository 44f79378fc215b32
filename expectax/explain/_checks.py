"""The list of diseases. Each is a function: Measurements -> findings, silent on a healthy program."""

from collections.abc import Callable, Iterator

from . import _axis_checks as axes
from . import _density_checks as densities
from . import _key_checks as keys
from . import _path_checks as paths
from . import _relaxation_checks as relaxations
from . import _value_checks as values
from . import _zero_checks as zeros
from ._measurements import Measurements
from ._report import Finding

CHECKS: tuple[Callable[[Measurements], Iterator[Finding]], ...] = (
    paths.refused,
    values.broken_values,
    zeros.exact_cancellation,
    densities.score_without_stop,
    densities.score_twice,
    densities.divergence_twice,
    densities.zero_mean_term,
    densities.dropped_term,
    densities.own_baseline,
    densities.nonlinear_mean,
    densities.heavy_weights,
    axes.averaged_event,
    axes.crossed_shapes,
    paths.no_path,
    paths.cut_by_stop_gradient,
    paths.stop_by_passed,
    paths.dropped,
    paths.discontinuous,
    paths.rejection_loop,
    relaxations.relaxed,
    relaxations.relaxed_by_hand,
    relaxations.straight_through,
    relaxations.foreign_rule,
    paths.moving_support,
    keys.reused_key,
    keys.split_key,
    values.saturated,
    values.cancelled,
    values.exploding,
    values.chaotic,
    values.lost_in_noise,
    values.too_few_draws,
)
