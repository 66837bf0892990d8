"""What a secretariat does at its desk, each operation once: calls, cases, shifts, handling, the board."""

from __future__ import annotations

from hashlib import sha256
from uuid import uuid4

from models.vocabulary import Role
from sharing.attachments.scans import Verdict, note_scan
from sharing.attachments.uploads import Limits, NewUpload, Stored, begin_upload, finish_upload
from sharing.board.statements import Said, say_state
from sharing.inbox.behalf import confirm_call, file_on_behalf
from sharing.inbox.calls import Caller
from sharing.inbox.cases import NewCase, join_case, register_case
from sharing.inbox.common_events import close_event, link_report, open_event
from sharing.inbox.phrases import save_phrases
from sharing.inbox.shifts import hand_over, take_over
from sharing.inbox.triage import Handling, close_item, handle_report, merge_reports, relate_reports, reopen_item
from sharing.reports.codes import load_codes
from sharing.reports.filing import file_report
from sharing.reports.submissions import Submission
from tests.sharing.recorded.stories import Act, after, story
from tests.sharing.reports.conftest import Scene


@story(file_on_behalf)
def _(scene: Scene) -> Act:
    fields, submission = scene.fields(), uuid4()
    return lambda session: file_on_behalf(
        session,
        scene.office,
        scene.aoba.id,
        fields,
        Caller("山田", "03-0000-0000", "停電しています。"),
        submission=submission,
        means=scene.means(),
    )


@story(note_scan)
def _(scene: Scene) -> Act:
    world = scene.world
    with world.writing() as session:
        context, body = world.context(), b"log"
        new, limits = NewUpload("log.txt", len(body)), Limits(100, 1, 100)
        begun = begin_upload(session, scene.hanako, new, uuid4(), limits=limits, context=context)
        stored = Stored(len(body), sha256(body).digest(), "text")
        finish_upload(session, scene.hanako, begun.id, stored, scans=True, context=context)
    with world.writing() as session:
        file_report(
            session,
            scene.hanako,
            scene.fields(),
            Submission(uuid4(), uploads=[begun.id]),
            means=scene.means(),
        )
    return lambda session: note_scan(session, world.command(), begun.id, Verdict.CLEAN, "", context=world.context())


@story(confirm_call)
def _(scene: Scene) -> Act:
    filed = after(scene, file_on_behalf)
    return lambda session: confirm_call(session, scene.hanako, filed.report_id, context=scene.world.context())


@story(handle_report)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    wish = Handling(assign_to=scene.office.account_id, priority=1, tags="停電", waiting_for="警察")
    return lambda session: handle_report(session, scene.office, filed.report_id, wish, context=scene.world.context())


@story(close_item)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    return lambda session: close_item(session, scene.office, filed.report_id, "対応終了", context=scene.world.context())


@story(reopen_item)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    with scene.world.writing() as session:
        close_item(session, scene.office, filed.report_id, "対応終了", context=scene.world.context())
    return lambda session: reopen_item(session, scene.office, filed.report_id, context=scene.world.context())


@story(merge_reports)
def _(scene: Scene) -> Act:
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader)
    return lambda session: merge_reports(
        session, scene.office, second.report_id, first.reference, context=scene.world.context()
    )


@story(relate_reports)
def _(scene: Scene) -> Act:
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader)
    return lambda session: relate_reports(
        session, scene.office, second.report_id, first.reference, context=scene.world.context()
    )


@story(open_event)
def _(scene: Scene) -> Act:
    return lambda session: open_event(session, scene.office, "広域の停電", "落雷。", context=scene.world.context())


@story(link_report)
def _(scene: Scene) -> Act:
    event, filed = after(scene, open_event), scene.files(scene.hanako)
    return lambda session: link_report(session, scene.office, event, filed.reference, context=scene.world.context())


@story(close_event)
def _(scene: Scene) -> Act:
    event = after(scene, open_event)
    return lambda session: close_event(session, scene.office, event, context=scene.world.context())


@story(register_case)
def _(scene: Scene) -> Act:
    new = NewCase("press", "新聞", "E30", "yes", "停電の報道。", scene.world.now)
    return lambda session: register_case(session, scene.office, new, load_codes(session), context=scene.world.context())


@story(join_case)
def _(scene: Scene) -> Act:
    case, filed = after(scene, register_case), scene.files(scene.hanako)
    return lambda session: join_case(session, scene.office, case, filed.reference, context=scene.world.context())


@story(hand_over)
def _(scene: Scene) -> Act:
    return lambda session: hand_over(session, scene.office, "青葉電力へ折り返し電話。", context=scene.world.context())


@story(take_over)
def _(scene: Scene) -> Act:
    note = after(scene, hand_over)
    colleague = scene.world.person(scene.office.organization, Role.COORDINATOR)
    return lambda session: take_over(session, colleague, note, context=scene.world.context())


@story(say_state)
def _(scene: Scene) -> Act:
    said = Said("送配電", "degraded", "14時頃復旧の見込み", "会員からの連絡", None, "TLP:GREEN")
    return lambda session: say_state(session, scene.office, said, context=scene.world.context(), policy=scene.policy)


@story(save_phrases)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    return lambda session: save_phrases(session, scene.office, ["訂正の場合は続報でお知らせします。"], context=context)
