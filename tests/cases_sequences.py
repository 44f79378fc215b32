"""Cases of the property tests: mixtures of unlike families, hidden Markov models, state spaces."""

import numpy as np
from case import Case, array
from scipy import stats

import expectax as ex

HALVES = ex.Categorical(probs=array(0.5, 0.5))
THIRDS = ex.Categorical(logits=array(0.5, -1.0, 1.0))
START = ex.Categorical(probs=array(0.75, 0.25))
STAY = ex.Categorical(probs=array([0.75, 0.25], [0.5, 0.5]))
STAY_LOGITS = ex.Categorical(logits=array([1.0, -1.0], [0.5, 0.5]))
MOVE, SEEN = array([0.5, 0.25], [-0.5, 0.75]), array([1.0, 0.5])
FIRST = ex.MultivariateNormal(array(1.0, -1.0), scale_diag=array(1.0, 2.0))
NOISE = ex.MultivariateNormal(array(0.5, 0.0), scale_tril=array([0.5, 0.0], [0.25, 1.0]))
ERROR = ex.MultivariateNormal(array(0.25), scale_diag=array(0.5))
STEPS = 3


class Flat:
    """The law of a state space's observations as one normal vector, by dense linear algebra of the joint law."""

    def __init__(self, model):
        mean, covariance = states(model)
        seen = [_at(model.observation_matrix, t, model) for t in range(model.num_steps)]
        noise = [moments(model.observation_noise, t, model) for t in range(model.num_steps)]
        self.mean = np.concatenate([h @ m + v for h, m, (v, _) in zip(seen, mean, noise, strict=True)])
        rows = [[h @ covariance[s][t] @ g.T for t, g in enumerate(seen)] for s, h in enumerate(seen)]
        for t, (_, r) in enumerate(noise):
            rows[t][t] = rows[t][t] + r
        self.covariance = np.block(rows)
        self.cross = np.block([[covariance[s][t] @ g.T for t, g in enumerate(seen)] for s in range(len(seen))])
        self.law = stats.multivariate_normal(self.mean, self.covariance)

    def logpdf(self, x):
        return self.law.logpdf(np.ravel(x))

    def entropy(self):
        return self.law.entropy()


def states(model):
    """Means, and covariances of all pairs, of the states of a model without a batch."""
    steps = range(model.num_steps - 1)
    means, own = ([moment] for moment in _moments(model.initial))
    moves = [_at(model.transition_matrix, t, model) for t in steps]
    for t, move in enumerate(moves):
        shift, noise = moments(model.transition_noise, t, model)
        means.append(move @ means[-1] + shift)
        own.append(move @ own[-1] @ move.T + noise)
    pairs = [[None] * len(own) for _ in own]
    for s, covariance in enumerate(own):
        for t in range(s, len(own)):
            pairs[s][t], pairs[t][s] = covariance, covariance.T
            covariance = covariance @ moves[t].T if t < len(moves) else None
    return means, pairs


def _at(matrix, t, model):
    matrix = np.asarray(matrix, np.float64)
    return matrix[min(t, len(matrix) - 1)] if model.time_varying else matrix


def moments(noise, t, model):
    """Mean and covariance of a noise at a time."""
    mean, covariance = _moments(noise)
    if model.time_varying:
        mean = mean if mean.ndim == 1 else mean[min(t, len(mean) - 1)]
        covariance = covariance if covariance.ndim == 2 else covariance[min(t, len(covariance) - 1)]
    return mean, covariance


def _moments(normal):
    diagonal = normal.scale_tril is None
    factor = np.asarray(normal.scale_diag if diagonal else normal.scale_tril, np.float64)
    factor = factor[..., None] * np.eye(factor.shape[-1]) if diagonal else factor
    return np.asarray(normal.loc, np.float64), factor @ np.swapaxes(factor, -1, -2)


def space(steps=STEPS):
    return ex.LinearGaussianStateSpace(FIRST, MOVE, NOISE, SEEN, ERROR, num_steps=steps)


def changing():
    moves = np.stack([MOVE, -MOVE])
    return ex.LinearGaussianStateSpace(
        FIRST,
        moves,
        ex.MultivariateNormal(array([0.5, 0.0], [1.0, 2.0]), scale_diag=array(0.5, 0.25)),
        np.stack([SEEN, 2 * SEEN, -SEEN]),
        ex.MultivariateNormal(array(0.25), scale_diag=array([0.5], [1.0], [2.0])),
        num_steps=3,
        time_varying=True,
    )


CASES: list[Case] = [
    Case(
        "MixtureUnlike", lambda: ex.Mixture(THIRDS, (ex.Normal(-1.0, 0.5), ex.Laplace(1.0, 2.0), ex.Logistic(3.0, 0.5)))
    ),
    Case("MixtureUnlikeSupports", lambda: ex.Mixture(HALVES, (ex.Uniform(-2.0, 1.0), ex.Weibull(2.5, 1.0)))),
    Case("MixtureUnlikeCounts", lambda: ex.Mixture(HALVES, (ex.DiscreteUniform(1, 4), ex.Geometric(probs=0.25)))),
    Case(
        "MixtureUnlikeFinite",
        lambda: ex.Mixture(HALVES, (ex.Bernoulli(probs=0.25), ex.Categorical(probs=array(0.25, 0.5, 0.25)))),
    ),
    Case(
        "MixtureUnlikeVectors",
        lambda: ex.Mixture(HALVES, (FIRST, ex.Independent(ex.Laplace(array(0.0, 1.0), 0.5), 1))),
    ),
    Case("HiddenMarkovModel", lambda: ex.HiddenMarkovModel(START, STAY, ex.Normal(array(-1.0, 1.0), 0.5), STEPS)),
    Case(
        "HiddenMarkovModelCounts",
        lambda: ex.HiddenMarkovModel(START, STAY_LOGITS, ex.Poisson(array(1.0, 4.0)), STEPS),
    ),
    Case("LinearGaussianStateSpace", space, Flat(space())),
    Case("LinearGaussianStateSpaceChanging", changing, Flat(changing())),
]

BATCHED: list[Case] = [
    Case(
        "MixtureUnlike",
        lambda: ex.Mixture(
            ex.Categorical(logits=array([0.0, 1.0], [2.0, 0.0])[:, None]),
            (ex.Normal(array(0.0, 1.0, 2.0), 1.0), ex.Laplace(0.0, 2.0)),
        ),
    ),
    Case(
        "HiddenMarkovModel",
        lambda: ex.HiddenMarkovModel(
            START, STAY_LOGITS, ex.Normal(array([-1.0, 1.0], [0.0, 2.0], [0.0, 0.0]), 1.0), STEPS
        ),
    ),
    Case(
        "LinearGaussianStateSpace",
        lambda: ex.LinearGaussianStateSpace(
            FIRST, np.stack([MOVE, -MOVE, 0 * MOVE]), NOISE, SEEN, ERROR, num_steps=STEPS
        ),
    ),
]
