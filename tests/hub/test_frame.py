"""What every page and every door gets from the house: headers, sessions, languages, errors, logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
import structlog
from flask import Blueprint, Flask, request, session
from flask.testing import FlaskClient

import hub
from hub.app import create_app
from hub.i18n import format_clock, format_day, format_moment, format_utc
from hub.logs import configure_logs
from hub.web.frame.shell import Viewer, shell_of
from models.vocabulary import Label
from sharing.errors import Busy, Conflict, NotPermitted, NotVisible
from tests.hub.fakes import FrameHub, frame_app
from tests.hub.pattern_pages import MOMENT

HERE = {"Sec-Fetch-Site": "same-origin"}


class Lines:
    """Collects what is logged."""

    def __init__(self) -> None:
        self.raw = b""

    def write(self, line: bytes, /) -> None:
        self.raw += line

    def flush(self) -> None:
        """Nothing waits."""

    def events(self, name: str) -> list[dict[str, object]]:
        return [line for text in self.raw.splitlines() if (line := json.loads(text))["event"] == name]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return frame_app(tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def lines() -> Iterator[Lines]:
    collected = Lines()
    configure_logs(collected)
    yield collected
    structlog.reset_defaults()


def token_of(client: FlaskClient, path: str = "/patterns/write") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def test_pages_carry_the_strict_policy(client: FlaskClient):
    """Nothing from elsewhere, nothing inline, nobody's frame, no cache."""
    headers = client.get("/patterns/").headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_brings_its_cookie_and_header(tmp_path: Path):
    """Behind TLS the cookie is bound to the host and the browser told to stay encrypted."""
    client = frame_app(tmp_path, base_url="https://hub.example.jp").test_client()
    answer = client.get("/patterns/write", base_url="https://hub.example.jp")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ceptoar=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_templates_hold_nothing_inline():
    """The policy would silently drop it.

    The file for when the hub cannot be reached has a policy of its own; programs for mail know no style sheets.
    """
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
    templates = list((Path(hub.__file__).parent / "templates").rglob("*.html"))
    assert templates
    no_pages = {("offline", "form.html"), ("letters", "letter.html")}
    pages = [path for path in templates if path.parts[-2:] not in no_pages]
    wrong = [path.name for path in pages if inline.search(path.read_text(encoding="utf-8"))]
    assert not wrong


def test_machine_doors_pay_for_no_page_hook(tmp_path: Path):
    """A poll opens no session, looks for no viewer, sets no cookie and gets one header of ours."""
    door = ModuleType("door")
    door.blueprint = Blueprint("door", "door")  # type: ignore[attr-defined]
    seen: list[type] = []

    @door.blueprint.get("/taxii2/poll")
    def poll() -> bytes:
        seen.append(type(session._get_current_object()))
        return b"{}"

    app = create_app(FrameHub(frame_app(tmp_path).extensions["hub"].settings), page_groups=(), machine_doors=[door])
    shell_of(app).load_viewer = lambda: pytest.fail("a machine door looked for a viewer")
    answer = app.test_client().get("/taxii2/poll?lang=en", headers={"Cookie": "ceptoar=x"})
    assert answer.status_code == 200
    assert seen[0].__name__ == "NullSession"
    assert set(answer.headers.keys()) == {"Content-Type", "Content-Length", "X-Content-Type-Options"}


def test_nothing_runs_before_or_after_every_request(app: Flask):
    """Hooks of the application itself would run for every poll."""
    assert not app.before_request_funcs.get(None)
    assert not app.after_request_funcs.get(None)
    assert not app.teardown_request_funcs.get(None)


def test_a_bare_blueprint_is_no_page_group(tmp_path: Path):
    """A page without the hooks would take forged forms."""
    module = ModuleType("bare")
    module.blueprint = Blueprint("bare", "bare")  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="page_blueprint"):
        create_app(FrameHub(frame_app(tmp_path).extensions["hub"].settings), page_groups=[module])


@pytest.mark.parametrize("path", ["/taxii2/none", "/api/v1/none", "/log/none"])
def test_programs_get_short_errors(client: FlaskClient, path: str):
    """No page of HTML for who reads JSON."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json == {"title": "Not Found", "status": 404}


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_error_pages_speak_the_readers_language(client: FlaskClient, status: int, language: str):
    """What happened and what to do, never the framework's words."""
    answer = client.get(f"/patterns/fail/{status}", headers={"Accept-Language": language})
    assert answer.status_code == status
    assert f'<html lang="{language}">' in answer.text
    assert ("次にできること" if language == "ja" else "What you can do") in answer.text
    assert "werkzeug" not in answer.text.lower()


def test_a_failure_shows_only_its_number(client: FlaskClient, lines: Lines):
    """The log tells where under the same number; neither tells the message, which may quote a report."""
    answer = client.get("/patterns/crash?q=secretquery")
    assert answer.status_code == 500
    failure = lines.events("failure")[0]
    assert str(failure["request_id"]) in answer.text
    assert failure["failure"] == ["RuntimeError"]
    assert any("pattern_pages.py" in frame for frame in failure["frames"])  # type: ignore[attr-defined]
    assert "hunter2" not in answer.text
    for hidden in (b"hunter2", b"secretquery"):
        assert hidden not in lines.raw


def test_a_locked_database_is_a_defined_state(client: FlaskClient, lines: Lines):
    """503 with a time to come back, and the statement's values stay out of the log."""
    answer = client.get("/patterns/busy")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert b"hunter2" not in lines.raw
    assert lines.events("database_busy")


@pytest.mark.parametrize(("error", "status"), [(NotVisible, 404), (NotPermitted, 403), (Conflict, 409), (Busy, 503)])
def test_refusals_of_operations_have_their_status(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
):
    """A door that handles nothing itself still answers right, and without the refusal's words."""

    def refuse() -> str:
        raise error("the hidden report K7QM")

    monkeypatch.setitem(app.view_functions, "patterns.show", refuse)
    answer = app.test_client().get("/patterns/")
    assert answer.status_code == status
    assert "K7QM" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotVisible, 404), (NotPermitted, 403), (Conflict, 409), (Busy, 503), (ZeroDivisionError, 500)],
)
def test_what_was_typed_stands_on_every_error_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
):
    """Whatever became of the form: its text can be copied, where the hub was busy also sent again; secrets do not."""

    def refuse() -> str:
        assert request.form["summary"]
        raise error

    client = app.test_client()
    token = token_of(client)
    monkeypatch.setitem(app.view_functions, "patterns.write", refuse)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    typed = {"csrf_token": token, "summary": "止まった\n二行目 <b>", "password": "hunter2", "do": "file"}
    answer = client.post("/patterns/write", data=typed, headers=HERE)
    assert answer.status_code == status
    assert "止まった\n二行目 &lt;b&gt;" in answer.text and "hunter2" not in answer.text
    assert ('class="form kept-form"' in answer.text) == (status == 503)
    foreign = client.post("/patterns/write", data=typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert "止まった" not in foreign.text


def test_hidden_and_absent_look_the_same(app: Flask, monkeypatch: pytest.MonkeyPatch):
    """A refused page and a page that never was differ in nothing."""

    def refuse() -> str:
        raise NotVisible

    monkeypatch.setitem(app.view_functions, "patterns.hidden", refuse)
    client = app.test_client()
    hidden, absent = client.get("/patterns/hidden"), client.get("/patterns/absent")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.data == absent.data


def test_an_error_page_whose_frame_fails_is_still_a_page(app: Flask, lines: Lines):
    """The answer to a failure does not depend on what failed."""
    app.jinja_env.globals["navigation"] = lambda: 1 / 0
    answer = app.test_client().get("/nothing")
    assert answer.status_code == 404
    assert "表示できるものがありません" in answer.text
    assert lines.events("failure")[0]["failure"][0] == "ZeroDivisionError"  # type: ignore[index]


def test_the_access_log_names_the_route_not_the_address(client: FlaskClient, lines: Lines):
    """An address can hold a reference number, a query or a token."""
    client.get("/patterns/fail/404?token=hunter2")
    line = lines.events("request")[0]
    assert (line["route"], line["status"], line["method"]) == ("/patterns/fail/<int:status>", 404, "GET")
    assert b"hunter2" not in lines.raw


def test_the_log_drops_fields_that_sound_secret(lines: Lines):
    """The last net under those who log too much."""
    structlog.get_logger().info("signed_in", password="hunter2", api_token="hunter2", account="a1")
    assert b"hunter2" not in lines.raw
    assert lines.events("signed_in")[0]["account"] == "a1"


def test_a_form_without_token_keeps_its_text(client: FlaskClient):
    """Sent from our own page: everything but secrets comes back, with a token that works."""
    typed = {
        "summary": "止まった\n二行目",
        "impact": "no",
        "event_type": "E30",
        "password": "hunter2",
        "totp": "123456",
    }
    answer = client.post("/patterns/write", data=typed, headers=HERE)
    assert answer.status_code == 400
    assert "止まった\n二行目" in answer.text
    assert "hunter2" not in answer.text
    assert "123456" not in answer.text
    fresh = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert fresh
    again = client.post("/patterns/write", data=typed | {"csrf_token": fresh[1]}, headers=HERE)
    assert again.status_code == 303
    assert client.get("/patterns/sent").text == "止まった\n二行目"


def test_a_form_of_unknown_origin_cannot_be_sent_on(client: FlaskClient):
    """What another site may have filled must not become ours by one click."""
    answer = client.post("/patterns/write", data={"summary": "x"}, headers={"Origin": "null"})
    assert answer.status_code == 400
    assert "<form" not in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_post(client: FlaskClient, site: str):
    """Even with a good token."""
    token = token_of(client)
    answer = client.post("/patterns/sign-in", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_a_form_too_large_is_refused_before_it_is_read(client: FlaskClient):
    """A page's forms are small, whatever the machine doors may take."""
    answer = client.post("/patterns/write", data={"details": "あ" * 1_000_000}, headers=HERE)
    assert answer.status_code == 413


def test_the_language_is_chosen_in_order(app: Flask):
    """The choice made here, then the account's, then the browser's, then the hub's own."""

    def language(client: FlaskClient, accepts: str = "") -> str:
        text = client.get("/patterns/", headers={"Accept-Language": accepts} if accepts else {}).text
        return "ja" if '<html lang="ja">' in text else "en"

    client = app.test_client()
    assert language(client) == "ja"
    assert language(client, "fr") == "ja"
    assert language(client, "en-GB,en;q=0.9,ja;q=0.5") == "en"
    shell_of(app).load_viewer = lambda: Viewer(
        name="A", organization="B", roles=(), permissions=frozenset(), language="ja"
    )
    assert language(client, "en") == "ja"
    answer = client.get("/patterns/?label=TLP:RED&lang=en")
    assert (answer.status_code, answer.location) == (303, "/patterns/?label=TLP:RED")
    assert language(client) == "en"


def test_an_unknown_language_changes_nothing(client: FlaskClient):
    """Whatever stands in the address."""
    answer = client.get("/patterns/?lang=../../x")
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_the_navigation_shows_what_the_hat_may_use(client: FlaskClient):
    """No entry leads to a refusal; nobody signed in sees none."""
    assert "情報連絡を書く</a></li>" not in client.get("/patterns/").text
    client.post("/patterns/sign-in", data={"csrf_token": token_of(client)}, headers=HERE)
    page = client.get("/patterns/").text
    assert "情報連絡を書く</a></li>" in page
    assert "隠れた項目" not in page
    assert page.count('aria-current="page"') == 2
    assert "東北みらい電力株式会社" in page
    assert "報告者・承認者" in page


def test_dates_are_written_as_people_write_them(app: Flask):
    """Weekday, 24-hour clock, Japan's time; a naive time is a mistake of ours."""
    with app.test_request_context(headers={"Accept-Language": "ja"}):
        assert format_moment(MOMENT) == "2026年11月20日(金) 14:05"
        assert format_day(date(2027, 1, 3)) == "2027年1月3日(日)"
        assert format_clock(MOMENT) == "14:05"
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert format_moment(MOMENT) == "Fri 20 Nov 2026 14:05 JST"
        assert format_day(MOMENT) == "Fri 20 Nov 2026"
        assert format_utc(MOMENT) == "2026-11-20T05:05:00Z"
        with pytest.raises(ValueError, match="aware"):
            format_moment(MOMENT.replace(tzinfo=None))


def test_a_day_begins_at_midnight_in_japan(app: Flask):
    """15:00 UTC is already tomorrow."""
    with app.test_request_context(headers={"Accept-Language": "ja"}):
        assert format_day(MOMENT.replace(hour=15)) == "2026年11月21日(土)"


@pytest.mark.parametrize("label", list(Label))
def test_the_label_bar_is_in_words(client: FlaskClient, label: Label):
    """Top and bottom of the page, and a rule for every printed sheet."""
    page = client.get("/patterns/", query_string={"label": label.value}).text
    assert page.count(f'<p translate="no" lang="en">{label.value}</p>') == 2
    css = (Path(hub.__file__).parent / "static/css/print.css").read_text(encoding="utf-8")
    assert css.count(f'content: "{label.value}";') == 2


def test_demo_and_exercise_are_marked(tmp_path: Path):
    """In the title too, since that is what stands in the list of windows."""
    client = frame_app(tmp_path, demo=True).test_client()
    page = client.get("/patterns/?exercise").text
    assert "<title>【デモ】【訓練】" in page
    assert page.count('<strong lang="ja">【デモ】</strong>') == 1
    assert page.count('<strong lang="ja">【訓練】</strong>') == 1
    assert "<title>【デモ】" in client.get("/nothing").text


def test_static_files_are_asked_for_by_content(client: FlaskClient):
    """Kept for a year under a name that changes with the content; without session or cookie."""
    found = re.search(r'href="(/static/css/base.css\?v=[0-9a-f]{12})"', client.get("/patterns/").text)
    assert found
    answer = client.get(found[1])
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
