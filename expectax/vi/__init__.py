"""Variational inference: objectives as losses for the verbs, guides from supports, and a loop that fits them."""

from . import csiszar
from ._bounds import elbo, iwae, renyi
from ._divergences import csiszar_vimco, f_divergence
from ._fit import Fit, fit
from ._forward import forward_kl, sleep
from ._guides import flow_guide, full_rank_normal, low_rank_normal, mean_field_normal
from ._pushforward import Pushforward

__all__ = [
    "Fit",
    "Pushforward",
    "csiszar",
    "csiszar_vimco",
    "elbo",
    "f_divergence",
    "fit",
    "flow_guide",
    "forward_kl",
    "full_rank_normal",
    "iwae",
    "low_rank_normal",
    "mean_field_normal",
    "renyi",
    "sleep",
]
