"""Cases of the property tests: laws of vectors, directions and matrices."""

from case import Case

CASES: list[Case] = []

BATCHED: list[Case] = []
