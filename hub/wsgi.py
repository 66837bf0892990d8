"""A door for any WSGI server: `hub.wsgi:app`, from the data folder that CEPTOAR_HUB_DATA names.

    CEPTOAR_HUB_DATA=/var/lib/ceptoar-hub gunicorn --preload --worker-class gthread --threads 8 hub.wsgi:app

`ceptoar-hub serve` does the same with granian. Here each process starts its jobs with its first request, so that a
server may load the application once and divide afterwards.
"""

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from hub.app import create_app
from hub.logs import configure_logs, get_logger
from hub.process.clock_leaps import Steady
from hub.process.lifetime import begin, jobs
from hub.settings import DATA_VARIABLE, SettingsError
from hub.settings_reading import load_settings
from hub.wiring import Hub, open_hub

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Application:
    """The hub as a WSGI callable that knows when it woke up in another process."""

    def __init__(self, hub: Hub, app: Flask, steady: Steady | None = None) -> None:
        self._hub = hub
        self._steady = steady or Steady(hub)
        self._app = app
        self._lock = threading.Lock()
        self._process = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request; the first one in a process starts that process's jobs."""
        if self._process != os.getpid():
            self._wake()
        return self._app(environ, start_response)

    def _wake(self) -> None:
        with self._lock:
            if self._process != os.getpid():
                self._meet_clock()
                jobs(self._hub)
                self._process = os.getpid()

    def _meet_clock(self) -> None:
        """Nobody noted the time while nobody asked; a failure here must not fail the request, the jobs try again."""
        try:
            self._steady.meet()
        except Exception as error:
            get_logger().error("clock_not_noted", exc_info=error)


def make_application() -> Application:
    """The application of the data folder that the environment names.

    Raises:
        SettingsError: it names none.
        NotReady: the hub cannot start; each problem says what to do.
    """
    configure_logs()
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        raise SettingsError(f"expected the data folder in {DATA_VARIABLE}, found nothing. Set it and start again.")
    hub = open_hub(load_settings(folder))
    begin(hub)
    application = Application(hub, create_app(hub))
    hub.close()  # a server may divide into processes now: connections must not be shared
    return application


def __getattr__(name: str) -> Application:
    """`app` is made when a server asks for it, not when somebody imports this module to look at it."""
    if name != "app":
        raise AttributeError(name)
    application = make_application()
    globals()["app"] = application
    return application
