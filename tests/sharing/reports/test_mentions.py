"""A text that names something narrower is found and asked about, and never tells of what its author cannot see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Form, Label
from sharing.errors import Invalid
from sharing.reports.approval.drafting import Wish, draft_proposal
from sharing.reports.mentions import find_stricter, look_ahead, look_further
from sharing.rules.mentions import (
    Known,
    MentionKind,
    find_mentions,
    find_quoted,
    find_titles,
    list_ids,
    list_references,
    title_for,
)
from sharing.rules.spelling import fold, fold_plain

SECRET = "受電設備の保護装置が誤動作した。"


SIGNS = st.sampled_from("がｶﾞか\u3099\u309a゛ｱﾊﾟ가각\u1100\u1161e\u0301ﬀİß㍿①ー一－‐（） 。\x00\ud800\U0001f468\u200d")
TEXTS = st.text(st.one_of(SIGNS, SIGNS, st.characters()), max_size=30)


def asked(call):
    with pytest.raises(Invalid) as refused:
        call()
    assert {fault.code for fault in refused.value.faults} == {"names-stricter"}
    return [(fault.field, fault.found) for fault in refused.value.faults]


def drafts(scene, filed, label=Label.GREEN, **more):
    with scene.world.reading() as session:
        return draft_proposal(
            session,
            scene.office,
            filed.report_id,
            Wish(label, filed.number, **more),
            means=scene.means(),
        )


def test_ids_and_numbers_are_found_however_they_are_typed():
    ident = "incident--6f1d0c0e-0000-4000-8000-0123456789ab"
    assert list_ids(f"関連：{ident}。{ident.upper()}") == (ident,)
    assert list_references("電話で 1234-5678 と 2026-11-20T11:00 を聞いた") == ()


def test_a_title_is_found_in_any_spelling_but_a_common_beginning_is_no_mention():
    known = [
        Known(MentionKind.TITLE, "受付サーバーが停止している", Label.RED),
        Known(MentionKind.TITLE, "停止", Label.RED),
    ]
    (found,) = find_mentions({"details": "前回の「受付 サーバー が停止している」と同じ。停止。"}, Label.AMBER, known)
    assert found.label is Label.RED
    assert find_mentions({"summary": "受付サーバーが停止している"}, Label.AMBER, known) == ()
    assert find_mentions({"details": "受付サーバーが停止している。再発した。"}, Label.RED, known) == ()


@given(TEXTS)
def test_the_quick_spelling_is_the_slow_one(text):
    """Also of signs with marks of their own, of those that fall apart, and of halves."""
    assert fold_plain(text) == fold(text).plain


def test_every_sign_has_one_spelling():
    """Each by itself and after another; all of the first plane, where marks and kana lie."""
    for code in range(0x10000):
        for text in (chr(code), f"か{chr(code)}"):
            assert fold_plain(text) == fold(text).plain, hex(code)


@given(st.lists(st.text("abcde ", max_size=14), max_size=6), st.text("abcde ", max_size=60), st.randoms())
def test_titles_are_found_among_many_as_one_by_one(names, around, random):
    """In texts that quote some of them, begin like them, or are one."""
    text = random.choice([around, around + "".join(names[:2]), "".join(names[:1]), around.join(names)])
    known = [Known(MentionKind.TITLE, name, Label.RED) for name in names]
    titles = [each for place, name in enumerate(names) if (each := title_for(name, 4, place)) is not None]
    begins = frozenset(each.begin for each in titles)
    found = find_quoted(fold_plain(text), begins, titles)
    assert [names[each.of] for each in found] == [each.name for each in find_titles(text, known)]


def test_an_operator_is_asked_about_its_own_stricter_report(scene):
    red = scene.files(scene.hanako, label="TLP:RED", summary=SECRET)
    ident = scene.builder.main_id(red.report_id, Form.ORIGINAL)
    number = red.reference.replace("-", " ").lower()
    for text, found in (
        (f"整理番号{red.reference}の続き。", red.reference),
        (f"整理番号 {number} の続き。", red.reference),
        (f"{ident} を参照。", ident),
        (f"先日の件（{SECRET}）と同じ。", SECRET),
    ):
        before = scene.world.tags()
        assert asked(lambda text=text: scene.files(scene.hanako, details=text)) == [("details", f"{found} (TLP:RED)")]
        assert scene.world.tags() == before, "nothing was written"
    filed = scene.files(scene.hanako, details=f"整理番号{red.reference}の続き。", keep_mentions=True)
    assert filed.number == 1, "who means it says so"
    scene.files(scene.hanako, label="TLP:RED", details=f"整理番号{red.reference}の続き。")
    scene.files(scene.hanako, report=red.report_id, kind="follow_up", label="TLP:AMBER", details=f"先日の「{SECRET}」")


def test_what_the_author_may_not_see_is_as_absent(scene):
    """The rival types number, id and title of a report that it cannot see: taken as if there were none."""
    red = scene.files(scene.hanako, label="TLP:RED", summary=SECRET)
    ident = scene.builder.main_id(red.report_id, Form.ORIGINAL)
    scene.files(scene.rival_reader, details=f"{red.reference} {ident} {SECRET}と聞いた。")
    amber = scene.files(scene.rival_reader, summary="別の事業者の報告と題する文章。")
    shown = scene.files(scene.hanako, details=f"{amber.reference}、別の事業者の報告と題する文章。という話。")
    assert asked(lambda: scene.proposes(scene.office, shown, Label.GREEN)), "its secretariat sees both"


def test_an_edition_that_names_another_members_report_is_asked_about(scene):
    other = scene.files(scene.rival_reader)
    filed = scene.files(scene.hanako, details=f"{other.reference}と同じ原因。")
    (mention,) = drafts(scene, filed).mentions
    assert (mention.field, mention.found, mention.label) == ("details", other.reference, Label.AMBER)
    assert asked(lambda: scene.proposes(scene.office, filed, Label.GREEN)) == [
        ("details", f"{other.reference} (TLP:AMBER)")
    ]
    reworded = {"edited_texts": {"details": "他社と同じ原因。"}}
    assert drafts(scene, filed, **reworded).mentions == (mention,), "it stands in the form with the name, too"
    assert drafts(scene, filed, only_anonymised=True, **reworded).mentions == ()
    scene.proposes(scene.office, filed, Label.GREEN, keep_mentions=True)


def test_the_approver_sees_what_the_texts_name_as_far_as_it_may(scene):
    """Its own stricter report by number; of another member's, which the secretariat sees, not that there is one."""
    own = scene.files(scene.hanako, label="TLP:RED", summary=SECRET)
    other = scene.files(scene.rival_reader)
    details = f"{own.reference}と{other.reference}に同じ原因。"
    filed = scene.files(scene.hanako, details=details, keep_mentions=True)
    proposed = scene.proposes(scene.office, filed, Label.GREEN, keep_mentions=True)
    assert [each.words for each in scene.looks_at(scene.boss, proposed.proposal_id).mentions] == [
        f"{own.reference} (TLP:RED)"
    ]
    assert [each.words for each in scene.looks_at(scene.office, proposed.proposal_id).mentions] == [
        f"{other.reference} (TLP:AMBER)"
    ]
    scene.approves(scene.boss, proposed)
    assert scene.looks_at(scene.boss, proposed.proposal_id).mentions == ()


def test_what_was_looked_at_before_the_lock_is_not_walked_again_and_what_came_since_is(scene):
    """Between the look and the lock an edition comes that the text names: it is asked about all the same."""
    strict = {"label": "TLP:AMBER+STRICT"}
    early = scene.files(scene.hanako, **strict, summary="変電所の監視装置が停止した。")
    assert early.number == 1
    with scene.world.reading() as session:
        looked = look_ahead(session, scene.hanako, Label.AMBER, of=None)
    assert [each.name for each in looked.known] == ["変電所の監視装置が停止した。"]
    late = "料金の受付窓口を閉じた件。"
    scene.files(scene.hanako, **strict, summary=late)
    for named in ("変電所の監視装置が停止した。", late):
        content = scene.fields(details=f"先日の「{named}」と同じ。")
        with scene.world.reading() as session:
            found = find_stricter(session, scene.hanako, [content], Label.AMBER, of=None, looked=looked)
            walked = find_stricter(session, scene.hanako, [content], Label.AMBER, of=None)
        assert [each.found for each in found] == [named]
        assert found == walked
    with scene.world.reading() as session:
        further = look_further(session, scene.hanako, looked)
        again = look_further(session, scene.hanako, further)
    assert [each.name for each in further.known] == [late, "変電所の監視装置が停止した。"], "added to what was"
    assert further.horizon > looked.horizon
    assert again == further, "nothing came, and nothing is told twice"
