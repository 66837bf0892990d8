"""Holds the two languages: catalogs read from .po files, the language of a request, dates as people write them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.catalog import Catalog
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain, LazyString, get_locale
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from hub.settings import LANGUAGES

Words: TypeAlias = "str | LazyString"
"""A text of a page: as it is, or to be said in the language of whoever asks."""

CATALOGS = Path(__file__).parent / "translations"
LANGUAGE_COOKIE = "ceptoar_language"
LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600
"""A choice of language outlives sessions; it says nothing about the person but that."""
LANGUAGE_NAMES: Mapping[str, str] = {"ja": "日本語", "en": "English"}

_WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class CatalogConflict(Exception):
    """Two catalogs of one language translate the same text differently."""


def merge_catalogs(language: str, folder: Path = CATALOGS) -> Catalog:
    """All .po files of a language as one catalog; one file for each group of pages.

    Raises:
        CatalogConflict: the same text has two translations.
    """
    from babel.messages.pofile import read_po  # noqa: PLC0415

    merged = Catalog(locale=language, fuzzy=False)
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
        for message in catalog:
            if not message.id:
                continue
            present = merged.get(message.id, context=message.context)
            if present is not None and present.string != message.string:
                raise CatalogConflict(f"{path.name}: expected one translation of {message.id!r}, found two")
            merged[message.id] = message
    return merged


@cache
def read_translations(language: str, folder: Path = CATALOGS) -> NullTranslations:
    """The texts of a language, ready for use, read once; English is the source and needs none."""
    if not (folder / language).is_dir():
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415

    buffer = BytesIO()
    write_mo(buffer, merge_catalogs(language, folder))
    buffer.seek(0)
    return Translations(buffer)


class CatalogDomain(Domain):
    """A Flask-Babel domain that reads .po files, so that no compiled catalog can be stale or missing."""

    def __init__(self, folder: Path = CATALOGS) -> None:
        super().__init__(translation_directories=[str(folder)])
        self._folder = folder
        self._marked: dict[tuple[str, str], Markup] = {}

    def get_translations(self) -> NullTranslations:
        """The texts in the language of this request, read at the first use."""
        return read_translations(current_language(), self._folder)

    def marked(self, text: str) -> Markup:
        """A text of a template, which is HTML, in the language of this request.

        A page holds dozens of them, so each is looked for once. Templates name them as they stand in the catalogs and
        never put one together: there are as many as the templates hold.
        """
        key = (current_language(), text)
        found = self._marked.get(key)
        if found is None:
            found = self._marked[key] = Markup(self.get_translations().ugettext(text))  # noqa: S704  our own catalogs
        return found

    @pass_eval_context
    def in_template(self, context: EvalContext, text: str, **given: Any) -> str:
        """`_("text")` as a template calls it; what it is given is escaped, our own words are not."""
        return (self.marked(text) if context.autoescape else self.gettext(text)) % given


def choose_language() -> str:
    """The language of this request: chosen here, chosen in the account, asked for by the browser, or the hub's own."""
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not request:
        return default
    viewer = g.get("viewer")
    for choice in (request.cookies.get(LANGUAGE_COOKIE), getattr(viewer, "language", None)):
        if choice in LANGUAGES:
            return str(choice)
    return request.accept_languages.best_match(LANGUAGES, default) or default


def current_language() -> str:
    """`ja` or `en`."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("expected an aware datetime, found one without a zone")
    zone: ZoneInfo = current_app.extensions["zone"]
    return value.astimezone(zone)


def format_day(value: date | datetime) -> str:
    """2026年11月20日(金), or Fri 20 Nov 2026; a moment is taken on the screen's clock."""
    day = _local(value) if isinstance(value, datetime) else value
    if current_language() == "ja":
        return f"{day.year}年{day.month}月{day.day}日({_WEEKDAYS['ja'][day.weekday()]})"
    return f"{_WEEKDAYS['en'][day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_moment(value: datetime) -> str:
    """2026年11月20日(金) 14:05, or Fri 20 Nov 2026 14:05 JST."""
    local = _local(value)
    clock = f"{local.hour:02d}:{local.minute:02d}"
    suffix = "" if current_language() == "ja" else f" {local.tzname()}"
    return f"{format_day(value)} {clock}{suffix}"


def format_clock(value: datetime) -> str:
    """14:05 on the screen's clock."""
    local = _local(value)
    return f"{local.hour:02d}:{local.minute:02d}"


def format_utc(value: datetime) -> str:
    """2026-11-20T05:05:00Z, for programs that read the page."""
    if value.tzinfo is None:
        raise ValueError("expected an aware datetime, found one without a zone")
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def language_url(language: str) -> str:
    """This page in another language."""
    arguments = request.args.to_dict(flat=False) | {"lang": [language]}
    return f"{request.path}?{urlencode(arguments, doseq=True)}"


def install_languages(app: Flask, *, zone: ZoneInfo, default: str) -> None:
    """Give an application both languages and the filters `moment`, `day` and `clock`."""
    app.config["BABEL_DEFAULT_LOCALE"] = default
    app.config["BABEL_DEFAULT_TIMEZONE"] = str(zone)
    app.extensions["zone"] = zone
    babel = Babel()
    locales = {language: Locale.parse(language) for language in LANGUAGES}
    babel.init_app(app, locale_selector=lambda: locales[choose_language()])
    # Flask-Babel keeps the domain as a cached property; filling it first is how a domain of one's own is set.
    domain = babel.__dict__["domain_instance"] = CatalogDomain()
    app.jinja_env.globals["_"] = domain.in_template
    app.jinja_env.filters.update(moment=format_moment, day=format_day, clock=format_clock, utc=format_utc)
    app.jinja_env.globals.update(
        current_language=current_language,
        language_names=LANGUAGE_NAMES,
        language_url=language_url,
        zone_name=str(zone),
    )
