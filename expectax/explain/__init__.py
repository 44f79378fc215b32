"""What a stochastic program's gradient is made of: measure, check, report."""

from ._explain import explain
from ._report import Finding, Report

__all__ = ["Finding", "Report", "explain"]
