"""Operation: an administrator confirms a letter that another wrote, to a first manager or a further administrator.

Who manages gives the roles that read, to itself too. An administrator who let an organization join and held the letter
to its manager would so come to read; two of them are as many as it takes to change where an organization belongs. And
who manages the hub's own people must not make a second administrator of itself.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account, Invitation
from models.organization import Organization
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.people.founding import has_other_administrator
from sharing.people.invitations import is_stood_by, open_invitations
from sharing.people.lookup import count_managers, hats_of_organization
from sharing.permissions import Permission
from sharing.setup import HUB_ID


class WaitingLetter(Struct, frozen=True):
    """A letter that opens nothing yet, as administrators see it."""

    id: UUID
    organization_id: UUID
    name_ja: str
    name_en: str
    display_name: str
    roles: tuple[str, ...]
    asked_by: str
    made_at: datetime
    expires_at: datetime
    is_mine: bool
    """Whether the reader wrote it, and so cannot confirm it."""

    def organization(self, language: str) -> str:
        """The organization's name in the reader's language."""
        return self.name_ja if language == "ja" else self.name_en


def list_waiting_letters(session: Session, actor: Actor, now: datetime) -> list[WaitingLetter]:
    """The letters that wait for an administrator who did not write them, the oldest first.

    Raises:
        NotPermitted: only administrators see them.
    """
    actor.must(Permission.HUB_ADMINISTER)
    waiting = open_invitations(now).where(Invitation.waits_for_second.is_(True)).order_by(Invitation.created_at)
    rows = [row for row in session.execute(waiting).scalars() if is_stood_by(session, row)]
    return [_line(session, row, actor) for row in rows]


def confirm_letter(session: Session, actor: Actor, invitation_id: UUID, *, context: Context) -> Invitation:
    """Let a letter open what it says, from now on.

    Raises:
        NotPermitted: the actor does not administer, wrote the letter, or is no person where one could be asked.
        NotVisible: there is no such letter that waits.
        Conflict: somebody manages the organization meanwhile.
    """
    actor.must(Permission.HUB_ADMINISTER)
    statement = open_invitations(context.now).where(
        Invitation.id == invitation_id, Invitation.waits_for_second.is_(True)
    )
    letter = session.execute(statement.with_for_update()).scalar_one_or_none()
    if letter is None or not is_stood_by(session, letter):
        raise NotVisible("no such letter that waits")
    _must_be_another(session, actor, letter)
    is_first_manager = letter.organization_id != HUB_ID
    if is_first_manager and count_managers(hats_of_organization(session, letter.organization_id)):
        raise Conflict("the organization has a manager meanwhile, who invites its people")
    letter.waits_for_second, letter.confirmed_by = False, actor.account_id
    session.flush()
    subjects = [("organization", str(letter.organization_id)), ("invitation", str(letter.id))]
    record(session, Event(Tag.INVITE_CONFIRM, actor, subjects, decision={"roles": letter.roles}), context)
    return letter


def _must_be_another(session: Session, actor: Actor, letter: Invitation) -> None:
    """Whoever holds the machine stands in only where the hub would be left with one administrator for good."""
    if actor.account_id is None:
        if letter.organization_id == HUB_ID and not has_other_administrator(session, letter.invited_by):
            return
        raise NotPermitted("expected an administrator under the own name (--by), since there is one who can be asked")
    if letter.invited_by == actor.account_id:
        raise NotPermitted("who wrote the letter does not confirm it")


def _line(session: Session, letter: Invitation, actor: Actor) -> WaitingLetter:
    organization = session.get_one(Organization, letter.organization_id)
    asked_by = session.execute(select(Account.display_name).where(Account.id == letter.invited_by)).scalar_one()
    return WaitingLetter(
        id=letter.id,
        organization_id=organization.id,
        name_ja=organization.name_ja,
        name_en=organization.name_en,
        display_name=letter.display_name,
        roles=tuple(letter.roles),
        asked_by=asked_by,
        made_at=letter.created_at,
        expires_at=letter.expires_at,
        is_mine=letter.invited_by == actor.account_id,
    )
