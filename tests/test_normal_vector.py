"""The density of a normal vector against its textbook form, on both sides of the size up to which solves are written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.linalg import solve_triangular

from expectax.numerics import normal_vector_log_density


def textbook(r, factor):
    z = solve_triangular(factor, r, lower=True)
    return -0.5 * (z * z + jnp.log(2 * jnp.pi)).sum() - jnp.log(jnp.diagonal(factor)).sum()


@pytest.mark.parametrize("n", [1, 3, 10, 11])
def test_density_and_both_its_derivatives_are_the_textbook_ones(n, key, x64):
    below, spread, r = (
        jax.random.normal(k, (n,) * rank) for k, rank in zip(jax.random.split(key, 3), (2, 1, 1), strict=True)
    )
    factor = jnp.tril(below, -1) / n + jnp.diag(jnp.exp(0.3 * spread))
    for order in (lambda fn: fn, lambda fn: jax.grad(fn, (0, 1)), lambda fn: jax.hessian(fn, (0, 1))):
        ours, theirs = (jax.tree.leaves(order(fn)(r, factor)) for fn in (normal_vector_log_density, textbook))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(
                a, b, rtol=1e-10, atol=1e-10
            )  # 10⁴ roundoffs and more; a wrong term is of order 1


def test_what_stands_above_the_diagonal_does_not_count(key):
    factor = jnp.eye(3) + jnp.triu(jax.random.normal(key, (3, 3)), 1)
    value, slope = jax.value_and_grad(normal_vector_log_density, 1)(jnp.ones(3), factor)
    assert value == normal_vector_log_density(jnp.ones(3), jnp.eye(3))
    assert (jnp.triu(slope, 1) == 0).all()
