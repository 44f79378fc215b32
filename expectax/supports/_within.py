"""What other parameters of the same family leave to a parameter: above another one, between two, of smaller size."""

import dataclasses
import math
from collections.abc import Callable

import jax.numpy as jnp

from ._real import Interval, step_of
from ._support import AbstractSupport


class Above(Interval):
    """(low, inf], or [low, inf] when `closed`: what is free moves strictly above `low` either way."""

    def contains(self, value):
        return (value >= self.low) if self.closed else (value > self.low)

    def inside(self, value):
        return jnp.maximum(value, self.low + step_of(jnp.asarray(self.low, value.dtype)))


@dataclasses.dataclass(frozen=True)
class Within:
    """A set that depends on other parameters: declared by the names of these, known once they have values."""

    others: tuple[str, ...]
    """Fields of the same family, declared before or after; no circle of them."""
    at: Callable[..., AbstractSupport]
    """The set, given the others' values in that order (their shapes, if `by_shape`)."""
    description: str
    by_shape: bool = False
    """Whether the shapes of the others say all."""


def above(other: str) -> Within:
    """Greater than another parameter; an infinite one leaves all reals."""
    return Within((other,), lambda low: Above(low, math.inf, closed=False), f"a number > {other}")


def at_least(other: str) -> Within:
    """Not below another parameter."""
    return Within((other,), lambda low: Above(low, math.inf), f"a number >= {other}")


def between(low: str, high: str) -> Within:
    """From one parameter to another, both included."""
    return Within((low, high), Interval, f"a number in [{low}, {high}]")


def smaller_than(other: str) -> Within:
    """Of smaller size than another parameter, which is positive."""
    return Within((other,), lambda size: Interval(-size, size, closed=False), f"smaller than {other} in size")


def above_dimension_less_1(matrix: str) -> Within:
    """Greater than p - 1, where p is the number of rows of a matrix."""
    described = "a number > p - 1, the dimension less 1,"
    return Within((matrix,), lambda shape: Above(shape[-1] - 1, math.inf, closed=False), described, by_shape=True)
