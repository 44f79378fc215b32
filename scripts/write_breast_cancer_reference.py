"""Writes tests/reference/breast_cancer_posterior.json: means and standard deviations of a long NUTS run.

Run it in an environment with blackjax and scikit-learn; expectax is not used.

    y_i ~ Bernoulli(sigmoid(w0 + x_i . w)),   w0, w ~ Normal(0, 1),   x standardised
"""

import argparse
import json
import pathlib

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer

jax.config.update("jax_enable_x64", True)

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "breast_cancer_posterior.json"
CHAINS, WARMUP = 4, 1000


def data():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    return jnp.column_stack([jnp.ones(len(x)), x]), jnp.asarray(y, float)


X, Y = data()


def log_density(w):
    signs = 2 * Y - 1
    return jax.nn.log_sigmoid(signs * (X @ w)).sum() - 0.5 * (w * w).sum()


def chain(key, draws):
    warm, run = jax.random.split(key)
    adapt = blackjax.window_adaptation(blackjax.nuts, log_density, is_mass_matrix_diagonal=False)
    (state, parameters), _ = adapt.run(warm, jnp.zeros(X.shape[1]), num_steps=WARMUP)
    step = blackjax.nuts(log_density, **parameters).step

    def one(state, key):
        state, info = step(key, state)
        return state, (state.position, info.is_divergent)

    return jax.lax.scan(one, state, jax.random.split(run, draws))[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5000, help="of each chain")
    draws = parser.parse_args().draws
    run = jax.jit(chain, static_argnums=1)
    results = [run(key, draws) for key in jax.random.split(jax.random.key(0), CHAINS)]
    positions = np.stack([p for p, _ in results])
    pooled = positions.reshape(-1, positions.shape[-1])
    ess = np.asarray(blackjax.diagnostics.effective_sample_size(positions))
    rhat = np.asarray(blackjax.diagnostics.potential_scale_reduction(positions))
    record = {
        "source": f"BlackJAX {blackjax.__version__} NUTS, {CHAINS} chains of {draws} draws after {WARMUP} of warm-up",
        "divergences": int(sum(d.sum() for _, d in results)),
        "largest_rhat": round(float(rhat.max()), 5),
        "smallest_ess": round(float(ess.min())),
        "mean": np.round(pooled.mean(0), 5).tolist(),
        "standard_deviation": np.round(pooled.std(0, ddof=1), 5).tolist(),
    }
    TARGET.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
