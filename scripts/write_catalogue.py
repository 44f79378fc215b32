"""Writes docs/catalogue.md and docs/pictures/: every family from its own source, with its density at three settings."""

import inspect
import pathlib
import re
import sys

import jax
import matplotlib
import numpy as np
from catalogue_settings import SETTINGS

matplotlib.use("svg")
from matplotlib import pyplot as plt

from expectax import distributions
from expectax._parameter import leaf_parameters

DOCS = pathlib.Path(__file__).parents[1] / "docs"
METHODS = ("cdf", "log_cdf", "log_sf", "quantile", "mean", "variance", "covariance", "mode", "entropy")
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "expectax",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify_threshold": 0.5,
}


def families() -> list[str]:
    base = distributions.AbstractDistribution
    found = ((n, getattr(distributions, n)) for n in distributions.__all__)
    return [n for n, kind in found if inspect.isclass(kind) and issubclass(kind, base) and kind is not base]


# --- Text ---


def page() -> str:
    names = families()
    missing = set(names) ^ SETTINGS.keys()
    if missing:
        sys.exit(f"scripts/catalogue_settings.py and the catalogue differ: {sorted(missing)}")
    links = ", ".join(f"[{n}](#{n.lower()})" for n in names)
    head = f"# Catalogue\n\nWritten by `make catalogue` from the sources. {len(names)} families: {links}.\n"
    return "\n".join([head, *map(_section, names)])


def _section(name: str) -> str:
    family = getattr(distributions, name)
    settings = SETTINGS[name]
    module = inspect.cleandoc(sys.modules[family.__module__].__doc__)
    title, _, rest = module.partition("\n\n")
    density, _, notes = rest.partition("\n\n")
    lines = [f"## {name}", "", title, "", "```", inspect.cleandoc(density), "```", ""]
    lines += [f"![{name} at three settings](pictures/{name}.svg)", ""]
    lines += [f"- {kind}: {text}" for kind, text in _facts(family, settings[0])]
    lines += ["", "```", notes.strip(), "```", ""]
    return "\n".join(lines)


def _facts(family: type, dist) -> list[tuple[str, str]]:
    parameters = (f"`{p.name}` ({p.support.description})" for p in leaf_parameters(dist))
    methods = [m for m in METHODS if _works(dist, m)]
    gradient = "along the draw, in every parameter" if dist.pathwise else "none along the draw"
    enumerated = "; all values can be enumerated" if dist.finite else ""
    return [
        ("parameters", ", ".join(parameters) or "none that are arrays"),
        ("support", f"{dist.support.description}; event rank {dist.event_rank}"),
        ("methods", "sample, log_prob, " + ", ".join(methods)),
        ("derivative of a draw", gradient + enumerated),
    ]


def _works(dist, method: str) -> bool:
    argument = () if method in ("mean", "variance", "covariance", "mode", "entropy") else (0.5,)
    try:
        jax.eval_shape(lambda: getattr(dist, method)(*argument))
    except Exception:  # whatever the reason, the page does not promise it
        return False
    return True


# --- Pictures ---


def picture(name: str) -> None:
    settings = SETTINGS[name]
    with plt.rc_context(STYLE):
        scalar = settings[0].event_rank == 0
        figure, axes = plt.subplots(1, 1 if scalar else 3, figsize=(4.2, 1.9), squeeze=False)
        for i, dist in enumerate(settings):
            draw = _curve if scalar else _scatter
            draw(axes[0, 0 if scalar else i], dist, i)
        if scalar:
            axes[0, 0].legend(frameon=False, fontsize=6)
        figure.tight_layout()
        figure.savefig(DOCS / "pictures" / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)


def _curve(axis, dist, i: int) -> None:
    label = re.sub(r"^\w+", "", repr(dist))
    draws = np.asarray(dist.sample(jax.random.key(i), (4000,)), float)
    low, high = np.quantile(draws, [0.005, 0.98])
    if dist.support.discrete:
        x = np.unique(draws) if len(np.unique(draws)) < 12 else np.arange(np.floor(low), np.ceil(high) + 1)
        axis.plot(x, dist.prob(x.astype(np.float32)), "o-", ms=2.5, lw=0.6, label=label)
        return
    x = np.linspace(low - 0.1 * (high - low), high, 160, dtype=np.float32)
    with np.errstate(all="ignore"):
        density = np.asarray(dist.prob(x), float)
    axis.plot(x, np.minimum(density, 8.0), lw=1, label=label)
    axis.set_ylim(bottom=0)


def _scatter(axis, dist, i: int) -> None:
    draws = np.asarray(dist.sample(jax.random.key(i), (150,)), float).reshape(150, -1)
    across = draws[:, 0] if draws.shape[1] < 4 or dist.event_rank < 2 else draws[:, 1]
    up = draws[:, -1] if dist.event_rank == 2 else draws[:, min(1, draws.shape[1] - 1)]
    jitter = np.random.default_rng(0).uniform(-0.15, 0.15, (2, 150)) if dist.support.discrete else np.zeros((2, 150))
    axis.plot(np.round(across + jitter[0], 3), np.round(up + jitter[1], 3), ".", ms=2)


if __name__ == "__main__":
    (DOCS / "pictures").mkdir(exist_ok=True)
    (DOCS / "catalogue.md").write_text(page())
    for family_name in families():
        picture(family_name)
