"""Joint laws: log-densities by hand, gradients of expectations against quadrature and enumeration."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex

PLATE = np.array([0.5, 1.0, 2.0], np.float32)
VALUE = {"mean": np.float32(1.5), "data": np.array([1.0, -0.5, 4.0], np.float32), "flag": np.int32(1)}


def real(v):
    return v.astype(jnp.float32)


def named():
    return ex.Joint(
        {
            "mean": ex.Normal(0.5, 2.0),
            "flag": lambda v: ex.Bernoulli(logits=v["mean"]),
            "data": lambda v: ex.Normal(v["mean"] + 2.0 * real(v["flag"]), PLATE),
        }
    )


def numbered():
    return ex.Joint([ex.Gamma(2.0, 1.0), lambda v: ex.Poisson(v[0]), lambda v: ex.Normal(v[1] - v[0], 1.0)])


def parts_by_hand(v):
    return {
        "mean": stats.norm.logpdf(v["mean"], 0.5, 2.0),
        "flag": stats.bernoulli.logpmf(v["flag"], 1 / (1 + np.exp(-v["mean"]))),
        "data": stats.norm.logpdf(v["data"], v["mean"] + 2.0 * v["flag"], PLATE).sum(),
    }


def test_named_log_prob_counts_every_number_once():
    expected = parts_by_hand(VALUE)
    parts = named().log_prob_parts(VALUE)
    for name, of_part in expected.items():
        np.testing.assert_allclose(parts[name], of_part, rtol=1e-6)
    np.testing.assert_allclose(named().log_prob(VALUE), sum(expected.values()), rtol=1e-6)
    np.testing.assert_allclose(named().prob(VALUE), np.exp(sum(expected.values())), rtol=1e-5)


def test_numbered_log_prob():
    value = (np.float32(1.5), np.float32(2.0), np.float32(0.25))
    expected = (stats.gamma.logpdf(1.5, 2.0), stats.poisson.logpmf(2, 1.5), stats.norm.logpdf(0.25, 0.5, 1.0))
    np.testing.assert_allclose(numbered().log_prob_parts(value), expected, rtol=1e-5)
    np.testing.assert_allclose(numbered().log_prob(value), sum(expected), rtol=1e-5)


def test_shapes_of_draws_and_of_densities(key):
    assert named().event_shape == {"mean": (), "flag": (), "data": (3,)}
    draws = named().sample(key, (4, 2))
    assert {name: v.shape for name, v in draws.items()} == {"mean": (4, 2), "flag": (4, 2), "data": (4, 2, 3)}
    log_prob = named().log_prob(draws)
    assert log_prob.shape == (4, 2)
    one = jax.tree.map(lambda v: v[2, 1], draws)
    np.testing.assert_allclose(log_prob[2, 1], named().log_prob(one), rtol=1e-5)
    assert named().sample(jax.random.clone(key), (0, 2))["data"].shape == (0, 2, 3)
    assert isinstance(numbered().sample(jax.random.clone(key)), tuple)
    draw, log_prob = jax.jit(lambda d, k: d.sample_and_log_prob(k, (3,)))(named(), jax.random.clone(key))
    np.testing.assert_allclose(log_prob, named().log_prob(draw), rtol=1e-5)


def test_draws_follow_their_law(key):
    """E[data | flag = 1] - E[data | flag = 0] and the rate of flags, within 6 standard errors (10⁻⁸)."""
    draws = named().sample(key, (50_000,))
    draws = {name: np.asarray(v, np.float64) for name, v in draws.items()}
    excess = draws["data"] - draws["mean"][:, None] - 2.0 * draws["flag"][:, None]
    assert (np.abs(excess.mean(0)) < 6 * PLATE / len(excess) ** 0.5).all()
    np.testing.assert_allclose(excess.std(0), PLATE, rtol=0.03)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    rate = (weights / weights.sum() / (1 + np.exp(-(0.5 + 2 * nodes)))).sum()
    assert abs(draws["flag"].mean() - rate) < 6 * 0.5 / len(excess) ** 0.5


def test_known_parts_are_not_drawn(key):
    draws = named().sample(key, (20_000,), value={"mean": 1.5, "flag": 1})
    assert (draws["mean"] == 1.5).all()
    assert draws["flag"].dtype == jnp.int32
    data = np.asarray(draws["data"], np.float64)
    assert (np.abs(data.mean(0) - 3.5) < 6 * PLATE / len(data) ** 0.5).all()
    _, log_prob = named().sample_and_log_prob(jax.random.clone(key), value=VALUE)
    np.testing.assert_allclose(log_prob, sum(parts_by_hand(VALUE).values()), rtol=1e-6)
    _, count, _ = numbered().sample(jax.random.clone(key), value=(4.0, None, None))
    assert count >= 0
    with pytest.raises(ValueError, match="a dict of some of"):
        named().sample(jax.random.clone(key), value={"median": 1.0})
    with pytest.raises(ValueError, match="a tuple of 3 values or None"):
        numbered().sample(jax.random.clone(key), value=(1.0,))


def test_joints_in_joints(key):
    outer = ex.Joint(
        {
            "scale": ex.Gamma(2.0, 2.0),
            "inner": lambda v: ex.Joint([ex.Normal(0.0, v["scale"]), lambda w: ex.Normal(w[0], 1.0)]),
            "walk": lambda v: ex.MarkovChain(ex.Normal(v["inner"][1], 1.0), lambda t, x: ex.Normal(x, v["scale"]), 3),
        }
    )
    draw = outer.sample(key)
    assert outer.event_shape == {"scale": (), "inner": ((), ()), "walk": (3,)}
    s, (a, b), walk = float(draw["scale"]), draw["inner"], np.asarray(draw["walk"])
    expected = stats.gamma.logpdf(s, 2.0, scale=0.5) + stats.norm.logpdf(a, 0, s) + stats.norm.logpdf(b, a, 1)
    expected += stats.norm.logpdf(walk[0], b, 1) + stats.norm.logpdf(np.diff(walk), 0, s).sum()
    np.testing.assert_allclose(outer.log_prob(draw), expected, rtol=1e-5)
    given = outer.sample(jax.random.clone(key), value={"inner": (None, 2.0)})
    assert given["inner"][1] == 2.0


def test_gradient_through_parts_of_every_kind(key):
    """A path, then a coin that depends on it, then a plate: E by quadrature over the mean and enumeration of the coin."""

    def make(p):
        return ex.Joint(
            {
                "mean": ex.Normal(p[0], 0.5),
                "flag": lambda v: ex.Bernoulli(logits=v["mean"] + p[1]),
                "data": lambda v: ex.Normal(v["mean"] * (1.0 + real(v["flag"])), PLATE),
            }
        )

    def loss(p, key):
        v = make(p).sample(key)
        return (v["data"] ** 2).sum() - real(v["flag"])

    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    nodes, weights = (jnp.asarray(v, jnp.float32) for v in (nodes, weights / weights.sum()))

    def exact(p):
        mean = p[0] + 0.5 * nodes
        rate = jax.nn.sigmoid(mean + p[1])
        second = 3 * mean**2 * (1 + 3 * rate) + float((PLATE**2).sum())  # E[(1 + flag)²] = 1 + 3 rate
        return (weights * (second - rate)).sum()

    p = np.array([0.75, -0.25], np.float32)
    found = [ex.value_and_grad(loss, num_samples=1024)(p, k)[1] for k in jax.random.split(key, 16)]
    came, truth = np.asarray(found, np.float64), jax.grad(exact)(p)
    error = came.std(0, ddof=1) / 4
    # 16 batches: |t| of 15 degrees of freedom exceeds 12 once in 10⁹ tests
    assert (np.abs(came.mean(0) - truth) < 12 * error).all(), (came.mean(0), truth, error)
    assert 12 * error.max() < 0.5 * np.abs(truth).max()


def test_gradient_of_independent_joints_in_bulk(key):
    """`sample(key, shape)` inside a loss: sites under a map, against enumeration."""

    def loss(p, key):
        v = ex.Joint([ex.Bernoulli(logits=p), lambda v: ex.Bernoulli(logits=p * real(v[0]))]).sample(key, (4,))
        return (v[0] * (1 + v[1])).sum().astype(jnp.float32)

    def exact(p):
        return 4 * jax.nn.sigmoid(p) * (1 + jax.nn.sigmoid(p))

    found = [ex.value_and_grad(loss, num_samples=1024)(0.5, k)[1] for k in jax.random.split(key, 16)]
    truth, error = jax.grad(exact)(0.5), np.std(found, ddof=1) / 4
    assert abs(np.mean(found) - truth) < 12 * error
    assert 12 * error < 0.5 * truth


def test_sites_have_the_names_of_parts(key):
    """Each part can be given an estimator by its name."""

    def loss(p, key):
        joint = ex.Joint({"a": ex.Normal(p, 1.0), "b": ex.Joint({"c": ex.Normal(p, 1.0)})})
        v = joint.sample(key, name="joint")
        return v["a"] + v["b"]["c"]

    plan = {"joint.a": "stop", "joint.b.c": "pathwise"}
    np.testing.assert_allclose(ex.value_and_grad(loss, num_samples=4, plan=plan)(0.5, key)[1], 1.0)
    with pytest.raises(ValueError, match="no site of that name"):
        ex.value_and_grad(loss, num_samples=4, plan={"joint.c": "stop"})(0.5, jax.random.clone(key))


def test_gradient_of_the_log_prob_of_data(x64):
    """With respect to laws that are leaves, and to what functions close over."""

    def log_prob(loc, shift):
        joint = ex.Joint({"a": ex.Normal(loc, 1.0), "b": lambda v: ex.Normal(v["a"] + shift, 2.0)})
        return joint.log_prob({"a": np.float64(1.0), "b": np.float64(3.0)})

    np.testing.assert_allclose(jax.grad(log_prob, (0, 1))(0.25, 0.5), (0.75, 1.5 / 4), rtol=1e-12)


def test_enumeration_of_a_whole_joint():
    """The probabilities of all events sum to 1."""
    joint = ex.Joint(
        {
            "a": ex.Categorical(probs=np.array([0.25, 0.5, 0.25], np.float32)),
            "b": lambda v: ex.Bernoulli(probs=0.25 * (1.0 + real(v["a"]))),
        }
    )
    a, b = np.array(list(itertools.product(range(3), range(2))), np.int32).T
    np.testing.assert_allclose(joint.prob({"a": a, "b": b}).sum(), 1.0, rtol=1e-6)


def test_what_does_not_fit(key):
    with pytest.raises(ValueError, match="at least one part"):
        ex.Joint({})
    with pytest.raises(ValueError, match="a law or a function of earlier values"):
        ex.Joint({"a": 1.0})
    with pytest.raises(ValueError, match="a law from the function for part 'a', got float"):
        ex.Joint({"a": lambda v: 1.0}).sample(key)
    with pytest.raises(ValueError, match="a value of the structure"):
        named().log_prob({"mean": 1.0})
    with pytest.raises(ValueError, match="the same axes in front of all or none"):
        named().log_prob({**VALUE, "mean": np.zeros(2, np.float32)})
