"""What people do for themselves and each other, each operation once: joining, signing in, keys, resets."""

from __future__ import annotations

from typing import Any

from models.vocabulary import Role, Tier
from sharing.people.accounts import set_suspended
from sharing.people.agreement import accept_agreement
from sharing.people.confirming import confirm_letter
from sharing.people.credentials import change_password, find_own_candidate, replace_second_factor
from sharing.people.enrolment import finish_enrolment, present_code
from sharing.people.invitations import NewCredentials, add_hat, invite, use_invitation, withdraw_invitation
from sharing.people.keys import NewKey, make_key, revoke_key
from sharing.people.memberships import change_roles, end_membership
from sharing.people.preferences import set_language
from sharing.people.refusals import refuse
from sharing.people.resets import grant_reset, refuse_reset, request_reset, use_reset
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sessions import choose_hat, end_session, sign_out, sign_out_everywhere
from sharing.people.sign_in import find_candidate, finish_password, finish_second_factor
from sharing.permissions import Permission
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD, SEED
from tests.sharing.people.steps import behind, code_now, code_of, password_step, sign_in
from tests.sharing.recorded.organizations import manager_of
from tests.sharing.recorded.stories import Act, story
from tests.sharing.reports.conftest import Scene


def _key(scene: Scene) -> bytes:
    return scene.world.hub.secrets.api_key_key


@story(invite)
def _(scene: Scene) -> Act:
    manager = manager_of(scene)
    return lambda session: invite(
        session, manager, scene.aoba.id, "Taro", [Role.READER], hmac_key=_key(scene), context=scene.world.context()
    )


@story(withdraw_invitation)
def _(scene: Scene) -> Act:
    manager, world = manager_of(scene), scene.world
    with world.writing() as session:
        invitation, _code = invite(
            session, manager, scene.aoba.id, "Taro", [Role.READER], hmac_key=_key(scene), context=world.context()
        )
    return lambda session: withdraw_invitation(session, manager, invitation.id, context=world.context())


@story(use_invitation)
def _(scene: Scene) -> Act:
    code = code_of(scene.world, manager_of(scene), scene.aoba.id, [Role.READER])
    return lambda session: use_invitation(
        session, code, NewCredentials("taro", PASSWORD), hmac_key=_key(scene), context=scene.world.context()
    )


@story(add_hat)
def _(scene: Scene) -> Act:
    code = code_of(scene.world, manager_of(scene), scene.aoba.id, [Role.READER])
    return lambda session: add_hat(
        session, scene.water_reader.account_id, code, hmac_key=_key(scene), context=scene.world.context()
    )


@story(change_roles)
def _(scene: Scene) -> Act:
    manager = manager_of(scene)
    return lambda session: change_roles(
        session, manager, scene.hanako.membership_id, [Role.READER], context=scene.world.context()
    )


@story(end_membership)
def _(scene: Scene) -> Act:
    manager = manager_of(scene)
    return lambda session: end_membership(session, manager, scene.hanako.membership_id, context=scene.world.context())


@story(set_suspended)
def _(scene: Scene) -> Act:
    scene.world.person(scene.aoba, Role.READER, username="taro")
    return lambda session: set_suspended(
        session, scene.world.command(), "taro", suspended=True, context=scene.world.context()
    )


@story(set_language)
def _(scene: Scene) -> Act:
    return lambda session: set_language(session, scene.hanako, "en", context=scene.world.context())


@story(accept_agreement)
def _(scene: Scene) -> Act:
    return lambda session: accept_agreement(session, scene.hanako, "2", in_force="2", context=scene.world.context())


@story(make_key)
def _(scene: Scene) -> Act:
    new = NewKey("poller", [Permission.FEED_READ], 30)
    return lambda session: make_key(session, scene.hanako, new, hmac_key=_key(scene), context=scene.world.context())


@story(revoke_key)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        new = NewKey("poller", [Permission.FEED_READ], 30)
        key, _text = make_key(session, scene.hanako, new, hmac_key=_key(scene), context=scene.world.context())
    return lambda session: revoke_key(session, scene.hanako, key.id, context=scene.world.context())


def _taro(scene: Scene) -> Any:
    return scene.world.person(scene.aoba, Role.REPORTER, username="taro", password=True)


@story(finish_password)
def _(scene: Scene) -> Act:
    _taro(scene)
    with scene.world.reading() as session:
        candidate = find_candidate(session, "taro")
    return lambda session: finish_password(
        session, candidate, PASSWORD, fits=True, hmac_key=_key(scene), context=scene.world.context()
    )


@story(refuse)
def _(scene: Scene) -> Act:
    return lambda session: refuse(
        session, "nobody", None, "password", hmac_key=_key(scene), context=scene.world.context()
    )


@story(finish_second_factor)
def _(scene: Scene) -> Act:
    _taro(scene)
    half = password_step(scene.world, "taro")
    assert half is not None
    secrets = scene.world.hub.secrets
    return lambda session: finish_second_factor(
        session,
        half.token,
        code_now(scene.world),
        seeds=secrets.seeds,
        hmac_key=secrets.api_key_key,
        context=scene.world.context(),
    )


@story(finish_enrolment)
def _(scene: Scene) -> Act:
    world = scene.world
    code = code_of(world, manager_of(scene), scene.aoba.id, [Role.READER])
    with world.writing() as session:
        joined = use_invitation(
            session, code, NewCredentials("jiro", PASSWORD), hmac_key=_key(scene), context=world.context()
        )
    half = password_step(world, "jiro")
    assert half is not None
    seeds = world.hub.secrets.seeds
    sealed = begin_enrolment(joined.account.id, half.token, seeds=seeds, context=world.context())
    seed = open_pending(sealed, joined.account.id, half.token, seeds=seeds)
    assert seed is not None
    return lambda session: finish_enrolment(
        session, half.token, sealed, code_now(world, seed), seeds=seeds, context=world.context()
    )


def _signed_in(scene: Scene) -> Any:
    _taro(scene)
    found = behind(scene.world, sign_in(scene.world, "taro"))
    assert found is not None
    return found


@story(choose_hat)
def _(scene: Scene) -> Act:
    taro = _taro(scene)
    second = scene.world.hat(taro, scene.water, Role.READER)
    found = behind(scene.world, sign_in(scene.world, "taro"))
    assert found is not None
    return lambda session: choose_hat(session, found, second.membership_id, context=scene.world.context())


@story(sign_out)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: sign_out(session, found, context=scene.world.context())


@story(sign_out_everywhere)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: sign_out_everywhere(session, found, context=scene.world.context())


@story(end_session)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: end_session(session, found, found.session.id, context=scene.world.context())


@story(change_password)
def _(scene: Scene) -> Act:
    taro = _taro(scene)
    with scene.world.reading() as session:
        candidate = find_own_candidate(session, taro.account_id)
    return lambda session: change_password(
        session,
        taro,
        candidate,
        "another long password",
        fits=True,
        keep=b"",
        hmac_key=_key(scene),
        context=scene.world.context(),
    )


@story(replace_second_factor)
def _(scene: Scene) -> Act:
    taro, other = _taro(scene), SEED[::-1]
    secrets = scene.world.hub.secrets
    return lambda session: replace_second_factor(
        session,
        taro,
        other,
        new_code=code_now(scene.world, other),
        present_code=code_now(scene.world),
        keep=b"",
        seeds=secrets.seeds,
        hmac_key=secrets.api_key_key,
        context=scene.world.context(),
    )


def _asked(scene: Scene) -> Any:
    taro, manager = _taro(scene), manager_of(scene)
    with scene.world.writing() as session:
        return request_reset(
            session, manager, taro.membership_id, ResetKind.BOTH, "lost", context=scene.world.context()
        ).id


@story(request_reset)
def _(scene: Scene) -> Act:
    taro, manager = _taro(scene), manager_of(scene)
    return lambda session: request_reset(
        session, manager, taro.membership_id, ResetKind.BOTH, "lost", context=scene.world.context()
    )


@story(grant_reset)
def _(scene: Scene) -> Act:
    asked, second = _asked(scene), manager_of(scene)
    return lambda session: grant_reset(session, second, asked, hmac_key=_key(scene), context=scene.world.context())


@story(refuse_reset)
def _(scene: Scene) -> Act:
    asked, second = _asked(scene), manager_of(scene)
    return lambda session: refuse_reset(session, second, asked, context=scene.world.context())


@story(use_reset)
def _(scene: Scene) -> Act:
    asked, second, world = _asked(scene), manager_of(scene), scene.world
    with world.writing() as session:
        code = grant_reset(session, second, asked, hmac_key=_key(scene), context=world.context())
    return lambda session: use_reset(
        session, code, "another long password", hmac_key=_key(scene), context=world.context()
    )


@story(present_code)
def _(scene: Scene) -> Act:
    world, taro, manager, second = scene.world, _taro(scene), manager_of(scene), manager_of(scene)
    with world.writing() as session:
        asked = request_reset(
            session, manager, taro.membership_id, ResetKind.SECOND_FACTOR, "lost", context=world.context()
        )
    with world.writing() as session:
        code = grant_reset(session, second, asked.id, hmac_key=_key(scene), context=world.context())
    half = password_step(world, "taro")
    assert half is not None
    return lambda session: present_code(session, half.token, code, hmac_key=_key(scene), context=world.context())


@story(confirm_letter)
def _(scene: Scene) -> Act:
    world = scene.world
    one, two = world.administrator(), world.administrator()
    partner = world.organization(Tier.FOREIGN, "Partner")
    with world.writing() as session:
        letter, _code = invite(
            session, one, partner.id, "Taro", [Role.MANAGER], hmac_key=_key(scene), context=world.context()
        )
    return lambda session: confirm_letter(session, two, letter.id, context=world.context())
