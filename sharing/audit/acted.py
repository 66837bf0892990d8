"""Operation: the entries in which an organization or an account acted, and those that are about it, by number."""

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy.orm import Session

from models.audit import ACTED
from sharing.reading.driver import fetch, is_sqlite

Member = Literal["organization", "account"]

NEWEST: Final = 2**63 - 1
"""Before this number stands everything."""

_ACTED: Final = """
    SELECT p.entry_id FROM audit_parts p {entries}
    WHERE p.name = 'actor' AND {acted} = :who AND p.entry_id < :before {narrowed} ORDER BY p.entry_id DESC LIMIT :most
"""
_ABOUT: Final = """
    SELECT p.entry_id FROM audit_subjects p {entries}
    WHERE p.kind = :kind AND p.subject = :who AND p.entry_id < :before {narrowed} ORDER BY p.entry_id DESC LIMIT :most
"""
_BOTH: Final = """
    SELECT entry_id FROM (SELECT * FROM ({acted}) a UNION SELECT * FROM ({about}) b) c
    ORDER BY entry_id DESC LIMIT :most
"""
_OF_SHARD: Final = """
    SELECT p.entry_id FROM audit_parts p JOIN audit_entries e ON e.id = p.entry_id
    WHERE p.name = 'actor' AND {acted} = :who AND e.shard = :shard AND e.log_index < :size
    ORDER BY p.entry_id LIMIT :most
"""


def list_acted_or_about(
    session: Session, member: Member, who: str, *, before: int = NEWEST, tag: str | None = None, most: int
) -> list[int]:
    """The newest entries that an organization or account made, or that are about it, before a number."""
    names = {"acted": _expression(session, member)}
    names["entries"] = "JOIN audit_entries e ON e.id = p.entry_id" if tag else ""
    names["narrowed"] = "AND e.tag = :tag" if tag else ""
    sql = _BOTH.format(acted=_ACTED.format(**names), about=_ABOUT.format(**names))
    told = {"who": who, "kind": member, "before": before, "most": most} | ({"tag": tag} if tag else {})
    return [entry for (entry,) in fetch(session, sql, told)]


def list_acted_in_shard(session: Session, organization: str, shard: str, size: int, *, most: int) -> Sequence[int]:
    """The entries that an organization made among the first `size` of a shard, in their order."""
    sql = _OF_SHARD.format(acted=_expression(session, "organization"))
    told = {"who": organization, "shard": shard, "size": size, "most": most}
    return [entry for (entry,) in fetch(session, sql, told)]


def _expression(session: Session, member: Member) -> str:
    return ACTED["sqlite" if is_sqlite(session) else "postgresql"].format(member=member).replace("body", "p.body")
