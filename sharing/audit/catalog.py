"""Builds the list in `docs/trail.md` from the code: `python -m sharing.audit.catalog` writes it anew.

Each tag with its sentence, and the functions that record it, found in the syntax trees of the five packages.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from sharing.audit.tags import Tag

HOUSE: Final = Path(__file__).parents[2]
PAGE: Final = HOUSE / "docs" / "trail.md"
PACKAGES: Final = ("sharing", "feeds", "hub")
BEGIN: Final = "<!-- begin: written by python -m sharing.audit.catalog -->"
END: Final = "<!-- end -->"

_TAGS: Final = Path(__file__).with_name("tags.py")


def sentences() -> dict[str, str]:
    """The sentence under each tag."""
    tree = ast.parse(_TAGS.read_text(encoding="utf-8"))
    (members,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found: dict[str, str] = {}
    for node, following in pairwise(members):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[node.targets[0].id] = " ".join(text.value.split())
    return found


def recorders() -> dict[str, list[str]]:
    """Where each tag is used: module and function."""
    found: dict[str, list[str]] = {}
    for package in PACKAGES:
        for path in sorted((HOUSE / package).rglob("*.py")):
            if path != _TAGS and "demo" not in path.parts:
                for name, function in _uses(ast.parse(path.read_text(encoding="utf-8"))):
                    place = f"{'.'.join(path.relative_to(HOUSE).with_suffix('').parts)}.{function}"
                    if place not in found.setdefault(name, []):
                        found[name].append(place)
    return found


def _uses(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for top in tree.body:
        if not isinstance(top, ast.FunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(top):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Tag":
                yield node.attr, top.name


def written() -> str:
    """The whole page as it should be: the part between the marks is made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    told, where = sentences(), recorders()
    lines = [
        f"| `{tag.value}` | {told[tag.name]} | {' · '.join(f'`{each}`' for each in where.get(tag.name, ()))} |"
        for tag in Tag
    ]
    table = "\n".join(["| Tag | What it says | Recorded by |", "|---|---|---|", *lines])
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
