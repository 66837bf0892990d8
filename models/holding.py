"""Keeps the organizations that a unit of work has loaded until it ends.

SQLAlchemy lets go of an object that nobody holds, and fetches it again for the next who asks: a report's sender five
times while it is filed. There are some thousands of organizations at most, and a unit of work sees one state of each.
"""

from typing import Final

from sqlalchemy import event
from sqlalchemy.orm import Session

from models.organization import Organization

_HELD: Final = "organizations held"


@event.listens_for(Session, "loaded_as_persistent")
def _hold(session: Session, loaded: object) -> None:
    if isinstance(loaded, Organization):
        session.info.setdefault(_HELD, []).append(loaded)
