"""One function a disease: Measurements -> findings. Each is silent on a healthy program."""

from collections.abc import Callable, Iterator

import numpy as np

from .._plan import exclusive, shared_key_of
from ._measure import Measurements, SitePart
from ._reach import reaching_inputs, stop_lines
from ._report import Finding, short_line, title_of

_EXACT = 1e-5
"""Rounding of a sum of a few float32 terms, relative to its largest term."""
_FEWEST_DRAWS = 30


def _size(rows: np.ndarray) -> float:
    return float(np.max(np.abs(rows), initial=0.0))


def _cancels(part: SitePart) -> bool:
    """Whether the two parts cancel entry by entry in every run."""
    largest = np.maximum(np.abs(part.through_draw), np.abs(part.through_density))
    return (
        bool(np.all(np.abs(part.total) <= _EXACT * np.maximum(largest, _EXACT * _size(largest)))) and _size(largest) > 0
    )


def exact_cancellation(m: Measurements) -> Iterator[Finding]:
    """The parts through the draw and through the density cancel in every run."""
    for part in m.sites:
        if not part.densities or not _cancels(part):
            continue
        line = short_line(part.densities[0].line)
        text = (
            f"the part through the draw and the part through the density cancel exactly, in each of {m.num_samples} runs: "
            f"this zero is exact, not a bug.\nWhy: {part.name} {_moves(part)}. It moves the draw and the density "
            f"(log_prob at {line}) together, so the density at the draw does not notice it."
        )
        yield Finding("exact cancellation", f"{part.name} of {title_of(part.site)}", text)


def _moves(part: SitePart) -> str:
    return "only translates" if part.name == "loc" else "moves draws without changing volume"


def no_path(m: Measurements) -> Iterator[Finding]:
    """A parameter does not reach the cost."""
    reach = reaching_inputs(m.program.trace, cut_at_stop=False)
    for position in sorted(m.program.call.live_leaves - reach):
        name = m.program.trace.input_names[position]
        yield Finding("no path", name, "the cost does not depend on it: its gradient is 0 whatever is drawn")


def cut_by_stop_gradient(m: Measurements) -> Iterator[Finding]:
    """A parameter reaches the cost only through stop_gradient."""
    trace = m.program.trace
    cut = reaching_inputs(trace, False) - reaching_inputs(trace, True)
    for position in sorted(m.program.call.live_leaves & cut):
        lines = ", ".join(map(short_line, stop_lines(trace))) or 'a site that asks for gradient="stop"'
        text = f"it reaches the cost only through stop_gradient ({lines}), so its gradient is 0"
        yield Finding("stop_gradient cut", trace.input_names[position], text)


def dropped(m: Measurements) -> Iterator[Finding]:
    """A draw without a pathwise derivative depends on a differentiated parameter."""
    for site in m.program.trace.sites:
        asked = site.spec.estimator.name
        if site.spec.pathwise or asked == "stop" or not m.naive.sites[site.id].reached:
            continue
        why = "it was asked for" if asked != "auto" else "the family has no derivative along the draw"
        text = (
            f"plain jax.grad has no derivative through this draw ({why}) and raises here; elsewhere it would be dropped"
        )
        yield Finding("dropped", title_of(site), text, "ex.value_and_grad accounts for it: see the site's estimator")


def discontinuous(m: Measurements) -> Iterator[Finding]:
    """The cost jumps behind a draw that would be differentiated along its path."""
    seen: dict[str, list[str]] = {}
    proven = set()
    for jump in m.naive.outputs[0].jumps:
        key = f"{jump.what} at {short_line(jump.line)}"
        titles = [_carrier(m, c) for c in jump.carriers]
        seen.setdefault(key, []).extend(t for t in titles if t not in seen.get(key, []))
        if jump in m.naive.proven:
            proven.add(key)
    for key, titles in sorted(seen.items()):
        sure = "makes the cost jump" if key in proven else "may make the cost jump (no test could clear it)"
        text = f"{key} {sure}: jax.grad of one run misses that part of the gradient of the mean"
        yield Finding("discontinuous", ", ".join(sorted(titles)), text)


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
            yield Finding("moving support", title_of(site), text)


def reused_key(m: Measurements) -> Iterator[Finding]:
    """Two draws share a key."""
    told: set[frozenset[str]] = set()
    for site in m.program.trace.sites:
        facts = m.naive.sites[site.id]
        for user, (title, branch) in m.naive.key_uses.get(facts.key_number, {}).items():
            pair = frozenset([f"site {site.id}", user])
            if len(pair) == 2 and pair not in told and not exclusive(branch, facts.branch):
                told.add(pair)
                text = f"it uses the same key as {title}: the two depend on each other"
                yield Finding("key reused", title_of(site), text, "split the key: jax.random.split, one subkey a draw")
        alone = shared_key_of(site, m.naive)
        if alone is not None and not alone.endswith("uses the same key"):
            yield Finding("key reused", title_of(site), alone, "one key a lane and an iteration: jax.random.split")


def refused(m: Measurements) -> Iterator[Finding]:
    """No unbiased estimator exists."""
    for error in m.program.plan.refusals:
        yield Finding("refused", "gradient of the expectation", str(error))


def too_few_draws(m: Measurements) -> Iterator[Finding]:
    """The numbers cannot carry a verdict."""
    if m.num_samples < _FEWEST_DRAWS:
        text = f"{m.num_samples} runs are too few for a verdict on anything that varies from run to run"
        yield Finding("too few draws", "all numbers", text, f"num_samples >= {_FEWEST_DRAWS}")


CHECKS: tuple[Callable[[Measurements], Iterator[Finding]], ...] = (
    refused,
    exact_cancellation,
    no_path,
    cut_by_stop_gradient,
    dropped,
    discontinuous,
    moving_support,
    reused_key,
    too_few_draws,
)
