"""How each library is called: an operation on a family as a function of no argument that waits for its result."""

import dataclasses
import importlib
import os
from collections.abc import Callable
from typing import Any

import arrays
import families
import jax
import jax.numpy as jnp
import numpy as np

import expectax as ex

JAX_PEERS = ("tfp", "numpyro", "distrax")
MODULES = {
    "expectax": "expectax",
    "tfp": "tensorflow_probability.substrates.jax.distributions",
    "numpyro": "numpyro.distributions",
    "distrax": "distrax",
    "torch": "torch.distributions",
}
ALONG_DRAWS = ("gradient of mean(sample)", "sample + gradient")
GRADIENTS = ("log_prob + gradient", *ALONG_DRAWS)
OPERATIONS = ("sample", "log_prob", *GRADIENTS, "cdf", "quantile")


@dataclasses.dataclass(frozen=True)
class Data:
    """What all libraries are given; x are draws of ours, p probabilities, shape that of the draws of one distribution."""

    parameters: tuple[np.ndarray, ...]
    x: np.ndarray
    p: np.ndarray
    shape: tuple[int, ...]


def installed() -> tuple[dict[str, Any], dict[str, str]]:
    """(library -> its module of distributions, library -> why it is missing)."""
    # idle OpenMP threads of PyTorch would spin on, on the processor time of whoever is measured next
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    modules, missing = {}, {}
    for name, module in MODULES.items():
        try:
            modules[name] = importlib.import_module(module)
        except (ImportError, OSError) as error:  # OSError: torch without its shared libraries
            missing[name] = f"{type(error).__name__}: {error}"
    return modules, missing


def make_data(row: families.Row, lanes: int) -> Data:
    rng = np.random.default_rng(0)
    parameters = row.parameters(rng, lanes)
    shape = (max(lanes // row.shared, 1),) if row.shared else ()
    x = np.array(jax.jit(lambda p: row.make["expectax"](*p).sample(jax.random.key(0), shape))(parameters))
    return Data(parameters, x, rng.uniform(0.01, 0.99, x.shape).astype(np.float32), shape)


# --- JAX ---


def _sample(library: str, dist, key, shape):
    return dist.sample(key, shape) if library in ("expectax", "numpyro") else dist.sample(seed=key, sample_shape=shape)


def _quantile(library: str, dist, p):
    return dist.icdf(p) if library == "numpyro" else dist.quantile(p)


def jax_function(library: str, make: Callable, operation: str, shape: tuple[int, ...]) -> Callable:
    """An operation as a function of (parameters, key, x, p)."""

    def total_log_prob(parameters, x):
        return make(*parameters).log_prob(x).sum()

    def mean_sample(parameters, key):
        return _sample(library, make(*parameters), key, shape).mean()

    return {
        "sample": lambda parameters, key, x, p: _sample(library, make(*parameters), key, shape),
        "log_prob": lambda parameters, key, x, p: make(*parameters).log_prob(x),
        "log_prob + gradient": lambda parameters, key, x, p: jax.value_and_grad(total_log_prob)(parameters, x),
        "gradient of mean(sample)": lambda parameters, key, x, p: jax.grad(mean_sample)(parameters, key),
        "sample + gradient": lambda parameters, key, x, p: jax.value_and_grad(mean_sample)(parameters, key),
        "cdf": lambda parameters, key, x, p: make(*parameters).cdf(x),
        "quantile": lambda parameters, key, x, p: _quantile(library, make(*parameters), p),
    }[operation]


def jax_arguments(library: str, make: Callable, data: Data) -> tuple:
    """(parameters, key, x, p), with x of the type of the library's own draws."""
    parameters, key = tuple(jnp.asarray(v) for v in data.parameters), jax.random.key(0)
    draw = jax.eval_shape(lambda v, k: _sample(library, make(*v), k, data.shape), parameters, key)
    return parameters, key, jnp.asarray(data.x, draw.dtype), jnp.asarray(data.p)


def _jax_call(library: str, make: Callable, operation: str, data: Data) -> Callable:
    args = jax_arguments(library, make, data)
    program = jax.jit(jax_function(library, make, operation, data.shape)).lower(*args).compile()
    return lambda: jax.block_until_ready(program(*args))


# --- PyTorch ---


def _torch_call(make: Callable, operation: str, data: Data) -> Callable:
    import torch

    torch.distributions.Distribution.set_default_validate_args(False)
    parameters = [torch.from_numpy(v) for v in data.parameters]
    own = make(*parameters).sample(data.shape).dtype
    x, p = torch.from_numpy(data.x).to(own), torch.from_numpy(data.p)

    def with_gradient(value: Callable) -> Callable:
        def call():
            leaves = [v.detach().requires_grad_() for v in parameters]
            total = value(make(*leaves))
            gradients = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
            return total.detach(), gradients

        return call

    def mean_sample(dist):
        return dist.rsample(data.shape).mean()

    along = with_gradient(mean_sample)
    return {
        "sample": lambda: make(*parameters).sample(data.shape),
        "log_prob": lambda: make(*parameters).log_prob(x),
        "log_prob + gradient": with_gradient(lambda dist: dist.log_prob(x).sum()),
        "gradient of mean(sample)": lambda: along()[1],
        "sample + gradient": along,
        "cdf": lambda: make(*parameters).cdf(x),
        "quantile": lambda: make(*parameters).icdf(p),
    }[operation]


# --- All ---


def call(library: str, row: families.Row, operation: str, data: Data) -> Callable | None:
    """None, or an error of the library's own, where it has no such operation."""
    if library == "numpy":
        return arrays.numpy_call(row.family, operation, data)
    if library == "scipy":
        return arrays.scipy_call(row.family, operation, data)
    make = row.make.get(library)
    if make and operation in ALONG_DRAWS:
        make = row.pathwise.get(library, make)
    if not make:
        return None
    return _torch_call(make, operation, data) if library == "torch" else _jax_call(library, make, operation, data)


def ours(row: families.Row, operation: str, data: Data) -> Callable | None:
    """None where expectax declares that it has no such operation; any other error is a fault and stops the run."""
    if operation in ALONG_DRAWS and not row.make["expectax"](*data.parameters).pathwise:
        return None
    try:
        return call("expectax", row, operation, data)
    except ex.UndefinedMethodError:
        return None
