"""Laws of directions: densities against closed forms and mpmath, moments by quadrature, derivatives along the draw."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, special, stats

import expectax as ex
from expectax import numerics

Z_LIMIT = 6.0


def _unit(n):
    v = np.arange(1.0, n + 1) * (-1.0) ** np.arange(n)
    return v / np.linalg.norm(v)


def _at(mean, cosine):
    """A unit vector at the angle to `mean` whose cosine is given."""
    other = np.eye(len(mean))[0] - mean[0] * mean
    other /= np.linalg.norm(other)
    return cosine * mean + np.sqrt(1 - cosine**2) * other


def _families(n):
    return ex.VonMisesFisher(_unit(n), 3.0), ex.PowerSpherical(_unit(n), 3.0), ex.ProjectedNormal(3 * _unit(n))


def _area(n):
    return 2 * np.pi ** (n / 2) / special.gamma(n / 2)


# --- Densities and moments through the angle, of which all but the uniform law are functions ---


@pytest.mark.parametrize("n", [2, 5])
def test_density_and_moments_by_quadrature(n, x64):
    nodes, weights = np.polynomial.legendre.leggauss(200)
    angle = 0.5 * np.pi * (nodes + 1)
    weight = 0.5 * np.pi * weights * np.sin(angle) ** (n - 2) * _area(n - 1)
    points = np.stack([_at(_unit(n), c) for c in np.cos(angle)])
    for dist in _families(n):
        log_p = np.asarray(dist.log_prob(points))
        mass = weight * np.exp(log_p)
        mean = (mass * np.cos(angle)).sum()
        along = (mass * (np.cos(angle) - mean) ** 2).sum()
        across = (mass * np.sin(angle) ** 2).sum() / (n - 1)
        np.testing.assert_allclose(mass.sum(), 1, rtol=1e-12)
        np.testing.assert_allclose(dist.mean(), mean * _unit(n), rtol=1e-11)
        np.testing.assert_allclose(dist.variance(), across + (along - across) * _unit(n) ** 2, rtol=1e-11)
        np.testing.assert_allclose(dist.mode(), _unit(n), rtol=1e-12)
        if dist._has("_entropy"):
            np.testing.assert_allclose(dist.entropy(), -(mass * log_p).sum(), rtol=1e-11)


def test_without_concentration_all_are_uniform(x64):
    uniform, mean, x = ex.SphericalUniform(4), _unit(4), np.stack([_at(_unit(4), c) for c in (-1.0, 0.3, 1.0)])
    for dist in (ex.VonMisesFisher(mean, 0.0), ex.PowerSpherical(mean, 0.0), ex.ProjectedNormal(0 * mean)):
        np.testing.assert_allclose(dist.log_prob(x), uniform.log_prob(x), rtol=1e-12)
        np.testing.assert_allclose(dist.variance(), uniform.variance(), rtol=1e-12)
    np.testing.assert_allclose(ex.SphericalUniform(2).entropy(), np.log(2 * np.pi), rtol=1e-12)


def test_on_the_circle_the_first_is_von_mises(x64):
    kappa, angle = np.array([1e-3, 1.0, 30.0, 1e4])[:, None], np.array([0.1, 0.5, -3.0])
    x = np.stack([np.cos(angle), np.sin(angle)], -1)
    got = ex.VonMisesFisher(np.array([1.0, 0.0]), kappa).log_prob(x)
    np.testing.assert_allclose(got, ex.VonMises(0.0, kappa).log_prob(angle), rtol=1e-12)
    size, kappa = map(jnp.asarray, np.broadcast_arrays(np.abs(angle), kappa))
    of_sphere, of_circle = numerics.polar_angle_slope(size, kappa, 2), numerics.von_mises_slope(size, kappa)
    np.testing.assert_allclose(of_sphere, of_circle, rtol=1e-11)


@pytest.mark.parametrize(("dtype", "bound"), [(jnp.float32, 2), (jnp.float64, 8)])
def test_von_mises_fisher_normaliser(dtype, bound, x64):
    """Errors in ulp of max(1, |log p(μ)|, n), and of the mean's deficit in 16 ulp of itself (120 in double precision)."""
    eps = float(jnp.finfo(dtype).eps)
    kappa = jnp.asarray([1e-6, 0.5, 3.0, 11.0, 24.0, 100.0, 1e3], dtype)
    for n in (3, 10):
        v = mpmath.mpf(n) / 2 - 1
        peak, deficit = numerics.von_mises_fisher_log_peak(kappa, n), numerics.mean_deficit(kappa, n)
        for k, p, d in zip(map(float, kappa), map(float, peak), map(float, deficit), strict=True):
            bessel = mpmath.besseli(v, k)
            exact = v * mpmath.log(k) + k - mpmath.mpf(n) / 2 * mpmath.log(2 * mpmath.pi) - mpmath.log(bessel)
            assert abs(p - exact) < bound * eps * max(1, abs(exact), n), (n, k)
            assert abs(d / (1 - mpmath.besseli(v + 1, k) / bessel) - 1) < (16 if bound == 2 else 120) * eps, (n, k)


@pytest.mark.parametrize("n", [3, 6])
def test_far_concentrated_directions_keep_their_digits(n):
    """Single precision: κ |x - μ|²/2 of order 1 at κ = 10⁶, where κ (μᵀx - 1) would have lost all digits."""
    mean = np.asarray(_unit(n), np.float32)
    x = np.asarray(_at(_unit(n), 1 - 2e-6), np.float32)
    kappa = np.float32(1e6)
    wide_mean = mean.astype(float) / np.linalg.norm(mean.astype(float))
    wide_x = x.astype(float) / np.linalg.norm(x.astype(float))
    exact = 0.5 * (n - 1) * (np.log(1e6) - np.log(2 * np.pi)) - 0.5e6 * ((wide_x - wide_mean) ** 2).sum()
    np.testing.assert_allclose(ex.VonMisesFisher(mean, kappa).log_prob(x), exact, atol=2e-3)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_projected_normal_by_mpmath(n, x64):
    c = 2.5 * _unit(n)
    for cosine in (-1.0, -0.3, 0.2, 0.9999):
        x = _at(_unit(n), cosine)
        t = mpmath.mpf(float(c @ x))
        radial = mpmath.quad(lambda r, t=t: r ** (n - 1) * mpmath.exp(-((r - t) ** 2) / 2), [0, 1, 3, 6, 20])
        exact = mpmath.log(radial) - (mpmath.mpf(float(c @ c)) - t * t) / 2 - mpmath.log(2 * mpmath.pi) * n / 2
        np.testing.assert_allclose(ex.ProjectedNormal(c).log_prob(x), float(exact), rtol=1e-13, atol=1e-14)


# --- Draws ---


@pytest.mark.parametrize("kappa", [0.0, 0.7, 40.0, 1e5])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_angles_follow_their_law(n, kappa, key):
    angle = np.asarray(ex.random.polar_angle(key, jnp.float32(kappa), n, (20_000,)), np.float64)
    grid = np.linspace(0, min(np.pi, 12 * np.sqrt(n / max(kappa, 1e-3))), 4001)
    density = np.exp(-2 * kappa * np.sin(grid / 2) ** 2) * np.sin(grid) ** (n - 2)
    cdf = integrate.cumulative_simpson(density, x=grid, initial=0)
    assert stats.kstest(angle, lambda a: np.interp(a, grid, cdf / cdf[-1])).pvalue > 1e-9


def test_draws_of_a_batch_are_those_of_its_lanes(key):
    kappa = np.array([0.5, 3.0, 1e4], np.float32)
    means = np.stack([_unit(3), -_unit(3), np.eye(3)[0]]).astype(np.float32)
    data = jax.random.key_data(key)
    draws = ex.VonMisesFisher(means, kappa).sample(jax.random.wrap_key_data(data), (5,))
    other = np.array([0.5, 70.0, 1e4], np.float32)
    moved = ex.VonMisesFisher(means, other).sample(jax.random.wrap_key_data(data), (5,))
    np.testing.assert_array_equal(draws[:, [0, 2]], moved[:, [0, 2]])
    assert (np.asarray(draws[:, 1]) != np.asarray(moved[:, 1])).any()


def test_slope_of_the_angle_is_the_implicit_one(x64):
    """On S² the distribution function of t = 1 - cos φ is (1 - e^(-κt))/(1 - e^(-2κ))."""
    for kappa in (0.3, 5.0, 400.0):
        t = np.minimum(np.array([0.01, 0.5, 1.0, 6.0]) / max(kappa, 0.5), 1.9)
        top = -np.expm1(-2 * kappa)
        by_kappa = t * np.exp(-kappa * t) / top + np.expm1(-kappa * t) * 2 * np.exp(-2 * kappa) / top**2
        angle = 2 * np.arcsin(np.sqrt(t / 2))
        exact = -by_kappa / (kappa * np.exp(-kappa * t) / top) / np.sin(angle)
        got = numerics.polar_angle_slope(jnp.asarray(angle), jnp.full(4, kappa), 3)
        np.testing.assert_allclose(got, exact, rtol=2e-11)


def test_derivatives_of_mean_directions(key):
    """d E x/dκ and d E x/dμ by 3 · 10⁴ draws: A'(κ) μ, and A(κ) on what is across μ."""
    count, mean = 30_000, np.asarray(_unit(3), np.float32)
    for family in (ex.VonMisesFisher, ex.PowerSpherical):
        truth = jax.jacrev(lambda m, k, family=family: family(m, k).mean(), (0, 1))(mean, jnp.float32(3.0))
        data = jax.random.key_data(jax.random.fold_in(jax.random.clone(key), family is ex.PowerSpherical))

        def draw(m, k, family=family, data=data):
            return family(m, k).sample(jax.random.wrap_key_data(data), (count,))

        by_kappa = np.asarray(jax.jvp(lambda k: draw(mean, k), (jnp.float32(3.0),), (jnp.float32(1),))[1], np.float64)
        step = np.array([0.5, 1.0, -2.0], np.float32)
        by_mean = np.asarray(jax.jvp(lambda m: draw(m, jnp.float32(3.0)), (mean,), (step,))[1], np.float64)
        for came, expected in ((by_kappa, truth[1]), (by_mean, truth[0] @ step)):
            assert (np.abs(came.mean(0) - np.asarray(expected)) < Z_LIMIT * came.std(0) / count**0.5 + 1e-5).all()


# --- Edges ---


def test_edges_of_directions():
    mean = np.array([1.0, 0.0, 0.0], np.float32)
    for dist in (
        ex.VonMisesFisher(mean, 2.0),
        ex.PowerSpherical(mean, 2.0),
        ex.ProjectedNormal(mean),
        ex.SphericalUniform(3),
    ):
        assert dist.log_prob(np.array([0.5, 0.5, 0.5], np.float32)) == -np.inf
        assert np.isnan(dist.log_prob(np.array([np.nan, 0.0, 1.0], np.float32)))
        for x in (mean, -mean):
            assert all(
                np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.grad(lambda d, x=x: d.log_prob(x))(dist))
            )
    assert ex.PowerSpherical(mean, 2.0).log_prob(-mean) == -np.inf
    assert np.isfinite(ex.PowerSpherical(mean, 0.0).log_prob(-mean))
    with pytest.raises(ValueError, match="length 1"):
        ex.VonMisesFisher(2 * mean, 1.0)
    with pytest.raises(ValueError, match="two dimensions"):
        ex.VonMisesFisher(mean[:1], 1.0)
    with pytest.raises(ValueError, match="two dimensions"):
        ex.ProjectedNormal(mean[:1])
    with pytest.raises(ValueError, match=">= 2"):
        ex.SphericalUniform(1)
