"""Guides and the loop that fits them: densities, conjugate posteriors, why it stops."""

import functools
import json
import math
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import expectax as ex
from expectax.vi._log_det import log_det

PRIORS = {
    "w": ex.Normal(jnp.zeros(2), 1.0),
    "rate": ex.Exponential(1.0),
    "share": ex.Beta(2.0, 2.0),
    "level": ex.Uniform(jnp.array([-1.0, 0.0]), jnp.array([1.0, 3.0])),
}


# --- Guides ------------------------------------------------------------------------------------------------------


def _bent(key, size):
    """A flow away from the identity, where it starts."""
    flow = ex.flows.coupling(key, size, layers=3, hidden=(8,))
    leaves, structure = jax.tree.flatten(flow)
    keys = jax.random.split(jax.random.key(3), len(leaves))
    floats = [jnp.issubdtype(v.dtype, jnp.floating) for v in leaves]
    moved = [v + 0.3 * jax.random.normal(k, v.shape) if f else v for v, k, f in zip(leaves, keys, floats, strict=True)]
    return structure.unflatten(moved)


def guides(key, like):
    return {
        "mean_field": ex.vi.mean_field_normal(like, scale=0.7),
        "full_rank": ex.vi.full_rank_normal(like, scale=0.7),
        "low_rank": ex.vi.low_rank_normal(like, 1, key, scale=0.7),
        "flow": ex.vi.flow_guide(like, functools.partial(_bent, jax.random.key(5)), scale=0.7),
    }


@pytest.mark.parametrize("name", ["mean_field", "full_rank", "low_rank", "flow"])
def test_density_of_a_pushforward(name, key, x64):
    """log q(x) = log base(u) - log |det dx/du|, the Jacobian dense and by differentiation."""
    guide = guides(key, jax.tree.map(lambda v: jnp.asarray(v, float), PRIORS))[name]
    free = jnp.linspace(-1.5, 2.0, 6)
    flat = lambda u: jnp.concatenate([jnp.ravel(x) for x in jax.tree.leaves(guide.push(u))])  # noqa: E731
    _, dense = np.linalg.slogdet(jax.jacfwd(flat)(free))
    np.testing.assert_allclose(guide.log_prob_at(free), guide.base.log_prob(free) - dense, rtol=1e-12)
    np.testing.assert_allclose(guide.log_prob(guide.push(free)), guide.log_prob_at(free), rtol=1e-9)


def test_increasing_vectors(x64):
    increasing = ex.supports.increasing_vector
    free = jnp.array([0.3, -1.0, 2.0])
    _, dense = np.linalg.slogdet(jax.jacfwd(increasing.constrain)(free))
    np.testing.assert_allclose(log_det(increasing, free).sum(), dense, rtol=1e-12)


def test_draws_lie_in_the_supports(key):
    draws = ex.vi.mean_field_normal(PRIORS, scale=3.0).sample(key, (50,))
    assert jax.tree.map(jnp.shape, draws) == {"level": (50, 2), "rate": (50,), "share": (50,), "w": (50, 2)}
    for name, prior in PRIORS.items():
        assert bool(jnp.all(jax.vmap(prior.support.contains)(draws[name]))), name


def test_guides_are_refused():
    with pytest.raises(ex.UnsupportedProgramError, match="discrete distribution in the guide"):
        ex.vi.mean_field_normal({"b": ex.Bernoulli(probs=0.5)})
    with pytest.raises(ex.UnsupportedProgramError, match="sums to 1"):
        ex.vi.full_rank_normal(ex.Dirichlet(jnp.ones(3)))
    with pytest.raises(ex.ArgumentError, match="pytree of distributions"):
        ex.vi.full_rank_normal({"x": 1.0})


# --- Conjugate models --------------------------------------------------------------------------------------------


def run(loss, start, key, **options):
    options = {"optimiser": 0.05, "num_samples": 8, "max_steps": 1500, **options}
    return ex.vi.fit(loss, start, key, **options)


def test_normal_normal(key):
    """Posterior Normal(1, sqrt(1/2)); its negative log-evidence is the least loss."""

    def joint(_, z):
        return ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 1.0).log_prob(2.0)

    loss = ex.vi.elbo(joint, ex.constrain, gradient="sticking-the-landing")
    found = run(loss, ex.unconstrain(ex.Normal(0.0, 1.0)), key, max_steps=1000)
    q = ex.constrain(found.params)
    assert found.converged
    assert "tolerance" in found.reason
    np.testing.assert_allclose([q.loc, q.scale], [1.0, math.sqrt(0.5)], atol=1e-2)
    np.testing.assert_allclose(found.losses[-1], 0.5 * math.log(4 * math.pi) + 1, atol=1e-3)


@pytest.mark.slow
def test_beta_binomial(key):
    """Beta(2, 2) and 7 of 10: Beta(9, 5). A beta guide finds it, a normal one on the logit comes near."""

    def joint(_, p):
        return ex.Beta(2.0, 2.0).log_prob(p) + ex.Binomial(10, probs=p).log_prob(7.0)

    loss = ex.vi.elbo(joint, ex.constrain, gradient="sticking-the-landing")
    q = ex.constrain(run(loss, ex.unconstrain(ex.Beta(1.0, 1.0)), key, max_steps=3000).params)
    np.testing.assert_allclose([q.mean(), q.stddev()], [9 / 14, math.sqrt(9 * 5 / (14**2 * 15))], rtol=1e-2)
    guide = ex.vi.mean_field_normal(ex.Beta(2.0, 2.0))
    fit_key, draw_key = jax.random.split(jax.random.fold_in(key, 1))
    q = ex.constrain(run(loss, ex.unconstrain(guide), fit_key, max_steps=3000).params)
    draws = q.sample(draw_key, (20_000,))
    np.testing.assert_allclose([draws.mean(), draws.std()], [9 / 14, math.sqrt(9 * 5 / (14**2 * 15))], rtol=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["full_rank", "low_rank", "mean_field"])
def test_linear_regression(name, key):
    """Posterior Normal(S X'y, S), S = (X'X + I)^-1: a full-rank guide finds it; a mean-field one has the precisions."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 3)) @ np.array([[1, 0.8, 0], [0, 0.6, 0], [0, 0, 1]])
    y = x @ [1.0, -1.0, 0.5] + generator.normal(size=40)
    covariance = np.linalg.inv(x.T @ x + np.eye(3))
    mean = covariance @ x.T @ y
    x, y = jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)

    def joint(_, w):
        return ex.Normal(0.0, 1.0).log_prob(w).sum() + ex.Normal(x @ w, 1.0).log_prob(y).sum()

    guide = guides(jax.random.fold_in(key, 1), ex.Normal(jnp.zeros(3), 1.0))[name]
    loss = ex.vi.elbo(joint, ex.constrain, gradient="sticking-the-landing")
    schedule = optax.adam(optax.exponential_decay(0.05, 500, 0.5))
    found = run(loss, ex.unconstrain(guide), key, optimiser=schedule, max_steps=4000, tolerance=1e-3)
    q = ex.constrain(found.params).base
    # the fit ends when a loss of 1e-3 nats is left to gain: 0.045 standard deviations along one axis
    np.testing.assert_allclose(q.mean(), mean, atol=0.06 * np.sqrt(covariance.diagonal()).max())
    if name == "mean_field":
        np.testing.assert_allclose(q.variance(), 1 / np.linalg.inv(covariance).diagonal(), rtol=0.03)
    elif name == "full_rank":
        scales = np.sqrt(np.outer(covariance.diagonal(), covariance.diagonal()))
        np.testing.assert_allclose(q.covariance() / scales, covariance / scales, atol=0.03)
    else:
        assert float(found.losses[-100:].mean()) < 0.2 - log_evidence(np.asarray(x), np.asarray(y))


def log_evidence(x, y):
    cov = x @ x.T + np.eye(len(y))
    return -0.5 * (y @ np.linalg.solve(cov, y) + np.linalg.slogdet(cov)[1] + len(y) * math.log(2 * math.pi))


REFERENCE = pathlib.Path(__file__).parent / "reference" / "breast_cancer_posterior.json"


@pytest.mark.slow
def test_logistic_regression_against_nuts(key):
    """Wisconsin breast cancer, 569 cases with 30 standardised features; the reference is a long run of NUTS."""
    from sklearn.datasets import load_breast_cancer

    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    x, y = load_breast_cancer(return_X_y=True)
    x = np.column_stack([np.ones(len(x)), (x - x.mean(0)) / x.std(0)])
    x, y = jnp.asarray(x, jnp.float32), jnp.asarray(y)

    def joint(_, w):
        return ex.Normal(0.0, 1.0).log_prob(w).sum() + ex.Bernoulli(logits=x @ w).log_prob(y).sum()

    guide = ex.vi.full_rank_normal(ex.Normal(jnp.zeros(31), 1.0))
    loss = ex.vi.elbo(joint, ex.constrain, gradient="sticking-the-landing")
    schedule = optax.adam(optax.exponential_decay(0.02, 3000, 0.5))
    found = run(loss, ex.unconstrain(guide), key, optimiser=schedule, num_samples=16, max_steps=20_000, tolerance=0.0)
    q = ex.constrain(found.params).base
    mean, scale = np.array(reference["mean"]), np.array(reference["standard_deviation"])
    assert float(np.abs((q.mean() - mean) / scale).max()) < 0.15
    assert float(np.abs(np.log(q.stddev() / scale)).max()) < 0.15


# --- Why it stops ------------------------------------------------------------------------------------------------


def noisy(params, key):
    return (params - 1.0) ** 2 + ex.Normal(0.0, 10.0).sample(key)


def test_runs_to_the_end_if_nothing_shows(key):
    found = ex.vi.fit(noisy, jnp.float32(0.0), key, optimiser=0.1, num_samples=1, max_steps=200)
    assert not found.converged
    assert found.reason.startswith("max_steps = 200 reached")
    assert found.losses.shape == (200,)
    again = ex.vi.fit(
        noisy, jnp.float32(0.0), jax.random.clone(key), optimiser=optax.adam(0.1), num_samples=1, max_steps=200
    )
    assert found == again  # the key fixes everything


def test_stops_before_what_is_not_finite(key):
    """log of a number that falls below 0 in the fourth step."""
    found = ex.vi.fit(
        lambda p, key: jnp.log(p), jnp.float32(0.35), key, optimiser=optax.sign_sgd(0.1), num_samples=1, max_steps=100
    )
    assert not found.converged
    assert "not finite at step 4" in found.reason
    assert found.losses.shape == (4,)
    assert 0 < float(found.params) < 0.1


def test_bad_arguments(key):
    with pytest.raises(ex.ArgumentError, match="optax optimiser"):
        ex.vi.fit(noisy, 0.0, key, optimiser="adam", num_samples=1, max_steps=200)
    with pytest.raises(ex.ArgumentError, match="check_every"):
        ex.vi.fit(noisy, 0.0, key, optimiser=0.1, num_samples=1, max_steps=20)


@pytest.mark.parametrize(("package", "options"), [("optax", {}), ("rich.progress", {"progress": True})])
def test_missing_extras(package, options, key, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"needs {package.partition('.')[0]}: pip install 'expectax\["):
        ex.vi.fit(noisy, jnp.float32(0.0), key, optimiser=0.1, num_samples=1, max_steps=100, **options)


def test_progress_bar(key, capsys):
    pytest.importorskip("rich")
    ex.vi.fit(noisy, jnp.float32(0.0), key, optimiser=0.1, num_samples=1, max_steps=200, progress=True)
    assert "the mean loss fell" in capsys.readouterr().out  # not a terminal: rich prints the last line alone


@pytest.mark.slow
def test_a_flow_follows_a_bent_posterior(key):
    """x is normal and y lies at x² ± 0.3: the joint density is normalised, so that the loss is the divergence."""

    def log_joint(_, latents):
        x, y = latents["x"], latents["y"]
        return ex.Normal(0.0, 1.0).log_prob(x) + ex.Normal(x**2, 0.3).log_prob(y)

    like = {"x": ex.Normal(0.0, 1.0), "y": ex.Normal(0.0, 1.0)}
    flow = functools.partial(ex.flows.coupling, jax.random.key(5), layers=4, hidden=(32,))
    loss = ex.vi.elbo(log_joint, ex.constrain, gradient="sticking-the-landing")

    def divergence(guide):
        found = ex.vi.fit(
            loss, ex.unconstrain(guide), key, optimiser=0.01, num_samples=64, max_steps=1200, tolerance=0.001
        )
        return float(found.losses[-200:].mean())

    assert divergence(ex.vi.full_rank_normal(like)) > 0.6
    assert divergence(ex.vi.flow_guide(like, flow, scale=0.7)) < 0.25
