"""What readers do, each operation once: digests, exports; and jobs that are tried again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.job import DigestSubscription, Due
from models.vocabulary import DueState, Label
from sharing.digests import make_digest, mark_read, subscribe, unsubscribe
from sharing.jobs.due import put_due, retry_failed
from sharing.trail.exports import note_export
from tests.sharing.recorded.stories import Act, story
from tests.sharing.reports.conftest import Scene


@story(note_export)
def _(scene: Scene) -> Act:
    return lambda session: note_export(session, scene.nco, "trends", {}, context=scene.world.context())


def _subscribed(scene: Scene) -> DigestSubscription:
    with scene.world.writing() as session:
        made = subscribe(session, scene.nco, 7, context=scene.world.context())
    scene.world.advance(minutes=1)
    proposal = scene.proposes(scene.office, scene.files(scene.hanako, consent_nco=True), Label.GREEN)
    scene.approves(scene.boss, proposal)
    return made


@story(subscribe)
def _(scene: Scene) -> Act:
    return lambda session: subscribe(session, scene.nco, 7, context=scene.world.context())


@story(unsubscribe)
def _(scene: Scene) -> Act:
    _subscribed(scene)
    return lambda session: unsubscribe(session, scene.nco, context=scene.world.context())


@story(make_digest)
def _(scene: Scene) -> Act:
    ident = _subscribed(scene).id

    def act(session: Session) -> None:
        assert make_digest(session, session.get_one(DigestSubscription, ident), scene.world.context())

    return act


@story(mark_read)
def _(scene: Scene) -> Act:
    ident = _subscribed(scene).id
    with scene.world.writing() as session:
        made = make_digest(session, session.get_one(DigestSubscription, ident), scene.world.context())
        assert made is not None
        digest = made.id
    return lambda session: mark_read(session, scene.nco, digest, context=scene.world.context())


@story(retry_failed)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        put_due(session, "thing", "a", scene.world.now)
        session.execute(select(Due)).scalar_one().state = DueState.FAILED
    return lambda session: retry_failed(session, scene.world.command(), context=scene.world.context())
