"""Objectives of variational inference: values and every gradient against quadrature, refusals, discrete latents.

The model: z ~ Normal(0, 1), x ~ Normal(z, 1), x = 2; the posterior is Normal(1, sqrt(1/2)). The guide: Normal(m, s).
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax.vi import csiszar

THETA = (np.float32(0.7), np.float32(0.9))
OPTIMUM = (np.float32(1.0), np.float32(math.sqrt(0.5)))
LOG_EVIDENCE = -0.5 * math.log(2 * math.pi * 2) - 1.0  # x ~ Normal(0, sqrt 2)
FAR = 5.5
"""Standard errors: exceeded by chance in 4e-8 of all comparisons; a bias of 8 is seen in 99%."""
GRADIENTS = ("total", "sticking-the-landing", "doubly-reparameterised")


def log_joint(_, z):
    return ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)


def guide(theta):
    return ex.Normal(*theta)


# --- By quadrature -----------------------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def np_log_normal(x, loc, scale):
    return -0.5 * ((x - loc) / scale) ** 2 - np.log(scale) - 0.5 * math.log(2 * math.pi)


def np_log_weights(m, s):
    """(draws, log w, score of (m, s)) at the nodes."""
    z = m + s * NODES
    log_w = np_log_normal(z, 0, 1) + np_log_normal(2, z, 1) - np_log_normal(z, m, s)
    return log_w, np.stack([NODES / s, (NODES**2 - 1) / s])


def mean_of_pairs(value, theta):
    """E[V(log w1, log w2)]."""
    log_w, _ = np_log_weights(*theta)
    return WEIGHTS @ value(log_w[:, None], log_w[None, :]) @ WEIGHTS


def slopes_of(function, theta, step=1e-5):
    theta = np.asarray(theta, float)
    return [(function(theta + e) - function(theta - e)) / (2 * step) for e in step * np.eye(2)]


def forward_kl_slopes(theta):
    """-E[sum_k s_k dlog q(z_k)] for two draws."""
    log_w, score = np_log_weights(*np.asarray(theta, float))
    share = 1 / (1 + np.exp(log_w[None, :] - log_w[:, None]))
    return [-2 * WEIGHTS @ (share * row[:, None]) @ WEIGHTS for row in score]


def pair_of_renyi(alpha):
    return lambda a, b: -np.logaddexp((1 - alpha) * a, (1 - alpha) * b) / (1 - alpha) + math.log(2) / (1 - alpha)


def pair_of(function):
    return lambda a, b: (function(a) + function(b)) / 2


def jeffreys(t):
    return 0.5 * np.expm1(t) * t


CASES = {
    "elbo": (ex.vi.elbo, {}, pair_of(np.negative), GRADIENTS),
    "iwae": (ex.vi.iwae, {}, pair_of_renyi(0.0), ("total", "doubly-reparameterised")),
    "renyi": (ex.vi.renyi, {"alpha": 0.5}, pair_of_renyi(0.5), ("total", "doubly-reparameterised")),
    "renyi2": (ex.vi.renyi, {"alpha": -0.5}, pair_of_renyi(-0.5), ("total", "doubly-reparameterised")),
    "f": (ex.vi.f_divergence, {"function": csiszar.jeffreys}, pair_of(jeffreys), ("total", "doubly-reparameterised")),
    "kl": (ex.vi.f_divergence, {"function": csiszar.kl_reverse}, pair_of(np.negative), GRADIENTS[1:2]),
    "vimco": (ex.vi.csiszar_vimco, {"function": csiszar.kl_reverse}, pair_of_renyi(0.0), (None,)),
    "forward": (ex.vi.forward_kl, {}, None, ("total", "doubly-reparameterised")),
}
VARIANTS = [(name, g) for name, case in CASES.items() for g in case[3]]


def loss_of(name, gradient, count=2):
    make, options, _, _ = CASES[name]
    gradient = {} if gradient is None else {"gradient": gradient}
    return make(log_joint, guide, num_samples=count, **options, **gradient)


def check_against_quadrature(name, gradient, key, draws):
    step = jax.jit(ex.value_and_grad(loss_of(name, gradient), draws, return_stats=True))
    value, grad, stats = step(THETA, key)
    pair = CASES[name][2]
    if pair is None:
        exact = forward_kl_slopes(THETA)
    else:
        exact = slopes_of(functools.partial(mean_of_pairs, pair), THETA)
        expected = mean_of_pairs(pair, np.asarray(THETA, float))
        assert abs(float(value) - expected) < FAR * float(stats.value_standard_error)
    for got, want, error in zip(grad, exact, stats.standard_error, strict=True):
        assert abs(float(got) - want) < FAR * float(error), (got, want, error)
        assert float(error) < 12 / math.sqrt(draws)  # what a bias is measured with


@pytest.mark.parametrize(
    ("name", "gradient"), [("iwae", "doubly-reparameterised"), ("vimco", None), ("forward", "total")]
)
def test_gradients_are_unbiased_quickly(name, gradient, key):
    check_against_quadrature(name, gradient, key, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "gradient"), VARIANTS)
def test_gradients_are_unbiased(name, gradient, key):
    check_against_quadrature(name, gradient, key, 200_000)


def test_the_landing_is_stuck(key):
    """At the optimum sticking the landing has no variance, the total gradient has."""
    spread = {}
    for gradient in GRADIENTS[:2]:
        slopes = jax.jit(jax.vmap(jax.grad(ex.surrogate(loss_of("elbo", gradient, 1))), (None, 0)))
        spread[gradient] = [float(jnp.std(g)) for g in slopes(OPTIMUM, jax.random.split(jax.random.clone(key), 4000))]
    assert max(spread["sticking-the-landing"]) < 1e-5
    assert min(spread["total"]) > 0.5  # 1/s = 1.4 and sqrt(2)/s = 2


@pytest.mark.slow
def test_signal_to_noise_of_many_weights(key):
    """With K = 256 the doubly-reparameterised gradient keeps its signal (Tucker et al. 2019)."""
    noise = {}
    for gradient in ("total", "doubly-reparameterised"):
        slopes = jax.jit(jax.vmap(jax.grad(ex.surrogate(loss_of("iwae", gradient, 256))), (None, 0)))
        grad, _ = slopes(THETA, jax.random.split(jax.random.clone(key), 4000))
        noise[gradient] = float(jnp.std(grad) / abs(grad.mean()))
    assert noise["doubly-reparameterised"] < 0.3 * noise["total"]


# --- Bounds ------------------------------------------------------------------------------------------------------


def test_importance_weighted_bound_tightens(key):
    bounds = []
    for count in (1, 4, 32):
        found = ex.expect(loss_of("iwae", "total", count), num_samples=20_000)(THETA, jax.random.clone(key))
        bounds.append((-float(found.mean), float(found.standard_error)))
    for (low, error), (high, other) in zip(bounds, [*bounds[1:], (LOG_EVIDENCE, 0.0)], strict=True):
        assert high - low > -FAR * math.hypot(error, other)
    assert bounds[1][0] - bounds[0][0] > FAR * bounds[0][1]
    assert LOG_EVIDENCE - bounds[2][0] < 0.01


def test_renyi_tends_to_the_elbo(key):
    near = [
        jax.value_and_grad(ex.surrogate(ex.vi.renyi(log_joint, guide, alpha=a, num_samples=64)))(
            THETA, jax.random.clone(key)
        )
        for a in (1.0, 1 - 1e-3, 1 + 1e-3, 1 - 1e-6)
    ]
    at_one, *close = [np.array([v, *g]) for v, g in near]
    for found, distance in zip(close, (1e-3, 1e-3, 1e-6), strict=True):
        np.testing.assert_allclose(found, at_one, rtol=0, atol=5 * distance + 3e-6)


def test_power_mean_of_impossible_draws(key):
    """A draw that the model excludes has weight 0; the bound and its gradient stay finite."""

    def positive_only(_, z):
        return ex.HalfNormal(1.0).log_prob(z)

    loss = ex.vi.iwae(positive_only, lambda m: ex.Normal(m, 1.0), num_samples=64)
    assert math.isfinite(float(ex.expect(loss, num_samples=2)(jnp.float32(0.0), key).mean))


# --- Csiszár functions -------------------------------------------------------------------------------------------

P, Q = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.25, 0.35])
M = (P + Q) / 2


def kl(a, b):
    return float((a * np.log(a / b)).sum())


DIVERGENCES = {
    "kl_reverse": (csiszar.kl_reverse, kl(Q, P)),
    "kl_forward": (csiszar.kl_forward, kl(P, Q)),
    "amari_half": (functools.partial(csiszar.amari_alpha, alpha=0.5), 4 * (1 - np.sqrt(P * Q).sum())),
    "amari_2": (functools.partial(csiszar.amari_alpha, alpha=2.0), ((P**2 / Q).sum() - 1) / 2),
    "amari_0": (functools.partial(csiszar.amari_alpha, alpha=0.0), kl(Q, P)),
    "amari_1": (functools.partial(csiszar.amari_alpha, alpha=1.0), kl(P, Q)),
    "jensen_shannon": (csiszar.jensen_shannon, kl(P, M) + kl(Q, M) - 2 * math.log(2)),
    "arithmetic_geometric": (csiszar.arithmetic_geometric, kl(M, P) + kl(M, Q) + 2 * math.log(2)),
    "total_variation": (csiszar.total_variation, abs(P - Q).sum() / 2),
    "pearson": (csiszar.pearson, ((P - Q) ** 2 / Q).sum()),
    "chi_square": (csiszar.chi_square, ((P - Q) ** 2 / Q).sum()),
    "squared_hellinger": (csiszar.squared_hellinger, ((np.sqrt(P) - np.sqrt(Q)) ** 2).sum()),
    "triangular": (csiszar.triangular, ((P - Q) ** 2 / (P + Q)).sum()),
    "t_half": (functools.partial(csiszar.t_power, t=0.5), 1 - np.sqrt(P * Q).sum()),
    "t_2": (functools.partial(csiszar.t_power, t=2.0), ((P - Q) ** 2 / Q).sum()),
    "log1p_abs": (csiszar.log1p_abs, (Q * np.maximum(P / Q, Q / P)).sum() - 1),
    "jeffreys": (csiszar.jeffreys, (kl(P, Q) + kl(Q, P)) / 2),
    "modified_gan": (csiszar.modified_gan, (Q * np.log(1 + Q / P)).sum()),
    "dual": (csiszar.dual(csiszar.pearson), ((P - Q) ** 2 / P).sum()),
    "symmetrized": (csiszar.symmetrized(csiszar.pearson), ((P - Q) ** 2 * (P + Q) / (2 * P * Q)).sum()),
}
NORMALISABLE = {
    "kl_reverse",
    "kl_forward",
    "amari_half",
    "amari_2",
    "amari_0",
    "amari_1",
    "jensen_shannon",
    "arithmetic_geometric",
    "t_half",
    "t_2",
    "modified_gan",
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_csiszar_function_is_the_divergence(name, x64):
    function, expected = DIVERGENCES[name]
    np.testing.assert_allclose((Q * function(jnp.log(P / Q))).sum(), expected, rtol=1e-12)
    dual = (P * csiszar.dual(function)(jnp.log(Q / P))).sum()
    np.testing.assert_allclose(dual, expected, rtol=1e-12, err_msg="the dual exchanges p and q")


@pytest.mark.parametrize("name", DIVERGENCES)
def test_csiszar_function_is_convex(name, x64):
    u = np.linspace(0.05, 4.0, 200)
    values = np.asarray(DIVERGENCES[name][0](jnp.log(u)))
    assert (np.diff(values, 2) > -1e-12).all()


@pytest.mark.parametrize("name", sorted(NORMALISABLE))
def test_self_normalized_is_least_at_one(name, x64):
    function = functools.partial(DIVERGENCES[name][0], self_normalized=True)
    plain = DIVERGENCES[name][0]
    assert abs(float(jax.grad(function)(0.0))) < 1e-15
    offset = float((Q * (function(jnp.log(P / Q)) - plain(jnp.log(P / Q)))).sum())
    assert min(abs(offset - k * math.log(2)) for k in (-2, 0, 2)) < 1e-13  # a constant


def test_csiszar_functions_keep_their_digits():
    far = jnp.array([-60.0, 60.0])
    np.testing.assert_allclose(csiszar.jensen_shannon(far), [0.0, -61.0], atol=1e-5)
    np.testing.assert_allclose(csiszar.modified_gan(far), [60.0, 0.0], atol=1e-5)
    near = csiszar.triangular(jnp.float32(1e-4))
    np.testing.assert_allclose(near, 0.5e-8, rtol=1e-3)


# --- Discrete and several latents --------------------------------------------------------------------------------


def mixed_joint(_, latents):
    """A real z and a bit b, both behind one observation."""
    bit = latents["b"].astype(jnp.float32)
    return (
        ex.Normal(0.0, 1.0).log_prob(latents["z"])
        + ex.Bernoulli(probs=0.3).log_prob(latents["b"])
        + ex.Normal(latents["z"] + 2 * bit, 1.0).log_prob(1.5)
    )


def mixed_guide(theta):
    m, logit = theta
    return {"z": ex.Normal(m, 0.8), "b": ex.Bernoulli(logits=logit)}


def mixed_exact(theta):
    m, logit = theta
    z, total = m + 0.8 * NODES, 0.0
    for bit, mass in ((0, 1 / (1 + math.exp(logit))), (1, 1 / (1 + math.exp(-logit)))):
        log_p = np_log_normal(z, 0, 1) + math.log((0.7, 0.3)[bit]) + np_log_normal(1.5, z + 2 * bit, 1)
        total -= mass * (WEIGHTS @ (log_p - np_log_normal(z, m, 0.8)) - math.log(mass))
    return total


@pytest.mark.parametrize("gradient", GRADIENTS[:2])
def test_discrete_latents(gradient, key):
    """A bit is weighed by its score, a real number follows its path; nothing in the model says so."""
    theta = (jnp.float32(0.4), jnp.float32(-0.5))
    loss = ex.vi.elbo(mixed_joint, mixed_guide, num_samples=4, gradient=gradient)
    _, grad, stats = jax.jit(ex.value_and_grad(loss, 5000, return_stats=True))(theta, key)
    for got, want, error in zip(grad, slopes_of(mixed_exact, theta), stats.standard_error, strict=True):
        assert abs(float(got) - want) < FAR * float(error)
        assert float(error) < 0.05


def test_the_baseline_of_vimco_helps(key):
    """Against the same scores without it; both are unbiased. Of 5 draws: "auto" would sum over 16 joint values."""

    def joint(_, b):
        return ex.Bernoulli(logits=b.astype(jnp.float32)).log_prob(1) - 5.0

    def bits(logit):
        return ex.Bernoulli(logits=logit)

    def spread(loss):
        keys = jax.random.split(jax.random.clone(key), 2000)
        return float(jnp.std(jax.jit(jax.vmap(jax.grad(ex.surrogate(loss)), (None, 0)))(jnp.float32(0.3), keys)))

    vimco = ex.vi.csiszar_vimco(joint, bits, function=csiszar.kl_reverse, num_samples=5)
    assert spread(vimco) < 0.2 * spread(ex.vi.iwae(joint, bits, num_samples=5))


def test_the_model_learns_too(key):
    """Parameters of the model get their gradient from every variant: d/dp -E[log Normal(x; z, p)]."""

    def joint(params, z):
        return ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, params["noise"]).log_prob(2.0)

    def fixed(params):
        return ex.Normal(params["loc"], 0.5)

    params = {"noise": jnp.float32(1.2), "loc": jnp.float32(0.7)}
    exact = 1 / 1.2 - (0.5**2 + 1.3**2) / 1.2**3
    for gradient in GRADIENTS:
        loss = ex.vi.elbo(joint, fixed, gradient=gradient)
        _, grad, stats = jax.jit(ex.value_and_grad(loss, 4000, return_stats=True))(params, jax.random.clone(key))
        assert abs(float(grad["noise"]) - exact) < FAR * float(stats.standard_error["noise"])


def test_data_pass_through(key):
    def joint(_, z, x):
        return ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(x)

    loss = ex.vi.elbo(joint, lambda p, x: ex.Normal(p * x, math.sqrt(0.5)), gradient="sticking-the-landing")
    value, grad = ex.value_and_grad(loss, 4)(jnp.float32(0.5), jnp.float32(2.0), key)
    np.testing.assert_allclose([value, grad], [-LOG_EVIDENCE, 0.0], atol=1e-5)


# --- Refusals ----------------------------------------------------------------------------------------------------


def test_gradients_that_do_not_exist():
    with pytest.raises(ex.EstimatorError, match="expected one of"):
        ex.vi.elbo(log_joint, guide, gradient="path")
    with pytest.raises(ex.EstimatorError, match="importance-weighted bound: what it leaves out"):
        ex.vi.iwae(log_joint, guide, num_samples=2, gradient="sticking-the-landing")
    with pytest.raises(ex.EstimatorError, match="the whole gradient"):
        ex.vi.forward_kl(log_joint, guide, num_samples=2, gradient="sticking-the-landing")
    with pytest.raises(ex.EstimatorError, match="expected one of"):
        ex.vi.forward_kl(log_joint, guide, num_samples=2, gradient="path")
    with pytest.raises(ex.ArgumentError, match="at least 2"):
        ex.vi.csiszar_vimco(log_joint, guide, function=csiszar.kl_reverse, num_samples=1)
    with pytest.raises(ex.ArgumentError, match="alpha"):
        ex.vi.renyi(log_joint, guide, alpha=math.nan, num_samples=2)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_kinks_are_refused(name):
    make = functools.partial(
        ex.vi.f_divergence, log_joint, guide, function=DIVERGENCES[name][0], gradient="doubly-reparameterised"
    )
    if name in ("total_variation", "log1p_abs"):
        with pytest.raises(ex.EstimatorError, match="the derivative of f jumps"):
            make()
    else:
        make()


@pytest.mark.parametrize("function", [
    lambda log_u: jnp.maximum(jnp.exp(log_u) - 2.0, 0.0),
    lambda log_u: jnp.clip(log_u, -1.0, 1.0) ** 2,
], ids=["hockey_stick", "clipped"])  # fmt: skip
def test_kinks_are_refused_wherever_they_are(function):
    with pytest.raises(ex.EstimatorError, match="the derivative of f jumps"):
        ex.vi.f_divergence(log_joint, guide, function=function, gradient="doubly-reparameterised")


def test_a_refusal_names_the_line_of_the_call(key):
    loss = ex.vi.elbo(
        lambda _, z: -(z**2), lambda p: ex.Uniform(0.0, p), num_samples=2, gradient="sticking-the-landing"
    )
    with pytest.raises(ex.UnsoundGradientError, match=r"Uniform at .*test_vi.py:\d+"):
        ex.value_and_grad(loss, 2)(1.5, key)


def test_doubly_reparameterised_needs_paths(key):
    loss = ex.vi.elbo(mixed_joint, mixed_guide, gradient="doubly-reparameterised")
    with pytest.raises(ex.EstimatorError, match="Bernoulli"):
        ex.value_and_grad(loss, 2)((0.4, -0.5), key)


@pytest.mark.parametrize("make", [ex.vi.elbo, functools.partial(ex.vi.forward_kl, num_samples=2)])
def test_a_jump_of_the_model_is_seen(make, key):
    """The slopes are set by hand, but whoever reads the program still sees what stands behind the draws."""

    def jumps(_, z):
        return log_joint(_, z) + jnp.where(z > 0.5, 1.0, 0.0)

    loss = make(jumps, guide, gradient="doubly-reparameterised")
    with pytest.raises(ex.UnsoundGradientError):
        ex.value_and_grad(loss, 2)(THETA, key)


@pytest.mark.parametrize("gradient", GRADIENTS[1:])
def test_only_first_derivatives(gradient, key):
    loss = loss_of("elbo", gradient, 1)
    with pytest.raises(ex.OrderError):
        jax.hessian(ex.surrogate(loss, order=2))(THETA, key)


def test_bad_models_and_guides(key):
    with pytest.raises(ex.ArgumentError, match="expected a scalar"):
        ex.expect(ex.vi.elbo(lambda _, z: z[None], guide), num_samples=2)(THETA, jax.random.clone(key))
    with pytest.raises(ex.ArgumentError, match="pytree of distributions"):
        ex.expect(ex.vi.elbo(log_joint, lambda theta: theta), num_samples=2)(THETA, key)
