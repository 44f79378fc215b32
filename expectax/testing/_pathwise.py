"""Check of the derivative along a draw.

For a scalar family with a distribution function F(x; θ) and density p, every derivative that is right on average obeys

    E[ w(X) ∂X/∂θ ] = -E[ w(X) F_θ(X) / p(X) ]        for all w.

The implicit derivative (∂X/∂θ = -F_θ/p) has it pointwise; others, such as a ratio of draws, only after averaging over
what X does not tell. F_θ is taken by central differences of fourth order. Source: Figurnov, Mohamed, Mnih, "Implicit
reparameterization gradients", NeurIPS 2018, equation 3.

Where there is no F, the derivative of E[g(X)] along the draw is compared with the one by the score:

    E[ g'(X) ∂X/∂θ ] = E[ (g(X) - c) ∂ log p(X; θ)/∂θ ]
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._errors import UndefinedMethodError
from ..distributions import AbstractDistribution, _shapes
from ._subject import BLOCK, NotApplicableError, Subject, columns, in_blocks, still_parameters
from ._verdict import Verdict

_TOLERANCE = 0.01
"""Error of the finite differences, relative to the mean size of the derivative."""
_CHANGE = 0.02
"""By how much the largest step may move F: large against rounding, small against curvature."""
_BLOCKS = 4
"""Differentiated draws, in blocks."""
_STENCIL = np.array([-2.0, -1.0, 1.0, 2.0])
_WEIGHTS = np.array([1.0, -8.0, 8.0, -1.0]) / 12


def check_pathwise(subject: Subject) -> Verdict:
    """The derivative along a draw is -F_θ/p on average; where F is missing it agrees with the score."""
    if not subject.dist.pathwise:
        raise NotApplicableError("the family has no derivative along its draws")
    parameters = subject.dist._parameters()
    followed = not subject.dist.mixed and all(p.rank == 0 and not p.support.discrete for p in parameters)
    if subject.scalar and followed:
        try:
            return _against_cdf(subject)
        except UndefinedMethodError:
            pass
    return _against_score(subject)


def _against_cdf(subject: Subject) -> Verdict:
    dist = subject.dist
    subject.at("cdf", subject.draws[:1])  # raises where there is none, before anything costly
    differentiate = _differentiator(dist, lambda draw: draw)
    x, gradient = _concatenated([differentiate(subject.key_for(100 + i)) for i in range(_BLOCKS)])
    cdf, density = subject.at("cdf", x), np.exp(subject.at("log_prob", x))
    usable = (density > 0) & (cdf > 0) & (cdf < 1)
    hat = np.where(usable, cdf * (1 - cdf), 0.0)  # vanishes where dividing by p does harm
    residuals = []
    steps = _steps(dist, np.quantile(x, np.linspace(0.01, 0.99, 64), method="nearest"))
    rounding = hat * np.divide(np.finfo(dist.dtype).eps, density, out=np.zeros(len(x)), where=usable)
    for slope, step, path in zip(_slopes(dist, steps, x), steps, jax.tree.leaves(gradient), strict=True):
        implicit = np.divide(slope, density, out=np.zeros(len(x)), where=usable)
        # a parameter that hardly moves F has a slope of rounding errors: they must not fail the check
        size = max(np.mean(hat * abs(implicit)), np.mean(rounding) / (step * _TOLERANCE)) or 1.0
        difference = hat * (np.asarray(path, np.float64) + implicit) / size
        residuals += [difference * w for w in (1.0, np.cos(np.pi * cdf), np.cos(2 * np.pi * cdf))]
    samples = np.stack(residuals, 1)
    return subject.mean_is(samples, np.zeros(samples.shape[1]), detectable=0.5, reference=1.0, tolerance=_TOLERANCE)


def _differentiator(dist: AbstractDistribution, g: Callable) -> Callable:
    """A function of a key: (BLOCK draws x, the derivative of each g(x) along its path in every parameter)."""

    def total(wide: AbstractDistribution, key: Any) -> Any:
        draw = wide.sample(key, gradient="pathwise")
        return g(draw).sum(), draw

    differentiate = jax.jit(jax.grad(total, has_aux=True))
    wide = _shapes.broadcast_leaves(dist, (BLOCK,))

    def at(key: Any) -> tuple[np.ndarray, AbstractDistribution]:
        gradient, draw = differentiate(wide, key)
        return np.asarray(draw), gradient

    return at


def _concatenated(pieces: list) -> Any:
    return jax.tree.map(lambda *parts: np.concatenate(parts), *pieces)


def _slopes(dist: AbstractDistribution, steps: np.ndarray, x: np.ndarray) -> np.ndarray:
    """∂F(x)/∂θ for every parameter by differences with its step: (parameters, n)."""
    shifts = np.einsum("ij,s->isj", np.diag(steps), _STENCIL)
    return np.einsum("s,isn->in", _WEIGHTS, _shifted_cdf(dist, shifts, x)) / steps[:, None]


def _steps(dist: AbstractDistribution, x: np.ndarray) -> np.ndarray:
    """For each parameter the largest step on a ladder that is usable: see `_usable`."""
    values = np.array([float(v) for v in jax.tree.leaves(dist)])
    ladder = 2.0 ** np.arange(4, -20, -1)
    sizes = np.where(values == 0, 1, abs(values))[:, None] * ladder
    trials = np.einsum("ij,il,s->ilsj", np.eye(len(values)), sizes, _STENCIL)
    inside = [
        np.asarray(p.support.contains(v + trials[i, :, :, i])).all(1)
        for i, (v, p) in enumerate(zip(values, dist._parameters(), strict=True))
    ]
    centre = _shifted_cdf(dist, np.zeros(len(values)), x)
    usable = np.asarray(inside) & _usable(_shifted_cdf(dist, trials, x), centre, sizes, np.finfo(dist.dtype).eps)
    chosen = np.where(usable.any(1), usable.argmax(1), len(ladder) - 1)
    return sizes[np.arange(len(values)), chosen]


def _usable(cdf: np.ndarray, centre: np.ndarray, sizes: np.ndarray, eps: float) -> np.ndarray:
    """Whether a step moves F by at most _CHANGE and half of it gives the same slope, but for rounding.

    Args:
        cdf: F at (parameter, step, stencil, x); NaN where a parameter left its support.
        centre: F unmoved.
        sizes: of the steps, (parameter, step), each half of the one before.
        eps: rounding of F.
    """
    moved = abs(cdf[:, :, (0, -1)] - centre).max((2, 3))
    slopes = np.einsum("s,ilsn->iln", _WEIGHTS, cdf) / sizes[..., None]
    halved = np.roll(slopes, -1, axis=1)  # the last has none and is taken if no other can be
    apart = abs(slopes - halved).mean(2)
    return (moved <= _CHANGE) & (apart <= 0.25 * _TOLERANCE * abs(halved).mean(2) + 4 * eps / sizes)


def _shifted_cdf(dist: AbstractDistribution, shifts: np.ndarray, x: np.ndarray) -> np.ndarray:
    """F(x), x of shape (n,), with `shifts` (*rows, parameters) added to the parameters: (*rows, n)."""
    leaves, structure = jax.tree.flatten(dist)
    moved = np.array([float(v) for v in leaves]) + shifts
    table = np.broadcast_to(moved[..., None, :], (*shifts.shape[:-1], len(x), len(leaves))).reshape(-1, len(leaves))
    table = np.column_stack([table, np.tile(x, len(table) // len(x))]).astype(dist.dtype)

    def cdf(block: np.ndarray) -> Any:
        *parameters, value = block.T
        return structure.unflatten(parameters).cdf(value)

    return np.asarray(in_blocks(cdf, table), np.float64).reshape(*shifts.shape[:-1], len(x))


def _against_score(subject: Subject) -> Verdict:
    dist, still = subject.dist, list(still_parameters(subject.dist))
    if not still:
        raise NotApplicableError("no CDF, and every parameter moves the support: nothing to compare with")
    centre, spread = subject.draws.mean(0), subject.draws.std(0)
    weights = np.cos(1.0 + np.arange(centre.size)).reshape(centre.shape).astype(centre.dtype)
    spread = np.where(spread > 0, spread, 1).astype(centre.dtype)

    def g(draw: Any) -> Any:
        rank = draw.ndim - centre.ndim
        c, s, w = (jnp.asarray(v).reshape((1,) * rank + centre.shape) for v in (centre, spread, weights))
        return (w * jnp.tanh((draw - c) / s)).sum(tuple(range(rank, draw.ndim)))

    baseline = np.asarray(g(subject.draws), np.float64).mean()  # from other draws: independent of those below
    differentiate, blocks = _differentiator(dist, g), []
    for number in range(min(_BLOCKS, subject.num_draws // BLOCK)):
        x, gradient = differentiate(subject.key_for(100 + number))
        score = columns(dist, subject.score_at(x))
        path = columns(dist, gradient)
        gain = (np.asarray(g(x), np.float64) - baseline)[:, None]
        blocks.append(np.concatenate([path[name] - gain * score[name] for name in still], 1))
    residual = np.concatenate(blocks)
    size = residual.std(0)
    return subject.mean_is(residual / np.where(size > 0, size, 1), np.zeros(len(size)), detectable=0.2)
