"""Jumps, mass and shared keys that are not seen at a glance: programs that were once answered with a bias, or refused by mistake.

The helpers are those of `test_soundness.py`; each test fails if its rule is taken out.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental.ode import odeint
from test_soundness import UNSOUND, assert_unbiased, bernoulli, number, plan, plan_of, refuses

import expectax as ex

# --- A value put together from rounded parts: continuous to the eye, without a derivative -------------------------------


def through_bits(z):
    return lax.bitcast_convert_type(lax.bitcast_convert_type(z, jnp.uint32), jnp.float32)


LOST = {
    "bits": lambda z: through_bits(z) ** 2,
    "fixed_point": lambda z: jnp.sin(jnp.round(z * 2**24) / 2**24),
    "decimals": lambda z: jnp.round(z, 6) ** 2,
    "integer": lambda z: number((z * 1e7).astype(jnp.int32)) / 1e7,
    "in_one_of_two_terms": lambda z: z**2 + jnp.sin(jnp.round(z * 2**24) / 2**24),
}


@pytest.mark.parametrize("f", LOST.values(), ids=LOST)
def test_a_lost_derivative_is_not_taken_for_continuity(f, key):
    assert plan_of(f, key) == "score"
    with pytest.raises(UNSOUND, match="pathwise is biased"):
        plan_of(f, jax.random.clone(key), gradient="pathwise")


KEPT = {
    "interpolation": lambda z: jnp.sin(jnp.floor(z)) * (1 - z + jnp.floor(z)) + jnp.sin(jnp.floor(z) + 1) * (z - jnp.floor(z)),
    "phase": lambda z: jnp.sin(2 * jnp.pi * (z - jnp.floor(z)) + 0.3),
    "distance": lambda z: (jnp.round(z) - z) ** 2,
    "stopped": lambda z: jax.nn.logsumexp(jnp.stack([z, jnp.abs(z - 2 * jnp.round(z / 2)), 2 * z])),
}  # fmt: skip


@pytest.mark.parametrize("f", KEPT.values(), ids=KEPT)
def test_what_is_rounded_and_has_its_derivative_is_continuous(f, key):
    assert plan_of(f, key) == "pathwise"


# --- What JAX cannot differentiate ---------------------------------------------------------------------------------


def host(z):
    return jax.pure_callback(lambda z: np.float32(np.asarray(z) ** 2), jax.ShapeDtypeStruct((), jnp.float32), z,
                             vmap_method="broadcast_all")  # fmt: skip


@jax.custom_batching.sequential_vmap
def one_by_one(z):
    return z**2


@pytest.mark.parametrize("f", [host, one_by_one])
def test_a_path_ends_where_jax_has_no_derivative(f, key):
    assert plan_of(f, key) == "score"
    assert_unbiased(lambda p, k: f(ex.Normal(p, 1.0).sample(k)), 0.4, jax.random.clone(key), 0.8, 2_000)
    with pytest.raises(UNSOUND, match="no derivative"):
        plan_of(f, jax.random.clone(key), gradient="pathwise")


def test_a_rule_of_its_own_serves_reverse_mode(key):
    """The loop of an adaptive solver stands in a custom_vjp, which is what is differentiated; its times are a constant."""

    def loss(p, k):
        b = bernoulli(p, k)
        return odeint(lambda y, s: b - y, jnp.float32(0.5), jnp.array([0.0, 1.0]))[-1]

    assert_unbiased(loss, 0.4, key, 1 - np.exp(-1), 500)


# --- Mass of single numbers ------------------------------------------------------------------------------------------


def idle(make):
    """How often a queue is empty: its waiting time is 0 with a positive probability."""

    def loss(p, k):
        def serve(wait, k):
            k1, k2 = jax.random.split(k)
            new = wait + ex.Exponential(p).sample(k1) - ex.Exponential(1.0).sample(k2)
            return jnp.maximum(new, 0.0), make(wait)

        return lax.scan(serve, 0.5, jax.random.split(k, 3))[1].sum()

    return loss


@pytest.mark.parametrize("make", [lambda w: number(w == 0), lambda w: number(w != 0), lambda w: number(w <= 0)])
def test_a_carry_may_have_mass_where_it_is_compared(make, key):
    assert plan(idle(make), 0.8, key) == ["score", None]


def censored(f):
    return lambda p, k: f(ex.LeftCensored(ex.Normal(p, 1.0), 0.0).sample(k))


@pytest.mark.parametrize("f", [
    lambda x: jnp.where(x == 0, 5.0, x),
    lambda x: jnp.where(x <= 0, 5.0, x),
    lambda x: number(jnp.stack([x, -x]).sum() + x != 0),
], ids=["equal", "at_most", "whole"])  # fmt: skip
def test_a_censored_draw_has_mass(f, key):
    assert plan(censored(f), 0.3, key) == ["score"]


def test_a_censored_draw_in_a_continuous_cost(key):
    assert plan(censored(lambda x: jnp.where(x == 0, 0.0, x**2)), 0.3, key) == ["pathwise"]


def test_a_guard_against_zero_is_no_jump(key):
    def length(v):
        square = (v**2).sum()
        return jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))

    def loss(p, k):
        def step(v, k):
            v = 0.5 * v + ex.Normal(p + jnp.zeros(2), 1.0).sample(k)
            return v / (1 + length(v)), length(v)

        return lax.scan(step, jnp.zeros(2), jax.random.split(k, 3))[1].sum()

    assert plan(loss, 0.3, key) == ["pathwise"]


# --- Densities that jump inside their support ------------------------------------------------------------------------

HALF = ex.Categorical(logits=jnp.zeros(2))
STEPPED = {
    "mixture": ex.Mixture(HALF, [ex.Normal(0.0, 1.0), ex.Exponential(1.0)]),
    "narrower_component": ex.Mixture(HALF, [ex.Normal(0.0, 1.0), ex.TruncatedNormal(0.0, 1.0, -0.5, 0.5)]),
    "same_family": ex.MixtureSameFamily(HALF, ex.TruncatedNormal(0.0, 1.0, -9.0, jnp.array([0.3, 9.0]))),
    "folded": ex.Folded(ex.TruncatedNormal(0.0, 1.0, -1.0, 2.0)),
}


@pytest.mark.parametrize("dist", STEPPED.values(), ids=STEPPED)
def test_a_density_may_jump_inside_its_support(dist, key):
    assert plan_of(lambda z: jnp.exp(dist.log_prob(2 * jax.nn.sigmoid(z))), key) == "score"


def test_a_mixture_on_one_support_does_not(key):
    mixture = ex.Mixture(HALF, [ex.Normal(0.0, 1.0), ex.Laplace(0.0, 1.0)])
    assert plan_of(mixture.log_prob, key) == "pathwise"


@pytest.mark.parametrize("dist", [
    ex.Laplace(0.2, 1.0), ex.AsymmetricLaplace(0.2, 1.0, 2.0), ex.Independent(ex.Laplace(jnp.zeros(2), 1.0), 1),
    ex.Mixture(HALF, [ex.Normal(0.0, 1.0), ex.Laplace(0.0, 1.0)]),
], ids=["laplace", "asymmetric", "independent", "mixture"])  # fmt: skip
def test_kinks_of_a_density_are_jumps_of_the_first_derivative(dist, key):
    def loss(p, k):
        return dist.log_prob(ex.Normal(p, 1.0).sample(k) + jnp.zeros(dist.event_shape))

    assert plan(loss, 0.3, key, order=1) == ["pathwise"]
    assert plan(loss, 0.3, jax.random.clone(key), order=2) == ["score"]


def test_a_kink_that_moves_along_with_its_own_draw(key):
    def loss(p, k):
        law = ex.Laplace(p, 1.0 + p**2)
        return law.log_prob(law.sample(k))

    assert plan(loss, 0.3, key, order=2) == ["pathwise"]


# --- Ranges ----------------------------------------------------------------------------------------------------------

RANGES = {
    "filled": lambda z: jnp.where(jnp.array([1.0, 2.0]).at[z.astype(int)].get(mode="fill", fill_value=-5.0) > 0, 1.0, 0.0),
    "not_a_number": lambda z: jnp.where(jnp.take(jnp.array([1.0, 2.0]), z.astype(int)) > 0, 1.0, 0.0),
    "wrapped": lambda z: jnp.where((jnp.argmax(jnp.stack([z, -z, 2 * z - 1])) * 100).astype(jnp.int8) >= 0, 1.0, 3.0),
}  # fmt: skip


@pytest.mark.parametrize("f", RANGES.values(), ids=RANGES)
def test_what_leaves_its_range_is_not_decided_by_it(f, key):
    assert plan_of(f, key) == "score"


def test_rounded_bits_are_still_noise(key):
    """A uniform number of 12 bits, compared with a parameter."""
    refuses(lambda p, k: number(jnp.floor(jax.random.uniform(k) * 4096) / 4096 < p), key, match="differentiated p")


# --- Keys ------------------------------------------------------------------------------------------------------------


def rows(p, k, first, second):
    """A product of what two rows of keys draw."""
    _, draws = lax.scan(lambda c, ks: (c, bernoulli(p, ks[0]) * bernoulli(p, ks[1])), 0.0, (first(k), second(k)))
    return draws.sum() ** 2


SAME = {
    "two_and_three": lambda p, k: bernoulli(p, jax.random.split(k)[0]) * bernoulli(p, jax.random.split(k, 3)[0]),
    "split_and_fold": lambda p, k: bernoulli(p, jax.random.split(k)[1]) * bernoulli(p, jax.random.fold_in(k, 1)),
    "loop_and_one": lambda p, k: (
        lax.fori_loop(0, 3, lambda i, c: c + bernoulli(p, jax.random.fold_in(k, i)), 0.0)
        * bernoulli(p, jax.random.split(k)[1])
    ),
    "lanes_and_one": lambda p, k: (
        jax.vmap(lambda q: bernoulli(p, q))(jax.random.split(k, 3)).sum() * bernoulli(p, jax.random.split(k, 3)[1])
    ),
    "shifted_rows": lambda p, k: rows(
        p, k, lambda k: jax.random.split(k, 4)[1:], lambda k: jax.random.split(k, 4)[:-1]
    ),
    "reversed_rows": lambda p, k: rows(p, k, lambda k: jax.random.split(k, 3), lambda k: jax.random.split(k, 3)[::-1]),
    "stacked": lambda p, k: lax.scan(lambda c, q: (c * (1 + bernoulli(p, q)), None), 1.0, jnp.stack([k, k, k]))[0],
    "every_other": lambda p, k: lax.fori_loop(
        0, 4, lambda i, c: c * (1 + bernoulli(p, jax.random.fold_in(k, i % 2))), 1.0
    ),
    "lanes_of_a_number": lambda p, k: jnp.prod(
        jax.vmap(lambda i: bernoulli(p, jax.random.fold_in(k, i // 2)))(jnp.arange(4))
    ),
    "wrapped_again": lambda p, k: bernoulli(p, k) * bernoulli(p, jax.random.wrap_key_data(jax.random.key_data(k))),
    "drawn_rows": lambda p, k: jnp.prod(
        jax.vmap(lambda q: bernoulli(p, q))(
            jax.random.split(k, 2)[jax.random.randint(jax.random.fold_in(k, 5), (4,), 0, 2)]
        )
    ),
}


@pytest.mark.parametrize("loss", SAME.values(), ids=SAME)
@pytest.mark.parametrize("words", [False, True], ids=["key", "words"])
def test_one_key_made_in_two_ways_is_refused(loss, words, key):
    k = jax.random.key_data(key) if words else key
    with jax.debug_key_reuse(False):
        refuses(lambda p, k: loss(p, jax.random.wrap_key_data(k) if words else k), k, np.float32(0.4), "key of its own")


OWN = {
    "other_number": lambda p, k: bernoulli(p, jax.random.split(k)[1]) * bernoulli(p, jax.random.fold_in(k, 7)),
    "other_rows": lambda p, k: rows(p, k, lambda k: jax.random.split(k, 4)[:2], lambda k: jax.random.split(k, 4)[2:]),
    "until_it_stops": lambda p, k: lax.while_loop(
        lambda c: (c[0] < 3) & (c[1] < 9), lambda c: (c[0] + 1, c[1] + bernoulli(p, jax.random.fold_in(k, c[0]))), (0, 0.0)
    )[1] * bernoulli(p, jax.random.fold_in(k, 9)),
    "minibatch": lambda p, k: jax.vmap(lambda q: bernoulli(p, q))(
        jax.random.split(k, 8)[jax.random.choice(jax.random.fold_in(k, 99), 8, (3,), replace=False)]
    ).sum() ** 2,
}  # fmt: skip


@pytest.mark.parametrize("loss", OWN.values(), ids=OWN)
def test_different_keys_of_one_key_are_fine(loss, key):
    with jax.debug_key_reuse(False):
        assert set(plan(loss, np.float32(0.4), key)) <= {"score", "enumerate"}
