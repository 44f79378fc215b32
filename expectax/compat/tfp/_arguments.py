"""Constructor arguments as TFP takes them: what is an array, of which event rank, and in which float type."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

Vector = Annotated[Any, 1]
"""Annotation of an argument that is a vector for one distribution; without an annotation it is a number."""
Matrix = Annotated[Any, 2]
"""Annotation of an argument that is a matrix for one distribution; a linear operator is made dense."""
Static = Annotated[Any, "static"]
"""Annotation of an argument that is structure, not an array."""

Parts = Annotated[Any, "parts"]
"""Annotation of an argument that holds distributions or bijectors: taken as it is, and a child in the pytree."""

_COMMON = ("validate_args", "allow_nan_stats", "name", "dtype")
_STATIC = (*_COMMON, "force_probs_to_zero_outside_support", "experimental_use_kahan_sum")


class Part:
    """What may be an argument of another: a distribution or a bijector."""


def ranks(build: Callable) -> dict[str, int]:
    """Event rank of every argument that is an array or a distribution."""
    parameters = inspect.signature(build).parameters.values()
    ranked = (p for p in parameters if p.name not in _STATIC and p.annotation not in (Static, Parts))
    return {p.name: 0 if p.annotation is p.empty else p.annotation.__metadata__[0] for p in ranked}


def parts(build: Callable) -> tuple[str, ...]:
    """The arguments that hold distributions or bijectors, alone or in lists and dicts."""
    return tuple(p.name for p in inspect.signature(build).parameters.values() if p.annotation is Parts)


def plain_signature(build: Callable) -> inspect.Signature:
    """The signature without the annotations, which are ours."""
    signature = inspect.signature(build)
    return signature.replace(parameters=[p.replace(annotation=p.empty) for p in signature.parameters.values()])


def float_type(values: list[Any]) -> Any:
    """The common float type of arrays; parts, numbers, lists and integers do not decide it, and float32 is the default."""
    floats = [v for v in values if hasattr(v, "dtype") and jnp.issubdtype(v.dtype, jnp.floating)]
    return jnp.result_type(*floats) if floats else jnp.dtype(jnp.float32)


def as_parameter(value: Any, dtype: Any) -> Any:
    """An argument as an array of the common type; None and parts stay, a linear operator is made dense."""
    if value is None or isinstance(value, Part):
        return value
    return jnp.asarray(value.to_dense() if hasattr(value, "to_dense") else value, dtype)


def as_static(value: Any) -> Any:
    """Structure has to be hashable: arrays and lists of numbers become tuples."""
    if isinstance(value, jax.Array | np.ndarray):
        value = np.asarray(value).tolist()
    return tuple(map(as_static, value)) if isinstance(value, list | tuple) else value


def as_value(value: Any, dtype: Any, working: Any) -> Any:
    """A value to evaluate a density at: arrays of floats keep their type, all else takes the distribution's."""
    array = value if hasattr(value, "dtype") else np.asarray(value)
    if hasattr(value, "dtype") and jnp.issubdtype(array.dtype, jnp.floating):
        return jnp.asarray(array)
    if jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(array.dtype, jnp.floating):
        return jnp.asarray(array, working)
    return jnp.asarray(array, jnp.int32)
