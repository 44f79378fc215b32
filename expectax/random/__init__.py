"""Exact, vectorised samplers of standard variates, with their pathwise derivatives.

The draw of lane i is a function of the key, of i and of lane i's parameters: not of the shape around it, nor of other
lanes. Keys are JAX's, of any type; with other types than threefry what a lane draws may depend on the batch where a
sampler is vmapped over keys, as JAX says of them.
"""

from ._bernoulli import bernoulli, bernoulli_of_logits
from ._binomial import binomial
from ._categorical import categorical
from ._gamma import gamma
from ._geometric import geometric
from ._integers import integers
from ._inverse_gaussian import inverse_gaussian
from ._noncentral_gamma import noncentral_gamma
from ._normal import normal
from ._poisson import poisson
from ._sobol import DIMENSIONS as SOBOL_DIMENSIONS
from ._sobol import sobol
from ._uniform import sides, signs, tails, uniforms
from ._von_mises import von_mises
from ._von_mises_fisher import polar_angle
from ._zipf import zipf

__all__ = [
    "SOBOL_DIMENSIONS",
    "bernoulli",
    "bernoulli_of_logits",
    "binomial",
    "categorical",
    "gamma",
    "geometric",
    "integers",
    "inverse_gaussian",
    "noncentral_gamma",
    "normal",
    "poisson",
    "polar_angle",
    "sides",
    "signs",
    "sobol",
    "tails",
    "uniforms",
    "von_mises",
    "zipf",
]
