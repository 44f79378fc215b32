"""Does `"auto"` choose well? Its variance × time beside that of every estimator that is valid at all sites of a program.

    python benchmarks/choices.py [--page docs/choices.md] [NAME ...]

The programs are the expectations with known gradients of `tests/test_gradient_bench.py`. Every gradient is that of
`ex.value_and_grad` from equally many draws. Estimators that draw otherwise (coupled, relaxed) are no choice of a plan and stay out.
"""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import timing

import expectax as ex
from expectax._program import Program, Signature, prepare
from expectax.estimators import BY_NAME

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_gradient_bench as bench  # pyright: ignore[reportMissingImports]

NUM_SAMPLES = 64
KEYS = 400
"""Gradients behind a variance: its relative error is some 7 % for normal noise."""
GOOD, SHARE = 1.2, 0.9
EXACT = 1e-10
"""Variance relative to the squared gradient that is rounding."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One program: what auto took, what was best, and variance × time of the one over that of the other."""

    program: str
    auto: str
    best: str
    ratio: float
    costs: dict[str, tuple[float, float]]
    """Estimator -> (variance, seconds)."""


def measured(name: str) -> Row:
    """All valid estimators of one program, timed in turns."""
    params, constants = bench.split(bench.ENTRIES[name])
    keys = jax.random.split(jax.random.key(1), KEYS)

    def loss(p: Any, key: Any) -> Any:
        return bench.PROGRAMS[name](p, constants, key)

    program = prepare(loss, (params, keys[0]), Signature(0, -1, False))
    chosen = _chosen(program)
    plans = _plans(program, chosen)
    auto = next((n for n, plan in plans.items() if _names(plan) == chosen), "auto")
    if auto == "auto":
        plans["auto"] = {}
    runs = {n: run for n, plan in plans.items() if (run := _compiled(loss, params, keys, plan)) is not None}
    times = timing.interleaved({n: lambda run=run: jax.block_until_ready(run(params, keys)) for n, run in runs.items()})
    variances = {n: _variance(run(params, keys)) for n, run in runs.items()}
    costs = {n: (variances[n], float(np.median(times[n][:, 0])) / KEYS) for n in runs}
    best = min((n for n in costs if n != "auto"), key=lambda n: np.prod(costs[n]), default="auto")
    ratio = (
        np.prod(costs[auto]) / np.prod(costs[best]) if np.prod(costs[best]) else 1.0 if costs[auto][0] == 0 else np.inf
    )
    return Row(name, " + ".join(dict.fromkeys(chosen.values())) or "nothing to estimate", best, float(ratio), costs)


def _chosen(program: Program) -> dict[int, str]:
    """Number of a site -> the estimator that auto takes, for sites that a parameter reaches."""
    taken = (program.plan.choices[site.id].estimator for site in program.trace.sites)
    return {n: e.name for n, e in enumerate(taken, 1) if e is not None and e.name != "stop"}


def _names(plan: dict[int, Any]) -> dict[int, str]:
    return {n: e.name for n, e in plan.items()}


def _plans(program: Program, chosen: dict[int, str]) -> dict[str, dict[int, Any]]:
    """One estimator at every site that it can serve, the other sites as auto has them; each plan once."""
    found: dict[str, dict[int, Any]] = {}
    dists = {n: site.spec.one_like() for n, site in enumerate(program.trace.sites, 1) if n in chosen}
    for name, estimator in BY_NAME.items():
        if name in ("auto", "stop") or estimator.draws_otherwise:
            continue
        served = {n: estimator for n, dist in dists.items() if estimator.unfit(dist) is None}
        plan = {n: served.get(n, BY_NAME[chosen[n]]) for n in dists}
        if served and plan not in found.values():
            found[name] = plan
    return found


def _compiled(loss: Any, params: Any, keys: Any, plan: dict[int, Any]) -> Any:
    """(parameters, keys) -> one gradient a row; None where the plan is refused."""
    step = ex.value_and_grad(loss, NUM_SAMPLES, plan=plan)

    def gradients(params: Any, keys: Any) -> Any:
        return jax.lax.map(lambda key: jnp.stack(jax.tree.leaves(step(params, key)[1])), keys)

    try:
        return jax.jit(gradients).lower(params, keys).compile()
    except ex.ExpectaxError:
        return None


def _variance(gradients: Any) -> float:
    """Summed over the entries; 0 if it is rounding."""
    rows = np.asarray(gradients, float)
    found = rows.var(0, ddof=1).sum()
    return float(found) if found > EXACT * max((rows**2).sum(1).mean(), 1e-6) else 0.0


# --- The page ----------------------------------------------------------------------------------------------------


def page(rows: list[Row]) -> str:
    """What was measured, as Markdown."""
    good = sum(r.ratio <= GOOD for r in rows)
    lines = [
        '# What `"auto"` chooses',
        "",
        f"Written by `python benchmarks/choices.py --page docs/choices.md`. Variance × processor time of a gradient of {NUM_SAMPLES}",
        f"draws, over {KEYS} gradients; each program of the bench, each estimator at all sites that it can serve. A ratio is that of",
        "auto over that of the best single estimator: 1 is the best, and 0 variance beats all.",
        "",
        f"**{good} of {len(rows)} programs within {GOOD}** (goal: {SHARE:.0%}).",
        "",
        "| program | auto | best | auto / best | variance, and µs a gradient |",
        "|---|---|---|---|---|",
    ]
    for r in sorted(rows, key=lambda r: -r.ratio):
        each = "; ".join(
            f"{n} {v:.3g}, {1e6 * t:.3g}" for n, (v, t) in sorted(r.costs.items(), key=lambda c: np.prod(c[1]))
        )
        lines.append(f"| {r.program} | {r.auto} | {r.best} | {r.ratio:.3g} | {each} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the page where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="programs; all by default")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    rows = []
    with jax.debug_key_reuse(False):
        for name in options.names or bench.ENTRIES:
            rows.append(measured(name))
            print(f"{rows[-1].program}: {rows[-1].auto}, best {rows[-1].best}, {rows[-1].ratio:.3g}", file=sys.stderr)
    text = page(rows)
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
