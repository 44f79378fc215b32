"""Estimators that run the rest of a program again: unbiased against quadrature and enumeration, and what they cost."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex
from expectax.estimators import Arm, DisArm, Enumerate, LocalExpectation, MeasureValued, SmoothedPerturbation

DRAWS = 20_000


def estimates(loss, theta, key, plan=None, draws=DRAWS):
    step = jax.grad(ex.surrogate(loss, plan=plan))
    return np.asarray(jax.jit(jax.vmap(step, (None, 0)))(theta, jax.random.split(key, draws)), float)


def assert_mean(found, expected, sigmas=5.0):
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    assert np.all(np.abs(found.mean(0) - expected) <= sigmas * error + 1e-5 * (1 + np.abs(expected))), (
        found.mean(0),
        expected,
        error,
    )


def derivative(expectation, theta, h=1e-4):
    return (expectation(theta + h) - expectation(theta - h)) / (2 * h)


def cost(x):
    """Jumps, and is not linear."""
    return jnp.where(x > 1.3, 2.0, 0.0) + jnp.sin(x)


def numpy_cost(x):
    return np.where(x > 1.3, 2.0, 0.0) + np.sin(x)


CONTINUOUS = {
    "Normal.loc": (lambda t: ex.Normal(t, 0.8), lambda t: stats.norm(t, 0.8), 0.7),
    "Normal.scale": (lambda t: ex.Normal(0.4, t), lambda t: stats.norm(0.4, t), 1.2),
    "Laplace.loc": (lambda t: ex.Laplace(t, 0.8), lambda t: stats.laplace(t, 0.8), 0.7),
    "Laplace.scale": (lambda t: ex.Laplace(0.4, t), lambda t: stats.laplace(0.4, t), 1.2),
    "Exponential.rate": (lambda t: ex.Exponential(t), lambda t: stats.expon(scale=1 / t), 0.8),
    "Gamma.rate": (lambda t: ex.Gamma(2.5, t), lambda t: stats.gamma(2.5, scale=1 / t), 1.4),
    "Weibull.scale": (lambda t: ex.Weibull(1.7, t), lambda t: stats.weibull_min(1.7, scale=t), 1.4),
    "Uniform.low": (lambda t: ex.Uniform(t, 2.0), lambda t: stats.uniform(t, 2.0 - t), 0.3),
    "Uniform.high": (lambda t: ex.Uniform(0.3, t), lambda t: stats.uniform(0.3, t - 0.3), 2.0),
}
DISCRETE = {
    "Poisson.rate": (lambda t: ex.Poisson(t), lambda t: stats.poisson(t), 1.7),
    "Bernoulli.probs": (lambda t: ex.Bernoulli(probs=t), lambda t: stats.bernoulli(t), 0.3),
    "Bernoulli.logits": (
        lambda t: ex.Bernoulli(logits=t),
        lambda t: stats.bernoulli(1 / (1 + np.exp(-t))),
        0.6,
    ),
    "Geometric.probs": (lambda t: ex.Geometric(probs=t), lambda t: stats.geom(t, loc=-1), 0.4),
    "Geometric.logits": (lambda t: ex.Geometric(logits=t), lambda t: stats.geom(1 / (1 + np.exp(-t)), loc=-1), 0.4),
    "Binomial.probs": (lambda t: ex.Binomial(6, probs=t), lambda t: stats.binom(6, t), 0.4),
    "Binomial.logits": (lambda t: ex.Binomial(6, logits=t), lambda t: stats.binom(6, 1 / (1 + np.exp(-t))), 0.3),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_measure_valued_of_continuous_laws(name, key):
    make, law, at = CONTINUOUS[name]
    grid = np.linspace(1e-7, 1 - 1e-7, 400_001)
    exact = derivative(lambda t: float(np.trapezoid(numpy_cost(law(t).ppf(grid)), grid)), at)
    found = estimates(lambda t, k: cost(make(t).sample(k, gradient="measure-valued")), at, key)
    assert_mean(found, exact, sigmas=5.5)


@pytest.mark.parametrize("name", DISCRETE)
def test_measure_valued_of_counts(name, key):
    make, law, at = DISCRETE[name]
    k = np.arange(200)
    exact = derivative(lambda t: float((law(t).pmf(k) * numpy_cost(k)).sum()), at)
    found = estimates(lambda t, k: cost(make(t).sample(k, gradient="measure-valued").astype(float)), at, key)
    assert_mean(found, exact)


def joint(bits, theta):
    """A cost of all lanes together, with a parameter of its own."""
    w = jnp.arange(1.0, bits.shape[-1] + 1)
    return jnp.cos((bits * w).sum()) + theta.sum() * bits.prod() + (bits.sum() - 1.5) ** 2


def exact_gradient(logits):
    def expectation(theta):
        p = jax.nn.sigmoid(theta)
        rows = jnp.array(np.array(np.meshgrid(*[[0.0, 1.0]] * len(logits))).reshape(len(logits), -1).T)
        mass = jnp.prod(jnp.where(rows == 1, p, 1 - p), -1)
        return (mass * jax.vmap(joint, (0, None))(rows, theta)).sum()

    return np.asarray(jax.grad(expectation)(logits), float)


LOGITS = np.array([0.3, -0.8, 1.1], np.float32)
BINARY = (Arm(), DisArm(), LocalExpectation(), MeasureValued(), Enumerate())


def binary_loss(theta, key):
    return joint(ex.Bernoulli(logits=theta).sample(key, name="bits").astype(float), theta)


@pytest.mark.parametrize("estimator", BINARY, ids=lambda e: e.name)
def test_binary_lanes(estimator, key):
    found = estimates(binary_loss, LOGITS, key, plan={"bits": estimator})
    assert_mean(found, exact_gradient(LOGITS))


def test_variance_is_in_the_order_of_the_theory(key):
    """DisARM is ARM averaged; both beat the plain score; enumeration has none."""
    keys = jax.random.split(key, 4)
    plans = (Arm(), DisArm(), ex.estimators.Score(baseline=None), Enumerate())
    spread = [estimates(binary_loss, LOGITS, k, {"bits": e}).var(0).sum() for k, e in zip(keys, plans, strict=True)]
    arm, disarm, score, exact = spread
    assert disarm < arm < score
    assert exact < 1e-6


def test_local_expectation_of_a_separable_cost_is_exact(key):
    def loss(theta, key):
        x = ex.Categorical(logits=theta).sample(key, (3,), gradient="local-expectation")
        return jnp.sin(1.0 + x.astype(float)).sum()

    theta = jnp.array([0.1, -0.4, 0.8])
    found = estimates(loss, theta, key, draws=50)
    exact = 3 * np.asarray(jax.grad(lambda t: (jax.nn.softmax(t) * jnp.sin(jnp.arange(1.0, 4.0))).sum())(theta))
    np.testing.assert_allclose(found, np.broadcast_to(exact, found.shape), rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("estimator", [LocalExpectation(), MeasureValued(), DisArm()], ids=lambda e: e.name)
def test_vmapped_sites_and_later_score_sites(estimator, key):
    """The lanes of a vmap, parameters shared by some of them, and a score site that depends on the draw."""

    def loss(theta, key):
        one, two = jax.random.split(key)

        def row(scale, k):
            return ex.Bernoulli(logits=theta * scale).sample(k, gradient=estimator).astype(float)

        bits = jax.vmap(row)(jnp.array([1.0, -2.0, 0.5]), jax.random.split(one, 3))
        count = ex.Poisson(jnp.exp(0.3 * bits.sum() + 0.2 * theta)).sample(two)
        return jnp.sqrt(1.0 + count) * (1 + bits[0])

    def expectation(theta):
        p = 1 / (1 + np.exp(-theta * np.array([1.0, -2.0, 0.5])))
        total, k = 0.0, np.arange(80)
        for row in np.ndindex(2, 2, 2):
            b = np.array(row)
            mean = stats.poisson(np.exp(0.3 * b.sum() + 0.2 * theta)).pmf(k) @ np.sqrt(1.0 + k)
            total += np.prod(np.where(b == 1, p, 1 - p)) * mean * (1 + b[0])
        return total

    assert_mean(estimates(loss, 0.4, key), derivative(expectation, 0.4))


def test_value_and_aux_are_those_of_a_run(key):
    def loss(theta, key):
        x = ex.Poisson(theta).sample(key, gradient="measure-valued")
        return jnp.sqrt(1.0 + x), x

    cost, x = ex.surrogate(loss, has_aux=True)(2.0, key)
    assert cost == jnp.sqrt(1.0 + x)


def test_refusals(key):
    with pytest.raises(ex.EstimatorError, match="cannot serve Poisson"):
        ex.Poisson(1.0).sample(key, gradient="disarm")
    with pytest.raises(ex.EstimatorError, match="weak derivative"):
        ex.Beta(1.0, 2.0).sample(key, gradient="measure-valued")
    copy = jax.random.clone(key)

    def gamma(a, key):
        return ex.Gamma(a, 1.0).sample(key, gradient="measure-valued")

    with pytest.raises(ex.EstimatorError, match="no weak derivative is known in concentration"):
        jax.grad(ex.surrogate(gamma))(2.0, copy)

    def in_loop(t, key):
        def turn(total, k):
            return total + ex.Poisson(t).sample(k, gradient="measure-valued"), None

        return jax.lax.scan(turn, 0.0, jax.random.split(key, 3))[0]

    with pytest.raises(ex.EstimatorError, match="inside a loop"):
        ex.surrogate(in_loop)(1.0, jax.random.clone(key))
    many = functools.partial(
        lambda t, k: ex.Poisson(t).sample(k, (600,), gradient="measure-valued").sum().astype(float)
    )
    with pytest.raises(ex.EstimatorError, match="over the budget"):
        ex.surrogate(many)(1.0, jax.random.clone(key))
    with pytest.raises(ex.OrderError, match="order 1"):
        ex.surrogate(lambda t, k: 1.0 * ex.Poisson(t).sample(k, gradient="measure-valued"), order=2)(
            1.0, jax.random.clone(key)
        )


COUNTS = {
    **DISCRETE,
    "NegativeBinomial.logits": (
        lambda t: ex.NegativeBinomial(2.5, logits=t),
        lambda t: stats.nbinom(2.5, 1 / (1 + np.exp(t))),
        0.4,
    ),
    "BetaBinomial.concentration": (
        lambda t: ex.BetaBinomial(5, t, 1.5),
        lambda t: stats.betabinom(5, t, 1.5),
        0.7,
    ),
    "Zipf.power": (lambda t: ex.Zipf(t), lambda t: stats.zipf(t), 3.5),
}


@pytest.mark.parametrize("name", COUNTS)
def test_smoothed_perturbation_of_counts(name, key):
    make, law, at = COUNTS[name]
    k = np.arange(2000)
    exact = derivative(lambda t: float((law(t).pmf(k) * numpy_cost(k)).sum()), at)
    found = estimates(lambda t, k: cost(make(t).sample(k, gradient="smoothed-perturbation").astype(float)), at, key)
    assert_mean(found, exact)


@pytest.mark.parametrize("lanes", ["one", "all"])
def test_smoothed_perturbation_of_several_lanes(lanes, key):
    """A cost of all lanes together, a lane whose parameter is in two parameters of the loss, and one that cannot jump."""
    estimator = SmoothedPerturbation(lanes=lanes)

    def loss(theta, key):
        rates = jnp.stack([theta[0], theta[0] * theta[1], jnp.exp(theta[1])])
        x = ex.Binomial(jnp.array([4.0, 1.0, 0.0]), probs=jax.nn.sigmoid(rates)).sample(key, gradient=estimator)
        return jnp.cos((x * jnp.array([0.5, 1.0, 2.0])).sum()) + theta.sum() * x.prod(
            where=jnp.array([True, True, False])
        )

    def expectation(theta):
        p = 1 / (1 + np.exp(-np.array([theta[0], theta[0] * theta[1]])))
        total = 0.0
        for a in range(5):
            for b in range(2):
                mass = stats.binom(4, p[0]).pmf(a) * stats.binom(1, p[1]).pmf(b)
                total += mass * (np.cos(0.5 * a + b) + theta.sum() * a * b)
        return total

    theta = np.array([0.3, -0.8])
    exact = [derivative(lambda t, i=i: expectation(theta + t * np.eye(2)[i]), 0.0) for i in range(2)]
    assert_mean(estimates(loss, theta.astype(np.float32), key), np.array(exact))


def test_smoothed_perturbation_is_exact_for_a_linear_cost_of_poisson_counts(key):
    found = estimates(lambda t, k: 3.0 * ex.Poisson(t).sample(k, gradient="smoothed-perturbation"), 2.5, key, draws=100)
    np.testing.assert_allclose(found, 3.0, rtol=1e-4)


def test_who_has_smoothed_perturbation(key):
    for dist in (
        ex.Normal(0.0, 1.0),
        ex.OneHotCategorical(logits=jnp.zeros(3)),
        ex.FiniteDiscrete(np.array([0.5, 2.0]), probs=np.array([0.5, 0.5])),
    ):
        with pytest.raises(ex.EstimatorError, match="whole numbers"):
            dist.sample(jax.random.clone(key), gradient="smoothed-perturbation")
    with pytest.raises(ex.EstimatorError, match="axes of its own"):
        ex.Categorical(logits=jnp.zeros(3)).sample(key, gradient="smoothed-perturbation")
    with pytest.raises(ex.EstimatorError, match="lanes"):
        SmoothedPerturbation(lanes="two")


@pytest.mark.parametrize("lanes", ["one", "all"])
def test_nothing_jumps_beyond_the_greatest_value(lanes, key):
    """Where the cost may be undefined."""
    estimator = SmoothedPerturbation(lanes=lanes)

    def loss(theta, key):
        return jnp.log(3.5 - ex.Binomial(3, probs=theta).sample(key, (2,), gradient=estimator)).sum()

    k = np.arange(4)
    exact = 2 * derivative(lambda t: float(stats.binom(3, t).pmf(k) @ np.log(3.5 - k)), 0.6)
    assert_mean(estimates(loss, 0.6, key), exact)
