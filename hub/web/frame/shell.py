"""Holds what the pages' frame needs to know of the visitor, and the places where sign-in plugs itself in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flask import Flask, current_app, g
from msgspec import Struct

from hub.i18n import Words
from hub.process.traffic import Traffic
from hub.settings import Settings


class HubLike(Protocol):
    """What the pages' frame needs of the wiring."""

    @property
    def settings(self) -> Settings:
        """The frozen settings."""

    @property
    def session_key(self) -> bytes:
        """The key that signs session cookies."""

    @property
    def traffic(self) -> Traffic:
        """When somebody was last worked for."""

    def clock(self) -> datetime:
        """Now, aware, in UTC."""

    def ready(self) -> list[str]:
        """What keeps the hub from serving; nothing when it is ready."""


class Viewer(Struct, frozen=True, kw_only=True):
    """Who looks at a page, under which hat; only what the frame shows."""

    name: str
    """The person's name."""
    organization: str
    """The organization of the current hat."""
    roles: tuple[Words, ...]
    """The roles of the current hat, in the reader's language."""
    permissions: frozenset[str]
    """What the hat may do; the navigation shows what fits. The operations decide again."""
    hats: int = 1
    """How many hats the person has; with more than one, the header offers the change."""
    language: str | None = None
    """The language that the person chose in the account."""
    exercise: bool = False
    """Whether this hat takes part in an exercise right now."""


@dataclass
class Shell:
    """The places that other parts of the hub fill, once, while the application is built."""

    load_viewer: Callable[[], Viewer | None] = field(default=lambda: None)
    """Who asks; called before every page. Finding nobody is not an error."""
    acting_as: Callable[[], str] = field(default=lambda: "")
    """The hat under which the form of a page is written, as the form carries it; empty where none is worn."""
    remember_language: Callable[[str], None] = field(default=lambda _language: None)
    """Keeps the chosen language in the account of a person who is signed in."""
    field_labels: dict[str, Words] = field(default_factory=dict)
    """What forms call their fields, by name; shown where a form that was not taken keeps what was typed."""
    field_words: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """What forms call the values of a field that is chosen rather than typed, by its name."""
    sign_in_endpoint: str = "account.sign_in"
    sign_out_endpoint: str = "account.sign_out"
    """Answers POST."""
    hats_endpoint: str = "account.hats"
    """The page on which a person changes the hat."""


def shell_of(app: Flask | None = None) -> Shell:
    """The places of an application (by default the current one)."""
    shell: Shell = (app or current_app).extensions["shell"]
    return shell


def current_hub() -> HubLike:
    """The wiring of the current application; `hub.wiring` gives it its full type."""
    hub: HubLike = current_app.extensions["hub"]
    return hub


def current_viewer() -> Viewer | None:
    """Who looks at this page; nobody outside pages."""
    viewer: Viewer | None = g.get("viewer")
    return viewer
