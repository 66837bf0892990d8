"""Organizations of every tier."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import Tier


class Organization(Base):
    """An operator, a body between, a CEPTOAR, the Council, a ministry section, NCO, a foreign partner, or the hub."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[Tier] = mapped_column(Word(Tier))
    name_ja: Mapped[str] = mapped_column(String(200), unique=True)
    name_en: Mapped[str] = mapped_column(String(200))
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"), index=True)
    ceptoar: Mapped[str | None] = mapped_column(ForeignKey("ceptoars.code"), index=True)
    ministry: Mapped[str | None] = mapped_column(String(40))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    findable: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It lets other organizations know that it takes part, so that they can name it."""

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en
