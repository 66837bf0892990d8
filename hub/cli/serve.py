"""A door: `serve` runs a hub until SIGTERM."""

from pathlib import Path
from typing import Any

import click
import orjson

from hub.cli.common import Refusal, data_option, json_option, settings_of
from hub.cli.language import in_language
from hub.process.lifetime import begin, end, jobs
from hub.process.serving import PortTaken, announce, placed, run_server, take_place
from hub.settings import Settings
from hub.wiring import open_hub
from models.bilingual import said_by


@click.command(help=in_language("Serve a hub until SIGTERM.", "SIGTERMを受けるまでハブを動かします。"))
@data_option
@click.option("--host", help=in_language("The address to listen on.", "待ち受けるアドレス。"))
@click.option(
    "--port", type=click.IntRange(0, 65_535), help=in_language("The port; 0: any.", "ポート。0は空きポート。")
)
@click.option("--workers", type=click.IntRange(1, 64), help=in_language("How many processes.", "プロセス数。"))
@click.option("--tls-cert", help=in_language("Speak TLS with this certificate (PEM).", "TLSの証明書（PEM）。"))
@click.option("--tls-key", help=in_language("Its private key (PEM).", "TLSの秘密鍵（PEM）。"))
@click.option(
    "--accept-clock",
    is_flag=True,
    help=in_language("Believe a clock that is far ahead.", "大きく進んだ時計を正しいものとして扱います。"),
)
@json_option
def serve(data: Path, *, accept_clock: bool, as_json: bool, **listen: Any) -> int:
    """Serve a hub; any other WSGI server can serve it too, as `hub.wsgi:app` with CEPTOAR_HUB_DATA."""
    settings = settings_of(data, **listen)
    try:
        place = take_place(settings.host, settings.port, settings.scheme)
    except PortTaken as error:
        raise Refusal(said_by(error)) from error
    settings = placed(settings, place, fixed_url=not is_derived(settings))
    hub = open_hub(settings)
    begin(hub, whatever_clock=accept_clock)

    line = f"ceptoar-hub: {place.url} ({settings.data})"
    if as_json:
        facts = {"url": place.url, "base_url": settings.base_url, "data": str(settings.data)}
        line = orjson.dumps(facts).decode()
    return run_server(hub, place, before=lambda: announce(place, line), after=lambda: end(hub), start_jobs=jobs)


def is_derived(settings: Settings) -> bool:
    """Whether the address follows from host and port, since nobody set another."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.base_url == f"{settings.scheme}://{host}:{settings.port}"
