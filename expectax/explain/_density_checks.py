"""Diseases of log_prob: score terms by hand, baselines, weights, logarithms of averages."""

from collections.abc import Iterator

import numpy as np

from .._trace import Constant, Ref, Site, Step
from ._by_hand import Suspect, confirmed
from ._graph import Graph, Term
from ._means import nonlinear_means
from ._measurements import Measurements
from ._pareto import UNRELIABLE, pareto_shape
from ._report import Finding, short_line, title_of
from ._weights import Weight

_NOTICEABLE = 1.1
"""Ratio of variances from which on a term of zero mean is worth a word."""


def score_without_stop(m: Measurements) -> Iterator[Finding]:
    """A reward times the log_prob of a draw that still moves: what was meant as a score term is cancelled."""
    for own, entry in m.scores:
        if not own.stopped and not own.held and own.site.spec.pathwise and entry.weights:
            yield _without_stop("log_prob", own.site, entry.weights[0][0], own.step.line)
    for suspect in confirmed(m.suspects, m.census.values):
        site = suspect.site.site
        if site is not None and m.naive.sites[site.id].reached and site.spec.pathwise and _still_moves(m, suspect):
            yield _without_stop("a log-density by hand", site, suspect.product, _line_of(m.graph, suspect))


def score_twice(m: Measurements) -> Iterator[Finding]:
    """A score term by hand at a site that ex.value_and_grad gives its own."""
    for own, entry in m.scores:
        if not own.held and entry.weights and (name := _own_score(m, own.site)):
            yield _twice("log_prob", own.site, name, own.step.line)
    for suspect in confirmed(m.suspects, m.census.values):
        site = suspect.site.site
        if site is not None and m.naive.sites[site.id].reached and (name := _own_score(m, site)):
            yield _twice("a log-density by hand", site, name, _line_of(m.graph, suspect))


def _without_stop(what: str, site: Site, product: Step, line: str) -> Finding:
    text = (
        f"{what} of the draw of {title_of(site)} is multiplied by something that depends on the draw "
        f"({short_line(product.line)}), as a score term is, but the draw moves with the parameters: "
        "the part through the draw takes back what the density gives, all of it for a location"
    )
    advice = (
        'under jax.grad: gradient="stop" at the draw; or leave log_prob out and give the reward to ex.value_and_grad'
    )
    return Finding("score term without stop", f"{what} at {short_line(line)}", text, advice, line, True)


def _twice(what: str, site: Site, estimator: str, line: str) -> Finding:
    text = (
        f"{what} of the draw of {title_of(site)} is multiplied by something that depends on the draw: a score term by "
        f"hand. ex.value_and_grad adds its own ({estimator}), so that it counts twice"
    )
    advice = 'leave log_prob out; or gradient="stop" at the draw, with jax.grad'
    return Finding("score term twice", f"{what} at {short_line(line)}", text, advice, line, True)


def _own_score(m: Measurements, site: Site) -> str:
    """Name of the estimator by which the law of a draw counts; "" if it does not."""
    estimator = m.program.plan.estimators[site.id]
    return estimator.name if estimator is not None and (estimator.weighs or estimator.reruns) else ""


def _still_moves(m: Measurements, suspect: Suspect) -> bool:
    site = suspect.site.site
    return site is not None and any(s == site.id for _, s in m.graph.moving.get(suspect.slot, {}))


def _line_of(graph: Graph, suspect: Suspect) -> str:
    maker = graph.maker(suspect.slot)
    return suspect.product.line if maker is None else maker.line


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


def divergence_twice(m: Measurements) -> Iterator[Finding]:
    """log q - log p at a draw of q, and KL(q || p) in closed form beside it."""
    for found in m.doubled:
        text = (
            f"this is the divergence of two laws in closed form, and log q ({short_line(found.own.line)}) less log p "
            f"({short_line(found.prior.line)}) at a draw of q is the same divergence by Monte Carlo: the cost counts it twice, "
            "and pulls q to p twice as hard as the bound on the evidence does"
        )
        advice = "keep one of the two: the closed form has less variance"
        where = f"{found.closed.primitive} at {short_line(found.closed.line)}"
        yield Finding("divergence counted twice", where, text, advice, found.closed.line, True)


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
    """The logarithm or the square of an average over draws, or its product with another average of them."""
    for found in nonlinear_means(m.graph):
        titles = ", ".join(dict.fromkeys(title_of(s) for s in m.program.trace.sites if s.id in found.sites))
        name, how = _JENSEN[found.what]
        text = f"the {found.what} of an average of {found.count} draws of {titles} lies on average {how}; so does its gradient"
        advice = (
            "if the bound is what you want, nothing; else more draws, or one average a factor from independent draws"
        )
        yield Finding(name, f"{found.what} at {short_line(found.step.line)}", text, advice, found.step.line)


_JENSEN = {
    "log": ("log of a Monte Carlo mean", "below the logarithm of the expectation, by about var / (2 n mean^2)"),
    "square": ("square of a Monte Carlo mean", "above the square of the expectation, by var / n"),
    "product": (
        "square of a Monte Carlo mean",
        "off the product of the expectations (the other factor averages the same draws), by their covariance / n",
    ),
}
"""Name of the finding, and where such a value lies."""


def _log_weights(values: dict[int, np.ndarray], weight: Weight) -> np.ndarray:
    """Of all runs; none where numerator and denominator are of different loops."""
    logs = [values.get(slot, np.empty(0)) for slot in weight.slots]
    if len({v.shape for v in logs}) > 1:
        return np.empty(0)
    return logs[0] if weight.below is None else logs[0] - logs[1]


def heavy_weights(m: Measurements) -> Iterator[Finding]:
    """Importance weights without a finite variance."""
    for found in m.weights:
        shape = pareto_shape(_log_weights(m.census.values, found))
        if shape > UNRELIABLE:
            text = (
                f"the largest weights have a tail of shape k = {shape:.2f} (above {UNRELIABLE}: no finite variance to speak of): "
                "their mean rests on a few draws, and so does every gradient through it"
            )
            advice = "a proposal with heavier tails than the target (StudentT), or closer to it"
            where = f"{found.step.primitive} at {short_line(found.step.line)}"
            yield Finding("importance weights", where, text, advice, found.step.line, True)
