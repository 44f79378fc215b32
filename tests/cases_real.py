"""Cases of the property tests: laws on the real line."""

from case import Case

CASES: list[Case] = []

BATCHED: list[Case] = []
