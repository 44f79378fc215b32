"""`ex.monitor`: watch the gradients of a training: mean, variance and signal-to-noise ratio of every leaf."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .._extras import package
from . import _errors
from ._report import Plain


class MonitorState(NamedTuple):
    """Running moments; a state of an optax transformation."""

    count: Any
    finite: Any
    """Steps, leaf by leaf, whose gradient was finite: the others are counted, and left out of the moments."""
    mean: Any
    variance: Any
    decay: Any


@dataclasses.dataclass(frozen=True)
class LeafReading(Plain):
    """The gradient of one leaf over the last 1 / (1 - decay) steps or so."""

    name: str
    mean_norm: float
    """Norm of the running mean of the gradient."""
    deviation: float
    """Root of the summed running variances of its entries."""
    snr: float
    """mean_norm / deviation; inf where the gradient does not vary."""
    non_finite: int = 0
    """Steps whose gradient was not finite; they are left out of the other numbers."""


@dataclasses.dataclass(frozen=True)
class Readings(Plain):
    """What `read_monitor` returns: print it, or log `.to_scalars()`."""

    steps: int
    leaves: tuple[LeafReading, ...]

    def to_scalars(self) -> dict[str, float]:
        """Flat names and numbers: a row of a CSV file, or scalars for TensorBoard."""
        fields = ("mean_norm", "deviation", "snr", "non_finite")
        scalars = {f"{r.name}/{f}": float(getattr(r, f)) for r in self.leaves for f in fields}
        return {"steps": float(self.steps)} | scalars

    def to_table(self) -> Any:
        """A `rich.table.Table`.

        Raises:
            ImportError: rich is not installed.
        """
        table = package("rich.table", "Readings.to_table", "report").Table(title=f"gradient after {self.steps} steps")
        for name in ("leaf", "norm of mean", "deviation", "SNR", "not finite"):
            table.add_column(name, justify="left" if name == "leaf" else "right")
        for r in self.leaves:
            table.add_row(r.name, f"{r.mean_norm:.4g}", f"{r.deviation:.4g}", f"{r.snr:.3g}", str(r.non_finite))
        return table

    def __str__(self) -> str:
        width = max((len(r.name) for r in self.leaves), default=4)
        head = f"{f'after {self.steps} steps':{width}}  norm of mean   deviation        SNR"
        rows = [
            f"{r.name:{width}}  {r.mean_norm:12.4g}  {r.deviation:10.4g}  {r.snr:9.3g}"
            + (f"  not finite in {r.non_finite} steps" if r.non_finite else "")
            for r in self.leaves
        ]
        return "\n".join([head, *rows])


def monitor(decay: float = 0.99) -> Any:
    """An optax transformation that passes gradients on and keeps their running moments.

    Mean and variance are those of all gradients so far, the one of k steps ago with the weight decay^k: with g the gradient of
    step t and w = (1 - decay) / (1 - decay^t),

        variance ← (1 - w) (variance + w (g - mean)²),   mean ← mean + w (g - mean)

    A step whose gradient of a leaf is not finite is counted and left out of that leaf's moments. Put it first in a chain, before
    anything rescales the gradient. Source: West, "Updating mean and variance estimates: an
    improved method", CACM 22 (1979).

    Args:
        decay: weight of the past, in [0, 1): about 1 / (1 - decay) steps are remembered.

    Returns:
        An `optax.GradientTransformation`; read it with `ex.read_monitor(optimiser_state)`.

    Raises:
        ArgumentError: decay is not in [0, 1).
        ImportError: optax is not installed.

    Example:
        >>> import jax, optax, expectax as ex
        >>> optimiser = optax.chain(ex.monitor(), optax.sgd(0.1))
        >>> params = {"loc": 1.0}
        >>> state = optimiser.init(params)
        >>> for key in jax.random.split(jax.random.key(0), 50):
        ...     gradient = ex.grad(lambda p, k: ex.Normal(p["loc"], 1.0).sample(k) ** 2, 1)(params, key)
        ...     _, state = optimiser.update(gradient, state)
        >>> [reading.name for reading in ex.read_monitor(state).leaves]
        ["['loc']"]
    """
    if isinstance(decay, bool) or not isinstance(decay, int | float) or not 0 <= decay < 1:
        raise _errors.bad_decay(decay)
    optax = package("optax", "ex.monitor", "vi")

    def start(params: Any) -> MonitorState:
        means = jax.tree.map(_zeros, params)
        nothing = jax.tree.map(lambda _: jnp.int32(0), means)
        variances = jax.tree.map(
            lambda m: jnp.zeros(m.shape, m.real.dtype), means
        )  # buffers of their own: for donation
        return MonitorState(jnp.int32(0), nothing, means, variances, jnp.float32(decay))

    def update(updates: Any, state: MonitorState, params: Any = None) -> tuple[Any, MonitorState]:
        del params
        kept, leaves = jax.tree.structure(state.mean), jax.tree.leaves(updates)
        moments = zip(*map(jax.tree.leaves, (state.finite, state.mean, state.variance)), strict=True)
        moved = [_moved(now, gradient, state.decay) for now, gradient in zip(moments, leaves, strict=True)]
        finite, means, variances = (jax.tree.unflatten(kept, [m[i] for m in moved]) for i in range(3))
        return updates, MonitorState(state.count + 1, finite, means, variances, state.decay)

    return optax.GradientTransformation(start, update)


def _zeros(parameter: Any) -> jax.Array:
    """Of the type in which its moments are kept: at least single precision."""
    dtype = jnp.result_type(parameter)
    if not jnp.issubdtype(dtype, jnp.inexact) or dtype.itemsize < 4:
        dtype = jnp.float32
    return jnp.zeros(jnp.shape(parameter), dtype)


def _moved(moments: tuple[Any, ...], gradient: Any, decay: Any) -> tuple[Any, Any, Any]:
    """A leaf's (count, mean, variance) after one more gradient, if that is finite."""
    count, mean, variance = moments
    gradient = jnp.asarray(gradient).astype(mean.dtype)
    usable = jnp.isfinite(gradient).all()
    after = count + usable.astype(count.dtype)
    weight = (1 - decay) / (1 - decay ** jnp.maximum(after, 1).astype(jnp.float32))
    weight = jnp.where(usable, weight, 0).astype(variance.dtype)
    gap = jnp.where(usable, gradient, mean) - mean
    variance = (1 - weight) * (variance + weight * jnp.abs(gap) ** 2)
    return after, mean + weight.astype(mean.dtype) * gap, variance


def read_monitor(state: Any) -> Readings:
    """Mean, deviation and signal-to-noise ratio of every leaf, from the state of an optimiser that holds a monitor.

    Args:
        state: the state of the optimiser, or of the monitor alone.

    Raises:
        ArgumentError: there is no monitor in it.
    """
    found = [s for s in jax.tree.leaves(state, is_leaf=_is_state) if _is_state(s)]
    if not found:
        raise _errors.no_monitor(type(state).__name__)
    state = found[0]
    means = jax.tree_util.tree_leaves_with_path(state.mean)
    others = map(jax.tree.leaves, (state.variance, state.finite))
    readings = [
        _reading(path, mean, variance, int(state.count) - int(finite))
        for (path, mean), variance, finite in zip(means, *others, strict=True)
    ]
    return Readings(int(state.count), tuple(readings))


def _is_state(value: Any) -> bool:
    return isinstance(value, MonitorState)


def _reading(path: Any, mean: Any, variance: Any, non_finite: int) -> LeafReading:
    norm, deviation = float(jnp.sqrt((jnp.abs(mean) ** 2).sum())), float(jnp.sqrt(variance.sum()))
    snr = norm / deviation if deviation else math.inf if norm else math.nan
    return LeafReading(jax.tree_util.keystr(path) or "gradient", norm, deviation, snr, non_finite)


@contextlib.contextmanager
def live_monitor() -> Iterator[Callable[[Any], None]]:
    """A table in the terminal that is brought up to date with each optimiser state it is called with.

    Raises:
        ImportError: rich is not installed.

    Example:
        >>> import optax, expectax as ex
        >>> optimiser = ex.monitor()
        >>> state = optimiser.init({"loc": 1.0})
        >>> with ex.live_monitor() as show:  # doctest: +SKIP
        ...     _, state = optimiser.update({"loc": 0.5}, state)
        ...     show(state)
    """
    live = package("rich.live", "ex.live_monitor", "report")
    with live.Live(refresh_per_second=4) as screen:
        yield lambda state: screen.update(read_monitor(state).to_table())
