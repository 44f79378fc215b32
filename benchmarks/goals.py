"""What the measurements are held to, and whether they hold."""

import dataclasses
import math
from collections.abc import Iterable

from libraries import JAX_PEERS
from timing import Cell

SAMPLE, GRADIENT = ("sample",), ("sample + gradient",)
LOG_PROB_GRADIENT, QUANTILE = ("log_prob + gradient",), ("quantile",)
GAMMA = ("Gamma 0.1", "Gamma 1", "Gamma 10")
ON_GAMMA = ("Beta", "Dirichlet 10", "StudentT")
NOT_SLOWER, GEOMETRIC_MEAN, AGAINST_TORCH = 0.95, 3.0, 1.5


@dataclasses.dataclass(frozen=True)
class Goal:
    """At least this ratio of the fastest exact JAX peer's time to ours, in each of these rows and operations."""

    name: str
    rows: tuple[str, ...]
    operations: tuple[str, ...]
    at_least: float


GOALS = (
    Goal("Gamma sample, any shape", GAMMA, SAMPLE, 2.5),
    Goal("Gamma sample + gradient", GAMMA, GRADIENT, 8),
    Goal("Beta, Dirichlet, StudentT sample", ON_GAMMA, SAMPLE, 2.5),
    Goal("Beta, Dirichlet, StudentT sample + gradient", ON_GAMMA, GRADIENT, 6),
    Goal("Poisson, Binomial, small mean", ("Poisson 1", "Poisson 10", "Binomial 10"), SAMPLE, 12),
    Goal("Poisson, Binomial, large mean", ("Poisson 1000", "Binomial 1000"), SAMPLE, 4),
    Goal("NegativeBinomial sample", ("NegativeBinomial",), SAMPLE, 10),
    Goal("Categorical per lane 10", ("Categorical 10 per lane",), SAMPLE, 3),
    Goal("Categorical shared 10", ("Categorical 10 shared",), SAMPLE, 20),
    Goal("Categorical shared 1000", ("Categorical 1000 shared",), SAMPLE, 150),
    Goal(
        "VonMises, TruncatedNormal, Mixture sample + gradient",
        ("VonMises", "TruncatedNormal", "Mixture 5"),
        GRADIENT,
        2,
    ),
    Goal(
        "log_prob + gradient of Gamma, Beta, StudentT, Mixture",
        (*GAMMA, "Beta", "StudentT", "Mixture 5"),
        LOG_PROB_GRADIENT,
        1.5,
    ),
    Goal("Gamma, Beta quantile", (*GAMMA, "Beta"), QUANTILE, 4),
)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A goal beside what was measured; `value` is None where nothing was."""

    name: str
    bound: str
    value: float | None
    met: bool | None
    where: str = ""

    def line(self) -> str:
        said = {True: "met", False: "NOT MET", None: "not (all) measured"}[self.met]
        value = "–" if self.value is None else f"{self.value:.3g}"
        return f"| {self.name} | {self.bound} | {value} | {self.where} | {said} |"


def best_peers(cells: Iterable[Cell]) -> dict[tuple[str, str], Cell]:
    """(row, operation) -> the cell of the fastest JAX peer whose derivative, if it is one, leaves nothing out."""
    best: dict[tuple[str, str], Cell] = {}
    for c in cells:
        place = c.row, c.operation
        if c.peer in JAX_PEERS and c.exact and (place not in best or c.ratio < best[place].ratio):
            best[place] = c
    return best


def at_least(name: str, bound: float, measured: list[tuple[float, str]], missing: str = "") -> Verdict:
    """`measured`: (value, where); the smallest decides. With something missing the goal can only be failed."""
    value, where = min(measured, default=(None, ""))
    failed = value is not None and value < bound
    met = False if failed else None if missing or value is None else True
    return Verdict(name, f"≥ {bound:g}", value, met, "; ".join(filter(None, (where, missing))))


def at_most(name: str, bound: float, measured: list[tuple[float, str]]) -> Verdict:
    """`measured`: (value, where); the largest decides."""
    if not measured:
        return Verdict(name, f"≤ {bound:g}", None, None)
    value, where = max(measured)
    return Verdict(name, f"≤ {bound:g}", value, value <= bound, where)


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def slower(cells: list[Cell]) -> list[Cell]:
    """Cells of the best peers that miss the bound of every row, worst first."""
    return sorted((c for c in best_peers(cells).values() if c.lower < NOT_SLOWER), key=lambda c: c.lower)


def of_rows(cells: list[Cell]) -> list[Verdict]:
    best = best_peers(cells)
    lowers = [(c.lower, f"{c.row}, {c.operation} ({c.peer})") for c in best.values()]
    verdicts = [at_least("every row, lower 95 % bound", NOT_SLOWER, lowers)]
    named = []
    for goal in GOALS:
        places = [(row, operation) for row in goal.rows for operation in goal.operations]
        found = [(best[place].ratio, f"{place[0]} ({best[place].peer})") for place in places if place in best]
        absent = [row for row, operation in places if (row, operation) not in best]
        verdicts.append(at_least(goal.name, goal.at_least, found, f"without {', '.join(absent)}" if absent else ""))
        named += [ratio for ratio, _ in found]
    mean = [(geometric_mean(named), f"{len(named)} cells")] if named else []
    verdicts.append(at_least("geometric mean of the rows above", GEOMETRIC_MEAN, mean))
    torch = [c.ratio for c in cells if c.peer == "torch" and c.exact]
    mean = [(geometric_mean(torch), f"{len(torch)} cells")] if torch else []
    return [*verdicts, at_least("geometric mean against torch", AGAINST_TORCH, mean)]


def of_costs(costs: dict) -> list[Verdict]:
    """`costs` as costs.py returns them."""
    compiles = [(c["seconds"], f"{c['row']}, {c['operation']}") for c in costs.get("compile", [])]
    gamma = [
        (c["temporary_bytes"] / 1e6, c["row"])
        for c in costs.get("compile", [])
        if c["row"] in GAMMA and c["operation"] in GRADIENT
    ]
    imports, eager = costs.get("import_seconds", {}), costs.get("eager_seconds", {})
    over = [(imports["expectax"], "")] if "expectax" in imports else []
    slower = [(eager["expectax"] / eager["distrax"], "ours / Distrax")] if "distrax" in eager else []
    return [
        at_most("trace + compile, s", 1.0, compiles),
        at_most("temporary memory of Gamma sample + gradient, MB", 30.0, gamma),
        at_most("import over JAX, s", 0.25, over),
        at_most("eager construct + log_prob of a Normal", 1.0, slower),
    ]
