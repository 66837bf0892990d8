"""Planted leaks: for each a change of the program that tells something hidden, and where it must be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from flask import current_app, g
from sqlalchemy import text, true
from sqlalchemy.orm import Session

import hub.api.trends
import hub.taxii.answers
import hub.taxii.pages
import hub.taxii.posting
import hub.taxii.routes
import hub.web.home
import hub.web.people.account
import hub.web.people.join
import hub.web.people.my_organization
import hub.web.reading.feed
import hub.web.reporting.recalls
import hub.web.reporting.report_pages
import hub.web.reporting.reports
import sharing.mails.outbox
import sharing.mails.recipients
import sharing.mails.telling
import sharing.reading.page
import sharing.waiting
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from models.report import Proposal
from models.vocabulary import Label
from sharing.errors import NotPermitted, NotVisible
from sharing.mails.rights import Seen
from sharing.waiting import WaitingItem
from tests.leaks.asking import MAIL

Planting = Callable[[], AbstractContextManager[Any]]

INBOX = "GET /taxii2/<root>/collections/<ident>/objects/"
MANIFEST = "GET /taxii2/<root>/collections/<ident>/manifest/"
POST = "POST /taxii2/<root>/collections/<ident>/objects/"


@dataclass(frozen=True)
class Plant:
    """A leak: what it is, the hidden thing that it tells, the routes on which it shows, and the change."""

    name: str
    thing: str
    routes: Sequence[str]
    plant: Planting


def scalar(session: Session, statement: str, **given: Any) -> Any:
    """One value of the database, whoever asks."""
    return session.execute(text(statement), given).scalar()


def in_all(statement: str, **given: Any) -> Any:
    """One value of the database of the request."""
    with current_app.extensions["hub"].reading() as session:
        return scalar(session, statement, **given)


def _count_over_all() -> AbstractContextManager[Any]:
    real = hub.web.home.waiting_for

    def waiting(session: Session, *rest: Any, **more: Any) -> list[WaitingItem]:
        everything = scalar(session, "SELECT count(*) FROM reports")
        return [replace(item, count=everything) for item in real(session, *rest, **more)]

    return patch.object(hub.web.home, "waiting_for", waiting)


def _total_in_badge() -> AbstractContextManager[Any]:
    real = hub.web.home.waiting_for

    def waiting(session: Session, *rest: Any, **more: Any) -> list[WaitingItem]:
        unread = scalar(session, "SELECT count(*) FROM report_versions")
        return [replace(item, at_least=unread % 2 == 1) for item in real(session, *rest, **more)]

    return patch.object(hub.web.home, "waiting_for", waiting)


def _with_header(name: str, statement: str) -> AbstractContextManager[Any]:
    """Pages of TAXII are answered without the framework: the hub comes with the call."""
    real = hub.taxii.pages._paged

    def headed(wiring: Any, *rest: Any, **more: Any) -> Any:
        reply = real(wiring, *rest, **more)
        with wiring.reading() as session:
            return reply._replace(headers={**reply.headers, name: str(scalar(session, statement))})

    return patch.object(hub.taxii.pages, "_paged", headed)


def _global_header_date() -> AbstractContextManager[Any]:
    return _with_header("X-TAXII-Date-Added-Last", "SELECT last_position FROM log_state")


def _more_without_reader() -> AbstractContextManager[Any]:
    real = hub.taxii.pages._found

    def found(wiring: Any, session: Session, reader: Any, feed: int, asked: Any, **more: Any) -> Any:
        page = real(wiring, session, reader, feed, asked, **more)
        granted = scalar(session, "SELECT count(DISTINCT position) FROM grants WHERE feed = :feed", feed=feed)
        return page if granted % 2 == 0 else replace(page, more=True, next=page.next or "more")

    return patch.object(hub.taxii.pages, "_found", found)


def _error_tells_existence() -> AbstractContextManager[Any]:
    real = hub.taxii.posting.take_in

    def taken(session: Session, actor: Any, *rest: Any, **more: Any) -> Any:
        found = real(session, actor, *rest, **more)

        def told(answer: Any) -> Any:
            copies = scalar(session, "SELECT count(*) FROM objects WHERE stix_id = :id", id=answer.stix_id)
            return answer._replace(reasons=(because(Code.NOTHING_HERE),)) if copies > 1 else answer

        return replace(found, answers=tuple(map(told, found.answers)))

    return patch.object(hub.taxii.posting, "take_in", taken)


def _etag_over_hidden() -> AbstractContextManager[Any]:
    real = hub.taxii.routes.answer

    def tagged(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Any:
        stored = in_all("SELECT count(*) FROM objects")
        return real(body, status, {**(headers or {}), "ETag": f'"{stored}"'})

    return patch.object(hub.taxii.routes, "answer", tagged)


def _sort_by_hidden() -> AbstractContextManager[Any]:
    real = hub.taxii.pages._found

    def found(wiring: Any, session: Session, *rest: Any, **more: Any) -> Any:
        def copies(row: Any) -> int:
            return int(scalar(session, "SELECT count(*) FROM objects WHERE stix_id = :id", id=row.stix_id))

        page = real(wiring, session, *rest, **more)
        return replace(page, rows=tuple(sorted(page.rows, key=copies)))

    return patch.object(hub.taxii.pages, "_found", found)


def _shared_cache() -> AbstractContextManager[Any]:
    real = hub.taxii.pages._found
    caches: dict[int, dict[Any, Any]] = {}

    def found(wiring: Any, session: Session, reader: Any, feed: int, asked: Any, **more: Any) -> Any:
        kept = caches.setdefault(id(wiring), {})
        name = (feed, asked.question, asked.limit, asked.token, *more.values())
        if name not in kept:
            kept[name] = real(wiring, session, reader, feed, asked, **more)
        return kept[name]

    return patch.object(hub.taxii.pages, "_found", found)


def _global_horizon() -> AbstractContextManager[Any]:
    def highest(view: Any) -> int:
        return int(scalar(view.session, "SELECT last_position FROM log_state") or 0)

    return patch.object(sharing.reading.page.grants, "highest_position", highest)


def _superseded_by_hidden() -> AbstractContextManager[Any]:
    real = hub.taxii.pages._found

    def newest_only(*rest: Any, **more: Any) -> Any:
        found = real(*rest, **more)
        return replace(found, rows=tuple(row for row in found.rows if not row.superseded))

    return patch.object(hub.taxii.pages, "_found", newest_only)


def _taken_name_without_code() -> AbstractContextManager[Any]:
    real = hub.web.people.join._ask_for_code

    def asked(template: str, refused: bool) -> Any:
        name = hub.web.people.join.request.form.get("username", "")
        taken = in_all("SELECT count(*) FROM accounts WHERE username = :name", name=name)
        return ("the name is taken", 422) if taken else real(template, refused)

    return patch.object(hub.web.people.join, "_ask_for_code", asked)


def _sign_in_tells_names() -> AbstractContextManager[Any]:
    real = hub.web.people.account.find_candidate

    def candidate(session: Session, typed: str) -> Any:
        g.known = scalar(session, "SELECT count(*) FROM accounts WHERE username = :name", name=typed)
        return real(session, typed)

    real_gettext = hub.web.people.account._

    def words(message: str, **more: Any) -> Any:
        return "wrong password" if g.get("known") else real_gettext(message, **more)

    return _both(
        patch.object(hub.web.people.account, "find_candidate", candidate),
        patch.object(hub.web.people.account, "_", words),
    )


def _trend_over_all() -> AbstractContextManager[Any]:
    real = hub.api.trends._table

    def table(found: Any) -> dict[str, Any]:
        return {**real(found), "total": in_all("SELECT count(*) FROM edition_facts")}

    return patch.object(hub.api.trends, "_table", table)


def _hidden_report_is_refused_not_absent() -> AbstractContextManager[Any]:
    real = hub.web.reporting.reports.load_report

    def load(session: Session, actor: Any, ref: Any) -> Any:
        try:
            return real(session, actor, ref)
        except NotVisible:
            if scalar(session, "SELECT count(*) FROM reports WHERE reference = :ref", ref=str(ref)):
                raise NotPermitted("this report is not for you") from None
            raise

    return patch.object(hub.web.reporting.reports, "load_report", load)


def _hidden_proposal_is_refused_not_absent() -> AbstractContextManager[Any]:
    real = hub.web.reporting.report_pages.load_proposal

    def load(session: Session, actor: Any, ident: UUID, **more: Any) -> Any:
        try:
            return real(session, actor, ident, **more)
        except NotVisible:
            if session.get(Proposal, ident) is not None:
                raise NotPermitted("this proposal is not for you") from None
            raise

    return patch.object(hub.web.reporting.report_pages, "load_proposal", load)


def _older_link_from_all() -> AbstractContextManager[Any]:
    real = hub.web.reading.feed.newest

    def newest(session: Session, *rest: Any, **more: Any) -> Any:
        found = real(session, *rest, **more)
        stored = scalar(session, "SELECT count(*) FROM objects")
        return found if stored % 2 == 0 else replace(found, next=found.next or "older")

    return patch.object(hub.web.reading.feed, "newest", newest)


def _badge_of_all_recalls() -> AbstractContextManager[Any]:
    def count(session: Session, actor: Any) -> int:
        return int(scalar(session, "SELECT count(*) FROM recalls"))

    return patch.object(sharing.waiting, "count_unanswered", count)


def _label_of_a_page_from_hidden_rows() -> AbstractContextManager[Any]:
    real = hub.web.reporting.recalls.strictest

    def strictest(rows: Sequence[Any]) -> Any:
        return Label.RED if in_all("SELECT count(*) FROM recalls") else real(rows)

    return patch.object(hub.web.reporting.recalls, "strictest", strictest)


def _invitations_of_all() -> AbstractContextManager[Any]:
    real = hub.web.people.my_organization.list_invitations

    def listed(session: Session, *rest: Any) -> Any:
        found = list(real(session, *rest))
        return found * (1 + int(scalar(session, "SELECT count(*) FROM invitations")))

    return patch.object(hub.web.people.my_organization, "list_invitations", listed)


def _collections_counted_over_all() -> AbstractContextManager[Any]:
    return _with_header("X-Total", "SELECT count(*) FROM collections")


def _mails_counted_over_all() -> AbstractContextManager[Any]:
    real = sharing.mails.outbox._letter

    def letter(session: Session, *given: Any) -> Any:
        made = real(session, *given)
        return made and replace(made, told=made.told * scalar(session, "SELECT count(*) FROM mails"))

    return patch.object(sharing.mails.outbox, "_letter", letter)


def _mail_without_rights() -> AbstractContextManager[Any]:
    def concerned(*_given: Any) -> Any:
        return true()

    def look(*_given: Any) -> Seen:
        return Seen(Label.AMBER, exercise=False)

    return _both(
        patch.object(sharing.mails.recipients, "_concerned", concerned),
        _both(
            patch.object(sharing.mails.telling, "look", look), patch.object(sharing.mails.outbox, "look_at_mail", look)
        ),
    )


class _both(AbstractContextManager[None]):
    """Two changes together."""

    def __init__(self, *changes: AbstractContextManager[Any]) -> None:
        self._changes = changes

    def __enter__(self) -> None:
        for change in self._changes:
            change.__enter__()

    def __exit__(self, *failure: Any) -> None:
        for change in reversed(self._changes):
            change.__exit__(*failure)


PLANTS: Sequence[Plant] = (
    Plant("a count over all", "amber", ["GET /"], _count_over_all),
    Plant("an unread badge from all", "follow-up", ["GET /"], _total_in_badge),
    Plant("a header date from the global last position", "red", [INBOX], _global_header_date),
    Plant("`more` without the reader", "computable", [INBOX], _more_without_reader),
    Plant("an error text that tells of existence", "computable", [POST], _error_tells_existence),
    Plant("an ETag over hidden state", "post", ["GET /taxii2/<root>/collections/"], _etag_over_hidden),
    Plant("a sort by a hidden number", "same-id", [MANIFEST], _sort_by_hidden),
    Plant("a cache shared by readers", "follow-up", [INBOX], _shared_cache),
    Plant("a cursor with the global horizon", "red", [INBOX], _global_horizon),
    Plant("a version withdrawn for a hidden newer one", "own-higher", [MANIFEST], _superseded_by_hidden),
    Plant("a taken user name told without a code", "join", ["POST /join"], _taken_name_without_code),
    Plant("a sign-in that tells which names exist", "join", ["POST /sign-in"], _sign_in_tells_names),
    Plant("a number that says forbidden", "amber", ["GET /reports/find"], _hidden_report_is_refused_not_absent),
    Plant(
        "a proposal that says forbidden",
        "proposal",
        ["GET /reports/proposals/<uuid:proposal_id>/"],
        _hidden_proposal_is_refused_not_absent,
    ),
    Plant("an older page for hidden objects", "post", ["GET /feed/"], _older_link_from_all),
    Plant("a badge for the recalls of others", "recall", ["GET /"], _badge_of_all_recalls),
    Plant("a label from rows that are not shown", "recall", ["GET /recalls/"], _label_of_a_page_from_hidden_rows),
    Plant("a list of all invitations", "invitation", ["GET /people/"], _invitations_of_all),
    Plant("a header that counts all collections", "collection", [INBOX], _collections_counted_over_all),
    Plant("a mail with a count over all mails", "amber", [MAIL], _mails_counted_over_all),
    Plant("a mail to who may know nothing of it", "amber", [MAIL], _mail_without_rights),
    Plant("a total over all reports", "amber", ["GET /api/v1/trends"], _trend_over_all),
)
