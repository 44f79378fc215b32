"""What an estimator is: a hashable value that a site carries, and the names by which users ask for one."""

import dataclasses
from typing import Any, ClassVar

from .._errors import estimator_not_for_family, unknown_estimator


@dataclasses.dataclass(frozen=True)
class AbstractEstimator:
    """A way to carry the derivative through one site. Subclasses are frozen, hashable values."""

    name: ClassVar[str]
    keeps_path: ClassVar[bool] = False
    """Whether the draw keeps its derivative along the path."""
    weighs: ClassVar[bool] = False
    """Whether costs behind the draw are weighted by its log-density."""


@dataclasses.dataclass(frozen=True)
class Auto(AbstractEstimator):
    """Let the table in `_choose.py` decide: pathwise where it is sound, else score."""

    name: ClassVar[str] = "auto"
    keeps_path: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True)
class Stop(AbstractEstimator):
    """The draw is data: no derivative reaches the parameters through it."""

    name: ClassVar[str] = "stop"


def resolve(gradient: Any, family: Any, label: str) -> AbstractEstimator:
    """The estimator that `gradient=` names.

    Raises:
        EstimatorError: the name is unknown, or the family cannot be served by it.
    """
    from . import Enumerate, Pathwise, Score

    by_name = {cls.name: cls() for cls in (Auto, Pathwise, Score, Enumerate, Stop)}
    estimator = by_name.get(gradient) if isinstance(gradient, str) else gradient
    if not isinstance(estimator, AbstractEstimator):
        raise unknown_estimator(gradient, tuple(by_name))
    if isinstance(estimator, Pathwise) and not family.pathwise:
        raise estimator_not_for_family("pathwise", label, "its draws have no derivative along the path")
    if isinstance(estimator, Enumerate) and not family.finite:
        raise estimator_not_for_family("enumerate", label, "its support is not a known finite set")
    return estimator
