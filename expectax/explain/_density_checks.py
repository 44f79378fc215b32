"""Diseases of log_prob: score terms by hand, baselines, weights, logarithms of averages, axes."""

from collections.abc import Iterator

import numpy as np

from .._trace import Constant, Ref, Step
from ._graph import Graph, Term
from ._means import importance_weights, nonlinear_means
from ._measurements import Measurements
from ._pareto import UNRELIABLE, pareto_shape
from ._report import Finding, short_line, title_of
from ._scores import entry_of

_NOTICEABLE = 1.1
"""Ratio of variances from which on a term of zero mean is worth a word."""


def score_without_stop(m: Measurements) -> Iterator[Finding]:
    """A reward times the log_prob of a draw that still moves: what was meant as a score term is cancelled."""
    for own, entry in m.scores:
        if own.stopped or own.held or not own.site.spec.pathwise or not entry.weights:
            continue
        text = (
            f"log_prob of the draw of {title_of(own.site)} is multiplied by something that depends on the draw "
            f"({short_line(entry.weights[0][0].line)}), as a score term is, but the draw moves with the parameters: "
            "the part through the draw takes back what the density gives, all of it for a location"
        )
        advice = 'under jax.grad: gradient="stop" at the draw; or leave log_prob out and give the reward to ex.value_and_grad'
        yield Finding(
            "score term without stop", f"log_prob at {short_line(own.step.line)}", text, advice, own.step.line, True
        )


def score_twice(m: Measurements) -> Iterator[Finding]:
    """A score term by hand at a site that ex.value_and_grad gives its own."""
    for own, entry in m.scores:
        estimator = m.program.plan.estimators[own.site.id]
        if own.held or not entry.weights or estimator is None or not (estimator.weighs or estimator.reruns):
            continue
        text = (
            f"log_prob of the draw of {title_of(own.site)} is multiplied by something that depends on the draw: a score term by "
            f"hand. ex.value_and_grad adds its own ({estimator.name}), so that it counts twice"
        )
        advice = 'leave log_prob out; or gradient="stop" at the draw, with jax.grad'
        yield Finding("score term twice", f"log_prob at {short_line(own.step.line)}", text, advice, own.step.line, True)


def zero_mean_term(m: Measurements) -> Iterator[Finding]:
    """The density's part of a gradient has mean zero and is all noise."""
    for own, entry in m.scores:
        if own.stopped or own.held or entry.weights or entry.nonlinear or not entry.scales:
            continue
        parts = [p for p in m.sites if p.site is own.site and p.densities == (own.step,)]
        kept = sum(float(p.total.var(0).sum()) for p in parts)
        without = sum(float((p.total - p.through_density).var(0).sum()) for p in parts)
        if m.num_samples > 1 and without * _NOTICEABLE < kept:
            text = (
                "the derivative of this log_prob in its own parameters has mean zero at the draw: it is noise, "
                f"{100 * (1 - without / kept):.0f} % of the variance of the gradient in the parameters of {title_of(own.site)}"
            )
            advice = (
                "take the density at stopped parameters (sticking the landing), or ex.kl and entropy() in closed form"
            )
            yield Finding(
                "zero-mean term kept", f"log_prob at {short_line(own.step.line)}", text, advice, own.step.line
            )


def dropped_term(m: Measurements) -> Iterator[Finding]:
    """A density at stopped parameters enters nonlinearly: what was dropped has no mean of zero."""
    for own, entry in m.scores:
        if own.held and not own.stopped and entry.nonlinear:
            text = (
                f"this log_prob is taken at stopped parameters and passes {entry.nonlinear[0].primitive} "
                f"({short_line(entry.nonlinear[0].line)}): the dropped term has mean zero only where log_prob enters the cost "
                "linearly, so the gradient is biased"
            )
            advice = "keep the parameters, or the doubly reparameterised gradient: ex.vi.iwae(..., gradient='dreg')"
            line = own.step.line
            yield Finding("score term dropped", f"log_prob at {short_line(line)}", text, advice, line, True)


def own_baseline(m: Measurements) -> Iterator[Finding]:
    """A reward minus an average that contains it."""
    told = set()
    for _, entry in m.scores:
        for step, weight in entry.weights:
            for line in _own_averages(m.graph, weight):
                if line not in told:
                    told.add(line)
                    text = (
                        f"the weight of log_prob ({short_line(step.line)}) has an average subtracted ({short_line(line)}) that "
                        "contains the reward itself: the baseline depends on its own draw and shrinks the gradient"
                    )
                    advice = "leave each reward out of its own baseline (with n draws: times n / (n - 1)); ex.value_and_grad does"
                    yield Finding("baseline of its own draw", f"weight at {short_line(step.line)}", text, advice, line)


def _own_averages(graph: Graph, weight: Ref) -> Iterator[str]:
    terms, scaled = graph.terms(weight), graph.maker(weight)
    while scaled is not None and scaled.primitive in ("div", "mul", "stop_gradient"):
        terms, scaled = graph.terms(scaled.reads[0]), graph.maker(scaled.reads[0])
    for taken in (t for t in terms if t.sign < 0):
        total = graph.maker(taken.ref)
        while total is not None and total.primitive in ("div", "mul"):
            total = graph.maker(total.reads[0])
        if total is not None and total.primitive == "reduce_sum":
            averaged = graph.terms(total.reads[0])
            if any(t is not taken and t.sign == a.sign and _same(t, a) for t in terms for a in averaged):
                yield total.line


def _same(a: Term, b: Term) -> bool:
    return a.ref == b.ref and not isinstance(a.ref, Constant)


def nonlinear_mean(m: Measurements) -> Iterator[Finding]:
    """The logarithm or the square of an average over draws."""
    for found in nonlinear_means(m.graph):
        titles = ", ".join(title_of(s) for s in m.program.trace.sites if s.id in found.sites)
        if found.what == "log":
            name, how = (
                "log of a Monte Carlo mean",
                "below the logarithm of the expectation, by about var / (2 n mean^2)",
            )
        else:
            name, how = "square of a Monte Carlo mean", "above the square of the expectation, by var / n"
        text = f"the {found.what} of an average of {found.count} draws of {titles} lies on average {how}; so does its gradient"
        advice = (
            "if the bound is what you want, nothing; else more draws, or one average a factor from independent draws"
        )
        yield Finding(name, f"{found.what} at {short_line(found.step.line)}", text, advice, found.step.line)


def heavy_weights(m: Measurements) -> Iterator[Finding]:
    """Importance weights without a finite variance."""
    for found in importance_weights(m.graph):
        rows = [sign * m.census.values[step.uid] for sign, step in found.terms]
        if len({r.shape[1] for r in rows} - {1}) > 1:
            continue
        shape = pareto_shape(np.asarray(sum(rows)))
        if shape > UNRELIABLE:
            text = (
                f"the largest weights have a tail of shape k = {shape:.2f} (above {UNRELIABLE}: no finite variance to speak of): "
                "their mean rests on a few draws, and so does every gradient through it"
            )
            advice = "a proposal with heavier tails than the target (StudentT), or closer to it"
            where = f"exp at {short_line(found.step.line)}"
            yield Finding("importance weights", where, text, advice, found.step.line, True)


def averaged_event(m: Measurements) -> Iterator[Finding]:
    """Of two log-densities in one cost, one is averaged over axes over which the other is summed."""
    entries = {}
    for step in (s for s in m.steps if s.kind == "density"):
        entry = entry_of(m.graph, step.writes[0], -1)
        scales = {s for s in entry.scales if s}
        if len(scales) == 1 and not entry.nonlinear:
            entries[step.uid] = (step, abs(scales.pop()))
    for step, scale in entries.values():
        shape = step.eqn.outvars[0].aval.shape
        for other, theirs in entries.values():
            axes = _event_axes(shape, theirs / scale)
            if other is step or not axes or len(other.eqn.outvars[0].aval.shape) != len(shape):
                continue
            text = (
                f"this log_prob of shape {shape} is averaged over {axes} of its last axes, while the one at "
                f"{short_line(other.line)} is summed: it weighs {theirs / scale:.0f} times less than the model says"
            )
            yield Finding(
                "log_prob averaged",
                f"log_prob at {short_line(step.line)}",
                text,
                "sum over the axes of an event (ex.Independent does) and average over the batch",
                step.line,
            )
            break


def _event_axes(shape: tuple[int, ...], ratio: float) -> int:
    """How many last axes a mean over them would explain a ratio by; 0: it would not."""
    for count in range(1, len(shape) + 1):
        if ratio > 1.5 and np.isclose(ratio, np.prod(shape[-count:]), rtol=1e-4):
            return count
    return 0


def crossed_shapes(m: Measurements) -> Iterator[Finding]:
    """(n,) met (n, 1) and became (n, n)."""
    for step in m.graph.steps:
        if step.kind == "density" and _density_crosses(step):
            what = f"log_prob at {short_line(step.line)}"
        elif step.primitive in ("add", "sub", "mul", "div") and _crosses(m.graph, step):
            what = f"{step.primitive} at {short_line(step.line)}"
        else:
            continue
        shape = step.eqn.outvars[0].aval.shape
        text = f"two values of {shape[-1]} entries, one with a last axis of size 1, were broadcast to {shape}: every pair is counted"
        yield Finding(
            "crossed shapes", what, text, "give both the same shape: x[:, 0], or x.reshape(-1)", step.line, True
        )


def _crosses(graph: Graph, step: Step) -> bool:
    return _meet([_before_broadcast(graph, ref) for ref in step.reads], step.eqn.outvars[0].aval.shape)


def _before_broadcast(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """The shape of a value as the user wrote it, before broadcasting; () if they put in an axis of size 1 by hand."""
    while not isinstance(ref, Constant):
        step = graph.makers.get(ref)
        if step is None or step.primitive != "broadcast_in_dim" or not step.reads:
            break
        kept = tuple(step.eqn.params["broadcast_dimensions"])
        rank = len(step.eqn.outvars[0].aval.shape)
        if kept != tuple(range(rank - len(kept), rank)):
            return ()
        ref = step.reads[0]
    return graph.shape(ref)


def _density_crosses(step: Step) -> bool:
    return _meet([v.aval.shape for v in step.eqn.invars], step.eqn.outvars[0].aval.shape)


def _meet(shapes: list[tuple[int, ...]], result: tuple[int, ...]) -> bool:
    """Whether (n, 1) and (n,) are among the shapes of what became (..., n, n)."""
    if len(result) < 2 or result[-1] < 2 or result[-2] != result[-1]:
        return False
    return any(s[-2:] == (result[-1], 1) for s in shapes) and (result[-1],) in shapes
