"""Holds what the page of an object says of its publisher's signature."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.publisher import PublisherKey
from feeds.signatures.signed import Standing, key_named_by, standing_of
from feeds.stix.signature import signature_id
from hub.web.frame.guard import the_hub
from sharing.readers import Reader
from sharing.reading.driver import as_uuid
from sharing.reading.grants import Row
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.setup import HUB_ID
from sharing.signing.keys import find_key_of_signature


class Signed(Struct, frozen=True):
    """How an object stands with its signature, and with which key."""

    standing: Standing
    row: Row | None
    thumbprint: str | None = None
    key_from: datetime | None = None
    revoked_from: datetime | None = None
    by_hub: bool = False
    """The hub signed it: an edition, which it wrote itself."""


def look_for_signature(session: Session, reader: Reader, feed: int, row: Row) -> Signed:
    """The signature of a version, its publisher's or the hub's, where the reader sees one, checked again."""
    question = Question(ids=(signature_id(row.stix_id, row.version),), versions=(ALL,))
    rows = page(session, reader, feed, question, sealer=the_hub().secrets.cursor).rows
    if not rows:
        return Signed(Standing.UNSIGNED, None)
    signature = rows[0]
    named = key_named_by(signature.body)
    publisher_id = as_uuid(row.publisher_id)
    key = find_key_of_signature(session, publisher_id, named) if named and publisher_id else None
    if key is None and named:
        key = find_key_of_signature(session, HUB_ID, named)  # editions are the hub's writing, whoever publishes them
    standing = standing_of(row.body, signature.body, PublisherKey.parse(key.key) if key else None)
    return Signed(
        standing,
        signature,
        named,
        key.began_at if key else None,
        key.revoked_from if key else None,
        key is not None and key.organization_id == HUB_ID,
    )
