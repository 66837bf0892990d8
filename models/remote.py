"""What is kept of another server, whether the hub reads it or sends to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column


class RemoteServer:
    """A collection of another server: whose it is, how it is reached, how often, and how that went last."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    feed: Mapped[int] = mapped_column(ForeignKey("collections.feed"))
    url: Mapped[str] = mapped_column(String(500))
    user_name: Mapped[str] = mapped_column(String(200), default="")
    """Sent with the key as Basic; without one the key goes as Bearer."""
    key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proxy: Mapped[str] = mapped_column(String(500), default="")
    ca_file: Mapped[str] = mapped_column(String(500), default="")
    pin: Mapped[str] = mapped_column(String(95), default="")
    """SHA-256 of the server's certificate, where it is trusted by that alone."""
    types: Mapped[str] = mapped_column(Text, default="")
    """The types that it is about, with commas; empty: all."""
    every_minutes: Mapped[int]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(Text, default="")
    failure_codes: Mapped[str | None] = mapped_column(Text)
    """The same in codes; none for what was written before there were any."""
