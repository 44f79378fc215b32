"""Chains: hidden Markov models against enumeration, state spaces against dense linear algebra of the joint normal law."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases_sequences import Flat, changing, space, states
from scipy import stats

import expectax as ex

START, MATRIX = np.array([0.7, 0.2, 0.1]), np.array([[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.1, 0.9]])
LOC = np.array([-1.0, 0.0, 2.0])
X = np.array([-0.5, 0.25, 3.0, 1.0, -2.0])
STEPS = 5


def hidden(start=START, matrix=MATRIX, loc=LOC, steps=STEPS, dtype=np.float64):
    start, matrix, loc = (jnp.asarray(v, dtype) for v in (start, matrix, loc))
    return ex.HiddenMarkovModel(ex.Categorical(probs=start), ex.Categorical(probs=matrix), ex.Normal(loc, 0.75), steps)


def by_paths(start, matrix, likelihoods):
    """Probability of the observations along every path of states."""
    steps, count = likelihoods.shape
    paths = np.array(list(itertools.product(range(count), repeat=steps)))
    chance = start[paths[:, 0]] * matrix[paths[:, :-1], paths[:, 1:]].prod(-1)
    return paths, chance * jnp.exp(likelihoods[np.arange(steps)[None], paths].sum(-1))


def enumerated(start, matrix, loc, x):
    return jnp.log(by_paths(start, matrix, jax.scipy.stats.norm.logpdf(x[:, None], loc[None], 0.75))[1].sum())


# --- Depth ---


def loops(fn, *args):
    """The primitives that run a body many times, wherever they stand in the program; and the number of its steps."""
    found, count, frontier = [], 0, [jax.make_jaxpr(fn)(*args).jaxpr]
    while frontier:
        for eqn in frontier.pop().eqns:
            count += 1
            found += [eqn.primitive.name] * (eqn.primitive.name in ("scan", "while"))
            for inner in jax.tree.leaves(list(eqn.params.values()), is_leaf=lambda v: hasattr(v, "eqns")):
                inner = getattr(inner, "jaxpr", inner)
                frontier += [inner] if hasattr(inner, "eqns") else []
    return found, count


@pytest.mark.parametrize("kind", ["hidden", "space", "chain"])
def test_a_likelihood_has_no_loop_over_time(kind):
    """And four times as many steps add two levels, however long the chain: its depth is O(log T).

    From 128 steps on: entries of shorter values are judged one by one, unrolled.
    """

    def size(steps):
        if kind == "hidden":
            fn, x = hidden(steps=steps, dtype=np.float32).log_prob, np.zeros(steps, np.float32)
        elif kind == "space":
            fn, x = space(steps).log_prob, np.zeros((steps, 1), np.float32)
        else:
            fn, x = ex.MarkovChain(ex.Normal(0.0, 1.0), lambda t, s: ex.Normal(s, 1.0), steps).log_prob, np.zeros(steps)
        found, count = loops(fn, x)
        assert not found
        return count

    short, middle, long = size(128), size(512), size(2048)
    assert long - middle == middle - short


def test_the_counter_of_loops_sees_them():
    found, _ = loops(jax.jit(lambda x: jax.lax.scan(lambda c, v: (c + v, None), 0.0, x)[0]), np.zeros(4, np.float32))
    assert found == ["scan"]


# --- Hidden Markov models ---


def test_hidden_log_prob_and_gradient_are_those_of_enumeration(x64):
    value, gradient = jax.value_and_grad(lambda p: hidden(*p).log_prob(X))((START, MATRIX, LOC))
    expected, slopes = jax.value_and_grad(lambda p: enumerated(*p, X))(tuple(map(jnp.asarray, (START, MATRIX, LOC))))
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for came, slope in zip(gradient, slopes, strict=True):  # also in the probabilities of 0
        np.testing.assert_allclose(came, slope, rtol=1e-10)


def test_hidden_second_derivative(x64):
    def of(log_prob):
        return jax.hessian(lambda loc: log_prob(START, MATRIX, loc))(jnp.asarray(LOC))

    came = of(lambda *p: hidden(*p).log_prob(X))
    np.testing.assert_allclose(
        came, of(lambda s, m, loc: enumerated(jnp.asarray(s), jnp.asarray(m), loc, X)), rtol=1e-8
    )


def test_hidden_states_are_those_of_enumeration(x64):
    paths, chance = by_paths(START, MATRIX, stats.norm.logpdf(X[:, None], LOC, 0.75))
    dist = hidden()
    np.testing.assert_array_equal(dist.posterior_mode(X), paths[np.argmax(chance)])
    shares = np.asarray(chance / chance.sum())
    expected = np.array([[shares[paths[:, t] == s].sum() for s in range(3)] for t in range(len(X))])
    np.testing.assert_allclose(np.exp(dist.posterior_marginals(X).logits), expected, rtol=1e-10, atol=1e-15)
    one = hidden(steps=1)
    np.testing.assert_array_equal(one.posterior_mode(X[:1]), [np.argmax(START * stats.norm.pdf(X[0], LOC, 0.75))])
    np.testing.assert_allclose(one.log_prob(X[:1]), np.log(START @ stats.norm.pdf(X[0], LOC, 0.75)))


def test_hidden_ties_are_broken_along_one_path():
    """Two best paths cross nowhere: a state from each would be impossible."""
    dist = hidden(np.array([0.5, 0.5]), np.eye(2), np.zeros(2), dtype=np.float32)
    assert len(set(np.asarray(dist.posterior_mode(X.astype(np.float32))))) == 1


def test_hidden_in_single_precision_over_many_steps(key):
    steps = 1000
    x = np.asarray(hidden(steps=steps, dtype=np.float32).sample(key))
    alpha, total = START, 0.0
    for t, density in enumerate(stats.norm.pdf(x[:, None].astype(np.float64), LOC, 0.75)):
        alpha = (alpha @ MATRIX if t else alpha) * density
        total, alpha = total + np.log(alpha.sum()), alpha / alpha.sum()
    np.testing.assert_allclose(hidden(steps=steps, dtype=np.float32).log_prob(x), total, rtol=1e-5)
    assert np.isnan(hidden(steps=2, dtype=np.float32).log_prob(np.array([np.nan, 0.0], np.float32)))


def test_hidden_draws_follow_one_another(key):
    """E[x_t x_{t+1}] = Σ P(i, j) μ_i μ_j: within 6 standard errors (once in 10⁸)."""
    draws = np.asarray(hidden(steps=2, dtype=np.float32).sample(key, (100_000,)), np.float64)
    expected = (START[:, None] * MATRIX * LOC[:, None] * LOC).sum()
    product = draws[:, 0] * draws[:, 1]
    assert abs(product.mean() - expected) < 6 * product.std() / len(product) ** 0.5


def test_hidden_gradient_of_an_expectation(key):
    """By default the score of the marginal density: against enumeration of states and observations."""
    seen = np.array([[0.75, 0.25], [0.25, 0.75]], np.float32)
    outcomes = np.array(list(itertools.product(range(2), repeat=3)))

    def make(logits):
        parts = (ex.Categorical(logits=v) for v in logits)
        return ex.HiddenMarkovModel(next(parts), next(parts), ex.Categorical(probs=seen), 3)

    def cost(x):
        return (x[..., 0] * x[..., 1] + 2 * x[..., 2]).astype(jnp.float32)

    logits = (np.array([0.5, -0.5], np.float32), np.array([[1.0, 0.0], [-0.5, 0.5]], np.float32))

    def exact(logits):
        start, matrix = (jax.nn.softmax(v) for v in logits)
        rows = [by_paths(start, matrix, jnp.log(seen[:, x].T))[1].sum() for x in outcomes]
        return (jnp.stack(rows) * cost(outcomes)).sum()

    truth = jax.grad(exact)(logits)
    step = jax.jit(ex.value_and_grad(lambda p, k: cost(make(p).sample(k)), num_samples=2048))
    with jax.debug_key_reuse(False):  # JAX takes both passes of a scan under vmap for a reuse of keys
        found = [step(logits, k)[1] for k in jax.random.split(key, 16)]
    for came, expected in zip(zip(*found, strict=True), truth, strict=True):
        came = np.asarray(came, np.float64)
        error = came.std(0, ddof=1) / 4
        assert (np.abs(came.mean(0) - expected) < 12 * error + 1e-6).all()
        assert 12 * error.max() < 0.5 * np.abs(expected).max()


def test_hidden_parts_that_do_not_fit():
    two, three = (ex.Categorical(probs=np.full(n, 1 / n, np.float32)) for n in (2, 3))
    square = ex.Categorical(probs=np.full((2, 2), 0.5, np.float32))
    seen = ex.Normal(np.zeros(2, np.float32), 1.0)
    with pytest.raises(ValueError, match="a Categorical for initial, got Normal"):
        ex.HiddenMarkovModel(seen, square, seen, 3)
    with pytest.raises(ValueError, match="3 categories of transition"):
        ex.HiddenMarkovModel(three, square, seen, 3)
    with pytest.raises(ValueError, match="2 on the last batch axes"):
        ex.HiddenMarkovModel(two, square, ex.Normal(0.0, 1.0), 3)
    with pytest.raises(ValueError, match="an integer >= 1"):
        ex.HiddenMarkovModel(two, square, seen, 0)


# --- Linear Gaussian state spaces ---


def wide_space(steps, dtype, seed=0):
    """Three dimensions of state, two of observation, all matrices full."""
    rng = np.random.default_rng(seed)
    move = np.linalg.qr(rng.normal(size=(3, 3)))[0] * 0.95

    def normal(n):
        factor = np.tril(rng.normal(size=(n, n)), -1) * 0.3 + np.diag(rng.uniform(0.5, 1.5, n))
        return ex.MultivariateNormal(rng.normal(size=n).astype(dtype), scale_tril=factor.astype(dtype))

    return ex.LinearGaussianStateSpace(
        normal(3), move.astype(dtype), normal(3), rng.normal(size=(2, 3)).astype(dtype), normal(2), num_steps=steps
    )


def conditional(model, x, keep):
    """Moments of all states given the observed numbers `keep`, and the log-density of these."""
    flat, (means, pairs) = Flat(model), states(model)
    gain = np.linalg.solve(flat.covariance[np.ix_(keep, keep)], flat.cross[:, keep].T).T
    mean = np.concatenate(means) + gain @ (np.ravel(x)[keep] - flat.mean[keep])
    covariance = np.block(pairs) - gain @ flat.cross[:, keep].T
    n = len(means[0])
    blocks = [covariance[i : i + n, i : i + n] for i in range(0, len(mean), n)]
    law = stats.multivariate_normal(flat.mean[keep], flat.covariance[np.ix_(keep, keep)])
    return mean.reshape(-1, n), np.array(blocks), law.logpdf(np.ravel(x)[keep])


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-5), (np.float64, 1e-10)])
def test_space_equals_the_joint_normal_law(dtype, rtol, key, x64):
    model = wide_space(20, dtype)
    flat, x = Flat(model), np.asarray(model.sample(key))
    mean, covariance, log_prob = conditional(model, x, np.arange(x.size))
    np.testing.assert_allclose(model.log_prob(x), log_prob, rtol=rtol)
    np.testing.assert_allclose(np.ravel(model.mean()), flat.mean, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(np.ravel(model.variance()), np.diag(flat.covariance), rtol=rtol)
    np.testing.assert_allclose(model.entropy(), flat.entropy(), rtol=rtol)
    law = model.posterior_marginals(x)
    np.testing.assert_allclose(law.loc, mean, rtol=rtol, atol=10 * rtol)
    np.testing.assert_allclose(law.covariance(), covariance, rtol=rtol, atol=10 * rtol)
    np.testing.assert_allclose(model.filtered_marginals(x).loc[-1], mean[-1], rtol=rtol, atol=10 * rtol)


def test_space_with_matrices_of_each_step(x64):
    model, x = jax.tree.map(lambda v: np.asarray(v, np.float64), changing()), np.array([[0.5], [-2.0], [3.0]])
    mean, covariance, log_prob = conditional(model, x, np.arange(3))
    np.testing.assert_allclose(model.log_prob(x), log_prob, rtol=1e-12)
    np.testing.assert_allclose(model.posterior_marginals(x).loc, mean, rtol=1e-10)
    np.testing.assert_allclose(model.posterior_marginals(x).covariance(), covariance, rtol=1e-10)


def test_space_with_what_was_not_observed(x64):
    model, rng = wide_space(6, np.float64), np.random.default_rng(1)
    x, observed = rng.normal(size=(6, 2)), rng.uniform(size=(6, 2)) < 0.6
    observed[3] = False
    mean, covariance, log_prob = conditional(model, x, np.flatnonzero(observed))
    x = np.where(observed, x, np.nan)
    np.testing.assert_allclose(model.log_prob(x, observed), log_prob, rtol=1e-12)
    np.testing.assert_allclose(model.posterior_marginals(x, observed).loc, mean, rtol=1e-10)
    np.testing.assert_allclose(model.posterior_marginals(x, observed).covariance(), covariance, rtol=1e-9, atol=1e-12)
    gradient = jax.grad(lambda m: m.log_prob(x, observed))(model)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
    whole = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])[:, None] > 0
    filled = np.nan_to_num(x)
    keep = np.flatnonzero(np.broadcast_to(whole, x.shape))
    np.testing.assert_allclose(model.log_prob(filled, whole), conditional(model, filled, keep)[2], rtol=1e-12)


def kalman(model, x):
    """The filter one step after the other."""
    move, seen = (np.asarray(v, np.float64) for v in (model.transition_matrix, model.observation_matrix))
    (mean, spread), (shift, noise), (offset, error) = (
        (np.asarray(d.loc, np.float64), np.asarray(d.scale_tril, np.float64) @ np.asarray(d.scale_tril, np.float64).T)
        for d in (model.initial, model.transition_noise, model.observation_noise)
    )
    total = 0.0
    for row in np.asarray(x, np.float64):
        ahead = seen @ spread @ seen.T + error
        total += stats.multivariate_normal(seen @ mean + offset, ahead).logpdf(row)
        gain = np.linalg.solve(ahead, seen @ spread).T
        mean, spread = mean + gain @ (row - seen @ mean - offset), spread - gain @ seen @ spread
        mean, spread = move @ mean + shift, move @ spread @ move.T + noise
    return total


def test_space_over_many_steps(key):
    model = wide_space(1000, np.float32, seed=3)
    x = model.sample(key)
    np.testing.assert_allclose(model.log_prob(x), kalman(model, x), rtol=1e-5)


def test_space_gradient_is_that_of_the_joint_law(x64):
    """In every parameter, against central differences of the dense density."""
    model = wide_space(4, np.float64)
    x = np.random.default_rng(2).normal(size=(4, 2))
    gradient = jax.tree.leaves(jax.grad(lambda m: m.log_prob(x))(model))
    leaves, structure = jax.tree.flatten(model)
    for i, leaf in enumerate(leaves):
        place = (0,) * leaf.ndim
        ends = []
        for step in (1e-5, -1e-5):
            moved = leaf.copy()
            moved[place] += step
            ends.append(Flat(structure.unflatten([*leaves[:i], moved, *leaves[i + 1 :]])).logpdf(x))
        np.testing.assert_allclose(gradient[i][place], (ends[0] - ends[1]) / 2e-5, rtol=1e-6, atol=1e-8)


def test_space_draws_carry_their_derivative(key):
    """The mean of d(Σ c·x²)/dF along the draw against that of the dense moments: within 6 standard errors (10⁻⁸)."""
    model, count = wide_space(3, np.float32), 20_000
    direction = np.random.default_rng(4).normal(size=(3, 3)).astype(np.float32)

    def cost(move):
        x = model.replace(transition_matrix=move).sample(key, (count,))
        return (x * x).sum((-2, -1))

    def exact(step):
        flat = Flat(model.replace(transition_matrix=model.transition_matrix.astype(np.float64) + step * direction))
        return np.trace(flat.covariance) + flat.mean @ flat.mean

    slopes = np.asarray(jax.jvp(cost, (model.transition_matrix,), (direction,))[1], np.float64)
    truth = (exact(1e-4) - exact(-1e-4)) / 2e-4
    assert abs(slopes.mean() - truth) < 6 * slopes.std() / count**0.5
    assert 6 * slopes.std() / count**0.5 < 0.2 * abs(truth)


def test_space_parts_that_do_not_fit():
    one = ex.MultivariateNormal(np.zeros(1, np.float32), scale_diag=np.ones(1, np.float32))
    two = ex.MultivariateNormal(np.zeros(2, np.float32), scale_diag=np.ones(2, np.float32))
    eye = np.eye(1, dtype=np.float32)
    with pytest.raises(ValueError, match="a MultivariateNormal for initial, got Normal"):
        ex.LinearGaussianStateSpace(ex.Normal(0.0, 1.0), eye, one, eye, one, num_steps=3)
    with pytest.raises(ValueError, match="event axes do not fit"):
        ex.LinearGaussianStateSpace(two, eye, one, eye, one, num_steps=3)
    with pytest.raises(ValueError, match="an axis of time of length 2 or 1 in transition_matrix"):
        ex.LinearGaussianStateSpace(one, np.stack([eye] * 3), one, eye[None], one, num_steps=3, time_varying=True)


# --- Markov chains with any states ---


def real(v):
    return v.astype(jnp.float32)


def test_chain_log_prob_is_the_sum_over_transitions():
    chain = ex.MarkovChain(ex.Normal(0.5, 2.0), lambda t, x: ex.Normal(0.5 * x + real(t), 1.0 + real(t)), 4)
    x = np.array([0.25, -1.0, 2.0, 0.5], np.float32)
    terms = [stats.norm.logpdf(x[t + 1], 0.5 * x[t] + t, 1.0 + t) for t in range(3)]
    np.testing.assert_allclose(chain.log_prob(x), stats.norm.logpdf(x[0], 0.5, 2.0) + sum(terms), rtol=1e-6)
    np.testing.assert_allclose(chain.log_prob(np.stack([x, x])), chain.log_prob(x)[None].repeat(2), rtol=1e-6)


def test_chain_of_a_kernel():
    start, matrix = np.array([0.25, 0.75], np.float32), np.array([[0.5, 0.5], [0.125, 0.875]], np.float32)
    by_kernel = ex.MarkovChain(ex.Categorical(probs=start), ex.Categorical(probs=matrix), 4)
    by_function = ex.MarkovChain(
        ex.Categorical(probs=start), lambda t, s: ex.Categorical(probs=jnp.asarray(matrix)[s]), 4
    )
    paths = np.array(list(itertools.product(range(2), repeat=4)))
    expected = start[paths[:, 0]] * matrix[paths[:, :-1], paths[:, 1:]].prod(-1)
    np.testing.assert_allclose(by_kernel.prob(paths), expected, rtol=1e-6)
    np.testing.assert_allclose(by_function.prob(paths), expected, rtol=1e-6)


def test_chain_gradient_of_an_expectation(key):
    """Draws without a path in a scan: against enumeration of all states."""
    paths = np.array(list(itertools.product(range(2), repeat=4)))
    weights = np.array([1.0, -2.0, 0.5, 3.0], np.float32)

    def make(p):
        return ex.MarkovChain(ex.Bernoulli(logits=p), lambda t, s: ex.Bernoulli(logits=p - 0.5 * real(s)), 4)

    def exact(p):
        return (make(p).prob(paths) * (paths @ weights)).sum()

    def loss(p, key):
        return (real(make(p).sample(key)) * weights).sum()

    step = jax.jit(ex.value_and_grad(loss, num_samples=2048))
    with jax.debug_key_reuse(False):  # as above
        found = [step(0.25, k)[1] for k in jax.random.split(key, 16)]
    truth, error = jax.grad(exact)(0.25), np.std(found, ddof=1) / 4
    assert abs(np.mean(found) - truth) < 12 * error + 1e-6  # 16 joint states are summed over, without an error
    assert 12 * error < 0.5 * abs(truth)


def test_chain_with_a_path(key):
    """x_t = a x_{t-1} + noise: dE[Σ x²]/da along the draws, by plain differentiation."""

    def loss(a, key):
        return (ex.MarkovChain(ex.Normal(1.0, 1.0), lambda t, x: ex.Normal(a * x, 1.0), 3).sample(key) ** 2).sum()

    def exact(a):
        first = 2.0
        second = a * a * first + 1
        return first + second + a * a * second + 1

    step = jax.jit(jax.vmap(jax.grad(loss), (None, 0)))
    with jax.debug_key_reuse(False):  # as above
        slopes = np.asarray(step(0.5, jax.random.split(key, 20_000)), np.float64)
    assert abs(slopes.mean() - jax.grad(exact)(0.5)) < 6 * slopes.std() / len(slopes) ** 0.5


def test_chain_that_does_not_fit(key):
    with pytest.raises(ValueError, match="a law for initial, got float"):
        ex.MarkovChain(1.0, lambda t, x: ex.Normal(x, 1.0), 3)
    with pytest.raises(ValueError, match="a function or a distribution for transition, got float"):
        ex.MarkovChain(ex.Normal(0.0, 1.0), 1.0, 3)
    with pytest.raises(ValueError, match="one batch axis in the kernel"):
        ex.MarkovChain(ex.Bernoulli(probs=0.5), ex.Bernoulli(probs=0.5), 3)
    with pytest.raises(ValueError, match="a law from the transition, got int"):
        ex.MarkovChain(ex.Normal(0.0, 1.0), lambda t, x: 3, 3).sample(key)
    with pytest.raises(ValueError, match="states like the first"):
        ex.MarkovChain(ex.Normal(0.0, 1.0), lambda t, x: ex.Bernoulli(logits=x), 3).sample(jax.random.clone(key))
