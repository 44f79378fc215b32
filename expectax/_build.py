"""fn, arguments -> Trace: jaxprs become blocks of steps, sites are checked and numbered."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax

from . import _compat, _errors
from ._call import Call
from ._marks import parse_name
from ._site import SiteSpec
from ._trace import Baseline, Block, Constant, Ref, Site, Step, Telescope, Trace


def trace(fn: Callable, call: Call) -> Trace:
    """Trace `fn(*args)` into a Trace.

    Raises:
        UnsupportedProgramError: a site was differentiated or changed inside the traced function.
    """
    out_tree = None

    def flat(*leaves: Any) -> list:
        nonlocal out_tree
        out, out_tree = jax.tree.flatten(fn(*call.rebuild(leaves)))
        return out

    with jax.disable_jit(False):  # the program must be traced whole even under a user's jax.disable_jit()
        closed = jax.make_jaxpr(flat)(*call.leaves)
    builder = _Builder()
    block = builder.block(closed, _Place(0, called=_errors.user_line()))
    return Trace(
        block=block,
        sites=tuple(builder.sites),
        key_inputs=call.key_leaves,
        live_inputs=call.live_leaves,
        input_names=call.names,
        in_avals=tuple(closed.in_avals),
        out_tree=out_tree,
        out_avals=tuple(closed.out_avals),
    )


class _Place(NamedTuple):
    """Where a block stands: how many loops around it, and the user's line if its own equations cannot say."""

    depth: int
    line: str | None = None
    called: str = "unknown line"
    """Where the program was called: of an objective that this library made, JAX keeps no frame of the user's."""

    def inner(self, jaxpr: Any, line: str) -> "_Place":
        return self._replace(line=line if self.line or _compat.is_library_code(jaxpr) else None)

    def line_of(self, eqn: Any) -> str:
        return self.line or _compat.eqn_line(eqn, self.called)


class _Builder:
    """Turns jaxprs into blocks; holds the counters while one trace is built."""

    def __init__(self):
        self.slots = itertools.count()
        self.uids = itertools.count()
        self.sites: list[Site] = []
        self.bodies: dict[int, Block] = {}
        """Of sites and densities, by their jaxpr: those of one family and shape share it."""
        self.draws: dict[int, int] = {}
        """Slot of a draw -> its site."""

    def block(self, jaxpr: Any, place: _Place) -> Block:
        env = self._enter(jaxpr)
        body = _compat.open_jaxpr(jaxpr)
        inputs = tuple(env[v] for v in body.invars)
        steps: list[Step] = []
        self._emit(body, env, steps, place)
        outputs = tuple(self._read(env, v) for v in body.outvars)
        return Block(inputs, tuple(steps), outputs, tuple(v.aval for v in body.invars))

    def _enter(self, jaxpr: Any, args: Sequence[Ref] | None = None) -> dict:
        body = _compat.open_jaxpr(jaxpr)
        env: dict = dict(zip(body.constvars, map(Constant, _compat.consts_of(jaxpr)), strict=True))
        env.update(zip(body.invars, args if args is not None else [next(self.slots) for _ in body.invars], strict=True))
        return env

    @staticmethod
    def _read(env: dict, var: Any) -> Ref:
        return Constant(var.val) if _compat.is_literal(var) else env[var]

    def _emit(self, body: Any, env: dict, steps: list[Step], place: _Place) -> None:
        for eqn in body.eqns:
            reads = tuple(self._read(env, v) for v in eqn.invars)
            mark = _mark_of(eqn)
            if eqn.primitive is _compat.jit_p and mark is None and not _is_smooth_call(eqn):
                inner = eqn.params["jaxpr"]
                scope = self._enter(inner, reads)
                self._emit(_compat.open_jaxpr(inner), scope, steps, place.inner(inner, place.line_of(eqn)))
                outs = [self._read(scope, v) for v in _compat.open_jaxpr(inner).outvars]
                env.update(zip(eqn.outvars, outs, strict=True))
                continue
            writes = tuple(next(self.slots) for _ in eqn.outvars)
            env.update(zip(eqn.outvars, writes, strict=True))
            steps.append(self._step(eqn, reads, writes, mark, place))

    def _step(self, eqn: Any, reads: tuple, writes: tuple, mark: Any, place: _Place) -> Step:
        uid, line = next(self.uids), place.line_of(eqn)
        if mark is not None:
            return self._marked(uid, eqn, reads, writes, mark, place)
        if any(_compat.is_ref(v.aval) for v in (*eqn.invars, *eqn.outvars)):
            raise _errors.mutable_reference(eqn.primitive.name, line)
        kind = "continuous" if _is_smooth_call(eqn) else _kind(eqn)
        spec = _gate_of(eqn) if kind == "custom" else None
        if spec is not None:
            kind = "gate"
        looped = place._replace(depth=place.depth + (kind in ("scan", "while")))
        blocks = tuple(self.block(j, looped.inner(j, line)) for j in _inner_jaxprs(eqn, kind))
        step = Step(uid, eqn, reads, writes, line, kind, payload=spec, blocks=blocks)
        if kind == "gate":
            drawn = reads[len(reads) - len(blocks[0].inputs)]
            self.draws.update({writes[0]: self.draws[drawn]} if drawn in self.draws else {})
        if kind in ("custom", "opaque") and any(True for b in blocks for _ in b.sites()):
            raise _errors.site_inside(step.primitive, next(iter(blocks[0].sites())).title, line)
        return step

    def _marked(self, uid: int, eqn: Any, reads: tuple, writes: tuple, mark: Any, place: _Place) -> Step:
        (kind, payload), line = mark, place.line_of(eqn)
        if kind == "tangent":
            raise _errors.differentiated_inside(line)
        if kind in ("density", "continuous"):
            # with a payload it is the library's own, traced for an earlier caller
            inside = place if payload is None else place._replace(line=line)
            body = self._body(eqn, place) if kind == "density" else self.block(eqn.params["jaxpr"], inside)
            if any(True for _ in body.sites()):
                raise _errors.site_inside("ex.assume_continuous", next(body.sites()).title, line)
            return Step(uid, eqn, reads, writes, line, kind, payload=payload, blocks=(body,))
        if kind == "telescope":
            body = (self.block(eqn.params["jaxpr"], place),)
            return Step(uid, eqn, reads, writes, line, "custom", payload=Telescope(payload), blocks=body)
        if kind == "baseline":
            site = self.draws.get(reads[0]) if isinstance(reads[0], int) else None
            if site is None:
                raise _errors.stray_baseline(line)
            self.draws[writes[0]] = site
            return Step(uid, eqn, reads, writes, line, "baseline", payload=Baseline(site, payload))
        if kind == "draw" and payload.estimator.name != "stop":
            raise _errors.foreign_key(payload.label, line)
        if kind != "site":
            return Step(uid, eqn, reads, writes, line, "mean" if kind == "mean" else "plain", payload=payload)
        site = _check_site(eqn, payload, line, len(self.sites), place.depth)
        self.sites.append(site)
        self.draws[writes[0]] = site.id
        body = (self._body(eqn, place),)
        return Step(uid, eqn, reads, writes, line, "site", site=site, payload=payload, blocks=body)

    def _body(self, eqn: Any, place: _Place) -> Block:
        jaxpr = eqn.params["jaxpr"]
        known = self.bodies.get(id(jaxpr))  # the traced program keeps it alive, so that its id stays its own
        if known is None:
            known = self.bodies[id(jaxpr)] = self.block(jaxpr, place)
        return known


_KINDS = {
    _compat.scan_p: "scan",
    _compat.while_p: "while",
    _compat.cond_p: "cond",
    _compat.remat_p: "remat",
    _compat.custom_jvp_call_p: "custom",
    _compat.custom_vjp_call_p: "custom",
}


# Pivoting makes their inside jump where the result does not.
_SMOOTH_CALLS = frozenset("det inv solve".split())


def _mark_of(eqn: Any) -> tuple[str, Any] | None:
    """The mark of a call; a density that was differentiated keeps its name, but is ordinary code, as is a check."""
    mark = parse_name(eqn.params["name"]) if eqn.primitive is _compat.jit_p else None
    if mark is not None and mark[0] == "density":
        whole = len(eqn.invars) == 1 + mark[1].num_leaves and len(eqn.outvars) == 1
        return mark if whole else None
    if mark is not None and mark[0] == "telescope" and (len(eqn.invars) < len(mark[1]) or len(eqn.outvars) != 1):
        return None  # differentiated
    return None if mark is not None and mark[0] == "check" else mark


def _is_smooth_call(eqn: Any) -> bool:
    """A function of JAX that is continuous although its code compares: a factorisation, a special function by pieces."""
    if eqn.primitive is _compat.custom_jvp_call_p:
        return _compat.is_special_function(eqn.params["call_jaxpr"])
    if eqn.primitive is not _compat.jit_p or eqn.params["name"] not in _SMOOTH_CALLS:
        return False
    return _compat.is_library_code(eqn.params["jaxpr"])


def _kind(eqn: Any) -> str:
    if eqn.primitive in _KINDS:
        return _KINDS[eqn.primitive]
    if eqn.primitive.name == "shard_map":
        return "shard_map"
    return "opaque" if any(True for _ in _compat.sub_jaxprs(eqn)) else "plain"


def _inner_jaxprs(eqn: Any, kind: str) -> list:
    found = list(_compat.sub_jaxprs(eqn))
    if kind == "while":  # condition first, whatever the order of the parameters
        found.sort(key=lambda item: item[0][0] != "cond_jaxpr")
    return [jaxpr for _, jaxpr in found]


def _gate_of(eqn: Any) -> SiteSpec | None:
    for _, inner in _compat.sub_jaxprs(eqn):
        for e in _compat.open_jaxpr(inner).eqns:
            mark = parse_name(e.params["name"]) if e.primitive is _compat.jit_p else None
            if mark is not None and mark[0] == "gate":
                return mark[1]
    return None


def _check_site(eqn: Any, spec: SiteSpec, line: str, number: int, depth: int) -> Site:
    """A site counts only if its whole signature matches: differentiated and pruned copies keep the name."""
    leaves = spec.structure.num_leaves
    inner = _compat.open_jaxpr(eqn.params["jaxpr"])
    marks = [parse_name(e.params["name"]) for e in inner.eqns if e.primitive is _compat.jit_p]
    densities = [
        e
        for e in inner.eqns
        if e.primitive is _compat.jit_p and parse_name(e.params["name"]) == ("density", spec.structure)
    ]
    ok = (
        len(eqn.invars) == 1 + leaves
        and len(eqn.outvars) == 2
        and len(densities) == 1
        and len(densities[0].invars) == 1 + leaves
        and len(densities[0].outvars) == 1
        and _compat.is_key(eqn.invars[0].aval)
        and not any(m is not None and m[0] == "tangent" for m in marks)
    )
    if ok:
        draw, log_prob = (v.aval for v in inner.outvars)
        ok = draw.shape[: log_prob.ndim] == log_prob.shape
    if not ok:
        raise _errors.differentiated_inside(line)
    return Site(number, spec, line, depth, tuple(log_prob.shape), eqn.invars[0].aval.ndim, draw.dtype)
