"""Holds who is signed in: loads the person behind each page's request, and keeps out who must do something first.

A page group writes `protect(blueprint)` once; its pages then find `current_actor()` and `current_signed_in()`.
"""

import base64
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from crypto.errors import NotSealed
from hub.i18n import LANGUAGE_COOKIE
from hub.settings import LANGUAGES
from hub.web.frame.kept import ACTING_AS, render_kept_form
from hub.web.frame.pages import SAFE_METHODS
from hub.web.frame.shell import Viewer, shell_of
from hub.web.frame.throttle import Throttle
from hub.web.words.people import SCOPE_NAMES, role_name, tier_name
from hub.wiring import Hub
from sharing.actor import Actor
from sharing.people.preferences import set_language
from sharing.people.sessions import Need, SignedIn, load_actor
from sharing.people.sign_in import Step

TOKEN = "sign_in"  # noqa: S105  the name of the entry, not its value
SEEN = "seen"
SHOWN_ONCE = "shown_once"
CSRF = "csrf_token"
LONGEST_NEXT: Final = 2_000
"""Characters of an address that is carried along while somebody signs in; browsers and proxies drop long headers."""
SEEN_SECONDS = 60
"""How often the cookie notes that the person is still there; a person who walks away is signed out by it."""
NEXT_STEPS = {
    Need.SECOND_FACTOR: "account.second_step",
    Need.LETTER: "account.letter",
    Need.ENROLMENT: "account.enrol",
    Need.AGREEMENT: "account.agreement",
    Need.HAT: "account.hats",
}
"""Where a person does what is needed first."""
UNFINISHED = frozenset({Need.SECOND_FACTOR, Need.LETTER, Need.ENROLMENT})


def install(app: Flask) -> None:
    """Plug sign-in into the frame."""
    shell = shell_of(app)
    shell.load_viewer = load_viewer
    shell.acting_as = current_hat
    shell.remember_language = remember_language
    shell.field_labels |= {
        "what": _l("What was lost"),
        "display_name": _l("Name of the person"),
        "why": _l("What happened, and how you made sure who asks"),
    }
    app.extensions["throttle"] = Throttle()
    app.jinja_env.globals.update(role_name=role_name, tier_name=tier_name, scope_names=SCOPE_NAMES)


def the_hub() -> Hub:
    """The wiring, with its full type."""
    return cast(Hub, current_app.extensions["hub"])


def throttle() -> Throttle:
    """The brake of this process."""
    return cast(Throttle, current_app.extensions["throttle"])


def find_signed_in() -> SignedIn | None:
    """Who is behind this request, finished with signing in or not; read once a request."""
    if "signed_in" not in g:
        g.signed_in = _load()
        g.actor = g.signed_in.actor if g.signed_in else None
    return cast("SignedIn | None", g.signed_in)


def current_signed_in() -> SignedIn:
    """Who is behind this request, on a protected page."""
    found = find_signed_in()
    if found is None:
        raise RuntimeError("expected a page behind protect(), found an open one")
    return found


def current_actor() -> Actor:
    """The person under the current hat, on a protected page."""
    actor = current_signed_in().actor
    if actor is None:
        raise RuntimeError("expected a page behind protect(), found an open one")
    return actor


def current_actor_or_404() -> Actor:
    """The person under the current hat, on a page that is also open without one."""
    actor = current_signed_in().actor
    if actor is None:
        abort(404)
    return actor


def _load() -> SignedIn | None:
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return None
    hub = the_hub()
    now = hub.clock()
    seen = datetime.fromtimestamp(session.get(SEEN, 0), UTC)
    if now - seen > hub.settings.session_lifetime:
        return None
    with hub.reading(snapshot=False) as reading:
        found = load_actor(reading, token, agreement_version=hub.settings.agreement_version, now=now)
    if found is not None and (now - seen).total_seconds() >= SEEN_SECONDS:
        session[SEEN] = int(now.timestamp())
    return found


def load_viewer() -> Viewer | None:
    """What the frame shows of the person; nobody while the sign-in is half done."""
    found = find_signed_in()
    if found is None or found.needs in UNFINISHED:
        return None
    hat, actor = found.hat, found.actor
    return Viewer(
        name=found.person.display_name,
        organization=hat.name(_language_of(found)) if hat else "",
        roles=tuple(role_name(role) for role in sorted(hat.roles)) if hat else (_l("no role chosen"),),
        permissions=frozenset(permission.value for permission in actor.permissions) if actor else frozenset(),
        hats=len(found.hats),
        language=found.person.locale,
    )


def _language_of(found: SignedIn) -> str:
    """The language of this page. Flask-Babel must not be asked yet: it would keep an answer without the viewer."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else found.person.locale


def remember_language(language: str) -> None:
    """Keep the language that a person chose at the top of a page."""
    found = find_signed_in()
    if found is None or found.person.locale == language:
        return
    hub = the_hub()
    with hub.writing() as writing:
        set_language(writing, found.bare, language, context=hub.context())


def protect(blueprint: Blueprint, *, hat: bool = True) -> None:
    """Let only people in who are signed in, have accepted the agreement and, unless said otherwise, wear a hat."""

    @blueprint.before_request
    def let_in() -> ResponseReturnValue | None:
        return ask_for_more(hat=hat) or _refuse_other_hat()


def current_hat() -> str:
    """What forms carry of the hat under which they are written; empty where none is worn."""
    found = find_signed_in()
    return found.hat.membership_id.hex if found is not None and found.hat is not None else ""


def _refuse_other_hat() -> ResponseReturnValue | None:
    """A form written for one organization never acts for another: the hat may have changed in another tab, or
    somebody else has signed in there. What was typed stays on the page."""
    written_as = request.form.get(ACTING_AS, "") if request.method not in SAFE_METHODS else ""
    if not written_as or written_as == current_hat():
        return None
    return render_kept_form(
        _l("The form was not sent yet"),
        _l("It was written in another role than the one in which you act now. What you typed is kept below."),
        status=409,
        hats_url=url_for(shell_of().hats_endpoint),
    )


def ask_for_more(*, hat: bool = True) -> ResponseReturnValue | None:
    """Lead to what is needed first; what was typed into a form stays on the page."""
    found = find_signed_in()
    if found is not None and (found.needs is None or (found.needs is Need.HAT and not hat)):
        return None
    where = url_for(shell_of().sign_in_endpoint) if found is None or found.needs is None else _step_url(found.needs)
    if request.method in SAFE_METHODS:
        return redirect(_with_next(where, request.full_path.rstrip("?")), code=303)
    return render_kept_form(
        _l("The form was not sent yet"),
        _l("You are not signed in any more, or must confirm something first. What you typed is kept below."),
        status=403,
        sign_in_url=where,
    )


def _step_url(need: Need) -> str:
    return url_for(NEXT_STEPS[need])


def _with_next(url: str, here: str) -> str:
    return url if here == "/" or not _is_here(here) else f"{url}?{urlencode({'next': here})}"


def safe_next(default: str = "/") -> str:
    """Where the person wanted to go: a page of this hub and of no other site."""
    wanted = request.args.get("next", "")
    return wanted if _is_here(wanted) else default


def _is_here(wanted: str) -> bool:
    """Whether every browser takes this for a path of this hub."""
    is_path = wanted.startswith("/") and not wanted.startswith("//")
    return is_path and wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST_NEXT


def begin_browser_session(step: Step) -> None:
    """Let the browser carry a new session. Nothing of the one before stays, but the seed of form tokens: a form that
    was kept while its writer signed in again can then be sent at once."""
    csrf = session.get(CSRF)
    session.clear()
    if csrf is not None:
        session[CSRF] = csrf
    session[TOKEN] = step.token
    session[SEEN] = int(the_hub().clock().timestamp())
    g.pop("signed_in", None)


def session_token() -> str:
    """The token that the browser carries; empty where it has none."""
    token: Any = session.get(TOKEN)
    return token if isinstance(token, str) else ""


def keep_to_show(ident: UUID, secret: str) -> None:
    """Let the next page show a secret: the browser carries it there, sealed, and it is gone after one look."""
    sealed = the_hub().secrets.seeds.seal(secret.encode("utf-8"), b"once" + ident.bytes)
    session[SHOWN_ONCE] = base64.b64encode(sealed).decode("ascii")


def take_to_show(ident: UUID) -> str | None:
    """The secret that this page shows; None when it was shown already."""
    carried = session.pop(SHOWN_ONCE, None)
    try:
        sealed = base64.b64decode(carried or "", validate=True)
        return the_hub().secrets.seeds.open(sealed, b"once" + ident.bytes).decode("utf-8")
    except (ValueError, NotSealed):
        return None
