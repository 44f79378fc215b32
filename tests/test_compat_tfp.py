"""expectax.compat.tfp against what TFP on JAX answers, kept in tests/reference/tfp.json, and TFP programs run with it."""

import inspect
import json
import pathlib
import pickle
import runpy
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tfp_cases

import expectax.compat.tfp as tfp
from expectax.compat.tfp.distributions import _gradient

tfd = tfp.distributions
REFERENCE = json.loads((pathlib.Path(__file__).parent / "reference" / "tfp.json").read_text(encoding="utf-8"))
CASES = list(zip(tfp_cases.CASES, REFERENCE["cases"], strict=True))

_LOG_NORMAL = "takes quantiles of the rate for quantiles of its logarithm"
WRONG_IN_TFP = {
    ("Beta", "quantile"): "0.6347 for the median of Beta(2.5, 1.5); SciPy and we say 0.6475",
    ("Exponential", "mode"): "NaN; it is 0",
    ("Gamma", "mode"): "NaN for concentrations below 1; it is 0",
    ("HalfCauchy", "mean"): "NaN; it is infinite",
    ("Horseshoe", "log_prob"): "an approximation, good to 3 digits",
    ("Horseshoe", "mean"): "0; it does not exist",
    ("Horseshoe", "prob"): "an approximation, good to 3 digits",
    ("Independent", "mode"): "its Gamma's",
    ("Masked", "mean"): "where there is nothing, a number that its sampler happened to draw",
    ("Masked", "mode"): "likewise",
    ("PERT", "quantile"): "its Beta's",
    ("SigmoidBeta", "quantile"): "its Beta's",
    **{("PoissonLogNormalQuadratureCompound", m): _LOG_NORMAL for m in "log_prob prob mean variance stddev".split()},
}
"""(class, method) -> what is wrong with TFP's number."""


def names(case):
    return case[0][0]


def double(value):
    return jnp.asarray(value, jnp.float64)


def single(value):
    return jnp.asarray(value, jnp.float32)


# --- Numbers ---


@pytest.mark.thin(2)
@pytest.mark.parametrize("case", CASES, ids=names)
def test_deterministic_methods_give_tfps_numbers(case, x64):
    (name, make, values), expected = case
    d = make(tfd, double)
    x = jnp.asarray(values) if isinstance(np.ravel(values)[0], np.integer) else double(values)
    calls = {m: (lambda m=m: getattr(d, m)(x)) for m in tfp_cases.AT_VALUES}
    calls |= {m: getattr(d, m) for m in tfp_cases.MOMENTS}
    calls["quantile"] = lambda: d.quantile(double(tfp_cases.PROBABILITIES))
    known = zip(d.batch_shape, expected["batch_shape"], strict=True)  # TFP does not know a size given as -1
    assert all(size == theirs or theirs is None for size, theirs in known)
    assert list(d.event_shape) == expected["event_shape"]
    for method, call in calls.items():
        if expected[method] is None or (name, method) in WRONG_IN_TFP:
            continue
        np.testing.assert_allclose(call(), np.array(expected[method]), rtol=1e-6, atol=1e-9, err_msg=method)


@pytest.mark.parametrize("case", CASES, ids=names)
def test_types_are_tfps(case, key):
    (_, make, _), expected = case
    d = make(tfd, single)
    draws = jax.eval_shape(lambda: d.sample(seed=key))
    log_prob = jax.eval_shape(d.log_prob, draws)
    assert np.dtype(d.dtype).name == expected["dtype"]
    assert str(draws.dtype) == expected["sample_dtype"]
    assert str(log_prob.dtype) == expected["log_prob_dtype"]
    assert log_prob.shape == d.batch_shape
    if expected["reparameterized"]:
        assert d.reparameterization_type == tfd.FULLY_REPARAMETERIZED


@pytest.mark.parametrize("number", range(len(tfp_cases.KL_PAIRS)))
def test_divergences(number, x64):
    p, q = (make(tfd, double) for make in tfp_cases.KL_PAIRS[number])
    if REFERENCE["kl"][number] is None:  # TFP has none
        return
    expected = np.array(REFERENCE["kl"][number])
    np.testing.assert_allclose(p.kl_divergence(q), expected, rtol=1e-6)
    np.testing.assert_allclose(tfd.kl_divergence(p, q), expected, rtol=1e-6)
    np.testing.assert_allclose(p.cross_entropy(q), expected + p.entropy(), rtol=1e-6)


# --- Signatures ---


def _described(default):
    if default is inspect.Parameter.empty:
        return "required"
    if callable(default):
        return np.dtype(default).name if hasattr(default, "dtype") or isinstance(default, type) else "function"
    return repr(default)


OTHER_DEFAULTS = {
    ("Masked", "safe_sample_fn"): "TFP names its function, we say None",
    ("PoissonLogNormalQuadratureCompound", "quadrature_fn"): "TFP names its function, we say None",
    ("TransformedDistribution", "kwargs_split_fn"): "TFP names its function, we say None",
}


@pytest.mark.parametrize("name", REFERENCE["signatures"])
def test_constructors_take_tfps_arguments(name):
    parameters = inspect.signature(getattr(tfd, name)).parameters.values()
    ours = [[p.name, _described(p.default)] for p in parameters if (name, p.name) not in OTHER_DEFAULTS]
    assert ours == [[n, d] for n, d in REFERENCE["signatures"][name] if (name, n) not in OTHER_DEFAULTS]


@pytest.mark.parametrize("name", REFERENCE["methods"])
def test_methods_take_tfps_arguments(name):
    ours = list(inspect.signature(getattr(tfd.Distribution, name)).parameters)
    assert ours == [n for n in REFERENCE["methods"][name] if n not in ("args", "kwargs")]


def test_every_class_is_tfps():
    ours = {
        n for n in tfd.__all__ if inspect.isclass(getattr(tfd, n)) and issubclass(getattr(tfd, n), tfd.Distribution)
    }
    assert ours <= set(REFERENCE["names"]) | {"Distribution"}
    covered = {name for name, _, _ in tfp_cases.CASES + tfp_cases.JOINTS}
    elsewhere = {
        "Distribution",
        "FlatDirichlet",
        "JointDistribution",
        "MultivariateNormalLinearOperator",
        "SphericalUniform",
    }
    assert ours - covered == elsewhere


# --- Behaviour ---


def test_arguments_shapes_and_names():
    d = tfd.Normal(jnp.zeros((2, 3)), 1, name="prior")
    assert (d.loc.shape, d.scale.dtype, d.name, tfd.Normal(0, 1).name) == ((2, 3), jnp.float32, "prior", "Normal")
    assert set(d.parameters) == {"loc", "scale", "validate_args", "allow_nan_stats", "name"}
    assert repr(d) == "<tfp.distributions.Normal 'prior' batch_shape=[2, 3] event_shape=[] dtype=float32>"
    assert str(d) == 'tfp.distributions.Normal("prior", batch_shape=[2, 3], event_shape=[], dtype=float32)'
    shape = d.batch_shape
    assert shape == (2, 3)
    assert (shape.rank, shape.ndims, shape.as_list(), shape.num_elements()) == (2, 2, [2, 3], 6)
    assert shape.concatenate([4]) == (2, 3, 4)
    assert repr(shape[:1] + (3,)) == "TensorShape([2, 3])"  # noqa: RUF005  its own sum
    assert d.batch_shape_tensor().tolist() == [2, 3]
    assert d.event_shape_tensor().tolist() == []
    assert (d.is_scalar_event(), d.is_scalar_batch()) == (True, False)
    assert d.copy(scale=2.0).scale == 2.0
    assert tfd.Binomial(3.0, probs=0.5).name == "Binomial"
    assert tfd.Normal(np.zeros(3), 1.0).dtype == np.float32  # NumPy's doubles without x64
    with pytest.raises(TypeError, match="scale"):
        tfd.Normal(0.0)
    with pytest.raises(TypeError, match="not iterable"):
        iter(d)


@pytest.mark.parametrize("sample_shape", [(), 2, [2], np.array([2, 3]), tfp.TensorShape([2])], ids=str)
def test_sample_shapes(sample_shape, key):
    d = tfd.MultivariateNormalDiag(jnp.zeros((4, 3)), jnp.ones(3))
    draws = d.sample(sample_shape, seed=key)
    assert draws.shape == (*np.atleast_1d(np.array(sample_shape, int)).tolist(), 4, 3)
    old = jax.random.key_data(jax.random.key(0))
    assert d.sample(sample_shape, seed=old).shape == draws.shape


def test_a_seed_is_needed():
    with pytest.raises(ValueError, match="Must provide JAX PRNGKey"):
        tfd.Normal(0.0, 1.0).sample(3)


def test_slices():
    d = tfd.Normal(jnp.arange(6.0).reshape(2, 3), jnp.ones(3))
    assert d[1, 2].loc == 5.0
    assert d[..., 0].loc.tolist() == [0.0, 3.0]
    assert d[:, None].batch_shape == (2, 1, 3)
    assert tfd.Categorical(jnp.zeros((2, 4)))[0].logits.shape == (4,)
    independent = tfd.Independent(d, 1)
    assert (independent[0].batch_shape, independent[0].event_shape) == ((), (3,))
    mixture = tfd.MixtureSameFamily(tfd.Categorical(jnp.zeros(3)), tfd.Normal(jnp.zeros((5, 3)), 1.0))
    assert mixture[1:3].batch_shape == (2,)
    assert tfd.BatchReshape(tfd.Normal(jnp.arange(6.0), 1.0), (2, 3))[1, 0].loc == 3.0
    assert tfd.BatchBroadcast(tfd.Normal(jnp.arange(3.0), 1.0), (2, 1))[1].loc.shape == (3,)
    with pytest.raises(IndexError, match="2 axes, the index 3"):
        d[0, 0, 0]


def test_bad_parameters_give_nan_or_raise():
    assert np.isnan(tfd.Normal(0.0, -1.0).log_prob(0.0))
    assert np.isnan(tfd.Uniform(2.0, 1.0).mean())
    with pytest.raises(ValueError, match=r"Normal\.scale"):
        tfd.Normal(0.0, -1.0, validate_args=True)
    with pytest.raises(ValueError, match="log_prob"):
        tfd.Exponential(1.0, validate_args=True).log_prob(-1.0)
    with pytest.raises(ValueError, match="`mean` is undefined"):
        tfd.Cauchy(0.0, 1.0, allow_nan_stats=False).mean()
    with pytest.raises(ValueError, match="exactly one"):
        tfd.Bernoulli(logits=0.0, probs=0.5)
    with pytest.raises(NotImplementedError):
        tfd.WishartTriL(3.0, jnp.eye(2)).cdf(jnp.eye(2))


def test_instances_are_pytrees():
    d = tfd.Independent(tfd.Normal(jnp.zeros((2, 3)), jnp.ones(3)), 1)
    assert len(jax.tree.leaves(d)) == 2
    doubled = jax.tree.map(lambda v: 2 * v, d)
    assert doubled.distribution.scale.tolist() == [2.0] * 3
    assert jax.jit(lambda d: d.log_prob(jnp.zeros(3)))(d).shape == (2,)
    assert jax.vmap(lambda loc: tfd.Normal(loc, 1.0))(jnp.arange(3.0)).batch_shape == (3,)
    gradient = jax.grad(lambda d: d.log_prob(jnp.ones(3)).sum())(d)
    np.testing.assert_allclose(gradient.distribution.loc, np.ones((2, 3)))
    again = pickle.loads(pickle.dumps(tfd.Normal(jnp.zeros(2), 1.0)))
    assert (type(again), again.batch_shape) == (tfd.Normal, (2,))


def test_parameters_of_choices():
    np.testing.assert_allclose(tfd.Bernoulli(logits=0.3).probs_parameter(), jax.nn.sigmoid(0.3))
    np.testing.assert_allclose(tfd.Bernoulli(probs=0.3).logits_parameter(), np.log(0.3 / 0.7), rtol=1e-6)
    np.testing.assert_allclose(tfd.Categorical(probs=[0.2, 0.8]).logits_parameter(), np.log([0.2, 0.8]), rtol=1e-6)
    np.testing.assert_allclose(tfd.Categorical([0.0, 0.0]).probs_parameter(), [0.5, 0.5])
    np.testing.assert_allclose(tfd.Categorical(probs=[1.0, 3.0]).prob(1), 0.75, rtol=1e-6)
    assert tfd.Poisson(log_rate=0.0).rate_parameter() == 1.0


def test_registered_divergences_come_first(monkeypatch):
    monkeypatch.setattr(tfd._kl, "_RULES", {})

    @tfd.RegisterKL(tfd.Normal, tfd.Gamma)
    def rule(a, b, name=None):
        return a.loc + b.rate

    assert tfd.Normal(1.0, 1.0).kl_divergence(tfd.Gamma(1.0, 2.0)) == 3.0
    with pytest.raises(ValueError, match="already been registered"):
        tfd.RegisterKL(tfd.Normal, tfd.Gamma)(rule)
    with pytest.raises(NotImplementedError, match="No KL"):
        tfd.LKJ(2, 1.0).kl_divergence(tfd.WishartTriL(3.0, jnp.eye(2)))


@pytest.mark.parametrize(
    ("dist", "free"),
    [
        (lambda: tfd.Normal(0.0, 1.0), ()),
        (lambda: tfd.Gamma(2.0, 1.0), ()),
        (lambda: tfd.Uniform(-1.0, 2.0), ()),
        (lambda: tfd.Pareto(2.0, 3.0), ()),
        (lambda: tfd.VonMises(0.5, 1.0), ()),
        (lambda: tfd.Dirichlet(jnp.ones(3)), (2,)),
        (lambda: tfd.Independent(tfd.Gamma(jnp.ones(3), 1.0), 1), (3,)),
    ],
)
def test_default_bijectors(dist, free, key):
    d = dist()
    bijector = d.experimental_default_event_space_bijector()
    x = jax.random.normal(key, free)
    y = bijector.forward(x)
    assert y.shape == d.event_shape
    assert d.prob(y) > 0
    np.testing.assert_allclose(bijector.inverse(y), x, rtol=1e-4, atol=1e-5)
    ldj = bijector.forward_log_det_jacobian(x, len(free))
    np.testing.assert_allclose(bijector.inverse_log_det_jacobian(y, len(free)), -ldj, rtol=1e-4, atol=1e-5)
    if d.event_shape == free:  # a simplex has a coordinate more: its Jacobian is not square
        expected = np.linalg.slogdet(np.array(jax.jacobian(bijector.forward)(x)).reshape(x.size, x.size))[1]
        np.testing.assert_allclose(ldj, expected, rtol=1e-4, atol=1e-5)
    assert tfd.Poisson(1.0).experimental_default_event_space_bijector() is None


# --- Gradients ---


def test_a_gradient_that_meets_data_warns_once(key, monkeypatch):
    monkeypatch.setattr(_gradient, "_WARNED", set())

    def loss(rate):
        return tfd.Poisson(rate).sample(seed=key) * rate

    with pytest.warns(tfp.StoppedGradientWarning, match=r"Poisson at .*test_compat_tfp.py") as caught:
        slope = jax.grad(loss)(3.0)
    assert caught[0].filename == __file__
    assert slope == tfd.Poisson(3.0).sample(seed=jax.random.clone(key))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jax.jit(jax.grad(lambda rate: loss(rate)))  # not traced yet
        tfd.Poisson(2.0).sample(seed=jax.random.clone(key))
        jax.grad(lambda r: tfd.Poisson(jax.lax.stop_gradient(r)).sample(seed=jax.random.clone(key)) * r)(3.0)


def test_pathwise_draws_keep_their_derivative(key):
    slope = jax.grad(lambda loc: tfd.Normal(loc, 1.0).sample(seed=key))(0.3)
    assert slope == 1.0
    # TFP counts these as data; ours have a derivative
    slope = jax.grad(lambda c: tfd.CholeskyLKJ(2, c).sample(seed=jax.random.clone(key))[1, 1])(1.5)
    assert slope != 0


# --- Programs ---

LOGISTIC_REGRESSION = """
import jax, jax.numpy as jnp
import tensorflow_probability.substrates.jax as tfp
tfd = tfp.distributions

def joint_log_prob(x, y, weights, bias):
    prior = tfd.Independent(tfd.Normal(loc=jnp.zeros(weights.shape), scale=1.), reinterpreted_batch_ndims=1)
    logits = x @ weights + bias
    likelihood = tfd.Independent(tfd.Bernoulli(logits=logits), 1)
    return prior.log_prob(weights) + tfd.Normal(0., 5.).log_prob(bias) + likelihood.log_prob(y)

def run(key):
    key_x, key_y = jax.random.split(key)
    x = tfd.Normal(0., 1.).sample([200, 2], seed=key_x)
    y = tfd.Bernoulli(logits=x @ jnp.array([2., -1.])).sample(seed=key_y)
    loss = lambda p: -joint_log_prob(x, y, *p)
    step = jax.jit(lambda p: jax.tree.map(lambda v, g: v - 0.02 * g, p, jax.grad(loss)(p)))
    p = (jnp.zeros(2), jnp.zeros(()))
    for _ in range(200):
        p = step(p)
    return p
"""

VAE = """
import jax, jax.numpy as jnp
import tensorflow_probability.substrates.jax as tfp
tfd, tfb = tfp.distributions, tfp.bijectors

def init(key, d, z):
    a, b = jax.random.split(key)
    return {"enc": 0.1 * jax.random.normal(a, (d, 2 * z)), "dec": 0.1 * jax.random.normal(b, (z, d))}

def elbo(params, x, seed):
    loc, raw = jnp.split(x @ params["enc"], 2, axis=-1)
    posterior = tfd.MultivariateNormalDiag(loc=loc, scale_diag=tfb.Softplus().forward(raw) + 1e-3)
    prior = tfd.MultivariateNormalDiag(loc=jnp.zeros(loc.shape[-1]))
    z = posterior.sample(seed=seed)
    likelihood = tfd.Independent(tfd.Bernoulli(logits=z @ params["dec"]), reinterpreted_batch_ndims=1)
    return jnp.mean(likelihood.log_prob(x) - tfd.kl_divergence(posterior, prior))

def run(key):
    key_data, key_init, key = jax.random.split(key, 3)
    centre = jnp.array([[3.] * 4 + [-3.] * 4, [-3.] * 4 + [3.] * 4])
    which = tfd.Categorical(logits=jnp.zeros(2)).sample(64, seed=key_data)
    x = (centre[which] > 0).astype(jnp.float32)
    params = init(key_init, 8, 2)
    @jax.jit
    def step(params, seed):
        value, g = jax.value_and_grad(lambda p: -elbo(p, x, seed))(params)
        return jax.tree.map(lambda v, g: v - 0.1 * g, params, g), value
    values = []
    for seed in jax.random.split(key, 150):
        params, value = step(params, seed)
        values.append(value)
    return values
"""


def _run(program, key):
    """A program written for TFP, with its one import changed."""
    namespace: dict = {}
    changed = program.replace("tensorflow_probability.substrates.jax", "expectax.compat.tfp")
    assert changed != program
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"), jax.debug_key_reuse(False):
        exec(changed, namespace)
        return namespace["run"](key)


def test_a_logistic_regression_runs(key):
    weights, _ = _run(LOGISTIC_REGRESSION, key)
    assert weights[0] > 1
    assert weights[1] < -0.3


def test_a_vae_runs(key):
    losses = _run(VAE, key)
    assert losses[-1] < 0.6 * losses[0]  # 8 log 2 nats of a first guess, about log 2 of a perfect one


# --- The page ---


def test_the_migration_table_is_up_to_date():
    root = pathlib.Path(__file__).parent.parent
    script = runpy.run_path(str(root / "scripts" / "write_migration.py"))
    written = (root / "docs" / "migration.md").read_text(encoding="utf-8")
    assert script["page"](written) == written, "run scripts/write_migration.py"
