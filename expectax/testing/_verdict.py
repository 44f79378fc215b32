"""What a statistical test answers, and how a suite splits its rate of false alarms."""

import dataclasses
from typing import Literal

POWER = 0.99
"""Probability with which a bias of size `Verdict.detectable` is found."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer of one statistical test. "underpowered" is not a pass: the draws could not have shown the fault.

    Attributes:
        status: "pass", "fail" or "underpowered".
        statistic: the statistic that came nearest to its threshold, or went furthest beyond it.
        threshold: the value it may reach; beyond it the test fails.
        detectable: the smallest fault found with probability `POWER`, in the unit that the test states.
        asked: the fault the caller wants to be able to see, in the same unit; None if nothing was asked.
        alpha: false-alarm rate of the whole test.
        num_draws: how many draws were judged.
        detail: which part of the test decided, with its numbers.
    """

    status: Literal["pass", "fail", "underpowered"]
    statistic: float
    threshold: float
    detectable: float
    asked: float | None
    alpha: float
    num_draws: int
    detail: str

    @property
    def passed(self) -> bool:
        """True for "pass" alone."""
        return self.status == "pass"

    def __str__(self) -> str:
        asked = "" if self.asked is None else f" (asked for: {self.asked:.3g})"
        return (
            f"{self.status}: {self.detail}\n"
            f"  statistic {self.statistic:.4g}, threshold {self.threshold:.4g}, false-alarm rate {self.alpha:.1e}, "
            f"{self.num_draws} draws\n"
            f"  a fault of {self.detectable:.3g}{asked} would be found with probability {POWER}"
        )

    def raise_if_failed(self, subject: str = "the estimator") -> "Verdict":
        """Return the verdict if it is a pass.

        Raises:
            AssertionError: it is "fail" or "underpowered", with the numbers and what to do.
        """
        if self.passed:
            return self
        advice = (
            "Likely causes: a term of the gradient is missing (score of a discrete draw, weight of a branch), a "
            "stop_gradient too many, a baseline that looks at its own draw, or `expected` is wrong."
            if self.status == "fail"
            else "This is neither a pass nor a fault: allow more draws (max_draws), ask for less (detectable), average "
            "several runs in one draw, or lower the variance."
        )
        raise AssertionError(f"{subject}: {self}\n{advice}")


@dataclasses.dataclass(frozen=True)
class FamilyRate:
    """Split of a suite's false-alarm rate over its checks (Bonferroni): each gets `rate / checks`.

    A suite of `checks` tests at `alpha` then raises a false alarm with probability at most `rate`, whatever the
    dependence between the tests. Source: Dunn, "Multiple comparisons among means", JASA 56 (1961).

    Example:
        >>> f"{FamilyRate(checks=500).alpha:.0e}"
        '2e-09'
    """

    checks: int
    rate: float = 1e-6

    def __post_init__(self):
        if self.checks < 1 or not 0 < self.rate < 1:
            raise ValueError(f"FamilyRate: expected checks >= 1 and 0 < rate < 1, got {self}")

    @property
    def alpha(self) -> float:
        """False-alarm rate of one check."""
        return self.rate / self.checks
