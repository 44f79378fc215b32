"""Messages of the reports and the monitor: what was expected, what came, the cure, the caller's line."""

from typing import Any

import jax

from .. import _compat
from .._errors import ArgumentError, user_line


def check_numbers(what: str, args: Any) -> None:
    """Refuse arguments that a transformation of JAX is tracing: a report is made of numbers."""
    if any(map(_compat.is_traced, jax.tree.leaves(args))):
        raise ArgumentError(
            f"{what}: expected arrays of numbers, got values that JAX is tracing\n  at {user_line()}\n"
            "Likely cause: it is called inside jax.jit, jax.vmap or jax.grad. Cure: call it outside; its report is for reading, and "
            "what it runs is compiled by itself."
        )


def unknown_oracle(came: object, known: tuple[str, ...]) -> ArgumentError:
    return ArgumentError(f"oracle: expected one of {', '.join(known)}, got {came!r}\n  at {user_line()}")


def bad_gradient(came: object, expected: object) -> ArgumentError:
    return ArgumentError(
        f"check_gradient: the gradient function returned {came}, expected the structure of the differentiated arguments, "
        f"{expected}\n  at {user_line()}\nLikely causes: it returns (value, gradient), or argnums differ."
    )


def bad_gradient_shape(name: str, came: tuple, expected: tuple) -> ArgumentError:
    return ArgumentError(
        f"check_gradient: the gradient with respect to {name} has the shape {came}, expected its shape {expected}\n"
        f"  at {user_line()}\nLikely causes: gradients of several runs that were not averaged, or a sum over a batch that is missing."
    )


def nothing_to_differentiate(positions: tuple[int, ...]) -> ArgumentError:
    numbers = ", ".join(map(str, positions))
    return ArgumentError(
        f"check_gradient: argument {numbers} holds no number to differentiate\n  at {user_line()}\n"
        "Cure: choose argnums= of the arguments that hold the parameters."
    )


def too_few_repeats(came: int) -> ArgumentError:
    return ArgumentError(
        f"compare_estimators: expected repeats >= 2, as one has no variance, got {came}\n  at {user_line()}"
    )


def no_aux(what: str, came: str) -> ArgumentError:
    return ArgumentError(
        f"check_gradient: has_aux=True, but {what} returned a {came}, expected a pair (result, aux)\n  at {user_line()}"
    )


def bad_decay(decay: object) -> ArgumentError:
    return ArgumentError(f"monitor: expected a decay in [0, 1), got {decay!r}\n  at {user_line()}")


def no_monitor(came: str) -> ArgumentError:
    return ArgumentError(
        f"read_monitor: expected the state of an optimiser that holds ex.monitor(), got a {came} without one\n  at {user_line()}\n"
        f"Cure: optax.chain(ex.monitor(), optimiser), and pass the state that its update returns."
    )
