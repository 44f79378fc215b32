"""Draws that choose: counts, categories, gates, relaxations."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_poisson_rate(rate, key):
    x = ex.Poisson(rate).sample(key)  # <- dropped
    return (x - 3.0) ** 2


def well_exponential_rate(rate, key):
    x = ex.Exponential(rate).sample(key)
    return (x - 3.0) ** 2


def sick_count_thinning(prob, key):
    kept = ex.Binomial(20, probs=prob).sample(key)  # <- dropped
    return jnp.log1p(kept)


def sick_mixture_weights(logits, key):
    pick, draw = jax.random.split(key)
    k = ex.Categorical(logits=logits).sample(pick)  # <- detached mixture weights
    means = jnp.array([-2.0, 0.0, 3.0])
    return ex.Normal(means[k], 1.0).sample(draw) ** 2


def well_mixture_weights(logits, key):
    means = jnp.array([-2.0, 0.0, 3.0])
    mixture = ex.MixtureSameFamily(ex.Categorical(logits=logits), ex.Normal(means, jnp.ones(3)))
    return mixture.sample(key) ** 2


def sick_one_hot_component(logits, key):
    pick, draw = jax.random.split(key)
    z = ex.OneHotCategorical(logits=logits).sample(pick)  # <- detached mixture weights
    return ex.Normal(z @ jnp.array([-2.0, 0.0, 3.0]), 1.0).sample(draw) ** 2


def sick_markov_chain(logits, key):
    rows = jnp.stack([logits, -logits, 0.5 * logits])

    def step(state, key):
        state = ex.Categorical(logits=rows[state]).sample(key)  # <- detached mixture weights
        return state, state

    _, states = lax.scan(step, 0, jax.random.split(key, 5))
    return jnp.array([1.0, 3.0, -1.0])[states].sum()


def sick_bandit(logits, key):
    arm = ex.Categorical(logits=logits).sample(key)  # <- dropped
    return -jnp.array([1.0, 3.0, -1.0])[arm]


def sick_argmax_of_noise(logits, key):
    pick, draw = jax.random.split(key)
    k = jnp.argmax(logits + jax.random.gumbel(pick, (3,)))  # <- detached mixture weights
    return ex.Normal(jnp.array([-2.0, 0.0, 3.0])[k], 1.0).sample(draw) ** 2


def sick_gate(logit, key):
    gate, draw = jax.random.split(key)
    on = ex.Bernoulli(logits=logit).sample(gate)  # <- detached gate
    x = ex.Normal(1.0, 0.5).sample(draw)
    return jnp.where(on == 1, x**2, 0.1 * x)


def sick_uniform_gate(prob, key):
    gate, draw = jax.random.split(key)
    x = ex.Normal(1.0, 0.5).sample(draw)
    return jnp.where(jax.random.uniform(gate) < prob, x**2, 0.1 * x)  # <- detached gate


def well_soft_gate(logit, key):
    x = ex.Normal(1.0, 0.5).sample(key)
    gate = jax.nn.sigmoid(logit)
    return gate * x**2 + (1 - gate) * 0.1 * x


def sick_gumbel_softmax(logits, key):
    soft = ex.RelaxedOneHotCategorical(0.5, logits=logits).sample(key)  # <- biased relaxation
    return (soft @ jnp.array([1.0, 3.0, -1.0])) ** 2


def well_dirichlet(concentration, key):
    weights = ex.Dirichlet(concentration).sample(key)
    return (weights @ jnp.array([1.0, 3.0, -1.0])) ** 2


def sick_relaxed_coin(logit, key):
    soft = ex.RelaxedBernoulli(0.7, logits=logit).sample(key)  # <- biased relaxation
    return (soft - 0.45) ** 2


def sick_gumbel_softmax_by_hand(logits, key):
    noise = ex.Gumbel(jnp.zeros(3), 1.0).sample(key)
    soft = jax.nn.softmax((logits + noise) / 0.5)  # <- biased relaxation
    return (soft @ jnp.array([1.0, 3.0, -1.0])) ** 2


def sick_gumbel_softmax_of_bits(logits, key):
    soft = jax.nn.softmax((logits + jax.random.gumbel(key, (3,))) / 0.5)  # <- biased relaxation
    return (soft @ jnp.array([1.0, 3.0, -1.0])) ** 2


def well_softmax_of_normals(logits, key):
    weights = jax.nn.softmax(ex.Normal(logits, 1.0).sample(key) / 0.5)
    return (weights @ jnp.array([1.0, 3.0, -1.0])) ** 2


def sick_concrete_by_hand(logit, key):
    u = ex.Uniform(0.0, 1.0).sample(key)
    soft = jax.nn.sigmoid((logit + jnp.log(u) - jnp.log1p(-u)) / 0.5)  # <- biased relaxation
    return (soft - 0.45) ** 2


def sick_hard_gates(logit, key):
    """Louizos, Welling & Kingma 2018: stretched beyond the corners and clipped."""
    u = ex.Uniform(1e-6, 1 - 1e-6).sample(key, (4,))
    soft = jax.nn.sigmoid((jnp.log(u) - jnp.log(1 - u) + logit) / 0.66)  # <- biased relaxation
    return jnp.clip(1.2 * soft - 0.1, 0.0, 1.0) @ jnp.arange(4.0)


def sick_learned_temperature(params, key):
    noise = jax.random.gumbel(key, (3,))
    soft = jax.nn.softmax((params["logits"] + noise) / jnp.exp(params["log_temperature"]))  # <- biased relaxation
    return (soft @ jnp.array([1.0, 3.0, -1.0])) ** 2


def well_logistic_flow(gain, key):
    x = ex.Logistic(0.0, 1.0).sample(key)
    return (jax.nn.sigmoid(gain * x + gain) - 0.45) ** 2


def sick_hard_by_hand(logit, key):
    x = ex.Normal(logit, 1.0).sample(key)
    soft = jax.nn.sigmoid(x)
    hard = jnp.round(soft)
    bit = soft + lax.stop_gradient(hard - soft)  # <- straight-through
    return (bit - 0.45) ** 2


def sick_sign_of_a_noisy_weight(weight, key):
    x = weight + ex.Normal(0.0, 1.0).sample(key)
    bit = x + lax.stop_gradient(jnp.sign(x) - x)  # <- straight-through
    return (bit - 0.2) ** 2


def sick_hard_choice_of_bits(logits, key):
    soft = jax.nn.softmax(logits + jax.random.gumbel(key, (3,)))
    hard = jax.nn.one_hot(jnp.argmax(soft), 3)
    return (soft + lax.stop_gradient(hard - soft)) @ jnp.array([1.0, 3.0, -1.0])  # <- straight-through


def well_score_added_to_a_cost(loc, key):
    """The value of the reward with the derivative of its expectation: nothing is replaced."""
    policy = ex.Normal(loc, 1.0)
    x = policy.sample(key, gradient="stop")
    reward = lax.stop_gradient(x**2)
    term = reward * policy.log_prob(x)
    return reward + term - lax.stop_gradient(term)


def well_soft_bit(logit, key):
    x = ex.Normal(logit, 1.0).sample(key)
    return (jax.nn.sigmoid(x) - 0.45) ** 2


def sick_straight_through_site(logits, key):
    d = ex.OneHotCategorical(logits=logits)
    bits = d.sample(key, gradient="straight-through")  # <- straight-through
    return bits @ jnp.array([1.0, 3.0, -1.0])


def sick_epidemic(rate, key):
    """Counts behind counts: without a barrier before what the doctor counts, XLA compiles this for minutes."""

    def day(state, key):
        susceptible, infected = state
        first, second = jax.random.split(key)
        risk = jnp.clip(1 - jnp.exp(-rate * infected / 100.0), 1e-6, 1 - 1e-6)
        new = ex.Binomial(susceptible, probs=risk).sample(first)  # <- dropped
        healed = ex.Binomial(infected, probs=0.2).sample(second)
        return (susceptible - new, infected + new - healed), infected

    return lax.scan(day, (90.0, 10.0), jax.random.split(key, 4))[1].mean()


@jax.custom_vjp
def _binarised(x):
    return (x > 0).astype(x.dtype)


_binarised.defvjp(lambda x: (_binarised(x), None), lambda _, slope: (slope,))


def sick_rule_of_another_function(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, (4,))
    return (jnp.sum(_binarised(x)) - 1.0) ** 2  # <- straight-through


def sick_rule_in_a_loop(loc, key):
    def step(bit, key):
        bit = _binarised(0.5 * bit + ex.Normal(loc, 1.0).sample(key))  # <- straight-through
        return bit, bit

    return lax.scan(step, 0.0, jax.random.split(key, 4))[1].sum()


@jax.custom_vjp
def _reversed(x):
    return x


_reversed.defvjp(lambda x: (x, None), lambda _, slope: (-slope,))


def sick_reversed_gradient(loc, key):
    return _reversed(ex.Normal(loc, 1.0).sample(key)) ** 2  # <- straight-through


@jax.custom_jvp
def _root(a):
    """y with y + y³ = a, by bisection: the derivative of its steps is 0."""

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = middle + middle**3 < a
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    return lax.fori_loop(0, 40, halve, (jnp.full_like(a, -20.0), jnp.full_like(a, 20.0)))[0]


@_root.defjvp
def _root_jvp(primals, tangents):
    y = _root(*primals)
    return y, tangents[0] / (1 + 3 * y**2)


def well_implicit_derivative(loc, key):
    return ex.assume_continuous(_root)(ex.Normal(loc, 1.0).sample(key)) ** 2


@jax.custom_vjp
def clipped(x):
    """The identity, with derivatives of at most 10."""
    return x


clipped.defvjp(lambda x: (x, None), lambda _, slope: (jnp.clip(slope, -10.0, 10.0),))


def well_clipped_gradient(loc, key):
    return clipped(ex.Normal(loc, 1.0).sample(key)) ** 2


LOGITS = jnp.array([0.1, 0.5, -0.3])
ARGUMENTS = {
    "sick_poisson_rate": 2.0,
    "well_exponential_rate": 2.0,
    "sick_mixture_weights": LOGITS,
    "well_mixture_weights": LOGITS,
    "sick_argmax_of_noise": LOGITS,
    "sick_gumbel_softmax": LOGITS,
    "well_dirichlet": jnp.array([1.0, 2.0, 3.0]),
    "sick_straight_through_site": LOGITS,
    "sick_gumbel_softmax_by_hand": LOGITS,
    "sick_gumbel_softmax_of_bits": LOGITS,
    "well_softmax_of_normals": LOGITS,
    "sick_hard_choice_of_bits": LOGITS,
    "sick_one_hot_component": LOGITS,
    "sick_bandit": LOGITS,
    "sick_learned_temperature": {"logits": LOGITS, "log_temperature": -0.5},
    "sick_markov_chain": LOGITS,
}
