"""Holds the navigation: page groups name their entries, the frame shows those that the current hat may use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, current_app, request, url_for
from markupsafe import Markup
from msgspec import Struct

from hub.i18n import Words, current_language
from hub.web.frame.shell import current_viewer

KEPT = 256
"""Renderings that are kept: for the pages in use, the sets of roles in use and two languages. A few kilobytes each."""


@dataclass(frozen=True, eq=False)
class Item:
    """One entry of the navigation; each is the same only as itself, since comparing lazy texts would translate them."""

    endpoint: str
    """Where it leads; the page needs no arguments."""
    label: Words
    """A lazy text, so that it follows the reader's language."""
    permission: str | None = None
    """What the hat must be allowed; None shows it to everybody who is signed in."""
    also: str | None = None
    """Another permission that shows it as well."""
    now_and_then: bool = False
    """Looked for seldom: on a wide screen it stands behind “More”, so that what is used daily stays in one line."""


class Link(Struct, frozen=True):
    """An entry as the frame shows it."""

    url: str
    label: Words
    current: bool
    now_and_then: bool


class Navigation:
    """The entries of an application, and how they were shown before."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        # What is shown follows from these arguments and from nothing else, so that it can be kept for everybody.
        self.shown = lru_cache(maxsize=KEPT)(_render)


def add_items(app: Flask, items: Iterable[Item]) -> None:
    """Append entries to the navigation of an application."""
    app.extensions.setdefault("navigation", Navigation()).items.extend(items)


def navigation() -> Markup:
    """The entries for the current hat, as the frame shows them; nothing for who is not signed in."""
    viewer = current_viewer()
    known: Navigation | None = current_app.extensions.get("navigation")
    if viewer is None or known is None:
        return Markup()
    held = viewer.permissions
    shown = [item for item in known.items if item.permission is None or item.permission in held or item.also in held]
    return known.shown(current_language(), tuple(shown), _entry_of_this_page(shown))


def _render(_language: str, items: Sequence[Item], here: Item | None) -> Markup:
    """The entries in the language of this request, which is named so that another language is another rendering."""
    links = [
        Link(url=url_for(item.endpoint), label=item.label, current=item is here, now_and_then=item.now_and_then)
        for item in items
    ]
    template = current_app.jinja_env.get_template("parts/navigation.html")
    return Markup(template.render(links=links))  # noqa: S704  the template escapes


def _entry_of_this_page(items: Sequence[Item]) -> Item | None:
    """The entry that leads exactly here, else the first of the same group of pages."""
    exact = (item for item in items if item.endpoint == request.endpoint)
    group = (item for item in items if item.endpoint.rpartition(".")[0] == request.blueprint)
    return next(exact, None) or next(group, None)
