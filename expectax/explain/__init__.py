"""What a stochastic program's gradient is made of: measure, check, report."""

from ._check_gradient import check_gradient
from ._compare import Comparison, Trial, compare_estimators
from ._explain import explain
from ._gradient_report import GradientCheck
from ._monitor import LeafReading, Readings, live_monitor, monitor, read_monitor
from ._report import Finding, Report

__all__ = [
    "Comparison",
    "Finding",
    "GradientCheck",
    "LeafReading",
    "Readings",
    "Report",
    "Trial",
    "check_gradient",
    "compare_estimators",
    "explain",
    "live_monitor",
    "monitor",
    "read_monitor",
]
