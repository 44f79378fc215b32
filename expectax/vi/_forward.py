"""Objectives that follow the model's mass instead of the guide's: forward KL, and the sleep phase."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .._estimate import checked_count
from .._typing import Array
from ..estimators._data import as_data
from . import _errors
from ._latents import draw, log_density_at
from ._objective import Program, steered


def forward_kl(log_joint: Callable, guide: Callable, *, num_samples: int, gradient: str = "total") -> Callable:
    """A loss near KL(p ‖ q), p the posterior, by self-normalised importance sampling: consistent, not unbiased.

    With shares s_k = w_k / sum_j w_j of K = num_samples draws from q, w = p(z, data)/q(z):

        value       log K + sum_k s_k log s_k                       in [0, log K]
        gradient    - sum_k s_k dlog q(z_k)                         draws and shares taken as data ("total")
                    sum_k (s_k² - s_k) dlog w_k/dz_k dz_k/dtheta    the same mean ("doubly-reparameterised")

    The bias falls as 1/K. Only the guide is trained: the model's parameters get the gradient 0. This is the wake phase of
    reweighted wake-sleep; discrete latents need no score. See `ex.vi.elbo` for arguments.

    Raises:
        EstimatorError: "sticking-the-landing", which would leave nothing.

    Source: Bornschein, Bengio, "Reweighted wake-sleep", ICLR 2015; Tucker, Lawson, Gu, Maddison, ICLR 2019, section 5.

    Example:
        >>> import jax, expectax as ex
        >>> log_joint = lambda _, z: ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)
        >>> loss = ex.vi.forward_kl(log_joint, lambda p: ex.Normal(*p), num_samples=1000)
        >>> value, grad = ex.value_and_grad(loss, num_samples=50)((0.0, 1.0), jax.random.key(0))
        >>> abs(float(grad[0]) + 1.0) < 0.05  # (loc - posterior mean) / scale²
        True
    """
    count = checked_count("num_samples", num_samples)
    if gradient not in _errors.GRADIENTS:
        raise _errors.unknown_gradient(gradient)
    if gradient == "sticking-the-landing":
        why = "the term that it leaves out is the whole gradient"
        raise _errors.undefined_gradient(gradient, "forward KL", why, "doubly-reparameterised")
    doubly = gradient == "doubly-reparameterised"

    def loss(params: Any, *data_and_key: Any) -> Array:
        *data, key = data_and_key
        program = Program(log_joint, guide, count, params, tuple(data))
        made = program.made_guide()
        drawn = draw(made, key, count, "pathwise" if doubly else "stop")
        log_w = program.log_weights(as_data(made) if doubly else made, drawn, as_data(params))
        return steered(_spread_of_shares, _slopes_of_draws if doubly else _slopes_of_density, log_w)

    return loss


def _spread_of_shares(log_w: Array) -> Array:
    """KL of the shares from equal ones."""
    log_share = jax.nn.log_softmax(log_w)
    return math.log(log_w.shape[0]) + (jnp.exp(log_share) * jnp.maximum(log_share, jnp.finfo(log_w.dtype).min)).sum()


def _slopes_of_density(log_w: Array) -> tuple[Array]:
    return (jax.nn.softmax(log_w),)


def _slopes_of_draws(log_w: Array) -> tuple[Array]:
    share = jax.nn.softmax(log_w)
    return (share * (share - 1),)


def sleep(simulate: Callable, guide: Callable) -> Callable:
    """A loss whose mean is the sleep phase's -E_p[log q(z | x)]: the guide learns from the model's own draws.

    Up to a constant E_p(x)[KL(p(z | x) ‖ q(z | x))], and unbiased. Only the guide is trained: the model's parameters get
    the gradient 0.

    Args:
        simulate: `simulate(params, key)`, draws (latents, *data) from the model; any sites.
        guide: `guide(params, *data)`, as for `ex.vi.elbo`; latents have its structure.

    Returns:
        `loss(params, key)`.

    Source: Hinton, Dayan, Frey, Neal, "The wake-sleep algorithm for unsupervised neural networks", Science 268 (1995).

    Example:
        >>> import jax, expectax as ex
        >>> def simulate(params, key):
        ...     k1, k2 = jax.random.split(key)
        ...     z = ex.Bernoulli(probs=0.5).sample(k1)
        ...     return z, ex.Normal(2 * z, 1.0).sample(k2)
        >>> loss = ex.vi.sleep(simulate, lambda w, x: ex.Bernoulli(logits=w * (x - 1.0)))
        >>> grad = ex.grad(loss, num_samples=20_000)(2.0, jax.random.key(0))  # the posterior's logit is 2 (x - 1)
        >>> abs(float(grad)) < 0.02
        True
    """

    def loss(params: Any, key: Any) -> Array:
        latents, *data = simulate(as_data(params), key)
        return -log_density_at(guide(params, *data), as_data(latents))

    return loss
