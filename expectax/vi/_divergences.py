"""f-divergences between a normalised target and the guide, and the objective f(mean u) with VIMCO's baseline."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .._estimate import checked_count
from .._program import Signature, inspect
from .._surrogate import order_guard
from .._typing import Array
from ..distributions import Normal
from ..estimators import Score
from . import _errors
from ._latents import draw, log_density
from ._objective import Objective, Program, loss_of
from .csiszar import kl_reverse


def f_divergence(
    log_joint: Callable, guide: Callable, *, function: Callable, num_samples: int = 1, gradient: str = "total"
) -> Callable:
    """A loss whose mean is the f-divergence D_f[p, q] = E_q[f(p/q)].

    Args:
        log_joint: `log_joint(params, latents, *data)`, the log-density of p. If p is not normalised, u = p/q is off by its
            constant: only for KL does that leave the minimum in place.
        guide: as for `ex.vi.elbo`.
        function: f of log u, elementwise: one of `ex.vi.csiszar`, or your own.
        num_samples: draws of the latents that one loss averages.
        gradient: "total"; "doubly-reparameterised" needs an f with a continuous derivative;
            "sticking-the-landing" exists for KL(q ‖ p) alone (f = -log u), where it is the other one.

    Returns:
        `loss(params, *data, key)`.

    Raises:
        EstimatorError: the gradient does not exist for this f.

    Source: Csiszár, Studia Sci. Math. Hungar. 2 (1967); the gradients are those of `_objective.py` for V = mean f(log w).

    Example:
        >>> import jax, expectax as ex
        >>> p = ex.Normal(0.0, 1.0)
        >>> hellinger = ex.vi.csiszar.squared_hellinger
        >>> loss = ex.vi.f_divergence(lambda _, z: p.log_prob(z), lambda loc: ex.Normal(loc, 1.0), function=hellinger)
        >>> estimate = ex.expect(loss, num_samples=20_000)(1.0, jax.random.key(0))  # 2 - 2 exp(-1/8)
        >>> abs(float(estimate.mean) - 0.2350) < 5 * float(estimate.standard_error)
        True
    """
    name = f"the f-divergence of {getattr(function, '__name__', function)}"
    if gradient == "doubly-reparameterised" and _has_kink(function):
        why = "the derivative of f jumps, or may jump, and what a jump contributes would be missed"
        raise _errors.undefined_gradient(gradient, name, why, "total")

    def slopes(log_w: Array) -> tuple[Array, Array]:
        first, second = jax.jvp(lambda x: _derivative(function, x), (log_w,), (jnp.ones_like(log_w),))
        return first / num_samples, (first - second) / num_samples

    objective = Objective(name, lambda log_w: function(log_w).mean(), slopes, constant_slope=function is kl_reverse)
    return loss_of(objective, log_joint, guide, num_samples, gradient)


def _derivative(function: Callable, x: Array) -> Array:
    return jax.jvp(function, (x,), (jnp.ones_like(x),))[1]


def _has_kink(function: Callable) -> bool:
    """Whether f' jumps somewhere, or may: what serves a draw of log u, with f' of it for the cost, is not its path."""

    def slope(loc: Array, key: Any) -> Array:
        return _derivative(function, Normal(loc, 1.0).sample(key))

    with jax.ensure_compile_time_eval():
        plan = inspect(slope, (jnp.zeros(()), jax.random.key(0)), Signature(0, -1, False)).plan
    return any(choice.refusal or isinstance(choice.estimator, Score) for choice in plan.choices.values())


def csiszar_vimco(log_joint: Callable, guide: Callable, *, function: Callable, num_samples: int) -> Callable:
    """A loss whose mean is E[f(1/K sum_k u_k)], u = p/q, by scores with a baseline for each draw from the others.

    Every draw is weighed by its score, with or without a path. The baseline of draw k is the loss with log u_k replaced by
    the mean of the other log u_j: no learned baseline, no second model run. With f = -log u it is VIMCO for the
    importance-weighted bound.

    Args:
        log_joint: as for `ex.vi.elbo`.
        guide: as for `ex.vi.elbo`.
        function: f of log u: one of `ex.vi.csiszar`, or your own.
        num_samples: K >= 2.

    Returns:
        `loss(params, *data, key)`.

    Source: Mnih, Rezende, "Variational inference for Monte Carlo objectives", ICML 2016, equations 10 to 12.

    Example:
        >>> import jax, expectax as ex
        >>> def log_joint(_, z):  # of 0 or 1, and of a datum 1.5
        ...     return ex.Bernoulli(probs=0.5).log_prob(z) + ex.Normal(z, 1.0).log_prob(1.5)
        >>> f = ex.vi.csiszar.kl_reverse
        >>> loss = ex.vi.csiszar_vimco(log_joint, lambda l: ex.Bernoulli(logits=l), function=f, num_samples=4)
        >>> grad = ex.grad(loss, num_samples=4000)(1.0, jax.random.key(0))  # 1 is the posterior's logit
        >>> abs(float(grad)) < 0.01
        True
    """
    count = checked_count("num_samples", num_samples)
    if count < 2:
        raise _errors.too_few_for_vimco(count)

    def loss(params: Any, *data_and_key: Any) -> Array:
        *data, key = data_and_key
        program = Program(log_joint, guide, count, params, tuple(data))
        made = program.made_guide()
        drawn = draw(made, key, count, Score(baseline=None))
        log_w = program.log_weights(made, drawn, params)
        cost = function(_log_mean(log_w))
        return order_guard(1)(cost + _minus_baselines(function, log_w, log_density(made, drawn.bases)))

    return loss


def _log_mean(log_w: Array) -> Array:
    return jax.nn.logsumexp(log_w, -1) - math.log(log_w.shape[-1])


@jax.custom_jvp
def _scores(baselines: Array, log_q: Array) -> Array:
    """0, with the derivative of -sum_k baseline_k log q(z_k) at draws and baselines taken as data."""
    return jnp.zeros((), log_q.dtype)


@_scores.defjvp
def _(primals, tangents):
    return _scores(*primals), -(primals[0] * tangents[1]).sum()


def _minus_baselines(function: Callable, log_w: Array, log_q: Array) -> Array:
    """The term of mean zero that takes each draw's baseline off what its score is multiplied with."""
    count = log_w.shape[0]
    others = (log_w.sum() - log_w) / (count - 1)
    replaced = jnp.where(jnp.eye(count, dtype=bool), others[:, None], log_w[None, :])
    return _scores(function(_log_mean(replaced)).astype(log_q.dtype), log_q)
