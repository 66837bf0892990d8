"""Reads a code list file that somebody edited; what is wrong with it is named with its place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

import msgspec

from models.codelists import CEPTOARS, SECTORS, CodeList, read_list

FILE_LIMIT: Final = 1024 * 1024
"""Bytes of a file; the largest list that ships has 6 KiB."""
ITEMS_LIMIT: Final = 1_000
NAME_LIMIT: Final = 100
"""Characters of a name, as the columns of sectors and CEPTOARs hold."""
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class BadCodeList(ValueError):
    """The file cannot be used; each line of the message names a place, what was expected and what was found."""


class _Title(msgspec.Struct, forbid_unknown_fields=True):
    ja: str
    en: str


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    order: int
    ja: str
    en: str
    confirmed: bool
    source: str
    parent: str | None = None


class _Oversight(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    confirmed: bool
    source: str
    valid_from: date | None
    valid_to: date | None


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    order: int
    ja: str
    en: str
    confirmed: bool
    source: str
    group: str | None = None
    short_ja: str | None = None
    short_en: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class _Sector(_Item, kw_only=True, forbid_unknown_fields=True):
    since: str | None
    since_confirmed: bool
    ministries: tuple[_Oversight, ...]


class _Ceptoar(_Item, kw_only=True, forbid_unknown_fields=True):
    secretariat: str | None
    secretariat_confirmed: bool


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    list: str
    version: str
    title: _Title
    valid_from: date
    valid_to: date | None
    source: str
    confirmed: bool
    note: str
    groups: tuple[_Group, ...] = ()


class _Codes(_File, kw_only=True, forbid_unknown_fields=True):
    items: tuple[_Item, ...]


class _Sectors(_File, kw_only=True, forbid_unknown_fields=True):
    items: tuple[_Sector, ...]


class _Ceptoars(_File, kw_only=True, forbid_unknown_fields=True):
    items: tuple[_Ceptoar, ...]


_SHAPES: Final[dict[str, type[_File]]] = {SECTORS: _Sectors, CEPTOARS: _Ceptoars}


def parse_codelist(raw: bytes) -> tuple[CodeList, dict[str, Any]]:
    """Read a file: the list, and the document as it is kept.

    Raises:
        BadCodeList: it is no JSON of this form, or contradicts itself.
    """
    if len(raw) > FILE_LIMIT:
        raise BadCodeList(f"the file: expected at most {FILE_LIMIT} bytes, found {len(raw)}")
    try:
        document = msgspec.json.decode(raw, type=dict[str, Any])
        shape = _SHAPES.get(str(document.get("list")), _Codes)
        said: Any = msgspec.json.decode(raw, type=shape)
    except msgspec.MsgspecError as error:
        raise BadCodeList(f"the file: {error}") from error
    faults = list(_faults(said))
    if faults:
        raise BadCodeList("\n".join(faults))
    return read_list(document), document


_GRAMMAR: Final = "letters, digits, dashes and underscores, at most 40"


def _faults(said: Any) -> Iterator[str]:
    if not _CODE.fullmatch(said.list):
        yield f"list: expected {_GRAMMAR}, found {said.list!r}"
    if not _VERSION.fullmatch(said.version):
        yield f"version: expected letters, digits, dots and dashes, at most 40, found {said.version!r}"
    if said.valid_to is not None and said.valid_to <= said.valid_from:
        yield f"valid_to: expected a day after {said.valid_from}, found {said.valid_to}"
    if not 0 < len(said.items) <= ITEMS_LIMIT:
        yield f"items: expected 1 to {ITEMS_LIMIT}, found {len(said.items)}"
    yield from _entry_faults("groups", said.groups)
    yield from _entry_faults("items", said.items)
    groups = {group.code for group in said.groups}
    for place, item in enumerate(said.items):
        if (item.group is not None or groups) and item.group not in groups:
            yield f"items[{place}].group: expected one of the groups of this file, found {item.group!r}"


def _entry_faults(where: str, entries: Iterable[Any]) -> Iterator[str]:
    """Codes once and of their grammar, names in both languages, an order without doubles."""
    known = list(entries)
    for name in ("code", "order"):
        for value, count in Counter(getattr(each, name) for each in known).items():
            if count > 1:
                yield f"{where}: expected each {name} once, found {value!r} {count} times"
    for place, each in enumerate(known):
        if not _CODE.fullmatch(each.code):
            yield f"{where}[{place}].code: expected {_GRAMMAR}, found {each.code!r}"
        for name in ("ja", "en"):
            text = getattr(each, name)
            if not 0 < len(text.strip()) <= NAME_LIMIT or not text.isprintable():
                found = f"{len(text)} characters" if text.strip() else "nothing"
                yield f"{where}[{place}].{name}: expected a name of at most {NAME_LIMIT} characters, found {found}"
