"""Files of reports: put on a draft, filed, and given to those who see the original and whom their label admits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from models.attachment import Attachment, Upload
from models.audit import AuditEntry
from models.job import Due
from models.organization import Organization
from models.vocabulary import AttachmentState, Form, Label, Role
from sharing.attachments.forgetting import REMOVE_KIND, handle_forgetting
from sharing.attachments.reading import GIVEN, load_attachment, shown_attachment
from sharing.attachments.scans import Verdict, list_to_scan
from sharing.attachments.uploads import (
    NewUpload,
    Stored,
    begin_upload,
    finish_upload,
    list_uploads,
    load_upload,
    remove_upload,
)
from sharing.collections.access import load_collection
from sharing.disclosures import list_disclosures_of_report, write_disclosures
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.lists.changing import add_to_list, make_list
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reports.drafts import erase_draft
from sharing.reports.range_changes.recalls import Narrower, narrow_report, withdraw_report
from sharing.trail.erasure import approve_erasure, request_erasure
from tests.sharing.attachments.conftest import Filing


def names_water(scene: Filing, *more: str) -> dict[str, Any]:
    """A list with the water operator on it, who may be found, as a field of a report."""
    with scene.world.writing() as session:
        session.execute(update(Organization).where(Organization.id == scene.water.id).values(findable=True))
        made = make_list(session, scene.hanako, "連携先", scene.world.context())
        tokens = [f"organization:{scene.water.id}", *more]
        add_to_list(session, scene.hanako, made.id, tokens, scene.world.context())
    return {"lists": [str(made.id)]}


def removals(scene: Filing) -> set[str]:
    with scene.world.reading() as session:
        rows = session.execute(select(Due.payload).where(Due.kind == REMOVE_KIND)).scalars()
        return {row["file"] for row in rows}


def faults(raised: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [fault.code for fault in raised.value.faults]


def test_a_file_goes_where_the_original_goes_and_its_own_label_narrows_it(scene: Filing) -> None:
    """The named organization has what is AMBER; its desk alone what is stricter; only own people what is RED."""
    desk = scene.world.person(scene.water, Role.DESK)
    open_one = scene.puts(scene.hanako, "画面.png", b"1")
    strict = scene.puts(scene.hanako, "構成図.pdf", b"2", label=Label.AMBER_STRICT)
    red = scene.puts(scene.hanako, "氏名.xlsx", b"3", label=Label.RED)
    filed = scene.files_with(scene.hanako, open_one.id, strict.id, red.id, **names_water(scene))

    everything = ["画面.png", "構成図.pdf", "氏名.xlsx"]
    assert scene.names(scene.hanako, filed) == scene.names(scene.boss, filed) == everything
    assert scene.names(scene.office, filed) == everything[:2]
    assert scene.names(scene.water_reader, filed) == scene.names(scene.colleague, filed) == everything[:1]
    assert scene.names(desk, filed) == everything[:2]
    nobody = (scene.rival_reader, scene.water_office, scene.council, scene.nco, scene.section, scene.auditor)
    assert [scene.names(each, filed) for each in nobody] == [[]] * len(nobody)
    with scene.world.reading() as session:
        for ident in (open_one.id, uuid4()):
            with pytest.raises(NotVisible, match="no such file"):
                load_attachment(session, scene.rival_reader, ident, builder=scene.builder)
        keyed = replace(scene.water_reader, scopes=frozenset({Permission.TRAIL_OWN}))
        with pytest.raises(NotVisible):
            load_attachment(session, keyed, open_one.id, builder=scene.builder)
    assert scene.world.tags()[-1] == "report:version:file"


def test_a_wider_label_of_a_file_is_the_reports(scene: Filing) -> None:
    """A GREEN file in an AMBER report, an AMBER+STRICT one in a RED report: never wider than what carries it."""
    one = scene.puts(scene.hanako, "a.txt", b"1", label=Label.GREEN)
    filed = scene.files_with(scene.hanako, one.id)
    assert scene.has(scene.office, filed)[0].label is Label.AMBER
    two = scene.puts(scene.hanako, "b.txt", b"2", label=Label.AMBER_STRICT)
    filed = scene.files_with(scene.hanako, two.id, label="TLP:RED")
    assert (scene.names(scene.office, filed), scene.has(scene.boss, filed)[0].label) == ([], Label.RED)


def test_an_edition_carries_no_files(scene: Filing) -> None:
    """What the secretariat publishes wider tells its readers of no file."""
    file = scene.puts(scene.hanako)
    filed = scene.files_with(scene.hanako, file.id, label="TLP:GREEN")
    scene.proposes(scene.office, filed, Label.GREEN)
    assert scene.sees(scene.rival_reader)
    assert scene.names(scene.rival_reader, filed) == []


def test_each_version_keeps_its_files_for_those_who_saw_that_version(scene: Filing) -> None:
    """A RED follow-up is hidden from the secretariat with its file; what it had before it still has."""
    first = scene.puts(scene.hanako, "first.txt", b"1")
    filed = scene.files_with(scene.hanako, first.id)
    scene.world.advance(minutes=1)
    second = scene.puts(scene.hanako, "second.txt", b"2")
    scene.files_with(scene.hanako, second.id, report=filed.report_id, kind="follow_up", label="TLP:RED")
    assert scene.names(scene.hanako, filed) == ["second.txt", "first.txt"]
    assert scene.names(scene.office, filed) == ["first.txt"]


def test_whoever_joins_later_has_no_file_of_before(scene: Filing) -> None:
    """A window that opens after the original came shows none of it."""
    lists = names_water(scene)
    file = scene.puts(scene.hanako)
    filed = scene.files_with(scene.hanako, file.id, **lists)
    scene.world.advance(minutes=1)
    late = scene.world.person(scene.world.secretariat("新事務局"), Role.COORDINATOR)
    assert scene.names(late, filed) == []
    assert scene.names(scene.water_reader, filed) == ["記録.txt"]


def test_recalling_takes_files_away(scene: Filing) -> None:
    """Who is narrowed away, and everybody when it is withdrawn, has them no more; the sender keeps them."""
    water = f"organization:{scene.water.id}"
    file = scene.puts(scene.hanako)
    filed = scene.files_with(scene.hanako, file.id, **names_water(scene))
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        narrower = Narrower(Label.AMBER, unnamed=frozenset({water}))
        narrow_report(
            session,
            scene.hanako,
            filed.report_id,
            narrower,
            "相手を絞る。",
            submission=uuid4(),
            means=scene.means(),
        )
    assert (scene.names(scene.water_reader, filed), scene.names(scene.office, filed)) == ([], ["記録.txt"])
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        withdraw_report(session, scene.hanako, filed.report_id, "誤報。", means=scene.means())
    assert (scene.names(scene.office, filed), scene.names(scene.hanako, filed)) == ([], ["記録.txt"])


def test_another_object_under_the_same_id_changes_nothing(scene: Filing) -> None:
    """Whoever knows the id of an original may post a version of its own, revoked even: the files stay as they were."""
    file = scene.puts(scene.hanako)
    filed = scene.files_with(scene.hanako, file.id)
    stix_id, world = scene.builder.main_id(filed.report_id, Form.ORIGINAL), scene.world
    world.advance(minutes=1)
    later = 2_000_000_000_000_000
    body = b'{"type":"incident","revoked":true}'
    stix = NewObject(stix_id, "incident", "2.1", later, "2033", None, Label.GREEN, body)
    with world.reading() as session:
        collection = load_collection(session, world.reader(session, scene.water_office), "water").collection
    with world.writing() as session:
        publication = Publication(collection, [stix])
        publish(session, scene.water_office, publication, policy=scene.policy, context=world.context())
    assert scene.names(scene.office, filed) == ["記録.txt"]
    assert scene.names(scene.water_office, filed) == []


def test_exercises_have_files_too(scene: Filing) -> None:
    """Their feed is another."""
    file = scene.puts(scene.hanako)
    filed = scene.files_with(scene.hanako, file.id, exercise=True)
    assert scene.names(scene.office, filed) == ["記録.txt"]


def test_a_download_stands_in_the_ledger(scene: Filing) -> None:
    """One entry before the first byte, with who and which file; the sender finds it."""
    file = scene.puts(scene.hanako, label=Label.AMBER_STRICT)
    filed = scene.files_with(scene.hanako, file.id)
    given = scene.has(scene.office, filed)[0]
    before = len(scene.world.tags())
    with scene.world.writing() as session:
        write_disclosures(session, shown_attachment(scene.office, given, scene.world.now), scene.world.hub.units)
    assert scene.world.tags()[before:] == ["feed:objects:disclose"]
    with scene.world.reading() as session:
        (told,) = list_disclosures_of_report(session, scene.boss, filed.report_id)
    assert (told.organization_id, told.attachment) == (scene.office.organization.id, file.id)


def test_the_entry_of_the_filing_has_the_hash_and_no_name(scene: Filing) -> None:
    """Hash, size, kind and label stand in the entry; what the file is called does not."""
    file = scene.puts(scene.hanako, "極秘の名前.txt")
    scene.files_with(scene.hanako, file.id)
    with scene.world.reading() as session:
        newest = session.execute(text("SELECT max(id) FROM audit_entries")).scalar_one()
        bodies = session.execute(text("SELECT body FROM audit_parts WHERE entry_id = :id"), {"id": newest}).scalars()
        said = [bytes(each) for each in bodies]
    told = next(json.loads(each)["attachments"] for each in said if b"attachments" in each)
    assert file.sha256 is not None
    expected = {"id": str(file.id), "sha256": file.sha256.hex(), "size": 3, "kind": "text", "sample": False}
    assert told == [{**expected, "label": "TLP:AMBER"}]
    assert not any("極秘の名前".encode() in each for each in said)


def test_only_what_the_scan_let_through_is_given_to_others(scene: Filing) -> None:
    """Waiting and refused files are named to their readers and given to nobody but the sender, who sees why."""
    files = [scene.puts(scene.hanako, f"{n}.txt", bytes([n]), scans=True) for n in (1, 2)]
    sample = scene.puts(scene.hanako, "sample.exe", b"MZ", scans=True, sample=True, kind="pe")
    filed = scene.files_with(scene.hanako, *(each.id for each in files), sample.id)
    with scene.world.reading() as session:
        assert [each.id for each in list_to_scan(session, scene.world.now, scans=True)] == sorted(f.id for f in files)
    assert [each.is_given for each in scene.has(scene.office, filed)] == [False, False, True]

    before = len(scene.world.tags())
    scene.scanned(files[0].id, Verdict.CLEAN)
    scene.scanned(files[1].id, Verdict.FOUND, "Eicar-Test-Signature" + "!" * 400)
    scene.scanned(files[1].id, Verdict.CLEAN)  # the second word of a scanner changes nothing
    assert scene.world.tags()[before:] == ["report:attachment:scan"] * 2
    shown = scene.has(scene.office, filed)
    assert [(each.state in GIVEN, each.is_given, each.found) for each in shown] == [
        (True, True, ""),
        (False, False, ""),
        (True, True, ""),
    ]
    own = scene.has(scene.hanako, filed)[1]
    assert own.is_given
    assert own.found.startswith("Eicar-Test-Signature")
    assert len(own.found) == 200


def test_a_scan_that_fails_is_tried_again_later_and_one_that_is_gone_lets_files_through(scene: Filing) -> None:
    """After a minute, then two; a hub without a scanner says so. What came before a scanner was there is scanned."""
    early = scene.puts(scene.hanako, "early.txt", b"0")
    file = scene.puts(scene.hanako, "late.txt", b"1", scans=True)

    def due(**more: bool) -> list[Any]:
        with scene.world.reading() as session:
            return [each.id for each in list_to_scan(session, scene.world.now, scans=more.get("scans", True))]

    assert set(due()) == {early.id, file.id}
    scene.scanned(early.id, Verdict.CLEAN)
    scene.scanned(file.id, Verdict.FAILED)
    assert due() == []
    scene.world.advance(seconds=61)
    assert due() == [file.id]
    scene.scanned(file.id, Verdict.FAILED)
    scene.world.advance(seconds=61)
    assert due() == []
    assert due(scans=False) == [file.id]
    scene.scanned(file.id, Verdict.NONE)
    with scene.world.reading() as session:
        assert load_upload(session, scene.hanako, file.id).state is AttachmentState.UNSCANNED
    assert due(scans=False) == []


def test_erasing_a_report_erases_its_files(scene: Filing) -> None:
    """Names, hashes and bytes go with the content of the entry that filed them; nobody is shown any more."""
    file = scene.puts(scene.hanako, "秘.txt")
    filed = scene.files_with(scene.hanako, file.id)
    first, second = scene.world.administrator(), scene.world.administrator()
    with scene.world.writing() as session:
        entry = session.execute(select(AuditEntry).where(AuditEntry.tag == "report:version:file")).scalar_one()
        context = scene.world.context()
        asked = request_erasure(session, first, entry.shard or "", entry.log_index or 0, "本人の求め", context=context)
    with scene.world.writing() as session:
        approve_erasure(session, second, asked.id, context=scene.world.context())
    assert scene.names(scene.office, filed) == []
    assert removals(scene) == {str(file.id)}
    with scene.world.reading() as session:
        row = session.execute(select(Attachment)).scalar_one()
        assert (row.name, row.sha256, row.size, row.kind, row.state) == ("", b"", 0, "", AttachmentState.ERASED)
    assert [each.is_given for each in scene.has(scene.hanako, filed)] == [False]


def test_what_cannot_be_put_here(scene: Filing) -> None:
    """Empty, too large, too many, no room, the wrong one, twice the same, of another's draft: each says which."""
    draft = scene.drafts(scene.hanako, label="TLP:AMBER")
    for content, code in ((b"", "empty-file"), (b"x" * 1001, "file-too-large")):
        with pytest.raises(Invalid) as raised:
            scene.puts(scene.hanako, content=content, draft=draft)
        assert faults(raised) == [code]
    for announced, size, code in ((b"\0" * 32, 3, "wrong-hash"), (None, 4, "wrong-size")):
        with pytest.raises(Invalid) as raised, scene.world.writing() as session:
            context, limits = scene.world.context(), scene.limits
            new = NewUpload("a", size, announced, draft_id=draft)
            begun = begin_upload(session, scene.hanako, new, uuid4(), limits=limits, context=context)
            finish_upload(session, scene.hanako, begun.id, Stored(3, b"\1" * 32, "text"), scans=False, context=context)
        assert faults(raised) == [code]
    one = scene.puts(scene.hanako, "one.txt", b"1" * 900, draft=draft)
    with pytest.raises(Invalid) as raised:
        scene.puts(scene.hanako, "again.txt", b"1" * 900, draft=draft)
    assert [(fault.code, fault.found) for fault in raised.value.faults] == [("same-file", "one.txt")]
    scene.puts(scene.hanako, "two.txt", b"2" * 900, draft=draft)
    with pytest.raises(Invalid) as raised:
        scene.puts(scene.hanako, "three.txt", b"3" * 900, draft=draft)
    assert faults(raised) == ["no-room"]
    scene.puts(scene.hanako, "three.txt", b"3", draft=draft)
    with pytest.raises(Invalid) as raised:
        scene.puts(scene.hanako, "four.txt", b"4", draft=draft)
    assert faults(raised) == ["too-many-files"]
    for actor, refusal in ((scene.rival_reader, NotVisible), (scene.water_reader, NotPermitted)):
        with pytest.raises(refusal):
            scene.puts(actor, draft=draft)
        with pytest.raises(refusal), scene.world.writing() as session:
            remove_upload(session, actor, one.id, context=scene.world.context())
    with scene.world.reading() as session:
        assert list_uploads(session, scene.rival_reader, draft) == []


def test_what_cannot_be_filed(scene: Filing) -> None:
    """Another's file, one that is not all here, one twice, one filed before: refused, and nothing is filed."""
    mine, theirs = scene.puts(scene.hanako), scene.puts(scene.rival_reader)
    twin = scene.puts(scene.hanako, "twin.txt")
    with scene.world.writing() as session:
        context, limits = scene.world.context(), scene.limits
        half = begin_upload(session, scene.hanako, NewUpload("half", 9), uuid4(), limits=limits, context=context)
    before = scene.world.tags()
    for given, code in (
        ([theirs.id], "unknown-file"),
        ([mine.id, mine.id], "unknown-file"),
        ([mine.id, twin.id], "same-file"),
        ([half.id], "still-arriving"),
        ([uuid4()], "unknown-file"),
    ):
        with pytest.raises(Invalid) as raised:
            scene.files_with(scene.hanako, *given)
        assert faults(raised) == [code]
    assert scene.world.tags() == before
    scene.files_with(scene.hanako, mine.id)
    with pytest.raises(Invalid) as raised:
        scene.files_with(scene.hanako, mine.id)
    assert faults(raised) == ["unknown-file"]


def test_files_go_with_their_draft_or_after_a_day(scene: Filing) -> None:
    """An erased draft takes its files along, a filed one leaves them to the report; what is nobody's is forgotten."""
    draft, other = scene.drafts(scene.hanako, label="TLP:AMBER"), scene.drafts(scene.hanako, label="TLP:AMBER")
    kept, gone = scene.puts(scene.hanako, draft=draft), scene.puts(scene.hanako, "b", b"b", draft=other)
    loose = scene.puts(scene.hanako, "c", b"c")
    scene.files_with(scene.hanako, kept.id)
    with scene.world.writing() as session:
        for each in (draft, other):
            erase_draft(session, scene.hanako, each, context=scene.world.context())
        handle_forgetting(session, {"upload": str(loose.id)}, scene.world.context())
        handle_forgetting(session, {"upload": str(kept.id)}, scene.world.context())
    assert removals(scene) == {str(gone.id), str(loose.id)}
    with scene.world.reading() as session:
        assert session.execute(select(Upload)).all() == []


def test_a_version_takes_no_more_files_than_a_draft_though_they_come_from_several(scene: Filing):
    """Each draft was counted by itself as its files were put, and nobody counted what was filed."""
    drafts = [scene.drafts(scene.hanako, summary=name) for name in ("one", "two")]
    files = [
        scene.puts(scene.hanako, f"{place}-{number}.txt", b"%d%d" % (place, number), draft=draft).id
        for place, draft in enumerate(drafts)
        for number in range(2)
    ]
    with pytest.raises(Invalid) as raised:
        scene.files_with(scene.hanako, *files)
    assert raised.value.faults == (Fault("attachments", "too-many-files", "3", "4"),)
    assert len(scene.has(scene.hanako, scene.files_with(scene.hanako, *files[:3]))) == 3
