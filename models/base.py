"""The declarative base: names of constraints, and the types that annotations stand for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase

from models.types import Document, Moment


class Base(DeclarativeBase):
    """Every table belongs to this base; the names of its constraints are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        datetime: Moment(),
        UUID: Uuid(),
        dict[str, Any]: Document,
        list[Any]: Document,
    }
