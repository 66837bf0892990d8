"""Holds the navigation: page groups name their entries, the frame shows those that the current hat may use."""

from collections.abc import Iterable
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


@dataclass(frozen=True)
class Link:
    """An entry as the frame shows it."""

    url: str
    label: Words
    current: bool


def add_items(app: Flask, items: Iterable[Item]) -> None:
    """Append entries to the navigation of an application."""
    app.extensions.setdefault("navigation", []).extend(items)


def navigation() -> list[Link]:
    """The entries for the current hat; none for who is not signed in."""
    viewer = current_viewer()
    if viewer is None:
        return []
    items: list[Item] = current_app.extensions.get("navigation", [])
    return [
        Link(url=url_for(item.endpoint), label=item.label, current=_is_current(item))
        for item in items
        if item.permission is None or item.permission in viewer.permissions
    ]


def _is_current(item: Item) -> bool:
    """A page stands under the entry of its group."""
    here = request.blueprint
    return request.endpoint == item.endpoint or (here is not None and item.endpoint.partition(".")[0] == here)
