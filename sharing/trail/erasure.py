"""Operation: erase what the law wants erased: parts, salts and payload of an entry; its leaf and all proofs stay.

One person asks, another approves. An entry of kind `erasure` says which entry it was and on what ground, never what
stood there. Without the salt nobody can find out by guessing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.audit import AuditEntry, AuditPart, AuditSubject
from models.erasure import Erasure
from models.inbox import Call
from models.inquiry import InquiryMessage
from models.report import ProposalObject, ReportVersion
from models.vocabulary import EntryKind
from sharing.actor import Actor, Context
from sharing.attachments.erasing import erase_attachments_of
from sharing.audit.record import Event, record
from sharing.audit.seals import note_rows
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.reading.erased import empty_titles, erase_objects
from sharing.reading.search_index import forget_entry
from sharing.reports.fields import TEXTS

LONGEST_GROUND: Final = 1_000
"""Characters of the ground; it stays for ever, so it must not repeat what is erased."""

ERASED_TEXT: Final = "（消去済み / erased）"
"""Stands in an erased version of a report where its text stood."""


def request_erasure(
    session: Session, actor: Actor, shard: str, index: int, ground: str, *, context: Context
) -> Erasure:
    """Ask for the erasure of one entry's content.

    Raises:
        NotPermitted: only an administrator under the own name asks.
        NotVisible: the log has no such entry.
        Invalid: no ground, or one that is too long.
        Conflict: such entries keep their content (keys, policies, erasures), or it is gone or asked for already.
    """
    _must_administer(actor)
    entry = _load(session, shard, index)
    text = " ".join(ground.split())
    if not 1 <= len(text) <= LONGEST_GROUND:
        raise Invalid(Fault("ground", "length", expected=f"1 to {LONGEST_GROUND} characters", found=str(len(text))))
    if entry.kind is not EntryKind.EVENT:
        raise Conflict(f"expected an entry about an event, found one of kind {entry.kind.value}: its content stays")
    if _find(session, shard, index) is not None:
        raise Conflict("the erasure of this entry was asked for before")
    assert actor.account_id is not None
    asked = Erasure(
        id=context.new_id(),
        shard=shard,
        log_index=index,
        ground=text,
        asked_by=actor.account_id,
        asked_at=context.now,
    )
    session.add(asked)
    session.flush()
    told = {"shard": shard, "index": index, "ground": text}
    record(session, Event(Tag.ERASURE_REQUEST, actor, [("erasure", str(asked.id))], decision=told), context)
    return asked


def approve_erasure(session: Session, actor: Actor, erasure_id: UUID, *, context: Context) -> Erasure:
    """Approve an erasure that another person asked for; with that the content is gone.

    Raises:
        NotPermitted: only an administrator under the own name, and not the one who asked.
        NotVisible: nothing of this id was asked for.
        Conflict: it was approved before.
    """
    _must_administer(actor)
    asked = session.get(Erasure, erasure_id, with_for_update=True)
    if asked is None:
        raise NotVisible("no such erasure")
    if asked.approved_at is not None:
        raise Conflict("this erasure was approved before")
    if asked.asked_by == actor.account_id:
        raise NotPermitted("an erasure is approved by another person than the one who asked for it")
    asked.approved_by, asked.approved_at = actor.account_id, context.now
    session.flush()
    entry = _load(session, asked.shard, asked.log_index)
    decision = {
        "erased": [[asked.shard, asked.log_index]],
        "ground": asked.ground,
        "asked_by": str(asked.asked_by),
        "approved_by": str(asked.approved_by),
    }
    _empty_rows(session, entry, context)
    event = Event(Tag.ERASURE, actor, [("erasure", str(asked.id))], decision=decision, kind=EntryKind.ERASURE)
    _erase(session, entry, by_entry=record(session, event, context))
    return asked


def list_erasures(session: Session, actor: Actor) -> list[Erasure]:
    """Every erasure, the newest first; for a restored backup the list of what must go again.

    Raises:
        NotPermitted: only an administrator sees them.
    """
    actor.must(Permission.HUB_ADMINISTER)
    return list(session.execute(select(Erasure).order_by(Erasure.asked_at.desc(), Erasure.id)).scalars())


def erase_again(
    session: Session, actor: Actor, erased: Iterable[tuple[str, int]], ground: str, *, context: Context
) -> int:
    """Erase once more what a restored backup brought back; each was approved by two before. How many there were.

    Raises:
        NotPermitted: only an administrator does.
    """
    actor.must(Permission.HUB_ADMINISTER)
    back = [entry for shard, index in sorted(set(erased)) if (entry := _has_content(session, shard, index))]
    if not back:
        return 0
    named = [[entry.shard, entry.log_index] for entry in back]
    decision = {"erased": named, "ground": ground, "again": True}
    for entry in back:
        _empty_rows(session, entry, context)
    by_entry = record(session, Event(Tag.ERASURE, actor, decision=decision, kind=EntryKind.ERASURE), context)
    for entry in back:
        _erase(session, entry, by_entry=by_entry)
    return len(back)


def _must_administer(actor: Actor) -> None:
    actor.must(Permission.HUB_ADMINISTER)
    if actor.account_id is None:
        raise NotPermitted("an erasure needs two persons: name the administrator who acts")


def _load(session: Session, shard: str, index: int) -> AuditEntry:
    query = select(AuditEntry).where(AuditEntry.shard == shard, AuditEntry.log_index == index)
    entry = session.execute(query).scalar_one_or_none()
    if entry is None:
        raise NotVisible(f"the log has no entry {shard}/{index}")
    return entry


def _find(session: Session, shard: str, index: int) -> Erasure | None:
    query = select(Erasure).where(Erasure.shard == shard, Erasure.log_index == index)
    return session.execute(query).scalar_one_or_none()


def _has_content(session: Session, shard: str, index: int) -> AuditEntry | None:
    query = select(AuditEntry).where(
        AuditEntry.shard == shard, AuditEntry.log_index == index, AuditEntry.kind == EntryKind.EVENT
    )
    entry = session.execute(query).scalar_one_or_none()
    kept = select(AuditPart.name).where(AuditPart.entry_id == (entry.id if entry else 0)).limit(1)
    return entry if entry is not None and session.execute(kept).first() is not None else None


def _empty_rows(session: Session, entry: AuditEntry, context: Context) -> None:
    """What the entry says is read once more, to find where the same stands in rows; the erasure's entry seals them."""
    decision = _decision(session, entry.id)
    subjects = session.execute(select(AuditSubject).where(AuditSubject.entry_id == entry.id)).scalars().all()
    _empty_version(session, entry.tag, decision, context)
    _empty_proposals(session, entry.tag, decision, subjects)
    _empty_message(session, entry.tag, decision)
    for object_id in empty_titles(session, entry.id):
        note_rows(session, "edition_facts", object_id=object_id)


def _erase(session: Session, entry: AuditEntry, *, by_entry: int) -> None:
    """Objects, parts, salts and what the entry is found by; its leaf stays."""
    forget_entry(session, entry.id)
    erase_objects(session, entry.id, by_entry)
    session.execute(delete(AuditPart).where(AuditPart.entry_id == entry.id))
    session.execute(delete(AuditSubject).where(AuditSubject.entry_id == entry.id))
    session.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(padding=None))


def _decision(session: Session, entry_id: int) -> Mapping[str, Any]:
    query = select(AuditPart.body).where(AuditPart.entry_id == entry_id, AuditPart.name == "decision")
    body = session.execute(query).scalar_one_or_none()
    found = json.loads(body) if body else None
    return found if isinstance(found, dict) else {}


def _empty_version(session: Session, tag: str, decision: Mapping[str, Any], context: Context) -> None:
    """The texts, indicators and files of the version that the entry filed; its codes and times name nobody."""
    if tag not in {Tag.REPORT_FILE, Tag.REPORT_ON_BEHALF} or not isinstance(decision.get("version"), str):
        return
    version = session.get(ReportVersion, UUID(decision["version"]))
    if version is not None:
        gone: dict[str, object] = {
            name: ERASED_TEXT if name == "summary" else "" for name in TEXTS if name in version.fields
        }
        if "indicators" in version.fields:
            gone["indicators"] = []
        gone |= {name: {} for name in ("further", "states") if name in version.fields}
        version.fields = {**version.fields, **gone}
        call = session.get(Call, version.id)
        if call is not None:
            call.caller = call.number = call.words = ""
        session.flush()
        erase_attachments_of(session, version.id, context.now)


def _empty_message(session: Session, tag: str, decision: Mapping[str, Any]) -> None:
    """The words of a question or answer, where the entry is about one; what quotes it has an entry of its own."""
    if not tag.startswith("report:inquiry:") or not isinstance(decision.get("message"), str):
        return
    message = session.get(InquiryMessage, UUID(decision["message"]))
    if message is not None:
        message.text = ERASED_TEXT
        session.flush()


def _empty_proposals(session: Session, tag: str, decision: Mapping[str, Any], subjects: Sequence[AuditSubject]) -> None:
    """The proposed forms, where the entry is about a proposal: they hold the same texts."""
    if not tag.startswith("report:"):
        return
    named = {each.subject for each in subjects if each.kind == "proposal"} | {str(decision.get("proposal", ""))}
    for ident in named - {""}:
        session.execute(delete(ProposalObject).where(ProposalObject.proposal_id == UUID(ident)))
