"""Bad input: a typed error that names the family, what came, what was expected, and the caller's own line."""

import inspect
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex
from expectax import _errors, supports
from expectax._typing import ArrayLike
from expectax.distributions import AbstractDistribution, parameter


class Coin(AbstractDistribution):
    """A user's own family: finite, without a pathwise derivative, with alternatives."""

    probs: ArrayLike | None = parameter(supports.unit_interval, optional=True)
    logits: ArrayLike | None = parameter(supports.real, optional=True)

    support = supports.boolean
    finite = True
    alternatives = ("probs", "logits")

    def _p(self):
        return self.probs if self.logits is None else jax.nn.sigmoid(self.logits)

    def _sample(self, key, shape):
        return (jax.random.uniform(key, shape, self.dtype) < self._p()).astype(self.dtype)

    def _log_prob(self, x):
        return jnp.log(jnp.where(x == 1, self._p(), 1 - self._p()))


class Weights(AbstractDistribution):
    """A user's own family whose parameter has an event axis."""

    probs: ArrayLike = parameter(supports.simplex)

    support = supports.real_vector

    @property
    def event_shape(self):
        return np.shape(self.probs)[-1:]

    def _sample(self, key, shape):
        return jax.random.normal(key, (*shape, *self.event_shape)) * self.probs

    def _log_prob(self, x):
        return (x * self.probs).sum()


def _key():
    return jax.random.key(7)


# (name, call on one or more lines, error, what the message must say)
BAD_PARAMETERS = [
    ("zero", lambda: ex.Normal(0.0, 0.0), "Normal.scale", "a number > 0", "got 0.0"),
    ("negative", lambda: ex.Normal(0.0, -2), "Normal.scale", "got -2"),
    ("nan", lambda: ex.Normal(float("nan"), 1.0), "Normal.loc", "got nan"),
    ("numpy scalar", lambda: ex.Normal(0.0, np.float64(-1)), "Normal.scale", "got -1.0"),
    ("in an array", lambda: ex.Normal(0.0, jnp.array([1.0, -3.0])), "got -3", "at index (1,) of shape (2,)"),
    ("in a NumPy array", lambda: ex.Normal(0.0, np.array([[1.0], [np.nan]])), "got nan at index (1, 0)"),
    ("text", lambda: ex.Normal("0", 1.0), "Normal.loc", "expected an array or a number, got str: '0'"),
    ("none", lambda: ex.Normal(None, 1.0), "Normal.loc", "expected an array or a number, got NoneType"),  # pyright: ignore
    ("list", lambda: ex.Normal([0.0, 1.0], 1.0), "Normal.loc", "got list: [0.0, 1.0]"),
    ("replace", lambda: ex.Normal(0.0, 1.0).replace(scale=-1.0), "Normal.scale", "got -1.0"),
    (
        "shapes",
        lambda: ex.Normal(jnp.zeros(2), jnp.ones(3)),
        "loc: batch (2,)",
        "scale: batch (3,)",
        "do not broadcast",
    ),
    ("none of two", lambda: Coin(), "exactly one of probs, logits", "got none"),
    ("both of two", lambda: Coin(probs=0.5, logits=0.0), "got probs, logits", "keyword-only"),
    ("own family", lambda: Coin(probs=1.5), "Coin.probs", "a number in [0.0, 1.0]", "got 1.5"),
    ("event axes", lambda: Weights(jnp.float32(1.0)), "Weights.probs", "at least 1 axes", "shape ()"),
    ("simplex", lambda: Weights(jnp.array([0.5, 0.6])), "a vector of probabilities that sums to 1", "at index ()"),
]

BAD_SHAPES = [
    ("negative", lambda: ex.Normal(0.0, 1.0).sample(_key(), (-1,)), "got (-1,)"),
    ("integer", lambda: ex.Normal(0.0, 1.0).sample(_key(), 3), "got 3"),  # pyright: ignore
    ("float", lambda: ex.Normal(0.0, 1.0).sample(_key(), (2.0,)), "got (2.0,)"),  # pyright: ignore
    ("bool", lambda: ex.Normal(0.0, 1.0).sample(_key(), (True,)), "got (True,)"),
    ("none", lambda: ex.Normal(0.0, 1.0).sample(_key(), None), "got None"),  # pyright: ignore
    (
        "too many",
        lambda: ex.Normal(jnp.zeros(2), 1.0).sample(_key(), (2**30, 2)),
        "Normal.sample",
        "2**31 - 1",
        "batch_size=",
    ),
    (
        "value",
        lambda: ex.Normal(jnp.zeros(2), 1.0).log_prob(jnp.zeros(3)),
        "Normal.log_prob",
        "(3,)",
        "batch shape (2,)",
    ),
    ("event", lambda: Weights(jnp.array([0.5, 0.5])).log_prob(jnp.zeros(3)), "Weights.log_prob", "event shape (2,)"),
]

BAD_KEYS = [
    ("integer", lambda: ex.Normal(0.0, 1.0).sample(0), "got 0", "wrap it in jax.random.key"),
    ("none", lambda: ex.Normal(0.0, 1.0).sample(None), "got None"),
    ("shape first", lambda: ex.Normal(0.0, 1.0).sample((3,)), "got (3,)", "sample(key, shape)"),
    ("batch", lambda: ex.Normal(0.0, 1.0).sample(jax.random.split(_key())), "shape (2,)", "use jax.vmap"),
    ("floats", lambda: ex.Normal(0.0, 1.0).sample(jnp.zeros(2)), "shape (2,) and dtype float32"),
    ("old batch", lambda: ex.Normal(0.0, 1.0).sample(np.zeros((3, 2), np.uint32)), "shape (3, 2) and dtype uint32"),
]

BAD_ESTIMATORS = [
    ("name", lambda: ex.Normal(0.0, 1.0).sample(_key(), gradient="reinforce"), "'pathwise', 'score'", "'reinforce'"),
    ("kind", lambda: ex.Normal(0.0, 1.0).sample(_key(), gradient=3), "got 3"),
    (
        "class",
        lambda: ex.Normal(0.0, 1.0).sample(_key(), gradient=ex.estimators.Score),
        "an estimator of ex.estimators",
    ),
    ("pathwise", lambda: Coin(probs=0.5).sample(_key(), gradient="pathwise"), "cannot serve Coin", "along the path"),
    (
        "enumerate",
        lambda: ex.Normal(0.0, 1.0).sample(_key(), gradient="enumerate"),
        "cannot serve Normal",
        "finite set",
    ),
]

MISSING_METHODS = [
    ("entropy", lambda: Coin(probs=0.5).entropy(), "Coin.entropy is not implemented"),
    ("mean", lambda: Coin(probs=0.5).mean(), "Coin.mean is not implemented"),
    ("cdf", lambda: Coin(probs=0.5).cdf(0.0), "Coin.cdf is not implemented"),
    ("quantile", lambda: Coin(probs=0.5).quantile(0.3), "Coin.quantile is not implemented"),
]

NO_DERIVATIVE = [
    ("grad", lambda: jax.grad(lambda p: Coin(probs=p).sample(_key()))(0.5), "Coin", "probs", "ex.value_and_grad"),
    ("jvp", lambda: jax.jvp(lambda w: Coin(logits=w).sample(_key()), (0.0,), (1.0,)), "logits", 'gradient="stop"'),
    ("jit", lambda: jax.grad(jax.jit(lambda p: 2 * Coin(probs=p).sample(_key())))(0.5), "silent 0"),
    ("score", lambda: jax.grad(lambda m: ex.Normal(m, 1.0).sample(_key(), gradient="score"))(0.5), "'score'", "loc"),
]


def _cases(table, error):
    return [pytest.param(call, error, says, id=f"{error.__name__}-{name}") for name, call, *says in table]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        *_cases(BAD_PARAMETERS, _errors.ParameterError),
        *_cases(BAD_SHAPES, _errors.ShapeError),
        *_cases(BAD_KEYS, _errors.RandomKeyError),
        *_cases(BAD_ESTIMATORS, _errors.EstimatorError),
        *_cases(MISSING_METHODS, _errors.UndefinedMethodError),
        *_cases(NO_DERIVATIVE, _errors.NoPathwiseDerivativeError),
    ],
)
def test_message_names_cause_and_line(call, error, says):
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    for part in says:
        assert part in message
    assert f"{__file__}:{call.__code__.co_firstlineno}" in message


ALL = [e for _, e in inspect.getmembers(_errors, inspect.isclass) if issubclass(e, Exception)]


@pytest.mark.parametrize("error", ALL, ids=lambda e: e.__name__)
def test_errors_have_a_base_and_a_docstring(error):
    assert issubclass(error, _errors.ExpectaxError)
    assert error.__doc__
    assert error is _errors.ExpectaxError or issubclass(error, (ValueError, TypeError, NotImplementedError))


def test_line_is_that_of_the_caller_through_functions_and_jit():
    def build(scale):
        return ex.Normal(0.0, scale)

    line = build.__code__.co_firstlineno + 1
    for call in (lambda: build(-1.0), lambda: jax.jit(lambda x: x + build(-1.0).mean())(1.0)):
        with pytest.raises(_errors.ParameterError, match=re.escape(f"{__file__}:{line}")):
            call()


def test_unseen_values_are_not_validated():
    """Under jit a bad scale gives NaN, not an error; `ex.checked` is the way to see it."""
    assert jnp.isnan(jax.jit(lambda s: ex.Normal(0.0, s).log_prob(1.0))(-1.0))


def test_stopped_draws_have_no_derivative_and_do_not_raise():
    assert jax.grad(lambda p: Coin(probs=p).sample(_key(), gradient="stop") * p)(0.5) in (0.0, 1.0)
    assert jax.grad(lambda m: ex.Normal(m, 1.0).sample(_key(), gradient="stop"))(0.5) == 0.0


def test_draws_that_no_derivative_reaches_do_not_raise():
    assert jax.grad(lambda x: x * Coin(probs=0.5).sample(_key()))(2.0) in (0.0, 1.0)


def test_old_keys_are_keys():
    np.testing.assert_array_equal(
        ex.Normal(0.0, 1.0).sample(jax.random.PRNGKey(3), (4,)), ex.Normal(0.0, 1.0).sample(jax.random.key(3), (4,))
    )


def test_score_knows_its_baselines():
    with pytest.raises(_errors.ArgumentError, match="leave-one-out"):
        ex.estimators.Score(baseline="mean")  # pyright: ignore
