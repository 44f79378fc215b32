"""`ex.debiased`: a function of a mean without the bias that a function of a sample mean has.

With S_n the mean of the m 2ⁿ⁺¹ draws of level n, S'_n and S''_n those of its first and its last half, B_j the means of its blocks of m
draws, and N = n drawn with probability p_n = (1 - r) rⁿ/(1 - rᴸ⁺¹) for n = 0, ..., L:

    Z = mean_j f(B_j) + Δ_N/p_N,    Δ_n = f(S_n) - ½(f(S'_n) + f(S''_n)),    E[Z] = E f(S_L)

as the means of Δ_n telescope. The halves are antithetic: what is linear in them cancels, so that E Δ_n² = O(4⁻ⁿ m⁻²) for an f whose
derivative is Lipschitz and draws with four moments. Σ E Δ_n²/p_n and Σ p_n m 2ⁿ⁺¹ are both finite, with L = ∞ too, for ¼ < r < ½; here
r = 2^(-3/2), in the middle of their logarithms, where each falls by √2 a level.

Sources: Blanchet, Glynn, "Unbiased Monte Carlo for optimization and functions of expectations via multi-level randomization" (2015),
section 2; Rhee, Glynn, "Unbiased estimation with square root convergence for SDE models" (2015), equation 2.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _errors
from ._estimate import checked_count
from ._program import Signature, check_key_argument
from ._site import telescope_mark
from ._typing import Array, PyTree

RATIO = 2.0**-1.5


def debiased(f: Callable, fn: Callable, num_samples: int, *, max_level: int = 8, key_argnum: int = -1) -> Callable:
    """A loss whose mean is f(E[fn]), for an f that is not linear: its gradient too, by any verb of this library.

    f of a mean of n draws is off by about f'' Var/(2n). Here a random number of draws, m 2ᴺ⁺¹ with m = `num_samples`, makes up for
    that; what is left is the bias of the mean of m 2^(max_level + 1) draws, 512 m by default: call it unbiased but for that. The draws of
    `fn` that are weighed by their score are given credit draw by draw, as in a plain mean.

    A call takes 4.4 m draws in the mean, at most m 2^(max_level + 1): by itself, under `jax.jit` and `lax.scan`, and in `ex.expect` and
    `ex.value_and_grad` with `batch_size=1`. Under `jax.vmap`, hence in their batches, every level is computed for every run:
    2m (2^(max_level + 1) - 1) draws.

    Args:
        f: a function of the mean of what `fn` returns (any pytree of floats) to one array; twice differentiable near E[fn], and defined at
            each mean of m draws, as 1/x is not near 0 and log not below. One that jumps is refused by the gradient verbs.
        fn: `fn(*args)`, of a key among the arguments, as for `ex.expect`.
        num_samples: m, the draws of the smallest mean.
        max_level: L.
        key_argnum: the argument that is the random key.

    Returns:
        `loss(*args)`, an array of f's shape.

    Raises:
        ArgumentError: a count that is not a positive integer.
        RandomKeyError: the key argument is none.

    Source: Blanchet, Glynn, WSC 2015, section 2.

    Example:
        >>> import jax, jax.numpy as jnp, expectax as ex
        >>> weight = lambda loc, key: jnp.exp(ex.Normal(loc, 1.0).sample(key))  # log E = loc + ½
        >>> loss = ex.debiased(jnp.log, weight, num_samples=4, max_level=4)
        >>> value, grad = jax.jit(ex.value_and_grad(loss, num_samples=4000))(0.3, jax.random.key(0))
        >>> abs(float(value) - 0.8) < 0.1, abs(float(grad) - 1.0) < 0.1
        (True, True)
    """
    num_samples, max_level = checked_count("num_samples", num_samples), checked_count("max_level", max_level)
    chances = RATIO ** np.arange(max_level + 1)
    chances = chances / chances.sum()

    def wrapped(*args: Any) -> Array:
        position = Signature((), key_argnum, False).positions(len(args))[1]
        check_key_argument(args[position], position)
        which, own = jax.random.split(args[position])
        wrap = functools.partial(jax.random.wrap_key_data, impl=jax.random.key_impl(own))

        def level(number: int) -> Callable:
            @functools.wraps(fn)  # reports then name fn's lines
            def branch(words: Array) -> Array:
                keys = jax.random.split(wrap(words), num_samples * 2 ** (number + 1))
                draws = jax.vmap(lambda k: fn(*args[:position], k, *args[position + 1 :]))(keys)
                return _telescoped(f, draws, num_samples, float(chances[number]))

            return branch

        above = jax.random.uniform(which) > jnp.asarray(np.cumsum(chances)[:-1], jnp.float32)
        return lax.switch(above.sum(), list(map(level, range(max_level + 1))), jax.random.key_data(own))

    return wrapped


def _telescoped(f: Callable, draws: PyTree, size: int, chance: float) -> Array:
    """The estimate from the draws of one level: the blocks' part and the level's difference."""
    leaves, structure = jax.tree.flatten(draws)
    if not all(jnp.issubdtype(v.dtype, jnp.floating) for v in leaves):
        raise _errors.bad_draws([v.dtype.name for v in leaves])

    def at(means: list[Array]) -> Array:
        return jnp.asarray(f(jax.tree.unflatten(structure, means)))

    def combine(*leaves: Array) -> Array:
        blocks = [jnp.reshape(v, (-1, size, *v.shape[1:])).mean(1) for v in leaves]
        count = len(blocks[0]) // 2
        first, last = ([b[half].mean(0) for b in blocks] for half in (slice(count), slice(count, None)))
        whole = at([0.5 * (a + b) for a, b in zip(first, last, strict=True)])
        difference = whole - 0.5 * (at(first) + at(last))
        return jax.vmap(lambda *b: at(list(b)))(*blocks).mean(0) + difference / chance

    with jax.disable_jit(False):
        return telescope_mark(combine, tuple(v.ndim - 1 for v in leaves))(*leaves)
