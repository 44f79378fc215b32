"""Chains of states, in TFP's arguments."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from ...._module import Module, static
from ...._typing import Array, Key, Shape
from .._arguments import Parts, Static
from .._shape import added
from ._base import DensityOnly, family


class Steps(Module):
    """What stands behind: TFP's transitions give distributions of TFP's interface, with a batch of chains."""

    prior: Any
    transition: Any = static()
    num_steps: int = static()

    pathwise = True  # the states' own draws see to what has no path

    @property
    def batch_shape(self) -> Shape:
        """The first state's."""
        return self.prior.batch_shape

    @property
    def event_shape(self) -> Shape:
        """The first state's, after an axis of steps."""
        return (self.num_steps, *self.prior.event_shape)

    @property
    def dtype(self) -> Any:
        """The first state's."""
        return self.prior.dtype

    @property
    def draw_dtype(self) -> Any:
        """The first state's."""
        return self.prior.dtype

    def sample(self, key: Key, shape: Shape) -> Array:
        """One step after the other."""
        first_key, key = jax.random.split(key)
        first = self.prior.sample(shape, seed=first_key)

        def step(before: tuple[Array, Key], number: Array) -> tuple[tuple[Array, Key], Array]:
            state, key = before
            key, own = jax.random.split(key)
            new = self.transition(number, state).sample(seed=own).astype(first.dtype)
            return (new, key), new

        rest = lax.scan(step, (first, key), jnp.arange(self.num_steps - 1, dtype=jnp.int32))[1]
        return jnp.moveaxis(jnp.concatenate([first[None], rest]), 0, self._axis)

    @property
    def _axis(self) -> int:
        return -1 - len(self.prior.event_shape)

    def log_prob(self, value: Array) -> Array:
        """The sum over steps, of which all are evaluated at once."""
        states = jnp.moveaxis(jnp.asarray(value), self._axis, 0)
        numbers = jnp.arange(self.num_steps - 1, dtype=jnp.int32)
        terms = jax.vmap(lambda t, old, new: self.transition(t, old).log_prob(new))(numbers, states[:-1], states[1:])
        return added([self.prior.log_prob(states[0]), terms.sum(0)])

    def prob(self, value: Array) -> Array:
        """The density itself."""
        return jnp.exp(self.log_prob(value))


class States(DensityOnly):
    """What MarkovChain adds."""

    def experimental_default_event_space_bijector(self) -> Any:
        """The first state's map of the reals onto its support."""
        return self._arguments["initial_state_prior"].experimental_default_event_space_bijector()


@family(States)
def MarkovChain(
    initial_state_prior: Parts,
    transition_fn: Static,
    num_steps: Static,
    experimental_use_kahan_sum=False,
    validate_args=False,
    name="MarkovChain",
):
    """The states that a chain passes through: `transition_fn(step, state)` is the distribution of the next one."""
    return Steps(initial_state_prior, transition_fn, int(num_steps))
