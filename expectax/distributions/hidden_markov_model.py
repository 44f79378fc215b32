"""Hidden Markov model.

    p(x) = Σ_z π(z_1) p(x_1 | z_1) Π_{t<T} A(z_t, z_{t+1}) p(x_{t+1} | z_{t+1}),   z_t ∈ {0, ..., S - 1}

Sampling   the states one after the other, then all observations at once. No derivative along the draw: the score of the
           marginal density, in which the states are summed out, serves every parameter.
Accuracy   log_prob in logarithms throughout, to a few ulp of its largest term times the square root of log T.
Cost       log_prob O(T S³) work in O(log T) depth, as are its derivative, the posterior and its mode.
Source     Rabiner, "A tutorial on hidden Markov models" (1989); Hassan, Särkkä, García-Fernández (2021) for the scans.
"""

import dataclasses
from typing import Any, final

import jax
import jax.numpy as jnp
from jax import lax

from .. import _batching, _errors, random, supports
from .._module import static
from .._parameter import Parameter
from .._typing import Array, ArrayLike, Key, Shape
from . import _shapes
from ._count import check_count
from ._distribution import AbstractDistribution, _widened, vanishing_at_infinity
from ._log_chain import best_path, log_forward, log_messages
from ._logits import normalised
from ._mixture import check_categorical, chosen, is_known
from ._shapes import shown_missing
from .categorical import Categorical


@final
class HiddenMarkovModel(AbstractDistribution):
    """What is seen of a Markov chain over S states: at each of T steps a draw of its state's own distribution.

    Args:
        initial: π, a Categorical over the states.
        transition: A, a Categorical whose last batch axis is the state that is left.
        observation: a distribution whose last batch axis is the state.
        num_steps: T, an integer >= 1.

    Shapes: batch: that of initial, and of transition and observation without their last axis, broadcast; event
    (num_steps, *event of observation).

    Raises:
        ParameterError: initial or transition is no Categorical, the numbers of states differ, or num_steps is not a
            positive integer.

    Example:
        >>> import expectax as ex, numpy as np
        >>> stay = ex.Categorical(probs=np.array([[0.9, 0.1], [0.1, 0.9]]))
        >>> start = ex.Categorical(probs=np.array([0.5, 0.5]))
        >>> d = ex.HiddenMarkovModel(start, stay, ex.Normal(np.array([-2.0, 2.0]), 1.0), 4)
        >>> d.posterior_mode(np.array([-1.5, -3.0, 0.5, 2.0]))
        Array([0, 0, 1, 1], dtype=int32)
    """

    initial: Categorical
    transition: Categorical
    observation: AbstractDistribution
    num_steps: int = static()

    def __post_init__(self):
        check_count(self._label, "num_steps", self.num_steps, 1)
        check_categorical(self._label, "initial", self.initial)
        check_categorical(self._label, "transition", self.transition)
        states = self.initial.num_categories
        left, seen = self.transition.batch_shape, self.observation.batch_shape
        if self.transition.num_categories != states or left[-1:] != (states,) or seen[-1:] != (states,):
            wanted = (
                f"{states} categories of transition, and {states} on the last batch axes of transition and observation"
            )
            came = f"{self.transition.num_categories}, and the batches {left} and {seen}"
            raise _errors.bad_mixing(self._label, f"{wanted}, got {came}")
        _batching.check_batches(self._label, self._parameters())

    # --- What the parts decide ---
    def _parameters(self) -> list[Parameter]:
        parts = {"initial": self.initial, "transition": self.transition, "observation": self.observation}
        return [
            dataclasses.replace(p, name=f"{name}.{p.name}", rank=p.rank + (name != "initial"))
            for name, part in parts.items()
            for p in part._parameters()
        ]

    @property
    def support(self):
        support, rank = self.observation.support, self.observation.event_rank
        if any(jnp.ndim(end) for end in jax.tree.leaves(support)):
            over_steps = jax.tree.map(lambda end: _with_steps(end, rank), support)
            support = supports.Union(over_steps, rank + 1)
        return supports.Product(support, 1)

    @property
    def draw_dtype(self) -> Any:
        return self.observation.draw_dtype

    @property
    def event_shape(self) -> Shape:
        return (self.num_steps, *self.observation.event_shape)

    # --- Sampling: parameters are (*lanes, states, *own) ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        states_key, own_key = jax.random.split(key)
        states = self._states(states_key, shape)
        one = jax.tree.map(lambda leaf: chosen(jnp.expand_dims(leaf, len(shape)), states), self.observation)
        draw = jnp.broadcast_to(one._sample(own_key, states.shape), states.shape + self.observation.event_shape)
        return shown_missing(draw, is_known(self, shape))

    def _states(self, key: Key, shape: Shape) -> Array:
        first_key, key = jax.random.split(key)
        first, matrix = random.categorical(first_key, self.initial._p(), shape), self.transition._p()

        def step(before, _):  # carries its key: JAX's check of key reuse takes a scan over keys under vmap for reuse
            state, key = before
            key, step_key = jax.random.split(key)
            state = random.categorical(step_key, chosen(matrix, state), shape)
            return (state, key), state

        states = lax.scan(step, (first, key), length=self.num_steps - 1)[1]
        return jnp.moveaxis(jnp.concatenate([first[None], states]), 0, -1)

    # --- Density: the observations know themselves what is outside ---
    def _batched_log_prob(self, value: Array) -> Array:
        def one(dist: HiddenMarkovModel, x: Array) -> Array:
            x = _widened(dist, x)
            return dist._log_prob(x) if dist.support.discrete else vanishing_at_infinity(dist, x)

        return _shapes.lift(self, one, "log_prob", (value, self.event_rank))

    def _log_prob(self, x: Array) -> Array:
        return log_forward(*self._chain(x))

    def _chain(self, x: Array) -> tuple[bool, Array, Array, Array]:
        """Whether in logarithms: π and A; and the log-likelihoods (T, S)."""
        likelihoods = self.observation._batched_log_prob(jnp.expand_dims(x, 1))
        if self.initial.probs is not None and self.transition.probs is not None:
            return False, self.initial.probs, self.transition.probs, likelihoods
        return True, _logs(self.initial), _logs(self.transition), likelihoods

    # --- The states, given the observations ---
    def posterior_marginals(self, value: ArrayLike) -> Categorical:
        """P(z_t | x), a Categorical of batch (*lanes, num_steps)."""
        return Categorical(logits=self._call("_state_logits", value))

    def posterior_mode(self, value: ArrayLike) -> Array:
        """The most probable sequence of states, int32 (*lanes, num_steps)."""
        return self._call("_best_states", value).astype(jnp.int32)

    def _state_logits(self, x: Array) -> Array:
        before, after = log_messages(*self._chain(x))
        return normalised(before + after)

    def _best_states(self, x: Array) -> Array:
        return best_path(*self._chain(x))

    # --- Moments. Not here: entropy, which has no closed form ---
    def _mean(self) -> Array:
        return self._average(self.observation._batched("_mean")[None])

    def _variance(self) -> Array:
        means, variances = (self.observation._batched(name)[None] for name in ("_mean", "_variance"))
        return self._average(variances + (means - self._average(means)[:, None]) ** 2)

    def _average(self, values: Array) -> Array:
        """E[v_t(z_t)] of every step, for v (T, S, *event), or (1, S, *event) if it is the same at each."""
        first, matrix = self.initial._p(), self.transition._p()
        powers = jnp.broadcast_to(matrix, (self.num_steps - 1, *matrix.shape))
        powers = lax.associative_scan(_matmul, powers)
        shares = jnp.concatenate([first[None], _matmul(first[None, None], powers)[:, 0]])
        return (shares.reshape(shares.shape + (1,) * (values.ndim - 2)) * values).sum(1)


def _matmul(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _logs(part: Categorical) -> Array:
    """log-probabilities; a part given by probabilities beside one given by logits passes through logarithms."""
    return normalised(part.logits) if part.probs is None else jnp.log(part.probs)


def _with_steps(end: Any, rank: int) -> Any:
    """An end of the observations' support, with an axis of steps in front of that of the states."""
    return jnp.expand_dims(end, -rank - 2) if jnp.ndim(end) > rank else end
