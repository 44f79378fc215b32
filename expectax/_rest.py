"""The rest of a program behind one site, as a function of the site's draw; and what is known of the site in front of it."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat
from ._interpret import Context, Tracked, Weights, log_prob_at, run_from, surrogate
from ._lanes import Deps, Lane, Lanes
from ._trace import Block, Step, density_block
from ._typing import Array


class Rest(NamedTuple):
    """A block from one of its sites on."""

    ctx: Context
    block: Block
    number: int
    """That of the site among the block's steps."""
    env: dict[int, Tracked]
    weights: Weights
    operands: list[Any]
    """The site's key and parameters."""
    drawn: Any
    """The draw that the site made."""
    log_prob: Any
    deps: list[Deps]

    @classmethod
    def behind(
        cls, ctx: Context, block: Block, number: int, ins: list[Tracked], env: dict[int, Tracked], weights: Weights
    ) -> "Rest":
        step = block.steps[number]
        operands = ctx.adjust(step, [t.value for t in ins])
        drawn, log_prob = _compat.bind(step.eqn, operands)
        deps = ctx.lanes.step(step, [t.deps for t in ins])
        return cls(ctx, block, number, env, weights, operands, drawn, log_prob, deps)

    @property
    def step(self) -> Step:
        return self.block.steps[self.number]

    @property
    def lanes(self) -> tuple[int, ...]:
        assert self.step.site is not None
        return self.step.site.lanes

    def outputs(self, draws: Array) -> list[Array]:
        """The block's outputs with the derivatives of their expectations, for several values of the draw on the same noise."""
        return self.outputs_along(lax.stop_gradient(draws))

    def outputs_along(self, draws: Array) -> list[Array]:
        """The same, also with the derivative by way of the draws."""
        return jax.vmap(self._output)(jnp.arange(len(draws)), draws)

    def _output(self, which: Array, draw: Array) -> list:
        trial = dataclasses.replace(self.ctx, candidates=(*self.ctx.candidates, which))
        scope, inner = dict(self.env), dict(self.weights)
        outs = [Tracked(draw, self.deps[0]), Tracked(self.log_prob, self.deps[1])]
        scope.update(zip(self.step.writes, outs, strict=True))
        return [surrogate(trial, t, inner) for t in run_from(trial, self.block, self.number + 1, scope, inner)]

    def log_prob_at(self, draw: Array) -> Array:
        """Log-density of the site's lanes at another value than the one drawn."""
        return log_prob_at(self.step, self.operands, draw)

    def key(self) -> Array:
        """A key of this site's own, beside the one that its draw used."""
        keys = self.operands[0]
        typed = keys if _compat.is_key(keys) else jax.random.wrap_key_data(keys)
        return jax.random.fold_in(jnp.ravel(jax.random.clone(typed))[0], 1)

    def parameters(self) -> list[Array] | None:
        """Each parameter for each lane; None if one has axes of its own, or it is not seen which lanes it belongs to."""
        spec = self.step.site.spec  # pyright: ignore[reportOptionalMemberAccess]
        if any(p.rank for p in spec.one_like()._parameters()):
            return None
        block, found = density_block(self.step.blocks[0]), []
        for number, leaf in enumerate(self.operands[1:]):
            mine = {(-2, number): tuple(Lane(axis) for axis in range(jnp.ndim(leaf)))}
            ins = [{} for _ in block.inputs]
            ins[1 + number] = mine
            seen = Lanes(frozenset()).walk(block, ins)[0].get((-2, number))
            sizes = zip(seen or (), jnp.shape(leaf), strict=False)
            if seen is None or any(lane is None and size != 1 for lane, size in sizes):
                return None
            found.append(_laid(jnp.asarray(leaf), seen, self.lanes))
        return found


def _laid(leaf: Array, alignment: tuple, lanes: tuple[int, ...]) -> Array:
    """A parameter with its axes where the lanes have them, broadcast to all lanes."""
    kept = [axis for axis, lane in enumerate(alignment) if lane is not None]
    leaf = jnp.reshape(leaf, [leaf.shape[axis] for axis in kept])
    targets = [alignment[axis].axis for axis in kept]
    leaf = jnp.transpose(leaf, sorted(range(len(kept)), key=targets.__getitem__))
    sizes = dict(zip(sorted(targets), leaf.shape, strict=True))
    return jnp.broadcast_to(jnp.reshape(leaf, [sizes.get(axis, 1) for axis in range(len(lanes))]), lanes)
