"""Linear Gaussian state space models, in TFP's arguments."""

from typing import Any, NamedTuple

import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Parts, Static
from .._shape import added
from ._base import Distribution, family


class Moments(NamedTuple):
    """Of normal vectors, one a step."""

    mean: Array
    covariance: Array


class Filtered(Distribution):
    """What LinearGaussianStateSpaceModel adds: the states. A mask is true where a step is missing, as for TFP."""

    def log_prob(self, value: Any, mask: Any = None, name: str = "log_prob") -> Array:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Log-density of what is not masked."""
        return self.expectax_distribution.log_prob(*self._seen(value, mask))

    def prob(self, value: Any, mask: Any = None, name: str = "prob") -> Array:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Density of what is not masked."""
        return jnp.exp(self.log_prob(value, mask))

    def _seen(self, value: Any, mask: Any) -> tuple[Array, Array | None]:
        """A value, and which of its numbers were observed."""
        value = jnp.asarray(value, None if hasattr(value, "dtype") else self.dtype)
        mask = self._arguments["mask"] if mask is None else mask
        return value, None if mask is None else ~jnp.asarray(mask)[..., None]

    def posterior_marginals(self, x: Any, mask: Any = None) -> tuple[Array, Array]:
        """Means and covariances of the states, given all observations."""
        law = self.expectax_distribution.posterior_marginals(*self._seen(x, mask))
        return law.mean(), law.covariance()

    def forward_filter(self, x: Any, mask: Any = None, final_step_only: bool = False) -> tuple[Array, ...]:
        """(log p(x_t | before), then mean and covariance of z_t | up to t, of z_(t+1) | up to t, of x_t | before)."""
        law = self.expectax_distribution
        value, seen = self._seen(x, mask)
        filtered = law.filtered_marginals(value, seen)
        now = Moments(filtered.mean(), filtered.covariance())
        ahead = self._moved("transition", now)
        expected = self._moved("observation", _before(law.initial, ahead))
        terms = ex.MultivariateNormal(expected.mean, covariance=expected.covariance).log_prob(value)
        terms = terms if seen is None else jnp.where(jnp.broadcast_to(seen[..., 0], terms.shape), terms, 0.0)
        if not final_step_only:
            return terms, *now, *ahead, *expected
        last = [
            part for law in (now, ahead, expected) for part in (law.mean[..., -1, :], law.covariance[..., -1, :, :])
        ]
        return terms.sum(-1), *last

    def _moved(self, kind: str, law: "Moments") -> "Moments":
        """Means and covariances of every step, after a matrix and its noise."""
        given = self._arguments
        matrix, noise = (_over_time(given[f"{kind}_{what}"], self._steps, True) for what in ("matrix", "noise"))
        mean = jnp.einsum("...ij,...j->...i", matrix, law.mean)
        covariance = jnp.einsum("...ij,...jk,...lk->...il", matrix, law.covariance, matrix)
        return Moments(added([mean, noise.mean()]), added([covariance, noise.covariance()]))

    @property
    def _steps(self) -> range:
        return _numbers(self._arguments["initial_step"], self._arguments["num_timesteps"])

    def latents_to_observations(self, latent_means: Any, latent_covs: Any) -> tuple[Array, Array]:
        """Means and covariances of the observations of states with these."""
        return self._moved("observation", Moments(jnp.asarray(latent_means), jnp.asarray(latent_covs)))

    def latent_size_tensor(self) -> Array:
        """How many numbers a state has."""
        return jnp.asarray(self.expectax_distribution.initial.event_shape[0])

    def observation_size_tensor(self) -> Array:
        """How many numbers are observed a step."""
        return jnp.asarray(self.event_shape[-1])

    def __getitem__(self, slices: Any) -> Distribution:
        raise NotImplementedError("slices of a LinearGaussianStateSpaceModel: slice what it is made of")


@family(Filtered)
def LinearGaussianStateSpaceModel(
    num_timesteps: Static,
    transition_matrix: Parts,
    transition_noise: Parts,
    observation_matrix: Parts,
    observation_noise: Parts,
    initial_state_prior: Parts,
    initial_step: Static = 0,
    mask: Parts = None,
    experimental_parallelize: Static = False,
    validate_args=False,
    allow_nan_stats=True,
    name="LinearGaussianStateSpaceModel",
):
    """Noisy linear observations of a state that moves linearly with noise; parts may be functions of the step."""
    steps = _numbers(initial_step, num_timesteps)
    transition, observation = (transition_matrix, transition_noise), (observation_matrix, observation_noise)
    varying = any(callable(p) for p in transition + observation)
    values = [_over_time(p, steps[:-1], varying) for p in transition] + [
        _over_time(p, steps, varying) for p in observation
    ]
    initial = _plain(initial_state_prior)
    return ex.LinearGaussianStateSpace(initial, *values, num_steps=len(steps), time_varying=varying)


def _numbers(initial_step: Any, num_timesteps: Any) -> range:
    return range(int(initial_step), int(initial_step) + int(num_timesteps))


def _over_time(part: Any, steps: range, varying: bool) -> Any:
    """A matrix, or a normal vector of ours; with an axis of time in front of its own axes if anything varies."""
    if not varying:
        return _plain(part)
    each = [_plain(part(t)) for t in steps] if callable(part) else [_plain(part)]
    if not each:  # of a single step there is no transition
        each = [_plain(part(steps.start))]
    if not isinstance(each[0], ex.MultivariateNormal):
        return jnp.stack(each, -3)
    factor = jnp.linalg.cholesky(jnp.stack([law.covariance() for law in each], -3))
    return ex.MultivariateNormal(jnp.stack([law.mean() for law in each], -2), scale_tril=factor)


def _plain(part: Any) -> Any:
    """An array, or a MultivariateNormal of ours."""
    if not isinstance(part, Distribution):
        return jnp.asarray(part.to_dense() if hasattr(part, "to_dense") else part)
    law = part.expectax_distribution
    if isinstance(law, ex.MultivariateNormal):
        return law
    return ex.MultivariateNormal(law.mean(), covariance=law.covariance())


def _before(initial: ex.MultivariateNormal, ahead: Moments) -> Moments:
    """Of the state of each step before it is observed: the first one's, and those that lead there."""
    first = jnp.broadcast_to(initial.mean()[..., None, :], ahead.mean[..., :1, :].shape)
    spread = jnp.broadcast_to(initial.covariance()[..., None, :, :], ahead.covariance[..., :1, :, :].shape)
    means = jnp.concatenate([first, ahead.mean[..., :-1, :]], -2)
    return Moments(means, jnp.concatenate([spread, ahead.covariance[..., :-1, :, :]], -3))
