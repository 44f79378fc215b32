"""Joint law of named or numbered parts, each of which may depend on those before it.

    p(x_1, ..., x_n) = Π_i p_i(x_i; x_1, ..., x_{i-1})

Sampling   part by part, each an ordinary site with its own estimator: pathwise where its family is.
Accuracy   that of the parts: log_prob is their sum.
Source     Piponi, Moore, Dillon, "Joint distributions for TensorFlow Probability" (2020), from which this differs in one
           thing: batch axes of parts are draws within the event, so that every number drawn is counted once.
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import _errors
from .._module import static
from .._typing import Array, Key, PyTree
from ._structured import AbstractStructured, Law, check_law, total


@final
class Joint(AbstractStructured):
    """Several draws as one event: a dict of named parts, or a sequence of numbered ones.

    A part is a distribution, a law of several draws (`Joint`, `MarkovChain`), or a function that gives one of these from
    the parts before it: it is called with one argument, the dict (or tuple) of the earlier values of one event. Order is
    that of the dict or the sequence. Functions are structure: passed through `jax.jit` as an argument, a Joint is
    compiled anew for each new function.

    Args:
        parts: a dict from names to parts, or a list or tuple of parts.

    Shapes: an event is a dict, or a tuple, of draws of the parts, their batches included.

    Raises:
        ParameterError: there is no part, or one that is neither a law nor a function that gives one.

    Example:
        >>> import expectax as ex, jax, numpy as np
        >>> d = ex.Joint({"mean": ex.Normal(0.0, 2.0), "data": lambda v: ex.Normal(v["mean"], np.ones(3))})
        >>> d.event_shape
        {'data': (3,), 'mean': ()}
        >>> d.sample(jax.random.key(0), value={"mean": 5.0})["data"].shape
        (3,)
    """

    laws: tuple[Any, ...]
    """The parts that are laws; None in place of functions."""
    functions: tuple[Callable | None, ...] = static()
    """The parts that are functions; None in place of laws."""
    names: tuple[str, ...] | None = static()
    """Those of a dict's parts."""

    def __init__(self, parts: dict[str, Any] | list | tuple):
        if not isinstance(parts, dict | list | tuple) or not parts:
            raise _errors.bad_mixing("Joint", f"a dict or a sequence of at least one part, got {parts!r:.80}")
        named = isinstance(parts, dict)
        given = tuple(parts.values()) if named else tuple(parts)
        for part in given:
            if not callable(part):
                check_law("Joint", part, "a law or a function of earlier values for each part")
        object.__setattr__(self, "laws", tuple(p if isinstance(p, Law) else None for p in given))
        object.__setattr__(self, "functions", tuple(None if isinstance(p, Law) else p for p in given))
        object.__setattr__(self, "names", tuple(parts) if named else None)

    # --- Parts ---
    def _law(self, number: int, earlier: dict) -> Law:
        """A part, given the values before it."""
        function = self.functions[number]
        if function is None:
            return self.laws[number]
        what = f"a law from the function for part {self._keys[number]!r}"
        return check_law("Joint", function(self._event(earlier)), what)

    @property
    def _keys(self) -> tuple:
        return self.names or tuple(range(len(self.laws)))

    def _event(self, values: dict) -> PyTree:
        """What users see: a copy of the dict, or the values as a tuple."""
        return dict(values) if self.names else tuple(values.values())

    def _by_key(self, value: PyTree) -> dict:
        """The parts of a value; None of those that are left out."""
        if value is None:
            return dict.fromkeys(self._keys)
        if self.names:
            if not isinstance(value, dict) or set(value) - set(self.names):
                came = sorted(value) if isinstance(value, dict) else type(value).__name__
                raise _errors.bad_mixing("Joint", f"a dict of some of {self.names} for value, got {came}")
            return {name: value.get(name) for name in self.names}
        if not isinstance(value, list | tuple) or len(value) != len(self.laws):
            raise _errors.bad_mixing("Joint", f"a tuple of {len(self.laws)} values or None, got {value!r:.80}")
        return dict(enumerate(value))

    # --- Sampling ---
    def _draw(self, key: Key, how: dict[str, Any], value: PyTree) -> PyTree:
        known, drawn = self._by_key(value), {}
        prefix = how.get("name")
        for number, (part, own_key) in enumerate(zip(self._keys, jax.random.split(key, len(self.laws)), strict=True)):
            law = self._law(number, drawn)
            name = part if prefix is None else f"{prefix}.{part}"
            own = {**how, "name": name if isinstance(name, str) else None}
            drawn[part] = _drawn(law, own_key, own, known[part])
        return self._event(drawn)

    # --- Density ---
    def _log_prob(self, value: PyTree) -> Array:
        return sum(self._parts(value).values())  # pyright: ignore[reportReturnType]

    def log_prob_parts(self, value: PyTree) -> PyTree:
        """The log-density of each part given those before it, in a dict or a tuple; `log_prob` is their sum."""
        return self._over_lanes(lambda one: self._event(self._parts(one)), value)

    def _parts(self, value: PyTree) -> dict:
        values, earlier, found = self._by_key(value), {}, {}
        for number, part in enumerate(self._keys):
            found[part] = total(self._law(number, earlier), values[part])
            earlier[part] = values[part]
        return found


def _drawn(law: Law, key: Key, how: dict[str, Any], value: PyTree) -> PyTree:
    """A part's draw, or its known value in the shape and type of a draw."""
    if isinstance(law, AbstractStructured):
        return law._draw(key, how, value)
    if value is None:
        return law.sample(key, **how)
    shape = law.batch_shape + law.event_shape
    return jnp.broadcast_to(jnp.asarray(value, law.draw_dtype), shape)
