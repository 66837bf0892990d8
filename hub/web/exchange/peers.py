"""A door for who publishes in a collection, and for the administrator: the peers that fill it, and what of it waits."""

from datetime import datetime, timedelta

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec import Struct

from feeds.peers.deciding import let_on, set_aside
from feeds.stix.explain import headline
from hub.i18n import Words, current_language
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.words.reading import read_value, type_name
from hub.web.words.remote import Why, behind_words, why
from models.peer import PeerObject
from models.vocabulary import Label, PeerState
from sharing.exchange import peers
from sharing.exchange.peers import Standing
from sharing.permissions import Permission
from sharing.readers import load_reader

blueprint = page_blueprint("peers", url_prefix="/peers")
protect(blueprint)
NAVIGATION = (
    Item("peers.index", _l("Peers"), Permission.PROPOSAL_MAKE.value, now_and_then=True),
    Item("peers.index", _l("Peers"), Permission.HUB_ADMINISTER.value, now_and_then=True),
)

STATES: dict[PeerState, Words] = {
    PeerState.WAITING: _l("Waiting for a decision"),
    PeerState.LET_ON: _l("Let on by a person"),
    PeerState.SET_ASIDE: _l("Set aside"),
    PeerState.REFUSED: _l("Turned away"),
}

MOST_DECIDED = peers.SHOWN
"""Objects that one decision may name: those of one page."""


class Line(Struct, frozen=True):
    """One object that waits or was refused, as the page shows it."""

    id: int
    title: str
    kind: str
    stix_id: str
    label: Label | None
    why: Why
    received_at: object
    text: str


@blueprint.get("/")
def index() -> str:
    """The peers that this hat may know of."""
    hub, actor = the_hub(), current_actor()
    if not actor.may(Permission.HUB_ADMINISTER):
        actor.must(Permission.FEED_PUBLISH)
    with hub.reading() as session:
        found = peers.list_peers(session, load_reader(session, actor))
    return render_template("peers/index.html", found=found, states=PeerState, name_of=name_of, now=hub.clock())


@blueprint.get("/<name>/")
def show(name: str) -> str:
    """How one peer stands; for who may decide also what waits and what was refused."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        reader = load_reader(session, actor)
        found = peers.load_standing(session, reader, name)
        decides = peers.may_decide(session, reader, found.peer)
        waiting = peers.list_sent(session, found.peer, PeerState.WAITING) if decides else []
        refused = peers.list_sent(session, found.peer, PeerState.REFUSED) if decides else []
        lines, turned_away = [line_of(row) for row in waiting], [line_of(row) for row in refused]
    return render_template(
        "peers/show.html",
        found=found,
        peer=found.peer,
        decides=decides,
        waiting=lines,
        refused=turned_away,
        states=STATES,
        name_of=name_of,
        title_of=title_of,
        failure=why(found.peer.failure, found.peer.failure_codes),
        behind=behind_words(behind(found, hub.clock())),
        page_label=max(
            (row.label for row in lines if row.label and row.text), key=lambda label: label.rank, default=None
        ),
    )


@blueprint.post("/<name>/decide")
def decide(name: str) -> ResponseReturnValue:
    """Let the chosen objects on, or set them aside."""
    hub, actor = the_hub(), current_actor()
    chosen = [int(text) for text in request.form.getlist("object")[:MOST_DECIDED] if text.isascii() and text.isdigit()]
    chosen = [number for number in chosen if number < 2**62]
    with hub.writing() as session:
        reader = load_reader(session, actor)
        if request.form.get("do") == "let_on":
            policy, context = hub.policy(session), hub.context()
            key, signer = hub.secrets.edition_key, hub.secrets.editions
            answers = let_on(
                session, reader, name, chosen, policy=policy, context=context, edition_key=key, signer=signer
            )
            count = sum(each.accepted for each in answers)
            refused = len(answers) - count
        else:
            count, refused = set_aside(session, reader, name, chosen, context=hub.context()), 0
    if request.form.get("do") == "let_on":
        flash(ngettext("%(num)s object was let on.", "%(num)s objects were let on.", count), "success")
    else:
        flash(ngettext("%(num)s object was set aside.", "%(num)s objects were set aside.", count), "success")
    if refused:
        flash(_("Some objects were refused; the reasons stand below."), "warning")
    return see_other("peers.show", name=name)


def line_of(row: PeerObject) -> Line:
    """A row of what a peer sent; RED is shown to nobody who was not named, so only that it is there."""
    is_open = row.body is not None and row.label is not Label.RED
    said = headline(read_value(row.body)) if is_open and row.body else None
    text = row.body.decode("utf-8", errors="replace")[:20_000] if is_open and row.body else ""
    title = said.title if said else (row.stix_id or _("one object"))
    kind, reason = type_name(row.type), why(row.reason, row.reason_codes)
    return Line(row.id, title, kind, row.stix_id, row.label, reason, row.received_at, text)


def name_of(found: Standing) -> str:
    """The organization behind a peer, in the reader's language."""
    return found.organization.name_ja if current_language() == "ja" else found.organization.name_en


def behind(found: Standing, now: datetime) -> timedelta | None:
    """Since when nothing was read to the end; nothing where it never was, or is read no more."""
    at = found.peer.pulled_at
    return None if at is None or found.peer.ended_at else now - at


def title_of(found: Standing) -> str:
    """The collection that a peer fills, in the reader's language."""
    return found.collection.title_ja if current_language() == "ja" else found.collection.title
