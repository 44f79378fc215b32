"""Laws of several draws that depend on each other, written as programs of ordinary sites.

Beside `AbstractDistribution`, with the names of its methods. A distribution is one site, whose event is one array and
whose parameters are arrays that the site lists. The event of a structured law may be any pytree, and its parts are
functions of earlier draws, which close over whatever they need. So it is no site: it draws each part as one, and what
reads a program (`ex.value_and_grad`, `ex.explain`, plans by name) sees every part with its own estimator.
"""

import abc
import math
from typing import Any

import jax
import jax.numpy as jnp

from .. import _errors
from .._module import Module
from .._typing import Array, Key, PyTree, Shape
from . import _shapes
from ._distribution import AbstractDistribution


class AbstractStructured(Module):
    """The joint law of several draws as one event; `sample` and `log_prob` as of a distribution.

    One event holds everything that is drawn: the batch axes of a part are independent draws within the event, so that
    `log_prob` counts every number once. There is no batch: `sample(key, shape)` and a value with further axes in front of
    all its arrays are mapped over, and `jax.vmap` serves batches of parameters.
    """

    @abc.abstractmethod
    def _draw(self, key: Key, how: dict[str, Any], value: PyTree) -> PyTree:
        """One event; `how` is for `sample` of the parts; `value` holds parts that are given, None where drawn."""

    @abc.abstractmethod
    def _log_prob(self, value: PyTree) -> Array:
        """Log-density of one event."""

    @property
    def _label(self) -> str:
        return type(self).__name__

    @property
    def event_shape(self) -> PyTree:
        """Shapes of the arrays of one event, in its structure."""
        return jax.tree.map(lambda v: v.shape, self._like())

    def _like(self) -> PyTree:
        """One event as shapes and types."""
        return jax.eval_shape(lambda: self._draw(jax.random.key(0), {"gradient": "stop"}, None))

    # --- Sampling ---
    def sample(
        self,
        key: Key,
        shape: Shape = (),
        *,
        value: PyTree = None,
        gradient: Any = "auto",
        name: str | None = None,
    ) -> PyTree:
        """Independent events, each array of shape `shape` + its own.

        Args:
            key: one random key.
            shape: shape of independent events.
            value: parts that are known, in the structure of an event with the others left out (of a dict) or None (of
                a tuple); they are not drawn, and what depends on them is drawn given them. That is a draw from the
                posterior only where nothing before them is drawn.
            gradient: how a derivative passes the draws, as of `AbstractDistribution.sample`; for all parts.
            name: put in front of the names of the parts' sites, with a dot.
        """
        key, shape = _shapes.check_key(key), _shapes.check_sample_shape(shape)
        how = {"gradient": gradient, "name": name}
        if not shape:
            return self._draw(key, how, value)
        keys = jax.random.split(key, math.prod(shape)).reshape(shape)
        return _mapped(lambda k: self._draw(k, how, value), len(shape))(keys)

    def sample_and_log_prob(
        self,
        key: Key,
        shape: Shape = (),
        *,
        value: PyTree = None,
        gradient: Any = "auto",
        name: str | None = None,
    ) -> tuple[PyTree, Array]:
        """Events and the log-density at them, known parts included; differentiating passes through both."""
        draw = self.sample(key, shape, value=value, gradient=gradient, name=name)
        return draw, self.log_prob(draw)

    # --- Density ---
    def log_prob(self, value: PyTree) -> Array:
        """Log of the joint density of an event; every array of `value` may have the same further axes in front."""
        return self._over_lanes(self._log_prob, value)

    def prob(self, value: PyTree) -> Array:
        """The density itself."""
        return jnp.exp(self.log_prob(value))

    def _over_lanes(self, fn: Any, value: PyTree) -> Any:
        """`fn`, written for one event, over the further axes of a value."""
        like, structure = jax.tree.flatten(self._like())
        values, came = jax.tree.flatten(value)
        if came != structure:
            raise _errors.bad_mixing(self._label, f"a value of the structure {structure}, got {came}")
        ranks = {jnp.ndim(v) - one.ndim for v, one in zip(values, like, strict=True)}
        rank = ranks.pop() if values else 0
        if ranks or rank < 0 or any(jnp.shape(v)[rank:] != w.shape for v, w in zip(values, like, strict=True)):
            shapes = tuple(jnp.shape(v) for v in values)
            events = tuple(one.shape for one in like)
            wanted = f"values of shapes {events}, with the same axes in front of all or none"
            raise _errors.bad_mixing(self._label, f"{wanted}, got {shapes}")
        return _mapped(fn, rank)(structure.unflatten(map(jnp.asarray, values)))


Law = AbstractDistribution | AbstractStructured


def _mapped(fn: Any, ranks: int) -> Any:
    for _ in range(ranks):
        fn = jax.vmap(fn)
    return fn


def total(law: Law, value: PyTree) -> Array:
    """Log-density of everything that a law draws, its batch included."""
    return law.log_prob(value).sum()


def check_law(family: str, law: Any, what: str) -> Any:
    """The law, if it is one."""
    if not isinstance(law, Law):
        raise _errors.bad_mixing(family, f"{what}, got {type(law).__name__}")
    return law
