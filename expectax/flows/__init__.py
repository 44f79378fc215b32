"""Builders of normalizing flows: bijectors with the weights of networks, ready for training."""

from ._builders import block_neural_autoregressive, continuous, coupling, masked_autoregressive, planar
from ._networks import MaskedNetwork, Network, made, made_masks, mlp
from ._transforms import Affine, Spline

__all__ = [
    "Affine",
    "MaskedNetwork",
    "Network",
    "Spline",
    "block_neural_autoregressive",
    "continuous",
    "coupling",
    "made",
    "made_masks",
    "masked_autoregressive",
    "mlp",
    "planar",
]
