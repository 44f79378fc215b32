"""Validation under jit: the checks that constructors make on visible numbers, made when a traced program runs.

Each computation of a distribution carries a `checkify.debug_check` of its parameters (`distributions/_shapes.py`), which
vanishes in compilation. Here the program is traced, and its checks are collected as results of their own. JAX's
`checkify.checkify` would do, but refuses loops under `vmap`, which rejection samplers are made of.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend import core as jec

from . import _compat
from ._call import is_array
from ._errors import ParameterError, unchecked_primitive, user_line

_TRACED = object()
_END = " (`check` failed)"


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
            known["trees"] = [f.tree for f in found]
            return jax.tree.structure(shapes).unflatten(outs), [f.leaves for f in found]

        return jax.jit(run), known

    @functools.wraps(fn)
    def call(*args: Any) -> Any:
        leaves, structure = jax.tree.flatten(args)
        run, known = compiled(structure, tuple(_TRACED if is_array(v) else v for v in leaves))
        out, found = run([v for v in leaves if is_array(v)])
        for tree, values in zip(known["trees"], found, strict=True):
            message = jax.tree.unflatten(tree, values).get()
            if message is not None:
                raise ParameterError(f"{message.removesuffix(_END)}\n  in a program checked at {user_line()}")
        return out

    return call


class _Check(NamedTuple):
    """A check met in the program: how its leaves make a checkify error, and the leaves, first whether it failed."""

    tree: Any
    leaves: list


def _evaluate(jaxpr: Any, consts: Sequence, args: Sequence) -> tuple[list, list[_Check]]:
    """Results of a jaxpr, and all its checks in the order of the program."""
    inner = _compat.open_jaxpr(jaxpr)
    values = dict(zip((*inner.constvars, *inner.invars), (*consts, *args), strict=True))
    found: list[_Check] = []

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, jec.Literal) else values[atom]

    for eqn in inner.eqns:
        ins = [read(v) for v in eqn.invars]
        if eqn.primitive.name == "check":
            found.append(_first_failure(_Check(eqn.params["err_tree"], ins)))
            continue
        outs, checks = (
            _RULES.get(eqn.primitive, _unknown)(eqn, ins) if _has_checks(eqn) else (_compat.bind(eqn, ins), [])
        )
        found += checks
        values.update(zip(eqn.outvars, outs, strict=True))
    return [read(v) for v in inner.outvars], found


def _has_checks(eqn: Any) -> bool:
    return any(
        e.primitive.name == "check" or _has_checks(e)
        for _, inner in _compat.sub_jaxprs(eqn)
        for e in _compat.open_jaxpr(inner).eqns
    )


def _first_failure(check: _Check) -> _Check:
    """A check of many lanes or turns as that of the first that failed."""
    failed = jnp.asarray(check.leaves[0])
    if not failed.shape:
        return check
    index = jnp.argmax(jnp.ravel(failed))
    pick = [jnp.reshape(v, (failed.size, *jnp.shape(v)[failed.ndim :]))[index] for v in check.leaves]
    return _Check(check.tree, pick)


# --- One rule a primitive that holds jaxprs ---


def _inline(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    jaxpr = next(inner for _, inner in _compat.sub_jaxprs(eqn))
    return _evaluate(jaxpr, _compat.consts_of(jaxpr), ins)


def _scan(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    num_consts, num_carry = _compat.scan_split(eqn)
    split = num_consts + num_carry
    trees: list = []

    def turn(carry: list, xs: list) -> tuple[list, tuple]:
        outs, found = _inline(eqn, [*ins[:num_consts], *carry, *xs])
        trees[:] = [c.tree for c in found]
        return outs[:num_carry], (outs[num_carry:], [c.leaves for c in found])

    turns = {name: eqn.params[name] for name in ("length", "reverse", "unroll")}
    carry, (ys, stacked) = lax.scan(turn, ins[num_consts:split], ins[split:], **turns)
    if not turns["length"]:
        stacked = [[jnp.zeros(v.shape[1:], v.dtype) for v in leaves] for leaves in stacked]
    return [*carry, *ys], [_first_failure(_Check(t, v)) for t, v in zip(trees, stacked, strict=True)]


def _cond(eqn: Any, ins: list) -> tuple[list, list[_Check]]:
    trees: dict[int, list] = {}
    branches = eqn.params["branches"]

    def shapes(branch: Any) -> list:
        found = jax.eval_shape(lambda: [c.leaves for c in _evaluate(branch, _compat.consts_of(branch), ins[1:])[1]])
        return [[jnp.zeros(v.shape, v.dtype) for v in leaves] for leaves in found]

    none = [shapes(branch) for branch in branches]

    def chosen(i: int) -> Callable:
        def branch(*operands: Any) -> tuple:
            outs, found = _evaluate(branches[i], _compat.consts_of(branches[i]), operands)
            trees[i] = [c.tree for c in found]
            return outs, [*none[:i], [c.leaves for c in found], *none[i + 1 :]]

        return branch

    outs, leaves = lax.switch(ins[0], [chosen(i) for i in range(len(branches))], *ins[1:])
    return outs, [_Check(t, v) for i in range(len(branches)) for t, v in zip(trees[i], leaves[i], strict=True)]


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

    trees: list = []

    def kept(old: list, new: list[_Check]) -> list:
        trees[:] = [c.tree for c in new]
        pairs = zip(old, new, strict=True)
        return [[jnp.where(was[0], a, b) for a, b in zip(was, c.leaves, strict=True)] for was, c in pairs]

    def step(state_and_checks: tuple) -> tuple:
        state, old = state_and_checks
        state, new = turn(state)
        return state, kept(old, new)

    blank = jax.eval_shape(lambda: [c.leaves for c in turn(start)[1]])
    begin = [[jnp.zeros(v.shape, v.dtype) for v in leaves] for leaves in blank]
    state, leaves = lax.while_loop(lambda s: test(s[0])[0], step, (start, begin))
    return state, [*test(start)[1], *(_Check(t, v) for t, v in zip(trees, leaves, strict=True))]


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
