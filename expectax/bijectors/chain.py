"""One bijector after another, the last first.

    y = g_1(g_2(... g_k(x))),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|

Accuracy   that of the parts.
"""

from typing import final

from ._composition import AbstractComposition


@final
class Chain(AbstractComposition):
    """A composition written as in mathematics: the last bijector is applied first. `Compose` reads from the left.

    A part whose events have fewer axes than those of its neighbours maps each lane by itself (`Block`); event shapes may
    change along the way. Domain and codomain are the sets that all parts allow, as far as the parts know the images.

    Args:
        bijectors: g_1, ..., g_k; a list or tuple of bijectors, not empty.

    Shapes: batches of the parts broadcast; a lifted part's last batch axes are event axes here.

    Raises:
        ParameterError: not such a sequence, or batches that do not fit.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Chain([ex.bijectors.Scale(2.0), ex.bijectors.Exp()]).forward(0.0))
        2.0
    """

    @property
    def _order(self) -> slice:
        return slice(None, None, -1)
