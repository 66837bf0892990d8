"""The request table: for each route of the application what is asked there, or why nothing is.

A route that stands neither here nor among the exempt fails the check, and so does a line without a route.
Reading stands before writing, and what ends or hides things of the readers themselves comes last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask import Flask

from models.vocabulary import Label
from tests.leaks.asking import Ask, Ids, Line, each, first, fixed, query, with_form, with_json, with_part, with_stix
from tests.leaks.verbs import indicator

ABSENT = "00000000-0000-4000-8000-00000000dead"
MAIL_NUMBER = "K7QM-4TX2-P"
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
HIDDEN_NAME = "連携先"
"""The name of a list that another organization may have too."""
TAXII = "/taxii2/hub/collections"
REST = "/api/v1"

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

OPEN: Mapping[str, Sequence[Line]] = {
    "GET /healthz": [fixed("/healthz")],
    "GET /readyz": [fixed("/readyz")],
    "GET /metrics": [fixed("/metrics")],
    "GET /schemas/<name>/": [fixed("/schemas/liaison-form/")],
    "GET /schemas/<name>/<version>.json": [fixed("/schemas/liaison-form/1.0.0.json")],
    "GET /log/": [fixed("/log/")],
    "GET /log/checkpoint": [fixed("/log/checkpoint")],
    "GET /log/vkeys": [fixed("/log/vkeys")],
    "GET /log/rotations": [fixed("/log/rotations")],
    "GET /log/<shard>/checkpoint": [fixed("/log/2026/checkpoint", "/log/2025/checkpoint")],
    "GET /log/<shard>/tile/<kind>/<path:place>": [fixed("/log/2026/tile/0/x001/000", "/log/2025/tile/entries/000")],
}

READ_TAXII: Mapping[str, Sequence[Line]] = {
    "GET /taxii2/": [fixed("/taxii2/")],
    "GET /taxii2/<root>/": [fixed("/taxii2/hub/", "/taxii2/none/"), each("roots", "/taxii2/{}/")],
    "GET /taxii2/<root>/collections/": [fixed(f"{TAXII}/"), each("roots", "/taxii2/{}/collections/")],
    "GET /taxii2/<root>/collections/<ident>/": [fixed(f"{TAXII}/water/"), each("collections", TAXII + "/{}/")],
    "GET /taxii2/<root>/collections/<ident>/objects/": [
        fixed(
            f"{TAXII}/inbox/objects/",
            f"{TAXII}/inbox/objects/?limit=2",
            f"{TAXII}/exercise/objects/",
            f"{TAXII}/digests/objects/",
            f"{TAXII}/water/objects/?match[version]=all",
            f"{TAXII}/electricity/objects/?match[type]=incident&limit=1",
            f"{TAXII}/inbox/objects/?match[version]=first&limit=3",
            f"{TAXII}/inbox/objects/?added_after=2026-11-20T03:10:00.000Z",
        ),
        each("cursors", TAXII + "/inbox/objects/?limit=2&next={}"),
        each("collections", TAXII + "/{}/objects/"),
    ],
    "GET /taxii2/<root>/collections/<ident>/manifest/": [
        fixed(f"{TAXII}/inbox/manifest/", f"{TAXII}/public/manifest/?match[version]=all"),
    ],
    "GET /taxii2/<root>/collections/<ident>/objects/<stix_id>/": [each("objects", TAXII + "/inbox/objects/{}/")],
    "GET /taxii2/<root>/collections/<ident>/objects/<stix_id>/versions/": [
        each("objects", TAXII + "/inbox/objects/{}/versions/")
    ],
    "GET /taxii2/<root>/collections/<ident>/x_tally/": [
        fixed(f"{TAXII}/inbox/x_tally/", f"{TAXII}/water/x_tally/?added_after=2026-11-20T03:10:00.000Z"),
        each("collections", TAXII + "/{}/x_tally/"),
        each("roots", "/taxii2/{}/collections/inbox/x_tally/"),
    ],
    "GET /taxii2/<root>/status/<ident>/": [
        each("statuses", "/taxii2/hub/status/{}/"),
        fixed(f"/taxii2/hub/status/{ABSENT}/"),
    ],
}

READ_REST: Mapping[str, Sequence[Line]] = {
    "GET /api/v1/me": [fixed(f"{REST}/me")],
    "GET /api/v1/organizations": [fixed(f"{REST}/organizations")],
    "GET /api/v1/sectors": [fixed(f"{REST}/sectors")],
    "GET /api/v1/codes/<name>": [fixed(f"{REST}/codes/event-types")],
    "GET /api/v1/report-form": [fixed(f"{REST}/report-form")],
    "GET /api/v1/feeds": [fixed(f"{REST}/feeds")],
    "GET /api/v1/feeds/<feed>/objects": [
        fixed(f"{REST}/feeds/inbox/objects", f"{REST}/feeds/water/objects?limit=2&version=all"),
        each("collections", REST + "/feeds/{}/objects"),
    ],
    "GET /api/v1/feeds/<feed>/search": [
        fixed(f"{REST}/feeds/inbox/search?q=%E9%80%9A%E4%BF%A1", f"{REST}/feeds/inbox/search?q=relay&limit=1"),
        fixed(f"{REST}/feeds/inbox/search?q=%E9%9A%A0%E3%81%97%E4%BA%8B", f"{REST}/feeds/water/search?q=198.51.100.7"),
        each("references", REST + "/feeds/inbox/search?q={}"),
    ],
    "GET /api/v1/objects/<stix_id>": [each("objects", REST + "/objects/{}")],
    "GET /api/v1/reports": [fixed(f"{REST}/reports", f"{REST}/reports?state=open&status=new")],
    "GET /api/v1/reports/<reference>": [each("references", REST + "/reports/{}")],
    "GET /api/v1/reports/<reference>/versions/<int:number>/receipt": [
        each("references", REST + "/reports/{}/versions/1/receipt"),
    ],
    "GET /api/v1/reports/<reference>/versions/<int:number>/paper": [
        each("references", REST + "/reports/{}/versions/1/paper"),
    ],
    "GET /api/v1/reports/<reference>/versions/<int:number>/receipt/paper": [
        first("references", REST + "/reports/{}/versions/1/receipt/paper"),
    ],
    "GET /api/v1/reports/<reference>/common-forms/<name>/paper": [
        first("references", REST + "/reports/{}/common-forms/ddos/paper"),
    ],
    "GET /api/v1/reports/<reference>/common-forms/<name>/workbook": [
        fixed(f"{REST}/reports/K7QM-4TX2-P/common-forms/ddos/workbook"),
    ],
    "GET /api/v1/objects/<stix_id>/paper": [first("objects", REST + "/objects/{}/paper")],
    "GET /api/v1/cases/files/<uuid:file_id>/content": [fixed(f"{REST}/cases/files/{ABSENT}/content")],
    "GET /api/v1/posts/<ident>/receipt": [
        each("statuses", REST + "/posts/{}/receipt"),
        fixed(f"{REST}/posts/{ABSENT}/receipt"),
    ],
    "GET /api/v1/proposals/<uuid:proposal_id>": [each("proposals", REST + "/proposals/{}")],
    "GET /api/v1/reports/<reference>/recalls": [each("references", REST + "/reports/{}/recalls")],
    "GET /api/v1/recalls": [fixed(f"{REST}/recalls")],
    "GET /api/v1/questions": [fixed(f"{REST}/questions")],
    "GET /api/v1/questions/<uuid:inquiry_id>": [each("inquiries", REST + "/questions/{}")],
    "GET /api/v1/lists": [fixed(f"{REST}/lists")],
    "GET /api/v1/lists/<uuid:list_id>": [each("lists", REST + "/lists/{}")],
    "GET /api/v1/lists/<uuid:list_id>/narrowing": [each("lists", REST + "/lists/{}/narrowing")],
    "GET /api/v1/reports/<reference>/embargoes": [each("references", REST + "/reports/{}/embargoes")],
    "GET /api/v1/reports/<reference>/ledger": [each("references", REST + "/reports/{}/ledger")],
    "GET /api/v1/reports/<reference>/readings": [each("references", REST + "/reports/{}/readings")],
    "GET /api/v1/ledger/received": [fixed(f"{REST}/ledger/received")],
    "GET /api/v1/trends": [fixed(f"{REST}/trends", f"{REST}/trends?span=year")],
    "GET /api/v1/digests": [fixed(f"{REST}/digests")],
    "GET /api/v1/digests/<uuid:digest_id>": [each("digests", REST + "/digests/{}")],
    "GET /api/v1/inbox": [fixed(f"{REST}/inbox", f"{REST}/inbox?view=closed&order=newest")],
    "GET /api/v1/board": [fixed(f"{REST}/board")],
    "GET /api/v1/inbox/<reference>/together": [each("references", REST + "/inbox/{}/together")],
    "GET /api/v1/reports/<reference>/relay": [each("references", REST + "/reports/{}/relay")],
    "GET /api/v1/cases": [fixed(f"{REST}/cases", f"{REST}/cases?joined=yes")],
    "GET /api/v1/shifts": [fixed(f"{REST}/shifts")],
    "GET /api/v1/drafts": [fixed(f"{REST}/drafts")],
    "GET /api/v1/drafts/<uuid:draft_id>": [fixed(f"{REST}/drafts/{ABSENT}"), each("drafts", REST + "/drafts/{}")],
    "GET /api/v1/lessons": [fixed(f"{REST}/lessons", f"{REST}/lessons?q=%E9%9A%A0%E3%81%97%E4%BA%8B")],
    "GET /api/v1/uploads/<uuid:upload_id>": [each("uploads", REST + "/uploads/{}")],
    "GET /api/v1/objects/<stix_id>/attachments": [each("objects", REST + "/objects/{}/attachments")],
    "GET /api/v1/attachments/<uuid:attachment_id>": [each("files", REST + "/attachments/{}")],
    "GET /api/v1/attachments/<uuid:attachment_id>/content": [each("files", REST + "/attachments/{}/content")],
    "GET /api/v1/openapi.json": [fixed(f"{REST}/openapi.json")],
    "GET /api/v1/<anything:rest>": [fixed(f"{REST}/nowhere")],
}

READ_PAGES: Mapping[str, Sequence[Line]] = {
    "GET /": [fixed("/")],
    "GET /sign-in": [fixed("/sign-in")],
    "GET /sign-in/code": [fixed("/sign-in/code")],
    "GET /sign-in/letter": [fixed("/sign-in/letter")],
    "GET /sign-in/enrol": [fixed("/sign-in/enrol")],
    "GET /sign-in/enrol.svg": [fixed("/sign-in/enrol.svg")],
    "GET /agreement": [fixed("/agreement")],
    "GET /hats": [fixed("/hats")],
    "GET /join": [fixed("/join")],
    "GET /reset": [fixed("/reset")],
    "GET /people/": [fixed("/people/")],
    "GET /people/members": [fixed("/people/members")],
    "GET /people/invite": [fixed("/people/invite", query("/people/invite", organization=ABSENT))],
    "GET /people/invitations/<uuid:invitation_id>/letter": [each("invitations", "/people/invitations/{}/letter")],
    "GET /people/<uuid:membership_id>/roles": [each("memberships", "/people/{}/roles")],
    "GET /people/<uuid:membership_id>/end": [each("memberships", "/people/{}/end")],
    "GET /people/<uuid:membership_id>/reset": [each("memberships", "/people/{}/reset")],
    "GET /people/resets/<uuid:request_id>/letter": [each("resets", "/people/resets/{}/letter")],
    "GET /waiting-letters/": [fixed("/waiting-letters/")],
    "GET /account/": [fixed("/account/")],
    "GET /mail/": [fixed("/mail/")],
    "GET /mail/<number>/": [fixed(f"/mail/{MAIL_NUMBER}/", "/mail/nothing/")],
    "GET /account/password": [fixed("/account/password")],
    "GET /account/second-factor": [fixed("/account/second-factor")],
    "GET /account/second-factor.svg": [fixed("/account/second-factor.svg")],
    "GET /account/keys/new": [fixed("/account/keys/new")],
    "GET /account/keys/<uuid:key_id>/made": [each("keys", "/account/keys/{}/made")],
    "GET /connect/": [fixed("/connect/")],
    "GET /connect/keys/<uuid:key_id>/": [each("keys", "/connect/keys/{}/")],
    "GET /feed/": [
        fixed(
            "/feed/",
            query("/feed/", **{"in": "electricity", "type": "incident"}),
            query("/feed/", q="通信", label="TLP:AMBER"),
        )
    ],
    "GET /search/": [
        fixed("/search/", query("/search/", q="通信"), query("/search/", q="隠し事"), query("/search/", q="relay")),
        each("references", "/search/?q={}"),
    ],
    "GET /feed/<ident>/objects/<stix_id>/": [each("objects", "/feed/inbox/objects/{}/")],
    "GET /feed/<ident>/objects/<stix_id>/raw": [each("objects", "/feed/inbox/objects/{}/raw")],
    "GET /reports/": [fixed("/reports/")],
    "GET /reports/find": [each("references", "/reports/find?reference={}")],
    "GET /reports/new": [fixed("/reports/new")],
    "GET /reports/preview": [
        fixed("/reports/preview?label=TLP%3AAMBER&nco=1", "/reports/preview?label=TLP%3ARED"),
        each("lists", "/reports/preview?label=TLP%3AAMBER&list={}"),
        each("reports", "/reports/preview?label=TLP%3AAMBER&report={}"),
    ],
    "GET /reports/<uuid:report_id>/": [each("reports", "/reports/{}/")],
    "GET /reports/<uuid:report_id>/follow-up": [first("reports", "/reports/{}/follow-up")],
    "GET /reports/<uuid:report_id>/receipt/<int:number>": [
        first("reports", "/reports/{}/receipt/1", "/reports/{}/receipt/2")
    ],
    "GET /reports/proposals/": [fixed("/reports/proposals/")],
    "GET /reports/proposals/<uuid:proposal_id>/": [each("proposals", "/reports/proposals/{}/")],
    "GET /recalls/": [fixed("/recalls/")],
    "GET /reports/<uuid:report_id>/recall": [each("reports", "/reports/{}/recall")],
    "GET /reports/<uuid:report_id>/embargo": [each("reports", "/reports/{}/embargo")],
    "GET /questions/": [fixed("/questions/")],
    "GET /questions/<uuid:inquiry_id>/": [each("inquiries", "/questions/{}/")],
    "GET /feed/<ident>/objects/<stix_id>/ask": [each("objects", "/feed/inbox/objects/{}/ask")],
    "GET /reports/<uuid:report_id>/ask": [each("reports", "/reports/{}/ask")],
    "GET /reports/deadlines/": [fixed("/reports/deadlines/")],
    "GET /reports/deadlines.ics": [fixed("/reports/deadlines.ics")],
    "GET /reports/<uuid:report_id>/deadlines.ics": [each("reports", "/reports/{}/deadlines.ics")],
    "GET /reports/<uuid:report_id>/authorities/": [each("reports", "/reports/{}/authorities/")],
    "GET /secretariat/cases/files/<uuid:upload_id>/": [fixed(f"/secretariat/cases/files/{ABSENT}/")],
    "GET /reports/batch/": [fixed("/reports/batch/")],
    "GET /reports/batch/sheet.xlsx": [fixed("/reports/batch/sheet.xlsx")],
    "GET /reports/offline-form/": [fixed("/reports/offline-form/")],
    "GET /reports/offline-form/file/<language>": [fixed("/reports/offline-form/file/en")],
    "GET /reports/common-form/": [fixed("/reports/common-form/")],
    "GET /reports/<uuid:report_id>/common-form/<name>.xlsx": [fixed(f"/reports/{ABSENT}/common-form/ddos.xlsx")],
    "GET /reports/<uuid:report_id>/common-form/<name>.pdf": [first("reports", "/reports/{}/common-form/ddos.pdf")],
    "GET /reports/<uuid:report_id>/versions/<int:number>.pdf": [first("reports", "/reports/{}/versions/1.pdf")],
    "GET /reports/<uuid:report_id>/receipt/<int:number>.pdf": [first("reports", "/reports/{}/receipt/1.pdf")],
    "GET /feed/<ident>/objects/<stix_id>/paper.pdf": [first("objects", "/feed/inbox/objects/{}/paper.pdf")],
    "GET /digests/<uuid:digest_id>/digest.pdf": [first("digests", "/digests/{}/digest.pdf")],
    "GET /reports/own-systems/": [fixed("/reports/own-systems/")],
    "GET /reports/drafts/": [fixed("/reports/drafts/")],
    "GET /reports/drafts/<uuid:draft_id>/": [
        fixed(f"/reports/drafts/{ABSENT}/"),
        each("drafts", "/reports/drafts/{}/"),
    ],
    "GET /reports/drafts/<uuid:draft_id>/files/": [
        fixed(f"/reports/drafts/{ABSENT}/files/"),
        each("drafts", "/reports/drafts/{}/files/"),
    ],
    "GET /reports/uploads/<uuid:upload_id>/": [each("uploads", "/reports/uploads/{}/")],
    "GET /files/<uuid:attachment_id>/": [each("files", "/files/{}/")],
    "GET /reports/delegates/": [fixed("/reports/delegates/")],
    "GET /policy/": [fixed("/policy/")],
    "GET /policy/file.json": [fixed("/policy/file.json")],
    "GET /policy/drafts/<uuid:draft_id>/": [fixed(f"/policy/drafts/{ABSENT}/")],
    "GET /policy/past/": [fixed("/policy/past/")],
    "GET /policy/past/<uuid:run_id>/": [fixed(f"/policy/past/{ABSENT}/")],
    "GET /ledger/": [fixed("/ledger/")],
    "GET /ledger/held/": [fixed("/ledger/held/")],
    "GET /ledger/reports/<uuid:report_id>/": [each("reports", "/ledger/reports/{}/")],
    "GET /ledger/reports/<uuid:report_id>/ledger.csv": [each("reports", "/ledger/reports/{}/ledger.csv")],
    "GET /lists/": [fixed("/lists/")],
    "GET /lists/<uuid:list_id>/": [each("lists", "/lists/{}/")],
    "GET /lists/<uuid:list_id>/narrow": [each("lists", "/lists/{}/narrow")],
    "GET /secretariat/": [
        fixed(
            "/secretariat/", "/secretariat/?status=waiting", "/secretariat/?view=closed", "/secretariat/?order=newest"
        )
    ],
    "GET /secretariat/reports/<uuid:report_id>/": [each("reports", "/secretariat/reports/{}/")],
    "GET /reports/<uuid:report_id>/relay": [each("reports", "/reports/{}/relay")],
    "GET /secretariat/call/": [fixed("/secretariat/call/")],
    "GET /secretariat/events/": [fixed("/secretariat/events/")],
    "GET /secretariat/events/<uuid:event_id>/": [fixed(f"/secretariat/events/{ABSENT}/")],
    "GET /secretariat/cases/": [fixed("/secretariat/cases/")],
    "GET /secretariat/phrases/": [fixed("/secretariat/phrases/")],
    "GET /secretariat/shift/": [fixed("/secretariat/shift/")],
    "GET /lessons/": [fixed("/lessons/", query("/lessons/", q="通信"))],
    "GET /board/": [fixed("/board/", "/board/?screen=1", "/board/?every=60")],
    "GET /board/say": [fixed("/board/say")],
    "GET /secretariat/publish/<uuid:report_id>/": [each("reports", "/secretariat/publish/{}/")],
    "GET /digests/": [fixed("/digests/")],
    "GET /digests/<uuid:digest_id>/": [each("digests", "/digests/{}/")],
    "GET /trends/": [fixed("/trends/", "/trends/?span=year")],
    "GET /trends/table.csv": [fixed("/trends/table.csv")],
    "GET /peers/": [fixed("/peers/")],
    "GET /peers/<name>/": [fixed("/peers/nobody/")],
    "GET /signing-keys/": [fixed("/signing-keys/")],
    "GET /signing-keys/<uuid:key_id>/revoke": [fixed(f"/signing-keys/{ABSENT}/revoke")],
    "GET /pushes/": [fixed("/pushes/")],
    "GET /pushes/<name>/": [fixed("/pushes/nobody/")],
    "GET /trail/own/": [fixed("/trail/own/", "/trail/own/?of=me", "/trail/own/?tag=report:version:file")],
    "GET /trail/own/trail.csv": [fixed("/trail/own/trail.csv")],
    "GET /trail/find": [each("references", "/trail/find?reference={}")],
    "GET /trail/": [fixed("/trail/")],
    "GET /trail/reports/<uuid:report_id>/": [each("reports", "/trail/reports/{}/")],
    "GET /trail/objects/<ident>/<stix_id>/": [first("objects", "/trail/objects/inbox/{}/")],
    "GET /receipts/": [fixed("/receipts/")],
    "GET /witnesses/": [fixed("/witnesses/")],
    "GET /receipts/<shard>/<int:index>/": [fixed("/receipts/2026/1/", "/receipts/2026/60/")],
    "GET /receipts/<shard>/<int:index>/file": [
        fixed("/receipts/2026/2/file", "/receipts/2026/60/file?part=actor&part=decision")
    ],
    "GET /receipts/<shard>/<int:index>/promise": [fixed("/receipts/2026/60/promise")],
    "GET /receipts/<shard>/year.zip": [fixed("/receipts/2025/year.zip")],
    "GET /receipts/reports/<uuid:report_id>/<int:number>/": [each("reports", "/receipts/reports/{}/1/")],
    "GET /receipts/reports/<uuid:report_id>/<int:number>/promise": [each("reports", "/receipts/reports/{}/1/promise")],
    "GET /receipts/objects/<ident>/<stix_id>/file": [first("objects", "/receipts/objects/inbox/{}/file")],
}

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

TABLE: Mapping[str, Sequence[Line]] = {**OPEN, **READ_TAXII, **READ_REST, **READ_PAGES, **ASKING, **WRITE, **ENDING}

EXEMPT: Mapping[str, str] = {
    "GET /static/<path:filename>": "files of the program; no database stands behind them",
    "POST /account/second-factor": "changes the caller's own second factor; needs the caller's own codes",
    "POST /account/sessions/end-all": "ends the caller's own sessions, so the caller could ask nothing more",
    "POST /sign-out": "ends the caller's own session",
    "POST /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
    "PUT /api/v1/<anything:rest>": "no route of the REST door takes it",
    "PATCH /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
    "DELETE /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes_of(app: Flask) -> list[str]:
    """Every route of the application, `METHOD /rule`; those of the REST door too, which is an application inside."""
    door = app.view_functions.get("api")
    maps = [app.url_map] + ([door.application().url_map] if door is not None else [])  # type: ignore[attr-defined]
    found = [(rule.rule, rule.methods or set()) for url_map in maps for rule in url_map.iter_rules()]
    return [f"{method} {rule}" for rule, methods in found for method in METHODS if method in methods]


def requests_of(routes: Collection[str], known: Ids, *hidden: Ids) -> list[Ask]:
    """The requests of the table in its order, for the base world's ids and those of hidden things.

    What names a hidden thing comes after all that names the base world: in the world where nothing is hidden, that of
    every thing is asked, and what it leaves (a download is noted too) must not reach what both worlds are asked alike.
    """
    reading = {**OPEN, **READ_TAXII, **READ_REST, **READ_PAGES}
    steps = [(table, ids) for table in (reading, ASKING, WRITE, ENDING) for ids in ((known,), hidden)]
    return [
        ask
        for table, ids in steps
        for route, lines in table.items()
        if route in routes
        for line in lines
        for each_ids in ids
        for ask in line.asks(route, each_ids)
    ]
