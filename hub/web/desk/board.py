"""A door for the situation board: the state of services, as secretariats say it and as visible reports tell."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from sqlalchemy.orm import Session

from feeds.stix.explain import headline
from hub.web.desk.calls import zoned
from hub.web.desk.inbox import words_of
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.reading.feed import log_rows
from hub.web.words.inbox import STATE_SIGNS, STATES
from hub.web.words.reading import load_lists, read_value
from models.collection import INBOX_FEED
from models.moments import microseconds_of, moment_at
from models.vocabulary import Label, ReportKind, ServiceState
from sharing.board.statements import LABELS, Said, StatementView, list_statements, say_state
from sharing.errors import Fault, Invalid
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.grants import Row
from sharing.reading.newest import Look, newest
from sharing.reports.visible import must_keep_inbox

blueprint = page_blueprint("board", url_prefix="/board")
protect(blueprint)
NAVIGATION = (Item("board.show", _l("Situation board"), Permission.FEED_READ.value),)

RECENT = timedelta(days=7)
"""Reports older than this tell nothing of the state now."""
NOTICED = timedelta(days=30)
"""What was noticed longer ago is no longer the situation, whenever it was told."""
AT_ONCE = 200
"""Reports of one question."""
MOST_REPORTS = 600
"""The newest reports that the board looks at: three hours as bad as any; where there are more, it says so."""
STALE = timedelta(hours=12)
"""After this long a word is shown as old."""
REFRESH_SECONDS = 60
_OVER = frozenset({ReportKind.FINAL.value, ReportKind.NEAR_MISS.value})


class Told(Struct, frozen=True):
    """What reports that the reader may see tell of a sector."""

    count: int
    last_at: datetime
    or_more: bool = False
    """There are more reports than the board looks at."""


class Line(Struct, frozen=True):
    """One line of the board: a service of a CEPTOAR, or a sector of which only reports tell."""

    sector: str
    ceptoar: str
    statement: StatementView | None
    told: Told | None
    is_old: bool

    @property
    def state(self) -> ServiceState:
        """What is said; where nothing is, nothing is known."""
        return self.statement.state if self.statement else ServiceState.UNKNOWN


@blueprint.get("/")
def show() -> Response:
    """Every sector; `?screen=1` for a wall, `?every=60` renews itself without script."""
    hub, actor = the_hub(), current_actor()
    now = hub.clock()
    with hub.reading() as session:
        reader = load_reader(session, actor)
        statements = list_statements(session, reader, now)
        rows = _recent_rows(session, reader, now)
        lists = load_lists(session)
    told, shown = _told(rows, (now - NOTICED).date().isoformat())
    log_rows(shown, INBOX_FEED, what="board")
    renews = request.args.get("every") == str(REFRESH_SECONDS)
    answer = make_response(
        render_template(
            "board/show.html",
            lines=_lines(statements, told, lists.sectors, now),
            lists=lists,
            STATES=STATES,
            SIGNS=STATE_SIGNS,
            now=now,
            screen=request.args.get("screen") == "1",
            renews=renews,
            every=REFRESH_SECONDS,
            may_say=_keeps_inbox(),
            page_label=_label(statements, shown),
        )
    )
    if renews:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@blueprint.route("/say", methods=["GET", "POST"])
def say() -> ResponseReturnValue:
    """A secretariat says how a service stands."""
    hub, actor = the_hub(), current_actor()
    must_keep_inbox(actor)
    if request.method == "GET":
        return _say_page({})
    given = request.form
    word_at = zoned(given.get("word_at", ""))
    said = Said(
        service=given.get("service", ""),
        state=given.get("state", ""),
        forecast=given.get("forecast", ""),
        source=given.get("source", ""),
        word_at=None if isinstance(word_at, str) else word_at,
        label=given.get("label", ""),
    )
    try:
        with hub.writing() as session:
            say_state(session, actor, said, context=hub.context(), policy=hub.policy(session))
    except Invalid as error:
        return _say_page(given, error.faults), 422
    flash(_("Said. It stands on the board of everybody whom the label reaches."), "success")
    return see_other("board.show")


def _say_page(given: Any, faults: Sequence[Fault] = ()) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        own = [
            each
            for each in list_statements(session, load_reader(session, actor), hub.clock())
            if each.ceptoar == actor.organization.ceptoar
        ]
    return render_template(
        "board/say.html",
        given=given,
        own=own,
        STATES=STATES,
        labels=LABELS,
        now_text=hub.clock().astimezone(hub.settings.zone).strftime("%Y-%m-%dT%H:%M"),
        wrong=[(each.field, words_of(each)) for each in faults],
    )


def _keeps_inbox() -> bool:
    actor = current_actor()
    return actor.may(Permission.PROPOSAL_MAKE)


def _recent_rows(session: Session, reader: Reader, now: datetime) -> tuple[Row, ...]:
    """The newest live reports below RED that this reader may see, each in its fullest edition."""
    look = Look(
        types=("incident",),
        labels=tuple(label.rank for label in Label if label is not Label.RED),
        after=microseconds_of(now - RECENT),
    )
    found: list[Row] = []
    token: str | None = None
    while True:
        got = newest(session, reader, INBOX_FEED, look, limit=AT_ONCE, token=token, sealer=the_hub().secrets.cursor)
        found += got.rows
        token = got.next
        if token is None or len(found) >= MOST_REPORTS:
            return tuple(found)


def _told(rows: Sequence[Row], since: str) -> tuple[dict[str, Told], list[Row]]:
    """Sector to what open reports with an affected service tell of it; and the rows that told it."""
    counts: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    shown: list[Row] = []
    for row in rows:
        report = headline(read_value(row.body)).report
        if report is None or report.sector is None or report.service_impact != "yes" or report.kind in _OVER:
            continue
        if report.recovered_at is not None or report.recovery == "full" or (report.noticed_on or "") < since:
            continue
        shown.append(row)
        counts[report.sector] += 1
        last[report.sector] = max(last.get(report.sector, moment_at(row.position)), moment_at(row.position))
    more = len(rows) >= MOST_REPORTS
    return {sector: Told(count, last[sector], more) for sector, count in counts.items()}, shown


def _lines(
    statements: Sequence[StatementView], told: Mapping[str, Told], sectors: Mapping[str, Any], now: datetime
) -> list[Line]:
    said: dict[str, list[StatementView]] = {}
    for statement in statements:
        said.setdefault(statement.sector, []).append(statement)
    lines: list[Line] = []
    for sector in sectors:
        found: list[StatementView | None] = [*said.get(sector, [])] or [None]
        for place, each in enumerate(found):
            lines.append(
                Line(
                    sector,
                    each.ceptoar if each else "",
                    each,
                    # What reports tell is told of the sector, once.
                    told.get(sector) if place == 0 else None,
                    each is not None and now - each.word_at > STALE,
                )
            )
    return lines


def _label(statements: Sequence[StatementView], rows: Sequence[Row]) -> Label | None:
    labels = [each.label for each in statements] + [Label.of_rank(row.label) for row in rows]
    return Label.strictest(*labels) if labels else None
