"""Bijectors applied in a loss by themselves: no jump is looked for in those that say they are smooth, and they are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import bijectors

SMOOTH = {
    "FrechetCDF": lambda: bijectors.FrechetCDF(0.25, 1.5, 2.5),
    "KumaraswamyCDF": lambda: bijectors.KumaraswamyCDF(1.5, 2.5),
    "NormalCDF": lambda: bijectors.NormalCDF(),
    "PowerTransform": lambda: bijectors.PowerTransform(0.5),
    "Sigmoid": lambda: bijectors.Sigmoid(-1.0, 2.0),
    "SinhArcsinh": lambda: bijectors.SinhArcsinh(0.25, 1.25),
    "SoftClip": lambda: bijectors.SoftClip(-1.0, 1.5),
    "Softfloor": lambda: bijectors.Softfloor(0.5),
    "Softsign": lambda: bijectors.Softsign(),
    "WeibullCDF": lambda: bijectors.WeibullCDF(1.5, 2.5),
}
INTERIOR = {
    "FrechetCDF": (0.5, 6.0),
    "KumaraswamyCDF": (0.05, 0.95),
    "PowerTransform": (-1.8, 6.0),
    "WeibullCDF": (0.05, 5.0),
}
IMAGE = (0.05, 0.95)


def test_every_smooth_bijector_is_here():
    declared = {n for n in bijectors.__all__ if isinstance(getattr(getattr(bijectors, n), "smoothness", None), int)}
    assert {n for n in declared if getattr(bijectors, n).smoothness} == SMOOTH.keys()


# --- As smooth as they say ---


def largest_steps(fn, low, high, count):
    """Between neighbours of a grid, for each result of `fn`."""
    return [float(jnp.abs(jnp.diff(v)).max()) for v in jax.vmap(fn)(jnp.linspace(low, high, count))]


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_are_as_continuous_as_declared(name, x64):
    """Of twice as fine a grid the largest step is half as large; at a jump it would stay."""
    bijector, (low, high) = SMOOTH[name](), INTERIOR.get(name, (-6.0, 6.0))
    y = np.sort([float(bijector.forward(low)), float(bijector.forward(high))])
    sides = ((bijector.forward_and_log_det, low, high), (bijector.inverse_and_log_det, y[0] + 1e-3, y[1] - 1e-3))
    for fn, start, end in sides:
        for _ in range(min(bijector.smoothness, 3)):
            coarse, fine = (largest_steps(fn, start, end, n) for n in (4001, 8001))
            assert all(b <= 0.7 * a + 1e-9 for a, b in zip(coarse, fine, strict=True)), (name, coarse, fine)
            fn = jax.jacfwd(fn)
    if bijector.smoothness == 1:  # and not smoother: the derivative of the log-determinant has a jump
        coarse, fine = (largest_steps(jax.jacfwd(bijector.forward_and_log_det), low, high, n)[1] for n in (4001, 8001))
        assert fine > 0.9 * coarse


# --- In a loss ---


def draw_inside(name, t, key):
    """A draw inside the domain."""
    if name == "KumaraswamyCDF":
        return ex.Beta(jnp.exp(t) * 2.0, 2.0).sample(key)
    if name in ("FrechetCDF", "WeibullCDF"):
        return 0.5 + ex.Gamma(3.0, jnp.exp(-t)).sample(key)
    return ex.Normal(t, 0.5).sample(key)


def cost(y, log_det):
    return y**2 + 0.1 * log_det


@pytest.mark.parametrize("name", SMOOTH)
def test_a_draw_may_pass_them_along_its_path(name, key):
    bijector = SMOOTH[name]()

    def there(t, k):
        return cost(*bijector.forward_and_log_det(draw_inside(name, t, k)))

    def back(t, k):
        y = ex.Uniform(0.2, 0.6 + 0.1 * jnp.tanh(t)).sample(k)
        return cost(*bijector.inverse_and_log_det(y))

    for loss in (there, back):
        found, slopes = _by_path_and_by_differences(loss, key)
        error = (found - slopes).std() / np.sqrt(len(found))
        assert abs((found - slopes).mean()) < 5 * error + 2e-3 * (1 + np.abs(slopes.mean()))


def _by_path_and_by_differences(loss, key):
    """The gradient of each run, and its central difference on the same noise."""

    def runs(fn, t):
        keys = jax.random.split(jax.random.clone(key), 20_000)
        return np.asarray(jax.jit(jax.vmap(fn, (None, 0)))(t, keys), float)

    return runs(jax.grad(ex.surrogate(loss)), 0.3), (runs(loss, 0.32) - runs(loss, 0.28)) / 0.04


@pytest.mark.parametrize(
    "make",
    [
        lambda: bijectors.Chain([bijectors.Sigmoid(-1.0, 2.0), bijectors.Scale(2.0)]),
        lambda: bijectors.Compose([bijectors.Scale(2.0), bijectors.SinhArcsinh(0.25, 1.25)]),
        lambda: bijectors.Invert(bijectors.SinhArcsinh(0.25, 1.25)),
        lambda: bijectors.Chain([bijectors.Block(bijectors.Softsign(), 1), bijectors.Reshape((2,), (1, 2))]),
    ],
)
def test_made_of_smooth_ones(make, key):
    bijector = make()
    shape = (1, 2) if bijector.domain.event_rank else ()

    def loss(t, key):
        y, log_det = bijector.forward_and_log_det(ex.Normal(t * jnp.ones(shape), 1.0).sample(key))
        return jnp.sum(y**2) + log_det

    assert "pathwise" in str(ex.explain(loss)(0.3, key))


def test_a_kink_is_a_jump_of_the_second_derivative(key):
    """The log-determinant of Softsign: fine in a gradient, not in a Hessian."""

    def loss(t, key):
        return bijectors.Softsign().forward_log_det(ex.Normal(t, 1.0).sample(key))

    hessian = jax.jit(jax.vmap(jax.grad(jax.grad(ex.surrogate(loss, order=2))), (None, 0)))
    found = np.asarray(hessian(0.3, jax.random.split(key, 200_000)), float)
    x = np.linspace(-12, 12, 200_001)
    mean = [
        np.trapezoid(-2 * np.log1p(np.abs(x)) * np.exp(-0.5 * (x - t) ** 2) / np.sqrt(2 * np.pi), x)
        for t in (0.29, 0.3, 0.31)
    ]
    exact = (mean[0] - 2 * mean[1] + mean[2]) / 1e-4
    assert abs(found.mean() - exact) < 5 * found.std() / np.sqrt(len(found)) + 1e-3
    assert found.std() > 0.5  # the score's noise: along the path the kink would be missed
