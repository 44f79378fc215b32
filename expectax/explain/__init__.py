"""What a stochastic program's gradient is made of: measure, check, report."""

from ._compare import Comparison, Trial, compare_estimators
from ._explain import explain
from ._report import Finding, Report

__all__ = ["Comparison", "Finding", "Report", "Trial", "compare_estimators", "explain"]
