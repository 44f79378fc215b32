"""Cases of the property tests: laws of vectors, directions and matrices."""

import numpy as np
from case import Case, array
from scipy import stats

import expectax as ex

LOC = array(1.0, -1.0)
TRIL = array([2.0, 0.0], [1.0, 1.5])
SHAPE = (TRIL @ TRIL.T).astype(np.float64)
TALL = array([1.0, -1.0], [0.5, 0.0], [2.0, 1.0])
ROWS = array([1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-1.0, 0.25, 0.5])

CASES: list[Case] = [
    Case(
        "MultivariateNormalDiagonal",
        lambda: ex.MultivariateNormal(LOC, scale_diag=array(0.5, 2.0)),
        stats.multivariate_normal([1.0, -1.0], np.diag([0.25, 4.0])),
    ),
    Case(
        "MultivariateStudentT",
        lambda: ex.MultivariateStudentT(7.5, LOC, TRIL),
        stats.multivariate_t([1.0, -1.0], SHAPE, 7.5),
    ),
    Case(
        "MatrixNormal",
        lambda: ex.MatrixNormal(TALL, ROWS, TRIL),
        stats.matrix_normal(TALL, (ROWS @ ROWS.T).astype(np.float64), SHAPE),
    ),
    Case("InverseWishart", lambda: ex.InverseWishart(12.0, scale_tril=TRIL)),
    Case("InverseWishartScale", lambda: ex.InverseWishart(11.5, scale=SHAPE.astype(np.float32))),
]

BATCHED: list[Case] = [
    Case("MultivariateNormalDiagonal", lambda: ex.MultivariateNormal(np.zeros((3, 2)), scale_diag=array(0.5, 2.0))),
    Case("MultivariateStudentT", lambda: ex.MultivariateStudentT(array([3.0], [40.0]), np.zeros((3, 2)), TRIL)),
    Case("MatrixNormal", lambda: ex.MatrixNormal(np.stack([TALL, -TALL])[:, None], ROWS, np.stack([TRIL, 2 * TRIL]))),
    Case("InverseWishart", lambda: ex.InverseWishart(array([8.0], [30.0]), scale_tril=np.stack([TRIL, 2 * TRIL]))),
]
