"""Diseases of stand-ins: a draw, or a derivative, that belongs to another law or function than the one that was meant."""

from collections.abc import Iterator

from .._trace import Ref, Step
from ._census import Counts
from ._graph import Graph, Term
from ._measurements import Measurements
from ._report import Finding, short_line, title_of

_MOSTLY = 0.5
"""Share of calls in which a derivative has to be another function's."""
_CURE = 'the discrete family with gradient="rebar", "enumerate" or "score" is unbiased'


def relaxed(m: Measurements) -> Iterator[Finding]:
    """A draw whose derivative belongs to another law than the one that was meant."""
    for step in m.steps:
        site = step.site
        if site is None or not m.naive.sites[site.id].reached:
            continue
        estimator = site.spec.estimator
        if estimator.relaxes:
            name = "biased relaxation" if estimator.name == "gumbel-softmax" else "straight-through"
            text = f"gradient={estimator.name!r} replaces the derivative by that of a smooth function: biased"
        elif "Relaxed" in site.spec.label:
            name = "biased relaxation"
            text = _between_the_corners(f"a draw of {site.spec.label}")
        else:
            continue
        yield Finding(name, title_of(site), text, _CURE, site.line)


def relaxed_by_hand(m: Measurements) -> Iterator[Finding]:
    """softmax((logits + Gumbel noise) / t), or sigmoid((logit + logistic noise) / t)."""
    for step in m.graph.steps:
        if step.primitive == "exp":
            what, found = (
                "softmax of logits and Gumbel noise",
                _is_softmax(m.graph, step) and _noisy(m.graph, step, _gumbel),
            )
        elif step.primitive == "logistic":
            what, found = "sigmoid of a logit and logistic noise", _noisy(m.graph, step, _logistic)
        else:
            continue
        if found and m.graph.reaches_cost(step.writes[0], False):
            where = f"{what.partition(' ')[0]} at {short_line(step.line)}"
            yield Finding("biased relaxation", where, _between_the_corners(f"a {what}"), _CURE, step.line)


def _between_the_corners(what: str) -> str:
    return (
        f"{what} lies between the corners: cost and gradient are those of the relaxed law, and a biased stand-in for the "
        "discrete one"
    )


def _is_softmax(graph: Graph, exp: Step) -> bool:
    """Whether an exponential is divided by a sum."""
    uses = graph.uses.get(exp.writes[0], ())
    return any(s.primitive == "div" and p == 0 and _is_sum(graph, s.reads[1]) for s, p in uses)


def _is_sum(graph: Graph, ref: Ref) -> bool:
    step = graph.maker(ref)
    return step is not None and step.primitive == "reduce_sum"


def _noisy(graph: Graph, step: Step, is_noise) -> bool:
    """Whether a function's argument is something differentiated plus noise, times a number."""
    if not graph.is_live(step.reads[0]):
        return False
    summed = [s._replace(ref=_tempered(graph, _unscaled(graph, s.ref))) for s in graph.terms(step.reads[0])]
    terms = [t._replace(sign=t.sign * s.sign) for s in summed for t in graph.terms(s.ref)]
    return any(graph.is_live(t.ref) for t in terms) and is_noise(graph, [t for t in terms if not graph.is_live(t.ref)])


def _tempered(graph: Graph, ref: Ref) -> Ref:
    """What a temperature divides, which may be learned."""
    step = graph.maker(ref)
    return step.reads[0] if step is not None and step.primitive == "div" and not graph.is_random(step.reads[1]) else ref


def _unscaled(graph: Graph, ref: Ref) -> Ref:
    """What is left of a value without factors that are only numbers: a temperature."""
    while (step := graph.maker(ref)) is not None and step.primitive in ("mul", "div"):
        if _is_fixed(graph, step.reads[1]):
            ref = step.reads[0]
        elif step.primitive == "mul" and _is_fixed(graph, step.reads[0]):
            ref = step.reads[1]
        else:
            break
    return ref


def _is_fixed(graph: Graph, ref: Ref) -> bool:
    return not graph.is_live(ref) and not graph.is_random(ref)


def _gumbel(graph: Graph, terms: list[Term]) -> bool:
    """A draw of Gumbel, or -log(-log(u))."""
    return any(_label(graph, t.ref) == "Gumbel" or (t.sign < 0 and _is_log_of_log(graph, t.ref)) for t in terms)


def _is_log_of_log(graph: Graph, ref: Ref) -> bool:
    for primitive in ("log", "neg", "log"):
        step = graph.maker(ref)
        if step is None or step.primitive != primitive:
            return False
        ref = step.reads[0]
    return graph.is_random(ref)


def _logistic(graph: Graph, terms: list[Term]) -> bool:
    """A draw of Logistic, or log(u) - log1p(-u)."""
    if any(_label(graph, t.ref) == "Logistic" for t in terms):
        return True
    plus, minus = ([m for t in terms if t.sign == s and (m := graph.maker(t.ref)) is not None] for s in (1, -1))
    first = [m.reads[0] for m in plus if m.primitive == "log" and graph.is_random(m.reads[0])]
    second = [m.reads[0] for m in minus if m.primitive in ("log", "log1p")]
    return any(graph.origin(u) in {t.ref for t in graph.terms(v)} for u in first for v in second)


def _label(graph: Graph, ref: Ref) -> str:
    step = graph.maker(ref)
    return "" if step is None or step.site is None else step.site.spec.label


def straight_through(m: Measurements) -> Iterator[Finding]:
    """hard + soft - stop_gradient(soft): the value of one function with the derivative of another."""
    told: set[int] = set()
    for step in m.graph.steps:
        if step.primitive not in ("add", "sub") or not _is_straight_through(m.graph, m.graph.terms(step.writes[0])):
            continue
        told.update(step.writes)
        if told.isdisjoint(
            o for o in map(m.graph.origin, step.reads) if isinstance(o, int)
        ):  # else a sum of what was told
            text = "the sum has one value and the derivative of another function: a straight-through gradient, biased"
            advice = "ex.value_and_grad of the cost of the hard value, without this line"
            yield Finding("straight-through", f"the sum at {short_line(step.line)}", text, advice, step.line)


def foreign_rule(m: Measurements) -> Iterator[Finding]:
    """A custom_jvp or custom_vjp whose rule is not the derivative of its values."""
    for step in m.graph.steps:
        counts = m.census.counts.get(step.uid, Counts())
        if counts.foreign <= _MOSTLY * counts.compared or not any(map(m.graph.is_live, step.reads)):
            continue
        if any(m.graph.reaches_cost(slot, False) for slot in step.writes):
            text = (
                f"its own derivative is not that of its values, in {counts.foreign} of {counts.compared} calls (compared with "
                "central differences): a straight-through gradient, or another stand-in, and biased"
            )
            advice = "if it is meant, nothing; ex.value_and_grad of the cost without this rule is unbiased"
            where = f"{step.primitive.removesuffix('_call')} at {short_line(step.line)}"
            yield Finding("straight-through", where, text, advice, step.line)


def _is_straight_through(graph: Graph, terms: list[Term]) -> bool:
    """Whether what moves is taken back behind stop_gradient, and something else put in its place."""
    soft = [t for t in terms if not t.stopped and graph.is_live(t.ref)]
    undone = [t for t in terms if any(t.stopped and t.ref == s.ref and t.sign == -s.sign for s in soft)]
    hard = [t for t in terms if t.stopped and t not in undone]
    return bool(undone and hard) and any(graph.is_random(t.ref) for t in terms) and not _scores(graph, undone)


def _scores(graph: Graph, terms: list[Term]) -> bool:
    """A log_prob minus itself stopped is how a score term is put into a sum: nothing is replaced."""
    steps = (graph.makers.get(slot) for t in terms for slot in graph.behind(t.ref))
    return any(s is not None and s.kind == "density" for s in steps)
