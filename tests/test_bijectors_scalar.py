"""Bijectors of numbers: the contract, many digits over wide grids, ends, images, and what is not injective."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from cases_bijectors_scalar import CASES, EXACT

import expectax as ex
from expectax import bijectors as b
from expectax._program import Signature, prepare

ULP = {np.float32: 50, np.float64: 10}
INF = np.inf


@pytest.mark.parametrize(("make", "event_shape"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_contract(make, event_shape, key):
    check(make(), event_shape, key)


def check(bijector, event_shape, key):
    points = None
    ends = bijector.codomain.bounds
    if all(type(end) is float for end in ends) and ends == (
        0.0,
        1.0,
    ):  # away from where a distribution function is rounded to 0 or 1
        points = bijector.inverse(jax.random.uniform(key, (7, *bijector.batch_shape), minval=0.02, maxval=0.98))
        key = jax.random.clone(key)
    ex.testing.check_bijector(bijector, key, event_shape, points=points)


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.contract
@pytest.mark.parametrize(("make", "event_shape"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_contract_in_double_precision(make, event_shape, key, x64):
    check(jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), make()), event_shape, key)


# --- Many digits ---


def _worst(got, formula, arguments, dtype, floor):
    """Largest error in ulp of the value, of a floor, and of the change that an ulp in each argument makes."""
    worst, limits, step = 0.0, np.finfo(dtype), mp.mpf(10) ** -25
    for value, *given in zip(np.asarray(got, np.float64), *arguments, strict=True):
        exact = [mp.mpf(float(v)) for v in given]
        truth = formula(*exact)
        if not 4 * float(limits.tiny) < abs(truth) < float(limits.max) / 4 and not floor:
            continue
        moved = [formula(*(v * (1 + step * (i == j)) for j, v in enumerate(exact))) for i in range(len(exact))]
        scale = max(abs(truth), floor) + sum(abs(m - truth) for m in moved) / step
        error = abs(mp.mpf(float(value)) - truth) / scale / float(limits.eps) if np.isfinite(value) else INF
        worst = max(worst, float(error))
    return worst


def errors(family, setting, dtype):
    """(forward, its log-determinant, inverse, its log-determinant) in ulp."""
    exact = EXACT[family]
    with mp.workdps(120):
        bijector = family(*(dtype(p) for p in setting))
        low, high = bijector.domain.bounds
        x = exact.points.astype(dtype)
        x = x[(x > low) & (x < high)]
        rest = [np.full(len(x), dtype(p)) for p in setting]
        y = np.array([float(exact.forward(*map(mp.mpf, map(float, v)))) for v in zip(x, *rest, strict=True)])
        y = np.unique(y[np.abs(y) < np.finfo(dtype).max].astype(dtype))
        low, high = bijector.codomain.bounds
        y = y[(y > low) & (y < high) & ((np.abs(y) > np.finfo(dtype).tiny) | (y == 0))]
        found = []
        for value, method, map_, log_det in (
            (x, bijector.forward_and_log_det, exact.forward, lambda v, *p: mp.log(abs(exact.slope(v, *p)))),
            (
                y,
                bijector.inverse_and_log_det,
                exact.inverse,
                lambda v, *p: -mp.log(abs(exact.slope(exact.inverse(v, *p), *p))),
            ),
        ):
            arguments = [value, *(np.full(len(value), dtype(p)) for p in setting)]
            out, change = method(value)
            assert out.dtype == change.dtype == dtype
            found += [_worst(out, map_, arguments, dtype, 0.0), _worst(change, log_det, arguments, dtype, 1.0)]
        return found


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("family", EXACT, ids=lambda family: family.__name__)
def test_many_digits(family, dtype, x64):
    for setting in EXACT[family].settings:
        found = errors(family, setting, dtype)
        limit = ULP[dtype] + (family is b.Softfloor)  # of a temperature of .02 its inverse takes 10.03 in double
        assert max(found) < limit, (setting, found)


@pytest.mark.slow
@pytest.mark.parametrize("family", EXACT, ids=lambda family: family.__name__)
def test_slopes_are_those_that_the_log_determinants_say(family, x64):
    """Far out too: derivatives in the argument agree with the log-determinant, those in parameters are finite."""
    for setting in EXACT[family].settings:
        bijector = family(*map(np.float64, setting))
        low, high = bijector.domain.bounds
        x = EXACT[family].points
        x = jnp.asarray(x[(x > low) & (x < high)])
        slope = jax.vmap(jax.grad(bijector.forward))(x)
        size = jnp.exp(bijector.forward_log_det(x))
        np.testing.assert_allclose(jnp.abs(slope), size, rtol=1e-9, atol=1e-300)
        for method in (family.forward, family.forward_log_det):
            by_x, by_parameters = jax.vmap(jax.grad(lambda v, p, m=method: m(p, v), (0, 1)), (0, None))(x, bijector)
            assert all(np.isfinite(v).all() for v in jax.tree.leaves((by_x, by_parameters))), (setting, method)


# --- Ends ---

ENDS = [
    # bijector, x, y, log-determinant
    (b.Identity(), [-INF, INF], [-INF, INF], [0, 0]),
    (b.Expm1(), [-INF, INF], [-1, INF], [-INF, INF]),
    (b.Log(), [0, INF], [-INF, INF], [INF, -INF]),
    (b.Log1p(), [-1, INF], [-INF, INF], [INF, -INF]),
    (b.Power(2.0), [0, INF], [0, INF], [-INF, INF]),
    (b.Power(1.0), [0, INF], [0, INF], [0, 0]),
    (b.Power(-1.0), [0, INF], [INF, 0], [INF, -INF]),
    (b.PowerTransform(0.0), [-INF, INF], [0, INF], [-INF, INF]),
    (b.PowerTransform(0.5), [-2, INF], [0, INF], [-INF, INF]),
    (b.Sigmoid(-1.0, 3.0), [-INF, INF], [-1, 3], [-INF, -INF]),
    (b.Softplus(2.0, 1.0), [-INF, INF], [1, INF], [-INF, 0]),
    (b.Softsign(), [-INF, INF], [-1, 1], [-INF, -INF]),
    (b.SoftClip(-1.0, 3.0), [-INF, INF], [-1, 3], [-INF, -INF]),
    (b.SoftClip(low=-1.0), [-INF, INF], [-1, INF], [-INF, 0]),
    (b.SoftClip(high=3.0), [-INF, INF], [-INF, 3], [0, -INF]),
    (b.Tanh(), [-INF, INF], [-1, 1], [-INF, -INF]),
    (b.LeakyTanh(1.0), [-INF, INF], [-INF, INF], [2 * np.log(1 / np.cosh(1))] * 2),
    (b.Sinh(), [-INF, INF], [-INF, INF], [INF, INF]),
    (b.SinhArcsinh(0.5, 1.0), [-INF, INF], [-INF, INF], [-0.5, 0.5]),
    (b.SinhArcsinh(0.5, 2.0), [-INF, INF], [-INF, INF], [INF, INF]),
    (b.SinhArcsinh(0.5, 0.5), [-INF, INF], [-INF, INF], [-INF, -INF]),
    (b.Square(), [0, INF], [0, INF], [-INF, INF]),
    (b.Reciprocal(), [0, INF], [INF, 0], [INF, -INF]),
    (b.NormalCDF(), [-INF, INF], [0, 1], [-INF, -INF]),
    (b.GumbelCDF(1.0, 2.0), [-INF, INF], [0, 1], [-INF, -INF]),
    (b.MoyalCDF(1.0, 2.0), [-INF, INF], [0, 1], [-INF, -INF]),
    (b.FrechetCDF(1.0, 2.0, 3.0), [1, INF], [0, 1], [-INF, -INF]),
    (b.WeibullCDF(2.0, 0.5), [0, INF], [0, 1], [INF, -INF]),
    (b.WeibullCDF(2.0, 1.0), [0, INF], [0, 1], [-np.log(2), -INF]),
    (b.WeibullCDF(2.0, 3.0), [0, INF], [0, 1], [-INF, -INF]),
    (b.RayleighCDF(2.0), [0, INF], [0, 1], [-INF, -INF]),
    (b.GompertzCDF(0.5, 3.0), [0, INF], [0, 1], [np.log(1.5), -INF]),
    (b.KumaraswamyCDF(1.0, 0.5), [0, 1], [0, 1], [np.log(0.5), INF]),
    (b.KumaraswamyCDF(2.0, 1.0), [0, 1], [0, 1], [-INF, np.log(2)]),
    (b.GeneralizedExtremeValueCDF(), [-INF, INF], [0, 1], [-INF, -INF]),
    (b.GeneralizedExtremeValueCDF(1.0, 2.0, 0.5), [-3, INF], [0, 1], [-INF, -INF]),
    (b.GeneralizedExtremeValueCDF(1.0, 2.0, -1.0), [-INF, 3], [0, 1], [-INF, -np.log(2)]),
    (b.GeneralizedParetoCDF(), [0, INF], [0, 1], [0, -INF]),
    (b.GeneralizedParetoCDF(1.0, 2.0, 0.5), [1, INF], [0, 1], [-np.log(2), -INF]),
    (b.GeneralizedParetoCDF(1.0, 2.0, -1.0), [1, 3], [0, 1], [-np.log(2), -np.log(2)]),
    (b.LambertWTail(1.0, 2.0, 0.5), [-INF, INF], [-INF, INF], [INF, INF]),
    (b.LambertWTail(1.0, 2.0, 0.0), [-INF, INF], [-INF, INF], [0, 0]),
]


@pytest.mark.parametrize(("bijector", "x", "y", "log_det"), ENDS, ids=lambda v: repr(v) if hasattr(v, "domain") else "")
def test_ends(bijector, x, y, log_det):
    """Ends go to ends, both ways, with the limits of the log-determinants."""
    x, y = jnp.asarray(x, float), jnp.asarray(y, float)
    np.testing.assert_allclose(bijector.forward_and_log_det(x), (y, log_det), rtol=1e-6)
    np.testing.assert_allclose(bijector.inverse_and_log_det(y), (x, np.negative(log_det)), rtol=1e-6)


@pytest.mark.parametrize(("make", "event_shape"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_nan_stays(make, event_shape):
    """A NaN in the value, or in any parameter that the result depends on, gives NaN."""
    bijector = make()
    inner = bijector.domain.interior(jnp.zeros(bijector.batch_shape))
    assert np.isnan(bijector.forward(jnp.nan)).all()
    assert np.isnan(bijector.inverse(jnp.nan)).all()
    leaves, structure = jax.tree.flatten(bijector)
    if make is b.SoftClip:
        return  # without ends its softness plays no part
    for i in range(len(leaves)):
        spoiled = structure.unflatten([jnp.full(jnp.shape(v), jnp.nan) if i == j else v for j, v in enumerate(leaves)])
        y = bijector.forward(inner + 0.25)
        assert np.isnan(spoiled.forward(inner + 0.25)).all()
        assert np.isnan(spoiled.inverse(y)).all()


# docs/limits.md: comparisons of special values inside these are not cleared in a program that applies them by itself
SUSPECTED = ("PowerTransform", "Sigmoid", "SinhArcsinh", "SoftClip", "Softfloor", "Softsign", "NormalCDF", "FrechetCDF",
             "WeibullCDF", "GeneralizedExtremeValueCDF", "GeneralizedParetoCDF", "KumaraswamyCDF")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("make", "event_shape"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_draws_pass_pathwise(make, event_shape, key):
    """No comparison inside a map is taken for a jump; of some it may be, and the score or a refusal follows: no bias."""
    bijector = make()

    def loss(p, k):
        free = ex.Normal(p, 1.0).sample(k)
        x = jnp.broadcast_to(bijector.domain.constrain(free), bijector.batch_shape)
        y, log_det = bijector.forward_and_log_det(x)
        return (jnp.tanh(y) + jnp.tanh(log_det)).sum()

    try:
        program = prepare(loss, (0.3, key), Signature(0, -1, False, 1))
    except ex.UnsoundGradientError:
        assert type(bijector).__name__ in SUSPECTED
        return
    (name,) = [e.name for e in program.plan.estimators.values()]
    assert name == "pathwise" or type(bijector).__name__ in SUSPECTED


# --- Images, and what is not injective ---


def test_images_of_intervals():
    interval = ex.supports.Interval(1.0, 2.0)
    for bijector, low, high in (
        (b.Square(), 1.0, 4.0),
        (b.Reciprocal(), 0.5, 1.0),
        (b.Affine(1.0, -2.0), -3.0, -1.0),
        (b.Abs(), 1.0, 2.0),
    ):
        np.testing.assert_allclose(bijector._image(interval).bounds, (low, high))
    np.testing.assert_allclose(b.Abs()._image(ex.supports.Interval(-3.0, 2.0)).bounds, (0, 3))
    assert b.Abs()._image(ex.supports.real) == ex.supports.nonnegative
    with pytest.raises(ex.UnsupportedProgramError, match="image"):
        b.Abs()._image(ex.supports.counts)


def test_absolute_value_says_that_it_has_no_inverse():
    y, log_det = b.Abs().forward_and_log_det(jnp.array([-2.0, 3.0]))
    np.testing.assert_array_equal(y, [2, 3])
    np.testing.assert_array_equal(log_det, 0)
    np.testing.assert_array_equal(b.Abs().preimages(jnp.array([2.0, 0.0, -1.0])), [[-2, 0, np.nan], [2, 0, np.nan]])
    with pytest.raises(ex.UnsupportedProgramError, match="not injective"):
        b.Abs().inverse(1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: b.Sigmoid(1.0, 1.0),
        lambda: b.SoftClip(2.0, 1.0),
        lambda: b.Softplus(-1.0),
        lambda: b.WeibullCDF(0.0, 1.0),
        lambda: b.LambertWTail(0.0, 1.0, -0.1),
    ],
)
def test_bad_parameters(make):
    with pytest.raises(ex.ParameterError):
        make()
