"""Fifty-one expectations with known gradients (`reference/gradient_bench.json`), each as a user would write it.

Every value and every component of every gradient and Hessian is compared with its closed form at 6 of its own standard
errors: over some 200 comparisons a false alarm has probability 4e-7. Keys are fixed by the tests' names.
"""

import json
import math
import pathlib
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.scipy.special import i0e, ndtr, ndtri

import expectax as ex
from expectax import supports

ENTRIES = {
    e["name"]: e for e in json.loads((pathlib.Path(__file__).parent / "reference/gradient_bench.json").read_text())
}
QUICK, SLOW = 1 << 16, 20 << 16
COSTLY = {n for n in ENTRIES if n.startswith(("gamma", "beta", "dirichlet", "student", "branch"))}
"""Implicit derivatives of gamma draws: fewer draws; second derivatives compile for half a minute and are slow tests."""
Z = 6.0
ROUNDING = 3e-6
COMPILE = {"xla_backend_optimization_level": 0}  # compiling takes most of the time
PROGRAMS = {}
"""Name -> loss(p, c, key): p holds what is differentiated, c the constants."""


def program(loss):
    PROGRAMS[loss.__name__] = loss
    return loss


def draw(dist, key):
    return dist.sample(key).astype(jnp.float32)


# --- Families that the catalogue does not have, as users write them ---


@final
class Logistic(ex.AbstractDistribution):
    loc: jax.Array = ex.parameter(supports.real)
    scale: jax.Array = ex.parameter(supports.positive)
    support = supports.real
    pathwise = True

    def _sample(self, key, shape):
        return self.loc + self.scale * jax.random.logistic(key, shape, self.dtype)

    def _log_prob(self, x):
        z = (x - self.loc) / self.scale
        return -z - 2 * jax.nn.softplus(-z) - jnp.log(self.scale)


@final
class Cauchy(ex.AbstractDistribution):
    loc: jax.Array = ex.parameter(supports.real)
    scale: jax.Array = ex.parameter(supports.positive)
    support = supports.real
    pathwise = True

    def _sample(self, key, shape):
        return self.loc + self.scale * jax.random.cauchy(key, shape, self.dtype)

    def _log_prob(self, x):
        return -jnp.log(math.pi * self.scale * (1 + ((x - self.loc) / self.scale) ** 2))


@final
class VonMises(ex.AbstractDistribution):
    """By rejection (Best, Fisher, 1979): no derivative along the draw."""

    loc: jax.Array = ex.parameter(supports.real)
    concentration: jax.Array = ex.parameter(supports.positive)
    support = supports.Interval(-math.pi, math.pi)

    def _sample(self, key, shape):
        tau = 1 + jnp.sqrt(1 + 4 * self.concentration**2)
        rho = (tau - jnp.sqrt(2 * tau)) / (2 * self.concentration)
        r = (1 + rho**2) / (2 * rho)

        def propose(state):
            key, angle, found = state
            key, k1, k2, k3 = jax.random.split(key, 4)
            z = jnp.cos(math.pi * jax.random.uniform(k1, shape))
            f = (1 + r * z) / (r + z)
            c, u = self.concentration * (r - f), jax.random.uniform(k2, shape)
            accept = (c * (2 - c) > u) | (jnp.log(c / u) + 1 >= c)
            new = jnp.where(jax.random.bernoulli(k3, 0.5, shape), 1.0, -1.0) * jnp.arccos(f)
            return key, jnp.where(found, angle, new), found | accept

        zeros = jnp.zeros(shape)
        _, angle, _ = lax.while_loop(lambda s: ~s[2].all(), propose, (key, zeros, zeros > 0))
        return jnp.remainder(angle + self.loc + math.pi, 2 * math.pi) - math.pi

    def _log_prob(self, x):
        return self.concentration * (jnp.cos(x - self.loc) - 1) - jnp.log(2 * math.pi * i0e(self.concentration))


# --- Programs ---


@program
def normal_quadratic(p, c, key):
    return (ex.Normal(p["mu"], p["s"]).sample(key) - c["k"]) ** 2


@program
def normal_quartic(p, c, key):
    return (ex.Normal(p["mu"], p["s"]).sample(key) - c["k"]) ** 4


@program
def normal_cos(p, c, key):
    return jnp.cos(c["k"] * ex.Normal(p["mu"], p["s"]).sample(key))


@program
def normal_exp(p, c, key):
    return jnp.exp(c["a"] * ex.Normal(p["mu"], p["s"]).sample(key))


@program
def normal_relu(p, c, key):
    return jnp.maximum(ex.Normal(p["mu"], p["s"]).sample(key), 0)


@program
def normal_step(p, c, key):
    return jnp.where(ex.Normal(p["mu"], p["s"]).sample(key) > c["c"], 1.0, 0.0)


@program
def normal_where_jump(p, c, key):
    x = ex.Normal(p["mu"], p["s"]).sample(key)
    return jnp.where(x > 0, x + 1, 0.0)


@program
def normal_round(p, c, key):
    return jnp.round(ex.Normal(p["mu"], p["s"]).sample(key))


@program
def normal_own_logprob(p, c, key):
    dist = ex.Normal(p["mu"], p["s"])
    return dist.log_prob(dist.sample(key))


@program
def normal_score_mean(p, c, key):
    """The draw is data: what is left is the score, whose mean is zero."""
    dist = ex.Normal(p["mu"], p["s"])
    return dist.log_prob(dist.sample(key, gradient="stop"))


@program
def elbo_conjugate(p, c, key):
    guide = ex.Normal(p["mu"], p["s"])
    z = guide.sample(key)
    return ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, c["t"]).log_prob(c["y"]) - guide.log_prob(z)


@program
def uniform_square(p, c, key):
    return ex.Uniform(p["a"], p["b"]).sample(key) ** 2


@program
def exponential_min(p, c, key):
    return jnp.minimum(ex.Exponential(p["lam"]).sample(key), c["c"])


@program
def logistic_square(p, c, key):
    return Logistic(p["mu"], p["s"]).sample(key) ** 2


@program
def cauchy_lorentz(p, c, key):
    return 1 / (1 + Cauchy(p["x0"], p["g"]).sample(key) ** 2)


@program
def student_t_square_df(p, c, key):
    return ex.StudentT(p["nu"], p["loc"], p["s"]).sample(key) ** 2


@program
def gamma_square(p, c, key):
    return ex.Gamma(p["a"], p["b"]).sample(key) ** 2


@program
def gamma_laplace(p, c, key):
    return jnp.exp(-c["t"] * ex.Gamma(p["a"], p["b"]).sample(key))


@program
def gamma_own_logprob(p, c, key):
    dist = ex.Gamma(p["a"], p["b"])
    return dist.log_prob(dist.sample(key))


@program
def chi2_log(p, c, key):
    """Chi-squared is a gamma."""
    return jnp.log(2 * ex.Gamma(p["k"] / 2).sample(key))


@program
def beta_square(p, c, key):
    return ex.Beta(p["a"], p["b"]).sample(key) ** 2


@program
def dirichlet_weighted_square(p, c, key):
    x = ex.Dirichlet(jnp.stack([p["a1"], p["a2"], p["a3"]])).sample(key)
    return x**2 @ jnp.array([1.0, 2.0, 5.0])


@program
def von_mises_cos(p, c, key):
    return jnp.cos(VonMises(p["mu"], p["kappa"]).sample(key))


@program
def pareto_log(p, c, key):
    """By transforming an exponential draw: the support moves along the path."""
    return jnp.log(p["xm"] * jnp.exp(ex.Exponential(p["a"]).sample(key)))


@program
def truncated_normal_mean(p, c, key):
    """By the quantile of a uniform draw: pathwise in all four parameters."""
    low, high = ndtr((p["a"] - p["mu"]) / p["s"]), ndtr((p["b"] - p["mu"]) / p["s"])
    u = ex.Uniform(0.0, 1.0).sample(key)
    return p["mu"] + p["s"] * ndtri(low + u * (high - low))


@program
def mixture_quadratic(p, c, key):
    k1, k2 = jax.random.split(key)
    first = ex.Bernoulli(probs=p["w"]).sample(k1) == 1
    x = ex.Normal(jnp.where(first, p["m1"], p["m2"]), jnp.where(first, p["s1"], p["s2"])).sample(k2)
    return (x - c["k"]) ** 2


def _mvn(p):
    rows = [jnp.stack([p["l11"], jnp.zeros_like(p["l11"])]), jnp.stack([p["l21"], p["l22"]])]
    return ex.MultivariateNormal(jnp.stack([p["m1"], p["m2"]]), scale_tril=jnp.stack(rows))


@program
def mvn_cholesky_cubic(p, c, key):
    x = _mvn(p).sample(key)
    return x[0] ** 2 * x[1]


@program
def mvn_own_logprob(p, c, key):
    dist = _mvn(p)
    return dist.log_prob(dist.sample(key))


@program
def argmax_two_normals(p, c, key):
    s2 = c["s2"] if "s2" in c else p["s2"]
    x = ex.Normal(jnp.stack([p["m1"], p["m2"]]), jnp.stack([p["s1"], jnp.asarray(s2)])).sample(key)
    return jnp.array([c["r1"], c["r2"]])[jnp.argmax(x)]


@program
def bernoulli_toy(p, c, key):
    return (draw(ex.Bernoulli(logits=p["th"]), key) - c["t"]) ** 2


@program
def bernoulli_own_logprob(p, c, key):
    dist = ex.Bernoulli(probs=p["p"])
    return dist.log_prob(dist.sample(key))


@program
def plate_separable(p, c, key):
    def one(i, k):
        return (draw(ex.Bernoulli(logits=p["th"] + 0.1 * i), k) - c["t"]) ** 2

    return jax.vmap(one)(jnp.arange(8.0), jax.random.split(key, 8)).sum()


@program
def categorical_values(p, c, key):
    k = ex.Categorical(logits=jnp.stack([p["l1"], p["l2"], p["l3"]])).sample(key)
    return jnp.array([2.0, -1.0, 5.0])[k]


@program
def poisson_square(p, c, key):
    return ex.Poisson(p["lam"]).sample(key) ** 2


@program
def poisson_cos(p, c, key):
    return jnp.cos(ex.Poisson(p["lam"]).sample(key))


@program
def geometric_loop(p, c, key):
    """n = 0; while not Bernoulli(p): n += 1"""

    def body(state):
        n, _, key = state
        key, k = jax.random.split(key)
        success = ex.Bernoulli(probs=p["p"]).sample(k)
        return n + 1 - success, success, key

    return lax.while_loop(lambda s: s[1] == 0, body, (0, 0, key))[0].astype(jnp.float32)


@program
def adev_flip(p, c, key):
    return lax.cond(ex.Bernoulli(probs=p["th"]).sample(key) == 1, lambda: 0.0, lambda: -p["th"] / 2)


@program
def two_bernoulli_chain(p, c, key):
    k1, k2 = jax.random.split(key)
    b1 = draw(ex.Bernoulli(probs=p["p"]), k1)
    b2 = draw(ex.Bernoulli(probs=jnp.where(b1 == 1, p["q"], p["r"])), k2)
    return b1 + 2 * b2 + 3 * b1 * b2


@program
def discrete_then_continuous(p, c, key):
    k1, k2 = jax.random.split(key)
    n = ex.Poisson(p["lam"]).sample(k1)
    return ex.Normal(n * p["m"], p["s"]).sample(k2) ** 2


@program
def branch_then_sample(p, c, key):
    k1, k2 = jax.random.split(key)
    b = ex.Bernoulli(logits=p["th"]).sample(k1)

    def one():
        return ex.Normal(p["m1"], p["s1"]).sample(k2)

    return lax.cond(b == 1, one, lambda: ex.Gamma(p["a"], 1.0).sample(k2)) ** 2


@program
def nested_normal(p, c, key):
    k1, k2 = jax.random.split(key)
    u = ex.Normal(p["m"], p["s"]).sample(k1)
    return (ex.Normal(u, p["t"]).sample(k2) - c["k"]) ** 2


@program
def beta_binomial(p, c, key):
    """A binomial is a sum of coins: their score, along the path of the beta draw."""
    k1, k2 = jax.random.split(key)
    chance = ex.Beta(p["a"], p["b"]).sample(k1)
    return draw(ex.Bernoulli(probs=jnp.full(6, chance)), k2).sum() ** 2


@program
def gaussian_random_walk_scan(p, c, key):
    def step(x, k):
        return (x + ex.Normal(p["mu"], p["s"]).sample(k), None)

    return lax.scan(step, 0.0, jax.random.split(key, 10))[0] ** 2


@program
def renewal_exponential_while(p, c, key):
    def body(state):
        n, t, key = state
        key, k = jax.random.split(key)
        return n + 1, t + ex.Exponential(p["lam"]).sample(k), key

    return lax.while_loop(lambda s: s[1] <= c["c"], body, (0.0, 0.0, key))[0]


@program
def nested_expectation_square(p, c, key):
    """E[x²|y]² by two independent inner draws."""
    k0, k1, k2 = jax.random.split(key, 3)
    y = ex.Normal(p["m"], p["tau"]).sample(k0)
    inner = ex.Normal(y, p["s"])
    return inner.sample(k1) ** 2 * inner.sample(k2) ** 2


@program
def log_expectation(p, c, key):
    """The expectation inside; the logarithm is applied by the chain rule, outside."""
    return jnp.exp(c["a"] * ex.Normal(p["mu"], p["s"]).sample(key))


@program
def concrete_binary_relaxed(p, c, key):
    y = jax.nn.sigmoid((p["th"] + Logistic(0.0, 1.0).sample(key)) / c["tau"])
    return (y - c["t"]) ** 2


@program
def bernoulli_normal_hessian_mix(p, c, key):
    k1, k2 = jax.random.split(key)
    b = draw(ex.Bernoulli(logits=p["th"]), k1)
    return b * ex.Normal(p["mu"] * p["th"], p["s"]).sample(k2) ** 2


@program
def normal_cond_branch(p, c, key):
    x = ex.Normal(p["mu"], p["s"]).sample(key)
    return lax.cond(x > 0, lambda: x**2, lambda: -c["c"])


@program
def continuous_then_discrete(p, c, key):
    k1, k2 = jax.random.split(key)
    x = ex.Normal(p["mu"], p["s"]).sample(k1)
    return draw(ex.Bernoulli(probs=ndtr(x)), k2)


@program
def random_walk_branching(p, c, key):
    def step(x, k):
        b = ex.Bernoulli(logits=p["th"] - p["c"] * x).sample(k)
        return lax.cond(b == 1, lambda: x + 1, lambda: x - 1), None

    return lax.scan(step, 0.0, jax.random.split(key, 8))[0] ** 2


# --- The comparison ---


@pytest.fixture(autouse=True)
def _no_check_of_key_reuse():
    """JAX's own takes vmapped loops and branches for a second use of a key, in plain JAX too."""
    with jax.debug_key_reuse(False):
        yield


def split(entry):
    """(what is differentiated, the constants)."""
    params = {k: jnp.float32(v) for k, v in entry["params"].items() if k in entry["gradient"]}
    return params, {k: v for k, v in entry["params"].items() if k not in entry["gradient"]}


def close(name, got, expected, error):
    got, error = float(got), float(error)
    size = 1 + abs(expected)
    assert abs(got - expected) <= Z * error + ROUNDING * size, f"{name}: {got} +- {error}, closed form {expected}"


def compare(name, key, num_samples):
    entry, num_samples = ENTRIES[name], num_samples // (4 if name in COSTLY else 1)
    params, constants = split(entry)

    def loss(p, key):
        return PROGRAMS[name](p, constants, key)

    verb = ex.value_and_grad(loss, num_samples, return_stats=True, batch_size=min(num_samples, SLOW // 4))
    value, gradient, stats = jax.jit(verb, compiler_options=COMPILE)(params, key)
    value_error, errors = stats.value_standard_error, stats.standard_error
    if name == "log_expectation":  # d log E = dE / E
        errors = {k: e / value + abs(gradient[k]) * value_error / value**2 for k, e in errors.items()}
        gradient, value_error, value = {k: g / value for k, g in gradient.items()}, value_error / value, jnp.log(value)
    close(f"value of {name}", value, entry["value"], value_error)
    for k, expected in entry["gradient"].items():
        close(f"d {name} / d {k}", gradient[k], expected, errors[k])
    largest = max(map(abs, entry["gradient"].values()))
    if largest > 1e-9:
        noise = float(jnp.sqrt(sum(e**2 for e in errors.values())))
        assert noise <= 0.05 * largest, f"too noisy to show a bias: {noise} of {largest}"


def test_every_entry_has_its_program():
    assert PROGRAMS.keys() == ENTRIES.keys()


@pytest.mark.parametrize("name", ENTRIES)
def test_gradient_agrees_with_the_closed_form(name, key):
    compare(name, key, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTRIES)
def test_gradient_agrees_with_twenty_times_the_draws(name, key):
    compare(name, key, SLOW)


# --- Hessians ---


def compare_hessian(name, key, num_samples):
    """E of the Hessian of one run's surrogate."""
    entry, num_samples = ENTRIES[name], num_samples // (32 if name in COSTLY else 1)
    params, constants = split(entry)
    surrogate = ex.surrogate(lambda p, key: PROGRAMS[name](p, constants, key), order=2)
    one = jax.vmap(jax.hessian(surrogate), (None, 0))
    samples = jax.jit(one, compiler_options=COMPILE)(params, jax.random.split(key, num_samples))
    for pair, expected in entry["hessian"].items():
        a, b = pair.split(",")
        for x, y in ((a, b), (b, a)):
            values = np.asarray(samples[x][y], np.float64)
            close(f"d² {name} / d {x} d {y}", values.mean(), expected["value"], values.std() / math.sqrt(num_samples))


HESSIANS = [n for n, e in ENTRIES.items() if e["hessian"]]


@pytest.mark.parametrize("name", [n for n in HESSIANS if n not in COSTLY])
def test_hessian_agrees_with_the_closed_form(name, key):
    compare_hessian(name, key, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", HESSIANS)
def test_hessian_agrees_with_twenty_times_the_draws(name, key):
    compare_hessian(name, key, SLOW)


# --- What is refused ---


def refused(loss, words):
    with pytest.raises(ex.UnsoundGradientError, match=words) as caught:
        ex.value_and_grad(loss, 4)(1.3, jax.random.key(0))
    assert __file__ in str(caught.value), "the message names the user's line"


def test_score_is_refused_where_the_support_moves():
    refused(lambda b, key: ex.Uniform(0.0, b).sample(key, gradient="score") ** 2, "support moves")
    refused(lambda b, key: jnp.round(ex.Uniform(0.0, b).sample(key)), "support moves")


def test_pathwise_is_refused_across_a_jump():
    refused(lambda m, key: jnp.round(ex.Normal(m, 1.0).sample(key, gradient="pathwise")), "path is cut by")


def test_a_nonlinear_use_of_a_nested_mean_is_refused():
    """The plug-in logarithm of a mean of n draws is biased."""

    def plug_in(mu, key):
        inner = ex.expect(lambda mu, key: jnp.exp(ex.Normal(mu, 0.6).sample(key)), 16)
        return jnp.log(inner(mu, key).mean)

    refused(plug_in, "used nonlinearly")


def test_a_linear_use_of_a_nested_mean_is_right(key):
    def linear(mu, key):
        inner = ex.expect(lambda mu, key: 2.0 * draw(ex.Bernoulli(logits=mu), key), 16)
        return 3.0 * inner(mu, key).mean - mu

    value, gradient, stats = jax.jit(ex.value_and_grad(linear, 4096, return_stats=True))(0.3, key)
    p = 1 / (1 + math.exp(-0.3))
    close("value", value, 6 * p - 0.3, stats.value_standard_error)
    close("gradient", gradient, 6 * p * (1 - p) - 1, stats.standard_error)
