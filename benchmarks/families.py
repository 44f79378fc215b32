"""What is compared: families with their parameters, and how each library that builds distributions writes them.

A row's parameters are drawn once. Scalar families have one value a lane; rows of vectors and matrices have fewer lanes, so
that all their numbers together stay near those of the other rows. A library that lacks a family is left out of its rows,
and a row that expectax lacks is left out.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

TRIALS = 100
"""Of the multinomial rows."""
DIMENSION = 5
"""Of the Wishart and LKJ rows."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A family, its parameters and its constructor in every library that has it.

    Attributes:
        name: of the row.
        family: of the family, in expectax.
        parameters: a function of a NumPy generator and the number of lanes.
        make: library -> constructor from the parameters' arrays.
        pathwise: library -> constructor to differentiate draws with, where that is another one.
        shared: 0, or one set of parameters serves all draws and there is one for so many lanes.
    """

    name: str
    family: str
    parameters: Callable[[np.random.Generator, int], tuple[np.ndarray, ...]]
    make: dict[str, Callable[..., Any]]
    pathwise: dict[str, Callable[..., Any]] = dataclasses.field(default_factory=dict)
    shared: int = 0


# --- Parameters ---


def _lanes(*low_high: tuple[float, float]):
    return lambda rng, n: tuple(rng.uniform(low, high, n).astype(np.float32) for low, high in low_high)


def _vectors(size: int, *low_high: tuple[float, float]):
    return lambda rng, n: tuple(
        rng.uniform(low, high, (max(n // size, 1), size)).astype(np.float32) for low, high in low_high
    )


def _table(size: int):
    return lambda rng, n: (rng.uniform(-1, 1, size).astype(np.float32),)


def _trials(count: int):
    return lambda rng, n: (np.full(n, count, np.float32), *_lanes((0.3, 0.7))(rng, n))


def _simplex(size: int):
    return lambda rng, n: (rng.dirichlet(np.ones(size), max(n // size, 1)).astype(np.float32),)


def _factors(rng: np.random.Generator, lanes: int, size: int) -> np.ndarray:
    """Lower triangular matrices of good condition."""
    below = np.tril(rng.normal(0, 0.5 / np.sqrt(size), (lanes, size, size)), -1)
    return (below + rng.uniform(0.5, 1.5, (lanes, 1, size)) * np.eye(size)).astype(np.float32)


def _location_and_factor(size: int):
    def parameters(rng, n):
        lanes = max(n * 10 // size**2, 1)  # ten times the numbers of other rows, or MVN 100 had too few lanes
        return rng.normal(size=(lanes, size)).astype(np.float32), _factors(rng, lanes, size)

    return parameters


def _degrees_and_factor(size: int):
    def parameters(rng, n):
        lanes = max(n // size**2, 1)
        return rng.uniform(size + 1, size + 5, lanes).astype(np.float32), _factors(rng, lanes, size)

    return parameters


def _lkj(rng, n):
    return (rng.uniform(0.5, 3, max(n // DIMENSION**2, 1)).astype(np.float32),)


_LOC_SCALE = _lanes((-1, 1), (0.5, 2))


# --- Constructors ---


def _by_keyword(names: tuple[str, ...], cls: Callable, *parameters):
    return cls(**dict(zip(names, parameters, strict=True)))


def _mixture(module, logits, loc, scale, **options):
    return module.MixtureSameFamily(module.Categorical(logits=logits), module.Normal(loc, scale), **options)


def _numpyro_binomial(module, count, probs):
    return module.BinomialProbs(total_count=count.astype(np.int32), probs=probs)  # its sampler wants integers


def _find(module, spelling) -> Callable | None:
    """A constructor from the parameters; `spelling`: the class's name, a function of (module, *parameters), or None."""
    if callable(spelling):
        return functools.partial(spelling, module)
    return getattr(module, spelling) if spelling and hasattr(module, spelling) else None


def rows(libraries: dict[str, Any]) -> list[Row]:
    """Every row that expectax has; `libraries` maps a name to its module of distributions."""

    def row(
        name: str, parameters, *, row: str = "", keywords=(), everywhere=None, pathwise=None, shared=0, **own
    ) -> Row | None:
        """A family in every library: by `own` spelling of a library, by that for `everywhere`, or under its own name."""
        make = {}
        for library, module in libraries.items():
            usual = everywhere or name if hasattr(module, name) else None
            found = _find(module, own.get(library, usual))
            if found and keywords and not callable(own.get(library)):
                found = functools.partial(_by_keyword, keywords, found)
            if found:
                make[library] = found
        along = {library: _find(libraries[library], p) for library, p in (pathwise or {}).items() if library in make}
        return Row(row or name, name, parameters, make, along, shared) if "expectax" in make else None

    mvn = {
        "keywords": ("loc", "scale_tril"),
        "tfp": "MultivariateNormalTriL",
        "distrax": lambda d, loc, factor: d.MultivariateNormalTri(loc, factor),
    }
    categorical = {"keywords": ("logits",), "numpyro": "CategoricalLogits"}
    binomial = {"keywords": ("total_count", "probs"), "numpyro": _numpyro_binomial}
    found = [
        row("Normal", _LOC_SCALE),
        row("Uniform", _lanes((-2, -1), (1, 2))),
        row("Exponential", _lanes((0.5, 2))),
        row("Laplace", _LOC_SCALE),
        row("Gumbel", _LOC_SCALE),
        row("Cauchy", _LOC_SCALE),
        row("StudentT", _lanes((2, 20), (-1, 1), (0.5, 2))),
        row("Gamma", _lanes((0.09, 0.11), (0.5, 2)), row="Gamma 0.1"),
        row("Gamma", _lanes((0.9, 1.1), (0.5, 2)), row="Gamma 1"),
        row("Gamma", _lanes((9, 11), (0.5, 2)), row="Gamma 10"),
        row("Beta", _lanes((0.5, 5), (0.5, 5))),
        row("Dirichlet", _vectors(10, (0.5, 5)), row="Dirichlet 10"),
        row("VonMises", _lanes((-1, 1), (0.5, 5))),
        row(
            "TruncatedNormal",
            _lanes((-1, 1), (0.5, 2), (-2, -1), (1, 2)),
            numpyro=lambda d, loc, scale, low, high: d.TruncatedNormal(loc, scale, low=low, high=high),
        ),
        row("Poisson", _lanes((0.9, 1.1)), row="Poisson 1"),
        row("Poisson", _lanes((9, 11)), row="Poisson 10"),
        row("Poisson", _lanes((900, 1100)), row="Poisson 1000"),
        row("Binomial", _trials(10), row="Binomial 10", **binomial),
        row("Binomial", _trials(1000), row="Binomial 1000", **binomial),
        row(
            "NegativeBinomial",
            _lanes((1, 10), (0.3, 0.7)),
            keywords=("total_count", "probs"),
            numpyro="NegativeBinomialProbs",
            tfp=lambda d, n, p: d.NegativeBinomial(n, probs=p, require_integer_total_count=False),
        ),
        row("Geometric", _lanes((0.2, 0.8)), keywords=("probs",)),
        row("Bernoulli", _lanes((0.2, 0.8)), keywords=("probs",)),
        row("Categorical", _vectors(10, (-1, 1)), row="Categorical 10 per lane", **categorical),
        row("Categorical", _table(10), row="Categorical 10 shared", shared=1, **categorical),
        # peers make draws x 1000 numbers: 4 GB each time if all lanes drew
        row("Categorical", _table(1000), row="Categorical 1000 shared", shared=10, **categorical),
        row("Multinomial", _simplex(10), row="Multinomial 10", everywhere=lambda d, p: d.Multinomial(TRIALS, probs=p)),
        row("MultivariateNormal", _location_and_factor(10), row="MVN 10", **mvn),
        row("MultivariateNormal", _location_and_factor(100), row="MVN 100", **mvn),
        row(
            "Wishart",
            _degrees_and_factor(DIMENSION),
            keywords=("df", "scale_tril"),
            tfp="WishartTriL",
            numpyro=lambda d, df, factor: d.Wishart(df, scale_tril=factor),
        ),
        row(
            "LKJCholesky",
            _lkj,
            row="LKJ",
            everywhere=lambda d, c: d.LKJCholesky(DIMENSION, c),
            tfp=lambda d, c: d.CholeskyLKJ(DIMENSION, c),
        ),
        row(
            "MixtureSameFamily",
            _vectors(5, (-1, 1), (-3, 3), (0.5, 2)),
            row="Mixture 5",
            everywhere=_mixture,
            pathwise={"tfp": functools.partial(_mixture, reparameterize=True)},
        ),
    ]
    return [r for r in found if r]
