"""Write tests/reference/tfp.json: what TFP on JAX answers to the cases in tests/tfp_cases.py, and its signatures.

Needs tfp-nightly, which the tests do not: python scripts/write_tfp_reference.py
"""

import inspect
import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow_probability.substrates.jax as tfp

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import tfp_cases  # noqa: E402

tfd, tfb = tfp.distributions, tfp.bijectors
tfp_cases.Dense = lambda matrix: tfp.tf2jax.linalg.LinearOperatorFullMatrix(matrix)


def answer(fn):
    """A value as nested lists, or None where TFP has none."""
    try:
        return np.asarray(fn()).tolist()
    except Exception as reason:  # TFP also fails where it has an answer to give
        print(f"  none: {type(reason).__name__} {str(reason)[:80]}")
        return None


def case_record(make, values):
    with jax.enable_x64(True):
        d = make(tfd, lambda v: jnp.asarray(v, jnp.float64))
        x = jnp.asarray(values, None if isinstance(np.asarray(values).flat[0], np.integer) else jnp.float64)
        record = {m: answer(lambda m=m: getattr(d, m)(x)) for m in tfp_cases.AT_VALUES}
        record |= {m: answer(getattr(d, m)) for m in tfp_cases.MOMENTS}
        record["quantile"] = answer(lambda: d.quantile(jnp.asarray(tfp_cases.PROBABILITIES)))
        record |= {"batch_shape": list(d.batch_shape), "event_shape": list(d.event_shape)}
    d = make(tfd, lambda v: jnp.asarray(v, jnp.float32))
    record["reparameterized"] = d.reparameterization_type == tfd.FULLY_REPARAMETERIZED
    record["dtype"] = np.dtype(d.dtype).name
    record["sample_dtype"] = str(d.sample(seed=jax.random.key(0)).dtype)
    record["log_prob_dtype"] = str(d.log_prob(d.sample(seed=jax.random.key(0))).dtype)
    return record


def bijector_record(make, values):
    with jax.enable_x64(True):
        b = make(tfb, lambda v: jnp.asarray(v, jnp.float64))
        x = jnp.asarray(values, jnp.float64)
        y, least = b.forward(x), (b.forward_min_event_ndims, b.inverse_min_event_ndims)
        record = {"forward": answer(lambda: y), "inverse": answer(lambda: b.inverse(y))}
        for extra in range(2 if x.ndim > least[0] else 1):
            at = [n + extra for n in least]
            record[f"forward_log_det_jacobian+{extra}"] = answer(lambda at=at: b.forward_log_det_jacobian(x, at[0]))
            record[f"inverse_log_det_jacobian+{extra}"] = answer(lambda at=at: b.inverse_log_det_jacobian(y, at[1]))
        record["forward_event_shape"] = answer(lambda: b.forward_event_shape(x.shape))
        record["inverse_event_shape"] = answer(lambda: b.inverse_event_shape(y.shape))
    b = make(tfb, lambda v: jnp.asarray(v, jnp.float32))
    record |= {"min_event_ndims": [int(n) for n in least], "name": b.name}
    record["is_constant_jacobian"] = bool(b.is_constant_jacobian)
    record["dtype"] = str(b.forward(jnp.asarray(values, jnp.float32)).dtype)
    return record


def joint_record(make, value):
    with jax.enable_x64(True):
        d = make(tfd, lambda v: jnp.asarray(v, jnp.float64))
        value = arrays(value)
        parts = d.log_prob_parts(value)
        record = {"log_prob": answer(lambda: d.log_prob(value))}
        record["log_prob_parts"] = [np.asarray(v).tolist() for v in jax.tree.leaves(dict_or_list(parts))]
        record["names"] = list(d._flat_resolve_names())
        shapes = (d.batch_shape, d.event_shape)
        record["shapes"] = repr([dict_or_list(jax.tree.map(list, s, is_leaf=is_shape)) for s in shapes])
        draw = d.sample(2, seed=jax.random.key(0))
        record["sample"] = [type(draw).__name__, repr(dict_or_list(jax.tree.map(jnp.shape, draw)))]
    return record


def is_shape(value):
    return isinstance(value, tfp.tf2jax.TensorShape)


def arrays(value):
    """The leaves of a value, which are tuples of numbers, as arrays."""
    if isinstance(value, dict):
        return {n: jnp.asarray(v) for n, v in value.items()}
    return tuple(map(jnp.asarray, value))


def dict_or_list(value):
    """A structure without the types of its tuples."""
    if isinstance(value, dict):
        return dict(sorted(value.items()))
    return list(value)


def signature(cls):
    """[name, default] of each argument; some classes hide theirs behind one of the same name in front of `_`."""
    hidden = [c for c in cls.__mro__ if c.__name__ == "_" + cls.__name__]
    parameters = inspect.signature(hidden[0].__init__ if hidden else cls).parameters.values()
    return [[p.name, describe(p.default)] for p in parameters if p.name != "self"]


def describe(default):
    if default is inspect.Parameter.empty:
        return "required"
    if callable(default):
        return np.dtype(default).name if hasattr(default, "dtype") or isinstance(default, type) else "function"
    return repr(default)


def main():
    maps = []
    for name, make, values in tfp_cases.BIJECTORS:
        print(name, flush=True)
        maps.append({"class": name, **bijector_record(make, values)})
    classes = sorted({name for name, _, _ in tfp_cases.CASES})
    extra = ("MultivariateNormalLinearOperator", "SphericalUniform")
    methods = {n: [p for p in inspect.signature(getattr(tfd.Distribution, n)).parameters] for n in METHODS}
    cases = []
    for name, make, values in tfp_cases.CASES:
        print(name, flush=True)
        cases.append({"class": name, **case_record(make, values)})
    with jax.enable_x64(True):
        double = lambda v: jnp.asarray(v, jnp.float64)  # noqa: E731
        kl = [answer(lambda p=p, q=q: tfd.kl_divergence(p(tfd, double), q(tfd, double))) for p, q in tfp_cases.KL_PAIRS]
    written = {
        "version": tfp.__version__,
        "names": sorted(n for n, c in vars(tfd).items() if inspect.isclass(c) and issubclass(c, tfd.Distribution)),
        "signatures": {
            n: signature(getattr(tfd, n)) for n in (*classes, *extra, *sorted({n for n, _, _ in tfp_cases.JOINTS}))
        },
        "methods": methods,
        "kl": kl,
        "cases": cases,
        "bijector_names": sorted(n for n, c in vars(tfb).items() if inspect.isclass(c) and issubclass(c, tfb.Bijector)),
        "bijector_signatures": {n: signature(getattr(tfb, n)) for n in sorted({n for n, _, _ in tfp_cases.BIJECTORS})},
        "bijectors": maps,
        "joints": [joint_record(make, value) for _, make, value in tfp_cases.JOINTS],
    }
    lines = json.dumps(written, indent=None).replace('}, {"class"', '},\n{"class"').replace('], "', '],\n"')
    (ROOT / "tests" / "reference" / "tfp.json").write_text(lines + "\n", encoding="utf-8")


METHODS = (
    "sample log_prob prob unnormalized_log_prob cdf log_cdf survival_function log_survival_function quantile mean variance "
    "stddev covariance mode entropy cross_entropy kl_divergence batch_shape_tensor event_shape_tensor is_scalar_batch "
    "is_scalar_event copy experimental_sample_and_log_prob experimental_default_event_space_bijector"
).split()

if __name__ == "__main__":
    main()
