"""What an estimator is: a hashable value that a site carries, and the names by which users ask for one."""

import dataclasses
from typing import Any, ClassVar

from .._errors import estimator_not_for_family, unknown_estimator
from .._typing import Array, Key, Shape


@dataclasses.dataclass(frozen=True)
class AbstractEstimator:
    """A way to carry the derivative through one site. Subclasses are frozen, hashable values."""

    name: ClassVar[str]
    keeps_path: ClassVar[bool] = False
    """Whether the draw keeps its derivative along the path."""
    weighs: ClassVar[bool] = False
    """Whether costs behind the draw are weighted by its log-density."""
    reruns: ClassVar[bool] = False
    """Whether the rest of the program is run at other values of the draw."""
    follows: ClassVar[bool] = False
    """Whether what comes behind the draw has to be continuous in it, though the family's own draws have no path."""
    relaxes: ClassVar[bool] = False
    """Whether the draw's derivative is made up, which is biased; only the site itself can ask for it."""
    couples: ClassVar[bool] = False
    """Whether its draws are not independent along the first axis of the sample shape; only the site itself can ask for it."""
    takes_baseline: ClassVar[bool] = False
    """Whether `sample(baseline=)` makes it less noisy."""
    max_order: ClassVar[int | None] = None
    """How often its result may be differentiated; None: as often as one likes."""

    @property
    def draws_otherwise(self) -> bool:
        """Whether the site's draw is made in its own way, which no plan can change afterwards."""
        return self.relaxes or self.couples

    def unfit(self, dist: Any) -> str | None:
        """Why a distribution cannot be served by it; None: it can."""
        return None

    def draw(self, dist: Any, key: Key, shape: Shape) -> Array:
        """The site's draw."""
        return dist._batched_sample(key, shape)

    def runs(self, lanes: int, dist: Any) -> float:
        """How often the rest of the program is run."""
        return 1.0


@dataclasses.dataclass(frozen=True)
class LearnedBaseline:
    """A baseline that is trained along, for `sample(key, baseline=LearnedBaseline(b))`.

    The gradient with respect to what b is computed from is that of ½ E[(b - R)²], R being the cost that the draw's weight
    sees: descending it makes b the mean cost, given what b is a function of. With one number for b, descended at rate 1 - decay,
    it is a moving average. The parameters behind b must reach nothing else of the loss.

    Source: Mnih, Gregor, "Neural variational inference and learning in belief networks" (2014), section 2.3.
    """

    value: Any


@dataclasses.dataclass(frozen=True)
class Auto(AbstractEstimator):
    """Let the table in `_choose.py` decide: pathwise where it is sound, else score, or the sum over a few values."""

    name: ClassVar[str] = "auto"
    keeps_path: ClassVar[bool] = True


@dataclasses.dataclass(frozen=True)
class Stop(AbstractEstimator):
    """The draw is data: no derivative reaches the parameters through it."""

    name: ClassVar[str] = "stop"


def is_binary(dist: Any) -> bool:
    """Whether its draws are the numbers 0 and 1."""
    ends = [getattr(dist.support, end, None) for end in ("low", "high")]
    return dist.support.discrete and not dist.event_rank and all(type(e) is int for e in ends) and ends == [0, 1]


def resolve(gradient: Any, family: Any, label: str) -> AbstractEstimator:
    """The estimator that `gradient=` names.

    Raises:
        EstimatorError: the name is unknown, or the family cannot be served by it.
    """
    from . import BY_NAME

    estimator = BY_NAME.get(gradient) if isinstance(gradient, str) else gradient
    if not isinstance(estimator, AbstractEstimator):
        raise unknown_estimator(gradient, tuple(BY_NAME))
    reason = estimator.unfit(family)
    if reason is not None:
        raise estimator_not_for_family(estimator.name, label, reason)
    return estimator
