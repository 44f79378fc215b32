"""Point masses and samples as distributions, in TFP's arguments."""

from .... import distributions as ex
from .._arguments import Static, Vector
from ._base import Distribution, family


@family()
def Deterministic(loc, atol=None, rtol=None, validate_args=False, allow_nan_stats=True, name="Deterministic"):
    """A number that is not random; there is no tolerance."""
    return ex.Deterministic(loc)


@family()
def VectorDeterministic(
    loc: Vector, atol=None, rtol=None, validate_args=False, allow_nan_stats=True, name="VectorDeterministic"
):
    """A vector that is not random; there is no tolerance."""
    return ex.Independent(ex.Deterministic(loc), 1)


class Samples(Distribution):
    """What Empirical adds."""

    def _own_axes(self, name: str) -> int:
        return self._arguments["event_ndims"] + 1

    def compute_num_samples(self) -> int:
        """How many samples there are."""
        shape = self._arguments["samples"].shape
        return shape[len(shape) - self._own_axes("samples")]


@family(Samples)
def Empirical(samples: Vector, event_ndims: Static = 0, validate_args=False, allow_nan_stats=True, name="Empirical"):
    """Draws again from given samples."""
    return ex.Empirical(samples, event_ndims)
