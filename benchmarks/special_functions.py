"""Run times of our special functions against the JAX built-ins they replace, on ordinary arguments; both compiled.

    python benchmarks/special_functions.py [NAME...]

Ours and theirs take turns; a figure is the ratio of the medians, ours / theirs, for the value and for the gradient in
every argument that JAX's function can be differentiated in. `make speed` prints the table.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from expectax import numerics

LANES = 2**18
REPEATS = 9


def _draw(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Ordinary arguments: what parameters, values and probabilities usually are."""
    draw = {
        "shape": lambda: np.exp(rng.normal(1.0, 1.5, LANES)),
        "positive": lambda: np.exp(rng.normal(0.5, 1.2, LANES)),
        "real": lambda: 2.0 * rng.normal(size=LANES),
        "unit": lambda: rng.uniform(1e-4, 1 - 1e-4, LANES),
        "negative": lambda: -np.exp(rng.normal(0.0, 1.5, LANES)),
    }
    return draw[kind]()


def _near(a: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Values where a gamma variable with concentration a is found."""
    return rng.gamma(a) + 1e-6


# name: (ours, JAX's, kinds of the arguments, which of them to differentiate in)
CASES = {
    "gammainc": (lambda a, x: jnp.exp(numerics.log_gammainc(a, x)), special.gammainc, ("shape", "gamma"), (0, 1)),
    "gammaincc": (lambda a, x: jnp.exp(numerics.log_gammaincc(a, x)), special.gammaincc, ("shape", "gamma"), (0, 1)),
    "random_gamma_grad": (
        lambda a, x: x * numerics.log_gamma_slope(a, x, jnp.log(x)),
        lax.random_gamma_grad,
        ("shape", "gamma"),
        (),
    ),
    "betainc": (
        lambda a, b, x: numerics.betainc(a, b, x, 1 - x),
        special.betainc,
        ("shape", "shape", "unit"),
        (2,),
    ),
    "betaln": (numerics.log_beta, special.betaln, ("shape", "shape"), (0, 1)),
    "ndtr": (numerics.ndtr, special.ndtr, ("real",), (0,)),
    "log_ndtr": (numerics.log_ndtr, special.log_ndtr, ("real",), (0,)),
    "ndtri": (numerics.ndtri, special.ndtri, ("unit",), (0,)),
    "polygamma(1)": (lambda x: numerics.polygamma(1, x), lambda x: special.polygamma(1, x), ("positive",), ()),
    "digamma": (lambda x: numerics.polygamma(0, x), special.digamma, ("positive",), (0,)),
    "log_i0e": (
        numerics.log_i0e,
        lambda x: jnp.log(special.i0e(x)),
        ("positive",),
        (0,),
    ),
    "xlogy": (numerics.xlogy, special.xlogy, ("positive", "positive"), (0, 1)),
    "xlog1py": (numerics.xlog1py, special.xlog1py, ("positive", "positive"), (0, 1)),
    "log1p": (numerics.log1p, jnp.log1p, ("positive",), (0,)),
    "log1mexp": (numerics.log1mexp, lambda x: jax.nn.log1mexp(-x), ("negative",), (0,)),
    "log1pexp": (numerics.log1pexp, jax.nn.softplus, ("real",), (0,)),
}


def arguments(kinds: tuple[str, ...], dtype) -> list[jax.Array]:
    rng = np.random.default_rng(0)
    out: list[np.ndarray] = []
    for kind in kinds:
        out.append(_near(out[0], rng) if kind == "gamma" else _draw(kind, rng))
    return [jnp.asarray(v, dtype) for v in out]


def _compiled(fn, args, argnums):
    if argnums:
        fn = jax.grad(lambda *a, fn=fn: fn(*a).sum(), argnums)
    return jax.jit(fn).lower(*args).compile()


def _seconds(fn, args) -> float:
    start = time.process_time()
    jax.block_until_ready(fn(*args))
    return time.process_time() - start


def ratio(name: str, dtype, *, gradient: bool = False) -> tuple[float, float]:
    """(ours / theirs, nanoseconds of ours a lane), by processor time."""
    ours, theirs, kinds, argnums = CASES[name]
    args = arguments(kinds, dtype)
    pair = [_compiled(fn, args, argnums if gradient else ()) for fn in (ours, theirs)]
    for fn in pair:
        _seconds(fn, args)
    times = np.array([[_seconds(fn, args) for fn in pair] for _ in range(REPEATS)])
    medians = np.median(times, axis=0)
    return float(medians[0] / medians[1]), float(medians[0] / LANES * 1e9)


def main():
    names = [n for n in CASES if not sys.argv[1:] or n in sys.argv[1:]]
    print(f"{'ours / JAX':20}" + "".join(f"{t:>26}" for t in ("float32", "float64")))
    for name in names:
        cells = []
        for dtype in (np.float32, np.float64):
            with jax.enable_x64(dtype is np.float64):
                value, cost = ratio(name, dtype)
                slope = f"{ratio(name, dtype, gradient=True)[0]:.2f}" if CASES[name][3] else "-"
            cells.append(f"{value:.2f}, gradient {slope} ({cost:.0f} ns)")
        print(f"{name:20}" + "".join(f"{c:>26}" for c in cells), flush=True)


if __name__ == "__main__":
    main()
