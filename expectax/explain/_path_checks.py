"""Diseases of what a derivative passes: parameters, draws, keys, jumps."""

from collections.abc import Iterator

from .._flow import Jump
from .._trace import Step
from ._graph import Graph
from ._measurements import Measurements
from ._reach import reaching_inputs, stop_lines
from ._report import Finding, short_line, title_of


def no_path(m: Measurements) -> Iterator[Finding]:
    """A parameter does not reach the cost."""
    reach = reaching_inputs(m.program.trace, cut_at_stop=False)
    for position in sorted(m.program.call.live_leaves - reach):
        name = m.program.trace.input_names[position]
        text = "the cost does not depend on it: its gradient is 0 whatever is drawn"
        yield Finding("no path", name, text, "leave it out of argnums, or use it", serious=True)


def cut_by_stop_gradient(m: Measurements) -> Iterator[Finding]:
    """A parameter reaches the cost only through stop_gradient."""
    trace = m.program.trace
    cut = reaching_inputs(trace, False) - reaching_inputs(trace, True)
    for position in sorted(m.program.call.live_leaves & cut):
        lines = stop_lines(trace)
        where = ", ".join(map(short_line, lines)) or 'a site that asks for gradient="stop"'
        text = f"it reaches the cost only through stop_gradient ({where}), so its gradient is 0"
        advice = "take stop_gradient away, or leave the parameter out of argnums"
        yield Finding("stop_gradient cut", trace.input_names[position], text, advice, "".join(lines[:1]), True)


def stop_by_passed(m: Measurements) -> Iterator[Finding]:
    """A draw is behind stop_gradient, but the score function of its law counts all the same."""
    for step in m.steps:
        site = step.site
        if site is None or site.spec.estimator.name == "stop" or not m.naive.sites[site.id].reached:
            continue
        estimator = m.program.plan.estimators[site.id]
        if estimator is None or not (estimator.weighs or estimator.reruns):
            continue
        if m.graph.reaches_cost(step.writes[0], True) and not m.graph.reaches_cost(step.writes[0], False):
            text = (
                "its draw reaches the cost only through stop_gradient, which cuts paths and not the law of the draw: "
                f"ex.value_and_grad accounts for the parameters by {estimator.name!r}"
            )
            yield Finding(
                "stop_gradient by-passed", title_of(site), text, 'gradient="stop" at the draw, if it is data', site.line
            )


def dropped(m: Measurements) -> Iterator[Finding]:
    """A draw without a pathwise derivative depends on a differentiated parameter."""
    for step in m.steps:
        site = step.site
        if site is None or site.spec.pathwise or not m.naive.sites[site.id].reached:
            continue
        asked = site.spec.estimator
        if asked.name == "stop" or asked.relaxes:
            continue
        why = "it was asked for" if asked.name != "auto" else "the family has no derivative along the draw"
        name = _choice(m.graph, step) or "dropped"
        text = (
            f"plain jax.grad has no derivative through this draw ({why}) and raises here; elsewhere it would be dropped"
        )
        if name != "dropped":
            text += ". The draw chooses what follows, so what is lost is the derivative in the choice's probabilities"
        advice = "ex.value_and_grad accounts for it: see the site's estimator"
        yield Finding(name, title_of(site), text, advice, site.line)


def _choice(graph: Graph, step: Step) -> str | None:
    """Whether a draw without a path picks one of several things."""
    if step.site is None or not step.site.spec.discrete:
        return None
    todo, seen = [step.writes[0]], set()
    while todo:
        slot = todo.pop()
        if slot in seen:
            continue
        seen.add(slot)
        todo += graph.onward.get(slot, ())
        for use, position in graph.uses.get(slot, ()):
            name = use.primitive
            if name == "dot_general" or (name in ("gather", "dynamic_slice") and position):
                return _component(graph, step)
            if name in ("select_n", "cond") and position == 0:
                return "detached gate" if step.site.spec.label == "Bernoulli" else _component(graph, step)
            if name in _INDEXING:
                todo += use.writes
    return None


def _component(graph: Graph, step: Step) -> str | None:
    """What is looked up by a draw is a component if another law is made of it, and else only its price."""
    return "detached mixture weights" if graph.feeds_site(step.writes[0]) else None


_INDEXING = frozenset(
    """lt le gt ge eq ne add sub select_n convert_element_type broadcast_in_dim reshape squeeze concatenate clamp
    pjit jit gate slice expand_dims""".split()
)


def discontinuous(m: Measurements) -> Iterator[Finding]:
    """The cost jumps behind a draw that would be differentiated along its path."""
    seen: dict[tuple[str, str], list[Jump]] = {}
    for jump in m.naive.outputs[0].jumps:
        seen.setdefault((_name_of(jump), jump.line), []).append(jump)
    for (name, line), jumps in sorted(seen.items()):
        where = f"{', '.join(sorted({j.what for j in jumps}))} at {short_line(line)}"
        proven = any(j in m.naive.proven for j in jumps)
        sure = "makes the cost jump" if proven else "may make the cost jump (no test could clear it)"
        text = f"{where} {sure}: jax.grad of one run misses that part of the gradient of the mean"
        titles = sorted({_carrier(m, c) for j in jumps for c in j.carriers})
        yield Finding(name, ", ".join(titles), text, _CURES[name], line)


_CURES = {
    "discontinuous": "ex.value_and_grad weighs the draw by its log-density instead",
    "detached gate": "draw ex.Bernoulli(probs=...) instead of comparing a uniform number, and use ex.value_and_grad",
    "detached mixture weights": "draw ex.Categorical(logits=...) or ex.MixtureSameFamily instead of an argmax over noise",
}


def _name_of(jump: Jump) -> str:
    """A parameter compared with bare noise decides: it is a gate or the choice of a component."""
    bare = all(kind == "parameter" for kind, _ in jump.carriers) and any(not isinstance(n, int) for n in jump.noise)
    if bare and jump.what in ("lt", "le", "gt", "ge"):
        return "detached gate"
    return "detached mixture weights" if bare and jump.what == "argmax" else "discontinuous"


def rejection_loop(m: Measurements) -> Iterator[Finding]:
    """A loop draws until a test passes that depends on a differentiated parameter."""
    for step in m.graph.steps:
        if step.kind != "while" or not any(_is_random(s) for b in step.blocks for s in b.every_step()):
            continue
        (decision,) = step.blocks[0].outputs
        if any(slot in m.graph.live for slot in m.graph.behind(decision)):
            text = (
                "the loop draws until a test passes, and the test depends on a differentiated parameter: whether a draw is "
                "accepted carries no derivative, so jax.grad (and jax.jvp) of the accepted draw is biased"
            )
            advice = "draw from a distribution of this library: its rejection samplers have derivatives"
            yield Finding("rejection loop", f"while_loop at {short_line(step.line)}", text, advice, step.line, True)


def _is_random(step: Step) -> bool:
    return step.site is not None or step.primitive in ("random_bits", "random_gamma")


def _carrier(m: Measurements, carrier: tuple[str, int]) -> str:
    kind, number = carrier
    return m.program.trace.input_names[number] if kind == "parameter" else title_of(m.program.trace.sites[number])


def moving_support(m: Measurements) -> Iterator[Finding]:
    """The support of a site moves with a differentiated parameter."""
    for site in m.program.trace.sites:
        if m.naive.sites[site.id].moved:
            text = (
                "its support moves with a differentiated parameter: the score function is biased here, pathwise is not"
            )
            yield Finding("moving support", title_of(site), text, line=site.line)


def refused(m: Measurements) -> Iterator[Finding]:
    """No unbiased estimator exists."""
    for error in m.program.plan.refusals:
        yield Finding("refused", "gradient of the expectation", str(error), serious=True)
