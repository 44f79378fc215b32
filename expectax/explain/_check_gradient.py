"""`ex.check_gradient`: is a gradient function, the user's own included, unbiased for the gradient of the expectation?

    H₀:  E[g(θ, key)] = d/dθ E[f(θ, key)]

Both sides are run on the same keys and their differences judged, at 4096, 16384, ... keys, until the answer is sure; the looks
share the false-alarm rate between them. The other side is an oracle that owes nothing to the function under test:

    estimator     the unbiased gradient of `ex.surrogate`
    differences   (8 (f(θ + h) - f(θ - h)) - (f(θ + 2h) - f(θ - 2h))) / 12h on common random numbers, of any cost, with jumps too

Sources: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988), table 1; Glasserman, Yao, "Some
guidelines and guarantees for common random numbers" (1992); Pocock, "Group sequential methods" (1977), for the looks.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._errors import UnsoundGradientError, UnsupportedProgramError
from .._estimate import checked_count
from .._program import Signature, check_key_argument
from .._surrogate import surrogate_of
from . import _errors
from ._gradient_problem import Problem
from ._gradient_report import Entry, GradientCheck

_FIRST_LOOK, _BETWEEN_LOOKS, _CHUNK = 4096, 4, 4096
_MOST_ENTRIES = 16
"""Entries that are looked at one by one; of more, this many random directions."""
_MOST_NUMBERS = 2**22
"""Of parameters, at a time."""
_SMALLEST = 1e-3
"""Entries nearer to 0 are moved as this one is: single precision would lose smaller steps."""
_STENCIL = np.array([1.0, -1.0, 2.0, -2.0])
_WEIGHTS = np.array([8.0, -8.0, -1.0, 1.0]) / 12
_PLAIN_WEIGHTS = np.array([1.0, -1.0, 0.0, 0.0]) / 2
_TRUNCATION = 0.1
"""Error that differences of fourth order are granted, in units of what they changed of those of second order."""
ORACLES = ("auto", "estimator", "differences")


def check_gradient(
    fn: Callable,
    gradient: Callable | None = None,
    *,
    oracle: str = "auto",
    detectable: float = 0.05,
    max_draws: int = 2**18,
    alpha: float = 1e-4,
    step: float = 0.1,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
) -> Callable[..., GradientCheck]:
    """A function of the loss's arguments that tests whether a gradient function is unbiased for d/dθ E[fn].

    Args:
        fn: the loss, as for `ex.value_and_grad`; any function of a key for oracle="differences".
        gradient: takes what `fn` takes and returns a gradient with the structure of the differentiated arguments; None:
            `jax.grad(fn)`. It may average over several samples, and be written in any way that `jax.vmap` passes.
        oracle: "estimator" (this library's unbiased gradient), "differences" (central, on common random numbers), or "auto":
            the estimator, and differences where the program has none.
        detectable: bias that must be seen, relative to the norm of the gradient.
        max_draws: bound on the keys that are used, up to a chunk of 4096.
        alpha: probability of calling an unbiased gradient biased.
        step: of differences, relative to each entry (absolute where that is 0); the error of the oracle is O(step⁴).
        argnums, key_argnum: as for `ex.value_and_grad`.
        has_aux: whether `fn` returns (cost, aux), and `gradient` (gradient, aux) as `jax.grad` and `ex.grad` of it do.

    Returns:
        A function that returns a `GradientCheck`.

    Raises:
        ArgumentError: a bad option, a gradient of another structure than the arguments, or values that JAX is tracing.

    Example:
        >>> import jax, expectax as ex
        >>> def loss(p, key):
        ...     return 3.0 * ex.Bernoulli(probs=p).sample(key, gradient="stop").astype(float) + p
        >>> ex.check_gradient(loss, oracle="differences")(0.3, jax.random.key(0)).status
        'biased'
        >>> def by_hand(p, key):
        ...     x = ex.Bernoulli(probs=p).sample(key, gradient="stop").astype(float)
        ...     return 3.0 * x * jax.grad(lambda p: ex.Bernoulli(probs=p).log_prob(x))(p) + 1.0
        >>> ex.check_gradient(loss, by_hand, oracle="differences", detectable=0.3)(0.3, jax.random.key(0)).status
        'agrees'
    """
    if oracle not in ORACLES:
        raise _errors.unknown_oracle(oracle, ORACLES)
    max_draws, signature = checked_count("max_draws", max_draws), Signature(argnums, key_argnum, False)
    cost = _without_aux(fn, "the function") if has_aux else fn
    slope = jax.grad(cost, argnums) if gradient is None else gradient
    if has_aux and gradient is not None:
        slope = _without_aux(gradient, "the gradient function")

    def wrapped(*args: Any) -> GradientCheck:
        _errors.check_numbers("check_gradient", args)
        positions, key_position = signature.positions(len(args))
        check_key_argument(args[key_position], key_position)
        problem = Problem(cost, slope, args, positions, key_position).checked()
        with jax.debug_key_reuse(False):  # both sides get the same keys, on purpose
            name, sides = _sides(problem, oracle, step)
            return _sequential(name, sides, problem.keys, detectable, max_draws, alpha)

    return wrapped


def _without_aux(fn: Callable, what: str) -> Callable:
    """The first of the two results of a function."""

    def first(*args: Any) -> Any:
        found = fn(*args)
        if not isinstance(found, tuple) or len(found) != 2:
            raise _errors.no_aux(what, type(found).__name__)
        return found[0]

    return first


# --- The two sides ---


@dataclasses.dataclass(frozen=True)
class _Sides:
    """Both sides and a third estimate, less exact than the oracle, along some directions; how many keys at a time; and the
    relative error that rounding may make.
    """

    both: Callable
    names: list[str]
    batch: int
    rounding: float


def _sides(problem: Problem, oracle: str, step: float) -> tuple[str, _Sides]:
    single = problem.in_single()  # half precision would round the steps
    vector, _ = single.start
    directions, names = _directions(single, step)
    lengths = jnp.linalg.norm(directions, axis=1)
    known = None if oracle == "differences" else _estimator(problem, must=oracle == "estimator")
    batch = max(1, min(_CHUNK, _MOST_NUMBERS // (vector.size * (len(_STENCIL) * len(names) if known is None else 1))))

    def both(key: Any) -> tuple[jax.Array, jax.Array, jax.Array]:
        along = directions @ problem.flat_gradient(problem.gradient, key).astype(vector.dtype) / lengths
        if known is not None:
            truth = directions @ problem.flat_gradient(known, key).astype(vector.dtype) / lengths
            return along, truth, truth
        costs = _costs(single, directions, key)
        return along, *(jnp.asarray(w, costs.dtype) @ costs / lengths for w in (_WEIGHTS, _PLAIN_WEIGHTS))

    return "differences" if known is None else "estimator", _Sides(both, names, batch, problem.rounding)


def _estimator(problem: Problem, must: bool) -> Callable | None:
    """The gradient of one run's surrogate; None where the program has none, unless there must be one."""
    first, *further = problem.positions
    argnums = (first, *further) if further else first
    known = jax.grad(surrogate_of(problem.fn, argnums=argnums, key_argnum=problem.key_position), argnums)
    try:
        jax.eval_shape(lambda k: problem.flat_gradient(known, k), problem.keys(0, 1)[0])
    except (UnsoundGradientError, UnsupportedProgramError):
        if must:
            raise
        return None
    return known


def _directions(problem: Problem, step: float) -> tuple[jax.Array, list[str]]:
    """The entries one by one, each as long as its step, or some random signs of all."""
    vector, _ = problem.start
    sizes = step * jnp.where(vector == 0, 1.0, jnp.maximum(jnp.abs(vector), _SMALLEST))
    if vector.size <= _MOST_ENTRIES:
        return jnp.diag(sizes), problem.names()
    signs = jnp.asarray(np.random.default_rng(0).choice([-1.0, 1.0], (_MOST_ENTRIES, vector.size)), vector.dtype)
    return signs * sizes[None] / vector.size**0.5, [f"direction {i}" for i in range(_MOST_ENTRIES)]


def _costs(problem: Problem, directions: jax.Array, key: Any) -> jax.Array:
    """At all points of the stencil along all directions, on the same key."""
    vector, back = problem.start
    moves = jnp.asarray(_STENCIL, vector.dtype)[:, None, None] * directions[None]
    return jax.vmap(jax.vmap(lambda move: problem.at(problem.fn, back(vector + move), key)))(moves)


# --- The test ---


def _sequential(
    oracle: str, sides: _Sides, keys: Callable, detectable: float, max_draws: int, alpha: float
) -> GradientCheck:
    from ..testing._statistics import Totals  # not at import: it brings all of testing

    run = jax.jit(lambda keys: jax.lax.map(sides.both, keys, batch_size=sides.batch))
    looks = max(1, int(np.ceil(np.log(max(max_draws / _FIRST_LOOK, 1)) / np.log(_BETWEEN_LOOKS))) + 1)
    totals: Any = None
    draws, chunk, target = 0, 0, min(_FIRST_LOOK, max_draws)
    while True:
        while draws < target:
            gradient, known, less = (np.asarray(v, np.float64) for v in run(keys(chunk, min(_CHUNK, max_draws))))
            gap = Totals.of(gradient - known, np.zeros(gradient.shape[1]))
            new = (gap, gradient.sum(0), known.sum(0), less.sum(0))
            totals = new if totals is None else tuple(a + b for a, b in zip(totals, new, strict=True))
            draws, chunk = draws + len(gradient), chunk + 1
        result = _result(oracle, sides, totals, draws, detectable, alpha / looks)
        if result.status != "undecided" or target >= max_draws or totals[0].non_finite:
            return result
        target = min(max_draws, target * _BETWEEN_LOOKS)


def _result(oracle: str, sides: _Sides, totals: tuple, draws: int, detectable: float, alpha: float) -> GradientCheck:
    from ..testing._statistics import judge_mean

    gap, *sums = totals
    mean, truth, less = (v / draws for v in sums)
    size = float(np.linalg.norm(truth)) or float(np.linalg.norm(mean)) or 1.0
    slack = sides.rounding * size + _TRUNCATION * np.abs(truth - less)
    with np.errstate(invalid="ignore"):  # what is not finite is told
        zeros = np.zeros(len(mean))
        verdict = judge_mean(gap, zeros, alpha=alpha, detectable=detectable, reference=size, tolerance=slack, eps=0.0)
        error = np.sqrt(gap.spread) / draws
    rows = zip(sides.names, mean, truth, mean - truth, error, strict=True)
    entries = tuple(Entry(name, *map(float, numbers)) for name, *numbers in rows)
    status = {"pass": "agrees", "fail": "biased", "underpowered": "undecided"}[verdict.status]
    if status == "agrees" and not verdict.detectable <= detectable:
        status = "undecided"  # too few draws for a variance: NaN
    return GradientCheck(status, oracle, entries, verdict, gap.non_finite)  # pyright: ignore[reportArgumentType]
