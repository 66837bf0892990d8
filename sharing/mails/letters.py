"""Holds what one mail may say, from the moment when it is taken until it was sent; it is kept nowhere."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct

from models.vocabulary import Label, MailMatter
from sharing.actor import Actor
from sharing.mails.rights import Seen
from sharing.reading.grants import Row

MOST_SHOWN: Final = 20
"""Entries of a digest that a mail shows; the page has all."""


class Told(Struct, frozen=True):
    """One thing that a mail tells of."""

    mail_id: UUID
    number: str
    matter: MailMatter
    seen: Seen | None
    """What its recipient may know of it; None for the code of an address."""


@dataclass(frozen=True)
class Letter:
    """What is to be sent now, and all that it may say."""

    told: tuple[Told, ...]
    """The first lends its number; further ones are told of as a count."""
    account_id: UUID
    address: str
    locale: str
    at: datetime
    """Its date: the same however often it is tried."""
    reader: Actor | None = None
    """The hat that is told; none where only a code is sent."""
    code: str = field(default="", repr=False)

    @property
    def number(self) -> str:
        """Its reference number."""
        return self.told[0].number

    @property
    def matter(self) -> MailMatter | None:
        """What it is about; None where it tells of several things at once."""
        return self.told[0].matter if len(self.told) == 1 else None

    @property
    def label(self) -> Label | None:
        """The strictest label of what it tells of; a code has none."""
        labels = [each.seen.label for each in self.told if each.seen is not None]
        return Label.strictest(*labels) if labels else None

    @property
    def is_exercise(self) -> bool:
        """Exercises are told of apart from what is real."""
        return any(each.seen is not None and each.seen.exercise for each in self.told)

    @property
    def shown(self) -> tuple[Row, ...]:
        """What it shows of its content: the entries of a digest, where all of them are below AMBER."""
        seen = self.told[0].seen if len(self.told) == 1 else None
        return seen.rows[:MOST_SHOWN] if seen is not None and seen.label.rank < Label.AMBER.rank else ()

    @property
    def entries(self) -> int:
        """How many entries a digest has for its reader."""
        seen = self.told[0].seen if self.matter is MailMatter.DIGEST else None
        return len(seen.rows) if seen is not None else 0

    @property
    def message_id(self) -> str:
        """What stands before the @ of its Message-ID: the same for the same mails."""
        return sha256(b"".join(sorted(each.mail_id.bytes for each in self.told))).hexdigest()[:32]
