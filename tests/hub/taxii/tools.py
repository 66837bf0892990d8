"""What tests of the TAXII door ask in common."""

from __future__ import annotations

from typing import Any


def objects_of(ident: str) -> str:
    return f"collections/{ident}/objects/"


def manifest_of(ident: str) -> str:
    return f"collections/{ident}/manifest/"


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json().get("objects", [])]
