"""Validation under jit: the checks that constructors make on visible numbers, made when a traced program runs.

Each computation of a distribution marks its parameters (`_site.check`), of which nothing is left in compiled code. Here the
program is traced, and its marks are collected as results of their own. JAX's `checkify` would leave an effect in every program,
which costs a tenth of a millisecond a call, and refuses loops under `vmap`, which rejection samplers are made of.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat
from ._call import is_array
from ._errors import ParameterError, unchecked_primitive, user_line
from ._marks import parse_name

_TRACED = object()


def checked(fn: Callable) -> Callable:
    """`fn` compiled, raising at the first bad parameter that any distribution in it was used with.

    Args:
        fn: any function that JAX can trace: a loss, a training step, the result of `ex.value_and_grad`.

    Returns:
        A function of positional arguments, called with real arrays: it waits for the result, so it cannot itself stand
        under `jit`. Arguments that are no arrays or numbers are part of the program, and hashable.

    Raises:
        ParameterError: when called, with the distribution, the parameter, its constraint and the value that broke it.
        UnsupportedProgramError: a distribution is used inside a `shard_map`.

    Example:
        >>> import expectax as ex
        >>> loss = ex.checked(lambda scale: ex.Normal(0.0, scale).log_prob(1.0))
        >>> try:
        ...     loss(-2.0)
        ... except ex.ParameterError as error:
        ...     print(str(error).splitlines()[0])
        Normal.scale must be a number > 0, got -2.0
    """

    @functools.cache
    def compiled(structure: Any, fixed: tuple) -> tuple[Callable, dict]:
        known: dict = {}

        def program(arrays: list) -> Any:
            rest = iter(arrays)
            return fn(*structure.unflatten([next(rest) if v is _TRACED else v for v in fixed]))

        def run(arrays: list) -> tuple[Any, list]:
            jaxpr, shapes = jax.make_jaxpr(program, return_shape=True)(arrays)
            outs, found = _evaluate(jaxpr, _compat.consts_of(jaxpr), jax.tree.leaves(arrays))
            known["messages"] = [f.message for f in found]
            return jax.tree.structure(shapes).unflatten(outs), [f.first for f in found]

        return jax.jit(run), known

    @functools.wraps(fn)
    def call(*args: Any) -> Any:
        leaves, structure = jax.tree.flatten(args)
        run, known = compiled(structure, tuple(_TRACED if is_array(v) else v for v in leaves))
        out, found = run([v for v in leaves if is_array(v)])
        for message, (failed, value) in zip(known["messages"], found, strict=True):
            if failed:
                raise ParameterError(f"{message.format(value=value)}\n  in a program checked at {user_line()}")
        return out

    return call


class _Check(NamedTuple):
    """A check met in the program: what is told if it failed, and (whether it did, the first value that did)."""

    message: str
    first: tuple


def _evaluate(jaxpr: Any, consts: Sequence, args: Sequence) -> tuple[list, list[_Check]]:
    """Results of a jaxpr, and all its checks in the order of the program."""
    inner = _compat.open_jaxpr(jaxpr)
    values = dict(zip((*inner.constvars, *inner.invars), (*consts, *args), strict=True))
    found: list[_Check] = []

    def read(atom: Any) -> Any:
        return atom.val if _compat.is_literal(atom) else values[atom]

    for eqn in inner.eqns:
        ins = [read(v) for v in eqn.invars]
        message = _message_of(eqn)
        if message is not None:
            found.append(_Check(message, _first_failure(jnp.logical_not(ins[0]), ins[1])))
        outs, checks = (
            _RULES.get(eqn.primitive, _unknown)(eqn, ins) if _has_checks(eqn) else (_compat.bind(eqn, ins), [])
        )
        found += checks
        values.update(zip(eqn.outvars, outs, strict=True))
    return [read(v) for v in inner.outvars], found


def _message_of(eqn: Any) -> str | None:
    """The message of a marked check. A copy that holds derivatives alone has other shapes; its parameter is judged elsewhere."""
    mark = parse_name(eqn.params["name"]) if eqn.primitive is _compat.jit_p else None
    if mark is None or mark[0] != "check" or len(eqn.invars) < 2:
        return None
    ok, value = (v.aval.shape for v in eqn.invars[:2])
    return mark[1] if value[: len(ok)] == ok else None


def _has_checks(eqn: Any) -> bool:
    return any(
        _message_of(e) is not None or _has_checks(e)
        for _, inner in _compat.sub_jaxprs(eqn)
        for e in _compat.open_jaxpr(inner).eqns
    )


def _first_failure(failed: Any, value: Any) -> tuple:
    """Whether any lane or turn failed, and the value of the first that did."""
    if not failed.size:
        return jnp.zeros((), bool), jnp.zeros(jnp.shape(value)[failed.ndim :], jnp.result_type(value))
    events = jnp.reshape(value, (failed.size, *jnp.shape(value)[failed.ndim :]))
    return failed.any(), events[jnp.argmax(jnp.ravel(failed))]


# --- One rule a primitive that holds jaxprs ---


def _inline(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    jaxpr = next(inner for _, inner in _compat.sub_jaxprs(eqn))
    return _evaluate(jaxpr, _compat.consts_of(jaxpr), ins)


def _scan(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    num_consts, num_carry = _compat.scan_split(eqn)
    split = num_consts + num_carry
    messages: list = []

    def turn(carry: list, xs: list) -> tuple[list, tuple]:
        outs, found = _inline(eqn, [*ins[:num_consts], *carry, *xs])
        messages[:] = [c.message for c in found]
        return outs[:num_carry], (outs[num_carry:], [c.first for c in found])

    turns = {name: eqn.params[name] for name in ("length", "reverse", "unroll")}
    carry, (ys, stacked) = lax.scan(turn, ins[num_consts:split], ins[split:], **turns)
    return [*carry, *ys], [_Check(m, _first_failure(*first)) for m, first in zip(messages, stacked, strict=True)]


def _cond(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    messages: dict[int, list] = {}
    branches = eqn.params["branches"]

    def shapes(branch: Any) -> list:
        return _blank(lambda: _evaluate(branch, _compat.consts_of(branch), ins[1:])[1])

    none = [shapes(branch) for branch in branches]

    def chosen(i: int) -> Callable:
        def branch(*operands: Any) -> tuple:
            outs, found = _evaluate(branches[i], _compat.consts_of(branches[i]), operands)
            messages[i] = [c.message for c in found]
            return outs, [*none[:i], [c.first for c in found], *none[i + 1 :]]

        return branch

    outs, firsts = lax.switch(ins[0], [chosen(i) for i in range(len(branches))], *ins[1:])
    return outs, [_Check(m, v) for i in range(len(branches)) for m, v in zip(messages[i], firsts[i], strict=True)]


def _while(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    params = eqn.params
    n, m = params["cond_nconsts"], params["body_nconsts"]
    cond_consts, body_consts, start = ins[:n], ins[n : n + m], ins[n + m :]

    def test(state: list) -> tuple[Any, list[_Check]]:
        outs, found = _evaluate(params["cond_jaxpr"], _compat.consts_of(params["cond_jaxpr"]), [*cond_consts, *state])
        return outs[0], found

    def turn(state: list) -> tuple[list, list[_Check]]:
        outs, found = _evaluate(params["body_jaxpr"], _compat.consts_of(params["body_jaxpr"]), [*body_consts, *state])
        return outs, [*test(outs)[1], *found]

    messages: list = []

    def kept(old: list, new: list[_Check]) -> list:
        messages[:] = [c.message for c in new]
        pairs = zip(old, new, strict=True)
        return [tuple(jnp.where(was[0], a, b) for a, b in zip(was, c.first, strict=True)) for was, c in pairs]

    def step(state_and_checks: tuple) -> tuple:
        state, old = state_and_checks
        state, new = turn(state)
        return state, kept(old, new)

    begin = _blank(lambda: turn(start)[1])
    state, firsts = lax.while_loop(lambda s: test(s[0])[0], step, (start, begin))
    return state, [*test(start)[1], *(_Check(m, v) for m, v in zip(messages, firsts, strict=True))]


def _blank(checks: Callable[[], list[_Check]]) -> list[tuple]:
    """What those checks find where nothing failed."""
    return jax.tree.map(lambda v: jnp.zeros(v.shape, v.dtype), jax.eval_shape(lambda: [c.first for c in checks()]))


def _unknown(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    raise unchecked_primitive(eqn.primitive.name, _compat.eqn_line(eqn))


_RULES = {
    _compat.jit_p: _inline,
    _compat.remat_p: _inline,
    _compat.custom_jvp_call_p: _inline,
    _compat.custom_vjp_call_p: _inline,
    _compat.scan_p: _scan,
    _compat.cond_p: _cond,
    _compat.while_p: _while,
}
