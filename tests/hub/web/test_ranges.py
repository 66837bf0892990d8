"""The pages of lists, of who will read it, and of the ledger, as people without script meet them."""

from __future__ import annotations

import re

import pytest

from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]


def with_list(stage: Stage, *tokens: str) -> tuple[Browser, str]:
    """Hanako makes a list; her browser, and the list's id."""
    hanako = stage.browser("hanako")
    hanako.get("/lists/")
    made = hanako.send("/lists/", {"name": "制御系の連携先"})
    assert made.status_code == 200, made.text
    url = made.request.path
    for token in tokens:
        assert hanako.send(f"{url}add", {"token": token}).status_code == 200
    return hanako, url.split("/")[2]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_list_is_made_chosen_and_told_before_and_after(stage: Stage, language: str) -> None:
    """Named: the water secretariat. It stands in the preview, reads the report, and stands in the ledger."""
    hanako, ident = with_list(stage, "secretariat:water")
    hanako.client.set_cookie("ceptoar_language", language)
    hanako.get("/reports/new")
    looked = hanako.send("/reports/new", {**FIVE, "lists": ident, "do": "preview"}).text
    named = {"ja": "（指名した提供先）", "en": "(you named them)"}[language]
    assert named in looked
    filed = hanako.send("/reports/new", {**FIVE, "lists": ident})
    url = filed.request.path.partition("receipt")[0]
    page = hanako.get(url).text
    assert f"/lists/{ident}/" in page
    ledger = hanako.get(f"/ledger{url}").text
    assert {"ja": "第一報", "en": "Report no. 1"}[language] in ledger
    assert "水道セプター事務局" in ledger
    table = hanako.get(f"/ledger{url}ledger.csv")
    assert table.headers["Content-Disposition"].startswith('attachment; filename="TLP-AMBER_')
    assert table.text.splitlines()[0].lstrip("\ufeff") == "TLP:AMBER"
    assert stage.browser("water").get("/ledger/").status_code == 200


def test_lists_and_ledgers_of_others_are_not_there(stage: Stage) -> None:
    """Somebody else's list, ledger and table answer as if there were none."""
    _, ident = with_list(stage, "council")
    _, url = stage.filed()
    for username in ("rival", "office", "water"):
        stranger = stage.browser(username)
        stranger.get("/")
        assert stranger.get(f"/ledger{url}").status_code == 404
        assert stranger.get(f"/ledger{url}ledger.csv").status_code == 404
        assert stranger.get(f"/lists/{ident}/").status_code in {403, 404}


def test_what_cannot_be_taken_is_said(stage: Stage) -> None:
    """No name, a taken name, nobody chosen, somebody who may not be named, and a list without anybody."""
    hanako, ident = with_list(stage)
    assert hanako.get("/lists/").status_code == 200
    for name in ("", "制御系の連携先", "x" * 101):
        assert hanako.send("/lists/", {"name": name}).status_code == 422
    hanako.get(f"/lists/{ident}/")
    for token in ("", "organization:nobody", f"account:{ident}", "public"):
        assert hanako.send(f"/lists/{ident}/add", {"token": token}).status_code == 422
    hanako.get("/reports/new")
    refused = hanako.send("/reports/new", {**FIVE, "lists": ident})
    assert refused.status_code == 422
    assert "制御系の連携先" in refused.text
    assert hanako.send(f"/lists/{ident}/remove", {"member": "99999999999999999999"}).status_code == 404
    hanako.get(f"/lists/{ident}/")
    assert hanako.send(f"/lists/{ident}/close", {}).status_code == 200


def test_who_takes_somebody_off_is_asked_about_what_went_out(stage: Stage) -> None:
    """The question comes with the readers and honest words; one report is chosen, and the list asks no more."""
    hanako, ident = with_list(stage, "council", "secretariat:water")
    hanako.get("/reports/new")
    hanako.send("/reports/new", {**FIVE, "lists": ident, "do": "preview"})
    hanako.send("/reports/new", {**FIVE, "lists": ident})
    hanako.get(f"/lists/{ident}/")
    member = re.search(r'name="member" value="(\d+)"', hanako.page)
    assert member is not None
    asked = hanako.send(f"/lists/{ident}/remove", {"member": member.group(1)})
    assert asked.request.path == f"/lists/{ident}/narrow"
    assert "読まれなかったことにはできません" in asked.text
    report = re.search(r'name="report" value="([0-9a-f-]+)"', asked.text)
    assert report is not None
    nothing = hanako.send(f"/lists/{ident}/narrow", {"reason": "見直し"})
    assert nothing.status_code == 422
    assert "見直し" in nothing.text
    assert hanako.send(f"/lists/{ident}/narrow", {"report": report.group(1)}).status_code == 422
    done = hanako.send(f"/lists/{ident}/narrow", {"report": report.group(1), "reason": "見直し"})
    assert done.status_code == 200
    assert f"/lists/{ident}/narrow" not in done.text
    hanako.client.set_cookie("ceptoar_language", "en")
    assert "still reaches" in hanako.get(f"/lists/{ident}/narrow").text
