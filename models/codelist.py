"""Sectors, CEPTOARs and code lists as rows that an administrator may edit."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Sector(Base):
    """A critical-infrastructure sector."""

    __tablename__ = "sectors"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name_ja: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    ministry: Mapped[str | None] = mapped_column(String(40))
    place: Mapped[int]
    confirmed: Mapped[bool]


class Ceptoar(Base):
    """A sector's information-sharing body; a sector may have several."""

    __tablename__ = "ceptoars"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    sector: Mapped[str] = mapped_column(ForeignKey("sectors.code"), index=True)
    name_ja: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    place: Mapped[int]
    confirmed: Mapped[bool]


class CodeItem(Base):
    """One code of one version of a code list, in both languages."""

    __tablename__ = "code_items"

    list: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    group_ja: Mapped[str] = mapped_column(Text)
    group_en: Mapped[str] = mapped_column(Text)
    name_ja: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    place: Mapped[int]
    confirmed: Mapped[bool]
    retired: Mapped[bool] = mapped_column(default=False)

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class CodeListFile(Base):
    """One version of a code list as its file says it: whoever edits a list begins with this."""

    __tablename__ = "code_list_files"

    list: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    body: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]
