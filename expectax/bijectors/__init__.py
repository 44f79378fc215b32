"""Bijectors: smooth invertible maps with their log-determinants."""

from ._bijector import AbstractBijector
from .abs import Abs
from .affine import Affine
from .block import Block
from .block_neural_autoregressive import BlockNeuralAutoregressive
from .blockwise import Blockwise
from .chain import Chain
from .cholesky_outer_product import CholeskyOuterProduct
from .cholesky_to_inv_cholesky import CholeskyToInvCholesky
from .compose import Compose
from .continuous_flow import ContinuousFlow
from .correlation_cholesky import CorrelationCholesky
from .correlation_outer_product import CorrelationOuterProduct
from .coupling import Coupling
from .cumsum import Cumsum
from .diag_linear import DiagLinear
from .discrete_cosine import DiscreteCosine
from .exp import Exp
from .expm1 import Expm1
from .fill_scale_tril import FillScaleTriL
from .fill_triangular import FillTriangular
from .flip import Flip
from .frechet_cdf import FrechetCDF
from .generalized_extreme_value_cdf import GeneralizedExtremeValueCDF
from .generalized_pareto_cdf import GeneralizedParetoCDF
from .gompertz_cdf import GompertzCDF
from .gumbel_cdf import GumbelCDF
from .householder import Householder
from .identity import Identity
from .invert import Invert
from .joint_map import JointMap
from .kumaraswamy_cdf import KumaraswamyCDF
from .lambda_ import Lambda
from .lambert_w_tail import LambertWTail
from .leaky_tanh import LeakyTanh
from .log import Log
from .log1p import Log1p
from .log_softmax_centered import LogSoftmaxCentered
from .masked_autoregressive import MaskedAutoregressive
from .matrix_inverse_tril import MatrixInverseTriL
from .moyal_cdf import MoyalCDF
from .normal_cdf import NormalCDF
from .numerical_inverse import NumericalInverse
from .of_support import of_support
from .ordered import Ordered
from .pad import Pad
from .permute import Permute
from .planar import Planar
from .power import Power
from .power_transform import PowerTransform
from .radial import Radial
from .rational_quadratic_spline import RationalQuadraticSpline
from .rayleigh_cdf import RayleighCDF
from .reciprocal import Reciprocal
from .reshape import Reshape
from .scale import Scale
from .scale_matvec_lu import ScaleMatvecLU
from .shift import Shift
from .sigmoid import Sigmoid
from .sinh import Sinh
from .sinh_arcsinh import SinhArcsinh
from .soft_clip import SoftClip
from .softfloor import Softfloor
from .softmax_centered import SoftmaxCentered
from .softplus import Softplus
from .softsign import Softsign
from .split import Split
from .square import Square
from .stack import Stack
from .stick_breaking import StickBreaking
from .tanh import Tanh
from .transform_diagonal import TransformDiagonal
from .transpose import Transpose
from .triangular_affine import TriangularAffine
from .triangular_linear import TriangularLinear
from .unit_vector import UnitVector
from .weibull_cdf import WeibullCDF
from .zero_sum import ZeroSum

__all__ = [
    "Abs",
    "AbstractBijector",
    "Affine",
    "Block",
    "BlockNeuralAutoregressive",
    "Blockwise",
    "Chain",
    "CholeskyOuterProduct",
    "CholeskyToInvCholesky",
    "Compose",
    "ContinuousFlow",
    "CorrelationCholesky",
    "CorrelationOuterProduct",
    "Coupling",
    "Cumsum",
    "DiagLinear",
    "DiscreteCosine",
    "Exp",
    "Expm1",
    "FillScaleTriL",
    "FillTriangular",
    "Flip",
    "FrechetCDF",
    "GeneralizedExtremeValueCDF",
    "GeneralizedParetoCDF",
    "GompertzCDF",
    "GumbelCDF",
    "Householder",
    "Identity",
    "Invert",
    "JointMap",
    "KumaraswamyCDF",
    "Lambda",
    "LambertWTail",
    "LeakyTanh",
    "Log",
    "Log1p",
    "LogSoftmaxCentered",
    "MaskedAutoregressive",
    "MatrixInverseTriL",
    "MoyalCDF",
    "NormalCDF",
    "NumericalInverse",
    "Ordered",
    "Pad",
    "Permute",
    "Planar",
    "Power",
    "PowerTransform",
    "Radial",
    "RationalQuadraticSpline",
    "RayleighCDF",
    "Reciprocal",
    "Reshape",
    "Scale",
    "ScaleMatvecLU",
    "Shift",
    "Sigmoid",
    "Sinh",
    "SinhArcsinh",
    "SoftClip",
    "Softfloor",
    "SoftmaxCentered",
    "Softplus",
    "Softsign",
    "Split",
    "Square",
    "Stack",
    "StickBreaking",
    "Tanh",
    "TransformDiagonal",
    "Transpose",
    "TriangularAffine",
    "TriangularLinear",
    "UnitVector",
    "WeibullCDF",
    "ZeroSum",
    "of_support",
]
