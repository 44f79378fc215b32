"""Writes the table of docs/migration.md: each of TFP's classes and what it is of ours, read off expectax.compat.tfp."""

import ast
import inspect
import json
import pathlib
import re
import sys
import textwrap

from expectax.compat.tfp import distributions as tfd

ROOT = pathlib.Path(__file__).parent.parent
TARGET = ROOT / "docs" / "migration.md"
REFERENCE = ROOT / "tests" / "reference" / "tfp.json"
START, END = "<!-- written by scripts/write_migration.py -->\n", "<!-- end -->\n"

_COMMON = ("validate_args", "allow_nan_stats", "name", "dtype", "force_probs_to_zero_outside_support")
_COMMON += ("experimental_use_kahan_sum",)


class _Readable(ast.NodeTransformer):
    """What a builder returns, without the helpers that only prepare its arguments."""

    def visit_Call(self, node):
        self.generic_visit(node)
        helper = node.func.id if isinstance(node.func, ast.Name) else ""
        if helper in ("_centre", "rate_of", "int") or ast.unparse(node.func).endswith("asarray"):
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
        return node.value if node.attr == "expectax_distribution" else node


def ours(cls) -> str:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls._build)))
    returns = [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    last = max(returns, key=lambda n: n.lineno).value
    return ast.unparse(_Readable().visit(last)) if ast.unparse(last).startswith("ex.") else cls.__doc__.rstrip(".")


def classes() -> list[str]:
    found = (n for n in tfd.__all__ if inspect.isclass(getattr(tfd, n)))
    return sorted(n for n in found if issubclass(getattr(tfd, n), tfd.Distribution) and n != "Distribution")


def table() -> str:
    rows = ["| `tfd.` | `ex.` |", "|---|---|"]
    for name in classes():
        cls = getattr(tfd, name)
        arguments = ", ".join(n for n in inspect.signature(cls).parameters if n not in _COMMON)
        rows.append(f"| `{name}({arguments})` | `{re.sub(r'^ex[.]', '', ours(cls))}` |")
    absent = sorted(set(json.loads(REFERENCE.read_text(encoding="utf-8"))["names"]) - {*classes(), "Distribution"})
    return "\n".join(rows) + "\n\nNot there: " + ", ".join(f"`{n}`" for n in absent) + ".\n"


def page(text: str) -> str:
    head, tail = text.split(START)[0], text.split(END)[1]
    return f"{head}{START}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET.name}\n")
