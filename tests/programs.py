"""Programs with random draws inside every kind of control flow, and their exact twins.

Each is written twice: the loss in JAX, and the same in numpy for `exact.mean_and_gradient`, as `program(theta, draw)`.
`PROGRAMS` maps a program's name to both.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from exact import sigmoid, softmax
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jax.sharding import PartitionSpec

import expectax as ex

THETA = np.array([0.3, -0.4], np.float32)
"""Where the programs are differentiated."""


@dataclasses.dataclass(frozen=True)
class Program:
    loss: Callable
    exact: Callable


PROGRAMS: dict[str, Program] = {}


def program(make: Callable) -> Callable:
    """Register what `make()` returns: the loss in JAX and the same in numpy."""
    PROGRAMS[make.__name__] = Program(*make())
    return make


def coin(logit, key, gradient="score", **options):
    """Weighed: auto would sum over the values of few."""
    return ex.Bernoulli(logits=logit).sample(key, gradient=gradient, **options).astype(jnp.float32)


# --- scan ---


def _walk(cost, t, draw):
    x, total = 0, 0
    for step in range(6):
        x = x + 2 * draw.flip(sigmoid(t[0] - t[1] * x)) - 1
        total = total + cost(step, x)
    return total


def _walk_scan(cost, t, key, **options):
    def step(carry, row):
        x, total = carry
        number, k = row
        x = x + 2 * coin(t[0] - t[1] * x, k) - 1
        return (x, total + cost(number, x)), None

    rows = (jnp.arange(6), jax.random.split(key, 6))
    return lax.scan(step, (0.0, 0.0), rows, **options)[0]


@program
def walk_with_a_running_cost():
    """The probabilities depend on the state."""
    return (
        lambda t, key: _walk_scan(lambda i, x: x**2 * (1 + 0.1 * t[0]), t, key)[1],
        lambda t, draw: _walk(lambda i, x: x**2 * (1 + 0.1 * t[0]), t, draw),
    )


@program
def walk_whose_first_steps_are_free():
    return (
        lambda t, key: _walk_scan(lambda i, x: jnp.where(i >= 3, x**2, 0.0), t, key)[1],
        lambda t, draw: _walk(lambda i, x: x**2 if i >= 3 else 0.0, t, draw),
    )


@program
def walk_with_a_nonlinear_end():
    def exact(t, draw):
        x = 0
        for _ in range(6):
            x = x + 2 * draw.flip(sigmoid(t[0] - t[1] * x)) - 1
        return np.exp(0.3 * x)

    return lambda t, key: jnp.exp(0.3 * _walk_scan(lambda i, x: 0.0, t, key, unroll=2)[0]), exact


@program
def total_that_is_used_nonlinearly_after_the_loop():
    return (
        lambda t, key: _walk_scan(lambda i, x: x * t[1], t, key)[1] ** 2,
        lambda t, draw: _walk(lambda i, x: x * t[1], t, draw) ** 2,
    )


@program
def reversed_scan():
    """From the last row to the first: the past of a step lies behind it in the array."""
    rows = np.array([0.5, -1.0, 2.0, 0.25], np.float32)

    def loss(t, key):
        def step(x, row):
            value, k = row
            x = 0.5 * x + value * coin(t[0] + t[1] * x, k)
            return x, x

        last, stacked = lax.scan(step, 1.0, (rows, jax.random.split(key, 4)), reverse=True)
        return last**2 + stacked[0] * stacked[3] + (stacked * rows).sum()

    def exact(t, draw):
        x, stacked = 1.0, np.zeros(4)
        for i in reversed(range(4)):
            x = stacked[i] = 0.5 * x + rows[i] * draw.flip(sigmoid(t[0] + t[1] * x))
        return stacked[0] ** 2 + stacked[0] * stacked[3] + (stacked * rows).sum()

    return loss, exact


@program
def stacked_draws_used_nonlinearly():
    """Each product needs the weights of both of its draws, and of those before."""

    def loss(t, key):
        def step(x, k):
            b = coin(t[0] + t[1] * x, k)
            return x + b, (b, x)

        _, (b, x) = lax.scan(step, 0.0, jax.random.split(key, 5))
        return b[1] * b[3] + b.sum() ** 2 + 0.5 * (b * x).sum() + b[::-1] @ jnp.arange(5.0)

    def exact(t, draw):
        x, bs, xs = 0, [], []
        for _ in range(5):
            b = draw.flip(sigmoid(t[0] + t[1] * x))
            bs, xs, x = [*bs, b], [*xs, x], x + b
        bs, xs = np.array(bs), np.array(xs)
        return bs[1] * bs[3] + bs.sum() ** 2 + 0.5 * (bs * xs).sum() + bs[::-1] @ np.arange(5.0)

    return loss, exact


@program
def value_both_carried_and_stacked():
    def loss(t, key):
        def step(x, k):
            x = x * t[0] + coin(t[1] * x, k)
            return x, x

        last, stacked = lax.scan(step, 0.0, jax.random.split(key, 5))
        return last * stacked[1] + stacked @ jnp.arange(5.0) + last**2

    def exact(t, draw):
        x, stacked = 0, []
        for _ in range(5):
            x = x * t[0] + draw.flip(sigmoid(t[1] * x))
            stacked.append(x)
        return x * stacked[1] + stacked @ np.arange(5.0) + x**2

    return loss, exact


@program
def rows_and_constants_that_hold_draws():
    def loss(t, key):
        k0, k1, k2 = jax.random.split(key, 3)
        rows = coin(t[0], k0, shape=(4,))
        scale = coin(t[1], k1)

        def step(x, row):
            b, k = row
            x = x * (1 + scale) + b * coin(t[1] - 0.2 * x + b, k)
            return x, x * b

        last, stacked = lax.scan(step, 0.5, (rows, jax.random.split(k2, 4)))
        return last**2 + stacked.sum() * scale + rows[0]

    def exact(t, draw):
        rows = np.array([draw.flip(sigmoid(t[0])) for _ in range(4)])
        scale = draw.flip(sigmoid(t[1]))
        x, stacked = 0.5, 0
        for b in rows:
            x = x * (1 + scale) + b * draw.flip(sigmoid(t[1] - 0.2 * x + b))
            stacked = stacked + x * b
        return x**2 + stacked * scale + rows[0]

    return loss, exact


@program
def nested_scans():
    def loss(t, key):
        def outer(x, k):
            def inner(y, k):
                b = coin(t[0] + 0.3 * y - t[1] * x, k)
                return y + b, b * y

            k1, k2 = jax.random.split(k)
            y, products = lax.scan(inner, x, jax.random.split(k1, 2))
            b = coin(t[1] * y, k2)
            return 0.5 * x + y * b, (products, y)

        last, (products, ys) = lax.scan(outer, 0.2, jax.random.split(key, 3))
        return last**2 + products[0, 1] * ys[2] + products.sum() + (ys**2)[1]

    def exact(t, draw):
        x, products, ys = 0.2, [], []
        for _ in range(3):
            y, row = x, []
            for _ in range(2):
                b = draw.flip(sigmoid(t[0] + 0.3 * y - t[1] * x))
                row, y = [*row, b * y], y + b
            products, ys = [*products, row], [*ys, y]
            x = 0.5 * x + y * draw.flip(sigmoid(t[1] * y))
        return x**2 + products[0][1] * ys[2] + np.sum(products) + ys[1] ** 2

    return loss, exact


@program
def scan_over_the_output_of_another():
    """The second runs backwards over what the first stacked."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)

        def first(x, k):
            x = x + coin(t[0] - 0.5 * x, k)
            return x, x

        def second(y, row):
            x, k = row
            y = y + x * coin(t[1] * y, k)
            return y, y * x

        _, xs = lax.scan(first, 0.0, jax.random.split(k1, 4))
        y, products = lax.scan(second, 1.0, (xs, jax.random.split(k2, 4)), reverse=True)
        return y**2 + products[2] + products.sum() * t[0]

    def exact(t, draw):
        x, xs = 0, []
        for _ in range(4):
            x = x + draw.flip(sigmoid(t[0] - 0.5 * x))
            xs.append(x)
        y, products = 1, np.zeros(4, complex)
        for i in reversed(range(4)):
            y = y + xs[i] * draw.flip(sigmoid(t[1] * y))
            products[i] = y * xs[i]
        return y**2 + products[2] + products.sum() * t[0]

    return loss, exact


@program
def continuous_and_discrete_draws_in_one_loop():
    """The path of the normal draws and the weights of the coins, together."""

    def loss(t, key):
        def step(carry, k):
            x, n = carry
            k1, k2 = jax.random.split(k)
            b = coin(t[0] - t[1] * n, k1)
            x = 0.5 * x + ex.Normal(t[1] * b, 0.3 + 0.2 * b).sample(k2)
            return (x, n + b), x * b

        (x, n), products = lax.scan(step, (0.0, 0.0), jax.random.split(key, 3))
        return x**2 * n + products.sum() ** 2

    def exact(t, draw):
        x, n, products = 0, 0, 0
        for _ in range(3):
            b = draw.flip(sigmoid(t[0] - t[1] * n))
            x = 0.5 * x + t[1] * b + (0.3 + 0.2 * b) * draw.normal()
            n, products = n + b, products + x * b
        return x**2 * n + products**2

    return loss, exact


@program
def pathwise_draws_in_a_reversed_scan():
    def loss(t, key):
        def step(x, k):
            x = x * t[0] + ex.Normal(t[1], 0.5).sample(k)
            return x, x

        x, stacked = lax.scan(step, 0.0, jax.random.split(key, 4), reverse=True)
        return x**2 + stacked[1] * stacked[2] + stacked.sum()

    def exact(t, draw):
        x, stacked = 0, np.zeros(4, complex)
        for i in reversed(range(4)):
            x = stacked[i] = x * t[0] + t[1] + 0.5 * draw.normal()
        return x**2 + stacked[1] * stacked[2] + stacked.sum()

    return loss, exact


@program
def static_fori_loop():
    def loss(t, key):
        def body(i, x):
            return x + coin(t[0] - 0.3 * x, jax.random.fold_in(key, i)) * (1.0 + i)

        return lax.fori_loop(0, 4, body, 0.0) ** 2 * t[1]

    def exact(t, draw):
        x = 0
        for i in range(4):
            x = x + draw.flip(sigmoid(t[0] - 0.3 * x)) * (1.0 + i)
        return x**2 * t[1]

    return loss, exact


@program
def map_and_associative_scan():
    def loss(t, key):
        x = lax.map(lambda k: 1 + coin(t[0], k), jax.random.split(key, 4))
        return lax.associative_scan(jnp.multiply, x)[2] + lax.associative_scan(jnp.add, x, reverse=True)[1] ** 2

    def exact(t, draw):
        x = np.array([1 + draw.flip(sigmoid(t[0])) for _ in range(4)])
        return np.prod(x[:3]) + (x[1:].sum()) ** 2 + 0 * t[0]

    return loss, exact


@program
def markov_chain_of_categories():
    logits = np.array([[0.1, 0.5, -0.3], [1.0, 0.0, 0.2], [-0.5, 0.4, 0.3]], np.float32)
    reward = np.array([1.0, -2.0, 0.5], np.float32)

    def loss(t, key):
        def step(state, k):
            state = ex.Categorical(logits=jnp.asarray(logits)[state] * t[0] + t[1] * jnp.arange(3.0)).sample(k)
            return state, jnp.asarray(reward)[state]

        state, rewards = lax.scan(step, 0, jax.random.split(key, 4))
        return rewards @ np.float32(0.9) ** jnp.arange(4.0) + rewards[1] * rewards[3] * jnp.where(state == 2, 1.0, 0.0)

    def exact(t, draw):
        state, rewards = 0, []
        for _ in range(4):
            state = draw.choose(softmax(logits[state] * t[0] + t[1] * np.arange(3)))
            rewards.append(float(reward[state]))
        return rewards @ 0.9 ** np.arange(4) + rewards[1] * rewards[3] * (state == 2)

    return loss, exact


@program
def learned_table_with_a_final_reward():
    """Credit through an index, and a value of the state that the parameters move."""

    def loss(t, key):
        table = jnp.stack([t, 2 * t, t[::-1]])

        def step(state, k):
            b = coin(table[state, 0], k)
            state = (state + b.astype(jnp.int32)) % 3
            return state, table[state, 1]

        state, values = lax.scan(step, 0, jax.random.split(key, 4))
        return values.sum() + table[state].sum() ** 2

    def exact(t, draw):
        table, state, total = np.stack([t, 2 * t, t[::-1]]), 0, 0
        for _ in range(4):
            state = (state + draw.flip(sigmoid(table[state, 0]))) % 3
            total = total + table[state, 1]
        return total + table[state].sum() ** 2

    return loss, exact


@program
def carries_that_change_places():
    """What one part of the carry depends on reaches the others only after several rounds."""

    def loss(t, key):
        def step(carry, k):
            a, b, c = carry
            return (b, c, 0.5 * a + coin(t[0] + t[1] * b, k)), a * c

        (a, b, c), products = lax.scan(step, (t[0], 1.0, 0.0), jax.random.split(key, 5))
        return a * b + c**2 + products @ jnp.arange(5.0)

    def exact(t, draw):
        a, b, c, products = t[0], 1.0, 0.0, []
        for _ in range(5):
            products.append(a * c)
            a, b, c = b, c, 0.5 * a + draw.flip(sigmoid(t[0] + t[1] * b))
        return a * b + c**2 + products @ np.arange(5.0)

    return loss, exact


@program
def lanes_of_length_one():
    """An axis of size one is broadcast against others: all of them depend on its only lane."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        a = coin(t[0] + jnp.zeros((1, 3)), k1)
        b = coin(t[1] + jnp.zeros((2, 1)), k2)
        x = (a + 2 * b) ** 2 * (1 + a)
        return (
            (x[:, 1] * x[:, 2]).sum()
            + (a.reshape(3, 1).T @ x.T).sum()
            + lax.scan(lambda c, r: (c + r, r), a[0], a)[1].sum()
        )

    def exact(t, draw):
        a = np.array([[draw.flip(sigmoid(t[0])) for _ in range(3)]])
        b = np.array([[draw.flip(sigmoid(t[1]))] for _ in range(2)])
        x = (a + 2 * b) ** 2 * (1 + a)
        return (x[:, 1] * x[:, 2]).sum() + (a @ x.T).sum() + a.sum()

    return loss, exact


@program
def scans_of_one_step_and_of_none():
    def loss(t, key):
        def step(x, k):
            return (x + coin(t[0] + x, k), x**2)

        x, squares = lax.scan(step, t[1], jax.random.split(key, 1))
        y, none = lax.scan(step, x, jax.random.split(key, 1)[:0])
        return x * y + squares.sum() + none.sum() + y**2

    def exact(t, draw):
        x = t[1] + draw.flip(sigmoid(t[0] + t[1]))
        return 2 * x**2 + t[1] ** 2

    return loss, exact


@program
def collective_over_a_named_axis():
    def loss(t, key):
        def one(s, k):
            b = coin(t[0] * s, k)
            return (b - lax.pmean(b, "lanes")) ** 2 * s + b * lax.axis_index("lanes").astype(float)

        return jax.vmap(one, axis_name="lanes")(jnp.array([1.0, -1.0, 2.0]), jax.random.split(key, 3)).sum() * t[1]

    def exact(t, draw):
        s = np.array([1.0, -1.0, 2.0])
        b = np.array([draw.flip(sigmoid(t[0] * v)) for v in s])
        return ((b - b.mean()) ** 2 * s + b * np.arange(3)).sum() * t[1]

    return loss, exact


# --- cond, switch ---


@program
def branches_inside_branches():
    def loss(t, key):
        k1, k2, k3 = jax.random.split(key, 3)
        a, b = coin(t[0], k1), coin(t[1], k2)

        def inner():
            return lax.cond(b > 0, lambda: coin(t[0] - t[1], k3) + a, lambda: t[1] * 2)

        x = lax.cond(a > 0, inner, lambda: 3.0)
        return x**2 + b * x

    def exact(t, draw):
        a, b = draw.flip(sigmoid(t[0])), draw.flip(sigmoid(t[1]))
        x = (draw.flip(sigmoid(t[0] - t[1])) + a if b else t[1] * 2) if a else 3.0
        return x**2 + b * x

    return loss, exact


@program
def vmapped_branches():
    """Under vmap both branches run and one is selected, lane by lane; what is not taken weighs nothing."""

    def loss(t, key):
        def one(s, k):
            k1, k2 = jax.random.split(k)
            a = coin(t[0] * s, k1)
            return lax.cond(a > 0, lambda: coin(t[1] + s, k2) * 2 - 1, lambda: t[0])

        x = jax.vmap(one)(jnp.array([1.0, -1.0, 2.0]), jax.random.split(key, 3))
        return (x**2).sum() + x[0] * x[1] + x.sum()

    def exact(t, draw):
        x = []
        for s in (1.0, -1.0, 2.0):
            a = draw.flip(sigmoid(t[0] * s))
            x.append(draw.flip(sigmoid(t[1] + s)) * 2 - 1 if a else t[0])
        x = np.array(x)
        return (x**2).sum() + x[0] * x[1] + x.sum()

    return loss, exact


@program
def branches_of_constants():
    """No draw enters the chosen values: only the choice carries the weight."""
    return (
        lambda t, key: lax.cond(coin(t[0], key) > 0, lambda: 1.0, lambda: 3.0 * t[1]),
        lambda t, draw: 1.0 if draw.flip(sigmoid(t[0])) else 3.0 * t[1],
    )


@program
def branches_with_sites():
    def loss(t, key):
        k1, k2 = jax.random.split(key)

        def yes(b):
            return ex.Normal(t[0] + b, 0.5).sample(k2), 2.0

        def no(b):
            return coin(t[1] - b, k2), t[1]

        b = coin(t[0], k1)
        x, y = lax.cond(b > 0, yes, no, b)
        return x**2 + x * y + y

    def exact(t, draw):
        b = draw.flip(sigmoid(t[0]))
        x, y = (t[0] + b + 0.5 * draw.normal(), 2.0) if b else (draw.flip(sigmoid(t[1] - b)), t[1])
        return x**2 + x * y + y

    return loss, exact


@program
def branches_chosen_by_data():
    """No draw chooses, so the linear costs of each branch keep their own weights."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        b = coin(t[0], k1)

        def yes():
            return b * coin(t[1] + b, k2), b

        x, y = lax.cond(jax.random.key_data(key)[0] >= 0, yes, lambda: (t[0], b * 2))
        return x**2 + y + x

    def exact(t, draw):
        b = draw.flip(sigmoid(t[0]))
        x = b * draw.flip(sigmoid(t[1] + b))
        return x**2 + b + x

    return loss, exact


@program
def switch_on_a_draw():
    def loss(t, key):
        k1, k2 = jax.random.split(key)
        which = ex.Categorical(logits=jnp.stack([t[0], t[1], 0.5 * t[0]])).sample(k1)
        branches = [lambda: -1.0, lambda: coin(t[0], k2) * t[1], lambda: ex.Normal(t[1], 1.0).sample(k2) ** 2]
        x = lax.switch(which, branches)
        return x * x + x

    def exact(t, draw):
        which = draw.choose(softmax(np.array([t[0], t[1], 0.5 * t[0]])))
        if which == 0:
            x = -1.0
        else:
            x = draw.flip(sigmoid(t[0])) * t[1] if which == 1 else (t[1] + draw.normal()) ** 2
        return x * x + x

    return loss, exact


@program
def probability_that_depends_on_the_branch():
    def loss(t, key):
        k1, k2 = jax.random.split(key)
        a = coin(t[0], k1)
        logit = lax.cond(a > 0, lambda: t[1], lambda: -1.0)
        return coin(logit, k2) + 2.0 * a

    def exact(t, draw):
        a = draw.flip(sigmoid(t[0]))
        return draw.flip(sigmoid(t[1] if a else -1.0)) + 2.0 * a

    return loss, exact


@program
def cond_inside_scan():
    """The state decides the branch, and only one branch draws: what is not drawn weighs nothing."""

    def loss(t, key):
        def step(x, k):
            k1, k2 = jax.random.split(k)
            extra = lax.cond(x > 0, lambda: coin(t[1] * x, k1), lambda: 0.7)
            x = x + 2 * coin(t[0], k2) - 1 + extra
            return x, extra

        x, extras = lax.scan(step, 0.0, jax.random.split(key, 4))
        return x**2 + extras[1] * extras[3] + extras.sum()

    def exact(t, draw):
        x, extras = 0, []
        for _ in range(4):
            extra = draw.flip(sigmoid(t[1] * x)) if x.real > 0 else 0.7
            x = x + 2 * draw.flip(sigmoid(t[0])) - 1 + extra
            extras.append(extra)
        return x**2 + extras[1] * extras[3] + np.sum(extras)

    return loss, exact


@program
def scan_inside_cond():
    def loss(t, key):
        k1, k2 = jax.random.split(key)

        def run():
            def step(x, k):
                b = coin(t[1] + x, k)
                return 0.5 * x + b, b

            x, bs = lax.scan(step, 0.0, jax.random.split(k2, 3))
            return x + bs[0] * bs[2], bs

        x, bs = lax.cond(coin(t[0], k1) > 0, run, lambda: (t[0] * 2, jnp.ones(3)))
        return x**2 + bs.sum() + bs[1]

    def exact(t, draw):
        if not draw.flip(sigmoid(t[0])):
            return (t[0] * 2) ** 2 + 4
        x, bs = 0, []
        for _ in range(3):
            b = draw.flip(sigmoid(t[1] + x))
            x, bs = 0.5 * x + b, [*bs, b]
        return (x + bs[0] * bs[2]) ** 2 + np.sum(bs) + bs[1]

    return loss, exact


@program
def early_exit_written_as_a_scan():
    """A stopping time: the cost of every later step depends on the draws that did not stop."""

    def loss(t, key):
        def step(alive, row):
            number, k = row
            pay = alive * (1.0 + number * t[1])
            return alive * coin(t[0], k), pay

        _, pays = lax.scan(step, 1.0, (jnp.arange(6.0), jax.random.split(key, 6)))
        return pays.sum()

    def exact(t, draw):
        total = 0
        for number in range(6):
            total = total + 1.0 + number * t[1]
            if not draw.flip(sigmoid(t[0])):
                return total
        return total

    return loss, exact


# --- while ---


def _geometric(t, key, cost):
    def goes_on(state):
        alive, n, *_ = state
        return (alive > 0) & (n < 6)

    def body(state):
        _, n, total, key = state
        key, k = jax.random.split(key)
        return coin(t[0] + 0.1 * n, k), n + 1, total + cost(n), key

    return lax.while_loop(goes_on, body, (1.0, 0.0, 0.0, key))


def _geometric_exact(t, draw, cost):
    alive, n, total = 1, 0, 0
    while alive and n < 6:
        total = total + cost(n)
        alive, n = draw.flip(sigmoid(t[0] + 0.1 * n)), n + 1
    return alive, n, total


@program
def number_of_trials():
    return (
        lambda t, key: _geometric(t, key, lambda n: 0.0)[1] ** 2,
        lambda t, draw: _geometric_exact(t, draw, lambda n: 0.0)[1] ** 2,
    )


@program
def reward_until_it_stops():
    def loss(t, key):
        alive, n, total, _ = _geometric(t, key, lambda n: t[1] * n + 1)
        return total + alive * n

    def exact(t, draw):
        alive, n, total = _geometric_exact(t, draw, lambda n: t[1] * n + 1)
        return total + alive * n

    return loss, exact


@program
def constant_after_a_while_loop():
    """The cost holds no draw, but how often it was paid does."""

    def loss(t, key):
        _, n, _, _ = _geometric(t, key, lambda n: 0.0)
        return jnp.where(n > 2, 5.0, t[1])

    def exact(t, draw):
        return 5.0 if _geometric_exact(t, draw, lambda n: 0.0)[1] > 2 else t[1]

    return loss, exact


@program
def fori_loop_of_a_drawn_length():
    def loss(t, key):
        k1, k2 = jax.random.split(key)
        n = ex.Categorical(logits=jnp.stack([t[0], t[1], 0.2 * t[1], t[0]])).sample(k1)

        def body(i, x):
            return 0.5 * x + coin(t[1] + 0.3 * x, jax.random.fold_in(k2, i))

        return lax.fori_loop(0, n, body, t[0]) ** 2

    def exact(t, draw):
        x = t[0]
        for _ in range(draw.choose(softmax(np.array([t[0], t[1], 0.2 * t[1], t[0]])))):
            x = 0.5 * x + draw.flip(sigmoid(t[1] + 0.3 * x))
        return x**2

    return loss, exact


@program
def vmapped_while():
    """Every lane stops by its own draws."""

    def loss(t, key):
        n = jax.vmap(lambda k, bonus: _geometric(t + bonus, k, lambda n: n)[2])(
            jax.random.split(key, 2), jnp.array([0.0, 0.3])
        )
        return n[0] * n[1] + n.sum()

    def exact(t, draw):
        n = [_geometric_exact(t + bonus, draw, lambda n: n)[2] for bonus in (0.0, 0.3)]
        return n[0] * n[1] + sum(n)

    return loss, exact


@program
def while_inside_scan():
    def loss(t, key):
        def step(x, k):
            _, n, _, _ = _geometric(t - 0.2 * x, k, lambda n: 0.0)
            return 0.5 * x + n, n * x

        x, products = lax.scan(step, 0.0, jax.random.split(key, 2))
        return x**2 + products[1]

    def exact(t, draw):
        x, product = 0, 0
        for _ in range(2):
            n = _geometric_exact(t - 0.2 * x, draw, lambda n: 0.0)[1]
            x, product = 0.5 * x + n, n * x
        return x**2 + product

    return loss, exact


@program
def scan_inside_while():
    def loss(t, key):
        def body(state):
            x, key = state
            key, k = jax.random.split(key)
            x, bs = lax.scan(lambda x, k: (x + coin(t[0], k), x * t[1]), x, jax.random.split(k, 2))
            return x + bs.sum() * 0.1 + 0.5, key

        return lax.while_loop(lambda s: s[0] < 3, body, (0.0, key))[0] ** 2

    def exact(t, draw):
        x = 0
        while np.real(x) < 3:
            total = 0
            for _ in range(2):
                total, x = total + x * t[1], x + draw.flip(sigmoid(t[0]))
            x = x + total * 0.1 + 0.5
        return x**2

    # the loop's test compares a differentiated value, but it holds no continuous noise: it moves on a null set
    return loss, exact


# --- vmap and jit ---


@program
def separate_and_joint_costs_of_a_plate():
    shifts = np.array([0.0, 0.5, -0.5, 1.0], np.float32)

    def loss(t, key):
        b = jax.vmap(lambda s, k: coin(t[0] + s * t[1], k))(shifts, jax.random.split(key, 4))
        return ((b - t[1]) ** 2).sum() + b.sum() ** 2 * 0.3

    def exact(t, draw):
        b = np.array([draw.flip(sigmoid(t[0] + s * t[1])) for s in shifts])
        return ((b - t[1]) ** 2).sum() + b.sum() ** 2 * 0.3

    return loss, exact


@program
def vmap_over_scan():
    def loss(t, key):
        def one(shift, k):
            def step(x, k):
                x = 0.5 * x + coin(t[0] + shift * x, k)
                return x, x * t[1]

            x, stacked = lax.scan(step, shift, jax.random.split(k, 3))
            return x**2, stacked

        squares, stacked = jax.vmap(one)(jnp.array([0.2, -0.6]), jax.random.split(key, 2))
        return squares.sum() + stacked[0, 1] * stacked[1, 2] + stacked.sum(1)[0]

    def exact(t, draw):
        squares, stacked = 0, np.zeros((2, 3), complex)
        for lane, shift in enumerate((0.2, -0.6)):
            x = shift
            for i in range(3):
                x = 0.5 * x + draw.flip(sigmoid(t[0] + shift * x))
                stacked[lane, i] = x * t[1]
            squares = squares + x**2
        return squares + stacked[0, 1] * stacked[1, 2] + stacked.sum(1)[0]

    return loss, exact


@program
def scan_over_vmap():
    def loss(t, key):
        def step(x, k):
            b = jax.vmap(lambda x, k: coin(t[0] - t[1] * x, k))(x, jax.random.split(k, 2))
            x = x + b[::-1] * jnp.array([1.0, 2.0])  # the lanes cross
            return x, x

        x, stacked = lax.scan(step, jnp.zeros(2), jax.random.split(key, 3))
        return (x**2).sum() + stacked[1, 0] * stacked[2, 1] + stacked.sum()

    def exact(t, draw):
        x, stacked = np.zeros(2), []
        for _ in range(3):
            b = np.array([draw.flip(sigmoid(t[0] - t[1] * v)) for v in x])
            x = x + b[::-1] * [1, 2]
            stacked.append(x)
        return (x**2).sum() + stacked[1][0] * stacked[2][1] + np.sum(stacked)

    return loss, exact


@program
def axes_in_odd_places():
    weights = np.arange(6, dtype=np.float32).reshape(2, 3) / 5

    def loss(t, key):
        keys = jax.random.split(key, 6).reshape(3, 2)
        inner = jax.vmap(lambda w, k: coin(t[0] + t[1] * w, k), in_axes=(0, 0), out_axes=0)
        b = jax.vmap(inner, in_axes=(1, 0), out_axes=1)(weights, keys)
        return (b * weights).sum() ** 2 + (b.T @ jnp.array([1.0, 4.0])).sum() + b[1, 2] * t[0]

    def exact(t, draw):
        b = np.array([[draw.flip(sigmoid(t[0] + t[1] * w)) for w in row] for row in weights])
        return (b * weights).sum() ** 2 + (b.T @ np.array([1.0, 4.0])).sum() + b[1, 2] * t[0]

    return loss, exact


@program
def vector_sites_with_axes_moved():
    """A site that is itself a vector, vmapped with its batch axis put last."""

    def loss(t, key):
        logits = jnp.stack([t[0], t[1], 0.1])
        b = jax.vmap(lambda s, k: coin(logits + s, k), out_axes=1)(jnp.array([0.0, 1.0]), jax.random.split(key, 2))
        return (b.sum(1) ** 2 * jnp.array([1.0, -1.0, 2.0])).sum() + (b.prod(0) * t).sum()

    def exact(t, draw):
        b = np.array([[draw.flip(sigmoid(v + s)) for s in (0.0, 1.0)] for v in (t[0], t[1], 0.1)])
        return (b.sum(1) ** 2 * [1, -1, 2]).sum() + (b.prod(0) * t).sum()

    return loss, exact


@program
def vmap_over_the_distribution():
    def loss(t, key):
        dist = ex.Categorical(logits=jnp.stack([t, t[::-1], t * 0]))
        x = jax.vmap(lambda d, k: d.sample(k))(dist, jax.random.split(key, 3)).astype(jnp.float32)
        normal = jax.vmap(lambda d, k, x: d.sample(k) + x)(
            ex.Normal(t, jnp.ones(2)), jax.random.split(jax.random.fold_in(key, 7), 2), x[:2]
        )
        return (x @ jnp.array([1.0, 2.0, 3.0])) ** 2 + (normal**2).sum()

    def exact(t, draw):
        x = np.array([draw.choose(softmax(v)) for v in (t, t[::-1], t * 0)])
        normal = np.array([m + draw.normal() + v for m, v in zip(t, x[:2], strict=True)])
        return (x @ [1, 2, 3]) ** 2 + (normal**2).sum()

    return loss, exact


@program
def jit_in_vmap_in_jit():
    def loss(t, key):
        @jax.jit
        def inner(x, k):
            return x * coin(t[0] * x, k)

        @jax.jit
        def outer(xs, keys):
            return jax.vmap(inner)(xs, keys)

        y = outer(jnp.array([1.0, 2.0]), jax.random.split(key, 2))
        z = outer(y, jax.random.split(jax.random.fold_in(key, 1), 2))  # the same function again: other sites
        return (z * t[1]).sum() + y[0] * z[1]

    def exact(t, draw):
        y = np.array([x * draw.flip(sigmoid(t[0] * x)) for x in (1.0, 2.0)])
        z = np.array([x * draw.flip(sigmoid(t[0] * x)) for x in y])
        return (z * t[1]).sum() + y[0] * z[1]

    return loss, exact


# --- shapes of lanes ---


def _array_program(f: Callable, shape: tuple = (4,), mapped: Callable | None = None):
    """A function of an array of coins, the same code in both languages unless `mapped` is given."""
    count = int(np.prod(shape))
    shifts = np.linspace(-1, 1, count).reshape(shape).astype(np.float32)

    def loss(t, key):
        return f(jnp, coin(t[0] + t[1] * shifts, key), t)

    def exact(t, draw):
        b = np.array([draw.flip(sigmoid(t[0] + t[1] * s)) for s in shifts.ravel()]).reshape(shape) * 1.0
        return (mapped or f)(np, b, t)

    return loss, exact


_C = np.array([1.0, -2.0, 0.5, 3.0], np.float32)

ARRAYS = {
    "outer_product": lambda n, b, t: (b[:, None] * b[None, :] * (_C[:, None] + t[0] * _C[None, :])).sum(),
    "outer_sum_through_a_function": lambda n, b, t: n.tanh(b[:, None] + 2 * b[None, :] - t[1]).sum(),
    "cumsum": lambda n, b, t: (n.cumsum(b) ** 2 * _C).sum() + t[0] * n.cumsum(b)[2],
    "reverse_cumsum": lambda n, b, t: (n.cumsum(b[::-1])[::-1] ** 2 * _C).sum() + (n.cumsum(b[::-1]) * _C).sum(),
    "cumprod": lambda n, b, t: (n.cumprod(b + 0.5) * _C).sum() * t[1],
    "sort": lambda n, b, t: (n.sort(b * _C) * _C[::-1]).sum() + t[0] * n.sort(b)[1],
    "largest": lambda n, b, t: (b * _C).max() ** 2 * t[1] + (b - 0.5 * t[0])[n.argmax(b + _C / 10)],
    "roll_and_flip": lambda n, b, t: (n.roll(b, 1) * b * _C).sum() + (n.flip(b) * b).sum() * t[0],
    "concatenated": lambda n, b, t: (n.concatenate([b, t[0] * b[:2], _C]) ** 2)[1:7].sum() * n.concatenate([b, b])[5],
    "stack_and_unpack": lambda n, b, t: _unpacked(n, b, t),
    "product_of_all": lambda n, b, t: n.prod(b + t[0]),
    "where_on_a_draw": lambda n, b, t: n.where(b > 0, 2.0 * _C, t[1]).sum() * n.where(b[0] == b[1], t[0], 1.0),
    "log_sum_exp": lambda n, b, t: n.log(n.exp(b * _C + t[0]).sum()),
    "matrix_inverse": lambda n, b, t: n.linalg.inv(n.diag(b + 1.5) + 0.3 * n.ones((4, 4)))[0, 3] * t[0] * 10,
    "pad_and_convolve": lambda n, b, t: (n.convolve(b, _C[:3]) ** 2).sum() + (n.pad(b, (1, 2)) ** 2)[2] * t[0],
    "spectrum": lambda n, b, t: (n.abs(n.fft.fft(b * _C)) ** 2)[1] * t[0] + n.fft.ifft(b.astype(n.complex64)).imag[1],
    "folded_by_a_reduction": lambda n, b, t: (b - 2.0).prod() * t[0] if n is np else _reduced(b) * t[0],
    "differences": lambda n, b, t: (n.diff(b) ** 2 * n.array([1.0, 2.0, 0.5], n.float32)).sum() * t[1] + b[-1] * b[0],
    "masked_mean": lambda n, b, t: (b * _C).sum() / (1 + b.sum()) + t[0] * b.mean(),
}
TABLES = {
    "transpose_and_reshape": lambda n, b, t: ((b.T.reshape(2, 3) @ n.array([1.0, 2.0, 3.0], n.float32)) ** 2 * t).sum(),
    "matmul_plate": lambda n, b, t: (n.tanh(b @ n.stack([t, t[::-1]])) ** 2).sum(),
    "matmul_of_two_drawn": lambda n, b, t: ((b.T @ b) * n.array([[1.0, 2.0], [0.0, -1.0]], n.float32)).sum() * t[0],
    "reduce_one_axis": lambda n, b, t: (b.sum(1) ** 3).sum() + (b.prod(0) * t).sum(),
    "einsum": lambda n, b, t: n.einsum("ij,kj,j->ik", b, b, t).ravel()[1:5].sum(),
    "batch_against_lanes": lambda n, b, t: (
        ((b[:, None, :] - b[None, :, :]) ** 2 * n.array([[[1.0, 0.5]]], n.float32)).sum() * t[1]
    ),
    "swapped_and_squeezed": lambda n, b, t: (n.swapaxes(b[:, None], 0, 2).squeeze(1)[1] @ n.arange(3.0)) ** 2 * t[0],
    "flattened": lambda n, b, t: (b.ravel()[1:5] * b.ravel()[::-1][:4]).sum() + (b.ravel() ** 2 @ n.arange(6.0)),
    "rows_by_axis_argmax": lambda n, b, t: (n.argmax(b, 1) @ n.array([1, 2, 4])).astype(n.float32) * t[0],
}


def _reduced(b):
    """A reduction with a function of its own: nothing is known of what it mixes."""
    return lax.reduce(b - 2.0, jnp.float32(1.0), lambda x, y: x * y, (0,))


def _unpacked(n, b, t):
    x, y, z, _ = b
    stacked = n.stack([x * t[0], y * z, z], 0)
    return (stacked**2).sum() + stacked[0] * stacked[2]


for _name, _f in ARRAYS.items():
    PROGRAMS[_name] = Program(*_array_program(_f))
for _name, _f in TABLES.items():
    PROGRAMS[_name] = Program(*_array_program(_f, (3, 2)))


@program
def gather_by_a_draw():
    table = np.array([[1.0, 2.0], [-1.0, 0.5], [3.0, -2.0]], np.float32)

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        i = ex.Categorical(logits=jnp.stack([t, t[::-1], -t])).sample(k1)
        b = coin(t[1] + table[:, 0], k2)
        return (
            (jnp.asarray(table)[i % 3] * t[None]).sum()
            + b[i[0]] * b[i[1]]
            + (b * i.astype(jnp.float32)).sum() ** 2 * 0.2
        )

    def exact(t, draw):
        i = np.array([draw.choose(softmax(v)) for v in (t, t[::-1], -t)])
        b = np.array([draw.flip(sigmoid(t[1] + v)) for v in table[:, 0]])
        return (table[i % 3] * t).sum() + b[i[0]] * b[i[1]] + (b * i).sum() ** 2 * 0.2

    return loss, exact


@program
def scatter_and_update_by_a_draw():
    def loss(t, key):
        i = ex.Categorical(logits=jnp.stack([t[0], t[1], 0.0])).sample(key, (2,))
        x = jnp.zeros(3).at[i].add(jnp.array([1.0, 2.0]))
        x = x.at[1].set(x[1] * t[0])
        return (x**2).sum() + lax.dynamic_update_slice(x, i[:1].astype(jnp.float32), (1,))[1] * x[0]

    def exact(t, draw):
        i = [draw.choose(softmax(np.array([t[0], t[1], 0.0]))) for _ in range(2)]
        x = np.zeros(3, complex)
        for place, v in zip(i, (1.0, 2.0), strict=True):
            x[place] += v
        x[1] = x[1] * t[0]
        return (x**2).sum() + i[0] * x[0]

    return loss, exact


@program
def one_hot_lanes_through_a_network():
    w = np.array([[0.5, -1.0], [1.0, 0.3], [-0.7, 0.8]], np.float32)

    def loss(t, key):
        x = ex.OneHotCategorical(logits=jnp.stack([t[0] * w[:, 0], t[1] * w[:, 1]])).sample(key)
        hidden = jax.nn.relu(x @ w + t[None])
        return (hidden.sum(1) ** 2).sum() + jax.nn.softmax(hidden, 0)[0, 1]

    def exact(t, draw):
        x = np.eye(3)[[draw.choose(softmax(t[0] * w[:, 0])), draw.choose(softmax(t[1] * w[:, 1]))]]
        hidden = x @ w + t
        hidden = np.where(hidden.real > 0, hidden, 0)
        return (hidden.sum(1) ** 2).sum() + softmax(hidden[:, 1])[0]

    return loss, exact


@program
def lanes_that_feed_other_lanes():
    """The second plate's probabilities mix the lanes of the first."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        a = coin(t[0] + jnp.array([0.0, 0.5, -0.5]), k1)
        b = coin(t[1] * (a.sum() - a), k2)
        return (a * b).sum() + (b**2).sum() * t[0]

    def exact(t, draw):
        a = np.array([draw.flip(sigmoid(t[0] + s)) for s in (0.0, 0.5, -0.5)])
        b = np.array([draw.flip(sigmoid(t[1] * (a.sum() - v))) for v in a])
        return (a * b).sum() + (b**2).sum() * t[0]

    return loss, exact


# --- checkpoint, custom derivatives, inner derivatives ---


def chain(t, key, wrap):
    k1, k2 = jax.random.split(key)

    @wrap
    def first(t, k):
        a = coin(t[0], k)
        return a, checkpoint_name(ex.Normal(a * t[1], 0.5).sample(jax.random.fold_in(k, 1)), "x")

    @wrap
    def second(t, a, x, k):
        b = coin(t[1] + a, k)
        return b * x + a, x

    a, x = first(t, k1)
    y, x = second(t, a, x, k2)
    return y * x + a


def chain_exact(t, draw):
    a = draw.flip(sigmoid(t[0]))
    x = a * t[1] + 0.5 * draw.normal()
    y = draw.flip(sigmoid(t[1] + a)) * x + a
    return y * x + a


@program
def checkpointed_sites():
    return lambda t, key: chain(t, key, jax.checkpoint), chain_exact


@program
def checkpointed_sites_with_a_policy():
    def wrap(f):
        return jax.checkpoint(f, policy=jax.checkpoint_policies.save_only_these_names("x"))

    return lambda t, key: chain(t, key, wrap), chain_exact


@program
def checkpointed_scan_body():
    def loss(t, key):
        @jax.checkpoint
        def step(x, k):
            x = 0.5 * x + coin(t[0] + t[1] * x, k)
            return x, x**2

        x, squares = jax.checkpoint(lambda keys: lax.scan(step, 0.0, keys))(jax.random.split(key, 4))
        return x * squares[1] + squares.sum()

    def exact(t, draw):
        x, squares = 0, []
        for _ in range(4):
            x = 0.5 * x + draw.flip(sigmoid(t[0] + t[1] * x))
            squares.append(x**2)
        return x * squares[1] + np.sum(squares)

    return loss, exact


@jax.custom_jvp
def _cube(x):
    return x**3


_cube.defjvp(lambda primals, tangents: (_cube(primals[0]), 3 * primals[0] ** 2 * tangents[0]))


@jax.custom_vjp
def _square(x):
    return x**2


_square.defvjp(lambda x: (x**2, x), lambda x, g: (2 * x * g,))


@program
def custom_derivatives_behind_draws():
    def loss(t, key):
        k1, k2 = jax.random.split(key)
        b = coin(t[0], k1)
        x = ex.Normal(t[1] + b, 0.5).sample(k2)
        return _cube(b + t[1]) + _square(x * b) + _cube(_square(x)[None].sum() * 0.3)

    def exact(t, draw):
        b = draw.flip(sigmoid(t[0]))
        x = t[1] + b + 0.5 * draw.normal()
        return (b + t[1]) ** 3 + (x * b) ** 2 + (x**2 * 0.3) ** 3

    return loss, exact


@program
def derivative_inside_the_loss():
    """jax.grad of an energy, and of a log-density, at draws."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        b = coin(t[0], k1)
        x = ex.Normal(t[1], 0.5).sample(k2)
        force = jax.grad(lambda x: (x - b) ** 3 * t[0])(x)
        pull = jax.grad(lambda m: ex.Normal(m, 0.7).log_prob(x))(b)
        return force + pull**2 + b * pull

    def exact(t, draw):
        b = draw.flip(sigmoid(t[0]))
        x = t[1] + 0.5 * draw.normal()
        pull = (x - b) / 0.49
        return 3 * (x - b) ** 2 * t[0] + pull**2 + b * pull

    return loss, exact


# --- shard_map, keys, disable_jit ---


def mesh():
    return jax.make_mesh((2,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))


@program
def shard_map_with_sites_inside_and_outside():
    def loss(t, key):
        k0, k1, k2 = jax.random.split(key, 3)
        a = coin(t[0], k0)

        def device(t, a, keys, shared):
            common = coin(t[1] - a, shared)  # one draw, the same on every device
            own = coin(t[1] * (1 + a), keys[0])
            return lax.psum(own, "d") + common

        each, all_ = PartitionSpec("d"), PartitionSpec()
        mapped = jax.shard_map(device, mesh=mesh(), in_specs=(all_, all_, each, all_), out_specs=all_)
        return mapped(t, a, jax.random.split(k1, 2), k2) ** 2 * (1 + a)

    def exact(t, draw):
        a = draw.flip(sigmoid(t[0]))
        common = draw.flip(sigmoid(t[1] - a))
        own = sum(draw.flip(sigmoid(t[1] * (1 + a))) for _ in range(2))
        return (own + common) ** 2 * (1 + a)

    return loss, exact


@program
def shard_map_of_draws():
    """Sites outside only, and an output that stays sharded."""

    def loss(t, key):
        b = coin(t[0] + jnp.array([0.0, 1.0, -1.0, 0.5]), key)
        spec = PartitionSpec("d")
        mapped = jax.shard_map(lambda b: b**2 * b.sum(), mesh=mesh(), in_specs=(spec,), out_specs=spec)
        return mapped(b * t[1]) @ jnp.arange(4.0) * 10

    def exact(t, draw):
        b = np.array([draw.flip(sigmoid(t[0] + s)) for s in (0.0, 1.0, -1.0, 0.5)]) * t[1]
        return (b**2 * np.repeat([b[:2].sum(), b[2:].sum()], 2)) @ np.arange(4.0) * 10

    return loss, exact


@program
def scan_inside_shard_map():
    def loss(t, key):
        def device(t, keys):
            x, _ = lax.scan(lambda x, k: (0.5 * x + coin(t[0] + t[1] * x, k), None), 0.0 * t[0] + 0.0, keys[0])
            return lax.psum(x, "d")

        def varying(t, keys):
            return device(lax.pcast(t, "d", to="varying"), keys)

        mapped = jax.shard_map(
            varying, mesh=mesh(), in_specs=(PartitionSpec(), PartitionSpec("d")), out_specs=PartitionSpec()
        )
        return mapped(t, jax.random.split(key, (2, 3))) ** 2

    def exact(t, draw):
        total = 0
        for _ in range(2):
            x = 0
            for _ in range(3):
                x = 0.5 * x + draw.flip(sigmoid(t[0] + t[1] * x))
            total = total + x
        return total**2

    return loss, exact


@program
def mixed_precision():
    """Weights of another type than the cost's."""

    def loss(t, key):
        k1, k2 = jax.random.split(key)
        a = ex.Bernoulli(logits=t[0].astype(jnp.bfloat16)).sample(k1).astype(jnp.float32)
        return (a + coin(t[1], k2)) ** 2

    def exact(t, draw):
        rounded = float(jnp.bfloat16(0.3)) + (t[0] - np.real(t[0]))
        return (draw.flip(sigmoid(rounded)) + draw.flip(sigmoid(t[1]))) ** 2

    return loss, exact
