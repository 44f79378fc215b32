"""NumPy's samplers and SciPy's densities, tails and quantiles: peers without gradients, in double precision.

Each entry takes the parameters of the row of that family, in expectax's parametrisation.
"""

import numpy as np
from scipy import stats

# (generator, sample shape, *parameters) -> draws
NUMPY = {
    "Normal": lambda rng, shape, loc, scale: rng.normal(loc, scale),
    "Uniform": lambda rng, shape, low, high: rng.uniform(low, high),
    "Exponential": lambda rng, shape, rate: rng.exponential(1 / rate),
    "Laplace": lambda rng, shape, loc, scale: rng.laplace(loc, scale),
    "Gumbel": lambda rng, shape, loc, scale: rng.gumbel(loc, scale),
    "Cauchy": lambda rng, shape, loc, scale: loc + scale * rng.standard_cauchy(len(loc)),
    "StudentT": lambda rng, shape, df, loc, scale: loc + scale * rng.standard_t(df),
    "Gamma": lambda rng, shape, concentration, rate: rng.gamma(concentration, 1 / rate),
    "Beta": lambda rng, shape, a, b: rng.beta(a, b),
    "VonMises": lambda rng, shape, loc, concentration: rng.vonmises(loc, concentration),
    "Poisson": lambda rng, shape, rate: rng.poisson(rate),
    "Binomial": lambda rng, shape, n, p: rng.binomial(n.astype(np.int64), p),
    "NegativeBinomial": lambda rng, shape, n, p: rng.negative_binomial(n, 1 - p),
    "Geometric": lambda rng, shape, p: rng.geometric(p) - 1,
    "Multinomial": lambda rng, shape, p: rng.multinomial(100, _normalised(p)),
    "Categorical": lambda rng, shape, logits: _choice(rng, shape, logits),
}

# parameters -> a frozen distribution
SCIPY = {
    "Normal": lambda loc, scale: stats.norm(loc, scale),
    "Uniform": lambda low, high: stats.uniform(low, high - low),
    "Exponential": lambda rate: stats.expon(scale=1 / rate),
    "Laplace": lambda loc, scale: stats.laplace(loc, scale),
    "Gumbel": lambda loc, scale: stats.gumbel_r(loc, scale),
    "Cauchy": lambda loc, scale: stats.cauchy(loc, scale),
    "StudentT": lambda df, loc, scale: stats.t(df, loc, scale),
    "Gamma": lambda concentration, rate: stats.gamma(concentration, scale=1 / rate),
    "Beta": lambda a, b: stats.beta(a, b),
    "VonMises": lambda loc, concentration: stats.vonmises(concentration, loc),
    "TruncatedNormal": lambda loc, scale, low, high: stats.truncnorm(
        (low - loc) / scale, (high - loc) / scale, loc, scale
    ),
    "Poisson": lambda rate: stats.poisson(rate),
    "Binomial": lambda n, p: stats.binom(n, p),
    "NegativeBinomial": lambda n, p: stats.nbinom(n, 1 - p),
    "Geometric": lambda p: stats.geom(p, loc=-1),
    "Bernoulli": lambda p: stats.bernoulli(p),
    "Multinomial": lambda p: stats.multinomial(100, _normalised(p)),
}

SOLVED_LANE_BY_LANE = frozenset({"VonMises"})


def _normalised(p: np.ndarray) -> np.ndarray:
    p = p.astype(np.float64)
    return p / p.sum(-1, keepdims=True)


def _choice(rng: np.random.Generator, shape: tuple[int, ...], logits: np.ndarray) -> np.ndarray:
    """Of one table; NumPy has no sampler for a table a lane."""
    if logits.ndim > 1:
        raise NotImplementedError
    return rng.choice(len(logits), shape, p=_normalised(np.exp(logits.astype(np.float64))))


def numpy_call(family: str, operation: str, data):
    """None where NumPy has no such operation."""
    if operation != "sample" or family not in NUMPY:
        return None
    rng = np.random.default_rng(0)
    return lambda: NUMPY[family](rng, data.shape, *data.parameters)


def scipy_call(family: str, operation: str, data):
    """None where SciPy has no such operation."""
    if family not in SCIPY:
        return None
    make, x, p = SCIPY[family], data.x, data.p
    discrete = hasattr(make(*data.parameters), "pmf")
    calls = {
        "log_prob": lambda: getattr(make(*data.parameters), "logpmf" if discrete else "logpdf")(x),
        "cdf": lambda: make(*data.parameters).cdf(x),
        "quantile": lambda: make(*data.parameters).ppf(p),
    }
    if operation == "quantile" and family in SOLVED_LANE_BY_LANE:
        raise NotImplementedError("a root finder in Python for each lane: hours for a million")
    return calls.get(operation)
