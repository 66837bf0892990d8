"""A scanner as an administrator would name one: it reads a file, and knows the test string of the scanners' makers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The string that every scanner takes for malware; it does nothing."""
_PROGRAM = """
import sys
body = sys.stdin.buffer.read()
if b"EICAR-STANDARD-ANTIVIRUS" in body:
    print("stdin: Eicar-Test-Signature FOUND")
    sys.exit(1)
sys.exit(9 if b"CRASH" in body else 0)
"""


def scan_command(folder: Path) -> str:
    """The command of a scanner in this folder."""
    path = folder / "scanner.py"
    path.write_text(_PROGRAM, encoding="utf-8")
    return shlex.join([sys.executable, str(path)])
