"""Bijectors of numbers: settings for the contract, and for each map its value, slope and inverse in many digits.

A formula takes (x, *parameters) as mpmath's numbers, parameters in the order of the fields.
"""

from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np
from case import array
from scipy import special

from expectax import bijectors as b

CASES = [
    ("Identity", b.Identity, ()),
    ("Shift", lambda: b.Shift(array(-0.5, 3.0)), ()),
    ("Affine", lambda: b.Affine(array(0.5, -1.0, 0.0), scale=array(-2.0, 0.25, 3.0)), ()),
    ("Expm1", b.Expm1, ()),
    ("Log", b.Log, ()),
    ("Log1p", b.Log1p, ()),
    ("Power", lambda: b.Power(array(3.0, -0.5, 1.0)), ()),
    ("PowerTransform", lambda: b.PowerTransform(array(0.0, 2.0, -0.5)), ()),
    ("Sigmoid", b.Sigmoid, ()),
    ("SigmoidOnIntervals", lambda: b.Sigmoid(array(-3.0, 1.0), array(2.0, 1.5)), ()),
    ("Softplus", b.Softplus, ()),
    ("SoftplusSoft", lambda: b.Softplus(array(0.25, 4.0), array(-1.0, 2.0)), ()),
    ("Softsign", b.Softsign, ()),
    ("Softfloor", lambda: b.Softfloor(array(0.125, 0.5, 4.0)), ()),
    ("SoftClip", lambda: b.SoftClip(array(-1.0, 0.0), array(1.0, 4.0), array(0.5, 2.0)), ()),
    ("SoftClipBelow", lambda: b.SoftClip(low=-1.0, hinge_softness=0.5), ()),
    ("SoftClipAbove", lambda: b.SoftClip(high=1.0), ()),
    ("SoftClipNone", b.SoftClip, ()),
    ("Tanh", b.Tanh, ()),
    ("LeakyTanh", lambda: b.LeakyTanh(array(0.5, 2.0)), ()),
    ("Sinh", b.Sinh, ()),
    ("SinhArcsinh", lambda: b.SinhArcsinh(array(0.0, -0.5, 1.0), array(1.0, 0.5, 2.0)), ()),
    ("Square", b.Square, ()),
    ("Reciprocal", b.Reciprocal, ()),
    ("NormalCDF", b.NormalCDF, ()),
    ("GumbelCDF", lambda: b.GumbelCDF(array(0.5, -1.0), array(2.0, 0.5)), ()),
    ("MoyalCDF", lambda: b.MoyalCDF(array(0.5, -1.0), array(2.0, 0.5)), ()),
    ("FrechetCDF", lambda: b.FrechetCDF(array(-1.0, 0.5), array(2.0, 0.5), array(0.5, 3.0)), ()),
    ("WeibullCDF", lambda: b.WeibullCDF(array(2.0, 0.5), array(0.5, 3.0)), ()),
    ("RayleighCDF", lambda: b.RayleighCDF(array(2.0, 0.5)), ()),
    ("GompertzCDF", lambda: b.GompertzCDF(array(0.25, 2.0), array(0.5, 1.5)), ()),
    ("KumaraswamyCDF", lambda: b.KumaraswamyCDF(array(2.0, 0.5), array(0.75, 3.0)), ()),
    (
        "GeneralizedExtremeValueCDF",
        lambda: b.GeneralizedExtremeValueCDF(array(0.5, -1.0, 0.0), array(2.0, 0.5, 1.0), array(0.25, -0.5, 0.0)),
        (),
    ),
    (
        "GeneralizedParetoCDF",
        lambda: b.GeneralizedParetoCDF(array(0.5, -1.0, 0.0), array(2.0, 0.5, 1.0), array(0.25, -0.5, 0.0)),
        (),
    ),
    ("LambertWTail", lambda: b.LambertWTail(array(0.5, 0.0), array(2.0, 1.0), array(0.25, 0.0)), ()),
]
"""(name, bijector, event shape of x)"""


class Exact(NamedTuple):
    """Formulas, and what they are compared at: settings of the parameters, and the x."""

    forward: Callable
    slope: Callable
    inverse: Callable
    settings: list[tuple]
    points: np.ndarray


def _line(end: float) -> np.ndarray:
    size = np.geomspace(1e-5, end, 22)
    return np.concatenate([-size, [0.0], size])


REAL, WIDE, POSITIVE = _line(12.0), _line(80.0), np.geomspace(1e-9, 200.0, 45)
UNIT = np.concatenate([np.geomspace(1e-9, 0.4, 20), 1 - np.geomspace(1e-6, 0.5, 20)])
DEEP = np.geomspace(1e-9, 25.0, 45)


def _sigmoid(t):
    return 1 / (1 + mp.exp(-t))


def _softplus(t):
    return mp.log1p(mp.exp(t))


def _density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _normal_inverse(p):
    """Newton's method from SciPy's value, on the side of the smaller tail."""
    if p > 0.5:
        return -_normal_inverse(1 - p)
    x = mp.mpf(float(special.ndtri(float(p))))
    for _ in range(4):
        x -= (_normal_cdf(x) - p) / _density(x)
    return x


def _of_tail(z, xi):
    return mp.log1p(xi * z) / xi if xi else z


def _from_tail(e, xi):
    return mp.expm1(xi * e) / xi if xi else e


def _softfloor(x, t):
    n, h = mp.nint(x), mp.tanh(1 / (4 * t))
    return n + (mp.tanh((x - n) / (2 * t)) / h - h) / 2


def _softfloor_slope(x, t):
    r = x - mp.nint(x)
    return _sigmoid(r / t) * _sigmoid(-r / t) / (t * mp.tanh(1 / (4 * t)))


def _softfloor_inverse(y, t):
    h = mp.tanh(1 / (4 * t))
    n = mp.ceil(y - _sigmoid(-1 / (2 * t)))
    return n + 2 * t * mp.atanh((2 * (y - n) + h) * h)


def _soft_clip(x, low, high, c):
    w = (high - low) / c
    return high - (high - low) * _softplus(w - _softplus((x - low) / c)) / _softplus(w)


def _soft_clip_slope(x, low, high, c):
    w, u = (high - low) / c, (x - low) / c
    return _sigmoid(w - _softplus(u)) * _sigmoid(u) * w / _softplus(w)


def _soft_clip_inverse(y, low, high, c):
    w = (high - low) / c
    inner = w - mp.log(mp.expm1(_softplus(w) * (high - y) / (high - low)))
    return low + c * mp.log(mp.expm1(inner))


def _leaky_tanh(x, m):
    beyond = mp.sign(x) * (mp.tanh(m) + mp.sech(m) ** 2 * (abs(x) - m))
    return mp.tanh(x) if abs(x) <= m else beyond


def _leaky_tanh_inverse(y, m):
    beyond = mp.sign(y) * (m + mp.cosh(m) ** 2 * (abs(y) - mp.tanh(m)))
    return mp.atanh(y) if abs(y) < mp.tanh(m) else beyond


def _unit(tailweight):
    return 2 / mp.sinh(tailweight * mp.asinh(2))


def _gumbel(z):
    return mp.exp(-mp.exp(-z))


def _frechet(x, loc, scale, a):
    return mp.exp(-(((x - loc) / scale) ** -a))


def _lambert_w_inverse(y, m, s, d):
    z = (y - m) / s
    return m + s * (mp.sign(z) * mp.sqrt(mp.lambertw(d * z * z).real / d) if d else z)


EXACT = {
    b.Shift: Exact(lambda x, m: x + m, lambda x, m: 1, lambda y, m: y - m, [(0.3,), (-1e3,)], REAL),
    b.Affine: Exact(
        lambda x, m, s: m + s * x, lambda x, m, s: s, lambda y, m, s: (y - m) / s, [(0.3, -1.7), (-40.0, 1e-3)], REAL
    ),
    b.Expm1: Exact(mp.expm1, mp.exp, mp.log1p, [()], WIDE),
    b.Log: Exact(mp.log, lambda x: 1 / x, mp.exp, [()], POSITIVE),
    b.Log1p: Exact(mp.log1p, lambda x: 1 / (1 + x), mp.expm1, [()], np.concatenate([-UNIT, POSITIVE])),
    b.Power: Exact(
        lambda x, p: x**p,
        lambda x, p: abs(p) * x ** (p - 1),
        lambda y, p: y ** (1 / p),
        [(2.5,), (-0.3,), (1.0,), (1.001,)],
        POSITIVE,
    ),
    b.PowerTransform: Exact(
        lambda x, p: mp.exp(_of_tail(x, p)),
        lambda x, p: mp.exp((1 - p) * _of_tail(x, p)),
        lambda y, p: _from_tail(mp.log(y), p),
        [(0.0,), (1e-3,), (0.02,), (2.5,)],
        np.concatenate([-np.geomspace(1e-6, 0.39, 20), POSITIVE]),
    ),
    b.Sigmoid: Exact(
        lambda x, low, high: low + (high - low) * _sigmoid(x),
        lambda x, low, high: (high - low) * _sigmoid(x) * _sigmoid(-x),
        lambda y, low, high: mp.log((y - low) / (high - y)),
        [(0.0, 1.0), (-3.0, 2.0), (-1e4, 0.0)],
        WIDE,
    ),
    b.Softplus: Exact(
        lambda x, c, low: low + c * _softplus(x / c),
        lambda x, c, low: _sigmoid(x / c),
        lambda y, c, low: c * mp.log(mp.expm1((y - low) / c)),
        [(1.0, 0.0), (0.3, -2.0), (5.0, 0.0)],
        WIDE,
    ),
    b.Softsign: Exact(
        lambda x: x / (1 + abs(x)), lambda x: (1 + abs(x)) ** -2, lambda y: y / (1 - abs(y)), [()], _line(1e6)
    ),
    b.Softfloor: Exact(
        _softfloor, _softfloor_slope, _softfloor_inverse, [(0.02,), (0.1,), (0.7,), (30.0,)], np.r_[REAL, 0.49, 2.51]
    ),
    b.SoftClip: Exact(
        _soft_clip,
        _soft_clip_slope,
        _soft_clip_inverse,
        [(-1.0, 1.0, 0.7), (0.0, 40.0, 0.5), (0.0, 1.0, 20.0), (-5.0, 0.0, 1.0)],
        REAL,
    ),
    b.Tanh: Exact(mp.tanh, lambda x: mp.sech(x) ** 2, mp.atanh, [()], WIDE),
    b.LeakyTanh: Exact(
        _leaky_tanh, lambda x, m: mp.sech(min(abs(x), m)) ** 2, _leaky_tanh_inverse, [(0.5,), (3.0,)], WIDE
    ),
    b.Sinh: Exact(mp.sinh, mp.cosh, mp.asinh, [()], WIDE),
    b.SinhArcsinh: Exact(
        lambda x, s, t: _unit(t) * mp.sinh(t * (mp.asinh(x) + s)),
        lambda x, s, t: _unit(t) * t * mp.cosh(t * (mp.asinh(x) + s)) / mp.sqrt(1 + x * x),
        lambda y, s, t: mp.sinh(mp.asinh(y / _unit(t)) / t - s),
        [(0.0, 1.0), (-0.7, 0.4), (0.5, 3.0), (0.1, 12.0)],
        WIDE,
    ),
    b.Square: Exact(lambda x: x * x, lambda x: 2 * x, mp.sqrt, [()], POSITIVE),
    b.Reciprocal: Exact(lambda x: 1 / x, lambda x: x**-2, lambda y: 1 / y, [()], POSITIVE),
    b.NormalCDF: Exact(_normal_cdf, _density, _normal_inverse, [()], REAL),
    b.GumbelCDF: Exact(
        lambda x, loc, scale: _gumbel((x - loc) / scale),
        lambda x, loc, scale: mp.exp(-(x - loc) / scale) * _gumbel((x - loc) / scale) / scale,
        lambda y, loc, scale: loc - scale * mp.log(-mp.log(y)),
        [(0.0, 1.0), (-2.0, 3.0)],
        REAL,
    ),
    b.MoyalCDF: Exact(
        lambda x, loc, scale: mp.erfc(mp.exp(-(x - loc) / scale / 2) / mp.sqrt(2)),
        lambda x, loc, scale: _density(mp.exp(-(x - loc) / scale / 2)) * mp.exp(-(x - loc) / scale / 2) / scale,
        lambda y, loc, scale: loc - 2 * scale * mp.log(-_normal_inverse(y / 2)),
        [(0.0, 1.0), (-2.0, 3.0)],
        REAL,
    ),
    b.FrechetCDF: Exact(
        _frechet,
        lambda x, loc, scale, a: a / scale * ((x - loc) / scale) ** (-a - 1) * _frechet(x, loc, scale, a),
        lambda y, loc, scale, a: loc + scale * (-mp.log(y)) ** (-1 / a),
        [(0.0, 1.0, 1.0), (0.0, 2.0, 0.3), (-2.0, 3.0, 4.0)],
        POSITIVE,
    ),
    b.WeibullCDF: Exact(
        lambda x, s, k: -mp.expm1(-((x / s) ** k)),
        lambda x, s, k: k / s * (x / s) ** (k - 1) * mp.exp(-((x / s) ** k)),
        lambda y, s, k: s * (-mp.log1p(-y)) ** (1 / k),
        [(1.0, 1.0), (2.0, 0.3), (0.5, 1.001), (3.0, 4.0)],
        DEEP,
    ),
    b.RayleighCDF: Exact(
        lambda x, s: -mp.expm1(-((x / s) ** 2) / 2),
        lambda x, s: x / s / s * mp.exp(-((x / s) ** 2) / 2),
        lambda y, s: s * mp.sqrt(-2 * mp.log1p(-y)),
        [(1.0,), (4.0,)],
        DEEP,
    ),
    b.GompertzCDF: Exact(
        lambda x, c, r: -mp.expm1(-c * mp.expm1(r * x)),
        lambda x, c, r: c * r * mp.exp(r * x - c * mp.expm1(r * x)),
        lambda y, c, r: mp.log1p(-mp.log1p(-y) / c) / r,
        [(1.0, 1.0), (1e-3, 0.5), (20.0, 0.1)],
        DEEP,
    ),
    b.KumaraswamyCDF: Exact(
        lambda x, a, c: -mp.expm1(c * mp.log1p(-(x**a))),
        lambda x, a, c: a * c * x ** (a - 1) * (1 - x**a) ** (c - 1),
        lambda y, a, c: mp.exp(mp.log(-mp.expm1(mp.log1p(-y) / c)) / a),
        [(1.0, 1.0), (2.5, 0.4), (0.3, 5.0), (20.0, 30.0)],
        UNIT,
    ),
    b.GeneralizedExtremeValueCDF: Exact(
        lambda x, loc, s, xi: _gumbel(_of_tail((x - loc) / s, xi)),
        lambda x, loc, s, xi: (
            mp.exp(-(1 + xi) * _of_tail((x - loc) / s, xi)) * _gumbel(_of_tail((x - loc) / s, xi)) / s
        ),
        lambda y, loc, s, xi: loc + s * _from_tail(-mp.log(-mp.log(y)), xi),
        [(0.0, 1.0, 0.0), (0.0, 1.0, 1e-3), (-2.0, 3.0, 0.5), (1.0, 2.0, -0.3)],
        _line(4.0),
    ),
    b.GeneralizedParetoCDF: Exact(
        lambda x, loc, s, xi: -mp.expm1(-_of_tail((x - loc) / s, xi)),
        lambda x, loc, s, xi: mp.exp(-(1 + xi) * _of_tail((x - loc) / s, xi)) / s,
        lambda y, loc, s, xi: loc + s * _from_tail(-mp.log1p(-y), xi),
        [(0.0, 1.0, 0.0), (0.0, 1.0, 1e-3), (-2.0, 3.0, 0.5), (0.0, 20.0, -0.3)],
        DEEP,
    ),
    b.LambertWTail: Exact(
        lambda x, m, s, d: m + (x - m) * mp.exp(d * ((x - m) / s) ** 2 / 2),
        lambda x, m, s, d: mp.exp(d * ((x - m) / s) ** 2 / 2) * (1 + d * ((x - m) / s) ** 2),
        _lambert_w_inverse,
        [(0.0, 1.0, 0.0), (0.0, 1.0, 0.2), (-2.0, 3.0, 0.01), (0.5, 0.7, 1.5)],
        REAL,
    ),
}
"""By bijector: those without rounding of their own (Identity, Abs, Exp) are not here."""
