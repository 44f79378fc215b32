"""The examples run, and show what they say they show."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import digits_vae
import flow_density
import zero_gradient

QUICK = digits_vae.Settings(epochs=4, every=2, draws=2, final_draws=4)


def test_location_cancels_in_its_own_density():
    params, key = zero_gradient.arguments
    gradient = jax.grad(zero_gradient.loss)(params, jax.random.clone(key))
    assert (gradient["loc"] == 0).all()
    # what is left of the scale is the derivative of -log(scale), whatever was drawn
    expected = jax.grad(lambda p: -jnp.log(zero_gradient.network(p).scale))(params)
    np.testing.assert_allclose(gradient["scale"], expected["scale"], rtol=1e-5)


def test_digits_gradient_is_that_of_the_surrogate_by_hand(key):
    """The reference takes its keys in the same order, so the two agree draw for draw."""
    ways = digits_vae.variants(QUICK)
    images, _ = digits_vae.load_images()
    for_key, for_init = jax.random.split(key)
    arguments = digits_vae.init(for_init), images[:16]
    value, gradient = jax.jit(ways["expectax"])(*arguments, for_key)
    expected_value, expected = jax.jit(ways["by hand"])(*arguments, jax.random.clone(for_key))
    np.testing.assert_allclose(value, expected_value, rtol=1e-5)
    jax.tree.map(lambda g, e: np.testing.assert_allclose(g, e, rtol=1e-3, atol=1e-4 * abs(e).max()), gradient, expected)


@pytest.mark.slow
def test_digits_demo_improves_and_writes_its_pictures(tmp_path, capsys):
    with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer
        curves, elbos = digits_vae.run(tmp_path / "out", QUICK)
    for name, curve in curves.items():
        assert curve[-1][1] > curve[0][1] + 100, name
        assert elbos[name].shape == (359,)
    names = {path.name for path in (tmp_path / "out").iterdir() if path.stat().st_size > 1000}
    assert names == {"reconstructions.png", "prior_samples.png", "elbo.png"}
    assert capsys.readouterr().out.count("within 1% of the gradient by hand") == 1


@pytest.mark.slow
def test_flow_learns_more_than_a_gaussian_and_draws_its_picture(tmp_path, capsys):
    settings = flow_density.Settings(layers=2, hidden=(16,), steps=200, chunk=100)
    with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer
        gains = flow_density.run(tmp_path / "out", settings)
    assert all(mean > 3 * error for mean, error in gains.values()), gains
    assert (tmp_path / "out" / "flow_density.png").stat().st_size > 10_000
    assert capsys.readouterr().out.count("PASS") == 2
