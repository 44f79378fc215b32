"""Bijectors of vectors and matrices, each with an event shape to check it at."""

import numpy as np

from expectax import bijectors as bij

TRIL = np.array([[1.5, 0.0, 0.0], [-0.4, 0.7, 0.0], [2.0, 0.3, 1.1]])
LOC = np.array([[0.5, -1.0, 2.0], [0.0, 3.0, -0.25]])

# (name, make, event shape of x)
CASES = [
    ("Block", lambda: bij.Block(bij.Exp(), 2), (2, 3)),
    ("Block of a batch", lambda: bij.Block(bij.Scale(LOC[:, :2] + 0.7), 1), (2,)),
    ("Block of vectors", lambda: bij.Block(bij.StickBreaking(), 1), (2, 2)),
    ("Chain", lambda: bij.Chain([bij.Exp(), bij.Scale(np.array([2.0, -0.5]))]), ()),
    ("Chain lifts", lambda: bij.Chain([bij.Scale(np.array([2.0, -0.5, 3.0])), bij.Flip(), bij.Exp()]), (3,)),
    ("Chain of shapes", lambda: bij.Chain([bij.CholeskyOuterProduct(), bij.FillScaleTriL()]), (6,)),
    ("Chain onto triangles", lambda: bij.Chain([bij.TransformDiagonal(bij.Exp()), bij.FillTriangular()]), (6,)),
    ("Chain from an interval", lambda: bij.Chain([bij.Invert(bij.Exp()), bij.Scale(-2.0)]), ()),
    ("Compose", lambda: bij.Compose([bij.Scale(3.0), bij.Softplus(), bij.Cumsum()]), (3,)),
    ("Compose reshapes", lambda: bij.Compose([bij.Flip(), bij.Reshape((2, 2)), bij.Exp(), bij.Transpose()]), (4,)),
    ("Invert", lambda: bij.Invert(bij.SoftmaxCentered()), (3,)),
    ("DiagLinear", lambda: bij.DiagLinear(LOC - 0.2), (3,)),
    ("TriangularAffine", lambda: bij.TriangularAffine(LOC, TRIL), (3,)),
    ("TriangularLinear", lambda: bij.TriangularLinear(TRIL), (3,)),
    ("ScaleMatvecLU", lambda: bij.ScaleMatvecLU(TRIL + TRIL.T - np.diag([0, 3, 0]), (2, 0, 1)), (3,)),
    ("Householder", lambda: bij.Householder(LOC), (3,)),
    ("Ordered", lambda: bij.Ordered(), (4,)),
    ("Ordered by softplus", lambda: bij.Ordered(bij.Chain([bij.Softplus(), bij.Scale(np.array([0.5, 2.0]))])), (3,)),
    ("StickBreaking", lambda: bij.StickBreaking(), (3,)),
    ("SoftmaxCentered", lambda: bij.SoftmaxCentered(), (3,)),
    ("LogSoftmaxCentered", lambda: bij.LogSoftmaxCentered(), (3,)),
    ("CorrelationCholesky", lambda: bij.CorrelationCholesky(), (6,)),
    ("CorrelationOuterProduct", lambda: bij.CorrelationOuterProduct(), (3, 3)),
    ("CholeskyOuterProduct", lambda: bij.CholeskyOuterProduct(), (3, 3)),
    ("CholeskyToInvCholesky", lambda: bij.CholeskyToInvCholesky(), (3, 3)),
    ("MatrixInverseTriL", lambda: bij.MatrixInverseTriL(), (3, 3)),
    ("FillTriangular", lambda: bij.FillTriangular(), (6,)),
    ("FillScaleTriL", lambda: bij.FillScaleTriL(), (6,)),
    ("TransformDiagonal", lambda: bij.TransformDiagonal(bij.Scale(np.array([2.0, -1.0]))), (2, 2)),
    ("UnitVector", lambda: bij.UnitVector(), (2,)),
    ("ZeroSum", lambda: bij.ZeroSum(), (3,)),
    ("ZeroSum of matrices", lambda: bij.ZeroSum(2), (2, 3)),
    ("Cumsum", lambda: bij.Cumsum(), (4,)),
    ("Cumsum of rows", lambda: bij.Cumsum(-2), (3, 2)),
    ("DiscreteCosine", lambda: bij.DiscreteCosine(), (5,)),
    ("DiscreteCosine 3", lambda: bij.DiscreteCosine(3), (4,)),
    ("Permute", lambda: bij.Permute([2, 0, 1]), (3,)),
    ("Permute rows", lambda: bij.Permute([2, 0, 1], -2), (3, 2)),
    ("Reshape", lambda: bij.Reshape((2, -1), (3, 2)), (3, 2)),
    ("Transpose", lambda: bij.Transpose((2, 0, 1)), (2, 1, 3)),
    ("Flip", lambda: bij.Flip(-2), (2, 2)),
    ("Pad", lambda: bij.Pad(((1, 2),), np.array([0.0, 7.0])), (2,)),
    ("Pad a matrix", lambda: bij.Pad(((0, 1), (1, 0))), (2, 2)),
    (
        "Blockwise",
        lambda: bij.Blockwise([bij.Scale(LOC[:, :1] + 0.7), bij.StickBreaking(), bij.Exp()], (1, 2, 2)),
        (5,),
    ),
    ("Stack", lambda: bij.Stack([bij.Exp(), bij.Scale(2.0), bij.Invert(bij.Exp())]), (3,)),
    ("Stack of vectors", lambda: bij.Stack([bij.Flip(), bij.Softplus()]), (2, 3)),
]
