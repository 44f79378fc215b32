"""TFP's names and signatures over our families: a program for TFP on JAX runs with one import changed.

    import expectax.compat.tfp as tfp   # was: import tensorflow_probability.substrates.jax as tfp
    tfd = tfp.distributions

What differs, and what is left out, stands in docs/migration.md.
"""

from . import bijectors, distributions
from ._shape import TensorShape
from .distributions._gradient import StoppedGradientWarning

__all__ = ["StoppedGradientWarning", "TensorShape", "bijectors", "distributions"]
