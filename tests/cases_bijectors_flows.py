"""Bijectors of flows with parameters for tests: name, how to make it of a random key, event shape."""

import jax
import jax.numpy as jnp
import numpy as np

from expectax import bijectors, flows, supports


def _spline(key, batch=(), bins=5):
    widths, heights, slopes = (
        np.exp(np.asarray(jax.random.normal(k, (*batch, bins)))) for k in jax.random.split(key, 3)
    )
    return bijectors.RationalQuadraticSpline(widths, heights, slopes[..., 1:], -0.5 * widths.sum(-1))


def moved(bijector, key, size=0.3):
    """With all weights changed at random: some begin at zero."""
    leaves, structure = jax.tree.flatten(bijector)
    keys = jax.random.split(key, len(leaves))
    return structure.unflatten([v + size * jax.random.normal(k, v.shape) for k, v in zip(keys, leaves, strict=True)])


def _planar(key, batch=()):
    for_w, for_u = jax.random.split(key)
    return bijectors.Planar(jax.random.normal(for_w, (*batch, 3)), jax.random.normal(for_u, (*batch, 3)), 0.3)


def _radial(key, batch=()):
    for_center, for_beta = jax.random.split(key)
    return bijectors.Radial(jax.random.normal(for_center, (*batch, 3)), 0.7, jax.random.normal(for_beta, batch))


def _layer(bijector):
    """Of a chain of one layer."""
    return bijector.bijectors[0]


def _coupling(key, mask, transform, size):
    network = flows.mlp(size - 1, transform.size, (5,))
    coupling = bijectors.Coupling(network.init(key), network.apply, transform, mask)
    return moved(coupling, jax.random.clone(key))


def _autoregressive(key, transform=None):
    flow = flows.masked_autoregressive(
        key, 3, layers=1, hidden=(6,), inverse=True, transform=transform or flows.Affine()
    )
    return moved(_layer(flow), jax.random.clone(key))


def _block(key):
    return _layer(flows.block_neural_autoregressive(key, 2, hidden=(3,))).bijector


def cubic(x):
    return x + x * x * x


def falling(weights, x):
    return -weights["factor"] * jnp.log(x)


def rising_exp(weights, y):
    return jnp.exp(-y / weights["factor"])


def _falling(_, **inverse):
    weights = {"factor": jnp.asarray(1.5)}
    return bijectors.Lambda(falling, weights, increases=False, domain=supports.positive, **inverse)


SPLINE = flows.Spline(bins=4, bound=3.0)

CASES = [
    ("spline", _spline, ()),
    ("spline of one bin", lambda key: _spline(key, bins=1), ()),
    ("splines", lambda key: _spline(key, (3,)), ()),
    ("identity spline", lambda _: bijectors.RationalQuadraticSpline(np.ones(4), np.ones(4), np.ones(3), -2.0), ()),
    ("planar", _planar, (3,)),
    ("planars", lambda key: _planar(key, (2,)), (3,)),
    ("radial", _radial, (3,)),
    ("radials", lambda key: _radial(key, (2,)), (3,)),
    ("coupling by an affine map", lambda key: _coupling(key, 2, flows.Affine(), 3), (3,)),
    ("coupling by a spline", lambda key: _coupling(key, (True, False, True), SPLINE, 3), (3,)),
    ("autoregressive, affine", _autoregressive, (3,)),
    ("autoregressive, spline", lambda key: _autoregressive(key, SPLINE), (3,)),
    ("inverse of autoregressive", lambda key: bijectors.Invert(_autoregressive(key)), (3,)),
    ("block neural", _block, (2,)),
    ("lambda", lambda _: bijectors.Lambda(cubic), ()),
    ("falling lambda", _falling, ()),
    ("lambda with inverse", lambda _: _falling(_, inverse_function=rising_exp), ()),
    ("numerical inverse", lambda _: bijectors.NumericalInverse(bijectors.Scale(-3.0)), ()),
    ("numerical inverse of vectors", lambda key: bijectors.NumericalInverse(_autoregressive(key)), (3,)),
]
