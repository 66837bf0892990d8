"""Drafts: two people in one draft lose nothing of each other's; nobody else sees it; filed or forgotten it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from models.draft import Draft, DraftValue
from models.job import Due
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.reports import drafts
from sharing.reports.draft_values import VERSIONS_KEPT
from sharing.reports.drafts import DUE_KIND, KEPT_FOR, SavedDraft, handle_forgetting, list_drafts, load_draft
from tests.factory import World


class Desk:
    """Two reporters of one operator, and everybody who must not see what they write."""

    def __init__(self, world: World) -> None:
        self.world = world
        aoba = world.operator("青葉電力株式会社")
        self.hanako = world.person(aoba, Role.REPORTER, name="花子")
        self.taro = world.person(aoba, Role.REPORTER, name="太郎")
        self.reader = world.person(aoba, Role.READER)
        self.rival = world.person(world.operator("みどり電力株式会社"), Role.REPORTER)
        self.office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
        self.administrator = world.person(world.organization(Tier.HUB, "運営機構"), Role.ADMINISTRATOR)

    def saves(self, who: Actor, before: SavedDraft | None = None, **values: str) -> SavedDraft:
        with self.world.writing() as session:
            return drafts.save_draft(
                session,
                who,
                {name: [value] for name, value in values.items()},
                before.versions if before else {},
                draft_id=before.id if before else None,
                context=self.world.context(),
            )

    def says(self, draft: SavedDraft) -> dict[str, str]:
        with self.world.reading() as session:
            view = load_draft(session, self.hanako, draft.id)
        return {name: each.value[0] for name, each in view.fields.items() if each.value}

    def undoes(self, who: Actor, draft: SavedDraft) -> bool:
        with self.world.writing() as session:
            return drafts.undo_save(session, who, draft.id, context=self.world.context())

    def count(self) -> tuple[int, int]:
        with self.world.reading() as session:
            return tuple(
                session.execute(select(func.count()).select_from(each)).scalar_one() for each in (Draft, DraftValue)
            )


@pytest.fixture
def desk(hub_url: str, tmp_path: Path) -> Iterator[Desk]:
    world = World(hub_url, tmp_path)
    yield Desk(world)
    world.close()


def test_two_people_write_in_one_draft(desk: Desk):
    """Different fields are joined; one field that both changed is told to the second, and nothing is written over."""
    begun = desk.saves(desk.hanako, summary="受付が停止", area="市内")
    hers = desk.saves(desk.hanako, begun, summary="受付が停止した。", area="市内", details="10:40 遅くなる")
    his = desk.saves(desk.taro, begun, summary="受付の停止", area="県内", label="TLP:AMBER")
    assert set(his.taken) == {"details"} and his.taken["details"].saved_by == "花子"
    assert his.conflicts["summary"].value == ("受付が停止した。",)
    assert desk.says(begun) == {
        "summary": "受付が停止した。",
        "area": "県内",
        "details": "10:40 遅くなる",
        "label": "TLP:AMBER",
    }
    knowing = {name: "受付の停止" if name == "summary" else text for name, text in desk.says(begun).items()}
    again = desk.saves(desk.taro, his, **knowing)
    assert not again.conflicts and desk.says(begun)["summary"] == "受付の停止"
    assert hers.versions["summary"] < again.versions["summary"]


def test_a_cleared_field_is_a_change_too(desk: Desk):
    begun = desk.saves(desk.hanako, summary="停止", area="市内")
    desk.saves(desk.hanako, begun, summary="停止")
    assert desk.saves(desk.taro, begun, summary="停止", area="県内").conflicts["area"].value == ()


def test_saves_are_taken_back_one_after_the_other(desk: Desk):
    begun = desk.saves(desk.hanako, summary="一")
    second = desk.saves(desk.hanako, begun, summary="二", area="市内")
    third = desk.saves(desk.hanako, second, summary="三", area="市内")
    desk.saves(desk.taro, third, summary="三", area="県内")
    assert desk.undoes(desk.hanako, begun) and desk.says(begun) == {"summary": "二", "area": "県内"}
    assert desk.undoes(desk.hanako, begun) and desk.says(begun) == {"summary": "一", "area": "県内"}
    assert desk.undoes(desk.hanako, begun) and desk.says(begun) == {"area": "県内"}
    assert not desk.undoes(desk.hanako, begun)
    assert desk.undoes(desk.taro, begun) and desk.says(begun) == {"area": "市内"}


def test_whoever_is_no_reporter_of_the_sender_sees_no_draft(desk: Desk):
    begun = desk.saves(desk.hanako, summary="停止")
    for stranger, refusal in (
        (desk.rival, NotVisible),
        (desk.office, NotPermitted),
        (desk.administrator, NotPermitted),
        (desk.reader, NotPermitted),
    ):
        with desk.world.reading() as session, pytest.raises(refusal):
            load_draft(session, stranger, begun.id)
    with desk.world.reading() as session:
        assert list_drafts(session, desk.rival) == []
        with pytest.raises(NotVisible):
            load_draft(session, desk.rival, uuid4())
        assert [each.summary for each in list_drafts(session, desk.taro)] == ["停止"]


def test_what_no_database_holds_is_replaced_and_too_much_refused(desk: Desk):
    begun = desk.saves(desk.hanako, summary="a\0b", details="あ" * 100_000, area="\u202e葛\U000e0101")
    assert desk.says(begun)["summary"] == "a\ufffdb" and len(desk.says(begun)["details"]) == 100_000
    with pytest.raises(Invalid):
        desk.saves(desk.hanako, begun, details="あ" * 200_001)
    with pytest.raises(Invalid):
        desk.saves(desk.hanako, begun, **{f"field{number}": "x" for number in range(401)})


def test_old_versions_of_a_field_are_forgotten(desk: Desk):
    saved = begun = desk.saves(desk.hanako, summary="0")
    for number in range(1, VERSIONS_KEPT + 5):
        saved = desk.saves(desk.hanako, saved, summary=str(number))
    assert desk.count() == (1, VERSIONS_KEPT)
    assert desk.saves(desk.taro, begun, summary="遅れて").conflicts


def test_a_draft_that_nobody_saves_is_forgotten(desk: Desk):
    begun = desk.saves(desk.hanako, summary="停止")
    kept = desk.saves(desk.hanako, summary="続き")
    desk.world.advance(days=20)
    desk.saves(desk.hanako, kept, summary="続きの続き")
    with desk.world.reading() as session:
        due = session.execute(select(Due).where(Due.kind == DUE_KIND)).scalars().all()
        assert {each.due_at for each in due} == {desk.world.now - timedelta(days=20) + KEPT_FOR}
        payloads = [dict(each.payload) for each in due]
    desk.world.advance(days=11)
    for payload in [*payloads, *payloads]:
        with desk.world.writing() as session:
            handle_forgetting(session, payload, desk.world.context())
    with desk.world.reading() as session:
        assert [each.id for each in list_drafts(session, desk.hanako)] == [kept.id]
        with pytest.raises(NotVisible):
            load_draft(session, desk.hanako, begun.id)
        later = session.execute(select(Due.due_at).where(Due.kind == DUE_KIND).order_by(Due.due_at.desc())).scalars()
        assert next(later) == desk.world.now - timedelta(days=11) + KEPT_FOR
