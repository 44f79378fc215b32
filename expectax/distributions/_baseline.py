"""What `sample(baseline=)` takes, brought to the shape of the draw's lanes."""

from typing import Any

import jax.numpy as jnp

from .. import _errors, _site
from .._typing import Array, Key
from ..estimators import AbstractEstimator, LearnedBaseline, Relax


def with_baseline(dist: Any, draw: Array, baseline: Any, key: Key, estimator: AbstractEstimator) -> Array:
    """The draw of a site, marked with its baseline, or with a control that is a function of its relaxation.

    Raises:
        EstimatorError: the site asks for an estimator that has no use for one; the family has no relaxation, or its control gives
            no number.
        ShapeError: it does not broadcast to the lanes.
    """
    if estimator.name != "auto" and not estimator.takes_baseline:
        raise _errors.useless_baseline(estimator.name)
    if isinstance(baseline, Relax):
        if not dist.finite:
            raise _errors.estimator_not_for_family("relax", dist._label, "its support is not a known finite set")
        return _site.with_baseline(draw, "relaxed", *baseline.terms(dist, draw, key))
    learned = isinstance(baseline, LearnedBaseline)
    value = jnp.asarray(baseline.value if learned else baseline)
    value = value.astype(jnp.result_type(value, float))
    lanes = draw.shape[: draw.ndim - dist.event_rank]
    try:
        wide = jnp.broadcast_to(value, lanes)
    except ValueError:
        raise _errors.bad_baseline_shape(value.shape, lanes) from None
    return _site.with_baseline(draw, "learned" if learned else "given", wide)
