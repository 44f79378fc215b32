"""Everything that differs between JAX versions; an unknown schema is a hard error, never a guess."""

import inspect
import os
from collections.abc import Iterator
from typing import Any

import jax
import jax.extend.core as jec
import jax.numpy as jnp
import jaxlib.version
import numpy as np
from jax.core import Tracer
from jax.extend.core import primitives
from jax.scipy.special import ndtr

from ._errors import UnsupportedProgramError, is_internal

_JAXLIB = tuple(map(int, jaxlib.version.__version__.split(".")[:3]))
if _JAXLIB < (0, 10, 2):
    # jax 0.10.2 would accept jaxlib 0.10.1, whose XLA reduces padded rows to wrong numbers on CPU; see docs/decisions.md
    raise ImportError(
        f"expectax needs jaxlib >= 0.10.2, found {jaxlib.version.__version__}: pip install --upgrade jax jaxlib"
    )

LOG1P_IS_ACCURATE = _JAXLIB >= (0, 12)  # before, double precision loses up to 120 ulp near -0.41

Jaxpr = Any
Eqn = jec.JaxprEqn


def open_jaxpr(jaxpr: Any) -> Jaxpr:
    """The open jaxpr (JAX < 0.11 wraps it in ClosedJaxpr)."""
    return jaxpr.jaxpr if hasattr(jaxpr, "jaxpr") else jaxpr


def consts_of(jaxpr: Any) -> list:
    return list(getattr(jaxpr, "consts", ()) or ())


def is_jaxpr(value: Any) -> bool:
    return hasattr(value, "eqns")


def is_literal(atom: Any) -> bool:
    """Whether an operand of an equation is a number instead of a variable."""
    return isinstance(atom, jec.Literal)


def sub_jaxprs(eqn: Eqn) -> Iterator[tuple[tuple[str, int], Any]]:
    """Every jaxpr among an equation's parameters, with a stable tag."""
    for name, value in eqn.params.items():
        for position, item in enumerate(value if isinstance(value, tuple | list) else (value,)):
            if is_jaxpr(item):
                yield (name, position), item


def bind(eqn: Eqn, values: list) -> list:
    """Evaluate an equation on new values."""
    if eqn.primitive.name == "unstack":
        return _unstacked(values[0], eqn.params["axis"])
    bound = eqn.primitive.get_bind_params(eqn.params)
    subfuns, params = bound if isinstance(bound, tuple) else ([], bound)  # JAX >= 0.11 returns the dict alone
    out = eqn.primitive.bind(*subfuns, *values, **params)
    return list(out) if eqn.primitive.multiple_results else [out]


_MANY_PARTS = 32


def _unstacked(x: Any, axis: int) -> list:
    """Parts along an axis, block by block: XLA's compile time grows with the square of the parts that are taken at once."""
    count = x.shape[axis]
    if count <= _MANY_PARTS:
        return list(jnp.unstack(x, axis=axis))
    blocks, rest = divmod(count, _MANY_PARTS)
    most = jax.lax.slice_in_dim(x, 0, count - rest, axis=axis)
    most = jax.lax.reshape(most, (*x.shape[:axis], blocks, _MANY_PARTS, *x.shape[axis + 1 :]))
    parts = [part for block in _unstacked(most, axis) for part in _unstacked(block, axis)]
    return parts + (_unstacked(jax.lax.slice_in_dim(x, count - rest, count, axis=axis), axis) if rest else [])


def scan_split(eqn: Eqn) -> tuple[int, int]:
    """(number of constants, number of carries) of a scan."""
    params = eqn.params
    if "num_carry" in params:
        return params["num_consts"], params["num_carry"]
    if "ft_in" in params:  # JAX >= 0.11: a FlatTree of (consts, carry, xs)
        consts, carry, _ = params["ft_in"].unpack()
        return len(consts), len(carry)
    raise UnsupportedProgramError(f"this JAX ({jax.__version__}) writes scan in a way this version does not know")


def varying_axes(value: Any) -> frozenset:
    """Mesh axes over which a value differs between devices, inside shard_map."""
    aval = jax.typeof(value)
    vma = getattr(aval, "vma", None)
    if vma is None:
        vma = getattr(getattr(aval, "mat", None), "varying", None)
    return frozenset(vma or ())


def match_varying(value: Any, like: list) -> Any:
    """`value` cast to vary over the mesh axes that any of `like` varies over."""
    axes = frozenset().union(*map(varying_axes, like)) if like else frozenset()
    missing = axes - varying_axes(value)
    return jax.lax.pcast(value, tuple(missing), to="varying") if missing else value


def eqn_frames(eqn: Eqn) -> list[tuple[str, int, str]]:
    """The user's frames of an equation, innermost first."""
    traceback = getattr(eqn.source_info, "traceback", None)
    frames = getattr(traceback, "frames", None) or ()
    return [(f.file_name, f.line_num, f.function_name) for f in frames if not is_internal(f.file_name)]


_LIBRARY = os.path.dirname(os.path.abspath(__file__)) + os.sep


def is_of_library(eqn: Eqn) -> bool:
    """Whether an equation stands in code of this library that the user called."""
    frames = getattr(getattr(eqn.source_info, "traceback", None), "frames", None) or ()
    files = (f.file_name for f in frames)
    return next((f for f in files if f.startswith(_LIBRARY) or not is_internal(f)), "").startswith(_LIBRARY)


def eqn_line(eqn: Eqn, otherwise: str = "unknown line") -> str:
    """`file:line` of the user's code that made an equation; `otherwise` where a library's function made it."""
    frames = eqn_frames(eqn)
    return f"{frames[0][0]}:{frames[0][1]}" if frames else otherwise


def is_library_code(jaxpr: Any) -> bool:
    """Whether a jaxpr was traced from JAX's own function; its equations may name the line of an earlier caller."""
    return is_internal(_source(jaxpr))


_SPECIAL = inspect.getsourcefile(inspect.unwrap(ndtr))


def is_special_function(jaxpr: Any) -> bool:
    """Whether a jaxpr was traced from a function of `jax.scipy.special`."""
    return _source(jaxpr).rpartition(":")[0] == _SPECIAL


def _source(jaxpr: Any) -> str:
    """`file:line` of the function that a jaxpr was traced from."""
    info = getattr(open_jaxpr(jaxpr).debug_info, "func_src_info", None) or ""
    return str(info).rpartition(" at ")[2]


def is_traced(value: Any) -> bool:
    return isinstance(value, Tracer)


def as_array(value: Any) -> Any:
    """A value as JAX's own array; a traced program holds some constants as NumPy's."""
    return jnp.asarray(value) if isinstance(value, np.ndarray) or not hasattr(value, "dtype") else value


def is_ref(aval: Any) -> bool:
    """Whether a type is that of a mutable array (`jax.new_ref`)."""
    return type(aval).__name__ == "AbstractRef"


def is_key(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key)


def is_float_type(aval: Any) -> bool:
    """Whether a type is that of a real or complex floating array."""
    return aval is not None and not is_key(aval) and jnp.issubdtype(aval.dtype, jnp.inexact)


def as_function(jaxpr: Any) -> Any:
    """A closed jaxpr as a function of arrays that returns a list."""
    return jec.jaxpr_as_fun(jaxpr)


jit_p = primitives.jit_p
scan_p = primitives.scan_p
while_p = primitives.while_p
cond_p = primitives.cond_p
remat_p = primitives.remat_p
custom_jvp_call_p = primitives.custom_jvp_call_p
custom_vjp_call_p = primitives.custom_vjp_call_p


def shard_map(fn: Any, params: dict, out_specs: Any) -> Any:
    """`jax.shard_map` of another function over the same mesh and inputs as a traced one."""
    return jax.shard_map(
        fn,
        mesh=params["mesh"],
        in_specs=tuple(params["in_specs"]),
        out_specs=out_specs,
        axis_names=set(
            params["newly_manual_axes" if "newly_manual_axes" in params else "manual_axes"]
        ),  # JAX >= 0.10.2
        check_vma=params["check_vma"],
    )
