"""A door: connecting a program: the settings of the tools that are out there, and what a key's program asks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from feeds.taxii.advice import advise
from hub.i18n import Words, current_language
from hub.programs.advice_words import WORDS
from hub.web.frame import guard
from hub.web.frame.pages import page_blueprint
from hub.web.words.remote import why
from models.collection import Collection
from models.moments import moment_at
from sharing.collections.access import list_readable
from sharing.collections.api_roots import OpenRoot, list_roots
from sharing.exchange.pushes import may_see_pushes
from sharing.people.key_requests import RequestLine, list_requests
from sharing.readers import load_reader

blueprint = page_blueprint("connect", url_prefix="/connect")
guard.protect(blueprint)

LIVE_SECONDS = 3
"""How often the page is fetched anew where its reader asked for that."""


class Tool(Struct, frozen=True):
    """What is known of setting up one product."""

    name: str
    where: Words
    note: Words
    tried: bool = False


TOOLS = (
    Tool(
        "Microsoft Sentinel",
        _l("Data connectors, Threat intelligence - TAXII: API root, the collection's id, Basic login."),
        _l("It shows no reason when something fails: look at the requests of your key here."),
    ),
    Tool(
        "OpenCTI",
        _l("The TAXII2 connector: discovery address, Basic or Bearer login, collections as “hub.title”."),
        _l("It asks with its own clock: keep the machines' clocks right, or overlap the intervals."),
    ),
    Tool(
        "MISP",
        _l("TAXII servers: the API root, the collection's id, and the key as Authorization header."),
        _l("Choose the direction of the exchange in MISP; it posts bundles."),
    ),
    Tool(
        "Splunk",
        _l("A TAXII 2.1 feed: API root, the collection's id, Basic login."),
        _l("Its library follows next by itself."),
    ),
    Tool(
        "IBM QRadar",
        _l("Threat Intelligence: TAXII 2.1, discovery address, Basic login."),
        _l("Fix the version at 2.1."),
    ),
    Tool(
        "Cortex XSOAR",
        _l("TAXII 2 Feed: discovery address, API root “hub”, the collection's id, Basic login."),
        _l("Fix the version at 2.1."),
    ),
    Tool(
        "EclecticIQ",
        _l("Incoming feed, TAXII 2.1: API root, the collection's id, Basic login."),
        _l("It reads the X-TAXII headers strictly; ours have microseconds and Z."),
    ),
    Tool(
        "taxii2-client (Python)",
        _l("Collection(url, user=…, password=…) with the collection's id, not its alias."),
        _l("It has no timeout of its own: set one."),
        tried=True,
    ),
    Tool(
        "stix2 (Python)",
        _l("TAXIICollectionSource and TAXIICollectionSink, over a Collection of taxii2-client."),
        _l("The source reads the first page only: narrow it down with filters."),
        tried=True,
    ),
    Tool(
        "cytaxii2 (Python)",
        _l("The discovery address, your user name and the key; then the collection's id."),
        _l("It joins no addresses, so it needs https, where the hub names its API roots in full."),
        tried=True,
    ),
)


@blueprint.get("/")
def show() -> str:
    """Addresses, a line to try, and the settings of each tool."""
    hub, actor = guard.the_hub(), guard.current_actor()
    japanese = current_language() == "ja"
    with hub.reading() as reading:
        reader = load_reader(reading, actor)
        found = [each.collection for each in list_readable(reading, reader)]
        added = [each for each in list_roots(reading, reader) if each.rules is not None]
        rows = [(each.id, each.alias, each.title_ja if japanese else each.title, _ways(added, each)) for each in found]
    return render_template(
        "connect/show.html",
        base=hub.settings.base_url,
        found=guard.current_signed_in(),
        collections=rows,
        roots=[(each.name, each.rules.title_ja if japanese else each.rules.title) for each in added if each.rules],
        tools=TOOLS,
        sees_pushes=may_see_pushes(actor),
    )


def _ways(added: Sequence[OpenRoot], collection: Collection) -> str:
    """The API roots that alone lead to a collection; nothing where `hub` does too."""
    if not collection.outside_hub:
        return ""
    return ", ".join(root.name for root in added if any(each.feed == collection.feed for each in root.collections))


@blueprint.get("/keys/<uuid:key_id>/")
def requests(key_id: UUID) -> str:
    """What the program with this key asked lately, and what it does wrong."""
    hub, actor = guard.the_hub(), guard.current_actor()
    hub.notes.write()
    with hub.reading() as reading:
        lines = list_requests(reading, actor, key_id, hub.clock())
    place = 1 if current_language() == "ja" else 0
    return render_template(
        "connect/requests.html",
        key_id=key_id,
        rows=[_row(line) for line in lines],
        advice=[(WORDS[each][place], times) for each, times in advise(lines)],
        live=LIVE_SECONDS if request.args.get("live") == "1" else 0,
    )


def _row(line: RequestLine) -> dict[str, Any]:
    return {
        "at": moment_at(line.at_us),
        "asked": f"{line.method} {line.path}" + (f"?{line.query}" if line.query else ""),
        "status": line.status,
        "given": line.given,
        "more": line.more,
        "why": why(line.problem, line.codes),
    }
