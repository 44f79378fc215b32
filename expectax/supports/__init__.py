"""Sets in which parameters and draws live."""

from ._any_of import AnyOf
from ._blocks import Blocks
from ._circle import Circle
from ._directions import LogSimplex, Sphere, ZeroSum
from ._discrete import Atoms, CountsOf, IntegerRange, Integers, IntegersFrom, Outcomes, Permutation
from ._graph import Graph
from ._increasing import IncreasingVector
from ._parts import Padded, Parts
from ._product import Product
from ._real import HalfLine, Interval, Real
from ._support import AbstractSupport
from ._triangular import LowerTriangular
from ._union import Union
from ._vector import (
    Correlation,
    CorrelationCholesky,
    LowerCholesky,
    OneHot,
    PositiveDefinite,
    PositiveVector,
    RealMatrix,
    RealVector,
    Simplex,
)
from ._within import Within, above, above_dimension_less_1, at_least, between, smaller_than

real = Real()
positive = HalfLine()
nonnegative = HalfLine(closed=True)
unit_interval = Interval()
"""[0, 1]"""
open_unit_interval = Interval(closed=False)
"""(0, 1)"""
boolean = IntegerRange(0, 1)
counts = IntegersFrom(0)
integers = Integers()
real_vector = RealVector()
real_matrix = RealMatrix()
increasing_vector = IncreasingVector()
permutation = Permutation()
positive_vector = PositiveVector()
simplex = Simplex()
one_hot = OneHot()
lower_cholesky = LowerCholesky()
lower_triangular = LowerTriangular()
correlation_cholesky = CorrelationCholesky()
correlation = Correlation()
positive_definite = PositiveDefinite()
sphere = Sphere()
log_simplex = LogSimplex()
graph = Graph()

__all__ = [
    "AbstractSupport",
    "AnyOf",
    "Atoms",
    "Blocks",
    "Circle",
    "Correlation",
    "CorrelationCholesky",
    "CountsOf",
    "Graph",
    "HalfLine",
    "IncreasingVector",
    "IntegerRange",
    "Integers",
    "IntegersFrom",
    "Interval",
    "LogSimplex",
    "LowerCholesky",
    "LowerTriangular",
    "OneHot",
    "Outcomes",
    "Padded",
    "Parts",
    "Permutation",
    "PositiveDefinite",
    "PositiveVector",
    "Product",
    "Real",
    "RealMatrix",
    "RealVector",
    "Simplex",
    "Sphere",
    "Union",
    "Within",
    "ZeroSum",
    "above",
    "above_dimension_less_1",
    "at_least",
    "between",
    "boolean",
    "correlation",
    "correlation_cholesky",
    "counts",
    "graph",
    "increasing_vector",
    "integers",
    "log_simplex",
    "lower_cholesky",
    "lower_triangular",
    "nonnegative",
    "one_hot",
    "open_unit_interval",
    "permutation",
    "positive",
    "positive_definite",
    "positive_vector",
    "real",
    "real_matrix",
    "real_vector",
    "simplex",
    "smaller_than",
    "sphere",
    "unit_interval",
]
