"""Independent parts: the divergences of the parts add up."""

from .._typing import Array
from ..distributions import Independent
from ._kl import divergence, register_kl


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Array | None:
    return divergence(p.base, q.base).sum() if p.base.event_shape == q.base.event_shape else None
