"""Tests that ship with the library: the contract of a distribution, and the unbiasedness of an estimator or a gradient.

`check_distribution` checks every property the library promises of a family; `check_estimator` that the mean of an
estimator is the gradient. `mean_test` and `cdf_test` are the statistics behind both.
"""

from ._assert_gradient import assert_gradient_ok
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
    "assert_gradient_ok",
    "cdf_test",
    "check_bijector",
    "check_distribution",
    "check_estimator",
    "mean_test",
]
