"""Named lists: whom a sender names again and again; who leaves counts no more, and what was filed stands."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from models.organization import Organization
from models.vocabulary import Form, Label, Role, Tier
from sharing.actor import Actor
from sharing.audiences import load_sender
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.lists.changing import add_to_list, close_list, make_list, remove_from_list
from sharing.lists.choices import list_choices
from sharing.lists.reading import list_lists, load_list
from sharing.people.organizations import dismiss_organization, set_findable
from sharing.reports.preview import Access, Lack, preview_audience
from sharing.reports.ranges import Consent, decide_editions
from sharing.rules import tokens
from tests.sharing.reports.conftest import Scene, scene

__all__ = ["scene"]


class Lists:
    """Hanako's lists in a few words."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.world = scene, scene.world
        self.names = itertools.count(1)

    def made(self, *members: str, actor: Actor | None = None) -> str:
        actor = actor or self.scene.hanako
        with self.world.writing() as session:
            made = make_list(session, actor, f"連携先{next(self.names)}", self.world.context())
            if members:
                add_to_list(session, actor, made.id, members, self.world.context())
            return str(made.id)

    def findable(self, *organizations: Any) -> None:
        for each in organizations:
            manager = self.world.person(each, Role.MANAGER)
            with self.world.writing() as session:
                set_findable(session, manager, True, self.world.context())

    def preview(self, *lists: str, label: Label = Label.AMBER, consent: Consent = Consent()) -> Any:  # noqa: B008
        with self.world.reading() as session:
            return preview_audience(
                session, self.scene.hanako, label, consent, policy=self.scene.policy, lists=list(lists)
            )


@pytest.fixture
def lists(scene: Scene) -> Lists:
    return Lists(scene)


def test_who_is_on_a_list_reads_the_report_and_nobody_else_learns_of_the_list(scene: Scene, lists: Lists) -> None:
    """The water secretariat and the Council are named at AMBER; the secretariat of the own sector sees no list."""
    ident = lists.made("secretariat:water", tokens.COUNCIL)
    scene.files(scene.hanako, lists=[ident])
    assert len(scene.sees(scene.water_office)) == 1
    assert len(scene.sees(scene.council)) == 1
    assert not scene.sees(scene.rival_reader)
    assert not scene.sees(scene.water_reader)
    for stranger in (scene.rival_reader, scene.water_reader):
        with scene.world.reading() as session, pytest.raises((NotVisible, NotPermitted)):
            load_list(session, stranger, lists_id(ident))


def lists_id(text: str) -> UUID:
    return UUID(text)


def test_an_operator_is_named_only_when_it_has_agreed(scene: Scene, lists: Lists) -> None:
    """That an operator takes part is not public: naming it and naming nobody are the same answer."""
    ident = lists.made()
    absent = tokens.organization(lists_id("00000000-0000-4000-8000-00000000dead"))
    answers = []
    for token in (tokens.organization(scene.water.id), absent):
        with scene.world.writing() as session, pytest.raises(Invalid) as refused:
            add_to_list(session, scene.hanako, lists_id(ident), [token], scene.world.context())
        answers.append(str(refused.value))
    assert answers[0] == answers[1]
    lists.findable(scene.water)
    with scene.world.reading() as session:
        assert any(
            each.name("ja") == "清流水道株式会社" for each in list_choices(session, scene.hanako)["organizations"]
        )
    named = lists.made(tokens.organization(scene.water.id))
    scene.files(scene.hanako, lists=[named])
    assert len(scene.sees(scene.water_reader)) == 1


def test_red_reaches_a_named_person_and_a_named_desk_only(scene: Scene, lists: Lists) -> None:
    """A person of the own organization and the desk of another; not the rest of either."""
    lists.findable(scene.water)
    desk = scene.world.person(scene.water, Role.DESK)
    ident = lists.made(tokens.account(scene.colleague.account_id), tokens.desk(scene.water.id))  # type: ignore[arg-type]
    scene.files(scene.hanako, label="TLP:RED", lists=[ident])
    assert len(scene.sees(scene.colleague)) == 1
    assert len(scene.sees(desk)) == 1
    for other in (scene.water_reader, scene.office, scene.nco, scene.rival_reader):
        assert not scene.sees(other)


def test_authorities_are_named_as_what_they_are_and_need_consent(scene: Scene, lists: Lists) -> None:
    """A list must not go round a consent: NCO named, but no consent, reads nothing, and the page says why."""
    ident = lists.made(tokens.NCO)
    line = next(each for each in lists.preview(ident).lines if each.token == tokens.NCO)
    assert (line.access, line.named) == (Access.NONE, True)
    scene.files(scene.hanako, lists=[ident], label="TLP:RED")
    scene.files(scene.hanako, lists=[ident])
    assert not scene.sees(scene.nco)
    with scene.world.writing() as session, pytest.raises(Invalid):
        token = tokens.desk(scene.nco.organization.id)
        add_to_list(session, scene.hanako, lists_id(ident), [token], scene.world.context())


def test_who_left_counts_no_more_and_the_page_says_so(scene: Scene, lists: Lists) -> None:
    """And a list of which nobody is left cannot be filed with; what was filed before stands."""
    lists.findable(scene.water)
    ident = lists.made(tokens.organization(scene.water.id))
    scene.files(scene.hanako, lists=[ident])
    administrator = scene.world.administrator()
    with scene.world.writing() as session:
        dismiss_organization(session, administrator, scene.water.id, scene.world.context())
    told = lists.preview(ident)
    assert {each.lack for each in told.missing} == {Lack.EMPTY, Lack.LEFT}
    assert tokens.organization(scene.water.id) not in told.tokens
    with pytest.raises(Invalid, match="empty-list"):
        scene.files(scene.hanako, lists=[ident])


def test_a_closed_list_is_chosen_no_more_and_a_foreign_one_never(scene: Scene, lists: Lists) -> None:
    """Closed, somebody else's, and none at all."""
    ident, theirs = lists.made(tokens.COUNCIL), lists.made(tokens.COUNCIL, actor=scene.rival_reader)
    with scene.world.writing() as session:
        close_list(session, scene.hanako, lists_id(ident), scene.world.context())
    with scene.world.writing() as session, pytest.raises(Conflict):
        add_to_list(session, scene.hanako, lists_id(ident), ["secretariat:water"], scene.world.context())
    for wrong, code in ((ident, "closed-list"), (theirs, "unknown-list"), (str(scene.aoba.id), "unknown-list")):
        with pytest.raises(Invalid, match=code):
            scene.files(scene.hanako, lists=[wrong])
    with scene.world.reading() as session:
        assert list_lists(session, scene.hanako) == []
        assert len(list_lists(session, scene.hanako, closed=True)) == 1


def test_taking_a_name_off_changes_what_is_filed_from_then_on(scene: Scene, lists: Lists) -> None:
    """The first report stays with the Council; the second never reaches it."""
    ident = lists.made(tokens.COUNCIL, "secretariat:water")
    scene.files(scene.hanako, lists=[ident])
    with scene.world.reading() as session:
        council = next(
            each for each in load_list(session, scene.hanako, lists_id(ident)).members if "council" in each.token
        )
    with scene.world.writing() as session:
        remove_from_list(session, scene.hanako, lists_id(ident), council.id, scene.world.context())
    scene.files(scene.hanako, lists=[ident])
    assert len(scene.sees(scene.council)) == 1
    assert len(scene.sees(scene.water_office)) == 2


def test_not_to_be_made_public_keeps_the_public_out_of_clear(scene: Scene, lists: Lists) -> None:
    """公表しない and TLP:CLEAR: the narrower of the two statements counts."""
    told = lists.preview(label=Label.CLEAR, consent=Consent(not_public=True))
    assert tokens.PUBLIC not in told.tokens
    assert tokens.MEMBERS in told.tokens
    assert tokens.PUBLIC in lists.preview(label=Label.CLEAR).tokens


def test_the_own_sectors_members_are_rivals_however_they_are_named(scene: Scene, lists: Lists) -> None:
    """Listed, they get the anonymised form at most: a CEPTOAR's token must not go round that."""
    for token in ("ceptoar:electricity", "sector:electricity"):
        told = lists.preview(lists.made(token))
        assert {line.access for line in told.lines if line.token == token} == {Access.ANONYMISED}


MEMBERS = (
    tokens.COUNCIL,
    tokens.NCO,
    tokens.FOREIGN,
    "government:meti:electricity",
    "secretariat:electricity",
    "secretariat:water",
    "ceptoar:electricity",
    "ceptoar:water",
    "sector:electricity",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    label=st.sampled_from(list(Label)),
    ticks=st.tuples(*[st.booleans()] * 5),
    members=st.sets(st.sampled_from(MEMBERS)),
    by_name=st.sets(st.sampled_from(["organization", "desk", "account"])),
)
def test_what_the_preview_says_is_what_the_decision_does(
    scene: Scene, label: Label, ticks: tuple[bool, ...], members: set[str], by_name: set[str]
) -> None:
    """Over random ranges: everybody told as reading the original is in its circle, and nobody else; so for editions."""
    idents = {"organization": scene.water.id, "desk": scene.rival.id, "account": scene.colleague.account_id}
    named = frozenset(members | {f"{kind}:{idents[kind]}" for kind in by_name})
    consent = Consent(*ticks, named)
    with scene.world.reading() as session:
        told = preview_audience(session, scene.hanako, label, consent, policy=scene.policy)
        decided = decide_editions(scene.policy, load_sender(session, scene.aoba.id), consent, label)
    original = {line.token for line in told.having(Access.ORIGINAL)}
    for form, access in ((Form.NAMED, Access.NAMED), (Form.ANONYMISED, Access.ANONYMISED)):
        assert {line.token for line in told.having(access)} == set(decided.tokens(form)) - original
    assert all(line.whys for line in told.having(Access.NONE))
    if not consent.nco and label is not Label.CLEAR:
        assert tokens.NCO not in told.tokens


def test_a_list_of_two_thousand_is_asked_in_few_questions(scene: Scene, lists: Lists) -> None:
    """Names come in bulk, and the audience is said in tokens without comparing each with each."""
    with scene.world.writing() as session:
        rows = [
            Organization(
                id=uuid4(),
                tier=Tier.OPERATOR,
                name_ja=f"事業者{n}",
                name_en=f"Operator {n}",
                sector="water",
                ceptoar="water",
                joined_at=scene.world.now,
                findable=True,
            )
            for n in range(2_000)
        ]
        session.add_all(rows)
        idents = [row.id for row in rows]
    ident = lists.made(*(tokens.organization(each) for each in idents))
    asked: list[str] = []
    for engine in scene.world.hub.units.database.engines:
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    told = lists.preview(ident)
    assert len(told.having(Access.ORIGINAL)) >= 2_000
    assert len(asked) < 40
    asked.clear()
    filed = scene.files(scene.hanako, lists=[ident])
    assert filed.number == 1
    assert len(asked) < 80
