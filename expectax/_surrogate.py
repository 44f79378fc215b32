"""`ex.surrogate`: one run whose derivative is unbiased for that of the expectation; and `ex.assume_continuous`."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from . import _errors
from ._program import Signature, context, key_of, prepare, run_once
from ._site import mark
from ._typing import Array


def order_guard(order: int) -> Callable[[Array], Array]:
    """An identity that may be differentiated `order` times."""

    @jax.custom_jvp
    def guard(x):
        return x

    @guard.defjvp
    def _(primals, tangents):
        return primals[0], tangents[0] * _unit(order, order - 1)(primals[0])

    return guard


def _unit(order: int, left: int) -> Callable[[Array], Array]:
    """One, as a function of x that raises when it is differentiated more than `left` times."""

    @jax.custom_jvp
    def unit(x):
        return jnp.ones_like(x)

    def unit_jvp(primals, tangents):
        if left <= 0:
            raise _errors.order_exceeded(order)
        one = _unit(order, left - 1)(primals[0])
        return one, jnp.zeros_like(primals[0]) * one

    unit.defjvp(unit_jvp)
    return unit


def surrogate_of(
    loss: Callable,
    *,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
    order: int = 1,
    plan: Mapping[Any, Any] | None = None,
) -> Callable:
    """One run of `loss`, whose `jax.grad` is an unbiased gradient of E[loss].

    The value is that of `loss` itself (where no site is enumerated); derivatives of its random choices are carried by
    magic boxes. Composes with jit, vmap, scan and any optimiser. For many samples with baselines use
    `ex.value_and_grad`.

    Args:
        loss: a function of arrays that draws through this library's distributions and returns a scalar.
        argnums: the arguments that will be differentiated.
        key_argnum: the argument that is the random key; all draws must derive from it.
        has_aux: whether `loss` returns (cost, auxiliary outputs).
        order: how often the result may be differentiated.
        plan: estimators by site name or number (from 1, in the order of the program), instead of those that the sites ask for.

    Raises:
        UnsoundGradientError: no unbiased estimator exists for some site.
        UnsupportedProgramError: a site stands where it cannot be followed, or reverse mode cannot pass a loop.
        OrderError: on differentiating more than `order` times.

    Example:
        >>> import jax, expectax as ex
        >>> loss = lambda p, key: ex.Bernoulli(probs=p).sample(key).astype(float) * 3.0
        >>> g = jax.vmap(jax.grad(ex.surrogate(loss)), (None, 0))(0.3, jax.random.split(jax.random.key(0), 20_000))
        >>> abs(float(g.mean()) - 3.0) < 0.15
        True
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise _errors.bad_order(order)
    signature = Signature(argnums, key_argnum, has_aux, order)

    def wrapped(*args: Any) -> Any:
        program = prepare(loss, args, signature, plan)
        if program.plan.analysis.loops_on_path:
            raise _errors.reverse_through_while(program.plan.analysis.loops_on_path[0])
        run = run_once(program, context(program), program.live, key_of(program))
        cost = order_guard(order)(run.surrogate)
        return (cost, run.aux) if has_aux else cost

    return wrapped


def assume_continuous(fn: Callable) -> Callable:
    """`fn`, with your word that its outputs are continuous in its inputs: no discontinuity is looked for inside.

    Arguments and results are pytrees of arrays; no sample site may stand inside.

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> float(ex.assume_continuous(jnp.abs)(-2.0))
        2.0
    """

    def wrapped(*args: Any) -> Any:
        leaves, tree = jax.tree.flatten(args)
        out_tree = None

        def flat(*values: Any) -> tuple:
            nonlocal out_tree
            outs, out_tree = jax.tree.flatten(fn(*jax.tree.unflatten(tree, values)))
            return tuple(outs)

        with jax.disable_jit(False):
            outs = mark("continuous", flat)(*leaves)
        return jax.tree.unflatten(out_tree, outs)

    return wrapped
