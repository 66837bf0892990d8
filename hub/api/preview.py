"""A door: who will read a report, before it is sent."""

from typing import Any

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from models.vocabulary import Label
from sharing.errors import Invalid
from sharing.reports.checks import Checker
from sharing.reports.codes import Codes
from sharing.reports.fields import MOST_LISTS
from sharing.reports.preview import Access, Preview, Why, preview_audience
from sharing.reports.ranges import Consent
from sharing.rules.policy import ReaderKind

room = Room("preview", __name__, url_prefix="/api/v1", description="Who will read, told before sending")

PreviewAsked = fields.schema(
    "PreviewAsked",
    {
        "label": fields.label("The label that you would choose.", required=True),
        "consent_nco": fields.flag("Consent to pass it on to NCO.", True, load_default=False),
        "consent_ministry": fields.flag("Consent to pass it on to the ministry section.", False, load_default=False),
        "consent_foreign": fields.flag("Consent to pass it on to foreign partners.", False, load_default=False),
        "name_to_sector": fields.flag("Your name may be shown to the own sector.", False, load_default=False),
        "not_for_publication": fields.flag("Not to be made public.", False, load_default=False),
        "lists": fields.texts("Ids of your organization's named lists.", load_default=list),
    },
)
PreviewLineSchema = fields.schema(
    "PreviewLine",
    {
        "reader": fields.one_of("Who they are to you.", [kind.value for kind in ReaderKind], "nco", required=True),
        "name_ja": fields.text("The group in Japanese, where it has a name.", required=True),
        "name_en": fields.text("The group in English, where it has a name.", required=True),
        "organizations": fields.number("How many organizations are in the group now.", 1, required=True),
        "access": fields.one_of(
            "What they read: the original at once, an edition that the secretariat publishes, or nothing.",
            [access.value for access in Access],
            "original",
            required=True,
        ),
        "why_not": fields.texts(f"Why not: {', '.join(Why)}.", ["no-consent"], required=True),
        "rule": fields.text("The cell of the sharing policy that decided.", required=True),
    },
)
PreviewSchema = fields.schema(
    "Preview",
    {
        "label": fields.label("The label asked about.", required=True),
        "policy": fields.text("The version of the sharing policy.", required=True),
        "items": fields.parts(PreviewLineSchema, required=True),
        "readers_seen": fields.text(
            "What you were shown: send it with the report. Where a list names others by then, or another policy is in "
            "force, nothing is filed.",
            "@1",
            required=True,
        ),
    },
)


@operation(room, "/preview", "提出前の確認(誰が読むか)", method="POST", refusals=(403, 413, 415, 422))
@room.arguments(PreviewAsked, example={"label": "TLP:AMBER", "consent_nco": True})
@room.response(200, PreviewSchema)
def preview_report(body: dict[str, Any]) -> dict[str, Any]:
    """Who would read a report of yours, and who would not; nothing is written"""
    hub = the_hub()
    ticks = ("consent_nco", "consent_ministry", "consent_foreign", "name_to_sector", "not_for_publication")
    consent = Consent(*(body[name] for name in ticks))
    lists = Checker(body, Codes({}), hub.clock())
    chosen = lists.ids("lists", MOST_LISTS)
    if lists.faults:
        raise Invalid(*lists.faults)
    with hub.reading() as session:
        found = preview_audience(
            session, the_actor(), Label(body["label"]), consent, policy=hub.policy(session), lists=chosen
        )
    return _preview(found)


def _preview(found: Preview) -> dict[str, Any]:
    return {
        "label": found.label.value,
        "policy": found.policy_version,
        "items": [
            {
                "reader": line.reader.value,
                "name_ja": line.name_ja,
                "name_en": line.name_en,
                "organizations": line.organizations,
                "access": line.access.value,
                "why_not": [why.value for why in line.whys],
                "rule": line.rule,
            }
            for line in found.lines
        ],
        "readers_seen": str(found.shown),
    }
