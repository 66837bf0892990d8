"""Steps that several stories take: joining, signing in, asking who is behind a session."""

from collections.abc import Collection
from uuid import UUID

import pyotp

from models.vocabulary import Role
from sharing.actor import Actor
from sharing.people.invitations import Joined, NewCredentials, invite, use_invitation
from sharing.people.sessions import SignedIn, load_actor
from sharing.people.sign_in import Step, find_candidate, finish_password, finish_second_factor
from tests.factory import PASSWORD, SEED, World


def code_of(world: World, actor: Actor, organization_id: UUID, roles: Collection[Role]) -> str:
    """A printed code, as the inviting person holds it."""
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        return invite(session, actor, organization_id, "Taro", roles, hmac_key=key, context=world.context())[1]


def join(world: World, code: str, username: str = "taro", password: str = PASSWORD) -> Joined:
    """A person uses a code."""
    chosen = NewCredentials(username, password)
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        return use_invitation(session, code, chosen, hmac_key=key, context=world.context())


def password_step(world: World, username: str, password: str = PASSWORD) -> Step | None:
    """The first step, as a door takes it."""
    with world.reading() as session:
        candidate = find_candidate(session, username)
    fits = candidate.fits(password)
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        return finish_password(session, candidate, password, fits=fits, hmac_key=key, context=world.context())


def code_step(world: World, token: str, code: str) -> Step | None:
    """The second step, as a door takes it."""
    secrets = world.hub.secrets
    with world.writing() as session:
        return finish_second_factor(
            session, token, code, seeds=secrets.seeds, hmac_key=secrets.api_key_key, context=world.context()
        )


def code_now(world: World, seed: str = SEED) -> str:
    """What the authenticator app shows."""
    return pyotp.TOTP(seed).at(world.now)


def sign_in(world: World, username: str) -> str:
    """A whole sign-in; the session's token."""
    first = password_step(world, username)
    assert first is not None
    second = code_step(world, first.token, code_now(world))
    assert second is not None
    return second.token


def behind(world: World, token: str) -> SignedIn | None:
    """Who is behind a session now."""
    with world.reading() as session:
        return load_actor(session, token, agreement_version="1", now=world.now)
