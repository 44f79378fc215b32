"""Checks of the numbers: the density, the distribution function, the moments, the score and the pathwise derivative.

Deterministic checks raise AssertionError. Statistical ones return their verdict, each at the subject's false-alarm
rate. What one family states twice is compared: nothing here needs an outside reference.
"""

from typing import Any

import jax
import numpy as np

from ..supports import PositiveVector, RealVector
from ._quadrature import integral, total
from ._subject import NotApplicableError, Subject, columns, still_parameters
from ._verdict import Verdict

MASS_TOLERANCE = 2e-3
_INVERSE_TOLERANCE = 1e-4
_GRID = 512


def check_normalised(subject: Subject) -> Verdict | None:
    """The density integrates to 1, the masses sum to 1.

    By quadrature or summation for scalars, by listing finite supports and the atoms that were drawn, and for vectors over Rⁿ or (0, ∞)ⁿ by
    E[q(X) / p(X)] = 1 with q a narrower Gaussian (or log-normal).
    """
    dist = subject.dist
    if dist.finite:
        mass = np.exp(np.asarray(dist.log_prob(dist._support_values()), np.float64)).sum()
    elif dist.atomic:
        mass = np.exp(subject.at("log_prob", np.unique(subject.draws, axis=0))).sum()
    elif not subject.scalar:
        return _normalised_by_draws(subject)
    elif subject.discrete:
        mass = total(lambda x: np.exp(subject.at("log_prob", subject.values(x))), subject.draws, *subject.edges)
    else:
        mass = integral(lambda x: _density(subject, x), subject.draws.astype(np.float64), *subject.edges, subject.eps)
        mass += np.exp(subject.at("log_prob", subject.values(_atoms(subject)))).sum() if subject.dist.mixed else 0.0
    assert abs(mass - 1) < MASS_TOLERANCE, f"the total probability is {mass:.6g}, expected 1 ± {MASS_TOLERANCE:g}"
    return None


def _atoms(subject: Subject) -> np.ndarray:
    """Numbers that have mass: no other is drawn so often."""
    values, counts = np.unique(subject.draws, return_counts=True)
    return values[counts > 1e-3 * len(subject.draws)]


def _density(subject: Subject, x: np.ndarray) -> np.ndarray:
    return np.exp(subject.at("log_prob", subject.values(x)))


def _normalised_by_draws(subject: Subject) -> Verdict:
    if not isinstance(subject.dist.support, RealVector | PositiveVector):
        raise NotApplicableError("only for scalars, finite supports, real and positive vectors")
    positive = isinstance(subject.dist.support, PositiveVector)
    x = subject.draws.astype(np.float64)
    y = np.log(x) if positive else x
    half = len(y) // 2
    centre = y[:half].mean(0)
    covariance = 0.5 * np.atleast_2d(np.cov(y[:half].T))  # half as wide: the ratio stays bounded
    z = np.linalg.solve(np.linalg.cholesky(covariance), (y[half:] - centre).T)
    log_q = -0.5 * (z**2).sum(0) - 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
    if positive:
        log_q -= y[half:].sum(1)
    return subject.mean_is(np.exp(log_q - subject.log_probs[half:]), 1.0, detectable=0.2)


# --- Distribution function ---


def check_cdf_of_draws(subject: Subject) -> Verdict:
    """Draws follow the CDF (Dvoretzky-Kiefer-Wolfowitz)."""
    x = _scalar_draws(subject)
    return subject.cdf_is(x, subject.at("cdf", x), subject.at("cdf", _just_below(x)))


def check_cdf_shape(subject: Subject) -> None:
    """The CDF rises from 0 to 1."""
    x = np.unique(_scalar_draws(subject))
    f = subject.at("cdf", x)
    assert ((f >= 0) & (f <= 1 + 4 * subject.eps)).all(), f"cdf ranges over [{f.min()}, {f.max()}]"
    fall = np.diff(f, prepend=0).min()
    assert fall >= -128 * subject.eps, f"cdf falls by {-fall:.3g} at x = {x[np.diff(f, prepend=0).argmin()]}"
    low, high = (np.clip(edge, -1e30, 1e30) for edge in subject.edges)
    if subject.discrete:
        low, high = max(low, -(2.0**24)) - 1, min(high, 2.0**24)
    ends = subject.values([low, high])
    if subject.dist.mixed:
        ends[0] = _just_below(ends[:1])[0]  # at the edge itself there may be mass
    ends = subject.at("cdf", ends)
    assert np.allclose(ends, [0, 1], atol=1e-6), f"cdf is {ends} at the edges {[low, high]}, expected [0, 1]"


def check_cdf_is_integral(subject: Subject) -> None:
    """d cdf / dx is the density (exact differences, for a discrete family)."""
    x = _central(subject)
    if subject.discrete:
        slope = subject.at("cdf", x) - subject.at("cdf", _just_below(x))
    else:
        x = x[~np.isin(x, _atoms(subject))] if subject.dist.mixed else x
        slope = _slope(subject, x)
    density = np.exp(subject.at("log_prob", x))
    error = abs(slope - density) / (np.median(density) + density)
    i = int(error.argmax())
    wanted = max(1e-3, 1e3 * subject.eps)
    assert error[i] < wanted, f"at x = {x[i]:.6g} cdf has slope {slope[i]:.6g}, exp(log_prob) is {density[i]:.6g}"


def check_quantile(subject: Subject) -> None:
    """The quantile function inverts the CDF: cdf(quantile(p) - 0) <= p <= cdf(quantile(p)); NaN outside [0, 1]."""
    _scalar_draws(subject)
    p = np.linspace(0.005, 0.995, _GRID).astype(subject.dist.dtype)
    x = subject.at("quantile", p)
    x = subject.values(x) if np.isfinite(x).all() else x
    above = subject.at("cdf", x)
    below = subject.at("cdf", _just_below(x)) if subject.discrete or subject.dist.mixed else above
    gap = np.maximum(p - above, below - p)
    i = int(np.where(np.isnan(gap), np.inf, gap).argmax())
    assert gap[i] <= _INVERSE_TOLERANCE, (
        f"quantile({p[i]:.6g}) = {x[i]:.6g}, but cdf there is {above[i]:.6g} (just below it {below[i]:.6g})"
    )
    outside = subject.at("quantile", np.asarray([-0.1, 1.1], subject.dist.dtype))
    assert np.isnan(outside).all(), f"quantile([-0.1, 1.1]) = {outside}, expected NaN"


def check_tails(subject: Subject) -> None:
    """log_cdf and log_sf are the logarithms of cdf and of 1 - cdf."""
    x = _central(subject)
    cdf, log_cdf, log_sf = (subject.at(method, x) for method in ("cdf", "log_cdf", "log_sf"))
    for name, came, expected in (("log_cdf", np.exp(log_cdf), cdf), ("log_sf", np.exp(log_sf), 1 - cdf)):
        error = abs(came - expected)
        i = int(np.where(np.isnan(error), np.inf, error).argmax())
        wanted = 1e-5 + 1e2 * subject.eps
        assert error[i] < wanted, f"exp({name}({x[i]:.6g})) = {came[i]:.8g}, by cdf it is {expected[i]:.8g}"


def _scalar_draws(subject: Subject) -> np.ndarray:
    if not subject.scalar:
        raise NotApplicableError("only for scalar events")
    return subject.draws


def _central(subject: Subject) -> np.ndarray:
    """The draws' quantiles from 2% to 98%: away from edges and poles."""
    return np.quantile(_scalar_draws(subject), np.linspace(0.02, 0.98, _GRID), method="nearest")


def _just_below(x: np.ndarray) -> np.ndarray:
    if np.issubdtype(x.dtype, np.integer):
        return x - np.ones((), x.dtype)
    tiny = np.finfo(x.dtype).tiny  # subnormal steps are flushed to 0 on some machines
    return np.where(abs(x) < tiny, -tiny, np.nextafter(x, -np.inf, dtype=x.dtype)).astype(x.dtype)


def _slope(subject: Subject, x: np.ndarray) -> np.ndarray:
    return np.asarray(jax.jvp(subject.dist.cdf, (x,), (np.ones_like(x),))[1], np.float64)


# --- Moments ---


def check_mean(subject: Subject) -> Verdict:
    """The mean of the draws is `mean()`."""
    return subject.mean_is(subject.draws, _finite(subject.dist.mean(), "mean"), detectable=0.1)


def check_variance(subject: Subject) -> Verdict:
    """The mean square about `mean()` is `variance()`."""
    mean, variance = (_finite(v, "variance") for v in (subject.dist.mean(), subject.dist.variance()))
    return subject.mean_is((subject.draws.astype(np.float64) - mean) ** 2, variance, detectable=0.1)


def check_entropy(subject: Subject) -> Verdict:
    """The mean of -log_prob is `entropy()`."""
    return subject.mean_is(-subject.log_probs, _finite(subject.dist.entropy(), "entropy"), detectable=0.1)


def _finite(value: Any, name: str) -> np.ndarray:
    value = np.asarray(value, np.float64)
    if not np.isfinite(value).all():
        raise NotApplicableError(f"{name}() is not finite")
    return value


# --- Derivatives ---


def check_score_has_zero_mean(subject: Subject) -> Verdict:
    """E[d log p(X) / d theta] = 0 for parameters that do not move the support."""
    by_name = columns(subject.dist, subject.score)
    still = [by_name[name] for name in still_parameters(subject.dist)]
    if not still:
        raise NotApplicableError("every parameter moves the support")
    score = np.concatenate(still, 1)
    size = score.std(0)
    score = score / np.where(size > 0, size, 1)
    return subject.mean_is(score, np.zeros(score.shape[1]), detectable=0.1)
