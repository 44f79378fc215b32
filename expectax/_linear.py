"""Which primitives are linear in the operands that draws reach."""

from typing import Any

_ALWAYS = frozenset(
    """add sub add_any neg reduce_sum cumsum concatenate stack unstack name copy copy_p real imag complex conj fft
    reduce_precision sharding_constraint optimization_barrier""".split()
)
_IN_FIRST = frozenset(
    """reshape broadcast_in_dim transpose squeeze expand_dims slice rev dynamic_slice gather split tile div psum
    reduce_window_sum""".split()
)
BILINEAR = frozenset("mul dot_general conv_general_dilated".split())


_OTHERS = {
    "pad": slice(2, None),
    "dynamic_update_slice": slice(2, None),
    "scatter": slice(1, 2),
    "scatter-add": slice(1, 2),
    "triangular_solve": slice(0, 1),
}
"""The operands in which a step is not linear: places, and coefficients."""
MAY_BE_LINEAR = _ALWAYS | _IN_FIRST | BILINEAR | {"convert_element_type", "select_n", *_OTHERS}
"""Of any other step `is_linear` is false, whatever reaches it."""


def is_linear(eqn: Any, reached: list[bool]) -> bool:
    """Whether the step is linear, jointly, in the operands marked in `reached`, the others held fixed."""
    name = eqn.primitive.name
    if name in _ALWAYS:
        return True
    if name == "convert_element_type":
        return _is_float(eqn.invars[0].aval) and _is_float(eqn.outvars[0].aval)
    if name in _IN_FIRST:
        return not any(reached[1:])
    if name in BILINEAR:
        return sum(reached) == 1 and all(_is_float(v.aval) for v in eqn.invars)
    if name == "select_n":
        return not reached[0]
    return name in _OTHERS and not any(reached[_OTHERS[name]])


def _is_float(aval: Any) -> bool:
    return getattr(aval.dtype, "kind", "") in "fcV"
