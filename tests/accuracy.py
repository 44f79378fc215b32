"""Errors against the 50-digit values in tests/reference/accuracy, in units of roundoff, and the goals they are held to.

A record is a function of one family at many points: inputs exact in float32, values as decimal strings. An error is
counted in ulp: spacings of the floating-point numbers at

- the value itself (derivatives of draws);
- the larger of the value and Σ_j |θ_j ∂f/∂θ_j|, by which rounding the inputs moves it ("conditioned": distribution
  functions, quantiles, gradients; tests/reference/accuracy_conditions.json, written by scripts/accuracy_conditions.py);
- the same, but at least 1 (log-densities: the relative error of the density, "nulp").

A result below the smallest normal number may be flushed to 0.
"""

import dataclasses
import functools
import json
import pathlib
from decimal import Decimal, localcontext

import accuracy_adapter
import jax
import jax.numpy as jnp
import numpy as np

REFERENCE = pathlib.Path(__file__).parent / "reference"
ITEMS = sorted(path.stem for path in (REFERENCE / "accuracy").glob("*__*.json"))

_LOCATION_SCALE = ("Cauchy", "GeneralizedNormal", "Gumbel", "HalfNormal", "Laplace", "Logistic", "LogNormal")
_LOCATION_SCALE += ("MultivariateNormalTriL", "Normal")
_LOADER = ("Beta", "Gamma", "InverseGamma", "StudentT", "VonMises")
_COUNTS = ("Bernoulli", "BetaBinomial", "BinomialLogits", "BinomialProbs", "Categorical", "Dirichlet")
_COUNTS += ("NegativeBinomial", "Poisson", "Skellam")
_OTHERS = ("Geometric", "Kumaraswamy", "Pareto", "TanhNormal_u", "TanhNormal_x", "TruncatedNormal", "Weibull")
# family -> largest error of log_prob in float32 and float64
LOG_PROB_GOALS = (
    dict.fromkeys(_LOCATION_SCALE, (2, 2))
    | dict.fromkeys(_LOADER, (8, 10))
    | dict.fromkeys(_COUNTS, (20, 20))
    | dict.fromkeys(_OTHERS, (8, 15))
)
GRADIENT_GOALS = (50, 200)
FUNCTION_GOALS, NORMAL_FUNCTION_GOALS = (50, 500), (20, 50)
QUANTILE_GOALS = (20, 100)
DRAW_GOALS = (100, 1000)


@dataclasses.dataclass(frozen=True)
class Errors:
    """Largest error, and how many results are NaN or infinite where the truth is not (or finite where it is)."""

    worst: float
    raw: float
    nans: int
    wrong_infinities: int
    at: str


@dataclasses.dataclass(frozen=True)
class Record:
    """One reference file in one precision."""

    kind: str
    name: str
    inputs: dict
    value: tuple
    gradient: dict
    condition: np.ndarray
    gradient_condition: dict
    wrt: str | None


def goal(item: str, dtype) -> float:
    kind, name = item.split("__")
    goals = {"log_prob": LOG_PROB_GOALS.get(name), "quantile": QUANTILE_GOALS, "sample_grad": DRAW_GOALS}
    functions = NORMAL_FUNCTION_GOALS if name == "Normal" else FUNCTION_GOALS
    return goals.get(kind, functions)[_column(dtype)]


def gradient_goal(dtype) -> float:
    return GRADIENT_GOALS[_column(dtype)]


def _column(dtype) -> int:
    return int(np.dtype(dtype) == np.float64)


@functools.cache
def _conditions() -> dict:
    return json.loads((REFERENCE / "accuracy_conditions.json").read_text())


def load(item: str, dtype) -> Record:
    data = json.loads((REFERENCE / "accuracy" / f"{item}.json").read_text())
    rows = [i for i in range(data["n"]) if np.dtype(dtype) == np.float64 or not data["f64only"][i]]
    inputs = {a: np.array([_hexadecimal(v[i]) for i in rows]) for a, v in data["inputs"].items()}
    gradient, gradient_condition, condition = {}, {}, np.zeros(len(rows))
    conditions = _conditions().get(item)
    for a, column in data.get("grad", {}).items():
        shape = inputs[a].shape
        parts = [np.full((*shape[1:], 2), np.nan) if column[i] is None else _decimal(column[i]) for i in rows]
        gradient[a] = np.array(parts)
        gradient_condition[a] = _floats([conditions[a][i] for i in rows], shape)
        with np.errstate(invalid="ignore", over="ignore"):
            moved = np.abs(np.nan_to_num(gradient[a][..., 0] * inputs[a], nan=0, posinf=0, neginf=0))
        condition += moved.reshape(len(rows), -1).sum(1)
    if isinstance(conditions, list):
        condition = _floats([conditions[i] for i in rows], (len(rows),))
    value = np.array([_decimal(data["value"][i]) for i in rows])
    name = data.get("dist", data["name"])
    return Record(data["kind"], name, inputs, value, gradient, condition, gradient_condition, data.get("wrt"))


def _hexadecimal(v):
    return [_hexadecimal(t) for t in v] if isinstance(v, list) else float.fromhex(v)


def _decimal(v):
    """A decimal string as the sum of two doubles, on a last axis; not known: NaN."""
    if isinstance(v, list):
        return np.array([_decimal(t) for t in v])
    if v is None:
        return np.array([np.nan, 0.0])
    high = float(v)
    if not np.isfinite(high):
        return np.array([high, 0.0])
    with localcontext() as context:
        context.prec = 70
        return np.array([high, float(Decimal(v) - Decimal(high))])


def _floats(values, shape) -> np.ndarray:
    flat = [np.zeros(shape[1:]) if v is None else np.array(v, float) for v in values]
    return np.abs(np.nan_to_num(np.array(flat), nan=0.0, posinf=0.0))


def measure(item: str, dtype) -> tuple[Errors, dict[str, Errors]]:
    """Errors of the values and, for a log-density, of its gradient in each argument."""
    record = load(item, dtype)
    arrays = {a: jnp.asarray(v, dtype) for a, v in record.inputs.items()}
    x = arrays.pop("x")
    function = getattr(accuracy_adapter, record.kind)
    if record.kind == "sample_grad":
        got = function(record.name, arrays, x, record.wrt)
        return _errors(record, got, record.value, None, floor=0.0), {}
    if not record.gradient:
        got = jax.jit(functools.partial(function, record.name))(arrays, x)
        return _errors(record, got, record.value, record.condition, floor=0.0), {}

    def values_and_gradients(params, x):
        got, back = jax.vjp(functools.partial(function, record.name), params, x)
        return got, back(jnp.ones_like(got))

    got, (by_params, by_x) = jax.jit(values_and_gradients)(arrays, x)
    gradients = {
        a: _errors(record, by_x if a == "x" else by_params[a], truth, record.gradient_condition[a], floor=0.0)
        for a, truth in record.gradient.items()
    }
    return _errors(record, got, record.value, record.condition, floor=1.0), gradients


def _errors(record: Record, got, truth: np.ndarray, condition, floor: float) -> Errors:
    dtype = np.asarray(got).dtype
    info = np.finfo(dtype)
    got, (high, low) = np.asarray(got, np.float64), np.moveaxis(truth, -1, 0)
    known = ~np.isnan(high)
    infinite = known & (np.abs(high) > float(info.max) * (1 - info.eps))
    finite = known & ~infinite
    top = 0.999 * float(info.max)
    with np.errstate(all="ignore"):
        wrong = (finite & np.isinf(got)) | (
            infinite & ~np.isnan(got) & ~((np.sign(got) == np.sign(high)) & (np.abs(got) >= top))
        )
        error = np.abs((got - high) - low)
        flushed = (np.abs(high) < info.tiny) & (np.abs(got) <= info.tiny)
        error = np.where(finite & np.isfinite(got), np.where(flushed, 0.0, error), np.nan)
        size = np.where(high == 0, 1.0, np.maximum(np.abs(high), info.tiny))
        raw = error / _spacing(size, top, dtype)
        size = size if condition is None else np.maximum(np.maximum(size, condition), floor)
        ulps = error / _spacing(size, top, dtype)
    where = np.unravel_index(np.nanargmax(ulps), ulps.shape) if np.isfinite(ulps).any() else (0,)
    point = {a: v[where[0]].tolist() for a, v in record.inputs.items()}
    bad = (known & np.isnan(got)) | wrong
    if bad.any():
        where = tuple(np.argwhere(bad)[0])
        point = {a: v[where[0]].tolist() for a, v in record.inputs.items()}
    return Errors(
        worst=float(np.nanmax(ulps, initial=0.0)),
        raw=float(np.nanmax(raw, initial=0.0)),
        nans=int((known & np.isnan(got)).sum()),
        wrong_infinities=int(wrong.sum()),
        at=f"{point}: got {got[where]:.9g}, expected {high[where]:.9g}",
    )


def _spacing(size: np.ndarray, top: float, dtype) -> np.ndarray:
    return np.spacing(np.minimum(size, top).astype(dtype)).astype(np.float64)


# --- edges: single points at the ends of supports, outside them, at infinite parameters ---


def edge_cases() -> list[dict]:
    return json.loads((REFERENCE / "accuracy" / "edge.json").read_text())


def edge_faults(case: dict, dtype) -> list[str]:
    """What is wrong with the log-density and its gradient at one edge."""
    params = {a: jnp.asarray([_number(v)], dtype) for a, v in case["params"].items()}
    x = jnp.asarray([_number(case["x"])], dtype)
    function = functools.partial(accuracy_adapter.log_prob, case["name"])
    value, back = jax.vjp(function, params, x)
    by_params, by_x = back(jnp.ones_like(value))
    faults = _fault("value", value, case["value"])
    for a, expected in case["grad"].items():
        faults += _fault(f"d/d{a}", by_x if a == "x" else by_params[a], expected)
    return faults


def _number(v):
    return [_number(t) for t in v] if isinstance(v, list) else float(v)


def _fault(what: str, got, expected) -> list[str]:
    if isinstance(expected, list):
        parts = zip(np.ravel(got), expected, strict=True)
        return [fault for g, e in parts for fault in _fault(what, g, e)]
    if expected is None:
        return []
    got = float(np.ravel(got)[0])
    if expected in ("notnan", "finite"):
        ok = np.isfinite(got) if expected == "finite" else not np.isnan(got)
    else:
        wanted = float(expected)
        ok = got == wanted if np.isinf(wanted) else abs(got - wanted) <= 1e-4 * max(abs(wanted), 1e-3 * (wanted == 0))
    return [] if ok else [f"{what}: got {got}, expected {expected}"]
