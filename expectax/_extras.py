"""Packages that only some functions need."""

import importlib
from typing import Any

from . import _errors


def package(name: str, what: str, extra: str) -> Any:
    """Import a module of an optional dependency; `extra` is the group of requirements that brings it.

    Raises:
        ImportError: it is not installed; the message says what needs it and how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise _errors.missing_extra(what, name.partition(".")[0], extra) from None
