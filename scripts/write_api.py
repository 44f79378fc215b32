"""Writes docs/api.md: one line for each public name, from the first sentence of its docstring."""

import inspect
import pathlib
import sys
import types

import expectax

TARGET = pathlib.Path(__file__).parent.parent / "docs" / "api.md"
HEAD = """# Public names

Written by `make api` from the docstrings; do not edit. A name that is not listed here is private.
"""


def documentation(value: object) -> str:
    """The docstring of a public value; of its own class only, never one that dataclasses made up."""
    if isinstance(value, types.ModuleType | types.FunctionType) or not isinstance(value, type):
        own = getattr(value, "__doc__", None)
    else:
        own = value.__dict__.get("__doc__")
        if own and own.startswith(value.__name__ + "("):
            own = None
    return inspect.cleandoc(own or "")


def first_sentence(text: str) -> str:
    paragraph = " ".join(text.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".:")


def summary(value: object) -> str:
    """One line about a public value; a ready-made support is described by what lies in it."""
    if isinstance(value, expectax.supports.AbstractSupport):
        return first_sentence(value.description)
    return first_sentence(documentation(value))


def namespaces() -> dict[str, types.ModuleType]:
    """The package and its public subpackages, by the name that users write."""
    inner = {f"ex.{name}": value for name in expectax.__all__ if inspect.ismodule(value := getattr(expectax, name))}
    return {"ex": expectax, **inner}


def page() -> str:
    sections = [HEAD]
    for prefix, module in namespaces().items():
        lines = [f"- `{prefix}.{name}`: {summary(getattr(module, name))}" for name in module.__all__]
        sections.append(f"## `{prefix}`\n\n{first_sentence(documentation(module))}.\n\n" + "\n".join(lines) + "\n")
    return "\n".join(sections)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET.name}\n")
