"""Marked sites: how a draw and a density stay visible inside a traced program.

A site is a named `jax.jit` call. Batching, lowering, rematerialisation and sharding then come from JAX itself, and a
reader of the jaxpr finds it by its name:

    draw, log_prob = expectax_site_<id>(key, *parameters)         log_prob is taken at stop_gradient(draw)
    log_prob       = expectax_density_<id>(value, *parameters)    also inside every site

    value          = expectax_check_<id>(ok, value)               a parameter; nothing is left of it in compiled code
    draw, baseline = expectax_baseline_<id>(draw, *values)        what is subtracted from the costs behind a draw

Around the draw of a family without a pathwise derivative stands a gate, a `custom_jvp` with symbolic zeros: it raises
when a parameter is really being differentiated outside this library's own interpreter. The parameters of a pathwise
draw pass a watch whose derivative leaves a named mark, so that a site differentiated *inside* a traced program can be
told from an untouched one.
"""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer
from jax.custom_derivatives import SymbolicZero

from ._errors import no_pathwise_derivative, user_line
from ._marks import named, register
from ._typing import Array, Key, Shape


@dataclasses.dataclass(frozen=True)
class SiteSpec:
    """The hashable structure of a site: everything about it but its arrays."""

    structure: Any
    """Treedef of the distribution."""
    family: type
    label: str
    """The family's name as messages show it."""
    shape: Shape
    estimator: Any
    name: str | None
    pathwise: bool
    """Whether the draw carries a derivative along its path."""
    lanes_rank: int
    """Axes of the log-density before any `vmap`."""
    discrete: bool
    leaf_shapes: tuple[Shape, ...]
    """Shapes of the distribution's leaves before any `vmap`."""

    def one_like(self) -> Any:
        """A distribution of this structure with ones for leaves: for facts that do not depend on their values."""
        return self.structure.unflatten([np.ones(shape, np.float32) for shape in self.leaf_shapes])

    def support_values(self) -> np.ndarray:
        """All values of one event of a finite family, shape (count, *event)."""
        with jax.ensure_compile_time_eval():
            return np.asarray(self.one_like()._support_values())


def batch_axes_in_front(x: Array) -> Array:
    """An identity that fixes where `vmap` puts its axes.

    JAX may leave the batch axis of a result anywhere. The rule for reshape moves it to the front, so after this the
    draw and its log-density agree on their axes, whatever the family's code did in between.
    """
    return lax.reshape(lax.reshape(x, (1, *x.shape)), x.shape)


@jax.custom_jvp
def _watch(x: Array) -> Array:
    return x


@_watch.defjvp
def _watch_jvp(primals, tangents):
    return primals[0], _tangent_mark(tangents[0])


_tangent_mark = named(lambda t: t, "tangent", register(None))


@functools.cache
def density_call(structure: Any):
    """The marked density of one structure of distribution: (value, *leaves) -> log-density."""

    def density(value, *leaves):
        return structure.unflatten(leaves)._batched_log_prob(value)

    return named(density, "density", register(structure))


def _draw(spec: SiteSpec, key: Key, leaves: tuple) -> Array:
    moving = [_watch(jnp.asarray(v)) if spec.pathwise else lax.stop_gradient(v) for v in leaves]
    return batch_axes_in_front(spec.estimator.draw(spec.structure.unflatten(moving), key, spec.shape))


@functools.cache
def site_call(spec: SiteSpec):
    """The marked site of one spec: (key, *leaves) -> (draw, log-density at the draw as data)."""
    density = density_call(spec.structure)

    def site(key, *leaves):
        draw = _draw(spec, key, leaves)
        log_prob = density(lax.stop_gradient(draw), *leaves)
        # tie the two together: a density that ignores the draw would miss the draw's batch axes
        ordered = (draw == draw).all(tuple(range(log_prob.ndim, draw.ndim)))  # noqa: PLR0124
        return draw, batch_axes_in_front(jnp.where(ordered, log_prob, log_prob))

    return named(site, "site", register(spec))


@functools.cache
def _draw_call(spec: SiteSpec):
    return named(lambda key, *leaves: _draw(spec, key, leaves), "draw", register(spec))


@functools.cache
def _gate_call(spec: SiteSpec):
    return named(lambda draw, *leaves: draw, "gate", register(spec))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _gate(spec: SiteSpec, line: str, draw: Array, *leaves: Array) -> Array:
    return _gate_call(spec)(draw, *leaves)


def _gate_jvp(spec, line, primals, tangents):
    live = [i for i, t in enumerate(tangents[1:]) if not isinstance(t, SymbolicZero)]
    if live:
        names = spec.family._leaf_names(spec.structure)
        reason = (
            "this family has no derivative along the draw"
            if spec.estimator.keeps_path
            else f"the site asks for gradient={spec.estimator.name!r}, which plain jax.grad cannot give"
        )
        raise no_pathwise_derivative(spec.label, ", ".join(names[i] for i in live), line, reason)
    return _gate(spec, line, *primals), tangents[0]


_gate.defjvp(_gate_jvp, symbolic_zeros=True)


def draw(spec: SiteSpec, key: Key, leaves: list) -> Array:
    """A draw that stays visible to this library's verbs. Eager draws skip the log-density and the gate."""
    if not any(isinstance(v, Tracer) for v in (key, *leaves)):
        with jax.disable_jit(False):
            return _draw_call(spec)(key, *leaves)
    with jax.disable_jit(False):  # the marker must survive a user's jax.disable_jit()
        value, _ = site_call(spec)(key, *leaves)
        if spec.estimator.name == "stop":
            return lax.stop_gradient(value)
        return value if spec.pathwise else _gate(spec, user_line(), value, *map(jnp.asarray, leaves))


def log_density(structure: Any, value: Any, leaves: list) -> Array:
    """The log-density as a marked call."""
    with jax.disable_jit(False):
        return density_call(structure)(value, *leaves)


@functools.cache
def _method_call(structure: Any, method: str):
    return jax.jit(lambda leaves, *values: structure.unflatten(leaves)._batched(method, *values))


def call_method(structure: Any, method: str, leaves: list, *values: Any) -> Any:
    """Any other method, vectorised and compiled once per structure."""
    return _method_call(structure, method)(leaves, *values)


@functools.cache
def _check_call(message: str, poison: bool):
    def check(ok, value):
        wide = lax.reshape(ok, ok.shape + (1,) * (value.ndim - ok.ndim))
        return jnp.where(wide, value, jnp.nan if poison else value)  # a value that ignores `ok` would lose it

    marked = named(check, "check", register(message))
    call = jax.custom_jvp(lambda ok, value: marked(ok, value))
    # of a selection XLA would leave two in the gradient; what is bad is NaN there by the value
    call.defjvp(lambda primals, tangents: (call(*primals), tangents[1]))
    return call


def check(message: str, ok: Array, value: Array, *, poison: bool) -> Array:
    """A parameter as a marked call, which `ex.checked` reads; NaN where it is not ok, if it is to be poisoned.

    Args:
        message: what a bad one is told, with {value} in it.
        ok: of the leading axes of `value`.
        value: in a float type.
        poison: whether what is not ok becomes NaN.
    """
    with jax.disable_jit(False):
        return _check_call(message, poison)(ok, value)


def _baseline(draw: Array, baseline: Array) -> tuple[Array, Array]:
    ordered = (draw == draw).all(tuple(range(baseline.ndim, draw.ndim)))  # noqa: PLR0124  as in `site_call`
    return draw, batch_axes_in_front(jnp.where(ordered, baseline, baseline))


def _relaxed(draw: Array, level: Array, slope: Array, log_p: Array, score: Array, control: Array) -> tuple:
    ordered = (draw == draw).all(tuple(range(level.ndim, draw.ndim))) | (control == control)  # noqa: PLR0124
    packed = jnp.concatenate([level[..., None], slope, log_p, score], -1)
    return draw, batch_axes_in_front(jnp.where(ordered[..., None], packed, packed))


_baseline_calls = {
    "given": named(lambda *xs: _baseline(*xs), "baseline", register("given")),
    "learned": named(lambda *xs: _baseline(*xs), "baseline", register("learned")),
    "relaxed": named(lambda *xs: _relaxed(*xs), "baseline", register("relaxed")),
}


def with_baseline(draw: Array, kind: str, *values: Array) -> Array:
    """A draw whose weight, if it gets one, is given a baseline.

    Args:
        draw: of shape (*lanes, *event).
        kind: "given" or "learned", with one value of shape (*lanes,); "relaxed", with those of `estimators.Relax`.
    """
    if not isinstance(draw, Tracer):
        return draw
    with jax.disable_jit(False):
        return _baseline_calls[kind](draw, *values)[0]


mean_mark = named(lambda x, key: x, "mean", register(None))
"""Identity in its first argument that marks the result of `ex.expect` inside a traced program."""


def telescope_mark(fn: Any, ranks: tuple[int, ...]):
    """`fn` as a marked call: a telescoping sum over levels of draws, which lie along the first axis of each operand.

    Args:
        ranks: how many axes each operand has behind that one.
    """
    return named(lambda *xs: fn(*map(batch_axes_in_front, xs)), "telescope", register(ranks))


def mark(kind: str, fn: Any):
    """`fn` as a marked call of that kind."""
    return named(lambda *xs: fn(*xs), kind, register(None))
