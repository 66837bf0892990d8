"""A door: promises (受付証) and receipts (受領証) of what one submitted."""

from typing import Any, Final

from sqlalchemy.orm import Session

from crypto.receipt import build_receipt
from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import NUMBER, REFERENCE
from sharing.audit.receipts import find_entry_of_report, promise_of_entry, prove_entry
from sharing.collections.statuses import load_status
from sharing.errors import NotVisible
from sharing.reports.visible import load_visible_report

room = Room("receipts", __name__, url_prefix="/api/v1", description="Promises and receipts, for `log verify`")

_POST: Final = {
    "name": "ident",
    "description": "The id of the status resource of the post.",
    "schema": {"type": "string"},
    "example": "2d086da7-4bdc-4f91-900e-d77486753710",
}
EvidenceSchema = fields.schema(
    "Evidence",
    {
        "promise": fields.text("The signed promise (受付証), a file.", required=True),
        "receipt": fields.text(
            "The receipt (受領証), a C2SP tlog-proof file; none until a signed checkpoint holds the entry.",
            allow_none=True,
            required=True,
        ),
        "shard": fields.text("The part of the log in which the entry stands.", "2026", allow_none=True, required=True),
        "index": fields.number("Its index there.", 4711, allow_none=True, required=True),
        "witnessed": fields.number("How many witnesses cosigned the checkpoint of the receipt.", 2, required=True),
        "witnesses": fields.number("How many witnesses there are.", 3, required=True),
    },
)


@operation(
    room,
    "/reports/<reference>/versions/<int:number>/receipt",
    "報の受付証・受領証",
    refusals=(403, 404),
    path=(REFERENCE, NUMBER),
)
@room.response(200, EvidenceSchema)
def read_receipt_of_version(reference: str, number: int) -> dict[str, Any]:
    """Promise and receipt of a version that your organization filed"""
    actor = the_actor()
    with the_hub().reading() as session:
        view = load_visible_report(session, actor, reference)
        version = next((each for each in view.versions if view.is_own and each.number == number), None)
        entry = None if version is None else find_entry_of_report(session, actor, view.id, version.id)
        if entry is None:
            raise NotVisible("no such version")
        return _evidence(session, entry)


@operation(room, "/posts/<ident>/receipt", "TAXII投稿の受付証・受領証", refusals=(403, 404), path=_POST)
@room.response(200, EvidenceSchema)
def read_receipt_of_post(ident: str) -> dict[str, Any]:
    """Promise and receipt of a TAXII post of yours, by the id of its status, for a day"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        kept = load_status(session, actor, ident, now=hub.clock())
        if kept.entry_id is None:
            raise NotVisible("nothing of this post was taken")
        return _evidence(session, kept.entry_id)


def _evidence(session: Session, entry_id: int) -> dict[str, Any]:
    proof = prove_entry(session, entry_id, known=the_hub().roots)
    return {
        "promise": the_hub().sign_promise(promise_of_entry(session, entry_id)).decode(),
        "receipt": build_receipt(proof.receipt).decode() if proof is not None else None,
        "shard": proof.shard if proof is not None else None,
        "index": proof.index if proof is not None else None,
        "witnessed": len(proof.covered.witnesses) if proof is not None else 0,
        "witnesses": proof.covered.known if proof is not None else 0,
    }
