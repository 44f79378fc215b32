"""What `check_gradient` returns: numbers of both sides as text and as a dict."""

import dataclasses
from typing import TYPE_CHECKING, Literal

from ._report import Plain

if TYPE_CHECKING:
    from ..testing import Verdict


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry of the gradient, or one direction: both means and their difference."""

    name: str
    gradient: float
    oracle: float
    bias: float
    standard_error: float


@dataclasses.dataclass(frozen=True)
class GradientCheck(Plain):
    """The outcome of `check_gradient`: print it, or call `raise_if_biased()`.

    Attributes:
        status: "agrees", "biased", or "undecided": the draws could not have shown the bias asked for.
        oracle: what the gradient was compared with.
        entries: the numbers.
        verdict: the test behind the status, with its false-alarm rate and the smallest bias it would have seen.
        non_finite: for how many of the keys either side is not finite.
    """

    status: Literal["agrees", "biased", "undecided"]
    oracle: str
    entries: tuple[Entry, ...]
    verdict: "Verdict"
    non_finite: int = 0

    def raise_if_biased(self) -> "GradientCheck":
        """Return it if it agrees.

        Raises:
            AssertionError: it is biased or undecided.
        """
        if self.status == "agrees":
            return self
        raise AssertionError(str(self))

    def __str__(self) -> str:
        width = max(len(e.name) for e in self.entries)
        rows = [
            f"  {e.name:{width}}  {e.gradient:+11.5g}  {e.oracle:+11.5g}  {e.bias:+11.3g} ± {1.96 * e.standard_error:.2g}"
            for e in self.entries
        ]
        head = f"  {'':{width}}  {'gradient':>11}  {self.oracle:>11}  {'bias':>11}   (95 %)"
        v = self.verdict
        broken = f"; NOT FINITE on {self.non_finite} of {v.num_draws} keys" if self.non_finite else ""
        return "\n".join(
            [
                f"the gradient {_STATUS[self.status]}{broken}",
                head,
                *rows,
                f"  {v.num_draws} keys; false-alarm rate {v.alpha:.1e}; a bias of {v.detectable:.2g} of the gradient's norm "
                "would be seen with probability 0.99",
            ]
        )


_STATUS = {
    "agrees": "agrees with the oracle",
    "biased": "is BIASED: its mean is not the gradient of the expectation",
    "undecided": "could not be judged: too noisy for the bias asked for (allow more draws, or ask for less)",
}
