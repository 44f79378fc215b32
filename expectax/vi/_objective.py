"""From a function of log-weights to a loss with one of three gradients.

An objective is V(log w_1, ..., log w_K), symmetric, of log w_k = log p(z_k, data) - log q(z_k). Its expectation's
gradient in the guide's parameters has a part through the draws and a part through log q at the draws:

    total                    both, by differentiating V; draws without a path are weighed by their score
    sticking-the-landing     without the part through log q: it has mean zero if dV/dlog w_k is constant
                             (Roeder, Wu, Duvenaud, NeurIPS 2017)
    doubly-reparameterised   that part's mean, once more reparameterised, joins the one through the draws:
                             sum_k (V_k - V_kk) dlog w_k/dz_k dz_k/dtheta,  V_k, V_kk derivatives in log w_k
                             (Tucker, Lawson, Gu, Maddison, ICLR 2019, for V = log mean w: equation 7)
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .._estimate import checked_count
from .._surrogate import order_guard
from .._typing import Array
from ..estimators._data import as_data
from . import _errors
from ._latents import Drawn, draw, log_density


@dataclasses.dataclass(frozen=True)
class Objective:
    """What is to be minimised, as a function of K log-weights, and its derivatives."""

    name: str
    value: Callable[[Array], Array]
    slopes: Callable[[Array], tuple[Array, Array]]
    """(V_k, V_k - V_kk) for each k."""
    constant_slope: bool = False
    """Whether V_k is one constant: then the part through log q has mean zero."""


def loss_of(objective: Objective, log_joint: Callable, guide: Callable, num_samples: int, gradient: str) -> Callable:
    """`loss(params, *data, key)`: one estimate of E[V], with the gradient asked for."""
    count = checked_count("num_samples", num_samples)
    make = _makers(objective, gradient)

    def loss(params: Any, *data_and_key: Any) -> Array:
        *data, key = data_and_key
        return make(objective, Program(log_joint, guide, count, params, tuple(data)), key)

    return loss


def _makers(objective: Objective, gradient: str) -> Callable:
    """The loss of a gradient by name; refused where it would be biased."""
    if gradient not in _MAKERS:
        raise _errors.unknown_gradient(gradient)
    if gradient == "sticking-the-landing" and not objective.constant_slope:
        why = "what it leaves out has a mean other than zero"
        raise _errors.undefined_gradient(gradient, objective.name, why, "doubly-reparameterised")
    return _MAKERS[gradient]


@dataclasses.dataclass(frozen=True)
class Program:
    """Model, guide and their arguments."""

    log_joint: Callable
    guide: Callable
    count: int
    params: Any
    data: tuple

    def made_guide(self) -> Any:
        return self.guide(self.params, *self.data)

    def log_joints(self, params: Any, latents: Any) -> Array:
        """log p of each draw, shape (count,)."""
        values = jax.vmap(lambda z: self.log_joint(params, z, *self.data))(latents)
        if jnp.shape(values) != (self.count,):
            raise _errors.bad_log_joint(jnp.shape(values)[1:])
        return values

    def log_weights(self, guide: Any, drawn: Drawn, params: Any) -> Array:
        log_p, log_q = self.log_joints(params, drawn.latents), log_density(guide, drawn.bases)
        dtype = jnp.result_type(log_p, log_q)
        return log_p.astype(dtype) - log_q.astype(dtype)


def _total(objective: Objective, program: Program, key: Any) -> Array:
    guide = program.made_guide()
    drawn = draw(guide, key, program.count, "auto")
    return objective.value(program.log_weights(guide, drawn, program.params))


def _sticking(objective: Objective, program: Program, key: Any) -> Array:
    guide = program.made_guide()
    drawn = draw(guide, key, program.count, "auto")
    return order_guard(1)(objective.value(program.log_weights(as_data(guide), drawn, program.params)))


def _doubly(objective: Objective, program: Program, key: Any) -> Array:
    guide = program.made_guide()
    drawn = draw(guide, key, program.count, "pathwise")
    still = as_data(guide)
    direct = program.log_weights(still, as_data(drawn), program.params)
    through_draws = program.log_weights(still, drawn, as_data(program.params))
    return steered(objective.value, objective.slopes, direct, through_draws)


_MAKERS = dict(zip(_errors.GRADIENTS, (_total, _sticking, _doubly), strict=True))


def steered(value: Callable, slopes: Callable, *parts: Array) -> Array:
    """`value` of log-weights that all `parts` hold, with slopes of their own: d = sum_j slopes_j . d parts_j.

    The value is taken at the mean of the parts, so that whoever reads the program sees every path to it. May be
    differentiated once.
    """

    @jax.custom_jvp
    def of_parts(*parts):
        return value(sum(parts[1:], parts[0]) / len(parts))

    @of_parts.defjvp
    def _(primals, tangents):
        weighed = [(s * t).sum() for s, t in zip(slopes(primals[0]), tangents, strict=True)]
        return of_parts(*primals), sum(weighed[1:], weighed[0])

    return order_guard(1)(of_parts(*parts))
