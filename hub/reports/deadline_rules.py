"""Holds which deadlines count on this hub: its own list where it has one, else what ships with the program."""

from hub.logs import get_logger
from hub.wiring import Hub
from models.deadlines import BadRules, DeadlineRule, load_rules, shipped_rules


def deadline_rules(hub: Hub) -> tuple[DeadlineRule, ...]:
    """The rules; a list that cannot be read is told to whoever runs the hub, and the shipped one counts meanwhile."""
    try:
        return load_rules(hub.settings.data)
    except BadRules as error:
        get_logger().warning("deadline_rules_unreadable", why=str(error))
        return shipped_rules()
