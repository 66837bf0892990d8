"""A door: trends in the form of the published statistics, as JSON or for a spreadsheet."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_babel import pgettext

from hub.api import fields
from hub.api.asking import CSV, JSON, the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.problems import requested_language
from sharing.analytics import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    Span,
    TableWords,
    TrendTable,
    current_fiscal_year,
    write_csv,
)
from sharing.analytics import (
    read_trends as read_table,
)
from sharing.readers import load_reader

room = Room("trends", __name__, url_prefix="/api/v1", description="Trends across sectors")

JAPAN = ZoneInfo("Asia/Tokyo")
"""The calendar of the fiscal year."""

PeriodSchema = fields.schema(
    "Period",
    {
        "fiscal_year": fields.number("The Japanese fiscal year, which begins in April.", 2026, required=True),
        "quarter": fields.number("The quarter of it; April to June is the first.", 3, allow_none=True, required=True),
    },
)
RowSchema = fields.schema(
    "TrendRow",
    {
        "code": fields.text("A code of event-types.", "E30", required=True),
        "name_ja": fields.text("Its name in Japanese.", required=True),
        "name_en": fields.text("Its name in English.", required=True),
        "counts": fields.numbers("How many, in the order of `periods`.", [1, 0, 2, 0], required=True),
        "total": fields.number("All of them.", 3, required=True),
    },
)
TrendsSchema = fields.schema(
    "Trends",
    {
        "span": fields.one_of("What a column is.", [span.value for span in Span], "quarter", required=True),
        "fiscal_year": fields.number("The fiscal year, or the last of those shown.", 2026, required=True),
        "as_of": fields.position(
            "Counted up to this position; asked again with it, the numbers are the same.",
            allow_none=True,
            required=True,
        ),
        "policy": fields.text("The version of the sharing policy.", required=True),
        "periods": fields.parts(PeriodSchema, required=True),
        "rows": fields.parts(RowSchema, required=True),
        "totals": fields.numbers("The sum of each column.", required=True),
        "total": fields.number("The sum of all.", 3, required=True),
    },
)
TrendsQuery = fields.schema(
    "TrendsQuery",
    {
        "span": fields.one_of("By quarter of one fiscal year, or by year.", [span.value for span in Span], "quarter"),
        "fiscal_year": fields.number("The fiscal year; this one if not said.", 2026, least=FIRST_YEAR, most=LAST_YEAR),
        "as_of": fields.position("The `as_of` of an earlier table."),
    },
)


@operation(
    room,
    "/trends",
    "傾向(事象の類型別件数)",
    refusals=(403,),
    about="Counts reports that you may open yourself, each once, by the day in Japan on which they were noticed; "
    "without TLP:RED and exercises. As `text/csv` where Accept prefers it.",
)
@room.arguments(TrendsQuery, location="query", error_status_code=400)
@room.alt_response(
    200,
    schema={"type": "string"},
    content_type=CSV,
    description="The table",
    success=True,
    example="code,Event type\r\n",
)
@room.response(200, TrendsSchema, description="The table")
def read_trends(query: dict[str, Any]) -> Any:
    """IT incidents by event type and period"""
    hub = the_hub()
    today = hub.clock().astimezone(JAPAN).date()
    with hub.reading() as session:
        table = read_table(
            session,
            load_reader(session, the_actor()),
            span=Span(query.get("span", Span.QUARTER)),
            fiscal_year=query.get("fiscal_year") or current_fiscal_year(today),
            as_of=query.get("as_of"),
            policy_version=hub.policy(session).version,
        )
    accepted = request.accept_mimetypes
    if accepted.provided and accepted.best_match((JSON, CSV)) == CSV:
        return _csv(table)
    return _table(table)


def _table(table: TrendTable) -> dict[str, Any]:
    return {
        "span": table.span.value,
        "fiscal_year": table.fiscal_year,
        "as_of": table.as_of or None,
        "policy": table.policy_version,
        "periods": table.periods,
        "rows": table.rows,
        "totals": table.totals,
        "total": table.total,
    }


def _csv(table: TrendTable) -> Response:
    language = requested_language()
    words = TableWords(
        title=pgettext("api", "IT incidents by event type"),
        event_type=pgettext("api", "Event type"),
        total=pgettext("api", "Total"),
        as_of=pgettext("api", "Counted up to position"),
        policy=pgettext("api", "Sharing policy"),
        scope=pgettext("api", "Reports that you may open, each once; without TLP:RED and exercises"),
        periods=tuple(map(_period, table.periods)),
        code=pgettext("api", "Code"),
        locale=language,
    )
    answer = Response(write_csv(table, words), content_type=f"{CSV}; charset=utf-8")
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept, Accept-Language"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = f'attachment; filename="trends-{table.fiscal_year}.csv"'
    return answer


def _period(period: Period) -> str:
    if period.quarter is None:
        return str(pgettext("api", "FY%(year)s", year=period.fiscal_year))
    return str(pgettext("api", "FY%(year)s Q%(quarter)s", year=period.fiscal_year, quarter=period.quarter))
