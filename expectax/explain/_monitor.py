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


@dataclasses.dataclass(frozen=True)
class Readings(Plain):
    """What `read_monitor` returns: print it, or log `.to_scalars()`."""

    steps: int
    leaves: tuple[LeafReading, ...]

    def to_scalars(self) -> dict[str, float]:
        """Flat names and numbers: a row of a CSV file, or scalars for TensorBoard."""
        fields = ("mean_norm", "deviation", "snr")
        return {"steps": float(self.steps)} | {f"{r.name}/{f}": getattr(r, f) for r in self.leaves for f in fields}

    def to_table(self) -> Any:
        """A `rich.table.Table`.

        Raises:
            ImportError: rich is not installed.
        """
        table = package("rich.table", "Readings.to_table", "report").Table(title=f"gradient after {self.steps} steps")
        for name in ("leaf", "norm of mean", "deviation", "SNR"):
            table.add_column(name, justify="left" if name == "leaf" else "right")
        for r in self.leaves:
            table.add_row(r.name, f"{r.mean_norm:.4g}", f"{r.deviation:.4g}", f"{r.snr:.3g}")
        return table

    def __str__(self) -> str:
        width = max((len(r.name) for r in self.leaves), default=4)
        head = f"{f'after {self.steps} steps':{width}}  norm of mean   deviation        SNR"
        rows = [f"{r.name:{width}}  {r.mean_norm:12.4g}  {r.deviation:10.4g}  {r.snr:9.3g}" for r in self.leaves]
        return "\n".join([head, *rows])


def monitor(decay: float = 0.99) -> Any:
    """An optax transformation that passes gradients on and keeps their running moments.

    Mean and variance are those of all gradients so far, the one of k steps ago with the weight decay^k: with g the gradient of
    step t and w = (1 - decay) / (1 - decay^t),

        variance ← (1 - w) (variance + w (g - mean)²),   mean ← mean + w (g - mean)

    Put it first in a chain, before anything rescales the gradient. Source: West, "Updating mean and variance estimates: an
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
        zeros = jax.tree.map(lambda p: jnp.zeros_like(jnp.asarray(p, float)), params)
        return MonitorState(jnp.int32(0), zeros, zeros, jnp.float32(decay))

    def update(updates: Any, state: MonitorState, params: Any = None) -> tuple[Any, MonitorState]:
        del params
        count = state.count + 1
        weight = (1 - state.decay) / (1 - state.decay ** count.astype(jnp.float32))
        variance = jax.tree.map(
            lambda v, m, g: ((1 - weight) * (v + weight * (g - m) ** 2)).astype(v.dtype),
            state.variance,
            state.mean,
            updates,
        )
        mean = jax.tree.map(lambda m, g: (m + weight * (g - m)).astype(m.dtype), state.mean, updates)
        return updates, MonitorState(count, mean, variance, state.decay)

    return optax.GradientTransformation(start, update)


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
    means = jax.tree_util.tree_leaves_with_path(found[0].mean)
    variances = jax.tree.leaves(found[0].variance)
    readings = [_reading(path, mean, variance) for (path, mean), variance in zip(means, variances, strict=True)]
    return Readings(int(found[0].count), tuple(readings))


def _is_state(value: Any) -> bool:
    return isinstance(value, MonitorState)


def _reading(path: Any, mean: Any, variance: Any) -> LeafReading:
    norm, deviation = float(jnp.sqrt((mean**2).sum())), float(jnp.sqrt(variance.sum()))
    snr = norm / deviation if deviation else math.inf if norm else math.nan
    return LeafReading(jax.tree_util.keystr(path) or "gradient", norm, deviation, snr)


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
