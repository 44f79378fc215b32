"""Bounds on the log-evidence log p(data): the ELBO, the importance-weighted bound, Rényi's family."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .._errors import ArgumentError
from .._typing import Array
from ..estimators._data import as_data
from ._objective import Objective, loss_of


def elbo(log_joint: Callable, guide: Callable, *, num_samples: int = 1, gradient: str = "total") -> Callable:
    """A loss whose mean is minus the evidence lower bound: -E_q[log p(z, data) - log q(z)] = KL(q ‖ p) - log p(data).

    Args:
        log_joint: `log_joint(params, latents, *data)`, the log of p(latents, data); a scalar.
        guide: `guide(params, *data)`, a distribution or a pytree of distributions; latents have its structure. Draws
            without a pathwise derivative (discrete latents) are served as anywhere in this library.
        num_samples: draws of the latents that one loss averages.
        gradient: "total"; "sticking-the-landing" leaves out a term of mean zero and loses all variance as q approaches
            the posterior; "doubly-reparameterised" is the same here, for pathwise draws only.

    Returns:
        `loss(params, *data, key)`, for `ex.value_and_grad`, `ex.surrogate` and `ex.vi.fit`.

    Raises:
        EstimatorError: the gradient does not exist.

    Source: Kingma, Welling, ICLR 2014; Roeder, Wu, Duvenaud, "Sticking the landing", NeurIPS 2017.

    Example:
        >>> import jax, expectax as ex
        >>> log_joint = lambda _, z: ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)
        >>> loss = ex.vi.elbo(log_joint, lambda p: ex.Normal(*p), gradient="sticking-the-landing")
        >>> value, grad = ex.value_and_grad(loss, num_samples=8)((1.0, 0.5**0.5), jax.random.key(0))  # the posterior
        >>> print(f"{-value:.4f} {abs(grad[0]):.4f}")  # the log-evidence; no variance is left
        -2.2655 0.0000
    """

    def slopes(log_w: Array) -> tuple[Array, Array]:
        constant = jnp.full_like(log_w, -1 / num_samples)
        return constant, constant

    objective = Objective("the ELBO", lambda log_w: -log_w.mean(), slopes, constant_slope=True)
    return loss_of(objective, log_joint, guide, num_samples, gradient)


def iwae(log_joint: Callable, guide: Callable, *, num_samples: int, gradient: str = "total") -> Callable:
    """A loss whose mean is minus the importance-weighted bound: -E[log 1/K sum_k p(z_k, data)/q(z_k)], K = num_samples.

    Tighter than the ELBO and tightening with K; the total gradient's signal for the guide falls below its noise as K
    grows, that of "doubly-reparameterised" does not. See `elbo` for arguments.

    Source: Burda, Grosse, Salakhutdinov, ICLR 2016; Tucker, Lawson, Gu, Maddison, ICLR 2019.

    Example:
        >>> import jax, expectax as ex
        >>> log_joint = lambda _, z: ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)
        >>> loss = ex.vi.iwae(log_joint, lambda p: ex.Normal(*p), num_samples=64)
        >>> bound = ex.expect(loss, num_samples=500)((0.0, 1.0), jax.random.key(0))
        >>> abs(float(bound.mean) - 2.2655) < 0.05
        True
    """
    return loss_of(_renyi(0.0, "the importance-weighted bound", num_samples), log_joint, guide, num_samples, gradient)


def renyi(log_joint: Callable, guide: Callable, *, alpha: float, num_samples: int, gradient: str = "total") -> Callable:
    """A loss whose mean is minus Rényi's bound: -E[log(1/K sum_k w_k^(1-alpha))] / (1-alpha),  w = p(z, data)/q(z).

    alpha = 0 is the importance-weighted bound, alpha -> 1 the ELBO; a negative alpha bounds from above as K grows.
    With K draws it is a bound of its own, which tends to Rényi's as K grows. See `elbo` for arguments.

    Source: Li, Turner, "Rényi divergence variational inference", NeurIPS 2016, equation 14.

    Example:
        >>> import jax, expectax as ex
        >>> log_joint = lambda _, z: ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)
        >>> loss = ex.vi.renyi(log_joint, lambda p: ex.Normal(*p), alpha=0.5, num_samples=8)
        >>> ex.value_and_grad(loss, num_samples=8)((0.0, 1.0), jax.random.key(0))[0].shape
        ()
    """
    alpha = _checked_alpha(alpha)
    if alpha == 1:
        return elbo(log_joint, guide, num_samples=num_samples, gradient=gradient)
    return loss_of(
        _renyi(alpha, f"Rényi's bound of order {alpha:g}", num_samples), log_joint, guide, num_samples, gradient
    )


def _checked_alpha(alpha: Any) -> float:
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise ArgumentError(f"alpha: expected a finite Python number, got {alpha!r}")
    return float(alpha)


def _renyi(alpha: float, name: str, num_samples: int) -> Objective:
    power = 1 - alpha

    def slopes(log_w: Array) -> tuple[Array, Array]:
        share = jax.nn.softmax(power * log_w)
        return -share, -share * (alpha + power * share)

    # a single weight's power mean is the weight itself: the slope is constant
    return Objective(name, lambda log_w: -log_power_mean(log_w, power), slopes, constant_slope=num_samples == 1)


def log_power_mean(log_w: Array, power: float) -> Array:
    """log of (mean w^power)^(1/power), power not 0."""
    count = log_w.shape[0]
    if abs(power) > 0.1:
        return (jax.nn.logsumexp(power * log_w) - math.log(count)) / power
    # near the geometric mean: the difference from the largest term keeps its digits
    largest = as_data(log_w.max() if power > 0 else log_w.min())
    return largest + jnp.log1p(jnp.expm1(power * (log_w - largest)).mean()) / power
