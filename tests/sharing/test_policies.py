"""A draft policy is tried on the past before anybody decides; two persons put it in force; it decides forward only."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

import pytest

from models.policy import PolicyDraft
from models.vocabulary import DraftState, Form, Label, Role
from sharing.errors import Conflict, Invalid, NotPermitted
from sharing.jobs.due import run_due
from sharing.policies import (
    DUE_KIND,
    draft_policy,
    handle_trial,
    list_cases,
    load_draft,
    load_in_force,
    put_in_force,
    withdraw_draft,
)
from sharing.rules.policy import BadPolicy, default_policy_document, parse_policy
from tests.sharing.reports.conftest import Scene, scene

__all__ = ["scene"]

COLUMNS = {label: place for place, label in enumerate(reversed(Label))}


def changed(version: str, **cells: tuple[Label, str]) -> dict[str, Any]:
    """The shipped policy with some cells changed."""
    document = copy.deepcopy(default_policy_document())
    document["version"] = version
    for reader, (label, text) in cells.items():
        document["rows"][reader][COLUMNS[label]] = text
    return document


def brought(scene: Scene, document: dict[str, Any]) -> tuple[UUID, Any]:
    """A draft, and who brought it."""
    first = scene.world.administrator()
    with scene.world.writing() as session:
        return draft_policy(session, first, document, scene.world.context()).id, first


def tried(scene: Scene) -> None:
    run_due(scene.world.hub.units, {DUE_KIND: handle_trial}, scene.world.now)


def state(scene: Scene, ident: UUID) -> PolicyDraft:
    with scene.world.reading() as session:
        return session.get_one(PolicyDraft, ident)


def test_a_draft_tells_case_by_case_who_would_have_read_what(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """AMBER for the Council unnamed, and no more GREEN for other secretariats: in parts, as on a long past."""
    monkeypatch.setattr("sharing.policies.CHUNK", 2)
    filed = [scene.files(scene.hanako) for _ in range(3)]
    scene.files(scene.hanako, label="TLP:RED")
    scene.approves(scene.boss, scene.proposes(scene.office, filed[0], Label.GREEN))
    document = changed("2027-01", council=(Label.AMBER, "yes"), other_secretariats=(Label.GREEN, "no"))
    document["rows"]["other_members"][COLUMNS[Label.GREEN]] = "no"
    ident, _ = brought(scene, document)
    assert state(scene, ident).tried_at is None
    tried(scene)
    draft = state(scene, ident)
    assert (draft.examined, draft.total, draft.changed) == (4, 4, 4)
    with scene.world.reading() as session:
        cases = list_cases(session, scene.auditor, ident)
        _, differences = load_draft(session, scene.auditor, ident)
    originals = [case for case in cases if case.form is Form.ORIGINAL]
    assert {case.reference for case in originals} == {each.reference for each in filed}
    assert all((case.gains, case.losses) == ([["council", "named"]], []) for case in originals)
    (edition,) = [case for case in cases if case.form is Form.ANONYMISED]
    assert [token for token, _ in edition.losses] == ["members", "secretariats"]
    assert {(each.reader.value, each.label) for each in differences} == {
        ("council", Label.AMBER),
        ("other_secretariats", Label.GREEN),
        ("other_members", Label.GREEN),
    }


def test_two_persons_put_it_in_force_and_it_decides_forward_only(scene: Scene) -> None:
    """Not who brought it, not before it was tried; the Council reads what comes, and nothing of the past."""
    scene.files(scene.hanako)
    ident, first = brought(scene, changed("2027-01", council=(Label.AMBER, "yes")))
    second = scene.world.administrator("Second")
    for person, refusal in ((first, NotPermitted), (second, Conflict)):
        with scene.world.writing() as session, pytest.raises(refusal):
            put_in_force(session, person, ident, scene.world.context())
    tried(scene)
    with scene.world.writing() as session, pytest.raises(NotPermitted):
        put_in_force(session, first, ident, scene.world.context())
    scene.world.advance(days=1)
    with scene.world.writing() as session:
        put_in_force(session, second, ident, scene.world.context())
        scene.policy = parse_policy(load_in_force(session).body)
    assert scene.policy.version == "2027-01"
    assert not scene.sees(scene.council)
    scene.files(scene.hanako)
    assert len(scene.sees(scene.council)) == 1
    with scene.world.writing() as session, pytest.raises(Conflict):
        put_in_force(session, second, ident, scene.world.context())


def test_what_was_compared_with_an_older_policy_is_not_put_in_force(scene: Scene) -> None:
    """Two drafts at once: the second must be brought again."""
    (one, _), (two, _) = brought(scene, changed("a")), brought(scene, changed("b"))
    tried(scene)
    second = scene.world.administrator("Second")
    with scene.world.writing() as session:
        put_in_force(session, second, one, scene.world.context())
    with scene.world.writing() as session, pytest.raises(Conflict):
        put_in_force(session, second, two, scene.world.context())
    with scene.world.writing() as session:
        withdraw_draft(session, second, two, scene.world.context())
    assert state(scene, two).state is DraftState.WITHDRAWN


def test_only_who_may_brings_decides_and_sees(scene: Scene) -> None:
    """No sender, no secretariat, no auditor brings one; administrators do not see cases, others nothing."""
    ident, first = brought(scene, changed("a"))
    for actor in (scene.hanako, scene.office, scene.auditor, scene.world.command()):
        with scene.world.writing() as session, pytest.raises(NotPermitted):
            draft_policy(session, actor, changed("c"), scene.world.context())
    for actor in (scene.hanako, scene.office, scene.nco):
        with scene.world.reading() as session, pytest.raises(NotPermitted):
            load_draft(session, actor, ident)
    with scene.world.reading() as session, pytest.raises(NotPermitted):
        list_cases(session, first, ident)
    with scene.world.writing() as session, pytest.raises(Invalid, match="taken"):
        draft_policy(session, first, changed("a"), scene.world.context())
    assert Role.ADMINISTRATOR in first.roles


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"council": (Label.AMBER, "consent")}, "council/TLP:AMBER"),
        ({"public": (Label.CLEAR, "listed")}, "public/TLP:CLEAR"),
        ({"other_members": (Label.GREEN, "listed+anonymised")}, "other_members/TLP:GREEN"),
        ({"own_secretariat": (Label.AMBER, "desk")}, "own_secretariat/TLP:AMBER"),
        ({"named": (Label.AMBER, "anonymised")}, "named/TLP:AMBER"),
        ({"sender": (Label.RED, "no")}, "sender/TLP:RED"),
        ({"council": (Label.GREEN, "no")}, "council/TLP:AMBER"),
        ({"nco": (Label.AMBER, "")}, "nco/TLP:AMBER"),
    ],
)
def test_a_cell_that_nobody_can_reach_is_refused_and_named(cells: dict[str, tuple[Label, str]], named: str) -> None:
    """A condition that can never hold, a reader at a stricter label than at a wider one, a hole."""
    with pytest.raises(BadPolicy, match=named):
        parse_policy(changed("x", **cells))
