"""Why is my gradient zero? A network gives a Normal, one draw is taken, and its log-density is differentiated.

    python examples/zero_gradient.py
    expectax explain examples/zero_gradient.py:loss

The draw is loc + scale * noise, so `loc` cancels inside the density: its gradient is 0 in every library. The scale does
not cancel all the way: its gradient is that of -log(scale), whatever the draw was.
"""

import jax
import jax.numpy as jnp

import expectax as ex

INPUT = jnp.array([0.5, -1.0, 2.0])


def network(params):
    hidden = jnp.tanh(INPUT @ params["hidden"])
    loc = hidden @ params["loc"]
    scale = jax.nn.softplus(hidden @ params["scale"])
    return ex.Normal(loc, scale)


def loss(params, key):
    distribution = network(params)
    draw = distribution.sample(key)
    return distribution.log_prob(draw)


params = {
    "hidden": jnp.array([[0.3, -0.2], [0.8, 0.1], [-0.5, 0.4]]),
    "loc": jnp.array([1.0, -0.7]),
    "scale": jnp.array([0.2, 0.9]),
}
arguments = (params, jax.random.key(0))

if __name__ == "__main__":
    print(jax.grad(loss)(*arguments))
