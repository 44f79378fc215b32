"""Validation under jit: the first bad parameter is named, wherever in the program it was used."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import expectax as ex


def new_key():
    return jax.random.key(3)


def normal(scale):
    return ex.Normal(0.0, scale).log_prob(1.0)


PROGRAMS = {
    "plain": lambda s: normal(s),
    "jit": lambda s: jax.jit(jax.jit(normal))(s),
    "vmap": lambda s: jax.vmap(jax.vmap(normal))(s[None]),
    "grad": lambda s: jax.grad(lambda s: normal(s).sum())(s),
    "hessian": lambda s: jax.hessian(lambda s: normal(s).sum())(s),
    "remat": lambda s: jax.grad(jax.checkpoint(lambda s: normal(s).sum()))(s),
    "scan": lambda s: lax.scan(lambda total, s: (total + normal(s), s), 0.0, s),
    "scan of vmap": lambda s: jax.vmap(lambda t: lax.scan(lambda c, s: (c + normal(s), c), 0.0, t))(s[None]),
    "map": lambda s: lax.map(normal, s),
    "fori": lambda s: lax.fori_loop(0, len(s), lambda i, c: c + normal(s[i]), 0.0),
    "while": lambda s: lax.while_loop(lambda c: c[0] < len(s), lambda c: (c[0] + 1, c[1] + normal(s[c[0]])), (0, 0.0)),
    "condition": lambda s: lax.while_loop(lambda i: (i < len(s)) & (normal(s[i]) < 9), lambda i: i + 1, 0),
    "cond": lambda s: lax.cond(s[0] > 0, normal, lambda s: 0 * s, s),
    "switch": lambda s: lax.switch(2, [lambda s: s, lambda s: 2 * s, normal], s),
    "sample": lambda s: ex.Normal(0.0, s).sample(new_key()),
    "cdf": lambda s: ex.Normal(0.0, s).cdf(0.5),
    "mean of another": lambda s: ex.Gamma(1.0, s).mean(),
    "kl": lambda s: ex.kl(ex.Normal(0.0, s), ex.Normal(0.0, 1.0)),
    "rejection in vmap": lambda s: jax.vmap(lambda s, k: ex.Gamma(s, 1.0).sample(k))(
        s, jax.random.split(new_key(), len(s))
    ),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_bad_parameters_are_named(program):
    fn = ex.checked(program)
    good, bad = jnp.array([1.0, 2.0, 3.0]), jnp.array([1.0, -2.0, 3.0])
    jax.tree.map(np.testing.assert_allclose, fn(good), program(good))
    with pytest.raises(
        ex.ParameterError, match=r"(Normal|Gamma)\.\w+ must be a number > 0, got -2.0(.|\n)*test_checked"
    ):
        fn(bad)


def test_the_first_one_of_a_loop():
    fn = ex.checked(lambda s: lax.scan(lambda c, s: (c + normal(s), None), 0.0, s)[0])
    with pytest.raises(ex.ParameterError, match=r"got -2\.0"):
        fn(jnp.array([1.0, -2.0, -3.0]))
    loop = ex.checked(lambda s: lax.fori_loop(0, 3, lambda i, c: c + normal(s[i]), 0.0))
    with pytest.raises(ex.ParameterError, match=r"got -2\.0"):
        loop(jnp.array([1.0, -2.0, -3.0]))


def test_a_branch_not_taken_is_not_checked():
    fn = ex.checked(lambda s: lax.cond(s > 0, normal, lambda s: 0 * s, s))
    assert fn(-1.0) == 0
    assert ex.checked(lambda s: lax.scan(lambda c, s: (c + normal(s), None), 0.0, s)[0])(jnp.zeros(0)) == 0


def test_the_verbs():
    def loss(rate, key):
        return ex.Poisson(rate).sample(key) * rate

    step = ex.checked(ex.value_and_grad(loss, num_samples=8))
    plain = ex.value_and_grad(loss, num_samples=8)(2.0, new_key())
    jax.tree.map(np.testing.assert_allclose, step(2.0, new_key()), plain)
    with pytest.raises(ex.ParameterError, match=r"Poisson\.rate must be a number >= 0, got -2\.0"):
        step(-2.0, new_key())


def test_events_and_nan():
    with pytest.raises(ex.ParameterError, match=r"Dirichlet.concentration .* got \[-1\.  2\.\]"):
        ex.checked(lambda c: ex.Dirichlet(c).mean())(jnp.array([[1.0, 2.0], [-1.0, 2.0]]))
    with pytest.raises(ex.ParameterError, match=r"Normal\.loc must be a real number, got nan"):
        ex.checked(lambda m: ex.Normal(m, 1.0).mean())(jnp.nan)


def test_fixed_arguments_and_structures():
    fn = ex.checked(lambda dist, kind: dist.log_prob(1.0) if kind == "log" else dist.prob(1.0))
    free = ex.Normal(0.0, 1.0)
    assert fn(free, "log") == free.log_prob(1.0)
    assert fn(free, "plain") == free.prob(1.0)


def test_shard_map_is_refused():
    mesh = jax.make_mesh((1,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.PartitionSpec("data")
    fn = ex.checked(jax.shard_map(normal, mesh=mesh, in_specs=spec, out_specs=spec))
    with pytest.raises(ex.UnsupportedProgramError, match="shard_map"):
        fn(jnp.ones(2))


def test_nothing_is_left_in_a_compiled_program():
    # an effect would keep every call from JAX's fast path: .1 ms instead of .005
    assert not jax.make_jaxpr(lambda s: (normal(s), ex.Gamma(s, 1.0).sample(new_key()), ex.Gamma(s, 1.0).cdf(1.0)))(
        2.0
    ).effects
    text = jax.jit(normal).lower(2.0).compile().as_text()
    assert text.count("custom-call") == 0
    assert "callback" not in text


def test_parameters_that_depend_on_each_other():
    fn = ex.checked(lambda low, high: ex.Uniform(low, high).log_prob(0.5))
    assert fn(jnp.array([0.0, -1.0]), 1.0).shape == (2,)
    with pytest.raises(ex.ParameterError, match=r"Uniform\.high must be a number > low, got 1\.0"):
        fn(jnp.array([0.0, 2.0]), 1.0)
    with pytest.raises(ex.ParameterError, match=r"Uniform\.high must be a number > low, got -3\.0"):
        fn(0.0, jnp.array([1.0, -3.0]))
    wishart = ex.checked(lambda df: ex.Wishart(df, scale_tril=jnp.eye(3)).mean())
    with pytest.raises(ex.ParameterError, match=r"Wishart\.df must be a number > p - 1, .*, got 1\.5"):
        wishart(1.5)
    pert = ex.checked(lambda peak: ex.PERT(0.0, peak, 1.0).sample(new_key(), (3,)))
    with pytest.raises(ex.ParameterError, match=r"PERT\.peak must be a number in \[low, high\], got 2\.0"):
        pert(2.0)
