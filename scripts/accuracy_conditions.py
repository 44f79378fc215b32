"""Writes tests/reference/accuracy_conditions.json: how far rounding the inputs moves each reference value.

A value f(θ) computed from rounded inputs can be no better than Σ_j |θ_j ∂f/∂θ_j| roundoffs; the accuracy tests measure
errors against it where it is larger than |f|. Here it is computed independently of the package:

- gradients of log-densities: second derivatives by differences of mpmath's 150-digit log-densities;
- distribution functions: F_θ = ∫ p ∂_θ log p over the smaller tail, by a trapezoidal sum in a variable in which the
  density is log-concave; quantiles by dx = (dp - F_θ dθ)/p.

The log-densities are checked against the reference values on the way. Runs for some minutes.
"""

import json
import pathlib
import sys

import mpmath as mp
import numpy as np

REFERENCE = pathlib.Path(__file__).parents[1] / "tests" / "reference"
mp.mp.dps = 150
STEP = mp.mpf(10) ** -35


# --- log-densities in mpmath ---


def _log1mexp(t):
    return mp.log(-mp.expm1(t))


def _log_choose(n, k):
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def _softplus(t):
    return mp.log1p(mp.exp(t))


def _log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def _normal(x, loc, scale):
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2


def _skellam(x, rate1, rate2):
    root = mp.sqrt(rate1 * rate2)
    with mp.workdps(mp.mp.dps + 10):
        bessel = mp.log(mp.besseli(abs(x), 2 * root))
    return -rate1 - rate2 + x / 2 * mp.log(rate1 / rate2) + bessel


def _student_t(x, df, loc, scale):
    z = (x - loc) / scale
    normaliser = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2 - mp.log(scale)
    return normaliser - (df + 1) / 2 * mp.log1p(z * z / df)


def _log_i0(k):
    # scaled: mpmath's own series is slow for large arguments
    if k < 1e3:
        return mp.log(mp.besseli(0, k))
    terms, term = mp.mpf(0), mp.mpf(1)
    for n in range(1, 400):
        terms += term
        term *= (2 * n - 1) ** 2 / (8 * k * n)
        if term < mp.mpf(10) ** -mp.mp.dps * terms:
            break
    return k - mp.log(2 * mp.pi * k) / 2 + mp.log(terms)


def _truncated_normal(x, loc, scale, low, high):
    a, b = (low - loc) / scale, (high - loc) / scale
    if a + b < 0:
        a, b = -b, -a
    root = mp.sqrt(2)
    mass = (mp.erfc(a / root) - mp.erfc(b / root)) / 2 if a > 0 else (mp.erf(b / root) - mp.erf(a / root)) / 2
    return _normal(x, loc, scale) - mp.log(mass)


def _tanh_normal_u(x, loc, scale):
    return _normal(x, loc, scale) - 2 * (mp.log(2) - abs(x) - mp.log1p(mp.exp(-2 * abs(x))))


LOG_DENSITIES = {
    "Bernoulli": lambda x, logits: x * logits - _softplus(logits),
    "Beta": lambda x, concentration1, concentration0: (
        (concentration1 - 1) * mp.log(x)
        + (concentration0 - 1) * mp.log1p(-x)
        - _log_beta(concentration1, concentration0)
    ),
    "BetaBinomial": lambda x, total_count, concentration1, concentration0: (
        _log_choose(total_count, x)
        + _log_beta(x + concentration1, total_count - x + concentration0)
        - _log_beta(concentration1, concentration0)
    ),
    "BinomialLogits": lambda x, total_count, logits: (
        _log_choose(total_count, x) + x * logits - total_count * _softplus(logits)
    ),
    "BinomialProbs": lambda x, total_count, probs: (
        _log_choose(total_count, x) + x * mp.log(probs) + (total_count - x) * mp.log1p(-probs)
    ),
    "Cauchy": lambda x, loc, scale: -mp.log(mp.pi * scale) - mp.log1p(((x - loc) / scale) ** 2),
    "Gamma": lambda x, concentration, rate: (
        concentration * mp.log(rate) + (concentration - 1) * mp.log(x) - rate * x - mp.loggamma(concentration)
    ),
    "GeneralizedNormal": lambda x, loc, scale, power: (
        mp.log(power / (2 * scale)) - mp.loggamma(1 / power) - (abs(x - loc) / scale) ** power
    ),
    "Geometric": lambda x, logits: -_softplus(-logits) - x * _softplus(logits),
    "Gumbel": lambda x, loc, scale: -(x - loc) / scale - mp.exp(-(x - loc) / scale) - mp.log(scale),
    "HalfNormal": lambda x, scale: _normal(x, 0, scale) + mp.log(2),
    "InverseGamma": lambda x, concentration, scale: (
        concentration * mp.log(scale) - (concentration + 1) * mp.log(x) - scale / x - mp.loggamma(concentration)
    ),
    "Kumaraswamy": lambda x, concentration1, concentration0: (
        mp.log(concentration1 * concentration0)
        + (concentration1 - 1) * mp.log(x)
        + (concentration0 - 1) * _log1mexp(concentration1 * mp.log(x))
    ),
    "Laplace": lambda x, loc, scale: -abs(x - loc) / scale - mp.log(2 * scale),
    "LogNormal": lambda x, loc, scale: _normal(mp.log(x), loc, scale) - mp.log(x),
    "Logistic": lambda x, loc, scale: -(x - loc) / scale - 2 * _softplus(-(x - loc) / scale) - mp.log(scale),
    "NegativeBinomial": lambda x, total_count, logits: (
        mp.loggamma(x + total_count)
        - mp.loggamma(x + 1)
        - mp.loggamma(total_count)
        - total_count * _softplus(logits)
        - x * _softplus(-logits)
    ),
    "Normal": _normal,
    "Pareto": lambda x, concentration, scale: (
        mp.log(concentration) + concentration * mp.log(scale) - (concentration + 1) * mp.log(x)
    ),
    "Poisson": lambda x, rate: x * mp.log(rate) - rate - mp.loggamma(x + 1),
    "Skellam": _skellam,
    "StudentT": _student_t,
    "TanhNormal_u": _tanh_normal_u,
    "TanhNormal_x": lambda x, loc, scale: _normal(mp.atanh(x), loc, scale) - mp.log1p(-x * x),
    "TruncatedNormal": _truncated_normal,
    "VonMises": lambda x, loc, concentration: (
        concentration * mp.cos(x - loc) - _log_i0(concentration) - mp.log(2 * mp.pi)
    ),
    "Weibull": lambda x, concentration, scale: (
        mp.log(concentration / scale) + (concentration - 1) * mp.log(x / scale) - (x / scale) ** concentration
    ),
}


def gradient_conditions(record):
    """For each argument i: Σ_j |θ_j ∂²f/∂θ_i∂θ_j| at every reference point, None where it can't be had."""
    name, args = record["name"], list(record["grad"])
    density = LOG_DENSITIES[name]
    out = {a: [] for a in args}
    for row in range(record["n"]):
        point = {a: mp.mpf(float.fromhex(v[row])) for a, v in record["inputs"].items()}
        if record["value"][row] in (None, "inf", "-inf", "nan"):
            conditions = dict.fromkeys(args)
        else:
            value = density(**point)
            truth = mp.mpf(record["value"][row])
            if abs(value - truth) > 1e-25 * max(1, abs(truth)) * _looseness(point):
                print(f"{name} row {row}: {mp.nstr(value, 20)}, reference {mp.nstr(truth, 20)}", file=sys.stderr)
            conditions = _conditions_at(density, point, args)
        for a in args:
            out[a].append(conditions[a])
    return out


def _looseness(point):
    return max(1, *(abs(v) for v in point.values() if mp.isfinite(v)))


def _conditions_at(density, point, args):
    steps = {a: STEP * (abs(point[a]) if point[a] else 1) for a in args}

    def f(**shifts):
        return density(**{a: v + shifts.get(a, 0) * steps.get(a, 0) for a, v in point.items()})

    out = {}
    for i in args:
        total = mp.mpf(0)
        try:
            for j in args:
                if point[j] == 0 or not mp.isfinite(point[j]) or not mp.isfinite(point[i]):
                    continue
                if i == j:
                    second = f(**{i: 1}) - 2 * f() + f(**{i: -1})
                else:
                    second = (f(**{i: 1, j: 1}) - f(**{i: 1, j: -1}) - f(**{i: -1, j: 1}) + f(**{i: -1, j: -1})) / 4
                total += abs(second / (steps[i] * steps[j]) * point[j])
            out[i] = float(mp.nstr(total, 5))
        except (ValueError, ZeroDivisionError, TypeError):
            out[i] = None
    return out


def vector_gradient_conditions(record):
    """The same in closed form for the families whose values or parameters are vectors."""
    inputs = [{a: np.array(_floats(v[row])) for a, v in record["inputs"].items()} for row in range(record["n"])]
    return {a: [_VECTOR[record["name"]](a, **point) for point in inputs] for a in record["grad"]}


def _floats(v):
    return [_floats(t) for t in v] if isinstance(v, list) else float.fromhex(v)


def _categorical(_, x, logits):
    p = np.exp(logits - logits.max())
    p /= p.sum()
    finite = np.where(np.isfinite(logits), logits, 0.0)
    return (p * (np.abs(np.eye(len(p)) - p) @ np.abs(finite))).tolist()


def _dirichlet(wrt, x, concentration):
    a = concentration
    if wrt == "x":
        with np.errstate(all="ignore"):
            return [float(v) if np.isfinite(v) else None for v in (np.abs(a - 1) + a) / x]
    slope = [float(mp.psi(1, float(v))) for v in (*a, a.sum())]
    return [float(v) for v in a.sum() * slope[-1] + a * slope[:-1] + 1]


def _multivariate_normal(_, x, loc, scale_tril):
    inverse = np.linalg.inv(scale_tril)
    precision = np.abs(inverse.T @ inverse)
    z = np.abs(inverse) @ np.abs(x - loc)
    by_factor = np.abs(inverse.T) @ (np.abs(scale_tril.T) @ (np.abs(inverse.T) @ z) + np.abs(inverse @ scale_tril) @ z)
    return (precision @ (np.abs(x) + np.abs(loc)) + by_factor).tolist()


_VECTOR = {"Categorical": _categorical, "Dirichlet": _dirichlet, "MultivariateNormalTriL": _multivariate_normal}


# --- distribution functions ---


def _grid(log_density, start, direction, limit):
    """Points from `start` on, in `direction`, as far as the density falls by e⁻⁶⁰ below its maximum there."""
    end = start + direction
    while log_density(np.array([end]))[0] > log_density(np.linspace(start, end, 200)).max() - 60:
        end = start + 2 * (end - start)
        if direction * (end - limit) > 0:
            end = limit
            break
    for _ in range(40):  # and not much farther
        middle = 0.5 * (start + end)
        if log_density(np.linspace(middle, end, 50)).max() > log_density(np.linspace(start, end, 400)).max() - 60:
            break
        end = middle
    return np.linspace(start, end, 20001)


def _digamma(a):
    return float(mp.psi(0, float(a)))


def _gamma(x, concentration, rate):
    a, u = concentration, np.log(rate * x)
    log_gamma = float(mp.loggamma(float(a)))
    shift = a * np.log(a) - a
    log_density = lambda u: a * (u - np.log(a)) - (np.exp(np.minimum(u, 700)) - a) + (shift - log_gamma)  # noqa: E731
    scores = {"concentration": lambda u: u - _digamma(a)}
    return u, log_density, scores, {"x": 1.0, "rate": 1.0}, (-np.inf, np.inf)


def _beta(x, concentration1, concentration0):
    a, b = concentration1, concentration0
    u = np.log(x) - np.log1p(-x)
    log_beta = float(_log_beta(mp.mpf(float(a)), mp.mpf(float(b))))
    log_density = lambda u: -a * np.logaddexp(0, -u) - b * np.logaddexp(0, u) - log_beta  # noqa: E731
    total = _digamma(a + b)
    scores = {
        "concentration1": lambda u: -np.logaddexp(0, -u) - _digamma(a) + total,
        "concentration0": lambda u: -np.logaddexp(0, u) - _digamma(b) + total,
    }
    return u, log_density, scores, {"x": x / (x * (1 - x))}, (-np.inf, np.inf)


def _student(x, df, loc, scale):
    root = np.sqrt(df)
    z = (x - loc) / scale
    u = np.arcsinh(z / root)
    normaliser = float(
        mp.loggamma((mp.mpf(float(df)) + 1) / 2) - mp.loggamma(mp.mpf(float(df)) / 2) - mp.log(mp.pi) / 2
    )

    def log_cosh(u):
        return np.abs(u) + np.log1p(np.expm1(-2 * np.abs(u)) / 2)

    log_density = lambda u: normaliser - df * log_cosh(u)  # noqa: E731
    slope = (_digamma((df + 1) / 2) - _digamma(df / 2)) / 2
    scores = {"df": lambda u: slope - log_cosh(u)}
    # u itself moves with df: z = √ν sinh u
    by_z = 1 / (root * np.sqrt(1 + z * z / df))
    moves = {"x": x / scale * by_z, "loc": loc / scale * by_z, "scale": z * by_z, "df": -0.5 * z * by_z}
    return u, log_density, scores, moves, (-np.inf, np.inf)


def _von_mises(x, loc, concentration):
    k = concentration
    log_norm = float(_log_i0(mp.mpf(float(k))) - mp.mpf(float(k))) + np.log(2 * np.pi)
    ratio = float(mp.besseli(1, k) / mp.besseli(0, k)) if k < 1e3 else 1 - 0.5 / k
    log_density = lambda u: -2 * k * np.sin(u / 2) ** 2 - log_norm  # noqa: E731
    scores = {"concentration": lambda u: 1 - 2 * np.sin(u / 2) ** 2 - ratio}
    return x - loc, log_density, scores, {"x": x, "loc": loc}, (-np.pi, np.pi)


def _gaussian(x, loc, scale):
    z = (x - loc) / scale
    log_density = lambda u: -0.5 * u * u - 0.5 * np.log(2 * np.pi)  # noqa: E731
    return z, log_density, {}, {"x": x / scale, "loc": loc / scale, "scale": z}, (-np.inf, np.inf)


FUNCTIONS = {"Gamma": _gamma, "Beta": _beta, "StudentT": _student, "VonMises": _von_mises, "Normal": _gaussian}


def tail_sensitivities(name, point):
    """(log density of u, log of both tails, {θ: θ ∂F/∂θ / (density of u)}) at a point, by one tail."""
    u, log_density, scores, moves, (low, high) = FUNCTIONS[name](**point)
    step = 1e-6 * max(1e-3, abs(u))
    before, here, after = log_density(np.array([u - step, u, u + step]))
    lower = after > before  # the mode lies above: the lower tail is integrated, over which the density falls
    grid = _grid(log_density, u, *((-1.0, low) if lower else (1.0, high)))
    sign = 1.0 if lower else -1.0
    log_p = log_density(grid)
    weights = np.exp(log_p - log_p.max())
    mass = abs(np.trapezoid(weights, grid))
    log_mass = min(np.log(mass) + log_p.max(), -1e-12)
    changes = dict(moves)
    for a, score in scores.items():
        mean = np.trapezoid(weights * score(grid), grid) / np.trapezoid(weights, grid)
        changes[a] = changes.get(a, 0.0) + sign * point[a] * mean * np.exp(log_mass - here)
    rest = np.log1p(-np.exp(log_mass))
    return here, (log_mass, rest) if lower else (rest, log_mass), changes


def function_conditions(record):
    """Σ_j |θ_j ∂F/∂θ_j| (or of log F, log of the survival function) at every reference point."""
    out = []
    for row in range(record["n"]):
        point = {a: float.fromhex(v[row]) for a, v in record["inputs"].items()}
        out.append(_function_condition(record["kind"], record["name"], point))
    return out


def _function_condition(kind, name, point):
    if name == "Poisson":
        here, tails, changes = _poisson(**point)
    elif not _is_inside(name, point):
        return None
    else:
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            here, tails, changes = tail_sensitivities(name, point)
    total = sum(abs(c) for c in changes.values())
    log_of = {"log_cdf": tails[0], "log_survival": tails[1]}.get(kind, 0.0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        condition = float(total * np.exp(here - log_of))
    return float(f"{condition:.5g}") if np.isfinite(condition) else None


def _is_inside(name, point):
    x = point["x"]
    if name == "Gamma":
        return 0 < x < np.inf
    if name == "Beta":
        return 0 < x < 1
    return np.isfinite(x)


def _poisson(x, rate):
    k = np.floor(x)
    if k < 0:
        return -np.inf, (-np.inf, 0.0), {}
    with mp.workdps(30):
        log_mass = float(k * mp.log(rate) - rate - mp.loggamma(k + 1))
    # both tails of the gamma with concentration k + 1
    _, (lower, upper), _ = tail_sensitivities("Gamma", {"x": rate, "concentration": k + 1, "rate": 1.0})
    return log_mass, (upper, lower), {"rate": rate}


def quantile_conditions(record):
    """Σ_j |θ_j ∂q/∂θ_j| + |p ∂q/∂p| at every reference quantile."""
    out = []
    for row in range(record["n"]):
        point = {a: float.fromhex(v[row]) for a, v in record["inputs"].items()}
        p, q = point["x"], record["value"][row]
        if record["name"] == "Poisson" or q in (None, "inf", "-inf") or not 0 < p < 1:
            out.append(None)
            continue
        point["x"] = float(q)
        if not _is_inside(record["name"], point) or abs(point["x"]) < 1e-307:
            out.append(None)
            continue
        with np.errstate(all="ignore"):
            here, _, changes = tail_sensitivities(record["name"], point)
            x_to_u = changes.pop("x") / point["x"]  # du/dx
            total = sum(abs(c) for c in changes.values()) + p * np.exp(-here)
            condition = float(total / x_to_u)
        out.append(float(f"{condition:.5g}") if np.isfinite(condition) else None)
    return out


def main():
    out = {}
    for path in sorted((REFERENCE / "accuracy").glob("*__*.json")):
        record = json.loads(path.read_text())
        kind, name = record["kind"], record["name"]
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        if kind == "log_prob":
            out[path.stem] = (vector_gradient_conditions if name in _VECTOR else gradient_conditions)(record)
        elif kind == "quantile":
            out[path.stem] = quantile_conditions(record)
        elif kind != "sample_grad":
            out[path.stem] = function_conditions(record)
        print(path.stem, flush=True)
    target = REFERENCE / "accuracy_conditions.json"
    if target.exists():
        out = {**json.loads(target.read_text()), **out}
    target.write_text(json.dumps(out, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
