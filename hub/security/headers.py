"""Holds what every answer carries for safety: headers, the session cookie, and the check of forms against forgery."""

from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix

from hub.settings import Settings

MACHINE_PREFIXES = ("/taxii2/", "/api/v1/", "/log/", "/healthz", "/readyz", "/metrics")
"""Doors for programs: no session, no language, no forgery check, the fewest headers."""
PLAIN_PREFIXES = (*MACHINE_PREFIXES, "/static/")
"""What is served without looking at the session."""
HSTS_SECONDS = 365 * 24 * 3600
"""A year: what browsers expect of a service that will not return to plain HTTP."""
MAX_FORM_FIELDS = 2_000
"""More fields than the longest form with every indicator row has."""
MAX_FORM_MEMORY_BYTES = 2 * 1024 * 1024
"""A form's texts together; uploads are counted by the body's limit instead."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PAGE_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"),
    ("X-Frame-Options", "DENY"),
)
MACHINE_HEADERS = (("X-Content-Type-Options", "nosniff"),)

csrf = CSRFProtect()
"""Never given an application: its own hook would run for every door. Pages call it (see `hub.web.frame.pages`)."""


def is_machine_path(path: str) -> bool:
    """Whether a program, not a browser, is expected at this path, with the slash that ends a door's name or without."""
    return path.startswith(MACHINE_PREFIXES) or path in {"/taxii2", "/api/v1"}


class PageSessions(SecureCookieSessionInterface):
    """Signed cookies for pages; programs' doors and static files open no session at all."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a page, or one that refuses to be written."""
        if request.path.startswith(PLAIN_PREFIXES):
            return self.make_null_session(app)
        return super().open_session(app, request)


def install_security(app: Flask, settings: Settings, session_key: bytes) -> None:
    """Set up cookies, limits, trusted proxies and hosts of an application."""
    app.secret_key = session_key
    app.session_interface = PageSessions()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-ceptoar" if settings.https else "ceptoar",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=settings.session_lifetime,
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_PARTS=MAX_FORM_FIELDS,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY_BYTES,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        **_csrf_settings(),
    )
    app.jinja_env.globals["csrf_token"] = generate_csrf
    app.extensions["answer_headers"] = _headers(settings)
    if settings.production or settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = [_host(settings), *settings.trusted_hosts]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _csrf_settings() -> dict[str, Any]:
    return {
        "WTF_CSRF_ENABLED": True,
        "WTF_CSRF_METHODS": {"POST", "PUT", "PATCH", "DELETE"},
        "WTF_CSRF_FIELD_NAME": "csrf_token",
        "WTF_CSRF_HEADERS": ["X-CSRFToken"],
        # A token lives as long as its session: a person may write for hours.
        "WTF_CSRF_TIME_LIMIT": None,
        # Our own pages send no referrer, so it cannot be asked for; Sec-Fetch-Site takes its place.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _host(settings: Settings) -> str:
    return settings.base_url.partition("://")[2]


def _headers(settings: Settings) -> dict[bool, tuple[tuple[str, str], ...]]:
    """Headers by whether a machine asks, built once."""
    https = (("Strict-Transport-Security", f"max-age={HSTS_SECONDS}; includeSubDomains"),) if settings.https else ()
    return {True: MACHINE_HEADERS + https, False: PAGE_HEADERS + https}


def add_headers(app: Flask, response: Response) -> None:
    """Put the headers of safety on an answer; one that the page has set itself stays."""
    headers = response.headers
    for name, value in app.extensions["answer_headers"][is_machine_path(request.path)]:
        if name not in headers:
            headers[name] = value


def comes_from_elsewhere() -> bool:
    """Whether the browser says that another site made this request."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def comes_from_here() -> bool:
    """Whether the browser says that one of our own pages made this request; silence is no."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return origin == request.host_url.rstrip("/") or origin.startswith(request.host_url)
