"""What programs asked lately, key by key, so that whoever set one up can see what it does."""

from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class KeyRequest(Base):
    """One request of a key: what was asked, given and refused, never a body; the newest hundred of each are kept."""

    __tablename__ = "key_requests"

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line: Mapped[bytes] = mapped_column(LargeBinary)
