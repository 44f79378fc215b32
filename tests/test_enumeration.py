"""Exact enumeration: no Monte Carlo error, whatever the key, at a bounded cost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from exact import mean_and_gradient

import expectax as ex
from expectax._program import Signature, prepare

pytestmark = pytest.mark.leaks
EXACT = {"rtol": 2e-6, "atol": 2e-6}


def close(actual, expected):
    np.testing.assert_allclose(np.asarray(actual), expected, **EXACT)


def test_one_bernoulli(key):
    def loss(p, key):
        return (ex.Bernoulli(probs=p).sample(key, gradient="enumerate").astype(jnp.float32) - 0.3) ** 2

    value, grad = ex.value_and_grad(loss, num_samples=1)(0.3, key)
    close(value, 0.3 * 0.49 + 0.7 * 0.09)
    close(grad, 0.49 - 0.09)


def chain(first, second):
    def loss(params, key):
        k1, k2 = jax.random.split(key)
        b1 = ex.Bernoulli(probs=params["p"]).sample(k1, gradient=first)
        b2 = ex.Bernoulli(probs=jnp.where(b1 == 1, params["q"], params["r"])).sample(k2, gradient=second)
        b1, b2 = b1.astype(jnp.float32), b2.astype(jnp.float32)
        return b1 + 2 * b2 + 3 * b1 * b2

    return loss


CHAIN = {"p": 0.3, "q": 0.8, "r": 0.25}


def test_nested_sums(key):
    value, grad = ex.value_and_grad(chain("enumerate", "enumerate"), num_samples=1)(CHAIN, key)
    close(value, 1.85)
    close([grad["p"], grad["q"], grad["r"]], [4.5, 1.5, 1.4])


def test_a_sum_behind_a_score_site_is_weighed_by_it(key):
    step = jax.jit(ex.value_and_grad(chain("score", "enumerate"), num_samples=20_000, return_stats=True))
    _, grad, stats = step(CHAIN, key)
    for name, exact in (("p", 4.5), ("q", 1.5), ("r", 1.4)):
        assert abs(grad[name] - exact) < 5 * stats.standard_error[name]


@pytest.mark.parametrize("one_hot", [False, True])
def test_categorical(key, one_hot):
    values = jnp.array([2.0, -1.0, 5.0])

    def loss(logits, key):
        if one_hot:
            return ex.OneHotCategorical(logits=logits).sample(key, gradient="enumerate") @ values
        return values[ex.Categorical(logits=logits).sample(key, gradient="enumerate")]

    logits = jnp.array([0.2, -0.5, 0.9])
    _, grad = ex.value_and_grad(loss, num_samples=1)(logits, key)
    p = np.exp(np.asarray(logits)) / np.exp(np.asarray(logits)).sum()
    close(grad, p * (np.asarray(values) - p @ np.asarray(values)))


@pytest.mark.parametrize("how", ["shape", "vmap", "independent"])
def test_joint_values_of_several_lanes(key, how):
    def loss(logit, key):
        if how == "vmap":
            draws = jax.vmap(lambda k: ex.Bernoulli(logits=logit).sample(k, gradient="enumerate"))(
                jax.random.split(key, 3)
            )
        elif how == "shape":
            draws = ex.Bernoulli(logits=logit).sample(key, (3,), gradient="enumerate")
        else:
            base = ex.Bernoulli(logits=jnp.broadcast_to(logit, (3,)))
            draws = ex.Independent(base, 1).sample(key, gradient="enumerate")
        return draws.sum().astype(jnp.float32) ** 2

    value, grad = ex.value_and_grad(loss, num_samples=1)(0.3, key)
    p = 1 / (1 + np.exp(-0.3))
    close(value, 3 * p + 6 * p * p)
    close(grad, (3 + 12 * p) * p * (1 - p))


def test_the_surrogate_is_exact_at_second_order(key):
    def loss(logit, key):
        return (ex.Bernoulli(logits=logit).sample(key, gradient="enumerate").astype(jnp.float32) - 0.3) ** 2

    second = jax.grad(jax.grad(lambda t: ex.surrogate(loss, order=2)(t, key)))(0.3)
    p = 1 / (1 + np.exp(-0.3))
    close(second, p * (1 - p) * (1 - 2 * p) * (0.49 - 0.09))


def test_auxiliary_outputs_come_from_the_draw(key):
    def loss(p, key):
        b = ex.Bernoulli(probs=p).sample(key, gradient="enumerate")
        return b.astype(jnp.float32), b

    (value, draws), _ = ex.value_and_grad(loss, num_samples=50, has_aux=True)(0.3, key)
    close(value, 0.3)
    made = jax.vmap(lambda k: ex.Bernoulli(probs=0.3).sample(k))(jax.random.split(jax.random.clone(key), 50))
    np.testing.assert_array_equal(draws, made)


def test_over_budget_is_refused_with_the_number(key):
    def loss(p, key):
        return ex.Bernoulli(probs=p).sample(key, (30,), gradient="enumerate").sum().astype(jnp.float32)

    with pytest.raises(ex.EstimatorError, match=r"1\.07e\+09 runs.*budget of 256"):
        ex.value_and_grad(loss, num_samples=1)(0.3, key)


def test_more_joint_values_than_a_float_holds(key):
    def loss(how):
        return lambda p, key: ex.Bernoulli(probs=p).sample(key, (3000,), gradient=how).mean() ** 2

    assert taken(loss("auto"), 0.3, key) == ["score"]
    with pytest.raises(ex.EstimatorError, match="budget of 256"):
        ex.value_and_grad(loss("enumerate"), num_samples=1)(0.3, jax.random.clone(key))


def test_budgets_of_nested_sums_multiply(key):
    small = ex.estimators.Enumerate(budget=3)
    with pytest.raises(ex.EstimatorError, match="budget of 3"):
        ex.value_and_grad(chain(small, small), num_samples=1)(CHAIN, key)


def test_inside_an_unbounded_loop_it_is_refused(key):
    def loss(p, key):
        def step(state):
            return state[0] + 1, ex.Bernoulli(probs=p).sample(jax.random.fold_in(key, state[0]), gradient="enumerate")

        return jax.lax.while_loop(lambda state: state[1] == 0, step, (0, 0))[0].astype(jnp.float32)

    with pytest.raises(ex.EstimatorError, match="how often it draws"):
        ex.value_and_grad(loss, num_samples=1)(0.3, key)


def test_an_infinite_support_cannot_be_enumerated(key):
    with pytest.raises(ex.EstimatorError, match="finite"):
        ex.Poisson(1.0).sample(key, gradient="enumerate")


def test_a_plan_can_ask_for_it(key):
    def loss(logits, key):
        base = ex.Bernoulli(logits=logits)
        return ex.Independent(base, 1).sample(key, name="bits").sum().astype(jnp.float32) ** 2

    _, grad = ex.value_and_grad(loss, num_samples=1, plan={"bits": "enumerate"})(jnp.full(3, 0.3), key)
    p = 1 / (1 + np.exp(-0.3))
    close(grad.sum(), (3 + 12 * p) * p * (1 - p))


# --- Where nobody asks for it ---


def taken(loss, *args):
    """The estimators that auto takes, in the order of the program."""
    program = prepare(loss, args, Signature(0, -1, False))
    return [program.plan.choices[site.id].estimator.name for site in program.trace.sites]


def flip(p, key, **options):
    return ex.Bernoulli(probs=p).sample(key, **options).astype(jnp.float32)


def test_one_draw_of_few_values_is_summed_over(key):
    value, grad = ex.value_and_grad(lambda p, key: (flip(p, key) - 0.3) ** 2, num_samples=1)(0.3, key)
    close(value, 0.3 * 0.49 + 0.7 * 0.09)
    close(grad, 0.49 - 0.09)


def in_a_scan(p, key):
    return jax.lax.scan(lambda last, k: (lambda b: (b, 3 * b))(flip(0.3 + p * last, k)), 0.0, jax.random.split(key, 3))


def unrolled(p, key):
    last, costs = 0.0, []
    for k in jax.random.split(key, 3):
        last = flip(0.3 + p * last, k)
        costs.append(3 * last)
    return last, jnp.stack(costs)


def in_a_branch(p, key):
    first, second, third = jax.random.split(key, 3)
    cost = jax.lax.cond(flip(p, first) > 0, lambda: 2 * flip(p, second), lambda: 3 * flip(p * p, third))
    return 0.0, cost


JOINT = {
    "scan": lambda p, key: in_a_scan(p, key)[1].sum() ** 2,
    "unrolled": lambda p, key: unrolled(p, key)[1].sum() ** 2,
    "checkpoint": jax.checkpoint(lambda p, key: unrolled(p, key)[1].sum() ** 2),
    "checkpointed scan": lambda p, key: jax.checkpoint(in_a_scan)(p, key)[1].sum() ** 2,
    "vmapped keys": lambda p, key: jax.vmap(flip, (None, 0))(p, jax.random.split(key, 4)).max(),
    "branch": lambda p, key: in_a_branch(p, key)[1] ** 2,
    "branch in a scan": lambda p, key: (
        jax.lax.scan(lambda c, k: (c + in_a_branch(p, k)[1], None), 0.0, key[None])[0] ** 2
    ),
}


def three_in_turn(p, draw):
    last, total = 0.0, 0.0
    for _ in range(3):
        last = draw.flip(0.3 + p * last)
        total = total + 3 * last
    return total**2


def branched(p, draw):
    return (2 * draw.flip(p)) ** 2 if draw.flip(p) else (3 * draw.flip(p * p)) ** 2


TRUTHS = {
    "vmapped keys": lambda p, draw: max(draw.flip(p) for _ in range(4)),
    "branch": branched,
    "branch in a scan": branched,
}


@pytest.mark.parametrize("name", JOINT)
def test_all_joint_values_are_summed_over_if_they_are_few(name, key):
    loss, p = JOINT[name], jnp.float32(0.4)
    value, slope = mean_and_gradient(
        lambda t, draw: TRUTHS.get(name, three_in_turn)(t[0], draw), np.asarray([0.4], np.float64)
    )
    assert set(taken(loss, p, jax.random.clone(key))) == {"enumerate"}
    with jax.debug_key_reuse(False):  # it takes a vmapped branch for a second use
        got, gradient = ex.value_and_grad(loss, 2)(p, key)
    close(got, value)
    close(gradient, slope[0])


PLATES = {
    "shape": lambda p, key: ((flip(p, key, shape=(300,)) - 0.2) ** 2).sum(),
    "vmap": lambda p, key: jax.vmap(lambda k: (flip(p, k) - 0.2) ** 2)(jax.random.split(key, 300)).sum(),
    "scan": lambda p, key: jax.lax.scan(
        lambda c, k: (c + (flip(p, k) - 0.2) ** 2, None), 0.0, jax.random.split(key, 300)
    )[0],
    "stacked": lambda p, key: (
        (jax.lax.scan(lambda c, k: (c, flip(p, k)), 0.0, jax.random.split(key, 300))[1] - 0.2) ** 2
    ).sum(),
    "cumulated": lambda p, key: jnp.cumsum((flip(p, key, shape=(300,)) - 0.2) ** 2)[-1],
}


@pytest.mark.parametrize("name", PLATES)
def test_draws_whose_costs_keep_apart_take_their_values_together(name, key):
    program = prepare(PLATES[name], (0.3, key), Signature(0, -1, False))
    assert program.plan.histories.runs == 2
    value, grad = ex.value_and_grad(PLATES[name], num_samples=1)(0.3, key)
    np.testing.assert_allclose([value, grad], [300 * (0.3 * 0.64 + 0.7 * 0.04), 300 * 0.6], rtol=1e-5)


def test_only_axes_along_which_draws_meet_multiply_runs(key):
    """Three rows, whose pairs meet: 2² joint values, for all rows at once; and a draw in front of all."""

    def loss(p, key):
        first, second = jax.random.split(key)
        a = flip(p, first)
        b = flip(0.2 + 0.3 * p * a, second, shape=(3, 2))
        return ((b.sum(1) - a) ** 2).sum()

    assert prepare(loss, (0.4, key), Signature(0, -1, False)).plan.histories.runs == 8

    def exact(t, draw):
        a = draw.flip(t[0])
        q = 0.2 + 0.3 * t[0] * a
        return 3 * (draw.flip(q) + draw.flip(q) - a) ** 2

    value, slope = mean_and_gradient(exact, np.asarray([0.4], np.float64))
    got, gradient = ex.value_and_grad(loss, 1)(0.4, key)
    close(got, value)
    close(gradient, slope[0])


def test_an_earlier_iteration_meets_the_next(key):
    def loss(p, key):
        return jax.lax.scan(lambda last, k: (lambda b: (b, b * last))(flip(p, k)), 1.0, jax.random.split(key, 6))[
            1
        ].sum()

    assert taken(loss, 0.3, key) == ["score"]


def test_running_sums_meet(key):
    """Stacked, step t depends on all steps before it."""

    def loss(steps):
        def sums(p, key):
            return jax.lax.scan(lambda c, k: (lambda n: (n, n))(c + flip(p, k)), 0.0, jax.random.split(key, steps))[1]

        return lambda p, key: (sums(p, key) ** 2).sum()

    assert taken(loss(6), 0.3, key) == ["score"]
    _, grad = ex.value_and_grad(loss(3), 1)(0.3, key)
    close(grad, sum(t + 2 * t * (t - 1) * 0.3 for t in (1, 2, 3)))


@pytest.mark.parametrize("how", ["auto", "local-expectation"])
@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (lambda x, i: jnp.array([2.0, 3.0, jnp.inf])[i], [2.5, 0.25]),
        (lambda x, i: 2 * x / (2 - i).astype(float), [0.0, 1.5]),
    ],
    ids=["infinite", "pole"],
)
def test_what_never_happens_may_be_undefined(cost, expected, how, key):
    """Neither the infinite value nor its derivative is multiplied by a mass of 0."""

    def loss(x, key):
        i = ex.Categorical(logits=jnp.array([0.0, 0.0, -jnp.inf]) + x * jnp.arange(3.0)).sample(key, gradient=how)
        return cost(x, i)

    value, grad = ex.value_and_grad(loss, 1)(0.0, key)
    assert np.isfinite(value)
    assert np.isfinite(grad)
    if how == "auto":
        close([value, grad], expected)


def test_masses_in_half_precision_are_not_summed(key):
    loss = lambda p, key: flip(p, key).astype(jnp.float32)  # noqa: E731
    assert taken(loss, jnp.bfloat16(0.3), key) == ["score"]


def test_seventeen_values_are_weighed(key):
    for count, estimator in ((16, "enumerate"), (17, "score")):
        assert taken(lambda x, key: ex.Categorical(logits=x).sample(key).astype(float), jnp.zeros(count), key) == [
            estimator
        ]


def two(first, second):
    return lambda p, key: (first(p, jax.random.fold_in(key, 0)) + second(p, jax.random.fold_in(key, 1))) ** 2


@pytest.mark.parametrize(
    "other",
    [
        lambda p, key: ex.Poisson(p).sample(key).astype(jnp.float32),
        lambda p, key: flip(p, key, gradient="score"),
        lambda p, key: flip(p, key, baseline=0.5),
        lambda p, key: jax.lax.scan(lambda c, k: (c + flip(p, k), None), 0.0, jax.random.split(key, 4))[0],
    ],
    ids=["infinite", "asked for", "with a baseline", "in a long loop"],
)
def test_beside_a_draw_that_is_weighed_all_are(other, key):
    assert taken(two(flip, other), 0.3, key) == ["score", "score"]


def test_beside_a_path_they_are_summed_over(key):
    assert taken(two(flip, lambda p, key: ex.Normal(p, 1.0).sample(key)), 0.3, key) == ["enumerate", "pathwise"]


def test_what_calls_back_is_run_once(key):
    def loss(p, key):
        jax.debug.print("{}", p)
        return flip(p, key)

    assert taken(loss, 0.3, key) == ["score"]


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_no_values_at_all(shape, key):
    def loss(p, key):
        return flip(p, key, gradient="enumerate").sum() + 1.0

    value, gradient = ex.value_and_grad(loss, 4)(jnp.full(shape, 0.3), key)
    assert value == 1.0
    assert gradient.shape == shape
