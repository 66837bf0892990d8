"""A door: the disclosure ledger: who could read a report of one's own, who did, what one's organization was given."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import REFERENCE
from hub.reports.places import LONGEST, Place, open_place, seal_place
from models.vocabulary import Door, Form
from sharing.reports.visible import load_visible_report
from sharing.shown_readers import ShownReader
from sharing.trail.ledger import Could, Did, EditionReach, Received, list_reach, list_readings, list_received

room = Room("ledger", __name__, url_prefix="/api/v1", description="Who could read what of yours, and who did")

_FORMS: Final = [form.value for form in Form]
_DOORS: Final = [door.value for door in Door]
_PLACE: Final = "q7LJm2H0cZsV9yWb4nXkT1Rd8fGpE6ua"

ReaderSchema = fields.schema(
    "LedgerReader",
    {
        "token": fields.text("Who it is; a group in place of those whom you may not know.", "council", required=True),
        "name_ja": fields.text("The name in Japanese; empty where the token says it all.", required=True),
        "name_en": fields.text("The name in English.", required=True),
        "is_named": fields.flag("False: a group, and not who of it.", True, required=True),
    },
)
CouldSchema = fields.schema(
    "LedgerCould",
    {
        "reader": fields.part(ReaderSchema, required=True),
        "organizations": fields.number("How many organizations of the group.", 1, required=True),
        "rule": fields.text(
            "The rule of the policy that let them.", "council/TLP:GREEN", allow_none=True, required=True
        ),
        "since": fields.moment("Since when they could read it.", required=True),
        "until": fields.moment("Until when; null: they still can.", allow_none=True, required=True),
        "policy": fields.text("The policy that let them later than the edition's own.", allow_none=True, required=True),
    },
)
EditionSchema = fields.schema(
    "LedgerEdition",
    {
        "id": fields.text("By which `edition` names it.", _PLACE, required=True),
        "form": fields.one_of("In which form.", _FORMS, "original", required=True),
        "label": fields.label("Its label.", required=True),
        "number": fields.number("Of which version of the report: 第n報.", 1, required=True),
        "policy": fields.text("The sharing policy that decided.", allow_none=True, required=True),
        "replaced": fields.flag("A newer version of it has come.", False, required=True),
        "readers": fields.parts(CouldSchema, required=True),
        "next": fields.text("Where those told by name go on, with `edition`.", allow_none=True, required=True),
    },
)
EditionsSchema = fields.schema("Ledger", {"items": fields.parts(EditionSchema, required=True)})
DidSchema = fields.schema(
    "LedgerReading",
    {
        "reader": fields.part(ReaderSchema, required=True),
        "at": fields.moment("When.", required=True),
        "door": fields.one_of("By which way.", _DOORS, "taxii", required=True),
        "by_machine": fields.flag("By a program with a key.", True, required=True),
        "as_file": fields.flag("Taken away from a page as a file.", False, required=True),
        "form": fields.one_of("In which form.", _FORMS, allow_none=True, required=True),
        "label": fields.label("At which label.", allow_none=True, required=True),
        "number": fields.number("Which version.", allow_none=True, required=True),
        "person": fields.text("Who, where it was your own organization.", allow_none=True, required=True),
        "file": fields.text("The file that was given, where it was one.", allow_none=True, required=True),
    },
)
ReadingsSchema = fields.schema(
    "LedgerReadings",
    {
        "items": fields.parts(DidSchema, required=True),
        "next": fields.text("Where older ones begin: give it as `before`.", allow_none=True, required=True),
    },
)
ReceivedSchema = fields.schema(
    "LedgerReceived",
    {
        "id": fields.text("A name that no other line has.", _PLACE, required=True),
        "at": fields.moment("When.", required=True),
        "door": fields.one_of("By which way.", _DOORS, "taxii", required=True),
        "person": fields.text("Who of your organization.", allow_none=True, required=True),
        "objects": fields.number("How many objects.", 3, required=True),
        "highest": fields.label("The strictest label among them.", required=True),
    },
)
ReceivedListSchema = fields.schema(
    "LedgerReceivedList",
    {
        "items": fields.parts(ReceivedSchema, required=True),
        "next": fields.text("Where older ones begin: give it as `before`.", allow_none=True, required=True),
    },
)
ReachQuery = fields.schema(
    "LedgerQuery",
    {
        "edition": fields.text("Only this edition.", _PLACE, longest=LONGEST),
        "after": fields.text("The `next` of the page before, with `edition`.", _PLACE, longest=LONGEST),
    },
)
BeforeQuery = fields.schema(
    "LedgerBefore", {"before": fields.text("The `next` of the page before.", _PLACE, longest=LONGEST)}
)


@operation(room, "/reports/<reference>/ledger", "提供先の記録", refusals=(403, 404), path=REFERENCE)
@room.arguments(ReachQuery, location="query", error_status_code=400)
@room.response(200, EditionsSchema)
def read_ledger(query: dict[str, Any], reference: str) -> dict[str, Any]:
    """Who could read each edition of a report of your organization: since when, until when, by which rule"""
    with the_hub().reading() as session:
        report_id = _report(session, reference)
        edition, after = _number(query, "edition", Place.EDITION), _number(query, "after", Place.READERS)
        found = list_reach(session, the_actor(), report_id, edition=edition, after=after or 0)
    return {"items": [_edition(each) for each in found]}


@operation(room, "/reports/<reference>/readings", "閲覧の記録", refusals=(403, 404), path=REFERENCE)
@room.arguments(BeforeQuery, location="query", error_status_code=400)
@room.response(200, ReadingsSchema)
def read_readings(query: dict[str, Any], reference: str) -> dict[str, Any]:
    """Who read a report of your organization, the newest first"""
    with the_hub().reading() as session:
        report_id = _report(session, reference)
        before = _number(query, "before", Place.READINGS)
        found = list_readings(session, the_actor(), report_id, before=before)
    return {"items": [_did(each) for each in found.lines], "next": _place(Place.READINGS, found.next)}


@operation(room, "/ledger/received", "自組織への提供の記録", refusals=(403,))
@room.arguments(BeforeQuery, location="query", error_status_code=400)
@room.response(200, ReceivedListSchema)
def read_received(query: dict[str, Any]) -> dict[str, Any]:
    """What your organization was given, the newest first: what its senders see of it too"""
    with the_hub().reading() as session:
        before = _number(query, "before", Place.RECEIVED)
        lines, following = list_received(session, the_actor(), before=before)
    return {"items": [_received(each) for each in lines], "next": _place(Place.RECEIVED, following)}


def _number(query: dict[str, Any], name: str, kind: Place) -> int | None:
    return open_place(the_hub(), the_actor(), kind, query[name]) if name in query else None


def _place(kind: Place, number: int | None) -> str | None:
    return None if number is None else seal_place(the_hub(), the_actor(), kind, number)


def _received(each: Received) -> dict[str, Any]:
    return {
        "id": _place(Place.RECEIVED, each.id),
        "at": each.at,
        "door": each.door,
        "person": each.person,
        "objects": each.objects,
        "highest": each.highest,
    }


def _report(session: Session, reference: str) -> UUID:
    return load_visible_report(session, the_actor(), reference).id


def _edition(each: EditionReach) -> dict[str, Any]:
    return {
        "id": _place(Place.EDITION, each.object_id),
        "form": each.form,
        "label": each.label,
        "number": each.number,
        "policy": each.policy_version,
        "replaced": each.replaced,
        "readers": [_could(line) for line in each.lines],
        "next": _place(Place.READERS, each.next),
    }


def _could(line: Could) -> dict[str, Any]:
    return {
        "reader": _reader(line.reader),
        "organizations": line.organizations,
        "rule": line.rule,
        "since": line.since,
        "until": line.until,
        "policy": line.policy_version,
    }


def _did(line: Did) -> dict[str, Any]:
    return {
        "reader": _reader(line.reader),
        "at": line.at,
        "door": line.door,
        "by_machine": line.by_machine,
        "as_file": line.as_file,
        "form": line.form,
        "label": line.label,
        "number": line.number,
        "person": line.person,
        "file": line.file,
    }


def _reader(reader: ShownReader) -> dict[str, Any]:
    return {
        "token": reader.token,
        "name_ja": reader.name_ja,
        "name_en": reader.name_en,
        "is_named": reader.is_named,
    }
