"""Bijectors of vectors and matrices: the contract, values at 50 digits, sets, shapes, refusals."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from cases_bijectors_vector import CASES, TRIL

import expectax as ex
from expectax import bijectors as bij
from expectax import supports
from expectax.numerics import length_and_one, log1p_square

BY_NAME = {name: (make, shape) for name, make, shape in CASES}


@pytest.mark.parametrize("name", BY_NAME)
def test_contract(name, key, x64):
    make, shape = BY_NAME[name]
    ex.testing.check_bijector(make(), key, shape)


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.contract
@pytest.mark.parametrize("name", BY_NAME)
def test_contract_in_single(name, key):
    make, shape = BY_NAME[name]
    ex.testing.check_bijector(make(), key, shape)


# --- Against 50 digits: each function gives y and log |det|, each with the size that its error is counted in ---


def _stick_breaking(x):
    n, left, y, sizes, size = len(x) + 1, mp.mpf(1), [], [], 1
    for k, v in enumerate(x):
        size += abs(v) + mp.log(n)
        z = 1 / (1 + mp.exp(mp.log(n - 1 - k) - v))
        y, left = [*y, left * z], left / (1 + mp.exp(v - mp.log(n - 1 - k)))
        sizes.append(y[-1] * size)
    y = [*y, left]
    return y, [*sizes, left * size], sum(map(mp.log, y)), size + sum(abs(mp.log(v)) for v in y)


def _softmax_centered(x):
    total = sum(mp.exp(v) for v in x) + 1
    y = [mp.exp(v) / total for v in [*x, 0]]
    size = 1 + max(map(abs, x))
    return y, [v * size for v in y], sum(map(mp.log, y)), sum(abs(mp.log(v)) for v in y)


def _unit_vector(x):
    square = sum(v * v for v in x)
    y = [*(2 * v / (square + 1) for v in x), (square - 1) / (square + 1)]
    terms = len(x) * mp.log(2), len(x) * mp.log1p(square)
    return y, [1] * len(y), terms[0] - terms[1], sum(terms)


def _correlation_cholesky(x):
    y, log_det = mp.zeros(3), mp.mpf(0)
    for i, row in enumerate(([], x[:1], x[1:])):
        square = 1 + sum(v * v for v in row)
        log_det -= mp.mpf(i + 2) / 2 * mp.log(square)
        for j, v in enumerate([*row, 1]):
            y[i, j] = v / mp.sqrt(square)
    return list(y), [abs(v) for v in y], log_det, -log_det


def _ordered(x):
    y, sizes = [x[0]], [abs(x[0])]
    for v in x[1:]:
        y, sizes = [*y, y[-1] + mp.exp(v)], [*sizes, sizes[-1] + (1 + abs(v)) * mp.exp(v)]
    return y, sizes, sum(x[1:]), sum(map(abs, x[1:]))


def _zero_sum(x):
    n, total = len(x) + 1, sum(x)
    y = [*(v - total / (n + mp.sqrt(n)) for v in x), -total / mp.sqrt(n)]
    return y, [sum(map(abs, x))] * n, 0, 1


def _discrete_cosine(x):
    n = len(x)
    waves = [[mp.cos(mp.pi * k * (2 * j + 1) / (2 * n)) for j in range(n)] for k in range(n)]
    y = [mp.sqrt(mp.mpf(2 if k else 1) / n) * mp.fdot(wave, x) for k, wave in enumerate(waves)]
    return y, [mp.norm(x)] * n, 0, 1


def _lower(x):
    """A Cholesky factor of six numbers, those on its diagonal as exponents."""
    return mp.matrix([[x[0], 0, 0], [x[1], x[2], 0], [x[3], x[4], x[5]]])


def _outer(x):
    factor = _lower(x)
    logs = [mp.log(factor[i, i]) for i in range(3)]
    sizes = factor.apply(abs) * factor.apply(abs).T
    terms = [mp.log(8), *(w * v for w, v in zip((3, 2, 1), logs, strict=True))]
    return list(factor * factor.T), list(sizes), sum(terms), sum(map(abs, terms))


def _inverse(x):
    factor = _lower(x)
    inverse = factor**-1
    sizes = inverse.apply(abs) * factor.apply(abs) * inverse.apply(abs)
    logs = [mp.log(factor[i, i]) for i in range(3)]
    return list(inverse), list(sizes), -4 * sum(logs), 4 * sum(map(abs, logs))


def _inverse_factor(x):
    factor = _lower(x)
    found = mp.cholesky((factor * factor.T) ** -1)
    condition = mp.mnorm(factor, "f") * mp.mnorm(found, "f")
    size = mp.mnorm(found, "f") * condition
    ours, theirs = ([mp.log(m[i, i]) for i in range(3)] for m in (factor, found))
    log_det = sum(w * (a - b) - 8 * a for w, a, b in zip((3, 2, 1), ours, theirs, strict=True))
    return list(found), [size] * 9, log_det, 10 * condition + sum(map(abs, ours))


REFERENCES = {
    "StickBreaking": (_stick_breaking, bij.StickBreaking()),
    "SoftmaxCentered": (_softmax_centered, bij.SoftmaxCentered()),
    "UnitVector": (_unit_vector, bij.UnitVector()),
    "CorrelationCholesky": (_correlation_cholesky, bij.CorrelationCholesky()),
    "Ordered": (_ordered, bij.Ordered()),
    "ZeroSum": (_zero_sum, bij.ZeroSum()),
    "DiscreteCosine": (_discrete_cosine, bij.DiscreteCosine()),
    "CholeskyOuterProduct": (_outer, bij.CholeskyOuterProduct()),
    "MatrixInverseTriL": (_inverse, bij.MatrixInverseTriL()),
    "CholeskyToInvCholesky": (_inverse_factor, bij.CholeskyToInvCholesky()),
}


def _points(name, dtype):
    rng = np.random.default_rng(7)
    count = 6 if REFERENCES[name][0] in (_outer, _inverse, _inverse_factor) else 3
    x = rng.normal(size=(40, count)) * np.exp(rng.uniform(-9, 3.5, (40, 1)))
    if count == 6:
        x[:, [0, 2, 5]] = np.exp(rng.uniform(-3, 3, (40, 3)))
    return x.astype(dtype)


def _errors_of(name, dtype):
    """Largest errors of y and of the log-determinants in ulp, and of x after the round trip in ulp of the map's inverse."""
    reference, bijector = REFERENCES[name]
    x = _points(name, dtype)
    event = x if x.shape[1] == 3 else np.array([np.array(_lower(v.tolist()).tolist(), dtype) for v in x])
    y, log_det = bijector.forward_and_log_det(event)
    worst = np.zeros(2)
    for i, v in enumerate(x):
        exact, sizes, exact_det, size = reference([mp.mpf(float(e)) for e in v])
        for found, true, unit in zip(np.ravel(y[i]), exact, sizes, strict=True):
            if unit:
                worst[0] = max(worst[0], abs(mp.mpf(float(found)) - true) / unit)
        worst[1] = max(worst[1], abs(mp.mpf(float(log_det[i])) - exact_det) / size)
    return worst / float(jnp.finfo(dtype).eps)


@pytest.mark.parametrize("name", REFERENCES)
def test_digits(name):
    assert np.all(_errors_of(name, np.float32) < 50)
    with jax.enable_x64(True):
        assert np.all(_errors_of(name, np.float64) < 10)


@pytest.mark.parametrize("name", ["StickBreaking", "SoftmaxCentered"])
def test_inverse_of_tiny_probabilities(name):
    """From sums of what comes later, not from 1 - what came before."""
    y = np.array([[0.5, 0.5, 1e-30, 3e-31], [1e-35, 1.0, 1e-20, 1e-25], [0.25, 0.25, 0.25, 0.25]], np.float32)
    x, log_det = REFERENCES[name][1].inverse_and_log_det(y)
    exact = y.astype(float)
    left = exact[:, :0:-1].cumsum(1)[:, ::-1] if name == "StickBreaking" else exact[:, 3:]
    centre = np.log([3, 2, 1]) if name == "StickBreaking" else np.zeros(3)
    np.testing.assert_allclose(x, np.log(exact[:, :-1] / left) + centre, rtol=3e-6, atol=3e-7)
    np.testing.assert_allclose(log_det, -np.log(exact).sum(1), rtol=3e-6)


@pytest.mark.parametrize("size", [1e-30, 1e-10, 1.0, 1e10, 1e25])
def test_unit_rows_of_any_size(size):
    """No square over- or underflows."""
    x = np.array([0.5, -1.5], np.float32) * np.float32(size)
    square = (x.astype(float) ** 2).sum()
    np.testing.assert_allclose(length_and_one(x), np.sqrt(1 + square), rtol=3e-7)
    np.testing.assert_allclose(log1p_square(x), np.log1p(square), rtol=3e-7, atol=1e-38)
    slopes = [jax.grad(fn)(x) for fn in (length_and_one, log1p_square)]
    np.testing.assert_allclose(slopes[0], x / np.sqrt(1 + square), rtol=1e-6)
    np.testing.assert_allclose(slopes[1], 2 * x.astype(float) / (1 + square), rtol=1e-6)


# --- Compositions and sets ---


def test_chain_applies_the_last_first_and_compose_the_first():
    parts = [bij.Scale(3.0), bij.Exp()]
    assert float(bij.Chain(parts).forward(0.0)) == 3.0
    assert float(bij.Compose(parts).forward(0.0)) == 1.0
    assert float(bij.Chain(parts).inverse(bij.Chain(parts).forward(0.5))) == pytest.approx(0.5)


def test_chain_lifts_parts_before_and_behind():
    """A batch of scales becomes part of the event, and its log-determinants are added."""
    chain = bij.Chain([bij.Scale(np.array([2.0, 4.0, 8.0])), bij.Flip(), bij.Exp()])
    y, log_det = chain.forward_and_log_det(np.array([[0.0, 1.0, 2.0]]))
    np.testing.assert_allclose(y, np.exp([[2.0, 1.0, 0.0]]) * [2, 4, 8], rtol=1e-6)
    np.testing.assert_allclose(log_det, [3 + np.log(64)], rtol=1e-6)
    assert chain.batch_shape == ()
    assert bij.Chain([bij.Exp(), bij.Reshape((2, 2))]).codomain == supports.Product(supports.positive, 2)


def test_sets_of_a_chain():
    assert bij.Chain([bij.Exp(), bij.Scale(2.0)]).codomain == supports.positive
    below = bij.Chain([bij.Scale(-2.0), bij.Exp()]).codomain
    assert (below.low, below.high, below.closed) == (-np.inf, 0, False)
    domain = bij.Chain([bij.Invert(bij.Exp()), bij.Scale(-2.0)]).domain
    assert (domain.low, domain.high) == (-np.inf, 0)
    triangle = bij.Chain([bij.TransformDiagonal(bij.Exp()), bij.FillTriangular()])
    assert triangle.codomain == supports.lower_cholesky
    assert bij.Chain([bij.Permute([1, 0]), bij.Exp()]).codomain == supports.Product(supports.positive, 1)


def test_direction_of_a_chain():
    assert bij.Chain([bij.Exp(), bij.Scale(2.0)])._increases()
    mixed = bij.Chain([bij.Scale(np.array([-1.0, 2.0])), bij.Scale(-3.0), bij.Exp()])
    assert mixed._increases().tolist() == [True, False]
    assert bij.Chain([bij.Exp(), bij.Flip()])._increases() is None


def test_image_of_an_interval():
    image = bij.Chain([bij.Scale(-1.0), bij.Exp()])._image(supports.Interval(0.0, 1.0))
    np.testing.assert_allclose([image.low, image.high], [-np.e, -1.0], rtol=1e-6)
    assert image.closed
    image = bij.Block(bij.Exp(), 1)._image(supports.Product(supports.Interval(0.0, 1.0), 1))
    np.testing.assert_allclose([image.base.low, image.base.high], [1.0, np.e], rtol=1e-6)
    with pytest.raises(ex.UnsupportedProgramError):
        bij.Cumsum()._image(supports.simplex)


def test_parts_of_an_array():
    parts = supports.Parts((supports.simplex, supports.positive_vector), (3, 2))
    inside, outside = np.array([0.5, 0.25, 0.25, 1.0, 2.0]), np.array([0.5, 0.25, 0.25, 1.0, -2.0])
    assert np.asarray(parts.contains(np.stack([inside, outside]))).tolist() == [True, False]
    assert np.asarray(parts.contains(jnp.stack([inside, outside]))).tolist() == [True, False]


# --- The reals onto every set ---

ONTO = [
    (supports.real, ()),
    (supports.positive, ()),
    (supports.nonnegative, ()),
    (supports.Interval(-1.0, 2.5), ()),
    (supports.Interval(3.0, np.inf), ()),
    (supports.Interval(-np.inf, -2.0, closed=False), ()),
    (supports.Interval(-np.inf, np.inf), ()),
    (supports.Circle(1.0), ()),
    (supports.real_vector, (3,)),
    (supports.real_matrix, (2, 2)),
    (supports.increasing_vector, (3,)),
    (supports.positive_vector, (2,)),
    (supports.simplex, (4,)),
    (supports.log_simplex, (4,)),
    (supports.sphere, (3,)),
    (supports.ZeroSum(2), (2, 3)),
    (supports.correlation_cholesky, (3, 3)),
    (supports.correlation, (3, 3)),
    (supports.lower_cholesky, (3, 3)),
    (supports.lower_triangular, (2, 2)),
    (supports.positive_definite, (3, 3)),
    (supports.Padded(((1, 0),), 5.0), (3,)),
    (supports.Product(supports.simplex, 1), (2, 3)),
    (supports.Parts((supports.simplex, supports.positive_vector), (3, 2)), (5,)),
]
SAME_AS_CONSTRAIN = (
    supports.Real,
    supports.HalfLine,
    supports.Interval,
    supports.IncreasingVector,
    supports.PositiveVector,
)


@pytest.mark.parametrize(("support", "shape"), ONTO, ids=lambda v: getattr(v, "description", None))
def test_of_support(support, shape, key):
    onto = bij.of_support(support)
    start, draw = jax.random.split(key)
    x = 1.5 * jax.random.normal(start, (5, *onto.inverse_event_shape(shape)))
    y = onto.forward(x)
    assert y.shape == (5, *shape)
    assert np.all(support.contains(np.asarray(y)))
    np.testing.assert_allclose(onto.inverse(y), x, rtol=2e-3, atol=2e-4)
    point = support.random_point(draw, shape)
    np.testing.assert_allclose(onto.forward(onto.inverse(point)), point, rtol=1e-4, atol=1e-5)
    if isinstance(support, SAME_AS_CONSTRAIN):
        np.testing.assert_allclose(y, support.constrain(x), rtol=1e-6)


@pytest.mark.thin(2)
@pytest.mark.slow
@pytest.mark.contract
@pytest.mark.parametrize(("support", "shape"), ONTO, ids=lambda v: getattr(v, "description", None))
def test_contract_of_support(support, shape, key, x64):
    onto = bij.of_support(support)
    ex.testing.check_bijector(onto, key, onto.inverse_event_shape(shape))


@pytest.mark.parametrize(
    "support", [supports.counts, supports.one_hot, supports.Union(supports.Interval(np.zeros(2), np.ones(2)))]
)
def test_no_bijector_onto_discrete_sets_and_unions(support):
    with pytest.raises(ex.UnsupportedProgramError, match="no bijector maps the reals onto"):
        bij.of_support(support)


# --- Pytrees ---


def test_joint_map():
    joint = bij.JointMap({"rate": bij.Exp(), "weights": [bij.StickBreaking()]})
    x = {"rate": np.array([0.0, 1.0]), "weights": [np.zeros((2, 3))]}
    y, log_det = jax.jit(joint.forward_and_log_det)(x)
    back, inverse_log_det = joint.inverse_and_log_det(y)
    np.testing.assert_allclose(log_det, [4 * np.log(0.25), 1 + 4 * np.log(0.25)], rtol=1e-6)
    np.testing.assert_allclose(inverse_log_det, -log_det, rtol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), back, x)
    with pytest.raises(ValueError, match="dict"):
        joint.forward([1.0, 2.0])
    with pytest.raises(ex.ParameterError):
        bij.JointMap({"rate": 3.0})


def test_split():
    split = bij.Split((1, 2), -2)
    x = np.arange(12.0).reshape(2, 3, 2)
    (first, rest), log_det = split.forward_and_log_det(x)
    assert (first.shape, rest.shape, log_det.shape) == ((2, 1, 2), (2, 2, 2), (2,))
    np.testing.assert_array_equal(split.inverse((first, rest)), x)
    with pytest.raises(ex.ShapeError):
        split.forward(x[:, :2])


def test_lu_factors_of_a_matrix():
    matrix = np.array([[0.1, 2.0, 0.5], [4.0, -1.0, 0.3], [1.0, 1.5, -2.0]])
    lu, _, order = jax.lax.linalg.lu(matrix.astype(np.float32))
    y, log_det = bij.ScaleMatvecLU(lu, order).forward_and_log_det(np.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(y, matrix @ [1.0, -2.0, 0.5], rtol=1e-6)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(matrix)[1], rtol=1e-6)


# --- Refusals ---

MISFITS = [
    (bij.DiagLinear(np.ones(3)), (1,), None),
    (bij.TriangularLinear(TRIL), (2,), None),
    (bij.TriangularAffine(np.zeros(3), TRIL), (1,), None),
    (bij.Householder(np.ones(3)), (1,), None),
    (bij.FillTriangular(), (4,), (2, 3)),
    (bij.FillScaleTriL(), (2,), (2, 3)),
    (bij.CorrelationCholesky(), (4,), (2, 3)),
    (bij.CholeskyOuterProduct(), (2, 3), (2, 3)),
    (bij.Permute([1, 0]), (3,), (1,)),
    (bij.Reshape((2, 3)), (5,), (3, 2)),
    (bij.Pad(((1, 1),)), None, (1,)),
    (bij.StickBreaking(), None, (0,)),
    (bij.Blockwise([bij.Exp(), bij.StickBreaking()], (1, 2)), (4,), (3,)),
    (bij.Stack([bij.Exp(), bij.Exp()]), (3,), (1,)),
]


@pytest.mark.parametrize(("bijector", "shape", "image"), MISFITS, ids=lambda v: getattr(v, "_label", None))
def test_event_that_does_not_fit(bijector, shape, image):
    for fn, wrong in ((bijector.forward, shape), (bijector.inverse, image)):
        if wrong is not None:
            with pytest.raises(ex.ShapeError, match="does not fit"):
                fn(np.ones(wrong, np.float32))


@pytest.mark.parametrize(
    "make",
    [
        lambda: bij.Block(bij.Exp(), -1),
        lambda: bij.Block(bij.Exp(), True),
        lambda: bij.Chain([]),
        lambda: bij.Chain([np.exp]),
        lambda: bij.Chain([bij.DiagLinear(np.ones((2, 3))), bij.DiagLinear(np.ones((3, 3)))]),
        lambda: bij.Permute([0, 2]),
        lambda: bij.ScaleMatvecLU(TRIL, (0, 1)),
        lambda: bij.Cumsum(0),
        lambda: bij.Transpose((0, 0)),
        lambda: bij.Reshape((2, 3), (5,)),
        lambda: bij.Reshape((-1, -1)),
        lambda: bij.Pad(((1,),)),
        lambda: bij.Pad(((0, -1),)),
        lambda: bij.ZeroSum(0),
        lambda: bij.DiscreteCosine(4),
        lambda: bij.Blockwise([bij.Exp()], (1, 2)),
        lambda: bij.Blockwise([bij.CholeskyOuterProduct()], (1,)),
        lambda: bij.Stack([]),
        lambda: bij.Split((1, -1)),
        lambda: bij.Split((1, 1), 0),
    ],
)
def test_bad_arguments(make):
    with pytest.raises(ex.ParameterError):
        make()
