"""Tests that ship with the library: the contract of a distribution, and the unbiasedness of an estimator.

`check_distribution` checks every property the library promises of a family; `check_estimator` that the mean of an
estimator is the gradient. `mean_test` and `cdf_test` are the statistics behind both.
"""

from ._bijector import check_bijector
from ._distribution import CHECKS, ContractError, Report, check_distribution
from ._estimator import check_estimator
from ._statistics import cdf_test, mean_test
from ._verdict import FamilyRate, Verdict

__all__ = [
    "CHECKS",
    "ContractError",
    "FamilyRate",
    "Report",
    "Verdict",
    "cdf_test",
    "check_bijector",
    "check_distribution",
    "check_estimator",
    "mean_test",
]
