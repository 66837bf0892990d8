"""Our schemas against the validator of OASIS, on drawn and spoiled objects of every type."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stix2validator
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feeds.stix.schema import validate
from tests.feeds.stix.samples import OASIS_MISSING, TYPES, oasis_folder, objects
from tests.feeds.stix.test_schema_against_others import FEW, WE_STRICTER, decided, mutated, tidy

pytestmark = pytest.mark.skipif(oasis_folder() is None, reason=OASIS_MISSING)

SOME = settings(FEW, max_examples=max(5, FEW.max_examples // 3))
"""The validator takes ten milliseconds an object."""

STRICTER = {
    "language tags of the registry": r"RFC 5646|languages\[\d+\]: ",
    "the whole form of addresses": r"(url|value): .* is not a '(uri|hostname|idn-hostname|email)'",
    "the form of CPE names": r"cpe: |CPE value",
    "media types of the registry": r"mime_type: |content_type: |IANA registered MIME",
    "character sets of the registry": r"path_enc: |name_enc: |IANA registered character set",
    "2.0 where no version is stated": r"'spec_version' is a required property",
    "what a marking of an unknown form says": r"'definition' must contain a valid",
    "it fails itself, at the texts of language-content and at much that is spoiled": r"^failed itself",
}
"""Decided: the validator refuses, we accept; by its message."""


@pytest.fixture(scope="module", autouse=True)
def schemas_in_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Its package lacks the schemas that it needs."""
    folder = tmp_path_factory.mktemp("validator")
    (folder / "schemas-2.1").symlink_to(str(oasis_folder()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stix2validator.validator, "__file__", str(Path(folder) / "validator.py"))
        yield


def faults(value: dict[str, Any]) -> list[str]:
    """What it says against an object; what it only would like better does not count."""
    try:
        answer = stix2validator.validate_instance(value, stix2validator.ValidationOptions(version="2.1", silent=True))
    except Exception as error:
        return [f"failed itself: {type(error).__name__}"]
    return [error.message for error in answer.errors]


def undecided(found: list[str]) -> list[str]:
    """What nobody has decided."""
    return [each for each in found if not any(re.search(known, each) for known in STRICTER.values())]


@pytest.mark.parametrize("kind", TYPES)
def test_what_we_accept_the_validator_accepts(kind: str):
    @SOME
    @given(objects(kind).map(tidy))
    def check(value: dict[str, Any]) -> None:
        assume(validate(value) == ())
        found = faults(value)
        assert undecided(found) == [], value
        assert kind == "language-content" or not found or not found[0].startswith("failed itself"), value

    check()


@pytest.mark.parametrize("kind", TYPES)
def test_we_and_the_validator_agree_on_spoiled_objects(kind: str):
    @SOME
    @given(objects(kind).map(tidy), st.randoms(use_true_random=False))
    def check(value: dict[str, Any], choice: random.Random) -> None:
        assume(validate(value) == ())
        made = mutated(value, choice)
        problems, found = validate(made), faults(made)
        if problems and not found:
            assert decided(problems, WE_STRICTER), (problems, made)
        if not problems:
            assert undecided(found) == [], made

    check()
