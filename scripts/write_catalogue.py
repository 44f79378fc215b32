"""Writes docs/catalogue.md and docs/pictures/: every law from its own source, with its density at three settings."""

import inspect
import pathlib
import re
import sys

import jax
import matplotlib
import numpy as np
from catalogue_combinators import COMBINATORS
from catalogue_settings import SETTINGS

matplotlib.use("svg")
from matplotlib import pyplot as plt

from expectax import distributions

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


ALL = {**SETTINGS, **COMBINATORS}


def laws() -> list[str]:
    found = ((n, getattr(distributions, n)) for n in distributions.__all__)
    return [n for n, kind in found if inspect.isclass(kind) and kind is not distributions.AbstractDistribution]


# --- Text ---


def page() -> str:
    names = laws()
    missing = set(names) ^ ALL.keys()
    if missing:
        sys.exit(f"the settings in scripts/catalogue_*.py and the catalogue differ: {sorted(missing)}")
    families, combinators = ([n for n in names if n in table] for table in (SETTINGS, COMBINATORS))
    head = ["# Catalogue", "", "Written by `make catalogue` from the sources.", ""]
    head += [f"{len(families)} families: {_links(families)}.", ""]
    head += [f"{len(combinators)} combinators, which are made of other laws: {_links(combinators)}.", ""]
    between = [
        "# Combinators",
        "",
        "Methods and derivatives are those of the laws shown; others follow from what they are made of.",
        "",
    ]
    return "\n".join([*head, *map(_section, families), *between, *map(_section, combinators)])


def _links(names: list[str]) -> str:
    return ", ".join(f"[{n}](#{n.lower()})" for n in names)


def _section(name: str) -> str:
    family = getattr(distributions, name)
    module = inspect.cleandoc(sys.modules[family.__module__].__doc__)
    title, _, rest = module.partition("\n\n")
    density, _, notes = rest.partition("\n\n")
    if not notes:  # no formula of its own
        density, notes = "", density
    lines = [f"## {name}", "", title, "", *(["```", inspect.cleandoc(density), "```", ""] if density else [])]
    if _is_drawn(name):
        lines += [f"![{name} at three settings](pictures/{name}.svg)", ""]
    lines += _arguments(family) if name in COMBINATORS else []
    lines += [f"- {kind}: {text}" for kind, text in _facts(name)]
    lines += ["", "```", notes.strip(), "```", ""]
    return "\n".join(lines)


def _arguments(family: type) -> list[str]:
    """Those that the docstring explains, one a line."""
    block = inspect.cleandoc(family.__doc__ or "").partition("Args:\n")[2].partition("\n\n")[0]
    entries = re.split(r"\n(?=    \w)", "\n" + block)[1:]
    return ["- argument " + re.sub(r"^([\w, ]+):", r"`\1`:", " ".join(e.split())) for e in entries]


def _is_drawn(name: str) -> bool:
    """Whether an event is one array of numbers."""
    return isinstance(ALL[name][0], distributions.AbstractDistribution)


def _facts(name: str) -> list[tuple[str, str]]:
    dist = ALL[name][0]
    methods = ("methods", ", ".join(["sample", "log_prob", *(m for m in METHODS if _works(dist, m))]))
    if not _is_drawn(name):
        return [methods, ("derivative of a draw", "part by part, each by its own estimator")]
    parameters = (f"`{p.name}` ({_described(p)})" for p in dist._parameters())
    gradient = "along the draw, in every parameter" if dist.pathwise else "none along the draw"
    enumerated = "; all values can be enumerated" if dist.finite else ""
    return [
        ("parameters", ", ".join(parameters) or "none that are arrays"),
        ("support", f"{dist.support.description}; event rank {dist.event_rank}"),
        methods,
        ("derivative of a draw", gradient + enumerated),
    ]


def _described(parameter) -> str:
    own, within = parameter.support.description, parameter.within
    return own if within is None else f"{own}; {within.description}"


def _works(dist, method: str) -> bool:
    argument = () if method in ("mean", "variance", "covariance", "mode", "entropy") else (0.5,)
    try:
        jax.eval_shape(lambda: getattr(dist, method)(*argument))
    except Exception:  # whatever the reason, the page does not promise it
        return False
    return True


# --- Pictures ---


def picture(name: str) -> None:
    settings = ALL[name]
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
    label = re.sub(r"^\w+", "", repr(dist))[:70]
    draws = np.asarray(dist.sample(jax.random.key(i), (4000,)), float)
    low, high = np.quantile(draws, [0.005, 0.98])
    if dist.support.discrete:
        x = np.unique(draws) if len(np.unique(draws)) < 12 else np.arange(np.floor(low), np.ceil(high) + 1)
        axis.plot(x, dist.prob(x.astype(np.float32)), "o-", ms=2.5, lw=0.6, label=label)
        return
    x = np.linspace(low - 0.1 * (high - low), high + (0.1 * (high - low) if dist.mixed else 0), 160, dtype=np.float32)
    with np.errstate(all="ignore"):  # of a law with atoms and a density, the distribution function
        density = np.asarray(dist.cdf(x) if dist.mixed else dist.prob(x), float)
    axis.plot(x, np.minimum(density, 8.0), lw=1, label=label)
    axis.set_ylabel("distribution function" if dist.mixed else "")
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
    for law in filter(_is_drawn, laws()):
        picture(law)
