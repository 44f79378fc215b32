"""What is compared: families with their parameters, and how each library writes them.

A row's parameters are drawn once, one value a lane. A library that lacks a family is left out of its rows.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Family:
    """A family, its parameters and its constructor in every library that has it.

    Attributes:
        name: of the row.
        parameters: a function of a NumPy generator and the number of lanes.
        make: library -> constructor from the parameters' arrays.
        discrete: has no derivative along its draws.
    """

    name: str
    parameters: Callable[[np.random.Generator, int], tuple[np.ndarray, ...]]
    make: dict[str, Callable[..., Any]]
    discrete: bool = False


def _lanes(*low_high: tuple[float, float]):
    return lambda rng, n: tuple(rng.uniform(low, high, n).astype(np.float32) for low, high in low_high)


def _vectors(low: float, high: float, size: int):
    return lambda rng, n: (rng.uniform(low, high, (n // size, size)).astype(np.float32),)


_LOC_SCALE = _lanes((-1, 1), (0.5, 2))


def families(libraries: dict[str, Any]) -> list[Family]:
    """Every row that one of the libraries has; `libraries` maps a name to its module of distributions."""

    def same(
        name: str, parameters, *, discrete: bool = False, row: str = "", keyword: str | None = None, **names: str | None
    ) -> Family:
        """A family under `names` or its own, with the same parameters everywhere: positional, or one `keyword`."""
        make = {}
        for library, module in libraries.items():
            own = names.get(library, name)
            if own and hasattr(module, own):
                cls = getattr(module, own)
                make[library] = functools.partial(lambda c, p: c(**{keyword: p}), cls) if keyword else cls
        return Family(row or name, parameters, make, discrete)

    return [
        same("Normal", _LOC_SCALE),
        same("Uniform", _lanes((-2, -1), (1, 2))),
        same("Exponential", _lanes((0.5, 2))),
        same("Laplace", _LOC_SCALE),
        same("Gumbel", _LOC_SCALE),
        same("Cauchy", _LOC_SCALE),
        same("StudentT", _lanes((2, 20), (-1, 1), (0.5, 2))),
        same("Gamma", _lanes((0.09, 0.11), (0.5, 2)), row="Gamma 0.1"),
        same("Gamma", _lanes((0.9, 1.1), (0.5, 2)), row="Gamma 1"),
        same("Gamma", _lanes((9, 11), (0.5, 2)), row="Gamma 10"),
        same("Beta", _lanes((0.5, 5), (0.5, 5))),
        same("Dirichlet", _vectors(0.5, 5, 10), row="Dirichlet 10"),
        same("VonMises", _lanes((-1, 1), (0.5, 5))),
        same("TruncatedNormal", _lanes((-1, 1), (0.5, 2), (-2, -1), (1, 2)), numpyro=None),
        same("Poisson", _lanes((0.9, 1.1)), discrete=True, row="Poisson 1"),
        same("Poisson", _lanes((9, 11)), discrete=True, row="Poisson 10"),
        same("Poisson", _lanes((900, 1100)), discrete=True, row="Poisson 1000"),
        same("Geometric", _lanes((0.2, 0.8)), discrete=True, keyword="probs"),
        same("Bernoulli", _lanes((0.2, 0.8)), discrete=True, keyword="probs"),
        same(
            "Categorical",
            _vectors(-1, 1, 10),
            discrete=True,
            row="Categorical 10",
            keyword="logits",
            numpyro="CategoricalLogits",
        ),
    ]
