"""Interval arithmetic over a trace: enough to see that exp is positive and sigmoid lies in (0, 1)."""

import math
from typing import Any, NamedTuple

import numpy as np

from . import _compat

_INF = math.inf


class Range(NamedTuple):
    """A closed interval that holds every element of a value."""

    low: float = -_INF
    high: float = _INF

    def inside(self, low: float, high: float) -> bool:
        return self.low >= low and self.high <= high

    @property
    def is_point(self) -> bool:
        return self.low == self.high


def range_of_constant(value: Any) -> Range:
    array = value if isinstance(value, int | float | bool) else np.asarray(value) if _is_readable(value) else None
    if array is None or np.size(array) == 0 or np.any(np.isnan(array)):
        return Range()
    return Range(float(np.min(array)), float(np.max(array)))


def _is_readable(value: Any) -> bool:
    """Whether the numbers of a small constant array can be looked at; a random key's cannot."""
    dtype = getattr(value, "dtype", None)
    if dtype is None or _compat.is_key(value) or _compat.is_traced(value):
        return False
    return getattr(dtype, "kind", "?") in "fiub" and np.size(value) <= 4096


def join(a: Range, b: Range) -> Range:
    return Range(min(a.low, b.low), max(a.high, b.high))


def range_of(name: str, params: dict, ins: list[Range]) -> Range:
    """Range of a primitive's result."""
    rule = _RULES.get(name)
    if rule is None:
        return Range()
    low, high = rule(params, *ins)
    return Range() if math.isnan(low) or math.isnan(high) else Range(low, high)


def fills(eqn: Any, indices: Range) -> bool:
    """Whether a gather may read outside of its operand, and gives something else there."""
    if eqn.primitive.name != "gather" or "FILL" not in str(eqn.params["mode"]):
        return False
    shape, sizes = eqn.invars[0].aval.shape, eqn.params["slice_sizes"]
    ends = [shape[axis] - sizes[axis] for axis in eqn.params["dimension_numbers"].start_index_map]
    return not indices.inside(0, min(ends, default=0))


def wrapped(bounds: Range, dtype: Any) -> Range:
    """What is left of a range in a type: integers wrap around where they leave theirs."""
    if getattr(dtype, "kind", None) not in ("i", "u"):
        return bounds
    ends = np.iinfo(dtype)
    return bounds if bounds.inside(ends.min, ends.max) else Range(float(ends.min), float(ends.max))


def _monotone(fn):
    def rule(params, x):
        return _safe(fn, x.low), _safe(fn, x.high)

    return rule


def _safe(fn, x: float) -> float:
    with np.errstate(all="ignore"):
        return float(fn(np.float64(x)))


def _mul(params, a, b):
    products = [0.0 if 0.0 in (x, y) else x * y for x in a for y in b]
    return min(products), max(products)


def _div(params, a, b):
    if b.low <= 0 <= b.high and not (b.low == 0 and a.low >= 0):
        return -_INF, _INF
    if b.low == 0:
        return (0.0 if a.low >= 0 else -_INF), _INF
    return _mul(params, a, Range(1 / b.high if b.high else _INF, 1 / b.low))


def _abs(params, x):
    return (0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))), max(abs(x.low), abs(x.high))


def _power(params, x):
    n = params["y"]
    if n % 2 == 0 and n > 0:
        low, high = _abs(params, x)
        return low**n, high**n
    return (x.low**n, x.high**n) if n > 0 else ((0.0, _INF) if x.low > 0 else (-_INF, _INF))


def _convert(params, x):
    kind = getattr(params["new_dtype"], "kind", "f")
    if kind == "b" or (kind == "u" and x.low < 0):  # wraps around
        return (0.0, 1.0) if kind == "b" else (-_INF, _INF)
    return (_safe(np.trunc, x.low), _safe(np.trunc, x.high)) if kind in "iu" else x


def _sum(params, x):
    return (0.0 if x.low >= 0 else -_INF), (0.0 if x.high <= 0 else _INF)


def _less(params, a, b):
    return (1.0, 1.0) if a.high < b.low else (0.0, 0.0) if a.low >= b.high else (0.0, 1.0)


def _at_most(params, a, b):
    return (1.0, 1.0) if a.high <= b.low else (0.0, 0.0) if a.low > b.high else (0.0, 1.0)


def _same(params, *xs):
    return xs[0]


def _shifted(params, x, by):
    known = x.low >= 0 and by.is_point
    return (math.floor(x.low / 2**by.low), math.floor(x.high / 2**by.low)) if known else (-_INF, _INF)


def _or(params, a, b):
    return (max(a.low, b.low), a.high + b.high) if a.low >= 0 and b.low >= 0 else (-_INF, _INF)


def _read_as(params, x):
    """Bits as a float: the uniforms of `jax.random` are bits of [1, 2), less 1."""
    dtype = np.dtype(params["new_dtype"])
    if dtype.kind != "f":
        return -_INF, _INF
    bits = np.dtype(f"u{dtype.itemsize}")
    several = x.low < 2 ** (4 * dtype.itemsize)  # it may be of narrower integers that make up one float
    if several or x.high >= int(np.array(np.inf, dtype).view(bits)):
        return -_INF, _INF
    return tuple(float(np.array(int(end), bits).view(dtype)) for end in x)


def _joined(params, *xs):
    return min(x.low for x in xs), max(x.high for x in xs)


_RULES: dict[str, Any] = {
    "lt": _less,
    "le": _at_most,
    "gt": lambda params, a, b: _less(params, b, a),
    "ge": lambda params, a, b: _at_most(params, b, a),
    "iota": lambda params: (0.0, max(params["shape"][params["dimension"]] - 1.0, 0.0)),
    "floor": _monotone(np.floor),
    "ceil": _monotone(np.ceil),
    "round": lambda params, x: (_safe(np.floor, x.low), _safe(np.ceil, x.high)),
    "sign": _monotone(np.sign),
    "convert_element_type": _convert,
    "exp": _monotone(np.exp),
    "exp2": _monotone(np.exp2),
    "expm1": _monotone(np.expm1),
    "log": _monotone(lambda x: np.log(max(x, 0.0))),
    "log1p": _monotone(lambda x: np.log1p(max(x, -1.0))),
    "logistic": lambda params, x: (0.0, 1.0),
    "tanh": lambda params, x: (-1.0, 1.0),
    "erf": lambda params, x: (-1.0, 1.0),
    "erfc": lambda params, x: (0.0, 2.0),
    "sin": lambda params, x: (-1.0, 1.0),
    "cos": lambda params, x: (-1.0, 1.0),
    "sqrt": _monotone(lambda x: np.sqrt(max(x, 0.0))),
    "rsqrt": lambda params, x: (0.0, _INF),
    "abs": _abs,
    "square": lambda params, x: _power({"y": 2}, x),
    "integer_pow": _power,
    "neg": lambda params, x: (-x.high, -x.low),
    "add": lambda params, a, b: (a.low + b.low, a.high + b.high),
    "sub": lambda params, a, b: (a.low - b.high, a.high - b.low),
    "mul": _mul,
    "div": _div,
    "max": lambda params, a, b: (max(a.low, b.low), max(a.high, b.high)),
    "min": lambda params, a, b: (min(a.low, b.low), min(a.high, b.high)),
    "clamp": lambda params, lo, x, hi: (max(lo.low, min(x.low, hi.low)), min(hi.high, max(x.high, lo.high))),
    "shift_right_logical": _shifted,
    "or": _or,
    "bitcast_convert_type": _read_as,
    "reduce_sum": _sum,
    "cumsum": _sum,
    "select_n": lambda params, which, *cases: _joined(params, *cases),
    "concatenate": _joined,
    "pow": lambda params, a, b: (0.0, _INF) if a.low >= 0 else (-_INF, _INF),
    **dict.fromkeys(
        """broadcast_in_dim reshape squeeze expand_dims transpose slice copy copy_p stop_gradient
        reduce_max reduce_min rev gather dynamic_slice reduce_precision""".split(),
        _same,
    ),
}
