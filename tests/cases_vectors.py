"""Cases of the property tests: laws of vectors, directions and matrices."""

import numpy as np
from case import Case, array
from scipy import special, stats

import expectax as ex

LOC = array(1.0, -1.0)
TRIL = array([2.0, 0.0], [1.0, 1.5])
SHAPE = (TRIL @ TRIL.T).astype(np.float64)
TALL = array([1.0, -1.0], [0.5, 0.0], [2.0, 1.0])
ROWS = array([1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-1.0, 0.25, 0.5])
RING = array([0.0, 1.0, 0.0, 2.0], [1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [2.0, 0.0, 1.0, 0.0])
POINTS = array(0.0, 0.5, 2.0)
KERNEL = np.exp(-((POINTS[:, None] - POINTS) ** 2))


def _car(correlation, precision):
    matrix = precision * (np.diag(RING.sum(-1)) - correlation * RING).astype(np.float64)
    return stats.multivariate_normal([1.0, -1.0, 0.0, 2.0], np.linalg.inv(matrix))


class _Relaxed(stats.rv_continuous):
    """The relaxed Bernoulli law, the logistic one of T logit(x)."""

    def _z(self, x, t, logits):
        return t * special.logit(x) - logits

    def _logpdf(self, x, t, logits):
        z = self._z(x, t, logits)
        return np.log(t) + special.log_expit(z) + special.log_expit(-z) - np.log(x) - np.log1p(-x)

    def _pdf(self, x, t, logits):
        return np.exp(self._logpdf(x, t, logits))

    def _cdf(self, x, t, logits):
        return special.expit(self._z(x, t, logits))

    def _logcdf(self, x, t, logits):
        return special.log_expit(self._z(x, t, logits))

    def _logsf(self, x, t, logits):
        return special.log_expit(-self._z(x, t, logits))

    def _ppf(self, p, t, logits):
        return special.expit((logits + special.logit(p)) / t)

    def _means(self, t, logits, *functions):
        noise = np.linspace(-45, 45, 9001)
        weight = 0.01 * special.expit(noise) * special.expit(-noise)
        y = (np.ravel(logits)[:1] + noise) / np.ravel(t)[:1]
        return [(weight * f(y)).sum() for f in functions]

    def _stats(self, t, logits):
        first, second = self._means(t, logits, special.expit, lambda y: special.expit(y) ** 2)
        return first, second - first**2, None, None

    def _entropy(self, t, logits):
        jacobian = self._means(t, logits, lambda y: special.log_expit(y) + special.log_expit(-y))[0]
        return 2 - np.log(t) + jacobian

    def _argcheck(self, t, logits):
        return t > 0


relaxed = _Relaxed(a=0.0, b=1.0, name="relaxed", shapes="t, logits")
AHEAD = array(0.6, 0.0, -0.8)
PAIR = array([1.0, 0.5], [0.5, 1.0])


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
    Case("CAR", lambda: ex.CAR(array(1.0, -1.0, 0.0, 2.0), 0.75, 2.0, RING), _car(0.75, 2.0)),
    Case("CARNegative", lambda: ex.CAR(array(1.0, -1.0, 0.0, 2.0), -0.5, 0.25, RING), _car(-0.5, 0.25)),
    Case(
        "GaussianProcess",
        lambda: ex.GaussianProcess(POINTS, KERNEL, observation_noise_variance=0.25, jitter=0.0),
        stats.multivariate_normal(POINTS, KERNEL.astype(np.float64) + 0.25 * np.eye(3)),
    ),
    Case(
        "GaussianRandomWalk",
        lambda: ex.GaussianRandomWalk(1.5, 3),
        stats.multivariate_normal(np.zeros(3), 2.25 * np.minimum.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])),
    ),
    Case("MultivariateLaplace", lambda: ex.MultivariateLaplace(LOC, TRIL)),
    Case("ZeroSumNormal", lambda: ex.ZeroSumNormal(1.5, (4,))),
    Case("ZeroSumNormalMatrix", lambda: ex.ZeroSumNormal(0.5, (3, 2))),
    Case("VonMisesFisher", lambda: ex.VonMisesFisher(AHEAD, 4.0), stats.vonmises_fisher([0.6, 0.0, -0.8], 4.0)),
    Case("VonMisesFisherWide", lambda: ex.VonMisesFisher(array(0.5, -0.5, 0.5, 0.5), 1.5)),
    Case("PowerSpherical", lambda: ex.PowerSpherical(AHEAD, 4.0)),
    Case("ProjectedNormal", lambda: ex.ProjectedNormal(array(1.0, 2.0, -0.5))),
    Case("ProjectedNormalCircle", lambda: ex.ProjectedNormal(array(3.0, -1.0))),
    Case("SphericalUniform", lambda: ex.SphericalUniform(4)),
    Case("RelaxedBernoulli", lambda: ex.RelaxedBernoulli(0.75, probs=0.25), relaxed(0.75, -np.log(3.0))),
    Case("RelaxedBernoulliLogits", lambda: ex.RelaxedBernoulli(2.5, logits=0.5), relaxed(2.5, 0.5)),
    Case("RelaxedOneHotCategorical", lambda: ex.RelaxedOneHotCategorical(0.75, probs=array(0.25, 0.25, 0.5))),
    Case("ExpRelaxedOneHotCategorical", lambda: ex.ExpRelaxedOneHotCategorical(0.5, logits=array(0.5, -1.0, 2.0))),
    Case(
        "GaussianCopula",
        lambda: ex.GaussianCopula(ex.Gamma(array(2.0, 3.0), array(1.0, 0.5)), correlation_matrix=PAIR),
    ),
    Case(
        "GaussianCopulaNormal",
        lambda: ex.GaussianCopula(ex.Normal(array(1.0, -2.0), array(0.5, 2.0)), correlation_matrix=PAIR),
        stats.multivariate_normal([1.0, -2.0], [[0.25, 0.5], [0.5, 4.0]]),
    ),
]

BATCHED: list[Case] = [
    Case("MultivariateNormalDiagonal", lambda: ex.MultivariateNormal(np.zeros((3, 2)), scale_diag=array(0.5, 2.0))),
    Case("MultivariateStudentT", lambda: ex.MultivariateStudentT(array([3.0], [40.0]), np.zeros((3, 2)), TRIL)),
    Case("MatrixNormal", lambda: ex.MatrixNormal(np.stack([TALL, -TALL])[:, None], ROWS, np.stack([TRIL, 2 * TRIL]))),
    Case("InverseWishart", lambda: ex.InverseWishart(array([8.0], [30.0]), scale_tril=np.stack([TRIL, 2 * TRIL]))),
    Case("CAR", lambda: ex.CAR(np.zeros((2, 1, 4), np.float32), array(0.5, -0.75), 2.0, RING)),
    Case(
        "GaussianProcess",
        lambda: ex.GaussianProcess(POINTS, KERNEL, observation_noise_variance=array([0.25], [2.0])),
    ),
    Case("GaussianRandomWalk", lambda: ex.GaussianRandomWalk(array([0.5], [2.0]), 3)),
    Case("MultivariateLaplace", lambda: ex.MultivariateLaplace(np.zeros((3, 2)), np.stack([TRIL, 2 * TRIL])[:, None])),
    Case("ZeroSumNormal", lambda: ex.ZeroSumNormal(array(0.5, 2.0), (3, 2))),
    Case("VonMisesFisher", lambda: ex.VonMisesFisher(np.stack([AHEAD, -AHEAD]), array([0.5], [40.0]))),
    Case("PowerSpherical", lambda: ex.PowerSpherical(np.stack([AHEAD, -AHEAD]), array([0.5], [40.0]))),
    Case("ProjectedNormal", lambda: ex.ProjectedNormal(np.stack([0.5 * AHEAD, -9 * AHEAD]))),
    Case("RelaxedBernoulli", lambda: ex.RelaxedBernoulli(array([0.75], [2.0]), logits=array(-1.0, 0.5))),
    Case("RelaxedOneHotCategorical", lambda: ex.RelaxedOneHotCategorical(array(0.75, 2.0), logits=AHEAD)),
    Case("ExpRelaxedOneHotCategorical", lambda: ex.ExpRelaxedOneHotCategorical(array(0.75, 2.0), logits=AHEAD)),
    Case(
        "GaussianCopula",
        lambda: ex.GaussianCopula(ex.Laplace(array([0.0, 1.0], [2.0, 3.0]), 0.5), correlation_matrix=PAIR),
    ),
]
