"""Operation: a signing key counts only with its leaf: keys in the table that no entry of the log tells of."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry, AuditPart, AuditSubject
from models.signing import SigningKey
from models.vocabulary import EntryKind


def find_key_without_leaf(session: Session) -> list[SigningKey]:
    """Keys that were put or changed behind the log's back."""
    told: dict[str, set[str]] = {}
    query = (
        select(AuditSubject.subject, AuditPart.body)
        .join(AuditEntry, AuditEntry.id == AuditSubject.entry_id)
        .join(AuditPart, AuditPart.entry_id == AuditEntry.id)
        .where(
            AuditSubject.kind == "signing-key",
            AuditEntry.kind == EntryKind.KEY,
            AuditPart.name == "decision",
        )
    )
    for subject, body in session.execute(query):
        decision = json.loads(body)
        if isinstance(decision, dict):
            told.setdefault(subject, set()).add(str(decision.get("key")))
    keys = session.execute(select(SigningKey).order_by(SigningKey.began_at)).scalars()
    return [key for key in keys if key.key not in told.get(str(key.id), ())]
