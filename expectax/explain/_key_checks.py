"""Diseases of keys: randomness that is shared."""

from collections.abc import Iterator

from .._plan import exclusive, shared_key_of
from .._trace import Block, Ref, Step
from ._measurements import Measurements
from ._report import Finding, short_line, title_of


def reused_key(m: Measurements) -> Iterator[Finding]:
    """Two draws share a key."""
    told: set[frozenset[str]] = set()
    for site in m.program.trace.sites:
        facts = m.naive.sites[site.id]
        for user, (title, branch) in m.naive.key_uses.get(facts.key_number, {}).items():
            if user.startswith("site ") and int(user.removeprefix("site ")) > site.id:
                continue  # told at the later of the two
            pair = frozenset([f"site {site.id}", user])
            if len(pair) == 2 and pair not in told and not exclusive(branch, facts.branch):
                told.add(pair)
                text = f"it uses the same key as {title}: the two depend on each other"
                advice = "split the key: jax.random.split, one subkey a draw"
                yield Finding("key reused", title_of(site), text, advice, site.line, True)
        alone = shared_key_of(site, m.naive)
        if alone is not None and not alone.endswith("uses the same key"):
            advice = "one key a lane and an iteration: jax.random.split"
            yield Finding("key not split", title_of(site), alone, advice, site.line, True)


def split_key(m: Measurements) -> Iterator[Finding]:
    """A key is split, and a draw is made from it all the same."""
    for block in _blocks(m.program.trace.block):
        split: dict[Ref, Step] = {m.graph.origin(s.reads[0]): s for s in block.steps if s.primitive == "random_split"}
        for step in (s for s in block.steps if s.site is not None):
            key = m.graph.origin(step.reads[0])
            if step.site is not None and isinstance(key, int) and key in split:
                text = (
                    f"its key is also split at {short_line(split[key].line)}: a key that was split is used up, and nothing "
                    "promises that its own draw is independent of those of its subkeys"
                )
                advice = "draw from one of the subkeys"
                yield Finding("key reused", title_of(step.site), text, advice, step.site.line)


def _blocks(block: Block) -> Iterator[Block]:
    """A block and the blocks of its loops and branches."""
    yield block
    for step in block.steps:
        if step.kind not in ("site", "density"):
            for inner in step.blocks:
                yield from _blocks(inner)
