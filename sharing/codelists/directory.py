"""Operation: what everybody may look up: sectors, CEPTOARs and code lists as this hub holds them now."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.codelist import Ceptoar, CodeItem, Sector
from sharing.errors import NotVisible


def list_sectors(session: Session) -> Sequence[Sector]:
    """The sectors in their order."""
    return session.execute(select(Sector).order_by(Sector.place, Sector.code)).scalars().all()


def list_ceptoars(session: Session) -> Sequence[Ceptoar]:
    """The CEPTOARs in the order of their sectors."""
    return session.execute(select(Ceptoar).order_by(Ceptoar.place, Ceptoar.code)).scalars().all()


def load_code_list(session: Session, name: str) -> Sequence[CodeItem]:
    """Every code of every version of a list, the newest version first; retired ones too, since old reports use them.

    Raises:
        NotVisible: there is no such list.
    """
    query = select(CodeItem).where(CodeItem.list == name)
    items = session.execute(query.order_by(CodeItem.version.desc(), CodeItem.place, CodeItem.code)).scalars().all()
    if not items:
        raise NotVisible("no such code list")
    return items
