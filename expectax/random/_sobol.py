"""Sobol points, scrambled: n points in many dimensions that leave no part of the cube empty.

Point i has in dimension d the binary digits i₁ V₁ ⊕ i₂ V₂ ⊕ ..., of the bits of i and of direction numbers V. Scrambling by
nested permutations of digits (Owen) makes each point uniform, keeps the net, and lets the error of a mean fall as n^(-3/2) for
smooth functions. The permutations are those of a hash whose bits depend on lower bits alone, on the digits in reverse.

Sources: Joe, Kuo, "Constructing Sobol' sequences with better two-dimensional projections" (2008), direction numbers
new-joe-kuo-6; Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences" (1995); Laine, Karras, "Stratified sampling for
stochastic transparency" (2011), section 3; Burley, "Practical hash-based Owen scrambling" (2020), section 3.2.
"""

import functools

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array, Key
from ._words import seed_of, words_of

BITS = 32
# primitive polynomial (its coefficients as bits) and initial direction numbers of dimensions 2, 3, ...
_JOE_KUO = (
    (3, 1), (7, 1, 3), (11, 1, 3, 1), (13, 1, 1, 1), (19, 1, 1, 3, 3), (25, 1, 3, 5, 13), (37, 1, 1, 5, 5, 17),
    (41, 1, 1, 5, 5, 5), (47, 1, 1, 7, 11, 19), (55, 1, 1, 5, 1, 1), (59, 1, 1, 1, 3, 11), (61, 1, 3, 5, 5, 31),
    (67, 1, 3, 3, 9, 7, 49), (91, 1, 1, 1, 15, 21, 21), (97, 1, 3, 1, 13, 27, 49), (103, 1, 1, 1, 15, 7, 5),
    (109, 1, 3, 1, 15, 13, 25), (115, 1, 1, 5, 5, 19, 61), (131, 1, 3, 7, 11, 23, 15, 103),
    (137, 1, 3, 7, 13, 13, 15, 69), (143, 1, 1, 3, 13, 7, 35, 63), (145, 1, 3, 5, 9, 1, 25, 53),
    (157, 1, 3, 1, 13, 9, 35, 107), (167, 1, 3, 1, 5, 27, 61, 31), (171, 1, 1, 5, 11, 19, 41, 61),
    (185, 1, 3, 5, 3, 3, 13, 69), (191, 1, 1, 7, 13, 1, 19, 1), (193, 1, 3, 7, 5, 13, 19, 59),
    (203, 1, 1, 3, 9, 25, 29, 41), (211, 1, 3, 5, 13, 23, 1, 55), (213, 1, 3, 7, 3, 13, 59, 17),
    (229, 1, 3, 1, 3, 5, 53, 69), (239, 1, 1, 5, 5, 23, 33, 13), (241, 1, 1, 7, 7, 1, 61, 123),
    (247, 1, 1, 7, 9, 13, 61, 49), (253, 1, 3, 3, 5, 3, 55, 33), (285, 1, 3, 1, 15, 31, 13, 49, 245),
    (299, 1, 3, 5, 15, 31, 59, 63, 97), (301, 1, 3, 1, 11, 11, 11, 77, 249), (333, 1, 3, 1, 11, 27, 43, 71, 9),
    (351, 1, 1, 7, 15, 21, 11, 81, 45), (355, 1, 3, 7, 3, 25, 31, 65, 79), (357, 1, 3, 1, 1, 19, 11, 3, 205),
    (361, 1, 1, 5, 9, 19, 21, 29, 157), (369, 1, 3, 7, 11, 1, 33, 89, 185), (391, 1, 3, 3, 3, 15, 9, 79, 71),
    (397, 1, 3, 7, 11, 15, 39, 119, 27), (425, 1, 1, 3, 1, 11, 31, 97, 225), (451, 1, 1, 1, 3, 23, 43, 57, 177),
    (463, 1, 3, 7, 7, 17, 17, 37, 71), (487, 1, 3, 1, 5, 27, 63, 123, 213), (501, 1, 1, 3, 5, 11, 43, 53, 133),
    (529, 1, 3, 5, 5, 29, 17, 47, 173, 479), (539, 1, 3, 3, 11, 3, 1, 109, 9, 69), (545, 1, 1, 1, 5, 17, 39, 23, 5, 343),
    (557, 1, 3, 1, 5, 25, 15, 31, 103, 499), (563, 1, 1, 1, 11, 11, 17, 63, 105, 183),
    (601, 1, 1, 5, 11, 9, 29, 97, 231, 363), (607, 1, 1, 5, 15, 19, 45, 41, 7, 383),
    (617, 1, 3, 7, 7, 31, 19, 83, 137, 221), (623, 1, 1, 1, 3, 23, 15, 111, 223, 83),
    (631, 1, 1, 5, 13, 31, 15, 55, 25, 161), (637, 1, 1, 3, 13, 25, 47, 39, 87, 257),
)  # fmt: skip
DIMENSIONS = len(_JOE_KUO) + 1
"""So many have direction numbers."""


def sobol(key: Key, count: int, dimensions: int) -> Array:
    """`count` scrambled points as words of 32 bits, shape (count, dimensions); each alone is uniform.

    At most 64 dimensions, and 2³² points; powers of two are balanced best.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> words = ex.random.sobol(jax.random.key(0), 8, 2)
        >>> jnp.sort(words[:, 0] >> 29).tolist()  # one point in each eighth
        [0, 1, 2, 3, 4, 5, 6, 7]
    """
    if dimensions > DIMENSIONS:
        raise ValueError(f"sobol: expected at most {DIMENSIONS} dimensions, got {dimensions}")
    index, digits = lax.iota(jnp.uint32, count)[:, None], jnp.zeros((count, dimensions), jnp.uint32)
    for bit, numbers in zip(range(max(count - 1, 0).bit_length()), _directions(dimensions), strict=False):
        digits ^= jnp.where((index >> bit) & 1 == 1, numbers[None], jnp.uint32(0))
    added, multiplied = words_of(seed_of(key), 2, lax.iota(jnp.uint32, dimensions), jnp.float32)
    return _scrambled(digits, added[None], multiplied[None] | 1)


@functools.cache
def _directions(dimensions: int) -> np.ndarray:
    """V, one row a bit of the index, one column a dimension."""
    columns = [[1 << (BITS - 1 - bit) for bit in range(BITS)]]
    for polynomial, *initial in _JOE_KUO[: dimensions - 1]:
        degree = len(initial)
        column = [m << (BITS - 1 - bit) for bit, m in enumerate(initial)]
        for bit in range(degree, BITS):
            number = column[bit - degree] ^ (column[bit - degree] >> degree)
            for k in range(1, degree):
                number ^= column[bit - k] * (polynomial >> (degree - k) & 1)
            column.append(number)
        columns.append(column)
    return np.array(columns[:dimensions], np.uint32).T


def _scrambled(digits: Array, added: Array, factor: Array) -> Array:
    """Digit j is flipped by what the digits before it say; an odd factor and a uniform addend leave a word uniform."""
    x = _reversed(digits)
    x ^= x * np.uint32(0x3D20ADEA)
    x = (x + added) * factor
    x ^= x * np.uint32(0x05526C56)
    x ^= x * np.uint32(0x53A22864)
    return _reversed(x)


def _reversed(x: Array) -> Array:
    """The bits in reverse."""
    for by, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        x = ((x >> by) & np.uint32(mask)) | ((x & np.uint32(mask)) << by)
    return (x >> 16) | (x << 16)
