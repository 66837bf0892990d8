"""Operation: each signed manifest is taken in once, and kept as its publisher's own word for what was submitted."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import LogState
from models.signing import SubmissionManifest

OLDEST: Final = timedelta(days=7)
"""How old a manifest may be: what crosses an air gap is carried within days."""


def collection_audience(session: Session, collection_id: UUID) -> str:
    """For whom a manifest is signed: this hub and this collection, so that it cannot be used elsewhere."""
    origin = session.execute(select(LogState.origin).where(LogState.id == 1)).scalar_one()
    return f"{origin.removesuffix('/log')}/collections/{collection_id}"


def was_received(session: Session, organization_id: UUID, nonce: str) -> bool:
    """Whether this organization has submitted under this nonce before."""
    return session.get(SubmissionManifest, (organization_id, nonce)) is not None


def keep_manifest(
    session: Session, organization_id: UUID, nonce: str, body: bytes, *, entry_id: int, now: datetime
) -> None:
    """Keep a manifest beside the entry of its publication; under a nonce there is one, for ever."""
    session.add(
        SubmissionManifest(organization_id=organization_id, nonce=nonce, entry_id=entry_id, received_at=now, body=body)
    )
    session.flush()
