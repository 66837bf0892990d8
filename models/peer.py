"""Peers: other servers whose collections are pulled from, what they sent that waits or was refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.remote import RemoteServer
from models.types import Serial, Word
from models.vocabulary import Label, PeerState


class Peer(RemoteServer, Base):
    """A collection of another server, and the organization that is answerable for what comes from it."""

    __tablename__ = "peers"
    __table_args__ = (Index("ix_peers_due", "due_at"),)

    floor: Mapped[Label] = mapped_column(Word(Label))
    """Whatever comes is held at least as strictly as this."""
    let_on: Mapped[Label | None] = mapped_column(Word(Label))
    """Objects up to this label go on by themselves; none: everything waits for a person."""
    added_after: Mapped[str] = mapped_column(String(40), default="")
    """The server's own date up to which everything was read."""
    next_page: Mapped[str] = mapped_column(Text, default="")
    """Where the pages that are being read go on; empty between two rounds."""
    reached: Mapped[str] = mapped_column(String(40), default="")
    """The last date of the pages that are being read."""
    pulled_at: Mapped[datetime | None]
    """When the last round ended well."""


class PeerObject(Base):
    """One object of a peer that waits for a person, or was refused; what went on is in the feed and in the trail."""

    __tablename__ = "peer_objects"
    __table_args__ = (
        UniqueConstraint("peer_id", "digest"),
        Index("ix_peer_objects_state", "peer_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    stix_id: Mapped[str] = mapped_column(String(150))
    version: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(100))
    label: Mapped[Label | None] = mapped_column(Word(Label))
    state: Mapped[PeerState] = mapped_column(Word(PeerState))
    reason: Mapped[str] = mapped_column(Text)
    reason_codes: Mapped[str | None] = mapped_column(Text)
    """The same in codes; none for what was kept before there were any."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The exact bytes while it waits; nothing is kept of what was refused."""
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
