"""Holds the navigation: page groups name their entries, the frame shows those that the current hat may use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from hub.web.shell import Words, current_viewer


@dataclass(frozen=True)
class Item:
    """One entry of the navigation."""

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


@dataclass(frozen=True)
class Link:
    """An entry as the frame shows it."""

    url: str
    label: Words
    current: bool
    now_and_then: bool


def add_items(app: Flask, items: Iterable[Item]) -> None:
    """Append entries to the navigation of an application."""
    app.extensions.setdefault("navigation", []).extend(items)


def navigation() -> list[Link]:
    """The entries for the current hat; none for who is not signed in."""
    viewer = current_viewer()
    if viewer is None:
        return []
    items: list[Item] = current_app.extensions.get("navigation", [])
    held = viewer.permissions
    shown = [item for item in items if item.permission is None or item.permission in held or item.also in held]
    here = _entry_of_this_page(shown)
    return [
        Link(url=url_for(item.endpoint), label=item.label, current=item is here, now_and_then=item.now_and_then)
        for item in shown
    ]


def _entry_of_this_page(items: Sequence[Item]) -> Item | None:
    """The entry that leads exactly here, else the first of the same group of pages."""
    exact = (item for item in items if item.endpoint == request.endpoint)
    group = (item for item in items if item.endpoint.rpartition(".")[0] == request.blueprint)
    return next(exact, None) or next(group, None)
