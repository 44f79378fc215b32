"""Checks of parameters that are structure: whole numbers."""

from typing import Any

from .. import _errors


def check_count(family: str, name: str, value: Any, least: int) -> None:
    """Raise unless it is an integer and not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _errors.bad_parameter(family, name, repr(value), f"an integer >= {least}")
