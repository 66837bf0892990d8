"""There is one way to read published things: no query on objects, grants or editions stands outside `sharing/reading`.

Looked for in two ways: the classes of the tables in the syntax tree, the tables themselves in every text that could be
SQL. Who needs a new question adds a function inside `sharing/reading`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.source import parsed

ROOT = Path(__file__).parent.parent
PACKAGES = ("crypto", "models", "sharing", "feeds", "hub")
ALLOWED = (
    "models/",
    "sharing/reading/",
    "sharing/publishing/",
    "sharing/publications.py",
    "sharing/audit/placing.py",
)
"""Where the tables may be named: their home, reading, writing, integrating."""

CLASSES = frozenset({"StixObject", "Grant", "ClosedGrant", "EditionFacts", "stix_object", "grant"})
"""The classes and the modules that hold them."""
TABLES = re.compile(
    r"\b(?:from|join|into|update|table)\s+\"?(?:objects|grants|closed_grants|edition_facts)\b", re.IGNORECASE
)

"""A table where SQL names tables."""
QUOTED_TABLES = frozenset({"objects", "grants", "closed_grants", "edition_facts"})
"""A table's bare name, handed to a function that builds SQL from it."""
BUILDERS = frozenset({"insert_rows", "table", "Table"})


def violations(source: str) -> Iterator[tuple[int, str]]:
    """Each place of a module that names one of the tables."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ImportFrom) and node.module in {"models", "models.stix_object", "models.grant"}:
            for alias in node.names:
                if alias.name in CLASSES or alias.name == "*":
                    yield node.lineno, f"imports {alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in {"models.stix_object", "models.grant"}:
                    yield node.lineno, f"imports {alias.name}"
        elif isinstance(node, ast.Attribute) and node.attr in {"StixObject", "Grant", "ClosedGrant", "EditionFacts"}:
            yield node.lineno, f"uses {node.attr}"
        elif (isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLES.search(node.value)) or (
            isinstance(node, ast.JoinedStr) and TABLES.search(_text_of(node))
        ):
            yield node.lineno, "holds SQL on published things"
        elif isinstance(node, ast.Call) and _called(node) in BUILDERS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and argument.value in QUOTED_TABLES:
                    yield node.lineno, f"names the table {argument.value}"
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            named = ast.unparse(node.value).endswith("tables") and node.slice.value in QUOTED_TABLES
            if named:
                yield node.lineno, f"names the table {node.slice.value}"


def _text_of(node: ast.JoinedStr) -> str:
    """A text with its holes: what is filled in may stand between FROM and the table."""
    return "".join(part.value if isinstance(part, ast.Constant) else " " for part in node.values)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _without_docstrings(source: str) -> str:
    """Docstrings speak of tables; they ask them nothing."""
    tree = parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value.value = ""
    return ast.unparse(tree)


def _modules() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(ALLOWED)]


def test_published_things_are_read_in_one_place_only():
    """Every list, count, search, digest and statistic goes through `sharing/reading`."""
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in _modules()
        for _line, what in violations(_without_docstrings(path.read_text(encoding="utf-8")))
    ]
    assert not found, "ask through sharing/reading instead:\n" + "\n".join(found)


def test_the_search_looks_at_the_whole_house():
    """It would pass as well if it looked at nothing."""
    looked_at = {path.relative_to(ROOT).parts[0] for path in _modules()}
    assert looked_at >= {"sharing", "feeds", "hub"}
    allowed = [ROOT / name for name in ALLOWED]
    assert all(path.exists() for path in allowed)


@pytest.mark.parametrize(
    "planted",
    [
        "from models.stix_object import StixObject",
        "from models.grant import Grant as G",
        "from models.stix_object import *",
        "from models import stix_object",
        "import models.grant",
        "session.execute(select(tables.EditionFacts))",
        "session.execute(text('SELECT body FROM objects WHERE id = 1'))",
        "fetch(session, f'SELECT 1 FROM a JOIN grants g ON {where}', {})",
        "f'DELETE FROM {schema}objects'",
        "sql = 'update  edition_facts set title = 1'",
        "sql = 'SELECT object_id FROM closed_grants'",
        "insert_rows(session, 'objects', columns, rows)",
        "sa.table('grants')",
        "metadata.tables['objects']",
    ],
)
def test_a_planted_query_is_found(planted: str):
    """Each way of asking around the choke point that we could think of."""
    assert list(violations(planted))


@pytest.mark.parametrize(
    "harmless",
    [
        "from models.grant import Regrant",
        "def f():\n    '''Reads from objects.'''",
        "text = 'objects'",
        "count(objects)",
        "_('Objects from your sector')",
        "from models.collection import Collection",
    ],
)
def test_what_only_speaks_of_them_is_let_through(harmless: str):
    """Words are no queries."""
    assert not list(violations(_without_docstrings(harmless)))
