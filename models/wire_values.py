"""How the values of a plain statement are written for PostgreSQL; which type each is, the statement says."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import DataError

TEXT: Final = 0
BINARY: Final = 1


def write_values(names: Sequence[str], parameters: Mapping[str, Any]) -> tuple[list[bytes | None], list[int]]:
    """The values in their order, each with its format."""
    values: list[bytes | None] = []
    formats: list[int] = []
    for name in names:
        value = parameters[name]
        if type(value) is bytes:
            values.append(value)
            formats.append(BINARY)
        else:
            values.append(None if value is None else _writer(value)(value).encode())
            formats.append(TEXT)
    return values, formats


def _writer(value: Any) -> Callable[[Any], str]:
    known = _WRITERS.get(type(value))
    if known is not None:
        return known
    for kind, write in _WRITERS.items():  # a kind of its own, such as an enumeration's
        if isinstance(value, kind):
            return write
    raise TypeError(f"expected a plain value, found {type(value).__name__}")


def _text(value: str) -> str:
    if "\x00" in value:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value


def _list(value: Sequence[Any]) -> str:
    return "{" + ",".join([_element(each) for each in value]) + "}"


def _element(value: Any) -> str:
    """One value of an array, in quotes where it could be read as more than one."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    written = _writer(value)(value)
    if isinstance(value, str):
        return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return written


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    str: _text,
    bool: lambda value: "t" if value else "f",
    int: str,
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    list: _list,
}
"""By type, those first that are also one of a later."""
