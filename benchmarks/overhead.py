"""What `ex.value_and_grad` costs at run time against the same estimator written by hand; both compiled.

    python benchmarks/overhead.py

Each case is (ours, by hand): functions of (parameters, ..., key) that give (value, gradient) from equally many draws,
with the leave-one-out score for Bernoulli draws and the pathwise derivative for Normal ones. The last table is an eager
log-density; Distrax stands beside it where it happens to be installed.
"""

import statistics
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp

import expectax as ex
from expectax import random

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import digits_vae

REPEATS = 25
ATTEMPTS = 4
SLICE = 0.04
"""Seconds of calls in one measurement: long against the clock and the dispatch, short against a change of load."""


# --- Cases -------------------------------------------------------------------------------------------------------


def vae_step():
    """The gradient of one minibatch of the digits VAE."""
    settings = digits_vae.Settings()
    ways = digits_vae.variants(settings)
    images, _ = digits_vae.load_images()
    arguments = digits_vae.init(jax.random.key(0)), images[: settings.batch]
    return ways["expectax"], ways["by hand"], arguments


def toy():
    """One Normal and one Bernoulli behind it, 4096 times; by its score, where "auto" would run both values."""
    params = {"loc": jnp.float32(0.5), "scale": jnp.float32(1.3), "weight": jnp.float32(0.7)}

    def loss(params, key):
        k1, k2 = jax.random.split(key)
        z = ex.Normal(params["loc"], params["scale"]).sample(k1)
        b = ex.Bernoulli(logits=params["weight"] * z).sample(k2, gradient="score").astype(jnp.float32)
        return (z - 3.0 * b) ** 2

    def run(params, key):
        k1, k2 = jax.random.split(key)
        z = params["loc"] + params["scale"] * random.normal(k1, (), jnp.float32)
        logit = params["weight"] * z
        b = random.bernoulli(k2, jax.nn.sigmoid(logit), ()).astype(jnp.float32)
        return (z - 3.0 * b) ** 2, bernoulli_log_prob(logit, b)

    def surrogate(params, key):
        cost, log_q = jax.vmap(run, (None, 0))(params, jax.random.split(key, 4096))
        return (cost + weights(cost) * log_q).mean(), cost.mean()

    return ex.value_and_grad(loss, 4096), by_hand(surrogate), (params,)


def walk():
    """32 coin tosses, each by a coin that depends on where the walk stands; 256 walks."""
    params = {"bias": jnp.float32(0.1), "pull": jnp.float32(-0.2)}

    def loss(params, key):
        def step(x, key):
            b = ex.Bernoulli(logits=params["bias"] + params["pull"] * x).sample(key).astype(jnp.float32)
            x = x + 2.0 * b - 1.0
            return x, (x - 1.0) ** 2

        return jax.lax.scan(step, jnp.float32(0.0), jax.random.split(key, 32))[1].sum()

    def run(params, key):
        def step(x, key):
            logit = params["bias"] + params["pull"] * x
            b = random.bernoulli(key, jax.nn.sigmoid(logit), ()).astype(jnp.float32)
            x = x + 2.0 * b - 1.0
            return x, ((x - 1.0) ** 2, bernoulli_log_prob(logit, b))

        return jax.lax.scan(step, jnp.float32(0.0), jax.random.split(key, 32))[1]

    def surrogate(params, key):
        costs, log_q = jax.vmap(run, (None, 0))(params, jax.random.split(key, 256))
        to_go = jax.lax.cumsum(costs, axis=1, reverse=True)  # a toss weighs the costs that come after it
        return (costs + weights(to_go) * log_q).sum(1).mean(), costs.sum(1).mean()

    return ex.value_and_grad(loss, 256), by_hand(surrogate), (params,)


def bernoulli_log_prob(logit, bit):
    return jax.nn.log_sigmoid(jnp.where(bit == 1, logit, -logit))


def weights(cost):
    """Costs of independent samples, each less the mean of the others: data for the score."""
    cost = jax.lax.optimization_barrier(cost)  # used again by the caller: not to be computed twice
    count = len(cost)
    return jax.lax.stop_gradient((cost - cost.mean(0, keepdims=True)) * (count / (count - 1)))


def by_hand(surrogate):
    """(value, gradient) of a function that returns (surrogate, value)."""
    both = jax.value_and_grad(surrogate, has_aux=True)

    def value_and_grad(*arguments):
        (_, value), gradient = both(*arguments)
        return value, gradient

    return value_and_grad


CASES = {"VAE step": vae_step, "toy, 4096 samples": toy, "walk, 32 steps": walk}


# --- Measuring ---------------------------------------------------------------------------------------------------


def compiled(case):
    """(ours, by hand) as functions of no argument that wait for their result."""
    ours, by_hand, arguments = case()
    key = jax.random.key(1)
    return [waiting(jax.jit(fn).lower(*arguments, key).compile(), (*arguments, key)) for fn in (ours, by_hand)]


def waiting(fn, arguments):
    return lambda: jax.block_until_ready(fn(*arguments))


def seconds(fn, calls, clock):
    start = clock()
    for _ in range(calls):
        fn()
    return (clock() - start) / calls


def interleaved(first, second, repeats=REPEATS, clock=time.process_time, slice_seconds=SLICE):
    """Seconds a call of both, measured in turns, so that a change of the machine's load meets both."""
    seconds(first, 3, clock)
    calls = max(1, round(slice_seconds / seconds(first, 3, clock)))
    pairs = []
    for number in range(repeats):
        if number % 2:  # whoever comes second finds the caches of the other
            b, a = seconds(second, calls, clock), seconds(first, calls, clock)
        else:
            a, b = seconds(first, calls, clock), seconds(second, calls, clock)
        pairs.append((a, b))
    return pairs


def ratio(pairs):
    """Median of the ratios of neighbours in time."""
    return statistics.median(a / b for a, b in pairs)


def attempts(measure, limit):
    """Measured ratios up to the first within the limit, four at most: other processes only ever add."""
    ratios = []
    while len(ratios) < ATTEMPTS and min(ratios, default=limit + 1) > limit:
        ratios.append(measure())
    return ratios


def report(name, pairs, clock):
    ours, by_hand = (statistics.median(times) * 1e3 for times in zip(*pairs, strict=True))
    print(f"{name:18} {clock:4}  expectax {ours:7.3f} ms   by hand {by_hand:7.3f} ms   ratio {ratio(pairs):.3f}")


# --- Eager calls -------------------------------------------------------------------------------------------------


def eager_log_prob():
    """Constructing a Normal from two numbers and evaluating it at a third, by library."""
    ways = {"expectax": lambda: ex.Normal(0.0, 1.0).log_prob(0.3)}
    try:
        import distrax
    except ImportError:
        return ways
    return ways | {"distrax": lambda: distrax.Normal(0.0, 1.0).log_prob(0.3)}


def report_eager():
    for name, fn in eager_log_prob().items():
        times = [seconds(lambda: jax.block_until_ready(fn()), 200, time.process_time) for _ in range(REPEATS)]  # noqa: B023
        print(f"{name}.Normal(0., 1.).log_prob(0.3)  {statistics.median(times) * 1e6:.1f} µs")


def main():
    print(f"JAX {jax.__version__}, {jax.device_count()} {jax.default_backend()} device")
    for name, case in CASES.items():
        pair = compiled(case)
        # CPU time does not count other processes; wall time counts how well the work is spread over the cores
        report(name, interleaved(*pair, clock=time.process_time), "CPU")
        report(name, interleaved(*pair, clock=time.perf_counter), "wall")
    report_eager()


if __name__ == "__main__":
    main()
