"""Bijectors of flows: the contract, numbers against 50 digits, weights, errors."""

import sys

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from cases_bijectors_flows import CASES, SPLINE, cubic, moved
from mpmath import mpf

import expectax as ex
from expectax import bijectors, flows
from expectax.testing import check_bijector

ULPS = {jnp.float32: 50, jnp.float64: 10}


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.contract
@pytest.mark.parametrize(("name", "make", "shape"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
def test_contract(name, make, shape, double, key):
    for_make, for_points = jax.random.split(key)
    with jax.enable_x64(double):
        check_bijector(make(for_make), for_points, shape)


# --- Numbers against 50 digits ---


def _exact(fn, *numbers):
    return np.array([[float(v) for v in fn(*(mpf(float(n)) for n in row))] for row in zip(*numbers, strict=True)]).T


def _close(found, expected, scale, dtype, ulps=None):
    error = np.abs(np.asarray(found, np.float64) - expected) / (float(jnp.finfo(dtype).eps) * scale)
    assert error.max() <= (ulps or ULPS[dtype]), f"{error.max()} ulp at number {error.argmax()}"


WIDTHS, HEIGHTS, SLOPES = [0.7, 1.9, 0.4, 3.0], [2.5, 0.3, 1.7, 1.5], [0.2, 4.0, 1.1]


def _spline_by_hand(widths, heights, slopes):
    """x -> (y, log dy/dx), as equations 4 and 5 of Durkan et al. stand there."""
    widths, heights = ([mpf(float(v)) for v in part] for part in (widths, heights))
    slopes = [mpf(1), *(mpf(float(v)) for v in slopes), mpf(1)]

    def spline(x):
        left, bottom = mpf(-3), mpf(-3)
        for k, (w, h) in enumerate(zip(widths, heights, strict=True)):
            if left <= x < left + w:
                t, s = (x - left) / w, h / w
                q = s + (slopes[k + 1] + slopes[k] - 2 * s) * t * (1 - t)
                slope = s * s * (slopes[k + 1] * t * t + 2 * s * t * (1 - t) + slopes[k] * (1 - t) ** 2) / q**2
                return bottom + h * (s * t * t + slopes[k] * t * (1 - t)) / q, mpmath.log(slope)
            left, bottom = left + w, bottom + h
        return (x, mpf(0)) if x < -3 else (x + sum(heights) - sum(widths), mpf(0))

    return spline


@pytest.mark.parametrize("dtype", ULPS)
def test_spline_to_50_digits(dtype):
    with jax.enable_x64(dtype == jnp.float64):
        parts = [jnp.asarray(v, dtype) for v in (WIDTHS, HEIGHTS, SLOPES)]
        spline = bijectors.RationalQuadraticSpline(*parts, -3.0)
        x = jnp.asarray(np.concatenate([np.linspace(-4, 4, 161), [-3.0, -2.3, 3.0, -1e9, 1e9]]), dtype)
        y, log_det = spline.forward_and_log_det(x)
        exact_y, exact_log_det = _exact(_spline_by_hand(*parts), x)
        turn = np.abs(jax.vmap(jax.grad(spline.forward_log_det))(x))
        scale = 6 + np.abs(np.asarray(x, np.float64))
        _close(y, exact_y, scale * np.exp(np.maximum(exact_log_det, 0)), dtype)
        _close(log_det, exact_log_det, 1 + np.abs(exact_log_det) + 6 * turn, dtype)
        # back from the y that was found: its own rounding is worth 1/slope of it
        back, back_log_det = spline.inverse_and_log_det(y)
        worth = scale * (1 + np.exp(-exact_log_det))
        _close(back, np.asarray(x, np.float64), worth, dtype)
        _close(back_log_det, -exact_log_det, 1 + np.abs(exact_log_det) + turn * worth, dtype)


def test_spline_at_its_edges_and_beyond():
    spline = bijectors.RationalQuadraticSpline(np.array([0.5, 1.5]), np.array([1.5, 0.5]), np.array([3.0]))
    x = jnp.array([-jnp.inf, -1.0, 1.0, jnp.inf, jnp.nan])
    np.testing.assert_array_equal(spline.forward(x), x)
    np.testing.assert_array_equal(spline.inverse(x), x)
    np.testing.assert_array_equal(spline.forward_log_det(x[:4]), 0)
    for method in (spline.forward, spline.inverse, spline.forward_log_det, spline.inverse_log_det):
        assert np.isfinite(jax.vmap(jax.grad(method))(x[:4])).all()
    at_knot = float(spline.forward(-0.5)), float(spline.forward_log_det(-0.5))
    np.testing.assert_allclose(at_knot, (0.5, np.log(3)), rtol=1e-6)
    assert spline._image(ex.supports.Interval(-1.0, -0.5)).bounds[1] == 0.5


def _planar_by_hand(w, u, b):
    m = mpmath.log1p(mpmath.exp(w * u)) - 1

    def planar(x):
        t = mpmath.tanh(w * x + b)
        return x + m / w * t, mpmath.log(t * t + (1 + m) * (1 - t * t))

    return planar


@pytest.mark.parametrize("dtype", ULPS)
@pytest.mark.parametrize("u", [-40.0, -2.0, 0.0, 3.0, 40.0])
def test_planar_to_50_digits(dtype, u):
    with jax.enable_x64(dtype == jnp.float64):
        planar = bijectors.Planar(jnp.array([1.5], dtype), jnp.array([u], dtype), jnp.asarray(0.25, dtype))
        x = jnp.asarray(np.concatenate([np.linspace(-3, 3, 41), [-1e4, 1e4]]), dtype)[:, None]
        y, log_det = planar.forward_and_log_det(x)
        exact_y, exact_log_det = _exact(_planar_by_hand(mpf(1.5), mpf(u), mpf(0.25)), x[:, 0])
        turn = 1 + np.abs(jax.vmap(jax.grad(planar.forward_log_det))(x)[:, 0]) * (1 + np.abs(x[:, 0]))
        _close(y[:, 0], exact_y, 1 + np.abs(x[:, 0]) + abs(u), dtype)
        _close(log_det, exact_log_det, turn + np.abs(exact_log_det), dtype)
        back = planar.inverse(y)[:, 0]
        _close(
            back, np.asarray(x[:, 0], np.float64), (1 + np.abs(x[:, 0]) + abs(u)) * (1 + np.exp(-exact_log_det)), dtype
        )


def _radial_by_hand(alpha, beta, n):
    s = mpmath.log1p(mpmath.exp(beta))

    def radial(r):
        factor = 1 + (s - alpha) / (alpha + r)
        return r * factor, (n - 1) * mpmath.log(factor) + mpmath.log(factor - (s - alpha) * r / (alpha + r) ** 2)

    return radial


@pytest.mark.parametrize("dtype", ULPS)
@pytest.mark.parametrize("beta", [-30.0, -1.0, 5.0])
def test_radial_to_50_digits(dtype, beta):
    with jax.enable_x64(dtype == jnp.float64):
        radial = bijectors.Radial(jnp.zeros(2, dtype), jnp.asarray(0.75, dtype), jnp.asarray(beta, dtype))
        r = jnp.asarray([0.0, 1e-6, 0.1, 0.75, 2.0, 50.0, 1e6], dtype)
        y, log_det = radial.forward_and_log_det(jnp.stack([r, 0 * r], -1))
        exact_y, exact_log_det = _exact(_radial_by_hand(mpf(0.75), mpf(beta), 2), r)
        _close(y[:, 0], exact_y, exact_y + 1e-30, dtype)
        _close(log_det, exact_log_det, 1 + np.abs(exact_log_det), dtype)
        back = radial.inverse(y)[:, 0]
        _close(
            back, np.asarray(r, np.float64), np.asarray(r) * (1 + exact_y / np.exp(exact_log_det)) + 1e-30, dtype, 200
        )
        for method in (radial.forward_log_det, radial.inverse_log_det):
            assert np.isfinite(jax.grad(method)(jnp.zeros(2, dtype))).all()


# --- Weights ---


def test_weights_that_vmap_stacks_are_a_batch(key):
    def make(key):
        return moved(flows.coupling(key, 2, layers=2, hidden=(4,)), jax.random.clone(key))

    keys = jax.random.split(key, 3)
    each = [make(jax.random.clone(k)) for k in keys]
    many = jax.vmap(make)(keys)
    assert many.batch_shape == (3,)
    x = np.array([0.3, -1.0], np.float32)
    np.testing.assert_allclose(many.forward(x), [one.forward(x) for one in each], rtol=1e-5)
    assert many.forward(np.stack([x, x])[:, None]).shape == (2, 3, 2)


def test_weights_keep_their_axes_over_blocks():
    weights = np.float32([[1.0, 2.0], [3.0, 4.0]])
    shear = bijectors.Lambda(lambda w, x: x * (w @ jnp.ones(2, w.dtype)).sum(), weights)
    y, log_det = bijectors.Block(shear, 2).forward_and_log_det(np.ones((4, 3), np.float32))
    np.testing.assert_allclose(y, np.full((4, 3), 10.0))
    np.testing.assert_allclose(log_det, 12 * np.log(10.0), rtol=1e-6)


def test_weights_have_names_and_are_checked():
    lambda_ = bijectors.Lambda(cubic, {"a": np.ones((2, 3), np.float32), "b": [0.5]})
    assert [(p.name, p.rank) for p in lambda_._parameters()] == [("weights['a']", 2), ("weights['b'][0]", 0)]
    assert repr(lambda_.weights) == "Weights(2 arrays, 7 numbers)"
    with pytest.raises(ex.ParameterError, match=r"weights\['a'\]"):
        bijectors.Lambda(cubic, {"a": np.array([1.0, np.nan])})
    with pytest.raises(ex.ParameterError, match="weights"):
        bijectors.Lambda(cubic, "net")


def test_gradient_of_a_root_in_weights():
    """dx/da of a x + x³ = y is -x/(a + 3x²)."""

    def root(a):
        return bijectors.Lambda(_stretched_cubic, a).inverse(10.0)

    value, slope = jax.value_and_grad(root)(1.0)
    np.testing.assert_allclose((value, slope), (2.0, -2 / 13), rtol=1e-6)
    second = jax.grad(jax.grad(root))(1.0)
    near = (jax.grad(root)(1.01) - jax.grad(root)(0.99)) / 0.02
    np.testing.assert_allclose(second, near, rtol=1e-3)


def _stretched_cubic(a, x):
    return a * x + x * x * x


# --- Errors ---


def _sees_itself(weights, x):
    return weights * x


def _zero_at_first(weights, x):
    return weights * (x - x[::-1])


@pytest.mark.parametrize("conditioner", [_sees_itself, _zero_at_first])
def test_conditioner_that_is_not_autoregressive(conditioner):
    bad = bijectors.MaskedAutoregressive(np.zeros((), np.float32), conditioner, bijectors.Scale)
    with pytest.raises(ex.ParameterError, match="is not autoregressive"):
        bad.forward(np.ones(3, np.float32))
    with pytest.raises(ex.ParameterError, match="is not autoregressive"):
        jax.jit(bad.inverse)(np.ones(3, np.float32))


def test_made_has_the_property_for_any_size(key):
    for n, hidden, rows in [(1, (3,), 2), (2, (1,), 1), (5, (3, 7), 3), (4, (), 1)]:
        network = flows.made(n, n * rows, hidden)
        key, for_weights, for_x = jax.random.split(key, 3)
        weights = jax.tree.map(lambda w, k=for_x: w + 1, network.init(for_weights))
        slopes = jax.jacfwd(lambda x, w=weights, f=network, n=n: f.apply(w, x).reshape(n, -1))(jnp.ones(n))
        assert (np.abs(np.triu(slopes.sum(1))) == 0).all()
        assert n == 1 or not hidden or (np.abs(np.tril(slopes.sum(1), -1)).sum(1)[1:] > 0).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bijectors.RationalQuadraticSpline(np.ones(3), np.ones(3), np.ones(3)), "knot_slopes"),
        (lambda: bijectors.RationalQuadraticSpline(np.ones(2), -np.ones(2), np.ones(1)), "bin_heights"),
        (lambda: bijectors.Coupling(None, _sees_itself, bijectors.Scale, -1), "mask"),
        (lambda: bijectors.Coupling(None, _sees_itself, bijectors.Scale, [0, 1]), "mask"),
        (lambda: bijectors.Coupling(np.float32(1), _sees_itself, bijectors.Scale, 2).forward(np.ones(1)), "at least 2"),
        (
            lambda: bijectors.Coupling(np.float32(1), _sees_itself, bijectors.Scale, [True]).forward(np.ones(2)),
            "1 entries",
        ),
        (lambda: bijectors.Coupling(np.float32(1), _sees_itself, bijectors.Scale, 2).forward(np.ones(3)), "transform"),
        (lambda: bijectors.Planar(np.ones(2), np.ones(2)).forward(np.ones(3)), "2 entries"),
        (lambda: bijectors.Radial(np.ones(2), 1.0, 1.0).inverse(np.ones(3)), "2 entries"),
        (lambda: bijectors.Lambda(cubic, domain=ex.supports.counts), "domain"),
        (lambda: bijectors.NumericalInverse(bijectors.Block(bijectors.Exp(), 1)), "bijector"),
        (lambda: flows.Spline(bins=2000), "bins"),
        (lambda: flows.coupling(jax.random.key(0), 1), "dim >= 2"),
        (lambda: flows.coupling(jax.random.key(0), 2, transform="cubic"), "transform"),
        (lambda: flows.made(2, 3), "multiple"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- Builders ---


BUILDERS = {
    "coupling, affine": lambda key: flows.coupling(key, 3, layers=3, hidden=(4,), transform="affine"),
    "coupling, spline": lambda key: flows.coupling(key, 3, layers=3, hidden=(4,), transform=SPLINE),
    "masked autoregressive": lambda key: flows.masked_autoregressive(key, 3, layers=2, hidden=(4,)),
    "inverse autoregressive": lambda key: flows.masked_autoregressive(key, 3, layers=2, hidden=(4,), inverse=True),
    "planar": lambda key: flows.planar(key, 3, layers=3),
    "block neural": lambda key: flows.block_neural_autoregressive(key, 3, layers=2, hidden=(3,)),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_builders_give_bijectors_that_train(name, key):
    for_flow, for_move, for_x = jax.random.split(key, 3)
    flow = BUILDERS[name](for_flow)
    x = jax.random.normal(for_x, (4, 3))
    if name not in ("planar", "block neural"):
        y, log_det = flow.forward_and_log_det(x)
        np.testing.assert_allclose(np.sort(y), np.sort(x), atol=1e-5)  # a permutation at first
        np.testing.assert_allclose(log_det, 0, atol=1e-5)
    flow = moved(flow, for_move, 0.1)

    def loss(flow):
        z, log_det = flow.inverse_and_log_det(x)
        return (z * z).mean() - log_det.mean(), (z, log_det)

    (_, (z, log_det)), slopes = jax.jit(jax.value_and_grad(loss, has_aux=True))(flow)
    assert jax.tree.structure(slopes) == jax.tree.structure(flow)
    assert all(np.isfinite(v).all() for v in jax.tree.leaves(slopes))
    back, forward_log_det = jax.jit(lambda f, z: f.forward_and_log_det(z))(flow, z)
    np.testing.assert_allclose(back, x, atol=1e-4)
    np.testing.assert_allclose(forward_log_det, -log_det, atol=1e-4)


def test_a_network_of_ones_own(key):
    def network(inputs, outputs):
        return lambda key: jax.random.normal(key, (outputs, inputs)), lambda weights, x: jnp.tanh(weights @ x)

    flow = flows.coupling(key, 4, layers=2, network=network)
    assert [leaf.shape for leaf in jax.tree.leaves(flow)] == [(46, 2)] * 2
    x = np.float32([0.1, 0.2, -3.0, 9.0])
    np.testing.assert_allclose(flow.inverse(flow.forward(x)), x, atol=1e-5)


# --- Continuous ---


def test_continuous_flow_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffrax", None)
    with pytest.raises(ImportError, match=r"expectax\[diffrax\]"):
        bijectors.ContinuousFlow(np.float32(1), lambda w, t, x: w * x).forward(np.ones(2))


def _turning(weights, t, x):
    return weights @ x * t


@pytest.mark.slow
@pytest.mark.parametrize("probes", [None, np.sqrt(3) * np.eye(3)], ids=["exact", "probes that are exact"])
def test_continuous_flow_of_a_matrix(probes, x64):
    """dx/dt = t A x is solved by exp(A/2), of log-determinant tr A/2."""
    pytest.importorskip("diffrax")
    matrix = np.array([[0.5, 1.0, 0.0], [-1.0, 0.2, 0.3], [0.1, 0.0, -0.4]])
    flow = bijectors.ContinuousFlow(matrix, _turning, probes=probes)
    x = np.array([1.0, -2.0, 0.5])
    y, log_det = flow.forward_and_log_det(x)
    np.testing.assert_allclose(y, jax.scipy.linalg.expm(matrix / 2) @ x, rtol=1e-9)
    np.testing.assert_allclose(log_det, np.trace(matrix) / 2, rtol=1e-9)
    back, back_log_det = flow.inverse_and_log_det(y)
    np.testing.assert_allclose(back, x, rtol=1e-9)
    np.testing.assert_allclose(back_log_det, -log_det, rtol=1e-9)
    slope = jax.grad(lambda m: flow.replace(weights=m).forward_log_det(x))(matrix)
    np.testing.assert_allclose(slope, np.eye(3) / 2, atol=1e-8)


@pytest.mark.slow
def test_continuous_builder_trains(key):
    pytest.importorskip("diffrax")
    flow = moved(flows.continuous(key, 2, hidden=(8,)), jax.random.clone(key))
    x = np.float32([[0.5, -1.0], [2.0, 0.0]])
    y, log_det = flow.forward_and_log_det(x)
    np.testing.assert_allclose(flow.inverse(y), x, atol=1e-3)
    jacobian = jax.vmap(jax.jacfwd(flow.forward))(x)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], atol=1e-3)
