"""Student's density and its slopes over the whole range of degrees of freedom, against mpmath."""

import itertools

import jax
import mpmath as mp
import numpy as np
import pytest
from test_numerics_normal import DTYPES

from expectax import numerics
from expectax.numerics import _student_t_density

pytestmark = pytest.mark.slow

# both sides of ν = 1 where the forms change, of s = z²/ν = 1 and of v = ¼, to the ends of each series
DF = (0.04, 0.3, 0.97, 1.0, 1.04, 1.9, 3.0, 11.0, 300.0, 1e5, 1e8)
Z = (1e-6, 0.02, 0.4, 0.93, 1.0, 1.6, 4.0, 12.0, 300.0, 2e6)


def truths(v, t):
    """log-density, its derivatives in ν, z and log scale, each with the size its arguments' rounding lets it move by."""
    s = t * t / v
    log = mp.log1p(s)
    gammas = mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(mp.pi * v) / 2
    psi = (mp.digamma((v + 1) / 2) - mp.digamma(v / 2)) / 2 - 1 / (2 * v)
    value = gammas - (v + 1) / 2 * log
    by_df = psi - log / 2 + (v + 1) / (2 * v) * s / (1 + s)
    by_z = -(v + 1) * t / (v + t * t)
    by_scale = v * (t * t - 1) / (v + t * t)
    return value, by_df, by_z, by_scale


@DTYPES
def test_student_t_density_and_slopes(dtype, x64):
    df, z = np.array(list(itertools.product(DF, Z)), dtype).T
    exact = [truths(mp.mpf(float(a)), mp.mpf(float(b))) for a, b in zip(df, z, strict=True)]
    value, by_df, by_z, by_scale = (np.array([float(t[i]) for t in exact]) for i in range(4))

    def log_prob(df, z, scale):
        return numerics.student_t_log_prob(df, z, dtype(0), scale)

    got, slopes = jax.vmap(jax.value_and_grad(log_prob, (0, 1, 2)))(df, z, np.ones_like(df))
    eps, df, z = np.finfo(dtype).eps, df.astype(float), z.astype(float)
    share = z * z / (df + z * z)
    sizes = (
        np.maximum(np.maximum(1, np.abs(value)), np.abs(by_df * df) + np.abs(by_z * z)),
        # of ν (ψ parts): the terms of size share/ν that cancel to the rest; below ν = 1 the normaliser's own slope
        np.maximum(np.abs(by_df), 0.5 * share / df + np.minimum(1, 1 / df) / df),
        np.abs(by_z),
        np.maximum(np.abs(by_scale), (1 + df) * share / (1 + df / (1 + z * z))),
    )
    for name, found, expected, size, limit in zip(
        ("value", "df", "z", "scale"), (got, *slopes), (value, by_df, by_z, by_scale), sizes, (4, 8, 6, 8), strict=True
    ):
        error = np.abs(np.asarray(found, float) - expected) / (eps * size)
        assert error.max() < limit, (name, df[error.argmax()], z[error.argmax()], error.max())


@DTYPES
def test_normaliser_and_its_slope(dtype, x64):
    df = np.geomspace(1e-8, 1e8, 300).astype(dtype)
    exact = [mp.mpf(float(v)) for v in df]
    value, slope = jax.vmap(jax.value_and_grad(_student_t_density.student_t_log_normaliser))(df)
    gammas = [mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(mp.pi * v) / 2 for v in exact]
    psi = [(mp.digamma((v + 1) / 2) - mp.digamma(v / 2) - 1 / v) / 2 for v in exact]
    eps = np.finfo(dtype).eps
    errors = np.abs(np.asarray(value, float) - [float(g) for g in gammas]) / np.maximum(
        1, np.abs(np.array(gammas, float))
    )
    assert errors.max() < 2 * eps
    np.testing.assert_allclose(slope, [float(p) for p in psi], rtol=6 * eps)
