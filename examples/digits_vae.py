"""A variational autoencoder of handwritten digits with continuous *and* discrete latents.

    python examples/digits_vae.py --out out

An image is described by 3 real numbers (a Gaussian code) and 20 bits (Bernoulli latents). The loss is the plain
negative ELBO; `ex.value_and_grad` finds that the code is differentiable along its draw and that the bits are not, and
gives each an unbiased gradient. Two more models are trained from the same start on the same batches:

    expectax       this file's loss, as it stands
    bits dropped   no gradient passes the draw of the bits: what jax.grad of a TFP or NumPyro draw silently gives
    by hand        the same estimator, written in plain JAX as a surrogate (`_digits_references.py`)
"""

import argparse
import contextlib
import dataclasses
import functools
import math
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from _digits_references import hand_written_value_and_grad
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

import expectax as ex

PIXELS, DOTS = 64, 16  # a pixel of this data set counts the inked dots in a 4x4 block of a scanned bitmap: 0..16
CODE, BITS, HIDDEN = 3, 20, 96

# --- The model ---------------------------------------------------------------------------------------------------


def init(key):
    """Random weights of the encoder and the decoder."""
    shapes = {
        "encode": (PIXELS, HIDDEN),
        "loc": (HIDDEN, CODE),
        "scale": (HIDDEN, CODE),
        "bits": (HIDDEN, BITS),
        "decode": (CODE + BITS, HIDDEN),
        "dots": (HIDDEN, PIXELS),
    }
    keys = jax.random.split(key, len(shapes))
    return {name: init_layer(k, *shape) for k, (name, shape) in zip(keys, shapes.items(), strict=True)}


def init_layer(key, inputs, outputs):
    return {"w": jax.random.normal(key, (inputs, outputs)) / math.sqrt(inputs), "b": jnp.zeros(outputs)}


def linear(layer, x):
    return x @ layer["w"] + layer["b"]


def encode(params, image):
    """Location and scale of the code, and logits of the bits."""
    hidden = jax.nn.relu(linear(params["encode"], image / DOTS))
    scale = jax.nn.softplus(linear(params["scale"], hidden))
    return linear(params["loc"], hidden), scale, linear(params["bits"], hidden)


def decode(params, code, bits):
    """For each pixel the logit that one of its dots is inked."""
    hidden = jax.nn.relu(linear(params["decode"], jnp.concatenate([code, bits])))
    return linear(params["dots"], hidden)


def log_likelihood(logits, image):
    """Binomial: `image` of 16 dots are inked."""
    dot = ex.Bernoulli(logits=logits)
    ways = math.lgamma(DOTS + 1) - jax.lax.lgamma(image + 1) - jax.lax.lgamma(DOTS - image + 1)
    return ways.sum() + (image * dot.log_prob(1) + (DOTS - image) * dot.log_prob(0)).sum()


def negative_elbo(params, image, key):
    """Of one image, with one draw of its latents."""
    code_key, bits_key = jax.random.split(key)
    loc, scale, logits = encode(params, image)
    q_code, q_bits = ex.Normal(loc, scale), ex.Bernoulli(logits=logits)
    code = q_code.sample(code_key, name="code")
    bits = q_bits.sample(bits_key, name="bits").astype(jnp.float32)
    code_rate = (q_code.log_prob(code) - ex.Normal(0.0, 1.0).log_prob(code)).sum()
    bit_rate = (math.log(2) - q_bits.entropy()).sum()
    return code_rate + bit_rate - log_likelihood(decode(params, code, bits), image)


def negative_elbos(params, images, key):
    keys = jax.random.split(key, len(images))
    return jax.vmap(negative_elbo, (None, 0, 0))(params, images, keys)


def loss(params, images, key):
    return negative_elbos(params, images, key).mean()


# --- Training ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long and how exactly."""

    epochs: int = 300
    batch: int = 128
    num_samples: int = 4
    learning_rate: float = 2e-3
    every: int = 20
    """Epochs between two measurements of the held-out ELBO."""
    draws: int = 8
    """Draws of the latents in each of these measurements; the last one takes `final_draws`."""
    final_draws: int = 200


def variants(settings):
    """Three ways to the gradient of one loss."""
    n = settings.num_samples
    return {
        "expectax": ex.value_and_grad(loss, n),
        "bits dropped": ex.value_and_grad(loss, n, plan={"bits": "stop"}),
        "by hand": hand_written_value_and_grad(encode, decode, n),
    }


def load_images():
    """Train and held-out images, one row of 64 counts each; the split is fixed."""
    images = load_digits().data.astype(np.float32)
    order = np.random.default_rng(0).permutation(len(images))
    held_out = len(images) // 5
    return jnp.asarray(images[order[held_out:]]), jnp.asarray(images[order[:held_out]])


def make_epoch(value_and_grad, optimiser, batch):
    """A compiled pass over shuffled images, one optimiser step a minibatch."""

    def step(state, minibatch):
        params, moments = state
        _, gradient = value_and_grad(params, *minibatch)
        updates, moments = optimiser.update(gradient, moments, params)
        return (optax.apply_updates(params, updates), moments), None

    @jax.jit
    def epoch(state, images, key):
        shuffle, draws = jax.random.split(key)
        steps = len(images) // batch
        order = jax.random.permutation(shuffle, len(images))[: steps * batch]
        minibatches = images[order].reshape(steps, batch, PIXELS), jax.random.split(draws, steps)
        return jax.lax.scan(step, state, minibatches)[0]

    return epoch


@functools.partial(jax.jit, static_argnums=3)
def held_out_elbos(params, images, key, draws):
    """The ELBO of every image, averaged over draws of its latents."""
    return -ex.expect(negative_elbos, draws, batch_size=min(draws, 50))(params, images, key).mean


def mean_and_error(values):
    """Mean over images and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def train(name, value_and_grad, images, held_out, settings, show):
    """Trained parameters, and the curve [(epoch, ELBO, standard error)]; all variants see the same keys."""
    optimiser = optax.adam(settings.learning_rate)
    epoch = make_epoch(value_and_grad, optimiser, settings.batch)
    params = init(jax.random.key(0))
    state, curve = (params, optimiser.init(params)), []
    for number in range(settings.epochs + 1):
        if number % settings.every == 0:
            test_key = jax.random.fold_in(jax.random.key(2), number)
            elbos = held_out_elbos(state[0], held_out, test_key, settings.draws)
            curve.append((number, *mean_and_error(elbos)))
        show(name, number, curve[-1])
        if number < settings.epochs:
            state = epoch(state, images, jax.random.fold_in(jax.random.key(1), number))
    return state[0], curve


# --- Progress ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def progress(total):
    """`show(name, epoch, point)`: a bar if rich is installed, and a line for each new measurement."""
    try:
        from rich.progress import Progress
    except ImportError:
        yield lambda name, epoch, point: print_point(name, point) if epoch == point[0] else None
        return
    with Progress() as bar:
        tasks = {}

        def show(name, epoch, point):
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=epoch, description=f"{name:12}  held-out ELBO {point[1]:8.2f}")
            if epoch == point[0]:
                print_point(name, point, bar.console.print)

        yield show


def print_point(name, point, write=print):
    write(f"{name:12}  epoch {point[0]:4}  held-out ELBO {point[1]:8.2f} ± {point[2]:.2f}")


# --- Pictures ----------------------------------------------------------------------------------------------------


def expected_image(params, code, bits):
    return DOTS * jax.nn.sigmoid(decode(params, code, bits))


def reconstruct(params, image, key):
    code_key, bits_key = jax.random.split(key)
    loc, scale, logits = encode(params, image)
    bits = ex.Bernoulli(logits=logits).sample(bits_key)
    return expected_image(params, ex.Normal(loc, scale).sample(code_key), bits.astype(jnp.float32))


def dream(params, key):
    """The mean image of latents drawn from the prior."""
    code_key, bits_key = jax.random.split(key)
    bits = ex.Bernoulli(probs=0.5).sample(bits_key, (BITS,))
    return expected_image(params, ex.Normal(0.0, 1.0).sample(code_key, (CODE,)), bits.astype(jnp.float32))


def draw_grid(rows, titles, path):
    """One picture with a titled row of images after another."""
    figure = Figure(figsize=(len(rows[0]) * 0.7, len(rows) * 0.9), layout="constrained")
    axes = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for row, title, line in zip(rows, titles, axes, strict=True):
        line[0].set_title(title, loc="left", fontsize=9)
        for image, ax in zip(row, line, strict=True):
            ax.imshow(np.reshape(image, (8, 8)), cmap="gray_r", vmin=0, vmax=DOTS)
            ax.set_axis_off()
    figure.savefig(path, dpi=150)


def draw_curves(curves, path):
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    for (name, curve), style in zip(curves.items(), ("-", "--", ":"), strict=True):
        epochs, elbo, error = np.transpose(curve[1:])  # the untrained model would hide the rest
        ax.errorbar(epochs, elbo, error, label=name, linestyle=style, capsize=2)
    ax.set(xlabel="epoch", ylabel="held-out ELBO, nats an image", title="± one standard error")
    ax.legend()
    figure.savefig(path, dpi=150)


def draw_all(out, trained, curves, held_out):
    shown = held_out[:16]

    def keys(seed):  # the same for each model
        return jax.random.split(jax.random.key(seed), len(shown))

    rows = [jax.vmap(reconstruct, (None, 0, 0))(p, shown, keys(3)) for p in trained.values()]
    draw_grid([shown, *rows], ["held-out digits", *trained], out / "reconstructions.png")
    rows = [jax.vmap(dream, (None, 0))(p, keys(4)) for p in trained.values()]
    draw_grid(rows, [f"prior, {name}" for name in trained], out / "prior_samples.png")
    draw_curves(curves, out / "elbo.png")


# --- The comparison ----------------------------------------------------------------------------------------------


def compare(elbos):
    """What the three trained models say about the gradients that trained them."""
    for name, values in elbos.items():
        mean, error = mean_and_error(values)
        print(f"{name:12}  held-out ELBO {mean:8.2f} ± {error:.2f}")
    ours, dropped, by_hand = elbos.values()
    gain, error = mean_and_error(ours - dropped)  # image by image: the digits' own spread cancels
    verdict(f"expectax is better than with the bits dropped, by {gain:.2f} ± {error:.2f} nats", gain > 3 * error)
    gap = float(abs(ours.mean() / by_hand.mean() - 1))
    verdict(f"expectax is within 1% of the gradient by hand: {gap:.2%}", gap < 0.01)


def verdict(claim, holds):
    print(f"{'PASS' if holds else 'FAIL'}  {claim}")


def run(out, settings):
    """Train the variants, print their held-out ELBOs, draw; returns the curves and the final ELBOs of every image."""
    out.mkdir(parents=True, exist_ok=True)
    images, held_out = load_images()
    trained, curves = {}, {}
    with progress(settings.epochs) as show:
        for name, value_and_grad in variants(settings).items():
            trained[name], curves[name] = train(name, value_and_grad, images, held_out, settings, show)
    # the same draws for each model
    last = [held_out_elbos(p, held_out, jax.random.key(5), settings.final_draws) for p in trained.values()]
    elbos = dict(zip(trained, last, strict=True))
    compare(elbos)
    draw_all(out, trained, curves, held_out)
    return curves, elbos


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures")
    out = parser.parse_args().out
    start = time.perf_counter()
    run(out, Settings())
    names = "reconstructions.png, elbo.png, prior_samples.png"
    print(f"{time.perf_counter() - start:.0f} s; wrote {names} to {out}/")


if __name__ == "__main__":
    main()
