"""The one table from facts to an estimator, and the reason for it.

| the derivative reaches the site? | path? | jump behind the draw? | support moves? | estimator                         |
|----------------------------------|-------|-----------------------|----------------|-----------------------------------|
| no                               |       |                       |                | none: it is base noise            |
| yes                              | yes   | no                    |                | pathwise                          |
| yes                              | yes   | seen to jump          | no             | score                             |
| yes                              | yes   | suspected, not cleared|                | refuse: two ways out              |
| yes                              | no    |                       | no             | score                             |
| yes                              | no, or a jump |               | yes            | refuse: neither is valid          |

An estimator that is asked for is taken as it is, unless it is wrong there. Where the joint values of all draws of a program that would
get the score are few, they are summed over instead (`summed`).
"""

import dataclasses
from typing import Any

from ._enumerate import Enumerate
from ._estimator import AbstractEstimator
from ._pathwise import Pathwise
from ._score import Score


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a choice needs to know of one site."""

    family: str
    reached: bool
    """Whether a differentiated parameter reaches it."""
    pathwise: bool
    """Whether its family has a derivative along the draw."""
    jump: str | None
    """A discontinuity behind the draw, as text."""
    jump_is_seen: bool
    support_moves: bool
    requested: AbstractEstimator
    made_for: AbstractEstimator
    """What the site itself asks for."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """An estimator for one site (None: nothing to estimate) and why; or `refusal`, and why."""

    estimator: AbstractEstimator | None
    reason: str
    refusal: str | None = None


def choose(facts: Facts) -> Choice:
    """The estimator of one site."""
    requested: Any = facts.requested
    if requested.name == "stop":
        return Choice(requested, "the site says that its draw is data")
    if not facts.reached:
        return Choice(None, "no differentiated parameter reaches it: it is base noise")
    if (requested.draws_otherwise or facts.made_for.draws_otherwise) and requested != facts.made_for:
        other = requested if requested.draws_otherwise else facts.made_for
        return _refuse(facts, f"{other.name} makes another draw, so only sample(..., gradient=) itself can ask for it")
    if requested.follows and facts.jump is not None:
        return _refuse(facts, f"{requested.name} moves the draw off its values, and meets {facts.jump}")
    if requested.relaxes:
        return Choice(requested, f"the site asks for {requested.name}, which is biased")
    if requested.weighs or requested.reruns:
        return _weigh(facts, requested, f"the site asks for {requested.name}")
    if not facts.pathwise:
        return _weigh(facts, Score(), f"{facts.family} has no derivative along the draw")
    if facts.jump is None:
        estimator = requested if requested.couples else Pathwise()
        return Choice(estimator, "differentiable along the draw, and what follows is continuous in it")
    if requested.name == "pathwise" or requested.couples:
        return _refuse(facts, f"the path is cut by {facts.jump}, so {requested.name} is biased here")
    if not facts.jump_is_seen:
        return _refuse(facts, f"{facts.jump} may make the cost jump, and no test could clear it")
    return _weigh(facts, Score(), f"{facts.jump} makes the cost jump, so pathwise is biased")


def summed(family: str, runs: int) -> Choice:
    """The choice for a draw of few values, known once the other draws' choices are."""
    return Choice(
        Enumerate(), f"{family} has no derivative along the draw, and the sum over all values, in {runs} runs, is exact"
    )


def _weigh(facts: Facts, estimator: AbstractEstimator, reason: str) -> Choice:
    if facts.support_moves and estimator.name == "score":
        return _refuse(
            facts, f"{reason}, but the support moves with a differentiated parameter, so score is biased too"
        )
    return Choice(estimator, reason)


def _refuse(facts: Facts, why: str) -> Choice:
    return Choice(None, why, refusal=why)
