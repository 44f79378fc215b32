"""Cases of the property tests: laws on an interval."""

from case import Case

CASES: list[Case] = []

BATCHED: list[Case] = []
