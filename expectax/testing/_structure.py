"""Checks of form: shapes, types, transformations, and what happens outside the support and at NaN.

Each takes the `Subject`, raises AssertionError with the numbers if the property is broken, and UndefinedMethodError or
`NotApplicableError` if there is nothing to check. Shapes and types are read from abstract evaluation, which compiles
nothing.
"""

import copy
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._errors import UndefinedMethodError
from ..distributions import AbstractDistribution, _shapes
from ._subject import NotApplicableError, Subject, float_dtypes, in_blocks, with_dtype

_FEW = 16


def check_shapes(subject: Subject) -> None:
    """`sample` gives shape + batch + event, `log_prob` the lanes; empty shapes, broadcasting and `vmap` included."""
    dist, event = subject.given, subject.given.event_shape
    batch = dist.batch_shape
    for shape in ((), (3,), (2, 0)):
        draw = _abstract_draw(dist, shape)
        _same("sample", draw.shape, (*shape, *batch, *event), f"shape={shape}")
        _same("log_prob", jax.eval_shape(dist.log_prob, draw).shape, (*shape, *batch), f"shape={shape}")
    if not jax.tree.leaves(dist):
        return  # nothing that could have a batch
    one = with_dtype(dist, dist.dtype)
    wide = _shapes.broadcast_leaves(one, (2, *batch))
    _same("batch_shape", wide.batch_shape, (2, *batch), "leaves with an axis more")
    _same("sample", _abstract_draw(wide, (3,)).shape, (3, 2, *batch, *event), "leaves with an axis more")
    value = jax.ShapeDtypeStruct((5, 1, *(1,) * len(batch), *event), dist.draw_dtype)
    _same("log_prob", jax.eval_shape(wide.log_prob, value).shape, (5, 2, *batch), f"value of shape {value.shape}")
    mapped = jax.eval_shape(jax.vmap(lambda d, k: d.sample(k, (3,))), wide, _keys(2))
    _same("sample", mapped.shape, (2, 3, *batch, *event), "vmap over distributions")
    for method, shape in (("mean", (2, *batch, *event)), ("variance", (2, *batch, *event)), ("entropy", (2, *batch))):
        try:
            _same(method, jax.eval_shape(getattr(wide, method)).shape, shape, "leaves with an axis more")
        except UndefinedMethodError:
            continue


def check_dtypes(subject: Subject) -> None:
    """Every method keeps the float type of the parameters, half precision included, and draws stay in the support."""
    if not jax.tree.leaves(subject.given):
        raise NotApplicableError("the family has no parameters")
    for dtype in float_dtypes():
        dist = with_dtype(subject.given, dtype)
        draw = _abstract_draw(dist, (2,))
        integer = jnp.issubdtype(dist.draw_dtype, jnp.integer)
        wanted = dist.draw_dtype if integer else jnp.dtype(dtype)
        assert draw.dtype == wanted, f"parameters in {jnp.dtype(dtype)}, draws in {draw.dtype}, expected {wanted}"
        for method, values in _METHODS.items():
            if values and method != "log_prob" and not subject.scalar:
                continue
            out = _abstract_call(dist, method, values, draw, dtype)
            if out is not None:
                assert out.dtype == dtype, f"parameters in {jnp.dtype(dtype)}, {method} in {out.dtype}"


def check_half_precision(subject: Subject) -> None:
    """In float16 and bfloat16 draws lie in the support and have a log-density."""
    for number, dtype in enumerate((jnp.float16, jnp.bfloat16)):
        dist = with_dtype(subject.given, dtype)
        draw = dist.sample(subject.key_for(10 + number), (512,), gradient="stop")
        inside = np.asarray(dist.support.contains(draw))
        wrong = np.asarray(draw)[~inside]
        assert inside.all(), f"{len(wrong)} of 512 draws in {jnp.dtype(dtype)} lie outside the support: {_show(wrong)}"
        if draw.dtype == dtype:
            first_lane = np.asarray(draw, subject.dist.draw_dtype)[(slice(None), *(0,) * len(dist.batch_shape))]
            log_prob = subject.at("log_prob", first_lane)  # half precision computes in single: the same formula
            assert not np.isnan(log_prob).any(), f"log_prob of {jnp.dtype(dtype)} draws is NaN"


def check_support(subject: Subject) -> None:
    """Draws lie in the support, and their log-density is finite."""
    inside = np.asarray(subject.dist.support.contains(subject.draws))
    wrong = subject.draws[~inside]
    assert inside.all(), f"{len(wrong)} of {len(inside)} draws lie outside the support: {_show(wrong)}"
    infinite = subject.draws[~np.isfinite(subject.log_probs)]
    assert not len(infinite), f"log_prob is not finite at {len(infinite)} of {len(inside)} draws: {_show(infinite)}"


def check_outside(subject: Subject) -> None:
    """Outside the support log_prob is -inf and its derivative in every parameter is 0."""
    x = _outside(subject)
    log_prob = subject.at("log_prob", x)
    assert (log_prob == -np.inf).all(), f"log_prob at {x}, outside the support: {log_prob}, expected -inf"
    for p, g in zip(subject.dist._parameters(), jax.tree.leaves(subject.score_at(x)), strict=True):
        assert not g.any(), f"d log_prob / d {p.name} at {x}, outside the support, is {_show(g)}, expected 0"


def check_nan(subject: Subject) -> None:
    """A NaN in the value or in any parameter gives NaN, in the density and in float draws."""
    dist, few = subject.dist, subject.draws[:_FEW]
    continuous = jnp.issubdtype(dist.draw_dtype, jnp.floating)
    if continuous:
        got = subject.at("log_prob", np.full_like(few, np.nan))
        assert np.isnan(got).all(), f"log_prob(nan) = {_show(got)}"
    leaves, structure = jax.tree.flatten(dist)
    for i, p in enumerate(dist._parameters()):
        poisoned = structure.unflatten([jnp.full_like(v, np.nan) if i == j else v for j, v in enumerate(leaves)])
        got = np.asarray(in_blocks(poisoned.log_prob, few))
        assert np.isnan(got).all(), f"log_prob is {_show(got)} where {p.name} is NaN"
        if continuous:
            drawn = np.asarray(poisoned.sample(subject.key_for(20 + i), (subject.num_draws,), gradient="stop"))
            missing = np.isnan(drawn.reshape(len(drawn), -1)).any(1)
            assert missing.all(), f"sample gives plausible numbers where {p.name} is NaN: {_show(drawn[~missing])}"


def check_transforms(subject: Subject) -> None:
    """jit, vmap and grad give what eager calls give: the same draws from the same key, densities and derivatives."""
    dist, x, tolerance = subject.dist, subject.draws[:_FEW], 256 * subject.eps
    shape = (subject.num_draws,)  # that of the eager draws, so that the same key gives the same

    @jax.jit
    def mapped(k: Any, v: Any) -> Any:
        draws = jax.vmap(lambda one: dist.sample(one, shape))(jnp.expand_dims(k, 0))
        gradient = jax.vmap(lambda one: jax.grad(lambda d: d.log_prob(one))(dist))(v)
        return draws[0, :_FEW], jax.vmap(dist.log_prob)(v), gradient

    draws, log_prob, gradient = mapped(subject.key_for(0), x)
    _close("jit(vmap(sample))", draws, x, tolerance)
    _close("jit(vmap(log_prob))", log_prob, subject.log_probs[:_FEW], tolerance)
    leaves = zip(jax.tree.leaves(gradient), jax.tree.leaves(subject.score), strict=True)
    for p, (came, expected) in zip(dist._parameters(), leaves, strict=True):
        _close(f"jit(vmap(grad(log_prob))) in {p.name}", came, expected[:_FEW], tolerance, "`score`")


def check_pytree(subject: Subject) -> None:
    """A distribution survives flattening, copying and (if its class can be imported) pickling."""
    dist = subject.given
    leaves, structure = jax.tree.flatten(dist)
    again = structure.unflatten(leaves)
    assert type(again) is type(dist), f"unflatten(flatten) gives a {type(again).__name__}"
    assert again == dist, f"unflatten(flatten) gives {again}, expected {dist}"
    assert len(dist._parameters()) == len(leaves), f"{len(leaves)} leaves, {len(dist._parameters())} parameters"
    assert copy.deepcopy(dist) == dist, "deepcopy is not equal to the original"
    if "<locals>" not in type(dist).__qualname__:
        assert pickle.loads(pickle.dumps(dist)) == dist, "what is unpickled is not equal to the original"


# --- Helpers ---

_METHODS = {
    "log_prob": "draw", "cdf": "draw", "log_cdf": "draw", "log_sf": "draw", "quantile": "p",
    "mean": "", "variance": "", "covariance": "", "mode": "", "entropy": "",
}  # fmt: skip


def _keys(count: int) -> Any:
    return jax.eval_shape(lambda: jax.random.split(jax.random.key(0), count))


def _abstract_draw(dist: AbstractDistribution, shape: tuple[int, ...]) -> Any:
    return jax.eval_shape(lambda k: dist.sample(k[0], shape), _keys(1))


def _abstract_call(dist: AbstractDistribution, method: str, values: str, draw: Any, dtype: Any) -> Any:
    """What the method would return; None if the family lacks it or answers in the type of its integer draws."""
    if draw.dtype != dtype and method in ("quantile", "mode"):
        return None
    given = {"draw": (draw,), "p": (jax.ShapeDtypeStruct(dist.batch_shape, dtype),), "": ()}[values]
    try:
        return jax.eval_shape(getattr(dist, method), *given)
    except UndefinedMethodError:
        return None


def _outside(subject: Subject) -> np.ndarray:
    if not subject.scalar:
        raise NotApplicableError("only for scalar supports")
    low, high = subject.edges
    candidates = [-1e3, -1.5, -1.0, -0.5, 0.5, 1.5, 1e3, *(v for v in (low - 1, high + 1) if np.isfinite(v))]
    dtype = subject.dist.dtype if subject.discrete else subject.dist.draw_dtype  # 0.5 is a value to refuse
    x = np.asarray(candidates).astype(dtype)
    x = x[~np.asarray(subject.dist.support.contains(x))]
    if not len(x):
        raise NotApplicableError("nothing lies outside the support")
    return x


def _show(values: np.ndarray) -> str:
    return np.array2string(values[:3], threshold=12, precision=6)


def _same(method: str, came: tuple, expected: tuple, case: str) -> None:
    assert came == expected, f"{method} with {case} has shape {came}, expected {expected}"


def _close(what: str, came: Any, expected: Any, tolerance: float, name: str = "the eager call") -> None:
    came, expected = np.asarray(came, np.float64), np.asarray(expected, np.float64)
    same = np.isclose(came, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    assert same.all(), f"{what} gives {_show(came[~same])}, {name} gives {_show(expected[~same])}"
