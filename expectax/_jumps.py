"""Which primitives jump, kink or are undefined somewhere: what the walk of `_analysis.py` looks up."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from . import _compat
from ._trace import Step

# Continuous whatever their integer outputs say: factorisations pivot, but solve and det do not jump.
SMOOTH = frozenset("lu lu_pivots_to_permutation".split())
JUMPS = frozenset("sign round floor ceil nextafter".split())
# Discontinuous, and with a derivative between the jumps.
MASS = "the mass of single numbers in a log_prob"
"""A jump of its own kind, which needs no test: the density of a law that is both discrete and continuous."""
PIECEWISE = frozenset("rem atan2 select_and_scatter_add select_and_gather_add".split())
# The results of a factorisation whose signs LAPACK chooses by the sign of a pivot.
SIGNED = {
    "qr": (0, 1),
    "geqrf": (0, 1),
    "eigh": (0,),
    "svd": (1, 2),
    "eig": (1, 2),
    "schur": (0, 1),
    "hessenberg": (0, 1),
}
DOMAINS = {
    **dict.fromkeys(("log", "log2", "sqrt", "rsqrt", "pow"), (0, np.inf)),
    **dict.fromkeys(("acos", "asin", "atanh", "erf_inv"), (-1, 1)),
    "log1p": (-1, np.inf),
    "acosh": (1, np.inf),
}
"""Outside of these they are NaN."""
COMPARISONS = frozenset("eq ne lt le gt ge sign round floor ceil rem argmax argmin is_finite".split())
# A discrete result of these still holds all the bits of a continuous draw.
BITS = frozenset(
    """shift_right_logical shift_left shift_right_arithmetic or and xor bitcast_convert_type add sub mul rem reshape
    slice squeeze concatenate broadcast_in_dim convert_element_type threefry2x32 select_n transpose gather""".split()
)
WITHOUT_DERIVATIVE = frozenset("pure_callback io_callback custom_vmap_call".split())
"""JAX cannot differentiate them in reverse mode: a path ends there, whether they jump or not."""
ROUNDED = frozenset("round floor ceil bitcast_convert_type convert_element_type".split())
"""Of these a value may be put together again that looks continuous, and whose derivative is lost."""
_CLIPPING = frozenset("max min clamp select_n sign round floor ceil".split())
KINKS = frozenset("max min abs clamp reduce_max reduce_min cummax cummin sort reduce_window_max".split())
"""Continuous, with a derivative that jumps."""
BRANCH_CUTS = frozenset("log log1p sqrt rsqrt cbrt pow acos asin atan acosh asinh atanh lgamma".split())
"""Discontinuous for complex arguments."""


def is_piecewise(step: Step, result: int) -> bool:
    """Whether a float result may jump, with a derivative between the jumps."""
    name = step.primitive
    if step.kind == "opaque" and name != "custom_linear_solve":
        return any(_holds(jaxpr, COMPARISONS) for _, jaxpr in _compat.sub_jaxprs(step.eqn))
    if name in BRANCH_CUTS:
        return jnp.issubdtype(step.eqn.invars[0].aval.dtype, jnp.complexfloating)
    return name in PIECEWISE or (name == "sort" and result > 0) or result in SIGNED.get(name, ())


def _holds(jaxpr: Any, names: frozenset[str]) -> bool:
    eqns = _compat.open_jaxpr(jaxpr).eqns
    return any(e.primitive.name in names or any(_holds(j, names) for _, j in _compat.sub_jaxprs(e)) for e in eqns)


def may_kink(name: str, ins: list[Any]) -> bool:
    """Whether ranges leave it open which side of a kink a value is on."""
    a = ins[0].bounds
    if name == "abs":
        return a.low < 0 < a.high
    return name not in ("max", "min") or (a.high > ins[1].bounds.low and ins[1].bounds.high > a.low)


def may_clip(step: Step) -> bool:
    """Whether a step may take a whole region to one number."""
    if step.primitive == "convert_element_type":
        return not _compat.is_float_type(step.eqn.invars[0].aval)
    return step.primitive in _CLIPPING


def is_nan_test(definition: Any) -> bool:
    return definition.eqn.primitive.name == "ne" and definition.operands[0] == definition.operands[1]
