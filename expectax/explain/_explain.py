"""`ex.explain`: what is a gradient made of? Read-only: it never changes what the program computes."""

from collections.abc import Callable
from typing import Any

from .. import _errors
from .._program import Signature, inspect
from ._errors import check_numbers
from ._report import Report


def explain(
    fn: Callable,
    *,
    num_samples: int = 1000,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
) -> Callable[..., Report]:
    """A function of `fn`'s arguments that reports what its gradient is made of.

    For each sample site and each parameter: the part of the derivative through the draw, the part through densities of
    the same parameters, their sum (what `jax.grad` of this run gives), and an unbiased estimate of the gradient of the
    expectation, with its standard error. Findings say what is exact, dropped, cut, biased or shared, and what to do.

    Args:
        fn: the loss, as for `ex.value_and_grad`.
        num_samples: runs behind the averages.
        argnums: the arguments that are differentiated.
        key_argnum: the argument that is the random key.
        has_aux: whether `fn` returns (cost, aux).

    Returns:
        A function that returns a `Report`: print it, or take `.to_dict()`.

    Raises:
        ArgumentError: it is called with values that JAX is tracing: inside jit, vmap or grad.

    Example:
        >>> import jax, expectax as ex
        >>> def loss(loc, key):
        ...     d = ex.Normal(loc, 1.0)
        ...     return d.log_prob(d.sample(key))
        >>> report = ex.explain(loss)(0.5, jax.random.key(0))
        >>> [finding.name for finding in report.findings]
        ['exact cancellation']
    """
    signature = Signature(argnums, key_argnum, has_aux)
    if isinstance(num_samples, bool) or not isinstance(num_samples, int) or num_samples < 1:
        raise _errors.bad_count("num_samples", num_samples)

    def wrapped(*args: Any) -> Report:
        from ._examine import examine  # most programs are never explained: loaded when one is

        check_numbers("explain", args)
        return examine(inspect(fn, args, signature), num_samples)

    return wrapped
