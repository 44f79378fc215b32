"""`ex.compare_estimators`: which estimator serves each site best, measured as variance times time."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._errors import ExpectaxError
from .._estimate import checked_count
from .._expectation import value_and_grad
from .._program import Signature, prepare
from .._trace import Site
from ..estimators import BY_NAME, AbstractEstimator
from . import _errors
from ._report import Plain, title_of

_REPEATS = 3


@dataclasses.dataclass(frozen=True)
class Trial(Plain):
    """One estimator at one site, all other sites as they are."""

    site: int
    """Number of the site, from 1 in the order of the program."""
    title: str
    estimator: str
    variance: float
    """Of the gradient from `num_samples` runs, summed over its entries; NaN where it was not measured."""
    seconds: float
    """Processor time of one such gradient."""
    reason: str = ""
    """Why it was not measured."""

    @property
    def cost(self) -> float:
        """Variance times time: what a given precision costs; smaller is better."""
        return self.variance * self.seconds


@dataclasses.dataclass(frozen=True)
class Comparison(Plain):
    """The outcome of `compare_estimators`: print it, or pass `plan` to `ex.value_and_grad` or `ex.surrogate`."""

    trials: tuple[Trial, ...]
    plan: dict[int, str]
    """For each site with a choice, the name of the estimator of the least variance times time."""
    num_samples: int
    repeats: int

    def __str__(self) -> str:
        lines = [f"variance and processor time of a gradient of {self.num_samples} runs, over {self.repeats} gradients"]
        if not self.trials:
            lines += ["", "no site has a choice: none is reached by a differentiated parameter, or all draws are data"]
        for number, title in dict.fromkeys((t.site, t.title) for t in self.trials):
            mine = [t for t in self.trials if t.site == number]
            best = min((t.cost for t in mine if not t.reason), default=0.0)
            lines += ["", f"site {number}: {title}", "  estimator           variance      time     variance x time"]
            lines += [_row(t, best, self.plan.get(number)) for t in mine]
        return "\n".join(lines)


def _row(trial: Trial, best: float, chosen: str | None) -> str:
    if trial.reason:
        return f"  {trial.estimator:18} not here: {trial.reason}"
    share = 1.0 if trial.cost == best else trial.cost / best if best else np.inf
    mark = "  <- plan" if trial.estimator == chosen else ""
    return f"  {trial.estimator:18} {trial.variance:9.3g}  {1e3 * trial.seconds:6.3g} ms  {share:9.3g} x the best{mark}"


def compare_estimators(
    loss: Callable,
    *,
    num_samples: int = 16,
    repeats: int = 100,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
) -> Callable[..., Comparison]:
    """A function of the loss's arguments that measures every unbiased estimator at every site that has a choice.

    One site is changed at a time. For each estimator the gradient of `ex.value_and_grad(loss, num_samples)` is computed for
    `repeats` keys: its variance, summed over all entries, and its processor time, whose product is what a given precision costs.

    Args:
        loss: as for `ex.value_and_grad`.
        num_samples: runs behind each gradient.
        repeats: gradients behind each variance; its relative error is about √(2 / repeats) for normal noise.
        argnums, key_argnum, has_aux: as for `ex.value_and_grad`.

    Returns:
        A function that returns a `Comparison`.

    Raises:
        ArgumentError: fewer than 2 repeats, which have no variance, or values that JAX is tracing.

    Example:
        >>> import jax, expectax as ex
        >>> def loss(logit, key):
        ...     return 3.0 * ex.Bernoulli(logits=logit).sample(key).astype(float)
        >>> found = ex.compare_estimators(loss, repeats=20)(0.3, jax.random.key(0))
        >>> sorted(t.estimator for t in found.trials if not t.reason)
        ['arm', 'disarm', 'enumerate', 'local-expectation', 'measure-valued', 'score', 'smoothed-perturbation']
    """
    num_samples, repeats = checked_count("num_samples", num_samples), checked_count("repeats", repeats)
    if repeats < 2:
        raise _errors.too_few_repeats(repeats)
    signature = Signature(argnums, key_argnum, has_aux)
    options = {"argnums": argnums, "key_argnum": key_argnum, "has_aux": has_aux}

    def wrapped(*args: Any) -> Comparison:
        _errors.check_numbers("compare_estimators", args)
        _, position = signature.positions(len(args))
        program = prepare(loss, args, signature)
        keys = jax.random.split(jax.random.clone(args[position]), repeats)
        trials: list[Trial] = []
        for number, site in enumerate(program.trace.sites, 1):
            if program.plan.choices[site.id].estimator is None or site.spec.estimator.name == "stop":
                continue  # no differentiated parameter reaches it, or it is data
            for name, estimator in BY_NAME.items():
                step = value_and_grad(loss, num_samples, plan={number: estimator}, **options)
                trials += _trial(step, args, position, keys, number, site, name, estimator)
        return Comparison(tuple(trials), _plan(trials), num_samples, repeats)

    return wrapped


def _trial(
    step: Callable,
    args: tuple,
    position: int,
    keys: Any,
    number: int,
    site: Site,
    name: str,
    estimator: AbstractEstimator,
) -> list[Trial]:
    if name in ("auto", "stop") or estimator.draws_otherwise or estimator.unfit(site.spec.one_like()) is not None:
        return []

    def gradient(key: Any) -> Any:
        flat = [jnp.ravel(v) for v in jax.tree.leaves(step(*args[:position], key, *args[position + 1 :])[1])]
        return jnp.concatenate(flat)

    try:
        with jax.debug_key_reuse(False):  # every estimator gets the same keys, on purpose
            run = jax.jit(lambda keys: jax.lax.map(gradient, keys)).lower(keys).compile()
            found = np.asarray(run(keys), float)
            seconds = min(_processor_time(run, keys) for _ in range(_REPEATS)) / len(keys)
    except ExpectaxError as refusal:
        return [Trial(number, title_of(site), name, np.nan, np.nan, str(refusal).partition("\n")[0])]
    return [Trial(number, title_of(site), name, float(found.var(0, ddof=1).sum()), seconds)]


def _processor_time(run: Callable, keys: Any) -> float:
    began = time.process_time()
    jax.block_until_ready(run(keys))
    return time.process_time() - began


def _plan(trials: list[Trial]) -> dict[int, str]:
    measured = [t for t in trials if not t.reason]
    sites = dict.fromkeys(t.site for t in measured)
    return {n: min((t for t in measured if t.site == n), key=lambda t: t.cost).estimator for n in sites}
