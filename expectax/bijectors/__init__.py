"""Bijectors: smooth invertible maps with their log-determinants."""

from ._bijector import AbstractBijector
from .abs import Abs
from .affine import Affine
from .exp import Exp
from .expm1 import Expm1
from .frechet_cdf import FrechetCDF
from .generalized_extreme_value_cdf import GeneralizedExtremeValueCDF
from .generalized_pareto_cdf import GeneralizedParetoCDF
from .gompertz_cdf import GompertzCDF
from .gumbel_cdf import GumbelCDF
from .identity import Identity
from .invert import Invert
from .kumaraswamy_cdf import KumaraswamyCDF
from .lambert_w_tail import LambertWTail
from .leaky_tanh import LeakyTanh
from .log import Log
from .log1p import Log1p
from .moyal_cdf import MoyalCDF
from .normal_cdf import NormalCDF
from .power import Power
from .power_transform import PowerTransform
from .rayleigh_cdf import RayleighCDF
from .reciprocal import Reciprocal
from .scale import Scale
from .shift import Shift
from .sigmoid import Sigmoid
from .sinh import Sinh
from .sinh_arcsinh import SinhArcsinh
from .soft_clip import SoftClip
from .softfloor import Softfloor
from .softplus import Softplus
from .softsign import Softsign
from .square import Square
from .tanh import Tanh
from .triangular_affine import TriangularAffine
from .weibull_cdf import WeibullCDF

__all__ = [
    "Abs",
    "AbstractBijector",
    "Affine",
    "Exp",
    "Expm1",
    "FrechetCDF",
    "GeneralizedExtremeValueCDF",
    "GeneralizedParetoCDF",
    "GompertzCDF",
    "GumbelCDF",
    "Identity",
    "Invert",
    "KumaraswamyCDF",
    "LambertWTail",
    "LeakyTanh",
    "Log",
    "Log1p",
    "MoyalCDF",
    "NormalCDF",
    "Power",
    "PowerTransform",
    "RayleighCDF",
    "Reciprocal",
    "Scale",
    "Shift",
    "Sigmoid",
    "Sinh",
    "SinhArcsinh",
    "SoftClip",
    "Softfloor",
    "Softplus",
    "Softsign",
    "Square",
    "Tanh",
    "TriangularAffine",
    "WeibullCDF",
]
