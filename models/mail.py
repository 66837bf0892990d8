"""Mail: where a person wants to be told of what, and each mail that was or is to be sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import MailMatter, MailState, MailWish


class MailAddress(Base):
    """A person's address, which counts once a code that was sent there has come back, and what is wanted there."""

    __tablename__ = "mail_addresses"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    wishes: Mapped[list[Any]]
    set_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)

    @property
    def wish_set(self) -> frozenset[MailWish]:
        """What is wanted."""
        return frozenset(MailWish(wish) for wish in self.wishes)


class Mail(Base):
    """One thing that one hat is to be told, once; what the mail says is made when it is sent, and kept nowhere."""

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("account_id", "membership_id", "key"),
        Index("ix_mails_due", "state", "due_at"),
        Index("ix_mails_account", "account_id", "sent_at"),
        Index("ix_mails_number", "account_id", "number"),
        Index("ix_mails_report", "report_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(11))
    """The reference number of the mail, by which its recipient finds it: nobody else's has to differ from it, and it
    joins no two mails."""
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    membership_id: Mapped[UUID | None] = mapped_column(ForeignKey("memberships.id"))
    """The hat that is told; none for the code of an address."""
    matter: Mapped[MailMatter] = mapped_column(Word(MailMatter))
    subject: Mapped[UUID | None]
    """The report, proposal, question, recall or digest."""
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    key: Mapped[str] = mapped_column(String(100))
    state: Mapped[MailState] = mapped_column(Word(MailState))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(100), default="")
    is_held: Mapped[bool] = mapped_column(default=False)
    """The hour was full: it goes out with the others that are held."""
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it was dropped, or given up."""
