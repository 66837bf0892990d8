"""A door for readers: lessons of final reports, without names, as the page shows them."""

from typing import Any

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.reports.lessons import gather_lessons
from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.disclosures import shown_of
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reading.question import Question
from sharing.rules.search_terms import LONGEST_QUESTION

room = Room("lessons", __name__, url_prefix="/api/v1", description="What final reports teach others")

LessonSchema = fields.schema(
    "Lesson",
    {
        "text": fields.text("What others may learn, without a name.", "切替手順は年に一度試す。", required=True),
        "measures": fields.text("What was done.", required=True),
        "sector": fields.text("A code of sectors.", "electricity", allow_none=True, required=True),
        "event_type": fields.text("A code of event-types.", "E30", allow_none=True, required=True),
        "causes": fields.texts("Codes of cause-types.", ["C10"], required=True),
        "label": fields.label("The label of the edition.", "TLP:GREEN", required=True),
        "incident": fields.text("The STIX id of the edition.", required=True),
        "published_at": fields.moment("When it was published.", required=True),
    },
)
LessonsSchema = fields.schema(
    "Lessons",
    {
        "items": fields.parts(LessonSchema, required=True),
        "next": fields.text("Where to go on; null at the end.", allow_none=True, required=True),
    },
)
LessonsQuery = fields.schema(
    "LessonsQuery",
    {
        "q": fields.text("Words that a lesson holds.", "切替", longest=LONGEST_QUESTION),
        "next": fields.text("Where to go on: the `next` of the page before."),
    },
)


@operation(
    room,
    "/lessons",
    "教訓",
    refusals=(403,),
    about="The newest first. A page may be empty while there is a `next`: it looked at as much as one request may.",
)
@room.arguments(LessonsQuery, location="query", error_status_code=400)
@room.response(200, LessonsSchema)
def read_lessons(query: dict[str, Any]) -> dict[str, Any]:
    """What final reports and near misses teach, published with their sender's approval, without its name"""
    hub, actor = the_hub(), the_actor()
    actor.must(Permission.FEED_READ)
    with hub.reading() as session:
        reader = load_reader(session, actor)
        got = gather_lessons(session, reader, query.get("q", "").strip(), query.get("next"), hub.secrets.cursor)
    rising = sorted(got.shown, key=lambda row: row.position)
    named = Question(ids=tuple(row.stix_id for row in rising))
    hub.disclosures.log(shown_of(actor, INBOX_FEED, rising, named, what="lessons", at=hub.clock()))
    items = [
        {
            "text": each.text,
            "measures": each.measures,
            "sector": each.report.sector,
            "event_type": each.report.event_type,
            "causes": list(each.report.causes),
            "label": Label.of_rank(each.edition.label).value,
            "incident": each.edition.stix_id,
            "published_at": each.at,
        }
        for each in got.lessons
    ]
    return {"items": items, "next": got.next}
