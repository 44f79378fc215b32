"""expectax.compat.tfp.bijectors against what TFP on JAX answers, kept in tests/reference/tfp.json."""

import inspect
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tfp_cases
from test_compat_tfp import _described, double, single

import expectax.compat.tfp as tfp

tfb, tfd = tfp.bijectors, tfp.distributions
REFERENCE = json.loads((pathlib.Path(__file__).parent / "reference" / "tfp.json").read_text(encoding="utf-8"))
CASES = list(zip(tfp_cases.BIJECTORS, REFERENCE["bijectors"], strict=True))

OTHER_NAMES = {"LambertWTail": "TFP does not pass on the name that it takes"}


def names(case):
    return case[0][0]


# --- Numbers ---


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", CASES, ids=names)
def test_maps_give_tfps_numbers(case, x64):
    (name, make, values), expected = case
    b, x = make(tfb, double), double(values)
    y = double(expected["forward"])
    least = (b.forward_min_event_ndims, b.inverse_min_event_ndims)
    calls = {"forward": lambda: b.forward(x), "inverse": lambda: b.inverse(y)}
    for n in (0, 1):
        calls[f"forward_log_det_jacobian+{n}"] = lambda n=n: b.forward_log_det_jacobian(x, least[0] + n)
        calls[f"inverse_log_det_jacobian+{n}"] = lambda n=n: b.inverse_log_det_jacobian(y, least[1] + n)
    assert list(least) == expected["min_event_ndims"]
    for method, call in calls.items():
        if expected.get(method) is None:
            continue
        found = np.asarray(call())
        theirs = np.array(expected[method])
        if name == "AbsoluteValue" and theirs.ndim < found.ndim:  # one number for each of the two inverses
            theirs = theirs[:, None]
        np.testing.assert_allclose(found, np.broadcast_to(theirs, found.shape), 1e-6, 1e-9, err_msg=method)


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", CASES, ids=names)
def test_shapes_types_and_names_are_tfps(case):
    (_, make, values), expected = case
    b, x = make(tfb, single), single(values)
    y = jax.eval_shape(b.forward, x)
    assert str(y.dtype) == expected["dtype"]
    for found, theirs in (
        (b.forward_event_shape(x.shape), expected["forward_event_shape"]),
        (b.inverse_event_shape(y.shape), expected["inverse_event_shape"]),
    ):  # TFP does not know a size given as -1
        assert [None if t is None else n for n, t in zip(found, theirs, strict=True)] == theirs
    assert b.name == expected["name"] or expected["class"] in OTHER_NAMES
    assert b.is_constant_jacobian == expected["is_constant_jacobian"]


# --- Signatures ---

SENTINEL = {"forward_min_event_ndims", "inverse_min_event_ndims"}
"""Arguments of Inline for whose absence TFP has an object of its own, and we None."""


@pytest.mark.parametrize("name", REFERENCE["bijector_signatures"])
def test_constructors_take_tfps_arguments(name):
    parameters = inspect.signature(getattr(tfb, name)).parameters.values()
    ours = [[p.name, "" if p.name in SENTINEL else _described(p.default)] for p in parameters]
    assert ours == [[n, "" if n in SENTINEL else d] for n, d in REFERENCE["bijector_signatures"][name]]


def test_every_class_is_tfps():
    ours = {n for n in tfb.__all__ if inspect.isclass(getattr(tfb, n))}
    assert ours <= set(REFERENCE["bijector_names"])
    assert ours - {name for name, _, _ in tfp_cases.BIJECTORS} == {"Bijector", "JointMap", "Restructure", "Split"}


# --- Behaviour ---


def test_what_a_call_makes(key):
    exp = tfb.Exp()
    assert exp(1.0) == jnp.exp(jnp.float32(1.0))
    assert isinstance(exp(tfb.Scale(2.0)), tfb.Chain)
    assert isinstance(exp(tfd.Normal(0.0, 1.0)), tfd.TransformedDistribution)
    assert repr(exp) == (
        "<tfp.bijectors.Exp 'exp' batch_shape=[] forward_min_event_ndims=0 inverse_min_event_ndims=0 dtype_x=? dtype_y=?>"
    )
    assert exp.copy(name="own").name == "own"
    assert tfb.Scale(jnp.ones((2, 3))).experimental_batch_shape() == (2, 3)
    assert tfb.Scale(jnp.ones((2, 3))).experimental_batch_shape(x_event_ndims=1) == (2,)
    assert tfb.Scale(2.0).dtype == jnp.float32
    assert tfb.FillTriangular().forward_event_shape_tensor([5, 3]).tolist() == [5, 2, 2]
    assert tfb.Exp().forward_event_ndims(2) == 2
    assert tfb.FillTriangular().inverse_event_ndims(3) == 2


def test_event_ranks_below_the_least_are_refused():
    with pytest.raises(ValueError, match="event_ndims"):
        tfb.SoftmaxCentered().forward_log_det_jacobian(jnp.zeros(2), event_ndims=0)
    with pytest.raises(ValueError, match="must be at least"):
        tfb.Chain([tfb.Exp(), tfb.FillTriangular()]).inverse_log_det_jacobian(jnp.eye(2), event_ndims=1)


def test_bad_arguments_and_values():
    for make in (
        lambda: tfb.Scale(),
        lambda: tfb.Scale(1.0, log_scale=0.0),
        lambda: tfb.Sigmoid(low=0.0),
        lambda: tfb.Transpose(),
        lambda: tfb.Split(2, axis=0),
        lambda: tfb.RealNVP(1),
        lambda: tfb.Softplus(hinge_softness=-1.0, validate_args=True),
        lambda: tfb.Log(validate_args=True).forward(-1.0),
        lambda: tfb.Exp(validate_args=True).inverse(jnp.array([1.0, -1.0])),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            make()
    assert np.isnan(tfb.Softplus(hinge_softness=-1.0).inverse(2.0))
    assert np.isnan(tfb.Log().forward(-1.0))
    with pytest.raises(NotImplementedError):
        tfb.Pad(mode="REFLECT")


def test_instances_are_pytrees():
    chain = tfb.Chain([tfb.Shift(jnp.zeros(3)), tfb.Scale(2.0)])
    assert len(jax.tree.leaves(chain)) == 2
    assert jax.jit(lambda b: b.forward(1.0))(chain).tolist() == [2.0] * 3
    assert jax.vmap(lambda s: tfb.Scale(s))(jnp.arange(3.0)).scale.tolist() == [0.0, 1.0, 2.0]
    slope = jax.grad(lambda b: b.forward_log_det_jacobian(jnp.ones(3), 1))(chain)
    assert slope.bijectors[1].scale == 1.5


@pytest.mark.parametrize("name", ["Softplus", "Sigmoid", "Tanh", "SinhArcsinh", "SoftClip"])
def test_gradients_pass(name):
    make = next(make for n, make, _ in tfp_cases.BIJECTORS if n == name)
    b = make(tfb, single)
    y, slope = jax.value_and_grad(lambda x: b.forward(x).sum())(jnp.float32(0.4))
    np.testing.assert_allclose(
        jnp.log(slope), jnp.log(jnp.exp(b.forward_log_det_jacobian(jnp.float32(0.4))).sum()), rtol=1e-5
    )
    assert y.shape == ()


# --- Several arrays ---


def test_an_array_in_parts_and_back():
    maps = tfb.Chain([tfb.JointMap([tfb.Exp(), tfb.SoftmaxCentered()]), tfb.Split([1, 2])])
    x = jnp.array([[0.3, 1.0, -0.5], [0.1, 0.2, 0.7]])
    y = maps.forward(x)
    assert [v.shape for v in y] == [(2, 1), (2, 3)]
    assert (maps.forward_min_event_ndims, maps.inverse_min_event_ndims) == (1, [1, 1])
    assert maps.forward_event_shape([3]) == [(1,), (3,)]
    assert maps.inverse_event_shape([[1], [3]]) == (3,)
    np.testing.assert_allclose(maps.inverse(y), x, rtol=1e-5)
    expected = x[:, 0] + tfb.SoftmaxCentered().forward_log_det_jacobian(x[:, 1:])
    np.testing.assert_allclose(maps.forward_log_det_jacobian(x), expected, rtol=1e-5)
    np.testing.assert_allclose(maps.inverse_log_det_jacobian(y), -expected, rtol=1e-5)
    assert maps.forward_log_det_jacobian(x, 2).shape == ()
    assert [v.tolist() for v in tfb.Split(3).forward(jnp.arange(3.0))] == [[0.0], [1.0], [2.0]]
    assert [v.shape for v in tfb.Split([1, -1], axis=-2).forward(jnp.zeros((5, 2)))] == [(1, 2), (4, 2)]
    assert tfb.JointMap({"a": tfb.Exp(), "b": tfb.Square()}).name == "jointmap_of_exp_and_square"


def test_structures():
    mover = tfb.Restructure({"b": [0, 2], "a": 1})
    assert mover.forward([1.0, 2.0, 3.0]) == {"b": [1.0, 3.0], "a": 2.0}
    assert mover.inverse({"b": [1.0, 3.0], "a": 2.0}) == [1.0, 2.0, 3.0]
    assert tfb.tree_flatten({"x": 0, "y": 0}).forward({"x": 1.0, "y": 2.0}) == [1.0, 2.0]
    assert tfb.pack_sequence_as({"x": 0, "y": 0}).forward([1.0, 2.0]) == {"x": 1.0, "y": 2.0}
    assert mover.forward_log_det_jacobian([1.0, 2.0, 3.0], [0, 1, 0]) == 0
    with pytest.raises(ValueError, match="unique"):
        tfb.Restructure([0, 0])
    with pytest.raises(ValueError, match="input_structure"):
        tfb.Restructure([0, 2])


# --- The user's own ---


class Cube(tfb.Bijector):
    """As a program for TFP writes it."""

    def __init__(self, validate_args=False, name="cube"):
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x):
        return x**3

    def _inverse(self, y):
        return jnp.sign(y) * jnp.abs(y) ** (1 / 3)

    def _inverse_log_det_jacobian(self, y):
        return -jnp.log(3.0) - 2 / 3 * jnp.log(jnp.abs(y))


def test_a_class_of_the_users_own(key):
    cube = Cube()
    x = jnp.array([0.5, 2.0])
    np.testing.assert_allclose(cube.forward_log_det_jacobian(x, 1), jnp.log(3 * x**2).sum(), rtol=1e-5)
    both = tfb.Exp()(cube)
    assert both.expectax_bijector is None
    np.testing.assert_allclose(both.inverse(both.forward(x)), x, rtol=1e-5)
    np.testing.assert_allclose(both.forward_log_det_jacobian(x), jnp.log(3 * x**2) + x**3, rtol=1e-5)
    law = tfd.TransformedDistribution(tfd.Normal(jnp.zeros(2), 1.0), tfb.Invert(cube))
    assert law.batch_shape == (2,)
    assert law.sample(3, seed=key).shape == (3, 2)
    np.testing.assert_allclose(law.log_prob(x), tfd.Normal(0.0, 1.0).log_prob(x**3) + jnp.log(3 * x**2), rtol=1e-5)
    with pytest.raises(NotImplementedError):
        law.cdf(0.0)
    with pytest.raises(ValueError, match="at least one"):
        tfb.Bijector()


def test_flows_learn(key):
    """Closed-over weights get their gradient: a program that fits a flow."""
    first, rest = jax.random.normal(key, (2, 256))
    x = jnp.stack([first, 0.8 * first + 0.2 * rest], -1)

    def loss(weights):
        flow = tfb.MaskedAutoregressiveFlow(
            lambda y: (
                jnp.stack([jnp.zeros_like(y[..., 0]), weights[0] * y[..., 0]], -1),
                weights[1] * jnp.array([0.0, 1.0]),
            )
        )
        law = tfd.TransformedDistribution(tfd.Sample(tfd.Normal(0.0, 1.0), 2), flow)
        return -law.log_prob(x).mean()

    step = jax.jit(lambda w: w - 0.02 * jax.grad(loss)(w))
    weights = jnp.zeros(2)
    for _ in range(300):
        weights = step(weights)
    slope = (x[:, 0] @ x[:, 1]) / (x[:, 0] @ x[:, 0])  # least squares
    np.testing.assert_allclose(weights, [slope, 0.5 * jnp.log(((x[:, 1] - slope * x[:, 0]) ** 2).mean())], atol=1e-3)
