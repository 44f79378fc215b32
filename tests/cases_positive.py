"""Cases of the property tests: laws on the positive half line."""

from case import Case

CASES: list[Case] = []

BATCHED: list[Case] = []
