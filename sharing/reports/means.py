"""Holds what every publication of a report goes by, one value for the whole way from a door to the last object."""

from dataclasses import dataclass

from sharing.actor import Context
from sharing.reports.editions.builder import EditionBuilder
from sharing.rules.policy import Policy


@dataclass(frozen=True)
class Means:
    """The moment, the policy in force, and who makes the forms: all of one unit of work."""

    context: Context
    policy: Policy
    builder: EditionBuilder
    most_files: int = 20
    """Files of one version of a report; a hub's settings say it."""
