"""Differences of digamma functions with a relative error: what derivatives of binomial-like masses are made of."""

from typing import NamedTuple

import jax.numpy as jnp

from .._typing import Array
from ._log import log1p

# ψ(x) ~ log x - 1/(2x) - Σ B₂ⱼ/(2j x²ʲ): Abramowitz & Stegun 6.3.18
_TAIL = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def _shift(a: Array) -> tuple[int, Array, int]:
    """Steps of the recurrence, which lanes need them, terms of the series beyond."""
    steps, terms = (13, 7) if a.dtype == jnp.float64 else (6, 4)
    return steps, a < steps, terms


def digamma_gap(a: Array, d: Array) -> Array:
    """ψ(a + d) - ψ(a) for a > 0, d >= 0: a few ulp of itself, however small d is against a; every derivative.

    ψ(a + d) - ψ(a) = Σ_{j<K} d/((a + j)(a + d + j)) + the same at a + K (A&S 6.3.6), and beyond K term by term of the
    asymptotic series, whose differences are factored.
    """
    low, high, series = _gap_parts(a, d)
    return low + (log1p(d / high) + series)


def digamma_error_gap(a: Array, d: Array) -> Array:
    """[ψ(a + d) - log(a + d)] - [ψ(a) - log a], as `digamma_gap`: for large a about d/(2a²), with nothing larger in it."""
    low, high, series = _gap_parts(a, d)
    return series + jnp.where(high > a, low + (log1p(d / high) - log1p(d / a)), 0.0)


def _gap_parts(a: Array, d: Array) -> tuple[Array, Array, Array]:
    """(the recurrence's sum, a or a + K, what is left of the gap there beside its logarithm)."""
    steps, small, terms = _shift(a)
    low, d = jnp.where(small, a, 1.0), d + jnp.zeros_like(a)
    total = jnp.zeros_like(d)
    for j in range(steps):
        total = total + d / (low + d + j) / (low + j)
    high = jnp.where(small, low + steps, a)
    u, v = 1 / high, 1 / (high + d)
    # P(u²) and its divided difference between u² and v², by Horner's rule
    value, quotient = jnp.full_like(u, _TAIL[terms - 1]), jnp.zeros_like(d)
    for c in reversed(_TAIL[: terms - 1]):
        quotient = value + v * v * quotient
        value = c + u * u * value
    quotient = value + v * v * quotient
    series = d * u * v * (0.5 + (u + v) * quotient)
    return jnp.where(small, total, 0.0), high, series


def digamma_cross_gap(a: Array, d: Array, e: Array) -> Array:
    """[ψ(a + d) - ψ(a)] - [ψ(a + e + d) - ψ(a + e)] for a > 0, d, e >= 0: a few ulp of itself; every derivative.

    As `digamma_gap`; of the recurrence and the asymptotic series, second differences in closed form.
    """
    steps, small, terms = _shift(a)
    low = jnp.where(small, a, 1.0)
    total = jnp.zeros_like(a + d + e)
    for j in range(steps):
        total = total + _cross_gap_of_inverse(low + j, d, e)
    high = jnp.where(small, low + steps, a)
    ratio = log1p(d / (high + e + d) * (e / high))
    square = _inverse_square(high, d, e)
    series = _Corners._make([jnp.zeros_like(total)] * 9)
    for c in reversed(_TAIL[:terms]):
        series = square.times(series.plus(c))
    # of -Σ B₂ⱼ/(2j x²ʲ), minus its second difference
    rest = 0.5 * _cross_gap_of_inverse(high, d, e) + d * e * series.both
    return jnp.where(small, total, 0.0) + (ratio + rest)


def _cross_gap_of_inverse(x: Array, d: Array, e: Array) -> Array:
    """1/x - 1/(x + d) - 1/(x + e) + 1/(x + d + e)."""
    return d / (x + d) * (e / (x + e)) * (1 / x + 1 / (x + d + e))


class _Corners(NamedTuple):
    """A function at x, x + d, x + e, x + d + e with its divided differences: in d (at 0 and e), in e (at 0, d), in both."""

    at: Array
    at_d: Array
    at_e: Array
    at_de: Array
    by_d: Array
    by_d_at_e: Array
    by_e: Array
    by_e_at_d: Array
    both: Array

    def plus(self, c: float) -> "_Corners":
        return _Corners._make([*(v + c for v in self[:4]), *self[4:]])

    def times(self, g: "_Corners") -> "_Corners":
        """Leibniz' rule for divided differences."""
        f = self
        return _Corners._make(
            [
                *(v * w for v, w in zip(f[:4], g[:4], strict=True)),
                f.by_d * g.at + f.at_d * g.by_d,
                f.by_d_at_e * g.at_e + f.at_de * g.by_d_at_e,
                f.by_e * g.at + f.at_e * g.by_e,
                f.by_e_at_d * g.at_d + f.at_de * g.by_e_at_d,
                f.both * g.at_e + f.by_d * g.by_e + f.by_e_at_d * g.by_d_at_e + f.at_d * g.both,
            ]
        )


def _inverse_square(x: Array, d: Array, e: Array) -> _Corners:
    u, v, w, z = 1 / x, 1 / (x + d), 1 / (x + e), 1 / (x + d + e)
    # differences of 1/x: -1/(x (x + d)) and so on
    inverse = _Corners(u, v, w, z, -u * v, -w * z, -u * w, -v * z, v * w * (u + z))
    return inverse.times(inverse)
