"""Densities of real data learned by a normalizing flow: coupling layers of rational quadratic splines.

    python examples/flow_density.py --out out

Maximum likelihood on two data sets: the area and the compactness of cell nuclei (breast cancer data, two dimensions), and
images of digits projected onto their first three principal components. A flow is a pytree: optax trains its arrays as they
are. Each is compared with a Gaussian fitted to the same rows by the log-density of rows that neither has seen.
"""

import argparse
import dataclasses
import math
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_digits

import expectax as ex

# --- Data --------------------------------------------------------------------------------------------------------


def nuclei():
    """Mean area and mean compactness of the nuclei in 569 images."""
    data = load_breast_cancer()
    names = list(data.feature_names)
    return data.data[:, [names.index("mean area"), names.index("mean compactness")]], ("mean area", "mean compactness")


def digits(components=3):
    """1797 images of 64 pixels on their first principal components."""
    pixels = load_digits().data
    centred = pixels - pixels.mean(0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:components]
    return centred @ directions.T, tuple(f"component {i + 1}" for i in range(components))


def split(rows):
    """Train and held-out rows, in units of the train rows' spread; the split is fixed."""
    order = np.random.default_rng(0).permutation(len(rows))
    held_out, train = rows[order[: len(rows) // 3]], rows[order[len(rows) // 3 :]]
    centre, spread = train.mean(0), train.std(0)
    return tuple(jnp.asarray((part - centre) / spread, jnp.float32) for part in (train, held_out))


# --- The model ---------------------------------------------------------------------------------------------------


def log_density(flow, x):
    """Of each row: the flow takes noise to data."""
    noise, log_det = flow.inverse_and_log_det(x)
    return ex.Normal(0.0, 1.0).log_prob(noise).sum(-1) + log_det


def sample(flow, key, count, dim):
    return flow.forward(ex.Normal(0.0, 1.0).sample(key, (count, dim)))


def gaussian_log_density(train, x):
    """The best Gaussian, for comparison."""
    scale_tril = jnp.linalg.cholesky(jnp.cov(train, rowvar=False))
    return ex.MultivariateNormal(train.mean(0), scale_tril=scale_tril).log_prob(x)


# --- Training ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Settings:
    """How large a flow, and how long it is trained."""

    layers: int = 4
    hidden: tuple[int, ...] = (32, 32)
    steps: int = 500
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    chunk: int = 125
    """Steps between two lines of progress."""


def fit(name, train, held_out, settings, key):
    """The flow after training."""
    for_flow, for_batches = jax.random.split(key)
    flow = ex.flows.coupling(for_flow, train.shape[1], layers=settings.layers, hidden=settings.hidden)
    schedule = optax.cosine_decay_schedule(settings.learning_rate, settings.steps)
    optimiser = optax.chain(optax.clip_by_global_norm(5.0), optax.adamw(schedule, weight_decay=settings.weight_decay))

    def step(state, key):
        flow, moments = state
        rows = train[jax.random.choice(key, len(train), (settings.batch,))]
        loss, gradient = jax.value_and_grad(lambda f: -log_density(f, rows).mean())(flow)
        updates, moments = optimiser.update(gradient, moments, flow)
        return (optax.apply_updates(flow, updates), moments), loss

    run_chunk = jax.jit(lambda state, keys: jax.lax.scan(step, state, keys))
    evaluate = jax.jit(log_density)
    state = flow, optimiser.init(flow)
    for number, chunk_key in enumerate(jax.random.split(for_batches, settings.steps // settings.chunk), 1):
        state, losses = run_chunk(state, jax.random.split(chunk_key, settings.chunk))
        seen, unseen = -float(losses.mean()), float(evaluate(state[0], held_out).mean())
        print(f"{name:8}  step {number * settings.chunk:5}  log-density {seen:7.3f} seen, {unseen:7.3f} held out")
    return state[0]


# --- Pictures ----------------------------------------------------------------------------------------------------


def grid_density(flow, extent, side=160):
    """The density of a flow of two dimensions on a grid."""
    ticks = [jnp.linspace(low, high, side) for low, high in extent]
    points = jnp.stack(jnp.meshgrid(*ticks), -1)
    return np.exp(jax.jit(log_density)(flow, points))


def drawn_density(flow, extent, dim, key, side=80):
    """That of the first two of more, by counting draws."""
    draws = np.asarray(jax.jit(sample, static_argnums=(2, 3))(flow, key, 400_000, dim))
    return np.histogram2d(draws[:, 1], draws[:, 0], side, extent[::-1], density=True)[0]


def draw(path, panels):
    """One panel a data set: the learned density, and the held-out rows on it."""
    figure = Figure(figsize=(6 * len(panels), 5), layout="constrained")
    for ax, (title, names, density, extent, rows) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        (left, right), (low, high) = extent
        ax.imshow(density, origin="lower", extent=(left, right, low, high), aspect="auto", cmap="magma")
        ax.scatter(*rows[:, :2].T, s=4, c="white", alpha=0.6, linewidths=0)
        ax.set(title=title, xlabel=f"{names[0]}, standardised", ylabel=names[1], xlim=(left, right), ylim=(low, high))
    figure.savefig(path, dpi=120)


# --- The comparison ----------------------------------------------------------------------------------------------


def compare(name, flow, train, held_out):
    """(gain over the Gaussian in nats a held-out row, its standard error)."""
    gain = log_density(flow, held_out) - gaussian_log_density(train, held_out)
    mean, error = float(gain.mean()), float(gain.std() / math.sqrt(len(gain)))
    verdict = "PASS" if mean > 3 * error else "FAIL"
    print(f"{verdict}  {name}: held-out log-density above a Gaussian's by {mean:.3f} ± {error:.3f} nats")
    return mean, error


def run(out, settings):
    """Fit both data sets, print the gains, draw; returns the gains."""
    out.mkdir(parents=True, exist_ok=True)
    gains, panels = {}, []
    for number, (name, load) in enumerate({"nuclei": nuclei, "digits": digits}.items()):
        rows, names = load()
        train, held_out = split(rows)
        key = jax.random.key(number)
        for_fit, for_draws = jax.random.split(key)
        flow = fit(name, train, held_out, settings, for_fit)
        gains[name] = compare(name, flow, train, held_out)
        extent = [(float(v.min()) - 0.5, float(v.max()) + 0.5) for v in train[:, :2].T]
        dim = train.shape[1]
        density = grid_density(flow, extent) if dim == 2 else drawn_density(flow, extent, dim, for_draws)
        panels.append((f"{name}: flow of {dim} dimensions", names, density, extent, held_out))
    draw(out / "flow_density.png", panels)
    return gains


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the picture")
    out = parser.parse_args().out
    start = time.perf_counter()
    run(out, Settings())
    print(f"{time.perf_counter() - start:.0f} s; picture in {out}")


if __name__ == "__main__":
    main()
