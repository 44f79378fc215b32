"""A gradient as a user's own test would check it."""

from collections.abc import Callable
from typing import Any

from ..explain import GradientCheck, check_gradient


def assert_gradient_ok(fn: Callable, *args: Any, gradient: Callable | None = None, **options: Any) -> GradientCheck:
    """Assert that a gradient function is unbiased for d/dθ E[fn] at these arguments.

    Args:
        fn: the loss.
        args: its arguments, a random key among them.
        gradient: as for `ex.check_gradient`; None: `jax.grad(fn)`.
        options: those of `ex.check_gradient`.

    Raises:
        AssertionError: it is biased, or too noisy to say; with the numbers.

    Example:
        >>> import jax, expectax as ex
        >>> def loss(loc, key):
        ...     return (ex.Normal(loc, 1.0).sample(key) - 2.0) ** 2
        >>> ex.testing.assert_gradient_ok(loss, 0.5, jax.random.key(0)).status
        'agrees'
    """
    return check_gradient(fn, gradient, **options)(*args).raise_if_biased()
