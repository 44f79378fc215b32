"""For the classic question, log_prob of one's own draw: which question it answers, and the two that people mean."""

import numpy as np

from ._measurements import Measurements, SitePart


def programs(m: Measurements) -> tuple[str, ...]:
    """Lines that name the question and give both programs with their numbers; empty for any other program."""
    if m.own is None:
        return ()
    site = m.own.site
    parts = [p for p in m.sites if p.site is site]
    family, names = site.spec.label, ", ".join(p.name for p in parts)
    return (
        "which question does this answer?",
        f"  The cost is the log_prob of {family}'s own draw. Its mean is E[log p(x)], the negative entropy, so this is the",
        "  gradient of the negative entropy: " + "; ".join(f"d/d{p.name} = {_mean(p.expected)}" for p in parts) + ".",
        "",
        "if you meant the score at a fixed draw (the draw is data: maximum likelihood, Fisher information):",
        f'  x = {family}({names}).sample(key, gradient="stop")',
        f"  jax.grad(lambda {names}: {family}({names}).log_prob(x))",
        "  at this run's draw: " + "; ".join(f"d/d{p.name} = {_first(p)}" for p in parts),
        "",
        "if you meant a policy gradient (make draws with a high reward more likely), by hand and by this library:",
        f'  x = {family}({names}).sample(key, gradient="stop")',
        f"  jax.grad(lambda {names}: reward(x) * {family}({names}).log_prob(x))           # then average over draws",
        f"  ex.grad(lambda p, key: reward({family}(*p).sample(key)), num_samples=256)(({names}), key)",
        "  for reward(x) = x: " + _reward_line(m.own.draws, parts),
    )


def _first(part: SitePart) -> str:
    return f"{part.through_density[0].sum():+.4g}"


def _mean(rows: np.ndarray | None) -> str:
    if rows is None:
        return "refused"
    values = rows.sum(1)
    mean = values.mean()
    if len(values) == 1:
        return f"{mean:+.4g}"
    spread = values.std(ddof=1) / np.sqrt(len(values))
    if spread <= 1e-5 * abs(mean):
        return f"{mean:+.4g} (the same in every run)"
    return "0" if spread == 0 and mean == 0 else f"{mean:+.4g} +- {spread:.2g}"


def _reward_line(draws: np.ndarray, parts: list[SitePart]) -> str:
    reward = draws.sum(1, keepdims=True)
    return "; ".join(f"d/d{p.name} = {_mean(reward * p.through_density)}" for p in parts)
