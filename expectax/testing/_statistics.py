"""Tests of a mean and of a distribution function with a stated false-alarm rate and a stated power.

Mean of n independent draws x₁...xₙ in Rᵏ against the exact e. The draws are cut into m batches, whose means are nearly
Gaussian, with grand mean x̄ and estimated covariance S of x̄. With b = E[x] - e:

    each component, and the projection on e:   |x̄ⱼ - eⱼ| / √Sⱼⱼ  <=  t_{m-1}(α/2 / (2(k+1)))          (rate α/2)
    the norm:  |x̄ - e|² <= r² (tr S + 2√(tr S² y) + 2 λ_max(S) y),   y = log(2/α)                       (rate α/2)

For k = 1 all of them are one and the t test has the whole rate. The second line is the bound of Laurent and Massart on
a weighted sum of chi-squares; r, the ratio of the t quantile to the normal one, pays for estimating S. It holds for
any k, and it bounds from below what a bias of norm |b| shows *in any direction*: the fault that is found with
probability 0.99 is computed from the data and is part of the verdict.

Rounding: a component may be off by ROUNDING ulp of its size, so deterministic components compare as numbers do.
Heavy tails: if a single draw holds over a fifth of the variance no rate can be stated: "underpowered". Short of that
the rate is nominal: for skewed draws it holds up to an error that falls like 1/√n.

Sources: Asmussen, Glynn, "Stochastic simulation" (2007), chapter IV (batch means); Laurent, Massart, "Adaptive
estimation of a quadratic functional by model selection", Ann. Stat. 28 (2000), lemma 1; Massart, "The tight constant in
the Dvoretzky-Kiefer-Wolfowitz inequality", Ann. Prob. 18 (1990).
"""

import dataclasses
import math
from typing import Any

import numpy as np

from ._student import normal_upper, student_upper
from ._verdict import POWER, Verdict

BATCHES = 512
ROUNDING = 16
"""Ulp by which a computed mean may miss the exact one."""
HEAVIEST_SHARE = 0.2
"""Share of the variance beyond which one draw decides everything."""


@dataclasses.dataclass(frozen=True)
class Totals:
    """Sums over draws, in float64, from which a mean is judged; they add up over chunks.

    Shapes: centre, squares, largest: (k,); batch_sums (m, k).
    """

    num_draws: int
    centre: np.ndarray
    batch_sums: np.ndarray
    """Sums of draw - centre, batch by batch; all batches have equally many draws."""
    squares: np.ndarray
    largest: np.ndarray
    """Largest square of one draw, component by component, about the centre."""
    largest_norm: float
    non_finite: int

    @classmethod
    def of(cls, samples: Any, centre: np.ndarray) -> "Totals":
        """Totals of samples (n, k) about `centre`; what is left after the last full batch is dropped."""
        batches = min(BATCHES, len(samples))
        used = np.asarray(samples[: len(samples) - len(samples) % batches], np.float64) - centre
        non_finite = int((~np.isfinite(used).all(1)).sum())
        squares = used * used
        sums = used.reshape(batches, -1, used.shape[1]).sum(1)
        return cls(len(used), centre, sums, squares.sum(0), squares.max(0), squares.sum(1).max(), non_finite)

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.num_draws + other.num_draws,
            self.centre,
            self.batch_sums + other.batch_sums,
            self.squares + other.squares,
            np.maximum(self.largest, other.largest),
            max(self.largest_norm, other.largest_norm),
            self.non_finite + other.non_finite,
        )

    @property
    def mean(self) -> np.ndarray:
        return self.centre + self.batch_sums.sum(0) / self.num_draws

    @property
    def spread(self) -> np.ndarray:
        """Sum of squares about the mean, (k,)."""
        return np.maximum(self.squares - self.batch_sums.sum(0) ** 2 / self.num_draws, 0)

    @property
    def deviations(self) -> np.ndarray:
        """Batch means less the grand mean, (m, k), scaled so that their Gram matrix has the spectrum of S."""
        batches = len(self.batch_sums)
        means = self.batch_sums * (batches / self.num_draws)
        return (means - means.mean(0)) / math.sqrt(batches * (batches - 1))


def mean_test(
    samples: Any,
    expected: Any,
    *,
    alpha: float,
    detectable: float | None = 0.03,
    reference: float | None = None,
    tolerance: Any = 0.0,
    eps: float | None = None,
) -> Verdict:
    """Whether independent draws have the exact mean `expected`.

    Args:
        samples: (n, k) draws, or (n,) for k = 1.
        expected: (k,) exact mean.
        alpha: false-alarm rate of the whole test.
        detectable: bias the test must be able to see, relative to `reference`; None asks for nothing.
        reference: unit of `detectable`; the norm of `expected`, or of the standard deviation if that is 0.
        tolerance: error of `expected` itself, (k,) or a number.
        eps: unit roundoff of the arithmetic that made the draws; that of the samples' dtype.
    """
    samples = np.asarray(samples)
    if len(samples) < 2:
        raise ValueError(f"mean_test: expected at least 2 draws, got samples of shape {samples.shape}")
    if eps is None:
        eps = float(np.finfo(samples.dtype).eps) if np.issubdtype(samples.dtype, np.floating) else 0.0
    samples = np.reshape(np.asarray(samples, np.float64), (len(samples), -1))
    with np.errstate(invalid="ignore", over="ignore"):
        totals = Totals.of(samples, samples.mean(0))
    expected = np.reshape(np.asarray(expected, np.float64), -1)
    return judge_mean(
        totals, expected, alpha=alpha, detectable=detectable, reference=reference, tolerance=tolerance, eps=eps
    )


def judge_mean(
    totals: Totals,
    expected: np.ndarray,
    *,
    alpha: float,
    detectable: float | None,
    reference: float | None = None,
    tolerance: Any = 0.0,
    eps: float,
) -> Verdict:
    """The verdict on totals; see `mean_test`."""
    if totals.non_finite or not np.isfinite(expected).all():
        what = f"{totals.non_finite} of {totals.num_draws} draws are not finite; expected {_short(expected)}"
        return Verdict("fail", math.inf, 0.0, math.inf, detectable, alpha, totals.num_draws, what)
    slack = _slack(totals, expected, eps) + tolerance
    parts = [_components(totals, expected, slack, alpha if len(expected) == 1 else alpha / 2)]
    if len(expected) > 1:
        parts.append(_norm(totals, expected, slack, alpha / 2))
    worst = max(parts, key=lambda part: part.statistic / part.threshold)
    smallest = min(part.detectable for part in parts) / _reference(totals, expected, reference)
    heaviest = _heaviest(totals, slack)
    if heaviest > HEAVIEST_SHARE:
        status, detail = "underpowered", f"one draw holds {heaviest:.0%} of the variance, no rate holds; {worst.detail}"
    elif worst.statistic > worst.threshold:
        status, detail = "fail", worst.detail
    elif detectable is not None and smallest > detectable:
        status, detail = "underpowered", f"too few draws for the bias asked for; {worst.detail}"
    else:
        status, detail = "pass", worst.detail
    return Verdict(status, worst.statistic, worst.threshold, smallest, detectable, alpha, totals.num_draws, detail)


@dataclasses.dataclass(frozen=True)
class _Part:
    """One of the tests inside `mean_test`; `detectable` is a norm of the bias, in the unit of the draws."""

    statistic: float
    threshold: float
    detectable: float
    detail: str


def _components(totals: Totals, expected: np.ndarray, slack: np.ndarray, alpha: float) -> _Part:
    bias, deviations = totals.mean - expected, totals.deviations
    length, count = np.linalg.norm(expected), len(expected)
    if count > 1 and length > 0:  # a wrong factor points along e: test that direction on its own
        unit = expected / length
        bias, slack = np.append(bias, bias @ unit), np.append(slack, abs(unit) @ slack)
        deviations = np.column_stack([deviations, deviations @ unit])
    error = np.sqrt((deviations**2).sum(0))
    critical = student_upper(alpha / (2 * len(bias)), len(deviations) - 1)
    over = np.maximum(abs(bias) - slack, 0)
    scores = np.divide(over, error, out=np.where(over > 0, np.inf, 0.0), where=error > 0)
    j = int(np.argmax(scores))
    # |b|² > Σ cⱼ² implies |bⱼ| > cⱼ for some j, whatever the direction
    reach = np.linalg.norm(((critical + normal_upper(1 - POWER)) * error + slack)[:count])
    where = "along the expected gradient" if j == count else f"component {j}"
    return _Part(float(scores[j]), critical, float(reach), f"{where}: mean - expected = {bias[j]:.4g} ± {error[j]:.2g}")


def _norm(totals: Totals, expected: np.ndarray, slack: np.ndarray, alpha: float) -> _Part:
    bias, deviations = totals.mean - expected, totals.deviations
    batches = len(deviations)
    flat = deviations if deviations.shape[1] < batches else deviations.T  # the smaller of the two Gram matrices
    spectrum = np.maximum(np.linalg.eigvalsh(flat.T @ flat), 0)
    y, largest = -math.log(alpha), spectrum[-1]
    inflation = student_upper(alpha, batches - 1) / normal_upper(alpha)
    bound = inflation * math.sqrt(spectrum.sum() + 2 * math.sqrt((spectrum**2).sum() * y) + 2 * largest * y)
    room = float(np.linalg.norm(slack))
    threshold = bound + room
    # |b + noise|² >= |b|² - 2 z |b| √λ_max with probability POWER
    z = normal_upper(1 - POWER) * math.sqrt(largest)
    size = float(np.linalg.norm(bias))
    detail = f"norm of mean - expected = {size:.4g}, norm of expected = {np.linalg.norm(expected):.4g}"
    return _Part(size, max(threshold, 1e-300), z + math.sqrt(z * z + bound * bound) + room, detail)


def _slack(totals: Totals, expected: np.ndarray, eps: float) -> np.ndarray:
    rms = np.sqrt(totals.spread / totals.num_draws + totals.mean**2)
    return ROUNDING * eps * np.maximum(abs(expected), rms)


def _reference(totals: Totals, expected: np.ndarray, reference: float | None) -> float:
    if reference is not None:
        return reference
    return float(np.linalg.norm(expected) or math.sqrt(totals.spread.sum() / totals.num_draws) or 1.0)


def _heaviest(totals: Totals, slack: np.ndarray) -> float:
    """Largest share of the variance that one draw holds, in a component or in the norm."""
    real = totals.spread > totals.num_draws * slack**2  # a component that only jitters in its last bits has no tail
    if not real.any() or totals.num_draws < 2 / HEAVIEST_SHARE:
        return 0.0
    shares = totals.largest[real] / totals.spread[real]
    return float(max(shares.max(), totals.largest_norm / totals.spread.sum()))


def _short(values: np.ndarray) -> str:
    return np.array2string(values, threshold=6, precision=4)


def cdf_test(draws: Any, cdf: Any, cdf_left: Any = None, *, alpha: float, detectable: float | None = None) -> Verdict:
    """Whether independent scalar draws follow a distribution function, with or without atoms.

        P( sup |Fₙ - F| > ε ) <= 2 exp(-2 n ε²)        (Dvoretzky, Kiefer, Wolfowitz; Massart's constant)

    Args:
        draws: (n,) draws.
        cdf: (n,) F(xᵢ) = P(X <= xᵢ).
        cdf_left: (n,) left limits P(X < xᵢ); needed where F jumps, `cdf` itself if F is continuous.
        alpha: false-alarm rate.
        detectable: sup-distance the test must be able to see; None asks for nothing.
    """
    order = np.argsort(draws, kind="stable")
    x = np.asarray(draws, np.float64)[order]
    cdf = np.asarray(cdf, np.float64)[order]
    left = cdf if cdf_left is None else np.asarray(cdf_left, np.float64)[order]
    n = len(x)
    at_or_below = np.searchsorted(x, x, "right") / n
    below = np.searchsorted(x, x, "left") / n
    gaps = np.maximum(abs(at_or_below - cdf), abs(below - left))
    threshold = math.sqrt(math.log(2 / alpha) / (2 * n))
    smallest = threshold + math.sqrt(math.log(2 / (1 - POWER)) / (2 * n))
    finite = bool(np.isfinite(gaps).all() and np.isfinite(x).all())
    i = int(np.argmax(np.where(np.isfinite(gaps), gaps, np.inf)))
    gap = float(gaps[i]) if finite else math.inf
    detail = f"largest distance of the two CDFs is {gap:.4g}, at x = {x[i]:.4g} where F = {cdf[i]:.4g}"
    status = "fail" if not gap <= threshold else "pass"
    if status == "pass" and detectable is not None and smallest > detectable:
        status = "underpowered"
    return Verdict(status, gap, threshold, smallest, detectable, alpha, n, detail)
