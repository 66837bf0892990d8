"""A door for the clock: gives files that wait to the scanner that the settings name, and notes what it says.

The scanner is any program that reads a file on its standard input: exit code 0 clean, 1 found (what it found in the
first line that it prints), anything else not scanned. It runs outside of every unit of work, within its time.
"""

import shlex
import subprocess
import threading
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Final

from hub.attachments.store import Damaged
from hub.logs import get_logger
from hub.wiring import Hub
from models.vocabulary import Door
from sharing.attachments.scans import ToScan, Verdict, list_to_scan, note_scan
from sharing.setup import hub_actor

_MOST_SAID: Final = 4_096
"""Bytes of the scanner's words that are read."""
_CODES: Final = {0: Verdict.CLEAN, 1: Verdict.FOUND}


def scan_waiting(hub: Hub) -> int:
    """Scan what waits, one file after another; how many there were."""
    with hub.reading() as session:
        found = list_to_scan(session, hub.clock(), scans=hub.scans)
    for each in found:
        verdict, said = scan(hub, each) if hub.scans else (Verdict.NONE, "")
        if verdict is Verdict.FAILED:
            get_logger().error("scan_failed", file=str(each.id), why=said)
        with hub.writing() as session:
            note_scan(session, hub_actor(Door.JOB), each.id, verdict, said, context=hub.context())
    return len(found)


def scan(hub: Hub, file: ToScan) -> tuple[Verdict, str]:
    """What the scanner says of one file."""
    words, seconds = shlex.split(hub.settings.scan_command), hub.settings.scan_seconds
    with TemporaryFile() as answer:  # a pipe could fill while nobody reads it yet
        try:
            process = subprocess.Popen(  # noqa: S603  the command is the administrator's
                words, stdin=subprocess.PIPE, stdout=answer, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            return Verdict.FAILED, f"the program did not start: {error.strerror}"
        clock = threading.Timer(seconds, process.kill)
        clock.start()
        try:
            damaged = _feed(hub, file, process.stdin)
            code = process.wait()
        finally:
            clock.cancel()
            process.kill()
            process.wait()
        answer.seek(0)
        said = answer.read(_MOST_SAID)
    if damaged:
        return Verdict.FAILED, "the file cannot be read"
    verdict = _CODES.get(code, Verdict.FAILED)
    return verdict, _first_line(said) if verdict is Verdict.FOUND else f"exit code {code}"


def _feed(hub: Hub, file: ToScan, pipe: IO[bytes] | None) -> bool:
    """Write the file to the scanner; whether it was damaged. A scanner that has seen enough may stop reading."""
    if pipe is None:
        return False
    try:
        for part in hub.attachments.read(file.id, file.size):
            pipe.write(part)
    except Damaged:
        return True
    except OSError:
        return False
    finally:
        with suppress(OSError):
            pipe.close()
    return False


def _first_line(said: bytes) -> str:
    text = said.decode("utf-8", errors="replace").strip()
    line = text.splitlines()[0] if text else ""
    return "".join(sign for sign in line if sign.isprintable())
