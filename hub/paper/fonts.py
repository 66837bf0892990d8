"""Rule: which Japanese font papers are set in: the one that the settings name, else a free one that the system has.

Only fonts are looked for whose licence lets a file carry them (OFL, IPA, Apache); none is guessed and none is shipped.
"""

from pathlib import Path
from typing import Final

from msgspec import Struct

FONT_FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/usr/share/texlive/texmf-dist/fonts"),
    Path("/Library/Fonts"),
)

KNOWN: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.otf",
    "NotoSansJP-Regular.ttf",
    "SourceHanSans-Regular.ttc",
    "SourceHanSansJP-Regular.otf",
    "BIZUDGothic-Regular.ttf",
    "ipaexg.ttf",
    "ipag.ttf",
    "TakaoGothic.ttf",
    "VL-Gothic-Regular.ttf",
)
"""Files of free fonts with Japanese, those that have the most characters first."""

PACKAGES: Final = "fonts-noto-cjk (Debian, Ubuntu), google-noto-sans-cjk-fonts (Fedora, RHEL)"
"""What an administrator installs where none is found."""


class Font(Struct, frozen=True):
    """A font file, and the bold one beside it where there is one."""

    regular: Path
    bold: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file of it."""
        return (self.regular, self.bold) if self.bold else (self.regular,)


def find_font(chosen: Path | None) -> Font | None:
    """The font that papers are set in; None where there is none to be had."""
    if chosen is not None:
        return _with_bold(chosen) if chosen.is_file() else None
    there = {path.name: path for folder in FONT_FOLDERS if folder.is_dir() for path in _files(folder)}
    return next((_with_bold(there[name]) for name in KNOWN if name in there), None)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".ttc", ".otf", ".ttf"})


def _with_bold(regular: Path) -> Font:
    bold = regular.with_name(regular.name.replace("Regular", "Bold"))
    return Font(regular, bold if bold != regular and bold.is_file() else None)
