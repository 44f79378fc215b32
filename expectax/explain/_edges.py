"""The stochastic computation graph: which parameter or draw reaches which, and by what."""

from collections.abc import Iterator

from .._flow import Carrier
from ._measurements import Measurements
from ._report import Edge, node_of


def edges(m: Measurements) -> tuple[Edge, ...]:
    """Arrows under the plan that `ex.value_and_grad` would take."""
    return tuple(dict.fromkeys(_edges(m)))


def _edges(m: Measurements) -> Iterator[Edge]:
    trace, plan = m.program.trace, m.program.plan
    numbers = {site.id: f"site {n}" for n, site in enumerate(trace.sites, 1)}

    def name(carrier: Carrier) -> str:
        kind, number = carrier
        return node_of(trace.input_names[number]) if kind == "parameter" else numbers[number]

    for step in m.steps:
        if step.site is None:
            continue
        site, facts = step.site, plan.analysis.sites[step.site.id]
        refused = plan.choices[site.id].refusal is not None
        for carrier in sorted(facts.reached):
            yield Edge(name(carrier), numbers[site.id], "lost" if refused else "path")
        for other in sorted(m.graph.sites_before(step)):
            if ("site", other) not in facts.reached and other != site.id:
                yield Edge(numbers[other], numbers[site.id], _behind(m, other))
        if not m.graph.reaches_cost(step.writes[0], True):
            continue
        if ("site", site.id) in plan.analysis.outputs[0].paths:
            yield Edge(numbers[site.id], "cost", "path")
        elif m.graph.direct(step):
            yield Edge(numbers[site.id], "cost", "lost" if refused else _behind(m, site.id))
    for carrier in sorted(plan.analysis.outputs[0].paths):
        if carrier[0] == "parameter":
            yield Edge(name(carrier), "cost", "path")


def _behind(m: Measurements, site: int) -> str:
    """What a draw without a path carries."""
    estimator = m.program.plan.estimators[site]
    return "weight" if estimator is not None and (estimator.weighs or estimator.reruns) else "data"
