"""Calls that stay visible by their name inside a traced program: what is registered for one is found by the number in it."""

import re
from collections.abc import Callable
from typing import Any

import jax

_NAME = re.compile(r"^expectax_(site|draw|density|gate|tangent|mean|continuous|check|baseline|telescope)_(\d+)$")
_PAYLOADS: list[Any] = []  # append-only: position in the list is the number in a call's name


def register(payload: Any) -> int:
    """The number under which what belongs to a mark is kept."""
    _PAYLOADS.append(payload)
    return len(_PAYLOADS) - 1


def parse_name(name: str) -> tuple[str, Any] | None:
    """(kind, what was registered for it) of a marked jit's name, or None for any other name."""
    found = _NAME.match(str(name))
    return None if found is None else (found.group(1), _PAYLOADS[int(found.group(2))])


def named(fn: Callable, kind: str, number: int) -> Any:
    """`fn` as a marked call."""
    fn.__name__ = fn.__qualname__ = f"expectax_{kind}_{number}"
    return jax.jit(fn)
