"""Where each axis of an operand goes in the result of a primitive; None where its elements mix.

`axis_map(eqn, operand, result)` is a function from an operand's axis to the result's axis. A primitive that is not
listed mixes all axes, which is safe.
"""

from collections.abc import Callable
from typing import Any

ELEMENTWISE = frozenset(
    """abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e bessel_i1e bitcast_convert_type cbrt ceil
    clamp conj convert_element_type copy copy_p cos cosh digamma div eq erf erf_inv erfc exp exp2 expm1 floor ge gt
    igamma igammac igamma_grad_a imag integer_pow is_finite le le_to lgamma log log1p logistic lt lt_to max min mul ne neg nextafter
    not or polygamma population_count pow random_gamma_grad real reduce_precision regularized_incomplete_beta rem round
    rsqrt select_n shift_left shift_right_arithmetic shift_right_logical sign sin sinh sqrt square stop_gradient sub tan
    tanh xor zeta log2 one_minus_square name optimization_barrier pvary pcast sharding_constraint""".split()
)
_REDUCTIONS = frozenset(
    "reduce_sum reduce_max reduce_min reduce_prod reduce_and reduce_or reduce_xor argmax argmin".split()
)
_CUMULATIVE = frozenset("cumsum cumprod cummax cummin cumlogsumexp".split())
_LAST_TWO = frozenset("cholesky triangular_solve eigh eig svd lu qr geqrf householder_product schur hessenberg".split())

AxisMap = Callable[[int], int | None]


def _keep(axis: int) -> int | None:
    return axis


def _mix(axis: int) -> int | None:
    return None


def axis_map(eqn: Any, operand: int, result: int) -> AxisMap:
    """The map of one operand's axes to one result's."""
    name = eqn.primitive.name
    shape = eqn.invars[operand].aval.shape
    out = eqn.outvars[result].aval.shape
    if name in ELEMENTWISE:
        return _keep if len(shape) == len(out) else _mix
    rule = _RULES.get(name)
    if rule is not None:
        return rule(eqn, operand, shape, out)
    if name in _REDUCTIONS:
        return _without(tuple(map(int, eqn.params["axes"])))
    if name in _CUMULATIVE:
        return _except(eqn.params["axis"])
    if name in _LAST_TWO:
        return lambda axis: axis if axis < len(shape) - 2 else None
    return _mix


def is_elementwise(eqn: Any) -> bool:
    """Whether each element of the result comes from the same element of every operand."""
    name = eqn.primitive.name
    return name in ELEMENTWISE or (name in _REDUCTIONS and not eqn.params["axes"])


def repeated_axes(eqn: Any, known: list[frozenset[int]]) -> frozenset[int]:
    """Axes along which the elements of a random key are known to be equal, given those of the operands."""
    name, shapes = eqn.primitive.name, [v.aval.shape for v in eqn.invars]
    if name == "broadcast_in_dim":
        dims, out = tuple(eqn.params["broadcast_dimensions"]), eqn.outvars[0].aval.shape
        new = {a for a, n in enumerate(out) if n > 1 and (a not in dims or shapes[0][dims.index(a)] == 1)}
        return frozenset(new | {dims[a] for a in known[0]})
    if name == "random_fold_in" and all(shapes):
        return known[0] & known[1]
    if name == "random_fold_in":
        return known[0] if shapes[0] else known[1]
    if name == "select_n":
        return frozenset.intersection(*known[1:])
    if name in ("random_split", "random_wrap", "random_unwrap", "slice", "copy"):
        return known[0]
    if name in ("reshape", "squeeze", "transpose", "expand_dims", "unstack"):
        moved = map(axis_map(eqn, 0, 0), known[0])
        return frozenset(a for a in moved if a is not None)
    return frozenset()


def _without(axes: tuple[int, ...]) -> AxisMap:
    return lambda axis: None if axis in axes else axis - sum(a < axis for a in axes)


def _except(*axes: int) -> AxisMap:
    return lambda axis: None if axis in axes else axis


def _broadcast(eqn, operand, shape, out):
    dims = eqn.params["broadcast_dimensions"]
    return (lambda axis: dims[axis]) if operand == 0 else _mix


def _reshape(eqn, operand, shape, out):
    def to(axis: int) -> int | None:
        before = _product(shape[:axis])
        for candidate, size in enumerate(out):
            if size == shape[axis] and _product(out[:candidate]) == before:
                return candidate
        return None

    return to if operand == 0 and eqn.params.get("dimensions") is None else _mix


def _product(sizes: tuple) -> int:
    total = 1
    for n in sizes:
        total *= n
    return total


def _transpose(eqn, operand, shape, out):
    permutation = tuple(eqn.params["permutation"])
    return lambda axis: permutation.index(axis)


def _squeeze(eqn, operand, shape, out):
    return _without(tuple(eqn.params["dimensions"]))


def _expand(eqn, operand, shape, out):
    kept = [a for a in range(len(out)) if a not in eqn.params["dimensions"]]
    return lambda axis: kept[axis]


def _slice(eqn, operand, shape, out):
    strides = eqn.params["strides"] or (1,) * len(shape)
    return lambda axis: axis if out[axis] == shape[axis] and strides[axis] == 1 else None


def _dynamic_slice(eqn, operand, shape, out):
    return (lambda axis: axis if out[axis] == shape[axis] else None) if operand == 0 else _mix


def _same_size(eqn, operand, shape, out):
    return (lambda axis: axis if out[axis] == shape[axis] else None) if len(shape) == len(out) else _mix


def _pad(eqn, operand, shape, out):
    config = eqn.params["padding_config"]
    return (lambda axis: axis if tuple(config[axis]) == (0, 0, 0) else None) if operand == 0 else _mix


def _rev(eqn, operand, shape, out):
    return _except(*eqn.params["dimensions"])


def _dot_general(eqn, operand, shape, out):
    (contract, batch) = eqn.params["dimension_numbers"]
    lhs_rank = len(eqn.invars[0].aval.shape)
    free = [a for a in range(len(shape)) if a not in contract[operand] and a not in batch[operand]]
    lhs_free = lhs_rank - len(contract[0]) - len(batch[0])
    offset = len(batch[0]) + (lhs_free if operand == 1 else 0)

    def to(axis: int) -> int | None:
        if axis in batch[operand]:
            return tuple(batch[operand]).index(axis)
        return offset + free.index(axis) if axis in free else None

    return to


def _conv(eqn, operand, shape, out):
    numbers = eqn.params["dimension_numbers"]
    if operand != 0 or eqn.params["batch_group_count"] != 1:
        return _mix
    return lambda axis: numbers.out_spec[0] if axis == numbers.lhs_spec[0] else None


def _window(eqn, operand, shape, out):
    window = eqn.params["window_dimensions"]
    same = len(shape) == len(window)
    return lambda axis: axis if same and window[axis] == 1 and out[axis] == shape[axis] else None


def _gather(eqn, operand, shape, out):
    numbers = eqn.params["dimension_numbers"]
    batch = [a for a in range(len(out)) if a not in numbers.offset_dims]
    return (lambda axis: batch[axis] if axis < len(batch) else None) if operand == 1 else _mix


def _top_k(eqn, operand, shape, out):
    return _except(len(shape) - 1)


_RULES = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "transpose": _transpose,
    "squeeze": _squeeze,
    "expand_dims": _expand,
    "slice": _slice,
    "dynamic_slice": _dynamic_slice,
    "concatenate": lambda eqn, operand, shape, out: _except(eqn.params["dimension"]),
    "stack": lambda eqn, operand, shape, out: lambda axis: axis + (axis >= eqn.params["axis"]),
    "unstack": lambda eqn, operand, shape, out: _without((eqn.params["axis"],)),
    "tile": lambda eqn, operand, shape, out: _except(*(a for a, n in enumerate(eqn.params["reps"]) if n != 1)),
    "split": lambda eqn, operand, shape, out: _except(eqn.params["axis"]),
    "sort": lambda eqn, operand, shape, out: _except(eqn.params["dimension"]),
    "pad": _pad,
    "rev": _rev,
    "dot_general": _dot_general,
    "conv_general_dilated": _conv,
    "reduce_window_max": _window,
    "reduce_window_min": _window,
    "reduce_window_sum": _window,
    "gather": _gather,
    "top_k": _top_k,
}
