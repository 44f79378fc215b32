"""The bijector from the reals onto a set: what an optimiser, a variational family or a Markov chain moves freely in."""

from collections.abc import Callable
from typing import Any

from .. import _errors, supports
from ..supports import AbstractSupport
from ._bijector import AbstractBijector
from ._onto_circle import OntoCircle
from ._onto_interval import OntoInterval
from .block import Block
from .blockwise import Blockwise
from .chain import Chain
from .cholesky_outer_product import CholeskyOuterProduct
from .correlation_cholesky import CorrelationCholesky
from .correlation_outer_product import CorrelationOuterProduct
from .fill_scale_tril import FillScaleTriL
from .fill_triangular import FillTriangular
from .identity import Identity
from .log_softmax_centered import LogSoftmaxCentered
from .ordered import Ordered
from .pad import Pad
from .softmax_centered import SoftmaxCentered
from .softplus import Softplus
from .unit_vector import UnitVector
from .zero_sum import ZeroSum


def of_support(support: AbstractSupport) -> AbstractBijector:
    """The bijector from as many reals as the set has dimensions onto its interior.

    Where the set's own `constrain` is invertible it is the same map. Where that takes more numbers than there are dimensions
    (the simplex, Cholesky factors) this one takes as many: shapes are `forward_event_shape` and `inverse_event_shape`.

    Args:
        support: any set of expectax that is not discrete.

    Raises:
        UnsupportedProgramError: there is none: a discrete set, a union, a set of your own.

    Example:
        >>> import expectax as ex
        >>> onto = ex.bijectors.of_support(ex.supports.positive_definite)
        >>> onto.inverse_event_shape((3, 3))
        (6,)
    """
    for kind, make in _MAPS.items():
        if isinstance(support, kind) and not support.discrete:
            return make(support)
    raise _errors.no_bijector(support.description)


def _product(support: Any) -> AbstractBijector:
    return Block(of_support(support.base), support.ranks)


def _parts(support: Any) -> AbstractBijector:
    if support.event_rank != 1:
        raise _errors.no_bijector(support.description)
    each = [of_support(base) for base in support.bases]
    sizes = tuple(part.inverse_event_shape((n,))[0] for part, n in zip(each, support.sizes, strict=True))
    return Blockwise(each, sizes)


_MAPS: dict[type, Callable[[Any], AbstractBijector]] = {  # subclasses first
    supports.Circle: lambda s: OntoCircle(s.centre),
    supports.Real: lambda s: Identity(),
    supports.HalfLine: lambda s: Softplus(),
    supports.Interval: lambda s: OntoInterval(s.low, s.high),
    supports.RealVector: lambda s: Block(Identity(), 1),
    supports.RealMatrix: lambda s: Block(Identity(), 2),
    supports.IncreasingVector: lambda s: Ordered(Softplus()),
    supports.PositiveVector: lambda s: Block(Softplus(), 1),
    supports.Simplex: lambda s: SoftmaxCentered(),
    supports.LogSimplex: lambda s: LogSoftmaxCentered(),
    supports.Sphere: lambda s: UnitVector(),
    supports.ZeroSum: lambda s: ZeroSum(s.ranks),
    supports.CorrelationCholesky: lambda s: CorrelationCholesky(),
    supports.LowerCholesky: lambda s: FillScaleTriL(),
    supports.LowerTriangular: lambda s: FillTriangular(),
    supports.Correlation: lambda s: Chain([CorrelationOuterProduct(), CorrelationCholesky()]),
    supports.PositiveDefinite: lambda s: Chain([CholeskyOuterProduct(), FillScaleTriL()]),
    supports.Padded: lambda s: Pad(s.paddings, s.value),
    supports.Parts: _parts,
    supports.Product: _product,
}
