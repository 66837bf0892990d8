"""Holds what the descriptions of reports say at this door: their fields, in requests and in answers."""

from typing import Final

from hub.api import fields
from hub.api.attachments import AttachmentSchema
from models.vocabulary import ReportKind, ReportState, Status
from sharing.lists.shown import LONGEST
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.fields import (
    CORRECTION_LIMIT,
    DETAILS_LIMIT,
    INDICATORS_LIMIT,
    LINE_LIMIT,
    MOST_LISTS,
    SUMMARY_LIMIT,
    TEXT_LIMIT,
)
from sharing.reports.further import STATES

LONGEST_KEY: Final = 255
"""Characters of an Idempotency-Key."""

_REFERENCE = "K7QM-4TX2-P"
_FLAGS: Final = {
    "consent_nco": "Consent to pass it on to NCO.",
    "consent_ministry": "Consent to pass it on to the ministry section in charge.",
    "consent_foreign": "Consent to pass it on to foreign partners through NCO.",
    "consent_police": "Consent to pass it on to the police.",
    "name_to_sector": "Your name may be shown to the own sector.",
    "not_for_publication": "Not to be published.",
    "not_for_supervision": "Not to be used for supervision or sanctions.",
    "exercise": "An exercise (訓練), not real.",
}
_CONTENT: Final = {
    "event_type": fields.said("A code of event-types.", "E30"),
    "noticed_at": fields.said("When it was noticed, with a zone.", "2026-11-20T11:00:00+09:00", format="date-time"),
    "service_impact": fields.said("Whether the service suffers: a code of service-impact.", "yes"),
    "summary": fields.said("One sentence.", "受付システムが停止している。", maxLength=SUMMARY_LIMIT),
    "label": fields.said("The TLP 2.0 label: how far it may go.", "TLP:AMBER", enum=fields.LABELS),
    "kind": fields.said("Which report of the incident it is.", "first", enum=[kind.value for kind in ReportKind]),
    "causes": fields.said("Codes of cause-types.", ["C101"], kind="array", items={"type": "string"}),
    "occurred_at": fields.said("When it occurred, with a zone.", format="date-time", nullable=True),
    "correction": fields.said(
        "What an earlier version said wrongly, and what is right; in a version after the first.",
        maxLength=CORRECTION_LIMIT,
    ),
    "details": fields.said("What happened.", maxLength=DETAILS_LIMIT),
    "system_class": fields.said("A code of system-classes.", "it", nullable=True),
    "affected_service": fields.said("The service affected.", maxLength=LINE_LIMIT),
    "affected_users": fields.said("Who is affected, and how many.", maxLength=LINE_LIMIT),
    "recovery": fields.said("A code of recovery-states.", "partial", nullable=True),
    "recovered_at": fields.said("When it recovered, with a zone.", format="date-time", nullable=True),
    "measures": fields.said("What was done.", maxLength=TEXT_LIMIT),
    "spillover_from": fields.said("The sector from which it spilled over.", "telecommunications", nullable=True),
    "lessons": fields.said("What others may learn.", maxLength=TEXT_LIMIT),
    **{name: fields.said(about, False, kind="boolean") for name, about in _FLAGS.items()},
    "lists": fields.said(
        "Ids of your organization's named lists: whom else it goes to.",
        kind="array",
        maxItems=MOST_LISTS,
        items={"type": "string", "format": "uuid"},
    ),
    "indicators": fields.said(
        "Indicators that you saw.",
        [{"kind": "ipv4-addr", "value": "192.0.2.7"}],
        kind="array",
        maxItems=INDICATORS_LIMIT,
        items={
            "type": "object",
            "required": ["kind", "value"],
            "properties": {
                "kind": {"type": "string", "enum": list(INDICATOR_CHECKS)},
                "value": {"type": "string"},
            },
        },
    ),
    "technical_label": fields.said(
        "A wider label at which the technical part (indicators and the technical fields of the form) goes out alone, "
        "in the secretariat's name and without the victim.",
        "TLP:GREEN",
        enum=fields.LABELS,
        nullable=True,
    ),
    "further": fields.said(
        "What the form asks besides, by the names of /report-form: a text, a code, a list of codes, a time with a "
        "zone, stages of recovery, or a quantity, which is exact, about, or between least and most.",
        {"users": {"least": 2000, "most": 3000}, "attack": "ddos"},
        kind="object",
        additionalProperties=True,
    ),
    "states": fields.said(
        "Fields of which nobody knows what they are (unknown), or that are being looked into (investigating).",
        {"hours": "investigating"},
        kind="object",
        additionalProperties={"type": "string", "enum": list(STATES)},
    ),
}
FIVE: Final = ["event_type", "noticed_at", "service_impact", "summary", "label"]
EXAMPLE: Final = {
    "submission": "0d5b8a8e-3f0a-4a63-9a52-6b1f0a3c9d10",
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
}

ContentSchema = fields.schema("ReportContent", _CONTENT)
FilingSchema = fields.schema(
    "ReportFiling",
    {
        "submission": fields.said("A random UUID of this form: sent twice, it is filed once.", format="uuid"),
        "attachments": fields.said(
            "Ids of uploads that are all here: the files that go with it.",
            kind="array",
            maxItems=100,
            items={"type": "string", "format": "uuid"},
        ),
        "seen": fields.said(
            "With the next version of a report: its `seen` as you read it. Refused (409) where it stands otherwise by "
            "now; without it nobody looks, and what came meanwhile is gone on from unseen.",
            "2",
            maxLength=7,
        ),
        "readers_seen": fields.said(
            "The `readers_seen` of POST /preview, asked with the same lists. Refused (409) where one of them names "
            "others by now, was not shown, or another policy is in force; without it nobody looks.",
            "@1",
            maxLength=LONGEST,
        ),
        "keep_mentions": fields.said("What a text names may stay, though fewer may read it.", False, kind="boolean"),
        "technical_seen": fields.said(
            "With a `technical_label`: the digest of POST /preview/technical, which says what goes out, and to whom.",
            maxLength=64,
        ),
        **_CONTENT,
    },
)
ReceiptSchema = fields.schema(
    "Receipt",
    {
        "reference": fields.text(
            "The reference number (整理番号), to say on the telephone.", _REFERENCE, required=True
        ),
        "number": fields.number("Which version it is: 第n報.", 1, required=True),
        "filed_at": fields.moment("When it was received.", required=True),
        "repeated": fields.flag("True: this form had come before, nothing was stored again.", False, required=True),
        "promise": fields.text(
            "The log's signed promise (受付証): this will stand in the log within a minute. A file for `log verify`.",
            "ceptoar-hub promise v1\nhub.example/log\n…",
            required=True,
        ),
    },
)
_LINE: Final = {
    "reference": fields.text("The reference number (整理番号).", _REFERENCE, required=True),
    "sector": fields.text("The code of the sector.", "electricity", required=True),
    "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
    "label": fields.label("The label of the last version.", required=True),
}
ReportLineSchema = fields.schema(
    "ReportLine",
    {
        **_LINE,
        "organization_ja": fields.text("The sender in Japanese.", required=True),
        "organization_en": fields.text("The sender in English.", required=True),
        "number": fields.number("The last version that you see.", 1, required=True),
        "kind": fields.one_of("Its kind.", [kind.value for kind in ReportKind], "first", required=True),
        "event_type": fields.text("Its event type.", "E30", required=True),
        "service_impact": fields.text("Whether the service suffers.", "yes", required=True),
        "summary": fields.text("Its one sentence.", required=True),
        "filed_at": fields.moment("When it was filed.", required=True),
        "status": fields.one_of(
            "Where it stands on its way to others.", [s.value for s in Status], "new", required=True
        ),
    },
)
ReportLinesSchema = fields.schema(
    "ReportLines",
    {
        "items": fields.parts(ReportLineSchema, required=True),
        "more": fields.flag("Whether there are older ones.", False, required=True),
        "next": fields.text("Where to go on.", allow_none=True, required=True),
    },
)
VersionSchema = fields.schema(
    "ReportVersion",
    {
        "number": fields.number("第n報.", 1, required=True),
        "kind": fields.one_of("Its kind.", [kind.value for kind in ReportKind], "first", required=True),
        "label": fields.label("Its label.", required=True),
        "filed_at": fields.moment("When it was filed.", required=True),
        "content": fields.part(ContentSchema, required=True),
    },
)
ProposalLineSchema = fields.schema(
    "ProposalLine",
    {
        "id": fields.ident("The id.", required=True),
        "number": fields.number("The version that it was made of.", 1, required=True),
        "label": fields.label("The label proposed.", "TLP:GREEN", required=True),
        "state": fields.text("waiting, approved, refused or outdated.", "waiting", required=True),
        "proposed_at": fields.moment("When.", required=True),
        "decided_at": fields.moment("When it was decided.", allow_none=True, required=True),
        "reason": fields.text("Why it was refused.", required=True),
    },
)
ReportSchema = fields.schema(
    "Report",
    {
        **_LINE,
        "ceptoar": fields.text("The code of the CEPTOAR.", "electricity", required=True),
        "organization": fields.ident("The id of the sender.", required=True),
        "state": fields.one_of("open or closed.", [state.value for state in ReportState], "open", required=True),
        "is_own": fields.flag("Whether it is your organization's.", True, required=True),
        "seen": fields.text(
            "Of your organization's own: how it stands now, to be sent with its next version; the number of the last "
            "one, and a w where the report was withdrawn after it.",
            "2",
            required=True,
            allow_none=True,
        ),
        "versions": fields.parts(VersionSchema, required=True),
        "proposals": fields.parts(ProposalLineSchema, required=True),
        "attachments": fields.parts(AttachmentSchema, required=True),
    },
)
ListQuery = fields.schema(
    "ReportsQuery",
    {
        "status": fields.one_of("Only those that stand here.", [status.value for status in Status], "new"),
        "label": fields.label("Only those whose last version has this label."),
        "state": fields.one_of("Only open or closed ones.", [state.value for state in ReportState], "open"),
        "next": fields.text("The `next` of the page before; repeat the filters.", longest=500),
    },
)

KEY_HEADER: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Instead of `submission`: any text of your own for this form; sent twice, it is filed once.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "example": "ticket-4711-first",
}
REFERENCE: Final = {
    "name": "reference",
    "description": "The reference number, in capitals or not, with hyphens or without.",
    "example": _REFERENCE,
}
NUMBER: Final = {"name": "number", "description": "Which version: 第n報.", "schema": {"type": "integer"}, "example": 1}
