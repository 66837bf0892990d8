"""A door: the secretariat proposes to share wider; the sender approves exactly what it looked at, or refuses."""

from typing import Any, Final
from uuid import UUID

import orjson
from flask import Response
from sqlalchemy.orm import Session

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import REFERENCE
from hub.reports.originals import log_originals
from models.vocabulary import Form, Label, ProposalState
from sharing.actor import Actor
from sharing.reports.approval.approvals import ProposalView, approve_proposal, load_proposal, refuse_proposal
from sharing.reports.approval.drafting import ProposalDraft, Wish, draft_proposal
from sharing.reports.approval.proposals import propose
from sharing.reports.editions.making import BuiltForm
from sharing.reports.editions.translation import LANGUAGES
from sharing.reports.fields import ALL_TEXTS
from sharing.reports.preview import readers_of
from sharing.reports.reading import load_report
from sharing.reports.reasons import REASON_LIMIT

room = Room("proposals", __name__, url_prefix="/api/v1", description="Sharing wider, with the sender's approval")

_STATES: Final = [state.value for state in ProposalState]
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

WishSchema = fields.schema(
    "Wish",
    {
        "label": fields.label("The label at which it is to be shared.", "TLP:GREEN", required=True),
        "number": fields.number("The version that you looked at.", 1, least=1, most=10_000, strict=True, required=True),
        "edited_texts": fields.part(
            fields.schema("EditedTexts", {name: fields.text("Instead of the sender's text.") for name in ALL_TEXTS}),
            load_default=dict,
        ),
        "left_out": fields.texts("Values of indicators that the anonymised form leaves out.", load_default=list),
        "keep_mentions": fields.flag(
            "What a text names may stay, though fewer may read it.", False, load_default=False
        ),
        "only_anonymised": fields.flag("Nobody new gets the sender's name.", False, load_default=False),
        "other_title": fields.text(
            "A title in the other language; it goes out with the edition, and with a summary.",
            "Reservation systems do not answer",
            load_default="",
        ),
        "other_summary": fields.text(
            "A summary in the other language.", "Since about 11:00 no seat can be reserved.", load_default=""
        ),
        "other_language": fields.one_of(
            "The language of these two; the texts of the report are in the other one.",
            list(LANGUAGES),
            "en",
            load_default="en",
        ),
    },
)
FormSchema = fields.schema(
    "Form",
    {
        "form": fields.one_of(
            "With the sender's name or without.", [form.value for form in Form], "anonymised", required=True
        ),
        "readers": fields.texts("The groups that would get it.", ["members"], required=True),
        "objects": fields.said(
            "The STIX objects, byte for byte as they would go out.",
            kind="array",
            answered=True,
            items={"type": "object"},
        ),
    },
)
FindingSchema = fields.schema(
    "Finding",
    {
        "field": fields.text("The text in which it stands.", "summary", required=True),
        "found": fields.text("What it found there.", required=True),
    },
)
DraftSchema = fields.schema(
    "ProposalDraft",
    {
        "reference": fields.text("The reference number of the report.", required=True),
        "number": fields.number("The version.", 1, required=True),
        "label": fields.label("The label wished for.", "TLP:GREEN", required=True),
        "wider": fields.flag("True: the sender must approve it.", True, required=True),
        "findings": fields.parts(FindingSchema, required=True),
        "mentions": fields.parts(FindingSchema, required=True),
        "forms": fields.parts(FormSchema, required=True),
    },
)
ProposedSchema = fields.schema(
    "Proposed",
    {
        "id": fields.ident("The id of the proposal.", required=True),
        "state": fields.one_of(
            "waiting; or approved, or embargoed, where the sender's label allows it.",
            _STATES,
            required=True,
        ),
    },
)
ProposalSchema = fields.schema(
    "Proposal",
    {
        "id": fields.ident("The id.", required=True),
        "reference": fields.text("The reference number of the report.", required=True),
        "number": fields.number("The version.", 1, required=True),
        "label": fields.label("The label proposed.", "TLP:GREEN", required=True),
        "sender_label": fields.label("The label that the sender gave the version.", required=True),
        "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
        "state": fields.one_of("Where it stands.", _STATES, "waiting", required=True),
        "is_current": fields.flag("Whether it can still go out as it stands.", True, required=True),
        "may_decide": fields.flag("Whether you may approve or refuse it.", True, required=True),
        "digest": fields.text("What an approval names: over label, policy, readers and bytes.", _DIGEST, required=True),
        "proposed_at": fields.moment("When.", required=True),
        "decided_at": fields.moment("When it was decided.", allow_none=True, required=True),
        "reason": fields.text("Why it was refused.", required=True),
        "mentions": fields.texts(
            "While it waits: what the texts name that fewer may read, as far as you may see that.", [], required=True
        ),
        "forms": fields.parts(FormSchema, required=True),
    },
)
ApprovalSchema = fields.schema(
    "Approval",
    {"digest": fields.digest("The digest of the proposal that you looked at.", _DIGEST, required=True)},
)
RefusalSchema = fields.schema(
    "Refusal",
    {
        "reason": fields.text(
            "Why; the secretariat reads it.", "装置名を伏せてほしい。", longest=REASON_LIMIT, required=True
        )
    },
)
_WISH_EXAMPLE: Final = {"label": "TLP:GREEN", "number": 1, "edited_texts": {"summary": "受付の仕組みが停止した。"}}
_PROPOSAL: Final = {"name": "proposal_id", "description": "The id of a proposal."}
_REFUSALS: Final = (403, 404, 409, 413, 415, 422)


@operation(
    room,
    "/reports/<reference>/proposals/draft",
    "共有範囲を広げる案の下書き",
    method="POST",
    refusals=_REFUSALS,
    path=REFERENCE,
)
@room.arguments(WishSchema, example=_WISH_EXAMPLE)
@room.response(200, DraftSchema)
def draft(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """What a proposal would lead to; nothing is written"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        report = load_report(session, actor, reference)
        found = draft_proposal(
            session,
            actor,
            report.id,
            _wish(body),
            means=hub.means(session),
        )
        forms = _forms(session, actor, found.forms, found.report.organization_id)
    log_originals(hub, actor, [found.report], what="draft")
    return _draft(found, forms)


@operation(
    room,
    "/reports/<reference>/proposals",
    "共有範囲を広げる案の提示",
    method="POST",
    refusals=_REFUSALS,
    path=REFERENCE,
)
@room.arguments(WishSchema, example=_WISH_EXAMPLE)
@room.response(201, ProposedSchema)
def create_proposal(body: dict[str, Any], reference: str) -> Any:
    """Propose an edition; what the sender's own label allows is published at once"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        report = load_report(session, actor, reference)
        made = propose(
            session,
            actor,
            report.id,
            _wish(body),
            means=hub.means(session),
        )
    where = f"/api/v1/proposals/{made.proposal_id}"
    return {"id": made.proposal_id, "state": made.state.value}, 201, {"Location": where}


@operation(room, "/proposals/<uuid:proposal_id>", "共有範囲を広げる案", refusals=(403, 404), path=_PROPOSAL)
@room.response(200, ProposalSchema)
def read_proposal(proposal_id: UUID) -> dict[str, Any]:
    """A proposal with the exact bytes and readers of each form"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        policy = hub.policy(session)
        view = load_proposal(session, actor, proposal_id, now=hub.clock(), policy=policy, builder=hub.editions)
        forms = _forms(session, actor, view.forms, view.organization_id)
    log_originals(hub, actor, [view], what="proposal")
    return _proposal(view, forms)


@operation(
    room,
    "/proposals/<uuid:proposal_id>/approve",
    "案の承認",
    method="POST",
    refusals=_REFUSALS,
    path=_PROPOSAL,
)
@room.arguments(ApprovalSchema)
@room.response(204, description="It is published, or waits for the end of an embargo")
def approve(body: dict[str, Any], proposal_id: UUID) -> Any:
    """Approve exactly what you looked at; it is published with this"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        approve_proposal(
            session,
            actor,
            proposal_id,
            bytes.fromhex(body["digest"]),
            means=hub.means(session),
        )
    return Response(status=204)


@operation(
    room,
    "/proposals/<uuid:proposal_id>/refuse",
    "案の却下",
    method="POST",
    refusals=_REFUSALS,
    path=_PROPOSAL,
)
@room.arguments(RefusalSchema)
@room.response(204, description="It is refused")
def refuse(body: dict[str, Any], proposal_id: UUID) -> Any:
    """Refuse a proposal, with the reason"""
    hub = the_hub()
    with hub.writing() as session:
        refuse_proposal(session, the_actor(), proposal_id, body["reason"], context=hub.context())
    return Response(status=204)


def _wish(body: dict[str, Any]) -> Wish:
    return Wish(
        label=Label(body["label"]),
        number=body["number"],
        edited_texts=body["edited_texts"],
        left_out=frozenset(body["left_out"]),
        only_anonymised=body["only_anonymised"],
        keep_mentions=body["keep_mentions"],
        other_title=body["other_title"],
        other_summary=body["other_summary"],
        other_language=body["other_language"],
    )


def _forms(session: Session, actor: Actor, forms: tuple[BuiltForm, ...], sender: UUID) -> list[dict[str, Any]]:
    """Each form with its readers: to the secretariat, whom the sender named is told as a group."""
    viewer = None if actor.organization.id == sender else actor.organization
    return [
        {
            "form": form.form.value,
            "readers": sorted(token for token, *_ in readers_of(session, form.rules, viewer)),
            "objects": [orjson.Fragment(each.raw) for each in form.objects],
        }
        for form in forms
    ]


def _draft(found: ProposalDraft, forms: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "reference": found.report.reference,
        "number": found.version.number,
        "label": found.label.value,
        "wider": found.wider,
        "findings": found.findings,
        "mentions": [{"field": each.field, "found": each.words} for each in found.mentions],
        "forms": forms,
    }


def _proposal(view: ProposalView, forms: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": view.id,
        "reference": view.reference,
        "number": view.number,
        "label": view.label.value,
        "sender_label": view.sender_label.value,
        "exercise": view.exercise,
        "state": view.state.value,
        "is_current": view.is_current,
        "may_decide": view.may_decide,
        "digest": view.digest.hex(),
        "proposed_at": view.proposed_at,
        "decided_at": view.decided_at,
        "reason": view.reason,
        "mentions": [each.words for each in view.mentions],
        "forms": forms,
    }
