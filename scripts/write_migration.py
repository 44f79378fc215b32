"""Writes the tables of docs/migration.md: each of TFP's classes and what it is of ours, read off expectax.compat.tfp."""

import ast
import inspect
import json
import pathlib
import re
import sys
import textwrap

from expectax.compat.tfp import bijectors as tfb
from expectax.compat.tfp import distributions as tfd

ROOT = pathlib.Path(__file__).parent.parent
TARGET = ROOT / "docs" / "migration.md"
REFERENCE = ROOT / "tests" / "reference" / "tfp.json"
START, END = "<!-- written by scripts/write_migration.py -->\n", "<!-- end -->\n"

_COMMON = ("validate_args", "allow_nan_stats", "name", "dtype", "force_probs_to_zero_outside_support")
_COMMON += ("experimental_use_kahan_sum", "parameters", "validate_event_size", "maybe_changes_size", "graph_parents")


class _Readable(ast.NodeTransformer):
    """What a builder returns, without the helpers that only prepare its arguments."""

    def visit_Call(self, node):
        self.generic_visit(node)
        helper = node.func.id if isinstance(node.func, ast.Name) else ""
        if helper in ("_centre", "as_shape", "default", "int", "rate_of") or ast.unparse(node.func).endswith("asarray"):
            return node.args[0]
        if helper == "lower":
            return ast.parse(f"cholesky({ast.unparse(node.args[0])} @ {ast.unparse(node.args[0])}.T)", mode="eval").body
        kept = [k for k in node.keywords if k.arg is not None]
        if len(kept) < len(node.keywords):  # **coin(logits, probs), **choice(logits, probs)
            kept += [ast.keyword(arg=n, value=ast.Name(n)) for n in ("logits", "probs")]
        node.keywords = kept
        return node

    def visit_IfExp(self, node):  # a default in place of None
        self.generic_visit(node)
        return node.orelse if isinstance(node.body, ast.Constant) else node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return node.value if node.attr in ("expectax_bijector", "expectax_distribution") else node


def ours(cls) -> str:
    """What a builder returns, as code where that says it all."""
    described = " ".join(cls.__doc__.split(". ")[0].split()).rstrip(".")
    if not hasattr(cls, "_build"):
        return described
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls._build)))
    returns = [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    last = max(returns, key=lambda n: n.lineno).value if returns else None
    if last is None or not ast.unparse(last).startswith("ex."):
        return described
    return f"`{re.sub(r'(?<![a-zA-Z])ex[.]', '', ast.unparse(_Readable().visit(last)))}`"


def classes(namespace, base: str) -> list[str]:
    found = (n for n in namespace.__all__ if inspect.isclass(getattr(namespace, n)))
    return sorted(
        n
        for n in found
        if issubclass(getattr(namespace, n), getattr(namespace, base)) and n not in (base, "JointDistribution")
    )


def table(namespace, base: str, prefix: str, known: str) -> str:
    rows = [f"| `{prefix[0]}.` | `{prefix[1]}.` |", "|---|---|"]
    for name in classes(namespace, base):
        cls = getattr(namespace, name)
        arguments = ", ".join(n for n in inspect.signature(cls).parameters if n not in _COMMON)
        rows.append(f"| `{name}({arguments})` | {ours(cls)} |")
    absent = sorted(set(json.loads(REFERENCE.read_text(encoding="utf-8"))[known]) - set(namespace.__all__))
    return "\n".join(rows) + "\n\nNot there: " + ", ".join(f"`{n}`" for n in absent) + ".\n"


def tables() -> str:
    of_laws = table(tfd, "Distribution", ("tfd", "ex"), "names")
    of_maps = table(tfb, "Bijector", ("tfb", "ex.bijectors"), "bijector_names")
    return f"{of_laws}\n{of_maps}"


def page(text: str) -> str:
    head, tail = text.split(START)[0], text.split(END)[1]
    return f"{head}{START}\n{tables()}\n{END}{tail}"


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET.name}\n")
