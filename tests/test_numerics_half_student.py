"""The size of a Student's t variate below and above ν = 1: lower tail and quantile against mpmath."""

import itertools

import jax
import mpmath as mp
import numpy as np
import pytest
from test_numerics_normal import DTYPES

import expectax as ex

DF = (1e-4, 3e-3, 0.04, 0.3, 0.7, 0.98, 1.0, 2.5)
# both sides of √ν/2 for each ν, of the joint at s = 4, and far out
T = (1e-9, 1e-4, 4e-3, 0.03, 0.11, 0.26, 0.49, 0.51, 2.0, 30.0, 1e4)
ULPS = 6


def tail(v, t):
    with mp.workdps(40):
        return mp.betainc(0.5, v / 2, 0, t * t / (v + t * t), regularized=True)


def grid(dtype):
    df, t = np.array(list(itertools.product(DF, T)), dtype).T
    return df, t, [tail(mp.mpf(float(v)), mp.mpf(float(x))) for v, x in zip(df, t, strict=True)]


def worst(found, exact, dtype):
    errors = [abs(mp.mpf(float(a)) / b - 1) for a, b in zip(np.asarray(found), exact, strict=True)]
    return float(max(errors)) / np.finfo(dtype).eps


@DTYPES
def test_tails(dtype, x64):
    df, t, exact = grid(dtype)
    dist = ex.HalfStudentT(df)
    assert worst(dist.cdf(t), exact, dtype) < ULPS
    assert worst(dist.log_cdf(t) - 1, [mp.log(p) - 1 for p in exact], dtype) < ULPS
    assert worst(dist.log_sf(t), [mp.log1p(-p) for p in exact], dtype) < ULPS


@DTYPES
def test_quantile_by_its_probability(dtype, x64):
    df, t, _ = grid(dtype)
    p = np.asarray(ex.HalfStudentT(df).cdf(t))
    keep = p < 0.9
    back = ex.HalfStudentT(df[keep]).quantile(p[keep])
    exact = [tail(mp.mpf(float(v)), mp.mpf(float(x))) for v, x in zip(df[keep], np.asarray(back), strict=True)]
    assert worst(p[keep], exact, dtype) < ULPS


@pytest.mark.parametrize("df", [1e-3, 0.04, 0.5, 0.98])
@pytest.mark.parametrize("t", [1e-3, 0.1, 3.0, 1e3])
def test_slopes(df, t, x64):
    by_df, by_t = jax.grad(lambda v, x: ex.HalfStudentT(v).cdf(x), (0, 1))(df, t)
    with mp.workdps(30):
        exact = mp.diff(lambda v: tail(v, mp.mpf(t)), df, h=df * 1e-8)
    np.testing.assert_allclose(by_df, float(exact), rtol=1e-9)
    np.testing.assert_allclose(by_t, ex.HalfStudentT(df).prob(t), rtol=1e-13)
    p = ex.HalfStudentT(df).cdf(t)
    by_p = jax.grad(lambda p: ex.HalfStudentT(df).quantile(p))(p)
    np.testing.assert_allclose(by_p, 1 / by_t, rtol=1e-11)
