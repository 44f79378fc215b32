"""Rules about the code itself: who imports whom, where stop_gradient may stand, lengths, documentation, hygiene."""

import ast
import dataclasses
import os
import pathlib
import re
import runpy
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

pytestmark = pytest.mark.whole
ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "expectax"

# From the lowest to the highest; a module may import its own layer and those above it in this list.
# The table in docs/architecture.md repeats it. The longest matching name decides.
LAYERS = (
    ("_typing", "_errors", "_extras", "_module", "_compat", "_marks"),
    ("numerics",),
    ("random",),
    ("supports", "_batching", "_parameter"),
    ("bijectors", "flows"),
    ("estimators", "_site"),
    ("distributions", "divergences", "_unconstrained"),
    (
        "_trace",
        "_call",
        "_build",
        "_axes",
        "_lanes",
        "_linear",
        "_values",
        "_ranges",
        "_jumps",
        "_probe",
        "_flips",
        "_continuity",
        "_flow",
        "_key_words",
        "_keys",
        "_analysis",
    ),
    (
        "estimators._choose",
        "_coupling",
        "_plan",
        "_histories",
        "_boxes",
        "_interpret",
        "_telescope",
        "_control_flow",
        "_rest",
        "_reruns",
        "_program",
        "_baselines",
        "_surrogate",
        "_control_variates",
        "_runs",
        "_estimate",
        "_debiased",
        "_expectation",
        "_checked",
    ),
    ("explain", "vi", "testing", "compat"),
    ("cli", "__main__", ""),
)
NUMERICS_MAY_IMPORT = ("numerics", "_typing", "_compat")

STOP_GRADIENT_ALLOWED = (
    "_site",
    "_program",
    "_interpret",
    "_rest",
    "_reruns",
    "estimators",
    "distributions._distribution",
)

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
LONGER_FILES = {
    "": (340, "a list of names"),
    "distributions._distribution": (410, "the one base class, whose methods are read together"),
    "_analysis": (420, "one walk, whose rules share what it has seen"),
    "numerics": (420, "a list of names"),
}


# --- Reading the package ---


def _modules() -> dict[str, pathlib.Path]:
    """Dotted name inside the package (the package itself is "") -> file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def _imported(name: str, node: ast.AST) -> list[str]:
    """The modules of the package that one import statement names."""
    if isinstance(node, ast.Import):
        ours = [a.name for a in node.names if a.name.split(".")[0] == "expectax"]
        return [n.removeprefix("expectax").lstrip(".") for n in ours]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        package = name.split(".") if name else []
        if MODULES[name].name != "__init__.py":
            package = package[:-1]
        package = package[: len(package) - (node.level - 1)]
        base = ".".join([*package, *([base] if base else [])])
    elif base.split(".")[0] == "expectax":
        base = base.removeprefix("expectax").lstrip(".")
    else:
        return []
    inner = (f"{base}.{a.name}".lstrip(".") for a in node.names)
    return [module if module in MODULES else base for module in inner]


def _imports(name: str) -> list[tuple[str, int]]:
    """(module of ours, line) of every import of a module, those inside functions included."""
    return [(m, n.lineno) for n in ast.walk(TREES[name]) for m in _imported(name, n)]


def _layer(name: str) -> int:
    fitting = [
        (len(prefix), number)
        for number, layer in enumerate(LAYERS)
        for prefix in layer
        if name == prefix or (prefix and name.startswith(prefix + "."))
    ]
    assert fitting, f"expectax/{name} has no layer: add it to LAYERS and to docs/architecture.md"
    return max(fitting)[1]


def _functions(tree: ast.AST) -> list:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def _identifiers(tree: ast.AST) -> set[str]:
    """Every name that the code mentions; strings and comments do not count."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.alias):
            names.update(node.name.split("."))
    return names


# --- Structure ---


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "expectax")
def test_imports_point_downwards(name):
    layer = _layer(name)
    for module, line in _imports(name):
        assert _layer(module) <= layer, f"{MODULES[name]}:{line} imports {module or 'expectax'}, a higher layer"


def test_numerics_know_no_classes():
    for name in MODULES:
        if name.split(".")[0] == "numerics":
            for module, line in _imports(name):
                allowed = module.split(".")[0] in NUMERICS_MAY_IMPORT
                assert allowed, f"{MODULES[name]}:{line} imports {module}; numerics may import {NUMERICS_MAY_IMPORT}"


def test_no_import_cycles():
    """At import time; an import inside a function is not counted."""
    graph = {n: {m for s in TREES[n].body for m in _imported(n, s)} - {n} for n in MODULES}
    while leaves := [n for n, imported in graph.items() if not imported & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert not graph, f"these modules import each other in a circle, or import one that does: {sorted(graph)}"


def test_no_module_is_dead():
    """Every module is imported by the package's root, the command line or a test, directly or through others."""
    tests = [ast.parse(p.read_text(encoding="utf-8")) for p in (ROOT / "tests").rglob("*.py")]
    entries = {m for tree in tests for node in ast.walk(tree) for m in _imported("", node)} & MODULES.keys()
    reached, frontier = set(), {"", *entries, *({"cli", "__main__"} & MODULES.keys())}
    while frontier:
        reached |= frontier
        frontier = {m for name in frontier for m, _ in _imports(name)} - reached
    packages = {name.rpartition(".")[0] for name in reached}  # importing a module runs those above it
    dead = sorted(MODULES.keys() - reached - packages)
    assert not dead, "nothing imports these"


def test_layers_are_those_of_the_documentation():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in text.splitlines() if re.match(r"\| \d+ \|", row)]
    written = [tuple(re.findall(r"`([\w.]+)`", row[2])) for row in rows]
    assert written == [tuple(name or "expectax" for name in layer) for layer in LAYERS]


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "expectax")
def test_only_public_jax(name):
    private = "jax._src" in MODULES[name].read_text(encoding="utf-8")
    assert not private, "not even in a comment: it is not public"
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "jax":
            assert not any(a.name.startswith("_") for a in node.names)


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "expectax")
def test_stop_gradient_stands_in_few_places(name):
    if not name.startswith(STOP_GRADIENT_ALLOWED):
        assert "stop_gradient" not in _identifiers(TREES[name])


# --- Budgets ---


def _count_lines(name: str) -> int:
    return len(MODULES[name].read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "expectax")
def test_files_are_short(name):
    limit, _ = LONGER_FILES.get(name, (MAX_FILE_LINES, ""))
    lines = _count_lines(name)
    assert lines <= limit, f"{MODULES[name]} is too long: divide it, or give a reason in LONGER_FILES"


def test_exceptions_for_length_are_needed():
    for name in LONGER_FILES:
        assert _count_lines(name) > MAX_FILE_LINES, f"{name} fits: drop it"


def _code_lines(function: ast.FunctionDef) -> int:
    total = function.end_lineno - function.lineno + 1
    head = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= head.end_lineno - head.lineno + 1
    return total


@pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "expectax")
def test_functions_are_short(name):
    for function in _functions(TREES[name]):
        assert _code_lines(function) <= MAX_FUNCTION_LINES, f"{function.name}, line {function.lineno}"


# --- Documentation ---


def test_every_public_name_is_documented():
    api = runpy.run_path(str(ROOT / "scripts" / "write_api.py"))
    for prefix, module in api["namespaces"]().items():
        for public in module.__all__:
            assert api["summary"](getattr(module, public)), f"{prefix}.{public} has no docstring"
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    expected = api["page"]()
    assert written.splitlines() == expected.splitlines(), "docs/api.md is out of date: run `make api`"


def test_every_message_is_used():
    ours = {name: tree for name, tree in TREES.items() if name.split(".")[0] == "_errors"}
    messages = {f.name for tree in ours.values() for f in tree.body if isinstance(f, ast.FunctionDef)}
    unused = sorted(messages - set().union(*(_identifiers(TREES[name]) for name in TREES.keys() - ours.keys())))
    assert not unused, "nothing raises these"


# --- Hygiene ---


def _tracked_texts() -> dict[str, str]:
    """The text files under version control; without git, every file that .gitignore would leave."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        hidden = {"out", "dist", "__pycache__"}
        paths = [p for p in ROOT.rglob("*") if not any(q in hidden or q[:2] == ".v" for q in p.relative_to(ROOT).parts)]
    texts = {}
    for path in paths:
        if path.is_file():
            try:
                texts[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def _hits(pattern: str) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in _tracked_texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if found.search(line)
    ]


def test_no_unfinished_business():
    hits = _hits(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert not hits


def test_no_registry_hosts():
    hits = _hits(r"py" + r"pi\.org|pythonho" + r"sted|--(extra-)?index" + r"-url|fi" + r"le://")
    assert not hits


def test_no_paths_of_a_machine():
    hits = _hits(r"(?<![\w.*~>)}$-])/(root|home|Users|work|tmp|opt|mnt|private)\b")
    assert not hits


# --- The numbers of JAX itself ---


def test_padded_rows_are_reduced_rightly():
    """XLA on CPU once repeated the first column; gradients are sums of such rows."""
    rows = jax.jit(lambda x: jax.vmap(lambda v: jnp.zeros(2).at[0].add(v))(x).mean(0))
    assert rows(jnp.ones(1 << 15)).tolist() == [1.0, 0.0]


# --- Cost of importing ---


def _import_seconds(environment) -> float:
    """Processor time that importing the library adds in a fresh interpreter that has imported JAX."""
    statement = "import time, jax; t = time.process_time(); import expectax; print(time.process_time() - t)"
    command = [sys.executable, "-c", statement]
    return float(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)


@pytest.mark.slow
def test_importing_is_quick(tmp_path):
    """At most 0.25 s more than JAX alone, compiled to bytecode as for a user; other load only adds to a measurement."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    assert min(_import_seconds(environment) for _ in range(6)) <= 0.25


def test_no_parameter_hides_a_method():
    from expectax import distributions

    base = distributions.AbstractDistribution
    methods = {n for n in dir(base) if not n.startswith("_") and callable(getattr(base, n))}
    for name in set(distributions.__all__) - {"AbstractDistribution", "parameter"}:
        fields = {f.name for f in dataclasses.fields(getattr(distributions, name))}
        assert not fields & methods, name
