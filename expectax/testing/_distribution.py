"""The contract of a distribution: every property the library promises, checked on any family, a user's own included."""

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

from .._errors import UndefinedMethodError
from .._typing import Key
from ..distributions import AbstractDistribution
from ..distributions._shapes import check_key
from . import _pathwise, _probability, _structure
from ._subject import NotApplicableError, Subject
from ._verdict import FamilyRate, Verdict

CHECKS: tuple[Callable[[Subject], Any], ...] = (
    _structure.check_shapes,
    _structure.check_dtypes,
    _structure.check_half_precision,
    _structure.check_support,
    _structure.check_outside,
    _structure.check_nan,
    _structure.check_transforms,
    _structure.check_pytree,
    _probability.check_normalised,
    _probability.check_cdf_of_draws,
    _probability.check_cdf_shape,
    _probability.check_cdf_is_integral,
    _probability.check_quantile,
    _probability.check_tails,
    _probability.check_mean,
    _probability.check_variance,
    _probability.check_entropy,
    _probability.check_score_has_zero_mean,
    _pathwise.check_pathwise,
)
"""All properties, one function each; the name after `check_` is the property's."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What `check_distribution` found: property -> numbers or reason.

    Attributes:
        family: the distribution.
        passed: properties that hold.
        skipped: properties that could not be looked at: a method is not implemented, or has no meaning here.
        underpowered: statistical properties on which the draws do not allow a verdict (heavy tails, as a rule).
        failed: properties that do not hold.
    """

    family: str
    passed: dict[str, str]
    skipped: dict[str, str]
    underpowered: dict[str, str]
    failed: dict[str, str]

    def __str__(self) -> str:
        lines = [f"{self.family}: {len(self.passed)} properties hold"]
        for title in ("failed", "underpowered", "skipped"):
            lines += [f"  {title}: {name}: {why}" for name, why in getattr(self, title).items()]
        return "\n".join(lines)


class ContractError(AssertionError):
    """A distribution does not do what the library promises; `report` has the numbers."""

    def __init__(self, report: Report):
        self.report = report
        super().__init__(str(report))


def check_distribution(
    dist: AbstractDistribution, key: Key, *, alpha: float = FamilyRate(1000).alpha, skip: Collection[str] = ()
) -> Report:
    """Check the library's contract on a distribution: form, density, CDF, moments, derivatives; `CHECKS` lists all.

    Statistical properties are tested on 65536 draws of the first lane in the widest float type that is enabled.

    Args:
        dist: any distribution with valid parameters; its first lane is the one whose numbers are checked.
        key: one random key; the report is a function of it.
        alpha: false-alarm rate of each of the (at most ten) statistical checks. The default lets 100 distributions
            be checked at a family-wise rate of 1e-6.
        skip: names of properties (as in the report) not to check.

    Raises:
        ContractError: a property fails; the message has every one that does, with its numbers.

    Example:
        >>> import jax
        >>> import expectax as ex
        >>> from expectax.testing import check_distribution
        >>> report = check_distribution(ex.Normal(1.0, 2.0), jax.random.key(0))
        >>> report.failed, report.underpowered
        ({}, {})
    """
    names = [property_name(check) for check in CHECKS]
    if unknown := set(skip) - set(names):
        raise ValueError(f"skip: no such properties: {sorted(unknown)}; there are {names}")
    subject = Subject(dist, check_key(key), alpha)
    report = Report(repr(dist), {}, {}, {}, {})
    for check, name in zip(CHECKS, names, strict=True):
        if name in skip:
            report.skipped[name] = "by request"
        else:
            kind, why = _outcome(check, subject)
            getattr(report, kind)[name] = why
    if report.failed:
        raise ContractError(report)
    return report


def property_name(check: Callable) -> str:
    """The name of the property that a function in `CHECKS` checks."""
    return check.__name__.removeprefix("check_")


def _outcome(check: Callable[[Subject], Any], subject: Subject) -> tuple[str, str]:
    try:
        verdict = check(subject)
    except (UndefinedMethodError, NotApplicableError) as reason:
        return "skipped", str(reason).partition("\n")[0]
    except AssertionError as failure:
        return "failed", str(failure)
    except Exception as error:  # whatever a family's code raises belongs in its report, next to what else is wrong
        return "failed", f"raised {type(error).__name__}: {error}"
    if not isinstance(verdict, Verdict):
        return "passed", ""
    return {"pass": "passed", "fail": "failed", "underpowered": "underpowered"}[verdict.status], str(verdict)
