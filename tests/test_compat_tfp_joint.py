"""expectax.compat.tfp: joint, transformed and sequential distributions, against TFP's answers and as programs use them."""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tfp_cases
from test_compat_tfp import double

import expectax as ex
import expectax.compat.tfp as tfp

tfb, tfd = tfp.bijectors, tfp.distributions
REFERENCE = json.loads((pathlib.Path(__file__).parent / "reference" / "tfp.json").read_text(encoding="utf-8"))
CASES = list(zip(tfp_cases.JOINTS, REFERENCE["joints"], strict=True))


def plain(value):
    """A structure without the types of its tuples."""
    return dict(sorted(value.items())) if isinstance(value, dict) else list(value)


def is_shape(value):
    return isinstance(value, tfp.TensorShape)


# --- Joint distributions ---


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0][0])
def test_joint_distributions_give_tfps_numbers(case, x64, key):
    (_, make, value), expected = case
    d = make(tfd, double)
    value = {n: double(v) for n, v in value.items()} if isinstance(value, dict) else tuple(map(double, value))
    np.testing.assert_allclose(d.log_prob(value), np.array(expected["log_prob"]), rtol=1e-9)
    parts = jax.tree.leaves(plain(d.log_prob_parts(value)))
    for found, theirs in zip(parts, expected["log_prob_parts"], strict=True):
        np.testing.assert_allclose(found, np.array(theirs), rtol=1e-9)
    assert set(d._names()) == set(expected["names"])
    shapes = [plain(jax.tree.map(list, s, is_leaf=is_shape)) for s in (d.batch_shape, d.event_shape)]
    assert repr(shapes) == expected["shapes"]
    draw = d.sample(2, seed=key)
    assert [type(draw).__name__, repr(plain(jax.tree.map(jnp.shape, draw)))] == expected["sample"]
    np.testing.assert_allclose(d.log_prob(draw), jnp.log(d.prob(draw)), rtol=1e-9)


def test_values_by_position_and_name(key):
    d = tfd.JointDistributionSequential(tfp_cases.in_order(tfd, jnp.asarray))
    rate, centre, seen = value = [jnp.asarray(v) for v in tfp_cases.THREE]
    expected = d.log_prob(value)
    for found in (
        d.log_prob(rate, centre, seen),
        d.log_prob(rate=rate, centre=centre, x=seen),
        d.log_prob(rate, x=seen, centre=centre),
        d.log_prob(value=value),
        sum(d.log_prob_parts(*value)),
        d.unnormalized_log_prob(value),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="unexpected keyword"):
        d.log_prob(rate, centre, other=seen)
    with pytest.raises(ValueError, match="3 components"):
        d.log_prob(rate, centre)
    with pytest.raises(ValueError, match="can be `None`"):
        d.log_prob([rate, None, seen])
    with pytest.raises(ValueError, match="PRNGKey"):
        d.sample(3)
    assert d.expectax_distribution is None
    with pytest.raises(NotImplementedError):
        d.cdf(value)


def test_some_parts_given(key):
    named = tfd.JointDistributionNamedAutoBatched(tfp_cases.by_name(tfd, jnp.asarray))
    draw = named.sample(4, seed=key, rate=2.0)
    assert draw["rate"].tolist() == [2.0] * 4
    assert draw["seen"].shape == (4, 2)
    rates = jnp.array([1.0, 2.0, 3.0])
    many = named.sample(seed=jax.random.clone(key), value={"rate": rates})
    assert many["rate"].tolist() == rates.tolist()
    assert many["centre"].shape == (3, 2)
    parts, values = named.sample_distributions(seed=jax.random.clone(key))
    assert isinstance(parts["seen"], tfd.MultivariateNormalDiag)
    np.testing.assert_allclose(parts["seen"].log_prob(values["seen"]), named.log_prob_parts(values)["seen"], rtol=1e-6)


def test_draws_follow_the_model(key):
    draws = tfd.JointDistributionCoroutineAutoBatched(tfp_cases.written(tfd, jnp.asarray)).sample(20_000, seed=key)
    assert draws._fields == ("rate", "var1", "seen")
    np.testing.assert_allclose(draws.rate.mean(), 2.0, atol=0.05)
    np.testing.assert_allclose((draws.seen - draws.var1).mean(), 0.0, atol=0.05)
    np.testing.assert_allclose(((draws.seen - draws.var1) / draws.rate[:, None]).std(0), [1.0, 1.0], atol=0.03)


def test_independent_parts_have_moments_and_a_map(key):
    d = tfd.JointDistributionNamed({"a": tfd.Gamma(2.0, 1.0), "b": lambda: tfd.Normal(0.0, 1.0)})
    assert d.mean()["a"] == 2.0
    np.testing.assert_allclose(
        d.entropy(), tfd.Gamma(2.0, 1.0).entropy() + tfd.Normal(0.0, 1.0).entropy() * jnp.ones(2)
    )
    onto = d.experimental_default_event_space_bijector()
    free = tfd.TransformedDistribution(d, tfb.Invert(onto))
    x = free.sample(3, seed=key)
    y = onto.forward(x)
    slope = onto.forward_log_det_jacobian(x)
    np.testing.assert_allclose(free.log_prob(x), d.log_prob(y) + slope, rtol=1e-4, atol=1e-5)
    with pytest.raises(NotImplementedError, match="depend on no other"):
        tfd.JointDistributionSequential(tfp_cases.in_order(tfd, jnp.asarray)).mean()


def test_a_nested_joint_distribution(key):
    inner = tfd.JointDistributionSequential([tfd.Normal(0.0, 1.0), lambda x: tfd.Normal(x, 1.0)])
    outer = tfd.JointDistributionNamedAutoBatched({"pair": inner, "z": lambda pair: tfd.Normal(pair[0] + pair[1], 1.0)})
    draw = outer.sample(5, seed=key)
    assert draw["pair"][1].shape == (5,)
    found = outer.log_prob(draw)
    a, b = draw["pair"]
    expected = sum(tfd.Normal(m, 1.0).log_prob(v) for m, v in ((0.0, a), (a, b), (a + b, draw["z"])))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_graph_of_a_model():
    d = tfd.JointDistributionSequential(tfp_cases.in_order(tfd, jnp.asarray))
    assert d.resolve_graph() == (("rate", ()), ("centre", ()), ("x", ("centre", "rate")))
    named = tfd.JointDistributionNamed({"loc": tfd.Normal(0.0, 1.0), "scale": tfd.Gamma(2.0, 1.0), "x": tfd.Normal})
    assert dict(named.resolve_graph())["x"] == ("loc", "scale")  # a class is a function too


def test_a_coroutine_without_a_root(key):
    d = tfd.JointDistributionCoroutine(tfp_cases.written(tfd, jnp.asarray))
    with pytest.raises(ValueError, match="Root"):
        d.sample(3, seed=key)


def test_models_that_go_in_a_circle():
    d = tfd.JointDistributionNamed({"a": lambda b: tfd.Normal(b, 1.0), "b": lambda a: tfd.Normal(a, 1.0)})
    with pytest.raises(ValueError, match="circle"):
        d.batch_shape  # noqa: B018


# --- Transformed distributions ---


def test_what_stands_behind(key):
    law = tfb.Exp()(tfd.Normal(0.3, 0.7))
    assert isinstance(law.expectax_distribution, ex.Transformed)
    assert law.name == "expNormal"
    assert law.distribution.loc == jnp.float32(0.3)
    assert isinstance(law.bijector, tfb.Exp)
    assert law.log_prob(-1.0) == -jnp.inf
    assert law.cdf(-1.0) == 0
    draws, log_prob = law.experimental_sample_and_log_prob(5, seed=key)
    np.testing.assert_allclose(log_prob, law.log_prob(draws), rtol=1e-5)
    onto = law.experimental_default_event_space_bijector()
    np.testing.assert_allclose(onto.inverse(onto.forward(0.4)), 0.4, rtol=1e-5)
    assert jax.grad(lambda m: tfb.Exp()(tfd.Normal(m, 1.0)).sample(seed=jax.random.clone(key)))(0.3) > 0
    mixture = tfd.Mixture(tfd.Categorical(probs=[0.5, 0.5]), [law, tfd.Gamma(2.0, 1.0)])
    assert mixture.log_prob(1.0).shape == ()
    assert tfd.Independent(tfb.Shift(jnp.zeros(3))(tfd.Normal(0.0, 1.0)), 1).event_shape == (3,)


def test_draws_of_transformed_distributions(key):
    law = tfb.Shift(jnp.array([1.0, -1.0]))(tfb.Scale(-2.0))(tfd.Normal(0.5, 1.0))
    draws = law.sample(20_000, seed=key)
    np.testing.assert_allclose(draws.mean(0), law.mean(), atol=0.06)
    np.testing.assert_allclose(draws.std(0), law.stddev(), atol=0.06)
    with pytest.raises(NotImplementedError):
        law[0]


# --- Chains of states ---


def test_chains_are_as_written(key):
    chain = tfd.MarkovChain(
        tfd.Normal(0.0, jnp.ones(2)), lambda step, x: tfd.Normal(0.5 * x, 1.0 + step.astype(jnp.float32)), num_steps=4
    )
    assert (chain.batch_shape, chain.event_shape) == ((2,), (4,))
    draws = chain.sample(8_000, seed=key)
    assert draws.shape == (8_000, 2, 4)
    np.testing.assert_allclose(draws.std((0, 1)), np.sqrt([1.0, 1.25, 4.3125, 10.078125]), rtol=0.05)
    assert chain.log_prob(draws).shape == (8_000, 2)
    with pytest.raises(NotImplementedError):
        chain.mean()


def test_hidden_markov_models():
    make = tfp_cases.CASES[[n for n, _, _ in tfp_cases.CASES].index("HiddenMarkovModel")][1]
    d = make(tfd, jnp.asarray)
    np.testing.assert_allclose(d.prior_marginals().probs_parameter()[1], [0.6, 0.4], rtol=1e-5)
    seen = jnp.array([0.1, 0.0, 3.0, 2.5])
    assert d.posterior_mode(seen).tolist() == [0, 0, 1, 1]
    assert d.posterior_marginals(seen).probs_parameter().shape == (4, 2)
    assert d.num_states_tensor() == 2
    with pytest.raises(NotImplementedError):
        d.copy(time_varying_transition_distribution=True)


def test_state_spaces():
    d = tfp_cases.state_space(tfd, jnp.asarray)
    x = jnp.array([[0.3], [1.5], [-0.2]])
    terms, *moments = d.forward_filter(x)
    np.testing.assert_allclose(terms.sum(), d.log_prob(x), rtol=1e-5)
    last = d.forward_filter(x, final_step_only=True)
    np.testing.assert_allclose(last[0], d.log_prob(x), rtol=1e-5)
    np.testing.assert_allclose(last[1], moments[0][-1])
    means, covariances = d.posterior_marginals(x)
    np.testing.assert_allclose(means[-1], moments[0][-1], rtol=1e-4)
    assert covariances.shape == (3, 2, 2)
    mask = jnp.array([False, True, True])
    np.testing.assert_allclose(d.log_prob(x, mask=mask), terms[0], rtol=1e-5)
    assert d.latents_to_observations(means, covariances)[1].shape == (3, 1, 1)
    assert (d.latent_size_tensor(), d.observation_size_tensor()) == (2, 1)


def test_wrappers_of_others():
    assert tfd.FlatDirichlet([2, 3]).batch_shape == (2,)
    assert tfd.Masked(tfd.Normal(0.0, 1.0), False).log_prob(jnp.nan) == 0
    inflated = tfd.ZeroInflatedNegativeBinomial(inflated_loc_logits=0.0, total_count=3.0, probs=0.4)
    np.testing.assert_allclose(inflated.prob(0.0), 0.5 + 0.5 * 0.6**3, rtol=1e-6)
    with pytest.raises(TypeError, match="unknown arguments"):
        tfd.ZeroInflatedNegativeBinomial(inflated_loc_probs=0.5, total=3.0)


def test_what_a_joint_model_is_made_of_is_asked_for():
    """A class that leaves a part of the walk unwritten cannot be constructed."""

    class Unwritten(tfd.JointDistribution):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unwritten()


def test_divergence_of_independent_parts():
    def model(loc):
        return tfd.JointDistributionSequential([tfd.Normal(loc, 1.0), tfd.Gamma(2.0, [1.0, 3.0])])

    expected = tfd.kl_divergence(tfd.Normal(1.0, 1.0), tfd.Normal(0.0, 1.0))
    np.testing.assert_allclose(model(1.0).kl_divergence(model(0.0)), [expected, expected], atol=1e-6)
    named = tfd.JointDistributionNamed({"a": tfd.Normal(1.0, 1.0), "b": tfd.Gamma(2.0, 1.0)})
    other = tfd.JointDistributionNamed({"a": tfd.Normal(0.0, 1.0), "b": tfd.Gamma(2.0, 1.0)})
    np.testing.assert_allclose(tfd.kl_divergence(named, other), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="of the parts"):
        named.kl_divergence(tfd.JointDistributionNamed({"a": tfd.Normal(0.0, 1.0)}))
    dependent = tfd.JointDistributionSequential([tfd.Normal(0.0, 1.0), lambda x: tfd.Normal(x, 1.0)])
    with pytest.raises(NotImplementedError):
        dependent.kl_divergence(dependent)
    with pytest.raises(NotImplementedError, match="registered"):
        dependent.kl_divergence(tfd.Normal(0.0, 1.0))
