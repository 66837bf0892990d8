"""Operation: the witnesses of the log: who they are, what each should be asked now, and what became of it.

Asking happens outside of every transaction: no report ever waits for a witness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.cosignature import Cosignature, check_witness_key
from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from models.audit import SignedCheckpoint
from models.inserts import insert_into
from models.vocabulary import EntryKind
from models.witnessing import KeptCosignature, LogRecovery, Witness
from sharing.actor import Actor, Context
from sharing.audit.checkpoints import list_shards
from sharing.audit.cosignatures import list_witnesses, load_newest_note
from sharing.audit.proofs import Prover
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.audit.tiles import Roots
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.permissions import Permission

MOST_WITNESSES: Final = 50
"""Every CEPTOAR and the government have one each; more would only make checkpoints long."""

PATIENCE: Final = timedelta(seconds=10)
"""A witness that failed is asked again after this time, so that a dead one costs nothing."""

SHARDS_WATCHED: Final = 2
"""The shard of now, and the one before until its last checkpoint is witnessed too."""

_LONGEST_PROBLEM: Final = 500


@dataclass(frozen=True)
class Question:
    """What one witness is to be asked: the checkpoint, and the size that it is thought to know."""

    witness_id: int
    name: str
    url: str
    key: VerifyingKey
    shard: str
    size: int
    note: bytes
    old: int


class Standing(Struct, frozen=True):
    """How a witness stands to the log."""

    name: str
    url: str
    vkey: str
    shard: str | None
    size: int | None
    cosigned_at: datetime | None
    behind: int | None
    """Entries of the newest checkpoint that it has not cosigned; None where it never cosigned this shard."""
    problem: str
    problem_at: datetime | None


class Standings(Struct, frozen=True):
    """All witnesses, how many of them are needed, and how many cosigned the newest checkpoint."""

    witnesses: tuple[Standing, ...]
    needed: int
    agreed: int
    shard: str
    size: int


def quorum(known: int, wanted: int) -> int:
    """How many must cosign: what the settings say, or with 0 the larger half of those that there are."""
    return min(wanted, known) if wanted else known // 2 + (1 if known else 0)


def add_witness(session: Session, actor: Actor, vkey: str, url: str, *, context: Context) -> str:
    """Ask a witness from now on; its name is that of its key.

    Raises:
        NotPermitted: the actor does not run the hub.
        Invalid: the key is none of a witness, or the address is none.
        Conflict: a witness of this name is there already, or there are too many.
    """
    _must_administer(actor)
    key = _parse(vkey)
    _check_url(url)
    there = {each.name for each in list_witnesses(session)}
    if key.name in there or len(there) >= MOST_WITNESSES:
        raise Conflict(
            f"expected a new name and at most {MOST_WITNESSES} witnesses, found {key.name} among {len(there)}"
        )
    known = session.execute(select(Witness).where(Witness.name == key.name)).scalar_one_or_none()
    if known is not None and known.vkey != key.vkey:
        raise Conflict(f"{key.name} had another key before: expected a new name for a new key")
    if known is not None:
        known.removed_at, known.url = None, url
    else:
        session.add(Witness(name=key.name, vkey=key.vkey, url=url.rstrip("/"), added_at=context.now, problem=""))
    told = {"name": key.name, "vkey": key.vkey, "url": url}
    record(session, Event(Tag.WITNESS_ADD, actor, kind=EntryKind.POLICY, decision=told), context)
    return key.name


def remove_witness(session: Session, actor: Actor, name: str, *, context: Context) -> None:
    """Ask a witness no more; what it signed stays.

    Raises:
        NotPermitted: the actor does not run the hub.
        NotVisible: there is no such witness.
    """
    _must_administer(actor)
    found = next((each for each in list_witnesses(session) if each.name == name), None)
    if found is None:
        raise NotVisible("no such witness")
    found.removed_at = context.now
    record(session, Event(Tag.WITNESS_REMOVE, actor, kind=EntryKind.POLICY, decision={"name": name}), context)


def list_questions(session: Session, now: datetime) -> list[Question]:
    """Whom to ask what: the newest checkpoint of each shard that still moves, of whoever has not cosigned it."""
    asked: list[Question] = []
    witnesses = [each for each in list_witnesses(session) if not _rests(each, now)]
    lost = set(session.execute(select(LogRecovery.shard).where(LogRecovery.approved_at.is_not(None))).scalars())
    for shard in list_shards(session)[-SHARDS_WATCHED:] if witnesses else []:
        if shard in lost:
            continue  # witnesses hold more of it than we; nothing of it is signed any more
        try:
            newest = load_newest_note(session, shard)
        except NotVisible:
            continue
        note = session.execute(
            select(SignedCheckpoint.note).where(SignedCheckpoint.shard == shard, SignedCheckpoint.size == newest.size)
        ).scalar_one()
        cosigned = _newest_of_each(session, shard)
        for witness in witnesses:
            size, at = cosigned.get(witness.id, (0, None))
            if size < newest.size or (at is not None and at < newest.signed_at - timedelta(seconds=1)):
                key = VerifyingKey.parse(witness.vkey)
                asked.append(
                    Question(witness.id, witness.name, witness.url, key, shard, newest.size, bytes(note), size)
                )
    return asked


def make_proof(session: Session, shard: str, old: int, new: int, known: Roots) -> tuple[bytes, ...]:
    """Proof for a witness that knows the first `old` entries.

    Raises:
        BadProof: it knows more than there is.
    """
    return Prover(session, shard, known).consistency(old, new)


def keep_cosignature(session: Session, question: Question, cosignature: Cosignature, at: datetime) -> None:
    """Keep what a witness signed; the caller has verified it, and commits."""
    row: dict[str, Any] = {
        "shard": question.shard,
        "size": question.size,
        "witness_id": question.witness_id,
        "line": cosignature.line,
        "cosigned_at": at,
    }
    session.execute(
        insert_into(session, KeptCosignature)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["shard", "size", "witness_id"], set_={"line": cosignature.line, "cosigned_at": at}
        )
    )
    session.execute(
        update(Witness)
        .where(Witness.id == question.witness_id)
        .values(shard=question.shard, size=question.size, cosigned_at=at, problem="", problem_at=None)
    )


def note_problem(session: Session, question: Question, problem: str, at: datetime) -> None:
    """Keep why a witness did not sign; the caller commits."""
    session.execute(
        update(Witness)
        .where(Witness.id == question.witness_id)
        .values(problem=problem[:_LONGEST_PROBLEM], problem_at=at)
    )


def load_standings(session: Session, actor: Actor, *, wanted: int) -> Standings:
    """How the witnesses stand; for everybody who may look at a trail, and for who runs the hub.

    Raises:
        NotPermitted: the actor may look at no trail.
    """
    if not (actor.may(Permission.TRAIL_METADATA) or actor.may(Permission.HUB_ADMINISTER)):
        actor.must(Permission.TRAIL_OWN)
    shard = list_shards(session)[-1]
    try:
        newest = load_newest_note(session, shard)
    except NotVisible:
        newest = None
    size = newest.size if newest else 0
    witnesses = list_witnesses(session)
    cosigned = _newest_of_each(session, shard)
    standings = tuple(_standing(each, cosigned.get(each.id, (None, None))[0], size) for each in witnesses)
    agreed = sum(each.behind == 0 for each in standings)
    return Standings(standings, quorum(len(witnesses), wanted), agreed, shard, size)


def _standing(witness: Witness, cosigned: int | None, size: int) -> Standing:
    behind = None if cosigned is None else size - cosigned
    facts = (witness.name, witness.url, witness.vkey, witness.shard, witness.size, witness.cosigned_at)
    return Standing(*facts, behind, witness.problem, witness.problem_at)


def _newest_of_each(session: Session, shard: str) -> dict[int, tuple[int, datetime]]:
    query = (
        select(KeptCosignature.witness_id, KeptCosignature.size, KeptCosignature.cosigned_at)
        .where(KeptCosignature.shard == shard)
        .order_by(KeptCosignature.size)
    )
    return {witness: (size, at) for witness, size, at in session.execute(query)}


def _rests(witness: Witness, now: datetime) -> bool:
    return witness.problem_at is not None and timedelta(0) <= now - witness.problem_at < PATIENCE


def _must_administer(actor: Actor) -> None:
    """At the command line the hub itself acts, for its administrator."""
    if actor.account_id is not None:
        actor.must(Permission.HUB_ADMINISTER)


def _parse(vkey: str) -> VerifyingKey:
    try:
        key = VerifyingKey.parse(vkey.strip())
        check_witness_key(key)
    except CryptoError as error:
        raise Invalid(
            Fault("vkey", "not-a-key", f"the key that `ceptoar-hub witness make` printed ({error})")
        ) from error
    return key


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    fine = (
        parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment or parts.username)
    )
    if not fine or len(url) > 500:
        raise Invalid(Fault("url", "not-an-address", "http:// or https://, a host and perhaps a path", url[:80]))


def list_known(session: Session) -> Sequence[tuple[str, str, VerifyingKey]]:
    """Name, address and key of each witness, for the check at the start."""
    return [(each.name, each.url, VerifyingKey.parse(each.vkey)) for each in list_witnesses(session)]
