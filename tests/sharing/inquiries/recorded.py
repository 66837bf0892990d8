"""Each writing operation of questions once, for the test that every one of them is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import AskerShown, Form, InquiryEnd, InquiryWords, Label
from sharing.inquiries import answering, asking
from sharing.inquiries.texts import Said
from sharing.inquiries.visible import load_inquiry
from tests.sharing.reports.conftest import Scene

Act = Callable[[Session], Any]
Steps = tuple[str, ...]

QUESTION = Said("復旧の手順を伺えますか。", Label.GREEN)
ANSWER = Said("予備系へ切り替えました。", Label.AMBER)
EXACT = Said("予備系へ切り替えました。", Label.GREEN)
BEFORE: dict[str, Steps] = {
    "pass_on": (),
    "answer": ("pass_on",),
    "decline": ("pass_on",),
    "propose_answer": ("pass_on", "answer"),
    "approve_answer": ("pass_on", "answer", "propose_answer"),
    "refuse_answer": ("pass_on", "answer", "propose_answer"),
    "release_answer": ("pass_on", "answer", "propose_answer", "approve_answer"),
    "close_inquiry": (),
}
"""What happens to a question before each step of it."""


def _edition(scene: Scene) -> str:
    """An anonymised edition that the water sector reads."""
    report = scene.files(scene.hanako, label="TLP:GREEN")
    scene.world.advance(seconds=1)
    scene.proposes(scene.office, report, Label.GREEN)
    scene.world.advance(seconds=1)
    return scene.builder.main_id(report.report_id, Form.ANONYMISED)


def _ask(scene: Scene, edition: str) -> Callable[[Session], UUID]:
    return lambda session: asking.ask(
        session,
        scene.water_reader,
        (edition, INBOX_FEED),
        QUESTION,
        AskerShown.NOTHING,
        context=scene.world.context(),
        sealer=scene.world.hub.secrets.cursor,
        builder=scene.builder,
    )


def _step(scene: Scene, name: str, inquiry: UUID) -> Act:
    now, builder = {"context": scene.world.context()}, {"builder": scene.builder}
    if name == "pass_on":
        return lambda session: answering.pass_on(session, scene.office, inquiry, QUESTION, **now)
    if name == "answer":
        return lambda session: answering.answer(session, scene.hanako, inquiry, ANSWER, **now)
    if name == "decline":
        return lambda session: answering.decline(session, scene.hanako, inquiry, "調査中", **now)
    if name == "propose_answer":
        return lambda session: answering.propose_answer(session, scene.office, inquiry, EXACT, **now, **builder)
    if name == "refuse_answer":
        return lambda session: answering.refuse_answer(session, scene.boss, inquiry, "時期尚早", **now)
    if name == "close_inquiry":
        return lambda session: answering.close_inquiry(session, scene.office, inquiry, InquiryEnd.ELSEWHERE, **now)
    digest = _digest(scene, inquiry)
    if name == "release_answer":
        return lambda session: answering.release_answer(session, scene.office, inquiry, digest, **now)
    return lambda session: answering.approve_answer(session, scene.boss, inquiry, digest, **now)


def _digest(scene: Scene, inquiry: UUID) -> bytes:
    world = scene.world
    with world.reading() as session:
        view = load_inquiry(session, scene.boss, inquiry, now=world.now, sealer=world.hub.secrets.cursor)
    last = view.last(InquiryWords.PROPOSAL)
    assert last is not None and last.digest is not None
    return last.digest


def _story(name: str) -> Callable[[Scene], Act]:
    def told(scene: Scene) -> Act:
        act = _ask(scene, _edition(scene))
        with scene.world.writing() as session:
            inquiry = act(session)
        for step in BEFORE[name]:
            done = _step(scene, step, inquiry)
            with scene.world.writing() as session:
                done(session)
        return _step(scene, name, inquiry)

    return told


def _ask_story(scene: Scene) -> Act:
    return _ask(scene, _edition(scene))


def _ask_back_story(scene: Scene) -> Act:
    report = scene.files(scene.hanako).report_id
    back = Said("影響の範囲を伺えますか。", Label.AMBER)
    return lambda session: asking.ask_back(session, scene.office, report, back, context=scene.world.context())


RECORDED: dict[str, Callable[[Scene], Act]] = {
    "sharing.inquiries.asking.ask": _ask_story,
    "sharing.inquiries.asking.ask_back": _ask_back_story,
} | {f"sharing.inquiries.answering.{name}": _story(name) for name in BEFORE}
"""Operation → what makes everything ready for it, and then does it once in a unit of work."""
