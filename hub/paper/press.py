"""Sets papers as PDF, each in a process of its own that ends with it: the server grows by nothing, and a text that
makes the compiler run away harms nobody else.
"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hub.paper.fonts import PACKAGES, Font, find_font
from hub.paper.sheet import LONGEST, Sheet
from hub.paper.typesetter import NO_JAPANESE
from models.vocabulary import Label

PROGRAM: Final = Path(__file__).with_name("typesetter.py")
SECONDS: Final = 25
"""How long a paper may take; the longest that is allowed takes seven on two busy cores."""
AT_ONCE: Final = 2
"""Papers that one process of the hub sets at a time, the others wait."""
PATIENCE: Final = 5
"""Seconds that one waits for the press: whoever waits holds one of the threads that answer everybody."""


class PaperError(Exception):
    """A paper cannot be set; the class says why."""


class NoFont(PaperError):
    """There is no Japanese font, and boxes instead of words are never given out."""


class TooLong(PaperError):
    """Nobody prints so much by accident."""


class PressBusy(PaperError):
    """Too many are waiting, or setting it took too long."""


class PressBroken(PaperError):
    """The press itself fails: a mistake in the template or the installation, whatever was to be set."""


@dataclass
class Press:
    """Sets papers in the font of this hub."""

    chosen: Path | None
    _font: Font | None = None
    _places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    @property
    def font(self) -> Font | None:
        """The font; looked for again while there is none, so that installing one is enough."""
        if self._font is None:
            self._font = find_font(self.chosen)
        return self._font

    def set_paper(self, sheet: Sheet) -> bytes:
        """The PDF of a sheet; the same sheet gives the same bytes.

        Raises:
            NoFont: there is no font that has Japanese.
            TooLong: it is longer than a paper may be.
            PressBusy: it could not be set in time.
        PressBroken: no paper can be set.
        """
        said, font = sheet.to_json(), self.font
        if font is None:
            raise NoFont(f"expected a Japanese font, found none: install {PACKAGES}, or name one as pdf_font")
        if len(said) > LONGEST:
            raise TooLong(f"expected at most {LONGEST} characters, found {len(said)}")
        if not self._places.acquire(timeout=PATIENCE):
            raise PressBusy("expected a free press, found none in time")
        try:
            with TemporaryDirectory(prefix="paper-") as folder:
                for path in font.files:  # the compiler takes folders, and reads every font in them
                    (Path(folder) / path.name).symlink_to(path)
                job = {"fonts": folder, "at": int(sheet.at.timestamp()), "sheet": json.loads(said)}
                return _run(json.dumps(job).encode("ascii"))
        finally:
            self._places.release()


def try_press(press: Press) -> None:
    """Set a paper of one line.

    Raises:
        PaperError: no paper can be set here.
    """
    at = datetime(2022, 8, 5, tzinfo=UTC)
    press.set_paper(Sheet(language="ja", kind="試験", title="試験", label=Label.CLEAR, at=at, printed="試験"))


def _run(job: bytes) -> bytes:
    """One process: nothing of ours in its environment, no words of it in our log."""
    try:
        done = subprocess.run(  # noqa: S603  our own program, with nothing from outside on its command line
            [sys.executable, "-I", str(PROGRAM)],
            input=job,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PressBusy(f"expected a paper within {SECONDS} s, found none") from error
    if done.returncode == NO_JAPANESE:
        raise NoFont("expected a font with Japanese, found one without: correct pdf_font")
    if done.returncode < 0:
        raise PressBusy(f"expected a paper within its limits, found signal {-done.returncode}")
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise PressBroken(f"expected a paper, found exit code {done.returncode}")
    return done.stdout
