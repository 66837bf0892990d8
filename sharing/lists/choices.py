"""Operation: whom an organization may put on a list."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.codelist import Ceptoar
from models.organization import Organization
from sharing.actor import Actor
from sharing.audiences import AT_ONCE, facts_of, organizations_of
from sharing.group_names import GroupNames
from sharing.people.lookup import hats_of_organization
from sharing.permissions import Permission
from sharing.rules import tokens
from sharing.rules.naming import BY_NAME, GROUPS, may_name
from sharing.rules.tokens import CONTENT_ROLES, is_token


class Choice(Struct, frozen=True):
    """Somebody who may be put on a list."""

    token: str
    name_ja: str
    name_en: str

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


def list_choices(session: Session, actor: Actor) -> dict[str, list[Choice]]:
    """Whom this organization may put on a list: groups, organizations, their desks, its own people.

    Raises:
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    facts = actor.organization
    names = GroupNames(session)
    codes = session.execute(select(Ceptoar.code).order_by(Ceptoar.place)).scalars().all()
    groups = [tokens.COUNCIL, tokens.NCO, *names.sections(), tokens.FOREIGN]
    groups += [tokens.sector(facts.sector)] if facts.sector else []
    groups += [make(code) for code in codes for make in (tokens.secretariat, tokens.ceptoar)]
    query = select(Organization).where(Organization.left_at.is_(None), Organization.tier.in_(BY_NAME))
    rows = session.execute(query.order_by(Organization.name_ja)).scalars()
    known = [row for row in rows if row.id != facts.id and may_name(facts, facts_of(row))]
    people = {
        hat.account.id: hat.account.display_name
        for hat in hats_of_organization(session, facts.id)
        if hat.roles & CONTENT_ROLES
    }
    return {
        "groups": [Choice(token, *names.of(token)) for token in groups],
        "organizations": [Choice(tokens.organization(row.id), row.name_ja, row.name_en) for row in known],
        "desks": [Choice(tokens.desk(row.id), row.name_ja, row.name_en) for row in known],
        "people": [Choice(tokens.account(ident), name, name) for ident, name in people.items()],
    }


def find_nameable(session: Session, actor: Actor, wanted: Sequence[str]) -> set[str]:
    """Those of the tokens that this organization may put on a list."""
    sound = [token for token in wanted if is_token(token)]
    people = {tokens.account(hat.account.id) for hat in hats_of_organization(session, actor.organization.id)}
    codes = set(session.execute(select(Ceptoar.code)).scalars())
    sections = set(GroupNames(session).sections())
    groups = GROUPS | sections | {make(code) for code in codes for make in (tokens.secretariat, tokens.ceptoar)}
    if actor.organization.sector:
        groups |= {tokens.sector(actor.organization.sector)}
    idents = sorted(organizations_of(sound))
    known: set[UUID] = set()
    for start in range(0, len(idents), AT_ONCE):
        part = Organization.id.in_(idents[start : start + AT_ONCE])
        rows = session.execute(select(Organization).where(part, Organization.left_at.is_(None))).scalars()
        known |= {row.id for row in rows if may_name(actor.organization, facts_of(row))}
    by_name = {make(ident) for ident in known for make in (tokens.organization, tokens.desk)}
    return set(sound) & (people | groups | by_name)
