"""Cases of the property tests: discrete laws."""

from case import Case

CASES: list[Case] = []

BATCHED: list[Case] = []
