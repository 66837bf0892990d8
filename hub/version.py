"""Holds the version of the program."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The version of the installed program."""
    try:
        return version("ceptoar-hub")
    except PackageNotFoundError:
        return "not installed"
