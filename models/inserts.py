"""Insert what may be there already: both databases spell it alike, and SQLAlchemy has a word of its own for each."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base


def insert_into(session: Session, table: type[Base]) -> Any:
    """An insert that can be told what is to be done where the row is there (`on_conflict_do_…`)."""
    of_dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return of_dialect.insert(table)
