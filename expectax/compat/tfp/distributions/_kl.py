"""KL divergences: rules of the user's by class, then ours."""

import inspect
from collections.abc import Callable
from typing import Any

from ...._errors import UndefinedMethodError
from ...._typing import Array
from ....divergences import kl
from .._shape import added

_RULES: dict[tuple[type, type], Callable] = {}


class RegisterKL:
    """A decorator that makes a function (a, b, name=None) the divergence of two classes.

    Raises:
        ValueError: the pair has a rule already.
        TypeError: the decorated object is not callable.
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type):
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: Callable) -> Callable:
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn!r}")
        if self._key in _RULES:
            names = tuple(c.__name__ for c in self._key)
            raise ValueError(f"KL({names[0]} || {names[1]}) has already been registered to: {_RULES[self._key]!r}")
        _RULES[self._key] = kl_fn
        return kl_fn


def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Array:
    """KL(a ‖ b), by a registered rule or one of `ex.kl`.

    Raises:
        NotImplementedError: neither has one for this pair.
    """
    for a in inspect.getmro(type(distribution_a)):
        for b in inspect.getmro(type(distribution_b)):
            if (a, b) in _RULES:
                return _RULES[a, b](distribution_a, distribution_b, name=name)
    laws = (distribution_a.expectax_distribution, distribution_b.expectax_distribution)
    if laws == (None, None) and all(hasattr(d, "_independent") for d in (distribution_a, distribution_b)):
        return _of_parts(distribution_a, distribution_b)
    try:
        if None in laws:
            raise UndefinedMethodError("no law of ours stands behind one of the two")
        return kl(*laws)
    except UndefinedMethodError as reason:
        raise NotImplementedError(
            f"No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type {type(distribution_b).__name__}"
        ) from reason


def _of_parts(a: Any, b: Any) -> Array:
    """Of joint distributions whose parts depend on no other, the sum over the parts.

    Raises:
        ValueError: there is another number of parts, or of other names.
    """
    names = a._names(), b._names()
    if names[0] != names[1]:
        raise ValueError(f"kl_divergence: joint distributions of the parts {names[0]} and {names[1]}")
    pairs = zip(a._independent("kl_divergence"), b._independent("kl_divergence"), strict=True)
    return added([kl_divergence(p, q) for p, q in pairs])
