"""Holds the box of the report form into which somebody pastes a text, and what was found in it."""

from collections.abc import Mapping
from typing import Final

from flask import request
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from hub.i18n import Words
from hub.web.frame.guard import current_actor, the_hub
from sharing.reports.own_systems import load_own_systems
from sharing.reports.pasted import LONGEST_PASTE, VULNERABILITY, WALLET, Apart, Found, find_pasted

KINDS: Final[Mapping[str, Words]] = {
    "ipv4-addr": _l("IPv4 address"),
    "ipv6-addr": _l("IPv6 address"),
    "domain-name": _l("Domain"),
    "url": _l("URL"),
    "email-addr": _l("Mail address"),
    "md5": _l("Hash (MD5)"),
    "sha1": _l("Hash (SHA-1)"),
    "sha256": _l("Hash (SHA-256)"),
    "windows-registry-key": _l("Registry key"),
    VULNERABILITY: _l("Vulnerability"),
    WALLET: _l("Bitcoin address"),
}
APARTS: Final[Mapping[Apart, Words]] = {
    Apart.OWN: _l("your own system, by your list"),
    Apart.INTERNAL: _l("means nothing outside one network"),
}


class Pasting(Struct, frozen=True):
    """What stands in the box, and what was found in it."""

    text: str
    looked: bool = False
    found: tuple[Found, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning was looked at."""
        return len(self.text) > LONGEST_PASTE


def read_pasting() -> Pasting:
    """What was pasted; looked through where the button was pressed."""
    text = request.form.get("pasted", "")
    if request.form.get("do") != "recognise":
        return Pasting(text)
    with the_hub().reading() as session:
        own = load_own_systems(session, current_actor())
    return Pasting(text, looked=True, found=find_pasted(text, own))


def taken() -> MultiDict[str, str]:
    """The form with everything that was chosen where it belongs, and the box empty."""
    data: MultiDict[str, str] = MultiDict(request.form.items(multi=True))
    for key in request.form.getlist("found")[:1_000]:
        kind, _, value = key.partition(" ")
        if kind not in KINDS or not value:
            continue
        if kind == VULNERABILITY:
            _append(data, "vulnerability", value, ", ")
        elif kind == WALLET:
            _append(data, "technical", f"Bitcoin: {value}", "\n")
        else:
            _append(data, "indicators", value, "\n")
    data.setlist("found", [])
    data["pasted"] = ""
    return data


def _append(data: MultiDict[str, str], name: str, value: str, between: str) -> None:
    text = data.get(name, "").rstrip()
    if value not in text.replace("\r\n", "\n").split(between):
        data[name] = f"{text}{between}{value}" if text else value
