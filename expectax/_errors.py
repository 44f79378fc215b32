"""Every message the library raises.

Each says what was expected, what came, the likely causes and the cure, and names the user's line.
"""

import contextlib
import os
import sys
from types import FrameType

import jax

_INTERNAL = tuple(os.path.dirname(os.path.abspath(package)) + os.sep for package in (__file__, jax.__file__))


def is_internal(file: str) -> bool:
    """Whether a source file belongs to this library, to JAX, or to generated code."""
    return file.startswith(_INTERNAL) or file == contextlib.__file__ or file.startswith(("<frozen", "<string"))


def user_line() -> str:
    """`file:line` of the innermost frame outside this library and JAX."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return "unknown line" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


class ExpectaxError(Exception):
    """Base of every error this library raises on purpose."""


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


def bad_parameter(family: str, name: str, value: object, constraint: str) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected {constraint}, got {value}\n  at {user_line()}\n"
        f"Likely causes: a raw network output that was never mapped into the support (apply jax.nn.softplus, jnp.exp or "
        f"jax.nn.sigmoid), a variance given for a scale, or a NaN from an earlier step.\n"
        f"Under jit values are not seen here: parameters outside the support then give NaN."
    )


def bad_parameter_type(family: str, name: str, value: object) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected an array or a number, got {type(value).__name__}: {value!r:.80}\n  at {user_line()}"
    )


def bad_choice_of_parameters(family: str, choices: tuple[str, ...], given: tuple[str, ...]) -> ParameterError:
    return ParameterError(
        f"{family}: expected exactly one of {', '.join(choices)}, got {', '.join(given) or 'none'}\n  at {user_line()}\n"
        f"They are keyword-only: libraries disagree on which comes first, and a swap is silent."
    )


def incompatible_shapes(family: str, described: str) -> ParameterError:
    return ParameterError(
        f"{family}: the parameters' batch shapes do not broadcast together\n  {described}\n  at {user_line()}\n"
        f"Each parameter's shape is batch + event; batches broadcast by NumPy's rules. Insert axes of size 1 "
        f"(x[:, None]) for an outer combination."
    )


def missing_event_axes(family: str, name: str, shape: tuple[int, ...], rank: int) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected at least {rank} axes for the event, got shape {shape}\n  at {user_line()}"
    )


def bad_sample_shape(shape: object) -> ShapeError:
    return ShapeError(
        f"shape: expected a tuple of non-negative integers, got {shape!r}\n  at {user_line()}\n"
        f"`sample(key, shape)` takes the shape of independent draws in front of the batch shape; shape=() is one draw."
    )


def too_many_elements(family: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{family}.sample: the draws would have shape {shape}, more than 2**31 - 1 elements\n  at {user_line()}\n"
        f"Draw in chunks, or let ex.expect and ex.value_and_grad do it with batch_size=."
    )


def bad_value_shape(family: str, method: str, value_shape: tuple, event_shape: tuple, batch_shape: tuple) -> ShapeError:
    return ShapeError(
        f"{family}.{method}: a value of shape {value_shape} does not fit batch shape {batch_shape} and event shape "
        f"{event_shape}\n  at {user_line()}\n"
        f"Expected an array that ends in {event_shape} and whose other axes broadcast against {batch_shape}."
    )


def bad_key(key: object) -> RandomKeyError:
    shape = getattr(key, "shape", None)
    came = f"an array of shape {shape} and dtype {getattr(key, 'dtype', '?')}" if shape is not None else repr(key)[:60]
    return RandomKeyError(
        f"key: expected one random key (jax.random.key(0), or an old uint32 pair), got {came}\n  at {user_line()}\n"
        f"Likely causes: (a) the key is missing: it comes first, sample(key, shape); (b) a batch of keys: use jax.vmap, or "
        f"one key and shape=; (c) an integer seed: wrap it in jax.random.key."
    )


def unknown_estimator(gradient: object, known: tuple[str, ...]) -> EstimatorError:
    return EstimatorError(
        f"gradient: expected one of {', '.join(map(repr, known))} or an estimator of ex.estimators, got {gradient!r}\n"
        f"  at {user_line()}"
    )


def estimator_not_for_family(estimator: str, family: str, reason: str) -> EstimatorError:
    return EstimatorError(
        f"gradient={estimator!r} cannot serve {family}: {reason}\n  at {user_line()}\n"
        f'gradient="auto" picks one that can.'
    )


def undefined_method(family: str, method: str) -> UndefinedMethodError:
    return UndefinedMethodError(f"{family}.{method} is not implemented\n  at {user_line()}")


def no_pathwise_derivative(family: str, parameters: str, line: str, reason: str) -> NoPathwiseDerivativeError:
    return NoPathwiseDerivativeError(
        f"jax.grad met a draw from {family} (sampled at {line}) through its parameter {parameters}, and {reason}. "
        f"Any number returned here would be a silent 0.\n"
        f"  If you want the gradient of the expectation of your objective, write the objective as a function of "
        f"(parameters, key) and call\n"
        f"      ex.value_and_grad(objective, num_samples=256)(parameters, key)\n"
        f"  If you wrote the score-function (REINFORCE) term yourself, the draw is data: say so with\n"
        f'      draw = distribution.sample(key, gradient="stop")'
    )
