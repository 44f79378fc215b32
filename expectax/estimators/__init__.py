"""Ways to carry a derivative through one sample site; one file each."""

from ._antithetic import Arm, DisArm
from ._coupled import Antithetic, Sobol, Stratified
from ._enumerate import Enumerate
from ._estimator import AbstractEstimator, Auto, LearnedBaseline, Stop, resolve
from ._local_expectation import LocalExpectation
from ._measure_valued import MeasureValued, WeakDerivative
from ._pathwise import Pathwise
from ._rebar import Rebar
from ._relax import Relax
from ._relaxed import GumbelSoftmax, ReinMax, StraightThrough, StraightThroughGumbel
from ._score import Score
from ._smoothed_perturbation import SmoothedPerturbation

_ALL = (
    Auto, Pathwise, Score, Enumerate, LocalExpectation, MeasureValued, SmoothedPerturbation, Arm, DisArm, Rebar,
    Antithetic, Stratified, Sobol,
    StraightThrough, GumbelSoftmax, StraightThroughGumbel, ReinMax, Stop,
)  # fmt: skip

BY_NAME: dict[str, AbstractEstimator] = {cls.name: cls() for cls in _ALL}
"""What `gradient=` may be as text."""

__all__ = [
    "BY_NAME",
    "AbstractEstimator",
    "Antithetic",
    "Arm",
    "Auto",
    "DisArm",
    "Enumerate",
    "GumbelSoftmax",
    "LearnedBaseline",
    "LocalExpectation",
    "MeasureValued",
    "Pathwise",
    "Rebar",
    "ReinMax",
    "Relax",
    "Score",
    "SmoothedPerturbation",
    "Sobol",
    "Stop",
    "StraightThrough",
    "StraightThroughGumbel",
    "Stratified",
    "WeakDerivative",
    "resolve",
]
