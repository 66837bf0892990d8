"""Operation of the demo: its organizations join, and its fictional people get the accounts that everybody knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crypto.passwords import hash_password
from hub.demo.world import DemoAccount, DemoHat, DemoOrganization, accounts, demo_id, organization, organizations, staff
from hub.wiring import Hub
from models.account import Account, Membership
from models.vocabulary import AccountState, Door, Tier
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.people.organizations import NewOrganization, add_organization
from sharing.readers import open_account_window
from sharing.setup import HUB_ID, hub_actor

TAKES_PART_SINCE: Final = timedelta(days=800)
"""Before the first event of the story: a secretariat reads what was reported since it joined."""


def ident_of(named: DemoOrganization) -> UUID:
    """The id of a demo organization in the hub; the one that runs it was there first."""
    return HUB_ID if named.tier is Tier.HUB else named.id


def joining(named: DemoOrganization) -> NewOrganization:
    """What an administrator says of a demo organization."""
    return NewOrganization(
        named.tier, named.name_ja, named.name_en, named.sector, named.ceptoar, named.ministry, ident=ident_of(named)
    )


def membership_id(account: DemoAccount, hat: DemoHat) -> UUID:
    """The id of a hat, the same each time."""
    return demo_id("membership", f"{account.username}/{hat.organization}")


def load_people(hub: Hub, context: Context) -> None:
    """Everybody joins, in one unit of work."""
    actor = hub_actor(Door.COMMAND)
    founded = replace(context, now=context.now - TAKES_PART_SINCE)
    with hub.writing() as session:
        for each in organizations():
            if each.tier is not Tier.HUB:
                add_organization(session, actor, joining(each), founded)
        for account in (*accounts(), *staff()):
            _add_account(session, hub, account, context)


def _add_account(session: Session, hub: Hub, account: DemoAccount, context: Context) -> None:
    """No operation gives somebody else's password; the demo does, since everybody may know its passwords."""
    row = Account(
        id=account.id,
        username=account.username,
        display_name=account.name_ja,
        locale="ja",
        state=AccountState.ACTIVE,
        agreement_version=hub.settings.agreement_version,
        agreement_at=context.now,
        created_at=context.now,
    )
    if account.password is not None and account.totp_secret is not None:
        row.password_hash = hash_password(account.password)
        row.totp_sealed = hub.secrets.seeds.seal(account.totp_secret.encode(), account.id.bytes)
    session.add(row)
    session.flush()
    open_account_window(session, account.id)
    for hat in account.hats:
        session.add(
            Membership(
                id=membership_id(account, hat),
                account_id=account.id,
                organization_id=ident_of(organization(hat.organization)),
                roles=sorted(role.value for role in hat.roles),
                began_at=context.now,
            )
        )
    subjects = [("account", str(account.id))]
    subjects += [("organization", str(ident_of(organization(hat.organization)))) for hat in account.hats]
    record(session, Event(Tag.JOIN, hub_actor(Door.COMMAND), subjects, decision={"demo": True}), context)
