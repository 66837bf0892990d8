"""What this machine has for the tests, and how to get what it lacks.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENABLE = "make test-deps"
"""The command that a person types to run what was skipped."""

APT_OPTIONS = (
    "-o",
    "DPkg::Lock::Timeout=60",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "Acquire::http::Timeout=20",
    "-o",
    "Acquire::https::Timeout=20",
)
"""Without these a machine without network would hold up the tests for minutes."""

POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")
JAPANESE_FONTS = ("*CJK*", "*NotoSansJP*", "*ipag*", "*ipaex*", "*vl-gothic*", "*Hiragino*", "*TakaoGothic*")


def _number(folder: Path) -> tuple[int, ...]:
    digits = "".join(character if character.isdigit() else " " for character in str(folder))
    return tuple(int(word) for word in digits.split())


def find_postgres() -> Path | None:
    """Return the folder that holds initdb and pg_ctl, the newest where there are several."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).resolve().parent
    found = [
        folder
        for pattern in POSTGRES_FOLDERS
        for folder in Path("/").glob(pattern.lstrip("/"))
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists()
    ]
    return max(found, key=_number, default=None)


def find_chromium() -> Path | None:
    """Return the Chromium (or Chrome) that the system has."""
    return next((Path(path) for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def find_japanese_font() -> Path | None:
    """Return one font file with Japanese glyphs, so that pictures show words and not boxes."""
    for folder in FONT_FOLDERS:
        for pattern in JAPANESE_FONTS:
            found = next(Path(folder).rglob(pattern), None) if Path(folder).is_dir() else None
            if found:
                return found
    return None


@dataclass(frozen=True)
class Need:
    """One thing that tests use when the machine has it."""

    name: str
    find: Callable[[], Path | None]
    package: str


NEEDS = (
    Need("PostgreSQL", find_postgres, "postgresql"),
    Need("Chromium", find_chromium, "chromium"),
    Need("a Japanese font", find_japanese_font, "fonts-noto-cjk"),
)


def list_missing() -> tuple[Need, ...]:
    """Return what this machine lacks."""
    return tuple(need for need in NEEDS if need.find() is None)


def install(missing: tuple[Need, ...]) -> bool:
    """Install with apt-get; return whether nothing is missing afterwards."""
    apt = shutil.which("apt-get")
    sudo = [] if os.geteuid() == 0 else [shutil.which("sudo") or ""]
    if apt is None or sudo == [""]:
        _say_what_to_do(missing)
        return False
    print(f"Installing with apt-get: {' '.join(need.package for need in missing)}", flush=True)
    packages = [need.package for need in missing]
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", apt, *APT_OPTIONS, *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            print(f"expected `apt-get {words[0]}` to succeed, found exit code {done.returncode}", file=sys.stderr)
    return not list_missing()


def _say_what_to_do(missing: tuple[Need, ...]) -> None:
    names = ", ".join(need.name for need in missing)
    print(f"This machine lacks {names}, and cannot get it by itself (apt-get as root or with sudo).", file=sys.stderr)
    print(
        "Install it with the system's own means so that initdb, pg_ctl and chromium are found on PATH:", file=sys.stderr
    )
    print("  Debian, Ubuntu  postgresql chromium fonts-noto-cjk", file=sys.stderr)
    print("  Fedora, RHEL    postgresql-server chromium google-noto-sans-cjk-fonts", file=sys.stderr)
    print("  macOS           postgresql and chromium from your package manager; fonts are there", file=sys.stderr)


def main() -> int:
    """Answer `make test-deps` and the look that `make test` takes before it starts."""
    parser = argparse.ArgumentParser(description="Find or install what the tests use.")
    parser.add_argument("--install", action="store_true", help="install what is missing")
    parser.add_argument("--install-if-root", action="store_true", help="install what is missing where root runs this")
    wanted = parser.parse_args()
    missing = list_missing()
    if not missing:
        if wanted.install:
            print("PostgreSQL, Chromium and a Japanese font are here.")
        return 0
    if wanted.install or (wanted.install_if_root and os.geteuid() == 0 and shutil.which("apt-get")):
        return 0 if install(missing) else 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
