"""The digits VAE's gradient as one writes it by hand, in plain JAX: what `digits_vae.py` is compared with.

Of expectax only the base draws, so that both see the same noise: the Gaussian draw is reparameterised, and the Bernoulli
draws get the score function with a leave-one-out baseline, written as a surrogate whose stop_gradients have to stand in
exactly the right places.
"""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jax.scipy.stats import norm

from expectax import random


def hand_written_value_and_grad(encode, decode, num_samples):
    """(params, images, key) -> (negative ELBO, gradient), with `num_samples` draws of the latents for each image."""

    def one_draw(params, image, key):
        loc, scale, bit_logits = encode(params, image)
        code_key, bits_key = jax.random.split(key)
        code = loc + scale * random.normal(code_key, loc.shape, loc.dtype)
        bits = random.bernoulli_of_logits(bits_key, bit_logits, bit_logits.shape).astype(jnp.float32)
        misfit = -_binomial_log_prob(decode(params, code, bits), image).sum()
        code_rate = (norm.logpdf(code, loc, scale) - norm.logpdf(code)).sum()
        bit_rate = (jnp.log(2.0) - _bernoulli_entropy(bit_logits)).sum()
        return misfit, code_rate + bit_rate, _bernoulli_log_prob(bit_logits, bits).sum()

    def surrogate(params, images, key):
        draws = jax.vmap(jax.vmap(one_draw, (None, 0, 0)), (None, None, 0))
        keys = jax.vmap(lambda k: jax.random.split(k, len(images)))(jax.random.split(key, num_samples))
        misfit, rate, log_q = draws(params, images, keys)
        # used twice below, and XLA of JAX 0.12 would compute it twice: a step would take 40% longer
        misfit = jax.lax.optimization_barrier(misfit)
        # only the misfit depends on the bits; its mean over an image's other draws is the baseline
        advantage = (misfit - misfit.mean(0, keepdims=True)) * (num_samples / (num_samples - 1))
        score = jax.lax.stop_gradient(advantage) * log_q
        return (misfit + rate + score - jax.lax.stop_gradient(score)).mean()

    return jax.value_and_grad(surrogate)


def _bernoulli_log_prob(logits, bits):
    return jax.nn.log_sigmoid(jnp.where(bits == 1, logits, -logits))


def _bernoulli_entropy(logits):
    p = jax.nn.sigmoid(logits)
    return -p * jax.nn.log_sigmoid(logits) - (1 - p) * jax.nn.log_sigmoid(-logits)


def _binomial_log_prob(logits, count):
    ways = gammaln(17.0) - gammaln(count + 1) - gammaln(17 - count)
    return ways + count * jax.nn.log_sigmoid(logits) + (16 - count) * jax.nn.log_sigmoid(-logits)
