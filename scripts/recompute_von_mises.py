"""Recomputes the reference values of the von Mises distribution function with mpmath, to 50 digits.

Some values as first published had 12 to 16 right digits only: a quadrature that took one panel for a tail hundreds of
times narrower. Here a tail is P(X > x) = ∫₀^(π-x) exp(-κ [cos x - cos(x + s)]) ds · e^(κ (cos x - 1)) / (2π e^(-κ) I₀(κ)),
in panels that double from the scale on which the integrand falls. Prints each value that changed.
"""

import functools
import json
import pathlib

import mpmath as mp

REFERENCE = pathlib.Path(__file__).parents[1] / "tests" / "reference" / "accuracy"
mp.mp.dps = 75


@functools.cache
def log_scaled_i0(k):
    if k < 1000:
        return mp.log(mp.besseli(0, k)) - k
    total, term = mp.mpf(0), mp.mpf(1)
    for n in range(1, 300):
        total += term
        term *= mp.mpf((2 * n - 1) ** 2) / (8 * k * n)
        if term < mp.mpf(10) ** -80:
            break
    return mp.log(total) - mp.log(2 * mp.pi * k) / 2


@functools.cache
def log_upper_tail(x, k):
    """log P(X > x) for 0 <= x <= π."""
    end = mp.pi - x
    if end <= 0:
        return mp.ninf
    scale = 1 / (k * mp.sin(x) + mp.sqrt(k) + 1)
    panels = [mp.mpf(0)]
    while panels[-1] < end:
        panels.append(min(end, panels[-1] + scale))
        if len(panels) > 10:
            scale *= 2
    # cos x - cos(x + s) = 2 sin(s/2) sin(x + s/2)
    integral = mp.quad(lambda s: mp.exp(-2 * k * mp.sin(s / 2) * mp.sin(x + s / 2)), panels)
    return mp.log(integral) - 2 * k * mp.sin(x / 2) ** 2 - mp.log(2 * mp.pi) - log_scaled_i0(k)


def log_tail(x, k, upper):
    if (x >= 0) == upper:
        return log_upper_tail(abs(x), k)
    return mp.log1p(-mp.exp(log_upper_tail(abs(x), k)))


def main():
    for kind in ("cdf", "survival", "log_cdf", "log_survival"):
        path = REFERENCE / f"{kind}__VonMises.json"
        data = json.loads(path.read_text())
        for row in range(data["n"]):
            x, loc, k = (mp.mpf(float.fromhex(data["inputs"][a][row])) for a in ("x", "loc", "concentration"))
            old = data["value"][row]
            if old in (None, "inf", "-inf") or abs(x - loc) >= mp.pi:
                continue
            new = log_tail(x - loc, k, upper=kind.endswith("survival"))
            if not kind.startswith("log"):
                new = mp.exp(new)
            error = abs(new - mp.mpf(old)) / abs(new)
            if error > mp.mpf(10) ** -30:
                print(f"{kind} x={mp.nstr(x, 8)} κ={mp.nstr(k, 8)}: {mp.nstr(error, 3)}", flush=True)
                data["value"][row] = mp.nstr(new, 50, min_fixed=0, max_fixed=0)
        path.write_text(json.dumps(data, separators=(",", ":")))


if __name__ == "__main__":
    main()
