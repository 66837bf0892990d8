"""Operation: what the stricter ones of the reports are called that an actor may read as filed, the newest of them.

An organization's people read its own reports, its secretariat those that lie in its inbox; which these are is asked
each time. What a version is called never changes, so a process remembers it for texts that are searched again and
again; an erasure changes it, and what a text quotes is therefore read once more.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from models.vocabulary import Label
from models.ways import REMEMBERED, Statement
from sharing.actor import Actor
from sharing.reading.driver import as_uuid, fetch, is_sqlite, uuid_parameter
from sharing.reports.visible import OWN_ROLES, is_secretariat, seen_by_secretariat
from sharing.rules.mentions import Known, MentionKind, Title, title_for

MOST_TITLES: Final = 300
"""Reports of each label whose titles are looked for, one's own, and as many of an inbox."""
MOST_REMEMBERED: Final = 20_000
"""Versions whose titles a process remembers, half a kilobyte each; those read first are forgotten first."""

_REMEMBERED: Final = "titles of versions"


class Filed(NamedTuple):
    """A version, by what the database calls its report, and its label; equal to the row that it was read from."""

    report: str
    number: int
    label: str


def list_filed_titles(session: Session, actor: Actor, label: Label, of: UUID | None) -> list[Known]:
    """What these reports are called that are stricter than a label, but for one, by their last versions.

    A later version that the actor cannot see does not hide the one that it sees.
    """
    titled: list[tuple[Any, ...]] = []
    for asked in (*ask_own_titles(session, actor, label), *_titled(session, _ask_members(session, actor, label))):
        session.flush()  # what follows speaks to the driver
        titled += fetch(session, asked.sql, asked.parameters, kept=True)
    found: dict[UUID | None, Known] = {}
    for report_id, seen, summary in titled:
        found.setdefault(as_uuid(report_id), Known(MentionKind.TITLE, summary, Label(seen)))
    return [each for report_id, each in found.items() if report_id != of]


def ask_own_titles(session: Session, actor: Actor, label: Label) -> list[Statement]:
    """The question for the titles of the actor's own reports that are stricter than a label, where it works on them.

    By the label that a report has since its last version: mostly none is left whose version is to be fetched.
    """
    return _titled(session, _ask_own(session, actor, label))


def ask_filed(session: Session, actor: Actor, label: Label) -> list[Statement]:
    """The questions for which versions they are, for `titles_of`."""
    asked = (*_ask_own(session, actor, label), *_ask_members(session, actor, label))
    return [each._replace(sql=_FILED.format(versions=each.sql)) for each in asked]


def titles_of(session: Session, rows: Iterable[tuple[Any, ...]]) -> list[Title]:
    """What the versions are called that answered `ask_filed`, as `find_quoted` looks for it."""
    remembered = _remembered(session)
    titles: dict[Any, Title | None] = {row: remembered.get(row, _UNREAD) for row in rows}
    unread = [Filed._make(row) for row, title in titles.items() if title is _UNREAD]
    if unread:
        titles |= _read(session, unread)
    return [title for title in titles.values() if title is not None and title is not _UNREAD]


def still_called(session: Session, titles: Iterable[Title]) -> set[Title]:
    """Those of these titles that stand in their versions as these are kept now."""
    versions = {title.of: title for title in titles if isinstance(title.of, Filed)}
    read = _read(session, list(versions)) if versions else {}
    return {title for version, title in versions.items() if read.get(version) == title}


def _read(session: Session, versions: Sequence[Filed]) -> dict[Filed, Title | None]:
    """What these versions are called; it is remembered."""
    parameters: dict[str, Any]
    if is_sqlite(session):
        sql, parameters = _SQLITE_READ, {"versions": json.dumps([each[:2] for each in versions])}
    else:
        named = [each.report for each in versions], [each.number for each in versions]
        sql, parameters = _POSTGRES_READ, {"reports": named[0], "numbers": named[1]}
    rows = fetch(session, sql.format(summary=_summary(session)), parameters, kept=True)
    called = {(report, number): summary for report, number, summary in rows}
    there = [each for each in versions if each[:2] in called]
    read = {each: title_for(called[each[:2]], Label(each.label).rank, each) for each in there}
    remembered = _remembered(session)
    remembered.update(read)
    while len(remembered) > MOST_REMEMBERED:
        remembered.popitem(last=False)
    return read


_UNREAD: Final = Title("", "", 0, None)


def _remembered(session: Session) -> "OrderedDict[Any, Title | None]":
    found: OrderedDict[Any, Title | None] = session.info[REMEMBERED].setdefault(_REMEMBERED, OrderedDict())
    return found


def _ask_own(session: Session, actor: Actor, label: Label) -> list[Statement]:
    stricter = [each for each in Label if each.rank > label.rank]
    if not stricter or not actor.roles & OWN_ROLES:
        return []
    parameters = {"organization": uuid_parameter(session, actor.organization.id)}
    return [Statement(_newest_of(_OWN, "updated_at", stricter), parameters, kept=True)]


def _ask_members(session: Session, actor: Actor, label: Label) -> list[Statement]:
    """Of the reports that the actor's secretariat sees in its inbox: as `sharing.inbox.items.seen_in_inbox` has it.

    Said again in plain words, which a post can wait for; a test holds the two alike.
    """
    ceptoar = actor.organization.ceptoar
    stricter = [each for each in Label if each.rank > label.rank and seen_by_secretariat(each)]
    if not stricter or not ceptoar or not is_secretariat(actor, ceptoar):
        return []
    parameters = {"organization": uuid_parameter(session, actor.organization.id), "ceptoar": ceptoar}
    return [Statement(_newest_of(_MEMBERS, "filed_at", stricter), parameters, kept=True)]


def _titled(session: Session, asked: Iterable[Statement]) -> list[Statement]:
    """The same questions, for report, label and title of each version."""
    return [each._replace(sql=_TITLED.format(summary=_summary(session), versions=each.sql)) for each in asked]


def _summary(session: Session) -> str:
    return "json_extract(v.fields, '$.summary')" if is_sqlite(session) else "v.fields ->> 'summary'"


def _newest_of(rows: str, at: str, labels: Sequence[Label]) -> str:
    """The newest of each label: the end of one index range, however many there are."""
    return " UNION ALL ".join(
        f"SELECT * FROM ({rows} AND label = '{each.value}' ORDER BY {at} DESC LIMIT {MOST_TITLES}) of_{each.rank}"
        for each in labels
    )


_OWN: Final = "SELECT id AS report_id, versions AS number, label FROM reports WHERE organization_id = :organization"
_MEMBERS: Final = """
    SELECT report_id, number, label FROM inbox_items
    WHERE ceptoar = :ceptoar AND filed_at >= (SELECT joined_at FROM organizations WHERE id = :organization)
"""
_FILED: Final = "SELECT CAST(report_id AS TEXT), number, label FROM ({versions}) s"
"""Numbers of reports as texts: a post waits for hundreds."""
_TITLED: Final = """
    SELECT v.report_id, v.label, {summary}
    FROM ({versions}) s JOIN report_versions v ON v.report_id = s.report_id AND v.number = s.number
"""
_SQLITE_READ: Final = """
    SELECT CAST(v.report_id AS TEXT), v.number, {summary}
    FROM json_each(:versions) w CROSS JOIN report_versions v
        ON v.report_id = json_extract(w.value, '$[0]') AND v.number = json_extract(w.value, '$[1]')
"""
_POSTGRES_READ: Final = """
    SELECT CAST(v.report_id AS TEXT), v.number, {summary}
    FROM unnest((:reports)::uuid[], (:numbers)::int[]) AS w(report_id, number)
    JOIN report_versions v ON v.report_id = w.report_id AND v.number = w.number
"""
