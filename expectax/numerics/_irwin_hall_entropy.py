"""The entropy of a sum of uniform variates: one number for each count of them."""

import functools
import math

import numpy as np


@functools.cache
def irwin_hall_entropy(n: int) -> float:
    """Entropy of a sum of n Uniform(0, 1), to 10⁻¹².

    For n > 1000 by Edgeworth's expansion, ½ log(πen/6) - κ²/48 + κ³/48 with the excess κ = -6/(5n); for n >= 16 by the
    trapezoidal rule in steps of σ/8; else piece by piece, the first, z^(n-1)/(n-1)! on [0, 1], in closed form.
    """
    if n < 3:
        return 0.5 * (n - 1)
    if n > 1000:
        return 0.5 * math.log(math.pi * math.e * n / 6) - 0.03 / n**2 - 0.036 / n**3
    if n >= 16:
        step = 0.125 * math.sqrt(n / 12)
        z = 0.5 * n - step * np.arange(81)
        weights = np.where(z > 0, step * np.where(np.arange(81) > 0, 2.0, 1.0), 0.0)
        return float(weights @ _surprise(_density(np.where(z > 0, z, 0.5 * n), n)))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = ((n - 1) / n**2 + math.lgamma(n) / n) / math.gamma(n)
    for low in range(1, (n + 1) // 2):
        width = 0.5 * (min(low + 1, 0.5 * n) - low)
        half += width * weights @ _surprise(_density(low + width * (1 + nodes), n))
    return float(2 * half)


def _surprise(f: np.ndarray) -> np.ndarray:
    possible = f > 1e-30
    return np.where(possible, -f * np.log(np.where(possible, f, 1.0)), 0.0)


def _density(z: np.ndarray, n: int) -> np.ndarray:
    """By its Fourier series on [0, n], whose coefficients sin(x)^n/x^n, x = πk/n, are those of the whole line; n >= 3."""
    if n == 3:
        return 0.75 - (z - 1.5) ** 2
    end = 10 ** (17 / n) if n < 32 else math.sqrt(240 / n)  # by |sin x/x| <= 1/x, or exp(-x²/6)
    k = np.arange(1, math.ceil(end * n / math.pi) + 1)
    waves = np.cos(np.pi * k * (2 * (z[:, None] - 0.5 * n) / n))
    return (1 + 2 * waves @ np.sinc(k / n) ** n) / n
