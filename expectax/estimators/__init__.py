"""Ways to carry a derivative through one sample site; one file each."""

from ._enumerate import Enumerate
from ._estimator import AbstractEstimator, Auto, Stop, resolve
from ._pathwise import Pathwise
from ._score import Score

__all__ = ["AbstractEstimator", "Auto", "Enumerate", "Pathwise", "Score", "Stop", "resolve"]
