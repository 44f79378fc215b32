"""Markov chain with any states and any transitions.

    p(x_1 ... x_T) = p(x_1) Π_{t<T} p(x_{t+1} | x_t, t)

Sampling   one step after the other, each an ordinary site in a `lax.scan`: pathwise where the families are.
Accuracy   that of the transitions: log_prob is a sum, of which all terms are evaluated at once.
Source     Norris, "Markov chains" (1997), chapter 1.
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
from jax import lax

from .. import _errors
from .._module import static
from .._typing import Array, Key, PyTree
from ._count import check_count
from ._distribution import AbstractDistribution
from ._structured import AbstractStructured, Law, check_law, total


@final
class MarkovChain(AbstractStructured):
    """The T states that a chain passes through, as one event.

    Args:
        initial: the law of the first state: a distribution or a law of several draws.
        transition: a function (step, state) -> law of the next state, with step 0 for the first transition; or a kernel,
            a distribution whose one batch axis is the state that is left, for states 0, 1, ..., S - 1.
        num_steps: T, an integer >= 1.

    Shapes: an event is that of initial with an axis of num_steps in front of each array.

    Raises:
        ParameterError: a part is of the wrong kind, or a transition leads to states of another shape or type.

    Example:
        >>> import expectax as ex
        >>> walk = ex.MarkovChain(ex.Normal(0.0, 1.0), lambda step, x: ex.Normal(0.5 * x, 1.0), num_steps=4)
        >>> walk.event_shape
        (4,)
    """

    initial: Law
    kernel: AbstractDistribution | None
    """The transition, if it is a distribution."""
    function: Callable | None = static()
    """The transition, if it is a function."""
    num_steps: int = static()

    def __init__(self, initial: Law, transition: Callable | AbstractDistribution, num_steps: int):
        check_count(self._label, "num_steps", num_steps, 1)
        check_law(self._label, initial, "a law for initial")
        kernel = isinstance(transition, AbstractDistribution)
        if not kernel and not callable(transition):
            came = type(transition).__name__
            raise _errors.bad_mixing(self._label, f"a function or a distribution for transition, got {came}")
        if kernel and len(transition.batch_shape) != 1:
            came = f"one batch axis in the kernel, that of states, got batch shape {transition.batch_shape}"
            raise _errors.bad_mixing(self._label, came)
        object.__setattr__(self, "initial", initial)
        object.__setattr__(self, "kernel", transition if kernel else None)
        object.__setattr__(self, "function", None if kernel else transition)
        object.__setattr__(self, "num_steps", num_steps)

    def _transition(self, step: Any, state: PyTree) -> Law:
        if self.kernel is not None:
            return _row(self.kernel, state)
        what = "a law from the transition"
        return check_law(self._label, self.function(step, state), what)  # pyright: ignore[reportOptionalCall]

    # --- Sampling ---
    def _draw(self, key: Key, how: dict[str, Any], value: PyTree) -> PyTree:
        if value is not None:
            return jax.tree.map(jnp.asarray, value)
        first_key, key = jax.random.split(key)
        first = _strong(self.initial.sample(first_key, **how))

        def step(before, number):
            state, key = (
                before  # of keys to scan over, JAX's check of key reuse would say under vmap that they are reused
            )
            key, own_key = jax.random.split(key)
            new = _strong(self._transition(number, state).sample(own_key, **how))
            self._check_states(state, new)
            return (new, key), new

        rest = lax.scan(step, (first, key), jnp.arange(self.num_steps - 1, dtype=jnp.int32))[1]
        return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, rest)

    def _check_states(self, state: PyTree, new: PyTree) -> None:
        kinds = [jax.tree.map(lambda v: (jnp.shape(v), str(jnp.result_type(v))), s) for s in (state, new)]
        if kinds[0] != kinds[1]:
            raise _errors.bad_mixing(self._label, f"transitions to states like the first, {kinds[0]}, got {kinds[1]}")

    # --- Density ---
    def _log_prob(self, value: PyTree) -> Array:
        first, before, after = (
            jax.tree.map(lambda v, cut=cut: v[cut], value) for cut in (0, slice(None, -1), slice(1, None))
        )
        steps = jnp.arange(self.num_steps - 1, dtype=jnp.int32)
        terms = jax.vmap(lambda t, state, new: total(self._transition(t, state), new))(steps, before, after)
        return total(self.initial, first) + terms.sum()


def _strong(state: PyTree) -> PyTree:
    """A state in its own type, weak or not: a scan asks that it stay the same."""
    return jax.tree.map(lambda v: lax.convert_element_type(v, jnp.result_type(v)), state)


def _row(kernel: AbstractDistribution, state: Array) -> AbstractDistribution:
    """The law of the next state: the entry at `state` of the batch axis."""
    leaves, structure = jax.tree.flatten(kernel)
    states = state.astype(jnp.int32)
    rows = []
    for leaf, p in zip(leaves, kernel._parameters(), strict=True):
        place = jnp.ndim(leaf) - p.rank - 1
        rows.append(leaf if place < 0 else jnp.take(jnp.asarray(leaf), states, axis=place, mode="clip"))
    return structure.unflatten(rows)
