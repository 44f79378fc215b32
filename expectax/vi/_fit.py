"""`ex.vi.fit`: descend any stochastic loss by any optax optimiser, and say why it stopped."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._estimate import checked_count
from .._expectation import value_and_grad
from .._extras import package
from .._module import Module, static
from .._typing import Array, Key
from . import _errors


class Fit(Module):
    """What `ex.vi.fit` returns."""

    params: Any
    """Parameters after the last step; if something was not finite, the last whose loss was."""
    losses: Array
    """The loss estimated at each step, before it."""
    converged: bool = static()
    reason: str = static()
    """Why it stopped, with the numbers that decided."""


def fit(
    loss: Callable,
    params: Any,
    key: Key,
    *,
    optimiser: Any,
    num_samples: int,
    max_steps: int,
    data: tuple = (),
    tolerance: float = 0.01,
    check_every: int = 100,
    progress: bool = False,
) -> Fit:
    """Minimise E[loss] over `params` by stochastic gradients.

    Steps are compiled, `check_every` at once. After each such chunk, mean losses of the last third of all steps and of the
    third before are compared: it has converged if the descent between them plus two standard errors is below
    `tolerance`. A noisy loss takes more steps to show that; one that never shows it runs to `max_steps`, and the
    reason says how far it was.

    Args:
        loss: `loss(params, *data, key)`, one of `ex.vi` or any loss for `ex.value_and_grad`. For minibatches draw
            indices from the key inside.
        params: floating leaves of any pytree; for a guide `ex.unconstrain(guide)`.
        key: fixes all draws: the same key gives the same result.
        optimiser: any optax optimiser, or a number: the learning rate of `optax.adam`.
        num_samples: runs of the loss that one step averages.
        max_steps: where to stop at the latest; rounded up to a multiple of `check_every`.
        data: further arguments of the loss.
        tolerance: descent, in units of the loss, that is no longer worth a third of the steps.
        check_every: steps between two looks.
        progress: show a bar (needs rich).

    Raises:
        ImportError: optax, or rich for the bar, is not installed.
        UnsoundGradientError and others: those of `ex.value_and_grad`.

    Example:
        >>> import jax, expectax as ex
        >>> prior = ex.Gamma(2.0, 2.0)
        >>> log_joint = lambda _, rate: prior.log_prob(rate) + ex.Poisson(rate).log_prob(7.0)  # posterior: Gamma(9, 3)
        >>> loss = ex.vi.elbo(log_joint, ex.constrain, gradient="sticking-the-landing")
        >>> start = ex.unconstrain(ex.LogNormal(0.0, 1.0))
        >>> found = ex.vi.fit(loss, start, jax.random.key(0), optimiser=0.05, num_samples=8, max_steps=2000)
        >>> found.converged, abs(float(ex.constrain(found.params).mean()) - 3.0) < 0.25
        (True, True)
    """
    max_steps, chunk = checked_count("max_steps", max_steps), checked_count("check_every", check_every)
    if chunk > max_steps:
        raise _errors.bad_step_counts(max_steps, chunk)
    optimiser = _optimiser(optimiser)
    advance = _compiled_steps(value_and_grad(loss, num_samples), optimiser, chunk)
    state, losses = _State(params, optimiser.init(params), jnp.asarray(True), params), np.zeros(0)
    with _bar(progress, max_steps) as show:
        for start in range(0, max_steps, chunk):
            state, latest = advance(state, data, key, start)
            losses = np.concatenate([losses, np.asarray(latest, float)])
            verdict = _verdict(losses, bool(state.finite), tolerance)
            show(len(losses), verdict)
            if verdict.stop:
                break
    reason = verdict.reason if verdict.stop else f"max_steps = {max_steps} reached: {verdict.reason}"
    return Fit(
        state.params if state.finite else state.good, jnp.asarray(losses[: verdict.steps]), verdict.converged, reason
    )


# --- Steps -------------------------------------------------------------------------------------------------------


class _State(Module):
    params: Any
    optimiser: Any
    finite: Any
    good: Any
    """The last parameters whose loss was finite."""


def _compiled_steps(gradient: Callable, optimiser: Any, chunk: int) -> Callable:
    optax = package("optax", "ex.vi.fit", "vi")

    @jax.jit
    def advance(state: _State, data: tuple, key: Key, start: int) -> tuple[_State, Array]:
        def step(state: _State, number: Array) -> tuple[_State, Array]:
            value, slopes = gradient(state.params, *data, jax.random.fold_in(key, number))
            with jax.numpy_dtype_promotion("standard"):  # optimisers mix types
                updates, moments = optimiser.update(slopes, state.optimiser, state.params)
                moved = optax.apply_updates(state.params, updates)
            finite = state.finite & jnp.isfinite(value) & _all_finite(moved)
            ok = state.finite & jnp.isfinite(value)
            good = jax.tree.map(lambda a, b: jnp.where(ok, a, b), state.params, state.good)
            new, old = _State(moved, moments, finite, good), state.replace(finite=finite, good=good)
            kept = jax.tree.map(lambda a, b: jnp.where(finite, a, b), new, old)
            return kept, jnp.where(state.finite, value, jnp.nan)

        return jax.lax.scan(step, state, start + jnp.arange(chunk))

    return advance


def _all_finite(tree: Any) -> Array:
    leaves = [v for v in jax.tree.leaves(tree) if jnp.issubdtype(jnp.result_type(v), jnp.inexact)]
    return jnp.stack([jnp.isfinite(v).all() for v in leaves]).all()


def _optimiser(given: Any) -> Any:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return package("optax", "ex.vi.fit", "vi").adam(given)
    if not (hasattr(given, "init") and hasattr(given, "update")):
        raise _errors.bad_optimiser(given)
    return given


# --- When to stop ------------------------------------------------------------------------------------------------

_FEWEST = 25
"""Losses of which a mean and its error are taken, at least."""


@dataclasses.dataclass(frozen=True)
class _Verdict:
    stop: bool
    converged: bool
    reason: str
    steps: int
    """Steps whose losses count."""


def _verdict(losses: np.ndarray, finite: bool, tolerance: float) -> _Verdict:
    if not finite:
        steps = int(np.isfinite(losses).sum())
        return _Verdict(True, False, f"the loss or a parameter was not finite at step {steps}", steps)
    third = len(losses) // 3
    if third < _FEWEST:
        return _Verdict(False, False, f"{len(losses)} steps are too few to judge", len(losses))
    before, last = losses[-2 * third : -third], losses[-third:]
    descent = before.mean() - last.mean()
    error = math.hypot(_standard_error(before), _standard_error(last))
    converged = bool(descent + 2 * error < tolerance)
    reason = f"the mean loss fell by {descent:.2g} ± {error:.2g} over the last third of {len(losses)} steps"
    return _Verdict(converged, converged, f"{reason} (tolerance {tolerance:g})", len(losses))


def _standard_error(losses: np.ndarray) -> float:
    """Of the mean, by batches of neighbours: losses of near steps share their parameters."""
    size = math.isqrt(len(losses))
    batches = losses[: size * (len(losses) // size)].reshape(-1, size).mean(1)
    return float(batches.std(ddof=1) / math.sqrt(len(batches))) if len(batches) > 1 else math.inf


# --- Progress ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _bar(wanted: bool, total: int) -> Iterator[Callable[[int, _Verdict], None]]:
    if not wanted:
        yield lambda steps, verdict: None
        return
    with package("rich.progress", "progress=True", "report").Progress() as bar:
        task = bar.add_task("fit", total=total)
        yield lambda steps, verdict: bar.update(task, completed=steps, description=verdict.reason)
