"""The page for those who come from elsewhere: what it offers in place of their names is there."""

import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex

PAGE = (pathlib.Path(__file__).parents[1] / "docs" / "migration.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.*) \| `(ex\..*?)`", PAGE.partition("## Names of other libraries")[2], re.M)
GIVEN = {
    "ex": ex,
    "jnp": jnp,
    "base": ex.Normal(0.5, 1.0),
    **{"low": -1.0, "high": 2.0, "loc": 0.5, "scale": 1.5, "a": 3.0, "b": 2.0},
    "probs": jnp.array([0.25, 0.75]),
    "vector": jnp.array([1.0, 2.0]),
    "rows": jnp.array([[1.0, 2.0], [0.0, 1.0]]),
    "factor": jnp.eye(2),
    "matrix": jnp.eye(2),
    "start": ex.MultivariateNormal(jnp.zeros(2), scale_diag=jnp.ones(2)),
    "noise": ex.MultivariateNormal(jnp.zeros(2), scale_diag=jnp.ones(2)),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].split("`")[1])
def test_what_stands_in_its_place(row, key):
    dist = eval(row[1], GIVEN)
    draw = dist.sample(key, (3,))
    assert np.isfinite(np.asarray(dist.log_prob(draw))).all()


@pytest.mark.parametrize(
    ("there", "law"),
    [
        ("Dagum", stats.burr(2.0, 3.0)),
        ("FisherSnedecor", stats.f(6.0, 4.0)),
        ("JohnsonSB", stats.johnsonsb(-0.5 / 1.5, 1 / 1.5, -1.0, 3.0)),
        ("HalfLogistic", stats.halflogistic(0.0, 1.5)),
        ("LowerTruncatedPowerLaw", stats.pareto(3.0, scale=2.0)),
        ("LogGamma", stats.loggamma(3.0, loc=-np.log(2.0))),
    ],
)
def test_it_is_the_same_law(there, law):
    code = next(code for names, code in ROWS if f"`{there}`" in names)
    x = law.ppf([0.1, 0.4, 0.9]).astype(np.float32)
    np.testing.assert_allclose(jax.jit(eval(code, GIVEN).log_prob)(x), law.logpdf(x), rtol=1e-4, atol=1e-5)
