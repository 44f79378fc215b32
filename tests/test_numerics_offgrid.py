"""Places off the reference grid where terms cancel, products underflow or a search starts too far out, against mpmath."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from test_numerics_normal import DTYPES

import expectax as ex


def exact(*values):
    """What the arrays hold, which are exact in single precision."""
    return [mp.mpf(float(np.float32(v))) for v in values]


def gamma(a, rate, x):
    return a * mp.log(rate) + (a - 1) * mp.log(x) - rate * x - mp.loggamma(a)


def inverse_gamma(a, scale, x):
    return a * mp.log(scale) - (a + 1) * mp.log(x) - scale / x - mp.loggamma(a)


def beta(a, b, x):
    return (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)


def log_normal(loc, scale, x):
    return -(((mp.log(x) - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(x) - mp.log(2 * mp.pi) / 2


def pareto(a, scale, x):
    return mp.log(a) + a * mp.log(scale) - (a + 1) * mp.log(x)


DENSITIES = [  # two logarithms of size 10 that cancel; limit in roundoffs, as all values are below 2
    (ex.Gamma, gamma, (1.5295967386919074e-05, 0.30912545323371887), 6.138714979897486e-06, 4),
    (ex.Gamma, gamma, (1.8218759578303434e-05, 0.9213865399360657), 7.842158083803952e-06, 4),
    (ex.InverseGamma, inverse_gamma, (7.041294156806543e-05, 2.267207037220942e-06), 8.115623495541513e-05, 4),
    (ex.Beta, beta, (4.5391985622700304e-05, 4.158899784088135), 5.988950215396471e-05, 4),
    (ex.Beta, beta, (6.427764310501516e-05, 8.272167178802192e-06), 1.1439884701758274e-06, 4),
    (ex.LogNormal, log_normal, (34.98998260498047, 63.347652435302734), 0.004589227959513664, 2),
    (ex.LogNormal, log_normal, (0.036248188465833664, 15.008262634277344), 0.004410835914313793, 2),
    (ex.Pareto, pareto, (1.6863599739735946e-05, 9.430794989384594e-08), 0.00010849759564734995, 4),
]


@DTYPES
@pytest.mark.parametrize(("family", "truth", "parameters", "x", "limit"), DENSITIES)
def test_cancelling_logarithms(family, truth, parameters, x, limit, dtype, x64):
    got = family(*map(dtype, map(np.float32, parameters))).log_prob(dtype(np.float32(x)))
    with mp.workdps(40):
        error = abs(mp.mpf(float(got)) - truth(*exact(*parameters), *exact(x)))
    assert error < limit * 2 * np.finfo(dtype).eps


@DTYPES
def test_slopes_without_their_poles(dtype, x64):
    """Of Kumaraswamy's density in a small exponent, and of the geometric law near k = 1, ℓ = 0 and far from it."""
    a, b, x = (dtype(np.float32(v)) for v in (1.8885073586716317e-05, 1.0434580872242805e-05, 0.7522566318511963))
    with mp.workdps(40):
        A, B, X = exact(a, b, x)
        truth = 1 / A + mp.log(X) - (B - 1) * X**A * mp.log(X) / (1 - X**A)
    np.testing.assert_allclose(
        jax.grad(lambda a: ex.Kumaraswamy(a, b).log_prob(x))(a), float(truth), rtol=8 * np.finfo(dtype).eps
    )
    for k, logit in ((1.0, -1.402498128300067e-06), (1.0, 0.25), (0.0, 20.0), (3.0, -20.0), (1.0, 1.5)):
        got = jax.grad(lambda t, k=k: ex.Geometric(logits=t).log_prob(dtype(k)))(dtype(np.float32(logit)))
        with mp.workdps(40):
            (t,) = exact(logit)
            truth = 1 / (1 + mp.exp(t)) - k / (1 + mp.exp(-t))
        np.testing.assert_allclose(got, float(truth), rtol=16 * np.finfo(dtype).eps)


@DTYPES
@pytest.mark.parametrize(
    ("loc", "scale", "low", "high", "x", "method"),
    [
        (1.5214824676513672, 95.21826171875, -911.1903076171875, 280.75189208984375, -908.1951904296875, "cdf"),
        (0.0, 177.1332244873047, -1879.2529296875, 939.62646484375, -1871.1513671875, "cdf"),
        (2.6004726886749268, 0.7428665161132812, -5.318172931671143, 10.519118309020996, 10.505369186401367, "sf"),
    ],
)
def test_a_narrow_piece_far_out(loc, scale, low, high, x, method, dtype, x64):
    """The product of the densities at its ends underflows, its mass does not."""
    got = getattr(ex.TruncatedNormal(*map(dtype, (loc, scale, low, high))), method)(dtype(x))
    with mp.workdps(400):
        z = [(v - exact(loc)[0]) / exact(scale)[0] for v in exact(low, x, high)]
        tails = [mp.erfc(v / mp.sqrt(2)) for v in z]
        part = tails[0] - tails[1] if method == "cdf" else tails[1] - tails[2]
        truth = float(part / (tails[0] - tails[2]))
    np.testing.assert_allclose(got, truth, rtol=200 * np.finfo(dtype).eps)  # of z² ~ 100


@DTYPES
@pytest.mark.parametrize(
    ("df", "p"),
    [(0.006, 0.501), (0.011, 0.49), (0.0014, 0.49), (0.001, 0.501), (1e-4, 0.5001), (0.05, 0.9)],
)
def test_student_quantiles_of_few_degrees_of_freedom(df, p, dtype, x64):
    dist = ex.StudentT(dtype(df), dtype(0), dtype(1))
    t = dist.quantile(dtype(p))
    assert np.isfinite(t)
    assert t != 0
    slack = 64 * np.finfo(dtype).eps * (1 + abs(np.log(abs(float(t)))) * df)  # of t, whose log is multiplied with ν
    np.testing.assert_allclose(dist.cdf(t), p, rtol=slack)


def test_extremes_in_single_precision():
    value = ex.Normal(np.float32(-3095021748224), np.float32(1.2301936180847406e-07)).log_prob(
        np.float32(7.178558826446533)
    )
    np.testing.assert_allclose(value, -3.1648306e38, rtol=1e-6)  # whose double would overflow
    assert ex.Gumbel(0.0, 1.0).log_prob(-jnp.inf) == -jnp.inf
