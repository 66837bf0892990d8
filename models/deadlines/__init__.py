"""The rules by which reports to authorities are due, as data: what ships with the program, or a hub's own file."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from models.own_data import read_own

OWN_FILE: Final = "deadlines.json"
"""In the data folder; it takes the place of the list that ships with the program."""
MOST_DAYS: Final = 3_660
"""Ten years."""
_NAMES: Final = frozenset({"sectors", "event_types", "service_impact", "attack"})


class BadRules(ValueError):
    """A file of rules that cannot be read, and where."""


class DeadlineRule(Struct, frozen=True):
    """What is due to whom, how long after it was noticed."""

    code: str
    authority: str
    stage: str
    ja: str
    en: str
    source: str
    hours: int | None
    days: int | None
    cases: tuple[Mapping[str, frozenset[str]], ...]

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.ja if locale == "ja" else self.en


@cache
def shipped_rules() -> tuple[DeadlineRule, ...]:
    """The rules that ship with the program; all of them are to be confirmed."""
    return read_rules(json.loads((resources.files(__name__) / "rules.1.json").read_text("utf-8")))


def load_rules(folder: Path) -> tuple[DeadlineRule, ...]:
    """The rules of a hub: its own file, where it has one.

    Raises:
        BadRules: its own file cannot be read.
    """
    try:
        return read_rules(read_own(folder / OWN_FILE))
    except FileNotFoundError:
        return shipped_rules()
    except ValueError as error:
        raise BadRules(f"{OWN_FILE}: {error}") from error


def read_rules(document: Any) -> tuple[DeadlineRule, ...]:
    """The rules of a document.

    Raises:
        BadRules: something in it is no rule.
    """
    rows = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BadRules("expected an object with a list `rules`")
    found = tuple(_rule(row, place) for place, row in enumerate(rows))
    if len({each.code for each in found}) < len(found):
        raise BadRules("expected each code once")
    return found


def _rule(row: Any, place: int) -> DeadlineRule:
    where = f"rules[{place}]"
    if not isinstance(row, dict):
        raise BadRules(f"{where}: expected an object")
    texts: dict[str, Any] = {name: row.get(name) for name in ("code", "authority", "stage", "ja", "en", "source")}
    wrong = [name for name, text in texts.items() if not isinstance(text, str) or not text]
    if wrong:
        raise BadRules(f"{where}: expected a text for {', '.join(wrong)}")
    hours, days = row.get("hours"), row.get("days")
    if (hours is None) == (days is None):
        raise BadRules(f"{where}: expected either hours or days")
    length = days if hours is None else hours
    if not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= MOST_DAYS:
        raise BadRules(f"{where}: expected hours or days from 1 to {MOST_DAYS}")
    cases = row.get("cases")
    if not isinstance(cases, list) or not cases:
        raise BadRules(f"{where}: expected a list of cases")
    return DeadlineRule(**texts, hours=hours, days=days, cases=tuple(_case(each, where) for each in cases))


def _case(case: Any, where: str) -> Mapping[str, frozenset[str]]:
    if not isinstance(case, dict) or not case or set(case) - _NAMES:
        raise BadRules(f"{where}: expected a case of {', '.join(sorted(_NAMES))}")
    for name, values in case.items():
        if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
            raise BadRules(f"{where}: expected a list of texts for {name}")
    return {name: frozenset(values) for name, values in case.items()}
