"""Credit assignment, measured: each draw is charged with the costs that depend on it, and baselines cost no bias.

Against hand-written estimators the comparison is draw by draw, on the same keys: equal, not equal on average.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from exact import COMPILE, close, mean_and_gradient, sigmoid
from jax import lax
from programs import PROGRAMS, THETA, coin

import expectax as ex
from expectax.estimators import Score

RUNS = 1 << 14


@pytest.fixture(autouse=True)
def _no_check_of_key_reuse():
    """JAX's own takes vmapped scans for a second use of a key, in plain JAX too; and here some keys are reused."""
    with jax.debug_key_reuse(False):
        yield


def log_prob(logit, b):
    return ex.Bernoulli(logits=logit).log_prob(b)


def gradients(f, theta, key, runs=RUNS):
    """jax.grad of f at many keys, (runs, *theta.shape) in float64."""
    each = jax.jit(jax.vmap(jax.grad(f), (None, 0)), compiler_options=COMPILE)
    return np.asarray(each(theta, jax.random.split(key, runs)), np.float64)


def same_credit(loss, by_hand, theta, key):
    """The surrogate's gradient is the hand-written one, run by run."""
    got = gradients(ex.surrogate(loss), theta, key, 256)
    expected = gradients(by_hand, theta, key, 256)
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-4 * np.abs(expected).max())


# --- Plates ---


def _plate(n, how="score"):
    def loss(t, key):
        b = jax.vmap(lambda k: coin(t, k, gradient=how))(jax.random.split(key, n))
        return ((b - 0.3) ** 2).sum()

    return loss


def test_variance_of_a_plate_grows_like_its_size(key):
    """Charged with the whole sum, each of n draws would see a variance of order n², and their sum one of n³."""
    small, large = (gradients(ex.surrogate(_plate(n)), 0.4, key).var() for n in (8, 64))
    assert 7 < large / small < 9


SUMS = {
    "segments": lambda c: jax.ops.segment_sum(c, jnp.arange(6) % 4, 4).sum(),
    "scattered": lambda c: jnp.zeros(9).at[jnp.arange(6) + 2].set(c).sum(),
    "updated_slice": lambda c: lax.dynamic_update_slice(jnp.ones(9), c, (2,)).sum() - 3,
    "fourier": lambda c: jnp.fft.fft(c)[0].real,
    "complex_part": lambda c: jnp.conj(lax.complex(c, 2 * c)).real.sum(),
    "triangular": lambda c: jax.scipy.linalg.solve_triangular(jnp.eye(6), c, lower=True).sum(),
    "barrier": lambda c: lax.optimization_barrier(c).sum(),
}


@pytest.mark.parametrize("total", SUMS.values(), ids=SUMS)
def test_linear_steps_keep_the_costs_of_lanes_apart(total, key):
    """The same gradient, run by run, as that of the plain sum."""

    def costs(t, key):
        b = jax.vmap(lambda k: coin(t, k))(jax.random.split(key, 6))
        return (b - 0.3) ** 2

    same_credit(lambda t, k: total(costs(t, k)), ex.surrogate(_plate(6)), 0.4, key)


def test_each_lane_is_charged_with_its_own_cost(key):
    def by_hand(t, key):
        def one(k):
            b = coin(t, k, gradient="stop")
            return log_prob(t, b) * (b - 0.3) ** 2

        return jax.vmap(one)(jax.random.split(key, 16)).sum()

    same_credit(_plate(16), by_hand, 0.4, key)


# --- Reward-to-go ---

STEPS = 32


def _walk(t, key, visit, how):
    """(x_t, log p_t) at each step of a walk whose chances depend on its place."""

    def step(x, k):
        logit = t[0] - t[1] * x
        b = coin(logit, k, gradient=how)
        x = x + 2 * b - 1
        return x, visit(x, log_prob(logit, b) if how == "stop" else 0.0)

    return lax.scan(step, 0.0, jax.random.split(key, STEPS))


def test_a_walk_is_charged_with_its_rewards_to_go(key):
    def loss(t, key):
        return _walk(t, key, lambda x, w: 0.1 * x**2, "score")[1].sum()

    def by_hand(t, key):
        costs, weights = _walk(t, key, lambda x, w: (0.1 * x**2, w), "stop")[1]
        return (weights * jnp.cumsum(costs[::-1])[::-1]).sum()

    t = jnp.array([0.2, 0.1])
    same_credit(loss, by_hand, t, key)
    assert gradients(ex.surrogate(loss), t, key).var(0)[0] < 0.7 * gradients(_charged_with_everything, t, key).var(0)[0]


def _charged_with_everything(t, key):
    costs, weights = _walk(t, key, lambda x, w: (0.1 * x**2, w), "stop")[1]
    return weights.sum() * costs.sum()


def test_totals_that_are_carried_are_credited_like_stacked_costs(key):
    def stacked(t, key):
        return _walk(t, key, lambda x, w: 0.1 * x**2, "score")[1].sum()

    def carried(t, key):
        def step(carry, k):
            x, total = carry
            x = x + 2 * coin(t[0] - t[1] * x, k) - 1
            return (x, total + 0.1 * x**2), None

        return lax.scan(step, (0.0, 0.0), jax.random.split(key, STEPS))[0][1]

    t = jnp.array([0.2, 0.1])
    a, b = (gradients(ex.surrogate(f), t, key, 64) for f in (stacked, carried))
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


def test_a_batch_of_walks_is_charged_walk_by_walk(key):
    """vmap of a scan: steps and lanes at once."""
    t = jnp.array([0.2, 0.1])

    def loss(t, key):
        return jax.vmap(lambda k: _walk(t, k, lambda x, w: 0.1 * x**2, "score")[1])(jax.random.split(key, 4)).sum()

    def by_hand(t, key):
        def walk(k):
            costs, weights = _walk(t, k, lambda x, w: (0.1 * x**2, w), "stop")[1]
            return (weights * jnp.cumsum(costs[::-1])[::-1]).sum()

        return jax.vmap(walk)(jax.random.split(key, 4)).sum()

    same_credit(loss, by_hand, t, key)


# --- Networks over a batch ---

W1 = np.linspace(-1, 1, 12).reshape(3, 4).astype(np.float32)
W2 = np.linspace(1, -2, 8).reshape(4, 2).astype(np.float32)
SHIFTS = np.linspace(-1, 1, 15).reshape(5, 3).astype(np.float32)


def _dense(z):
    hidden = jax.nn.relu(z @ W1 + 0.1)
    hidden = (hidden - hidden.mean(1, keepdims=True)) / jnp.sqrt(hidden.var(1, keepdims=True) + 0.1)
    return -jax.nn.log_softmax(hidden @ W2)[:, 0]


def _mapped(z):
    return jax.vmap(lambda row: _dense(row[None])[0])(z)


def _convolved(z):
    kernel = jnp.asarray(W1[:2, :1, None].transpose(2, 1, 0))  # (1, 1, 2)
    out = lax.conv_general_dilated(z[:, None, :], kernel, (1,), "SAME")
    return jnp.tanh(out).sum((1, 2)) ** 2


def _transposed(z):
    return (jnp.einsum("ij,kj->ki", z, W1.T) ** 2).sum(0)


def _sorted_rows(z):
    return jnp.sort(z * W1[None, :, 0], axis=1)[:, 1] + jnp.cumsum(z, 1)[:, 2] ** 2


@pytest.mark.parametrize("network", [_dense, _mapped, _convolved, _transposed, _sorted_rows])
def test_each_example_of_a_batch_is_charged_with_its_own_cost(network, key):
    def loss(t, key):
        return network(coin(t * SHIFTS, key)).mean()

    def by_hand(t, key):
        z = coin(t * SHIFTS, key, gradient="stop")
        return (log_prob(t * SHIFTS, z).sum(1) * network(z)).mean()

    same_credit(loss, by_hand, 0.4, key)


def test_an_upstream_plate_keeps_its_lanes_through_a_second_one(key):
    """z -> x example by example: the weight of an example is that of both of its draws."""

    def draws(t, key, how):
        k1, k2 = jax.random.split(key)
        z = coin(t * SHIFTS, k1, gradient=how)
        logits = z @ W1 * t
        return z, logits, coin(logits, k2, gradient=how)

    def loss(t, key):
        z, _, x = draws(t, key, "auto")
        return ((x @ W2) ** 2).sum(1).mean() + z.mean()

    def by_hand(t, key):
        z, logits, x = draws(t, key, "stop")
        w1, w2 = log_prob(t * SHIFTS, z), log_prob(logits, x).sum(1)
        return ((w1.sum(1) + w2) * ((x @ W2) ** 2).sum(1)).mean() + (w1 * z).mean()

    same_credit(loss, by_hand, 0.4, key)


def test_a_sampler_that_loops_keeps_the_lanes_of_its_parameters(key):
    """Counts, gammas and von Mises draws come out of loops over all lanes at once: each is of its own lane's parameters alone."""

    def draws(t, key, how):
        k1, k2, k3 = jax.random.split(key, 3)
        z = coin(t * SHIFTS, k1, gradient=how)
        rate = 1.0 + z.sum(1)
        count = ex.Poisson(rate).sample(k2, gradient=how).astype(float)
        return z, rate, count, ex.Gamma(rate, 1.0).sample(k3, gradient=how)

    def loss(t, key):
        _, _, count, size = draws(t, key, "score")
        return ((count + size) ** 2).mean()

    def by_hand(t, key):
        z, _, count, size = draws(t, key, "stop")
        cost = (count + size) ** 2
        return (log_prob(t * SHIFTS, z).sum(1) * cost).mean()

    same_credit(loss, by_hand, 0.4, key)


# --- Baselines ---


def test_leave_one_out_lowers_the_variance(key):
    """Costs far from zero are what a baseline is for."""
    errors = {}
    for name, baseline in (("with", "leave-one-out"), ("without", None)):

        def loss(t, key, baseline=baseline):
            return (10.0 + coin(t, key, gradient=Score(baseline=baseline))) ** 2

        _, gradient, stats = jax.jit(ex.value_and_grad(loss, 4096, return_stats=True))(0.3, key)
        close(gradient, 21 * sigmoid(0.3) * sigmoid(-0.3), stats.standard_error)
        errors[name] = float(stats.standard_error)
    assert errors["with"] < 0.1 * errors["without"]


def test_leave_one_out_is_unbiased_with_two_samples(key):
    """The smallest count has the largest effect of a baseline that looks at its own draw."""
    case = PROGRAMS["walk_with_a_running_cost"]
    each = jax.jit(jax.vmap(ex.grad(case.loss, 2), (None, 0)), compiler_options=COMPILE)
    got = np.asarray(each(THETA, jax.random.split(key, 1 << 15)), np.float64)
    close(got.mean(0), mean_and_gradient(case.exact, THETA)[1], got.std(0) / np.sqrt(len(got)))


def test_one_sample_of_a_minibatch_takes_its_baseline_across_the_batch(key):
    def loss(t, key):
        b = jax.vmap(lambda k: coin(t, k))(jax.random.split(key, 16))
        return ((10 + b) ** 2).mean()

    keys = jax.random.split(key, RUNS)
    one = np.asarray(jax.jit(jax.vmap(ex.grad(loss, 1), (None, 0)))(0.3, keys), np.float64)
    close(one.mean(), 21 * sigmoid(0.3) * sigmoid(-0.3), one.std() / np.sqrt(RUNS))
    assert one.std() < 0.1 * gradients(ex.surrogate(loss), 0.3, key).std()


SEPARABLE_OR_NOT = """separate_and_joint_costs_of_a_plate lanes_that_feed_other_lanes outer_product matmul_plate
rows_and_constants_that_hold_draws vector_sites_with_axes_moved gather_by_a_draw axes_in_odd_places masked_mean
vmap_over_scan reduce_one_axis jit_in_vmap_in_jit stack_and_unpack cumsum sort""".split()


@pytest.mark.parametrize("name", SEPARABLE_OR_NOT)
def test_one_sample_is_unbiased_whatever_the_lanes_share(name, key):
    """A baseline across lanes is right only where no cost sees two of them."""
    case, runs = PROGRAMS[name], 1 << 16
    each = jax.jit(jax.vmap(ex.value_and_grad(case.loss, 1), (None, 0)), compiler_options=COMPILE)
    _, got = each(THETA, jax.random.split(key, runs))
    got = np.asarray(got, np.float64)
    close(got.mean(0), mean_and_gradient(case.exact, THETA)[1], got.std(0) / np.sqrt(runs))


def test_a_single_sample_without_lanes_says_that_it_has_no_baseline(caplog, key):
    ex.grad(lambda t, key: coin(t, key, gradient="score") ** 2, 1)(0.3, key)
    assert "leave-one-out is unavailable" in caplog.text
    assert "programs.py" in caplog.text  # where the coin is drawn


def test_several_samples_say_nothing(caplog, key):
    ex.grad(lambda t, key: coin(t, key, gradient="score") ** 2, 2)(0.3, key)
    assert not caplog.text
