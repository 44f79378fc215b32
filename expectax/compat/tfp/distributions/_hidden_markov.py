"""Hidden Markov models, in TFP's arguments."""

from typing import Any

import jax.numpy as jnp
from jax import lax

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Parts, Static
from ._base import Distribution, family
from ._counts import Categorical


class Hidden(Distribution):
    """What HiddenMarkovModel adds: the states."""

    def prior_marginals(self, name: str = "prior") -> Any:
        """P(state) of each step, before anything is observed."""
        given = self._arguments
        first = given["initial_distribution"].probs_parameter()
        matrix = given["transition_distribution"].probs_parameter()

        def step(state: Array, _: None) -> tuple[Array, Array]:
            state = jnp.einsum("...i,...ij->...j", state, matrix)
            return state, state

        first = jnp.broadcast_to(first, (*self.batch_shape, first.shape[-1]))
        rest = lax.scan(step, first, length=given["num_steps"] - 1)[1]
        return Categorical(probs=jnp.moveaxis(jnp.concatenate([first[None], rest]), 0, -2))

    def posterior_marginals(self, observations: Any, mask: Any = None, name: str = "posterior_marginals") -> Any:
        """P(state | observations) of each step."""
        _no_mask(mask)
        return Categorical(logits=self.expectax_distribution.posterior_marginals(observations).logits)

    def posterior_mode(self, observations: Any, mask: Any = None, name: str = "posterior_mode") -> Array:
        """The most probable sequence of states."""
        _no_mask(mask)
        return self.expectax_distribution.posterior_mode(observations)

    def num_states_tensor(self) -> Array:
        """How many states there are."""
        return jnp.asarray(self._arguments["initial_distribution"].probs_parameter().shape[-1])

    def __getitem__(self, slices: Any) -> Distribution:
        raise NotImplementedError("slices of a HiddenMarkovModel: slice what it is made of")


@family(Hidden)
def HiddenMarkovModel(
    initial_distribution: Parts,
    transition_distribution: Parts,
    observation_distribution: Parts,
    num_steps: Static,
    validate_args=False,
    allow_nan_stats=True,
    time_varying_transition_distribution: Static = False,
    time_varying_observation_distribution: Static = False,
    mask: Static = None,
    name="HiddenMarkovModel",
):
    """What is seen of a Markov chain over finitely many states; all steps alike, and all of them seen."""
    if time_varying_transition_distribution or time_varying_observation_distribution:
        raise NotImplementedError("HiddenMarkovModel: only distributions that do not vary in time")
    _no_mask(mask)
    initial, transition = initial_distribution.expectax_distribution, transition_distribution.expectax_distribution
    return ex.HiddenMarkovModel(initial, transition, observation_distribution.expectax_distribution, int(num_steps))


def _no_mask(mask: Any) -> None:
    if mask is not None:
        raise NotImplementedError("HiddenMarkovModel.mask: only None")
