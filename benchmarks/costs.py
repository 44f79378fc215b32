"""What is paid besides run time: importing, tracing and compiling, eager calls, temporary memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import families
import jax
import libraries
import numpy as np
import timing

LIBRARIES = ("expectax", *libraries.JAX_PEERS)


def import_seconds(modules: dict, repeats: int = 7) -> dict[str, float]:
    """library -> median processor time of its import after JAX's, each in a process of its own, in turns.

    From compiled files, as an installed package has them; the first turn may have to write them and does not count.
    """
    names = [name for name in LIBRARIES if name in modules]
    times: dict[str, list[float]] = {name: [] for name in names}
    cached = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": tempfile.gettempdir() + "/bench-pycache",
    }
    for _ in range(repeats + 1):
        for name in names:
            timed = f"t = time.process_time(); import {libraries.MODULES[name]}; print(time.process_time() - t)"
            command = [sys.executable, "-c", f"import time, jax; {timed}"]
            run = subprocess.run(command, capture_output=True, text=True, check=True, env=cached)
            times[name].append(float(run.stdout.splitlines()[-1]))
    return {name: statistics.median(t[1:]) for name, t in times.items()}


def eager_seconds(modules: dict, repeats: int = timing.REPEATS) -> dict[str, float]:
    """library -> median processor time of building a scalar Normal and evaluating its log-density."""
    calls = {name: _eager(modules[name]) for name in LIBRARIES if name in modules}
    return {name: float(np.median(t[:, 0])) for name, t in timing.interleaved(calls, repeats).items()}


def _eager(module) -> Callable:
    return lambda: jax.block_until_ready(module.Normal(0.0, 1.0).log_prob(0.3))


def compile_costs(row: families.Row, lanes: int, repeats: int = 3) -> list[dict]:
    """Processor time of tracing and compiling our sampler and its gradient, and their temporary memory."""
    data, make, out = libraries.make_data(row, lanes), row.make["expectax"], []
    for operation in ("sample", "sample + gradient"):
        if operation in libraries.ALONG_DRAWS and not make(*data.parameters).pathwise:
            continue
        args = libraries.jax_arguments("expectax", make, data)
        times = []
        for _ in range(repeats):
            jax.clear_caches()
            start = time.process_time(), time.perf_counter()
            program = jax.jit(libraries.jax_function("expectax", make, operation, data.shape)).lower(*args).compile()
            times.append((time.process_time() - start[0], time.perf_counter() - start[1]))
        cpu, wall = (
            min(t) for t in zip(*times, strict=True)
        )  # the work is the same each time: the rest is disturbance
        memory = program.memory_analysis().temp_size_in_bytes
        out.append(dict(row=row.name, operation=operation, seconds=cpu, wall_seconds=wall, temporary_bytes=memory))
    return out


def all_costs(modules: dict, lanes: int, chosen: Callable[[str], bool], show: Callable[[str], None]) -> dict:
    costs: dict = {"import_seconds": import_seconds(modules), "eager_seconds": eager_seconds(modules), "compile": []}
    for name, seconds in costs["import_seconds"].items():
        show(f"import {name:10} {seconds:.3f} s over JAX")
    for name, seconds in costs["eager_seconds"].items():
        show(f"eager Normal.log_prob {name:10} {seconds * 1e6:.0f} µs")
    for row in families.rows(modules):
        if chosen(row.name):
            found = compile_costs(row, lanes)
            for c in found:
                size = c["temporary_bytes"] / 1e6
                show(
                    f"{c['row']:22} {c['operation']:20} compiled in {c['seconds']:.2f} s, {size:7.1f} MB of temporaries"
                )
            costs["compile"] += found
    return costs
