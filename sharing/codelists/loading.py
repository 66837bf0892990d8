"""Operation: the code lists, sectors and CEPTOARs of this hub: laid at first, and edited by loading a file.

What reports use stays: a code that a file leaves out is retired, a sector or CEPTOAR cannot be left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models import codelists
from models.codelist import Ceptoar, CodeItem, CodeListFile, Sector
from models.codelists import NEAR_MISS_TYPE, CodeList, read_list, shipped_documents
from models.vocabulary import CollectionKind
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.collections.adding import NewCollection, allow, collection_id, insert_collection
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.rules import tokens

CLOSED: Final = frozenset({"report-kinds", "roles", "service-impact", "tiers"})
"""Lists whose codes the program itself compares: their names may be edited, their codes stay."""


@dataclass(frozen=True)
class Loaded:
    """What a file changed."""

    list: str
    version: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


class ListLine(Struct, frozen=True):
    """One version of one list, as a table shows it."""

    list: str
    version: str
    title_ja: str
    title_en: str
    items: int
    confirmed: bool
    in_force: bool


def lay_codelists(session: Session, actor: Actor, context: Context) -> None:
    """Lay the lists that ship with the program into an empty database."""
    documents, today = shipped_documents(), context.now.date()
    every = [read_list(document) for document in documents]
    kept = [{"list": each["list"], "version": each["version"], "body": each} for each in documents]
    session.execute(insert(CodeListFile), [{**row, "loaded_at": context.now} for row in kept])
    sectors = [item for each in every for item in _sectors_of(each)]
    session.execute(insert(Sector), [_sector_row(item, today) for item in sectors])
    ceptoars = [item for each in every for item in _ceptoars_of(each)]
    session.execute(insert(Ceptoar), [_ceptoar_row(item) for item in ceptoars])
    in_force = {each.list: _in_force(every, each.list, today) for each in every}
    items = [{**row, "retired": in_force[each.list] != each.version} for each in every for row in _code_rows(each)]
    session.execute(insert(CodeItem), items)
    versions = {f"{document['list']}/{document['version']}": document["confirmed"] for document in documents}
    record(session, Event(Tag.CODELIST_LOAD, actor, decision={"lists": versions}), context)


def list_codelists(session: Session, actor: Actor, today: date) -> list[ListLine]:
    """Every version of every list, the newest of a list first.

    Raises:
        NotPermitted: only an administrator edits them.
    """
    actor.must(Permission.HUB_ADMINISTER)
    every = _load_every(session)
    in_force = {name: _in_force(every, name, today) for name in {each.list for each in every}}
    lines = [
        ListLine(
            each.list,
            each.version,
            each.title_ja,
            each.title_en,
            len(each.items),
            each.confirmed,
            in_force[each.list] == each.version,
        )
        for each in every
    ]
    return sorted(lines, key=lambda line: (line.list, not line.in_force, line.version))


def load_codelist_document(session: Session, actor: Actor, name: str, version: str | None, today: date) -> Any:
    """The file of one version, to be edited: the one in force where none is named.

    Raises:
        NotPermitted: only an administrator edits them.
        NotVisible: there is no such list or version.
    """
    actor.must(Permission.HUB_ADMINISTER)
    wanted = version or _in_force(_load_every(session), name, today)
    kept = session.get(CodeListFile, (name, wanted)) if wanted else None
    if kept is None:
        raise NotVisible(f"no such list or version: {name}{f'/{version}' if version else ''}")
    return kept.body


def load_codelist(
    session: Session, actor: Actor, given: CodeList, document: Mapping[str, Any], *, context: Context
) -> Loaded:
    """Load a version of a list, new or edited; from the next request on it is what everybody chooses from.

    Raises:
        NotPermitted: only an administrator edits them.
        Invalid: the hub knows no such list, or the file takes away what is in use; each fault names its place.
    """
    actor.must(Permission.HUB_ADMINISTER)
    today = context.now.date()
    faults = list(_faults(session, given, today))
    if faults:
        raise Invalid(*faults)
    before = _names(session, given.list)
    _keep_file(session, given, document, context)
    if given.list == codelists.SECTORS:
        _put_sectors(session, given, today, context)
    if given.list == codelists.CEPTOARS:
        _put_ceptoars(session, given)
    _put_items(session, given)
    _retire(session, given.list, today)
    after = _names(session, given.list)
    loaded = Loaded(
        given.list,
        given.version,
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(code for code in after.keys() & before.keys() if after[code] != before[code])),
        retired=tuple(sorted(before.keys() - after.keys())),
    )
    decision = {"lists": {f"{given.list}/{given.version}": given.confirmed}, "document": dict(document)}
    subjects = [("codelist", given.list)]
    record(session, Event(Tag.CODELIST_LOAD, actor, subjects, decision=decision), context)
    return loaded


def _faults(session: Session, given: CodeList, today: date) -> Iterable[Fault]:
    known = set(session.execute(select(CodeListFile.list).distinct()).scalars())
    if given.list not in known:
        yield Fault("list", "unknown-list", f"one of {', '.join(sorted(known))}", given.list)
        return
    codes = given.codes()
    if given.list in CLOSED:
        standing = {code for (code,) in session.execute(select(CodeItem.code).where(CodeItem.list == given.list))}
        for code in sorted(codes ^ standing):
            yield Fault("items", "closed-list", f"exactly the codes {', '.join(sorted(standing))}", code)
    if given.list == codelists.EVENT_TYPES and NEAR_MISS_TYPE not in codes:
        yield Fault("items", "missing-code", f"{NEAR_MISS_TYPE}, the near miss", "a list without it")
    if given.list in {codelists.SECTORS, codelists.CEPTOARS}:
        if given.valid_from > today or (given.valid_to is not None and given.valid_to <= today):
            yield Fault("valid_from", "not-in-force", f"a version that is in force on {today}", str(given.valid_from))
        table = Sector if given.list == codelists.SECTORS else Ceptoar
        for code in sorted(set(session.execute(select(table.code)).scalars()) - codes):
            yield Fault("items", "in-use", f"{code} to stay: organizations, reports and collections name it", "none")
    if given.list == codelists.CEPTOARS:
        yield from _ceptoar_faults(session, given)


def _ceptoar_faults(session: Session, given: CodeList) -> Iterable[Fault]:
    sectors = set(session.execute(select(Sector.code)).scalars())
    standing = {row.code: row.sector for row in session.execute(select(Ceptoar.code, Ceptoar.sector))}
    for item in _ceptoars_of(given):
        if item.sector not in sectors:
            yield Fault(item.code, "unknown-sector", "a group that is the code of a sector of this hub", item.sector)
        elif standing.get(item.code, item.sector) != item.sector:
            expected = f"the sector {standing[item.code]}, where its members are"
            yield Fault(item.code, "other-sector", expected, item.sector)


def _load_every(session: Session) -> list[CodeList]:
    return [read_list(body) for body in session.execute(select(CodeListFile.body)).scalars()]


def _in_force(every: Sequence[CodeList], name: str, today: date) -> str | None:
    """The version to choose from: of those in force the one that began last."""
    found = [
        each
        for each in every
        if each.list == name and each.valid_from <= today and (each.valid_to is None or today < each.valid_to)
    ]
    return max(found, key=lambda each: (each.valid_from, each.version)).version if found else None


def _keep_file(session: Session, each: CodeList, document: Mapping[str, Any], context: Context) -> None:
    session.merge(
        CodeListFile(list=each.list, version=each.version, body=dict(document), loaded_at=context.now),
    )
    session.flush()


def _names(session: Session, name: str) -> dict[str, tuple[str, str, bool]]:
    """Code to names of what may be chosen now."""
    query = select(CodeItem.code, CodeItem.name_ja, CodeItem.name_en, CodeItem.confirmed)
    rows = session.execute(query.where(CodeItem.list == name, CodeItem.retired.is_(False)))
    return {code: (ja, en, confirmed) for code, ja, en, confirmed in rows}


def _put_items(session: Session, given: CodeList) -> None:
    for row in _code_rows(given):
        session.merge(CodeItem(**row))
    session.flush()


def _retire(session: Session, name: str, today: date) -> None:
    """Only the codes of the version in force may be chosen; a code that its file leaves out stays for old reports."""
    every = _load_every(session)
    version = _in_force(every, name, today)
    codes = next((each.codes() for each in every if (each.list, each.version) == (name, version)), frozenset())
    session.execute(update(CodeItem).where(CodeItem.list == name).values(retired=True))
    chosen = (CodeItem.list == name) & (CodeItem.version == version) & CodeItem.code.in_(codes)
    session.execute(update(CodeItem).where(chosen).values(retired=False))


def _put_sectors(session: Session, given: CodeList, today: date, context: Context) -> None:
    """Names and ministries of sectors; a new one gets its collection, which its CEPTOARs will write."""
    known = set(session.execute(select(Sector.code)).scalars())
    for item in _sectors_of(given):
        session.merge(Sector(**_sector_row(item, today)))
        session.flush()
        if item.code not in known:
            insert_collection(
                session,
                NewCollection(
                    ident=collection_id(item.code),
                    title=item.en,
                    title_ja=item.ja,
                    kind=CollectionKind.SECTOR,
                    alias=item.code,
                    sector=item.code,
                ),
                created_at=context.now,
            )


def _put_ceptoars(session: Session, given: CodeList) -> None:
    """Names of CEPTOARs; the secretariat of a new one may write its sector's collection."""
    known = set(session.execute(select(Ceptoar.code)).scalars())
    for item in _ceptoars_of(given):
        session.merge(Ceptoar(**_ceptoar_row(item)))
        session.flush()
        if item.code not in known:
            feed = load_sector_collection(session, item.sector).feed
            allow(session, feed, [tokens.secretariat(item.code)], writes=True)


def _code_rows(each: CodeList) -> Iterable[dict[str, Any]]:
    groups = {group.code: group for group in each.groups}
    for item in each.items:
        group = groups.get(item.group or "")
        yield {
            "list": each.list,
            "version": each.version,
            "code": item.code,
            "group_ja": group.ja if group else "",
            "group_en": group.en if group else "",
            "name_ja": item.ja,
            "name_en": item.en,
            "place": item.order,
            "confirmed": item.confirmed,
            "retired": False,
        }


def _sector_row(item: codelists.Sector, today: date) -> dict[str, Any]:
    in_charge = item.ministries_on(today)
    return {
        "code": item.code,
        "name_ja": item.ja,
        "name_en": item.en,
        "ministry": in_charge[0] if in_charge else None,
        "place": item.order,
        "confirmed": item.confirmed,
    }


def _ceptoar_row(item: codelists.Ceptoar) -> dict[str, Any]:
    return {
        "code": item.code,
        "sector": item.sector,
        "name_ja": item.ja,
        "name_en": item.en,
        "place": item.order,
        "confirmed": item.confirmed,
    }


def _sectors_of(each: CodeList) -> list[codelists.Sector]:
    return [item for item in each.items if isinstance(item, codelists.Sector)]


def _ceptoars_of(each: CodeList) -> list[codelists.Ceptoar]:
    return [item for item in each.items if isinstance(item, codelists.Ceptoar)]
