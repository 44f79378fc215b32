"""The types of errors, and the line of the user's that one names."""

import contextlib
import dataclasses
import os
import sys
from types import FrameType

import jax

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_INTERNAL = tuple(folder + os.sep for folder in (_PACKAGE, os.path.dirname(os.path.abspath(jax.__file__))))


def is_internal(file: str) -> bool:
    """Whether a source file belongs to this library, to JAX, or to generated code."""
    return (
        file.startswith(_INTERNAL)
        or file in (contextlib.__file__, dataclasses.__file__)
        or file.startswith(("<frozen", "<string"))
    )


def user_line() -> str:
    """`file:line` of the innermost frame outside this library and JAX."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return "unknown line" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


class ExpectaxError(Exception):
    """Base of every error this library raises on purpose."""

    __module__ = "expectax"  # where users find them, whatever file they are written in

    def __init_subclass__(cls) -> None:
        if cls.__module__ == __name__:
            cls.__module__ = "expectax"


class ParameterError(ExpectaxError, ValueError):
    """A distribution's parameter breaks its constraint, or its shape does not fit the others."""


class ShapeError(ExpectaxError, ValueError):
    """A shape argument is not a tuple of non-negative sizes, or a value does not fit the distribution's shapes."""


class RandomKeyError(ExpectaxError, TypeError):
    """What was given as a random key is not one key."""


class EstimatorError(ExpectaxError, ValueError):
    """An estimator was named that does not exist, or that this site cannot use."""


class ArgumentError(ExpectaxError, TypeError):
    """An argument of one of the verbs (`ex.value_and_grad`, `ex.expect`, ...) has the wrong kind or value."""


class UndefinedMethodError(ExpectaxError, NotImplementedError):
    """A family does not have the method that was asked for."""


class NoPathwiseDerivativeError(ExpectaxError, TypeError):
    """Plain `jax.grad` met a draw that has no derivative along its path."""


class UnsoundGradientError(ExpectaxError, ValueError):
    """No estimator that was allowed gives an unbiased gradient of this expectation."""


class UnsupportedProgramError(ExpectaxError, NotImplementedError):
    """A sample site stands where it cannot be followed."""


class OrderError(ExpectaxError, TypeError):
    """A surrogate was differentiated more often than it is right for."""
