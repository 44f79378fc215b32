"""Every soundness rule: what may pass along the path passes, and what would be silently biased is refused or answered
by another estimator. Each group of tests fails if its rule is taken out."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.scipy.ndimage import map_coordinates

import expectax as ex
from expectax._program import Signature, inspect, prepare

UNSOUND = ex.UnsoundGradientError


def plan(loss, params, key, order=1):
    """Names of the estimators of a sound program, by site."""
    program = prepare(loss, (params, key), Signature(0, -1, False, order))
    return [None if e is None else e.name for e in program.plan.estimators.values()]


def plan_of(f, key, scale=1.0, **options):
    """The estimator of one Normal draw with a differentiated mean, behind which `f` stands."""
    (name,) = plan(lambda p, k: f(ex.Normal(p, scale).sample(k, **options)), 0.3, key)
    return name


def refuses(loss, key, params=0.4, match=None, error=UNSOUND):
    with pytest.raises(error, match=match):
        plan(loss, params, key)


def estimate(loss, params, key, n=20_000):
    return jax.jit(ex.value_and_grad(loss, n, return_stats=True))(params, key)


def assert_unbiased(loss, params, key, exact, n=20_000):
    _, gradient, stats = estimate(loss, params, key, n)
    assert abs(float(gradient) - exact) < 5 * float(stats.standard_error) + 1e-5 * (1 + abs(exact))


def number(x):
    return x.astype(jnp.float32)


def bernoulli(p, key, **options):
    return number(ex.Bernoulli(probs=p).sample(key, **options))


def pair(z):
    return jnp.stack([z, 0.5 - z])


def matrix(z):
    return jnp.stack([jnp.stack([z, z * 0 + 1]), jnp.asarray([1.0, 2.0])])


TABLE = jnp.linspace(-3.0, 3.0, 11)
STEP_TABLE = jnp.repeat(jnp.linspace(-3.0, 3.0, 61), jnp.where(jnp.arange(61) == 55, 2, 1))  # one knot twice


# --- A discontinuity behind the draw ------------------------------------------------------------------------------


def filtered(z):
    """A step of a forward filter whose weights are normalised: logsumexp looks whether its maximum is finite."""

    def step(log_weights, x):
        joint = jax.nn.logsumexp(log_weights[:, None] + MOVES, axis=0) - (x - z * jnp.arange(2.0)) ** 2
        total = jax.nn.logsumexp(joint)
        return joint - total, total

    return step


MOVES = jnp.log(jnp.asarray([[0.9, 0.1], [0.2, 0.8]]))

CONTINUOUS = {
    "leaky_relu": jax.nn.leaky_relu,
    "relu6": jax.nn.relu6,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "hard_tanh": jax.nn.hard_tanh,
    "hand_leaky": lambda z: jnp.where(z > 0, z, 0.1 * z),
    "max_pool": lambda z: lax.reduce_window(pair(z), -jnp.inf, lax.max, (2,), (1,), "VALID").sum(),
    "clip": lambda z: jnp.clip(z, -1, 1),
    "huber": lambda z: jnp.where(jnp.abs(z) < 1, 0.5 * z * z, jnp.abs(z) - 0.5),
    "median": lambda z: jnp.median(jnp.stack([z, 0.5 - z, 2 * z])),
    "sort": lambda z: jnp.sort(pair(z))[0],
    "logsumexp": lambda z: jax.nn.logsumexp(pair(z)),
    "softmax": lambda z: jax.nn.softmax(pair(z))[0],
    "layer_norm": lambda z: jax.nn.standardize(jnp.stack([z, 2 * z, 1 + z * z]))[0],
    "double_where": lambda z: jnp.where(z > 0, jnp.sqrt(jnp.where(z > 0, z, 1.0)), 0.0),
    "solve": lambda z: jnp.linalg.solve(jnp.eye(2) * 9 + matrix(z), jnp.ones(2)).sum(),
    "det": lambda z: jnp.linalg.det(matrix(z)),
    "log_det": lambda z: jnp.linalg.slogdet(matrix(z) @ matrix(z).T + jnp.eye(2))[1],
    "triangle_wave": lambda z: jnp.abs(jnp.mod(z, 2.0) - 1),
    "nan_to_num": lambda z: jnp.nan_to_num(jnp.sin(z)),
    "eigenvalues": lambda z: jnp.linalg.eigvalsh(matrix(z) + matrix(z).T)[0],
    "cond": lambda z: lax.cond(z > 0, lambda: z, lambda: 0.1 * z),
    "table": lambda z: jnp.interp(z, TABLE, jnp.sin(TABLE)),
    "table_of_several": lambda z: jnp.interp(jnp.stack([z, 2 * z]), TABLE, jnp.sin(TABLE)).sum(),
    "linear_image": lambda z: map_coordinates(
        jnp.arange(12.0).reshape(3, 4) ** 2, [jnp.clip(z, 0, 2), jnp.float32(1.5)], 1
    ),
    "normal_quantile": lambda z: jax.scipy.special.ndtri(jax.nn.sigmoid(z)),
    "log_normal_cdf": jax.scipy.special.log_ndtr,
    "exponential_integral": lambda z: jax.scipy.special.exp1(jnp.exp(z)),
    "filter_in_a_scan": lambda z: lax.scan(filtered(z), jnp.zeros(2), jnp.arange(3.0))[1].sum(),
    "complex_modulus": lambda z: jnp.log(lax.complex(z * 0 - 1, z)).real,
}


@pytest.mark.parametrize("f", CONTINUOUS.values(), ids=CONTINUOUS)
def test_what_is_continuous_is_differentiated_along_the_path(f, key):
    assert plan_of(f, key) == "pathwise"


def step(z):
    return jnp.where(z > 0, 1.0, 0.0)


@jax.custom_jvp
def disguised(z):
    return step(z)


disguised.defjvp(lambda primals, tangents: (disguised(*primals), tangents[0]))


@jax.custom_vjp
def disguised_backwards(z):
    return jnp.round(z)


disguised_backwards.defvjp(lambda z: (jnp.round(z), None), lambda _, g: (g,))


def helper(z):
    return functools.reduce(lambda f, g: lambda x: g(f(x)), [jnp.tanh, step, jnp.exp])(z)


def pooled(x):
    return (lax.reduce_window(x, -jnp.inf, lax.max, (2,), (2,), "VALID") ** 2).sum()


JUMPS = {
    "step": step,
    "sign": jnp.sign,
    "round": jnp.round,
    "floor": jnp.floor,
    "mod": lambda z: jnp.mod(z, 1.0),
    "argmax": lambda z: number(jnp.argmax(pair(z))),
    "argsort": lambda z: number(jnp.argsort(pair(z))[0]),
    "payload_of_sort": lambda z: lax.sort((pair(z), pair(1 + z)), num_keys=1)[1][0],
    "int_cast": lambda z: number(z.astype(jnp.int32)),
    "any": lambda z: number(jnp.any(pair(z) > 0.3)),
    "all": lambda z: number(jnp.all(pair(z) > -1)),
    "equality_after_relu": lambda z: number(jax.nn.relu(z) == 0),
    "straight_through": lambda z: z + lax.stop_gradient(jnp.round(z) - z),
    "mask": lambda z: number(z > 0) * 3.0,
    "product_of_masks": lambda z: number(z > 0) * number(z < 1),
    "helper": helper,
    "custom_jvp": disguised,
    "custom_vjp": disguised_backwards,
    "scan_body": lambda z: lax.scan(lambda c, x: (c + step(x + z), None), 0.0, jnp.arange(2.0))[0],
    "scan_of_a_sum": lambda z: lax.scan(lambda c, x: (c + step((pair(z) * x).sum()), c), 0.0, jnp.arange(3.0))[0],
    "scan_row": lambda z: lax.scan(lambda c, x: (c, step((pair(z) * x).sum())), 0.0, jnp.arange(3.0))[1].sum(),
    "scan_by_its_carry": lambda z: lax.scan(lambda c, x: (c + z, step(c.sum() - 1)), pair(z), jnp.arange(3.0))[1].sum(),
    "vectorize": lambda z: jnp.vectorize(step)(z),
    "jit": lambda z: jax.jit(lambda x: jax.jit(step)(x) * 2)(z),
    "checkpoint": lambda z: jax.checkpoint(step)(z),
    "while_condition": lambda z: lax.while_loop(
        lambda c: c[0] < z, lambda c: (c[0] + 1, c[1] + 1.0), (jnp.float32(0), jnp.float32(0))
    )[1],
    "fori_bound": lambda z: lax.fori_loop(0, jnp.clip(z, 0, 3).astype(jnp.int32), lambda i, a: a + 1.0, 0.0),
    "cond": lambda z: lax.cond(z > 0, lambda: 1.0, lambda: 0.0),
    "switch": lambda z: lax.switch(jnp.clip(z, 0, 2).astype(jnp.int32), [lambda: 0.0, lambda: 1.0, lambda: 4.0]),
    "gather_by_bin": lambda z: jnp.asarray([1.0, 5.0, 2.0])[jnp.clip(z, 0, 2).astype(jnp.int32)],
    "atan2": lambda z: jnp.arctan2(z, -1.0),
    "branch_cut": lambda z: jnp.log(lax.complex(z * 0 - 1, z)).imag,
    "derivative_of_relu": lambda z: jax.grad(jax.nn.relu)(z),
    "derivative_of_max": lambda z: jax.grad(lambda x: jnp.maximum(x, 0.5))(z),
    "derivative_of_max_pool": lambda z: jax.grad(pooled)(jnp.stack([z, z * 0 + 0.5]))[0],
    "is_nan": lambda z: jnp.where(jnp.isnan(jnp.log(z)), 0.0, 1.0),
    "is_nan_far_away": lambda z: jnp.nansum(jnp.stack([jnp.log(z) * 0 + 1, z])),
    "histogram": lambda z: number(jnp.histogram(pair(z), bins=TABLE)[0][3]),
    "nearest_in_a_table": lambda z: jnp.sin(TABLE)[jnp.searchsorted(TABLE, z)],
    "table_with_a_step": lambda z: jnp.interp(z, STEP_TABLE, jnp.sin(STEP_TABLE) + number(jnp.arange(62) > 55)),
    "comparison_that_only_nan_fails": lambda z: jnp.where(jnp.sqrt(z) >= 0, 1.0, 0.0),
    "sign_of_gamma": jax.scipy.special.gammasgn,
    "sign_of_det": lambda z: jnp.linalg.slogdet(matrix(z))[0],
    "sign_in_qr": lambda z: jnp.linalg.qr(matrix(z))[1][0, 0],
    "small_beside_large": lambda z: 1e5 + step(z),
    "for_one_case_of_data": lambda z: jnp.where(jnp.asarray([5, 17]) == 17, step(z), z).sum(),
    "for_one_position": lambda z: jnp.where(jnp.arange(9) == 7, step(z), z).sum(),
    "after_a_triangle_wave": lambda z: step(jnp.abs(jnp.mod(pair(z), 2.0) - 1) @ jnp.asarray([1.0, 2.0]) - 1.2),
    "bits": lambda z: (lax.bitcast_convert_type(z, jnp.uint32) >> 31).astype(jnp.float32),
}


@pytest.mark.parametrize("f", JUMPS.values(), ids=JUMPS)
def test_what_jumps_is_not_differentiated_along_the_path(f, key):
    assert plan_of(f, key) == "score"
    with pytest.raises(UNSOUND, match="pathwise is biased"):
        plan_of(f, key, gradient="pathwise")


@pytest.mark.parametrize("f", [
    lambda z: lax.reduce(pair(z), 0.0, lambda a, b: jnp.where(b > 0, a + 1.0, a), (0,)),
    lambda z: jnp.where(lax.stop_gradient(jnp.round(z * 0)).astype(jnp.int32) ** 2 == 625, step(z), z),
], ids=["reduce", "a_flip_that_did_not_matter"])  # fmt: skip
def test_what_cannot_be_tested_is_not_trusted(f, key):
    with pytest.raises(UNSOUND, match="may make the cost jump"):
        plan_of(f, key)
    assert plan_of(f, key, gradient="score") == "score"


def test_nan_of_a_special_function_is_not_trusted(key):
    with pytest.raises(UNSOUND, match="pathwise is biased"):
        plan_of(lambda z: jnp.where(jnp.isnan(jax.scipy.special.ndtri(z)), 0.0, 1.0), key, gradient="pathwise")


def test_a_step_has_its_exact_gradient(key):
    density_at_zero = np.exp(-(0.3**2) / 2) / np.sqrt(2 * np.pi)
    assert_unbiased(lambda p, k: step(ex.Normal(p, 1.0).sample(k)), 0.3, key, density_at_zero)


def test_kinks_are_jumps_of_the_first_derivative(key):
    def loss(p, k):
        return jax.nn.relu(ex.Normal(p, 1.0).sample(k))

    assert plan(loss, 0.3, key, order=1) == ["pathwise"]
    assert plan(loss, 0.3, jax.random.clone(key), order=2) == ["score"]


def test_assume_continuous_takes_the_users_word(key):
    assert plan_of(ex.assume_continuous(step), key) == "pathwise"
    assert plan_of(lambda z: ex.assume_continuous(jnp.tanh)(step(z)), jax.random.clone(key)) == "score"


def test_a_stopped_draw_is_data(key):
    loss = lambda p, k: p * step(ex.Normal(p, 1.0).sample(k, gradient="stop"))  # noqa: E731
    assert plan(loss, 0.3, key) == ["stop"]
    _, gradient, _ = estimate(loss, 0.3, jax.random.clone(key))
    assert abs(float(gradient) - 0.618) < 0.02


def test_a_jump_in_a_parameter_of_another_site(key):
    def loss(p, k):
        k1, k2 = jax.random.split(k)
        return bernoulli(0.2 + 0.6 * step(ex.Normal(p, 1.0).sample(k1)), k2)

    assert plan(loss, 0.3, key) == ["score", None]
    density_at_zero = np.exp(-(0.3**2) / 2) / np.sqrt(2 * np.pi)
    assert_unbiased(loss, 0.3, jax.random.clone(key), 0.6 * density_at_zero)


# --- A moving support ----------------------------------------------------------------------------------------------


def test_uniform_is_pathwise_where_the_cost_is_smooth(key):
    loss = lambda p, k: ex.Uniform(p, 2 * p + 1).sample(k) ** 2  # noqa: E731
    assert plan(loss, 0.4, key) == ["pathwise"]


def test_a_jump_behind_a_moving_support_is_refused(key):
    refuses(lambda p, k: step(ex.Uniform(0.0, p).sample(k) - 0.2), key, match="support moves")


def test_score_over_a_moving_support_is_refused(key):
    refuses(lambda p, k: ex.Uniform(0.0, p).sample(k, gradient="score"), key, match="support moves")
    refuses(lambda p, k: ex.Independent(ex.Uniform(jnp.zeros(2), p + jnp.zeros(2)), 1).sample(k, gradient="score").sum(),
            jax.random.clone(key), match="support moves")  # fmt: skip


def test_the_edge_of_a_density_is_a_jump(key):
    refuses(lambda p, k: jnp.exp(ex.Uniform(0.0, p).log_prob(ex.Uniform(0.0, 1.0).sample(k))), key, match="edge")


# --- Parameters that meet noise directly ---------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [
    lambda p, k: number(ex.Normal(0.0, 1.0).sample(k) > p),
    lambda p, k: step(p + ex.Normal(0.0, 1.0).sample(k)),
    lambda p, k: step(ex.Normal(p, 1.0).sample(k) - p * p),
    lambda p, k: number(jax.random.bernoulli(k, p)),
    lambda p, k: jnp.where(jax.random.bernoulli(k, 1 - p, (3,)), jnp.ones(3) / (1 - p), 0.0).sum(),
    lambda p, k: number(jax.random.categorical(k, jnp.stack([p, -p]))),
    lambda p, k: number(jax.random.poisson(k, 1 + p)),
    lambda p, k: number(jnp.mod(10 * jax.random.uniform(k), 1.0) < p),
    lambda p, k: jax.vmap(lambda q: number(jax.random.bernoulli(q, p)))(jax.random.split(k, 3)).sum(),
    lambda p, k: lax.scan(lambda c, q: (c + number(jax.random.bernoulli(q, p)), None), 0.0, jax.random.split(k, 3))[0],
], ids=["comparison", "hand_reparametrised", "threshold", "bernoulli", "dropout", "categorical", "poisson", "mod",
        "vmapped", "scanned"])  # fmt: skip
def test_a_moving_boundary_is_refused(loss, key):
    refuses(loss, key, match="differentiated p")


def test_random_bits_with_a_smooth_use(key):
    assert_unbiased(lambda p, k: (p + jax.random.normal(k)) ** 2, 0.4, key, 0.8)
    loss = lambda p, k: p * jnp.where(jax.random.bernoulli(k, 0.25), 4.0, 1.0)  # noqa: E731
    assert_unbiased(loss, 0.4, jax.random.clone(key), 1.75)
    assert_unbiased(lambda p, k: jax.nn.relu(p + jax.random.normal(k)), 0.4, jax.random.clone(key), 0.6554)


# --- Keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    lambda p: jax.random.key(3),
    lambda p: jax.random.fold_in(jax.random.key(3), 7),
    lambda p: jax.random.key((p * 1000).astype(jnp.int32)),
    lambda p: jax.random.PRNGKey(3),
], ids=["constant", "folded", "from_params", "old"])  # fmt: skip
def test_a_foreign_key_is_refused(make, key):
    refuses(lambda p, k: bernoulli(p, make(p)) + 0 * jax.random.normal(k), key, np.float32(0.4), "key argument")
    refuses(lambda p, k: ex.Normal(p, 1.0).sample(make(p)), jax.random.clone(key), np.float32(0.4), "key argument")


def loop(p, key):
    return lax.scan(lambda c, k: (c + bernoulli(p, k), None), 0.0, key)[0]


REUSED = {
    "two_sites": lambda p, k: bernoulli(p, k) * bernoulli(p, k),
    "split_twice": lambda p, k: bernoulli(p, jax.random.split(k)[0]) * bernoulli(p, jax.random.split(k)[0]),
    "a_pathwise_site": lambda p, k: bernoulli(p, k) * ex.Normal(0.0, 1.0).sample(k),
    "jax_random": lambda p, k: bernoulli(p, k) * jax.random.normal(k),
    "lanes": lambda p, k: jnp.prod(jax.vmap(lambda s: bernoulli(p * s, k))(jnp.asarray([1.0, 0.5]))),
    "lanes_after_split": lambda p, k: jnp.prod(
        jax.vmap(lambda s: bernoulli(p * s, jax.random.split(k)[0]))(jnp.asarray([1.0, 0.5]))
    ),
    "lanes_of_one_axis": lambda p, k: jnp.prod(
        jax.vmap(lambda s: jax.vmap(lambda q: bernoulli(p * s, q))(jax.random.split(k)))(jnp.asarray([1.0, 0.5]))
    ),
    "broadcast": lambda p, k: jnp.prod(jax.vmap(lambda q: bernoulli(p, q))(jnp.broadcast_to(k, (3,)))),
    "iterations": lambda p, k: lax.scan(lambda c, _: (c * (1 + bernoulli(p, k)), None), 1.0, None, 3)[0],
    "carried": lambda p, k: lax.scan(lambda c, _: ((c[0] * bernoulli(p, c[1]), c[1]), None), (1.0, k), None, 3)[0][0],
    "while": lambda p, k: lax.while_loop(
        lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * (1 + bernoulli(p, k))), (0, 1.0)
    )[1],
    "map": lambda p, k: jnp.prod(lax.map(lambda s: bernoulli(p * s, k), jnp.asarray([1.0, 0.5]))),
    "enumerated": lambda p, k: bernoulli(p, k, gradient="enumerate") * bernoulli(p, k),
}


@pytest.mark.parametrize("loss", REUSED.values(), ids=REUSED)
def test_a_reused_key_is_refused(loss, key):
    with jax.debug_key_reuse(False):
        refuses(loss, key, np.float32(0.4), "key of its own")


def chain(p, key):
    total = 1.0
    for _ in range(3):
        key, sub = jax.random.split(key)
        total = total * (1 + bernoulli(p, sub))
    return total


def carried(p, key):
    def body(carry, _):
        key, total = carry
        key, sub = jax.random.split(key)
        return (key, total * (1 + bernoulli(p, sub))), None

    return lax.scan(body, (key, 1.0), None, 3)[0][1]


OWN_KEYS = {
    "chain": chain,
    "carried": carried,
    "vmap": lambda p, k: jnp.prod(1 + jax.vmap(lambda q: bernoulli(p, q))(jax.random.split(k, 3))),
    "scan": lambda p, k: lax.scan(lambda c, q: (c * (1 + bernoulli(p, q)), None), 1.0, jax.random.split(k, 3))[0],
    "fold_in": lambda p, k: lax.fori_loop(0, 3, lambda i, c: c * (1 + bernoulli(p, jax.random.fold_in(k, i))), 1.0),
}


@pytest.mark.parametrize("loss", OWN_KEYS.values(), ids=OWN_KEYS)
def test_keys_of_their_own_are_fine(loss, key):
    with jax.debug_key_reuse(False):
        assert_unbiased(loss, 0.4, key, 3 * 1.4**2)


def test_branches_may_share_a_key(key):
    def loss(p, k):
        k1, k2 = jax.random.split(k)
        return lax.cond(jax.random.bernoulli(k1), lambda: bernoulli(p, k2), lambda: 2 * bernoulli(p, k2))

    with jax.debug_key_reuse(False):
        assert_unbiased(loss, 0.4, key, 1.5)


# --- Copies of a site under an inner derivative ----------------------------------------------------------------------


def _rate(family, k):
    return {
        "poisson": lambda p: ex.Poisson(p).sample(k) ** 2,
        "normal": lambda p: ex.Normal(p, 1.0).sample(k) ** 2,
        "exponential": lambda p: ex.Exponential(p).sample(k, gradient="pathwise"),
    }[family]


INNER = {
    "grad": lambda f, p: jax.grad(f)(p),
    "value_and_grad": lambda f, p: jax.value_and_grad(f)(p)[0],
    "jvp": lambda f, p: jax.jvp(f, (p,), (1.0,))[1],
    "vjp": lambda f, p: jax.vjp(f, p)[1](1.0)[0],
    "linearize": lambda f, p: jax.linearize(f, p)[1](1.0),
    "hessian": lambda f, p: jax.hessian(f)(p),
}
AROUND = {
    "plain": lambda g, p: g(p),
    "checkpoint": lambda g, p: jax.checkpoint(g)(p),
    "scan": lambda g, p: lax.scan(lambda c, _: (c + g(p), None), 0.0, None, length=2)[0],
    "jit": lambda g, p: jax.jit(g)(p),
    "vmap": lambda g, p: jax.vmap(g)(jnp.stack([p, p])).sum(),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("inner", INNER.values(), ids=INNER)
@pytest.mark.parametrize("family", ["poisson", "normal", "exponential"])
def test_a_differentiated_copy_is_refused(family, inner, around, key):
    def loss(p, k):
        return around(lambda x: inner(_rate(family, k), x), p)

    with jax.debug_key_reuse(False), pytest.raises((ex.UnsupportedProgramError, ex.NoPathwiseDerivativeError)):
        ex.value_and_grad(loss, 4)(jnp.float32(1.5), key)


@pytest.mark.parametrize("inside", [jax.checkpoint, jax.jit])
def test_a_derivative_of_a_wrapped_draw_is_refused(inside, key):
    def loss(p, k):
        return jax.grad(inside(lambda x: ex.Normal(x, 1.0).sample(k) ** 2))(p)

    refuses(loss, key, jnp.float32(0.4), error=ex.UnsupportedProgramError)


def test_an_inner_derivative_that_does_not_pass_the_draw(key):
    def loss(p, k):
        z = ex.Normal(p, 1.0).sample(k)
        return jax.grad(lambda x: x**3)(z)

    assert_unbiased(loss, 0.4, key, 6 * 0.4)


def test_a_site_inside_a_custom_derivative_is_refused(key):
    @jax.custom_jvp
    def inside(p, k):
        return bernoulli(p, k)

    inside.defjvp(lambda primals, tangents: (inside(*primals), tangents[0]))
    refuses(inside, key, error=ex.UnsupportedProgramError)
    refuses(lambda p, k: ex.assume_continuous(lambda x: bernoulli(x, k))(p), jax.random.clone(key),
            error=ex.UnsupportedProgramError)  # fmt: skip


def test_without_jit(key):
    with jax.disable_jit():
        loss = functools.partial(bernoulli, gradient="score")
        _, gradient, stats = ex.value_and_grad(loss, 2_000, return_stats=True)(0.4, key)
    assert abs(float(gradient) - 1) < 5 * float(stats.standard_error)


# --- Nested expectations ---------------------------------------------------------------------------------------------


def inner_mean(p, key):
    return ex.expect(lambda p, k: ex.Normal(p, 1.0).sample(k), 8)(p, key).mean


def _of_one_key(p, k):
    """Twice the same draws, by a copy of the key."""
    return inner_mean(p, k) * inner_mean(p, jax.random.clone(k))


def _in_a_loop(p, k):
    """Each turn has a key of its own, but what is seen of it is the same."""
    return lax.fori_loop(0, 3, lambda i, c: c * inner_mean(p, jax.random.fold_in(k, i)), 1.0)


NONLINEAR = {
    "one_key": _of_one_key,
    "a_key_of_it": lambda p, k: inner_mean(p, k) * inner_mean(p, jax.random.split(k)[0]),
    "loop": _in_a_loop,
    "parts": lambda p, k: (lambda m: m[0] * m[1])(
        ex.expect(lambda p, k: ex.Normal(p, 1.0).sample(k, (2,)), 8)(p, k).mean
    ),
    "square": lambda p, k: inner_mean(p, k) ** 2,
    "branch": lambda p, k: lax.cond(inner_mean(p, k) > 0, lambda: p, lambda: -p),
    "parameter": lambda p, k: ex.Normal(inner_mean(p, k), 1.0).sample(jax.random.fold_in(k, 99)) ** 2,
    "density": lambda p, k: ex.Normal(0.0, 1.0).log_prob(inner_mean(p, k)),
    "scan": lambda p, k: lax.scan(lambda c, _: (c * c, None), inner_mean(p, k), None, 2)[0],
}


@pytest.mark.parametrize("loss", NONLINEAR.values(), ids=NONLINEAR)
def test_a_nested_expectation_used_nonlinearly_is_refused(loss, key):
    with jax.debug_key_reuse(False):
        refuses(loss, key, jnp.float32(0.4), "nonlinearly")


def test_a_nested_expectation_used_linearly(key):
    assert_unbiased(lambda p, k: 3 * inner_mean(p, k) - p, 0.4, key, 2.0, 1000)


def test_products_of_independent_means(key):
    """Of a key each: E[m₁ m₂] = E[m₁] E[m₂], given what both depend on."""

    def power(p, k):
        one, two, three = jax.random.split(k, 3)
        return inner_mean(p, one) * (2 - inner_mean(p, two)) * inner_mean(p, three)

    def given_a_draw(p, k):
        one, two, three = jax.random.split(k, 3)
        x = ex.Normal(p, 1.0).sample(one)
        vectors = ex.expect(lambda x, k: jnp.stack([bernoulli(0.5, k), x]), 4)
        return jnp.dot(vectors(x, two).mean, vectors(2 * x, three).mean)

    assert_unbiased(power, 0.4, key, 2 * (2 * 0.4) - 3 * 0.4**2, 20_000)
    assert_unbiased(given_a_draw, 0.4, jax.random.clone(key), 4 * 0.4, 20_000)


# --- Sites that do not matter ----------------------------------------------------------------------------------------


def test_a_dropped_site_changes_nothing(key):
    def loss(p, k):
        k1, k2, k3 = jax.random.split(k, 3)
        bernoulli(p, k1)
        ex.Normal(p, 1.0).sample(k2)
        return bernoulli(p, k3)

    assert_unbiased(loss, 0.4, key, 1.0)


def test_a_site_that_no_parameter_reaches_is_base_noise(key):
    def loss(p, k):
        return p * step(ex.Normal(0.3, 1.0).sample(k))

    assert plan(loss, 0.4, key) == [None]
    assert_unbiased(loss, 0.4, jax.random.clone(key), 0.6179)


# --- Many suspects ---


def _sum_over_draws(term, count):
    def loss(t, key):
        return sum(term(ex.Normal(t, 1.0).sample(k)) for k in jax.random.split(key, count))

    return loss


@pytest.mark.parametrize(
    ("term", "estimator"),
    [
        (lambda x: jnp.where(x > 0.3, 1.0, 0.0), "score"),
        (lambda x: jnp.where(x > 0, x, 0.1 * x), "pathwise"),
        (lambda x: jnp.where(x > 0, x, 0.0) + jnp.where(x < 1, x - 1, 0.0), "pathwise"),
    ],
    ids=["jump", "kink", "two kinks of one draw"],
)
def test_terms_of_a_sum_are_tested_apart_and_alike_ones_once(term, estimator, key):
    """As one sub-program 200 jumps would be compiled for minutes."""
    plan = prepare(_sum_over_draws(term, 200), (0.1, key), Signature(0, -1, False)).plan
    assert {e.name for e in plan.estimators.values()} == {estimator}
    assert len(plan.analysis.prober.verdicts) <= 4


def test_terms_that_make_up_for_each_other_are_not_tested_apart(key):
    """Two jumps of one draw cancel: unclear for one draw, and not seen to jump for many either."""

    def term(x):
        return jnp.where(x > 1, 2 * x, x) - jnp.where(x > 1, x, 0.0)

    for count in (1, 6):
        choices = inspect(_sum_over_draws(term, count), (0.1, key), Signature(0, -1, False)).plan.choices
        assert all("no test could clear it" in c.reason for c in choices.values())


# --- Divergences of what draws decide ---


def test_the_divergence_of_a_law_that_a_draw_decides_is_continuous(key):
    """The second layer of a hierarchical model."""

    def loss(t, key):
        z = ex.Normal(t, 1.0).sample(key)
        return ex.kl(ex.Normal(jnp.tanh(z), jnp.exp(z)), ex.Normal(0.0, 1.0)) + ex.kl(
            ex.Gamma(jnp.exp(z), 1.0), ex.Gamma(2.0, t)
        )

    plan = prepare(loss, (0.7, key), Signature(0, -1, False)).plan
    assert {e.name for e in plan.estimators.values()} == {"pathwise"}
    assert not plan.analysis.prober.verdicts  # known, not tested


def test_a_divergence_whose_support_moves_is_not_taken_for_continuous(key):
    """It is infinite as soon as one range leaves the other."""

    def loss(t, key):
        z = ex.Normal(t, 1.0).sample(key)
        return jnp.minimum(ex.kl(ex.Uniform(0.0, 1.0), ex.Uniform(0.0, 2.0 + jnp.tanh(z))), 7.0)

    refusals = inspect(loss, (0.7, key), Signature(0, -1, False)).plan.refusals
    names = [
        c.estimator and c.estimator.name
        for c in inspect(loss, (0.7, key), Signature(0, -1, False)).plan.choices.values()
    ]
    assert refusals or names == ["score"]


def test_a_jump_in_a_parameter_is_not_lost_in_a_divergence(key):
    def loss(t, key):
        z = ex.Normal(t, 1.0).sample(key)
        return ex.kl(ex.Normal(jnp.where(z > 0, 1.0, 0.0), 1.0), ex.Normal(0.0, 1.0))

    plan = prepare(loss, (0.7, key), Signature(0, -1, False)).plan
    assert {e.name for e in plan.estimators.values()} == {"score"}


# --- Comparisons with an end of a range ---


def _safe_norm(x):
    square = (x**2).sum()
    some = square > 0
    return jnp.where(some, jnp.sqrt(jnp.where(some, square, 1.0)), 0.0)


def test_a_guard_at_an_end_without_mass_is_no_jump(key):
    plan = prepare(
        lambda t, key: _safe_norm(ex.Normal(t, 1.0).sample(key, (3,))), (0.7, key), Signature(0, -1, False)
    ).plan
    assert {e.name for e in plan.estimators.values()} == {"pathwise"}


def test_a_guard_at_an_end_with_mass_is_one(key):
    """All three draws may be cut to 0."""

    def loss(t, key):
        x = jax.nn.relu(ex.Normal(t, 1.0).sample(key, (3,)))
        return jnp.where((x**2).sum() > 0, 5.0, 1.0)

    names = [
        c.estimator and c.estimator.name
        for c in inspect(loss, (0.7, key), Signature(0, -1, False)).plan.choices.values()
    ]
    assert names != ["pathwise"]


def test_bits_that_are_read_as_a_uniform_have_its_range(key):
    """So that the noise of `jax.random.normal` is no NaN, and a forward filter's logsumexp no jump."""

    def loss(t, key):
        def step(alpha, x):
            return jax.nn.logsumexp(alpha[:, None] + t * jnp.eye(2), axis=0) + x, None

        return lax.scan(step, jnp.zeros(2), t * jax.random.normal(key, (4, 2)))[0].sum()

    assert not inspect(loss, (0.3, key), Signature(0, -1, False)).plan.refusals
