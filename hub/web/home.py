"""A door for everybody: what waits for the person under the current hat, and where to begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from hub.reports.deadline_rules import deadline_rules
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint
from hub.web.lines.report_words import report_words
from sharing.permissions import Permission
from sharing.waiting import Matter, WaitingItem, waiting_for

blueprint = page_blueprint("home")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (Item("home.show", _l("Home")),)


@dataclass(frozen=True)
class Card:
    """How the page shows a matter."""

    title: Words
    words: Words
    endpoint: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


CARDS: Mapping[Matter, Card] = {
    Matter.APPROVALS: Card(
        _l("Editions for you to approve"),
        _l("The secretariat asks whether your report may be shared wider."),
        "reports.proposals",
    ),
    Matter.WITH_APPROVERS: Card(
        _l("Editions with your approvers"), _l("An approver of your organization decides on them."), "reports.proposals"
    ),
    Matter.CALLS: Card(
        _l("Registered for you by telephone"),
        _l("Your secretariat wrote down what was told it. Confirm that it is right, or correct it."),
        "reports.show",
    ),
    Matter.OPEN_REPORTS: Card(_l("Our reports in progress"), _l("Not closed by a final report yet."), "reports.index"),
    Matter.DEADLINES: Card(
        _l("Deadlines within a week"),
        _l("What authorities are to be told of your open reports; rules to be confirmed."),
        "authorities.index",
    ),
    Matter.DRAFTS: Card(_l("Drafts of reports"), _l("Begun and not sent yet."), "drafts.index"),
    Matter.INBOX_UNREAD: Card(
        _l("Unread reports of members"),
        _l("New ones, or new versions that you have not opened."),
        "secretariat.inbox",
        {"view": "unread"},
    ),
    Matter.INBOX_OPEN: Card(
        _l("Open reports of members"), _l("Everything in the inbox that is not closed."), "secretariat.inbox"
    ),
    Matter.INBOX_REFUSED: Card(
        _l("Proposals refused by the sender"),
        _l("Read the reason; you may propose it differently."),
        "secretariat.inbox",
        {"status": "refused"},
    ),
    Matter.INBOX_WAITING: Card(
        _l("Proposals with the sender"),
        _l("Waiting for the sender's approval."),
        "secretariat.inbox",
        {"status": "waiting"},
    ),
    Matter.RECALLS: Card(
        _l("Recalled: please answer"),
        _l("Something that your organization read was withdrawn. Say what became of it."),
        "recalls.index",
    ),
    Matter.INQUIRIES: Card(
        _l("Questions to pass on, word or release"),
        _l("Others ask about your members' reports, or a sender has answered."),
        "inquiries.index",
    ),
    Matter.INQUIRIES_TO_US: Card(
        _l("Questions to your organization"),
        _l("The secretariat asks about a report of yours, or has an answer for you to approve."),
        "inquiries.index",
    ),
    Matter.INQUIRIES_LATE: Card(
        _l("Questions without an answer for days"),
        _l("Somebody has waited longer than this hub thinks right. Answer, or say that there will be none."),
        "inquiries.index",
    ),
    Matter.INQUIRIES_ANSWERED: Card(
        _l("Answers to your questions"),
        _l("Released by the secretariat, and not closed by you yet."),
        "inquiries.index",
    ),
    Matter.RECENT_REPORTS: Card(
        _l("Reports that reached you in the last 7 days"), _l("In the feed, each counted once."), "feed.index"
    ),
    Matter.DIGESTS: Card(
        _l("Digests that you have not read"), _l("What was new for you, day by day."), "digests.index"
    ),
    Matter.NO_LONGER_SHARED: Card(
        _l("No longer shared with you"),
        _l("In the last 30 days it was decided again who may read what was published. So much you can read no more."),
    ),
    Matter.RESETS: Card(
        _l("People who cannot sign in"), _l("A second person has to decide on their request."), "people.show"
    ),
    Matter.INVITATIONS: Card(_l("Open invitations"), _l("Not used yet."), "people.show"),
    Matter.WAITING_LETTERS: Card(
        _l("Letters to confirm"),
        _l("Somebody else wrote them; they open nothing until an administrator confirms."),
        "waiting_letters.index",
    ),
    Matter.LOG_ENTRIES: Card(_l("Entries of the trail"), _l("In the log of this year, as of now."), "trail.index"),
    Matter.FAILED_WORK: Card(
        _l("Work that failed"), _l("Set aside after several attempts; `ceptoar-hub doctor` tells more.")
    ),
    Matter.FAILED_MAILS: Card(
        _l("Mails that could not be sent"),
        _l("The mail server refused them, or was not there for two days. See `ceptoar-hub mail list`."),
    ),
    Matter.NOT_INTEGRATED: Card(
        _l("Entries that wait for integration"),
        _l("More than a few for long means that the clock or the database needs a look."),
    ),
    Matter.ORGANIZATIONS: Card(_l("Organizations of this hub"), _l("Without those that have left.")),
}
"""What each matter is called, and the page that it leads to where there is one."""


@blueprint.get("/")
def show() -> str:
    """What waits for me."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        remind_after = hub.settings.inquiry_reminder
        items = waiting_for(session, actor, hub.clock(), deadline_rules(hub), remind_after=remind_after)
    cards = [_card(item) for item in items]
    return render_template(
        "home/home.html",
        urgent=[card for card in cards if card["urgent"]],
        others=[card for card in cards if not card["urgent"]],
        may_report=actor.may(Permission.REPORT_FILE) and actor.is_operator,
        may_find=actor.may(Permission.REPORT_READ),
    )


def _card(item: WaitingItem) -> dict[str, Any]:
    card = CARDS[item.matter]
    known = card.endpoint in current_app.view_functions
    arguments = {"report_id": item.report_id} if item.report_id else card.arguments
    return {
        "title": card.title,
        "words": card.words,
        "url": url_for(card.endpoint, **arguments) if known else None,
        "count": f"{item.count}+" if item.at_least else str(item.count),
        "urgent": item.urgent and item.count > 0,
    }
