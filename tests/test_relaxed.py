"""Made-up paths of one-hot draws, and REBAR: what is exact is exact, what is biased says so, jumps are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from test_reruns import assert_mean, estimates

import expectax as ex
from expectax.estimators import GumbelSoftmax, Rebar, ReinMax, StraightThrough, StraightThroughGumbel
from expectax.estimators._relaxed import perturbed

LOGITS = np.array([0.2, -0.5, 0.4], np.float32)
WEIGHTS = np.array([0.3, -1.2, 2.0], np.float32)
RELAXED = (StraightThrough(), GumbelSoftmax(0.5), StraightThroughGumbel(0.5), ReinMax())


def linear(x):
    return x @ WEIGHTS


def quadratic(x):
    return (x @ WEIGHTS) ** 2 + x @ WEIGHTS[::-1]


def curved(x):
    return quadratic(x) + jnp.sin(3.0 * x[0] - x[1])


def loss_of(cost, estimator):
    return lambda logits, key: cost(ex.OneHotCategorical(logits=logits).sample(key, gradient=estimator, name="choice"))


def exact(cost, logits=LOGITS):
    return jax.grad(lambda t: jax.nn.softmax(t) @ jax.vmap(cost)(jnp.eye(len(t))))(logits)


# --- REBAR ---


@pytest.mark.parametrize("estimator", [Rebar(), Rebar(temperature=0.1), Rebar(temperature=2.0, scale=0.3)], ids=str)
def test_rebar_is_unbiased_at_any_setting(estimator, key):
    for draw, cost in zip(jax.random.split(key, 2), (quadratic, curved), strict=True):
        assert_mean(estimates(loss_of(cost, estimator), LOGITS, draw), exact(cost))


def test_rebar_without_control_is_the_score(key):
    found = [
        estimates(loss_of(curved, e), LOGITS, jax.random.clone(key), draws=50)
        for e in (Rebar(scale=0.0), ex.estimators.Score(None))
    ]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)


def test_rebar_has_less_variance_than_the_score(key):
    found = [
        estimates(loss_of(quadratic, e), LOGITS, jax.random.clone(key)) for e in (Rebar(1.0), ex.estimators.Score(None))
    ]
    assert found[0].var(0).sum() < 0.8 * found[1].var(0).sum()


def test_rebar_of_lanes_with_a_direct_derivative_and_a_later_score_site(key):
    """A direct dependence on the parameter counts once; the later count is drawn by all three runs."""

    def loss(theta, key):
        one, two = jax.random.split(key)
        x = ex.OneHotCategorical(logits=theta * np.array([[1.0, 0.0], [0.5, -1.0]], np.float32)).sample(
            one, gradient="rebar"
        )
        count = ex.Poisson(jnp.exp(0.4 * x[0, 0] + 0.3 * theta * x[1, 0])).sample(two)
        return theta * jnp.sqrt(1.0 + count) * (1.0 + x[0, 1] * x[1, 1])

    def expectation(theta):
        p = np.exp(theta * np.array([[1.0, 0.0], [0.5, -1.0]]))
        p, total, k = p / p.sum(1, keepdims=True), 0.0, np.arange(60)
        for i, j in np.ndindex(2, 2):
            mean = stats.poisson(np.exp(0.4 * (i == 0) + 0.3 * theta * (j == 0))).pmf(k) @ np.sqrt(1.0 + k)
            total += p[0, i] * p[1, j] * theta * mean * (1 + (i == 1) * (j == 1))
        return total

    found = estimates(loss, jnp.float32(0.7), key)
    assert_mean(found, (expectation(0.7 + 1e-5) - expectation(0.7 - 1e-5)) / 2e-5)


def test_rebar_is_refused_inside_a_loop_and_at_second_order(key):
    def looped(logits, key):
        def step(total, k):
            return (total + loss_of(linear, "rebar")(logits, k), None)

        return jax.lax.scan(step, 0.0, jax.random.split(key, 3))[0]

    with pytest.raises(ex.EstimatorError, match="inside a loop"):
        ex.grad(looped, num_samples=1)(LOGITS, jax.random.clone(key))
    with pytest.raises(ex.OrderError, match="rebar"):
        ex.surrogate(loss_of(linear, "rebar"), order=2)(LOGITS, key)


# --- Made-up paths ---


@pytest.mark.parametrize("estimator", [StraightThrough(), ReinMax()], ids=str)
def test_linear_costs_have_the_exact_gradient_without_noise(estimator, key):
    if estimator.name == "straight-through":
        found = estimates(loss_of(linear, estimator), LOGITS, key, draws=20)
        np.testing.assert_allclose(found, np.broadcast_to(exact(linear), found.shape), rtol=1e-5, atol=1e-6)
    else:
        assert_mean(estimates(loss_of(linear, estimator), LOGITS, key), exact(linear))


def test_reinmax_is_right_for_quadratic_costs_and_straight_through_is_not(key):
    reinmax, straight = (
        estimates(loss_of(quadratic, e), LOGITS, jax.random.clone(key)) for e in (ReinMax(), StraightThrough())
    )
    assert_mean(reinmax, exact(quadratic))
    error = straight.std(0) / np.sqrt(len(straight))
    assert (np.abs(straight.mean(0) - exact(quadratic)) > 10 * error).any()


@pytest.mark.parametrize("temperature", [0.3, 2.0])
def test_gumbel_softmax_is_the_concrete_law(temperature, key):
    """Values and derivatives as those of RelaxedOneHotCategorical, whose draws are made without a choice first."""
    one, two, three, four = jax.random.split(key, 4)

    def concrete(t, k):
        return curved(ex.RelaxedOneHotCategorical(temperature, logits=t).sample(k))

    relaxed = loss_of(curved, GumbelSoftmax(temperature))
    found, wanted = estimates(relaxed, LOGITS, one), estimates(concrete, LOGITS, two)
    error = np.sqrt((found.var(0) + wanted.var(0)) / len(found))
    assert (np.abs(found.mean(0) - wanted.mean(0)) < 5 * error).all()
    draws = ex.OneHotCategorical(logits=LOGITS).sample(three, (20_000,), gradient=GumbelSoftmax(temperature))
    others = ex.RelaxedOneHotCategorical(temperature, logits=LOGITS).sample(four, (20_000,))
    assert all(stats.ks_2samp(a, b).pvalue > 1e-6 for a, b in zip(draws.T, others.T, strict=True))


def test_straight_through_gumbel_has_the_concrete_laws_derivative(key):
    one, two = jax.random.split(key)

    def concrete(t, k):
        return linear(ex.RelaxedOneHotCategorical(0.7, logits=t).sample(k))

    found = estimates(loss_of(linear, StraightThroughGumbel(0.7)), LOGITS, one)
    wanted = estimates(concrete, LOGITS, two)
    error = np.sqrt((found.var(0) + wanted.var(0)) / len(found))
    assert (np.abs(found.mean(0) - wanted.mean(0)) < 5 * error).all()


@pytest.mark.parametrize("estimator", [StraightThrough(), StraightThroughGumbel(), ReinMax()], ids=lambda e: e.name)
def test_the_draw_itself_is_the_familys(estimator, key):
    family = ex.OneHotCategorical(logits=LOGITS)
    np.testing.assert_allclose(
        family.sample(jax.random.clone(key), (50,), gradient=estimator), family.sample(key, (50,)), atol=1e-6
    )


def test_noise_given_the_draw_is_gumbel(key):
    log_p = jax.nn.log_softmax(jnp.broadcast_to(LOGITS, (20_000, 3)))
    one, two = jax.random.split(key)
    hard = jax.nn.one_hot(jax.random.categorical(one, log_p), 3)
    free, tied = perturbed(log_p, hard, two)
    assert (free.argmax(-1) == hard.argmax(-1)).all()
    np.testing.assert_array_equal(free, tied)
    for noise in (free - log_p).T:
        assert stats.kstest(noise, "gumbel_r").pvalue > 1e-6


@pytest.mark.parametrize("estimator", [*RELAXED, Rebar()], ids=lambda e: e.name)
def test_forbidden_outcomes_and_half_precision(estimator, key):
    for logits in (np.array([0.3, -np.inf, 1.0], np.float32), LOGITS.astype(np.float16)):
        found = estimates(
            loss_of(lambda x: (x * x).sum() + x[0], estimator), jnp.asarray(logits), jax.random.clone(key), draws=200
        )
        assert np.isfinite(found).all()


@pytest.mark.parametrize("estimator", RELAXED, ids=lambda e: e.name)
def test_inside_loops_and_plates(estimator, key):
    """The mean over lanes and steps is that of one draw, as each is linear in its own."""

    def loss(logits, key):
        def step(before, _):
            total, key = before
            key, own = jax.random.split(key)
            draws = jax.vmap(lambda q: loss_of(linear, estimator)(logits, q))(jax.random.split(own, 4))
            return (total + draws.mean(), key), None

        return jax.lax.scan(step, (0.0, key), length=3)[0][0] / 3

    one, two = jax.random.split(key)
    looped = estimates(loss, LOGITS, one, draws=2000)
    single = estimates(loss_of(linear, estimator), LOGITS, two)
    error = np.sqrt(looped.var(0) / len(looped) + single.var(0) / len(single)) + 1e-6
    assert (np.abs(looped.mean(0) - single.mean(0)) < 5 * error).all()


# --- Refusals ---


@pytest.mark.parametrize("estimator", [*RELAXED, Rebar()], ids=lambda e: e.name)
@pytest.mark.parametrize(
    "cost",
    [
        lambda x: jnp.where(x[0] > 0.5, 1.0, 0.0),
        lambda x: jnp.argmax(x).astype(float),
        lambda x: ex.OneHotCategorical(logits=LOGITS).log_prob(x),
        lambda x: jnp.round(x).sum(),
    ],
    ids=["comparison", "argmax", "log_prob", "round"],
)
def test_a_jump_behind_a_moved_draw_is_refused(estimator, cost, key):
    with pytest.raises(ex.UnsoundGradientError, match="moves the draw off its values"):
        ex.grad(loss_of(cost, estimator), num_samples=1)(LOGITS, key)


def test_only_the_site_can_ask_for_a_relaxation(key):
    with pytest.raises(ex.UnsoundGradientError, match="only sample"):
        ex.grad(loss_of(linear, "auto"), num_samples=1, plan={"choice": "reinmax"})(LOGITS, jax.random.clone(key))
    with pytest.raises(ex.UnsoundGradientError, match="only sample"):
        ex.grad(loss_of(linear, "gumbel-softmax"), num_samples=1, plan={"choice": "score"})(LOGITS, key)


def test_biased_ones_are_never_chosen_and_say_so(key):
    compared = ex.compare_estimators(loss_of(linear, "auto"), repeats=5)(LOGITS, jax.random.clone(key))
    assert {t.estimator for t in compared.trials}.isdisjoint(e.name for e in RELAXED)
    assert "rebar" in {t.estimator for t in compared.trials}
    assert "which is biased" in str(ex.explain(loss_of(linear, "reinmax"))(LOGITS, key))


def test_what_does_not_fit_is_told_why(key):
    with pytest.raises(ex.EstimatorError, match="OneHotCategorical"):
        ex.Bernoulli(probs=0.5).sample(key, gradient="straight-through")
    for make in (lambda: GumbelSoftmax(0.0), lambda: ReinMax(-1.0), lambda: Rebar(temperature="cold")):
        with pytest.raises(ex.EstimatorError, match="temperature must be a positive number"):
            make()
    with pytest.raises(ex.EstimatorError, match="scale must be a number"):
        Rebar(scale=None)
