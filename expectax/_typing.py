"""Type aliases used in every public signature."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

Array = jax.Array

Key = jax.Array
"""A JAX random key: typed (`jax.random.key`) or an old uint32 pair (`jax.random.PRNGKey`)."""

ArrayLike = Array | np.ndarray | np.generic | bool | int | float
"""What a parameter or a value may be: an array or a Python or NumPy scalar."""

if TYPE_CHECKING:

    class ParameterArray:
        """A field that is given as anything array-like and read as an array in formulas."""

        def __get__(self, obj: Any, cls: Any = None) -> Array: ...
        def __set__(self, obj: Any, value: ArrayLike | None) -> None: ...

else:
    ParameterArray = ArrayLike | None

PyTree = Any
"""Any nesting of containers with arrays at the leaves."""

Shape = tuple[int, ...]
ShapeLike = int | Sequence[int]

__all__ = ["Array", "ArrayLike", "Key", "ParameterArray", "PyTree", "Shape", "ShapeLike"]
