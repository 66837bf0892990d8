"""A program of its own, run for one paper: reads data from standard input, writes the PDF to standard output.

It imports nothing of the hub, and only here is typst loaded. What it is given are texts that anybody may have
written, so it first takes away from itself what it does not need: time, memory, files, and words on standard error
(a message of the compiler would quote the text).
"""

import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

TEMPLATE: Final = Path(__file__).with_name("sheet.typ")
STANDARDS: Final = ["a-2a", "ua-1"]
"""Kept for decades by authorities, and read aloud; both also refuse a text that the font has no sign for."""

SECONDS: Final = 20
MEMORY: Final = 2 * 1024**3
"""Bytes of addresses; the program and a font with 60,000 signs take 400 MB of them, of which little is ever touched."""

NO_JAPANESE: Final = 3
"""The exit code where the font lacks Japanese."""
FAILED: Final = 4

MOST_TRIED: Final = 2_000
"""Different doubtful signs of which each is tried; where there are more, none of them is shown."""
MOST_NAMED: Final = 1_000
"""Places at which a sign that is missing is named; where there are more, a geta stands for each."""
MOST_TOLD: Final = 20
GETA: Final = "〓"
"""What printers in Japan have always set for a sign that they do not have."""

_SURE: Final = "漢字かなカナ、。【】"
"""What every Japanese font has."""
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Signs that are not seen but change how others are: they are named, or what is read is not what was written."""


def main() -> int:
    """Set one paper."""
    _limit()
    job: dict[str, Any] = json.load(sys.stdin)
    import typst  # noqa: PLC0415  after the limits

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    setter = _Setter(typst, fonts, job["fonts"], int(job["at"]))
    made = setter.set_all(named(job["sheet"]))
    if made is None:
        return NO_JAPANESE
    sys.stdout.buffer.write(made)
    return 0


def named(sheet: Any) -> Any:
    """The same with every hidden sign named: `[U+202E]`."""
    return _each_text(sheet, lambda text: _HIDDEN.sub(lambda found: name_of(found[0]), text))


def name_of(sign: str) -> str:
    """What stands in the place of a sign that cannot be shown."""
    return f"[U+{ord(sign):04X}]"


class _Setter:
    """The compiler with one font."""

    def __init__(self, typst: Any, fonts: Any, nowhere: str, at: int) -> None:
        self._typst, self._fonts, self._at = typst, fonts, datetime.fromtimestamp(at, UTC)
        self._nowhere = nowhere
        """A folder without packages, so that none is ever found or fetched."""
        self._family = _family(fonts.families())

    def set_all(self, sheet: Any) -> bytes | None:
        """The paper; signs that the font does not have are named. None where it has no Japanese at all."""
        try:
            return self._compile(sheet)
        except self._typst.TypstError:
            if self.lacks(_SURE):
                return None
        doubtful = {sign for sign in signs_of(sheet) if not _is_usual(sign)}
        missing = self.missing(doubtful) if len(doubtful) <= MOST_TRIED else doubtful
        try:
            return self._compile(without(sheet, missing))
        except self._typst.TypstError:  # some are there alone and not together, such as heaps of accents
            return self._compile(without(sheet, doubtful))

    def missing(self, signs: Iterable[str]) -> set[str]:
        """Of these signs those that the font does not have; halves are tried until each is known."""
        tried = sorted(signs)
        if not tried or not self.lacks("".join(tried)):
            return set()
        if len(tried) == 1:
            return set(tried)
        middle = len(tried) // 2
        return self.missing(tried[:middle]) | self.missing(tried[middle:])

    def lacks(self, text: str) -> bool:
        """Whether the font cannot show all of a text."""
        try:
            self._run(b"#set document(title: [x])\n#set text(font: sys.inputs.family)\n#sys.inputs.sheet", text)
        except self._typst.TypstError:
            return True
        return False

    def _compile(self, sheet: Any) -> bytes:
        return self._run(TEMPLATE.read_bytes(), json.dumps(sheet, ensure_ascii=False))

    def _run(self, source: bytes, sheet: str) -> bytes:
        compiler = self._typst.Compiler(
            source,
            font_paths=self._fonts,
            ignore_system_fonts=True,
            root=str(TEMPLATE.parent),
            package_path=self._nowhere,
            package_cache_path=self._nowhere,
            sys_inputs={"sheet": sheet, "family": self._family},
        )
        made: bytes = compiler.compile(format="pdf", timestamp=self._at, pdf_standards=STANDARDS)
        return made


def _family(names: Iterable[str]) -> str:
    """Of the families of a collection the Japanese one."""
    plain = [name for name in names if "Mono" not in name] or list(names)
    return next((name for name in plain if name.endswith("JP")), plain[0] if plain else "")


def without(sheet: Any, missing: set[str]) -> Any:
    """The same without these signs: each is named where it stood, or all are told of at the top if they are many."""
    counted = Counter(sign for sign in _text_of(sheet) if sign in missing)
    if counted.total() <= MOST_NAMED:
        return _each_text(sheet, lambda text: text.translate({ord(sign): name_of(sign) for sign in counted}))
    made = _each_text(sheet, lambda text: text.translate(dict.fromkeys(map(ord, counted), GETA)))
    told = " ".join(name_of(sign) for sign, _count in counted.most_common(MOST_TOLD))
    made["notes"] = [*made["notes"], f"{GETA} = {told}{' …' if len(counted) > MOST_TOLD else ''}"]
    return made


def signs_of(value: Any) -> set[str]:
    """Every sign of it."""
    return set(_text_of(value))


def _text_of(value: Any) -> str:
    found: list[str] = []
    _each_text(value, lambda text: found.append(text) or text)  # type: ignore[func-returns-value]
    return "".join(found)


def _is_usual(sign: str) -> bool:
    """Whether every Japanese font has it: what the first standards of computers here hold."""
    try:
        sign.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    return {name: _each_text(each, change) for name, each in value.items()} if isinstance(value, dict) else value


def _limit() -> None:
    """Take away time, memory and files from this process; a system that knows no such limit keeps the outer one."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:  # its words would quote the paper
        sys.exit(FAILED)
