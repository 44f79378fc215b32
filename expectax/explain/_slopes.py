"""Derivatives of one step at the values of a run: whether they are finite, and whether they are those of its values."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _compat
from .._interpret import is_float
from .._trace import Step

_STEP = 1e-3
"""Of a central difference, relative to operands above 1."""
_ALIKE = 0.1
"""Relative difference from which on a derivative is another function's: far above the error of a central difference."""
_ROUNDING = 8.0
"""Roundoffs of a sum of results that a central difference may be off by."""


def count_steep(step: Step, ins: list, outs: list) -> Any:
    """Elements of the first result that are finite and have a derivative that is not; of a reverse-mode rule 0 or 1."""
    at, primals = _of_floats(step, ins)
    if not primals or step.kind == "opaque":
        return jnp.int32(0)
    if step.eqn.primitive is _compat.custom_vjp_call_p:
        out, pull = jax.vjp(lambda *xs: at(*xs)[0], *primals)
        slopes = pull(jnp.ones_like(out))
        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(s)) for s in slopes]))
        return (jnp.all(jnp.isfinite(out)) & ~finite).astype(jnp.int32)
    _, slope = jax.jvp(lambda *xs: at(*xs)[0], primals, [jnp.ones_like(v) for v in primals])
    return jnp.sum(jnp.isfinite(outs[0]) & ~jnp.isfinite(slope)).astype(jnp.int32)


def has_rule_of_a_user(step: Step) -> bool:
    """Whether a step is a function with a derivative that the user wrote."""
    if step.eqn.primitive not in (_compat.custom_jvp_call_p, _compat.custom_vjp_call_p):
        return False
    return not any(_compat.is_library_code(jaxpr) for _, jaxpr in _compat.sub_jaxprs(step.eqn))


def rule_differs(step: Step, ins: list) -> tuple[Any, Any]:
    """(1 if its derivative could be compared with differences of its values, 1 if the two differ), in one direction.

    Differences, not the derivative of the body: that of a solver's last iteration says nothing of the solution.
    """
    at, primals = _of_floats(step, ins)
    if not primals or any(v.dtype.itemsize < 4 or not jnp.issubdtype(v.dtype, jnp.floating) for v in primals):
        return jnp.int32(0), jnp.int32(0)
    random = np.random.default_rng(0)
    weights: list[np.ndarray] = []

    def whole(*xs: Any) -> Any:
        outs = [v for v in at(*xs) if is_float(v)]
        weights.extend(random.uniform(0.5, 1.5, np.shape(v)) for v in outs[len(weights) :])
        return sum(jnp.sum(v * w.astype(v.dtype)) for v, w in zip(outs, weights, strict=True))

    sizes = [jnp.maximum(jnp.abs(v), 1) * random.uniform(0.5, 1.5, np.shape(v)).astype(v.dtype) for v in primals]
    above, below = (
        whole(*(v + v.dtype.type(h) * s for v, s in zip(primals, sizes, strict=True))) for h in (_STEP, -_STEP)
    )
    seen, told = (above - below) / (2 * _STEP), _along(step, whole, primals, sizes)
    noise = _ROUNDING * jnp.finfo(seen.dtype).eps * (jnp.abs(above) + jnp.abs(below)) / _STEP
    differs = jnp.abs(seen - told) > _ALIKE * jnp.maximum(jnp.abs(seen), jnp.abs(told)) + noise
    known = jnp.isfinite(seen) & jnp.isfinite(told)
    return known.astype(jnp.int32), (known & differs).astype(jnp.int32)


def _along(step: Step, whole: Callable, primals: list, sizes: list) -> Any:
    if step.eqn.primitive is _compat.custom_jvp_call_p:
        return jax.jvp(whole, primals, sizes)[1]
    slopes = jax.grad(whole, tuple(range(len(primals))))(*primals)
    return sum(jnp.sum(g * s) for g, s in zip(slopes, sizes, strict=True))


def _of_floats(step: Step, ins: list) -> tuple[Callable, list]:
    """The step as a function of its operands that are floats, and these."""
    floats = [i for i, v in enumerate(ins) if is_float(v)]

    def at(*values: Any) -> list:
        moved = list(ins)
        for i, v in zip(floats, values, strict=True):
            moved[i] = v
        return _compat.bind(step.eqn, moved)

    return at, [jnp.asarray(ins[i]) for i in floats]
