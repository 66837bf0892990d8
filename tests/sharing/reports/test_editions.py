"""What may give a sender away is found and proposed; nothing is removed by itself; few candidates are warned of."""

from __future__ import annotations

import orjson
import pytest

from models.vocabulary import Form, Label
from sharing.errors import Invalid
from sharing.reports.approval.drafting import Wish, draft_proposal, take_hints_of
from sharing.reports.editions.hints import HintKind, KnownName, find_hints, pieces, short_forms, take_hints
from sharing.rules.spelling import Folded, fold
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import withdraws

AOBA = ("青葉電力株式会社", "Aoba Power Co., Ltd.")
KNOWN = [
    KnownName(HintKind.ORGANIZATION, (*AOBA, *(short for name in AOBA for short in short_forms(name))), "事業者-K7Q2M")
]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("本日、青葉電力が発表した", "organization", "青葉電力"),
        ("青　葉・電 力の件", "organization", "青　葉・電 力"),
        ("青葉の担当者", "organization", "青葉"),
        ("ＡＯＢＡ ＰＯＷＥＲ said", "organization", "ＡＯＢＡ ＰＯＷＥＲ"),
        ("\u0410\u043eb\u0430 Power", "organization", "\u0410\u043eb\u0430 Power"),
        ("みどり商事株式会社から連絡", "organization", "みどり商事株式会社"),
        ("山田太郎氏が気づいた", "person", "山田太郎氏"),
        ("連絡先は taro@example.jp です", "mail", "taro@example.jp"),
        ("電話０２２－１２３－４５６７へ", "phone", "０２２－１２３－４５６７"),
        ("〒980-0001", "address", "〒980-0001"),
        ("仙台市青葉区本町1-2-3にある", "address", "仙台市青葉区本町1-2-3"),
        ("宮城県内で", "area", "宮城県"),
        ("第二変電所で", "area", "第二変電所"),
        ("機器 AP-SV03 が", "host", "AP-SV03"),
        ("宛先１０.1.2.3へ", "host", "１０.1.2.3"),
        ("接続先 srv.aoba.example が", "host", "srv.aoba.example"),
        ("ユーザー名: yamada_t で", "account", "ユーザー名: yamada_t"),
        ("シリアル番号 AB12-9931 の", "serial", "シリアル番号 AB12-9931"),
        ("約1,240世帯に", "users", "約1,240世帯"),
        ("14時05分に", "time", "14時05分"),
    ],
)
def test_what_gives_a_sender_away_is_found(text, kind, found):
    assert (HintKind(kind), found) in [(each.kind, each.found) for each in find_hints({"details": text}, KNOWN)]


@pytest.mark.parametrize("text", ["受付システムが停止している。", "connected to the line", "暗号化された。復旧中。"])
def test_plain_words_are_left_alone(text):
    assert find_hints({"details": text}, KNOWN) == ()


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("一宮瓦斯株式会社", "本日、一宮瓦斯で停止", "本日、◆で停止"),
        ("株式会社一条瓦斯", "本日一条瓦斯で停止", "本日◆で停止"),
        ("みどりエナジー株式会社", "みどりエナジーの件", "◆の件"),
        ("みどりエナジー株式会社", "ﾐﾄﾞﾘｴﾅｼﾞｰの件", "◆の件"),
        ("みどり電力株式会社", "第一みどり電力の件", "第一◆の件"),
        ("株式会社一関", "本日一関で停止、関連なし", "本日◆で停止、関連なし"),
    ],
)
def test_no_end_of_a_name_stays_behind(name: str, text: str, left: str):
    """A name that begins with 一 or ends with a long mark left that sign beside its pseudonym."""
    hints = find_hints({"details": text}, [KnownName(HintKind.ORGANIZATION, (name,), "◆")])
    assert take_hints(text, hints, [each.key for each in hints]) == left


def test_the_forms_of_a_name_are_worked_out_once(monkeypatch: pytest.MonkeyPatch):
    """For each text of a proposal all names of all members were folded anew: with hundreds, half a second a page."""
    folded = []

    def counted(text: str) -> Folded:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr("sharing.reports.editions.redaction.fold", counted)
    known = [KnownName(HintKind.ORGANIZATION, (f"ただ一つ電力{number}株式会社",), "x") for number in range(3)]
    (hint,) = find_hints({"details": "ただ一つ電力2の件"}, known)
    assert hint.found == "ただ一つ電力2" and folded
    folded.clear()
    assert find_hints({"summary": "ただ一つ電力1の件"}, known)
    assert folded == []


def test_only_what_is_taken_is_replaced():
    text = "青葉電力の約1,240世帯"
    hints = find_hints({"details": text}, KNOWN)
    name, users = hints
    assert take_hints(text, hints, []) == text
    assert take_hints(text, hints, [name.key]) == "事業者-K7Q2Mの約1,240世帯"
    assert take_hints(text, hints, [users.key]) == "青葉電力の数千世帯"
    assert take_hints("別の文", hints, [name.key]) == "別の文", "a place in a text that has changed meanwhile"
    assert "".join(piece for piece, _ in pieces(text, hints)) == text


def _draft(scene: Scene, filed, wish: Wish):
    with scene.world.reading() as session:
        return draft_proposal(
            session,
            scene.office,
            filed.report_id,
            wish,
            means=scene.means(),
        )


def test_the_secretariat_takes_what_is_proposed_and_the_name_is_gone(scene):
    filed = scene.files(scene.hanako, details="青葉電力の第二変電所で停止した。", affected_users="約1,240世帯")
    wish = Wish(Label.GREEN, 1)
    draft = _draft(scene, filed, wish)
    with pytest.raises(Invalid):
        scene.proposes(scene.office, filed, Label.GREEN)
    taken = {
        field: [each.key for each in draft.hints if each.field == field] for field in ("details", "affected_users")
    }
    wish = take_hints_of(draft, wish, taken)
    changed = _draft(scene, filed, wish)
    assert not changed.findings
    assert "青葉" not in wish.edited_texts["details"] and "変電所" not in wish.edited_texts["details"]
    assert wish.edited_texts["affected_users"] == "数千世帯"


def test_few_operators_are_warned_of_with_what_narrows(scene):
    filed = scene.files(scene.hanako, details="第二変電所で停止した。")
    found = _draft(scene, filed, Wish(Label.GREEN, 1)).recognition
    assert [(step.field, step.left) for step in found.steps] == [("sector", 2), ("ceptoar", 2)]
    assert found.is_low
    assert (HintKind.AREA, 1) in found.telling
    for number in range(4):
        scene.world.operator(f"第{number}電力株式会社")
    assert not _draft(scene, filed, Wish(Label.GREEN, 1)).recognition.is_low


def test_the_approver_sees_it_too_read_from_the_bytes(scene):
    filed = scene.files(scene.hanako, details="第二変電所で停止した。", lessons="14時05分に気づいた。")
    proposal = scene.proposes(scene.office, filed, Label.GREEN)
    view = scene.looks_at(scene.boss, proposal.proposal_id)
    assert view.recognition.candidates == 2
    assert {each.kind for each in view.hints} == {HintKind.AREA, HintKind.TIME}


def test_a_pseudonym_is_the_same_within_an_audience_and_another_elsewhere(scene):
    def name(label):
        filed = scene.files(scene.hanako)
        forms = _draft(scene, filed, Wish(label, 1, only_anonymised=True)).forms
        raw = next(each.raw for form in forms if form.form is Form.ANONYMISED for each in form.objects if each.is_main)
        return raw.decode().split('"sender_pseudonym":"')[1].split('"')[0]

    green, again, clear = name(Label.GREEN), name(Label.GREEN), name(Label.CLEAR)
    assert green == again != clear
    assert green.startswith("事業者-")
    others = {scene.builder.pseudonym(Label.GREEN.value, each.id) for each in (scene.aoba, scene.rival, scene.water)}
    assert len(others) == 3


def test_a_translation_goes_out_with_the_edition_and_is_recalled_with_it(scene):
    """The sender approves title and summary in English with the rest; a notice of recall says neither."""
    filed = scene.files(scene.hanako)
    words = {"other_title": "Reservations fail", "other_summary": "No seat can be reserved."}
    for wrong in ({**words, "other_summary": ""}, {**words, "other_language": "fr"}):
        with pytest.raises(Invalid):
            scene.proposes(scene.office, filed, Label.GREEN, **wrong)
    with pytest.raises(Invalid, match="other_summary: names-sender"):
        scene.proposes(scene.office, filed, Label.GREEN, **{**words, "other_summary": "青葉電力 cannot serve."})
    proposal = scene.proposes(scene.office, filed, Label.GREEN, **words)
    scene.approves(scene.boss, proposal)

    def contents():
        rows = scene.sees(scene.water_reader, types=("language-content",))
        return [orjson.loads(row.body)["contents"] for row in rows]

    assert contents() == [{"en": {"name": "Reservations fail", "description": "No seat can be reserved."}}]
    withdraws(scene, scene.hanako, filed)
    assert contents() == [{"en": {"name": "取下げ / withdrawn"}}]
