"""Run times of sampling, densities and their gradients beside other libraries': ratios peer / ours, in one run.

    python benchmarks/bench.py [--lanes N] [--out DIR] [ROW...]

Ours and theirs take turns, compiled, single precision, one parameter a lane. A ratio is that of the medians; its bound is the
lower end of the bootstrap's 95 % interval over the turns. `make bench` installs the peers and writes bench.json and bench.md.
"""

import argparse
import dataclasses
import importlib
import json
import pathlib
import time
from collections.abc import Callable

import families
import jax
import jax.numpy as jnp
import numpy as np

import expectax

REPEATS = 9
LIBRARIES = {
    "expectax": "expectax",
    "tfp": "tensorflow_probability.substrates.jax.distributions",
    "numpyro": "numpyro.distributions",
    "distrax": "distrax",
}


@dataclasses.dataclass(frozen=True)
class Measured:
    """One cell of the table."""

    row: str
    operation: str
    peer: str
    ratio: float
    """Processor time of the peer over ours."""
    lower: float
    wall_ratio: float
    milliseconds: float
    """Processor time of ours."""


def _sample(library: str, dist, key):
    return dist.sample(key) if library in ("expectax", "numpyro") else dist.sample(seed=key)


def _quantile(library: str, dist, p):
    return dist.icdf(p) if library == "numpyro" else dist.quantile(p)


def _operations(make: Callable, library: str) -> dict[str, Callable]:
    """Functions of (parameters, key, x, p)."""

    def total_log_prob(parameters, x):
        return make(*parameters).log_prob(x).sum()

    def mean_sample(parameters, key):
        return _sample(library, make(*parameters), key).mean()

    return {
        "sample": lambda parameters, key, x, p: _sample(library, make(*parameters), key),
        "log_prob": lambda parameters, key, x, p: make(*parameters).log_prob(x),
        "log_prob and gradient": lambda parameters, key, x, p: jax.value_and_grad(total_log_prob)(parameters, x),
        "gradient of mean(sample)": lambda parameters, key, x, p: jax.grad(mean_sample)(parameters, key),
        "cdf": lambda parameters, key, x, p: make(*parameters).cdf(x),
        "quantile": lambda parameters, key, x, p: _quantile(library, make(*parameters), p),
    }


# how a library says that it has no such operation; of ours, anything else is a fault and stops the run
_PEERS_LACK = (NotImplementedError, AttributeError, TypeError, ValueError, AssertionError)
_WE_LACK = (expectax.UndefinedMethodError,)


def _compiled(fn: Callable, args: tuple, lacking: tuple) -> Callable | None:
    """None where the library has no such operation."""
    try:
        program = jax.jit(fn).lower(*args).compile()
        jax.block_until_ready(program(*args))
    except lacking:
        return None
    return program


def _timed(program: Callable, args: tuple) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    jax.block_until_ready(program(*args))
    return time.process_time() - cpu, time.perf_counter() - wall


def _bound(times: np.ndarray, rng: np.random.Generator) -> float:
    """Lower end of the 95 % interval of the ratio of medians; times: (turns, (ours, theirs))."""
    chosen = rng.integers(len(times), size=(2000, len(times)))
    medians = np.median(times[chosen], axis=1)
    return float(np.quantile(medians[:, 1] / medians[:, 0], 0.025))


def measure(family: families.Family, lanes: int) -> list[Measured]:
    rng = np.random.default_rng(0)
    parameters = tuple(jnp.asarray(v) for v in family.parameters(rng, lanes))
    ours = family.make["expectax"]
    key = jax.random.key(0)
    x = jax.block_until_ready(jax.jit(lambda p: ours(*p).sample(key))(parameters))
    p = jnp.asarray(rng.uniform(0.01, 0.99, x.shape).astype(np.float32))
    cells = []
    for operation in _operations(ours, "expectax"):
        if family.discrete and operation == "gradient of mean(sample)":
            continue
        programs = {}
        for library, make in family.make.items():
            own_x = x if library == "expectax" or not family.discrete else x.astype(jnp.float32)
            args = (parameters, key, own_x, p)
            lacking = _WE_LACK if library == "expectax" else _PEERS_LACK
            program = _compiled(_operations(make, library)[operation], args, lacking)
            if program:
                programs[library] = (program, args)
        if "expectax" not in programs:
            continue
        turns = [{name: _timed(*pair) for name, pair in programs.items()} for _ in range(REPEATS)]
        for peer in programs.keys() - {"expectax"}:
            cpu, wall = (np.array([[t["expectax"][i], t[peer][i]] for t in turns]) for i in (0, 1))
            ratio, wall_ratio = (float(np.divide(*np.median(t, axis=0)[::-1])) for t in (cpu, wall))
            milliseconds = float(np.median(cpu[:, 0]) * 1e3)
            cells.append(Measured(family.name, operation, peer, ratio, _bound(cpu, rng), wall_ratio, milliseconds))
    return cells


def table(cells: list[Measured]) -> str:
    """Markdown: for each row and operation our time, the ratio of every peer, and a bar for that of the best."""
    peers = sorted({c.peer for c in cells})
    lines = ["| row | operation | ours, ms | " + " | ".join(peers) + " | best peer / ours |"]
    lines.append("|---" * (len(peers) + 4) + "|")
    for row, operation in dict.fromkeys((c.row, c.operation) for c in cells):
        own = {c.peer: c for c in cells if (c.row, c.operation) == (row, operation)}
        best = min(own.values(), key=lambda c: c.ratio)
        numbers = [f"{own[peer].ratio:.2f}" if peer in own else "–" for peer in peers]
        bar = "█" * max(1, round(4 * np.log2(1 + best.ratio)))
        lines.append(
            f"| {row} | {operation} | {best.milliseconds:.1f} | {' | '.join(numbers)} | {bar} {best.ratio:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lanes", type=int, default=10**6)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    parser.add_argument("rows", nargs="*", help="only rows whose name contains one of these")
    options = parser.parse_args()
    modules = {name: importlib.import_module(module) for name, module in LIBRARIES.items()}
    cells: list[Measured] = []
    for family in families.families(modules):
        if not options.rows or any(part in family.name for part in options.rows):
            measured = measure(family, options.lanes)
            for c in measured:
                print(f"{c.row:18} {c.operation:26} {c.peer:8} {c.ratio:6.2f} (>= {c.lower:.2f})", flush=True)
            cells += measured
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.json").write_text(json.dumps([dataclasses.asdict(c) for c in cells], indent=1))
    (options.out / "bench.md").write_text(table(cells))


if __name__ == "__main__":
    main()
