"""The request table's second part: what is asked, written and ended, at each door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.vocabulary import Label
from tests.leaks.asking import Line, each, first, fixed, with_form, with_json, with_part, with_stix
from tests.leaks.reading_requests import ABSENT, HIDDEN_NAME, REST, TAXII
from tests.leaks.verbs import indicator

REPORT = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "通信が途切れた。",
    "label": "TLP:AMBER",
}
FORM = {
    "submission": "0d5b8a8e-3f0a-4a63-9a52-6b1f0a3c9d11",
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00",
    "service_impact": "yes",
    "summary": "通信が途切れた。",
    "label": "TLP:AMBER",
}
INVITED = {"display_name": "Saburo", "roles": "reader"}

ASKED = {"text": "いつ気づきましたか。", "label": "TLP:GREEN"}
STEPS = {
    "pass": {"text": ""},
    "answer": {"text": "", "label": "TLP:AMBER"},
    "decline": {"text": ""},
    "propose": {"text": "手順書のとおりです。", "label": "TLP:GREEN", "do": "look"},
    "approve": {"digest": "00" * 32},
    "refuse": {"text": ""},
    "release": {"digest": "00" * 32},
    "close": {"ending": "nothing"},
}
REST_STEPS = {
    "pass": {"text": "", "label": "TLP:GREEN"},
    "answer": {"text": "", "label": "TLP:AMBER"},
    "decline": {"reason": ""},
    "proposals/draft": ASKED,
    "proposals": {"text": "", "label": "TLP:GREEN"},
    "approve": {"digest": "00" * 32},
    "refuse": {"reason": ""},
    "release": {"digest": "00" * 32},
    "close": {"ending": "elsewhere"},
}
"""What is sent to each step of a question: mostly what is refused, so that the next reader finds it as it was."""

ASKING: Mapping[str, Sequence[Line]] = {
    "POST /feed/<ident>/objects/<stix_id>/ask": [
        with_form(each("objects", "/feed/inbox/objects/{}/ask"), {"text": ""}, ASKED)
    ],
    f"POST {REST}/objects/<stix_id>/questions": [
        with_json(each("objects", REST + "/objects/{}/questions"), {"text": "", "label": "TLP:GREEN"}, ASKED)
    ],
}
"""Asked before anything is posted: whoever knows of a hidden id may make it seen by a post of its own, and whether it
may depends on what it had hidden."""

WRITE: Mapping[str, Sequence[Line]] = {
    "POST /reports/new": [with_form(fixed("/reports/new"), {**FORM, "do": "preview"}, FORM)],
    "POST /reports/<uuid:report_id>/follow-up": [with_form(each("reports", "/reports/{}/follow-up"), {"summary": ""})],
    "POST /reports/proposals/<uuid:proposal_id>/approve": [
        with_form(each("proposals", "/reports/proposals/{}/approve"), {"digest": "00" * 32})
    ],
    "POST /reports/proposals/<uuid:proposal_id>/refuse": [
        with_form(each("proposals", "/reports/proposals/{}/refuse"), {"reason": ""})
    ],
    "POST /reports/<uuid:report_id>/recall": [
        with_form(each("reports", "/reports/{}/recall"), {"what": "withdraw", "reason": ""})
    ],
    "POST /reports/<uuid:report_id>/embargo": [
        with_form(each("reports", "/reports/{}/embargo"), {"until": "2026-11-20T00:00", "reason": "x"})
    ],
    "POST /reports/<uuid:report_id>/embargo/end": [with_form(each("reports", "/reports/{}/embargo/end"), {})],
    "POST /reports/<uuid:report_id>/authorities/": [
        with_form(each("reports", "/reports/{}/authorities/"), {"authority": ""})
    ],
    "POST /reports/<uuid:report_id>/authorities/<uuid:notice_id>/strike": [
        with_form(each("reports", "/reports/{}/authorities/" + ABSENT + "/strike"), {})
    ],
    "POST /reports/batch/": [with_form(fixed("/reports/batch/"), {"do": "file"})],
    "POST /reports/offline-form/": [with_form(fixed("/reports/offline-form/"), {})],
    "POST /reports/common-form/": [with_form(fixed("/reports/common-form/"), {"form": "ddos"})],
    "POST /reports/own-systems/": [with_form(fixed("/reports/own-systems/"), {"lines": "?"})],
    "POST /reports/drafts/<uuid:draft_id>/": [
        with_form(fixed(f"/reports/drafts/{ABSENT}/"), {**FORM, "do": "save"}, FORM),
        with_form(each("drafts", "/reports/drafts/{}/"), {**FORM, "do": "save"}, FORM),
    ],
    "POST /reports/drafts/<uuid:draft_id>/undo": [
        with_form(fixed(f"/reports/drafts/{ABSENT}/undo"), {}),
        with_form(each("drafts", "/reports/drafts/{}/undo"), {}),
    ],
    "POST /reports/drafts/<uuid:draft_id>/erase": [
        with_form(fixed(f"/reports/drafts/{ABSENT}/erase"), {}),
        with_form(each("drafts", "/reports/drafts/{}/erase"), {}),
    ],
    "POST /reports/drafts/<uuid:draft_id>/files/": [with_form(fixed(f"/reports/drafts/{ABSENT}/files/"), {})],
    "POST /reports/drafts/<uuid:draft_id>/files/uploads": [
        with_form(fixed(f"/reports/drafts/{ABSENT}/files/uploads"), {"name": "a.txt", "size": "3"})
    ],
    "POST /reports/drafts/<uuid:draft_id>/files/<uuid:upload_id>/remove": [
        with_form(each("uploads", f"/reports/drafts/{ABSENT}/files/{{}}/remove"), {})
    ],
    "PATCH /reports/uploads/<uuid:upload_id>/": [
        with_form(each("uploads", "/reports/uploads/{}/"), {}),
    ],
    f"POST {REST}/uploads": [with_json(fixed(f"{REST}/uploads"), {"name": "a.txt", "size": 3})],
    f"PATCH {REST}/uploads/<uuid:upload_id>": [with_part(each("uploads", REST + "/uploads/{}"), b"abc")],
    f"DELETE {REST}/uploads/<uuid:upload_id>": [each("uploads", REST + "/uploads/{}")],
    "POST /reports/delegates/": [
        with_form(
            fixed("/reports/delegates/"), {"person": ABSENT, "begins": "2026-11-21T00:00", "ends": "2026-11-22T00:00"}
        )
    ],
    "POST /reports/delegates/<uuid:delegation_id>/end": [with_form(fixed(f"/reports/delegates/{ABSENT}/end"), {})],
    "POST /reports/<uuid:report_id>/ask": [with_form(each("reports", "/reports/{}/ask"), {"text": ""})],
    **{
        f"POST /questions/<uuid:inquiry_id>/{step}": [with_form(each("inquiries", f"/questions/{{}}/{step}"), form)]
        for step, form in STEPS.items()
    },
    **{
        f"POST {REST}/questions/<uuid:inquiry_id>/{step}": [
            with_json(each("inquiries", f"{REST}/questions/{{}}/{step}"), body)
        ]
        for step, body in REST_STEPS.items()
    },
    f"POST {REST}/reports/<reference>/questions": [
        with_json(each("references", REST + "/reports/{}/questions"), {"text": "", "label": "TLP:AMBER"})
    ],
    "POST /recalls/<stix_id>/answer": [with_form(each("objects", "/recalls/{}/answer"), {"answer": "deleted"})],
    "POST /secretariat/publish/<uuid:report_id>/": [
        with_form(each("reports", "/secretariat/publish/{}/"), {"label": "TLP:GREEN", "do": "look"})
    ],
    "POST /secretariat/handle": [with_form(fixed("/secretariat/handle"), {"do": "take", "report": ABSENT})],
    "POST /secretariat/views": [with_form(fixed("/secretariat/views"), {"name": "", "view": "mine"})],
    "POST /secretariat/views/<uuid:filter_id>/forget": [with_form(fixed(f"/secretariat/views/{ABSENT}/forget"), {})],
    "POST /secretariat/reports/<uuid:report_id>/": [
        with_form(
            each("reports", "/secretariat/reports/{}/"),
            {"do": "handle", "tags": "x", "waiting_for": ""},
            {"do": "merge", "into": "K7QM-4TX2-P"},
        )
    ],
    "POST /secretariat/call/": [with_form(fixed("/secretariat/call/"), {"member": ABSENT, **FORM})],
    "POST /reports/<uuid:report_id>/confirm": [with_form(each("reports", "/reports/{}/confirm"), {})],
    "POST /secretariat/events/": [with_form(fixed("/secretariat/events/"), {"title": ""})],
    "POST /secretariat/events/<uuid:event_id>/link": [
        with_form(fixed(f"/secretariat/events/{ABSENT}/link"), {"reference": "K7QM-4TX2-P"})
    ],
    "POST /secretariat/events/<uuid:event_id>/close": [with_form(fixed(f"/secretariat/events/{ABSENT}/close"), {})],
    "POST /secretariat/cases/": [with_form(fixed("/secretariat/cases/"), {"source": "press", "summary": ""})],
    "POST /secretariat/cases/<uuid:case_id>/join": [
        with_form(fixed(f"/secretariat/cases/{ABSENT}/join"), {"reference": "K7QM-4TX2-P"})
    ],
    "POST /secretariat/phrases/": [with_form(fixed("/secretariat/phrases/"), {"phrase": "\x07"})],
    "POST /secretariat/shift/": [with_form(fixed("/secretariat/shift/"), {"text": ""})],
    "POST /secretariat/shift/<uuid:note_id>/take": [with_form(fixed(f"/secretariat/shift/{ABSENT}/take"), {})],
    "POST /board/say": [with_form(fixed("/board/say"), {"state": "normal", "label": "TLP:RED"})],
    "POST /receipts/check": [with_form(fixed("/receipts/check"), {})],
    "POST /peers/<name>/decide": [with_form(fixed("/peers/nobody/decide"), {"do": "let_on", "object": "1"})],
    "POST /signing-keys/": [with_form(fixed("/signing-keys/"), {"statement": "none"})],
    "POST /signing-keys/<uuid:key_id>/revoke": [with_form(fixed(f"/signing-keys/{ABSENT}/revoke"), {})],
    "POST /pushes/<name>/agree": [with_form(fixed("/pushes/nobody/agree"), {})],
    "POST /pushes/<name>/end": [with_form(fixed("/pushes/nobody/end"), {})],
    "POST /lists/": [with_form(fixed("/lists/"), {"name": ""}, {"name": HIDDEN_NAME})],
    "POST /lists/<uuid:list_id>/add": [with_form(each("lists", "/lists/{}/add"), {"token": "council"})],
    "POST /lists/<uuid:list_id>/remove": [with_form(each("lists", "/lists/{}/remove"), {"member": "1"})],
    "POST /lists/<uuid:list_id>/narrow": [with_form(each("lists", "/lists/{}/narrow"), {"report": ABSENT})],
    "POST /lists/<uuid:list_id>/close": [with_form(each("lists", "/lists/{}/close"), {})],
    "POST /policy/drafts": [with_form(fixed("/policy/drafts"), {"text": "{}"})],
    "POST /policy/drafts/<uuid:draft_id>/force": [with_form(fixed(f"/policy/drafts/{ABSENT}/force"), {})],
    "POST /policy/drafts/<uuid:draft_id>/withdraw": [with_form(fixed(f"/policy/drafts/{ABSENT}/withdraw"), {})],
    "POST /people/merging/<uuid:merger_id>/agree": [with_form(fixed(f"/people/merging/{ABSENT}/agree"), {})],
    "POST /people/merging/<uuid:membership_id>/carry": [with_form(each("memberships", "/people/merging/{}/carry"), {})],
    "POST /policy/past/": [with_form(fixed("/policy/past/"), {})],
    "POST /policy/past/<uuid:run_id>/confirm": [with_form(fixed(f"/policy/past/{ABSENT}/confirm"), {})],
    "POST /policy/past/<uuid:run_id>/withdraw": [with_form(fixed(f"/policy/past/{ABSENT}/withdraw"), {})],
    "POST /digests/subscription": [with_form(fixed("/digests/subscription"), {"hour": "7"})],
    "POST /digests/subscription/end": [with_form(fixed("/digests/subscription/end"), {})],
    f"POST {REST}/preview/technical": [
        with_json(fixed(f"{REST}/preview/technical"), {"content": {"label": "TLP:AMBER"}, "report": "K7QM-4TX2-P"})
    ],
    f"POST {REST}/preview": [with_json(fixed(f"{REST}/preview"), {"label": "TLP:AMBER", "consent_nco": True})],
    f"POST {REST}/reports": [with_json(fixed(f"{REST}/reports"), {**REPORT, "submission": ABSENT})],
    f"POST {REST}/reports/<reference>/versions": [
        with_json(each("references", REST + "/reports/{}/versions"), {"submission": ABSENT})
    ],
    f"POST {REST}/reports/<reference>/proposals/draft": [
        with_json(each("references", REST + "/reports/{}/proposals/draft"), {"label": "TLP:GREEN", "number": 1})
    ],
    f"POST {REST}/reports/<reference>/proposals": [
        with_json(each("references", REST + "/reports/{}/proposals"), {"label": "TLP:GREEN", "number": 9})
    ],
    f"POST {REST}/reports/<reference>/recalls": [
        with_json(each("references", REST + "/reports/{}/recalls"), {"kind": "withdraw", "reason": ""})
    ],
    f"POST {REST}/inbox/<reference>": [with_json(each("references", REST + "/inbox/{}"), {"tags": "x"})],
    f"POST {REST}/calls": [with_json(fixed(f"{REST}/calls"), {**REPORT, "member": ABSENT, "submission": ABSENT})],
    f"POST {REST}/reports/<reference>/confirm": [
        with_json(each("references", REST + "/reports/{}/confirm"), {"right": True})
    ],
    f"POST {REST}/inbox/<reference>/merge": [
        with_json(each("references", REST + "/inbox/{}/merge"), {"other": "K7QM-4TX2-P"})
    ],
    f"POST {REST}/inbox/<reference>/relate": [
        with_json(each("references", REST + "/inbox/{}/relate"), {"other": "K7QM-4TX2-P"})
    ],
    f"POST {REST}/cases": [with_json(fixed(f"{REST}/cases"), {"source": "press", "summary": ""})],
    f"POST {REST}/cases/<uuid:case_id>/join": [
        with_json(fixed(f"{REST}/cases/{ABSENT}/join"), {"other": "K7QM-4TX2-P"})
    ],
    f"POST {REST}/shifts": [with_json(fixed(f"{REST}/shifts"), {"text": ""})],
    f"POST {REST}/shifts/<uuid:note_id>/take": [with_json(fixed(f"{REST}/shifts/{ABSENT}/take"), {"read": True})],
    f"POST {REST}/drafts": [with_json(each("references", REST + "/drafts"), {"fields": [{"name": "summary"}]})],
    f"POST {REST}/drafts/<uuid:draft_id>": [
        with_json(fixed(f"{REST}/drafts/{ABSENT}"), {"fields": []}),
        with_json(each("drafts", REST + "/drafts/{}"), {"fields": []}),
    ],
    f"POST {REST}/drafts/<uuid:draft_id>/undo": [
        with_json(fixed(f"{REST}/drafts/{ABSENT}/undo"), {"last": True}),
        with_json(each("drafts", REST + "/drafts/{}/undo"), {"last": True}),
    ],
    f"DELETE {REST}/drafts/<uuid:draft_id>": [fixed(f"{REST}/drafts/{ABSENT}"), each("drafts", REST + "/drafts/{}")],
    f"POST {REST}/board": [with_json(fixed(f"{REST}/board"), {"state": "normal", "label": "TLP:AMBER"})],
    f"POST {REST}/recalls/<stix_id>/answer": [
        with_json(each("objects", REST + "/recalls/{}/answer"), {"answer": "deleted"})
    ],
    f"POST {REST}/lists": [with_json(fixed(f"{REST}/lists"), {"name": ""})],
    f"POST {REST}/lists/<uuid:list_id>/members": [
        with_json(each("lists", REST + "/lists/{}/members"), {"tokens": ["council"]})
    ],
    f"POST {REST}/lists/<uuid:list_id>/members/remove": [
        with_json(each("lists", REST + "/lists/{}/members/remove"), {"member": 1})
    ],
    f"POST {REST}/lists/<uuid:list_id>/narrowing": [
        with_json(each("lists", REST + "/lists/{}/narrowing"), {"reports": ["K7QM-4TX2-P"], "reason": "x"})
    ],
    f"POST {REST}/reports/<reference>/embargoes": [
        with_json(each("references", REST + "/reports/{}/embargoes"), {"until": "never", "reason": "x"})
    ],
    f"POST {REST}/reports/<reference>/widen": [
        with_json(each("references", REST + "/reports/{}/widen"), {"label": "TLP:RED"})
    ],
    f"DELETE {REST}/reports/<reference>/embargoes": [each("references", REST + "/reports/{}/embargoes")],
    f"DELETE {REST}/lists/<uuid:list_id>": [each("lists", REST + "/lists/{}")],
    f"POST {REST}/proposals/<uuid:proposal_id>/approve": [
        with_json(each("proposals", REST + "/proposals/{}/approve"), {"digest": "00" * 32})
    ],
    f"POST {REST}/proposals/<uuid:proposal_id>/refuse": [
        with_json(each("proposals", REST + "/proposals/{}/refuse"), {"reason": ""})
    ],
    "POST /taxii2/<root>/collections/<ident>/objects/": [
        with_stix(
            fixed(f"{TAXII}/electricity/objects/", f"{TAXII}/water/objects/"),
            indicator(2, Label.GREEN, name="the same id, my own words"),
            indicator(6, Label.GREEN, minute=30),
            indicator(901, Label.GREEN),
            indicator(902, Label.AMBER),
        ),
        with_stix(each("collections", TAXII + "/{}/objects/"), indicator(903, Label.GREEN)),
    ],
    "DELETE /taxii2/<root>/collections/<ident>/objects/<stix_id>/": [
        each("objects", TAXII + "/inbox/objects/{}/", TAXII + "/council/objects/{}/"),
        first("objects", TAXII + "/electricity/objects/{}/", TAXII + "/water/objects/{}/?match[version]=first"),
    ],
    "POST /sign-in": [
        with_form(fixed("/sign-in"), {"username": "kyoko", "password": "x" * 14}, {"username": "", "password": ""})
    ],
    "POST /sign-in/code": [with_form(fixed("/sign-in/code"), {"code": "000000"})],
    "POST /sign-in/letter": [with_form(fixed("/sign-in/letter"), {"code": "ABCD-EFGH"})],
    "POST /sign-in/enrol": [with_form(fixed("/sign-in/enrol"), {"code": "000000"})],
    "POST /join": [
        with_form(
            fixed("/join"),
            {"code": "ABCD-EFGH", "username": "kyoko", "password": "y" * 20, "password_again": "y" * 20},
            {"code": ""},
        )
    ],
    "POST /reset": [with_form(fixed("/reset"), {"code": "ABCD-EFGH"})],
    "POST /agreement": [with_form(fixed("/agreement"), {"version": "1"})],
    "POST /people/invite": [with_form(fixed("/people/invite"), INVITED)],
    "POST /people/invitations/<uuid:invitation_id>/withdraw": [
        with_form(each("invitations", "/people/invitations/{}/withdraw"), {})
    ],
    "POST /people/<uuid:membership_id>/reset": [with_form(each("memberships", "/people/{}/reset"), {"what": "both"})],
    "POST /people/resets/<uuid:request_id>/grant": [with_form(each("resets", "/people/resets/{}/grant"), {})],
    "POST /people/resets/<uuid:request_id>/refuse": [with_form(each("resets", "/people/resets/{}/refuse"), {})],
    "POST /waiting-letters/<uuid:invitation_id>/confirm": [
        with_form(each("invitations", "/waiting-letters/{}/confirm"), {})
    ],
    "POST /waiting-letters/<uuid:invitation_id>/drop": [with_form(each("invitations", "/waiting-letters/{}/drop"), {})],
    "POST /people/keys/<uuid:key_id>/revoke": [with_form(each("keys", "/people/keys/{}/revoke"), {})],
    "POST /mail/address": [with_form(fixed("/mail/address"), {"address": "reader@example.jp"}, {"address": "“a”@b"})],
    "POST /mail/code": [with_form(fixed("/mail/code"), {"code": "00000000"})],
    "POST /mail/wishes": [with_form(fixed("/mail/wishes"), {"wishes": "digest"})],
    "POST /mail/forget": [with_form(fixed("/mail/forget"), {})],
    "POST /account/keys/<uuid:key_id>/revoke": [with_form(each("keys", "/account/keys/{}/revoke"), {})],
    "POST /account/keys/new": [
        with_form(fixed("/account/keys/new"), {"name": "", "scopes": "feed:objects:read", "days": "90"})
    ],
    "POST /account/language": [with_form(fixed("/account/language"), {"language": "en"})],
    "POST /account/password": [
        with_form(fixed("/account/password"), {"present_password": "", "password": "", "password_again": ""})
    ],
    "POST /account/sessions/<ident>/end": [with_form(fixed(f"/account/sessions/{ABSENT}/end"), {})],
}

ENDING: Mapping[str, Sequence[Line]] = {
    "POST /hats/<uuid:membership_id>": [with_form(each("memberships", "/hats/{}"), {})],
    "POST /people/findable": [with_form(fixed("/people/findable"), {"findable": "no"})],
    "POST /people/<uuid:membership_id>/roles": [with_form(each("memberships", "/people/{}/roles"), {"roles": "desk"})],
    "POST /people/<uuid:membership_id>/end": [with_form(each("memberships", "/people/{}/end"), {})],
}
