"""A hub whose every row has its entry, with something in every table, and the findings of a check of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.signatures.signing import sign_envelope
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.audit.check.database import check_database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.record import Event, record
from sharing.audit.seals import last_recorded, notes_rows
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication, Published
from sharing.signing.keys import Statement, register_signing_key
from sharing.signing.submissions import collection_audience
from tests.factory import World
from tests.sharing.people.steps import sign_in
from tests.sharing.reports.conftest import Scene
from tests.sharing.signing.conftest import indicator as signable
from tests.sharing.test_everything_is_recorded import STORIES

TOLD = (
    "sharing.collections.adding.add_collection",
    "sharing.collections.api_roots.add_api_root",
    "sharing.lists.changing.remove_from_list",
    "sharing.people.agreement.accept_agreement",
    "sharing.people.preferences.set_language",
    "sharing.mails.addresses.confirm_address",
    "sharing.people.keys.make_key",
    "sharing.people.keys.revoke_key",
    "sharing.people.invitations.withdraw_invitation",
    "sharing.people.invitations.add_hat",
    "sharing.people.refusals.refuse",
    "sharing.people.resets.request_reset",
    "sharing.disclosures.write_disclosures",
    "sharing.trail.exports.note_export",
    "sharing.digests.mark_read",
    "sharing.exchange.pushes.agree_push",
    "sharing.attachments.scans.note_scan",
    "sharing.inbox.behalf.confirm_call",
    "sharing.inbox.cases.join_case",
    "sharing.inbox.common_events.link_report",
    "sharing.inbox.shifts.take_over",
    "sharing.inbox.phrases.save_phrases",
    "sharing.board.statements.say_state",
    "sharing.reports.approval.approvals.approve_proposal",
    "sharing.reports.approval.approvals.refuse_proposal",
    "sharing.collections.deletions.delete_object",
    "sharing.reports.range_changes.embargoes.set_embargo",
    "sharing.reports.authorities.note_notice",
    "sharing.reports.approval.delegations.delegate",
    "sharing.inquiries.answering.propose_answer",
    "sharing.reports.own_systems.save_own_systems",
    "sharing.reports.range_changes.recalls.withdraw_report",
    "sharing.reports.range_changes.recall_answers.answer_recall",
    "sharing.trail.erasure.approve_erasure",
    "sharing.people.organizations.dismiss_organization",
)
"""Stories that can be told one after the other in one hub, and what they leave."""


class Recorded(World):
    """A world in which rows that a test writes straight get an entry too, as operations give it to theirs."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with super().writing() as session:
            yield session
            session.flush()
            if last_recorded(session) is None and notes_rows(session):
                record(session, Event(Tag.HUB_START, self.command()), self.context())


def indicator(label: Label = Label.GREEN, stix_id: str | None = None, version: int = 1, **more: Any) -> NewObject:
    """A small object; the heart does not look inside."""
    raw = b'{"n":%d,"of":"%s"}' % (version, uuid4().hex.encode())
    ident = stix_id or f"indicator--{uuid4()}"
    return NewObject(ident, "indicator", "2.1", version, str(version), None, label, more.pop("raw", raw), **more)


def post(world: World, actor: Any, *objects: NewObject, collection: str = "electricity") -> Published:
    """Publish as a door would."""
    with world.writing() as session:
        opened = load_collection(session, world.reader(session, actor), collection)
        publication = Publication(opened.collection, objects)
        return publish(session, actor, publication, policy=world.hub.policy(session), context=world.context())


def full_scene(database_url: str, folder: Path) -> Scene:
    """Something in every table: versions, copies by two publishers, objects given again, reports, people, digests."""
    world = Recorded(database_url, folder)
    scene = Scene(world)
    world.advance(seconds=1)
    shared, again = f"indicator--{uuid4()}", indicator()
    post(world, scene.office, indicator(), indicator(Label.AMBER), indicator(stix_id=shared), again)
    post(world, scene.water_office, indicator(stix_id=shared), collection="water")
    post(world, scene.office, indicator(stix_id=shared, version=2))
    for name in TOLD:
        world.advance(seconds=2)
        act = STORIES[name](scene)
        with world.writing() as session:
            act(session)
        if name.endswith("add_collection"):
            world.advance(seconds=1)
            post(world, scene.office, again, collection=_added(world))
    _post_signed(world, scene.office)
    assert sign_in(world, "taro")
    sign(world)
    return scene


def _post_signed(world: World, office: Actor) -> None:
    """Register a signing key, and post with its manifest as a publisher's program does."""
    signer = PublisherSigner(Ed25519PrivateKey.generate())
    value = key_statement("register", str(office.organization.id), signer.public, world.now)
    with world.writing() as session:
        statement = Statement(value, (signer.sign(KEY_PREFIX, value),))
        register_signing_key(session, world.command(), statement, context=world.context())
    world.advance(seconds=1)
    with world.reading() as session:
        collection = load_collection(session, world.reader(session, office), "electricity").collection
        audience = collection_audience(session, collection.id)
    body = json.dumps({"objects": [signable()]}).encode()
    signed = sign_envelope(body, signer, audience, now=world.now, random_bytes=os.urandom)
    with world.writing() as session:
        taken = take_in(
            session, office, read_post(signed, collection), policy=world.hub.policy(session), context=world.context()
        )
    assert all(each.accepted for each in taken.answers), taken.answers


def _added(world: World) -> str:
    with world.reading() as session:
        found = session.execute(text("SELECT id FROM collections WHERE title = 'Grid exchange'")).scalar_one()
    return str(found)


def sign(world: World) -> None:
    """A checkpoint of the log as it is."""
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)


def findings(world: World, session: Session) -> list[tuple[int | None, str]]:
    """What a check finds, as the session sees the database."""
    keys = world.hub.secrets.log_verifying_keys(f"hub.test/log/{world.now.year}")
    checked = check_database(session, list(keys))
    return [(each.index, each.what) for each in checked.findings]


__all__ = ["Recorded", "findings", "full_scene", "indicator", "post", "sign"]
