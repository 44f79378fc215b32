"""Upper quantiles of Student's t, far into the tail, without SciPy.

    P(T > t) = I_x(ν/2, 1/2) / 2,   x = ν / (ν + t²)

I is the regularised incomplete beta function, by its continued fraction. Accurate to about 1e-10 relative for rates
from 0.5 to 1e-300: small tails are computed directly, never as one minus something.

Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction); evaluated by Lentz's method,
Press et al., "Numerical Recipes", 3rd ed. (2007), sections 5.2 and 6.4.
"""

import functools
import math
from statistics import NormalDist

_TINY = 1e-300


def normal_upper(rate: float) -> float:
    """z with P(Z > z) = rate for a standard normal Z."""
    return -NormalDist().inv_cdf(rate)


@functools.lru_cache(maxsize=1024)
def student_upper(rate: float, degrees: float) -> float:
    """t with P(T > t) = rate for Student's t with `degrees` degrees of freedom, rate <= 1/2."""
    low, high = 0.0, 1.0
    while student_tail(high, degrees) > rate:
        low, high = high, 2 * high
    for _ in range(60):  # 60 halvings: to the last bit of a double
        middle = 0.5 * (low + high)
        low, high = (middle, high) if student_tail(middle, degrees) > rate else (low, middle)
    return 0.5 * (low + high)


def student_tail(t: float, degrees: float) -> float:
    """P(T > t) for t >= 0."""
    return 0.5 * incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast; else use I_x(a, b) = 1 - I_{1-x}(b, a)
        return math.exp(log_front) * _fraction(a, b, x) / a
    return 1 - math.exp(log_front) * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    # f = 1/(1 + d₁/(1 + d₂/(1 + ...))), d₂ₘ = m(b-m)x / ((a+2m-1)(a+2m)), d₂ₘ₊₁ = -(a+m)(a+b+m)x / ((a+2m)(a+2m+1))
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return result


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
