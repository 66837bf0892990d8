"""A door for readers: one official table of trends, on the page and for spreadsheets."""

from collections.abc import Sequence
from typing import Final

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.i18n import current_language
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint
from models.moments import moment_at
from sharing.analytics import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    Span,
    TableWords,
    TrendTable,
    current_fiscal_year,
    position_text,
    read_trends,
    write_csv,
)
from sharing.digests import ZONE
from sharing.inbox.cases import count_cases
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.trail.exports import note_export

blueprint = page_blueprint("trends", url_prefix="/trends")
protect(blueprint)
NAVIGATION = (Item("trends.index", _l("Trends"), Permission.TRENDS_READ.value),)

LARGEST_POSITION: Final = 2**63 - 1
"""What the column holds; a larger number is a typing error."""


@blueprint.get("/")
def index() -> str:
    """The table."""
    table = load_table()
    return render_template(
        "trends/index.html",
        table=table,
        periods=[(heading_of(period), months_of(period)) for period in table.periods],
        spans=[(Span.QUARTER, _("By quarter")), (Span.YEAR, _("By fiscal year"))],
        years=[(year, year_name(year)) for year in table.years],
        caption=caption_of(table),
        as_of=moment_at(table.as_of) if table.as_of else None,
        position=position_text(table.as_of),
        is_repeated="as_of" in request.args,
        cases=_cases(table.periods),
    )


def _cases(periods: Sequence[Period]) -> list[int] | None:
    """How many cases that nobody reported fall into each column, for the secretariat that keeps them."""
    actor = current_actor()
    if not actor.may(Permission.PROPOSAL_MAKE):
        return None
    with the_hub().reading() as session:
        counted = count_cases(session, actor)
    return [
        sum(
            count
            for (year, quarter), count in counted.items()
            if year == period.fiscal_year and period.quarter in {None, quarter}
        )
        for period in periods
    ]


@blueprint.get("/table.csv")
def download() -> Response:
    """The same table for spreadsheets."""
    table = load_table()
    told = {"span": table.span.value, "fiscal_year": table.fiscal_year}
    with the_hub().writing() as session:
        note_export(session, current_actor(), "trends", told, context=the_hub().context())
    words = TableWords(
        title=caption_of(table),
        scope=_("Counted: reports that you may see, each once; without TLP:RED and exercises"),
        event_type=_("Event type"),
        total=_("Total"),
        as_of=_("Counted up to"),
        policy=_("Sharing policy"),
        periods=tuple(period_name(period) for period in table.periods),
        code=_("Code"),
        locale=current_language(),
    )
    answer = Response(write_csv(table, words), content_type="text/csv; charset=utf-8")
    name = f"trends-{table.span.value}-{table.fiscal_year}-{table.as_of}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def load_table() -> TrendTable:
    """The table that the address asks for."""
    hub = the_hub()
    today = hub.clock().astimezone(ZONE).date()
    with hub.reading() as session:
        return read_trends(
            session,
            load_reader(session, current_actor()),
            span=read_span(),
            fiscal_year=_number("fiscal_year", FIRST_YEAR, LAST_YEAR) or current_fiscal_year(today),
            as_of=_number("as_of", 0, LARGEST_POSITION),
            policy_version=hub.policy(session).version,
        )


def read_span() -> Span:
    """What a column is; by quarter where nothing else is asked."""
    try:
        return Span(request.args.get("span", ""))
    except ValueError:
        return Span.QUARTER


def _number(name: str, lowest: int, highest: int) -> int | None:
    text = request.args.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def year_name(year: int) -> str:
    """2026年度, or FY 2026."""
    return str(_("FY %(year)s", year=year))


def heading_of(period: Period) -> str:
    """The heading of a column."""
    if period.quarter is None:
        return year_name(period.fiscal_year)
    return str(_("Q%(quarter)s", quarter=period.quarter))


def months_of(period: Period) -> str:
    """The months of a quarter, under its heading."""
    if period.quarter is None:
        return ""
    return str({1: _("Apr–Jun"), 2: _("Jul–Sep"), 3: _("Oct–Dec"), 4: _("Jan–Mar")}[period.quarter])


def period_name(period: Period) -> str:
    """A column in one line, for the file."""
    months = months_of(period)
    return f"{heading_of(period)} {months}" if months else heading_of(period)


def caption_of(table: TrendTable) -> str:
    """What the table is."""
    if table.span is Span.YEAR:
        first, last = table.periods[0].fiscal_year, table.periods[-1].fiscal_year
        return str(_("Incident reports by event type, FY %(first)s to FY %(last)s", first=first, last=last))
    return str(_("Incident reports by event type and quarter, FY %(year)s", year=table.fiscal_year))
