"""What administrators decide by two, each operation once: policies, and the past under them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.report import PolicyVersion
from sharing.past.runs import confirm_past, propose_past, withdraw_past
from sharing.past.work import handle_apply, handle_preview
from sharing.policies import draft_policy, handle_trial, put_in_force, withdraw_draft
from sharing.rules.policy import default_policy_document
from tests.sharing.recorded.stories import Act, story
from tests.sharing.reports.conftest import Scene


def _draft(scene: Scene) -> tuple[Any, Any]:
    administrator, world = scene.world.administrator(), scene.world
    document = {**default_policy_document(), "version": "2027-01"}
    with world.writing() as session:
        draft = draft_policy(session, administrator, document, world.context()).id
    with world.writing() as session:
        handle_trial(session, {"draft": str(draft), "chunk": 0, "after": None}, world.context())
    return draft, world.administrator("Second")


def _past(scene: Scene) -> tuple[UUID, Any]:
    """Reports of which the Council gains the original under a policy in force, looked at; and who confirms."""
    scene.files(scene.hanako)
    administrator, world = scene.world.administrator(), scene.world
    document = {**default_policy_document(), "version": "2027-01"}
    document["rows"] = {**document["rows"], "council": ["no", "no", "yes", "yes", "yes"]}
    with world.writing() as session:
        values = {"version": "2027-01", "number": 2, "body": document, "in_force_at": world.now}
        session.add(PolicyVersion(**values))
    with world.writing() as session:
        run = propose_past(session, administrator, world.context()).id
    for number, of in enumerate(("reports", "posts")):
        with world.writing() as session:
            payload = {"run": str(run), "part": number, "of": of, "after": None}
            handle_preview(session, payload, world.context(), builder=scene.builder)
    return run, world.administrator("Second")


@story(propose_past)
def _(scene: Scene) -> Act:
    administrator = scene.world.administrator()
    return lambda session: propose_past(session, administrator, scene.world.context())


@story(confirm_past)
def _(scene: Scene) -> Act:
    run, second = _past(scene)
    return lambda session: confirm_past(session, second, run, scene.world.context())


@story(withdraw_past)
def _(scene: Scene) -> Act:
    run, second = _past(scene)
    return lambda session: withdraw_past(session, second, run, scene.world.context())


@story(handle_apply)
def _(scene: Scene) -> Act:
    """One report, one entry; the end of a run is another, with the part after the last."""
    run, second = _past(scene)
    with scene.world.writing() as session:
        confirm_past(session, second, run, scene.world.context())
    payload = {"run": str(run), "part": 0, "of": "reports", "after": None}
    return lambda session: handle_apply(session, payload, scene.world.context(), builder=scene.builder)


@story(draft_policy)
def _(scene: Scene) -> Act:
    administrator = scene.world.administrator()
    document = {**default_policy_document(), "version": "2027-01"}
    return lambda session: draft_policy(session, administrator, document, scene.world.context())


@story(put_in_force)
def _(scene: Scene) -> Act:
    draft, second = _draft(scene)
    return lambda session: put_in_force(session, second, draft, scene.world.context())


@story(withdraw_draft)
def _(scene: Scene) -> Act:
    draft, second = _draft(scene)
    return lambda session: withdraw_draft(session, second, draft, scene.world.context())
