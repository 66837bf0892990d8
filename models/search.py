"""The index of the search: under which terms an object is found. Derived from objects, and made again by a command."""

from sqlalchemy import ARRAY, BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial

_TERMS = ARRAY(Integer()).with_variant(Text(), "sqlite")


class SearchDocument(Base):
    """The terms of one object, among them those of the tokens to which it was granted.

    PostgreSQL keeps an array with a GIN index. SQLite keeps the numbers as a text, which triggers of the migration
    carry into the FTS5 table `search_index`.
    """

    __tablename__ = "search_documents"

    object_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    terms: Mapped[str] = mapped_column(_TERMS)


class SearchState(Base):
    """How far the index has come in the order of the log; one row."""

    __tablename__ = "search_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    """Objects whose entry has its first position up to here were looked at."""
