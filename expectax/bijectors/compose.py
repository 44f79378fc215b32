"""One bijector after another, the first first.

    y = g_k(... g_2(g_1(x))),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|

Accuracy   that of the parts.
"""

from typing import final

from ._composition import AbstractComposition


@final
class Compose(AbstractComposition):
    """A composition in reading order: the first bijector is applied first. In all else it is `Chain`.

    Args:
        bijectors: g_1, ..., g_k; a list or tuple of bijectors, not empty.

    Shapes: batches of the parts broadcast; a lifted part's last batch axes are event axes here.

    Raises:
        ParameterError: not such a sequence, or batches that do not fit.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Compose([ex.bijectors.Exp(), ex.bijectors.Scale(2.0)]).forward(0.0))
        2.0
    """

    @property
    def _order(self) -> slice:
        return slice(None)
