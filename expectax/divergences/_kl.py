"""The Kullback-Leibler divergence KL(p ‖ q) = E_p[log p(X) - log q(X)]: one verb and a table of rules.

A rule is written for one event, as a family's formulas are; batches are lifted as theirs. For a pair without a rule of
its own the supports are compared (mass of p outside q's support makes the divergence infinite), then rules that know
only one of the two families are tried. What is left has a Monte Carlo form, on request only.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _errors
from .._marks import named, register
from .._typing import Array, Key
from ..distributions import AbstractDistribution, _shapes
from ..supports import Circle, IntegerRange


@dataclasses.dataclass(frozen=True)
class Rule:
    """A formula for one event of a pair of families, and how it computes."""

    formula: Callable[[Any, Any], Array | None]
    method: str


_RULES: dict[tuple[type, type], Rule] = {}


def register_kl(p: type, q: type, *, method: str = "closed form") -> Callable:
    """A decorator that makes a function the rule for KL(p ‖ q) of two families; it replaces one that is there.

    Args:
        p, q: families; `AbstractDistribution` stands for any. The function is given one of each, for one event (scalar
            families: parameters of equal rank that broadcast), and returns the divergence, or None if it does not know.
        method: what `kl_method` answers: "closed form", "enumeration" or "quadrature".

    Example:
        >>> import jax.numpy as jnp
        >>> import expectax as ex
        >>> @ex.register_kl(ex.HalfNormal, ex.Exponential)
        ... def _(p, q):
        ...     return p._mean() * q.rate - jnp.log(q.rate) - p._entropy()
        >>> round(float(ex.kl(ex.HalfNormal(1.0), ex.Exponential(1.0))), 4)
        0.0721
    """

    def register(formula: Callable) -> Callable:
        _RULES[p, q] = Rule(formula, method)
        _find.cache_clear()
        _call.cache_clear()
        return formula

    return register


def kl(
    p: AbstractDistribution, q: AbstractDistribution, *, key: Key | None = None, num_samples: int | None = None
) -> Array:
    """KL(p ‖ q) = E_p[log p(X) - log q(X)], in nats; +inf where p has mass that q has not. Shape: batches broadcast.

    Args:
        p, q: distributions with events of one shape.
        key, num_samples: give both for the unbiased Monte Carlo estimate, the mean of log p(x) - log q(x) over draws of
            p, whatever rules there are; its error is the standard deviation of that over √num_samples. The gradient of
            its expectation is `ex.grad`'s; under plain `jax.grad` the draws must be pathwise.

    Raises:
        UndefinedMethodError: the pair has no rule, and no key was given.
        ShapeError: events of different shapes.

    Source:
        Kullback & Leibler (1951). Each rule cites its own.

    Example:
        >>> import expectax as ex
        >>> float(ex.kl(ex.Normal(1.0, 1.0), ex.Normal(0.0, 1.0)))
        0.5
    """
    if p.event_shape != q.event_shape:
        raise _errors.mismatched_divergence(p._label, p.event_shape, q._label, q.event_shape)
    count = _shapes.check_monte_carlo(key, num_samples)
    if key is not None and count is not None:
        return _monte_carlo(p, q, key, count)
    pair = _Pair.of(p, q)
    return _call(pair)(jax.tree.leaves(p), jax.tree.leaves(q))


def kl_method(p: AbstractDistribution, q: AbstractDistribution) -> str:
    """How `kl(p, q)` computes: "closed form", "enumeration", "quadrature" or "infinite".

    Example:
        >>> import expectax as ex
        >>> ex.kl_method(ex.Logistic(0.0, 1.0), ex.Logistic(0.0, 2.0))
        'quadrature'
    """
    return _find(_Pair.of(p, q)).method


def divergence(p: AbstractDistribution, q: AbstractDistribution) -> Array:
    """`kl` inside a rule: of parts of distributions, with any batch."""
    return _shapes.lift_pair(p, q, _find(_Pair.of(p, q)).formula)


@dataclasses.dataclass(frozen=True)
class _Pair:
    """What the choice of a rule depends on: two structures, and the shapes of one event's parameters."""

    structures: tuple[Any, Any]
    shapes: tuple[tuple, tuple]

    @classmethod
    def of(cls, p: AbstractDistribution, q: AbstractDistribution) -> "_Pair":
        shapes = tuple(tuple(jnp.shape(a.value)[-a.rank :] if a.rank else () for a in d._parameters()) for d in (p, q))
        return cls((jax.tree.structure(p), jax.tree.structure(q)), shapes)  # type: ignore[arg-type]

    def of_ones(self) -> tuple[Any, Any]:
        """Distributions of these structures: for facts that do not depend on values."""
        pairs = zip(self.structures, self.shapes, strict=True)
        return tuple(s.unflatten([np.ones(shape, np.float32) for shape in shapes]) for s, shapes in pairs)  # type: ignore[return-value]


@functools.cache
def _call(pair: _Pair) -> Callable:
    rule, (p_structure, q_structure) = _find(pair), pair.structures

    def compiled(p_leaves, q_leaves):
        return _shapes.lift_pair(p_structure.unflatten(p_leaves), q_structure.unflatten(q_leaves), rule.formula)

    return named(compiled, "continuous", register(1)) if _is_smooth(pair, rule) else jax.jit(compiled)


def _is_smooth(pair: _Pair, rule: Rule) -> bool:
    """Whether the divergence is known to be differentiable in all parameters: a rule of ours, between supports that stand still."""
    ours = getattr(rule.formula, "__module__", "").startswith("expectax.")
    return ours and not any(p.moves_support for d in pair.of_ones() for p in d._parameters())


def _monte_carlo(p: AbstractDistribution, q: AbstractDistribution, key: Key, count: int) -> Array:
    lanes = _shapes.lanes_of_pair(p, q)
    x = p.sample(key, (count, *lanes[: len(lanes) - len(p.batch_shape)]))
    return jnp.broadcast_to((p.log_prob(x) - q.log_prob(x)).mean(0), lanes)


# --- Which rule ---


@functools.cache
def _find(pair: _Pair) -> Rule:
    p, q = pair.of_ones()
    for rule in _candidates(p, q):
        if jax.eval_shape(rule.formula, p, q) is not None:
            return rule
    raise _errors.no_divergence(p._label, q._label)


def _candidates(p: AbstractDistribution, q: AbstractDistribution):
    """The pair's own rule; infinity where the kinds of support say so; rules for one family and any other."""
    own = _RULES.get((type(p), type(q)))
    if own is not None:
        yield own
    if _is_singular(p, q):
        yield Rule(infinite, "infinite")
    anything = AbstractDistribution
    for pair in ((type(p), anything), (anything, type(q)), (anything, anything)):
        rule = _RULES.get(pair)
        if rule is not None:
            yield Rule(_guarded(rule.formula), rule.method)


def infinite(p: Any, q: Any) -> Array:
    """The rule of a pair whose supports do not fit."""
    total = jnp.inf
    for parameter in (*p._parameters(), *q._parameters()):
        total = total + (parameter.value * 0).sum(tuple(range(-parameter.rank, 0)))  # NaN at NaN
    return jnp.asarray(total)


def _is_singular(p: AbstractDistribution, q: AbstractDistribution) -> bool:
    """Whether no density of p against q exists, whatever the parameters: mass against density, a wider set."""
    if p.support.discrete != q.support.discrete:
        return True
    p_ends, q_ends = _hull(p.support), _hull(q.support)
    if p_ends is None or q_ends is None:
        return False
    if isinstance(q.support, IntegerRange) and _is_number(p_ends[1]) and p_ends[1] == math.inf:
        return True  # a range of counts ends, wherever it does
    (p_low, p_high), (q_low, q_high) = p_ends, q_ends
    lower = _is_number(p_low) and _is_number(q_low) and p_low < q_low
    return lower or (_is_number(p_high) and _is_number(q_high) and p_high > q_high)


def _is_number(end: Any) -> bool:
    """Whether an end is part of the program and not of a parameter."""
    return isinstance(end, int | float)


def _hull(support: Any) -> tuple[Any, Any] | None:
    """The ends of a scalar support; None for others."""
    if support.event_rank or isinstance(support, Circle):
        return None
    low, high = support.bounds
    return getattr(support, "low", low), getattr(support, "high", high)


def inside(p: AbstractDistribution, q: AbstractDistribution) -> Array | bool:
    """Whether p's scalar support lies in q's."""
    p_ends, q_ends = _hull(p.support), _hull(q.support)
    if p_ends is None or q_ends is None:
        return True
    return (jnp.asarray(p_ends[0]) >= q_ends[0]) & (jnp.asarray(p_ends[1]) <= q_ends[1])


def _guarded(formula: Callable) -> Callable:
    def guarded(p: Any, q: Any) -> Array | None:
        value = formula(p, q)
        return None if value is None else jnp.where(inside(p, q), value, infinite(p, q))

    return guarded
