"""Operation: who of those on a list takes part no more."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.organization import Organization
from sharing.group_names import GroupNames
from sharing.rules import tokens


def find_people(session: Session, names: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """Name of each person on a list, and whether they still have a hat."""
    idents = [UUID(name.partition(":")[2]) for name in names if name.startswith("account:")]
    hat = exists().where(Membership.account_id == Account.id, Membership.ended_at.is_(None))
    rows = session.execute(select(Account.id, Account.display_name, hat).where(Account.id.in_(idents)))
    return {tokens.account(ident): (name, bool(open_hat)) for ident, name, open_hat in rows}


def find_gone(session: Session, names: set[str]) -> set[str]:
    """The tokens whose holders take part no more. Those who left are few; those on a list may be thousands."""
    left = session.execute(select(Organization.id).where(Organization.left_at.isnot(None))).scalars()
    gone = {make(ident) for ident in left for make in (tokens.organization, tokens.desk)} & names
    persons = {name for name in names if name.startswith("account:")}
    if persons:
        gone |= {name for name, (_, has_hat) in find_people(session, persons).items() if not has_hat}
    sections = {name for name in names if name.startswith("government:")} - {tokens.NCO}
    return gone | (sections - set(GroupNames(session).sections()) if sections else set())
