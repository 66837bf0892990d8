"""What is done to the trail and to keys that sign, each operation once."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from sharing.signing.keys import Statement, register_signing_key, revoke_signing_key, rotate_signing_key
from sharing.trail.erasure import approve_erasure, erase_again, request_erasure
from tests.sharing.recorded.organizations import manager_of
from tests.sharing.recorded.stories import Act, story
from tests.sharing.reports.conftest import Scene


def _asked_to_erase(scene: Scene) -> Act:
    actor = scene.world.administrator()
    return lambda session: request_erasure(session, actor, "2026", 0, "a request", context=scene.world.context())


story(request_erasure)(_asked_to_erase)


@story(approve_erasure)
def _(scene: Scene) -> Act:
    asks, second = _asked_to_erase(scene), scene.world.administrator()
    with scene.world.writing() as session:
        ident = asks(session).id
    return lambda session: approve_erasure(session, second, ident, context=scene.world.context())


@story(erase_again)
def _(scene: Scene) -> Act:
    return lambda session: erase_again(
        session, scene.world.command(), [("2026", 0)], "restored", context=scene.world.context()
    )


def _stated(scene: Scene, do: str, *signers: PublisherSigner, **more: str) -> Statement:
    value = key_statement(do, str(scene.aoba.id), signers[0].public, scene.world.now, **more)
    return Statement(value, tuple(each.sign(KEY_PREFIX, value) for each in signers))


def _registered(scene: Scene, signer: PublisherSigner) -> Any:
    with scene.world.writing() as session:
        statement = _stated(scene, "register", signer)
        return register_signing_key(session, scene.world.command(), statement, context=scene.world.context())


@story(register_signing_key)
def _(scene: Scene) -> Act:
    statement, manager = _stated(scene, "register", PublisherSigner(Ed25519PrivateKey.generate())), manager_of(scene)
    return lambda session: register_signing_key(session, manager, statement, context=scene.world.context())


@story(rotate_signing_key)
def _(scene: Scene) -> Act:
    old, new = (PublisherSigner(Ed25519PrivateKey.generate()) for _ in range(2))
    _registered(scene, old)
    statement = _stated(scene, "rotate", new, old, old=old.public.text)
    manager = manager_of(scene)
    return lambda session: rotate_signing_key(session, manager, statement, context=scene.world.context())


@story(revoke_signing_key)
def _(scene: Scene) -> Act:
    made, manager = _registered(scene, PublisherSigner(Ed25519PrivateKey.generate())), manager_of(scene)
    return lambda session: revoke_signing_key(session, manager, made.id, context=scene.world.context())
