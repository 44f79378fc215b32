"""What `sample(baseline=)` takes, brought to the shape of the draw's lanes."""

from typing import Any

import jax.numpy as jnp

from .. import _errors, _site
from .._typing import Array, Shape
from ..estimators import AbstractEstimator, LearnedBaseline


def with_baseline(draw: Array, baseline: Any, lanes: Shape, estimator: AbstractEstimator) -> Array:
    """The draw, marked with its baseline.

    Raises:
        EstimatorError: the site asks for an estimator that has no use for one.
        ShapeError: it does not broadcast to the lanes.
    """
    if estimator.name != "auto" and not estimator.takes_baseline:
        raise _errors.useless_baseline(estimator.name)
    learned = isinstance(baseline, LearnedBaseline)
    value = jnp.asarray(baseline.value if learned else baseline)
    value = value.astype(jnp.result_type(value, float))
    try:
        wide = jnp.broadcast_to(value, lanes)
    except ValueError:
        raise _errors.bad_baseline_shape(value.shape, lanes) from None
    return _site.with_baseline(draw, wide, learned)
